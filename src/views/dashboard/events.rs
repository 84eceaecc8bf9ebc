//! What happened, the newest last.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::text::visible;
use crate::snapshot::Event;
use crate::views::{fit, format, words};

use super::filter::Filter;
use super::region::{Block, Scene, newest, title};
use super::theme::Theme;

/// Where the next character of a filter will stand.
const TYPED_NEXT: &str = "_";
/// What the count behind a filter takes, and what stands around it.
const FILTER_COUNT: usize = 20;

/// A title and a line for each event that has room.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let (events, names) = (snapshot.events_in_order(), snapshot.server_names());
    let line = move |event: &Event| line(event, &names, width, theme);
    newest(&words::EVENTS, events, snapshot.older_events, theme, line)
}

/// Every event in full that the filter lets through, the newest first; the lines scroll.
pub(super) fn page<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let (names, filter) = (snapshot.server_names(), &scene.ui.filter);
    let events = snapshot.events_in_order().into_iter().rev();
    let shown = events.filter(|event| filter.lets_through(&text(event, &names)));
    let shown: Vec<&Event> = shown.collect();
    let all = snapshot.events.len();
    let behind = if filter.is_shown() {
        let room = width.saturating_sub(fit::width(&words::EVENTS) + FILTER_COUNT);
        words::narrowed_down(&typed(filter, room), shown.len(), all)
    } else {
        words::newest_of(all, all, snapshot.older_events)
    };
    let title = title(&words::EVENTS, &behind, theme);
    let lines = shown
        .iter()
        .flat_map(|event| whole(event, &names, width, theme));
    let lines: Vec<Line> = lines.collect();
    Block::new(lines.len(), move |room| {
        let shown = lines.iter().skip(room.first).take(room.visible);
        std::iter::once(&title).chain(shown).cloned().collect()
    })
    .framed(1)
    .scrolling(1)
}

/// What stands in a line of the list, as one text.
fn text(event: &Event, names: &[&str]) -> String {
    let message = words::event::sentence(&event.what, names);
    format!("{} {}", format::clock(event.at), visible(&message))
}

/// The end of the text, which is where one types, and a mark behind it as long as one does.
fn typed(filter: &Filter, room: usize) -> String {
    let mark = if filter.is_typed { TYPED_NEXT } else { "" };
    let text = visible(&filter.text);
    let mut end: &str = &text;
    while fit::width(end) > room.saturating_sub(mark.len()) {
        let mut letters = end.chars();
        letters.next();
        end = letters.as_str();
    }
    format!("{end}{mark}")
}

/// An event on as many lines as it takes.
pub(super) fn whole(
    event: &Event,
    names: &[&str],
    width: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
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
