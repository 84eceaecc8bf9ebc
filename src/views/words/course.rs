//! The chart of the shares over time.

use std::time::Duration;

use crate::views::format;
use crate::views::language::{Phrase, phrase, pick, say};

/// Above the chart.
pub const COURSE: Phrase = phrase("Course", "추이");
/// Above the chart of response times.
pub const P95: &str = "HTTP p95";
/// A set that is not declared any more, in place of its share.
pub const GONE: Phrase = phrase("removed", "제거됨");

sentences! {
    /// What is shown: the end of the run.
    last(span: &str) "last {span}"
        "최근 {span}";
    /// What is shown: everything.
    whole_run(span: &str) "whole run, {span}"
        "실행 전체, {span}";
    /// A share that was observed, and the one that is declared.
    of_declared(observed: &str, declared: &str) "{observed} (declared {declared})"
        "{observed} (설정 {declared})";
    /// What the marks of changes on the axis mean.
    changed(mark: &str) "{mark} weights changed"
        "{mark} 가중치 변경";
    /// What the marks of switches on the axis mean.
    switched(mark: &str) "{mark} server switched"
        "{mark} 서버 전환";
    /// What the marked part of the axis means.
    uncounted(mark: &str) "{mark} not counted"
        "{mark} 집계 제외";
}

/// A span in at most two units: `45 s`, `5 min`, `2 h 10 min`, `3 d 4 h`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (first, second) = match seconds {
        0..60 => ((seconds, pick("s", "초")), (0, "")),
        60..3_600 => ((seconds / 60, pick("min", "분")), (0, "")),
        3_600..86_400 => (
            (seconds / 3_600, pick("h", "시간")),
            (seconds / 60 % 60, pick("min", "분")),
        ),
        _ => (
            (seconds / 86_400, pick("d", "일")),
            (seconds / 3_600 % 24, pick("h", "시간")),
        ),
    };
    let parts = [first, second]
        .into_iter()
        .filter(|part| !part.1.is_empty());
    let parts = parts
        .enumerate()
        .filter(|(place, part)| *place == 0 || part.0 > 0);
    let parts = parts.map(|(_, (count, unit))| {
        let count = format::count(count);
        say!("{count} {unit}", "{count}{unit}")
    });
    parts.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_two_units_at_most() {
        let words = |seconds| span(Duration::from_secs(seconds));
        let all = [0, 45, 300, 3_600, 7_800, 86_400, 273_600].map(words);
        assert_eq!(
            all,
            [
                "0 s",
                "45 s",
                "5 min",
                "1 h",
                "2 h 10 min",
                "1 d",
                "3 d 4 h"
            ]
        );
    }
}
