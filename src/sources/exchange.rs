//! One DNS question and its answer on the wire: UDP, TCP after truncation, and the checks that make sure that the answer is one
//! to this question.
//!
//! An exchange does not wait: it says what for, and goes on when that has come. The prober waits for all of its own at once, in one
//! call of the system; whoever asks a single question waits by the runtime.
//!
//! Protocol rules: RFC 1035 (messages, TCP length), RFC 5452 (what has to match), RFC 6891 (EDNS), RFC 7766 (TCP).
//! The message format is the DNS library's; what an answer means is decided in `reply.rs`, which does no IO.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::Instant;

pub use super::question::{Question, QuestionType};
pub use super::reply::Inspection;
pub use super::sockets::Sockets;

use super::framed::Framed;
use super::inquiry::Inquiry;
use super::pulse;
use super::question;
use super::reply::{self, Matched, Meaning, Reply};
use super::sockets::Connected;
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
    let inquiry = Arc::new(Inquiry::new(question.clone(), mode));
    let mut exchange = Exchange::new(inquiry, server, Transport::Udp);
    let ended = tokio::select! {
        biased;
        ended = exchange.whole(sockets) => Some(ended),
        () = time_is_up => None,
    };
    exchange.end(ended)
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
    let mode = if recursion_desired {
        ServerMode::ThroughResolver
    } else {
        ServerMode::Direct
    };
    let inquiry = Arc::new(Inquiry::new(question.clone(), mode));
    let mut exchange = Exchange::new(inquiry, server, transport);
    // One that is used once.
    let sockets = Sockets::default();
    let ended = pulse::within(timeout, exchange.whole(&sockets)).await;
    let took = exchange.took();
    let (inquiry, reply) = match exchange.truncated.take() {
        Some(truncated) if !matches!(ended, Some(Ok(_))) => truncated,
        _ => {
            let reply = exchange.settle(ended)?;
            (exchange.inquiry, reply)
        }
    };
    let question = &inquiry.question;
    Ok(reply::inspect(question, mode, &reply.message, took))
}

/// A question that is under way: once more without EDNS where the server says that it does not understand it, and over TCP where
/// the answer does not fit.
#[derive(Debug)]
pub(super) struct Exchange {
    inquiry: Arc<Inquiry>,
    server: SocketAddr,
    transport: Transport,
    /// That of the message that was sent last.
    id: u16,
    /// Where the reply to it comes.
    way: Option<Way>,
    began: Instant,
    /// Datagrams that were somebody else's.
    foreign: u64,
    /// Those that were none, from the right address.
    undecodable: u64,
    /// A reply of which the rest was asked for over TCP, and the inquiry to which it is one.
    truncated: Option<(Arc<Inquiry>, Arc<Reply>)>,
}

#[derive(Debug)]
enum Way {
    Udp {
        connected: Connected,
        /// Nothing else has come so far.
        is_clean: bool,
    },
    Tcp(Framed),
}

impl Exchange {
    /// Nothing is sent yet, but its time begins.
    pub(super) fn new(inquiry: Arc<Inquiry>, server: SocketAddr, transport: Transport) -> Self {
        Self {
            inquiry,
            server,
            transport,
            id: question::fresh_id(),
            way: None,
            began: clock::instant(),
            foreign: 0,
            undecodable: 0,
            truncated: None,
        }
    }

    /// Sends the question.
    ///
    /// # Errors
    /// If the system does not: then the exchange has ended with that.
    pub(super) fn send(&mut self, sockets: &Sockets) -> io::Result<()> {
        let bytes = self.inquiry.bytes(self.id);
        self.way = Some(match self.transport {
            Transport::Udp => Way::Udp {
                connected: sockets.send(&bytes, self.server)?,
                is_clean: true,
            },
            Transport::Tcp => Way::Tcp(Framed::connect(self.server, &bytes)?),
        });
        Ok(())
    }

    /// What it waits for: that this can be written to (`true`), or read from. `None` where nothing is under way.
    pub(super) fn waits_for(&self) -> Option<(BorrowedFd<'_>, bool)> {
        self.way.as_ref().map(|way| match way {
            Way::Udp { connected, .. } => (connected.socket.as_fd(), false),
            Way::Tcp(framed) => (framed.as_fd(), framed.is_sending()),
        })
    }

    /// To be called when what it waits for has come. Returns the reply that settles it, if that was it.
    ///
    /// # Errors
    /// If it has ended without one.
    pub(super) fn go_on(&mut self, sockets: &Sockets) -> io::Result<Option<Arc<Reply>>> {
        let reply = match self.receive(sockets) {
            Ok(Some(reply)) => reply,
            Ok(None) => return Ok(None),
            Err(error) if is_nothing(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let question = &self.inquiry.question;
        let truncated = reply.message.metadata.truncation && self.transport == Transport::Udp;
        if question.has_edns() && reply::refuses_edns(&reply.message) {
            let question = question.clone().without_edns();
            self.inquiry = Arc::new(Inquiry::new(question, self.inquiry.mode));
        } else if truncated {
            self.transport = Transport::Tcp;
            self.truncated = Some((Arc::clone(&self.inquiry), reply));
        } else {
            return Ok(Some(reply));
        }
        self.id = question::fresh_id();
        self.send(sockets)?;
        Ok(None)
    }

    /// When the question was first sent.
    pub(super) fn began(&self) -> Instant {
        self.began
    }

    /// What has come of it; `None`: its time was up.
    pub(super) fn end(&self, ended: Option<io::Result<Arc<Reply>>>) -> Exchanged {
        let took = self.took();
        let (outcome, hint, without_edns) = match self.settle(ended) {
            Ok(reply) => {
                let without_edns = reply::needs_no_edns(&self.inquiry.question, &reply.message);
                match reply.meaning.clone() {
                    Meaning::Settled(outcome, hint) => (outcome, hint, without_edns),
                    // Truncated where there is no limit: the server contradicts itself.
                    Meaning::Truncated => (Outcome::Failed(Fault::Malformed), None, without_edns),
                }
            }
            Err(none) => (none.into(), None, !self.inquiry.question.has_edns()),
        };
        Exchanged {
            outcome,
            hint,
            stray: self.foreign + self.undecodable,
            took,
            without_edns,
        }
    }

    /// From the beginning to the end, waiting by the runtime.
    async fn whole(&mut self, sockets: &Sockets) -> io::Result<Arc<Reply>> {
        self.send(sockets)?;
        loop {
            match &self.way {
                None => {}
                Some(Way::Udp { connected, .. }) => {
                    let same = UdpSocket::from_std(connected.socket.try_clone()?)?;
                    // That nobody listens is an error of the socket and nothing to be read.
                    let _ = same.ready(Interest::READABLE | Interest::ERROR).await?;
                }
                Some(Way::Tcp(framed)) => framed.wait().await?,
            }
            if let Some(reply) = self.go_on(sockets)? {
                return Ok(reply);
            }
        }
    }

    fn took(&self) -> Duration {
        clock::instant().saturating_duration_since(self.began)
    }

    /// Reads once, so that nobody keeps whoever calls this by sending on and on.
    fn receive(&mut self, sockets: &Sockets) -> io::Result<Option<Arc<Reply>>> {
        match &mut self.way {
            None => {}
            Some(Way::Udp {
                connected,
                is_clean,
            }) => {
                let mut buffer = [0; BUFFER];
                let length = connected.socket.recv(&mut buffer)?;
                let was_clean = std::mem::replace(is_clean, false);
                match self.inquiry.match_reply(self.id, &buffer[..length]) {
                    Matched::Undecodable => self.undecodable += 1,
                    Matched::Foreign => self.foreign += 1,
                    Matched::Reply(reply) => {
                        if let Some(Way::Udp { connected, .. }) = self.way.take()
                            && was_clean
                        {
                            sockets.give_back(self.server, connected);
                        }
                        return Ok(Some(reply));
                    }
                }
            }
            Some(Way::Tcp(framed)) => {
                framed.go_on()?;
                while let Some(bytes) = framed.message() {
                    match self.inquiry.match_reply(self.id, &bytes) {
                        Matched::Undecodable => {
                            self.undecodable += 1;
                            return Err(undecodable());
                        }
                        Matched::Foreign => self.foreign += 1,
                        Matched::Reply(reply) => return Ok(Some(reply)),
                    }
                }
            }
        }
        Ok(None)
    }

    /// What the exchange has come to. Where its time was up, garbage from the right address is a fault of its own; strangers'
    /// packets are not the server's doing.
    fn settle(&self, ended: Option<io::Result<Arc<Reply>>>) -> Result<Arc<Reply>, NoReply> {
        let fault = match ended {
            Some(Ok(reply)) => return Ok(reply),
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

/// The system makes no errors of this kind: it stands for what cannot be decoded.
fn undecodable() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

/// Whether nothing is there, whatever was said, or not yet.
fn is_nothing(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, WouldBlock};
    matches!(error.kind(), Interrupted | WouldBlock)
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
