//! Labels and sentences of the checks.

use crate::model::finding::Finding;
use crate::model::obstacle::Obstacle;
use crate::views::language::pick;

use super::{notice, said_of};
use crate::views::format;

/// What is behind something, and what to do about it, as far as that is known.
pub fn below(obstacle: &Obstacle) -> Vec<String> {
    let (cause, cure) = (pick("cause", "원인"), pick("cure", "조치"));
    let known = [(cause, &obstacle.cause), (cure, &obstacle.cure)].into_iter();
    let known = known.filter_map(|(label, text)| Some(said_of(label, text.as_deref()?)));
    known.collect()
}

/// What stands in the way, and below it what is behind it and what to do about it.
pub fn lines(obstacle: &Obstacle) -> Vec<String> {
    let mut lines = vec![obstacle.what.to_string()];
    lines.extend(below(obstacle));
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

/// A step of the start: what was found, and how long it took.
pub fn step(finding: &Finding) -> String {
    let took = format::latency(finding.took);
    format!("{}: {} ({took})", finding.check.as_str(), what(finding))
}

/// What was found, with what has to be known about the record.
pub fn what(finding: &Finding) -> String {
    let remarks = finding.remarks.iter().map(notice::record);
    let what = finding.what.to_string();
    let parts: Vec<String> = [what].into_iter().chain(remarks).collect();
    parts.join("; ")
}
