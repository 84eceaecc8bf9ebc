//! `r53mon doctor`: every fault of its list as a story or as scripted peers, the JSON held to its schema, and what a watch
//! makes of the same faults.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hickory_resolver::proto::op::ResponseCode;
use r53mon::config::LookupSettings;
use r53mon::demo::{self, Addresses, Options, Running, Story};
use r53mon::model::answer::NoReply;
use r53mon::model::finding::{Finding, Status};
use r53mon::model::name::RecordName;
use r53mon::model::record::RecordType;
use r53mon::model::shortage::Shortage;
use r53mon::sources::checks::delegation::{self, Parents};
use r53mon::sources::checks::servers::{self, Kind, Probe, Role, ServerReply};
use r53mon::sources::checks::{Deadline, essential};
use r53mon::sources::exchange::Question;
use r53mon::sources::lookup::Lookup;
use r53mon::sources::route53::Zone;
use r53mon::sources::servers::ServerList;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::korean::{assert_korean, english};
use crate::program::{Outcome, PATIENCE, Program, r53mon};
use crate::scripted_dns::{self, Received, Server, Step, a, name, ns, send};
use crate::{route53, scripted_http};

/// All checks are through by then, as promised.
const ALL_IN: f64 = 10.0;

/// A world with two plain sets. `top` stands before the sets, `more` behind the servers.
pub fn story(top: &str, more: &str) -> Story {
    let text = format!(
        r#"
name = "doctor"
summary = "For the checks."
description = "For the checks."
zone = "example.test"
type = "A"
ttl = 60
seed = 1
{top}
[[set]]
id = "blue"
weight = 90
values = ["127.0.0.11"]
web = {{ delay = "1ms" }}

[[set]]
id = "green"
weight = 10
values = ["127.0.0.12"]
web = {{ delay = "1ms" }}

[[server]]
name = "ns-98.awsdns-12.test"
lag = "1s"

[[server]]
name = "ns-771.awsdns-32.test"
lag = "1s"
{more}
"#
    );
    Story::parse(&text, "doctor.toml").unwrap_or_else(|error| panic!("{error}"))
}

pub const RECORD: &str = "record = \"app.example.test\"\n";

pub fn plain(top: &str) -> Story {
    story(&format!("{RECORD}{top}"), "")
}

pub fn start(story: Story) -> Running {
    let options = Options {
        story,
        speed: 1.0,
        seed: None,
    };
    demo::start(options).expect("loopback has free ports")
}

/// The program pointed at a world, without name servers.
pub fn bare(command: &str, world: &Addresses) -> Program {
    r53mon(&format!(
        "{command} -e {} -z {} -r {} --resolver {}",
        world.endpoint, world.zone_id, world.record_name, world.resolver
    ))
    .env("AWS_ENDPOINT_URL_ROUTE_53", &world.api_url)
    .env("AWS_ACCESS_KEY_ID", &world.access_key_id)
    .env("AWS_SECRET_ACCESS_KEY", &world.secret_access_key)
}

/// The program pointed at a world, its name servers included.
pub fn pointed(command: &str, world: &Addresses) -> Program {
    let servers = world.name_servers.iter();
    servers.fold(bare(command, world), |program, (_, address)| {
        program.arg("-n").arg(address.to_string())
    })
}

fn doctor(world: &Addresses) -> Program {
    pointed("doctor --output json", world)
}

/// What a run has found, by check; the object is held to its schema.
pub struct Found {
    object: Value,
    checks: BTreeMap<String, Value>,
}

impl Found {
    pub fn of(outcome: &Outcome) -> Self {
        let schema: Value = serde_json::from_str(include_str!("../data/doctor.schema.json"))
            .expect("the schema is JSON");
        let object: Value = serde_json::from_str(&outcome.stdout)
            .unwrap_or_else(|error| panic!("{error}\n{}\n{}", outcome.stdout, outcome.stderr));
        let validator = jsonschema::validator_for(&schema).expect("the schema is usable");
        if let Err(error) = validator.validate(&object) {
            panic!("{error} at {}\n{object:#}", error.instance_path());
        }
        let checks: BTreeMap<String, Value> = object["checks"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|check| {
                let id = check["check"].as_str().expect("text").to_owned();
                (id, check.clone())
            })
            .collect();
        assert_eq!(checks.len(), 21, "every check once: {object:#}");
        let duration = object["duration_s"].as_f64().expect("a number");
        assert!(duration < ALL_IN, "{duration} s");
        let code = if object["status"] == "failed" { 5 } else { 0 };
        assert_eq!(outcome.code, Some(code), "{object:#}");
        Self { object, checks }
    }

    /// Asserts how a check ended and that its texts hold all these. Anything but well has a cure.
    #[track_caller]
    pub fn expect(&self, check: &str, status: &str, texts: &[&str]) -> &Self {
        let found = &self.checks[check];
        assert_eq!(found["status"], status, "{check}\n{:#}", self.object);
        for text in texts {
            assert!(found.to_string().contains(text), "no {text:?} in {found:#}");
        }
        if matches!(status, "warning" | "failed") {
            assert!(found["cure"].is_string(), "no cure in {found:#}");
        }
        self
    }

    /// Asserts that all other checks are well or were skipped.
    #[track_caller]
    pub fn nothing_else(&self, but: &[&str]) {
        for (check, found) in &self.checks {
            let status = found["status"].as_str().unwrap_or_default();
            let fine = matches!(status, "ok" | "skipped") || but.contains(&check.as_str());
            assert!(fine, "{check}\n{:#}", self.object);
        }
    }
}

fn assert_told_in_korean(finding: &Finding) {
    let texts = [
        Some(&finding.what),
        finding.cause.as_ref(),
        finding.cure.as_ref(),
    ];
    texts.into_iter().flatten().for_each(assert_korean);
}

/// Runs the checks against a story.
fn examine(story: Story) -> Found {
    let [found] = examine_each([story]);
    found
}

/// Runs the checks against several stories, side by side: most of the time they wait.
fn examine_each<const COUNT: usize>(stories: [Story; COUNT]) -> [Found; COUNT] {
    let runs = stories.map(|story| {
        let world = start(story);
        let run = doctor(world.addresses()).start();
        let in_korean = pointed("doctor --lang ko", world.addresses()).start();
        (world, run, in_korean)
    });
    runs.map(|(world, run, in_korean)| {
        let found = Found::of(&run.finish(PATIENCE));
        for line in in_korean.finish(PATIENCE).stdout.lines() {
            // The names of the checks stand in front.
            let told = line
                .split_whitespace()
                .skip(2)
                .collect::<Vec<_>>()
                .join(" ");
            assert_eq!(english(&told), None, "{line}");
        }
        drop(world);
        found
    })
}

// Stories.

#[test]
fn in_a_world_without_faults_all_is_well() {
    let world = start(plain(""));
    let found = Found::of(&doctor(world.addresses()).run());
    for check in [
        "settings",
        "credentials",
        "api",
        "clock",
        "get-hosted-zone",
        "list-record-sets",
        "list-zones",
        "zone",
        "name",
        "child-zone",
        "record",
        "ttl",
        "pools",
        "delegation",
        "twins",
        "dns-udp",
        "dns-tcp",
        "authoritative",
        "http",
    ] {
        found.expect(check, "ok", &[]);
    }
    found
        .expect("record", "ok", &["blue 90, green 10"])
        .expect("http", "ok", &["blue 200", "a private address"])
        .expect("health-status", "skipped", &["no record set"])
        .expect("port-53", "skipped", &["inside this network"]);
    assert_eq!(found.object["status"], "ok");

    let text = pointed("doctor", world.addresses()).run().expect_code(0);
    assert_eq!(text.stderr, "");
    assert!(
        !text.stdout.contains('\u{1b}'),
        "no colour without a terminal"
    );
    for line in ["ok       zone ", "ok       dns-tcp ", "0 failed"] {
        assert!(text.stdout.contains(line), "{}", text.stdout);
    }
    let colored = pointed("doctor --color always", world.addresses())
        .run()
        .expect_code(0);
    assert!(
        colored.stdout.contains("\u{1b}[32mok"),
        "{}",
        colored.stdout
    );
}

#[test]
fn expired_credentials_are_named() {
    let found = examine(plain("api = { fault = \"expired_token\" }"));
    found
        .expect("credentials", "failed", &["expired", "new ones"])
        .expect("zone", "skipped", &["needs"])
        .expect("dns-udp", "ok", &[])
        .nothing_else(&["credentials"]);
    let credentials = &found.checks["credentials"];
    assert_eq!(
        (&credentials["what"], &credentials["cure"]),
        (
            &Value::from("the AWS credentials have expired (ExpiredToken)"),
            &Value::from("get new ones, set them in the environment or .env, and start again")
        )
    );
}

#[test]
fn each_permission_that_is_missing_is_named() {
    let denied = |action: &str| {
        plain(&format!(
            "api = {{ fault = \"access_denied\", actions = [\"{action}\"] }}"
        ))
    };
    let [zone, records, zones] = examine_each([
        denied("GetHostedZone"),
        denied("ListResourceRecordSets"),
        denied("ListHostedZonesByName"),
    ]);
    // Name servers are given, so it is only told.
    zone.expect(
        "get-hosted-zone",
        "warning",
        &["route53:GetHostedZone", "policy"],
    )
    .expect("list-record-sets", "ok", &[])
    .nothing_else(&["get-hosted-zone"]);
    records
        .expect(
            "list-record-sets",
            "failed",
            &["route53:ListResourceRecordSets"],
        )
        .expect("zone", "ok", &[])
        .expect("record", "skipped", &["needs"])
        .nothing_else(&["list-record-sets"]);
    zones
        .expect(
            "list-zones",
            "skipped",
            &["ListHostedZonesByName", "policy"],
        )
        .expect("twins", "skipped", &["needs"])
        .nothing_else(&[]);
}

#[test]
fn a_health_check_without_a_status_is_told_with_its_reason() {
    let set = |id: &str, number: u8, kind: &str| {
        format!(
            "[[set]]\nid = \"{id}\"\nweight = 50\nvalues = [\"127.0.0.{number}\"]\n\
             health_check = {{ type = \"{kind}\", passing = 16 }}\n"
        )
    };
    let story = |sets: &str| {
        let text = format!(
            "name = \"doctor\"\nsummary = \"For the checks.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
             type = \"A\"\nttl = 60\nseed = 1\n{sets}[[server]]\nname = \"ns-98.awsdns-12.test\"\nlag = \"1s\"\n"
        );
        Story::parse(&text, "doctor.toml").unwrap_or_else(|error| panic!("{error}"))
    };
    let dark = set("blue", 11, "HTTP") + &set("green", 12, "RECOVERY_CONTROL");
    let calculated = set("blue", 11, "CALCULATED") + &set("green", 12, "HTTP");
    let [dark, calculated] = examine_each([story(&dark), story(&calculated)]);
    dark.expect(
        "health-status",
        "warning",
        &["of green has no status to read", "routing control"],
    );
    calculated.expect("health-status", "ok", &["of blue is healthy"]);
}

#[test]
fn health_checks_that_may_not_be_read_are_skipped_and_others_told() {
    let story = |top: &str| {
        let checked = format!(
            r#"
name = "doctor"
summary = "For the checks."
description = "For the checks."
zone = "example.test"
record = "app.example.test"
type = "A"
ttl = 60
seed = 1
{top}
[[set]]
id = "blue"
weight = 90
values = ["127.0.0.11"]
health_check = {{ type = "HTTP", passing = 16 }}

[[set]]
id = "green"
weight = 10
values = ["127.0.0.12"]

[[server]]
name = "ns-98.awsdns-12.test"
lag = "1s"
"#
        );
        Story::parse(&checked, "doctor.toml").unwrap_or_else(|error| panic!("{error}"))
    };
    let denied = |action: &str| {
        story(&format!(
            "api = {{ fault = \"access_denied\", actions = [\"{action}\"] }}"
        ))
    };
    let [well, check, status] = examine_each([
        story(""),
        denied("GetHealthCheck"),
        denied("GetHealthCheckStatus"),
    ]);
    well.expect("health-status", "ok", &["healthy"]);
    for (found, action) in [(check, "GetHealthCheck"), (status, "GetHealthCheckStatus")] {
        found
            .expect("health-status", "skipped", &["optional", action])
            .nothing_else(&[]);
    }
}

#[test]
fn a_private_zone_needs_a_resolver_and_is_measured_through_it() {
    let story = Story::find("private-zone").expect("it is built in").clone();
    let world = start(story);
    let world = world.addresses();
    let without = Found::of(&bare("doctor --output json --no-http", world).run());
    without
        .expect("zone", "failed", &["private", "--nameserver"])
        .expect("delegation", "skipped", &[])
        .nothing_else(&["zone"]);
    let outcome = bare("watch -d 20s --no-http", world).run().expect_code(5);
    assert!(outcome.stderr.contains("private"), "{}", outcome.stderr);
    let with = Found::of(&doctor(world).run());
    with.expect("zone", "warning", &["private"])
        .expect("authoritative", "warning", &["through a resolver"])
        .expect("delegation", "skipped", &["private zone"])
        .nothing_else(&["zone", "authoritative"]);
    pointed("watch -d 3s -o text", world)
        .run()
        .expect_code(0)
        .expect_stdout("through a resolver");
}

#[test]
fn a_twin_that_is_delegated_in_place_of_the_zone_is_told_in_doctor_and_in_watch() {
    let twin = "twin = { name_servers = [\"ns-1.other.test\", \"ns-2.other.test\"], private = false }\ndelegation = \"twin\"";
    let world = start(plain(twin));
    let watch = pointed("watch -d 3s -o json", world.addresses()).start();
    let found = Found::of(&doctor(world.addresses()).run());
    found
        .expect("delegation", "warning", &["ns-1.other.test", "twin"])
        .expect("twins", "ok", &["other zones of this name"])
        .nothing_else(&["delegation"]);
    let outcome = watch.finish(PATIENCE).expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    let notes = report["notes"].to_string();
    assert!(notes.contains("ns-1.other.test"), "{notes}");
}

#[test]
fn a_zone_that_is_not_delegated_is_told() {
    examine(plain("delegation = \"missing\""))
        .expect("delegation", "warning", &["not delegated"])
        .nothing_else(&["delegation"]);
}

#[test]
fn a_name_in_a_child_zone_is_told() {
    let child = "\n[[extra]]\nname = \"sub.example.test\"\ntype = \"NS\"\nttl = 60\nvalues = [\"ns-1.child.test\"]\n";
    let found = examine(story("record = \"app.sub.example.test\"\n", child));
    found
        .expect("child-zone", "warning", &["sub.example.test", "NS records"])
        .expect(
            "authoritative",
            "failed",
            &["sub.example.test", "--zone-id"],
        );
}

#[test]
fn what_is_no_weighted_record_of_the_zone_fails() {
    let world = start(plain(""));
    let world = world.addresses();
    let examine = |more: &str| {
        let outcome = doctor(world);
        let outcome = more.split(' ').fold(outcome, Program::arg);
        Found::of(&outcome.run())
    };
    examine("-r nothing.example.test")
        .expect("record", "failed", &["no weighted", "--record-name"])
        .expect("dns-udp", "ok", &[])
        .nothing_else(&["record"]);
    examine("-r app.example.net")
        .expect("name", "failed", &["does not lie in it"])
        .expect("zone", "ok", &[])
        // The servers do not answer for that name either.
        .nothing_else(&["name", "authoritative"]);
    examine("-z Z0WRONG")
        .expect("zone", "failed", &["does not exist", "--zone-id"])
        .expect("dns-udp", "ok", &[])
        .nothing_else(&["zone"]);
}

#[test]
fn intercepted_questions_are_told_from_a_resolver_on_purpose() {
    let story = Story::find("intercepted").expect("it is built in").clone();
    let world = start(story);
    let world = world.addresses();
    Found::of(&doctor(world).run())
        .expect("port-53", "failed", &["intercepted", "AA"])
        .expect("authoritative", "failed", &[])
        .nothing_else(&["port-53", "authoritative"]);
    let outcome = pointed("watch -d 20s", world).run().expect_code(5);
    assert!(
        outcome.stderr.contains("port 53 is intercepted"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_dead_server_is_a_warning() {
    let world = start(story(
        RECORD,
        "fault = \"silent\"\n[[server]]\nname = \"ns-3.awsdns-33.test\"\nlag = \"1s\"\n",
    ));
    let world = world.addresses();
    let found = Found::of(&doctor(world).run());
    found
        .expect("dns-udp", "warning", &["2 of 3", "timeout"])
        .expect("authoritative", "ok", &["2 of 2"]);
    // The others are measured at once.
    let outcome = pointed("watch -d 3s -o json --no-http", world)
        .run()
        .expect_code(0);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert!(report["queries"]["named"].as_u64() > Some(0), "{report:#}");
}

#[test]
fn without_any_server_nothing_is_measured_and_the_list_still_is_in_time() {
    let silent = "\n[[server]]\nname = \"ns-3.awsdns-33.test\"\nlag = \"1s\"\nfault = \"silent\"\n";
    let world = start(story(RECORD, silent));
    let address = world.addresses().name_servers[2].1.to_string();
    let of_one = |command: &str| {
        bare(command, world.addresses())
            .arg("-n")
            .arg(address.clone())
    };
    let watch = of_one("watch -d 20s").start();
    Found::of(&of_one("doctor -o json").run())
        .expect("dns-udp", "failed", &["no name server answers", "firewall"])
        .expect("authoritative", "skipped", &[])
        .expect("http", "ok", &[]);
    let outcome = watch.finish(PATIENCE).expect_code(5);
    assert!(
        outcome.stderr.contains("firewall blocks port 53"),
        "{}",
        outcome.stderr
    );
}

/// The addresses of a zone's servers may be typed: where a name of the delegation set has one, it is told by that name.
#[test]
fn a_server_that_was_given_by_its_address_is_called_by_its_name_in_the_delegation_set() {
    // All servers of the simulated world are at one address, which tells a name only where there is one server.
    let all = plain("");
    let mut one = all.clone();
    one.servers.truncate(1);
    let told = |story, given: &str| {
        let world = start(story);
        let outcome = bare("doctor -o json", world.addresses())
            .arg("-n")
            .arg(given)
            .run();
        let found = Found::of(&outcome);
        found.checks["dns-udp"].to_string()
    };
    assert!(told(one.clone(), "127.0.0.1").contains("ns-98.awsdns-12.test"));
    assert!(told(all, "127.0.0.1").contains(" 127.0.0.1 "));
    // The servers of a zone answer at port 53, so this is another one.
    assert!(told(one, "127.0.0.1:1").contains("127.0.0.1:1"));
}

#[test]
fn pools_that_look_alike_are_told() {
    let text = r#"
name = "doctor"
summary = "For the checks."
description = "For the checks."
zone = "example.test"
record = "app.example.test"
type = "A"
ttl = 60
seed = 1

[[set]]
id = "blue"
weight = 80
alias = "blue.elb.test"

[[set]]
id = "green"
weight = 20
alias = "green.elb.test"

[[pool]]
name = "blue.elb.test"
hosted_zone_id = "ZDEMOELB"
first = "127.53.1.1"
count = 4
published = 4
every = "1h"
ttl = 60

[[pool]]
name = "green.elb.test"
hosted_zone_id = "ZDEMOELB"
first = "127.53.1.3"
count = 4
published = 4
every = "1h"
ttl = 60

[[server]]
name = "ns-98.awsdns-12.test"
lag = "1s"
"#;
    let story = Story::parse(text, "doctor.toml").unwrap_or_else(|error| panic!("{error}"));
    examine(story).expect("pools", "warning", &["blue and green", "127.53.1."]);
}

#[test]
fn an_endpoint_that_is_down_fails() {
    let (closed, _kept) = scripted_http::nobody();
    let world = start(plain(""));
    let endpoint = format!("http://app.example.test:{}/", closed.port());
    let found = Found::of(&doctor(world.addresses()).arg("-e").arg(endpoint).run());
    found
        .expect(
            "http",
            "failed",
            &["no set answers", "cannot connect", "--no-http"],
        )
        .nothing_else(&["http"]);
    let off = Found::of(&doctor(world.addresses()).arg("--no-http").run());
    off.expect("http", "skipped", &["--no-http"]);
}

#[test]
fn bad_settings_end_with_2() {
    let outcome = r53mon("doctor --tps 0 --output json").run().expect_code(2);
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains("--tps"), "{}", outcome.stderr);
}

#[test]
fn without_credentials_what_needs_none_is_checked() {
    let world = start(plain(""));
    let outcome = doctor(world.addresses())
        .env("AWS_ACCESS_KEY_ID", "")
        .env("AWS_SECRET_ACCESS_KEY", "")
        .run();
    Found::of(&outcome)
        .expect(
            "credentials",
            "failed",
            &["no AWS credentials found", "aws sso login"],
        )
        .expect("list-record-sets", "skipped", &["needs credentials"])
        .expect("dns-udp", "ok", &[])
        .nothing_else(&["credentials"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_credentials_and_a_mix_of_ttls_are_told() {
    let alias = "<SetIdentifier>green</SetIdentifier><Weight>1</Weight><AliasTarget><HostedZoneId>Z35SXDOTRQ7X7K\
        </HostedZoneId><DNSName>green-1.eu-west-1.elb.amazonaws.com.</DNSName>\
        <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>";
    let blue = "<SetIdentifier>blue</SetIdentifier><Weight>1</Weight><TTL>300</TTL><ResourceRecords>\
        <ResourceRecord><Value>127.0.0.1</Value></ResourceRecord></ResourceRecords>";
    let sets = vec![
        route53::Set::other(route53::NAME, "A", blue),
        route53::Set::other(route53::NAME, "A", alias),
    ];
    let mixed = route53::api(sets, 300).await;
    let bad = scripted_http::Server::start(|_| {
        route53::error_xml(403, "InvalidClientTokenId", "The security token is invalid")
            .into_reply()
    })
    .await;
    let resolver = Server::start(|received| vec![received.at("127.0.0.2")]).await;
    let run = |api: String| {
        let line = format!(
            "doctor -o json --no-http -e http://app.example.test/ -z {} -n {} --resolver {}",
            route53::ZONE_ID,
            resolver.address,
            resolver.address
        );
        let program = r53mon(&line)
            .env("AWS_ENDPOINT_URL_ROUTE_53", &api)
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        tokio::task::spawn_blocking(move || program.run())
    };
    let (mixed, bad) = tokio::join!(run(mixed.url()), run(bad.url()));
    Found::of(&mixed.expect("no panic")).expect(
        "ttl",
        "warning",
        &["60 s for green, 300 s for blue"],
    );
    Found::of(&bad.expect("no panic"))
        .expect("credentials", "failed", &["InvalidClientTokenId"])
        .expect("zone", "skipped", &["needs"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn peers_that_hang_cost_ten_seconds_at_the_most() {
    let api = scripted_http::Server::start(|_| scripted_http::Reply::Hang).await;
    let silent = Server::start(|_| Vec::new()).await;
    let program = r53mon(&format!(
        "doctor -o json -e http://app.example.test/ -z Z0TEST -n {} --resolver {}",
        silent.address, silent.address
    ))
    .env("AWS_ENDPOINT_URL_ROUTE_53", &api.url())
    .env("AWS_ACCESS_KEY_ID", "AKIDENV")
    .env("AWS_SECRET_ACCESS_KEY", "secret");
    let outcome = tokio::task::spawn_blocking(move || program.run());
    let found = Found::of(&outcome.await.expect("no panic"));
    found
        .expect("get-hosted-zone", "failed", &["does not answer"])
        .expect("dns-udp", "failed", &["no name server answers"])
        .expect("dns-tcp", "warning", &[]);
    for (check, finding) in &found.checks {
        let took = finding["took_s"].as_f64().expect("a number");
        assert!(took < 6.0, "{check} took {took} s");
    }
}

// Delegation, asked of scripted parents.

fn zone() -> Zone {
    Zone {
        name: parsed("example.test"),
        name_servers: vec!["ns-1.aws.test".into(), "ns-2.aws.test".into()],
        private: false,
    }
}

fn parsed(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

/// A referral, as a parent's server gives it.
fn referral(received: &Received, servers: &[&str]) -> Step {
    let mut reply = received.reply();
    reply.metadata.authoritative = false;
    reply.add_authorities(servers.iter().map(|server| ns("example.test", server)));
    send(&reply)
}

/// Checks the delegation where the parent's server does this, and the resolver knows that server and these addresses.
async fn delegation(
    parent: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
    private_too: bool,
) -> Finding {
    let parent = Server::start(parent).await;
    let address = parent.address;
    let resolver = Server::start(move |received| resolve(received, address.ip())).await;
    let lookup = Lookup::new(&LookupSettings {
        resolver: Some(resolver.address),
    })
    .expect("a resolver that was named");
    let parents = Parents {
        port: address.port(),
        private_too,
    };
    let finding = delegation::check(&zone(), &lookup, parents, Deadline::from_now()).await;
    if private_too {
        let seen = parent.seen();
        assert_eq!(seen.len(), 1);
        assert!(!seen[0].message.metadata.recursion_desired);
    } else {
        assert_eq!(parent.count(), 0, "nobody inside a network is asked");
    }
    assert_told_in_korean(&finding);
    finding
}

fn resolve(received: &Received, parent: IpAddr) -> Vec<Step> {
    use hickory_resolver::proto::rr::RecordType::{A, NS};
    let asked = received.name();
    let step = match (asked.as_str(), received.question().query_type) {
        ("test.", NS) => received.answer([ns("test", "a.nic.test")]),
        ("example.test.", NS) => received.answer([
            ns("example.test", "ns-1.aws.test"),
            ns("example.test", "ns-2.aws.test"),
        ]),
        ("a.nic.test.", A) => received.answer([a("a.nic.test", &parent.to_string())]),
        // The same servers under names of one's own.
        ("ns-1.aws.test." | "ns1.example.test.", A) => received.at("192.0.2.1"),
        ("ns-2.aws.test." | "ns2.example.test.", A) => received.at("192.0.2.2"),
        ("ns-1.other.test." | "ns-2.other.test.", A) => received.at("192.0.2.77"),
        _ => received.answer([]),
    };
    vec![step]
}

#[tokio::test]
async fn a_parent_that_delegates_to_the_zones_servers_is_well() {
    let finding = delegation(
        |received| vec![referral(received, &["ns-2.aws.test", "NS-1.aws.test"])],
        true,
    )
    .await;
    assert_eq!(finding.status, Status::Ok, "{finding:?}");
    assert!(finding.what.contains("a.nic.test"), "{finding:?}");
}

#[tokio::test]
async fn names_of_ones_own_for_the_same_servers_are_well() {
    let finding = delegation(
        |received| {
            vec![referral(
                received,
                &["ns1.example.test", "ns2.example.test"],
            )]
        },
        true,
    )
    .await;
    assert_eq!(finding.status, Status::Ok, "{finding:?}");
    assert!(finding.what.contains("other names"), "{finding:?}");
}

#[tokio::test]
async fn a_parent_that_delegates_elsewhere_or_nowhere_or_in_part_is_told() {
    let twin = delegation(
        |received| vec![referral(received, &["ns-1.other.test", "ns-2.other.test"])],
        true,
    )
    .await;
    assert_eq!(twin.status, Status::Warning);
    assert!(
        twin.sentence().contains("ns-1.other.test, ns-2.other.test"),
        "{twin:?}"
    );
    let stale = delegation(
        |received| vec![referral(received, &["ns-1.aws.test", "ns-1.other.test"])],
        true,
    )
    .await;
    assert_eq!(stale.status, Status::Warning);
    assert!(stale.what.contains("also to ns-1.other.test"), "{stale:?}");
    let part = delegation(
        |received| vec![referral(received, &["ns-1.aws.test"])],
        true,
    )
    .await;
    assert_eq!(part.status, Status::Warning);
    assert!(part.what.contains("not to ns-2.aws.test"), "{part:?}");
    let nowhere = delegation(
        |received| vec![received.rcode(hickory_resolver::proto::op::ResponseCode::NXDomain)],
        true,
    )
    .await;
    assert_eq!(nowhere.status, Status::Warning);
    assert!(nowhere.what.contains("not delegated"), "{nowhere:?}");
}

#[tokio::test]
async fn where_no_parent_can_be_asked_the_resolver_is_believed() {
    let finding = delegation(|_| Vec::new(), false).await;
    assert_eq!(finding.status, Status::Ok, "{finding:?}");
    assert!(finding.what.contains("says the resolver"), "{finding:?}");
}

// Name servers.

fn question() -> Question {
    Question::new(&parsed("app.example.test"), RecordType::A).expect("a question")
}

fn as_resolver(received: &Received) -> Vec<Step> {
    let mut reply = received.reply();
    reply.metadata.authoritative = false;
    reply.metadata.recursion_available = true;
    let mut record = a(".", "192.0.2.1");
    record.name = name("app.example.test");
    reply.add_answers([record]);
    vec![send(&reply)]
}

fn list(addresses: &[SocketAddr]) -> Arc<ServerList> {
    Arc::new(ServerList::given(addresses))
}

#[tokio::test]
async fn one_answer_with_authority_is_waited_for_and_no_more() {
    let good = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let open = CancellationToken::new();
    let held = open.clone();
    let slow =
        Server::start(move |received| vec![Step::Until(held.clone()), received.at("192.0.2.1")])
            .await;
    let servers = list(&[slow.address, good.address]);
    let mut probe = Probe::start(&question(), &servers, Deadline::each());
    let heard = probe.until_authoritative().await;
    assert_eq!(heard.len(), 1);
    assert_eq!(
        (heard[0].server.get(), heard[0].kind()),
        (1, Kind::Authoritative)
    );
    open.cancel();
    let all = probe.finish().await;
    let kinds: Vec<Kind> = all.iter().map(servers::ServerReply::kind).collect();
    assert_eq!(kinds, [Kind::Authoritative, Kind::Authoritative]);
}

/// What the start hears of one server.
async fn first_heard(server: &Server) -> (ServerReply, Arc<ServerList>) {
    let servers = list(&[server.address]);
    let probe = Probe::start(&question(), &servers, Deadline::each());
    (probe.finish().await.remove(0), servers)
}

#[tokio::test]
async fn a_server_that_truncates_is_asked_over_tcp_at_the_start_too() {
    // As rate limiters do: without AA.
    let limited = |received: &Received| {
        let mut reply = received.reply();
        reply.metadata.authoritative = false;
        reply.metadata.truncation = true;
        vec![send(&reply)]
    };
    let server = Server::start(move |received| {
        if received.tcp {
            vec![received.at("192.0.2.1")]
        } else {
            limited(received)
        }
    })
    .await;
    let (heard, _) = first_heard(&server).await;
    assert_eq!(heard.kind(), Kind::Authoritative);

    let closed = Server::start_without_tcp(limited).await;
    let (heard, _) = first_heard(&closed).await;
    assert_eq!(heard.kind(), Kind::Silent);
    let found = servers::udp(&[heard]);
    assert_eq!(found.status, Status::Failed);
    assert_told_in_korean(&found);
    let told = found.sentence();
    assert!(told.contains("truncates") && told.contains("TCP"), "{told}");
    assert!(!told.contains("firewall"), "{told}");
}

#[tokio::test]
async fn a_server_that_knows_no_edns_is_found_at_the_start_whether_it_says_so_or_not() {
    let silent_to_edns = |_: &Received| Vec::new();
    let refuses = |received: &Received| vec![received.rcode(ResponseCode::NotImp)];
    let scripts: [fn(&Received) -> Vec<Step>; 2] = [silent_to_edns, refuses];
    for script in scripts {
        let server = Server::start(move |received| {
            if received.message.edns.is_some() {
                script(received)
            } else {
                vec![received.at("192.0.2.1")]
            }
        })
        .await;
        let (heard, list) = first_heard(&server).await;
        assert_eq!(heard.kind(), Kind::Authoritative);
        assert!(list.is_without_edns(heard.server));
        let found = servers::udp(&[heard]);
        assert_eq!(found.status, Status::Warning);
        assert!(found.what.contains("EDNS"), "{found:?}");
    }
    // A packet that was lost is no reason to leave it out.
    let server = Server::start(|received| match received.number {
        0 => Vec::new(),
        _ => vec![received.at("192.0.2.1")],
    })
    .await;
    let (heard, list) = first_heard(&server).await;
    assert_eq!(heard.kind(), Kind::Authoritative);
    assert!(!list.is_without_edns(heard.server));
}

#[test]
fn what_this_machine_lacks_is_not_the_servers_fault() {
    let heard = ServerReply {
        server: 0.into(),
        label: "ns1".to_owned(),
        address: Some("192.0.2.1:53".parse().expect("an address")),
        result: Err(NoReply::NotAsked(Shortage::Emfile)),
    };
    let found = servers::udp(&[heard]);
    assert_told_in_korean(&found);
    let told = found.sentence();
    assert!(
        told.contains("EMFILE") && told.contains("ulimit -n"),
        "{told}"
    );
    assert!(!told.contains("firewall"), "{told}");
}

#[tokio::test]
async fn a_resolver_in_the_place_of_the_zones_servers_is_fatal_and_one_that_was_named_is_not() {
    let resolver = Server::start(as_resolver).await;
    let servers = list(&[resolver.address]);
    let heard = Probe::start(&question(), &servers, Deadline::each())
        .finish()
        .await;
    assert_eq!(heard[0].kind(), Kind::Resolver);
    assert!(servers::is_intercepted(&heard, &[Role::OfZone]));
    assert!(essential::fatal_replies(&heard, &[Role::OfZone]).is_some());
    for role in [Role::Given, Role::GivenForPrivateZone] {
        assert_eq!(essential::fatal_replies(&heard, &[role]), None);
        let finding = servers::authoritative(&heard, &[role]);
        assert_eq!(finding.status, Status::Warning);
        assert!(finding.what.contains("through a resolver"), "{finding:?}");
    }
}

#[tokio::test]
async fn an_answer_from_where_nobody_can_answer_is_told() {
    let anybody = Server::start(as_resolver).await;
    let time = Deadline::from_now();
    let canary = Some(anybody.address);
    let answered = servers::ask_canary(&question(), canary, time).await;
    assert_eq!(answered, Some(true));
    let finding = servers::port_53(canary, answered, &[], &[]);
    assert_eq!(finding.status, Status::Warning);
    assert!(finding.what.contains("intercepted"), "{finding:?}");

    let (nobody, _kept) = scripted_dns::nobody().await;
    let answered = servers::ask_canary(&question(), Some(nobody), time).await;
    assert_eq!(answered, Some(false));
    assert_eq!(
        servers::port_53(Some(nobody), answered, &[], &[]).status,
        Status::Ok
    );
}

#[test]
fn nothing_leaves_a_network_whose_own_servers_are_asked() {
    let inside = list(&[
        "127.0.0.1:53".parse().expect("valid"),
        "10.0.0.2:53".parse().expect("valid"),
    ]);
    assert_eq!(servers::canary_for(&inside), None);
    let outside = list(&["205.251.192.1:53".parse().expect("valid")]);
    let canary = servers::canary_for(&outside).expect("the world is asked");
    assert_eq!(canary.to_string(), "192.0.2.53:53");
}

#[tokio::test]
async fn a_server_without_tcp_is_told() {
    let both = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let udp_only = Server::start_without_tcp(|received| vec![received.at("192.0.2.1")]).await;
    let servers = list(&[both.address, udp_only.address]);
    let finding = servers::tcp(&question(), &servers, Deadline::from_now()).await;
    assert_eq!(finding.status, Status::Warning);
    assert_told_in_korean(&finding);
    let text = finding.sentence();
    assert!(
        text.contains("1 of 2") && text.contains(&udp_only.address.to_string()),
        "{text}"
    );
}
