//! The objects about what is known of the declared shares, and how a change came through.

use std::borrow::Cow;
use std::time::Duration;

use serde::Serialize;

use crate::model::text::visible;
use crate::model::verdict::{MismatchReason, Propagation, VerdictState};
use crate::snapshot::{Recent, Segment, Snapshot};
use crate::views::verdicts;

use super::news::set_of;
use super::units::time;

/// A number that JSON can write.
fn finite(number: f64) -> Option<f64> {
    number.is_finite().then_some(number)
}

#[derive(Serialize)]
pub(super) struct VerdictObject<'a> {
    state: &'static str,
    standing: &'static str,
    since: String,
    reason: Option<&'static str>,
    name_server: Option<Cow<'a, str>>,
    set_identifier: Option<Cow<'a, str>>,
    confirmed: Option<bool>,
    confidence: f64,
    tolerance: f64,
    answers: u64,
    p_value: f64,
    ln_evidence: Option<f64>,
    ln_limit: Option<f64>,
    queries_to_go: Option<u64>,
    seconds_to_go: Option<f64>,
    rule: Option<&'static str>,
    because: Option<String>,
    what_would_change: Option<String>,
    notes: Vec<String>,
}

impl<'a> VerdictObject<'a> {
    /// The verdict of a segment; the rule is known of the one in force.
    pub(super) fn new(snapshot: &'a Snapshot, segment: &'a Segment) -> Option<Self> {
        let verdict = segment.verdict.as_ref()?;
        let in_force = snapshot.current().map(|current| current.number) == Some(segment.number);
        let told = in_force.then(|| verdicts::told(snapshot)).flatten();
        let (rule, told) = told.unzip();
        let mismatch = verdicts::stands(verdict);
        let suspicion = verdict.suspicion.as_ref();
        let reason = mismatch
            .map(|mismatch| &mismatch.reason)
            .or(suspicion.map(|suspicion| &suspicion.reason));
        let server = reason
            .and_then(MismatchReason::server)
            .and_then(|server| snapshot.servers.get(server.get()));
        let farthest = mismatch.and_then(|mismatch| mismatch.farthest.as_ref());
        Some(Self {
            state: verdict.state.as_str(),
            standing: verdict.standing.as_str(),
            since: time(verdicts::at(snapshot, verdict.since)),
            reason: reason.map(MismatchReason::as_str),
            name_server: server.map(|server| visible(&server.name)),
            set_identifier: set_of(reason, farthest),
            confirmed: mismatch.map(|mismatch| mismatch.confirmed),
            confidence: verdict.criteria.confidence,
            tolerance: verdict.criteria.tolerance,
            answers: verdict.answers,
            p_value: verdict.p_value,
            ln_evidence: finite(verdict.ln_evidence),
            ln_limit: finite(verdict.criteria.ln_limit()),
            queries_to_go: verdict.to_go.answers,
            seconds_to_go: verdict.to_go.seconds.and_then(finite),
            rule,
            because: told.as_ref().map(|told| told.because.clone()),
            what_would_change: told.map(|told| told.change),
            notes: verdicts::notes(segment),
        })
    }
}

/// What decides of a moment.
#[derive(Serialize)]
pub(super) struct TickVerdictObject {
    state: &'static str,
    p_value: f64,
    queries_to_go: Option<u64>,
    seconds_to_go: Option<f64>,
}

impl TickVerdictObject {
    pub(super) fn new(segment: &Segment) -> Option<Self> {
        let verdict = segment.verdict.as_ref()?;
        let state: VerdictState = verdict.state;
        Some(Self {
            state: state.as_str(),
            p_value: verdict.p_value,
            queries_to_go: verdict.to_go.answers,
            seconds_to_go: verdict.to_go.seconds.and_then(finite),
        })
    }
}

#[derive(Serialize)]
pub(super) struct PropagationObject<'a> {
    seen_at: String,
    first_new_answer_at: Option<String>,
    servers: Vec<SwitchObject<'a>>,
    last_server_at: Option<String>,
    match_at: Option<String>,
    stale: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
struct SwitchObject<'a> {
    name: Cow<'a, str>,
    switched_at: Option<String>,
}

impl<'a> PropagationObject<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, change: &Propagation) -> Self {
        let wall = |at: Duration| time(verdicts::at(snapshot, at));
        let switched = |place: usize| change.servers.get(place).copied().flatten();
        let servers = snapshot.servers.iter().enumerate();
        let stale = change.stale.iter();
        Self {
            seen_at: wall(change.seen_at),
            first_new_answer_at: change.first_new_answer_at.map(wall),
            servers: servers
                .map(|(place, server)| SwitchObject {
                    name: visible(&server.name),
                    switched_at: switched(place).map(wall),
                })
                .collect(),
            last_server_at: change.last_server_at.map(wall),
            match_at: change.match_at.map(wall),
            stale: stale
                .filter_map(|&place| snapshot.servers.get(place.get()))
                .map(|server| visible(&server.name))
                .collect(),
        }
    }
}

/// The last minute of a set.
#[derive(Serialize)]
pub(super) struct RecentObject {
    count: u64,
    answers: u64,
    interval: [f64; 2],
}

impl RecentObject {
    pub(super) fn new(recent: &Recent) -> Self {
        Self {
            count: recent.count,
            answers: recent.answers,
            interval: [recent.low, recent.high],
        }
    }
}
