//! Labels and sentences of the checks.

use crate::model::finding::Finding;
use crate::model::obstacle::Obstacle;

use super::{counted, notice};

/// What is behind a finding.
pub const CAUSE: &str = "cause";
/// What to do about it.
pub const CURE: &str = "cure";

/// What stands in the way, and below it what is behind it and what to do about it.
pub fn lines(obstacle: &Obstacle) -> Vec<String> {
    let below = [(CAUSE, &obstacle.cause), (CURE, &obstacle.cure)];
    let below = below.into_iter().filter_map(|(label, text)| {
        let text = text.as_ref()?;
        Some(format!("{label}: {text}"))
    });
    std::iter::once(obstacle.what.clone())
        .chain(below)
        .collect()
}

/// What is checked, above the list.
pub fn title(record: &str, zone: &str, endpoint: &str) -> String {
    format!("Checking {record} in zone {zone} for {endpoint}")
}

/// The last line.
pub fn total(ok: usize, warnings: usize, failed: usize, skipped: usize, took: &str) -> String {
    let warnings = counted(warnings as u64, "warning", "warnings");
    format!("{ok} ok, {warnings}, {failed} failed, {skipped} skipped in {took}")
}

/// What was found, with what has to be known about the record.
pub fn what(finding: &Finding) -> String {
    let remarks = finding.remarks.iter().map(notice::record);
    let parts: Vec<String> = [finding.what.clone()].into_iter().chain(remarks).collect();
    parts.join("; ")
}
