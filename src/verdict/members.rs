//! The sets of a segment together with those of the segment before: one list in which answers of both have a place.

use std::collections::VecDeque;

use crate::model::index::SetIndex;
use crate::model::verdict::Excluded;

use super::input::Declaration;

/// So many declarations are remembered, for answers that were under way when they ended.
const KNOWN: usize = 8;

/// First the declared sets in their order, then those that only the declaration before had, and last one place for
/// answers of sets that are in neither. What is not declared has the share 0.
#[derive(Clone, Debug)]
pub struct Members {
    keys: Vec<u64>,
    identifiers: Vec<String>,
    /// The shares before; `None` in the first segment.
    pub old: Option<Vec<f64>>,
    /// The shares now.
    pub new: Vec<f64>,
    /// By segment, the key of each set: the newest declarations, oldest first.
    known: VecDeque<(u64, Vec<u64>)>,
}

impl Members {
    pub fn first(declaration: &Declaration) -> Self {
        Self::build(declaration, None, VecDeque::new())
    }

    /// Those of the next segment.
    pub fn next(&self, before: &Declaration, declaration: &Declaration) -> Self {
        Self::build(declaration, Some(before), self.known.clone())
    }

    /// Takes a declaration that has another number and maybe other names, but the same sets and shares.
    pub fn rename(&mut self, declaration: &Declaration) {
        for (name, set) in self.identifiers.iter_mut().zip(&declaration.sets) {
            name.clone_from(&set.identifier);
        }
        remember(&mut self.known, declaration);
    }

    /// Takes the shares of the same sets that are known for the first time.
    pub fn complete(&mut self, declaration: &Declaration) {
        self.new = declaration.shares();
        self.new.resize(self.keys.len() + 1, 0.0);
    }

    fn build(
        declaration: &Declaration,
        before: Option<&Declaration>,
        mut known: VecDeque<(u64, Vec<u64>)>,
    ) -> Self {
        remember(&mut known, declaration);
        let mut keys: Vec<u64> = declaration.sets.iter().map(|set| set.key).collect();
        let names = declaration.sets.iter().map(|set| set.identifier.clone());
        let mut identifiers: Vec<String> = names.collect();
        for set in before.iter().flat_map(|before| &before.sets) {
            if set.share > 0.0 && !keys.contains(&set.key) {
                keys.push(set.key);
                identifiers.push(set.identifier.clone());
            }
        }
        let mut new = declaration.shares();
        new.resize(keys.len() + 1, 0.0);
        let old = before.map(|before| {
            let mut old = vec![0.0; keys.len() + 1];
            for (set, share) in before.sets.iter().zip(before.shares()) {
                if let Some(place) = keys.iter().position(|&key| key == set.key) {
                    old[place] = share;
                }
            }
            old
        });
        Self {
            keys,
            identifiers,
            old,
            new,
            known,
        }
    }

    /// The key of a set as a segment named it; `None` when that segment is not known.
    pub fn key(&self, segment: u64, set: SetIndex) -> Option<u64> {
        let (_, keys) = self.known.iter().rev().find(|known| known.0 == segment)?;
        keys.get(set.get()).copied()
    }

    /// The place of a key.
    pub fn place(&self, key: u64) -> usize {
        let place = self.keys.iter().position(|&known| known == key);
        place.unwrap_or(self.keys.len())
    }

    /// The place of answers that belong to no set of either.
    pub fn nowhere(&self) -> usize {
        self.keys.len()
    }

    /// Why the answers of the set at a place with the share 0 are excluded. Those that only the declaration before had
    /// stand behind the declared ones, under the same identifier if their value was replaced.
    pub fn why_excluded(&self, place: usize) -> Excluded {
        let declared = self.known.back().map_or(0, |(_, keys)| keys.len());
        match self.identifiers.get(place) {
            Some(_) if place < declared => Excluded::NoShare,
            Some(name) if self.identifiers[..declared].contains(name) => Excluded::Replaced,
            _ => Excluded::Removed,
        }
    }

    /// The identifier at a place; `None` for sets that are neither in this nor in the segment before.
    pub fn identifier(&self, place: usize) -> Option<&str> {
        self.identifiers.get(place).map(String::as_str)
    }
}

fn remember(known: &mut VecDeque<(u64, Vec<u64>)>, declaration: &Declaration) {
    let keys = declaration.sets.iter().map(|set| set.key).collect();
    known.push_back((declaration.segment, keys));
    while known.len() > KNOWN {
        known.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::super::input::DeclaredSet;
    use super::*;

    fn declaration(segment: u64, sets: &[(u64, f64)]) -> Declaration {
        let set = |&(key, share): &(u64, f64)| DeclaredSet {
            identifier: format!("set-{key}"),
            key,
            share,
        };
        Declaration {
            segment,
            sets: sets.iter().map(set).collect(),
            inconclusive: None,
        }
    }

    #[test]
    fn sets_of_both_segments_have_a_place() {
        let one = declaration(1, &[(10, 0.5), (20, 0.5), (25, 0.0)]);
        let two = declaration(2, &[(30, 0.2), (20, 0.8)]);
        let members = Members::first(&one).next(&one, &two);
        assert_eq!(members.new, [0.2, 0.8, 0.0, 0.0]);
        assert_eq!(members.old, Some(vec![0.0, 0.5, 0.5, 0.0]));
        // The first set of segment 1 is the third now, and both still know its name.
        let place = members.place(members.key(1, 0.into()).expect("known"));
        assert_eq!((place, members.identifier(place)), (2, Some("set-10")));
        // One that was never served before and is not declared now has the last place.
        assert_eq!(members.place(25), 3);
        assert_eq!(members.identifier(3), None);
        assert_eq!(members.key(7, 0.into()), None);
    }

    #[test]
    fn a_set_without_a_share_one_with_another_value_and_one_that_is_gone_are_told_apart() {
        use Excluded::{NoShare, Removed, Replaced};
        let mut one = declaration(1, &[(10, 0.4), (20, 0.3), (25, 0.3)]);
        let mut two = declaration(2, &[(30, 1.0), (20, 0.0)]);
        one.sets[0].identifier = "blue".into();
        two.sets[0].identifier = "blue".into();
        let members = Members::first(&one).next(&one, &two);
        let why = [20, 10, 25, 99].map(|key| members.why_excluded(members.place(key)));
        assert_eq!(why, [NoShare, Replaced, Removed, Removed]);
    }

    #[test]
    fn no_weight_at_all_is_an_even_split() {
        let members = Members::first(&declaration(1, &[(1, 0.0), (2, 0.0), (3, 0.0), (4, 0.0)]));
        assert_eq!(members.new, [0.25, 0.25, 0.25, 0.25, 0.0]);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut members = Members::first(&declaration(0, &[(1, 1.0)]));
        for segment in 1..100 {
            members.rename(&declaration(segment, &[(1, 1.0)]));
        }
        assert_eq!(members.known.len(), KNOWN);
        assert_eq!(
            (members.key(0, 0.into()), members.key(99, 0.into())),
            (None, Some(1))
        );
    }
}
