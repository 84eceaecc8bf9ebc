//! The cursor and the pages as frames, and that no key on any screen does any harm.

use std::sync::LazyLock;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Modifier;

use super::*;
use crate::views::samples;

const SIZES: [(u16, u16); 3] = [(120, 40), (80, 24), (60, 15)];
/// The sizes that the picture is made for.
const ALL_SIZES: [(u16, u16); 7] = [
    (200, 60),
    (160, 50),
    (120, 40),
    (100, 30),
    (80, 24),
    (60, 15),
    (40, 10),
];

/// A run with a change in the middle, and HTTP.
static CUTOVER: LazyLock<Snapshot> = LazyLock::new(|| samples::course::cutover().snapshot());

fn picture((width, height): (u16, u16), snapshot: &Snapshot, ui: &UiState) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
    terminal
        .draw(|frame| draw(frame, snapshot, ui, &Theme::plain()))
        .expect("a test backend");
    terminal.backend().buffer().clone()
}

fn rows(buffer: &Buffer) -> Vec<String> {
    let cells = buffer.content().chunks(buffer.area.width.max(1).into());
    cells
        .map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect())
        .collect()
}

/// Presses keys one after the other; the run goes on, whatever they say.
fn press(ui: &mut UiState, screen: (u16, u16), snapshot: &Snapshot, keys: &[KeyCode]) {
    let screen = Rect::new(0, 0, screen.0, screen.1);
    let mut known = None;
    for code in keys {
        let key = KeyEvent::new(*code, KeyModifiers::NONE);
        if let Some(action) = action_for(&key, ui) {
            follow(ui, action, screen, snapshot, &mut known);
        }
    }
}

fn after(screen: (u16, u16), snapshot: &Snapshot, keys: &[KeyCode]) -> UiState {
    let mut ui = UiState::default();
    press(&mut ui, screen, snapshot, keys);
    ui
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(KeyCode::Char).collect()
}

macro_rules! pictures {
    ($($name:ident: $snapshot:expr, $keys:expr;)*) => {$(
        #[test]
        fn $name() {
            for size in SIZES {
                let ui = after(size, $snapshot, &$keys);
                let frame = rows(&picture(size, $snapshot, &ui)).join("\n");
                let name = format!("{}_{}x{}", stringify!($name), size.0, size.1);
                insta::assert_snapshot!(name, frame);
            }
        }
    )*};
}

pictures! {
    cursor_on_a_set: &samples::running(), [KeyCode::Down, KeyCode::Down];
    cursor_on_a_server: &samples::propagating(), [KeyCode::Down, KeyCode::End, KeyCode::Up];
    cursor_far_down: &samples::hundred(), [KeyCode::Down; 60];
    page_of_a_set: &CUTOVER, [KeyCode::Down, KeyCode::Down, KeyCode::Enter];
    page_of_a_failing_set: &samples::failing(), [KeyCode::Char('3')];
    page_of_a_server: &samples::propagating(), [KeyCode::End, KeyCode::Enter];
    page_of_nothing: &samples::empty(), [KeyCode::Char('3')];
    events_that_are_typed_for: &samples::changed(), typed("/WEIGHT");
    question: &samples::propagating(), typed("q");
}

#[test]
fn the_cursor_moves_nothing_and_is_seen_without_colour() {
    let snapshot = samples::running();
    for size in ALL_SIZES {
        let rest = picture(size, &snapshot, &UiState::default());
        for downs in 1..=6 {
            let ui = after(size, &snapshot, &vec![KeyCode::Down; downs]);
            let with = picture(size, &snapshot, &ui);
            let mut reversed = 0;
            for (before, now) in rest.content().iter().zip(with.content()) {
                let is_marked = now.modifier.contains(Modifier::REVERSED);
                reversed += usize::from(is_marked && before.modifier != now.modifier);
                let is_same = before.symbol() == now.symbol() || now.symbol() == ">";
                // Where all servers have one line, the one that is selected takes it.
                let has_line = size.1 < 24 && downs > 2;
                assert!(is_same || has_line, "{size:?} {downs}: {:#?}", rows(&with));
            }
            assert!(reversed >= 8, "{size:?} {downs}: {:#?}", rows(&with));
            let marks = rows(&with).concat().matches('>').count();
            let tables = if size.1 >= 50 && downs <= 2 { 2 } else { 1 };
            assert_eq!(marks, tables, "{size:?} {downs}: {:#?}", rows(&with));
        }
    }
}

#[test]
fn the_set_that_the_cursor_is_on_is_in_sight_on_every_screen() {
    let snapshot = samples::hundred();
    for size in [(120, 40), (80, 24), (60, 15), (40, 8), (30, 5), (30, 1)] {
        let mut ui = UiState::default();
        let keys = [
            &[KeyCode::Down; 70][..],
            &[KeyCode::Up; 50],
            &[KeyCode::PageDown; 3],
        ];
        for key in keys.concat() {
            press(&mut ui, size, &snapshot, &[key]);
            let Some(Chosen::Set(identifier)) = &ui.cursor.0 else {
                panic!("{size:?}: {:?}", ui.cursor);
            };
            let frame = picture(size, &snapshot, &ui);
            let is_it = |row: &&String| row.contains(identifier.as_str());
            assert!(
                rows(&frame).iter().any(|row| is_it(&row)),
                "{size:?} {identifier}"
            );
        }
        // On another screen too, whatever was scrolled on this one.
        let Some(Chosen::Set(identifier)) = ui.cursor.0.clone() else {
            panic!("{size:?}: {:?}", ui.cursor);
        };
        let frame = rows(&picture((60, 12), &snapshot, &ui)).concat();
        assert!(
            frame.contains(&identifier),
            "{size:?} {identifier}: {frame}"
        );
    }
}

#[test]
fn more_servers_than_rows_scroll_with_the_cursor() {
    let mut snapshot = samples::running();
    let servers = snapshot.servers.clone();
    for number in 0..20 {
        let mut server = servers[number % servers.len()].clone();
        server.name = format!("resolver-{number:02}");
        snapshot.servers.push(server);
    }
    let size = (120, 40);
    for ups in 0..20 {
        let keys = [&[KeyCode::End, KeyCode::End][..], &vec![KeyCode::Up; ups]].concat();
        let frame = rows(&picture(size, &snapshot, &after(size, &snapshot, &keys)));
        let marked = format!(">resolver-{:02}", 19 - ups);
        assert!(
            frame.iter().any(|row| row.starts_with(&marked)),
            "{marked}: {frame:#?}"
        );
    }
}

/// All that a page says, however far one has to scroll for it.
fn text_of(snapshot: &Snapshot, size: (u16, u16), keys: &[KeyCode]) -> String {
    let mut ui = after(size, snapshot, keys);
    let mut text = String::new();
    for _ in 0..60 {
        text.push_str(&rows(&picture(size, snapshot, &ui)).join(" "));
        press(&mut ui, size, snapshot, &[KeyCode::Down]);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_page_of_a_set_has_its_numbers_and_what_happened_to_it_at_every_size() {
    for size in ALL_SIZES {
        let text = text_of(
            &CUTOVER,
            size,
            &[KeyCode::Down, KeyCode::Down, KeyCode::Enter],
        );
        for part in [
            "green-33 (set 2 of 2)",
            "weight 220",
            "99% range",
            "p50",
            "p95",
            "p99",
            "HTTP",
            "Faults",
            "Events",
            "green-33 70 -> 220",
        ] {
            assert!(text.contains(part), "{size:?}: no {part} in {text}");
        }
    }
}

#[test]
fn the_pages_have_what_resolvers_still_answer_and_how_sets_compare() {
    let snapshot = samples::slower();
    let green = [KeyCode::Down, KeyCode::Down, KeyCode::Enter];
    let down = KeyCode::Down;
    let server = [down, down, down, KeyCode::Enter];
    for (keys, parts) in [
        (
            &green[..],
            &[
                "Compared over HTTP (99% confidence)",
                "worse: 118ms to 131ms, blue-32 84ms to 96ms; one request a second",
                "8.8.8.8 green-33 12s as declared now",
            ][..],
        ),
        (
            &server[..],
            &[
                "1.1.1.1 blue-32, as it was 41s before the change",
                "192.0.2.53 no answer: refused - -",
                "192.0.2.55 of no set 5s -",
            ],
        ),
    ] {
        let text = text_of(&snapshot, (120, 40), keys);
        for part in parts {
            assert!(text.contains(part), "no {part} in {text}");
        }
    }
}

#[test]
fn the_page_of_a_set_lists_all_its_addresses() {
    let text = text_of(&samples::running(), (80, 24), &[KeyCode::Enter]);
    assert!(text.contains("192.0.2.32, 192.0.2.33, TTL 60s"), "{text}");
}

#[test]
fn the_page_of_a_server_has_its_faults_by_kind_and_only_its_own_events() {
    let mut snapshot = samples::failing();
    let silent = |server: usize| crate::snapshot::Happening::ServerSilent {
        server: server.into(),
    };
    let now = snapshot.now;
    let event = |what| crate::snapshot::Event { at: now, what };
    snapshot.events = vec![event(silent(0)), event(silent(3))];
    let names: Vec<String> = snapshot.servers.iter().map(|it| it.name.clone()).collect();
    snapshot.servers[3].queries.faults[..2].copy_from_slice(&[5, 2]);
    let faults = crate::views::facts::faults(&snapshot.servers[3].queries).join(", ");
    assert_eq!(faults, "5 timeout, 2 refused");
    for size in ALL_SIZES {
        let keys = [KeyCode::Down, KeyCode::End, KeyCode::Enter];
        let text = text_of(&snapshot, size, &keys);
        let own = format!("name server {} gives no usable answer", names[3]);
        assert!(text.contains(&faults), "{size:?}: {text}");
        assert!(text.contains(&own), "{size:?}: {text}");
        assert!(!text.contains(&names[0]), "{size:?}: {text}");
    }
}

#[test]
fn events_are_narrowed_down_to_those_with_the_text() {
    let snapshot = samples::propagating();
    let all = snapshot.events.len();
    let size = (120, 40);
    let text = |keys: &[KeyCode]| rows(&picture(size, &snapshot, &after(size, &snapshot, keys)));
    let count = |wanted: usize, rows: &[String]| {
        let title = rows.iter().find(|row| row.contains("Events /"));
        let title = title.unwrap_or_else(|| panic!("{rows:#?}"));
        assert!(title.contains(&format!("({wanted} of {all})")), "{title}");
    };
    assert!(all > 1);
    count(all, &text(&typed("/")));
    count(0, &text(&typed("/no such event")));
    let stale = text(&[typed("/STILL Serves"), vec![KeyCode::Enter]].concat());
    count(1, &stale);
    let kept = stale
        .iter()
        .filter(|row| row.contains("ns-903.awsdns-48.net still serves"));
    assert_eq!(kept.count(), 1, "{stale:#?}");
    assert!(
        !stale.concat().contains("Serves_"),
        "it is not typed any more"
    );
    // By the time too, which stands in the list.
    count(1, &text(&typed("/12:34:52")));
}

#[test]
fn the_question_stands_on_every_screen_and_moves_nothing() {
    let snapshot = samples::propagating();
    for size in ALL_SIZES.into_iter().chain([(30, 5), (12, 1)]) {
        let rest = rows(&picture(size, &snapshot, &UiState::default()));
        let asking = rows(&picture(
            size,
            &snapshot,
            &after(size, &snapshot, &typed("q")),
        ));
        let (last, others) = asking.split_last().expect("a row");
        assert_eq!(others, &rest[..others.len()], "{size:?}");
        assert!(
            last.starts_with(" a change") || size.0 < 80,
            "{size:?}: {last}"
        );
        let question = "q again ends, any other key goes on";
        assert!(last.contains(question) || size.0 < 40, "{size:?}: {last}");
        let gone_on = rows(&picture(
            size,
            &snapshot,
            &after(size, &snapshot, &typed("qx")),
        ));
        assert_eq!(gone_on, rest, "{size:?}");
    }
}

/// Keys that mean something, and some that do not.
fn keys() -> impl Strategy<Value = Vec<KeyEvent>> {
    use KeyCode::{
        BackTab, Backspace, Char, Down, End, Enter, Esc, F, Home, PageDown, PageUp, Tab, Up,
    };
    let named = [
        BackTab,
        Backspace,
        Down,
        End,
        Enter,
        Esc,
        F(1),
        Home,
        PageDown,
        PageUp,
        Tab,
        Up,
    ];
    let letters = "123ejkhq?/[] xß한\u{7}".chars().map(Char);
    let codes: Vec<KeyCode> = named.into_iter().chain(letters).collect();
    let modifiers = prop_oneof![
        9 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::SHIFT),
    ];
    let key = (prop::sample::select(codes), modifiers);
    prop::collection::vec(
        key.prop_map(|(code, held)| KeyEvent::new(code, held)),
        0..40,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_keys_on_any_screen_do_any_harm(
        sizes in prop::collection::vec((0..=300_u16, 0..=100_u16), 1..4),
        places in prop::collection::vec(0..1_000_usize, 3),
        keys in keys(),
    ) {
        let samples = samples::all();
        let mut ui = UiState::default();
        for (number, (width, height)) in sizes.into_iter().enumerate() {
            // The snapshot is another one in between, with other sets and servers.
            let (name, snapshot) = &samples[places[number] % samples.len()];
            let screen = Rect::new(0, 0, width, height);
            let mut known = None;
            for key in &keys {
                let Some(action) = action_for(key, &ui) else { continue };
                prop_assert!(key.code != KeyCode::Esc || !ends(action, &ui, snapshot), "{name}");
                follow(&mut ui, action, screen, snapshot, &mut known);
            }
            picture((width, height), snapshot, &ui);
        }
    }
}

#[test]
fn a_wide_screen_has_the_course_beside_the_numbers() {
    for keys in [&[KeyCode::Char('3')][..], &[KeyCode::End, KeyCode::Enter]] {
        let size = (200, 60);
        let frame = rows(&picture(size, &CUTOVER, &after(size, &CUTOVER, keys)));
        let line = frame
            .iter()
            .find(|line| line.contains("Course (last 5 min)"));
        let line = line.expect("a course");
        let column = line.find("Course").expect("there");
        assert!(column >= 120 && frame[1].contains("Course"), "{frame:#?}");
    }
}

#[test]
fn no_heading_stands_above_nothing_and_what_is_hidden_are_lines() {
    for size in [(80, 24), (60, 15), (40, 10)] {
        for keys in [&[KeyCode::Char('3')][..], &[KeyCode::End, KeyCode::Enter]] {
            let mut ui = after(size, &CUTOVER, keys);
            for _ in 0..12 {
                let frame = rows(&picture(size, &CUTOVER, &ui));
                let note = frame
                    .iter()
                    .position(|line| line.contains("lines out of sight"));
                if let Some(note) = note {
                    let mut above = frame[..note].iter().rev();
                    let last = above.find(|line| !line.trim().is_empty()).expect("a line");
                    for heading in [
                        "Events",
                        "By Name Server",
                        "HTTP",
                        "Its Shares",
                        "SetIdentifier",
                    ] {
                        assert!(
                            !last.trim_start().starts_with(heading) || last.contains('%'),
                            "{frame:#?}"
                        );
                    }
                }
                assert!(
                    !frame
                        .iter()
                        .any(|line| line.contains(" more") && !line.contains("or more")),
                    "{frame:#?}"
                );
                press(&mut ui, size, &CUTOVER, &[KeyCode::Down]);
            }
        }
    }
}

#[test]
fn the_page_of_a_server_tells_what_of_its_answers_is_not_counted_and_marks_one_that_is_stale() {
    let mut snapshot = samples::propagating();
    snapshot.servers[3].state = crate::model::verdict::ServerState::Stale;
    snapshot.servers[3].counted[0] = snapshot.servers[3].named[0] - 7;
    let size = (120, 40);
    let server = rows(&picture(
        size,
        &snapshot,
        &after(size, &snapshot, &[KeyCode::End, KeyCode::Enter]),
    ));
    let page = server.join("\n");
    assert!(page.contains("State        !stale"), "{page}");
    let row = server
        .iter()
        .find(|row| row.trim_start().starts_with("blue-32"))
        .expect("a row");
    assert!(
        server.iter().any(|row| row.contains("Uncounted")) && row.contains(" 7 "),
        "{page}"
    );
    let set = rows(&picture(
        size,
        &snapshot,
        &after(size, &snapshot, &[KeyCode::Char('3')]),
    ))
    .join("\n");
    assert!(set.contains("!stale") && set.contains("Uncounted"), "{set}");
}
