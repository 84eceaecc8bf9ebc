//! Reads what is neither an address nor a rule: texts, words, numbers, times, ids.

use std::time::Duration;

use humantime::DurationError;

use super::super::keys::{self, Kind, MOST_TEXTS};
use super::given::{Detail, because, empty, out_of_range};
use crate::model::language::{Both, both};
use crate::model::record::RecordType;

pub(super) fn text(_: &Kind, text: &str) -> Result<String, Detail> {
    if text.trim().is_empty() {
        Err(empty())
    } else {
        Ok(text.to_owned())
    }
}

/// Several texts, each on a line of its own.
pub(super) fn texts(text: &str) -> Result<Vec<&str>, Detail> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if lines.is_empty() {
        return Err(empty());
    }
    if lines.iter().any(|line| line.is_empty()) {
        return Err(because("one of them is empty", "빈 것이 있다"));
    }
    if lines.len() > MOST_TEXTS {
        return Err(because("they are too many", "너무 많다"));
    }
    Ok(lines)
}

/// The place of a word among those that are allowed, or the one that may have been meant.
pub(super) fn word(kind: &Kind, text: &str) -> Result<usize, Detail> {
    let Kind::Word(_, words) = kind else {
        return Err(None);
    };
    let (text, words) = (text.trim(), words());
    let place = words.iter().position(|word| *word == text);
    place.ok_or_else(|| {
        let near = keys::nearest(text, words)?;
        Some(both!("did you mean {near}?", "혹시 {near}인가?"))
    })
}

pub(super) fn id(kind: &Kind, text: &str) -> Result<String, Detail> {
    let id = text.trim();
    let id = id.trim_start_matches('/');
    let Kind::Id(path, what) = kind else {
        return Err(None);
    };
    let rest = id.strip_prefix(*path);
    let id = rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
    if id.is_empty() {
        return Err(empty());
    }
    if id.len() > 32
        || !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric())
    {
        return Err(Some(both!("it is no {what} id", "{what} ID가 아니다")));
    }
    Ok(id.to_owned())
}

pub(super) fn record_type(_: &Kind, text: &str) -> Result<RecordType, Detail> {
    RecordType::ALL
        .into_iter()
        .find(|record_type| record_type.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or(None)
}

pub(super) fn whole(kind: &Kind, text: &str) -> Result<u32, Detail> {
    let number: u32 = text.trim().parse().map_err(|_| None)?;
    match kind {
        Kind::Whole(least, most, _) if (*least..=*most).contains(&number) => Ok(number),
        _ => Err(out_of_range()),
    }
}

/// A number of hundredths, with or without the sign for them, as a share of one.
pub(super) fn percentage(kind: &Kind, text: &str) -> Result<f64, Detail> {
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: f64 = number.parse().map_err(|_| None)?;
    match kind {
        Kind::Percent(least, most, _) if (*least..=*most).contains(&number) => Ok(number / 100.0),
        _ => Err(out_of_range()),
    }
}

pub(super) fn boolean(_: &Kind, text: &str) -> Result<bool, Detail> {
    switch(text).ok_or(None)
}

/// What a switch is set to.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

pub(super) fn duration(kind: &Kind, text: &str) -> Result<Duration, Detail> {
    let text = text.trim();
    let duration = humantime::parse_duration(text).map_err(|error| {
        if text.starts_with('-') {
            because("it is negative", "음수다")
        } else if text.parse::<f64>().is_ok() {
            because("the unit is missing", "단위가 없다")
        } else {
            Some(no_duration(&error))
        }
    })?;
    match kind {
        Kind::Duration(least, _) if duration < *least => {
            Err(because("it is too short", "너무 짧다"))
        }
        Kind::Duration(_, most) if duration <= *most => Ok(duration),
        _ => Err(because("it is too long", "너무 길다")),
    }
}

/// What the library for durations says, which knows only English.
pub(super) fn no_duration(error: &DurationError) -> Both {
    match error {
        DurationError::InvalidCharacter(at) => {
            both!("{error}", "{at}번째 글자가 잘못되었다", at = at + 1)
        }
        DurationError::NumberExpected(at) => {
            both!("{error}", "{at}번째 글자가 숫자여야 한다", at = at + 1)
        }
        DurationError::UnknownUnit { unit, .. } if !unit.is_empty() => {
            both!("{error}", "알 수 없는 단위: \"{unit}\"")
        }
        DurationError::NumberOverflow => both!("{error}", "수가 너무 크다"),
        _ => both!("{error}", "시간으로 읽을 수 없다"),
    }
}
