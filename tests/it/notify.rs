//! Programs and webhooks that are told what happens, from outside: whole runs of the demo, and whoever is told does what a
//! test says.

use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use super::program::{BINARY, Outcome, PATIENCE, Program, Run, environment, r53mon, signal};
use super::scripted_http::{Certificate, Reply, Request, Response, Server, nobody};

/// A run of three seconds in which a few things happen.
const RUN: &str = "demo --no-http --tps 100 --duration 3s -o json --notify all";
/// What nobody may read.
const SECRET: &str = "s3cr3t";

/// Puts a program into the directory of a run; the name is no obstacle.
fn with_script(program: Program, name: &str, text: &str) -> Program {
    let text = format!("#!/bin/sh\n{text}\n");
    let program = program.file(name, &text);
    let path = program.path(name);
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o755)).expect("it is ours");
    program.arg("--on-event").arg(name)
}

fn report(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).expect("a report")
}

/// The kinds of all events of a report that are told, and the end.
fn happened(report: &Value) -> Vec<String> {
    let events = report["events"].as_array().expect("a list");
    let told = events.iter().filter(|event| {
        let subject = event["subject"].as_str().unwrap_or_default();
        !["on_event", "webhook"].contains(&subject)
    });
    let mut kinds: Vec<String> = told
        .map(|event| event["kind"].as_str().expect("a kind").to_owned())
        .collect();
    kinds.push("end".to_owned());
    kinds
}

/// What stands in the notes about what was not delivered.
fn undelivered(report: &Value) -> Vec<&str> {
    let notes = report["notes"].as_array().expect("a list");
    let notes = notes.iter().filter_map(Value::as_str);
    notes
        .filter(|note| note.contains("not delivered"))
        .collect()
}

#[test]
fn a_program_is_told_every_event_and_the_end_and_no_shell_sees_its_name() {
    let name = "told; touch pwned $(touch pwned) `touch pwned` && touch pwned";
    let script = r#"event=$(cat); printf '%s %s %s\n' "$#" "$1" "$event" >> told.txt"#;
    let outcome = with_script(r53mon(RUN), name, script).run().expect_code(0);
    let told = std::fs::read_to_string(outcome.home.path().join("told.txt")).expect("it was told");
    let mut kinds = Vec::new();
    for line in told.lines() {
        let [count, kind, event] = line.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let event: Value = serde_json::from_str(event).expect("JSON");
        assert_eq!((count, event["kind"].as_str()), ("1", Some(kind)), "{line}");
        kinds.push(kind.to_owned());
    }
    let mut expected = happened(&report(&outcome));
    assert_eq!(kinds.last().map(String::as_str), Some("end"));
    // Up to four run at once, so neighbours may overtake each other.
    kinds.sort();
    expected.sort();
    assert_eq!(kinds, expected);
    assert!(!outcome.home.path().join("pwned").exists());
    assert_eq!(outcome.stderr, "");
}

#[test]
fn one_that_fails_stops_nothing_and_everybody_learns_of_it() {
    let script = "echo 'no room' >&2; exit 3";
    let program = r53mon(RUN).arg("--log-file").arg("log.txt");
    let outcome = with_script(program, "fails", script).run().expect_code(0);
    let report = report(&outcome);
    let notes = undelivered(&report);
    let [note] = notes[..] else {
        panic!("{report:#}");
    };
    assert!(
        note.starts_with("on_event: ")
            && note.ends_with("the last reason: exit status: 3: no room"),
        "{note}"
    );
    let events = report["events"].as_array().expect("a list");
    let told = events.iter().filter(|event| event["subject"] == "on_event");
    assert_eq!(told.count(), 1, "it is news once");
    let log = std::fs::read_to_string(outcome.home.path().join("log.txt")).expect("a log");
    assert!(
        log.contains("on_event: started not delivered: exit status: 3: no room"),
        "{log}"
    );
    // The end could not be told after the report was made.
    let last = outcome.stderr.lines().last().unwrap_or_default();
    assert!(last.starts_with("r53mon: on_event: "), "{last}");
}

#[test]
fn the_outcome_is_told_however_the_run_ends_and_whoever_hangs() {
    let script = r#"echo "$1" >> told.txt; [ "$1" = end ] && cat > end.json || sleep 300"#;
    let line = RUN.replace("--duration 3s -o json", "-o ndjson");
    let mut run = with_script(r53mon(&line), "hangs", script).start();
    while !run.line().starts_with("{\"schema\":\"r53mon.tick") {}
    signal(run.id(), "TERM");
    let outcome = run.finish(PATIENCE).expect_code(143);
    let end = std::fs::read_to_string(outcome.home.path().join("end.json")).expect("the end");
    let end: Value = serde_json::from_str(&end).expect("JSON");
    assert_eq!(
        (&end["ended_by"], &end["exit_code"]),
        (&json!("terminated"), &json!(143))
    );
    assert!(
        outcome.stderr.contains("not delivered"),
        "{}",
        outcome.stderr
    );
}

/// A simulated world and what points programs at it.
fn served() -> (Run, Vec<(String, String)>) {
    let mut world = r53mon("demo --serve").start();
    let mut variables = Vec::new();
    loop {
        let line = world.line();
        assert_ne!(line, "", "it ended early");
        let line = line.trim();
        if let Some((name, value)) = line
            .strip_prefix("export ")
            .and_then(|line| line.split_once('='))
        {
            variables.push((name.to_owned(), value.to_owned()));
        }
        let Some((_, arguments)) = line.split_once("r53mon watch ") else {
            continue;
        };
        let of = |flag: &str| {
            let words: Vec<&str> = arguments.split(' ').collect();
            let pairs = words.windows(2).filter(|pair| pair[0] == flag);
            pairs.map(|pair| pair[1]).collect::<Vec<_>>().join(",")
        };
        for (name, flag) in [
            ("R53MON_ENDPOINT", "-e"),
            ("R53MON_HOSTED_ZONE_ID", "-z"),
            ("R53MON_NAMESERVERS", "-n"),
            ("R53MON_RESOLVER", "--resolver"),
        ] {
            variables.push((name.to_owned(), of(flag)));
        }
        return (world, variables);
    }
}

#[test]
fn a_check_tells_the_verdict_that_ended_it() {
    let (_world, variables) = served();
    let script = r#"cat > "$1.json""#;
    let program = variables.iter().fold(
        r53mon("check --tps 100 --no-http -o json"),
        |program, (name, value)| program.env(name, value),
    );
    let outcome = with_script(program, "told", script).run().expect_code(0);
    let told = |kind: &str| -> Value {
        let path = outcome.home.path().join(format!("{kind}.json"));
        let text = std::fs::read_to_string(path).expect("it was told");
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(told("match")["schema"], "r53mon.event/1");
    let end = told("end");
    assert_eq!(
        (
            &end["ended_by"],
            &end["verdict"]["state"],
            &end["exit_code"]
        ),
        (&json!("verdict"), &json!("match"), &json!(0))
    );
    let started = outcome.home.path().join("started.json");
    assert!(!started.exists(), "nobody asked for it");
}

/// The recipes of the README for a shell are what a person pastes, so they are pasted here.
#[test]
fn the_recipes_for_a_shell_work_as_they_stand() {
    let readme = include_str!("../../README.md");
    let section = readme.split("\n## In a pipeline\n").nth(1);
    let section = section.and_then(|rest| rest.split("\n## ").next());
    let blocks = section.expect("a section").split("```sh\n").skip(1);
    let recipes: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(recipes.len(), 2);
    let (_world, variables) = served();
    let folder = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(BINARY, folder.path().join("r53mon")).expect("a link");
    for recipe in recipes {
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("PATH=$PWD:$PATH\n{recipe}")])
            .env_clear()
            .envs(environment(folder.path()))
            .envs(variables.iter().cloned())
            .env("R53MON_TPS", "100")
            .current_dir(folder.path())
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{recipe}\n{output:?}");
    }
    let read = |name: &str| -> Value {
        let text = std::fs::read_to_string(folder.path().join(name)).expect("it is written");
        serde_json::from_str(&text).expect("JSON")
    };
    assert_eq!(read("report.json")["verdict"]["state"], "match");
    assert_eq!(read("outcome.json")["verdict"]["state"], "match");
    assert!(!folder.path().join("alarms.txt").exists());
}

// --- webhooks ---

/// Runs the demo with a webhook at a server.
async fn post_to(url: String, more: &[&str]) -> Outcome {
    let program = r53mon(RUN).arg("--webhook").arg(url);
    let program = more.iter().fold(program, |program, it| program.arg(*it));
    run(program).await
}

async fn run(program: Program) -> Outcome {
    let run = tokio::task::spawn_blocking(move || program.run());
    run.await.expect("no panic").expect_code(0)
}

/// The kinds of what was posted.
fn posted(requests: &[Request]) -> Vec<String> {
    let kind = |request: &Request| {
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        body["event"]["kind"].as_str().expect("a kind").to_owned()
    };
    requests.iter().map(kind).collect()
}

fn taken(_: &Request) -> Reply {
    Response::new(200, "ok").into_reply()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_webhook_is_told_every_event_in_order_with_a_text_for_people() {
    let server = Server::start(taken).await;
    let header = format!("Authorization: Bearer {SECRET}");
    let outcome = post_to(
        format!("{}/services/T0?a=b", server.url()),
        &["--webhook-header", &header, "--webhook-header=x-two:2"],
    )
    .await;
    let requests = server.requests();
    assert_eq!(posted(&requests), happened(&report(&outcome)));
    for request in &requests {
        assert_eq!(
            (&*request.method, &*request.target),
            ("POST", "/services/T0?a=b")
        );
        for (name, value) in [
            ("content-type", "application/json"),
            (
                "authorization",
                header.split_once(": ").expect("it has one").1,
            ),
            ("x-two", "2"),
            ("user-agent", concat!("r53mon/", env!("CARGO_PKG_VERSION"))),
        ] {
            assert_eq!(request.header(name), Some(value));
        }
        let body: Value = serde_json::from_slice(&request.body).expect("JSON");
        let text = body["text"].as_str().expect("a text");
        assert_eq!(text.matches("app.example.test A").count(), 1, "{text}");
    }
    assert!(undelivered(&report(&outcome)).is_empty());
    assert_eq!(outcome.stderr, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_is_in_the_language_of_the_run_and_the_event_in_english() {
    let server = Server::start(taken).await;
    post_to(server.url(), &["--lang", "ko"]).await;
    let requests = server.requests();
    let started: Value = serde_json::from_slice(&requests[0].body).expect("JSON");
    assert!(
        started["text"]
            .as_str()
            .expect("a text")
            .contains("측정 시작")
    );
    let message = started["event"]["message"].as_str().expect("a sentence");
    assert!(message.starts_with("measuring "), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_pass_is_tried_again_and_taken_once_in_order() {
    let server = Server::start(|request| {
        let status = if request.number % 2 == 0 { 500 } else { 200 };
        Response::new(status, "").into_reply()
    })
    .await;
    let outcome = post_to(server.url(), &[]).await;
    let posted = posted(&server.requests());
    let taken: Vec<String> = posted.iter().skip(1).step_by(2).cloned().collect();
    let tried: Vec<String> = posted.iter().step_by(2).cloned().collect();
    assert_eq!(taken, tried);
    assert_eq!(taken, happened(&report(&outcome)));
    assert!(undelivered(&report(&outcome)).is_empty());
}

/// Whatever the other side does, the run goes on, ends, and says that nothing was delivered and why.
async fn fails(address: SocketAddr, reason: &str, more: &[&str]) {
    let outcome = post_to(format!("http://{address}/{SECRET}"), more).await;
    assert!(
        outcome.stderr.contains("r53mon: webhook: "),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stderr.contains(reason),
        "no {reason}: {}",
        outcome.stderr
    );
    let said = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!said.contains(SECRET), "{said}");
    let queries = report(&outcome)["queries"]["named"].as_u64();
    assert!(queries > Some(150), "{queries:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redirects_are_not_followed() {
    let other = Server::start(taken).await;
    let elsewhere = other.url();
    let server = Server::start(move |_| {
        let response = Response::new(307, "").header("location", &elsewhere);
        response.into_reply()
    })
    .await;
    fails(
        server.address,
        "it answered 307: redirects are not followed",
        &[],
    )
    .await;
    assert_eq!(other.count(), 0);
    assert!(server.count() > 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_hangs_or_refuses_or_is_not_there_stops_nothing() {
    let hangs = Server::start(|_| Reply::Hang).await;
    fails(hangs.address, "the run ended before it was done", &[]).await;
    // The end is sent though nothing before it was answered.
    assert_eq!(
        posted(&hangs.requests()).last().map(String::as_str),
        Some("end")
    );
    let refuses = Server::start(|_| Response::new(404, SECRET).into_reply()).await;
    fails(refuses.address, "it answered 404", &[]).await;
    let floods = Server::start(|_| Reply::Flood("HTTP/1.1 100 Continue\r\n\r\n")).await;
    fails(floods.address, "not delivered", &[]).await;
    let closes = Server::start(|_| Reply::Close).await;
    fails(closes.address, "not delivered", &[]).await;
    let (address, _socket) = nobody();
    fails(address, "refused", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn certificates_are_verified() {
    let certificate = Certificate::for_host("127.0.0.1");
    let server = Server::start_tls(&certificate, taken).await;
    let line = |pem: Option<&Certificate>| {
        let program = r53mon(RUN)
            .arg("--webhook")
            .arg(format!("https://{}/", server.address));
        match pem {
            None => program,
            Some(certificate) => {
                let program = program.file("ca.pem", &certificate.pem());
                let path = program.path("ca.pem").display().to_string();
                program.env("SSL_CERT_FILE", &path)
            }
        }
    };
    let outcome = run(line(Some(&Certificate::for_host("other.test")))).await;
    assert_eq!(server.count(), 0);
    assert!(
        outcome.stderr.contains("r53mon: webhook: "),
        "{}",
        outcome.stderr
    );
    let outcome = run(line(Some(&certificate))).await;
    assert_eq!(posted(&server.requests()), happened(&report(&outcome)));
}

#[test]
fn of_a_webhook_nothing_but_its_host_is_ever_said() {
    let url = format!("http://127.0.0.1:9/services/{SECRET}?{SECRET}");
    let header = format!("Authorization: Bearer {SECRET}");
    let loud = "--log-file log.txt --log-level trace --log-format json";
    for line in [
        format!("{RUN} {loud}"),
        format!("watch -e http://app.test -z Z1 {loud}"),
        format!("config show -e http://app.test -z Z1 {loud}"),
        format!("check {loud}"),
        "watch --no-such-flag".to_owned(),
        "plan".to_owned(),
        "watch --webhook".to_owned(),
    ] {
        let arguments = ["--webhook", &url, "--webhook-header", &header];
        let spoken = arguments
            .iter()
            .fold(r53mon(&line), |program, it| program.arg(*it));
        let named = r53mon(&line)
            .env("R53MON_WEBHOOK", &url)
            .env("R53MON_WEBHOOK_HEADER", &header);
        let alone = r53mon(&format!("watch {line}")).arg(&url);
        let joined = r53mon(&line)
            .arg(format!("--webhok={url}"))
            .arg(format!("--webhook-heder={header}"));
        for program in [spoken, named, alone, joined] {
            let outcome = program.run();
            let log =
                std::fs::read_to_string(outcome.home.path().join("log.txt")).unwrap_or_default();
            let said = format!("{}{}{log}", outcome.stdout, outcome.stderr);
            assert!(!said.contains(SECRET), "{line}:\n{said}");
        }
    }
}
