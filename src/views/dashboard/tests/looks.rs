use std::collections::BTreeMap;
use std::fmt::Write;

use super::*;
use crate::model::http::HttpFault;
use crate::model::verdict::VerdictState;

const SIZES: [(u16, u16); 7] = [
    (200, 60),
    (160, 50),
    (120, 40),
    (100, 30),
    (80, 24),
    (60, 15),
    (40, 10),
];

/// A frame as it is drawn for a terminal, the characters included.
fn drawn((width, height): (u16, u16), snapshot: &Snapshot, ui: &UiState, theme: &Theme) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
    terminal
        .draw(|frame| draw(frame, snapshot, ui, theme))
        .expect("a test backend");
    terminal.backend().buffer().clone()
}

/// The rows of a frame, below each what its cells look like, and what the letters mean.
fn with_styles(buffer: &Buffer) -> String {
    let mut letters: BTreeMap<String, char> = BTreeMap::new();
    let mut text = String::new();
    for (y, row) in rows(buffer).iter().enumerate() {
        let y = u16::try_from(y).expect("few rows");
        let mut look = |x: u16| {
            let cell = &buffer[(x, y)];
            let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
            if style == "Reset on Reset NONE" {
                return ' ';
            }
            let next = char::from(b'a' + u8::try_from(letters.len()).expect("few looks"));
            *letters.entry(style).or_insert(next)
        };
        let looks: String = (0..buffer.area.width).map(&mut look).collect();
        writeln!(text, "{}\n{}", row.trim_end(), looks.trim_end()).expect("a string");
    }
    let mut legend: Vec<_> = letters.into_iter().collect();
    legend.sort_by_key(|(_, letter)| *letter);
    for (style, letter) in legend {
        writeln!(text, "{letter}: {style}").expect("a string");
    }
    text
}

#[test]
fn the_overview_in_all_looks() {
    let looks = [
        ("dark", Theme::on(Background::Dark, Depth::Indexed)),
        ("light", Theme::on(Background::Light, Depth::Indexed)),
        ("mono", Theme::plain()),
    ];
    let snapshot = samples::mismatch();
    for size in [(120, 40), (80, 24)] {
        for (look, theme) in &looks {
            let buffer = drawn(size, &snapshot, &UiState::default(), theme);
            let name = format!("look_{look}_{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, with_styles(&buffer));
        }
        let ascii = Theme::plain().with(Charset::Ascii);
        let buffer = drawn(size, &snapshot, &UiState::default(), &ascii);
        let name = format!("look_ascii_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, rows(&buffer).join("\n"));
    }
}

#[test]
fn every_frame_can_be_drawn_in_ascii() {
    let theme = Theme::colored().with(Charset::Ascii);
    for (name, snapshot) in samples::all() {
        for page in [Page::Overview, Page::Events, Page::Help] {
            let ui = UiState {
                page,
                ..UiState::default()
            };
            for size in SIZES.into_iter().chain([(30, 6), (20, 3)]) {
                for row in rows(&drawn(size, &snapshot, &ui, &theme)) {
                    assert!(row.is_ascii(), "{name} {page:?} {size:?}: {row}");
                    // What has no form is escaped and not left out.
                    let is_question = row.contains("??");
                    assert!(!is_question, "{name} {page:?} {size:?}: {row}");
                }
            }
        }
    }
}

#[test]
fn in_ascii_names_are_escaped_and_stay_apart() {
    let theme = Theme::plain().with(Charset::Ascii);
    let snapshot = samples::international();
    let text = rows(&drawn((160, 50), &snapshot, &UiState::default(), &theme)).concat();
    for name in ["gr\\u{fc}n-", "blue-\\u{1f680}", "\\u{d30c}\\u{b791}-32"] {
        assert!(text.contains(name), "no {name}");
    }
}

/// The frame of the same group with identifiers of as many plain letters: nothing but the identifiers may differ.
#[test]
fn columns_stand_where_they_stand_for_plain_names() {
    let plain = samples::INTERNATIONAL.map(|name| "x".repeat(crate::views::fit::width(name)));
    let plain = samples::named(&plain.each_ref().map(String::as_str));
    for size in SIZES {
        let [real, plain] = [samples::international(), plain.clone()]
            .map(|snapshot| drawn(size, &snapshot, &UiState::default(), &Theme::plain()));
        let mut names = 0;
        for (at, (real, plain)) in real.content.iter().zip(&plain.content).enumerate() {
            if real.symbol() != plain.symbol() {
                let is_name = ["x", "…", " "].contains(&plain.symbol());
                let place = (at % usize::from(size.0), at / usize::from(size.0));
                assert!(is_name, "{size:?} {place:?}: {real:?} for {plain:?}");
                names += 1;
            }
        }
        assert!(names > 4, "{size:?}: only {names} cells of names");
    }
}

/// The frames of two snapshots as text alone: whoever sees no colour has to see that something else is the case.
#[track_caller]
fn differ(one: &Snapshot, other: &Snapshot) {
    for size in SIZES {
        let [one, other] = [one, other]
            .map(|snapshot| rows(&drawn(size, snapshot, &UiState::default(), &Theme::plain())));
        assert_ne!(one, other, "{size:?}");
    }
}

#[test]
fn no_state_is_told_by_colour_alone() {
    let states = [
        samples::running(),
        samples::collecting(),
        samples::propagating(),
        samples::mismatch(),
        samples::blind(),
    ];
    let words = ["MATCH", "collecting", "propagating", "MISMATCH", "BLIND"];
    for size in SIZES {
        let told = states.each_ref().map(|snapshot| {
            let rows = rows(&drawn(size, snapshot, &UiState::default(), &Theme::plain()));
            // The chip stands first on its line.
            let first = |row: &String| row.split_whitespace().next().map(str::to_owned);
            let firsts: Vec<String> = rows.iter().filter_map(first).collect();
            words
                .iter()
                .position(|word| firsts.iter().any(|it| it == word))
        });
        assert_eq!(told, [0, 1, 2, 3, 4].map(Some), "{size:?}");
    }
    let running = samples::running();
    // Above and below the declared share.
    let mut turned = running.clone();
    for set in &mut turned.segment_mut(0).sets {
        set.counted.diff = set.counted.diff.map(|diff| -diff);
    }
    differ(&running, &turned);
    // Weights that are old take a plain match away.
    let mut old = running.clone();
    old.configuration = samples::failing().configuration;
    let state = |snapshot: &Snapshot| {
        let segment = snapshot.current().expect("a segment");
        segment.verdict.as_ref().map(|verdict| verdict.state)
    };
    assert_eq!(state(&old), Some(VerdictState::Match));
    differ(&running, &old);
    // A set that fails over HTTP.
    let mut failing = running.clone();
    let http = failing.segment_mut(0).sets[1].http.as_mut();
    let http = http.expect("it is on");
    http.faults[HttpFault::Status.index()] = http.requests;
    differ(&running, &failing);
}
