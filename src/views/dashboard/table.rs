//! Tables: which columns have room, how wide each is, and how they are drawn with or without a frame.
//!
//! What stands in the cells is the business of each region.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::views::fit;

use super::theme::Theme;

/// One column before its width is known.
#[derive(Clone, Debug)]
pub(super) struct Column {
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

/// The width of each column in a table of that width; 0 for those that have no room.
pub(super) fn widths(columns: &[Column], width: usize, borders: Borders) -> Vec<usize> {
    let mut kept: Vec<bool> = vec![true; columns.len()];
    let needed = |kept: &[bool]| -> usize {
        let count = kept.iter().filter(|&&kept| kept).count();
        let content: usize = columns
            .iter()
            .zip(kept)
            .filter(|(_, kept)| **kept)
            .map(|(column, _)| column.least)
            .sum();
        content + borders.width(count)
    };
    while needed(&kept) > width && kept.iter().filter(|&&kept| kept).count() > 1 {
        let first_to_go = (0..columns.len())
            .rev()
            .filter(|&index| kept[index])
            .min_by_key(|&index| columns[index].keep);
        if let Some(index) = first_to_go {
            kept[index] = false;
        }
    }
    let mut spare = width.saturating_sub(needed(&kept));
    let mut widths: Vec<usize> = columns
        .iter()
        .zip(&kept)
        .map(|(column, &kept)| if kept { column.least } else { 0 })
        .collect();
    let mut order: Vec<usize> = (0..columns.len()).filter(|&index| kept[index]).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(columns[index].keep));
    for &index in &order {
        let more = columns[index]
            .natural
            .saturating_sub(widths[index])
            .min(spare);
        widths[index] += more;
        spare -= more;
    }
    if let Some(&index) = order.iter().find(|&&index| columns[index].grows) {
        widths[index] += spare;
    }
    widths
}

/// A table that is ready to be drawn.
pub(super) struct Table {
    /// All columns, those without room among them.
    pub(super) columns: Vec<Column>,
    /// Their widths.
    pub(super) widths: Vec<usize>,
    /// The cells of each row, one for each column.
    pub(super) rows: Vec<Vec<Line<'static>>>,
    /// What separates the cells.
    pub(super) borders: Borders,
    /// Words about rows that are not shown; in the frame, or below the rows.
    pub(super) note: Option<String>,
}

impl Table {
    /// Titles, rows and note on a screen of that width.
    pub(super) fn lines(&self, width: usize, theme: &Theme) -> Vec<Line<'static>> {
        let titles: Vec<Line> = self
            .columns
            .iter()
            .zip(&self.widths)
            .map(|(column, &width)| Line::styled(fit::cut(&column.title, width), theme.heading))
            .collect();
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
        lines.extend(self.rows.iter().map(|row| self.row(row, theme)));
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
        let mut spans = vec![Span::styled(start, theme.quiet)];
        let mut is_first = true;
        for ((column, &width), cell) in self.columns.iter().zip(&self.widths).zip(cells) {
            if width == 0 {
                continue;
            }
            if !is_first {
                spans.push(Span::styled(between, theme.quiet));
            }
            is_first = false;
            let missing = Span::raw(" ".repeat(width.saturating_sub(cell.width())));
            let content = cell
                .spans
                .iter()
                .map(|span| span.clone().patch_style(cell.style));
            if column.is_number {
                spans.push(missing);
                spans.extend(content);
            } else {
                spans.extend(content);
                spans.push(missing);
            }
        }
        spans.push(Span::styled(end, theme.quiet));
        Line::from(spans)
    }

    fn border(
        &self,
        [left, cross, right]: [&str; 3],
        note: Option<&str>,
        theme: &Theme,
    ) -> Line<'static> {
        let parts: Vec<String> = self
            .widths
            .iter()
            .filter(|&&width| width > 0)
            .map(|&width| "─".repeat(width + 2))
            .collect();
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

/// A rule over the whole width.
pub(super) fn rule(width: usize, theme: &Theme) -> Line<'static> {
    Line::styled("─".repeat(width), theme.quiet)
}

/// Writes a line at a place, or as much of it as the area has room for.
pub(super) fn put(buffer: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line<'_>) {
    let area = area.intersection(buffer.area);
    if y >= area.top() && y < area.bottom() && x >= area.left() && x < area.right() {
        buffer.set_line(x, y, line, area.right() - x);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(title: &str, least: usize, natural: usize, keep: u8) -> Column {
        Column {
            title: title.to_owned(),
            is_number: false,
            natural,
            least,
            grows: false,
            keep,
        }
    }

    #[test]
    fn the_least_wanted_column_goes_first_and_the_rest_grows_to_its_content() {
        let mut columns = vec![
            column("a", 4, 8, 9),
            column("b", 4, 6, 1),
            column("c", 4, 5, 5),
        ];
        assert_eq!(widths(&columns, 40, Borders::None), [8, 6, 5]);
        assert_eq!(widths(&columns, 18, Borders::None), [4, 4, 4]);
        assert_eq!(widths(&columns, 17, Borders::None), [8, 0, 5]);
        assert_eq!(widths(&columns, 13, Borders::None), [5, 0, 4]);
        assert_eq!(widths(&columns, 3, Borders::None), [4, 0, 0]);
        columns[2].grows = true;
        assert_eq!(widths(&columns, 40, Borders::Grid), [8, 6, 16]);
    }
}
