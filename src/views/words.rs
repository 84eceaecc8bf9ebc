//! Every text of the interface in English, apart from the logic that picks it, so that another language is another file.
//!
//! Constants are labels; functions build a sentence around values that are already in words. Nothing here decides
//! whether a sentence is shown.

use crate::model::index::ServerIndex;
use crate::model::route53_error::Route53Error;

use super::format;

/// Titles of columns.
pub mod column;
/// The checks.
pub mod doctor;
/// What happened.
pub mod event;
/// The verdict in one line, and how a change came through.
pub mod headline;
/// What the keys do, and the page that explains the picture.
pub mod help;
/// What happened to the verdict.
pub mod news;
/// What has to be known as long as it stands.
pub mod notice;
/// What a run would take.
pub mod plan;
/// Why sets have their shares, and what is known of their health.
pub mod share;
/// What is said of readers that are slow.
pub mod slow;
/// The final statistics.
pub mod summary;
/// The verdict and why it is what it is.
pub mod verdict;

/// The name of a server.
pub fn name<'a>(names: &[&'a str], server: ServerIndex) -> &'a str {
    names.get(server.get()).copied().unwrap_or("?")
}

/// Why Route 53 could not be read, and what to do about it.
pub fn api_error(error: &Route53Error) -> String {
    error.to_string()
}

/// The name of the tool on the first line.
pub const TITLE: &str = "Route53 Weighted Traffic Monitor";
/// The same where the line is short.
pub const SHORT_TITLE: &str = "r53mon";
/// What stands for a number that is not there yet.
pub const NOTHING: &str = "-";
/// What stands for a number that is not measured in this run.
pub const NOT_MEASURED: &str = "N/A";

/// Above the table of declared weights.
pub const CONFIGURED: &str = "Route53 Configured Weights";
/// Above the table of observed shares.
pub const ACTUAL: &str = "Actual Traffic Distribution";
/// Above the table of earlier segments.
pub const EARLIER: &str = "Earlier Weights";
/// Above the list of events.
pub const EVENTS: &str = "Events";
/// Above the table of name servers.
pub const NAME_SERVERS: &str = "Name Servers";

/// The title of the name servers in the final statistics, when their shares are of the last segment only.
pub fn name_servers_with_shares_since(clock: &str) -> String {
    format!("{NAME_SERVERS} (counts of the whole run, shares since {clock})")
}

/// The number of named answers, behind the title of a table.
pub fn total(count: u64) -> String {
    format!("(Total: {})", format::count(count))
}

/// Since when the segment in force is counted, where it is not the first.
pub fn since(clock: &str, number: u64) -> String {
    format!("since {clock}, segment {}", format::count(number))
}

/// The same where room is short.
pub fn since_short(clock: &str) -> String {
    format!("since {clock}")
}

/// The zone in the header.
pub fn zone(name: &str, id: &str) -> String {
    format!("{name} ({id})")
}

/// The time of day in the header.
pub fn clock_utc(clock: &str) -> String {
    format!("{clock} UTC")
}

/// Queries a second, on the status line.
pub fn tps(rate: &str) -> String {
    format!("TPS: {rate}")
}

/// How long the run has lasted, on the status line.
pub fn uptime(uptime: &str) -> String {
    format!("Uptime: {uptime}")
}

/// Failures of every kind, on the status line.
pub fn errors(count: u64) -> String {
    format!("Errors: {}", format::count(count))
}

/// Mean time of HTTP responses, on the status line.
pub fn average_latency(latency: &str) -> String {
    format!("Avg Latency: {latency}")
}

/// What is left out of a list.
pub fn and_more(count: usize) -> String {
    format!("and {count} more")
}

/// What stands at the name of a record that is no longer weighted.
pub fn or_nothing_there(found: &str) -> &str {
    if found.is_empty() {
        "nothing at this name"
    } else {
        found
    }
}

/// What is left out of a list, with something a reader must know of it.
pub fn and_more_silent(count: usize, silent: usize) -> String {
    format!("and {count} more ({silent} silent)")
}

/// Rows that are scrolled out of sight at the top.
pub fn above(count: usize) -> String {
    format!("{count} above")
}

/// A count with the noun it counts.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        format::count(count),
        if count == 1 { one } else { many }
    )
}

/// No configuration has been read.
pub const WAITING_FOR_WEIGHTS: &str = "waiting for the weights from Route 53";
/// Nothing has been sent.
pub const WAITING_FOR_QUERY: &str = "waiting for the first query";

/// Something has been sent, nothing came back.
pub fn waiting_for_answer(sent: u64) -> String {
    format!(
        "waiting for the first answer, {} sent",
        counted(sent, "query", "queries")
    )
}

/// Only failures came back.
pub fn no_usable_answer(faults: &str) -> String {
    format!("no usable answer yet: {faults}")
}

/// Answers came that name no set.
pub fn nothing_named(answers: &str) -> String {
    format!("no answer names one set yet: {answers}")
}

/// Queries that were sent.
pub fn sent(count: u64) -> String {
    format!("{} sent", format::count(count))
}

/// Answers that name a set.
pub fn named(count: u64) -> String {
    format!("{} named", format::count(count))
}

/// Answers that several sets could have given.
pub fn ambiguous(count: u64) -> String {
    format!("{} ambiguous", format::count(count))
}

/// Answers that no set could have given.
pub fn unknown(count: u64) -> String {
    format!("{} unknown", format::count(count))
}

/// Answers out of a cache that were counted before.
pub fn cached(count: u64) -> String {
    format!("{} cached", format::count(count))
}

/// Queries that ended in one kind of fault.
pub fn fault(count: u64, kind: &str) -> String {
    format!("{} {}", format::count(count), kind.replace('_', " "))
}

/// Datagrams that were no answer to the open question.
pub fn stray(count: u64) -> String {
    counted(count, "stray packet", "stray packets")
}

/// Queries that were sent late.
pub fn late(count: u64) -> String {
    format!("{} late", format::count(count))
}

/// Due times that were passed over.
pub fn skipped(count: u64) -> String {
    format!("{} skipped", format::count(count))
}

/// HTTP requests without a response.
pub fn http_failed(count: u64) -> String {
    format!("HTTP {} failed", format::count(count))
}

/// HTTP responses with status 5xx.
pub fn http_server_errors(count: u64) -> String {
    format!("HTTP {} 5xx", format::count(count))
}

/// HTTP requests that were not made.
pub fn http_skipped(count: u64) -> String {
    format!("HTTP {} skipped", format::count(count))
}

/// Queries whose outcome is not known yet.
pub fn in_flight(count: u64) -> String {
    format!("{} in flight", format::count(count))
}

/// The weights in use could not be read anew.
pub fn weights_are_old(age: &str, reads: &str, cause: &str) -> String {
    format!("weights are {age} old: {cause} ({reads})")
}

/// The weights could not be read even once.
pub fn weights_never_read(reads: &str, cause: &str) -> String {
    format!("weights could not be read yet: {cause} ({reads})")
}

/// How many readings of the configuration failed.
pub fn polls_failed(failures: u64, polls: u64) -> String {
    format!(
        "{} of {} failed",
        format::count(failures),
        counted(polls, "read", "reads")
    )
}

/// When the weights were read.
pub fn weights_read(age: &str) -> String {
    format!("weights read {age} ago")
}

/// In place of a list of name servers.
pub fn servers_answer(answering: usize, all: usize) -> String {
    format!("Name servers: {answering} of {all} answer")
}

/// In place of a list of name servers, before any was asked.
pub fn servers_asked(all: usize) -> String {
    format!("Name servers: {all}")
}

/// The name servers in a state.
pub fn servers_are(state: &str, names: &str) -> String {
    format!("{state}: {names}")
}

/// How many name servers are in a state.
pub fn servers_counted(state: &str, count: usize) -> String {
    format!("{count} {state}")
}

/// A name server that does not answer, in words.
pub const SILENT: &str = "silent";

/// How long a name server has not answered.
pub fn silent_for(span: &str) -> String {
    format!("silent {span}")
}

/// How long ago a name server answered last.
pub fn last_answer(span: &str) -> String {
    format!("last {span} ago")
}

/// How long ago something was.
pub fn ago(span: &str) -> String {
    format!("{span} ago")
}

/// Warnings that do not fit.
pub fn more_warnings(count: usize) -> String {
    format!(
        "(and {})",
        counted(count as u64, "more warning", "more warnings")
    )
}

/// How many are listed of those that are kept and the older ones; nothing where that is all of them.
pub fn newest_of(shown: usize, kept: usize, older: u64) -> String {
    let all = kept as u64 + older;
    if shown as u64 == all {
        return String::new();
    }
    format!("(last {shown} of {})", format::count(all))
}

/// The verdict of an earlier segment, and how long its change took.
pub fn earlier_verdict(state: &str, took: Option<&str>) -> String {
    match took {
        Some(took) => format!("{state}, switched in {took}"),
        None => state.to_owned(),
    }
}

/// One set of an earlier segment.
pub fn earlier_set(label: &str, weight: u64, count: u64, share: &str) -> String {
    format!("{label} at {weight}: {} ({share})", format::count(count))
}

/// Named answers of a segment.
pub fn answers(count: u64) -> String {
    counted(count, "answer", "answers")
}

/// The span of a segment.
pub fn from_to(start: &str, end: &str) -> String {
    format!("{start} to {end}")
}

/// The span of the segment in force.
pub fn from_until_now(start: &str) -> String {
    format!("{start} to now")
}

/// Errors, on the line that is written once a second.
pub fn errors_short(count: u64) -> String {
    format!("errors {}", format::count(count))
}

/// Mean time of HTTP responses, on the same line.
pub fn average_short(latency: &str) -> String {
    format!("avg {latency}")
}

/// Queries a second, on the same line.
pub fn rate_short(rate: &str) -> String {
    format!("{rate}/s")
}

/// Name servers that do not answer, on the same line.
pub fn silent_short(silent: usize, all: usize) -> String {
    format!("{silent} of {all} servers silent")
}

/// Weights that could not be read anew, on the same line.
pub fn weights_old_short(age: &str) -> String {
    format!("weights {age} old")
}

/// A difference that chance does not explain.
pub fn off(difference: &str) -> String {
    format!("!{difference}")
}
