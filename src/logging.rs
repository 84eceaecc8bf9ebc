//! The log: to a file, or to stderr when there is no dashboard; never to stdout, which carries data only.

use std::fs::{File, OpenOptions};
use std::io;
use std::sync::Mutex;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::config::{LogFormat, LogLevel, LogSettings};
use crate::model::obstacle::Obstacle;

/// Starts the log. With a dashboard and no file there is none.
///
/// # Errors
/// If the file cannot be opened.
pub fn start(settings: &LogSettings, dashboard: bool) -> Result<(), Obstacle> {
    match &settings.file {
        Some(path) => {
            let file = open(path).map_err(|error| {
                let path = path.display();
                let cure = match error.kind() {
                    io::ErrorKind::IsADirectory => "name a file in that directory",
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
                        "name a file in a directory that exists"
                    }
                    _ => "name a file that you may write",
                };
                Obstacle::new(format!(
                    "log_file = \"{path}\": cannot be opened for writing: {error}"
                ))
                .cure(cure)
            })?;
            install(settings, LogLevel::Info, Mutex::new(file));
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
        .with_ansi(false);
    let registry = tracing_subscriber::registry();
    // A second start in one process (tests) keeps the first log.
    let _ = if settings.format == LogFormat::Json {
        registry.with(layer.json().with_filter(filter)).try_init()
    } else {
        registry.with(layer.with_filter(filter)).try_init()
    };
}
