//! Which record set an answer came from, and what is learnt about that from answers and look-ups: pools of addresses,
//! companions, overlaps, the caches of resolvers.
//!
//! Nothing here does input or output or asks for the time: answers, look-ups and ticks come with theirs.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::facts::{At, Found, Query};
use crate::model::answer::{Answer, AnswerValue, ServerMode};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::reading::SEGMENTS_KEPT;
use crate::model::record::{Place, Target, WeightedGroup};

/// Which record set an answer came from: named, ambiguous, unknown or undeclared.
pub mod catalog;
/// Which answers of a cache are samples of their own.
pub mod freshness;

use catalog::{Catalog, Identified, Identity, Overlap};
use freshness::{Cached, Freshness};

/// So long an answer waits at the most for the look-ups that may explain it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What is known about the answers of one watched record.
#[derive(Debug)]
pub struct Attribution {
    /// Oldest first; the last is in force.
    segments: VecDeque<Known>,
    /// By server; of use for those that are asked as resolvers.
    caches: Vec<Freshness>,
    /// Answers that no look-up explains, until fresh ones have ended.
    held: Vec<Held>,
    /// When the newest look-up that has ended began, for each alias target of the segment in force.
    looked_up: BTreeMap<Place, Duration>,
    /// Whether anybody looks targets up.
    looks_up: bool,
}

/// What the sets of one segment can answer.
#[derive(Debug)]
struct Known {
    number: u64,
    group: Arc<WeightedGroup>,
    catalog: Catalog,
}

#[derive(Debug)]
struct Held {
    since: At,
    query: Query,
    answer: Answer,
}

/// Where an answer came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attributed {
    /// The query that it answers.
    pub query: Query,
    /// The set, as far as one can be named.
    pub identity: Identity,
    /// Which leaf of a set with several it came from, where exactly one fits.
    pub leaf: Option<usize>,
    /// Whether it came out of a resolver's cache and says nothing new.
    pub cached_repeat: bool,
    /// Where the set that was named can be reached, as far as the addresses are known to be its own.
    pub reach: Vec<IpAddr>,
    /// The values that no set can have given, as far as is known; none unless that is why no set is named.
    pub strange: Vec<AnswerValue>,
    /// The answer held so many of so many values of the set that was named.
    pub partial: Option<(usize, usize)>,
}

impl Attribution {
    /// Nothing known yet but what is declared, for a number of name servers.
    pub fn new(number: u64, group: Arc<WeightedGroup>, servers: usize) -> Self {
        Self {
            segments: VecDeque::from([Known::new(number, group)]),
            caches: vec![Freshness::default(); servers],
            held: Vec::new(),
            looked_up: BTreeMap::new(),
            looks_up: false,
        }
    }

    /// Whether somebody looks targets up, so that an answer that none explains is worth waiting for them.
    pub fn expect_look_ups(&mut self, looks_up: bool) {
        self.looks_up = looks_up;
    }

    /// A segment begins. What is known of targets that have stayed the same is known of it too.
    pub fn declare(&mut self, number: u64, group: Arc<WeightedGroup>) {
        let mut next = Known::new(number, group);
        if let Some(before) = self.segments.back() {
            next.inherit(before);
        }
        self.segments.push_back(next);
        while self.segments.len() > SEGMENTS_KEPT {
            self.segments.pop_front();
        }
        self.looked_up.clear();
    }

    /// Takes the split in force with other details, such as TTLs.
    pub fn renew(&mut self, group: Arc<WeightedGroup>) {
        if let Some(current) = self.segments.back_mut() {
            current.group = group;
        }
    }

    /// A query is on its way.
    pub fn sent(&mut self, at: At, server: ServerIndex, segment: u64, mode: ServerMode) {
        if mode == ServerMode::ThroughResolver
            && let Some(cache) = self.caches.get_mut(server.get())
        {
            cache.sent(segment, at.uptime);
        }
    }

    /// Says where an answer came from; `None`: it waits for look-ups that may explain it, or its segment is not known any
    /// more.
    pub fn answered(&mut self, at: At, query: Query, answer: Answer) -> Option<Attributed> {
        let known = self.of(query.segment)?;
        let mut finding = known.catalog.find(&answer);
        if finding.identity == Identity::Undeclared {
            finding.identity = self.before(query.segment, &answer);
        }
        let waits = finding.needs_look_up && known.has_aliases() && self.looks_up;
        let cached_repeat = query.mode == ServerMode::ThroughResolver
            && !self.is_sample(at, query, &answer, finding);
        if waits && !cached_repeat {
            self.held.push(Held {
                since: at,
                query,
                answer,
            });
            return None;
        }
        Some(self.attribute(at, query, &answer, finding, cached_repeat))
    }

    /// Where an answer came from as the sets are declared now. Nothing is learnt from it.
    pub fn identify(&self, answer: &Answer) -> Identity {
        let Some(current) = self.current() else {
            return Identity::Unknown;
        };
        match current.catalog.find(answer).identity {
            Identity::Undeclared => self.before(current.number, answer),
            identity => identity,
        }
    }

    /// Takes in what a look-up has shown; `None`: it failed. Returns whether sets can answer something else now, and what
    /// has waited for it.
    pub fn looked_up(
        &mut self,
        at: At,
        began_at: Duration,
        segment: u64,
        place: Place,
        found: Option<&Found>,
    ) -> (bool, Vec<Attributed>) {
        let Some(known) = self
            .segments
            .iter_mut()
            .find(|known| known.number == segment)
        else {
            return (false, Vec::new());
        };
        let changed = found.is_some_and(|found| {
            let Found { addresses, ttl } = found;
            known.catalog.learn(place, addresses, *ttl, at.wall)
        });
        if self
            .current()
            .is_some_and(|current| current.number == segment)
        {
            self.looked_up.insert(place, began_at);
        }
        let Some(fresh) = self.fresh_since() else {
            return (changed, Vec::new());
        };
        (changed, self.release(at, |held| held.since.uptime <= fresh))
    }

    /// Stops waiting for what has not come in time.
    pub fn expire(&mut self, at: At) -> Vec<Attributed> {
        self.release(at, |held| held.since.uptime + LONGEST_WAIT <= at.uptime)
    }

    /// Stops waiting for anything.
    pub fn give_up(&mut self, at: At) -> Vec<Attributed> {
        self.release(at, |_| true)
    }

    /// Whether answers wait for look-ups.
    pub fn is_waiting(&self) -> bool {
        !self.held.is_empty()
    }

    /// Forgets addresses of alias targets that were not seen for long. Returns whether there were any.
    pub fn age(&mut self, at: At) -> bool {
        let current = self.segments.back_mut();
        current.is_some_and(|current| current.catalog.age(at.wall))
    }

    /// Which sets of the segment in force cannot be told apart by their answers at the moment.
    pub fn overlaps(&self) -> Vec<Overlap> {
        self.current()
            .map_or_else(Vec::new, |current| current.catalog.overlaps())
    }

    /// The sets of the segment in force with a target of which not all addresses are kept.
    pub fn full_pools(&self) -> Vec<SetIndex> {
        let current = self.current();
        current.map_or_else(Vec::new, |current| current.catalog.full_pools())
    }

    /// Whether no answer at all tells from which set it came, given all overlaps.
    pub fn is_blind(&self, overlaps: &[Overlap]) -> bool {
        self.current()
            .is_some_and(|current| current.catalog.is_blind(overlaps))
    }

    /// How many addresses of an alias target of the segment in force are known.
    pub fn pool_size(&self, place: Place) -> usize {
        let pool = self
            .current()
            .and_then(|current| current.catalog.pool(place));
        pool.map_or(0, BTreeMap::len)
    }

    fn current(&self) -> Option<&Known> {
        self.segments.back()
    }

    fn of(&self, segment: u64) -> Option<&Known> {
        self.segments
            .iter()
            .rev()
            .find(|known| known.number == segment)
    }

    /// Every alias target of the segment in force has been looked up since then.
    fn fresh_since(&self) -> Option<Duration> {
        let targets = self.current()?.group.targets();
        let aliases = targets.filter(|(_, target)| matches!(target, Target::Alias(_)));
        // The order of options puts what was never looked up first.
        aliases
            .map(|(place, _)| self.looked_up.get(&place).copied())
            .min()
            .flatten()
    }

    fn release(&mut self, at: At, fits: impl Fn(&Held) -> bool) -> Vec<Attributed> {
        let (released, held) = std::mem::take(&mut self.held).into_iter().partition(fits);
        self.held = held;
        let released: Vec<Held> = released;
        let attribute = |held: Held| {
            self.share_look_ups_with(held.query.segment);
            let finding = self.of(held.query.segment)?.catalog.find(&held.answer);
            Some(self.attribute(at, held.query, &held.answer, finding, false))
        };
        released.into_iter().filter_map(attribute).collect()
    }

    /// Look-ups are for the segment in force, and an older one may have the same targets.
    fn share_look_ups_with(&mut self, segment: u64) {
        let Some((current, older)) = self.segments.make_contiguous().split_last_mut() else {
            return;
        };
        if let Some(older) = older.iter_mut().find(|known| known.number == segment) {
            older.inherit(current);
        }
    }

    fn attribute(
        &mut self,
        at: At,
        query: Query,
        answer: &Answer,
        finding: Identified,
        cached_repeat: bool,
    ) -> Attributed {
        let (mut reach, mut strange) = (Vec::new(), Vec::new());
        let known = self
            .segments
            .iter_mut()
            .find(|known| known.number == query.segment);
        if let (Identity::Undeclared | Identity::Unknown, Some(known)) = (finding.identity, &known)
        {
            strange = known.catalog.strange(answer);
        }
        if let (Identity::Named(set), Some(known)) = (finding.identity, known) {
            // What comes out of a cache may be older than it looks.
            if finding.has_new_addresses && query.mode == ServerMode::Direct {
                known.catalog.learn_companions(set, answer, at.wall);
            }
            reach = known.catalog.reach(set, answer);
        }
        Attributed {
            query,
            identity: finding.identity,
            leaf: finding.leaf,
            cached_repeat,
            reach,
            strange,
            partial: finding.partial,
        }
    }

    /// Where an answer came from that holds what no set of a segment declares: the one set that had all of it before, if
    /// there was one. Of a few that had it none can be named.
    fn before(&self, segment: u64, answer: &Answer) -> Identity {
        let earlier = self.segments.iter().rev();
        for known in earlier.filter(|known| known.number < segment) {
            let finding = known.catalog.find(answer);
            match finding.identity {
                // Beside an address that is known of an alias there is something else.
                Identity::Named(_) if finding.has_new_addresses => {}
                Identity::Named(set) => {
                    let segment = known.number;
                    return Identity::Former { segment, set };
                }
                Identity::Ambiguous => return Identity::Unknown,
                _ => {}
            }
        }
        Identity::Undeclared
    }

    /// Whether the answer of a resolver is one that was not counted before.
    fn is_sample(&mut self, at: At, query: Query, answer: &Answer, finding: Identified) -> bool {
        // What was declared before tells by its TTL when it was picked as well.
        let (segment, picked) = match finding.identity {
            Identity::Named(set) => (query.segment, Some(set)),
            Identity::Former { segment, set } => (segment, Some(set)),
            Identity::Ambiguous | Identity::Unknown | Identity::Undeclared => (query.segment, None),
        };
        let group = self.of(segment).map(|known| &known.group);
        let cached = Cached {
            segment: query.segment,
            set: picked.filter(|_| segment == query.segment),
            remaining: answer.own_ttl.unwrap_or_default(),
            declared: picked.and_then(|set| group?.sets.get(set.get())?.ttl),
        };
        let cache = self.caches.get_mut(query.server.get());
        cache.is_some_and(|cache| cache.is_sample(cached, at.uptime))
    }
}

impl Known {
    fn new(number: u64, group: Arc<WeightedGroup>) -> Self {
        Self {
            number,
            catalog: Catalog::new(&group),
            group,
        }
    }

    fn inherit(&mut self, other: &Self) {
        self.catalog
            .inherit(&self.group, &other.catalog, &other.group);
    }

    /// Whether there are targets whose addresses only look-ups can tell.
    fn has_aliases(&self) -> bool {
        let mut targets = self.group.targets();
        targets.any(|(_, target)| matches!(target, Target::Alias(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::RecordName;
    use crate::model::record::{AliasTarget, RecordType, WeightedSet};
    use std::time::SystemTime;

    fn group(identifiers: &[&str]) -> Arc<WeightedGroup> {
        let name = |text: &str| RecordName::from_user(text).expect("a name");
        let set = |identifier: &&str| {
            let target = Target::Alias(AliasTarget {
                name: name(&format!("{identifier}.elb.example.net")),
                zone_id: "Z35SXDOTRQ7X7K".to_owned(),
                evaluate_target_health: false,
            });
            WeightedSet::new(identifier, 1, target)
        };
        let sets = identifiers.iter().map(set).collect();
        let name = name("app.example.com");
        Arc::new(WeightedGroup::of_weights(name, RecordType::A, sets))
    }

    fn at(millis: u64) -> At {
        let uptime = Duration::from_millis(millis);
        At {
            uptime,
            wall: SystemTime::UNIX_EPOCH + uptime,
        }
    }

    fn ip(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    /// An answer with one address comes in at that time, for the first segment.
    fn answered(attribution: &mut Attribution, millis: u64, last: u8) -> Option<Attributed> {
        let query = Query {
            sent_at: at(millis).uptime,
            server: 0.into(),
            segment: 1,
            mode: ServerMode::Direct,
            stray: 0,
        };
        let answer = Answer {
            addresses: vec![ip(last)],
            ..Answer::default()
        };
        attribution.answered(at(millis), query, answer)
    }

    /// A look-up of the first target of a set ends at that time.
    fn looked_up(
        attribution: &mut Attribution,
        (began, ended): (u64, u64),
        set: usize,
        found: Option<u8>,
    ) -> Vec<Identity> {
        let found = found.map(|last| Found {
            addresses: vec![ip(last)],
            ttl: Duration::from_mins(1),
        });
        let place = Place::first_of(set.into());
        let began = at(began).uptime;
        let (_, explained) = attribution.looked_up(at(ended), began, 1, place, found.as_ref());
        explained.into_iter().map(|one| one.identity).collect()
    }

    fn attribution() -> Attribution {
        let mut attribution = Attribution::new(1, group(&["blue", "green"]), 1);
        attribution.expect_look_ups(true);
        attribution
    }

    #[test]
    fn an_answer_waits_until_every_target_was_looked_up_after_it() {
        let mut attribution = attribution();
        assert_eq!(answered(&mut attribution, 1_000, 7), None);
        assert!(attribution.is_waiting());
        // Look-ups that began before it say nothing about it, and one target alone is not enough.
        assert_eq!(looked_up(&mut attribution, (900, 1_100), 0, Some(1)), []);
        assert_eq!(looked_up(&mut attribution, (900, 1_100), 1, Some(2)), []);
        assert_eq!(looked_up(&mut attribution, (1_100, 1_200), 1, Some(7)), []);
        // One that failed has ended too.
        let explained = looked_up(&mut attribution, (1_100, 1_300), 0, None);
        assert_eq!(explained, [Identity::Named(1.into())]);
        assert!(!attribution.is_waiting());
        let known = answered(&mut attribution, 1_400, 7).expect("no need to wait");
        assert_eq!(known.identity, Identity::Named(1.into()));
    }

    #[test]
    fn what_no_look_up_explains_is_unknown_after_two_seconds_or_at_the_end() {
        let mut attribution = attribution();
        assert_eq!(answered(&mut attribution, 1_000, 7), None);
        assert_eq!(answered(&mut attribution, 2_000, 8), None);
        assert_eq!(attribution.expire(at(2_999)), []);
        let expired = attribution.expire(at(3_000));
        assert_eq!(expired.len(), 1);
        assert_eq!(expired[0].identity, Identity::Unknown);
        assert_eq!(attribution.give_up(at(3_001)).len(), 1);
        assert!(!attribution.is_waiting());
    }

    #[test]
    fn nobody_waits_where_nobody_looks_up() {
        let mut attribution = Attribution::new(1, group(&["blue"]), 1);
        let unknown = answered(&mut attribution, 1_000, 7).expect("at once");
        assert_eq!(unknown.identity, Identity::Unknown);
    }

    #[test]
    fn an_answer_that_waits_across_a_change_belongs_to_its_own_segment() {
        let mut attribution = attribution();
        assert_eq!(answered(&mut attribution, 1_000, 7), None);
        attribution.declare(2, group(&["green"]));
        let place = Place::first_of(0.into());
        let found = Found {
            addresses: vec![ip(7)],
            ttl: Duration::from_mins(1),
        };
        let began = at(1_100).uptime;
        let (_, explained) = attribution.looked_up(at(1_200), began, 2, place, Some(&found));
        assert_eq!(explained.len(), 1);
        assert_eq!(explained[0].query.segment, 1);
        assert_eq!(explained[0].identity, Identity::Named(1.into()));
    }
}
