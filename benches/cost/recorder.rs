//! A name server that keeps when each question came, and answers all of them alike.

use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use hickory_resolver::proto::op::Message;
use hickory_resolver::proto::rr::{RData, Record, rdata::A};
use r53mon::clock;
use tokio::time::Instant;

use crate::Trouble;

/// So often it looks whether it should end.
const LOOKS: Duration = Duration::from_millis(200);

/// The server, until it is dropped.
pub struct Recorder {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Instant>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Recorder {
    pub fn start() -> Result<Self, Trouble> {
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.set_read_timeout(Some(LOOKS))?;
        let (address, seen, ended) = (socket.local_addr()?, Arc::default(), Arc::default());
        let thread = std::thread::spawn({
            let (seen, ended) = (Arc::clone(&seen), Arc::clone(&ended));
            move || answer(&socket, &seen, &ended)
        });
        Ok(Self {
            address,
            seen,
            ended,
            thread: Some(thread),
        })
    }

    /// Whether none came since the last call of `take`.
    pub fn is_empty(&self) -> bool {
        self.seen().is_empty()
    }

    /// When the questions since the last call came.
    pub fn take(&self) -> Vec<Instant> {
        std::mem::take(&mut self.seen())
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Instant>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.ended.store(true, Relaxed);
        // What it panicked about stands on stderr.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn answer(socket: &UdpSocket, seen: &Mutex<Vec<Instant>>, ended: &AtomicBool) {
    let mut buffer = [0; 4096];
    while !ended.load(Relaxed) {
        // Nothing came for a while.
        let Ok((length, asker)) = socket.recv_from(&mut buffer) else {
            continue;
        };
        let now = clock::instant();
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(now);
        let reply = Message::from_vec(&buffer[..length])
            .ok()
            .and_then(|question| {
                let mut reply = Message::response(question.metadata.id, question.metadata.op_code);
                reply.metadata.authoritative = true;
                for query in &question.queries {
                    let address = RData::A(A::new(127, 0, 0, 11));
                    reply.add_answer(Record::from_rdata(query.name().clone(), 60, address));
                }
                reply.add_queries(question.queries);
                reply.to_vec().ok()
            });
        if let Some(reply) = reply {
            // Whoever has ended meanwhile wants no answer.
            let _ = socket.send_to(&reply, asker);
        }
    }
}
