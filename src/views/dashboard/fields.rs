//! The columns of the tables of sets: how wide each may be, which go first where room is short, what stands in the cells.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::model::reading::HttpReading;
use crate::snapshot::{Part, Set};
use crate::views::columns::SetColumn;
use crate::views::words::{column, share};
use crate::views::{fit, format};

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
/// The class of status that says that the server failed: 5xx.
const SERVER_ERRORS: usize = 4;
/// What a bar would like to have.
const BAR: usize = 24;

/// What is declared.
pub(super) const CONFIGURED: &[SetColumn] = &[
    SetColumn::Identifier,
    SetColumn::Weight,
    SetColumn::Declared,
    SetColumn::Ttl,
    SetColumn::Value,
];
/// What is observed.
pub(super) const ACTUAL: &[SetColumn] = &[
    SetColumn::Identifier,
    SetColumn::Count,
    SetColumn::Observed,
    SetColumn::Diff,
    SetColumn::Interval,
    SetColumn::Recent,
    SetColumn::Bar,
    SetColumn::HttpMean,
    SetColumn::HttpP95,
    SetColumn::Status(SERVER_ERRORS),
    SetColumn::Failed,
];
/// All of it, in one table.
pub(super) const BOTH: &[SetColumn] = &[
    SetColumn::Identifier,
    SetColumn::Weight,
    SetColumn::Declared,
    SetColumn::Count,
    SetColumn::Observed,
    SetColumn::Diff,
    SetColumn::Interval,
    SetColumn::Recent,
    SetColumn::Bar,
    SetColumn::HttpMean,
    SetColumn::HttpP95,
    SetColumn::Status(SERVER_ERRORS),
    SetColumn::Failed,
    SetColumn::Value,
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
        fields: &[SetColumn],
        width: usize,
        borders: Borders,
    ) -> Vec<Line<'static>> {
        let is_merged = fields == BOTH;
        let (fields, columns): (Vec<SetColumn>, Vec<Column>) = fields
            .iter()
            .filter(|field| self.is_of_use(**field))
            .map(|&field| (field, self.column(field, is_merged, width)))
            .unzip();
        let mut columns = columns;
        let widths = table::widths(&columns, width, borders);
        if let Some(index) = fields.iter().position(|&field| field == SetColumn::Bar) {
            columns[index].title = self.bar_title(widths[index]);
        }
        let names = self.sets.iter().map(|set| set.identifier.as_str());
        let identifier_width = widths.first().copied().unwrap_or(0);
        let labels = fit::labels(names, identifier_width);
        let cell = |row: Row, field: SetColumn, width: usize| match row {
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
    fn is_of_use(&self, field: SetColumn) -> bool {
        let http = || self.sets.iter().filter_map(|set| set.http.as_ref());
        match field {
            SetColumn::HttpMean | SetColumn::HttpP95 => http().next().is_some(),
            SetColumn::Interval => self.sets.iter().any(|set| set.judged.is_some()),
            SetColumn::Recent => self.sets.iter().any(|set| set.recent.is_some()),
            SetColumn::Status(SERVER_ERRORS) => http().any(|http| http.status[4] > 0),
            SetColumn::Failed => http().any(|http| http.failures > 0),
            _ => true,
        }
    }

    fn column(&self, field: SetColumn, is_merged: bool, width: usize) -> Column {
        let title = title(field, is_merged, width).map_or_else(
            || field.title(&self.confidence),
            std::borrow::ToOwned::to_owned,
        );
        let sets = self.sets.iter();
        let cells = sets.flat_map(|set| {
            let parts = set.parts.iter().map(|part| field.part_cell(part));
            std::iter::once(field.cell(set)).chain(parts)
        });
        let natural = match field {
            SetColumn::Bar => BAR,
            // As wide as the counts, so that the columns of the two tables stand below each other.
            SetColumn::Weight => self.widest(field).max(self.widest(SetColumn::Count)),
            _ => cells.map(|cell| fit::width(&cell)).max().unwrap_or(0),
        };
        let natural = natural.max(fit::width(&title));
        let (least, keep) = claim(field, is_merged, width);
        let least = match field {
            // Names are cut late: another column goes before they fall below a readable length.
            SetColumn::Identifier => natural.min(least),
            SetColumn::Interval => natural,
            _ => least,
        };
        Column {
            title,
            is_number: !matches!(
                field,
                SetColumn::Identifier | SetColumn::Value | SetColumn::Bar
            ),
            natural: natural.max(least),
            least,
            grows: field == SetColumn::Bar || (field == SetColumn::Value && !is_merged),
            keep,
        }
    }

    fn widest(&self, field: SetColumn) -> usize {
        let cells = self.sets.iter().map(|set| fit::width(&field.cell(set)));
        cells.max().unwrap_or(0)
    }

    /// What a column says of a part: how often it was answered, and that nothing follows from it.
    fn part_cell(&self, field: SetColumn, part: &Part, width: usize) -> Line<'static> {
        let text = match field {
            SetColumn::Identifier => {
                let room = width.saturating_sub(PART.len());
                format!("{PART}{}", fit::cut_path(&part.label, room))
            }
            SetColumn::Value => fit::cut_middle(&part.target, width),
            SetColumn::Bar if fit::width(share::NOT_JUDGED) <= width => {
                share::NOT_JUDGED.to_owned()
            }
            SetColumn::Bar => share::NOT_JUDGED_SHORT.to_owned(),
            _ => field.part_cell(part),
        };
        Line::styled(fit::cut(&text, width), self.theme.quiet)
    }

    fn cell(&self, field: SetColumn, set: &Set, label: &str, width: usize) -> Line<'static> {
        let theme = self.theme;
        let text = match field {
            SetColumn::Bar => {
                let observed = set.observed_share.map(|share| share / self.full);
                return bar(observed, set.declared_share / self.full, width, theme);
            }
            SetColumn::Identifier => label.to_owned(),
            SetColumn::Value => fit::cut_middle(&set.target, width),
            _ => field.cell(set),
        };
        let http = set.http.as_ref();
        let bad_if = |count: fn(&HttpReading) -> u64| {
            if http.is_some_and(|http| count(http) > 0) {
                theme.warning
            } else {
                theme.quiet
            }
        };
        let style = match field {
            SetColumn::Ttl | SetColumn::Value | SetColumn::Recent => theme.quiet,
            SetColumn::Observed => theme.figure,
            SetColumn::Diff => difference_style(set.diff, theme),
            SetColumn::Status(_) => bad_if(|http| http.status[SERVER_ERRORS]),
            SetColumn::Failed => bad_if(|http| http.failures),
            _ => theme.text,
        };
        Line::styled(fit::cut(&text, width), style)
    }
}

/// The title of a column where it is another one than elsewhere.
fn title(field: SetColumn, is_merged: bool, width: usize) -> Option<&'static str> {
    Some(match field {
        SetColumn::Identifier if width < NARROW => column::IDENTIFIER_SHORT,
        SetColumn::Declared | SetColumn::Observed if !is_merged => column::RATIO,
        SetColumn::HttpMean if is_merged => column::HTTP_MEAN_SHORT,
        SetColumn::HttpMean => column::HTTP_MEAN,
        _ => return None,
    })
}

/// The width below which a column is better left out, and how long it is kept where room is short.
fn claim(field: SetColumn, is_merged: bool, width: usize) -> (usize, u8) {
    match field {
        SetColumn::Identifier if width < WIDE => (16, 255),
        SetColumn::Identifier => (28, 255),
        SetColumn::Weight => (6, 120),
        SetColumn::Declared if is_merged => (8, 200),
        SetColumn::Declared => (6, 240),
        SetColumn::Ttl => (4, 20),
        SetColumn::Value => (12, 30),
        SetColumn::Count => (6, 210),
        SetColumn::Observed => (6, 250),
        SetColumn::Diff => (7, 245),
        SetColumn::Interval => (0, 115),
        SetColumn::Recent => (8, 25),
        SetColumn::Bar if width >= WIDE => (BAR, 150),
        SetColumn::Bar if width >= NARROW => (8, 150),
        SetColumn::Bar => (12, 150),
        SetColumn::HttpMean if is_merged => (6, 110),
        SetColumn::HttpMean => (8, 110),
        SetColumn::Status(_) => (5, 108),
        SetColumn::Failed => (6, 109),
        SetColumn::Requests | SetColumn::HttpP50 | SetColumn::HttpP95 | SetColumn::HttpP99 => {
            (6, 100)
        }
    }
}

/// Green above, red below, and neither where the difference that is shown is nothing.
pub(super) fn difference_style(diff: Option<f64>, theme: &Theme) -> Style {
    match diff.map(format::points) {
        Some(points) if points.starts_with('+') => theme.above,
        Some(points) if points.starts_with('-') => theme.below,
        _ => theme.text,
    }
}
