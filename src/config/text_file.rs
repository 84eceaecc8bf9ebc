//! Files of settings, and of stories, as bytes and as lines. What they may hold at most is bounded here, once for all of them.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::model::language::{Both, Phrase, both, phrase};

/// No file of settings or of a story needs as much as this; what never ends (`/dev/zero`) ends here.
const MOST_BYTES: u64 = 4 << 20;
/// More complaints of one kind help nobody and cost time.
const MOST_COMPLAINTS: usize = 100;

/// Reads a whole file.
///
/// # Errors
/// If it cannot be read, or holds too much.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path)?;
    file.take(MOST_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(io::Error::other(both!(
            "it is larger than 4 MB",
            "4 MB보다 크다"
        )));
    }
    Ok(bytes)
}

/// Bytes without a byte order mark.
pub(super) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes)
}

/// A line as text, or why it is none. What it holds may be a secret and is not told.
pub(super) fn text_of_line(line: &[u8]) -> Result<&str, &'static Phrase> {
    if line.contains(&0) {
        return Err(&NUL);
    }
    std::str::from_utf8(line).map_err(|_| &NO_UTF_8)
}

static NUL: Phrase = phrase(
    "holds a NUL byte, which no text has (UTF-16 does: save it as UTF-8)",
    "텍스트에 없는 NUL 바이트가 있다 (UTF-16이면 UTF-8로 저장한다)",
);
static NO_UTF_8: Phrase = phrase("is not valid UTF-8", "올바른 UTF-8이 아니다");

/// What is wrong with a line (from 1).
pub(super) fn bad_line(path: &Path, line: usize, why: &Phrase) -> Both {
    both!(
        "{path} line {line}: {why}",
        "{path} {line}행: {why}",
        path = path.display(),
    )
}

/// Complaints of one kind about one place: the first hundred, and how many more there are.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    told: Vec<Both>,
    more: usize,
}

impl Complaints {
    /// Notes one; the text is made only if it will be told.
    pub fn add(&mut self, text: impl FnOnce() -> Both) {
        if self.told.len() < MOST_COMPLAINTS {
            self.told.push(text());
        } else {
            self.more += 1;
        }
    }

    /// All that is told about this place.
    pub fn at(mut self, place: impl std::fmt::Display) -> Vec<Both> {
        let more = self.more;
        if more > 0 {
            self.told.push(both!(
                "{place}: {more} more problems like these",
                "{place}: 이런 문제가 {more}개 더 있다"
            ));
        }
        self.told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_complaints_of_a_kind_are_told_and_the_rest_is_counted() {
        let mut complaints = Complaints::default();
        for number in 0..250 {
            complaints.add(|| Both::same(number.to_string()));
        }
        let told = complaints.at("a.toml");
        assert_eq!(told.len(), 101);
        assert_eq!(&*told[100], "a.toml: 150 more problems like these");
    }

    #[test]
    fn a_file_without_an_end_is_not_read_for_ever() {
        let error = read(Path::new("/dev/zero")).expect_err("it has no end");
        assert!(error.to_string().contains("4 MB"), "{error}");
    }
}
