//! What the targets of the fuzzer do (`fuzz/bodies.rs`), without one: over their seeds, over what random edits make of these,
//! and over bytes of any kind.

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

#[path = "../../fuzz/bodies.rs"]
mod bodies;

/// What a target does with its bytes.
type Body = fn(&[u8]);

/// Every target, and how many edited seeds it is given: those that ask a server or write files take longer.
const TARGETS: [(&str, Body, u32); 8] = [
    ("reply", bodies::reply, 512),
    ("name", bodies::name, 512),
    ("page", bodies::page, 32),
    ("settings", bodies::settings, 32),
    ("story", bodies::story, 128),
    ("rule", bodies::rule, 512),
    ("text", bodies::text, 256),
    ("recording", bodies::recording, 256),
];

fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz")
        .join(name)
}

/// The files of a folder in the order of their names, with those.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file"))
        })
        .collect();
    files.sort();
    files
}

fn seeds(target: &str) -> Vec<(String, Vec<u8>)> {
    files(&folder("seeds").join(target))
}

/// Bytes in the place of others, taken from another seed or from nowhere.
fn edits() -> impl Strategy<Value = Vec<(Index, usize, Vec<u8>)>> {
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    prop::collection::vec((any::<Index>(), 0..6_usize, bytes), 0..5)
}

fn edited(
    seed: &[u8],
    other: &[u8],
    cut: (Index, Index),
    edits: &[(Index, usize, Vec<u8>)],
) -> Vec<u8> {
    let (head, tail) = (cut.0.index(seed.len() + 1), cut.1.index(other.len() + 1));
    let mut bytes = [&seed[..head], &other[tail..]].concat();
    for (at, removed, added) in edits {
        let start = at.index(bytes.len() + 1);
        let end = (start + removed).min(bytes.len());
        bytes.splice(start..end, added.iter().copied());
    }
    bytes
}

/// Gives a target all its seeds, then edited ones and bytes of any kind. The input that fails is printed.
fn run(target: &str) {
    let (_, body, cases) = TARGETS
        .into_iter()
        .find(|(name, ..)| *name == target)
        .expect("a target");
    let seeds = seeds(target);
    for (name, bytes) in &seeds {
        assert!(catch_unwind(|| body(bytes)).is_ok(), "{target}/{name}");
    }
    let config = |cases| ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    };
    let seed = || any::<Index>();
    let cut = (any::<Index>(), any::<Index>());
    let input = (seed(), seed(), any::<bool>(), cut, edits());
    proptest!(config(cases), |((one, other, whole, cut, edits) in input)| {
        let (one, other) = (&one.get(&seeds).1, &other.get(&seeds).1);
        let other = if whole { one } else { other };
        let cut = if whole { (cut.0, cut.0) } else { cut };
        body(&edited(one, other, cut, &edits));
    });
    let noise = prop::collection::vec(any::<u8>(), 0..200);
    proptest!(config(cases / 4), |(bytes in noise)| body(&bytes));
}

#[test]
fn a_reply_names_no_set_for_what_it_does_not_hold() {
    run("reply");
}

#[test]
fn a_name_is_written_as_what_reads_back_the_same() {
    run("name");
}

#[test]
fn whatever_the_api_answers_the_reader_comes_to_an_end() {
    run("page");
}

#[test]
fn no_source_of_settings_makes_a_complaint_tell_a_secret() {
    run("settings");
}

#[test]
fn a_story_holds_together_or_each_complaint_names_a_line() {
    run("story");
}

#[test]
fn a_rule_is_written_as_what_reads_back_the_same() {
    run("rule");
}

#[test]
fn a_text_is_safe_to_show_and_fits_where_it_is_cut() {
    run("text");
}

#[test]
fn a_fact_is_written_as_what_reads_back_the_same() {
    run("recording");
}

#[test]
fn each_target_has_its_program_its_row_and_a_few_small_seeds() {
    let manifest = fs::read_to_string(folder("Cargo.toml")).expect("a manifest");
    let programs = files(&folder("targets"));
    assert_eq!(programs.len(), TARGETS.len());
    for (target, ..) in TARGETS {
        assert!(
            manifest.contains(&format!("path = \"targets/{target}.rs\"")),
            "{target}"
        );
        let program = programs
            .iter()
            .find(|(name, _)| *name == format!("{target}.rs"));
        let program = String::from_utf8_lossy(&program.expect("a program").1).into_owned();
        assert!(
            program.contains(&format!("r53mon_fuzz::{target}(")),
            "{program}"
        );
        let seeds = seeds(target);
        assert!((3..40).contains(&seeds.len()), "{target}");
        assert!(
            seeds.iter().all(|(_, bytes)| bytes.len() < 2_000),
            "{target}"
        );
    }
}
