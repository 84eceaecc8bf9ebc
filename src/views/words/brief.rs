//! A run in three lines.

/// Nothing is judged yet.
pub const NO_VERDICT: &str = "no verdict yet";

sentences! {
    /// A set with its share.
    share(set: &str, served: &str, declared: &str) "{set} {served} (declared {declared})";
    /// When it was measured, and how.
    measured(at: &str, uptime: &str, rate: &str, http: &str) "{at} after {uptime}, {rate}, {http}";
}
