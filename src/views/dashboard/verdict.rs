//! The verdict: the first thing the eye meets. What it is, how sure, from how many answers, how much longer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::verdict::VerdictState;
use crate::snapshot::Snapshot;
use crate::views::words::headline as words;
use crate::views::words::verdict::state as word;
use crate::views::{fit, verdicts};

use super::table::put;
use super::theme::Theme;

/// What stands between two facts.
const SEPARATOR: &str = " │ ";
/// More lines than this are no headline any more.
const MOST: usize = 3;
/// The margin at either side.
const MARGIN: usize = 1;

/// How many rows all the facts take at that width.
pub(super) fn height(snapshot: &Snapshot, width: u16) -> usize {
    lines(snapshot, usize::from(width)).len().min(MOST)
}

/// Draws as many rows as there is room for; the most important facts come first.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let Some(verdict) = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref())
    else {
        return;
    };
    let width = usize::from(area.width);
    let mut lines = lines(snapshot, width);
    lines.truncate(usize::from(area.height));
    let aim = words::aim_in_short(verdict.criteria);
    let aim_row = make_room(&mut lines, verdict.state, fit::width(&aim), width);
    for (index, (row, facts)) in (area.top()..area.bottom()).zip(&lines).enumerate() {
        let mut line = Line::from(Span::raw(" "));
        if index == 0 {
            let badge = format!(" {} ", word(verdict.state));
            line.push_span(Span::styled(badge, style(verdict.state, theme)));
            line.push_span(Span::raw(" "));
        }
        let text = if index == 0 { theme.figure } else { theme.text };
        for (place, fact) in facts.facts.iter().enumerate() {
            if place > 0 {
                line.push_span(Span::styled(SEPARATOR, theme.quiet));
            }
            line.push_span(Span::styled(fact.clone(), text));
        }
        if aim_row == Some(index) {
            let gap = width.saturating_sub(line.width() + fit::width(&aim) + MARGIN);
            line.push_span(Span::raw(" ".repeat(gap)));
            line.push_span(Span::styled(aim.clone(), theme.quiet));
        }
        put(buffer, area, area.x, row, &line);
    }
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
struct Row {
    is_first: bool,
    facts: Vec<String>,
}

/// What a row takes without its margins.
fn used(state: VerdictState, row: &Row) -> usize {
    let facts: usize = row.facts.iter().map(|fact| fit::width(fact)).sum();
    let between = row.facts.len().saturating_sub(1) * fit::width(SEPARATOR);
    facts + between + usize::from(row.is_first) * badge(state)
}

fn badge(state: VerdictState) -> usize {
    fit::width(word(state)) + 3
}

/// The row that the aim stands on. Where none has room, the least important facts of the last one go; a match says
/// itself how near and how sure.
fn make_room(rows: &mut [Row], state: VerdictState, aim: usize, width: usize) -> Option<usize> {
    if state == VerdictState::Match {
        return None;
    }
    let has_room = |row: &Row| used(state, row) + aim + 2 * MARGIN < width;
    loop {
        if let Some(index) = rows.iter().position(has_room) {
            return Some(index);
        }
        let last = rows.last_mut().filter(|row| row.facts.len() > 1)?;
        last.facts.pop();
    }
}

/// The facts by row: each whole where it has room on a row of its own, else broken between words.
fn lines(snapshot: &Snapshot, width: usize) -> Vec<Row> {
    let Some(headline) = verdicts::headline(snapshot) else {
        return Vec::new();
    };
    let room = width.saturating_sub(2 * MARGIN);
    let mut rows = vec![Row {
        is_first: true,
        facts: Vec::new(),
    }];
    for fact in &headline.facts {
        let Some(row) = rows.last_mut() else { break };
        let before = used(headline.state, row);
        let between = if row.facts.is_empty() {
            0
        } else {
            fit::width(SEPARATOR)
        };
        if before + between + fit::width(fact) <= room {
            row.facts.push(fact.clone());
            continue;
        }
        // Something stands beside the badge in any case, so that the first row says what it is about.
        let mut rest = fact.clone();
        if row.facts.is_empty() {
            let pieces = fit::wrap(&rest, room.saturating_sub(before).max(1));
            row.facts.extend(pieces.first().cloned());
            rest = pieces[1..].join(" ");
        }
        rows.extend(fit::wrap(&rest, room.max(1)).into_iter().map(|piece| Row {
            is_first: false,
            facts: vec![piece],
        }));
    }
    // The aim stands behind the facts of a row, or on one of its own.
    let aim = fit::width(&headline.aim_in_short);
    let has_room = |row: &Row| used(headline.state, row) + aim + 2 * MARGIN < width;
    if headline.state != VerdictState::Match && !rows.iter().any(has_room) {
        // A row with nothing but the aim looks lost, so the last fact comes along.
        let last = rows.last_mut().filter(|row| row.facts.len() > 1);
        let facts = last.and_then(|row| row.facts.pop()).into_iter().collect();
        rows.push(Row {
            is_first: false,
            facts,
        });
    }
    rows
}
