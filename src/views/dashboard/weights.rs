//! The tables of declared weights and observed shares: two framed ones, or both in one where rows are short.

use ratatui::text::{Line, Span};

use crate::snapshot::{Segment, Snapshot};
use crate::views::wish::Order;
use crate::views::words;
use crate::views::{facts, fit, format, verdicts};

use super::bar::full_share;
use super::fields::{ACTUAL, BOTH, CONFIGURED, Shown};
use super::order::sorted;
use super::region::{Block, Room, Scene};
use super::rows;
use super::table::Borders;

/// From this height of the screen on, there are two framed tables.
const TWO_TABLES: usize = 50;
/// From this one on, a rule stands below the titles of the columns.
const RULED: usize = 30;
/// From this one on, a title stands above the table.
const TITLED: usize = 15;

/// Declared weights and observed shares, as the height of the screen allows.
pub(super) fn table<'a>(scene: &Scene<'a>) -> Block<'a> {
    match scene.height {
        TWO_TABLES.. => two_tables(scene),
        RULED.. => one_table(scene, Borders::Rule),
        _ => one_table(scene, Borders::None),
    }
}

/// Declared weights and observed shares in a framed table each.
fn two_tables<'a>(scene: &Scene<'a>) -> Block<'a> {
    let one = 1 + Borders::Grid.height();
    let scene = *scene;
    let lines = move |room: Room| {
        let configured = Line::styled(format!(" {}", words::CONFIGURED), scene.theme.title);
        let shown = shown(&scene, room);
        let mut lines = vec![configured];
        lines.extend(shown.lines(CONFIGURED, scene.width, Borders::Grid));
        // The second table stands where it stands, however many sets there are; a blank line is between the two.
        let each = room.height.saturating_sub(1) / 2;
        lines.resize(lines.len().max(each), Line::default());
        lines.extend([Line::default(), actual_title(&scene)]);
        lines.extend(shown.lines(ACTUAL, scene.width, Borders::Grid));
        lines
    };
    Block::new(rows::count(scene.snapshot.sets()), lines)
        .framed(2 * one + 1)
        .scrolling(2)
        .keeping(chosen_row(&scene))
}

fn one_table<'a>(scene: &Scene<'a>, borders: Borders) -> Block<'a> {
    let scene = *scene;
    let is_titled = scene.height >= TITLED;
    let lines = move |room: Room| {
        let title = is_titled.then(|| actual_title(&scene));
        let mut lines: Vec<Line> = title.into_iter().collect();
        lines.extend(shown(&scene, room).lines(BOTH, scene.width, borders));
        lines
    };
    Block::new(rows::count(scene.snapshot.sets()), lines)
        .framed(usize::from(is_titled) + borders.height())
        .scrolling(1)
        .counting()
        .keeping(chosen_row(&scene))
}

/// The row of the set that the cursor is on.
fn chosen_row(scene: &Scene) -> Option<usize> {
    let sets = sorted(scene.ui.order, scene.snapshot);
    scene.ui.cursor.row(&sets)
}

/// What the tables are made from, with the rows that are in sight.
fn shown<'a>(scene: &Scene<'a>, room: Room) -> Shown<'a> {
    let sets = sorted(scene.ui.order, scene.snapshot);
    let declared = sets.iter().map(|set| set.declared_share);
    Shown {
        first: room.first,
        visible: room.visible,
        chosen: scene.ui.cursor.row(&sets),
        full: full_share(declared),
        sets,
        confidence: verdicts::interval_confidence(scene.snapshot).unwrap_or_default(),
        theme: scene.theme,
    }
}

/// The title with the total, and with what the reader has to know of the numbers below it.
fn actual_title(scene: &Scene) -> Line<'static> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let total = words::total(snapshot.current().map_or(0, Segment::counted));
    let mut line = Line::from(vec![
        Span::styled(format!(" {}", words::ACTUAL), theme.title),
        Span::styled(format!(" {total}"), theme.figure),
    ]);
    if scene.ui.order != Order::Declared {
        let order = format!("  {}", words::message::order(scene.ui.order));
        if line.width() + fit::width(&order) <= width {
            line.push_span(Span::styled(order, theme.figure));
        }
    }
    if let Some(waiting) = facts::waiting(snapshot) {
        line.push_span(Span::styled(format!("  {waiting}"), theme.warning));
        // What is waited for says that the total is nothing; the other way round it does not.
        if line.width() > width {
            let waiting = fit::cut(&format!(" {waiting}"), width);
            line = Line::styled(waiting, theme.warning);
        }
    } else {
        let room = width.saturating_sub(line.width() + 2);
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
        words::since_in_segment(&clock, segment.number),
        words::since(&clock),
    ])
}
