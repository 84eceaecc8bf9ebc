//! UDP sockets for queries: each is used by one query at a time, for a few seconds, and then makes room for one with another
//! random port.
//!
//! Whoever wants to slip in an answer from beside the path has to guess the id of a query and its port (RFC 5452, section 9). The
//! id is drawn for each query, the port by the system for each socket; a port is known to nobody but the server, and not for
//! long. A socket of its own for each query would cost six more system calls.
//!
//! Several machines may stand behind one address, and which of them hears a query hangs on its port. So there are several sockets
//! for each server, which take turns.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;

/// So long the port of a socket is used.
const RENEWED_AFTER: Duration = Duration::from_secs(3);
/// So many take turns for a server.
const IN_TURN: usize = 4;

/// Sockets that wait for a query, by the server to which they are connected.
#[derive(Debug)]
pub struct Sockets {
    renewed_after: Duration,
    waiting: Mutex<HashMap<SocketAddr, VecDeque<Connected>>>,
}

/// A socket that hears one server alone.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) socket: UdpSocket,
    opened: Instant,
}

impl Default for Sockets {
    fn default() -> Self {
        Self::renewed_after(RENEWED_AFTER)
    }
}

impl Sockets {
    /// Sockets that are used for so long.
    pub fn renewed_after(renewed_after: Duration) -> Self {
        Self {
            renewed_after,
            waiting: Mutex::default(),
        }
    }

    /// Sends a query to a server, and returns the socket on which its answer comes: one that has waited, or a new one.
    ///
    /// # Errors
    /// If the system gives none, or does not send.
    pub(super) fn send(&self, query: &[u8], server: SocketAddr) -> io::Result<Connected> {
        while let Some(connected) = self.waiting(server) {
            // An error may be that of the query before.
            if connected.is_quiet() && connected.socket.send(query).is_ok() {
                return Ok(connected);
            }
        }
        let connected = Connected::open(server)?;
        connected.socket.send(query)?;
        Ok(connected)
    }

    /// Keeps a socket of which every datagram was an answer to its query. Those with an unclear past are not given back.
    pub(super) fn give_back(&self, server: SocketAddr, connected: Connected) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.entry(server).or_default().push_back(connected);
        let now = clock::instant();
        waiting.retain(|_, sockets| {
            sockets.retain(|kept| now < kept.opened + self.renewed_after);
            !sockets.is_empty()
        });
    }

    fn waiting(&self, server: SocketAddr) -> Option<Connected> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock::instant();
        let sockets = waiting.get_mut(&server)?;
        sockets.retain(|kept| now < kept.opened + self.renewed_after);
        (sockets.len() >= IN_TURN).then(|| sockets.pop_front())?
    }
}

impl Connected {
    /// Connecting lets the kernel check the source address and report that nobody listens.
    fn open(server: SocketAddr) -> io::Result<Self> {
        let local: IpAddr = match server {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((local, 0))?;
        socket.set_nonblocking(true)?;
        socket.connect(server)?;
        Ok(Self {
            socket,
            opened: clock::instant(),
        })
    }

    /// Whether nothing has come since the last answer. What has is the second of a pair or no answer at all, and none to
    /// the next query, which therefore gets a socket that nobody has written to.
    fn is_quiet(&self) -> bool {
        let nothing = self.socket.recv(&mut [0; 1]);
        nothing.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}
