//! What all tasks share about one watched record: what is counted in which segment, the name servers, and what happened.
//! Sources hand over facts at one door; the observer reads plain numbers. Nobody here asks for the time: facts bring theirs.

use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use crate::attribution::catalog::Identity;
use crate::attribution::{Attributed, Attribution};
use crate::facts::{At, Fact, HttpOutcome, Query, Submitted};
use crate::model::answer::{AnswerValue, Fault, Hint, Outcome, ServerMode};
use crate::model::by_hand::ByHand;
use crate::model::change::{Cause, Change};
use crate::model::event::{Event, Happening};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::notice::{Notice, Subject};
use crate::model::reading::{
    AnswerSeen, Archive, ChangeState, Configuration, Origin, PollResult, PollSeen, Reading,
    RequestSeen, SEGMENTS_KEPT, ServerReading, VALUES_KEPT,
};
use crate::model::record::{Place, WeightedGroup};
use crate::model::route53_error::Route53Error;
use crate::stats::histogram::Times;

/// The notice of sets that cannot be told apart.
mod overlaps;
/// What resolvers that were named said last.
mod resolvers;
/// The counters of one segment.
mod segment;
/// What could not be asked for want of something.
mod shortages;
/// What name servers say when they do not answer.
mod trouble;
/// Answers that no set declares.
mod undeclared;

use resolvers::Resolvers;
use segment::Segment;
use shortages::{Shortages, Shown};
use trouble::Troubles;
use undeclared::Strangers;

/// How many events wait for the observer at the most.
const EVENTS_WAITING: usize = 1000;

/// So many attempts in a row to ask for a change fail before nobody waits for it any more: a minute.
const CHANGE_ATTEMPTS: u32 = 12;

/// How many answers, and how many HTTP requests, wait for the observer at the most: more than three minutes of the
/// highest rate.
const ANSWERS_WAITING: usize = 20_000;

/// The shared state of one watched record. Whoever holds the lock adds, copies, or
/// compares what sets can answer, so nobody waits for long.
#[derive(Debug)]
pub struct Tally {
    state: Mutex<State>,
}

/// What sees every fact before it is counted, in the order in which they are. It is called while the tally is locked, so it
/// must neither block nor call the tally.
pub type Recorder = Box<dyn FnMut(&Fact) + Send>;

struct State {
    attribution: Attribution,
    /// Those that are kept one by one, oldest first; the last is in force.
    segments: VecDeque<Segment>,
    archive: Archive,
    servers: Vec<ServerTally>,
    late: u64,
    skipped: u64,
    /// What the rate was changed to by hand, and when.
    rate: Option<(u32, SystemTime)>,
    /// Whether HTTP requests are switched off by hand.
    http_is_off: bool,
    configuration: Configuration,
    events: Waiting,
    /// Attempts to read the configuration since the last reading, and where counting began anew.
    polls: Vec<PollSeen>,
    /// Answers since the last reading, one by one.
    answers: Answers,
    /// HTTP requests that have ended since the last reading, one by one.
    requests: Requests,
    /// What the reader has to know as long as it stands, by what it is about.
    notes: BTreeMap<Subject, Notice>,
    troubles: Troubles,
    strangers: Strangers,
    shortages: Shortages,
    resolvers: Resolvers,
    /// When this process or machine stood still since the last reading: from when, and when it went on.
    stood_still: Vec<(Duration, Duration)>,
    /// When it went on the last time; what was asked before and comes now tells nothing.
    went_on: Duration,
    /// What sets can answer has changed since it was last found out which cannot be told apart: when it did.
    overlaps_due: Option<SystemTime>,
    /// The change that the run waits for.
    change: Option<ChangeState>,
    /// Attempts in a row to ask for it that have failed.
    change_failures: u32,
    recorder: Option<Recorder>,
    /// Whether the run is over.
    stopped: bool,
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let segments = self.segments.iter().map(Segment::number);
        formatter
            .debug_struct("State")
            .field("segments", &segments.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

#[derive(Debug, Default)]
struct Waiting {
    events: Vec<Event>,
    lost: u64,
}

#[derive(Debug, Default)]
struct Answers {
    seen: Vec<AnswerSeen>,
    lost: u64,
}

#[derive(Debug, Default)]
struct Requests {
    seen: Vec<RequestSeen>,
    lost: u64,
}

/// What is known about one name server over the whole run.
#[derive(Debug, Default)]
struct ServerTally {
    name: String,
    address: Option<SocketAddr>,
    times: Times,
    /// When its newest usable answer came.
    last_answer: Option<Duration>,
    /// Whether `troubles` has something about it.
    troubled: bool,
}

/// What a fact asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effects {
    /// Sets that were named, to be asked over HTTP.
    pub requests: Vec<Request>,
    /// An answer waits for fresh look-ups of all alias targets.
    pub look_up: bool,
    /// Another split is declared: a segment has begun.
    pub segment_began: bool,
}

/// A request to be made over HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The number of the segment whose answer it follows.
    pub segment: u64,
    /// The set that was named.
    pub set: SetIndex,
    /// The address that was answered.
    pub address: IpAddr,
}

/// A lock whose holder panicked still holds plain numbers: the run is about to end, and its figures are wanted.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    /// Starts with one segment. `servers` are names for people, in the order of asking.
    pub fn new(group: WeightedGroup, servers: Vec<String>, now: SystemTime) -> Self {
        let group = Arc::new(group);
        let count = servers.len();
        let first = Segment::new(1, Arc::clone(&group), count, now, Cause::Start);
        let server = |name| ServerTally {
            name,
            ..ServerTally::default()
        };
        let state = State {
            attribution: Attribution::new(1, group, count),
            segments: VecDeque::from([first]),
            archive: Archive::new(count),
            servers: servers.into_iter().map(server).collect(),
            late: 0,
            skipped: 0,
            rate: None,
            http_is_off: false,
            configuration: Configuration::default(),
            events: Waiting::default(),
            polls: Vec::new(),
            answers: Answers::default(),
            requests: Requests::default(),
            notes: BTreeMap::new(),
            troubles: Troubles::default(),
            strangers: Strangers::default(),
            shortages: Shortages::default(),
            resolvers: Resolvers::default(),
            stood_still: Vec::new(),
            went_on: Duration::ZERO,
            overlaps_due: None,
            change: None,
            change_failures: 0,
            recorder: None,
            stopped: false,
        };
        Self {
            state: Mutex::new(state),
        }
    }

    /// The one door: takes in what a source has learnt, and says what that asks for. After [`Fact::Stopped`] it is closed.
    pub fn take(&self, fact: Fact) -> Effects {
        locked(&self.state).enter(fact)
    }

    /// Time has passed: all the numbers at this moment, and what that asks for. Answers, polls and events are handed over
    /// and forgotten here.
    pub fn tick(&self, at: At) -> (Reading, Effects) {
        let mut state = locked(&self.state);
        let effects = state.enter(Fact::Tick { at });
        (state.read(), effects)
    }

    /// Has every fact from now on shown to a recorder.
    pub fn record_to(&self, recorder: Recorder) {
        locked(&self.state).recorder = Some(recorder);
    }

    /// Asking begins. Whether somebody looks targets up decides whether an answer that none explains waits for that.
    pub fn start(&self, now: SystemTime, looks_up: bool) {
        let mut state = locked(&self.state);
        state.attribution.expect_look_ups(looks_up);
        state.review_overlaps(now);
    }

    /// The number of the segment in force, and what is declared.
    pub fn in_force(&self) -> (u64, Arc<WeightedGroup>) {
        let mut state = locked(&self.state);
        let current = state.current();
        (current.number(), Arc::clone(current.group()))
    }

    /// How many addresses of an alias target of the segment in force are known.
    pub fn pool_size(&self, place: Place) -> usize {
        locked(&self.state).attribution.pool_size(place)
    }

    /// What the reader of the numbers has to know from now on. News is an event too, so that it reaches those who see no
    /// permanent lines.
    pub fn note(&self, now: SystemTime, note: Notice) {
        locked(&self.state).note(now, note);
    }

    /// The same where numbers in it grow: only the first one about a subject is news.
    pub fn keep_note(&self, now: SystemTime, note: Notice) {
        let mut state = locked(&self.state);
        let subject = note.subject();
        let tell = !state.notes.contains_key(&subject);
        state.show(now, subject, Some(note), tell);
    }

    /// There is nothing to be known about a subject any more.
    pub fn take_back(&self, subject: Subject) {
        locked(&self.state).notes.remove(&subject);
    }

    /// Something that happened.
    pub fn event(&self, at: SystemTime, what: Happening) {
        locked(&self.state).event(at, what);
    }

    /// All the numbers as they are, with whatever waits to be handed over.
    pub fn read(&self) -> Reading {
        locked(&self.state).read()
    }
}

impl State {
    fn enter(&mut self, fact: Fact) -> Effects {
        // Tasks that are still about to end learn nothing any more. What the end itself asks for is told as not made.
        if self.stopped && !matches!(fact, Fact::Tick { .. } | Fact::Requested { .. }) {
            return Effects::default();
        }
        self.stopped |= matches!(fact, Fact::Stopped { .. });
        if let Some(recorder) = &mut self.recorder {
            recorder(&fact);
        }
        self.take(fact)
    }

    /// Whether a query was under way while this process or machine stood still.
    fn is_void(&self, query: &Query) -> bool {
        query.sent_at < self.went_on
    }

    /// A query that was counted as sent counts as one that was passed over.
    fn skip(&mut self, query: Query) {
        self.in_segment(query.segment, |segment| {
            segment.take_back_sent(query.server);
        });
        self.skipped += 1;
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each fact")]
    fn take(&mut self, fact: Fact) -> Effects {
        let mut effects = Effects::default();
        match fact {
            Fact::Due { late, skipped } => {
                self.late += u64::from(late);
                self.skipped += skipped;
            }
            Fact::Sent {
                at,
                server,
                segment,
                mode,
            } => {
                self.attribution.sent(at, server, segment, mode);
                self.in_segment(segment, |segment| segment.record_sent(server));
            }
            Fact::Answered { query, .. }
            | Fact::Failed { query, .. }
            | Fact::NotAsked { query, .. }
                if self.is_void(&query) =>
            {
                self.skip(query);
            }
            Fact::NotAsked {
                query, shortage, ..
            } => {
                self.skip(query);
                self.shortages.query(shortage);
            }
            Fact::StoodStill {
                at,
                since,
                length,
                stopped,
            } => {
                self.went_on = at.uptime;
                self.stood_still.push((since, at.uptime));
                self.event(at.wall, Happening::StoodStill { length, stopped });
            }
            Fact::Answered {
                at,
                query,
                took,
                answer,
            } => {
                self.answered_in_time(query.server, took, at.uptime);
                match self.attribution.answered(at, query, answer) {
                    Some(attributed) => self.count(at, &[attributed], &mut effects),
                    None => effects.look_up = self.attribution.is_waiting(),
                }
            }
            Fact::Failed {
                at,
                query,
                fault,
                hint,
            } => {
                self.in_segment(query.segment, |segment| segment.record_fault(query, fault));
                // That there is nothing reaches clients too. A cache says it again and again, which is no sample.
                let says = match fault {
                    Fault::Nxdomain => Some(AnswerValue::Nxdomain),
                    Fault::Nodata => Some(AnswerValue::Nodata),
                    _ => None,
                };
                if let (Some(value), ServerMode::Direct) = (says, query.mode) {
                    self.keep(query, Origin::Unknown(vec![value]), None);
                }
                if let Some(hint) = hint {
                    self.record_hint(query.server, &hint, at.wall);
                }
            }
            Fact::Requested {
                at,
                segment,
                set,
                outcome,
            } => {
                if let HttpOutcome::Short(shortage) = outcome {
                    self.shortages.request(shortage);
                }
                self.requested(at, segment, set, outcome);
            }
            Fact::CertificateShown {
                at,
                segment,
                set,
                address,
                certificate,
            } => self.in_segment(segment, |segment| {
                segment.record_certificate(at.uptime, set, address, certificate);
            }),
            Fact::Polled {
                at,
                sent_at,
                declared,
                known_since,
            } => {
                effects.segment_began = self.polled(at, sent_at, declared, known_since);
            }
            Fact::HealthRead {
                at,
                sent_at,
                declared,
            } => effects.segment_began = self.configure(declared, at, sent_at),
            Fact::ChangeRead { at, change } => self.change_read(at, change),
            Fact::Readdressed { server, address } => {
                if let Some(server) = self.servers.get_mut(server.get()) {
                    server.address = address;
                }
            }
            Fact::LookedUp {
                at,
                began_at,
                segment,
                place,
                found,
            } => {
                let (changed, explained) =
                    self.attribution
                        .looked_up(at, began_at, segment, place, found.as_ref());
                if changed {
                    // Many targets may be looked up between two readings.
                    self.overlaps_due = Some(at.wall);
                }
                self.count(at, &explained, &mut effects);
            }
            Fact::Resolved {
                at,
                resolver,
                outcome,
            } => {
                let result = match outcome {
                    Outcome::Answered(answer) => Ok(answer),
                    Outcome::Failed(fault) => Err(fault),
                    Outcome::NotAsked(shortage) => {
                        self.shortages.query(shortage);
                        return effects;
                    }
                };
                if let Some(news) = self.resolvers.take(resolver, at.uptime, result) {
                    self.event(at.wall, news);
                }
            }
            Fact::Tick { at } => {
                let expired = self.attribution.expire(at);
                self.count(at, &expired, &mut effects);
                if self.attribution.age(at) {
                    self.overlaps_due = Some(at.wall);
                }
                match self.shortages.look(at.uptime) {
                    Shown::AsBefore => {}
                    Shown::Now(note, tell) => {
                        self.show(at.wall, Subject::Shortage, Some(note), tell);
                    }
                    Shown::Nothing => self.show(at.wall, Subject::Shortage, None, false),
                }
                if self.strangers.are_gone(at.uptime) {
                    self.forget_strangers();
                }
            }
            Fact::ByHand { at, what } => self.change_by_hand(at, what),
            Fact::Stopped { at } => {
                let left = self.attribution.give_up(at);
                self.count(at, &left, &mut effects);
            }
        }
        effects
    }

    fn current(&mut self) -> &mut Segment {
        self.segments.back_mut().expect("one is always in force")
    }

    /// Counts something in a segment, unless that is no longer kept one by one.
    fn in_segment(&mut self, number: u64, count: impl FnOnce(&mut Segment)) {
        let mut newest_first = self.segments.iter_mut().rev();
        if let Some(segment) = newest_first.find(|segment| segment.number() == number) {
            count(segment);
        }
    }

    fn answered_in_time(&mut self, server: ServerIndex, took: Duration, at: Duration) {
        if let Some(server) = self.servers.get_mut(server.get()) {
            server.times.record(took);
            server.last_answer = server.last_answer.max(Some(at));
        }
    }

    fn count(&mut self, at: At, attributed: &[Attributed], effects: &mut Effects) {
        let requests = attributed.iter().filter_map(|one| self.count_one(at, one));
        effects.requests.extend(requests);
    }

    /// Counts an answer of which is known where it came from, and keeps it for whoever judges the sequence of them. What
    /// does not fit into the queue is counted and never waited for. Returns where a set that was named is to be asked over HTTP.
    fn count_one(&mut self, at: At, attributed: &Attributed) -> Option<Request> {
        let query = attributed.query;
        self.in_segment(query.segment, |segment| segment.record_answer(attributed));
        let origin = match attributed.identity {
            _ if attributed.cached_repeat => Origin::CachedRepeat,
            Identity::Named(set) => Origin::Set(set),
            Identity::Ambiguous => Origin::Ambiguous,
            Identity::Former { segment, set } => Origin::Former(segment, set),
            // What a resolver makes of the zone's answers, or still has from before the run, is not the zone's.
            Identity::Undeclared if query.mode == ServerMode::Direct => Origin::Undeclared,
            Identity::Undeclared | Identity::Unknown => {
                let values = attributed.strange.iter().take(VALUES_KEPT);
                Origin::Unknown(values.cloned().collect())
            }
        };
        self.keep(query, origin, attributed.leaf);
        if !attributed.cached_repeat {
            self.remark(at, attributed);
        }
        let Identity::Named(set) = attributed.identity else {
            return None;
        };
        self.record_named(query.server, at.wall);
        if self.http_is_off {
            return None;
        }
        let mut address = None;
        self.in_segment(query.segment, |segment| {
            address = segment.next_turn(set, &attributed.reach);
        });
        Some(Request {
            segment: query.segment,
            set,
            address: address?,
        })
    }

    /// Counts what became of a request, and keeps it for whoever follows them over time.
    fn requested(&mut self, at: At, segment: u64, set: SetIndex, outcome: HttpOutcome) {
        let ended = match &outcome {
            HttpOutcome::Response {
                address,
                status,
                phases,
                failure,
            } => Some((*address, Some(*status), *phases, failure.as_ref())),
            HttpOutcome::NoResponse { address, failure } => {
                Some((*address, None, None, Some(failure)))
            }
            HttpOutcome::Skipped | HttpOutcome::OverRate | HttpOutcome::Short(_) => None,
        };
        let waiting = &mut self.requests;
        match ended {
            Some((address, status, phases, failure)) if waiting.seen.len() < ANSWERS_WAITING => {
                waiting.seen.push(RequestSeen {
                    at: at.uptime,
                    segment,
                    set,
                    address,
                    status,
                    fault: failure.map(|failure| failure.kind),
                    phases,
                });
            }
            Some(_) => waiting.lost += 1,
            None => {}
        }
        self.in_segment(segment, |segment| {
            segment.record_http(at.uptime, set, outcome);
        });
    }

    /// Keeps what an answer tells for whoever judges the sequence of them.
    fn keep(&mut self, query: Query, origin: Origin, leaf: Option<usize>) {
        if self.answers.seen.len() < ANSWERS_WAITING {
            self.answers.seen.push(AnswerSeen {
                at: query.sent_at,
                segment: query.segment,
                server: query.server,
                origin,
                leaf,
            });
        } else {
            self.answers.lost += 1;
        }
    }

    /// Tells of values in an answer that do not belong there, or that are missing.
    fn remark(&mut self, at: At, attributed: &Attributed) {
        let Query {
            server, segment, ..
        } = attributed.query;
        if segment != self.current().number() {
            return;
        }
        if attributed.identity == Identity::Undeclared {
            let values = &attributed.strange;
            let (note, tell) = self.strangers.take(server, values, at.uptime);
            self.show(at.wall, Subject::Undeclared, Some(note), tell);
        }
        if let (Some((held, of)), Identity::Named(set)) = (attributed.partial, attributed.identity)
            && !self.notes.contains_key(&Subject::PartialAnswer)
        {
            let set = self.current().group().sets[set.get()].identifier.clone();
            let note = Notice::PartialAnswer {
                server,
                set,
                held,
                of,
            };
            self.note(at.wall, note);
        }
    }

    fn forget_strangers(&mut self) {
        self.strangers = Strangers::default();
        self.notes.remove(&Subject::Undeclared);
    }

    /// The configuration was asked for. Returns whether another split is declared.
    fn polled(
        &mut self,
        at: At,
        sent_at: Duration,
        declared: Result<WeightedGroup, Route53Error>,
        known_since: Option<Duration>,
    ) -> bool {
        let seen = match declared {
            Ok(group) => {
                self.record_poll(at);
                if self.configure(group, at, sent_at) {
                    return true;
                }
                known_since.map(|since| (since, PollResult::Same))
            }
            Err(error) => {
                self.record_poll_failure(at.wall, error);
                Some((sent_at, PollResult::Failed))
            }
        };
        if let Some((sent_at, result)) = seen {
            self.record_poll_seen(sent_at, at.uptime, result);
        }
        false
    }

    /// Takes a freshly read group: a new split closes the segment in force and opens another one.
    /// Returns whether it did.
    fn configure(&mut self, group: WeightedGroup, at: At, sent_at: Duration) -> bool {
        let now = at.wall;
        let group = Arc::new(group);
        let current = self.current();
        let before = Arc::clone(current.group());
        // What is read of health for the first time is no change of it.
        if before.same_split(&group) || group.completes(&before) {
            let changes = group.ttl_changes_since(&before);
            current.renew(Arc::clone(&group));
            self.attribution.renew(group);
            if !changes.is_empty() {
                self.event(now, Happening::TtlChanged(changes));
            }
            return false;
        }
        let changes: Arc<[Change]> = group.changes_since(&before).into();
        let number = current.number() + 1;
        let began = Happening::SegmentBegan {
            segment: number,
            changes: Arc::clone(&changes),
        };
        self.event(now, began);
        self.resolvers.changed(at.uptime);
        let result = PollResult::Changed(number);
        self.record_poll_seen(sent_at, at.uptime, result);
        self.begin_segment(group, now, Cause::Changed(changes));
        true
    }

    /// Whoever watches has changed something about the run.
    fn change_by_hand(&mut self, at: At, what: ByHand) {
        let now = at.wall;
        match what {
            ByHand::CountAnew => {
                let current = self.current();
                let (segment, group) = (current.number() + 1, Arc::clone(current.group()));
                self.event(now, Happening::CountedAnew { segment });
                let result = PollResult::CountedAnew(segment);
                self.record_poll_seen(at.uptime, at.uptime, result);
                self.begin_segment(group, now, Cause::ByHand);
            }
            ByHand::Rate(per_second) => {
                self.rate = Some((per_second, now));
                self.event_of_the_last(now, Happening::RateChanged { per_second });
            }
            ByHand::Http(on) => {
                self.http_is_off = !on;
                self.event_of_the_last(now, Happening::HttpSwitched { on });
            }
        }
    }

    /// Closes the segment in force and opens the next one.
    fn begin_segment(&mut self, group: Arc<WeightedGroup>, now: SystemTime, cause: Cause) {
        let servers = self.servers.len();
        let current = self.current();
        let number = current.number() + 1;
        current.end(now);
        self.attribution.declare(number, Arc::clone(&group));
        self.segments
            .push_back(Segment::new(number, group, servers, now, cause));
        while self.segments.len() > SEGMENTS_KEPT
            && let Some(mut oldest) = self.segments.pop_front()
        {
            self.archive.add(&oldest.read());
        }
        self.forget_strangers();
        self.notes.remove(&Subject::PartialAnswer);
        self.review_overlaps(now);
    }

    /// A successful reading of the configuration.
    fn record_poll(&mut self, at: At) {
        self.configuration.polls += 1;
        self.configuration.last_success_at = Some(at.wall);
        self.configuration.last_success = Some(at.uptime);
        if self.configuration.last_error.take().is_some() {
            self.event(at.wall, Happening::PollRecovered);
        }
    }

    /// A failed reading of the configuration. The same failure again is counted but told only once.
    fn record_poll_failure(&mut self, now: SystemTime, error: Route53Error) {
        self.configuration.polls += 1;
        self.configuration.failures += 1;
        let before = self.configuration.last_error.replace(error.clone());
        if before.as_ref() != Some(&error) {
            self.event(now, Happening::PollFailed(error));
        }
    }

    /// The change that the run waits for was asked for. A failure that may pass is none before it has lasted.
    fn change_read(&mut self, at: At, change: Result<Submitted, Route53Error>) {
        let before = self.change;
        if matches!(before, Some(ChangeState::InSync(_))) {
            // It does not get out of sync again.
            return;
        }
        match change {
            Ok(Submitted {
                id,
                submitted_at,
                in_sync,
            }) => {
                self.change_failures = 0;
                self.notes.remove(&Subject::ChangeUnread);
                let (state, what) = if in_sync {
                    let state = ChangeState::InSync(at.uptime);
                    (state, Happening::ChangeInSync { id, submitted_at })
                } else {
                    let what = Happening::ChangePending { id, submitted_at };
                    (ChangeState::Pending, what)
                };
                if before != Some(state) {
                    self.change = Some(state);
                    self.event(at.wall, what);
                }
            }
            Err(error) => {
                self.change_failures += 1;
                let denied = matches!(error, Route53Error::AccessDenied { .. });
                if denied || self.change_failures >= CHANGE_ATTEMPTS {
                    self.change = Some(ChangeState::Unread);
                    self.note(at.wall, Notice::ChangeUnread(error));
                } else {
                    // Until it is known better it is on its way.
                    self.change.get_or_insert(ChangeState::Pending);
                }
            }
        }
    }

    /// An attempt to read the configuration, for whoever judges: what it showed, and when.
    fn record_poll_seen(&mut self, sent_at: Duration, received_at: Duration, result: PollResult) {
        // Whoever does not read for so long has no use for those that changed nothing. What a change is, is never
        // dropped: without it no answer after it could be judged.
        if self.polls.len() >= EVENTS_WAITING {
            self.polls
                .retain(|seen| !matches!(seen.result, PollResult::Same | PollResult::Failed));
        }
        self.polls.push(PollSeen {
            sent_at,
            received_at,
            result,
        });
    }

    fn note(&mut self, now: SystemTime, note: Notice) {
        let before = self.notes.insert(note.subject(), note.clone());
        if before.as_ref() != Some(&note) {
            self.event(now, Happening::Noticed(note));
        }
    }

    /// Says from now on which sets of the segment in force cannot be told apart, as far as is known, and which targets have
    /// more addresses than are kept.
    fn review_overlaps(&mut self, now: SystemTime) {
        self.overlaps_due = None;
        let full = self.attribution.full_pools();
        let full = overlaps::full(self.current().group(), &full);
        let tell = !self.notes.contains_key(&Subject::PoolsFull);
        self.show(now, Subject::PoolsFull, full, tell);
        let overlaps = self.attribution.overlaps();
        let blind = self.attribution.is_blind(&overlaps);
        let current = self.current();
        let group = Arc::clone(current.group());
        current.set_inconclusive(overlaps::inconclusive(&group, &overlaps));
        let note = overlaps::notice(&group, &overlaps, blind);
        // How much is shared may change with every look-up, which is no news each time.
        let tell = !self.notes.contains_key(&Subject::LookAlike);
        self.show(now, Subject::LookAlike, note, tell);
    }

    /// What an answer that did not count told besides.
    fn record_hint(&mut self, server: ServerIndex, hint: &Hint, now: SystemTime) {
        let Some(tally) = self.servers.get_mut(server.get()) else {
            return;
        };
        tally.troubled = true;
        for change in self.troubles.raise(server, hint, now) {
            self.show(now, change.subject, change.note, change.tell);
        }
    }

    /// A named answer of a server: what troubled it may be over.
    fn record_named(&mut self, server: ServerIndex, now: SystemTime) {
        let Some(tally) = self
            .servers
            .get_mut(server.get())
            .filter(|tally| tally.troubled)
        else {
            return;
        };
        let (still, changes) = self.troubles.answered(server);
        tally.troubled = still;
        for change in changes {
            self.show(now, change.subject, change.note, change.tell);
        }
    }

    /// Sets or takes back a notice, as news or silently.
    fn show(&mut self, now: SystemTime, subject: Subject, note: Option<Notice>, tell: bool) {
        match note {
            None => {
                self.notes.remove(&subject);
            }
            Some(note) if tell => self.note(now, note),
            Some(note) => {
                self.notes.insert(subject, note);
            }
        }
    }

    fn event(&mut self, at: SystemTime, what: Happening) {
        let waiting = &mut self.events;
        if waiting.events.len() < EVENTS_WAITING {
            waiting.events.push(Event { at, what });
        } else {
            waiting.lost += 1;
        }
    }

    /// Something happened of which only the last time counts: whoever holds a key down fills no list with it.
    fn event_of_the_last(&mut self, at: SystemTime, what: Happening) {
        let kind = what.kind();
        self.events.events.retain(|event| event.kind() != kind);
        self.event(at, what);
    }

    fn read(&mut self) -> Reading {
        if let Some(changed_at) = self.overlaps_due {
            self.review_overlaps(changed_at);
        }
        let events = std::mem::take(&mut self.events);
        let answers = std::mem::take(&mut self.answers);
        let current = self.current().number();
        let group_of = |number| {
            let mut segments = self.segments.iter();
            let found = segments.find(|segment| segment.number() == number);
            found.map(|segment| Arc::clone(segment.group()))
        };
        let resolvers = self.resolvers.read(&self.attribution, group_of, current);
        let requests = std::mem::take(&mut self.requests);
        Reading {
            segments: self.segments.iter_mut().map(Segment::read).collect(),
            archive: self.archive.clone(),
            servers: self.servers.iter().map(ServerTally::read).collect(),
            late: self.late,
            skipped: self.skipped,
            rate: self.rate,
            http_is_off: self.http_is_off,
            configuration: self.configuration.clone(),
            polls: std::mem::take(&mut self.polls),
            change: self.change,
            stood_still: std::mem::take(&mut self.stood_still),
            answers: answers.seen,
            answers_lost: answers.lost,
            requests: requests.seen,
            requests_lost: requests.lost,
            resolvers,
            notes: self.notes.values().cloned().collect(),
            events: events.events,
            events_lost: events.lost,
        }
    }
}

impl ServerTally {
    fn read(&self) -> ServerReading {
        ServerReading {
            name: self.name.clone(),
            address: self.address,
            latency: self.times.latency(),
            last_answer: self.last_answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Query;
    use crate::model::answer::{Answer, Fault, ServerMode};
    use crate::model::change::TtlChange;
    use crate::model::event::EventKind;
    use crate::model::name::RecordName;
    use crate::model::record::{RecordType, Target, WeightedSet};
    use crate::model::route53_error::Call;
    use crate::model::shortage::Shortage;
    use proptest::prelude::*;

    fn group(weights: &[u64]) -> WeightedGroup {
        let set = |(index, &weight): (usize, &u64)| {
            let target = Target::Addresses(vec![address(index)]);
            WeightedSet::new(&format!("set-{index}"), weight, target)
        };
        let sets = weights.iter().enumerate().map(set).collect();
        let name = RecordName::from_user("app.example.com").expect("a name");
        WeightedGroup::of_weights(name, RecordType::A, sets)
    }

    fn address(index: usize) -> std::net::IpAddr {
        std::net::Ipv4Addr::new(192, 0, 2, u8::try_from(index).expect("few sets")).into()
    }

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;
    const START: At = At {
        uptime: Duration::ZERO,
        wall: NOW,
    };

    fn query(segment: u64, server: usize) -> Query {
        Query {
            sent_at: Duration::ZERO,
            server: server.into(),
            segment,
            mode: ServerMode::Direct,
            stray: 0,
        }
    }

    /// A query is sent; returns what it is known by.
    fn sent(tally: &Tally, server: usize) -> Query {
        let (segment, _) = tally.in_force();
        let query = query(segment, server);
        tally.take(Fact::Sent {
            at: START,
            server: server.into(),
            segment,
            mode: query.mode,
        });
        query
    }

    fn answered(tally: &Tally, query: Query, index: usize) {
        tally.take(Fact::Answered {
            at: START,
            query,
            took: Duration::from_millis(1),
            answer: Answer {
                addresses: vec![address(index)],
                ..Answer::default()
            },
        });
    }

    fn polled(tally: &Tally, declared: Result<WeightedGroup, Route53Error>) -> bool {
        let fact = Fact::Polled {
            at: START,
            sent_at: Duration::ZERO,
            declared,
            known_since: Some(Duration::ZERO),
        };
        tally.take(fact).segment_began
    }

    #[test]
    fn a_probe_is_recorded_in_the_segment_that_was_in_force_when_it_was_sent() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let before = sent(&tally, 0);
        assert!(polled(&tally, Ok(group(&[50, 50]))));
        answered(&tally, before, 0);
        let reading = tally.read();
        assert_eq!(reading.segments.len(), 2);
        assert_eq!(reading.segments[0].counters.count(0.into()), 1);
        assert_eq!(reading.segments[1].counters.outcomes().sent, 0);
        let Cause::Changed(changes) = &reading.segments[1].cause else {
            panic!("{:?}", reading.segments[1].cause)
        };
        assert_eq!(changes.len(), 2);
        assert_eq!(reading.polls.len(), 1);
        assert_eq!(reading.polls[0].result, PollResult::Changed(2));
    }

    #[test]
    fn what_comes_after_the_end_is_not_learnt() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let under_way = sent(&tally, 0);
        tally.take(Fact::Stopped { at: START });
        assert!(!polled(&tally, Ok(group(&[50, 50]))));
        answered(&tally, under_way, 0);
        let (reading, _) = tally.tick(START);
        assert_eq!(reading.segments.len(), 1);
        assert_eq!((reading.polls.len(), reading.configuration.polls), (0, 0));
        let outcomes = reading.outcomes();
        assert_eq!((outcomes.named, outcomes.in_flight()), (0, 1));
    }

    fn at(seconds: u64) -> At {
        let uptime = Duration::from_secs(seconds);
        let wall = NOW + uptime;
        At { uptime, wall }
    }

    #[test]
    fn what_was_under_way_while_this_machine_stood_still_is_passed_over_and_that_is_told_once() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let queries: Vec<Query> = (0..3).map(|_| sent(&tally, 0)).collect();
        answered(&tally, queries[0], 0);
        let (since, length) = (Duration::from_secs(1), Duration::from_secs(10));
        let at_eleven = at(11);
        tally.take(Fact::StoodStill {
            at: at_eleven,
            since,
            length,
            stopped: true,
        });
        // Whether the answer lay there or the time was over meanwhile.
        answered(&tally, queries[1], 0);
        tally.take(Fact::Failed {
            at: at_eleven,
            query: queries[2],
            fault: Fault::Timeout,
            hint: None,
        });
        let after = Query {
            sent_at: at_eleven.uptime,
            ..sent(&tally, 0)
        };
        answered(&tally, after, 1);
        let (reading, _) = tally.tick(at(12));
        let outcomes = reading.outcomes();
        assert_eq!((outcomes.sent, outcomes.named, reading.skipped), (2, 2, 2));
        assert_eq!(outcomes.faults.iter().sum::<u64>(), 0);
        assert_eq!(reading.answers.len(), 2);
        assert_eq!(reading.stood_still, [(since, at_eleven.uptime)]);
        let told: Vec<&Happening> = reading.events.iter().map(|event| &event.what).collect();
        assert_eq!(
            told,
            [&Happening::StoodStill {
                length,
                stopped: true
            }]
        );
        let (reading, _) = tally.tick(at(13));
        assert!(reading.stood_still.is_empty() && reading.events.is_empty());
    }

    #[test]
    fn what_could_not_be_asked_is_skipped_by_name_and_no_fault() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let shortage = Shortage::Emfile;
        let query = sent(&tally, 0);
        tally.take(Fact::NotAsked {
            at: START,
            query,
            shortage,
        });
        tally.take(Fact::Requested {
            at: START,
            segment: 1,
            set: 0.into(),
            outcome: HttpOutcome::Short(shortage),
        });
        let (reading, _) = tally.tick(at(1));
        assert_eq!((reading.outcomes().sent, reading.skipped), (0, 1));
        assert_eq!(reading.outcomes().faults.iter().sum::<u64>(), 0);
        assert_eq!((reading.http().skipped, reading.http().failures), (1, 0));
        let notice = Notice::Shortage {
            shortage,
            queries: 1,
            requests: 1,
        };
        assert_eq!(reading.notes, [notice]);
        let (reading, _) = tally.tick(at(62));
        assert!(reading.notes.is_empty(), "{:?}", reading.notes);
    }

    #[test]
    fn the_same_split_again_opens_nothing() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        assert!(!polled(&tally, Ok(group(&[90, 10]))));
        assert!(tally.read().events.is_empty());
    }

    #[test]
    fn a_new_ttl_is_told_and_shown_but_opens_nothing() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let mut lower = group(&[90, 10]);
        lower.sets[0].ttl = Some(Duration::from_mins(1));
        for _ in 0..2 {
            assert!(!polled(&tally, Ok(lower.clone())));
        }
        let reading = tally.read();
        assert_eq!(reading.segments.len(), 1);
        assert_eq!(
            reading.segments[0].group.sets[0].ttl,
            Some(Duration::from_mins(1))
        );
        let told: Vec<&Happening> = reading.events.iter().map(|event| &event.what).collect();
        let change = TtlChange {
            set: "set-0".to_owned(),
            from: None,
            to: Some(Duration::from_mins(1)),
        };
        assert_eq!(told, [&Happening::TtlChanged(vec![change])]);
    }

    #[test]
    fn old_segments_are_dropped_but_their_queries_still_count() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns-1".into()], NOW);
        for weight in 2..=100 {
            answered(&tally, sent(&tally, 0), 1);
            assert!(polled(&tally, Ok(group(&[1, weight]))));
        }
        let reading = tally.read();
        assert_eq!(reading.segments.len(), SEGMENTS_KEPT);
        assert_eq!(reading.archive.segments, 100 - SEGMENTS_KEPT as u64);
        assert_eq!(reading.outcomes().named, 99);
        assert_eq!(reading.outcomes().sent, 99);
    }

    #[test]
    fn polls_that_wait_for_long_lose_no_change() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns-1".into()], NOW);
        polled(&tally, Ok(group(&[1, 2])));
        for _ in 0..5 * EVENTS_WAITING {
            polled(&tally, Ok(group(&[1, 2])));
        }
        polled(&tally, Ok(group(&[1, 3])));
        let polls = tally.read().polls;
        let is_change = |seen: &&PollSeen| matches!(seen.result, PollResult::Changed(_));
        assert_eq!(polls.iter().filter(is_change).count(), 2);
        assert!(polls.len() <= EVENTS_WAITING, "{}", polls.len());
    }

    #[test]
    fn a_repeated_failure_is_counted_every_time_and_told_once() {
        let tally = Tally::new(group(&[1]), vec![], NOW);
        let throttled = || Route53Error::Throttled {
            call: Call::ListResourceRecordSets,
            code: "Throttling".into(),
        };
        polled(&tally, Err(throttled()));
        polled(&tally, Err(throttled()));
        polled(&tally, Ok(group(&[1])));
        let reading = tally.read();
        assert_eq!(
            (reading.configuration.polls, reading.configuration.failures),
            (3, 2)
        );
        let kinds: Vec<EventKind> = reading.events.iter().map(Event::kind).collect();
        assert_eq!(kinds, [EventKind::PollFailed, EventKind::PollRecovered]);
    }

    proptest! {
        /// Whatever is recorded in whatever order, the parts add up to what was sent, and shares add up to one.
        #[test]
        fn counters_add_up(steps in prop::collection::vec((0usize..3, 0usize..12, 0usize..4), 0..300)) {
            let tally = Tally::new(group(&[5, 3, 2]), vec!["a".into(), "b".into(), "c".into()], NOW);
            let mut open = Vec::new();
            for (server, what, weight) in steps {
                let query = sent(&tally, server);
                match what {
                    0..=3 => answered(&tally, Query { stray: 1, ..query }, what),
                    4..=8 => { tally.take(Fact::Failed { at: START, query, fault: Fault::ALL[what - 4], hint: None }); }
                    9 => open.push(query),
                    10 => { open.pop().into_iter().for_each(|query| answered(&tally, query, 0)); open.push(query); }
                    _ => { answered(&tally, query, 1); polled(&tally, Ok(group(&[5, 3, weight as u64]))); }
                }
            }
            let reading = tally.read();
            let outcomes = reading.outcomes();
            prop_assert_eq!(outcomes.sent, outcomes.named + outcomes.ambiguous + outcomes.unknown + outcomes.faulty() + outcomes.in_flight());
            prop_assert_eq!(outcomes.in_flight(), open.len() as u64);
            for segment in &reading.segments {
                let counts: Vec<u64> = (0..segment.group.sets.len()).map(|set| segment.counters.count(set.into())).collect();
                prop_assert_eq!(counts.iter().sum::<u64>(), segment.counters.outcomes().named);
                if let Some(shares) = crate::model::share::observed_shares(&counts) {
                    prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                }
            }
        }
    }

    #[test]
    fn answers_wait_one_by_one_and_what_does_not_fit_is_counted() {
        let tally = Tally::new(group(&[1]), vec!["ns-1".into()], NOW);
        let sent_at = Duration::from_millis;
        for millis in 0..ANSWERS_WAITING as u64 + 3 {
            let sent_at = sent_at(millis);
            answered(
                &tally,
                Query {
                    sent_at,
                    ..query(1, 0)
                },
                0,
            );
        }
        let reading = tally.read();
        assert_eq!(
            (reading.answers.len(), reading.answers_lost),
            (ANSWERS_WAITING, 3)
        );
        let expected = AnswerSeen {
            at: sent_at(1),
            segment: 1,
            server: 0.into(),
            origin: Origin::Set(0.into()),
            leaf: None,
        };
        assert_eq!(reading.answers[1], expected);
        let reading = tally.read();
        assert_eq!((reading.answers.len(), reading.answers_lost), (0, 0));
    }

    #[test]
    fn a_note_stands_until_it_is_taken_back_and_is_told_once() {
        let tally = Tally::new(group(&[1]), vec![], NOW);
        for _ in 0..2 {
            tally.note(NOW, Notice::NothingApart);
        }
        let reading = tally.read();
        assert_eq!(reading.notes, [Notice::NothingApart]);
        assert_eq!(reading.events.len(), 1);
        tally.take_back(Subject::LookAlike);
        let reading = tally.read();
        assert!(reading.notes.is_empty() && reading.events.is_empty());
    }

    #[test]
    fn a_key_that_is_held_down_fills_no_list_with_events() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns".into()], NOW);
        for number in 0..2_000 {
            for what in [
                ByHand::Http(number % 2 == 1),
                ByHand::Rate(number % 100 + 1),
            ] {
                tally.take(Fact::ByHand { at: START, what });
            }
        }
        tally.event(NOW, Happening::PollRecovered);
        let reading = tally.read();
        let told: Vec<&Happening> = reading.events.iter().map(|event| &event.what).collect();
        assert_eq!(
            told,
            [
                &Happening::HttpSwitched { on: true },
                &Happening::RateChanged { per_second: 100 },
                &Happening::PollRecovered,
            ]
        );
        assert_eq!((reading.events_lost, reading.http_is_off), (0, false));
        assert_eq!(reading.rate, Some((100, NOW)));
    }

    #[test]
    fn the_most_urgent_notice_comes_first_and_one_takes_the_place_of_another_about_the_same() {
        let tally = Tally::new(group(&[1]), vec![], NOW);
        let ttls = Notice::TtlsDiffer(Vec::new());
        let gone = |servers: &[usize]| Notice::Negative {
            fault: Fault::Nxdomain,
            servers: servers.iter().map(|&server| server.into()).collect(),
            keep: None,
        };
        for note in [ttls.clone(), gone(&[1]), gone(&[0, 1])] {
            tally.note(NOW, note);
        }
        assert_eq!(tally.read().notes, [gone(&[0, 1]), ttls]);
    }
}
