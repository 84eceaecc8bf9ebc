//! Reports, ticks and events held to their schema, and the schema held to its purpose: it refuses what is damaged.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::reading::Outcomes;
use crate::model::text::visible;
use crate::snapshot::Happening;
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
            write_event(&mut out, event, &snapshot.server_names()).expect("memory is never full");
            check(&validator, &parse(&out), name);
        }
        check(
            &validator,
            &end_object(&snapshot, EndedBy::Duration, 4),
            name,
        );
    }
}

#[test]
fn what_a_slow_reader_has_lost_fits_the_schema() {
    let mut out = Vec::new();
    write_lost(&mut out, samples::now(), 1_200).expect("memory is never full");
    let object = parse(&out);
    check(&validator(), &object, "lost");
    assert_eq!(object["events"], 1_200);
    assert_eq!(
        object["message"],
        "1,200 events lost: they came faster than they could be told"
    );
}

#[test]
fn every_ending_is_known_to_the_schema() {
    let validator = validator();
    let all = [
        EndedBy::Verdict,
        EndedBy::Duration,
        EndedBy::Missed("gates"),
        EndedBy::Http,
        EndedBy::Quit,
        EndedBy::Interrupt,
        EndedBy::Terminated,
        EndedBy::Error,
        EndedBy::NotYet,
    ];
    for ended_by in all {
        let mut out = Vec::new();
        write_report(&mut out, &samples::running(), ended_by).expect("memory is never full");
        check(&validator, &parse(&out), ended_by.as_str());
    }
}

/// What happened, as it is written.
fn event(what: Happening) -> Value {
    let at = samples::now();
    let mut out = Vec::new();
    let names = ["ns-1", "ns-2", "ns-3", "ns-4"];
    write_event(&mut out, &Event { at, what }, &names).expect("memory is never full");
    parse(&out)
}

#[test]
fn everything_that_can_happen_fits_the_schema_and_nothing_can_be_missing() {
    let validator = validator();
    for what in samples::happenings() {
        let name = format!("{what:?}");
        let whole = event(what);
        check(&validator, &whole, &name);
        damage(&whole, "", &mut |damaged, what| {
            assert!(!validator.is_valid(&damaged), "{name}: {what} was accepted");
        });
    }
}

#[test]
fn an_event_has_its_numbers_as_fields() {
    let all: Vec<Value> = samples::happenings().into_iter().map(event).collect();
    let of = |kind: &str| all.iter().find(|event| event["kind"] == kind);
    let of = |kind: &str| of(kind).expect("one of each");
    assert_eq!(of("started")["sets"][0]["expected_share"], json!(0.72));
    let change = json!({ "change": "weight", "set_identifier": "blue-32", "from": 180, "to": 128 });
    assert_eq!(of("segment")["changes"][0], change);
    let change = json!({ "change": "ttl", "set_identifier": "blue", "from_s": null, "to_s": 60 });
    assert_eq!(of("ttl_changed")["changes"], json!([change]));
    assert_eq!(of("poll_failed")["error_kind"], "access_denied");
    assert_eq!(of("server_silent")["name_server"], "ns-1");
    assert_eq!(of("address_changed")["address"], "[2001:db8::1]:53");
    assert_eq!(of("note")["subject"], "insecure");
    let mismatch = of("mismatch");
    assert_eq!(
        (&mismatch["reason"], &mismatch["name_server"]),
        (&json!("stale_server"), &json!("ns-3"))
    );
    assert_eq!(of("server_switched")["after_change_s"], json!(-1.5));
    assert_eq!(of("caveat")["caveat"], "answers_lost");
    let gone = all.iter().find(|event| event["subject"] == "nxdomain");
    let gone = gone.expect("one of each");
    assert_eq!(
        (&gone["keep_s"], &gone["name_servers"][3]),
        (&json!(900), &json!("ns-4"))
    );
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
    for whole in [
        report(&samples::failing()),
        report(&samples::propagating()),
        report(&samples::mismatch()),
        tick(&samples::nested()),
    ] {
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
        ("/segments/0/sets/0/interval", json!([0.1])),
        ("/segments/0/sets/0/interval", json!([0.1, 1.2])),
        ("/segments/0/sets/0/recent/interval", json!([])),
        ("/segments/0/verdict/state", json!("fine")),
        ("/segments/0/verdict/reason", json!("whim")),
        ("/segments/0/verdict/rule", json!("whim")),
        ("/segments/0/verdict/p_value", json!(1.5)),
        ("/segments/0/verdict/queries_to_go", json!(-1)),
        ("/segments/0/propagation", json!([])),
        ("/segments/0/sets/0/share_reason/kind", json!("whim")),
        ("/segments/0/sets/0/levels/0/reason", json!("whim")),
        ("/segments/0/sets/0/levels", json!([])),
        ("/segments/0/sets/0/health", json!("fine")),
        ("/segments/0/sets/0/suspicion", json!("whim")),
        ("/segments/0/ttls_s", json!(["60s"])),
        ("/name_servers/0/state", json!("fine")),
        ("/name_servers/0/state", json!(null)),
        ("/name_servers/0/switched_at", json!("12:34:56")),
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
    use crate::model::health::{NoStatus, SetHealth};
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
        Reason::NotDeclared,
    ];
    let healths = [
        SetHealth::NotChecked,
        SetHealth::Healthy,
        SetHealth::Unhealthy,
        SetHealth::Assumed,
        SetHealth::NotRead,
        SetHealth::NoStatus(NoStatus::RoutingControl),
        SetHealth::TargetUnknown,
    ];
    let mut snapshot = samples::running();
    for (index, reason) in reasons.into_iter().enumerate() {
        let set = &mut snapshot.segment_mut(0).sets[0];
        set.share.levels[0].reason = reason;
        set.health = healths[index % healths.len()];
        check(&validator, &report(&snapshot), reason.as_str());
    }
}

#[test]
fn what_is_not_measured_is_null() {
    let report = report(&samples::http_off());
    for place in [
        "/http",
        "/segments/0/verdict/reason",
        "/segments/0/verdict/confirmed",
        "/segments/0/verdict/queries_to_go",
        "/segments/0/propagation",
        "/segments/0/ended_at",
        "/segments/0/sets/0/http",
        "/name_servers/0/switched_at",
    ] {
        assert_eq!(report.pointer(place), Some(&Value::Null), "{place}");
    }
    let start = tick(&samples::start());
    assert_eq!(start["segment"]["sets"][0]["observed_share"], Value::Null);
    assert_eq!(start["rate"]["achieved_tps"], Value::Null);
    let empty = tick(&samples::empty());
    assert_eq!(empty["segment"], Value::Null);
    assert_eq!(empty["verdict"], Value::Null);
}

#[test]
fn the_verdict_of_the_report_is_that_of_the_last_segment() {
    for (name, snapshot) in samples::all() {
        let report = report(&snapshot);
        let segments = report["segments"].as_array().expect("a list");
        let last = segments
            .last()
            .map_or(&Value::Null, |last| &last["verdict"]);
        assert_eq!(report["verdict"], *last, "{name}");
        let tick = tick(&snapshot);
        for field in ["state", "p_value", "queries_to_go", "seconds_to_go"] {
            assert_eq!(tick["verdict"][field], last[field], "{name}: {field}");
        }
    }
}

#[test]
fn a_verdict_has_its_numbers_and_says_why() {
    let collecting = report(&samples::collecting());
    let verdict = &collecting["verdict"];
    assert_eq!(verdict["state"], "collecting");
    assert_eq!(verdict["rule"], "not_enough_answers");
    assert_eq!(
        (&verdict["tolerance"], &verdict["confidence"]),
        (&json!(0.05), &json!(0.99))
    );
    assert_eq!(
        (&verdict["answers"], &verdict["queries_to_go"]),
        (&json!(400), &json!(420))
    );
    let matching = report(&samples::running());
    assert_eq!(matching["verdict"]["state"], "match");
    let [low, high] = [0, 1].map(|end| {
        matching["segments"][0]["sets"][0]["interval"][end]
            .as_f64()
            .expect("a share")
    });
    assert!(
        low < 0.72 && 0.72 < high && high - low < 0.1,
        "{low} to {high}"
    );
    let mismatch = report(&samples::mismatch());
    let verdict = &mismatch["verdict"];
    assert_eq!(verdict["reason"], "server_differs");
    assert_eq!(verdict["name_server"], "ns-903.awsdns-48.net");
    assert_eq!(verdict["set_identifier"], "green-33");
    assert_eq!(verdict["confirmed"], true);
    assert_eq!(
        report(&samples::impossible())["verdict"]["p_value"],
        Value::Null
    );
    assert_eq!(
        verdict["p_value"],
        Value::Null,
        "too small to be told apart"
    );
    assert_eq!(verdict["ln_evidence"], 50.0);
    let propagating = report(&samples::propagating());
    let set = &propagating["segments"][1]["sets"][0];
    assert_eq!((&set["count"], &set["counted"]), (&json!(304), &json!(115)));
    let [all, counted] = ["observed_share", "counted_share"].map(|it| set[it].as_f64());
    assert!(all < Some(0.5) && counted > Some(0.5), "{set}");
    let server = &propagating["name_servers"][3];
    assert_eq!(
        (&server["counts"], &server["counted"]),
        (&json!([73, 77]), &json!([0, 0]))
    );
    let suspected = report(&samples::suspected());
    assert_eq!(suspected["verdict"]["reason"], "server_differs");
    assert_eq!(suspected["verdict"]["confirmed"], Value::Null);
    let blind = report(&samples::blind());
    assert_eq!(blind["verdict"]["state"], "blind");
    assert_eq!(blind["verdict"]["standing"], "match");
    assert_eq!(blind["name_servers"][0]["state"], "silent");
    let inconclusive = report(&samples::inconclusive());
    assert_eq!(
        inconclusive["verdict"]["notes"].as_array().map(Vec::len),
        Some(1)
    );
}

#[test]
fn a_change_is_told_with_times_on_the_wall() {
    let report = report(&samples::propagating());
    assert_eq!(report["segments"][0]["verdict"]["rule"], Value::Null);
    assert_eq!(report["segments"][0]["propagation"], Value::Null);
    let change = &report["segments"][1]["propagation"];
    assert_eq!(change["seen_at"], "2026-11-21T12:33:55.000Z");
    assert_eq!(change["first_new_answer_at"], "2026-11-21T12:33:53.000Z");
    assert_eq!(
        change["servers"][0],
        json!({ "name": "ns-421.awsdns-52.com", "switched_at": "2026-11-21T12:33:59.000Z" })
    );
    assert_eq!(change["servers"][1]["switched_at"], Value::Null);
    assert_eq!(change["match_at"], Value::Null);
    assert_eq!(change["stale"], json!(["ns-903.awsdns-48.net"]));
    assert_eq!(report["name_servers"][1]["state"], "stale");
    assert_eq!(
        report["name_servers"][0]["switched_at"],
        change["servers"][0]["switched_at"]
    );
}

/// Every state, reason and rule has a name that the schema knows.
#[test]
fn every_verdict_is_known_to_the_schema() {
    use crate::model::verdict::{Excluded, MismatchReason, ServerState, VerdictState};
    let validator = validator();
    let mut snapshot = samples::mismatch();
    let states = [
        VerdictState::Collecting,
        VerdictState::Propagating,
        VerdictState::Match,
        VerdictState::Mismatch,
        VerdictState::Blind,
    ];
    for state in states {
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        (verdict.state, verdict.standing) = (state, state);
        check(&validator, &report(&snapshot), state.as_str());
        check(&validator, &tick(&snapshot), state.as_str());
    }
    let reasons = [
        MismatchReason::Share,
        MismatchReason::ServerDiffers { server: 0.into() },
        MismatchReason::StaleServer { server: 0.into() },
        MismatchReason::ImpossibleAnswer {
            server: 9.into(),
            set: None,
            why: Excluded::Removed,
        },
    ];
    for reason in reasons {
        let mut snapshot = samples::mismatch();
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        verdict.ln_evidence = f64::INFINITY;
        verdict.mismatch.as_mut().expect("one").reason = reason.clone();
        let report = report(&snapshot);
        check(&validator, &report, reason.as_str());
        assert_eq!(report["verdict"]["reason"], reason.as_str());
        assert_eq!(report["verdict"]["ln_evidence"], Value::Null);
    }
    for explanation in samples::explanations() {
        let rule = explanation.as_str();
        snapshot.explanation = Some(explanation);
        check(&validator, &report(&snapshot), rule);
    }
    let states = [
        ServerState::Current,
        ServerState::Propagating,
        ServerState::Stale,
        ServerState::Silent,
    ];
    for state in states {
        snapshot.servers[0].state = state;
        check(&validator, &report(&snapshot), state.as_str());
    }
}

#[test]
fn what_unknown_answers_say_is_in_the_verdict_and_in_the_event() {
    use crate::model::answer::AnswerValue;
    use crate::model::name::RecordName;
    use crate::model::verdict::{Explanation, MismatchReason, VerdictNews};
    let validator = validator();
    let name = RecordName::from_user("elsewhere.example.net").expect("a name");
    let values = [
        AnswerValue::Address("2001:db8::9".parse().expect("an address")),
        AnswerValue::Target(name),
        AnswerValue::Nxdomain,
        AnswerValue::Nodata,
    ];
    let expected = [
        json!({ "kind": "address", "value": "2001:db8::9", "count": 7 }),
        json!({ "kind": "cname", "value": "elsewhere.example.net", "count": 7 }),
        json!({ "kind": "nxdomain", "value": null, "count": 7 }),
        json!({ "kind": "nodata", "value": null, "count": 7 }),
    ];
    let mut mismatches = samples::explanations().into_iter();
    let mut mismatch = mismatches
        .find_map(|explanation| match explanation {
            Explanation::Mismatch(mismatch, _) => Some(mismatch),
            _ => None,
        })
        .expect("one");
    for (value, expected) in values.into_iter().zip(expected) {
        let mut snapshot = samples::mismatch();
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        verdict.unknown.values = vec![(value, 7)];
        mismatch.reason = MismatchReason::UnknownAnswers(verdict.unknown.clone());
        verdict.mismatch = Some(mismatch.clone());
        let report = report(&snapshot);
        check(&validator, &report, "unknown answers");
        assert_eq!(report["verdict"]["unknown_values"], json!([expected]));
        let what = Happening::Verdict(VerdictNews::Mismatch(mismatch.clone()));
        let event = Event {
            what,
            ..snapshot.events[0].clone()
        };
        let mut out = Vec::new();
        write_event(&mut out, &event, &snapshot.server_names()).expect("memory is never full");
        let event = parse(&out);
        check(&validator, &event, "unknown answers");
        assert_eq!(event["unknown_values"], json!([expected]));
    }
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
    let others = ["named", "ambiguous", "unknown", "cached", "in_flight"];
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
        let object = objects::queries(&queries);
        prop_assert_eq!(sum(&object), sent);
    }
}
