//! The status line of the original, and below it what became of the queries.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
use crate::views::facts::Tally;
use crate::views::{facts, fit, format, words};

use super::table::put;
use super::theme::Theme;

/// What stands between two facts, from roomy to tight.
const SEPARATORS: [&str; 2] = ["  │  ", " │ "];

/// Draws `TPS: 10.1  │  Uptime: 02:03  │  Errors: 0  │  Avg Latency: 45ms`.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let errors = snapshot.errors();
    let facts = [
        (words::tps(&facts::rate(snapshot)), theme.figure),
        (
            words::uptime(&format::uptime(snapshot.uptime)),
            theme.figure,
        ),
        (
            words::errors(errors),
            if errors > 0 {
                theme.warning
            } else {
                theme.figure
            },
        ),
        (
            words::average_latency(&facts::average_latency(snapshot)),
            theme.figure,
        ),
    ];
    put(
        buffer,
        area,
        area.x,
        area.y,
        &separated(&facts, area.width, theme),
    );
}

/// Draws `1,240 sent │ 1,234 named │ 4 in flight │ 2 timeout`, on as many lines as there are.
pub(super) fn draw_tallies(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let mut lines = tally_lines(snapshot, area.width);
    let hidden: usize = lines
        .drain(lines.len().min(area.height.into())..)
        .map(|line| line.len())
        .sum();
    if hidden > 0
        && let Some(last) = lines.last_mut()
    {
        count_hidden(last, hidden, area.width);
    }
    for (row, tallies) in (area.top()..area.bottom()).zip(lines) {
        let style = |is_warning| {
            if is_warning {
                theme.warning
            } else {
                theme.quiet
            }
        };
        let parts: Vec<_> = tallies
            .into_iter()
            .map(|tally| (tally.text, style(tally.is_warning)))
            .collect();
        put(
            buffer,
            area,
            area.x,
            row,
            &joined(&parts, SEPARATORS[1], theme),
        );
    }
}

/// Makes room at the end of the last line for the number of tallies that have none.
fn count_hidden(line: &mut Vec<Tally>, mut hidden: usize, width: u16) {
    loop {
        let more = words::and_more(hidden);
        let used: usize = line
            .iter()
            .map(|tally| fit::width(&tally.text) + fit::width(SEPARATORS[1]))
            .sum();
        if 2 + used + fit::width(&more) <= usize::from(width) || line.is_empty() {
            line.push(Tally {
                text: more,
                is_warning: true,
            });
            return;
        }
        line.pop();
        hidden += 1;
    }
}

/// The tallies by line, as many on each as have room.
pub(super) fn tally_lines(snapshot: &Snapshot, width: u16) -> Vec<Vec<Tally>> {
    let room = usize::from(width).saturating_sub(2);
    let mut lines: Vec<Vec<Tally>> = Vec::new();
    let mut used = 0;
    for tally in facts::tallies(snapshot) {
        let needed = fit::width(SEPARATORS[1]) + fit::width(&tally.text);
        match lines.last_mut() {
            Some(line) if used + needed <= room => {
                used += needed;
                line.push(tally);
            }
            _ => {
                used = fit::width(&tally.text);
                lines.push(vec![tally]);
            }
        }
    }
    lines
}

/// The parts with the widest separators that let them all stand on the line.
fn separated(parts: &[(String, Style)], width: u16, theme: &Theme) -> Line<'static> {
    let content: usize = parts.iter().map(|(text, _)| fit::width(text)).sum();
    let between = parts.len().saturating_sub(1);
    let fits =
        |separator: &&str| 1 + content + between * fit::width(separator) <= usize::from(width);
    let separator = SEPARATORS.into_iter().find(fits).unwrap_or(SEPARATORS[1]);
    joined(parts, separator, theme)
}

fn joined(parts: &[(String, Style)], separator: &'static str, theme: &Theme) -> Line<'static> {
    let mut line = Line::from(Span::raw(" "));
    for (index, (text, style)) in parts.iter().enumerate() {
        if index > 0 {
            line.push_span(Span::styled(separator, theme.quiet));
        }
        line.push_span(Span::styled(text.clone(), *style));
    }
    line
}
