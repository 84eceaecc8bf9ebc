//! Secrets, planted in every place that takes text, are in nothing that the program says.

use std::fs;

use crate::doctor::{plain, pointed, start};
use crate::program::{Outcome, Program, r53mon};
use crate::route53::error_xml;
use crate::scripted_http::Server;

/// What nobody may read.
const SECRET: &str = "s3cr3t";
/// Everything is written down.
const LOUD: &str = "--log-file log.txt --log-level trace --log-format json";
/// A line that is good as far as it goes.
const GOOD: &str = "-e http://app.example.test -z Z1";

/// Asserts that something was said, and that the secret is in none of it.
#[track_caller]
fn check(what: &str, outcome: &Outcome) {
    let log = fs::read_to_string(outcome.home.path().join("log.txt")).unwrap_or_default();
    let said = format!("{}{}{log}", outcome.stdout, outcome.stderr);
    assert!(!said.is_empty(), "{what}: nothing was said");
    assert!(!said.contains(SECRET), "{what}:\n{said}");
}

/// Every command that reads settings.
fn each_command(rest: &str) -> impl Iterator<Item = Program> {
    let commands = [
        "watch -o json",
        "check",
        "doctor",
        "doctor -o ndjson",
        "config show",
    ];
    commands
        .into_iter()
        .map(move |command| r53mon(&format!("{command} {LOUD} {rest}")))
}

/// Values that are meant to be URLs; the first three are some.
fn urls() -> [String; 8] {
    [
        format!("http://me:{SECRET}@host.test/x"),
        format!("http://{SECRET}@host.test/x"),
        format!("ftp://host.test/x?key={SECRET}"),
        format!("http://me:x/{SECRET}@host.test/x"),
        format!("http://me:x {SECRET}@host.test/x"),
        format!("me:{SECRET}@host.test:80"),
        format!("http:/me:{SECRET}@host.test:80"),
        format!("http://host.test:x/?{SECRET}"),
    ]
}

#[test]
fn settings_that_are_urls_are_quoted_without_their_secrets() {
    for url in urls() {
        let toml = format!("[r53mon]\nendpoint = \"{url}\"\nhosted_zone_id = \"Z1\"\n");
        for command in ["watch", "config show"] {
            let line = format!("{command} -z Z1");
            let flag = r53mon(&line).arg("-e").arg(&url);
            check(&url, &flag.run());
            let variable = r53mon(&line).env("R53MON_ENDPOINT", &url);
            check(&url, &variable.run());
            let file = r53mon(&line).file(".env", &format!("R53MON_ENDPOINT='{url}'\n"));
            check(&url, &file.run());
            let file = r53mon(command).file("r53mon.toml", &toml);
            check(&url, &file.run());
        }
        check(&url, &r53mon("watch").arg(&url).run());
    }
}

#[test]
fn lines_of_files_that_cannot_be_read_are_not_quoted() {
    for bad in [
        format!("endpoint = \"https://me:{SECRET}@host.test\" x"),
        format!("endpoint = {SECRET}"),
        format!("tps = '{SECRET}"),
        SECRET.to_owned(),
    ] {
        let file = r53mon("watch").file("r53mon.toml", &format!("[r53mon]\n{bad}\n"));
        let outcome = file
            .run()
            .expect_code(2)
            .expect_stderr("r53mon.toml line 2");
        check(&bad, &outcome);
    }
    for name in [".env", "named.env"] {
        let line = format!("watch {GOOD} --env-file {name}");
        let file = r53mon(&line).file(name, &format!("AWS_SECRET_ACCESS_KEY={SECRET} and more\n"));
        check(name, &file.run().expect_code(2));
    }
}

#[test]
fn addresses_of_the_api_and_of_proxies_are_shown_without_secrets() {
    let api = format!("http://me:{SECRET}@127.0.0.1:9/?key={SECRET}");
    let proxy = format!("http://me:{SECRET}@127.0.0.1:9");
    let profile = format!("[default]\nendpoint_url = {api}\n");
    for program in each_command(GOOD) {
        let program = program
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        check("API", &program.env("AWS_ENDPOINT_URL_ROUTE_53", &api).run());
    }
    for url in urls() {
        let program = r53mon(&format!("watch {GOOD}")).env("AWS_ENDPOINT_URL", &url);
        check(&url, &program.run());
    }
    for program in each_command(GOOD) {
        let program = program
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        let program = program
            .file("config", &profile)
            .env("AWS_CONFIG_FILE", "config");
        check("profile", &program.run());
    }
    for program in each_command(GOOD) {
        let program = program
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", SECRET);
        check("proxy", &program.env("HTTPS_PROXY", &proxy).run());
    }
}

#[test]
fn what_gives_credentials_and_what_is_in_profiles_is_not_quoted() {
    for config in [
        format!("[profile p]\ncredential_process = echo {SECRET} >&2; exit 3\n"),
        format!(
            "[profile p]\ncredential_process = echo '{{\"Version\": 1, \"AccessKeyId\": \"{SECRET}\"}}'\n"
        ),
        format!("[profile p]\ncredential_process = echo {SECRET}\n"),
        format!("[profile p]\ncredential_process = no-such-program --key {SECRET}\n"),
        format!("[profile p]\naws_secret_access_key = {SECRET}\n"),
        format!("[profile p]\naws_secret_access_key {SECRET}\n"),
        format!("[profile p]\n  {SECRET}\n"),
        format!(
            "[profile a]\nrole_arn = r\nsource_profile = p\n[profile p]\ncredential_process = echo {SECRET} >&2; exit 1\n"
        ),
    ] {
        let first = if config.contains("profile a") {
            "a"
        } else {
            "p"
        };
        for program in each_command(&format!("{GOOD} --profile {first}")) {
            let program = program
                .file("config", &config)
                .env("AWS_CONFIG_FILE", "config");
            check(&config, &program.run());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_api_that_quotes_the_request_is_quoted_without_the_keys() {
    let api = Server::start(|request| {
        let headers = format!("{:?}", request.headers).replace(['<', '>', '&', '"'], "'");
        error_xml(400, "Odd", &headers).into_reply()
    })
    .await;
    let run = |command: &str| {
        let program = r53mon(&format!("{command} {LOUD} {GOOD}"))
            .env("AWS_ENDPOINT_URL_ROUTE_53", &api.url())
            .env("AWS_ACCESS_KEY_ID", "AKIDENV")
            .env("AWS_SECRET_ACCESS_KEY", "key")
            .env("AWS_SESSION_TOKEN", SECRET);
        tokio::task::spawn_blocking(move || program.run())
    };
    for command in ["watch -o json", "doctor"] {
        let outcome = run(command).await.expect("no panic");
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(said.contains("x-amz-security-token', '***'"), "{said}");
        check(command, &outcome);
    }
}

#[test]
fn the_query_of_the_endpoint_is_in_no_report() {
    let world = start(plain(""));
    for form in ["text", "json", "ndjson"] {
        let line = format!("watch --duration 2s -o {form} {LOUD}");
        let endpoint = format!("{}?key={SECRET}", world.addresses().endpoint);
        let program = pointed(&line, world.addresses()).arg("-e").arg(endpoint);
        let outcome = program.run();
        assert!(outcome.stdout.contains("/?***"), "{}", outcome.stdout);
        check(form, &outcome);
    }
}
