//! The page that explains the picture: what the keys do, what the numbers are and are not, what the queries cost.

use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
use crate::views::language::Phrase;
use crate::views::what_now::what_now;
use crate::views::words::{headline, help as words};
use crate::views::{fit, reasons, verdicts};

use super::region::{Block, Scene};
use super::theme::Theme;

/// What the words that are explained take.
const TERMS: usize = 13;
/// Lines longer than this are hard to read.
const WIDEST: usize = 100;

/// The page, of which the lines scroll.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let lines = lines(scene.snapshot, scene.width.min(WIDEST), scene.theme);
    Block::new(lines.len(), move |room| lines[room.first..].to_vec()).scrolling(1)
}

fn lines(snapshot: &Snapshot, width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let lines = Vec::new();
    let mut page = Page {
        lines,
        width,
        theme,
    };
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
    let [meaning, _] = reasons::answers_not_traffic(snapshot);
    page.title(&words::MEANING);
    page.text(&meaning);
    page.title(&words::COST);
    page.text(&reasons::cost(&snapshot.cost));
    page.title(&words::KEYS);
    page.terms(words::KEY_LINES);
    page.title(&words::NUMBERS);
    page.terms(words::NUMBER_LINES);
    page.lines
}

struct Page<'theme> {
    lines: Vec<Line<'static>>,
    width: usize,
    theme: &'theme Theme,
}

impl Page<'_> {
    fn title(&mut self, text: &str) {
        if !self.lines.is_empty() {
            self.lines.push(Line::default());
        }
        let title = Line::styled(format!(" {text}"), self.theme.title);
        self.lines.push(title);
    }

    fn text(&mut self, text: &str) {
        let lines = fit::wrap(text, self.width.saturating_sub(2)).into_iter();
        let line = |line| Line::styled(format!(" {line}"), self.theme.text);
        self.lines.extend(lines.map(line));
    }

    fn terms(&mut self, terms: &[(Phrase, Phrase)]) {
        let room = self.width.saturating_sub(TERMS + 2);
        for (term, meaning) in terms {
            for (index, line) in fit::wrap(meaning, room).into_iter().enumerate() {
                let term = if index == 0 { term.said() } else { "" };
                let term = format!(" {}", fit::pad_right(term, TERMS));
                let term = Span::styled(term, self.theme.figure);
                let meaning = Span::styled(line, self.theme.text);
                self.lines.push(Line::from(vec![term, meaning]));
            }
        }
    }
}
