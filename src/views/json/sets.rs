//! The object of one record set: its declaration, where its share comes from, what was counted.

use std::borrow::Cow;

use serde::Serialize;

use crate::model::share::Level;
use crate::model::text::visible;
use crate::snapshot::{Part, Set, Suspicion};
use crate::views::reasons;

use super::http::HttpObject;
use super::verdict::RecentObject;

#[derive(Serialize)]
pub(super) struct SetObject<'a> {
    set_identifier: Cow<'a, str>,
    weight: u64,
    target: Cow<'a, str>,
    ttl_s: Option<u64>,
    expected_share: f64,
    share_reason: ReasonObject,
    levels: Vec<LevelObject<'a>>,
    health: &'static str,
    suspicion: Option<&'static str>,
    count: u64,
    observed_share: Option<f64>,
    diff: Option<f64>,
    interval: Option<[f64; 2]>,
    recent: Option<RecentObject>,
    parts: Vec<PartObject<'a>>,
    http: Option<HttpObject<'a>>,
}

impl<'a> SetObject<'a> {
    pub(super) fn new(set: &'a Set) -> Self {
        Self {
            set_identifier: visible(&set.identifier),
            weight: set.weight,
            target: visible(&set.target),
            ttl_s: set.ttl.map(|ttl| ttl.as_secs()),
            expected_share: set.expected_share,
            share_reason: ReasonObject {
                kind: reasons::deciding(&set.share).as_str(),
                text: reasons::reason(&set.share),
            },
            levels: set.share.levels.iter().map(LevelObject::new).collect(),
            health: set.health.as_str(),
            suspicion: set.suspicion.map(Suspicion::as_str),
            count: set.count,
            observed_share: set.observed_share,
            diff: set.diff,
            interval: set.judged.as_ref().map(|judged| [judged.low, judged.high]),
            recent: set.recent.as_ref().map(RecentObject::new),
            parts: set.parts.iter().map(PartObject::new).collect(),
            http: set.http.as_ref().map(HttpObject::new),
        }
    }
}

/// Why a set has its share.
#[derive(Serialize)]
struct ReasonObject {
    kind: &'static str,
    text: String,
}

/// The share at one level.
#[derive(Serialize)]
struct LevelObject<'a> {
    set_identifier: Cow<'a, str>,
    weight: u64,
    of: u64,
    share: f64,
    reason: &'static str,
}

impl<'a> LevelObject<'a> {
    fn new(level: &'a Level) -> Self {
        Self {
            set_identifier: visible(&level.identifier),
            weight: level.weight,
            of: level.of,
            share: level.value,
            reason: level.reason.as_str(),
        }
    }
}

/// One of several records behind a set.
#[derive(Serialize)]
struct PartObject<'a> {
    label: Cow<'a, str>,
    target: Cow<'a, str>,
    count: u64,
    observed_share: Option<f64>,
}

impl<'a> PartObject<'a> {
    fn new(part: &'a Part) -> Self {
        Self {
            label: visible(&part.label),
            target: visible(&part.target),
            count: part.count,
            observed_share: part.observed_share,
        }
    }
}
