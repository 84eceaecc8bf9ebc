//! What must not be overlooked: weights that could not be read anew, and notes that hold for the whole run.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::views::{facts, fit, words};

use super::region::{Block, Scene};

/// What begins each warning, for those who see no colour.
pub(super) const SIGN: &str = " ! ";
/// What begins its further lines.
const INDENT: &str = "   ";

/// In less room than this words are cut.
const LEAST: usize = 12;

/// The warnings; each has its first line before any has its second, and what has no room is counted.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let texts = facts::warnings(scene.snapshot).into_iter();
    let texts: Vec<_> = texts.map(|text| (SIGN, text, scene.theme.alarm)).collect();
    texts_block(scene, &texts, words::more_warnings)
}

/// Texts with the sign before each and their look: all rows they need, but not the whole screen. `more` counts those
/// without a line.
pub(super) fn texts_block<'a>(
    scene: &Scene<'a>,
    texts: &[(&'static str, String, Style)],
    more: fn(usize) -> String,
) -> Block<'a> {
    let width = scene.width;
    let room = width.saturating_sub(SIGN.len());
    let styles: Vec<Style> = texts.iter().map(|(_, _, style)| *style).collect();
    let wrapped = texts
        .iter()
        .map(|(sign, text, _)| (*sign, fit::wrap(text, room)));
    let wrapped: Vec<(&str, Vec<String>)> = wrapped.collect();
    let needed: usize = wrapped.iter().map(|(_, lines)| lines.len()).sum();
    Block::new(needed.min((scene.height / 5).max(1)), move |room| {
        let lines = lines(&wrapped, room.height, width, more).into_iter();
        let line = |(index, line): (usize, String)| {
            Line::styled(fit::pad_right(&line, width), styles[index])
        };
        lines.map(line).collect()
    })
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
        format!(" {}", more(hidden))
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
        lines(&warnings(), height, width, words::more_warnings)
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
        assert_eq!(
            lines_of(2, 40),
            [" ! one …", " ! two … (and 1 more warning)"]
        );
        assert_eq!(lines_of(1, 24), [" … (and 2 more warnings)"]);
    }
}
