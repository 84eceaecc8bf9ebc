//! The verdict: the first thing the eye meets. What it is, how sure, from how many answers, how much longer.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::verdict::VerdictState;
use crate::views::verdicts::Headline;
use crate::views::words::verdict::state as word;
use crate::views::{fit, verdicts};

use super::region::{Block, SEPARATOR, Scene, joined};
use super::theme::Theme;

/// More lines than this are no headline any more.
const MOST: usize = 3;
/// The margin at either side.
const MARGIN: usize = 1;

/// As many rows as there is room for; the most important facts come first.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    let Some(headline) = verdicts::headline(scene.snapshot) else {
        return Block::none();
    };
    let rows = rows(&headline, width);
    Block::new(rows.len().min(MOST), move |room| {
        let mut rows = rows.clone();
        rows.truncate(room.height);
        let aim = headline.aim_in_short();
        let aim_row = make_room(&mut rows, &headline, width);
        let rows = rows.iter().enumerate();
        rows.map(|(index, row)| {
            let mut line = line(row, headline.state, theme);
            if aim_row == Some(index) {
                let gap = width.saturating_sub(line.width() + MARGIN);
                line.push_span(Span::styled(fit::pad_left(&aim, gap), theme.quiet));
            }
            line
        })
        .collect()
    })
}

/// The facts of a row, behind the word for the state on the first.
fn line(row: &Row, state: VerdictState, theme: &Theme) -> Line<'static> {
    let is_first = row.badge > 0;
    let look = if is_first { theme.figure } else { theme.text };
    let facts: Vec<_> = row.facts.iter().map(|fact| (fact.clone(), look)).collect();
    let mut line = joined(&facts, SEPARATOR, theme);
    if is_first {
        let badge = Span::styled(format!(" {} ", word(state)), style(state, theme));
        line.spans.splice(1..1, [badge, Span::raw(" ")]);
    }
    line
}

/// What the state looks like; the word says the same.
pub(super) fn style(state: VerdictState, theme: &Theme) -> Style {
    match state {
        VerdictState::Match => theme.matched,
        VerdictState::Mismatch | VerdictState::Blind => theme.alarm,
        VerdictState::Collecting | VerdictState::Propagating => theme.open,
    }
}

/// The facts of one row.
#[derive(Clone)]
struct Row {
    /// The columns that the word for the state takes; 0 behind the first row.
    badge: usize,
    facts: Vec<String>,
}

impl Row {
    /// What it takes without its margins.
    fn used(&self) -> usize {
        let facts: usize = self.facts.iter().map(|fact| fit::width(fact)).sum();
        let between = self.facts.len().saturating_sub(1) * fit::width(SEPARATOR);
        self.badge + facts + between
    }

    /// Whether the aim has room behind the facts.
    fn has_room(&self, headline: &Headline, width: usize) -> bool {
        self.used() + fit::width(&headline.aim_in_short()) + 2 * MARGIN < width
    }
}

/// The row that the aim stands on. Where none has room, the least important facts of the last one go; a match says
/// itself how near and how sure.
fn make_room(rows: &mut [Row], headline: &Headline, width: usize) -> Option<usize> {
    if headline.state == VerdictState::Match {
        return None;
    }
    loop {
        if let Some(index) = rows.iter().position(|row| row.has_room(headline, width)) {
            return Some(index);
        }
        let last = rows.last_mut().filter(|row| row.facts.len() > 1)?;
        last.facts.pop();
    }
}

/// The facts by row: each whole where it has room on a row of its own, else broken between words.
fn rows(headline: &Headline, width: usize) -> Vec<Row> {
    let room = width.saturating_sub(2 * MARGIN);
    let row = |badge: usize, facts: Vec<String>| Row { badge, facts };
    let mut rows = vec![row(fit::width(word(headline.state)) + 3, Vec::new())];
    for fact in &headline.facts {
        let Some(last) = rows.last_mut() else { break };
        let is_empty = last.facts.is_empty();
        let between = if is_empty { 0 } else { fit::width(SEPARATOR) };
        if last.used() + between + fit::width(fact) <= room {
            last.facts.push(fact.clone());
            continue;
        }
        // Something stands beside the badge in any case, so that the first row says what it is about.
        let mut rest = fact.clone();
        if is_empty {
            let pieces = fit::wrap(&rest, room.saturating_sub(last.used()).max(1));
            last.facts.extend(pieces.first().cloned());
            rest = pieces[1..].join(" ");
        }
        let pieces = fit::wrap(&rest, room.max(1)).into_iter();
        rows.extend(pieces.map(|piece| row(0, vec![piece])));
    }
    // The aim stands behind the facts of a row, or on one of its own.
    let has_room = rows.iter().any(|row| row.has_room(headline, width));
    if headline.state != VerdictState::Match && !has_room {
        // A row with nothing but the aim looks lost, so the last fact comes along.
        let last = rows.last_mut().filter(|row| row.facts.len() > 1);
        let facts = last.and_then(|row| row.facts.pop());
        rows.push(row(0, facts.into_iter().collect()));
    }
    rows
}
