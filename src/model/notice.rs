//! What the reader of the numbers has to know as long as it stands, as values. The sentences are made by the views.

use std::net::IpAddr;
use std::time::Duration;

use super::answer::{Fault, Rcode};
use super::finding::{CheckId, Finding, RecordRemark, Status};
use super::index::ServerIndex;
use super::name::RecordName;
use super::route53_error::Route53Error;
use super::shortage::Shortage;
use super::words::words;

/// Something that the reader of the numbers has to know.
#[derive(Clone, Debug, PartialEq)]
pub enum Notice {
    /// Certificates of the endpoint are not verified.
    Insecure,
    /// Servers answer that there is no such name or record.
    Negative {
        /// [`Fault::Nxdomain`] or [`Fault::Nodata`].
        fault: Fault,
        /// Those that do.
        servers: Vec<ServerIndex>,
        /// How long resolvers keep that; `None`: they must not.
        keep: Option<Duration>,
    },
    /// Servers say that the name lies in a zone of its own.
    Referral {
        /// What was asked for.
        asked: RecordName,
        /// Where that zone begins.
        child: RecordName,
        /// Those that do.
        servers: Vec<ServerIndex>,
    },
    /// Servers answer without authority and offer recursion.
    Recursive {
        /// Those that do.
        servers: Vec<ServerIndex>,
    },
    /// Servers answer with a response code that makes no sense as a reply to a question.
    Rcode {
        /// The newest.
        rcode: Rcode,
        /// Those that do.
        servers: Vec<ServerIndex>,
    },
    /// This machine had too little of something, so nothing was asked.
    Shortage {
        /// Of what.
        shortage: Shortage,
        /// How many questions were not asked since that came up.
        queries: u64,
        /// How many HTTP requests were not made.
        requests: u64,
    },
    /// Servers are asked without EDNS, because with it they do not answer.
    WithoutEdns {
        /// Those that are.
        servers: Vec<ServerIndex>,
    },
    /// Targets have more addresses than are kept.
    PoolsFull {
        /// The identifiers of the first few of their sets.
        sets: Vec<String>,
        /// How many there are besides.
        more: usize,
        /// So many addresses are kept of each.
        kept: usize,
    },
    /// Some addresses of sets fail over HTTP while the others of the set do not.
    BadAddresses {
        /// The first few.
        addresses: Vec<BadAddress>,
        /// How many there are besides.
        more: usize,
    },
    /// Certificates of sets end soon, or have ended.
    CertificatesEnd {
        /// The first few, the one that ends first before the others.
        sets: Vec<CertificateEnds>,
        /// How many there are besides.
        more: usize,
    },
    /// What a check has found.
    Finding(Finding),
    /// Not one answer tells from which set it came.
    NothingApart,
    /// Answers of some sets cannot be told apart.
    LookAlike {
        /// The first few pairs.
        pairs: Vec<LookAlike>,
        /// How many pairs there are besides.
        more: usize,
    },
    /// Answers hold values that no set declares.
    Undeclared {
        /// The most frequent of these values.
        values: Vec<String>,
        /// How many there are besides.
        more: usize,
        /// Who gave them.
        servers: Vec<ServerIndex>,
        /// How many such answers came.
        answers: u64,
    },
    /// An answer held only some values of a set.
    PartialAnswer {
        /// Who gave it.
        server: ServerIndex,
        /// The identifier of the set.
        set: String,
        /// How many it held.
        held: usize,
        /// Of so many.
        of: usize,
    },
    /// Answers come through resolvers.
    Resolvers {
        /// Their addresses.
        addresses: Vec<IpAddr>,
        /// The longest TTL of the sets, as far as one is known.
        ttl: Option<Duration>,
    },
    /// The change that the run waits for cannot be asked for, and why.
    ChangeUnread(Route53Error),
    /// The status of health checks cannot be read.
    HealthUnread {
        /// Why.
        error: Route53Error,
        /// Whether what was read before still counts; else they count as healthy.
        was_read: bool,
    },
    /// Something about the record besides its shares.
    Record(RecordRemark),
    /// The sets have different TTLs: these, the shortest first.
    TtlsDiffer(Vec<Duration>),
    /// Stages name sets that the record does not have: these.
    StagesUnknown(Vec<String>),
    /// Gates name a set or a name server that is not there, so they hold nothing: these, as they are written.
    GatesUnknown(Vec<String>),
    /// Gates that need more samples than come in their time, so they hold nothing: these.
    GatesStarved(Vec<StarvedGate>),
    /// The log is not whole.
    LogIncomplete {
        /// The file.
        path: String,
        /// Why it could not be written.
        why: String,
    },
    /// Events that somebody outside was to be told were not.
    Untold {
        /// On which way.
        way: Way,
        /// How many were tried in vain.
        failed: u64,
        /// How many found no room, because too many were waiting already.
        surplus: u64,
        /// What went wrong last.
        why: String,
    },
    /// The simulated world has no web servers, and why.
    NoWebServers(String),
    /// The simulated world waits for changes of its weights from outside.
    Rehearsal {
        /// Where its API is.
        api_url: String,
        /// What it takes as credentials; it is no secret.
        keys: [String; 2],
        /// Its hosted zone.
        zone_id: String,
    },
}

words! {
    /// How events are told outside, each by the setting that asks for it.
    #[derive(PartialOrd, Ord)]
    pub enum Way {
        /// A program is run for each.
        Program = "on_event",
        /// Each is posted to a URL.
        Webhook = "webhook",
    }
}

/// An address of a set that fails over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    /// The identifier of the set.
    pub set: String,
    /// Its address.
    pub address: IpAddr,
    /// How many requests failed over the rolling window.
    pub failed: u64,
    /// Of so many.
    pub requests: u64,
}

/// A gate that gets too few samples.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StarvedGate {
    /// The rule as it is written.
    pub rule: String,
    /// It needs so many.
    pub needed: u64,
    /// About so many come in its time.
    pub expected: u64,
}

/// The end of the certificate of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateEnds {
    /// The identifier of the set.
    pub set: String,
    /// In how many days; below zero: it has.
    pub days: i64,
}

/// Two sets of which some answers could be either's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookAlike {
    /// The identifier of the one; if only one of the two loses all its answers, this one.
    pub one: String,
    /// The identifier of the other.
    pub two: String,
    /// How much is lost.
    pub lost: Lost,
}

/// Which answers of two sets cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// All of both.
    All,
    /// All of the one, and some of the other.
    AllOfOne,
    /// Those with nothing but shared addresses.
    Shared {
        /// Addresses that both can answer with.
        shared: usize,
        /// Addresses that either can answer with.
        addresses: usize,
    },
}

/// What a notice is about: a notice takes the place of another about the same. The order is that of urgency: what breaks
/// a promise to the user first, then what makes the numbers wrong, then what makes them say less, then what is good to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// [`Notice::Insecure`].
    Insecure,
    /// The API is asked over plain http.
    ApiInTheClear,
    /// A check that found measuring pointless.
    Failed(CheckId),
    /// [`Notice::Negative`], no such name.
    Nxdomain,
    /// [`Notice::Negative`], no such record.
    Nodata,
    /// [`Notice::Undeclared`].
    Undeclared,
    /// [`Notice::Referral`].
    Referral,
    /// [`Notice::Recursive`].
    Recursive,
    /// [`Notice::Rcode`].
    Rcode,
    /// [`Notice::Shortage`].
    Shortage,
    /// [`Notice::NothingApart`] and [`Notice::LookAlike`].
    LookAlike,
    /// [`Notice::PoolsFull`].
    PoolsFull,
    /// [`Notice::BadAddresses`].
    BadAddresses,
    /// [`Notice::CertificatesEnd`].
    CertificatesEnd,
    /// [`Notice::PartialAnswer`].
    PartialAnswer,
    /// [`RecordRemark::Wildcard`].
    Wildcard,
    /// [`Notice::Resolvers`].
    Resolvers,
    /// [`Notice::WithoutEdns`].
    WithoutEdns,
    /// [`Notice::ChangeUnread`].
    ChangeUnread,
    /// [`Notice::HealthUnread`].
    HealthUnread,
    /// A check that found something to be known.
    Warned(CheckId),
    /// [`RecordRemark::OtherType`].
    OtherType,
    /// [`Notice::StagesUnknown`].
    StagesUnknown,
    /// [`Notice::GatesUnknown`].
    GatesUnknown,
    /// [`Notice::GatesStarved`].
    GatesStarved,
    /// [`Notice::TtlsDiffer`].
    TtlsDiffer,
    /// [`Notice::LogIncomplete`].
    LogIncomplete,
    /// [`Notice::Untold`], by the way.
    Untold(Way),
    /// [`Notice::NoWebServers`].
    NoWebServers,
    /// [`Notice::Rehearsal`].
    Rehearsal,
}

impl Subject {
    /// The name in reports, for checks that of the check.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Insecure => "insecure",
            Self::ApiInTheClear => CheckId::Api.as_str(),
            Self::Failed(check) | Self::Warned(check) => check.as_str(),
            Self::Nxdomain => "nxdomain",
            Self::Nodata => "nodata",
            Self::Undeclared => "undeclared",
            Self::Referral => "referral",
            Self::Recursive => "recursive",
            Self::Rcode => "rcode",
            Self::Shortage => "shortage",
            Self::LookAlike => "look_alike",
            Self::BadAddresses => "bad_addresses",
            Self::CertificatesEnd => "certificates_end",
            Self::PoolsFull => "pools_full",
            Self::PartialAnswer => "partial_answer",
            Self::Wildcard => "wildcard",
            Self::Resolvers => "resolvers",
            Self::WithoutEdns => "without_edns",
            Self::ChangeUnread => "change_unread",
            Self::HealthUnread => "health_unread",
            Self::OtherType => "other_type",
            Self::StagesUnknown => "stages_unknown",
            Self::GatesUnknown => "gates_unknown",
            Self::GatesStarved => "gates_starved",
            Self::TtlsDiffer => "ttls_differ",
            Self::LogIncomplete => "log_incomplete",
            Self::Untold(way) => way.as_str(),
            Self::NoWebServers => "no_web_servers",
            Self::Rehearsal => "rehearsal",
        }
    }
}

impl Notice {
    /// Whether it is something to worry about.
    pub fn is_warning(&self) -> bool {
        !matches!(self, Self::Rehearsal { .. })
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Insecure => Subject::Insecure,
            Self::Negative { fault, .. } if *fault == Fault::Nxdomain => Subject::Nxdomain,
            Self::Negative { .. } => Subject::Nodata,
            Self::Undeclared { .. } => Subject::Undeclared,
            Self::PartialAnswer { .. } => Subject::PartialAnswer,
            Self::Referral { .. } => Subject::Referral,
            Self::Recursive { .. } => Subject::Recursive,
            Self::Finding(found) if found.status == Status::Failed => Subject::Failed(found.check),
            Self::Finding(found) if found.check == CheckId::Api => Subject::ApiInTheClear,
            Self::Finding(found) => Subject::Warned(found.check),
            Self::Rcode { .. } => Subject::Rcode,
            Self::Shortage { .. } => Subject::Shortage,
            Self::BadAddresses { .. } => Subject::BadAddresses,
            Self::CertificatesEnd { .. } => Subject::CertificatesEnd,
            Self::PoolsFull { .. } => Subject::PoolsFull,
            Self::WithoutEdns { .. } => Subject::WithoutEdns,
            Self::NothingApart | Self::LookAlike { .. } => Subject::LookAlike,
            Self::Resolvers { .. } => Subject::Resolvers,
            Self::ChangeUnread(_) => Subject::ChangeUnread,
            Self::HealthUnread { .. } => Subject::HealthUnread,
            Self::Record(RecordRemark::Wildcard { .. }) => Subject::Wildcard,
            Self::Record(RecordRemark::OtherType { .. }) => Subject::OtherType,
            Self::StagesUnknown(_) => Subject::StagesUnknown,
            Self::GatesUnknown(_) => Subject::GatesUnknown,
            Self::GatesStarved(_) => Subject::GatesStarved,
            Self::TtlsDiffer(_) => Subject::TtlsDiffer,
            Self::LogIncomplete { .. } => Subject::LogIncomplete,
            Self::Untold { way, .. } => Subject::Untold(*way),
            Self::NoWebServers(_) => Subject::NoWebServers,
            Self::Rehearsal { .. } => Subject::Rehearsal,
        }
    }
}
