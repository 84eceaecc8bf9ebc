//! How times and spans stand in JSON.

use std::time::{Duration, SystemTime};

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
