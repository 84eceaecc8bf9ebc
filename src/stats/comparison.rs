//! Is one side worse than the other? Of bounds that hold at every moment at once, so the answer may be watched.
//!
//! Each side has bounds at half the error level: of a rate those of `failures.rs`, of a quantile of times those of
//! `latencies.rs`. Then a wrong answer ever comes with the error level at most. Source: the
//! project's notes on statistics, second part, section 8.

use crate::model::comparison::{Bounds, Comparison};

/// How much worse does not matter yet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Margin {
    /// So much, in the unit of the bounds: 0.01 of a rate is one point.
    Absolute(f64),
    /// Such a part of the other side: 0.2 of a time is a fifth.
    Relative(f64),
}

impl Margin {
    /// Where the other side's bound is with the margin added.
    fn beyond(self, bound: f64) -> f64 {
        match self {
            Self::Absolute(margin) => bound + margin,
            Self::Relative(margin) => bound * (1.0 + margin),
        }
    }
}

/// Compares two sides of which less is better. A bound that is not known is infinite: such bounds decide nothing.
pub fn compare(one: Bounds, other: Bounds, margin: Margin) -> Comparison {
    if one.low > margin.beyond(other.high) {
        Comparison::Worse
    } else if one.high <= margin.beyond(other.low) {
        Comparison::NoWorse
    } else {
        Comparison::Undecided
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::stats::failures::Failures;
    use crate::stats::testing::random;

    const LEVEL: f64 = 0.01;

    fn between(low: f64, high: f64) -> Bounds {
        Bounds {
            low,
            high,
            one_a_second: false,
        }
    }

    #[test]
    fn only_bounds_that_lie_apart_decide() {
        let fifth = Margin::Relative(0.2);
        let blue = between(84.0, 96.0);
        for (green, expected) in [
            (between(118.0, 131.0), Comparison::Worse),
            (between(110.0, 131.0), Comparison::Undecided),
            (between(80.0, 100.0), Comparison::NoWorse),
            (between(80.0, 101.0), Comparison::Undecided),
            (between(80.0, f64::INFINITY), Comparison::Undecided),
        ] {
            assert_eq!(compare(green, blue, fifth), expected, "{green:?}");
        }
        let unknown = between(0.0, f64::INFINITY);
        assert_eq!(compare(blue, unknown, fifth), Comparison::Undecided);
    }

    #[test]
    fn equal_rates_are_rarely_found_different_and_different_ones_soon() {
        let point = Margin::Absolute(0.01);
        let mut random = random(21);
        let mut play = |rates: [f64; 2], requests: u64| {
            let mut failures = [Failures::default(); 2];
            (1..=requests).find(|&request| {
                for (failures, rate) in failures.iter_mut().zip(rates) {
                    failures.record(Duration::from_millis(200 * request), random() < rate);
                }
                let bounds = failures.map(|failures| failures.bounds(LEVEL / 2.0));
                compare(bounds[0], bounds[1], point) == Comparison::Worse
            })
        };
        let wrong = (0..60)
            .filter(|_| play([0.02, 0.02], 400).is_some())
            .count();
        assert!(wrong <= 1, "{wrong}");
        let mut needed: Vec<u64> = (0..20)
            .map(|_| play([0.5, 0.02], 400).expect("found"))
            .collect();
        needed.sort_unstable();
        assert!((10..60).contains(&needed[10]), "{}", needed[10]);
    }
}
