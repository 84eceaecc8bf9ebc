//! Signals, as requests to end. The first one asks politely; when the run does not take notice in time, because the
//! terminal does not take what is written to it, or when a second one comes, the process ends at once.

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
const PATIENCE: Duration = Duration::from_millis(1500);

/// Why the run should end, and with which code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ending {
    pub by: EndedBy,
    pub code: ExitCode,
}

/// Where requests to end arrive.
#[derive(Debug)]
pub(super) struct Endings {
    receiver: Receiver<Ending>,
    noticed: Arc<AtomicBool>,
}

impl Endings {
    /// A request, if there is one.
    pub fn poll(&self) -> Option<Ending> {
        self.receiver
            .try_recv()
            .ok()
            .inspect(|_| self.noticed.store(true, Ordering::SeqCst))
    }

    /// Waits for a request.
    pub fn wait(&self, longest: Duration) -> Option<Ending> {
        self.receiver
            .recv_timeout(longest)
            .ok()
            .inspect(|_| self.noticed.store(true, Ordering::SeqCst))
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
        let stream = signal(kind)?;
        tokio::spawn(relay(
            stream,
            Ending { by, code },
            sender.clone(),
            Arc::clone(&noticed),
            early.clone(),
        ));
    }
    Ok(Endings { receiver, noticed })
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
    tokio::select! {
        _ = stream.recv() => {}
        () = async {
            tokio::time::sleep(PATIENCE).await;
            if noticed.load(Ordering::SeqCst) {
                stream_ended().await;
            }
        } => {}
    }
    end_at_once(ending.code);
}

/// Never returns: the run has taken notice and ends by itself.
async fn stream_ended() {
    std::future::pending::<()>().await;
}

#[expect(
    clippy::disallowed_methods,
    reason = "the main thread is blocked and cannot end the process"
)]
fn end_at_once(code: ExitCode) -> ! {
    terminal::restore_mode();
    std::process::exit(i32::from(code as u8))
}
