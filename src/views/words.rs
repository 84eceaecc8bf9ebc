//! Every text of the interface in English, apart from the logic that picks it, so that another language is another file.
//!
//! Constants are labels, the rows of `sentences!` are sentences with holes, functions pick among several. Nothing here
//! decides whether a sentence is shown.

use crate::model::index::ServerIndex;
use crate::model::obstacle::Obstacle;
use crate::model::route53_error::Route53Error;

use super::format;

/// A table of sentences, a row each: its name, its holes, and the text around them. A hole for a count may have a noun,
/// for one and for many.
macro_rules! sentences {
    ($(
        $(#[$about:meta])*
        $name:ident($($hole:ident: $kind:ty $(=> $one:literal | $many:literal)?),*) $text:literal;
    )*) => {$(
        $(#[$about])*
        pub fn $name($($hole: $kind),*) -> String {
            $(
                let $hole = $crate::views::words::InWords::in_words(&$hole)
                    $(+ " " + if $hole == 1 { $one } else { $many })?;
            )*
            format!($text)
        }
    )*};
}

/// A run in three lines.
pub mod brief;
/// Columns and their titles.
pub mod column;
/// The command that undoes the last change.
pub mod command;
/// The chart of the shares over time.
pub mod course;
/// The checks.
pub mod doctor;
/// What happened.
pub mod event;
/// The verdict in one line, and how a change came through.
pub mod headline;
/// What the keys do, and the page that explains the picture.
pub mod help;
/// What is said about a key for a while.
pub mod message;
/// What happened to the verdict.
pub mod news;
/// What has to be known as long as it stands.
pub mod notice;
/// What a run would take.
pub mod plan;
/// The page of one set or one name server.
pub mod selection;
/// Why sets have their shares, and what is known of their health.
pub mod share;
/// How well the sides answer over HTTP.
pub mod side;
/// What is said of readers that are slow.
pub mod slow;
/// The final statistics.
pub mod summary;
/// The verdict and why it is what it is.
pub mod verdict;
/// What to do about a verdict.
pub mod what_now;

/// What can fill the hole of a sentence.
trait InWords {
    /// A count with separators of thousands, a text as it is.
    fn in_words(&self) -> String;
}

impl InWords for &str {
    fn in_words(&self) -> String {
        (*self).to_owned()
    }
}

impl InWords for u64 {
    fn in_words(&self) -> String {
        format::count(*self)
    }
}

impl InWords for usize {
    fn in_words(&self) -> String {
        format::count(*self as u64)
    }
}

/// The name of a server.
pub fn name<'a>(names: &[&'a str], server: ServerIndex) -> &'a str {
    names.get(server.get()).copied().unwrap_or("?")
}

/// Why Route 53 could not be read, and what to do about it.
pub fn api_error(error: &Route53Error) -> String {
    Obstacle::from(error).to_string()
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
/// No configuration has been read.
pub const WAITING_FOR_WEIGHTS: &str = "waiting for the weights from Route 53";
/// Before the name server that is selected, where they have one line.
pub const SERVERS: &str = "Name servers:";
/// Nothing has been sent.
pub const WAITING_FOR_QUERY: &str = "waiting for the first query";
/// A name server that does not answer, in words.
pub const SILENT: &str = "silent";

sentences! {
    /// The title of the name servers in the final statistics, when their shares are of the last segment only.
    name_servers_with_shares_since(clock: &str) "{NAME_SERVERS} (counts of the whole run, shares since {clock})";
    /// The number of named answers, behind the title of a table.
    total(count: u64) "(Total: {count})";
    /// Since when the verdict stands, or the segment in force is counted where room is short.
    since(clock: &str) "since {clock}";
    /// Since when the segment in force is counted, where it is not the first.
    since_in_segment(clock: &str, number: u64) "since {clock}, segment {number}";
    /// The span of a segment.
    from_to(start: &str, end: &str) "{start} to {end}";
    /// The span of the segment in force.
    from_until_now(start: &str) "{start} to now";

    /// The zone in the header.
    zone(name: &str, id: &str) "{name} ({id})";
    /// The API in the header.
    api_at(url: &str) "API {url}";
    /// The API where there is more room.
    not_amazons(url: &str) "{url}, which is not Amazon's";
    /// What a list is narrowed down to, and how much of it that leaves.
    narrowed_down(text: &str, shown: usize, all: usize) "/{text} ({shown} of {all})";
    /// The time of day in the header.
    clock_utc(clock: &str) "{clock} UTC";
    /// Queries a second, on the status line.
    tps(rate: &str) "TPS: {rate}";
    /// The rate, and the one that was asked for by hand.
    rate_of(newest: &str, target: u64) "{newest} of {target}";
    /// How long the run has lasted, on the status line.
    uptime(uptime: &str) "Uptime: {uptime}";
    /// Failures of every kind, on the status line.
    errors(errors: &str) "Errors: {errors}";
    /// How many failures, and of which kinds.
    errors_named(count: u64, kinds: &str) "{count} ({kinds})";
    /// Queries without a usable answer, among the errors.
    dns_errors(count: u64) "{count} DNS";
    /// HTTP requests without a response, among the errors.
    http_errors(count: u64) "{count} HTTP";
    /// Responses with status 5xx, among the errors.
    server_errors(count: u64) "{count} 5xx";
    /// Mean time of HTTP responses, on the status line.
    average_latency(latency: &str) "Avg Latency: {latency}";

    /// Queries a second, on the line that is written once a second.
    rate_short(rate: &str) "{rate}/s";
    /// Named answers that are not counted, on the same line.
    uncounted_short(count: u64) "+ {count} not counted";
    /// Errors, on the same line.
    errors_short(errors: &str) "errors {errors}";
    /// Mean time of HTTP responses, on the same line.
    average_short(latency: &str) "avg {latency}";
    /// Name servers that do not answer, on the same line.
    silent_short(silent: usize, all: usize) "{silent} of {all} servers silent";
    /// Weights that could not be read anew, on the same line.
    weights_old_short(age: &str) "weights {age} old";

    /// A check that is too short for a mismatch.
    short_check(span: &str)
        "a check of less than {span} can end with 0 (match) or 4 (undecided), and never with a mismatch: \
         a change made just before the start looks the same; --settled says that there was none";

    /// What is left out of a list.
    and_more(count: usize) "and {count} more";
    /// What is left out of a list, with something a reader must know of it.
    and_more_silent(count: usize, silent: usize) "and {count} more ({silent} silent)";
    /// Rows that are scrolled out of sight at the top.
    above(count: usize) "{count} above";
    /// Something that is said of something, or a name and what it stands for.
    said_of(subject: &str, said: &str) "{subject}: {said}";
    /// How long ago something was.
    ago(span: &str) "{span} ago";

    /// Something has been sent, nothing came back.
    waiting_for_answer(sent: u64 => "query" | "queries") "waiting for the first answer, {sent} sent";
    /// Only failures came back.
    no_usable_answer(faults: &str) "no usable answer yet: {faults}";
    /// Answers came that name no set.
    nothing_named(answers: &str) "no answer names one set yet: {answers}";

    /// Named answers of a segment.
    answers(count: u64 => "answer" | "answers") "{count}";
    /// Queries that were sent.
    sent(count: u64) "{count} sent";
    /// Answers that name a set.
    named(count: u64) "{count} named";
    /// Answers that several sets could have given.
    ambiguous(count: u64) "{count} ambiguous";
    /// Answers that no set could have given.
    unknown(count: u64) "{count} unknown";
    /// Answers out of a cache that were counted before.
    cached(count: u64) "{count} cached";
    /// Queries whose outcome is not known yet.
    in_flight(count: u64) "{count} in flight";
    /// Datagrams that were no answer to the open question.
    stray(count: u64 => "stray packet" | "stray packets") "{count}";
    /// Queries that were sent late.
    late(count: u64) "{count} late";
    /// Due times that were passed over.
    skipped(count: u64) "{count} skipped";
    /// HTTP requests without a response.
    http_failed(count: u64) "HTTP {count} failed";
    /// HTTP responses that broke off in their body.
    http_broken_off(count: u64) "HTTP {count} broken off";
    /// HTTP responses with status 5xx.
    http_server_errors(count: u64) "HTTP {count} 5xx";
    /// HTTP requests that were not made.
    http_skipped(count: u64) "HTTP {count} skipped";

    /// HTTP requests to one set without a response.
    without_response(count: u64) "{count} without a response";
    /// HTTP responses of one set that broke off in their body.
    broken_off(count: u64) "{count} broken off";

    /// How many readings of the configuration failed.
    polls_failed(failures: u64, polls: u64 => "read" | "reads") "{failures} of {polls} failed";
    /// The weights in use could not be read anew.
    weights_are_old(age: &str, reads: &str, cause: &str) "weights are {age} old: {cause} ({reads})";
    /// The weights could not be read even once.
    weights_never_read(reads: &str, cause: &str) "weights could not be read yet: {cause} ({reads})";
    /// When the weights were read.
    weights_read(age: &str) "weights read {age} ago";

    /// In place of a list of name servers.
    servers_answer(answering: usize, all: usize) "Name servers: {answering} of {all} answer";
    /// In place of a list of name servers, before any was asked.
    servers_asked(all: usize) "Name servers: {all}";
    /// How many name servers are in a state.
    servers_counted(state: &str, count: usize) "{count} {state}";
    /// How long a name server has not answered.
    silent_for(span: &str) "silent {span}";
    /// How long ago a name server answered last.
    last_answer(span: &str) "last {span} ago";

    /// One set of an earlier segment.
    earlier_set(label: &str, weight: u64, count: u64, share: &str) "{label} at {weight}: {count} ({share})";
    /// A difference that chance does not explain.
    off(difference: &str) "!{difference}";
}

/// A count with the noun it counts.
fn counted(count: u64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        format::count(count),
        if count == 1 { one } else { many }
    )
}

/// What stands at the name of a record that is no longer weighted.
pub fn or_nothing_there(found: &str) -> &str {
    if found.is_empty() {
        "nothing at this name"
    } else {
        found
    }
}

/// Queries that ended in one kind of fault.
pub fn fault(count: u64, kind: &str) -> String {
    format!("{} {}", format::count(count), kind.replace('_', " "))
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
