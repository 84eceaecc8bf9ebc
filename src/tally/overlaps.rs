//! The standing notice of sets that cannot be told apart.

use crate::attribution::catalog::{Degree, MOST_ADDRESSES, Overlap};
use crate::model::index::SetIndex;
use crate::model::notice::{LookAlike, Lost, Notice};
use crate::model::record::WeightedGroup;
use crate::model::verdict::Inconclusive;

/// So many pairs are named; a hundred sets can have thousands.
const PAIRS: usize = 3;

/// Why the counts cannot be held against the declared shares: what cannot be told apart is counted for nobody, so the rest
/// has larger shares than it deserves.
pub(super) fn inconclusive(group: &WeightedGroup, overlaps: &[Overlap]) -> Option<Inconclusive> {
    let first = overlaps.first()?;
    let identifier = |set: SetIndex| group.sets[set.get()].identifier.clone();
    Some(Inconclusive::LookAlike {
        one: identifier(first.one),
        two: identifier(first.two),
        more_pairs: overlaps.len() - 1,
    })
}

/// The notice of targets with more addresses than are kept, of these sets.
pub(super) fn full(group: &WeightedGroup, sets: &[SetIndex]) -> Option<Notice> {
    let identifier = |set: &SetIndex| group.sets[set.get()].identifier.clone();
    (!sets.is_empty()).then(|| Notice::PoolsFull {
        sets: sets.iter().take(PAIRS).map(identifier).collect(),
        more: sets.len().saturating_sub(PAIRS),
        kept: MOST_ADDRESSES,
    })
}

/// What has to be known; `None`: every answer can be told apart. `blind`: not one can.
pub(super) fn notice(group: &WeightedGroup, overlaps: &[Overlap], blind: bool) -> Option<Notice> {
    if overlaps.is_empty() {
        return None;
    }
    if blind {
        return Some(Notice::NothingApart);
    }
    let pair = |overlap: &Overlap| {
        let (one, two, lost) = match (overlap.of_one, overlap.of_two) {
            (Degree::All, Degree::All) => (overlap.one, overlap.two, Lost::All),
            (Degree::All, Degree::Some) => (overlap.one, overlap.two, Lost::AllOfOne),
            (Degree::Some, Degree::All) => (overlap.two, overlap.one, Lost::AllOfOne),
            (Degree::Some, Degree::Some) => {
                let (shared, addresses) = (overlap.shared, overlap.addresses);
                (overlap.one, overlap.two, Lost::Shared { shared, addresses })
            }
        };
        let identifier = |set: SetIndex| group.sets[set.get()].identifier.clone();
        let (one, two) = (identifier(one), identifier(two));
        LookAlike { one, two, lost }
    };
    Some(Notice::LookAlike {
        pairs: overlaps.iter().take(PAIRS).map(pair).collect(),
        more: overlaps.len().saturating_sub(PAIRS),
    })
}
