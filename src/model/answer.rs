//! What one probe can learn: an answer, or a fault of a known kind. A failed probe is a fact, not an error that travels.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::name::RecordName;
use super::shortage::Shortage;
use super::words::words;

/// One usable answer of a name server: everything in it that tells which record set was picked.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Answer {
    /// Where the queried name itself points, if it is a CNAME.
    pub canonical_name: Option<RecordName>,
    /// Addresses of the queried name, or of the end of its chain of CNAMEs.
    pub addresses: Vec<IpAddr>,
    /// Smallest TTL of the records that count.
    pub ttl: Option<Duration>,
    /// Smallest TTL of the records of the queried name itself: so long a cache keeps the set that was picked, however
    /// soon it asks for the end of the chain again.
    pub own_ttl: Option<Duration>,
}

/// Something that an answer holds, or says in place of that.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerValue {
    /// An address of the queried name, or of the end of its chain of CNAMEs.
    Address(IpAddr),
    /// The name that the queried name itself is a CNAME of.
    Target(RecordName),
    /// There is no such name.
    Nxdomain,
    /// There is no such record at the name.
    Nodata,
}

impl fmt::Display for AnswerValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(formatter),
            Self::Target(name) => name.fmt(formatter),
            Self::Nxdomain => formatter.pad("NXDOMAIN"),
            Self::Nodata => formatter.pad("no data"),
        }
    }
}

words! {
    /// In which role a server is asked.
    #[derive(Hash, Default)]
    pub enum ServerMode {
        /// As one of the zone's own: without recursion, and only authoritative answers count.
        #[default]
        Direct = "direct",
        /// As a resolver: with recursion, and what it answers may come out of its cache.
        ThroughResolver = "through_resolver",
    }
}

/// What an answer that does not count tells besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hint {
    /// There is no such name, or no such record at it.
    Negative {
        /// [`Fault::Nxdomain`] or [`Fault::Nodata`].
        fault: Fault,
        /// How long resolvers keep that: the smaller of the SOA's TTL and its minimum field (RFC 2308 section 5).
        /// `None` without an SOA; then nobody may keep it.
        keep: Option<Duration>,
    },
    /// The name lies in a zone of its own that other servers answer for.
    Referral {
        /// What was asked for.
        asked: RecordName,
        /// Where that zone begins.
        child: RecordName,
    },
    /// The answer is not authoritative and recursion is offered: a resolver, or somebody in between.
    Recursive,
    /// The response code makes no sense as a reply to a question.
    Rcode(Rcode),
}

/// The response code of a reply (RFC 1035 section 4.1.1, RFC 6895), as far as it is told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rcode {
    /// 0: no error.
    NoError,
    /// 2: the server could not.
    ServFail,
    /// 3: the name does not exist.
    NxDomain,
    /// 5: the server does not want to.
    Refused,
    /// Any other, by its number.
    Other(u16),
}

impl fmt::Display for Rcode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoError => formatter.pad("NOERROR"),
            Self::ServFail => formatter.pad("SERVFAIL"),
            Self::NxDomain => formatter.pad("NXDOMAIN"),
            Self::Refused => formatter.pad("REFUSED"),
            Self::Other(code) => match name_of(*code) {
                Some(name) => formatter.pad(name),
                None => write!(formatter, "rcode {code}"),
            },
        }
    }
}

/// The names of the codes that are not told apart otherwise (IANA, DNS RCODEs).
fn name_of(code: u16) -> Option<&'static str> {
    Some(match code {
        1 => "FORMERR",
        4 => "NOTIMP",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        11 => "DSOTYPENI",
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        _ => return None,
    })
}

words! {
    /// Why a query brought no usable answer.
    #[derive(Hash)]
    pub enum Fault {
        /// Nothing valid arrived in time.
        Timeout = "timeout",
        /// The server answered REFUSED.
        Refused = "refused",
        /// The server answered SERVFAIL.
        Servfail = "servfail",
        /// The name does not exist.
        Nxdomain = "nxdomain",
        /// The name exists and has no record of this type.
        Nodata = "nodata",
        /// The answer is not authoritative: a cache, a referral or an interception.
        NotAuthoritative = "not_authoritative",
        /// Something arrived that is no answer to a query: not decodable, or an rcode that makes no sense here.
        Malformed = "malformed",
        /// The packet could not be sent, or the other side said that nobody listens.
        Network = "network",
    }
}

impl Fault {
    /// The kind's place in [`Fault::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }
}

/// What became of one query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// An answer that can be held against the record sets.
    Answered(Answer),
    /// No usable answer.
    Failed(Fault),
    /// This machine could not even ask.
    NotAsked(Shortage),
}

/// Why nothing is known of a server that was to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// No reply came.
    Fault(Fault),
    /// This machine could not even ask.
    NotAsked(Shortage),
}

impl From<NoReply> for Outcome {
    fn from(none: NoReply) -> Self {
        match none {
            NoReply::Fault(fault) => Self::Failed(fault),
            NoReply::NotAsked(shortage) => Self::NotAsked(shortage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rcodes_have_names() {
        let shown = |code| Rcode::Other(code).to_string();
        assert_eq!(
            [shown(1), shown(4), shown(16)],
            ["FORMERR", "NOTIMP", "BADVERS"]
        );
        assert_eq!(shown(3841), "rcode 3841");
    }

    #[test]
    fn every_kind_stands_at_its_own_index() {
        for (index, fault) in Fault::ALL.into_iter().enumerate() {
            assert_eq!(fault.index(), index);
        }
    }
}
