//! The process environment and files of variables, as values: what stood where before the two were put together.
//!
//! `main` asks for this before any thread exists, then changes the process accordingly, so that `AWS_*` variables of a file
//! reach the AWS SDK too. Two rules hold for every variable of ours and of AWS. One that is set to nothing is not set. And a
//! file that nobody named is often another project's: of it only what a person needs to start is believed.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsString;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};

use super::keys::PREFIX;
use super::text_file::{self, Complaints, bad_line};
use crate::model::language::{Both, Phrase, both, phrase};

/// The file that is read when none is named.
pub const DEFAULT_FILE: &str = ".env";

/// The prefix of the variables of AWS.
const AWS_PREFIX: &str = "AWS_";

/// Besides ours, what is believed of a file that nobody named. Any other variable of AWS may run a program
/// (`AWS_CONFIG_FILE`), or send what is signed, and the session token with it, somewhere else (`AWS_ENDPOINT_URL`).
const BELIEVED: [&str; 6] = [
    "AWS_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
];

/// How often a file is begun again behind a quote that nobody closes; each time may read it to its end.
const MOST_BEGINNINGS: usize = 100;

/// Whoever starts a program with more has made a mistake; the system's own time to set them grows with their square.
const MOST_VARIABLES: usize = 10_000;

/// How many names or numbers a remark holds.
const MOST_NAMED: usize = 10;

/// Variables and where they stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    /// Those of the process, as it was started, without what is set to nothing.
    pub variables: Vec<(String, String)>,
    /// Those that a file adds.
    pub file: Option<EnvironmentFile>,
    /// What cannot be used, one sentence each.
    pub problems: Vec<Both>,
    /// What was passed over, one sentence each; nothing has to stop because of it.
    pub remarks: Vec<Both>,
    /// Variables of ours and of AWS that the process was given without a value.
    empty: Vec<String>,
}

/// Variables of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EnvironmentFile {
    /// Which file.
    pub path: PathBuf,
    /// Its variables that the process did not have already.
    pub variables: Vec<(String, String)>,
}

/// Whether a variable is one of ours or of AWS.
fn is_watched(name: &str) -> bool {
    name.starts_with(PREFIX) || name.starts_with(AWS_PREFIX)
}

/// Whether a value is none, for a variable of ours or of AWS.
fn is_nothing(name: &str, value: &str) -> bool {
    is_watched(name) && value.trim().is_empty()
}

impl Environment {
    /// Takes the variables of the process as they are.
    pub fn of_process(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) if is_nothing(&name, &value) => environment.empty.push(name),
                (Ok(name), Ok(value)) => environment.variables.push((name, value)),
                (Ok(name), Err(_)) if is_watched(&name) => {
                    environment.problems.push(both!(
                        "{name} in the environment: its value is not valid UTF-8",
                        "환경 변수 {name}: 값이 올바른 UTF-8이 아니다"
                    ));
                }
                // Whatever else is not text cannot be one of ours.
                _ => {}
            }
        }
        environment
    }

    /// Reads a file of variables. One that is named is taken whole and has to be good. The usual one may be missing, and what
    /// of it is not meant for us stops nobody.
    pub fn add_file(&mut self, named: Option<&Path>) {
        if let Some(path) = named {
            match text_file::read(path) {
                Ok(bytes) => self.add_named(path, &bytes),
                Err(error) => self.problems.push(both!(
                    "{path} (--env-file): cannot read this file: {error}",
                    "{path} (--env-file): 이 파일을 읽을 수 없다: {error}",
                    path = path.display(),
                )),
            }
            return;
        }
        let path = Path::new(DEFAULT_FILE);
        // Opening a pipe that nobody writes to would wait for ever.
        let regular = std::fs::metadata(path).and_then(|found| {
            if found.is_file() {
                Ok(())
            } else {
                let why = both!("it is not a regular file", "일반 파일이 아니다");
                Err(io::Error::other(why))
            }
        });
        match regular.and_then(|()| text_file::read(path)) {
            Ok(bytes) => self.add_usual(path, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => self.remarks.push(both!(
                "{DEFAULT_FILE} was passed over: {error}",
                "{DEFAULT_FILE} 파일은 읽지 않았다: {error}"
            )),
        }
    }

    /// Everything of a file that was named.
    fn add_named(&mut self, path: &Path, bytes: &[u8]) {
        let mut complaints = Complaints::default();
        let mut taken = Taken::beside(self);
        let lines = Lines::of(bytes);
        for entry in lines.entries(Expanding::Yes) {
            match entry {
                Entry::Bad { line, why } => {
                    complaints.add(|| bad_line(path, line, why));
                }
                Entry::Variable(found) => {
                    if is_watched(&found.name) && found.is_expanded(&lines) {
                        let (line, name) = (found.line, &found.name);
                        self.remarks.push(both!(
                            "{path} line {line}: the value of {name} has changed by what stands for its $; single quotes keep it as it is",
                            "{path} {line}행: {name}의 값이 $ 치환으로 바뀌었다; 그대로 두려면 작은따옴표로 묶는다",
                            path = path.display(),
                        ));
                    }
                    if taken.variables.len() == MOST_VARIABLES {
                        complaints.add(|| {
                            both!(
                                "{path}: more than {MOST_VARIABLES} variables; name a file with fewer",
                                "{path}: 변수가 {MOST_VARIABLES}개보다 많다; 더 적은 파일을 지정한다",
                                path = path.display(),
                            )
                        });
                        break;
                    }
                    taken.take(found.name, found.value);
                }
            }
        }
        self.problems.extend(complaints.at(path.display()));
        self.add(path, taken);
    }

    /// What is believed of a file that nobody named. Nothing in it is expanded: a value could take a secret of the process
    /// with it, or grow without end.
    fn add_usual(&mut self, path: &Path, bytes: &[u8]) {
        let mut complaints = Complaints::default();
        let mut taken = Taken::beside(self);
        let (mut unread, mut passed_over) = (Vec::new(), BTreeSet::new());
        let lines = Lines::of(bytes);
        for entry in lines.entries(Expanding::No) {
            match entry {
                Entry::Bad { line, why } if lines.is_watched(line) => {
                    complaints.add(|| bad_line(path, line, why));
                }
                Entry::Bad { line, .. } => unread.push(line.to_string()),
                Entry::Variable(found) => {
                    let name = found.name.as_str();
                    if name.starts_with(PREFIX) || BELIEVED.contains(&name) {
                        if found.is_expanded(&lines) {
                            let line = found.line;
                            complaints.add(|| both!(
                                "{name} in {path} line {line}: $ has a meaning there only in a file that is named (--env-file {path}); write the value in single quotes to keep it as it is",
                                "{path} {line}행의 {name}: $는 이름을 지정한 파일에서만 뜻이 있다 (--env-file {path}); 그대로 두려면 값을 작은따옴표로 묶는다",
                                path = path.display(),
                            ));
                        }
                        taken.take(found.name, found.value);
                    } else if name.starts_with(AWS_PREFIX) && taken.is_new(name, &found.value) {
                        passed_over.insert(found.name);
                    }
                }
            }
        }
        self.problems.extend(complaints.at(path.display()));
        let path_shown = path.display();
        if !unread.is_empty() {
            let unread_lines = first_of(&unread);
            self.remarks.push(match unread.len() {
                1 => both!(
                    "{path_shown}: line {unread_lines} is not NAME=value and passed over",
                    "{path_shown}: {unread_lines}행은 NAME=값 형식이 아니어서 읽지 않았다"
                ),
                _ => both!(
                    "{path_shown}: lines {unread_lines} are not NAME=value and passed over",
                    "{path_shown}: {unread_lines}행은 NAME=값 형식이 아니어서 읽지 않았다"
                ),
            });
        }
        if !passed_over.is_empty() {
            let names: Vec<String> = passed_over.into_iter().collect();
            let names = first_of(&names);
            self.remarks.push(both!(
                "{path_shown}: {names} passed over, since nobody named this file; --env-file {path_shown} takes it whole",
                "{path_shown}: 이름을 지정한 파일이 아니어서 {names}은(는) 읽지 않았다; --env-file {path_shown}로 지정하면 모두 읽는다"
            ));
        }
        self.add(path, taken);
    }

    fn add(&mut self, path: &Path, taken: Taken) {
        self.file = Some(EnvironmentFile {
            path: path.to_owned(),
            variables: taken.variables,
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

    /// What has to change in the process for others to find it as it is here: the SDK takes an empty variable for a value.
    pub fn changes(&self) -> Vec<(&str, Option<&str>)> {
        let unset = self.empty.iter().map(|name| (name.as_str(), None));
        let added = self.file.iter().flat_map(|file| &file.variables);
        let added = added.map(|(name, value)| (name.as_str(), Some(value.as_str())));
        // What a file adds to a variable that was empty comes last and stays.
        unset.chain(added).collect()
    }
}

/// What is taken of a file: the first value of a variable, and nothing that the process has already.
struct Taken {
    known: HashSet<String>,
    variables: Vec<(String, String)>,
}

impl Taken {
    fn beside(environment: &Environment) -> Self {
        let known = environment.variables.iter().map(|(name, _)| name.clone());
        Self {
            known: known.collect(),
            variables: Vec::new(),
        }
    }

    fn is_new(&self, name: &str, value: &str) -> bool {
        !is_nothing(name, value) && !self.known.contains(name)
    }

    fn take(&mut self, name: String, value: String) {
        if self.is_new(&name, &value) {
            self.known.insert(name.clone());
            self.variables.push((name, value));
        }
    }
}

/// Whether `$NAME` in a value stands for another variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expanding {
    Yes,
    No,
}

/// What stands in the place of a `$` that must not be expanded; no text has it.
const INSTEAD_OF_DOLLAR: char = '\u{ffff}';

/// What a file says, in its order.
enum Entry {
    Variable(Found),
    /// A line (from 1) that cannot be read.
    Bad {
        line: usize,
        why: &'static Phrase,
    },
}

impl Entry {
    /// Its first line, from 1.
    fn line(&self) -> usize {
        match self {
            Self::Variable(found) => found.line,
            Self::Bad { line, .. } => *line,
        }
    }
}

/// A variable of a file.
struct Found {
    name: String,
    value: String,
    /// Its first line, from 1.
    line: usize,
    /// How many lines it has.
    count: usize,
}

static NO_ASSIGNMENT: Phrase = phrase(
    "cannot be read as NAME=value; put values with spaces or quotes in single quotes",
    "NAME=값으로 읽을 수 없다; 공백이나 따옴표가 든 값은 작은따옴표로 묶는다",
);
static ENDLESS: Phrase = phrase(
    "and what follows was not read: too many quotes are not closed",
    "이 뒤로는 읽지 않았다: 닫히지 않은 따옴표가 너무 많다",
);

/// "a, b and c", or the first ten and how many more.
fn first_of(names: &[String]) -> Both {
    let shown = &names[..names.len().min(MOST_NAMED)];
    let all = shown.join(", ");
    match (shown, names.len() - shown.len()) {
        ([one], 0) => Both::same(one),
        ([before @ .., last], 0) => {
            both!("{before} and {last}", "{all}", before = before.join(", "),)
        }
        (_, more) => both!("{all} and {more} more", "{all} 외 {more}개"),
    }
}

/// The lines of a file, those that are no text emptied.
struct Lines<'bytes> {
    raw: Vec<&'bytes [u8]>,
    text: Vec<&'bytes str>,
    /// Those that are no text, from 0, with why.
    no_text: BTreeMap<usize, &'static Phrase>,
}

impl<'bytes> Lines<'bytes> {
    fn of(bytes: &'bytes [u8]) -> Self {
        let bytes = text_file::without_mark(bytes);
        let raw: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let mut no_text = BTreeMap::new();
        let text = raw.iter().enumerate().map(|(index, line)| {
            text_file::text_of_line(line).unwrap_or_else(|why| {
                no_text.insert(index, why);
                ""
            })
        });
        Self {
            text: text.collect(),
            raw,
            no_text,
        }
    }

    /// Whether a line (from 1) is about a variable of ours or of AWS, as far as one can see.
    fn is_watched(&self, line: usize) -> bool {
        let line = self.raw[line - 1].trim_ascii_start();
        let line = match line.strip_prefix(b"export") {
            Some(rest) if rest.starts_with(b" ") || rest.starts_with(b"\t") => {
                rest.trim_ascii_start()
            }
            _ => line,
        };
        [PREFIX, AWS_PREFIX]
            .iter()
            .any(|prefix| line.starts_with(prefix.as_bytes()))
    }

    /// Everything that the library reads, and every line that it does not, in their order. A quote that nobody closes takes
    /// only its own line with it.
    fn entries(&self, expanding: Expanding) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut next = 0;
        for _ in 0..MOST_BEGINNINGS {
            let again = self.entries_from(next, expanding, &mut entries);
            next = again.unwrap_or(self.text.len());
        }
        if next < self.text.len() {
            entries.push(Entry::Bad {
                line: next + 1,
                why: &ENDLESS,
            });
        }
        let no_text = self.no_text.iter();
        entries.extend(no_text.map(|(index, why)| Entry::Bad {
            line: index + 1,
            why,
        }));
        entries.sort_by_key(Entry::line);
        entries
    }

    /// The same from one line on (from 0) as far as it goes; where it has to go on, if not at the end.
    fn entries_from(
        &self,
        from: usize,
        expanding: Expanding,
        entries: &mut Vec<Entry>,
    ) -> Option<usize> {
        let handed_out = Cell::new(from);
        let reader = LineByLine {
            lines: &self.text,
            current: Cursor::default(),
            expanding,
            next: &handed_out,
        };
        let mut before = from;
        for item in dotenvy::from_read_iter(reader) {
            let end = handed_out.get();
            // The library passes over empty lines and comments.
            let silent = |line: &&&str| {
                let line = line.trim_start();
                line.is_empty() || line.starts_with('#')
            };
            let first = before + self.text[before..end].iter().take_while(silent).count();
            let count = end.saturating_sub(first);
            before = end;
            match item {
                Ok((name, _)) if !is_watched(&name) && self.hides_watched(first, end) => {
                    entries.push(Entry::Bad {
                        line: first + 1,
                        why: &NO_ASSIGNMENT,
                    });
                    return Some(first + 1);
                }
                Ok((name, value)) => entries.push(Entry::Variable(Found {
                    name,
                    value: value.replace(INSTEAD_OF_DOLLAR, "$"),
                    line: first + 1,
                    count,
                })),
                Err(_) => {
                    entries.push(Entry::Bad {
                        line: first.min(self.text.len() - 1) + 1,
                        why: &NO_ASSIGNMENT,
                    });
                    if count > 1 {
                        return Some(first + 1);
                    }
                }
            }
        }
        None
    }

    /// Whether a value of somebody else has lines of ours in it: then a quote was not meant as one.
    fn hides_watched(&self, first: usize, end: usize) -> bool {
        (first + 2..=end).any(|line| self.is_watched(line))
    }
}

impl Found {
    /// Whether a `$` in the value stood for something.
    fn is_expanded(&self, lines: &Lines) -> bool {
        let lines = &lines.text[self.line - 1..][..self.count];
        if !lines.iter().any(|line| line.contains('$')) {
            return false;
        }
        let alone = |expanding| {
            let next = Cell::new(0);
            let reader = LineByLine {
                lines,
                current: Cursor::default(),
                expanding,
                next: &next,
            };
            let item = dotenvy::from_read_iter(reader).next();
            item.and_then(Result::ok)
                .map(|(_, value)| value.replace(INSTEAD_OF_DOLLAR, "$"))
        };
        alone(Expanding::Yes) != alone(Expanding::No)
    }
}

/// Hands out one line at a time, so that a reader with a buffer reads no further than it needs, and the lines that it has
/// read can be counted.
struct LineByLine<'lines> {
    lines: &'lines [&'lines str],
    /// The line that is handed out.
    current: Cursor<Vec<u8>>,
    expanding: Expanding,
    /// The line that is next, from 0.
    next: &'lines Cell<usize>,
}

impl Read for LineByLine<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.current.read(buffer)?;
        let Some(line) = self.lines.get(self.next.get()).filter(|_| count == 0) else {
            return Ok(count);
        };
        self.next.set(self.next.get() + 1);
        let line = match self.expanding {
            Expanding::Yes => (*line).to_owned(),
            Expanding::No => without_dollar(line),
        };
        self.current = Cursor::new((line + "\n").into_bytes());
        self.current.read(buffer)
    }
}

/// A line in which something else stands for every `$` that no backslash takes its meaning from already.
fn without_dollar(line: &str) -> String {
    let mut escaped = false;
    let instead = |character| {
        let bare = character == '$' && !escaped;
        escaped = character == '\\' && !escaped;
        if bare { INSTEAD_OF_DOLLAR } else { character }
    };
    line.chars().map(instead).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn process(variables: &[(&str, &str)]) -> Environment {
        let variables = variables.iter();
        Environment::of_process(
            variables.map(|(name, value)| (OsString::from(name), OsString::from(value))),
        )
    }

    /// A file that somebody named, or `.env` that nobody did.
    fn read(named: bool, bytes: impl AsRef<[u8]>) -> Environment {
        let mut environment = Environment::default();
        add(&mut environment, named, bytes.as_ref());
        environment
    }

    fn add(environment: &mut Environment, named: bool, bytes: &[u8]) {
        if named {
            environment.add_named(Path::new("my.env"), bytes);
        } else {
            environment.add_usual(Path::new(".env"), bytes);
        }
    }

    fn lines_of(problems: &[Both]) -> String {
        let problems: Vec<&str> = problems.iter().map(Both::said).collect();
        problems.join("\n")
    }

    #[test]
    fn the_process_wins_over_the_file() {
        let mut environment = process(&[("R53MON_TPS", "1")]);
        add(&mut environment, false, b"R53MON_TPS=2\nAWS_PROFILE=prod\n");
        assert_eq!(environment.get("R53MON_TPS"), Some("1"));
        assert_eq!(environment.get("AWS_PROFILE"), Some("prod"));
        assert_eq!(environment.changes(), [("AWS_PROFILE", Some("prod"))]);
    }

    #[test]
    fn what_is_set_to_nothing_is_not_set() {
        for nothing in ["", " ", "\t"] {
            let mut environment = process(&[("R53MON_TPS", nothing), ("AWS_REGION", nothing)]);
            environment
                .variables
                .push(("OTHER".to_owned(), String::new()));
            assert_eq!(environment.get("R53MON_TPS"), None);
            let unset = [("R53MON_TPS", None), ("AWS_REGION", None)];
            assert_eq!(environment.changes(), unset);
            let text = format!("R53MON_TPS='{nothing}'\nR53MON_TPS=5\nOTHER=x\nAWS_REGION=\n");
            add(&mut environment, true, text.as_bytes());
            assert_eq!(environment.get("R53MON_TPS"), Some("5"));
            assert_eq!(environment.get("OTHER"), Some(""), "no business of ours");
            assert_eq!(environment.get("AWS_REGION"), None);
            let last = environment.changes().pop();
            assert_eq!(last, Some(("R53MON_TPS", Some("5"))));
        }
    }

    /// Lines that no file of variables should have, each followed by one that is good.
    const BAD: [&[u8]; 10] = [
        b"APP_NAME=My App",
        b"export A",
        b"A-B=1",
        b"a stray line",
        b"NAME=caf\xe9",
        b"A='open",
        b"A=\"open",
        b"A=it's",
        b"=1",
        b"A=1\0",
    ];

    #[test]
    fn a_file_that_nobody_named_stops_nobody_with_what_is_not_ours() {
        for bad in BAD {
            let text = [
                b"R53MON_TPS=5\n\n# it's\n",
                bad,
                b"\nAWS_REGION=eu-west-1\n",
            ]
            .concat();
            let environment = read(false, &text);
            let shown = String::from_utf8_lossy(bad);
            assert_eq!(environment.problems, [""; 0], "{shown}");
            let remark = ".env: line 4 is not NAME=value and passed over";
            assert_eq!(environment.remarks, [remark], "{shown}");
            assert_eq!(environment.get("R53MON_TPS"), Some("5"), "{shown}");
            assert_eq!(environment.get("AWS_REGION"), Some("eu-west-1"), "{shown}");
        }
    }

    #[test]
    fn every_bad_line_of_a_named_file_is_a_problem_and_hides_no_other() {
        for bad in BAD.iter().chain([&&b"A=${open"[..]]) {
            let text = [b"R53MON_TPS=5\n", *bad, b"\nA B\nAWS_REGION=eu-west-1"].concat();
            let environment = read(true, &text);
            let problems = lines_of(&environment.problems);
            assert_eq!(environment.problems.len(), 2, "{problems}");
            assert!(problems.starts_with("my.env line 2: "), "{problems}");
            assert!(problems.contains("\nmy.env line 3: "), "{problems}");
            assert_eq!(environment.get("R53MON_TPS"), Some("5"));
            assert_eq!(environment.get("AWS_REGION"), Some("eu-west-1"));
        }
    }

    #[test]
    fn a_bad_line_of_ours_is_a_problem_in_every_file() {
        for line in [
            &b"R53MON_ENDPOINT=a b"[..],
            b" export R53MON_ENDPOINT='open",
            b"R53MON_ENDPOINT",
            b"AWS_SECRET_ACCESS_KEY=SECRET\0SECRET",
            b"AWS_SECRET_ACCESS_KEY=SECRET\xff",
            b"AWS_CONFIG_FILE=a b",
        ] {
            for named in [false, true] {
                let text = [b"# comment\nR53MON_TPS=0\n", line, b"\nR53MON_OUTPUT=x\n"].concat();
                let environment = read(named, &text);
                let problems = lines_of(&environment.problems);
                assert_eq!(environment.problems.len(), 1, "{problems}");
                assert!(problems.contains(".env line 3: "), "{problems}");
                assert!(!problems.contains("SECRET\\"), "{problems}");
                assert!(
                    !problems.replace("AWS_SECRET", "").contains("SECRET"),
                    "{problems}"
                );
                // What else is wrong can still be told.
                assert_eq!(environment.get("R53MON_TPS"), Some("0"));
                assert_eq!(environment.get("R53MON_OUTPUT"), Some("x"));
            }
        }
    }

    #[test]
    fn lines_of_ours_do_not_vanish_between_quotes_of_others() {
        let text = "APP=it's\nR53MON_TPS=5\nMOTTO=that's\n";
        let environment = read(false, text);
        assert_eq!(environment.get("R53MON_TPS"), Some("5"));
        assert_eq!(environment.remarks.len(), 1, "{:?}", environment.remarks);
        let values = "KEY='one\ntwo'\nR53MON_TPS=5\n";
        let environment = read(false, values);
        assert_eq!(environment.remarks, [""; 0]);
        assert_eq!(environment.get("R53MON_TPS"), Some("5"));
    }

    #[test]
    fn of_a_file_that_nobody_named_only_what_is_needed_to_start_is_believed() {
        let believed =
            "R53MON_TPS=5\n".to_owned() + &BELIEVED.map(|name| format!("{name}=x\n")).concat();
        let dangerous = [
            "AWS_CONFIG_FILE",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_ROUTE_53",
            "AWS_ENDPOINT_URL_STS",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_ROLE_ARN",
            "AWS_CA_BUNDLE",
            "AWS_SOMETHING_NEW",
        ];
        let others = [
            "HTTPS_PROXY",
            "SSL_CERT_FILE",
            "HOME",
            "SECRET_ACCESS_KEY",
            "PATH",
        ];
        let names = dangerous.iter().chain(&others);
        let text = names.fold(believed, |text, name| format!("{text}{name}=x\n"));
        let environment = read(false, &text);
        let taken: Vec<&str> = environment
            .changes()
            .iter()
            .map(|(name, _)| *name)
            .collect();
        assert_eq!(taken, [&["R53MON_TPS"], &BELIEVED[..]].concat());
        let [remark] = &environment.remarks[..] else {
            panic!("{:?}", environment.remarks);
        };
        for name in dangerous {
            assert!(remark.contains(name), "{remark}");
        }
        assert!(remark.contains("--env-file .env"), "{remark}");
        // What a person has named is taken whole.
        assert_eq!(
            read(true, &text).changes().len(),
            7 + dangerous.len() + others.len()
        );
    }

    #[test]
    fn a_dollar_is_expanded_only_in_a_file_that_was_named_and_that_is_told() {
        let text = "A=b\nR53MON_ENDPOINT=http://$A.test\nR53MON_TPS='$A'\nC=$A\nAWS_PROFILE=\\$A\n";
        let environment = read(true, text);
        assert_eq!(environment.get("R53MON_ENDPOINT"), Some("http://b.test"));
        assert_eq!(environment.get("R53MON_TPS"), Some("$A"));
        assert_eq!(environment.get("AWS_PROFILE"), Some("$A"));
        assert_eq!(environment.problems, [""; 0]);
        let [remark] = &environment.remarks[..] else {
            panic!("{:?}", environment.remarks);
        };
        assert!(
            remark.contains("line 2") && remark.contains("R53MON_ENDPOINT"),
            "{remark}"
        );

        let environment = read(false, text);
        assert_eq!(environment.get("R53MON_ENDPOINT"), Some("http://$A.test"));
        assert_eq!(environment.get("R53MON_TPS"), Some("$A"));
        let [problem] = &environment.problems[..] else {
            panic!("{:?}", environment.problems);
        };
        assert!(
            problem.starts_with("R53MON_ENDPOINT in .env line 2: $"),
            "{problem}"
        );
    }

    #[test]
    fn a_named_file_has_at_most_ten_thousand_variables() {
        let text = |count: usize| {
            (0..count)
                .map(|number| format!("V{number}=1\n"))
                .collect::<Vec<_>>()
                .concat()
        };
        assert_eq!(read(true, text(MOST_VARIABLES)).problems, [""; 0]);
        let more = read(true, text(MOST_VARIABLES + 1));
        assert_eq!(more.problems.len(), 1);
        assert_eq!(more.changes().len(), MOST_VARIABLES);
        // Nobody has to count the variables of somebody else.
        assert_eq!(read(false, text(MOST_VARIABLES + 1)).problems, [""; 0]);
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_a_name() {
        for named in [false, true] {
            let environment = read(named, "\u{feff}R53MON_TPS=5\n");
            assert_eq!(environment.get("R53MON_TPS"), Some("5"));
        }
    }

    #[test]
    fn a_value_that_is_not_text_is_a_problem_only_for_our_variables_and_those_of_aws() {
        use std::os::unix::ffi::OsStringExt;
        let bad = || OsString::from_vec(vec![0xff]);
        let environment = Environment::of_process(
            ["R53MON_TPS", "AWS_PROFILE", "LESS"].map(|name| (OsString::from(name), bad())),
        );
        assert_eq!(environment.problems.len(), 2);
    }

    proptest! {
        /// No file brings anything down, and none that nobody named changes what was not to be changed.
        #[test]
        fn any_bytes_can_be_read(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..6),
                    prop::sample::select(vec![
                        "'", "\"", "\\", "$", "${", "}", "#", " ", "\n", "\r\n", "=", "\0", "A", "export ",
                        "R53MON_TPS=", "AWS_REGION=", "AWS_CONFIG_FILE=",
                    ]).prop_map(|part| part.as_bytes().to_vec()),
                ],
                0..60,
            ),
        ) {
            let bytes = parts.concat();
            for named in [false, true] {
                let environment = read(named, &bytes);
                for (name, value) in environment.changes() {
                    let value = value.unwrap_or_default();
                    prop_assert!(!name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0'));
                    let believed = name.starts_with(PREFIX) || BELIEVED.contains(&name);
                    prop_assert!(named || believed, "{name}");
                }
            }
        }
    }
}
