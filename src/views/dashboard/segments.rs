//! The weights that were in force before, and what was counted under them; the newest of them last.

use ratatui::text::{Line, Span};

use crate::snapshot::Segment;
use crate::views::words::verdict::state as word;
use crate::views::{facts, fit, format, verdicts, words};

use super::region::{Block, Scene, newest};
use super::theme::Theme;

/// The longest name of a set here.
const LABEL_WIDTH: usize = 16;

/// A title and a line for each earlier segment that has room.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, width, theme) = (scene.snapshot, scene.width, scene.theme);
    let Some((_, earlier @ [_, ..])) = snapshot.segments.split_last() else {
        return Block::none();
    };
    let line = move |segment: &Segment| line(segment, width, theme);
    newest(
        &words::EARLIER,
        earlier.iter().map(|segment| &**segment).collect(),
        snapshot.older_segments,
        theme,
        line,
    )
}

fn line(segment: &Segment, width: usize, theme: &Theme) -> Line<'static> {
    let end = facts::or_nothing(segment.ended_at, format::clock);
    let span = words::from_to(&format::clock(segment.started_at), &end);
    let answers = words::answers(segment.counted());
    let start = format!(" {span}  ");
    let verdict = segment.verdict.as_ref().map(|verdict| verdict.state);
    let took = verdicts::took(segment).map(format::whole_span);
    let said = verdict.map(|state| words::earlier_verdict(word(state), took.as_deref()));
    let said = said.map_or_else(String::new, |said| format!("{said}  "));
    let sets = facts::labelled(&segment.sets, LABEL_WIDTH).map(|(label, set)| {
        let share = facts::or_nothing(set.counted.share, format::percent);
        words::earlier_set(&label, set.weight, set.counted.count, &share)
    });
    let sets: Vec<String> = sets.collect();
    let room =
        width.saturating_sub(fit::width(&start) + fit::width(&said) + fit::width(&answers) + 2);
    Line::from(vec![
        Span::styled(start, theme.quiet),
        Span::styled(said, theme.figure),
        Span::styled(answers, theme.text),
        Span::raw("  "),
        Span::styled(fit::join(&sets, ", ", room), theme.text),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::language::Language;
    use crate::views::samples;

    #[test]
    fn earlier_weights_fill_their_line_in_every_language() {
        let snapshot = samples::changed();
        let theme = Theme::plain();
        for language in Language::ALL {
            language.speak(|| {
                let of_width = |width| line(&snapshot.segments[0], width, &theme).to_string();
                let whole = of_width(300);
                let width = fit::width(&whole);
                assert_eq!(of_width(width), whole);
                assert_ne!(of_width(width - 1), whole);
            });
        }
    }
}
