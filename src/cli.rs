//! Flags and subcommands as they are typed, and their help. The flags of settings come from the table in
//! `config/keys.rs`. Nothing is checked here beyond the shape of the line: values stay text and are judged together with
//! those of the other sources in `config/check.rs`.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::config::check::{Problems, as_shown};
use crate::config::keys::{Key, Kind, Taker};
use crate::config::raw::{Layer, Source};

/// Watches whether Route 53's own name servers really hand out the weighted split that is configured.
#[derive(Debug, Parser)]
#[command(
    name = "r53mon",
    version,
    about,
    args_override_self = true,
    after_help = "Try `r53mon demo` first: it needs no account and no network.",
    max_term_width = 100
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Measure a weighted record and show it live (dashboard on a terminal, else text or JSON)
    #[command(after_help = EXIT_CODES)]
    Watch(Box<WatchArgs>),
    /// Measure until the first verdict: exit code 0 match, 3 mismatch, 4 undecided when the time is up, 5 cannot measure
    #[command(after_help = EXIT_CODES)]
    Check(Box<WatchArgs>),
    /// Check settings, credentials, permissions, zone, record, name servers and endpoint
    #[command(long_about = ABOUT_DOCTOR, after_help = DOCTOR_EXIT_CODES)]
    Doctor(Box<WatchArgs>),
    /// Watch a simulated Route 53 on this machine: no account, no network
    Demo(Box<DemoArgs>),
    /// Say before anything runs how long a match takes, and how soon typical faults would be found
    #[command(after_help = PLAN_EXAMPLE)]
    Plan(Box<PlanArgs>),
    /// Show the effective settings, or print a commented template
    Config {
        /// What to do with the settings.
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Print a completion script for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page (roff)
    Man,
}

/// What `config` can do.
#[derive(Debug, Subcommand)]
pub enum ConfigAction {
    /// Print every effective setting and where it comes from
    Show(Box<WatchArgs>),
    /// Print a commented r53mon.toml to standard output
    Init,
}

impl Cli {
    /// Reads the line that was typed.
    ///
    /// # Errors
    /// The exit code, when the help was wanted or the line makes no sense. What there is to say has been said, without the
    /// secrets in what is quoted of the line, and with what a terminal would obey in it made visible.
    pub fn read() -> Result<Self, u8> {
        let error = match Self::try_parse() {
            Ok(cli) => return Ok(cli),
            Err(error) => error,
        };
        let quotes = error.render().to_string();
        let shown = std::env::args().fold(quotes.clone(), |text, argument| {
            match as_shown(&Kind::Url, &argument) {
                Cow::Owned(shown) if argument.contains(['@', '?']) => {
                    text.replace(&argument, &shown)
                }
                _ => text,
            }
        });
        let visible = |text: &str| Problems(vec![text.to_owned()]).to_string();
        let mut arguments = std::env::args_os();
        let is_odd = arguments.any(|argument| {
            let argument = argument.to_string_lossy();
            visible(&argument) != argument
        });
        // Nobody is left to tell when it cannot be written.
        let _ = if error.use_stderr() && is_odd {
            writeln!(io::stderr(), "{}", visible(&shown))
        } else if shown == quotes {
            error.print()
        } else {
            write!(io::stderr(), "{shown}")
        };
        Err(u8::try_from(error.exit_code()).unwrap_or(1))
    }
}

impl Command {
    /// What the command says about files of settings and variables; `None`: it reads neither, and nobody's production
    /// settings leak into it.
    pub fn reads_settings(&self) -> Option<&WatchArgs> {
        match self {
            Self::Watch(args)
            | Self::Check(args)
            | Self::Doctor(args)
            | Self::Config {
                action: ConfigAction::Show(args),
            } => Some(args),
            Self::Demo(_)
            | Self::Plan(_)
            | Self::Config {
                action: ConfigAction::Init,
            }
            | Self::Completions { .. }
            | Self::Man => None,
        }
    }
}

/// What `watch` takes.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// What is measured, how, and how it is shown.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Watch as usize }>,
    /// Settings file; a named file has to exist [default: ./r53mon.toml if there is one]
    #[arg(short, long, value_name = "PATH", help_heading = FILES)]
    pub config: Option<PathBuf>,
    /// File of environment variables; a named file has to exist [default: ./.env if there is one]
    #[arg(long, value_name = "PATH", help_heading = FILES)]
    pub env_file: Option<PathBuf>,
}

/// The flags of all settings that a command takes (its place in [`Taker::ALL`]), as the topmost source of settings.
#[derive(Clone, Debug)]
pub struct Flags<const TAKER: usize>(pub Layer);

impl<const TAKER: usize> Args for Flags<TAKER> {
    fn augment_args(command: clap::Command) -> clap::Command {
        let taker = Taker::ALL[TAKER];
        command.args(taker.keys().map(|key| flag(key, taker)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl<const TAKER: usize> FromArgMatches for Flags<TAKER> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut layer = Layer::new(Source::CommandLine);
        for key in Taker::ALL[TAKER].keys() {
            if let Some(values) = matches.get_many::<String>(key.toml) {
                let values: Vec<&str> = values.map(String::as_str).collect();
                layer.set(key.toml, values.join(","));
            }
        }
        Ok(Self(layer))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

/// The flag of a setting.
fn flag(key: &'static Key, taker: Taker) -> Arg {
    let flag = Arg::new(key.toml)
        .long(key.flag)
        .short(key.short)
        .value_name(key.kind.placeholder())
        .help(help(key, taker))
        .help_heading(key.heading)
        .allow_hyphen_values(key.kind.is_number() || matches!(key.kind, Kind::Duration(..)));
    match key.kind {
        Kind::Switch => flag
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true"),
        Kind::Addresses => flag.action(ArgAction::Append),
        _ => flag,
    }
}

/// The sentence of a flag's help, with the variables that say the same and the default.
fn help(key: &Key, taker: Taker) -> String {
    let reads_ours = matches!(taker, Taker::Watch | Taker::Check);
    let variables = match key.foreign {
        [] if !reads_ours => String::new(),
        _ => format!(" [env: {}]", key.variables().join(", ")),
    };
    let help = key.about() + &variables;
    let fallback = match (key.is_required(), reads_ours) {
        (true, _) => return help + " (required)",
        (false, true) => key.fallbacks(),
        (false, false) => key.fallback(taker),
    };
    help + &format!(" [default: {fallback}]")
}

/// What `demo` takes.
#[derive(Args, Debug)]
pub struct DemoArgs {
    /// Which story to play; --list shows them [default: cutover]
    #[arg(value_name = "STORY", conflicts_with = "story_file")]
    pub story: Option<String>,
    /// List the stories with a sentence each
    #[arg(long)]
    pub list: bool,
    /// Play a story of one's own, a TOML file
    #[arg(long, value_name = "PATH")]
    pub story_file: Option<PathBuf>,
    /// Play the story this many times as fast, 0.1 to 1000 [default: 1]
    #[arg(long, value_name = "FACTOR", allow_hyphen_values = true)]
    pub speed: Option<String>,
    /// Seed of the simulated picks [default: that of the story]
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub seed: Option<String>,
    /// Keep the simulated world up without watching it, and print what points other programs at it
    #[arg(long)]
    pub serve: bool,
    /// How it is measured and shown.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Demo as usize }>,
    /// Fails on purpose in the named place, to prove that the terminal survives it.
    #[arg(long, hide = true, value_name = "PLACE")]
    pub panic_in: Option<PanicPlace>,
}

/// Where the demo can be made to fail on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PanicPlace {
    /// While a frame is drawn.
    Dashboard,
    /// In a task beside the queries.
    Probe,
    /// While the observer looks.
    Observer,
    /// When the observer looks for the last time.
    LastLook,
}

/// What `plan` takes.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// Weights of the sets, 0 to 255 each, with commas between them
    #[arg(short, long, value_name = "N,N,..", allow_hyphen_values = true)]
    pub weights: String,
    /// What it reckons with.
    #[command(flatten)]
    pub flags: Flags<{ Taker::Plan as usize }>,
    /// text or json [default: text]
    #[arg(short, long, value_name = "FORMAT")]
    pub output: Option<String>,
}

const PLAN_EXAMPLE: &str = "\
Example: r53mon plan --weights 90,10 --tolerance 2 --tps 100
It reads no settings but these and asks nobody. Four name servers are assumed.";

const FILES: &str = "Files";

const EXIT_CODES: &str = "\
Exit codes:
  0    check: a match; watch: ended by its user (key, --duration)
  1    unexpected failure: please report it
  2    usage or settings
  3    check: a mismatch is established, or a set fails over HTTP
  4    check: undecided when the time was up
  5    could not measure: credentials, permission, zone, record, name servers
  129, 130, 143  ended by SIGHUP, SIGINT, SIGTERM; the statistics are still printed";

const ABOUT_DOCTOR: &str = "\
Check settings, credentials, permissions, zone, record, name servers and endpoint

Says in one line for each check whether all is well (ok), whether something has to be known (warning), or whether \
measuring is impossible (failed), with cause and cure. The checks run side by side, none longer than 5 s, all together \
no longer than 10 s; only reading calls are made. `watch` runs the same checks: what fails before the start ends it, and \
warnings stand in its views. With --output json the result is one object of schema r53mon.doctor/1.";

const DOCTOR_EXIT_CODES: &str = "\
Exit codes:
  0    nothing failed; there may be warnings
  1    unexpected failure: please report it
  2    usage or settings
  5    a check failed
  129, 130, 143  ended by SIGHUP, SIGINT, SIGTERM";

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_switch_takes_a_value_only_after_an_equals_sign() {
        let parse = |line: &[&str]| match Cli::try_parse_from(line).expect("parses").command {
            Command::Watch(args) => {
                let value = args.flags.0.values.get("no_http");
                value.and_then(|value| value.as_str().map(str::to_owned))
            }
            _ => None,
        };
        assert_eq!(
            parse(&["r53mon", "watch", "--no-http"]).as_deref(),
            Some("true")
        );
        assert_eq!(
            parse(&["r53mon", "watch", "--no-http=off"]).as_deref(),
            Some("off")
        );
        assert_eq!(parse(&["r53mon", "watch"]), None);
        assert!(Cli::try_parse_from(["r53mon", "watch", "--no-http", "off"]).is_err());
    }
}
