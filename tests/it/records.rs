//! Several records in one run: what belongs to the run they share, and what belongs to a record is its own.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use r53mon::clock;
use r53mon::config::{HttpMethod, HttpSettings};
use r53mon::model::http::StatusCodes;
use r53mon::model::name::RecordName;
use r53mon::model::reading::HttpReading;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::http;
use r53mon::sources::pacer::Pacer;
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::Request;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::scripted_dns;
use crate::scripted_http::{Reply, Response, Server};
use crate::waiting::wait_until;
use crate::watched;

/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(10);
/// The records with their one address.
const RECORDS: [(&str, &str); 2] = [
    ("one.example.test", "192.0.2.1"),
    ("two.example.test", "192.0.2.2"),
];

fn group(name: &str, address: &str) -> WeightedGroup {
    let target = Target::Addresses(vec![address.parse().expect("an address")]);
    let sets = vec![WeightedSet::new("only", 1, target)];
    let name = RecordName::from_user(name).expect("a name");
    WeightedGroup::of_weights(name, RecordType::A, sets)
}

#[tokio::test]
async fn two_records_take_turns_at_one_rate_and_each_counts_its_own_answers() {
    const TPS: u32 = 100;
    let server = scripted_dns::Server::start(|received| {
        let known = RECORDS
            .iter()
            .find(|(name, _)| received.name() == format!("{name}."));
        vec![received.at(known.expect("a record that is watched").1)]
    })
    .await;
    let watches = RECORDS.map(|(name, address)| {
        let list = ServerList::given(&[server.address]);
        watched::watch(group(name, address), list, None, false)
    });
    let stop = CancellationToken::new();
    let started = clock::now();
    let pacer = Pacer::new(started.instant, TPS);
    let asking = tokio::spawn(watched::probe_all(
        pacer,
        PATIENT,
        watches.to_vec(),
        stop.clone(),
    ));
    let accounted = || {
        let readings = watches.each_ref().map(|watch| watch.tally.read());
        let of_each = readings.map(|reading| reading.outcomes().sent + reading.skipped);
        of_each.iter().sum::<u64>()
    };
    wait_until("sixty due times", || accounted() >= 60).await;
    let accounted = accounted();
    let passed = clock::now().since(started).as_millis();
    let due = u64::try_from(passed).expect("a short run") * u64::from(TPS) / 1000 + 1;
    assert!(
        accounted <= due,
        "{accounted} > {due}: the rate is not that of the run"
    );
    stop.cancel();
    asking.await.expect("no panic");
    let outcomes = watches
        .each_ref()
        .map(|watch| watch.tally.read().outcomes());
    let [one, two] = outcomes.each_ref().map(|outcomes| outcomes.sent);
    assert!(one.abs_diff(two) <= 1, "{one} and {two} are no turns");
    for outcomes in &outcomes {
        assert_eq!(outcomes.named, outcomes.sent, "{outcomes:?}");
    }
    assert_eq!(server.count() as u64, one + two);
}

/// Makes requests for both records at one server.
struct Requesting {
    watches: Vec<Arc<Watch>>,
    queues: Vec<mpsc::Sender<Request>>,
    stop: CancellationToken,
}

impl Requesting {
    fn start(server: &Server) -> Self {
        let stop = CancellationToken::new();
        let (mut watches, mut queues, mut records) = (Vec::new(), Vec::new(), Vec::new());
        for (name, address) in RECORDS {
            let watch = watched::watch(group(name, address), watched::nobody(), None, false);
            let (queue, wanted) = Watch::queue();
            let endpoint = format!("http://{name}:{}/", server.address.port());
            records.push(http::Requests {
                settings: HttpSettings {
                    endpoint: Url::parse(&endpoint).expect("a URL"),
                    timeout: PATIENT,
                    insecure: false,
                    trusted: Vec::new(),
                    method: HttpMethod::Get,
                    expect_status: StatusCodes::new(vec![200..=399]),
                    expect_body: None,
                    max_tps: None,
                    keepalive: false,
                    headers: Vec::new(),
                },
                watch: Arc::clone(&watch),
                wanted,
            });
            watches.push(watch);
            queues.push(queue);
        }
        tokio::spawn(http::run(http::Requester::default(), records, stop.clone()));
        Self {
            watches,
            queues,
            stop,
        }
    }

    fn offer(&self, record: usize) {
        let request = Request {
            segment: 1,
            set: 0.into(),
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        self.queues[record]
            .try_send(request)
            .expect("there is room");
    }

    fn read(&self, record: usize) -> HttpReading {
        self.watches[record].tally.read().segments[0].counters.http[0].clone()
    }
}

#[tokio::test]
async fn a_response_is_counted_for_the_record_that_was_asked_for() {
    let server = Server::start(|request| {
        let one = request
            .header("host")
            .is_some_and(|host| host.starts_with("one."));
        Response::new(if one { 200 } else { 404 }, "").into_reply()
    })
    .await;
    let requesting = Requesting::start(&server);
    for record in [0, 1, 0, 1, 0] {
        requesting.offer(record);
    }
    wait_until("five responses", || {
        requesting.read(0).requests + requesting.read(1).requests == 5
    })
    .await;
    let [one, two] = [0, 1].map(|record| requesting.read(record).status);
    assert_eq!((one, two), ([0, 3, 0, 0, 0], [0, 0, 0, 2, 0]));
    requesting.stop.cancel();
}

#[tokio::test]
async fn two_records_share_the_room_for_requests_under_way() {
    const OFFERED_EACH: usize = 20;
    /// What a run has under way at once, at the most.
    const IN_FLIGHT: usize = 32;
    let server = Server::start(|_| Reply::Hang).await;
    let requesting = Requesting::start(&server);
    for _ in 0..OFFERED_EACH {
        requesting.offer(0);
        requesting.offer(1);
    }
    let skipped = || requesting.read(0).skipped + requesting.read(1).skipped;
    wait_until("all are accounted for", || {
        skipped() + server.count() as u64 == 2 * OFFERED_EACH as u64
    })
    .await;
    assert_eq!(server.count(), IN_FLIGHT);
    requesting.stop.cancel();
}
