//! The chart of the shares over time.

use std::time::Duration;

use crate::views::format;

/// Above the chart.
pub const COURSE: &str = "Course";
/// Above the chart of response times.
pub const P95: &str = "HTTP p95";
/// A set that is not declared any more, in place of its share.
pub const GONE: &str = "removed";

sentences! {
    /// What is shown: the end of the run.
    last(span: &str) "last {span}";
    /// What is shown: everything.
    whole_run(span: &str) "whole run, {span}";
    /// A share that was observed, and the one that is declared.
    of_declared(observed: &str, declared: &str) "{observed} (declared {declared})";
    /// What the marks of changes on the axis mean.
    changed(mark: &str) "{mark} weights changed";
    /// What the marks of switches on the axis mean.
    switched(mark: &str) "{mark} server switched";
    /// What the marked part of the axis means.
    uncounted(mark: &str) "{mark} not counted";
}

/// A span in at most two units: `45 s`, `5 min`, `2 h 10 min`, `3 d 4 h`.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (first, second) = match seconds {
        0..60 => ((seconds, "s"), (0, "")),
        60..3_600 => ((seconds / 60, "min"), (0, "")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds / 60 % 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds / 3_600 % 24, "h")),
    };
    let parts = [first, second]
        .into_iter()
        .filter(|part| !part.1.is_empty());
    let parts = parts
        .enumerate()
        .filter(|(place, part)| *place == 0 || part.0 > 0);
    let parts = parts.map(|(_, (count, unit))| format!("{} {unit}", format::count(count)));
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
