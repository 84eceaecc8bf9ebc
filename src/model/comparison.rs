//! How two sides compare over HTTP: what is compared, between which values it lies for each, and what follows.

use super::index::SetIndex;
use super::words::words;

words! {
    /// What is compared of two sides, the most telling first. Less of it is better.
    pub enum Measure {
        /// The part of the requests that failed, 0 to 1.
        Errors = "errors",
        /// Half of the responses took at most so many seconds.
        P50 = "p50",
        /// 95 % of them did.
        P95 = "p95",
        /// 99 % of them did.
        P99 = "p99",
    }
}

impl Measure {
    /// The measure's place in [`Measure::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// Which quantile of the times it is; `None`: it is none.
    pub fn quantile(self) -> Option<f64> {
        match self {
            Self::Errors => None,
            Self::P50 => Some(0.5),
            Self::P95 => Some(0.95),
            Self::P99 => Some(0.99),
        }
    }
}

words! {
    /// What the bounds of one side say beside those of another.
    pub enum Comparison {
        /// The one is worse than the other by more than the margin.
        Worse = "worse",
        /// The one is not worse by more than the margin.
        NoWorse = "no_worse",
        /// Neither is proven.
        Undecided = "undecided",
    }
}

/// Between which values something lies, however often one looks: a part of the requests, or seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The lower end.
    pub low: f64,
    /// The upper end; infinite as long as nothing is known.
    pub high: f64,
    /// Successive requests are alike, or too few to tell, so one a second is counted.
    pub one_a_second: bool,
}

/// The bounds of one side, in the order of [`Measure::ALL`].
pub type SideBounds = [Bounds; Measure::ALL.len()];

/// What came of each measure, in the order of [`Measure::ALL`].
pub type Measures = [Compared; Measure::ALL.len()];

/// One side beside another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SideComparison {
    /// The set that is asked about.
    pub one: SetIndex,
    /// The set that it is held against.
    pub other: SetIndex,
    /// Whether that is the old side. Whoever moves away from it wants to know what is worse than it; that it is worse itself is
    /// no reason to worry.
    pub against_old: bool,
    /// By measure, in the order of [`Measure::ALL`].
    pub measures: Measures,
}

/// One measure of two sides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Compared {
    /// What follows.
    pub outcome: Comparison,
    /// Where it lies for the one.
    pub one: Bounds,
    /// Where it lies for the other.
    pub other: Bounds,
}

impl Compared {
    /// Whether one request a second is counted of a side, because successive ones are alike.
    pub fn one_a_second(&self) -> bool {
        self.one.one_a_second || self.other.one_a_second
    }
}

impl SideComparison {
    /// Worse in anything, no worse in everything, or else undecided.
    pub fn outcome(&self) -> Comparison {
        let is = |outcome| move |measure: &Compared| measure.outcome == outcome;
        if self.measures.iter().any(is(Comparison::Worse)) {
            Comparison::Worse
        } else if self.measures.iter().all(is(Comparison::NoWorse)) {
            Comparison::NoWorse
        } else {
            Comparison::Undecided
        }
    }
}

/// Those in which the one is worse.
pub fn worse(measures: &Measures) -> impl Iterator<Item = (Measure, &Compared)> {
    let each = Measure::ALL.into_iter().zip(measures);
    each.filter(|(_, compared)| compared.outcome == Comparison::Worse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_worse_in_anything_and_no_worse_in_everything() {
        use Comparison::{NoWorse, Undecided, Worse};
        let bounds = Bounds {
            low: 0.0,
            high: 1.0,
            one_a_second: false,
        };
        let compared = |outcome| Compared {
            outcome,
            one: bounds,
            other: bounds,
        };
        for (outcomes, expected) in [
            ([NoWorse, NoWorse, NoWorse, NoWorse], NoWorse),
            ([NoWorse, NoWorse, NoWorse, Undecided], Undecided),
            ([NoWorse, Undecided, Worse, NoWorse], Worse),
        ] {
            let sides = SideComparison {
                one: 1.into(),
                other: 0.into(),
                against_old: true,
                measures: outcomes.map(compared),
            };
            assert_eq!(sides.outcome(), expected);
            assert_eq!(
                worse(&sides.measures).count(),
                usize::from(expected == Worse)
            );
        }
    }

    #[test]
    fn every_measure_stands_at_its_own_index() {
        for (index, measure) in Measure::ALL.into_iter().enumerate() {
            assert_eq!(measure.index(), index);
        }
    }
}
