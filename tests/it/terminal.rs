//! The dashboard in a pseudo-terminal: it starts, follows the window, and gives the terminal back on every way out, with
//! the final statistics on the normal screen.

use super::program::AT_ONCE;
use super::pty::{Content, Session};

/// Plays for as long as a test needs it.
const DEMO: &[&str] = &["demo", "--tps", "20"];

/// One of its two name servers never answers, and pages take half a minute.
const UNRESPONSIVE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/stories/unresponsive.toml"
);

/// A demo whose dashboard has been drawn.
fn running() -> Session {
    let session = Session::start(DEMO, 100, 30);
    session.wait_for_dashboard(&["blue", "green"]);
    session
}

/// What every way out of the dashboard promises, once it was asked to end.
#[track_caller]
fn assert_gives_the_terminal_back(session: &mut Session, code: u32) {
    let ended = session.wait_for_end();
    assert_eq!((ended.code, ended.signal.as_deref()), (code, None));
    assert!(ended.took < AT_ONCE, "it took {:?}", ended.took);
    let (mode, before) = session.modes();
    assert_eq!(mode, before, "the keyboard is not as it was");
    session.look(|content| {
        assert!(content.had_dashboard());
        assert!(content.is_restored(), "not restored:\n{}", content.text());
        assert_statistics(&content.after_dashboard());
    });
}

#[track_caller]
fn assert_statistics(text: &str) {
    for part in ["blue", "green", "app.example.test"] {
        assert!(text.contains(part), "no {part} in the statistics:\n{text}");
    }
}

#[test]
fn it_starts_on_the_other_screen_with_the_cursor_hidden() {
    let mut session = Session::start(DEMO, 120, 40);
    session.wait_for_dashboard(&["blue", "green", "TPS", "Uptime", "Errors: 0"]);
    session.look(|content| assert!(!content.is_restored()));
    let (mode, before) = session.modes();
    assert_ne!(mode, before, "keys are not read one by one");
    session.press("q");
    session.wait_for_end();
}

#[test]
fn it_fills_the_window_again_after_every_change_of_its_size() {
    let mut session = running();
    for (columns, rows) in [(60, 15), (120, 40), (80, 24)] {
        let drawn = session.look(Content::raw_length);
        session.resize(columns, rows);
        session.wait_until("whole frame in the new size", |content| {
            // Not what was left on the screen: what came since, on an erased screen.
            let news = content.raw_text_after(drawn);
            let frame = news.rfind("\u{1b}[2J").map(|at| &news[at..]);
            frame.is_some_and(|frame| frame.contains("green")) && content.text().contains("blue")
        });
    }
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn while_no_key_comes_nobody_looks_again_and_again_whether_one_has() {
    let mut session = running();
    let has_run_for = |session: &Session, time: &str| {
        session.wait_until(time, |content| {
            let text = content.text();
            let uptime = text.split_once("Uptime: ").map(|(_, behind)| behind);
            uptime.is_some_and(|uptime| uptime.get(..time.len()) >= Some(time))
        });
    };
    // By then the terminal was asked for its background, and nobody waits for the answer.
    has_run_for(&session, "00:02");
    let before = session.waits("r53mon-keys");
    has_run_for(&session, "00:05");
    let waits = session.waits("r53mon-keys").zip(before);
    // Not known on other systems than Linux.
    let waits = waits.map(|(after, before)| after - before);
    assert!(waits.is_none_or(|waits| waits <= 2), "{waits:?}");
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn a_window_too_small_for_anything_is_survived() {
    let mut session = Session::start(DEMO, 100, 30);
    session.wait_for_dashboard(&["blue"]);
    for (columns, rows) in [(1, 1), (2, 50), (200, 1), (100, 30)] {
        session.resize(columns, rows);
        let drawn = session.look(Content::raw_length);
        session.wait_until("new frame", |content| content.raw_length() > drawn);
    }
    session.wait_for_dashboard(&["blue", "green"]);
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn a_size_that_no_window_has_is_survived() {
    let mut session = running();
    for (columns, rows) in [
        (0, 0),
        (u16::MAX, u16::MAX),
        (u16::MAX, 1),
        (1, u16::MAX),
        (0, u16::MAX),
        (100, 30),
    ] {
        let drawn = session.look(Content::raw_length);
        session.claim(columns, rows);
        session.wait_until("new frame", |content| content.raw_length() > drawn);
    }
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn a_terminal_that_knows_no_size_at_the_start_has_the_usual_one() {
    for (columns, rows) in [(0, 0), (u16::MAX, u16::MAX)] {
        let mut session = Session::start_in(DEMO, (columns, rows), 80, 24);
        session.wait_for_dashboard(&["blue"]);
        session.press("q");
        assert_gives_the_terminal_back(&mut session, 0);
    }
}

/// A frame for each of so many keys would take longer than a person waits.
#[test]
fn a_flooded_keyboard_is_followed_before_a_frame_is_drawn() {
    let mut session = running();
    session.press(&"jkjk?h\u{1b}[A\u{1b}[B".repeat(2_000));
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn a_window_that_was_small_for_a_moment_is_filled_again() {
    let mut session = running();
    // It sees one change only, to the size that it knows already.
    session.signal("STOP");
    session.resize(10, 2);
    session.resize(100, 30);
    session.look(|content| assert!(!content.text().contains("green"), "nothing was lost"));
    session.signal("CONT");
    session.wait_for_dashboard(&["blue", "green"]);
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

/// It draws a frame for the first size while it hears of the second, and of the key. That it loses one of them was seen
/// once in six times, so it has several chances.
#[test]
fn a_key_in_the_moment_of_a_resize_is_not_lost() {
    for _ in 0..8 {
        let mut session = running();
        let drawn = session.look(Content::raw_length);
        session.resize(200, 60);
        session.wait_until("new frame", |content| content.raw_length() > drawn);
        session.resize(90, 28);
        session.press("q");
        assert_gives_the_terminal_back(&mut session, 0);
    }
}

#[test]
fn q_ends_it() {
    let mut session = running();
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

/// Presses keys and waits for what they show.
#[track_caller]
fn press_for(session: &mut Session, keys: &str, texts: &[&str]) {
    session.press(keys);
    session.wait_for_dashboard(texts);
}

#[test]
fn sets_and_servers_are_selected_and_opened_and_esc_leads_back_and_never_out() {
    let mut session = Session::start(DEMO, 120, 40);
    session.wait_for_dashboard(&["blue", "green", "ns-98.awsdns-12.test"]);
    session.look(|content| assert!(!content.text().contains('>'), "no cursor at rest"));
    press_for(&mut session, "\u{1b}[B", &[">blue"]);
    press_for(&mut session, "j", &[">green"]);
    press_for(
        &mut session,
        "\r",
        &["green (set 2 of 2)", "By Name Server", "HTTP p95"],
    );
    press_for(&mut session, "\u{1b}", &[">green", "Actual Traffic"]);
    press_for(&mut session, "\u{1b}[F", &[">ns-1828.awsdns-36.test"]);
    let of_server = ["ns-1279.awsdns-31.test (name server 3 of 4)", "Faults"];
    press_for(&mut session, "k\r", &of_server);
    press_for(&mut session, "\u{1b}", &[">ns-1279.awsdns-31.test"]);
    session.press("\u{1b}");
    session.wait_until("picture without a cursor", |content| {
        content.in_dashboard() && !content.text().contains('>')
    });
    // Once more: there is nothing left that it could lead out of, and the run goes on.
    let drawn = session.look(Content::raw_length);
    session.press("\u{1b}");
    session.wait_until("further frame", |content| content.raw_length() > drawn);
    press_for(&mut session, "3", &["blue (set 1 of 2)"]);
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn pages_are_gone_round_and_events_are_narrowed_down() {
    let mut session = Session::start(DEMO, 80, 24);
    session.wait_for_dashboard(&["blue", "green"]);
    press_for(
        &mut session,
        "\t",
        &["Esc back", "measuring app.example.test A"],
    );
    press_for(&mut session, "\t", &["blue (set 1 of 2)"]);
    press_for(&mut session, "\t", &["Actual Traffic"]);
    press_for(&mut session, "\u{1b}[Z", &["blue (set 1 of 2)"]);
    // Letters are text now, also those that mean something else.
    press_for(&mut session, "/MEASq?", &["Events /MEASq?_ (0 of "]);
    let narrowed = ["Events /MEAS (1 of ", "measuring app"];
    press_for(&mut session, "\u{7f}\u{7f}\r", &narrowed);
    session.press("\u{1b}");
    session.wait_until("all events", |content| !content.text().contains("Events /"));
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

/// Its weights change after three seconds, and no name server follows as long as a test lasts.
const HELD_BACK: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/stories/held-back.toml"
);

#[test]
fn while_a_change_is_coming_through_q_asks_once_and_ctrl_c_does_not() {
    let arguments = [DEMO, &["--story-file", HELD_BACK]].concat();
    let asked = ["a change is coming through: q again ends"];
    let of_answer = |answer: &str, goes_on: bool| {
        let mut session = Session::start(&arguments, 80, 24);
        session.wait_for_dashboard(&["propagating", "segment 2"]);
        press_for(&mut session, "q", &asked);
        session.press(answer);
        if goes_on {
            session.wait_until("no question", |content| {
                content.in_dashboard() && !content.text().contains("q again ends")
            });
            // Asked once more, Ctrl+C ends it at once.
            press_for(&mut session, "q", &asked);
            session.press("\u{3}");
        }
        assert_gives_the_terminal_back(&mut session, 0);
    };
    std::thread::scope(|scope| {
        for (answer, goes_on) in [("q", false), ("x", true), ("\u{1b}", true)] {
            let of_answer = &of_answer;
            scope.spawn(move || of_answer(answer, goes_on));
        }
    });
}

#[test]
fn ctrl_c_ends_it() {
    let mut session = running();
    session.press("\u{3}");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn other_keys_do_not_end_it() {
    let mut session = running();
    for keys in ["x", "\r", " ", "\u{1b}[A", "\u{1b}[B", "\u{1b}[6~", "ü"] {
        let drawn = session.look(Content::raw_length);
        session.press(keys);
        session.wait_until("further frame", |content| content.raw_length() > drawn);
        session.look(|content| assert!(content.in_dashboard(), "{keys:?} ended it"));
    }
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn sigterm_ends_it() {
    let mut session = running();
    session.signal("TERM");
    assert_gives_the_terminal_back(&mut session, 143);
}

#[test]
fn sighup_ends_it() {
    let mut session = running();
    session.signal("HUP");
    assert_gives_the_terminal_back(&mut session, 129);
}

#[test]
fn a_window_that_is_closed_ends_it() {
    let mut session = running();
    session.hang_up();
    let ended = session.wait_for_end();
    assert!(ended.took < AT_ONCE, "it took {:?}", ended.took);
    assert_eq!((ended.code, ended.signal), (129, None));
}

#[test]
fn the_time_being_up_ends_it() {
    let mut session = Session::start(&["demo", "--duration", "1s"], 80, 24);
    let ended = session.wait_for_end();
    assert_eq!(ended.code, 0);
    session.look(|content| {
        assert!(content.had_dashboard() && content.is_restored());
        assert_statistics(&content.after_dashboard());
    });
}

#[test]
fn what_is_in_flight_is_not_waited_for() {
    for keys in ["q", "\u{3}"] {
        let mut session = Session::start(
            &[
                "demo",
                "--story-file",
                UNRESPONSIVE,
                "--http-timeout",
                "60s",
                "--tps",
                "40",
            ],
            100,
            30,
        );
        // A query to the silent server has timed out, so others are in flight, and so are requests for both sets.
        session.wait_until("fault", |content| {
            content.text().contains("Errors: ") && !content.text().contains("Errors: 0")
        });
        session.press(keys);
        assert_gives_the_terminal_back(&mut session, 0);
    }
}

#[test]
fn a_panic_anywhere_gives_the_terminal_back_and_asks_for_a_report() {
    for place in ["dashboard", "probe", "observer"] {
        let mut session = Session::start(&["demo", "--panic-in", place], 100, 30);
        let ended = session.wait_for_end();
        assert_eq!((ended.code, ended.signal), (1, None), "{place}");
        let (mode, before) = session.modes();
        assert_eq!(mode, before, "{place}");
        session.look(|content| {
            assert!(content.had_dashboard() && content.is_restored(), "{place}");
            let after = content.after_dashboard();
            assert!(after.contains("Please report it"), "{place}:\n{after}");
            assert!(after.contains("on purpose"), "{place}:\n{after}");
            assert_statistics(&after);
        });
    }
}

/// The colours that a short demo asks for with these arguments and variables.
fn colours(arguments: &[&str], variables: &[(&str, &str)]) -> Vec<u16> {
    let arguments = [DEMO, &["--duration", "1s"], arguments].concat();
    let mut session = Session::start_with(&arguments, variables, 100, 30);
    assert_eq!(session.wait_for_end().code, 0);
    session.look(|content| {
        assert!(content.had_dashboard());
        content.colours()
    })
}

#[test]
fn colour_is_left_out_where_it_is_not_wanted() {
    std::thread::scope(|scope| {
        let plain = [
            scope.spawn(|| colours(&[], &[("NO_COLOR", "1")])),
            scope.spawn(|| colours(&["--color", "never"], &[])),
            scope.spawn(|| colours(&["--color=never"], &[("CLICOLOR_FORCE", "1")])),
        ];
        for (number, run) in plain.into_iter().enumerate() {
            assert_eq!(run.join().expect("it ended"), [0_u16; 0], "run {number}");
        }
    });
}

#[test]
fn colour_is_used_where_it_is_wanted() {
    std::thread::scope(|scope| {
        let coloured = [
            scope.spawn(|| colours(&[], &[])),
            scope.spawn(|| colours(&[], &[("NO_COLOR", "")])),
            scope.spawn(|| colours(&["--color", "always"], &[("NO_COLOR", "1")])),
            scope.spawn(|| colours(&[], &[("CLICOLOR_FORCE", "1")])),
        ];
        for (number, run) in coloured.into_iter().enumerate() {
            assert_ne!(run.join().expect("it ended"), [0_u16; 0], "run {number}");
        }
    });
}

#[test]
fn text_on_a_terminal_takes_nothing_over() {
    let text: (&[&str], _) = (&["demo", "--duration", "1s", "-o", "text"], []);
    // A terminal without a cursor gets text without being asked.
    let dumb: (&[&str], _) = (&["demo", "--duration", "1s"], [("TERM", "dumb")]);
    for (arguments, variables) in [(text.0, &text.1[..]), (dumb.0, &dumb.1[..])] {
        let mut session = Session::start_with(arguments, variables, 100, 30);
        assert_eq!(session.wait_for_end().code, 0);
        session.look(|content| {
            assert!(!content.had_dashboard());
            assert_statistics(&content.raw_text());
        });
    }
}

#[test]
fn a_key_sequence_that_never_ends_holds_nothing_up() {
    // Alt+[ begins a sequence; the library waits for the rest of it, and the dashboard must not.
    let arguments = [DEMO, &["--duration", "3s"]].concat();
    let mut session = Session::start(&arguments, 100, 30);
    session.wait_for_dashboard(&["Errors: 0"]);
    session.press("\x1b[");
    let ended = session.wait_for_end();
    assert_eq!(ended.code, 0);
    session.look(|content| assert!(content.is_restored()));
}

const QUESTION: &str = "\u{1b}]11;?\u{1b}\\";
/// The accent of a dark and of a light background, of 256 colours.
const DARK: &str = "38;5;80";
const LIGHT: &str = "38;5;25";

/// Arguments, variables, whether the terminal is asked, and a colour that is seen then.
type Asked = (
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
    bool,
    &'static str,
);

/// What a short demo sends to a terminal.
fn sent(arguments: &[&str], variables: &[(&str, &str)], answer: &str) -> String {
    let arguments = [DEMO, &["--duration", "1s"], arguments].concat();
    let mut session = Session::start_with(&arguments, variables, 100, 30);
    // It waits in the terminal until somebody reads it.
    session.press(answer);
    assert_eq!(session.wait_for_end().code, 0);
    session.look(super::pty::Content::raw_text)
}

#[test]
fn the_terminal_is_asked_for_its_background_where_nobody_says_it() {
    let cases: [Asked; 7] = [
        (&[], &[], true, DARK),
        (&["--theme", "light"], &[], false, LIGHT),
        (&["--theme", "dark"], &[("COLORFGBG", "0;15")], false, DARK),
        (&[], &[("COLORFGBG", "0;15")], false, LIGHT),
        (&[], &[("COLORTERM", "truecolor")], true, "38;2;86;194;214"),
        (&["--theme", "mono"], &[("CLICOLOR_FORCE", "1")], false, ""),
        (&["--theme", "light"], &[("NO_COLOR", "1")], false, ""),
    ];
    std::thread::scope(|scope| {
        let runs = cases.map(|(arguments, variables, asks, accent)| {
            let run = scope.spawn(move || sent(arguments, variables, ""));
            (arguments, variables, asks, accent, run)
        });
        for (arguments, variables, asks, accent, run) in runs {
            let sent = run.join().expect("it ended");
            let what = format!("{arguments:?} {variables:?}");
            let asked = sent.find(QUESTION);
            assert_eq!(asked.is_some(), asks, "{what}");
            // The question stands on the screen that was there before.
            let entered = sent.find("\u{1b}[?1049h").expect("a dashboard");
            assert!(asked.is_none_or(|asked| asked < entered), "{what}");
            assert!(sent.contains(accent), "{what}");
            assert_eq!(
                sent.contains("38;5;") || sent.contains("38;2;"),
                !accent.is_empty(),
                "{what}"
            );
        }
    });
}

#[test]
fn the_look_is_that_of_the_background_that_the_terminal_tells() {
    let sent = sent(&[], &[], "\u{1b}]11;rgb:ffff/ffff/dddd\u{1b}\\");
    // On a busy machine the first frame may come before it.
    let (_, then) = sent.split_once(LIGHT).expect("the look of a light one");
    assert!(!then.contains(DARK));
}

#[test]
fn an_answer_that_comes_late_is_no_key() {
    let mut session = running();
    // With a page of its own the letters would be keys: 1 goes back to the picture.
    session.press("?");
    session.wait_until("help", |content| !content.text().contains("Actual Traffic"));
    session.press("\u{1b}]11;rgb:1111/1111/1111\u{1b}\\?");
    session.wait_until("picture", |content| {
        content.text().contains("Actual Traffic")
    });
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn an_answer_that_comes_late_still_decides_the_look() {
    let mut session = running();
    session.look(|content| assert!(content.raw_text().contains(DARK)));
    session.look(|content| assert!(!content.raw_text().contains(LIGHT)));
    session.press("\u{1b}]11;rgb:ffff/ffff/dddd\u{1b}\\");
    session.wait_until("light", |content| content.raw_text().contains(LIGHT));
    session.press("q");
    assert_gives_the_terminal_back(&mut session, 0);
}

#[test]
fn what_ends_the_start_stays_on_the_normal_screen() {
    for arguments in [
        &["demo", "nosuchstory"][..],
        &["demo", "--tps", "101"],
        &[
            "watch",
            "-e",
            "http://app.example.test",
            "-z",
            "Z1",
            "--config",
            "missing.toml",
        ],
    ] {
        let mut session = Session::start(arguments, 80, 24);
        let ended = session.wait_for_end();
        assert_eq!(ended.code, 2, "{arguments:?}");
        session.look(|content| {
            assert!(!content.had_dashboard() && content.is_restored());
            assert!(content.text().contains("r53mon: "), "{}", content.text());
        });
    }
}
