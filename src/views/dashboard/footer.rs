//! The last line: what the keys do, what is measured, and how old the weights are.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
use crate::views::{fit, format, reasons, words};

use super::keys::{self, UiState};
use super::table::put;
use super::theme::Theme;

/// Draws the line.
pub(super) fn draw(
    buffer: &mut Buffer,
    area: Rect,
    snapshot: &Snapshot,
    ui: &UiState,
    can_scroll: bool,
    theme: &Theme,
) {
    let width = usize::from(area.width).saturating_sub(2);
    let age = snapshot
        .configuration
        .age
        .map(|age| words::weights_read(&format::span(age)));
    let age = age.unwrap_or_default();
    let is_failing = snapshot.configuration.last_error.is_some();
    let room = width.saturating_sub(fit::width(&age) + 2);
    let help = keys::help(can_scroll, ui.help.is_some());
    let shown = (1..=help.len())
        .rev()
        .map(|count| help[..count].join(" │ "));
    let mut left = shown
        .into_iter()
        .find(|help| fit::width(help) <= room)
        .unwrap_or_default();
    let [_, meaning] = reasons::answers_not_traffic(snapshot);
    if fit::width(&left) + fit::width(&meaning) + 3 <= room && snapshot.current().is_some() {
        left = format!("{left} │ {meaning}");
    }
    let gap = width.saturating_sub(fit::width(&left) + fit::width(&age));
    let line = Line::from(vec![
        Span::styled(format!(" {left}"), theme.quiet),
        Span::raw(" ".repeat(gap)),
        Span::styled(
            fit::cut(&age, width),
            if is_failing {
                theme.warning
            } else {
                theme.quiet
            },
        ),
    ]);
    put(buffer, area, area.x, area.y, &line);
}
