//! The objects of reports, ticks and events: which fields they have and which value of a snapshot each holds.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::answer::Fault;
use crate::model::change::Cause;
use crate::model::reading::Outcomes;
use crate::model::resolver::{AnswerOf, ResolverAnswer, ResolverReading};
use crate::model::text::visible;
use crate::model::verdict::VerdictState;
use crate::snapshot::{
    Configuration, Drain, Errors, Event, OlderSegment, Rate, RecordFacts, Segment, Server, Snapshot,
};
use crate::views::{resolvers, words};

use super::units::{each, seconds, time, together};
use super::{comparison, event, http, sets, verdict};

/// A rate to the thousandth.
fn per_second(rate: f64) -> f64 {
    (rate * 1e3).round() / 1e3
}

/// Why a segment began.
fn reason(cause: &Cause) -> String {
    visible(&words::event::cause(cause)).into_owned()
}

/// A segment that is no longer kept whole.
pub(super) fn older(segment: &OlderSegment) -> Value {
    json!({
        "number": segment.number,
        "started_at": time(segment.started_at),
        "ended_at": segment.ended_at.map(time),
        "reason": reason(&segment.cause),
        "named": segment.named,
        "verdict": segment.verdict.map(VerdictState::as_str),
    })
}

/// What happened, without the name of a schema.
pub(super) fn event_fields(event: &Event, names: &[&str]) -> Value {
    let fields = json!({
        "at": time(event.at),
        "kind": event.kind().as_str(),
        "message": visible(&words::event::sentence(&event.what, names)),
    });
    together([fields, event::numbers(&event.what, names)])
}

/// The record that is watched.
pub(super) fn record(record: &RecordFacts) -> Value {
    json!({
        "name": visible(&record.name),
        "type": record.record_type.as_str(),
        "zone_id": visible(&record.zone_id),
        "zone_name": visible(&record.zone_name),
        "api_url": record.api_url.as_deref().map(visible),
        "endpoint": visible(&record.endpoint),
    })
}

/// How fast queries are sent.
pub(super) fn rate(rate: &Rate) -> Value {
    json!({
        "target_tps": rate.target,
        "target_since": rate.target_since.map(time),
        "achieved_tps": rate.achieved.map(per_second),
        "recent_tps": rate.recent.map(per_second),
        "late": rate.late,
        "skipped": rate.skipped,
    })
}

/// What became of queries.
pub(super) fn queries(queries: &Outcomes) -> Value {
    let faults = Fault::ALL.into_iter().zip(queries.faults);
    json!({
        "sent": queries.sent,
        "named": queries.named,
        "ambiguous": queries.ambiguous,
        "unknown": queries.unknown,
        "undeclared": queries.undeclared,
        "cached": queries.cached,
        "faults": faults.map(|(fault, count)| (fault.as_str(), count)).collect::<Value>(),
        "in_flight": queries.in_flight(),
        "stray": queries.stray,
    })
}

/// What a person would call errors.
pub(super) fn errors(errors: Errors) -> Value {
    json!({
        "all": errors.all(),
        "dns_faults": errors.dns_faults,
        "http_failures": errors.http_failures,
        "http_unexpected_status": errors.unexpected,
    })
}

/// A segment that is kept whole.
pub(super) fn segment(snapshot: &Snapshot, segment: &Segment) -> Value {
    let change = segment.propagation.as_ref();
    json!({
        "number": segment.number,
        "started_at": time(segment.started_at),
        "ended_at": segment.ended_at.map(time),
        "reason": reason(&segment.cause),
        "ttls_s": segment.ttls.iter().map(Duration::as_secs).collect::<Vec<_>>(),
        "queries": queries(&segment.queries),
        "sets": each(&segment.sets, |set| sets::set(snapshot, segment, set)),
        "verdict": verdict::of_segment(snapshot, segment),
        "propagation": change.map(|change| verdict::propagation(snapshot, change)),
        "comparisons": each(&segment.comparisons, |pair| comparison::of_pair(segment, pair)),
    })
}

/// The answer of before that resolvers may hold for longest.
pub(super) fn drain(snapshot: &Snapshot, drain: &Drain) -> Value {
    json!({
        "set_identifier": visible(&drain.set),
        "ttl_s": drain.ttl.as_secs(),
        "until": drain.until.map(time),
        "left_s": drain.left(snapshot.now).map(seconds),
    })
}

/// A name server.
pub(super) fn server(server: &Server) -> Value {
    let who = json!({
        "name": visible(&server.name),
        "address": server.address.map(|address| address.to_string()),
    });
    let how = json!({
        "counts": server.named,
        "counted": server.counted,
        "latency_ms": server.latency.as_ref().map(http::latency),
        "state": server.state.as_str(),
        "last_answer_age_s": server.last_answer_age.map(seconds),
        "switched_at": server.switched_at.map(time),
    });
    together([together([who, queries(&server.queries)]), how])
}

/// A resolver that was named.
pub(super) fn resolver(snapshot: &Snapshot, resolver: &ResolverReading) -> Value {
    let answer = |answer: &ResolverAnswer| {
        let of = match answer.of {
            AnswerOf::Set(_) => "set",
            AnswerOf::Former(_) => "former",
            AnswerOf::Several => "ambiguous",
            AnswerOf::Nobody => "unknown",
        };
        json!({
            "of": of,
            "set_identifier": answer.of.set().map(visible),
            "before_change": answer.is_old,
            "left_s": resolvers::left(snapshot, resolver).map(seconds),
        })
    };
    json!({
        "address": resolver.address.to_string(),
        "asked": resolver.asked,
        "failed": resolver.failed,
        "error": resolver.fault.map(Fault::as_str),
        "answer": resolver.answer.as_ref().map(answer),
    })
}

/// How the reading of the configuration goes.
pub(super) fn configuration(configuration: &Configuration) -> Value {
    json!({
        "polls": configuration.polls,
        "failures": configuration.failures,
        "last_success_at": configuration.last_success_at.map(time),
        "last_error": configuration.last_error.as_ref().map(event::error),
    })
}
