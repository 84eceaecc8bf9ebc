//! Plays a story with real sockets and watches it with the program's own tasks, at many times the speed.
//!
//! The program's clock (a grace of 90 s, polls, onsets) is the machine's, so a run is scaled as a whole: the world plays at a
//! speed, the tasks ask and poll that much faster, and every time in a reading is multiplied by the speed before the judge
//! sees it. All times and rates here are the story's unless they are called real.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use r53mon::app::{Check, CheckRules, Ending};
use r53mon::clock::{self, Moment};
use r53mon::config::{Access, Route53Settings};
use r53mon::demo::{self, Addresses, Options, Report, Running, Story, Switch};
use r53mon::facts::{At, Fact};
use r53mon::judge::{Judge, RunFacts};
use r53mon::model::event::EventKind;
use r53mon::model::health::Checks;
use r53mon::model::name::RecordName;
use r53mon::model::reading::{ChangeState, Reading};
use r53mon::model::stage::Plan;
use r53mon::model::verdict::{Criteria, Propagation};
use r53mon::snapshot::{RecordFacts, Segment, Snapshot};
use r53mon::sources::exchange::Question;
use r53mon::sources::route53::{self, Api, Opened, RecordReader};
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::Tally;
use r53mon::verdict::Start;
use tokio_util::sync::CancellationToken;

use crate::watched::{self, Lines};

/// From one tick of the judge to the next.
const TICK: Duration = Duration::from_millis(500);
/// The real rate that one prober keeps: the timer under it counts milliseconds.
const QUERIES_EACH: u32 = 500;
/// What is asserted of a run holds if at least this share of the queries was sent.
const KEEPING_PACE: f64 = 0.85;
/// Real time after which it is looked whether they are.
const WARM_UP: Duration = Duration::from_secs(2);
/// Real time between two ticks at the least, so that fast stories leave the processor to the world.
const TICK_AT_LEAST: Duration = Duration::from_millis(20);

/// A run of the program in a world.
pub struct Play {
    pub story: Story,
    /// Story seconds per real second.
    pub speed: u32,
    /// Queries a second.
    pub tps: u32,
    /// From one regular poll to the next.
    pub poll_every: Duration,
    pub tolerance: f64,
    pub confidence: f64,
    /// How long it is watched.
    pub until: Duration,
    /// Whether it ends at a verdict before that, as `check` does, and by which rules.
    pub check: Option<CheckRules>,
    /// How a cutover is planned.
    pub plan: Plan,
    /// Sees every moment.
    pub look: fn(&Snapshot),
}

/// What was seen of it. Times are seconds since the start of the run.
pub struct Seen {
    pub snapshot: Snapshot,
    pub events: Vec<(f64, EventKind, String)>,
    pub report: Report,
    /// How it ended, where it was a check.
    pub ending: Option<Ending>,
    /// How far the story was when the run began.
    offset: Duration,
    speed: u32,
}

impl Play {
    pub fn new(story: Story, until: u64) -> Self {
        Self {
            story,
            speed: 25,
            tps: 40,
            poll_every: seconds(10),
            tolerance: 0.1,
            confidence: 0.999_99,
            until: seconds(until),
            check: None,
            plan: Plan::default(),
            look: |_| {},
        }
    }

    /// Plays it. A machine that is too busy to keep the pace gets the story again, and slower.
    pub async fn play(mut self) -> Seen {
        loop {
            let seen = Box::pin(self.play_once()).await;
            if self.is_in_time(&seen.snapshot) || self.speed == 1 {
                return seen;
            }
            // Half of what it could do leaves room for more that it has to do.
            let slower = f64::from(self.speed) * seen.rate() / f64::from(self.tps) / 2.0;
            let mut speeds = (1..self.speed).rev();
            let slow_enough = |speed: &u32| f64::from(*speed) <= slower;
            self.speed = speeds.find(slow_enough).unwrap_or(1);
        }
    }

    fn is_in_time(&self, snapshot: &Snapshot) -> bool {
        let rate = snapshot.rate.achieved.unwrap_or_default();
        rate > KEEPING_PACE * f64::from(self.tps)
    }

    async fn play_once(&self) -> Seen {
        let options = Options {
            story: self.story.clone(),
            speed: f64::from(self.speed),
            seed: None,
        };
        let world = demo::start(options).expect("loopback has free ports");
        let run = Run::start(self, world).await;
        // The futures of a whole run are very large.
        Box::pin(run.watch(self)).await
    }
}

/// The tasks of the program, pointed at a world.
struct Run {
    world: Running,
    watch: Arc<Watch>,
    route53: RecordReader,
    judge: Judge,
    again: Box<Again>,
    started: Moment,
    offset: Duration,
    stop: CancellationToken,
    probing: Vec<JoinHandle<()>>,
    seen: Vec<(f64, EventKind, String)>,
    told: u64,
}

impl Run {
    async fn start(play: &Play, world: Running) -> Self {
        let addresses = world.addresses().clone();
        let settings = route53_settings(play, &addresses);
        let api = Api::connect(settings.access.clone(), settings.call_spacing).await;
        let route53 = RecordReader::new(api.expect("fixed credentials"), settings);
        let Opened { zone, declared, .. } = route53.open().await;
        let (zone, declared) = (zone.expect("a zone"), declared.expect("a record"));
        let group = declared.group(&Checks::new());
        let servers = addresses.name_servers.iter();
        let servers = servers.map(|(name, address)| (name.clone(), None, vec![*address]));
        let servers = Arc::new(ServerList::known(servers.collect()));
        let question = Question::new(&group.name, group.record_type).expect("a question");
        let started = clock::now();
        let offset = world.position();
        let facts = RunFacts {
            gates: Vec::new(),
            max_unknown: 0.05,
            window: Duration::from_mins(5),
            http_margin: 0.2,
            http_max_tps: None,
            start: match play.check {
                Some(rules) if !rules.settled => Start::Unknown,
                _ => Start::Settled,
            },
            record: RecordFacts {
                name: group.name.to_string(),
                record_type: group.record_type,
                zone_id: addresses.zone_id,
                zone_name: zone.name.to_string(),
                api_url: None,
                endpoint: addresses.endpoint,
                tool: r53mon::model::declared::Tool::default(),
            },
            tps: play.tps,
            http: false,
            criteria: Criteria {
                tolerance: play.tolerance,
                confidence: play.confidence,
            },
            notes: Vec::new(),
            plan: play.plan.clone(),
            started_at: started.wall,
        };
        let facts_seen = Lines::default();
        let names = servers.labels();
        let tally = Tally::new(group.clone(), names.clone(), started.wall);
        tally.record_to(facts_seen.recorder());
        let watch = Watch::new(question, servers, tally, None, false, started);
        let stop = CancellationToken::new();
        tokio::spawn(route53::poll(
            route53.clone(),
            declared,
            Arc::clone(&watch),
            play.poll_every / play.speed,
            stop.clone(),
        ));
        let real_rate = play.tps * play.speed;
        let probers = real_rate.div_ceil(QUERIES_EACH);
        let probing = (0..probers).map(|_| {
            let probing = watched::probe(
                real_rate / probers,
                Duration::from_secs(2),
                Arc::clone(&watch),
                stop.clone(),
            );
            // As in the program: nothing else makes a query late.
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build();
                runtime.expect("a runtime").block_on(probing);
            })
        });
        let probing = probing.collect();
        Self {
            world,
            watch,
            route53,
            judge: Judge::new(facts.clone()),
            again: Box::new(Again {
                tally: Tally::new(group, names, started.wall),
                judge: Judge::new(facts),
                lines: facts_seen,
            }),
            started,
            offset,
            stop,
            probing,
            seen: Vec::new(),
            told: 0,
        }
    }

    async fn watch(mut self, play: &Play) -> Seen {
        let mut due = self.started.instant;
        let mut check = play.check.map(Check::new);
        let (snapshot, asked) = loop {
            tokio::time::sleep_until(due).await;
            let snapshot = Arc::new(self.tick(play));
            let uptime = snapshot.uptime;
            let time_is_up = uptime >= play.until;
            let asked = check.as_mut().and_then(|check| {
                if !time_is_up {
                    check.look(&snapshot);
                }
                check.ends(time_is_up)
            });
            let warmed_up = uptime >= play.speed * WARM_UP;
            let is_slow = warmed_up && play.speed > 1 && !play.is_in_time(&snapshot);
            if time_is_up || asked.is_some() || is_slow {
                break (snapshot, asked);
            }
            due = (due + (TICK / play.speed).max(TICK_AT_LEAST)).max(clock::instant());
        };
        self.stop.cancel();
        // The name servers answer on, so the last queries end well.
        for prober in std::mem::take(&mut self.probing) {
            prober.join().expect("the prober does not panic");
        }
        let (ending, snapshot) = match check.zip(asked) {
            Some((mut check, asked)) => {
                let at = self.watch.now();
                self.watch.learn(Fact::Stopped { at });
                let last = Arc::new(self.tick(play));
                check.look(&last);
                let (ending, snapshot) = check.settle(asked, last);
                (Some(ending), snapshot)
            }
            None => (None, snapshot),
        };
        let snapshot = Arc::unwrap_or_clone(snapshot);
        self.check_that_it_can_be_replayed(play, &snapshot);
        Seen {
            snapshot,
            events: self.seen,
            report: self.world.stop(),
            ending,
            offset: self.offset,
            speed: play.speed,
        }
    }

    /// What was learnt, taken in once more from the lines that were written at the door, gives the same picture.
    fn check_that_it_can_be_replayed(&mut self, play: &Play, last: &Snapshot) {
        let Again {
            tally,
            judge,
            lines,
        } = &mut *self.again;
        let mut replayed = None;
        let mut ticks = 0;
        for fact in lines.facts() {
            let Fact::Tick { at } = fact else {
                tally.take(fact);
                continue;
            };
            let (reading, _) = tally.tick(at);
            ticks += 1;
            let snapshot = judged(judge, reading, at, self.started, play.speed);
            replayed = Some(snapshot)
                .filter(|snapshot| snapshot.now <= last.now)
                .or(replayed);
        }
        let replayed = replayed.expect("there were ticks");
        assert!(ticks > 1, "{ticks}");
        assert_eq!(replayed.segments, last.segments);
        assert_eq!(replayed.explanation, last.explanation);
        assert_eq!(replayed.servers, last.servers);
        assert_eq!(replayed.stages, last.stages);
        assert_eq!(replayed.drain, last.drain);
        assert_eq!(replayed.configuration, last.configuration);
    }

    /// What the program does twice a second.
    fn tick(&mut self, play: &Play) -> Snapshot {
        let at = self.watch.now();
        let reading = self.watch.tick(at);
        let snapshot = judged(&mut self.judge, reading, at, self.started, play.speed);
        (play.look)(&snapshot);
        if self.judge.wants_poll() {
            self.route53.poll_soon();
        }
        let known = snapshot.older_events + snapshot.events.len() as u64;
        let new = usize::try_from(known - self.told).expect("few events");
        self.told = known;
        for event in &snapshot.events[snapshot.events.len().saturating_sub(new)..] {
            let at = event.at.duration_since(self.started.wall);
            let at = at.unwrap_or_default().as_secs_f64();
            self.seen.push((
                at,
                event.kind(),
                crate::told::message(event, &snapshot.server_names()),
            ));
        }
        snapshot
    }
}

/// A second tally and judge for the same facts.
struct Again {
    tally: Tally,
    judge: Judge,
    lines: Lines,
}

/// What is thought of a reading of a run that goes faster than it seems.
fn judged(judge: &mut Judge, reading: Reading, at: At, started: Moment, speed: u32) -> Snapshot {
    let uptime = at.uptime * speed;
    judge.observe(
        scaled(reading, started, speed),
        uptime,
        started.wall + uptime,
    )
}

fn route53_settings(play: &Play, addresses: &Addresses) -> Route53Settings {
    let name = RecordName::from_user(&addresses.record_name).expect("a name");
    Route53Settings {
        zone_id: addresses.zone_id.clone(),
        record_name: name.clone(),
        question_name: name,
        record_type: None,
        poll_interval: play.poll_every / play.speed,
        call_spacing: Duration::from_secs(1) / play.speed,
        own_name_servers: true,
        change_id: None,
        access: Access::Fixed {
            url: addresses.api_url.clone(),
            key_id: addresses.access_key_id.clone(),
            secret: addresses.secret_access_key.clone(),
        },
    }
}

/// The reading as it would be if the machine's clock ran so many times faster.
fn scaled(mut reading: Reading, started: Moment, speed: u32) -> Reading {
    for answer in &mut reading.answers {
        answer.at *= speed;
    }
    for event in &mut reading.events {
        let at = event.at.duration_since(started.wall).unwrap_or_default();
        event.at = started.wall + at * speed;
    }
    for poll in &mut reading.polls {
        poll.sent_at *= speed;
        poll.received_at *= speed;
    }
    if let Some(ChangeState::InSync(at)) = &mut reading.change {
        *at *= speed;
    }
    for server in &mut reading.servers {
        server.last_answer = server.last_answer.map(|at| at * speed);
    }
    reading
}

impl Seen {
    pub fn first(&self, kind: EventKind) -> Option<f64> {
        self.times(kind).first().copied()
    }

    pub fn times(&self, kind: EventKind) -> Vec<f64> {
        let events = self.events.iter().filter(|event| event.1 == kind);
        events.map(|event| event.0).collect()
    }

    pub fn count(&self, kind: EventKind) -> usize {
        self.times(kind).len()
    }

    /// A segment by its number.
    pub fn segment(&self, number: u64) -> &Segment {
        let mut segments = self.snapshot.segments.iter();
        let segment = segments.find(|segment| segment.number == number);
        segment.unwrap_or_else(|| panic!("no segment {number}\n{}", self.tale()))
    }

    /// What was found about the change that began a segment.
    pub fn propagation(&self, segment: u64) -> &Propagation {
        let found = self.segment(segment).propagation.as_ref();
        found.unwrap_or_else(|| panic!("no change to segment {segment}\n{}", self.tale()))
    }

    /// The changes that a server has really applied, its times as the program counts them.
    pub fn truth(&self, server: usize) -> Vec<Switch> {
        let switches = self.report.servers[server].switches.iter().cloned();
        let moved = |switch: Switch| Switch {
            declared_at: switch.declared_at.saturating_sub(self.offset),
            applied_at: switch.applied_at.saturating_sub(self.offset),
            completed_at: switch.completed_at.saturating_sub(self.offset),
            ..switch
        };
        switches.map(moved).collect()
    }

    /// By how many seconds each switch time of a segment is later than the truth, by server; `change` counts the changes
    /// from 0.
    pub fn switch_errors(&self, segment: u64, change: usize) -> Vec<f64> {
        let found = self.propagation(segment).servers.iter().enumerate();
        let error = |(server, found): (usize, &Option<Duration>)| {
            let found = found.unwrap_or_else(|| panic!("no switch of {server}\n{}", self.tale()));
            found.as_secs_f64() - self.truth(server)[change].applied_at.as_secs_f64()
        };
        found.map(error).collect()
    }

    /// A story time as the program counts it.
    pub fn story_time(&self, at: u64) -> f64 {
        f64::from(u32::try_from(at).expect("not that late")) - self.offset.as_secs_f64()
    }

    /// The longest time in which nothing was asked: nothing can be known of it.
    pub fn longest_gap(&self) -> f64 {
        self.report.arrivals.max.as_secs_f64() * f64::from(self.speed)
    }

    /// Queries a second that were really sent.
    pub fn rate(&self) -> f64 {
        let rate = self.snapshot.rate.achieved;
        rate.expect("the run was longer than a second")
    }

    /// What happened, for whoever has to find out why a test failed.
    pub fn tale(&self) -> String {
        let line = |event: &(f64, EventKind, String)| format!("{:8.1} {}\n", event.0, event.2);
        let events: String = self.events.iter().map(line).collect();
        let rate = &self.snapshot.rate;
        format!(
            "{events}{:.0} of {} queries/s, {} late, {} skipped, story time {:.2} s at the start\n{}",
            self.rate(),
            rate.target,
            rate.late,
            rate.skipped,
            self.offset.as_secs_f64(),
            self.report
        )
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
