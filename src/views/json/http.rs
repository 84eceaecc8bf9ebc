//! The objects that say how long things took and how HTTP went.

use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::http::{Certificate, HttpFault, Phases};
use crate::model::reading::{AddressReading, Between, HttpReading, Latency};
use crate::model::text::visible;
use crate::snapshot::HttpTotals;

use super::units::{milliseconds, time};

/// The requests for one set, as they are told at a time.
pub(super) fn of_set(http: &HttpReading, now: SystemTime) -> Value {
    let kinds = HttpFault::ALL.into_iter().map(HttpFault::as_str);
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter();
    let addresses = http.worst_addresses();
    json!({
        "requests": http.requests,
        "failures": http.failures(),
        "failed": http.failed(),
        "skipped": http.skipped,
        "over_rate": http.over_rate,
        "status": classes.zip(http.status).collect::<Value>(),
        "faults": kinds.zip(http.faults).collect::<Value>(),
        "latency_ms": http.latency.as_ref().map(latency),
        "phases_ms": http.phases.map(phases),
        "addresses": addresses.iter().map(address).collect::<Vec<_>>(),
        "certificate": http.certificate.as_deref().map(|it| certificate(it, now)),
        "last_failure": http.last_failure.as_ref().map(|it| visible(&it.why)),
    })
}

fn phases(phases: Phases) -> Value {
    json!({
        "connect": milliseconds(phases.connect),
        "tls": milliseconds(phases.tls),
        "first_byte": milliseconds(phases.first_byte),
        "body": milliseconds(phases.body),
    })
}

fn address(one: &AddressReading) -> Value {
    json!({
        "address": one.address.to_string(),
        "requests": one.requests,
        "failed": one.failed,
        "last_fault": one.last_fault.map(HttpFault::as_str),
    })
}

fn certificate(shown: &Certificate, now: SystemTime) -> Value {
    json!({
        "names": shown.names.iter().map(|name| visible(name)).collect::<Vec<_>>(),
        "more_names": shown.more_names,
        "issuer": visible(&shown.issuer),
        "not_before": time(shown.not_before),
        "not_after": time(shown.not_after),
        "days_left": shown.days_left(now),
    })
}

/// How long answers took.
pub(super) fn latency(latency: &Latency) -> Value {
    let between = |(low, high): Between| json!([milliseconds(low), high.map(milliseconds)]);
    json!({
        "mean": milliseconds(latency.mean),
        "p50": milliseconds(latency.p50),
        "p95": milliseconds(latency.p95),
        "p99": milliseconds(latency.p99),
        "max": milliseconds(latency.max),
        "p50_interval": between(latency.p50_between),
        "p95_interval": between(latency.p95_between),
        "p99_interval": between(latency.p99_between),
    })
}

/// All requests.
pub(super) fn totals(http: &HttpTotals) -> Value {
    json!({
        "switched_off": http.is_off,
        "requests": http.requests,
        "failures": http.failures,
        "skipped": http.skipped,
        "unexpected_status": http.unexpected,
        "over_rate": http.over_rate,
        "bad_bodies": http.bad_bodies,
        "mean_ms": http.mean.map(milliseconds),
    })
}
