//! What whoever watches may change about a run: it becomes a fact at the door of the watched record, and the pacer or the
//! poller is told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;
use crate::facts::Fact;
use crate::model::by_hand::{ByHand, faster, slower};
use crate::sources::pacer::Rate;
use crate::sources::route53::{RecordReader, Rereading};
use crate::sources::watch::Watch;
use crate::views::wish::{Said, Wish};

/// Counting begins anew no more often than this, so that a key that is held down leaves no heap of segments.
const ANEW_AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// The run in the hand of whoever watches it.
#[derive(Debug)]
pub(super) struct Hand {
    watch: Arc<Watch>,
    reader: RecordReader,
    rate: Rate,
    /// Whether HTTP requests are made; `None`: they cannot be.
    http: Option<bool>,
    counted_anew: Option<Instant>,
}

impl Hand {
    /// Of a run with that record, its reader and its rate, where HTTP requests are made or are not.
    pub fn new(watch: Arc<Watch>, reader: RecordReader, rate: Rate, http: bool) -> Self {
        Self {
            watch,
            reader,
            rate,
            http: http.then_some(true),
            counted_anew: None,
        }
    }

    /// Does what a key asks for and says what came of it; `None`: it is nothing of the run. Nothing here waits.
    pub fn follow(&mut self, wish: Wish) -> Option<Said> {
        Some(match wish {
            Wish::CountAnew => self.count_anew(),
            Wish::ReadWeights => match self.reader.poll_by_hand() {
                Rereading::Soon => Said::Reading,
                Rereading::Already => Said::ReadingAlready,
                Rereading::Patient => Said::Patient,
            },
            Wish::Faster => self.go_at(faster(self.rate.get()), Said::Highest),
            Wish::Slower => self.go_at(slower(self.rate.get()), Said::Lowest),
            Wish::SwitchHttp => self.switch_http(),
            Wish::Copy(_) | Wish::Write | Wish::Suspend => return None,
        })
    }

    /// For how long the weights are being read, if they are.
    pub fn reading_for(&self) -> Option<Duration> {
        self.reader.reading_for()
    }

    fn count_anew(&mut self) -> Said {
        let now = clock::instant();
        let is_fresh = |before: Instant| now < before + ANEW_AT_MOST_EVERY;
        if self.counted_anew.is_some_and(is_fresh) {
            return Said::JustBegan;
        }
        self.counted_anew = Some(now);
        self.change(ByHand::CountAnew);
        Said::CountedAnew
    }

    fn go_at(&self, per_second: u32, bound: fn(u32) -> Said) -> Said {
        if per_second == self.rate.get() {
            return bound(per_second);
        }
        self.rate.set(per_second);
        self.change(ByHand::Rate(per_second));
        Said::Rate(per_second)
    }

    fn switch_http(&mut self) -> Said {
        let Some(before) = self.http else {
            return Said::NoHttp;
        };
        let on = !before;
        self.http = Some(on);
        self.change(ByHand::Http(on));
        Said::Http(on)
    }

    fn change(&self, what: ByHand) {
        let at = self.watch.now();
        self.watch.learn(Fact::ByHand { at, what });
    }
}
