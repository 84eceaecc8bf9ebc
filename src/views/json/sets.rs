//! The object of one record set: its declaration, where its share comes from, what was counted.

use serde_json::{Value, json};

use crate::model::health::NoStatus;
use crate::model::share::Level;
use crate::model::text::visible;
use crate::model::verdict::Verdict;
use crate::snapshot::{Part, Recent, Segment, Set, Snapshot, Suspicion};
use crate::views::{reasons, verdicts, words};

use super::http;
use super::units::{each, time};

/// A record set.
pub(super) fn set(snapshot: &Snapshot, segment: &Segment, set: &Set) -> Value {
    let judged = set.judged.as_ref();
    json!({
        "set_identifier": visible(&set.identifier),
        "weight": set.weight,
        "target": visible(&set.target),
        "ttl_s": set.ttl.map(|ttl| ttl.as_secs()),
        "expected_share": set.declared_share,
        "share_reason": {
            "kind": reasons::deciding(&set.share).as_str(),
            "text": reasons::reason(&set.share),
        },
        "levels": each(&set.share.levels, level),
        "health": set.health.as_str(),
        "health_reason": set.health.no_status().map(NoStatus::as_str),
        "suspicion": set.suspicion.map(Suspicion::as_str),
        "count": set.named.count,
        "observed_share": set.named.share,
        "diff": set.named.diff,
        "counted": set.counted.count,
        "counted_share": set.counted.share,
        "counted_diff": set.counted.diff,
        "interval": judged.map(|judged| [judged.low, judged.high]),
        "absence": segment.verdict.as_ref().and_then(|verdict| absence(snapshot, verdict, set)),
        "recent": set.recent.as_ref().map(recent),
        "parts": each(&set.parts, part),
        "http": set.http.as_ref().map(http::of_set),
    })
}

/// What is proven of a set whose declared share is zero, and where it was answered all the same; else null.
fn absence(snapshot: &Snapshot, verdict: &Verdict, set: &Set) -> Option<Value> {
    let judged = set
        .judged
        .as_ref()
        .filter(|judged| judged.declared <= 0.0)?;
    let seen = verdict.sighting(&set.identifier);
    let names = snapshot.server_names();
    Some(json!({
        "at_most": verdict.absence(judged),
        "confidence": verdict.criteria.confidence,
        "answers": verdict.answers,
        "seen": seen.map_or(0, |seen| seen.answers),
        "last_seen_at": seen.map(|seen| time(verdicts::at(snapshot, seen.last_at))),
        "last_seen_name_server": seen.map(|seen| visible(words::name(&names, seen.last_server))),
    }))
}

/// The share at one level.
fn level(level: &Level) -> Value {
    json!({
        "set_identifier": visible(&level.identifier),
        "weight": level.weight,
        "of": level.of,
        "share": level.value,
        "reason": level.reason.as_str(),
    })
}

/// The last minute of a set.
fn recent(recent: &Recent) -> Value {
    json!({
        "count": recent.count,
        "answers": recent.answers,
        "interval": [recent.low, recent.high],
    })
}

/// One of several records behind a set.
fn part(part: &Part) -> Value {
    json!({
        "label": visible(&part.label),
        "target": visible(&part.target),
        "count": part.count,
        "observed_share": part.observed_share,
    })
}
