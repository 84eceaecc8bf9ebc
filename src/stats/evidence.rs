//! Evidence against declared shares that may be looked at after every answer: e-values from counts.
//!
//! An e-value is a bet against the declared shares. It starts at 1; while the declared shares are served it is a fair
//! game (its mean stays 1), so by Ville's inequality (Jean Ville, "Étude critique de la notion de collectif", 1939)
//! the chance that it *ever* reaches `1 / a` is at most `a`, however often one looks.
//!
//! The bet is the Dirichlet-multinomial mixture of Michael Lindon and Alan Malek, "Anytime-Valid Inference for
//! Multinomial Count Data" (NeurIPS 2022, section 3; mixtures go back to Herbert Robbins, "Statistical methods related
//! to the law of the iterated logarithm", 1970), with three changes: several concentrations instead of one, a constant
//! added to every cell, and, from three sets on, a bet on every single set beside the one on all. The project's
//! measurements of these changes are in its notes on statistics, sections 2 and 10.
//!
//! The time from which a deviation may last, and several name servers, are `onset`'s matter.

use std::f64::consts::LN_2;

use super::logarithm::{LnGrowth, LogSum, Scale};
use crate::model::share::as_f64;

/// How many answers the declared shares are worth in each of the mixed priors.
const CONCENTRATIONS: [f64; 5] = [1.0, 10.0, 100.0, 1_000.0, 10_000.0];
const LN_31: f64 = 3.433_987_204_485_146_4;
/// ln of the weight of each of them: 16/31, 8/31, 4/31, 2/31, 1/31.
const LN_WEIGHTS: [f64; 5] = [
    4.0 * LN_2 - LN_31,
    3.0 * LN_2 - LN_31,
    2.0 * LN_2 - LN_31,
    LN_2 - LN_31,
    -LN_31,
];
/// Added to every cell, so that a rare set that suddenly grows is not taken as nearly impossible.
const EXTRA: f64 = 0.2;
/// Room for log-gamma terms of small counts, in counts over all sets.
const TABLE_COUNTS: usize = 16_384;
/// No set has more of them than this, and none has fewer than are needed below Stirling's series.
const TABLE_OF_ONE: std::ops::RangeInclusive<usize> = 16..=512;

/// One number for each concentration.
type Mixed = [f64; CONCENTRATIONS.len()];

/// Declared shares, with all that can be worked out before the first answer comes.
#[derive(Clone, Debug)]
pub struct Declared {
    shares: Vec<f64>,
    /// The sets with a share above 0; only these bear evidence.
    possible: Vec<PossibleSet>,
    /// Normalising terms: for all sets at once, and for one set against the rest.
    all: Growth,
    pair: Growth,
}

/// A set with a share above 0.
#[derive(Clone, Debug)]
struct PossibleSet {
    /// Its place among all sets.
    index: usize,
    own: Cell,
    /// All the others together.
    rest: Cell,
}

/// A share with its prior.
#[derive(Clone, Debug)]
struct Cell {
    share: f64,
    ln_share: f64,
    growth: Growth,
}

/// Rising factorials from the prior masses on, as logarithms.
#[derive(Clone, Debug)]
struct Growth {
    /// One for each concentration, from `B_j` of the notes on.
    from: [LnGrowth; CONCENTRATIONS.len()],
    /// `lnG(B_j + x) - lnG(B_j)` for small counts x.
    table: Vec<Mixed>,
}

impl Declared {
    /// Takes the declared share of each set, from 0 to 1, or its weight: all are divided by their sum.
    ///
    /// What is not above 0 counts as 0. When nothing is above 0, every answer is impossible and no count bears
    /// evidence; that Route 53 serves such a group evenly is known to `model::share`, not here.
    pub fn new(shares: &[f64]) -> Self {
        let above_zero = |share: f64| if share > 0.0 { share } else { 0.0 };
        let sum: f64 = shares.iter().map(|&share| above_zero(share)).sum();
        let shares: Vec<f64> = shares
            .iter()
            .map(|&share| above_zero(share) / if sum > 0.0 { sum } else { 1.0 })
            .collect();
        let sets = shares.iter().filter(|&&share| share > 0.0).count();
        let table = (TABLE_COUNTS / sets.max(1)).clamp(*TABLE_OF_ONE.start(), *TABLE_OF_ONE.end());
        let possible = shares
            .iter()
            .enumerate()
            .filter(|&(_, &share)| share > 0.0)
            .map(|(index, &share)| PossibleSet {
                index,
                own: Cell::new(share, table),
                rest: Cell::new((1.0 - share).max(0.0), *TABLE_OF_ONE.start()),
            })
            .collect();
        Self {
            possible,
            all: Growth::new(
                |concentration| concentration + as_f64(sets as u64) * EXTRA,
                0,
            ),
            pair: Growth::new(|concentration| concentration + 2.0 * EXTRA, 0),
            shares,
        }
    }

    /// The declared share of each set; they add up to 1, or all are 0.
    pub fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// How many answers bear evidence: those of sets with a share above 0. Counts are those of each set, in the order
    /// of the shares, here and everywhere below.
    pub fn answers(&self, counts: &[u64]) -> u64 {
        self.possible.iter().map(|set| counts[set.index]).sum()
    }

    /// How many answers the declared shares exclude: those of sets with the share 0. One is enough for a mismatch.
    pub fn impossible_answers(&self, counts: &[u64]) -> u64 {
        let excluded = self.shares.iter().zip(counts);
        excluded
            .filter(|&(&share, _)| share <= 0.0)
            .map(|(_, &count)| count)
            .sum()
    }

    /// ln of the e-value of counts: how much a bet against the declared shares has won.
    ///
    /// For two sets `E_all`; for k of three or more `1/2 E_all + 1/(2k) sum E_i`, where `E_all` mixes
    /// Dirichlet-multinomials over all sets and `E_i` over the set i against the rest. 0 (an e-value of 1) with fewer
    /// than two possible sets or without an answer; impossible answers are left out.
    pub fn ln_evidence(&self, counts: &[u64]) -> f64 {
        self.ln_bet(counts, true)
    }

    /// ln of the e-value that looks at all sets at once (`E_all`), without the bets on single sets.
    pub fn ln_evidence_jointly(&self, counts: &[u64]) -> f64 {
        self.ln_bet(counts, false)
    }

    fn ln_bet(&self, counts: &[u64], on_single_sets: bool) -> f64 {
        let sets = self.possible.len();
        let answers = as_f64(self.answers(counts));
        if sets < 2 || answers <= 0.0 {
            return 0.0;
        }
        let on_single_sets = on_single_sets && sets > 2;
        let ln_answers = answers.ln();
        let total = Scale::new(answers, ln_answers);
        let pair = on_single_sets.then(|| self.pair.ln_terms(answers, &total));
        let mut jointly = self.all.ln_terms(answers, &total).map(|term| -term);
        let mut singly = LogSum::default();
        for set in &self.possible {
            let count = as_f64(counts[set.index]);
            let own = set.own.ln_terms(count, answers, ln_answers);
            jointly = plus(jointly, own);
            if let Some(pair) = pair {
                let rest = set.rest.ln_terms(answers - count, answers, ln_answers);
                add_mixture(&mut singly, minus(plus(own, rest), pair), 0.0);
            }
        }
        let mut sum = LogSum::default();
        if on_single_sets {
            let ln_half = 0.5_f64.ln();
            add_mixture(&mut sum, jointly, ln_half);
            sum.add(singly.ln() + ln_half - as_f64(sets as u64).ln());
        } else {
            add_mixture(&mut sum, jointly, 0.0);
        }
        sum.ln()
    }

    /// ln of the e-value that looks at one set alone (`E_i`): it came `count` times of `answers`, neither necessarily
    /// a whole number. 0 for a set whose share is 0 or 1, and without an answer.
    pub(super) fn ln_evidence_of_one(&self, index: usize, count: f64, answers: f64) -> f64 {
        let set = self.possible.binary_search_by_key(&index, |set| set.index);
        match set {
            Ok(place) if answers > 0.0 && self.shares[index] < 1.0 => {
                let PossibleSet { own, rest, .. } = &self.possible[place];
                ln_pair(own, rest, &self.pair, count, answers)
            }
            _ => 0.0,
        }
    }

    /// ln of the bet with a single concentration, for comparison and tests (`BF_c`): `c` answers' worth of prior.
    pub fn ln_bayes_factor(&self, counts: &[u64], concentration: f64) -> f64 {
        let sets = as_f64(self.possible.len() as u64);
        let answers = as_f64(self.answers(counts));
        if answers <= 0.0 {
            return 0.0;
        }
        let ln_answers = answers.ln();
        let cells = self
            .possible
            .iter()
            .filter(|set| counts[set.index] > 0)
            .map(|set| {
                let Cell {
                    share, ln_share, ..
                } = set.own;
                LnGrowth::from(concentration * share + EXTRA).by(
                    as_f64(counts[set.index]),
                    &Scale::new(answers * share, ln_answers + ln_share),
                )
            });
        let all = LnGrowth::from(concentration + sets * EXTRA);
        cells.sum::<f64>() - all.by(answers, &Scale::new(answers, ln_answers))
    }
}

/// ln of the e-value of one share alone: something that should happen in the share `share` of all cases happened
/// `count` times of `cases`. 0 when the share is not between 0 and 1, or without a case.
pub(super) fn ln_evidence_of_share(share: f64) -> impl Fn(f64, f64) -> f64 {
    let cells = (share > 0.0 && share < 1.0).then(|| {
        (
            Cell::new(share, 0),
            Cell::new(1.0 - share, 0),
            Growth::new(|concentration| concentration + 2.0 * EXTRA, 0),
        )
    });
    move |count, cases| match &cells {
        Some((own, rest, pair)) if cases > 0.0 => ln_pair(own, rest, pair, count, cases),
        _ => 0.0,
    }
}

/// The p-value that belongs to an e-value: the chance to ever see as much evidence although the declared shares are
/// served is at most this. Source: Vladimir Vovk and Ruodu Wang, "E-values" (2021), section 2.
pub fn p_value(ln_evidence: f64) -> f64 {
    (-ln_evidence).exp().min(1.0)
}

fn ln_pair(own: &Cell, rest: &Cell, pair: &Growth, count: f64, answers: f64) -> f64 {
    let ln_answers = answers.ln();
    let own = own.ln_terms(count, answers, ln_answers);
    let rest = rest.ln_terms(answers - count, answers, ln_answers);
    let mut sum = LogSum::default();
    add_mixture(
        &mut sum,
        minus(
            plus(own, rest),
            pair.ln_terms(answers, &Scale::new(answers, ln_answers)),
        ),
        0.0,
    );
    sum.ln()
}

impl Cell {
    fn new(share: f64, table: usize) -> Self {
        Self {
            share,
            ln_share: share.ln(),
            growth: Growth::new(|concentration| concentration * share + EXTRA, table),
        }
    }

    /// `lnG(B_j + count) - lnG(B_j) - count ln(share)`, up to what the normalising terms share.
    fn ln_terms(&self, count: f64, answers: f64, ln_answers: f64) -> Mixed {
        if count <= 0.0 {
            // Also where the share is 0: 0 ln 0 is 0.
            return Mixed::default();
        }
        self.growth.ln_terms(
            count,
            &Scale::new(answers * self.share, ln_answers + self.ln_share),
        )
    }
}

impl Growth {
    fn new(start: impl Fn(f64) -> f64, table: usize) -> Self {
        let starts = CONCENTRATIONS.map(start);
        // G(x + 1) = x G(x), so each row is the one before times the number reached.
        let rows = std::iter::successors(Some((0, Mixed::default())), |&(count, row)| {
            let reached = starts.map(|start| (start + as_f64(count)).ln());
            Some((count + 1, plus(row, reached)))
        });
        Self {
            table: rows.take(table).map(|(_, row)| row).collect(),
            from: starts.map(LnGrowth::from),
        }
    }

    /// The growth by `count` against a scale, for each concentration; see `LnGrowth`.
    fn ln_terms(&self, count: f64, scale: &Scale) -> Mixed {
        if let Some(row) = self.table.get(whole(count)) {
            let powers = count * scale.ln - count;
            return row.map(|term| term - powers);
        }
        let mut terms = Mixed::default();
        for (term, from) in terms.iter_mut().zip(&self.from) {
            *term = from.by(count, scale);
        }
        terms
    }
}

/// A count as a place in a table; a place beyond any table when it is not a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::float_cmp,
    reason = "counts are not negative, the cast saturates, and only exactly whole numbers are meant"
)]
fn whole(count: f64) -> usize {
    let place = count as usize;
    if as_f64(place as u64) == count {
        place
    } else {
        usize::MAX
    }
}

/// Adds the weighted terms of one mixture, times a factor.
fn add_mixture(sum: &mut LogSum, ln_terms: Mixed, ln_factor: f64) {
    for (term, weight) in ln_terms.iter().zip(LN_WEIGHTS) {
        sum.add(term + weight + ln_factor);
    }
}

fn plus(one: Mixed, two: Mixed) -> Mixed {
    std::array::from_fn(|place| one[place] + two[place])
}

fn minus(one: Mixed, two: Mixed) -> Mixed {
    std::array::from_fn(|place| one[place] - two[place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{
        close, counts, declared, first_time, pick, probability, random, sequences,
    };
    use proptest::prelude::*;

    /// ln E against a value worked out to 60 digits.
    fn check(weights: &[u64], counts: &[u64], expected: f64) {
        let answers: u64 = counts.iter().sum();
        let tolerance = if answers < 100_000 { 1e-9 } else { 1e-6 };
        // Beyond 10^9 the number format itself is coarser.
        let tolerance = f64::max(tolerance, 4.0 * f64::EPSILON * expected.abs());
        close(declared(weights).ln_evidence(counts), expected, tolerance);
    }

    #[test]
    fn the_weights_of_the_concentrations_add_up() {
        close(LN_WEIGHTS.map(f64::exp).iter().sum(), 1.0, 1e-15);
        close(LN_WEIGHTS[1].exp(), 8.0 / 31.0, 1e-15);
    }

    #[test]
    fn worked_numbers() {
        check(&[90, 10], &[8, 2], -0.406_350_170_818_7);
        check(&[90, 10], &[60, 0], 4.517_666_486_393_9);
        check(&[90, 10], &[61, 0], 4.615_987_301_891_6);
        check(&[90, 10], &[820, 180], 26.160_871_471_848_1);
        check(&[1, 1], &[5100, 4900], -0.986_438_801_182_7);
        check(&[255, 1], &[1572, 0], 4.608_059_461_656_8);
        check(&[60, 30, 10], &[640, 330, 30], 31.880_779_117_767_3);
        check(&[0, 0, 0], &[30, 40, 50], -0.339_991_014_234_1);
        check(&[50, 50, 0], &[10, 12, 0], -0.721_150_516_941_9);
        let ten = declared(&[90, 10]);
        close(
            ten.ln_bayes_factor(&[820, 180], 100.0),
            25.828_157_262_562_3,
            1e-9,
        );
        for (counts, expected) in [
            ([8, 2], 1.0),
            ([60, 0], 0.010_914_463_023_4),
            ([61, 0], 0.009_892_411_787_1),
            ([820, 180], 4.349_886_027e-12),
        ] {
            close(p_value(ten.ln_evidence(&counts)) / expected, 1.0, 1e-9);
        }
    }

    #[test]
    fn counts_up_to_a_billion_and_a_hundred_sets() {
        check(
            &[90, 10],
            &[900_000_000, 100_000_000],
            -8.285_735_651_197_325,
        );
        check(
            &[90, 10],
            &[899_950_000, 100_050_000],
            5.600_902_875_611_705,
        );
        check(
            &[50, 50],
            &[600_000_000, 400_000_000],
            20_135_503.490_883_708,
        );
        check(&[255, 1], &[996_093_750, 3_906_250], -8.139_621_368_274_008);
        check(&[255, 1], &[1_000_000_000, 0], 3_913_894.758_210_652);
        check(
            &[60, 30, 10],
            &[600_030_000, 299_990_000, 99_980_000],
            -7.242_776_695_988_528,
        );
        check(&[1, 255, 1], &[0, 1, 1_000_000_000], 5_549_076_035.537_992);
        check(&[1; 100], &[10_000_000; 100], -8.901_064_021_477_476);
        let uneven: Vec<u64> = (0..100)
            .map(|set| 9_997_000 + (set * 37 % 101) * 60)
            .collect();
        check(&[1; 100], &uneven, -8.735_496_169_477_88);
        let mut one_missing = [3; 100];
        one_missing[99] = 0;
        check(&[1; 100], &one_missing, -1.800_409_398_521_566);
        let weights: Vec<u64> = (1..=100).collect();
        let counts: Vec<u64> = (0..100).map(|set| 10 * (set + 1) + (set * 7) % 5).collect();
        check(&weights, &counts, -3.946_244_729_428_867);
    }

    #[test]
    fn nothing_to_bet_on_means_an_even_stake() {
        for (weights, counts) in [
            (&[1][..], &[1_000][..]),
            (&[1, 1], &[0, 0]),
            (&[7, 0], &[40, 0]),
            (&[7, 0], &[40, 3]),
            (&[1, 2, 3], &[0, 0, 0]),
            (&[], &[]),
        ] {
            close(declared(weights).ln_evidence(counts), 0.0, 0.0);
        }
        // A declaration in which nothing is expected.
        let nothing = Declared::new(&[0.0, 0.0]);
        close(nothing.ln_evidence(&[5, 5]), 0.0, 0.0);
        assert_eq!(nothing.impossible_answers(&[5, 5]), 10);
        close(p_value(f64::INFINITY), 0.0, 0.0);
        close(p_value(f64::NEG_INFINITY), 1.0, 0.0);
    }

    #[test]
    fn impossible_answers_are_counted_apart() {
        let declared = declared(&[50, 0, 50, 0]);
        assert_eq!(declared.impossible_answers(&[10, 2, 12, 3]), 5);
        assert_eq!(declared.answers(&[10, 2, 12, 3]), 22);
        close(
            declared.ln_evidence(&[10, 2, 12, 3]),
            declared.ln_evidence(&[10, 0, 12, 0]),
            0.0,
        );
        close(
            declared.ln_evidence(&[10, 2, 12, 3]),
            -0.721_150_516_941_9,
            1e-9,
        );
    }

    #[test]
    fn weights_and_shares_declare_the_same() {
        let (weights, shares) = (Declared::new(&[60.0, 30.0, 10.0]), declared(&[60, 30, 10]));
        close(
            weights.ln_evidence(&[7, 2, 9]),
            shares.ln_evidence(&[7, 2, 9]),
            1e-12,
        );
    }

    #[test]
    fn the_bet_is_a_fair_game() {
        for weights in [
            &[90, 10][..],
            &[1, 1],
            &[255, 1],
            &[60, 30, 10],
            &[5, 0, 5],
            &[1, 2, 3, 4],
        ] {
            let declared = declared(weights);
            for answers in 1..=6 {
                let (mut mean, mut mean_of_one, mut mean_of_joint) = (0.0, 0.0, 0.0);
                sequences(weights.len(), answers, |sequence| {
                    let weight = probability(declared.shares(), sequence);
                    let counts = counts(weights.len(), sequence);
                    mean += weight * declared.ln_evidence(&counts).exp();
                    mean_of_joint += weight * declared.ln_evidence_jointly(&counts).exp();
                    let one = declared.ln_evidence_of_one(0, as_f64(counts[0]), f64::from(answers));
                    mean_of_one += weight * one.exp();
                });
                close(mean, 1.0, 1e-10);
                close(mean_of_joint, 1.0, 1e-10);
                close(mean_of_one, 1.0, 1e-10);
            }
        }
    }

    #[test]
    fn the_bet_stays_fair_from_any_state_on() {
        // What comes next is fair given what has been: that makes it a martingale, whatever the rule of stopping.
        for (weights, counts) in [
            (&[90, 10][..], &[700, 90][..]),
            (&[60, 30, 10], &[20, 0, 3]),
            (&[1, 1, 1, 1], &[500, 9, 3, 4_000]),
        ] {
            let declared = declared(weights);
            let now = declared.ln_evidence(counts);
            let mean: f64 = (0..weights.len())
                .map(|set| {
                    let mut counts = counts.to_vec();
                    counts[set] += 1;
                    declared.shares()[set] * (declared.ln_evidence(&counts) - now).exp()
                })
                .sum();
            close(mean, 1.0, 1e-10);
        }
    }

    #[test]
    fn false_alarms_stay_below_the_level_exactly() {
        let declared = declared(&[90, 10]);
        let alarm = |counts: &[u64]| declared.ln_evidence(counts) >= 100_f64.ln();
        let chance: f64 = first_time([0.9, 0.1], 1_000, alarm).iter().sum();
        // 0.57 % in the notes.
        assert!((0.0056..0.0058).contains(&chance), "{chance}");
    }

    /// Answers until the first alarm, looking after every one of them.
    fn answers_to_alarm(
        declared: &Declared,
        served: &[f64],
        random: &mut impl FnMut() -> f64,
        at_most: u64,
    ) -> Option<u64> {
        let mut counts = vec![0; served.len()];
        (1..=at_most).find(|_| {
            counts[pick(served, random)] += 1;
            declared.ln_evidence(&counts) >= 100_f64.ln()
        })
    }

    #[test]
    fn healthy_runs_rarely_alarm_however_often_one_looks() {
        let mut random = random(1);
        let mut alarms = 0;
        for (weights, runs) in [
            (&[50, 50][..], 1_000),
            (&[255, 1], 500),
            (&[60, 30, 10], 500),
        ] {
            let declared = declared(weights);
            alarms += (0..runs)
                .filter(|_| {
                    let shares = declared.shares();
                    answers_to_alarm(&declared, shares, &mut random, 2_000).is_some()
                })
                .count();
        }
        // 0.6 % are expected of 2,000 runs.
        assert!(alarms < 20, "{alarms}");
    }

    #[test]
    fn faults_are_found_as_fast_as_promised() {
        for (weights, served, runs, expected) in [
            (&[90, 10][..], &[1.0, 0.0][..], 1, 61.0),
            (&[50, 50], &[0.0, 1.0], 1, 11.0),
            (&[99, 1], &[1.0, 0.0], 1, 611.0),
            (&[255, 1], &[1.0, 0.0], 1, 1572.0),
            (&[90, 10], &[0.8, 0.2], 2_000, 152.7),
            (&[99, 1], &[0.9, 0.1], 2_000, 49.7),
            (&[60, 30, 10], &[0.5, 0.4, 0.1], 1_000, 316.0),
            (
                &[1; 10],
                &[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0].map(|part| part / 9.0),
                500,
                89.8,
            ),
        ] {
            let declared = declared(weights);
            let mut random = random(2);
            let answers: u64 = (0..runs)
                .map(|_| answers_to_alarm(&declared, served, &mut random, 100_000).expect("found"))
                .sum();
            let mean = as_f64(answers) / f64::from(runs);
            assert!(
                (mean / expected - 1.0).abs() < 0.05,
                "{mean} instead of {expected}, {weights:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn the_order_of_sets_does_not_matter(
            sets in prop::collection::vec((0..300_u64, 0..5_000_u64), 1..12),
            turn in 0..12_usize,
        ) {
            let split = |sets: &[(u64, u64)]| -> (Vec<u64>, Vec<u64>) { sets.iter().copied().unzip() };
            let (weights, counts) = split(&sets);
            let mut turned = sets.clone();
            turned.rotate_left(turn % sets.len());
            turned.reverse();
            let (weights_too, counts_too) = split(&turned);
            let (one, two) = (declared(&weights).ln_evidence(&counts), declared(&weights_too).ln_evidence(&counts_too));
            prop_assert!((one - two).abs() <= 1e-9 * one.abs().max(1.0), "{one} against {two}");
        }

        #[test]
        fn two_sets_and_a_dead_third_are_two_sets(a in 1..300_u64, b in 1..300_u64, x in 0..9_999_u64, y in 0..9_999_u64) {
            let (two, three) = (declared(&[a, b]).ln_evidence(&[x, y]), declared(&[a, 0, b]).ln_evidence(&[x, 0, y]));
            prop_assert!((two - three).abs() <= 1e-12 * two.abs().max(1.0));
            let of_one = declared(&[a, b]).ln_evidence_of_one(1, as_f64(y), as_f64(x + y));
            prop_assert!((two - of_one).abs() <= 1e-9 * two.abs().max(1.0));
        }

        #[test]
        fn evidence_grows_as_counts_move_away(weight in 1..100_u64, answers in 1..3_000_u64) {
            // Over the count of one set the evidence falls up to somewhere near the mean and rises beyond.
            let declared = declared(&[weight, 100 - weight.min(99)]);
            let values: Vec<f64> = (0..=answers).map(|hits| declared.ln_evidence(&[hits, answers - hits])).collect();
            let turns = values.windows(3).filter(|three| three[1] > three[0] + 1e-9 && three[1] > three[2] + 1e-9).count();
            prop_assert_eq!(turns, 0);
        }

        #[test]
        fn the_same_deviation_weighs_more_with_more_answers(share in 1..100_u64, times in 1..30_u64) {
            // A set that never comes.
            let declared = declared(&[share, 100]);
            let fewer = declared.ln_evidence(&[0, 50 * times]);
            prop_assert!(declared.ln_evidence(&[0, 50 * times + 50]) > fewer);
        }

        #[test]
        fn tables_and_series_agree(weight in 1..=255_u64, count in 0..600_u64, more in 0..100_000_u64) {
            // A real-valued count a hair away from a whole one takes the other way through the code.
            let declared = declared(&[weight, 100, 7]);
            let answers = as_f64(count + more + 1);
            let exact = declared.ln_evidence_of_one(0, as_f64(count), answers);
            let beside = declared.ln_evidence_of_one(0, as_f64(count) + 1e-9, answers);
            prop_assert!((exact - beside).abs() <= 1e-6, "{exact} against {beside}");
        }
    }
}
