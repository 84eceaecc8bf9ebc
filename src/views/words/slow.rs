//! What is said of readers that are slow.

use super::counted;

/// Events that a reader is never told.
pub fn events_lost(count: u64) -> String {
    let events = counted(count, "event", "events");
    format!("{events} lost: they came faster than they could be told")
}

/// What the process did not wait for: `output`, `log`.
pub fn end_lost(what: &str) -> String {
    format!("the end of the {what} is lost: nobody has read any of it since the run ended")
}
