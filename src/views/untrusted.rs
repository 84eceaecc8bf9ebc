//! The corpus of attacks in every place of a snapshot where text from outside stands, through every view.

use std::fmt::Debug;
use std::time::{Duration, SystemTime};

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::layout::Rect;
use serde_json::Value;

use super::dashboard::{self, Theme, UiState};
use super::{ascii, brief, doctor, fit, json, samples, summary, text};
use crate::model::change::{Cause, Change};
use crate::model::charset::Charset;
use crate::model::event::{Event, Happening, LookedUp, NoAddress};
use crate::model::finding::{CheckId, Diagnosis, Finding};
use crate::model::http::{HttpFailure, HttpFault};
use crate::model::language::Both;
use crate::model::notice::{LookAlike, Lost, Notice, Way};
use crate::model::route53_error::{Call, Route53Error};
use crate::snapshot::{EndedBy, Snapshot};

/// Each attack with its name.
fn attacks() -> Vec<(String, String)> {
    let corpus = include_str!("../../tests/data/attacks.json");
    let corpus: Vec<Value> = serde_json::from_str(corpus).expect("a list");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let attacks = corpus
        .iter()
        .map(|it| (text(&it["name"]), text(&it["text"])));
    attacks.collect()
}

/// Ranges of characters that must not come out as they are, written down apart from the rule that is tested.
const FORBIDDEN: [(u32, u32); 28] = [
    (0x00, 0x1f),
    (0x7f, 0xa0),
    (0xad, 0xad),
    (0x34f, 0x34f),
    (0x61c, 0x61c),
    (0x115f, 0x1160),
    (0x180e, 0x180e),
    (0x2000, 0x200f),
    (0x2028, 0x202f),
    (0x205f, 0x206f),
    (0x2800, 0x2800),
    (0x3000, 0x3000),
    (0x3164, 0x3164),
    (0xd800, 0xf8ff),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfffc),
    (0xfffe, 0xffff),
    (0x1d159, 0x1d159),
    (0x1d173, 0x1d17a),
    (0x1bca0, 0x1bca3),
    (0x1fffe, 0x1ffff),
    (0x2fffe, 0x2ffff),
    (0xe0000, 0xe0fff),
    (0xf0000, 0xfffff),
    (0x10_0000, 0x10_ffff),
    (0x16fe4, 0x16fe4),
];

#[track_caller]
fn assert_harmless(text: &str, what: &impl Debug) {
    let forbidden = |one: &char| {
        let one = u32::from(*one);
        FORBIDDEN
            .iter()
            .any(|&(from, to)| (from..=to).contains(&one))
    };
    let found = text.chars().find(forbidden);
    assert_eq!(found, None, "{what:?}");
}

/// A run in which everything that comes from outside is such a text.
fn attacked(attack: &str) -> Snapshot {
    let own = || attack.to_owned();
    let mut snapshot = samples::named(&[attack, "blue", "green"]);
    let record = &mut snapshot.record;
    (record.name, record.zone_name, record.zone_id) = (own(), own(), own());
    (record.endpoint, record.api_url) = (own(), Some(own()));
    snapshot.servers[0].name = own();
    let set = &mut snapshot.segment_mut(0).sets[0];
    set.target = own();
    set.http.as_mut().expect("it is on").last_failure = Some(HttpFailure {
        kind: HttpFault::Reset,
        why: own(),
    });
    let refused = || Route53Error::Refused {
        call: Call::ListResourceRecordSets,
        code: own(),
        message: own(),
        request_id: Some(own()),
    };
    let weight = (1, 2);
    let changes = vec![
        Change::Removed { set: own() },
        Change::Added {
            set: own(),
            weight: 3,
        },
        Change::Weight {
            set: own(),
            from: weight.0,
            to: weight.1,
        },
    ];
    snapshot.segment_mut(0).cause = Cause::Changed(changes.into());
    snapshot.configuration.last_error = Some(refused());
    let finding = || {
        Finding::failed(CheckId::Http, Both::same(own()))
            .cause(Both::same(own()))
            .cure(Both::same(own()))
    };
    let notices = vec![
        Notice::NoWebServers(own()),
        Notice::LogIncomplete {
            path: own(),
            why: own(),
        },
        Notice::Untold {
            way: Way::Program,
            failed: 1,
            surplus: 0,
            why: own(),
        },
        Notice::Finding(finding()),
        Notice::PoolsFull {
            sets: vec![own()],
            more: 1,
            kept: 2,
        },
        Notice::Undeclared {
            values: vec![own()],
            more: 0,
            servers: vec![0.into()],
            answers: 3,
        },
        Notice::PartialAnswer {
            server: 0.into(),
            set: own(),
            held: 1,
            of: 2,
        },
        Notice::LookAlike {
            pairs: vec![LookAlike {
                one: own(),
                two: own(),
                lost: Lost::All,
            }],
            more: 0,
        },
    ];
    let happened = |what| Event {
        at: samples::now(),
        what,
    };
    let failed = |of| Happening::LookupFailed {
        of,
        why: NoAddress::Failed(Both::same(own())),
    };
    let submitted_at = SystemTime::UNIX_EPOCH;
    let mut events = vec![
        Happening::PollFailed(refused()),
        Happening::ServerSilent { server: 0.into() },
        Happening::ChangePending {
            id: own(),
            submitted_at,
        },
        failed(LookedUp::Server(own())),
    ];
    events.extend(notices.iter().cloned().map(Happening::Noticed));
    snapshot.events.extend(events.into_iter().map(happened));
    snapshot.notes = notices;
    snapshot
}

fn written(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("memory is never full");
    String::from_utf8(out).expect("text")
}

#[test]
fn nothing_hidden_reaches_the_dashboard() {
    for (name, attack) in attacks() {
        let snapshot = attacked(&attack);
        for (width, height) in [(120, 40), (80, 24), (40, 10), (20, 3)] {
            for page in ['1', 'e', '?'] {
                let mut ui = UiState::default();
                let screen = Rect::new(0, 0, width, height);
                let key = KeyEvent::from(KeyCode::Char(page));
                if let Some(action) = dashboard::action_for(&key, &ui) {
                    dashboard::follow(&mut ui, action, screen, &snapshot, &mut None);
                }
                let backend = TestBackend::new(width, height);
                let mut terminal = Terminal::new(backend).expect("a test backend");
                terminal
                    .draw(|frame| dashboard::draw(frame, &snapshot, &ui, &Theme::colored()))
                    .expect("a test backend");
                for cell in &terminal.backend().buffer().content {
                    assert_harmless(cell.symbol(), &(&name, page, width));
                }
            }
        }
    }
}

#[test]
fn nothing_hidden_reaches_a_line_of_text_and_no_line_is_broken() {
    for (name, attack) in attacks() {
        let snapshot = attacked(&attack);
        let names = snapshot.server_names();
        let mut lines = vec![
            written(|out| text::write_line(out, &snapshot)),
            written(|out| text::write_state(out, &snapshot)),
            written(|out| text::write_result(out, &snapshot, EndedBy::Quit)),
        ];
        let event = |event| written(|out| text::write_event(out, event, &names));
        lines.extend(snapshot.events.iter().map(event));
        for mut line in lines {
            assert_eq!(line.pop(), Some('\n'));
            assert_harmless(&line, &name);
        }
    }
}

#[test]
fn nothing_hidden_reaches_the_final_statistics_and_none_is_wider_than_a_terminal() {
    for (name, attack) in attacks() {
        let text =
            written(|out| summary::write_summary(out, &attacked(&attack), EndedBy::Quit, true));
        for line in text.lines() {
            assert_harmless(line, &name);
            assert!(fit::width(line) <= 80, "{name}: {line}");
        }
    }
}

#[test]
fn nothing_hidden_reaches_markdown_or_the_clipboard() {
    for (name, attack) in attacks() {
        let snapshot = attacked(&attack);
        let page = written(|out| summary::write_markdown(out, &snapshot, EndedBy::NotYet));
        let brief = brief::lines(&snapshot);
        assert_eq!(brief.lines().count(), 3, "{name}: {brief}");
        for line in page.lines().chain(brief.lines()) {
            assert_harmless(line, &name);
        }
    }
}

/// Checks every text inside, too: the serialiser would escape control characters by itself, whoever decodes them again.
fn walk(value: &Value, name: &str) {
    match value {
        Value::String(text) => assert_harmless(text, &name),
        Value::Array(items) => items.iter().for_each(|item| walk(item, name)),
        Value::Object(fields) => fields.values().for_each(|field| walk(field, name)),
        _ => {}
    }
}

#[test]
fn nothing_hidden_reaches_json_and_an_object_is_a_line() {
    for (name, attack) in attacks() {
        let snapshot = attacked(&attack);
        let names = snapshot.server_names();
        let mut objects = vec![
            written(|out| json::write_report(out, &snapshot, EndedBy::Quit)),
            written(|out| json::write_tick(out, &snapshot)),
        ];
        let event = |event| written(|out| json::write_event(out, event, &names));
        objects.extend(snapshot.events.iter().map(event));
        for mut object in objects {
            assert_eq!(object.pop(), Some('\n'));
            assert_harmless(&object, &name);
            walk(&serde_json::from_str(&object).expect("JSON"), &name);
        }
    }
}

#[test]
fn nothing_hidden_reaches_what_doctor_says() {
    for (name, attack) in attacks() {
        let own = || attack.clone();
        let diagnosis = Diagnosis {
            record: own(),
            zone_id: own(),
            endpoint: own(),
            checked_at: samples::now(),
            took: Duration::from_secs(1),
            cost: None,
            findings: vec![
                Finding::failed(CheckId::Zone, Both::same(own()))
                    .cause(Both::same(own()))
                    .cure(Both::same(own())),
            ],
        };
        for columns in [None, Some(80)] {
            let look = doctor::Look {
                colored: false,
                columns,
            };
            let text = written(|out| doctor::write_text(out, &diagnosis, look));
            for line in text.lines() {
                assert_harmless(line, &name);
                let is_bounded = columns.is_none_or(|columns| fit::width(line) <= columns);
                assert!(is_bounded, "{name}: {line}");
            }
        }
        let mut object = written(|out| doctor::write_json(out, &diagnosis));
        assert_eq!(object.pop(), Some('\n'));
        walk(&serde_json::from_str(&object).expect("JSON"), &name);
    }
}

/// Every text of every sample, and all attacks, where nothing but ASCII can be shown.
#[test]
fn every_text_can_be_written_in_ascii() {
    let attacked = attacks()
        .into_iter()
        .map(|(name, attack)| (name, attacked(&attack)));
    let samples = samples::all().into_iter();
    let samples = samples.map(|(name, snapshot)| (name.to_owned(), snapshot));
    for (name, snapshot) in samples.chain(attacked) {
        let names = snapshot.server_names();
        let all = written(|out| {
            ascii::write(Charset::Ascii, out, |out| {
                text::write_line(out, &snapshot)?;
                text::write_state(out, &snapshot)?;
                text::write_result(out, &snapshot, EndedBy::Quit)?;
                let mut events = snapshot.events.iter();
                events.try_for_each(|event| text::write_event(out, event, &names))
            })
        });
        assert!(all.is_ascii(), "{name}: {all}");
        let statistics = written(|out| {
            ascii::write(Charset::Ascii, out, |out| {
                summary::write_summary(out, &snapshot, EndedBy::Quit, true)
            })
        });
        for line in statistics.lines() {
            // A command is one line, so that it can be copied.
            let fits = line.len() <= 80 || line.starts_with("aws route53 ");
            assert!(line.is_ascii() && fits, "{name}: {line}");
        }
    }
}

/// The final statistics of a group with identifiers of wide letters, marks and pictures, beside those of one with as many
/// columns of plain letters.
#[test]
fn tables_of_text_stand_where_they_stand_for_plain_names() {
    let statistics = |names: &[&str]| {
        written(|out| summary::write_summary(out, &samples::named(names), EndedBy::Quit, false))
    };
    let plain = samples::INTERNATIONAL.map(|name| "x".repeat(fit::width(name)));
    let plain = statistics(&plain.each_ref().map(String::as_str));
    let real = statistics(&samples::INTERNATIONAL);
    let widths = |text: &str| text.lines().map(fit::width).collect::<Vec<_>>();
    assert_eq!(widths(&real), widths(&plain), "{real}\n{plain}");
}
