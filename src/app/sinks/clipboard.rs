//! Text for the clipboard of the terminal: OSC 52, which reaches through SSH, and through tmux and screen when it is wrapped.

use data_encoding::BASE64;

use crate::config::environment::Environment;

/// GNU screen passes strings on that are no longer than some hundred bytes.
const SCREEN_PORTION: usize = 240;

/// What stands between the program and the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Between {
    /// Nothing that has to be told.
    Nothing,
    /// tmux.
    Tmux,
    /// GNU screen.
    Screen,
}

impl Between {
    /// As the variables say that they set. tmux claims to be a `screen` too.
    pub fn of(environment: &Environment) -> Self {
        if environment.is_set("TMUX") {
            Self::Tmux
        } else if environment.is_set("STY") {
            Self::Screen
        } else {
            Self::Nothing
        }
    }

    /// What has the terminal take a text.
    pub fn copying(self, text: &str) -> String {
        let plain = format!("\x1b]52;c;{}\x07", BASE64.encode(text.as_bytes()));
        match self {
            Self::Nothing => plain,
            // With `set-clipboard on` tmux takes the one itself, with `allow-passthrough on` it passes the other on.
            Self::Tmux => {
                let doubled = plain.replace('\x1b', "\x1b\x1b");
                format!("{plain}\x1bPtmux;{doubled}\x1b\\")
            }
            Self::Screen => {
                // All of it is ASCII.
                let portions = plain.as_bytes().chunks(SCREEN_PORTION);
                portions.fold(String::new(), |all, portion| {
                    all + "\x1bP" + &String::from_utf8_lossy(portion) + "\x1b\\"
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_is_wrapped_for_what_stands_between() {
        assert_eq!(Between::Nothing.copying("hi\n"), "\x1b]52;c;aGkK\x07");
        assert_eq!(
            Between::Tmux.copying("hi\n"),
            "\x1b]52;c;aGkK\x07\x1bPtmux;\x1b\x1b]52;c;aGkK\x07\x1b\\"
        );
        assert_eq!(
            Between::Screen.copying("hi\n"),
            "\x1bP\x1b]52;c;aGkK\x07\x1b\\"
        );
    }

    proptest! {
        #[test]
        fn whatever_is_copied_comes_out_of_the_portions_as_it_was(text in ".{0,2000}") {
            let wrapped = Between::Screen.copying(&text);
            let mut plain = String::new();
            for portion in wrapped.split_inclusive("\x1b\\") {
                let inside = portion.strip_prefix("\x1bP").and_then(|it| it.strip_suffix("\x1b\\"));
                plain += inside.expect("a portion is wrapped");
                prop_assert!(portion.len() <= SCREEN_PORTION + 4);
            }
            prop_assert_eq!(&plain, &Between::Nothing.copying(&text));
            let base64 = plain.strip_prefix("\x1b]52;c;").and_then(|it| it.strip_suffix('\x07'));
            let bytes = BASE64.decode(base64.expect("a sequence").as_bytes()).expect("base64");
            prop_assert_eq!(bytes, text.into_bytes());
        }
    }
}
