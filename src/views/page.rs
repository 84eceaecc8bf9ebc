//! Text, piece by piece: titles, paragraphs, labels with a text beside them, tables. On a page of plain text nothing is wider
//! than the page; the same pieces make Markdown, in which no text from outside becomes markup.

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
    is_markdown: bool,
    lines: Vec<String>,
}

impl Page {
    /// Nothing yet; of at most so many columns, or with lines that are never broken.
    pub fn new(columns: Option<usize>) -> Self {
        Self {
            columns,
            is_markdown: false,
            lines: Vec::new(),
        }
    }

    /// Nothing yet, to become Markdown.
    pub fn markdown() -> Self {
        Self {
            is_markdown: true,
            ..Self::new(None)
        }
    }

    /// Whether it becomes Markdown.
    pub fn is_markdown(&self) -> bool {
        self.is_markdown
    }

    /// A line as it is; in Markdown a paragraph.
    pub fn line(&mut self, line: impl Into<String>) {
        if self.is_markdown {
            return self.apart(&[escaped(&line.into())]);
        }
        self.lines.push(line.into());
    }

    /// The title of all; at the level 1. Below it stand those of 2 and 3.
    pub fn title(&mut self, level: usize, text: &str) {
        if self.is_markdown {
            return self.apart(&[format!("{} {}", "#".repeat(level), escaped(text))]);
        }
        self.text(text);
    }

    /// A blank line; Markdown has its own.
    pub fn blank(&mut self) {
        if !self.is_markdown {
            self.line("");
        }
    }

    /// A paragraph.
    pub fn text(&mut self, text: &str) {
        if self.is_markdown {
            return self.line(text);
        }
        self.beside("", 0, text);
    }

    /// A paragraph that stands in, as tables do.
    pub fn remark(&mut self, text: &str) {
        if self.is_markdown {
            return self.line(text);
        }
        self.beside("", INDENT, text);
    }

    /// One of several lines that stand in, cut where it has no room; in Markdown an item of a list.
    pub fn item(&mut self, text: &str) {
        if self.is_markdown {
            return self.listed(&format!("- {}", escaped(text)));
        }
        let room = self.columns.map_or(usize::MAX, |columns| columns - INDENT);
        self.line(" ".repeat(INDENT) + &fit::cut_at_word(text, room));
    }

    /// An item of a list, below the one before if there is one.
    fn listed(&mut self, item: &str) {
        match self.lines.last() {
            Some(last) if last.starts_with("- ") => self.lines.push(item.to_owned()),
            _ => self.apart(&[item.to_owned()]),
        }
    }

    /// Lines with a blank one above, unless they are the first.
    fn apart(&mut self, lines: &[String]) {
        if !self.lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.extend_from_slice(lines);
    }

    /// A text beside a label that takes so many columns; its further lines stand below its first one. In Markdown an item
    /// of a list.
    pub fn beside(&mut self, label: &str, taken: usize, text: &str) {
        if self.is_markdown {
            return self.listed(&match label {
                "" => format!("- {}", escaped(text)),
                label => format!("- **{}:** {}", escaped_within(label), escaped_within(text)),
            });
        }
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
        if self.is_markdown {
            return self.apart(&markdown_table(rows, count));
        }
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

    /// Text to copy, whole and as it is; in Markdown a block of code.
    pub fn code(&mut self, text: &str) {
        let lines = text.lines().map(str::to_owned);
        if self.is_markdown {
            let fence = || std::iter::once("```".to_owned());
            let block: Vec<String> = fence().chain(lines).chain(fence()).collect();
            return self.apart(&block);
        }
        self.lines.extend(lines);
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

/// The first row has the titles; all columns but the first stand at the right.
fn markdown_table(rows: &[Vec<String>], count: usize) -> Vec<String> {
    let row = |cells: &Vec<String>| {
        let cell = |index: usize| {
            cells
                .get(index)
                .map_or_else(String::new, |it| escaped_within(it))
        };
        let cells: Vec<String> = (0..count).map(cell).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule = (0..count).map(|index| if index == 0 { "---" } else { "---:" });
    let rule = format!("| {} |", rule.collect::<Vec<_>>().join(" | "));
    let mut lines: Vec<String> = rows.iter().map(row).collect();
    lines.insert(1.min(lines.len()), rule);
    lines
}

/// Text that Markdown shows as it is, whatever it holds, where a line may begin with it.
fn escaped(text: &str) -> String {
    let text = escaped_within(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, behind) = text.split_at(digits);
    let is_marker = |marks: &str| behind.starts_with(|mark| marks.contains(mark));
    let begins_a_list = digits > 0 && is_marker(".)") && behind[1..].trim_start() != &behind[1..];
    if begins_a_list || (digits == 0 && is_marker("#+-=>:")) {
        format!("{number}\\{behind}")
    } else {
        text
    }
}

/// The same where no line begins with it.
fn escaped_within(text: &str) -> String {
    let text = visible(text);
    let mut escaped = String::with_capacity(text.len());
    for character in text.trim().chars() {
        if "\\`*_[]<|~&$".contains(character) {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_comes_from_outside_becomes_markup() {
        for (text, shown) in [
            ("blue|green", "blue\\|green"),
            (
                "**bold** _it_ `code`",
                "\\*\\*bold\\*\\* \\_it\\_ \\`code\\`",
            ),
            ("<script>&amp;", "\\<script>\\&amp;"),
            ("> a > b", "\\> a > b"),
            ("[x](http://y)", "\\[x\\](http://y)"),
            ("# a # b", "\\# a # b"),
            ("1. one", "1\\. one"),
            ("1.5 is a number in 2.", "1.5 is a number in 2."),
            ("-5 and -6", "\\-5 and -6"),
        ] {
            assert_eq!(escaped(text), shown);
        }
        let line = escaped("a\nb\u{1b}[31m\u{202e}");
        assert!(!line.contains(['\n', '\u{1b}', '\u{202e}']), "{line}");
    }

    #[test]
    fn the_same_pieces_make_a_page_and_markdown() {
        let pieces = |mut page: Page| {
            page.title(1, "Title");
            page.blank();
            page.beside("Rate", 6, "10");
            page.beside("HTTP", 6, "off");
            page.line("after");
            page.table(&[
                vec!["Set".to_owned(), "Count".to_owned()],
                vec!["blue".to_owned(), "5".to_owned()],
            ]);
            page.remark("done");
            let mut out = Vec::new();
            page.write(&mut out).expect("memory is never full");
            String::from_utf8(out).expect("text")
        };
        let plain = "Title\n\nRate  10\nHTTP  off\nafter\n  Set   Count\n  blue      5\n  done\n";
        assert_eq!(pieces(Page::new(Some(COLUMNS))), plain);
        let markdown = "# Title\n\n- **Rate:** 10\n- **HTTP:** off\n\nafter\n\n| Set | Count |\n| --- | ---: |\n| blue | 5 |\n\ndone\n";
        assert_eq!(pieces(Page::markdown()), markdown);
    }
}
