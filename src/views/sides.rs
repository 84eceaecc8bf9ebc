//! What a verdict does not say of the sides: how well they answer over HTTP, and what weakens a match.

use crate::model::http::HttpFault;
use crate::model::reading::HttpReading;
use crate::model::share::as_f64;
use crate::model::text::visible;
use crate::model::verdict::Explanation;
use crate::snapshot::{Set, Snapshot};

use super::columns::SetColumn;
use super::words::{headline, side as words};
use super::{comparisons, fit, format};

/// A set fails noticeably from this part of its requests on.
const NOTICEABLE: f64 = 0.01;
/// A set fails badly from this part of its requests on.
const BAD: f64 = 0.05;
/// The longest name of a set.
const LABEL: usize = 16;

/// What a state means for the reader, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Nothing is known.
    Unknown,
    /// Nothing to do.
    Good,
    /// Something to look at.
    Careful,
    /// Something to act on.
    Bad,
}

/// The sides over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side {
    /// In a few words; a set that fails is named.
    pub text: String,
    /// What that means.
    pub condition: Condition,
}

/// How the sets that have a share answer: the worst of them is told.
pub fn over_http(snapshot: &Snapshot) -> Side {
    let said = |text: &str, condition| Side {
        text: text.to_owned(),
        condition,
    };
    if !snapshot.requests_http() {
        // What is known of a side that failed is not forgotten because nobody asks any more.
        let failed = failing_set(snapshot).map(|_| Condition::Careful);
        return said(words::OFF, failed.unwrap_or(Condition::Unknown));
    }
    if let Some(Explanation::NoFreshAnswers { since, .. }) = &snapshot.explanation {
        let failed = failing_set(snapshot).map(|_| Condition::Careful);
        let since = format::clock(snapshot.started_at + *since);
        let condition = failed.unwrap_or(Condition::Unknown);
        return said(&words::not_asked(&since), condition);
    }
    match worst(snapshot) {
        None => said(words::NOTHING_YET, Condition::Unknown),
        Some((_, http)) if failing(http) < NOTICEABLE => match comparisons::chip(snapshot) {
            Some(worse) => said(&worse, Condition::Careful),
            None => said(words::OK, Condition::Good),
        },
        Some((set, http)) => Side {
            text: fails(set, http),
            condition: if failing(http) < BAD {
                Condition::Careful
            } else {
                Condition::Bad
            },
        },
    }
}

/// The set that fails noticeably, and what became of its requests; the worst of several.
pub fn failing_set(snapshot: &Snapshot) -> Option<(&Set, &HttpReading)> {
    worst(snapshot).filter(|(_, http)| failing(http) >= NOTICEABLE)
}

/// The failed requests and all, where there are several sets and most requests to each of them fail: what they have in common
/// is nearer than any of them.
pub fn all_fail(snapshot: &Snapshot) -> Option<(u64, u64)> {
    let sets = snapshot.sets().iter();
    let sets = sets.filter(|set| set.declared_share > 0.0);
    let requested: Vec<&HttpReading> = sets.filter_map(|set| set.http.as_ref()).collect();
    let fails = requested.len() > 1 && requested.iter().all(|http| http.mostly_fails());
    let sum = |of: fn(&HttpReading) -> u64| requested.iter().map(|http| of(http)).sum();
    fails.then(|| (sum(HttpReading::failed), sum(|http| http.requests)))
}

/// Of the sets that have a share and requests, the one that fails most; of equals the first.
fn worst(snapshot: &Snapshot) -> Option<(&Set, &HttpReading)> {
    let sets = snapshot.sets().iter().rev();
    let sets = sets.filter(|set| set.declared_share > 0.0);
    let requested = sets.filter_map(|set| Some((set, set.http.as_ref()?)));
    requested
        .filter(|(_, http)| http.requests > 0)
        .max_by(|(_, one), (_, two)| failing(one).total_cmp(&failing(two)))
}

/// Whether a set fails noticeably over HTTP.
pub fn fails_noticeably(set: &Set) -> bool {
    set.http
        .as_ref()
        .is_some_and(|http| http.requests > 0 && failing(http) >= NOTICEABLE)
}

/// Whether nothing weakens a match: all name servers answer, and the weights are those of now.
pub fn is_whole(snapshot: &Snapshot) -> bool {
    few_servers(snapshot).is_none() && old_weights(snapshot).is_none()
}

/// That not all name servers give answers.
pub fn few_servers(snapshot: &Snapshot) -> Option<String> {
    let all = snapshot.servers.len();
    let verdict = snapshot.current()?.verdict.as_ref()?;
    (verdict.answering < all).then(|| headline::servers(verdict.answering, all))
}

/// That the weights could not be read anew, and how old they are.
pub fn old_weights(snapshot: &Snapshot) -> Option<String> {
    let configuration = &snapshot.configuration;
    let age = configuration.last_error.as_ref().and(configuration.age)?;
    Some(words::old_weights(&format::span(age)))
}

/// The part of the requests that failed, 0 to 1.
fn failing(http: &HttpReading) -> f64 {
    as_f64(http.failed()) / as_f64(http.requests.max(1))
}

fn fails(set: &Set, http: &HttpReading) -> String {
    let name = visible(&set.identifier);
    let share = format::whole_percent(failing(http));
    words::failing(&fit::cut_middle(&name, LABEL), &share, mostly(http))
}

/// How most of the failed requests failed: by the class of their status, if that says it.
fn mostly(http: &HttpReading) -> &'static str {
    let kinds = HttpFault::ALL.into_iter().rev();
    let kind = kinds.max_by_key(|kind| http.of_kind(*kind));
    let kind = kind.unwrap_or(HttpFault::Status);
    let half = |class: usize| 2 * http.status[class] >= http.of_kind(HttpFault::Status);
    match kind {
        HttpFault::Status if half(4) => SetColumn::Status(4).class(),
        HttpFault::Status if half(3) => SetColumn::Status(3).class(),
        kind => words::fault(kind),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn while_no_answer_names_a_set_nothing_is_asked_over_http_and_it_says_since_when() {
        let mut snapshot = samples::blind();
        snapshot.http.get_or_insert_default();
        let side = over_http(&snapshot);
        assert!(
            side.text.starts_with("HTTP not asked since 12:"),
            "{side:?}"
        );
        assert_ne!(side.condition, Condition::Good);
    }

    #[test]
    fn a_side_that_failed_is_not_forgotten_when_nobody_asks_any_more() {
        let switched_off = |mut snapshot: Snapshot| {
            snapshot.http.as_mut().expect("it has HTTP").is_off = true;
            over_http(&snapshot)
        };
        let off = |condition| Side {
            text: words::OFF.to_owned(),
            condition,
        };
        assert_eq!(switched_off(samples::running()), off(Condition::Unknown));
        assert_eq!(switched_off(samples::failing()), off(Condition::Careful));
    }
}
