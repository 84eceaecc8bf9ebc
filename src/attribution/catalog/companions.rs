//! What the answers themselves tell about the pools of alias targets.
//!
//! All addresses of one answer come from one record set. Where one of them was shown by a look-up just now and none is known
//! of any other set, the rest belongs to the same target, though no look-up has shown it yet. Addresses known by
//! their company only are no sign for others, are forgotten like all, and give way to what look-ups show. Where sets
//! share addresses, this conclusion is not drawn at all.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::SystemTime;

use super::{Catalog, Known};
use crate::model::answer::Answer;
use crate::model::index::SetIndex;

impl Catalog {
    /// Learns the addresses of an answer that was named for an alias set, where that is safe.
    pub fn learn_companions(&mut self, set: SetIndex, answer: &Answer, now: SystemTime) {
        let exclusive =
            self.mixed.get(set.get()) == Some(&false) && answer.canonical_name.is_none();
        let known_elsewhere = SetIndex::enumerate(&self.sets).any(|(other, leaves)| {
            let holds = |known: &Known| answer.addresses.iter().any(|one| known.holds(*one));
            other != set && leaves.iter().any(holds)
        });
        // With several leaves it is not certain that one target alone was answered.
        let Some([Known::Pool(pool)]) = self.sets.get_mut(set.get()).map(Vec::as_mut_slice) else {
            return;
        };
        let mut addresses = answer.addresses.iter();
        if exclusive && !known_elsewhere && addresses.any(|one| pool.is_recent(*one, now)) {
            for address in &answer.addresses {
                pool.learn_companion(*address, now);
            }
        }
    }

    /// Finds out anew which sets share addresses, and doubts there what is known by its company only.
    pub(super) fn compare(&mut self) {
        self.mixed = self.find_mixed();
        // A look-up that shows an address elsewhere speaks against its company.
        let mut doubted = false;
        for (leaves, mixed) in self.sets.iter_mut().zip(&self.mixed) {
            for known in leaves.iter_mut().filter(|_| *mixed) {
                if let Known::Pool(pool) = known {
                    doubted |= pool.doubt();
                }
            }
        }
        if doubted {
            self.mixed = self.find_mixed();
        }
    }

    fn find_mixed(&self) -> Vec<bool> {
        let mut owners: BTreeMap<IpAddr, usize> = BTreeMap::new();
        let mut mixed = vec![false; self.sets.len()];
        for (set, leaves) in self.sets.iter().enumerate() {
            for address in leaves.iter().flat_map(Known::addresses) {
                let owner = *owners.entry(address).or_insert(set);
                if owner != set {
                    mixed[owner] = true;
                    mixed[set] = true;
                }
            }
        }
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::catalog::Identity;
    use crate::model::name::RecordName;
    use crate::model::record::{
        AliasTarget, Place, RecordType, Target, WeightedGroup, WeightedSet,
    };
    use proptest::prelude::*;
    use std::net::Ipv4Addr;
    use std::time::Duration;

    const TTL: Duration = Duration::from_secs(10);
    const SETS: usize = 3;

    fn name(text: &str) -> RecordName {
        RecordName::from_user(text).expect("a name")
    }

    fn catalog() -> Catalog {
        let set = |index: usize| {
            let target = Target::Alias(AliasTarget {
                name: name(&format!("lb-{index}.example.net")),
                zone_id: "Z35SXDOTRQ7X7K".into(),
                evaluate_target_health: false,
            });
            WeightedSet::new(&format!("set-{index}"), 1, target)
        };
        Catalog::new(&WeightedGroup::of_weights(
            name("app.example.com"),
            RecordType::A,
            (0..SETS).map(set).collect(),
        ))
    }

    fn ip(index: usize) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, u8::try_from(index).expect("few")).into()
    }

    fn answer(indices: &[usize]) -> Answer {
        Answer {
            addresses: indices.iter().copied().map(ip).collect(),
            ..Answer::default()
        }
    }

    /// Whether a set's pool has more addresses after an answer than before.
    fn learns(catalog: &mut Catalog, set: usize, answer: &Answer, now: SystemTime) -> bool {
        let place = Place::first_of(set.into());
        let size = |catalog: &Catalog| catalog.pool(place).map(BTreeMap::len);
        let before = size(catalog);
        catalog.learn_companions(set.into(), answer, now);
        size(catalog) > before
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn an_address_beside_a_recent_one_is_learned_and_is_no_sign_for_others() {
        let mut catalog = catalog();
        catalog.learn(Place::first_of(0.into()), &[ip(1)], TTL, at(0));
        let beside = answer(&[1, 2]);
        let finding = catalog.find(&beside);
        assert!(finding.has_new_addresses && !finding.needs_look_up);
        assert!(learns(&mut catalog, 0, &beside, at(20)));
        let alone = catalog.find(&answer(&[2]));
        assert_eq!(alone.identity, Identity::Named(0.into()));
        assert!(alone.needs_look_up, "no look-up has shown it");
        assert!(!learns(&mut catalog, 0, &answer(&[2, 3]), at(20)));
        // Nor is one that was looked up long ago.
        assert!(!learns(&mut catalog, 0, &answer(&[1, 3]), at(21)));
        // It is forgotten like all.
        assert!(!catalog.age(at(99)));
        assert!(catalog.age(at(120)));
        assert_eq!(catalog.find(&answer(&[2])).identity, Identity::Unknown);
    }

    #[test]
    fn what_a_look_up_shows_elsewhere_wins() {
        let mut catalog = catalog();
        catalog.learn(Place::first_of(0.into()), &[ip(1)], TTL, at(0));
        assert!(learns(&mut catalog, 0, &answer(&[1, 2]), at(0)));
        catalog.learn(Place::first_of(1.into()), &[ip(2)], TTL, at(1));
        assert_eq!(
            catalog.find(&answer(&[2])).identity,
            Identity::Named(1.into())
        );
        assert_eq!(
            catalog.find(&answer(&[1])).identity,
            Identity::Named(0.into())
        );
        // Beside an address of another set nothing is learned.
        assert!(!learns(&mut catalog, 0, &answer(&[1, 2, 3]), at(1)));
    }

    #[test]
    fn sets_that_share_addresses_learn_from_look_ups_only() {
        let mut catalog = catalog();
        catalog.learn(Place::first_of(0.into()), &[ip(1), ip(2)], TTL, at(0));
        catalog.learn(Place::first_of(1.into()), &[ip(2), ip(3)], TTL, at(0));
        assert!(!learns(&mut catalog, 0, &answer(&[1, 4]), at(0)));
        assert!(!learns(&mut catalog, 1, &answer(&[3, 4]), at(0)));
    }

    /// One step of a world: seconds that pass, what happens, to which set, and which addresses are picked.
    type Step = (u64, u8, usize, u64);

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        prop::collection::vec((0u64..15, 0u8..10, 0..SETS, any::<u64>()), 1..300)
    }

    /// At least one of these, by the bits of a number.
    fn pick(from: &[usize], bits: u64) -> Vec<usize> {
        let chosen = from
            .iter()
            .enumerate()
            .filter(|(bit, _)| bits >> (bit % 64) & 1 == 1);
        let mut chosen: Vec<usize> = chosen.map(|(_, one)| *one).collect();
        if chosen.is_empty() {
            chosen.extend(from.first());
        }
        chosen
    }

    fn ips(indices: &[usize]) -> Vec<IpAddr> {
        indices.iter().copied().map(ip).collect()
    }

    proptest! {
        /// Targets whose addresses move: each serves one set at a time and rests ten TTLs before it serves another.
        /// Look-ups and answers show any part of what is served. However the parts fall, no answer is taken for
        /// another set's.
        #[test]
        fn pools_that_move_are_never_confused(steps in steps()) {
            let mut catalog = catalog();
            // By address: the set that it serves, or since when it rests and whom it served.
            let mut owners: Vec<Result<usize, (u64, usize)>> = (0..24).map(|index| Ok(index % SETS)).collect();
            let mut now = 0;
            for (pause, what, set, bits) in steps {
                now += pause;
                catalog.age(at(now));
                let serving: Vec<usize> = (0..owners.len()).filter(|index| owners[*index] == Ok(set)).collect();
                match what {
                    0..=2 => { catalog.learn(Place::first_of(set.into()), &ips(&pick(&serving, bits)), TTL, at(now)); }
                    3..=7 if !serving.is_empty() => {
                        let answer = answer(&pick(&serving, bits));
                        let finding = catalog.find(&answer);
                        prop_assert!(
                            !matches!(finding.identity, Identity::Named(other) if other != set.into()),
                            "{finding:?} for an answer of set {set}"
                        );
                        if let Identity::Named(named) = finding.identity && finding.has_new_addresses {
                            catalog.learn_companions(named, &answer, at(now));
                        }
                    }
                    8 => for index in pick(&serving, bits) {
                        if serving.len() > 1 && owners.get(index) == Some(&Ok(set)) { owners[index] = Err((now, set)); }
                    },
                    _ => for owner in &mut owners {
                        // Back to the same set at once, to another after its rest.
                        if let Err((since, served)) = *owner && (served == set || now >= since + 10 * TTL.as_secs()) {
                            *owner = Ok(set);
                        }
                    },
                }
            }
        }

        /// Targets that share addresses and change as they like, each looked up whole before it is judged, as is done
        /// for every answer that is not known.
        #[test]
        fn pools_that_overlap_are_never_confused_when_they_are_fresh(steps in steps()) {
            let mut catalog = catalog();
            let all: Vec<usize> = (0..12).collect();
            let mut pools: Vec<Vec<usize>> = vec![all.clone(); SETS];
            let mut now = 0;
            for (pause, what, set, bits) in steps {
                now += pause;
                catalog.age(at(now));
                if what < 3 {
                    pools[set] = pick(&all, bits);
                    continue;
                }
                for (index, pool) in pools.iter().enumerate() {
                    catalog.learn(Place::first_of(index.into()), &ips(pool), TTL, at(now));
                }
                let answer = answer(&pick(&pools[set], bits));
                let finding = catalog.find(&answer);
                prop_assert!(
                    matches!(finding.identity, Identity::Ambiguous) || finding.identity == Identity::Named(set.into()),
                    "{finding:?} for an answer of set {set}"
                );
                if let Identity::Named(named) = finding.identity {
                    catalog.learn_companions(named, &answer, at(now));
                }
            }
        }
    }
}
