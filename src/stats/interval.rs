//! Where the served share of a set lies.
//!
//! The intervals hold at every moment at once, like the evidence they are made of: a share is excluded when the bet
//! against it has won `1 / a`. Source: Steven Howard, Aaditya Ramdas, Jon McAuliffe and Jasjeet Sekhon,
//! "Time-uniform, nonparametric, nonasymptotic confidence sequences" (2021); the bets are those of the project's notes
//! on statistics, section 3.

use super::evidence::{Declared, ln_evidence_of_share};
use crate::model::share::as_f64;

/// What the bet against a candidate share puts on the declared share; the rest is spread.
const ON_DECLARED: f64 = 0.75;
/// ln of it.
pub(super) const LN_ON_DECLARED: f64 = -0.287_682_072_451_780_9;
/// Steps after which the ends of an interval no longer move, even if each only halves what is left.
const STEPS: usize = 64;
/// Behind a step as short as this, as a share, the boundary is as exact as the number format: each step doubles the digits.
const LAST_STEP: f64 = 1e-8;

/// From one share to another, both from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub lower: f64,
    /// The upper end.
    pub upper: f64,
}

impl Interval {
    /// All shares there are: what is known without a single answer.
    pub const EVERYTHING: Self = Self {
        lower: 0.0,
        upper: 1.0,
    };

    /// Whether a share lies within, the ends included.
    pub fn contains(&self, share: f64) -> bool {
        (self.lower..=self.upper).contains(&share)
    }
}

/// The interval of the served share of one set, at every moment at once right with the probability `1 - error_level`.
///
/// It is the share of all answers, also where some are of sets with the share 0. Everything without an answer. `index` is
/// the set's place among the counts; `error_level` is between 0 and 1.
pub fn interval(declared: &Declared, index: usize, counts: &[u64], error_level: f64) -> Interval {
    let bet = BetOnOne::new(declared, index, counts);
    if bet.cases <= 0.0 {
        return Interval::EVERYTHING;
    }
    bet.not_excluded(error_level)
}

/// The interval of a share of which nothing is declared: something happened `count` times of `cases`. At every moment at
/// once right with the probability `1 - error_level`; everything without a case. (`ln m` around one half; second part,
/// section 8.)
pub fn plain_interval(count: u64, cases: u64, error_level: f64) -> Interval {
    if cases == 0 {
        return Interval::EVERYTHING;
    }
    BetOnOne::around_one_half(as_f64(count), as_f64(cases)).not_excluded(error_level)
}

/// The bet on the share of one set, before it is set against candidates.
#[derive(Clone, Copy, Debug)]
struct BetOnOne {
    count: f64,
    cases: f64,
    /// ln of what is won, up to the candidate's own likelihood.
    ln_stake: f64,
}

impl BetOnOne {
    fn new(declared: &Declared, index: usize, counts: &[u64]) -> Self {
        let share = declared.shares()[index];
        let (count, cases) = (as_f64(counts[index]), as_f64(counts.iter().sum()));
        if (share <= 0.0 && count > 0.0) || (share >= 1.0 && count < cases) {
            // Nothing can be put on the declared share.
            return Self::around_one_half(count, cases);
        }
        Self {
            count,
            cases,
            ln_stake: ln_numerator(declared.ln_evidence_of_one(index, count, cases))
                + ln_likelihood(share, count, cases),
        }
    }

    fn around_one_half(count: f64, cases: f64) -> Self {
        Self {
            count,
            cases,
            ln_stake: ln_evidence_of_share(0.5)(count, cases) + ln_likelihood(0.5, count, cases),
        }
    }

    fn not_excluded(&self, error_level: f64) -> Interval {
        let ln_limit = -error_level.ln();
        Interval {
            lower: self.boundary(0.0, ln_limit),
            upper: self.boundary(1.0, ln_limit),
        }
    }

    /// The share from which on candidates are excluded on the way from the observed share, which never is, to an end of all
    /// shares; the end itself when that is not excluded either.
    ///
    /// What is won against a candidate is convex in it, so the tangent at one that is excluded leads nearer to the boundary and
    /// not beyond it (Newton). Where a tangent leads anywhere else, the middle is tried.
    fn boundary(&self, end: f64, ln_limit: f64) -> f64 {
        let beyond = |candidate: f64| self.ln_won_against(candidate) - ln_limit;
        if beyond(end) < 0.0 {
            return end;
        }
        let observed = self.count / self.cases;
        let (mut outside, mut inside) = (end, observed);
        // Where the boundary would be if the bet were a parabola.
        let width = -2.0 * beyond(observed) * observed * (1.0 - observed) / self.cases;
        let mut candidate = observed + (end - observed).signum() * width.max(0.0).sqrt();
        for _ in 0..STEPS {
            let (low, high) = (outside.min(inside), outside.max(inside));
            if !(low < candidate && candidate < high) {
                candidate = f64::midpoint(outside, inside);
            }
            let beyond = beyond(candidate);
            if beyond >= 0.0 {
                outside = candidate;
            } else {
                inside = candidate;
            }
            let slope = (self.cases * candidate - self.count) / (candidate * (1.0 - candidate));
            let step = beyond / slope;
            candidate -= step;
            if step.abs() <= LAST_STEP {
                return candidate;
            }
        }
        inside
    }

    /// ln of `M_i(t)` of the notes.
    fn ln_won_against(&self, candidate: f64) -> f64 {
        self.ln_stake - ln_likelihood(candidate, self.count, self.cases)
    }
}

/// ln of what is bet on the declared share and around it.
pub(super) fn ln_numerator(ln_evidence_of_one: f64) -> f64 {
    // Only the larger part is ever exponentiated in earnest: e^700 answers the question as well as more.
    if ln_evidence_of_one > 700.0 {
        return ln_evidence_of_one + (1.0 - ON_DECLARED).ln();
    }
    (ON_DECLARED + (1.0 - ON_DECLARED) * ln_evidence_of_one.exp()).ln()
}

/// ln of the probability of one sequence with so many hits, where each is a hit with this probability; 0 ln 0 = 0.
fn ln_likelihood(share: f64, count: f64, cases: f64) -> f64 {
    let hits = if count > 0.0 { count * share.ln() } else { 0.0 };
    let misses = if cases > count {
        (cases - count) * (-share).ln_1p()
    } else {
        0.0
    };
    hits + misses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, declared, first_time, pick, random};
    use proptest::prelude::*;

    const LEVEL: f64 = 0.01;

    fn check(weights: &[u64], index: usize, counts: &[u64], lower: f64, upper: f64) {
        let found = interval(&declared(weights), index, counts, LEVEL);
        close(found.lower, lower, 1e-9);
        close(found.upper, upper, 1e-9);
    }

    #[test]
    fn worked_intervals() {
        check(
            &[90, 10],
            0,
            &[90, 10],
            0.782_935_437_828_5,
            0.967_779_241_188_7,
        );
        check(
            &[90, 10],
            0,
            &[820, 180],
            0.763_834_178_391_4,
            0.868_280_131_517_3,
        );
        check(
            &[50, 50],
            0,
            &[480, 520],
            0.427_398_047_454_9,
            0.532_899_909_988_2,
        );
        check(&[1, 0], 1, &[500, 0], 0.0, 0.009_168_055_107_2);
        check(&[1, 0], 0, &[500, 0], 1.0 - 0.009_168_055_107_2, 1.0);
        check(
            &[1, 0],
            1,
            &[4_603, 0],
            0.0,
            1.0 - 0.01_f64.powf(1.0 / 4_603.0),
        );
    }

    #[test]
    fn worked_bets_against_an_edge() {
        let bet = BetOnOne::new(&declared(&[90, 10]), 0, &[450, 50]);
        close(bet.ln_won_against(0.95), 10.103_894_789_842_5, 1e-9);
        close(bet.ln_won_against(0.85), 5.224_816_156_038, 1e-9);
    }

    #[test]
    fn nothing_is_known_without_an_answer() {
        for weights in [&[90, 10][..], &[1, 0], &[0, 0]] {
            for index in 0..2 {
                assert_eq!(
                    interval(&declared(weights), index, &[0, 0], LEVEL),
                    Interval::EVERYTHING
                );
            }
        }
    }

    #[test]
    fn a_contradicted_certainty_still_has_an_interval() {
        for (index, observed) in [(0, 0.9), (1, 0.1)] {
            let found = interval(&declared(&[7, 0]), index, &[900, 100], LEVEL);
            assert!(
                found.contains(observed) && found.upper - found.lower < 0.1,
                "{found:?}"
            );
            assert!(!found.contains(declared(&[7, 0]).shares()[index]));
        }
    }

    #[test]
    fn a_billion_answers_still_have_an_interval() {
        let found = interval(&declared(&[90, 10]), 1, &[900_000_000, 100_000_000], LEVEL);
        assert!(
            found.contains(0.1) && found.upper - found.lower < 1e-4,
            "{found:?}"
        );
        let found = interval(&declared(&[90, 10]), 1, &[0, 1_000_000_000], LEVEL);
        assert!(found.lower > 0.999_999 && found.upper >= 1.0, "{found:?}");
    }

    #[test]
    fn intervals_cover_the_served_share_at_every_moment_at_once() {
        let declared = declared(&[70, 30]);
        for served in [0.7, 0.6, 0.95] {
            // Just what puts a share outside of the interval, without looking for its ends.
            let excluded = |counts: &[u64]| {
                BetOnOne::new(&declared, 0, counts).ln_won_against(served) >= -LEVEL.ln()
            };
            let wrong: f64 = first_time([served, 1.0 - served], 500, excluded)
                .iter()
                .sum();
            assert!(wrong < LEVEL, "{wrong} at {served}");
        }
    }

    proptest! {
        #[test]
        fn the_ends_are_where_halving_finds_them(cases in 1..1_000_000_u64, hits in 0..1_000_000_u64, share in 0..256_u64) {
            let declared = declared(&[share, 255 - share.min(254)]);
            let hits = hits % (cases + 1);
            let counts = [hits, cases - hits];
            let bet = BetOnOne::new(&declared, 0, &counts);
            let halved = |end: f64| {
                let excluded = |share: f64| bet.ln_won_against(share) >= -LEVEL.ln();
                let (mut outside, mut inside) = (end, as_f64(hits) / as_f64(cases));
                for _ in 0..64 {
                    let middle = f64::midpoint(outside, inside);
                    if excluded(middle) {
                        outside = middle;
                    } else {
                        inside = middle;
                    }
                }
                if excluded(end) { inside } else { end }
            };
            let found = interval(&declared, 0, &counts, LEVEL);
            for (found, halved) in [(found.lower, halved(0.0)), (found.upper, halved(1.0))] {
                prop_assert!((found - halved).abs() <= 1e-12, "{} against {}", found, halved);
            }
        }

        #[test]
        fn intervals_contain_what_was_observed(weights in prop::collection::vec(0..256_u64, 1..6), seed in 0..1_000_u64, answers in 1..5_000_usize) {
            let declared = declared(&weights);
            let mut random = random(seed);
            let mut counts = vec![0; weights.len()];
            for _ in 0..answers {
                // Half of them from anywhere.
                let set = if random() < 0.5 { pick(&vec![1.0 / as_f64(weights.len() as u64); weights.len()], &mut random) } else { pick(declared.shares(), &mut random) };
                counts[set] += 1;
            }
            for index in 0..weights.len() {
                let cases = counts.iter().sum();
                let found = interval(&declared, index, &counts, LEVEL);
                prop_assert!(found.lower >= 0.0 && found.upper <= 1.0 && found.lower <= found.upper);
                if cases > 0 {
                    prop_assert!(found.contains(as_f64(counts[index]) / as_f64(cases)), "{found:?}");
                }
                let sure = interval(&declared, index, &counts, 0.000_1);
                prop_assert!(sure.lower <= found.lower && sure.upper >= found.upper);
            }
        }
    }
}
