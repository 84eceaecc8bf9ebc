//! The end of `check`: at which verdict it ends, and with which code and figures.

use std::sync::Arc;
use std::time::Duration;

use super::ending::Ending;
use crate::error::ExitCode;
use crate::model::verdict::VerdictState;
use crate::snapshot::{EndedBy, Snapshot};
use crate::verdict::GRACE;

/// `check` is what a pipeline runs after it has changed the weights. Nothing tells when they were changed before the run
/// began, so a mismatch ends it only when a change would have reached all name servers.
const SETTLED_AFTER: Duration = GRACE;

/// A run that ends at its first verdict.
#[derive(Debug, Default)]
pub(super) struct Check {
    state: Option<VerdictState>,
    /// Whether a mismatch may still be the trace of a change shortly before the run.
    early: bool,
    /// What was seen when the verdict was reached.
    reached: Option<Arc<Snapshot>>,
}

impl Check {
    /// Takes notice of what is thought at the moment.
    pub fn look(&mut self, snapshot: &Arc<Snapshot>) {
        let segment = snapshot.current();
        let verdict = segment.and_then(|segment| segment.verdict.as_ref());
        self.state = verdict.map(|verdict| verdict.state);
        let first = segment.is_none_or(|segment| segment.number == 1);
        self.early = first && snapshot.uptime < SETTLED_AFTER;
        if self.reached.is_none() && self.verdict().is_some() {
            self.reached = Some(Arc::clone(snapshot));
        }
    }

    /// How it ends now, if there is nothing to wait for.
    pub fn verdict(&self) -> Option<Ending> {
        let wait = self.early && self.state == Some(VerdictState::Mismatch);
        if wait { None } else { self.decided() }
    }

    /// What the verdict of the moment says, if there is one.
    fn decided(&self) -> Option<Ending> {
        let code = match self.state? {
            VerdictState::Match => ExitCode::Success,
            VerdictState::Mismatch => ExitCode::Mismatch,
            VerdictState::Collecting | VerdictState::Propagating | VerdictState::Blind => {
                return None;
            }
        };
        Some(Ending {
            by: EndedBy::Verdict,
            code,
        })
    }

    /// How it ends, and with which numbers, given the `last` look after everything has stopped: the exit code and the
    /// report never tell two different things.
    pub fn settle(&mut self, ending: Ending, last: Arc<Snapshot>) -> (Ending, Arc<Snapshot>) {
        match (ending.by, self.decided()) {
            // The last answers decided it.
            (EndedBy::Duration, Some(verdict)) => (verdict, last),
            (EndedBy::Duration, None) => {
                let code = self.undecided();
                (Ending { code, ..ending }, last)
            }
            // What came after the verdict that ended it has put it in question again.
            (EndedBy::Verdict, now) if now.is_none_or(|now| now.code != ending.code) => {
                (ending, self.reached.take().unwrap_or(last))
            }
            _ => (ending, last),
        }
    }

    /// What the time that is up leaves: nothing decided, or nothing seen.
    pub fn undecided(&self) -> ExitCode {
        match self.state {
            Some(VerdictState::Blind) | None => ExitCode::CouldNotMeasure,
            Some(_) => ExitCode::Undecided,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    /// How long after the verdict the last look comes.
    const LATER: Duration = Duration::from_millis(500);

    fn settled(by: EndedBy, code: ExitCode, last: VerdictState) -> (Ending, Arc<Snapshot>) {
        let reached = samples::running();
        let mut snapshot = samples::running();
        snapshot.uptime += LATER;
        let mut check = Check {
            state: Some(last),
            early: false,
            reached: Some(Arc::new(reached)),
        };
        check.settle(Ending { by, code }, Arc::new(snapshot))
    }

    #[test]
    fn a_verdict_that_the_last_answers_bring_is_the_one_it_ends_with() {
        let late = settled(
            EndedBy::Duration,
            ExitCode::Undecided,
            VerdictState::Mismatch,
        )
        .0;
        assert_eq!((late.by, late.code), (EndedBy::Verdict, ExitCode::Mismatch));
        let blind = settled(EndedBy::Duration, ExitCode::Undecided, VerdictState::Blind).0;
        assert_eq!(blind.code, ExitCode::CouldNotMeasure);
    }

    #[test]
    fn a_mismatch_that_a_change_before_the_run_explains_is_waited_out() {
        let ends_at = |state: VerdictState, uptime: u64, number: u64| {
            let mut snapshot = samples::running();
            snapshot.uptime = Duration::from_secs(uptime);
            let segment = &mut snapshot.segments[0];
            segment.number = number;
            segment.verdict.as_mut().expect("a verdict").state = state;
            let mut check = Check::default();
            check.look(&Arc::new(snapshot));
            (
                check.verdict().map(|ending| ending.code),
                check.decided().map(|ending| ending.code),
            )
        };
        let mismatch = Some(ExitCode::Mismatch);
        assert_eq!(ends_at(VerdictState::Mismatch, 5, 1), (None, mismatch));
        assert_eq!(ends_at(VerdictState::Mismatch, 90, 1), (mismatch, mismatch));
        assert_eq!(ends_at(VerdictState::Mismatch, 5, 2), (mismatch, mismatch));
        let matching = Some(ExitCode::Success);
        assert_eq!(ends_at(VerdictState::Match, 5, 1), (matching, matching));
    }

    #[test]
    fn a_report_shows_the_verdict_of_its_exit_code() {
        let reached = samples::running();
        for last in [VerdictState::Propagating, VerdictState::Mismatch] {
            let (ending, snapshot) = settled(EndedBy::Verdict, ExitCode::Success, last);
            assert_eq!(ending.code, ExitCode::Success);
            assert_eq!(*snapshot, reached);
        }
        let (ending, snapshot) = settled(EndedBy::Verdict, ExitCode::Success, VerdictState::Match);
        assert_eq!(ending.code, ExitCode::Success);
        assert_eq!(snapshot.uptime, reached.uptime + LATER);
        let stopped = settled(
            EndedBy::Interrupt,
            ExitCode::Interrupted,
            VerdictState::Match,
        )
        .0;
        assert_eq!(stopped.code, ExitCode::Interrupted);
    }
}
