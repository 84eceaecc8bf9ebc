//! What happened, the newest last.

use ratatui::text::{Line, Span};

use crate::snapshot::Event;
use crate::views::{fit, format, words};

use super::region::{Block, Scene, newest};
use super::theme::Theme;

/// Room is kept for so many that are still to come.
const RESERVE: usize = 4;

/// A title and a line for each event that has room.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let (events, names) = (&snapshot.events, snapshot.server_names());
    let line = move |event: &Event| line(event, &names, width, theme);
    newest(words::EVENTS, events, snapshot.older_events, theme, line).reserving(RESERVE)
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
