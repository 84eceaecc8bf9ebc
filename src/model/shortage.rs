//! What this machine may have too little of. A question that could not even be sent says nothing about who was to be asked.

use std::error::Error;
use std::fmt;

use rustix::io::Errno;

use super::language::pick;
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
            Self::Emfile => pick(
                "this process may open no further file or socket",
                "이 프로세스는 파일이나 소켓을 더 열 수 없다",
            ),
            Self::Enfile => pick(
                "this machine can open no further file or socket",
                "이 컴퓨터는 파일이나 소켓을 더 열 수 없다",
            ),
            Self::Enobufs => pick(
                "this machine has no buffers left for the network",
                "이 컴퓨터에 네트워크 버퍼가 남아 있지 않다",
            ),
            Self::Enomem => pick(
                "this machine has no memory left",
                "이 컴퓨터에 메모리가 남아 있지 않다",
            ),
            Self::Eagain => pick(
                "this machine gives no further thread or port",
                "이 컴퓨터는 스레드나 포트를 더 주지 않는다",
            ),
        }
    }

    /// What to do about it.
    pub fn cure(self) -> &'static str {
        match self {
            Self::Emfile => pick(
                "raise the limit of open files (ulimit -n)",
                "열 수 있는 파일 수의 한도를 올린다 (ulimit -n)",
            ),
            Self::Enfile | Self::Enobufs | Self::Enomem => pick(
                "free some, or use another machine",
                "자원을 비우거나 다른 컴퓨터를 쓴다",
            ),
            Self::Eagain => pick(
                "raise the limit of processes (ulimit -u), or end others",
                "프로세스 수의 한도를 올리거나 (ulimit -u) 다른 프로세스를 끝낸다",
            ),
        }
    }
}

impl Error for Shortage {}

impl fmt::Display for Shortage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.what(), self.as_str())
    }
}
