//! Text made to fit: cut, padded, wrapped and joined by the width that it takes on a screen.
//!
//! Everything that is cut here is made visible first, so text from outside may come as it is. It leaves colours to
//! the dashboard and wording to `words.rs`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::model::text::visible;

use super::words;

/// What stands for text that was left out.
const ELLIPSIS: char = '…';

/// So many characters at either end of a text are looked at: more than fit into any line, with the marks that they carry.
const END: usize = 2_048;

/// The two ends of a text that is longer than anything shows, so that what is cut away costs nothing.
fn ends(text: &str) -> Cow<'_, str> {
    if text.len() <= 2 * END {
        return Cow::Borrowed(text);
    }
    let head = text.char_indices().nth(END);
    let tail = text.char_indices().nth_back(END - 1);
    match (head, tail) {
        (Some((head, _)), Some((tail, _))) if head < tail => {
            Cow::Owned(format!("{}{}", &text[..head], &text[tail..]))
        }
        _ => Cow::Borrowed(text),
    }
}

/// How many columns a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// The text in pieces that are no wider than that, cut at any character and nothing left out. It has to be safe to show.
pub fn pieces(text: &str, columns: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut room = columns.max(2);
    for character in text.chars() {
        let taken = character.width().unwrap_or(0);
        if taken > room {
            pieces.push(String::new());
            room = columns.max(2);
        }
        room -= taken;
        if let Some(piece) = pieces.last_mut() {
            piece.push(character);
        }
    }
    pieces
}

/// The text, cut at its end where it is too wide.
pub fn cut(text: &str, columns: usize) -> String {
    cut_at(text, columns, columns)
}

/// The text, cut behind a word where it is too wide and there is one.
pub fn cut_at_word(text: &str, columns: usize) -> String {
    let cut = cut(text, columns);
    let text = visible(text);
    if text == cut {
        return cut;
    }
    // Room for a space and the ellipsis behind the last whole word.
    match wrap(&text, columns.saturating_sub(2)).first() {
        Some(line) if columns > 2 && text.starts_with(&format!("{line} ")) => {
            format!("{line} {ELLIPSIS}")
        }
        _ => cut,
    }
}

/// The text, cut in its middle where it is too wide: names differ at both ends.
pub fn cut_middle(text: &str, columns: usize) -> String {
    cut_at(text, columns, columns / 2)
}

/// What stands between the steps of a path of set identifiers.
const STEP: &str = " > ";
/// A step of a path that is cut below this says nothing any more.
const LEAST_STEP: usize = 4;

/// A path of set identifiers, each step cut in its middle where all together are too wide; any other text as
/// [`cut_middle`] does.
pub fn cut_path(text: &str, columns: usize) -> String {
    let text = ends(text);
    let text = visible(&text);
    let steps: Vec<&str> = text.split(STEP).collect();
    let mut room = columns.saturating_sub(STEP.len() * (steps.len() - 1));
    if width(&text) <= columns || steps.len() < 2 || room < LEAST_STEP * steps.len() {
        return cut_middle(&text, columns);
    }
    // The shortest steps first: what they leave over is for the longer ones.
    let mut order: Vec<usize> = (0..steps.len()).collect();
    order.sort_by_key(|&step| width(steps[step]));
    let mut cut = vec![String::new(); steps.len()];
    for (done, &step) in order.iter().enumerate() {
        cut[step] = cut_middle(steps[step], room / (steps.len() - done));
        room -= width(&cut[step]);
    }
    cut.join(STEP)
}

/// The text, with about `head` columns of its beginning kept where it is too wide.
fn cut_at(text: &str, columns: usize, head: usize) -> String {
    let text = ends(text);
    let text = visible(&text);
    if width(&text) <= columns {
        return text.into_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let head = head.min(columns - 1);
    let mut shown = beginning(&text, head);
    shown.push(ELLIPSIS);
    let rest = columns - width(&shown);
    // With everything given to the head, a column that a wide character left over is not filled from the end.
    if head < columns - 1 {
        shown.push_str(&end(&text, rest));
    }
    shown
}

/// As much of the beginning as fits.
fn beginning(text: &str, columns: usize) -> String {
    let fitting: String = fitting_characters(text.chars(), columns).collect();
    match escapes(text).find(|escape| escape.contains(&fitting.len())) {
        // A part of an escape is none. One that is wider than the line is cut all the same.
        Some(escape) if escape.start > 0 && escape.start < fitting.len() => {
            text[..escape.start].to_owned()
        }
        _ => fitting,
    }
}

/// As much of the end as fits.
fn end(text: &str, columns: usize) -> String {
    let reversed: Vec<char> = fitting_characters(text.chars().rev(), columns).collect();
    let fitting: String = reversed.into_iter().rev().collect();
    let begin = text.len() - fitting.len();
    match escapes(text).find(|escape| escape.contains(&begin)) {
        Some(escape) if escape.start < begin => text[escape.end..].to_owned(),
        _ => fitting,
    }
}

fn fitting_characters(
    characters: impl Iterator<Item = char>,
    columns: usize,
) -> impl Iterator<Item = char> {
    let mut used = 0;
    characters.take_while(move |&character| {
        used += UnicodeWidthChar::width(character).unwrap_or(0);
        used <= columns
    })
}

/// Where characters that cannot be shown are written as `\\u{1b}`.
fn escapes(text: &str) -> impl Iterator<Item = Range<usize>> {
    let begins = text.match_indices("\\u{").map(|(begin, _)| begin);
    begins.filter_map(|begin| {
        let behind = &text[begin + 3..];
        let digits = behind.bytes().take_while(u8::is_ascii_hexdigit).count();
        let is_whole = (1..=6).contains(&digits) && behind[digits..].starts_with('}');
        is_whole.then_some(begin..begin + 3 + digits + 1)
    })
}

/// Names cut to a width so that two that differ stay different, if there is any way.
///
/// The middle goes first; where that makes twins, the end or the beginning; where no cut helps, the twins get
/// their number.
pub fn labels<'text>(names: impl IntoIterator<Item = &'text str>, columns: usize) -> Vec<String> {
    let shown = |name| match ends(name) {
        Cow::Borrowed(name) => visible(name),
        Cow::Owned(ends) => Cow::Owned(visible(&ends).into_owned()),
    };
    let names: Vec<Cow<'text, str>> = names.into_iter().map(shown).collect();
    if names.iter().all(|name| width(name) <= columns) {
        return names.into_iter().map(Cow::into_owned).collect();
    }
    let wanted = names.iter().collect::<HashSet<_>>().len();
    let cut_by = |cut: &dyn Fn(&str) -> String| names.iter().map(|name| cut(name)).collect();
    let paths: Vec<String> = cut_by(&|name| cut_path(name, columns));
    let heads = [columns / 2, columns / 4, columns * 3 / 4, 0, columns];
    let heads = heads.map(|head| cut_by(&|name| cut_at(name, columns, head)));
    let mut all = std::iter::once(paths).chain(heads);
    all.find(|labels| labels.iter().collect::<HashSet<_>>().len() == wanted)
        .unwrap_or_else(|| numbered(&names, columns))
}

/// Names cut at the end, with their number in the list behind those that were cut.
fn numbered(names: &[Cow<'_, str>], columns: usize) -> Vec<String> {
    let numbered = |(index, name): (usize, &Cow<'_, str>)| {
        if width(name) <= columns {
            return name.clone().into_owned();
        }
        let number = format!("#{}", index + 1);
        match columns.saturating_sub(number.len()) {
            0 => cut(&number, columns),
            room => cut(name, room) + &number,
        }
    };
    names.iter().enumerate().map(numbered).collect()
}

/// The text with spaces behind it.
pub fn pad_right(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// The text with spaces before it.
pub fn pad_left(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{}{text}", " ".repeat(missing))
}

/// The text in lines of at most that width, broken at spaces where there are any.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let text = visible(text);
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        add_word(&mut lines, word, columns);
    }
    lines
}

/// Puts one more word on the last line, or on as many new ones as it takes.
fn add_word(lines: &mut Vec<String>, word: &str, columns: usize) {
    let Some(line) = lines.last_mut() else { return };
    // No more of a word is measured than can fit.
    let room = columns.saturating_sub(width(line) + 1);
    if !line.is_empty() && beginning(word, room).len() == word.len() {
        line.push(' ');
        line.push_str(word);
        return;
    }
    if line.is_empty() {
        lines.pop();
    }
    let mut rest = word;
    while !rest.is_empty() {
        let mut head = beginning(rest, columns);
        if head.is_empty() {
            // A character wider than the line goes through: better one column too many than an endless loop.
            head = rest.chars().take(1).collect();
        }
        rest = &rest[head.len()..];
        lines.push(head);
    }
}

/// How many of the pieces fit on one line, with room for saying how many are left out.
fn fitting(pieces: &[String], separator: usize, columns: usize) -> usize {
    let whole: usize = pieces.iter().map(|piece| width(piece) + separator).sum();
    if whole <= columns + separator {
        return pieces.len();
    }
    let mut used = 0;
    let is_too_much = |(index, piece): (usize, &String)| {
        used += width(piece) + separator;
        used + width(&words::and_more(pieces.len() - index - 1)) > columns
    };
    let cut_off = pieces.iter().enumerate().position(is_too_much);
    cut_off.unwrap_or(pieces.len())
}

/// The pieces on one line; those that do not fit are counted.
pub fn join(pieces: &[String], separator: &str, columns: usize) -> String {
    let shown = fitting(pieces, width(separator), columns);
    let mut shown_pieces = pieces[..shown].to_vec();
    if shown < pieces.len() {
        shown_pieces.push(words::and_more(pieces.len() - shown));
    }
    shown_pieces.join(separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_whole_or_not_there() {
        let text = "ab\u{1b}[2Jcd\u{202e}ef";
        for columns in 0..30 {
            for cut in [cut(text, columns), cut_middle(text, columns)] {
                assert!(width(&cut) <= columns, "{cut}");
                for part in cut.split(r"\u{").skip(1) {
                    assert!(
                        part.starts_with("1b}") || part.starts_with("202e}"),
                        "{cut}"
                    );
                }
                let braces = [cut.matches('{').count(), cut.matches('}').count()];
                assert_eq!(braces[0], braces[1], "{cut}");
            }
            if columns > 0 {
                assert!(
                    wrap(text, columns.max(9))
                        .iter()
                        .all(|line| { line.matches('{').count() == line.matches('}').count() })
                );
            }
        }
    }

    #[test]
    fn a_sentence_is_cut_behind_a_word() {
        assert_eq!(cut_at_word("one two three", 20), "one two three");
        assert_eq!(cut_at_word("one two three", 13), "one two three");
        assert_eq!(cut_at_word("one two three", 12), "one two …");
        assert_eq!(cut_at_word("one two three", 8), "one …");
        assert_eq!(cut_at_word("unbreakable", 6), "unbre…");
        assert_eq!(cut_at_word("one two", 1), "…");
    }
    use proptest::prelude::*;

    #[test]
    fn each_step_of_a_path_is_cut_on_its_own() {
        let path = "green-with-a-long-name > the-one-and-only-branch";
        assert_eq!(cut_path(path, 60), path);
        assert_eq!(cut_path(path, 27), "green-…-name > the-on…ranch");
        assert_eq!(
            cut_path("blue > the-one-and-only-branch", 20),
            "blue > the-on…branch"
        );
        assert_eq!(width(&cut_path(path, 9)), 9);
        assert_eq!(cut_path("no path at all", 5), "no…ll");
    }

    #[test]
    fn a_cut_keeps_both_ends_of_a_name() {
        assert_eq!(cut_middle("ns-1536.awsdns-00.co.uk", 12), "ns-153…co.uk");
        assert_eq!(cut_middle("short", 12), "short");
        assert_eq!(cut("a long message", 8), "a long …");
        assert_eq!(cut("a", 0), "");
    }

    #[test]
    fn names_that_differ_stay_different() {
        let names = [
            "service-blue-2026-11-20-a",
            "service-blue-2026-11-20-b",
            "service-green",
        ];
        assert_eq!(
            labels(names, 10),
            ["servi…20-a", "servi…20-b", "servi…reen"]
        );
        let in_the_beginning = ["blue-of-the-service-a", "teal-of-the-service-a"];
        assert_eq!(labels(in_the_beginning, 10).len(), 2);
        assert_ne!(
            labels(in_the_beginning, 10)[0],
            labels(in_the_beginning, 10)[1]
        );
    }

    #[test]
    fn names_that_differ_only_in_the_middle_get_their_number() {
        let names = [
            "service-with-a-1-in-the-middle",
            "service-with-a-2-in-the-middle",
        ];
        assert_eq!(labels(names, 10), ["service…#1", "service…#2"]);
    }

    #[test]
    fn only_the_ends_of_a_text_without_end_are_looked_at() {
        let long = format!("blue{}-eu", "x\u{34f}".repeat(300_000));
        assert!(ends(&long).len() < 5 * END);
        assert_eq!(cut_middle(&long, 8), cut_middle(&ends(&long), 8));
        assert!(cut(&long, 8).starts_with("blue"));
        assert!(cut_middle(&long, 9).ends_with("-eu"));
        let short = "x".repeat(2 * END);
        assert!(matches!(ends(&short), Cow::Borrowed(_)));
        let lines = wrap(&long, 80);
        assert!(lines.iter().all(|line| width(line) <= 80));
        let whole: usize = lines.iter().map(String::len).sum();
        assert_eq!(whole, visible(&long).len());
    }

    #[test]
    fn text_is_wrapped_at_spaces_and_inside_of_endless_words() {
        assert_eq!(
            wrap("weights are old: no route", 12),
            ["weights are", "old: no", "route"]
        );
        assert_eq!(wrap("aaaaaaaaaa", 4), ["aaaa", "aaaa", "aa"]);
        assert_eq!(wrap("", 4), [""]);
    }

    #[test]
    fn what_does_not_fit_on_a_line_is_counted() {
        let pieces: Vec<String> = ["one", "two", "three"].map(str::to_owned).into();
        assert_eq!(join(&pieces, ", ", 40), "one, two, three");
        assert_eq!(join(&pieces, ", ", 15), "one, two, three");
        assert_eq!(join(&pieces, ", ", 14), "and 3 more");
        assert_eq!(join(&pieces[..1], ", ", 3), "one");
    }

    proptest! {
        #[test]
        fn pieces_are_no_wider_than_the_room_and_nothing_of_the_text_is_lost(text in "[ -~한🙂]{0,60}", columns in 2_usize..30) {
            let pieces = pieces(&text, columns);
            prop_assert!(pieces.iter().all(|piece| width(piece) <= columns), "{:?}", pieces);
            prop_assert_eq!(pieces.concat(), text);
        }

        #[test]
        fn nothing_is_ever_wider_than_allowed(text in any::<String>(), columns in 0usize..40) {
            prop_assert!(width(&cut(&text, columns)) <= columns);
            prop_assert!(width(&cut_middle(&text, columns)) <= columns);
            for label in labels([text.as_str(), "blue-blue-blue-blue-blue-blue-blue-blue-blue"], columns) {
                prop_assert!(width(&label) <= columns);
            }
            for line in wrap(&text, columns.max(2)) {
                prop_assert!(width(&line) <= columns.max(2));
            }
        }
    }
}
