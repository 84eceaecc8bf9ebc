//! What is true in a story at a given story time: a pure function of the story, without a clock and without sockets.
//!
//! Who asks, and when, is `world`'s business.

use std::time::Duration;

use super::story::{
    ApiAction, ApiChange, ApiFault, Lag, RecordSet, ServerFault, Step, Story, WebBehaviour,
};

/// How many operations of the API can fail by themselves.
const ACTIONS: usize = ApiAction::ALL.len();

/// A story turned into sequences of "from here on".
#[derive(Debug)]
pub(super) struct Timeline {
    /// The steps of the story, and what was submitted meanwhile, in order of time.
    steps: Vec<Step>,
    /// The beginning, then what each step makes of the moment before. The position here is the number of a version of the
    /// weights.
    moments: Vec<Moment>,
    /// By name server: from when on the first of its machines serves which version.
    served: Vec<Vec<(Duration, usize)>>,
    /// By name server: how much later the last of its machines follows.
    spreads: Vec<Duration>,
}

/// What is true from a story time on, until the next step.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    from: Duration,
    /// The moment in which the weights became what they are.
    version: usize,
    /// The weights that the API shows, in the order of the sets.
    pub(super) weights: Vec<u8>,
    /// By name server: what is wrong with it.
    pub(super) server_faults: Vec<ServerFault>,
    /// By record set: how its web server behaves.
    pub(super) web: Vec<WebBehaviour>,
    /// By record set: how many checkers of its health check see the endpoint well; 0 without a check.
    pub(super) passing: Vec<u8>,
    /// In the order of [`ApiAction::ALL`].
    api: [ApiFault; ACTIONS],
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
        Self::of(story, story.steps.clone())
    }

    /// Adds what is submitted at a time that is not before anything that was submitted earlier. What the story has for later
    /// comes all the same. Returns the number of the change, from 1.
    pub(super) fn submit(
        &mut self,
        story: &Story,
        at: Duration,
        weights: Vec<(usize, u8)>,
    ) -> usize {
        let place = self.steps.partition_point(|step| step.after <= at);
        let step = Step {
            after: at,
            weights,
            is_submitted: true,
            ..Step::default()
        };
        let mut steps = std::mem::take(&mut self.steps);
        steps.insert(place, step);
        *self = Self::of(story, steps);
        let moments = self.moments.iter().enumerate().take(place + 2).skip(1);
        moments
            .filter(|(place, moment)| moment.version == *place)
            .count()
    }

    fn of(story: &Story, steps: Vec<Step>) -> Self {
        let sets = || story.sets.iter();
        let servers = || story.servers.iter();
        let passing = |set: &RecordSet| set.health_check.as_ref().map_or(0, |check| check.passing);
        let mut moment = Moment {
            from: Duration::ZERO,
            version: 0,
            weights: sets().map(|set| set.weight).collect(),
            server_faults: servers().map(|server| server.fault).collect(),
            web: sets().map(|set| set.web).collect(),
            passing: sets().map(passing).collect(),
            api: faults_after([ApiFault::None; ACTIONS], &story.api),
        };
        let mut moments = vec![moment.clone()];
        for step in &steps {
            moment.follow(step, moments.len());
            moments.push(moment.clone());
        }
        let served = 0..story.servers.len();
        Self {
            served: served
                .map(|server| versions_served(story, &steps, &moments, server))
                .collect(),
            steps,
            moments,
            spreads: servers().map(|server| server.spread).collect(),
        }
    }

    /// What is true at a story time.
    pub(super) fn at(&self, at: Duration) -> &Moment {
        let begun = self.moments.partition_point(|moment| moment.from <= at);
        &self.moments[begun.saturating_sub(1)]
    }

    /// The weights by which one machine of a name server answers. `machine` is its place among all of them, from 0 for the
    /// first to follow a change to 1 for the last.
    pub(super) fn served(&self, server: usize, machine: f64, at: Duration) -> &[u8] {
        let heard_of = at.saturating_sub(self.spreads[server].mul_f64(machine));
        let applied = self.served[server].partition_point(|(from, _)| *from <= heard_of);
        let version = self.served[server][applied.saturating_sub(1)].1;
        &self.moments[version].weights
    }

    /// The changes of weights that a name server has applied so far.
    pub(super) fn switches(&self, server: usize, until: Duration) -> Vec<Switch> {
        self.served[server][1..]
            .iter()
            .take_while(|(applied_at, _)| *applied_at <= until)
            .map(|(applied_at, version)| Switch {
                declared_at: self.moments[*version].from,
                applied_at: *applied_at,
                completed_at: applied_at.saturating_add(self.spreads[server]),
                weights: self.moments[*version].weights.clone(),
            })
            .collect()
    }

    /// The change of weights with a number, from 1: when it was submitted, and whether all servers that ever hear of it
    /// answer by it at a story time. None before it is submitted.
    pub(super) fn change(&self, number: usize, at: Duration) -> Option<(Duration, bool)> {
        let moments = self.moments.iter().enumerate().skip(1);
        let mut changes = moments.filter(|(place, moment)| moment.version == *place);
        let (version, change) = changes.nth(number.checked_sub(1)?)?;
        let arrives = |(served, spread): (&Vec<(Duration, usize)>, &Duration)| {
            let arrived = served.iter().find(|(_, known)| *known >= version)?;
            Some(arrived.0.saturating_add(*spread))
        };
        let last = self
            .served
            .iter()
            .zip(&self.spreads)
            .filter_map(arrives)
            .max();
        (change.from <= at).then(|| (change.from, last.is_none_or(|last| last <= at)))
    }
}

impl Moment {
    /// What is wrong with one operation of the API.
    pub(super) fn api_fault(&self, action: ApiAction) -> ApiFault {
        self.api[action as usize]
    }

    /// Whether the API takes no connections.
    pub(super) fn api_is_unreachable(&self) -> bool {
        self.api.contains(&ApiFault::Unreachable)
    }

    /// Becomes what a step makes of it; `number` is the place of the new moment.
    fn follow(&mut self, step: &Step, number: usize) {
        self.from = step.after;
        if step.is_submitted {
            self.version = number;
        }
        for (set, weight) in &step.weights {
            if self.weights[*set] != *weight {
                self.weights[*set] = *weight;
                self.version = number;
            }
        }
        for (set, change) in &step.web {
            self.web[*set] = change.applied_to(self.web[*set]);
        }
        for (server, change) in &step.servers {
            let fault = &mut self.server_faults[*server];
            *fault = change.fault.unwrap_or(*fault);
        }
        for (set, passing) in &step.passing {
            self.passing[*set] = *passing;
        }
        if let Some(change) = &step.api {
            self.api = faults_after(self.api, change);
        }
    }
}

/// Which version a name server serves from when on. What the API shows at a step sets out for this server if the step
/// changes the weights or the server's lag, and arrives after the lag then in force; so a stale server that is given
/// a lag again catches up. Of all that has arrived the latest declaration counts: a slow old one that comes in
/// behind a quick new one changes nothing.
fn versions_served(
    story: &Story,
    steps: &[Step],
    moments: &[Moment],
    server: usize,
) -> Vec<(Duration, usize)> {
    let mut lag = story.servers[server].lag;
    let mut arrivals: Vec<(Duration, usize)> = Vec::new();
    for (number, step) in (1..).zip(steps) {
        let mut changes = step.servers.iter();
        let change = changes.find(|(changed, _)| *changed == server);
        let new_lag = change.and_then(|(_, change)| change.lag);
        lag = new_lag.unwrap_or(lag);
        let version = moments[number].version;
        if let Lag::After(lag) = lag
            && (version == number || new_lag.is_some())
        {
            arrivals.push((step.after.saturating_add(lag), version));
        }
    }
    arrivals.sort_unstable();
    let mut versions = vec![(Duration::ZERO, 0)];
    for (applied_at, version) in arrivals {
        if version > versions[versions.len() - 1].1 {
            versions.push((applied_at, version));
        }
    }
    versions
}

fn faults_after(mut faults: [ApiFault; ACTIONS], change: &ApiChange) -> [ApiFault; ACTIONS] {
    // An API that is unreachable is so as a whole. When one operation is told to work or to fail in another way, the
    // rest of it can be reached again, too.
    if change.fault != ApiFault::Unreachable && faults.contains(&ApiFault::Unreachable) {
        faults = [ApiFault::None; ACTIONS];
    }
    for (action, fault) in ApiAction::ALL.iter().zip(&mut faults) {
        if change.actions.is_empty() || change.actions.contains(action) {
            *fault = change.fault;
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn timeline(steps: &str) -> Timeline {
        Timeline::new(&story(steps))
    }

    fn story(steps: &str) -> Story {
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
        Story::parse(&text, "test.toml").unwrap()
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
        assert_eq!(timeline.at(Duration::ZERO).weights, [90, 10]);
        assert_eq!(timeline.at(Duration::from_millis(59_999)).weights, [90, 10]);
        assert_eq!(timeline.at(seconds(60)).weights, [50, 50]);
        assert_eq!(timeline.at(seconds(90)).weights, [0, 50]);
        assert_eq!(timeline.at(seconds(100_000)).weights, [0, 50]);
    }

    #[test]
    fn a_change_is_in_sync_when_all_servers_have_it_that_ever_do() {
        let timeline = timeline(TWO_CHANGES);
        let change = |number, at| timeline.change(number, seconds(at));
        assert_eq!(change(1, 59), None, "nobody has submitted it");
        assert_eq!(change(1, 60), Some((seconds(60), false)));
        assert_eq!(change(1, 159), Some((seconds(60), false)));
        assert_eq!(change(1, 160), Some((seconds(60), true)));
        assert_eq!(change(2, 189), Some((seconds(90), false)));
        assert_eq!(change(2, 190), Some((seconds(90), true)));
        assert_eq!((change(0, 500), change(3, 500)), (None, None));
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
            timeline.at(seconds(9)).api_fault(ApiAction::GetHostedZone),
            ApiFault::None
        );
        assert_eq!(
            timeline.at(seconds(10)).api_fault(ApiAction::GetHostedZone),
            ApiFault::Throttling
        );
        assert_eq!(
            timeline.at(seconds(20)).api_fault(ApiAction::GetHostedZone),
            ApiFault::None
        );
        assert_eq!(timeline.at(seconds(9)).server_faults[0], ServerFault::None);
        assert_eq!(
            timeline.at(seconds(10)).server_faults[0],
            ServerFault::Silent
        );
        assert_eq!(timeline.at(seconds(10)).server_faults[1], ServerFault::None);
        assert_eq!(timeline.at(seconds(20)).server_faults[0], ServerFault::None);
        let blue = timeline.at(seconds(10)).web[0];
        assert_eq!(
            (blue.delay, blue.error_share, blue.status),
            (Duration::from_millis(10), 0.5, 503)
        );
        let green = timeline.at(seconds(25)).web[1];
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
        let zone = |at| timeline.at(seconds(at)).api_fault(ApiAction::GetHostedZone);
        let list = |at| {
            timeline
                .at(seconds(at))
                .api_fault(ApiAction::ListResourceRecordSets)
        };
        assert!(timeline.at(seconds(10)).api_is_unreachable());
        assert!(!timeline.at(seconds(20)).api_is_unreachable());
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
    fn what_is_submitted_comes_between_the_steps_and_is_a_change_of_its_own() {
        let text = TWO_CHANGES;
        let mut timeline = timeline(text);
        let story = story(text);
        assert_eq!(timeline.submit(&story, seconds(70), vec![(0, 7)]), 2);
        assert_eq!(timeline.at(seconds(69)).weights, [50, 50]);
        assert_eq!(timeline.at(seconds(70)).weights, [7, 50]);
        // What the story has for later comes, and what came before is not forgotten.
        assert_eq!(timeline.at(seconds(90)).weights, [0, 50]);
        assert_eq!(timeline.change(1, seconds(80)), Some((seconds(60), false)));
        assert_eq!(timeline.change(2, seconds(169)), Some((seconds(70), false)));
        assert_eq!(timeline.change(2, seconds(170)), Some((seconds(70), true)));
        assert_eq!(timeline.served(0, 0.0, seconds(71)), [50, 50]);
        assert_eq!(timeline.served(0, 0.0, seconds(72)), [7, 50]);
        assert_eq!(timeline.served(0, 0.0, seconds(92)), [0, 50]);
        // The same weights again are a change too.
        assert_eq!(timeline.submit(&story, seconds(100), vec![(0, 0)]), 4);
        assert_eq!(
            timeline.change(4, seconds(101)),
            Some((seconds(100), false))
        );
        assert_eq!(timeline.change(4, seconds(200)), Some((seconds(100), true)));
        // Nothing is lost where two come at one time.
        assert_eq!(timeline.submit(&story, seconds(100), vec![(1, 3)]), 5);
        assert_eq!(timeline.at(seconds(100)).weights, [0, 3]);
    }

    #[test]
    fn a_step_that_changes_no_weight_is_no_declaration() {
        let timeline = timeline("[[at]]\nafter = \"10s\"\nweights = { blue = 90 }");
        assert_eq!(timeline.switches(0, seconds(1000)), []);
    }
}
