//! What this machine may have too little of. A question that could not even be sent says nothing about who was to be asked.

use std::error::Error;
use std::fmt;

use rustix::io::Errno;

use super::words::words;

words! {
    /// Why the system made no socket or thread, by the name of its error.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum Shortage {
        /// This process has as many files open as it may.
        Emfile = "EMFILE",
        /// The whole machine has as many files open as it can.
        Enfile = "ENFILE",
        /// No buffers for the network.
        Enobufs = "ENOBUFS",
        /// No memory.
        Enomem = "ENOMEM",
        /// No further thread, no free port.
        Eagain = "EAGAIN",
    }
}

impl Shortage {
    /// The shortage that an error of the system tells of, by its number.
    pub fn of(code: Option<i32>) -> Option<Self> {
        let code = code?;
        let errors = [
            (Errno::MFILE, Self::Emfile),
            (Errno::NFILE, Self::Enfile),
            (Errno::NOBUFS, Self::Enobufs),
            (Errno::NOMEM, Self::Enomem),
            (Errno::AGAIN, Self::Eagain),
        ];
        let mut errors = errors.into_iter();
        let found = errors.find(|(error, _)| error.raw_os_error() == code);
        found.map(|(_, shortage)| shortage)
    }

    /// What there is too little of.
    pub fn what(self) -> &'static str {
        match self {
            Self::Emfile => "this process may open no further file or socket",
            Self::Enfile => "this machine can open no further file or socket",
            Self::Enobufs => "this machine has no buffers left for the network",
            Self::Enomem => "this machine has no memory left",
            Self::Eagain => "this machine gives no further thread or port",
        }
    }

    /// What to do about it.
    pub fn cure(self) -> &'static str {
        match self {
            Self::Emfile => "raise the limit of open files (ulimit -n)",
            Self::Enfile | Self::Enobufs | Self::Enomem => "free some, or use another machine",
            Self::Eagain => "raise the limit of processes (ulimit -u), or end others",
        }
    }
}

impl Error for Shortage {}

impl fmt::Display for Shortage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.what(), self.as_str())
    }
}
