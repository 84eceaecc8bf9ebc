//! Labels and sentences of the checks.

use crate::model::finding::Finding;
use crate::model::obstacle::Obstacle;

use super::{notice, said_of};

/// What is behind a finding.
pub const CAUSE: &str = "cause";
/// What to do about it.
pub const CURE: &str = "cure";

/// What stands in the way, and below it what is behind it and what to do about it.
pub fn lines(obstacle: &Obstacle) -> Vec<String> {
    let below = [(CAUSE, &obstacle.cause), (CURE, &obstacle.cure)];
    let below = below
        .into_iter()
        .filter_map(|(label, text)| Some(said_of(label, text.as_ref()?)));
    std::iter::once(obstacle.what.clone())
        .chain(below)
        .collect()
}

sentences! {
    /// What is checked, above the list.
    title(record: &str, zone: &str, endpoint: &str) "Checking {record} in zone {zone} for {endpoint}";
    /// The last line.
    total(ok: usize, warnings: usize => "warning" | "warnings", failed: usize, skipped: usize, took: &str) "{ok} ok, {warnings}, {failed} failed, {skipped} skipped in {took}";
}

/// What was found, with what has to be known about the record.
pub fn what(finding: &Finding) -> String {
    let remarks = finding.remarks.iter().map(notice::record);
    let parts: Vec<String> = [finding.what.clone()].into_iter().chain(remarks).collect();
    parts.join("; ")
}
