//! Reports, ticks and events held to their schema, and the schema held to its purpose: it refuses what is damaged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::reading::Outcomes;
use crate::model::text::visible;
use crate::views::samples;

fn validator() -> jsonschema::Validator {
    let schema = include_str!("../../../tests/data/report.schema.json");
    let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
    jsonschema::meta::validate(&schema).expect("the schema is a schema");
    jsonschema::validator_for(&schema).expect("the schema is usable")
}

fn parse(text: &[u8]) -> Value {
    let text = std::str::from_utf8(text).expect("text");
    assert_eq!(text.matches('\n').count(), 1, "one object is one line");
    assert!(text.ends_with('\n'));
    serde_json::from_str(text).expect("an object")
}

fn report(snapshot: &Snapshot) -> Value {
    let mut out = Vec::new();
    write_report(&mut out, snapshot, EndedBy::Duration).expect("memory is never full");
    parse(&out)
}

fn tick(snapshot: &Snapshot) -> Value {
    let mut out = Vec::new();
    write_tick(&mut out, snapshot).expect("memory is never full");
    parse(&out)
}

fn check(validator: &jsonschema::Validator, object: &Value, name: &str) {
    // The alternatives hide the reason, so the error of the right one is looked up.
    if let Err(error) = validator.validate(object) {
        panic!("{name}: {error} at {}\n{object:#}", error.instance_path());
    }
}

#[test]
fn everything_that_is_written_fits_the_schema() {
    let validator = validator();
    for (name, snapshot) in samples::all() {
        check(&validator, &report(&snapshot), name);
        check(&validator, &tick(&snapshot), name);
        for event in &snapshot.events {
            let mut out = Vec::new();
            write_event(&mut out, event).expect("memory is never full");
            check(&validator, &parse(&out), name);
        }
    }
}

#[test]
fn every_ending_is_known_to_the_schema() {
    let validator = validator();
    let all = [
        EndedBy::Duration,
        EndedBy::Quit,
        EndedBy::Interrupt,
        EndedBy::Terminated,
        EndedBy::Error,
    ];
    for ended_by in all {
        let mut out = Vec::new();
        write_report(&mut out, &samples::running(), ended_by).expect("memory is never full");
        check(&validator, &parse(&out), ended_by.as_str());
    }
}

#[test]
fn every_kind_of_event_is_known_to_the_schema() {
    use crate::snapshot::EventKind;
    let validator = validator();
    let all = [
        EventKind::Started,
        EventKind::Segment,
        EventKind::PollFailed,
        EventKind::PollRecovered,
        EventKind::ServerSilent,
        EventKind::ServerBack,
        EventKind::LookupFailed,
        EventKind::AddressChanged,
    ];
    for kind in all {
        let mut out = Vec::new();
        let event = Event {
            at: samples::now(),
            kind,
            message: "m".to_owned(),
        };
        write_event(&mut out, &event).expect("memory is never full");
        check(&validator, &parse(&out), kind.as_str());
    }
}

/// Removes, adds and spoils at every place of an object, and hands each damaged copy to the judge.
fn damage(whole: &Value, place: &str, judge: &mut impl FnMut(Value, String)) {
    match whole.pointer(place).expect("a place of the object") {
        Value::Object(fields) => {
            let names: Vec<String> = fields.keys().cloned().collect();
            for name in &names {
                let mut missing = whole.clone();
                let object = missing.pointer_mut(place).and_then(Value::as_object_mut);
                object.expect("an object").remove(name);
                judge(missing, format!("{place}/{name} missing"));
                damage(whole, &format!("{place}/{name}"), judge);
            }
            let mut extra = whole.clone();
            let object = extra.pointer_mut(place).and_then(Value::as_object_mut);
            object
                .expect("an object")
                .insert("surplus".to_owned(), json!(1));
            judge(extra, format!("{place}/surplus"));
        }
        Value::Array(items) => {
            for index in 0..items.len() {
                damage(whole, &format!("{place}/{index}"), judge);
            }
        }
        _ => {
            let mut spoilt = whole.clone();
            *spoilt.pointer_mut(place).expect("a place of the object") = json!([true]);
            judge(spoilt, format!("{place} is a list"));
        }
    }
}

#[test]
fn a_damaged_object_is_refused_wherever_the_damage_is() {
    let validator = validator();
    for whole in [report(&samples::failing()), tick(&samples::nested())] {
        let mut damages = 0;
        damage(&whole, "", &mut |damaged, what| {
            damages += 1;
            assert!(!validator.is_valid(&damaged), "{what} was accepted");
        });
        assert!(damages > 100, "only {damages} damages were tried");
    }
}

#[test]
fn wrong_types_and_values_are_refused() {
    let validator = validator();
    let whole = report(&samples::running());
    for (place, value) in [
        ("/schema", json!("r53mon.report/2")),
        ("/duration_s", json!("123")),
        ("/started_at", json!("2026-11-21 12:34:56")),
        ("/ended_by", json!("boredom")),
        ("/queries/sent", json!(-1)),
        ("/queries/sent", json!(1.5)),
        ("/segments/0/sets/0/observed_share", json!(1.1)),
        ("/segments/0/sets/0/weight", json!(256)),
        ("/segments/0/sets/0/interval", json!([0.1, 0.2])),
        ("/segments/0/sets/0/share_reason/kind", json!("whim")),
        ("/segments/0/sets/0/levels/0/reason", json!("whim")),
        ("/segments/0/sets/0/levels", json!([])),
        ("/segments/0/sets/0/health", json!("fine")),
        ("/segments/0/sets/0/suspicion", json!("whim")),
        ("/segments/0/ttls_s", json!(["60s"])),
        ("/name_servers/0/state", json!("current")),
        ("/verdict", json!({ "state": "match" })),
    ] {
        let mut spoilt = whole.clone();
        *spoilt.pointer_mut(place).expect("a place of the report") = value.clone();
        assert!(
            !validator.is_valid(&spoilt),
            "{place} = {value} was accepted"
        );
    }
}

#[test]
fn the_numbers_are_those_of_the_snapshot() {
    let report = report(&samples::running());
    assert_eq!(report["record"]["name"], "app.example.com");
    assert_eq!(report["started_at"], "2026-11-21T12:32:53.000Z");
    assert_eq!(report["duration_s"], 123.0);
    assert_eq!(report["ended_by"], "duration");
    let blue = &report["segments"][0]["sets"][0];
    assert_eq!(blue["set_identifier"], "blue-32");
    assert_eq!(blue["weight"], 180);
    assert_eq!(blue["expected_share"], 0.72);
    assert_eq!(blue["count"], 891);
    assert_eq!(blue["observed_share"], 891.0 / 1234.0);
    assert_eq!(blue["http"]["latency_ms"]["p95"], 88.0);
    assert_eq!(report["name_servers"][0]["counts"], json!([223, 86]));
    assert_eq!(report["name_servers"][0]["address"], "205.251.193.165:53");
}

#[test]
fn every_set_says_why_it_has_its_share() {
    let plain = report(&samples::running());
    let blue = &plain["segments"][0]["sets"][0];
    assert_eq!(
        blue["share_reason"],
        json!({ "kind": "weight", "text": "180 of 250" })
    );
    let unhealthy = report(&samples::unhealthy());
    let sets = &unhealthy["segments"][0]["sets"];
    assert_eq!(sets[0]["share_reason"]["kind"], "healthy_only");
    assert_eq!(sets[1]["share_reason"]["kind"], "unhealthy");
    assert_eq!(sets[1]["health"], "unhealthy");
    assert_eq!(sets[2]["suspicion"], "target_unhealthy");
    let nested = report(&samples::nested());
    let first = &nested["segments"][0]["sets"][0];
    assert_eq!(first["share_reason"]["text"], "50 of 100 > 1 of 2");
    assert_eq!(first["levels"][1]["set_identifier"], "a");
    let last = &nested["segments"][0]["sets"][2];
    assert_eq!(last["parts"][0]["count"], 180);
    let notes = nested["notes"].as_array().expect("a list");
    assert!(notes[0].as_str().expect("text").starts_with("TTLs differ"));
}

#[test]
fn every_reason_and_health_is_known_to_the_schema() {
    use crate::model::health::SetHealth;
    use crate::model::share::Reason;
    let validator = validator();
    let reasons = [
        Reason::Weight,
        Reason::OnlyMember,
        Reason::ZeroWeight,
        Reason::AllZero,
        Reason::Unhealthy,
        Reason::HealthyOnly,
        Reason::Standby,
        Reason::NothingHealthy,
        Reason::AllZeroSomeUnhealthy,
    ];
    let healths = [
        SetHealth::NotChecked,
        SetHealth::Healthy,
        SetHealth::Unhealthy,
        SetHealth::Assumed,
        SetHealth::TargetUnknown,
    ];
    let mut snapshot = samples::running();
    for (index, reason) in reasons.into_iter().enumerate() {
        let set = &mut snapshot.segments[0].sets[0];
        set.share.levels[0].reason = reason;
        set.health = healths[index % healths.len()];
        check(&validator, &report(&snapshot), reason.as_str());
    }
}

#[test]
fn what_is_not_measured_is_null() {
    let report = report(&samples::http_off());
    for place in [
        "/verdict",
        "/http",
        "/segments/0/verdict",
        "/segments/0/ended_at",
        "/segments/0/sets/0/interval",
        "/segments/0/sets/0/http",
        "/name_servers/0/state",
        "/name_servers/0/switched_at",
    ] {
        assert_eq!(report.pointer(place), Some(&Value::Null), "{place}");
    }
    let start = tick(&samples::start());
    assert_eq!(start["segment"]["sets"][0]["observed_share"], Value::Null);
    assert_eq!(start["rate"]["achieved_tps"], Value::Null);
    assert_eq!(tick(&samples::empty())["segment"], Value::Null);
}

/// The serialiser escapes control characters by itself, so what it was handed is looked at.
fn walk(value: &Value) {
    match value {
        Value::String(text) => assert_eq!(visible(text), *text),
        Value::Array(items) => items.iter().for_each(walk),
        Value::Object(fields) => fields.values().for_each(walk),
        _ => {}
    }
}

#[test]
fn text_from_outside_is_visible() {
    let report = report(&samples::hostile());
    assert_eq!(
        report["segments"][0]["sets"][0]["set_identifier"],
        "a\\u{1b}[2J\\u{1b}[1;1Hb"
    );
    let mut out = Vec::new();
    write_report(&mut out, &samples::hostile(), EndedBy::Quit).expect("memory is never full");
    walk(&parse(&out));
}

fn sum(queries: &Value) -> u64 {
    let number = |value: &Value| value.as_u64().expect("a count");
    let faults = queries["faults"]
        .as_object()
        .expect("an object")
        .values()
        .map(number)
        .sum::<u64>();
    let others = ["named", "ambiguous", "unknown", "in_flight"];
    others
        .iter()
        .map(|name| number(&queries[*name]))
        .sum::<u64>()
        + faults
}

#[test]
fn the_counters_of_every_sample_add_up() {
    for (name, snapshot) in samples::all() {
        let report = report(&snapshot);
        assert_eq!(report["queries"]["sent"], sum(&report["queries"]), "{name}");
        for segment in report["segments"].as_array().expect("a list") {
            let counts = segment["sets"].as_array().expect("a list").iter();
            let named: u64 = counts
                .map(|set| set["count"].as_u64().expect("a count"))
                .sum();
            assert_eq!(segment["queries"]["named"], named, "{name}");
            assert_eq!(
                segment["queries"]["sent"],
                sum(&segment["queries"]),
                "{name}"
            );
        }
        for server in report["name_servers"].as_array().expect("a list") {
            assert_eq!(server["sent"], sum(server), "{name}");
        }
    }
}

proptest! {
    #[test]
    fn the_parts_always_add_up_to_what_was_sent(
        named in 0u64..1_000_000, ambiguous in 0u64..1_000, unknown in 0u64..1_000,
        faults in prop::array::uniform8(0u64..1_000), in_flight in 0u64..1_000
    ) {
        let sent = named + ambiguous + unknown + faults.iter().sum::<u64>() + in_flight;
        let queries = Outcomes { sent, named, ambiguous, unknown, faults, ..Outcomes::default() };
        let object = serde_json::to_value(QueriesObject(&queries)).expect("an object");
        prop_assert_eq!(sum(&object), sent);
    }
}
