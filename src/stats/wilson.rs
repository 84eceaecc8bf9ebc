//! A plain interval for a short window, to be shown and not to be judged by.
//!
//! Edwin Wilson, "Probable inference, the law of succession, and statistical inference" (1927). It holds at one moment
//! chosen beforehand, not while one looks on: verdicts rest on `interval`.

use super::interval::Interval;
use crate::model::share::as_f64;

/// The normal quantile for 95 % between both ends.
const Z: f64 = 1.959_963_984_540_054;

/// The 95 % interval of a share that was seen `count` times of `cases`; everything without a case.
pub fn wilson(count: u64, cases: u64) -> Interval {
    if cases == 0 {
        return Interval::EVERYTHING;
    }
    let (observed, cases) = (as_f64(count) / as_f64(cases), as_f64(cases));
    let spread = Z * Z / cases;
    let centre = (observed + spread / 2.0) / (1.0 + spread);
    let half =
        Z / (1.0 + spread) * (observed * (1.0 - observed) / cases + spread / (4.0 * cases)).sqrt();
    // At the ends the formula gives 0 and 1 exactly; rounding must not lead beyond them.
    Interval {
        lower: if count == 0 {
            0.0
        } else {
            (centre - half).max(0.0)
        },
        upper: if observed >= 1.0 {
            1.0
        } else {
            (centre + half).min(1.0)
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::close;
    use proptest::prelude::*;

    #[test]
    fn the_worked_number() {
        let found = wilson(12, 100);
        close(found.lower, 0.069_994_064_370_2, 1e-9);
        close(found.upper, 0.198_120_994_267_1, 1e-9);
    }

    #[test]
    fn without_a_case_everything_is_possible() {
        assert_eq!(wilson(0, 0), Interval::EVERYTHING);
    }

    proptest! {
        #[test]
        fn the_observed_share_lies_within(count in 0..1_000_000_000_u64, more in 0..1_000_000_000_u64) {
            let found = wilson(count, count + more);
            prop_assert!(found.lower >= 0.0 && found.upper <= 1.0);
            if count + more > 0 {
                prop_assert!(found.contains(as_f64(count) / as_f64(count + more)));
            }
            // Hits and misses are mirror images.
            let mirror = wilson(more, count + more);
            prop_assert!((found.lower - (1.0 - mirror.upper)).abs() < 1e-12);
        }
    }
}
