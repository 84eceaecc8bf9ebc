//! Domain names as the story, the DNS and the API write them, and the way between these forms.
//!
//! Inside the demo a name is a lower-case `String` without the last dot; the root does not occur.

use std::fmt::Write as _;

use hickory_server::proto::rr::Name;

use super::told::{Told, told};

/// The longest name that fits the 255 bytes of the wire format, counted as text without the last dot.
const LONGEST_NAME: usize = 253;
/// The longest label that the wire format has room for.
const LONGEST_LABEL: usize = 63;

/// Brings a name from a story into the form used inside the demo, or says what is wrong with it.
pub(super) fn canonical(name: &str) -> Result<String, Told> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    if name.is_empty() {
        return Err(told!("the name is empty", "이름이 비어 있다"));
    }
    if name.len() > LONGEST_NAME {
        return Err(told!(
            "\"{name}\" is longer than the {LONGEST_NAME} characters that DNS has room for",
            "\"{name}\": DNS가 담을 수 있는 {LONGEST_NAME}자보다 길다"
        ));
    }
    for label in name.split('.') {
        if label.is_empty() {
            return Err(told!(
                "\"{name}\" has an empty label",
                "\"{name}\": 빈 레이블이 있다"
            ));
        }
        if label.len() > LONGEST_LABEL {
            return Err(told!(
                "the label \"{label}\" is longer than {LONGEST_LABEL} characters",
                "레이블 \"{label}\": {LONGEST_LABEL}자보다 길다"
            ));
        }
        if label == "*" {
            return Err(told!(
                "\"{name}\" is a wildcard; only the first label of a record's name may be *",
                "\"{name}\": 와일드카드다; 레코드 이름의 첫 레이블만 *일 수 있다"
            ));
        }
    }
    match name
        .chars()
        .find(|character| !character.is_ascii_graphic() || matches!(character, '\\' | '"'))
    {
        Some(character) => {
            let name = name.escape_default();
            Err(told!(
                "\"{name}\" holds {character:?}; allowed are visible ASCII characters except \\ and \" (write \
                 international names in their xn-- form)",
                "\"{name}\": {character:?} 문자가 있다; 쓸 수 있는 것은 \\와 \"를 뺀 보이는 ASCII 문자 (국제 도메인 이름은 xn-- \
                 형태로 쓴다)"
            ))
        }
        None => Ok(name),
    }
}

/// As [`canonical`], for the owner of a record: its first label may be `*`.
pub(super) fn canonical_owner(name: &str) -> Result<String, Told> {
    match name.strip_prefix("*.") {
        Some(rest) if rest.trim_end_matches('.').len() < LONGEST_NAME - 1 => {
            canonical(rest).map(|rest| format!("*.{rest}"))
        }
        _ => canonical(name),
    }
}

/// Whether a wildcard owner stands for a name. Whether a more specific name is nearer is for the zone to say.
pub(super) fn covers(wildcard: &str, name: &str) -> bool {
    wildcard
        .strip_prefix('*')
        .is_some_and(|suffix| name.ends_with(suffix) && name.len() > suffix.len())
}

/// Whether `name` is the zone's own name or a name below it.
pub(super) fn is_inside(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone)
        .is_some_and(|front| front.is_empty() || front.ends_with('.'))
}

/// The name for the wire. Labels go in as bytes, so that nothing is taken for an escape.
pub(super) fn to_wire(name: &str) -> Name {
    Name::from_labels(name.split('.').map(str::as_bytes)).expect(
        "a story's names have passed `canonical`, which allows nothing the wire format cannot hold",
    )
}

/// The name as the Route 53 API writes it: with the last dot, and every character other than letters, digits, `-`, `_`
/// and the dots between labels as a backslash and three octal digits.
pub(super) fn to_api(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            text.push(char::from(byte.to_ascii_lowercase()));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
    }
    text + "."
}

/// A name that a caller of the API wrote, in the form of [`to_api`]: escaped or not, with the last dot or without.
pub(super) fn api_form(name: &str) -> String {
    let name = name.strip_suffix('.').unwrap_or(name);
    let mut plain = String::new();
    let mut rest = name;
    while let Some(position) = rest.find('\\') {
        let (before, escape) = rest.split_at(position);
        plain.push_str(before);
        let digits = escape.get(1..4).unwrap_or_default();
        match u8::from_str_radix(digits, 8) {
            Ok(byte) if digits.len() == 3 && byte.is_ascii() => {
                plain.push(char::from(byte));
                rest = &escape[4..];
            }
            // Not an escape: the backslash stands for itself.
            _ => {
                plain.push('\\');
                rest = &escape[1..];
            }
        }
    }
    plain.push_str(rest);
    to_api(&plain)
}

/// What the API sorts by: the labels from the top downwards, each followed by a dot (`test.example.app.`).
pub(super) fn sort_key(api_name: &str) -> String {
    let name = api_name.strip_suffix('.').unwrap_or(api_name);
    let labels: Vec<&str> = name.rsplit('.').collect();
    labels.join(".") + "."
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_brought_into_one_form() {
        assert_eq!(
            canonical("App.Example.Test."),
            Ok("app.example.test".to_owned())
        );
        assert_eq!(canonical("a!b_c-d.test"), Ok("a!b_c-d.test".to_owned()));
    }

    #[test]
    fn bad_names_are_refused_with_the_reason() {
        for (name, reason) in [
            ("", "empty"),
            (".", "empty"),
            ("a..test", "empty label"),
            (&"a.".repeat(130), "longer than the 253"),
            (&format!("{}.test", "a".repeat(64)), "longer than 63"),
            ("*.example.test", "wildcard"),
            ("a b.test", "visible ASCII"),
            ("a\\b.test", "visible ASCII"),
            ("bücher.test", "xn--"),
        ] {
            let error = canonical(name).unwrap_err();
            assert!(error.english.contains(reason), "{name}: {error:?}");
        }
    }

    #[test]
    fn a_wildcard_may_stand_first_and_covers_what_lies_below() {
        assert_eq!(
            canonical_owner("*.Example.test."),
            Ok("*.example.test".to_owned())
        );
        assert!(canonical_owner("a.*.test").is_err());
        assert!(canonical_owner("*.*.test").is_err());
        assert!(canonical_owner("*").is_err());
        assert!(covers("*.example.test", "a.b.example.test"));
        assert!(!covers("*.example.test", "example.test"));
        assert!(!covers("*.example.test", "a.other.test"));
        assert!(!covers("a.example.test", "a.example.test"));
        assert_eq!(to_api("*.example.test"), "\\052.example.test.");
        assert_eq!(to_wire("*.example.test").num_labels(), 2);
    }

    #[test]
    fn the_longest_name_fits_the_wire() {
        let label = "a".repeat(63);
        let longest = format!("{label}.{label}.{label}.{}", "a".repeat(61));
        assert_eq!(canonical(&longest), Ok(longest.clone()));
        assert_eq!(to_wire(&longest).num_labels(), 4);
    }

    #[test]
    fn inside_means_the_same_labels_at_the_end() {
        assert!(is_inside("example.test", "example.test"));
        assert!(is_inside("a.b.example.test", "example.test"));
        assert!(!is_inside("myexample.test", "example.test"));
        assert!(!is_inside("test", "example.test"));
    }

    #[test]
    fn the_api_writes_special_characters_in_octal() {
        assert_eq!(to_api("a!b/c.test"), "a\\041b\\057c.test.");
        assert_eq!(api_form("A\\041b.test"), "a\\041b.test.");
        assert_eq!(api_form("a!b.test."), "a\\041b.test.");
        assert_eq!(api_form("\\052.test"), "\\052.test.");
        assert_eq!(api_form("odd\\9.test"), "odd\\1349.test.");
    }

    #[test]
    fn the_api_sorts_from_the_top_down() {
        assert_eq!(sort_key("app.example.test."), "test.example.app.");
        assert!(sort_key("example.test.") < sort_key("a.example.test."));
        // The dot after each label counts: a hyphen comes before it.
        assert!(sort_key("a-b.test.") < sort_key("x.a.test."));
    }

    proptest! {
        #[test]
        fn what_the_api_writes_it_also_reads(name in "[!-~]{1,30}") {
            if let Ok(name) = canonical(&name) {
                prop_assert_eq!(api_form(&to_api(&name)), to_api(&name));
                prop_assert_eq!(to_wire(&name).num_labels() as usize, name.split('.').count());
            }
        }

        #[test]
        fn reading_any_text_as_a_name_does_not_fail(name in ".{0,40}") {
            let _ = sort_key(&api_form(&name));
        }
    }
}
