//! Statistics and report as files in the current directory, named after the record and the time. Nothing that is there
//! already is written over.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use crate::app::threads;
use crate::snapshot::{EndedBy, Snapshot};
use crate::views::language;
use crate::views::wish::Said;
use crate::views::{format, json, summary};

/// No file system takes names longer than 255 bytes, and nobody reads them.
const LONGEST_NAME: usize = 100;
/// So often files of one second are told apart by a number.
const MOST_IN_A_SECOND: usize = 9;

/// Files that are being written.
#[derive(Debug, Default)]
pub(super) struct Files {
    /// Where to; empty: the current directory.
    directory: PathBuf,
    under_way: Option<Receiver<Said>>,
}

impl Files {
    /// Begins to write what a snapshot shows, on a thread of its own: a disk may take its time.
    pub fn write(&mut self, snapshot: Arc<Snapshot>) -> Said {
        if self.under_way.is_some() {
            return Said::Writing;
        }
        let (said, hear) = channel();
        let path = base_name(&snapshot);
        let (directory, language) = (self.directory.clone(), language::current());
        let work = move || {
            let written = language.speak(|| write_both(&directory, &snapshot));
            // Nobody listens where the run has ended meanwhile.
            let _ = said.send(written);
        };
        match threads::spawn("files", work) {
            Ok(_) => self.under_way = Some(hear),
            Err(error) => {
                let why = error.to_string();
                return Said::NotWritten { path, why };
            }
        }
        Said::Writing
    }

    /// What came of it, once.
    pub fn news(&mut self) -> Option<Said> {
        match self.under_way.as_ref()?.try_recv() {
            Ok(said) => {
                self.under_way = None;
                Some(said)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.under_way = None;
                None
            }
        }
    }
}

/// `r53mon-app.example.com-20261126T215400Z`, of characters that are safe in any file system and shell.
fn base_name(snapshot: &Snapshot) -> String {
    let is_safe = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
    let name = snapshot.record.name.chars().take(LONGEST_NAME);
    let name = name.map(|character| if is_safe(character) { character } else { '_' });
    let time = format::rfc3339(snapshot.now).replace(['-', ':'], "");
    format!("r53mon-{}-{time}", name.collect::<String>())
}

/// Both files, or why not: one that is written stays. Within one second there may be several.
fn write_both(directory: &Path, snapshot: &Snapshot) -> Said {
    let base = base_name(snapshot);
    let others = (2..=MOST_IN_A_SECOND).map(|number| format!("{base}-{number}"));
    for name in std::iter::once(base.clone()).chain(others) {
        let names = [format!("{name}.md"), format!("{name}.json")];
        let [markdown, report] = &names;
        let not_written = |path: &str, error: &io::Error| Said::NotWritten {
            path: path.to_owned(),
            why: error.to_string(),
        };
        let written = write_new(directory, markdown, |out| {
            summary::write_markdown(out, snapshot, EndedBy::NotYet)
        });
        match written {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            Err(error) => return not_written(markdown, &error),
            Ok(()) => {}
        }
        let written = write_new(directory, report, |out| {
            json::write_report(out, snapshot, EndedBy::NotYet)
        });
        return match written {
            Ok(()) => Said::Written(names),
            Err(error) => not_written(report, &error),
        };
    }
    Said::NotWritten {
        path: format!("{base}.md"),
        why: io::Error::from(io::ErrorKind::AlreadyExists).to_string(),
    }
}

fn write_new(
    directory: &Path,
    name: &str,
    write: impl FnOnce(&mut BufWriter<std::fs::File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create_new(true)
        .open(directory.join(name))?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::language::Language;
    use crate::views::samples;

    #[test]
    fn a_name_has_only_safe_characters() {
        let mut snapshot = samples::running();
        assert_eq!(
            base_name(&snapshot),
            "r53mon-app.example.com-20261121T123456Z"
        );
        snapshot.record.name = "../*.\\052 ex\u{e9}mple/\u{1b}[31m\n".to_owned() + &"x".repeat(300);
        let name = base_name(&snapshot);
        assert!(name.starts_with("r53mon-..__._052_ex_mple__"), "{name}");
        assert!(name.len() < 140, "{name}");
    }

    #[test]
    fn both_files_are_written_and_never_over_others() {
        let directory = tempfile::tempdir().expect("a directory");
        let snapshot = samples::running();
        let Said::Written(names) = write_both(directory.path(), &snapshot) else {
            panic!("they are not written");
        };
        let read =
            |name: &String| std::fs::read_to_string(directory.path().join(name)).expect("a file");
        let [markdown, report] = names.each_ref().map(read);
        assert!(
            markdown.starts_with("# Route53 Weighted Traffic Monitor"),
            "{markdown}"
        );
        let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["ended_by"], "not_yet");
        // In the same second, the next ones have a number; there is an end to that.
        let again = |expected: &str| match write_both(directory.path(), &samples::failing()) {
            Said::Written([markdown, _]) => assert!(markdown.ends_with(expected), "{markdown}"),
            other => panic!("{other:?}"),
        };
        (2..=MOST_IN_A_SECOND).for_each(|number| again(&format!("Z-{number}.md")));
        let full = write_both(directory.path(), &samples::failing());
        assert!(matches!(full, Said::NotWritten { .. }), "{full:?}");
        assert_eq!(read(&names[0]), markdown);
    }

    #[test]
    fn statistics_speak_the_language_of_who_asks_and_the_report_english() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut files = Files {
            directory: directory.path().to_owned(),
            ..Files::default()
        };
        let snapshot = Arc::new(samples::mismatch());
        let said = Language::Korean.speak(|| files.write(Arc::clone(&snapshot)));
        assert_eq!(said, Said::Writing);
        let written = files.under_way.take().map(|under_way| under_way.recv());
        let Some(Ok(Said::Written(names))) = written else {
            panic!("they are not written: {written:?}");
        };
        let read =
            |name: &String| std::fs::read_to_string(directory.path().join(name)).expect("a file");
        let [markdown, report] = names.each_ref().map(read);
        assert!(markdown.contains("아직 끝나지 않았다"), "{markdown}");
        let mut english = Vec::new();
        json::write_report(&mut english, &snapshot, EndedBy::NotYet).expect("memory");
        assert_eq!(report.as_bytes(), english);
    }

    #[test]
    fn a_directory_that_is_not_there_is_told_with_the_cause() {
        let directory = tempfile::tempdir().expect("a directory");
        let said = write_both(&directory.path().join("gone"), &samples::running());
        assert!(matches!(said, Said::NotWritten { .. }), "{said:?}");
    }
}
