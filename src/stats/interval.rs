//! Where the served share of a set lies, whether that is close enough to the declared one, and how much longer it
//! takes to say so.
//!
//! The intervals hold at every moment at once, like the evidence they are made of: a share is excluded when the bet
//! against it has won `1 / a`. Source: Steven Howard, Aaditya Ramdas, Jon McAuliffe and Jasjeet Sekhon,
//! "Time-uniform, nonparametric, nonasymptotic confidence sequences" (2021); the bets and the rule of the match are
//! those of the project's notes on statistics, section 3.

use super::evidence::{Declared, ln_evidence_of_share};
use crate::model::share::as_f64;

/// What the bet against a candidate share puts on the declared share; the rest is spread.
const ON_DECLARED: f64 = 0.75;
/// `queries_to_go` looks no further.
const QUERIES_AT_MOST: u64 = 10_000_000;
/// Halvings after which the ends of an interval no longer move.
const HALVINGS: usize = 64;

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
/// A set with a share between 0 and 1 is seen against the answers that bear evidence, one with the share 0 or 1
/// against all answers. Everything without an answer. `index` is the set's place among the counts; `error_level` is
/// between 0 and 1.
pub fn interval(declared: &Declared, index: usize, counts: &[u64], error_level: f64) -> Interval {
    let bet = BetOnOne::new(declared, index, counts);
    if bet.cases <= 0.0 {
        return Interval::EVERYTHING;
    }
    let excluded = |candidate: f64| bet.ln_won_against(candidate) >= -error_level.ln();
    let observed = bet.count / bet.cases;
    Interval {
        lower: boundary(0.0, observed, &excluded),
        upper: boundary(1.0, observed, &excluded),
    }
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
        let certain = share <= 0.0 || share >= 1.0;
        let cases = if certain {
            counts.iter().sum()
        } else {
            declared.answers(counts)
        };
        let (count, cases) = (as_f64(counts[index]), as_f64(cases));
        let contradicted = (share <= 0.0 && count > 0.0) || (share >= 1.0 && count < cases);
        let ln_stake = if contradicted {
            // Nothing can be put on the declared share; the spread bet is laid around one half.
            ln_evidence_of_share(0.5)(count, cases) + ln_likelihood(0.5, count, cases)
        } else {
            ln_numerator(declared.ln_evidence_of_one(index, count, cases))
                + ln_likelihood(share, count, cases)
        };
        Self {
            count,
            cases,
            ln_stake,
        }
    }

    /// ln of `M_i(t)` of the notes.
    fn ln_won_against(&self, candidate: f64) -> f64 {
        self.ln_stake - ln_likelihood(candidate, self.count, self.cases)
    }
}

/// The share at which `excluded` changes, between an end of all shares and the observed share, which is never
/// excluded; the end itself when that is not excluded either.
fn boundary(end: f64, observed: f64, excluded: &impl Fn(f64) -> bool) -> f64 {
    if !excluded(end) {
        return end;
    }
    let (mut outside, mut inside) = (end, observed);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(outside, inside);
        if excluded(middle) {
            outside = middle;
        } else {
            inside = middle;
        }
    }
    inside
}

/// ln of what is bet on the declared share and around it.
fn ln_numerator(ln_evidence_of_one: f64) -> f64 {
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

/// The test for a match: every served share is proven to lie within a band around the declared one.
///
/// No correction for the number of sets is needed: for a false match the very set that is out of its band must be
/// wrongly taken to be inside. Source: Roger Berger, "Multiparameter hypothesis testing and acceptance sampling"
/// (1982), the intersection-union test.
#[derive(Clone, Debug)]
pub struct MatchTest {
    ln_limit: f64,
    bands: Vec<Band>,
}

/// How far a set may be off, and what it takes to exclude the edges.
#[derive(Clone, Debug)]
struct Band {
    half_width: f64,
    edges: [Option<Edge>; 2],
}

/// An edge of a band that is a possible share; what a hit and a miss say for the declared share against it.
#[derive(Clone, Copy, Debug)]
struct Edge {
    ln_hit: f64,
    ln_miss: f64,
}

impl MatchTest {
    /// Takes the tolerance and the error level, both as shares between 0 and 1.
    pub fn new(declared: &Declared, tolerance: f64, error_level: f64) -> Self {
        let band = |&share: &f64| {
            let half_width = half_width(share, tolerance);
            Band {
                half_width,
                edges: [share - half_width, share + half_width].map(|edge| {
                    (edge > 0.0 && edge < 1.0).then(|| Edge {
                        ln_hit: (share / edge).ln(),
                        ln_miss: ((1.0 - share) / (1.0 - edge)).ln(),
                    })
                }),
            }
        };
        Self {
            ln_limit: -error_level.ln(),
            bands: declared.shares().iter().map(band).collect(),
        }
    }

    /// Whether the counts prove that every set is within its band. Never without an answer, nor after an impossible
    /// one. `declared` is the one that the test was made for.
    pub fn passes(&self, declared: &Declared, counts: &[u64]) -> bool {
        let answers = declared.answers(counts);
        answers > 0
            && declared.impossible_answers(counts) == 0
            && self.passes_with(declared, as_f64(answers), |index| as_f64(counts[index]))
    }

    /// How many more answers a match takes if DNS serves what is declared: the first number N for which the counts
    /// with N answers added, spread exactly as declared, pass. `None` when ten million are not enough, or after an
    /// impossible answer. Real needs are 0.3 to 2.4 times this.
    pub fn queries_to_go(&self, declared: &Declared, counts: &[u64]) -> Option<u64> {
        if declared.impossible_answers(counts) > 0 {
            return None;
        }
        let answers = as_f64(declared.answers(counts));
        let enough = |more: u64| {
            let more = as_f64(more);
            answers + more > 0.0
                && self.passes_with(declared, answers + more, |index| {
                    as_f64(counts[index]) + more * declared.shares()[index]
                })
        };
        if enough(0) {
            return Some(0);
        }
        let mut too_few = 0;
        let mut plenty = 1;
        while !enough(plenty) {
            if plenty >= QUERIES_AT_MOST {
                return None;
            }
            too_few = plenty;
            plenty = (2 * plenty).min(QUERIES_AT_MOST);
        }
        while plenty - too_few > 1 {
            let middle = u64::midpoint(too_few, plenty);
            if enough(middle) {
                plenty = middle;
            } else {
                too_few = middle;
            }
        }
        Some(plenty)
    }

    fn passes_with(&self, declared: &Declared, answers: f64, count: impl Fn(usize) -> f64) -> bool {
        let sets = || self.bands.iter().zip(declared.shares()).enumerate();
        // The cheap question first, for all sets.
        let near = sets().all(|(index, (band, share))| {
            (count(index) / answers - share).abs() <= band.half_width
        });
        near && sets().all(|(index, (band, _))| {
            let hits = count(index);
            let won = |edge: &Edge| times(hits, edge.ln_hit) + times(answers - hits, edge.ln_miss);
            let least = band
                .edges
                .iter()
                .flatten()
                .map(won)
                .fold(f64::INFINITY, f64::min);
            // What lies on the declared share alone may be enough; the rest of the bet costs more to work out.
            least + ON_DECLARED.ln() >= self.ln_limit
                || least + ln_numerator(declared.ln_evidence_of_one(index, hits, answers))
                    >= self.ln_limit
        })
    }
}

/// How far the served share of a set may be from the declared one and still count as a match.
///
/// The tolerance, but at most half the way to 0 or 1: otherwise "1 % within 5 points" would be a match with the set
/// dead. For a set with the share 0 or 1 the tolerance itself.
pub fn half_width(share: f64, tolerance: f64) -> f64 {
    if share <= 0.0 || share >= 1.0 {
        tolerance
    } else {
        tolerance.min(share / 2.0).min((1.0 - share) / 2.0)
    }
}

/// A product in which nothing times infinity is nothing.
fn times(count: f64, ln_factor: f64) -> f64 {
    if count > 0.0 { count * ln_factor } else { 0.0 }
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
    fn the_band_never_reaches_zero_or_one() {
        for (share, tolerance, expected) in [
            (0.5, 0.02, 0.02),
            (0.01, 0.05, 0.005),
            (0.99, 0.05, 0.005),
            (0.0, 0.05, 0.05),
            (1.0, 0.05, 0.05),
        ] {
            close(half_width(share, tolerance), expected, 1e-12);
        }
    }

    #[test]
    fn worked_matches() {
        let ninety = declared(&[90, 10]);
        let test = MatchTest::new(&ninety, 0.05, LEVEL);
        assert!(test.passes(&ninety, &[450, 50]));
        assert!(!test.passes(&ninety, &[396, 44]));
        assert!(!test.passes(&ninety, &[0, 0]));
        assert_eq!(test.queries_to_go(&ninety, &[0, 0]), Some(443));
        let even = declared(&[50, 50]);
        assert_eq!(
            MatchTest::new(&even, 0.02, LEVEL).queries_to_go(&even, &[0, 0]),
            Some(6_078)
        );
    }

    #[test]
    fn a_clean_certainty_matches_after_the_promised_answers() {
        let certain = declared(&[1, 0]);
        for (tolerance, answers) in [(0.05, 90), (0.02, 228), (0.01, 459)] {
            let test = MatchTest::new(&certain, tolerance, LEVEL);
            assert_eq!(test.queries_to_go(&certain, &[0, 0]), Some(answers));
            assert!(test.passes(&certain, &[answers, 0]));
            assert!(!test.passes(&certain, &[answers - 1, 0]));
            assert!(!test.passes(&certain, &[100 * answers, 1]));
            assert_eq!(test.queries_to_go(&certain, &[100, 1]), None);
        }
        let nothing = Declared::new(&[0.0, 0.0]);
        assert!(!MatchTest::new(&nothing, 0.05, LEVEL).passes(&nothing, &[0, 0]));
    }

    #[test]
    fn what_takes_too_long_has_no_number() {
        let even = declared(&[50, 50]);
        assert_eq!(
            MatchTest::new(&even, 1e-5, LEVEL).queries_to_go(&even, &[0, 0]),
            None
        );
        assert_eq!(
            MatchTest::new(&even, 0.0, LEVEL).queries_to_go(&even, &[5, 5]),
            None
        );
    }

    #[test]
    fn a_hundred_sets_can_match() {
        let hundred = declared(&[1; 100]);
        let test = MatchTest::new(&hundred, 0.05, LEVEL);
        let needed = test
            .queries_to_go(&hundred, &[0; 100])
            .expect("within reach");
        assert!(test.passes(&hundred, &[needed / 100 + 1; 100]));
        let mut dead = [needed / 50; 100];
        dead[3] = 0;
        assert!(!test.passes(&hundred, &dead));
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

    #[test]
    fn a_share_on_the_edge_of_its_band_rarely_matches() {
        let declared = declared(&[90, 10]);
        let test = MatchTest::new(&declared, 0.05, LEVEL);
        for edge in [0.85, 0.95] {
            let matches = |counts: &[u64]| test.passes(&declared, counts);
            let wrong: f64 = first_time([edge, 1.0 - edge], 1_500, matches).iter().sum();
            assert!((0.001..0.008).contains(&wrong), "{wrong} at {edge}");
        }
    }

    #[test]
    fn matches_come_as_fast_as_promised() {
        let declared = declared(&[90, 10]);
        let test = MatchTest::new(&declared, 0.05, LEVEL);
        let chances = first_time([0.9, 0.1], 2_500, |counts| test.passes(&declared, counts));
        let mean: f64 = (0..)
            .zip(&chances)
            .map(|(answers, chance)| as_f64(answers) * chance)
            .sum();
        close(mean, 532.6, 1.0);
        let done_by = |answers: usize| chances[..=answers].iter().sum::<f64>();
        assert!(done_by(456) < 0.5 && done_by(457) >= 0.5);
        assert!(done_by(820) < 0.9 && done_by(821) >= 0.9);
    }

    proptest! {
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
                let share = declared.shares()[index];
                let certain = share <= 0.0 || share >= 1.0;
                let cases = if certain { counts.iter().sum() } else { declared.answers(&counts) };
                let found = interval(&declared, index, &counts, LEVEL);
                prop_assert!(found.lower >= 0.0 && found.upper <= 1.0 && found.lower <= found.upper);
                if cases > 0 {
                    prop_assert!(found.contains(as_f64(counts[index]) / as_f64(cases)), "{found:?}");
                }
                let sure = interval(&declared, index, &counts, 0.000_1);
                prop_assert!(sure.lower <= found.lower && sure.upper >= found.upper);
            }
        }

        #[test]
        fn a_match_has_its_declared_share_and_both_edges_decided(weight in 1..100_u64, answers in 1..20_000_u64, off in -30..30_i64) {
            let declared = declared(&[weight, 100 - weight]);
            let expected = answers * weight / 100;
            let hits = expected.saturating_add_signed(off).min(answers);
            let counts = [hits, answers - hits];
            let test = MatchTest::new(&declared, 0.03, LEVEL);
            let band = half_width(declared.shares()[0], 0.03);
            let found = interval(&declared, 0, &counts, LEVEL);
            let share = declared.shares()[0];
            if test.passes(&declared, &counts) {
                // The interval lies within the band.
                prop_assert!(found.lower >= share - band - 1e-9 && found.upper <= share + band + 1e-9, "{found:?}");
            } else {
                prop_assert!(found.lower <= share - band + 1e-9 || found.upper >= share + band - 1e-9, "{found:?}");
            }
        }

        #[test]
        fn queries_to_go_is_the_first_number_that_matches(weight in 5..96_u64, answers in 0..600_u64, off in -25..25_i64) {
            let declared = declared(&[weight, 100 - weight]);
            let hits = (answers * weight / 100).saturating_add_signed(off).min(answers);
            let counts = [hits, answers - hits];
            let test = MatchTest::new(&declared, 0.05, LEVEL);
            let share = declared.shares();
            let scan = (0..20_000_u64).find(|&more| {
                let all = as_f64(answers + more);
                all > 0.0 && test.passes_with(&declared, all, |index| as_f64(counts[index]) + as_f64(more) * share[index])
            });
            prop_assert_eq!(test.queries_to_go(&declared, &counts), scan);
        }
    }
}
