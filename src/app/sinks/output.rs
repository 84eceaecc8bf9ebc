//! Standard output in small portions, with a sign of life after each: who reads slowly can be told from who does not read.

use std::io::{self, IsTerminal, Stdout, Write};
use std::sync::mpsc::SyncSender;

/// A slow line (9,600 baud) takes so many bytes in about a second.
const PORTION: usize = 1024;

/// Standard output.
pub(in crate::app) struct Output {
    out: Stdout,
    signs: SyncSender<()>,
}

impl Output {
    /// One that gives a sign for each portion that was taken.
    pub fn new(signs: SyncSender<()>) -> Self {
        Self {
            out: io::stdout(),
            signs,
        }
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(&bytes[..bytes.len().min(PORTION)])?;
        // One sign that waits is as good as many.
        let _ = self.signs.try_send(());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// How many bytes stand in the pipe and have not been read, where the system tells. A pipe takes no portion before a whole
/// page of it has been read, so this moves earlier.
pub(in crate::app) fn unread() -> Option<u64> {
    let out = io::stdout();
    // Of a terminal it would tell what was typed.
    let pipe = !out.is_terminal();
    pipe.then(|| rustix::io::ioctl_fionread(out).ok()).flatten()
}
