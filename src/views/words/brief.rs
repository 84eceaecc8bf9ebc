//! A run in three lines.

use crate::views::language::{Phrase, phrase};

/// Nothing is judged yet.
pub const NO_VERDICT: Phrase = phrase("no verdict yet", "아직 판정 없음");

sentences! {
    /// A set with its share.
    share(set: &str, served: &str, declared: &str) "{set} {served} (declared {declared})"
        "{set} {served} (설정 {declared})";
    /// When it was measured, and how.
    measured(at: &str, uptime: &str, rate: &str, http: &str) "{at} after {uptime}, {rate}, {http}"
        "{at} ({uptime} 경과), {rate}, {http}";
}
