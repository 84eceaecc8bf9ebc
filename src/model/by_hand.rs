//! What whoever watches a run changes about it while it goes on.

/// The fewest and the most queries a second.
const RATES: (u32, u32) = (1, 100);
/// Below this rate one more or less makes a difference; from it on ten do.
const BY_ONE_BELOW: u32 = 10;

/// A change of a run by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByHand {
    /// What is counted is counted anew, in a segment of its own with the same declared shares.
    CountAnew,
    /// So many queries a second are sent from now on.
    Rate(u32),
    /// HTTP requests are made from now on, or are not.
    Http(bool),
}

/// The next higher rate; the highest stays.
pub fn faster(rate: u32) -> u32 {
    let next = if rate < BY_ONE_BELOW {
        rate + 1
    } else {
        (rate / BY_ONE_BELOW + 1) * BY_ONE_BELOW
    };
    next.clamp(RATES.0, RATES.1)
}

/// The next lower rate; the lowest stays.
pub fn slower(rate: u32) -> u32 {
    let next = if rate <= BY_ONE_BELOW {
        rate.saturating_sub(1)
    } else {
        (rate - 1) / BY_ONE_BELOW * BY_ONE_BELOW
    };
    next.clamp(RATES.0, RATES.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(from: u32, step: fn(u32) -> u32) -> Vec<u32> {
        let next = |&rate: &u32| (step(rate) != rate).then(|| step(rate));
        std::iter::successors(Some(from), next).collect()
    }

    #[test]
    fn the_rate_goes_by_one_below_ten_and_by_ten_from_there_and_stays_within_its_bounds() {
        let up: Vec<u32> = (1..10).chain((10..=100).step_by(10)).collect();
        assert_eq!(steps(1, faster), up);
        let down: Vec<u32> = up.into_iter().rev().collect();
        assert_eq!(steps(100, slower), down);
    }

    #[test]
    fn a_rate_between_two_steps_goes_to_its_neighbours() {
        assert_eq!((faster(15), slower(15)), (20, 10));
        assert_eq!((faster(99), slower(99)), (100, 90));
    }
}
