//! Looks up what alias and CNAME sets point to, again and again: an alias answers with the addresses that its target has at
//! the moment, and only who has seen them before can tell which set an answer came from.
//!
//! Every target has a time of its own at which it is due, so a dead one delays nobody. An answer that no look-up can
//! explain makes all alias targets due at once.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lookup::{Family, Lookup};
use super::watch::Watch;
use crate::clock;
use crate::facts::{At, Fact, Found};
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::language::Both;
use crate::model::name::RecordName;
use crate::model::record::{Place, Target, WeightedGroup};
use crate::tally::Tally;

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

/// What has to be looked up: every alias, and CNAME targets when HTTP wants their addresses.
fn name_to_look_up(target: &Target, http: bool) -> Option<&RecordName> {
    match target {
        Target::Alias(alias) => Some(&alias.name),
        Target::Name(name) if http => Some(name),
        Target::Name(_) | Target::Addresses(_) | Target::Leaves(_) => None,
    }
}

/// Whether a group needs a resolver at all.
pub fn needed(group: &WeightedGroup, http: bool) -> bool {
    let mut targets = group.targets();
    targets.any(|(_, target)| name_to_look_up(target, http).is_some())
}

/// When each target is due again, and which failures have been told.
#[derive(Debug, Default)]
pub struct LookupSchedule {
    timing: Timing,
    /// The segment in force; none has the number zero.
    segment: u64,
    /// Its targets, each with all the places that lead to it.
    targets: BTreeMap<RecordName, State>,
    failures: HashMap<RecordName, NoAddress>,
    /// The last time at which an answer could not be explained.
    wanted_at: Option<Instant>,
}

/// One target.
#[derive(Clone, Debug)]
struct State {
    places: Vec<Place>,
    alias: bool,
    due: Instant,
    running: bool,
    /// When its newest look-up began.
    started: Option<Instant>,
}

/// A look-up that has ended.
#[derive(Debug)]
struct Ended {
    segment: u64,
    group: Arc<WeightedGroup>,
    places: Vec<Place>,
    name: RecordName,
    started: Instant,
    result: Result<Found, Both>,
}

/// Looks every target up once, side by side, before the first question is asked. Failures become events.
pub async fn look_up_all(lookup: &Lookup, tally: &Tally, http: bool) -> LookupSchedule {
    let mut schedule = LookupSchedule::default();
    let mut running = JoinSet::new();
    schedule.start_due(lookup, tally, http, &mut running);
    while let Some(ended) = running.join_next().await {
        for fact in schedule.take(ended, tally, None) {
            tally.take(fact);
        }
    }
    schedule
}

/// Keeps the targets of whatever segment is in force looked up until it is stopped.
pub async fn run(
    lookup: Lookup,
    watch: Arc<Watch>,
    http: bool,
    mut schedule: LookupSchedule,
    stop: CancellationToken,
) {
    let tally = &watch.tally;
    let mut running = JoinSet::new();
    loop {
        schedule.start_due(&lookup, tally, http, &mut running);
        tokio::select! {
            () = stop.cancelled() => return,
            Some(ended) = running.join_next() => {
                for fact in schedule.take(ended, tally, Some(&watch)) {
                    watch.learn(fact);
                }
            }
            () = watch.look_ups_wanted.notified() => schedule.look_up_soon(clock::instant()),
            () = tokio::time::sleep_until(schedule.next_due()) => {}
        }
    }
}

impl LookupSchedule {
    /// Nothing yet, with a timing of its own.
    pub fn with_timing(timing: Timing) -> Self {
        Self {
            timing,
            ..Self::default()
        }
    }

    /// Begins the look-ups of the segment in force that are due.
    fn start_due(
        &mut self,
        lookup: &Lookup,
        tally: &Tally,
        http: bool,
        running: &mut JoinSet<Ended>,
    ) {
        let (segment, group) = tally.in_force();
        let now = clock::instant();
        if self.segment != segment {
            self.segment = segment;
            self.targets = states(&group, http, now);
        }
        let family = Family::of(group.record_type);
        let mut states = self.targets.iter_mut();
        let is_due = |state: &State| !state.running && state.due <= now;
        while let Some((name, state)) = states.find(|(_, state)| is_due(state)) {
            state.running = true;
            state.started = Some(now);
            let (lookup, group, name) = (lookup.clone(), Arc::clone(&group), name.clone());
            let places = state.places.clone();
            running.spawn(async move {
                Ended {
                    result: lookup.addresses(&name, family).await,
                    segment,
                    group,
                    places,
                    name,
                    started: now,
                }
            });
        }
    }

    /// When something is due next; soon enough in any case to notice a new segment.
    fn next_due(&self) -> Instant {
        let waiting = self.targets.values().filter(|state| !state.running);
        let tick = clock::instant() + self.timing.soonest;
        waiting.map(|state| state.due).fold(tick, Instant::min)
    }

    /// Somebody has an answer that no look-up explains.
    fn look_up_soon(&mut self, now: Instant) {
        self.wanted_at = Some(now);
        for state in self.targets.values_mut() {
            state.look_up_soon(now, now, self.timing.soonest);
        }
    }

    /// Takes in a look-up that has ended, and says what was learnt; `watch` is the run for which it was, once that is under way.
    fn take(
        &mut self,
        ended: Result<Ended, JoinError>,
        tally: &Tally,
        watch: Option<&Watch>,
    ) -> Vec<Fact> {
        // A look-up that panicked has said so through the hook, and its target is not looked up any more.
        let Ok(ended) = ended else {
            return Vec::new();
        };
        let segment = ended.segment;
        let (wait, found) = match &ended.result {
            Ok(found) if !found.addresses.is_empty() => {
                let ttl = found.ttl.clamp(self.timing.soonest, self.timing.latest);
                self.failures.remove(&ended.name);
                let addresses = found.addresses.clone();
                (ttl, Some(Found { addresses, ttl }))
            }
            // What was under way while this machine stood still tells nothing.
            _ if watch.is_some_and(|watch| watch.stood_still_since(ended.started)) => {
                (Duration::ZERO, None)
            }
            _ => {
                self.tell(tally, &ended);
                (self.timing.retry, None)
            }
        };
        let now = clock::now();
        let in_force = segment == self.segment;
        if let Some(state) = self.targets.get_mut(&ended.name).filter(|_| in_force) {
            state.running = false;
            state.due = now.instant + wait;
            if let Some(wanted_at) = self.wanted_at {
                state.look_up_soon(wanted_at, now.instant, self.timing.soonest);
            }
        }
        // Before the run has started, no time of it has passed.
        let none_passed = At {
            uptime: Duration::ZERO,
            wall: now.wall,
        };
        let at = watch.map_or(none_passed, |watch| watch.at(now));
        let took = now.instant.saturating_duration_since(ended.started);
        let fact = |&place: &Place| Fact::LookedUp {
            at,
            began_at: at.uptime.saturating_sub(took),
            segment,
            place,
            found: found.clone(),
        };
        ended.places.iter().map(fact).collect()
    }

    /// Tells of a failure. A target that stays dead is told once, not every five seconds.
    fn tell(&mut self, tally: &Tally, ended: &Ended) {
        let (group, name) = (&ended.group, &ended.name);
        let none = NoAddress::NoRecord(group.record_type);
        let why = (ended.result.clone().err()).map_or(none, NoAddress::Failed);
        if self.failures.get(name) == Some(&why) {
            return;
        }
        self.failures.insert(name.clone(), why.clone());
        let of = LookedUp::Target {
            name: name.clone(),
            set: group.sets[ended.places[0].set.get()].identifier.clone(),
        };
        tally.event(clock::wall(), Happening::LookupFailed { of, why });
    }
}

/// The targets of a group, all due.
fn states(group: &WeightedGroup, http: bool, now: Instant) -> BTreeMap<RecordName, State> {
    let mut states = BTreeMap::new();
    for (place, target) in group.targets() {
        let Some(name) = name_to_look_up(target, http) else {
            continue;
        };
        let state = states.entry(name.clone()).or_insert(State {
            places: Vec::new(),
            alias: false,
            due: now,
            running: false,
            started: None,
        });
        state.places.push(place);
        state.alias |= matches!(target, Target::Alias(_));
    }
    states
}

impl State {
    /// Makes an alias target due if its newest look-up began before it was wanted.
    fn look_up_soon(&mut self, wanted: Instant, now: Instant, soonest: Duration) {
        if self.alias && !self.running && self.started.is_none_or(|started| started < wanted) {
            let earliest = self.started.map_or(now, |started| started + soonest);
            self.due = self.due.min(earliest.max(now));
        }
    }
}
