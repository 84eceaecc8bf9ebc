//! Domain names in one canonical form, so that names from AWS, from the wire and from a person compare equal.
//!
//! A name is a list of labels in lower case without the root. It leaves the reading of packets to the
//! DNS library and knows two spellings of text: the one that the Route 53 API writes and the one people type.

use std::fmt::{self, Write as _};

use super::language::pick;

/// Longest name and longest label in bytes, RFC 1035 section 2.3.4.
const LONGEST_NAME: usize = 255;
const LONGEST_LABEL: usize = 63;

/// A domain name without its trailing dot, ASCII letters in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordName {
    labels: Vec<Vec<u8>>,
}

/// Why a text is no domain name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was given, or only dots.
    #[error("{}", pick("it is empty", "비어 있다"))]
    Empty,
    /// Two dots in a row, or a leading dot.
    #[error(
        "{}",
        pick(
            "it has an empty label (two dots in a row)",
            "빈 레이블이 있다 (점 두 개가 이어짐)"
        )
    )]
    EmptyLabel,
    /// A label of more than 63 bytes.
    #[error(
        "{}",
        pick("a label is longer than 63 bytes", "63바이트보다 긴 레이블이 있다")
    )]
    LongLabel,
    /// More than 255 bytes in all.
    #[error("{}", pick("it is longer than 255 bytes", "255바이트보다 길다"))]
    TooLong,
    /// A backslash that is not followed by three octal digits or a printable character.
    #[error(
        "{}",
        pick(
            "it has an incomplete escape; Route 53 writes a backslash and three octal digits, such as \\052 for *",
            "이스케이프가 끝나지 않았다; Route 53은 *를 \\052처럼 백슬래시와 8진수 세 자리로 쓴다",
        )
    )]
    BadEscape,
    /// Not convertible to ASCII by the rules for international names (UTS 46).
    #[error(
        "{}",
        pick(
            "it is not a valid international domain name",
            "올바른 국제화 도메인 이름이 아니다"
        )
    )]
    BadInternational,
}

impl RecordName {
    /// Reads a name as the Route 53 API writes it: `\` and three **octal** digits for every unusual byte.
    ///
    /// Source: Route 53 Developer Guide, "DNS domain name format". Master files (RFC 1035 section 5.1) use
    /// decimal digits in the same place, which is why this is not left to a DNS library.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn from_api(text: &str) -> Result<Self, NameError> {
        let mut labels = Vec::new();
        let mut label = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((&byte, tail)) = rest.split_first() {
            rest = tail;
            match byte {
                b'.' => {
                    // Only the very last dot may follow nothing new: it stands for the root.
                    labels.push(std::mem::take(&mut label));
                }
                b'\\' => {
                    let (value, used) = escaped(rest)?;
                    label.push(value);
                    rest = &rest[used..];
                }
                other => label.push(other),
            }
        }
        if !label.is_empty() {
            labels.push(label);
        }
        if labels.iter().all(Vec::is_empty) {
            return Err(NameError::Empty);
        }
        Self::from_labels(labels.iter().map(Vec::as_slice))
    }

    /// Reads a name as a person types it: international names become punycode, escapes are understood too.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn from_user(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.is_ascii() {
            return Self::from_api(text);
        }
        let ascii = idna::domain_to_ascii(text).map_err(|_| NameError::BadInternational)?;
        Self::from_api(&ascii)
    }

    /// Builds a name from raw labels, as they stand in a DNS message.
    ///
    /// # Errors
    /// Says which limit of RFC 1035 is broken.
    pub fn from_labels<'label>(
        labels: impl IntoIterator<Item = &'label [u8]>,
    ) -> Result<Self, NameError> {
        let labels: Vec<Vec<u8>> = labels.into_iter().map(<[u8]>::to_ascii_lowercase).collect();
        if labels.is_empty() {
            return Err(NameError::Empty);
        }
        if labels.iter().any(Vec::is_empty) {
            return Err(NameError::EmptyLabel);
        }
        if labels.iter().any(|label| label.len() > LONGEST_LABEL) {
            return Err(NameError::LongLabel);
        }
        // One length byte for each label and one for the root.
        if labels.iter().map(|label| label.len() + 1).sum::<usize>() + 1 > LONGEST_NAME {
            return Err(NameError::TooLong);
        }
        Ok(Self { labels })
    }

    /// The raw labels, leftmost first.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.labels.iter().map(Vec::as_slice)
    }

    /// Whether this name is `zone` itself or lies below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        self.labels.ends_with(&zone.labels)
    }

    /// The name above it; `None` for a top-level name.
    pub fn parent(&self) -> Option<Self> {
        let labels = self.labels.get(1..).filter(|labels| !labels.is_empty())?;
        Some(Self {
            labels: labels.to_vec(),
        })
    }

    /// Whether it stands for all names below its parent (RFC 4592).
    pub fn is_wildcard(&self) -> bool {
        self.labels.first().is_some_and(|label| label == b"*")
    }

    /// The wildcard right below it; `None` where the name would be too long.
    pub fn wildcard_below(&self) -> Option<Self> {
        let labels = self.labels.iter().map(Vec::as_slice);
        Self::from_labels([b"*".as_slice()].into_iter().chain(labels)).ok()
    }

    /// The name as the API wants it in a request: octal escapes, trailing dot. The asterisk of a wildcard is written as it
    /// is, which the API takes as well as its escape.
    pub fn to_api(&self) -> String {
        let spelt = self.spell(is_plain_in_api) + ".";
        match spelt.strip_prefix("\\052.") {
            Some(rest) if self.is_wildcard() => format!("*.{rest}"),
            _ => spelt,
        }
    }

    fn spell(&self, plain: impl Fn(u8) -> bool) -> String {
        let mut text = String::new();
        for (index, label) in self.labels.iter().enumerate() {
            if index > 0 {
                text.push('.');
            }
            for &byte in label {
                if plain(byte) {
                    text.push(char::from(byte));
                } else {
                    // Writing to a string cannot fail.
                    let _ = write!(text, "\\{byte:03o}");
                }
            }
        }
        text
    }
}

/// Reads what follows a backslash: three octal digits, or one character that stands for itself.
fn escaped(rest: &[u8]) -> Result<(u8, usize), NameError> {
    match rest {
        [digit, ..] if digit.is_ascii_digit() => {
            let digits = rest.get(..3).and_then(|digits| str::from_utf8(digits).ok());
            let value = digits.and_then(|digits| u8::from_str_radix(digits, 8).ok());
            value.map(|value| (value, 3)).ok_or(NameError::BadEscape)
        }
        [byte, ..] if byte.is_ascii_graphic() => Ok((*byte, 1)),
        _ => Err(NameError::BadEscape),
    }
}

/// The bytes that the API leaves as they are.
fn is_plain_in_api(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
}

impl fmt::Display for RecordName {
    /// The name as people read it: printable ASCII as it is, everything else as in the API.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .write_str(&self.spell(|byte| byte.is_ascii_graphic() && byte != b'.' && byte != b'\\'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn api(text: &str) -> String {
        RecordName::from_api(text)
            .expect("a valid name")
            .to_string()
    }

    #[test]
    fn case_and_the_trailing_dot_do_not_matter() {
        assert_eq!(
            RecordName::from_api("App.Example.COM."),
            RecordName::from_user("app.example.com")
        );
    }

    #[test]
    fn escapes_of_the_api_are_octal() {
        assert_eq!(api("\\052.example.com."), "*.example.com");
        assert_eq!(api("\\041\\057.example.com."), "!/.example.com");
        // A dot inside a label is not a separator and stays visible as an escape.
        assert_eq!(api("a\\056b.example.com."), "a\\056b.example.com");
        assert_eq!(
            RecordName::from_api("a\\056b.example.com")
                .expect("valid")
                .labels()
                .len(),
            3
        );
    }

    #[test]
    fn a_wildcard_goes_out_as_it_is_typed() {
        let name = RecordName::from_user("*.example.com").expect("valid");
        assert_eq!(name.to_api(), "*.example.com.");
    }

    #[test]
    fn international_names_become_punycode() {
        assert_eq!(
            RecordName::from_user("bücher.example")
                .expect("valid")
                .to_string(),
            "xn--bcher-kva.example"
        );
    }

    #[test]
    fn bad_names_say_why() {
        for (text, error) in [
            ("", NameError::Empty),
            (".", NameError::Empty),
            ("a..b", NameError::EmptyLabel),
            (".a", NameError::EmptyLabel),
            ("a\\", NameError::BadEscape),
            ("a\\05", NameError::BadEscape),
            ("a\\089", NameError::BadEscape),
            ("a\\777", NameError::BadEscape),
        ] {
            assert_eq!(RecordName::from_api(text), Err(error), "{text:?}");
        }
        assert_eq!(
            RecordName::from_api(&"a".repeat(64)),
            Err(NameError::LongLabel)
        );
        assert_eq!(
            RecordName::from_api(&"abcdefg.".repeat(32)),
            Err(NameError::TooLong)
        );
    }

    #[test]
    fn a_zone_holds_itself_and_what_is_below_but_no_lookalike() {
        let name = |text| RecordName::from_user(text).expect("valid");
        assert!(name("example.com").is_within(&name("example.com")));
        assert!(name("a.b.example.com").is_within(&name("example.com")));
        assert!(!name("badexample.com").is_within(&name("example.com")));
        assert!(!name("com").is_within(&name("example.com")));
    }

    proptest! {
        #[test]
        fn what_is_written_for_the_api_reads_back_the_same(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 1..8)
        ) {
            let name = RecordName::from_labels(labels.iter().map(Vec::as_slice)).expect("within the limits");
            prop_assert_eq!(RecordName::from_api(&name.to_api()), Ok(name.clone()));
            // What people read is a spelling of the same name too.
            prop_assert_eq!(RecordName::from_api(&name.to_string()), Ok(name));
        }

        #[test]
        fn reading_a_name_twice_changes_nothing(text in "\\PC{0,40}") {
            if let Ok(name) = RecordName::from_user(&text) {
                prop_assert_eq!(RecordName::from_user(&name.to_string()), Ok(name));
            }
        }
    }
}
