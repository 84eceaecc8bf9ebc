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

/// `.env` is for everybody else too: what it adds reaches the AWS SDK.
#[test]
fn every_command_with_settings_hands_on_what_the_file_of_variables_adds() {
    for words in ["watch", "check", "doctor"] {
        let outcome = r53mon(words)
            .arg("--endpoint=http://app.example.test/")
            .arg("--zone-id=Z1")
            .arg("--nameserver=127.0.0.1:1")
            .arg("--no-http")
            .file(
                ".env",
                "AWS_PROFILE=nosuchprofile\nAWS_CONFIG_FILE=config\n",
            )
            .file("config", "[profile known]\nregion = eu-west-1\n")
            .run()
            .expect_code(5);
        // `doctor` tells it in its report.
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("\"nosuchprofile\" does not exist"), "{said}");
    }
}
