//! One name server: what it has shown of the shares before and now.

use std::collections::VecDeque;
use std::time::Duration;

use crate::stats::switch::{
    Lateness, LatenessTest, Prior, SWITCHES_WITHIN, Switch, SwitchDetector,
};

/// Answers are kept for so long, to find a switch before the poll that showed the change.
const KEPT: Duration = Duration::from_mins(2);
/// And no more than this: two minutes at the highest rate with a single server.
const KEPT_AT_MOST: usize = 12_000;

/// Where a name server stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Expected to switch; not counted.
    Propagating,
    /// It should have switched; counted, and it is being decided whether it has.
    Late,
    /// It did not switch; counted, and the switch is still watched for.
    Stale,
    /// Counted.
    Current,
}

/// What an answer says about its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing new, and not to be counted.
    Wait,
    /// Nothing new; count it.
    Count,
    /// The server has switched. The answer itself is not counted.
    Switched(Switch),
    /// The server is found to be current after all; count it.
    CurrentAfterAll,
    /// The server is found to be stale; count it.
    FoundStale,
}

/// One name server.
#[derive(Clone, Debug)]
pub struct Server {
    pub stage: Stage,
    detector: Option<SwitchDetector>,
    lateness: Option<LatenessTest>,
    pub switch: Option<Switch>,
    /// When its last answer was asked for, named or not.
    pub last_answer: Duration,
    /// When its last named answer was asked for.
    pub last_named: Duration,
    /// Sending times and keys of the named answers since the last poll that confirmed the shares.
    buffer: VecDeque<(Duration, u64)>,
}

impl Server {
    pub fn new(at: Duration) -> Self {
        Self {
            stage: Stage::Current,
            detector: None,
            lateness: None,
            switch: None,
            last_answer: at,
            last_named: at,
            buffer: VecDeque::new(),
        }
    }

    /// Remembers an answer.
    pub fn keep(&mut self, at: Duration, key: u64) {
        self.buffer.push_back((at, key));
        while self.buffer.len() > KEPT_AT_MOST
            || (self.buffer.front()).is_some_and(|(first, _)| *first + KEPT < at)
        {
            self.buffer.pop_front();
        }
    }

    /// Forgets what was asked before a poll that settles it.
    pub fn forget_before(&mut self, at: Duration) {
        while self.buffer.front().is_some_and(|(first, _)| *first < at) {
            self.buffer.pop_front();
        }
    }

    /// The remembered answers, oldest first.
    pub fn kept(&self) -> Vec<(Duration, u64)> {
        self.buffer.iter().copied().collect()
    }

    /// Expects a switch from the old shares to the new ones, since the time when the old ones were last confirmed.
    pub fn expect(&mut self, old: &[f64], new: &[f64], error_level: f64, from: Duration) {
        let prior = Prior::Whenever(SWITCHES_WITHIN);
        self.detector = Some(SwitchDetector::new(old, new, error_level, prior, from));
        self.lateness = None;
        self.stage = Stage::Propagating;
        self.switch = None;
    }

    /// Nothing to wait for.
    pub fn trust(&mut self) {
        self.detector = None;
        self.lateness = None;
        self.stage = Stage::Current;
        self.switch = None;
    }

    /// It has shown that it does not serve the new shares yet.
    pub fn revert_to_propagating(&mut self) {
        if let Some(detector) = &mut self.detector {
            detector.take_back();
            self.stage = Stage::Propagating;
            self.switch = None;
        }
    }

    /// Its time is up: from now on it is counted, and it is decided whether it has switched.
    pub fn mark_overdue(&mut self, old: &[f64], new: &[f64], error_level: f64) {
        self.stage = Stage::Late;
        self.lateness = Some(LatenessTest::new(old, new, error_level));
    }

    /// Takes a named answer.
    pub fn step(&mut self, at: Duration, set: usize) -> Step {
        if self.stage == Stage::Current {
            return Step::Count;
        }
        let decided = (self.stage == Stage::Late)
            .then(|| self.lateness.as_mut()?.record(set))
            .flatten();
        let found = (self.detector.as_mut()).and_then(|detector| detector.record(at, set));
        if let Some(switch) = found {
            self.stage = Stage::Current;
            self.switch = Some(switch);
            return Step::Switched(switch);
        }
        match (self.stage, decided) {
            (Stage::Propagating, _) => Step::Wait,
            (_, Some(Lateness::Current)) => {
                self.stage = Stage::Current;
                Step::CurrentAfterAll
            }
            (Stage::Late, Some(Lateness::Stale)) => {
                self.stage = Stage::Stale;
                Step::FoundStale
            }
            _ => Step::Count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_kept_is_bounded_in_time_and_number() {
        let mut server = Server::new(Duration::ZERO);
        for second in 0..500 {
            server.keep(seconds(second), second);
        }
        let kept = server.kept();
        assert_eq!((kept[0], kept.len()), ((seconds(379), 379), 121));
        for _ in 0..20_000 {
            server.keep(seconds(500), 1);
        }
        assert_eq!(server.kept().len(), KEPT_AT_MOST);
        server.forget_before(seconds(501));
        assert!(server.kept().is_empty());
    }

    #[test]
    fn a_server_goes_from_propagating_to_stale_and_switches_late() {
        let mut server = Server::new(Duration::ZERO);
        let (old, new) = ([0.9, 0.1], [0.1, 0.9]);
        server.expect(&old, &new, 0.01, Duration::ZERO);
        for second in 0..90 {
            assert_eq!(server.step(seconds(second), 0), Step::Wait);
        }
        server.mark_overdue(&old, &new, 0.01);
        let steps: Vec<Step> = (90..93)
            .map(|second| server.step(seconds(second), 0))
            .collect();
        assert_eq!(steps, [Step::Count, Step::Count, Step::FoundStale]);
        assert_eq!(server.step(seconds(93), 0), Step::Count);
        let found = (94..110).find_map(|second| match server.step(seconds(second), 1) {
            Step::Switched(switch) => Some(switch),
            _ => None,
        });
        let found = found.expect("detected");
        assert_eq!(found.switched_at, seconds(94));
        assert_eq!((server.stage, server.switch), (Stage::Current, Some(found)));
        assert_eq!(server.step(seconds(120), 1), Step::Count);
    }
}
