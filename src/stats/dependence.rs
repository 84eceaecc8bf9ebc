//! Does an answer depend on the one before it? The whole of the statistics rests on "no".
//!
//! A bet on sticky answers: with the probability L the previous answer of the same name server comes again, else a
//! random pick. Each factor has the mean 1 under independent picks, so the product is a test martingale (Ville 1939);
//! three values of L are averaged.

use super::logarithm::LogSum;
use crate::model::share::as_f64;

/// The probabilities of a repetition that are bet on.
const STICKINESS: [f64; 3] = [0.05, 0.2, 0.5];

/// What the bet on sticky answers has won, over all name servers.
#[derive(Clone, Debug)]
pub struct Dependence {
    shares: Vec<f64>,
    /// The last answer of each name server.
    previous: Vec<Option<usize>>,
    ln_products: [f64; STICKINESS.len()],
}

impl Dependence {
    /// Takes the declared shares, which add up to 1, and the number of name servers.
    pub fn new(shares: &[f64], servers: usize) -> Self {
        Self {
            shares: shares.to_vec(),
            previous: vec![None; servers],
            ln_products: [0.0; STICKINESS.len()],
        }
    }

    /// Forgets all answers.
    pub fn restart(&mut self) {
        self.previous.fill(None);
        self.ln_products.fill(0.0);
    }

    /// Takes the next answer of a name server, in order of sending. The first one only starts its sequence; one of a
    /// set with the share 0 interrupts it.
    pub fn record(&mut self, server: usize, set: usize) {
        let share = self.shares[set];
        let now = (share > 0.0).then_some(set);
        if let (Some(before), Some(_)) = (self.previous[server], now) {
            for (ln_product, sticky) in self.ln_products.iter_mut().zip(STICKINESS) {
                let repeated = if before == set { sticky / share } else { 0.0 };
                *ln_product += (repeated + 1.0 - sticky).ln();
            }
        }
        self.previous[server] = now;
    }

    /// Interrupts the sequence of a name server: what it serves is not known to be the declared shares.
    pub fn interrupt(&mut self, server: usize) {
        self.previous[server] = None;
    }

    /// ln of the mean over the three products (`Q`); at ln(1 / a) the confidence of a verdict is overstated.
    pub fn ln_evidence(&self) -> f64 {
        let mut sum = LogSum::default();
        for ln_product in self.ln_products {
            sum.add(ln_product);
        }
        sum.ln() - as_f64(STICKINESS.len() as u64).ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, pick, probability, random, sequences};

    #[test]
    fn the_bet_is_a_fair_game_over_several_servers() {
        let shares = [0.6, 0.3, 0.1];
        let mut mean = 0.0;
        sequences(3, 8, |sequence| {
            let mut dependence = Dependence::new(&shares, 2);
            for (answer, &set) in sequence.iter().enumerate() {
                dependence.record(answer % 2, set);
            }
            mean += probability(&shares, sequence) * dependence.ln_evidence().exp();
        });
        close(mean, 1.0, 1e-10);
    }

    #[test]
    fn only_what_follows_is_weighed() {
        let mut dependence = Dependence::new(&[0.5, 0.5, 0.0], 2);
        close(dependence.ln_evidence(), 0.0, 1e-15);
        dependence.record(0, 1);
        dependence.record(1, 1);
        close(dependence.ln_evidence(), 0.0, 1e-15);
        // The set with share 0 interrupts, and so does a doubt about the server.
        dependence.record(0, 2);
        dependence.record(0, 1);
        dependence.interrupt(1);
        dependence.record(1, 1);
        close(dependence.ln_evidence(), 0.0, 1e-15);
        dependence.record(1, 1);
        close(
            dependence.ln_evidence().exp(),
            (1.05 + 1.2 + 1.5) / 3.0,
            1e-12,
        );
        // A single set always repeats itself; that says nothing.
        let mut single = Dependence::new(&[1.0], 1);
        for _ in 0..1_000 {
            single.record(0, 0);
        }
        close(single.ln_evidence(), 0.0, 1e-12);
    }

    fn answers_to_note(sticky: f64, random: &mut impl FnMut() -> f64, at_most: u32) -> Option<u32> {
        let shares = [0.5, 0.5];
        let mut dependence = Dependence::new(&shares, 1);
        let mut set = 0;
        (0..at_most).find(|_| {
            if random() >= sticky {
                set = pick(&shares, random);
            }
            dependence.record(0, set);
            dependence.ln_evidence() >= 100_f64.ln()
        })
    }

    #[test]
    fn sticky_answers_are_noticed_and_independent_ones_are_not() {
        let mut random = random(11);
        let mut needed: Vec<u32> = (0..500)
            .map(|_| answers_to_note(0.2, &mut random, 100_000).expect("noticed"))
            .collect();
        needed.sort_unstable();
        assert!((200..=400).contains(&needed[250]), "{}", needed[250]);
        let wrong = (0..1_000)
            .filter(|_| answers_to_note(0.0, &mut random, 1_000).is_some())
            .count();
        assert!(wrong < 10, "{wrong} of 1000");
    }
}
