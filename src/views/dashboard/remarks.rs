//! Below the shares: why they are what they are, where the weights alone do not say it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::snapshot::Snapshot;
use crate::views::reasons::{self, Remark};
use crate::views::{fit, verdicts, words};

use super::table::put;
use super::theme::Theme;
use super::warnings::{INDENT, SIGN, lines};

/// How many rows the remarks take on a screen of that size: all they need, but not the whole screen.
pub(super) fn height(snapshot: &Snapshot, screen: Rect) -> usize {
    let limit = usize::from(screen.height / 5).max(1);
    let needed: usize = wrapped(&remarks(snapshot), screen.width)
        .iter()
        .map(|(_, lines)| lines.len())
        .sum();
    needed.min(limit)
}

/// Draws the remarks; each has its first line before any has its second, and what has no room is counted.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    if area.is_empty() {
        return;
    }
    let (width, height) = (usize::from(area.width), usize::from(area.height));
    let remarks = remarks(snapshot);
    let lines = lines(
        &wrapped(&remarks, area.width),
        height,
        width,
        words::and_more,
    );
    for (row, (index, line)) in (area.top()..area.bottom()).zip(lines) {
        let style = if remarks[index].is_warning {
            theme.warning
        } else {
            theme.quiet
        };
        put(buffer, area, area.x, row, &Line::styled(line, style));
    }
}

fn remarks(snapshot: &Snapshot) -> Vec<Remark> {
    let Some(segment) = snapshot.current() else {
        return Vec::new();
    };
    let notes = verdicts::notes(segment).into_iter();
    let notes = notes.map(|text| Remark {
        text,
        is_warning: true,
    });
    let range = verdicts::range_note(segment).map(|text| Remark {
        text,
        is_warning: false,
    });
    notes
        .chain(reasons::remarks(&segment.sets))
        .chain(range)
        .collect()
}

fn wrapped(remarks: &[Remark], width: u16) -> Vec<(&'static str, Vec<String>)> {
    let room = usize::from(width).saturating_sub(INDENT.len() + 1);
    remarks
        .iter()
        .map(|remark| {
            let sign = if remark.is_warning { SIGN } else { " · " };
            (sign, fit::wrap(&remark.text, room))
        })
        .collect()
}
