//! Text from outside (network, AWS, files), made safe to show on a terminal, in a log and in a report.
//!
//! Characters that a person cannot see, or that change how the rest is displayed, become visible escapes,
//! so that a set identifier can neither move the cursor nor pretend to be another one. Secrets in URLs are left out.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

use super::charset::{Charset, ascii};
use super::secret::masked;

/// So many marks stand on a letter in any script that is in use; more only hide it, or each other.
const MOST_MARKS: usize = 3;

/// The text without secrets, and with every character written as `\u{..}` that cannot be seen, that changes how others are
/// displayed, or that makes the text look like another one. What was made visible stays as it is.
pub fn visible(text: &str) -> Cow<'_, str> {
    match masked(text) {
        Cow::Borrowed(text) => safe(text),
        Cow::Owned(text) => Cow::Owned(safe(&text).into_owned()),
    }
}

/// What is written out ends no URL any more, so there may be secrets behind it that were none before.
fn safe(text: &str) -> Cow<'_, str> {
    match written_out(text) {
        Cow::Owned(text) => Cow::Owned(masked(&text).into_owned()),
        same @ Cow::Borrowed(_) => same,
    }
}

fn written_out(text: &str) -> Cow<'_, str> {
    if text
        .bytes()
        .all(|byte| byte == b' ' || byte.is_ascii_graphic())
    {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(start) = rest.find(|character: char| !character.is_ascii()) {
        let (plain, foreign) = rest.split_at(start);
        let end = foreign.find(|character: char| character.is_ascii());
        let (foreign, after) = foreign.split_at(end.unwrap_or(foreign.len()));
        plain
            .chars()
            .for_each(|one| push(&mut shown, one, is_hidden(one)));
        let before = plain.chars().next_back();
        push_foreign(&mut shown, before, foreign);
        rest = after;
    }
    rest.chars()
        .for_each(|one| push(&mut shown, one, is_hidden(one)));
    if shown == text {
        return Cow::Borrowed(text);
    }
    Cow::Owned(shown)
}

/// An identifier, made visible so that no two look the same because of what cannot be seen: spaces at its ends and all but one
/// in a row are written out too. What looks like an escape already is told apart from one.
pub fn spelled(identifier: &str) -> String {
    let literal = identifier.replace("\\u{", "\\u{5c}u{");
    let visible = visible(&literal);
    let mut spelled = String::with_capacity(visible.len());
    let mut after_space = true;
    let last = visible.trim_end_matches(' ').len();
    for (at, character) in visible.char_indices() {
        let is_space = character == ' ';
        push(
            &mut spelled,
            character,
            is_space && (after_space || at >= last),
        );
        after_space = is_space;
    }
    spelled
}

/// The beginning of a text that is longer than anybody reads; the rest is told by an ellipsis.
pub fn shortened(text: &str, characters: usize) -> Cow<'_, str> {
    match text.char_indices().nth(characters) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}

fn push(shown: &mut String, character: char, as_escape: bool) {
    if as_escape {
        shown.extend(character.escape_unicode());
    } else {
        shown.push(character);
    }
}

/// Adds a run of characters beyond ASCII. Marks are shown where they stand on a letter, a few of them and each once, and
/// only in the spelling that Unicode prefers (NFC): in another one a letter with a mark looks like the letter that has it.
fn push_foreign(shown: &mut String, before: Option<char>, run: &str) {
    let unit: String = before.into_iter().chain(run.chars()).collect();
    let is_preferred = ComposingNormalizerBorrowed::new_nfc().is_normalized(&unit);
    let mut has_base = before.is_some_and(|before| before.is_ascii_graphic());
    let mut marks = Vec::new();
    for character in run.chars() {
        let hidden = !is_preferred || is_hidden(character);
        if is_mark(character) && !hidden {
            let fits = has_base && marks.len() < MOST_MARKS && !marks.contains(&character);
            marks.push(character);
            push(shown, character, !fits);
        } else {
            marks.clear();
            has_base = !hidden;
            push(shown, character, hidden);
        }
    }
}

fn category(character: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(character)
}

fn is_mark(character: char) -> bool {
    matches!(
        category(character),
        GeneralCategory::NonspacingMark
            | GeneralCategory::EnclosingMark
            | GeneralCategory::SpacingMark
    )
}

/// Controls, what steers the display of others, spaces but the usual one, what nobody has given a look, what is drawn as
/// nothing by the rules of Unicode, and what is drawn as nothing all the same; for a place that shows nothing but ASCII,
/// whatever else has no form there.
fn is_hidden(character: char) -> bool {
    if character == ' ' || character.is_ascii_graphic() {
        return false;
    }
    if Charset::current() == Charset::Ascii && ascii(character).is_none() {
        return true;
    }
    let has_no_look = matches!(
        category(character),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::PrivateUse
            | GeneralCategory::Surrogate
            | GeneralCategory::Unassigned
            | GeneralCategory::SpaceSeparator
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    );
    // The empty Braille pattern, the musical null note head, the Khitan filler and the object replacement.
    let is_blank = matches!(
        character,
        '\u{2800}' | '\u{1D159}' | '\u{16FE4}' | '\u{FFFC}'
    );
    has_no_look
        || is_blank
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ordinary_text_is_left_alone() {
        for text in ["blue-32", "grün", "파랑", "a b/c:d", ""] {
            assert!(matches!(visible(text), Cow::Borrowed(same) if same == text));
        }
    }

    #[test]
    fn what_moves_the_cursor_or_turns_the_text_round_is_shown() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("blue\u{202e}neerg"), "blue\\u{202e}neerg");
        assert_eq!(visible("a\nb\u{200b}"), "a\\u{a}b\\u{200b}");
        assert_eq!(visible("\u{9b}31m"), "\\u{9b}31m");
    }

    #[test]
    fn what_cannot_be_seen_does_not_pretend_to_be_another() {
        for (text, shown) in [
            ("blue\u{1d173}", "blue\\u{1d173}"),
            ("blue\u{1bca0}", "blue\\u{1bca0}"),
            ("blue\u{2800}", "blue\\u{2800}"),
            ("blue\u{fffe}", "blue\\u{fffe}"),
            ("blue\u{a0}", "blue\\u{a0}"),
            ("blue\u{3000}x", "blue\\u{3000}x"),
            ("bl\u{feff}ue", "bl\\u{feff}ue"),
            // A letter and its mark look like the letter that has it.
            ("gru\u{308}n", "gru\\u{308}n"),
            ("\u{212b}", "\\u{212b}"),
            // Piles, and marks that stand on nothing.
            ("x\u{33f}\u{33f}", "x\u{33f}\\u{33f}"),
            (
                "x\u{347}\u{348}\u{349}\u{353}",
                "x\u{347}\u{348}\u{349}\\u{353}",
            ),
            (" \u{338}", " \\u{338}"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
        // Scripts that need marks keep them.
        for text in ["ที่นี่", "किताब", "שלום", "Việt Nam", "日本語", "a…b"]
        {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn spaces_of_an_identifier_are_written_out_where_nobody_sees_them() {
        for (identifier, shown) in [
            ("blue", "blue"),
            ("blue green", "blue green"),
            ("blue ", "blue\\u{20}"),
            (" blue", "\\u{20}blue"),
            ("blue  green", "blue \\u{20}green"),
            ("  ", "\\u{20}\\u{20}"),
            ("blue\\u{20}", "blue\\u{5c}u{20}"),
        ] {
            assert_eq!(spelled(identifier), shown, "{identifier:?}");
        }
    }

    #[test]
    fn where_only_ascii_is_shown_the_rest_is_escaped() {
        let shown = |text| Charset::Ascii.within(|| visible(text).into_owned());
        for (text, expected) in [
            ("blue-32", "blue-32"),
            ("grün", "gr\\u{fc}n"),
            ("파랑-32", "\\u{d30c}\\u{b791}-32"),
            ("x\u{33f}", "x\\u{33f}"),
            // Our own characters get their form on the way out.
            ("a long …", "a long …"),
        ] {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(visible("grün"), "grün");
    }

    /// Text with much in it that cannot be seen.
    fn tricky() -> impl Strategy<Value = String> {
        let parts = prop_oneof![
            Just("a".to_owned()),
            Just(" ".to_owned()),
            Just("\\u{20}".to_owned()),
            Just("\\".to_owned()),
            Just("\u{301}".to_owned()),
            Just("\u{200b}".to_owned()),
            Just("\u{2800}".to_owned()),
            Just("é".to_owned()),
            Just("e".to_owned()),
            any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(parts, 0..8).prop_map(|parts| parts.concat())
    }

    #[test]
    fn a_secret_in_a_url_is_not_shown() {
        assert_eq!(
            visible("at https://a:b@c.test/?d\u{1b}"),
            "at https://***@c.test/?***}"
        );
        // What is written out is a part of the URL, and so is the secret behind it.
        for between in ["\u{b}", "\u{a0}", "\u{2028}", "\u{1b}[2J"] {
            let text = format!("https://m{between}s@c.test/?d");
            assert_eq!(visible(&text), "https://***@c.test/?***", "{text:?}");
        }
        assert_eq!(
            visible("https://c.test/d\nhttps://a:b@c.test"),
            "https://c.test/d\\u{a}https://***@c.test"
        );
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_ever_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_hidden));
        }

        #[test]
        fn what_was_made_visible_stays_as_it_is(text in tricky()) {
            let once = visible(&text).into_owned();
            prop_assert_eq!(visible(&once), once.as_str());
            let name = spelled(&text);
            prop_assert_eq!(visible(&name), name.as_str());
        }

        #[test]
        fn different_identifiers_never_look_the_same(one in tricky(), other in tricky()) {
            // What a person sees: no spaces at the ends, one where there are several, the spelling that fonts are made for.
            let seen = |identifier: &str| {
                let spelled = spelled(identifier);
                let words = spelled.split(' ').filter(|word| !word.is_empty());
                let words = words.collect::<Vec<_>>().join(" ");
                ComposingNormalizerBorrowed::new_nfc().normalize(&words).into_owned()
            };
            prop_assert_eq!(seen(&one) == seen(&other), one == other);
        }
    }
}
