//! What the reader of the numbers has to know: weights that could not be read anew, what holds for the whole run, what
//! has to be said beside the verdict, and why the shares are what they are. The most pressing stands first.

use ratatui::text::Line;

use crate::model::text::visible;
use crate::snapshot::Snapshot;
use crate::views::facts::Remark;
use crate::views::{
    comparisons, facts, fit, reasons, resolvers, stages, verdicts, what_now, words,
};

use super::region::{Block, SEPARATOR, Scene};

/// What begins each warning, for those who see no colour.
const SIGN: &str = " ! ";
/// What begins a text that is no warning.
const QUIET: &str = " · ";
/// What begins its further lines.
const INDENT: &str = "   ";

/// In less room than this words are cut.
const LEAST: usize = 12;

/// The texts; each has its first line before any has its second, and what has no room is counted.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    let room = width.saturating_sub(SIGN.len());
    let texts = texts(scene.snapshot);
    let wrapped = texts.iter().map(|(loud, text)| {
        let sign = if *loud == Loud::Quiet { QUIET } else { SIGN };
        (sign, fit::wrap(text, room))
    });
    let wrapped: Vec<(&str, Vec<String>)> = wrapped.collect();
    let needed: usize = wrapped.iter().map(|(_, lines)| lines.len()).sum();
    Block::new(needed, move |room| {
        let lines = lines(&wrapped, room.height, width, words::and_more).into_iter();
        let line = |(index, line): (usize, String)| {
            let style = match texts[index].0 {
                Loud::Alarm => theme.alarm,
                Loud::Warning => theme.warning,
                Loud::Quiet => theme.quiet,
            };
            Line::styled(fit::pad_right(&line, width), style)
        };
        lines.map(line).collect()
    })
}

/// How loud a text is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Loud {
    /// To be seen from the other end of the room.
    Alarm,
    /// Something to wonder about.
    Warning,
    /// Good to know.
    Quiet,
}

/// Everything there is to say, the most pressing first.
fn texts(snapshot: &Snapshot) -> Vec<(Loud, String)> {
    let (warnings, notes) = facts::warnings(snapshot);
    let warnings = warnings.into_iter().map(|text| (Loud::Alarm, text));
    let of_run = notes.into_iter().map(|text| (Loud::Quiet, text));
    let Some(segment) = snapshot.current() else {
        return warnings.chain(of_run).collect();
    };
    let notes = verdicts::notes(snapshot, segment).into_iter();
    let remarks = notes
        .chain(comparisons::warnings(snapshot))
        .map(Remark::warning)
        .chain(reasons::remarks(&segment.sets))
        .chain(stages::remarks(snapshot))
        .chain(verdicts::absences(snapshot, segment))
        .chain(draining(snapshot).map(Remark::plain))
        .chain(verdicts::uncounted(segment).map(Remark::plain))
        .chain(resolvers::old(snapshot).map(|(sentence, _)| Remark::plain(sentence)));
    let (bad, plain): (Vec<Remark>, Vec<Remark>) = remarks.partition(|remark| remark.is_warning);
    let bad = bad.into_iter().map(|it| (Loud::Warning, it.text));
    let plain = plain.into_iter().map(|it| (Loud::Quiet, it.text));
    warnings.chain(bad).chain(of_run).chain(plain).collect()
}

/// How long resolvers may hold old answers, where what to do does not say it already.
fn draining(snapshot: &Snapshot) -> Option<String> {
    let left = what_now::draining(snapshot)?;
    let now = what_now::what_now(snapshot);
    (!now.is_some_and(|now| now.contains(&left))).then(|| visible(&left).into_owned())
}

/// The lines that have room, each with the index of the text it is of. Each text comes with the sign before it; `more`
/// counts those without a line.
fn lines(
    texts: &[(&'static str, Vec<String>)],
    height: usize,
    width: usize,
    more: fn(usize) -> String,
) -> Vec<(usize, String)> {
    let shown = texts.len().min(height);
    let room = width.saturating_sub(SIGN.len());
    let mut spare = height - shown;
    let mut lines: Vec<(usize, &str, String)> = Vec::new();
    for (number, (sign, text)) in texts[..shown].iter().enumerate() {
        let kept = text.len().min(1 + spare);
        spare -= kept - 1;
        for (index, line) in text[..kept].iter().enumerate() {
            let sign = if index == 0 { sign } else { INDENT };
            let is_cut = index + 1 == kept && kept < text.len();
            let tail = if is_cut { " …" } else { "" };
            let line = format!("{line}{tail}");
            lines.push((number, sign, fit::cut_at_word(&line, room)));
        }
    }
    let hidden = texts.len() - shown;
    let tail = if hidden > 0 {
        format!("{SEPARATOR}{}", more(hidden))
    } else {
        String::new()
    };
    let last = lines.len().saturating_sub(1);
    let whole = |(index, (number, sign, line)): (usize, (usize, &str, String))| {
        if index < last || hidden == 0 {
            return (number, fit::cut(&format!("{sign}{line}"), width));
        }
        let tail = fit::cut(&tail, width);
        let room = width - fit::width(&tail);
        (number, shortened(sign, &line, room) + &tail)
    };
    lines.into_iter().enumerate().map(whole).collect()
}

/// A line behind its sign, cut behind a word as far as that leaves something.
fn shortened(sign: &str, line: &str, width: usize) -> String {
    let whole = format!("{sign}{line}");
    if fit::width(&whole) <= width || width <= LEAST {
        return fit::cut(&whole, width);
    }
    let line = line.trim_end_matches(" …");
    format!("{sign}{}", fit::cut_at_word(line, width - SIGN.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings() -> Vec<(&'static str, Vec<String>)> {
        [
            &["one", "and on", "and on"][..],
            &["two", "and on"],
            &["three"],
        ]
        .map(|lines| (SIGN, lines.iter().map(|&line| line.to_owned()).collect()))
        .into()
    }

    fn lines_of(height: usize, width: usize) -> Vec<String> {
        lines(&warnings(), height, width, words::and_more)
            .into_iter()
            .map(|(_, line)| line)
            .collect()
    }

    #[test]
    fn every_warning_has_a_line_before_one_has_two() {
        assert_eq!(lines_of(6, 40).len(), 6);
        assert_eq!(
            lines_of(4, 40),
            [" ! one", "   and on …", " ! two …", " ! three"]
        );
    }

    #[test]
    fn warnings_without_a_line_are_counted() {
        assert_eq!(lines_of(2, 40), [" ! one …", " ! two … │ and 1 more"]);
        assert_eq!(lines_of(1, 26), [" ! one … │ and 2 more"]);
    }
}
