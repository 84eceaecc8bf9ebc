//! Alias targets that move while they are measured: unknown answers, shared look-ups, dead targets, and the claim that no
//! answer is taken for another set's.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::rr::rdata::A;
use hickory_resolver::proto::rr::{RData, Record};
use r53mon::clock;
use r53mon::config::LookupSettings;
use r53mon::facts::Fact;
use r53mon::model::name::RecordName;
use r53mon::model::reading::{Outcomes, Reading, SegmentReading};
use r53mon::model::record::{AliasTarget, Place, RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::exchange::Question;
use r53mon::sources::lookup::Lookup;
use r53mon::sources::servers::ServerList;
use r53mon::sources::targets;
use r53mon::sources::targets::{LookupSchedule, Timing};
use r53mon::sources::watch::Watch;
use r53mon::tally::{Request, Tally};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scripted_dns::{Received, Server, Step, record};
use crate::waiting::wait_until;
use crate::watched::{self, Lines};

const PATIENT: Duration = Duration::from_secs(10);
const NAME: &str = "app.example.test";

/// Ten times as fast as in earnest.
const FAST: Timing = Timing {
    soonest: Duration::from_millis(100),
    latest: Duration::from_secs(6),
    retry: Duration::from_millis(500),
};

fn name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

fn alias(identifier: &str, weight: u64) -> WeightedSet {
    let target = Target::Alias(AliasTarget {
        name: name(&format!("{identifier}.elb.test")),
        zone_id: "Z35SXDOTRQ7X7K".to_owned(),
        evaluate_target_health: false,
    });
    WeightedSet::new(identifier, weight, target)
}

fn group(sets: Vec<WeightedSet>) -> WeightedGroup {
    WeightedGroup::of_weights(name(NAME), RecordType::A, sets)
}

fn at(owner: &str, ttl: u32, address: IpAddr) -> Record {
    let IpAddr::V4(address) = address else {
        panic!("IPv4 here")
    };
    record(owner, ttl, RData::A(A(address)))
}

/// An answer with these addresses to whatever was asked.
fn with_addresses(received: &Received, ttl: u32, addresses: &[IpAddr]) -> Vec<Step> {
    let owner = received.name();
    let records = addresses.iter().map(|address| at(&owner, ttl, *address));
    vec![received.answer(records)]
}

fn ip(set: u8, index: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, set, index).into()
}

/// A prober and a task that looks targets up.
struct Run {
    watch: Arc<Watch>,
    /// A second tally for the same facts.
    again: Tally,
    lines: Lines,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
}

impl Run {
    fn start(
        group: WeightedGroup,
        server: &Server,
        resolver: &Server,
        timing: Timing,
        requests: Option<mpsc::Sender<Request>>,
    ) -> Self {
        let list = ServerList::given(&[server.address]);
        let question = Question::new(&name(NAME), RecordType::A).expect("a question");
        let again = Tally::new(group.clone(), list.labels(), clock::wall());
        again.start(clock::wall(), true);
        let watch = watched::asking(question, group, list, requests, true);
        let lines = Lines::default();
        watch.tally.record_to(lines.recorder());
        let stop = CancellationToken::new();
        let schedule = LookupSchedule::with_timing(timing);
        let lookup = Lookup::new(&LookupSettings {
            resolver: Some(resolver.address),
        })
        .expect("a resolver");
        let looking = targets::run(lookup, Arc::clone(&watch), false, schedule, stop.clone());
        let asking = watched::probe(100, PATIENT, Arc::clone(&watch), stop.clone());
        Self {
            tasks: vec![tokio::spawn(looking), tokio::spawn(asking)],
            watch,
            again,
            lines,
            stop,
        }
    }

    /// What the observer does.
    fn read(&self) -> Reading {
        self.watch.tick(self.watch.now())
    }

    fn outcomes(&self) -> Outcomes {
        self.read().outcomes()
    }

    async fn stop(self) -> Reading {
        self.stop.cancel();
        for task in self.tasks {
            let ended = tokio::time::timeout(Duration::from_secs(2), task).await;
            ended.expect("in time").expect("no panic");
        }
        self.watch.learn(Fact::Stopped {
            at: self.watch.now(),
        });
        let reading = self.watch.tally.read();
        // What waited for look-ups, and what they taught, comes out the same from the lines that were written at the door.
        for fact in self.lines.facts() {
            self.again.take(fact);
        }
        let counters = |reading: &Reading| -> Vec<SegmentReading> {
            let segments = reading.segments.iter();
            segments.map(|segment| segment.counters.clone()).collect()
        };
        assert_eq!(counters(&self.again.read()), counters(&reading));
        reading
    }
}

/// One for all answers that came before it, and perhaps one for those that came while it was made.
const LOOK_UPS: RangeInclusive<usize> = 1..=2;

#[tokio::test]
async fn an_unknown_answer_is_explained_by_look_ups_that_all_such_answers_share() {
    // The resolver shows the new address as soon as the name server does; nothing is due for a minute.
    let moved = Arc::new(AtomicBool::new(false));
    let addresses = |moved: &AtomicBool| {
        if moved.load(SeqCst) {
            [ip(2, 2)]
        } else {
            [ip(2, 1)]
        }
    };
    let here = Arc::clone(&moved);
    let resolver =
        Server::start(move |received| with_addresses(received, 60, &addresses(&here))).await;
    let there = Arc::clone(&moved);
    let server =
        Server::start(move |received| with_addresses(received, 60, &addresses(&there))).await;
    let timing = Timing {
        latest: Duration::from_mins(1),
        ..FAST
    };
    let run = Run::start(
        group(vec![alias("blue", 1)]),
        &server,
        &resolver,
        timing,
        None,
    );
    wait_until("named answers", || run.outcomes().named >= 10).await;
    let at_first = resolver.count();
    assert!(LOOK_UPS.contains(&at_first), "{at_first} look-ups");
    moved.store(true, SeqCst);
    let before = run.outcomes().named;
    wait_until("named answers again", || {
        run.outcomes().named >= before + 40
    })
    .await;
    // What waited meanwhile is named too: nothing was counted before it was looked up.
    let outcomes = run.stop().await.outcomes();
    assert_eq!(
        (outcomes.unknown, outcomes.ambiguous),
        (0, 0),
        "{outcomes:?}"
    );
    let more = resolver.count() - at_first;
    assert!(LOOK_UPS.contains(&more), "{more} look-ups");
}

#[tokio::test]
async fn what_stays_unknown_is_counted_after_a_while_and_look_ups_keep_their_distance() {
    let resolver = Server::start(|received| with_addresses(received, 60, &[ip(2, 1)])).await;
    let server = Server::start(|received| {
        let known = received.number % 2 == 0;
        with_addresses(received, 60, &[ip(2, if known { 1 } else { 99 })])
    })
    .await;
    let begun = clock::instant();
    let run = Run::start(
        group(vec![alias("blue", 1)]),
        &server,
        &resolver,
        FAST,
        None,
    );
    wait_until("unknown answers", || run.outcomes().unknown >= 20).await;
    // Those that are known do not wait for them.
    let outcomes = run.outcomes();
    assert!(outcomes.named >= outcomes.unknown, "{outcomes:?}");
    let passed = clock::instant().saturating_duration_since(begun);
    let most = passed.as_millis() / FAST.soonest.as_millis() + 2;
    assert!(
        (resolver.count() as u128) <= most,
        "{} in {passed:?}",
        resolver.count()
    );
    run.stop().await;
}

#[tokio::test]
async fn an_answer_that_waits_belongs_to_the_segment_in_which_it_was_asked_for() {
    let gate = CancellationToken::new();
    let opened = gate.clone();
    let resolver = Server::start(move |received| {
        let mut steps = vec![Step::Until(opened.clone())];
        steps.extend(with_addresses(received, 60, &[ip(2, 1)]));
        steps
    })
    .await;
    let server = Server::start(|received| with_addresses(received, 60, &[ip(2, 1)])).await;
    let run = Run::start(
        group(vec![alias("blue", 1), alias("green", 0)]),
        &server,
        &resolver,
        FAST,
        None,
    );
    wait_until("answers wait", || server.count() >= 5).await;
    let first = |reading: &Reading| reading.segments[0].counters.outcomes();
    assert_eq!(first(&run.read()).answered(), 0);
    let next = group(vec![alias("blue", 3)]);
    assert!(watched::declare(&run.watch.tally, next));
    gate.cancel();
    wait_until("all of the first segment are counted", || {
        let outcomes = first(&run.read());
        outcomes.answered() > 0 && outcomes.in_flight() == 0
    })
    .await;
    let ended = run.stop().await;
    // Blue and green show the same address to look-ups in the first segment, where green was declared too.
    let outcomes = first(&ended);
    assert_eq!(
        outcomes.sent,
        outcomes.named + outcomes.ambiguous,
        "{outcomes:?}"
    );
}

#[tokio::test]
async fn a_dead_target_does_not_delay_the_others() {
    let resolver = Server::start(|received| {
        if received.name().starts_with("dead") {
            vec![]
        } else {
            // As often as may be.
            with_addresses(received, 0, &[ip(2, 1)])
        }
    })
    .await;
    let server = Server::start(|received| with_addresses(received, 60, &[ip(2, 1)])).await;
    let run = Run::start(
        group(vec![alias("dead", 1), alias("good", 1)]),
        &server,
        &resolver,
        FAST,
        None,
    );
    let asked = |what: &str| {
        let seen = resolver.seen();
        seen.iter()
            .filter(|query| query.name().starts_with(what))
            .count()
    };
    wait_until("the good one is looked up again and again", || {
        asked("good") >= 10
    })
    .await;
    // The dead one is still waited for: its look-up gives up after four seconds.
    assert!(asked("dead") <= 4, "{}", asked("dead"));
    wait_until("its answers are named", || run.outcomes().named >= 10).await;
    run.stop().await;
}

/// Two load balancers with many addresses each, of which a few are published at a time.
struct World {
    random: u64,
    targets: [Rotating; 2],
}

/// One load balancer.
struct Rotating {
    /// All addresses, in the order of being published.
    circle: Vec<IpAddr>,
    /// Where in the circle those begin that are published now.
    begin: usize,
    /// Whether a look-up has seen them, and how many answers have shown some.
    seen: bool,
    shown: u32,
}

/// How many addresses a target has, how many of them it publishes, and how many of those stand in one answer.
const ADDRESSES: u8 = 50;
const PUBLISHED: usize = 8;
const ANSWERED: usize = 3;

impl Rotating {
    fn new(set: u8) -> Self {
        Self {
            // 7 and 50 have no common divisor, so this is all of them in another order.
            circle: (0..ADDRESSES)
                .map(|index| {
                    ip(
                        set,
                        u8::try_from(u32::from(index) * 7 % 50).expect("small") + 1,
                    )
                })
                .collect(),
            begin: 0,
            seen: false,
            shown: 0,
        }
    }

    fn published(&self) -> Vec<IpAddr> {
        let from_here = self.circle.iter().cycle().skip(self.begin);
        from_here.take(PUBLISHED).copied().collect()
    }
}

impl World {
    fn new() -> Self {
        Self {
            random: 0x1234_5678_9abc_def1,
            targets: [Rotating::new(0), Rotating::new(1)],
        }
    }

    /// Xorshift, so that every run has the same draws.
    fn below(&mut self, limit: usize) -> usize {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        usize::try_from(self.random % limit as u64).expect("small")
    }

    fn look_up(&mut self, set: usize) -> Vec<IpAddr> {
        self.targets[set].seen = true;
        self.targets[set].published()
    }

    /// A weighted pick, and some of what its target publishes. When that has been published for a while and some look-up
    /// has seen it, eight quite different addresses follow.
    fn answer(&mut self) -> Vec<IpAddr> {
        let set = usize::from(self.below(10) < 3);
        let first = self.below(PUBLISHED);
        let target = &mut self.targets[set];
        let published = target.published();
        target.shown += 1;
        if target.seen && target.shown >= 8 {
            target.begin = (target.begin + PUBLISHED) % target.circle.len();
            (target.seen, target.shown) = (false, 0);
        }
        let from_there = published.iter().cycle().skip(first);
        from_there.take(ANSWERED).copied().collect()
    }
}

#[tokio::test]
async fn rotating_targets_are_never_confused_and_hardly_ever_unknown() {
    const ANSWERS: u64 = 800;
    let world = Arc::new(Mutex::new(World::new()));
    let looked_at = Arc::clone(&world);
    let resolver = Server::start(move |received| {
        let set = usize::from(received.name().starts_with("green"));
        let addresses = looked_at.lock().expect("no panic").look_up(set);
        with_addresses(received, 0, &addresses)
    })
    .await;
    let asked = Arc::clone(&world);
    let server = Server::start(move |received| {
        let addresses = asked.lock().expect("no panic").answer();
        with_addresses(received, 60, &addresses)
    })
    .await;
    let (requests, mut jobs) = Watch::queue();
    let run = Run::start(
        group(vec![alias("blue", 70), alias("green", 30)]),
        &server,
        &resolver,
        FAST,
        Some(requests),
    );
    // Every named answer says which set it was named for and where that is.
    let mut named: BTreeMap<(usize, u8), u64> = BTreeMap::new();
    while run.outcomes().answered() < ANSWERS {
        let job = tokio::time::timeout(PATIENT, jobs.recv()).await;
        let job = job.expect("in time").expect("the prober is at work");
        let IpAddr::V4(address) = job.address else {
            panic!("IPv4 here")
        };
        *named
            .entry((job.set.get(), address.octets()[2]))
            .or_default() += 1;
    }
    let watch = Arc::clone(&run.watch);
    let outcomes = run.stop().await.outcomes();
    let wrong = named
        .iter()
        .filter(|((set, truth), _)| *set != usize::from(*truth));
    assert_eq!(wrong.count(), 0, "{named:?}");
    assert!(named.values().sum::<u64>() >= ANSWERS * 9 / 10, "{named:?}");
    assert_eq!(outcomes.ambiguous, 0, "{outcomes:?}");
    assert!(
        outcomes.unknown * 200 <= outcomes.answered(),
        "{outcomes:?}"
    );
    let pool = watch.tally.pool_size(Place::first_of(0.into()));
    assert!(pool > PUBLISHED, "it did rotate: {pool}");
}
