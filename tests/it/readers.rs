//! Readers of every output that are slow, stopped, or read nothing at all: the run goes on meanwhile and ends in time.

use std::fs::{File, OpenOptions};
use std::io::{PipeReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use r53mon::demo::{Lag, Running};
use serde_json::Value;

use crate::doctor::{RECORD, plain, pointed, start, story};
use crate::program::{AT_ONCE, Outcome, PATIENCE, Program, Run, now, r53mon, signal};
use crate::pty::Session;
use crate::waiting::wait_until;

/// Where the log of a run lies that others cannot read.
const LOG: &str = "run.log";
/// What is said of an output that nobody has taken.
const LOST: &str =
    "r53mon: the end of the output is lost: nobody has read any of it since the run ended\n";

/// A pipe in which nothing has room any more.
async fn full_pipe() -> (PipeReader, OwnedFd) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    (reader, filled(writer.into()).await)
}

/// Fills a pipe with spaces, which mean nothing in JSON.
async fn filled(pipe: OwnedFd) -> OwnedFd {
    let pipe = tokio::net::unix::pipe::Sender::from_owned_fd(pipe).expect("a writing end");
    pipe.writable().await.expect("it is open");
    // A portion of a page is taken whole or not at all.
    while pipe.try_write(&[b' '; 4096]).is_ok() {}
    pipe.into_blocking_fd().expect("it is open")
}

/// A world whose weights change while it is watched.
fn changing() -> Running {
    let change = "[[at]]\nafter = \"2s\"\nweights = { blue = 50, green = 50 }\n";
    start(story(RECORD, change))
}

/// Watches that world, with a log.
fn watching(world: &Running, more: &str) -> Program {
    let line = format!("watch --tps 50 --no-http --settled --log-file {LOG} {more}");
    pointed(&line, world.addresses())
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// Waits until a poll has found the change and the judge has seen a server go over to it.
async fn wait_for_the_change(log: &Path) {
    wait_until("the change and a switch in the log", || {
        let log = text(log);
        log.contains("configuration changed: ") && log.contains("serves the new shares")
    })
    .await;
}

/// Waits for all of the run apart from what its pipes still hold.
fn ends_in_time(run: Run, code: i32) -> Outcome {
    // What nobody reads is waited for a little less than that.
    run.finish(AT_ONCE + AT_ONCE).expect_code(code)
}

#[tokio::test]
async fn a_check_ends_with_its_verdict_though_nobody_reads_it() {
    for output in ["text", "json", "ndjson"] {
        let world = start(plain(""));
        let (_unread, full) = full_pipe().await;
        let line = format!("check --tps 100 --no-http --log-file {LOG} -o {output}");
        let program = pointed(&line, world.addresses());
        let log = program.path(LOG);
        let run = program.start_into(full, Stdio::piped());
        let matched = || text(&log).contains(" match: ");
        wait_until("a match in the log", matched).await;
        let outcome = ends_in_time(run, 0);
        assert!(
            outcome.stderr.ends_with(LOST),
            "{output}:\n{}",
            outcome.stderr
        );
    }
}

/// A mismatch needs the judge's suspicion and a poll that confirms it.
#[tokio::test]
async fn a_mismatch_is_found_and_confirmed_though_nobody_reads_it() {
    let mut world = story(
        RECORD,
        "[[at]]\nafter = \"1ms\"\nweights = { blue = 10, green = 90 }\n",
    );
    for server in &mut world.servers {
        server.lag = Lag::Never;
    }
    let world = start(world);
    let (_unread, full) = full_pipe().await;
    let line = format!("check --tps 100 --no-http --settled --log-file {LOG} -o ndjson -d 5m");
    let outcome = pointed(&line, world.addresses())
        .start_into(full, Stdio::piped())
        .finish(PATIENCE)
        .expect_code(3);
    let log = text(&outcome.home.path().join(LOG));
    assert!(log.contains("mismatch"), "{log}");
    assert_eq!(outcome.stderr, LOST);
}

#[tokio::test]
async fn a_signal_ends_a_watch_that_nobody_reads() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let world = changing();
        let (_unread, full) = full_pipe().await;
        let program = watching(&world, "-o ndjson");
        let log = program.path(LOG);
        let run = program.start_into(full, Stdio::piped());
        wait_for_the_change(&log).await;
        signal(run.id(), name);
        let outcome = run.finish(AT_ONCE).expect_code(code);
        assert_eq!(outcome.stderr, LOST);
    }
}

#[tokio::test]
async fn the_talk_of_a_check_holds_nothing_up() {
    let world = start(plain(""));
    let (_unread, full) = full_pipe().await;
    let run = pointed("check --tps 100 --no-http -o json", world.addresses())
        .start_into(Stdio::piped(), full);
    let outcome = run.finish(PATIENCE).expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("the whole report");
    assert_eq!(report["ended_by"], "verdict");
}

#[tokio::test]
async fn a_log_that_nobody_reads_holds_nothing_up() {
    let world = start(plain(""));
    let line = format!("check --tps 100 --no-http -o json --log-file {LOG}");
    let program = pointed(&line, world.addresses());
    let log = program.path(LOG);
    let made = Command::new("mkfifo").arg(&log).status();
    assert!(made.expect("it runs").success());
    // Either end of it opens when the other one does.
    let unread = std::thread::spawn({
        let log = log.clone();
        move || File::open(log).expect("a reading end")
    });
    let pipe = OpenOptions::new().write(true).open(&log);
    let full = filled(pipe.expect("a writing end").into()).await;
    let _unread = unread.join().expect("it is opened");
    let outcome = program.run().expect_code(0);
    drop(full);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("the whole report");
    assert_eq!(report["ended_by"], "verdict");
    let lost = LOST.replace("the output", "the log");
    assert!(outcome.stderr.ends_with(&lost), "{}", outcome.stderr);
}

/// Slower than a page of the pipe within the time that a reader who takes nothing is waited for.
#[tokio::test]
async fn a_reader_may_be_as_slow_as_it_likes() {
    let world = start(plain(""));
    let (mut reader, full) = full_pipe().await;
    let program = pointed("check --tps 100 --no-http -o json", world.addresses());
    let run = program.start_into(full, Stdio::piped());
    let slow = std::thread::spawn(move || {
        let mut text = Vec::new();
        let mut portion = [0; 64];
        for _ in 0..160 {
            std::thread::sleep(Duration::from_millis(50));
            let read = reader.read(&mut portion).expect("it can be read");
            text.extend_from_slice(&portion[..read]);
        }
        reader.read_to_end(&mut text).expect("it can be read");
        String::from_utf8(text).expect("text")
    });
    let outcome = run.finish(PATIENCE).expect_code(0);
    let text = slow.join().expect("it reads");
    let report: Value = serde_json::from_str(&text).expect("the whole report");
    assert_eq!(report["ended_by"], "verdict");
    assert!(!outcome.stderr.contains("is lost"), "{}", outcome.stderr);
}

/// `cat` on the far side of a full pipe, stopped before it reads anything.
fn stopped_reader(pipe: PipeReader, into: &Path) -> Child {
    Command::new("sh")
        .args(["-c", "kill -s STOP $$; exec cat"])
        .stdin(pipe)
        .stdout(File::create(into).expect("a file"))
        .spawn()
        .expect("sh runs")
}

#[tokio::test]
async fn a_reader_that_was_stopped_misses_lines_and_no_event() {
    let world = changing();
    let (reader, full) = full_pipe().await;
    let program = watching(&world, "-o ndjson");
    let (log, read) = (program.path(LOG), program.path("read.ndjson"));
    let mut cat = stopped_reader(reader, &read);
    let run = program.start_into(full, Stdio::piped());
    wait_for_the_change(&log).await;
    assert_eq!(text(&read), "", "the reader was not stopped");
    signal(cat.id(), "CONT");
    wait_until("the first line", || text(&read).contains("r53mon.event/1")).await;
    signal(run.id(), "INT");
    let outcome = run.finish(AT_ONCE).expect_code(130);
    assert_eq!(outcome.stderr, "");
    cat.wait().expect("it is ours");
    let objects: Vec<Value> = text(&read)
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let of = |schema: &str| -> Vec<&Value> {
        let all = objects.iter();
        all.filter(|object| object["schema"] == schema).collect()
    };
    let (last, _) = objects.split_last().expect("a report");
    let told = of("r53mon.event/1");
    let listed = last["events"].as_array().expect("a list");
    assert_eq!(told.len(), listed.len());
    for (told, listed) in told.iter().zip(listed) {
        assert_eq!(told["message"], listed["message"]);
    }
    let seconds = last["duration_s"].as_f64().expect("a number");
    let ticks = u32::try_from(of("r53mon.tick/1").len()).expect("few lines");
    assert!(
        f64::from(ticks) <= seconds - 2.0,
        "{ticks} lines in {seconds} s"
    );
}

/// A dashboard in a terminal that takes nothing since the first frame, and the log of it after a change of the weights.
async fn unread_dashboard(more: &[&str]) -> (Session, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a directory");
    let log = home.path().join(LOG);
    let line = ["demo", "--speed", "30", "--tps", "50", "--log-file"];
    let arguments = [&line[..], &[log.to_str().expect("text")], more].concat();
    let mut session = Session::start(&arguments, 100, 30);
    session.wait_for_dashboard(&["blue", "green"]);
    session.stop_reading();
    // Each size asks for a whole frame, which soon is more than the system keeps for a terminal.
    for columns in (100..120).cycle() {
        session.resize(columns, 30);
        tokio::time::sleep(Duration::from_millis(20)).await;
        if text(&log).contains("serves the new shares") {
            break;
        }
    }
    (session, home)
}

/// It took nothing to the very end, and its keyboard is as before all the same.
fn assert_was_left(session: &Session) {
    let (mode, before) = session.modes();
    assert_eq!(mode, before, "the keyboard is not as it was");
    session.look(|content| assert!(!content.is_restored(), "the terminal has taken all"));
}

#[tokio::test]
async fn a_signal_ends_a_dashboard_that_nobody_reads() {
    let (mut session, _home) = unread_dashboard(&[]).await;
    session.signal("TERM");
    let ended = session.wait_for_end();
    assert_eq!((ended.code, ended.signal.as_deref()), (143, None));
    assert!(ended.took < AT_ONCE, "it took {:?}", ended.took);
    assert_was_left(&session);
}

#[tokio::test]
async fn the_time_being_up_ends_a_dashboard_that_nobody_reads() {
    let started = now();
    let (mut session, _home) = unread_dashboard(&["--duration", "10s"]).await;
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "it changed too late"
    );
    let ended = session.wait_for_end();
    assert_eq!((ended.code, ended.signal.as_deref()), (0, None));
    let took = started.elapsed();
    assert!(
        took < Duration::from_secs(10) + 2 * AT_ONCE,
        "it took {took:?}"
    );
    assert_was_left(&session);
}

#[tokio::test]
async fn a_terminal_that_goes_when_the_end_has_begun_leaves_the_code_of_that_end() {
    let (mut session, _home) = unread_dashboard(&[]).await;
    session.signal("INT");
    wait_until("the last look", || !session.has_thread("r53mon-observer")).await;
    session.hang_up();
    let ended = session.wait_for_end();
    assert_eq!((ended.code, ended.signal.as_deref()), (130, None));
    assert!(ended.took < AT_ONCE, "it took {:?}", ended.took);
}

#[test]
fn a_panic_of_the_observer_ends_the_run_with_the_numbers_so_far() {
    for place in ["observer", "last-look"] {
        r53mon(&format!(
            "demo --duration 2s --panic-in {place} --output text"
        ))
        .run()
        .expect_code(1)
        .expect_stderr("Please report it")
        .expect_stdout("Ended because of an error.");
    }
}
