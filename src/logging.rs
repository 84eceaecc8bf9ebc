//! The log: to a file, or to stderr when there is no dashboard; never to stdout, which carries data only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::config::{LogFormat, LogLevel, LogSettings};

/// The first failure to write the log.
static TROUBLE: OnceLock<LogTrouble> = OnceLock::new();

/// Why the log is not whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogTrouble {
    /// The file.
    pub path: PathBuf,
    /// What the system says.
    pub why: String,
}

/// What went wrong first with writing the log, if anything did.
pub fn trouble() -> Option<&'static LogTrouble> {
    TROUBLE.get()
}

/// A file that remembers when it could not be written, for others to tell. What writes to it must not fail: it would complain on
/// stderr, line by line, in the middle of the dashboard.
struct LogFile<W> {
    file: W,
    path: PathBuf,
}

impl<W: Write> Write for LogFile<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Err(error) = self.file.write_all(bytes) {
            TROUBLE.get_or_init(|| LogTrouble {
                path: self.path.clone(),
                why: error.to_string(),
            });
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Starts the log. With a dashboard and no file there is none.
///
/// # Errors
/// If the file cannot be opened.
pub fn start(settings: &LogSettings, dashboard: bool) -> io::Result<()> {
    match &settings.file {
        Some(path) => {
            let file = open(path)?;
            let path = path.clone();
            install(settings, LogLevel::Info, Mutex::new(LogFile { file, path }));
        }
        None if dashboard => {}
        None => install(settings, LogLevel::Warn, io::stderr),
    }
    Ok(())
}

fn open(path: &std::path::Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}

fn install<W>(settings: &LogSettings, default: LogLevel, writer: W)
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let level = match settings.level.unwrap_or(default) {
        LogLevel::Error => LevelFilter::ERROR,
        LogLevel::Warn => LevelFilter::WARN,
        LogLevel::Info => LevelFilter::INFO,
        LogLevel::Debug => LevelFilter::DEBUG,
        LogLevel::Trace => LevelFilter::TRACE,
    };
    // Libraries are heard only when they fail: their details hold requests with signatures.
    let filter = Targets::new()
        .with_default(LevelFilter::ERROR)
        .with_target("r53mon", level);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(writer)
        .with_ansi(false)
        .log_internal_errors(false);
    let registry = tracing_subscriber::registry();
    // A second start in one process (tests) keeps the first log.
    let _ = if settings.format == LogFormat::Json {
        registry.with(layer.json().with_filter(filter)).try_init()
    } else {
        registry.with(layer.with_filter(filter)).try_init()
    };
}
