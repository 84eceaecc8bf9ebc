//! How the newest change of the weights comes through: when it was seen, when each name server switched, the match.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::verdict::Propagation;
use crate::snapshot::Snapshot;
use crate::views::verdicts::Moment;
use crate::views::words::headline as words;
use crate::views::{fit, format, verdicts};

use super::table::put;
use super::theme::Theme;

/// What stands between two moments.
const SEPARATOR: &str = " │ ";
/// More name servers than this are not told one by one.
const MOST_SERVERS: usize = 8;

/// How many rows it takes at that width, its title among them; none where no change is fresh.
pub(super) fn height(snapshot: &Snapshot, width: u16) -> usize {
    let change = verdicts::fresh_change(snapshot);
    change.map_or(0, |change| 1 + lines(snapshot, change, width).len())
}

/// Draws a title and as many rows of moments as have room.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, snapshot: &Snapshot, theme: &Theme) {
    let Some(change) = verdicts::fresh_change(snapshot) else {
        return;
    };
    let seen = format::clock(verdicts::at(snapshot, change.seen_at));
    let title = Line::from(vec![
        Span::styled(format!(" {}", words::CHANGE), theme.title),
        Span::styled(
            format!(" {}", words::change_to(change.segment, &seen)),
            theme.quiet,
        ),
    ]);
    put(buffer, area, area.x, area.y, &title);
    let lines = lines(snapshot, change, area.width);
    for (row, moments) in (area.top() + 1..area.bottom()).zip(lines) {
        let mut line = Line::from(Span::raw(" "));
        for (index, (text, is_warning)) in moments.into_iter().enumerate() {
            if index > 0 {
                line.push_span(Span::styled(SEPARATOR, theme.quiet));
            }
            let style: Style = if is_warning {
                theme.warning
            } else {
                theme.text
            };
            line.push_span(Span::styled(text, style));
        }
        put(buffer, area, area.x, row, &line);
    }
}

/// The moments by row, as many on each as have room.
fn lines(snapshot: &Snapshot, change: &Propagation, width: u16) -> Vec<Vec<(String, bool)>> {
    let room = usize::from(width).saturating_sub(2);
    let mut rows: Vec<Vec<(String, bool)>> = Vec::new();
    let mut used = 0;
    for moment in moments(snapshot, change) {
        let text = in_words(&moment, change, room);
        let needed = fit::width(&text);
        let item = (text, moment.is_warning);
        match rows.last_mut() {
            Some(row) if used + fit::width(SEPARATOR) + needed <= room => {
                used += fit::width(SEPARATOR) + needed;
                row.push(item);
            }
            _ => {
                used = needed;
                rows.push(vec![item]);
            }
        }
    }
    rows
}

/// All moments but the first, which stands in the title; of many name servers only the last.
fn moments(snapshot: &Snapshot, change: &Propagation) -> Vec<Moment> {
    let mut moments = verdicts::timeline(snapshot, change);
    moments.remove(0);
    let servers = snapshot.servers.len();
    if servers > MOST_SERVERS {
        moments.drain(1..=servers);
    }
    moments
}

fn in_words(moment: &Moment, change: &Propagation, room: usize) -> String {
    let when = moment.at.map_or_else(
        || words::NOT_YET.to_owned(),
        |at| words::offset(at, change.seen_at),
    );
    let when = if moment.is_warning {
        words::stale_until(&when)
    } else {
        when
    };
    let name = fit::cut_middle(&moment.what, room.saturating_sub(fit::width(&when) + 1));
    words::name_at(&name, &when)
}
