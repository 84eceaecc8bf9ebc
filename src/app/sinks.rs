//! The sinks of a run: whatever shows it or writes it down. Each has a thread of its own and takes from the stream what is
//! new when it is ready; one that is slow or blocked delays nobody.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;

use super::ending::Endings;
use super::looks::Looks;
use super::purpose::{Mode, Purpose};
use super::stream::Sink;
use crate::cli::PanicPlace;
use crate::config::Settings;

/// What keys ask for besides looking.
pub mod asked;
/// Text for the clipboard of the terminal.
pub mod clipboard;
/// The picture on a terminal.
mod dashboard;
/// Statistics and report as files.
mod files;
/// The result of a check as a file.
pub mod junit;
/// Lines of text or JSON.
mod lines;
/// A program and a webhook.
pub(super) mod notify;
/// Standard output.
pub mod output;

use asked::Asked;
use dashboard::Dashboard;
use junit::Junit;
use lines::{Json, Log, Ndjson, Talk, Text};
use notify::{Notify, Undelivered};
use output::Output;

/// Everything that shows the run or writes it down.
pub(super) fn choose(
    settings: &Settings,
    purpose: &Purpose,
    mode: Mode,
    (looks, asked): (Looks, Asked),
    (junit, undelivered): (Option<Junit>, &Arc<Undelivered>),
    endings: &Endings,
    sign: &SyncSender<()>,
) -> Vec<Box<dyn Sink>> {
    let check = matches!(purpose, Purpose::Check(_));
    let explain = settings.run.explain;
    let out = Output::new(sign.clone());
    let mut sinks: Vec<Box<dyn Sink>> = vec![match mode {
        Mode::Dashboard => Box::new(Dashboard {
            out,
            endings: endings.sender(),
            looks,
            theme: looks.theme(None),
            asked,
            explain,
            panics: purpose.panics_in() == Some(PanicPlace::Dashboard),
        }),
        Mode::Text => Box::new(Text {
            out,
            charset: looks.charset,
            explain,
            only_result: check,
        }),
        Mode::Json => Box::new(Json { out }),
        Mode::Ndjson => Box::new(Ndjson { out }),
    }];
    if check && mode != Mode::Ndjson {
        // On a terminal both streams stand in one place, and the statistics have it.
        let is_told =
            mode == Mode::Text && io::stdout().is_terminal() && io::stderr().is_terminal();
        sinks.push(Box::new(Talk {
            charset: looks.charset,
            tells_result: !is_told,
        }));
    }
    sinks.extend(junit.map(|junit| Box::new(junit) as Box<dyn Sink>));
    // Where events are written anyway, they go to the log only if one was asked for.
    let asked_for = settings.log.file.is_some() || settings.log.level.is_some();
    if asked_for || matches!(mode, Mode::Json | Mode::Dashboard) && !check {
        sinks.push(Box::new(Log));
    }
    if settings.notify.is_on() {
        sinks.push(Box::new(Notify {
            settings: settings.notify.clone(),
            undelivered: Arc::clone(undelivered),
            sign: sign.clone(),
        }));
    }
    sinks
}
