//! The rooms of the crate: what `ARCHITECTURE.md` says of them, held against the sources. Test code inside the sources may
//! use what it likes, except that it must not write to AWS either.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path as FilePath;

use source::File;

/// Circles of imports between the files of one room.
mod circles;
/// The crates that are used directly, and their reasons.
mod crates;
/// The limits, and the constants that set them.
mod limits;
/// Rust sources as far as the map needs them.
mod source;

/// A row of the table of rooms.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    /// `src/cli.rs`, or `src/config/` for a whole folder.
    path: String,
    /// What it may use besides itself; `None` for all.
    may_use: Option<BTreeSet<String>>,
}

/// The table of rooms: rows whose first cell is a path in `src` and whose third says what may be used.
fn rows(text: &str) -> Vec<Row> {
    text.lines()
        .filter_map(|line| {
            let cells: Vec<&str> = line
                .trim()
                .trim_matches('|')
                .split('|')
                .map(str::trim)
                .collect();
            let path = cells.first()?.strip_prefix("`src/")?.strip_suffix('`')?;
            let names = cells
                .get(2)
                .unwrap_or_else(|| panic!("three cells in: {line}"));
            let may_use = match *names {
                "all" => None,
                "∅" => Some(BTreeSet::new()),
                names => Some(
                    names
                        .split(',')
                        .map(|name| name.trim().trim_matches('`').to_owned())
                        .collect(),
                ),
            };
            Some(Row {
                path: format!("src/{path}"),
                may_use,
            })
        })
        .collect()
}

/// The row that a file belongs to: its own, or else that of the nearest folder around it.
fn row_of<'rows>(file: &str, rows: &'rows [Row]) -> Option<&'rows Row> {
    rows.iter()
        .filter(|row| row.path == file || (row.path.ends_with('/') && file.starts_with(&row.path)))
        .max_by_key(|row| row.path.len())
}

/// The room that a row is about.
fn room_of(row: &Row) -> String {
    let name = row.path.trim_start_matches("src/").trim_end_matches(".rs");
    name.split('/').next().unwrap_or_default().to_owned()
}

/// The rooms that a file uses besides its own, each with the first line that does.
fn used_rooms(file: &File) -> BTreeMap<String, usize> {
    let mut used = BTreeMap::new();
    for path in file.paths() {
        if let [first, room, ..] = &path.parts[..]
            && first == "crate"
            && *room != file.room()
        {
            used.entry(room.clone()).or_insert(path.line);
        }
    }
    used
}

/// Everything in the files that the table does not allow.
fn violations(files: &[File], rows: &[Row]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let Some(row) = row_of(&file.path, rows) else {
            found.push(format!("{}: belongs to no row of the table", file.path));
            continue;
        };
        let Some(may_use) = &row.may_use else {
            continue;
        };
        for (room, line) in used_rooms(file) {
            if !may_use.contains(&room) {
                found.push(format!(
                    "{}:{line}: uses {room}, which the row of {} does not allow",
                    file.path, row.path
                ));
            }
        }
    }
    found
}

fn root() -> &'static FilePath {
    FilePath::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands under a heading, up to the next one.
fn section<'text>(text: &'text str, heading: &str) -> &'text str {
    let start = format!("\n## {heading}\n");
    let (_, rest) = text
        .split_once(&start)
        .unwrap_or_else(|| panic!("there is no section \"{heading}\""));
    rest.split_once("\n## ")
        .map_or(rest, |(section, _)| section)
}

fn table() -> Vec<Row> {
    rows(&read("ARCHITECTURE.md"))
}

/// Every source file, those that are only for tests apart.
fn sources() -> (Vec<File>, Vec<File>) {
    let mut paths = Vec::new();
    collect(&root().join("src"), &mut paths);
    paths.sort();
    let files: Vec<File> = paths
        .iter()
        .map(|path| File::new(path, &read(path)))
        .collect();
    let for_tests: BTreeSet<String> = files
        .iter()
        .flat_map(|file| {
            let folder = file.module().join("/");
            file.test_modules
                .iter()
                .map(move |name| format!("src/{folder}/{name}"))
        })
        .map(|module| module.replace("//", "/"))
        .collect();
    files.into_iter().partition(|file| {
        !for_tests.iter().any(|module| {
            file.path == format!("{module}.rs") || file.path.starts_with(&format!("{module}/"))
        })
    })
}

fn collect(folder: &FilePath, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let path = path.strip_prefix(root()).expect("it is inside");
            paths.push(path.display().to_string());
        }
    }
}

#[track_caller]
fn assert_none(found: &[String]) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// The places in some rooms, or in all others, where a path is one of those described.
fn places(
    files: &[File],
    concerns: impl Fn(&File) -> bool,
    is_bad: impl Fn(&[&str]) -> bool,
) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| concerns(file)) {
        for path in file.paths() {
            let parts: Vec<&str> = path.parts.iter().map(String::as_str).collect();
            if is_bad(&parts) {
                found.push(format!("{}:{}: {}", file.path, path.line, parts.join("::")));
            }
        }
    }
    found
}

// --- the table ---

#[test]
fn rooms_use_only_what_the_table_allows() {
    let (product, _) = sources();
    assert_none(&violations(&product, &table()));
}

#[test]
fn the_table_names_rooms_that_exist() {
    let (product, _) = sources();
    let rooms: BTreeSet<String> = product.iter().map(File::room).collect();
    let rows = table();
    for row in &rows {
        assert!(root().join(&row.path).exists(), "there is no {}", row.path);
        for name in row.may_use.iter().flatten() {
            assert!(rooms.contains(name), "{}: there is no {name}", row.path);
            assert_ne!(*name, room_of(row), "{}: may always use itself", row.path);
        }
    }
    let paths: BTreeSet<&str> = rows.iter().map(|row| row.path.as_str()).collect();
    assert_eq!(paths.len(), rows.len(), "a row stands twice in the table");
    assert!(rows.len() > 10, "the table was not found");
}

/// Nothing flows back: apart from the rooms that may use all, no room can be reached from itself.
#[test]
fn the_table_has_no_circles() {
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in table() {
        let room = uses.entry(room_of(&row)).or_default();
        room.extend(row.may_use.into_iter().flatten());
    }
    for start in uses.keys() {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = uses[start].iter().collect();
        while let Some(room) = next.pop() {
            if reached.insert(room) {
                next.extend(uses.get(room).into_iter().flatten());
            }
        }
        assert!(
            !reached.contains(start),
            "{start} can be reached from itself"
        );
    }
}

/// Nor can a file be reached from itself, inside its room.
#[test]
fn the_files_of_a_room_have_no_circles() {
    let (product, _) = sources();
    let uses = circles::uses(&product);
    let found: Vec<String> = circles::circles(&uses)
        .iter()
        .map(|circle| circles::told(circle, &uses))
        .collect();
    assert_none(&found);
}

/// What the table says may change; these do not.
#[test]
fn the_words_the_views_and_the_demo_stay_apart() {
    let rows = table();
    let may_use = |path: &str| -> BTreeSet<String> {
        let row = rows.iter().find(|row| row.path == path);
        let row = row.unwrap_or_else(|| panic!("no row for {path}"));
        row.may_use
            .clone()
            .unwrap_or_else(|| panic!("{path} may not use all"))
    };
    assert_eq!(may_use("src/model/"), BTreeSet::new());
    assert_eq!(may_use("src/demo/"), BTreeSet::new());
    assert_eq!(
        may_use("src/cli.rs"),
        BTreeSet::from(["config".to_owned(), "model".to_owned()]),
        "the flags come from the table of settings, and their help is told in two languages"
    );
    for (path, never) in [
        (
            "src/views/",
            ["sources", "tally", "clock", "judge", "config"],
        ),
        (
            "src/sources/",
            ["views", "snapshot", "judge", "stats", "terminal"],
        ),
        (
            "src/judge/",
            ["sources", "views", "clock", "config", "tally"],
        ),
        (
            "src/stats/",
            ["sources", "views", "clock", "config", "tally"],
        ),
        (
            "src/verdict/",
            ["sources", "views", "clock", "config", "tally"],
        ),
    ] {
        for room in never {
            assert!(!may_use(path).contains(room), "{path} may not use {room}");
        }
    }
}

// --- absences ---

#[test]
fn words_and_numbers_know_no_world() {
    let (product, _) = sources();
    let found = places(
        &product,
        |file| matches!(file.room().as_str(), "model" | "stats" | "verdict"),
        |parts| {
            matches!(
                parts,
                [
                    "std" | "core",
                    "fs" | "io" | "process" | "thread" | "env" | "os",
                    ..
                ] | ["std", "time", "Instant", ..]
                    | [
                        "std",
                        "net",
                        "TcpStream" | "TcpListener" | "UdpSocket" | "ToSocketAddrs",
                        ..
                    ]
                    | ["std", "sync", "mpsc", ..]
                    | [
                        "tokio"
                            | "tokio_util"
                            | "serde"
                            | "serde_json"
                            | "toml"
                            | "figment"
                            | "tracing"
                            | "hyper"
                            | "rustls"
                            | "hickory_resolver"
                            | "ratatui"
                            | "crossterm",
                        ..
                    ]
                    | ["Instant" | "SystemTime", "now"]
                    | ["async" | "await"]
            ) || parts[0].starts_with("aws_")
        },
    );
    assert_none(&found);
}

/// The files in which a text is made: a macro that formats, or a literal that becomes a text of its own.
fn files_that_make_text(files: &[File]) -> BTreeSet<&str> {
    let makes_text = |file: &&File| {
        let formats = file.macros().any(|name| {
            let name = name.text.as_str();
            matches!(name, "format" | "write" | "writeln" | "concat")
        });
        let owns = file.product.windows(3).any(|three| {
            let [literal, dot, method] = [0, 1, 2].map(|at| three[at].text.as_str());
            let owned = ["to_owned", "to_string", "into"].contains(&method);
            literal.is_empty() && dot == "." && owned
        });
        formats || owns
    };
    let found = files.iter().filter(makes_text);
    found.map(|file| file.path.as_str()).collect()
}

#[test]
fn who_counts_and_judges_makes_no_sentence() {
    let (product, _) = sources();
    let silent = ["attribution", "judge", "stats", "tally", "verdict"];
    let silent = silent.map(|room| format!("src/{room}/"));
    let found = files_that_make_text(&product)
        .into_iter()
        .filter(|path| silent.iter().any(|room| path.starts_with(room)));
    assert_eq!(found.collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn only_sources_app_and_demo_wait() {
    let (product, _) = sources();
    let found = places(
        &product,
        |file| !matches!(file.room().as_str(), "sources" | "app" | "demo"),
        |parts| matches!(parts, ["async" | "await"]),
    );
    assert_none(&found);
}

#[test]
fn only_the_terminal_touches_the_terminals_mode() {
    const MODES: [&str; 6] = [
        "enable_raw_mode",
        "disable_raw_mode",
        "EnterAlternateScreen",
        "LeaveAlternateScreen",
        "EnableMouseCapture",
        "EnableBracketedPaste",
    ];
    let (product, _) = sources();
    let found = places(
        &product,
        |file| file.path != "src/terminal.rs",
        |parts| {
            parts.iter().any(|part| MODES.contains(part))
                || matches!(
                    parts,
                    ["crossterm", "terminal" | "execute" | "queue", ..]
                        | ["ratatui", "crossterm", "terminal" | "execute" | "queue", ..]
                        | [
                            "ratatui",
                            "init" | "try_init" | "restore" | "try_restore" | "run",
                            ..
                        ]
                )
        },
    );
    assert_none(&found);
}

/// The terminal draws the dashboard's frames there; everything else that is written comes from a view or from `app`.
#[test]
fn only_views_app_main_and_the_terminal_write_to_stdout() {
    let (product, _) = sources();
    let writes =
        |file: &File| !matches!(file.room().as_str(), "views" | "app" | "main" | "terminal");
    let mut found = places(&product, writes, |parts| {
        parts
            .last()
            .is_some_and(|last| *last == "stdout" || *last == "Stdout")
    });
    for file in product.iter().filter(|file| writes(file)) {
        let printing = file
            .macros()
            .filter(|token| matches!(token.text.as_str(), "print" | "println" | "dbg"));
        found
            .extend(printing.map(|token| format!("{}:{}: {}!", file.path, token.line, token.text)));
    }
    assert_none(&found);
}

/// Besides `main`, which returns: the way out when the terminal no longer takes what is written.
#[test]
fn only_main_and_the_last_resort_end_the_process() {
    let (product, _) = sources();
    let found = places(
        &product,
        |file| !["src/main.rs", "src/app/ending.rs"].contains(&&*file.path),
        |parts| matches!(parts, [.., "process", "exit" | "abort"]),
    );
    assert_none(&found);
}

/// The compiler forbids it in this package; this looks at every package and folder, and for whoever would allow it there.
#[test]
fn nothing_is_unsafe_nor_allowed_to_be() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let level = &manifest["lints"]["rust"]["unsafe_code"];
    assert_eq!(level.as_str(), Some("forbid"), "unsafe_code in Cargo.toml");
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(root()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_ours = name.is_some_and(|name| !name.starts_with('.') && name != "target");
        if path.is_dir() && is_ours {
            collect(&path, &mut paths);
        }
    }
    paths.retain(|path| !path.contains("/target/"));
    for folder in ["src/", "tests/", "benches/"] {
        assert!(
            paths.iter().any(|path| path.starts_with(folder)),
            "{folder}"
        );
    }
    let found = paths.iter().flat_map(|path| {
        let file = File::new(path, &read(path));
        let bad = file.tokens.into_iter();
        let bad = bad.filter(|token| matches!(token.text.as_str(), "unsafe" | "unsafe_code"));
        bad.map(move |token| format!("{path}:{}: {}", token.line, token.text))
    });
    assert_none(&found.collect::<Vec<_>>());
}

#[test]
fn the_demo_is_another_world() {
    let (product, for_tests) = sources();
    let in_demo = |file: &File| file.room() == "demo";
    let mut found = places(
        &product,
        in_demo,
        |parts| matches!(parts, ["crate", room, ..] if *room != "demo"),
    );
    // Its tests are no exception: they would make the witness know the one it is held against.
    found.extend(places(
        &for_tests,
        in_demo,
        |parts| matches!(parts, ["crate", room, ..] if *room != "demo"),
    ));
    found.extend(places(
        &product,
        |file| !in_demo(file) && file.path != "src/app/demo.rs",
        |parts| matches!(parts, ["crate", "demo", ..]),
    ));
    assert_none(&found);
}

/// The calls that are made, all of them reading. Everything else is forbidden, in test code too.
const ALLOWED: [&str; 6] = [
    "get_change",
    "get_health_check",
    "get_health_check_status",
    "get_hosted_zone",
    "list_hosted_zones_by_name",
    "list_resource_record_sets",
];
/// How the names of operations begin that change something, those of tomorrow included.
const CHANGING: [&str; 16] = [
    "activate_",
    "associate_",
    "change_",
    "create_",
    "deactivate_",
    "delete_",
    "disable_",
    "disassociate_",
    "enable_",
    "modify_",
    "put_",
    "remove_",
    "start_change",
    "tag_",
    "untag_",
    "update_",
];

/// The calls of Route 53 in some files, with their places.
fn calls(files: &[File]) -> BTreeMap<String, Vec<String>> {
    let known: BTreeSet<&str> = include_str!("../data/route53-operations.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let names_sdk = file.path.starts_with("src/sources/route53/");
        for method in file.methods() {
            let name = method.text.as_str();
            let changes = CHANGING.iter().any(|beginning| name.starts_with(beginning));
            if known.contains(name) || (names_sdk && changes) {
                let place = format!("{}:{}: .{name}()", file.path, method.line);
                found.entry(name.to_owned()).or_default().push(place);
            }
        }
    }
    found
}

#[test]
fn no_call_writes_to_aws() {
    let (product, for_tests) = sources();
    let files = [product, for_tests].concat();
    let calls = calls(&files);
    let others: Vec<String> = calls
        .iter()
        .filter(|(name, _)| !ALLOWED.contains(&name.as_str()))
        .flat_map(|(_, places)| places.clone())
        .collect();
    assert_none(&others);
    assert_eq!(
        calls.keys().collect::<Vec<_>>(),
        ALLOWED,
        "the scanner sees too little"
    );
}

/// So that the test above looks at all the code that could call AWS, and no operation is built without its method.
#[test]
fn only_the_reader_of_route_53_knows_the_sdk() {
    let (product, _) = sources();
    let sdk = |parts: &[&str]| parts[0].starts_with("aws_");
    let found = places(
        &product,
        |file| !file.path.starts_with("src/sources/route53/"),
        sdk,
    );
    assert_none(&found);
    let found = places(
        &product,
        |_| true,
        |parts| {
            matches!(parts, ["aws_sdk_route53", "operation", rest, ..] if *rest != "RequestId" && !ALLOWED.contains(rest))
                || (sdk(parts)
                    && parts
                        .iter()
                        .any(|part| *part == "customize" || *part == "orchestrator"))
        },
    );
    assert_none(&found);
}

// --- the checker itself ---

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
        | Room | Its one job | May use |\n\
        | --- | --- | --- |\n\
        | `src/model/` | words | ∅ |\n\
        | `src/tally/` | counters | model |\n\
        | `src/views/` | shows | `model`, snapshot |\n\
        | `src/views/wide.rs` | shows more | tally |\n\
        | `src/app/` | wires | all |\n\
        \n\
        | `q` | ends | nothing |\n";

    fn check(path: &str, text: &str) -> Vec<String> {
        violations(&[File::new(path, text)], &rows(TABLE))
    }

    #[test]
    fn rows_are_read() {
        let rows = rows(TABLE);
        let paths: Vec<&str> = rows.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "src/model/",
                "src/tally/",
                "src/views/",
                "src/views/wide.rs",
                "src/app/"
            ]
        );
        assert_eq!(rows[0].may_use, Some(BTreeSet::new()));
        let names = ["model", "snapshot"].map(str::to_owned);
        assert_eq!(rows[2].may_use, Some(BTreeSet::from(names)));
        assert_eq!(rows[4].may_use, None);
    }

    #[test]
    fn what_is_allowed_passes() {
        for (path, text) in [
            (
                "src/tally/mod.rs",
                "use crate::model::name::RecordName; use crate::tally::x; use std::fs;",
            ),
            (
                "src/views/a/b.rs",
                "use crate::{model, snapshot::Snapshot}; use super::super::c;",
            ),
            ("src/views/wide.rs", "use crate::tally::Tally;"),
            ("src/app/mod.rs", "use crate::{model, tally, views};"),
            (
                "src/model/mod.rs",
                "#[cfg(test)] mod tests { use crate::tally::Tally; }",
            ),
        ] {
            assert_eq!(check(path, text), [""; 0], "{path}");
        }
    }

    #[test]
    fn what_is_not_allowed_is_found_with_its_place() {
        for (path, text, line, room) in [
            (
                "src/model/a.rs",
                "use std::fmt;\nuse crate::tally::Tally;",
                2,
                "tally",
            ),
            (
                "src/model/a.rs",
                "use crate::{model::b, views};",
                1,
                "views",
            ),
            (
                "src/model/a.rs",
                "fn f() {\n    crate::app::run();\n}",
                2,
                "app",
            ),
            (
                "src/model/a.rs",
                "use super::super::tally::Tally;",
                1,
                "tally",
            ),
            ("src/model/mod.rs", "pub use super::tally;", 1, "tally"),
            (
                "src/model/a.rs",
                "mod inner { use super::super::super::tally; }",
                1,
                "tally",
            ),
            ("src/model/a.rs", "use crate::*;", 1, "*"),
            ("src/views/wide.rs", "use crate::model::name;", 1, "model"),
            (
                "src/views/narrow.rs",
                "use crate::tally::Tally;",
                1,
                "tally",
            ),
        ] {
            let found = check(path, text);
            assert_eq!(found.len(), 1, "{path} {text}: {found:?}");
            let place = format!("{path}:{line}: uses {room},");
            assert!(found[0].starts_with(&place), "{}", found[0]);
        }
    }

    #[test]
    fn a_text_that_is_made_is_found_outside_tests_only() {
        let makes = |text: &str| !files_that_make_text(&[File::new("a.rs", text)]).is_empty();
        assert!(makes("fn a() -> String { format!(\"{}\", 1) }"));
        assert!(makes("fn a() -> String { \"a word\".to_owned() }"));
        assert!(!makes("fn a(name: &str) -> String { name.to_owned() }"));
        assert!(!makes(
            "#[cfg(test)] mod tests { fn a() -> String { format!(\"{}\", 1) } }"
        ));
    }

    #[test]
    fn a_file_without_a_row_is_found() {
        assert_eq!(
            check("src/attic.rs", ""),
            ["src/attic.rs: belongs to no row of the table"]
        );
    }

    #[test]
    fn a_call_that_writes_is_found_in_tests_too() {
        let text = "fn f() { self\n    .client\n    .change_resource_record_sets()\n    .send(); }
            #[cfg(test)] mod tests { fn g() { client.create_something_new(); } }";
        let found = calls(&[File::new("src/sources/route53/mod.rs", text)]);
        assert_eq!(
            found.keys().collect::<Vec<_>>(),
            ["change_resource_record_sets", "create_something_new"]
        );
        let elsewhere = calls(&[File::new("src/app/mod.rs", text)]);
        assert_eq!(
            elsewhere.keys().collect::<Vec<_>>(),
            ["change_resource_record_sets"]
        );
    }
}
