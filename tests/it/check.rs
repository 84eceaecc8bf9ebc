//! `r53mon check` against the simulated world: its exit codes, and what goes to which stream.

use std::time::Duration;

use r53mon::app::{CheckRules, Ending};
use r53mon::demo::Lag;
use r53mon::error::ExitCode;
use r53mon::model::event::EventKind;
use r53mon::model::verdict::VerdictState;
use r53mon::snapshot::EndedBy;
use serde_json::Value;

use crate::doctor::{RECORD, plain, pointed, start, story};
use crate::player::{Play, Seen};
use crate::program::Outcome;
use crate::pty::{Content, Session};

/// A world whose name servers never hear of the weights that the zone declares.
const UNHEARD: &str = r#"
[[server]]
name = "ns-3.awsdns.test"
lag = "never"

[[at]]
after = "1ms"
weights = { blue = 10, green = 90 }
"#;

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", outcome.stdout, outcome.stderr))
}

#[test]
fn a_match_ends_it_with_zero_and_events_go_to_stderr() {
    let running = start(plain(""));
    let outcome = pointed("check --tps 100 --no-http -o json", running.addresses()).run();
    assert_eq!(
        outcome.code,
        Some(0),
        "{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
    assert_eq!(report(&outcome)["ended_by"], "verdict");
    let events: Vec<&str> = outcome.stderr.lines().collect();
    assert!(
        events
            .first()
            .is_some_and(|line| line.contains("measuring app.example.test"))
            && events.last().is_some_and(|line| line
                .contains("  MATCH within 5 points, 99% confidence, ")
                && line.ends_with("; nothing to do. Ended with the verdict.")),
        "{events:?}"
    );
}

#[test]
fn without_json_the_statistics_are_all_that_stands_on_stdout() {
    let running = start(plain(""));
    let outcome = pointed("check --tps 100 --no-http", running.addresses()).run();
    assert_eq!(
        outcome.code,
        Some(0),
        "{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(
        outcome
            .stdout
            .starts_with("Route53 Weighted Traffic Monitor")
            && outcome.stdout.ends_with("Ended with the verdict.\n"),
        "{}",
        outcome.stdout
    );
    let last = outcome.stdout.lines().last();
    assert!(
        last.is_some_and(|line| line.contains("  MATCH within 5 points")),
        "{}",
        outcome.stdout
    );
}

/// Nobody knows what happened just before the start, so nothing that does not fit is a mismatch within the first 90 s.
#[test]
fn shares_that_are_not_served_are_no_mismatch_in_a_short_check_and_it_says_so_at_once() {
    let mut world = story(RECORD, UNHEARD);
    for server in &mut world.servers {
        server.lag = Lag::Never;
    }
    let running = start(world);
    let line = "check --tps 100 --no-http -o json -d 11s";
    let outcome = pointed(line, running.addresses()).run().expect_code(4);
    assert_eq!(report(&outcome)["ended_by"], "duration");
    let lines: Vec<&str> = outcome.stderr.lines().collect();
    let first = lines.first().copied().unwrap_or_default();
    assert!(
        first.starts_with("r53mon: a check of less than 1m30s never ends with a mismatch"),
        "{first}"
    );
    let not_served = "collecting, what is declared is not served so far, since ";
    let now = "if it lasts, a mismatch is called at ";
    let [.., told, _] = &lines[..] else {
        panic!("nothing is told every ten seconds: {lines:?}");
    };
    assert!(told.contains(not_served) && told.contains(now), "{told}");
    let last = lines.last().copied().unwrap_or_default();
    assert!(
        last.contains("collecting, what is declared is not served so far, ")
            && last.ends_with("Ended because the time was up."),
        "{last}"
    );
    let what_now = &report(&outcome)["verdict"]["what_now"];
    assert!(
        what_now.as_str().is_some_and(|text| text.contains(now)),
        "{what_now}"
    );
}

/// A check of so many seconds that begins about one second after an edit which every name server serves 45 s late. The grace
/// of 90 s cannot be waited for in a test, so the world and the tasks of the program run at a speed; what the binary does
/// besides them is to read settings and to write.
async fn checked_after_an_edit(seconds: u64, speed: u32) -> Seen {
    let mut world = story(RECORD, UNHEARD);
    world.http = false;
    for server in &mut world.servers {
        server.lag = Lag::After(Duration::from_secs(45));
    }
    let mut play = Play::new(world, seconds);
    (play.speed, play.tps) = (speed, 100);
    (play.tolerance, play.confidence) = (0.05, 0.99);
    play.check = Some(CheckRules::default());
    let seen = play.play().await;
    let since_the_edit = -seen.story_time(0);
    assert!((0.0..14.0).contains(&since_the_edit), "{since_the_edit} s");
    assert_eq!(seen.count(EventKind::Mismatch), 0, "{}", seen.tale());
    assert_eq!(seen.count(EventKind::NotServedSoFar), 1, "{}", seen.tale());
    seen
}

#[tokio::test]
async fn a_check_that_ends_before_the_servers_have_heard_of_an_edit_ends_with_four() {
    let seen = checked_after_an_edit(30, 4).await;
    let (by, code) = (EndedBy::Duration, ExitCode::Undecided);
    assert_eq!(seen.ending, Some(Ending { by, code }), "{}", seen.tale());
    assert_eq!(code as u8, 4);
    let verdict = seen.segment(1).verdict.as_ref().expect("a verdict");
    assert_eq!(verdict.state, VerdictState::Collecting, "{}", seen.tale());
}

#[tokio::test]
async fn a_check_that_outlasts_the_delay_of_the_servers_ends_with_zero() {
    let seen = checked_after_an_edit(120, 10).await;
    let (by, code) = (EndedBy::Verdict, ExitCode::Success);
    assert_eq!(seen.ending, Some(Ending { by, code }), "{}", seen.tale());
    let verdict = seen.segment(1).verdict.as_ref().expect("a verdict");
    assert_eq!(verdict.state, VerdictState::Match, "{}", seen.tale());
    // Not before the servers serve it.
    let matched = seen.first(EventKind::Match).expect("a match");
    assert!(matched > seen.story_time(45), "{}", seen.tale());
}

#[test]
fn where_the_weights_have_stood_shares_that_are_not_served_end_it_with_three() {
    let mut world = story(RECORD, UNHEARD);
    for server in &mut world.servers {
        server.lag = Lag::Never;
    }
    let running = start(world);
    let line = "check --tps 100 --no-http --settled -o json -d 20s";
    let outcome = pointed(line, running.addresses()).run().expect_code(3);
    let report = report(&outcome);
    assert_eq!(report["ended_by"], "verdict");
    let polls = &report["configuration"]["polls"];
    assert!(polls.as_u64() >= Some(2), "it was confirmed first: {polls}");
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(
        last.contains("MISMATCH") && last.contains("waiting does not help"),
        "{last}"
    );
}

#[test]
fn a_match_with_a_side_that_fails_over_http_ends_it_with_three_when_the_time_is_up() {
    let mut world = plain("");
    let green = &mut world.sets[1].web;
    (green.error_share, green.status) = (1.0, 503);
    let running = start(world);
    let line = "check --tps 100 --tolerance 8 -o json -d 9s";
    let outcome = pointed(line, running.addresses()).run().expect_code(3);
    let report = report(&outcome);
    assert_eq!(
        (&report["ended_by"], &report["verdict"]["state"]),
        (&"http".into(), &"match".into())
    );
    let errors = &report["errors"];
    assert!(
        errors["http_unexpected_status"].as_u64() >= Some(20),
        "{errors}"
    );
    assert_eq!(errors["all"], errors["http_unexpected_status"]);
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(
        last.contains("MATCH")
            && last.contains("green fails over HTTP, ")
            && last.ends_with("Ended because a set fails over HTTP."),
        "{last}"
    );
}

#[test]
fn where_nobody_asks_or_minds_whether_a_side_fails_a_match_ends_it_with_zero() {
    let mut world = plain("");
    let green = &mut world.sets[1].web;
    (green.error_share, green.status) = (1.0, 503);
    let running = start(world);
    for option in ["--no-http", "--ignore-http"] {
        let line = format!("check --tps 100 {option}");
        let outcome = pointed(&line, running.addresses()).run();
        outcome.expect_code(0);
    }
}

#[test]
fn time_that_is_up_before_a_verdict_ends_it_with_four() {
    let running = start(plain(""));
    let outcome = pointed("check --no-http -d 3s -o json", running.addresses()).run();
    assert_eq!(
        outcome.code,
        Some(4),
        "{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
    assert_eq!(report(&outcome)["ended_by"], "duration");
}

#[test]
fn what_cannot_be_measured_ends_it_with_five() {
    let running = start(plain("intercepted = true\n"));
    let outcome = pointed("check --no-http", running.addresses()).run();
    assert_eq!(
        outcome.code,
        Some(5),
        "{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
    assert!(outcome.stdout.is_empty(), "{}", outcome.stdout);
}

/// The last line of both streams.
fn last_lines(outcome: &Outcome) -> [&str; 2] {
    [&outcome.stdout, &outcome.stderr].map(|text| text.lines().last().unwrap_or_default())
}

#[test]
fn what_is_waited_for_ends_it_and_the_last_line_says_so() {
    let running = start(plain(""));
    let line = "check --tps 100 --no-http --until settled";
    let settled = pointed(line, running.addresses()).run().expect_code(0);
    for last in last_lines(&settled) {
        assert!(
            last.contains("  MATCH within 5 points, 99% confidence, ")
                && last.ends_with(". Ended with the verdict."),
            "{last}"
        );
    }
    let line = "check --tps 100 --no-http --until gates";
    let program = pointed(line, running.addresses()).arg("--gate");
    let gates = program.arg("unknown > 50% for 3s").run().expect_code(0);
    for last in last_lines(&gates) {
        assert!(last.ends_with(". Ended by the gates."), "{last}");
    }
    let head = gates.stdout.lines().nth(1);
    assert_eq!(head, Some("Ended by the gates."), "{}", gates.stdout);
}

/// The world matches, and a mismatch is waited for.
#[test]
fn what_was_waited_for_and_did_not_come_ends_it_with_four_and_is_named() {
    let running = start(plain(""));
    let line = "check --tps 100 --no-http --until mismatch -d 8s";
    let missed = pointed(line, running.addresses()).run().expect_code(4);
    for last in last_lines(&missed) {
        assert!(
            last.contains("  MATCH within 5 points")
                && last.ends_with(
                    "Ended because the time was up before what --until mismatch waits for."
                ),
            "{last}"
        );
    }
    let line = "check --tps 100 --no-http --until mismatch -d 8s -o json";
    let missed = pointed(line, running.addresses()).run().expect_code(4);
    let report = report(&missed);
    assert_eq!(report["ended_by"], "duration");
    let reason = "the time was up before what --until mismatch waits for, the verdict is MATCH";
    assert_eq!(report["reason"], reason);
}

/// There both streams are one place.
#[test]
fn on_a_terminal_the_result_stands_once_and_last() {
    let running = start(plain(""));
    let world = running.addresses();
    let servers = world
        .name_servers
        .iter()
        .map(|(_, address)| address.to_string());
    let servers = servers.collect::<Vec<_>>().join(",");
    let line = format!(
        "check --tps 100 --no-http -e {} -z {} -r {} --resolver {} -n {servers}",
        world.endpoint, world.zone_id, world.record_name, world.resolver
    );
    let arguments: Vec<&str> = line.split(' ').collect();
    let variables = [
        ("AWS_ENDPOINT_URL_ROUTE_53", world.api_url.as_str()),
        ("AWS_ACCESS_KEY_ID", &world.access_key_id),
        ("AWS_SECRET_ACCESS_KEY", &world.secret_access_key),
    ];
    let mut session = Session::start_with(&arguments, &variables, 200, 50);
    assert_eq!(session.wait_for_end().code, 0);
    let text = session.look(Content::raw_text);
    let result = "; nothing to do. Ended with the verdict.";
    assert_eq!(text.matches(result).count(), 1, "{text}");
    assert!(text.trim_end().ends_with(result), "{text}");
}
