//! Reads what HTTP requests send and expect.

use hyper::header::{self, HeaderName, HeaderValue};

use super::super::BodyPattern;
use super::super::keys::{Kind, MOST_RANGES};
use super::given::{Detail, because};
use super::plain::{self, texts};
use crate::model::http::StatusCodes;
use crate::model::language::both;
use crate::model::text::visible;

/// Status codes and ranges of them.
pub(super) fn statuses(_: &Kind, text: &str) -> Result<StatusCodes, Detail> {
    let code = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.parse::<u16>().ok().filter(|_| digits);
        let shown = visible(text);
        let code = code.ok_or_else(|| {
            Some(both!(
                "\"{shown}\" is no status code",
                "\"{shown}\"는 상태 코드가 아니다"
            ))
        })?;
        match code {
            100..=599 => Ok(code),
            _ => Err(Some(both!(
                "{code} is out of range",
                "{code}: 범위를 벗어났다"
            ))),
        }
    };
    let mut ranges = Vec::new();
    for part in text.split(',').map(str::trim) {
        if part.is_empty() {
            return Err(because("one of them is empty", "빈 것이 있다"));
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (code(first.trim())?, code(last.trim())?);
        if first > last {
            return Err(Some(both!(
                "{part} runs backwards",
                "{part}: 앞뒤가 바뀌었다"
            )));
        }
        if ranges.len() == MOST_RANGES {
            return Err(because("they are too many", "너무 많다"));
        }
        ranges.push(first..=last);
    }
    Ok(StatusCodes::new(ranges))
}

/// A regular expression; one that would take too much memory is none.
pub(super) fn pattern(kind: &Kind, given: &str) -> Result<BodyPattern, Detail> {
    let text = plain::text(kind, given)?;
    BodyPattern::new(&text)
        .map_err(|error| Some(both!("{error}", "정규식으로 읽을 수 없다 (\"{error}\")")))
}

/// Headers that the request has by itself, or that would change where it ends.
const OWN_HEADERS: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers as a request takes them. What is wrong with a value is said without the value.
pub(super) fn headers(_: &Kind, text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, Detail> {
    let header = |line: &str| {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| because("there is no colon in one of them", "콜론이 없는 것이 있다"))?;
        let name = name.trim();
        let shown = visible(name);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Some(both!(
                "\"{shown}\" is no name of a header",
                "\"{shown}\"는 헤더 이름이 아니다"
            ))
        })?;
        if OWN_HEADERS.contains(&name) {
            return Err(Some(both!(
                "{name} cannot be given, since it follows from the request",
                "{name}: 요청에 따라 정해지는 헤더라서 지정할 수 없다"
            )));
        }
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
            Some(both!(
                "the value of {name} holds characters that no header can have",
                "{name}의 값에 헤더에 쓸 수 없는 문자가 있다"
            ))
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    texts(text)?.into_iter().map(header).collect()
}
