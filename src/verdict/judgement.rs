//! What is thought of the shares in force, by the counts of one span.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::verdict::{Criteria, Mismatch, VerdictState};
use crate::stats::dependence::Dependence;

use super::span::Span;

/// What one declaration is judged by and how it stands; begun anew whenever other shares are in force, or shares begin
/// or cease to be fit for judging.
#[derive(Clone, Debug)]
pub struct Judgement {
    pub span: Span,
    /// Collecting, match or mismatch.
    pub standing: VerdictState,
    /// The last mismatch, whether or not it stands.
    pub mismatch: Option<Mismatch>,
    /// How many answers showed the match that stands; more are counted while it does.
    pub matched_by: u64,
    /// A mismatch that waits for the configuration to be read once more.
    pub suspicion: Option<Mismatch>,
    /// An impossible answer since the last tick: its server and set.
    pub impossible: Option<(ServerIndex, usize)>,
    pub dependence: Dependence,
    /// Whether that answers depend on the ones before was told.
    pub depends: bool,
}

impl Judgement {
    /// Nothing counted yet, of shares that are in force at so many servers.
    pub fn new(shares: &[f64], servers: usize, criteria: Criteria, at: Duration) -> Self {
        Self {
            span: Span::new(shares, servers, criteria, at),
            standing: VerdictState::Collecting,
            mismatch: None,
            matched_by: 0,
            suspicion: None,
            impossible: None,
            dependence: Dependence::new(shares, servers),
            depends: false,
        }
    }

    /// The mismatch that stands.
    pub fn mismatch_standing(&self) -> Option<&Mismatch> {
        let stands = self.standing == VerdictState::Mismatch;
        self.mismatch.as_ref().filter(|_| stands)
    }

    /// Counts an answer of a server that is current or is not.
    pub fn count(&mut self, server: ServerIndex, set: usize, is_current: bool) {
        self.span.record(server, set);
        // Shares that are off look like dependence too.
        if is_current && self.standing != VerdictState::Mismatch {
            self.dependence.record(server.get(), set);
        }
    }

    /// Forgets what one server gave, and the match that rested on it.
    pub fn restart_server(&mut self, server: ServerIndex) {
        self.span.restart_server(server);
        self.dependence.interrupt(server.get());
        self.standing = VerdictState::Collecting;
    }

    /// Forgets all counts, and the match that rested on them.
    pub fn restart(&mut self, at: Duration) {
        self.span.restart(at);
        self.withdraw_match();
    }

    /// A match that stands is none any more.
    pub fn withdraw_match(&mut self) {
        if self.standing == VerdictState::Match {
            self.standing = VerdictState::Collecting;
        }
    }

    /// A mismatch is established: what proves a recovery has to come after it.
    pub fn establish(&mut self, mismatch: Mismatch) {
        let at = mismatch.at;
        self.mismatch = Some(mismatch);
        self.standing = VerdictState::Mismatch;
        self.dependence.restart();
        self.restart(at);
    }
}
