//! The language that a thread writes in.
//!
//! Which language a text is in is a property of where it goes, and each way out has a thread of its own: the dashboard
//! and the lines for people speak the language of the user, the log speaks English. Handing the language through every
//! function that makes a sentence would bury the sentences, so a thread knows it. What is written for programs is English
//! whatever the thread speaks: `views/json` and its like see to that themselves.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;

pub use crate::model::language::Language;

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// What this thread writes in.
pub fn current() -> Language {
    SPOKEN.get()
}

impl Language {
    /// Has this thread write in it from now on.
    pub fn adopt(self) {
        SPOKEN.set(self);
    }

    /// Has this thread write in it while it does something.
    pub fn speak<T>(self, what: impl FnOnce() -> T) -> T {
        let _before = Before(SPOKEN.replace(self));
        what()
    }
}

/// Goes back to what was spoken before, after a panic too.
struct Before(Language);

impl Drop for Before {
    fn drop(&mut self) {
        SPOKEN.set(self.0);
    }
}

/// One of two texts.
pub fn pick(english: &'static str, korean: &'static str) -> &'static str {
    match current() {
        Language::English => english,
        Language::Korean => korean,
    }
}

/// A text without holes that is a `str` in the language that is spoken where it is read. It is never copied, so that it
/// can be used like the `str` that it stands for.
#[derive(Debug)]
pub struct Phrase {
    english: &'static str,
    korean: &'static str,
}

/// A text in both languages.
pub const fn phrase(english: &'static str, korean: &'static str) -> Phrase {
    Phrase { english, korean }
}

impl Phrase {
    /// The text as it is now.
    pub fn said(&self) -> &'static str {
        pick(self.english, self.korean)
    }
}

impl Deref for Phrase {
    type Target = str;

    fn deref(&self) -> &str {
        self.said()
    }
}

impl From<Phrase> for String {
    fn from(phrase: Phrase) -> Self {
        phrase.said().to_owned()
    }
}

impl From<Phrase> for Cow<'_, str> {
    fn from(phrase: Phrase) -> Self {
        Cow::Borrowed(phrase.said())
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.said())
    }
}

/// A sentence with holes in both languages. Both take what they need from where it stands, so the compiler knows both.
macro_rules! say {
    ($english:literal, $korean:literal $(,)?) => {
        match $crate::views::language::current() {
            $crate::model::language::Language::English => format!($english),
            $crate::model::language::Language::Korean => format!($korean),
        }
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Phrase = phrase("one", "하나");

    #[test]
    fn a_thread_speaks_english_unless_it_is_told_otherwise_and_afterwards_again() {
        let number = 7;
        let told = || {
            format!(
                "{BOTH} {} {}",
                pick("two", "둘"),
                say!("no {number}", "{number}번")
            )
        };
        assert_eq!(told(), "one two no 7");
        let korean = Language::Korean.speak(|| {
            let machine = Language::English.speak(told);
            assert_eq!(machine, "one two no 7");
            // Another thread knows nothing of it.
            std::thread::scope(|scope| {
                let other = scope.spawn(told);
                assert_eq!(other.join().expect("it ends"), "one two no 7");
            });
            told()
        });
        assert_eq!(korean, "하나 둘 7번");
        let panicked = std::panic::catch_unwind(|| Language::Korean.speak(|| panic!("on purpose")));
        assert!(panicked.is_err());
        assert_eq!(told(), "one two no 7");
    }
}
