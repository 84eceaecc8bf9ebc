//! The result of a check as a file for programs that collect tests.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use crate::app::stream::{Reader, Sink};
use crate::error::{ExitCode, Failure};
use crate::model::language::both;
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
        let opened = File::create(path).map(|file| Self {
            file,
            path: path.to_owned(),
        });
        opened.map_err(|error| {
            let cure = match error.kind() {
                io::ErrorKind::IsADirectory => {
                    both!(
                        "name a file in that directory",
                        "그 디렉터리 안의 파일을 지정한다"
                    )
                }
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => both!(
                    "name a file in a directory that exists",
                    "있는 디렉터리 안의 파일을 지정한다",
                ),
                _ => both!(
                    "name a file that you may write",
                    "쓸 수 있는 파일을 지정한다"
                ),
            };
            let path = path.display();
            Obstacle::new(both!(
                "junit = \"{path}\": cannot be opened for writing: {error}",
                "junit = \"{path}\": 쓰려고 열 수 없다: {error}"
            ))
            .cure(cure)
        })
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
