//! Whether the rules of a run hold: at each tick from what is known at that moment, without a clock of its own.
//!
//! A rule about a measured value speaks of the value over the time that it names, once that time has been watched as a whole
//! and enough was measured in it. Its gate trips in the first tick in which the value is on the wrong side of the limit. It goes
//! when the value has been well inside the limit for a while, or when nothing is measured any more; at the edge it stays.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::http::HttpWindows;
use crate::model::event::Happening;
use crate::model::gate::{
    Amount, Condition, Gate, GateReading, GateState, Known, Metric, Relation, Scope, Subject,
};
use crate::model::index::ServerIndex;
use crate::model::notice::StarvedGate;
use crate::model::reading::{HttpReading, Outcomes};
use crate::model::share::as_f64;
use crate::model::verdict::VerdictState;
use crate::snapshot::{Server, Snapshot};

/// So long a value has to be well inside its limit before the gate goes.
const CALM: Duration = Duration::from_secs(10);

/// What gates look at.
pub struct Seen<'seen> {
    /// One moment of the run.
    pub snapshot: &'seen Snapshot,
    /// The HTTP requests of the recent past.
    pub windows: &'seen HttpWindows,
    /// Whether the first set is proven to answer worse than the second; `None`: nothing is proven.
    pub worse: &'seen dyn Fn(&str, &str) -> Option<bool>,
    /// How long the certificate of a set is still valid; `None`: none was seen.
    pub certificate: &'seen dyn Fn(&str) -> Option<Duration>,
}

/// All gates of a run.
#[derive(Debug)]
pub struct Gates {
    held: Vec<Held>,
    counted: Counted,
    /// When the first request to each set was seen to have ended.
    requested_since: BTreeMap<String, Duration>,
}

/// One gate with what was thought before.
#[derive(Debug)]
struct Held {
    gate: Arc<Gate>,
    tracks: Vec<Track>,
    trips: u64,
}

/// What was thought of one of those whom a gate is about.
#[derive(Debug)]
struct Track {
    known: Known,
    /// Since when it has been bad without a break.
    bad_since: Option<Duration>,
    /// Since when it has been well inside the limit without a break.
    calm_since: Option<Duration>,
}

/// What is found at one tick.
#[derive(Debug, Default)]
struct Found {
    value: Option<Amount>,
    samples: u64,
    /// Whether so much was measured for so long that the value says something.
    is_enough: bool,
    is_bad: bool,
    /// Whether it is well inside the limit.
    is_calm: bool,
    /// For how long it has been bad already, where the value says so itself.
    bad_for: Duration,
}

impl Gates {
    /// Nothing seen yet.
    pub fn new(gates: &[Arc<Gate>]) -> Self {
        let held = gates.iter().map(|gate| Held {
            gate: Arc::clone(gate),
            tracks: Vec::new(),
            trips: 0,
        });
        Self {
            held: held.collect(),
            counted: Counted::new(longest(gates)),
            requested_since: BTreeMap::new(),
        }
    }

    /// Holds all rules against what is known now. What has changed is told.
    pub fn look(&mut self, seen: &Seen) -> (Vec<GateReading>, Vec<Happening>) {
        if self.held.is_empty() {
            return (Vec::new(), Vec::new());
        }
        let snapshot = seen.snapshot;
        self.counted.write(snapshot);
        for set in snapshot.sets() {
            let requests = set.http.as_ref().map_or(0, |http| http.requests);
            if requests > 0 && !self.requested_since.contains_key(&set.identifier) {
                let since = (set.identifier.clone(), snapshot.uptime);
                self.requested_since.extend([since]);
            }
        }
        let mut measures = Measures {
            seen,
            counted: &self.counted,
            requested_since: &self.requested_since,
            http: BTreeMap::new(),
        };
        let mut events = Vec::new();
        let held = self.held.iter_mut();
        let readings = held.map(|held| held.look(&mut measures, &mut events));
        (readings.collect(), events)
    }
}

/// The longest time that a rule names.
pub fn longest(gates: &[Arc<Gate>]) -> Duration {
    let windows = gates.iter().filter_map(|gate| gate.rule.window);
    windows.max().unwrap_or_default()
}

impl Held {
    fn look(&mut self, measures: &mut Measures, events: &mut Vec<Happening>) -> GateReading {
        let snapshot = measures.seen.snapshot;
        let (uptime, now) = (snapshot.uptime, snapshot.now);
        let subjects = subjects(&self.gate.rule.scope, &self.gate.rule.condition, snapshot);
        // Who is not there any more cannot be bad any more.
        let (stays, gone) = std::mem::take(&mut self.tracks)
            .into_iter()
            .partition(|track: &Track| subjects.contains(&track.known.subject));
        self.tracks = stays;
        let gone: Vec<Track> = gone;
        let gone = gone
            .into_iter()
            .filter(|track| track.known.state == GateState::Tripped);
        events.extend(gone.map(|track| cleared(&self.gate, track.known)));
        for subject in subjects {
            let found = measures.find(&self.gate, &subject);
            let place = self
                .tracks
                .iter()
                .position(|track| track.known.subject == subject);
            let place = place.unwrap_or_else(|| {
                self.tracks.push(Track::new(subject, now));
                self.tracks.len() - 1
            });
            match self.tracks[place].take(&self.gate, &found, uptime, now) {
                Some(Turn::Tripped) => {
                    self.trips += 1;
                    events.push(Happening::GateTripped {
                        gate: Arc::clone(&self.gate),
                        known: self.tracks[place].known.clone(),
                    });
                }
                Some(Turn::Cleared(was)) => events.push(cleared(&self.gate, was)),
                None => {}
            }
        }
        self.reading(now)
    }

    fn reading(&self, now: SystemTime) -> GateReading {
        let all = || self.tracks.iter().map(|track| &track.known);
        let worst = all().max_by(|one, two| {
            let badness =
                |known: &Known| known.value.map_or(0.0, |value| badness(&self.gate, value));
            let states = one.state.cmp(&two.state);
            states.then(badness(one).total_cmp(&badness(two)))
        });
        let nobody = || Known {
            subject: match &self.gate.rule.scope {
                Scope::Set(name) => Subject::Set(name.clone()),
                _ => Subject::Whole,
            },
            state: GateState::Nobody,
            value: None,
            samples: 0,
            since: now,
        };
        GateReading {
            gate: Arc::clone(&self.gate),
            worst: worst.cloned().unwrap_or_else(nobody),
            tripped: all()
                .filter(|known| known.state == GateState::Tripped)
                .cloned()
                .collect(),
            trips: self.trips,
        }
    }
}

fn cleared(gate: &Arc<Gate>, known: Known) -> Happening {
    Happening::GateCleared {
        gate: Arc::clone(gate),
        known,
    }
}

/// How near a value is to its limit, or how far beyond: 1 at the limit, more where it is worse.
fn badness(gate: &Gate, value: Amount) -> f64 {
    match &gate.rule.condition {
        Condition::Limit {
            relation, limit, ..
        } if relation.is_upward() => value.number() / limit.number().max(f64::MIN_POSITIVE),
        Condition::Limit { limit, .. } => limit.number() / value.number().max(f64::MIN_POSITIVE),
        _ => value.number(),
    }
}

/// Those whom a rule is about, as they are now.
fn subjects(scope: &Scope, condition: &Condition, snapshot: &Snapshot) -> Vec<Subject> {
    let sets = || snapshot.sets().iter().map(|set| set.identifier.clone());
    if let Condition::WorseThan(other) = condition
        && !sets().any(|set| set == *other)
    {
        return Vec::new();
    }
    let each_set = || sets().map(Subject::Set).collect();
    match scope {
        // Every set has a certificate of its own.
        Scope::Whole
            if matches!(
                condition,
                Condition::Limit {
                    metric: Metric::Certificate,
                    ..
                }
            ) =>
        {
            each_set()
        }
        Scope::Whole => vec![Subject::Whole],
        Scope::Set(name) => sets()
            .find(|set| set == name)
            .map(Subject::Set)
            .into_iter()
            .collect(),
        Scope::AnySet => match condition {
            Condition::WorseThan(other) => sets()
                .filter(|set| set != other)
                .map(Subject::Set)
                .collect(),
            _ => each_set(),
        },
        Scope::Server(name) => {
            let servers = ServerIndex::enumerate(&snapshot.servers);
            let called = servers.filter(|(_, server)| is_called(server, name));
            called.map(|(server, _)| Subject::Server(server)).collect()
        }
        Scope::AnyServer => {
            let servers = ServerIndex::enumerate(&snapshot.servers);
            servers.map(|(server, _)| Subject::Server(server)).collect()
        }
    }
}

/// A rule that needs more samples in its time than come in it, at the rate and the shares of the moment. Where no sample can
/// come at all, as of a set without a share, that is what its weights mean.
pub fn starved(gate: &Gate, snapshot: &Snapshot, http_max_tps: Option<u32>) -> Option<StarvedGate> {
    let Condition::Limit { metric, .. } = &gate.rule.condition else {
        return None;
    };
    if matches!(metric, Metric::Rate | Metric::Certificate) {
        return None;
    }
    let queries = f64::from(snapshot.rate.target);
    let requests = http_max_tps.map_or(queries, |most| queries.min(most.into()));
    let of_set = |is_it: &dyn Fn(&str) -> bool| {
        let sets = snapshot.sets().iter().filter(|set| is_it(&set.identifier));
        let shares = sets.map(|set| set.declared_share).filter(|it| *it > 0.0);
        shares.min_by(f64::total_cmp).map(|share| share * requests)
    };
    let per_second = match &gate.rule.scope {
        Scope::Server(_) | Scope::AnyServer => queries / as_f64(snapshot.servers.len() as u64),
        _ if !gate.rule.needs_http() => queries,
        _ if !snapshot.requests_http() => return None,
        Scope::Whole => requests,
        Scope::Set(name) => of_set(&|set| set == name)?,
        Scope::AnySet => of_set(&|_| true)?,
    };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a hundred a second for an hour at the most"
    )]
    let expected = (per_second * gate.rule.window?.as_secs_f64()).floor() as u64;
    (expected < gate.least_samples).then(|| StarvedGate {
        rule: gate.rule.to_string(),
        needed: gate.least_samples,
        expected,
    })
}

/// Whether a name, with or without a dot at its end, or an address is that of a server.
fn is_called(server: &Server, name: &str) -> bool {
    let bare = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
    let address = || server.address.map(|address| address.ip().to_string());
    bare(&server.name) == bare(name) || address().is_some_and(|address| address == name)
}

/// What has become of a gate in a tick.
enum Turn {
    Tripped,
    /// With what was known of it while it was tripped.
    Cleared(Known),
}

impl Track {
    fn new(subject: Subject, now: SystemTime) -> Self {
        Self {
            known: Known {
                subject,
                state: GateState::Waiting,
                value: None,
                samples: 0,
                since: now,
            },
            bad_since: None,
            calm_since: None,
        }
    }

    fn take(
        &mut self,
        gate: &Gate,
        found: &Found,
        uptime: Duration,
        now: SystemTime,
    ) -> Option<Turn> {
        let since = |is: bool, since: Option<Duration>| is.then(|| since.unwrap_or(uptime));
        let says_something = found.is_enough || self.known.state == GateState::Tripped;
        self.bad_since = since(found.is_bad && says_something, self.bad_since);
        self.calm_since = since(found.is_calm, self.calm_since);
        let lasted = |since: Option<Duration>| since.map(|since| uptime.saturating_sub(since));
        let (bad, calm) = (lasted(self.bad_since), lasted(self.calm_since));
        let has_to_last = match (&gate.rule.condition, gate.rule.window) {
            (Condition::ShareMismatch | Condition::WorseThan(_), Some(window)) => window,
            _ => Duration::ZERO,
        };
        let has_to_be_calm = match (&gate.rule.condition, gate.rule.window) {
            (Condition::Silent, Some(window)) => window.max(CALM),
            _ => CALM,
        };
        let was = self.known.state;
        let state = if was == GateState::Tripped {
            let is_measured = matches!(gate.rule.condition, Condition::Limit { .. });
            let is_gone = is_measured && found.value.is_none();
            let goes = is_gone || calm.is_some_and(|calm| calm >= has_to_be_calm);
            match (goes, found.is_enough) {
                (false, _) => GateState::Tripped,
                (true, true) => GateState::Holds,
                (true, false) => GateState::Waiting,
            }
        } else if !found.is_enough {
            GateState::Waiting
        } else if bad.is_some_and(|bad| bad >= has_to_last) {
            GateState::Tripped
        } else {
            GateState::Holds
        };
        let before = self.known.clone();
        self.known.value = found.value;
        self.known.samples = found.samples;
        if state == was {
            return None;
        }
        self.known.state = state;
        self.known.since = now;
        match (was, state) {
            (_, GateState::Tripped) => {
                let bad = bad.unwrap_or_default().max(found.bad_for);
                self.known.since = now.checked_sub(bad).unwrap_or(now);
                Some(Turn::Tripped)
            }
            (GateState::Tripped, _) => Some(Turn::Cleared(Known {
                value: found.value,
                samples: found.samples,
                ..before
            })),
            _ => None,
        }
    }
}

/// What is measured in one tick; the same is measured once for all rules.
struct Measures<'seen> {
    seen: &'seen Seen<'seen>,
    counted: &'seen Counted,
    requested_since: &'seen BTreeMap<String, Duration>,
    http: BTreeMap<(Option<String>, Duration), HttpReading>,
}

impl Measures<'_> {
    fn find(&mut self, gate: &Gate, subject: &Subject) -> Found {
        let snapshot = self.seen.snapshot;
        let window = gate.rule.window.unwrap_or_default();
        match &gate.rule.condition {
            Condition::Limit {
                metric,
                relation,
                limit,
            } => {
                let measured = self.measure(*metric, subject, window);
                Found::of(gate, *relation, *limit, &measured)
            }
            Condition::Silent => self.silence(subject, window, gate.hysteresis),
            Condition::ShareMismatch => {
                let verdict = snapshot
                    .current()
                    .and_then(|segment| segment.verdict.as_ref());
                let is = |state| verdict.is_some_and(|verdict| verdict.standing == state);
                Found::of_state(verdict.map(|_| is(VerdictState::Mismatch)))
            }
            Condition::WorseThan(other) => Found::of_state(match subject {
                Subject::Set(set) => (self.seen.worse)(set, other),
                _ => None,
            }),
        }
    }

    /// A value, how much it rests on, and since when that is measured.
    fn measure(&mut self, metric: Metric, subject: &Subject, window: Duration) -> Measured {
        let uptime = self.seen.snapshot.uptime;
        match (metric, subject) {
            (Metric::Certificate, Subject::Set(set)) => Measured {
                value: (self.seen.certificate)(set).map(Amount::Time),
                samples: None,
                is_whole: true,
            },
            (Metric::Rate, _) => {
                let (sent, due) = self.counted.sent_over(window, uptime);
                Measured {
                    value: (due > 0.0).then(|| Amount::Percent(100.0 * as_f64(sent) / due)),
                    samples: None,
                    is_whole: uptime >= window,
                }
            }
            (Metric::Unknown, _) | (Metric::Errors, Subject::Server(_)) => {
                let (answered, unknown, faulty) =
                    self.counted.answers_over(subject, window, uptime);
                let (part, of) = match metric {
                    Metric::Unknown => (unknown, answered),
                    _ => (faulty, answered + faulty),
                };
                Measured::share(part, of, uptime >= window)
            }
            _ => {
                let is_whole = self.is_requested_for(subject, window);
                let reading = self.requests(subject, window);
                let share = |part| Measured::share(part, reading.requests, is_whole);
                let time = |quantile: fn(&crate::model::reading::Latency) -> Duration| Measured {
                    value: reading.latency.as_ref().map(quantile).map(Amount::Time),
                    samples: Some(reading.latency.map_or(0, |latency| latency.samples)),
                    is_whole,
                };
                match metric {
                    Metric::P50 => time(|latency| latency.p50),
                    Metric::P95 => time(|latency| latency.p95),
                    Metric::P99 => time(|latency| latency.p99),
                    Metric::Max => time(|latency| latency.max),
                    Metric::Success => share(reading.status[1]),
                    Metric::Redirect => share(reading.status[2]),
                    Metric::ClientError => share(reading.status[3]),
                    Metric::ServerError => share(reading.status[4]),
                    Metric::Errors | Metric::Unknown | Metric::Rate | Metric::Certificate => {
                        share(reading.failed())
                    }
                }
            }
        }
    }

    /// The requests to a set, or to all, over the last time.
    fn requests(&mut self, subject: &Subject, window: Duration) -> &HttpReading {
        let (windows, uptime) = (self.seen.windows, self.seen.snapshot.uptime);
        let set = match subject {
            Subject::Set(set) => Some(set.clone()),
            Subject::Whole | Subject::Server(_) => None,
        };
        let entry = self.http.entry((set, window));
        entry.or_insert_with_key(|(set, window)| match set {
            Some(set) => windows.of(set, *window, uptime),
            None => windows.of_all(*window, uptime),
        })
    }

    /// Whether requests have been made for that long.
    fn is_requested_for(&self, subject: &Subject, window: Duration) -> bool {
        let uptime = self.seen.snapshot.uptime;
        let since = match subject {
            Subject::Set(set) => self.requested_since.get(set).copied(),
            Subject::Whole | Subject::Server(_) => self.requested_since.values().min().copied(),
        };
        since.is_some_and(|since| uptime.saturating_sub(since) >= window)
    }

    /// Whether a server that was asked has given nothing usable for that long.
    fn silence(&self, subject: &Subject, window: Duration, hysteresis: f64) -> Found {
        let snapshot = self.seen.snapshot;
        let Subject::Server(server) = subject else {
            return Found::default();
        };
        let last = snapshot
            .servers
            .get(server.get())
            .and_then(|server| server.last_answer_age);
        let (answered, _, faulty) = self.counted.answers_over(subject, window, snapshot.uptime);
        let length = last.unwrap_or(snapshot.uptime);
        Found {
            value: Some(Amount::Time(length)),
            is_enough: snapshot.uptime >= window,
            is_bad: answered == 0 && faulty > 0,
            is_calm: length < window.mul_f64(1.0 - hysteresis / 100.0),
            bad_for: length,
            ..Found::default()
        }
    }
}

/// A value that was measured.
struct Measured {
    value: Option<Amount>,
    /// What it rests on; `None` where that is not counted.
    samples: Option<u64>,
    /// Whether the whole time was watched.
    is_whole: bool,
}

impl Measured {
    fn share(part: u64, of: u64, is_whole: bool) -> Self {
        Self {
            value: (of > 0).then(|| Amount::Percent(100.0 * as_f64(part) / as_f64(of))),
            samples: Some(of),
            is_whole,
        }
    }
}

impl Found {
    fn of(gate: &Gate, relation: Relation, limit: Amount, measured: &Measured) -> Self {
        let holds = |limit| {
            let value = measured.value?;
            Some(relation.holds(value.number(), limit))
        };
        let samples = measured.samples;
        Self {
            value: measured.value,
            samples: samples.unwrap_or_default(),
            is_enough: measured.value.is_some()
                && measured.is_whole
                && samples.is_none_or(|samples| samples >= gate.least_samples),
            is_bad: holds(limit.number()) == Some(true),
            is_calm: holds(well_inside(gate.hysteresis, relation, limit)) == Some(false),
            bad_for: Duration::ZERO,
        }
    }

    /// Of something that is so or not, or is not known.
    fn of_state(is_bad: Option<bool>) -> Self {
        Self {
            is_enough: is_bad.is_some(),
            is_bad: is_bad == Some(true),
            is_calm: is_bad == Some(false),
            ..Self::default()
        }
    }
}

/// The limit that a value has to be inside of before a tripped gate goes. Of a share that must not be small, what counts is
/// what it lacks of all.
fn well_inside(hysteresis: f64, relation: Relation, limit: Amount) -> f64 {
    let (part, number) = (hysteresis / 100.0, limit.number());
    match limit {
        _ if relation.is_upward() => number * (1.0 - part),
        Amount::Percent(_) => number + (100.0 - number) * part,
        Amount::Time(_) => number * (1.0 + part),
    }
}

/// The counters at the ticks of the recent past, so that what was counted over any time up to the longest is known.
#[derive(Debug)]
struct Counted {
    longest: Duration,
    ticks: VecDeque<Tick>,
}

#[derive(Clone, Debug)]
struct Tick {
    at: Duration,
    /// Queries that were asked for since the start.
    due: f64,
    sent: u64,
    whole: Answers,
    servers: Vec<Answers>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Answers {
    answered: u64,
    unknown: u64,
    faulty: u64,
}

impl Answers {
    fn of(outcomes: &Outcomes) -> Self {
        Self {
            answered: outcomes.answered(),
            unknown: outcomes.unknown,
            faulty: outcomes.faulty(),
        }
    }
}

impl Counted {
    fn new(longest: Duration) -> Self {
        Self {
            longest,
            ticks: VecDeque::new(),
        }
    }

    fn write(&mut self, snapshot: &Snapshot) {
        let at = snapshot.uptime;
        let due = self.ticks.back().map_or(0.0, |last| {
            let passed = at.saturating_sub(last.at).as_secs_f64();
            last.due + passed * f64::from(snapshot.rate.target)
        });
        let servers = snapshot.servers.iter();
        self.ticks.push_back(Tick {
            at,
            due,
            sent: snapshot.queries.sent,
            whole: Answers::of(&snapshot.queries),
            servers: servers.map(|server| Answers::of(&server.queries)).collect(),
        });
        // One tick from before the longest time stays, to subtract it.
        let since = at.saturating_sub(self.longest);
        while self.ticks.get(1).is_some_and(|next| next.at <= since) {
            self.ticks.pop_front();
        }
    }

    /// The newest tick, and that at the begin of a time.
    fn ends(&self, window: Duration, now: Duration) -> Option<(&Tick, &Tick)> {
        let since = now.saturating_sub(window);
        let after = self.ticks.partition_point(|tick| tick.at <= since);
        Some((self.ticks.back()?, self.ticks.get(after.saturating_sub(1))?))
    }

    /// Queries that were sent and those that were asked for.
    fn sent_over(&self, window: Duration, now: Duration) -> (u64, f64) {
        let ends = self.ends(window, now);
        ends.map_or((0, 0.0), |(new, old)| {
            (new.sent.saturating_sub(old.sent), new.due - old.due)
        })
    }

    /// Answers, the unknown among them, and faults.
    fn answers_over(&self, subject: &Subject, window: Duration, now: Duration) -> (u64, u64, u64) {
        let of = |tick: &Tick| match subject {
            Subject::Server(server) => tick.servers.get(server.get()).copied().unwrap_or_default(),
            Subject::Whole | Subject::Set(_) => tick.whole,
        };
        let ends = self.ends(window, now);
        ends.map_or((0, 0, 0), |(new, old)| {
            let (new, old) = (of(new), of(old));
            (
                new.answered.saturating_sub(old.answered),
                new.unknown.saturating_sub(old.unknown),
                new.faulty.saturating_sub(old.faulty),
            )
        })
    }
}

#[cfg(test)]
mod tests;
