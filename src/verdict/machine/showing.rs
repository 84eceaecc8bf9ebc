//! From the state of the machine to what is shown of it.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::model::verdict::{
    Explanation, Note, ServerState, ServerVerdict, SetVerdict, ToGo, Verdict, VerdictEvent,
    VerdictState,
};

use super::super::output::Output;
use super::super::server::Stage;
use super::{HOLD, Machine, Withheld};

impl Machine {
    pub(super) fn show(
        &self,
        now: Duration,
        since: Duration,
        wants_poll: bool,
        events: Vec<VerdictEvent>,
    ) -> Output {
        let verdict = verdict(self, now, since);
        Output {
            segment: self.segment.declaration.segment,
            explanation: explanation(self, &verdict, now),
            verdict,
            sets: sets(self),
            servers: self
                .indices()
                .map(|server| server_verdict(self, server, now))
                .collect(),
            propagations: self.propagations.iter().cloned().collect(),
            wants_poll,
            events,
            events_lost: self.events_lost,
        }
    }
}

fn verdict(machine: &Machine, now: Duration, since: Duration) -> Verdict {
    let span = &machine.judgement.span;
    let standing = machine.judgement.mismatch_standing();
    let p_value = standing.map_or(span.p_value(), |mismatch| mismatch.p_value);
    Verdict {
        state: machine.shown(now),
        standing: machine.shown_if_seen(now),
        since,
        mismatch: machine.judgement.mismatch.clone(),
        suspicion: machine.judgement.suspicion.clone(),
        criteria: machine.rules.criteria,
        answers: span.answers(),
        ln_evidence: span.evidence().ln_total,
        p_value,
        to_go: to_go(machine),
        notes: notes(machine),
    }
}

fn to_go(machine: &Machine) -> ToGo {
    let answers = match machine.judgement.standing {
        // A match stands until an alarm, also where counts of the moment alone would not show it again.
        VerdictState::Match => Some(0),
        _ if machine.segment.declaration.inconclusive.is_some() => None,
        _ => machine.judgement.span.queries_to_go(),
    };
    let rate = machine.per_second.filter(|&rate| rate > 0.0);
    let seconds = answers.zip(rate);
    ToGo {
        answers,
        seconds: seconds.map(|(answers, rate)| as_f64(answers) / rate),
    }
}

fn notes(machine: &Machine) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let inconclusive = machine.segment.declaration.inconclusive.clone();
    notes.extend(inconclusive.map(Note::Inconclusive));
    if (machine.judgement.mismatch_standing()).is_some_and(|mismatch| !mismatch.confirmed) {
        notes.push(Note::NotConfirmed);
    }
    if machine.judgement.depends {
        notes.push(Note::AnswersDepend);
    }
    if machine.lost > 0 {
        notes.push(Note::AnswersLost(machine.lost));
    }
    let (unnamed, answers) = (machine.segment.unnamed, machine.segment.answers);
    if unnamed.saturating_mul(100) > answers {
        notes.push(Note::Unnamed { unnamed, answers });
    }
    let off = machine.judgement.suspicion.is_some()
        || machine.judgement.standing == VerdictState::Mismatch;
    if off && machine.judgement.span.servers_differ() {
        notes.push(Note::ServersDiffer);
    }
    notes
}

fn sets(machine: &Machine) -> Vec<SetVerdict> {
    let declared = &machine.segment.declaration.sets;
    let sets = declared.iter().enumerate();
    sets.map(|(place, set)| machine.judgement.span.set(place, &set.identifier))
        .collect()
}

fn server_verdict(machine: &Machine, server: ServerIndex, now: Duration) -> ServerVerdict {
    let seen = &machine.servers[server.get()];
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
        switch_detected_at: (seen.switch)
            .map(|switch| switch.detected_at.max(machine.segment.seen_at)),
        answers: machine.judgement.span.answers_of(server),
        ln_evidence: machine.judgement.span.evidence().ln_servers[server.get()],
    }
}

/// The rule that gives the state, and the numbers that belong to it.
fn explanation(machine: &Machine, verdict: &Verdict, now: Duration) -> Explanation {
    if verdict.state == VerdictState::Blind {
        return Explanation::NoFreshAnswers {
            since: machine.last_named,
            unnamed: machine.unnamed_in_a_row,
        };
    }
    if let Some(mismatch) = machine.judgement.mismatch_standing() {
        return Explanation::Mismatch(mismatch.clone(), verdict.criteria);
    }
    let staged = |stage: Stage| {
        let servers = machine.indices();
        let staged = servers.filter(|server| machine.servers[server.get()].stage == stage);
        staged.collect()
    };
    match machine.withheld(now) {
        Some(Withheld::Inconclusive(why)) => Explanation::Inconclusive(why.clone()),
        Some(Withheld::Suspicion(suspicion)) => Explanation::AwaitingConfirmation {
            farthest: suspicion.farthest.clone(),
            since: suspicion.at,
            until: suspicion.at + machine.confirmation_wait,
        },
        Some(Withheld::Propagating) => Explanation::ServersPropagating {
            servers: staged(Stage::Propagating),
            since: machine.segment.seen_at,
            until: machine.armed_at,
        },
        Some(Withheld::Late) => Explanation::LateServerUndecided {
            servers: staged(Stage::Late),
            until: machine.armed_at + HOLD,
        },
        Some(Withheld::Stale) => Explanation::ServerStale {
            servers: staged(Stage::Stale),
            since: machine.segment.seen_at,
        },
        Some(Withheld::Impossible(_)) | None if verdict.state == VerdictState::Match => {
            Explanation::WithinTolerance {
                answers: machine.judgement.matched_by,
                criteria: verdict.criteria,
            }
        }
        Some(Withheld::Impossible(since)) if machine.judgement.span.is_match() => {
            Explanation::MatchWithheld {
                answers: verdict.answers,
                since,
                until: since + HOLD,
            }
        }
        Some(Withheld::Impossible(_)) | None if verdict.answers == 0 => {
            Explanation::NoAnswerYet(verdict.to_go)
        }
        Some(Withheld::Impossible(_)) | None => Explanation::NotEnoughAnswers {
            answers: verdict.answers,
            ln_evidence: verdict.ln_evidence,
            criteria: verdict.criteria,
            to_go: verdict.to_go,
        },
    }
}
