//! Requests to end, from signals and from inside the run. The first signal asks politely; when nobody takes notice of it in
//! time, or when a second one comes, the process ends at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::error::ExitCode;
use crate::snapshot::EndedBy;
use crate::terminal;

/// How long the run has to take notice of a signal.
const NOTICED_WITHIN: Duration = Duration::from_millis(1700);

/// Why the run should end, and with which code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub by: EndedBy,
    pub code: ExitCode,
}

/// Where requests to end arrive.
#[derive(Debug)]
pub(super) struct Endings {
    sender: Sender<Ending>,
    receiver: Receiver<Ending>,
    /// Whether a signal has been taken notice of.
    noticed: Arc<AtomicBool>,
}

impl Endings {
    /// For those inside the run who can end it.
    pub fn sender(&self) -> Sender<Ending> {
        self.sender.clone()
    }

    /// A request, if there is one.
    pub fn poll(&self) -> Option<Ending> {
        self.wait(Duration::ZERO)
    }

    /// Waits for a request.
    pub fn wait(&self, longest: Duration) -> Option<Ending> {
        let ending = self.receiver.recv_timeout(longest).ok()?;
        if matches!(ending.by, EndedBy::Interrupt | EndedBy::Terminated) {
            self.noticed.store(true, Ordering::SeqCst);
        }
        Some(ending)
    }
}

/// Listens for signals on the runtime that is entered at the moment. `early` is cancelled with the first one.
pub(super) fn listen(early: &CancellationToken) -> std::io::Result<Endings> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let noticed = Arc::new(AtomicBool::new(false));
    for (kind, by, code) in [
        (
            SignalKind::interrupt(),
            EndedBy::Interrupt,
            ExitCode::Interrupted,
        ),
        (
            SignalKind::terminate(),
            EndedBy::Terminated,
            ExitCode::Terminated,
        ),
        (SignalKind::hangup(), EndedBy::Terminated, ExitCode::HungUp),
    ] {
        if kind == SignalKind::hangup() && hangup_is_ignored() {
            continue;
        }
        let stream = signal(kind)?;
        tokio::spawn(relay(
            stream,
            Ending { by, code },
            sender.clone(),
            Arc::clone(&noticed),
            early.clone(),
        ));
    }
    Ok(Endings {
        sender,
        receiver,
        noticed,
    })
}

async fn relay(
    mut stream: tokio::signal::unix::Signal,
    ending: Ending,
    sender: Sender<Ending>,
    noticed: Arc<AtomicBool>,
    early: CancellationToken,
) {
    stream.recv().await;
    // The receiver lives as long as the run; without one there is nothing left to end politely.
    let _ = sender.send(ending);
    early.cancel();
    let second = tokio::time::timeout(NOTICED_WITHIN, stream.recv()).await;
    if second.is_err() && noticed.load(Ordering::SeqCst) {
        // The run ends by itself, and nobody waits longer than they want to.
        stream.recv().await;
    }
    end_at_once(ending.code);
}

/// Whether whoever started the program (nohup) wants it to outlive the terminal. Linux tells in /proc; elsewhere a
/// hang-up ends the run.
fn hangup_is_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & 1 == 1)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the main thread may be blocked and unable to end the process"
)]
fn end_at_once(code: ExitCode) -> ! {
    terminal::restore_mode();
    std::process::exit(i32::from(code as u8))
}
