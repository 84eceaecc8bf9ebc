//! The sources on top of each other: default < TOML < `.env` < environment < command line. For every key the winner is
//! remembered. Environments are arguments; only named files are read here.

use std::io;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::value::{Dict, Value};

use super::environment::Environment;
use super::keys::{self, KEYS, Key, PREFIX};
use super::raw::{Layer, Source};
use crate::cli::{MeasureArgs, TargetArgs, WatchArgs};

/// The settings file that is read when none is named.
pub const DEFAULT_FILE: &str = "r53mon.toml";

/// All sources, merged.
#[derive(Debug)]
pub struct Layers {
    merged: Figment,
    sources: Vec<Layer>,
    /// What could not be read or is not known, one sentence each.
    pub problems: Vec<String>,
}

/// A value and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The winning value.
    pub value: Value,
    /// Who gave it.
    pub source: Source,
}

impl Layers {
    /// Collects every source of `watch`, `check`, `doctor` or `config show`.
    pub fn collect(args: &WatchArgs, environment: &Environment) -> Self {
        let mut problems = environment.problems.clone();
        let mut layers = vec![default_layer()];
        layers.extend(toml_layer(args.config.as_deref(), &mut problems));
        if let Some(file) = &environment.file {
            layers.push(variables_layer(
                Source::EnvFile(file.path.clone()),
                &file.variables,
                &mut problems,
            ));
        }
        layers.push(variables_layer(
            Source::Environment,
            &environment.variables,
            &mut problems,
        ));
        layers.push(command_line(Some(&args.target), &args.measure));
        Self::stack(layers, problems)
    }

    /// Collects the sources of `demo`: its own world takes the place of files and variables, so that nobody's
    /// production settings leak into it.
    pub fn collect_demo(world: Layer, measure: &MeasureArgs) -> Self {
        Self::stack(
            vec![default_layer(), world, command_line(None, measure)],
            Vec::new(),
        )
    }

    /// Collects what the line alone says, for commands that measure nothing.
    pub fn of_line(measure: &MeasureArgs) -> Self {
        Self::stack(
            vec![default_layer(), command_line(None, measure)],
            Vec::new(),
        )
    }

    fn stack(layers: Vec<Layer>, problems: Vec<String>) -> Self {
        let merged = layers.iter().cloned().fold(Figment::new(), Figment::merge);
        Self {
            merged,
            sources: layers,
            problems,
        }
    }

    /// The winning value of a key and where it comes from; `None` when nobody gives one.
    pub fn find(&self, key: &Key) -> Option<Found> {
        let value = self.merged.find_value(key.toml).ok()?;
        let name = &self.merged.get_metadata(value.tag())?.name;
        // Names are unique except where a file is both kinds at once; the highest layer that has the key wins anyway.
        let layer = self.sources.iter().rev().find(|layer| {
            layer.source.to_string() == name.as_ref() && layer.values.contains_key(key.toml)
        })?;
        Some(Found {
            value,
            source: layer.source.clone(),
        })
    }
}

fn default_layer() -> Layer {
    let mut layer = Layer::new(Source::Default);
    for key in KEYS {
        if let Some(default) = key.default {
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
    let tables: Dict = match toml::from_str(text.trim_start_matches('\u{feff}')) {
        Ok(tables) => tables,
        Err(error) => {
            problems.push(format!(
                "{}: not valid TOML: {}",
                path.display(),
                error.to_string().trim_end()
            ));
            return None;
        }
    };
    let mut layer = Layer::new(Source::Toml(path.clone()));
    for (name, value) in tables {
        match (name.as_str(), value) {
            ("r53mon", Value::Dict(_, values)) => layer.values = values,
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
    for name in layer
        .values
        .keys()
        .filter(|name| keys::by_toml(name).is_none())
    {
        problems.push(unknown(
            &format!("{name} in {}", path.display()),
            "key",
            name,
            KEYS.iter().map(|key| key.toml),
        ));
    }
    layer.values.retain(|name, _| keys::by_toml(name).is_some());
    Some(layer)
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
            problems.push(match bare.as_str() {
                "profile" => format!("{place}: unknown variable; the AWS profile is chosen by AWS_PROFILE or --profile"),
                "color" => format!("{place}: unknown variable; colour is chosen by NO_COLOR, CLICOLOR_FORCE or --color"),
                _ => unknown(&place, "variable", name, KEYS.iter().filter_map(|key| key.variable)),
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

fn command_line(target: Option<&TargetArgs>, measure: &MeasureArgs) -> Layer {
    let mut layer = Layer::new(Source::CommandLine);
    let mut put = |key: &str, value: Option<&String>| {
        if let Some(value) = value {
            layer.set(key, value.clone());
        }
    };
    if let Some(target) = target {
        put("endpoint", target.endpoint.as_ref());
        put("hosted_zone_id", target.zone_id.as_ref());
        put("record_name", target.record_name.as_ref());
        put("record_type", target.record_type.as_ref());
        put("resolver", target.resolver.as_ref());
        put("profile", target.profile.as_ref());
        put("insecure", target.insecure.as_ref());
        put(
            "nameservers",
            (!target.nameservers.is_empty())
                .then(|| target.nameservers.join(","))
                .as_ref(),
        );
    }
    put("tps", measure.tps.as_ref());
    put("no_http", measure.no_http.as_ref());
    put("http_timeout", measure.http_timeout.as_ref());
    put("poll_interval", measure.poll_interval.as_ref());
    put("tolerance", measure.tolerance.as_ref());
    put("confidence", measure.confidence.as_ref());
    put("explain", measure.explain.as_ref());
    put("duration", measure.duration.as_ref());
    put("output", measure.output.as_ref());
    put("color", measure.color.as_ref());
    put("log_file", measure.log_file.as_ref());
    put("log_level", measure.log_level.as_ref());
    put("log_format", measure.log_format.as_ref());
    layer
}
