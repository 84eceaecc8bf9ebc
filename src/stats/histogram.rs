//! Distribution of measured times: quantiles within 1 %, from 1 microsecond to 60 seconds, in some 10 kB.
//!
//! The bins are those of HdrHistogram (Gil Tene), two significant digits.

use std::time::Duration;

use hdrhistogram::Histogram;

use super::quantile_bounds::quantile_ranks;
use crate::model::reading::Latency;
use crate::model::share::as_f64;

const LONGEST_MICROS: u64 = 60_000_000;
const DIGITS: u8 = 2;
/// How often the bounds of a quantile may be wrong.
const ERROR_LEVEL: f64 = 0.01;

/// Measured times of one kind.
#[derive(Clone, Debug)]
pub struct Times {
    bins: Histogram<u32>,
    /// Kept apart because the bins round.
    sum: Duration,
}

impl Default for Times {
    fn default() -> Self {
        Self {
            bins: Histogram::new_with_bounds(1, LONGEST_MICROS, DIGITS)
                .expect("the bounds are constants that the library allows"),
            sum: Duration::ZERO,
        }
    }
}

impl Times {
    /// Adds one time; what is longer than a minute counts as a minute in the quantiles.
    pub fn record(&mut self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(LONGEST_MICROS);
        self.bins.saturating_record(micros.max(1));
        self.sum += time;
    }

    /// Adds all the times of another distribution.
    pub fn add(&mut self, other: &Self) {
        // Both have the same bounds, so nothing can be out of range.
        if self.bins.add(&other.bins).is_ok() {
            self.sum += other.sum;
        }
    }

    /// The quantiles; `None` while nothing was recorded.
    pub fn latency(&self) -> Option<Latency> {
        let samples = self.bins.len();
        let divisor = u32::try_from(samples).unwrap_or(u32::MAX);
        let quantile = |share: f64| Duration::from_micros(self.bins.value_at_quantile(share));
        (samples > 0).then(|| Latency {
            samples,
            mean: self.sum / divisor,
            p50: quantile(0.5),
            p95: quantile(0.95),
            p99: quantile(0.99),
            max: quantile(1.0),
            p95_between: self.between(0.95, ERROR_LEVEL),
        })
    }

    /// The 95 % quantile alone; `None` while nothing was recorded.
    pub fn p95(&self) -> Option<Duration> {
        (!self.bins.is_empty()).then(|| Duration::from_micros(self.bins.value_at_quantile(0.95)))
    }

    /// Between which of the samples a quantile lies, at every moment at once right with the probability `1 - error_level`.
    pub(super) fn between(&self, quantile: f64, error_level: f64) -> (Duration, Option<Duration>) {
        let samples = self.bins.len();
        let ranks = quantile_ranks(samples, quantile, error_level);
        // Half a rank below, so that rounding cannot lead to the next sample.
        let share = |rank: u64| (as_f64(rank) - 0.5) / as_f64(samples);
        let sample = |rank| Duration::from_micros(self.bins.value_at_quantile(share(rank)));
        let lower = if ranks.lower == 0 {
            Duration::ZERO
        } else {
            sample(ranks.lower)
        };
        (lower, (ranks.upper <= samples).then(|| sample(ranks.upper)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_recorded_means_nothing_known() {
        assert_eq!(
            (Times::default().latency(), Times::default().p95()),
            (None, None)
        );
    }

    #[test]
    fn the_95_percent_quantile_lies_between_bounds_that_close_with_more_samples() {
        let width = |samples: u64| {
            let mut times = Times::default();
            for sample in 0..samples {
                // A thousand different times in a mixed order.
                times.record(Duration::from_millis(sample * 7 % 1000 + 1));
            }
            let (low, high) = times.latency().expect("recorded").p95_between;
            let truth = Duration::from_millis(950);
            assert!(
                low <= truth && high.is_none_or(|high| high >= truth),
                "{low:?} {high:?}"
            );
            high.map(|high| high.saturating_sub(low))
        };
        assert_eq!(width(100), None);
        let (some, many) = (width(1000).expect("closed"), width(20_000).expect("closed"));
        assert!(
            many < some && many < Duration::from_millis(30),
            "{some:?} {many:?}"
        );
    }

    #[test]
    fn quantiles_are_within_one_percent_and_the_mean_is_exact() {
        let mut times = Times::default();
        for milliseconds in 1..=1000 {
            times.record(Duration::from_millis(milliseconds));
        }
        let latency = times.latency().expect("recorded");
        assert_eq!(latency.samples, 1000);
        assert_eq!(times.p95(), Some(latency.p95));
        assert_eq!(latency.mean, Duration::from_micros(500_500));
        for (measured, exact) in [(latency.p50, 0.5), (latency.p95, 0.95), (latency.p99, 0.99)] {
            assert!(
                (measured.as_secs_f64() - exact).abs() <= 0.01 * exact,
                "{measured:?} against {exact}"
            );
        }
    }

    #[test]
    fn extremes_are_kept_in_the_last_bins() {
        let mut times = Times::default();
        times.record(Duration::ZERO);
        times.record(Duration::from_hours(1));
        assert_eq!(times.latency().expect("recorded").samples, 2);
    }

    #[test]
    fn distributions_add_up() {
        let (mut one, mut two) = (Times::default(), Times::default());
        one.record(Duration::from_millis(10));
        two.record(Duration::from_millis(30));
        one.add(&two);
        let latency = one.latency().expect("recorded");
        assert_eq!(
            (latency.samples, latency.mean),
            (2, Duration::from_millis(20))
        );
    }
}
