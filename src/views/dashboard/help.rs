//! The page that explains the picture: what the keys do, what the numbers are and are not, what the queries cost.

use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
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
    let mut page = Page {
        lines: Vec::new(),
        width,
        theme,
    };
    if let Some((rule, told)) = verdicts::told(snapshot) {
        let headline = verdicts::headline(snapshot).map(|headline| headline.long());
        page.title(headline::WHY);
        page.text(&headline.unwrap_or_default());
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
    page.title(words::MEANING);
    page.text(&meaning);
    page.title(words::COST);
    page.text(&reasons::cost(&snapshot.cost));
    page.title(words::KEYS);
    page.terms(words::KEY_LINES);
    page.title(words::NUMBERS);
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
        self.lines
            .push(Line::styled(format!(" {text}"), self.theme.title));
    }

    fn text(&mut self, text: &str) {
        for line in fit::wrap(text, self.width.saturating_sub(2)) {
            self.lines
                .push(Line::styled(format!(" {line}"), self.theme.text));
        }
    }

    fn terms(&mut self, terms: &[(&str, &str)]) {
        for (term, meaning) in terms {
            let room = self.width.saturating_sub(TERMS + 2);
            for (index, line) in fit::wrap(meaning, room).into_iter().enumerate() {
                let term = if index == 0 { term } else { "" };
                self.lines.push(Line::from(vec![
                    Span::styled(
                        format!(" {}", fit::pad_right(term, TERMS)),
                        self.theme.figure,
                    ),
                    Span::styled(line, self.theme.text),
                ]));
            }
        }
    }
}
