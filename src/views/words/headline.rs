//! The verdict in one line, fact by fact, and how a change came through.

use std::time::Duration;

use crate::model::charset::Charset;
use crate::model::verdict::{Criteria, SetVerdict, VerdictState};
use crate::views::format;

use super::verdict;

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
/// What came does not fit, at the start of a run.
pub const NOT_SERVED: &str = "what is declared is not served so far";
/// A match waits because an answer came that should not exist.
pub const WITHHELD: &str = "a match is withheld, an answer came that has no share";
/// The API did not confirm.
pub const NOT_CONFIRMED: &str = "weights not confirmed";
/// The API confirmed.
pub const CONFIRMED: &str = "weights confirmed";
/// A name server whose shares are not the declared ones.
pub const DIFFERS: &str = "differs";
/// Too many answers that no set can have given.
pub const UNKNOWN_ANSWERS: &str = "too many answers that no set can have given";
/// The shares over all servers.
pub const SHARES_OFF: &str = "the declared shares are not served";

sentences! {
    /// What answers that no set can have given say most, and how often.
    most_often(value: &str) "most often {value}";
    /// How far a change has come.
    switched(switched: usize, all: usize => "name server" | "name servers") "{switched} of {all} switched";
    /// How many name servers give named answers.
    servers(answering: usize, all: usize) "{answering} of {all} servers";
    /// Since when a mismatch has been suspected.
    mismatch_since(clock: &str) "mismatch since {clock}";
    /// The state and what to do about it.
    state_and_now(state: &str, now: &str) "{state}; {now}";
    /// Name servers that still serve the shares of before.
    stale(names: &str) "stale: {names}";
    /// One name server's shares are not the declared ones.
    server_differs(name: &str) "{name} differs";
    /// One name server still serves the shares of before.
    server_stale(name: &str) "{name} is stale";
    /// No named answer for a while.
    silence(span: &str) "no named answer for {span}";
    /// A name server that is stale.
    is_stale(name: &str) "{name} (stale)";
    /// A name server that was found stale and switched later.
    was_stale(name: &str) "{name} (was stale)";
    /// What to do about a verdict.
    now(what_now: &str) "Now: {what_now}";
    /// What would change a verdict.
    what_would_change(change: &str) "What would change it: {change}";
    /// The name of a rule in reports.
    rule(rule: &str) "Rule: {rule}";
    /// The verdict in the final statistics.
    verdict_line(line: &str) "Verdict: {line}";
}

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

/// What is aimed at while there is no match.
pub fn aim(criteria: Criteria) -> String {
    let (within, confidence) = (verdict::within(criteria), verdict::confidence(criteria));
    format!("aim: {within}, {confidence}")
}

/// What is aimed at where room is short: `±5 points, 99%`.
pub fn aim_in_short(criteria: Criteria) -> String {
    let tolerance = format::number(criteria.tolerance * 100.0);
    let confidence = format::percentage(criteria.confidence);
    // The sign has no form in ASCII that is as wide as itself.
    let sign = match Charset::current() {
        Charset::Unicode => "±",
        Charset::Ascii => "+-",
    };
    format!("{sign}{tolerance} points, {confidence}")
}

/// An answer that no set declares.
pub fn undeclared(name: &str) -> String {
    format!("{name} gave an answer that no set declares")
}

/// Where the share of a set lies, and where it should.
pub fn instead_of(set: &SetVerdict) -> String {
    let (within, declared) = (interval(set.low, set.high), format::percent(set.declared));
    format!("{} at {within}% instead of {declared}", set.identifier)
}

/// An interval of a share, without the unit: `68.0-76.4`.
pub fn interval(low: f64, high: f64) -> String {
    format!("{:.1}-{:.1}", low.abs() * 100.0, high.abs() * 100.0)
}

/// What stood before nothing could be seen any more.
pub fn before(state: VerdictState) -> String {
    format!("before: {}", verdict::state(state))
}

/// A time relative to when a change was seen: `+9s`, `-2s`.
pub fn offset(at: Duration, seen: Duration) -> String {
    let sign = if at >= seen { "+" } else { "-" };
    format!("{sign}{}", format::span(at.abs_diff(seen)))
}
