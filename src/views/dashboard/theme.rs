//! What each part of the picture looks like: colours for a dark or a light background where they are wanted, weight and
//! reverse video where they are not; and which characters it is drawn with.
//!
//! Colour repeats what a sign, a word or a shape already says. Greys are made by dimming, because the grey of the
//! palette is the background in some terminals. With 16 colours they are those of the terminal's own palette; with more,
//! good and bad are a bluish green and a reddish orange, which differ for those too who tell no red from green.

use ratatui::style::{Color, Modifier, Style};

use crate::model::charset::Charset;

/// How light the terminal's background is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Background {
    /// Light text on it.
    #[default]
    Dark,
    /// Dark text on it.
    Light,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// Those of its own palette.
    #[default]
    Sixteen,
    /// The usual palette of 256.
    Indexed,
    /// All.
    True,
}

/// A colour at each depth.
#[derive(Clone, Copy)]
struct Tone(Color, u8, u32);

impl Tone {
    fn at(self, depth: Depth) -> Color {
        match depth {
            Depth::Sixteen => self.0,
            Depth::Indexed => Color::Indexed(self.1),
            Depth::True => Color::from_u32(self.2),
        }
    }
}

/// The tones of a background.
struct Tones {
    accent: Tone,
    above: Tone,
    below: Tone,
    warning: Tone,
}

const DARK: Tones = Tones {
    accent: Tone(Color::Cyan, 80, 0x56_c2_d6),
    above: Tone(Color::Green, 79, 0x3c_c9_a0),
    below: Tone(Color::Red, 209, 0xff_8a_5c),
    warning: Tone(Color::Yellow, 221, 0xf2_cc_60),
};

/// Cyan and yellow cannot be read on white.
const LIGHT: Tones = Tones {
    accent: Tone(Color::Blue, 25, 0x00_5f_af),
    above: Tone(Color::Green, 23, 0x00_66_50),
    below: Tone(Color::Red, 124, 0xa8_3a_00),
    warning: Tone(Color::Magenta, 89, 0x86_00_5c),
};

/// What text stands on where it must be seen; alike on both backgrounds.
const BLACK: Tone = Tone(Color::Black, 16, 0x00_00_00);
const WHITE: Tone = Tone(Color::White, 231, 0xff_ff_ff);
const GOOD: Tone = Tone(Color::Green, 79, 0x3c_c9_a0);
const CAREFUL: Tone = Tone(Color::Yellow, 221, 0xf2_cc_60);
const BAD: Tone = Tone(Color::Red, 124, 0xb3_1b_1b);

/// The look of every part of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// What it is drawn with.
    pub charset: Charset,
    /// The first line and the titles of tables.
    pub title: Style,
    /// The titles of columns.
    pub heading: Style,
    /// Ordinary text and numbers.
    pub text: Style,
    /// The share that was observed: the number one came for.
    pub figure: Style,
    /// Frames, rules, separators and what is of minor interest.
    pub quiet: Style,
    /// More than declared.
    pub above: Style,
    /// Less than declared.
    pub below: Style,
    /// The filled part of a bar.
    pub bar: Style,
    /// The rest of a bar.
    pub bar_rest: Style,
    /// The declared share in a bar.
    pub mark: Style,
    /// A match.
    pub matched: Style,
    /// A verdict that is still open.
    pub open: Style,
    /// Something to wonder about.
    pub warning: Style,
    /// Something to see from the other end of the room.
    pub alarm: Style,
}

impl Theme {
    /// That of a warning, or the other one.
    pub(super) fn warning_if(&self, is_bad: bool, otherwise: Style) -> Style {
        if is_bad { self.warning } else { otherwise }
    }

    /// The look with the colours of the terminal's own palette, on a dark background.
    pub fn colored() -> Self {
        Self::on(Background::Dark, Depth::Sixteen)
    }

    /// The look with colours.
    pub fn on(background: Background, depth: Depth) -> Self {
        let plain = Self::plain();
        let tones = match background {
            Background::Dark => &DARK,
            Background::Light => &LIGHT,
        };
        let colored = |style: Style, tone: Tone| style.fg(tone.at(depth));
        let chip = |text: Tone, ground: Tone| {
            let bold = Style::new().add_modifier(Modifier::BOLD);
            bold.fg(text.at(depth)).bg(ground.at(depth))
        };
        Self {
            title: colored(plain.title, tones.accent),
            above: colored(plain.above, tones.above),
            below: colored(plain.below, tones.below),
            bar: colored(plain.bar, tones.accent),
            mark: colored(plain.mark, tones.warning),
            matched: chip(BLACK, GOOD),
            open: chip(BLACK, CAREFUL),
            warning: colored(plain.warning, tones.warning),
            alarm: chip(WHITE, BAD),
            ..plain
        }
    }

    /// The look without any colour (`--theme mono`, `NO_COLOR`, `--color never`).
    pub fn plain() -> Self {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let dim = Style::new().add_modifier(Modifier::DIM);
        Self {
            title: bold,
            heading: dim,
            figure: bold,
            quiet: dim,
            bar_rest: dim,
            mark: bold,
            matched: bold,
            open: bold.add_modifier(Modifier::UNDERLINED),
            warning: bold,
            alarm: bold.add_modifier(Modifier::REVERSED),
            ..Self::default()
        }
    }

    /// The same, drawn with these characters.
    #[must_use]
    pub fn with(self, charset: Charset) -> Self {
        Self { charset, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn styles(theme: &Theme) -> [Style; 14] {
        [
            theme.title,
            theme.heading,
            theme.text,
            theme.figure,
            theme.quiet,
            theme.above,
            theme.below,
            theme.bar,
            theme.bar_rest,
            theme.mark,
            theme.matched,
            theme.open,
            theme.warning,
            theme.alarm,
        ]
    }

    #[test]
    fn the_plain_look_has_no_colour() {
        assert!(
            styles(&Theme::plain())
                .iter()
                .all(|style| style.fg.is_none() && style.bg.is_none())
        );
    }

    #[test]
    fn without_colour_the_three_kinds_of_chips_still_differ() {
        let theme = Theme::plain();
        assert_ne!(theme.matched, theme.open);
        assert_ne!(theme.matched, theme.alarm);
        assert_ne!(theme.open, theme.alarm);
    }

    /// The light that a colour of 24 bits gives, by WCAG 2.
    fn luminance(color: u32) -> f64 {
        let part = |shift: u32| {
            let value = f64::from((color >> shift) & 0xff) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(16) + 0.7152 * part(8) + 0.0722 * part(0)
    }

    /// What a colour looks like, as 24 bits; the 16 of the terminal are its own.
    fn bits(color: Color) -> Option<u32> {
        const STEPS: [u32; 6] = [0, 95, 135, 175, 215, 255];
        match color {
            Color::Indexed(index @ 16..=231) => {
                let cube = usize::from(index - 16);
                let [red, green, blue] = [cube / 36, cube / 6 % 6, cube % 6].map(|at| STEPS[at]);
                Some((red << 16) | (green << 8) | blue)
            }
            Color::Rgb(red, green, blue) => Some(u32::from_be_bytes([0, red, green, blue])),
            _ => None,
        }
    }

    #[test]
    fn every_colour_can_be_read_on_its_background() {
        let contrast = |one: u32, other: u32| {
            let [one, other] = [one, other].map(|color| luminance(color) + 0.05);
            one.max(other) / one.min(other)
        };
        // No terminal is quite black or white.
        let grounds = [
            (Background::Dark, 0x1e_1e_1e),
            (Background::Light, 0xf5_f5_f0),
        ];
        for (background, ground) in grounds {
            for depth in [Depth::Indexed, Depth::True] {
                let mut seen = 0;
                for style in styles(&Theme::on(background, depth)) {
                    let ground = style.bg.map_or(ground, |color| bits(color).expect("bits"));
                    let Some(text) = style.fg.and_then(bits) else {
                        continue;
                    };
                    let contrast = contrast(text, ground);
                    assert!(
                        contrast >= 4.5,
                        "{background:?} {depth:?} {style:?}: {contrast:.1}"
                    );
                    seen += 1;
                }
                assert_eq!(seen, 9);
            }
        }
    }

    /// With the terminal's own palette only the names of colours are ours: none that is nearly white on white.
    #[test]
    fn on_a_light_background_no_text_is_yellow_or_cyan() {
        let is_pale = |color: Color| matches!(color, Color::Yellow | Color::Cyan | Color::White);
        for style in styles(&Theme::on(Background::Light, Depth::Sixteen)) {
            let is_on_ground = style.bg.is_none();
            assert!(
                !(is_on_ground && style.fg.is_some_and(is_pale)),
                "{style:?}"
            );
        }
    }
}
