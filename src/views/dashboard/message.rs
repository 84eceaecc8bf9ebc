//! What is said for a while about a key, and that the picture stands still.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::views::words::message as words;
use crate::views::{fit, format};

use super::keys::UiState;
use super::region::SEPARATOR;
use super::theme::Theme;

/// What there is to say, most urgent first.
pub(super) fn text(ui: &UiState) -> Option<String> {
    let frozen = ui.frozen.map(|age| words::frozen(&format::span(age)));
    let said = ui.said.as_ref().map(words::said);
    let parts: Vec<String> = said.into_iter().chain(frozen).collect();
    (!parts.is_empty()).then(|| parts.join(SEPARATOR))
}

/// Says it on the last row of a screen that has no footer.
pub(super) fn lay_over(buffer: &mut Buffer, screen: Rect, ui: &UiState, theme: &Theme) {
    let Some(text) = text(ui) else { return };
    let Some(row) = screen.rows().next_back() else {
        return;
    };
    let width = usize::from(row.width);
    let text = fit::pad_right(&fit::cut(&text, width), width);
    buffer.set_line(row.x, row.y, &Line::styled(text, theme.title), row.width);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::model::text::visible;
    use crate::snapshot::Snapshot;
    use crate::views::dashboard::draw;
    use crate::views::samples;
    use crate::views::wish::Order;

    fn rows((width, height): (u16, u16), snapshot: &Snapshot, ui: &UiState) -> Vec<String> {
        let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
        let theme = Theme::plain();
        terminal
            .draw(|frame| draw(frame, snapshot, ui, &theme))
            .expect("a test backend");
        let buffer = terminal.backend().buffer();
        let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect();
        (0..height).map(row).collect()
    }

    #[test]
    fn a_message_takes_the_last_row_and_moves_nothing() {
        let snapshot = samples::running();
        let sizes = [
            (200, 60),
            (160, 50),
            (120, 40),
            (100, 30),
            (80, 24),
            (60, 15),
            (40, 10),
            (30, 6),
        ];
        for size in sizes {
            let silent = rows(size, &snapshot, &UiState::default());
            for said in samples::messages() {
                let begin: String = words::said(&said).chars().take(15).collect();
                let ui = UiState {
                    said: Some(said),
                    ..UiState::default()
                };
                let shown = rows(size, &snapshot, &ui);
                let (last, above) = shown.split_last().expect("rows");
                assert!(last.contains(&begin), "{size:?}: {last}");
                assert_eq!(above, &silent[..above.len()], "{size:?}: {begin}");
            }
            let ui = UiState {
                frozen: Some(Duration::from_secs(12)),
                ..UiState::default()
            };
            let shown = rows(size, &snapshot, &ui);
            let (last, above) = shown.split_last().expect("rows");
            assert!(
                last.contains("frozen 12s ago: Space goes on"),
                "{size:?}: {last}"
            );
            assert_eq!(above, &silent[..above.len()], "{size:?}");
        }
    }

    #[test]
    fn what_is_said_hides_nothing() {
        for said in samples::messages() {
            let text = words::said(&said);
            assert_eq!(visible(&text), text);
        }
    }

    proptest! {
        #[test]
        fn no_size_is_too_small_for_a_message(width in 0..130u16, height in 0..45u16, which in 0..20usize, frozen: bool) {
            let ui = UiState {
                said: samples::messages().into_iter().nth(which),
                frozen: frozen.then_some(Duration::from_secs(3)),
                order: Order::WorstFirst,
                ..UiState::default()
            };
            rows((width, height), &samples::hundred(), &ui);
        }
    }
}
