//! Things that happened during a run, for lists and logs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::change::{Change, TtlChange};
use super::gate::{Gate, Known};
use super::index::ServerIndex;
use super::name::RecordName;
use super::notice::Notice;
use super::record::{RecordType, WeightedGroup};
use super::route53_error::Route53Error;
use super::verdict::VerdictNews;

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// When.
    pub at: SystemTime,
    /// What.
    pub what: Happening,
}

impl Event {
    /// What kind of thing it is.
    pub fn kind(&self) -> EventKind {
        self.what.kind()
    }
}

/// What happened, with its numbers. The sentences are made by the views.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// Measuring began.
    Started {
        /// What is measured.
        group: Arc<WeightedGroup>,
        /// How many name servers are asked.
        servers: usize,
        /// The address of the API without its secrets, where it is not Amazon's.
        api_url: Option<String>,
    },
    /// The declared configuration changed.
    SegmentBegan {
        /// The number of the new segment; the first of a run is 1.
        segment: u64,
        /// What changed.
        changes: Arc<[Change]>,
    },
    /// TTLs changed; the split is the same.
    TtlChanged(Vec<TtlChange>),
    /// The configuration could not be read, and why.
    PollFailed(Route53Error),
    /// The configuration was read again after failures.
    PollRecovered,
    /// A name server gives no usable answer.
    ServerSilent {
        /// Which.
        server: ServerIndex,
    },
    /// A silent name server answers again.
    ServerBack {
        /// Which.
        server: ServerIndex,
    },
    /// The change that the run waits for has not reached all name servers yet.
    ChangePending {
        /// Its id.
        id: String,
        /// When it was submitted, by the clock of AWS.
        submitted_at: SystemTime,
    },
    /// The change that the run waits for has reached all name servers, as the API says.
    ChangeInSync {
        /// Its id.
        id: String,
        /// When it was submitted, by the clock of AWS.
        submitted_at: SystemTime,
    },
    /// The addresses of a name could not be looked up.
    LookupFailed {
        /// Whose addresses.
        of: LookedUp,
        /// Why.
        why: NoAddress,
    },
    /// A name server is asked at another address.
    AddressChanged {
        /// Which.
        server: ServerIndex,
        /// The address that failed again and again; `None`: its name was looked up again.
        failed: Option<SocketAddr>,
        /// Where it is asked now; `None`: it has no address.
        address: Option<SocketAddr>,
    },
    /// This process or machine stood still: nobody was asked meanwhile, and what was under way is not counted.
    StoodStill {
        /// For so long.
        length: Duration,
    },
    /// Whoever watches had counting begin anew, with the same declared shares.
    CountedAnew {
        /// The number of the new segment.
        segment: u64,
    },
    /// Whoever watches had the rate changed.
    RateChanged {
        /// Queries a second from now on.
        per_second: u32,
    },
    /// Whoever watches had HTTP requests switched on or off.
    HttpSwitched {
        /// Whether they are made from now on.
        on: bool,
    },
    /// Something has to be known from now on.
    Noticed(Notice),
    /// Something has happened to the verdict.
    Verdict(VerdictNews),
    /// A rule does not hold.
    GateTripped {
        /// Which.
        gate: Arc<Gate>,
        /// For whom, what was measured, and since when it is so.
        known: Known,
    },
    /// A rule that did not hold has nothing against it any more.
    GateCleared {
        /// Which.
        gate: Arc<Gate>,
        /// For whom, what is measured now, and since when it did not hold.
        known: Known,
    },
}

/// What was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookedUp {
    /// The name server with this name.
    Server(String),
    /// The target of a set.
    Target {
        /// The name of the target.
        name: RecordName,
        /// The identifier of the set.
        set: String,
    },
}

/// Why a look-up gave no address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAddress {
    /// It failed, in the words of the resolver.
    Failed(String),
    /// The name has no record of this type.
    NoRecord(RecordType),
}

impl Happening {
    /// What kind of thing it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Started { .. } => EventKind::Started,
            Self::SegmentBegan { .. } => EventKind::Segment,
            Self::TtlChanged(_) => EventKind::TtlChanged,
            Self::PollFailed(_) => EventKind::PollFailed,
            Self::PollRecovered => EventKind::PollRecovered,
            Self::ServerSilent { .. } => EventKind::ServerSilent,
            Self::ServerBack { .. } => EventKind::ServerBack,
            Self::ChangePending { .. } => EventKind::ChangePending,
            Self::ChangeInSync { .. } => EventKind::ChangeInSync,
            Self::LookupFailed { .. } => EventKind::LookupFailed,
            Self::AddressChanged { .. } => EventKind::AddressChanged,
            Self::StoodStill { .. } => EventKind::StoodStill,
            Self::CountedAnew { .. } => EventKind::CountedAnew,
            Self::RateChanged { .. } => EventKind::RateChanged,
            Self::HttpSwitched { .. } => EventKind::HttpSwitched,
            Self::Noticed(_) => EventKind::Note,
            Self::Verdict(news) => news.kind(),
            Self::GateTripped { .. } => EventKind::GateTripped,
            Self::GateCleared { .. } => EventKind::GateCleared,
        }
    }
}

impl VerdictNews {
    /// What kind of thing it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Match { .. } => EventKind::Match,
            Self::Recovered { .. } => EventKind::Recovered,
            Self::Mismatch(_) => EventKind::Mismatch,
            Self::MismatchConfirmed => EventKind::MismatchConfirmed,
            Self::Suspicion(_) => EventKind::Suspicion,
            Self::Propagating { .. } | Self::PropagatingAgain { .. } => EventKind::Propagating,
            Self::Propagated { .. } => EventKind::Propagated,
            Self::ServerSwitched { .. } => EventKind::ServerSwitched,
            Self::ServerStale { .. } => EventKind::ServerStale,
            Self::Blind { .. } => EventKind::Blind,
            Self::BlindEnded => EventKind::BlindEnded,
            Self::AnswersLost | Self::AnswersDepend { .. } => EventKind::Caveat,
            Self::NotServedSoFar { .. } => EventKind::NotServedSoFar,
            Self::Off(_) => EventKind::Off,
            Self::OffEnded => EventKind::OffEnded,
        }
    }
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
    /// A change that is waited for is on its way.
    ChangePending,
    /// A change that was waited for has reached all name servers.
    ChangeInSync,
    /// A look-up of a name server's or an alias target's address failed.
    LookupFailed,
    /// A name server is asked at another address.
    AddressChanged,
    /// This process or machine stood still.
    StoodStill,
    /// Counting began anew by hand and a new segment began.
    CountedAnew,
    /// The rate was changed by hand.
    RateChanged,
    /// HTTP requests were switched on or off by hand.
    HttpSwitched,
    /// Every share is proven to be within its tolerance.
    Match,
    /// The declared shares are proven not to be served.
    Mismatch,
    /// The configuration was read again and confirms a mismatch that stood without it.
    MismatchConfirmed,
    /// A match after a mismatch.
    Recovered,
    /// A mismatch that waits for the configuration to be read once more.
    Suspicion,
    /// Name servers have to go over to new shares, or have to show it once more.
    Propagating,
    /// All name servers have gone over to the declared shares.
    Propagated,
    /// A name server has gone over to the declared shares.
    ServerSwitched,
    /// A name server still serves the shares of before.
    ServerStale,
    /// No named answer has come for a while.
    Blind,
    /// Named answers come again.
    BlindEnded,
    /// Something that makes the verdict weaker than it says.
    Caveat,
    /// At the start of a run something came that does not fit what is declared.
    NotServedSoFar,
    /// The split is not exactly the declared one, whatever the tolerance.
    Off,
    /// Nothing speaks against exactly the declared split any more.
    OffEnded,
    /// A rule does not hold.
    GateTripped,
    /// A rule that did not hold has nothing against it any more.
    GateCleared,
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
            Self::ChangePending => "change_pending",
            Self::ChangeInSync => "change_in_sync",
            Self::LookupFailed => "lookup_failed",
            Self::AddressChanged => "address_changed",
            Self::StoodStill => "stood_still",
            Self::CountedAnew => "counted_anew",
            Self::RateChanged => "rate_changed",
            Self::HttpSwitched => "http_switched",
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::MismatchConfirmed => "mismatch_confirmed",
            Self::Recovered => "recovered",
            Self::Suspicion => "suspicion",
            Self::Propagating => "propagating",
            Self::Propagated => "propagated",
            Self::ServerSwitched => "server_switched",
            Self::ServerStale => "server_stale",
            Self::Blind => "blind",
            Self::BlindEnded => "blind_ended",
            Self::Caveat => "caveat",
            Self::NotServedSoFar => "not_served_so_far",
            Self::Off => "off",
            Self::OffEnded => "off_ended",
            Self::GateTripped => "gate_tripped",
            Self::GateCleared => "gate_cleared",
        }
    }

    /// Whether a reader should worry.
    pub fn is_warning(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::PollFailed
                | Self::ServerSilent
                | Self::LookupFailed
                | Self::Mismatch
                | Self::MismatchConfirmed
                | Self::Suspicion
                | Self::ServerStale
                | Self::Blind
                | Self::Caveat
                | Self::Off
                | Self::GateTripped
        )
    }
}
