//! The simulated world itself: one story, one clock, the lots that are drawn, and what was seen.
//!
//! The servers around it ask it what to do now and tell it what they did. What is true when is `timeline`'s to know.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use super::clock::StoryClock;
use super::random::Generator;
use super::report::{ArrivalLog, Report, ServerReport, SetReport};
use super::story::{ApiFault, ServerFault, Story};
use super::timeline::Timeline;

/// The web servers' random numbers come from streams far from those of the name servers.
const FIRST_WEB_STREAM: u64 = 1 << 32;

/// One story being played.
#[derive(Debug)]
pub(super) struct World {
    story: Story,
    timeline: Timeline,
    clock: StoryClock,
    state: Mutex<State>,
}

/// What changes while the story is played, other than by the passing of time.
#[derive(Debug)]
struct State {
    /// By name server.
    picks: Vec<Generator>,
    /// By record set.
    web: Vec<Generator>,
    sets: Vec<SetReport>,
    servers: Vec<ServerReport>,
    arrivals: ArrivalLog,
    api_calls: u64,
    api_errors: u64,
}

/// What a web server does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WebTurn {
    /// How long it waits first, in real time.
    pub(super) delay: Duration,
    /// The HTTP status it then answers with.
    pub(super) status: u16,
}

/// How a question for the record came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Transport {
    Udp,
    Tcp,
}

impl World {
    /// Starts a story now, at `pace` story seconds per real second. `seed` replaces the story's own.
    pub(super) fn start(story: Story, pace: f64, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or(story.seed);
        let streams = |first: u64, count: usize| {
            (first..)
                .take(count)
                .map(|stream| Generator::new(seed, stream))
                .collect()
        };
        let state = State {
            picks: streams(0, story.servers.len()),
            web: streams(FIRST_WEB_STREAM, story.sets.len()),
            sets: story
                .sets
                .iter()
                .map(|set| SetReport {
                    id: set.id.clone(),
                    ..SetReport::default()
                })
                .collect(),
            servers: story
                .servers
                .iter()
                .map(|server| ServerReport {
                    name: server.name.clone(),
                    answers: vec![0; story.sets.len()],
                    ..ServerReport::default()
                })
                .collect(),
            arrivals: ArrivalLog::new(),
            api_calls: 0,
            api_errors: 0,
        };
        Self {
            timeline: Timeline::new(&story),
            story,
            clock: StoryClock::start(pace),
            state: Mutex::new(state),
        }
    }

    pub(super) fn story(&self) -> &Story {
        &self.story
    }

    /// How far the story is, in story time.
    pub(super) fn position(&self) -> Duration {
        self.clock.position()
    }

    /// When the story started, by the wall clock.
    pub(super) fn started_at(&self) -> SystemTime {
        self.clock.started_at()
    }

    /// The weights that the API shows now, in the order of the sets.
    pub(super) fn declared_weights(&self) -> Vec<u8> {
        self.timeline.declared(self.position()).to_vec()
    }

    /// Notes that a question for the record came in.
    pub(super) fn note_arrival(&self, transport: Transport) {
        if transport == Transport::Udp {
            self.state().arrivals.record(StoryClock::now());
        }
    }

    /// What is wrong with a name server now. Counts the question as failed if something is.
    pub(super) fn server_fault(&self, server: usize) -> ServerFault {
        let fault = self.timeline.server_fault(server, self.position());
        if fault != ServerFault::None {
            self.state().servers[server].faults += 1;
        }
        fault
    }

    /// Draws the record set that a name server answers with now, and counts the answer.
    pub(super) fn pick(&self, server: usize, transport: Transport) -> usize {
        self.pick_at(server, transport, self.position())
    }

    fn pick_at(&self, server: usize, transport: Transport, at: Duration) -> usize {
        let mut state = self.state();
        let picked = state.picks[server].pick(self.timeline.served(server, at));
        let report = &mut state.servers[server];
        report.answers[picked] += 1;
        report.over_tcp += u64::from(transport == Transport::Tcp);
        picked
    }

    /// Notes a question that was not for the record's own name and type.
    pub(super) fn note_other_question(&self, server: usize) {
        self.state().servers[server].other_questions += 1;
    }

    /// Decides what a web server does with the request that just came in, and counts it.
    pub(super) fn web_turn(&self, set: usize) -> WebTurn {
        let behaviour = self.timeline.web(set, self.position());
        let mut state = self.state();
        // Both numbers are drawn every time, so that a change of one setting does not shift the other's sequence.
        let jitter = state.web[set].share();
        let fails = state.web[set].share() < behaviour.error_share;
        state.sets[set].web_requests += 1;
        state.sets[set].web_errors += u64::from(fails);
        WebTurn {
            delay: behaviour.delay + behaviour.jitter.mul_f64(jitter),
            status: if fails { behaviour.status } else { 200 },
        }
    }

    /// What is wrong with the API now.
    pub(super) fn api_fault(&self) -> ApiFault {
        self.timeline.api_fault(self.position())
    }

    /// Notes one call of the API.
    pub(super) fn note_api_call(&self, succeeded: bool) {
        let mut state = self.state();
        state.api_calls += 1;
        state.api_errors += u64::from(!succeeded);
    }

    /// Everything that happened so far.
    pub(super) fn report(&self) -> Report {
        let position = self.position();
        let declared = self.timeline.declared(position);
        let state = self.state();
        let mut sets = state.sets.clone();
        for (set, weight) in sets.iter_mut().zip(declared) {
            set.weight = *weight;
        }
        let mut servers = state.servers.clone();
        for (position_in_story, server) in servers.iter_mut().enumerate() {
            server.switches = self.timeline.switches(position_in_story, position);
        }
        Report {
            story: self.story.name.clone(),
            started_at: self.clock.started_at(),
            speed: self.clock.speed(),
            position,
            sets,
            servers,
            arrivals: state.arrivals.summary(),
            api_calls: state.api_calls,
            api_errors: state.api_errors,
        }
    }

    /// The counters stay usable even if a task panicked while it held them: a count that is off by one beats a world
    /// that stops.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(seed: Option<u64>) -> World {
        World::start(Story::find("cutover").unwrap().clone(), 1.0, seed)
    }

    fn picks(world: &World, server: usize, at: u64) -> Vec<usize> {
        (0..200)
            .map(|_| world.pick_at(server, Transport::Udp, Duration::from_secs(at)))
            .collect()
    }

    #[test]
    fn a_seed_decides_every_pick() {
        assert_eq!(picks(&world(None), 0, 70), picks(&world(Some(53)), 0, 70));
        assert_ne!(picks(&world(None), 0, 70), picks(&world(Some(54)), 0, 70));
        assert_ne!(picks(&world(None), 0, 70), picks(&world(None), 1, 90));
    }

    #[test]
    fn one_servers_picks_do_not_depend_on_how_often_another_is_asked() {
        let disturbed = world(None);
        picks(&disturbed, 1, 0);
        assert_eq!(picks(&disturbed, 0, 0), picks(&world(None), 0, 0));
    }

    #[test]
    fn every_pick_is_counted_for_its_server_and_set() {
        let world = world(None);
        let green = picks(&world, 2, 0).iter().filter(|set| **set == 1).count();
        world.pick_at(2, Transport::Tcp, Duration::ZERO);
        let report = world.report();
        assert_eq!(report.servers[0].answers, [0, 0]);
        assert_eq!(report.servers[2].answers.iter().sum::<u64>(), 201);
        assert!(report.servers[2].answers[1] >= u64::try_from(green).unwrap());
        assert_eq!(report.servers[2].over_tcp, 1);
    }

    #[test]
    fn a_set_without_weight_is_gone_once_its_server_has_switched() {
        let world = world(None);
        assert!(picks(&world, 3, 180 + 24).contains(&0));
        assert!(!picks(&world, 3, 180 + 25).contains(&0));
    }

    #[test]
    fn web_turns_stay_within_delay_and_jitter_and_fail_as_often_as_told() {
        let world = World::start(Story::find("slow-green").unwrap().clone(), 1.0, None);
        let turns: Vec<_> = (0..10_000).map(|_| world.web_turn(1)).collect();
        assert!(turns.iter().all(|turn| {
            (Duration::from_millis(260)..Duration::from_millis(440)).contains(&turn.delay)
        }));
        let failed = turns.iter().filter(|turn| turn.status == 503).count();
        assert!((280..520).contains(&failed), "{failed}");
        assert!(turns.iter().all(|turn| matches!(turn.status, 200 | 503)));
        let report = world.report();
        assert_eq!(report.sets[1].web_requests, 10_000);
        assert_eq!(report.sets[1].web_errors, u64::try_from(failed).unwrap());
    }

    #[test]
    fn the_report_reads_as_text() {
        let world = world(None);
        picks(&world, 0, 0);
        let text = world.report().to_string();
        assert!(text.starts_with("story cutover at 0.0 s"), "{text}");
        assert!(text.contains("set blue: weight 90"), "{text}");
        assert!(
            text.contains("name server ns-98.awsdns-12.test: blue 1"),
            "{text}"
        );
    }

    #[test]
    fn wall_time_counts_the_speed() {
        let world = World::start(Story::find("cutover").unwrap().clone(), 20.0, None);
        let report = world.report();
        assert_eq!(
            report.wall_time(Duration::from_mins(1)),
            report.started_at + Duration::from_secs(3)
        );
    }
}
