//! Feeds the verdict machine with what a reading brought, in the order in which things happened, and keeps what it said
//! of segments that have ended.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::index::SetIndex;
use crate::model::reading::{
    AnswerSeen, ChangeState, LINES_KEPT, Origin, PollResult, PollSeen, Reading, SEGMENTS_KEPT,
    SegmentState,
};
use crate::model::record::Target;
use crate::model::verdict::{Inconclusive, Propagation, SetVerdict, Verdict, VerdictState};
use crate::snapshot::Recent;
use crate::stats::wilson::wilson;
use crate::verdict::{Answer, Declaration, DeclaredSet, Machine, Output, Poll, Rules, Start};

use super::course::Named;
use super::parts::Parts;
use super::without_status::{RecentAnswers, WithoutStatus};

/// The span that is shown beside the verdict.
const RECENTLY: Duration = Duration::from_mins(1);

/// What is thought of every segment.
#[derive(Debug)]
pub(super) struct VerdictFeed {
    rules: Rules,
    machine: Option<Machine>,
    /// How the change that the run waits for stood the last time.
    change: Option<ChangeState>,
    /// Every set with its target that was ever declared; its place is its key.
    known: Vec<(String, Target)>,
    /// The last word on each segment.
    said: BTreeMap<u64, (Verdict, Vec<SetVerdict>)>,
    /// The last state of segments whose last word is not kept any more.
    states: BTreeMap<u64, VerdictState>,
    /// Named answers of the last minute that are counted: when, in which segment, of which set.
    recent: RecentAnswers,
    /// How many of them each set gave, by segment.
    recent_counts: BTreeMap<u64, Vec<u64>>,
    /// The named answers of the newest reading, and whether they are counted.
    named: Vec<Named>,
    parts: Parts,
    /// The segment that the machine judges, while some of its health checks were not read yet.
    unread: Option<u64>,
    without_status: WithoutStatus,
    /// A rate that the machine does not know yet.
    rate: Option<f64>,
}

impl VerdictFeed {
    /// Nothing thought yet; `rules` still know no name server.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            machine: None,
            change: None,
            known: Vec::new(),
            said: BTreeMap::new(),
            states: BTreeMap::new(),
            recent: RecentAnswers::new(),
            recent_counts: BTreeMap::new(),
            named: Vec::new(),
            parts: Parts::default(),
            unread: None,
            without_status: WithoutStatus::default(),
            rate: None,
        }
    }

    /// So many queries a second are asked for from now on.
    pub(super) fn set_rate(&mut self, per_second: u32) {
        self.rate = Some(per_second.into());
    }

    /// Works a reading in and says what is thought at that time since the start of the run.
    pub(super) fn form(&mut self, reading: &mut Reading, now: Duration) -> Option<&Output> {
        self.named.clear();
        let mut answers = std::mem::take(&mut reading.answers);
        answers.sort_by_key(|answer| (answer.segment, answer.at));
        let mut machine = if let Some(machine) = self.machine.take() {
            machine
        } else {
            let first = self.declaration(reading.segments.first()?);
            self.rules.servers = reading.servers.len();
            if reading.change.is_some() {
                self.rules.start = Start::AwaitsChange;
            }
            Machine::new(self.rules.clone(), first, Duration::ZERO)
        };
        if let Some(per_second) = self.rate.take() {
            machine.set_rate(now, per_second);
        }
        self.complete(&mut machine, reading, now);
        let mut answers = answers.into_iter().peekable();
        for poll in std::mem::take(&mut reading.polls) {
            while let Some(answer) = answers.next_if(|answer| comes_before(answer, &poll)) {
                self.feed(&mut machine, answer);
            }
            let result = match poll.result {
                PollResult::Same if self.without_status.may_show(poll.received_at) => continue,
                PollResult::Same => Poll::Same,
                PollResult::Failed => Poll::Failed,
                PollResult::Changed(number) => {
                    let mut segments = reading.segments.iter();
                    match segments.find(|segment| segment.number == number) {
                        Some(segment) => Poll::Changed(self.declaration(segment)),
                        // A segment that came and went unseen leaves no answers either.
                        None => continue,
                    }
                }
                PollResult::CountedAnew(number) => {
                    self.count_anew(&mut machine, reading, number, poll.received_at);
                    continue;
                }
            };
            machine.poll(poll.sent_at, poll.received_at, result);
        }
        answers.for_each(|answer| self.feed(&mut machine, answer));
        self.complete(&mut machine, reading, now);
        if self.change != reading.change {
            self.change = reading.change;
            match reading.change {
                Some(ChangeState::InSync(at)) => machine.change_in_sync(now, Some(at)),
                Some(ChangeState::Unread) => machine.change_in_sync(now, None),
                Some(ChangeState::Pending) | None => {}
            }
        }
        // One that has begun since the polls were read is not judged yet.
        let judged = segment_of(reading, machine.segment());
        if let Some(current) = judged {
            // Pools of addresses grow while it runs, and health is read only so often.
            let why = inconclusive(current).or_else(|| {
                let criteria = self.rules.criteria;
                (self.without_status).hold(current, &self.recent, now, criteria)
            });
            machine.set_inconclusive(now, why);
            machine.wait_for_health(current.group.checks.all);
        }
        machine.lost(reading.answers_lost);
        for (server, reading) in reading.servers.iter().enumerate() {
            if let Some(at) = reading.last_answer {
                machine.heard_from(server.into(), at);
            }
        }
        for &(since, until) in &reading.stood_still {
            machine.stood_still(since, until);
        }
        let machine = self.machine.insert(machine);
        let output = machine.tick(now);
        let from = output.shown_since.max(now.saturating_sub(RECENTLY));
        forget(&mut self.recent, &mut self.recent_counts, from);
        if let Some(current) = judged {
            let off = match &output.verdict {
                Verdict {
                    suspicion: Some(suspicion),
                    ..
                } => Some(suspicion.at),
                verdict if verdict.standing == VerdictState::Mismatch => Some(Duration::ZERO),
                _ => None,
            };
            let criteria = self.rules.criteria;
            (self.without_status).look(current, &self.recent, now, criteria, off);
        }
        let sums = output.sets.iter().map(|set| set.count);
        (self.parts).take(output.segment, &self.named, output.shown_since, sums);
        let word = (output.verdict.clone(), output.sets.clone());
        self.said.insert(output.segment, word);
        while self.said.len() > SEGMENTS_KEPT {
            if let Some((number, (verdict, _))) = self.said.pop_first() {
                self.states.insert(number, verdict.state);
                self.parts.forget(number);
            }
        }
        while self.states.len() > LINES_KEPT {
            self.states.pop_first();
        }
        Some(machine.output())
    }

    /// The named answers of the newest reading.
    pub(super) fn named(&self) -> &[Named] {
        &self.named
    }

    /// How many of the answers that are shown of a set came from one of its leaves.
    pub(super) fn part(&self, segment: u64, set: SetIndex, leaf: usize) -> u64 {
        self.parts.count(segment, set, leaf)
    }

    /// The last state of a segment, however long ago it was.
    pub(super) fn state_of(&self, segment: u64) -> Option<VerdictState> {
        let state = self.of(segment).map(|(verdict, _)| verdict.state);
        state.or_else(|| self.states.get(&segment).copied())
    }

    /// The last word on a segment.
    pub(super) fn of(&self, segment: u64) -> Option<&(Verdict, Vec<SetVerdict>)> {
        self.said.get(&segment)
    }

    /// How the change that began a segment came through.
    pub(super) fn propagation(&self, segment: u64) -> Option<&Propagation> {
        let output = self.machine.as_ref()?.output();
        let mut all = output.propagations.iter();
        all.find(|propagation| propagation.segment == segment)
    }

    /// The last minute of a segment, by set; empty where there is no answer.
    pub(super) fn recent(&self, segment: u64, sets: usize) -> Vec<Recent> {
        let Some(counts) = self.recent_counts.get(&segment) else {
            return Vec::new();
        };
        let answers = counts.iter().sum();
        let recent = |set: usize| {
            let count = counts.get(set).copied().unwrap_or(0);
            let interval = wilson(count, answers);
            Recent {
                count,
                answers,
                low: interval.lower,
                high: interval.upper,
            }
        };
        (0..sets).map(recent).collect()
    }

    /// Has the machine know the shares of its segment when all health checks have been read for the first time.
    fn complete(&mut self, machine: &mut Machine, reading: &Reading, now: Duration) {
        let number = machine.segment();
        let Some(segment) = segment_of(reading, number) else {
            return;
        };
        let is_partial = segment.group.checks.is_partial();
        if self.unread == Some(number) && !is_partial {
            machine.complete_first(now, self.declaration(segment));
        }
        self.unread = is_partial.then_some(number);
    }

    /// Counting began anew by hand in the segment with that number.
    fn count_anew(&mut self, machine: &mut Machine, reading: &Reading, number: u64, at: Duration) {
        if let Some(segment) = segment_of(reading, number) {
            self.unread = self.unread.map(|_| number);
            machine.count_anew(at, self.declaration(segment));
        }
    }

    fn feed(&mut self, machine: &mut Machine, answer: AnswerSeen) {
        let AnswerSeen {
            at,
            segment,
            server,
            origin,
            leaf,
        } = answer;
        let named = match origin {
            Origin::Set(set) => Some(set),
            _ => None,
        };
        let counted = machine.answer(Answer {
            at,
            segment,
            server,
            origin,
        });
        if let Some(set) = named {
            self.named.push(Named {
                at,
                segment,
                server,
                set,
                leaf,
                counted,
            });
            if counted {
                self.recent.push_back((at, segment, set));
                let counts = self.recent_counts.entry(segment).or_default();
                counts.resize(counts.len().max(set.get() + 1), 0);
                counts[set.get()] += 1;
            }
        }
    }

    fn declaration(&mut self, segment: &SegmentState) -> Declaration {
        let sets = segment.group.sets.iter().map(|set| DeclaredSet {
            identifier: set.identifier.clone(),
            key: self.key(&set.identifier, &set.target),
            share: set.share.value,
        });
        Declaration {
            segment: segment.number,
            sets: sets.collect(),
            inconclusive: inconclusive(segment),
        }
    }

    fn key(&mut self, identifier: &str, target: &Target) -> u64 {
        let same = |(known, of): &(String, Target)| known == identifier && of.same_as(target);
        let place = self.known.iter().position(same).unwrap_or_else(|| {
            self.known.push((identifier.to_owned(), target.clone()));
            self.known.len() - 1
        });
        place as u64
    }
}

/// Forgets answers of before a time. They come nearly in order; one that is a little older goes a little later.
fn forget(recent: &mut RecentAnswers, counts: &mut BTreeMap<u64, Vec<u64>>, before: Duration) {
    while let Some((_, segment, set)) = recent.pop_front_if(|(at, ..)| *at < before) {
        let of_segment = counts.entry(segment).or_default();
        of_segment[set.get()] -= 1;
        if of_segment.iter().all(|count| *count == 0) {
            counts.remove(&segment);
        }
    }
}

fn segment_of(reading: &Reading, number: u64) -> Option<&SegmentState> {
    let mut newest_first = reading.segments.iter().rev();
    let found = newest_first.find(|segment| segment.number == number);
    found.map(|segment| &**segment)
}

/// Why the shares that are counted cannot be held against the declared ones.
fn inconclusive(segment: &SegmentState) -> Option<Inconclusive> {
    let group = &segment.group;
    if let Some(found) = &group.replaced_by {
        return Some(Inconclusive::Replaced {
            found: found.clone(),
            since: segment.started_at,
        });
    }
    if group.checks.is_partial() {
        return Some(Inconclusive::HealthNotRead(group.checks));
    }
    let undocumented = segment.group.sets.iter().any(|set| !set.share.is_certain());
    if undocumented {
        return Some(Inconclusive::AllZeroSomeUnhealthy);
    }
    segment.inconclusive.clone()
}

/// Whether an answer has to be known before a poll: it belongs to what the poll looked back at.
fn comes_before(answer: &AnswerSeen, poll: &PollSeen) -> bool {
    match poll.result {
        PollResult::Changed(number) | PollResult::CountedAnew(number) => answer.segment < number,
        PollResult::Same | PollResult::Failed => answer.at <= poll.sent_at,
    }
}
