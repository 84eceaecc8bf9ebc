//! How well the sides answer over HTTP.

use crate::model::http::{HttpFailure, HttpFault};
use crate::views::language::{pick, say};

/// No HTTP is measured.
pub const OFF: &str = "HTTP off";
/// No request has ended yet.
pub const NOTHING_YET: &str = "HTTP -";
/// All sides answer.
pub const OK: &str = "HTTP ok";

/// What was wrong with a request. What servers, libraries and the system say of it stays as it is.
pub fn failure(failure: &HttpFailure) -> String {
    let HttpFailure { kind, why } = failure;
    let kind = fault(*kind);
    say!("{why}", "{kind} (\"{why}\")")
}

/// Why requests fail, in a word or two.
pub fn fault(kind: HttpFault) -> &'static str {
    match kind {
        HttpFault::Refused => pick("refused", "연결 거부"),
        HttpFault::Unreachable => pick("unreachable", "연결 불가"),
        HttpFault::Timeout => pick("timeout", "시간 초과"),
        HttpFault::TlsName => pick("TLS name", "TLS 이름"),
        HttpFault::TlsExpired => pick("TLS expired", "TLS 만료"),
        HttpFault::TlsOther => "TLS",
        HttpFault::Reset => pick("reset", "연결 끊김"),
        HttpFault::Protocol => pick("no HTTP", "HTTP 아님"),
        HttpFault::Status => pick("status", "상태 코드"),
        HttpFault::Body => pick("body", "본문"),
        HttpFault::NotAsked => pick("not asked", "요청 안 함"),
        HttpFault::Own => pick("own fault", "자체 오류"),
    }
}

sentences! {
    /// A set that fails, how often and mostly how.
    failing(name: &str, share: &str, kind: &str) "HTTP {name} {share} failing ({kind})"
        "HTTP {name} {share} 실패 ({kind})";
    /// No request is made, since no answer names a set.
    not_asked(since: &str) "HTTP not asked since {since}"
        "HTTP 요청 없음, {since}부터";
    /// The weights could not be read anew.
    old_weights(age: &str) "weights {age} old"
        "가중치 {age} 전 값";
}
