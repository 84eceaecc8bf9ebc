//! Reads the values of settings by the rules of their keys, and keeps what is wrong with them.

use toml::Value;

use super::super::keys::{self, Key, Tables};
use super::super::layers::{Layers, Winner};
use super::super::raw::Layer;
use super::given::{Reader, complaint, text_of};
use crate::model::language::{Both, both};

/// Reads values by the rules of their keys, and notes what is wrong with them. For a value with a problem something else
/// stands in; the problem has been noted, so nobody sees the stand-in.
pub(super) struct Checker<'layers> {
    pub(super) layers: &'layers Layers,
    pub(super) problems: Vec<Both>,
}

impl<'layers> Checker<'layers> {
    pub(super) fn new(layers: &'layers Layers) -> Self {
        Self {
            layers,
            problems: layers.problems.clone(),
        }
    }

    /// A value that has a default or that somebody has to give.
    pub(super) fn read<T: Default>(&mut self, name: &str, read: Reader<T>) -> T {
        self.required(name, read).unwrap_or_default()
    }

    /// The same for a value that nothing can stand in for here.
    pub(super) fn required<T>(&mut self, name: &str, read: Reader<T>) -> Option<T> {
        let key = keys::by_toml(name)?;
        if self.layers.find(key).is_none() && !self.layers.is_incomplete {
            let variable = key.variable().map_or(Both::same(""), |variable| {
                both!(
                    ", {variable} in the environment or .env",
                    ", 환경 변수나 .env의 {variable}"
                )
            });
            let (name, flag, allowed) = (key.toml, key.flag, key.allowed());
            self.problems.push(both!(
                "{name}: required and not set; give --{flag}{variable}, or {name} in r53mon.toml; it has to be {allowed}",
                "{name}: 필수인데 지정되지 않았다; --{flag}{variable}, r53mon.toml의 {name} 가운데 하나로 지정한다; 쓸 수 있는 값: {allowed}",
            ));
        }
        self.optional(name, read)
    }

    /// A value that may be missing.
    pub(super) fn optional<T>(&mut self, name: &str, read: Reader<T>) -> Option<T> {
        let key = keys::by_toml(name)?;
        let found = self.layers.find(key)?;
        self.judge(key, &found, read)
    }

    /// Reads what somebody gave.
    fn judge<T>(&mut self, key: &Key, found: &Winner, read: Reader<T>) -> Option<T> {
        let value = text_of(key, found).and_then(|text| {
            read(&key.kind, &text).map_err(|detail| complaint(key, &found.source, &text, detail))
        });
        value.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The tables of one array of the settings file, in the order of the file.
    pub(super) fn entries(&self, name: &str) -> Vec<Entry<'layers>> {
        let tables = keys::tables_by_name(name).into_iter();
        let layers = self.layers;
        let entries = tables.flat_map(|tables| {
            let entry = |layer| Entry { tables, layer };
            layers.entries(tables).map(entry)
        });
        entries.collect()
    }

    /// A field of a table: what it says, or its default. One that is required and missing is a problem.
    pub(super) fn field<T>(&mut self, entry: &Entry, name: &str, read: Reader<T>) -> Option<T> {
        let key = entry.key(name)?;
        let found = entry.find(key);
        if found.is_none() && key.is_required {
            let place = entry.layer.source.place_of(name);
            let allowed = key.allowed();
            let problem = both!(
                "{place}: required and not set; it has to be {allowed}",
                "{place}: 필수인데 지정되지 않았다; 쓸 수 있는 값: {allowed}"
            );
            self.problems.push(problem);
        }
        self.judge(key, &found?, read)
    }
}

/// A table of an array of the settings file.
pub(super) struct Entry<'layers> {
    tables: &'static Tables,
    pub(super) layer: &'layers Layer,
}

impl Entry<'_> {
    /// What is known of a field.
    fn key(&self, name: &str) -> Option<&'static Key> {
        self.tables.fields.iter().find(|key| key.toml == name)
    }

    /// What the table says in a field, or the field's default.
    fn find(&self, key: &Key) -> Option<Winner> {
        let given = self.layer.values.get(key.toml).cloned();
        let default = || key.default.map(|text| Value::String(text.to_owned()));
        Some(Winner {
            value: given.or_else(default)?,
            source: self.layer.source.clone(),
        })
    }
}
