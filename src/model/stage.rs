//! The steps of a cutover as somebody plans them, and how far it has come: plain data.
//!
//! All times are since the start of the run. Stages are given by their places in the plan.

use std::sync::Arc;
use std::time::Duration;

use super::gate::Gate;
use super::index::ServerIndex;

/// A step of a cutover.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// What it is called.
    pub name: String,
    /// The weight of each set that it is about, by identifier; others are left as they are.
    pub weights: Vec<(String, u64)>,
    /// So long a match has to stand before the next step.
    pub hold: Duration,
    /// Rules that have to hold meanwhile.
    pub gates: Vec<Arc<Gate>>,
}

impl Stage {
    /// Whether these weights are those of the stage.
    pub fn is(&self, declared: &[(String, u64)]) -> bool {
        self.weights.iter().all(|set| declared.contains(set))
    }
}

/// How a cutover is planned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Its steps; none: nobody planned any.
    pub stages: Arc<[Stage]>,
    /// How fast a rollback should be.
    pub rollback_goal: Duration,
}

/// How far a cutover has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress {
    /// The plan.
    pub plan: Plan,
    /// The stage that the declared weights are; `None`: they are none.
    pub stage: Option<usize>,
    /// The stage that was reached last; `None`: none yet.
    pub last: Option<usize>,
    /// Since when the declared weights have been what they are.
    pub since: Duration,
    /// What has to be waited for before the next step, in the order in which it comes; nothing where no stage is in force.
    pub waits: Vec<Wait>,
    /// The stage that comes next; `None`: there is none after this one.
    pub next: Option<usize>,
    /// Before this time it cannot come, as far as is known.
    pub earliest: Duration,
    /// How it went in each stage, as it was reached, oldest first; the newest are kept.
    pub visits: Vec<Visit>,
    /// The newest rollback.
    pub rollback: Option<Rollback>,
    /// Sets that the plan names and that are not declared.
    pub unknown: Vec<String>,
}

impl Progress {
    /// The newest visit of a stage.
    pub fn visit(&self, stage: usize) -> Option<&Visit> {
        let mut newest_first = self.visits.iter().rev();
        newest_first.find(|visit| visit.stage == stage)
    }

    /// The visit that goes on.
    pub fn current(&self) -> Option<&Visit> {
        self.visit(self.stage?)
    }
}

/// Something that has to be waited for.
#[derive(Clone, Debug, PartialEq)]
pub struct Wait {
    /// What.
    pub what: Awaited,
    /// Since when; `None`: something else has to come first.
    pub since: Option<Duration>,
    /// When it is over; `None`: nobody knows.
    pub until: Option<Duration>,
}

/// What a stage can wait for.
#[derive(Clone, Debug, PartialEq)]
pub enum Awaited {
    /// That all name servers have gone over.
    Propagation,
    /// A match.
    Verdict,
    /// That the match has stood for the time of the stage.
    Hold,
    /// That resolvers hold no answer of before any more.
    Drain,
    /// That these rules hold again.
    Gates(Vec<String>),
}

impl Awaited {
    /// The name in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Propagation => "propagation",
            Self::Verdict => "verdict",
            Self::Hold => "hold",
            Self::Drain => "drain",
            Self::Gates(_) => "gates",
        }
    }
}

/// How it went in a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Which.
    pub stage: usize,
    /// When the API showed it; the start of the run where that began in it.
    pub seen_at: Duration,
    /// When DNS answered with its weights first, as an estimate.
    pub first_answer_at: Option<Duration>,
    /// When the last name server had gone over.
    pub servers_at: Option<Duration>,
    /// When the first match came.
    pub match_at: Option<Duration>,
    /// When all that it waits for had been there for the first time but gates: match, hold, drain.
    pub held_at: Option<Duration>,
    /// The worst gate that was tripped meanwhile.
    pub worst_gate: Option<WorstGate>,
    /// When other weights were declared.
    pub left_at: Option<Duration>,
}

/// A gate that was tripped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorstGate {
    /// The rule as it is written.
    pub rule: String,
    /// Whether it is a reason to go back.
    pub is_critical: bool,
    /// When it tripped.
    pub at: Duration,
}

/// The way back to an earlier stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollback {
    /// From where.
    pub from: usize,
    /// To where; `None`: to what was declared before the first stage.
    pub to: Option<usize>,
    /// The sets that were abandoned. None: those whose share went down keep some, so the servers' switch has to do.
    pub abandoned: Vec<String>,
    /// When the change was not there yet, as the API said.
    pub not_before: Duration,
    /// When it was there at the latest, as the API said or as answers showed.
    pub not_after: Duration,
    /// By name server, when it gave the last answer of an abandoned set, or went over; `None` while that is not known.
    pub servers: Vec<Option<Duration>>,
    /// When the last one did; `None` until all have gone over.
    pub done_at: Option<Duration>,
    /// How fast it should be.
    pub goal: Duration,
    /// When other weights were declared before it was done.
    pub cut_short_at: Option<Duration>,
}

/// How long a rollback took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Took {
    /// At least so long: from when the change was there at the latest.
    pub at_least: Duration,
    /// At most so long: from when it was not there yet.
    pub at_most: Duration,
    /// Whether that is within the goal; `None`: it cannot be told.
    pub is_kept: Option<bool>,
}

impl Rollback {
    /// How long it took; `None` until it is done.
    pub fn took(&self) -> Option<Took> {
        let done = self.done_at?;
        let at_least = done.saturating_sub(self.not_after);
        let at_most = done.saturating_sub(self.not_before);
        Some(Took {
            at_least,
            at_most,
            is_kept: if at_most <= self.goal {
                Some(true)
            } else if at_least > self.goal {
                Some(false)
            } else {
                None
            },
        })
    }

    /// The name servers that are not known to be through.
    pub fn behind(&self) -> Vec<ServerIndex> {
        let servers = ServerIndex::enumerate(&self.servers);
        let behind = servers.filter(|(_, at)| at.is_none());
        behind.map(|(server, _)| server).collect()
    }
}

/// What happened to a cutover. Stages are given by their names, so that it can be told without the plan.
#[derive(Clone, Debug, PartialEq)]
pub enum StageNews {
    /// The declared weights are those of a stage.
    Reached {
        /// Its number, from 1.
        number: usize,
        /// Of so many.
        of: usize,
        /// Its name.
        name: String,
    },
    /// The declared weights are those of no stage any more.
    Left {
        /// The one that was left.
        name: String,
    },
    /// All that a stage waits for is there.
    Held {
        /// The stage.
        name: String,
        /// The one that can come now; `None`: it was the last.
        next: Option<String>,
    },
    /// The declared weights are those of an earlier stage again.
    RollbackBegan {
        /// The stage that was left.
        from: String,
        /// Where it goes back to; `None`: to what was declared before the first stage.
        to: Option<String>,
        /// How fast it should be.
        goal: Duration,
    },
    /// A rollback has come through.
    RolledBack {
        /// Where it went back to; `None`: to what was declared before the first stage.
        to: Option<String>,
        /// The sets that are not answered any more.
        abandoned: Vec<String>,
        /// How long it took.
        took: Took,
        /// How fast it should have been.
        goal: Duration,
    },
}
