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
        let aim = fit::width(&headline.aim_in_short);
        let aim_row = make_room(&mut rows, headline.state, aim, width);
        let rows = rows.iter().enumerate();
        rows.map(|(index, row)| {
            let mut line = line(row, headline.state, theme);
            if aim_row == Some(index) {
                let gap = width.saturating_sub(line.width() + aim + MARGIN);
                line.push_span(Span::raw(" ".repeat(gap)));
                line.push_span(Span::styled(headline.aim_in_short.clone(), theme.quiet));
            }
            line
        })
        .collect()
    })
}

/// The facts of a row, behind the word for the state on the first.
fn line(row: &Row, state: VerdictState, theme: &Theme) -> Line<'static> {
    let style_of_facts = if row.is_first {
        theme.figure
    } else {
        theme.text
    };
    let facts: Vec<_> = row
        .facts
        .iter()
        .map(|fact| (fact.clone(), style_of_facts))
        .collect();
    let mut line = joined(&facts, SEPARATOR, theme);
    if row.is_first {
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
fn rows(headline: &Headline, width: usize) -> Vec<Row> {
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
