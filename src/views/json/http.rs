//! The objects that say how long things took and how HTTP went.

use serde_json::{Value, json};

use crate::model::http::HttpFault;
use crate::model::reading::{HttpReading, Latency};
use crate::model::text::visible;
use crate::snapshot::HttpTotals;

use super::units::milliseconds;

/// The requests for one set.
pub(super) fn of_set(http: &HttpReading) -> Value {
    let classes = ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter();
    json!({
        "requests": http.requests,
        "failures": http.failures(),
        "skipped": http.skipped,
        "status": classes.zip(http.status).collect::<Value>(),
        "broken_off": http.of_kind(HttpFault::Body),
        "latency_ms": http.latency.as_ref().map(latency),
        "last_failure": http.last_failure.as_deref().map(visible),
    })
}

/// How long answers took.
pub(super) fn latency(latency: &Latency) -> Value {
    let (low, high) = latency.p95_between;
    json!({
        "mean": milliseconds(latency.mean),
        "p50": milliseconds(latency.p50),
        "p95": milliseconds(latency.p95),
        "p99": milliseconds(latency.p99),
        "p95_interval": [milliseconds(low), high.map(milliseconds)],
    })
}

/// All requests.
pub(super) fn totals(http: &HttpTotals) -> Value {
    json!({
        "switched_off": http.is_off,
        "requests": http.requests,
        "failures": http.failures,
        "skipped": http.skipped,
        "server_errors": http.unexpected,
        "broken_off": http.bad_bodies,
        "mean_ms": http.mean.map(milliseconds),
    })
}
