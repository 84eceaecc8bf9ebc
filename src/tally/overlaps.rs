//! The standing note about sets that cannot be told apart.

use crate::model::catalog::{Degree, Overlap};
use crate::model::record::WeightedGroup;
use crate::model::verdict::Inconclusive;

/// So many pairs are named; a hundred sets can have thousands.
const PAIRS: usize = 3;

/// Why the counts cannot be held against the declared shares: what cannot be told apart is counted for nobody, so the rest
/// has larger shares than it deserves.
pub(super) fn inconclusive(group: &WeightedGroup, overlaps: &[Overlap]) -> Option<Inconclusive> {
    let first = overlaps.first()?;
    let identifier = |set: usize| group.sets[set].identifier.clone();
    Some(Inconclusive::LookAlike {
        one: identifier(first.one),
        two: identifier(first.two),
        more_pairs: overlaps.len() - 1,
    })
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
