//! What a received DNS message means, decided without IO: whether it is a reply to our question, which answer or fault it
//! is, and what a fault tells besides.
//!
//! Protocol rules: RFC 1035 (messages), RFC 2308 (negative answers), RFC 5452 (what has to match), RFC 6604 (rcode and
//! CNAME), RFC 1034 section 4.3.2 (referrals).

use std::sync::Arc;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as WireType};

use super::chain;
use super::question::Question;
use crate::model::answer::{Answer, Fault, Hint, Outcome, Rcode, ServerMode};
use crate::model::name::RecordName;

/// More questions and records are in no reply of Route 53, whose record sets have at most 400 values; and each takes time to
/// read.
const MOST_RECORDS: usize = 1_000;

/// What a reply means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// The question is settled.
    Settled(Outcome, Option<Hint>),
    /// It has to be asked over TCP.
    Truncated,
}

/// What one reply shows of the server that sent it, whether it would count in a measurement or not.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "what a reply says, flag by flag"
)]
pub struct Inspection {
    /// AA: the server answers for a zone of its own.
    pub authoritative: bool,
    /// RA: the server would ask others.
    pub recursion_available: bool,
    /// The response code.
    pub rcode: Rcode,
    /// It says that there is more than it holds, and TCP brought nothing.
    pub truncated: bool,
    /// It was only had without EDNS.
    pub without_edns: bool,
    /// What an answer without records tells.
    pub hint: Option<Hint>,
    /// NS records of the queried name in the answer section, in the order of the reply.
    pub name_servers: Vec<RecordName>,
    /// The owner and the targets of the NS records in the authority section: the zone that answers, or the one that is
    /// referred to.
    pub authority: Option<(RecordName, Vec<RecordName>)>,
    /// From sending to the receipt of the reply, the connection included.
    pub took: Duration,
}

/// A reply to our message.
#[derive(Debug)]
pub struct Reply {
    /// All of it.
    pub message: Message,
    /// What it means for a measurement.
    pub meaning: Meaning,
}

/// Whether a datagram has to do with our message.
#[derive(Debug)]
pub enum Matched {
    /// It is a reply to it.
    Reply(Arc<Reply>),
    /// It is somebody else's.
    Foreign,
    /// It has our id and is no message.
    Undecodable,
}

/// Whether a datagram is a reply to our message with this id, sent to a server of this mode: id, direction, kind and the one
/// question have to be ours.
pub fn match_reply(question: &Question, mode: ServerMode, id: u16, datagram: &[u8]) -> Matched {
    let decoded = (records(datagram) <= MOST_RECORDS).then(|| Message::from_vec(datagram));
    let Some(Ok(reply)) = decoded else {
        // The id stands in the first two bytes; with another one it is a stranger's packet, decodable or not.
        let ours = datagram.starts_with(&id.to_be_bytes());
        return if ours {
            Matched::Undecodable
        } else {
            Matched::Foreign
        };
    };
    let ours = reply.metadata.id == id
        && reply.metadata.message_type == MessageType::Response
        && reply.metadata.op_code == OpCode::Query;
    // Servers that understand nothing of a message may leave the question out of their error.
    let question_fits = reply.queries == std::slice::from_ref(question.query())
        || (reply.queries.is_empty()
            && matches!(
                reply.metadata.response_code,
                ResponseCode::FormErr
                    | ResponseCode::NotImp
                    | ResponseCode::ServFail
                    | ResponseCode::Refused
            ));
    if ours && question_fits {
        Matched::Reply(Arc::new(Reply {
            meaning: read(question, mode, &reply),
            message: reply,
        }))
    } else {
        Matched::Foreign
    }
}

/// How many questions and records a message says that it has, in the last eight bytes of its header.
fn records(datagram: &[u8]) -> usize {
    let counts = datagram.get(4..12).unwrap_or_default().chunks_exact(2);
    let count = |bytes: &[u8]| usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    counts.map(count).sum()
}

/// What a reply to our question means for a measurement.
fn read(question: &Question, mode: ServerMode, reply: &Message) -> Meaning {
    let fault = |fault| Meaning::Settled(Outcome::Failed(fault), None);
    let direct = mode == ServerMode::Direct;
    let hinted = |fault| {
        let hint = hint(question, reply, !direct);
        Meaning::Settled(Outcome::Failed(fault), hint)
    };
    match reply.metadata.response_code {
        _ if reply.metadata.truncation => Meaning::Truncated,
        ResponseCode::Refused => fault(Fault::Refused),
        ResponseCode::ServFail => fault(Fault::Servfail),
        code @ (ResponseCode::NoError | ResponseCode::NXDomain) => {
            if direct && !reply.metadata.authoritative {
                return hinted(Fault::NotAuthoritative);
            }
            // With a CNAME in the answer the rcode speaks of the end of the chain (RFC 6604); the pick was made all the same.
            if let Some(answer) = answer_to(question, reply) {
                return Meaning::Settled(Outcome::Answered(answer), None);
            }
            // A resolver that does not want to ask for us may refer us to others, which says nothing about the name.
            let referred = !direct && referral(question, reply).is_some();
            hinted(match code {
                ResponseCode::NXDomain => Fault::Nxdomain,
                _ if referred => Fault::NotAuthoritative,
                _ => Fault::Nodata,
            })
        }
        code => {
            let hint = Hint::Rcode(rcode(code));
            Meaning::Settled(Outcome::Failed(Fault::Malformed), Some(hint))
        }
    }
}

/// Whether a reply says that the server does not understand a message with EDNS, as those that know none say (RFC 6891
/// section 7).
pub(super) fn refuses_edns(reply: &Message) -> bool {
    // By their numbers: BADVERS shares its own with a code that only signed messages can have.
    matches!(u16::from(reply.metadata.response_code), 1 | 4 | 16)
}

/// Whether a server was asked without EDNS and understood that better.
pub(super) fn needs_no_edns(question: &Question, reply: &Message) -> bool {
    !question.has_edns() && !refuses_edns(reply)
}

/// What a reply shows of the server that sent it.
pub fn inspect(
    question: &Question,
    mode: ServerMode,
    reply: &Message,
    took: Duration,
) -> Inspection {
    let metadata = &reply.metadata;
    let own = |record: &&Record| record.name == *question.query().name();
    let own = reply.answers.iter().filter(own);
    let hint = if reply.answers.is_empty() {
        let any = mode == ServerMode::ThroughResolver || metadata.authoritative;
        hint(question, reply, any)
    } else {
        let recursive = metadata.recursion_available && !metadata.authoritative;
        recursive.then_some(Hint::Recursive)
    };
    Inspection {
        authoritative: metadata.authoritative,
        recursion_available: metadata.recursion_available,
        rcode: rcode(metadata.response_code),
        truncated: metadata.truncation,
        without_edns: needs_no_edns(question, reply),
        hint,
        name_servers: own.filter_map(name_server).collect(),
        authority: authority(reply),
        took,
    }
}

/// What a reply holds of the queried name, if that is anything of use.
fn answer_to(question: &Question, reply: &Message) -> Option<Answer> {
    let answer = extract_answer(question.query(), reply);
    (answer.canonical_name.is_some() || !answer.addresses.is_empty()).then_some(answer)
}

/// A response code, in our words.
pub(super) fn rcode(code: ResponseCode) -> Rcode {
    match code {
        ResponseCode::NoError => Rcode::NoError,
        ResponseCode::ServFail => Rcode::ServFail,
        ResponseCode::NXDomain => Rcode::NxDomain,
        ResponseCode::Refused => Rcode::Refused,
        other => Rcode::Other(u16::from(other)),
    }
}

/// What an answer without records tells. `any`: a negative answer counts without AA too.
fn hint(question: &Question, reply: &Message, any: bool) -> Option<Hint> {
    let metadata = &reply.metadata;
    if !metadata.authoritative {
        if let Some(hint) = referral(question, reply) {
            return Some(hint);
        }
        if !any {
            return metadata.recursion_available.then_some(Hint::Recursive);
        }
    }
    let fault = match metadata.response_code {
        ResponseCode::NXDomain => Fault::Nxdomain,
        ResponseCode::NoError => Fault::Nodata,
        _ => return None,
    };
    let keep = reply.authorities.iter().find_map(negative_ttl);
    Some(Hint::Negative { fault, keep })
}

/// A referral to the servers of a zone below: NOERROR without AA and answer, NS records in the authority section whose
/// owner lies below the zone that is asked and is the name or above it. A resolver that offers recursion shows with
/// the same records what it knows, which is no referral.
fn referral(question: &Question, reply: &Message) -> Option<Hint> {
    let metadata = &reply.metadata;
    if metadata.authoritative
        || metadata.recursion_available
        || metadata.response_code != ResponseCode::NoError
        || !reply.answers.is_empty()
    {
        return None;
    }
    let asked = record_name(question.query().name())?;
    let (child, _) = authority(reply)?;
    let below = question
        .zone()
        .is_none_or(|zone| child != *zone && child.is_within(zone));
    (below && asked.is_within(&child)).then_some(Hint::Referral { asked, child })
}

/// The owner of the first NS record in the authority section, and where all of that owner point.
fn authority(reply: &Message) -> Option<(RecordName, Vec<RecordName>)> {
    let records = reply.authorities.iter();
    let is_ns = |record: &&Record| record.record_type() == WireType::NS;
    let owner = &records.clone().find(is_ns)?.name;
    let of_owner = records.filter(|record| record.name == *owner);
    Some((
        record_name(owner)?,
        of_owner.filter_map(name_server).collect(),
    ))
}

fn name_server(record: &Record) -> Option<RecordName> {
    match &record.data {
        RData::NS(server) => record_name(&server.0),
        _ => None,
    }
}

/// How long resolvers keep that something does not exist, from an SOA (RFC 2308 section 5).
fn negative_ttl(record: &Record) -> Option<Duration> {
    match &record.data {
        RData::SOA(soa) => Some(seconds(soa.minimum.min(record.ttl))),
        _ => None,
    }
}

/// A name from the wire by its raw labels, so that no spelling of odd bytes comes in between; `None` for the root.
fn record_name(name: &Name) -> Option<RecordName> {
    RecordName::from_labels(name.iter()).ok()
}

/// Collects what counts: the CNAME of the queried name, and the addresses at the end of the chain that starts there.
///
/// The queried name's own records stand in the answer section. Those of names further down the chain may stand in the
/// additional section instead, and may be missing altogether when the chain leaves the zone.
fn extract_answer(query: &Query, reply: &Message) -> Answer {
    let (answers, additionals) = (&reply.answers, &reply.additionals);
    let links = chain::follow(query.name(), query.query_type(), answers, additionals);
    let ttl = links.iter().filter_map(|link| link.ttl).min();
    let own = links.first();
    Answer {
        canonical_name: own.and_then(|own| record_name(own.target.as_ref()?)),
        own_ttl: own.and_then(|own| own.ttl).map(seconds),
        ttl: ttl.map(seconds),
        addresses: links.into_iter().flat_map(|link| link.addresses).collect(),
    }
}

fn seconds(ttl: u32) -> Duration {
    Duration::from_secs(ttl.into())
}
