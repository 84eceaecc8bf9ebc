//! What the views show in Korean: that no English sentence is left, that nothing is wider than its place, and that programs
//! get what they always get. That every text has both languages is a matter of the compiler (`language.rs`).

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dashboard::{self, Theme, UiState, action_for};
use super::language::Language;
use super::{brief, command, fit, json, samples, summary, text, words};
use crate::model::route53_error::{
    Call, CredentialFault, CredentialSource, Partition, Route53Error,
};
use crate::snapshot::{EndedBy, Snapshot};

/// The sizes that frames are looked at in.
const SIZES: [(u16, u16); 7] = [
    (200, 60),
    (160, 50),
    (120, 40),
    (100, 30),
    (80, 24),
    (60, 15),
    (40, 10),
];
/// The keys that lead to the pages: the picture, events, help, a set, a name server, a filter that is typed, and the question.
const PAGES: [&[KeyCode]; 7] = [
    &[],
    &[KeyCode::Char('e')],
    &[KeyCode::Char('?')],
    &[KeyCode::Char('3')],
    &[KeyCode::End, KeyCode::Enter],
    &[KeyCode::Char('e'), KeyCode::Char('/'), KeyCode::Char('2')],
    &[KeyCode::Char('q')],
];

fn in_korean<T>(what: impl FnOnce() -> T) -> T {
    Language::Korean.speak(what)
}

/// What keys lead to on a screen of that size, rolled down by so many screens.
fn frame(
    snapshot: &Snapshot,
    keys: &[KeyCode],
    (width, height): (u16, u16),
    down: usize,
) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
    let mut ui = UiState::default();
    let screen = Rect::new(0, 0, width, height);
    let rolled = std::iter::repeat_n(&KeyCode::PageDown, down);
    for code in keys.iter().chain(rolled) {
        let key = KeyEvent::new(*code, KeyModifiers::NONE);
        if let Some(action) = action_for(&key, &ui) {
            dashboard::follow(&mut ui, action, screen, snapshot, &mut None);
        }
    }
    let drawn = terminal.draw(|frame| dashboard::draw(frame, snapshot, &ui, &Theme::plain()));
    rows(drawn.expect("a test backend").buffer)
}

/// What stands in each row of a picture.
pub(super) fn rows(buffer: &Buffer) -> Vec<String> {
    let Rect { width, height, .. } = buffer.area;
    let row = |y| {
        let mut row = String::new();
        let mut x = 0;
        while x < width {
            let symbol = buffer[(x, y)].symbol();
            row.push_str(symbol);
            // What a wide letter covers is no cell of its own.
            x += u16::try_from(fit::width(symbol).max(1)).expect("a letter");
        }
        row
    };
    (0..height).map(row).collect()
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory is never full");
    String::from_utf8(out).expect("text")
}

fn statistics(snapshot: &Snapshot) -> String {
    written(|out| summary::write_summary(out, snapshot, EndedBy::Verdict, true))
}

fn markdown(snapshot: &Snapshot) -> String {
    written(|out| summary::write_markdown(out, snapshot, EndedBy::NotYet))
}

/// Whether a line is the command that undoes the last change, or a part of it where lines are short. It is what Route 53 is
/// told, so it is in no language.
fn is_command(snapshot: &Snapshot, line: &str) -> bool {
    let undo = command::told(snapshot).and_then(|undo| undo.command);
    let label = format!("{}: ", words::command::UNDO_LABEL);
    let next = format!("{}: ", words::stage::NEXT_LABEL);
    let after = |label: &String| line.split_once(label.as_str());
    let told = after(&label).or_else(|| after(&next));
    let told = told.map_or(line, |(_, told)| told);
    let told = told.trim().trim_end_matches('…');
    let next = command::next_stage(snapshot).and_then(|next| next.command);
    let mut commands = undo.into_iter().chain(next);
    commands.any(|command| command.contains(told))
}

/// Everything that people read of a snapshot, with where it stands.
fn everything(snapshot: &Snapshot) -> Vec<(String, String)> {
    let mut all = vec![
        ("statistics".to_owned(), statistics(snapshot)),
        (
            "line".to_owned(),
            written(|out| text::write_line(out, snapshot)),
        ),
        (
            "state".to_owned(),
            written(|out| text::write_state(out, snapshot)),
        ),
        (
            "result".to_owned(),
            written(|out| text::write_result(out, snapshot, EndedBy::Http)),
        ),
        (
            "undo".to_owned(),
            written(|out| text::write_undo(out, snapshot)),
        ),
        (
            "next".to_owned(),
            written(|out| text::write_next(out, snapshot)),
        ),
        (
            "lost".to_owned(),
            written(|out| text::write_lost(out, snapshot.now, 7)),
        ),
        ("Markdown".to_owned(), markdown(snapshot)),
        ("brief".to_owned(), brief::lines(snapshot)),
    ];
    for size in SIZES {
        for keys in PAGES {
            let drawn = (0..3).flat_map(|down| frame(snapshot, keys, size, down));
            let drawn: Vec<String> = drawn.collect();
            all.push((format!("page {keys:?} {size:?}"), drawn.join("\n")));
        }
    }
    all
}

/// What comes with words of its own, from the samples: errors of look-ups, of requests and of the system, and findings.
const OUTSIDE: [&str; 7] = [
    "no answer within 3 s",
    "answers are intercepted",
    "ns-1 refuses TCP: a firewall; open port 53",
    "No space left on device (os error 28)",
    "the port is in use",
    "the connection was refused",
    "second line",
];

fn without_what_is_from_outside(text: &str) -> String {
    let text = text.to_owned();
    OUTSIDE
        .iter()
        .fold(text, |text, outside| text.replace(outside, "밖"))
}

/// Two English words side by side that are no command.
pub(super) fn english(text: &str) -> Option<String> {
    const KNOWN: &[&str] = &[
        "aws sso",
        "sso login",
        "aws route",
        "aws configure",
        "configure sso",
        "configure export",
        "timedatectl set",
        // Rules stand in the words of their grammar.
        "server silent",
        "silent for",
    ];
    let text = without_what_is_from_outside(text);
    let words: Vec<&str> = text.split(' ').collect();
    let is_word =
        |word: &str| word.len() >= 3 && word.chars().all(|letter| letter.is_ascii_lowercase());
    let mut pairs = words.windows(2).filter_map(|pair| {
        let first = pair[0].trim_start_matches(['(', '"']);
        let second = pair[1].trim_end_matches([',', '.', ';', ':', ')', '"']);
        let is_command = KNOWN.contains(&format!("{first} {second}").as_str());
        (is_word(first) && is_word(second) && !is_command).then(|| pair.join(" "))
    });
    pairs.next()
}

pub(super) fn hangul(text: &str) -> bool {
    text.chars()
        .any(|letter| ('\u{ac00}'..='\u{d7a3}').contains(&letter))
}

#[test]
fn no_view_of_any_sample_has_an_english_sentence() {
    let mut found = std::collections::BTreeMap::new();
    in_korean(|| {
        for (name, snapshot) in samples::all() {
            for (place, text) in everything(&snapshot) {
                let lines = text.lines().filter(|line| !is_command(&snapshot, line));
                for line in lines {
                    if let Some(pair) = english(line) {
                        found
                            .entry(pair)
                            .or_insert_with(|| format!("{name} {place}: {line}"));
                    }
                }
            }
        }
    });
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn every_event_notice_and_rule_is_told_in_korean() {
    let servers = ["ns-1", "ns-2", "ns-3", "ns-4"];
    let names = servers.map(str::to_owned);
    let mut sentences = Vec::new();
    in_korean(|| {
        for happening in samples::happenings() {
            sentences.push(words::event::sentence(&happening, &servers).into_owned());
        }
        for notice in samples::notices() {
            sentences.push(words::notice::sentence(&notice, &servers));
        }
        for message in samples::messages() {
            sentences.push(words::message::said(&message));
        }
        for explanation in samples::explanations() {
            let now = Duration::from_secs(110);
            let told = words::verdict::explanation(&explanation, &names, now);
            for text in [told.because, told.change] {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
                sentences.push(text);
            }
        }
        for error in route53_errors() {
            sentences.push(words::api_error(&error));
        }
    });
    let mut left = Vec::new();
    for text in sentences {
        if !hangul(&without_what_is_from_outside(&text)) || english(&text).is_some() {
            left.push(text);
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

fn route53_errors() -> Vec<Route53Error> {
    let (zone_id, profile) = ("Z1".to_owned(), Some("dev".to_owned()));
    let (call, detail) = (Call::GetHostedZone, "X".to_owned());
    let mut errors = vec![
        Route53Error::NoCredentials {
            profile: profile.clone(),
        },
        Route53Error::CredentialsSlow { seconds: 5 },
        Route53Error::NoSuchProfile {
            profile: "dev".to_owned(),
            known: Vec::new(),
        },
        Route53Error::BadCredentials {
            code: "InvalidClientTokenId".to_owned(),
        },
        Route53Error::AccessDenied {
            call,
            zone_id: zone_id.clone(),
            partition: Partition::Standard,
        },
        Route53Error::ZoneNotFound { zone_id },
        Route53Error::Unreachable {
            call,
            endpoint: None,
            detail: detail.clone(),
        },
        Route53Error::ClockSkew { seconds: Some(-90) },
    ];
    for given_by in CredentialSource::ALL {
        errors.push(Route53Error::ExpiredToken {
            code: "ExpiredToken".to_owned(),
            given_by,
            profile: profile.clone(),
        });
        for fault in CredentialFault::ALL {
            errors.push(Route53Error::CredentialsFailed {
                profile: profile.clone(),
                given_by,
                fault,
                detail: detail.clone(),
            });
        }
    }
    errors
}

#[test]
fn programs_get_english_whatever_people_read() {
    for (name, snapshot) in samples::all() {
        let names = snapshot.server_names();
        let machine = || {
            let mut all = written(|out| json::write_report(out, &snapshot, EndedBy::Quit));
            all += &written(|out| json::write_tick(out, &snapshot));
            all += &written(|out| json::write_lost(out, snapshot.now, 3));
            for event in &snapshot.events {
                all += &written(|out| json::write_event(out, event, &names));
            }
            all
        };
        assert_eq!(in_korean(machine), machine(), "{name}");
    }
}

#[test]
fn the_statistics_are_no_wider_than_a_page() {
    in_korean(|| {
        for (name, snapshot) in samples::all() {
            let text = statistics(&snapshot);
            let lines = text.lines().filter(|line| !is_command(&snapshot, line));
            for line in lines {
                assert!(fit::width(line) <= 80, "{name}: {line}");
            }
        }
    });
}

#[test]
fn pictures() {
    for size in SIZES {
        let rows = in_korean(|| frame(&samples::propagating(), &[], size, 0));
        let (width, height) = size;
        for row in &rows {
            assert_eq!(fit::width(row), usize::from(width), "{row}");
        }
        insta::assert_snapshot!(format!("propagating_{width}x{height}"), rows.join("\n"));
    }
    let names = ["help", "events", "set", "server", "filter", "question"];
    let [_, events, help, set, server, filter, question] = PAGES;
    let pages = [help, events, set, server, filter, question];
    for (keys, name) in pages.into_iter().zip(names) {
        let rows = in_korean(|| frame(&samples::propagating(), keys, (80, 24), 0));
        insta::assert_snapshot!(format!("{name}_80x24"), rows.join("\n"));
    }
}

#[test]
fn final_statistics() {
    insta::assert_snapshot!(in_korean(|| statistics(&samples::changed())));
}
