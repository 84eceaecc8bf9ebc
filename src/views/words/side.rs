//! How well the sides answer over HTTP.

use crate::views::language::{Phrase, phrase};

/// No HTTP is measured.
pub const OFF: &str = "HTTP off";
/// No request has ended yet.
pub const NOTHING_YET: &str = "HTTP -";
/// All sides answer.
pub const OK: &str = "HTTP ok";
/// Most failures are responses with status 5xx.
pub const SERVER_ERRORS: &str = "5xx";
/// Most failures are requests without a response.
pub const NO_RESPONSE: Phrase = phrase("no response", "무응답");

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
