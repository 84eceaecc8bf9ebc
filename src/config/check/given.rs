//! A value as a source gives it: its text, how it may be shown, and how a complaint about it reads.

use std::borrow::Cow;

use toml::{Table, Value};
use url::Url;

use super::super::SecretUrl;
use super::super::keys::{Key, Kind};
use super::super::layers::Winner;
use super::super::raw::Source;
use crate::model::language::{Both, Phrase, both, phrase};
use crate::model::secret::{HIDDEN, masked_url};
use crate::model::text::visible;

/// The largest weight that Route 53 takes.
const MOST_WEIGHT: i64 = 255;

/// What is wrong with a text, where what it has to be does not say it all.
pub(super) type Detail = Option<Both>;

/// Makes a value of a text by the rule of its key, or says what is wrong with it.
pub(super) type Reader<T> = fn(&Kind, &str) -> Result<T, Detail>;

/// A detail without holes.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a detail may be missing, and this one is not"
)]
pub(super) fn because(english: &'static str, korean: &'static str) -> Detail {
    Some(phrase(english, korean).into())
}

pub(super) fn empty() -> Detail {
    because("it is empty", "비어 있다")
}

pub(super) fn out_of_range() -> Detail {
    because("it is out of range", "범위를 벗어난다")
}

pub(super) fn complaint(key: &Key, source: &Source, text: &str, detail: Detail) -> Both {
    let detail = detail.map_or(Both::same(""), |detail| {
        let end = if detail.ends_with('?') { "" } else { ";" };
        both!("{detail}{end} ", "{detail}{end} ")
    });
    // A line break in it is no new line of the complaint.
    let text = as_shown(&key.kind, text);
    let text = visible(&text);
    let (name, place, allowed) = (key.toml, source.place(key), key.allowed());
    both!(
        "{name} = \"{text}\" ({place}): {detail}it has to be {allowed}",
        "{name} = \"{text}\" ({place}): {detail}쓸 수 있는 값: {allowed}",
    )
}

/// A text as it may be shown: of what is meant to be a URL, whether it is one or not, no secret is left.
pub(crate) fn as_shown<'text>(kind: &Kind, text: &'text str) -> Cow<'text, str> {
    match kind {
        Kind::Url => masked_url(text),
        Kind::SecretUrl => {
            let url = Url::parse(text.trim()).ok().filter(Url::has_host);
            Cow::Owned(url.map_or_else(|| HIDDEN.to_owned(), |url| format!("{:?}", SecretUrl(url))))
        }
        Kind::Texts(_, _, true) => {
            let masked = text.lines().map(|line| match line.split_once(':') {
                Some((name, _)) => format!("{}: ***", name.trim()),
                None => "***".to_owned(),
            });
            Cow::Owned(masked.collect::<Vec<_>>().join("; "))
        }
        // Its lines are how it is kept, not how it was given.
        Kind::Texts(..) | Kind::Weights if text.contains('\n') => {
            Cow::Owned(text.lines().collect::<Vec<_>>().join("; "))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The text of a value. Native numbers and booleans of TOML pass only where a number or a boolean is meant, so that a
/// zone id made of digits is never rounded, stripped of zeros or rewritten on its way.
pub(super) fn text_of(key: &Key, found: &Winner) -> Result<String, Both> {
    let refuse = |shown: &str, what: Phrase| {
        let (name, place, allowed) = (key.toml, found.source.place(key), key.allowed());
        Err(both!(
            "{name} = {shown} ({place}): {what}; it has to be {allowed}",
            "{name} = {shown} ({place}): {what}; 쓸 수 있는 값: {allowed}",
        ))
    };
    let kind = &key.kind;
    match &found.value {
        Value::String(text) if !matches!(kind, Kind::Weights) => Ok(text.clone()),
        Value::Array(items) => {
            let Some(separator) = kind.separator() else {
                return refuse(
                    "[..]",
                    phrase(
                        "is a list and not a single value",
                        "값 하나가 아니라 목록이다",
                    ),
                );
            };
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            match texts {
                None => refuse(
                    "[..]",
                    phrase(
                        "every item has to be a text in quotes",
                        "모든 항목이 따옴표로 묶인 문자열이어야 한다",
                    ),
                ),
                Some(texts)
                    if separator == "\n" && texts.iter().any(|text| text.contains('\n')) =>
                {
                    refuse(
                        "[..]",
                        phrase("an item has more than one line", "여러 줄인 항목이 있다"),
                    )
                }
                Some(texts) => Ok(texts.join(separator)),
            }
        }
        Value::Table(weights) if matches!(kind, Kind::Weights) => lines_of_weights(weights)
            .map_err(|what| {
                let (name, place) = (key.toml, found.source.place(key));
                let allowed = key.allowed();
                both!(
                    "{name} = {{..}} ({place}): {what}; it has to be {allowed}",
                    "{name} = {{..}} ({place}): {what}; 쓸 수 있는 값: {allowed}",
                )
            }),
        value => match (plain_text(value), value) {
            _ if matches!(kind, Kind::Weights) => {
                refuse("..", phrase("is no table", "테이블이 아니다"))
            }
            (None, _) => refuse("{..}", phrase("is not a single value", "값 하나가 아니다")),
            // Whether 0 and 1 stand in quotes is all the same for a switch.
            (Some(text), _) if matches!(kind, Kind::Switch) => Ok(text),
            (Some(text), Value::Boolean(_)) => refuse(
                &text,
                phrase(
                    "is true or false and not a text; put it in quotes",
                    "문자열이 아니라 참거짓 값이다; 따옴표로 묶는다",
                ),
            ),
            (Some(text), _) if kind.is_number() => Ok(text),
            (Some(text), _) if matches!(kind, Kind::Duration(..)) => refuse(
                &text,
                phrase(
                    "is a number and not a text; put it in quotes with a unit",
                    "문자열이 아니라 숫자다; 단위를 붙여 따옴표로 묶는다",
                ),
            ),
            (Some(text), _) => refuse(
                &text,
                phrase(
                    "is a number and not a text; put it in quotes",
                    "문자열이 아니라 숫자다; 따옴표로 묶는다",
                ),
            ),
        },
    }
}

/// A number or a boolean as it is typed.
pub(in crate::config) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A table of weights as lines: the weight, a space, and the identifier, which may hold anything else.
fn lines_of_weights(weights: &Table) -> Result<String, Both> {
    let line = |(set, weight): (&String, &Value)| {
        let number = weight
            .as_integer()
            .filter(|weight| (0..=MOST_WEIGHT).contains(weight));
        let number = number.ok_or_else(|| {
            let (weight, set) = (plain_text(weight), visible(set));
            match weight {
                Some(weight) => both!(
                    "the weight of {set} is {weight}, which is no whole number from 0 to {MOST_WEIGHT}",
                    "{set}의 가중치 {weight}는 0~{MOST_WEIGHT}의 정수가 아니다"
                ),
                None => both!(
                    "the weight of {set} is something else, which is no whole number from 0 to {MOST_WEIGHT}",
                    "{set}의 가중치가 0~{MOST_WEIGHT}의 정수가 아니다"
                ),
            }
        })?;
        if set.is_empty() || set.contains('\n') {
            let set = visible(set);
            return Err(both!(
                "\"{set}\" is no set identifier",
                "\"{set}\"는 세트 식별자가 아니다"
            ));
        }
        Ok(format!("{number} {set}"))
    };
    let lines: Result<Vec<String>, Both> = weights.iter().map(line).collect();
    Ok(lines?.join("\n"))
}
