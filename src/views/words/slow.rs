//! What is said of readers that are slow.

sentences! {
    /// Events that a reader is never told.
    events_lost(count: u64 => "event" | "events") "{count} lost: they came faster than they could be told";
    /// What the process did not wait for: `output`, `log`.
    end_lost(what: &str) "the end of the {what} is lost: nobody has read any of it since the run ended";
}
