//! Titles of the columns of all tables.

/// The identifier of a record set.
pub const IDENTIFIER: &str = "SetIdentifier";
/// The same where room is very short.
pub const IDENTIFIER_SHORT: &str = "Set";
/// Its declared weight.
pub const WEIGHT: &str = "Weight";
/// Its share, declared or observed: the table says which.
pub const RATIO: &str = "Ratio";
/// Its declared share, in a table that has both.
pub const DECLARED: &str = "Declared";
/// Its observed share, in a table that has both.
pub const OBSERVED: &str = "Actual";
/// Its TTL.
pub const TTL: &str = "TTL";
/// What it answers with.
pub const VALUE: &str = "Value";
/// Its named answers.
pub const COUNT: &str = "Count";
/// Observed minus declared share.
pub const DIFF: &str = "Diff";
/// The bar.
pub const DISTRIBUTION: &str = "Distribution";
/// The bar, with the meaning of the mark in it.
pub const DISTRIBUTION_WITH_KEY: &str = "Distribution (│ declared)";

/// The bar where its column is narrow.
pub const BAR: &str = "Bar";

/// Mean time of its HTTP responses.
pub const HTTP_MEAN: &str = "HTTP avg";
/// The same where room is short.
pub const HTTP_MEAN_SHORT: &str = "HTTP";
/// The time that 95 % of the responses kept.
pub const P95: &str = "p95";
/// The time that half of the answers kept.
pub const P50: &str = "p50";
/// The time that 99 % of the responses kept.
pub const P99: &str = "p99";
/// HTTP requests that ended.
pub const REQUESTS: &str = "Requests";
/// HTTP requests without a response.
pub const FAILED: &str = "Failed";
/// HTTP responses that say that the server failed.
pub const SERVER_ERRORS: &str = "5xx";
/// Mean time.
pub const MEAN: &str = "Avg";
/// The name of a name server.
pub const NAME_SERVER: &str = "Name Server";
/// Its address.
pub const ADDRESS: &str = "Address";
/// Queries that it was sent.
pub const SENT: &str = "Sent";
/// Its answers that name a set.
pub const NAMED: &str = "Named";
/// Its faults.
pub const FAULTS: &str = "Faults";
/// The set whose share on this server is farthest from the declared one.
pub const FARTHEST: &str = "Farthest set";
/// Whether it answers.
pub const STATE: &str = "State";
/// The HTTP classes of status, 1xx to 5xx.
pub const STATUS: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// When it went over to the declared shares.
pub const SWITCHED: &str = "Switched";
/// The share of the last minute.
pub const LAST_MINUTE: &str = "Last min";

sentences! {
    /// The narrow bar where a full one is less than everything.
    bar_of(full: &str) "Bar {full}";
    /// The bar where a full one is less than everything.
    distribution_of(full: &str) "Full bar {full}";
    /// The same, with the meaning of the mark in it.
    distribution_of_with_key(full: &str) "Distribution (│ declared, full bar {full})";
    /// The interval of the served share, by the confidence that it holds with.
    interval(confidence: &str) "{confidence} range";
}
