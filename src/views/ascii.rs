//! What is written or drawn, for a place that may show nothing but ASCII.

use std::io::{self, Write};

use ratatui::buffer::Buffer;

use crate::model::charset::{Charset, ascii};

/// Writes text for a place that shows these characters.
///
/// # Errors
/// Those of the writer.
pub fn write<W: Write, T>(
    charset: Charset,
    out: &mut W,
    text: impl FnOnce(&mut Adapted<'_, W>) -> io::Result<T>,
) -> io::Result<T> {
    let mut out = Adapted {
        out,
        charset,
        begun: Vec::new(),
    };
    charset.within(|| text(&mut out))
}

/// One line of text for a place that shows these characters, with what must not be shown made visible.
pub fn line(charset: Charset, text: &str) -> String {
    let visible = charset.within(|| crate::model::text::visible(text).into_owned());
    match charset {
        Charset::Unicode => visible,
        Charset::Ascii => in_ascii(&visible),
    }
}

/// A writer that puts our own characters into their forms in ASCII where that is needed.
pub struct Adapted<'out, W> {
    out: &'out mut W,
    charset: Charset,
    /// The bytes of a character that is not complete yet.
    begun: Vec<u8>,
}

impl<W: Write> Write for Adapted<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.charset == Charset::Unicode {
            return self.out.write(bytes);
        }
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.begun.len(),
        };
        let whole: Vec<u8> = self.begun.drain(..whole).collect();
        let text = in_ascii(&String::from_utf8_lossy(&whole));
        self.out.write_all(text.as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// What has no form in ASCII is escaped; text from outside has been, by `visible`.
fn in_ascii(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match ascii(character) {
            _ if character.is_ascii() => shown.push(character),
            Some(form) => shown.push(form),
            None => shown.extend(character.escape_unicode()),
        }
    }
    shown
}

/// Puts what was drawn into ASCII. A cell has no room for an escape.
pub(super) fn redraw(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if !cell.symbol().is_ascii() {
            let form = cell.symbol().chars().next().and_then(ascii);
            cell.set_char(form.unwrap_or('?'));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_ascii_wherever_the_bytes_are_cut() {
        let text = "a │ b — \u{2026} grün \u{d30c}\n";
        for step in 1..text.len() {
            let mut out = Vec::new();
            write(Charset::Ascii, &mut out, |out| {
                text.as_bytes()
                    .chunks(step)
                    .try_for_each(|part| out.write_all(part))
            })
            .expect("memory is never full");
            let written = String::from_utf8(out).expect("text");
            assert_eq!(written, "a | b - ~ gr\\u{fc}n \\u{d30c}\n");
        }
        let mut out = Vec::new();
        write(Charset::Unicode, &mut out, |out| {
            out.write_all(text.as_bytes())
        })
        .expect("memory is never full");
        assert_eq!(out, text.as_bytes());
    }

    #[test]
    fn a_line_is_escaped_before_it_is_put_into_ascii() {
        assert_eq!(line(Charset::Unicode, "grün…\u{1b}"), "grün…\\u{1b}");
        assert_eq!(line(Charset::Ascii, "grün…\u{1b}"), "gr\\u{fc}n~\\u{1b}");
    }
}
