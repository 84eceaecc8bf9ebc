//! Is one side worse than the other? The story of a green that answers more slowly, from the requests to the report.

use std::time::Duration;

use serde_json::Value;

use crate::program::{PATIENCE, r53mon};

/// For runs of half a minute.
const LONG: Duration = PATIENCE.saturating_mul(3);

/// The comparison of a set with another in a segment.
fn beside<'a>(segment: &'a Value, set: &str, against: &str) -> &'a Value {
    let comparisons = segment["comparisons"].as_array().expect("a list");
    let is = |it: &&Value| it["set_identifier"] == set && it["against"] == against;
    let found = comparisons.iter().find(is);
    found.unwrap_or_else(|| panic!("no {set} against {against} in {segment}"))
}

#[test]
fn a_green_that_answers_more_slowly_becomes_worse_and_blue_does_not() {
    // On a busy machine successive times are alike, and then one a second is counted: some twenty bound the median.
    let run = r53mon("demo slow-green --tps 50 --duration 25s --output json").start();
    let outcome = run.finish(LONG).expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("one object");
    let segment = &report["segments"][0];
    let green = beside(segment, "green", "blue");
    assert_eq!(green["outcome"], "worse", "{green}");
    let measures = green["measures"].as_object().expect("an object").values();
    let is_proven = |it: &Value| {
        let (low, high) = (&it["interval"][0], &it["against_interval"][1]);
        let apart = |(low, high): (f64, f64)| low > 1.2 * high;
        it["outcome"] == "worse" && low.as_f64().zip(high.as_f64()).is_some_and(apart)
    };
    assert!(measures.clone().any(is_proven), "{green}");
    let blue = beside(segment, "blue", "green");
    assert_ne!(blue["outcome"], "worse", "{blue}");
    let events = report["events"].as_array().expect("a list");
    let worse = events.iter().find(|event| event["kind"] == "side_worse");
    let worse = worse.expect("it is told");
    assert_eq!(worse["set_identifier"], "green");
    assert_eq!(worse["against"], "blue");
}

#[test]
fn people_read_it_in_lines_and_after_the_statistics() {
    let run = r53mon("demo slow-green --tps 50 --duration 20s --output text").start();
    let outcome = run.finish(LONG).expect_code(0);
    for said in [
        "! green is worse than blue over HTTP: ",
        "green worse than blue (",
        "Compared over HTTP",
    ] {
        assert!(outcome.stdout.contains(said), "{said}: {}", outcome.stdout);
    }
}
