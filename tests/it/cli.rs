//! The command line from outside: what each command prints, where, and with which exit code.

use std::time::Duration;

use r53mon::cli::{GUIDES, command};
use r53mon::config::keys::Kind;
use r53mon::demo::Story;

use super::program::{AT_ONCE, PATIENCE, Program, Run, now, r53mon, signal};

const TEMPLATE: &str = include_str!("../../r53mon.toml.example");
const STORIES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/stories");

/// What is missing in every environment here, and would make `watch` ask the real Route 53.
const DUMMY_KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "test"),
    ("AWS_SECRET_ACCESS_KEY", "test"),
];
/// Nobody listens here.
const NOWHERE: &str = "http://127.0.0.1:1";

fn watch(arguments: &str) -> Program {
    r53mon(&format!(
        "watch -e http://app.example.test/ -z Z0123456789 -n 127.0.0.1:1 --no-http -o text {arguments}"
    ))
}

/// Waits for the first line that tells numbers: from then on something is measured.
fn measuring(run: &mut Run) {
    for _ in 0..2 {
        assert_ne!(run.line(), "", "it ended early");
    }
}

// --- what needs no measuring ---

#[test]
fn help_says_what_there_is() {
    let help = r53mon("--help").run().expect_code(0);
    assert_eq!(help.stderr, "");
    for command in [
        "watch",
        "doctor",
        "demo",
        "plan",
        "config",
        "completions",
        "man",
    ] {
        assert!(help.stdout.contains(command), "{}", help.stdout);
    }
    let help = r53mon("watch --help").run().expect_code(0);
    for key in r53mon::config::keys::KEYS {
        assert!(
            help.stdout.contains(&format!("--{} ", key.flag))
                || help.stdout.contains(&format!("--{}[", key.flag)),
            "--{}\n{}",
            key.flag,
            help.stdout
        );
        let default = key.default.map(str::to_owned);
        for text in key.variable().into_iter().chain(default) {
            assert!(help.stdout.contains(&text), "{text}\n{}", help.stdout);
        }
    }
    assert!(help.stdout.contains("Exit codes"), "{}", help.stdout);
}

#[test]
fn help_keeps_quiet_about_what_is_for_tests() {
    let help = r53mon("demo --help").run().expect_code(0);
    assert!(!help.stdout.contains("panic"), "{}", help.stdout);
    assert!(help.stdout.contains("--story-file"), "{}", help.stdout);
}

#[test]
fn version_is_that_of_the_manifest() {
    let version = r53mon("--version").run().expect_code(0);
    let expected = format!("r53mon {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!((version.stdout, version.stderr), (expected, String::new()));
}

#[test]
fn a_line_that_makes_no_sense_ends_with_2_and_says_so_on_stderr() {
    for (line, expected) in [
        ("", "Usage"),
        ("nosuch", "nosuch"),
        ("watch --nosuch", "--nosuch"),
        ("watch --tps", "--tps"),
        ("watch --no-http off", "off"),
        ("demo cutover extra", "extra"),
        ("demo cutover --story-file x.toml", "--story-file"),
        ("demo --config r53mon.toml", "--config"),
        ("completions nosuchshell", "nosuchshell"),
        ("config nosuch", "nosuch"),
    ] {
        let outcome = r53mon(line).run().expect_code(2).expect_stderr(expected);
        assert_eq!(outcome.stdout, "", "{line}");
    }
}

#[test]
fn what_is_said_twice_counts_the_second_time() {
    let line = "config show -z Z1 -z Z2 -e http://a.test/ -e http://b.test/ -n 192.0.2.1 -n ::1";
    let outcome = r53mon(line).run().expect_code(0);
    for (key, value) in [
        ("hosted_zone_id", "Z2"),
        ("endpoint", "http://b.test/"),
        ("nameservers", "192.0.2.1,::1"),
    ] {
        assert_eq!(row_of(&outcome.stdout, key)[0], value);
    }
}

#[test]
fn config_init_prints_the_template() {
    let outcome = r53mon("config init").run().expect_code(0);
    assert_eq!(
        (outcome.stdout.as_str(), outcome.stderr.as_str()),
        (TEMPLATE, "")
    );
}

#[test]
fn config_show_tells_every_value_and_where_it_comes_from() {
    let outcome = r53mon("config show --tps 20 --config mine.toml")
        .env("R53MON_HOSTED_ZONE_ID", "0012345")
        .file(".env", "R53MON_POLL_INTERVAL=1m\n")
        .file(
            "mine.toml",
            "[r53mon]\nendpoint = \"https://app.example.test:8443/\"\n",
        )
        .run()
        .expect_code(0);
    assert_eq!(outcome.stderr, "");
    for row in [
        [
            "endpoint",
            "https://app.example.test:8443/",
            "endpoint in mine.toml",
        ],
        [
            "hosted_zone_id",
            "0012345",
            "R53MON_HOSTED_ZONE_ID in the environment",
        ],
        ["record_name", "-", "not set: host of the endpoint"],
        ["tps", "20", "--tps"],
        ["poll_interval", "1m", "R53MON_POLL_INTERVAL in .env"],
        ["http_timeout", "5s", "default"],
        ["nameservers", "-", "not set: the zone's delegation set"],
    ] {
        assert_eq!(
            row_of(&outcome.stdout, row[0]),
            row[1..],
            "{}",
            outcome.stdout
        );
    }
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    assert_eq!(lines.len(), r53mon::config::keys::KEYS.len() + 2);
    assert_eq!(
        lines.last(),
        Some(
            &"Cost: at most 72,000 billed queries an hour, USD 0.0288 (USD 0.40 per million; aliases to AWS resources are not charged)"
        )
    );
}

/// The value and the origin of a key in what `config show` prints.
pub fn row_of(shown: &str, key: &str) -> Vec<String> {
    let line = shown
        .lines()
        .find(|line| line.split_whitespace().next() == Some(key))
        .unwrap_or_else(|| panic!("no {key} in\n{shown}"));
    // Columns are at least two spaces apart.
    line[key.len()..]
        .split("  ")
        .map(str::trim)
        .filter(|cell| !cell.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn config_show_tells_all_problems_at_once_and_shows_what_it_can() {
    let outcome = r53mon("config show --tps 101 --output yaml")
        .env("R53MON_ENDPOINT", "app.example.test")
        .env("R53MON_TSP", "5")
        .file(".env", "R53MON_NO_HTTP=maybe\n")
        .file(
            "r53mon.toml",
            "[r53mon]\nhosted_zone_id = 12345\nrecord_nam = \"x\"\n",
        )
        .run()
        .expect_code(2)
        .expect_only_our_lines();
    let problems: Vec<&str> = outcome.stderr.lines().collect();
    assert_eq!(problems.len(), 7, "{}", outcome.stderr);
    for fragments in [
        ["--tps", "\"101\"", "1 to 100"],
        ["--output", "\"yaml\"", "ndjson"],
        [
            "R53MON_ENDPOINT in the environment",
            "\"app.example.test\"",
            "http",
        ],
        ["R53MON_TSP in the environment", "unknown", "R53MON_TPS"],
        ["R53MON_NO_HTTP in .env", "\"maybe\"", "true or false"],
        ["hosted_zone_id in r53mon.toml", "12345", "put it in quotes"],
        ["record_nam in r53mon.toml", "unknown", "record_name"],
    ] {
        assert!(
            problems
                .iter()
                .any(|problem| fragments.iter().all(|part| problem.contains(part))),
            "no problem with {fragments:?} in\n{}",
            outcome.stderr
        );
    }
    assert_eq!(row_of(&outcome.stdout, "tps"), ["101", "--tps"]);
}

#[test]
fn bad_settings_stop_a_watch_before_it_asks_anybody() {
    let outcome = watch("--tps 0 --poll-interval 1s")
        .run()
        .expect_code(2)
        .expect_only_our_lines();
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn what_is_shown_cannot_move_the_cursor() {
    let outcome = r53mon("config show")
        .arg("--endpoint=http://app.example.test/")
        .arg("--zone-id=Z\u{1b}[2J\n\u{202e}1")
        .run()
        .expect_code(2)
        .expect_only_our_lines();
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(text.contains("\\u{1b}[2J\\u{a}\\u{202e}1"), "{text}");
        assert!(!text.contains(['\u{1b}', '\u{202e}']), "{text:?}");
    }
}

#[test]
fn a_plan_says_how_long_a_match_and_typical_faults_take() {
    let line = "plan --weights 90,10 --tolerance 10 --tps 100";
    // It computes all the time, which takes a busy machine long.
    let patience = 6 * PATIENCE;
    let text = r53mon(line).start().finish(patience).expect_code(0);
    assert_eq!(text.stderr, "");
    for part in [
        "Confidence 99%",
        "all is well",
        "set 2 (weight 10) dead       off ",
        "                        mismatch ",
    ] {
        assert!(text.stdout.contains(part), "no {part} in\n{}", text.stdout);
    }
    let json = || {
        r53mon(line)
            .arg("--output=json")
            .start()
            .finish(patience)
            .expect_code(0)
            .stdout
    };
    let plan: serde_json::Value = serde_json::from_str(&json()).expect("JSON");
    assert_eq!(plan["schema"], "r53mon.plan/1");
    // Ten points, but at most half the way to nothing.
    let upper = plan["sets"][1]["match_to"].as_f64().expect("a share");
    assert!((upper - 0.15).abs() < 1e-9, "{upper}");
    assert_eq!(plan["faults"].as_array().expect("a list").len(), 8);
    let fault = &plan["faults"][0];
    let [off, mismatch] = [&fault["off"], fault].map(|of| of["median"]["answers"].as_u64());
    assert!(off > Some(0) && off < mismatch, "{fault}");
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&json()).ok(),
        Some(plan)
    );
}

#[test]
fn a_plan_reads_only_its_own_line_and_tells_all_problems_at_once() {
    let outcome = r53mon("plan --weights 7")
        .env("R53MON_TPS", "101")
        .file("r53mon.toml", "not TOML")
        .run()
        .expect_code(0);
    assert!(outcome.stdout.contains("10 answers a second"));
    let outcome = r53mon("plan --weights=300,1 --tps 0 --tolerance -1 --confidence 5 -o jsn")
        .run()
        .expect_code(2)
        .expect_only_our_lines();
    assert_eq!(outcome.stdout, "");
    for fragments in [
        [
            "weights = \"300,1\" (--weights)",
            "300 is too large",
            "0 to 255",
        ],
        ["tps = \"0\" (--tps)", "out of range", "1 to 100"],
        [
            "tolerance = \"-1\" (--tolerance)",
            "out of range",
            "0.01 to 50",
        ],
        [
            "confidence = \"5\" (--confidence)",
            "out of range",
            "80 to 99.99",
        ],
        [
            "output = \"jsn\" (--output)",
            "did you mean json?",
            "text or json",
        ],
    ] {
        let holds = |line: &str| fragments.iter().all(|part| line.contains(part));
        assert!(
            outcome.stderr.lines().any(holds),
            "{fragments:?} in\n{}",
            outcome.stderr
        );
    }
    assert_eq!(outcome.stderr.lines().count(), 5, "{}", outcome.stderr);
    r53mon("plan")
        .run()
        .expect_code(2)
        .expect_stderr("--weights");
}

#[test]
fn stories_are_listed_with_a_sentence_each() {
    let outcome = r53mon("demo --list").run().expect_code(0);
    let lines: Vec<&str> = outcome.stdout.lines().collect();
    let stories = [
        "cutover",
        "stale-server",
        "slow-green",
        "failing-green",
        "half-bad-pool",
        "expired-certificate",
        "nested",
        "alias-pool",
        "zero-weights",
        "unhealthy-blue",
        "private-zone",
        "intercepted",
        "rehearsal",
    ];
    for (line, story) in lines.iter().zip(stories) {
        let (name, sentence) = line.split_once("  ").expect("a name and a sentence");
        assert_eq!(name, story);
        assert!(sentence.trim().ends_with('.'), "{line}");
    }
    assert_eq!(lines.len(), stories.len(), "{}", outcome.stdout);
}

#[test]
fn a_demo_that_cannot_be_played_ends_with_2() {
    let bad_story = format!("demo --story-file {STORIES}/bad.toml");
    for (line, expected) in [
        ("demo cutovr", &["\"cutovr\"", "did you mean cutover?"][..]),
        (
            "demo nothing-like-it",
            &["cutover, stale-server, slow-green"],
        ),
        ("demo --speed 0", &["--speed", "\"0\"", "0.1 to 1000"]),
        ("demo --speed 1001", &["--speed", "\"1001\"", "0.1 to 1000"]),
        ("demo --speed -1", &["--speed", "\"-1\""]),
        ("demo --speed nan", &["--speed", "\"nan\""]),
        ("demo --speed fast", &["--speed", "\"fast\""]),
        ("demo --seed -1", &["--seed", "\"-1\"", "0 to"]),
        ("demo --seed 1.5", &["--seed", "\"1.5\""]),
        ("demo --seed 18446744073709551616", &["--seed"]),
        ("demo --tps 101", &["--tps", "\"101\"", "1 to 100"]),
        ("demo --tps 0 --output yaml", &["--tps", "--output"]),
        (
            "demo --story-file missing.toml",
            &["missing.toml", "--story-file"],
        ),
        ("demo --story-file .", &["--story-file"]),
        ("demo --story-file /dev/zero", &["/dev/zero", "4 MB"]),
        (
            &bad_story,
            &["bad.toml:14", "256", "bad.toml:15", "192.0.2.1"],
        ),
        (
            "demo --log-file nowhere/r53mon.log",
            &["nowhere/r53mon.log", "log_file"],
        ),
    ] {
        let outcome = r53mon(line).run().expect_code(2).expect_only_our_lines();
        assert_eq!(outcome.stdout, "", "{line}");
        for text in expected {
            assert!(
                outcome.stderr.contains(text),
                "{line}: no {text}\n{}",
                outcome.stderr
            );
        }
    }
}

#[test]
fn a_demo_leaves_the_settings_of_its_user_alone() {
    let outcome = r53mon("demo --duration 500ms --output text")
        .env("R53MON_TPS", "not a number")
        .env("R53MON_ENDPOINT", "https://production.example.com")
        .env("AWS_ENDPOINT_URL_ROUTE_53", NOWHERE)
        .env("AWS_PROFILE", "nosuchprofile")
        .env("HTTP_PROXY", NOWHERE)
        .file(".env", "R53MON_NAMESERVERS=192.0.2.1\n")
        .file("r53mon.toml", "[r53mon]\nno_such_key = 1\n")
        .run()
        .expect_code(0)
        .expect_stdout("app.example.test");
    assert_eq!(outcome.stderr, "");
}

#[test]
fn completions_are_printed_for_the_usual_shells() {
    for shell in ["bash", "zsh", "fish"] {
        let outcome = r53mon(&format!("completions {shell}")).run().expect_code(0);
        for text in ["r53mon", "poll-interval", "story-file"] {
            assert!(outcome.stdout.contains(text), "{shell}: no {text}");
        }
        assert_eq!(outcome.stderr, "");
    }
}

#[test]
fn completions_offer_the_stories_and_the_words_of_a_setting() {
    let stories: Vec<&str> = (Story::built_in().iter())
        .map(|story| story.name.as_str())
        .collect();
    let words = r53mon::config::keys::KEYS.iter();
    let words: Vec<String> = words
        .filter_map(|key| match &key.kind {
            Kind::Word(_, words) => Some(words().join(" ")),
            _ => None,
        })
        .collect();
    for shell in ["bash", "zsh"] {
        let outcome = r53mon(&format!("completions {shell}")).run().expect_code(0);
        for words in words.iter().chain([&stories.join(" ")]) {
            assert!(outcome.stdout.contains(words), "{shell}: no {words}");
        }
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = r53mon(&format!("completions {shell}")).run().expect_code(0);
        let lines = outcome.stdout.lines();
        // What the script does behind the flag offers none.
        let mut offering = lines.filter(|line| !line.trim_start().starts_with("--"));
        assert!(!offering.any(|line| line.contains("panic-in")), "{shell}");
    }
    // Where flags and words stand in one list, the words come first.
    let bash = r53mon("completions bash").run().expect_code(0).stdout;
    let mut lists = bash.lines().filter(|line| line.contains("opts=\""));
    let list = lists
        .find(|line| line.contains(stories[0]))
        .expect("a list");
    let begin = format!("opts=\"{} ", stories.join(" "));
    assert!(list.trim_start().starts_with(&begin), "{list}");
    // What is offered is not all that is taken: a wrong word is told as one from any other source is.
    let outcome = r53mon("demo --output xml").run().expect_code(2);
    assert!(outcome.stderr.contains("text, json"), "{}", outcome.stderr);
}

#[test]
fn every_command_has_a_manual_page_with_what_belongs_in_one() {
    // Roff writes a hyphen as \-.
    let page = |name: &str| {
        let outcome = r53mon(&format!("man {name}")).run().expect_code(0);
        assert_eq!(outcome.stderr, "");
        outcome.stdout.replace('\\', "")
    };
    for guide in GUIDES {
        let text = page(guide.command);
        let name = ["r53mon", guide.command].join(" ");
        let name = name.trim_end().replace(' ', "-");
        assert!(text.contains(&format!(".TH {name} 1")), "{text}");
        for title in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "EXAMPLES",
        ] {
            let title = format!(".SH \"{title}\"");
            let plain = title.replace('"', "");
            let has = text.contains(&title) || text.contains(&plain);
            assert!(has, "{name}: no {title}\n{text}");
        }
        for (line, _) in &guide.examples {
            assert!(text.contains(line), "{name}: no {line}\n{text}");
        }
    }
    let watch = page("watch");
    assert!(watch.contains(".SH FILES"), "{watch}");
    for key in r53mon::config::keys::KEYS {
        assert!(watch.contains(&format!("--{}", key.flag)), "{}", key.flag);
        for variable in key.variables() {
            assert!(watch.contains(&variable), "{variable}");
        }
    }
    // Of the demo only the variables that it reads.
    let demo = page("demo");
    assert!(
        demo.contains("NO_COLOR") && !demo.contains("R53MON_"),
        "{demo}"
    );
    // Every page that a page names is there.
    for text in [page(""), page("config")] {
        for word in text
            .split_whitespace()
            .filter_map(|word| word.strip_suffix("(1)"))
        {
            let name = word.trim_start_matches("r53mon-").replace('-', " ");
            page(&name);
        }
    }
    r53mon("man nosuch")
        .run()
        .expect_code(2)
        .expect_stderr("the commands are watch");
}

#[test]
fn the_examples_of_the_help_are_lines_that_it_takes() {
    for guide in GUIDES {
        let short = r53mon(&format!("{} -h", guide.command))
            .run()
            .expect_code(0)
            .stdout;
        let long = r53mon(&format!("{} --help", guide.command))
            .run()
            .expect_code(0)
            .stdout;
        for (line, does) in &guide.examples {
            for help in [&short, &long] {
                assert!(
                    help.contains(line) && help.contains(&**does),
                    "{line}\n{help}"
                );
            }
            let of_ours = line
                .split("&&")
                .filter_map(|part| part.split(['>', '|']).next());
            for part in of_ours {
                let words = part.split_whitespace();
                let parsed = command().try_get_matches_from(words);
                assert!(parsed.is_ok(), "{part}: {parsed:?}");
            }
        }
        assert!(short.lines().count() < 60, "{}: {short}", guide.command);
    }
}

#[test]
fn the_template_of_a_story_can_be_played() {
    let template = r53mon("demo --story-template").run().expect_code(0).stdout;
    r53mon("demo --story-file mine.toml --duration 1s --output json")
        .file("mine.toml", &template)
        .run()
        .expect_code(0);
    // It is a template: what a story can say stands in it.
    for key in ["[[set]]", "[[at]]", "[[server]]", "[[pool]]"] {
        assert!(template.contains(key), "no {key}");
    }
}

// --- what cannot measure ---

#[test]
fn without_credentials_it_ends_with_5_and_says_how_to_get_some() {
    let outcome = watch("")
        .run()
        .expect_code(5)
        .expect_stderr("r53mon: no AWS credentials found\n")
        .expect_stderr("r53mon: cure: log in (aws sso login)")
        .expect_stderr("--profile");
    assert_eq!(outcome.stdout, "");
    watch("--profile nosuchprofile")
        .file("config", "[profile known]\nregion = eu-west-1\n")
        .env("AWS_CONFIG_FILE", "config")
        .run()
        .expect_code(5)
        .expect_stderr("\"nosuchprofile\" does not exist")
        .expect_stderr("known");
}

#[test]
fn an_api_that_cannot_be_reached_ends_with_5() {
    let by_variable = watch("")
        .envs(&DUMMY_KEYS)
        .env("AWS_ENDPOINT_URL_ROUTE_53", NOWHERE);
    // What a file of variables adds reaches the SDK too.
    let lines = DUMMY_KEYS.map(|(name, value)| format!("{name}={value}\n"));
    let text = format!("{}AWS_ENDPOINT_URL={NOWHERE}\n", lines.concat());
    let by_file = watch("--env-file my.env").file("my.env", &text);
    let runs = [by_variable, by_file].map(Program::start);
    for run in runs {
        let outcome = run
            .finish(PATIENCE)
            .expect_code(5)
            .expect_only_our_lines()
            .expect_stderr("Route 53 at http://127.0.0.1:1 cannot be reached")
            .expect_stderr("AWS_ENDPOINT_URL_ROUTE_53");
        assert_eq!(outcome.stdout, "");
    }
}

// --- what measures ---

#[test]
fn a_run_of_some_seconds_ends_by_itself() {
    let started = now();
    let runs = ["text", "json", "ndjson"]
        .map(|output| r53mon(&format!("demo --duration 2s --output {output}")).start());
    let [text, json, ndjson] = runs.map(|run| run.finish(PATIENCE).expect_code(0));
    assert!(started.elapsed() >= Duration::from_secs(2));
    for outcome in [&text, &json, &ndjson] {
        assert_eq!(outcome.stderr, "");
        for set in ["blue", "green"] {
            assert!(outcome.stdout.contains(set), "{}", outcome.stdout);
        }
    }
    let report: serde_json::Value = serde_json::from_str(&json.stdout).expect("one object");
    assert_eq!(report["schema"], "r53mon.report/1");
    assert_eq!(report["ended_by"], "duration");
    let named = report["queries"]["named"].as_u64().expect("a number");
    assert!((20..=45).contains(&named), "{named} of 40 answers");
    let objects: Vec<serde_json::Value> = ndjson
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("an object a line"))
        .collect();
    let of = |schema: &str| {
        objects
            .iter()
            .filter(|object| object["schema"] == schema)
            .count()
    };
    assert!(of("r53mon.tick/1") >= 1, "{}", ndjson.stdout);
    assert!(of("r53mon.event/1") >= 1, "{}", ndjson.stdout);
    assert_eq!(of("r53mon.report/1"), 1);
    let last = objects.last().expect("at least one");
    assert_eq!(last["schema"], "r53mon.report/1");
}

#[test]
fn a_signal_ends_a_run_without_a_dashboard_after_its_report() {
    let cases = [("INT", 130), ("TERM", 143), ("HUP", 129)];
    let mut runs = cases.map(|_| r53mon("demo --output text --tps 50").start());
    for run in &mut runs {
        measuring(run);
    }
    for ((name, code), run) in cases.into_iter().zip(runs) {
        signal(run.id(), name);
        run.finish(AT_ONCE)
            .expect_code(code)
            .expect_stdout("blue")
            .expect_stdout("green");
    }
}

#[test]
fn the_report_says_which_signal_it_was() {
    let cases = [("INT", 130, "interrupt"), ("TERM", 143, "terminated")];
    let mut runs = cases.map(|_| r53mon("demo --output ndjson --tps 50").start());
    for run in &mut runs {
        measuring(run);
    }
    for ((name, code, word), run) in cases.into_iter().zip(runs) {
        signal(run.id(), name);
        let outcome = run.finish(AT_ONCE).expect_code(code);
        let line = outcome.stdout.lines().last().expect("a report");
        let report: serde_json::Value = serde_json::from_str(line).expect("an object");
        assert_eq!(report["ended_by"], word);
    }
}

#[test]
fn a_signal_ends_it_within_two_seconds_whatever_is_in_flight() {
    let line = format!(
        "demo --output text --tps 50 --http-timeout 60s --story-file {STORIES}/unresponsive.toml"
    );
    let mut run = r53mon(&line).start();
    measuring(&mut run);
    signal(run.id(), "INT");
    run.finish(AT_ONCE).expect_code(130).expect_stdout("green");
}

#[test]
fn a_signal_ends_it_while_route_53_keeps_it_waiting() {
    // Something that takes connections and never says a word.
    let api = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let run = watch("")
        .envs(&DUMMY_KEYS)
        .env("AWS_ENDPOINT_URL_ROUTE_53", &url)
        .start();
    let _connection = api.accept().expect("it asks");
    signal(run.id(), "INT");
    let outcome = run.finish(AT_ONCE).expect_code(130);
    assert_eq!(outcome.stdout, "");
}

/// The recipe of the help is what a person pastes, so it is pasted here.
#[test]
fn the_recipe_that_reads_what_serve_prints_works_as_it_stands() {
    let help = r53mon("demo --help").run().expect_code(0).stdout;
    let lines = help.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let begin = lines.find("r53mon demo --serve >").expect("a recipe");
    let end = lines[begin..].find(". ./world.env").expect("its end") + ". ./world.env".len();
    let recipe = &lines[begin..][..end];
    let folder = tempfile::tempdir().expect("a folder");
    let program = env!("CARGO_BIN_EXE_r53mon");
    std::os::unix::fs::symlink(program, folder.path().join("r53mon")).expect("a link");
    let output = std::process::Command::new("sh")
        .args([
            "-c",
            &format!("PATH=$PWD:$PATH; {recipe}; kill $!; echo \"$AWS_ENDPOINT_URL_ROUTE_53 $AWS_ACCESS_KEY_ID\""),
        ])
        .current_dir(folder.path())
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        said.starts_with("http://127.0.0.1:"),
        "{recipe}: {output:?}"
    );
    assert!(said.ends_with("R53MONDEMO\n"), "{recipe}: {output:?}");
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let mut runs = ["text", "ndjson", "json"]
        .map(|output| r53mon(&format!("demo --duration 2s --output {output}")).start());
    let [text, ndjson, _] = &mut runs;
    for run in [text, ndjson] {
        assert_ne!(run.line(), "");
    }
    for run in &mut runs {
        run.close_stdout();
    }
    for run in runs {
        assert_eq!(run.finish(PATIENCE).expect_code(0).stderr, "");
    }
    let mut completions = r53mon("completions bash").start();
    completions.close_stdout();
    assert_eq!(completions.finish(PATIENCE).expect_code(0).stderr, "");
}

#[test]
fn a_panic_without_a_dashboard_asks_for_a_report_and_prints_the_numbers() {
    r53mon("demo --panic-in probe --output text")
        .run()
        .expect_code(1)
        .expect_stderr("Please report it")
        .expect_stdout("blue");
}

#[test]
fn the_log_goes_where_it_is_told() {
    let program = r53mon("demo --duration 1s --output json --log-format json --log-file run.log");
    let outcome = program.run().expect_code(0);
    assert_eq!(outcome.stderr, "");
    let log = std::fs::read_to_string(outcome.home.path().join("run.log")).expect("a log");
    assert!(!log.is_empty(), "nothing was logged");
    for line in log.lines() {
        let entry: serde_json::Value = serde_json::from_str(line).expect("an object a line");
        assert!(entry["level"].is_string(), "{line}");
    }
}

#[test]
fn a_served_world_can_be_watched_like_the_real_one() {
    let mut world = r53mon("demo --serve").start();
    let mut lines = Vec::new();
    while !lines
        .last()
        .is_some_and(|line: &String| line.contains("r53mon watch"))
    {
        let line = world.line();
        assert_ne!(line, "", "it ended early: {lines:?}");
        lines.push(line);
    }
    let command = lines.last().expect("it was read");
    let (_, arguments) = command.split_once("r53mon ").expect("a command");
    let program = lines
        .iter()
        .filter_map(|line| line.trim().strip_prefix("export ")?.split_once('='))
        .fold(
            r53mon(&format!("{arguments} --duration 1s --output json")),
            |program, (name, value)| program.env(name, value),
        );
    let outcome = program.run().expect_code(0);
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("a report");
    assert_eq!(report["record"]["name"], "app.example.test");
    assert_ne!(report["queries"]["named"], 0);
    signal(world.id(), "TERM");
    // Who ends it learns what the world has seen.
    world.finish(AT_ONCE).expect_code(143).expect_stderr("blue");
}

/// The public table of the README and the help say the same; a new code is told in both.
#[test]
fn the_help_of_watch_and_check_tells_every_exit_code_of_the_readme() {
    let readme = include_str!("../../README.md");
    let table = readme.split("## Exit codes").nth(1).expect("a section");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| "));
    let codes: Vec<&str> = rows
        .filter_map(|row| row.split(" |").next())
        .filter(|code| code.starts_with(|first: char| first.is_ascii_digit()))
        .collect();
    assert_eq!(codes, ["0", "1", "2", "3", "4", "5", "129, 130, 143"]);
    for command in ["watch", "check"] {
        let help = r53mon(&format!("{command} --help")).run().stdout;
        let told = help.split("Exit codes:").nth(1).expect("a section");
        for code in &codes {
            let line = told
                .lines()
                .any(|line| line.trim_start().starts_with(&format!("{code}  ")));
            assert!(line, "{code} in {told}");
        }
    }
}

/// What a settings file that cannot be read would say may be what is missing.
#[test]
fn a_settings_file_that_cannot_be_read_leaves_nothing_missing() {
    let broken = "[r53mon]\nendpoint = \"https://app.example.com\"\ntps =\n";
    for line in [
        "check",
        "check -c r53mon.toml",
        "doctor",
        "check -c no-such-file.toml",
    ] {
        let program = r53mon(line).file("r53mon.toml", broken);
        let outcome = program.run().expect_code(2);
        assert!(
            !outcome.stderr.contains("required"),
            "{line}: {}",
            outcome.stderr
        );
    }
    let outcome = r53mon("check").run().expect_code(2);
    outcome.expect_stderr("endpoint: required and not set");
}

/// `/dev/full` takes nothing: every line of the log fails.
#[test]
fn a_log_on_a_full_disk_is_told_once_and_in_the_report() {
    let run = r53mon("demo --duration 2s --tps 20 --output json --log-file /dev/full");
    let outcome = run.run().expect_code(0);
    let told = "r53mon: the log /dev/full cannot be written: No space left on device";
    assert_eq!(
        outcome.stderr.matches(told).count(),
        1,
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(
        outcome.stdout.contains("log_incomplete"),
        "{}",
        outcome.stdout
    );
    // A run without one says nothing.
    let run = r53mon("demo --duration 1s --output json --log-file run.log");
    let outcome = run.run().expect_code(0);
    assert_eq!(outcome.stderr, "");
    assert!(!outcome.stdout.contains("log_incomplete"));
}
