//! The terminal's answer to the question for its background (OSC 11), picked out of the keys.
//!
//! The keys are read by one thread alone, and the library knows no such answer: it makes keys of it, Alt+] and the letters.
//! So the answer is looked for among the keys. One that comes late is found there too, and is not taken for
//! keys; nothing that somebody types meanwhile is lost.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Red, green and blue of a colour.
pub type Rgb = [u8; 3];

/// The question.
pub(super) const QUESTION: &str = "\u{1b}]11;?\u{1b}\\";

/// An answer is no longer than this: `11;rgba:ffff/ffff/ffff/ffff`.
const LONGEST: usize = 32;

/// What came in the place of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Sorted {
    /// The answer is not complete.
    Begun,
    /// The background.
    Background(Rgb),
    /// Keys, since what looked like an answer is none.
    Keys(Vec<KeyEvent>),
}

/// Sorts an answer out of the keys.
#[derive(Debug, Default)]
pub(super) struct Answers {
    /// The keys of an answer that has begun.
    begun: Vec<KeyEvent>,
}

impl Answers {
    /// What the next key is.
    pub(super) fn sort(&mut self, key: KeyEvent) -> Sorted {
        if self.begun.is_empty() {
            return if is_alt(&key, ']') {
                self.begun.push(key);
                Sorted::Begun
            } else {
                Sorted::Keys(vec![key])
            };
        }
        self.begun.push(key);
        let text = self.text();
        let ends = is_alt(&key, '\\') || is_bell(&key);
        if !ends && fits(&text) {
            return Sorted::Begun;
        }
        let keys = std::mem::take(&mut self.begun);
        match color(&text) {
            Some(color) if ends => Sorted::Background(color),
            _ => Sorted::Keys(keys),
        }
    }

    /// What stands between the beginning and the end.
    fn text(&self) -> String {
        let letters = self.begun[1..].iter().filter_map(|key| match key.code {
            KeyCode::Char(letter) if (key.modifiers - KeyModifiers::SHIFT).is_empty() => {
                Some(letter)
            }
            // What no answer has.
            _ if is_alt(key, '\\') || is_bell(key) => None,
            _ => Some('\0'),
        });
        letters.collect()
    }
}

fn is_alt(key: &KeyEvent, letter: char) -> bool {
    key.code == KeyCode::Char(letter) && key.modifiers == KeyModifiers::ALT
}

/// BEL, which ends an answer too.
fn is_bell(key: &KeyEvent) -> bool {
    key.code == KeyCode::Char('g') && key.modifiers == KeyModifiers::CONTROL
}

/// Whether it can become an answer.
fn fits(text: &str) -> bool {
    const BEGINNINGS: [&str; 2] = ["11;rgb:", "11;rgba:"];
    let is_part = |letter: char| letter.is_ascii_hexdigit() || letter == '/';
    text.len() <= LONGEST
        && BEGINNINGS.iter().any(|beginning| {
            beginning.starts_with(text)
                || text
                    .strip_prefix(beginning)
                    .is_some_and(|rest| rest.chars().all(is_part))
        })
}

/// The colour of `11;rgb:1e1e/1e1e/1e1e`, with one to four digits for each part.
fn color(text: &str) -> Option<Rgb> {
    let text = text.strip_prefix("11;rgb")?;
    let parts = text.strip_prefix(':').or_else(|| text.strip_prefix("a:"))?;
    let parts: Vec<u8> = parts.split('/').map(part).collect::<Option<_>>()?;
    match parts[..] {
        [red, green, blue] | [red, green, blue, _] => Some([red, green, blue]),
        _ => None,
    }
}

fn part(digits: &str) -> Option<u8> {
    if !(1..=4).contains(&digits.len()) {
        return None;
    }
    let value = u32::from_str_radix(digits, 16).ok()?;
    let most = 16_u32.pow(u32::try_from(digits.len()).ok()?) - 1;
    u8::try_from(value * 255 / most).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The keys that the library makes of such bytes.
    fn keys(text: &str) -> Vec<KeyEvent> {
        let mut keys = Vec::new();
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            let (letter, modifiers) = match letter {
                '\u{1b}' => (letters.next().expect("a letter"), KeyModifiers::ALT),
                '\u{7}' => ('g', KeyModifiers::CONTROL),
                letter if letter.is_ascii_uppercase() => (letter, KeyModifiers::SHIFT),
                letter => (letter, KeyModifiers::NONE),
            };
            keys.push(KeyEvent::new(KeyCode::Char(letter), modifiers));
        }
        keys
    }

    fn sorted(text: &str) -> (Vec<KeyEvent>, Vec<Rgb>) {
        let (mut answers, mut typed, mut colors) = (Answers::default(), Vec::new(), Vec::new());
        for key in keys(text) {
            match answers.sort(key) {
                Sorted::Begun => {}
                Sorted::Background(color) => colors.push(color),
                Sorted::Keys(keys) => typed.extend(keys),
            }
        }
        (typed, colors)
    }

    #[test]
    fn an_answer_is_a_colour_and_no_keys() {
        for (answer, color) in [
            ("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\", [255; 3]),
            ("\u{1b}]11;rgb:1E1E/1e1e/2e2e\u{7}", [0x1e, 0x1e, 0x2e]),
            ("\u{1b}]11;rgb:f/0/8\u{1b}\\", [255, 0, 136]),
            ("\u{1b}]11;rgba:00/80/ff/ff\u{7}", [0, 128, 255]),
        ] {
            assert_eq!(sorted(answer), (vec![], vec![color]), "{answer:?}");
            let typed = format!("?{answer}q");
            assert_eq!(sorted(&typed), (keys("?q"), vec![color]), "{answer:?}");
        }
    }

    #[test]
    fn what_only_begins_like_an_answer_are_keys() {
        for typed in [
            "\u{1b}]q",
            "\u{1b}]11;rgb:zz",
            "\u{1b}]11;rgb:ff/ff\u{7}",
            "\u{1b}]11;rgb:ff/ff/fffff\u{7}",
            "\u{1b}]\u{1b}\\",
            "\u{1b}]10;rgb:f/f/f\u{7}",
        ] {
            assert_eq!(sorted(typed), (keys(typed), vec![]), "{typed:?}");
        }
        let endless = format!("\u{1b}]11;rgb:{}", "f".repeat(LONGEST));
        assert_eq!(sorted(&endless).0, keys(&endless));
    }

    proptest! {
        #[test]
        fn no_key_is_lost_or_moved(typed in "[a-g0-9;:/q]{0,40}") {
            // A key that no answer has lets go of whatever was held back.
            let typed = format!("{typed}\u{1b}]{typed}!");
            let (kept, colors) = sorted(&typed);
            prop_assert!(colors.is_empty());
            prop_assert_eq!(kept, keys(&typed));
        }
    }
}
