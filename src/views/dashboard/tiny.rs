//! The picture for screens without room for tables: one line for each set, and one for everything else.

use ratatui::text::{Line, Span};

use crate::snapshot::Set;
use crate::views::columns::SetColumn;
use crate::views::{facts, fit, format, words};

use super::cursor;
use super::fields::difference_style;
use super::order::sorted;
use super::region::{Block, Room, Scene};
use super::rows;
use super::verdict;

/// What a share takes: `100.0%`.
const SHARE: usize = 6;
/// What a difference takes, with the space before it: ` !-100.0%`.
const DIFF: usize = 9;
/// From this width on there is room for the difference beside a readable name.
const WIDTH_WITH_DIFF: usize = 24;

/// The most pressing of the warnings.
pub(super) fn warning<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (warnings, _) = facts::warnings(scene.snapshot);
    warnings.first().map_or_else(Block::none, |text| {
        let text = fit::cut(&format!("! {text}"), scene.width);
        let text = fit::pad_right(&text, scene.width);
        Block::line(Line::styled(text, scene.theme.alarm))
    })
}

/// The verdict first, then rate, time and errors as far as they have room.
pub(super) fn status<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    let mut line = Line::default();
    let segment = snapshot.current();
    if let Some(verdict) = segment.and_then(|segment| segment.verdict.as_ref()) {
        for chip in verdict::chips(snapshot, verdict.state, theme) {
            let room = scene.width.saturating_sub(line.width());
            line.extend(chip.fitting(room));
        }
    }
    let facts = [
        words::rate_short(&facts::rate(snapshot)),
        format::uptime(snapshot.uptime),
        words::errors_short(&format::count(snapshot.errors().all())),
    ];
    for fact in facts {
        let between = if line.spans.is_empty() { "" } else { " " };
        if line.width() + between.len() + fit::width(&fact) <= scene.width {
            line.push_span(Span::styled(format!("{between}{fact}"), theme.quiet));
        }
    }
    Block::line(line)
}

/// What is waited for, or a line for each set.
pub(super) fn shares<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (scene, sets) = (*scene, sorted(scene.ui.order, scene.snapshot));
    if let Some(waiting) = facts::waiting(scene.snapshot) {
        let waiting = fit::cut(&waiting, scene.width);
        return Block::line(Line::styled(waiting, scene.theme.warning));
    }
    let chosen = scene.ui.cursor.set(&sets);
    Block::new(sets.len(), move |room| lines(&scene, &sets, room))
        .scrolling(1)
        .counting()
        .keeping(chosen)
}

fn lines(scene: &Scene, sets: &[&Set], room: Room) -> Vec<Line<'static>> {
    let (width, theme) = (scene.width, scene.theme);
    if room.visible == 0 {
        if let Some(chosen) = scene.ui.cursor.set(sets) {
            let line = fit::cut(&short(sets[chosen]), width);
            return vec![Line::styled(line, cursor::look())];
        }
        // A single row for several sets: as many shares as it holds.
        let shares: Vec<String> = sets.iter().map(|set| short(set)).collect();
        let line = fit::cut(&fit::join(&shares, "  ", width), width);
        return vec![Line::styled(line, theme.text)];
    }
    let labels = labels(sets, width);
    let widest = labels.iter().map(|label| fit::width(label)).max();
    let widest = widest.unwrap_or(0);
    let chosen = scene.ui.cursor.set(sets);
    let line = |(place, (set, label)): (usize, (&&Set, &String))| {
        let share = facts::or_nothing(set.counted.share, format::percent);
        let mut line = Line::default();
        if widest > 0 {
            line.push_span(Span::styled(fit::pad_right(label, widest + 1), theme.text));
            line.push_span(Span::styled(fit::pad_left(&share, SHARE), theme.figure));
        } else {
            line.push_span(Span::styled(fit::cut(&share, width), theme.figure));
        }
        if width >= WIDTH_WITH_DIFF {
            let diff = fit::pad_left(&SetColumn::Diff.cell(set), DIFF);
            line.push_span(Span::styled(diff, difference_style(set, theme)));
        }
        if chosen == Some(place) {
            line.style(cursor::look())
        } else {
            line
        }
    };
    let shown = sets.iter().zip(&labels).enumerate();
    let shown = shown.skip(room.first).take(room.visible);
    let note = rows::hidden(room.first, room.visible, sets.len());
    let note = note.map(|note| Line::styled(fit::cut(&note, width), theme.quiet));
    shown.map(line).chain(note).collect()
}

/// The names, with room behind them for the numbers; empty where there is none for a readable name.
fn labels(sets: &[&Set], width: usize) -> Vec<String> {
    let diff = if width >= WIDTH_WITH_DIFF { DIFF } else { 0 };
    let room = width.saturating_sub(SHARE + diff + 1);
    let room = if room < 2 { 0 } else { room };
    fit::labels(sets.iter().map(|set| set.identifier.as_str()), room)
}

fn short(set: &Set) -> String {
    let share = facts::or_nothing(set.counted.share, format::percent);
    format!("{} {share}", fit::cut_middle(&set.identifier, 12))
}
