//! The corpus of attacks through the whole program: identifiers that the API tells, values on the command line; and what
//! is written where nothing but ASCII can be shown.

use std::fmt::Write;

use serde_json::Value;

use super::program::r53mon;

/// Each attack with its name.
fn attacks() -> Vec<(String, String)> {
    let corpus = include_str!("../data/attacks.json");
    let corpus: Vec<Value> = serde_json::from_str(corpus).expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let attacks = corpus
        .iter()
        .map(|it| (text(&it["name"]), text(&it["text"])));
    attacks.collect()
}

/// Whether a character does something else than to be seen.
fn is_dangerous(character: char) -> bool {
    let is_control = character.is_control() && character != '\n';
    is_control
        || matches!(
            character,
            '\u{ad}' | '\u{a0}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{180e}'
            | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffc}'
            | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{10ffff}'
        )
}

#[track_caller]
fn assert_harmless(text: &str, what: &str) {
    let found = text.chars().find(|one| is_dangerous(*one));
    assert_eq!(found, None, "{what}: {}", text.escape_debug());
}

/// A story whose sets have such identifiers.
fn story(identifiers: &[String]) -> String {
    let quoted = |text: &String| {
        let letter = |one: char| format!("\\U{:08X}", u32::from(one));
        format!("\"{}\"", text.chars().map(letter).collect::<String>())
    };
    let mut story = "name = \"attacks\"\nsummary = \"Identifiers that attack.\"\n\
        zone = \"example.test\"\nrecord = \"app.example.test\"\ntype = \"A\"\nttl = 60\nseed = 1\n"
        .to_owned();
    for (index, identifier) in identifiers.iter().enumerate() {
        let (id, host) = (quoted(identifier), index + 1);
        write!(
            story,
            "[[set]]\nid = {id}\nweight = 10\nvalues = [\"127.0.0.{host}\"]\n\
            [[at]]\nafter = \"{host}s\"\nnote = \"a change\"\nweights = {{ {id} = 20 }}\n"
        )
        .expect("a string");
    }
    story + "[[server]]\nname = \"ns-98.awsdns-12.test\"\nlag = \"0s\"\n"
}

/// Those that Route 53 can tell: XML has no other control characters.
fn tellable() -> Vec<String> {
    let texts = attacks().into_iter().map(|(_, text)| text);
    let texts =
        texts.filter(|text| !text.chars().any(char::is_control) && text.chars().count() <= 128);
    texts
        .filter(|text| !text.contains(['\u{ffff}', '\u{fffe}']))
        .collect()
}

#[test]
fn identifiers_that_attack_are_harmless_in_every_output() {
    let identifiers = tellable();
    assert!(identifiers.len() > 8, "{identifiers:?}");
    for output in ["text", "json", "ndjson"] {
        let line = format!(
            "demo --story-file attacks.toml --no-http --speed 10 --duration 2s --output {output} --log-file run.log --log-level debug"
        );
        let outcome = r53mon(&line)
            .file("attacks.toml", &story(&identifiers))
            .run()
            .expect_code(0);
        assert_harmless(&outcome.stdout, output);
        assert_harmless(&outcome.stderr, output);
        let log = std::fs::read_to_string(outcome.home.path().join("run.log"));
        let log = log.expect("a log");
        assert!(log.contains("weights"), "{log}");
        assert_harmless(&log, "log");
        // They come through, and each can be told from the others.
        let (seen, written) = ("a\\u{202e}neerg\\u{202c}b", "a\\u{5c}u{1b}b");
        let escaped = |text: &str| match output {
            "text" => text.to_owned(),
            _ => text.replace('\\', "\\\\"),
        };
        for text in [seen, written] {
            assert!(
                outcome.stdout.contains(&escaped(text)),
                "{output}: no {text}"
            );
        }
    }
}

#[test]
fn values_that_attack_are_harmless_in_complaints() {
    let attacks = attacks().into_iter();
    for (name, attack) in attacks.filter(|(_, text)| text.len() < 10_000) {
        for line in [
            "watch -e",
            "plan",
            "demo",
            "demo --story-file",
            "watch -c",
            "--",
            "watch --tps",
        ] {
            let outcome = r53mon(line).arg(&attack).run();
            assert_eq!(outcome.code, Some(2), "{name}: {line}: {}", outcome.stderr);
            assert!(!outcome.stderr.is_empty());
            assert_harmless(&outcome.stderr, &format!("{name}: {line}"));
        }
    }
}

#[test]
fn a_locale_without_utf_8_gets_ascii() {
    let identifiers = ["gr\u{fc}n", "\u{d30c}\u{b791}-32", "blue"].map(str::to_owned);
    let run = |variables: &[(&str, &str)], more: &str| {
        let line = format!(
            "demo --story-file names.toml --no-http --speed 10 --duration 2s --output text {more}"
        );
        r53mon(&line)
            .file("names.toml", &story(&identifiers))
            .envs(variables)
            .run()
            .expect_code(0)
            .stdout
    };
    for (variables, more) in [
        (&[("LC_ALL", "C")][..], ""),
        (&[("LC_ALL", ""), ("LANG", "en_US.ISO-8859-1")], ""),
        (&[], "--ascii"),
    ] {
        let text = run(variables, more);
        assert!(text.is_ascii(), "{text}");
        assert!(
            text.contains("gr\\u{fc}n") && text.contains("\\u{d30c}\\u{b791}-32"),
            "{text}"
        );
    }
    let text = run(
        &[("LC_ALL", ""), ("LC_CTYPE", "ko_KR.UTF-8"), ("LANG", "C")],
        "",
    );
    assert!(
        text.contains("gr\u{fc}n") && text.contains("\u{d30c}\u{b791}-32"),
        "{text}"
    );
}
