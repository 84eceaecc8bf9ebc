//! Requests to end, from signals and from inside the run. The first signal asks politely; when nobody takes notice of it in
//! time, or when a second one comes, the process ends at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::threads::{named, runtime, spawn};
use crate::error::ExitCode;
use crate::snapshot::EndedBy;
use crate::terminal;

/// How long the run has to take notice of a signal.
const NOTICED_WITHIN: Duration = Duration::from_millis(1700);

/// Why the run should end, and with which code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Why.
    pub by: EndedBy,
    /// With which code.
    pub code: ExitCode,
}

/// Where requests to end arrive.
#[derive(Debug)]
pub(super) struct Endings {
    sender: Sender<Ending>,
    receiver: Receiver<Ending>,
    /// Whether a signal has been taken notice of.
    noticed: Arc<AtomicBool>,
    /// Cancelled with the first signal.
    signalled: CancellationToken,
}

impl Endings {
    /// Listens for signals until the process ends, on a thread that does nothing else: whatever is computed elsewhere, a
    /// second one is heard.
    ///
    /// # Errors
    /// If the system does not let it.
    pub fn listen() -> io::Result<Self> {
        let runtime = runtime()?;
        let entered = runtime.enter();
        let (sender, receiver) = channel();
        let endings = Self {
            sender,
            receiver,
            noticed: Arc::default(),
            signalled: CancellationToken::new(),
        };
        endings.relay(
            SignalKind::interrupt(),
            EndedBy::Interrupt,
            ExitCode::Interrupted,
        )?;
        let terminated = EndedBy::Terminated;
        endings.relay(SignalKind::terminate(), terminated, ExitCode::Terminated)?;
        if !hangup_is_ignored() {
            endings.relay(SignalKind::hangup(), terminated, ExitCode::HungUp)?;
        }
        drop(entered);
        spawn("signals", move || {
            runtime.block_on(std::future::pending::<()>());
        })?;
        Ok(endings)
    }

    /// For those inside the run who can end it.
    pub fn sender(&self) -> Sender<Ending> {
        self.sender.clone()
    }

    /// Waits for the first signal: the code with which it ends what has not begun to run.
    pub async fn signalled(&self) -> ExitCode {
        self.signalled.cancelled().await;
        let ending = self.wait(Duration::ZERO);
        ending.map_or(ExitCode::Interrupted, |ending| ending.code)
    }

    /// Waits for a request.
    pub fn wait(&self, longest: Duration) -> Option<Ending> {
        let ending = self.receiver.recv_timeout(longest).ok()?;
        if matches!(ending.by, EndedBy::Interrupt | EndedBy::Terminated) {
            self.noticed.store(true, Ordering::SeqCst);
        }
        Some(ending)
    }

    fn relay(&self, kind: SignalKind, by: EndedBy, code: ExitCode) -> io::Result<()> {
        let mut stream: Signal = signal(kind).map_err(named)?;
        let sender = self.sender();
        let (noticed, signalled) = (Arc::clone(&self.noticed), self.signalled.clone());
        tokio::spawn(async move {
            stream.recv().await;
            // The receiver lives as long as the run; without one there is nothing left to end politely.
            let _ = sender.send(Ending { by, code });
            signalled.cancel();
            let second = tokio::time::timeout(NOTICED_WITHIN, stream.recv()).await;
            if second.is_err() && noticed.load(Ordering::SeqCst) {
                // The run ends by itself, and nobody waits longer than they want to.
                stream.recv().await;
            }
            end_at_once(code);
        });
        Ok(())
    }
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
