//! The process environment and `.env`, as values: what stood where before the two were put together.
//!
//! `main` asks for this before any thread exists, then lets the library set what `.env` adds, so that `AWS_*` variables
//! in it reach the AWS SDK too.

use std::ffi::OsString;
use std::io::{self, Cursor};
use std::path::{Path, PathBuf};

use super::keys::PREFIX;

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = ".env";

/// Variables and where they stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Those of the process, as it was started.
    pub variables: Vec<(String, String)>,
    /// Those that a file adds.
    pub file: Option<EnvironmentFile>,
    /// What could not be read, one sentence each.
    pub problems: Vec<String>,
}

/// Variables of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// Which file.
    pub path: PathBuf,
    /// Its whole text without a byte order mark.
    pub text: String,
    /// Its variables that the process did not have already.
    pub variables: Vec<(String, String)>,
}

impl Environment {
    /// Takes the variables of the process as they are.
    pub fn of_process(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => environment.variables.push((name, value)),
                (Ok(name), Err(_)) if name.starts_with(PREFIX) => {
                    environment.problems.push(format!(
                        "{name} in the environment: its value is not valid UTF-8"
                    ));
                }
                // Whatever else is not text cannot be one of ours.
                _ => {}
            }
        }
        environment
    }

    /// Reads `.env`: a named file has to exist, the usual one may be missing. A file with a bad line adds nothing.
    pub fn add_file(&mut self, named: Option<&Path>) {
        let path = named.map_or_else(|| PathBuf::from(DEFAULT_FILE), Path::to_path_buf);
        match std::fs::read_to_string(&path) {
            Ok(text) => self.add_text(path, &text),
            Err(error) if named.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let flag = if named.is_some() { " (--env-file)" } else { "" };
                self.problems.push(format!(
                    "{}{flag}: cannot read this file: {error}",
                    path.display()
                ));
            }
        }
    }

    fn add_text(&mut self, path: PathBuf, text: &str) {
        let text = text.trim_start_matches('\u{feff}').to_owned();
        let mut variables = Vec::new();
        for item in dotenvy::from_read_iter(Cursor::new(text.as_bytes())) {
            match item {
                // As in the process later on, the first line of a variable wins and nothing replaces what is set.
                Ok((name, value)) => {
                    if self.get(&name).is_none()
                        && !variables.iter().any(|(known, _)| *known == name)
                    {
                        variables.push((name, value));
                    }
                }
                Err(dotenvy::Error::LineParse(..)) => {
                    self.problems.push(format!(
                        "{} line {}: cannot be read as NAME=value; put values with spaces or quotes in single quotes",
                        path.display(),
                        first_bad_line(&text)
                    ));
                    return;
                }
                Err(error) => {
                    self.problems.push(format!("{}: {error}", path.display()));
                    return;
                }
            }
        }
        self.file = Some(EnvironmentFile {
            path,
            text,
            variables,
        });
    }

    /// The value of a variable, wherever it stands.
    pub fn get(&self, name: &str) -> Option<&str> {
        let in_file = self.file.iter().flat_map(|file| &file.variables);
        self.variables
            .iter()
            .chain(in_file)
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether a variable is set to something, in the manner of `NO_COLOR`.
    pub fn is_set(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !value.is_empty())
    }
}

/// The number of the line that cannot be read, from 1. The library tells neither it nor the whole line; a value may
/// span several lines, so it is the one behind the longest beginning that can be read.
fn first_bad_line(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let readable = |count: &usize| {
        let beginning = lines[..*count].join("\n");
        dotenvy::from_read_iter(Cursor::new(beginning)).all(|item| item.is_ok())
    };
    let good = (0..=lines.len()).rev().find(readable).unwrap_or_default();
    lines[good..]
        .iter()
        .position(|line| !line.trim().is_empty())
        .map_or(good, |blank| good + blank + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_file(variables: &[(&str, &str)], text: &str) -> Environment {
        let mut environment = Environment::of_process(
            variables
                .iter()
                .map(|(name, value)| (OsString::from(name), OsString::from(value))),
        );
        environment.add_text(PathBuf::from(".env"), text);
        environment
    }

    #[test]
    fn the_process_wins_over_the_file() {
        let environment = with_file(&[("R53MON_TPS", "1")], "R53MON_TPS=2\nAWS_PROFILE=prod\n");
        assert_eq!(environment.get("R53MON_TPS"), Some("1"));
        assert_eq!(environment.get("AWS_PROFILE"), Some("prod"));
        assert_eq!(environment.file.expect("read").variables.len(), 1);
    }

    #[test]
    fn a_bad_line_is_named_by_its_number_and_nothing_is_taken() {
        let environment = with_file(&[], "# comment\nR53MON_TPS=5\nR53MON_ENDPOINT='open\n");
        assert_eq!(environment.problems.len(), 1);
        assert!(
            environment.problems[0].starts_with(".env line 3:"),
            "{}",
            environment.problems[0]
        );
        assert_eq!(environment.file, None);
    }

    #[test]
    fn spaces_without_quotes_are_named_by_their_line_too() {
        let environment = with_file(&[], "A=1\n\nFOO=a b c\nB=2\n");
        assert!(
            environment.problems[0].starts_with(".env line 3:"),
            "{}",
            environment.problems[0]
        );
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_name() {
        let environment = with_file(&[], "\u{feff}R53MON_TPS=5\n");
        assert_eq!(environment.get("R53MON_TPS"), Some("5"));
    }

    #[test]
    fn a_value_that_is_not_text_is_a_problem_only_for_our_variables() {
        use std::os::unix::ffi::OsStringExt;
        let bad = || OsString::from_vec(vec![0xff]);
        let environment = Environment::of_process([
            (OsString::from("R53MON_TPS"), bad()),
            (OsString::from("LESS"), bad()),
        ]);
        assert_eq!(environment.problems.len(), 1);
    }
}
