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
