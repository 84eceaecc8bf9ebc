//! Due times for a target rate, open loop: the n-th query is due at start + n periods, whatever became of the others.
//! Lateness is counted, not hidden; what was missed is never caught up in a burst.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A query that is sent more than this after it was due is late.
const LATE: Duration = Duration::from_millis(3);

/// A fixed schedule, until another rate is wanted.
#[derive(Clone, Debug)]
pub struct Pacer {
    start: Instant,
    per_second: u32,
    next: u64,
    /// When the last query was due.
    last: Option<Instant>,
    wanted: Rate,
}

/// The rate that a pacer goes by, in the hand of whoever may change it.
#[derive(Clone, Debug)]
pub struct Rate(Arc<AtomicU32>);

impl Rate {
    /// So many queries a second.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// So many from now on; at least one.
    pub fn set(&self, per_second: u32) {
        self.0.store(per_second.max(1), Ordering::Relaxed);
    }
}

/// How well one due time was met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Punctuality {
    /// The query goes out noticeably after it was due.
    pub late: bool,
    /// Due times before it that were passed over.
    pub skipped: u64,
}

impl Pacer {
    /// The first query is due at `start`.
    ///
    /// # Panics
    /// If the rate is zero.
    pub fn new(start: Instant, per_second: u32) -> Self {
        assert!(per_second > 0, "a rate has to be positive");
        Self {
            start,
            per_second,
            next: 0,
            last: None,
            wanted: Rate(Arc::new(AtomicU32::new(per_second))),
        }
    }

    /// To change the rate.
    pub fn rate(&self) -> Rate {
        self.wanted.clone()
    }

    /// Goes over to the rate that is wanted, if that is another one: a new schedule begins a period of it after the last
    /// query, and not before now. So no burst comes of it, and nothing is passed over.
    pub fn follow(&mut self, now: Instant) {
        let per_second = self.wanted.get();
        if per_second == self.per_second {
            return;
        }
        self.per_second = per_second;
        if let Some(last) = self.last {
            self.start = last;
            self.start = self.due_time(1).max(now);
            self.next = 0;
        }
    }

    /// When the next query is due.
    pub fn due(&self) -> Instant {
        self.due_time(self.next)
    }

    /// Takes the next slot at the time at which it is really used, and passes over those that are gone.
    pub fn take(&mut self, now: Instant) -> Punctuality {
        let mut skipped = 0;
        // A slot is gone when the one after it is due already.
        while self.due_time(self.next + 1) <= now {
            self.next += 1;
            skipped += 1;
        }
        let late = now.saturating_duration_since(self.due()) > LATE;
        self.last = Some(self.due());
        self.next += 1;
        Punctuality { late, skipped }
    }

    /// Computed afresh from the start each time, so that rounding never adds up.
    fn due_time(&self, slot: u64) -> Instant {
        let seconds = slot / u64::from(self.per_second);
        let rest = slot % u64::from(self.per_second);
        self.start
            + Duration::from_secs(seconds)
            + Duration::from_nanos(rest * 1_000_000_000 / u64::from(self.per_second))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn start() -> Instant {
        crate::clock::instant()
    }

    #[test]
    fn a_punctual_run_neither_lags_nor_skips() {
        let start = start();
        let mut pacer = Pacer::new(start, 3);
        for slot in 0..3 * 3600 {
            assert_eq!(
                pacer.take(pacer.due()),
                Punctuality {
                    late: false,
                    skipped: 0
                },
                "slot {slot}"
            );
        }
        // After an hour at three a second the schedule is still exact to the nanosecond.
        assert_eq!(pacer.due(), start + Duration::from_hours(1));
    }

    #[test]
    fn a_stall_is_counted_and_not_caught_up() {
        let start = start();
        let mut pacer = Pacer::new(start, 100);
        pacer.take(start);
        // 95 ms later slots 1 to 8 are gone, slot 9 is five milliseconds late.
        assert_eq!(
            pacer.take(start + Duration::from_millis(95)),
            Punctuality {
                late: true,
                skipped: 8
            }
        );
        assert_eq!(pacer.due(), start + Duration::from_millis(100));
        assert_eq!(
            pacer.take(pacer.due()),
            Punctuality {
                late: false,
                skipped: 0
            }
        );
    }

    #[test]
    fn another_rate_begins_a_period_after_the_last_query_and_not_in_the_past() {
        let start = start();
        let at = |millis| start + Duration::from_millis(millis);
        let mut pacer = Pacer::new(start, 1);
        pacer.take(at(0));
        pacer.rate().set(10);
        pacer.follow(at(50));
        assert_eq!(pacer.due(), at(100));
        pacer.rate().set(100);
        // It was noticed late.
        pacer.follow(at(250));
        assert_eq!(pacer.due(), at(250));
        assert_eq!(pacer.take(at(250)).skipped, 0);
        assert_eq!(pacer.due(), at(260));
        pacer.rate().set(2);
        pacer.follow(at(251));
        assert_eq!(pacer.due(), at(750));
        pacer.follow(at(700));
        assert_eq!(pacer.due(), at(750), "the rate is the same");
    }

    proptest! {
        /// Queries that are sent when they are due are never nearer to each other than the higher of two rates wants.
        #[test]
        fn no_change_of_the_rate_makes_a_burst(changes in prop::collection::vec((1u32..=100, 0u64..3_000), 1..30)) {
            let start = start();
            let mut pacer = Pacer::new(start, 10);
            let mut now = start;
            let mut last: Option<(Instant, u32)> = None;
            for (rate, pause) in changes {
                let until = now + Duration::from_millis(pause);
                while pacer.due() <= until {
                    now = pacer.due();
                    prop_assert_eq!(pacer.take(now), Punctuality { late: false, skipped: 0 });
                    let period = Duration::from_secs(1) / pacer.per_second;
                    if let Some((before, _)) = last {
                        // Due times are rounded down to the nanosecond.
                        prop_assert!(now - before + Duration::from_nanos(1) >= period);
                    }
                    last = Some((now, pacer.per_second));
                }
                now = until;
                pacer.rate().set(rate);
                pacer.follow(now);
                prop_assert!(pacer.due() >= now);
                prop_assert!(pacer.due() <= now + Duration::from_secs(1));
            }
        }

        #[test]
        fn every_slot_is_either_used_or_skipped(rate in 1u32..=100, pauses in prop::collection::vec(0u64..200, 1..100)) {
            let start = start();
            let mut pacer = Pacer::new(start, rate);
            let mut now = start;
            let mut slots = 0;
            for pause in pauses {
                now = now.max(pacer.due()) + Duration::from_millis(pause);
                slots += 1 + pacer.take(now).skipped;
                prop_assert_eq!(pacer.next, slots);
                // What comes next is never due in the past by a whole period.
                prop_assert!(pacer.due_time(pacer.next + 1) > now);
            }
        }
    }
}
