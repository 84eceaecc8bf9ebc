//! What happened, the newest last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
use crate::views::{fit, format, words};

use super::table::put;
use super::theme::Theme;

/// Draws a title and a line for each event that has room.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let events = &snapshot.events;
    let names = &snapshot.server_names();
    let room = usize::from(area.height.saturating_sub(1));
    let first = events.len().saturating_sub(room);
    let all = events.len() as u64 + snapshot.older_events;
    let mut title = Line::from(Span::styled(format!(" {}", words::EVENTS), theme.title));
    if first > 0 || snapshot.older_events > 0 {
        let shown = words::last_of(events.len() - first, all);
        title.push_span(Span::styled(format!(" {shown}"), theme.quiet));
    }
    put(buffer, area, area.x, area.y, &title);
    for (row, event) in (area.top() + 1..area.bottom()).zip(&events[first..]) {
        let is_warning = event.kind().is_warning();
        let clock = format!(
            " {} {} ",
            format::clock(event.at),
            if is_warning { "!" } else { " " }
        );
        let room = usize::from(area.width).saturating_sub(clock.len() + 1);
        let style = if is_warning {
            theme.warning
        } else {
            theme.text
        };
        let line = Line::from(vec![
            Span::styled(clock, theme.quiet),
            Span::styled(
                fit::cut_at_word(&words::event::sentence(&event.what, names), room),
                style,
            ),
        ]);
        put(buffer, area, area.x, row, &line);
    }
}
