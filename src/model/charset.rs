//! Which characters the place can show where text is written or drawn.
//!
//! Whoever writes for one that shows nothing but ASCII does so `within` it: from there on
//! `visible` of `text.rs` escapes what comes from outside, so that every width is measured of what is shown, and
//! the characters of our own pictures and sentences are put into the forms of `ascii` on the way out. It is a state of
//! the thread and no argument, because every sentence and every name would have to hand it on.

use std::cell::Cell;

/// What can be shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Everything.
    #[default]
    Unicode,
    /// The 95 characters of ASCII that have a look.
    Ascii,
}

thread_local! {
    static CURRENT: Cell<Charset> = const { Cell::new(Charset::Unicode) };
}

/// Goes back to what was in force, panics included.
struct Back(Charset);

impl Drop for Back {
    fn drop(&mut self) {
        CURRENT.set(self.0);
    }
}

impl Charset {
    /// Does something for a place that shows these characters.
    pub fn within<T>(self, work: impl FnOnce() -> T) -> T {
        let _back = Back(CURRENT.replace(self));
        work()
    }

    /// The one in force.
    pub fn current() -> Self {
        CURRENT.get()
    }

    /// That of a locale, by its name: `C`, `en_US.ISO-8859-1` and `en_US` are no UTF-8; `C.UTF-8`, `ko_KR.utf8@x` and the
    /// `UTF-8` of macOS are.
    pub fn of_locale(name: &str) -> Self {
        let name = name.to_ascii_lowercase().replace('-', "");
        if name.contains("utf8") {
            Self::Unicode
        } else {
            Self::Ascii
        }
    }
}

/// The form in ASCII, as wide as itself, of a character that our own pictures and sentences have.
pub fn ascii(character: char) -> Option<char> {
    Some(match character {
        '─' | '━' | '—' | '–' | '·' | '▄' => '-',
        '│' | '┃' | '▏' | '▎' | '▍' | '▌' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' | '▆' => '+',
        '█' => '#',
        '░' => '.',
        '…' => '~',
        '▲' | '↑' => '^',
        '▼' | '↓' => 'v',
        '•' | '●' | '▇' => '*',
        '►' | '▸' | '▶' | '→' => '>',
        '◄' | '◂' | '◀' | '←' => '<',
        '×' => 'x',
        '▁' => '_',
        '▂' => ',',
        '▃' => ':',
        '▅' => '=',
        '\u{2801}'..='\u{28ff}' => stroke(u32::from(character) - 0x2800),
        _ => return None,
    })
}

/// What the dots of a braille pattern look like from afar: a line that rises, falls, stands, or lies high or low.
fn stroke(dots: u32) -> char {
    // The bits of each row from the top, left and right.
    const LEFT: [u32; 4] = [0x01, 0x02, 0x04, 0x40];
    const RIGHT: [u32; 4] = [0x08, 0x10, 0x20, 0x80];
    let rows =
        |bits: [u32; 4]| -> Vec<usize> { (0..4).filter(|&row| dots & bits[row] != 0).collect() };
    let (left, right) = (rows(LEFT), rows(RIGHT));
    if left.len() > 2 || right.len() > 2 {
        return '|';
    }
    // Twice the middle of a column of dots, from the top.
    let middle = |rows: &[usize]| Some(rows.first()? + rows.last()?);
    match (middle(&left), middle(&right)) {
        (Some(left), Some(right)) if left > right => '/',
        (Some(left), Some(right)) if left < right => '\\',
        (Some(0), _) | (None, Some(0)) => '\'',
        (Some(6), _) | (None, Some(6)) => '_',
        _ => '-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_whether_it_is_utf_8() {
        for name in [
            "C.UTF-8",
            "ko_KR.utf8",
            "en_US.UTF-8@euro",
            "UTF-8",
            "c.utf8",
        ] {
            assert_eq!(Charset::of_locale(name), Charset::Unicode, "{name}");
        }
        for name in [
            "C",
            "POSIX",
            "en_US",
            "ko_KR.eucKR",
            "de_DE.ISO-8859-15@euro",
        ] {
            assert_eq!(Charset::of_locale(name), Charset::Ascii, "{name}");
        }
    }

    #[test]
    fn what_was_in_force_comes_back_after_a_panic_too() {
        Charset::Ascii.within(|| {
            Charset::Unicode.within(|| assert_eq!(Charset::current(), Charset::Unicode));
            assert_eq!(Charset::current(), Charset::Ascii);
        });
        let panicked = std::panic::catch_unwind(|| {
            Charset::Ascii.within(|| std::panic::resume_unwind(Box::new(())))
        });
        assert!(panicked.is_err());
        assert_eq!(Charset::current(), Charset::Unicode);
    }

    #[test]
    fn a_form_in_ascii_is_ascii_and_one_column() {
        let all = ('\u{80}'..='\u{ffff}').filter_map(ascii);
        let all: Vec<char> = all.collect();
        assert!(all.len() > 255 && all.iter().all(char::is_ascii_graphic));
        let strokes = ['⠉', '⠤', '⣀', '⡠', '⠑', '⡇', '⠁', '⢀'].map(ascii);
        let seen = ['\'', '-', '_', '/', '\\', '|', '\'', '_'].map(Some);
        assert_eq!(strokes, seen);
    }
}
