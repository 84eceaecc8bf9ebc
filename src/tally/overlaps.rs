//! The standing note about sets that cannot be told apart.

use crate::attribution::catalog::{Degree, Overlap};
use crate::model::record::WeightedGroup;

/// So many pairs are named; a hundred sets can have thousands.
const PAIRS: usize = 3;

/// Why the counts cannot be held against the declared shares: what cannot be told apart is counted for nobody, so the rest
/// has larger shares than it deserves.
pub(super) fn doubt(group: &WeightedGroup, overlaps: &[Overlap]) -> Option<String> {
    let first = overlaps.first()?;
    let (one, two) = (&group.sets[first.one], &group.sets[first.two]);
    let more = match overlaps.len() {
        1 => String::new(),
        pairs => format!(", and so can {} more pairs", pairs - 1),
    };
    Some(format!(
        "{} and {} can give the same answers{more}, which are then counted for neither",
        one.identifier, two.identifier
    ))
}

/// What is to be said; `None`: every answer can be told apart. `blind`: not one can.
pub(super) fn sentence(group: &WeightedGroup, overlaps: &[Overlap], blind: bool) -> Option<String> {
    if overlaps.is_empty() {
        return None;
    }
    if blind {
        return Some("no answer can be told apart: only the HTTP side is evidence".to_owned());
    }
    let name = |set: usize| group.sets[set].identifier.as_str();
    let pair = |overlap: &Overlap| {
        let (one, two) = (name(overlap.one), name(overlap.two));
        match (overlap.of_one, overlap.of_two) {
            (Degree::All, Degree::All) => {
                format!("{one} and {two} answer the same: all their answers are ambiguous")
            }
            (Degree::All, Degree::Some) => {
                format!("all answers of {one} could be {two}'s: they are ambiguous")
            }
            (Degree::Some, Degree::All) => {
                format!("all answers of {two} could be {one}'s: they are ambiguous")
            }
            (Degree::Some, Degree::Some) => format!(
                "{one} and {two} share {} of {} addresses: answers with only those are ambiguous",
                overlap.shared, overlap.addresses
            ),
        }
    };
    let mut pairs: Vec<String> = overlaps.iter().take(PAIRS).map(pair).collect();
    if overlaps.len() > PAIRS {
        pairs.push(format!("and {} more pairs", overlaps.len() - PAIRS));
    }
    Some(pairs.join("; "))
}
