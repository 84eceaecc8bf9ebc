//! Does an answer depend on the one before it? The whole of the statistics rests on "no".
//!
//! The bet is on sticky answers: with the probability L the answer before comes again, else a random pick by the declared
//! shares. It is set against independent picks by the shares that fit best, whichever they are, so it is worth at most 1 on
//! average for all independent picks, and shares that are off do not look like dependence. Source: Larry Wasserman,
//! Aaditya Ramdas and Sivaraman Balakrishnan, "Universal inference" (2020), section 3. Two bets are averaged: that each name server
//! repeats itself, and that the answers of all do, in order of sending; and several L.

use std::collections::VecDeque;

use super::logarithm::LogSum;
use crate::model::share::as_f64;

/// The probabilities of a repetition that are bet on.
const STICKINESS: [f64; 6] = [0.05, 0.1, 0.2, 0.3, 0.5, 0.8];
/// A stickiness explains the answers as well as the best one when it is within this.
const LN_AS_LIKELY: f64 = 1.0;
/// One in so many answers is counted when it depends on one so many places before with at most this probability.
const INDEPENDENT_ENOUGH: f64 = 0.01;
/// Among so many of the newest answers of a sequence a moment is looked for at which the shares changed; an alarm does not
/// come later.
const NEWEST: usize = 512;

/// What the bets on sticky answers have won.
#[derive(Clone, Debug)]
pub struct Dependence {
    /// What a repetition of each set is worth to the bet, by stickiness, as logarithms; none for sets with the share 0.
    ln_repeated: Vec<Option<[f64; STICKINESS.len()]>>,
    /// What any other answer is worth to it.
    ln_other: [f64; STICKINESS.len()],
    ln_shares: Vec<f64>,
    /// The answers of each name server.
    servers: Vec<Sequence>,
    /// The answers of all.
    together: Sequence,
}

/// Answers in order of sending.
#[derive(Clone, Debug)]
struct Sequence {
    previous: Option<usize>,
    counts: Vec<u64>,
    /// The newest answers, the last one at the end.
    newest: VecDeque<usize>,
    ln_products: [f64; STICKINESS.len()],
}

/// Which answers are counted when they depend on each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thinning {
    /// One in so many.
    pub one_in: u64,
    /// Of each name server by itself; else of all in order of sending.
    pub by_server: bool,
}

impl Dependence {
    /// Takes the declared shares, which add up to 1, and the number of name servers.
    pub fn new(shares: &[f64], servers: usize) -> Self {
        let repeated = |&share: &f64| {
            (share > 0.0).then(|| STICKINESS.map(|sticky| (sticky / share + 1.0 - sticky).ln()))
        };
        let nothing = Sequence {
            previous: None,
            counts: vec![0; shares.len()],
            newest: VecDeque::new(),
            ln_products: [0.0; STICKINESS.len()],
        };
        Self {
            ln_repeated: shares.iter().map(repeated).collect(),
            ln_other: STICKINESS.map(|sticky| (-sticky).ln_1p()),
            ln_shares: shares.iter().map(|share| share.ln()).collect(),
            servers: vec![nothing.clone(); servers],
            together: nothing,
        }
    }

    /// Forgets all answers: from now on other shares may be served.
    pub fn restart(&mut self) {
        for sequence in self.servers.iter_mut().chain([&mut self.together]) {
            sequence.previous = None;
            sequence.counts.fill(0);
            sequence.newest.clear();
            sequence.ln_products.fill(0.0);
        }
    }

    /// Takes the next answer of a name server, in order of sending. One of a set with the share 0 interrupts.
    pub fn record(&mut self, server: usize, set: usize) {
        let ln_repeated = self.ln_repeated[set].as_ref();
        self.servers[server].record(set, ln_repeated, &self.ln_other);
        self.together.record(set, ln_repeated, &self.ln_other);
    }

    /// Interrupts the sequence of a name server: answers of it are missing, or not to be held against the declared shares.
    pub fn interrupt(&mut self, server: usize) {
        self.servers[server].previous = None;
        self.together.previous = None;
    }

    /// ln of the mean of both bets; at ln(1 / a) the answers are taken to depend on each other.
    pub fn ln_evidence(&self) -> f64 {
        let [by_server, together] = self.ln_won().map(|won| mean(&won));
        mean(&[by_server, together])
    }

    /// Whether answers depend on each other rather than that the shares changed at some moment: until they are known to have,
    /// the answers after it look alike.
    pub fn is_no_change(&self) -> bool {
        let won = self.ln_won();
        let changed: Vec<f64> = self.sequences().map(Sequence::ln_changed).collect();
        won.iter().any(|won| mean(won) >= mean(&changed))
    }

    fn sequences(&self) -> impl Iterator<Item = &Sequence> {
        self.servers.iter().chain([&self.together])
    }

    /// Whether sticky answers explain what came about as well as any shares without that do, or better. To be asked where
    /// something is off, which of the two it is: shares that fit best gain (k - 1) / 2 for each sequence by chance alone, on
    /// average over k sets (Samuel Wilks, "The large-sample distribution of the likelihood ratio", 1938), and sticky answers have
    /// to make up for all but half of that.
    pub fn explains(&self) -> bool {
        let possible = self.ln_repeated.iter().flatten().count();
        let by_chance = as_f64(possible.saturating_sub(1) as u64) / 2.0;
        let sequences = [self.servers.len() as u64, 1].map(as_f64);
        let mut won = self.ln_won().into_iter().zip(sequences);
        won.any(|(won, sequences)| mean(&won) >= -0.5 * by_chance * sequences)
            && self.is_no_change()
    }

    /// Which answers may be counted as if they did not depend on each other, by the bet that explains them best, and by the
    /// stickiest of those L that explain them as well as any. With
    /// name servers that are asked in turn, one in so many of all comes from each of them.
    pub fn thinning(&self) -> Thinning {
        let won = self.ln_won();
        let by_server = mean(&won[0]) >= mean(&won[1]);
        let won = won[usize::from(!by_server)];
        let best = won.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let likely = won
            .iter()
            .zip(STICKINESS)
            .rev()
            .find(|won| *won.0 >= best - LN_AS_LIKELY);
        let sticky = likely.map_or(0.0, |likely| likely.1);
        let servers = self.servers.len() as u64;
        let enough = |&one_in: &u64| {
            sticky.powf(as_f64(one_in)) <= INDEPENDENT_ENOUGH
                && (by_server || greatest_common_divisor(one_in, servers) == 1)
        };
        Thinning {
            // The stickiest takes 21, and a number without a common divisor comes soon after.
            one_in: (2..1_000).find(enough).unwrap_or(2),
            by_server,
        }
    }

    /// ln of what the bet has won by stickiness: that each name server repeats itself, that all together do.
    fn ln_won(&self) -> [[f64; STICKINESS.len()]; 2] {
        let mut by_server = [0.0; STICKINESS.len()];
        for server in &self.servers {
            let won = server.ln_won(&self.ln_shares);
            for (sum, won) in by_server.iter_mut().zip(won) {
                *sum += won;
            }
        }
        [by_server, self.together.ln_won(&self.ln_shares)]
    }
}

impl Sequence {
    fn record(
        &mut self,
        set: usize,
        ln_repeated: Option<&[f64; STICKINESS.len()]>,
        ln_other: &[f64; STICKINESS.len()],
    ) {
        let Some(ln_repeated) = ln_repeated else {
            self.previous = None;
            return;
        };
        if let Some(before) = self.previous.replace(set) {
            let more = if before == set { ln_repeated } else { ln_other };
            for (ln_product, more) in self.ln_products.iter_mut().zip(more) {
                *ln_product += more;
            }
        }
        self.counts[set] += 1;
        self.newest.push_back(set);
        if self.newest.len() > NEWEST {
            self.newest.pop_front();
        }
    }

    /// ln of the mean, over the moments at which the shares may have changed, of what two shares that fit best explain more
    /// than one; less what they gain by chance alone (Wilks, as above).
    fn ln_changed(&self) -> f64 {
        let x_ln_x = |x: u64| {
            if x == 0 {
                0.0
            } else {
                as_f64(x) * as_f64(x).ln()
            }
        };
        let sum = |counts: &[u64]| counts.iter().map(|&count| x_ln_x(count)).sum::<f64>();
        let answers: u64 = self.counts.iter().sum();
        let ln_one = sum(&self.counts) - x_ln_x(answers);
        let seen = self.counts.iter().filter(|count| **count > 0).count();
        let by_chance = as_f64(seen.saturating_sub(1) as u64) / 2.0;
        let mut before = self.counts.clone();
        let mut after = vec![0; before.len()];
        let (mut ln_before, mut ln_after) = (sum(&before), 0.0);
        let mut all = LogSum::default();
        for (count, &set) in (1..).zip(self.newest.iter().rev()) {
            ln_before -= x_ln_x(before[set]);
            ln_after -= x_ln_x(after[set]);
            before[set] -= 1;
            after[set] += 1;
            ln_before += x_ln_x(before[set]);
            ln_after += x_ln_x(after[set]);
            let ln_two = ln_before - x_ln_x(answers - count) + ln_after - x_ln_x(count);
            all.add(ln_two - ln_one - by_chance);
        }
        let moments = as_f64(self.newest.len() as u64);
        if moments > 0.0 {
            all.ln() - moments.ln()
        } else {
            f64::NEG_INFINITY
        }
    }

    /// The products, set against the shares that fit best.
    fn ln_won(&self, ln_shares: &[f64]) -> [f64; STICKINESS.len()] {
        let answers = as_f64(self.counts.iter().sum());
        let seen = self.counts.iter().zip(ln_shares);
        let seen = seen.filter(|(count, _)| **count > 0);
        let terms = seen.map(|(&count, ln_share)| {
            let count = as_f64(count);
            count * ((count / answers).ln() - ln_share)
        });
        let ln_best: f64 = terms.sum();
        self.ln_products.map(|ln| ln - ln_best)
    }
}

/// ln of the mean of numbers that are given by their logarithms.
fn mean(logarithms: &[f64]) -> f64 {
    let mut sum = LogSum::default();
    for &ln in logarithms {
        sum.add(ln);
    }
    sum.ln() - as_f64(logarithms.len() as u64).ln()
}

fn greatest_common_divisor(one: u64, two: u64) -> u64 {
    if two == 0 {
        one
    } else {
        greatest_common_divisor(two, one % two)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{pick, probability, random, sequences};

    #[test]
    fn the_bet_is_worth_one_at_most_whatever_shares_are_served() {
        let declared = [0.6, 0.3, 0.1];
        for served in [[0.6, 0.3, 0.1], [0.1, 0.1, 0.8], [0.98, 0.01, 0.01]] {
            let mut mean = 0.0;
            sequences(3, 8, |sequence| {
                let mut dependence = Dependence::new(&declared, 2);
                for (answer, &set) in sequence.iter().enumerate() {
                    dependence.record(answer % 2, set);
                }
                mean += probability(&served, sequence) * dependence.ln_evidence().exp();
            });
            assert!(mean <= 1.0, "{mean} at {served:?}");
        }
    }

    #[test]
    fn shares_that_are_off_are_no_dependence() {
        let mut random = random(12);
        for (declared, served) in [([0.5, 0.5], [1.0, 0.0]), ([0.9, 0.1], [0.5, 0.5])] {
            let mut dependence = Dependence::new(&declared, 4);
            for answer in 0..5_000 {
                dependence.record(answer % 4, pick(&served, &mut random));
                assert!(dependence.ln_evidence() < 100_f64.ln(), "{served:?}");
            }
        }
    }

    #[test]
    fn shares_that_change_are_no_dependence_and_sticky_answers_are_no_change() {
        let mut random = random(14);
        // From a moment on one of two sets gets everything: its answers repeat each other.
        let mut taken_for_dependence = 0;
        for run in 0..200 {
            let mut dependence = Dependence::new(&[0.7, 0.3], 4);
            for answer in 0..600 + run {
                dependence.record(answer % 4, pick(&[0.7, 0.3], &mut random));
            }
            for answer in 0..40 {
                dependence.record(answer % 4, 1);
                let explains = answer >= 12 && dependence.explains();
                taken_for_dependence += u64::from(explains);
            }
        }
        assert!(taken_for_dependence <= 20, "{taken_for_dependence}");
        let mut taken_for_change = 0;
        for _ in 0..200 {
            let (mut dependence, mut memory) = (Dependence::new(&[0.5, 0.5], 1), 0);
            for _ in 0..600 {
                if random() >= 0.5 {
                    memory = pick(&[0.5, 0.5], &mut random);
                }
                dependence.record(0, memory);
            }
            taken_for_change += u64::from(!dependence.is_no_change());
        }
        assert!(taken_for_change <= 2, "{taken_for_change}");
    }

    #[test]
    fn only_what_follows_is_weighed() {
        let mut dependence = Dependence::new(&[0.5, 0.5, 0.0], 2);
        for _ in 0..50 {
            // A set with the share 0 interrupts, and so does a doubt about the server.
            dependence.record(0, 1);
            dependence.record(0, 2);
            dependence.record(0, 0);
            dependence.interrupt(0);
        }
        assert!(dependence.ln_evidence() <= 0.0);
        // A single set always repeats itself; that says nothing.
        let mut single = Dependence::new(&[1.0], 1);
        for _ in 0..1_000 {
            single.record(0, 0);
        }
        assert!(single.ln_evidence().abs() < 1e-12);
    }

    /// Answers in turn from so many servers, each with a memory of its own or all with one.
    fn answers_to_note(
        sticky: f64,
        own_memory: bool,
        random: &mut impl FnMut() -> f64,
        at_most: usize,
    ) -> (Option<usize>, Thinning) {
        let shares = [0.5, 0.5];
        let mut dependence = Dependence::new(&shares, 4);
        let mut memories = [0; 4];
        let found = (0..at_most).find(|answer| {
            let memory = &mut memories[if own_memory { answer % 4 } else { 0 }];
            if random() >= sticky {
                *memory = pick(&shares, random);
            }
            dependence.record(answer % 4, *memory);
            dependence.ln_evidence() >= 100_f64.ln()
        });
        (found, dependence.thinning())
    }

    #[test]
    fn sticky_answers_are_noticed_with_what_is_needed_against_them() {
        let mut random = random(11);
        for own_memory in [true, false] {
            let mut needed = Vec::new();
            let mut thinned = 0;
            for _ in 0..100 {
                let (found, thinning) = answers_to_note(0.5, own_memory, &mut random, 100_000);
                needed.push(found.expect("noticed"));
                assert_eq!(thinning.by_server, own_memory);
                assert!(own_memory || thinning.one_in % 2 == 1);
                thinned += u64::from((7..=22).contains(&thinning.one_in));
            }
            needed.sort_unstable();
            assert!((40..=150).contains(&needed[50]), "{}", needed[50]);
            assert!(thinned >= 90, "{thinned}");
        }
    }

    #[test]
    fn independent_answers_are_not_taken_for_sticky_ones() {
        let mut random = random(13);
        let wrong = (0..1_000)
            .filter(|_| answers_to_note(0.0, true, &mut random, 1_000).0.is_some())
            .count();
        assert!(wrong < 10, "{wrong} of 1000");
    }
}
