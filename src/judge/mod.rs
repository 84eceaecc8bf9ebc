//! The only room where counts become an output: a reading and the time go in, a snapshot comes out.
//!
//! It remembers what one reading cannot tell: how the count of queries grew, who was silent before, what happened.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::comparison::Comparison;
use crate::model::cost::{self, Cost};
use crate::model::event::{Event, Happening};
use crate::model::gate::{Gate, GateReading, GateState, Severity, Subject};
use crate::model::health::SetHealth;
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::notice::{Notice, StarvedGate};
use crate::model::reading::{
    ArchivedSegment, HttpReading, Origin, Outcomes, PollResult, Reading, SegmentState,
    ServerReading,
};
use crate::model::record::{Leaf, Target, WeightedSet};
use crate::model::share::{as_f64, observed_shares};
use crate::model::stage::Plan;
use crate::model::verdict::{Criteria, ServerState, ServerVerdict, VerdictNews, VerdictState};
use crate::snapshot::{
    Configuration, HttpTotals, OlderSegment, Part, Portion, Rate, RecordFacts, Segment, Server,
    Set, Snapshot, Suspicion,
};
use crate::stats::rate::{RecentRate, per_second};
use crate::verdict::{Output, Rules, Start};

/// How the shares went.
mod course;
/// How long resolvers may hold answers of before.
mod drain;
/// Whether the rules of the run hold.
pub mod gates;
/// HTTP requests of the recent past, by set.
pub mod http;
/// Which records behind a set its answers came from.
mod parts;
/// Whether one side is worse than another over HTTP.
mod sides;
/// Where a cutover stands in its plan.
mod stages;
/// What is thought of every segment: the verdict machine, fed in order.
mod verdict_feed;
/// Whether a health check without a status would explain the answers.
mod without_status;

use course::CourseWriter;
use drain::DrainWatch;
use gates::{Gates, Seen};
use http::{HttpTrouble, HttpWindows};
use sides::Sides;
use stages::{GateNow, Input, StageMachine};
use verdict_feed::VerdictFeed;

/// The span of the rate that is shown as the present one.
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// So many events are kept.
const EVENTS_KEPT: usize = 200;
/// A set that is never answered is suspicious when luck would do that less often than this.
const NEVER_BY_CHANCE: f64 = 1e-3;

/// What does not change during a run.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// What is measured.
    pub record: RecordFacts,
    /// Queries a second that were asked for.
    pub tps: u32,
    /// Whether HTTP requests are made.
    pub http: bool,
    /// What every verdict is held to.
    pub criteria: Criteria,
    /// The largest share of answers that no set can have given with which there is a match.
    pub max_unknown: f64,
    /// The time over which HTTP is told besides the segment.
    pub window: Duration,
    /// How much slower over HTTP a side may be before it is worse, as a part of the other side's time.
    pub http_margin: f64,
    /// HTTP requests a second at the most, where fewer are wished for than there are answers.
    pub http_max_tps: Option<u32>,
    /// Rules that have to hold.
    pub gates: Vec<Arc<Gate>>,
    /// What is known of the time just before the start.
    pub start: Start,
    /// What the reader has to know all the time.
    pub notes: Vec<Notice>,
    /// How the cutover is planned.
    pub plan: Plan,
    /// When the first query was due.
    pub started_at: SystemTime,
}

/// Turns readings into snapshots.
#[derive(Debug)]
pub struct Judge {
    facts: RunFacts,
    rate: RecentRate,
    silent: Vec<bool>,
    feed: VerdictFeed,
    sides: Sides,
    course: CourseWriter,
    drain: DrainWatch,
    stages: StageMachine,
    /// When the newest reading of the API was sent.
    read_at: Duration,
    /// When the last one was sent that showed something else than what is declared now.
    not_before: Duration,
    windows: HttpWindows,
    trouble: HttpTrouble,
    gates: Gates,
    /// Those of the stage in force, and which that is.
    stage_gates: Option<(usize, Gates)>,
    /// The segments that have ended as they were read and shown last, by number.
    ended: BTreeMap<u64, (Arc<SegmentState>, Arc<Segment>)>,
    /// The first critical gate that tripped in each segment that is still kept.
    tripped_in: BTreeMap<u64, String>,
    /// What is told of stages and gates that hold nothing.
    idle_rules: Vec<Notice>,
    wants_poll: bool,
    /// What has happened since the last look.
    fresh: Vec<Event>,
    events: VecDeque<Event>,
    older_events: u64,
}

impl Judge {
    /// Nothing seen yet.
    pub fn new(facts: RunFacts) -> Self {
        let rules = Rules {
            servers: 0,
            criteria: facts.criteria,
            tps: f64::from(facts.tps),
            max_unknown: facts.max_unknown,
            start: facts.start,
        };
        let of_stages = facts.plan.stages.iter().flat_map(|stage| &stage.gates);
        let all_gates: Vec<Arc<Gate>> = facts.gates.iter().chain(of_stages).cloned().collect();
        Self {
            feed: VerdictFeed::new(rules),
            sides: Sides::new(facts.criteria.confidence, facts.http_margin),
            course: CourseWriter::default(),
            drain: DrainWatch::default(),
            stages: StageMachine::new(facts.plan.clone()),
            read_at: Duration::ZERO,
            not_before: Duration::ZERO,
            windows: HttpWindows::new(facts.window.max(gates::longest(&all_gates))),
            trouble: HttpTrouble::default(),
            gates: Gates::new(&facts.gates),
            stage_gates: None,
            ended: BTreeMap::new(),
            tripped_in: BTreeMap::new(),
            idle_rules: Vec::new(),
            wants_poll: false,
            facts,
            rate: RecentRate::new(RATE_WINDOW),
            silent: Vec::new(),
            fresh: Vec::new(),
            events: VecDeque::new(),
            older_events: 0,
        }
    }

    /// Takes a reading at a time: `uptime` by a clock that is never set, `now` by the one on the wall.
    pub fn observe(&mut self, mut reading: Reading, uptime: Duration, now: SystemTime) -> Snapshot {
        let outcomes = reading.outcomes();
        let recent = self.rate.record(uptime, outcomes.sent);
        if let Some((per_second, _)) = reading.rate.filter(|rate| rate.0 != self.facts.tps) {
            self.facts.tps = per_second;
            self.feed.set_rate(per_second);
        }
        self.older_events += reading.events_lost;
        for event in std::mem::take(&mut reading.events) {
            self.remember(event);
        }
        self.note_polls(&reading);
        let answers = self.named_answers(&reading);
        let output = self.feed.form(&mut reading, uptime).cloned();
        let servers = output.as_ref().map(|output| output.servers.as_slice());
        self.tell_silence(servers.unwrap_or_default(), now);
        self.wants_poll = output.as_ref().is_some_and(|output| output.wants_poll);
        if let Some(output) = &output {
            self.remember_news(output);
        }
        for what in self.sides.take(&reading) {
            self.remember(Event { at: now, what });
        }
        let news = output.iter().flat_map(|output| &output.events);
        let switches = news.filter_map(|event| match event.news {
            VerdictNews::ServerSwitched {
                server,
                switched_at,
                ..
            } => Some((server, switched_at.unwrap_or(event.at))),
            _ => None,
        });
        let named = self.feed.named();
        self.course.write(&reading, named, switches, uptime);
        if let Some(output) = &output {
            let newest = output.propagations.last();
            let all_current = all_current(output);
            self.drain.observe(&reading, newest, all_current, uptime);
        }
        self.windows.write(&reading, uptime);
        let judged = output.as_ref().map(|output| output.segment);
        let segments: Vec<Arc<Segment>> = (reading.segments.iter())
            .map(|segment| self.segment(segment, judged, uptime))
            .collect();
        let current = segments.last().map(|segment| &**segment);
        let trouble = self.trouble_over_http(current, uptime, now);
        let mut snapshot = Snapshot {
            gates: Vec::new(),
            course: self.course.course(),
            drain: self.drain.drain(self.facts.started_at),
            stages: None,
            record: self.facts.record.clone(),
            started_at: self.facts.started_at,
            now,
            uptime,
            rate: Rate {
                target: self.facts.tps,
                target_since: reading.rate.map(|(_, since)| since),
                achieved: (uptime >= Duration::from_secs(1))
                    .then(|| per_second(outcomes.sent, uptime))
                    .flatten(),
                recent,
                late: reading.late,
                skipped: reading.skipped,
            },
            segments,
            window: self.facts.window,
            explanation: output.as_ref().map(|output| output.explanation.clone()),
            older_segments: reading.archive.segments,
            older: reading
                .archive
                .lines
                .iter()
                .map(|line| self.older_segment(line))
                .collect(),
            servers: self.servers_of(&reading, uptime, output.as_ref()),
            resolvers: reading.resolvers.clone(),
            configuration: configuration_of(&reading, uptime),
            http: self.http_of(&reading),
            events: Vec::new(),
            older_events: 0,
            notes: Vec::new(),
            cost: cost_of(
                reading.segments.last().map(|segment| &**segment),
                self.facts.tps,
            ),
            queries: outcomes,
        };
        self.hold_gates(&mut snapshot);
        self.keep_ended(&reading, &snapshot);
        if let Some(output) = &output {
            self.follow_plan(&reading, output, &answers, &snapshot);
            snapshot.stages = self.stages.progress().cloned();
        }
        self.tell_of_idle_rules(&snapshot);
        snapshot.notes = self.notes_of(&reading, trouble);
        self.keep_fresh();
        snapshot.events = self.events.iter().cloned().collect();
        snapshot.older_events = self.older_events;
        snapshot
    }

    /// Holds the rules of the run against everything else that is known.
    fn hold_gates(&mut self, snapshot: &mut Snapshot) {
        let seen = Seen {
            snapshot,
            windows: &self.windows,
            worse: &|one, other| {
                let compared = snapshot.segments.last()?.comparison(one, other)?;
                match compared.outcome() {
                    Comparison::Worse => Some(true),
                    Comparison::NoWorse => Some(false),
                    Comparison::Undecided => None,
                }
            },
            certificate: &|set| {
                let mut sets = snapshot.segments.last()?.sets.iter();
                let http = sets.find(|it| it.identifier == set)?.http.as_ref()?;
                let ends = http.certificate.as_ref()?.not_after;
                // One that has ended is valid for no time.
                Some(ends.duration_since(snapshot.now).unwrap_or_default())
            },
        };
        let (mut readings, mut happened) = self.gates.look(&seen);
        // Those of a stage are held from when it is reached.
        let stage = self.stages.stage();
        if self.stage_gates.as_ref().map(|(stage, _)| *stage) != stage {
            let gates = stage.map(|stage| Gates::new(&self.facts.plan.stages[stage].gates));
            self.stage_gates = stage.zip(gates);
        }
        if let Some((_, gates)) = &mut self.stage_gates {
            let (of_stage, events) = gates.look(&seen);
            readings.extend(of_stage);
            happened.extend(events);
        }
        for what in happened {
            if let Happening::GateTripped { gate, known } = &what
                && gate.severity == Severity::Critical
                && let Some(segment) = blamed(snapshot, &known.subject)
            {
                let rule = || gate.rule.to_string();
                self.tripped_in.entry(segment).or_insert_with(rule);
            }
            self.remember(Event {
                at: snapshot.now,
                what,
            });
        }
        let kept = snapshot.segments.first().map_or(0, |first| first.number);
        self.tripped_in.retain(|number, _| *number >= kept);
        for segment in &mut snapshot.segments {
            let tripped = self.tripped_in.get(&segment.number);
            if segment.tripped.as_ref() != tripped {
                Arc::make_mut(segment).tripped = tripped.cloned();
            }
        }
        snapshot.gates = readings;
    }

    /// When the API was read, and when it was before a change.
    fn note_polls(&mut self, reading: &Reading) {
        for poll in &reading.polls {
            match poll.result {
                PollResult::Same => self.read_at = self.read_at.max(poll.sent_at),
                PollResult::Changed(_) => {
                    self.not_before = self.read_at;
                    self.read_at = self.read_at.max(poll.sent_at);
                }
                PollResult::Failed | PollResult::CountedAnew(_) => {}
            }
        }
    }

    /// The named answers of a reading, with the set of the record itself; none where nobody asks for them.
    fn named_answers(&self, reading: &Reading) -> Vec<NamedAnswer> {
        if self.facts.plan.stages.is_empty() {
            return Vec::new();
        }
        let set_of = |number, set: SetIndex| {
            let mut newest_first = reading.segments.iter().rev();
            let segment = newest_first.find(|segment| segment.number == number)?;
            segment.group.sets.get(set.get()).map(own_level)
        };
        let answers = reading.answers.iter().filter_map(|answer| {
            let set = match answer.origin {
                Origin::Set(set) => set_of(answer.segment, set),
                Origin::Former(segment, set) => set_of(segment, set),
                _ => None,
            };
            let (set, _) = set?;
            Some((answer.server, answer.at, set.to_owned()))
        });
        answers.collect()
    }

    /// Where a cutover stands in its plan.
    fn follow_plan(
        &mut self,
        reading: &Reading,
        output: &Output,
        answers: &[NamedAnswer],
        snapshot: &Snapshot,
    ) {
        let now = snapshot.uptime;
        let servers = output.servers.iter();
        let all_current = all_current(output);
        let newest = output.propagations.last();
        let Some(segment) = reading.segments.last() else {
            return;
        };
        let change = newest.filter(|change| change.segment == segment.number);
        let seen_at = change.map(|change| change.seen_at);
        let is_first = reading.archive.segments == 0 && reading.segments.len() == 1;
        let mut weights: Vec<(String, u64)> = Vec::new();
        let mut shares: Vec<f64> = Vec::new();
        let is_weighted = segment.group.replaced_by.is_none();
        for set in segment.group.sets.iter().filter(|_| is_weighted) {
            let (identifier, weight) = own_level(set);
            // Several leaves may stand behind one set of the record.
            let place = weights.iter().position(|(known, _)| known == identifier);
            if let Some(place) = place {
                shares[place] += set.share.value;
            } else {
                weights.push((identifier.to_owned(), weight));
                shares.push(set.share.value);
            }
        }
        // Nothing could be seen of a switch to shares that are the same, or not known.
        let unseen = || Some(seen_at.unwrap_or_default()).filter(|_| all_current || is_first);
        let switched: Vec<Option<Duration>> = match change {
            Some(change) => change.servers.clone(),
            None => servers.map(|server| server.switched_at).collect(),
        };
        let is_judged = output.segment == segment.number;
        let answers: Vec<(ServerIndex, Duration, &str)> = answers
            .iter()
            .map(|(server, at, set)| (*server, *at, set.as_str()))
            .collect();
        let rules: Vec<String> = (snapshot.gates.iter())
            .map(|reading| reading.gate.rule.to_string())
            .collect();
        let since = |at: SystemTime| {
            let since = at.duration_since(self.facts.started_at);
            since.unwrap_or_default()
        };
        let gates = snapshot.gates.iter().zip(&rules);
        let gates = gates.map(|(reading, rule)| GateNow {
            rule,
            is_critical: reading.gate.severity == Severity::Critical,
            tripped_since: reading.tripped.iter().map(|known| since(known.since)).min(),
        });
        let gates: Vec<GateNow> = gates.collect();
        let news = self.stages.observe(&Input {
            now,
            weights: &weights,
            shares: &shares,
            seen_at: seen_at.unwrap_or(if is_first { Duration::ZERO } else { now }),
            not_before: self.not_before,
            first_answer_at: change.and_then(|change| change.first_new_answer_at),
            switched: &switched,
            servers_at: change
                .and_then(|change| change.last_server_at)
                .or_else(unseen)
                .filter(|_| is_judged),
            is_match: is_judged && output.verdict.standing == VerdictState::Match,
            drain: self.drain.drained(now),
            gates: &gates,
            answers: &answers,
        });
        for (at, news) in news {
            let at = self.facts.started_at + at;
            let what = Happening::Stage(news);
            self.remember(Event { at, what });
        }
    }

    /// HTTP over all sets and segments.
    fn http_of(&self, reading: &Reading) -> Option<HttpTotals> {
        self.facts.http.then(|| {
            let sums = reading.http();
            HttpTotals {
                is_off: reading.http_is_off,
                requests: sums.requests,
                failures: sums.failures,
                skipped: sums.skipped,
                over_rate: sums.over_rate,
                unexpected: sums.unexpected,
                bad_bodies: sums.bad_bodies,
                mean: sums.mean(),
            }
        })
    }

    fn older_segment(&self, line: &ArchivedSegment) -> OlderSegment {
        OlderSegment {
            number: line.number,
            started_at: line.started_at,
            ended_at: line.ended_at,
            cause: line.cause.clone(),
            named: line.named,
            verdict: self.feed.state_of(line.number),
        }
    }

    /// Whether the configuration should be read at once, to confirm or settle a suspicion.
    pub fn wants_poll(&self) -> bool {
        self.wants_poll
    }

    /// What is wrong with addresses and certificates, as events once, and standing.
    fn trouble_over_http(
        &mut self,
        segment: Option<&Segment>,
        uptime: Duration,
        now: SystemTime,
    ) -> Vec<Notice> {
        let sets = segment.map_or(&[][..], |segment| &segment.sets);
        let sets: Vec<http::Seen> = sets.iter().map(http::Seen::from).collect();
        let (trouble, news) = self.trouble.look(&sets, self.facts.window, uptime, now);
        for what in news {
            let what = Happening::Noticed(what);
            self.remember(Event { at: now, what });
        }
        trouble
    }

    /// Stages and gates that name what is not there, which may be a slip of the finger, and gates that get too few samples: as
    /// an event once, and standing.
    fn tell_of_idle_rules(&mut self, snapshot: &Snapshot) {
        let progress = snapshot.stages.as_ref();
        let sets = progress.map(|progress| progress.unknown.clone());
        let nobody = |gate: &&GateReading| gate.worst.state == GateState::Nobody;
        let unknown = snapshot.gates.iter().filter(nobody);
        let unknown: Vec<String> = unknown.map(|gate| gate.gate.rule.to_string()).collect();
        let starved = (snapshot.gates.iter())
            .filter_map(|it| gates::starved(&it.gate, snapshot, self.facts.http_max_tps));
        let starved: Vec<StarvedGate> = starved.collect();
        let found = [
            sets.filter(|sets| !sets.is_empty())
                .map(Notice::StagesUnknown),
            (!unknown.is_empty()).then_some(Notice::GatesUnknown(unknown)),
            (!starved.is_empty()).then_some(Notice::GatesStarved(starved)),
        ];
        let found: Vec<Notice> = found.into_iter().flatten().collect();
        let before = std::mem::replace(&mut self.idle_rules, found.clone());
        for notice in found.into_iter().filter(|it| !before.contains(it)) {
            let what = Happening::Noticed(notice);
            let at = snapshot.now;
            self.remember(Event { at, what });
        }
    }

    /// What the reader has to know, the most urgent first.
    fn notes_of(&self, reading: &Reading, trouble: Vec<Notice>) -> Vec<Notice> {
        let ttls = reading.segments.last();
        let ttls = ttls.map(|segment| ttls_of(&segment.group.sets));
        let ttls = ttls.filter(|ttls| ttls.len() > 1).map(Notice::TtlsDiffer);
        let standing = self.facts.notes.iter().chain(&reading.notes).cloned();
        let more = self.idle_rules.iter().cloned().chain(trouble);
        let mut notes: Vec<Notice> = standing.chain(ttls).chain(more).collect();
        notes.sort_by_key(Notice::subject);
        notes
    }

    /// What has happened to the verdict.
    fn remember_news(&mut self, output: &Output) {
        self.older_events += output.events_lost;
        for event in &output.events {
            self.remember(Event {
                at: self.facts.started_at + event.at,
                what: Happening::Verdict(event.news.clone()),
            });
        }
    }

    fn remember(&mut self, event: Event) {
        self.fresh.push(event);
    }

    /// Puts what has happened since the last look behind what is known, in the order of its times, in whichever order it was
    /// found out.
    fn keep_fresh(&mut self) {
        self.fresh.sort_by_key(|event| event.at);
        self.events.extend(self.fresh.drain(..));
        while self.events.len() > EVENTS_KEPT {
            self.events.pop_front();
            self.older_events += 1;
        }
    }

    /// Tells which servers have fallen silent and which answer again.
    fn tell_silence(&mut self, servers: &[ServerVerdict], now: SystemTime) {
        let silent: Vec<bool> = servers
            .iter()
            .map(|server| server.state == ServerState::Silent)
            .collect();
        self.silent.resize(silent.len(), false);
        let before = std::mem::replace(&mut self.silent, silent);
        for (server, was_silent) in ServerIndex::enumerate(before) {
            let what = match (was_silent, self.silent[server.get()]) {
                (false, true) => Happening::ServerSilent { server },
                (true, false) => Happening::ServerBack { server },
                _ => continue,
            };
            self.remember(Event { at: now, what });
        }
    }

    fn servers_of(
        &self,
        reading: &Reading,
        uptime: Duration,
        output: Option<&Output>,
    ) -> Vec<Server> {
        let current = reading.segments.last();
        let thought = |index: usize| output.and_then(|output| output.servers.get(index));
        let named = |index: usize| {
            let counts = &current?.counters.counts;
            counts.get(index).cloned()
        };
        let server_of = |(index, server): (usize, &ServerReading)| Server {
            state: thought(index).map_or(ServerState::Current, |thought| thought.state),
            switched_at: thought(index)
                .and_then(|thought| thought.switched_at)
                .map(|at| self.facts.started_at + at),
            name: server.name.clone(),
            address: server.address,
            queries: reading.server_outcomes(index.into()),
            named: named(index).unwrap_or_default(),
            counted: (thought(index).map(|thought| thought.counts.clone()))
                .or_else(|| named(index))
                .unwrap_or_default(),
            latency: server.latency,
            last_answer_age: server.last_answer.map(|at| uptime.saturating_sub(at)),
        };
        reading.servers.iter().enumerate().map(server_of).collect()
    }

    /// A segment as it is shown. One that has ended changes only by what came late, while the answers of its last minute are
    /// forgotten, and with the propagation of its change; so most are as they were shown before.
    fn segment(
        &self,
        segment: &Arc<SegmentState>,
        judged: Option<u64>,
        now: Duration,
    ) -> Arc<Segment> {
        let number = segment.number;
        let before = self.ended.get(&number).filter(|(state, shown)| {
            Arc::ptr_eq(state, segment)
                && judged != Some(number)
                && shown.sets.iter().all(|set| set.recent.is_none())
                && shown.propagation.as_ref() == self.feed.propagation(number)
        });
        match before {
            Some((_, shown)) => {
                debug_assert_eq!(**shown, self.segment_of(segment, now));
                Arc::clone(shown)
            }
            None => Arc::new(self.segment_of(segment, now)),
        }
    }

    /// Keeps what is shown of the segments that have ended.
    fn keep_ended(&mut self, reading: &Reading, snapshot: &Snapshot) {
        let shown = reading.segments.iter().zip(&snapshot.segments);
        let ended = shown.filter(|(state, _)| state.ended_at.is_some());
        self.ended = ended
            .map(|(state, shown)| (state.number, (Arc::clone(state), Arc::clone(shown))))
            .collect();
    }

    /// A segment as it is shown, made of what is known now.
    fn segment_of(&self, segment: &SegmentState, now: Duration) -> Segment {
        let http = self.facts.http;
        let said = self.feed.of(segment.number);
        let recent = self.feed.recent(segment.number, segment.group.sets.len());
        let sets = (0..segment.group.sets.len()).map(SetIndex::from);
        let counts: Vec<u64> = sets.map(|set| segment.counters.count(set)).collect();
        let expected = segment.group.shares();
        let queries: Outcomes = segment.counters.outcomes();
        let named = counts.iter().sum();
        let answers = said.map_or(named, |(verdict, _)| verdict.answers);
        let sets = segment.group.sets.iter().enumerate().map(|(index, set)| {
            let judged = said.and_then(|(_, sets)| sets.get(index)).cloned();
            let count = judged.as_ref().map_or(counts[index], |set| set.count);
            Set {
                identifier: set.identifier.clone(),
                weight: set.weight,
                target: set.target.to_string(),
                addresses: match &set.target {
                    Target::Addresses(addresses) => addresses.clone(),
                    _ => Vec::new(),
                },
                ttl: set.ttl,
                declared_share: expected[index],
                share: set.share.clone(),
                health: set.health,
                suspicion: suspicion_of(set.health, expected[index], count, answers),
                parts: self.parts_of(segment, index.into()),
                counted: Portion::new(count, answers, expected[index]),
                named: Portion::new(counts[index], named, expected[index]),
                judged,
                recent: recent.get(index).copied(),
                http_window: (http && segment.ended_at.is_none())
                    .then(|| self.windows.of(&set.identifier, self.facts.window, now)),
                http: http.then(|| {
                    segment
                        .counters
                        .http
                        .get(index)
                        .cloned()
                        .unwrap_or_else(HttpReading::default)
                }),
            }
        });
        Segment {
            number: segment.number,
            started_at: segment.started_at,
            ended_at: segment.ended_at,
            cause: segment.cause.clone(),
            sets: sets.collect(),
            declared: Arc::clone(&segment.group.declared),
            ttls: ttls_of(&segment.group.sets),
            queries,
            verdict: said.map(|(verdict, _)| verdict.clone()),
            propagation: self.feed.propagation(segment.number).cloned(),
            comparisons: self.sides.of(segment.number),
            tripped: self.tripped_in.get(&segment.number).cloned(),
        }
    }

    /// How often each leaf of a set was answered, where it has several: of what is shown of the set.
    fn parts_of(&self, segment: &SegmentState, set: SetIndex) -> Vec<Part> {
        let Target::Leaves(leaves) = &segment.group.sets[set.get()].target else {
            return Vec::new();
        };
        let count = |leaf| self.feed.part(segment.number, set, leaf);
        let sum: u64 = (0..leaves.len()).map(count).sum();
        let part_of = |(index, leaf): (usize, &Leaf)| Part {
            label: leaf.label.clone(),
            target: leaf.target.to_string(),
            count: count(index),
            observed_share: (sum > 0).then(|| as_f64(count(index)) / as_f64(sum)),
        };
        leaves.iter().enumerate().map(part_of).collect()
    }
}

/// Whether every name server serves the declared shares as far as is known.
fn all_current(output: &Output) -> bool {
    let mut servers = output.servers.iter();
    servers.all(|server| server.state == ServerState::Current)
}

/// Who gave a named answer, when it was asked for, and which set of the record itself it came from.
type NamedAnswer = (ServerIndex, Duration, String);

/// The segment under whose weights a gate has tripped: the newest in which the set that it is about has a share. What a set
/// without one fails at was begun before.
fn blamed(snapshot: &Snapshot, subject: &Subject) -> Option<u64> {
    let is_it = |set: &Set| match subject {
        Subject::Set(identifier) => set.identifier == *identifier && set.declared_share > 0.0,
        Subject::Whole | Subject::Server(_) => true,
    };
    let mut newest_first = snapshot.segments.iter().rev();
    let segment = newest_first.find(|segment| segment.sets.iter().any(is_it))?;
    Some(segment.number)
}

/// The identifier and the weight of the set of the record itself that leads to a set.
fn own_level(set: &WeightedSet) -> (&str, u64) {
    let level = set.share.levels.first();
    level.map_or((set.identifier.as_str(), set.weight), |level| {
        (level.identifier.as_str(), level.weight)
    })
}

/// How the reading of the configuration goes.
fn configuration_of(reading: &Reading, uptime: Duration) -> Configuration {
    let configuration = &reading.configuration;
    Configuration {
        polls: configuration.polls,
        failures: configuration.failures,
        last_success_at: configuration.last_success_at,
        age: (configuration.last_success).map(|at| uptime.saturating_sub(at)),
        last_error: configuration.last_error.clone(),
    }
}

/// What the queries of a segment cost: the answers that are seen say which share of them is billed, and before there
/// is one, what is declared.
fn cost_of(segment: Option<&SegmentState>, tps: u32) -> Cost {
    let Some(segment) = segment else {
        return cost::at_most(tps);
    };
    let sets = &segment.group.sets;
    let counts: Vec<u64> = SetIndex::enumerate(sets)
        .map(|(set, _)| segment.counters.count(set))
        .collect();
    let shares = observed_shares(&counts).unwrap_or_else(|| segment.group.shares());
    let billed = sets
        .iter()
        .zip(shares)
        .filter(|(set, _)| cost::is_billed(set))
        .map(|(_, share)| share)
        .sum();
    cost::cost(tps, billed)
}

/// The TTLs of the sets that have a share, each once, the shortest first.
fn ttls_of(sets: &[WeightedSet]) -> Vec<Duration> {
    let answered = sets.iter().filter(|set| set.share.value > 0.0);
    let mut ttls: Vec<Duration> = answered.filter_map(WeightedSet::known_ttl).collect();
    ttls.sort_unstable();
    ttls.dedup();
    ttls
}

/// What is likely wrong with a set of that declared share which so many of all answers were.
fn suspicion_of(health: SetHealth, expected: f64, count: u64, answers: u64) -> Option<Suspicion> {
    // The probability that none of so many answers is that set.
    let ln_luck = as_f64(answers) * (-expected).ln_1p();
    (health == SetHealth::TargetUnknown
        && count == 0
        && expected > 0.0
        && ln_luck < NEVER_BY_CHANCE.ln())
    .then_some(Suspicion::TargetUnhealthy)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::facts::{At, Fact, HttpOutcome, Query, Submitted};
    use crate::model::answer::{Answer, Fault, ServerMode};
    use crate::model::by_hand::ByHand;
    use crate::model::change::Cause;
    use crate::model::course::Bucket;
    use crate::model::declared::Tool;
    use crate::model::event::EventKind;
    use crate::model::gate::{Amount, Condition, Metric, Relation, Rule, Scope};
    use crate::model::health::{ChecksRead, NoStatus};
    use crate::model::http::HttpFailure;
    use crate::model::http::HttpFault;
    use crate::model::name::RecordName;
    use crate::model::reading::PollSeen;
    use crate::model::record::{RecordType, WeightedGroup, WeightedSet};
    use crate::model::verdict::{Inconclusive, Note, Verdict};
    use crate::tally::Tally;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn tally() -> Tally {
        let set = |identifier: &str, weight, address: &str| {
            let target = Target::Addresses(vec![address.parse().expect("an address")]);
            WeightedSet {
                ttl: Some(seconds(60)),
                ..WeightedSet::new(identifier, weight, target)
            }
        };
        let name = RecordName::from_user("app.example.com").expect("a name");
        let sets = vec![
            set("blue-32", 180, "192.0.2.32"),
            set("green-33", 70, "192.0.2.33"),
        ];
        let group = WeightedGroup::of_weights(name, RecordType::A, sets);
        Tally::new(group, vec!["ns-1".into(), "ns-2".into()], START)
    }

    fn judge() -> Judge {
        judge_from(Start::Settled)
    }

    fn judge_from(start: Start) -> Judge {
        Judge::new(RunFacts {
            gates: Vec::new(),
            max_unknown: 0.05,
            window: Duration::from_mins(5),
            http_margin: 0.2,
            http_max_tps: None,
            start,
            record: RecordFacts {
                name: "app.example.com".into(),
                record_type: RecordType::A,
                zone_id: "Z1".into(),
                zone_name: "example.com".into(),
                api_url: None,
                endpoint: "https://app.example.com/".into(),
                tool: Tool::default(),
            },
            tps: 10,
            http: true,
            criteria: Criteria {
                tolerance: 0.05,
                confidence: 0.99,
            },
            notes: Vec::new(),
            plan: Plan::default(),
            started_at: START,
        })
    }

    /// A query to a name server in that segment, sent then.
    fn asked(server: usize, segment: u64, sent_at: Duration) -> Query {
        Query {
            sent_at,
            server: server.into(),
            segment,
            mode: ServerMode::Direct,
            stray: 0,
        }
    }

    fn answer(tally: &Tally, server: usize, address: &str, times: u64, at: Duration) {
        for _ in 0..times {
            let (segment, _) = tally.in_force();
            let (mode, at_all) = (ServerMode::Direct, stamp(at));
            tally.take(Fact::Sent {
                at: at_all,
                server: server.into(),
                segment,
                mode,
            });
            let query = asked(server, segment, at);
            tally.take(Fact::Answered {
                at: at_all,
                query,
                took: Duration::from_millis(2),
                answer: Answer {
                    addresses: vec![address.parse().expect("an address")],
                    ..Answer::default()
                },
            });
        }
    }

    fn stamp(uptime: Duration) -> At {
        At {
            uptime,
            wall: START + uptime,
        }
    }

    fn polled(tally: &Tally, sent_at: Duration, at: Duration, declared: WeightedGroup) -> bool {
        let fact = Fact::Polled {
            at: stamp(at),
            sent_at,
            declared: Ok(declared),
            known_since: Some(sent_at),
        };
        tally.take(fact).segment_began
    }

    #[test]
    fn the_figures_of_the_original_readme() {
        let tally = tally();
        answer(&tally, 0, "192.0.2.32", 891, seconds(1));
        answer(&tally, 1, "192.0.2.33", 343, seconds(1));
        let snapshot = judge().observe(tally.read(), seconds(123), START + seconds(123));
        let sets = &snapshot.current().expect("a segment").sets;
        assert_eq!((sets[0].named.count, sets[1].named.count), (891, 343));
        assert!((sets[0].declared_share - 0.72).abs() < 1e-12);
        assert!((sets[0].named.share.expect("named") - 0.722_042).abs() < 1e-6);
        assert!((sets[0].named.diff.expect("named") - 0.002_042).abs() < 1e-6);
        assert_eq!(snapshot.queries.named, 1234);
        assert_eq!(snapshot.servers[1].named, [0, 343]);
        assert!((snapshot.rate.achieved.expect("over a second") - 1234.0 / 123.0).abs() < 1e-9);
    }

    fn observe(judge: &mut Judge, tally: &Tally, at: Duration) -> Snapshot {
        judge.observe(tally.read(), at, START + at)
    }

    fn by_hand(tally: &Tally, at: Duration, what: ByHand) {
        let at = stamp(at);
        tally.take(Fact::ByHand { at, what });
    }

    #[test]
    fn a_clock_on_the_wall_that_is_set_makes_nothing_older_or_younger() {
        let (tally, mut judge) = (tally(), judge());
        let (_, group) = tally.in_force();
        polled(&tally, seconds(1), seconds(1), (*group).clone());
        answer(&tally, 0, "192.0.2.32", 40, seconds(2));
        for wall in [START + seconds(3_600), START - seconds(3_600)] {
            let snapshot = judge.observe(tally.read(), seconds(4), wall);
            assert_eq!(snapshot.uptime, seconds(4));
            assert_eq!(snapshot.configuration.age, Some(seconds(3)));
            assert_eq!(snapshot.servers[0].last_answer_age, Some(seconds(2)));
        }
    }

    #[test]
    fn counting_anew_by_hand_begins_a_segment_with_the_same_shares_and_no_evidence() {
        let (tally, mut judge) = (tally(), judge());
        answer(&tally, 0, "192.0.2.33", 400, seconds(1));
        let before = observe(&mut judge, &tally, seconds(2));
        let verdict = |snapshot: &Snapshot| snapshot.current().and_then(|it| it.verdict.clone());
        assert!(verdict(&before).expect("a verdict").suspicion.is_some());
        by_hand(&tally, seconds(3), ByHand::CountAnew);
        let snapshot = observe(&mut judge, &tally, seconds(3));
        let [first, second] = &snapshot.segments[..] else {
            panic!("{:?}", snapshot.segments.len());
        };
        assert_eq!((second.number, &second.cause), (2, &Cause::ByHand));
        assert_eq!(first.ended_at, Some(START + seconds(3)));
        let shares =
            |segment: &Segment| segment.sets.iter().map(|set| set.declared_share).collect();
        let shares: [Vec<f64>; 2] = [shares(first), shares(second)];
        assert_eq!(shares[0], shares[1]);
        assert_eq!((second.counted(), second.queries.sent), (0, 0));
        let now = verdict(&snapshot).expect("a verdict");
        assert_eq!(
            (now.state, now.suspicion, now.answers),
            (VerdictState::Collecting, None, 0)
        );
        assert!(
            second.propagation.is_none(),
            "no server has to go over to anything"
        );
        assert!(
            snapshot
                .servers
                .iter()
                .all(|server| server.state != ServerState::Propagating)
        );
        let told = |event: &&Event| matches!(event.what, Happening::CountedAnew { segment: 2 });
        assert_eq!(snapshot.events.iter().filter(told).count(), 1);
        // What was counted stays in the sums of the run.
        assert_eq!(snapshot.queries.named, 400);
        let changes = |bucket: &Arc<Bucket>| bucket.changes;
        let rings = snapshot.course.rings.iter();
        assert_eq!(
            rings
                .flat_map(|ring| ring.buckets.iter().map(changes))
                .sum::<u32>(),
            0
        );
    }

    #[test]
    fn what_was_asked_before_counting_began_anew_is_not_counted_in_it() {
        let (tally, mut judge) = (tally(), judge());
        answer(&tally, 0, "192.0.2.32", 50, seconds(1));
        by_hand(&tally, seconds(3), ByHand::CountAnew);
        observe(&mut judge, &tally, seconds(3));
        let query = asked(0, 1, seconds(2));
        tally.take(Fact::Answered {
            at: stamp(seconds(4)),
            query,
            took: seconds(2),
            answer: Answer {
                addresses: vec!["192.0.2.33".parse().expect("an address")],
                ..Answer::default()
            },
        });
        answer(&tally, 0, "192.0.2.32", 7, seconds(4));
        let snapshot = observe(&mut judge, &tally, seconds(5));
        let counted: Vec<u64> = snapshot
            .sets()
            .iter()
            .map(|set| set.counted.count)
            .collect();
        assert_eq!(counted, [7, 0]);
        assert_eq!(snapshot.segments[0].queries.named, 51);
    }

    #[test]
    fn a_rate_by_hand_is_the_one_that_is_told_and_makes_no_server_silent() {
        let (tally, mut judge) = (tally(), judge());
        by_hand(&tally, seconds(1), ByHand::Rate(1));
        answer(&tally, 0, "192.0.2.32", 1, seconds(1));
        answer(&tally, 1, "192.0.2.32", 1, seconds(1));
        let slow = observe(&mut judge, &tally, seconds(9));
        assert_eq!(
            (slow.rate.target, slow.rate.target_since),
            (1, Some(START + seconds(1)))
        );
        let state = |snapshot: &Snapshot| snapshot.servers[0].state;
        assert_ne!(
            state(&slow),
            ServerState::Silent,
            "at one a second nobody is"
        );
        by_hand(&tally, seconds(9), ByHand::Rate(100));
        // The last answers are older than anybody would wait for at that rate.
        let fast = observe(&mut judge, &tally, seconds(11));
        assert_eq!(fast.rate.target, 100);
        assert_ne!(state(&fast), ServerState::Silent);
        assert_ne!(
            fast.current()
                .and_then(|it| it.verdict.as_ref())
                .map(|it| it.state),
            Some(VerdictState::Blind)
        );
        let later = observe(&mut judge, &tally, seconds(60));
        assert_eq!(
            later
                .current()
                .and_then(|it| it.verdict.as_ref())
                .map(|it| it.state),
            Some(VerdictState::Blind)
        );
    }

    #[test]
    fn while_http_is_off_by_hand_nothing_is_requested_and_nobody_is_said_to_fail() {
        let (tally, mut judge) = (tally(), judge());
        for _ in 0..40 {
            tally.take(Fact::Requested {
                at: stamp(seconds(1)),
                segment: 1,
                set: 0.into(),
                outcome: HttpOutcome::NoResponse {
                    address: "192.0.2.32".parse().expect("an address"),
                    failure: HttpFailure {
                        kind: HttpFault::Refused,
                        why: "refused".to_owned(),
                    },
                },
            });
        }
        let on = observe(&mut judge, &tally, seconds(1));
        assert!(on.failing_over_http().is_some() && on.requests_http());
        by_hand(&tally, seconds(2), ByHand::Http(false));
        let query = asked(0, 1, seconds(2));
        let named = Fact::Answered {
            at: stamp(seconds(2)),
            query,
            took: Duration::ZERO,
            answer: Answer {
                addresses: vec!["192.0.2.32".parse().expect("an address")],
                ..Answer::default()
            },
        };
        assert_eq!(tally.take(named.clone()).requests, []);
        let off = observe(&mut judge, &tally, seconds(3));
        assert!(off.failing_over_http().is_none() && !off.requests_http());
        assert_eq!(off.errors().http_failures, 40, "what was measured stays");
        by_hand(&tally, seconds(4), ByHand::Http(true));
        assert_eq!(tally.take(named).requests.len(), 1);
    }

    #[test]
    fn what_was_changed_by_hand_is_the_same_when_a_recording_is_played_again() {
        let lines = Arc::new(std::sync::Mutex::new(Vec::new()));
        let (first, second) = (tally(), tally());
        let recorded = Arc::clone(&lines);
        first.record_to(Box::new(move |fact| {
            let line = crate::record::to_line(fact).expect("a line");
            recorded.lock().expect("no panic").push(line);
        }));
        let mut judges = [judge(), judge()];
        let play = |tally: &Tally| {
            answer(tally, 0, "192.0.2.33", 30, seconds(1));
            by_hand(tally, seconds(2), ByHand::Rate(20));
            by_hand(tally, seconds(3), ByHand::CountAnew);
            answer(tally, 1, "192.0.2.32", 30, seconds(4));
            by_hand(tally, seconds(5), ByHand::Http(false));
        };
        play(&first);
        let lived = observe(&mut judges[0], &first, seconds(6));
        for line in lines.lock().expect("no panic").iter() {
            second.take(crate::record::from_line(line).expect("a fact"));
        }
        assert_eq!(observe(&mut judges[1], &second, seconds(6)), lived);
        assert_eq!(lived.segments.len(), 2);
    }

    #[test]
    fn before_the_first_answer_nothing_is_made_up() {
        let snapshot = judge().observe(tally().read(), Duration::ZERO, START);
        let set = &snapshot.current().expect("a segment").sets[0];
        assert_eq!(
            (set.named, set.counted),
            (Portion::default(), Portion::default())
        );
        assert_eq!((snapshot.rate.achieved, snapshot.rate.recent), (None, None));
        assert_eq!(snapshot.http.expect("on").mean, None);
    }

    #[test]
    fn a_set_is_suspicious_only_if_luck_does_not_explain_that_it_is_never_answered() {
        let suspicion = |expected, count, named| {
            suspicion_of(SetHealth::TargetUnknown, expected, count, named).is_some()
        };
        // 0.5^9 is 1 in 512, 0.5^10 is 1 in 1024.
        assert!(!suspicion(0.5, 0, 9) && suspicion(0.5, 0, 10));
        assert!(!suspicion(0.01, 0, 600) && suspicion(0.01, 0, 700));
        assert!(!suspicion(0.5, 1, 1000) && !suspicion(0.0, 0, 1000));
        assert!(!suspicion(1.0, 0, 0) && suspicion(1.0, 0, 1));
        assert_eq!(suspicion_of(SetHealth::Healthy, 0.5, 0, 1000), None);
    }

    #[test]
    fn a_load_balancer_among_sets_with_another_ttl_makes_two() {
        let alias = crate::model::record::AliasTarget {
            name: RecordName::from_user("x.elb.amazonaws.com").expect("a name"),
            zone_id: "Z2".to_owned(),
            evaluate_target_health: false,
        };
        let balancer = WeightedSet::new("a", 1, Target::Alias(alias));
        let address = |weight, ttl| WeightedSet {
            ttl: Some(seconds(ttl)),
            ..WeightedSet::new("b", weight, Target::Addresses(Vec::new()))
        };
        let ttls = |other: WeightedSet| {
            let name = RecordName::from_user("app.example.com").expect("a name");
            let sets = vec![balancer.clone(), other];
            ttls_of(&WeightedGroup::of_weights(name, RecordType::A, sets).sets)
        };
        assert_eq!(ttls(address(1, 60)), [seconds(60)]);
        assert_eq!(ttls(address(1, 300)), [seconds(60), seconds(300)]);
        assert_eq!(ttls(address(0, 300)), [seconds(60)]);
    }

    #[test]
    fn the_cost_follows_what_is_answered() {
        let alias = crate::model::record::AliasTarget {
            name: RecordName::from_user("x.elb.amazonaws.com").expect("a name"),
            zone_id: "Z2".to_owned(),
            evaluate_target_health: false,
        };
        let address = Target::Addresses(vec!["192.0.2.32".parse().expect("an address")]);
        let sets = vec![
            WeightedSet::new("a", 1, Target::Alias(alias)),
            WeightedSet::new("b", 3, address),
        ];
        let name = RecordName::from_user("app.example.com").expect("a name");
        let group = WeightedGroup::of_weights(name, RecordType::A, sets);
        let tally = Tally::new(group, vec!["ns-1".into()], START);
        let before = judge().observe(tally.read(), Duration::ZERO, START);
        assert_eq!(before.cost, cost::cost(10, 0.75));
        answer(&tally, 0, "192.0.2.32", 5, seconds(1));
        let after = judge().observe(tally.read(), seconds(1), START);
        assert_eq!(after.cost, cost::at_most(10));
    }

    #[test]
    fn a_server_that_falls_silent_is_told_once_and_once_when_it_is_back() {
        let (tally, mut judge) = (tally(), judge());
        let kinds =
            |snapshot: &Snapshot| snapshot.events.iter().map(Event::kind).collect::<Vec<_>>();
        answer(&tally, 0, "192.0.2.32", 1, seconds(1));
        answer(&tally, 1, "192.0.2.32", 1, seconds(1));
        assert!(kinds(&judge.observe(tally.read(), seconds(4), START)).is_empty());
        answer(&tally, 0, "192.0.2.32", 1, seconds(8));
        for at in [8, 9] {
            let snapshot = judge.observe(tally.read(), seconds(at), START);
            assert_eq!(kinds(&snapshot), [EventKind::ServerSilent]);
            assert!(snapshot.servers[1].is_silent() && !snapshot.servers[0].is_silent());
        }
        answer(&tally, 1, "192.0.2.32", 1, seconds(10));
        let snapshot = judge.observe(tally.read(), seconds(10), START);
        assert_eq!(
            kinds(&snapshot),
            [EventKind::ServerSilent, EventKind::ServerBack]
        );
    }

    #[test]
    fn events_are_bounded_and_what_is_gone_is_counted() {
        let (tally, mut judge) = (tally(), judge());
        for number in 0..300 {
            tally.event(
                START,
                Happening::ServerBack {
                    server: number.into(),
                },
            );
        }
        let snapshot = judge.observe(tally.read(), seconds(1), START);
        assert_eq!(
            (snapshot.events.len(), snapshot.older_events),
            (EVENTS_KEPT, 100)
        );
        let last = &snapshot.events.last().expect("kept").what;
        assert_eq!(*last, Happening::ServerBack { server: 299.into() });
    }

    #[test]
    fn what_happened_stands_in_the_order_of_its_times() {
        let (tally, mut judge) = (tally(), judge());
        for at in [3_usize, 1, 2] {
            let server = at.into();
            let at = START + Duration::from_millis(at as u64);
            tally.event(at, Happening::ServerBack { server });
        }
        let snapshot = judge.observe(tally.read(), seconds(1), START);
        let times: Vec<SystemTime> = snapshot.events.iter().map(|event| event.at).collect();
        assert!(times.is_sorted() && times.len() >= 3, "{times:?}");
        // What is found out later about before stands before in lists; who was told of the rest already hears of it last.
        tally.event(START, Happening::PollRecovered);
        let snapshot = judge.observe(tally.read(), seconds(2), START);
        let last = snapshot.events.last().expect("one");
        assert_eq!(last.what, Happening::PollRecovered);
        let in_order = snapshot.events_in_order();
        assert!(in_order.is_sorted_by_key(|event| event.at));
    }

    #[test]
    fn a_segment_knows_which_critical_gate_tripped_in_it() {
        let gate = Gate {
            rule: Rule {
                scope: Scope::Whole,
                condition: Condition::Limit {
                    metric: Metric::Rate,
                    relation: Relation::Below,
                    limit: Amount::Percent(90.0),
                },
                window: Some(seconds(1)),
            },
            severity: Severity::Critical,
            least_samples: 1,
            hysteresis: 10.0,
        };
        let rule = gate.rule.to_string();
        let (tally, mut judge) = (tally(), judge());
        judge.gates = Gates::new(&[Arc::new(gate)]);
        for (at, tripped) in [(0, None), (2, Some(&rule)), (3, Some(&rule))] {
            let snapshot = judge.observe(tally.read(), seconds(at), START + seconds(at));
            assert_eq!(snapshot.segments[0].tripped.as_ref(), tripped, "{at}");
        }
    }

    #[test]
    fn what_happens_faster_than_the_machine_can_tell_is_counted() {
        const CHANGES: u64 = 1_500;
        let (tally, mut judge) = (tally(), judge());
        let (_, group) = tally.in_force();
        let mut other = group.sets.clone();
        other[0].weight = 1;
        let other = WeightedGroup::of_weights(group.name.clone(), group.record_type, other);
        assert!(polled(&tally, seconds(1), seconds(1), other));
        let mut reading = tally.read();
        reading.events.clear();
        let change = |number: u64| PollSeen {
            sent_at: Duration::from_millis(number),
            received_at: Duration::from_millis(number),
            result: PollResult::Changed(1 + number % 2),
        };
        reading.polls = (1..=CHANGES).map(change).collect();
        let snapshot = judge.observe(reading, seconds(2), START);
        let told = snapshot.events.len() as u64;
        assert_eq!(snapshot.older_events + told, CHANGES);
    }

    #[test]
    fn a_verdict_is_given_with_intervals_and_the_last_minute_beside_it() {
        let (tally, mut judge) = (tally(), judge());
        for second in 1..=100 {
            // Not all those of one set together: that would look like answers that depend on each other.
            for number in 0..25 {
                let address = ["192.0.2.32", "192.0.2.33"][usize::from(number * 7 % 25 < 7)];
                answer(&tally, second % 2, address, 1, seconds(second as u64));
            }
        }
        let snapshot = judge.observe(tally.read(), seconds(100), START + seconds(100));
        let segment = snapshot.current().expect("a segment");
        let verdict = segment.verdict.as_ref().expect("a verdict");
        assert_eq!(verdict.state, VerdictState::Match, "{verdict:?}");
        assert_eq!(verdict.answers, 2500);
        let judged = segment.sets[0].judged.as_ref().expect("an interval");
        assert!(judged.low < 0.72 && judged.high > 0.72 && judged.high - judged.low < 0.1);
        let recent = segment.sets[0].recent.expect("answers");
        assert_eq!((recent.count, recent.answers), (61 * 18, 61 * 25));
        for (at, seconds_left) in [(130, 31), (160, 1), (161, 0)] {
            let snapshot = judge.observe(tally.read(), seconds(at), START + seconds(at));
            let recent = snapshot.sets()[0].recent;
            let answers = recent.map(|recent| (recent.count, recent.answers));
            let left = (seconds_left * 18, seconds_left * 25);
            assert_eq!(answers, (seconds_left > 0).then_some(left), "{at}");
        }
        let kinds: Vec<EventKind> = snapshot.events.iter().map(Event::kind).collect();
        assert!(kinds.contains(&EventKind::Match), "{kinds:?}");
        assert!(!judge.wants_poll());
    }

    /// The group of [`tally`] with other weights and TTLs in seconds.
    fn with(tally: &Tally, sets: [(u64, u64); 2]) -> WeightedGroup {
        let (_, group) = tally.in_force();
        let mut changed = group.sets.clone();
        for (set, (weight, ttl)) in changed.iter_mut().zip(sets) {
            (set.weight, set.ttl) = (weight, Some(seconds(ttl)));
        }
        WeightedGroup::of_weights(group.name.clone(), group.record_type, changed)
    }

    /// Both servers give so many answers of these sets in turn, each second of a span.
    fn answers(
        (tally, judge): (&Tally, &mut Judge),
        span: std::ops::Range<u64>,
        addresses: &[&str],
    ) -> Snapshot {
        let mut last = None;
        for second in span {
            for number in 0..20_usize {
                let address = addresses[number / 2 % addresses.len()];
                answer(tally, number % 2, address, 1, seconds(second));
            }
            last = Some(observe(judge, tally, seconds(second)));
        }
        last.expect("a second at least")
    }

    fn left(snapshot: &Snapshot) -> Option<u64> {
        let drain = snapshot.drain.as_ref().expect("it drains");
        drain.left(snapshot.now).map(|left| left.as_secs())
    }

    #[test]
    fn the_longest_old_ttl_is_counted_down_from_when_the_last_server_has_switched() {
        let (tally, mut judge) = (tally(), judge());
        let both = ["192.0.2.32", "192.0.2.33"];
        assert!(polled(
            &tally,
            seconds(1),
            seconds(1),
            with(&tally, [(1, 90), (1, 20)])
        ));
        let before = answers((&tally, &mut judge), 1..120, &both);
        // Its first change took shares from green: the same TTL, one of that change.
        assert_eq!(before.drain.as_ref().map(|it| &*it.set), Some("blue-32"));
        assert_eq!(left(&before), Some(0));
        assert!(polled(
            &tally,
            seconds(120),
            seconds(120),
            with(&tally, [(0, 5), (1, 300)])
        ));
        let during = answers((&tally, &mut judge), 120..130, &both);
        let drain = during.drain.as_ref().expect("it drains");
        assert_eq!(
            (&*drain.set, drain.ttl, drain.until),
            ("blue-32", seconds(90), None)
        );
        let after = answers((&tally, &mut judge), 130..150, &both[1..]);
        let change = after.current().and_then(|it| it.propagation.as_ref());
        let last = change.and_then(|it| it.last_server_at).expect("all have");
        assert!((129..=131).contains(&last.as_secs()), "{last:?}");
        let drain = after.drain.as_ref().expect("it drains");
        assert_eq!(drain.until, Some(START + last + seconds(90)));
        assert_eq!(left(&after), Some(last.as_secs() + 90 - 149));
        let over = answers((&tally, &mut judge), 150..230, &both[1..]);
        assert_eq!(left(&over), Some(0));
        // Beside it, that the abandoned set is not answered any more.
        let segment = over.current().expect("a segment");
        let verdict = segment.verdict.as_ref().expect("a verdict");
        let blue = segment.sets[0].judged.as_ref().expect("it is judged");
        assert!(verdict.absence(blue).is_some_and(|at_most| at_most < 0.005));
    }

    #[test]
    fn the_gates_of_a_stage_are_held_while_it_is_in_force_and_hold_up_the_next_step() {
        use crate::model::gate::{Amount, Condition, HYSTERESIS, Metric, Relation, Rule, Scope};
        use crate::model::stage::{Awaited, Stage};
        let gate = Gate {
            rule: Rule {
                scope: Scope::Whole,
                condition: Condition::Limit {
                    metric: Metric::Rate,
                    relation: Relation::Below,
                    limit: Amount::Percent(90.0),
                },
                window: Some(seconds(10)),
            },
            severity: Severity::Warning,
            least_samples: 1,
            hysteresis: HYSTERESIS,
        };
        let stage = |name: &str, blue, green, gates| Stage {
            name: name.to_owned(),
            weights: vec![("blue-32".to_owned(), blue), ("green-33".to_owned(), green)],
            hold: Duration::ZERO,
            gates,
        };
        let tally = tally();
        let facts = judge().facts;
        let mut judge = Judge::new(RunFacts {
            plan: Plan {
                stages: [
                    stage("one", 180, 70, vec![Arc::new(gate)]),
                    stage("two", 1, 1, Vec::new()),
                ]
                .into(),
                rollback_goal: seconds(30),
            },
            ..facts
        });
        // One query a second, of ten that are due.
        let mut slowly = |span: std::ops::Range<u64>| {
            let mut last = None;
            for second in span {
                answer(&tally, 0, "192.0.2.32", 1, seconds(second));
                last = Some(observe(&mut judge, &tally, seconds(second)));
            }
            last.expect("a second at least")
        };
        let waits_for_gates = |snapshot: &Snapshot| {
            let progress = snapshot.stages.as_ref().expect("a plan");
            let mut waits = progress.waits.iter();
            waits.any(|wait| matches!(wait.what, Awaited::Gates(_)))
        };
        let before = slowly(1..5);
        assert!(!waits_for_gates(&before), "{:?}", before.stages);
        let tripped = slowly(5..40);
        assert_eq!(tripped.gates.len(), 1);
        assert!(waits_for_gates(&tripped), "{:?}", tripped.stages);
        let progress = tripped.stages.as_ref().expect("a plan");
        let worst = progress
            .current()
            .and_then(|visit| visit.worst_gate.clone());
        assert!(worst.is_some_and(|worst| !worst.is_critical));
        assert!(polled(
            &tally,
            seconds(40),
            seconds(40),
            with(&tally, [(1, 60), (1, 60)])
        ));
        let after = slowly(41..43);
        assert!(
            after.gates.is_empty() && !waits_for_gates(&after),
            "{:?}",
            after.gates
        );
    }

    #[test]
    fn a_ttl_that_was_lowered_a_moment_ago_is_waited_out_too() {
        let (tally, mut judge) = (tally(), judge());
        let both = ["192.0.2.32", "192.0.2.33"];
        assert!(polled(
            &tally,
            seconds(1),
            seconds(1),
            with(&tally, [(1, 600), (1, 600)])
        ));
        answers((&tally, &mut judge), 1..100, &both);
        assert!(!polled(
            &tally,
            seconds(100),
            seconds(100),
            with(&tally, [(1, 10), (1, 10)])
        ));
        answers((&tally, &mut judge), 100..200, &both);
        assert!(polled(
            &tally,
            seconds(200),
            seconds(200),
            with(&tally, [(0, 10), (1, 10)])
        ));
        let after = answers((&tally, &mut judge), 200..240, &both[1..]);
        // 600 s after a minute in which name servers may have given it still.
        assert_eq!(left(&after), Some(100 + 60 + 600 - 239));
        // Counting anew by hand is no change.
        by_hand(&tally, seconds(240), ByHand::CountAnew);
        let anew = answers((&tally, &mut judge), 240..250, &both[1..]);
        assert_eq!(left(&anew), Some(100 + 60 + 600 - 249));
    }

    #[test]
    fn a_mismatch_waits_for_the_configuration_to_be_read_again() {
        let (tally, mut judge) = (tally(), judge());
        for second in 1..=60 {
            answer(&tally, second % 2, "192.0.2.32", 10, seconds(second as u64));
        }
        let state = |snapshot: &Snapshot| {
            let segment = snapshot.current().expect("a segment");
            segment.verdict.as_ref().map(|verdict| verdict.state)
        };
        let before = judge.observe(tally.read(), seconds(60), START);
        assert_ne!(state(&before), Some(VerdictState::Mismatch));
        assert!(judge.wants_poll());
        let same = tally.in_force().1.as_ref().clone();
        assert!(!polled(&tally, seconds(60), seconds(61), same));
        answer(&tally, 0, "192.0.2.32", 1, seconds(61));
        let after = judge.observe(tally.read(), seconds(61), START);
        assert_eq!(state(&after), Some(VerdictState::Mismatch));
        assert!(!judge.wants_poll());
    }

    #[test]
    fn a_change_that_is_waited_for_arms_the_alarms_a_minute_after_it_is_in_sync() {
        let submitted = |in_sync| Submitted {
            id: "C1".to_owned(),
            submitted_at: START,
            in_sync,
        };
        // The first suspicion of a run in which nothing but blue is answered.
        let suspected = |change: fn(u64) -> Option<bool>| {
            let (tally, mut judge) = (tally(), judge_from(Start::Unknown));
            (0..300_u64).find(|&second| {
                if let Some(in_sync) = change(second) {
                    let uptime = seconds(second);
                    let wall = START + uptime;
                    let at = At { uptime, wall };
                    let change = Ok(submitted(in_sync));
                    tally.take(Fact::ChangeRead { at, change });
                }
                answer(&tally, 0, "192.0.2.32", 10, seconds(second));
                judge.observe(tally.read(), seconds(second), START);
                judge.wants_poll()
            })
        };
        assert_eq!(suspected(|_| None), Some(90));
        assert_eq!(suspected(|second| (second == 0).then_some(true)), Some(60));
        assert_eq!(suspected(|second| (second == 0).then_some(false)), None);
        let from = suspected(|second| Some(second >= 100));
        assert!((160..172).contains(&from.expect("in the end")), "{from:?}");
    }

    #[test]
    fn old_segments_stay_as_a_line_each_with_their_last_verdict() {
        let (tally, mut judge) = (tally(), judge());
        let group = |weight| {
            let (_, group) = tally.in_force();
            let mut sets = group.sets.clone();
            sets[0].weight = weight;
            WeightedGroup::of_weights(group.name.clone(), group.record_type, sets)
        };
        for change in 1..=70_u64 {
            let at = seconds(change);
            assert!(polled(&tally, at, at, group(change)));
            judge.observe(tally.read(), seconds(change), START + seconds(change));
        }
        let snapshot = judge.observe(tally.read(), seconds(71), START + seconds(71));
        assert_eq!((snapshot.segments.len(), snapshot.older.len()), (64, 7));
        let mut whole = snapshot.segments.iter();
        assert!(whole.all(|segment| segment.propagation.is_some()));
        let first = &snapshot.older[0];
        assert_eq!((first.number, first.named), (1, 0));
        assert_eq!(first.cause, Cause::Start);
        let states: Vec<_> = snapshot.older.iter().map(|line| line.verdict).collect();
        assert!(states[1..].iter().all(Option::is_some), "{states:?}");
    }

    #[test]
    fn an_ended_segment_is_made_anew_only_when_something_of_it_has_changed() {
        let (tally, mut judge) = (tally(), judge());
        let both = ["192.0.2.32", "192.0.2.33"];
        let halves = with(&tally, [(1, 60), (1, 60)]);
        assert!(polled(&tally, seconds(1), seconds(1), halves));
        answers((&tally, &mut judge), 1..20, &both);
        // Under the same shares what was counted goes on to count: the answers of its last minute are forgotten one by one.
        let same_shares = with(&tally, [(2, 60), (2, 60)]);
        assert!(polled(&tally, seconds(20), seconds(20), same_shares));
        let before = answers((&tally, &mut judge), 20..60, &both);
        let after = answers((&tally, &mut judge), 60..61, &both);
        assert!(!Arc::ptr_eq(&before.segments[1], &after.segments[1]));
        let before = answers((&tally, &mut judge), 61..90, &both);
        let after = answers((&tally, &mut judge), 90..91, &both);
        assert!(Arc::ptr_eq(&before.segments[1], &after.segments[1]));
        assert!(!Arc::ptr_eq(&before.segments[2], &after.segments[2]));
        let query = asked(0, 2, seconds(10));
        tally.take(Fact::Failed {
            at: stamp(seconds(91)),
            query,
            fault: Fault::Timeout,
            hint: None,
        });
        let late = observe(&mut judge, &tally, seconds(92));
        assert_eq!(late.segments[1].queries.faults[Fault::Timeout.index()], 1);
        assert_eq!(after.segments[1].queries.faults[Fault::Timeout.index()], 0);
    }

    /// Blue and green at even weights, whose health checks say this; so many of four checks were read.
    fn checked(healths: [SetHealth; 2], read: usize) -> WeightedGroup {
        let name = RecordName::from_user("app.example.com").expect("a name");
        let address = |last: u8| Target::Addresses(vec![[192, 0, 2, last].into()]);
        let sets = vec![
            WeightedSet::new("blue", 1, address(32)),
            WeightedSet::new("green", 1, address(33)),
        ];
        let mut group = WeightedGroup::of_weights(name, RecordType::A, sets);
        group.checks = ChecksRead { read, all: 4 };
        for (set, health) in group.sets.iter_mut().zip(healths) {
            set.health = health;
        }
        let out = healths.map(|health| !health.counts_as_healthy());
        let shares = group.shares_without(&out);
        for (set, share) in group.sets.iter_mut().zip(shares) {
            set.share.value = share;
        }
        group
    }

    fn health_read(tally: &Tally, at: Duration, declared: WeightedGroup) -> bool {
        let fact = Fact::HealthRead {
            at: At {
                uptime: at,
                wall: START + at,
            },
            sent_at: at,
            declared,
        };
        tally.take(fact).segment_began
    }

    fn verdict_of(snapshot: &Snapshot) -> &Verdict {
        let segment = snapshot.current().expect("a segment");
        segment.verdict.as_ref().expect("a verdict")
    }

    fn inconclusive_of(snapshot: &Snapshot) -> Option<&Inconclusive> {
        let mut notes = verdict_of(snapshot).notes.iter();
        notes.find_map(|note| match note {
            Note::Inconclusive(why) => Some(why),
            _ => None,
        })
    }

    #[test]
    fn there_is_no_verdict_before_health_was_read_and_reading_it_is_no_change() {
        let unread = [SetHealth::NotRead; 2];
        let servers = vec!["ns-1".into(), "ns-2".into()];
        let tally = Tally::new(checked(unread, 0), servers, START);
        let mut judge = judge();
        let mut snapshot = judge.observe(tally.read(), Duration::ZERO, START);
        for second in 1..=40_u64 {
            // Blue has failed long before.
            answer(
                &tally,
                usize::from(second % 2 == 1),
                "192.0.2.33",
                20,
                seconds(second),
            );
            if second % 10 == 0 {
                let read = usize::try_from(second / 10).expect("small") - 1;
                assert!(!health_read(&tally, seconds(second), checked(unread, read)));
            }
            snapshot = judge.observe(tally.read(), seconds(second), START + seconds(second));
            assert_eq!(verdict_of(&snapshot).state, VerdictState::Collecting);
            assert!(!judge.wants_poll());
        }
        let read = ChecksRead { read: 3, all: 4 };
        assert_eq!(
            inconclusive_of(&snapshot),
            Some(&Inconclusive::HealthNotRead(read))
        );
        let complete = checked([SetHealth::Unhealthy, SetHealth::Healthy], 4);
        assert!(!health_read(&tally, seconds(41), complete));
        for second in 41..=100_u64 {
            answer(
                &tally,
                usize::from(second % 2 == 1),
                "192.0.2.33",
                20,
                seconds(second),
            );
            snapshot = judge.observe(tally.read(), seconds(second), START + seconds(second));
        }
        assert_eq!(verdict_of(&snapshot).state, VerdictState::Match);
        assert_eq!(inconclusive_of(&snapshot), None);
        assert_eq!(snapshot.segments.len(), 1);
        assert_eq!(snapshot.segments[0].propagation, None);
        let kinds: Vec<EventKind> = snapshot.events.iter().map(Event::kind).collect();
        assert_eq!(kinds, [EventKind::Match]);
        // What flips later is a change.
        assert!(health_read(
            &tally,
            seconds(101),
            checked([SetHealth::Healthy; 2], 4)
        ));
    }

    /// Watches even weights for so many seconds, twenty answers each: in turn, or all of one address.
    fn serve(
        (tally, judge): (&Tally, &mut Judge),
        span: std::ops::Range<u64>,
        only: Option<&str>,
    ) -> Vec<Snapshot> {
        let mut seen = Vec::new();
        for second in span {
            let now = seconds(second);
            // Not all those of one set together: that would look like answers that depend on each other.
            for number in 0..20 {
                let address = ["192.0.2.32", "192.0.2.33"][number / 2 % 2];
                answer(tally, number % 2, only.unwrap_or(address), 1, now);
            }
            let same = tally.in_force().1.as_ref().clone();
            if judge.wants_poll() {
                polled(tally, now, now, same);
            }
            seen.push(judge.observe(tally.read(), now, START + now));
        }
        seen
    }

    #[test]
    fn answers_that_fit_a_check_without_a_status_being_unhealthy_are_no_mismatch() {
        let why = NoStatus::RoutingControl;
        let group = checked([SetHealth::NoStatus(why), SetHealth::Healthy], 4);
        let tally = Tally::new(group, vec!["ns-1".into(), "ns-2".into()], START);
        let mut judge = judge();
        let before = serve((&tally, &mut judge), 1..100, None);
        let last = before.last().expect("ticks");
        assert_eq!(verdict_of(last).state, VerdictState::Match);
        let off = serve((&tally, &mut judge), 100..300, Some("192.0.2.33"));
        assert!(
            off.iter()
                .all(|snapshot| verdict_of(snapshot).mismatch.is_none())
        );
        let last = off.last().expect("ticks");
        assert_eq!(verdict_of(last).state, VerdictState::Collecting);
        let known = Inconclusive::HealthNotKnown {
            set: "blue".to_owned(),
            more_sets: 0,
            why,
        };
        assert_eq!(inconclusive_of(last), Some(&known));
        // It is switched on again.
        let back = serve((&tally, &mut judge), 300..500, None);
        assert!(
            back.iter()
                .all(|snapshot| verdict_of(snapshot).mismatch.is_none())
        );
        let last = back.last().expect("ticks");
        assert_eq!(verdict_of(last).state, VerdictState::Match);
    }

    #[test]
    fn answers_that_do_not_fit_it_are_a_mismatch_all_the_same() {
        let why = NoStatus::RoutingControl;
        let group = checked([SetHealth::NoStatus(why), SetHealth::Healthy], 4);
        let tally = Tally::new(group, vec!["ns-1".into(), "ns-2".into()], START);
        let mut judge = judge();
        serve((&tally, &mut judge), 1..100, None);
        // The one that is missing is healthy.
        let off = serve((&tally, &mut judge), 100..200, Some("192.0.2.32"));
        let last = off.last().expect("ticks");
        assert_eq!(verdict_of(last).state, VerdictState::Mismatch);
        let mismatch = verdict_of(last).mismatch.as_ref().expect("it stands");
        assert!(mismatch.confirmed);
    }
}
