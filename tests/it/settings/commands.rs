//! Every command that has settings takes every source. Which these are is read from the command line's own description,
//! so that a new one is tested too. A value that no setting takes is enough: it stops a command before it asks anybody.

use clap::CommandFactory;
use r53mon::cli::Cli;

use super::super::program::{Program, r53mon};

/// The commands below this one that take a file of variables, with the words that lead to them.
fn with_settings(command: &clap::Command, words: &str) -> Vec<String> {
    let mut found = Vec::new();
    for below in command.get_subcommands() {
        let words = format!("{words}{} ", below.get_name());
        if below
            .get_arguments()
            .any(|argument| argument.get_id() == "env_file")
        {
            found.push(words.clone());
        }
        found.extend(with_settings(below, &words));
    }
    found
}

/// A source that says something bad, and how a complaint calls the place.
type Bad = (&'static str, fn(Program) -> Program);

const SOURCES: &[Bad] = &[
    ("--tps", |program| program.arg("--tps=0")),
    ("R53MON_TPS in the environment", |program| {
        program.env("R53MON_TPS", "0")
    }),
    ("R53MON_TPS in .env", |program| {
        program.file(".env", "R53MON_TPS=0\n")
    }),
    ("R53MON_TPS in other.env", |program| {
        program
            .arg("--env-file=other.env")
            .file("other.env", "R53MON_TPS=0\n")
            .file(".env", "R53MON_TPS=1\n")
    }),
    ("tps in r53mon.toml", |program| {
        program.file("r53mon.toml", "[r53mon]\ntps = 0\n")
    }),
    ("tps in other.toml", |program| {
        program
            .arg("--config=other.toml")
            .file("other.toml", "[r53mon]\ntps = 0\n")
            .file("r53mon.toml", "[r53mon]\ntps = 1\n")
    }),
];

#[test]
fn every_command_with_settings_takes_every_source() {
    let commands = with_settings(&Cli::command(), "");
    for known in ["watch ", "check ", "doctor ", "config show "] {
        assert!(commands.iter().any(|words| words == known), "{commands:?}");
    }
    for words in commands {
        for (place, say) in SOURCES {
            say(r53mon(&words))
                .run()
                .expect_code(2)
                .expect_only_our_lines()
                .expect_stderr(&format!("tps = \"0\" ({place})"));
        }
    }
}

/// A file of variables is for everybody else too: what it adds reaches the AWS SDK. A named one is taken whole.
#[test]
fn every_command_with_settings_hands_on_what_the_file_of_variables_adds() {
    for words in ["watch", "check", "doctor"] {
        let outcome = r53mon(words)
            .arg("--endpoint=http://app.example.test/")
            .arg("--zone-id=Z1")
            .arg("--nameserver=127.0.0.1:1")
            .arg("--no-http")
            .arg("--env-file=my.env")
            .file(
                "my.env",
                "AWS_PROFILE=nosuchprofile\nAWS_CONFIG_FILE=config\n",
            )
            .file("config", "[profile known]\nregion = eu-west-1\n")
            .run()
            .expect_code(5);
        // `doctor` tells it in its report.
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("\"nosuchprofile\" does not exist"), "{said}");
        let origin = "profile nosuchprofile is chosen by AWS_PROFILE in my.env";
        assert!(said.contains(origin), "{said}");
    }
}

/// A command that would ask an API at this machine and a name server there, and neither for long.
fn asking(words: &str) -> Program {
    r53mon(words)
        .arg("--endpoint=http://app.example.test/")
        .arg("--zone-id=Z1")
        .arg("--nameserver=127.0.0.1:1")
        .arg("--no-http")
}

const COMMANDS: [&str; 3] = ["watch", "check", "doctor"];

/// Who puts a file into a directory runs no program of ours and gets no secret of ours.
#[test]
fn a_file_that_nobody_named_runs_nothing_and_sends_nothing_elsewhere() {
    use std::net::TcpListener;
    let elsewhere = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", elsewhere.local_addr().expect("an address"));
    elsewhere.set_nonblocking(true).expect("it can be asked");
    let config = "[default]\ncredential_process = touch ran\n";
    let dangerous = format!(
        "AWS_CONFIG_FILE=config\nAWS_SHARED_CREDENTIALS_FILE=config\nAWS_ENDPOINT_URL={url}\n\
         AWS_ENDPOINT_URL_ROUTE_53={url}\nAWS_CONTAINER_CREDENTIALS_FULL_URI={url}\nHTTPS_PROXY={url}\nHTTP_PROXY={url}\n"
    );
    for words in COMMANDS {
        // Without credentials of one's own a program could give them.
        let without = asking(words)
            .file("config", config)
            .file(".env", &dangerous);
        let ran = without.path("ran");
        let outcome = without.run().expect_code(5);
        assert!(!ran.exists());
        for name in dangerous.lines().filter_map(|line| line.split('=').next()) {
            let told = outcome.stderr.contains(name);
            assert_eq!(told, name.starts_with("AWS_"), "{name}: {}", outcome.stderr);
        }
        assert!(
            outcome.stderr.contains("--env-file .env"),
            "{}",
            outcome.stderr
        );
    }
    assert!(elsewhere.accept().is_err(), "somebody was asked");
    // Named, the same file is believed.
    let named = asking("check")
        .arg("--env-file=.env")
        .file("config", config)
        .file(".env", &dangerous);
    let ran = named.path("ran");
    let outcome = named.run();
    assert!(ran.exists(), "{}", outcome.stderr);
}

#[test]
fn what_is_wrong_with_a_file_that_nobody_named_stops_no_command() {
    for words in COMMANDS {
        let outcome = asking(words)
            .file(
                ".env",
                "APP_NAME=My App\nexport A\nA-B=1\nstray\nQ=it's\nR53MON_TPS=5\n",
            )
            .run()
            .expect_code(5);
        let lines = "warning: .env: lines 1, 2, 3, 4 and 5 are not NAME=value";
        assert!(outcome.stderr.contains(lines), "{}", outcome.stderr);
    }
    let program = asking("config show");
    std::fs::create_dir(program.path(".env")).expect("a directory");
    program
        .run()
        .expect_code(0)
        .expect_stderr(".env was passed over");
}

/// No byte of a secret is shown, and nothing panics.
#[test]
fn a_nul_byte_is_refused_by_its_line_in_any_file() {
    let line = "AWS_SECRET_ACCESS_KEY=PLANTED\0PLANTED\n";
    let toml = "[r53mon]\ntps = 5\nprofile = \"PLANTED\0PLANTED\"\n";
    for words in COMMANDS.into_iter().chain(["config show"]) {
        for program in [
            asking(words).file(".env", &format!("A=1\n\n{line}")),
            asking(words)
                .arg("--env-file=my.env")
                .file("my.env", &format!("A=1\n\n{line}")),
            asking(words).file("r53mon.toml", toml),
            asking(words).arg("--config=my.toml").file("my.toml", toml),
        ] {
            let outcome = program.run().expect_code(2).expect_only_our_lines();
            assert!(
                outcome.stderr.contains("line 3: holds a NUL byte"),
                "{}",
                outcome.stderr
            );
            assert!(!(outcome.stdout + &outcome.stderr).contains("PLANTED"));
        }
    }
}

/// What is malformed in a variable of AWS is named; what is empty is as good as not there.
#[test]
fn variables_of_aws_are_empty_or_named() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIA"),
        ("AWS_SECRET_ACCESS_KEY", "PLANTED"),
    ];
    for (name, bad, what) in [
        ("AWS_REGION", "\"us-east-1\"", "holds a double quote"),
        ("AWS_REGION", "us-east-1\r", "holds a carriage return (CR)"),
        ("AWS_DEFAULT_REGION", " us-east-1", "holds a blank"),
        (
            "AWS_ACCESS_KEY_ID",
            "AKIA\r",
            "holds a carriage return (CR)",
        ),
        (
            "AWS_SECRET_ACCESS_KEY",
            "PLANTED\nPLANTED",
            "holds a line feed (LF)",
        ),
        (
            "AWS_SESSION_TOKEN",
            "PLANTED\r\nPLANTED",
            "holds a carriage return (CR)",
        ),
        ("AWS_ENDPOINT_URL", "localhost:1", "is no http or https URL"),
        (
            "AWS_ENDPOINT_URL_ROUTE_53",
            "http://127.0.0.1:1\r",
            "holds a carriage return (CR)",
        ),
    ] {
        for words in COMMANDS {
            let outcome = asking(words)
                .envs(&keys)
                .env("AWS_ENDPOINT_URL_ROUTE_53", "http://127.0.0.1:1")
                .env(name, bad)
                .env(
                    "AWS_ENDPOINT_URL_ROUTE_53",
                    if name.ends_with("URL") {
                        ""
                    } else if name.ends_with("53") {
                        bad
                    } else {
                        "http://127.0.0.1:1"
                    },
                )
                .run()
                .expect_code(5);
            let said = outcome.stdout + &outcome.stderr;
            assert!(
                said.contains(&format!("{name} in the environment or .env {what}")),
                "{said}"
            );
            assert!(
                !said.contains("PLANTED") && !said.contains("panicked"),
                "{said}"
            );
        }
    }
    let outcome = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_CONFIG_FILE", "R53MON_TPS"]
        .iter()
        .fold(asking("doctor").arg("--env-file=my.env"), |program, name| program.env(name, ""))
        .file("my.env", "AWS_CONFIG_FILE=config\nAWS_PROFILE=mine\n")
        .file("config", "[profile mine]\naws_access_key_id = AKIA\naws_secret_access_key = x\nregion =\nservices = s\n[services s]\nroute_53 =\n  endpoint_url = http://127.0.0.1:1\n")
        .run()
        .expect_code(5);
    let found = "found (a profile's keys; profile mine (AWS_PROFILE in my.env))";
    assert!(outcome.stdout.contains(found), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("127.0.0.1:1"), "{}", outcome.stdout);
}
