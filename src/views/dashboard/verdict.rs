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
const MOST: usize = 4;
/// The margin at either side.
const MARGIN: usize = 1;

/// As many rows as there is room for: what makes sense of the state, below it what to do, then what there is besides.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    let Some(headline) = verdicts::headline(scene.snapshot) else {
        return Block::none();
    };
    let all = rows(&headline, width, MOST).len();
    Block::new(all, move |room| {
        let mut rows = rows(&headline, width, room.height);
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
    /// One without the word.
    fn plain(fact: String) -> Self {
        let (badge, facts) = (0, vec![fact]);
        Self { badge, facts }
    }

    /// What it takes without its margins.
    fn used(&self) -> usize {
        let facts: usize = self.facts.iter().map(|fact| fit::width(fact)).sum();
        let between = self.facts.len().saturating_sub(1) * fit::width(SEPARATOR);
        self.badge + facts + between
    }

    /// Whether one more fact has room.
    fn has_room_for(&self, fact: &str, room: usize) -> bool {
        self.used() + fit::width(SEPARATOR) + fit::width(fact) <= room
    }

    /// Whether the aim has room behind the facts.
    fn has_room(&self, headline: &Headline, width: usize) -> bool {
        self.used() + fit::width(&headline.aim_in_short()) + 2 * MARGIN < width
    }
}

/// The row that the aim stands on. Where none has room, the least important facts go; a match says itself how near it is.
fn make_room(rows: &mut [Row], headline: &Headline, width: usize) -> Option<usize> {
    if headline.state == VerdictState::Match {
        return None;
    }
    loop {
        if let Some(index) = rows.iter().position(|row| row.has_room(headline, width)) {
            return Some(index);
        }
        let facts = rows.iter_mut().rev().map(|row| &mut row.facts);
        let mut surplus = facts.filter(|facts| facts.len() > 1);
        surplus.next()?.pop();
    }
}

/// At most so many rows: the first fact whole, behind it those that have room on its row, then what to do, then the rest.
fn rows(headline: &Headline, width: usize, most: usize) -> Vec<Row> {
    let room = width.saturating_sub(2 * MARGIN).max(1);
    let aim = match headline.state {
        VerdictState::Match => 0,
        _ => fit::width(&headline.aim_in_short()) + 2 * MARGIN,
    };
    let mut rows = first_fact(headline, room);
    let mut rest: Vec<Row> = Vec::new();
    for fact in headline.facts.iter().skip(1) {
        // The aim stands behind the first fact where it can.
        let beside_aim = room.saturating_sub(if rest.is_empty() { aim } else { 0 });
        match rest.last_mut().or(rows.last_mut()) {
            Some(last) if last.has_room_for(fact, beside_aim) => last.facts.push(fact.clone()),
            _ => rest.push(Row::plain(fit::cut(fact, room))),
        }
    }
    let now = headline.what_now.as_deref().unwrap_or_default();
    match rows.last_mut().filter(|_| rest.is_empty()) {
        Some(last) if last.has_room_for(now, room.saturating_sub(aim)) => {
            last.facts.push(now.to_owned());
        }
        _ => {
            // Where the aim has room nowhere else, it stands beside what to do.
            let is_placed = rows.iter().any(|row| row.used() + aim <= room);
            let columns = if is_placed {
                room
            } else {
                room.saturating_sub(aim).max(1)
            };
            let pieces = cut_to(now, columns, most.saturating_sub(rows.len()));
            rows.extend(pieces.into_iter().map(Row::plain));
        }
    }
    rows.extend(rest);
    rows.truncate(most);
    rows
}

/// The word and the first fact, on as many rows as they take. Something stands beside the word in any case, so that the
/// first row says what it is about.
fn first_fact(headline: &Headline, room: usize) -> Vec<Row> {
    let badge = fit::width(word(headline.state)) + 3;
    let fact = headline.facts.first().map_or("", String::as_str);
    let mut pieces = fit::wrap(fact, room.saturating_sub(badge).max(1)).into_iter();
    let facts = pieces.next().into_iter().collect();
    let more = pieces.collect::<Vec<_>>().join(" ");
    let more = fit::wrap(&more, room).into_iter();
    let more = more.filter(|piece| !piece.is_empty()).map(Row::plain);
    std::iter::once(Row { badge, facts }).chain(more).collect()
}

/// A sentence on so many lines at most; the last one shows where something is missing.
fn cut_to(sentence: &str, columns: usize, lines: usize) -> Vec<String> {
    let mut pieces = fit::wrap(sentence, columns);
    if pieces.len() > lines && lines > 0 {
        let rest = pieces.split_off(lines - 1).join(" ");
        pieces.push(fit::cut_at_word(&rest, columns));
    }
    pieces.truncate(lines);
    pieces
}
