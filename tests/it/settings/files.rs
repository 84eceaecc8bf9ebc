//! Files of settings: those in `tests/data/config`, the two templates, the usual files of a directory, and the README's
//! table of settings.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;
use r53mon::cli::{Cli, Command};
use r53mon::config::check::check;
use r53mon::config::environment::Environment;
use r53mon::config::keys::{KEYS, Key, Kind, TABLES, Taker};
use r53mon::config::layers::Layers;
use r53mon::config::raw::{Layer, Source};

use super::super::cli::row_of;
use super::super::program::r53mon;
use super::{CASES, Case, Given, Origin, assert_holds_all, text_of};

const TEMPLATE: &str = include_str!("../../../r53mon.toml.example");
const ENV_TEMPLATE: &str = include_str!("../../../.env.example");

// --- tests/data/config ---

/// All settings files of a folder, with the lines that say what to expect.
fn data(folder: &str) -> Vec<(PathBuf, Vec<String>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/config")
        .join(folder);
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "toml")
        })
        .map(|path| {
            let bytes = std::fs::read(&path).expect("a file");
            let expected = String::from_utf8_lossy(&bytes)
                .lines()
                .filter_map(|line| line.strip_prefix("# expect: "))
                .map(str::to_owned)
                .collect();
            (path, expected)
        })
        .collect();
    files.sort();
    assert!(files.len() > 3, "{} is nearly empty", folder.display());
    files
}

/// The sources with only this settings file.
fn layers_of(path: &Path) -> Layers {
    let line = [
        OsString::from("r53mon"),
        "watch".into(),
        "--config".into(),
        path.into(),
    ];
    let Command::Watch(args) = Cli::try_parse_from(line).expect("a good line").command else {
        panic!("it is a watch");
    };
    let config = args.config.as_deref();
    Layers::collect(Taker::Watch, config, &Environment::default(), &args.flags.0)
}

/// Every `# expect: key = value` has to be in force.
#[test]
fn good_files_are_taken() {
    for (path, expected) in data("valid") {
        let layers = layers_of(&path);
        if let Err(problems) = check(&layers, None) {
            panic!("{}:\n{problems}", path.display());
        }
        assert!(!expected.is_empty(), "{} expects nothing", path.display());
        for line in expected {
            let (key, value) = line.split_once(" = ").expect("key = value");
            let key = r53mon::config::keys::by_toml(key).expect("a key");
            let found = layers.find(key).expect("a value");
            assert_eq!(text_of(&found.value), value, "{}", path.display());
        }
    }
}

/// Every `# expect: one | another` stands for one complaint that holds all its parts; there are no others.
#[test]
fn bad_files_are_refused_with_the_expected_complaints() {
    for (path, expected) in data("invalid") {
        let layers = layers_of(&path);
        let result = check(&layers, None);
        let problems = result.expect_err(&path.display().to_string()).0;
        assert_eq!(
            problems.len(),
            expected.len(),
            "{}:\n{}",
            path.display(),
            super::lines_of(&problems)
        );
        for line in expected {
            assert!(
                problems
                    .iter()
                    .any(|problem| line.split(" | ").all(|part| problem.contains(part))),
                "{}: no {line:?} in\n{}",
                path.display(),
                super::lines_of(&problems)
            );
        }
        // What is wrong in the file is said to be there; what is missing is nowhere.
        let name = path.file_name().expect("a name").to_string_lossy();
        problems.iter().for_each(crate::korean::assert_korean);
        for problem in problems {
            let missing = problem.contains(": required") || problem.contains("give --record-name");
            assert!(
                missing || problem.contains(&*name),
                "{problem}: not in {name}?"
            );
        }
    }
}

#[test]
fn the_program_takes_and_refuses_the_same_files() {
    for (folder, code) in [("valid", 0), ("invalid", 2)] {
        for (path, _) in data(folder) {
            r53mon("config show --config")
                .arg(path.display().to_string())
                .run()
                .expect_code(code)
                .expect_only_our_lines();
        }
    }
}

// --- the usual files of a directory ---

const GOOD: &str = "[r53mon]\nendpoint = \"http://file.example.com/\"\nhosted_zone_id = \"Z1\"\n";

#[test]
fn the_usual_files_may_be_missing() {
    let outcome = r53mon("config show -e http://a.example.com/ -z Z1")
        .run()
        .expect_code(0);
    assert_eq!(outcome.stderr, "");
    assert_eq!(row_of(&outcome.stdout, "tps"), ["10", "default"]);
}

#[test]
fn the_usual_files_are_read_when_they_are_there() {
    let outcome = r53mon("config show")
        .file(
            "r53mon.toml",
            &format!("{GOOD}tps = 11\nresolver = \"::1\"\n"),
        )
        .file(
            ".env",
            "R53MON_TPS=12\nR53MON_DURATION=12s\nR53MON_OUTPUT=json\n",
        )
        .env("R53MON_OUTPUT", "ndjson")
        .run()
        .expect_code(0);
    for (key, row) in [
        (
            "endpoint",
            ["http://file.example.com/", "endpoint in r53mon.toml"],
        ),
        ("tps", ["12", "R53MON_TPS in .env"]),
        ("duration", ["12s", "R53MON_DURATION in .env"]),
        ("resolver", ["::1", "resolver in r53mon.toml"]),
        ("output", ["ndjson", "R53MON_OUTPUT in the environment"]),
    ] {
        assert_eq!(row_of(&outcome.stdout, key), row);
    }
}

#[test]
fn named_files_take_the_place_of_the_usual_ones() {
    let outcome = r53mon("config show --config other.toml --env-file other.env")
        .file("r53mon.toml", "[r53mon]\nno_such_key = 1\n")
        .file(".env", "R53MON_NO_SUCH_KEY=1\n")
        .file("other.toml", GOOD)
        .file("other.env", "R53MON_TPS=13\n")
        .run()
        .expect_code(0);
    assert_eq!(
        row_of(&outcome.stdout, "tps"),
        ["13", "R53MON_TPS in other.env"]
    );
}

#[test]
fn only_this_directory_is_looked_at() {
    let program = r53mon("config show")
        .file("r53mon.toml", GOOD)
        .file(".env", "R53MON_TPS=14\n");
    std::fs::create_dir(program.path("below")).expect("a directory");
    let outcome = std::process::Command::new(super::super::program::BINARY)
        .args(["config", "show"])
        .env_clear()
        .current_dir(program.path("below"))
        .output()
        .expect("it runs");
    assert_eq!(outcome.status.code(), Some(2));
    let shown = String::from_utf8_lossy(&outcome.stdout);
    assert_eq!(row_of(&shown, "tps"), ["10", "default"]);
}

#[test]
fn named_files_have_to_exist() {
    let line = "-e http://a.example.com/ -z Z1";
    let outcome = r53mon(&format!(
        "config show {line} --config missing.toml --env-file missing.env"
    ))
    .run()
    .expect_code(2)
    .expect_only_our_lines();
    assert_eq!(outcome.stderr.lines().count(), 2, "{}", outcome.stderr);
    assert_holds_all(
        &outcome.stderr,
        &[
            "missing.toml (--config)",
            "missing.env (--env-file)",
            "No such file",
        ],
    );
    for flag in ["--config", "--env-file"] {
        r53mon(&format!("watch {line} {flag} ."))
            .run()
            .expect_code(2)
            .expect_only_our_lines()
            .expect_stderr(flag);
    }
}

#[test]
fn a_usual_file_that_cannot_be_read_is_not_passed_over() {
    for (name, text) in [
        ("r53mon.toml", "[r53mon\ntps = 1\n"),
        (".env", "R53MON_TPS=5\nR53MON_ENDPOINT='open\n"),
    ] {
        r53mon("config show -e http://a.example.com/ -z Z1")
            .file(name, text)
            .run()
            .expect_code(2)
            .expect_only_our_lines()
            .expect_stderr(name)
            .expect_stderr("line ");
    }
    let program = r53mon("config show -e http://a.example.com/ -z Z1");
    std::fs::write(
        program.path("r53mon.toml"),
        b"[r53mon]\nprofile = \"\xff\"\n",
    )
    .expect("written");
    program.run().expect_code(2).expect_stderr("r53mon.toml");
}

#[test]
fn a_variable_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStringExt;
    let environment = Environment::of_process([(
        OsString::from("R53MON_TPS"),
        OsString::from_vec(vec![b'5', 0xff]),
    )]);
    let line = Layer::new(Source::CommandLine);
    let layers = Layers::collect(Taker::Watch, None, &environment, &line);
    assert_holds_all(
        &super::lines_of(&layers.problems),
        &["R53MON_TPS in the environment", "UTF-8"],
    );
}

#[test]
fn a_byte_order_mark_is_passed_over_in_both_files() {
    let outcome = r53mon("config show")
        .file("r53mon.toml", &format!("\u{feff}{GOOD}"))
        .file(
            ".env",
            "\u{feff}R53MON_TPS=15\r\nexport R53MON_DURATION=\"16s\" # comment\r\n",
        )
        .run()
        .expect_code(0);
    assert_eq!(row_of(&outcome.stdout, "tps"), ["15", "R53MON_TPS in .env"]);
    assert_eq!(
        row_of(&outcome.stdout, "duration"),
        ["16s", "R53MON_DURATION in .env"]
    );
}

// --- the templates ---

/// The lines of a template that set something when the # before them is taken away: the name, the value, and the
/// comment above.
fn offered(template: &str, separator: &str) -> Vec<(String, String, String)> {
    let mut comment = String::new();
    let mut found = Vec::new();
    for line in template.lines() {
        let setting = line
            .strip_prefix("# ")
            .and_then(|line| line.split_once(separator))
            .filter(|(name, _)| {
                name.chars()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
            });
        match setting {
            Some((name, value)) => {
                found.push((
                    name.to_owned(),
                    value.to_owned(),
                    std::mem::take(&mut comment),
                ));
            }
            None if line.is_empty() => comment.clear(),
            None => comment.extend([line, "\n"]),
        }
    }
    found
}

#[test]
fn the_template_offers_exactly_the_known_keys_with_their_defaults() {
    let offered = offered(TEMPLATE, " = ");
    let names: Vec<&str> = offered.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, CASES.iter().map(|case| case.key).collect::<Vec<_>>());
    for ((name, value, comment), case) in offered.iter().zip(CASES) {
        if let Some(default) = case.default {
            assert_eq!(value.trim_matches('"'), default, "{name}");
        }
        assert_holds_all(comment, &[case.flag]);
        assert_holds_all(comment, case.variable.as_slice());
    }
}

#[test]
fn the_template_as_it_is_sets_nothing() {
    let table: toml::Table = TEMPLATE.parse().expect("it is TOML");
    assert_eq!(table.keys().collect::<Vec<_>>(), ["r53mon"]);
    assert_eq!(table["r53mon"].as_table().map(toml::Table::len), Some(0));
    r53mon("config show -e http://a.example.com/ -z Z1")
        .file("r53mon.toml", TEMPLATE)
        .file(".env", ENV_TEMPLATE)
        .run()
        .expect_code(0);
}

#[test]
fn the_template_without_its_comment_signs_is_a_good_file() {
    let mut given = Given::nothing();
    for (name, value, _) in offered(TEMPLATE, " = ") {
        given.add_toml(&name, &value);
    }
    let judged = given.judge();
    let settings = judged.settings();
    for case in CASES.iter().filter(|case| case.default.is_some()) {
        let plain = Given::enough_but("").judge();
        assert_eq!(
            (case.read)(settings),
            (case.read)(plain.settings()),
            "{}",
            case.key
        );
    }
}

/// Every line of the tables, without the sign before it, is a line of a good file.
#[test]
fn the_template_shows_tables_that_are_taken_without_their_comment_signs() {
    for tables in TABLES {
        let head = format!("# [[r53mon.{}]]", tables.name);
        let (_, rest) = TEMPLATE.split_once(&head).expect("it is shown");
        let lines = rest.lines().skip(1).take_while(|line| !line.is_empty());
        let lines: Vec<&str> = lines.filter_map(|line| line.strip_prefix("# ")).collect();
        for field in tables.fields {
            let begins = format!("  {} = ", field.toml);
            let line = lines.iter().find(|line| line.starts_with(&begins));
            assert!(line.is_some(), "{}: {lines:?}", field.toml);
        }
        let mut given = Given::enough();
        let table = format!("[[r53mon.{}]]\n{}\n", tables.name, lines.join("\n"));
        // Stages have to differ.
        let other = table.replace("tenth", "fifth").replace("10", "20");
        given.toml.extend([table.as_str(), &other]);
        let judged = given.judge();
        judged.settings();
        assert_eq!(judged.layers.entries(tables).count(), 2);
    }
}

#[test]
fn what_is_wrong_with_a_table_names_its_number() {
    for tables in TABLES {
        let name = tables.name;
        let mut given = Given::enough();
        given.toml.extend([format!(
            "[[r53mon.{name}]]\nno_such = 1\n[[r53mon.{name}]]\nno_such = 2\n"
        )]);
        let file = given.toml_path();
        let problems = given.judge().result.expect_err("they are wrong");
        for number in [1, 2] {
            let place = format!(
                "no_such in [[r53mon.{name}]] number {number} of {}",
                file.display()
            );
            assert!(
                problems.iter().any(|problem| problem.starts_with(&place)),
                "{problems:?}"
            );
        }
        let mut given = Given::enough();
        given.toml += &format!("[[r53mon.{name}]]\n").repeat(tables.most + 1);
        let problems = given.judge().result.expect_err("they are too many");
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_holds_all(&problems[0], &[&format!("at most {}", tables.most)]);
        // One table in the place of an array, and one outside of our table.
        for (head, allowed) in [
            (format!("[r53mon.{name}]"), format!("[[r53mon.{name}]]")),
            (format!("[[{name}]]"), format!("[[r53mon.{name}]]")),
        ] {
            let mut given = Given::enough();
            given.toml.extend([format!("{head}\n")]);
            let problems = given.judge().result.expect_err("it is no such table");
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_holds_all(&problems[0], &[&allowed]);
        }
    }
}

#[test]
fn the_template_of_variables_offers_exactly_the_known_ones_with_their_defaults() {
    let is_comment = |line: &str| line.is_empty() || line.starts_with('#');
    assert_eq!(ENV_TEMPLATE.lines().find(|line| !is_comment(line)), None);
    let offered = offered(ENV_TEMPLATE, "=");
    let (ours, theirs): (Vec<_>, Vec<_>) = offered
        .into_iter()
        .partition(|(name, ..)| name.starts_with("R53MON_"));
    let names: Vec<&str> = ours.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(
        names,
        CASES
            .iter()
            .filter_map(|case| case.variable)
            .collect::<Vec<_>>()
    );
    for (name, value, _) in &ours {
        let case = CASES
            .iter()
            .find(|case| case.variable == Some(name.as_str()))
            .expect("a case");
        assert_eq!(case.default.unwrap_or(value), value, "{name}");
    }
    for (name, ..) in theirs {
        assert!(name.starts_with("AWS_"), "{name}");
    }
}

#[test]
fn the_template_of_variables_without_its_comment_signs_is_a_good_file() {
    let mut given = Given::nothing();
    let offered = offered(ENV_TEMPLATE, "=");
    for (name, value, _) in &offered {
        given.add_variable(name, value);
    }
    let place = given.place(Case::by_key("tps"), Origin::EnvFile);
    let judged = given.judge();
    judged.settings();
    assert_eq!(judged.found("tps"), ("10".to_owned(), place));
}

/// Both templates show the same example where there is no default.
#[test]
fn the_templates_agree() {
    let toml = offered(TEMPLATE, " = ");
    let variables = offered(ENV_TEMPLATE, "=");
    for case in CASES {
        let Some(variable) = case.variable else {
            continue;
        };
        let value = |all: &[(String, String, String)], name: &str| {
            let found = all.iter().find(|(known, ..)| known == name);
            found.expect("it is offered").1.clone()
        };
        let plain = |text: String| -> String {
            let letters = text.chars();
            letters
                .filter(|letter| !"\"'[] ".contains(*letter))
                .collect()
        };
        assert_eq!(
            plain(value(&toml, case.key)),
            plain(value(&variables, variable)),
            "{}",
            case.key
        );
    }
}

// --- the README ---

/// A setting as the README tells it.
fn row(key: &Key) -> String {
    let value = match key.kind {
        Kind::Switch => String::new(),
        _ => format!(" {}", key.kind.placeholder()),
    };
    let coded = |name: &str| format!("`{name}`");
    let short = key
        .short
        .map_or(String::new(), |short| format!("`-{short}` "));
    let ours = key.variable().as_deref().map(coded);
    let theirs = key.foreign.iter().map(|foreign| coded(foreign.variable));
    let theirs: Vec<String> = theirs.collect();
    let variable = ours.unwrap_or_else(|| format!("({})", theirs.join(", ")));
    format!(
        "| `--{}{value}` | {short}| {variable} | `{}` | {} | {} |",
        key.flag,
        key.toml,
        key.fallbacks(),
        key.about()
    )
}

#[test]
fn the_readme_tells_every_setting_as_the_program_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(path).expect("there is a README.md");
    let table = KEYS.iter().map(row).collect::<Vec<_>>().join("\n");
    assert!(
        readme.contains(&table),
        "README.md has no table with these rows:\n{table}"
    );
}
