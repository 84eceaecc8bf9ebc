//! Who is spoken to in Korean, and README.ko.md: what it shows is what the program says today.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use r53mon::cli::Cli;

use crate::program::{Outcome, r53mon};

fn is_hangul(letter: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&letter)
}

fn has_hangul(text: &str) -> bool {
    text.chars().any(is_hangul)
}

fn demo(arguments: &str, environment: &[(&str, &str)]) -> Outcome {
    let line = format!("demo --duration 1s --no-http {arguments}");
    r53mon(&line).envs(environment).run().expect_code(0)
}

#[test]
fn a_flag_or_the_locale_chooses_the_language_and_the_flag_is_stronger() {
    let (ko, en) = ("ko_KR.UTF-8", "en_US.UTF-8");
    let cases = [
        ("", vec![], false),
        ("--lang ko", vec![], true),
        ("", vec![("LC_ALL", ko)], true),
        ("--lang en", vec![("LC_ALL", ko)], false),
        // Its letters would be nothing but escapes there.
        ("--lang ko --ascii", vec![("LC_ALL", ko)], false),
        ("--lang ko", vec![("LC_ALL", "C")], false),
        ("", vec![("LC_ALL", "ko_KR.EUC-KR")], false),
        ("", vec![("LC_ALL", en), ("LANG", ko)], false),
        ("", vec![("LC_ALL", ""), ("LC_MESSAGES", ko)], true),
        (
            "",
            vec![("LC_ALL", ""), ("LC_MESSAGES", ""), ("LANG", ko)],
            true,
        ),
    ];
    std::thread::scope(|scope| {
        for (flag, environment, is_korean) in cases {
            scope.spawn(move || {
                let outcome = demo(&format!("--output text {flag}"), &environment);
                let (ended, measuring) = if is_korean {
                    ("시간이 다 되어 끝났다.", "측정 시작 app.example.test A")
                } else {
                    (
                        "Ended because the time was up.",
                        "measuring app.example.test A",
                    )
                };
                let outcome = outcome.expect_stdout(ended).expect_stdout(measuring);
                assert_eq!(
                    has_hangul(&outcome.stdout),
                    is_korean,
                    "{flag} {environment:?}"
                );
            });
        }
    });
}

#[test]
fn programs_and_the_log_are_spoken_to_in_english() {
    for output in ["json", "ndjson", "text"] {
        let outcome = demo(
            &format!("--output {output} --lang ko --log-file run.log"),
            &[],
        );
        let log = outcome.home.path().join("run.log");
        let log = std::fs::read_to_string(log).expect("a log");
        assert!(
            log.contains("measuring app.example.test A") && !has_hangul(&log),
            "{log}"
        );
        assert_eq!(has_hangul(&outcome.stdout), output == "text", "{output}");
    }
    let plan = r53mon("plan --weights 7 --lang ko --output json");
    let plan = plan.run().expect_code(0).stdout;
    assert!(
        plan.contains("r53mon.plan/1") && !has_hangul(&plan),
        "{plan}"
    );
}

#[test]
fn a_variable_of_ours_chooses_too_and_what_route_53_refuses_is_told_in_korean() {
    // Nobody listens there, and there are no credentials either.
    let line = "watch -e https://app.example.com -z Z1 --output text";
    let outcome = r53mon(line).env("R53MON_LANG", "ko").run().expect_code(5);
    outcome
        .expect_stderr("r53mon: AWS 자격 증명이 없다")
        .expect_stderr("r53mon: 조치: ");
}

// --- README.ko.md ---

const README: &str = include_str!("../../README.md");
const KOREAN: &str = include_str!("../../README.ko.md");

fn marks(readme: &str) -> Vec<&str> {
    let lines = readme.lines();
    lines.filter(|line| line.starts_with("<!-- ")).collect()
}

#[test]
fn the_korean_readme_has_the_frames_of_the_english_one() {
    assert_eq!(marks(KOREAN), marks(README));
    assert!(!marks(KOREAN).is_empty());
}

/// The runs of such letters in a text, of so many at least.
fn words(text: &str, is_letter: fn(char) -> bool, least: usize) -> BTreeSet<String> {
    let runs = text.split(|letter| !is_letter(letter));
    runs.filter(|run| run.chars().count() >= least)
        .map(str::to_owned)
        .collect()
}

/// What stands in the frames of a README.
fn frames(readme: &str) -> String {
    let frames = readme.split("<!-- frame: ").skip(1);
    let frames = frames.filter_map(|frame| frame.split("<!-- end -->").next());
    frames.collect::<Vec<_>>().join("\n")
}

/// All sources below a folder, and the stories.
fn sources(folder: &str) -> String {
    let mut text = String::new();
    let mut rooms = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(room) = rooms.pop() {
        for entry in std::fs::read_dir(room).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                rooms.push(path);
            } else if path
                .extension()
                .is_some_and(|ending| ending == "rs" || ending == "toml")
            {
                text += &std::fs::read_to_string(path).expect("a source");
            }
        }
    }
    text
}

#[test]
fn every_word_of_its_frames_is_one_that_the_views_say_today() {
    let shown = words(&frames(KOREAN), is_hangul, 1);
    assert!(shown.len() > 50, "the frames have {} words", shown.len());
    let said = words(&sources("src/views"), is_hangul, 1);
    let stale: Vec<&String> = shown.difference(&said).collect();
    assert!(
        stale.is_empty(),
        "no view says {stale:?}: make the frames anew (bash .ci/frames BINARY ko)"
    );
}

#[test]
fn every_word_of_the_english_frames_and_of_the_pictures_is_one_of_the_program_today() {
    let is_letter = |letter: char| letter.is_ascii_alphabetic();
    let said = words(&sources("src"), is_letter, 3);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pictures");
    let pictures = std::fs::read_dir(folder).expect("pictures");
    let pictures = pictures.map(|entry| {
        let text = std::fs::read_to_string(entry.expect("an entry").path()).expect("a picture");
        // Of what stands between tags.
        let parts = text.split('<').filter_map(|part| part.split_once('>'));
        parts.map(|(_, text)| text).collect::<Vec<_>>().join(" ")
    });
    let shown: Vec<String> = pictures.chain([frames(README)]).collect();
    assert!(shown.len() >= 3, "there are no pictures");
    for text in shown {
        let words = words(&text, is_letter, 3);
        assert!(words.len() > 30, "{words:?}");
        let stale: Vec<&String> = words.difference(&said).collect();
        assert!(
            stale.is_empty(),
            "nothing says {stale:?}: make the frames anew (bash .ci/frames BINARY)"
        );
    }
}

/// Its flags are those of the program, and its lines with commands are such as the program takes.
#[test]
fn what_it_tells_to_type_is_what_the_program_takes() {
    let command = Cli::command();
    let mut flags: BTreeSet<&str> = ["help", "locked", "path"].into();
    for subcommand in command.get_subcommands() {
        flags.extend(subcommand.get_arguments().filter_map(|it| it.get_long()));
    }
    // A command that undoes a change is another program's.
    let ours = KOREAN.lines().filter(|line| !line.starts_with("aws "));
    let ours = ours.collect::<Vec<_>>().join("\n");
    let named = ours.split("--").skip(1).filter_map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_lowercase() && letter != '-');
        let flag = rest[..end.unwrap_or(rest.len())].trim_end_matches('-');
        (!flag.is_empty()).then_some(flag)
    });
    let unknown: BTreeSet<&str> = named.filter(|flag| !flags.contains(flag)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    let lines = KOREAN
        .lines()
        .filter_map(|line| line.strip_prefix("r53mon "));
    let lines: Vec<&str> = lines.collect();
    assert!(lines.len() > 5, "{lines:?}");
    for line in lines {
        // What the shell takes from it is not ours.
        let line = line.split(['#', '>']).next().unwrap_or_default();
        let line = line.split_whitespace();
        let parsed = Cli::command().try_get_matches_from(std::iter::once("r53mon").chain(line));
        assert!(parsed.is_ok(), "{}", parsed.expect_err("an error"));
    }
}

#[test]
fn it_tells_every_exit_code() {
    let codes = |readme: &str, heading: &str| -> Vec<String> {
        let section = readme.split(heading).nth(1).expect("a section");
        let section = section.split("\n## ").next().unwrap_or_default();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
        let codes = rows.filter_map(|row| row.split(" |").next());
        codes
            .filter(|code| code.starts_with(|first: char| first.is_ascii_digit()))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(
        codes(KOREAN, "## 종료 코드"),
        codes(README, "## Exit codes")
    );
}
