//! The first line: what is watched, and when this picture is from.

use ratatui::text::{Line, Span};

use crate::model::text::visible;
use crate::snapshot::Snapshot;
use crate::views::{fit, format, words};

use super::region::{Block, Scene};
use super::table;

/// The name keeps at least this much before the line leaves something else out.
const READABLE_NAME: usize = 24;

/// The rule below the line.
pub(super) fn rule<'a>(scene: &Scene<'a>) -> Block<'a> {
    Block::line(table::rule(scene.width, scene.theme))
}

/// The line.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    let name = visible(&snapshot.record.name);
    let width = scene.width.saturating_sub(2);
    let (title, right) = choose(snapshot, fit::width(&name).min(READABLE_NAME), width);
    let between = if right.is_empty() { 0 } else { 2 };
    let room = width.saturating_sub(fit::width(&title) + fit::width(&right) + between);
    let name = fit::cut_middle(&name, room);
    let gap = if right.is_empty() {
        0
    } else {
        room + 2 - fit::width(&name)
    };
    Block::line(Line::from(vec![
        Span::raw(" "),
        Span::styled(title, theme.title),
        Span::styled(name, theme.figure),
        Span::raw(" ".repeat(gap)),
        Span::styled(right, theme.quiet),
    ]))
}

/// The longest title and the longest facts that leave enough room for the name.
fn choose(snapshot: &Snapshot, name: usize, width: usize) -> (String, String) {
    let record = &snapshot.record;
    let record_type = record.record_type.as_str();
    let clock = format::clock(snapshot.now);
    let zone = words::zone(&visible(&record.zone_name), &visible(&record.zone_id));
    let api = record
        .api_url
        .as_deref()
        .map(|url| words::api_at(&visible(url)));
    let api = api.map_or_else(String::new, |api| format!(" │ {api}"));
    let full = format!("{record_type} │ {zone}{api} │ {}", words::clock_utc(&clock));
    let short = format!("{record_type}{api} │ {}", words::clock_utc(&clock));
    let bare = format!("{record_type} │ {}", words::clock_utc(&clock));
    let long_title = format!("{} — ", words::TITLE);
    let short_title = format!("{} — ", words::SHORT_TITLE);
    let candidates = [
        (long_title.clone(), full),
        (long_title.clone(), short.clone()),
        (long_title.clone(), bare),
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
