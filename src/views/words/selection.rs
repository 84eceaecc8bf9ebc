//! The page of one set or one name server.

use crate::views::language::{Phrase, phrase};

/// There is nothing to select yet.
pub const NOTHING: Phrase = phrase("No set is known yet.", "아직 알려진 세트가 없다.");
/// The set has gone.
pub const GONE: Phrase = phrase("It is not declared any more.", "더는 설정되어 있지 않다.");
/// What is declared.
pub const DECLARED: Phrase = phrase("Declared", "설정");
/// What is counted.
pub const COUNTED: Phrase = phrase("Counted", "집계");
/// What came in the last minute.
pub const RECENT: Phrase = phrase("Last min", "최근 1분");
/// Answers that are not counted.
pub const UNCOUNTED: Phrase = phrase("Not counted", "집계 제외");
/// What is known of the health.
pub const HEALTH: Phrase = phrase("Health", "상태 확인");
/// What it answers with.
pub const VALUE: Phrase = phrase("Value", "값");
/// What stands behind it.
pub const PARTS: Phrase = phrase("Parts", "구성");
/// Where it is asked.
pub const ADDRESS: Phrase = phrase("Address", "주소");
/// Whether it answers, and for what weights.
pub const STATE: Phrase = phrase("State", "상태");
/// When it went over to the declared shares.
pub const SWITCHED: Phrase = phrase("Switched", "전환");
/// What became of its queries.
pub const QUERIES: Phrase = phrase("Queries", "질의");
/// Queries without a usable answer.
pub const FAULTS: Phrase = phrase("Faults", "실패");
/// How long answers took.
pub const LATENCY: Phrase = phrase("Latency", "지연 시간");
/// HTTP requests.
pub const REQUESTS: Phrase = phrase("Requests", "요청");
/// What went wrong last.
pub const LAST_FAILURE: Phrase = phrase("Last failure", "마지막 실패");
/// Above what each name server says of a set.
pub const BY_SERVER: Phrase = phrase("By Name Server", "네임 서버별");
/// Above the HTTP side of a set.
pub const HTTP: &str = "HTTP";
/// Above the sets that a name server answers with.
pub const SHARES: Phrase = phrase("Its Shares", "이 서버의 비율");
/// No event is about it.
pub const NO_EVENT: Phrase = phrase("none that names it", "관련 이벤트 없음");
/// Titles of the table of name servers between the server and its state: answers of the set, their share, and times of all
/// answers.
pub const SERVER_COLUMNS: [&str; 8] = ["", "Count", "", "Ratio", "p50", "p95", "p99", ""];
/// Titles of the table of shares.
pub const SHARE_COLUMNS: [&str; 6] = ["", "Ratio", "Count", "", "Ratio", "Diff"];
/// Above the named answers that are not counted.
pub const NOT_COUNTED: Phrase = phrase("Uncounted", "제외");

sentences! {
    /// Which of the sets it is.
    set_of(place: usize, all: usize) "set {place} of {all}"
        "세트 {all}개 중 {place}번째";
    /// Which of the name servers it is.
    server_of(place: usize, all: usize) "name server {place} of {all}"
        "네임 서버 {all}대 중 {place}번째";
    /// What is declared for a set.
    declared(share: &str, weight: u64, why: &str) "{share}, weight {weight}: {why}"
        "{share}, 가중치 {weight}: {why}";
    /// What is counted of a set.
    counted(share: &str, diff: &str, count: u64, answers: u64) "{share} ({diff}): {count} of {answers} answers"
        "{share} ({diff}): 응답 {answers}건 중 {count}건";
    /// What came of a set in the last minute.
    recent(share: &str, count: u64, answers: u64) "{share}: {count} of {answers} answers"
        "{share}: 응답 {answers}건 중 {count}건";
    /// Answers that are not counted.
    uncounted(count: u64, named: u64) "{count} of {named} answers that name it in this segment"
        "이 구간에서 식별된 응답 {named}건 중 {count}건";
    /// What a set answers with, and how long that is kept.
    value(value: &str, ttl: &str) "{value}, TTL {ttl}"
        "{value}, TTL {ttl}";
    /// One of the records behind a set.
    part(label: &str, target: &str, count: u64, share: &str) "{label}: {target}, {count} ({share})"
        "{label}: {target}, {count} ({share})";
    /// When a name server went over to the declared shares.
    switched(clock: &str) "{clock}, as an estimate"
        "{clock} (추정)";
    /// HTTP requests that ended.
    requests(count: u64) "{count} ended"
        "완료 {count}";
    /// Responses with a class of status.
    status(class: &str, count: u64) "{count} with {class}"
        "{class} {count}";
}
