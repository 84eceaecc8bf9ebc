//! Sentences of `r53mon plan`.

use super::counted;

/// What is planned.
pub fn title(weights: &str, tps: u32, servers: usize) -> String {
    format!(
        "Plan for weights {weights}: {} from {}",
        counted(u64::from(tps), "answer a second", "answers a second"),
        counted(servers as u64, "name server", "name servers")
    )
}

/// How sure and how exact a verdict has to be.
pub fn terms(confidence: &str, tolerance: &str) -> String {
    format!(
        "Confidence {confidence}; a match is within {tolerance} percentage points, and at most half the way to 0% or 100%."
    )
}

/// Columns of the table of sets.
pub const SET_COLUMNS: [&str; 5] = ["Set", "Weight", "Declared", "Match from", "to"];
/// Columns of the table of needs.
pub const NEED_COLUMNS: [&str; 5] = ["Answers and time", "half of runs", "", "nine in ten", ""];

/// Above the table of needs.
pub const NEEDS: &str = "How long it takes, in simulated runs:";
/// The shares that are declared are served.
pub const MATCH: &str = "match, all is well";
/// What begins with the counting.
pub const AT_ONCE: &str = "fault from the start";
/// What begins after a while.
pub const LATER: &str = "fault after half an hour of health";

/// A set is never answered.
pub fn set_dead(number: usize, weight: u64) -> String {
    format!("set {number} (weight {weight}) dead")
}

/// The largest set loses to the next.
pub const SHIFTED: &str = "10 points to the next set";
/// The same at one of the name servers.
pub const SHIFTED_AT_ONE: &str = "the same at one name server";

/// What the shift is.
pub const SHIFT: &str = "The shift takes ten points, or all it has, from the set with the largest share and gives them to the next one.";
/// A need without a number.
pub const OUT_OF_REACH: &str = "?";
/// What it means.
pub const OUT_OF_REACH_MEANS: &str = "? is more than ten million answers or more than could be worked out; a fault within the tolerance is never found.";

/// Too few runs for good numbers.
pub fn rough(runs: usize) -> String {
    format!(
        "The numbers are rough: {} for the hardest line.",
        counted(runs as u64, "run", "runs")
    )
}

/// What the numbers leave out.
pub const CAVEAT: &str = "Only answers that name a set count: faults make it longer. Real runs differ from simulated ones as these do from each other.";

/// The fault of a plan with too few sets.
pub const NO_FAULTS: &str =
    "With a single set that is answered there is no split, so no fault of one to be found.";
