//! The verdict in one line, fact by fact, and how a change came through.

use std::time::Duration;

use crate::model::charset::Charset;
use crate::model::verdict::{Criteria, SetVerdict, VerdictState};
use crate::views::format;
use crate::views::language::{Phrase, phrase, say};

use super::verdict;

/// Above the timeline of a change.
pub const CHANGE: Phrase = phrase("Propagation", "전파");
/// The first row of a timeline.
pub const SEEN: Phrase = phrase("seen in the API", "API에서 확인");
/// When DNS showed a change first.
pub const FIRST_ANSWER: Phrase = phrase("first new answer", "첫 새 응답");
/// When the last name server switched.
pub const LAST_SERVER: Phrase = phrase("last name server", "마지막 네임 서버");
/// When the first match was established.
pub const MATCHED: Phrase = phrase("match", "MATCH");
/// What has not happened yet.
pub const NOT_YET: Phrase = phrase("not yet", "아직");
/// What the final statistics say of a `!` before a difference.
pub const OFF: Phrase = phrase(
    "! the declared share lies outside the range of the served one",
    "! 설정 비율이 실제 비율의 구간 밖에 있다",
);
/// Titles of the columns of a timeline.
pub const TIMELINE: [Phrase; 3] = [
    phrase("What", "일"),
    phrase("At (UTC)", "시각 (UTC)"),
    phrase("After", "경과"),
];
/// Above the explanation of the verdict.
pub const WHY: Phrase = phrase("Why this verdict", "판정 이유");
/// A verdict was waited for and not reached.
pub const UNDECIDED: Phrase = phrase("undecided when the segment ended", "구간이 끝날 때 미결");
/// No named answer was counted.
pub const NO_ANSWER: Phrase = phrase("no answer counted yet", "아직 집계된 응답 없음");
/// What came does not fit, at the start of a run.
pub const NOT_SERVED: Phrase = phrase(
    "what is declared is not served so far",
    "설정한 분배로 아직 응답하지 않음",
);
/// A match waits because an answer came that should not exist.
pub const WITHHELD: Phrase = phrase(
    "a match is withheld, an answer came that has no share",
    "MATCH 보류, 비율이 0인 응답이 있었음",
);
/// The API did not confirm.
pub const NOT_CONFIRMED: Phrase = phrase("weights not confirmed", "가중치 재확인 안 됨");
/// The API confirmed.
pub const CONFIRMED: Phrase = phrase("weights confirmed", "가중치 재확인됨");
/// A name server whose shares are not the declared ones.
pub const DIFFERS: &str = "differs";
/// Too many answers that no set can have given.
pub const UNKNOWN_ANSWERS: Phrase = phrase(
    "too many answers that no set can have given",
    "어느 세트의 것도 아닌 응답이 너무 많음",
);
/// The shares over all servers.
pub const SHARES_OFF: Phrase = phrase(
    "the declared shares are not served",
    "설정 비율대로 응답하지 않음",
);

sentences! {
    /// What answers that no set can have given say most, and how often.
    most_often(value: &str) "most often {value}"
        "가장 잦은 값 {value}";
    /// How far a change has come.
    switched(switched: usize, all: usize => "name server" | "name servers") "{switched} of {all} switched"
        "네임 서버 {all}대 중 {switched}대 전환";
    /// How many name servers give named answers.
    servers(answering: usize, all: usize) "{answering} of {all} servers"
        "서버 {all}대 중 {answering}대";
    /// Since when a mismatch has been suspected.
    mismatch_since(clock: &str) "mismatch since {clock}"
        "{clock}부터 불일치";
    /// The state and what to do about it.
    state_and_now(state: &str, now: &str) "{state}; {now}"
        "{state}; 할 일: {now}";
    /// Name servers that still serve the shares of before.
    stale(names: &str) "stale: {names}"
        "stale: {names}";
    /// One name server's shares are not the declared ones.
    server_differs(name: &str) "{name} differs"
        "{name} 서버가 다른 비율로 응답";
    /// One name server still serves the shares of before.
    server_stale(name: &str) "{name} is stale"
        "{name} 서버가 stale 상태";
    /// No named answer for a while.
    silence(span: &str) "no named answer for {span}"
        "{span} 동안 식별된 응답 없음";
    /// A name server that is stale.
    is_stale(name: &str) "{name} (stale)"
        "{name} (stale)";
    /// A name server that was found stale and switched later.
    was_stale(name: &str) "{name} (was stale)"
        "{name} (stale이었음)";
    /// What to do about a verdict.
    now(what_now: &str) "Now: {what_now}"
        "할 일: {what_now}";
    /// What would change a verdict.
    what_would_change(change: &str) "What would change it: {change}"
        "판정이 바뀌는 조건: {change}";
    /// The name of a rule in reports.
    rule(rule: &str) "Rule: {rule}"
        "규칙: {rule}";
    /// The verdict in the final statistics.
    verdict_line(line: &str) "Verdict: {line}"
        "판정: {line}";
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
    say!(
        "aim: {within}, {confidence}",
        "목표: {within}, {confidence}"
    )
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
    say!(
        "{sign}{tolerance} points, {confidence}",
        "{sign}{tolerance}%p, {confidence}"
    )
}

/// An answer that no set declares.
pub fn undeclared(name: &str) -> String {
    say!(
        "{name} gave an answer that no set declares",
        "{name} 서버에서 어느 세트에도 없는 응답이 왔음"
    )
}

/// Where the share of a set lies, and where it should.
pub fn instead_of(set: &SetVerdict) -> String {
    let (within, declared) = (interval(set.low, set.high), format::percent(set.declared));
    let set = &set.identifier;
    say!(
        "{set} at {within}% instead of {declared}",
        "{set}: 설정 {declared}, 실제 {within}%"
    )
}

/// An interval of a share, without the unit: `68.0-76.4`.
pub fn interval(low: f64, high: f64) -> String {
    format!("{:.1}-{:.1}", low.abs() * 100.0, high.abs() * 100.0)
}

/// What stood before nothing could be seen any more.
pub fn before(state: VerdictState) -> String {
    let state = verdict::state(state);
    say!("before: {state}", "이전: {state}")
}

/// A time relative to when a change was seen: `+9s`, `-2s`; what is less than a second before it is no time before.
pub fn offset(at: Duration, seen: Duration) -> String {
    let apart = at.abs_diff(seen);
    let is_before = at < seen && apart >= Duration::from_secs(1);
    format!(
        "{}{}",
        if is_before { "-" } else { "+" },
        format::span(apart)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_before_a_change_is_no_time_before_it() {
        let told = |at| offset(Duration::from_millis(at), Duration::from_secs(10));
        let ats = [8_000, 9_000, 9_001, 9_999, 10_000, 19_400];
        let expected = ["-2s", "-1s", "+0s", "+0s", "+0s", "+9s"];
        assert_eq!(ats.map(told), expected);
    }
}
