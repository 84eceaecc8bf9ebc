//! The sources on top of each other: default < TOML < `.env` < environment < command line. For every key the winner is
//! remembered. Environments are arguments; only named files are read here.

use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment::Environment;
use super::keys::{self, KEYS, Key, PREFIX, TABLES, Tables, Taker};
use super::raw::{Layer, Source};
use super::text_file::{self, Complaints};

/// The settings file that is read when none is named.
pub const DEFAULT_FILE: &str = "r53mon.toml";

/// All sources, merged.
#[derive(Debug)]
pub struct Layers {
    /// The strongest last.
    sources: Vec<Layer>,
    /// The tables of the settings file's arrays, in the order of the file.
    entries: Vec<Layer>,
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
        let mut entries = Vec::new();
        let settings_file = toml_layer(named, &mut entries, &mut problems);
        let mut layers: Vec<Layer> = settings_file.into_iter().collect();
        let mut add = |file: Option<&Path>, variables: &[(String, String)]| {
            layers.extend(foreign_layers(file, variables));
            layers.push(variables_layer(file, variables, &mut problems));
        };
        if let Some(file) = &environment.file {
            add(Some(&file.path), &file.variables);
        }
        add(None, &environment.variables);
        layers.push(line.clone());
        Self {
            entries,
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
            entries: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// The same above a settings file that was named: whoever does that wants it.
    pub fn with_file(
        taker: Taker,
        named: Option<&Path>,
        layers: impl IntoIterator<Item = Layer>,
    ) -> Self {
        let (mut entries, mut problems) = (Vec::new(), Vec::new());
        let file = named.and_then(|path| toml_layer(Some(path), &mut entries, &mut problems));
        Self {
            entries,
            problems,
            ..Self::of(taker, file.into_iter().chain(layers))
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

impl Layers {
    /// What the settings file says in its tables of one kind, one after the other.
    pub fn entries(&self, tables: &Tables) -> impl Iterator<Item = &Layer> {
        let is_one =
            |layer: &&Layer| matches!(layer.source, Source::Entry(name, ..) if name == tables.name);
        self.entries.iter().filter(is_one)
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
fn toml_layer(
    named: Option<&Path>,
    entries: &mut Vec<Layer>,
    problems: &mut Vec<String>,
) -> Option<Layer> {
    let path = named.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
    let bytes = match text_file::read(&path) {
        Ok(bytes) => bytes,
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
    let text = match text_of(&path, &bytes) {
        Ok(text) => text,
        Err(complaints) => {
            problems.extend(complaints);
            return None;
        }
    };
    let tables: Table = match toml::from_str(text) {
        Ok(tables) => tables,
        Err(error) => {
            problems.push(not_toml(&path, text, &error));
            return None;
        }
    };
    let mut layer = Layer::new(Source::Toml(path.clone()));
    let shown = path.display();
    let mut complaints = Complaints::default();
    for (name, value) in tables {
        match (name.as_str(), value) {
            ("r53mon", Value::Table(values)) => layer.values = values,
            ("r53mon", _) => {
                complaints.add(|| format!("{shown}: r53mon has to be a table: [r53mon]"));
            }
            (other, Value::Array(_)) if keys::tables_by_name(other).is_some() => {
                complaints.add(|| {
                    format!("{shown}: a table [[{other}]] has to be called [[r53mon.{other}]]")
                });
            }
            (other, _) if keys::by_toml(other).is_some() => {
                complaints.add(|| format!("{shown}: {other} has to stand below the line [r53mon]"));
            }
            (other, _) => complaints.add(|| {
                format!("{shown}: unknown table or key {other}; all settings stand in [r53mon]")
            }),
        }
    }
    for tables in TABLES {
        entries.extend(take_entries(
            tables,
            &mut layer.values,
            &path,
            &mut complaints,
        ));
    }
    layer.values.retain(|name, _| {
        let is_known = keys::by_toml(name).is_some();
        if !is_known {
            complaints.add(|| {
                let arrays = TABLES.iter().map(|tables| tables.name);
                let known = KEYS.iter().map(|key| key.toml).chain(arrays);
                unknown(&format!("{name} in {shown}"), "key", name, known)
            });
        }
        is_known
    });
    problems.extend(complaints.at(shown));
    Some(layer)
}

/// Takes the tables of one array out of what stands in `[r53mon]`.
fn take_entries(
    tables: &'static Tables,
    values: &mut Table,
    path: &Path,
    complaints: &mut Complaints,
) -> Vec<Layer> {
    let (name, shown) = (tables.name, path.display());
    let items = match values.remove(name) {
        None => return Vec::new(),
        Some(Value::Array(items)) if items.iter().all(Value::is_table) => items,
        Some(_) => {
            complaints.add(|| {
                format!("{name} in {shown}: each has to be a table of its own, below a line [[r53mon.{name}]] with two brackets on either side")
            });
            return Vec::new();
        }
    };
    if items.len() > tables.most {
        complaints.add(|| {
            let (count, most) = (items.len(), tables.most);
            format!(
                "{shown}: [[r53mon.{name}]] stands there {count} times; at most {most} are allowed"
            )
        });
        return Vec::new();
    }
    let mut entry = |(index, item): (usize, Value)| {
        let source = Source::Entry(name, index + 1, path.to_owned());
        let mut layer = Layer::new(source.clone());
        layer.values = item.try_into().unwrap_or_default();
        layer.values.retain(|field, _| {
            let known = tables.fields.iter().map(|key| key.toml);
            let is_known = known.clone().any(|known| known == field);
            if !is_known {
                complaints.add(|| unknown(&source.place_of(field), "key", field, known));
            }
            is_known
        });
        layer
    };
    items.into_iter().enumerate().map(&mut entry).collect()
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

/// A settings file as text; if it is none, its lines that are not.
fn text_of<'bytes>(path: &Path, bytes: &'bytes [u8]) -> Result<&'bytes str, Vec<String>> {
    let bytes = text_file::without_mark(bytes);
    let mut complaints = Complaints::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if let Err(why) = text_file::text_of_line(line) {
            complaints.add(|| format!("{} line {}: {why}", path.display(), index + 1));
        }
    }
    match (std::str::from_utf8(bytes), complaints.at(path.display())) {
        (Ok(text), complaints) if complaints.is_empty() => Ok(text),
        (_, complaints) => Err(complaints),
    }
}

/// Settings that variables of others stand for, the strongest last.
fn foreign_layers(file: Option<&Path>, variables: &[(String, String)]) -> Vec<Layer> {
    let mut layers = Vec::new();
    for key in KEYS {
        for foreign in key.foreign.iter().rev() {
            let given = variables
                .iter()
                .find(|(name, value)| name == foreign.variable && !value.is_empty());
            if let Some((_, value)) = given {
                let source = Source::Foreign(foreign.variable, file.map(Path::to_path_buf));
                let mut layer = Layer::new(source);
                layer.set(key.toml, foreign.says.unwrap_or(value));
                layers.push(layer);
            }
        }
    }
    layers
}

/// The settings among some environment variables; every value stays the text that it is.
fn variables_layer(
    file: Option<&Path>,
    variables: &[(String, String)],
    problems: &mut Vec<String>,
) -> Layer {
    let place = file.map_or_else(
        || "the environment".to_owned(),
        |path| path.display().to_string(),
    );
    let mut complaints = Complaints::default();
    let mut layer = Layer::new(match file {
        Some(path) => Source::EnvFile(path.to_owned()),
        None => Source::Environment,
    });
    for (name, value) in variables
        .iter()
        .filter(|(name, _)| name.starts_with(PREFIX))
    {
        if let Some(key) = keys::by_variable(name) {
            layer.set(key.toml, value.clone());
        } else {
            complaints.add(|| unknown_variable(name, &format!("{name} in {place}")));
        }
    }
    problems.extend(complaints.at(place));
    layer
}

fn unknown_variable(name: &str, place: &str) -> String {
    let bare = name.trim_start_matches(PREFIX).to_lowercase();
    if let Some(key) = keys::by_toml(&bare).filter(|key| key.variable().is_none()) {
        return format!(
            "{place}: unknown variable; {bare} is chosen by {} or --{}",
            key.variables().join(", "),
            key.flag
        );
    }
    let known: Vec<String> = KEYS.iter().filter_map(Key::variable).collect();
    unknown(place, "variable", name, known.iter().map(String::as_str))
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
