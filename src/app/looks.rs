//! What the place where a run is shown can show: colours, its background, and characters, by what was asked for, what the
//! environment says of the terminal, and what the terminal answers.

use std::io::{self, Write};

use super::purpose::colored;
use crate::config::check::Chosen;
use crate::config::environment::Environment;
use crate::config::{Settings, ThemeChoice};
use crate::model::charset::Charset;
use crate::model::language::Language;
use crate::terminal::Rgb;
use crate::views::dashboard::{Background, Depth, Theme};

/// What is known before the terminal has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looks {
    /// Whether there are colours.
    colored: bool,
    /// The background, where somebody says.
    background: Option<Background>,
    depth: Depth,
    pub charset: Charset,
}

impl Looks {
    /// Those of a run that is drawn.
    pub fn of(settings: &Settings, environment: &Environment) -> Self {
        let choice = settings.run.theme;
        let background = match choice {
            ThemeChoice::Dark => Some(Background::Dark),
            ThemeChoice::Light => Some(Background::Light),
            ThemeChoice::Auto | ThemeChoice::Mono => {
                environment.get("COLORFGBG").and_then(background_of)
            }
        };
        Self {
            // The dashboard has a terminal; otherwise colours are not looked at.
            colored: choice != ThemeChoice::Mono && colored(settings.run.color, environment, true),
            background,
            depth: depth(environment.get("COLORTERM"), environment.get("TERM")),
            charset: charset(settings.run.charset, environment),
        }
    }

    /// Whether the terminal has to be asked for its background.
    pub fn asks(self) -> bool {
        self.colored && self.background.is_none()
    }

    /// The look, with what the terminal has answered.
    pub fn theme(self, answered: Option<Rgb>) -> Theme {
        let answered = answered.map(|color| {
            if is_light(color) {
                Background::Light
            } else {
                Background::Dark
            }
        });
        let theme = if self.colored {
            let background = self.background.or(answered).unwrap_or_default();
            Theme::on(background, self.depth)
        } else {
            Theme::plain()
        };
        theme.with(self.charset)
    }
}

/// The characters that can be shown. Where the environment says nothing of a locale, nothing is known against UTF-8, which
/// terminals of containers and remote shells have without saying so.
pub(super) fn charset(chosen: Option<Charset>, environment: &Environment) -> Charset {
    let mut said = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter();
    let locale = said.find(|name| environment.is_set(name));
    let locale = locale.and_then(|name| environment.get(name));
    let of_locale = || locale.map_or(Charset::Unicode, Charset::of_locale);
    chosen.unwrap_or_else(of_locale)
}

/// Has this thread speak the language in which whoever typed the line reads what is said before any setting is known: help, and
/// what is wrong with the line.
pub fn speak((charset, language): Chosen, environment: &Environment) {
    let of_variable = || environment.get("R53MON_LANG").and_then(Language::find);
    language_of((charset, language.or_else(of_variable)), environment).adopt();
}

/// Has this thread speak the language that the settings choose.
pub(super) fn adopt(chosen: Chosen, environment: &Environment) {
    language_of(chosen, environment).adopt();
    tell_if_not_korean(chosen, environment);
}

/// Says on stderr why Korean was asked for and is not spoken.
pub fn tell_if_not_korean(chosen: Chosen, environment: &Environment) {
    let is_ascii = charset(chosen.0, environment) == Charset::Ascii;
    if is_ascii && chosen.1 == Some(Language::Korean) {
        // In English, since Korean cannot be shown. Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "r53mon: warning: {NOT_KOREAN}");
    }
}

const NOT_KOREAN: &str = "Korean was asked for, and nothing but ASCII can be shown here, so this is English: \
    take --ascii away, or set a locale with UTF-8 (LC_ALL=C.UTF-8)";

/// What people read: the language that was chosen, else that of the locale. Where nothing but ASCII can be shown, Korean would be
/// nothing but escapes, so English is read there, whatever was chosen.
pub(super) fn language_of((characters, language): Chosen, environment: &Environment) -> Language {
    match charset(characters, environment) {
        Charset::Ascii => Language::English,
        Charset::Unicode => {
            language.unwrap_or_else(|| Language::of_locale(|variable| environment.get(variable)))
        }
    }
}

/// The number of the background in the last field: `15;0`, `0;default;15`.
fn background_of(text: &str) -> Option<Background> {
    match text.rsplit(';').next()?.trim().parse::<u8>().ok()? {
        0..=6 | 8 => Some(Background::Dark),
        7 | 9..=15 => Some(Background::Light),
        _ => None,
    }
}

/// What `COLORTERM` and `TERM` say. GNU screen knows no more than 256 colours, whatever the terminal around it has.
fn depth(colorterm: Option<&str>, term: Option<&str>) -> Depth {
    let term = term.unwrap_or_default();
    let says_true = matches!(colorterm, Some("truecolor" | "24bit"));
    if !term.starts_with("screen") && (says_true || term.ends_with("-direct")) {
        Depth::True
    } else if term.contains("256color") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

/// Whether black can be read better than white on it.
fn is_light([red, green, blue]: Rgb) -> bool {
    let [red, green, blue] = [red, green, blue].map(u32::from);
    // The light that the eye sees in each, in thousandths.
    299 * red + 587 * green + 114 * blue > 1_000 * 127
}

#[cfg(test)]
mod tests {
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        let own = |(name, value): &(&str, &str)| ((*name).into(), (*value).into());
        Environment::of_process(variables.iter().map(own))
    }

    #[test]
    fn the_first_variable_of_the_locale_that_is_set_decides() {
        for (variables, expected) in [
            (&[][..], Charset::Unicode),
            (&[("LANG", "C")], Charset::Ascii),
            (&[("LANG", "")], Charset::Unicode),
            (&[("LANG", "C"), ("LC_CTYPE", "UTF-8")], Charset::Unicode),
            (
                &[("LANG", "ko_KR.UTF-8"), ("LC_ALL", "POSIX")],
                Charset::Ascii,
            ),
            (&[("LANG", "ko_KR.UTF-8"), ("LC_ALL", "")], Charset::Unicode),
        ] {
            let environment = environment(variables);
            assert_eq!(charset(None, &environment), expected, "{variables:?}");
            assert_eq!(charset(Some(Charset::Ascii), &environment), Charset::Ascii);
        }
    }

    #[test]
    fn korean_is_read_where_its_letters_can_be_shown() {
        let korean = Some(Language::Korean);
        for (variables, chosen, expected) in [
            (&[][..], (None, None), Language::English),
            (&[], (None, korean), Language::Korean),
            (&[], (Some(Charset::Ascii), korean), Language::English),
            (&[("LANG", "C")], (None, korean), Language::English),
            (
                &[("LANG", "C")],
                (Some(Charset::Unicode), korean),
                Language::Korean,
            ),
            (&[("LANG", "ko_KR.UTF-8")], (None, None), Language::Korean),
            (
                &[("LANG", "ko_KR.UTF-8")],
                (Some(Charset::Ascii), None),
                Language::English,
            ),
            (
                &[("LANG", "ko_KR.UTF-8")],
                (None, Some(Language::English)),
                Language::English,
            ),
            (&[("LANG", "ko_KR.EUC-KR")], (None, None), Language::English),
        ] {
            let environment = environment(variables);
            let language = language_of(chosen, &environment);
            assert_eq!(language, expected, "{variables:?} {chosen:?}");
        }
    }

    #[test]
    fn the_last_field_of_colorfgbg_is_the_background() {
        for (text, expected) in [
            ("15;0", Some(Background::Dark)),
            ("0;15", Some(Background::Light)),
            ("0;default;7", Some(Background::Light)),
            ("12;8", Some(Background::Dark)),
            ("15;default", None),
            ("", None),
            ("0;99", None),
        ] {
            assert_eq!(background_of(text), expected, "{text}");
        }
    }

    #[test]
    fn a_terminal_has_as_many_colours_as_it_says() {
        for (colorterm, term, expected) in [
            (Some("truecolor"), Some("xterm"), Depth::True),
            (Some("24bit"), None, Depth::True),
            (None, Some("xterm-direct"), Depth::True),
            (None, Some("xterm-256color"), Depth::Indexed),
            (Some("yes"), Some("tmux-256color"), Depth::Indexed),
            (Some("truecolor"), Some("screen-256color"), Depth::Indexed),
            (Some("truecolor"), Some("screen"), Depth::Sixteen),
            (None, Some("xterm"), Depth::Sixteen),
            (None, None, Depth::Sixteen),
        ] {
            assert_eq!(depth(colorterm, term), expected, "{colorterm:?} {term:?}");
        }
    }

    #[test]
    fn what_was_asked_for_wins_over_what_is_said_and_that_over_the_answer() {
        let looks = |background, colored| Looks {
            colored,
            background,
            depth: Depth::Sixteen,
            charset: Charset::Unicode,
        };
        let (white, black) = (Some([255, 255, 255]), Some([12, 12, 30]));
        let [dark, light] = [Background::Dark, Background::Light];
        for (known, answered, expected) in [
            (Some(dark), white, dark),
            (Some(light), black, light),
            (None, white, light),
            (None, black, dark),
            (None, None, dark),
        ] {
            let theme = looks(known, true).theme(answered);
            assert_eq!(theme, Theme::on(expected, Depth::Sixteen));
            assert_eq!(looks(known, true).asks(), known.is_none());
            // Without colours the background does not matter, and nobody is asked.
            assert_eq!(looks(known, false).theme(answered), Theme::plain());
            assert!(!looks(known, false).asks());
        }
    }
}
