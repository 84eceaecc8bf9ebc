//! How what a command says gets out: what a run is for and which form it takes, plain bytes, and the log.

use std::io::{self, IsTerminal, Write};
use std::path::Path;

use crate::cli::PanicPlace;
use crate::config::effect::idle;
use crate::config::environment::Environment;
use crate::config::keys::Taker;
use crate::config::layers::Layers;
use crate::config::{ColorChoice, Output, Settings, Until};
use crate::error::{ExitCode, Failure};
use crate::logging;
use crate::model::language::{both, phrase};
use crate::model::notice::Notice;
use crate::model::obstacle::Obstacle;
use crate::model::text::visible;
use crate::views::words;

/// Writes to stdout what a command says.
pub(super) fn print(bytes: &[u8]) -> Result<ExitCode, Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(ExitCode::Success)
}

/// Says on stderr which settings have no effect.
pub(super) fn tell_of_idle(layers: &Layers, taker: Taker) {
    for told in idle(layers, taker) {
        // Nobody is left to tell when stderr cannot be written.
        let line = words::warning(&visible(&told.to_string()));
        let _ = writeln!(io::stderr(), "r53mon: {line}");
    }
}

/// Starts the log where the screen leaves room for it.
pub(super) fn start_log(settings: &Settings, mode: Mode) -> Result<(), Failure> {
    let log = &settings.log;
    logging::start(log, mode == Mode::Dashboard).map_err(|error| {
        let path = log.file.as_deref().unwrap_or(Path::new(""));
        Failure::Usage(unwritable("log_file", path, &error))
    })
}

/// Why the file that a setting names cannot be written.
pub(super) fn unwritable(setting: &str, path: &Path, error: &io::Error) -> Obstacle {
    let cure = match error.kind() {
        io::ErrorKind::IsADirectory => phrase(
            "name a file in that directory",
            "그 디렉터리 안의 파일을 지정한다",
        ),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => phrase(
            "name a file in a directory that exists",
            "있는 디렉터리 안의 파일을 지정한다",
        ),
        _ => phrase(
            "name a file that you may write",
            "쓸 수 있는 파일을 지정한다",
        ),
    };
    let path = path.display();
    Obstacle::new(both!(
        "{setting} = \"{path}\": cannot be opened for writing: {error}",
        "{setting} = \"{path}\": 쓰기용으로 열 수 없다: {error}"
    ))
    .cure(cure)
}

/// <https://no-color.org> and <https://bixense.com/clicolors>. Commands that have settings find these variables among them; the
/// demo, which has none, here.
pub(super) fn colored(choice: ColorChoice, environment: &Environment, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment.is_set("NO_COLOR") => false,
        ColorChoice::Auto => {
            environment.is_set("CLICOLOR_FORCE")
                || (terminal && environment.get("TERM") != Some("dumb"))
        }
    }
}

/// How a run shows itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Dashboard,
    Text,
    Json,
    Ndjson,
}

impl Mode {
    /// A dashboard needs a terminal to draw on and one to read keys from.
    pub(super) fn choose(output: Output, environment: &Environment) -> Self {
        // A dumb terminal knows no cursor.
        let able = environment.get("TERM") != Some("dumb");
        let is_terminal = || io::stdout().is_terminal() && io::stdin().is_terminal();
        if output == Output::Auto && able && is_terminal() {
            return Self::Dashboard;
        }
        Self::without_dashboard(output)
    }

    /// What is written where nothing is drawn.
    pub(super) fn without_dashboard(output: Output) -> Self {
        match output {
            Output::Auto | Output::Text => Self::Text,
            Output::Json => Self::Json,
            Output::Ndjson => Self::Ndjson,
        }
    }
}

/// What `check` is told besides how to measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckRules {
    /// The weights have stood for a while, so that a mismatch may be called at once.
    pub settled: bool,
    /// Sets that fail over HTTP hold up no match.
    pub ignore_http: bool,
    /// What is waited for; `None`: the first verdict.
    pub until: Option<Until>,
}

impl CheckRules {
    /// Those of a run.
    pub(super) fn of(settings: &Settings) -> Self {
        Self {
            settled: settings.run.settled,
            ignore_http: settings.run.ignore_http,
            until: settings.run.until,
        }
    }
}

/// What a run is for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Purpose {
    /// To be watched until somebody ends it.
    Watch,
    /// To end at the first verdict.
    Check(CheckRules),
    /// To watch a simulated world.
    Demo {
        /// What has to be known all the time.
        notes: Vec<Notice>,
        /// A place that fails on purpose.
        panics_in: Option<PanicPlace>,
    },
}

impl Purpose {
    /// The place that fails on purpose.
    pub(super) fn panics_in(&self) -> Option<PanicPlace> {
        match self {
            Self::Demo { panics_in, .. } => *panics_in,
            Self::Watch | Self::Check(_) => None,
        }
    }
}
