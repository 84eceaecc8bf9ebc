//! The page that explains the picture: what the keys do, what the numbers are and are not, what the queries cost.

use ratatui::text::{Line, Span};

use crate::model::text::visible;
use crate::snapshot::Snapshot;
use crate::views::language::Phrase;
use crate::views::what_now::what_now;
use crate::views::words::{
    command as undo_words, gate as gate_words, headline, help as words, stage as stage_words,
};
use crate::views::{command, fit, page as plain, reasons, verdicts};

use super::region::{Block, Scene};
use super::theme::Theme;

/// What the words that are explained take.
const TERMS: usize = 13;
/// Lines longer than this are hard to read.
pub(super) const WIDEST: usize = 100;

/// The page, of which the lines scroll.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let lines = lines(scene.snapshot, scene.width.min(WIDEST), scene.theme);
    Block::new(lines.len(), move |room| lines[room.first..].to_vec()).scrolling(1)
}

fn lines(snapshot: &Snapshot, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let mut page = Page::new(width, theme);
    if let Some((rule, told)) = verdicts::told(snapshot) {
        let headline = verdicts::headline(snapshot).map(|headline| headline.long());
        page.title(&headline::WHY);
        page.text(&headline.unwrap_or_default());
        page.text(&what_now(snapshot).map_or_else(String::new, |now| headline::now(&now)));
        page.text(&told.because);
        page.text(&headline::what_would_change(&told.change));
        if let Some(segment) = snapshot.current() {
            for note in verdicts::notes(snapshot, segment) {
                page.text(&note);
            }
        }
        page.text(&headline::rule(rule));
    }
    if let Some(undo) = command::told(snapshot) {
        page.title(&undo_words::UNDO);
        for remark in &undo.remarks {
            page.text(remark);
        }
        page.command(&undo.command.unwrap_or_default());
    }
    if let Some(next) = command::next_stage(snapshot) {
        page.title(&stage_words::NEXT);
        for remark in &next.remarks {
            page.text(remark);
        }
        page.command(&next.command.unwrap_or_default());
    }
    if !snapshot.gates.is_empty() {
        page.title(&gate_words::GATES);
        let names = snapshot.server_names();
        for gate in &snapshot.gates {
            let standing = gate_words::standing(gate, &names);
            page.text(&visible(&format!("{}: {standing}", gate.gate)));
        }
    }
    let [meaning, _] = reasons::answers_not_traffic(snapshot);
    page.title(&words::MEANING);
    page.text(&meaning);
    page.title(&words::COST);
    page.text(&reasons::cost(&snapshot.cost));
    page.title(&words::KEYS);
    page.terms(words::KEY_LINES);
    page.title(&words::NUMBERS);
    page.terms(words::NUMBER_LINES);
    page.into_lines()
}

/// Lines of a page that is read: titles, paragraphs, terms and what they mean, tables.
pub(super) struct Page<'theme> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'theme Theme,
}

impl<'theme> Page<'theme> {
    /// Nothing yet, of that width.
    pub(super) fn new(width: usize, theme: &'theme Theme) -> Self {
        let lines = Vec::new();
        Self {
            lines,
            width,
            theme,
        }
    }

    pub(super) fn into_lines(self) -> Vec<Line<'static>> {
        self.lines
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// A line as it is.
    pub(super) fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    /// Rows of cells, the first of them titles.
    pub(super) fn table(&mut self, rows: &[Vec<String>]) {
        let mut page = plain::Page::new(Some(self.width.saturating_sub(1)));
        page.table(rows);
        for (row, line) in page.lines().iter().enumerate() {
            let style = if row == 0 {
                self.theme.heading
            } else {
                self.theme.text
            };
            // A column of margin is enough here.
            let line = line.strip_prefix(' ').unwrap_or(line);
            let line = fit::cut(line, self.width);
            self.lines.push(Line::styled(line, style));
        }
    }

    pub(super) fn title(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        let title = Line::styled(format!(" {text}"), self.theme.title);
        self.lines.push(title);
    }

    pub(super) fn text(&mut self, text: &str) {
        let lines = fit::wrap(text, self.width.saturating_sub(2)).into_iter();
        let line = |line| Line::styled(format!(" {line}"), self.theme.text);
        self.lines.extend(lines.map(line));
    }

    /// A command as it is, broken where the line ends and nowhere else: no blank of it is left out.
    fn command(&mut self, text: &str) {
        let room = self.width.saturating_sub(2);
        for line in text.lines().flat_map(|line| fit::pieces(line, room)) {
            self.lines
                .push(Line::styled(format!(" {line}"), self.theme.figure));
        }
    }

    fn terms(&mut self, terms: &[(Phrase, Phrase)]) {
        for (term, meaning) in terms {
            self.term(term, meaning);
        }
    }

    /// A word and what it means, or a label and what it stands before.
    pub(super) fn term(&mut self, term: &str, meaning: &str) {
        let room = self.width.saturating_sub(TERMS + 2);
        for (index, line) in fit::wrap(meaning, room).into_iter().enumerate() {
            let term = if index == 0 { term } else { "" };
            let term = format!(" {}", fit::pad_right(term, TERMS));
            let term = Span::styled(term, self.theme.figure);
            let meaning = Span::styled(line, self.theme.text);
            self.lines.push(Line::from(vec![term, meaning]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn the_command_that_undoes_the_last_change_stands_there_whole() {
        let snapshot = samples::changed();
        let undo = command::undo(&snapshot).expect("a change");
        for width in [20, 58, 80, WIDEST] {
            let lines = lines(&snapshot, width, &Theme::plain());
            let lines = lines.iter().map(ToString::to_string);
            let lines: Vec<String> = lines.collect();
            let title = lines
                .iter()
                .position(|line| line.trim() == undo_words::UNDO.said());
            let (_, below) = lines.split_at(title.expect("a title") + 1);
            let below = below.iter().take_while(|line| !line.is_empty());
            let command: Vec<&str> = below.filter_map(|line| line.strip_prefix(' ')).collect();
            assert_eq!(command.concat(), undo);
            assert!(command.iter().all(|line| fit::width(line) <= width - 2));
        }
        let running = lines(&samples::running(), 80, &Theme::plain());
        assert!(
            !running
                .iter()
                .any(|line| line.to_string().contains(undo_words::UNDO.said()))
        );
    }
}
