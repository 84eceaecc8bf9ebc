//! Labels and sentences of the final statistics.

use crate::model::verdict::VerdictState;
use crate::snapshot::{EndedBy, OlderSegment, Snapshot};
use crate::views::format;
use crate::views::language::{Phrase, phrase, pick, say};

use super::{gate, verdict};

/// What was measured.
pub const RECORD: Phrase = phrase("Record", "레코드");
/// Where the API is.
pub const API: &str = "API";
/// What HTTP requests were made for.
pub const ENDPOINT: &str = "Endpoint";
/// When it was measured.
pub const MEASURED: Phrase = phrase("Measured", "측정");
/// How fast queries were sent.
pub const RATE: Phrase = phrase("Rate", "속도");
/// What became of the queries.
pub const QUERIES: Phrase = phrase("Queries", "질의");
/// Which faults there were.
pub const FAULTS: Phrase = phrase("Faults", "실패");
/// What became of the requests.
pub const HTTP: &str = "HTTP";
/// How the reading of the configuration went.
pub const WEIGHTS: Phrase = phrase("Weights", "가중치");
/// What the reader has to know.
pub const WARNING: Phrase = phrase("Warning", "주의");
/// What the numbers are and are not.
pub const MEANING: Phrase = phrase("Meaning", "의미");
/// HTTP was switched off.
pub const HTTP_OFF: Phrase = phrase("not measured", "측정하지 않음");
/// No segment was ever there.
pub const NO_SEGMENT: Phrase = phrase(
    "No weights were read, so nothing was counted.",
    "가중치를 읽지 못해 아무것도 집계하지 않았다.",
);
/// No fault was met.
pub const NO_FAULT: Phrase = phrase("none", "없음");

sentences! {
    /// The record in the final statistics.
    record_in_zone(name: &str, record_type: &str, zone: &str) "{name} {record_type} in zone {zone}"
        "{name} {record_type}, 호스팅 영역 {zone}";
    /// When it was measured, in the final statistics.
    measured(start: &str, end: &str, uptime: &str) "{start} to {end} ({uptime})"
        "{start} ~ {end} ({uptime})";
    /// How fast queries were sent, in the final statistics.
    rate_line(achieved: &str, target: u64, late: u64, skipped: u64)
        "{achieved} queries a second, {target} asked for; {late} late, {skipped} skipped"
        "초당 질의 {achieved}건, 목표 {target}건; 지연 전송 {late}, 건너뜀 {skipped}";
    /// The same after the rate was changed by hand.
    rate_line_since(achieved: &str, target: u64, since: &str, late: u64, skipped: u64)
        "{achieved} queries a second over all, {target} asked for since {since}; {late} late, {skipped} skipped"
        "전체 초당 질의 {achieved}건, {since}부터 목표 {target}건; 지연 전송 {late}, 건너뜀 {skipped}";
    /// HTTP that was switched off by hand in the final statistics.
    http_off_line(http: &str) "{http}; switched off by hand"
        "{http}; 사용자가 껐음";
    /// HTTP in the final statistics.
    http_line(requests: u64 => "request" | "requests", failures: u64, errors: u64, skipped: u64, average: &str)
        "{requests}: {failures} without a response, {errors} by status, avg {average}; {skipped} skipped"
        "요청 {requests}건: 응답 없음 {failures}, 상태 코드 {errors}, 평균 {average}; 건너뜀 {skipped}";
    /// The reading of the configuration in the final statistics.
    polls_line(polls: u64 => "read" | "reads", failures: u64, last: &str)
        "{polls}, {failures} failed; last read {last}"
        "조회 {polls}회, 실패 {failures}회; 마지막 조회 {last}";
    /// The newest failure of reading the configuration.
    last_error(cause: &str) "last error: {cause}"
        "마지막 오류: {cause}";
    /// The heading of a segment.
    segment_heading(number: u64, span: &str, cause: &str) "Segment {number}, {span}: {cause}"
        "구간 {number}, {span}: {cause}";
    /// Segments that are no longer kept one by one.
    older_segments(count: u64 => "older segment is" | "older segments are")
        "{count} not listed; the queries above include them."
        "이전 구간 {count}개는 생략했다. 위의 질의 수에는 포함된다.";
    /// Queries without a usable answer, of all kinds.
    faulty(count: u64 => "fault" | "faults") "{count}"
        "실패 {count}";
    /// Queries whose outcome was not known when the run ended.
    unfinished(count: u64) "{count} unfinished"
        "미완료 {count}";
    /// The time was up, and what was waited for had not come.
    missed(until: &str) "Ended because the time was up before what --until {until} waits for."
        "--until {until}로 기다린 것이 오기 전에 시간이 다 되어 끝났다.";
    /// The newest failure of the requests to one set.
    last_failure(label: &str, cause: &str) "{label}: last HTTP failure: {cause}"
        "{label}: 마지막 HTTP 실패: {cause}";
}

/// One segment that is no longer kept whole, in a line.
pub fn older_segment(segment: &OlderSegment) -> String {
    let end = segment
        .ended_at
        .map_or_else(|| pick("now", "현재").to_owned(), format::clock);
    let verdict = segment
        .verdict
        .map_or_else(|| pick("no verdict", "판정 없음"), super::verdict::state);
    let (number, start) = (segment.number, format::clock(segment.started_at));
    let named = format::count(segment.named);
    let cause = super::event::cause(&segment.cause);
    say!(
        "{number} {start} to {end}: {verdict}, {named} answers, {cause}",
        "{number} {start} ~ {end}: {verdict}, 응답 {named}건, {cause}"
    )
}

/// What a check finds out.
pub const SPLIT_IS_SERVED: Phrase = phrase(
    "the name servers serve the declared split",
    "네임 서버가 선언된 비율대로 응답한다",
);

/// Why the run ended, in the final statistics.
pub fn ended_by(ended_by: EndedBy) -> String {
    let fixed = match ended_by {
        EndedBy::Verdict => pick("Ended with the verdict.", "판정이 나와 끝났다."),
        EndedBy::Gate => pick("Ended by the gates.", "게이트에 따라 끝났다."),
        EndedBy::Duration => pick("Ended because the time was up.", "시간이 다 되어 끝났다."),
        EndedBy::Missed(word) => return missed(word),
        EndedBy::Http => pick(
            "Ended because a set fails over HTTP.",
            "세트가 HTTP에서 실패해 끝났다.",
        ),
        EndedBy::Quit => pick("Ended by its user.", "사용자가 끝냈다."),
        EndedBy::Interrupt => pick("Interrupted (SIGINT).", "중단되었다 (SIGINT)."),
        EndedBy::Terminated => pick("Terminated by a signal.", "시그널로 종료되었다."),
        EndedBy::Error => pick("Ended because of an error.", "오류 때문에 끝났다."),
        EndedBy::NotYet => pick(
            "Not ended: what there was at this moment.",
            "아직 끝나지 않았다: 이 시점의 값이다.",
        ),
    };
    fixed.to_owned()
}

/// Why the run ended, in a sentence with what it ended at.
pub fn reason(snapshot: &Snapshot, ended_by: EndedBy) -> String {
    let verdict = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref());
    let state = verdict.map_or(VerdictState::Collecting, |verdict| verdict.state);
    let state = verdict::state(state);
    match ended_by {
        EndedBy::Gate => match snapshot.tripped() {
            Some((gate, known)) => gate::event(gate, known, true, &snapshot.server_names()),
            None => pick("every gate holds", "모든 게이트에 이상이 없다").to_owned(),
        },
        EndedBy::Verdict => say!("the verdict is {state}", "판정: {state}"),
        EndedBy::Duration => say!(
            "the time was up, the verdict is {state}",
            "시간이 다 되었다. 판정: {state}"
        ),
        EndedBy::Missed(word) => say!(
            "the time was up before what --until {word} waits for, the verdict is {state}",
            "--until {word}로 기다린 것이 오기 전에 시간이 다 되었다. 판정: {state}"
        ),
        other => self::ended_by(other).trim_end_matches('.').to_owned(),
    }
}
