//! A run that is stopped for a while, as by the sleep of a laptop: before it measures, and while it does.

use std::io::BufRead;
use std::time::Duration;

use r53mon::model::share::as_f64;
use serde_json::Value;

use crate::program::{PATIENCE, Program, now, r53mon, signal};
use crate::route53::{self, PUBLIC, SERVERS, ZONE_ID, blue_and_green, is_list, list_xml, zone_xml};
use crate::scripted_dns;
use crate::scripted_http::{Reply, Server};
use crate::waiting::wait_until;

/// Queries a second.
const TPS: u32 = 100;
/// Longer than a call of the API, a check or a question may take.
const LONGER_THAN_A_CALL: Duration = Duration::from_secs(6);
/// So long that everybody has given up on everybody.
const LONG: Duration = Duration::from_secs(30);

fn watch(api: &Server, server: &scripted_dns::Server) -> Program {
    let line = format!(
        "watch -e http://app.example.test/ -z {ZONE_ID} -n {} -t {TPS} --no-http --settled --tolerance 20 -o ndjson",
        server.address
    );
    r53mon(&line)
        .env("AWS_ENDPOINT_URL_ROUTE_53", &api.url())
        .env("AWS_ACCESS_KEY_ID", "suspended")
        .env("AWS_SECRET_ACCESS_KEY", "suspended")
}

/// A name server that answers by the weights of the API.
async fn name_server() -> scripted_dns::Server {
    scripted_dns::Server::start(|received| {
        let blue = received.message.metadata.id % 25 < 18;
        let blues =
            ["192.0.2.1", "192.0.2.2"].map(|address| scripted_dns::a(route53::NAME, address));
        let green = [scripted_dns::a(route53::NAME, "192.0.2.3")];
        vec![if blue {
            received.answer(blues)
        } else {
            received.answer(green)
        }]
    })
    .await
}

fn answered(request: &crate::scripted_http::Request) -> Reply {
    if is_list(request) {
        list_xml(&blue_and_green(), None)
    } else {
        zone_xml("example.test.", PUBLIC, SERVERS)
    }
}

/// Reads on until a moment of the run for which this holds; returns what stood before it, and it.
fn read_until(
    lines: &mut impl Iterator<Item = Value>,
    holds: impl Fn(&Value) -> bool,
) -> (Vec<Value>, Value) {
    let mut before = Vec::new();
    for line in lines {
        if line["schema"] == "r53mon.tick/1" && holds(&line) {
            return (before, line);
        }
        before.push(line);
    }
    panic!("it ended before that: {before:?}");
}

fn uptime(tick: &Value) -> f64 {
    tick["duration_s"].as_f64().expect("a time")
}

fn sent(tick: &Value) -> u64 {
    tick["queries"]["sent"].as_u64().expect("a number")
}

#[tokio::test]
async fn a_stop_before_it_measures_is_nobodys_silence() {
    let api = Server::start(|request| match answered(request) {
        // It is stopped while it waits for these.
        Reply::Response(response) => response.after(Duration::from_millis(500)).into_reply(),
        other => other,
    })
    .await;
    let server = name_server().await;
    let mut run = watch(&api, &server).start();
    wait_until("a call", || api.count() > 0).await;
    signal(run.id(), "STOP");
    tokio::time::sleep(LONGER_THAN_A_CALL).await;
    signal(run.id(), "CONT");
    let process = run.id();
    let stdout = run.take_stdout();
    let reading = tokio::task::spawn_blocking(move || {
        let lines = stdout.lines().map_while(Result::ok);
        let mut lines = lines.map(|line| serde_json::from_str(&line).expect("JSON"));
        read_until(&mut lines, |tick| sent(tick) > 0);
        signal(process, "TERM");
        lines.last().expect("a report")
    });
    let report: Value = reading.await.expect("it measures");
    let notes = report["notes"].to_string();
    assert!(!notes.contains("not settled"), "{notes}");
    let outcome = run.finish(PATIENCE).expect_code(143);
    assert!(!outcome.stderr.contains("no answer"), "{}", outcome.stderr);
}

#[tokio::test]
#[ignore = "it takes a minute; .ci/run has it"]
async fn after_half_a_minute_it_goes_on_without_a_burst_and_tells_the_gap() {
    let api = Server::start(answered).await;
    let server = std::sync::Arc::new(name_server().await);
    let mut run = watch(&api, &server).start();
    let (process, stdout) = (run.id(), run.take_stdout());
    let asked = std::sync::Arc::clone(&server);
    let watching = tokio::task::spawn_blocking(move || {
        let lines = stdout.lines().map_while(Result::ok);
        let mut lines = lines.map(|line| serde_json::from_str(&line).expect("JSON"));
        let matches = |tick: &Value| tick["verdict"]["state"] == "match";
        let (_, before) = read_until(&mut lines, matches);
        let gone_on = |tick: &Value| uptime(tick) > uptime(&before) + LONG.as_secs_f64() - 1.0;
        signal(process, "STOP");
        std::thread::sleep(LONG);
        let (count, went_on) = (asked.count(), now());
        signal(process, "CONT");
        let (between, after) = read_until(&mut lines, gone_on);
        // What comes in a second is no more than what is wanted in it.
        std::thread::sleep(Duration::from_secs(1));
        let more = as_f64((asked.count() - count) as u64);
        let due = went_on.elapsed().as_secs_f64() * f64::from(TPS);
        let told = between.iter().find(|line| line["kind"] == "stood_still");
        let told = told.expect("the gap is told")["stood_still_s"].as_f64();
        let gap = told.expect("a length");
        assert!(gap >= LONG.as_secs_f64(), "{gap}");
        assert!(more <= due + 5.0, "{more} in the time of {due}");
        assert!(
            uptime(&after) >= uptime(&before) + gap - 1.0,
            "the gap is a part of the run"
        );
        let at_work = uptime(&after) - uptime(&before) - gap + 1.0;
        let most = at_work.max(1.0) * f64::from(TPS);
        assert!(
            as_f64(sent(&after).saturating_sub(sent(&before))) <= most,
            "{before} {after}"
        );
        let age = after["name_servers"][0]["last_answer_age_s"].as_f64();
        let is_fresh = age.expect("it has answered") < 5.0;
        assert!(is_fresh || !matches(&after), "{after}");
        let (_, again) = read_until(&mut lines, matches);
        signal(process, "TERM");
        let report = lines.last().expect("a report");
        assert!(report["duration_s"].as_f64() >= again["duration_s"].as_f64());
        let faults = report["queries"]["faults"].as_object().expect("faults");
        assert!(faults.values().all(|count| count == 0), "{faults:?}");
    });
    watching.await.expect("no panic");
    run.finish(PATIENCE).expect_code(143);
    assert!(api.count() > 2, "the configuration is read again");
}
