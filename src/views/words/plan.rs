//! Sentences of `r53mon plan`.

sentences! {
    /// What is planned.
    title(weights: &str, tps: u64 => "answer a second" | "answers a second", servers: usize => "name server" | "name servers")
        "Plan for weights {weights}: {tps} from {servers}";
    /// How sure and how exact a verdict has to be.
    terms(confidence: &str, tolerance: &str)
        "Confidence {confidence}; a match is within {tolerance} percentage points, and at most half the way to 0% or 100%.";
    /// A set is never answered.
    set_dead(number: usize, weight: u64) "set {number} (weight {weight}) dead";
    /// Too few runs for good numbers.
    rough(runs: usize => "run" | "runs") "The numbers are rough: {runs} for the hardest line.";
}

/// Columns of the table of sets.
pub const SET_COLUMNS: [&str; 5] = ["Set", "Weight", "Declared", "Match from", "to"];
/// Columns of the table of needs.
pub const NEED_COLUMNS: [&str; 6] = [
    "Answers and time",
    "until",
    "half of runs",
    "",
    "nine in ten",
    "",
];

/// Above the table of needs.
pub const NEEDS: &str = "How long it takes, in simulated runs:";
/// The shares that are declared are served.
pub const MATCH: &str = "all is well";
/// What is waited for where all is well.
pub const FOUND_MATCH: &str = "match";
/// What comes first of a fault: the split is not exactly the declared one.
pub const FOUND_OFF: &str = "off";
/// What comes of a fault that is larger than the tolerance.
pub const FOUND_MISMATCH: &str = "mismatch";
/// What begins with the counting.
pub const AT_ONCE: &str = "fault from the start";
/// What begins after a while.
pub const LATER: &str = "fault after half an hour";

/// The largest set loses to the next.
pub const SHIFTED: &str = "10 points to the next";
/// The same at one of the name servers.
pub const SHIFTED_AT_ONE: &str = "the same at one server";

/// What the shift is.
pub const SHIFT: &str = "The shift takes ten points, or all it has, from the set with the largest share and gives them to the next one.";
/// What is told of a fault before a mismatch.
pub const OFF_MEANS: &str = "off: a remark beside the verdict, the split is not exactly the declared one. mismatch: a share is outside its tolerance. Off counts all since the start, so health before a fault delays it.";
/// A need without a number.
pub const OUT_OF_REACH: &str = "?";
/// What it means.
pub const OUT_OF_REACH_MEANS: &str = "? is more than ten million answers or more than could be worked out; a fault within the tolerance is never found.";

/// What the numbers leave out.
pub const CAVEAT: &str = "Only answers that name a set count: faults make it longer. Real runs differ from simulated ones as these do from each other.";

/// The fault of a plan with too few sets.
pub const NO_FAULTS: &str =
    "With a single set that is answered there is no split, so no fault of one to be found.";
