//! What sources learn about one watched record, as plain values: everything that the judge can know passes as one of these.
//!
//! Each fact brings its time, so that whoever takes it in needs no clock. Servers and sets are told by their indices;
//! a set is one of the segment that the fact names.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use crate::model::answer::{Answer, Fault, Hint, Outcome, ServerMode};
use crate::model::by_hand::ByHand;
use crate::model::http::{Certificate, HttpFailure, Phases};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::record::{Place, WeightedGroup};
use crate::model::route53_error::Route53Error;
use crate::model::shortage::Shortage;

/// A moment of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Since the first query was due, by a clock that is never set; zero before that.
    pub uptime: Duration,
    /// By the clock on the wall, which may be set.
    pub wall: SystemTime,
}

/// Something that a source has learnt.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// A due time has come.
    Due {
        /// Whether the query was sent noticeably later.
        late: bool,
        /// Due times before it that were passed over.
        skipped: u64,
    },
    /// A query is on its way.
    Sent {
        /// When.
        at: At,
        /// The name server.
        server: ServerIndex,
        /// The number of the segment in force.
        segment: u64,
        /// In which role the server is asked.
        mode: ServerMode,
    },
    /// A usable answer has come.
    Answered {
        /// When.
        at: At,
        /// To which query.
        query: Query,
        /// How long it took.
        took: Duration,
        /// What it says.
        answer: Answer,
    },
    /// A query has brought no usable answer.
    Failed {
        /// When.
        at: At,
        /// Which query.
        query: Query,
        /// Why.
        fault: Fault,
        /// What the reply told besides.
        hint: Option<Hint>,
    },
    /// A query could not be asked, because this machine has too little of something.
    NotAsked {
        /// When.
        at: At,
        /// Which query.
        query: Query,
        /// Of what.
        shortage: Shortage,
    },
    /// This process or machine stood still: whatever was under way tells nothing.
    StoodStill {
        /// When it went on.
        at: At,
        /// When it was seen to work last, since the start of the run.
        since: Duration,
        /// For how long it stood still. The clock of the run may have stood still too.
        length: Duration,
        /// Whether it was the program that was stopped, as a job of a shell for one.
        stopped: bool,
    },
    /// An HTTP request has ended, or was not made.
    Requested {
        /// When.
        at: At,
        /// The number of the segment whose answer it follows.
        segment: u64,
        /// The set whose answer it follows.
        set: SetIndex,
        /// What became of it.
        outcome: HttpOutcome,
    },
    /// A server has shown a certificate that it did not show before.
    CertificateShown {
        /// When.
        at: At,
        /// The number of the segment whose answer was followed.
        segment: u64,
        /// The set whose answer was followed.
        set: SetIndex,
        /// The address that was asked.
        address: IpAddr,
        /// The certificate, valid or not.
        certificate: Certificate,
    },
    /// The configuration was asked for.
    Polled {
        /// When the answer was there.
        at: At,
        /// When it was asked for, since the start of the run.
        sent_at: Duration,
        /// What is declared, given what is known of health; or why that cannot be told.
        declared: Result<WeightedGroup, Route53Error>,
        /// From when all of it is known, health included, since the start of the run; `None` while health was never read.
        known_since: Option<Duration>,
    },
    /// A health check was read, and what is declared may be another split now.
    HealthRead {
        /// When the answer was there.
        at: At,
        /// When it was asked for, since the start of the run.
        sent_at: Duration,
        /// What is declared, given that.
        declared: WeightedGroup,
    },
    /// The change that the run waits for was asked for.
    ChangeRead {
        /// When the answer was there.
        at: At,
        /// How it stands; or why that cannot be told.
        change: Result<Submitted, Route53Error>,
    },
    /// A name server is asked at this address from now on; `None`: none is known.
    Readdressed {
        /// The name server.
        server: ServerIndex,
        /// Where it is asked.
        address: Option<SocketAddr>,
    },
    /// A target outside the zone was looked up.
    LookedUp {
        /// When the answer was there.
        at: At,
        /// When the look-up began, since the start of the run.
        began_at: Duration,
        /// The number of the segment that it was made for.
        segment: u64,
        /// Which target.
        place: Place,
        /// What it has shown; `None`: it failed.
        found: Option<Found>,
    },
    /// A resolver that was named was asked. Nothing of it is counted for a share.
    Resolved {
        /// When.
        at: At,
        /// Which.
        resolver: SocketAddr,
        /// What it answered, or why it did not.
        outcome: Outcome,
    },
    /// Time has passed: whoever counts on something that has not come stops waiting for it.
    Tick {
        /// What time it is.
        at: At,
    },
    /// Whoever watches has changed something about the run.
    ByHand {
        /// When.
        at: At,
        /// What.
        what: ByHand,
    },
    /// No further question is asked, and nobody waits for look-ups any more.
    Stopped {
        /// When.
        at: At,
    },
}

/// A query that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Query {
    /// When it was sent, since the start of the run.
    pub sent_at: Duration,
    /// The name server.
    pub server: ServerIndex,
    /// The number of the segment in force when it was sent.
    pub segment: u64,
    /// In which role the server was asked.
    pub mode: ServerMode,
    /// Datagrams that arrived meanwhile and were no answer to it.
    pub stray: u64,
}

/// A change of a zone that somebody has submitted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// Its id, without `/change/`.
    pub id: String,
    /// When it was submitted, by the clock of AWS.
    pub submitted_at: SystemTime,
    /// Whether all name servers of Route 53 have it.
    pub in_sync: bool,
}

/// What a look-up has shown.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Found {
    /// The addresses of the name.
    pub addresses: Vec<IpAddr>,
    /// How long they may be kept: the smallest TTL among them and the CNAMEs that lead to them.
    pub ttl: Duration,
}

/// What became of one HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpOutcome {
    /// A response came, if perhaps not the whole of it.
    Response {
        /// The address that was asked.
        address: IpAddr,
        /// Its status code.
        status: u16,
        /// Where the time was spent; `None`: it broke off.
        phases: Option<Phases>,
        /// What is wrong with it; `None`: it is as it should be. Nobody else decides that.
        failure: Option<HttpFailure>,
    },
    /// No response came.
    NoResponse {
        /// The address that was asked, or would have been.
        address: IpAddr,
        /// Why.
        failure: HttpFailure,
    },
    /// Too many requests were under way, so none was made; or this machine stood still while one was.
    Skipped,
    /// None was made, because that would have been more a second than is wished for.
    OverRate,
    /// None was made, because this machine has too little of something.
    Short(Shortage),
}
