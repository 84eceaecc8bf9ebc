//! What a value has to be, and how that is told in the help and in a complaint.

use std::time::Duration;

use crate::model::language::{Phrase, pick, say};

/// More name servers than any zone has.
pub(in crate::config) const MOST_ADDRESSES: usize = 100;

/// More ranges of status codes say nothing that these cannot.
pub(in crate::config) const MOST_RANGES: usize = 100;

/// As many as anybody can have an eye on.
pub(in crate::config) const MOST_TEXTS: usize = 100;

/// What a value has to be, with its bounds.
#[derive(Debug)]
pub enum Kind {
    /// A text that is not empty: how the help calls it, and what it is.
    Text(&'static str, Phrase),
    /// An http or https URL.
    Url,
    /// The same where all behind the host is a secret.
    SecretUrl,
    /// The id of something at Route 53: what stands before it in paths, and what it is.
    Id(&'static str, Phrase),
    /// A domain name.
    Name,
    /// One of some words: how the help calls it, and the words.
    Word(&'static str, fn() -> Vec<&'static str>),
    /// Several of some words, separated by commas.
    Words(&'static str, fn() -> Vec<&'static str>),
    /// True or false.
    Switch,
    /// A whole number: from, to, and of what.
    Whole(u32, u32, Phrase),
    /// Hundredths from the first to the second, and their unit.
    Percent(f64, f64, Phrase),
    /// A time, at least the first and at most the second.
    Duration(Duration, Duration),
    /// An address with or without a port.
    Address,
    /// Several of these, separated by commas.
    Addresses,
    /// Codes of HTTP statuses and ranges of them, separated by commas.
    Statuses,
    /// A table of weights by set identifier.
    Weights,
    /// Any number of texts, each on a line of its own: how the help calls one, what one is, and whether what follows its first
    /// colon is nobody's business.
    Texts(&'static str, Phrase, bool),
}

impl Kind {
    /// How the help calls a value.
    pub fn placeholder(&self) -> &'static str {
        match self {
            Self::Text(called, _)
            | Self::Word(called, _)
            | Self::Words(called, _)
            | Self::Texts(called, ..) => called,
            Self::Url | Self::SecretUrl => "URL",
            Self::Id(..) => "ID",
            Self::Name => "NAME",
            Self::Switch => "BOOL",
            Self::Whole(..) => "N",
            Self::Percent(..) => "PCT",
            Self::Duration(..) => "DUR",
            Self::Address | Self::Addresses => "IP[:PORT]",
            Self::Statuses => "CODES",
            Self::Weights => "TABLE",
        }
    }

    /// What stands between several values in a text that holds them all; `None`: there is only one.
    pub fn separator(&self) -> Option<&'static str> {
        match self {
            Self::Addresses | Self::Statuses | Self::Words(..) => Some(","),
            Self::Texts(..) => Some("\n"),
            _ => None,
        }
    }

    /// Whether a settings file may hold a number without quotes.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Whole(..) | Self::Percent(..))
    }

    /// What a value has to be, as the end of a sentence of help and as that of a complaint, in the language that is spoken.
    #[expect(clippy::too_many_lines, reason = "one arm for each kind")]
    pub(super) fn rule(&self, example: &str) -> (String, String) {
        let only_told = |complaint: String| (String::new(), complaint);
        match self {
            Self::Text(_, what) => only_told(say!("{what}, not empty", "비어 있지 않은 {what}")),
            Self::Url => only_told(say!(
                "an http or https URL with a host, such as {example}",
                "호스트가 있는 http 또는 https URL, 예: {example}",
            )),
            Self::SecretUrl => (
                pick(
                    " (what follows its host is shown nowhere)",
                    " (호스트 뒤는 어디에도 보이지 않음)",
                )
                .to_owned(),
                say!(
                    "an http or https URL with a host, such as {example}",
                    "호스트가 있는 http 또는 https URL, 예: {example}",
                ),
            ),
            Self::Id(path, what) => only_told(say!(
                "the id of a {what}: 1 to 32 letters and digits, with or without /{path}/ before it",
                "{what} ID: 영문자와 숫자 1~32자, 앞에 /{path}/가 있어도 된다",
            )),
            Self::Name => only_told(pick("a domain name", "도메인 이름").to_owned()),
            Self::Switch => only_told(
                pick(
                    "true or false (also 1, 0, yes, no, on, off)",
                    "true 또는 false (1, 0, yes, no, on, off도 된다)",
                )
                .to_owned(),
            ),
            Self::Word(_, words) => {
                let words = either(&words());
                let rule = say!("{words}", "{words} 가운데 하나");
                (format!(": {words}"), rule)
            }
            Self::Words(_, words) => {
                let words = words().join(", ");
                (
                    pick(", with commas between them", ", 쉼표로 나눈다").to_owned(),
                    say!(
                        "some of these, with commas between them: {words}",
                        "쉼표로 나눈 다음 가운데 몇 가지: {words}",
                    ),
                )
            }
            Self::Whole(least, most, unit) => {
                let range = say!("{least} to {most}", "{least}~{most}");
                (
                    format!(", {range}"),
                    say!(
                        "a whole number from {range} ({unit})",
                        "{range} 범위의 정수 ({unit})",
                    ),
                )
            }
            Self::Percent(least, most, unit) => {
                let range = say!("{least} to {most}", "{least}~{most}");
                (
                    format!(", {range}"),
                    say!(
                        "{unit} from {range}, such as {example}",
                        "{range} 범위의 {unit}, 예: {example}",
                    ),
                )
            }
            Self::Duration(least, most) => {
                let (least, most) = (in_words(*least), in_words(*most));
                let range = say!("{least} to {most}", "{least}~{most}");
                (
                    format!(", {range}"),
                    say!(
                        "a duration from {range}, such as {example}",
                        "{range} 범위의 시간, 예: {example}",
                    ),
                )
            }
            Self::Address => (
                pick(", IP or IP:PORT", ", IP 또는 IP:PORT").to_owned(),
                pick(
                    "an IP address with or without a port, such as 192.0.2.53 or [2001:db8::53]:5353",
                    "포트를 붙이거나 뺀 IP 주소, 예: 192.0.2.53, [2001:db8::53]:5353",
                )
                .to_owned(),
            ),
            Self::Addresses => (
                pick(
                    ", IP or IP:PORT; several: with commas, or the flag again",
                    ", IP 또는 IP:PORT; 여러 개는 쉼표로 나누거나 플래그를 되풀이한다",
                )
                .to_owned(),
                say!(
                    "IP addresses, each with or without a port, such as 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353; several, at most {MOST_ADDRESSES}, are separated by commas",
                    "포트를 붙이거나 뺀 IP 주소, 예: 192.0.2.1, 192.0.2.1:5353, 2001:db8::1, [2001:db8::1]:5353; 여러 개는 쉼표로 나누며 최대 {MOST_ADDRESSES}개",
                ),
            ),
            Self::Statuses => (
                pick(
                    ", codes and ranges; several: with commas, or the flag again",
                    ", 코드와 범위; 여러 개는 쉼표로 나누거나 플래그를 되풀이한다",
                )
                .to_owned(),
                say!(
                    "status codes from 100 to 599 and ranges of them, such as 200, 200-399 or 200,301-308; several, at most {MOST_RANGES}, are separated by commas",
                    "100~599의 상태 코드와 그 범위, 예: 200, 200-399, 200,301-308; 여러 개는 쉼표로 나누며 최대 {MOST_RANGES}개",
                ),
            ),
            Self::Weights => (
                pick(", 0 to 255", ", 0~255").to_owned(),
                say!(
                    "a table of weights from 0 to 255 by set identifier, such as {example}",
                    "세트 식별자별 0~255 가중치의 테이블, 예: {example}",
                ),
            ),
            Self::Texts(called, what, is_secret) => {
                let secret = if *is_secret {
                    pick(" (the value is shown nowhere)", " (값은 어디에도 보이지 않음)")
                } else {
                    ""
                };
                let several = pick(
                    "the flag again, a list in a settings file, lines in a variable",
                    "플래그를 되풀이, 설정 파일에서는 목록, 변수에서는 여러 줄",
                );
                (
                    say!(
                        ", {called}{secret}; several: {several}",
                        ", {called}{secret}; 여러 개: {several}",
                    ),
                    say!(
                        "{what}, {called}, such as \"{example}\"; several, at most {MOST_TEXTS}: {several}",
                        "{what}, {called}, 예: \"{example}\"; 여러 개, 최대 {MOST_TEXTS}개: {several}",
                    ),
                )
            }
        }
    }
}

/// A bound as one would type it; the library would make months and years of days.
fn in_words(time: Duration) -> String {
    match time.as_secs() / (24 * 60 * 60) {
        1 => "24h".to_owned(),
        days @ 2.. => format!("{days}days"),
        0 => humantime::format_duration(time).to_string(),
    }
}

/// "one, two or three"; in Korean with commas alone.
fn either(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => {
            let before = before.join(", ");
            say!("{before} or {last}", "{before}, {last}")
        }
        _ => words.concat(),
    }
}
