//! One watched record, whole: what its tasks share, what is thought of it, and how it is read again. A run has one of these
//! for each record; what several would share belongs to the run.

use std::sync::Arc;

use crate::clock::Moment;
use crate::facts::Fact;
use crate::judge::Judge;
use crate::snapshot::Snapshot;
use crate::sources::route53::RecordReader;
use crate::sources::watch::Watch;

/// A record that is watched and judged.
pub(super) struct WatchedRecord {
    pub watch: Arc<Watch>,
    pub judge: Judge,
    /// To have the configuration read at once when the judge has a suspicion.
    pub reader: RecordReader,
}

impl WatchedRecord {
    /// When the first query is due.
    pub fn started(&self) -> Moment {
        self.watch.started
    }

    /// Looks at the counters and judges them.
    pub fn look(&mut self, moment: Moment) -> Snapshot {
        self.watch.feel(moment);
        let at = self.watch.at(moment);
        let reading = self.watch.tick(at);
        let snapshot = self.judge.observe(reading, at.uptime, at.wall);
        if self.judge.wants_poll() {
            self.reader.poll_soon();
        }
        snapshot
    }

    /// Nothing is asked or taken in any more.
    pub fn stop(&self, moment: Moment) {
        let at = self.watch.at(moment);
        self.watch.learn(Fact::Stopped { at });
    }
}
