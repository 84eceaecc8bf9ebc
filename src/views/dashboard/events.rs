//! What happened, the newest last.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::snapshot::Event;
use crate::views::{fit, format, words};

use super::region::{Block, Scene, newest, title};
use super::theme::Theme;

/// A title and a line for each event that has room.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let (events, names) = (&snapshot.events, snapshot.server_names());
    let line = move |event: &Event| line(event, &names, width, theme);
    newest(&words::EVENTS, events, snapshot.older_events, theme, line)
}

/// Every event in full, the newest first; the lines scroll.
pub(super) fn page<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let names = snapshot.server_names();
    let events = snapshot.events.iter().rev();
    let lines: Vec<Line> = events
        .flat_map(|event| whole(event, &names, width, theme))
        .collect();
    let older = words::newest_of(
        snapshot.events.len(),
        snapshot.events.len(),
        snapshot.older_events,
    );
    let title = title(&words::EVENTS, &older, theme);
    Block::new(lines.len(), move |room| {
        let shown = lines.iter().skip(room.first).take(room.visible);
        std::iter::once(&title).chain(shown).cloned().collect()
    })
    .framed(1)
    .scrolling(1)
}

/// An event on as many lines as it takes.
fn whole(event: &Event, names: &[&str], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (clock, style) = head(event, theme);
    let room = width.saturating_sub(clock.len() + 1);
    let message = words::event::sentence(&event.what, names);
    let pieces = fit::wrap(&message, room).into_iter().enumerate();
    pieces
        .map(|(index, piece)| {
            let blank = " ".repeat(clock.len());
            let head = if index == 0 { clock.clone() } else { blank };
            Line::from(vec![
                Span::styled(head, theme.quiet),
                Span::styled(piece, style),
            ])
        })
        .collect()
}

fn line(event: &Event, names: &[&str], width: usize, theme: &Theme) -> Line<'static> {
    let (clock, style) = head(event, theme);
    let room = width.saturating_sub(clock.len() + 1);
    let message = words::event::sentence(&event.what, names);
    Line::from(vec![
        Span::styled(clock, theme.quiet),
        Span::styled(fit::cut_at_word(&message, room), style),
    ])
}

/// When it was, with a sign where it is a warning, and what it looks like.
fn head(event: &Event, theme: &Theme) -> (String, Style) {
    let (sign, style) = if event.kind().is_warning() {
        ("!", theme.warning)
    } else {
        (" ", theme.text)
    };
    (format!(" {} {sign} ", format::clock(event.at)), style)
}
