//! Things that happened during a run, for lists and logs.

use std::time::SystemTime;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SystemTime,
    /// What kind of thing.
    pub kind: EventKind,
    /// In a sentence.
    pub message: String,
}

/// The kinds of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// Measuring began.
    Started,
    /// The declared configuration changed and a new segment began.
    Segment,
    /// The TTL of a record set changed; the split is the same.
    TtlChanged,
    /// What the reader of the numbers has to know all the time.
    Note,
    /// The configuration could not be read.
    PollFailed,
    /// The configuration was read again after failures.
    PollRecovered,
    /// A name server gives no usable answer.
    ServerSilent,
    /// A silent name server answers again.
    ServerBack,
    /// A look-up of a name server's or an alias target's address failed.
    LookupFailed,
    /// A name server is asked at another address.
    AddressChanged,
}

impl EventKind {
    /// The name of the kind in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Segment => "segment",
            Self::TtlChanged => "ttl_changed",
            Self::Note => "note",
            Self::PollFailed => "poll_failed",
            Self::PollRecovered => "poll_recovered",
            Self::ServerSilent => "server_silent",
            Self::ServerBack => "server_back",
            Self::LookupFailed => "lookup_failed",
            Self::AddressChanged => "address_changed",
        }
    }

    /// Whether a reader should worry.
    pub fn is_warning(self) -> bool {
        matches!(
            self,
            Self::Note | Self::PollFailed | Self::ServerSilent | Self::LookupFailed
        )
    }
}
