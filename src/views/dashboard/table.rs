//! Tables: which columns have room, how wide each is, and how they are drawn with or without a frame.
//!
//! What stands in the cells is the business of each region.

use ratatui::text::{Line, Span};

use crate::views::fit;

use super::cursor;
use super::theme::Theme;

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column<Which> {
    /// Which it is.
    pub(super) which: Which,
    /// Its title.
    pub(super) title: String,
    /// Whether its cells stand at the right, as numbers do.
    pub(super) is_number: bool,
    /// The width that its content would like to have.
    pub(super) natural: usize,
    /// The width below which it is better left out.
    pub(super) least: usize,
    /// Whether it takes what is left over.
    pub(super) grows: bool,
    /// Columns with the lowest figure go first where room is short.
    pub(super) keep: u8,
    /// What it gets; 0 before that is known.
    pub(super) width: usize,
}

/// What separates the cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Borders {
    /// A full grid.
    Grid,
    /// A rule below the titles.
    Rule,
    /// Nothing but space.
    None,
}

impl Borders {
    /// What the separators of so many columns take.
    fn width(self, columns: usize) -> usize {
        match self {
            Self::Grid => columns * 3 + 1,
            // A column of margin on both sides, two between the cells.
            Self::Rule | Self::None => columns * 2,
        }
    }

    /// The rows that are no content.
    pub(super) fn height(self) -> usize {
        match self {
            Self::Grid => 4,
            Self::Rule => 2,
            Self::None => 1,
        }
    }
}

/// The columns that have room in a table of that width, each with its own.
pub(super) fn fitted<Which>(
    mut columns: Vec<Column<Which>>,
    width: usize,
    borders: Borders,
) -> Vec<Column<Which>> {
    // Those that are kept, the most wanted first.
    let mut kept: Vec<usize> = (0..columns.len()).collect();
    kept.sort_by_key(|&index| std::cmp::Reverse(columns[index].keep));
    let needed = |kept: &[usize]| -> usize {
        let content: usize = kept.iter().map(|&index| columns[index].least).sum();
        content + borders.width(kept.len())
    };
    while needed(&kept) > width && kept.len() > 1 {
        kept.pop();
    }
    let mut spare = width.saturating_sub(needed(&kept));
    for &index in &kept {
        let column = &mut columns[index];
        let more = column.natural.saturating_sub(column.least).min(spare);
        column.width = column.least + more;
        spare -= more;
    }
    if let Some(&index) = kept.iter().find(|&&index| columns[index].grows) {
        columns[index].width += spare;
    }
    columns.retain(|column| column.width > 0);
    columns
}

/// A table that is ready to be drawn.
pub(super) struct Table<Which> {
    /// The columns that have room.
    pub(super) columns: Vec<Column<Which>>,
    /// The cells of each row, one for each column.
    pub(super) rows: Vec<Vec<Line<'static>>>,
    /// What separates the cells.
    pub(super) borders: Borders,
    /// Words about rows that are not shown; in the frame, or below the rows.
    pub(super) note: Option<String>,
    /// The row that the cursor is on.
    pub(super) chosen: Option<usize>,
}

impl<Which> Table<Which> {
    /// Titles, rows and note on a screen of that width.
    pub(super) fn lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let titles = self.columns.iter().map(|column| {
            let title = fit::cut(&column.title, column.width);
            Line::styled(title, theme.heading)
        });
        let titles: Vec<Line> = titles.collect();
        let mut lines = Vec::with_capacity(self.rows.len() + 5);
        if self.borders == Borders::Grid {
            lines.push(self.border(["┌", "┬", "┐"], None, theme));
        }
        lines.push(self.row(&titles, theme));
        match self.borders {
            Borders::Grid => lines.push(self.border(["├", "┼", "┤"], None, theme)),
            Borders::Rule => lines.push(rule(width, theme)),
            Borders::None => {}
        }
        let rows = self.rows.iter().enumerate();
        lines.extend(rows.map(|(place, row)| {
            let line = self.row(row, theme);
            if self.chosen == Some(place) {
                marked(line)
            } else {
                line
            }
        }));
        match (self.borders, &self.note) {
            (Borders::Grid, note) => {
                lines.push(self.border(["└", "┴", "┘"], note.as_deref(), theme));
            }
            (_, Some(note)) => lines.push(Line::styled(format!(" {note}"), theme.quiet)),
            (_, None) => {}
        }
        lines
    }

    fn row(&self, cells: &[Line<'static>], theme: &Theme) -> Line<'static> {
        let (start, between, end) = match self.borders {
            Borders::Grid => ("│ ", " │ ", " │"),
            Borders::Rule | Borders::None => (" ", "  ", ""),
        };
        let mut line = Line::default();
        for (column, cell) in self.columns.iter().zip(cells) {
            let is_first = line.spans.is_empty();
            let before = if is_first { start } else { between };
            line.push_span(Span::styled(before, theme.quiet));
            let missing = column.width.saturating_sub(cell.width());
            let missing = Span::raw(" ".repeat(missing));
            let content = cell.spans.iter().cloned();
            let content = content.map(|span| span.patch_style(cell.style));
            if column.is_number {
                line.push_span(missing);
                line.extend(content);
            } else {
                line.extend(content);
                line.push_span(missing);
            }
        }
        line.push_span(Span::styled(end, theme.quiet));
        line
    }

    fn border(
        &self,
        [left, cross, right]: [&str; 3],
        note: Option<&str>,
        theme: &Theme,
    ) -> Line<'static> {
        let parts = self.columns.iter();
        let parts: Vec<String> = parts.map(|it| "─".repeat(it.width + 2)).collect();
        let line = format!("{left}{}{right}", parts.join(cross));
        let Some(note) = note else {
            return Line::styled(line, theme.quiet);
        };
        let inside = fit::width(&line).saturating_sub(4);
        let note = fit::cut(&format!(" {note} "), inside);
        let rest: String = line.chars().skip(2 + fit::width(&note)).collect();
        Line::styled(format!("{left}─{note}{rest}"), theme.quiet)
    }
}

/// The row that the cursor is on: reversed, and with a mark in the margin before the first cell.
fn marked(line: Line<'static>) -> Line<'static> {
    let line = line.style(cursor::look());
    let Some((start, rest)) = line.spans.split_first() else {
        return line;
    };
    let mut before = start.content.clone().into_owned();
    if before.pop().is_some() {
        before.push_str(cursor::MARK);
    }
    let start = Span::styled(before, start.style);
    let spans: Vec<Span> = std::iter::once(start).chain(rest.iter().cloned()).collect();
    Line { spans, ..line }
}

/// A rule over the whole width.
pub(super) fn rule(width: usize, theme: &Theme) -> Line<'static> {
    Line::styled("─".repeat(width), theme.quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(which: char, least: usize, natural: usize, keep: u8) -> Column<char> {
        Column {
            which,
            title: String::new(),
            is_number: false,
            natural,
            least,
            grows: false,
            keep,
            width: 0,
        }
    }

    #[test]
    fn the_least_wanted_column_goes_first_and_the_rest_grows_to_its_content() {
        let mut columns = vec![
            column('a', 4, 8, 9),
            column('b', 4, 6, 1),
            column('c', 4, 5, 5),
        ];
        let widths = |columns: &[Column<char>], width, borders| -> Vec<(char, usize)> {
            let fitted = fitted(columns.to_vec(), width, borders).into_iter();
            fitted.map(|column| (column.which, column.width)).collect()
        };
        let none = Borders::None;
        assert_eq!(widths(&columns, 40, none), [('a', 8), ('b', 6), ('c', 5)]);
        assert_eq!(widths(&columns, 18, none), [('a', 4), ('b', 4), ('c', 4)]);
        assert_eq!(widths(&columns, 17, none), [('a', 8), ('c', 5)]);
        assert_eq!(widths(&columns, 13, none), [('a', 5), ('c', 4)]);
        assert_eq!(widths(&columns, 3, none), [('a', 4)]);
        columns[2].grows = true;
        let grid = widths(&columns, 40, Borders::Grid);
        assert_eq!(grid, [('a', 8), ('b', 6), ('c', 16)]);
    }
}
