//! The evidence of `onset`, kept up to date answer by answer instead of worked out anew at every look.
//!
//! A Dirichlet-multinomial is a product with one factor for each answer: its predicted probability, given the answers
//! before, over the declared one. So a look only has to multiply what has come since the look before. With a hundred
//! sets that is several times cheaper than gamma functions of all counts, and the numbers are the same: the order of
//! the answers does not matter, and a factor near 1 loses nothing to rounding.

use std::collections::VecDeque;
use std::time::Duration;

use super::bands::{Band, Bands};
use super::evidence::{CONCENTRATIONS, Declared, EXTRA, LN_WEIGHTS, Mixed, WEIGHTS};
use super::logarithm::LogSum;
use super::onset::{
    Bet, FROM_THE_START, ONSETS_APART, ONSETS_KEPT, TotalEvidence, total, weight_of_view,
};
use crate::model::share::as_f64;

/// So many factors are multiplied before the product is scaled back; each is below 10^14, see `AT_MOST`.
const AT_A_TIME: u64 = 8;
/// The largest of the bets on a single set is kept between this and its inverse, and what that takes is remembered as a
/// logarithm: 2^500. What is lost beside it, more than 600 powers of two below, is lost.
const STEP: f64 = 3.273_390_607_896_142e150;
const LN_STEP: f64 = 346.573_590_279_972_6;
/// More answers at a time than this are cheaper by gamma functions.
const MANY: u64 = 64;
/// So many groups of them at the most.
const GROUPS: usize = (MANY / AT_A_TIME) as usize;

/// What every answer multiplies the bets with, prepared for one declaration.
#[derive(Clone, Debug)]
struct Factors {
    sets: Vec<Factor>,
    /// Denominators before the first answer: for all sets at once, and for one set against the rest.
    all: Mixed,
    pair: Mixed,
    /// How many single sets are bet on, the first ones: with two possible sets one is enough, since a bet on it is one on the
    /// other too, and on both at once.
    single: usize,
}

/// Numerators over the declared share, before the first answer and how they grow with each: of a set, and of the rest.
#[derive(Clone, Debug)]
struct Factor {
    index: usize,
    band: Band,
    own: Mixed,
    own_step: f64,
    rest: Mixed,
    rest_step: f64,
}

impl Factors {
    fn new(declared: &Declared, bands: &Bands) -> Self {
        let sets: Vec<Factor> = declared
            .possible_shares()
            .map(|(index, share)| {
                let rest = 1.0 - share;
                Factor {
                    index,
                    band: bands.of(index),
                    own: CONCENTRATIONS.map(|concentration| concentration + EXTRA / share),
                    own_step: 1.0 / share,
                    rest: CONCENTRATIONS.map(|concentration| concentration + EXTRA / rest),
                    rest_step: 1.0 / rest,
                }
            })
            .collect();
        let number = as_f64(sets.len() as u64);
        Self {
            all: CONCENTRATIONS.map(|concentration| concentration + number * EXTRA),
            pair: CONCENTRATIONS.map(|concentration| concentration + 2.0 * EXTRA),
            single: match sets.len() {
                0 | 1 => 0,
                2 => 1,
                more => more,
            },
            sets,
        }
    }
}

/// The bets on the counts of one view since one onset.
#[derive(Clone, Debug)]
struct RunningBet {
    counts: Vec<u64>,
    /// How many of them bear evidence.
    answers: u64,
    /// ln of the bets on all sets at once; none where only a share outside its band is asked for, and with two sets: the
    /// bets on single sets tell that.
    ln_jointly: Option<Mixed>,
    /// The bets on single sets; see `Factors::single`.
    singly: Vec<SingleBet>,
}

/// The bets on one set against the rest.
#[derive(Clone, Copy, Debug)]
struct SingleBet {
    bets: Mixed,
    /// ln of what they have to be multiplied with.
    ln_scale: f64,
}

impl SingleBet {
    const NOTHING_WON: Self = Self {
        bets: [1.0; CONCENTRATIONS.len()],
        ln_scale: 0.0,
    };

    fn of_logarithms(ln_bets: &Mixed) -> Self {
        let largest = ln_bets.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Self {
            bets: ln_bets.map(|ln| (ln - largest).exp()),
            ln_scale: largest,
        }
    }

    /// Keeps the largest of them in the middle of what a number can hold.
    #[inline]
    fn rescale(&mut self) {
        // The one with the weakest prior goes farthest, and the others are never far beyond it.
        if !(1.0 / STEP..=STEP).contains(&self.bets[0]) {
            self.rescale_in_earnest();
        }
    }

    #[cold]
    fn rescale_in_earnest(&mut self) {
        let largest = self.bets.iter().copied().fold(0.0, f64::max);
        if largest > STEP {
            self.bets = self.bets.map(|bet| bet / STEP);
            self.ln_scale += LN_STEP;
        } else if largest < 1.0 / STEP {
            self.bets = self.bets.map(|bet| bet * STEP);
            self.ln_scale -= LN_STEP;
        }
    }

    /// The weighted sum, up to its scale.
    #[inline]
    fn mixed(&self) -> f64 {
        let [one, two, three, four, five] = each(&self.bets, &WEIGHTS, |bet, weight| bet * weight);
        one + two + three + four + five
    }
}

impl RunningBet {
    fn new(factors: &Factors, sets: usize, jointly: bool) -> Self {
        Self {
            counts: vec![0; sets],
            answers: 0,
            ln_jointly: (jointly && factors.single > 1).then(Mixed::default),
            singly: vec![SingleBet::NOTHING_WON; factors.single],
        }
    }

    /// The same bets on other counts.
    fn on(&self, declared: &Declared, counts: Vec<u64>) -> Self {
        let (ln_jointly, ln_singly) = declared.ln_bets(&counts);
        Self {
            answers: declared.answers(&counts),
            counts,
            ln_jointly: self.ln_jointly.and(Some(ln_jointly)),
            singly: match self.singly.len() {
                1 => vec![SingleBet::of_logarithms(&ln_jointly)],
                _ => ln_singly.iter().map(SingleBet::of_logarithms).collect(),
            },
        }
    }

    /// Takes the answers since the last time, so many of which bear evidence.
    fn add(&mut self, declared: &Declared, factors: &Factors, more: &[u64], new: u64) {
        if new > MANY {
            let counts = self.counts.iter().zip(more).map(|(one, two)| one + two);
            *self = self.on(declared, counts.collect());
            return;
        }
        if new > 0 {
            if let Some(mut ln_jointly) = self.ln_jointly {
                self.bet_jointly(factors, more, &mut ln_jointly);
                self.ln_jointly = Some(ln_jointly);
            }
            self.bet_singly(factors, more, new);
        }
        self.answers += new;
        for (count, more) in self.counts.iter_mut().zip(more) {
            *count += more;
        }
    }

    fn bet_jointly(&self, factors: &Factors, more: &[u64], ln_bets: &mut Mixed) {
        let mut product = [1.0; CONCENTRATIONS.len()];
        let mut done = 0;
        for factor in &factors.sets {
            let count = self.counts[factor.index];
            for number in count..count + more[factor.index] {
                let grown = as_f64(number) * factor.own_step;
                let total = as_f64(self.answers + done);
                for (place, product) in product.iter_mut().enumerate() {
                    *product *= (factor.own[place] + grown) / (factors.all[place] + total);
                }
                done += 1;
                if done % AT_A_TIME == 0 {
                    keep(&mut product, ln_bets);
                }
            }
        }
        keep(&mut product, ln_bets);
    }

    fn bet_singly(&mut self, factors: &Factors, more: &[u64], new: u64) {
        let (scales, groups) = self.scales(factors, new);
        for (factor, single) in factors.sets.iter().zip(&mut self.singly) {
            let count = self.counts[factor.index];
            let mut own = as_f64(count) * factor.own_step;
            let mut rest = as_f64(self.answers - count) * factor.rest_step;
            // The order does not matter: first all answers of the rest, then the set's own.
            let mut misses = new - more[factor.index];
            let mut left = new;
            let mut bets = single.bets;
            for scale in &scales[..groups] {
                let now = left.min(AT_A_TIME);
                left -= now;
                if misses >= AT_A_TIME {
                    grow_by_eight(&mut bets, &factor.rest, rest, factor.rest_step);
                    rest += as_f64(AT_A_TIME) * factor.rest_step;
                    misses -= AT_A_TIME;
                } else {
                    for _ in 0..misses.min(now) {
                        grow(&mut bets, &factor.rest, rest);
                        rest += factor.rest_step;
                    }
                    for _ in misses..now {
                        grow(&mut bets, &factor.own, own);
                        own += factor.own_step;
                    }
                    misses = misses.saturating_sub(now);
                }
                single.bets = each(&bets, scale, |bet, scale| bet * scale);
                single.rescale();
                bets = single.bets;
            }
        }
    }

    /// One over the denominators, multiplied in groups, and how many groups there are.
    fn scales(&self, factors: &Factors, new: u64) -> ([Mixed; GROUPS], usize) {
        let mut scales = [[1.0; CONCENTRATIONS.len()]; GROUPS];
        let mut number = 0;
        let mut groups = 0;
        for scale in &mut scales {
            if number >= new {
                break;
            }
            groups += 1;
            let mut product = [1.0; CONCENTRATIONS.len()];
            for _ in 0..AT_A_TIME.min(new - number) {
                grow(&mut product, &factors.pair, as_f64(self.answers + number));
                number += 1;
            }
            *scale = product.map(|product| 1.0 / product);
        }
        (scales, groups)
    }

    /// ln of the evidence that some set is served outside its band; see `Bands::ln_evidence_outside`.
    fn ln_outside(&self, factors: &Factors) -> f64 {
        if self.singly.is_empty() || self.answers == 0 {
            return 0.0;
        }
        let singly = factors.sets.iter().zip(&self.singly);
        ln_mean(singly.map(|(factor, single)| {
            let ln_nearest = factor
                .band
                .ln_nearest(self.counts[factor.index], self.answers);
            (single, single.ln_scale - ln_nearest)
        }))
    }

    /// ln of the evidence against exactly the declared shares; see `Declared::ln_evidence`.
    fn ln_evidence(&self) -> f64 {
        if self.singly.is_empty() {
            return 0.0;
        }
        let ln_singly = ln_mean(self.singly.iter().map(|single| (single, single.ln_scale)));
        let Some(ln_jointly) = &self.ln_jointly else {
            return ln_singly;
        };
        let mut jointly = LogSum::default();
        for (ln, weight) in ln_jointly.iter().zip(LN_WEIGHTS) {
            jointly.add(ln + weight);
        }
        let mut mean = LogSum::default();
        mean.add(jointly.ln());
        mean.add(ln_singly);
        mean.ln() - std::f64::consts::LN_2
    }
}

/// ln of the mean of bets, each times a factor that is given by its logarithm.
fn ln_mean<'bet>(bets: impl ExactSizeIterator<Item = (&'bet SingleBet, f64)> + Clone) -> f64 {
    let ln_number = as_f64(bets.len() as u64).ln();
    let plainly: f64 = (bets.clone())
        .map(|(bet, ln_factor)| bet.mixed() * ln_factor.exp())
        .sum();
    if plainly.is_normal() {
        return plainly.ln() - ln_number;
    }
    // Too large or too small for a number.
    let mut sum = LogSum::default();
    bets.for_each(|(bet, ln_factor)| sum.add(bet.mixed().ln() + ln_factor));
    sum.ln() - ln_number
}

fn keep(product: &mut Mixed, ln_bets: &mut Mixed) {
    for (ln, product) in ln_bets.iter_mut().zip(product) {
        *ln += product.ln();
        *product = 1.0;
    }
}

/// Written out, because a loop of five is not unrolled where size counts, and takes twice as long.
#[inline]
fn each(one: &Mixed, two: &Mixed, of: impl Fn(f64, f64) -> f64) -> Mixed {
    [
        of(one[0], two[0]),
        of(one[1], two[1]),
        of(one[2], two[2]),
        of(one[3], two[3]),
        of(one[4], two[4]),
    ]
}

#[inline]
fn grow(product: &mut Mixed, start: &Mixed, grown: f64) {
    *product = each(product, start, |product, start| product * (start + grown));
}

/// `AT_A_TIME` factors with equal steps between them: two that lie evenly around their middle m, s steps away from it,
/// make m² - s².
#[inline]
fn grow_by_eight(product: &mut Mixed, start: &Mixed, grown: f64, step: f64) {
    let middle = grown + 3.5 * step;
    let square = step * step;
    let (one, two) = (0.25 * square, 2.25 * square);
    let (three, four) = (6.25 * square, 12.25 * square);
    *product = each(product, start, |product, start| {
        let middle = start + middle;
        let middle = middle * middle;
        product * (((middle - one) * (middle - two)) * ((middle - three) * (middle - four)))
    });
}

/// One view of the answers since one onset, and what it has won.
#[derive(Clone, Debug)]
struct View {
    bet: RunningBet,
    ln_won: f64,
}

/// An onset: the pooled answers, then those of each name server; a single server is the pool.
type Row = Vec<View>;

/// The answers of a span by name server, and the bets on them from the span's start and from later onsets on.
///
/// Weighs as `Onsets` does, to the last digits, but an answer is worked in once instead of again at every look. Memory
/// is bounded: one bet for each remembered onset and view.
#[derive(Clone, Debug)]
pub struct RunningOnsets {
    factors: Factors,
    sets: usize,
    servers: usize,
    /// From the start of the span; then the newest of the later onsets, oldest first.
    start: Row,
    later: VecDeque<Row>,
    newest: u64,
    /// Answers that are not worked in yet, flat by name server.
    waiting: Vec<u64>,
}

impl RunningOnsets {
    /// An empty span over these sets and so many name servers.
    pub fn new(declared: &Declared, bands: &Bands, servers: usize) -> Self {
        let servers = servers.max(1);
        let factors = Factors::new(declared, bands);
        let sets = declared.shares().len();
        Self {
            start: row(&factors, sets, servers, true),
            later: VecDeque::new(),
            newest: 0,
            waiting: vec![0; sets * servers],
            factors,
            sets,
            servers,
        }
    }

    /// Counts an answer.
    pub fn record(&mut self, server: usize, set: usize) {
        self.waiting[server * self.sets + set] += 1;
    }

    /// Whether it is time for the next later onset, so long after the span's start.
    pub fn is_due(&self, since_start: Duration) -> bool {
        since_start.as_secs_f64() >= ONSETS_APART.as_secs_f64() * as_f64(self.newest + 1)
    }

    /// Begins the next later onset with the counts of this moment.
    pub fn add(&mut self, declared: &Declared) {
        self.work_in(declared);
        self.later
            .push_back(row(&self.factors, self.sets, self.servers, false));
        self.newest += 1;
        if self.later.len() > ONSETS_KEPT {
            // Its weight is simply lost, which keeps the game fair.
            self.later.pop_front();
        }
    }

    /// Lets one name server start anew: its answers are forgotten, in every onset.
    pub fn restart_server(&mut self, declared: &Declared, server: usize) {
        self.work_in(declared);
        let (sets, servers) = (self.sets, self.servers);
        for row in std::iter::once(&mut self.start).chain(&mut self.later) {
            let mut left = vec![0; sets];
            for other in (0..servers).filter(|&other| servers > 1 && other != server) {
                for (sum, count) in left.iter_mut().zip(&row[1 + other].bet.counts) {
                    *sum += count;
                }
            }
            row[0].bet = row[0].bet.on(declared, left);
            row[0].look(&self.factors);
            if servers > 1 {
                let view = &mut row[1 + server];
                view.bet = view.bet.on(declared, vec![0; sets]);
                view.look(&self.factors);
            }
        }
    }

    /// The pooled counts of the span, as far as they are worked in: all that came before the last look.
    pub fn pooled(&self) -> &[u64] {
        &self.start[0].bet.counts
    }

    /// The counts of one name server in the span, likewise.
    pub fn of_server(&self, server: usize) -> &[u64] {
        &self.start[self.view_of(server)].bet.counts
    }

    /// The counts since an onset, pooled or of one name server, likewise; `None` when that onset is forgotten.
    pub fn since(&self, onset: u64, server: Option<usize>) -> Option<&[u64]> {
        let row = if onset == 0 {
            &self.start
        } else {
            let first = self.newest + 1 - self.later.len() as u64;
            let place = usize::try_from(onset.checked_sub(first)?).ok()?;
            self.later.get(place)?
        };
        let view = server.map_or(0, |server| self.view_of(server));
        Some(&row[view].bet.counts)
    }

    /// ln of the evidence against exactly the declared shares, whatever the tolerance, from the start of the span on:
    /// of the pooled counts, and of each name server. As far as answers are worked in.
    pub fn ln_exact(&self) -> (f64, Vec<f64>) {
        let servers =
            (0..self.servers).map(|server| self.start[self.view_of(server)].bet.ln_evidence());
        (self.start[0].bet.ln_evidence(), servers.collect())
    }

    fn view_of(&self, server: usize) -> usize {
        if self.servers == 1 { 0 } else { 1 + server }
    }

    /// Works in what has come and weighs all of it.
    pub fn weigh(&mut self, declared: &Declared) -> TotalEvidence {
        self.work_in(declared);
        let mut sums = vec![LogSum::default(); self.servers + 1];
        let mut strongest = (f64::NEG_INFINITY, None);
        let first = self.newest + 1 - self.later.len() as u64;
        let numbers = std::iter::once(0).chain(first..);
        let weights: Vec<f64> = (0..=self.servers)
            .map(|place| weight_of_view(place, self.servers).ln())
            .collect();
        for (onset, row) in numbers.zip(std::iter::once(&self.start).chain(&self.later)) {
            let weight = if onset == 0 {
                FROM_THE_START
            } else {
                (1.0 - FROM_THE_START) / (as_f64(onset) * as_f64(onset + 1))
            };
            let ln_weight = weight.ln();
            for (place, view) in row.iter().enumerate() {
                let ln_won = ln_weight + view.ln_won;
                sums[place].add(ln_won);
                let ln_stake = ln_won + weights[place];
                if ln_stake > strongest.0 {
                    let server = place.checked_sub(1);
                    strongest = (ln_stake, Some(Bet { server, onset }));
                }
            }
        }
        let to_come = (1.0 - FROM_THE_START) / as_f64(self.newest + 1);
        total(sums, self.servers, to_come, strongest.1)
    }

    fn work_in(&mut self, declared: &Declared) {
        let mut pooled = vec![0; self.sets];
        for server in self.waiting.chunks(self.sets) {
            for (sum, count) in pooled.iter_mut().zip(server) {
                *sum += count;
            }
        }
        let views = std::iter::once(&pooled[..]).chain(self.waiting.chunks(self.sets));
        for (place, more) in views.enumerate().take(self.start.len()) {
            if more.iter().all(|&count| count == 0) {
                continue;
            }
            let new = declared.answers(more);
            for row in std::iter::once(&mut self.start).chain(&mut self.later) {
                row[place].bet.add(declared, &self.factors, more, new);
                row[place].look(&self.factors);
            }
        }
        self.waiting.fill(0);
    }
}

impl View {
    fn look(&mut self, factors: &Factors) {
        self.ln_won = self.bet.ln_outside(factors);
    }
}

fn row(factors: &Factors, sets: usize, servers: usize, jointly: bool) -> Row {
    let view = View {
        bet: RunningBet::new(factors, sets, jointly),
        ln_won: 0.0,
    };
    vec![view; if servers == 1 { 1 } else { servers + 1 }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::onset::Onsets;
    use crate::stats::testing::{close, declared, pick, random};
    use proptest::prelude::*;

    fn same(one: &TotalEvidence, two: &TotalEvidence) {
        close(one.ln_total, two.ln_total, 1e-9);
        close(one.ln_pooled, two.ln_pooled, 1e-9);
        for (one, two) in one.ln_servers.iter().zip(&two.ln_servers) {
            close(*one, *two, 1e-9);
        }
        assert_eq!(one.ln_servers.len(), two.ln_servers.len());
    }

    /// Plays the same answers to both, with later onsets and a server that starts anew, and compares at every look.
    fn play(weights: &[u64], servers: usize, seed: u64, at_a_look: u64, looks: u32) {
        let declared = declared(weights);
        let bands = Bands::new(&declared, 0.05);
        let mut random = random(seed);
        let sets = weights.len();
        let mut counts = vec![0; sets * servers];
        let mut plain = Onsets::new(sets, counts.clone());
        let mut running = RunningOnsets::new(&declared, &bands, servers);
        for look in 0..looks {
            let answers = (0..2 * at_a_look).filter(|_| random() < 0.5).count();
            for _ in 0..answers {
                let server = pick(&vec![1.0 / as_f64(servers as u64); servers], &mut random);
                // Now and then from anywhere, impossible sets included.
                let set = if random() < 0.03 {
                    pick(&vec![1.0 / as_f64(sets as u64); sets], &mut random)
                } else {
                    pick(declared.shares(), &mut random)
                };
                counts[server * sets + set] += 1;
                running.record(server, set);
            }
            if look % 7 == 6 {
                plain.add(counts.clone());
                running.add(&declared);
            }
            if look % 11 == 10 {
                let server = look as usize % servers;
                plain.restart_server(server, &counts);
                running.restart_server(&declared, server);
            }
            same(
                &running.weigh(&declared),
                &plain.weigh(&declared, &bands, &counts),
            );
            let (pooled, of_servers) = running.ln_exact();
            close(pooled, declared.ln_evidence(running.pooled()), 1e-9);
            for (server, exact) in of_servers.into_iter().enumerate() {
                close(exact, declared.ln_evidence(running.of_server(server)), 1e-9);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_same_as_working_it_out_anew(weights in prop::collection::vec(0..256_u64, 1..6), servers in 1..5_usize, seed in 0..1_000_u64) {
            play(&weights, servers, seed, 10, 25);
        }
    }

    #[test]
    fn the_same_with_many_sets_and_with_many_answers_at_once() {
        play(&[1; 30], 4, 1, 12, 12);
        play(&[255, 1, 0, 3], 2, 2, 500, 12);
        play(&[10, 1, 3], 1, 3, 60, 40);
    }

    #[test]
    fn nothing_overflows_when_everything_is_wrong() {
        let declared = declared(&[1, 99, 100]);
        let mut onsets = RunningOnsets::new(&declared, &Bands::new(&declared, 0.05), 1);
        for _ in 0..2_000 {
            for _ in 0..10 {
                onsets.record(0, 0);
            }
            assert!(onsets.weigh(&declared).ln_total.is_finite());
        }
        assert!(onsets.weigh(&declared).ln_total > 10_000.0);
        assert_eq!(onsets.pooled(), [20_000, 0, 0]);
    }

    #[test]
    fn counts_since_an_onset_are_known_until_it_is_forgotten() {
        let declared = declared(&[1, 1]);
        let mut onsets = RunningOnsets::new(&declared, &Bands::new(&declared, 0.05), 2);
        for onset in 0..130 {
            onsets.record(onset % 2, 0);
            onsets.add(&declared);
        }
        onsets.record(1, 1);
        onsets.weigh(&declared);
        assert_eq!(onsets.since(0, None), Some(&[130, 1][..]));
        assert_eq!(onsets.since(128, None), Some(&[2, 1][..]));
        assert_eq!(onsets.since(128, Some(1)), Some(&[1, 1][..]));
        assert_eq!(onsets.since(130, Some(0)), Some(&[0, 0][..]));
        assert_eq!(
            (onsets.since(10, None), onsets.since(131, None)),
            (None, None)
        );
    }
}
