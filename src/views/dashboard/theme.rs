//! What each part of the picture looks like: colours where they are wanted, weight alone where they are not.
//!
//! Colour repeats what a sign, a word or a shape already says. Greys are made by dimming, because the grey of the
//! palette is the background in some terminals.

use ratatui::style::{Color, Modifier, Style};

/// The look of every part of the picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
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

    /// The look with the colours of the terminal's own palette.
    pub fn colored() -> Self {
        let plain = Self::plain();
        Self {
            title: plain.title.fg(Color::Cyan),
            above: plain.above.fg(Color::Green),
            below: plain.below.fg(Color::Red),
            bar: plain.bar.fg(Color::Cyan),
            mark: plain.mark.fg(Color::Yellow),
            matched: plain.matched.fg(Color::Black).bg(Color::Green),
            open: plain.open.fg(Color::Black).bg(Color::Yellow),
            warning: plain.warning.fg(Color::Yellow),
            alarm: Style::new()
                .fg(Color::White)
                .bg(Color::Red)
                .add_modifier(Modifier::BOLD),
            ..plain
        }
    }

    /// The look without any colour (`NO_COLOR`, `--color never`).
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
            open: bold,
            warning: bold,
            alarm: bold.add_modifier(Modifier::REVERSED),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plain_look_has_no_colour() {
        let theme = Theme::plain();
        let styles = [
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
        ];
        assert!(
            styles
                .iter()
                .all(|style| style.fg.is_none() && style.bg.is_none())
        );
    }
}
