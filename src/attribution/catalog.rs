//! Which record set an answer came from: named, ambiguous, unknown or undeclared.
//!
//! The catalogue of one segment knows for each set which answers it can give. Plain sets answer with all their values,
//! CNAME sets with their target, alias sets with some addresses of a pool that grows as the target is looked up again and
//! forgets what has not been seen for long.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::model::answer::{Answer, AnswerValue};
use crate::model::index::SetIndex;
use crate::model::name::RecordName;
use crate::model::record::{Place, Target, WeightedGroup, WeightedSet};

/// What the answers themselves tell about pools.
mod companions;
/// Which sets cannot be told apart.
mod overlap;
/// The addresses known of one alias target.
mod pool;

pub use overlap::{Degree, Overlap};
pub use pool::{MOST_ADDRESSES, Sighting};

use pool::Pool;

/// To which set an answer belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Exactly this set could have given it.
    Named(SetIndex),
    /// Several sets could have given it.
    Ambiguous,
    /// No set could have given it, as far as is known.
    Unknown,
    /// It holds a value that no set declares, where all that they can answer with is known.
    Undeclared,
    /// The same, and all it holds is what one set declared in an earlier segment.
    Former {
        /// The number of the newest such segment.
        segment: u64,
        /// The set, as that segment names it.
        set: SetIndex,
    },
}

/// An identity, and what is to be done about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identified {
    /// To which set the answer belongs.
    pub identity: Identity,
    /// Which leaf of a set with several it came from, where exactly one fits.
    pub leaf: Option<usize>,
    /// The set is named and some addresses of the answer are not known of it: [`Catalog::learn_companions`] may learn them.
    pub has_new_addresses: bool,
    /// No look-up of a target has shown a single one of the addresses: looking the targets up again may tell more.
    pub needs_look_up: bool,
    /// The set that is named has plain values, and the answer held so many of so many of them.
    pub partial: Option<(usize, usize)>,
}

/// What every set of one group can answer.
#[derive(Clone, Debug)]
pub struct Catalog {
    /// By set, then by leaf.
    sets: Vec<Vec<Known>>,
    /// By set, whether another one can answer with some of the same addresses.
    mixed: Vec<bool>,
}

#[derive(Clone, Debug)]
enum Known {
    Values(BTreeSet<IpAddr>),
    /// The target, and the addresses that its newest look-up has shown.
    Name(RecordName, Vec<IpAddr>),
    Pool(Pool),
}

impl Catalog {
    /// The catalogue of a group; the pools of its alias sets are still empty.
    pub fn new(group: &WeightedGroup) -> Self {
        let known = |target: &Target| match target {
            Target::Addresses(addresses) => Known::Values(addresses.iter().copied().collect()),
            Target::Name(name) => Known::Name(name.clone(), Vec::new()),
            // Leaves have been spread out before; none of them has leaves again.
            Target::Alias(_) | Target::Leaves(_) => Known::Pool(Pool::default()),
        };
        let leaves = |set: &WeightedSet| set.target.leaves().into_iter().map(known).collect();
        let mut catalog = Self {
            sets: group.sets.iter().map(leaves).collect(),
            mixed: Vec::new(),
        };
        catalog.compare();
        catalog
    }

    /// Takes over what look-ups have shown of targets that are the same as before: a change of weights forgets nothing.
    pub fn inherit(&mut self, group: &WeightedGroup, before: &Self, group_before: &WeightedGroup) {
        for (place, target) in group.targets() {
            let same = group_before
                .targets()
                .find(|(_, old)| old.same_as(target))
                .and_then(|(old, _)| before.known(old));
            if let (Some(same), Some(known)) = (same, self.known_mut(place)) {
                known.clone_from(same);
            }
        }
        self.compare();
    }

    /// Adds what a look-up of a target has shown: the pool of an alias grows, the addresses behind a CNAME are
    /// replaced. A target with plain values is left as it is. `ttl` is the time after which it is looked up again.
    /// Returns whether the sets can answer something else now.
    pub fn learn(
        &mut self,
        place: Place,
        addresses: &[IpAddr],
        ttl: Duration,
        now: SystemTime,
    ) -> bool {
        let changed = match self.known_mut(place) {
            Some(Known::Pool(pool)) => pool.learn(addresses, ttl, now),
            Some(Known::Name(_, reach)) => {
                *reach = addresses[..addresses.len().min(MOST_ADDRESSES)].to_vec();
                return false;
            }
            Some(Known::Values(_)) | None => return false,
        };
        if changed {
            self.compare();
        }
        changed
    }

    /// Forgets addresses of alias targets that have not been seen for ten TTLs. Returns whether there were any.
    pub fn age(&mut self, now: SystemTime) -> bool {
        let mut changed = false;
        for known in self.sets.iter_mut().flatten() {
            if let Known::Pool(pool) = known {
                changed |= pool.age(now);
            }
        }
        if changed {
            self.compare();
        }
        changed
    }

    /// Where a set can be reached: the addresses of an answer that are known to be its own, because it declares them or a
    /// look-up of its target has shown them. An answer can hold anybody's besides, and proves nothing about those. Of a set
    /// that answers with a name it is what stands behind that.
    pub fn reach(&self, set: SetIndex, answer: &Answer) -> Vec<IpAddr> {
        let leaves = || self.sets.get(set.get()).into_iter().flatten();
        let is_own = |address: &&IpAddr| leaves().any(|known| known.is_sure_of(**address));
        let own: Vec<IpAddr> = answer.addresses.iter().filter(is_own).copied().collect();
        if !own.is_empty() {
            return own;
        }
        let behind = leaves().filter_map(|known| match known {
            Known::Name(_, reach) => Some(reach),
            Known::Values(_) | Known::Pool(_) => None,
        });
        behind.flatten().copied().collect()
    }

    /// The addresses known of an alias target, with the time of each.
    pub fn pool(&self, place: Place) -> Option<&BTreeMap<IpAddr, Sighting>> {
        match self.known(place) {
            Some(Known::Pool(pool)) => Some(pool.seen()),
            _ => None,
        }
    }

    /// The sets with a target of which not all addresses are kept.
    pub fn full_pools(&self) -> Vec<SetIndex> {
        let is_full = |known: &Known| matches!(known, Known::Pool(pool) if pool.is_full());
        let full = |(_, leaves): &(SetIndex, &Vec<Known>)| leaves.iter().any(is_full);
        let sets = SetIndex::enumerate(&self.sets).filter(full);
        sets.map(|(set, _)| set).collect()
    }

    fn known(&self, place: Place) -> Option<&Known> {
        self.sets.get(place.set.get())?.get(place.leaf)
    }

    fn known_mut(&mut self, place: Place) -> Option<&mut Known> {
        self.sets.get_mut(place.set.get())?.get_mut(place.leaf)
    }

    /// Says which set the answer came from, and what is to be done about it.
    ///
    /// The whole answer is one piece of evidence. First count the sets that can give exactly this; if there is none, those
    /// that hold all its addresses; if there is none, those that hold any of them. One: named. Several: ambiguous. Where
    /// all that can be answered is declared, one foreign value makes the whole answer undeclared.
    pub fn find(&self, answer: &Answer) -> Identified {
        let found = |identity, has_new_addresses, needs_look_up| Identified {
            partial: match identity {
                Identity::Named(set) => self.partial(set, answer),
                _ => None,
            },
            identity,
            leaf: match identity {
                Identity::Named(set) => self.leaf(set, answer),
                _ => None,
            },
            has_new_addresses,
            needs_look_up,
        };
        if !self.undeclared(answer).is_empty() {
            return found(Identity::Undeclared, false, false);
        }
        if let Some(target) = &answer.canonical_name {
            let by_name = self.choose(|leaves| leaves.iter().any(|known| known.is_called(target)));
            if by_name != Identity::Unknown {
                return found(by_name, false, false);
            }
        }
        let addresses: BTreeSet<IpAddr> = answer.addresses.iter().copied().collect();
        if addresses.is_empty() {
            return found(Identity::Unknown, false, true);
        }
        let exactly = |leaves: &[Known]| leaves.iter().any(|known| known.is_exactly(&addresses));
        // A multivalue record mixes the values of its leaves, so they are taken together.
        let any_holds = |leaves: &[Known], address| leaves.iter().any(|known| known.holds(address));
        let all = |leaves: &[Known]| addresses.iter().all(|address| any_holds(leaves, *address));
        let any = |leaves: &[Known]| addresses.iter().any(|address| any_holds(leaves, *address));
        let mut identity = self.choose(exactly);
        if identity == Identity::Unknown {
            identity = self.choose(all);
        }
        let is_partial = identity == Identity::Unknown;
        if is_partial {
            identity = self.choose(any);
        }
        let has_new_addresses = is_partial && matches!(identity, Identity::Named(_));
        found(
            identity,
            has_new_addresses,
            self.is_unseen(identity, &addresses),
        )
    }

    /// Whether nothing but the company that addresses keep speaks for an identity.
    fn is_unseen(&self, identity: Identity, addresses: &BTreeSet<IpAddr>) -> bool {
        match identity {
            Identity::Unknown => true,
            Identity::Ambiguous | Identity::Undeclared | Identity::Former { .. } => false,
            Identity::Named(set) => !self.sets[set.get()].iter().any(|known| match known {
                Known::Pool(pool) => addresses.iter().any(|address| pool.was_looked_up(*address)),
                known => addresses.iter().any(|address| known.holds(*address)),
            }),
        }
    }

    /// The values of an answer that no set declares; none where not all that the sets can answer with is known.
    pub fn undeclared(&self, answer: &Answer) -> Vec<AnswerValue> {
        let leaves = || self.sets.iter().flatten();
        if self.sets.is_empty() || leaves().any(|known| matches!(known, Known::Pool(_))) {
            return Vec::new();
        }
        if let Some(target) = &answer.canonical_name {
            if leaves().any(|known| known.is_called(target)) {
                // What stands behind the name is not the record's.
                return Vec::new();
            }
            let has_names = leaves().any(|known| matches!(known, Known::Name(..)));
            if has_names || answer.addresses.is_empty() {
                return vec![AnswerValue::Target(target.clone())];
            }
        }
        let addresses = answer.addresses.iter();
        let foreign = addresses.filter(|address| !leaves().any(|known| known.holds(**address)));
        foreign.copied().map(AnswerValue::Address).collect()
    }

    /// The values of an answer that no set can have given, where that is why none is named: the undeclared ones, or all of them.
    /// The name of a CNAME tells more than the addresses behind it.
    pub fn strange(&self, answer: &Answer) -> Vec<AnswerValue> {
        let undeclared = self.undeclared(answer);
        if !undeclared.is_empty() {
            return undeclared;
        }
        match &answer.canonical_name {
            Some(target) => vec![AnswerValue::Target(target.clone())],
            None => (answer.addresses.iter().copied())
                .map(AnswerValue::Address)
                .collect(),
        }
    }

    /// How many of how many values of a plain set an answer holds, unless it holds all.
    fn partial(&self, set: SetIndex, answer: &Answer) -> Option<(usize, usize)> {
        let [Known::Values(values)] = self.sets.get(set.get())?.as_slice() else {
            return None;
        };
        let held = values.iter().filter(|one| answer.addresses.contains(one));
        let held = held.count();
        (held < values.len()).then_some((held, values.len()))
    }

    /// Which leaf of a set with several an answer came from, where exactly one fits.
    fn leaf(&self, set: SetIndex, answer: &Answer) -> Option<usize> {
        let leaves = self.sets.get(set.get()).filter(|leaves| leaves.len() > 1)?;
        let addresses: BTreeSet<IpAddr> = answer.addresses.iter().copied().collect();
        let fits = |known: &Known| match &answer.canonical_name {
            Some(target) => known.is_called(target),
            None => !addresses.is_empty() && known.holds_all(&addresses),
        };
        let mut fitting = leaves.iter().enumerate().filter(|(_, known)| fits(known));
        match (fitting.next(), fitting.next()) {
            (Some((leaf, _)), None) => Some(leaf),
            _ => None,
        }
    }

    fn choose(&self, fits: impl Fn(&[Known]) -> bool) -> Identity {
        let mut fitting = SetIndex::enumerate(&self.sets).filter(|(_, leaves)| fits(leaves));
        match (fitting.next(), fitting.next()) {
            (None, _) => Identity::Unknown,
            (Some((set, _)), None) => Identity::Named(set),
            (Some(_), Some(_)) => Identity::Ambiguous,
        }
    }
}

impl Known {
    fn is_called(&self, target: &RecordName) -> bool {
        matches!(self, Self::Name(name, _) if name == target)
    }

    /// Whether it always answers with just these; a pool answers with any part of itself.
    fn is_exactly(&self, addresses: &BTreeSet<IpAddr>) -> bool {
        match self {
            Self::Values(values) => values == addresses,
            _ => self.holds_all(addresses),
        }
    }

    fn holds(&self, address: IpAddr) -> bool {
        match self {
            Self::Values(values) => values.contains(&address),
            Self::Pool(pool) => pool.holds(address),
            Self::Name(..) => false,
        }
    }

    /// Whether an address is one of its own by what the zone or a look-up says, not only by the company that it keeps.
    fn is_sure_of(&self, address: IpAddr) -> bool {
        match self {
            Self::Values(values) => values.contains(&address),
            Self::Pool(pool) => pool.was_looked_up(address),
            Self::Name(_, reach) => reach.contains(&address),
        }
    }

    /// Every address that it can answer with.
    fn addresses(&self) -> Vec<IpAddr> {
        match self {
            Self::Values(values) => values.iter().copied().collect(),
            Self::Pool(pool) => pool.seen().keys().copied().collect(),
            Self::Name(..) => Vec::new(),
        }
    }

    fn holds_all(&self, addresses: &BTreeSet<IpAddr>) -> bool {
        addresses.iter().all(|address| self.holds(*address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::record::{AliasTarget, RecordType};

    const TTL: Duration = Duration::from_mins(1);

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn name(text: &str) -> RecordName {
        RecordName::from_user(text).expect("a name")
    }

    fn catalog(record_type: RecordType, targets: Vec<Target>) -> Catalog {
        let sets = targets
            .into_iter()
            .enumerate()
            .map(|(index, target)| WeightedSet::new(&format!("set-{index}"), 1, target))
            .collect();
        Catalog::new(&WeightedGroup::of_weights(
            name("app.example.com"),
            record_type,
            sets,
        ))
    }

    fn values(addresses: &[&str]) -> Target {
        Target::Addresses(addresses.iter().map(|text| ip(text)).collect())
    }

    fn alias(target: &str) -> Target {
        Target::Alias(AliasTarget {
            name: name(target),
            zone_id: "Z35SXDOTRQ7X7K".into(),
            evaluate_target_health: false,
        })
    }

    fn addresses(texts: &[&str]) -> Answer {
        Answer {
            addresses: texts.iter().map(|text| ip(text)).collect(),
            ..Answer::default()
        }
    }

    fn pointing_to(target: &str) -> Answer {
        Answer {
            canonical_name: Some(name(target)),
            ..Answer::default()
        }
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "it is a table")]
    fn the_mapping_table() {
        use Identity::{Ambiguous, Named, Undeclared, Unknown};
        let plain = catalog(
            RecordType::A,
            vec![
                values(&["192.0.2.1"]),
                values(&["192.0.2.2", "192.0.2.3"]),
                values(&["192.0.2.3", "192.0.2.2"]),
            ],
        );
        let nested = catalog(
            RecordType::A,
            vec![values(&["192.0.2.1"]), values(&["192.0.2.1", "192.0.2.2"])],
        );
        let six = catalog(
            RecordType::Aaaa,
            vec![values(&["2001:db8::1"]), values(&["2001:db8::2"])],
        );
        let names = catalog(
            RecordType::Cname,
            vec![
                Target::Name(name("blue.example.net")),
                Target::Name(name("green.example.net")),
                Target::Name(name("green.example.net.")),
            ],
        );
        for (what, catalog, answer, expected) in [
            (
                "a value of one set",
                &plain,
                addresses(&["192.0.2.1"]),
                Named(0.into()),
            ),
            (
                "the same values twice",
                &plain,
                addresses(&["192.0.2.2", "192.0.2.3"]),
                Ambiguous,
            ),
            (
                "a value of nobody",
                &plain,
                addresses(&["192.0.2.9"]),
                Undeclared,
            ),
            ("no value at all", &plain, addresses(&[]), Unknown),
            (
                "a known and a foreign value",
                &plain,
                addresses(&["192.0.2.1", "192.0.2.9"]),
                Undeclared,
            ),
            (
                "values of two sets mixed",
                &plain,
                addresses(&["192.0.2.1", "192.0.2.2"]),
                Ambiguous,
            ),
            (
                "all values of the smaller set",
                &nested,
                addresses(&["192.0.2.1"]),
                Named(0.into()),
            ),
            (
                "all values of the larger set",
                &nested,
                addresses(&["192.0.2.2", "192.0.2.1"]),
                Named(1.into()),
            ),
            (
                "a part that only one has",
                &nested,
                addresses(&["192.0.2.2"]),
                Named(1.into()),
            ),
            ("IPv6", &six, addresses(&["2001:db8::2"]), Named(1.into())),
            (
                "IPv4 where IPv6 is declared",
                &six,
                addresses(&["192.0.2.1"]),
                Undeclared,
            ),
            (
                "a target of one set",
                &names,
                pointing_to("BLUE.example.net."),
                Named(0.into()),
            ),
            (
                "a target of two sets",
                &names,
                pointing_to("green.example.net"),
                Ambiguous,
            ),
            (
                "a target of nobody",
                &names,
                pointing_to("red.example.net"),
                Undeclared,
            ),
            (
                "addresses where names are declared",
                &names,
                addresses(&["192.0.2.1"]),
                Undeclared,
            ),
        ] {
            assert_eq!(catalog.find(&answer).identity, expected, "{what}");
        }
    }

    #[test]
    fn what_no_set_can_have_given_is_told_beside_an_alias_too() {
        let one = || values(&["192.0.2.1", "192.0.2.2"]);
        let told = |catalog: &Catalog, answer: &Answer| catalog.strange(answer);
        let address = |text| AnswerValue::Address(ip(text));
        let strange = addresses(&["192.0.2.8", "192.0.2.9"]);
        let both = [address("192.0.2.8"), address("192.0.2.9")];
        let beside = catalog(RecordType::A, vec![one(), alias("lb.example.net")]);
        assert_eq!(told(&beside, &strange), both);
        let through = Answer {
            canonical_name: Some(name("elsewhere.example.net")),
            ..strange
        };
        let target = AnswerValue::Target(name("elsewhere.example.net"));
        assert_eq!(told(&beside, &through), [target]);
        // Where everything is declared, what is declared is not strange.
        let plain = catalog(RecordType::A, vec![one()]);
        let mixed = addresses(&["192.0.2.1", "192.0.2.9"]);
        assert_eq!(told(&plain, &mixed), [address("192.0.2.9")]);
    }

    #[test]
    fn what_no_set_declares_is_told_only_where_everything_is_declared() {
        let one = || values(&["192.0.2.1", "192.0.2.2"]);
        let plain = catalog(RecordType::A, vec![one(), values(&["192.0.2.3"])]);
        let told = |catalog: &Catalog, answer: &Answer| -> Vec<String> {
            let values = catalog.undeclared(answer).into_iter();
            values.map(|value| value.to_string()).collect()
        };
        let mixed = addresses(&["192.0.2.1", "192.0.2.9", "192.0.2.8"]);
        assert_eq!(told(&plain, &mixed), ["192.0.2.9", "192.0.2.8"]);
        assert!(told(&plain, &addresses(&["192.0.2.1", "192.0.2.3"])).is_empty());
        // Nobody knows all the addresses of a load balancer.
        let beside = catalog(RecordType::A, vec![one(), alias("lb.example.net")]);
        assert!(told(&beside, &mixed).is_empty());
        assert_eq!(beside.find(&mixed).identity, Identity::Named(0.into()));
        let nobody = catalog(RecordType::A, Vec::new());
        assert_eq!(nobody.find(&mixed).identity, Identity::Unknown);
        // What stands behind a declared name is not the record's own.
        let names = catalog(
            RecordType::Cname,
            vec![Target::Name(name("blue.example.net"))],
        );
        let behind = |target: &str| Answer {
            addresses: vec![ip("192.0.2.9")],
            ..pointing_to(target)
        };
        assert!(told(&names, &behind("blue.example.net")).is_empty());
        assert_eq!(
            told(&names, &behind("red.example.net")),
            ["red.example.net"]
        );
    }

    #[test]
    fn an_answer_with_some_of_the_values_of_a_set_says_how_many() {
        let three = values(&["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let plain = catalog(RecordType::A, vec![three, values(&["192.0.2.7"])]);
        let partial = |held: &[&str]| {
            let found = plain.find(&addresses(held));
            (found.identity, found.partial)
        };
        let blue = Identity::Named(0.into());
        assert_eq!(partial(&["192.0.2.3"]), (blue, Some((1, 3))));
        assert_eq!(
            partial(&["192.0.2.1", "192.0.2.2", "192.0.2.3"]),
            (blue, None)
        );
        assert_eq!(partial(&["192.0.2.7"]), (Identity::Named(1.into()), None));
    }

    #[test]
    fn an_alias_pool_grows_and_every_sight_is_remembered() {
        let mut catalog = catalog(
            RecordType::A,
            vec![alias("blue.elb.example"), alias("green.elb.example")],
        );
        let start = SystemTime::UNIX_EPOCH;
        let later = start + Duration::from_mins(1);
        let answer = addresses(&["192.0.2.1", "192.0.2.2"]);
        assert_eq!(catalog.find(&answer).identity, Identity::Unknown);
        catalog.learn(
            Place::first_of(0.into()),
            &[ip("192.0.2.1"), ip("192.0.2.2")],
            TTL,
            start,
        );
        catalog.learn(Place::first_of(1.into()), &[ip("192.0.2.7")], TTL, start);
        assert_eq!(catalog.find(&answer).identity, Identity::Named(0.into()));
        catalog.learn(
            Place::first_of(0.into()),
            &[ip("192.0.2.3"), ip("192.0.2.1")],
            TTL,
            later,
        );
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.3"])).identity,
            Identity::Named(0.into())
        );
        let pool = catalog
            .pool(Place::first_of(0.into()))
            .expect("an alias has a pool");
        assert_eq!(
            pool[&ip("192.0.2.1")],
            Sighting {
                first: start,
                last: later,
                looked_up: Some(later)
            }
        );
        assert_eq!(
            pool[&ip("192.0.2.2")],
            Sighting {
                first: start,
                last: start,
                looked_up: Some(start)
            }
        );
        // An address that both targets have shown can no longer tell them apart, unless its companions do.
        catalog.learn(Place::first_of(1.into()), &[ip("192.0.2.1")], TTL, later);
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.1"])).identity,
            Identity::Ambiguous
        );
        assert_eq!(
            catalog
                .find(&addresses(&["192.0.2.1", "192.0.2.2"]))
                .identity,
            Identity::Named(0.into())
        );
    }

    #[test]
    fn an_alias_beside_a_plain_set_does_not_win_by_chance() {
        let mut catalog = catalog(
            RecordType::A,
            vec![alias("blue.elb.example"), values(&["192.0.2.2"])],
        );
        catalog.learn(
            Place::first_of(0.into()),
            &[ip("192.0.2.1"), ip("192.0.2.2")],
            TTL,
            SystemTime::UNIX_EPOCH,
        );
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.2"])).identity,
            Identity::Ambiguous
        );
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.1"])).identity,
            Identity::Named(0.into())
        );
    }

    #[test]
    fn an_address_that_is_not_seen_for_ten_ttls_is_forgotten() {
        let mut catalog = catalog(RecordType::A, vec![alias("blue.elb.example")]);
        let start = SystemTime::UNIX_EPOCH;
        let (blue, old, new) = (Place::first_of(0.into()), ip("192.0.2.1"), ip("192.0.2.2"));
        assert!(catalog.learn(blue, &[old], TTL, start));
        for look_up in 1..=9 {
            let now = start + TTL * look_up;
            assert_eq!(catalog.learn(blue, &[new], TTL, now), look_up == 1);
            assert!(!catalog.age(now));
        }
        let ten = start + TTL * 10;
        assert!(catalog.age(ten));
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.1"])).identity,
            Identity::Unknown
        );
        assert_eq!(
            catalog.find(&addresses(&["192.0.2.2"])).identity,
            Identity::Named(0.into())
        );
        // A clock that is set back makes nothing old.
        assert!(!catalog.age(start));
    }
    #[test]
    fn a_set_is_reached_only_where_the_zone_or_a_look_up_says_that_it_is() {
        let now = SystemTime::UNIX_EPOCH;
        let mut sets = catalog(
            RecordType::A,
            vec![
                values(&["192.0.2.1", "192.0.2.2"]),
                alias("one.elb.amazonaws.com"),
                Target::Name(name("blue.example.net")),
            ],
        );
        let reach = |sets: &Catalog, set: usize, answered: &[&str]| -> Vec<String> {
            let reach = sets.reach(set.into(), &addresses(answered));
            reach.iter().map(ToString::to_string).collect()
        };
        // Half of the answer is somebody else's.
        assert_eq!(reach(&sets, 0, &["192.0.2.1", "10.0.0.1"]), ["192.0.2.1"]);
        assert_eq!(reach(&sets, 0, &["10.0.0.1"]), [""; 0]);
        // Nobody has looked the others up.
        assert_eq!(reach(&sets, 1, &["198.51.100.1"]), [""; 0]);
        assert_eq!(reach(&sets, 2, &["203.0.113.1"]), [""; 0]);
        let place = |set: usize| Place::first_of(set.into());
        sets.learn(place(1), &[ip("198.51.100.1")], TTL, now);
        sets.learn(place(2), &[ip("203.0.113.1")], TTL, now);
        // What stands beside a known address may be of the same set, and is not asked all the same.
        let answered = ["198.51.100.1", "198.51.100.2"];
        sets.learn_companions(1.into(), &addresses(&answered), now);
        assert_eq!(reach(&sets, 1, &answered), ["198.51.100.1"]);
        // Behind a name is what the look-up says, whatever the answer brings along.
        assert_eq!(reach(&sets, 2, &["10.0.0.1"]), ["203.0.113.1"]);
        assert_eq!(reach(&sets, 2, &[]), ["203.0.113.1"]);
    }
}
