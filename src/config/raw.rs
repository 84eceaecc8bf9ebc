//! What one source says, still unjudged: some keys with values, and where each of them stands.

use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::keys::Key;

/// One source of settings.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// Which source it is.
    pub source: Source,
    /// Values by the key's name in a settings file.
    pub values: Table,
}

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A settings file.
    Toml(PathBuf),
    /// A file of environment variables.
    EnvFile(PathBuf),
    /// The process environment.
    Environment,
    /// A variable of others, in a file or in the process environment.
    Foreign(&'static str, Option<PathBuf>),
    /// The simulated world of the demo.
    Demo,
    /// The command line.
    CommandLine,
    /// A table of an array in a settings file: the array's name, the table's number from one, and the file.
    Entry(&'static str, usize, PathBuf),
}

impl Layer {
    /// A source that says nothing yet.
    pub fn new(source: Source) -> Self {
        Self {
            source,
            values: Table::new(),
        }
    }

    /// Adds a text.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        let value = Value::String(value.into());
        self.values.insert(key.to_owned(), value);
    }
}

impl Source {
    /// Where the key stands in this source, in words a person can search for.
    pub fn place(&self, key: &Key) -> String {
        let variable = || key.variable().unwrap_or_default();
        match self {
            Self::Default => "default".to_owned(),
            Self::EnvFile(path) => format!("{} in {}", variable(), path.display()),
            Self::Environment => format!("{} in the environment", variable()),
            Self::Foreign(variable, Some(path)) => format!("{variable} in {}", path.display()),
            Self::Foreign(variable, None) => format!("{variable} in the environment"),
            Self::Demo => "the demo".to_owned(),
            Self::CommandLine => format!("--{}", key.flag),
            Self::Toml(_) | Self::Entry(..) => self.place_of(key.toml),
        }
    }

    /// Where a name of a settings file stands in this source.
    pub fn place_of(&self, name: &str) -> String {
        format!("{name} in {self}")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("default"),
            Self::Toml(path) | Self::EnvFile(path) | Self::Foreign(_, Some(path)) => {
                write!(formatter, "{}", path.display())
            }
            Self::Environment | Self::Foreign(_, None) => formatter.write_str("environment"),
            Self::Demo => formatter.write_str("the demo"),
            Self::CommandLine => formatter.write_str("command line"),
            Self::Entry(array, number, path) => {
                let path = path.display();
                write!(formatter, "[[r53mon.{array}]] number {number} of {path}")
            }
        }
    }
}
