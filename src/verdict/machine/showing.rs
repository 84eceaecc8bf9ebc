//! From the state of the machine to what is shown of it.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::model::verdict::{
    Explanation, Mismatch, MismatchReason, Note, ServerState, ServerVerdict, SetVerdict, Sighting,
    ToGo, Verdict, VerdictEvent, VerdictState,
};
use crate::stats::evidence::p_value;

use super::super::output::Output;
use super::super::server::Stage;
use super::super::span::Span;
use super::{ESTIMATES, HOLD, Machine, Withheld};

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
            shown_since: self.judgement.span.shown_since(),
            propagations: self.propagations.iter().cloned().collect(),
            wants_poll,
            events,
            events_lost: self.events_lost,
        }
    }
}

fn verdict(machine: &Machine, now: Duration, since: Duration) -> Verdict {
    let judgement = &machine.judgement;
    let span = &judgement.span;
    let standing = judgement.mismatch_standing();
    let (ln_evidence, p_value) = match standing {
        None => {
            let ln_evidence = span.evidence().ln_total;
            (ln_evidence, p_value(ln_evidence))
        }
        Some(mismatch) => evidence_of(span, mismatch),
    };
    Verdict {
        state: machine.shown(now),
        standing: machine.shown_if_seen(now),
        since,
        mismatch: mismatch_by_now(machine),
        suspicion: judgement.suspicion.clone(),
        criteria: machine.rules.criteria,
        answers: span.shown().iter().sum(),
        ln_evidence,
        p_value,
        to_go: to_go(machine),
        passed_over: judgement.passed_over(),
        off: judgement.off.clone(),
        unknown: span.unknown(),
        sightings: sightings(machine),
        answering: machine.answering(now),
        blamed: judgement.blamed.clone(),
        notes: notes(machine, now),
    }
}

fn sightings(machine: &Machine) -> Vec<Sighting> {
    let (members, span) = (&machine.segment.members, &machine.judgement.span);
    let seen = machine.segment.sightings.iter();
    let sightings = seen.map(|(&place, seen)| Sighting {
        set: members.identifier(place).map(str::to_owned),
        why: members.why_excluded(place),
        answers: seen.answers,
        last_at: seen.last_at,
        last_server: seen.last_server,
        in_span: seen.last_at >= span.shown_since(),
    });
    sightings.collect()
}

/// The last mismatch; while one of shares stands, with where the share lies by all that is shown so far.
fn mismatch_by_now(machine: &Machine) -> Option<Mismatch> {
    let judgement = &machine.judgement;
    let Some(standing) = judgement.mismatch_standing() else {
        return judgement.mismatch.clone();
    };
    let mut mismatch = standing.clone();
    let span = &judgement.span;
    let counts = match mismatch.reason.server() {
        Some(server) => span.shown_of(server),
        None => span.shown(),
    };
    let sets = machine.segment.declaration.sets.iter();
    let farthest = mismatch.farthest.as_ref();
    let is_it = |identifier: &str| farthest.is_some_and(|set| set.identifier == identifier);
    let place = sets.map(|set| &set.identifier).position(|it| is_it(it));
    if let (true, Some(place), Some(set)) = (mismatch.is_by_shares(), place, farthest) {
        mismatch.farthest = Some(span.set_among(&counts, place, &set.identifier));
        mismatch.answers = counts.iter().sum();
    }
    Some(mismatch)
}

/// What speaks for a mismatch that stands by now: of shares, all that is shown; of anything else, what gave it.
fn evidence_of(span: &Span, mismatch: &Mismatch) -> (f64, f64) {
    let counts = match &mismatch.reason {
        _ if mismatch.impossible => return (mismatch.ln_evidence, mismatch.p_value),
        MismatchReason::Share => span.shown(),
        MismatchReason::ServerDiffers { server } | MismatchReason::StaleServer { server } => {
            span.shown_of(*server)
        }
        _ => return (mismatch.ln_evidence, mismatch.p_value),
    };
    let ln_evidence = span.ln_outside(&counts);
    (ln_evidence, p_value(ln_evidence))
}

fn to_go(machine: &Machine) -> ToGo {
    let answers = machine.answers_to_go();
    let estimates = &machine.estimates;
    let newest = estimates.len().saturating_sub(ESTIMATES);
    let about = median(estimates.iter().skip(newest));
    let before = median(estimates.iter().take(newest));
    let grows = about
        .zip(before)
        .is_some_and(|(about, before)| about > before);
    ToGo {
        answers,
        seconds: answers.and_then(|answers| machine.seconds_for(answers)),
        about: about.filter(|_| !grows),
    }
}

fn median<'a>(numbers: impl Iterator<Item = &'a f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.copied().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

impl Machine {
    /// What a match still takes, in answers that are named.
    fn answers_to_go(&self) -> Option<u64> {
        match self.judgement.standing {
            // A match stands until an alarm, also where counts of the moment alone would not show it again.
            VerdictState::Match => Some(0),
            _ if self.segment.declaration.inconclusive.is_some() => None,
            _ => {
                let counted = self.judgement.span.queries_to_go()?;
                Some(counted.saturating_mul(self.judgement.one_in().unwrap_or(1)))
            }
        }
    }

    fn seconds_for(&self, answers: u64) -> Option<f64> {
        let rate = self.per_second.filter(|&rate| rate > 0.0)?;
        Some(as_f64(answers) / rate)
    }

    /// What a match still takes in seconds, at the present rate of named answers.
    pub(super) fn seconds_to_go(&self) -> Option<f64> {
        self.seconds_for(self.answers_to_go()?)
    }
}

fn notes(machine: &Machine, now: Duration) -> Vec<Note> {
    let mut notes: Vec<Note> = Vec::new();
    let inconclusive = machine.segment.declaration.inconclusive.clone();
    notes.extend(inconclusive.map(Note::Inconclusive));
    if (machine.judgement.mismatch_standing()).is_some_and(|mismatch| !mismatch.confirmed) {
        notes.push(Note::NotConfirmed);
    }
    let one_in = machine.judgement.one_in();
    notes.extend(one_in.map(|one_in| Note::AnswersDepend { one_in }));
    let blamed = machine.judgement.blamed.iter().copied();
    let gone = blamed.filter(|&server| machine.is_gone(server, now));
    notes.extend(gone.map(|server| Note::BlamedServerSilent { server }));
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
    let span = &machine.judgement.span;
    let shown = span.shown();
    let sets = declared.iter().enumerate();
    sets.map(|(place, set)| span.set_among(&shown, place, &set.identifier))
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
        counts: {
            let mut counts = machine.judgement.span.shown_of(server);
            counts.truncate(machine.segment.declaration.sets.len());
            counts
        },
        ln_evidence: machine.judgement.span.evidence().ln_servers[server.get()],
    }
}

/// The rule that gives the state, and the numbers that belong to it.
fn explanation(machine: &Machine, verdict: &Verdict, now: Duration) -> Explanation {
    if verdict.state == VerdictState::Blind {
        return Explanation::NoFreshAnswers {
            since: machine.unheard_since.unwrap_or(machine.last_named),
            unnamed: machine.unnamed_in_a_row,
        };
    }
    if let Some(mismatch) = &verdict.mismatch
        && machine.judgement.mismatch_standing().is_some()
    {
        return Explanation::Mismatch(mismatch.clone(), verdict.criteria);
    }
    let staged = |stage: Stage| {
        let servers = machine.indices();
        let staged = servers.filter(|server| machine.servers[server.get()].stage == stage);
        staged.collect()
    };
    match machine.withheld(now) {
        Some(Withheld::Inconclusive(why)) => Explanation::Inconclusive(why.clone()),
        // A match stands until an alarm, whatever would hold up a new one.
        other
            if verdict.state == VerdictState::Match
                && !matches!(other, Some(Withheld::Suspicion(_))) =>
        {
            Explanation::WithinTolerance {
                answers: machine.judgement.matched_by,
                criteria: verdict.criteria,
            }
        }
        Some(Withheld::Suspicion(suspicion)) => Explanation::AwaitingConfirmation {
            farthest: suspicion.farthest.clone(),
            since: suspicion.at,
            until: suspicion.at + machine.confirmation_wait,
        },
        Some(Withheld::Propagating) => Explanation::ServersPropagating {
            servers: staged(Stage::Propagating),
            since: machine.segment.seen_at,
            until: machine.segment.armed_at.unwrap_or(now),
        },
        Some(Withheld::Late) => Explanation::LateServerUndecided {
            servers: staged(Stage::Late),
            until: machine.segment.armed_at.unwrap_or(now) + HOLD,
        },
        Some(Withheld::Stale) => Explanation::ServerStale {
            servers: staged(Stage::Stale),
            since: machine.segment.seen_at,
        },
        Some(Withheld::Impossible(since)) if machine.judgement.span.is_match() => {
            Explanation::MatchWithheld {
                answers: verdict.answers,
                since,
                until: since + HOLD,
            }
        }
        Some(Withheld::Unknown(unknown)) => Explanation::UnknownAnswers {
            unknown,
            max: machine.rules.max_unknown,
        },
        Some(Withheld::TooFewServers(answering)) => Explanation::TooFewServers {
            answering,
            servers: machine.servers.len(),
        },
        Some(Withheld::Impossible(_)) | None
            if !machine.segment.armed && machine.segment.not_served_at.is_some() =>
        {
            Explanation::NotServedSoFar {
                since: machine.segment.not_served_at.unwrap_or(now),
                until: machine.segment.armed_at,
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
