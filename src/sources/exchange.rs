//! One DNS question and its answer on the wire: UDP, TCP after truncation, and the checks that make sure that the answer is one
//! to this question.
//!
//! Protocol rules: RFC 1035 (messages, TCP length), RFC 5452 (what has to match), RFC 6891 (EDNS), RFC 7766 (TCP).
//! The message format is the DNS library's; what an answer means is decided in `reply.rs`, which does no IO.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub use super::question::{Question, QuestionType};
pub use super::reply::Inspection;
pub use super::sockets::Sockets;

use super::pulse;
use super::reply::{self, Matched, Meaning};
use crate::clock;
use crate::model::answer::{Fault, Hint, NoReply, Outcome, ServerMode};
use crate::model::shortage::Shortage;

/// The largest message that UDP can carry, for those who ignore what we offer.
const BUFFER: usize = 4096;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// One datagram there, one back.
    Udp,
    /// A connection of its own.
    Tcp,
}

/// What one query brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The answer or the fault.
    pub outcome: Outcome,
    /// What a fault tells besides.
    pub hint: Option<Hint>,
    /// Datagrams that were no answer to the question.
    pub stray: u64,
    /// From sending to the receipt of the final answer, or until giving up.
    pub took: Duration,
    /// The server was asked without EDNS at last.
    pub without_edns: bool,
}

/// Asks one server once and waits for the answer until `time_is_up`, further attempts (without EDNS, over TCP) included.
pub async fn ask(
    sockets: &Sockets,
    question: &Question,
    server: SocketAddr,
    mode: ServerMode,
    time_is_up: impl Future<Output = ()>,
) -> Exchanged {
    let recursion_desired = mode == ServerMode::ThroughResolver;
    let mut stray = Stray::default();
    let started = clock::instant();
    let exchange = exchange(
        sockets,
        question,
        server,
        Transport::Udp,
        recursion_desired,
        &mut stray,
    );
    let ended = tokio::select! {
        biased;
        ended = exchange => Some(ended),
        () = time_is_up => None,
    };
    let took = clock::instant().saturating_duration_since(started);
    let (outcome, hint, without_edns) = match stray.settle(ended) {
        Ok(Heard { message, reply, .. }) => {
            let without_edns = reply::needs_no_edns(&message, &reply);
            match reply::read(question, &message, &reply, mode) {
                Meaning::Settled(outcome, hint) => (outcome, hint, without_edns),
                // Truncated where there is no limit: the server contradicts itself.
                Meaning::Truncated => (Outcome::Failed(Fault::Malformed), None, without_edns),
            }
        }
        Err(none) => (none.into(), None, !question.has_edns()),
    };
    Exchanged {
        outcome,
        hint,
        stray: stray.foreign + stray.undecodable,
        took,
        without_edns,
    }
}

/// Asks once, over the transport that is named, and tells what the reply shows of the server. What is truncated is asked for
/// over TCP, and a reply that TCP does not complete is told as it came.
///
/// # Errors
/// If no reply came: [`Fault::Timeout`], [`Fault::Network`] or [`Fault::Malformed`], or what this machine lacks.
pub async fn inspect(
    question: &Question,
    server: SocketAddr,
    transport: Transport,
    recursion_desired: bool,
    timeout: Duration,
) -> Result<Inspection, NoReply> {
    let mut stray = Stray::default();
    let started = clock::instant();
    // One that is used once.
    let sockets = Sockets::default();
    let exchange = exchange(
        &sockets,
        question,
        server,
        transport,
        recursion_desired,
        &mut stray,
    );
    let ended = pulse::within(timeout, exchange).await;
    let took = clock::instant().saturating_duration_since(started);
    let heard = match stray.truncated.take() {
        Some(truncated) if !matches!(ended, Some(Ok(_))) => truncated,
        _ => stray.settle(ended)?,
    };
    let Heard { message, reply } = heard;
    Ok(reply::inspect(question, &message, &reply, took))
}

/// A reply, and the message to which it is one.
#[derive(Debug)]
struct Heard {
    message: Message,
    reply: Box<Message>,
}

/// Asks over a transport: once more without EDNS where the server says that it does not understand the question, and over
/// TCP where the answer does not fit.
async fn exchange(
    sockets: &Sockets,
    question: &Question,
    server: SocketAddr,
    mut transport: Transport,
    recursion_desired: bool,
    stray: &mut Stray,
) -> io::Result<Heard> {
    let mut question = question.clone();
    loop {
        let message = question.message(recursion_desired);
        let bytes = encoded(&message)?;
        let reply = match transport {
            Transport::Udp => over_udp(sockets, &bytes, &message, server, stray).await?,
            Transport::Tcp => over_tcp(&bytes, &message, server, stray).await?,
        };
        let truncated = reply.metadata.truncation && transport == Transport::Udp;
        if question.has_edns() && reply::refuses_edns(&reply) {
            question = question.without_edns();
        } else if truncated {
            transport = Transport::Tcp;
            stray.truncated = Some(Heard { message, reply });
        } else {
            return Ok(Heard { message, reply });
        }
    }
}

/// What this machine lacked, if that is behind an error.
pub(super) fn short_of(error: &(dyn Error + 'static)) -> Option<Shortage> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        let error = inner.downcast_ref::<io::Error>();
        let found = Shortage::of(error.and_then(io::Error::raw_os_error));
        if found.is_some() {
            return found;
        }
        cause = inner.source();
    }
    None
}

fn encoded(message: &Message) -> io::Result<Vec<u8>> {
    let bytes = message.to_vec();
    bytes.map_err(|_| io::ErrorKind::InvalidData.into())
}

/// What came besides the reply that counts.
#[derive(Debug, Default)]
struct Stray {
    foreign: u64,
    undecodable: u64,
    /// A reply of which the rest was asked for over TCP.
    truncated: Option<Heard>,
}

impl Stray {
    /// What an exchange has come to; `None`: its time was up. Then garbage from the right address is a fault of its own;
    /// strangers' packets are not the server's doing.
    fn settle<T>(&self, ended: Option<io::Result<T>>) -> Result<T, NoReply> {
        let fault = match ended {
            Some(Ok(result)) => return Ok(result),
            // The system makes no errors of this kind: it stands for what cannot be encoded or decoded.
            Some(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Fault::Malformed,
            Some(Err(error)) => match Shortage::of(error.raw_os_error()) {
                Some(shortage) => return Err(NoReply::NotAsked(shortage)),
                None => Fault::Network,
            },
            None if self.undecodable > 0 => Fault::Malformed,
            None => Fault::Timeout,
        };
        Err(NoReply::Fault(fault))
    }
}

async fn over_udp(
    sockets: &Sockets,
    bytes: &[u8],
    message: &Message,
    server: SocketAddr,
    stray: &mut Stray,
) -> io::Result<Box<Message>> {
    let connected = sockets.send(bytes, server).await?;
    let mut buffer = vec![0; BUFFER];
    let mut is_clean = true;
    loop {
        let length = connected.socket.recv(&mut buffer).await?;
        match reply::match_reply(message, &buffer[..length]) {
            Matched::Undecodable => stray.undecodable += 1,
            Matched::Foreign => stray.foreign += 1,
            Matched::Reply(reply) => {
                if is_clean {
                    sockets.give_back(server, connected);
                }
                return Ok(reply);
            }
        }
        is_clean = false;
    }
}

async fn over_tcp(
    bytes: &[u8],
    message: &Message,
    server: SocketAddr,
    stray: &mut Stray,
) -> io::Result<Box<Message>> {
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
        match reply::match_reply(message, &buffer) {
            Matched::Undecodable => {
                stray.undecodable += 1;
                return Err(io::ErrorKind::InvalidData.into());
            }
            Matched::Foreign => stray.foreign += 1,
            Matched::Reply(reply) => return Ok(reply),
        }
    }
}
