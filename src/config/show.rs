//! `config show` and `config init`: what is in force and why, and a template to start from.

use std::io::{self, Write};

use toml::Value;

use super::check::{as_shown, plain_text};
use super::keys::{KEYS, Key, Kind, TABLES, Tables, Taker};
use super::layers::Layers;
use crate::model::language::{Language, say};
use crate::model::text::visible;

const TEMPLATE_HEAD: &str = "\
# Settings of r53mon. Copy this file to r53mon.toml in the directory where you start r53mon, or name it with --config.
#
# Precedence: command line > environment variables > .env > this file > defaults.
# A line that starts with # shows the default, or an example where there is no default. Keep the quotes.
# `r53mon config show` prints what is in force and where each value comes from.

[r53mon]
";

/// A commented settings file that sets nothing; `r53mon.toml.example` is the same. It is kept and handed on beside code, so it is in
/// English whoever asks for it.
pub fn template() -> String {
    Language::English.speak(in_english)
}

fn in_english() -> String {
    let settings = KEYS.iter().fold(TEMPLATE_HEAD.to_owned(), |text, key| {
        let otherwise = match &*key.otherwise {
            "" => String::new(),
            _ if key.is_required => " Required.".to_owned(),
            _ => format!(" Default: {}.", key.fallback(Taker::Watch)),
        };
        let short = key
            .short
            .map_or(String::new(), |short| format!("-{short}, "));
        format!(
            "{text}\n# {}.{otherwise}\n# Variable {}, flag {short}--{}.\n# {} = {}\n",
            key.about(),
            key.variables().join(" or "),
            key.flag,
            key.toml,
            literal(key)
        )
    });
    TABLES
        .iter()
        .map(tables_template)
        .fold(settings, |text, tables| text + &tables)
}

/// What the template says of an array of tables. Without the signs before them, its lines are such a table.
fn tables_template(tables: &Tables) -> String {
    let Tables { name, purpose, .. } = tables;
    let head = format!(
        "\n# {purpose}. Any number of such tables may follow, each with a line [[r53mon.{name}]] of its own.\n# [[r53mon.{name}]]\n"
    );
    tables.fields.iter().fold(head, |text, key| {
        let otherwise = match key.fallback(Taker::Watch) {
            _ if key.is_required => "Required".to_owned(),
            fallback => format!("Default: {fallback}"),
        };
        let (about, field, value) = (key.about(), key.toml, literal(key));
        format!("{text}#   # {about}. {otherwise}.\n#   {field} = {value}\n")
    })
}

/// The example of a setting as TOML takes it.
fn literal(key: &Key) -> String {
    let quoted = |text: &str| format!("\"{text}\"");
    match key.kind {
        Kind::Switch | Kind::Whole(..) | Kind::Percent(..) | Kind::Weights => {
            key.example().to_owned()
        }
        _ => match key.kind.separator() {
            // A default of one item is one item.
            Some(separator) if key.default.is_none() => {
                let all: Vec<String> = key.example().split(separator).map(quoted).collect();
                format!("[{}]", all.join(", "))
            }
            _ => quoted(key.example()),
        },
    }
}

/// Writes every setting, its effective value and where that comes from.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl Write, layers: &Layers) -> io::Result<()> {
    let of_tables = TABLES.iter().flat_map(|tables| {
        let entries = layers.entries(tables);
        entries.map(|layer| {
            let given = |key: &Key| {
                let value = shown(&key.kind, layer.values.get(key.toml)?);
                Some(format!("{} = {value}", key.toml))
            };
            let given: Vec<_> = tables.fields.iter().filter_map(given).collect();
            (tables.name, given.join("; "), layer.source.to_string())
        })
    });
    let rows: Vec<(&str, String, String)> = KEYS
        .iter()
        .map(|key| (key, &key.otherwise))
        .map(|(key, otherwise)| match layers.find(key) {
            Some(found) => (
                key.toml,
                shown(&key.kind, &found.value),
                found.source.place(key).to_string(),
            ),
            None => (
                key.toml,
                "-".to_owned(),
                say!("not set: {otherwise}", "지정 안 함: {otherwise}"),
            ),
        })
        .chain(of_tables)
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

fn shown(kind: &Kind, value: &Value) -> String {
    match value {
        Value::String(text) if matches!(kind, Kind::Texts(..)) => {
            let lines: Vec<_> = text.lines().map(|line| as_shown(kind, line)).collect();
            visible(&lines.join("; ")).into_owned()
        }
        Value::String(text) => visible(&as_shown(kind, text)).into_owned(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(|item| shown(kind, item)).collect();
            let separator = match kind {
                Kind::Texts(..) => "; ",
                _ => ",",
            };
            items.join(separator)
        }
        Value::Table(fields) => {
            let fields = fields.iter();
            let fields =
                fields.map(|(name, value)| format!("{} = {}", visible(name), shown(kind, value)));
            fields.collect::<Vec<_>>().join(", ")
        }
        other => plain_text(other).unwrap_or_else(|| "{..}".to_owned()),
    }
}
