//! A watched record for tests of the tasks that learn about one, and facts by hand.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use r53mon::clock;
use r53mon::facts::{At, Fact, Query};
use r53mon::judge::{Judge, RunFacts};
use r53mon::model::answer::{Answer, ServerMode};
use r53mon::model::record::{RecordType, WeightedGroup};
use r53mon::model::verdict::Criteria;
use r53mon::record;
use r53mon::snapshot::RecordFacts;
use r53mon::sources::dns;
use r53mon::sources::exchange::Question;
use r53mon::sources::pacer::Pacer;
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::{self, Request, Tally};
use r53mon::verdict::Start;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;

/// A record that is asked of these servers; `looks_up` says whether the test looks its alias targets up.
pub fn watch(
    group: WeightedGroup,
    servers: ServerList,
    requests: Option<mpsc::Sender<Request>>,
    looks_up: bool,
) -> Arc<Watch> {
    let question = Question::new(&group.name, group.record_type).expect("a question");
    asking(question, group, servers, requests, looks_up)
}

/// The same with a question of its own.
pub fn asking(
    question: Question,
    group: WeightedGroup,
    servers: ServerList,
    requests: Option<mpsc::Sender<Request>>,
    looks_up: bool,
) -> Arc<Watch> {
    let started = clock::now();
    let tally = Tally::new(group, servers.labels(), started.wall);
    let servers = Arc::new(servers);
    Watch::new(question, servers, tally, requests, looks_up, started)
}

/// Asks for a record so many times a second, as a run that has no other.
pub async fn probe(tps: u32, timeout: Duration, watch: Arc<Watch>, stop: CancellationToken) {
    let pacer = Pacer::new(watch.started.instant, tps);
    probe_all(pacer, timeout, vec![watch], stop).await;
}

/// Asks for several records, on a thread that ends when the prober does.
pub async fn probe_all(
    pacer: Pacer,
    timeout: Duration,
    watches: Vec<Arc<Watch>>,
    stop: CancellationToken,
) {
    let (asks_on, asks) = std::io::pipe().expect("a pipe");
    let probing = spawn_blocking(move || dns::run(pacer, timeout, watches, &asks_on));
    stop.cancelled().await;
    drop(asks);
    probing.await.expect("the prober does not panic");
}

/// One server that is never asked.
pub fn nobody() -> ServerList {
    let address = "127.0.0.1:1".parse().expect("an address");
    ServerList::known(vec![("ns-1".to_owned(), None, vec![address])])
}

/// A moment of a run that nobody has started.
pub fn now() -> At {
    At {
        uptime: Duration::ZERO,
        wall: clock::wall(),
    }
}

/// Another group is declared from now on. Returns whether that began a segment.
pub fn declare(tally: &Tally, group: WeightedGroup) -> bool {
    let fact = Fact::HealthRead {
        at: now(),
        sent_at: Duration::ZERO,
        declared: group,
    };
    tally.take(fact).segment_began
}

/// The first server answers with an address. Returns which set of the segment in force was named.
pub fn named(tally: &Tally, address: &str) -> Option<usize> {
    answered_at(tally, Duration::ZERO, address)
}

/// The same, asked at a time of the run.
pub fn answered_at(tally: &Tally, uptime: Duration, address: &str) -> Option<usize> {
    let (segment, _) = tally.in_force();
    let at = At { uptime, ..now() };
    let query = Query {
        sent_at: uptime,
        server: 0.into(),
        segment,
        mode: ServerMode::Direct,
        stray: 0,
    };
    let address: IpAddr = address.parse().expect("an address");
    tally.take(Fact::Sent {
        at,
        server: 0.into(),
        segment,
        mode: query.mode,
    });
    let effects = tally.take(Fact::Answered {
        at,
        query,
        took: Duration::from_millis(1),
        answer: Answer {
            addresses: vec![address],
            ..Answer::default()
        },
    });
    effects.requests.first().map(|request| request.set.get())
}

/// A judge of a run at ten queries a second.
pub fn judge() -> Judge {
    judge_at(10)
}

/// A judge of a run at so many queries a second.
pub fn judge_at(tps: u32) -> Judge {
    Judge::new(RunFacts {
        gates: Vec::new(),
        record: RecordFacts {
            name: "app.example.test".to_owned(),
            record_type: RecordType::A,
            zone_id: "Z0TEST".to_owned(),
            zone_name: "example.test".to_owned(),
            api_url: None,
            endpoint: "https://app.example.test/".to_owned(),
            tool: r53mon::model::declared::Tool::default(),
        },
        tps,
        http: false,
        criteria: Criteria {
            tolerance: 0.05,
            confidence: 0.99,
        },
        max_unknown: 0.05,
        window: Duration::from_mins(5),
        http_margin: 0.2,
        http_max_tps: None,
        start: Start::Settled,
        notes: Vec::new(),
        plan: r53mon::model::stage::Plan::default(),
        started_at: clock::wall(),
    })
}

/// What was written at the door.
#[derive(Clone, Default)]
pub struct Lines(Arc<Mutex<Vec<String>>>);

impl Lines {
    /// What writes them, for a tally.
    pub fn recorder(&self) -> tally::Recorder {
        let lines = Arc::clone(&self.0);
        Box::new(move |fact| {
            let line = record::to_line(fact).expect("times of a run");
            lines.lock().expect("no panic").push(line);
        })
    }

    /// The facts again, in their order.
    pub fn facts(&self) -> Vec<Fact> {
        let lines = self.0.lock().expect("no panic");
        let fact = |line: &String| record::from_line(line).expect("a fact");
        lines.iter().map(fact).collect()
    }
}
