//! What one source says, still unjudged: some keys with values, and where each of them stands.

use std::fmt;
use std::path::PathBuf;

use toml::{Table, Value};

use super::keys::Key;
use crate::model::language::{Both, both, phrase, pick, say};

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
    pub fn place(&self, key: &Key) -> Both {
        let name = match self {
            Self::Foreign(variable, _) => (*variable).to_owned(),
            _ => key.variable().unwrap_or_default(),
        };
        match self {
            Self::Default => phrase("default", "기본값").into(),
            Self::EnvFile(path) | Self::Foreign(_, Some(path)) => {
                both!("{name} in {path}", "{path}의 {name}", path = path.display())
            }
            Self::Environment | Self::Foreign(_, None) => {
                both!("{name} in the environment", "환경 변수 {name}")
            }
            Self::Demo => phrase("the demo", "데모").into(),
            Self::CommandLine => Both::same(format!("--{}", key.flag)),
            Self::Toml(_) | Self::Entry(..) => self.place_of(key.toml),
        }
    }

    /// Where a name of a settings file stands in this source.
    pub fn place_of(&self, name: &str) -> Both {
        both!("{name} in {self}", "{self}의 {name}")
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str(pick("default", "기본값")),
            Self::Toml(path) | Self::EnvFile(path) | Self::Foreign(_, Some(path)) => {
                write!(formatter, "{}", path.display())
            }
            Self::Environment | Self::Foreign(_, None) => {
                formatter.write_str(pick("environment", "환경 변수"))
            }
            Self::Demo => formatter.write_str(pick("the demo", "데모")),
            Self::CommandLine => formatter.write_str(pick("command line", "명령줄")),
            Self::Entry(array, number, path) => {
                let path = path.display();
                let place = say!(
                    "[[r53mon.{array}]] number {number} of {path}",
                    "{path}의 {number}번째 [[r53mon.{array}]]",
                );
                formatter.write_str(&place)
            }
        }
    }
}
