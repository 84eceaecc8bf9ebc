//! How times, spans and lists stand in JSON.

use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::views::format;

/// A moment to the millisecond, in RFC 3339.
pub(super) fn time(at: SystemTime) -> String {
    format::rfc3339_millis(at)
}

/// Seconds to the millisecond.
pub(super) fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}

/// Milliseconds to the microsecond.
pub(super) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// An object for each of them.
pub(super) fn each<T>(all: &[T], object: impl Fn(&T) -> Value) -> Vec<Value> {
    all.iter().map(object).collect()
}

/// The fields of two objects in one.
pub(super) fn together(objects: [Value; 2]) -> Value {
    let fields = objects.into_iter().filter_map(|object| match object {
        Value::Object(fields) => Some(fields),
        _ => None,
    });
    fields.flatten().collect()
}
