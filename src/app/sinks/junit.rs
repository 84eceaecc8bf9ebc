//! The result of a check as a file for programs that collect tests.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::app::purpose::unwritable;
use crate::app::stream::{Reader, Sink};
use crate::error::{ExitCode, Failure};
use crate::model::obstacle::Obstacle;
use crate::views::junit::{self, Outcome};

/// The file, which is there from the start: so it cannot be that of an earlier run, and one that cannot be written is told at
/// once.
#[derive(Debug)]
pub(in crate::app) struct Junit {
    file: File,
    path: PathBuf,
}

impl Junit {
    /// Makes the file.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn create(path: &Path) -> Result<Self, Obstacle> {
        let path = path.to_owned();
        match File::create(&path) {
            Ok(file) => Ok(Self { file, path }),
            Err(error) => Err(unwritable("junit", &path, &error)),
        }
    }
}

impl Sink for Junit {
    fn name(&self) -> &'static str {
        "junit"
    }

    fn is_for_people(&self) -> bool {
        false
    }

    fn run(self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        if let Some(last) = reader.last()
            && let Some(ending) = last.ended
        {
            let result = match ending.code {
                ExitCode::Success => Outcome::Passed,
                ExitCode::Mismatch => Outcome::Failed,
                _ => Outcome::Undecided,
            };
            let file = BufWriter::new(self.file);
            junit::write(file, &last.snapshot, ending.by, result).map_err(|error| {
                // Stdout may be fine: it has to be said which output it is.
                let path = self.path.display();
                let named = format!("junit = \"{path}\": {error}");
                Failure::Output(io::Error::new(error.kind(), named))
            })?;
        }
        Ok(())
    }
}
