//! Between which of the samples a quantile lies, however often one looks.
//!
//! The number of samples below the true quantile is a count with a known share, so the bet of `evidence` on a single
//! share bounds its rank. In full: Steven Howard and Aaditya Ramdas, "Sequential estimation of quantiles with
//! applications to A/B testing and best-arm identification" (2022). Latencies of neighbouring answers are alike, so
//! these bounds are a guide.

use super::evidence::ln_evidence_of_share;
use crate::model::share::{as_f64, rounded_down};

/// Ranks of two samples with the quantile between them: 1 is the smallest sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranks {
    /// 0 stands for minus infinity: nothing can be said yet.
    pub lower: u64,
    /// One more than there are samples stands for plus infinity.
    pub upper: u64,
}

/// The ranks that enclose a quantile (0 to 1, exclusive) of that many samples, at every moment at once with the
/// probability `1 - error_level`.
///
/// With x the number of samples at or below the quantile, all x are possible against which the bet has not won
/// `1 / error_level`; the quantile lies between the samples `x_min` and `x_max + 1`.
pub fn quantile_ranks(samples: u64, quantile: f64, error_level: f64) -> Ranks {
    let ln_limit = -error_level.ln();
    let ln_evidence = ln_evidence_of_share(quantile);
    let possible = |below: u64| ln_evidence(as_f64(below), as_f64(samples)) < ln_limit;
    // The evidence is convex in the count, and 1 or less at the mean: one change on either side of it.
    let likeliest = rounded_down(as_f64(samples) * quantile).min(samples);
    Ranks {
        lower: furthest(likeliest, 0, &possible),
        upper: furthest(likeliest, samples, &possible) + 1,
    }
}

/// The possible count that is furthest from `inside` on the way to `end`.
fn furthest(inside: u64, end: u64, possible: &impl Fn(u64) -> bool) -> u64 {
    if possible(end) {
        return end;
    }
    let (mut inside, mut outside) = (inside, end);
    while inside.abs_diff(outside) > 1 {
        let middle = u64::midpoint(inside, outside);
        if possible(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::random;
    use proptest::prelude::*;

    #[test]
    fn the_worked_number() {
        assert_eq!(
            quantile_ranks(1_000, 0.95, 0.01),
            Ranks {
                lower: 922,
                upper: 974
            }
        );
    }

    #[test]
    fn nothing_is_bounded_without_a_sample() {
        for quantile in [0.5, 0.95, 0.99] {
            assert_eq!(
                quantile_ranks(0, quantile, 0.01),
                Ranks { lower: 0, upper: 1 }
            );
        }
    }

    #[test]
    fn the_upper_bound_is_finite_from_the_promised_number_on() {
        for (quantile, promised) in [(0.5, 11), (0.95, 123), (0.99, 611)] {
            let first = (1..10_000)
                .find(|&samples| quantile_ranks(samples, quantile, 0.01).upper <= samples);
            assert_eq!(first, Some(promised));
        }
    }

    #[test]
    fn bounds_hold_at_every_moment_at_once() {
        // Samples are even from 0 to 1, so the quantile is its own value, and the ranks bound the count below it.
        let mut random = random(12);
        let ranks: Vec<Ranks> = (0..=1_000)
            .map(|samples| quantile_ranks(samples, 0.9, 0.01))
            .collect();
        let wrong = (0..1_000)
            .filter(|_| {
                let mut below = 0;
                (1..=1_000).any(|samples: usize| {
                    below += u64::from(random() < 0.9);
                    below < ranks[samples].lower || below >= ranks[samples].upper
                })
            })
            .count();
        assert!(wrong < 10, "{wrong} of 1000");
    }

    proptest! {
        #[test]
        fn ranks_are_in_order_and_the_evidence_says_where_they_end(samples in 1..1_000_000_u64, quantile in 0.01..0.99_f64) {
            let found = quantile_ranks(samples, quantile, 0.01);
            let middle = as_f64(samples) * quantile;
            prop_assert!(as_f64(found.lower) <= middle && middle <= as_f64(found.upper));
            prop_assert!(found.upper <= samples + 1);
            let won = |below: u64| ln_evidence_of_share(quantile)(as_f64(below), as_f64(samples));
            let limit = 100_f64.ln();
            prop_assert!(won(found.lower) < limit && won(found.upper - 1) < limit);
            prop_assert!(found.lower == 0 || won(found.lower - 1) >= limit);
            prop_assert!(found.upper > samples || won(found.upper) >= limit);
        }
    }
}
