//! Notes what is wrong with a story file and where.
//!
//! What single values allow is said in `values`, which of them a story has in the folder's `mod`.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::super::names;
use super::super::story::WebChange;
use super::super::told::{Told, told};
use super::values::{
    Address, ErrorShare, FailureStatus, Kind, Name, Owner, Read, WebDelay, value_of,
};

/// What a name may be the name of, in English and in Korean.
pub(super) const NAME_SERVER: [&str; 2] = ["name server", "네임 서버"];
pub(super) const RECORD_SET: [&str; 2] = ["record set", "레코드 세트"];

/// Why a text is not a story. Tells one line for each problem, each with file and line number, and shows itself in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryError {
    /// What the file is called.
    pub origin: String,
    /// The problems in the order of the file; at least one.
    pub problems: Vec<StoryProblem>,
}

/// One problem of a story file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoryProblem {
    /// The line it stands in, counted from 1.
    pub line: usize,
    /// What is wrong and what would be allowed.
    pub message: Told,
}

impl StoryError {
    /// All of it in both languages.
    pub fn told(&self) -> Told {
        Told {
            english: self.lines(|told| &told.english),
            korean: self.lines(|told| &told.korean),
        }
    }

    fn lines(&self, said: impl Fn(&Told) -> &str) -> String {
        let line = |problem: &StoryProblem| {
            let (line, said) = (problem.line, said(&problem.message));
            format!("{}:{line}: {said}", self.origin)
        };
        self.problems
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }
}

impl fmt::Display for StoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.told().english)
    }
}

impl std::error::Error for StoryError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeb {
    delay: Option<Read<WebDelay>>,
    jitter: Option<Read<WebDelay>>,
    error_share: Option<Read<ErrorShare>>,
    status: Option<Read<FailureStatus>>,
    pub(super) fails_at: Option<Read<Address>>,
}

impl RawWeb {
    pub(super) fn change(&self) -> WebChange {
        WebChange {
            delay: value_of(self.delay.as_ref()),
            jitter: value_of(self.jitter.as_ref()),
            error_share: value_of(self.error_share.as_ref()),
            status: value_of(self.status.as_ref()),
            fails_at: value_of(self.fails_at.as_ref()),
        }
    }
}

/// What is wrong with anything beside a CNAME.
pub(super) fn excluded_by_cname(name: &str) -> Told {
    told!(
        "{name} has a CNAME, which excludes every other type at its name",
        "{name}: CNAME이 있어 같은 이름에 다른 유형을 둘 수 없다"
    )
}

/// Something that stands somewhere in a text.
pub(super) trait Placed {
    /// At which bytes.
    fn span(&self) -> Range<usize>;
}

impl<T> Placed for Spanned<T> {
    fn span(&self) -> Range<usize> {
        self.span()
    }
}

impl<K: Kind> Placed for Read<K> {
    fn span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl Placed for Range<usize> {
    fn span(&self) -> Range<usize> {
        self.clone()
    }
}

/// Collects what is wrong with a text, and holds checks that several parts need.
pub(super) struct Problems<'text> {
    text: &'text str,
    found: Vec<StoryProblem>,
}

impl<'text> Problems<'text> {
    pub(super) fn new(text: &'text str) -> Self {
        Self {
            text,
            found: Vec::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    pub(super) fn in_order(mut self) -> Vec<StoryProblem> {
        self.found.sort_by_key(|problem| problem.line);
        self.found
    }

    /// Notes a problem with something.
    pub(super) fn add(&mut self, with: &dyn Placed, message: Told) {
        let before = &self.text.as_bytes()[..with.span().start.min(self.text.len())];
        self.found.push(StoryProblem {
            line: before.split(|byte| *byte == b'\n').count(),
            message,
        });
    }

    /// Notes that something should not be there, if it is.
    pub(super) fn refuse<T: Placed>(&mut self, unwanted: Option<&T>, message: Told) {
        if let Some(unwanted) = unwanted {
            self.add(unwanted, message);
        }
    }

    /// A value, unless it is refused, which is noted.
    pub(super) fn note<T>(&mut self, with: &dyn Placed, read: Result<T, Told>) -> Option<T> {
        read.map_err(|message| self.add(with, message)).ok()
    }

    /// The name of a record inside a zone. An empty zone is one that was refused, and nothing is said about it again.
    pub(super) fn owner_in(&mut self, raw: &Read<Owner>, zone: &str) -> Option<String> {
        let name = raw.value.clone()?;
        if !zone.is_empty() && !names::is_inside(&name, zone) {
            let message = told!(
                "the record {name} lies outside the zone {zone}",
                "레코드 {name}: 호스팅 영역 {zone} 밖에 있다"
            );
            self.add(raw, message);
        }
        Some(name)
    }

    /// A name outside a zone; what it is comes in English and in Korean.
    pub(super) fn name_outside(
        &mut self,
        raw: &Read<Name>,
        [what, korean]: [&str; 2],
        zone: &str,
    ) -> Option<String> {
        let name = raw.value.clone()?;
        if !zone.is_empty() && names::is_inside(&name, zone) {
            let message = told!(
                "the {what} {name} lies inside the zone {zone}; Route 53's are outside",
                "{korean} {name}: 호스팅 영역 {zone} 안에 있다; Route 53의 것은 밖에 있다"
            );
            self.add(raw, message);
        }
        Some(name)
    }

    /// Where a name that a step uses stands among those that exist; what it is the name of comes in English and in Korean.
    pub(super) fn position(
        &mut self,
        name: &Spanned<String>,
        known: &[&str],
        [what, korean]: [&str; 2],
    ) -> Option<usize> {
        let found = known.iter().position(|known| known == name.get_ref());
        if found.is_none() {
            let (shown, known) = (name.get_ref().escape_default(), known.join(", "));
            let message = told!(
                "there is no {what} \"{shown}\" in this story; it has {known}",
                "이 스토리에 없는 {korean}: \"{shown}\"; 있는 것은 {known}"
            );
            self.add(name, message);
        }
        found
    }
}
