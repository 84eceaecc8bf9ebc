//! What all tasks share: the segment in force with its counters, the name servers, and what happened. Tasks `record`
//! facts as they come; the ticker `read`s plain numbers. Nobody here asks for the time: facts bring theirs.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use crate::model::answer::Hint;
use crate::model::event::{Event, EventKind, Happening};
use crate::model::reading::{
    AnswerSeen, Archive, Configuration, PollResult, PollSeen, Reading, ServerReading,
};
use crate::model::record::WeightedGroup;
use crate::stats::histogram::Times;

/// The note about sets that cannot be told apart.
mod overlaps;
/// The atomics of one segment.
pub mod segment;
/// What name servers say when they do not answer.
mod trouble;

pub use segment::Segment;

use trouble::Troubles;

/// How many segments are kept one by one; older ones live on in the sums.
const SEGMENTS_KEPT: usize = 64;
/// What the note about sets that cannot be told apart is kept under.
const OVERLAPS: &str = "overlaps";
/// How many events wait for the ticker at the most.
const EVENTS_WAITING: usize = 1000;

/// How many answers wait for the ticker at the most: more than three minutes of the highest rate.
const ANSWERS_WAITING: usize = 20_000;

/// The shared state of one run.
#[derive(Debug)]
pub struct Tally {
    segments: RwLock<Segments>,
    servers: Vec<ServerTally>,
    late: AtomicU64,
    skipped: AtomicU64,
    configuration: Mutex<Configuration>,
    events: Mutex<Waiting>,
    /// Attempts to read the configuration since the last reading.
    polls: Mutex<Vec<PollSeen>>,
    /// Answers since the last reading, one by one.
    answers: Mutex<Answers>,
    /// What the reader has to know as long as it stands, by what it is about.
    notes: Mutex<BTreeMap<String, String>>,
    troubles: Mutex<Troubles>,
}

#[derive(Debug)]
struct Segments {
    current: Arc<Segment>,
    /// Those before it that are kept one by one, oldest first.
    closed: VecDeque<Arc<Segment>>,
    archive: Archive,
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

/// What is known about one name server over the whole run.
#[derive(Debug)]
struct ServerTally {
    name: String,
    address: Mutex<Option<SocketAddr>>,
    times: Mutex<Times>,
    /// When its newest usable answer came, in microseconds of the run plus one; 0: none yet.
    last_answer: AtomicU64,
    /// Whether `troubles` has something about it: the one look that every named answer costs.
    troubled: AtomicBool,
}

/// A lock whose holder panicked still holds plain numbers: the run is about to end, and its figures are wanted.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Tally {
    /// Starts with one segment. `servers` are names for people, in the order of asking.
    pub fn new(group: WeightedGroup, servers: Vec<String>, now: SystemTime) -> Self {
        let first = Segment::new(1, group, servers.len(), now, "start of the run".to_owned());
        Self {
            segments: RwLock::new(Segments {
                current: Arc::new(first),
                closed: VecDeque::new(),
                archive: Archive::new(servers.len()),
            }),
            servers: servers
                .into_iter()
                .map(|name| ServerTally {
                    name,
                    address: Mutex::default(),
                    times: Mutex::default(),
                    last_answer: AtomicU64::new(0),
                    troubled: AtomicBool::new(false),
                })
                .collect(),
            late: AtomicU64::new(0),
            skipped: AtomicU64::new(0),
            configuration: Mutex::default(),
            events: Mutex::default(),
            polls: Mutex::default(),
            answers: Mutex::default(),
            notes: Mutex::default(),
            troubles: Mutex::default(),
        }
    }

    /// The segment in force. A probe takes it when it is sent and is recorded there whatever happens meanwhile.
    pub fn current(&self) -> Arc<Segment> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&segments.current)
    }

    /// Takes a freshly read group: a new split closes the segment in force and opens another one.
    /// Returns whether it did.
    pub fn configure(&self, group: WeightedGroup, now: SystemTime) -> bool {
        let mut segments = self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let current = Arc::clone(&segments.current);
        if current.group.same_split(&group) {
            let changes = current.renew(group);
            if !changes.is_empty() {
                self.event(
                    now,
                    EventKind::TtlChanged,
                    format!("TTL changed: {}", changes.join(", ")),
                );
            }
            return false;
        }
        let reason = group.changes_since(&current.group).join(", ");
        current.end(now);
        self.event(
            now,
            EventKind::Segment,
            format!("configuration changed: {reason}"),
        );
        let next = Segment::new(current.number + 1, group, self.servers.len(), now, reason);
        next.inherit(&current);
        segments.current = Arc::new(next);
        segments.closed.push_back(current);
        while segments.closed.len() >= SEGMENTS_KEPT {
            if let Some(oldest) = segments.closed.pop_front() {
                segments.archive.add(&oldest.state());
            }
        }
        drop(segments);
        self.review_overlaps(now);
        true
    }

    /// A usable answer of a server: how long it took and when it came, as time since the start of the run.
    pub fn record_answer_time(&self, server: usize, took: Duration, at: Duration) {
        if let Some(server) = self.servers.get(server) {
            locked(&server.times).record(took);
            let at = u64::try_from(at.as_micros()).unwrap_or(u64::MAX - 1);
            server.last_answer.fetch_max(at + 1, Relaxed);
        }
    }

    /// The address at which a server is asked from now on.
    pub fn record_address(&self, server: usize, address: Option<SocketAddr>) {
        if let Some(server) = self.servers.get(server) {
            *locked(&server.address) = address;
        }
    }

    /// A query that was sent noticeably after it was due, and due times that were passed over.
    pub fn record_pacing(&self, late: bool, skipped: u64) {
        self.late.fetch_add(u64::from(late), Relaxed);
        self.skipped.fetch_add(skipped, Relaxed);
    }

    /// A successful reading of the configuration.
    pub fn record_poll(&self, now: SystemTime) {
        let mut configuration = locked(&self.configuration);
        configuration.polls += 1;
        configuration.last_success_at = Some(now);
        if configuration.last_error.take().is_some() {
            drop(configuration);
            self.event(
                now,
                EventKind::PollRecovered,
                "the configuration can be read again".to_owned(),
            );
        }
    }

    /// A failed reading of the configuration. The same failure again is counted but told only once.
    pub fn record_poll_failure(&self, now: SystemTime, error: &str) {
        let mut configuration = locked(&self.configuration);
        configuration.polls += 1;
        configuration.failures += 1;
        let news = configuration.last_error.as_deref() != Some(error);
        configuration.last_error = Some(error.to_owned());
        drop(configuration);
        if news {
            self.event(
                now,
                EventKind::PollFailed,
                format!("cannot read the configuration, measuring with the last one: {error}"),
            );
        }
    }

    /// A usable answer, for whoever judges the sequence of them. What does not fit is counted and never waited for.
    pub fn record_answer(&self, seen: AnswerSeen) {
        let mut answers = locked(&self.answers);
        if answers.seen.len() < ANSWERS_WAITING {
            answers.seen.push(seen);
        } else {
            answers.lost += 1;
        }
    }

    /// An attempt to read the configuration, for whoever judges: what it showed, and when.
    pub fn record_poll_seen(&self, seen: PollSeen) {
        let mut polls = locked(&self.polls);
        // Whoever does not read for so long has no use for those that changed nothing. What a change is, is never
        // dropped: without it no answer after it could be judged.
        if polls.len() >= EVENTS_WAITING {
            polls.retain(|seen| matches!(seen.result, PollResult::Changed(_)));
        }
        polls.push(seen);
    }

    /// What the reader of the numbers has to know from now on about a subject; `None`: nothing any more. News is an
    /// event too, so that it reaches those who see no permanent lines.
    pub fn note(&self, now: SystemTime, subject: &str, note: Option<String>) {
        let mut notes = locked(&self.notes);
        let before = match &note {
            Some(note) => notes.insert(subject.to_owned(), note.clone()),
            None => notes.remove(subject),
        };
        drop(notes);
        if let Some(note) = note.filter(|note| before.as_ref() != Some(note)) {
            self.event(now, EventKind::Note, note);
        }
    }

    /// Says from now on which sets of the segment in force cannot be told apart, as far as is known.
    pub fn review_overlaps(&self, now: SystemTime) {
        let segment = self.current();
        let overlaps = segment.overlaps();
        let blind = segment.is_blind();
        segment.set_inconclusive(overlaps::inconclusive(&segment.group, &overlaps));
        let note = overlaps::sentence(&segment.group, &overlaps, blind);
        // How much is shared may change with every look-up, which is no news each time.
        let tell = locked(&self.notes).contains_key(OVERLAPS) != note.is_some();
        self.show(now, OVERLAPS, note, tell);
    }

    /// What an answer that did not count told besides.
    pub fn record_hint(&self, server: usize, hint: &Hint, now: SystemTime) {
        let Some(tally) = self.servers.get(server) else {
            return;
        };
        let mut troubles = locked(&self.troubles);
        let changes = troubles.raise(server, hint, &self.server_names(), now);
        tally.troubled.store(true, Relaxed);
        // Shown while the lock is held, so that what was found out later is shown later too.
        for change in changes {
            self.show(now, change.subject, change.note, change.tell);
        }
    }

    /// A named answer of a server: what troubled it may be over.
    pub fn record_named(&self, server: usize, now: SystemTime) {
        let Some(tally) = self.servers.get(server) else {
            return;
        };
        if !tally.troubled.load(Relaxed) {
            return;
        }
        let mut troubles = locked(&self.troubles);
        let (still, changes) = troubles.answered(server, &self.server_names());
        tally.troubled.store(still, Relaxed);
        for change in changes {
            self.show(now, change.subject, change.note, change.tell);
        }
    }

    fn server_names(&self) -> Vec<&str> {
        let names = self.servers.iter().map(|server| server.name.as_str());
        names.collect()
    }

    /// Sets or takes back a note, as news or silently.
    fn show(&self, now: SystemTime, subject: &str, note: Option<String>, tell: bool) {
        if tell {
            self.note(now, subject, note);
            return;
        }
        let mut notes = locked(&self.notes);
        match note {
            Some(note) => notes.insert(subject.to_owned(), note),
            None => notes.remove(subject),
        };
    }

    /// Something that happened.
    pub fn event(&self, at: SystemTime, kind: EventKind, message: String) {
        let mut waiting = locked(&self.events);
        if waiting.events.len() < EVENTS_WAITING {
            waiting.events.push(Event {
                at,
                what: Happening::Told(kind, message),
            });
        } else {
            waiting.lost += 1;
        }
    }

    /// All the numbers at this moment; events are handed over and forgotten here.
    pub fn read(&self) -> Reading {
        // In this order: a poll that showed a change is told after its segment has begun, so a segment that a poll names
        // here is among those that are read after it.
        let answers = std::mem::take(&mut *locked(&self.answers));
        let polls = std::mem::take(&mut *locked(&self.polls));
        let (segments, archive) = {
            let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
            let all = segments.closed.iter().chain([&segments.current]);
            (all.cloned().collect::<Vec<_>>(), segments.archive.clone())
        };
        let events = std::mem::take(&mut *locked(&self.events));
        Reading {
            segments: segments.iter().map(|segment| segment.state()).collect(),
            archive,
            servers: self.servers.iter().map(ServerTally::read).collect(),
            late: self.late.load(Relaxed),
            skipped: self.skipped.load(Relaxed),
            configuration: locked(&self.configuration).clone(),
            polls,
            answers: answers.seen,
            answers_lost: answers.lost,
            notes: locked(&self.notes).values().cloned().collect(),
            events: events.events,
            events_lost: events.lost,
        }
    }
}

impl ServerTally {
    fn read(&self) -> ServerReading {
        let last = self.last_answer.load(Relaxed);
        ServerReading {
            name: self.name.clone(),
            address: *locked(&self.address),
            latency: locked(&self.times).latency(),
            last_answer: (last > 0).then(|| Duration::from_micros(last - 1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::{Answer, Fault, Outcome};
    use crate::model::name::RecordName;
    use crate::model::reading::Tells;
    use crate::model::record::{RecordType, Target, WeightedSet};
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

    fn answer(index: usize) -> Outcome {
        Outcome::Answered(Answer {
            addresses: vec![address(index)],
            ..Answer::default()
        })
    }

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn a_probe_is_recorded_in_the_segment_that_was_in_force_when_it_was_sent() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let before = tally.current();
        before.record_sent(0);
        assert!(tally.configure(group(&[50, 50]), NOW));
        before.record(0, &answer(0), 0);
        let reading = tally.read();
        assert_eq!(reading.segments.len(), 2);
        assert_eq!(reading.segments[0].counters.count(0), 1);
        assert_eq!(reading.segments[1].counters.outcomes().sent, 0);
        assert_eq!(reading.segments[1].reason, "set-0 90 -> 50, set-1 10 -> 50");
    }

    #[test]
    fn the_same_split_again_opens_nothing() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        assert!(!tally.configure(group(&[90, 10]), NOW));
        assert!(tally.read().events.is_empty());
    }

    #[test]
    fn a_new_ttl_is_told_and_shown_but_opens_nothing() {
        let tally = Tally::new(group(&[90, 10]), vec!["ns-1".into()], NOW);
        let mut lower = group(&[90, 10]);
        lower.sets[0].ttl = Some(Duration::from_mins(1));
        for _ in 0..2 {
            assert!(!tally.configure(lower.clone(), NOW));
        }
        let reading = tally.read();
        assert_eq!(reading.segments.len(), 1);
        assert_eq!(
            reading.segments[0].group.sets[0].ttl,
            Some(Duration::from_mins(1))
        );
        let messages: Vec<&Happening> = reading.events.iter().map(|event| &event.what).collect();
        let told = "TTL changed: set-0 none -> 1m".to_owned();
        assert_eq!(messages, [&Happening::Told(EventKind::TtlChanged, told)]);
    }

    #[test]
    fn old_segments_are_dropped_but_their_queries_still_count() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns-1".into()], NOW);
        for weight in 2..=100 {
            let segment = tally.current();
            segment.record_sent(0);
            segment.record(0, &answer(1), 0);
            assert!(tally.configure(group(&[1, weight]), NOW));
        }
        let reading = tally.read();
        assert_eq!(reading.segments.len(), SEGMENTS_KEPT);
        assert_eq!(reading.archive.segments, 100 - SEGMENTS_KEPT as u64);
        assert_eq!(reading.outcomes().named, 99);
        assert_eq!(reading.outcomes().sent, 99);
    }

    #[test]
    fn a_change_that_a_poll_tells_of_is_never_read_without_its_segment() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns-1".into()], NOW);
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for weight in 2..3000 {
                    tally.configure(group(&[1, weight]), NOW);
                    tally.record_poll_seen(poll(PollResult::Changed(tally.current().number)));
                }
                done.store(true, Relaxed);
            });
            let mut told = 1;
            while !done.load(Relaxed) {
                let reading = tally.read();
                for poll in &reading.polls {
                    let PollResult::Changed(number) = poll.result else {
                        panic!("no such poll was recorded");
                    };
                    told = told.max(number);
                }
                let newest = reading.segments.last().expect("the one in force").number;
                assert!(
                    told <= newest,
                    "segment {told} was told of, {newest} is read"
                );
            }
        });
    }

    #[test]
    fn polls_that_wait_for_long_lose_no_change() {
        let tally = Tally::new(group(&[1, 1]), vec!["ns-1".into()], NOW);
        tally.record_poll_seen(poll(PollResult::Changed(2)));
        for _ in 0..5 * EVENTS_WAITING {
            tally.record_poll_seen(poll(PollResult::Same));
        }
        tally.record_poll_seen(poll(PollResult::Changed(3)));
        let polls = tally.read().polls;
        let is_change = |seen: &&PollSeen| matches!(seen.result, PollResult::Changed(_));
        assert_eq!(polls.iter().filter(is_change).count(), 2);
        assert!(polls.len() <= EVENTS_WAITING, "{}", polls.len());
    }

    fn poll(result: PollResult) -> PollSeen {
        PollSeen {
            sent_at: Duration::ZERO,
            received_at: Duration::ZERO,
            result,
        }
    }

    #[test]
    fn a_repeated_failure_is_counted_every_time_and_told_once() {
        let tally = Tally::new(group(&[1]), vec![], NOW);
        tally.record_poll_failure(NOW, "throttled");
        tally.record_poll_failure(NOW, "throttled");
        tally.record_poll(NOW);
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
            for (step, (server, what, weight)) in steps.into_iter().enumerate() {
                let segment = tally.current();
                segment.record_sent(server);
                match what {
                    0..=3 => { segment.record(server, &answer(what), 1); }
                    4..=8 => { segment.record(server, &Outcome::Failed(Fault::ALL[what - 4]), 0); }
                    9 => open.push((segment, server)),
                    10 => { open.pop().into_iter().for_each(|(segment, server)| { segment.record(server, &answer(0), 0); }); open.push((segment, server)); }
                    _ => { segment.record(server, &answer(1), 0); tally.configure(group(&[5, 3, weight as u64]), NOW + Duration::from_secs(step as u64)); }
                }
            }
            let reading = tally.read();
            let outcomes = reading.outcomes();
            prop_assert_eq!(outcomes.sent, outcomes.named + outcomes.ambiguous + outcomes.unknown + outcomes.faulty() + outcomes.in_flight());
            prop_assert_eq!(outcomes.in_flight(), open.len() as u64);
            for segment in &reading.segments {
                let counts: Vec<u64> = (0..segment.group.sets.len()).map(|set| segment.counters.count(set)).collect();
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
        let seen = |millis| AnswerSeen {
            at: Duration::from_millis(millis),
            segment: 1,
            server: 0,
            tells: Tells::Set(0),
        };
        for millis in 0..ANSWERS_WAITING as u64 + 3 {
            tally.record_answer(seen(millis));
        }
        let reading = tally.read();
        assert_eq!(
            (reading.answers.len(), reading.answers_lost),
            (ANSWERS_WAITING, 3)
        );
        assert_eq!(reading.answers[1], seen(1));
        let reading = tally.read();
        assert_eq!((reading.answers.len(), reading.answers_lost), (0, 0));
    }

    #[test]
    fn a_note_stands_until_it_is_taken_back_and_is_told_once() {
        let tally = Tally::new(group(&[1]), vec![], NOW);
        for _ in 0..2 {
            tally.note(NOW, "pools", Some("blue and green share addresses".into()));
        }
        let reading = tally.read();
        assert_eq!(reading.notes, ["blue and green share addresses"]);
        assert_eq!(reading.events.len(), 1);
        tally.note(NOW, "pools", None);
        let reading = tally.read();
        assert!(reading.notes.is_empty() && reading.events.is_empty());
    }
}
