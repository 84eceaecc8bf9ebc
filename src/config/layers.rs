//! The sources on top of each other: default < TOML < `.env` < environment < command line. For every key the winner is
//! remembered. Environments are arguments; only named files are read here.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::environment::Environment;
use super::keys::{self, KEYS, Key, PREFIX, TABLES, Tables, Taker};
use super::raw::{Layer, Source};
use super::text_file::{self, Complaints};
use crate::model::language::{Both, Phrase, both, phrase};

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
    pub problems: Vec<Both>,
    /// Whether a settings file is not among the sources because it could not be read: what is missing may stand in it.
    pub is_incomplete: bool,
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
        let (mut entries, before) = (Vec::new(), problems.len());
        let settings_file = toml_layer(named, &mut entries, &mut problems);
        let is_incomplete = settings_file.is_none() && problems.len() > before;
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
            is_incomplete,
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
            is_incomplete: false,
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
            is_incomplete: file.is_none() && !problems.is_empty(),
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
    problems: &mut Vec<Both>,
) -> Option<Layer> {
    let path = named.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
    let bytes = match text_file::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => {
            let flag = if named.is_some() { " (--config)" } else { "" };
            problems.push(both!(
                "{path}{flag}: cannot read this settings file: {error}; name one that exists, or make one with `r53mon config init`",
                "{path}{flag}: 이 설정 파일을 읽을 수 없다: {error}; 있는 파일을 지정하거나 `r53mon config init`으로 만든다",
                path = path.display(),
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
                complaints.add(|| {
                    both!(
                        "{shown}: r53mon has to be a table: [r53mon]",
                        "{shown}: r53mon은 테이블이어야 한다: [r53mon]"
                    )
                });
            }
            (other, Value::Array(_)) if keys::tables_by_name(other).is_some() => {
                complaints.add(|| {
                    both!(
                        "{shown}: a table [[{other}]] has to be called [[r53mon.{other}]]",
                        "{shown}: 테이블 [[{other}]]의 이름은 [[r53mon.{other}]]여야 한다"
                    )
                });
            }
            (other, _) if keys::by_toml(other).is_some() => {
                complaints.add(|| {
                    both!(
                        "{shown}: {other} has to stand below the line [r53mon]",
                        "{shown}: {other}은(는) [r53mon] 줄 아래에 있어야 한다"
                    )
                });
            }
            (other, _) => complaints.add(|| {
                both!(
                    "{shown}: unknown table or key {other}; all settings stand in [r53mon]",
                    "{shown}: 알 수 없는 테이블 또는 키 {other}; 모든 설정은 [r53mon] 안에 있다"
                )
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
                unknown(&place_of(name, &shown), &phrase("key", "키"), name, known)
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
    let name = tables.name;
    let items = match values.remove(name) {
        None => return Vec::new(),
        Some(Value::Array(items)) if items.iter().all(Value::is_table) => items,
        Some(_) => {
            complaints.add(|| {
                both!(
                    "{name} in {path}: each has to be a table of its own, below a line [[r53mon.{name}]] with two brackets on either side",
                    "{path}의 {name}: 하나하나가 양쪽에 대괄호가 둘인 [[r53mon.{name}]] 줄 아래의 테이블이어야 한다",
                    path = path.display(),
                )
            });
            return Vec::new();
        }
    };
    if items.len() > tables.most {
        complaints.add(|| {
            both!(
                "{path}: [[r53mon.{name}]] stands there {count} times; at most {most} are allowed",
                "{path}: [[r53mon.{name}]]이 {count}번 나온다; 최대 {most}번까지 쓸 수 있다",
                path = path.display(),
                count = items.len(),
                most = tables.most,
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
                complaints.add(|| {
                    let what = phrase("key", "키");
                    unknown(&source.place_of(field), &what, field, known)
                });
            }
            is_known
        });
        layer
    };
    items.into_iter().enumerate().map(&mut entry).collect()
}

/// Where a settings file breaks off and why. The line itself is not quoted: it may hold a secret.
fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Both {
    let path = path.display();
    let place = error.span().and_then(|span| text.get(..span.start));
    let place = place.map_or(Both::same(""), |before| {
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |line| line.chars().count())
            + 1;
        both!(" line {line}, column {column}", " {line}행 {column}열")
    });
    let why = error.message().split_whitespace().collect::<Vec<_>>();
    let why = why.join(" ");
    both!(
        "{path}{place}: not valid TOML: {why}",
        "{path}{place}: 올바른 TOML이 아니다: {why}"
    )
}

/// A settings file as text; if it is none, its lines that are not.
fn text_of<'bytes>(path: &Path, bytes: &'bytes [u8]) -> Result<&'bytes str, Vec<Both>> {
    let bytes = text_file::without_mark(bytes);
    let mut complaints = Complaints::default();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if let Err(why) = text_file::text_of_line(line) {
            complaints.add(|| text_file::bad_line(path, index + 1, why));
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
    problems: &mut Vec<Both>,
) -> Layer {
    let place = file.map_or_else(
        || phrase("the environment", "환경 변수").into(),
        |path| Both::same(path.display().to_string()),
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
            complaints.add(|| unknown_variable(name, &place_of(name, &place)));
        }
    }
    problems.extend(complaints.at(place));
    layer
}

/// A name and where it stands.
fn place_of(name: &str, place: &dyn Display) -> Both {
    both!("{name} in {place}", "{place}의 {name}")
}

fn unknown_variable(name: &str, place: &Both) -> Both {
    let bare = name.trim_start_matches(PREFIX).to_lowercase();
    if let Some(key) = keys::by_toml(&bare).filter(|key| key.variable().is_none()) {
        let (variables, flag) = (key.variables().join(", "), key.flag);
        return both!(
            "{place}: unknown variable; {bare} is chosen by {variables} or --{flag}",
            "{place}: 알 수 없는 변수; {bare}은(는) {variables} 또는 --{flag}로 정한다"
        );
    }
    let known: Vec<String> = KEYS.iter().filter_map(Key::variable).collect();
    let what = phrase("variable", "변수");
    unknown(place, &what, name, known.iter().map(String::as_str))
}

fn unknown<'known>(
    place: &Both,
    what: &Phrase,
    name: &str,
    known: impl Iterator<Item = &'known str> + Clone,
) -> Both {
    if let Some(near) = keys::nearest(name, known.clone()) {
        return both!(
            "{place}: unknown {what}; did you mean {near}?",
            "{place}: 알 수 없는 {what}; 혹시 {near}인가?"
        );
    }
    both!(
        "{place}: unknown {what}; known are {known}",
        "{place}: 알 수 없는 {what}; 있는 것은 {known}",
        known = known.collect::<Vec<_>>().join(", "),
    )
}
