//! The objects of reports, ticks and events: which fields they have and which value of a snapshot each holds.

use std::borrow::Cow;
use std::time::Duration;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::answer::Fault;
use crate::model::change::Cause;
use crate::model::reading::Outcomes;
use crate::model::text::visible;
use crate::model::verdict::VerdictState;
use crate::snapshot::{
    Configuration, Event, OlderSegment, Rate, RecordFacts, Segment, Server, Snapshot,
};
use crate::views::words;

use super::event;
use super::http::{HttpTotalsObject, LatencyObject};
use super::sets::SetObject;
use super::units::{seconds, time};
use super::verdict::{PropagationObject, TickVerdictObject, VerdictObject};

/// A rate to the thousandth.
fn per_second(rate: f64) -> f64 {
    (rate * 1e3).round() / 1e3
}

/// Why a segment began.
fn reason(cause: &Cause) -> String {
    visible(&words::event::cause(cause)).into_owned()
}

#[derive(Serialize)]
pub(super) struct ReportObject<'a> {
    pub(super) schema: &'static str,
    pub(super) version: &'static str,
    pub(super) record: RecordObject<'a>,
    pub(super) started_at: String,
    pub(super) ended_at: String,
    pub(super) duration_s: f64,
    pub(super) ended_by: &'static str,
    pub(super) rate: RateObject,
    pub(super) queries: QueriesObject<'a>,
    pub(super) older_segments: u64,
    pub(super) older: Vec<OlderObject>,
    pub(super) segments: Vec<SegmentObject<'a>>,
    pub(super) name_servers: Vec<ServerObject<'a>>,
    pub(super) http: Option<HttpTotalsObject>,
    pub(super) configuration: ConfigurationObject,
    pub(super) older_events: u64,
    pub(super) events: Vec<EventFields>,
    pub(super) notes: Vec<String>,
    pub(super) verdict: Option<VerdictObject<'a>>,
}

/// A segment that is no longer kept whole.
#[derive(Serialize)]
pub(super) struct OlderObject {
    number: u64,
    started_at: String,
    ended_at: Option<String>,
    reason: String,
    named: u64,
    verdict: Option<&'static str>,
}

impl OlderObject {
    pub(super) fn new(segment: &OlderSegment) -> Self {
        Self {
            number: segment.number,
            started_at: time(segment.started_at),
            ended_at: segment.ended_at.map(time),
            reason: reason(&segment.cause),
            named: segment.named,
            verdict: segment.verdict.map(VerdictState::as_str),
        }
    }
}

#[derive(Serialize)]
pub(super) struct TickObject<'a> {
    pub(super) schema: &'static str,
    pub(super) at: String,
    pub(super) duration_s: f64,
    pub(super) rate: RateObject,
    pub(super) queries: QueriesObject<'a>,
    pub(super) segment: Option<SegmentObject<'a>>,
    pub(super) name_servers: Vec<ServerObject<'a>>,
    pub(super) http: Option<HttpTotalsObject>,
    pub(super) configuration: ConfigurationObject,
    pub(super) notes: Vec<String>,
    pub(super) verdict: Option<TickVerdictObject>,
}

#[derive(Serialize)]
pub(super) struct EventObject {
    pub(super) schema: &'static str,
    #[serde(flatten)]
    pub(super) fields: EventFields,
}

#[derive(Serialize)]
pub(super) struct EventFields {
    at: String,
    kind: &'static str,
    message: String,
    #[serde(flatten)]
    numbers: Value,
}

impl EventFields {
    pub(super) fn new(event: &Event, names: &[&str]) -> Self {
        Self {
            at: time(event.at),
            kind: event.kind().as_str(),
            message: visible(&words::event::sentence(&event.what, names)).into_owned(),
            numbers: event::numbers(&event.what, names),
        }
    }
}

#[derive(Serialize)]
pub(super) struct LostObject {
    pub(super) schema: &'static str,
    pub(super) at: String,
    pub(super) events: u64,
    pub(super) message: String,
}

#[derive(Serialize)]
pub(super) struct RecordObject<'a> {
    name: Cow<'a, str>,
    r#type: &'static str,
    zone_id: Cow<'a, str>,
    zone_name: Cow<'a, str>,
    endpoint: Cow<'a, str>,
}

impl<'a> RecordObject<'a> {
    pub(super) fn new(record: &'a RecordFacts) -> Self {
        Self {
            name: visible(&record.name),
            r#type: record.record_type.as_str(),
            zone_id: visible(&record.zone_id),
            zone_name: visible(&record.zone_name),
            endpoint: visible(&record.endpoint),
        }
    }
}

#[derive(Serialize)]
pub(super) struct RateObject {
    target_tps: u32,
    achieved_tps: Option<f64>,
    recent_tps: Option<f64>,
    late: u64,
    skipped: u64,
}

impl RateObject {
    pub(super) fn new(rate: &Rate) -> Self {
        Self {
            target_tps: rate.target,
            achieved_tps: rate.achieved.map(per_second),
            recent_tps: rate.recent.map(per_second),
            late: rate.late,
            skipped: rate.skipped,
        }
    }
}

/// One counter of queries and its field.
type Counter = (&'static str, fn(&Outcomes) -> u64);

/// The queries and the kinds of answers.
const ANSWERS: &[Counter] = &[
    ("sent", |queries| queries.sent),
    ("named", |queries| queries.named),
    ("ambiguous", |queries| queries.ambiguous),
    ("unknown", |queries| queries.unknown),
    ("cached", |queries| queries.cached),
];

/// What stands behind the faults.
const OTHERS: &[Counter] = &[
    ("in_flight", Outcomes::in_flight),
    ("stray", |queries| queries.stray),
];

/// The counters, so that a new one is a line in one of the tables above.
pub(super) struct QueriesObject<'a>(pub(super) &'a Outcomes);

impl Serialize for QueriesObject<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, count) in ANSWERS {
            map.serialize_entry(name, &count(self.0))?;
        }
        map.serialize_entry("faults", &FaultsObject::new(self.0))?;
        for (name, count) in OTHERS {
            map.serialize_entry(name, &count(self.0))?;
        }
        map.end()
    }
}

#[derive(Serialize)]
pub(super) struct FaultsObject {
    timeout: u64,
    refused: u64,
    servfail: u64,
    nxdomain: u64,
    nodata: u64,
    not_authoritative: u64,
    malformed: u64,
    network: u64,
}

impl FaultsObject {
    pub(super) fn new(queries: &Outcomes) -> Self {
        let count = |fault: Fault| queries.faults[fault.index()];
        Self {
            timeout: count(Fault::Timeout),
            refused: count(Fault::Refused),
            servfail: count(Fault::Servfail),
            nxdomain: count(Fault::Nxdomain),
            nodata: count(Fault::Nodata),
            not_authoritative: count(Fault::NotAuthoritative),
            malformed: count(Fault::Malformed),
            network: count(Fault::Network),
        }
    }
}

#[derive(Serialize)]
pub(super) struct SegmentObject<'a> {
    number: u64,
    started_at: String,
    ended_at: Option<String>,
    reason: String,
    ttls_s: Vec<u64>,
    queries: QueriesObject<'a>,
    sets: Vec<SetObject<'a>>,
    verdict: Option<VerdictObject<'a>>,
    propagation: Option<PropagationObject<'a>>,
}

impl<'a> SegmentObject<'a> {
    pub(super) fn new(snapshot: &'a Snapshot, segment: &'a Segment) -> Self {
        let change = segment.propagation.as_ref();
        Self {
            number: segment.number,
            started_at: time(segment.started_at),
            ended_at: segment.ended_at.map(time),
            reason: reason(&segment.cause),
            ttls_s: segment.ttls.iter().map(Duration::as_secs).collect(),
            queries: QueriesObject(&segment.queries),
            sets: segment.sets.iter().map(SetObject::new).collect(),
            verdict: VerdictObject::new(snapshot, segment),
            propagation: change.map(|change| PropagationObject::new(snapshot, change)),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ServerObject<'a> {
    name: Cow<'a, str>,
    address: Option<String>,
    #[serde(flatten)]
    queries: QueriesObject<'a>,
    counts: &'a [u64],
    latency_ms: Option<LatencyObject>,
    state: &'static str,
    last_answer_age_s: Option<f64>,
    switched_at: Option<String>,
}

impl<'a> ServerObject<'a> {
    pub(super) fn new(server: &'a Server) -> Self {
        Self {
            name: visible(&server.name),
            address: server.address.map(|address| address.to_string()),
            queries: QueriesObject(&server.queries),
            counts: &server.counts,
            latency_ms: server.latency.as_ref().map(LatencyObject::new),
            state: server.state.as_str(),
            last_answer_age_s: server.last_answer_age.map(seconds),
            switched_at: server.switched_at.map(time),
        }
    }
}

#[derive(Serialize)]
pub(super) struct ConfigurationObject {
    polls: u64,
    failures: u64,
    last_success_at: Option<String>,
    last_error: Option<String>,
}

impl ConfigurationObject {
    pub(super) fn new(configuration: &Configuration) -> Self {
        Self {
            polls: configuration.polls,
            failures: configuration.failures,
            last_success_at: configuration.last_success_at.map(time),
            last_error: configuration.last_error.as_ref().map(event::error),
        }
    }
}
