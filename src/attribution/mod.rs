//! Which record set an answer came from, and what is learnt about that from answers and look-ups: pools of addresses,
//! companions, overlaps, the caches of resolvers.
//!
//! Nothing here does input or output or asks for the time: answers, look-ups and ticks come with theirs.

use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::facts::{At, Found, Query};
use crate::model::answer::{Answer, ServerMode};
use crate::model::index::ServerIndex;
use crate::model::record::{Place, Target, WeightedGroup};

/// Which record set an answer came from: named, ambiguous or unknown.
pub mod catalog;
/// Which answers of a cache are samples of their own.
pub mod freshness;

use catalog::{Catalog, Finding, Identity, Overlap};
use freshness::{Cached, Freshness};

/// So long an answer waits at the most for the look-ups that may explain it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// Queries of so many segments may still be under way.
const SEGMENTS_KEPT: usize = 8;

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
    /// Where the set that was named can be reached: what was answered, or what stands behind the name that was.
    pub reach: Vec<IpAddr>,
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
        let finding = known.catalog.find(&answer);
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
        self.segments.back_mut().is_some_and(|current| {
            current.catalog.has_aged(at.wall) && current.catalog.age(at.wall)
        })
    }

    /// Which sets of the segment in force cannot be told apart by their answers at the moment.
    pub fn overlaps(&self) -> Vec<Overlap> {
        self.current()
            .map_or_else(Vec::new, |current| current.catalog.overlaps())
    }

    /// Whether no answer at all tells from which set it came.
    pub fn is_blind(&self) -> bool {
        self.current()
            .is_some_and(|current| current.catalog.is_blind())
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
        finding: Finding,
        cached_repeat: bool,
    ) -> Attributed {
        let mut reach = Vec::new();
        let known = self
            .segments
            .iter_mut()
            .find(|known| known.number == query.segment);
        if let (Identity::Named(set), Some(known)) = (finding.identity, known) {
            // What comes out of a cache may be older than it looks.
            if finding.has_new_addresses && query.mode == ServerMode::Direct {
                known.catalog.learn_companions(set, answer, at.wall);
            }
            // A CNAME may bring no address along: its target is looked up beside.
            reach = if answer.addresses.is_empty() {
                known.catalog.reach(set)
            } else {
                answer.addresses.clone()
            };
        }
        Attributed {
            query,
            identity: finding.identity,
            leaf: finding.leaf,
            cached_repeat,
            reach,
        }
    }

    /// Whether the answer of a resolver is one that was not counted before.
    fn is_sample(&mut self, at: At, query: Query, answer: &Answer, finding: Finding) -> bool {
        let set = match finding.identity {
            Identity::Named(set) => Some(set),
            Identity::Ambiguous | Identity::Unknown => None,
        };
        let group = self.of(query.segment).map(|known| &known.group);
        let cached = Cached {
            segment: query.segment,
            set,
            remaining: answer.own_ttl.unwrap_or_default(),
            declared: set.and_then(|set| group?.sets.get(set.get())?.ttl),
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
