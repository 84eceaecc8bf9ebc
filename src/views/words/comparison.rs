//! How the sides compare over HTTP.

use crate::model::comparison::{Comparison, Measure};
use crate::views::language::{Phrase, phrase};

/// Above what each set is beside another.
pub const COMPARED: Phrase = phrase("Compared over HTTP", "HTTP 비교");
/// One request a second is counted.
pub const ONE_A_SECOND: Phrase = phrase(
    "successive requests are alike, or too few to tell: one a second is counted",
    "연속한 요청이 서로 비슷하거나 아직 알 수 없어 1초에 하나만 센다",
);
/// The same in a few words.
pub const THINNED: Phrase = phrase("one request a second", "1초에 요청 하나");
/// Titles of the table in the final statistics.
pub const OF_PAIR: [Phrase; 5] = [
    phrase("Compared", "비교"),
    phrase("Measure", "항목"),
    phrase("Result", "결과"),
    phrase("The First", "앞 세트"),
    phrase("The Second", "뒤 세트"),
];

const ERRORS: Phrase = phrase("errors", "오류");
const WORSE: Phrase = phrase("worse", "나쁨");
const NO_WORSE: Phrase = phrase("no worse", "나쁘지 않음");
const UNDECIDED: Phrase = phrase("undecided", "판단 보류");

/// What is compared.
pub fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::Errors => ERRORS.said(),
        Measure::P50 | Measure::P95 | Measure::P99 => measure.as_str(),
    }
}

/// What came of it.
pub fn outcome(outcome: Comparison) -> &'static str {
    match outcome {
        Comparison::Worse => WORSE.said(),
        Comparison::NoWorse => NO_WORSE.said(),
        Comparison::Undecided => UNDECIDED.said(),
    }
}

sentences! {
    /// Between which values something lies.
    between(low: &str, high: &str) "{low} to {high}"
        "{low}~{high}";
    /// The same without an upper end.
    above(low: &str) "above {low}"
        "{low} 초과";
    /// A set beside another.
    pair(one: &str, other: &str) "{one} against {other}"
        "{one} 대 {other}";
    /// Above what a set is beside others, with how sure that is.
    compared_at(confidence: &str) "Compared over HTTP ({confidence} confidence)"
        "HTTP 비교 (신뢰수준 {confidence})";
    /// What came of a measure.
    beside(outcome: &str, one: &str, other: &str, bounds: &str) "{outcome}: {one}, {other} {bounds}"
        "{outcome}: {one}, {other} {bounds}";
    /// What a side is worse in.
    in_what(measure: &str, set: &str, one: &str, than: &str, other: &str) "{measure} of {set} {one}, of {than} {other}"
        "{measure} {set} {one}, {than} {other}";
    /// A side is worse.
    worse(set: &str, than: &str, in_what: &str) "{set} is worse than {than} over HTTP: {in_what}"
        "HTTP에서 {set} 세트가 {than} 세트보다 나쁘다: {in_what}";
    /// A side is worse no longer.
    no_longer_worse(set: &str, than: &str) "{set} is no longer seen to be worse than {than} over HTTP"
        "HTTP에서 {set} 세트가 {than} 세트보다 나쁜 것이 더는 보이지 않는다";
    /// A side is worse, in a few words.
    worse_short(set: &str, than: &str, measures: &str) "{set} worse than {than} ({measures})"
        "{set} 나쁨, {than} 대비 ({measures})";
    /// A side is worse, in as few words as a chip has room for.
    worse_chip(set: &str, measure: &str) "HTTP {set} worse ({measure})"
        "HTTP {set} 나쁨 ({measure})";
    /// Under what the table of a set stands: how sure it is.
    at_confidence(confidence: &str) "with {confidence} confidence for each pair and measure, however often one looks"
        "쌍과 항목마다 신뢰수준 {confidence}, 몇 번을 보아도 유효";
}
