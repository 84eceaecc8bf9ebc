//! The rules, in the order in which the notes on statistics number them (section 5).

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::reading::{Origin, SEGMENTS_KEPT};
use crate::model::verdict::{
    Inconclusive, Mismatch, Propagation, Unknown, VerdictEvent, VerdictNews, VerdictState,
};
use crate::stats::rate::RecentRate;
use crate::stats::switch::Switch;

use super::input::{Answer, Declaration, Poll, Rules, Start};
use super::judgement::{Impossible, Judgement};
use super::members::Members;
use super::output::Output;
use super::server::{Server, Stage, Step};

/// Suspicions and what comes of them.
mod alarms;
/// What is shown.
mod showing;

/// Alarms are armed this long after the poll that showed new shares was received, and after the start of a run.
pub const GRACE: Duration = Duration::from_secs(90);
/// A match is withheld for so long after an impossible answer, and for at most so long after the arming while it is not
/// decided whether a late server has switched.
pub const HOLD: Duration = Duration::from_mins(1);
/// Alarms are armed this long after a change that was waited for is in sync.
pub const IN_SYNC_GRACE: Duration = Duration::from_mins(1);
/// A server that was off and has given no named answer for so long holds up no match.
const BLAMED_SILENCE: Duration = Duration::from_mins(1);
/// A span in which something does not fit goes on for so long at least: each one after it takes more to prove a match.
const SPAN_AT_LEAST: Duration = Duration::from_secs(10);
/// So many unknown answers say nothing about their share.
const FEW_UNKNOWN: u64 = 3;
/// The evidence for a remark has gone when it is this: the declared shares explain the answers better.
const LN_GONE: f64 = -1.0;
/// So many estimates of what a match still takes are compared with as many before them.
const ESTIMATES: usize = 10;
/// A suspicion waits so long for an answer of the API ...
const CONFIRMATION_WAIT: Duration = Duration::from_secs(30);
/// ... and so much longer where health checks are read besides, each once a minute ...
const HEALTH_ROUND: Duration = Duration::from_mins(1);
/// ... or, where they are many, as fast as they may be.
const HEALTH_READING: Duration = Duration::from_secs(3);
/// The span of the rate of named answers.
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// An answer that is excluded is told again for a name server and a set after so long.
const TOLD_AGAIN: Duration = Duration::from_mins(1);
/// So many events wait for the next tick.
const EVENTS_KEPT: usize = 1_000;

/// The verdict machine. See the module for how to drive it.
///
/// Memory is bounded: two minutes of answers for each server, one count for each of 121 onsets, server and set.
#[derive(Clone, Debug)]
pub struct Machine {
    rules: Rules,
    /// A higher rate that the rules have from a time on.
    next_rate: Option<(Duration, f64)>,
    segment: Segment,
    pub(super) judgement: Judgement,
    servers: Vec<Server>,
    /// When the last poll was sent that confirmed the declaration in force.
    confirmed_at: Duration,
    /// How long a suspicion waits for an answer of the API.
    confirmation_wait: Duration,
    last_wish: Option<Duration>,
    /// When this machine stood still the last time and went on: nobody could confirm anything meanwhile.
    went_on: Duration,
    /// It stood still for so long that what was known before is old, and nothing that tells something has come since: when
    /// the last of it came.
    unheard_since: Option<Duration>,
    /// It stood still for so long, and the configuration is still to be read.
    is_unread: bool,
    lost: u64,
    unnamed_in_a_row: u64,
    /// When the last answer came that tells something: a set, or that it is undeclared.
    last_named: Duration,
    blind: bool,
    named: u64,
    rate: RecentRate,
    per_second: Option<f64>,
    /// What a match takes in seconds, by the newest ticks.
    estimates: VecDeque<f64>,
    propagations: VecDeque<Propagation>,
    events: Vec<VerdictEvent>,
    /// Those that did not fit since the last tick.
    events_lost: u64,
    output: Output,
}

/// Answers of one set that the declared shares exclude.
#[derive(Clone, Copy, Debug)]
struct Seen {
    answers: u64,
    last_at: Duration,
    last_server: ServerIndex,
}

/// The segment in force.
#[derive(Clone, Debug)]
struct Segment {
    declaration: Declaration,
    members: Members,
    /// When the poll that showed it was received.
    seen_at: Duration,
    /// The state that is shown, and since when; none before the first tick.
    shown_since: Option<(VerdictState, Duration)>,
    /// Answers, named or not.
    answers: u64,
    /// How many of them named no set.
    unnamed: u64,
    last_impossible: Option<Duration>,
    /// Answers that the shares exclude, by the place of the set.
    sightings: BTreeMap<usize, Seen>,
    /// When those of a set and a name server were told the last time, and how many came since.
    told: BTreeMap<(usize, ServerIndex), (Duration, u64)>,
    /// Whether what does not fit is an alarm.
    armed: bool,
    /// From when on it is; `None`: some time after a change that is waited for is in sync.
    armed_at: Option<Duration>,
    /// When something came first that does not fit, at the start of a run.
    not_served_at: Option<Duration>,
    /// Answers to what was asked before are not counted any more.
    counts_from: Duration,
    /// Whether a match was proven since the servers have to show the shares in force, counted anew by hand since or not.
    matched: bool,
}

impl Segment {
    fn new(members: Members, declaration: Declaration, seen_at: Duration) -> Self {
        Self {
            armed: false,
            armed_at: Some(seen_at + GRACE),
            not_served_at: None,
            counts_from: Duration::ZERO,
            matched: false,
            declaration,
            members,
            seen_at,
            shown_since: None,
            answers: 0,
            unnamed: 0,
            last_impossible: None,
            sightings: BTreeMap::new(),
            told: BTreeMap::new(),
        }
    }

    fn arm(&mut self, at: Duration) {
        self.armed = true;
        self.armed_at = Some(at);
    }

    /// Shares that are known only now have the time of a change to reach the servers.
    fn disarm(&mut self) {
        self.armed = false;
        self.armed_at = Some(self.seen_at + GRACE);
    }

    /// Whether the run began with it, so that nothing is known of before.
    fn is_first(&self) -> bool {
        self.members.old.is_none()
    }
}

impl Machine {
    /// Begins with the declaration that was read at a time. It may have been in force for long, so all servers are taken as
    /// current; but a change may have been made a moment before, so alarms are armed later, unless it is known better.
    pub fn new(rules: Rules, first: Declaration, at: Duration) -> Self {
        let servers = rules.servers.max(1);
        let mut segment = Segment::new(Members::first(&first), first, at);
        match rules.start {
            Start::Unknown => {}
            Start::Settled => segment.arm(at),
            Start::AwaitsChange => segment.armed_at = None,
        }
        let mut machine = Self {
            judgement: Judgement::new(&segment.members.new, servers, rules.criteria, 1, at),
            segment,
            servers: vec![Server::new(at); servers],
            rules,
            next_rate: None,
            confirmed_at: at,
            confirmation_wait: CONFIRMATION_WAIT,
            last_wish: None,
            went_on: Duration::ZERO,
            unheard_since: None,
            is_unread: false,
            lost: 0,
            unnamed_in_a_row: 0,
            last_named: at,
            blind: false,
            named: 0,
            rate: RecentRate::new(RATE_WINDOW),
            per_second: None,
            estimates: VecDeque::new(),
            propagations: VecDeque::new(),
            events: Vec::new(),
            events_lost: 0,
            output: Output::default(),
        };
        machine.output = machine.show(at, at, false, Vec::new());
        machine
    }

    fn indices(&self) -> impl Iterator<Item = ServerIndex> + use<> {
        (0..self.servers.len()).map(ServerIndex::from)
    }

    /// The segment that is judged.
    pub fn segment(&self) -> u64 {
        self.segment.declaration.segment
    }

    /// What the last tick gave.
    pub fn output(&self) -> &Output {
        &self.output
    }

    // --- what comes in ---

    /// Takes an answer. Answers of one server come in the order of sending; those of a segment that began with a poll
    /// come after that poll. One that fits nowhere (a server or segment that is not known) counts as lost. Returns whether it
    /// is counted for the shares.
    pub fn answer(&mut self, answer: Answer) -> bool {
        let Some(server) = self.servers.get_mut(answer.server.get()) else {
            self.lost(1);
            return false;
        };
        // NXDOMAIN and NODATA are among the unknown ones: of those that are usable `heard_from` tells.
        if !matches!(answer.origin, Origin::Unknown(_)) {
            server.last_answer = server.last_answer.max(answer.at);
        }
        let (at, server) = (answer.at, answer.server);
        match answer.origin {
            Origin::Set(set) => {
                let Some(key) = self.segment.members.key(answer.segment, set) else {
                    self.lost(1);
                    return false;
                };
                self.answer_of(server, at, key)
            }
            Origin::Former(segment, set) => {
                let key = self.segment.members.key(segment, set);
                // What was declared so long ago has the place of what is in no list any more.
                self.answer_of(server, at, key.unwrap_or(u64::MAX))
            }
            // A cache gave it once more: something is seen, and nothing is counted.
            Origin::CachedRepeat => {
                self.says_something(at);
                let server = &mut self.servers[server.get()];
                server.last_named = server.last_named.max(at);
                false
            }
            Origin::Ambiguous => {
                self.unnamed();
                false
            }
            Origin::Unknown(values) => {
                self.unnamed();
                // What a server gives that has not switched yet is not counted, named or not.
                if self.servers[server.get()].stage != Stage::Propagating {
                    self.judgement.count_unknown(server, values);
                }
                false
            }
            Origin::Undeclared => {
                self.unnamed();
                // It names no set, but what it says is plain: nobody is blind.
                self.says_something(at);
                self.take(server, at, self.segment.members.nowhere(), true)
            }
        }
    }

    /// An answer of the set with a key. Returns whether it is counted.
    fn answer_of(&mut self, server: ServerIndex, at: Duration, key: u64) -> bool {
        self.segment.answers += 1;
        self.named(server, at);
        self.servers[server.get()].keep(at, key);
        self.take(server, at, self.segment.members.place(key), false)
    }

    fn named(&mut self, server: ServerIndex, at: Duration) {
        self.named += 1;
        self.says_something(at);
        let server = &mut self.servers[server.get()];
        server.last_named = server.last_named.max(at);
    }

    /// An answer that tells something came then: what says nothing is counted anew.
    fn says_something(&mut self, at: Duration) {
        self.unnamed_in_a_row = 0;
        self.last_named = self.last_named.max(at);
        if at >= self.went_on {
            self.unheard_since = None;
        }
    }

    fn unnamed(&mut self) {
        self.segment.answers += 1;
        self.segment.unnamed += 1;
        self.unnamed_in_a_row += 1;
    }

    /// A server gave a usable answer, whatever it says: it is not silent. `at` is when it came.
    pub fn heard_from(&mut self, server: ServerIndex, at: Duration) {
        if let Some(server) = self.servers.get_mut(server.get()) {
            server.last_answer = server.last_answer.max(at);
        }
    }

    /// This machine stood still from one time to another: nobody was silent meanwhile, since nobody was asked. What is known of
    /// the sequence of answers is interrupted. After a long time, what was true before is not said to be so now until an answer
    /// has come, and the configuration is read again.
    pub fn stood_still(&mut self, since: Duration, until: Duration) {
        let pause = until.saturating_sub(since);
        if pause > self.rules.blindness() {
            let unheard = (self.last_named < until).then_some(self.last_named);
            self.unheard_since = self.unheard_since.or(unheard);
            self.is_unread = true;
        }
        let shift = |at: &mut Duration| {
            if *at < until {
                *at = until.min(*at + pause);
            }
        };
        shift(&mut self.last_named);
        for server in &mut self.servers {
            shift(&mut server.last_answer);
            shift(&mut server.last_named);
        }
        self.went_on = self.went_on.max(until);
        self.indices()
            .for_each(|server| self.judgement.interrupt(server));
    }

    /// So many answers did not fit into the queue. The verdict says so; what is known of the sequence of answers is
    /// interrupted.
    pub fn lost(&mut self, answers: u64) {
        if answers == 0 {
            return;
        }
        if self.lost == 0 {
            self.tell(self.last_named, VerdictNews::AnswersLost);
        }
        self.lost += answers;
        self.indices()
            .for_each(|server| self.judgement.interrupt(server));
    }

    /// Says why the declared shares cannot be judged by the answers, or that they can, from now on. Counts begin anew.
    pub fn set_inconclusive(&mut self, now: Duration, why: Option<Inconclusive>) {
        let before = std::mem::replace(&mut self.segment.declaration.inconclusive, why);
        if before.is_some() == self.segment.declaration.inconclusive.is_some() {
            // At most another reason for the same state.
            return;
        }
        self.judgement = self.new_judgement(now);
        let is_fresh = now < self.segment.seen_at + GRACE;
        if self.segment.declaration.inconclusive.is_none() && is_fresh {
            self.expect_after_all();
        }
    }

    /// The shares of the segment in force are known for the first time, now that all health is: no change. Counts begin anew.
    pub fn complete_first(&mut self, now: Duration, declaration: Declaration) {
        self.segment.members.complete(&declaration);
        self.segment.declaration = declaration;
        self.judgement = self.new_judgement(now);
        self.expect_after_all();
    }

    /// Counts begin anew under another number because somebody wants it. All else that is known stays: the same shares are
    /// declared, and whoever has still to go over to them has to.
    pub fn count_anew(&mut self, now: Duration, mut declaration: Declaration) {
        let segment = &mut self.segment;
        declaration.inconclusive = segment.declaration.inconclusive.take();
        segment.members.rename(&declaration);
        segment.counts_from = now;
        segment.answers = 0;
        segment.unnamed = 0;
        segment.last_impossible = None;
        segment.sightings.clear();
        // What is thought from now on is of what is counted from now on.
        segment.shown_since = None;
        // How the change to these shares came through, or still does, belongs to them and not to what is counted.
        let change = self.propagations.back().cloned();
        let of_these = change.filter(|change| change.segment == segment.declaration.segment);
        if let Some(mut change) = of_these {
            change.segment = declaration.segment;
            change.match_at = None;
            self.propagations.push_back(change);
        }
        segment.declaration = declaration;
        self.keep_newest_propagations();
        self.judgement = self.new_judgement(now);
        self.estimates.clear();
    }

    /// So many queries a second are asked for from now on. Nobody is silent for want of a rate that has not come to every
    /// server yet.
    pub fn set_rate(&mut self, now: Duration, per_second: f64) {
        let since = now + self.rules.silence().max(self.rules.blindness());
        self.next_rate = (per_second > self.rules.tps).then_some((since, per_second));
        self.rules.tps = self.rules.tps.min(per_second);
    }

    /// Where a change began the segment, every server has to go over to what it is known to mean only now.
    fn expect_after_all(&mut self) {
        if !self.segment.is_first() {
            self.segment.disarm();
            self.expect_switches(self.segment.seen_at);
        }
    }

    fn new_judgement(&self, at: Duration) -> Judgement {
        let shares = &self.segment.members.new;
        let span = self.judgement.span.next_number();
        let judgement = Judgement::new(shares, self.servers.len(), self.rules.criteria, span, at);
        judgement.thinned_like(&self.judgement)
    }

    /// A change that the run waits for is in sync since a time, or nothing can be learnt about it (`None`).
    pub fn change_in_sync(&mut self, now: Duration, at: Option<Duration>) {
        if !self.segment.armed {
            let armed_at = at.map_or(self.segment.seen_at + GRACE, |at| at + IN_SYNC_GRACE);
            self.segment.armed_at = Some(armed_at.max(now));
        }
    }

    /// How many health checks decide about the shares too: a confirmation takes as long as reading all of them does.
    pub fn wait_for_health(&mut self, checks: usize) {
        let checks = u32::try_from(checks).unwrap_or(u32::MAX);
        let reading = match checks {
            0 => Duration::ZERO,
            _ => HEALTH_ROUND.max(HEALTH_READING.saturating_mul(checks)),
        };
        self.confirmation_wait = CONFIRMATION_WAIT + reading;
    }

    /// Takes the outcome of a poll, with the times when it was sent and received.
    pub fn poll(&mut self, sent_at: Duration, received_at: Duration, poll: Poll) {
        match poll {
            Poll::Failed => {}
            Poll::Same => self.confirm(sent_at, received_at),
            Poll::Changed(next) if next.same_shares(&self.segment.declaration) => {
                self.segment.members.rename(&next);
                self.segment.declaration = next;
                self.confirm(sent_at, received_at);
            }
            Poll::Changed(next) => self.change(next, sent_at, received_at),
        }
    }

    /// Lets time pass: works in all that came and looks at it. To be called twice a second.
    pub fn tick(&mut self, now: Duration) -> &Output {
        if let Some((_, per_second)) = self.next_rate.take_if(|(since, _)| *since <= now) {
            self.rules.tps = per_second;
        }
        self.arm_when_due(now);
        self.judgement.span.snapshot(now);
        self.judgement.span.weigh();
        self.look_for_alarms(now);
        self.look_for_unconfirmed(now);
        self.look_for_match(now);
        self.look_for_off(now);
        self.look_for_late(now);
        self.look_around(now);
        let wants_poll = self.wishes_poll(now);
        let events = std::mem::take(&mut self.events);
        let shown = self.shown(now);
        let (_, since) =
            (self.segment.shown_since.filter(|before| before.0 == shown)).unwrap_or((shown, now));
        self.segment.shown_since = Some((shown, since));
        self.output = self.show(now, since, wants_poll, events);
        self.events_lost = 0;
        &self.output
    }

    // --- rules 1 and 2: polls ---

    /// The declaration is in force at this time, by a poll sent then.
    fn confirm(&mut self, sent_at: Duration, received_at: Duration) {
        self.confirmed_at = self.confirmed_at.max(sent_at);
        for server in &mut self.servers {
            server.forget_before(sent_at);
        }
        let settles = |suspicion: &Mismatch| suspicion.at <= sent_at;
        if self.judgement.suspicion.as_ref().is_some_and(settles) {
            return self.alarm(received_at, true);
        }
        if let Some(mismatch) = &mut self.judgement.mismatch
            && self.judgement.standing == VerdictState::Mismatch
            && !mismatch.confirmed
            && mismatch.at <= sent_at
        {
            mismatch.confirmed = true;
            self.tell(received_at, VerdictNews::MismatchConfirmed);
        }
    }

    fn change(&mut self, next: Declaration, sent_at: Duration, received_at: Duration) {
        let before = &self.segment;
        let members = before.members.next(&before.declaration, &next);
        self.segment = Segment::new(members, next, received_at);
        let shares = &self.segment.members.new;
        self.judgement = Judgement::new(
            shares,
            self.servers.len(),
            self.rules.criteria,
            1,
            received_at,
        );
        self.propagations.push_back(Propagation {
            segment: self.segment.declaration.segment,
            seen_at: received_at,
            first_new_answer_at: None,
            servers: vec![None; self.servers.len()],
            last_server_at: None,
            match_at: None,
            stale: Vec::new(),
        });
        self.keep_newest_propagations();
        self.expect_switches(received_at);
        self.confirmed_at = sent_at;
        for server in &mut self.servers {
            server.forget_before(sent_at);
        }
    }

    fn keep_newest_propagations(&mut self) {
        while self.propagations.len() > SEGMENTS_KEPT {
            self.propagations.pop_front();
        }
    }

    /// Every server has to switch; what it answered since the old shares were last confirmed is looked at again.
    fn expect_switches(&mut self, at: Duration) {
        let Some(old) = self.segment.members.old.clone() else {
            return;
        };
        let moved = |pair: (&f64, &f64)| (pair.0 - pair.1).abs() >= 1e-9;
        let changed = old.iter().zip(&self.segment.members.new).any(moved);
        if self.segment.declaration.inconclusive.is_some() || !changed {
            // Nothing can be said about a switch to shares that are not known, nor to the same ones.
            self.segment.arm(at);
            self.servers.iter_mut().for_each(Server::trust);
            return;
        }
        let level = self.rules.criteria.error_level();
        for server in &mut self.servers {
            server.expect(&old, &self.segment.members.new, level, self.confirmed_at);
        }
        let (segment, servers) = (self.segment.declaration.segment, self.servers.len());
        self.tell(at, VerdictNews::Propagating { segment, servers });
        for server in self.indices() {
            for (at, key) in self.servers[server.get()].kept() {
                self.take(server, at, self.segment.members.place(key), false);
            }
        }
    }

    // --- rules 3 and 4: answers ---

    /// Takes an answer of the set at a place; `undeclared`: no set declares what it holds. Returns whether it is counted.
    fn take(&mut self, server: ServerIndex, at: Duration, set: usize, undeclared: bool) -> bool {
        let impossible = self.segment.members.new[set] <= 0.0;
        let before = self.servers[server.get()].stage;
        let is_late = self.segment.armed || self.segment.is_first();
        if impossible && !undeclared && before != Stage::Propagating {
            self.see_excluded(server, at, set);
        }
        if impossible && !is_late && before == Stage::Current && !self.may_be_another_change(set) {
            self.take_switch_back(at, server, set);
            return false;
        }
        if impossible && (is_late || before == Stage::Current) {
            self.segment.last_impossible = Some(at);
            self.judgement.impossible.get_or_insert(Impossible {
                server,
                set,
                undeclared,
            });
        }
        match self.servers[server.get()].step(at, set) {
            Step::Wait => false,
            Step::Count => self.count(server, at, set),
            Step::Switched(switch) => {
                self.switched(server, before, switch);
                false
            }
            Step::CurrentAfterAll => {
                let counted = self.count(server, at, set);
                self.tell_switched(at, server, None);
                counted
            }
            Step::FoundStale => {
                let counted = self.count(server, at, set);
                self.found_stale(server, at);
                counted
            }
        }
    }

    /// A name server that is not expected to give answers of before gave one that the shares exclude. Told at once, and again
    /// only after a while: one that is stale gives many.
    fn see_excluded(&mut self, server: ServerIndex, at: Duration, set: usize) {
        if self.segment.declaration.inconclusive.is_some() || at < self.segment.counts_from {
            return;
        }
        let seen = self.segment.sightings.entry(set).or_insert(Seen {
            answers: 0,
            last_at: at,
            last_server: server,
        });
        seen.answers += 1;
        if at >= seen.last_at {
            (seen.last_at, seen.last_server) = (at, server);
        }
        let told = self.segment.told.get_mut(&(set, server));
        let more = match told {
            Some((last, more)) if at < *last + TOLD_AGAIN => {
                *more += 1;
                return;
            }
            Some((last, more)) => {
                *last = at;
                std::mem::take(more)
            }
            None => {
                self.segment.told.insert((set, server), (at, 0));
                0
            }
        };
        let members = &self.segment.members;
        let news = VerdictNews::Excluded {
            server,
            set: members.identifier(set).map(str::to_owned),
            why: members.why_excluded(set),
            more,
        };
        self.tell(at, news);
    }

    fn count(&mut self, server: ServerIndex, at: Duration, set: usize) -> bool {
        if at < self.segment.counts_from {
            return false;
        }
        let is_current = self.servers[server.get()].stage == Stage::Current;
        self.judgement.count(server, set, is_current)
    }

    /// Whether an answer that the shares exclude tells of a change that no poll has shown yet, as far as is known, and not of
    /// a server that has still to go over: a match was proven, or the shares before exclude it too.
    fn may_be_another_change(&self, set: usize) -> bool {
        let was_possible = |old: &Vec<f64>| old[set] > 0.0;
        self.segment.matched || !self.segment.members.old.as_ref().is_some_and(was_possible)
    }

    /// An answer of a server says that it does not serve the new shares yet, although it had shown them.
    pub(super) fn take_switch_back(&mut self, at: Duration, server: ServerIndex, set: usize) {
        let set = self.segment.members.identifier(set).map(str::to_owned);
        self.revert_to_propagating(server);
        self.tell(at, VerdictNews::ServerWentBack { server, set });
    }

    /// The server has shown that it does not serve the new shares yet: nothing it gave so far counts.
    fn revert_to_propagating(&mut self, server: ServerIndex) {
        self.segment.matched = false;
        self.servers[server.get()].revert_to_propagating();
        self.judgement.restart_server(server);
        if let Some(change) = self.propagations.back_mut() {
            change.servers[server.get()] = None;
            change.first_new_answer_at = change.servers.iter().flatten().min().copied();
            change.last_server_at = None;
            change.match_at = None;
        }
    }

    fn switched(&mut self, server: ServerIndex, before: Stage, switch: Switch) {
        if let Some(change) = self.propagations.back_mut() {
            change.servers[server.get()] = Some(switch.switched_at);
            change.first_new_answer_at = change.servers.iter().flatten().min().copied();
        }
        // What a late server gave since the arming was counted, old shares and all.
        let armed_at = self.segment.armed_at;
        let tainted =
            before == Stage::Late && armed_at.is_some_and(|armed| switch.switched_at > armed);
        if before == Stage::Stale || tainted {
            self.judgement.restart(switch.detected_at);
        }
        // One that is found in hindsight is no news before the change itself is.
        let at = switch.detected_at.max(self.segment.seen_at);
        self.tell_switched(at, server, Some(switch.switched_at));
    }

    /// Tells that a server has switched, and that it was the last one.
    fn tell_switched(&mut self, at: Duration, server: ServerIndex, switched_at: Option<Duration>) {
        let seen_at = self.segment.seen_at;
        self.tell(
            at,
            VerdictNews::ServerSwitched {
                server,
                switched_at,
                seen_at,
            },
        );
        let all = self
            .servers
            .iter()
            .all(|server| server.stage == Stage::Current);
        let Some(change) = self.propagations.back_mut().filter(|_| all) else {
            return;
        };
        let last = change.servers.iter().flatten().max().copied();
        if let Some(last) = last.filter(|_| change.last_server_at.is_none()) {
            change.last_server_at = Some(last);
            let propagated = VerdictNews::Propagated {
                segment: change.segment,
                servers: change.servers.len(),
                took: last.saturating_sub(change.first_new_answer_at.unwrap_or(last)),
            };
            self.tell(at, propagated);
        }
    }

    fn found_stale(&mut self, server: ServerIndex, at: Duration) {
        if let Some(change) = self.propagations.back_mut()
            && !change.stale.contains(&server)
        {
            change.stale.push(server);
        }
        // A match rested on answers of this server too.
        self.judgement.withdraw_match();
        let after = at.saturating_sub(self.segment.seen_at);
        self.tell(at, VerdictNews::ServerStale { server, after });
    }

    fn arm_when_due(&mut self, now: Duration) {
        if self.segment.armed || self.segment.armed_at.is_none_or(|at| now < at) {
            return;
        }
        self.segment.armed = true;
        let Some(old) = &self.segment.members.old else {
            return;
        };
        let level = self.rules.criteria.error_level();
        for server in &mut self.servers {
            if server.stage == Stage::Propagating {
                server.mark_overdue(old, &self.segment.members.new, level);
            }
        }
    }

    // --- rule 5: match ---

    fn look_for_match(&mut self, now: Duration) {
        if self.judgement.standing == VerdictState::Match {
            // Without any, nothing is seen at all, and that is said instead.
            if (1..self.servers.len().div_ceil(2)).contains(&self.answering(now)) {
                self.judgement.withdraw_match();
            }
            return;
        }
        if self.withheld(now).is_some() || !self.judgement.span.attempt_match() {
            return;
        }
        let proven = |&server: &ServerIndex| self.judgement.span.is_match_at(server);
        let unproven = (self.judgement.blamed.iter().copied()).filter(|server| !proven(server));
        let unproven: Vec<ServerIndex> = unproven.collect();
        if unproven.iter().any(|&server| !self.is_gone(server, now)) {
            return;
        }
        self.judgement.blamed = unproven;
        self.judgement.span.show_only_this();
        let answers = self.judgement.span.answers();
        let news = match self.judgement.mismatch_standing() {
            Some(mismatch) => VerdictNews::Recovered {
                answers,
                after: now.saturating_sub(mismatch.at),
            },
            None => VerdictNews::Match {
                answers,
                criteria: self.rules.criteria,
            },
        };
        self.tell(now, news);
        self.judgement.standing = VerdictState::Match;
        self.judgement.matched_by = answers;
        self.segment.matched = true;
        if let Some(change) = self.propagations.back_mut() {
            change.match_at.get_or_insert(now);
        }
    }

    /// What stands in the way of a match, however good the counts are.
    fn withheld(&self, now: Duration) -> Option<Withheld<'_>> {
        if let Some(why) = &self.segment.declaration.inconclusive {
            return Some(Withheld::Inconclusive(why));
        }
        if let Some(suspicion) = &self.judgement.suspicion {
            return Some(Withheld::Suspicion(suspicion));
        }
        let staged = |stage: Stage| self.servers.iter().any(|server| server.stage == stage);
        if staged(Stage::Propagating) {
            return Some(Withheld::Propagating);
        }
        if staged(Stage::Stale) {
            return Some(Withheld::Stale);
        }
        if self.indices().any(|server| self.is_undecided(server, now)) {
            return Some(Withheld::Late);
        }
        let impossible = self.segment.last_impossible.filter(|&at| now < at + HOLD);
        if let Some(at) = impossible {
            return Some(Withheld::Impossible(at));
        }
        let unknown = self.judgement.span.unknown();
        if unknown.unknown >= FEW_UNKNOWN && unknown.high >= self.rules.max_unknown {
            return Some(Withheld::Unknown(unknown));
        }
        let answering = self.answering(now);
        (answering * 2 < self.servers.len()).then_some(Withheld::TooFewServers(answering))
    }

    /// How many name servers give named answers.
    fn answering(&self, now: Duration) -> usize {
        let silence = self.rules.silence();
        let servers = self.servers.iter();
        let answers = |server: &&Server| now.saturating_sub(server.last_named) <= silence;
        servers.filter(answers).count()
    }

    /// Whether a server that was off has given no named answer for so long that it holds up nothing.
    fn is_gone(&self, server: ServerIndex, now: Duration) -> bool {
        now.saturating_sub(self.servers[server.get()].last_named) >= BLAMED_SILENCE
    }

    /// Whether it is still being decided if a late server has switched; after a while its counts have to do.
    fn is_undecided(&self, server: ServerIndex, now: Duration) -> bool {
        let until = self.segment.armed_at.map(|at| at + HOLD);
        self.servers[server.get()].stage == Stage::Late && until.is_none_or(|until| now < until)
    }

    // --- beside the rules ---

    /// Whether a late server that was not decided was the last one to wait for.
    fn look_for_late(&mut self, now: Duration) {
        let late = |server: ServerIndex| self.servers[server.get()].stage == Stage::Late;
        let settled = self.indices().all(|server| {
            self.servers[server.get()].stage == Stage::Current
                || (late(server) && !self.is_undecided(server, now))
        });
        if let Some(change) = self.propagations.back_mut()
            && settled
            && change.last_server_at.is_none()
        {
            change.last_server_at = change.servers.iter().flatten().max().copied();
        }
    }

    fn look_around(&mut self, now: Duration) {
        self.per_second = self.rate.record(now, self.named);
        let limit = self.rules.criteria.ln_limit();
        // Shares that have just changed look like dependence too.
        let calm = (self.segment.armed || self.segment.not_served_at.is_none())
            && self.judgement.suspicion.is_none()
            && self.judgement.span.evidence().ln_total < limit / 2.0;
        if calm && self.judgement.is_dependent(limit) {
            self.thin(now);
        }
        if let Some(seconds) = self.seconds_to_go() {
            self.estimates.push_back(seconds);
        } else {
            self.estimates.clear();
        }
        while self.estimates.len() > 2 * ESTIMATES {
            self.estimates.pop_front();
        }
        let silence = now.saturating_sub(self.last_named);
        let blind = silence > self.rules.blindness();
        if blind && !self.blind {
            let unnamed = self.unnamed_in_a_row;
            self.tell(now, VerdictNews::Blind { silence, unnamed });
        } else if !blind && self.blind {
            self.tell(now, VerdictNews::BlindEnded);
        }
        self.blind = blind;
    }

    /// Only some of the answers are counted from now on, since they depend on each other.
    fn thin(&mut self, now: Duration) {
        let one_in = self.judgement.thin(now);
        self.tell(now, VerdictNews::AnswersDepend { one_in });
    }

    /// Whether what looks like shares that are off is answers that depend on each other. No suspicion is open yet.
    fn thin_instead_of_alarm(&mut self, now: Duration) -> bool {
        let judgement = &self.judgement;
        let thins = judgement.suspicion.is_none() && judgement.is_explained_by_dependence();
        if thins {
            self.thin(now);
        }
        thins
    }

    /// The state that is shown. (Rule 8.)
    fn shown(&self, now: Duration) -> VerdictState {
        let seen = self.shown_if_seen(now);
        let is_of_before = self.unheard_since.is_some()
            && matches!(seen, VerdictState::Match | VerdictState::Mismatch);
        if self.blind || is_of_before {
            VerdictState::Blind
        } else {
            seen
        }
    }

    fn shown_if_seen(&self, now: Duration) -> VerdictState {
        match (self.judgement.standing, self.withheld(now)) {
            (VerdictState::Mismatch, _) => VerdictState::Mismatch,
            (_, Some(Withheld::Propagating | Withheld::Late)) => VerdictState::Propagating,
            // What speaks against it stands in the numbers beside it.
            (VerdictState::Match, Some(Withheld::Suspicion(_))) => VerdictState::Collecting,
            (standing, _) => standing,
        }
    }

    fn tell(&mut self, at: Duration, news: VerdictNews) {
        if self.events.len() < EVENTS_KEPT {
            self.events.push(VerdictEvent { at, news });
        } else {
            self.events_lost += 1;
        }
    }
}

/// What stands in the way of a match.
#[derive(Clone, Debug, PartialEq)]
enum Withheld<'machine> {
    Inconclusive(&'machine Inconclusive),
    Suspicion(&'machine Mismatch),
    Propagating,
    Stale,
    Late,
    /// An impossible answer, at this time.
    Impossible(Duration),
    Unknown(Unknown),
    /// So few servers give named answers.
    TooFewServers(usize),
}
