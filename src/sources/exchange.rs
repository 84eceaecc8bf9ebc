//! One DNS question and its answer on the wire: UDP from a fresh socket, TCP after truncation, and the checks that make
//! sure that the answer is one to this question.
//!
//! Protocol rules: RFC 1035 (messages, TCP length), RFC 5452 (what has to match), RFC 6891 (EDNS), RFC 7766 (TCP).
//! The message format is the DNS library's; what an answer means is decided in `read_reply`, which does no IO.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, MessageType, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::{Name, RData, RecordType as WireType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};

use crate::clock;
use crate::model::answer::{Answer, Fault, Outcome};
use crate::model::name::RecordName;
use crate::model::record::RecordType;

/// What fits through nearly every path without fragments (DNS flag day 2020).
const UDP_PAYLOAD: u16 = 1232;

/// A question that is asked again and again.
#[derive(Clone, Debug)]
pub struct Question {
    query: Query,
}

/// What one query brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The answer or the fault.
    pub outcome: Outcome,
    /// Datagrams that were no answer to the question.
    pub stray: u64,
    /// From sending to the receipt of the final answer, or until giving up.
    pub took: Duration,
}

/// What a received message means.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Reply {
    /// The question is settled.
    Settled(Outcome),
    /// It has to be asked over TCP.
    Truncated,
}

impl Question {
    /// The question whose answer shows which set of a group was picked.
    ///
    /// A group of CNAMEs is asked for addresses, as clients do: the answer holds the CNAME all the same, and often
    /// the addresses behind it.
    ///
    /// # Errors
    /// If the name cannot be put on the wire.
    pub fn new(name: &RecordName, record_type: RecordType) -> Result<Self, String> {
        let mut wire_name = Name::from_labels(name.labels()).map_err(|error| error.to_string())?;
        wire_name.set_fqdn(true);
        let wire_type = match record_type {
            RecordType::A | RecordType::Cname => WireType::A,
            RecordType::Aaaa => WireType::AAAA,
        };
        Ok(Self {
            query: Query::query(wire_name, wire_type),
        })
    }

    /// A message with a fresh random id.
    fn message(&self) -> Message {
        let mut message = Message::query();
        message.metadata.recursion_desired = false;
        message.add_query(self.query.clone());
        let mut edns = Edns::new();
        edns.set_max_payload(UDP_PAYLOAD);
        message.set_edns(edns);
        message
    }
}

/// Asks one server once and waits for the answer at most `timeout`, the second attempt over TCP included.
pub async fn ask(question: &Question, server: SocketAddr, timeout: Duration) -> Exchanged {
    let message = question.message();
    let mut stray = Stray::default();
    let started = clock::instant();
    let outcome = match message.to_vec() {
        Err(_) => Outcome::Failed(Fault::Malformed),
        Ok(bytes) => {
            match tokio::time::timeout(timeout, converse(&bytes, &message, server, &mut stray))
                .await
            {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(_)) => Outcome::Failed(Fault::Network),
                // Garbage from the right address is a fault of its own; strangers' packets are not the server's doing.
                Err(_) if stray.undecodable > 0 => Outcome::Failed(Fault::Malformed),
                Err(_) => Outcome::Failed(Fault::Timeout),
            }
        }
    };
    let took = clock::instant().saturating_duration_since(started);
    Exchanged {
        outcome,
        stray: stray.foreign + stray.undecodable,
        took,
    }
}

#[derive(Debug, Default)]
struct Stray {
    foreign: u64,
    undecodable: u64,
}

async fn converse(
    bytes: &[u8],
    message: &Message,
    server: SocketAddr,
    stray: &mut Stray,
) -> io::Result<Outcome> {
    // A new socket for each query draws a new source port, and connecting it lets the kernel check the source address
    // and report that nobody listens.
    let local: IpAddr = if server.is_ipv4() {
        Ipv4Addr::UNSPECIFIED.into()
    } else {
        Ipv6Addr::UNSPECIFIED.into()
    };
    let socket = UdpSocket::bind((local, 0)).await?;
    socket.connect(server).await?;
    socket.send(bytes).await?;
    let mut buffer = vec![0; 4096];
    loop {
        let length = socket.recv(&mut buffer).await?;
        match match_reply(message, &buffer[..length]) {
            Matched::Undecodable => stray.undecodable += 1,
            Matched::Foreign => stray.foreign += 1,
            Matched::Reply(reply) => match read_reply(message, &reply) {
                Reply::Settled(outcome) => return Ok(outcome),
                Reply::Truncated => return ask_over_tcp(bytes, message, server, stray).await,
            },
        }
    }
}

async fn ask_over_tcp(
    bytes: &[u8],
    message: &Message,
    server: SocketAddr,
    stray: &mut Stray,
) -> io::Result<Outcome> {
    let mut stream = TcpStream::connect(server).await?;
    stream.set_nodelay(true)?;
    let length =
        u16::try_from(bytes.len()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
    let mut framed = Vec::with_capacity(bytes.len() + 2);
    framed.extend_from_slice(&length.to_be_bytes());
    framed.extend_from_slice(bytes);
    stream.write_all(&framed).await?;
    loop {
        let length = usize::from(stream.read_u16().await?);
        let mut buffer = vec![0; length];
        stream.read_exact(&mut buffer).await?;
        match match_reply(message, &buffer) {
            Matched::Undecodable => {
                stray.undecodable += 1;
                return Ok(Outcome::Failed(Fault::Malformed));
            }
            Matched::Foreign => stray.foreign += 1,
            Matched::Reply(reply) => {
                return Ok(match read_reply(message, &reply) {
                    Reply::Settled(outcome) => outcome,
                    // Truncated where there is no limit: the server contradicts itself.
                    Reply::Truncated => Outcome::Failed(Fault::Malformed),
                });
            }
        }
    }
}

enum Matched {
    Reply(Box<Message>),
    Foreign,
    Undecodable,
}

/// Whether a datagram is a reply to our message: id, direction, kind and the one question have to be ours.
fn match_reply(message: &Message, datagram: &[u8]) -> Matched {
    let Ok(reply) = Message::from_vec(datagram) else {
        // The id stands in the first two bytes; with another one it is a stranger's packet, decodable or not.
        let ours = datagram.starts_with(&message.metadata.id.to_be_bytes());
        return if ours {
            Matched::Undecodable
        } else {
            Matched::Foreign
        };
    };
    let ours = reply.metadata.id == message.metadata.id
        && reply.metadata.message_type == MessageType::Response
        && reply.metadata.op_code == OpCode::Query;
    // Servers that understand nothing of a message may leave the question out of their error.
    let question_fits = reply.queries == message.queries
        || (reply.queries.is_empty()
            && matches!(
                reply.metadata.response_code,
                ResponseCode::FormErr
                    | ResponseCode::NotImp
                    | ResponseCode::ServFail
                    | ResponseCode::Refused
            ));
    if ours && question_fits {
        Matched::Reply(Box::new(reply))
    } else {
        Matched::Foreign
    }
}

/// What a reply to our question means.
fn read_reply(message: &Message, reply: &Message) -> Reply {
    let fault = |fault| Reply::Settled(Outcome::Failed(fault));
    let answer = message
        .queries
        .first()
        .map(|query| extract_answer(query, reply))
        .unwrap_or_default();
    match reply.metadata.response_code {
        _ if reply.metadata.truncation => Reply::Truncated,
        ResponseCode::Refused => fault(Fault::Refused),
        ResponseCode::ServFail => fault(Fault::Servfail),
        ResponseCode::NoError | ResponseCode::NXDomain if !reply.metadata.authoritative => {
            fault(Fault::NotAuthoritative)
        }
        // With a CNAME in the answer the rcode speaks of the end of the chain (RFC 6604); the pick was made all the same.
        ResponseCode::NoError | ResponseCode::NXDomain
            if answer.canonical_name.is_some() || !answer.addresses.is_empty() =>
        {
            Reply::Settled(Outcome::Answered(answer))
        }
        ResponseCode::NXDomain => fault(Fault::Nxdomain),
        ResponseCode::NoError => fault(Fault::Nodata),
        _ => fault(Fault::Malformed),
    }
}

/// Collects what counts: the CNAME of the queried name, and the addresses at the end of the chain that starts there.
fn extract_answer(query: &Query, reply: &Message) -> Answer {
    let mut answer = Answer::default();
    let mut owner = query.name().clone();
    let mut ttl: Option<u32> = None;
    // A chain cannot be longer than the records that make it, which also ends loops.
    for _ in 0..=reply.answers.len() {
        let mut next = None;
        for record in reply.answers.iter().filter(|record| record.name == owner) {
            match &record.data {
                RData::A(address) if query.query_type() == WireType::A => {
                    answer.addresses.push(address.0.into());
                }
                RData::AAAA(address) if query.query_type() == WireType::AAAA => {
                    answer.addresses.push(address.0.into());
                }
                RData::CNAME(target) => next = Some(target.0.clone()),
                _ => continue,
            }
            ttl = Some(ttl.map_or(record.ttl, |smallest| smallest.min(record.ttl)));
        }
        let Some(target) = next else { break };
        if answer.canonical_name.is_none() {
            answer.canonical_name = RecordName::from_labels(target.iter()).ok();
        }
        if !answer.addresses.is_empty() {
            break;
        }
        owner = target;
    }
    answer.ttl = ttl.map(|seconds| Duration::from_secs(seconds.into()));
    answer
}
