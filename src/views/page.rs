//! Plain text, piece by piece: paragraphs, labels with a text beside them, tables. Nothing is wider than the page.

use std::io::{self, Write};

use crate::model::text::visible;

use super::fit;

/// What everybody's terminal and mail shows.
pub const COLUMNS: usize = 80;
/// What tables and remarks stand in by.
const INDENT: usize = 2;
/// The least that is left of the names in a table.
const LEAST_LABEL: usize = 12;

/// Lines that are written at once.
pub struct Page {
    columns: Option<usize>,
    lines: Vec<String>,
}

impl Page {
    /// Nothing yet; of at most so many columns, or with lines that are never broken.
    pub fn new(columns: Option<usize>) -> Self {
        let lines = Vec::new();
        Self { columns, lines }
    }

    /// A line as it is.
    pub fn line(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    /// A blank line.
    pub fn blank(&mut self) {
        self.line("");
    }

    /// A paragraph.
    pub fn text(&mut self, text: &str) {
        self.beside("", 0, text);
    }

    /// A paragraph that stands in, as tables do.
    pub fn remark(&mut self, text: &str) {
        self.beside("", INDENT, text);
    }

    /// A text beside a label that takes so many columns; its further lines stand below its first one.
    pub fn beside(&mut self, label: &str, taken: usize, text: &str) {
        let lines = match self.columns {
            Some(columns) => fit::wrap(text, columns.saturating_sub(taken)),
            None => vec![visible(text).into_owned()],
        };
        for (index, line) in lines.iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            self.line(fit::pad_right(label, taken) + line);
        }
    }

    /// Rows of cells, two spaces between them, all but the first at the right. The first gives way so that the rest has
    /// room.
    pub fn table(&mut self, rows: &[Vec<String>]) {
        let count = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widest = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| fit::width(cell)).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (1..count).map(widest).collect();
        let taken = INDENT + widths.iter().map(|width| width + 2).sum::<usize>();
        let room = self.columns.map_or(usize::MAX, |columns| {
            columns.saturating_sub(taken).max(LEAST_LABEL)
        });
        let first = fit::labels(rows.iter().map(|row| row[0].as_str()), room);
        let widest = first.iter().map(|label| fit::width(label)).max();
        for (row, label) in rows.iter().zip(&first) {
            let mut line = " ".repeat(INDENT) + &fit::pad_right(label, widest.unwrap_or(0));
            for (cell, &width) in row[1..].iter().zip(&widths) {
                line = line + "  " + &fit::pad_left(cell, width);
            }
            self.line(line.trim_end());
        }
    }

    /// All lines.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Writes all lines.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        self.lines
            .iter()
            .try_for_each(|line| writeln!(out, "{line}"))
    }
}
