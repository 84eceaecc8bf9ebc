//! The picture for screens without room for tables: one line for each set, and one for everything else.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::snapshot::{Set, Snapshot};
use crate::views::words::verdict::state as word;
use crate::views::{facts, fit, format, words};

use super::arrangement::listed;
use super::fields::{difference, difference_style};
use super::table::put_text;
use super::theme::Theme;
use super::verdict;
use super::weights::hidden_rows;

/// From this height on there is a line for rate, time and errors.
const HEIGHT_WITH_STATUS: u16 = 3;
/// From this height on there is a line for warnings.
const HEIGHT_WITH_WARNING: u16 = 4;

/// What a share takes: `100.0%`.
const SHARE: usize = 6;
/// What a difference takes, with the space before it: ` !-100.0%`.
const DIFF: usize = 9;
/// From this width on there is room for the difference beside a readable name.
const WIDTH_WITH_DIFF: usize = 24;

/// How many sets have a line.
pub(super) fn visible_rows(area: Rect, snapshot: &Snapshot) -> usize {
    let sets = snapshot.current().map_or(0, |segment| segment.sets.len());
    listed(
        usize::from(area.height) - usize::from(other_rows(area, snapshot)),
        sets,
    )
}

fn other_rows(area: Rect, snapshot: &Snapshot) -> u16 {
    u16::from(area.height >= HEIGHT_WITH_STATUS) + u16::from(has_warning(area, snapshot))
}

fn has_warning(area: Rect, snapshot: &Snapshot) -> bool {
    area.height >= HEIGHT_WITH_WARNING && !facts::warnings(snapshot).is_empty()
}

/// Draws what has room, with the sets from `first` on.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    snapshot: &Snapshot,
    first: usize,
    theme: &Theme,
) {
    let mut rest = area;
    if has_warning(area, snapshot) {
        let warnings = facts::warnings(snapshot);
        let text = warnings.first().map_or("", String::as_str);
        let text = fit::cut(&format!("! {text}"), usize::from(area.width));
        put_text(
            buffer,
            rest,
            0,
            &fit::pad_right(&text, usize::from(area.width)),
            theme.alarm,
        );
        rest = Rect {
            y: rest.y + 1,
            height: rest.height - 1,
            ..rest
        };
    }
    if area.height >= HEIGHT_WITH_STATUS {
        rest.height -= 1;
        draw_status(buffer, area, snapshot, theme);
    }
    match (facts::waiting(snapshot), snapshot.current()) {
        (Some(waiting), _) => put_text(buffer, rest, 0, &waiting, theme.warning),
        (None, Some(segment)) => draw_sets(buffer, rest, &segment.sets, first, theme),
        (None, None) => {}
    }
}

/// The verdict first, then rate, time and errors as far as they have room.
fn draw_status(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let width = usize::from(area.width);
    let row = area.bottom() - 1;
    let mut line = Line::default();
    let verdict = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref());
    if let Some(verdict) = verdict {
        let word = word(verdict.state).to_owned();
        line.push_span(Span::styled(word, verdict::style(verdict.state, theme)));
    }
    let facts = [
        words::rate_short(&facts::rate(snapshot)),
        format::uptime(snapshot.uptime),
        words::errors_short(snapshot.errors()),
    ];
    for fact in facts {
        let between = if line.spans.is_empty() { "" } else { " " };
        if line.width() + between.len() + fit::width(&fact) <= width {
            line.push_span(Span::styled(format!("{between}{fact}"), theme.quiet));
        }
    }
    super::table::put(buffer, area, area.x, row, &line);
}

fn draw_sets(buffer: &mut Buffer, area: Rect, sets: &[Set], first: usize, theme: &Theme) {
    let visible = listed(usize::from(area.height), sets.len());
    if visible == 0 {
        // A single row for several sets: as many shares as it holds.
        let shares: Vec<String> = sets.iter().map(|set| short(set, &set.identifier)).collect();
        let line = fit::join(&shares, "  ", usize::from(area.width));
        put_text(buffer, area, 0, &line, theme.text);
        return;
    }
    let width = usize::from(area.width);
    let labels = labels(sets, width);
    let widest = labels
        .iter()
        .map(|label| fit::width(label))
        .max()
        .unwrap_or(0);
    let rows = sets.iter().zip(&labels).skip(first).take(visible);
    for (row, (set, label)) in (area.top()..).zip(rows) {
        let share = facts::or_nothing(set.observed_share, format::percent);
        let mut line = Line::default();
        if widest > 0 {
            line.push_span(Span::styled(fit::pad_right(label, widest + 1), theme.text));
            line.push_span(Span::styled(fit::pad_left(&share, SHARE), theme.figure));
        } else {
            line.push_span(Span::styled(fit::cut(&share, width), theme.figure));
        }
        if width >= WIDTH_WITH_DIFF {
            let diff = difference(set);
            let style = difference_style(set.diff, theme);
            line.push_span(Span::styled(fit::pad_left(&diff, DIFF), style));
        }
        super::table::put(buffer, area, area.x, row, &line);
    }
    if let Some(note) = hidden_rows(first, visible, sets.len()) {
        put_text(buffer, area, area.height - 1, &note, theme.quiet);
    }
}

/// The names, with room behind them for the numbers; empty where there is none for a readable name.
fn labels(sets: &[Set], width: usize) -> Vec<String> {
    let numbers = if width >= WIDTH_WITH_DIFF {
        SHARE + DIFF + 1
    } else {
        SHARE + 1
    };
    let room = width.saturating_sub(numbers);
    let room = if room < 2 { 0 } else { room };
    fit::labels(sets.iter().map(|set| set.identifier.as_str()), room)
}

fn short(set: &Set, identifier: &str) -> String {
    let share = facts::or_nothing(set.observed_share, format::percent);
    format!("{} {share}", fit::cut_middle(identifier, 12))
}
