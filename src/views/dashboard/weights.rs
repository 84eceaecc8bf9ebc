//! The tables of declared weights and observed shares: two framed ones, or both in one where rows are short.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::snapshot::{Set, Snapshot};
use crate::views::words;
use crate::views::{facts, fit, format, verdicts};

use super::arrangement::SetTables;
use super::bar::full_share;
use super::fields::{ACTUAL, BOTH, CONFIGURED, Field, Shown};
use super::rows;
use super::table::{Borders, put};
use super::theme::Theme;

/// Draws the tables with the rows from `first` on.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    snapshot: &Snapshot,
    (tables, first): (SetTables, usize),
    theme: &Theme,
) {
    let no_sets: &[Set] = &[];
    let sets = snapshot
        .current()
        .map_or(no_sets, |segment| segment.sets.as_slice());
    let visible = tables.visible(usize::from(area.height), rows::count(sets));
    let full = full_share(sets.iter().map(|set| set.expected_share));
    let shown = Shown {
        sets,
        first,
        visible,
        full,
        confidence: verdicts::interval_confidence(snapshot).unwrap_or_default(),
        theme,
    };
    let actual = actual_title(snapshot, area.width, theme);
    let mut draw_table = |area: Rect, title: &Line, fields: &[Field], borders: Borders| {
        put(buffer, area, area.x, area.y, title);
        let table = shown.table(fields, area.width, borders);
        table.draw(buffer, below(area), theme);
    };
    match tables {
        SetTables::Two => {
            // A blank line between the two.
            let height = area.height.saturating_sub(1) / 2;
            let upper = Rect { height, ..area };
            let y = area.y + height + 1;
            let lower = Rect { y, height, ..area };
            let configured = title(words::CONFIGURED, theme);
            draw_table(upper, &configured, CONFIGURED, Borders::Grid);
            draw_table(lower, &actual, ACTUAL, Borders::Grid);
        }
        SetTables::One(borders) => draw_table(area, &actual, BOTH, borders),
    }
}

/// The area without its first row.
fn below(area: Rect) -> Rect {
    Rect {
        y: area.y + 1,
        height: area.height.saturating_sub(1),
        ..area
    }
}

fn title(text: &'static str, theme: &Theme) -> Line<'static> {
    Line::styled(format!(" {text}"), theme.title)
}

/// The title with the total, and with what the reader has to know of the numbers below it.
fn actual_title(snapshot: &Snapshot, width: u16, theme: &Theme) -> Line<'static> {
    let total = snapshot
        .current()
        .map_or(0, |segment| facts::total(&segment.sets));
    let mut line = title(words::ACTUAL, theme);
    line.push_span(Span::styled(
        format!(" {}", words::total(total)),
        theme.figure,
    ));
    if let Some(waiting) = facts::waiting(snapshot) {
        line.push_span(Span::styled(format!("  {waiting}"), theme.warning));
        // What is waited for says that the total is nothing; the other way round it does not.
        if line.width() > usize::from(width) {
            let waiting = fit::cut(&format!(" {waiting}"), usize::from(width));
            line = Line::styled(waiting, theme.warning);
        }
    } else {
        let room = usize::from(width).saturating_sub(line.width() + 2);
        let fits = |since: &String| fit::width(since) <= room;
        let since = since(snapshot).into_iter().flatten().find(fits);
        line.extend(since.map(|since| Span::styled(format!("  {since}"), theme.quiet)));
    }
    line
}

/// Since when is counted, where that is not the whole run: in full and short.
fn since(snapshot: &Snapshot) -> Option<[String; 2]> {
    let segment = snapshot.current().filter(|segment| segment.number > 1)?;
    let clock = format::clock(segment.started_at);
    Some([
        words::since(&clock, segment.number),
        words::since_short(&clock),
    ])
}

/// What stands in for rows that are out of sight.
pub(super) fn hidden_rows(first: usize, visible: usize, all: usize) -> Option<String> {
    let below = all.saturating_sub(first + visible);
    match (first, below) {
        (0, 0) => None,
        (0, below) => Some(words::and_more(below)),
        (above, 0) => Some(words::above(above)),
        (above, below) => Some(format!(
            "{}, {}",
            words::above(above),
            words::and_more(below)
        )),
    }
}
