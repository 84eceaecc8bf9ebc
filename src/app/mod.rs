//! Wires settings, demo, sources and views together, command by command, and turns every ending into an exit code.

use std::io::{self, Write};

use crate::cli::{Cli, Command, ConfigAction, WatchArgs};
use crate::config::check::{check, chosen};
use crate::config::environment::Environment;
use crate::config::keys::Taker;
use crate::config::layers::Layers;
use crate::config::{Settings, show};
use crate::error::{ExitCode, Failure};
use crate::logging;
use crate::model::cost;
use crate::model::text::visible;
use crate::terminal;
use crate::views::{ascii, reasons, words};

/// When `r53mon check` ends.
mod check;
/// `r53mon demo`.
mod demo;
/// `r53mon doctor`.
mod doctor;
/// Signals, as requests to end.
mod ending;
/// What whoever watches may change about a run.
mod hand;
/// What the place where a run is shown can show.
mod looks;
/// Manual pages and completion scripts.
mod manual;
/// Looks at the counters twice a second and says when it is over.
mod observer;
/// `r53mon plan`.
mod plan;
/// Everything that has to be known before the first question is asked.
mod prepare;
/// How what a command says gets out.
mod purpose;
/// Keeps a run going until something ends it.
mod show_run;
/// Whatever shows a run or writes it down.
mod sinks;
/// The newest snapshot and every event, for all who read.
mod stream;
/// Stopping and going on as a job of a shell.
mod suspend;
/// Threads with names, and runtimes on them.
mod threads;
/// One run: the tasks, their threads, and the order in which they end.
mod watch;
/// One watched record, whole.
mod watched;

pub use check::Check;
pub use ending::Ending;
pub use looks::{speak, tell_if_not_korean};
pub use purpose::CheckRules;
use purpose::{Mode, Purpose, print, start_log, tell_of_idle};

/// Does what the command line says. What goes wrong is said on stderr.
pub fn run(cli: Cli, environment: &Environment) -> ExitCode {
    terminal::install_panic_hook();
    let result =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| dispatch(cli, environment)));
    if let Some(trouble) = logging::trouble() {
        let path = trouble.path.display().to_string();
        let line = words::notice::log_incomplete(&path, &trouble.why);
        // Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "r53mon: {}", visible(&line));
    }
    let failure = match result {
        Ok(Ok(code)) => return code,
        Ok(Err(failure)) => failure,
        // The hook has said what happened.
        Err(_) => return ExitCode::Unexpected,
    };
    if !matches!(failure, Failure::BrokenPipe | Failure::EndedEarly(_)) {
        let charset = looks::charset(None, environment);
        for line in lines(&failure) {
            // Nobody is left to tell when stderr cannot be written.
            let _ = writeln!(io::stderr(), "r53mon: {}", ascii::line(charset, &line));
        }
    }
    failure.exit_code()
}

/// A failure in lines: what is behind it and what to do about it stand below it.
fn lines(failure: &Failure) -> Vec<String> {
    let all = match failure {
        Failure::Usage(obstacle) | Failure::Measure(obstacle) => words::doctor::lines(obstacle),
        other => vec![other.to_string()],
    };
    let lines = all.iter().flat_map(|text| text.lines());
    lines.map(str::to_owned).collect()
}

fn dispatch(cli: Cli, environment: &Environment) -> Result<ExitCode, Failure> {
    match cli.command {
        Command::Watch(args) => {
            let settings = settings(Taker::Watch, &args, environment)?;
            let mode = Mode::choose(settings.run.output, environment);
            watch::watch(&settings, &Purpose::Watch, mode, environment)
        }
        Command::Check(args) => {
            let settings = settings(Taker::Check, &args, environment)?;
            let mode = Mode::without_dashboard(settings.run.output);
            let purpose = Purpose::Check(CheckRules::of(&settings));
            watch::watch(&settings, &purpose, mode, environment)
        }
        Command::Doctor(args) => {
            let settings = check(&layers(Taker::Watch, &args, environment), None)?;
            start_log(&settings, Mode::Text)?;
            doctor::doctor(&settings, environment)
        }
        Command::Demo(args) => demo::run(&args, environment),
        Command::Plan(args) => plan::run(&args, environment),
        Command::Config { action } => match action {
            ConfigAction::Show(args) => config_show(&args, environment),
            ConfigAction::Init => print(show::template().as_bytes()),
        },
        Command::Completions { shell } => print(&manual::completions(shell)),
        Command::Man { command } => print(&manual::page(&command)?),
    }
}

/// All that a command with settings is told, and from here on the language that it chooses is spoken. What was passed over is
/// said on stderr at once.
fn layers(taker: Taker, args: &WatchArgs, environment: &Environment) -> Layers {
    let layers = Layers::collect(taker, args.config.as_deref(), environment, &args.flags.0);
    looks::adopt(chosen(&layers), environment);
    for remark in &environment.remarks {
        // Nobody is left to tell when stderr cannot be written.
        let line = words::warning(&visible(remark));
        let _ = writeln!(io::stderr(), "r53mon: {line}");
    }
    layers
}

/// What it lives with. Whatever of that is given for nothing is told.
fn settings(
    taker: Taker,
    args: &WatchArgs,
    environment: &Environment,
) -> Result<Settings, Failure> {
    let layers = layers(taker, args, environment);
    let settings = check(&layers, None)?;
    tell_of_idle(&layers, taker);
    Ok(settings)
}

fn config_show(args: &WatchArgs, environment: &Environment) -> Result<ExitCode, Failure> {
    let layers = layers(Taker::Watch, args, environment);
    let mut text = Vec::new();
    show::write(&mut text, &layers)?;
    print(&text)?;
    let settings = check(&layers, None)?;
    // No zone is read here, so which answers are billed is not known.
    let cost = reasons::cost_at_most(&cost::at_most(settings.dns.tps));
    print(format!("\n{}\n", words::share::cost_line(&cost)).as_bytes())
}
