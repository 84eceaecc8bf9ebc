//! What the machine is fed with.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::reading::Origin;
use crate::model::share::declared_shares;
use crate::model::verdict::{Criteria, Inconclusive};

/// What does not change during a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// The number of name servers, at least one.
    pub servers: usize,
    /// How near counts as a match, and how sure that has to be.
    pub criteria: Criteria,
    /// Queries a second that are asked for, over all name servers; above 0.
    pub tps: f64,
    /// The largest share of answers that no set can have given with which there is a match, 0 to 1.
    pub max_unknown: f64,
    /// What is known of the time just before the start.
    pub start: Start,
}

/// What is known of the time just before the start of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// Nothing: a change may have been made a moment ago.
    Unknown,
    /// The weights have stood for two minutes.
    Settled,
    /// A change is on its way, and whether it is in sync is being asked.
    AwaitsChange,
}

impl Rules {
    /// After so long without an answer from one server it is silent: five seconds, or five of its turns.
    pub(super) fn silence(&self) -> Duration {
        let servers = u32::try_from(self.servers).unwrap_or(u32::MAX);
        Duration::from_secs(5).max(self.period() * servers.saturating_mul(5))
    }

    /// After so long without a named answer nothing is seen: five seconds, or 30 periods below ten queries a second.
    pub(super) fn blindness(&self) -> Duration {
        if self.tps >= 10.0 {
            Duration::from_secs(5)
        } else {
            self.period() * 30
        }
    }

    fn period(&self) -> Duration {
        Duration::from_secs_f64(1.0 / self.tps.clamp(1e-3, 1e6))
    }
}

/// What the configuration declares, as the shares that Route 53 should serve.
#[derive(Clone, Debug, PartialEq)]
pub struct Declaration {
    /// The number of the segment; each differs from all before.
    pub segment: u64,
    /// The sets, in the order that answers name them by. A set that was removed may stay in the list for a while, with
    /// its key and the share 0: then its answers can be named, and a server that still gives them is seen to be stale.
    pub sets: Vec<DeclaredSet>,
    /// Why the shares cannot be judged; then no verdict is given. `None`: they can.
    pub inconclusive: Option<Inconclusive>,
}

/// A member of the weighted group.
#[derive(Clone, Debug, PartialEq)]
pub struct DeclaredSet {
    /// The set identifier.
    pub identifier: String,
    /// The same number for the same set with the same target, in every declaration of the run.
    pub key: u64,
    /// The declared share, 0 to 1; all shares add up to 1. When all are 0 they are taken as even, as Route 53 does.
    pub share: f64,
}

impl Declaration {
    /// The declared shares, which add up to 1.
    pub(super) fn shares(&self) -> Vec<f64> {
        let sum: f64 = self.sets.iter().map(|set| set.share.max(0.0)).sum();
        if sum > 0.0 {
            let share = |set: &DeclaredSet| set.share.max(0.0) / sum;
            self.sets.iter().map(share).collect()
        } else {
            declared_shares(&vec![0; self.sets.len()])
        }
    }

    /// Whether both declare the same sets with the same shares in the same order: nothing for the machine to do anew.
    pub(super) fn same_shares(&self, other: &Self) -> bool {
        let same_keys = self.sets.len() == other.sets.len()
            && (self.sets.iter().zip(&other.sets)).all(|(one, two)| one.key == two.key);
        same_keys
            && self.inconclusive == other.inconclusive
            && (self.shares().iter().zip(other.shares())).all(|(one, two)| (one - two).abs() < 1e-9)
    }
}

/// What came of reading the configuration.
#[derive(Clone, Debug, PartialEq)]
pub enum Poll {
    /// It shows the declaration in force.
    Same,
    /// It shows another one, which is in force from now on.
    Changed(Declaration),
    /// It was not answered, or the answer was of no use.
    Failed,
}

/// One DNS answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When its query was sent.
    pub at: Duration,
    /// The segment in force then, by whose declaration the set is named.
    pub segment: u64,
    /// The name server.
    pub server: ServerIndex,
    /// Which set of that declaration it came from, as far as is known.
    pub origin: Origin,
}
