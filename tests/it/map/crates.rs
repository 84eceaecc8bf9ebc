//! The crates that are used directly: what `ARCHITECTURE.md` says of each, held against `Cargo.toml`.

use std::collections::BTreeSet;

use super::{assert_none, read, section};

/// The crates of all tables of dependencies, those of tests and of single platforms among them.
fn direct(manifest: &toml::Table) -> BTreeSet<&str> {
    let named = |table: &str| manifest.get(table).and_then(toml::Value::as_table);
    let platforms = named("target").into_iter().flat_map(toml::Table::values);
    let platforms = platforms.filter_map(toml::Value::as_table);
    let all = platforms.chain([manifest]).flat_map(|around| {
        ["dependencies", "dev-dependencies", "build-dependencies"]
            .into_iter()
            .filter_map(|table| around.get(table)?.as_table())
    });
    all.flat_map(toml::Table::keys)
        .map(String::as_str)
        .collect()
}

/// The crates of the table, each with its reason.
fn rows(text: &str) -> Vec<(&str, &str)> {
    text.lines()
        .filter_map(|line| {
            let (name, reason) = line.strip_prefix("| `")?.split_once("` | ")?;
            Some((name, reason.trim_end_matches('|').trim()))
        })
        .collect()
}

#[test]
fn each_crate_that_is_used_directly_has_its_reason() {
    let manifest: toml::Table = read("Cargo.toml").parse().expect("a manifest");
    let text = read("ARCHITECTURE.md");
    let rows = rows(section(&text, "What it is built on"));
    let told: BTreeSet<&str> = rows.iter().map(|(name, _)| *name).collect();
    assert_eq!(told, direct(&manifest), "told, and what Cargo.toml has");
    assert_eq!(told.len(), rows.len(), "a crate stands twice in the table");
    let without = rows.iter().filter(|(_, reason)| reason.len() < 10);
    assert_none(
        &without
            .map(|(name, _)| (*name).to_owned())
            .collect::<Vec<_>>(),
    );
}

#[test]
fn dependencies_of_every_table_are_found() {
    let manifest = "[dependencies]\none = \"1\"\n[dev-dependencies]\ntwo = { version = \"2\" }\n\
        [target.'cfg(unix)'.dependencies]\nthree = \"3\"\n[profile.dev]\ndebug = false\n";
    let manifest: toml::Table = manifest.parse().expect("a manifest");
    assert_eq!(direct(&manifest), BTreeSet::from(["one", "three", "two"]));
}
