//! The languages that people are spoken to in, and the one that a thread writes in.
//!
//! Which language a text is in is a property of where it goes, and each way out has a thread of its own: the dashboard
//! and the lines for people speak the language of the user, the log speaks English. Handing the language through every
//! function that makes a sentence would bury the sentences, so a thread knows it. What is written for programs is English
//! whatever the thread speaks: `views/json` and its like see to that themselves.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::words::words;

words! {
    /// A language. Programs are always spoken to in English.
    pub enum Language {
        /// English, where nobody asks for another.
        English = "en",
        /// Korean.
        Korean = "ko",
    }
}

impl Language {
    /// The one with this word.
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == word)
    }

    /// That of the user's locale, by the variables that decide about messages in POSIX: the first that is set to something.
    /// A locale of an encoding that is not UTF-8 could not show Korean letters.
    pub fn of_locale<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let mut set = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .filter_map(variable);
        let locale = set.find(|value| !value.is_empty()).unwrap_or_default();
        let locale = locale.split('@').next().unwrap_or_default();
        let (place, encoding) = locale.split_once('.').unwrap_or((locale, "UTF-8"));
        let is_utf_8 = ["utf-8", "utf8"]
            .iter()
            .any(|name| encoding.eq_ignore_ascii_case(name));
        match place.split('_').next() {
            Some("ko") if is_utf_8 => Self::Korean,
            _ => Self::English,
        }
    }
}

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
#[derive(Debug, PartialEq, Eq)]
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

/// A text with what was put into its holes, in both languages: it is made where nobody knows yet who will read it. It is a `str` in
/// the language that is spoken where it is read, as a `Phrase` is. A text alone does not become one: whoever makes it says
/// it twice (`both!`), or says that it is the same in every language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Both(Arc<[String; Language::ALL.len()]>);

impl Both {
    /// What is said, once in each language.
    pub fn of(what: impl Fn() -> String) -> Self {
        Self(Arc::new(Language::ALL.map(|each| each.speak(&what))))
    }

    /// What is in no language of ours: names, numbers, and what others say.
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::of(|| text.clone())
    }

    /// The text as it is now.
    pub fn said(&self) -> &str {
        &self.0[current() as usize]
    }
}

impl Deref for Both {
    type Target = str;

    fn deref(&self) -> &str {
        self.said()
    }
}

impl From<Phrase> for Both {
    fn from(phrase: Phrase) -> Self {
        Self::from(&phrase)
    }
}

impl From<&Phrase> for Both {
    fn from(phrase: &Phrase) -> Self {
        Self::of(|| phrase.said().to_owned())
    }
}

impl PartialEq<&str> for Both {
    fn eq(&self, other: &&str) -> bool {
        self.said() == *other
    }
}

impl std::error::Error for Both {}

impl fmt::Display for Both {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.said())
    }
}

/// A sentence with holes as a `Both`. What fills a hole is in the language of the sentence, if it has both.
macro_rules! both {
    ($english:literal, $korean:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        $(let $name = &$value;)*
        $crate::model::language::Both::of(|| $crate::model::language::say!($english, $korean))
    }};
}
pub(crate) use both;

/// A sentence with holes in both languages. Both take what they need from where it stands, so the compiler knows both.
macro_rules! say {
    ($english:literal, $korean:literal $(,)?) => {
        match $crate::model::language::current() {
            $crate::model::language::Language::English => format!($english),
            $crate::model::language::Language::Korean => format!($korean),
        }
    };
}
pub(crate) use say;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &'static str)]) -> Language {
        Language::of_locale(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| *value)
        })
    }

    #[test]
    fn korean_is_what_a_korean_locale_says_and_all_else_is_english() {
        for locale in ["ko", "ko_KR", "ko_KR.UTF-8", "ko_KR.utf8", "ko.UTF-8@x"] {
            assert_eq!(of(&[("LANG", locale)]), Language::Korean, "{locale}");
        }
        for locale in [
            "",
            "C",
            "C.UTF-8",
            "en_US.UTF-8",
            "kok_IN",
            "ko_KR.EUC-KR",
            "KO",
        ] {
            assert_eq!(of(&[("LANG", locale)]), Language::English, "{locale}");
        }
        assert_eq!(of(&[]), Language::English);
    }

    #[test]
    fn the_variables_are_ranked_as_posix_has_them_and_an_empty_one_is_none() {
        let (ko, en) = ("ko_KR.UTF-8", "en_US.UTF-8");
        let ranked = [
            (
                [("LC_ALL", ko), ("LC_MESSAGES", en), ("LANG", en)],
                Language::Korean,
            ),
            (
                [("LC_ALL", en), ("LC_MESSAGES", ko), ("LANG", ko)],
                Language::English,
            ),
            (
                [("LC_ALL", ""), ("LC_MESSAGES", ko), ("LANG", en)],
                Language::Korean,
            ),
            (
                [("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", ko)],
                Language::Korean,
            ),
            (
                [("LC_CTYPE", ko), ("LC_MESSAGES", "C"), ("LANG", ko)],
                Language::English,
            ),
        ];
        for (variables, language) in ranked {
            assert_eq!(of(&variables), language, "{variables:?}");
        }
    }

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

    #[test]
    fn a_text_in_both_languages_is_read_in_the_one_that_is_spoken() {
        let count = 2;
        let sets = both!("{count} sets", "세트 {count}개");
        let what = both!("{sets} ({BOTH})", "{sets}가 있다 ({BOTH})");
        let name = both!("{one} is {what}", "{one}: {what}", one = Both::same("x"));
        assert_eq!(&*what, "2 sets (one)");
        assert_eq!(name.to_string(), "x is 2 sets (one)");
        Language::Korean.speak(|| {
            assert_eq!(&*what, "세트 2개가 있다 (하나)");
            assert_eq!(name.to_string(), "x: 세트 2개가 있다 (하나)");
        });
    }
}
