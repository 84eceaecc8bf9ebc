//! Frames as text, and what text does not show: colours, and that no size of the screen is too small.

use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// Themes, characters and columns.
mod looks;

use super::keys::Page;
use super::*;
use crate::model::gate::Severity;
use crate::views::{command, samples};

fn ui(scroll: usize) -> UiState {
    UiState {
        scroll: [scroll, 0, 0, 0],
        ..UiState::default()
    }
}

fn on_help() -> UiState {
    UiState {
        page: Page::Help,
        ..UiState::default()
    }
}

fn draw_on(buffer: &mut Buffer, screen: Rect, snapshot: &Snapshot, ui: &UiState, theme: &Theme) {
    layout(screen, snapshot, ui, theme).draw(buffer);
}

/// How many rows of the tables there are on a screen of that size, and how many of them are visible at once.
fn table_rows(width: u16, height: u16, snapshot: &Snapshot) -> (usize, usize) {
    let (ui, theme) = (UiState::default(), Theme::plain());
    let scroll = layout(Rect::new(0, 0, width, height), snapshot, &ui, &theme).scroll;
    (scroll.rows, scroll.visible)
}

fn picture(width: u16, height: u16, snapshot: &Snapshot, scroll: usize) -> TestBackend {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test backend");
    let (ui, theme) = (ui(scroll), Theme::colored());
    terminal
        .draw(|frame| draw(frame, snapshot, &ui, &theme))
        .expect("a test backend");
    terminal.backend().clone()
}

fn frame(width: u16, height: u16, snapshot: &Snapshot, scroll: usize, theme: &Theme) -> Buffer {
    let screen = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(screen);
    draw_on(&mut buffer, screen, snapshot, &ui(scroll), theme);
    buffer
}

fn colored(width: u16, height: u16, snapshot: &Snapshot) -> Buffer {
    frame(width, height, snapshot, 0, &Theme::colored())
}

macro_rules! pictures {
    ($($name:ident: $snapshot:expr, $scroll:expr;)*) => {$(
        #[test]
        fn $name() {
            for (width, height) in [(120, 40), (80, 24), (60, 15)] {
                let buffer = picture(width, height, &$snapshot, $scroll);
                let name = format!("{}_{width}x{height}", stringify!($name));
                insta::assert_snapshot!(name, buffer);
            }
        }
    )*};
}

pictures! {
    running: samples::running(), 0;
    start: samples::start(), 0;
    empty: samples::empty(), 0;
    http_off: samples::http_off(), 0;
    failing: samples::failing(), 0;
    hundred: samples::hundred(), 0;
    hundred_scrolled: samples::hundred(), 42;
    hostile: samples::hostile(), 0;
    changed: samples::changed(), 0;
    many_segments: samples::many_segments(), 0;
    unhealthy: samples::unhealthy(), 0;
    nested: samples::nested(), 0;
    collecting: samples::collecting(), 0;
    propagating: samples::propagating(), 0;
    mismatch: samples::mismatch(), 0;
    shares_off: samples::shares_off(), 0;
    blind: samples::blind(), 0;
}

#[test]
fn help() {
    let (ui, theme) = (on_help(), Theme::colored());
    for (width, height) in [(120, 40), (80, 24), (60, 15)] {
        let screen = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(screen);
        draw_on(&mut buffer, screen, &samples::running(), &ui, &theme);
        insta::assert_snapshot!(format!("help_{width}x{height}"), rows(&buffer).join("\n"));
    }
}

#[test]
fn the_whole_page_of_help_can_be_read_on_any_screen() {
    let snapshot = samples::running();
    for (width, height) in [(120, 40), (60, 15), (40, 8), (30, 4)] {
        let screen = Rect::new(0, 0, width, height);
        let mut ui = UiState::default();
        follow(
            &mut ui,
            Action::Show(Page::Help),
            screen,
            &snapshot,
            &mut None,
        );
        let mut text = String::new();
        for _ in 0..400 {
            let mut buffer = Buffer::empty(screen);
            draw_on(&mut buffer, screen, &snapshot, &ui, &Theme::plain());
            text.push_str(&rows(&buffer).concat());
            follow(&mut ui, Action::Down, screen, &snapshot, &mut None);
        }
        for part in ["USD", "Ctrl+C", "no set could have given"] {
            let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(words.contains(part), "{width}x{height}: no {part}");
        }
    }
}

/// The text of a frame with single spaces, so that a line break does not matter.
fn words_of(buffer: &Buffer) -> String {
    let text = rows(buffer).join(" ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn verdict_and_aim_are_readable_from_60x15_on() {
    use crate::views::verdicts::headline;
    use crate::views::words::verdict::state;
    for (name, snapshot) in samples::all() {
        let Some(headline) = headline(&snapshot) else {
            continue;
        };
        let aim = &headline.aim_in_short();
        for width in (60..=130).step_by(5) {
            for height in (15..=45).step_by(3) {
                let text = words_of(&colored(width, height, &snapshot));
                let word = state(headline.state);
                let top = rows(&colored(width, height, &snapshot))[1..4].concat();
                assert!(
                    top.contains(word),
                    "{name} {width}x{height}: no {word} at the top"
                );
                let first = &headline.facts[0];
                assert!(
                    text.contains(first.as_str()),
                    "{name} {width}x{height}: no {first}"
                );
                let says_how_sure = text.contains(aim) || text.contains("% confidence");
                assert!(says_how_sure, "{name} {width}x{height}: no {aim}");
            }
        }
    }
}

#[test]
fn the_word_for_the_verdict_is_there_on_the_smallest_screens() {
    for (snapshot, word) in [
        (samples::running(), "MATCH"),
        (samples::mismatch(), "MISMATCH"),
        (samples::blind(), "BLIND"),
        (samples::propagating(), "propagating"),
    ] {
        for (width, height) in [(12, 3), (30, 5), (60, 8), (40, 10)] {
            let text = rows(&colored(width, height, &snapshot)).concat();
            assert!(text.contains(word), "{width}x{height}: no {word}");
        }
    }
}

#[test]
fn a_mismatch_is_loud_and_a_match_is_green_and_both_are_words() {
    let buffer = colored(80, 24, &samples::mismatch());
    let cell = cell_of(&buffer, "MISMATCH", "MISMATCH");
    assert_eq!((cell.fg, cell.bg), (Color::White, Color::Red));
    let buffer = colored(80, 24, &samples::running());
    assert_eq!(cell_of(&buffer, "MATCH", "MATCH").bg, Color::Green);
    let buffer = frame(80, 24, &samples::mismatch(), 0, &Theme::plain());
    let cell = cell_of(&buffer, "MISMATCH", "MISMATCH");
    assert!(cell.modifier.contains(Modifier::BOLD | Modifier::REVERSED));
}

#[test]
fn a_difference_that_chance_does_not_explain_has_a_sign() {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (30, 6)] {
        let text = rows(&colored(width, height, &samples::shares_off())).concat();
        assert!(
            text.contains("!-23.0%") && text.contains("!+23.0%"),
            "{width}x{height}"
        );
        let text = rows(&colored(width, height, &samples::running())).concat();
        assert!(
            !text.contains("!-0.2%") && text.contains("-0.2%"),
            "{width}x{height}"
        );
    }
}

#[test]
fn stale_and_late_name_servers_are_named_from_60x15_on() {
    for (width, height) in [(120, 40), (100, 30), (80, 24), (60, 15)] {
        let text = words_of(&colored(width, height, &samples::propagating()));
        for part in [
            "2 of 4 name servers switched",
            "stale",
            "ns-903",
            "ns-1967",
            "propagating",
        ] {
            assert!(text.contains(part), "{width}x{height}: no {part}");
        }
    }
}

#[test]
fn the_page_of_help_begins_with_why_the_verdict_is_what_it_is() {
    let ui = on_help();
    for (name, snapshot) in samples::all() {
        let Some((_, told)) = crate::views::verdicts::told(&snapshot) else {
            continue;
        };
        for (width, height) in [(120, 40), (80, 24), (60, 15)] {
            let screen = Rect::new(0, 0, width, height);
            let mut buffer = Buffer::empty(screen);
            draw_on(&mut buffer, screen, &snapshot, &ui, &Theme::plain());
            let text = words_of(&buffer);
            assert!(
                text.contains(&told.because),
                "{name} {width}x{height}: {text}"
            );
        }
    }
}

#[test]
fn why_a_set_is_not_answered_is_said_wherever_there_are_tables() {
    for width in (60..=130).step_by(5) {
        for height in (15..=45).step_by(2) {
            let text = rows(&colored(width, height, &samples::unhealthy())).concat();
            assert!(
                text.contains("target health unknown"),
                "{width}x{height}: no suspicion"
            );
        }
    }
}

#[test]
fn parts_are_shown_and_scroll_with_their_sets() {
    let snapshot = samples::nested();
    let all = rows(&colored(120, 40, &snapshot)).concat();
    assert!(all.contains("latency us-east-1 > x") && all.contains("not judged"));
    let screen = Rect::new(0, 0, 120, 40);
    let with_parts = snapshot.sets().iter().find(|set| !set.parts.is_empty());
    let set = with_parts.expect("one has some");
    let part = set.parts[0].label.clone();
    let mut ui = UiState {
        cursor: Cursor(Some(Chosen::Set(set.identifier.clone()))),
        ..UiState::default()
    };
    // As many as have room stand below their set, and all of them on its page.
    let mut seen = |page, screen| {
        ui.page = page;
        let mut buffer = Buffer::empty(screen);
        draw_on(&mut buffer, screen, &snapshot, &ui, &Theme::plain());
        rows(&buffer).concat()
    };
    let picture = seen(Page::Overview, screen);
    assert!(picture.contains("not judged"), "{picture}");
    let page = seen(Page::Selection, Rect::new(0, 0, 80, 40));
    assert!(page.contains(&part) && page.contains("us-east-1"), "{page}");
}

/// The rows of a frame as text.
fn rows(buffer: &Buffer) -> Vec<String> {
    let area = buffer.area;
    (area.top()..area.bottom())
        .map(|y| {
            (area.left()..area.right())
                .map(|x| buffer[(x, y)].symbol())
                .collect()
        })
        .collect()
}

/// The first cell of a text, in the rows that begin with `row`.
fn cell_of(buffer: &Buffer, row: &str, text: &str) -> Cell {
    for y in buffer.area.top()..buffer.area.bottom() {
        let symbols: Vec<&str> = (0..buffer.area.width)
            .map(|x| buffer[(x, y)].symbol())
            .collect();
        let line = symbols.concat();
        if !line.contains(row) {
            continue;
        }
        for x in 0..symbols.len() {
            if symbols[x..].concat().starts_with(text) {
                let x = u16::try_from(x).expect("a column");
                return buffer[(x, y)].clone();
            }
        }
    }
    panic!("no {text} in a row with {row}: {:#?}", rows(buffer));
}

#[test]
fn more_is_green_less_is_red_and_the_sign_says_it_too() {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (30, 6)] {
        let buffer = colored(width, height, &samples::running());
        assert_eq!(
            cell_of(&buffer, "blue-32", "+0.2%").fg,
            Color::Green,
            "{width}x{height}"
        );
        assert_eq!(
            cell_of(&buffer, "green-33", "-0.2%").fg,
            Color::Red,
            "{width}x{height}"
        );
    }
}

#[test]
fn a_difference_that_is_shown_as_nothing_has_no_colour() {
    let mut snapshot = samples::running();
    snapshot.segment_mut(0).sets[0].counted.diff = Some(0.0004);
    snapshot.segment_mut(0).sets[1].counted.diff = Some(-0.0004);
    let buffer = colored(80, 24, &snapshot);
    assert_eq!(cell_of(&buffer, "blue-32", " 0.0%").fg, Color::Reset);
    assert_eq!(cell_of(&buffer, "green-33", " 0.0%").fg, Color::Reset);
}

/// The picture of a moment with the rows of "what now", and without them.
fn now_and_the_rest(width: u16, height: u16, snapshot: &Snapshot) -> (Vec<String>, Vec<String>) {
    let rows = rows(&colored(width, height, snapshot));
    let (before, rest) = rows.split_at(if height < 30 { 3 } else { 4 });
    let (now, after) = rest.split_at(if height < 40 { 1 } else { 2 });
    (now.to_vec(), [before, after].concat())
}

#[test]
fn a_critical_gate_is_loud_and_stands_with_the_command_in_the_place_of_what_to_do() {
    let tripped = samples::gated_after_a_change();
    // A warning is counted as the critical one is, and no more.
    let mut before = tripped.clone();
    for reading in &mut before.gates {
        Arc::make_mut(&mut reading.gate).severity = Severity::Warning;
    }
    for (width, height) in [(160, 50), (120, 40), (100, 30), (80, 24), (60, 15)] {
        let (now, rest) = now_and_the_rest(width, height, &tripped);
        assert!(now[0].contains(" change (u"), "{now:?}");
        assert!(now[0].contains("\"gre<e&n\" 5xx >= 2% for 1m"), "{now:?}");
        assert_eq!(
            rest,
            now_and_the_rest(width, height, &before).1,
            "{width}x{height}"
        );
        if height >= 40 {
            let command = command::undo(&tripped).expect("a command");
            let shown = now[1].trim().trim_end_matches('…');
            assert!(command.starts_with(shown) && shown.len() > 80, "{shown}");
        }
        let cell = cell_of(&colored(width, height, &tripped), "undo the", "undo the");
        assert_eq!((cell.fg, cell.bg), (Color::White, Color::Red));
    }
}

#[test]
fn what_must_not_be_overlooked_is_loud() {
    let buffer = colored(80, 24, &samples::failing());
    for text in [
        "weights are 2m10s old",
        "certificates of the endpoint are NOT verified",
    ] {
        let cell = cell_of(&buffer, text, text);
        assert_eq!((cell.fg, cell.bg), (Color::White, Color::Red));
    }
    let plain = frame(80, 24, &samples::failing(), 0, &Theme::plain());
    for text in [
        "weights are 2m10s old",
        "certificates of the endpoint are NOT verified",
    ] {
        let cell = cell_of(&plain, text, text);
        assert!(cell.modifier.contains(Modifier::BOLD | Modifier::REVERSED));
    }
    assert_eq!(cell_of(&buffer, "silent 1m24s", "silent").fg, Color::Yellow);
}

#[test]
fn the_plain_theme_uses_no_colour_at_all() {
    for (name, snapshot) in samples::all() {
        for (width, height) in [(120, 40), (80, 24), (60, 15), (30, 6)] {
            let buffer = frame(width, height, &snapshot, 0, &Theme::plain());
            let is_plain = |cell: &Cell| cell.fg == Color::Reset && cell.bg == Color::Reset;
            assert!(
                buffer.content.iter().all(is_plain),
                "{name} {width}x{height}"
            );
        }
    }
}

#[test]
fn no_screen_is_too_small_or_too_large() {
    let widths = || (1..=10).chain((12..=130).step_by(7));
    let heights = || (1..=10).chain((12..=45).step_by(5));
    for (name, snapshot) in samples::all() {
        for (width, height) in
            widths().flat_map(|width| heights().map(move |height| (width, height)))
        {
            let buffer = colored(width, height, &snapshot);
            let has_text = rows(&buffer).iter().any(|row| !row.trim().is_empty());
            assert!(has_text, "{name} {width}x{height} is empty");
            // A scroll that is left over from another screen or another configuration.
            frame(width, height, &snapshot, usize::MAX, &Theme::plain());
        }
        frame(400, 150, &snapshot, 0, &Theme::colored());
    }
}

#[test]
fn the_shares_are_readable_wherever_two_lines_have_room() {
    for width in (28..=130).step_by(3) {
        for height in 3..=45 {
            let text = rows(&colored(width, height, &samples::running())).concat();
            for share in ["72.2%", "27.8%", "+0.2%", "-0.2%"] {
                assert!(text.contains(share), "{width}x{height}: no {share}");
            }
        }
    }
}

#[test]
fn status_line_and_warnings_are_readable_from_60x15_on() {
    for width in (60..=130).step_by(5) {
        for height in (15..=45).step_by(2) {
            let text = rows(&colored(width, height, &samples::failing())).concat();
            for part in [
                "TPS: 10.1",
                "Uptime: 02:03",
                "Errors: 75",
                "Avg Latency: 45ms",
                "weights are 2m10s old",
                "certificates of the endpoint are NOT verified",
            ] {
                assert!(text.contains(part), "{width}x{height}: no {part}");
            }
            assert!(
                text.contains("silent"),
                "{width}x{height}: no word of the silent server"
            );
        }
    }
}

#[test]
fn every_set_is_shown_or_counted() {
    let snapshot = samples::hundred();
    for (width, height) in [(120, 40), (80, 24), (60, 15), (40, 8), (30, 5)] {
        let (_, visible) = table_rows(width, height, &snapshot);
        let mut ui = UiState::default();
        let screens = 100_usize.div_ceil(visible.max(1)) + 1;
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..screens {
            let rows = rows(&frame(
                width,
                height,
                &snapshot,
                ui.first(),
                &Theme::colored(),
            ));
            let sets: Vec<String> = rows
                .iter()
                .map(|row| row.trim_start())
                .filter(|row| row.starts_with("shard-"))
                .filter_map(|row| row.split(' ').next().map(str::to_owned))
                .collect();
            assert_eq!(sets.len(), visible, "{width}x{height}");
            assert_eq!(sets[0], format!("shard-{:03}", ui.first()));
            let below = 100 - ui.first() - visible;
            let text = rows.concat();
            assert!(
                below == 0 || text.contains(&format!("and {below} more")),
                "{width}x{height}"
            );
            let above = ui.first();
            assert!(
                above == 0 || text.contains(&format!("{above} above")),
                "{width}x{height}"
            );
            seen.extend(sets);
            ui.apply(Action::PageDown, 100, visible);
        }
        assert_eq!(seen.len(), 100, "{width}x{height}");
    }
}

#[test]
fn nothing_hidden_reaches_a_cell() {
    for (width, height) in [(120, 40), (80, 24), (60, 15), (30, 6)] {
        for row in rows(&colored(width, height, &samples::hostile())) {
            assert_eq!(crate::model::text::visible(&row), row);
        }
    }
}

#[test]
fn names_that_differ_at_the_end_differ_on_every_screen() {
    for width in 40..=130 {
        let text = rows(&colored(width, 60, &samples::hostile())).concat();
        assert!(text.contains("blue") && text.contains("teal"), "{width}");
    }
}

#[test]
fn the_final_statistics_have_the_figures_of_the_last_frame() {
    for (name, snapshot) in samples::all() {
        if snapshot
            .current()
            .is_none_or(|segment| segment.sets.len() > 2)
        {
            continue;
        }
        let frame = rows(&colored(160, 50, &snapshot)).concat();
        let mut out = Vec::new();
        crate::views::summary::write_summary(
            &mut out,
            &snapshot,
            crate::snapshot::EndedBy::Quit,
            false,
        )
        .expect("memory is never full");
        let summary = String::from_utf8(out).expect("text");
        let status = rows(&colored(160, 50, &snapshot));
        let status = status
            .iter()
            .find(|row| row.contains("TPS: "))
            .expect("a status line")
            .trim();
        for figure in status.split("  │  ") {
            assert!(summary.contains(figure), "{name}: {figure}");
        }
        for set in snapshot.current().map_or(&[][..], |segment| &segment.sets) {
            use crate::views::format;
            let figures = [
                format::count(set.counted.count),
                format::percent(set.declared_share),
                set.counted
                    .share
                    .map_or_else(|| "-".to_owned(), format::percent),
                set.counted
                    .diff
                    .map_or_else(|| "-".to_owned(), format::difference),
            ];
            for figure in figures {
                assert!(
                    frame.contains(&figure),
                    "{name}: {figure} is not in the frame"
                );
                assert!(
                    summary.contains(&figure),
                    "{name}: {figure} is not in the summary"
                );
            }
        }
    }
}

#[test]
fn a_scroll_past_the_end_shows_the_last_screen() {
    let snapshot = samples::hundred();
    let text = rows(&frame(80, 24, &snapshot, usize::MAX, &Theme::colored())).concat();
    let (rows, visible) = table_rows(80, 24, &snapshot);
    let above = format!("{} above", rows - visible);
    assert!(text.contains("shard-099") && text.contains(&above) && !text.contains("more"));
}

#[test]
fn sets_have_the_same_room_however_many_there_are() {
    for (width, height, room) in [(120, 40, 5), (120, 50, 4), (80, 24, 4), (60, 15, 2)] {
        let hundred = table_rows(width, height, &samples::hundred()).1;
        // One row says how many are out of sight; the frame of two tables does it itself.
        let note = usize::from(height < 50);
        assert_eq!(hundred + note, room, "{width}x{height}");
        assert_eq!(table_rows(width, height, &samples::running()), (2, 2));
    }
}

#[test]
fn the_picture_of_the_original_is_there_where_it_has_room() {
    let has = |width, height, text: &str| {
        let buffer = frame(width, height, &samples::running(), 0, &Theme::plain());
        rows(&buffer).iter().any(|row| row.contains(text))
    };
    assert!(has(160, 50, "Route53 Configured Weights") && has(160, 50, "┌───"));
    assert!(!has(80, 24, "Route53 Configured Weights") && has(80, 24, "SetIdentifier"));
    assert!(has(80, 24, "Name Server ") && !has(60, 15, "Name Server "));
}

#[test]
fn the_heads_of_the_columns_are_the_same_at_every_size() {
    let heads = [
        "SetIdentifier",
        "Weight",
        "Ratio",
        "Count",
        "Ratio",
        "Diff",
        "Distribution",
    ];
    for (width, height) in [(200, 60), (160, 50), (120, 40), (100, 30), (80, 24)] {
        let lines = rows(&frame(
            width,
            height,
            &samples::running(),
            0,
            &Theme::plain(),
        ));
        let words = |line: &String| -> Vec<String> {
            let words = line.split([' ', '│']).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        let titles: Vec<String> = lines
            .iter()
            .filter(|line| line.contains("SetIdentifier"))
            .flat_map(words)
            .collect();
        let mut found = titles
            .iter()
            .filter(|title| heads.contains(&title.as_str()));
        let mut wanted = heads.to_vec();
        if height >= 50 {
            // The second table begins with the identifier again.
            wanted.insert(3, "SetIdentifier");
        }
        for head in wanted {
            assert_eq!(
                found.next().map(String::as_str),
                Some(head),
                "{width}x{height}: {titles:?}"
            );
        }
    }
}

#[test]
fn the_status_line_and_a_set_are_on_every_screen() {
    for (name, snapshot) in samples::all() {
        for height in 8..60 {
            let buffer = frame(90, height, &snapshot, 0, &Theme::plain());
            let status = |row: &String| row.trim_start().starts_with("TPS");
            let count = rows(&buffer).iter().filter(|row| status(row)).count();
            assert_eq!(count, 1, "{name} at {height}: no status line");
            let (all, visible) = table_rows(90, height, &snapshot);
            assert!(visible >= 1 || all == 0, "{name} at {height}: no shares");
        }
    }
}
