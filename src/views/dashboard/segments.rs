//! The weights that were in force before, and what was counted under them; the newest of them last.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::snapshot::{Segment, Snapshot};
use crate::views::words::verdict::state as word;
use crate::views::{facts, fit, format, verdicts, words};

use super::table::put;
use super::theme::Theme;

/// The longest name of a set here.
const LABEL_WIDTH: usize = 16;

/// Draws a title and a line for each earlier segment that has room.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let Some((_, earlier)) = snapshot.segments.split_last() else {
        return;
    };
    let room = usize::from(area.height.saturating_sub(1));
    let first = earlier.len().saturating_sub(room);
    let mut title = Line::from(Span::styled(format!(" {}", words::EARLIER), theme.title));
    let all = earlier.len() as u64 + snapshot.older_segments;
    if first > 0 || snapshot.older_segments > 0 {
        let shown = words::last_of(earlier.len() - first, all);
        title.push_span(Span::styled(format!(" {shown}"), theme.quiet));
    }
    put(buffer, area, area.x, area.y, &title);
    for (row, segment) in (area.top() + 1..area.bottom()).zip(&earlier[first..]) {
        put(
            buffer,
            area,
            area.x,
            row,
            &line(segment, usize::from(area.width), theme),
        );
    }
}

fn line(segment: &Segment, width: usize, theme: &Theme) -> Line<'static> {
    let end = facts::or_nothing(segment.ended_at, format::clock);
    let span = words::from_to(&format::clock(segment.started_at), &end);
    let answers = words::answers(facts::total(&segment.sets));
    let start = format!(" {span}  ");
    let verdict = segment.verdict.as_ref().map(|verdict| verdict.state);
    let took = verdicts::took(segment).map(format::whole_span);
    let said = verdict.map(|state| words::earlier_verdict(word(state), took.as_deref()));
    let said = said.map_or_else(String::new, |said| format!("{said}  "));
    let labels = fit::labels(
        segment.sets.iter().map(|set| set.identifier.as_str()),
        LABEL_WIDTH,
    );
    let sets: Vec<String> = segment
        .sets
        .iter()
        .zip(&labels)
        .map(|(set, label)| {
            let share = facts::or_nothing(set.observed_share, format::percent);
            words::earlier_set(label, set.weight, set.count, &share)
        })
        .collect();
    let room = width.saturating_sub(start.len() + said.len() + answers.len() + 3);
    Line::from(vec![
        Span::styled(start, theme.quiet),
        Span::styled(said, theme.figure),
        Span::styled(answers, theme.text),
        Span::raw("  "),
        Span::styled(fit::join(&sets, ", ", room), theme.text),
    ])
}
