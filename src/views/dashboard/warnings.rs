//! What must not be overlooked: weights that could not be read anew, and notes that hold for the whole run.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::snapshot::Snapshot;
use crate::views::{facts, fit, words};

use super::table::put;
use super::theme::Theme;

/// What begins each warning, for those who see no colour.
const SIGN: &str = " ! ";
/// What begins its further lines.
const INDENT: &str = "   ";

/// How many rows the warnings take on a screen of that size: all they need, but not the whole screen.
pub(super) fn height(snapshot: &Snapshot, screen: Rect) -> usize {
    let limit = usize::from(screen.height / 5).max(1);
    wrapped(snapshot, screen.width)
        .iter()
        .map(Vec::len)
        .sum::<usize>()
        .min(limit)
}

/// Draws the warnings; each has its first line before any has its second, and what has no room is counted.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let width = usize::from(area.width);
    let lines = lines(
        &wrapped(snapshot, area.width),
        usize::from(area.height),
        width,
    );
    for (row, line) in (area.top()..area.bottom()).zip(lines) {
        put(
            buffer,
            area,
            area.x,
            row,
            &Line::styled(fit::pad_right(&line, width), theme.alarm),
        );
    }
}

fn wrapped(snapshot: &Snapshot, width: u16) -> Vec<Vec<String>> {
    let room = usize::from(width).saturating_sub(SIGN.len());
    facts::warnings(snapshot)
        .iter()
        .map(|warning| fit::wrap(warning, room))
        .collect()
}

fn lines(warnings: &[Vec<String>], height: usize, width: usize) -> Vec<String> {
    let shown = warnings.len().min(height);
    let mut spare = height - shown;
    let mut lines = Vec::new();
    for warning in &warnings[..shown] {
        let kept = warning.len().min(1 + spare);
        spare -= kept - 1;
        for (index, text) in warning[..kept].iter().enumerate() {
            let sign = if index == 0 { SIGN } else { INDENT };
            let is_cut = index + 1 == kept && kept < warning.len();
            let tail = if is_cut { " …" } else { "" };
            lines.push(fit::cut(&format!("{sign}{text}{tail}"), width));
        }
    }
    if shown < warnings.len()
        && let Some(last) = lines.last_mut()
    {
        let tail = fit::cut(
            &format!(" {}", words::more_warnings(warnings.len() - shown)),
            width,
        );
        *last = fit::cut(last, width - fit::width(&tail)) + &tail;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings() -> Vec<Vec<String>> {
        [
            &["one", "and on", "and on"][..],
            &["two", "and on"],
            &["three"],
        ]
        .map(|lines| lines.iter().map(|&line| line.to_owned()).collect())
        .into()
    }

    #[test]
    fn every_warning_has_a_line_before_one_has_two() {
        assert_eq!(lines(&warnings(), 6, 40).len(), 6);
        assert_eq!(
            lines(&warnings(), 4, 40),
            [" ! one", "   and on …", " ! two …", " ! three"]
        );
    }

    #[test]
    fn warnings_without_a_line_are_counted() {
        assert_eq!(
            lines(&warnings(), 2, 40),
            [" ! one …", " ! two … (and 1 more warning)"]
        );
        let narrow = lines(&warnings(), 1, 24);
        assert_eq!(narrow, [" … (and 2 more warnings)"]);
    }
}
