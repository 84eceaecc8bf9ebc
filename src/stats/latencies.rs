//! Bounds of a quantile of measured times that may be watched, for a comparison, in constant memory.
//!
//! Times of neighbouring requests are alike where a server is slow for a while, and bounds would then look surer than they
//! are. So one request a second is kept apart, and the bounds are of those alone as long as successive times are not seen
//! to be unlike. Source: the project's notes on statistics, second part, section 8.

use std::time::Duration;

use super::histogram::Times;
use super::successive::{OneASecond, Successive};
use crate::model::comparison::Bounds;
use crate::model::reading::Latency;

/// The measured times of one set.
#[derive(Clone, Debug, Default)]
pub struct Latencies {
    all: Times,
    /// The first request of each second.
    one_a_second: Times,
    seconds: OneASecond,
    successive: Successive,
}

impl Latencies {
    /// Takes a request that ended at a time since the start of the run. They come in the order in which they ended.
    pub fn record(&mut self, at: Duration, time: Duration) {
        self.all.record(time);
        self.successive.add(time.as_secs_f64());
        if self.seconds.is_first(at) {
            self.one_a_second.record(time);
        }
    }

    /// The quantiles of all of them; `None` while nothing was recorded.
    pub fn latency(&self) -> Option<Latency> {
        self.all.latency()
    }

    /// Where a quantile (0 to 1, exclusive) lies in seconds, at every moment at once right with the probability
    /// `1 - error_level`; the upper end is infinite as long as too few were measured.
    pub fn bounds(&self, quantile: f64, error_level: f64) -> Bounds {
        let one_a_second = self.successive.are_alike();
        let times = if one_a_second {
            &self.one_a_second
        } else {
            &self.all
        };
        let (lower, upper) = times.between(quantile, error_level);
        Bounds {
            low: lower.as_secs_f64(),
            high: upper.map_or(f64::INFINITY, |upper| upper.as_secs_f64()),
            one_a_second,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::comparison::Comparison;
    use crate::stats::comparison::{Margin, compare};
    use crate::stats::testing::random;

    /// A sequence of lognormal times, five a second, each as far like the one before as the correlation says.
    fn times(seed: u64, median: f64, correlation: f64) -> impl FnMut() -> Duration {
        let mut random = random(seed);
        let mut normal = move || {
            let radius = (-2.0 * (1.0 - random()).ln()).sqrt();
            radius * (std::f64::consts::TAU * random()).cos()
        };
        let mut state = normal();
        move || {
            let fresh = (1.0 - correlation * correlation).sqrt();
            state = correlation * state + fresh * normal();
            Duration::from_secs_f64(median * (0.5 * state).exp())
        }
    }

    /// Two sides, looked at every second: each outcome that ever came.
    fn play(seed: u64, ratio: f64, correlation: f64, seconds: u64) -> Vec<Comparison> {
        let mut sides = [Latencies::default(), Latencies::default()];
        let mut next = [
            times(2 * seed, 0.05 * ratio, correlation),
            times(2 * seed + 1, 0.05, correlation),
        ];
        let mut outcomes = Vec::new();
        for second in 0..seconds {
            for fifth in 0..5 {
                let at = Duration::from_millis(1_000 * second + 200 * fifth);
                for (side, next) in sides.iter_mut().zip(&mut next) {
                    side.record(at, next());
                }
            }
            let [one, other] = [0, 1].map(|side: usize| sides[side].bounds(0.95, 0.005));
            let outcome = compare(one, other, Margin::Relative(0.0));
            if !outcomes.contains(&outcome) {
                outcomes.push(outcome);
            }
        }
        outcomes
    }

    #[test]
    fn times_that_are_alike_are_counted_once_a_second() {
        for (correlation, alike) in [(0.0, false), (0.7, true)] {
            let mut side = Latencies::default();
            let mut next = times(4, 0.05, correlation);
            for request in 0..2_000 {
                side.record(Duration::from_millis(200 * request), next());
            }
            let bounds = side.bounds(0.95, 0.005);
            assert_eq!(bounds.one_a_second, alike, "{correlation}");
            // Four hundred seconds, or five times as many requests: the bounds are of one or the other.
            let counted = if alike { &side.one_a_second } else { &side.all };
            let (lower, upper) = counted.between(0.95, 0.005);
            let upper = upper.expect("enough");
            let expected = (lower.as_secs_f64(), upper.as_secs_f64());
            assert_eq!((bounds.low, bounds.high), expected);
            let seconds = side.one_a_second.latency().expect("recorded").samples;
            assert_eq!(seconds, 400);
        }
    }

    #[test]
    fn nothing_measured_decides_nothing() {
        let nothing = Latencies::default().bounds(0.95, 0.005);
        assert!(nothing.high.is_infinite() && nothing.one_a_second);
        let outcome = compare(nothing, nothing, Margin::Relative(0.1));
        assert_eq!(outcome, Comparison::Undecided);
    }

    #[test]
    fn equal_sides_are_not_found_different_by_watching_and_slower_ones_are() {
        for correlation in [0.0, 0.6] {
            let worse = |ratio: f64, runs: u64| {
                let found = (0..runs).filter(|&seed| {
                    let seen = play(700 + seed, ratio, correlation, 150);
                    seen.contains(&Comparison::Worse)
                });
                found.count()
            };
            assert_eq!(worse(1.0, 10), 0, "{correlation}");
        }
        let seen = play(1, 2.0, 0.0, 150);
        assert_eq!(seen, [Comparison::Undecided, Comparison::Worse]);
    }
}
