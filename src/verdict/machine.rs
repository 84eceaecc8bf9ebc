//! The rules, in the order in which the notes on statistics number them (section 5).

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::reading::SEGMENTS_KEPT;
use crate::model::verdict::{
    Inconclusive, Mismatch, Propagation, VerdictEvent, VerdictNews, VerdictState,
};
use crate::stats::rate::RecentRate;
use crate::stats::switch::Switch;

use super::input::{Answer, Declaration, Poll, Rules};
use super::judgement::Judgement;
use super::members::Members;
use super::output::Output;
use super::server::{Server, Stage, Step};

/// Suspicions and what comes of them.
mod alarms;
/// What is shown.
mod showing;

/// Alarms are armed this long after the poll that showed new shares was received.
pub const GRACE: Duration = Duration::from_secs(90);
/// A match is withheld for so long after an impossible answer, and for at most so long after the arming while it is not
/// decided whether a late server has switched.
pub const HOLD: Duration = Duration::from_mins(1);
/// A suspicion waits so long for an answer of the API ...
const CONFIRMATION_WAIT: Duration = Duration::from_secs(30);
/// ... and so much longer where health checks are read besides, each once a minute ...
const HEALTH_ROUND: Duration = Duration::from_mins(1);
/// ... or, where they are many, as fast as they may be.
const HEALTH_READING: Duration = Duration::from_secs(3);
/// The span of the rate of named answers.
const RATE_WINDOW: Duration = Duration::from_secs(10);
/// So many events wait for the next tick.
const EVENTS_KEPT: usize = 1_000;

/// The verdict machine. See the module for how to drive it.
///
/// Memory is bounded: two minutes of answers for each server, one bet for each of 121 onsets, server and set.
#[derive(Clone, Debug)]
pub struct Machine {
    rules: Rules,
    segment: Segment,
    pub(super) judgement: Judgement,
    servers: Vec<Server>,
    /// When the last poll was sent that confirmed the declaration in force.
    confirmed_at: Duration,
    armed: bool,
    armed_at: Duration,
    /// How long a suspicion waits for an answer of the API.
    confirmation_wait: Duration,
    last_wish: Option<Duration>,
    lost: u64,
    unnamed_in_a_row: u64,
    last_named: Duration,
    blind: bool,
    named: u64,
    rate: RecentRate,
    per_second: Option<f64>,
    propagations: VecDeque<Propagation>,
    events: Vec<VerdictEvent>,
    /// Those that did not fit since the last tick.
    events_lost: u64,
    output: Output,
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
}

impl Segment {
    fn new(members: Members, declaration: Declaration, seen_at: Duration) -> Self {
        Self {
            declaration,
            members,
            seen_at,
            shown_since: None,
            answers: 0,
            unnamed: 0,
            last_impossible: None,
        }
    }
}

impl Machine {
    /// Begins with the declaration that was read at a time. It may have been in force for long, so there is nothing to
    /// wait for: all servers are taken as current, and alarms are armed.
    pub fn new(rules: Rules, first: Declaration, at: Duration) -> Self {
        let servers = rules.servers.max(1);
        let segment = Segment::new(Members::first(&first), first, at);
        let mut machine = Self {
            judgement: Judgement::new(&segment.members.new, servers, rules.criteria, at),
            segment,
            servers: vec![Server::new(at); servers],
            rules,
            confirmed_at: at,
            armed: true,
            armed_at: at,
            confirmation_wait: CONFIRMATION_WAIT,
            last_wish: None,
            lost: 0,
            unnamed_in_a_row: 0,
            last_named: at,
            blind: false,
            named: 0,
            rate: RecentRate::new(RATE_WINDOW),
            per_second: None,
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
    /// come after that poll. One that fits nowhere (a server or segment that is not known) counts as lost.
    pub fn answer(&mut self, answer: Answer) {
        let Some(server) = self.servers.get_mut(answer.server.get()) else {
            return self.lost(1);
        };
        server.last_answer = server.last_answer.max(answer.at);
        self.segment.answers += 1;
        let Some(set) = answer.set else {
            self.segment.unnamed += 1;
            self.unnamed_in_a_row += 1;
            return;
        };
        let Some(key) = self.segment.members.key(answer.segment, set) else {
            return self.lost(1);
        };
        self.named += 1;
        self.unnamed_in_a_row = 0;
        self.last_named = self.last_named.max(answer.at);
        server.keep(answer.at, key);
        self.take(answer.server, answer.at, self.segment.members.place(key));
    }

    /// A server gave a usable answer, whatever it says: it is not silent. `at` is when it came.
    pub fn heard_from(&mut self, server: ServerIndex, at: Duration) {
        if let Some(server) = self.servers.get_mut(server.get()) {
            server.last_answer = server.last_answer.max(at);
        }
    }

    /// An answer came that says nothing new: a cache gave it once more. Something is seen, and nothing is counted.
    pub fn repeat(&mut self, server: ServerIndex, at: Duration) {
        if let Some(server) = self.servers.get_mut(server.get()) {
            server.last_answer = server.last_answer.max(at);
            self.last_named = self.last_named.max(at);
        }
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
            .for_each(|server| self.judgement.dependence.interrupt(server.get()));
    }

    /// Says why the declared shares cannot be judged by the answers, or that they can, from now on. Counts begin anew.
    pub fn set_inconclusive(&mut self, now: Duration, why: Option<Inconclusive>) {
        let before = std::mem::replace(&mut self.segment.declaration.inconclusive, why);
        if before.is_some() == self.segment.declaration.inconclusive.is_some() {
            // At most another reason for the same state.
            return;
        }
        self.judgement = self.new_judgement(now);
    }

    /// The shares of the segment in force are known for the first time, now that all health is: no change. Counts begin anew.
    pub fn complete_first(&mut self, now: Duration, declaration: Declaration) {
        self.segment.members.complete(&declaration);
        self.segment.declaration = declaration;
        self.judgement = self.new_judgement(now);
        // Where a change began the segment, every server has to go over to what it means.
        if self.segment.members.old.is_some() {
            self.expect_switches(self.segment.seen_at);
        }
    }

    fn new_judgement(&self, at: Duration) -> Judgement {
        let shares = &self.segment.members.new;
        Judgement::new(shares, self.servers.len(), self.rules.criteria, at)
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
        self.arm_when_due(now);
        self.judgement.span.snapshot(now);
        self.judgement.span.weigh();
        self.look_for_alarms(now);
        self.look_for_unconfirmed(now);
        self.look_for_match(now);
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
        self.judgement = self.new_judgement(received_at);
        self.propagations.push_back(Propagation {
            segment: self.segment.declaration.segment,
            seen_at: received_at,
            first_new_answer_at: None,
            servers: vec![None; self.servers.len()],
            last_server_at: None,
            match_at: None,
            stale: Vec::new(),
        });
        while self.propagations.len() > SEGMENTS_KEPT {
            self.propagations.pop_front();
        }
        self.expect_switches(received_at);
        self.confirmed_at = sent_at;
        for server in &mut self.servers {
            server.forget_before(sent_at);
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
            self.armed = true;
            self.armed_at = at;
            self.servers.iter_mut().for_each(Server::trust);
            return;
        }
        self.armed = false;
        self.armed_at = at + GRACE;
        let level = self.rules.criteria.error_level();
        for server in &mut self.servers {
            server.expect(&old, &self.segment.members.new, level, self.confirmed_at);
        }
        let (segment, servers) = (self.segment.declaration.segment, self.servers.len());
        self.tell(at, VerdictNews::Propagating { segment, servers });
        for server in self.indices() {
            for (at, key) in self.servers[server.get()].kept() {
                self.take(server, at, self.segment.members.place(key));
            }
        }
    }

    // --- rules 3 and 4: answers ---

    fn take(&mut self, server: ServerIndex, at: Duration, set: usize) {
        let impossible = self.segment.members.new[set] <= 0.0;
        let before = self.servers[server.get()].stage;
        if impossible && !self.armed && before == Stage::Current {
            return self.revert_to_propagating(server);
        }
        if impossible && self.armed {
            self.segment.last_impossible = Some(at);
            self.judgement.impossible.get_or_insert((server, set));
        }
        match self.servers[server.get()].step(at, set) {
            Step::Wait => {}
            Step::Count => self.count(server, set),
            Step::Switched(switch) => self.switched(server, before, switch),
            Step::CurrentAfterAll => {
                self.count(server, set);
                self.tell_switched(at, server, None);
            }
            Step::FoundStale => {
                self.count(server, set);
                self.found_stale(server, at);
            }
        }
    }

    fn count(&mut self, server: ServerIndex, set: usize) {
        let is_current = self.servers[server.get()].stage == Stage::Current;
        self.judgement.count(server, set, is_current);
    }

    /// The server has shown that it does not serve the new shares yet: nothing it gave so far counts.
    fn revert_to_propagating(&mut self, server: ServerIndex) {
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
        let tainted = before == Stage::Late && switch.switched_at > self.armed_at;
        if before == Stage::Stale || tainted {
            self.judgement.restart(switch.detected_at);
        }
        // One that is found in hindsight is no news before the change itself is.
        let at = switch.detected_at.max(self.segment.seen_at);
        self.tell_switched(at, server, Some(switch.switched_at));
    }

    /// Origin that a server has switched, and that it was the last one.
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
        if self.armed || now < self.armed_at {
            return;
        }
        self.armed = true;
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
        if self.judgement.standing == VerdictState::Match
            || self.withheld(now).is_some()
            || !self.judgement.span.is_match()
        {
            return;
        }
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
        impossible.map(Withheld::Impossible)
    }

    /// Whether it is still being decided if a late server has switched; after a while its counts have to do.
    fn is_undecided(&self, server: ServerIndex, now: Duration) -> bool {
        self.servers[server.get()].stage == Stage::Late && now < self.armed_at + HOLD
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
        // Shares that are off look like dependence too, so as long as they may be, nothing is said.
        let limit = self.rules.criteria.ln_limit();
        let calm = self.judgement.suspicion.is_none()
            && self.judgement.span.evidence().ln_total < limit / 2.0;
        if calm && !self.judgement.depends && self.judgement.dependence.ln_evidence() >= limit {
            self.judgement.depends = true;
            self.tell(now, VerdictNews::AnswersDepend);
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

    /// The state that is shown. (Rule 8.)
    fn shown(&self, now: Duration) -> VerdictState {
        if self.blind {
            VerdictState::Blind
        } else {
            self.shown_if_seen(now)
        }
    }

    fn shown_if_seen(&self, now: Duration) -> VerdictState {
        match (self.judgement.standing, self.withheld(now)) {
            (VerdictState::Mismatch, _) => VerdictState::Mismatch,
            (_, Some(Withheld::Propagating | Withheld::Late)) => VerdictState::Propagating,
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
#[derive(Clone, Copy, Debug, PartialEq)]
enum Withheld<'machine> {
    Inconclusive(&'machine Inconclusive),
    Suspicion(&'machine Mismatch),
    Propagating,
    Stale,
    Late,
    /// An impossible answer, at this time.
    Impossible(Duration),
}
