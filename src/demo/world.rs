//! The simulated world itself: one story, one clock, the lots that are drawn, and what was seen.
//!
//! The servers around it ask it what to do now and tell it what they did. What is true when is `timeline`'s to know.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use hickory_server::net::xfer::Protocol;

use super::clock::StoryClock;
use super::random::Generator;
use super::report::{ArrivalLog, Report, ServerReport, SetReport};
use super::routing;
use super::story::{NameServer, Policy, RecordSet, ServerFault, Story};
use super::timeline::{Moment, Timeline};

/// The web servers' random numbers come from streams far from those of the name servers.
const FIRST_WEB_STREAM: u64 = 1 << 32;
/// So do those that choose one of a server's machines, so that a spread does not change what the servers draw.
const FIRST_MACHINE_STREAM: u64 = 1 << 44;
/// What the resolver draws for names of the zone comes from a stream of its own.
const RESOLVER_STREAM: u64 = 1 << 40;

/// One story being played.
#[derive(Debug)]
pub(super) struct World {
    story: Story,
    seed: u64,
    timeline: RwLock<Timeline>,
    clock: StoryClock,
    state: Mutex<State>,
}

/// What changes while the story is played, other than by the passing of time.
#[derive(Debug)]
struct State {
    /// By name server.
    picks: Vec<Generator>,
    /// By name server, then for the resolver: which of a server's machines is asked.
    machines: Vec<Generator>,
    resolver: Generator,
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

/// Who draws the lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Drawer {
    /// A name server, by its position in the story.
    Server(usize),
    /// The resolver. It hears of changes as the first name server does.
    Resolver,
}

/// The record set that was drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Drawn {
    /// Its position in the story; a set that holds the answer itself.
    pub(super) set: usize,
    /// For an alias to a name outside the zone: what that name has at the moment.
    pub(super) published: Option<Vec<IpAddr>>,
}

impl World {
    /// Starts a story now, at `pace` story seconds per real second. `seed` replaces the story's own.
    pub(super) fn start(story: Story, pace: f64, seed: Option<u64>) -> Self {
        let seed = seed.unwrap_or(story.seed);
        let streams = |first: u64, count: usize| {
            let numbers = (first..).take(count);
            numbers.map(|stream| Generator::new(seed, stream)).collect()
        };
        let server_report = |server: &NameServer| ServerReport {
            name: server.name.clone(),
            answers: vec![0; story.sets.len()],
            ..ServerReport::default()
        };
        let set_report = |set: &RecordSet| SetReport {
            id: set.label.clone(),
            is_leaf: set.values.group().is_none(),
            ..SetReport::default()
        };
        let state = State {
            picks: streams(0, story.servers.len()),
            machines: streams(FIRST_MACHINE_STREAM, story.servers.len() + 1),
            resolver: Generator::new(seed, RESOLVER_STREAM),
            web: streams(FIRST_WEB_STREAM, story.sets.len()),
            sets: story.sets.iter().map(set_report).collect(),
            servers: story.servers.iter().map(server_report).collect(),
            arrivals: ArrivalLog::new(),
            api_calls: 0,
            api_errors: 0,
        };
        Self {
            seed,
            timeline: RwLock::new(Timeline::new(&story)),
            story,
            clock: StoryClock::start(pace),
            state: Mutex::new(state),
        }
    }

    pub(super) fn story(&self) -> &Story {
        &self.story
    }

    pub(super) fn clock(&self) -> &StoryClock {
        &self.clock
    }

    /// What is true now.
    pub(super) fn now(&self) -> Moment {
        self.timeline().at(self.clock.position()).clone()
    }

    /// Takes new weights now, by position in the story. Returns the number of the change, and when it was submitted.
    pub(super) fn submit(&self, weights: Vec<(usize, u8)>) -> (usize, Duration) {
        let timeline = self.timeline.write();
        let mut timeline = timeline.unwrap_or_else(PoisonError::into_inner);
        // Read with the lock held: changes come in the order of their times.
        let now = self.clock.position();
        (timeline.submit(&self.story, now, weights), now)
    }

    fn timeline(&self) -> RwLockReadGuard<'_, Timeline> {
        let timeline = self.timeline.read();
        timeline.unwrap_or_else(PoisonError::into_inner)
    }

    /// The change of weights with a number, from 1: when it was submitted, and whether all servers have it. None before.
    pub(super) fn change(&self, number: usize) -> Option<(Duration, bool)> {
        self.timeline().change(number, self.clock.position())
    }

    /// Notes that a question for the record came in.
    pub(super) fn note_arrival(&self, transport: Protocol) {
        if transport == Protocol::Udp {
            self.state().arrivals.record(StoryClock::now());
        }
    }

    /// What is wrong with a name server now. Counts the question as failed if something is.
    pub(super) fn server_fault(&self, server: usize) -> ServerFault {
        let fault = self.now().server_faults[server];
        if fault != ServerFault::None {
            self.state().servers[server].faults += 1;
        }
        fault
    }

    /// Draws the record set of a group that is answered with now.
    pub(super) fn draw(&self, drawer: Drawer, group: usize) -> Drawn {
        self.draw_at(drawer, group, self.clock.position())
    }

    fn draw_at(&self, drawer: Drawer, group: usize, at: Duration) -> Drawn {
        let healthy: Vec<bool> = (0..self.story.sets.len())
            .map(|set| self.is_healthy(set, at).unwrap_or(true))
            .collect();
        let mut state = self.state();
        let state = &mut *state;
        let (server, own, generator) = match drawer {
            Drawer::Server(server) => (server, server, &mut state.picks[server]),
            Drawer::Resolver => (0, self.story.servers.len(), &mut state.resolver),
        };
        let machine = state.machines[own].share();
        let timeline = self.timeline();
        let weights = timeline.served(server, machine, at);
        let set = routing::draw(&self.story, weights, &healthy, group, generator);
        let pool = self.story.sets[set].values.pool();
        let published = pool.map(|pool| self.published_at(pool, at));
        Drawn { set, published }
    }

    /// The addresses that a name outside the zone has now.
    pub(super) fn published(&self, pool: usize) -> Vec<IpAddr> {
        self.published_at(pool, self.clock.position())
    }

    fn published_at(&self, pool: usize, at: Duration) -> Vec<IpAddr> {
        self.story.pools[pool].published_at(pool, self.seed, at)
    }

    /// Whether a set's own health check is healthy; none without a check.
    fn is_healthy(&self, set: usize, at: Duration) -> Option<bool> {
        let check = self.story.sets[set].health_check.as_ref()?;
        Some(check.is_healthy(self.timeline().at(at).passing[set]))
    }

    /// Notes that a name server answered a question for the record with a set.
    pub(super) fn note_answer(
        &self,
        server: usize,
        set: usize,
        transport: Protocol,
        from_cache: bool,
    ) {
        let mut state = self.state();
        let report = &mut state.servers[server];
        report.answers[set] += 1;
        report.over_tcp += u64::from(transport != Protocol::Udp);
        report.from_cache += u64::from(from_cache);
    }

    /// Notes a question that was not for the record's own name and type.
    pub(super) fn note_other_question(&self, server: usize) {
        self.state().servers[server].other_questions += 1;
    }

    /// Decides what a web server does with the request that just came in, and counts it.
    pub(super) fn web_turn(&self, set: usize, address: IpAddr) -> WebTurn {
        let behaviour = self.now().web[set];
        let mut state = self.state();
        // Both numbers are drawn every time, so that a change of one setting does not shift the other's sequence.
        let jitter = state.web[set].share();
        let here = behaviour
            .fails_at
            .is_none_or(|at| at.to_canonical() == address);
        let fails = state.web[set].share() < behaviour.error_share && here;
        state.sets[set].web_requests += 1;
        state.sets[set].web_errors += u64::from(fails);
        WebTurn {
            delay: behaviour.delay + behaviour.jitter.mul_f64(jitter),
            status: if fails { behaviour.status } else { 200 },
        }
    }

    /// Notes one call of the API.
    pub(super) fn note_api_call(&self, succeeded: bool) {
        let mut state = self.state();
        state.api_calls += 1;
        state.api_errors += u64::from(!succeeded);
    }

    /// Everything that happened so far.
    pub(super) fn report(&self) -> Report {
        let position = self.clock.position();
        let declared = self.timeline().at(position).weights.clone();
        let state = self.state();
        let mut sets = state.sets.clone();
        for (number, (set, weight)) in sets.iter_mut().zip(&declared).enumerate() {
            let is_weighted = self.story.group_of(number).policy == Policy::Weighted;
            set.weight = is_weighted.then_some(*weight);
            set.healthy = self.is_healthy(number, position);
        }
        let mut servers = state.servers.clone();
        for (number, server) in servers.iter_mut().enumerate() {
            server.switches = self.timeline().switches(number, position);
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
            .map(|_| {
                let drawn = world.draw_at(Drawer::Server(server), 0, Duration::from_secs(at));
                drawn.set
            })
            .collect()
    }

    #[test]
    fn a_seed_decides_every_pick() {
        assert_eq!(picks(&world(None), 0, 70), picks(&world(Some(53)), 0, 70));
        assert_ne!(picks(&world(None), 0, 70), picks(&world(Some(54)), 0, 70));
        assert_ne!(picks(&world(None), 0, 70), picks(&world(None), 1, 90));
    }

    #[test]
    fn answers_mix_while_the_machines_of_a_server_follow() {
        let mut story = Story::find("cutover").unwrap().clone();
        story.servers[0].spread = Duration::from_secs(20);
        let world = World::start(story, 1.0, None);
        // From 10/90 to 0/100 at 182 s: halfway through, half of the answers are by the old weights, so one in 20 is blue.
        let blue = |at| {
            (0..50)
                .flat_map(|_| picks(&world, 0, at))
                .filter(|set| *set == 0)
                .count()
        };
        assert!((700..1300).contains(&blue(182)), "all by the old ones");
        assert!((300..700).contains(&blue(192)));
        assert_eq!(blue(202), 0);
    }

    #[test]
    fn one_servers_picks_do_not_depend_on_how_often_another_is_asked() {
        let disturbed = world(None);
        picks(&disturbed, 1, 0);
        assert_eq!(picks(&disturbed, 0, 0), picks(&world(None), 0, 0));
    }

    #[test]
    fn every_answer_is_counted_for_its_server_and_set() {
        let world = world(None);
        world.note_answer(2, 1, Protocol::Udp, false);
        world.note_answer(2, 1, Protocol::Tcp, true);
        let report = world.report();
        assert_eq!(report.servers[0].answers, [0, 0]);
        assert_eq!(report.servers[2].answers, [0, 2]);
        assert_eq!(report.servers[2].over_tcp, 1);
        assert_eq!(report.servers[2].from_cache, 1);
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
        let turns: Vec<_> = (0..10_000)
            .map(|_| world.web_turn(1, [127, 0, 0, 12].into()))
            .collect();
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
        world.note_answer(0, 0, Protocol::Udp, false);
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
