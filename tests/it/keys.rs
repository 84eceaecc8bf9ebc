//! The keys of the dashboard against the running demo, and the program as a job of a shell.

use std::path::PathBuf;

use data_encoding::BASE64;

use super::program;
use super::pty::{Content, Session};

const DEMO: &[&str] = &["demo", "--tps", "20"];

fn running(variables: &[(&str, &str)]) -> Session {
    let session = Session::start_with(DEMO, variables, 120, 40);
    session.wait_for_dashboard(&["blue", "green", "weights read"]);
    session
}

/// The text behind a label in what the screen shows, up to the next separator.
fn figure(content: &Content, label: &str) -> String {
    let text = content.text();
    let (_, behind) = text.split_once(label).expect("it is on the screen");
    behind
        .split('│')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

#[test]
fn space_has_the_picture_stand_still_and_tells_its_age() {
    let mut session = running(&[]);
    session.press(" ");
    session.wait_for_dashboard(&["frozen", "Space goes on"]);
    let then = session.look(|content| figure(content, "Uptime: "));
    session.wait_for_dashboard(&["frozen 2s ago"]);
    assert_eq!(session.look(|content| figure(content, "Uptime: ")), then);
    // What only looks goes on, at the same moment.
    session.press("2");
    session.wait_for_dashboard(&["frozen", "measuring app.example.test A"]);
    session.press("1[");
    session.wait_for_dashboard(&["Course (whole run"]);
    assert_eq!(session.look(|content| figure(content, "Uptime: ")), then);
    session.press(" ");
    session.wait_until("picture that goes on", |content| {
        !content.text().contains("frozen") && figure(content, "Uptime: ") != then
    });
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}

#[test]
fn a_picture_that_stands_still_shows_the_last_figures_when_the_run_ends() {
    let arguments = [DEMO, &["--duration", "6s"]].concat();
    let mut session = Session::start(&arguments, 120, 40);
    session.wait_for_dashboard(&["blue", "green"]);
    session.press(" ");
    session.wait_for_dashboard(&["frozen"]);
    let then = session.look(|content| figure(content, "Uptime: "));
    assert_eq!(session.wait_for_end().code, 0);
    session.look(|content| {
        let after = content.after_dashboard();
        assert!(!after.contains(&format!("Uptime: {then}")), "{after}");
    });
}

#[test]
fn every_key_that_asks_something_of_the_run_is_answered() {
    let mut session = running(&[]);
    for (key, answers) in [
        (
            "+",
            &[
                "rate 30/s",
                "of 30",
                "rate changed by hand: 30 queries a second",
            ][..],
        ),
        ("-", &["rate 20/s", "of 20"]),
        (
            "r",
            &[
                "counted anew from now on",
                "counted anew by hand",
                "segment 2",
            ],
        ),
        ("h", &["HTTP off", "HTTP requests switched off by hand"]),
        ("h", &["HTTP requests switched on by hand"]),
        ("s", &["sets worst first", ")  worst first"]),
        ("s", &["sets by name", ")  by name"]),
        ("s", &["sets in declared order"]),
    ] {
        session.press(key);
        session.wait_for_dashboard(answers);
    }
    let reads = |content: &Content| content.text().contains("weights are being read");
    session.press("p");
    session.wait_until("reading of the weights", reads);
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
    session.look(|content| {
        let after = content.after_dashboard();
        for text in ["20 asked for since", "Segment 2,", "counted anew by hand"] {
            assert!(after.contains(text), "no {text}:\n{after}");
        }
    });
}

#[test]
fn the_rate_stays_within_its_bounds() {
    let mut session = Session::start(&["demo", "--tps", "2"], 120, 40);
    session.wait_for_dashboard(&["blue", "green"]);
    session.press("--");
    session.wait_for_dashboard(&["rate 1/s is the lowest"]);
    session.press(&"+".repeat(30));
    session.wait_for_dashboard(&["rate 100/s is the highest", "of 100"]);
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}

#[test]
fn http_that_a_run_began_without_cannot_be_switched_on_and_it_says_why() {
    let mut session = Session::start(&["demo", "--no-http"], 120, 40);
    session.wait_for_dashboard(&["blue", "green"]);
    session.press("h");
    session.wait_for_dashboard(&["HTTP stays off", "--no-http"]);
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}

/// What was copied last, by the sequence that begins like this.
fn copied(content: &Content, begin: &str) -> Option<String> {
    let raw = content.raw_text();
    let (_, behind) = raw.rsplit_once(begin)?;
    let (base64, _) = behind.split_once('\u{7}')?;
    let bytes = BASE64.decode(base64.as_bytes()).expect("base64");
    Some(String::from_utf8(bytes).expect("text"))
}

#[test]
fn a_summary_and_the_statistics_are_copied_and_wrapped_for_tmux_and_screen() {
    let plain: (&[(&str, &str)], _) = (&[], "\u{1b}]52;c;");
    let tmux: (&[(&str, &str)], _) = (
        &[("TMUX", "/run/tmux,1,0")],
        "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;",
    );
    for (variables, begin) in [plain, tmux] {
        let mut session = running(variables);
        session.press("y");
        session.wait_until("copy", |content| copied(content, begin).is_some());
        let brief = session
            .look(|content| copied(content, begin))
            .expect("a copy");
        assert_eq!(brief.lines().count(), 3, "{brief}");
        assert!(brief.starts_with("app.example.test A: "), "{brief}");
        assert!(
            brief.contains("blue ") && brief.contains("(declared 90.0%)"),
            "{brief}"
        );
        session.wait_for_dashboard(&["copied: three lines"]);
        session.press("Y");
        session.wait_until("copy of the statistics", |content| {
            copied(content, begin).is_some_and(|text| text.starts_with("# "))
        });
        let statistics = session
            .look(|content| copied(content, begin))
            .expect("a copy");
        assert!(statistics.contains("| blue | 90 | 90.0% |"), "{statistics}");
        session.press("q");
        assert_eq!(session.wait_for_end().code, 0);
    }
    let mut session = running(&[("STY", "1.pts")]);
    session.press("y");
    session.wait_until("copy for screen", |content| {
        content.raw_text().contains("\u{1b}P\u{1b}]52;c;")
    });
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}

fn written(session: &Session, ending: &str) -> Vec<PathBuf> {
    let files = std::fs::read_dir(session.home()).expect("a directory");
    let paths = files.map(|file| file.expect("a file").path());
    let paths = paths.filter(|path| path.extension().is_some_and(|it| it == ending));
    paths.collect()
}

#[test]
fn statistics_and_report_are_written_to_files() {
    let mut session = running(&[]);
    session.press("w");
    session.wait_for_dashboard(&["written to r53mon-app.example.test-"]);
    let [markdown, report] = ["md", "json"].map(|ending| written(&session, ending));
    let ([markdown], [report]) = (&markdown[..], &report[..]) else {
        panic!("{markdown:?} {report:?}");
    };
    assert_eq!(markdown.file_stem(), report.file_stem());
    let markdown = std::fs::read_to_string(markdown).expect("text");
    assert!(
        markdown.starts_with("# ") && markdown.contains("| blue |"),
        "{markdown}"
    );
    let report = std::fs::read_to_string(report).expect("text");
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let schema = include_str!("../data/report.schema.json");
    let schema = serde_json::from_str(schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is usable");
    assert!(validator.is_valid(&report), "{report:#}");
    assert_eq!(report["ended_by"], "not_yet");
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}

#[test]
fn a_directory_that_takes_no_file_is_told_with_path_and_cause() {
    let mut session = running(&[]);
    // It is gone from under the program, which root could write to whatever its mode.
    std::fs::remove_dir(session.home()).expect("it is empty");
    session.press("w");
    session.wait_for_dashboard(&["cannot write r53mon-app.example.test-", "No such file"]);
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
    std::fs::create_dir(session.home()).expect("for whoever removes it");
}

/// Runs the program as a job; its process id stands in a file before it begins. It has stopped once, then a line is read, and
/// what follows is up to the test.
fn job(then: &str) -> Session {
    let script = format!(
        r#"set -m
sh -c 'echo $$ >pid; exec "$0" demo --tps 20' "$0"
echo "has stopped: $?"
read line
echo "the shell read $line"
{then}"#
    );
    let session = Session::start_script(&script, 100, 30);
    session.wait_for_dashboard(&["blue", "green", "weights read"]);
    session
}

fn process(session: &Session) -> u32 {
    let id = std::fs::read_to_string(session.home().join("pid")).expect("a file");
    id.trim().parse().expect("a number")
}

/// Waits until the program has stopped and the shell has the terminal as it was.
#[track_caller]
fn assert_is_with_the_shell(session: &Session) {
    session.wait_until("shell", |content| content.text().contains("has stopped: 1"));
    session.look(|content| assert!(content.is_restored(), "{}", content.text()));
    let (mode, before) = session.modes();
    assert_eq!(mode, before, "the keyboard is not as it was");
}

/// Waits for a whole frame after so many bytes.
#[track_caller]
fn assert_comes_back(session: &mut Session, length: usize) {
    session.wait_until("whole frame", |content| {
        let news = content.raw_text_after(length);
        let frame = news.rfind("\u{1b}[?1049h").map(|at| &news[at..]);
        let is_whole = |frame: &str| frame.contains("green") && frame.contains("Uptime");
        content.in_dashboard() && frame.is_some_and(is_whole)
    });
    let (mode, before) = session.modes();
    assert_ne!(mode, before, "keys are not read one by one");
}

#[test]
fn ctrl_z_and_sigtstp_give_the_terminal_back_and_fg_comes_back_with_a_whole_picture() {
    for by_key in [true, false] {
        let mut session = job("fg\necho \"has ended: $?\"");
        if by_key {
            session.press("\u{1a}");
        } else {
            program::signal(process(&session), "TSTP");
        }
        assert_is_with_the_shell(&session);
        let length = session.look(Content::raw_length);
        session.press("hello\n");
        assert_comes_back(&mut session, length);
        session.look(|content| {
            let news = content.raw_text_after(length);
            assert!(news.contains("the shell read hello"), "{news}");
        });
        session.press("q");
        session.wait_until("end", |content| content.text().contains("has ended: 0"));
        session.look(|content| assert!(content.is_restored()));
        session.wait_for_end();
    }
}

#[test]
fn what_goes_on_in_the_background_writes_nothing_to_the_terminal() {
    // With the end of the shell the program would end too, and say what it has measured.
    let mut session = job("read line; echo \"and $line\"; read line");
    session.press("\u{1a}");
    assert_is_with_the_shell(&session);
    let length = session.look(Content::raw_length);
    let process = process(&session);
    program::signal(process, "CONT");
    session.press("hello\n");
    session.wait_until("line", |content| {
        content.text().contains("the shell read hello")
    });
    session.press("world\n");
    session.wait_until("line", |content| content.text().contains("and world"));
    session.look(|content| {
        let news = content.raw_text_after(length);
        assert!(!news.contains("\u{1b}[?"), "{news:?}");
    });
    // It goes on, although the shell was typed to: what is read of the terminal is the shell's.
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, behind) = stat.rsplit_once(')')?;
        behind.trim_start().chars().next()
    };
    assert!(
        state().is_none_or(|state| state != 'T'),
        "it has stopped again"
    );
    program::signal(process, "KILL");
}

#[test]
fn where_no_shell_could_continue_it_nothing_stops() {
    let mut session = running(&[]);
    session.press("\u{1a}");
    session.wait_for_dashboard(&["cannot stop: no shell could continue it"]);
    session.signal("TSTP");
    let drawn = session.look(Content::raw_length);
    session.wait_until("further frame", |content| content.raw_length() > drawn);
    session.look(|content| assert!(content.in_dashboard()));
    session.press("q");
    assert_eq!(session.wait_for_end().code, 0);
}
