//! What the machine shows after a tick.

use std::time::Duration;

use crate::model::share::as_f64;
use crate::model::verdict::{
    Criteria, Explanation, MismatchReason, Note, Numbers, Propagation, Rule, ServerState,
    ServerVerdict, SetVerdict, Verdict, VerdictEvent, VerdictState,
};

use super::machine::{HOLD, Machine, Withheld};
use super::server::Stage;

/// Everything that is to be shown of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The segment that it is about.
    pub segment: u64,
    /// The verdict of that segment.
    pub verdict: Verdict,
    /// Why it is what it is.
    pub explanation: Explanation,
    /// The declared sets, in their order.
    pub sets: Vec<SetVerdict>,
    /// The name servers, in their order.
    pub servers: Vec<ServerVerdict>,
    /// The newest changes of the declared shares, oldest first.
    pub propagations: Vec<Propagation>,
    /// The configuration should be read at once. True at most once a second; a poll that is under way and was sent
    /// before this does not do.
    pub wants_poll: bool,
    /// What happened since the last tick.
    pub events: Vec<VerdictEvent>,
}

impl Default for Output {
    /// Nothing known yet.
    fn default() -> Self {
        Self {
            segment: 0,
            verdict: Verdict {
                state: VerdictState::Collecting,
                standing: VerdictState::Collecting,
                since: Duration::ZERO,
                mismatch: None,
                suspicion: None,
                criteria: Criteria {
                    tolerance: 0.0,
                    confidence: 0.0,
                },
                answers: 0,
                ln_evidence: 0.0,
                p_value: 1.0,
                queries_to_go: None,
                seconds_to_go: None,
                notes: Vec::new(),
            },
            explanation: Explanation {
                rule: Rule::NoAnswerYet,
                numbers: Numbers::default(),
            },
            sets: Vec::new(),
            servers: Vec::new(),
            propagations: Vec::new(),
            wants_poll: false,
            events: Vec::new(),
        }
    }
}

impl Output {
    pub(super) fn of(
        machine: &Machine,
        now: Duration,
        since: Duration,
        wants_poll: bool,
        events: Vec<VerdictEvent>,
    ) -> Self {
        let verdict = verdict(machine, now, since);
        Self {
            segment: machine.declaration.segment,
            explanation: explanation(machine, &verdict, now),
            verdict,
            sets: sets(machine),
            servers: (0..machine.servers.len())
                .map(|server| server_verdict(machine, server, now))
                .collect(),
            propagations: machine.propagations.iter().cloned().collect(),
            wants_poll,
            events,
        }
    }
}

fn verdict(machine: &Machine, now: Duration, since: Duration) -> Verdict {
    let span = &machine.span;
    let certain = machine.declaration.uncertain.is_none();
    // A match stands until an alarm, also where counts of the moment alone would not show it again.
    let queries_to_go = if machine.standing == VerdictState::Match {
        Some(0)
    } else {
        certain.then(|| span.queries_to_go()).flatten()
    };
    let rate = machine.per_second.filter(|&rate| rate > 0.0);
    let standing = machine.mismatch_standing();
    let p_value = standing.map_or(span.p_value(), |mismatch| mismatch.p_value);
    Verdict {
        state: machine.shown(now),
        standing: machine.shown_if_seen(now),
        since,
        mismatch: machine.mismatch.clone(),
        suspicion: machine.suspicion.as_ref().map(|open| open.shown.clone()),
        criteria: machine.rules.criteria,
        answers: span.answers(),
        ln_evidence: span.evidence().ln_total,
        p_value,
        queries_to_go,
        seconds_to_go: queries_to_go
            .zip(rate)
            .map(|(queries, rate)| as_f64(queries) / rate),
        notes: notes(machine),
    }
}

fn notes(machine: &Machine) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    notes.extend(machine.declaration.uncertain.clone().map(Note::Uncertain));
    if (machine.mismatch_standing()).is_some_and(|mismatch| !mismatch.confirmed) {
        notes.push(Note::NotConfirmed);
    }
    if machine.depends {
        notes.push(Note::AnswersDepend);
    }
    if machine.lost > 0 {
        notes.push(Note::AnswersLost(machine.lost));
    }
    let (unnamed, answers) = (machine.unnamed, machine.heard);
    if unnamed.saturating_mul(100) > answers {
        notes.push(Note::Unnamed { unnamed, answers });
    }
    let off = machine.suspicion.is_some() || machine.standing == VerdictState::Mismatch;
    if off && machine.span.servers_differ() {
        notes.push(Note::ServersDiffer);
    }
    notes
}

fn sets(machine: &Machine) -> Vec<SetVerdict> {
    let declared = &machine.declaration.sets;
    let sets = declared.iter().enumerate();
    sets.map(|(place, set)| machine.span.set(place, &set.identifier))
        .collect()
}

fn server_verdict(machine: &Machine, server: usize, now: Duration) -> ServerVerdict {
    let seen = &machine.servers[server];
    let silent = now.saturating_sub(seen.last_answer) > machine.rules.silence();
    let state = match seen.stage {
        _ if silent => ServerState::Silent,
        Stage::Propagating => ServerState::Propagating,
        Stage::Stale => ServerState::Stale,
        Stage::Late if machine.is_undecided(server, now) => ServerState::Propagating,
        Stage::Late | Stage::Current => ServerState::Current,
    };
    ServerVerdict {
        state,
        switched_at: seen.switch.map(|switch| switch.switched_at),
        // What is found in hindsight is not known before the change is.
        switch_detected_at: (seen.switch).map(|switch| switch.detected_at.max(machine.seen_at)),
        answers: machine.span.answers_of(server),
        ln_evidence: machine.span.evidence().ln_servers[server],
    }
}

fn explanation(machine: &Machine, verdict: &Verdict, now: Duration) -> Explanation {
    let mut numbers = Numbers {
        answers: verdict.answers,
        tolerance: verdict.criteria.tolerance,
        confidence: verdict.criteria.confidence,
        ln_evidence: verdict.ln_evidence,
        ln_limit: verdict.criteria.ln_limit(),
        queries_to_go: verdict.queries_to_go,
        seconds_to_go: verdict.seconds_to_go,
        ..Numbers::default()
    };
    let rule = rule(machine, verdict, now, &mut numbers);
    Explanation { rule, numbers }
}

/// The rule that gives the state, and the numbers that belong to it.
fn rule(machine: &Machine, verdict: &Verdict, now: Duration, numbers: &mut Numbers) -> Rule {
    if verdict.state == VerdictState::Blind {
        numbers.from = Some(machine.last_named);
        numbers.unnamed = machine.unnamed_in_a_row;
        return Rule::NoFreshAnswers;
    }
    if let Some(mismatch) = machine.mismatch_standing() {
        numbers.answers = mismatch.answers;
        numbers.ln_evidence = mismatch.ln_evidence;
        numbers.confirmed = mismatch.confirmed;
        numbers.from = Some(mismatch.from);
        numbers.set.clone_from(&mismatch.farthest);
        numbers.servers = mismatch.reason.server().into_iter().collect();
        return match mismatch.reason {
            MismatchReason::Share => Rule::SharesOff,
            MismatchReason::ServerDiffers { .. } => Rule::OneServerOff,
            MismatchReason::StaleServer { .. } => Rule::StaleServerOff,
            MismatchReason::ImpossibleAnswer { .. } => Rule::ImpossibleAnswer,
        };
    }
    match machine.withheld(now) {
        Some(withheld) => rule_of_withheld(machine, withheld, now, numbers),
        None if verdict.state == VerdictState::Match => within_tolerance(machine, numbers),
        None if verdict.answers == 0 => Rule::NoAnswerYet,
        None => Rule::NotEnoughAnswers,
    }
}

fn within_tolerance(machine: &Machine, numbers: &mut Numbers) -> Rule {
    numbers.answers = machine.matched_by;
    Rule::WithinTolerance
}

fn rule_of_withheld(
    machine: &Machine,
    withheld: Withheld,
    now: Duration,
    numbers: &mut Numbers,
) -> Rule {
    let staged = |stage: Stage| -> Vec<usize> {
        let servers = 0..machine.servers.len();
        servers
            .filter(|&server| machine.servers[server].stage == stage)
            .collect()
    };
    match withheld {
        Withheld::Uncertain => {
            numbers.why.clone_from(&machine.declaration.uncertain);
            Rule::SharesUncertain
        }
        Withheld::Suspicion => {
            if let Some(open) = &machine.suspicion {
                numbers.from = Some(open.shown.since);
                numbers.until = Some(open.shown.since + machine.patience);
                numbers.servers = open.shown.reason.server().into_iter().collect();
                numbers.set.clone_from(&open.mismatch.farthest);
                numbers.ln_evidence = open.mismatch.ln_evidence;
                numbers.answers = open.mismatch.answers;
            }
            Rule::AwaitingConfirmation
        }
        Withheld::Propagating => {
            numbers.servers = staged(Stage::Propagating);
            numbers.from = Some(machine.seen_at);
            numbers.until = Some(machine.armed_at);
            Rule::ServersPropagating
        }
        Withheld::Late => {
            numbers.servers = (0..machine.servers.len())
                .filter(|&server| machine.is_undecided(server, now))
                .collect();
            numbers.from = Some(machine.armed_at);
            numbers.until = Some(machine.armed_at + HOLD);
            Rule::LateServerUndecided
        }
        Withheld::Stale => {
            numbers.servers = staged(Stage::Stale);
            numbers.from = Some(machine.seen_at);
            Rule::ServerStale
        }
        Withheld::Impossible(_) if machine.standing == VerdictState::Match => {
            within_tolerance(machine, numbers)
        }
        Withheld::Impossible(until) => {
            numbers.from = machine.last_impossible;
            numbers.until = Some(until);
            if machine.span.is_match() {
                Rule::MatchWithheld
            } else if machine.span.answers() == 0 {
                Rule::NoAnswerYet
            } else {
                Rule::NotEnoughAnswers
            }
        }
    }
}
