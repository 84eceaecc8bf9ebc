//! A rehearsal from end to end without the AWS CLI: weights are moved by requests as it sends them, the program sees that, and
//! the command that it tells undoes the change. `.ci/run` does the same with the real one.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use r53mon::demo::{self, Options, Running, Story};
use serde_json::Value;

use super::program::{Run, r53mon, signal};
use super::route53::{NAME, Set, ZONE_ID, api, connect};

/// The sets of the world with what decides between their answers.
const SETS: [(&str, &str); 2] = [("it's $blue \"", "127.0.0.11"), ("grün", "127.0.0.12")];

fn world() -> Running {
    let story = r#"
        name = "moved"
        summary = "s."
        zone = "example.test"
        record = "*.example.test"
        asked = "app.example.test"
        type = "A"
        ttl = 60
        http = false
        [[set]]
        id = "it's $blue \""
        weight = 90
        values = ["127.0.0.11"]
        [[set]]
        id = "grün"
        weight = 10
        values = ["127.0.0.12"]
        [[server]]
        name = "ns-1.test"
        lag = "0s"
        [[server]]
        name = "ns-2.test"
        lag = "1s"
    "#;
    let story = Story::parse(story, "moved.toml").expect("a good story");
    let options = Options {
        story,
        speed: 1.0,
        seed: None,
    };
    demo::start(options).expect("loopback has free ports")
}

/// Sends a request as the AWS CLI would; gives the body of the answer.
fn call(running: &Running, method: &str, path: &str, body: &str) -> String {
    let url = &running.addresses().api_url;
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).expect("it listens");
    let length = body.len();
    let request = format!(
        "{method} /2013-04-01/{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    answer
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// What the CLI makes of the JSON that it is given.
fn as_xml(json: &Value, name: &str) -> String {
    let content = match json {
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| as_xml(value, name));
            fields.collect()
        }
        Value::Array(items) => {
            let item = name.strip_suffix('s').expect("a list");
            items.iter().map(|value| as_xml(value, item)).collect()
        }
        Value::String(text) => escaped(text),
        other => other.to_string(),
    };
    format!("<{name}>{content}</{name}>")
}

/// Submits a change batch; gives the id of the change.
fn submit(running: &Running, batch: &Value) -> String {
    let zone = &running.addresses().zone_id;
    let batch = as_xml(batch, "ChangeBatch");
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">{batch}\
         </ChangeResourceRecordSetsRequest>"
    );
    let answer = call(running, "POST", &format!("hostedzone/{zone}/rrset/"), &body);
    let (_, rest) = answer.split_once("<Id>/change/").expect("an id");
    rest.split_once("</Id>").expect("its end").0.to_owned()
}

/// A change batch with these weights, and all else as it is.
fn batch(weights: [u64; 2]) -> Value {
    let changes = SETS
        .iter()
        .zip(weights)
        .map(|((identifier, value), weight)| {
            serde_json::json!({ "Action": "UPSERT", "ResourceRecordSet": {
                "Name": "\\052.example.test.",
                "Type": "A",
                "SetIdentifier": identifier,
                "Weight": weight,
                "TTL": 60,
                "ResourceRecords": [{ "Value": value }],
            }})
        });
    serde_json::json!({ "Changes": changes.collect::<Vec<_>>() })
}

fn weights(running: &Running) -> Vec<Option<u8>> {
    let report = running.report();
    report.sets.iter().map(|set| set.weight).collect()
}

/// Watches the world; what it says comes on stdout, an object a line.
fn watch(running: &Running, more: &str) -> Run {
    let world = running.addresses();
    let servers = world.name_servers.iter();
    let servers: Vec<String> = servers
        .map(|(_, address)| format!("-n {address}"))
        .collect();
    let servers = servers.join(" ");
    let (endpoint, zone, resolver) = (&world.endpoint, &world.zone_id, world.resolver);
    let line = format!(
        "watch -e {endpoint} -z {zone} -r *.example.test {servers} --resolver {resolver} --no-http --tps 50 -o ndjson \
         --poll-interval 5s {more}"
    );
    r53mon(&line)
        .envs(&[
            ("AWS_ENDPOINT_URL_ROUTE_53", &world.api_url),
            ("AWS_ACCESS_KEY_ID", &world.access_key_id),
            ("AWS_SECRET_ACCESS_KEY", &world.secret_access_key),
            ("AWS_REGION", "us-east-1"),
        ])
        .start()
}

/// The words that a POSIX shell makes of a command.
fn words_of(command: &str) -> Vec<String> {
    let mut shell = Command::new("/bin/sh")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let script = format!("aws() {{ for word; do printf '%s\\0' \"$word\"; done; }}\n{command}\n");
    let mut stdin = shell.stdin.take().expect("it is piped");
    stdin.write_all(script.as_bytes()).expect("the shell reads");
    drop(stdin);
    let said = shell.wait_with_output().expect("it ends").stdout;
    let said = String::from_utf8(said).expect("text");
    said.split_terminator('\0').map(str::to_owned).collect()
}

/// Reads objects until one is of this schema and, of a tick, has these weights in force; gives that one.
fn until(run: &mut Run, schema: &str, wanted: Option<[u64; 2]>) -> Value {
    loop {
        let line = run.line();
        let object: Value = serde_json::from_str(&line).expect("an object a line");
        let sets = object["segment"]["sets"].as_array();
        let weights = sets.map(|sets| {
            let weights = sets.iter().map(|set| set["weight"].as_u64());
            weights.collect::<Vec<_>>()
        });
        let mut wanted = wanted.map(|wanted| wanted.map(Some).to_vec());
        // They stand in the order of their identifiers, which is that of `SETS` turned round.
        if let Some(wanted) = &mut wanted {
            wanted.reverse();
        }
        if object["schema"] == schema && (wanted.is_none() || weights == wanted) {
            return object;
        }
    }
}

#[test]
fn what_was_moved_is_seen_and_the_told_command_moves_it_back() {
    let running = world();
    let mut run = watch(&running, "");
    until(&mut run, "r53mon.tick/1", Some([90, 10]));
    let change = submit(&running, &batch([50, 50]));
    assert_eq!(weights(&running), [Some(50), Some(50)]);
    until(&mut run, "r53mon.tick/1", Some([50, 50]));
    while !call(&running, "GET", &format!("change/{change}"), "").contains("INSYNC") {
        run.line();
    }
    signal(run.id(), "INT");
    let report = until(&mut run, "r53mon.report/1", None);
    assert_eq!(report["undo"]["tool"], "cli", "{}", report["undo"]);
    let command = report["undo"]["command"].as_str().expect("a command");
    let words = words_of(command);
    let url = &running.addresses().api_url;
    let zone = &running.addresses().zone_id;
    let flags = [
        "--endpoint-url",
        url,
        "--hosted-zone-id",
        zone,
        "--change-batch",
    ];
    assert_eq!(words[..2], ["route53", "change-resource-record-sets"]);
    assert_eq!(words[2..7], flags);
    let mut undo: Value = serde_json::from_str(&words[7]).expect("JSON");
    undo.as_object_mut().expect("an object").remove("Comment");
    let mut expected = batch([90, 10]);
    expected["Changes"].as_array_mut().expect("two").reverse();
    assert_eq!(undo, expected);
    submit(&running, &undo);
    assert_eq!(weights(&running), [Some(90), Some(10)]);
}

#[test]
fn terraform_is_told_attributes_instead() {
    let running = world();
    let mut run = watch(&running, "--iac terraform");
    until(&mut run, "r53mon.tick/1", Some([90, 10]));
    submit(&running, &batch([80, 10]));
    until(&mut run, "r53mon.tick/1", Some([80, 10]));
    signal(run.id(), "INT");
    let report = until(&mut run, "r53mon.report/1", None);
    assert_eq!(report["undo"]["tool"], "terraform");
    assert_eq!(
        report["undo"]["command"],
        "aws_route53_record with name = \"*.example.test\", type = \"A\", set_identifier = \"it's $blue \\\"\": \
         weighted_routing_policy { weight = 90 }"
    );
}

/// The lines that the story prints, with the port that it has when it is free.
#[test]
fn the_rehearsal_prints_what_help_and_readme_say() {
    let story = Story::find("rehearsal").expect("it is built in").clone();
    let port = story.api_port.expect("it has one");
    let options = Options {
        story,
        speed: 1.0,
        seed: None,
    };
    let running = demo::start(options).expect("loopback has free ports");
    let world = running.addresses();
    let said = demo::rehearsal_instructions(world, false);
    let usual = format!("http://127.0.0.1:{port}");
    let said = said.replace(&world.api_url, &usual);
    let change = world.first_change.as_deref().expect("it is weighted");
    assert!(said.contains(change), "{said}");
    let help = r53mon("demo --help").run().expect_code(0).stdout;
    // The help goes on in a further line.
    let joined = |text: &str| text.replace(['\\', ' ', '\n'], "");
    assert!(joined(&help).contains(&joined(change)), "{help}");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(change), "{change}");
    for text in [&help, readme] {
        for said in [
            usual.as_str(),
            &world.access_key_id,
            &world.secret_access_key,
        ] {
            assert!(text.contains(said), "{said} is missing");
        }
    }
}

#[test]
fn the_rehearsal_tells_where_the_api_is() {
    let outcome = r53mon("demo rehearsal --no-http -d 1s -o json")
        .run()
        .expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    let mut lines = outcome.stderr.lines();
    let url = lines.find_map(|line| line.strip_prefix("export AWS_ENDPOINT_URL_ROUTE_53="));
    let url = url.expect("it is told before the start");
    let notes = report["notes"].as_array().expect("notes");
    assert!(
        notes
            .iter()
            .any(|note| note.as_str().is_some_and(|note| note.contains(url)))
    );
    assert_eq!(report["undo"], Value::Null);
}

#[tokio::test]
async fn a_record_set_is_kept_with_all_that_the_api_told_and_the_names_of_what_is_unknown() {
    let values = "<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>";
    let alias = format!(
        "<SetIdentifier>b</SetIdentifier><Weight>2</Weight><AliasTarget><HostedZoneId>{ZONE_ID}</HostedZoneId>\
         <DNSName>below.example.com.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>\
         <HealthCheckId>check</HealthCheckId><Mood><Deep/></Mood>"
    );
    let plain = format!("<SetIdentifier>a</SetIdentifier><Weight>1</Weight>{values}");
    let below = format!("<SetIdentifier>c</SetIdentifier><Region>eu-west-1</Region>{values}");
    let server = api(
        vec![
            Set::other(NAME, "A", &plain),
            Set::other(NAME, "A", &alias),
            Set::other(NAME, "TXT", values),
            Set::other("below.example.com.", "A", &below),
        ],
        300,
    )
    .await;
    let group = connect(&server).await.group().await.expect("a group");
    let told: Vec<(&str, Option<&str>, Vec<&str>)> = group
        .declared
        .iter()
        .map(|set| {
            let others = set.others.iter().map(String::as_str);
            (
                set.name.as_str(),
                set.identifier.as_deref(),
                others.collect(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            (NAME, Some("a"), vec![]),
            (NAME, Some("b"), vec!["Mood"]),
            ("below.example.com.", Some("c"), vec!["Region"]),
        ]
    );
    let [one, two, _] = &group.declared[..] else {
        panic!("{told:?}")
    };
    assert_eq!(
        (one.weight, one.ttl, &*one.values),
        (Some(1), Some(60), &["192.0.2.1".to_owned()][..])
    );
    let alias = two.alias.as_ref().expect("an alias");
    assert_eq!(
        (alias.hosted_zone_id.as_str(), alias.evaluate_target_health),
        (ZONE_ID, true)
    );
    assert_eq!(
        (two.ttl, two.health_check_id.as_deref()),
        (None, Some("check"))
    );
}
