//! Servers that are asked as resolvers, servers that turn out to be some, and the notes that stand while something is wrong.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use r53mon::clock;
use r53mon::model::answer::{Fault, ServerMode};
use r53mon::model::event::EventKind;
use r53mon::model::name::RecordName;
use r53mon::model::notice::{Notice, Subject};
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::resolver::{AnswerOf, ResolverReading};
use r53mon::sources::exchange::Question;
use r53mon::sources::named_resolvers;
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::program::r53mon;
use crate::scripted_dns::{Received, Server, Step, a, record, send};
use crate::waiting::wait_until;
use crate::watched;

const PATIENT: Duration = Duration::from_secs(10);
/// What is asked for; the record is a wildcard.
const NAME: &str = "foo.example.test.";

fn name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

fn group(ttl: u64, values: [&str; 2]) -> WeightedGroup {
    let set = |(identifier, value): (&str, &str)| WeightedSet {
        ttl: Some(Duration::from_secs(ttl)),
        ..WeightedSet::new(
            identifier,
            1,
            Target::Addresses(vec![value.parse().expect("an address")]),
        )
    };
    let sets = ["blue", "green"].into_iter().zip(values).map(set).collect();
    WeightedGroup::of_weights(name("*.example.test"), RecordType::A, sets)
}

struct Run {
    watch: Arc<Watch>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Run {
    fn start(group: WeightedGroup, servers: &[&Server], mode: ServerMode) -> Self {
        let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
        let list = ServerList::given(&addresses);
        for server in list.indices() {
            list.set_mode(server, mode);
        }
        let question = Question::new(&name(NAME), RecordType::A).expect("a question");
        let watch = watched::asking(question, group, list, None, false);
        let stop = CancellationToken::new();
        let task = tokio::spawn(watched::probe(
            100,
            PATIENT,
            Arc::clone(&watch),
            stop.clone(),
        ));
        Self { watch, stop, task }
    }

    async fn stop(self) -> Arc<Watch> {
        self.stop.cancel();
        self.task.await.expect("no panic");
        self.watch
    }
}

/// As a resolver answers: no AA, RA, and this much of the TTL left.
fn out_of_cache(received: &Received, ttl: u32, address: &str) -> Step {
    let mut reply = received.reply();
    reply.metadata.authoritative = false;
    reply.metadata.recursion_available = true;
    reply.metadata.recursion_desired = received.message.metadata.recursion_desired;
    reply.add_answer(record(NAME, ttl, a(NAME, address).data));
    send(&reply)
}

const TWO: [&str; 2] = ["192.0.2.1", "192.0.2.2"];

#[tokio::test]
async fn a_resolver_gives_one_sample_per_ttl_and_the_rest_is_counted_as_cached() {
    let server = Server::start(|received| vec![out_of_cache(received, 60, "192.0.2.1")]).await;
    let run = Run::start(group(60, TWO), &[&server], ServerMode::ThroughResolver);
    wait_until("fifty answers", || {
        run.watch.tally.read().outcomes().answered() >= 50
    })
    .await;
    assert_eq!(
        crate::told::notes(&run.watch.tally.read()),
        [
            "asking through a resolver (127.0.0.1): its cache is measured, at most one independent sample per TTL (60 s)"
        ]
    );
    // It is no longer one: the note goes, and what it says does not count any more.
    run.watch.servers.set_mode(0.into(), ServerMode::Direct);
    wait_until("the note is taken back", || {
        let reading = run.watch.tally.read();
        let mut told = reading.notes.iter().map(Notice::subject);
        reading.outcomes().faulty() >= 5 && !told.any(|subject| subject == Subject::Resolvers)
    })
    .await;
    let reading = run.stop().await.tally.read();
    let outcomes = reading.outcomes();
    assert_eq!(outcomes.named, 1, "{outcomes:?}");
    assert!(outcomes.cached >= 49, "{outcomes:?}");
    assert_eq!(
        outcomes.sent,
        outcomes.named + outcomes.cached + outcomes.faulty() + outcomes.in_flight()
    );
    assert!(server.seen()[0].message.metadata.recursion_desired);
    assert!(
        !server
            .seen()
            .pop()
            .expect("asked")
            .message
            .metadata
            .recursion_desired
    );
}

#[tokio::test]
async fn what_was_picked_before_the_segment_is_no_sample_of_it() {
    let server = Server::start(|received| vec![out_of_cache(received, 20, "192.0.2.1")]).await;
    let run = Run::start(group(60, TWO), &[&server], ServerMode::ThroughResolver);
    wait_until("twenty answers", || {
        run.watch.tally.read().outcomes().answered() >= 20
    })
    .await;
    let outcomes = run.stop().await.tally.read().outcomes();
    assert_eq!((outcomes.named, outcomes.cached), (0, outcomes.answered()));
}

#[tokio::test]
async fn with_a_ttl_of_zero_every_answer_of_a_resolver_counts() {
    let server = Server::start(|received| vec![out_of_cache(received, 0, "192.0.2.2")]).await;
    let run = Run::start(group(0, TWO), &[&server], ServerMode::ThroughResolver);
    wait_until("twenty answers", || {
        run.watch.tally.read().outcomes().named >= 20
    })
    .await;
    assert_eq!(run.stop().await.tally.read().outcomes().cached, 0);
}

#[tokio::test]
async fn a_server_that_turns_into_a_resolver_is_not_believed() {
    let server = Server::start(|received| {
        if received.number < 10 {
            vec![received.at("192.0.2.1")]
        } else {
            vec![out_of_cache(received, 60, "192.0.2.1")]
        }
    })
    .await;
    let run = Run::start(group(60, TWO), &[&server], ServerMode::Direct);
    wait_until("faults", || {
        run.watch.tally.read().outcomes().faults[Fault::NotAuthoritative.index()] >= 5
    })
    .await;
    let reading = run.stop().await.tally.read();
    assert!(reading.outcomes().named <= 10);
    let servers = vec![0.into()];
    assert_eq!(reading.notes, [Notice::Recursive { servers }]);
}

#[tokio::test]
async fn a_name_that_is_gone_is_loud_until_all_servers_have_it_again() {
    let gone = Arc::new(AtomicUsize::new(0));
    let mut servers = Vec::new();
    for index in 0..2 {
        let gone = Arc::clone(&gone);
        let script = move |received: &Received| {
            if gone.load(SeqCst) > index {
                vec![received.rcode(ResponseCode::NXDomain)]
            } else {
                vec![received.at("192.0.2.1")]
            }
        };
        servers.push(Server::start(script).await);
    }
    let run = Run::start(
        group(60, TWO),
        &[&servers[0], &servers[1]],
        ServerMode::Direct,
    );
    let mut events = Vec::new();
    let mut now_and_then = |what: &str| {
        let reading = run.watch.tally.read();
        let notes = crate::told::notes(&reading);
        events.extend(
            reading
                .events
                .into_iter()
                .filter(|event| event.kind() == EventKind::Note),
        );
        notes
            == if what.is_empty() {
                vec![]
            } else {
                vec![what.to_owned()]
            }
    };
    let one = format!(
        "{} answers NXDOMAIN, without an SOA: resolvers must not keep that",
        servers[0].address
    );
    let all = "all name servers answer NXDOMAIN, without an SOA: resolvers must not keep that";
    for (how_many, note) in [(1, one.as_str()), (2, all), (1, one.as_str()), (0, "")] {
        gone.store(how_many, SeqCst);
        let deadline = clock::instant() + PATIENT;
        while !now_and_then(note) {
            assert!(clock::instant() < deadline, "in vain: {note}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let servers = run.stop().await.tally.read().servers;
    let names = crate::told::names(&servers);
    let told: Vec<String> = events
        .iter()
        .map(|event| crate::told::message(event, &names))
        .collect();
    assert_eq!(told, [one.as_str()], "told once");
}

#[tokio::test]
async fn sets_that_answer_the_same_are_told_at_once() {
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let run = Run::start(group(60, [TWO[0]; 2]), &[&server], ServerMode::Direct);
    wait_until("answers", || {
        run.watch.tally.read().outcomes().ambiguous >= 3
    })
    .await;
    assert_eq!(run.watch.tally.read().notes, [Notice::NothingApart]);
    // Green gets a value of its own.
    assert!(watched::declare(&run.watch.tally, group(60, TWO)));
    assert_eq!(run.watch.tally.read().notes, []);
    run.stop().await;
}

// --- resolvers that are named, and counted for nothing ---

/// Resolvers that are asked beside a record whose name server is never asked.
struct Named {
    watch: Arc<Watch>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Named {
    fn start(group: WeightedGroup, resolvers: &[&Server]) -> Self {
        let question = Question::new(&name(NAME), RecordType::A).expect("a question");
        let watch = watched::asking(question, group, watched::nobody(), None, false);
        let stop = CancellationToken::new();
        let addresses = resolvers.iter().map(|server| server.address).collect();
        let asking = named_resolvers::run(addresses, PATIENT, Arc::clone(&watch), stop.clone());
        let task = tokio::spawn(asking);
        Self { watch, stop, task }
    }

    /// What is known of one of them; `None`: it was not asked yet.
    fn of(&self, server: &Server) -> Option<ResolverReading> {
        let all = self.watch.tally.read().resolvers;
        all.into_iter().find(|it| it.address == server.address)
    }

    async fn until(&self, server: &Server, is_so: impl Fn(&ResolverReading) -> bool) {
        wait_until("the resolver says so", || {
            self.of(server).is_some_and(|it| is_so(&it))
        })
        .await;
    }

    async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("no panic");
    }
}

#[tokio::test]
async fn a_named_resolver_is_asked_once_in_the_life_of_its_answer_and_not_more_than_once_a_second()
{
    let long = Server::start(|received| vec![out_of_cache(received, 60, "192.0.2.1")]).await;
    let short = Server::start(|received| vec![out_of_cache(received, 0, "192.0.2.2")]).await;
    let started = clock::now();
    let named = Named::start(group(60, TWO), &[&long, &short]);
    named.until(&short, |it| it.asked >= 3).await;
    assert!(clock::now().since(started) >= Duration::from_secs(2));
    assert_eq!((long.seen().len(), short.seen().len()), (1, 3));
    let message = &long.seen()[0].message;
    assert!(message.metadata.recursion_desired);
    let of = |server| named.of(server).and_then(|it| it.answer).expect("answered");
    assert_eq!(of(&long).of, AnswerOf::Set("blue".to_owned()));
    assert_eq!(of(&short).of, AnswerOf::Set("green".to_owned()));
    // Nothing of it is counted.
    let reading = named.watch.tally.read();
    assert_eq!((reading.outcomes().sent, reading.outcomes().named), (0, 0));
    assert!(reading.answers.is_empty());
    named.stop().await;
}

#[tokio::test]
async fn what_a_resolver_took_before_a_change_is_old_until_it_asks_again() {
    let server = Server::start(|received| match received.number {
        0 => vec![out_of_cache(received, 2, "192.0.2.1")],
        1 => vec![out_of_cache(received, 41, "192.0.2.1")],
        _ => vec![out_of_cache(received, 60, "192.0.2.9")],
    })
    .await;
    let named = Named::start(group(60, TWO), &[&server]);
    named.until(&server, |it| it.asked == 1).await;
    let is_old = || named.of(&server)?.answer?.is_old;
    assert_eq!(is_old(), Some(false));
    // Blue moves: what the resolver has of it is not declared any more.
    assert!(watched::declare(
        &named.watch.tally,
        group(60, ["192.0.2.9", "192.0.2.2"])
    ));
    let answer = named.of(&server).and_then(|it| it.answer).expect("one");
    assert_eq!(answer.of, AnswerOf::Former("blue".to_owned()));
    assert_eq!(answer.is_old, Some(true));
    named.until(&server, |it| it.asked == 2).await;
    let again = named.of(&server).and_then(|it| it.answer).expect("one");
    assert_eq!(again.is_old, Some(true));
    let left = again.until.checked_sub(named.watch.now().uptime);
    let left = left.expect("it is kept");
    assert!(left > Duration::from_secs(20) && left <= Duration::from_secs(41));
    named.stop().await;
}

#[tokio::test]
async fn a_named_resolver_that_refuses_is_told_once_and_again_when_it_answers() {
    let refuses = Arc::new(std::sync::atomic::AtomicBool::new(true));
    let state = Arc::clone(&refuses);
    let server = Server::start(move |received| {
        if state.load(SeqCst) {
            vec![received.rcode(ResponseCode::Refused)]
        } else {
            vec![out_of_cache(received, 60, "192.0.2.2")]
        }
    })
    .await;
    let named = Named::start(group(60, TWO), &[&server]);
    named.until(&server, |it| it.failed >= 2).await;
    let row = named.of(&server).expect("asked");
    assert_eq!((row.fault, row.answer), (Some(Fault::Refused), None));
    refuses.store(false, SeqCst);
    let told = std::cell::RefCell::new(Vec::new());
    wait_until("it answers", || {
        let reading = named.watch.tally.read();
        let kinds = reading.events.iter().map(r53mon::model::event::Event::kind);
        told.borrow_mut().extend(kinds);
        let mut rows = reading.resolvers.iter();
        rows.any(|it| it.fault.is_none())
    })
    .await;
    assert_eq!(told.borrow().last(), Some(&EventKind::ResolverBack));
    let row = named.of(&server).expect("asked");
    assert_eq!(row.asked, row.failed + 1);
    named.stop().await;
}

#[test]
fn the_demo_has_resolvers_that_are_asked_what_they_still_answer() {
    let outcome = r53mon("demo cutover --no-http -o json -d 3s").run();
    let report = outcome.expect_code(0).stdout;
    let report: serde_json::Value = serde_json::from_str(&report).expect("JSON");
    let resolvers = report["resolvers"].as_array().expect("a list");
    assert_eq!(resolvers.len(), 2, "{resolvers:?}");
    for resolver in resolvers {
        assert_eq!(resolver["failed"], 0, "{resolver}");
        assert_eq!(resolver["answer"]["of"], "set", "{resolver}");
    }
    let outcome = r53mon("demo cutover --no-http -o json -d 1s --resolvers 127.0.0.1:1").run();
    let report = outcome.expect_code(0).stdout;
    assert!(report.contains("127.0.0.1:1\""), "{report}");
}
