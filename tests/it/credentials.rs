//! Credentials that cannot be loaded: what is wrong and what to do about it fits who was to give them.

use crate::doctor::{Found, bare, plain, pointed, start};
use crate::program::{Outcome, Program, r53mon};
use crate::route53::{ZONE_ID, api, blue_and_green, error_xml, is_list};
use crate::scripted_http::Server;

const ROLE: &str = "role_arn = arn:aws:iam::123456789012:role/r\n";
const KEYS: &str = "[profile keys]\naws_access_key_id = AKID\naws_secret_access_key = key\n";
/// What only helps those who log in to IAM Identity Center.
const SSO_LOGIN: &str = "aws sso login";

fn with_config(config: &str, profile: &str) -> Program {
    r53mon(&format!(
        "watch -e http://app.example.test -z Z1 --profile {profile}"
    ))
    .file("config", config)
    .env("AWS_CONFIG_FILE", "config")
    .env("AWS_REGION", "eu-central-1")
}

#[track_caller]
fn check(outcome: Outcome, words: &[&str]) {
    let outcome = outcome.expect_code(5).expect_only_our_lines();
    for words in words {
        assert!(
            outcome.stderr.contains(words),
            "no {words:?} in\n{}",
            outcome.stderr
        );
    }
    let is_sso = words.iter().any(|words| words.contains(SSO_LOGIN));
    assert_eq!(
        outcome.stderr.contains(SSO_LOGIN),
        is_sso,
        "{}",
        outcome.stderr
    );
}

#[test]
fn each_kind_of_profile_has_its_own_cure() {
    let mfa = format!(
        "{KEYS}[profile p]\n{ROLE}source_profile = keys\nmfa_serial = arn:aws:iam::123456789012:mfa/me\n"
    );
    let role = format!("{KEYS}[profile p]\n{ROLE}source_profile = keys\n");
    let sso = "[profile s]\nsso_session = c\nsso_account_id = 123456789012\nsso_role_name = R\n\
        [sso-session c]\nsso_region = eu-central-1\nsso_start_url = https://x.awsapps.com/start\n";
    let sso = format!("{sso}[profile p]\n{ROLE}source_profile = s\n");
    let circle =
        format!("[profile p]\n{ROLE}source_profile = q\n[profile q]\n{ROLE}source_profile = p\n");
    let token = format!("[profile p]\n{ROLE}web_identity_token_file = /nowhere/token\n");
    let login = "[profile p]\nlogin_session = arn:aws:iam::123456789012:user/me\n";
    let program = "[profile p]\ncredential_process = echo why >&2; exit 3\n";
    for (config, words) in [
        (
            program,
            &[
                "profile \"p\"",
                "ended with exit status: 3",
                "cure: run what the profile names as credential_process",
            ][..],
        ),
        (
            &circle,
            &["infinite loop", "cure: mend the profile in ~/.aws/config"],
        ),
        (
            &token,
            &[
                "/nowhere/token (web_identity_token_file of profile p)",
                "No such file",
                "cure: name the file",
            ],
        ),
        (
            login,
            &[
                "does not support",
                "cure: have the AWS CLI",
                "aws configure export-credentials --profile p",
            ],
        ),
        // One logs in to the profile that has the session.
        (
            &sso,
            &[
                "profile \"s\"",
                "cure: log in again (aws sso login --profile s)",
            ],
        ),
        (&role, &["Connection refused", "AWS_ENDPOINT_URL_STS"]),
        (&mfa, &["Connection refused", "AWS_ENDPOINT_URL_STS"]),
    ] {
        // Nobody listens at that port.
        let program = with_config(config, "p").env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:9");
        check(program.run(), words);
    }
}

#[test]
fn what_the_environment_names_has_its_own_cure() {
    let program = || r53mon("watch -e http://app.example.test -z Z1");
    let token = program()
        .env("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token")
        .env("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r");
    check(
        token.run(),
        &[
            "/nowhere/token (AWS_WEB_IDENTITY_TOKEN_FILE)",
            "No such file",
            "cure: name the file",
        ],
    );
    let container = program().env("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x");
    check(
        container.run(),
        &[
            "Connection refused",
            "cure: check AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ],
    );
    check(
        program().run(),
        &["no AWS credentials found", SSO_LOGIN, "AWS_ACCESS_KEY_ID"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_is_refused_is_told_from_one_that_wants_a_code() {
    let sts = Server::start(|_| {
        error_xml(
            403,
            "AccessDenied",
            "not authorized to perform: sts:AssumeRole",
        )
        .into_reply()
    })
    .await;
    let device = "mfa_serial = arn:aws:iam::123456789012:mfa/me\n";
    for (device, words) in [
        (
            device,
            &[
                "mfa_serial",
                "cure: r53mon asks for no code",
                "aws configure export-credentials --profile p",
            ][..],
        ),
        ("", &["sts:AssumeRole", "cure: check role_arn"]),
    ] {
        let config = format!("{KEYS}[profile p]\n{ROLE}source_profile = keys\n{device}");
        let program = with_config(&config, "p").env("AWS_ENDPOINT_URL_STS", &sts.url());
        let outcome = tokio::task::spawn_blocking(move || program.run());
        check(outcome.await.expect("no panic"), words);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_denied_is_named_in_the_partition_of_the_region() {
    let denying = Server::start(|_| error_xml(403, "AccessDenied", "no").into_reply()).await;
    for (region, resource) in [
        ("eu-central-1", "arn:aws:route53:::hostedzone/Z1"),
        ("us-gov-west-1", "arn:aws-us-gov:route53:::hostedzone/Z1"),
        ("cn-north-1", "arn:aws-cn:route53:::hostedzone/Z1"),
    ] {
        let program = r53mon("watch -e http://app.example.test -z Z1")
            .env("AWS_ENDPOINT_URL_ROUTE_53", &denying.url())
            .env("AWS_REGION", region)
            .env("AWS_ACCESS_KEY_ID", "AKID")
            .env("AWS_SECRET_ACCESS_KEY", "key");
        let outcome = tokio::task::spawn_blocking(move || program.run());
        check(outcome.await.expect("no panic"), &[resource]);
    }
}

#[test]
fn without_credentials_there_is_one_cure_on_top_and_one_line_of_what_was_skipped() {
    let outcome = r53mon("doctor -e http://app.example.test -z Z1")
        .run()
        .expect_code(5);
    let list: Vec<&str> = outcome.stdout.lines().skip(2).collect();
    assert!(
        list[0].starts_with("failed   credentials  no AWS credentials found"),
        "{list:?}"
    );
    assert!(list[1].contains("cure: log in"), "{list:?}");
    let count = |word: &str| list.iter().filter(|line| line.contains(word)).count();
    let is_skipped = |line: &&&str| line.starts_with("skipped ");
    let skipped = list.iter().filter(is_skipped).count();
    assert_eq!((count("cure:"), skipped), (1, 1), "{list:#?}");
    assert_eq!(count("needs credentials: api, clock, "), 1, "{list:#?}");
}

#[test]
fn a_zone_that_may_not_be_read_is_no_obstacle_where_name_servers_are_given() {
    let fault = "api = { fault = \"access_denied\", actions = [\"GetHostedZone\"] }";
    let world = start(plain(fault));
    let line = "watch --duration 3s --tps 50 --no-http -o json";
    let outcome = pointed(line, world.addresses()).run().expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert_eq!(report["record"]["zone_name"], "example.test");
    assert!(report["queries"]["named"].as_u64() > Some(0), "{report:#}");
    let notes = report["notes"].to_string();
    for words in [
        "may not call route53:GetHostedZone",
        "example.test, is taken from its listing",
    ] {
        assert!(notes.contains(words), "{notes}");
    }
    let doctor = pointed("doctor -o json", world.addresses()).run();
    Found::of(&doctor)
        .expect(
            "get-hosted-zone",
            "warning",
            &["route53:GetHostedZone", "policy"],
        )
        .expect("name", "ok", &["example.test"])
        .expect("record", "ok", &["blue 90, green 10"])
        .nothing_else(&["get-hosted-zone"]);
    let without = bare(line, world.addresses()).run();
    check(
        without,
        &[
            "may not call route53:GetHostedZone",
            "cure: add that action",
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_of_the_api_that_is_not_amazons_is_told_wherever_a_run_is_shown() {
    let sets = api(blue_and_green(), 300).await;
    let server =
        crate::scripted_dns::Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let run = |line: &str| {
        let program = r53mon(&format!(
            "{line} --no-http -e http://app.example.test -z {ZONE_ID} -n {} --resolver {}",
            server.address, server.address
        ))
        .env("AWS_ENDPOINT_URL_ROUTE_53", &sets.url())
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "key");
        tokio::task::spawn_blocking(move || program.run())
    };
    let url = sets.url();
    let text = run("watch --duration 2s").await.expect("no panic");
    let first = text.stdout.lines().next().expect("a line");
    assert!(
        first.ends_with(&format!("API at {url}, which is not Amazon's")),
        "{first}"
    );
    assert!(
        text.stdout
            .contains(&format!("API       {url}, which is not Amazon's")),
        "{}",
        text.stdout
    );
    let json = run("watch --duration 2s -o json").await.expect("no panic");
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("a report");
    assert_eq!(report["record"]["api_url"], url);
    // It is on this machine.
    assert!(
        !report["notes"].to_string().contains("plain http"),
        "{report:#}"
    );
    let doctor = run("doctor -o json").await.expect("no panic");
    Found::of(&doctor).expect("api", "ok", &[&url, "not Amazon's"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plain_http_to_another_machine_is_a_standing_warning() {
    let sets = blue_and_green();
    // What is asked for through a proxy can have any name, and leaves this machine for none.
    let proxy = Server::start(move |request| {
        let is_listing = is_list(request);
        if is_listing {
            crate::route53::page_of(&sets, request)
        } else {
            crate::route53::zone_xml(
                "example.test.",
                crate::route53::PUBLIC,
                crate::route53::SERVERS,
            )
        }
    })
    .await;
    let server =
        crate::scripted_dns::Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let run = |line: &str| {
        let program = r53mon(&format!(
            "{line} --no-http -e http://app.example.test -z {ZONE_ID} -n {} --resolver {}",
            server.address, server.address
        ))
        .env("HTTP_PROXY", &proxy.url())
        .env("AWS_ENDPOINT_URL_ROUTE_53", "http://api.example.test")
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "key");
        tokio::task::spawn_blocking(move || program.run())
    };
    let json = run("watch --duration 2s -o json").await.expect("no panic");
    let report: serde_json::Value = serde_json::from_str(&json.stdout)
        .unwrap_or_else(|error| panic!("{error}\n{}", json.stderr));
    assert_eq!(report["record"]["api_url"], "http://api.example.test");
    let notes = report["notes"][0].as_str().expect("a note");
    assert!(
        notes.contains("http://api.example.test is asked over plain http"),
        "{notes}"
    );
    let doctor = run("doctor -o json").await.expect("no panic");
    Found::of(&doctor).expect("api", "warning", &["plain http", "https"]);
}
