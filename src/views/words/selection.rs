//! The page of one set or one name server.

/// There is nothing to select yet.
pub const NOTHING: &str = "No set is known yet.";
/// The set has gone.
pub const GONE: &str = "It is not declared any more.";
/// What is declared.
pub const DECLARED: &str = "Declared";
/// What is counted.
pub const COUNTED: &str = "Counted";
/// What came in the last minute.
pub const RECENT: &str = "Last min";
/// Answers that are not counted.
pub const UNCOUNTED: &str = "Not counted";
/// What is known of the health.
pub const HEALTH: &str = "Health";
/// What it answers with.
pub const VALUE: &str = "Value";
/// What stands behind it.
pub const PARTS: &str = "Parts";
/// Where it is asked.
pub const ADDRESS: &str = "Address";
/// Whether it answers, and for what weights.
pub const STATE: &str = "State";
/// When it went over to the declared shares.
pub const SWITCHED: &str = "Switched";
/// What became of its queries.
pub const QUERIES: &str = "Queries";
/// Queries without a usable answer.
pub const FAULTS: &str = "Faults";
/// How long answers took.
pub const LATENCY: &str = "Latency";
/// HTTP requests.
pub const REQUESTS: &str = "Requests";
/// What went wrong last.
pub const LAST_FAILURE: &str = "Last failure";
/// Above what each name server says of a set.
pub const BY_SERVER: &str = "By Name Server";
/// Above the HTTP side of a set.
pub const HTTP: &str = "HTTP";
/// Above the sets that a name server answers with.
pub const SHARES: &str = "Its Shares";
/// No event is about it.
pub const NO_EVENT: &str = "none that names it";
/// Titles of the table of name servers: the server, answers of the set, their share, and times of all answers.
pub const SERVER_COLUMNS: [&str; 7] = ["", "Count", "Ratio", "p50", "p95", "p99", "State"];
/// Titles of the table of shares.
pub const SHARE_COLUMNS: [&str; 5] = ["", "Ratio", "Count", "Ratio", "Diff"];

sentences! {
    /// Which of the sets it is.
    set_of(place: usize, all: usize) "set {place} of {all}";
    /// Which of the name servers it is.
    server_of(place: usize, all: usize) "name server {place} of {all}";
    /// What is declared for a set.
    declared(share: &str, weight: u64, why: &str) "{share}, weight {weight}: {why}";
    /// What is counted of a set.
    counted(share: &str, diff: &str, count: u64, answers: u64) "{share} ({diff}): {count} of {answers} answers";
    /// What came of a set in the last minute.
    recent(share: &str, count: u64, answers: u64) "{share}: {count} of {answers} answers";
    /// Answers that are not counted.
    uncounted(count: u64, named: u64) "{count} of {named} answers that name it in this segment";
    /// What a set answers with, and how long that is kept.
    value(value: &str, ttl: &str) "{value}, TTL {ttl}";
    /// One of the records behind a set.
    part(label: &str, target: &str, count: u64, share: &str) "{label}: {target}, {count} ({share})";
    /// When a name server went over to the declared shares.
    switched(clock: &str) "{clock}, as an estimate";
    /// Quantiles.
    latency(mean: &str, p50: &str, p95: &str, p99: &str) "p50 {p50}, p95 {p95}, p99 {p99}, mean {mean}";
    /// Between which times the quantile lies.
    p95_between(low: &str, high: &str) "p95 between {low} and {high} with 99% confidence";
    /// The same without an upper end.
    p95_above(low: &str) "p95 above {low} with 99% confidence";
    /// HTTP requests that ended.
    requests(count: u64) "{count} ended";
    /// Responses with a class of status.
    status(class: &str, count: u64) "{count} with {class}";
}
