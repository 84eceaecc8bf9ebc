//! The sources on top of each other: default < TOML < `.env` < environment < command line. For every key the winner is
//! remembered. Environments are arguments; only named files are read here.

use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment::Environment;
use super::keys::{self, KEYS, Key, PREFIX, Taker};
use super::raw::{Layer, Source};

/// The settings file that is read when none is named.
pub const DEFAULT_FILE: &str = "r53mon.toml";

/// All sources, merged.
#[derive(Debug)]
pub struct Layers {
    /// The strongest last.
    sources: Vec<Layer>,
    /// What could not be read or is not known, one sentence each.
    pub problems: Vec<String>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Winner {
    /// The winning value.
    pub value: Value,
    /// Who gave it.
    pub source: Source,
}

impl Layers {
    /// Collects every source of a command that watches a real record: besides the command line a settings file, which
    /// may be named, and the environment.
    pub fn collect(
        taker: Taker,
        named: Option<&Path>,
        environment: &Environment,
        line: &Layer,
    ) -> Self {
        let mut problems = environment.problems.clone();
        let mut layers: Vec<Layer> = toml_layer(named, &mut problems).into_iter().collect();
        let mut add = |source, variables: &[(String, String)]| {
            layers.push(variables_layer(source, variables, &mut problems));
        };
        if let Some(file) = &environment.file {
            add(Source::EnvFile(file.path.clone()), &file.variables);
        }
        add(Source::Environment, &environment.variables);
        layers.push(line.clone());
        Self {
            problems,
            ..Self::of(taker, layers)
        }
    }

    /// Puts layers on top of the defaults of a command, the strongest last, and reads no file and no variable: nobody's
    /// production settings leak into `demo` and `plan`.
    pub fn of(taker: Taker, layers: impl IntoIterator<Item = Layer>) -> Self {
        let mut sources = vec![default_layer(taker)];
        sources.extend(layers);
        Self {
            sources,
            problems: Vec::new(),
        }
    }

    /// The winning value of a key and where it comes from; `None` when nobody gives one.
    pub fn find(&self, key: &Key) -> Option<Winner> {
        self.sources.iter().rev().find_map(|layer| {
            Some(Winner {
                value: layer.values.get(key.toml)?.clone(),
                source: layer.source.clone(),
            })
        })
    }
}

fn default_layer(taker: Taker) -> Layer {
    let mut layer = Layer::new(Source::Default);
    for key in KEYS {
        if let Some(default) = key.default_for(taker) {
            layer.set(key.toml, default);
        }
    }
    layer
}

/// Reads the settings file: a named one has to exist, the usual one may be missing.
fn toml_layer(named: Option<&Path>, problems: &mut Vec<String>) -> Option<Layer> {
    let path = named.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            let flag = if named.is_some() { " (--config)" } else { "" };
            problems.push(format!(
                "{}{flag}: cannot read this settings file: {error}; name one that exists, or make one with `r53mon config init`",
                path.display()
            ));
            return None;
        }
    };
    let text = text.trim_start_matches('\u{feff}');
    let tables: Table = match toml::from_str(text) {
        Ok(tables) => tables,
        Err(error) => {
            problems.push(not_toml(&path, text, &error));
            return None;
        }
    };
    let mut layer = Layer::new(Source::Toml(path.clone()));
    for (name, value) in tables {
        match (name.as_str(), value) {
            ("r53mon", Value::Table(values)) => layer.values = values,
            ("r53mon", _) => problems.push(format!(
                "{}: r53mon has to be a table: [r53mon]",
                path.display()
            )),
            (other, _) if keys::by_toml(other).is_some() => {
                problems.push(format!(
                    "{}: {other} has to stand below the line [r53mon]",
                    path.display()
                ));
            }
            (other, _) => problems.push(format!(
                "{}: unknown table or key {other}; all settings stand in [r53mon]",
                path.display()
            )),
        }
    }
    layer.values.retain(|name, _| {
        let is_known = keys::by_toml(name).is_some();
        if !is_known {
            let place = format!("{name} in {}", path.display());
            let known = KEYS.iter().map(|key| key.toml);
            problems.push(unknown(&place, "key", name, known));
        }
        is_known
    });
    Some(layer)
}

/// Where a settings file breaks off and why. The line itself is not quoted: it may hold a secret.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let path = path.display();
    let place = error.span().and_then(|span| text.get(..span.start));
    let place = place.map_or_else(String::new, |before| {
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        format!(" line {line}, column {column}")
    });
    let why = error.message().split_whitespace().collect::<Vec<_>>();
    format!("{path}{place}: not valid TOML: {}", why.join(" "))
}

/// The settings among some environment variables; every value stays the text that it is.
fn variables_layer(
    source: Source,
    variables: &[(String, String)],
    problems: &mut Vec<String>,
) -> Layer {
    let mut layer = Layer::new(source);
    for (name, value) in variables
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
    {
        if let Some(key) = keys::by_variable(name) {
            layer.set(key.toml, value.clone());
        } else {
            let place = match &layer.source {
                Source::EnvFile(path) => format!("{name} in {}", path.display()),
                _ => format!("{name} in the environment"),
            };
            let bare = name.trim_start_matches(PREFIX).to_lowercase();
            let known: Vec<String> = KEYS.iter().filter_map(Key::variable).collect();
            let foreign = keys::by_toml(&bare).filter(|key| key.variable().is_none());
            problems.push(match foreign {
                Some(key) => format!(
                    "{place}: unknown variable; {bare} is chosen by {} or --{}",
                    key.foreign.join(", "),
                    key.flag
                ),
                None => unknown(&place, "variable", name, known.iter().map(String::as_str)),
            });
        }
    }
    layer
}

fn unknown<'known>(
    place: &str,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'known str> + Clone,
) -> String {
    match keys::nearest(name, known.clone()) {
        Some(near) => format!("{place}: unknown {what}; did you mean {near}?"),
        None => format!(
            "{place}: unknown {what}; known are {}",
            known.collect::<Vec<_>>().join(", ")
        ),
    }
}
