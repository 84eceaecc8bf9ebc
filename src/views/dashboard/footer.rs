//! The last line: what the keys do, what is measured, and how old the weights are.

use ratatui::text::{Line, Span};

use crate::views::{fit, format, reasons, words};

use super::keys;
use super::region::{Block, Room, SEPARATOR, Scene};

/// The line.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let scene = *scene;
    Block::new(1, move |room| vec![line(&scene, room)])
}

fn line(scene: &Scene, scroll: Room) -> Line<'static> {
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    let width = scene.width.saturating_sub(2);
    let configuration = &snapshot.configuration;
    let age = configuration.age;
    let age = age.map_or_else(String::new, |age| words::weights_read(&format::span(age)));
    let room = width.saturating_sub(fit::width(&age) + 2);
    let help = keys::help(scroll.visible < scroll.rows, scene.ui.page);
    let mut shown = (1..=help.len())
        .rev()
        .map(|count| help[..count].join(SEPARATOR));
    let mut left = shown
        .find(|help| fit::width(help) <= room)
        .unwrap_or_default();
    let [_, meaning] = reasons::answers_not_traffic(snapshot);
    if fit::width(&left) + fit::width(&meaning) + 3 <= room && snapshot.current().is_some() {
        left = left + SEPARATOR + &meaning;
    }
    let gap = width.saturating_sub(fit::width(&left) + fit::width(&age));
    let style = theme.warning_if(configuration.last_error.is_some(), theme.quiet);
    Line::from(vec![
        Span::styled(format!(" {left}"), theme.quiet),
        Span::raw(" ".repeat(gap)),
        Span::styled(fit::cut(&age, width), style),
    ])
}
