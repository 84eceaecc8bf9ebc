//! The HTTP prober against scripted servers: which address is asked for which host, what counts as what, and that it
//! never costs a DNS query.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use r53mon::clock;
use r53mon::config::{BodyPattern, HttpMethod, HttpSettings};
use r53mon::model::http::{HttpFault, StatusCodes};
use r53mon::model::name::RecordName;
use r53mon::model::reading::HttpReading;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::http::{self, FailureKind};
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::Request;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::program::r53mon;
use crate::route53::{Set, api, home, program_beside};
use crate::scripted_dns;
use crate::scripted_http::{self, Authority, Certificate, Reply, Response, Server};
use crate::waiting::wait_until;
use crate::watched;

const HOST: &str = "app.example.test";
/// Long enough for a busy machine.
const PATIENT: Duration = Duration::from_secs(10);
/// Short, where the whole of it is waited for.
const SHORT: Duration = Duration::from_millis(250);
/// What the prober has under way at once, at the most.
const IN_FLIGHT: usize = 32;

fn group() -> WeightedGroup {
    let set = |identifier: &str, address: &str| {
        let target = Target::Addresses(vec![address.parse().expect("an address")]);
        WeightedSet::new(identifier, 1, target)
    };
    let sets = vec![set("blue", "127.0.0.1"), set("green", "127.0.0.2")];
    WeightedGroup::of_weights(
        RecordName::from_user(HOST).expect("a name"),
        RecordType::A,
        sets,
    )
}

fn settings(endpoint: &str) -> HttpSettings {
    HttpSettings {
        endpoint: Url::parse(endpoint).expect("a URL"),
        timeout: PATIENT,
        insecure: false,
        trusted: Vec::new(),
        method: HttpMethod::Get,
        expect_status: StatusCodes::new(vec![200..=399]),
        expect_body: None,
        max_tps: None,
        keepalive: false,
        headers: Vec::new(),
    }
}

fn ok() -> Reply {
    Response::new(200, "fine").into_reply()
}

/// Why the newest request failed.
fn why(reading: &HttpReading) -> Option<&str> {
    reading.last_failure.as_ref().map(|it| it.why.as_str())
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Makes the requests of one record.
async fn run(
    settings: HttpSettings,
    wanted: mpsc::Receiver<Request>,
    watch: Arc<Watch>,
    stop: CancellationToken,
) {
    let requests = http::Requests {
        settings,
        watch,
        wanted,
    };
    http::run(http::Requester::default(), vec![requests], stop).await;
}

/// A prober at work.
struct Prober {
    requests: mpsc::Sender<Request>,
    watch: Arc<Watch>,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Prober {
    fn start(settings: HttpSettings) -> Self {
        let (requests, wanted) = Watch::queue();
        let watch = watched::watch(group(), watched::nobody(), None, false);
        let stop = CancellationToken::new();
        let task = tokio::spawn(run(settings, wanted, Arc::clone(&watch), stop.clone()));
        Self {
            requests,
            watch,
            stop,
            task,
        }
    }

    fn offer(&self, set: usize, address: IpAddr) {
        let request = Request {
            segment: 1,
            set: set.into(),
            address,
        };
        self.requests.try_send(request).expect("there is room");
    }

    fn read(&self, set: usize) -> HttpReading {
        let reading = self.watch.tally.read();
        reading.segments[0].counters.http[set].clone()
    }

    /// Makes one request for the first set and waits for its end.
    async fn ask(&self, address: IpAddr) -> HttpReading {
        let before = self.read(0).requests;
        self.offer(0, address);
        wait_until("the request ends", || self.read(0).requests > before).await;
        self.read(0)
    }

    async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(1), self.task).await;
        ended.expect("in time").expect("no panic");
    }
}

/// Asks a server on 127.0.0.1 once, for the usual host.
async fn ask_once(server: &Server, change: impl FnOnce(&mut HttpSettings)) -> HttpReading {
    let mut settings = settings(&format!("http://{HOST}:{}/", server.address.port()));
    change(&mut settings);
    let prober = Prober::start(settings);
    let reading = prober.ask(LOOPBACK).await;
    prober.stop().await;
    reading
}

/// Servers on several addresses of loopback with one port.
async fn servers(count: u8) -> Vec<Server> {
    'port: loop {
        let first = Server::start(|_| ok()).await;
        let port = first.address.port();
        let mut servers = vec![first];
        for last in 2..=count {
            let address = Ipv4Addr::new(127, 0, 0, last).into();
            let Ok(server) = Server::start_at(address, port, |_| ok()).await else {
                continue 'port;
            };
            servers.push(server);
        }
        return servers;
    }
}

#[tokio::test]
async fn the_answered_address_is_asked_for_the_host_path_and_query_of_the_endpoint() {
    let servers = servers(3).await;
    let port = servers[0].address.port();
    let target = "/health/check?full=1&name=a%20b";
    let prober = Prober::start(settings(&format!("http://App.Example.TEST:{port}{target}")));
    for (round, server) in servers.iter().chain(&servers).enumerate() {
        let reading = prober.ask(server.address.ip()).await;
        assert_eq!(
            (reading.failures(), reading.status[1]),
            (0, round as u64 + 1)
        );
    }
    for server in &servers {
        assert_eq!(server.count(), 2);
        for request in server.requests() {
            assert_eq!(request.method, "GET");
            assert_eq!(request.target, target);
            assert_eq!(request.local, server.address);
            let host = format!("{HOST}:{port}");
            assert_eq!(request.header("host"), Some(host.as_str()));
            assert!(
                request
                    .header("user-agent")
                    .is_some_and(|agent| agent.starts_with("r53mon/"))
            );
            assert_eq!(
                (request.header("referer"), request.header("cookie")),
                (None, None)
            );
        }
    }
    assert!(
        prober
            .read(0)
            .latency
            .is_some_and(|latency| latency.samples == 6)
    );
    prober.stop().await;
}

#[tokio::test]
async fn headers_that_were_given_are_sent_and_stand_in_for_ours() {
    let server = Server::start(|_| ok()).await;
    let header = |name, value| {
        (
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        )
    };
    ask_once(&server, |settings| {
        settings.headers = vec![
            header("authorization", "Bearer hunter2"),
            header("accept", "text/html"),
            header("x-team", "payments"),
            header("x-team", "search"),
        ];
    })
    .await;
    let requests = server.requests();
    let request = &requests[0];
    assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
    assert_eq!(request.header("accept"), Some("text/html"));
    let teams = request.headers.iter().filter(|(name, _)| name == "x-team");
    let teams: Vec<&str> = teams.map(|(_, value)| value.as_str()).collect();
    assert_eq!(teams, ["payments", "search"]);
}

#[tokio::test]
async fn the_answered_address_is_asked_even_where_the_endpoint_is_an_address() {
    let servers = servers(2).await;
    let prober = Prober::start(settings(&format!("http://{}/", servers[0].address)));
    let reading = prober.ask(servers[1].address.ip()).await;
    assert_eq!((reading.failures(), reading.last_failure), (0, None));
    assert_eq!(
        (servers[0].count(), servers[1].count()),
        (0, 1),
        "the address of the answer, not that of the endpoint"
    );
    let host = servers[0].address.to_string();
    assert_eq!(servers[1].requests()[0].header("host"), Some(host.as_str()));
    prober.stop().await;
}

#[tokio::test]
async fn every_request_has_its_own_connection() {
    let server = Server::start(|_| Response::new(200, "fine").keep_open().into_reply()).await;
    let prober = Prober::start(settings(&format!(
        "http://{HOST}:{}/",
        server.address.port()
    )));
    for _ in 0..3 {
        prober.ask(LOOPBACK).await;
    }
    let mut peers: Vec<SocketAddr> = server
        .requests()
        .iter()
        .map(|request| request.peer)
        .collect();
    peers.dedup();
    assert_eq!(peers.len(), 3);
    prober.stop().await;
}

#[tokio::test]
async fn a_redirection_is_counted_and_not_followed() {
    let elsewhere = Server::start(|_| ok()).await;
    let url = format!("http://{HOST}:{}/other", elsewhere.address.port());
    let server = Server::start(move |_| {
        Response::new(301, "moved")
            .header("location", &url)
            .into_reply()
    })
    .await;
    let reading = ask_once(&server, |_| {}).await;
    assert_eq!(reading.status, [0, 0, 1, 0, 0]);
    assert_eq!((server.count(), elsewhere.count()), (1, 0));
}

#[tokio::test]
async fn responses_are_counted_by_class_and_set() {
    let server = Server::start(|request| {
        let codes = [200, 204, 302, 404, 429, 500, 503];
        Response::new(codes[request.number], "").into_reply()
    })
    .await;
    let prober = Prober::start(settings(&format!(
        "http://{HOST}:{}/",
        server.address.port()
    )));
    for number in 0..7 {
        // The last two are for the other set.
        let set = usize::from(number >= 5);
        let before = prober.read(set).requests;
        prober.offer(set, LOOPBACK);
        wait_until("a response", || prober.read(set).requests > before).await;
    }
    let (blue, green) = (prober.read(0), prober.read(1));
    assert_eq!((blue.requests, blue.status), (5, [0, 2, 1, 2, 0]));
    assert_eq!((green.requests, green.status), (2, [0, 0, 0, 0, 2]));
    assert_eq!((blue.failures(), green.failures()), (0, 0));
    assert_eq!(blue.latency.map(|latency| latency.samples), Some(5));
    prober.stop().await;
}

/// Asks a server a number of times, one after the other, and returns what was counted.
async fn ask_often(
    server: &Server,
    times: usize,
    change: impl FnOnce(&mut HttpSettings),
) -> HttpReading {
    let mut settings = settings(&format!("http://{HOST}:{}/", server.address.port()));
    change(&mut settings);
    let prober = Prober::start(settings);
    for _ in 0..times {
        prober.ask(LOOPBACK).await;
    }
    let reading = prober.read(0);
    prober.stop().await;
    reading
}

#[tokio::test]
async fn which_statuses_have_failed_is_as_it_was_said() {
    const CODES: [u16; 6] = [200, 204, 302, 404, 429, 503];
    let server = || Server::start(|request| Response::new(CODES[request.number], "").into_reply());
    let usual = ask_often(&server().await, 6, |_| {}).await;
    assert_eq!((usual.of_kind(HttpFault::Status), usual.failed()), (3, 3));
    assert_eq!(why(&usual), Some("status 503"));
    assert_eq!(usual.latency.map(|latency| latency.samples), Some(6));
    let other = ask_often(&server().await, 6, |settings| {
        settings.expect_status = StatusCodes::new(vec![404..=404, 500..=599]);
    })
    .await;
    assert_eq!((other.failed(), other.status), (4, [0, 2, 1, 2, 1]));
}

#[tokio::test]
async fn a_body_has_to_match_in_its_first_64_kib_if_one_is_expected() {
    let far = format!("{}status: ok", "x".repeat(64 * 1024));
    let near = format!(
        "{}status: ok{}",
        "x".repeat(60 * 1024),
        "x".repeat(200 * 1024)
    );
    let server = Server::start(move |request| {
        let bodies = [
            "status: ok",
            "status: degraded",
            "",
            near.as_str(),
            far.as_str(),
        ];
        let status = if request.number == 5 { 503 } else { 200 };
        let body = bodies.get(request.number).copied().unwrap_or("status: ok");
        Response::new(status, body).into_reply()
    })
    .await;
    let reading = ask_often(&server, 6, |settings| {
        settings.expect_body = Some(BodyPattern::new("status: *ok").expect("a pattern"));
    })
    .await;
    assert_eq!(reading.of_kind(HttpFault::Body), 3);
    assert_eq!(
        reading.of_kind(HttpFault::Status),
        1,
        "a request fails once"
    );
    // They were whole, and took their time.
    assert_eq!(reading.latency.map(|latency| latency.samples), Some(6));
}

#[tokio::test]
async fn head_is_asked_for_where_that_is_wished() {
    let server = Server::start(|_| Response::new(200, "").promising(100_000).into_reply()).await;
    let reading = ask_often(&server, 2, |settings| settings.method = HttpMethod::Head).await;
    assert_eq!((reading.requests, reading.failed()), (2, 0));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.method == "HEAD")
    );
}

#[tokio::test]
async fn a_connection_to_each_address_is_kept_where_that_is_wished() {
    let server = Server::start(|request| {
        let response = Response::new(200, "fine").after(Duration::from_millis(20));
        // The server ends the connection after the third, and nobody notices.
        if request.number == 2 {
            response
        } else {
            response.keep_open()
        }
        .into_reply()
    })
    .await;
    let reading = ask_often(&server, 6, |settings| settings.keepalive = true).await;
    assert_eq!((reading.requests, reading.failed()), (6, 0));
    let mut peers: Vec<SocketAddr> = server.requests().iter().map(|one| one.peer).collect();
    peers.dedup();
    assert_eq!(peers.len(), 2);
    let phases = reading.phases.expect("they were whole");
    assert_eq!(
        (phases.connect, phases.tls),
        (Duration::ZERO, Duration::ZERO)
    );
    assert!(phases.first_byte >= Duration::from_millis(20), "{phases:?}");
}

#[tokio::test]
async fn a_kept_connection_that_the_server_ends_in_the_middle_costs_no_request() {
    // Each connection takes one request and is closed without a word at the next one.
    let server = Server::start(|request| match request.number % 2 {
        0 => Response::new(200, "fine").keep_open().into_reply(),
        _ => Reply::Close,
    })
    .await;
    let reading = ask_often(&server, 4, |settings| settings.keepalive = true).await;
    assert_eq!((reading.requests, reading.failed()), (4, 0));
}

#[tokio::test]
async fn a_large_response_does_not_use_up_what_a_kept_connection_may_bring() {
    let large = "x".repeat(60 * 1024);
    let server =
        Server::start(move |_| Response::new(200, large.as_str()).keep_open().into_reply()).await;
    let reading = ask_often(&server, 20, |settings| settings.keepalive = true).await;
    assert_eq!((reading.requests, reading.failed()), (20, 0));
    let mut peers: Vec<SocketAddr> = server.requests().iter().map(|one| one.peer).collect();
    peers.dedup();
    assert_eq!(peers.len(), 1);
}

#[tokio::test]
async fn what_is_more_than_is_wished_for_a_second_is_counted_and_not_asked() {
    let server = Server::start(|_| ok()).await;
    let mut settings = settings(&format!("http://{HOST}:{}/", server.address.port()));
    settings.max_tps = Some(1);
    let prober = Prober::start(settings);
    for _ in 0..20 {
        prober.offer(0, LOOPBACK);
    }
    wait_until("all are counted", || {
        let reading = prober.read(0);
        reading.requests + reading.over_rate == 20
    })
    .await;
    let reading = prober.read(0);
    assert!(reading.over_rate >= 15, "{reading:?}");
    assert_eq!((reading.skipped, reading.failed()), (0, 0));
    prober.stop().await;
}

#[tokio::test]
async fn only_the_beginning_of_a_body_is_read() {
    let server = Server::start(|_| Reply::Endless).await;
    let reading = ask_once(&server, |_| {}).await;
    assert_eq!((reading.status[1], reading.failures()), (1, 0));
    wait_until("the server notices", || server.endless().1).await;
    let (bytes, _) = server.endless();
    // What lies in the buffers of both sides comes on top of the 64 kB.
    assert!((64 * 1024..32 * 1024 * 1024).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn the_time_of_a_response_is_measured() {
    const DELAY: Duration = Duration::from_millis(100);
    let server = Server::start(|_| Response::new(200, "").after(DELAY).into_reply()).await;
    let latency = ask_once(&server, |_| {})
        .await
        .latency
        .expect("it was timed");
    // The histogram keeps two digits.
    assert!(latency.mean.mul_f64(1.02) >= DELAY, "{latency:?}");
}

#[tokio::test]
async fn what_brings_no_response_is_a_failure_with_a_reason() {
    let hanging = Server::start(|_| Reply::Hang).await;
    let reading = ask_once(&hanging, |settings| settings.timeout = SHORT).await;
    assert_eq!((reading.requests, reading.failures()), (1, 1));
    assert_eq!(why(&reading), Some("timeout"));
    assert_eq!(reading.latency, None, "only responses are timed");

    let closing = Server::start(|_| Reply::Close).await;
    let reading = ask_once(&closing, |_| {}).await;
    let reason = why(&reading).expect("a reason");
    assert!(reason.starts_with("no response"), "{reason}");
    // One try only: what is measured is how it goes, not whether it goes at last.
    assert_eq!(closing.count(), 1);

    let (nobody, _kept) = scripted_http::nobody();
    let prober = Prober::start(settings(&format!("http://{HOST}:{}/", nobody.port())));
    let reading = prober.ask(LOOPBACK).await;
    let reason = why(&reading).expect("a reason");
    assert!(
        reason.starts_with("cannot connect") && reason.to_lowercase().contains("refused"),
        "{reason}"
    );
    assert!(!reason.contains('\n'));
    prober.stop().await;
}

#[tokio::test]
async fn a_body_that_breaks_off_has_a_status_and_a_failure_beside_it() {
    let cut = Server::start(|_| Response::new(200, "half").promising(100).into_reply()).await;
    let reading = ask_once(&cut, |_| {}).await;
    assert_eq!((reading.requests, reading.status), (1, [0, 1, 0, 0, 0]));
    assert_eq!(
        (reading.failures(), reading.of_kind(HttpFault::Body)),
        (0, 1)
    );
    // As no user would get the page.
    assert_eq!(reading.failed(), 1);
    assert_eq!(reading.latency, None, "only whole responses are timed");
    assert!(reading.last_failure.is_some());

    // One that stops coming breaks off when the time is up.
    let stopped = Server::start(|_| {
        let response = Response::new(203, "half").promising(100);
        response.keep_open().into_reply()
    })
    .await;
    let reading = ask_once(&stopped, |settings| settings.timeout = SHORT).await;
    assert_eq!(
        (reading.status, reading.of_kind(HttpFault::Body)),
        ([0, 1, 0, 0, 0], 1)
    );
    assert_eq!(why(&reading), Some("timeout"));

    // A server error has failed already, and once.
    let failing = Server::start(|_| Response::new(500, "half").promising(100).into_reply()).await;
    let reading = ask_once(&failing, |_| {}).await;
    assert_eq!(
        (reading.status[4], reading.of_kind(HttpFault::Body)),
        (1, 0)
    );
    assert_eq!(reading.failed(), 1);
}

#[tokio::test]
async fn what_never_comes_to_a_response_is_given_up_after_a_bounded_number_of_bytes() {
    for flood in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n",
        "HTTP/1.1 200 OK\r\n x-folded: and so on",
        "x",
    ] {
        let server = Server::start(move |_| Reply::Flood(flood)).await;
        let outcome = http::request_once(
            settings(&format!("http://{HOST}:{}/", server.address.port())),
            LOOPBACK,
        );
        let failure = outcome.await.expect_err("there is no response");
        assert!(
            matches!(failure.kind, FailureKind::Endless | FailureKind::NoHttp),
            "{flood:?}: {failure}"
        );
        wait_until("the client leaves", || server.endless().1).await;
        // What lies in the buffers of both sides comes on top of what is read.
        assert!(
            server.endless().0 < 32 * 1024 * 1024,
            "{:?}",
            server.endless()
        );
    }
}

#[tokio::test]
async fn no_request_is_made_to_an_address_that_is_no_host() {
    let server = Server::start_at("0.0.0.0".parse().expect("an address"), 0, |_| ok()).await;
    let server = server.expect("it can listen everywhere");
    let endpoint = format!("http://{HOST}:{}/", server.address.port());
    let prober = Prober::start(settings(&endpoint));
    // The system would take the first two for this machine.
    for address in ["0.0.0.0", "::ffff:0.0.0.0", "169.254.169.254", "224.0.0.1"] {
        let reading = prober.ask(address.parse().expect("an address")).await;
        let why = why(&reading).expect("it is told");
        assert!(why.starts_with("not asked: the address is "), "{why}");
    }
    assert_eq!(server.count(), 0);
    let reading = prober.ask(LOOPBACK).await;
    assert_eq!((reading.failures(), reading.status[1]), (4, 1));
    prober.stop().await;
}

#[tokio::test]
async fn what_does_not_fit_is_skipped_and_counted_and_stopping_does_not_wait() {
    const OFFERED: u64 = 100;
    let server = Server::start(|_| Reply::Hang).await;
    let prober = Prober::start(settings(&format!(
        "http://{HOST}:{}/",
        server.address.port()
    )));
    for _ in 0..OFFERED {
        prober.offer(0, LOOPBACK);
        // So that the queue in between is not what overflows.
        tokio::task::yield_now().await;
    }
    wait_until("all are accounted for", || {
        prober.read(0).skipped + server.count() as u64 == OFFERED
    })
    .await;
    assert_eq!(server.count(), IN_FLIGHT);
    assert_eq!(server.most_open(), IN_FLIGHT);
    let reading = prober.read(0);
    assert_eq!((reading.requests, reading.failures()), (0, 0));
    prober.stop().await;
}

#[tokio::test]
async fn room_that_was_taken_is_given_back() {
    let server = Server::start(|_| Reply::Hang).await;
    let mut short = settings(&format!("http://{HOST}:{}/", server.address.port()));
    short.timeout = SHORT;
    let prober = Prober::start(short);
    for round in 1..=2 {
        for _ in 0..IN_FLIGHT {
            prober.offer(1, LOOPBACK);
            tokio::task::yield_now().await;
        }
        let all = (IN_FLIGHT * round) as u64;
        wait_until("all have timed out", || prober.read(1).failures() == all).await;
    }
    assert_eq!(prober.read(1).skipped, 0);
    prober.stop().await;
}

#[tokio::test]
async fn any_number_of_addresses_is_asked() {
    let server = Server::start(|_| ok()).await;
    let prober = Prober::start(settings(&format!(
        "http://{HOST}:{}/",
        server.address.port()
    )));
    // Nobody listens at these.
    for last in 1..=80 {
        let reading = prober.ask(Ipv4Addr::new(127, 0, 9, last).into()).await;
        assert_eq!(reading.failures(), u64::from(last));
    }
    assert_eq!(prober.ask(LOOPBACK).await.status[1], 1);
    prober.stop().await;
}

#[tokio::test]
async fn http_that_hangs_costs_no_query() {
    const TPS: u32 = 100;
    let server = Server::start(|_| Reply::Hang).await;
    let name_server = scripted_dns::Server::start(|received| vec![received.at("127.0.0.1")]).await;
    let (requests, wanted) = Watch::queue();
    let list = ServerList::given(&[name_server.address]);
    let watch = watched::watch(group(), list, Some(requests), false);
    let (tally, started) = (&watch.tally, watch.started);
    let stop = CancellationToken::new();
    // On a thread of its own, as in the program.
    let http = {
        let settings = settings(&format!("http://{HOST}:{}/", server.address.port()));
        let (watch, stop) = (Arc::clone(&watch), stop.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            runtime
                .expect("a runtime")
                .block_on(run(settings, wanted, watch, stop));
        })
    };
    let asking = watched::probe(TPS, PATIENT, Arc::clone(&watch), stop.clone());
    let probing = tokio::spawn(asking);
    wait_until("requests are skipped", || tally.read().http().skipped >= 50).await;
    let passed = clock::now().since(started).as_millis();
    let due = u64::try_from(passed).expect("a short run") * u64::from(TPS) / 1000;
    let accounted = || {
        let reading = tally.read();
        reading.outcomes().sent + reading.skipped
    };
    wait_until("every slot that was due is accounted for", || {
        accounted() >= due
    })
    .await;
    stop.cancel();
    probing.await.expect("no panic");
    http.join().expect("no panic");
    let reading = tally.read();
    let outcomes = reading.outcomes();
    // Every query was answered, whatever became of HTTP; a prober that waited for it would have sent 32.
    assert_eq!(outcomes.named, outcomes.sent);
    assert!(outcomes.sent > 2 * IN_FLIGHT as u64, "{outcomes:?}");
    assert_eq!(server.most_open(), IN_FLIGHT);
    assert_eq!(reading.http().requests, 0);
}

// TLS.

fn tls_settings(server: &Server, insecure: bool) -> HttpSettings {
    let mut settings = settings(&format!("https://{HOST}:{}/", server.address.port()));
    settings.insecure = insecure;
    settings
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_a_failure_that_says_so() {
    let certificate = Certificate::for_host(HOST);
    let server = Server::start_tls(&certificate, |_| ok()).await;
    let prober = Prober::start(tls_settings(&server, false));
    let reading = prober.ask(LOOPBACK).await;
    assert_eq!((reading.requests, reading.failures()), (1, 1));
    let reason = why(&reading).expect("a reason");
    assert!(
        reason.contains("certificate") && reason.contains("UnknownIssuer"),
        "{reason}"
    );
    assert_eq!(server.count(), 0);
    wait_until("the server is told", || {
        !server.handshake_failures().is_empty()
    })
    .await;
    prober.stop().await;
}

#[tokio::test]
async fn insecure_accepts_any_certificate_and_still_names_the_host() {
    for certificate in [
        Certificate::for_host(HOST),
        Certificate::for_host("another.test"),
    ] {
        let server = Server::start_tls(&certificate, |_| ok()).await;
        let prober = Prober::start(tls_settings(&server, true));
        let reading = prober.ask(LOOPBACK).await;
        assert_eq!((reading.status[1], reading.last_failure), (1, None));
        let request = &server.requests()[0];
        assert_eq!(request.server_name.as_deref(), Some(HOST));
        let host = format!("{HOST}:{}", server.address.port());
        assert_eq!(request.header("host"), Some(host.as_str()));
        prober.stop().await;
    }
}

/// How a request over TLS fails.
async fn tls_failure(address: SocketAddr, insecure: bool) -> http::Failure {
    let mut settings = settings(&format!("https://{HOST}:{}/", address.port()));
    settings.insecure = insecure;
    let outcome = http::request_once(settings, address.ip());
    outcome.await.expect_err("it fails")
}

#[tokio::test]
async fn the_certificate_of_a_set_is_told_whether_it_is_good_or_not() {
    let authority = Authority::new();
    let now = clock::wall();
    let days = |from: i64, to: i64| authority.certificate(HOST, from, to);
    let cases = [
        (days(-10, 100), None, 99..=100),
        (days(-10, 5), None, 4..=5),
        (days(-10, -3), Some(HttpFault::TlsExpired), -4..=-3),
        (
            authority.certificate("another.test", -10, 100),
            Some(HttpFault::TlsName),
            99..=100,
        ),
    ];
    for (certificate, fault, left) in cases {
        let server = Server::start_tls(&certificate, |_| ok()).await;
        let mut settings = tls_settings(&server, false);
        settings.trusted = vec![authority.der()];
        let prober = Prober::start(settings);
        let reading = prober.ask(LOOPBACK).await;
        let kinds = HttpFault::ALL.into_iter();
        let kinds: Vec<_> = kinds.filter(|&kind| reading.of_kind(kind) > 0).collect();
        assert_eq!(kinds, Vec::from_iter(fault), "{:?}", reading.last_failure);
        let shown = reading.certificate.expect("it was shown");
        assert_eq!(shown.issuer, "r53mon test authority");
        assert!(left.contains(&shown.days_left(now)), "{shown:?}");
        if fault.is_none() {
            let phases = reading.phases.expect("it was whole");
            assert!(phases.tls > Duration::ZERO && phases.connect > Duration::ZERO);
        }
        prober.stop().await;
    }
    // Of one whom nobody trusts it is told too.
    let unknown = Server::start_tls(&Certificate::for_host(HOST), |_| ok()).await;
    let reading = Prober::start(tls_settings(&unknown, false))
        .ask(LOOPBACK)
        .await;
    assert_eq!(reading.of_kind(HttpFault::TlsOther), 1);
    assert!(reading.certificate.is_some());
}

#[tokio::test]
async fn one_bad_address_of_a_set_is_told_from_the_good_ones() {
    let servers = servers(3).await;
    let port = servers[0].address.port();
    let prober = Prober::start(settings(&format!("http://{HOST}:{port}/")));
    // Nobody listens at the fourth.
    let bad: IpAddr = Ipv4Addr::new(127, 0, 0, 4).into();
    for _ in 0..20 {
        for server in &servers {
            prober.ask(server.address.ip()).await;
        }
        prober.ask(bad).await;
    }
    let reading = prober.read(0);
    assert_eq!((reading.requests, reading.failed()), (80, 20));
    assert_eq!(reading.of_kind(HttpFault::Refused), 20);
    assert_eq!(reading.addresses.len(), 4);
    let found = reading.bad_addresses();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].address, found[0].failed), (bad, 20));
    prober.stop().await;
}

#[tokio::test]
async fn each_way_in_which_tls_fails_is_a_kind_of_its_own() {
    let expired = Certificate::expired(HOST);
    let server = Server::start_tls(&expired, |_| ok()).await;
    let failure = tls_failure(server.address, false).await;
    // Which of its faults is found first is the platform's choice.
    let kinds = [FailureKind::CertificateTime, FailureKind::CertificateIssuer];
    assert!(kinds.contains(&failure.kind), "{failure}");

    let good = Certificate::for_host(HOST);
    for version in [&TLS12, &TLS13] {
        let server = Server::start_for_known_clients(&good, version, |_| ok()).await;
        let failure = tls_failure(server.address, true).await;
        assert_eq!(failure.kind, FailureKind::ClientCertificate, "{failure}");
        assert_eq!(server.count(), 0);
    }
    for (said, kind) in [
        // Plain HTTP, and another protocol.
        (&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], FailureKind::NoTls),
        (b"SSH-2.0-OpenSSH_9.6\r\n", FailureKind::NoTls),
        // The alert "protocol version", and a choice of TLS 1.1.
        (b"\x15\x03\x02\x00\x02\x02\x46", FailureKind::OldTls),
        (b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\x00\xc0\x13\x00", FailureKind::OldTls),
        // The alert "handshake failure".
        (b"\x15\x03\x03\x00\x02\x02\x28", FailureKind::Tls),
    ] {
        let address = scripted_http::blurting(said).await;
        let failure = tls_failure(address, true).await;
        assert_eq!(failure.kind, kind, "{failure}");
    }
    // TLS where plain HTTP is asked.
    let server = Server::start_tls(&good, |_| ok()).await;
    let plain = settings(&format!("http://{HOST}:{}/", server.address.port()));
    let outcome = http::request_once(plain, LOOPBACK).await;
    let failure = outcome.expect_err("no HTTP is spoken there");
    assert!(
        matches!(failure.kind, FailureKind::NoHttp | FailureKind::Closed),
        "{failure}"
    );
}

// The program from outside.

/// A run of one second with HTTP against this endpoint, whose record is answered with 127.0.0.1.
async fn watch(endpoint: &str, variables: Vec<(&'static str, String)>) -> (Server, i32) {
    let name = format!("{HOST}.");
    let sets = vec![Set::weighted(&name, "A", "blue", 1, &["127.0.0.1"])];
    let api = api(sets, 300).await;
    let name_server = scripted_dns::Server::start(|received| vec![received.at("127.0.0.1")]).await;
    let home = home("");
    let arguments = [
        "watch",
        "--zone-id=Z0TEST",
        "--duration=3s",
        "--tps=20",
        "--output=json",
    ];
    let arguments = arguments.iter().map(|&text| text.to_owned());
    let arguments = arguments
        .chain([
            format!("--endpoint={endpoint}"),
            format!("--nameserver={}", name_server.address),
        ])
        .collect();
    let mut all = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDENV".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_ENDPOINT_URL_ROUTE_53", api.url()),
    ];
    // A proxy of the environment is honoured for AWS; here it is the API itself, which sees all that comes its way.
    all.extend(variables.into_iter().map(|(name, value)| {
        let value = if value == "the API" { api.url() } else { value };
        (name, value)
    }));
    let output = program_beside(home.path(), arguments, all).await;
    (api, output.status.code().expect("it ended by itself"))
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_not_measured() {
    let server = Server::start(|_| ok()).await;
    let endpoint = format!("http://{HOST}:{}/page", server.address.port());
    let variables =
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY"].map(|name| (name, "the API".to_owned()));
    let (api, code) = watch(&endpoint, variables.to_vec()).await;
    assert_eq!(code, 0);
    assert!(server.count() > 0);
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.target == "/page"),
        "asked directly, not through a proxy"
    );
    assert!(
        api.requests()
            .iter()
            .all(|request| !request.target.contains("/page"))
    );
}

#[tokio::test]
async fn certificates_of_ssl_cert_file_are_trusted() {
    let certificate = Certificate::for_host(HOST);
    let trusted = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(trusted.path(), certificate.pem()).expect("it can be written");
    let file = trusted.path().display().to_string();
    let with = Server::start_tls(&certificate, |_| ok()).await;
    let without = Server::start_tls(&certificate, |_| ok()).await;
    let endpoint = |server: &Server| format!("https://{HOST}:{}/", server.address.port());
    let (with_url, without_url) = (endpoint(&with), endpoint(&without));
    let ((_, one), (_, two)) = tokio::join!(
        watch(&with_url, vec![("SSL_CERT_FILE", file)]),
        watch(&without_url, vec![]),
    );
    assert_eq!((one, two), (0, 0));
    assert!(with.count() > 0, "{:?}", with.handshake_failures());
    assert_eq!(without.count(), 0);
    assert!(!without.handshake_failures().is_empty());
}

/// What the sets of the segment in force came to over HTTP in a demo, by identifier, and the subjects of what was noted.
fn demo(line: &str) -> (HashMap<String, Value>, Vec<String>) {
    let outcome = r53mon(line).run();
    let report: Value = serde_json::from_str(&outcome.stdout).expect("a report");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let segments = report["segments"].as_array().expect("segments");
    let sets = segments.last().expect("one is in force")["sets"].as_array();
    let sets = sets.expect("sets").iter();
    let http = sets.map(|set| (text(&set["set_identifier"]), set["http"].clone()));
    let events = report["events"].as_array().expect("events").iter();
    let subjects = events.map(|event| text(&event["subject"]));
    (
        http.collect(),
        subjects.filter(|it| !it.is_empty()).collect(),
    )
}

#[test]
fn in_the_story_of_a_half_bad_pool_the_bad_address_is_named() {
    let line = "demo half-bad-pool --speed 10 --tps 100 --duration 8s --output json";
    let (http, subjects) = demo(line);
    let green = &http["green"];
    let worst = &green["addresses"][0];
    assert_eq!(worst["address"], "127.0.0.23", "{green}");
    assert_eq!(worst["failed"], green["failed"]);
    assert_eq!(worst["last_fault"], "status");
    assert_eq!(green["addresses"].as_array().map(Vec::len), Some(3));
    assert_eq!(http["blue"]["failed"], 0);
    assert!(
        subjects.iter().any(|it| it == "bad_addresses"),
        "{subjects:?}"
    );
}

#[test]
fn in_the_story_of_an_expired_certificate_one_side_is_well_and_the_other_fails() {
    let line = "demo expired-certificate --tps 50 --duration 3s --output json";
    let (http, subjects) = demo(line);
    let (blue, green) = (&http["blue"], &http["green"]);
    assert_eq!(
        (&blue["failed"], &blue["certificate"]["days_left"]),
        (&0.into(), &8.into())
    );
    assert!(blue["phases_ms"]["tls"].as_f64() > Some(0.0), "{blue}");
    assert!(green["failed"].as_u64() > Some(0), "{green}");
    assert_eq!(green["faults"]["tls_expired"], green["failed"]);
    assert_eq!(green["certificate"]["days_left"], -4);
    assert!(
        subjects.iter().any(|it| it == "certificates_end"),
        "{subjects:?}"
    );
}
