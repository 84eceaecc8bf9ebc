//! How times, spans, costs and lists stand in JSON.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::model::cost::Cost;
use crate::views::format;

/// A moment to the millisecond, in RFC 3339.
pub(in crate::views) fn time(at: SystemTime) -> String {
    format::rfc3339_millis(at)
}

/// Seconds to the millisecond.
pub(in crate::views) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}

/// Milliseconds to the microsecond.
pub(in crate::views) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// An object for each of them.
pub(in crate::views) fn each<T>(all: &[T], object: impl Fn(&T) -> Value) -> Vec<Value> {
    all.iter().map(object).collect()
}

/// The fields of two objects in one.
pub(in crate::views) fn together(objects: [Value; 2]) -> Value {
    let fields = objects.into_iter().filter_map(|object| match object {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    fields.flatten().collect()
}

/// What queries cost in an hour.
pub(in crate::views) fn cost(cost: &Cost) -> Value {
    json!({
        "queries_per_hour": cost.queries_per_hour,
        "usd_per_hour": cost.usd_per_hour,
    })
}
