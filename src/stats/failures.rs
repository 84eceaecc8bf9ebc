//! Bounds of the part of the requests that failed that may be watched, for a comparison, in constant memory.
//!
//! A server that fails for a while fails many requests in a row, and bounds would then look surer than they are. So one
//! request a second is counted apart, as in `latencies.rs`, and the bounds are of those alone as long as successive requests
//! are not seen to be unlike. Source: the project's notes on statistics, second part, section 8.

use std::time::Duration;

use super::interval::plain_interval;
use super::successive::{OneASecond, Successive};
use crate::model::comparison::Bounds;

/// The requests for one set that ended, well or badly.
#[derive(Clone, Copy, Debug, Default)]
pub struct Failures {
    all: Count,
    /// The first request of each second.
    one_a_second: Count,
    seconds: OneASecond,
    successive: Successive,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    failed: u64,
    requests: u64,
}

impl Count {
    fn add(&mut self, failed: bool) {
        self.failed += u64::from(failed);
        self.requests += 1;
    }
}

impl Failures {
    /// Takes a request that ended at a time since the start of the run. They come in the order in which they ended.
    pub fn record(&mut self, at: Duration, failed: bool) {
        self.all.add(failed);
        self.successive.add(f64::from(u8::from(failed)));
        if self.seconds.is_first(at) {
            self.one_a_second.add(failed);
        }
    }

    /// Where the part that fails lies, 0 to 1, at every moment at once right with the probability `1 - error_level`.
    pub fn bounds(&self, error_level: f64) -> Bounds {
        let one_a_second = self.successive.are_alike();
        let count = if one_a_second {
            self.one_a_second
        } else {
            self.all
        };
        let between = plain_interval(count.failed, count.requests, error_level);
        Bounds {
            low: between.lower,
            high: between.upper,
            one_a_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::random;

    /// Five requests a second, of which a fifth fails; each repeats the one before with that probability.
    fn play(repeats: f64) -> Failures {
        let (mut failures, mut random) = (Failures::default(), random(31));
        let mut failed = false;
        for request in 0..1_000 {
            if random() >= repeats {
                failed = random() < 0.2;
            }
            failures.record(Duration::from_millis(200 * request), failed);
        }
        failures
    }

    #[test]
    fn requests_that_fail_in_a_row_are_counted_once_a_second() {
        let (alone, in_a_row) = (play(0.0), play(0.9));
        let [plain, guarded] = [alone, in_a_row].map(|failures| failures.bounds(0.005));
        assert!(!plain.one_a_second && guarded.one_a_second);
        assert_eq!(in_a_row.one_a_second.requests, 200);
        let of_all = plain_interval(in_a_row.all.failed, 1_000, 0.005);
        assert!(guarded.high - guarded.low > 1.5 * (of_all.upper - of_all.lower));
        assert!(plain.low < 0.2 && plain.high > 0.2, "{plain:?}");
    }

    #[test]
    fn nothing_is_known_without_a_request() {
        let bounds = Failures::default().bounds(0.005);
        assert_eq!(
            (bounds.low, bounds.high, bounds.one_a_second),
            (0.0, 1.0, true)
        );
    }
}
