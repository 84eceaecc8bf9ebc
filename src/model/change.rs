//! What has changed between two readings of a weighted group, as values: what was, and what is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::health::SetHealth;
use super::record::{Target, WeightedGroup};
use super::share::Level;

/// Why a segment began.
#[derive(Clone, Debug, PartialEq)]
pub enum Cause {
    /// The run began.
    Start,
    /// The declared configuration changed.
    Changed(Arc<[Change]>),
    /// Whoever watches had counting begin anew; nothing else changed.
    ByHand,
}

/// One change of the declared configuration. `set` is the identifier of a set; below an alias the identifiers that lead to
/// it, joined by " > ".
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A set or a branch came.
    Added {
        /// Which.
        set: String,
        /// Its weight, 0 to 255.
        weight: u64,
    },
    /// A weight changed.
    Weight {
        /// Of which set or branch.
        set: String,
        /// 0 to 255.
        from: u64,
        /// 0 to 255.
        to: u64,
    },
    /// A set or a branch went.
    Removed {
        /// Which.
        set: String,
    },
    /// A set answers with something else.
    Target {
        /// Which.
        set: String,
        /// What it answered with.
        from: Target,
        /// What it answers with.
        to: Target,
    },
    /// A set counts as healthy and did not, or the other way round.
    Health {
        /// Which.
        set: String,
        /// What was known.
        from: SetHealth,
        /// What is known.
        to: SetHealth,
    },
    /// The record is no longer weighted.
    Replaced {
        /// What stands there instead, in a few words.
        found: String,
    },
    /// It is weighted again: the sets follow as added.
    WeightedAgain,
    /// Something above a set has changed: the health of a branch.
    Share {
        /// Which.
        set: String,
        /// The declared share, 0 to 1.
        from: f64,
        /// The declared share, 0 to 1.
        to: f64,
    },
}

/// A new TTL of a set; an alias has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TtlChange {
    /// The identifier of the set.
    pub set: String,
    /// What it was.
    pub from: Option<Duration>,
    /// What it is.
    pub to: Option<Duration>,
}

impl WeightedGroup {
    /// How the TTLs of the same members have changed.
    pub fn ttl_changes_since(&self, before: &Self) -> Vec<TtlChange> {
        let pairs = self.sets.iter().zip(&before.sets);
        pairs
            .filter(|(set, old)| set.ttl != old.ttl)
            .map(|(set, old)| TtlChange {
                set: set.identifier.clone(),
                from: old.ttl,
                to: set.ttl,
            })
            .collect()
    }

    /// What has changed from `before` to this group.
    pub fn changes_since(&self, before: &Self) -> Vec<Change> {
        match (&self.replaced_by, &before.replaced_by) {
            (Some(found), _) => {
                let found = found.clone();
                return vec![Change::Replaced { found }];
            }
            (None, Some(_)) => {
                let added = self.levels().into_iter().map(|(set, level)| Change::Added {
                    set,
                    weight: level.weight,
                });
                return [Change::WeightedAgain].into_iter().chain(added).collect();
            }
            (None, None) => {}
        }
        let mut changes = self.level_changes_since(before);
        for set in &self.sets {
            let mut same = before.sets.iter();
            let Some(old) = same.find(|old| old.identifier == set.identifier) else {
                continue;
            };
            if !old.target.same_as(&set.target) {
                changes.push(Change::Target {
                    set: set.identifier.clone(),
                    from: old.target.clone(),
                    to: set.target.clone(),
                });
            }
            if old.health.counts_as_healthy() != set.health.counts_as_healthy() {
                changes.push(Change::Health {
                    set: set.identifier.clone(),
                    from: old.health,
                    to: set.health,
                });
            }
        }
        if changes.is_empty() {
            let moved = self.sets.iter().zip(&before.sets);
            let moved = moved.filter(|(set, old)| set.share != old.share);
            changes.extend(moved.map(|(set, old)| Change::Share {
                set: set.identifier.clone(),
                from: old.share.value,
                to: set.share.value,
            }));
        }
        changes
    }

    /// Whether this is `before` with nothing more than health checks that were read for the first time.
    pub fn completes(&self, before: &Self) -> bool {
        let first_read = |change: &Change| {
            matches!(
                change,
                Change::Share { .. }
                    | Change::Health {
                        from: SetHealth::NotRead,
                        ..
                    }
            )
        };
        before.checks.is_partial() && self.changes_since(before).iter().all(first_read)
    }

    /// Members and branches that came, went or have another weight.
    fn level_changes_since(&self, before: &Self) -> Vec<Change> {
        let (now, old) = (self.levels(), before.levels());
        let came = now.iter().filter_map(|(set, level)| {
            let (set, weight) = (set.clone(), level.weight);
            match old.get(&set).map(|old| old.weight) {
                None => Some(Change::Added { set, weight }),
                Some(from) => (from != weight).then_some(Change::Weight {
                    set,
                    from,
                    to: weight,
                }),
            }
        });
        let went = old.keys().filter(|set| !now.contains_key(*set));
        let went = went.map(|set| Change::Removed { set: set.clone() });
        came.chain(went).collect()
    }

    /// Every level that leads to a set, by the identifiers down to it.
    fn levels(&self) -> BTreeMap<String, &Level> {
        let mut levels = BTreeMap::new();
        for set in &self.sets {
            let mut path = String::new();
            for level in &set.share.levels {
                if !path.is_empty() {
                    path.push_str(" > ");
                }
                path.push_str(&level.identifier);
                levels.insert(path.clone(), level);
            }
        }
        levels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::RecordName;
    use crate::model::record::{RecordType, WeightedSet};

    fn target(address: &str) -> Target {
        Target::Addresses(vec![address.parse().expect("an address")])
    }

    fn group(sets: Vec<WeightedSet>) -> WeightedGroup {
        let name = RecordName::from_user("app.example.com").expect("valid");
        WeightedGroup::of_weights(name, RecordType::A, sets)
    }

    #[test]
    fn weights_members_and_targets_make_a_new_split_and_are_named() {
        let before = group(vec![
            WeightedSet::new("blue", 90, target("192.0.2.1")),
            WeightedSet::new("green", 10, target("192.0.2.2")),
        ]);
        let after = group(vec![
            WeightedSet::new("blue", 50, target("192.0.2.9")),
            WeightedSet::new("red", 5, target("192.0.2.3")),
        ]);
        assert!(!before.same_split(&after));
        let set = |name: &str| name.to_owned();
        assert_eq!(
            after.changes_since(&before),
            [
                Change::Weight {
                    set: set("blue"),
                    from: 90,
                    to: 50,
                },
                Change::Added {
                    set: set("red"),
                    weight: 5,
                },
                Change::Removed { set: set("green") },
                Change::Target {
                    set: set("blue"),
                    from: target("192.0.2.1"),
                    to: target("192.0.2.9"),
                },
            ]
        );
    }

    #[test]
    fn a_new_ttl_is_told_with_both() {
        let before = group(vec![WeightedSet::new("blue", 90, target("192.0.2.1"))]);
        let mut after = before.clone();
        assert_eq!(after.ttl_changes_since(&before), []);
        after.sets[0].ttl = Some(Duration::from_mins(1));
        let change = TtlChange {
            set: "blue".to_owned(),
            from: None,
            to: Some(Duration::from_mins(1)),
        };
        assert_eq!(after.ttl_changes_since(&before), [change]);
    }
}
