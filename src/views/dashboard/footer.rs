//! The last line: what the keys do, what is measured, and how old the weights are.

use ratatui::text::{Line, Span};

use crate::views::{fit, format, reasons, words};

use super::region::{Block, Room, SEPARATOR, Scene};
use super::{keys, message};

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
    let age = match scene.ui.reading {
        Some(reading) => words::reading_weights(&format::span(reading)),
        None => age.map_or_else(String::new, |age| words::weights_read(&format::span(age))),
    };
    let room = width.saturating_sub(fit::width(&age) + 2);
    let help = if scene.ui.is_typing() {
        words::help::TYPING.map(|key| key.said()).to_vec()
    } else {
        keys::help(scroll.visible < scroll.rows, scene.ui.page)
    };
    let mut shown = (1..=help.len())
        .rev()
        .map(|count| help[..count].join(SEPARATOR));
    let mut left = shown
        .find(|help| fit::width(help) <= room)
        .unwrap_or_default();
    let [_, meaning] = reasons::answers_not_traffic(snapshot);
    let has_room = fit::width(&left) + fit::width(&meaning) + 3 <= room;
    if has_room && snapshot.current().is_some() && !scene.ui.is_typing() {
        left = left + SEPARATOR + &meaning;
    }
    let mut style = theme.quiet;
    let mut age = age;
    if let Some(text) = message::text(scene.ui) {
        if fit::width(&text) > room {
            age = String::new();
        }
        left = fit::cut(&text, width);
        style = theme.title;
    }
    let left = Span::styled(format!(" {left}"), style);
    let gap = width.saturating_sub(left.width().saturating_sub(1) + fit::width(&age));
    let style = theme.warning_if(configuration.last_error.is_some(), theme.quiet);
    Line::from(vec![
        left,
        Span::raw(" ".repeat(gap)),
        Span::styled(fit::cut(&age, width), style),
    ])
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use crate::views::dashboard::keys::Page;
    use crate::views::dashboard::region::{Room, Scene};
    use crate::views::dashboard::{Theme, UiState, draw};
    use crate::views::samples;

    #[test]
    fn a_call_that_takes_long_is_told_in_the_place_of_the_age_of_the_weights() {
        let shown = |reading: Option<u64>| {
            let ui = UiState {
                reading: reading.map(Duration::from_secs),
                ..UiState::default()
            };
            let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a test backend");
            let drawn =
                terminal.draw(|frame| draw(frame, &samples::running(), &ui, &Theme::plain()));
            let buffer = drawn.expect("a test backend").buffer;
            (0..120)
                .map(|x| buffer[(x, 39)].symbol())
                .collect::<String>()
        };
        assert!(shown(None).contains("weights read "));
        let slow = shown(Some(12));
        assert!(slow.contains("reading the weights (12s)"), "{slow}");
    }

    #[test]
    fn while_a_filter_is_typed_it_says_what_ends_that_and_nothing_else() {
        let mut ui = UiState {
            page: Page::Events,
            ..UiState::default()
        };
        let shown = |ui: &UiState| {
            let (snapshot, theme) = (samples::running(), Theme::plain());
            let width = 120;
            let scene = Scene {
                snapshot: &snapshot,
                ui,
                theme: &theme,
                width,
                height: 40,
            };
            super::line(&scene, Room::default()).to_string()
        };
        assert!(shown(&ui).contains("/ filter"), "{}", shown(&ui));
        ui.filter.is_typed = true;
        let typing = shown(&ui);
        assert!(typing.starts_with(" Enter keep │ Esc clear   "), "{typing}");
        assert!(!typing.contains("quit"), "{typing}");
    }
}
