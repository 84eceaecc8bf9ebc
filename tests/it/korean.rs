//! Who is spoken to in Korean, and README.ko.md: what it shows is what the program says today.

use std::collections::BTreeSet;
use std::path::Path;

use clap::CommandFactory;
use r53mon::cli::{Cli, GUIDES};
use r53mon::model::language::{Both, Language};

use crate::program::{Outcome, r53mon};

fn is_hangul(letter: char) -> bool {
    ('\u{ac00}'..='\u{d7a3}').contains(&letter)
}

fn has_hangul(text: &str) -> bool {
    text.chars().any(is_hangul)
}

/// What others say, in words of their own: the system, the libraries that read settings, and commands to type.
const OUTSIDE: &[&str] = &[
    "No such file or directory",
    "Is a directory",
    "Not a directory",
    "Permission denied",
    "os error",
    "aws login",
    "aws route53",
    "aws sso login",
    "aws configure sso",
    "aws configure export-credentials",
    "timedatectl set-ntp true",
    "request refused",
    "no record found for",
    "r53mon config init",
    "r53mon config show",
];

/// Two English words side by side in a text for people who read Korean. What stands in quotes was given.
pub fn english(text: &str) -> Option<String> {
    let mut parts = text.split(['"', '`']);
    let mut own = String::new();
    while let Some(part) = parts.next() {
        own += part;
        own += " 따옴표 ";
        parts.next();
    }
    // What the parser of TOML says about a place that is told.
    if let Some((told, _)) = own.split_once("올바른 TOML이 아니다: ") {
        own.truncate(told.len());
    }
    for outside in OUTSIDE {
        own = own.replace(outside, "밖");
    }
    let words: Vec<&str> = own.split_whitespace().collect();
    let bare = |word: &str| {
        let trimmed =
            word.trim_matches(|letter: char| letter.is_ascii_punctuation() && letter != '-');
        trimmed.to_owned()
    };
    let is_word =
        |word: &String| word.len() >= 2 && word.chars().all(|letter| letter.is_ascii_lowercase());
    let mut pairs = words.windows(2).filter_map(|pair| {
        // A list of names is no sentence.
        let is_list = pair[0].ends_with([',', ';', ':', '~']);
        let (first, second) = (bare(pair[0]), bare(pair[1]));
        (!is_list && is_word(&first) && is_word(&second)).then(|| format!("{first} {second}"))
    });
    pairs.next()
}

/// Asserts that a text is told in Korean to those who read Korean, and in English to others.
#[track_caller]
pub fn assert_korean(text: &Both) {
    assert!(!has_hangul(text.said()), "{text}");
    Language::Korean.speak(|| {
        assert!(has_hangul(text.said()), "{text}");
        assert_eq!(english(text.said()), None, "{text}");
    });
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
                    ("시간이 다 되어 끝났다.", "app.example.test A 측정 시작")
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

#[test]
fn every_page_of_the_help_and_of_the_manual_is_in_korean() {
    let commands = GUIDES.iter().map(|guide| guide.command);
    let pages = commands.flat_map(|name| {
        [
            format!("{name} -h"),
            format!("{name} --help"),
            format!("help {name}"),
            format!("man {name}"),
        ]
    });
    let examples: Vec<&str> = GUIDES
        .iter()
        .flat_map(|guide| guide.examples.iter().map(|(line, _)| *line))
        .collect();
    let mut left = Vec::new();
    for line in pages {
        let said = r53mon(&line).env("LC_ALL", "ko_KR.UTF-8").run();
        let said = said.expect_code(0).stdout;
        assert!(has_hangul(&said), "{line}");
        let is_roff = line.starts_with("man ");
        for text in said.lines() {
            let text = text
                .replace("\\-", "-")
                .replace("\\fB", "")
                .replace("\\fR", "");
            let is_typed = examples.iter().any(|example| text.contains(example))
                || [
                    "r53mon demo --serve",
                    "  aws ",
                    "  export ",
                    ".TH ",
                    ".ie",
                    ".el",
                ]
                .iter()
                .any(|typed| text.contains(typed));
            if let Some(english) = english(&text).filter(|_| !is_typed) {
                left.push(format!("{line}: {english}: {text}"));
            }
            let word = text.trim().trim_end_matches(':');
            let headings = [
                "Usage",
                "Options",
                "Commands",
                "Arguments",
                "Examples",
                "Files",
            ];
            let is_heading = headings.iter().any(|heading| {
                word.strip_prefix(".SH ")
                    .unwrap_or(word)
                    .eq_ignore_ascii_case(heading)
            });
            if is_heading || (is_roff && text.starts_with(".SH ") && !has_hangul(&text)) {
                left.push(format!("{line}: {text}"));
            }
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn a_line_that_makes_no_sense_is_refused_in_korean() {
    for line in [
        "wach",
        "watch --tsp 5",
        "watch --config",
        "watch --no-http off",
        "plan",
        "plan --weights 90,10 --output",
        "demo cutover --story-file x.toml",
        "completions tcsh",
        "config",
        "config shw",
        "man nosuch",
        "watch -e http://127.0.0.1:1/",
        "demo nosuch",
        "demo --speed 0",
        "demo --seed x",
        "demo --story-file nowhere.toml",
        "plan --weights 90,x",
        "plan --weights 90,10 --output jsn",
        "check -e https://app.example.com -z Z1 --config nowhere.toml",
        "check -e https://app.example.com -z Z1 --log-file nowhere/run.log",
    ] {
        let said = r53mon(line).env("LC_ALL", "ko_KR.UTF-8").run();
        let said = said.expect_code(2).stderr;
        assert!(has_hangul(&said), "{line}: {said}");
        for text in said.lines() {
            // What is typed, as the usage and the examples have it.
            if text.contains("사용법:") || text.starts_with("  r53mon ") {
                continue;
            }
            assert_eq!(english(text), None, "{line}: {text}");
        }
    }
}

#[test]
fn the_flag_chooses_the_language_of_help_and_of_complaints_too() {
    for (line, environment, is_korean) in [
        ("watch --help --lang ko", vec![], true),
        ("watch --lang=ko -h", vec![], true),
        ("watch -h", vec![("R53MON_LANG", "ko")], true),
        ("watch -h --lang en", vec![("LC_ALL", "ko_KR.UTF-8")], false),
        ("watch -h --lang ko", vec![("LC_ALL", "C")], false),
        ("watch -h --lang ko --ascii", vec![], false),
        ("watch --lang ko --tps 0", vec![], true),
        ("demo --lang ko --speed 0", vec![], true),
        ("plan --lang ko --weights x", vec![], true),
        ("demo --list --lang ko", vec![], true),
        ("demo --list", vec![], false),
        ("config show", vec![("R53MON_LANG", "ko")], true),
        ("config init", vec![("LC_ALL", "ko_KR.UTF-8")], false),
        ("demo --story-template", vec![], false),
    ] {
        let said = r53mon(line).envs(&environment).run();
        let all = said.stdout + &said.stderr;
        // A story has its summary in both languages.
        let told = all.lines().filter(|line| !line.starts_with("summary_ko"));
        let told = told.collect::<Vec<_>>().join("\n");
        assert_eq!(
            has_hangul(&told),
            is_korean,
            "{line} {environment:?}\n{all}"
        );
    }
}

#[test]
fn where_korean_cannot_be_shown_that_is_said_once() {
    for (line, environment, is_told) in [
        ("plan --weights 7 --lang ko --ascii", vec![], true),
        ("plan --weights 7 --lang ko", vec![("LC_ALL", "C")], true),
        ("watch -h --lang ko", vec![("LC_ALL", "C")], true),
        ("plan --weights 7 --lang ko", vec![], false),
        ("plan --weights 7 --lang en --ascii", vec![], false),
        // Nobody asked for it.
        (
            "plan --weights 7 --ascii",
            vec![("LC_ALL", "ko_KR.UTF-8")],
            false,
        ),
        (
            "demo --list",
            vec![("R53MON_LANG", "ko"), ("LC_ALL", "C")],
            false,
        ),
    ] {
        let said = r53mon(line).envs(&environment).run().expect_code(0);
        let told = said.stderr.matches("Korean was asked for").count();
        assert_eq!(told, usize::from(is_told), "{line}: {}", said.stderr);
        assert!(!is_told || said.stderr.is_ascii());
    }
}

#[test]
fn what_is_wrong_with_a_story_of_ones_own_is_told_in_korean_with_its_line() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stories");
    let line = format!("demo --story-file {folder}/bad.toml --lang ko");
    let said = r53mon(&line).run().expect_code(2).stderr;
    for place in ["bad.toml:14: ", "bad.toml:15: "] {
        let told = said.split_once(place).map(|(_, told)| told.lines().next());
        let told = told.flatten().expect(place);
        assert!(has_hangul(told), "{said}");
        assert_eq!(english(told), None, "{said}");
    }
}

#[test]
fn what_is_in_force_and_what_was_passed_over_is_told_in_korean() {
    let said = r53mon("config show -e https://app.example.com -z Z1 --lang ko")
        .file(".env", "A B\nAWS_CONFIG_FILE=x\n")
        .run()
        .expect_code(0)
        .expect_stderr("r53mon: 경고: .env: 1행은")
        .expect_stdout("기본값");
    for text in said.stdout.lines().chain(said.stderr.lines()) {
        // A name and a value stand in front.
        let told = text.rsplit("  ").next().unwrap_or_default();
        assert_eq!(english(told), None, "{text}");
    }
}

// --- README.ko.md ---

const README: &str = include_str!("../../README.md");
const KOREAN: &str = include_str!("../../README.ko.md");

fn marks(readme: &str) -> Vec<&str> {
    let lines = readme.lines();
    lines
        .filter(|line| line.starts_with("<!-- frame: "))
        .collect()
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
