//! Labels and sentences of the final statistics.

use crate::snapshot::{EndedBy, OlderSegment};
use crate::views::format;

/// What was measured.
pub const RECORD: &str = "Record";
/// Where the API is.
pub const API: &str = "API";
/// What HTTP requests were made for.
pub const ENDPOINT: &str = "Endpoint";
/// When it was measured.
pub const MEASURED: &str = "Measured";
/// How fast queries were sent.
pub const RATE: &str = "Rate";
/// What became of the queries.
pub const QUERIES: &str = "Queries";
/// Which faults there were.
pub const FAULTS: &str = "Faults";
/// What became of the requests.
pub const HTTP: &str = "HTTP";
/// How the reading of the configuration went.
pub const WEIGHTS: &str = "Weights";
/// What the reader has to know.
pub const WARNING: &str = "Warning";
/// What the numbers are and are not.
pub const MEANING: &str = "Meaning";
/// HTTP was switched off.
pub const HTTP_OFF: &str = "not measured";
/// No segment was ever there.
pub const NO_SEGMENT: &str = "No weights were read, so nothing was counted.";
/// No fault was met.
pub const NO_FAULT: &str = "none";

sentences! {
    /// The record in the final statistics.
    record_in_zone(name: &str, record_type: &str, zone: &str) "{name} {record_type} in zone {zone}";
    /// When it was measured, in the final statistics.
    measured(start: &str, end: &str, uptime: &str) "{start} to {end} ({uptime})";
    /// How fast queries were sent, in the final statistics.
    rate_line(achieved: &str, target: u64, late: u64, skipped: u64)
        "{achieved} queries a second, {target} asked for; {late} late, {skipped} skipped";
    /// The same after the rate was changed by hand.
    rate_line_since(achieved: &str, target: u64, since: &str, late: u64, skipped: u64)
        "{achieved} queries a second over all, {target} asked for since {since}; {late} late, {skipped} skipped";
    /// HTTP that was switched off by hand in the final statistics.
    http_off_line(http: &str) "{http}; switched off by hand";
    /// HTTP in the final statistics.
    http_line(requests: u64 => "request" | "requests", failures: u64, errors: u64, skipped: u64, average: &str)
        "{requests}: {failures} failed, {errors} with status 5xx, avg {average}; {skipped} skipped";
    /// The reading of the configuration in the final statistics.
    polls_line(polls: u64 => "read" | "reads", failures: u64, last: &str)
        "{polls}, {failures} failed; last read {last}";
    /// The newest failure of reading the configuration.
    last_error(cause: &str) "last error: {cause}";
    /// The heading of a segment.
    segment_heading(number: u64, span: &str, cause: &str) "Segment {number}, {span}: {cause}";
    /// Segments that are no longer kept one by one.
    older_segments(count: u64 => "older segment is" | "older segments are")
        "{count} not listed; the queries above include them.";
    /// Queries without a usable answer, of all kinds.
    faulty(count: u64 => "fault" | "faults") "{count}";
    /// Queries whose outcome was not known when the run ended.
    unfinished(count: u64) "{count} unfinished";
    /// The newest failure of the requests to one set.
    last_failure(label: &str, cause: &str) "{label}: last HTTP failure: {cause}";
}

/// One segment that is no longer kept whole, in a line.
pub fn older_segment(segment: &OlderSegment) -> String {
    let end = segment
        .ended_at
        .map_or_else(|| "now".to_owned(), format::clock);
    let verdict = segment.verdict.map_or("no verdict", super::verdict::state);
    format!(
        "{} {} to {end}: {verdict}, {} answers, {}",
        segment.number,
        format::clock(segment.started_at),
        format::count(segment.named),
        super::event::cause(&segment.cause)
    )
}

/// Why the run ended, in the final statistics.
pub fn ended_by(ended_by: EndedBy) -> &'static str {
    match ended_by {
        EndedBy::Verdict => "Ended with the verdict.",
        EndedBy::Duration => "Ended because the time was up.",
        EndedBy::Http => "Ended because a set fails over HTTP.",
        EndedBy::Quit => "Ended by its user.",
        EndedBy::Interrupt => "Interrupted (SIGINT).",
        EndedBy::Terminated => "Terminated by a signal.",
        EndedBy::Error => "Ended because of an error.",
        EndedBy::NotYet => "Not ended: what there was at this moment.",
    }
}
