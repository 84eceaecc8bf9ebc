//! The rows of the tables in the final statistics: a row of titles, then one for each set or name server.

use crate::model::comparison::SideComparison;
use crate::model::verdict::Propagation;
use crate::snapshot::{Segment, Set, Snapshot};
use crate::views::columns::SetColumn::{
    Count, Declared, Diff, Failed, HttpMean, HttpP50, HttpP95, HttpP99, Identifier, Interval,
    Observed, Requests, Status, Weight,
};
use crate::views::columns::{ServerCells, ServerColumn, SetColumn};
use crate::views::words::{comparison, headline, summary as label};
use crate::views::{comparisons, format, verdicts};

/// With more sets than this the table of name servers names only the set that is farthest off.
const MOST_SETS: usize = 3;
/// Names of sets in the titles of columns.
const TITLE_WIDTH: usize = 12;
/// The same where there are as many as have room at all.
const NARROW_TITLE_WIDTH: usize = 8;

/// Declared and observed shares, and the interval of the served one where there is a verdict.
pub(super) fn share_rows(segment: &Segment) -> Vec<Vec<String>> {
    let mut columns = vec![Identifier, Weight, Declared, Count, Observed, Diff];
    let verdict = segment.verdict.as_ref();
    columns.extend(verdict.map(|_| Interval));
    let confidence = verdict.map(|verdict| format::percentage(verdict.criteria.confidence));
    let confidence = confidence.unwrap_or_default();
    let row_of = |cell: &dyn Fn(SetColumn) -> String| columns.iter().map(|&it| cell(it)).collect();
    let mut rows = vec![row_of(&|column| column.title(&confidence))];
    for set in &segment.sets {
        rows.push(row_of(&|column| column.cell(set)));
        let parts = set.parts.iter();
        rows.extend(parts.map(|part| row_of(&|column| column.part_cell(part))));
    }
    rows
}

/// How a change came through, as times on the wall and after it was seen.
pub(super) fn timeline_rows(snapshot: &Snapshot, change: &Propagation) -> Vec<Vec<String>> {
    let mut rows = vec![headline::TIMELINE.map(String::from).to_vec()];
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

/// Requests, classes of status that occurred, and times.
pub(super) fn http_rows(sets: &[Set]) -> Vec<Vec<String>> {
    let with_http = sets.iter().filter(|set| set.http.is_some());
    let occurred = |&class: &usize| {
        let mut http = sets.iter().filter_map(|set| set.http.as_ref());
        http.any(|http| http.status[class] > 0)
    };
    let mut columns = vec![Requests, Failed];
    columns.extend((0..5).filter(occurred).map(Status));
    columns.extend([HttpMean, HttpP50, HttpP95, HttpP99]);
    let mut rows = vec![vec![label::HTTP.to_owned()]];
    rows[0].extend(columns.iter().map(|column| column.title("")));
    let cells = |set| {
        [Identifier]
            .iter()
            .chain(&columns)
            .map(|it| it.cell(set))
            .collect()
    };
    rows.extend(with_http.map(cells));
    rows
}

/// What each set is beside another, measure by measure.
pub(super) fn comparison_rows(segment: &Segment, pairs: &[&SideComparison]) -> Vec<Vec<String>> {
    let mut rows = vec![comparison::OF_PAIR.map(String::from).to_vec()];
    let sets = &segment.sets;
    rows.extend(comparisons::rows(pairs, |pair| {
        let [one, other] = [pair.one, pair.other].map(|set| comparisons::label(&sets[set.get()]));
        comparison::pair(&one, &other)
    }));
    rows
}

/// What each name server was asked and answered, and which shares it hands out.
pub(super) fn server_rows(snapshot: &Snapshot) -> Vec<Vec<String>> {
    let sets = snapshot.sets().len();
    let is_narrow = sets == MOST_SETS;
    let width = if is_narrow {
        NARROW_TITLE_WIDTH
    } else {
        TITLE_WIDTH
    };
    let cells = ServerCells::new(snapshot, width);
    let mut columns = vec![
        ServerColumn::Name,
        ServerColumn::Sent,
        ServerColumn::Named,
        ServerColumn::Faults,
        ServerColumn::P50,
        ServerColumn::P95,
    ];
    columns.extend(cells.share_columns(MOST_SETS));
    let mut rows = vec![columns.iter().map(|&it| it.title(&cells.labels)).collect()];
    rows.extend(snapshot.servers.iter().map(|server| {
        let row = columns.iter().map(|&it| cells.cell(it, server));
        row.collect()
    }));
    rows
}
