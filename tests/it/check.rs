//! `r53mon check` against the simulated world: its exit codes, and what goes to which stream.

use r53mon::demo::Lag;
use serde_json::Value;

use crate::doctor::{RECORD, plain, pointed, start, story};
use crate::program::Outcome;

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
            && events
                .last()
                .is_some_and(|line| line.contains("match: every share")),
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
            && outcome.stdout.contains("Ended with the verdict."),
        "{}",
        outcome.stdout
    );
}

#[test]
fn shares_that_are_not_served_end_it_with_three() {
    let mut world = story(RECORD, UNHEARD);
    for server in &mut world.servers {
        server.lag = Lag::Never;
    }
    let running = start(world);
    let outcome = pointed(
        "check --tps 100 --no-http --settled -o json -d 8s",
        running.addresses(),
    )
    .run();
    assert_eq!(
        outcome.code,
        Some(3),
        "{}\n{}",
        outcome.stdout,
        outcome.stderr
    );
    assert_eq!(report(&outcome)["ended_by"], "verdict");
    assert!(outcome.stderr.contains("mismatch"), "{}", outcome.stderr);
    let polls = &report(&outcome)["configuration"]["polls"];
    assert!(polls.as_u64() >= Some(2), "it was confirmed first: {polls}");
}

#[test]
fn time_that_is_up_before_a_verdict_ends_it_with_four() {
    let running = start(plain(""));
    let outcome = pointed("check --no-http -d 1s -o json", running.addresses()).run();
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
