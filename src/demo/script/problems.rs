//! Notes what is wrong with a story file and where, and checks single values.
//!
//! Which values a story has is the folder's `mod` to say.

use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::super::health::CHECKERS;
use super::super::names;
use super::super::story::{Lag, WebBehaviour, WebChange};

/// RFC 2181 section 8 leaves 31 bits for a time to live.
const LONGEST_TTL: i64 = 0x7fff_ffff;
/// A web server slower than this would outlast any client's patience and teach nothing more.
const SLOWEST_WEB: Duration = Duration::from_mins(1);

/// Why a text is not a story. Shows one line for each problem, each with file and line number.
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
    pub message: String,
}

impl fmt::Display for StoryError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.problems.iter().enumerate() {
            if position > 0 {
                writeln!(formatter)?;
            }
            write!(
                formatter,
                "{}:{}: {}",
                self.origin, problem.line, problem.message
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for StoryError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWeb {
    delay: Option<Spanned<String>>,
    jitter: Option<Spanned<String>>,
    error_share: Option<Spanned<f64>>,
    status: Option<Spanned<i64>>,
}

/// Collects what is wrong with a text, and holds the checks of single values.
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

    /// Notes a problem with what stands at these bytes of the text.
    pub(super) fn add(&mut self, span: &Range<usize>, message: &str) {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        self.found.push(StoryProblem {
            line: before.split(|byte| *byte == b'\n').count(),
            message: message.to_owned(),
        });
    }

    pub(super) fn name(&mut self, raw: &Spanned<String>) -> Option<String> {
        names::canonical(raw.get_ref())
            .map_err(|reason| self.add(&raw.span(), &reason))
            .ok()
    }

    /// The name of a record, which may be a wildcard.
    pub(super) fn owner(&mut self, raw: &Spanned<String>) -> Option<String> {
        names::canonical_owner(raw.get_ref())
            .map_err(|reason| self.add(&raw.span(), &reason))
            .ok()
    }

    /// As [`Self::owner`], inside a zone. An empty zone is one that was refused, and nothing is said about it again.
    pub(super) fn owner_in(&mut self, raw: &Spanned<String>, zone: &str) -> Option<String> {
        let name = self.owner(raw)?;
        if !zone.is_empty() && !names::is_inside(&name, zone) {
            self.add(
                &raw.span(),
                &format!("the record {name} lies outside the zone {zone}"),
            );
        }
        Some(name)
    }

    /// A name outside a zone.
    pub(super) fn name_outside(
        &mut self,
        raw: &Spanned<String>,
        what: &str,
        zone: &str,
    ) -> Option<String> {
        let name = self.name(raw)?;
        if !zone.is_empty() && names::is_inside(&name, zone) {
            self.add(
                &raw.span(),
                &format!("the {what} {name} lies inside the zone {zone}; Route 53's are outside"),
            );
        }
        Some(name)
    }

    pub(super) fn ttl(&mut self, raw: &Spanned<i64>, what: &str) -> Option<u32> {
        self.in_range(raw, what, 0..=LONGEST_TTL)
            .and_then(|ttl| u32::try_from(ttl).ok())
    }

    pub(super) fn passing(&mut self, raw: &Spanned<i64>) -> Option<u8> {
        self.in_range(raw, "the number of passing checkers", 0..=CHECKERS.into())
            .and_then(|passing| u8::try_from(passing).ok())
    }

    pub(super) fn weight(&mut self, raw: &Spanned<i64>) -> Option<u8> {
        self.in_range(raw, "the weight", 0..=255)
            .and_then(|weight| u8::try_from(weight).ok())
    }

    pub(super) fn web(&mut self, raw: &RawWeb) -> WebChange {
        let share = raw.error_share.as_ref().and_then(|share| {
            let value = *share.get_ref();
            if (0.0..=1.0).contains(&value) {
                return Some(value);
            }
            self.add(
                &share.span(),
                &format!("the error_share is {value}; allowed is 0 to 1, so 10 % is 0.1"),
            );
            None
        });
        WebChange {
            delay: raw.delay.as_ref().and_then(|delay| self.web_delay(delay)),
            jitter: raw
                .jitter
                .as_ref()
                .and_then(|jitter| self.web_delay(jitter)),
            error_share: share,
            status: raw.status.as_ref().and_then(|status| {
                self.in_range(status, "the status of failing requests", 300..=599)
                    .and_then(|status| u16::try_from(status).ok())
            }),
        }
    }

    /// What a web server does from the beginning.
    pub(super) fn first_web(&mut self, raw: Option<&RawWeb>) -> WebBehaviour {
        let change = raw.map(|web| self.web(web)).unwrap_or_default();
        change.applied_to(WebBehaviour::default())
    }

    pub(super) fn in_range(
        &mut self,
        raw: &Spanned<i64>,
        what: &str,
        allowed: RangeInclusive<i64>,
    ) -> Option<i64> {
        let value = *raw.get_ref();
        if allowed.contains(&value) {
            return Some(value);
        }
        self.add(
            &raw.span(),
            &format!(
                "{what} is {value}; allowed is {} to {}",
                allowed.start(),
                allowed.end()
            ),
        );
        None
    }

    pub(super) fn duration(&mut self, raw: &Spanned<String>) -> Option<Duration> {
        let duration = humantime::parse_duration(raw.get_ref()).ok();
        if duration.is_none() {
            self.add(
                &raw.span(),
                &format!(
                    "\"{}\" is not a time; write it like \"5s\", \"400ms\" or \"1m 30s\"",
                    raw.get_ref().escape_default()
                ),
            );
        }
        duration
    }

    fn web_delay(&mut self, raw: &Spanned<String>) -> Option<Duration> {
        let duration = self.duration(raw)?;
        if duration <= SLOWEST_WEB {
            return Some(duration);
        }
        self.add(
            &raw.span(),
            &format!(
                "{} is too long for a web server; allowed is up to 60s",
                raw.get_ref()
            ),
        );
        None
    }

    pub(super) fn lag(&mut self, raw: &Spanned<String>) -> Option<Lag> {
        if raw.get_ref() == "never" {
            return Some(Lag::Never);
        }
        let duration = humantime::parse_duration(raw.get_ref()).ok();
        if duration.is_none() {
            self.add(
                &raw.span(),
                &format!(
                    "the lag is \"{}\"; write a time like \"5s\", or \"never\"",
                    raw.get_ref().escape_default()
                ),
            );
        }
        duration.map(Lag::After)
    }

    /// Where a name that a step uses stands among those that exist.
    pub(super) fn position(
        &mut self,
        name: &Spanned<String>,
        known: &[&str],
        what: &str,
    ) -> Option<usize> {
        let found = known.iter().position(|known| known == name.get_ref());
        if found.is_none() {
            self.add(
                &name.span(),
                &format!(
                    "there is no {what} \"{}\" in this story; it has {}",
                    name.get_ref().escape_default(),
                    known.join(", ")
                ),
            );
        }
        found
    }
}
