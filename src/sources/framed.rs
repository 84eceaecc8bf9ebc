//! DNS messages over TCP, each behind its length (RFC 7766 section 8), without waiting.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd};

use mio::net::TcpStream;

/// So much is read at once.
const PIECE: usize = 4096;

/// A connection over which one message goes out, and others come in.
#[derive(Debug)]
pub(super) struct Framed {
    stream: TcpStream,
    unsent: Vec<u8>,
    unread: Vec<u8>,
}

impl Framed {
    /// Begins to connect; the message goes out as soon as that is done.
    ///
    /// # Errors
    /// If the system gives no connection, or the message is too long.
    pub(super) fn connect(server: SocketAddr, message: &[u8]) -> io::Result<Self> {
        let length = u16::try_from(message.len());
        let length = length.map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            unsent: [&length.to_be_bytes(), message].concat(),
            unread: Vec::new(),
        })
    }

    /// Whether something is still to go out.
    pub(super) fn is_sending(&self) -> bool {
        !self.unsent.is_empty()
    }

    /// Waits by the runtime until it can go on.
    ///
    /// # Errors
    /// If the system does not let it.
    pub(super) async fn wait(&self) -> io::Result<()> {
        let same = self.stream.as_fd().try_clone_to_owned()?;
        let same = tokio::net::TcpStream::from_std(same.into())?;
        if self.is_sending() {
            same.writable().await
        } else {
            same.readable().await
        }
    }

    /// Writes or reads once.
    ///
    /// # Errors
    /// If that has to wait, or the connection failed or has ended.
    pub(super) fn go_on(&mut self) -> io::Result<()> {
        if self.is_sending() {
            let written = self.stream.write(&self.unsent)?;
            self.unsent.drain(..written);
            return Ok(());
        }
        let mut piece = [0; PIECE];
        let length = self.stream.read(&mut piece)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.unread.extend_from_slice(&piece[..length]);
        Ok(())
    }

    /// The next message that has come whole.
    pub(super) fn message(&mut self) -> Option<Vec<u8>> {
        let length = usize::from(u16::from_be_bytes(*self.unread.first_chunk()?));
        let end = length + 2;
        (self.unread.len() >= end).then(|| self.unread.drain(..end).skip(2).collect())
    }
}

impl AsFd for Framed {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
