//! The end of `check`: at which verdict it ends, and with which code and figures.

use std::sync::Arc;

use super::ending::Ending;
use super::purpose::CheckRules;
use crate::config::Until;
use crate::error::ExitCode;
use crate::model::verdict::{ServerState, VerdictState};
use crate::snapshot::{EndedBy, Server, Snapshot};

/// A run that ends at its first verdict, or at what is waited for. When a mismatch may be called after a start is a rule of the
/// verdict itself.
#[derive(Debug, Default)]
pub struct Check {
    rules: CheckRules,
    state: Option<VerdictState>,
    /// Whether a set that has a share fails over HTTP, which holds up a match: it may recover until the time is up.
    fails_over_http: bool,
    /// How it ends at what is known at the moment, if there is nothing to wait for.
    now: Option<Ending>,
    /// What was seen when it was first decided how it ends.
    reached: Option<Arc<Snapshot>>,
}

impl Check {
    /// Nothing seen yet.
    pub fn new(rules: CheckRules) -> Self {
        Self {
            rules,
            ..Self::default()
        }
    }

    /// Takes notice of what is thought at the moment.
    pub fn look(&mut self, snapshot: &Arc<Snapshot>) {
        let segment = snapshot.current();
        let verdict = segment.and_then(|segment| segment.verdict.as_ref());
        self.state = verdict.map(|verdict| verdict.state);
        self.fails_over_http = !self.rules.ignore_http && snapshot.failing_over_http().is_some();
        self.now = self.decided(snapshot);
        if self.reached.is_none() && self.now.is_some() {
            self.reached = Some(Arc::clone(snapshot));
        }
    }

    /// How it ends now: decided, or because its time is up.
    pub fn ends(&self, time_is_up: bool) -> Option<Ending> {
        if time_is_up && self.now.is_none() {
            Some(self.undecided())
        } else {
            self.now
        }
    }

    /// How it ends at what is known at the moment, if there is nothing to wait for.
    fn decided(&self, snapshot: &Snapshot) -> Option<Ending> {
        if snapshot.tripped().is_some() {
            let (by, code) = (EndedBy::Gate, ExitCode::Mismatch);
            return Some(Ending { by, code });
        }
        let is_match = self.state == Some(VerdictState::Match) && !self.fails_over_http;
        let is_mismatch = self.state == Some(VerdictState::Mismatch);
        let has_switched = |server: &Server| server.state == ServerState::Current;
        let (by, code, is_reached) = match self.rules.until {
            None if is_mismatch => (EndedBy::Verdict, ExitCode::Mismatch, true),
            None | Some(Until::Match) => (EndedBy::Verdict, ExitCode::Success, is_match),
            Some(Until::Mismatch) => (EndedBy::Verdict, ExitCode::Mismatch, is_mismatch),
            Some(Until::Settled) => {
                let all_have = snapshot.servers.iter().all(has_switched);
                (EndedBy::Verdict, ExitCode::Success, is_match && all_have)
            }
            Some(Until::Stage) => (EndedBy::Verdict, ExitCode::Success, has_held(snapshot)),
            Some(Until::Gates) => (EndedBy::Gate, ExitCode::Success, snapshot.all_gates_hold()),
        };
        is_reached.then_some(Ending { by, code })
    }

    /// How it ends, and with which numbers, given the `last` look after everything has stopped: the exit code and the
    /// report never tell two different things.
    pub fn settle(&mut self, ending: Ending, last: Arc<Snapshot>) -> (Ending, Arc<Snapshot>) {
        match (ending.by, self.now) {
            // The last answers decided it.
            (EndedBy::Duration | EndedBy::Missed(_) | EndedBy::Http, now) => {
                (now.unwrap_or_else(|| self.undecided()), last)
            }
            // What came after it was decided has put it in question again.
            (EndedBy::Verdict | EndedBy::Gate, now) if now != Some(ending) => {
                (ending, self.reached.take().unwrap_or(last))
            }
            _ => (ending, last),
        }
    }

    /// What the time that is up leaves: a mismatch, a match with a set that fails, nothing seen, or nothing decided. A verdict
    /// that happens to be a match is no success where something else was waited for.
    fn undecided(&self) -> Ending {
        let until = self.rules.until;
        let time_up = until.map_or(EndedBy::Duration, |it| EndedBy::Missed(it.as_str()));
        let (by, code) = match self.state {
            Some(VerdictState::Match) if self.fails_over_http => {
                (EndedBy::Http, ExitCode::Mismatch)
            }
            Some(VerdictState::Mismatch) => (time_up, ExitCode::Mismatch),
            Some(VerdictState::Blind) | None => (time_up, ExitCode::CouldNotMeasure),
            Some(_) => (time_up, ExitCode::Undecided),
        };
        Ending { by, code }
    }
}

/// Whether the declared weights are those of a stage that has nothing left to wait for.
fn has_held(snapshot: &Snapshot) -> bool {
    let progress = snapshot.stages.as_ref();
    progress.is_some_and(|progress| progress.stage.is_some() && progress.waits.is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::gate::GateReading;
    use crate::model::http::HttpFault;
    use crate::views::samples;

    /// How long after the verdict the last look comes.
    const LATER: Duration = Duration::from_millis(500);

    fn settled(by: EndedBy, code: ExitCode, last: VerdictState) -> (Ending, Arc<Snapshot>) {
        let reached = samples::running();
        let mut snapshot = samples::running();
        snapshot.uptime += LATER;
        let mut check = Check {
            reached: Some(Arc::new(reached)),
            ..Check::default()
        };
        snapshot.segment_mut(0).verdict.as_mut().expect("one").state = last;
        let last = Arc::new(snapshot);
        check.look(&last);
        check.settle(Ending { by, code }, last)
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

    /// A match with so many requests to the second set, some without a response and some with status 5xx.
    fn requested(requests: u64, failures: u64, errors: u64, share: f64) -> Arc<Snapshot> {
        let mut snapshot = samples::running();
        let set = &mut snapshot.segment_mut(0).sets[1];
        set.declared_share = share;
        let http = set.http.as_mut().expect("it is on");
        http.requests = requests;
        http.faults[HttpFault::Refused.index()] = failures;
        http.faults[HttpFault::Status.index()] = errors;
        Arc::new(snapshot)
    }

    fn looked(snapshot: &Arc<Snapshot>, rules: CheckRules) -> Check {
        let mut check = Check::new(rules);
        check.look(snapshot);
        check
    }

    #[test]
    fn a_match_waits_for_a_set_that_fails_over_http_and_ends_with_three_if_it_does_not_recover() {
        let failing = requested(60, 20, 11, 0.28);
        let mut check = looked(&failing, CheckRules::default());
        assert_eq!(check.now, None);
        let ending = check.undecided();
        assert_eq!(
            (ending.by, ending.code),
            (EndedBy::Http, ExitCode::Mismatch)
        );
        assert_eq!(check.settle(ending, failing).0, ending);
        let recovered = requested(100, 20, 11, 0.28);
        check.look(&recovered);
        let settled = check.settle(ending, recovered).0;
        assert_eq!(
            (settled.by, settled.code),
            (EndedBy::Verdict, ExitCode::Success)
        );
    }

    #[test]
    fn few_requests_half_of_them_and_sets_without_a_share_hold_up_no_match() {
        let rules = CheckRules::default();
        for (requests, failures, errors, share) in
            [(19, 19, 0, 0.28), (60, 20, 10, 0.28), (60, 60, 0, 0.0)]
        {
            let snapshot = requested(requests, failures, errors, share);
            let code = looked(&snapshot, rules).now.map(|ending| ending.code);
            assert_eq!(
                code,
                Some(ExitCode::Success),
                "{requests} {failures} {errors} {share}"
            );
        }
        let ignored = CheckRules {
            ignore_http: true,
            ..rules
        };
        let snapshot = requested(60, 60, 0, 0.28);
        assert!(looked(&snapshot, ignored).now.is_some());
    }

    /// How a check that waits for something ends at a state of the verdict, with these gates: at once, and when its time is up.
    fn waited(
        until: Option<Until>,
        state: VerdictState,
        gates: Vec<GateReading>,
    ) -> (Option<Ending>, Ending) {
        let mut snapshot = samples::running();
        snapshot.segment_mut(0).verdict.as_mut().expect("one").state = state;
        snapshot.gates = gates;
        let rules = CheckRules {
            until,
            ..CheckRules::default()
        };
        let check = looked(&Arc::new(snapshot), rules);
        (check.ends(false), check.ends(true).expect("it ends"))
    }

    #[test]
    fn what_is_waited_for_ends_it_and_nothing_else_does() {
        use EndedBy::{Gate, Missed, Verdict};
        use ExitCode::{Mismatch, Success, Undecided};
        use VerdictState as State;
        let holds = || samples::gates()[1..2].to_vec();
        for (until, state, at_once, time_is_up) in [
            (
                None,
                State::Match,
                Some((Verdict, Success)),
                (Verdict, Success),
            ),
            (
                None,
                State::Mismatch,
                Some((Verdict, Mismatch)),
                (Verdict, Mismatch),
            ),
            (
                Some(Until::Match),
                State::Match,
                Some((Verdict, Success)),
                (Verdict, Success),
            ),
            (
                Some(Until::Match),
                State::Mismatch,
                None,
                (Missed("match"), Mismatch),
            ),
            (
                Some(Until::Match),
                State::Collecting,
                None,
                (Missed("match"), Undecided),
            ),
            (
                Some(Until::Mismatch),
                State::Match,
                None,
                (Missed("mismatch"), Undecided),
            ),
            (
                Some(Until::Mismatch),
                State::Mismatch,
                Some((Verdict, Mismatch)),
                (Verdict, Mismatch),
            ),
            (
                Some(Until::Settled),
                State::Match,
                Some((Verdict, Success)),
                (Verdict, Success),
            ),
            (
                Some(Until::Gates),
                State::Collecting,
                Some((Gate, Success)),
                (Gate, Success),
            ),
        ] {
            let found = waited(until, state, holds());
            let pair = |ending: Ending| (ending.by, ending.code);
            let expected = (at_once, time_is_up);
            assert_eq!(
                (found.0.map(pair), pair(found.1)),
                expected,
                "{until:?} {state:?}"
            );
        }
    }

    #[test]
    fn a_critical_gate_ends_it_whatever_is_waited_for_and_one_that_is_not_known_holds_up_the_gates()
    {
        let ending = Ending {
            by: EndedBy::Gate,
            code: ExitCode::Mismatch,
        };
        let all = [None].into_iter().chain(Until::ALL.map(Some));
        for until in all {
            let found = waited(until, VerdictState::Match, samples::gates());
            assert_eq!(found, (Some(ending), ending), "{until:?}");
        }
        let waiting = samples::gates()[1..].to_vec();
        let (now, then) = waited(Some(Until::Gates), VerdictState::Match, waiting);
        assert_eq!(now, None);
        assert_eq!(
            (then.by, then.code),
            (EndedBy::Missed("gates"), ExitCode::Undecided)
        );
    }

    #[test]
    fn a_stage_is_waited_for_until_nothing_is_left_to_wait_for_in_it() {
        let rules = CheckRules {
            until: Some(Until::Stage),
            ..CheckRules::default()
        };
        let ends = |snapshot| looked(&Arc::new(snapshot), rules).ends(false);
        let held = Ending {
            by: EndedBy::Verdict,
            code: ExitCode::Success,
        };
        assert_eq!(ends(samples::held()), Some(held));
        for waiting in [samples::staged(), samples::off_plan(), samples::running()] {
            assert_eq!(ends(waiting), None);
        }
        let mut matching = samples::running();
        matching.segment_mut(0).verdict.as_mut().expect("one").state = VerdictState::Match;
        let missed = looked(&Arc::new(matching), rules).ends(true);
        let (by, code) = (EndedBy::Missed("stage"), ExitCode::Undecided);
        assert_eq!(missed, Some(Ending { by, code }));
    }

    #[test]
    fn a_match_is_not_settled_before_every_server_has_switched() {
        let mut snapshot = samples::running();
        snapshot.segment_mut(0).verdict.as_mut().expect("one").state = VerdictState::Match;
        snapshot.servers[1].state = ServerState::Silent;
        let rules = CheckRules {
            until: Some(Until::Settled),
            ..CheckRules::default()
        };
        let check = looked(&Arc::new(snapshot), rules);
        assert_eq!(check.ends(false), None);
        assert_eq!(check.undecided().code, ExitCode::Undecided);
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
