//! What nobody may read in an error, a log or a report: what stands before the host of a URL, and its query. Everything that
//! is shown passes `visible` of `model/text.rs`, which asks here.
//!
//! A URL that cannot be parsed is where a password with an odd character in it shows, so nothing is parsed here: whatever
//! may belong to a secret is left out, and more than that in doubt.

use std::borrow::Cow;

/// What stands in the place of a secret.
pub const HIDDEN: &str = "***";
/// What follows the scheme of a URL.
const SLASHES: &str = "://";

/// A text in which the URLs hold no secrets any more.
pub fn masked(text: &str) -> Cow<'_, str> {
    // Nearly all texts are without a URL, and looking for one character takes next to no time.
    if !text.contains(':') {
        return Cow::Borrowed(text);
    }
    let mut shown = String::new();
    let mut rest = text;
    let mut is_changed = false;
    while let Some(slashes) = rest.find(SLASHES) {
        let (before, run) = rest.split_at(slashes + SLASHES.len());
        shown.push_str(before);
        let (run, behind) = run.split_at(run.find(ends_a_url).unwrap_or(run.len()));
        // What belongs to the sentence around it.
        let (run, after) = run.split_at(
            run.trim_end_matches([')', ']', '}', '.', ',', ';', ':'])
                .len(),
        );
        let hidden = without_secrets(run);
        is_changed |= hidden.is_some();
        shown.push_str(hidden.as_deref().unwrap_or(run));
        shown.push_str(after);
        rest = behind;
    }
    if !is_changed {
        return Cow::Borrowed(text);
    }
    shown.push_str(rest);
    Cow::Owned(shown)
}

/// The same for a text that is meant to be one URL, whether it is one or not: the scheme may be missing, and there may be
/// blanks in it.
pub fn masked_url(text: &str) -> Cow<'_, str> {
    let place = text.find(SLASHES).map_or(0, |at| at + SLASHES.len());
    let (scheme, rest) = text.split_at(place);
    without_secrets(rest).map_or(Cow::Borrowed(text), |rest| {
        Cow::Owned(format!("{scheme}{rest}"))
    })
}

fn ends_a_url(character: char) -> bool {
    character.is_whitespace()
        // An escape changes the colour of the text around it.
        || matches!(character, '"' | '\'' | '`' | '<' | '>' | '\u{1b}')
}

/// What follows the slashes of a URL, without its secrets; `None` if there are none.
fn without_secrets(whole: &str) -> Option<String> {
    let rest = whole;
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let (host, port) = host_and_port(authority);
    // An empty one too: it may be where a password begins with a slash.
    let has_port = host.len() < authority.len();
    let is_port = port.chars().all(|digit| digit.is_ascii_digit());
    let mut shown = String::new();
    let rest = match rest.rfind('@') {
        // A password may hold slashes and question marks; only behind a host that can be no user an @ is of the path.
        Some(at) if has_port || !is_host(host) => {
            shown.push_str(HIDDEN);
            &rest[at..]
        }
        // Of the path, but that of another URL that stands there.
        Some(at) => match inner_url(&rest[..at]) {
            Some(begin) => {
                shown.push_str(&rest[..begin]);
                shown.push_str(HIDDEN);
                &rest[at..]
            }
            None => rest,
        },
        // The host has been cut off, or forgotten.
        None if !is_port => return Some(format!("{host}:{HIDDEN}")).filter(|shown| shown != whole),
        None => rest,
    };
    match rest.find(['?', '#']) {
        Some(query) if query + 1 < rest.len() => {
            shown.push_str(&rest[..=query]);
            shown.push_str(HIDDEN);
        }
        _ => shown.push_str(rest),
    }
    (shown != whole).then_some(shown)
}

/// Where another URL begins, behind its slashes, in what is no query yet.
fn inner_url(text: &str) -> Option<usize> {
    let before_query = &text[..text.find(['?', '#']).unwrap_or(text.len())];
    before_query.find(SLASHES).map(|at| at + SLASHES.len())
}

fn host_and_port(authority: &str) -> (&str, &str) {
    let after_address = authority.rfind(']').map_or(0, |end| end + 1);
    match authority[after_address..].find(':') {
        Some(colon) => {
            let colon = after_address + colon;
            (&authority[..colon], &authority[colon + 1..])
        }
        None => (authority, ""),
    }
}

/// Whether a text can hardly be anything but a host.
fn is_host(text: &str) -> bool {
    let address = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let is_address = address.is_some_and(|address| {
        let is_part = |character: char| character.is_ascii_hexdigit() || ":.".contains(character);
        address.chars().all(is_part)
    });
    let is_name = (text.contains('.') || text == "localhost")
        && text
            .chars()
            .all(|character| character.is_alphanumeric() || matches!(character, '.' | '-'));
    is_address || is_name
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_url_without_secrets_is_left_alone() {
        for text in [
            "https://app.example.com/health",
            "http://127.0.0.1:4566",
            "http://[::1]:80/x, and more",
            "see https://app.example.com/@user for it",
            "https://app.example.com?",
            "blue@green, a:b, 10.0.0.1:53",
            "",
        ] {
            assert!(
                matches!(masked(text), Cow::Borrowed(same) if same == text),
                "{text}"
            );
        }
        assert_eq!(
            masked_url("app.example.com:8443/x"),
            "app.example.com:8443/x"
        );
    }

    #[test]
    fn user_password_and_query_are_left_out() {
        for (text, shown) in [
            ("https://me:pass@host.test/x", "https://***@host.test/x"),
            ("https://token@host.test", "https://***@host.test"),
            ("https://host.test/x?key=1&b=2", "https://host.test/x?***"),
            ("https://host.test#key", "https://host.test#***"),
            ("(http://a:b@[::1]:80/?c).", "(http://***@[::1]:80/?***)."),
            (
                "\"http://a:b@x.test\" and http://c:d@y.test",
                "\"http://***@x.test\" and http://***@y.test",
            ),
            // One that stands in the path of another.
            (
                "https://a.test/xhttps://me:pw@b.test/y",
                "https://a.test/xhttps://***@b.test/y",
            ),
            (
                "https://a.test/https://me:p?w@b.test",
                "https://a.test/https://***@b.test",
            ),
            ("https://a.test?https://me:pw@b.test", "https://a.test?***"),
            // None of these is a URL.
            ("https://me:pa/ss@host.test/", "https://***@host.test/"),
            ("https://me:pa?ss@host.test/", "https://***@host.test/"),
            ("https://me:12/ss@host.test/", "https://***@host.test/"),
            ("https://me:p@ss@host.test/", "https://***@host.test/"),
            ("https://me:pass", "https://me:***"),
        ] {
            assert_eq!(masked(text), shown);
        }
    }

    #[test]
    fn what_should_have_been_a_url_hides_as_much() {
        for (text, shown) in [
            ("me:pass@proxy.test:3128", "***@proxy.test:3128"),
            ("https:/me:pass@host.test", "***@host.test"),
            (
                "https://me:pa ss@host.test/?a b",
                "https://***@host.test/?***",
            ),
            ("//me:pass@host.test", "***@host.test"),
            ("host.test?secret", "host.test?***"),
        ] {
            assert_eq!(masked_url(text), shown);
        }
    }

    #[test]
    fn a_password_may_begin_with_a_slash() {
        assert_eq!(
            masked("https://a.b:/c@host.test/"),
            "https://***@host.test/"
        );
    }

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left(
            user in "[!$-&(-.0-;=@-_a-~]{0,8}",
            password in "[!#-&(-;=?-_a-~]{0,12}",
            path in "(/[a-z]{0,3}){0,2}",
            query in "[!#-&(-;=?-_a-~]{0,12}",
        ) {
            // Whatever stands between the slashes and the host: a secret would be between the two marks.
            let text = format!("https://{user}\u{1}:{password}\u{2}@host.test{path}");
            let text = text.replace(['\u{1}', '\u{2}'], "QQ");
            let shown = masked(&text);
            prop_assert!(!shown.contains("QQ"), "{shown}");
            prop_assert!(shown.ends_with(&format!("@host.test{path}")), "{shown}");
            let text = format!("https://host.test{path}?QQ{query}");
            let shown = masked(&text);
            prop_assert!(!shown.contains("QQ"), "{shown}");
        }

        #[test]
        fn masking_twice_is_masking_once(text in "([a-z]{0,3}(://)?[a-z0-9@:/?#.\\[\\] \"]{0,9}){0,5}") {
            let once = masked(&text).into_owned();
            prop_assert_eq!(masked(&once), once.as_str());
            let once = masked_url(&text).into_owned();
            prop_assert_eq!(masked_url(&once), once.as_str());
        }
    }
}
