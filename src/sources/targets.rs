//! Looks up what alias and CNAME sets point to, again and again: an alias answers with the addresses that its target has at
//! the moment, and only who has seen them before can tell which set an answer came from.
//!
//! Every target has a time of its own at which it is due, so a dead one delays nobody. An answer that no look-up can
//! explain makes all alias targets due at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lookup::{Family, Found, Lookup};
use crate::clock;
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::name::RecordName;
use crate::model::record::{Place, RecordType, Target, WeightedGroup};
use crate::tally::{Segment, Tally};

/// So long an answer waits at the most for the look-ups that may explain it.
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// How often targets are looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// The TTL of a target decides how often it is looked up, but not more often than this, whatever happens.
    pub soonest: Duration,
    /// And not less often than this.
    pub latest: Duration,
    /// After a failed look-up.
    pub retry: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            soonest: Duration::from_secs(1),
            latest: Duration::from_mins(1),
            retry: Duration::from_secs(5),
        }
    }
}

/// What has to be looked up for a group: every alias, and CNAME targets when HTTP wants their addresses.
fn wanted(group: &WeightedGroup, http: bool) -> Vec<(Place, RecordName)> {
    let look_up = |(place, target)| Some((place, name_to_look_up(target, http)?.clone()));
    group.targets().filter_map(look_up).collect()
}

fn name_to_look_up(target: &Target, http: bool) -> Option<&RecordName> {
    match target {
        Target::Alias(alias) => Some(&alias.name),
        Target::Name(name) if http => Some(name),
        Target::Name(_) | Target::Addresses(_) | Target::Leaves(_) => None,
    }
}

/// Whether a group needs a resolver at all.
pub fn needed(group: &WeightedGroup, http: bool) -> bool {
    !wanted(group, http).is_empty()
}

/// A place in a segment.
type Key = (u64, Place);

/// When each target is due again, and which failures have been told.
#[derive(Debug, Default)]
pub struct Memory {
    timing: Timing,
    /// Of the segment in force.
    targets: HashMap<Key, State>,
    failures: HashMap<RecordName, NoAddress>,
    /// The last time at which an answer could not be explained.
    hurried: Option<Instant>,
    shared: Arc<Shared>,
}

/// One target.
#[derive(Clone, Copy, Debug)]
struct State {
    alias: bool,
    due: Instant,
    running: bool,
    /// When its newest look-up began.
    started: Option<Instant>,
    /// When the newest of those that have ended began.
    ended: Option<Instant>,
}

/// What those who wait for look-ups and the one who makes them have in common.
#[derive(Debug, Default)]
struct Shared {
    wanted: Notify,
    /// Every alias target has been looked up since then.
    fresh: watch::Sender<Option<Instant>>,
}

/// Asks for fresh look-ups of all alias targets. Many may ask at the same time; they share the look-ups.
#[derive(Clone, Debug)]
pub struct Refresher(Arc<Shared>);

impl Refresher {
    /// Waits until a look-up that began after now has ended for every alias target, but not for long.
    pub async fn refresh(&self) {
        let now = clock::instant();
        let mut fresh = self.0.fresh.subscribe();
        self.0.wanted.notify_one();
        let done = fresh.wait_for(|fresh| fresh.is_some_and(|since| since >= now));
        // What is not known by then stays unknown.
        let _ = tokio::time::timeout(LONGEST_WAIT, done).await;
    }
}

/// A look-up that has ended.
#[derive(Debug)]
struct Ended {
    segment: Arc<Segment>,
    place: Place,
    name: RecordName,
    started: Instant,
    result: Result<Found, String>,
}

/// Looks every target up once, side by side, before the first question is asked. Failures become events.
pub async fn look_up_all(lookup: &Lookup, tally: &Tally, http: bool) -> Memory {
    let mut memory = Memory::default();
    let mut running = JoinSet::new();
    memory.start_due(lookup, tally, http, &mut running);
    while let Some(ended) = running.join_next().await {
        memory.take(ended, tally);
    }
    memory
}

/// Keeps the targets of whatever segment is in force looked up until it is stopped.
pub async fn run(
    lookup: Lookup,
    tally: Arc<Tally>,
    http: bool,
    mut memory: Memory,
    stop: CancellationToken,
) {
    let shared = Arc::clone(&memory.shared);
    let mut running = JoinSet::new();
    loop {
        memory.start_due(&lookup, &tally, http, &mut running);
        tokio::select! {
            () = stop.cancelled() => return,
            Some(ended) = running.join_next() => memory.take(ended, &tally),
            () = shared.wanted.notified() => memory.hurry(clock::instant()),
            () = tokio::time::sleep_until(memory.next_due()) => {
                let now = clock::wall();
                if tally.current().age(now) {
                    tally.review_overlaps(now);
                }
            }
        }
    }
}

impl Memory {
    /// Nothing yet, with a timing of its own.
    pub fn with_timing(timing: Timing) -> Self {
        Self {
            timing,
            ..Self::default()
        }
    }

    /// What asks for fresh look-ups while `run` is at work with this memory.
    pub fn refresher(&self) -> Refresher {
        Refresher(Arc::clone(&self.shared))
    }

    /// Begins the look-ups of the segment in force that are due.
    fn start_due(
        &mut self,
        lookup: &Lookup,
        tally: &Tally,
        http: bool,
        running: &mut JoinSet<Ended>,
    ) {
        let segment = tally.current();
        let now = clock::instant();
        self.follow(&segment, http, now);
        let family = if segment.group.record_type == RecordType::Aaaa {
            Family::V6
        } else {
            Family::V4
        };
        for (place, name) in wanted(&segment.group, http) {
            let Some(state) = self.targets.get_mut(&(segment.number, place)) else {
                continue;
            };
            if state.running || state.due > now {
                continue;
            }
            state.running = true;
            state.started = Some(now);
            let (lookup, segment) = (lookup.clone(), Arc::clone(&segment));
            running.spawn(async move {
                Ended {
                    result: lookup.addresses(&name, family).await,
                    segment,
                    place,
                    name,
                    started: now,
                }
            });
        }
    }

    /// Makes sure that there is a state for each target of the segment in force and for no other.
    fn follow(&mut self, segment: &Segment, http: bool, now: Instant) {
        let number = segment.number;
        if self.targets.keys().any(|(known, _)| *known == number) {
            return;
        }
        let new = |(place, target): (Place, &Target)| {
            let state = State {
                alias: matches!(target, Target::Alias(_)),
                due: now,
                running: false,
                started: None,
                ended: None,
            };
            name_to_look_up(target, http).map(|_| ((number, place), state))
        };
        self.targets = segment.group.targets().filter_map(new).collect();
        self.publish();
    }

    /// When something is due next; soon enough in any case to notice a new segment.
    fn next_due(&self) -> Instant {
        let waiting = self.targets.values().filter(|state| !state.running);
        let tick = clock::instant() + self.timing.soonest;
        waiting
            .map(|state| state.due)
            .min()
            .unwrap_or(tick)
            .min(tick)
    }

    /// Somebody has an answer that no look-up explains.
    fn hurry(&mut self, now: Instant) {
        self.hurried = Some(now);
        for state in self.targets.values_mut() {
            state.hurry(now, now, self.timing.soonest);
        }
    }

    /// Takes in a look-up that has ended.
    fn take(&mut self, ended: Result<Ended, JoinError>, tally: &Tally) {
        // A look-up that panicked has said so through the hook, and its target is not looked up any more.
        let Ok(ended) = ended else { return };
        let Ended {
            segment,
            place,
            name,
            started,
            result,
        } = ended;
        let wait = match result {
            Ok(Found { addresses, ttl }) if !addresses.is_empty() => {
                let ttl = ttl.clamp(self.timing.soonest, self.timing.latest);
                let now = clock::wall();
                if segment.learn(place, &addresses, ttl, now) {
                    tally.review_overlaps(now);
                }
                self.failures.remove(&name);
                ttl
            }
            other => {
                let none = NoAddress::NoRecord(segment.group.record_type);
                let why = other.err().map_or(none, NoAddress::Failed);
                self.tell(tally, &segment, place, name, why);
                self.timing.retry
            }
        };
        let now = clock::instant();
        if let Some(state) = self.targets.get_mut(&(segment.number, place)) {
            state.running = false;
            state.ended = Some(started);
            state.due = now + wait;
            if let Some(hurried) = self.hurried {
                state.hurry(hurried, now, self.timing.soonest);
            }
        }
        self.publish();
    }

    /// Tells of a failure. A target that stays dead is told once, not every five seconds.
    fn tell(
        &mut self,
        tally: &Tally,
        segment: &Segment,
        place: Place,
        name: RecordName,
        why: NoAddress,
    ) {
        if self.failures.get(&name) == Some(&why) {
            return;
        }
        let of = LookedUp::Target {
            name: name.clone(),
            set: segment.group.sets[place.set].identifier.clone(),
        };
        self.failures.insert(name, why.clone());
        tally.event(clock::wall(), Happening::LookupFailed { of, why });
    }

    /// Tells those who wait since when all alias targets have been looked up.
    fn publish(&self) {
        let aliases = self.targets.values().filter(|state| state.alias);
        // The order of options puts what was never looked up first.
        let fresh = aliases.map(|state| state.ended).min().flatten();
        self.shared.fresh.send_replace(fresh);
    }
}

impl State {
    /// Makes an alias target due if its newest look-up began before it was wanted.
    fn hurry(&mut self, wanted: Instant, now: Instant, soonest: Duration) {
        if self.alias && !self.running && self.started.is_none_or(|started| started < wanted) {
            let earliest = self.started.map_or(now, |started| started + soonest);
            self.due = self.due.min(earliest.max(now));
        }
    }
}
