//! Are successive numbers alike? Where they are, one a second says as much as all of them.

use std::time::Duration;

use crate::model::share::as_f64;

/// Successive numbers are alike when their correlation is above this.
const ALIKE: f64 = 0.2;
/// They no longer are below this: near the limit nothing is to go back and forth.
const UNLIKE: f64 = 0.1;
/// Of fewer pairs nobody knows, and they are taken to be alike.
const FEWEST_PAIRS: u64 = 20;

/// The first of each second.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct OneASecond {
    newest: Option<u64>,
}

impl OneASecond {
    /// Whether what came at that time since the start of the run is the first of its second.
    pub(super) fn is_first(&mut self, at: Duration) -> bool {
        let second = at.as_secs();
        let is_first = self.newest.is_none_or(|newest| newest < second);
        if is_first {
            self.newest = Some(second);
        }
        is_first
    }
}

/// Each number beside the one before it: what a correlation takes. Running means lose nothing to rounding. Source: Barry
/// Welford, "Note on a method for calculating corrected sums of squares and products" (1962).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Successive {
    before: Option<f64>,
    pairs: u64,
    are_unlike: bool,
    means: [f64; 2],
    /// Sums of squares about the means, and of products.
    squares: [f64; 2],
    products: f64,
}

impl Successive {
    pub(super) fn add(&mut self, number: f64) {
        let Some(before) = self.before.replace(number) else {
            return;
        };
        self.pairs += 1;
        let pairs = as_f64(self.pairs);
        let (off_before, off) = (before - self.means[0], number - self.means[1]);
        self.means[0] += off_before / pairs;
        self.means[1] += off / pairs;
        self.squares[0] += off_before * (before - self.means[0]);
        self.squares[1] += off * (number - self.means[1]);
        self.products += off_before * (number - self.means[1]);
        if self.pairs >= FEWEST_PAIRS {
            let limit = if self.are_unlike { ALIKE } else { UNLIKE };
            self.are_unlike = self.correlation() <= limit;
        }
    }

    /// Whether they are alike, as far as is known.
    pub(super) fn are_alike(&self) -> bool {
        !self.are_unlike
    }

    /// From -1 to 1; 0 where nothing varies.
    fn correlation(&self) -> f64 {
        let spread = (self.squares[0] * self.squares[1]).sqrt();
        if spread > 0.0 {
            self.products / spread
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::close;

    #[test]
    fn numbers_are_alike_until_enough_of_them_are_seen_not_to_be() {
        let mut successive = Successive::default();
        for number in 0..20 {
            successive.add(f64::from(number % 2));
            assert!(successive.are_alike());
        }
        successive.add(0.0);
        assert!(!successive.are_alike());
        // A long time at one of two levels, then at the other one.
        for number in 0..200 {
            successive.add(f64::from(number / 100));
        }
        assert!(successive.are_alike());
    }

    #[test]
    fn the_correlation_of_successive_numbers() {
        let of = |numbers: &[f64]| {
            let mut successive = Successive::default();
            for &number in numbers {
                successive.add(number);
            }
            successive.correlation()
        };
        close(of(&[]), 0.0, 0.0);
        close(of(&[3.0, 3.0, 3.0]), 0.0, 0.0);
        close(of(&[1.0, 2.0, 3.0, 4.0]), 1.0, 1e-12);
        close(of(&[1e9, 1e9 + 1.0, 1e9, 1e9 + 1.0]), -1.0, 1e-12);
        // Pairs (1, 3), (3, 2), (2, 5): by hand.
        close(
            of(&[1.0, 3.0, 2.0, 5.0]),
            -1.0 / (2.0 * 14.0 / 3.0_f64).sqrt(),
            1e-12,
        );
    }
}
