//! The first line: what is watched, and when this picture is from.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::model::text::visible;
use crate::snapshot::Snapshot;
use crate::views::{fit, format, words};

use super::theme::Theme;

/// The name keeps at least this much before the line leaves something else out.
const READABLE_NAME: usize = 24;

/// Draws the line.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let name = visible(&snapshot.record.name);
    let width = usize::from(area.width).saturating_sub(2);
    let (title, right) = choose(snapshot, fit::width(&name).min(READABLE_NAME), width);
    let room = width.saturating_sub(
        fit::width(&title) + fit::width(&right) + usize::from(!right.is_empty()) * 2,
    );
    let name = fit::cut_middle(&name, room);
    let gap = (room + 2).saturating_sub(fit::width(&name)) * usize::from(!right.is_empty());
    let line = Line::from(vec![
        Span::raw(" "),
        Span::styled(title, theme.title),
        Span::styled(name, theme.figure),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, theme.quiet),
    ]);
    super::table::put(buffer, area, area.x, area.y, &line);
}

/// The longest title and the longest facts that leave enough room for the name.
fn choose(snapshot: &Snapshot, name: usize, width: usize) -> (String, String) {
    let record = &snapshot.record;
    let record_type = record.record_type.as_str();
    let clock = format::clock(snapshot.now);
    let zone = words::zone(&visible(&record.zone_name), &visible(&record.zone_id));
    let full = format!("{record_type} │ {zone} │ {}", words::clock_utc(&clock));
    let short = format!("{record_type} │ {}", words::clock_utc(&clock));
    let long_title = format!("{} — ", words::TITLE);
    let short_title = format!("{} — ", words::SHORT_TITLE);
    let candidates = [
        (long_title.clone(), full),
        (long_title.clone(), short.clone()),
        (long_title.clone(), clock.clone()),
        (long_title, String::new()),
        (short_title.clone(), short),
        (short_title, String::new()),
    ];
    let fits = |(title, right): &(String, String)| {
        fit::width(title) + name + 2 + fit::width(right) <= width
    };
    candidates.into_iter().find(fits).unwrap_or_default()
}
