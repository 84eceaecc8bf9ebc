//! The columns of the tables of sets: how wide each may be, which go first where room is short, what stands in the cells.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::model::http::HttpFault;
use crate::model::reading::HttpReading;
use crate::snapshot::{Part, Set};
use crate::views::columns::SetColumn::{
    self, Bar, Count, Declared, Diff, Failed, HttpMean, HttpP50, HttpP95, HttpP99, Identifier,
    Interval, Observed, Recent, Requests, Status, Ttl, Value, Weight,
};
use crate::views::words::{column, share};
use crate::views::{fit, format, verdicts};

use super::bar::bar;
use super::rows::{self, Row, rows};
use super::table::{self, Borders, Column, Table};
use super::theme::Theme;

/// From this width on the bar is not cut short for the sake of another column.
const WIDE: usize = 100;

/// What a part stands in by below its set.
const PART: &str = "  ";
/// Responses that say that the server failed.
const HTTP_5XX: SetColumn = Status(4);
/// What a bar would like to have.
const BAR: usize = 22;

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
    /// In the order in which they stand.
    pub(super) sets: Vec<&'a Set>,
    pub(super) first: usize,
    pub(super) visible: usize,
    /// The row that the cursor is on.
    pub(super) chosen: Option<usize>,
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
        let shown = rows(self.sets.iter().copied())
            .skip(self.first)
            .take(self.visible);
        let rows = shown.map(|row| columns.iter().map(|column| cell(row, column)).collect());
        let rows = rows.collect();
        let note = rows::hidden(
            self.first,
            self.visible,
            rows::count(self.sets.iter().copied()),
        );
        Table {
            columns,
            rows,
            borders,
            note,
            chosen: self.chosen.and_then(|row| row.checked_sub(self.first)),
        }
        .lines(width, self.theme)
    }

    /// The title of the bars, with the scale where it is another one than usual and there is room.
    fn bar_title(&self, width: usize) -> String {
        let scaled = column::distribution_of(&format::whole_percent(self.full));
        if self.full < 1.0 && fit::width(&scaled) <= width {
            scaled
        } else {
            column::DISTRIBUTION.to_owned()
        }
    }

    /// Whether a column has anything to say in this run.
    fn is_of_use(&self, field: SetColumn) -> bool {
        match field {
            HttpMean | HttpP95 | HTTP_5XX | Failed => {
                self.sets.iter().any(|set| set.http.is_some())
            }
            _ => true,
        }
    }

    fn column(&self, field: SetColumn, is_merged: bool, width: usize) -> Column<SetColumn> {
        let title = field.title(&self.confidence);
        let cells = self.widest(field).into_iter().flat_map(|set| {
            let parts = set.parts.iter().map(|part| field.part_cell(part));
            std::iter::once(field.cell(set)).chain(parts)
        });
        let widest = cells.map(|cell| fit::width(&cell)).max().unwrap_or(0);
        let natural = match field {
            Bar => BAR,
            _ => widest.max(usual(field)),
        };
        let natural = natural.max(fit::width(&title));
        let (least, keep) = claim(field, width);
        let least = match field {
            // Names are cut late: another column goes before they fall below a readable length.
            Identifier => natural.min(least),
            Ttl | Value | Bar => least,
            // Half a number is of no use.
            _ => natural,
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

    /// The sets that have the widest cells of a column; all where that takes a look at the cells.
    fn widest(&self, field: SetColumn) -> Vec<&Set> {
        let sets = self.sets.iter().copied();
        match field {
            // No share is wider than what is usual.
            Declared | Observed | Diff | Interval | Recent | Bar => Vec::new(),
            Weight => sets.max_by_key(|set| set.weight).into_iter().collect(),
            // What a part has, its set has too.
            Count => (sets.max_by_key(|set| set.counted.count).into_iter()).collect(),
            _ => self.sets.clone(),
        }
    }

    /// What a column says of a part: how often it was answered, and that nothing follows from it.
    fn part_cell(&self, field: SetColumn, part: &Part, width: usize) -> Line<'static> {
        let text = match field {
            Identifier => {
                let room = width.saturating_sub(PART.len());
                format!("{PART}{}", fit::cut_path(&part.label, room))
            }
            Value => fit::cut_middle(&part.target, width),
            Bar if fit::width(&share::NOT_JUDGED) <= width => share::NOT_JUDGED.to_owned(),
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
            Diff => difference_style(set, theme),
            Status(_) => bad_if(|http| http.of_kind(HttpFault::Status)),
            Failed => bad_if(HttpReading::failed),
            _ => theme.text,
        };
        Line::styled(fit::cut(&text, width), style)
    }
}

/// What its cells usually take, so that the columns stay where they are while the numbers grow.
fn usual(field: SetColumn) -> usize {
    match field {
        Status(_) => 5,
        Weight | Declared | Observed | Recent | Failed | HttpMean | HttpP95 => 6,
        Count => 7,
        // All that is declared goes elsewhere, with the sign: `!-100.0%`.
        Diff => 8,
        Interval => 11,
        _ => 0,
    }
}

/// The width below which a column is better left out, and how long it is kept where room is short.
fn claim(field: SetColumn, width: usize) -> (usize, u8) {
    match field {
        Identifier if width < WIDE => (16, 255),
        Identifier => (28, 255),
        Weight => (6, 120),
        Declared => (6, 240),
        Ttl => (4, 20),
        Value => (12, 30),
        Count => (6, 210),
        Observed => (6, 250),
        Diff => (7, 245),
        Interval => (0, 115),
        Recent => (8, 25),
        Bar if width >= WIDE => (BAR, 150),
        Bar => (12, 150),
        HttpMean => (6, 107),
        Status(_) => (5, 108),
        Failed => (6, 109),
        Requests | HttpP50 | HttpP95 | HttpP99 => (6, 100),
    }
}

/// Green above, red below, and neither where the difference that is shown is nothing; dimmed where chance explains it.
pub(super) fn difference_style(set: &Set, theme: &Theme) -> Style {
    let look = match set.counted.diff.map(format::points) {
        Some(points) if points.starts_with('+') => theme.above,
        Some(points) if points.starts_with('-') => theme.below,
        _ => return theme.text,
    };
    if verdicts::is_off(set) {
        look.patch(theme.figure)
    } else {
        look.patch(theme.quiet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{Portion, Recent};
    use crate::views::samples;

    #[test]
    fn no_share_is_wider_than_what_is_usual() {
        let running = samples::running();
        let mut set = running.sets()[0].clone();
        for (declared, answers) in [
            (0.0, [100, 100]),
            (1.0, [0, 100]),
            (0.123, [99_999, 100_000]),
        ] {
            let [count, all] = answers;
            set.declared_share = declared;
            set.counted = Portion::new(count, all, declared);
            let share = set.counted.share.expect("answers");
            set.recent = Some(Recent {
                count,
                answers: all,
                low: share,
                high: share,
            });
            let judged = set.judged.as_mut().expect("a verdict");
            (judged.declared, judged.low, judged.high) = (declared, share, share);
            assert!(verdicts::is_off(&set));
            for field in [Declared, Observed, Diff, Interval, Recent] {
                let cell = field.cell(&set);
                assert!(fit::width(&cell) <= usual(field), "{field:?}: {cell}");
            }
        }
    }
}
