//! Everything that a view may know, as plain data: one moment of one run.
//!
//! The judge fills it in; views draw or write it. Text in it is as it came from outside: each view makes it
//! safe to show (`model/text.rs`) where it writes it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub use crate::model::event::{Event, EventKind, Happening};

use crate::model::change::Cause;
use crate::model::comparison::SideComparison;
use crate::model::cost::Cost;
use crate::model::course::Course;
use crate::model::declared::{DeclaredSet, Tool};
use crate::model::gate::{Gate, GateReading, GateState, Known};
use crate::model::health::SetHealth;
use crate::model::index::SetIndex;
use crate::model::notice::Notice;
use crate::model::reading::{HttpReading, Latency, Outcomes};
use crate::model::record::RecordType;
use crate::model::resolver::ResolverReading;
use crate::model::route53_error::Route53Error;
use crate::model::share::{Share, as_f64};
use crate::model::stage::Progress;
use crate::model::verdict::{
    Explanation, Propagation, ServerState, SetVerdict, Verdict, VerdictState,
};

/// One moment of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    /// What is measured.
    pub record: RecordFacts,
    /// When the first query was due.
    pub started_at: SystemTime,
    /// The moment that is described.
    pub now: SystemTime,
    /// How long the run has lasted by a clock that is never set.
    pub uptime: Duration,
    /// How fast queries are sent.
    pub rate: Rate,
    /// All queries of the run, over all servers and segments.
    pub queries: Outcomes,
    /// The spans with one declared configuration, oldest first; the last is in force.
    pub segments: Vec<Arc<Segment>>,
    /// The rolling time over which HTTP is told besides the segment.
    pub window: Duration,
    /// Why the verdict of the segment in force is what it is; times are since the start of the run.
    pub explanation: Option<Explanation>,
    /// Older segments that are no longer kept one by one; their queries are in `queries`.
    pub older_segments: u64,
    /// The newest of those in a line each, oldest first.
    pub older: Vec<OlderSegment>,
    /// The name servers that are asked, in the order of asking.
    pub servers: Vec<Server>,
    /// What resolvers that were named still answer.
    pub resolvers: Vec<ResolverReading>,
    /// How the reading of the configuration goes.
    pub configuration: Configuration,
    /// HTTP over all sets and segments; `None` when it is switched off.
    pub http: Option<HttpTotals>,
    /// What happened, in the order in which it was found out; bounded.
    pub events: Vec<Event>,
    /// Older events that are no longer kept.
    pub older_events: u64,
    /// What the reader of the numbers has to know all the time, such as an unverified certificate; the most urgent first.
    pub notes: Vec<Notice>,
    /// What the queries cost at the rate that was asked for.
    pub cost: Cost,
    /// The rules that have to hold, in the order in which they were given.
    pub gates: Vec<GateReading>,
    /// How the shares went since the start of the run.
    pub course: Arc<Course>,
    /// How long resolvers may hold answers of before the newest changes; `None` before the first change, and where no TTL of
    /// an old answer is known.
    pub drain: Option<Drain>,
    /// Where the cutover stands in its plan; `None` where nobody planned any. Times are since the start of the run.
    pub stages: Option<Progress>,
}

#[cfg(test)]
impl Snapshot {
    /// One of the segments, to be changed.
    pub fn segment_mut(&mut self, place: usize) -> &mut Segment {
        Arc::make_mut(&mut self.segments[place])
    }

    /// The segment in force, to be changed.
    pub fn current_mut(&mut self) -> &mut Segment {
        self.segment_mut(self.segments.len() - 1)
    }
}

impl Snapshot {
    /// The segment in force.
    pub fn current(&self) -> Option<&Segment> {
        self.segments.last().map(|segment| &**segment)
    }

    /// The sets of the segment in force; none before the first.
    pub fn sets(&self) -> &[Set] {
        self.current().map_or(&[], |segment| &segment.sets)
    }

    /// The first critical gate that has tripped and has not gone since, with what is known of the one for whom it looks worst.
    pub fn tripped(&self) -> Option<(&Gate, &Known)> {
        let mut critical = self.gates.iter().filter(|gate| gate.is_critical());
        critical.find_map(|reading| {
            let mut tripped = reading.tripped.iter();
            let worst = tripped.find(|known| known.subject == reading.worst.subject);
            Some((&*reading.gate, worst.or(reading.tripped.first())?))
        })
    }

    /// Whether every gate is known to hold.
    pub fn all_gates_hold(&self) -> bool {
        let mut gates = self.gates.iter();
        gates.all(|reading| reading.worst.state == GateState::Holds)
    }

    /// What happened in the order of its times. What was found out late stands late in `events`, where numbers count on that.
    pub fn events_in_order(&self) -> Vec<&Event> {
        let mut events: Vec<&Event> = self.events.iter().collect();
        events.sort_by_key(|event| event.at);
        events
    }

    /// The names of the servers, in the order of asking.
    pub fn server_names(&self) -> Vec<&str> {
        let names = self.servers.iter().map(|server| server.name.as_str());
        names.collect()
    }

    /// Failures of every kind.
    pub fn errors(&self) -> Errors {
        let http = self.http.as_ref();
        Errors {
            dns_faults: self.queries.faulty(),
            http_failures: http.map_or(0, |http| http.failures + http.bad_bodies),
            unexpected: http.map_or(0, |http| http.unexpected),
        }
    }

    /// Whether requests over HTTP are made at the moment.
    pub fn requests_http(&self) -> bool {
        self.http.as_ref().is_some_and(|http| !http.is_off)
    }

    /// The first set of the segment in force that has a share and fails over HTTP, with what became of its requests. While
    /// none are made nobody knows.
    pub fn failing_over_http(&self) -> Option<(&Set, &HttpReading)> {
        if !self.requests_http() {
            return None;
        }
        let sets = self.sets().iter().filter(|set| set.declared_share > 0.0);
        let mut requested = sets.filter_map(|set| Some((set, set.http.as_ref()?)));
        requested.find(|(_, http)| http.mostly_fails())
    }
}

/// The answer of before that resolvers may hold for longest.
#[derive(Clone, Debug, PartialEq)]
pub struct Drain {
    /// The identifier of its set.
    pub set: String,
    /// Its TTL.
    pub ttl: Duration,
    /// When the last resolver has to ask anew: so long after the last name server gave it; `None` while one does.
    pub until: Option<SystemTime>,
}

impl Drain {
    /// How long it may still be held; nothing when that is over, `None` while a name server still gives it.
    pub fn left(&self, now: SystemTime) -> Option<Duration> {
        Some(self.until?.duration_since(now).unwrap_or_default())
    }
}

/// What a person would call errors, by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errors {
    /// DNS queries without a usable answer.
    pub dns_faults: u64,
    /// HTTP requests without a whole response, or with another body than the expected one.
    pub http_failures: u64,
    /// Responses with a status that is not expected.
    pub unexpected: u64,
}

impl Errors {
    /// All of them.
    pub fn all(self) -> u64 {
        self.dns_faults + self.http_failures + self.unexpected
    }
}

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordFacts {
    /// The record's name.
    pub name: String,
    /// The type of the weighted group.
    pub record_type: RecordType,
    /// The id of the hosted zone, without a prefix.
    pub zone_id: String,
    /// The name of the hosted zone.
    pub zone_name: String,
    /// The address of the API without its secrets, where it is not Amazon's.
    pub api_url: Option<String>,
    /// The URL that HTTP requests are made for.
    pub endpoint: String,
    /// How a change of it is told.
    pub tool: Tool,
}

/// How fast queries are sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Rate {
    /// Queries a second that were asked for.
    pub target: u32,
    /// When the rate was changed by hand; `None`: it is that of the start.
    pub target_since: Option<SystemTime>,
    /// Queries a second over the whole run; `None` before the first second is over.
    pub achieved: Option<f64>,
    /// Queries a second over the last ten seconds or less.
    pub recent: Option<f64>,
    /// Queries that were sent noticeably after they were due.
    pub late: u64,
    /// Due times that were passed over because the machine was too slow; never caught up.
    pub skipped: u64,
}

/// A span with one declared configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// 1 for the first of the run.
    pub number: u64,
    /// When the configuration was first seen.
    pub started_at: SystemTime,
    /// When the next one was seen.
    pub ended_at: Option<SystemTime>,
    /// Why it began.
    pub cause: Cause,
    /// The members of the group, in the order of their identifiers.
    pub sets: Vec<Set>,
    /// All record sets that decide about the members, as the zone declares them.
    pub declared: Arc<[DeclaredSet]>,
    /// How long resolvers may keep the answers of the sets that have a share, as far as is known: each time once, the
    /// shortest first.
    pub ttls: Vec<Duration>,
    /// Its queries over all servers.
    pub queries: Outcomes,
    /// The verdict, for a segment that has ended the last one; times are since the start of the run.
    pub verdict: Option<Verdict>,
    /// How the change that began it came through; `None` for the first.
    pub propagation: Option<Propagation>,
    /// How the sets that have answers compare over HTTP: first each with the old side, then the old side with each, then the
    /// rest of few.
    pub comparisons: Vec<SideComparison>,
    /// The first critical gate that tripped while it was in force, as it is written.
    pub tripped: Option<String>,
}

impl Segment {
    /// The answers that are counted, over all sets; also those that the declared shares exclude.
    pub fn counted(&self) -> u64 {
        let of_sets = || self.sets.iter().map(|set| set.counted.count).sum();
        (self.verdict.as_ref()).map_or_else(of_sets, |verdict| verdict.answers)
    }

    /// How a set compares with another one over HTTP; `None` where that is not known of the two.
    pub fn comparison(&self, set: &str, with: &str) -> Option<&SideComparison> {
        let is = |place: SetIndex, identifier: &str| {
            let set = self.sets.get(place.get());
            set.is_some_and(|set| set.identifier == identifier)
        };
        let mut all = self.comparisons.iter();
        all.find(|it| is(it.one, set) && is(it.other, with))
    }

    /// The named answers that are not counted, over all sets.
    pub fn uncounted(&self) -> u64 {
        self.sets.iter().map(Set::uncounted).sum()
    }
}

/// One member of the weighted group within one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct Set {
    /// The set identifier.
    pub identifier: String,
    /// Declared weight, 0 to 255.
    pub weight: u64,
    /// What it answers with, in a few words.
    pub target: String,
    /// All addresses that it answers with, where they are declared; none for an alias or another name.
    pub addresses: Vec<IpAddr>,
    /// How long resolvers may keep the answer; `None` for an alias.
    pub ttl: Option<Duration>,
    /// Declared share, 0 to 1.
    pub declared_share: f64,
    /// Where the declared share comes from, level by level.
    pub share: Share,
    /// Whether it is healthy, as far as is known.
    pub health: SetHealth,
    /// What is likely wrong with it.
    pub suspicion: Option<Suspicion>,
    /// How often each of its records was answered, where several stand behind it and the choice among them
    /// depends on who asks or on health: shown, not judged. Else empty.
    pub parts: Vec<Part>,
    /// What the verdict counts, which is what is shown; all named answers where there is no verdict.
    pub counted: Portion,
    /// All named answers of the segment.
    pub named: Portion,
    /// What is known of the served share from the answers that are counted: the interval at the stated confidence, valid
    /// however often one looks.
    pub judged: Option<SetVerdict>,
    /// The last minute, for the eye and not for a verdict.
    pub recent: Option<Recent>,
    /// Its HTTP side; `None` when HTTP is switched off.
    pub http: Option<HttpReading>,
    /// The same over the rolling window, whichever segments that reaches over; `None` also for a segment that has ended.
    pub http_window: Option<HttpReading>,
}

impl Set {
    /// Its named answers of the segment that are not counted.
    pub fn uncounted(&self) -> u64 {
        // What was found to be counted in hindsight may be of the segment before.
        self.named.count.saturating_sub(self.counted.count)
    }
}

/// How often a set was answered among some answers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Portion {
    /// Its answers.
    pub count: u64,
    /// Their share of all, 0 to 1; `None` while there is none.
    pub share: Option<f64>,
    /// That share minus the declared one.
    pub diff: Option<f64>,
}

impl Portion {
    /// So many of so many answers, against a declared share.
    pub fn new(count: u64, answers: u64, declared: f64) -> Self {
        let share = (answers > 0).then(|| as_f64(count) / as_f64(answers));
        Self {
            count,
            share,
            diff: share.map(|share| share - declared),
        }
    }
}

/// What is likely wrong with a set, though nobody says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suspicion {
    /// It should be answered and never is, and the health of its target counts and is not known.
    TargetUnhealthy,
}

impl Suspicion {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TargetUnhealthy => "target_unhealthy",
        }
    }
}

/// A segment that is no longer kept whole.
#[derive(Clone, Debug, PartialEq)]
pub struct OlderSegment {
    /// 1 for the first of the run.
    pub number: u64,
    /// When the configuration was first seen.
    pub started_at: SystemTime,
    /// When the next one was seen.
    pub ended_at: Option<SystemTime>,
    /// Why it began.
    pub cause: Cause,
    /// Its named answers.
    pub named: u64,
    /// Its last verdict.
    pub verdict: Option<VerdictState>,
}

/// How often a set was answered in the last minute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recent {
    /// Its answers.
    pub count: u64,
    /// All named answers.
    pub answers: u64,
    /// The lower end of the 95 % interval of the share (Wilson), which holds for one look.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// One of several records behind a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What leads to it.
    pub label: String,
    /// What it answers with, in a few words.
    pub target: String,
    /// Answers of those that are shown of the set that came from it, as far as one record can be named.
    pub count: u64,
    /// Its share of those answers, 0 to 1; `None` while there is none.
    pub observed_share: Option<f64>,
}

/// One name server over the whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Its name in the delegation set, or the address that was given.
    pub name: String,
    /// The address that is asked at the moment; `None` while none is known.
    pub address: Option<SocketAddr>,
    /// What became of its queries.
    pub queries: Outcomes,
    /// All named answers of the segment in force, by set.
    pub named: Vec<u64>,
    /// Those that the verdict counts.
    pub counted: Vec<u64>,
    /// How long its answers took.
    pub latency: Option<Latency>,
    /// Whether it serves the declared shares.
    pub state: ServerState,
    /// When it went over to the shares of the segment in force, as an estimate; `None` in the first segment and before.
    pub switched_at: Option<SystemTime>,
    /// How long ago its newest answer came.
    pub last_answer_age: Option<Duration>,
}

impl Server {
    /// Whether it gives no usable answer although it is asked.
    pub fn is_silent(&self) -> bool {
        self.state == ServerState::Silent
    }

    /// The answers whose split is shown, by set: until it has switched, its split of before.
    pub fn shown(&self) -> &[u64] {
        match self.state {
            ServerState::Propagating => &self.named,
            _ => &self.counted,
        }
    }
}

/// How the reading of the configuration goes.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Configuration {
    /// Attempts, the failed ones among them.
    pub polls: u64,
    /// Failed attempts.
    pub failures: u64,
    /// When the configuration was last read.
    pub last_success_at: Option<SystemTime>,
    /// How long ago that was.
    pub age: Option<Duration>,
    /// Why the newest attempt failed; `None` after a success.
    pub last_error: Option<Route53Error>,
}

/// HTTP over all sets and segments.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct HttpTotals {
    /// Whether requests are switched off by hand.
    pub is_off: bool,
    /// Requests that ended, well or badly.
    pub requests: u64,
    /// Requests without a response.
    pub failures: u64,
    /// Answers for which no request was made because too many were under way.
    pub skipped: u64,
    /// Answers for which none was made because that would have been more a second than is wished for.
    pub over_rate: u64,
    /// Responses with a status that is not expected.
    pub unexpected: u64,
    /// Responses that broke off in their body, or have not the expected one.
    pub bad_bodies: u64,
    /// Mean time of all whole responses.
    pub mean: Option<Duration>,
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// A verdict was reached, and that was all that was asked for.
    Verdict,
    /// A critical gate tripped, or every gate is known to hold and that was all that was asked for.
    Gate,
    /// The time that was asked for was up.
    Duration,
    /// The same, and what was waited for had not come: its word behind `--until`.
    Missed(&'static str),
    /// The time was up, and the split is right, but a set that has a share fails over HTTP.
    Http,
    /// A key in the dashboard.
    Quit,
    /// SIGINT (Ctrl+C) without a dashboard.
    Interrupt,
    /// SIGTERM or SIGHUP.
    Terminated,
    /// Something failed for good.
    Error,
    /// Nothing: it goes on, and somebody wants to have what there is.
    NotYet,
}

impl EndedBy {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Gate => "gate",
            Self::Duration | Self::Missed(_) => "duration",
            Self::Http => "http",
            Self::Quit => "quit",
            Self::Interrupt => "interrupt",
            Self::Terminated => "terminated",
            Self::Error => "error",
            Self::NotYet => "not_yet",
        }
    }
}
