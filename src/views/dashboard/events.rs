//! What happened, the newest last.

use ratatui::text::{Line, Span};

use crate::snapshot::Event;
use crate::views::{fit, format, words};

use super::region::{Block, Scene, title};
use super::theme::Theme;

/// Room is kept for so many that are still to come.
const RESERVE: usize = 4;

/// A title and a line for each event that has room.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (events, older) = (&scene.snapshot.events, scene.snapshot.older_events);
    let (width, theme) = (scene.width, scene.theme);
    let names = scene.snapshot.server_names();
    Block::new(events.len(), move |room| {
        let first = events.len().saturating_sub(room.height.saturating_sub(1));
        let behind = words::newest_of(events.len() - first, events.len(), older);
        let mut lines = vec![title(words::EVENTS, &behind, theme)];
        lines.extend(
            events[first..]
                .iter()
                .map(|event| line(event, &names, width, theme)),
        );
        lines
    })
    .framed(1)
    .reserving(RESERVE)
}

fn line(event: &Event, names: &[&str], width: usize, theme: &Theme) -> Line<'static> {
    let (sign, style) = if event.kind().is_warning() {
        ("!", theme.warning)
    } else {
        (" ", theme.text)
    };
    let clock = format!(" {} {sign} ", format::clock(event.at));
    let room = width.saturating_sub(clock.len() + 1);
    let message = words::event::sentence(&event.what, names);
    Line::from(vec![
        Span::styled(clock, theme.quiet),
        Span::styled(fit::cut_at_word(&message, room), style),
    ])
}
