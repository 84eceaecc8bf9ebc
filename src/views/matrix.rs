//! Every page at every size, in every look and in both languages, of moments that the real tally counted and the real judge
//! judged: as text in English and dark, and what the other looks and Korean have to have in common with it.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::dashboard::{self, Background, Depth, Theme, UiState, action_for};
use super::fit;
use super::korean::{english, hangul, rows};
use super::language::Language;
use super::samples::course::{Played, cutover};
use crate::model::verdict::VerdictState;
use crate::snapshot::Snapshot;

const SIZES: [(u16, u16); 7] = [
    (200, 60),
    (160, 50),
    (120, 40),
    (100, 30),
    (80, 24),
    (60, 15),
    (40, 10),
];
/// The pages with the keys that lead to them.
const PAGES: [(&str, &[KeyCode]); 5] = [
    ("overview", &[]),
    ("events", &[KeyCode::Char('e')]),
    ("help", &[KeyCode::Char('?')]),
    ("set", &[KeyCode::Char('3')]),
    ("server", &[KeyCode::End, KeyCode::Enter]),
];

/// The moments: what the run is like, and seconds since its start.
static MOMENTS: LazyLock<Vec<(&str, Snapshot)>> = LazyLock::new(|| {
    let through = moments(
        &cutover(),
        &[
            ("collecting", 10),
            ("blind", 75),
            ("propagating", 205),
            ("match", 299),
        ],
    );
    // The same is served, and declared is what was before.
    let undeclared = Played {
        declares_change: false,
        ..cutover()
    };
    let off = moments(&undeclared, &[("mismatch", 290)]);
    through.into_iter().chain(off).collect()
});

fn moments(run: &Played, wanted: &[(&'static str, u64)]) -> Vec<(&'static str, Snapshot)> {
    let mut seen = Vec::new();
    run.play(|snapshot| {
        let is_it = |(_, second): &&(_, u64)| snapshot.uptime == Duration::from_secs(*second);
        if let Some((name, _)) = wanted.iter().find(is_it) {
            seen.push((*name, snapshot));
        }
    });
    assert_eq!(seen.len(), wanted.len());
    seen
}

fn drawn(
    snapshot: &Snapshot,
    keys: &[KeyCode],
    (width, height): (u16, u16),
    theme: &Theme,
) -> Buffer {
    let mut ui = UiState::default();
    let screen = Rect::new(0, 0, width, height);
    for code in keys {
        let key = KeyEvent::new(*code, KeyModifiers::NONE);
        if let Some(action) = action_for(&key, &ui) {
            dashboard::follow(&mut ui, action, screen, snapshot, &mut None);
        }
    }
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
    let drawn = terminal.draw(|frame| dashboard::draw(frame, snapshot, &ui, theme));
    drawn.expect("a test backend").buffer.clone()
}

fn dark() -> Theme {
    Theme::on(Background::Dark, Depth::Indexed)
}

#[test]
fn the_moments_are_what_they_are_called() {
    let states = MOMENTS.iter().map(|(name, snapshot)| {
        let verdict = snapshot
            .current()
            .and_then(|segment| segment.verdict.as_ref());
        (*name, verdict.expect("a verdict").state)
    });
    let states: Vec<_> = states.collect();
    let named = [
        ("collecting", VerdictState::Collecting),
        ("blind", VerdictState::Blind),
        ("propagating", VerdictState::Propagating),
        ("match", VerdictState::Match),
        ("mismatch", VerdictState::Mismatch),
    ];
    assert_eq!(states, named);
}

#[test]
fn frames_in_english_and_dark() {
    for (moment, snapshot) in MOMENTS.iter() {
        for (page, keys) in PAGES {
            // Of the other pages two moments say enough: most of what they show is the same.
            if page != "overview" && !["propagating", "mismatch"].contains(moment) {
                continue;
            }
            let mut all = String::new();
            for size in SIZES {
                let (columns, rows_of) = size;
                // Memory takes everything.
                let _ = writeln!(all, "--- {columns}x{rows_of}");
                for row in rows(&drawn(snapshot, keys, size, &dark())) {
                    all += row.trim_end();
                    all.push('\n');
                }
            }
            insta::assert_snapshot!(format!("{moment}_{page}"), all);
        }
    }
}

#[test]
fn light_and_mono_have_the_same_letters_in_the_same_places() {
    let others = [
        Theme::on(Background::Light, Depth::Indexed),
        Theme::on(Background::Light, Depth::True),
        Theme::on(Background::Dark, Depth::Sixteen),
        Theme::plain(),
    ];
    for (moment, snapshot) in MOMENTS.iter() {
        for (page, keys) in PAGES {
            for size in SIZES {
                let dark = rows(&drawn(snapshot, keys, size, &dark()));
                for theme in &others {
                    let other = rows(&drawn(snapshot, keys, size, theme));
                    assert_eq!(dark, other, "{moment} {page} {size:?}");
                }
            }
        }
    }
}

#[test]
fn mono_has_no_colour_at_all() {
    use ratatui::style::Color::Reset;
    for (moment, snapshot) in MOMENTS.iter() {
        for (page, keys) in PAGES {
            for size in SIZES {
                let frame = drawn(snapshot, keys, size, &Theme::plain());
                let mut cells = frame.content().iter();
                let is_plain = cells.all(|cell| (cell.fg, cell.bg) == (Reset, Reset));
                assert!(is_plain, "{moment} {page} {size:?}");
            }
        }
    }
}

#[test]
fn korean_frames_have_no_english_sentence_and_no_line_beyond_the_screen() {
    for (moment, snapshot) in MOMENTS.iter() {
        for (page, keys) in PAGES {
            for size in SIZES {
                let frame = Language::Korean.speak(|| rows(&drawn(snapshot, keys, size, &dark())));
                let at = format!("{moment} {page} {size:?}");
                for row in &frame {
                    assert_eq!(english(row), None, "{at}: {row}");
                    assert_eq!(fit::width(row), usize::from(size.0), "{at}: {row}");
                }
                assert!(frame.iter().any(|row| hangul(row)), "{at}: {frame:#?}");
            }
        }
    }
}
