//! How the sides compare over HTTP: which of it is told, and in what numbers. `words/comparison.rs` has the words.

use std::time::Duration;

use crate::model::comparison::{
    Bounds, Compared, Comparison, Measure, Measures, SideComparison, worse as worse_in,
};
use crate::model::text::visible;
use crate::snapshot::{Segment, Set, Snapshot};

use super::words::comparison as words;
use super::{fit, format};

/// So many pairs are told at the most; a hundred sets have many.
const MOST: usize = 6;
/// The longest name of a set in a table.
const LABEL: usize = 16;

/// The pairs of a segment that are worth telling, those in which a side is worse first: one direction of each, and the other
/// one only where it is worse.
pub fn told(segment: &Segment) -> Vec<&SideComparison> {
    let is_worse = |it: &SideComparison| it.outcome() == Comparison::Worse;
    let all = &segment.comparisons;
    let is_first = |place: usize, it: &SideComparison| {
        let mut before = all[..place].iter();
        !before.any(|other| (other.other, other.one) == (it.one, it.other))
    };
    let meant = all.iter().enumerate();
    let meant = meant.filter(|(place, it)| is_worse(it) || is_first(*place, it));
    sorted(meant.map(|(_, it)| it).collect())
}

/// What a set is beside others, those first that it is worse than.
pub fn of_set(segment: &Segment, set: usize) -> Vec<&SideComparison> {
    let all = segment.comparisons.iter();
    sorted(all.filter(|it| it.one.get() == set).collect())
}

fn sorted(mut pairs: Vec<&SideComparison>) -> Vec<&SideComparison> {
    pairs.sort_by_key(|it| it.outcome() != Comparison::Worse);
    pairs.truncate(MOST);
    pairs
}

/// The sets of a segment that have a share and are worse than the old side, with that.
pub fn worse(segment: &Segment) -> Vec<(&Set, &Set, &SideComparison)> {
    let all = segment.comparisons.iter();
    let worse = all.filter(|it| it.against_old && it.outcome() == Comparison::Worse);
    let named = worse.filter_map(|it| {
        let set = segment.sets.get(it.one.get())?;
        let than = segment.sets.get(it.other.get())?;
        Some((set, than, it))
    });
    named.filter(|(set, ..)| set.declared_share > 0.0).collect()
}

/// The sets in force that are worse than others, each in a sentence with its bounds.
pub fn warnings(snapshot: &Snapshot) -> Vec<String> {
    let found = snapshot.current().map(worse).unwrap_or_default();
    let found = found.into_iter().take(MOST);
    let sentence = |(set, than, it): (&Set, &Set, &SideComparison)| {
        sentence(&set.identifier, &than.identifier, &it.measures)
    };
    found
        .map(|it| visible(&sentence(it)).into_owned())
        .collect()
}

/// A side that is worse than another, with the bounds of both.
pub fn sentence(set: &str, than: &str, measures: &Measures) -> String {
    let parts = worse_in(measures).map(|(measure, it)| {
        let [one, other] = [it.one, it.other].map(|bounds| cell(measure, bounds));
        words::in_what(words::measure(measure), set, &one, than, &other)
    });
    let mut parts: Vec<String> = parts.collect();
    let is_thinned = worse_in(measures).any(|(_, it)| it.one_a_second());
    parts.extend(is_thinned.then(|| words::ONE_A_SECOND.to_owned()));
    words::worse(set, than, &parts.join("; "))
}

/// The first side that is worse, in a few words; how many more there are is not told.
pub fn in_short(snapshot: &Snapshot) -> Option<String> {
    let (set, than, it) = *snapshot.current().map(worse)?.first()?;
    let measures: Vec<&str> = worse_in(&it.measures)
        .map(|(what, _)| words::measure(what))
        .collect();
    let [set, than] = [set, than].map(label);
    Some(words::worse_short(&set, &than, &measures.join(", ")))
}

/// The same in as few words as a chip has room for.
pub fn chip(snapshot: &Snapshot) -> Option<String> {
    let (set, _, it) = *snapshot.current().map(worse)?.first()?;
    let (measure, _) = worse_in(&it.measures).next()?;
    Some(words::worse_chip(&label(set), words::measure(measure)))
}

/// A row for each measure of some pairs, behind what the pair is called.
pub fn rows<'a>(
    pairs: &[&'a SideComparison],
    called: impl Fn(&'a SideComparison) -> String,
) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for pair in pairs {
        for (measure, it) in Measure::ALL.into_iter().zip(&pair.measures) {
            rows.push(vec![
                called(pair),
                words::measure(measure).to_owned(),
                words::outcome(it.outcome).to_owned(),
                cell(measure, it.one),
                cell(measure, it.other),
            ]);
        }
    }
    rows
}

/// Each measure of a pair with what came of it, in words, the other set by its name.
pub fn lines(pair: &SideComparison, other: &Set) -> Vec<(&'static str, String)> {
    let each = Measure::ALL.into_iter().zip(&pair.measures);
    let line = |(measure, it): (Measure, &Compared)| {
        let [one, of_other] = [it.one, it.other].map(|bounds| cell(measure, bounds));
        let outcome = words::outcome(it.outcome);
        let line = words::beside(outcome, &one, &label(other), &of_other);
        let thinned = it.one_a_second().then(|| words::THINNED.to_owned());
        let parts: Vec<String> = std::iter::once(line).chain(thinned).collect();
        (words::measure(measure), parts.join("; "))
    };
    each.map(line).collect()
}

/// Whether of any pair one request a second is counted.
pub fn is_thinned(pairs: &[&SideComparison]) -> bool {
    let mut measures = pairs.iter().flat_map(|pair| &pair.measures);
    measures.any(Compared::one_a_second)
}

/// The name of a set as a table has room for it.
pub fn label(set: &Set) -> String {
    fit::cut_middle(&visible(&set.identifier), LABEL)
}

/// Between which values something lies.
fn cell(measure: Measure, bounds: Bounds) -> String {
    let number = |number: f64| match measure.quantile() {
        None => format::percent(number),
        Some(_) => format::latency(Duration::try_from_secs_f64(number).unwrap_or_default()),
    };
    if bounds.high.is_finite() {
        words::between(&number(bounds.low), &number(bounds.high))
    } else if bounds.low > 0.0 {
        words::above(&number(bounds.low))
    } else {
        super::words::NOTHING.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn a_pair_is_told_once_and_the_other_way_round_only_where_that_is_worse() {
        let snapshot = samples::slower();
        let mut segment = snapshot.current().expect("one").clone();
        let pairs = |segment: &Segment| {
            let pair = |it: &&SideComparison| (it.one.get(), it.other.get());
            told(segment).iter().map(pair).collect::<Vec<_>>()
        };
        assert_eq!(segment.comparisons.len(), 2);
        assert_eq!(pairs(&segment), [(1, 0)]);
        segment.comparisons[1].measures[0].outcome = Comparison::Worse;
        assert_eq!(pairs(&segment), [(1, 0), (0, 1)]);
        segment.comparisons[0]
            .measures
            .iter_mut()
            .for_each(|it| it.outcome = Comparison::NoWorse);
        assert_eq!(pairs(&segment), [(0, 1), (1, 0)]);
    }

    #[test]
    fn a_set_without_a_share_is_no_reason_to_worry() {
        let mut snapshot = samples::slower();
        assert_eq!(warnings(&snapshot).len(), 1);
        assert!(in_short(&snapshot).is_some() && chip(&snapshot).is_some());
        snapshot.segment_mut(0).sets[1].declared_share = 0.0;
        assert!(warnings(&snapshot).is_empty());
        assert!(in_short(&snapshot).is_none() && chip(&snapshot).is_none());
    }

    #[test]
    fn bounds_say_what_is_known() {
        let bounds = |low, high| Bounds {
            low,
            high,
            one_a_second: false,
        };
        assert_eq!(cell(Measure::P95, bounds(0.118, 0.131)), "118ms to 131ms");
        assert_eq!(
            cell(Measure::P95, bounds(0.118, f64::INFINITY)),
            "above 118ms"
        );
        assert_eq!(cell(Measure::P99, bounds(0.0, f64::INFINITY)), "-");
        assert_eq!(cell(Measure::Errors, bounds(0.0, 0.0214)), "0.0% to 2.1%");
    }
}
