//! Expected failures, and the exit code of every way out. A bug is the one failure that asks for a report.

use std::io;

use crate::config::check::Problems;
use crate::model::language::{Both, Phrase, pick};
use crate::model::obstacle::Obstacle;
use crate::model::shortage::Shortage;

/// The codes that the process ends with; the table in the README is public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitCode {
    /// All is well, or the user ended it.
    Success = 0,
    /// A bug.
    Unexpected = 1,
    /// Usage or settings.
    Usage = 2,
    /// The declared shares are proven not to be served.
    Mismatch = 3,
    /// Neither a match nor a mismatch when the time was up.
    Undecided = 4,
    /// Credentials, permission, zone, record, name servers.
    CouldNotMeasure = 5,
    /// SIGHUP.
    HungUp = 129,
    /// SIGINT without a dashboard.
    Interrupted = 130,
    /// SIGTERM.
    Terminated = 143,
}

/// Why a command could not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Bad settings, each problem on a line.
    #[error("{0}")]
    Settings(#[from] Problems),
    /// A bad line.
    #[error("{0}")]
    Usage(Obstacle),
    /// Something that measuring needs is not there.
    #[error("{0}")]
    Measure(Obstacle),
    /// A signal came before measuring began.
    #[error("ended before measuring began")]
    EndedEarly(ExitCode),
    /// The reader of our output has gone.
    #[error("the output was closed")]
    BrokenPipe,
    /// The output cannot be written.
    #[error("{what}: {0}", what = pick("cannot write the output", "출력을 쓸 수 없다"))]
    Output(io::Error),
    /// A bug.
    #[error("{0}")]
    Unexpected(Phrase),
}

impl Failure {
    /// The code that the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Settings(_) | Self::Usage(_) => ExitCode::Usage,
            Self::Measure(_) => ExitCode::CouldNotMeasure,
            Self::EndedEarly(code) => *code,
            // Who closes the pipe has read enough.
            Self::BrokenPipe => ExitCode::Success,
            Self::Output(_) | Self::Unexpected(_) => ExitCode::Unexpected,
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let cause = error.get_ref();
        if let Some(shortage) = cause.and_then(|cause| cause.downcast_ref::<Shortage>()) {
            let obstacle = Obstacle::new(Both::of(|| shortage.to_string()));
            Self::Measure(obstacle.cure(Both::of(|| shortage.cure().to_owned())))
        } else if error.kind() == io::ErrorKind::BrokenPipe {
            Self::BrokenPipe
        } else {
            Self::Output(error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_machine_lacks_is_no_fault_of_the_output() {
        let failure = Failure::from(io::Error::other(Shortage::Eagain));
        assert!(matches!(failure, Failure::Measure(_)), "{failure:?}");
        assert!(failure.to_string().contains("EAGAIN"), "{failure}");
        let full = Failure::from(io::Error::from_raw_os_error(28));
        assert!(matches!(full, Failure::Output(_)), "{full:?}");
    }
}
