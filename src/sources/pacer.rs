//! Due times for a target rate, open loop: the n-th query is due at start + n periods, whatever became of the others.
//! Lateness is counted, not hidden; what was missed is never caught up in a burst.

use std::time::Duration;

use tokio::time::Instant;

/// A query that is sent more than this after it was due is late. Timers of the runtime have a grain of 1 ms.
const LATE: Duration = Duration::from_millis(3);

/// A fixed schedule.
#[derive(Clone, Debug)]
pub struct Pacer {
    start: Instant,
    per_second: u32,
    next: u64,
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

    proptest! {
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
