//! What one source says, still unjudged: some keys with values, and where each of them stands.

use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::keys::Key;
use crate::model::language::{Both, both, phrase};

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
    pub fn place(&self, key: &Key) -> Both {
        let name = match self {
            Self::Toml(_) => key.toml.to_owned(),
            Self::Foreign(variable, _) => (*variable).to_owned(),
            _ => key.variable().unwrap_or_default(),
        };
        match self {
            Self::Default => phrase("default", "기본값").into(),
            Self::Toml(path) | Self::EnvFile(path) | Self::Foreign(_, Some(path)) => {
                both!("{name} in {path}", "{path}의 {name}", path = path.display())
            }
            Self::Environment | Self::Foreign(_, None) => {
                both!("{name} in the environment", "환경 변수 {name}")
            }
            Self::Demo => phrase("the demo", "데모").into(),
            Self::CommandLine => Both::same(format!("--{}", key.flag)),
        }
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
        }
    }
}
