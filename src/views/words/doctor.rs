//! Labels and sentences of the checks.

use crate::model::finding::Finding;
use crate::model::obstacle::Obstacle;
use crate::views::language::pick;

use super::{notice, said_of};

/// What is behind something, and what to do about it, as far as that is known.
pub fn below(cause: Option<&str>, cure: Option<&str>) -> Vec<String> {
    let known = [(pick("cause", "원인"), cause), (pick("cure", "조치"), cure)].into_iter();
    let known = known.filter_map(|(label, text)| Some(said_of(label, text?)));
    known.collect()
}

/// What stands in the way, and below it what is behind it and what to do about it.
pub fn lines(obstacle: &Obstacle) -> Vec<String> {
    let mut lines = vec![obstacle.what.clone()];
    lines.extend(below(obstacle.cause.as_deref(), obstacle.cure.as_deref()));
    lines
}

sentences! {
    /// What is checked, above the list.
    title(record: &str, zone: &str, endpoint: &str) "Checking {record} in zone {zone} for {endpoint}"
        "점검: 레코드 {record}, 호스팅 영역 {zone}, endpoint {endpoint}";
    /// Several checks in the place of the name of one.
    checks(count: usize => "check" | "checks") "{count}"
        "점검 {count}개";
    /// Why checks were skipped, and which.
    all_of_them(why: &str, checks: &str) "{why}: {checks}"
        "{why}: {checks}";
    /// The last line.
    total(ok: usize, warnings: usize => "warning" | "warnings", failed: usize, skipped: usize, took: &str)
        "{ok} ok, {warnings}, {failed} failed, {skipped} skipped in {took}"
        "ok {ok}, warning {warnings}, failed {failed}, skipped {skipped} ({took})";
}

/// What was found, with what has to be known about the record.
pub fn what(finding: &Finding) -> String {
    let remarks = finding.remarks.iter().map(notice::record);
    let parts: Vec<String> = [finding.what.clone()].into_iter().chain(remarks).collect();
    parts.join("; ")
}
