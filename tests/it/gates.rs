//! Rules that have to hold, in the program: what ends a check, what stands in its report, and the story of a rollback.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::doctor::{plain, pointed, start, story};
use crate::program::{Outcome, r53mon};

const RECORD: &str = "record = \"app.example.test\"\n";

/// A name server that gives no answer.
const SILENT: &str = "[[server]]\nname = \"ns-9.awsdns.test\"\nlag = \"1s\"\nfault = \"silent\"\n";

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}\n{}", outcome.stdout, outcome.stderr))
}

#[test]
fn a_critical_gate_ends_a_check_with_three_and_a_warning_does_not() {
    let running = start(story(RECORD, SILENT));
    let line = "check --tps 40 --no-http -o json -d 60s --junit result.xml";
    let program = pointed(line, running.addresses());
    let program = program
        .arg("--until")
        .arg("mismatch")
        .arg("--gate")
        .arg("server silent for 4s");
    let program = program.arg("--gate").arg("warning: server silent for 3s");
    let file = program.path("result.xml");
    let outcome = program.run().expect_code(3);
    let report = report(&outcome);
    assert_eq!(report["ended_by"], "gate");
    let reason = report["reason"].as_str().expect("a reason");
    assert!(
        reason.starts_with("critical gate tripped: server silent for 4s (127.0.0.1:"),
        "{reason}"
    );
    let gates = report["gates"].as_array().expect("gates");
    let states: Vec<_> = gates
        .iter()
        .map(|gate| (&gate["severity"], &gate["state"]))
        .collect();
    assert_eq!(
        states,
        [
            (&"critical".into(), &"tripped".into()),
            (&"warning".into(), &Value::from("tripped"))
        ]
    );
    let events = report["events"].as_array().expect("events");
    let tripped: Vec<&Value> = events
        .iter()
        .filter(|event| event["kind"] == "gate_tripped")
        .collect();
    assert_eq!(tripped.len(), 2, "{events:?}");
    let critical = tripped
        .iter()
        .find(|event| event["severity"] == "critical")
        .expect("one");
    assert_eq!(
        (&critical["limit"], &critical["unit"]),
        (&4.0.into(), &Value::from("s"))
    );
    assert!(
        critical["value"].as_f64().is_some_and(|value| value >= 4.0),
        "{critical}"
    );
    let last = outcome.stderr.lines().last().unwrap_or_default().to_owned();
    assert!(last.ends_with("Ended by the gates."), "{last}");
    let xml = std::fs::read_to_string(file).expect("it was written");
    assert!(xml.contains("tests=\"3\" failures=\"1\""), "{xml}");
    assert!(
        xml.contains("<failure message=\"tripped (127.0.0.1:"),
        "{xml}"
    );
}

#[test]
fn a_gate_that_names_nobody_is_told_at_once() {
    let program = r53mon("demo -o ndjson -d 3s")
        .arg("--gate")
        .arg("gren p95 > 1s for 5s")
        .arg("--gate")
        .arg("green worse than purple")
        .arg("--gate")
        .arg("server ns-99.awsdns.test silent for 10s")
        .arg("--gate")
        .arg("any set p95 > 1s for 5s");
    let outcome = program.run().expect_code(0);
    let lines = outcome.stdout.lines();
    let lines = lines.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let told: Vec<Value> = lines
        .filter(|line| line["subject"] == "gates_unknown")
        .collect();
    assert_eq!(told.len(), 1, "{told:?}");
    let expected = [
        "gren p95 > 1s for 5s",
        "green worse than purple",
        "server ns-99.awsdns.test silent for 10s",
    ];
    assert_eq!(told[0]["rules"], Value::from(expected.to_vec()));
}

#[test]
fn a_gate_that_gets_too_few_samples_is_told_at_the_start_with_what_to_change() {
    let running = start(plain(""));
    let program = pointed("check --no-http --tps 2 -d 2s", running.addresses());
    let outcome = program.arg("--gate").arg("unknown > 5% for 10s").run();
    outcome.expect_stderr(
        "gates that hold nothing for want of samples: unknown > 5% for 10s (50 samples needed, about 20 come in its time); ask more often (--tps",
    );
}

#[test]
fn it_waits_until_every_gate_is_known_to_hold() {
    let running = start(plain(""));
    let line = "check --tps 40 --no-http -o json -d 60s --until gates";
    let program = pointed(line, running.addresses());
    let program = program.arg("--gate").arg("unknown > 50% for 3s");
    let outcome = program
        .arg("--gate")
        .arg("server silent for 3s")
        .run()
        .expect_code(0);
    let report = report(&outcome);
    assert_eq!(
        (&report["ended_by"], &report["reason"]),
        (&"gate".into(), &Value::from("every gate holds"))
    );
}

#[test]
fn a_set_that_fails_over_http_trips_its_gate() {
    let mut world = plain("");
    world.sets[1].web.error_share = 1.0;
    let running = start(world);
    let line = "check --tps 100 -o json -d 60s --until mismatch";
    let program = pointed(line, running.addresses());
    let program = program
        .arg("--gate")
        .arg("any set 5xx >= 50% for 3s, at least 5 samples");
    let outcome = program.run().expect_code(3);
    let report = report(&outcome);
    let gate = &report["gates"][0];
    assert_eq!(
        (&gate["set_identifier"], &gate["value"]),
        (&"green".into(), &Value::from(1.0)),
        "{gate}"
    );
}

#[test]
fn what_makes_no_sense_is_told_before_anything_is_asked() {
    for (line, parts) in [
        (
            "check --until gates",
            &["until = \"gates\"", "no gate to wait for"][..],
        ),
        (
            "check --no-http --gate green~5xx~>=~2%~for~1m",
            &["about HTTP requests", "no_http"],
        ),
        (
            "check --gate p95~>~200~for~5m",
            &["  p95 > 200 for 5m", "        ^ expected a time from 1ms"],
        ),
    ] {
        let words = line
            .split(' ')
            .chain(["-e", "http://a.example.com", "-z", "Z1"]);
        let program = words.fold(r53mon(""), |program, word| {
            program.arg(word.replace('~', " "))
        });
        let outcome = program.run().expect_code(2);
        for part in parts {
            assert!(
                outcome.stderr.contains(part),
                "no {part}\n{}",
                outcome.stderr
            );
        }
    }
    let running = start(plain(""));
    let outcome = pointed(
        "check --no-http --junit none/result.xml",
        running.addresses(),
    )
    .run();
    outcome
        .expect_code(2)
        .expect_stderr("junit = \"none/result.xml\": cannot be opened for writing");
}

/// `/dev/full` takes nothing; what stands on stdout is whole all the same.
#[test]
fn a_result_that_cannot_be_written_is_told_by_its_name() {
    let running = start(plain(""));
    let line = "check --no-http --tps 100 -o json --junit /dev/full";
    let outcome = pointed(line, running.addresses()).run().expect_code(1);
    assert_eq!(report(&outcome)["ended_by"], "verdict");
    outcome.expect_stderr("junit = \"/dev/full\": No space left on device");
}

/// The gate trips while green fails and goes after the weights were taken back.
#[test]
fn a_failing_side_trips_its_gate_and_a_rollback_ends_that() {
    let line = "demo failing-green --speed 20 --tps 100 -o ndjson -d 15s --gate";
    let program = r53mon(line).arg("green 5xx >= 3% for 3s, at least 30 samples");
    let outcome = program.run().expect_code(0);
    let objects = outcome.stdout.lines();
    let objects = objects.map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let objects: Vec<Value> = objects.collect();
    let events = objects
        .iter()
        .filter(|one| one["schema"] == "r53mon.event/1");
    let kinds: Vec<&str> = events.filter_map(|event| event["kind"].as_str()).collect();
    let of = |wanted: &str| -> Vec<&str> {
        let found = kinds.iter().filter(|kind| kind.starts_with(wanted));
        found.copied().collect()
    };
    assert_eq!(of("gate"), ["gate_tripped", "gate_cleared"], "{kinds:?}");
    assert_eq!(of("segment").len(), 2, "{kinds:?}");
    let ticks = objects
        .iter()
        .filter(|one| one["schema"] == "r53mon.tick/1");
    let what = |tick: &Value| {
        let now = tick["segment"]["verdict"]["what_now"].as_str();
        let is = |text| now.is_some_and(|now| now.contains(text));
        (
            is("undo the last change: critical"),
            is("the weights were changed since: critical"),
        )
    };
    let told: BTreeSet<(bool, bool)> = ticks.map(what).collect();
    // Which of the two it is depends on whether the gate or the reading of the configuration was first.
    let is_told = told.iter().any(|(undo, changed)| *undo || *changed);
    assert!(is_told, "what to do is told: {told:?}");
    // After the way back the command that leads to the weights that failed says so, whenever the gate tripped.
    let report = objects.last().expect("a report");
    let remark = report["undo"]["remarks"][0].as_str().expect("a remark");
    let failed =
        "undoing the last change leads to weights under which a critical gate tripped: green 5xx";
    assert!(remark.starts_with(failed), "{remark}");
    let events = report["events"].as_array().expect("events");
    let times = events.iter().map(|event| event["at"].as_str());
    assert!(times.is_sorted(), "{events:?}");
}

#[test]
fn a_rule_with_a_mistake_far_along_its_line_is_complained_about() {
    let file = format!("[r53mon]\ngates = [\"{} p95\"]\n", "a".repeat(66_000));
    let program = r53mon("watch -e http://app.example.test -z Z1").file("r53mon.toml", &file);
    let outcome = program.run().expect_code(2);
    let sign = outcome
        .stderr
        .lines()
        .find_map(|line| line.find("^ expected"));
    assert!(sign.is_some_and(|column| column > 66_000), "{sign:?}");
}
