//! The columns of the tables of sets: how wide each may be, which go first where room is short, what stands in the cells.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::model::share::as_f64;
use crate::model::text::visible;
use crate::snapshot::{Part, Set};
use crate::views::words::{self, column, share};
use crate::views::{facts, fit, format, verdicts};

use super::bar::bar;
use super::rows::{self, Row, rows};
use super::table::{self, Borders, Column, Table};
use super::theme::Theme;

/// Below this width the titles are shortened, so that there is room for the bar.
const NARROW: usize = 80;

/// From this width on the bar is not cut short for the sake of another column.
const WIDE: usize = 100;

/// What a part stands in by below its set.
const PART: &str = "  ";

/// What a column says of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Identifier,
    Weight,
    Declared,
    Ttl,
    Value,
    Count,
    Observed,
    Diff,
    Interval,
    Recent,
    Bar,
    HttpMean,
    HttpP95,
    ServerErrors,
    Failed,
}

/// What is declared.
pub(super) const CONFIGURED: &[Field] = &[
    Field::Identifier,
    Field::Weight,
    Field::Declared,
    Field::Ttl,
    Field::Value,
];
/// What is observed.
pub(super) const ACTUAL: &[Field] = &[
    Field::Identifier,
    Field::Count,
    Field::Observed,
    Field::Diff,
    Field::Interval,
    Field::Recent,
    Field::Bar,
    Field::HttpMean,
    Field::HttpP95,
    Field::ServerErrors,
    Field::Failed,
];
/// All of it, in one table.
pub(super) const BOTH: &[Field] = &[
    Field::Identifier,
    Field::Weight,
    Field::Declared,
    Field::Count,
    Field::Observed,
    Field::Diff,
    Field::Interval,
    Field::Recent,
    Field::Bar,
    Field::HttpMean,
    Field::HttpP95,
    Field::ServerErrors,
    Field::Failed,
    Field::Value,
];

/// The sets of which some rows are shown.
pub(super) struct Shown<'a> {
    pub(super) sets: &'a [Set],
    pub(super) first: usize,
    pub(super) visible: usize,
    /// The share that fills a bar.
    pub(super) full: f64,
    /// What the intervals hold with.
    pub(super) confidence: String,
    pub(super) theme: &'a Theme,
}

impl Shown<'_> {
    /// The table with those columns, as far as they have something to say and room.
    pub(super) fn lines(
        &self,
        fields: &[Field],
        width: usize,
        borders: Borders,
    ) -> Vec<Line<'static>> {
        let is_merged = fields == BOTH;
        let (fields, columns): (Vec<Field>, Vec<Column>) = fields
            .iter()
            .filter(|field| self.is_of_use(**field))
            .map(|&field| (field, self.column(field, is_merged, width)))
            .unzip();
        let mut columns = columns;
        let widths = table::widths(&columns, width, borders);
        if let Some(index) = fields.iter().position(|&field| field == Field::Bar) {
            columns[index].title = self.bar_title(widths[index]);
        }
        let names = self.sets.iter().map(|set| set.identifier.as_str());
        let identifier_width = widths.first().copied().unwrap_or(0);
        let labels = fit::labels(names, identifier_width);
        let cell = |row: Row, field: Field, width: usize| match row {
            _ if width == 0 => Line::default(),
            Row::Set(index, set) => self.cell(field, set, &labels[index], width),
            Row::Part(part) => self.part_cell(field, part, width),
        };
        let shown = rows(self.sets).skip(self.first).take(self.visible);
        let rows = shown
            .map(|row| {
                fields
                    .iter()
                    .zip(&widths)
                    .map(|(&field, &width)| cell(row, field, width))
                    .collect()
            })
            .collect();
        let note = rows::hidden(self.first, self.visible, rows::count(self.sets));
        Table {
            columns,
            widths,
            rows,
            borders,
            note,
        }
        .lines(width, self.theme)
    }

    /// The title of the bars: with the key to the mark where there is room, with the scale wherever it matters.
    fn bar_title(&self, width: usize) -> String {
        let is_magnified = self.full < 1.0;
        let full = format::whole_percent(self.full);
        let titles = if is_magnified {
            [
                column::distribution_of_with_key(&full),
                column::distribution_of(&full),
                column::bar_of(&full),
            ]
        } else {
            [
                column::DISTRIBUTION_WITH_KEY.to_owned(),
                column::DISTRIBUTION.to_owned(),
                column::BAR.to_owned(),
            ]
        };
        let fits = |title: &String| fit::width(title) <= width;
        titles.into_iter().find(fits).unwrap_or_default()
    }

    /// Whether a column has anything to say.
    fn is_of_use(&self, field: Field) -> bool {
        let http = || self.sets.iter().filter_map(|set| set.http.as_ref());
        match field {
            Field::HttpMean | Field::HttpP95 => http().next().is_some(),
            Field::Interval => self.sets.iter().any(|set| set.judged.is_some()),
            Field::Recent => self.sets.iter().any(|set| set.recent.is_some()),
            Field::ServerErrors => http().any(|http| http.status[4] > 0),
            Field::Failed => http().any(|http| http.failures > 0),
            _ => true,
        }
    }

    fn column(&self, field: Field, is_merged: bool, width: usize) -> Column {
        let (title, least, keep) = title(field, is_merged, width);
        let natural = match field {
            Field::Identifier => self
                .widest(|set| fit::width(&visible(&set.identifier)))
                .max(self.widest_part(|part| PART.len() + fit::width(&visible(&part.label)))),
            Field::Value => self
                .widest(|set| fit::width(&visible(&set.target)))
                .max(self.widest_part(|part| fit::width(&visible(&part.target)))),
            Field::Weight | Field::Count => self.widest(|set| format::count(set.count).len()),
            Field::Diff => self.widest(|set| difference(set).len()),
            Field::Interval => self.widest(|set| verdicts::interval(set).len()),
            Field::Bar => 24,
            _ => 0,
        };
        let title = match field {
            Field::Interval => column::interval(&self.confidence),
            _ => title.to_owned(),
        };
        let natural = natural.max(fit::width(&title));
        // Names are cut late: another column goes before they fall below a readable length.
        let least = if field == Field::Identifier {
            natural.min(if width < WIDE { 16 } else { 28 })
        } else if field == Field::Interval {
            natural
        } else {
            least
        };
        Column {
            title,
            is_number: !matches!(field, Field::Identifier | Field::Value | Field::Bar),
            natural: natural.max(least),
            least,
            grows: field == Field::Bar || (field == Field::Value && !is_merged),
            keep,
        }
    }

    fn widest(&self, width: impl Fn(&Set) -> usize) -> usize {
        self.sets.iter().map(width).max().unwrap_or(0)
    }

    fn widest_part(&self, width: impl Fn(&Part) -> usize) -> usize {
        let parts = self.sets.iter().flat_map(|set| &set.parts);
        parts.map(width).max().unwrap_or(0)
    }

    /// What a column says of a part: how often it was answered, and that nothing follows from it.
    fn part_cell(&self, field: Field, part: &Part, width: usize) -> Line<'static> {
        let theme = self.theme;
        let (text, style) = match field {
            Field::Identifier => {
                let room = width.saturating_sub(PART.len());
                let label = fit::cut_path(&part.label, room);
                (format!("{PART}{label}"), theme.quiet)
            }
            Field::Value => (fit::cut_middle(&part.target, width), theme.quiet),
            Field::Count => (format::count(part.count), theme.quiet),
            Field::Observed => (
                facts::or_nothing(part.observed_share, format::percent),
                theme.quiet,
            ),
            Field::Bar if fit::width(share::NOT_JUDGED) <= width => {
                (share::NOT_JUDGED.to_owned(), theme.quiet)
            }
            Field::Bar => (share::NOT_JUDGED_SHORT.to_owned(), theme.quiet),
            _ => return Line::default(),
        };
        Line::styled(fit::cut(&text, width), style)
    }

    fn cell(&self, field: Field, set: &Set, label: &str, width: usize) -> Line<'static> {
        let theme = self.theme;
        let http = set.http.as_ref();
        let latency = http.and_then(|http| http.latency);
        let (text, style) = match field {
            Field::Bar => {
                let observed = set.observed_share.map(|share| share / self.full);
                return bar(observed, set.expected_share / self.full, width, theme);
            }
            Field::Identifier => (label.to_owned(), theme.text),
            Field::Weight => (format::count(set.weight), theme.text),
            Field::Declared => (format::percent(set.expected_share), theme.text),
            Field::Ttl => (facts::or_nothing(set.ttl, format::ttl), theme.quiet),
            Field::Value => (fit::cut_middle(&set.target, width), theme.quiet),
            Field::Count => (format::count(set.count), theme.text),
            Field::Observed => (
                facts::or_nothing(set.observed_share, format::percent),
                theme.figure,
            ),
            Field::Diff => (difference(set), difference_style(set.diff, theme)),
            Field::Interval => (verdicts::interval(set), theme.text),
            Field::Recent => (
                facts::or_nothing(set.recent, |recent| {
                    format::percent(as_f64(recent.count) / as_f64(recent.answers))
                }),
                theme.quiet,
            ),
            Field::HttpMean => (
                facts::or_nothing(latency.map(|times| times.mean), format::latency),
                theme.text,
            ),
            Field::HttpP95 => (
                facts::or_nothing(latency.map(|times| times.p95), format::latency),
                theme.text,
            ),
            Field::ServerErrors => bad_count(http.map_or(0, |http| http.status[4]), theme),
            Field::Failed => bad_count(http.map_or(0, |http| http.failures), theme),
        };
        Line::styled(fit::cut(&text, width), style)
    }
}

/// The title of a column, the width below which it is better left out, and how long it is kept where room is short.
fn title(field: Field, is_merged: bool, width: usize) -> (&'static str, usize, u8) {
    match field {
        Field::Identifier if width < NARROW => (column::IDENTIFIER_SHORT, 0, 255),
        Field::Identifier => (column::IDENTIFIER, 0, 255),
        // As wide as the counts, so that the columns of the two tables stand below each other.
        Field::Weight => (column::WEIGHT, 6, 120),
        Field::Declared if is_merged => (column::DECLARED, 8, 200),
        Field::Declared => (column::RATIO, 6, 240),
        Field::Ttl => (column::TTL, 4, 20),
        Field::Value => (column::VALUE, 12, 30),
        Field::Count => (column::COUNT, 6, 210),
        Field::Observed if is_merged => (column::OBSERVED, 6, 250),
        Field::Observed => (column::RATIO, 6, 250),
        Field::Diff => (column::DIFF, 7, 245),
        // Its title names the confidence and is made where that is known.
        Field::Interval => ("", 0, 115),
        Field::Recent => (column::LAST_MINUTE, 8, 25),
        Field::Bar if width >= WIDE => (column::DISTRIBUTION, 24, 150),
        Field::Bar if width >= NARROW => (column::DISTRIBUTION, 8, 150),
        Field::Bar => (column::DISTRIBUTION, 12, 150),
        Field::HttpMean if is_merged => (column::HTTP_MEAN_SHORT, 6, 110),
        Field::HttpMean => (column::HTTP_MEAN, 8, 110),
        Field::HttpP95 => (column::P95, 6, 100),
        Field::ServerErrors => (column::SERVER_ERRORS, 5, 108),
        Field::Failed => (column::FAILED, 6, 109),
    }
}

/// The difference, with a sign before it where the declared share lies outside the interval of the served one.
pub(super) fn difference(set: &Set) -> String {
    let difference = facts::or_nothing(set.diff, format::difference);
    if verdicts::is_off(set) {
        words::off(&difference)
    } else {
        difference
    }
}

fn bad_count(count: u64, theme: &Theme) -> (String, Style) {
    (
        format::count(count),
        if count > 0 {
            theme.warning
        } else {
            theme.quiet
        },
    )
}

/// Green above, red below, and neither where the difference that is shown is nothing.
pub(super) fn difference_style(diff: Option<f64>, theme: &Theme) -> Style {
    match diff.map(format::points) {
        Some(points) if points.starts_with('+') => theme.above,
        Some(points) if points.starts_with('-') => theme.below,
        _ => theme.text,
    }
}
