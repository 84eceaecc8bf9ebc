//! The columns of the tables of sets: how wide each may be, which go first where room is short, what stands in the cells.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::model::reading::HttpReading;
use crate::snapshot::{Part, Set};
use crate::views::columns::SetColumn::{
    self, Bar, Count, Declared, Diff, Failed, HttpMean, HttpP50, HttpP95, HttpP99, Identifier,
    Interval, Observed, Recent, Requests, Status, Ttl, Value, Weight,
};
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
/// Responses that say that the server failed.
const HTTP_5XX: SetColumn = Status(4);
/// What a bar would like to have.
const BAR: usize = 24;

/// What is declared.
pub(super) const CONFIGURED: &[SetColumn] = &[Identifier, Weight, Declared, Ttl, Value];
/// What is observed.
pub(super) const ACTUAL: &[SetColumn] = &[
    Identifier, Count, Observed, Diff, Interval, Recent, Bar, HttpMean, HttpP95, HTTP_5XX, Failed,
];
/// All of it, in one table.
pub(super) const BOTH: &[SetColumn] = &[
    Identifier, Weight, Declared, Count, Observed, Diff, Interval, Recent, Bar, HttpMean, HttpP95,
    HTTP_5XX, Failed, Value,
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
        let columns = fields.iter().filter(|field| self.is_of_use(**field));
        let columns = columns.map(|&field| self.column(field, is_merged, width));
        let mut columns = table::fitted(columns.collect(), width, borders);
        if let Some(bar) = columns.iter_mut().find(|column| column.which == Bar) {
            bar.title = self.bar_title(bar.width);
        }
        let names = self.sets.iter().map(|set| set.identifier.as_str());
        let labels = fit::labels(names, columns.first().map_or(0, |first| first.width));
        let cell = |row: Row, column: &Column<SetColumn>| match row {
            Row::Set(index, set) => self.cell(column.which, set, &labels[index], column.width),
            Row::Part(part) => self.part_cell(column.which, part, column.width),
        };
        let shown = rows(self.sets).skip(self.first).take(self.visible);
        let rows = shown.map(|row| columns.iter().map(|column| cell(row, column)).collect());
        let rows = rows.collect();
        let note = rows::hidden(self.first, self.visible, rows::count(self.sets));
        Table {
            columns,
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
            use column::{BAR, DISTRIBUTION, DISTRIBUTION_WITH_KEY};
            [DISTRIBUTION_WITH_KEY, DISTRIBUTION, BAR].map(str::to_owned)
        };
        let fits = |title: &String| fit::width(title) <= width;
        titles.into_iter().find(fits).unwrap_or_default()
    }

    /// Whether a column has anything to say.
    fn is_of_use(&self, field: SetColumn) -> bool {
        let http = || self.sets.iter().filter_map(|set| set.http.as_ref());
        match field {
            HttpMean | HttpP95 => http().next().is_some(),
            Interval => self.sets.iter().any(|set| set.judged.is_some()),
            Recent => self.sets.iter().any(|set| set.recent.is_some()),
            HTTP_5XX => http().any(|http| http.status[4] > 0),
            Failed => http().any(|http| http.failures > 0),
            _ => true,
        }
    }

    fn column(&self, field: SetColumn, is_merged: bool, width: usize) -> Column<SetColumn> {
        let title = title(field, is_merged, width).map(str::to_owned);
        let title = title.unwrap_or_else(|| field.title(&self.confidence));
        let sets = self.sets.iter();
        let cells = sets.flat_map(|set| {
            let parts = set.parts.iter().map(|part| field.part_cell(part));
            std::iter::once(field.cell(set)).chain(parts)
        });
        let natural = match field {
            Bar => BAR,
            // As wide as the counts, so that the columns of the two tables stand below each other.
            Weight => self.widest(field).max(self.widest(Count)),
            _ => cells.map(|cell| fit::width(&cell)).max().unwrap_or(0),
        };
        let natural = natural.max(fit::width(&title));
        let (least, keep) = claim(field, is_merged, width);
        let least = match field {
            // Names are cut late: another column goes before they fall below a readable length.
            Identifier => natural.min(least),
            Interval => natural,
            _ => least,
        };
        Column {
            which: field,
            title,
            is_number: !matches!(field, Identifier | Value | Bar),
            natural: natural.max(least),
            least,
            grows: field == Bar || (field == Value && !is_merged),
            keep,
            width: 0,
        }
    }

    fn widest(&self, field: SetColumn) -> usize {
        let cells = self.sets.iter().map(|set| fit::width(&field.cell(set)));
        cells.max().unwrap_or(0)
    }

    /// What a column says of a part: how often it was answered, and that nothing follows from it.
    fn part_cell(&self, field: SetColumn, part: &Part, width: usize) -> Line<'static> {
        let text = match field {
            Identifier => {
                let room = width.saturating_sub(PART.len());
                format!("{PART}{}", fit::cut_path(&part.label, room))
            }
            Value => fit::cut_middle(&part.target, width),
            Bar if fit::width(share::NOT_JUDGED) <= width => share::NOT_JUDGED.to_owned(),
            Bar => share::NOT_JUDGED_SHORT.to_owned(),
            _ => field.part_cell(part),
        };
        Line::styled(fit::cut(&text, width), self.theme.quiet)
    }

    fn cell(&self, field: SetColumn, set: &Set, label: &str, width: usize) -> Line<'static> {
        let theme = self.theme;
        let text = match field {
            Bar => {
                let observed = set.counted.share.map(|share| share / self.full);
                return bar(observed, set.declared_share / self.full, width, theme);
            }
            Identifier => label.to_owned(),
            Value => fit::cut_middle(&set.target, width),
            _ => field.cell(set),
        };
        let http = set.http.as_ref();
        let bad_if = |count: fn(&HttpReading) -> u64| {
            theme.warning_if(http.is_some_and(|http| count(http) > 0), theme.quiet)
        };
        let style = match field {
            Ttl | Value | Recent => theme.quiet,
            Observed => theme.figure,
            Diff => difference_style(set.counted.diff, theme),
            Status(_) => bad_if(|http| http.status[4]),
            Failed => bad_if(|http| http.failures),
            _ => theme.text,
        };
        Line::styled(fit::cut(&text, width), style)
    }
}

/// The title of a column where it is another one than elsewhere.
fn title(field: SetColumn, is_merged: bool, width: usize) -> Option<&'static str> {
    Some(match field {
        Identifier if width < NARROW => column::IDENTIFIER_SHORT,
        Declared | Observed if !is_merged => column::RATIO,
        HttpMean if is_merged => column::HTTP_MEAN_SHORT,
        HttpMean => column::HTTP_MEAN,
        _ => return None,
    })
}

/// The width below which a column is better left out, and how long it is kept where room is short.
fn claim(field: SetColumn, is_merged: bool, width: usize) -> (usize, u8) {
    match field {
        Identifier if width < WIDE => (16, 255),
        Identifier => (28, 255),
        Weight => (6, 120),
        Declared if is_merged => (8, 200),
        Declared => (6, 240),
        Ttl => (4, 20),
        Value => (12, 30),
        Count => (6, 210),
        Observed => (6, 250),
        Diff => (7, 245),
        Interval => (0, 115),
        Recent => (8, 25),
        Bar if width >= WIDE => (BAR, 150),
        Bar if width >= NARROW => (8, 150),
        Bar => (12, 150),
        HttpMean if is_merged => (6, 110),
        HttpMean => (8, 110),
        Status(_) => (5, 108),
        Failed => (6, 109),
        Requests | HttpP50 | HttpP95 | HttpP99 => (6, 100),
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
