//! What the machine shows after a tick, as plain data.

use std::time::Duration;

use crate::model::verdict::{
    Criteria, Explanation, Propagation, ServerVerdict, SetVerdict, ToGo, Unknown, Verdict,
    VerdictEvent, VerdictState,
};

/// Everything that is to be shown of one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// The segment that it is about.
    pub segment: u64,
    /// The verdict of that segment.
    pub verdict: Verdict,
    /// Why it is what it is.
    pub explanation: Explanation,
    /// The declared sets, in their order.
    pub sets: Vec<SetVerdict>,
    /// The name servers, in their order.
    pub servers: Vec<ServerVerdict>,
    /// Answers since then are shown.
    pub shown_since: Duration,
    /// The newest changes of the declared shares, oldest first.
    pub propagations: Vec<Propagation>,
    /// The configuration should be read at once. True at most once a second; a poll that is under way and was sent
    /// before this does not do.
    pub wants_poll: bool,
    /// What happened since the last tick.
    pub events: Vec<VerdictEvent>,
    /// What happened besides and did not fit.
    pub events_lost: u64,
}

impl Default for Output {
    /// Nothing known yet.
    fn default() -> Self {
        Self {
            segment: 0,
            verdict: Verdict {
                state: VerdictState::Collecting,
                standing: VerdictState::Collecting,
                since: Duration::ZERO,
                mismatch: None,
                suspicion: None,
                criteria: Criteria {
                    tolerance: 0.0,
                    confidence: 0.0,
                },
                answers: 0,
                ln_evidence: 0.0,
                p_value: 1.0,
                to_go: ToGo::default(),
                off: None,
                unknown: Unknown::default(),
                sightings: Vec::new(),
                answering: 0,
                blamed: Vec::new(),
                notes: Vec::new(),
            },
            explanation: Explanation::NoAnswerYet(ToGo::default()),
            sets: Vec::new(),
            servers: Vec::new(),
            shown_since: Duration::ZERO,
            propagations: Vec::new(),
            wants_poll: false,
            events: Vec::new(),
            events_lost: 0,
        }
    }
}
