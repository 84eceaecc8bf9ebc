//! The status line of the original, and below it what became of the queries.

use ratatui::style::Style;

use crate::views::{facts, fit, format, words};

use super::region::{Block, SEPARATOR, Scene, joined, packed};

/// What stands between two facts of the status line where there is room.
const WIDE_SEPARATOR: &str = "  │  ";

/// `TPS: 10.1  │  Uptime: 02:03  │  Errors: 0  │  Avg Latency: 45ms`, with the kinds of errors and the widest separators
/// that have room. Where the kinds have none, the tallies below name them; where a figure has none, it is left out.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    let all = snapshot.errors().all();
    let errors = theme.warning_if(all > 0, theme.figure);
    let styles = [theme.figure, theme.figure, errors, theme.figure];
    let line = |errors: &str, separator, count| {
        let facts = facts::status(snapshot, errors).into_iter().zip(styles);
        joined(&facts.take(count).collect::<Vec<_>>(), separator, theme)
    };
    let (named, counted) = (facts::errors(snapshot), format::count(all));
    let in_full = [(&named, WIDE_SEPARATOR), (&named, SEPARATOR)];
    let short = [(&counted, WIDE_SEPARATOR), (&counted, SEPARATOR)];
    let all = in_full.into_iter().chain(short);
    let all = all.map(|(errors, separator)| line(errors, separator, styles.len()));
    let fewer = (1..styles.len()).rev();
    let fewer = fewer.map(|count| line(&counted, SEPARATOR, count));
    let mut lines = all.chain(fewer);
    let fitting = lines.find(|line| line.width() <= scene.width);
    fitting.map_or_else(Block::none, Block::line)
}

/// `1,240 sent │ 1,234 named │ 4 in flight │ 2 timeout`, on as many lines as there is room for; the rest is counted.
pub(super) fn tallies<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    let tallies = facts::tallies(scene.snapshot)
        .into_iter()
        .map(|tally| (tally.text, theme.warning_if(tally.is_warning, theme.quiet)));
    let rows = packed(tallies.collect(), width.saturating_sub(2));
    Block::new(rows.len(), move |room| {
        let mut shown: Vec<_> = rows.iter().take(room.height).cloned().collect();
        let hidden = rows.iter().skip(room.height).map(Vec::len).sum();
        if let Some(last) = shown.last_mut()
            && hidden > 0
        {
            count_hidden(last, hidden, width, theme.warning);
        }
        let lines = shown.iter().map(|row| joined(row, SEPARATOR, theme));
        lines.collect()
    })
}

/// Makes room at the end of the last line for the number of tallies that have none.
fn count_hidden(row: &mut Vec<(String, Style)>, mut hidden: usize, width: usize, style: Style) {
    loop {
        let more = words::and_more(hidden);
        let widths = row
            .iter()
            .map(|(text, _)| fit::width(text) + fit::width(SEPARATOR));
        let used: usize = widths.sum();
        if 2 + used + fit::width(&more) <= width || row.is_empty() {
            row.push((more, style));
            return;
        }
        row.pop();
        hidden += 1;
    }
}
