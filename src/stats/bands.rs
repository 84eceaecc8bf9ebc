//! How far a served share may be from the declared one, and the two questions that belong to it: is every share proven
//! to lie within its band, and how much speaks for one that lies outside?
//!
//! A match needs no correction for the number of sets: for a false one the very set that is out of its band must be
//! wrongly taken to be inside. Source: Roger Berger, "Multiparameter hypothesis testing and acceptance sampling" (1982),
//! the intersection-union test.
//!
//! The evidence for a share outside sets the bet of `evidence` against the most probable share inside the band, whichever
//! that is, so it is worth at most 1 on average for every truth inside. Source: Larry Wasserman, Aaditya Ramdas and
//! Sivaraman Balakrishnan, "Universal inference" (2020); the project's notes on statistics, second part, section 2. A
//! match and a mismatch exclude each other, but for the error level.

use super::evidence::Declared;
use super::interval::{LN_ON_DECLARED, ln_numerator};
use super::logarithm::LogSum;
use crate::model::share::{as_f64, rounded_down};

/// ln of what a set may be worth at most, as an e-value, when it is left out of what is looked at all the time.
const LN_LEFT_OUT: f64 = 1.0;

/// `queries_to_go` looks no further.
const QUERIES_AT_MOST: u64 = 10_000_000;

/// More than shares between 0 and 1 are rounded by, and less than from one count to the next.
const ROUNDING: f64 = 1e-12;

/// How far each set may be off.
#[derive(Clone, Debug)]
pub struct Bands {
    sets: Vec<Band>,
    /// By set, what is left out.
    reaches: Vec<Reach>,
    /// The places of the sets that the declared shares exclude.
    excluded: Vec<usize>,
    /// So many of the others are weighed: of two, each is off by as much as the other; one alone is never off.
    weighed: usize,
}

/// What counts of a set are left out: how far they may be beyond each edge of its band. Small, since it is asked very often.
///
/// A bet wins at most what the most probable of all shares would, and how far that is from an edge, as Kullback-Leibler
/// divergence, is at most what it is as chi-square divergence. So ln of the evidence of one set is at most
/// `(hits - edge answers)^2 / (answers edge (1 - edge))`. Source: Alison Gibbs and Francis Su, "On choosing and bounding
/// probability metrics" (2002), theorem 5.
#[derive(Clone, Copy, Debug)]
struct Reach {
    lower: Limit,
    upper: Limit,
}

/// How many hits are the first or the last that are left out.
#[derive(Clone, Copy, Debug)]
struct Limit {
    /// The edge, as hits of each answer; beyond all counts where it is no possible share.
    edge: f64,
    /// How far beyond it, in square roots of the answers.
    beyond: f64,
    /// How many answers it takes at least to come one hit nearer; below 0 where the limit is a lower one.
    answers_each: f64,
}

impl Reach {
    fn new(share: f64, half_width: f64, ln_left_out: f64) -> Self {
        let limit = |edge: f64, side: f64| {
            let is_edge = share > 0.0 && edge > 0.0 && edge < 1.0;
            let towards = if side > 0.0 { 1.0 - edge } else { edge };
            if is_edge {
                Limit {
                    edge,
                    beyond: side * (ln_left_out * edge * (1.0 - edge)).sqrt(),
                    answers_each: side / towards,
                }
            } else {
                Limit {
                    edge: side * f64::INFINITY,
                    beyond: 0.0,
                    answers_each: side,
                }
            }
        };
        Self {
            lower: limit(share - half_width, -1.0),
            upper: limit(share + half_width, 1.0),
        }
    }

    /// For how many more answers the set is left out, whatever they say; below 0 where it is not. The square root is that of
    /// the answers, of which there is one at least.
    fn spare(&self, hits: f64, answers: f64, root: f64) -> f64 {
        let spare = |limit: &Limit| {
            (limit.edge * answers + limit.beyond * root - hits) * limit.answers_each
        };
        least(spare(&self.lower), spare(&self.upper))
    }
}

/// How far a set may be off, and what it takes to exclude the edges.
#[derive(Clone, Copy, Debug)]
struct Band {
    share: f64,
    ln_share: f64,
    /// ln of what is left beside it.
    ln_rest: f64,
    half_width: f64,
    /// The lower and the upper one.
    edges: [Option<Edge>; 2],
}

/// An edge of a band that is a possible share; what a hit and a miss say for the declared share against it.
#[derive(Clone, Copy, Debug)]
struct Edge {
    ln_hit: f64,
    ln_miss: f64,
}

impl Edge {
    /// ln of what the counts say for the declared share against this one.
    fn ln_for_declared(&self, hits: f64, misses: f64) -> f64 {
        times(hits, self.ln_hit) + times(misses, self.ln_miss)
    }
}

impl Bands {
    /// Takes the tolerance, as a share between 0 and 1.
    pub fn new(declared: &Declared, tolerance: f64) -> Self {
        Self::leaving_out(LN_LEFT_OUT, declared, tolerance)
    }

    /// Likewise, but for what a set may be worth when it is left out.
    pub(super) fn leaving_out(ln_left_out: f64, declared: &Declared, tolerance: f64) -> Self {
        let band = |&share: &f64| {
            let half_width = half_width(share, tolerance);
            let edges = [share - half_width, share + half_width].map(|edge| {
                (edge > 0.0 && edge < 1.0).then(|| Edge {
                    ln_hit: (share / edge).ln(),
                    ln_miss: ((1.0 - share) / (1.0 - edge)).ln(),
                })
            });
            Band {
                share,
                ln_share: share.ln(),
                ln_rest: (1.0 - share).ln(),
                half_width,
                edges,
            }
        };
        let sets: Vec<Band> = declared.shares().iter().map(band).collect();
        let reach = |band: &Band| Reach::new(band.share, band.half_width, ln_left_out);
        let excluded = sets.iter().enumerate();
        let excluded = excluded.filter(|(_, band)| band.share <= 0.0);
        let excluded: Vec<usize> = excluded.map(|(place, _)| place).collect();
        Self {
            reaches: sets.iter().map(reach).collect(),
            weighed: match sets.len() - excluded.len() {
                0 | 1 => 0,
                2 => 1,
                more => more,
            },
            excluded,
            sets,
        }
    }

    /// ln of the evidence that some set is served outside its band (`F`): the mean over the sets with a share between 0
    /// and 1. 0 (an e-value of 1) without two of them, and without an answer. Counts are in the order of the shares.
    pub fn ln_evidence_outside(&self, declared: &Declared, counts: &[u64]) -> f64 {
        self.ln_mean_evidence(declared, counts, |_, _, _| true)
    }

    /// The same without the sets that are worth too little to matter: each of them has an e-value of 2.8 at most, and far
    /// less than that almost always. So at most as much is missing of what takes a hundred or more for an alarm, never is
    /// anything too much, and where all is well there is next to nothing to work out, as often as one looks.
    ///
    /// Also for how many more answers that stays as it is, whatever they say.
    pub(super) fn ln_evidence_of_those_outside(
        &self,
        declared: &Declared,
        counts: &[u64],
    ) -> (f64, u64) {
        let answers = as_f64(self.answers(counts));
        let root = answers.sqrt();
        if self.weighed > 0 && answers > 0.0 {
            let sets = self.reaches.iter().zip(counts);
            let spare = sets.map(|(reach, &hits)| reach.spare(as_f64(hits), answers, root));
            let least = spare.fold(f64::INFINITY, least);
            if least >= 0.0 {
                return (f64::NEG_INFINITY, rounded_down(least));
            }
        }
        let is_weighed = |place: usize, hits: f64, answers: f64| {
            self.reaches[place].spare(hits, answers, root) < 0.0
        };
        (self.ln_mean_evidence(declared, counts, is_weighed), 0)
    }

    /// How many answers the sets gave that the declared shares do not exclude.
    fn answers(&self, counts: &[u64]) -> u64 {
        let excluded: u64 = self.excluded.iter().map(|place| counts[*place]).sum();
        counts.iter().sum::<u64>() - excluded
    }

    fn ln_mean_evidence(
        &self,
        declared: &Declared,
        counts: &[u64],
        is_weighed: impl Fn(usize, f64, f64) -> bool,
    ) -> f64 {
        let answers = self.answers(counts);
        if self.weighed == 0 || answers == 0 {
            return 0.0;
        }
        let answers = as_f64(answers);
        let possible = self.sets.iter().zip(counts).enumerate();
        let possible = possible.filter(|(_, (band, _))| band.share > 0.0);
        let mut sum = LogSum::default();
        for (place, (band, &hits)) in possible.take(self.weighed) {
            let hits = as_f64(hits);
            if is_weighed(place, hits, answers) {
                let ln_evidence = declared.ln_evidence_of_one(place, hits, answers);
                sum.add(ln_evidence - band.ln_nearest(hits, answers));
            }
        }
        sum.ln() - as_f64(self.weighed as u64).ln()
    }

    /// Whether the counts prove, up to an error level, that every set is within its band. Never without an answer, nor
    /// after an impossible one. `declared` is the one that the bands were made for.
    pub fn prove_match(&self, declared: &Declared, counts: &[u64], error_level: f64) -> bool {
        let answers = declared.answers(counts);
        answers > 0
            && declared.impossible_answers(counts) == 0
            && self.prove(declared, error_level, as_f64(answers), |index| {
                as_f64(counts[index])
            })
    }

    /// How many more answers a match takes if DNS serves what is declared: the first number N for which the counts
    /// with N answers added, spread exactly as declared, prove it. `None` when ten million are not enough, or after an
    /// impossible answer. Real needs are 0.3 to 2.4 times this.
    pub fn queries_to_go(
        &self,
        declared: &Declared,
        counts: &[u64],
        error_level: f64,
    ) -> Option<u64> {
        if declared.impossible_answers(counts) > 0 {
            return None;
        }
        let answers = as_f64(declared.answers(counts));
        let enough = |more: u64| {
            let more = as_f64(more);
            answers + more > 0.0
                && self.prove(declared, error_level, answers + more, |index| {
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

    fn prove(
        &self,
        declared: &Declared,
        error_level: f64,
        answers: f64,
        count: impl Fn(usize) -> f64,
    ) -> bool {
        let ln_limit = -error_level.ln();
        let sets = || self.sets.iter().enumerate();
        // The cheap question first, for all sets.
        let near = sets().all(|(index, band)| band.holds(count(index), answers));
        near && sets().all(|(index, band)| {
            let hits = count(index);
            let won = |edge: &Edge| edge.ln_for_declared(hits, answers - hits);
            let edges = band.edges.iter().flatten();
            let least = edges.map(won).fold(f64::INFINITY, f64::min);
            // What lies on the declared share alone may be enough; the rest of the bet costs more to work out.
            least + LN_ON_DECLARED >= ln_limit
                || least + ln_numerator(declared.ln_evidence_of_one(index, hits, answers))
                    >= ln_limit
        })
    }
}

impl Band {
    fn off(&self, hits: f64, answers: f64) -> f64 {
        hits / answers - self.share
    }

    /// Whether these counts lie inside, or on an edge, however that was rounded.
    fn holds(&self, hits: f64, answers: f64) -> bool {
        self.off(hits, answers).abs() <= self.half_width + ROUNDING
    }

    /// ln of what the counts say for the share inside the band that they make most probable, against the declared one:
    /// 0 or more. For a share between 0 and 1 and at least one answer.
    fn ln_nearest(&self, hits: f64, answers: f64) -> f64 {
        let misses = answers - hits;
        if self.holds(hits, answers) {
            let hit = (hits / answers).ln() - self.ln_share;
            let miss = (misses / answers).ln() - self.ln_rest;
            return times(hits, hit) + times(misses, miss);
        }
        let edge = self.edges[usize::from(self.off(hits, answers) > 0.0)];
        edge.map_or(0.0, |edge| -edge.ln_for_declared(hits, misses))
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

/// The lesser of two numbers that are numbers; `f64::min` takes its time for others.
fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

/// A product in which nothing times infinity is nothing.
fn times(count: f64, ln_factor: f64) -> f64 {
    if count > 0.0 { count * ln_factor } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::interval::interval;
    use crate::stats::testing::{close, declared, first_time};
    use proptest::prelude::*;

    const LEVEL: f64 = 0.01;

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are not negative and small"
    )]
    fn rounded(number: f64) -> u64 {
        number.round() as u64
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

    /// The worked numbers of the notes, second part, section 7.
    #[test]
    fn worked_evidence_outside() {
        let ten = [1; 10];
        let nine = [20, 20, 20, 20, 20, 20, 20, 20, 20, 0];
        for (weights, counts, tolerance, expected) in [
            (&[90, 10][..], &[60, 0][..], 0.05, 1.273_633_210_177_4),
            (&[90, 10], &[130, 0], 0.05, 4.561_202_644_141_44),
            (&[90, 10], &[131, 0], 0.05, 4.609_685_767_048_91),
            (&[90, 10], &[820, 180], 0.05, 0.047_051_361_136_329_8),
            (&[90, 10], &[820, 180], 0.02, 11.770_733_047_624_3),
            (&[1, 1], &[5_100, 4_900], 0.05, -2.986_572_155_853_99),
            (&[1, 1], &[600, 400], 0.05, 1.958_472_316_413_67),
            (&[72, 28], &[50, 50], 0.05, 3.542_357_767_605_95),
            (&[255, 1], &[1_572, 0], 0.05, 1.528_724_490_713_37),
            (&[255, 1], &[3_200, 0], 0.05, 4.525_579_273_906_67),
            (&[60, 30, 10], &[640, 330, 30], 0.05, 0.755_867_954_145_834),
            (&[60, 30, 10], &[640, 330, 30], 0.01, 24.821_609_311_476),
            (&ten, &nine, 0.05, 4.708_312_941_128_46),
        ] {
            let declared = declared(weights);
            let bands = Bands::new(&declared, tolerance);
            let answers = as_f64(counts.iter().sum());
            let off = (1e-9 * answers.max(1.0)).min(1e-6);
            close(bands.ln_evidence_outside(&declared, counts), expected, off);
        }
    }

    #[test]
    fn nothing_speaks_for_a_share_outside_without_two_sets_or_an_answer() {
        for (weights, counts) in [
            (&[7][..], &[900][..]),
            (&[7, 0], &[900, 3]),
            (&[5, 5], &[0, 0]),
        ] {
            let declared = declared(weights);
            let found = Bands::new(&declared, 0.05).ln_evidence_outside(&declared, counts);
            close(found, 0.0, 1e-15);
        }
    }

    #[test]
    fn a_share_inside_its_band_is_rarely_taken_for_one_outside() {
        // The exact chance to ever be taken so, answers looked at one by one: on both edges, inside, and as declared.
        let declared = declared(&[90, 10]);
        let bands = Bands::new(&declared, 0.05);
        for served in [0.85, 0.87, 0.9, 0.95] {
            let outside =
                |counts: &[u64]| bands.ln_evidence_outside(&declared, counts) >= -LEVEL.ln();
            let wrong: f64 = first_time([served, 1.0 - served], 1_000, outside)
                .iter()
                .sum();
            assert!(wrong < LEVEL, "{wrong} at {served}");
        }
    }

    #[test]
    fn worked_matches() {
        let ninety = declared(&[90, 10]);
        let bands = Bands::new(&ninety, 0.05);
        assert!(bands.prove_match(&ninety, &[450, 50], LEVEL));
        assert!(!bands.prove_match(&ninety, &[396, 44], LEVEL));
        assert!(!bands.prove_match(&ninety, &[0, 0], LEVEL));
        assert_eq!(bands.queries_to_go(&ninety, &[0, 0], LEVEL), Some(443));
        let even = declared(&[50, 50]);
        assert_eq!(
            Bands::new(&even, 0.02).queries_to_go(&even, &[0, 0], LEVEL),
            Some(6_078)
        );
    }

    #[test]
    fn a_clean_certainty_matches_after_the_promised_answers() {
        let certain = declared(&[1, 0]);
        for (tolerance, answers) in [(0.05, 90), (0.02, 228), (0.01, 459)] {
            let bands = Bands::new(&certain, tolerance);
            assert_eq!(bands.queries_to_go(&certain, &[0, 0], LEVEL), Some(answers));
            assert!(bands.prove_match(&certain, &[answers, 0], LEVEL));
            assert!(!bands.prove_match(&certain, &[answers - 1, 0], LEVEL));
            assert!(!bands.prove_match(&certain, &[100 * answers, 1], LEVEL));
            assert_eq!(bands.queries_to_go(&certain, &[100, 1], LEVEL), None);
        }
        let nothing = Declared::new(&[0.0, 0.0]);
        assert!(!Bands::new(&nothing, 0.05).prove_match(&nothing, &[0, 0], LEVEL));
    }

    #[test]
    fn what_takes_too_long_has_no_number() {
        let even = declared(&[50, 50]);
        assert_eq!(
            Bands::new(&even, 1e-5).queries_to_go(&even, &[0, 0], LEVEL),
            None
        );
        assert_eq!(
            Bands::new(&even, 0.0).queries_to_go(&even, &[5, 5], LEVEL),
            None
        );
    }

    #[test]
    fn a_hundred_sets_can_match() {
        let hundred = declared(&[1; 100]);
        let bands = Bands::new(&hundred, 0.05);
        let needed = bands
            .queries_to_go(&hundred, &[0; 100], LEVEL)
            .expect("within reach");
        assert!(bands.prove_match(&hundred, &[needed / 100 + 1; 100], LEVEL));
        let mut dead = [needed / 50; 100];
        dead[3] = 0;
        assert!(!bands.prove_match(&hundred, &dead, LEVEL));
    }

    #[test]
    fn a_share_on_the_edge_of_its_band_rarely_matches() {
        let declared = declared(&[90, 10]);
        let bands = Bands::new(&declared, 0.05);
        for edge in [0.85, 0.95] {
            let matches = |counts: &[u64]| bands.prove_match(&declared, counts, LEVEL);
            let wrong: f64 = first_time([edge, 1.0 - edge], 1_500, matches).iter().sum();
            assert!((0.001..0.008).contains(&wrong), "{wrong} at {edge}");
        }
    }

    #[test]
    fn matches_come_as_fast_as_promised() {
        let declared = declared(&[90, 10]);
        let bands = Bands::new(&declared, 0.05);
        let chances = first_time([0.9, 0.1], 2_500, |counts| {
            bands.prove_match(&declared, counts, LEVEL)
        });
        let mean: f64 = (0..)
            .zip(&chances)
            .map(|(answers, chance)| as_f64(answers) * chance)
            .sum();
        close(mean, 532.6, 1.0);
        let done_by = |answers: usize| chances[..=answers].iter().sum::<f64>();
        assert!(done_by(456) < 0.5 && done_by(457) >= 0.5);
        assert!(done_by(820) < 0.9 && done_by(821) >= 0.9);
    }

    #[test]
    fn an_edge_belongs_to_its_band_however_it_was_rounded() {
        // 0.25 is a little less than 0.05 away from 0.3 as computers have it, and 0.75 a little more from 0.7.
        for (weights, counts) in [([30, 70], [25, 75]), ([70, 30], [75, 25])] {
            let declared = declared(&weights);
            let bands = Bands::new(&declared, 0.05);
            let (outside, _) = bands.ln_evidence_of_those_outside(&declared, &counts);
            assert!(outside.is_infinite() && outside < 0.0, "{outside}");
        }
    }

    #[test]
    fn where_all_is_well_nothing_is_worked_out_for_long() {
        let even = declared(&[50, 50]);
        let bands = Bands::new(&even, 0.05);
        let stays = |counts| bands.ln_evidence_of_those_outside(&even, counts);
        // The limits are 5,550 + 49.7 hits; of 0.45 answers each, as many more may come as bring one set there.
        assert_eq!(stays(&[5_000, 5_000]), (f64::NEG_INFINITY, 1_221));
        assert_eq!(stays(&[5_500, 4_500]), (f64::NEG_INFINITY, 110));
        let (ln_outside, answers) = stays(&[5_600, 4_400]);
        assert!(ln_outside.is_finite() && answers == 0, "{ln_outside}");
        assert_eq!(stays(&[0, 0]), (0.0, 0));
    }

    proptest! {
        #[test]
        fn what_is_left_out_is_worth_too_little_to_matter(weights in prop::collection::vec(0..100_u64, 2..6), more in prop::collection::vec(0..2_000_u64, 6), each in 0..40_u64, tolerance in 0.0..0.2_f64) {
            let declared = declared(&weights);
            let counts: Vec<u64> = weights.iter().zip(more).map(|(weight, more)| each * weight + more).collect();
            let bands = Bands::new(&declared, tolerance);
            let all = bands.ln_evidence_outside(&declared, &counts).exp();
            let outside = bands.ln_evidence_of_those_outside(&declared, &counts).0.exp();
            prop_assert!(outside <= all * (1.0 + 1e-9) && all <= outside * (1.0 + 1e-9) + LN_LEFT_OUT.exp(), "{outside} of {all}");
        }

        #[test]
        fn what_stays_as_it_is_does_so_whatever_comes(weights in prop::collection::vec(0..100_u64, 2..6), more in prop::collection::vec(0..200_u64, 6), each in 0..40_u64, tolerance in 0.0..0.2_f64, set in 0..6_usize) {
            let declared = declared(&weights);
            let mut counts: Vec<u64> = weights.iter().zip(more).map(|(weight, more)| each * weight + more).collect();
            let bands = Bands::new(&declared, tolerance);
            let (outside, answers) = bands.ln_evidence_of_those_outside(&declared, &counts);
            // All of them of one set is the worst that can come.
            let set = set % weights.len();
            counts[set] += answers.min(1_000_000);
            let then = bands.ln_evidence_of_those_outside(&declared, &counts).0;
            prop_assert!(outside.total_cmp(&then).is_eq(), "{outside} is {then} after {answers}");
        }

        #[test]
        fn a_match_and_a_mismatch_of_the_same_counts_exclude_each_other(weights in prop::collection::vec(1..100_u64, 2..6), answers in 1..20_000_u64, off in -300..300_i64, tolerance in 0.005..0.2_f64) {
            let declared = declared(&weights);
            let mut counts: Vec<u64> = declared.shares().iter().map(|share| rounded(as_f64(answers) * share)).collect();
            counts[0] = counts[0].saturating_add_signed(off);
            let bands = Bands::new(&declared, tolerance);
            let matches = bands.prove_match(&declared, &counts, LEVEL);
            prop_assert!(!matches || bands.ln_evidence_outside(&declared, &counts) < 0.0);
        }

        #[test]
        fn a_match_has_its_declared_share_and_both_edges_decided(weight in 1..100_u64, answers in 1..20_000_u64, off in -30..30_i64) {
            let declared = declared(&[weight, 100 - weight]);
            let expected = answers * weight / 100;
            let hits = expected.saturating_add_signed(off).min(answers);
            let counts = [hits, answers - hits];
            let bands = Bands::new(&declared, 0.03);
            let band = half_width(declared.shares()[0], 0.03);
            let found = interval(&declared, 0, &counts, LEVEL);
            let share = declared.shares()[0];
            if bands.prove_match(&declared, &counts, LEVEL) {
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
            let bands = Bands::new(&declared, 0.05);
            let share = declared.shares();
            let scan = (0..20_000_u64).find(|&more| {
                let all = as_f64(answers + more);
                all > 0.0 && bands.prove(&declared, LEVEL, all, |index| as_f64(counts[index]) + as_f64(more) * share[index])
            });
            prop_assert_eq!(bands.queries_to_go(&declared, &counts, LEVEL), scan);
        }
    }
}
