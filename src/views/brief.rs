//! A run in three lines, for a message to colleagues: the verdict with what to do about it, the shares, and what they rest on.

use crate::model::text::visible;
use crate::snapshot::{Set, Snapshot};

use super::words::{self, brief as said};
use super::{facts, format, sides, verdicts};

/// So many sets are named; the rest is counted.
const SETS: usize = 8;

/// The three lines, each with its end.
pub fn lines(snapshot: &Snapshot) -> String {
    let record = &snapshot.record;
    let name = format!("{} {}", visible(&record.name), record.record_type.as_str());
    let verdict = verdicts::headline(snapshot).map(|headline| headline.line());
    let verdict = verdict.unwrap_or_else(|| said::NO_VERDICT.to_owned());
    let sets = snapshot.sets();
    let mut shares: Vec<String> = sets.iter().take(SETS).map(share).collect();
    if sets.len() > SETS {
        shares.push(words::and_more(sets.len() - SETS));
    }
    let measured = said::measured(
        &format::rfc3339(snapshot.now),
        &format::uptime(snapshot.uptime),
        &words::tps(&facts::rate(snapshot)),
        &sides::over_http(snapshot).text,
    );
    let lines = [format!("{name}: {verdict}"), shares.join(", "), measured];
    lines
        .map(|line| visible(&line).into_owned() + "\n")
        .concat()
}

fn share(set: &Set) -> String {
    let served = facts::or_nothing(set.counted.share, format::percent);
    let declared = format::percent(set.declared_share);
    said::share(&visible(&set.identifier), &served, &declared)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn a_run_is_told_in_three_lines_that_hide_nothing() {
        for (name, snapshot) in samples::all() {
            let text = lines(&snapshot);
            assert_eq!(text.lines().count(), 3, "{name}: {text}");
            for line in text.lines() {
                assert_eq!(visible(line), line, "{name}");
            }
        }
        insta::assert_snapshot!(lines(&samples::running()));
        insta::assert_snapshot!(lines(&samples::mismatch()));
        insta::assert_snapshot!(lines(&samples::hundred()));
    }
}
