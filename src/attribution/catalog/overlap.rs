//! Which sets cannot be told apart by their answers, as far as is known at the moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use super::pool::Pool;
use super::{Catalog, Known};
use crate::model::index::SetIndex;
use crate::model::name::RecordName;

/// Two sets of which some answers could be either's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overlap {
    /// The one set.
    pub one: SetIndex,
    /// The other, whose index is larger.
    pub two: SetIndex,
    /// How many of the answers of the one could be the other's.
    pub of_one: Degree,
    /// How many of the answers of the other could be the one's.
    pub of_two: Degree,
    /// Addresses that both can answer with; 0 where both point to the same name.
    pub shared: usize,
    /// Addresses that either can answer with.
    pub addresses: usize,
}

/// How many answers are lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Degree {
    /// Those that hold nothing but shared addresses.
    Some,
    /// Every one.
    All,
}

impl Overlap {
    /// For both together: all, if not one answer of either can be told from the other's.
    pub fn degree(&self) -> Degree {
        self.of_one.min(self.of_two)
    }
}

impl Catalog {
    /// Every pair of sets of which some answers could be either's, by the rules of [`Catalog::find`].
    ///
    /// Plain sets answer with all their values, so only equal ones cannot be told apart. A pool answers with any part of
    /// itself. Names only compare with names.
    pub fn overlaps(&self) -> Vec<Overlap> {
        // A hundred sets make thousands of pairs, nearly all of them of sets that share nothing with anybody.
        let may = |(set, leaves): &(SetIndex, &Vec<Known>)| {
            let named = leaves.iter().any(|known| matches!(known, Known::Name(..)));
            named || self.mixed.get(set.get()) == Some(&true)
        };
        let sets = SetIndex::enumerate(&self.sets).filter(may);
        // Many sets may answer with the same, where aliases share their targets: what is the same is compared once.
        let mut kinds: Vec<Kind> = Vec::new();
        let mut places: BTreeMap<Vec<Said>, usize> = BTreeMap::new();
        let sets: Vec<(SetIndex, usize)> = sets
            .map(|(set, leaves)| {
                let said = leaves.iter().map(Said::of).collect();
                let kind = *places.entry(said).or_insert_with(|| {
                    kinds.push(Kind::of(leaves));
                    kinds.len() - 1
                });
                (set, kind)
            })
            .collect();
        let mut compared: HashMap<(usize, usize), Option<Compared>> = HashMap::new();
        let mut overlaps = Vec::new();
        for (index, &(one, kind)) in sets.iter().enumerate() {
            for &(two, other) in &sets[index + 1..] {
                let found = compared.entry((kind, other));
                let found = found.or_insert_with(|| kinds[kind].compare(&kinds[other]));
                overlaps.extend(found.map(|found| found.between(one, two)));
            }
        }
        overlaps
    }

    /// Something that both sets of a pair can answer with, in words.
    pub fn shared(&self, overlap: &Overlap) -> Option<String> {
        let others = &self.sets[overlap.two.get()];
        self.sets[overlap.one.get()]
            .iter()
            .find_map(|known| match known {
                Known::Name(name, _) => {
                    let mut others = others.iter();
                    others
                        .any(|other| other.is_called(name))
                        .then(|| name.to_string())
                }
                known => {
                    let mut addresses = known.addresses().into_iter();
                    let held = |one: &IpAddr| others.iter().any(|other| other.holds(*one));
                    addresses.find(held).map(|address| address.to_string())
                }
            })
    }

    /// Whether no answer of any set can be told from those of some other one, given all overlaps.
    pub fn is_blind(&self, overlaps: &[Overlap]) -> bool {
        let mut lost = vec![false; self.sets.len()];
        for overlap in overlaps {
            lost[overlap.one.get()] |= overlap.of_one == Degree::All;
            lost[overlap.two.get()] |= overlap.of_two == Degree::All;
        }
        lost.len() > 1 && lost.into_iter().all(|lost| lost)
    }
}

/// What a target can answer with, for telling which say the same. The order of the variants means nothing.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Said<'known> {
    Values(Vec<IpAddr>),
    Pool(Vec<IpAddr>),
    Name(&'known RecordName),
}

impl<'known> Said<'known> {
    fn of(known: &'known Known) -> Self {
        match known {
            Known::Name(name, _) => Self::Name(name),
            Known::Values(_) => Self::Values(known.addresses()),
            Known::Pool(_) => Self::Pool(known.addresses()),
        }
    }
}

/// Leaves that one or more sets have, with all their addresses.
struct Kind<'known> {
    leaves: &'known [Known],
    addresses: BTreeSet<IpAddr>,
}

/// Two kinds of which some answers could be either's.
#[derive(Clone, Copy)]
struct Compared {
    of_one: Degree,
    of_two: Degree,
    shared: usize,
    addresses: usize,
}

impl<'known> Kind<'known> {
    fn of(leaves: &'known [Known]) -> Self {
        let addresses = leaves.iter().flat_map(Known::addresses).collect();
        Self { leaves, addresses }
    }

    fn compare(&self, other: &Self) -> Option<Compared> {
        let shared = self.addresses.intersection(&other.addresses).count();
        Some(Compared {
            of_one: degree(self.leaves, other.leaves)?,
            of_two: degree(other.leaves, self.leaves)?,
            shared,
            addresses: self.addresses.len() + other.addresses.len() - shared,
        })
    }
}

impl Compared {
    fn between(self, one: SetIndex, two: SetIndex) -> Overlap {
        let Self {
            of_one,
            of_two,
            shared,
            addresses,
        } = self;
        Overlap {
            one,
            two,
            of_one,
            of_two,
            shared,
            addresses,
        }
    }
}

/// How many answers of some leaves could come from others; `None`: not one.
fn degree(leaves: &[Known], others: &[Known]) -> Option<Degree> {
    // By leaf the worst that any of the others does to it.
    let worst = leaves
        .iter()
        .map(|leaf| others.iter().filter_map(|other| taken(leaf, other)).max());
    let worst: Vec<Option<Degree>> = worst.collect();
    let any = worst.iter().any(Option::is_some);
    let all = worst.iter().all(|degree| *degree == Some(Degree::All));
    any.then_some(if all { Degree::All } else { Degree::Some })
}

/// Whether a pool can answer with all of these.
fn lies_in(values: &BTreeSet<IpAddr>, pool: &Pool) -> bool {
    !values.is_empty() && values.iter().all(|one| pool.holds(*one))
}

/// How many answers of one target could come from another.
fn taken(target: &Known, other: &Known) -> Option<Degree> {
    match (target, other) {
        (Known::Name(one, _), Known::Name(two, _)) => (one == two).then_some(Degree::All),
        (Known::Values(one), Known::Values(two)) => {
            (one == two && !one.is_empty()).then_some(Degree::All)
        }
        (Known::Values(values), Known::Pool(pool)) => lies_in(values, pool).then_some(Degree::All),
        (Known::Pool(pool), Known::Values(values)) => {
            let whole = pool.seen().len() == values.len();
            lies_in(values, pool).then_some(if whole { Degree::All } else { Degree::Some })
        }
        (Known::Pool(one), Known::Pool(two)) => {
            let shared = one.seen().keys().filter(|address| two.holds(**address));
            match shared.count() {
                0 => None,
                count if count == one.seen().len() => Some(Degree::All),
                _ => Some(Degree::Some),
            }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::catalog::Identity;
    use crate::model::answer::Answer;
    use crate::model::record::{
        AliasTarget, Leaf, Place, RecordType, Target, WeightedGroup, WeightedSet,
    };
    use proptest::prelude::*;
    use std::net::Ipv4Addr;
    use std::time::{Duration, SystemTime};

    fn name(text: &str) -> RecordName {
        RecordName::from_user(text).expect("a name")
    }

    fn ips(last: &[u8]) -> Vec<IpAddr> {
        last.iter()
            .map(|last| Ipv4Addr::new(192, 0, 2, *last).into())
            .collect()
    }

    fn values(last: &[u8]) -> Target {
        Target::Addresses(ips(last))
    }

    fn points_to(text: &str) -> Target {
        Target::Name(name(text))
    }

    fn alias() -> Target {
        Target::Alias(AliasTarget {
            name: name("lb.example.net"),
            zone_id: "Z35SXDOTRQ7X7K".into(),
            evaluate_target_health: false,
        })
    }

    fn catalog(targets: Vec<Target>) -> Catalog {
        let set = |target| WeightedSet::new("set", 1, target);
        let sets = targets.into_iter().map(set).collect();
        Catalog::new(&WeightedGroup::of_weights(
            name("app.example.com"),
            RecordType::A,
            sets,
        ))
    }

    /// Alias targets with these pools.
    fn pools(pools: &[&[u8]]) -> Catalog {
        let mut catalog = catalog(vec![alias(); pools.len()]);
        for (set, pool) in pools.iter().enumerate() {
            learn(&mut catalog, set, pool);
        }
        catalog
    }

    fn learn(catalog: &mut Catalog, set: usize, pool: &[u8]) {
        let ttl = Duration::from_mins(1);
        catalog.learn(
            Place::first_of(set.into()),
            &ips(pool),
            ttl,
            SystemTime::UNIX_EPOCH,
        );
    }

    fn only(catalog: &Catalog) -> (Degree, Degree, usize, usize) {
        let overlaps = catalog.overlaps();
        let [overlap] = overlaps.as_slice() else {
            panic!("{overlaps:?}")
        };
        assert_eq!((overlap.one, overlap.two), (0.into(), 1.into()));
        (
            overlap.of_one,
            overlap.of_two,
            overlap.shared,
            overlap.addresses,
        )
    }

    #[test]
    fn plain_sets_are_told_apart_unless_they_are_equal() {
        let different = catalog(vec![values(&[1]), values(&[1, 2]), values(&[2, 3])]);
        assert_eq!(different.overlaps(), []);
        let equal = catalog(vec![values(&[1, 2]), values(&[2, 1])]);
        assert_eq!(only(&equal), (Degree::All, Degree::All, 2, 2));
        assert!(equal.is_blind(&equal.overlaps()));
        let one_more = catalog(vec![values(&[1]), values(&[1]), values(&[2])]);
        assert!(!one_more.is_blind(&one_more.overlaps()));
    }

    #[test]
    fn two_names_are_one() {
        let names = catalog(vec![
            points_to("lb.example.net"),
            points_to("LB.example.net."),
        ]);
        assert_eq!(only(&names), (Degree::All, Degree::All, 0, 0));
        assert!(names.is_blind(&names.overlaps()));
        assert_eq!(
            catalog(vec![points_to("a.test"), points_to("b.test")]).overlaps(),
            []
        );
    }

    #[test]
    fn pools_share_contain_or_are_equal() {
        assert_eq!(pools(&[&[1, 2], &[3]]).overlaps(), []);
        let nothing_yet = pools(&[&[], &[]]);
        assert_eq!(nothing_yet.overlaps(), []);
        assert_eq!(
            only(&pools(&[&[1, 2, 3], &[3, 4]])),
            (Degree::Some, Degree::Some, 1, 4)
        );
        let contained = pools(&[&[1, 2], &[1, 2, 3]]);
        assert_eq!(only(&contained), (Degree::All, Degree::Some, 2, 3));
        assert!(!contained.is_blind(&contained.overlaps()));
        let equal = pools(&[&[1, 2], &[2, 1]]);
        assert_eq!(only(&equal), (Degree::All, Degree::All, 2, 2));
        assert_eq!(equal.overlaps()[0].degree(), Degree::All);
    }

    #[test]
    fn values_within_a_pool_are_lost() {
        let mut mixed = catalog(vec![values(&[1, 2]), alias()]);
        assert_eq!(mixed.overlaps(), []);
        learn(&mut mixed, 1, &[1, 3]);
        assert_eq!(mixed.overlaps(), [], "the whole answer tells");
        learn(&mut mixed, 1, &[2]);
        assert_eq!(only(&mixed), (Degree::All, Degree::Some, 2, 3));
    }

    #[test]
    fn a_thousand_sets_of_ten_targets_make_all_the_pairs_that_there_are() {
        let target = |set: usize| u8::try_from(set % 10).expect("ten");
        let many = catalog((0..1000).map(|set| values(&[target(set)])).collect());
        let overlaps = many.overlaps();
        assert_eq!(overlaps.len(), 10 * (100 * 99 / 2));
        let alike = |overlap: &Overlap| target(overlap.one.get()) == target(overlap.two.get());
        assert!(
            overlaps
                .iter()
                .all(|it| alike(it) && it.one < it.two && it.shared == 1)
        );
        assert!(many.is_blind(&overlaps));
    }

    #[test]
    fn a_set_with_several_leaves_is_lost_when_all_of_them_are() {
        let leaf = |target| Leaf {
            label: "latency".into(),
            target,
        };
        let leaves = Target::Leaves(vec![leaf(values(&[1])), leaf(values(&[2]))]);
        assert_eq!(
            only(&catalog(vec![leaves, values(&[2])])),
            (Degree::Some, Degree::All, 1, 2)
        );
    }

    proptest! {
        /// What is said of pools is what `find` does with every answer that they can give.
        #[test]
        fn it_agrees_with_the_mapping(one in prop::collection::btree_set(0u8..5, 1..5), two in prop::collection::btree_set(0u8..5, 1..5), plain in any::<bool>()) {
            let (one, two): (Vec<u8>, Vec<u8>) = (one.into_iter().collect(), two.into_iter().collect());
            let mut catalog = catalog(vec![if plain { values(&one) } else { alias() }, alias()]);
            learn(&mut catalog, 0, &one);
            learn(&mut catalog, 1, &two);
            let lost = |pool: &[u8], whole: bool| {
                let subsets = (1..1usize << pool.len()).filter(|bits| !whole || *bits == (1 << pool.len()) - 1);
                let answers: Vec<bool> = subsets.map(|bits| {
                    let part: Vec<u8> = pool.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, last)| *last).collect();
                    let answer = Answer { addresses: ips(&part), ..Answer::default() };
                    catalog.find(&answer).identity == Identity::Ambiguous
                }).collect();
                (answers.iter().any(|lost| *lost), answers.iter().all(|lost| *lost))
            };
            let overlap = catalog.overlaps().first().copied();
            let (any, all) = lost(&one, plain);
            prop_assert_eq!(overlap.is_some(), any);
            prop_assert_eq!(overlap.is_some_and(|overlap| overlap.of_one == Degree::All), all);
            let (any, all) = lost(&two, false);
            prop_assert_eq!(overlap.is_some(), any);
            // A pool that is just the values of a plain set answers with parts of them too, as far as is known.
            let whole = plain && two == one;
            prop_assert_eq!(overlap.is_some_and(|overlap| overlap.of_two == Degree::All), all || whole);
        }
    }
}
