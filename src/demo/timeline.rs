//! What is true in a story at a given story time: a pure function of the story, without a clock and without sockets.
//!
//! Who asks, and when, is `world`'s business.

use std::time::Duration;

use super::story::{ApiAction, ApiChange, ApiFault, Lag, ServerFault, Story, WebBehaviour};

/// A story turned into sequences of "from here on", one for each thing that can change.
#[derive(Debug)]
pub(super) struct Timeline {
    /// The weights that the API shows, in the order of the sets. The position here is the version's number.
    declarations: History<Vec<u8>>,
    /// By name server: the version that the first of its machines serves.
    served: Vec<History<usize>>,
    /// By name server: how much later the last of its machines follows.
    spreads: Vec<Duration>,
    /// By name server: what is wrong with it.
    server_faults: Vec<History<ServerFault>>,
    /// By record set: how its web server behaves.
    web: Vec<History<WebBehaviour>>,
    /// By record set: how many checkers of its health check see the endpoint well; 0 without a check.
    passing: Vec<History<u8>>,
    /// In the order of [`ApiAction::ALL`].
    api: History<[ApiFault; ApiAction::ALL.len()]>,
}

/// One change that a name server has applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switch {
    /// The story time at which the API began to show these weights.
    pub declared_at: Duration,
    /// The story time from which this server answers by them.
    pub applied_at: Duration,
    /// The story time from which all its machines do; later than `applied_at` for a server with a spread.
    pub completed_at: Duration,
    /// The weights, in the order of the story's sets.
    pub weights: Vec<u8>,
}

impl Timeline {
    pub(super) fn new(story: &Story) -> Self {
        let mut timeline = Self {
            declarations: History::from_beginning(
                story.sets.iter().map(|set| set.weight).collect(),
            ),
            served: Vec::new(),
            spreads: story.servers.iter().map(|server| server.spread).collect(),
            server_faults: story
                .servers
                .iter()
                .map(|server| History::from_beginning(server.fault))
                .collect(),
            web: story
                .sets
                .iter()
                .map(|set| History::from_beginning(set.web))
                .collect(),
            passing: story
                .sets
                .iter()
                .map(|set| set.health_check.as_ref().map_or(0, |check| check.passing))
                .map(History::from_beginning)
                .collect(),
            api: History::from_beginning(faults_after(
                [ApiFault::None; ApiAction::ALL.len()],
                &story.api,
            )),
        };
        for step in &story.steps {
            timeline.follow_weights(step.after, &step.weights);
            for (set, change) in &step.web {
                let before = *timeline.web[*set].last();
                timeline.web[*set].add(step.after, change.applied_to(before));
            }
            for (server, change) in &step.servers {
                if let Some(fault) = change.fault {
                    timeline.server_faults[*server].add(step.after, fault);
                }
            }
            for (set, passing) in &step.passing {
                timeline.passing[*set].add(step.after, *passing);
            }
            if let Some(change) = &step.api {
                let faults = faults_after(*timeline.api.last(), change);
                timeline.api.add(step.after, faults);
            }
        }
        timeline.served = (0..story.servers.len())
            .map(|server| timeline.versions_served(story, server))
            .collect();
        timeline
    }

    /// The weights that the API shows.
    pub(super) fn declared(&self, at: Duration) -> &[u8] {
        self.declarations.at(at)
    }

    /// The weights by which one machine of a name server answers. `machine` is its place among all of them, from 0 for the
    /// first to follow a change to 1 for the last.
    pub(super) fn served(&self, server: usize, machine: f64, at: Duration) -> &[u8] {
        let heard_of = at.saturating_sub(self.spreads[server].mul_f64(machine));
        &self.declarations.entries[*self.served[server].at(heard_of)].1
    }

    /// The changes of weights that a name server has applied so far.
    pub(super) fn switches(&self, server: usize, until: Duration) -> Vec<Switch> {
        self.served[server].entries[1..]
            .iter()
            .take_while(|(applied_at, _)| *applied_at <= until)
            .map(|(applied_at, version)| {
                let (declared_at, weights) = &self.declarations.entries[*version];
                Switch {
                    declared_at: *declared_at,
                    applied_at: *applied_at,
                    completed_at: applied_at.saturating_add(self.spreads[server]),
                    weights: weights.clone(),
                }
            })
            .collect()
    }

    pub(super) fn server_fault(&self, server: usize, at: Duration) -> ServerFault {
        *self.server_faults[server].at(at)
    }

    pub(super) fn web(&self, set: usize, at: Duration) -> WebBehaviour {
        *self.web[set].at(at)
    }

    /// How many checkers of a set's health check see the endpoint well.
    pub(super) fn passing(&self, set: usize, at: Duration) -> u8 {
        *self.passing[set].at(at)
    }

    /// What is wrong with one operation of the API.
    pub(super) fn api_fault(&self, action: ApiAction, at: Duration) -> ApiFault {
        let faults = self.api.at(at);
        ApiAction::ALL
            .iter()
            .zip(faults)
            .find(|(candidate, _)| **candidate == action)
            .map_or(ApiFault::None, |(_, fault)| *fault)
    }

    /// Whether the API takes no connections.
    pub(super) fn api_is_unreachable(&self, at: Duration) -> bool {
        self.api.at(at).contains(&ApiFault::Unreachable)
    }

    fn follow_weights(&mut self, after: Duration, changes: &[(usize, u8)]) {
        let mut weights = self.declarations.last().clone();
        for (set, weight) in changes {
            weights[*set] = *weight;
        }
        if weights != *self.declarations.last() {
            self.declarations.add(after, weights);
        }
    }

    /// Which version a name server serves from when on. What the API shows at a step sets out for this server if the step
    /// changes the weights or the server's lag, and arrives after the lag then in force; so a stale server that is given
    /// a lag again catches up. Of all that has arrived the latest declaration counts: a slow old one that comes in
    /// behind a quick new one changes nothing.
    fn versions_served(&self, story: &Story, server: usize) -> History<usize> {
        let mut lag = story.servers[server].lag;
        let mut arrivals: Vec<(Duration, usize)> = Vec::new();
        for step in &story.steps {
            let new_lag = step
                .servers
                .iter()
                .find(|(changed, _)| *changed == server)
                .and_then(|(_, change)| change.lag);
            lag = new_lag.unwrap_or(lag);
            let version = self.declarations.position_at(step.after);
            let is_declared_here = self.declarations.entries[version].0 == step.after;
            if let Lag::After(lag) = lag
                && (is_declared_here || new_lag.is_some())
            {
                arrivals.push((step.after.saturating_add(lag), version));
            }
        }
        arrivals.sort_unstable();
        let mut history = History::from_beginning(0);
        for (applied_at, version) in arrivals {
            if version > *history.last() {
                history.add(applied_at, version);
            }
        }
        history
    }
}

fn faults_after(
    mut faults: [ApiFault; ApiAction::ALL.len()],
    change: &ApiChange,
) -> [ApiFault; ApiAction::ALL.len()] {
    // An API that is unreachable is so as a whole. When one operation is told to work or to fail in another way, the
    // rest of it can be reached again, too.
    if change.fault != ApiFault::Unreachable {
        for fault in &mut faults {
            if *fault == ApiFault::Unreachable {
                *fault = ApiFault::None;
            }
        }
    }
    for (action, fault) in ApiAction::ALL.iter().zip(&mut faults) {
        if change.actions.is_empty() || change.actions.contains(action) {
            *fault = change.fault;
        }
    }
    faults
}

/// Values that each hold from a story time until the next one begins. There always is one from the beginning.
#[derive(Debug)]
struct History<T> {
    entries: Vec<(Duration, T)>,
}

impl<T> History<T> {
    fn from_beginning(value: T) -> Self {
        Self {
            entries: vec![(Duration::ZERO, value)],
        }
    }

    /// Adds what holds from `from` on. Calls come in the order of time; of two for the same time the later one counts.
    fn add(&mut self, from: Duration, value: T) {
        self.entries.push((from, value));
    }

    fn position_at(&self, at: Duration) -> usize {
        self.entries
            .partition_point(|(from, _)| *from <= at)
            .saturating_sub(1)
    }

    fn at(&self, at: Duration) -> &T {
        &self.entries[self.position_at(at)].1
    }

    fn last(&self) -> &T {
        &self.entries[self.entries.len() - 1].1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn timeline(steps: &str) -> Timeline {
        let text = format!(
            r#"
            name = "t"
            summary = "s."
            zone = "example.test"
            record = "app.example.test"
            type = "A"
            ttl = 60
            [[set]]
            id = "blue"
            weight = 90
            values = ["127.0.0.1"]
            web = {{ delay = "10ms" }}
            [[set]]
            id = "green"
            weight = 10
            values = ["127.0.0.2"]
            [[server]]
            name = "quick.test"
            lag = "2s"
            [[server]]
            name = "slow.test"
            lag = "100s"
            [[server]]
            name = "stale.test"
            lag = "never"
            {steps}
            "#
        );
        Timeline::new(&Story::parse(&text, "test.toml").unwrap())
    }

    const TWO_CHANGES: &str = r#"
        [[at]]
        after = "60s"
        weights = { blue = 50, green = 50 }
        [[at]]
        after = "90s"
        weights = { blue = 0 }
    "#;

    #[test]
    fn the_api_shows_a_change_at_once() {
        let timeline = timeline(TWO_CHANGES);
        assert_eq!(timeline.declared(Duration::ZERO), [90, 10]);
        assert_eq!(timeline.declared(Duration::from_millis(59_999)), [90, 10]);
        assert_eq!(timeline.declared(seconds(60)), [50, 50]);
        assert_eq!(timeline.declared(seconds(90)), [0, 50]);
        assert_eq!(timeline.declared(seconds(100_000)), [0, 50]);
    }

    #[test]
    fn the_machines_of_a_server_follow_one_after_the_other() {
        let mut timeline = timeline(TWO_CHANGES);
        timeline.spreads[0] = seconds(40);
        let served = |machine, at| timeline.served(0, machine, seconds(at)).to_vec();
        assert_eq!(served(0.0, 61), [90, 10]);
        assert_eq!(served(0.0, 62), [50, 50]);
        assert_eq!(served(0.5, 81), [90, 10]);
        assert_eq!(served(0.5, 82), [50, 50]);
        // The second change sets out before the last machine has heard of the first.
        assert_eq!(served(0.0, 92), [0, 50]);
        assert_eq!(served(0.75, 92), [50, 50]);
        assert_eq!(served(1.0, 92), [90, 10]);
        assert_eq!(served(1.0, 132), [0, 50]);
        let switches = timeline.switches(0, seconds(62));
        assert_eq!(
            (switches[0].applied_at, switches[0].completed_at),
            (seconds(62), seconds(102))
        );
    }

    #[test]
    fn each_server_follows_after_its_own_lag() {
        let timeline = timeline(TWO_CHANGES);
        assert_eq!(
            timeline.served(0, 0.0, Duration::from_millis(61_999)),
            [90, 10]
        );
        assert_eq!(timeline.served(0, 0.0, seconds(62)), [50, 50]);
        assert_eq!(timeline.served(0, 0.0, seconds(92)), [0, 50]);
        assert_eq!(timeline.served(1, 0.0, seconds(159)), [90, 10]);
        assert_eq!(timeline.served(1, 0.0, seconds(160)), [50, 50]);
        assert_eq!(timeline.served(1, 0.0, seconds(190)), [0, 50]);
        assert_eq!(timeline.served(2, 0.0, seconds(100_000)), [90, 10]);
    }

    #[test]
    fn switches_are_told_only_when_they_have_happened() {
        let timeline = timeline(TWO_CHANGES);
        assert_eq!(timeline.switches(0, seconds(61)), []);
        assert_eq!(
            timeline.switches(0, seconds(91)),
            [Switch {
                declared_at: seconds(60),
                applied_at: seconds(62),
                completed_at: seconds(62),
                weights: vec![50, 50]
            }]
        );
        assert_eq!(timeline.switches(0, seconds(92)).len(), 2);
        assert_eq!(timeline.switches(2, seconds(100_000)), []);
    }

    #[test]
    fn an_old_change_that_arrives_late_does_not_undo_a_new_one() {
        let timeline = timeline(
            r#"
            [[at]]
            after = "10s"
            weights = { blue = 50 }
            [[at]]
            after = "20s"
            weights = { blue = 20 }
            server = { "slow.test" = { lag = "1s" } }
            "#,
        );
        assert_eq!(timeline.served(1, 0.0, seconds(20)), [90, 10]);
        assert_eq!(timeline.served(1, 0.0, seconds(21)), [20, 10]);
        assert_eq!(timeline.served(1, 0.0, seconds(111)), [20, 10]);
        assert_eq!(timeline.switches(1, seconds(200)).len(), 1);
    }

    #[test]
    fn a_stale_server_that_is_given_a_lag_catches_up() {
        let timeline = timeline(
            r#"
            [[at]]
            after = "10s"
            weights = { blue = 50 }
            [[at]]
            after = "100s"
            server = { "stale.test" = { lag = "5s" } }
            "#,
        );
        assert_eq!(timeline.served(2, 0.0, seconds(104)), [90, 10]);
        assert_eq!(timeline.served(2, 0.0, seconds(105)), [50, 10]);
    }

    #[test]
    fn a_server_that_goes_stale_still_applies_what_was_on_its_way() {
        let timeline = timeline(
            r#"
            [[at]]
            after = "10s"
            weights = { blue = 50 }
            [[at]]
            after = "11s"
            server = { "quick.test" = { lag = "never" } }
            [[at]]
            after = "20s"
            weights = { blue = 20 }
            "#,
        );
        assert_eq!(timeline.served(0, 0.0, seconds(12)), [50, 10]);
        assert_eq!(timeline.served(0, 0.0, seconds(1000)), [50, 10]);
    }

    #[test]
    fn faults_and_web_behaviour_change_only_where_a_step_says_so() {
        let timeline = timeline(
            r#"
            [[at]]
            after = "10s"
            api = { fault = "throttling" }
            server = { "quick.test" = { fault = "silent" } }
            web = { blue = { error_share = 0.5 }, green = { delay = "1s", status = 500 } }
            [[at]]
            after = "20s"
            api = { fault = "none" }
            server = { "quick.test" = { fault = "none" } }
            web = { green = { delay = "2s" } }
            "#,
        );
        assert_eq!(
            timeline.api_fault(ApiAction::GetHostedZone, seconds(9)),
            ApiFault::None
        );
        assert_eq!(
            timeline.api_fault(ApiAction::GetHostedZone, seconds(10)),
            ApiFault::Throttling
        );
        assert_eq!(
            timeline.api_fault(ApiAction::GetHostedZone, seconds(20)),
            ApiFault::None
        );
        assert_eq!(timeline.server_fault(0, seconds(9)), ServerFault::None);
        assert_eq!(timeline.server_fault(0, seconds(10)), ServerFault::Silent);
        assert_eq!(timeline.server_fault(1, seconds(10)), ServerFault::None);
        assert_eq!(timeline.server_fault(0, seconds(20)), ServerFault::None);
        let blue = timeline.web(0, seconds(10));
        assert_eq!(
            (blue.delay, blue.error_share, blue.status),
            (Duration::from_millis(10), 0.5, 503)
        );
        let green = timeline.web(1, seconds(25));
        assert_eq!((green.delay, green.status), (seconds(2), 500));
    }

    #[test]
    fn a_fault_of_one_operation_leaves_the_others_alone() {
        let timeline = timeline(
            r#"
            [[at]]
            after = "10s"
            api = { fault = "unreachable" }
            [[at]]
            after = "20s"
            api = { fault = "access_denied", actions = ["GetHostedZone"] }
            [[at]]
            after = "30s"
            api = { fault = "throttling", actions = ["ListResourceRecordSets", "GetHealthCheck"] }
            [[at]]
            after = "40s"
            api = { fault = "none" }
            "#,
        );
        let zone = |at| timeline.api_fault(ApiAction::GetHostedZone, seconds(at));
        let list = |at| timeline.api_fault(ApiAction::ListResourceRecordSets, seconds(at));
        assert!(timeline.api_is_unreachable(seconds(10)));
        assert!(!timeline.api_is_unreachable(seconds(20)));
        assert_eq!(
            (zone(20), list(20)),
            (ApiFault::AccessDenied, ApiFault::None)
        );
        assert_eq!(
            (zone(30), list(30)),
            (ApiFault::AccessDenied, ApiFault::Throttling)
        );
        assert_eq!((zone(40), list(40)), (ApiFault::None, ApiFault::None));
    }

    #[test]
    fn a_step_that_changes_no_weight_is_no_declaration() {
        let timeline = timeline("[[at]]\nafter = \"10s\"\nweights = { blue = 90 }");
        assert_eq!(timeline.switches(0, seconds(1000)), []);
    }
}
