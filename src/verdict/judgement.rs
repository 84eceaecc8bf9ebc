//! What is thought of the shares in force, by the counts of one span.

use std::time::Duration;

use crate::model::answer::AnswerValue;
use crate::model::index::ServerIndex;
use crate::model::verdict::{Criteria, Mismatch, MismatchReason, Off, VerdictState};
use crate::stats::dependence::{Dependence, Thinning};

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
    /// The name servers that a mismatch named, until each has proven a match by itself.
    pub blamed: Vec<ServerIndex>,
    /// How many answers showed the match that stands; more are counted while it does.
    pub matched_by: u64,
    /// A mismatch that waits for the configuration to be read once more.
    pub suspicion: Option<Mismatch>,
    /// An answer since the last tick that the declared shares exclude.
    pub impossible: Option<Impossible>,
    /// The split is not exactly the declared one.
    pub off: Option<Off>,
    dependence: Dependence,
    thinning: Option<Thinning>,
    /// Answers of each name server, and the last of all of them together, since they are thinned.
    turns: Vec<u64>,
    /// How many answers were passed over since counting began anew, because they depend on each other.
    passed_over: u64,
}

/// An answer that the declared shares exclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Impossible {
    pub server: ServerIndex,
    /// The place of its set.
    pub set: usize,
    /// Whether no set declares what it holds.
    pub undeclared: bool,
}

impl Judgement {
    /// Nothing counted yet, of shares that are in force at so many servers; `span` is the number of the span within its
    /// segment.
    pub fn new(
        shares: &[f64],
        servers: usize,
        criteria: Criteria,
        span: u64,
        at: Duration,
    ) -> Self {
        Self {
            span: Span::new(shares, servers, criteria, span, at),
            standing: VerdictState::Collecting,
            mismatch: None,
            blamed: Vec::new(),
            matched_by: 0,
            suspicion: None,
            impossible: None,
            off: None,
            dependence: Dependence::new(shares, servers),
            thinning: None,
            turns: vec![0; servers + 1],
            passed_over: 0,
        }
    }

    /// Answers that were seen to depend on each other in this segment still do, whatever becomes known of its shares.
    pub fn thinned_like(mut self, before: &Self) -> Self {
        self.thinning = before.thinning;
        self.turns.clone_from(&before.turns);
        self
    }

    /// The mismatch that stands.
    pub fn mismatch_standing(&self) -> Option<&Mismatch> {
        let stands = self.standing == VerdictState::Mismatch;
        self.mismatch.as_ref().filter(|_| stands)
    }

    /// Counts an answer of a server that is current or is not. Returns whether it was counted: where answers depend on each
    /// other, only some are.
    pub fn count(&mut self, server: ServerIndex, set: usize, is_current: bool) -> bool {
        if is_current {
            self.dependence.record(server.get(), set);
        }
        let counts = self.is_turn(server);
        if counts {
            self.span.record(server, set);
        } else {
            self.passed_over += 1;
        }
        counts
    }

    /// Counts an answer that no set can have given, and what it says.
    pub fn count_unknown(&mut self, server: ServerIndex, values: Vec<AnswerValue>) {
        self.dependence.interrupt(server.get());
        if self.is_turn(server) {
            self.span.record_unknown(values);
        }
    }

    fn is_turn(&mut self, server: ServerIndex) -> bool {
        let Some(thinning) = self.thinning else {
            return true;
        };
        let place = if thinning.by_server {
            server.get()
        } else {
            self.turns.len() - 1
        };
        self.turns[place] += 1;
        self.turns[place].is_multiple_of(thinning.one_in)
    }

    /// Answers are missing, or not to be held against the declared shares.
    pub fn interrupt(&mut self, server: ServerIndex) {
        self.dependence.interrupt(server.get());
    }

    /// One in so many answers is counted.
    pub fn one_in(&self) -> Option<u64> {
        self.thinning.map(|thinning| thinning.one_in)
    }

    /// How many answers were passed over of those that came since what is shown began.
    pub fn passed_over(&self) -> u64 {
        self.passed_over
    }

    /// Whether answers are seen to depend on each other, and all of them are counted still.
    pub fn is_dependent(&self, ln_limit: f64) -> bool {
        self.thinning.is_none()
            && self.dependence.ln_evidence() >= ln_limit
            && self.dependence.is_no_change()
    }

    /// The same where something is off, and either it is the shares or answers depend on each other.
    pub fn is_explained_by_dependence(&self) -> bool {
        self.thinning.is_none() && self.dependence.explains()
    }

    /// From now on only some answers are counted, and what was counted before is forgotten: it looked surer than it was.
    /// Returns the one in how many.
    pub fn thin(&mut self, at: Duration) -> u64 {
        let thinning = self.dependence.thinning();
        self.thinning = Some(thinning);
        self.suspicion = None;
        self.off = None;
        self.restart(at);
        thinning.one_in
    }

    /// Forgets what one server gave, and the match that rested on it.
    pub fn restart_server(&mut self, server: ServerIndex) {
        self.span.restart_server(server);
        self.interrupt(server);
        self.standing = VerdictState::Collecting;
    }

    /// Forgets all counts, and the match that rested on them.
    pub fn restart(&mut self, at: Duration) {
        self.span.restart(at);
        self.dependence.restart();
        self.passed_over = 0;
        self.withdraw_match();
    }

    /// Forgets what was counted for what proves a recovery, while it is shown on.
    pub fn continue_anew(&mut self, at: Duration) {
        self.span.continue_anew(at);
        self.dependence.restart();
    }

    /// A match that stands is none any more.
    pub fn withdraw_match(&mut self) {
        if self.standing == VerdictState::Match {
            self.standing = VerdictState::Collecting;
        }
    }

    /// A mismatch is established: what proves a recovery has to come after it.
    pub fn establish(&mut self, mismatch: Mismatch) {
        self.blame(&mismatch);
        let since = if mismatch.impossible {
            self.span.started_at()
        } else {
            mismatch.from
        };
        self.span.continue_from(mismatch.at, since);
        self.dependence.restart();
        self.mismatch = Some(mismatch);
        self.standing = VerdictState::Mismatch;
    }

    /// What alarms names a server: nothing is well again before that server is.
    pub fn blame(&mut self, mismatch: &Mismatch) {
        if let MismatchReason::ServerDiffers { server } | MismatchReason::StaleServer { server } =
            mismatch.reason
            && !self.blamed.contains(&server)
        {
            self.blamed.push(server);
        }
    }
}
