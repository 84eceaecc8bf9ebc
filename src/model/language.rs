//! The languages that people are spoken to in.

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
}
