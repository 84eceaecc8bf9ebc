//! The objects about what is known of the declared shares, and how a change came through.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::text::visible;
use crate::model::verdict::{Inconclusive, Mismatch, MismatchReason, Propagation, Verdict};
use crate::snapshot::{Segment, Snapshot};
use crate::views::verdicts;
use crate::views::what_now::what_now;
use crate::views::words::verdict::LEAST_P;

use super::news::{of_off, set_of, values_of};
use super::units::time;

/// The verdict of a segment, or null; the rule is known of the one in force.
pub(super) fn of_segment(snapshot: &Snapshot, segment: &Segment) -> Value {
    let Some(verdict) = &segment.verdict else {
        return Value::Null;
    };
    let in_force = snapshot.current().map(|current| current.number) == Some(segment.number);
    let told = in_force.then(|| verdicts::told(snapshot)).flatten();
    let (rule, told) = told.unzip();
    let (because, change) = told.map(|told| (told.because, told.change)).unzip();
    let now = in_force.then(|| what_now(snapshot)).flatten();
    let now = now.map(|now| visible(&now).into_owned());
    let mismatch = verdicts::stands(verdict);
    let suspicion = verdict.suspicion.as_ref();
    let reason = mismatch.or(suspicion).map(|mismatch| &mismatch.reason);
    let server = reason.and_then(MismatchReason::server);
    let server = server.and_then(|server| snapshot.servers.get(server.get()));
    let farthest = mismatch.and_then(|mismatch| mismatch.farthest.as_ref());
    // A number that is not finite is written as null.
    json!({
        "state": verdict.state.as_str(),
        "standing": verdict.standing.as_str(),
        "since": time(verdicts::at(snapshot, verdict.since)),
        "reason": reason.map(MismatchReason::as_str),
        "name_server": server.map(|server| visible(&server.name)),
        "set_identifier": set_of(reason, farthest),
        "confirmed": mismatch.map(|mismatch| mismatch.confirmed),
        "confidence": verdict.criteria.confidence,
        "tolerance": verdict.criteria.tolerance,
        "answers": verdict.answers,
        "p_value": p_value(verdict),
        "ln_evidence": verdict.ln_evidence,
        "ln_limit": verdict.criteria.ln_limit(),
        "queries_to_go": verdict.to_go.answers,
        "seconds_to_go": verdict.to_go.seconds,
        "inconclusive": verdicts::inconclusive(verdict).map(inconclusive),
        "rule": rule,
        "because": because,
        "what_would_change": change,
        "what_now": now,
        "off": verdict.off.as_ref().map(|off| of_off(off, &snapshot.server_names())),
        "unknown": verdict.unknown.unknown,
        "unknown_low": verdict.unknown.low,
        "unknown_high": verdict.unknown.high,
        "unknown_values": values_of(&verdict.unknown),
        "answering": verdict.answering,
        "notes": verdicts::notes(snapshot, segment),
    })
}

/// Why the declared shares cannot be judged; how many health checks were read, where that is why.
fn inconclusive(why: &Inconclusive) -> Value {
    let read = match why {
        Inconclusive::HealthNotRead(checks) => Some(checks),
        _ => None,
    };
    json!({
        "kind": why.as_str(),
        "checks_read": read.map(|checks| checks.read),
        "checks": read.map(|checks| checks.all),
    })
}

/// What decides of a moment, or null.
pub(super) fn of_tick(segment: &Segment) -> Value {
    let Some(verdict) = &segment.verdict else {
        return Value::Null;
    };
    json!({
        "state": verdict.state.as_str(),
        "p_value": p_value(verdict),
        "queries_to_go": verdict.to_go.answers,
        "seconds_to_go": verdict.to_go.seconds,
    })
}

/// The p-value; null where it is too small to be told apart, and where no evidence about shares gave the verdict.
fn p_value(verdict: &Verdict) -> Option<f64> {
    let is_by_shares = verdicts::stands(verdict).is_none_or(Mismatch::is_by_shares);
    let p_value = is_by_shares.then_some(verdict.p_value);
    p_value.filter(|&p_value| p_value >= LEAST_P)
}

/// How a change came through.
pub(super) fn propagation(snapshot: &Snapshot, change: &Propagation) -> Value {
    let wall = |at: Duration| time(verdicts::at(snapshot, at));
    let switched = |place: usize| change.servers.get(place).copied().flatten();
    let servers = snapshot.servers.iter().enumerate().map(|(place, server)| {
        json!({ "name": visible(&server.name), "switched_at": switched(place).map(wall) })
    });
    let stale = change.stale.iter();
    let stale = stale.filter_map(|&place| snapshot.servers.get(place.get()));
    json!({
        "seen_at": wall(change.seen_at),
        "first_new_answer_at": change.first_new_answer_at.map(wall),
        "servers": servers.collect::<Vec<_>>(),
        "last_server_at": change.last_server_at.map(wall),
        "match_at": change.match_at.map(wall),
        "stale": stale.map(|server| visible(&server.name)).collect::<Vec<_>>(),
    })
}
