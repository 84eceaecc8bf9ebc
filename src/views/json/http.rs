//! The objects that say how long things took and how HTTP went.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::reading::{HttpReading, Latency};
use crate::model::text::visible;
use crate::snapshot::HttpTotals;

use super::units::milliseconds;

#[derive(Serialize)]
pub(super) struct HttpObject<'a> {
    requests: u64,
    failures: u64,
    skipped: u64,
    status: StatusObject,
    latency_ms: Option<LatencyObject>,
    last_failure: Option<Cow<'a, str>>,
}

impl<'a> HttpObject<'a> {
    pub(super) fn new(http: &'a HttpReading) -> Self {
        Self {
            requests: http.requests,
            failures: http.failures,
            skipped: http.skipped,
            status: StatusObject::new(http.status),
            latency_ms: http.latency.as_ref().map(LatencyObject::new),
            last_failure: http.last_failure.as_deref().map(visible),
        }
    }
}

#[derive(Serialize)]
pub(super) struct StatusObject {
    #[serde(rename = "1xx")]
    informational: u64,
    #[serde(rename = "2xx")]
    success: u64,
    #[serde(rename = "3xx")]
    redirection: u64,
    #[serde(rename = "4xx")]
    client_error: u64,
    #[serde(rename = "5xx")]
    server_error: u64,
}

impl StatusObject {
    pub(super) fn new(
        [
            informational,
            success,
            redirection,
            client_error,
            server_error,
        ]: [u64; 5],
    ) -> Self {
        Self {
            informational,
            success,
            redirection,
            client_error,
            server_error,
        }
    }
}

#[derive(Serialize)]
pub(super) struct LatencyObject {
    mean: f64,
    p50: f64,
    p95: f64,
    p99: f64,
    p95_interval: (f64, Option<f64>),
}

impl LatencyObject {
    pub(super) fn new(latency: &Latency) -> Self {
        Self {
            mean: milliseconds(latency.mean),
            p50: milliseconds(latency.p50),
            p95: milliseconds(latency.p95),
            p99: milliseconds(latency.p99),
            p95_interval: (
                milliseconds(latency.p95_between.0),
                latency.p95_between.1.map(milliseconds),
            ),
        }
    }
}

#[derive(Serialize)]
pub(super) struct HttpTotalsObject {
    requests: u64,
    failures: u64,
    skipped: u64,
    server_errors: u64,
    mean_ms: Option<f64>,
}

impl HttpTotalsObject {
    pub(super) fn new(http: &HttpTotals) -> Self {
        Self {
            requests: http.requests,
            failures: http.failures,
            skipped: http.skipped,
            server_errors: http.server_errors,
            mean_ms: http.mean.map(milliseconds),
        }
    }
}
