//! The rows of the tables in the final statistics: a row of titles, then one for each set or name server.

use crate::model::text::visible;
use crate::model::verdict::Propagation;
use crate::snapshot::{Part, Segment, Server, Set, Snapshot};
use crate::views::words::{self, column, headline, summary as label};
use crate::views::{facts, fit, format, verdicts};

/// With more sets than this the table of name servers names only the set that is farthest off.
const MOST_SETS: usize = 3;
/// Names of sets in the titles of columns.
const TITLE_WIDTH: usize = 12;
/// The same where there are as many as have room at all.
const NARROW_TITLE_WIDTH: usize = 8;
/// What a part stands in by below its set.
const PART: &str = "  ";

fn titles(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// Declared and observed shares, and the interval of the served one where there is a verdict.
pub(super) fn share_rows(segment: &Segment) -> Vec<Vec<String>> {
    let mut heading = titles(&[
        column::IDENTIFIER,
        column::WEIGHT,
        column::DECLARED,
        column::COUNT,
        column::OBSERVED,
        column::DIFF,
    ]);
    let confidence = segment
        .verdict
        .as_ref()
        .map(|verdict| verdict.criteria.confidence);
    heading.extend(confidence.map(|sure| column::interval(&format::percentage(sure))));
    let mut rows = vec![heading];
    for set in &segment.sets {
        let mut row = vec![
            visible(&set.identifier).into_owned(),
            format::count(set.weight),
            format::percent(set.expected_share),
            format::count(set.count),
            facts::or_nothing(set.observed_share, format::percent),
            difference(set),
        ];
        row.extend(confidence.map(|_| verdicts::interval(set)));
        rows.push(row);
        rows.extend(
            set.parts
                .iter()
                .map(|part| part_row(part, confidence.is_some())),
        );
    }
    rows
}

/// The difference, with a sign before it where the declared share lies outside the interval.
fn difference(set: &Set) -> String {
    let difference = facts::or_nothing(set.diff, format::difference);
    if verdicts::is_off(set) {
        words::off(&difference)
    } else {
        difference
    }
}

/// How a change came through, as times on the wall and after it was seen.
pub(super) fn timeline_rows(snapshot: &Snapshot, change: &Propagation) -> Vec<Vec<String>> {
    let mut rows = vec![titles(&headline::TIMELINE)];
    for moment in verdicts::timeline(snapshot, change) {
        let what = match (moment.is_warning, moment.at) {
            (true, None) => headline::is_stale(&moment.what),
            (true, Some(_)) => headline::was_stale(&moment.what),
            (false, _) => moment.what,
        };
        let at = moment
            .at
            .map(|at| format::clock(verdicts::at(snapshot, at)));
        let after = moment.at.map(|at| headline::offset(at, change.seen_at));
        rows.push(vec![
            what,
            at.unwrap_or_else(|| headline::NOT_YET.to_owned()),
            after.unwrap_or_default(),
        ]);
    }
    rows
}

/// How often one of the records behind a set was answered; nothing is declared for it.
fn part_row(part: &Part, has_interval: bool) -> Vec<String> {
    let mut row = vec![
        format!("{PART}{}", visible(&part.label)),
        String::new(),
        String::new(),
        format::count(part.count),
        facts::or_nothing(part.observed_share, format::percent),
        String::new(),
    ];
    row.extend(has_interval.then(String::new));
    row
}

/// Requests, classes of status that occurred, and times.
pub(super) fn http_rows(sets: &[Set]) -> Vec<Vec<String>> {
    let occurred = |class: usize| {
        sets.iter()
            .filter_map(|set| set.http.as_ref())
            .any(|http| http.status[class] > 0)
    };
    let classes: Vec<usize> = (0..column::STATUS.len())
        .filter(|&class| occurred(class))
        .collect();
    let mut heading = titles(&[label::HTTP, column::REQUESTS, column::FAILED]);
    heading.extend(
        classes
            .iter()
            .map(|&class| column::STATUS[class].to_owned()),
    );
    heading.extend(titles(&[
        column::MEAN,
        column::P50,
        column::P95,
        column::P99,
    ]));
    let mut rows = vec![heading];
    for set in sets {
        let Some(http) = &set.http else { continue };
        let mut row = vec![visible(&set.identifier).into_owned()];
        row.extend([format::count(http.requests), format::count(http.failures)]);
        row.extend(
            classes
                .iter()
                .map(|&class| format::count(http.status[class])),
        );
        let times = http
            .latency
            .map(|times| [times.mean, times.p50, times.p95, times.p99]);
        row.extend(
            (0..4).map(|index| facts::or_nothing(times, |times| format::latency(times[index]))),
        );
        rows.push(row);
    }
    rows
}

fn server_row(server: &Server, sets: &[Set], labels: &[String]) -> Vec<String> {
    let queries = &server.queries;
    let mut row = vec![
        visible(&server.name).into_owned(),
        format::count(queries.sent),
        format::count(queries.named),
        format::count(queries.faulty()),
        facts::or_nothing(server.latency, |times| format::latency(times.p50)),
        facts::or_nothing(server.latency, |times| format::latency(times.p95)),
    ];
    if sets.len() <= MOST_SETS {
        let shares = facts::server_shares(server);
        let share = |index: usize| {
            shares
                .as_ref()
                .and_then(|shares| shares.get(index).copied())
        };
        row.extend((0..sets.len()).map(|index| facts::or_nothing(share(index), format::percent)));
    } else {
        row.push(facts::or_nothing(
            facts::farthest(server, sets),
            |(index, difference)| {
                format!(
                    "{} {}",
                    labels.get(index).map_or("", String::as_str),
                    format::difference(difference)
                )
            },
        ));
    }
    row
}

/// What each name server was asked and answered, and which shares it hands out.
pub(super) fn server_rows(snapshot: &Snapshot) -> Vec<Vec<String>> {
    let sets: &[Set] = snapshot
        .current()
        .map_or(&[], |segment| segment.sets.as_slice());
    let width = if sets.len() == MOST_SETS {
        NARROW_TITLE_WIDTH
    } else {
        TITLE_WIDTH
    };
    let labels = fit::labels(sets.iter().map(|set| set.identifier.as_str()), width);
    let mut heading = titles(&[
        column::NAME_SERVER,
        column::SENT,
        column::NAMED,
        column::FAULTS,
        column::P50,
        column::P95,
    ]);
    if sets.len() <= MOST_SETS {
        heading.extend(labels.iter().cloned());
    } else {
        heading.push(column::FARTHEST.to_owned());
    }
    let mut rows = vec![heading];
    rows.extend(
        snapshot
            .servers
            .iter()
            .map(|server| server_row(server, sets, &labels)),
    );
    rows
}
