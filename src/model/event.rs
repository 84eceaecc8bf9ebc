//! Things that happened during a run, for lists and logs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::answer::Fault;
use super::change::{Change, TtlChange};
use super::comparison::Measures;
use super::gate::{Gate, Known};
use super::index::ServerIndex;
use super::language::Both;
use super::name::RecordName;
use super::notice::Notice;
use super::record::{RecordType, WeightedGroup};
use super::route53_error::Route53Error;
use super::stage::StageNews;
use super::verdict::VerdictNews;
use super::words::words;

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
        /// Whether it was the program that was stopped.
        stopped: bool,
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
    /// A side is found to be worse than another over HTTP.
    SideWorse {
        /// The identifier of its set.
        set: String,
        /// That of the other one.
        than: String,
        /// By measure, in the order of [`Measure::ALL`](super::comparison::Measure::ALL).
        measures: Measures,
    },
    /// A side that was worse than another is not seen to be any more.
    SideNoLongerWorse {
        /// The identifier of its set.
        set: String,
        /// That of the other one.
        than: String,
    },
    /// A resolver that was named gives no answer.
    ResolverFailed {
        /// Where it is asked.
        address: SocketAddr,
        /// Why.
        fault: Fault,
    },
    /// A resolver that gave no answer gives one again.
    ResolverBack {
        /// Where it is asked.
        address: SocketAddr,
    },
    /// Something has happened to a cutover.
    Stage(StageNews),
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
    Failed(Both),
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
            Self::SideWorse { .. } => EventKind::SideWorse,
            Self::SideNoLongerWorse { .. } => EventKind::SideNoLongerWorse,
            Self::ResolverFailed { .. } => EventKind::ResolverFailed,
            Self::ResolverBack { .. } => EventKind::ResolverBack,
            Self::Stage(news) => news.kind(),
            Self::Noticed(_) => EventKind::Note,
            Self::Verdict(news) => news.kind(),
            Self::GateTripped { .. } => EventKind::GateTripped,
            Self::GateCleared { .. } => EventKind::GateCleared,
        }
    }
}

impl StageNews {
    /// What kind of thing it is.
    pub fn kind(&self) -> EventKind {
        match self {
            Self::Reached { .. } => EventKind::StageReached,
            Self::Left { .. } => EventKind::StageLeft,
            Self::Held { .. } => EventKind::StageHeld,
            Self::RollbackBegan { .. } => EventKind::Rollback,
            Self::RolledBack { .. } => EventKind::RolledBack,
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
            Self::Propagating { .. }
            | Self::PropagatingAgain { .. }
            | Self::ServerWentBack { .. } => EventKind::Propagating,
            Self::Propagated { .. } => EventKind::Propagated,
            Self::ServerSwitched { .. } => EventKind::ServerSwitched,
            Self::ServerStale { .. } => EventKind::ServerStale,
            Self::Blind { .. } => EventKind::Blind,
            Self::BlindEnded => EventKind::BlindEnded,
            Self::AnswersLost | Self::AnswersDepend { .. } => EventKind::Caveat,
            Self::NotServedSoFar { .. } => EventKind::NotServedSoFar,
            Self::Excluded { .. } => EventKind::ExcludedAnswer,
            Self::Off(_) => EventKind::Off,
            Self::OffEnded => EventKind::OffEnded,
        }
    }
}

/// What the end of a run is called beside the kinds of event, where somebody is told of each.
pub const END: &str = "end";

words! {
    /// The kinds of event, by their names in reports.
    pub enum EventKind {
        /// Measuring began.
        Started = "started",
        /// The declared configuration changed and a new segment began.
        Segment = "segment",
        /// The TTL of a record set changed; the split is the same.
        TtlChanged = "ttl_changed",
        /// What the reader of the numbers has to know all the time.
        Note = "note",
        /// The configuration could not be read.
        PollFailed = "poll_failed",
        /// The configuration was read again after failures.
        PollRecovered = "poll_recovered",
        /// A name server gives no usable answer.
        ServerSilent = "server_silent",
        /// A silent name server answers again.
        ServerBack = "server_back",
        /// A change that is waited for is on its way.
        ChangePending = "change_pending",
        /// A change that was waited for has reached all name servers.
        ChangeInSync = "change_in_sync",
        /// A look-up of a name server's or an alias target's address failed.
        LookupFailed = "lookup_failed",
        /// A name server is asked at another address.
        AddressChanged = "address_changed",
        /// This process or machine stood still.
        StoodStill = "stood_still",
        /// Counting began anew by hand and a new segment began.
        CountedAnew = "counted_anew",
        /// The rate was changed by hand.
        RateChanged = "rate_changed",
        /// HTTP requests were switched on or off by hand.
        HttpSwitched = "http_switched",
        /// A side is worse than another over HTTP.
        SideWorse = "side_worse",
        /// A side is not seen to be worse than another any more.
        SideNoLongerWorse = "side_no_longer_worse",
        /// A resolver that was named gives no answer.
        ResolverFailed = "resolver_failed",
        /// A resolver answers again.
        ResolverBack = "resolver_back",
        /// The declared weights are those of a stage of the plan.
        StageReached = "stage_reached",
        /// They are those of no stage any more.
        StageLeft = "stage_left",
        /// All that a stage waits for is there.
        StageHeld = "stage_held",
        /// The declared weights are those of an earlier stage again.
        Rollback = "rollback",
        /// A rollback has come through.
        RolledBack = "rolled_back",
        /// Every share is proven to be within its tolerance.
        Match = "match",
        /// The declared shares are proven not to be served.
        Mismatch = "mismatch",
        /// The configuration was read again and confirms a mismatch that stood without it.
        MismatchConfirmed = "mismatch_confirmed",
        /// A match after a mismatch.
        Recovered = "recovered",
        /// A mismatch that waits for the configuration to be read once more.
        Suspicion = "suspicion",
        /// Name servers have to go over to new shares, or have to show it once more.
        Propagating = "propagating",
        /// All name servers have gone over to the declared shares.
        Propagated = "propagated",
        /// A name server has gone over to the declared shares.
        ServerSwitched = "server_switched",
        /// A name server still serves the shares of before.
        ServerStale = "server_stale",
        /// No named answer has come for a while.
        Blind = "blind",
        /// Named answers come again.
        BlindEnded = "blind_ended",
        /// Something that makes the verdict weaker than it says.
        Caveat = "caveat",
        /// At the start of a run something came that does not fit what is declared.
        NotServedSoFar = "not_served_so_far",
        /// An answer of a set whose declared share is zero, or that is no member any more.
        ExcludedAnswer = "excluded_answer",
        /// The split is not exactly the declared one, whatever the tolerance.
        Off = "off",
        /// Nothing speaks against exactly the declared split any more.
        OffEnded = "off_ended",
        /// A rule does not hold.
        GateTripped = "gate_tripped",
        /// A rule that did not hold has nothing against it any more.
        GateCleared = "gate_cleared",
    }
}

impl EventKind {
    /// Whether a reader should worry.
    pub fn is_warning(self) -> bool {
        matches!(
            self,
            Self::Note
                | Self::PollFailed
                | Self::ServerSilent
                | Self::LookupFailed
                | Self::SideWorse
                | Self::ResolverFailed
                | Self::Mismatch
                | Self::MismatchConfirmed
                | Self::Suspicion
                | Self::StageLeft
                | Self::Rollback
                | Self::ServerStale
                | Self::Blind
                | Self::Caveat
                | Self::ExcludedAnswer
                | Self::Off
                | Self::GateTripped
        )
    }
}
