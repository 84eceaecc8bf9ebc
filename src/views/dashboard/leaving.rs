//! Whether a key ends the run, and the question whether it shall while a change is coming through.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::model::verdict::{ServerState, VerdictState};
use crate::snapshot::Snapshot;
use crate::views::fit;
use crate::views::words::help;

use super::keys::{Action, UiState};
use super::theme::Theme;

/// Whether a key ends the run now; while a change is coming through, `q` asks first.
pub fn ends(action: Action, ui: &UiState, snapshot: &Snapshot) -> bool {
    match action {
        Action::Interrupt => true,
        Action::Quit => ui.asks || !is_coming_through(snapshot),
        _ => false,
    }
}

/// Whether name servers have yet to go over to what is declared.
fn is_coming_through(snapshot: &Snapshot) -> bool {
    let segment = snapshot.current();
    let verdict = segment.and_then(|segment| segment.verdict.as_ref());
    let mut servers = snapshot.servers.iter();
    verdict.is_some_and(|verdict| verdict.state == VerdictState::Propagating)
        || servers.any(|server| server.state == ServerState::Propagating)
}

/// The question, in the last row of the screen, whatever else stands there: nothing moves for it, and every screen has one.
pub(super) fn draw_question(buffer: &mut Buffer, screen: Rect, snapshot: &Snapshot, theme: &Theme) {
    let Some(row) = screen.rows().next_back() else {
        return;
    };
    let width: usize = row.width.into();
    // Once the change has come through it is still to be answered.
    let in_full = is_coming_through(snapshot).then_some(help::QUIT_DURING_CHANGE);
    let in_full = in_full.filter(|question| fit::width(question) < width);
    let question = in_full.unwrap_or(help::QUIT_AFTER_ALL);
    let question = fit::pad_right(&fit::cut(&format!(" {question}"), width), width);
    let line = Line::styled(question, theme.alarm);
    buffer.set_line(row.x, row.y, &line, row.width);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn q_asks_while_a_change_is_coming_through_and_only_once() {
        let mut ui = UiState::default();
        assert!(ends(Action::Quit, &ui, &samples::running()));
        assert!(!ends(Action::Quit, &ui, &samples::propagating()));
        assert!(ends(Action::Interrupt, &ui, &samples::propagating()));
        assert!(!ends(Action::Back, &ui, &samples::running()));
        ui.apply(Action::Quit, 0, 0);
        assert!(ends(Action::Quit, &ui, &samples::propagating()));
        // The change may have come through before the answer.
        assert!(ends(Action::Quit, &ui, &samples::running()));
    }

    #[test]
    fn a_server_that_has_not_switched_is_enough() {
        let mut snapshot = samples::running();
        snapshot.servers[2].state = ServerState::Propagating;
        assert!(!ends(Action::Quit, &UiState::default(), &snapshot));
    }
}
