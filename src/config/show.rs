//! `config show` and `config init`: what is in force and why, and a template to start from.

use std::io::{self, Write};

use figment::value::Value;

use super::check::without_password;
use super::keys::KEYS;
use super::layers::Layers;
use crate::model::text::visible;

/// The commented template; a test holds it equal to the defaults.
pub const TEMPLATE: &str = include_str!("../../r53mon.toml.example");

/// Writes every setting, its effective value and where that comes from.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, layers: &Layers) -> io::Result<()> {
    let rows: Vec<(&str, String, String)> = KEYS
        .iter()
        .map(|key| match layers.find(key) {
            Some(found) => (key.toml, shown(&found.value), found.source.place(key)),
            None => (
                key.toml,
                "-".to_owned(),
                format!("not set: {}", key.otherwise),
            ),
        })
        .collect();
    let width =
        |column: fn(&(&str, String, String)) -> usize| rows.iter().map(column).max().unwrap_or(0);
    let (names, values) = (
        width(|row| row.0.chars().count()),
        width(|row| row.1.chars().count()).min(40),
    );
    for (name, value, origin) in &rows {
        writeln!(out, "{name:names$}  {value:values$}  {origin}")?;
    }
    Ok(())
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(_, text) => visible(&without_password(text)).into_owned(),
        Value::Bool(_, value) => value.to_string(),
        Value::Num(_, number) => number.to_i128().map_or_else(
            || format!("{}", number.to_f64().unwrap_or(f64::NAN)),
            |number| number.to_string(),
        ),
        Value::Array(_, items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        _ => "{..}".to_owned(),
    }
}
