//! The settings matrix: every key from every source, every pair of sources, every bad value, all through the library, with
//! environments as arguments. What depends on the current directory is run from outside in `files.rs`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use r53mon::cli::{Cli, Command};
use r53mon::config::Settings;
use r53mon::config::check::check;
use r53mon::config::environment::Environment;
use r53mon::config::keys::{self, KEYS, Taker};
use r53mon::config::layers::Layers;
use r53mon::model::language::Both;
use tempfile::TempDir;
use toml::Value;

use crate::korean::assert_korean;

use cases::{CASES, Case, Good, TOLD, http};

/// Every setting, written down once more.
mod cases;
/// Every command that has settings, with every source.
mod commands;
/// Files of settings: those in `tests/data/config`, the templates, the usual ones of a directory, the README.
mod files;
/// Values that are refused, and values at the edge.
mod values;

/// A source that a person can write into, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Flag,
    Variable,
    EnvFile,
    Toml,
}

impl Origin {
    const ALL: [Self; 4] = [Self::Flag, Self::Variable, Self::EnvFile, Self::Toml];
}

/// What all sources together say. Files are written to a directory of their own and named explicitly, so that nothing
/// depends on where the test runs.
struct Given {
    flags: Vec<String>,
    variables: Vec<(String, String)>,
    env_file: String,
    toml: String,
    directory: TempDir,
}

/// What has become of it.
struct Judged {
    layers: Layers,
    result: Result<Settings, Vec<Both>>,
}

impl Given {
    fn nothing() -> Self {
        Self {
            flags: Vec::new(),
            variables: Vec::new(),
            env_file: String::new(),
            toml: "[r53mon]\n".to_owned(),
            directory: tempfile::tempdir().expect("a directory"),
        }
    }

    /// What a run needs at least, from the weakest source; a key that is tested itself is left out.
    fn enough_but(key: &str) -> Self {
        let mut given = Self::nothing();
        for (required, value) in [
            ("endpoint", "\"http://base.example.com/\""),
            ("hosted_zone_id", "\"ZBASE\""),
        ] {
            if required != key {
                given.add_toml(required, value);
            }
        }
        given
    }

    fn enough() -> Self {
        Self::enough_but("")
    }

    fn add_toml(&mut self, key: &str, literal: &str) {
        self.toml.extend([key, " = ", literal, "\n"]);
    }

    /// Adds a line to the file of variables.
    fn add_variable(&mut self, name: &str, value: &str) {
        self.env_file.extend([name, "=", value, "\n"]);
    }

    /// Says something in one source, as text wherever the source knows only text.
    fn say(mut self, case: &Case, from: Origin, text: &str, toml: &str) -> Self {
        match from {
            Origin::Flag => self.flags.push(format!("{}={text}", case.flag)),
            Origin::Variable => self.variables.push((variable(case), text.to_owned())),
            Origin::EnvFile => {
                assert!(!text.contains('\''), "single quotes keep everything else");
                self.add_variable(&variable(case), &format!("'{text}'"));
            }
            Origin::Toml => self.add_toml(case.key, toml),
        }
        self
    }

    fn say_good(self, case: &Case, from: Origin, value: &Good) -> Self {
        self.say(case, from, value.text, value.toml)
    }

    /// Says a text in one source; quoted in a settings file.
    fn say_text(self, case: &Case, from: Origin, text: &str) -> Self {
        self.say(case, from, text, &quoted(text))
    }

    fn toml_path(&self) -> PathBuf {
        self.directory.path().join("settings.toml")
    }

    fn env_path(&self) -> PathBuf {
        self.directory.path().join("settings.env")
    }

    /// How complaints and `config show` name the place of a key.
    fn place(&self, case: &Case, from: Origin) -> String {
        match from {
            Origin::Flag => case.flag.to_owned(),
            Origin::Variable => format!("{} in the environment", variable(case)),
            Origin::EnvFile => format!("{} in {}", variable(case), self.env_path().display()),
            Origin::Toml => format!("{} in {}", case.key, self.toml_path().display()),
        }
    }

    fn judge(self) -> Judged {
        let (toml, env_file) = (self.toml_path(), self.env_path());
        std::fs::write(&toml, &self.toml).expect("it is written");
        std::fs::write(&env_file, &self.env_file).expect("it is written");
        let line = ["r53mon", "watch", "--config"]
            .map(OsString::from)
            .into_iter()
            .chain([toml.into_os_string()])
            .chain(self.flags.iter().map(OsString::from));
        let Command::Watch(args) = Cli::try_parse_from(line).expect("a good line").command else {
            panic!("it is a watch");
        };
        let variables = self.variables.iter();
        let mut environment = Environment::of_process(
            variables.map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        environment.add_file(Some(&env_file));
        let config = args.config.as_deref();
        let layers = Layers::collect(Taker::Watch, config, &environment, &args.flags.0);
        let result = check(&layers, None).map_err(|problems| problems.0);
        // Whatever is wrong in any of these tests is told in both languages.
        for problem in result.as_ref().err().into_iter().flatten() {
            assert_korean(problem);
        }
        Judged { layers, result }
    }
}

impl Judged {
    #[track_caller]
    fn settings(&self) -> &Settings {
        match &self.result {
            Ok(settings) => settings,
            Err(problems) => panic!("{}", lines_of(problems)),
        }
    }

    #[track_caller]
    fn problems(&self) -> &[Both] {
        match &self.result {
            Ok(settings) => panic!("nothing is wrong with {settings:?}"),
            Err(problems) => problems,
        }
    }

    /// The one problem there is.
    #[track_caller]
    fn problem(&self) -> &str {
        match self.problems() {
            [problem] => problem,
            problems => panic!("not one problem:\n{}", lines_of(problems)),
        }
    }

    /// The winning text of a key and the place it comes from.
    fn found(&self, key: &str) -> (String, String) {
        let key = keys::by_toml(key).expect("a key");
        let found = self.layers.find(key).expect("somebody gave it");
        (text_of(&found.value), found.source.place(key).to_string())
    }
}

fn lines_of(problems: &[Both]) -> String {
    let problems: Vec<&str> = problems.iter().map(Both::said).collect();
    problems.join("\n")
}

fn variable(case: &Case) -> String {
    case.variable.expect("it has a variable").to_owned()
}

/// A text as TOML takes it.
fn quoted(text: &str) -> String {
    let letters = text.chars().map(|letter| match letter {
        '\\' | '"' => format!("\\{letter}"),
        _ if letter.is_control() => format!("\\u{:04x}", u32::from(letter)),
        _ => letter.to_string(),
    });
    format!("\"{}\"", letters.collect::<String>())
}

fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(value) => value.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Array(items) => items.iter().map(text_of).collect::<Vec<_>>().join(", "),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_holds_all(text: &str, fragments: &[&str]) {
    for fragment in fragments {
        assert!(text.contains(fragment), "no {fragment:?} in: {text}");
    }
}

#[test]
fn the_cases_are_the_known_keys() {
    for (case, key) in CASES.iter().zip(KEYS) {
        assert_eq!(
            (case.key, case.flag, case.variable, case.default),
            (
                key.toml,
                format!("--{}", key.flag).as_str(),
                key.variable().as_deref(),
                key.default
            )
        );
    }
    assert_eq!(CASES.len(), KEYS.len());
}

#[test]
fn nothing_said_means_the_defaults() {
    let judged = Given::enough().judge();
    let settings = judged.settings();
    for (key, expected) in [
        ("record_name", "base.example.com"),
        ("record_type", "any"),
        ("tps", "10"),
        ("no_http", "false"),
        ("nameservers", ""),
        ("resolver", ""),
        ("resolvers", ""),
        ("poll_interval", "30s"),
        ("max_unknown", "0.05"),
        ("http_margin", "0.2"),
        ("settled", "false"),
        ("ignore_http", "false"),
        ("duration", "none"),
        ("output", "Auto"),
        ("http_timeout", "5s"),
        ("http_method", "GET"),
        ("expect_status", "200-399"),
        ("expect_body", "none"),
        ("http_max_tps", "none"),
        ("keepalive", "false"),
        ("window", "300s"),
        ("insecure", "false"),
        ("explain", "false"),
        ("profile", "none"),
        ("color", "Auto"),
        ("log_file", "none"),
        ("log_level", "none"),
        ("log_format", "Text"),
        ("theme", "Auto"),
        ("ascii", "false"),
        ("iac", "Cli"),
        ("lang", "none"),
        ("on_event", "none"),
        ("webhook", "none"),
        ("webhook_header", ""),
        ("notify", TOLD),
    ] {
        let case = Case::by_key(key);
        assert_eq!((case.read)(settings), expected, "{key}");
        if let Some(default) = case.default {
            let expected = (default.to_owned(), "default".to_owned());
            assert_eq!(judged.found(key), expected);
        } else {
            let key = keys::by_toml(key).expect("a key");
            assert_eq!(judged.layers.find(key), None);
        }
    }
}

#[test]
fn every_key_can_come_from_every_source() {
    for case in CASES {
        for from in case.sources() {
            for value in [&case.one, &case.two] {
                let given = Given::enough_but(case.key).say_good(case, from, value);
                let place = given.place(case, from);
                let judged = given.judge();
                let words = format!("{} = {} from {from:?}", case.key, value.text);
                assert_eq!((case.read)(judged.settings()), value.becomes, "{words}");
                let (text, origin) = judged.found(case.key);
                assert_eq!(origin, place, "{words}");
                if from != Origin::Toml {
                    assert_eq!(text, value.text, "{words}");
                }
            }
        }
    }
}

/// Command line, environment, `.env`, settings file: of every two the first wins, whatever they say. (That each wins over
/// the default is `every_key_can_come_from_every_source`.)
#[test]
fn of_two_sources_the_stronger_one_wins_for_every_key() {
    for case in CASES {
        for strong in case.sources() {
            for weak in case.sources().skip_while(|from| *from != strong).skip(1) {
                for (wins, loses) in [(&case.one, &case.two), (&case.two, &case.one)] {
                    let given = Given::enough_but(case.key)
                        .say_good(case, weak, loses)
                        .say_good(case, strong, wins);
                    let place = given.place(case, strong);
                    let judged = given.judge();
                    let words = format!("{} from {strong:?} over {weak:?}", case.key);
                    assert_eq!((case.read)(judged.settings()), wins.becomes, "{words}");
                    assert_eq!(judged.found(case.key).1, place, "{words}");
                }
            }
        }
    }
}

#[test]
fn of_all_sources_the_command_line_wins() {
    for case in CASES {
        let given = case
            .sources()
            .fold(Given::enough_but(case.key), |given, from| {
                let value = if from == Origin::Flag {
                    &case.one
                } else {
                    &case.two
                };
                given.say_good(case, from, value)
            });
        let judged = given.judge();
        assert_eq!((case.read)(judged.settings()), case.one.becomes);
        assert_eq!(judged.found(case.key).1, case.flag);
    }
}

#[test]
fn each_source_can_give_another_key() {
    let judged = Given::enough()
        .say_text(Case::by_key("tps"), Origin::Flag, "11")
        .say_text(Case::by_key("poll_interval"), Origin::Variable, "12s")
        .say_text(Case::by_key("http_timeout"), Origin::EnvFile, "13s")
        .say_text(Case::by_key("duration"), Origin::Toml, "14s")
        .judge();
    let settings = judged.settings();
    for (key, expected) in [
        ("tps", "11"),
        ("poll_interval", "12s"),
        ("http_timeout", "13s"),
        ("duration", "14s"),
        ("output", "Auto"),
    ] {
        assert_eq!((Case::by_key(key).read)(settings), expected);
    }
}

/// A list is one value: the stronger source replaces it, nothing is added to it.
#[test]
fn lists_are_not_joined_over_sources() {
    let case = Case::by_key("nameservers");
    let mut given = Given::enough()
        .say_text(case, Origin::Variable, "192.0.2.8,192.0.2.9")
        .say(case, Origin::Toml, "", "[\"192.0.2.7\"]");
    for address in [
        "192.0.2.1",
        "[2001:db8::1]:5353",
        "192.0.2.3:5353,192.0.2.4",
    ] {
        given.flags.extend(["-n".to_owned(), address.to_owned()]);
    }
    assert_eq!(
        (case.read)(given.judge().settings()),
        "192.0.2.1:53,[2001:db8::1]:5353,192.0.2.3:5353,192.0.2.4:53"
    );
}

#[test]
fn short_flags_mean_the_long_ones() {
    let mut given = Given::nothing();
    given.flags = [
        "-e",
        "http://short.example.com/",
        "-z",
        "Z1",
        "-r",
        "r.example.com",
        "-t",
        "3",
        "-n",
        "192.0.2.1",
        "-d",
        "4s",
        "-o",
        "json",
    ]
    .map(str::to_owned)
    .to_vec();
    let judged = given.judge();
    for (key, expected) in [
        ("endpoint", "http://short.example.com/"),
        ("hosted_zone_id", "Z1"),
        ("record_name", "r.example.com"),
        ("tps", "3"),
        ("nameservers", "192.0.2.1:53"),
        ("duration", "4s"),
        ("output", "Json"),
    ] {
        let case = Case::by_key(key);
        assert_eq!((case.read)(judged.settings()), expected);
        assert_eq!(judged.found(key).1, case.flag);
    }
}

#[test]
fn a_switch_alone_switches_on() {
    let mut given = Given::enough();
    given.flags = vec!["--insecure".to_owned()];
    assert!(http(given.judge().settings()).insecure);
    let mut given = Given::enough();
    given.flags = vec!["--no-http".to_owned()];
    assert_eq!(given.judge().settings().http, None);
}

/// Whatever can be taken for a number, a truth value or an octal number elsewhere.
const LOOKALIKES: [&str; 12] = [
    "0123456789",
    "1E5",
    "1e5",
    "0012",
    "00",
    "true",
    "NO",
    "0x10",
    "0o17",
    "123456789012345678901234567890",
    "inf",
    "nan",
];

#[test]
fn texts_stay_texts_from_every_source() {
    for key in ["hosted_zone_id", "profile", "log_file", "record_name"] {
        let case = Case::by_key(key);
        for from in case.sources() {
            for text in LOOKALIKES {
                let judged = Given::enough_but(key).say_text(case, from, text).judge();
                let expected = if key == "record_name" {
                    text.to_ascii_lowercase()
                } else {
                    text.to_owned()
                };
                let words = format!("{key} from {from:?}");
                assert_eq!((case.read)(judged.settings()), expected, "{words}");
                assert_eq!(judged.found(key).0, text, "{words}");
            }
        }
    }
}

#[test]
fn what_stands_without_quotes_in_a_settings_file_is_refused_where_a_text_is_meant() {
    let numbers_and_more = [
        "tps",
        "no_http",
        "nameservers",
        "resolvers",
        "tolerance",
        "confidence",
        "max_unknown",
        "http_margin",
        "settled",
        "ignore_http",
        "insecure",
        "explain",
        "ascii",
        "http_max_tps",
        "keepalive",
    ];
    let texts = CASES
        .iter()
        .filter(|case| !numbers_and_more.contains(&case.key));
    for case in texts {
        for (literal, shown) in [
            ("123456789", "123456789"),
            ("1E5", "100000"),
            ("12", "12"),
            ("-1", "-1"),
            ("1.5", "1.5"),
            ("true", "true"),
            ("9223372036854775807", "9223372036854775807"),
        ] {
            let given = Given::enough_but(case.key).say(case, Origin::Toml, "", literal);
            let place = given.place(case, Origin::Toml);
            let judged = given.judge();
            assert_holds_all(
                judged.problem(),
                &[
                    &format!("{} = {shown} ({place})", case.key),
                    "put it in quotes",
                    "it has to be",
                ],
            );
        }
    }
}

#[test]
fn all_problems_are_told_at_once() {
    let mut given = Given::nothing()
        .say_text(Case::by_key("tps"), Origin::Flag, "0")
        .say_text(Case::by_key("poll_interval"), Origin::Variable, "1s")
        .say_text(Case::by_key("http_timeout"), Origin::EnvFile, "soon")
        .say(Case::by_key("record_name"), Origin::Toml, "", "12")
        .say_text(Case::by_key("output"), Origin::Toml, "yaml");
    given.add_toml("polling", "1");
    given
        .variables
        .push(("R53MON_TSP".to_owned(), "1".to_owned()));
    given.env_file += "R53MON_OUTPTU=json\n";
    given.toml += "[other]\nkey = 1\n";
    let judged = given.judge();
    let problems = lines_of(judged.problems());
    assert_eq!(judged.problems().len(), 11, "{problems}");
    assert_holds_all(
        &problems,
        &[
            "endpoint: required",
            "hosted_zone_id: required",
            "tps = \"0\"",
            "poll_interval = \"1s\"",
            "http_timeout = \"soon\"",
            "record_name = 12",
            "output = \"yaml\"",
            "polling in ",
            "R53MON_TSP in the environment",
            "R53MON_OUTPTU in ",
            "table or key other",
        ],
    );
}

#[test]
fn what_is_required_is_asked_for_with_all_the_ways_to_give_it() {
    let judged = Given::nothing().judge();
    for (problem, names) in judged.problems().iter().zip([
        [
            "--endpoint",
            "R53MON_ENDPOINT",
            "endpoint in r53mon.toml",
            "http or https",
        ],
        [
            "--zone-id",
            "R53MON_HOSTED_ZONE_ID",
            "hosted_zone_id in r53mon.toml",
            "hosted zone",
        ],
    ]) {
        assert_holds_all(problem, &names);
    }
    assert_eq!(judged.problems().len(), 2);
}

#[test]
fn unknown_keys_are_refused_with_the_nearest_known_one() {
    for (key, near) in [
        ("tsp", "tps"),
        ("TPS", "tps"),
        ("zone_id", "hosted_zone_id"),
        ("zone-id", "hosted_zone_id"),
        ("hosted-zone-id", "hosted_zone_id"),
        ("name_servers", "nameservers"),
        ("nameserver", "nameservers"),
        ("poll_intervall", "poll_interval"),
        ("logfile", "log_file"),
        ("colour", "color"),
        ("no-http", "no_http"),
    ] {
        let mut given = Given::enough();
        given.add_toml(key, "1");
        let place = format!("{key} in {}", given.toml_path().display());
        assert_holds_all(
            given.judge().problem(),
            &[&place, "unknown key", &format!("did you mean {near}?")],
        );
    }
    let mut given = Given::enough();
    given.add_toml("qqqqqqqq", "1");
    let judged = given.judge();
    assert!(!judged.problem().contains("did you mean"));
    for case in CASES {
        assert_holds_all(judged.problem(), &[case.key]);
    }
}

#[test]
fn unknown_variables_are_refused_with_the_nearest_known_one() {
    for (name, near) in [
        ("R53MON_TSP", "R53MON_TPS"),
        ("R53MON_ZONE_ID", "R53MON_HOSTED_ZONE_ID"),
        ("R53MON_NAMESERVER", "R53MON_NAMESERVERS"),
        ("R53MON_NO_HTPP", "R53MON_NO_HTTP"),
        ("R53MON_endpoint", "R53MON_ENDPOINT"),
        ("R53MON_PROFILE", "AWS_PROFILE"),
        ("R53MON_COLOR", "NO_COLOR"),
    ] {
        let mut given = Given::enough();
        given.variables.push((name.to_owned(), "1".to_owned()));
        let place = format!("{name} in the environment");
        assert_holds_all(given.judge().problem(), &[&place, "unknown variable", near]);

        let mut given = Given::enough();
        given.env_file = format!("{name}=1\n");
        let place = format!("{name} in {}", given.env_path().display());
        assert_holds_all(given.judge().problem(), &[&place, "unknown variable", near]);
    }
    let mut given = Given::enough();
    given
        .variables
        .push(("R53MON_QQQQQQQQ".to_owned(), "1".to_owned()));
    let judged = given.judge();
    for name in CASES.iter().filter_map(|case| case.variable) {
        assert_holds_all(judged.problem(), &[name]);
    }
    // Other people's variables are none of our business.
    let mut given = Given::enough();
    given
        .variables
        .push(("R53MONITOR_TPS".to_owned(), "1".to_owned()));
    given.judge().settings();
}

#[test]
fn a_file_never_replaces_a_variable_that_is_set() {
    let case = Case::by_key("tps");
    let mut given = Given::enough().say_text(case, Origin::Variable, "0");
    given.env_file = "R53MON_TPS=5\n".to_owned();
    let judged = given.judge();
    assert_holds_all(
        judged.problem(),
        &["tps = \"0\"", "R53MON_TPS in the environment", "1 to 100"],
    );
}

/// Variables that are set to nothing say nothing, wherever they stand; whoever comes next is heard.
#[test]
fn a_variable_that_is_set_to_nothing_is_not_set() {
    for case in CASES.iter().filter(|case| case.variable.is_some()) {
        for nothing in ["", "  "] {
            let given = Given::enough_but(case.key)
                .say_text(case, Origin::Variable, nothing)
                .say_text(case, Origin::EnvFile, nothing)
                .say_good(case, Origin::Toml, &case.one);
            let place = given.place(case, Origin::Toml);
            let judged = given.judge();
            assert_eq!((case.read)(judged.settings()), case.one.becomes);
            assert_eq!(judged.found(case.key).1, place);
            let given = Given::enough_but(case.key)
                .say_text(case, Origin::Variable, nothing)
                .say_good(case, Origin::EnvFile, &case.two);
            assert_eq!((case.read)(given.judge().settings()), case.two.becomes);
        }
    }
}

/// A variable of others is no weaker than one of ours: environment over file of variables over settings file.
#[test]
fn variables_of_others_have_the_place_of_ours() {
    for (key, variable, said, becomes) in [
        ("profile", "AWS_PROFILE", "theirs", "theirs"),
        ("color", "NO_COLOR", "1", "Never"),
        ("color", "CLICOLOR_FORCE", "1", "Always"),
    ] {
        let case = Case::by_key(key);
        let other = [&case.one, &case.two];
        let other = other.into_iter().find(|good| good.becomes != becomes);
        let other = other.expect("one of two differs");
        let toml = || Given::enough().say_good(case, Origin::Toml, other);
        let mut in_file = toml();
        in_file.add_variable(variable, said);
        let in_file_place = format!("{variable} in {}", in_file.env_path().display());
        let mut in_process = toml();
        in_process
            .variables
            .push((variable.to_owned(), said.to_owned()));
        in_process.add_variable(variable, "of-the-file");
        let in_process_place = format!("{variable} in the environment");
        for (given, place) in [(in_file, in_file_place), (in_process, in_process_place)] {
            let judged = given.judge();
            assert_eq!((case.read)(judged.settings()), becomes, "{variable}");
            assert_eq!(judged.found(key).1, place);
        }
        let mut with_flag = toml().say_good(case, Origin::Flag, other);
        with_flag
            .variables
            .push((variable.to_owned(), said.to_owned()));
        let judged = with_flag.judge();
        assert_eq!((case.read)(judged.settings()), other.becomes, "{variable}");
        let mut empty = toml();
        empty.variables.push((variable.to_owned(), String::new()));
        assert_eq!((case.read)(empty.judge().settings()), other.becomes);
    }
    let mut both = Given::enough();
    for variable in ["CLICOLOR_FORCE", "NO_COLOR"] {
        both.variables.push((variable.to_owned(), "1".to_owned()));
    }
    assert_eq!(
        (Case::by_key("color").read)(both.judge().settings()),
        "Never"
    );
}

#[test]
fn of_very_many_problems_a_hundred_are_told() {
    let mut given = Given::enough();
    for number in 0..1500 {
        given.add_toml(&format!("key{number}"), "1");
        given.add_variable(&format!("R53MON_KEY{number}"), "1");
    }
    given.toml += "[other.key]\n";
    let judged = given.judge();
    let problems = judged.problems();
    assert_eq!(problems.len(), 202, "{}", lines_of(problems));
    let counted = |count: &str| problems.iter().any(|problem| problem.contains(count));
    assert!(
        counted("1401 more problems") && counted("1400 more problems"),
        "{problems:?}"
    );
}

#[test]
fn at_most_a_hundred_name_servers_are_taken() {
    let case = Case::by_key("nameservers");
    let addresses = |count: usize| {
        let all: Vec<String> = (1..=count)
            .map(|port| format!("192.0.2.1:{port}"))
            .collect();
        all.join(",")
    };
    for from in case.sources() {
        let given = Given::enough().say_text(case, from, &addresses(100));
        assert_eq!(given.judge().settings().dns.name_servers.len(), 100);
        let given = Given::enough().say_text(case, from, &addresses(101));
        assert_holds_all(given.judge().problem(), &["too many", "at most 100"]);
    }
}
