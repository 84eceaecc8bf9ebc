//! The HTTP prober against scripted servers: which address is asked for which host, what counts as what, and that it
//! never costs a DNS query.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use r53mon::clock;
use r53mon::config::HttpSettings;
use r53mon::model::http::HttpFault;
use r53mon::model::name::RecordName;
use r53mon::model::reading::HttpReading;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::http::{self, FailureKind};
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::Request;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::route53::{Set, api, home, program_beside};
use crate::scripted_dns;
use crate::scripted_http::{self, Certificate, Reply, Response, Server};
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
        headers: Vec::new(),
    }
}

fn ok() -> Reply {
    Response::new(200, "fine").into_reply()
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
    assert_eq!(reading.last_failure.as_deref(), Some("timeout"));
    assert_eq!(reading.latency, None, "only responses are timed");

    let closing = Server::start(|_| Reply::Close).await;
    let reading = ask_once(&closing, |_| {}).await;
    let reason = reading.last_failure.expect("a reason");
    assert!(reason.starts_with("no response"), "{reason}");
    // One try only: what is measured is how it goes, not whether it goes at last.
    assert_eq!(closing.count(), 1);

    let (nobody, _kept) = scripted_http::nobody();
    let prober = Prober::start(settings(&format!("http://{HOST}:{}/", nobody.port())));
    let reading = prober.ask(LOOPBACK).await;
    let reason = reading.last_failure.expect("a reason");
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
        let response = Response::new(404, "half").promising(100);
        response.keep_open().into_reply()
    })
    .await;
    let reading = ask_once(&stopped, |settings| settings.timeout = SHORT).await;
    assert_eq!(
        (reading.status, reading.of_kind(HttpFault::Body)),
        ([0, 0, 0, 1, 0], 1)
    );
    assert_eq!(reading.last_failure.as_deref(), Some("timeout"));

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
        let why = reading.last_failure.expect("it is told");
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
    let reason = reading.last_failure.expect("a reason");
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
