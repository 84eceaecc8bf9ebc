//! The verdict in one line, fact by fact, and how a change came through.

use std::time::Duration;

use crate::model::verdict::{Criteria, VerdictState};
use crate::views::format;

use super::{counted, verdict};

/// Above the timeline of a change.
pub const CHANGE: &str = "Propagation";
/// The first row of a timeline.
pub const SEEN: &str = "seen in the API";
/// When DNS showed a change first.
pub const FIRST_ANSWER: &str = "first new answer";
/// When the last name server switched.
pub const LAST_SERVER: &str = "last name server";
/// When the first match was established.
pub const MATCHED: &str = "match";
/// What has not happened yet.
pub const NOT_YET: &str = "not yet";
/// What the final statistics say of a `!` before a difference.
pub const OFF: &str = "! the declared share lies outside the range of the served one";
/// Titles of the columns of a timeline.
pub const TIMELINE: [&str; 3] = ["What", "At (UTC)", "After"];
/// Above the explanation of the verdict.
pub const WHY: &str = "Why this verdict";
/// A verdict was waited for and not reached.
pub const UNDECIDED: &str = "undecided when the segment ended";
/// No named answer was counted.
pub const NO_ANSWER: &str = "no answer counted yet";
/// A match cannot be reached.
pub const OUT_OF_REACH: &str = "a match is out of reach at this tolerance";
/// A mismatch waits for the API.
pub const READING_AGAIN: &str = "reading the weights once more";
/// A match waits because an answer came that should not exist.
pub const WITHHELD: &str = "a match is withheld, a set with the share 0 was answered";
/// The API did not confirm.
pub const NOT_CONFIRMED: &str = "weights not confirmed";
/// The API confirmed.
pub const CONFIRMED: &str = "weights confirmed";
/// A name server whose shares are not the declared ones.
pub const DIFFERS: &str = "differs";
/// The shares over all servers.
pub const SHARES_OFF: &str = "the declared shares are not served";

/// The state and the facts behind it: `MATCH within 5 points, 99% confidence`.
pub fn headline(state: VerdictState, facts: &[String]) -> String {
    let word = verdict::state(state);
    let between = match state {
        _ if facts.is_empty() => "",
        VerdictState::Match => " ",
        VerdictState::Mismatch | VerdictState::Blind => ": ",
        VerdictState::Collecting | VerdictState::Propagating => ", ",
    };
    format!("{word}{between}{}", facts.join(", "))
}

/// How much a match still takes.
pub fn to_go(queries: u64, seconds: Option<f64>) -> String {
    let time = seconds.filter(|seconds| *seconds < 1e9).map(|seconds| {
        format!(
            " ({})",
            format::whole_span(Duration::from_secs_f64(seconds))
        )
    });
    format!(
        "about {} more answers{} for a match",
        format::count(queries),
        time.unwrap_or_default()
    )
}

/// What is aimed at while there is no match.
pub fn aim(criteria: Criteria) -> String {
    format!(
        "aim: {}, {}",
        verdict::within(criteria),
        verdict::confidence(criteria)
    )
}

/// Since when the verdict stands.
pub fn since(clock: &str) -> String {
    format!("since {clock}")
}

/// How far a change has come.
pub fn switched(switched: usize, all: usize) -> String {
    format!(
        "{switched} of {} switched",
        counted(all as u64, "name server", "name servers")
    )
}

/// The name servers that are waited for.
pub fn waiting_for(names: &str) -> String {
    format!("waiting for {names}")
}

/// When name servers that have not switched become an alarm.
pub fn armed_in(left: &str) -> String {
    format!("alarms armed in {left}")
}

/// Whether a name server has switched is not known.
pub fn undecided_server(names: &str) -> String {
    format!("not decided whether {names} switched")
}

/// Name servers that still serve the shares of before.
pub fn stale(names: &str) -> String {
    format!("stale: {names}")
}

/// One name server's shares are not the declared ones.
pub fn server_differs(name: &str) -> String {
    format!("{name} differs")
}

/// One name server still serves the shares of before.
pub fn server_stale(name: &str) -> String {
    format!("{name} is stale")
}

/// An answer that should not exist.
pub fn impossible(name: &str, set: Option<&str>) -> String {
    match set {
        Some(set) => format!("{name} answered {set}, which has the share 0"),
        None => format!("{name} answered a set that was removed"),
    }
}

/// Where the share of a set lies, and where it should.
pub fn instead_of(set: &str, low: f64, high: f64, declared: f64) -> String {
    format!(
        "{set} at {} instead of {}",
        interval_percent(low, high),
        format::percent(declared)
    )
}

/// An interval of a share: `68.0-76.4%`.
pub fn interval_percent(low: f64, high: f64) -> String {
    format!("{}%", interval(low, high))
}

/// The same without the unit: `68.0-76.4`.
pub fn interval(low: f64, high: f64) -> String {
    format!("{:.1}-{:.1}", low.abs() * 100.0, high.abs() * 100.0)
}

/// The range rests on fewer answers than the counts beside it.
pub fn range_counts(judged: u64) -> String {
    format!(
        "the range and the verdict count the {} that came from name servers after they had switched",
        counted(judged, "answer", "answers")
    )
}

/// No named answer for a while.
pub fn silence(span: &str) -> String {
    format!("no named answer for {span}")
}

/// What stood before nothing could be seen any more.
pub fn before(state: VerdictState) -> String {
    format!("before: {}", verdict::state(state))
}

/// A name server that is stale.
pub fn is_stale(name: &str) -> String {
    format!("{name} (stale)")
}

/// A name server that was found stale and switched later.
pub fn was_stale(name: &str) -> String {
    format!("{name} (was stale)")
}

/// The same beside when it switched.
pub fn stale_until(when: &str) -> String {
    format!("{when}, stale")
}

/// What is aimed at where room is short: `±5 points, 99%`.
pub fn aim_in_short(criteria: Criteria) -> String {
    format!(
        "±{} points, {}",
        format::number(criteria.tolerance * 100.0),
        format::percentage(criteria.confidence)
    )
}

/// Which change a timeline is of.
pub fn change_to(segment: u64, clock: &str) -> String {
    format!("(to segment {segment}, seen in the API {clock})")
}

/// A time relative to when a change was seen: `+9s`, `-2s`.
pub fn offset(at: Duration, seen: Duration) -> String {
    let (sign, span) = if at >= seen {
        ("+", at.saturating_sub(seen))
    } else {
        ("-", seen.saturating_sub(at))
    };
    format!("{sign}{}", format::span(span))
}

/// A name of a list and when it switched.
pub fn name_at(name: &str, when: &str) -> String {
    format!("{name} {when}")
}

/// What would change a verdict.
pub fn what_would_change(change: &str) -> String {
    format!("What would change it: {change}")
}

/// The name of a rule in reports.
pub fn rule(rule: &str) -> String {
    format!("Rule: {rule}")
}

/// The verdict in the final statistics.
pub fn verdict_line(line: &str) -> String {
    format!("Verdict: {line}")
}
