//! Arithmetic on logarithms: sums of numbers too large to write down, and the logarithm of the gamma function.

/// ln(2 pi) / 2
const HALF_LN_2_PI: f64 = 0.918_938_533_204_672_8;
/// From here on the series of Stirling is as exact as the number format.
const STIRLING_FROM: f64 = 10.0;

/// ln of a sum of numbers that are given by their logarithms (log-sum-exp), collected one at a time.
///
/// Nothing overflows: only ratios to the largest number are exponentiated. The empty sum is 0, its logarithm minus
/// infinity; a plus infinity makes the sum infinite.
#[derive(Clone, Copy, Debug)]
pub struct LogSum {
    largest: f64,
    /// The sum divided by the largest number.
    scaled: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self {
            largest: f64::NEG_INFINITY,
            scaled: 0.0,
        }
    }
}

impl LogSum {
    /// Adds the number whose logarithm this is.
    pub fn add(&mut self, ln_number: f64) {
        if ln_number <= self.largest {
            // Infinity minus infinity is no number, and zero adds nothing.
            if ln_number > f64::NEG_INFINITY && self.largest < f64::INFINITY {
                self.scaled += (ln_number - self.largest).exp();
            }
        } else {
            self.scaled = self.scaled * (self.largest - ln_number).exp() + 1.0;
            self.largest = ln_number;
        }
    }

    /// ln of the sum.
    pub fn ln(&self) -> f64 {
        if self.largest.is_finite() {
            self.largest + self.scaled.ln()
        } else {
            self.largest
        }
    }
}

/// ln of the gamma function for a number above 0.
pub fn ln_gamma(number: f64) -> f64 {
    if number < STIRLING_FROM {
        libm::lgamma(number)
    } else {
        (number - 0.5) * number.ln() - number + HALF_LN_2_PI + stirling_rest(number)
    }
}

/// ln of a growth of the gamma function from a fixed start, set against plain powers so that large numbers cancel
/// before they are rounded:
///
/// `lnG(start + steps) - lnG(start) - steps ln(scale) + steps`
///
/// The terms of a Dirichlet-multinomial are some 10^10 at 10^9 answers, and their sum may be 5. With the scale near
/// `start + steps` this form is of the order of `start`, and its error near `1e-16 * steps`.
#[derive(Clone, Copy, Debug)]
pub struct LnGrowth {
    start: f64,
    ln_gamma_start: f64,
    start_less_half: f64,
    /// All that depends neither on the steps nor on the scale, in the form for large numbers.
    fixed: f64,
}

impl LnGrowth {
    /// From this start on, a number above 0.
    pub fn from(start: f64) -> Self {
        let ln_gamma_start = ln_gamma(start);
        Self {
            start,
            ln_gamma_start,
            start_less_half: start - 0.5,
            fixed: HALF_LN_2_PI - start - ln_gamma_start,
        }
    }

    /// The growth by `steps` >= 0, not necessarily whole, against a scale above 0.
    pub fn by(&self, steps: f64, scale: &Scale) -> f64 {
        let end = self.start + steps;
        if end < STIRLING_FROM {
            return libm::lgamma(end) - self.ln_gamma_start - steps * scale.ln + steps;
        }
        (end - 0.5) * (end * scale.inverse).ln()
            + self.start_less_half * scale.ln
            + self.fixed
            + stirling_rest(end)
    }
}

/// A number above 0 to set growths against, prepared for several of them.
#[derive(Clone, Copy, Debug)]
pub struct Scale {
    inverse: f64,
    pub ln: f64,
}

impl Scale {
    /// Takes the number, and its logarithm where that is known already.
    pub fn new(number: f64, ln: f64) -> Self {
        Self {
            inverse: 1.0 / number,
            ln,
        }
    }
}

/// What the gamma function has beyond `sqrt(2 pi / x) (x / e)^x`, as a logarithm: Stirling's series, exact to 1e-14
/// from 10 on. Source: NIST Digital Library of Mathematical Functions, 5.11.1.
fn stirling_rest(number: f64) -> f64 {
    let inverse = 1.0 / number;
    let square = inverse * inverse;
    if number > 1_000.0 {
        return inverse * (1.0 / 12.0 + square * (-1.0 / 360.0));
    }
    inverse
        * (1.0 / 12.0
            + square
                * (-1.0 / 360.0
                    + square * (1.0 / 1260.0 + square * (-1.0 / 1680.0 + square / 1188.0))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sums_of_huge_and_tiny_numbers() {
        let sum = |numbers: &[f64]| {
            let mut sum = LogSum::default();
            for &number in numbers {
                sum.add(number);
            }
            sum.ln()
        };
        assert!(sum(&[]) == f64::NEG_INFINITY && sum(&[f64::NEG_INFINITY]) == f64::NEG_INFINITY);
        assert!(sum(&[0.0, f64::INFINITY, 1.0, f64::INFINITY]) == f64::INFINITY);
        assert!((sum(&[0.0, f64::NEG_INFINITY, 0.0]) - 2f64.ln()).abs() < 1e-15);
        assert!((sum(&[-5000.0, -5000.0]) - (2f64.ln() - 5000.0)).abs() < 1e-12);
        assert!(
            (sum(&[5000.0, -5000.0, 5001.0]) - (5001.0 + (1.0 + (-1f64).exp()).ln())).abs() < 1e-12
        );
    }

    proptest! {
        #[test]
        fn log_gamma_agrees_with_the_library(number in 1e-6..1e6f64) {
            let expected = libm::lgamma(number);
            prop_assert!((ln_gamma(number) - expected).abs() <= 1e-13 * expected.abs().max(1.0));
        }

        #[test]
        fn growth_agrees_with_the_library(start in 0.2..1e4f64, steps in 0.0..1e5f64, scale in 0.1..1e5f64) {
            let grown = LnGrowth::from(start).by(steps, &Scale::new(scale, scale.ln()));
            let expected = libm::lgamma(start + steps) - libm::lgamma(start) - steps * scale.ln() + steps;
            prop_assert!((grown - expected).abs() <= 1e-9, "{} against {}", grown, expected);
        }
    }
}
