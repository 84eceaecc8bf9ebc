//! What the tests of this room share.

use crate::model::share::declared_shares;
use crate::stats::evidence::Declared;
pub use crate::stats::random::random;

/// The declaration that these weights make.
pub fn declared(weights: &[u64]) -> Declared {
    Declared::new(&declared_shares(weights))
}

/// A set picked at random by its share.
pub fn pick(shares: &[f64], random: &mut impl FnMut() -> f64) -> usize {
    let mut left = random();
    for (set, &share) in shares.iter().enumerate() {
        if left < share {
            return set;
        }
        left -= share;
    }
    // Rounding: the last set that can come at all.
    shares
        .iter()
        .rposition(|&share| share > 0.0)
        .expect("some share is above 0")
}

/// Calls back with every sequence of that many answers over that many sets.
pub fn sequences(sets: usize, answers: u32, mut each: impl FnMut(&[usize])) {
    for number in 0..sets.pow(answers) {
        let mut rest = number;
        let sequence: Vec<usize> = (0..answers)
            .map(|_| {
                let set = rest % sets;
                rest /= sets;
                set
            })
            .collect();
        each(&sequence);
    }
}

/// How probable a sequence is.
pub fn probability(shares: &[f64], sequence: &[usize]) -> f64 {
    sequence.iter().map(|&set| shares[set]).product()
}

/// How often each set came in a sequence.
pub fn counts(sets: usize, sequence: &[usize]) -> Vec<u64> {
    let mut counts = vec![0; sets];
    for &set in sequence {
        counts[set] += 1;
    }
    counts
}

/// The exact chance that, of two sets with these shares served, something holds for the counts for the first time
/// after the n-th answer; n is the place in the result. Looks after every answer.
pub fn first_time(served: [f64; 2], answers: u64, holds: impl Fn(&[u64]) -> bool) -> Vec<f64> {
    // By the count of the second set: the chance to be there without its ever having held.
    let mut waiting = vec![1.0];
    let mut chances = vec![0.0];
    for answer in 1..=answers {
        let mut next = vec![0.0; waiting.len() + 1];
        for (place, chance) in waiting
            .iter()
            .enumerate()
            .filter(|&(_, &chance)| chance > 1e-14)
        {
            next[place] += chance * served[0];
            next[place + 1] += chance * served[1];
        }
        let mut now = 0.0;
        for (second, chance) in (0..).zip(&mut next).filter(|(_, chance)| **chance > 0.0) {
            if holds(&[answer - second, second]) {
                now += std::mem::take(chance);
            }
        }
        chances.push(now);
        waiting = next;
    }
    chances
}

/// Both numbers are the same up to this much.
pub fn close(one: f64, two: f64, tolerance: f64) {
    assert!(
        (one - two).abs() <= tolerance,
        "{one} against {two}, off by {:e}",
        one - two
    );
}
