//! Text from outside (network, AWS, files), made safe to show on a terminal, in a log and in a report.
//!
//! Characters that a person cannot see, or that change how the rest is displayed, become visible escapes,
//! so that a set identifier can neither move the cursor nor pretend to be another one. Secrets in URLs are left out.

use std::borrow::Cow;

use super::secret::masked;

/// The text without secrets, and with every control, bidirectional or otherwise invisible character written as `\u{..}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    let text = masked(text);
    if !text.chars().any(is_hidden) {
        return text;
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// Control characters (Unicode Cc), the bidirectional controls of UAX 9, separators of lines and paragraphs,
/// characters without width, and what is not meant for interchange.
fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{E000}'..='\u{F8FF}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{E0000}'..='\u{10FFFF}')
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
    fn a_secret_in_a_url_is_not_shown() {
        assert_eq!(
            visible("at https://a:b@c.test/?d\u{1b}"),
            "at https://***@c.test/?***\\u{1b}"
        );
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_ever_left(text in any::<String>()) {
            prop_assert!(!visible(&text).chars().any(is_hidden));
        }
    }
}
