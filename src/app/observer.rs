//! The observer: on a thread of its own it looks at the counters twice a second, whatever anybody else does, has the judge
//! make a snapshot of them, publishes it, and says when the run is over. Nothing here writes or draws.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use super::check::Check;
use super::ending::Ending;
use super::sinks::notify::Undelivered;
use super::stream::Stream;
use super::threads;
use super::watched::WatchedRecord;
use crate::cli::PanicPlace;
use crate::clock::{self, Moment};
use crate::error::ExitCode;
use crate::logging;
use crate::model::notice::Notice;
use crate::snapshot::{EndedBy, Snapshot};

/// It looks this often.
const TICK: Duration = Duration::from_millis(500);

/// Looks at a run and judges it.
pub(super) struct Observer {
    pub record: WatchedRecord,
    pub duration: Option<Duration>,
    /// What others were to be told and were not.
    pub undelivered: Arc<Undelivered>,
    /// Where a verdict is all that is wanted.
    pub check: Option<Check>,
    /// Where it fails on purpose.
    pub panics_in: Option<PanicPlace>,
}

/// An observer at work.
pub(super) struct Observing {
    orders: Sender<Order>,
    thread: JoinHandle<Option<Ending>>,
}

/// To end like this, with what was known at that moment.
type Order = (Ending, Moment);

impl Observer {
    /// Looks once.
    pub fn observe(&mut self, moment: Moment) -> Arc<Snapshot> {
        if let Some(trouble) = logging::trouble() {
            let note = Notice::LogIncomplete {
                path: trouble.path.display().to_string(),
                why: trouble.why.clone(),
            };
            self.record.watch.tally.note(moment.wall, note);
        }
        for note in self.undelivered.notices() {
            self.record.watch.tally.keep_note(moment.wall, note);
        }
        let snapshot = Arc::new(self.record.look(moment));
        if let Some(check) = &mut self.check {
            check.look(&snapshot);
        }
        snapshot
    }

    /// Goes on looking on a thread of its own. When the time is up or a verdict ends the run, it says so in `endings`.
    ///
    /// # Errors
    /// If there can be no further thread.
    pub fn start(self, stream: Arc<Stream>, endings: Sender<Ending>) -> io::Result<Observing> {
        let (orders, received) = channel();
        let work = move || self.run(&stream, &endings, &received);
        let thread = threads::spawn("observer", work)?;
        Ok(Observing { orders, thread })
    }

    fn run(
        mut self,
        stream: &Stream,
        endings: &Sender<Ending>,
        orders: &Receiver<Order>,
    ) -> Option<Ending> {
        // Without anybody who could give the order, nobody waits for the end either.
        let (mut ending, ended) = self.look_until_the_end(stream, endings, orders).ok()?;
        self.record.stop(ended);
        let mut last = self.observe(ended);
        self.may_panic(PanicPlace::LastLook);
        if let Some(check) = &mut self.check {
            (ending, last) = check.settle(ending, last);
        }
        stream.end(last, ending);
        Some(ending)
    }

    fn look_until_the_end(
        &mut self,
        stream: &Stream,
        endings: &Sender<Ending>,
        orders: &Receiver<Order>,
    ) -> Result<Order, RecvError> {
        loop {
            match orders.recv_timeout(self.wait()) {
                Ok(order) => return Ok(order),
                Err(RecvTimeoutError::Disconnected) => return Err(RecvError),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if let Some(ending) = self.look(stream) {
                // Nobody listens where another ending came first.
                let _ = endings.send(ending);
                return orders.recv();
            }
        }
    }

    /// Looks, unless the time is up; says how the run ends now, if it does.
    fn look(&mut self, stream: &Stream) -> Option<Ending> {
        let now = clock::now();
        let passed = now.since(self.record.started());
        let time_is_up = self.duration.is_some_and(|duration| passed >= duration);
        if !time_is_up {
            self.may_panic(PanicPlace::Observer);
            stream.publish(self.observe(now));
        }
        let (by, code) = (EndedBy::Duration, ExitCode::Success);
        let without_a_verdict = || time_is_up.then_some(Ending { by, code });
        let check = self.check.as_ref();
        check.map_or_else(without_a_verdict, |check| check.ends(time_is_up))
    }

    fn may_panic(&self, here: PanicPlace) {
        assert!(self.panics_in != Some(here), "on purpose, while observing");
    }

    /// How long it is until the next look, but never past the end.
    fn wait(&self) -> Duration {
        let passed = clock::now().since(self.record.started());
        let end = self.duration.unwrap_or(Duration::MAX);
        next_look(passed).min(end).saturating_sub(passed)
    }
}

impl Observing {
    /// Has it look a last time, which ends the stream; `None` after a panic.
    pub fn finish(self, ending: Ending, ended: Moment) -> Option<Ending> {
        // After a panic nobody takes the order.
        let _ = self.orders.send((ending, ended));
        self.thread.join().ok().flatten()
    }
}

/// When the next look is due after that time. Those that could not be made in time are left out, never caught up.
fn next_look(passed: Duration) -> Duration {
    let looks = passed.as_millis() / TICK.as_millis();
    TICK.saturating_mul(u32::try_from(looks + 1).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_due_twice_a_second() {
        let due = |millis| next_look(Duration::from_millis(millis)).as_millis();
        assert_eq!(
            (due(0), due(499), due(500), due(1_999)),
            (500, 500, 1_000, 2_000)
        );
        assert_eq!(next_look(Duration::MAX), TICK * u32::MAX);
    }
}
