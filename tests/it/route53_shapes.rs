//! Reading Route 53 as it really is, from a scripted API: aliases within the zone, wildcards, health checks, twins and
//! delegated children, and how often the API is asked.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use r53mon::clock;
use r53mon::config::Route53Settings;
use r53mon::model::event::{Event, EventKind};
use r53mon::model::finding::RecordRemark;
use r53mon::model::health::{Checks, ChecksRead, NoStatus, SetHealth};
use r53mon::model::reading::{PollResult, Reading};
use r53mon::model::record::RecordType;
use r53mon::model::share::as_f64;
use r53mon::model::verdict::VerdictState;
use r53mon::snapshot::Snapshot;
use r53mon::sources::route53::{Declared, Opened, RecordReader, Rereading, Route53Error, poll};
use r53mon::sources::watch::Watch;
use r53mon::tally::Tally;
use tokio_util::sync::CancellationToken;

use crate::route53::{
    NAME, PUBLIC, SERVERS, Set, blue_and_green, connect, connect_with, error_xml, is_list, page_of,
    record_name, settings, values_xml, xml, zone_xml,
};
use crate::scripted_http::{Reply, Request, Server};
use crate::waiting::wait_until;
use crate::watched;

const WILDCARD: &str = "\\052.example.test.";

/// A simple record.
fn simple(name: &str, record_type: &'static str, value: &str) -> Set {
    Set::other(name, record_type, &values_xml(&[value]))
}

/// A record that is an alias to another one of the zone; `routing` is what tells it from its siblings.
fn alias(name: &str, routing: &str, to: &str) -> Set {
    let rest = format!(
        "{routing}<AliasTarget><HostedZoneId>Z0TEST</HostedZoneId><DNSName>{to}</DNSName>\
         <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
    );
    Set::other(name, "A", &rest)
}

fn weight(identifier: &str, weight: u64) -> String {
    format!("<SetIdentifier>{identifier}</SetIdentifier><Weight>{weight}</Weight>")
}

/// A weighted set with a health check.
fn checked(identifier: &str, weight_of: u64, value: &str, check: &str) -> Set {
    let rest = format!(
        "{}{}<HealthCheckId>{check}</HealthCheckId>",
        weight(identifier, weight_of),
        values_xml(&[value])
    );
    Set::other(NAME, "A", &rest)
}

/// An API that lists these sets, in the order that it is given, and answers everything else by a rule.
async fn api_with(
    sets: Vec<Set>,
    other: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
) -> Server {
    Server::start(move |request| {
        if is_list(request) {
            page_of(&sets, request)
        } else {
            other(request).unwrap_or_else(|| zone_xml("example.test.", PUBLIC, SERVERS))
        }
    })
    .await
}

async fn declared(sets: Vec<Set>) -> (Result<Declared, Route53Error>, usize) {
    let server = api_with(sets, |_| None).await;
    let declared = connect(&server).await.open().await.declared;
    (declared, server.count())
}

fn shares(declared: &Declared) -> Vec<(String, f64)> {
    let group = declared.group(&Checks::new());
    let sets = group.sets.into_iter();
    sets.map(|set| (set.identifier, set.share.value)).collect()
}

// Trees.

#[tokio::test]
async fn weighted_records_below_weighted_records_are_walked_in_one_page_where_they_come_along() {
    let sets = vec![
        alias(NAME, &weight("a", 3), "below.app.example.test."),
        Set::weighted(NAME, "A", "b", 1, &["192.0.2.9"]),
        Set::weighted("below.app.example.test.", "A", "1", 1, &["192.0.2.1"]),
        Set::weighted("below.app.example.test.", "A", "2", 1, &["192.0.2.2"]),
    ];
    let (declared, calls) = declared(sets).await;
    let expected = [("a > 1", 0.375), ("a > 2", 0.375), ("b", 0.25)];
    assert_eq!(
        shares(&declared.expect("a tree")),
        expected.map(|(path, share)| (path.to_owned(), share))
    );
    assert_eq!(calls, 2, "the zone and one page");
}

/// Names one below the other, each with `breadth` sets that all lead to the next; the sets of the last have values.
fn levels(depth: usize, breadth: usize) -> Vec<Set> {
    let level = |level: usize| {
        let name = match level {
            0 => NAME.to_owned(),
            level => format!("l{level}.app.example.test."),
        };
        (0..breadth).map(move |set| {
            let routing = weight(&format!("s{set:02}"), 1);
            if level + 1 < depth {
                alias(
                    &name,
                    &routing,
                    &format!("l{}.app.example.test.", level + 1),
                )
            } else {
                Set::weighted(
                    &name,
                    "A",
                    &format!("s{set:02}"),
                    1,
                    &[&format!("192.0.2.{set}")],
                )
            }
        })
    };
    (0..depth).flat_map(level).collect()
}

#[tokio::test]
async fn a_thousand_leaves_are_measured_and_more_are_counted_and_not_put_together() {
    let (thousand, _) = declared(levels(3, 10)).await;
    let thousand = shares(&thousand.expect("as many as may be"));
    assert_eq!(thousand.len(), 1000);
    let sum: f64 = thousand.iter().map(|(_, share)| share).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    for (breadth, all) in [(10, "lead to 10000 "), (20, "lead to 160000 ")] {
        let (too_many, calls) = declared(levels(4, breadth)).await;
        let error = too_many.expect_err("too many").to_string();
        assert!(error.contains(NAME.trim_end_matches('.')), "{error}");
        assert!(
            error.contains(all) && error.contains("at most 1000"),
            "{error}"
        );
        assert!(calls < 12, "{calls}: every name once");
    }
}

#[tokio::test]
async fn names_that_sort_before_the_record_are_listed_by_a_call_of_their_own() {
    let sets = vec![
        Set::weighted("aaa.example.test.", "A", "x", 1, &["192.0.2.1"]),
        Set::weighted("aaa.example.test.", "A", "y", 3, &["192.0.2.2"]),
        alias(NAME, &weight("a", 1), "aaa.example.test."),
        Set::weighted(NAME, "A", "b", 1, &["192.0.2.9"]),
    ];
    let (declared, calls) = declared(sets).await;
    let expected = [("a > x", 0.125), ("a > y", 0.375), ("b", 0.5)];
    assert_eq!(
        shares(&declared.expect("a tree")),
        expected.map(|(path, share)| (path.to_owned(), share))
    );
    assert_eq!(calls, 3);
}

#[tokio::test]
async fn other_kinds_of_routing_below_a_weighted_set_are_told_by_their_selector() {
    let latency = |region: &str, value: &str| {
        let rest = format!(
            "<SetIdentifier>{region}</SetIdentifier><Region>{region}</Region>{}",
            values_xml(&[value])
        );
        Set::other("near.app.example.test.", "A", &rest)
    };
    let sets = vec![
        alias(NAME, &weight("a", 1), "near.app.example.test."),
        Set::weighted(NAME, "A", "b", 1, &["192.0.2.9"]),
        latency("eu-west-1", "192.0.2.1"),
        latency("us-east-1", "192.0.2.2"),
    ];
    let (declared, _) = declared(sets).await;
    let group = declared.expect("a tree").group(&Checks::new());
    assert_eq!(group.sets.len(), 2);
    assert_eq!(group.sets[0].target.to_string(), "latency eu-west-1 +1");
    assert_eq!(group.shares(), [0.5, 0.5]);
}

// Wildcards.

#[tokio::test]
async fn a_wildcard_answers_for_a_name_without_records_of_its_own() {
    let sets = vec![
        Set::weighted(WILDCARD, "A", "blue", 9, &["192.0.2.1"]),
        Set::weighted(WILDCARD, "A", "green", 1, &["192.0.2.2"]),
        simple("zzz.example.test.", "A", "192.0.2.3"),
    ];
    let server = api_with(sets, |_| None).await;
    let route53 = connect(&server).await;
    let declared = route53.open().await.declared.expect("the wildcard");
    assert_eq!(declared.name, record_name(WILDCARD));
    assert_eq!(declared.group(&Checks::new()).shares(), [0.9, 0.1]);
    assert_eq!(route53.question_name(), &record_name(NAME));
    let wildcard = RecordRemark::Wildcard {
        wanted: record_name(NAME),
        wildcard: record_name(WILDCARD),
    };
    assert_eq!(declared.remarks, [wildcard]);
    let calls = server.count();
    route53.group().await.expect("still there");
    assert_eq!(
        server.count(),
        calls + 2,
        "one to see that no record has come, one for the wildcard"
    );
}

#[tokio::test]
async fn a_record_that_takes_the_place_of_the_wildcard_is_noticed() {
    let wildcard = || Set::weighted(WILDCARD, "A", "blue", 9, &["192.0.2.1"]);
    let exact = || Set::weighted(NAME, "A", "green", 1, &["192.0.2.2"]);
    let sets = Arc::new(Mutex::new(vec![wildcard()]));
    let listed = Arc::clone(&sets);
    let server = Server::start(move |request| {
        if is_list(request) {
            page_of(&listed.lock().expect("no panic"), request)
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await;
    let route53 = connect(&server).await;
    let found = route53.open().await.declared.expect("the wildcard");
    assert_eq!(found.name, record_name(WILDCARD));
    // The API lists by reversed names, and an asterisk comes before letters.
    *sets.lock().expect("no panic") = vec![wildcard(), exact()];
    let group = route53.group().await.expect("the exact record");
    assert_eq!(group.name, record_name(NAME));
    assert_eq!(group.sets[0].identifier, "green");
}

#[tokio::test]
async fn what_exists_is_not_answered_by_a_wildcard() {
    let wildcard = || Set::weighted(WILDCARD, "A", "blue", 9, &["192.0.2.1"]);
    let other_type = vec![wildcard(), simple(NAME, "TXT", "\"hello\"")];
    let (result, _) = declared(other_type).await;
    let error = result.expect_err("a more specific name wins").to_string();
    assert!(error.contains("TXT (simple)"), "{error}");
    let below = vec![wildcard(), simple("x.app.example.test.", "A", "192.0.2.3")];
    let (result, _) = declared(below).await;
    let error = result.expect_err("names below make it exist").to_string();
    assert!(error.contains("nothing at this name"), "{error}");
}

#[tokio::test]
async fn only_the_wildcard_below_the_closest_encloser_counts() {
    let deep = |server: &Server| {
        let mut deep = settings(&server.url());
        deep.record_name = record_name("a.dev.example.test.");
        deep.question_name = deep.record_name.clone();
        deep
    };
    let wildcard = || Set::weighted(WILDCARD, "A", "blue", 9, &["192.0.2.1"]);
    let server = api_with(vec![wildcard()], |_| None).await;
    let route53 = connect_with(deep(&server)).await;
    let found = route53
        .open()
        .await
        .declared
        .expect("nothing stands between");
    assert_eq!(found.name, record_name(WILDCARD));
    let between = vec![wildcard(), simple("b.dev.example.test.", "A", "192.0.2.3")];
    let server = api_with(between, |_| None).await;
    let route53 = connect_with(deep(&server)).await;
    let error = route53
        .open()
        .await
        .declared
        .expect_err("dev.example.test exists");
    assert!(matches!(error, Route53Error::NotWeighted { .. }), "{error}");
}

// What else there is.

#[tokio::test]
async fn other_weights_of_the_other_type_are_mentioned() {
    let six = |weight| Set::weighted(NAME, "AAAA", "blue", weight, &["2001:db8::1"]);
    let four = |weight| Set::weighted(NAME, "A", "blue", weight, &["192.0.2.1"]);
    let (same, _) = declared(vec![four(5), six(5)]).await;
    assert_eq!(same.expect("a record").remarks, []);
    let (different, _) = declared(vec![four(5), six(7)]).await;
    let differs = RecordRemark::OtherType {
        measured: RecordType::A,
        other: RecordType::Aaaa,
        weights: vec![("blue".to_owned(), 7)],
    };
    assert_eq!(different.expect("a record").remarks, [differs]);
}

#[tokio::test]
async fn a_delegated_child_and_twins_are_found() {
    let sets = vec![
        simple("dev.example.test.", "NS", "ns-1.elsewhere.test."),
        Set::weighted("app.dev.example.test.", "A", "blue", 1, &["192.0.2.1"]),
    ];
    let twins = "<ListHostedZonesByNameResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZones>\
        <HostedZone><Id>/hostedzone/Z0TEST</Id><Name>example.test.</Name><CallerReference>1</CallerReference></HostedZone>\
        <HostedZone><Id>/hostedzone/ZTWIN</Id><Name>example.test.</Name><CallerReference>2</CallerReference></HostedZone>\
        <HostedZone><Id>/hostedzone/ZNEXT</Id><Name>next.test.</Name><CallerReference>3</CallerReference></HostedZone>\
        </HostedZones><IsTruncated>false</IsTruncated><MaxItems>100</MaxItems></ListHostedZonesByNameResponse>";
    let server = api_with(sets, move |request| {
        request
            .path()
            .ends_with("/hostedzonesbyname")
            .then(|| xml(twins))
    })
    .await;
    let mut below = settings(&server.url());
    below.record_name = record_name("app.dev.example.test.");
    below.question_name = below.record_name.clone();
    let route53 = connect_with(below).await;
    let zone = record_name("example.test.");
    let child = route53.delegated_child(&zone).await.expect("the records");
    assert_eq!(child, Some(record_name("dev.example.test.")));
    assert_eq!(route53.twins(&zone).await.expect("zones"), ["ZTWIN"]);
    let plain = api_with(blue_and_green(), |_| None).await;
    let child = connect(&plain).await.delegated_child(&zone).await;
    assert_eq!(child.expect("the records"), None);
}

#[tokio::test]
async fn the_start_lists_each_name_once() {
    let listed = |server: &Server| -> Vec<String> {
        let requests = server.requests();
        let names = requests.iter().filter(|request| is_list(request));
        names.filter_map(|one| one.parameter("name")).collect()
    };
    let zone = record_name("example.test.");
    // The record itself, and a wildcard that answers for a name some labels below it.
    let plain = api_with(blue_and_green(), |_| None).await;
    let wild = vec![Set::weighted(
        "\\052.example.test.",
        "A",
        "blue",
        1,
        &["192.0.2.1"],
    )];
    let wild = api_with(wild, |_| None).await;
    let mut below = settings(&wild.url());
    below.record_name = record_name("a.b.example.test.");
    below.question_name = below.record_name.clone();
    for (server, settings) in [(&plain, settings(&plain.url())), (&wild, below)] {
        let reader = connect_with(settings).await;
        let opened = reader.open().await;
        let (read, declared) = (opened.zone, opened.declared);
        assert!(read.is_ok() && declared.is_ok(), "{declared:?}");
        let child = reader.delegated_child(&zone).await;
        assert_eq!(child.expect("the records"), None);
        let mut names = listed(server);
        assert!(!names.is_empty());
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "{:?}", listed(server));
    }
}

// What an API may send.

#[tokio::test]
async fn an_answer_without_measure_is_refused_and_told() {
    let huge = Server::start(|request| {
        if is_list(request) {
            let filler = "<!-- nothing -->".repeat(300_000);
            xml(&format!("<ListResourceRecordSetsResponse>{filler}"))
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await;
    let error = connect(&huge).await.group().await.expect_err("too much");
    let told = error.to_string();
    assert!(told.contains("more than 4 MB"), "{told}");
    assert_eq!(huge.count(), 1, "it would be the same again");

    let endless = Server::start(|_| Reply::Endless).await;
    let error = connect(&endless).await.zone().await.expect_err("too much");
    let told = error.to_string();
    assert!(told.contains("more than 4 MB"), "{told}");

    let many = format!(
        "<DelegationSet><NameServers>{}</NameServers></DelegationSet>",
        "<NameServer>ns-1.example.net</NameServer>".repeat(1_000)
    );
    let many = Server::start(move |_| zone_xml("example.test.", PUBLIC, &many)).await;
    let error = connect(&many).await.zone().await.expect_err("too many");
    assert!(error.to_string().contains("1000 name servers"), "{error}");
}

#[tokio::test]
async fn what_route_53_never_sends_is_a_bad_record_and_is_not_quoted_at_length() {
    let long = "x".repeat(500_000);
    let set = |rest: &str| Set::other(NAME, "A", rest);
    let one = |identifier: &str, weight: &str, ttl: &str, value: &str| {
        set(&format!(
            "<SetIdentifier>{identifier}</SetIdentifier><Weight>{weight}</Weight><TTL>{ttl}</TTL>\
             <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>"
        ))
    };
    let good = one(&"i".repeat(128), "255", "2147483647", "192.0.2.1");
    let server = api_with(vec![good], |_| None).await;
    assert!(connect(&server).await.group().await.is_ok());
    for (bad, told) in [
        (
            one(&"i".repeat(129), "1", "60", "192.0.2.1"),
            "129 characters; Route 53 allows 128",
        ),
        (one(&long, "1", "60", "192.0.2.1"), "500000 characters"),
        (one("blue", "256", "60", "192.0.2.1"), "weight is 256"),
        (
            one("blue", "1", "2147483648", "192.0.2.1"),
            "TTL is 2147483648",
        ),
        (one("blue", "1", "-1", "192.0.2.1"), "TTL is -1"),
        (one("blue", "1", "60", &long), "value has 500000 characters"),
        (
            Set::weighted(NAME, "A", "blue", 1, &["192.0.2.1"; 401]),
            "401 values",
        ),
    ] {
        let server = api_with(vec![bad], |_| None).await;
        let error = connect(&server).await.group().await.expect_err("it is bad");
        let text = error.to_string();
        assert!(text.contains(told), "{told}: {text}");
        assert!(text.len() < 2_000, "{}", text.len());
    }
}

#[tokio::test]
async fn identifiers_that_only_look_the_same_are_different_sets() {
    let identifiers = [
        "blue",
        "blue ",
        "blu\u{200b}e",
        "blue\u{2800}",
        "blue\u{a0}",
    ];
    let sets = identifiers.map(|one| Set::weighted(NAME, "A", one, 1, &["192.0.2.1"]));
    let server = api_with(sets.to_vec(), |_| None).await;
    let group = connect(&server).await.group().await.expect("five sets");
    let told: Vec<&str> = group.sets.iter().map(|set| &*set.identifier).collect();
    assert_eq!(
        told,
        [
            "blu\\u{200b}e",
            "blue",
            "blue\\u{20}",
            "blue\\u{2800}",
            "blue\\u{a0}"
        ]
    );
}

// Manners.

#[tokio::test]
async fn calls_after_the_first_two_are_spaced() {
    let spacing = Duration::from_millis(200);
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let seen = Arc::clone(&times);
    let sets = blue_and_green();
    let server = Server::start(move |request| {
        let now = clock::instant().into_std();
        seen.lock().expect("no panic").push(now);
        if is_list(request) {
            page_of(&sets, request)
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await;
    let mut spaced = settings(&server.url());
    spaced.call_spacing = spacing;
    let route53 = connect_with(spaced).await;
    let Opened { zone, declared, .. } = route53.open().await;
    assert!(zone.is_ok() && declared.is_ok());
    let (one, two, three) = tokio::join!(route53.group(), route53.group(), route53.group());
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    let times = times.lock().expect("no panic").clone();
    assert_eq!(times.len(), 5);
    // The turn is taken before the call is made, so a slow machine makes one call late and the next seem early.
    let span = times[4].duration_since(times[1]);
    assert!(span >= spacing * 5 / 2, "{span:?}");
}

#[tokio::test]
async fn credentials_that_have_expired_are_loaded_again_once() {
    let sets = blue_and_green();
    let server = Server::start(move |request| {
        if request.number == 0 {
            error_xml(403, "ExpiredToken", "expired").into_reply()
        } else {
            page_of(&sets, request)
        }
    })
    .await;
    let group = connect(&server).await.group().await;
    assert_eq!(group.expect("with new credentials").sets.len(), 2);
    assert_eq!(server.count(), 2);
}

#[tokio::test]
async fn calls_that_fail_side_by_side_for_want_of_fresh_credentials_share_them() {
    for code in ["ExpiredToken", "RequestTimeTooSkewed"] {
        let sets = blue_and_green();
        let server = Server::start(move |request| {
            if request.number < 2 {
                let hour_ago = "Mon, 05 Jan 2026 10:00:00 GMT";
                let refusal = error_xml(403, code, "no");
                return refusal.header("date", hour_ago).into_reply();
            }
            if is_list(request) {
                page_of(&sets, request)
            } else {
                zone_xml("example.test.", PUBLIC, SERVERS)
            }
        })
        .await;
        let Opened { zone, declared, .. } = connect(&server).await.open().await;
        assert!(zone.is_ok(), "{code}: {zone:?}");
        assert!(declared.is_ok(), "{code}: {declared:?}");
        assert_eq!(server.count(), 4, "{code}");
    }
}

/// A poller at work, and all that it has said.
struct Polling {
    watch: Arc<Watch>,
    stop: CancellationToken,
    events: Mutex<Vec<(EventKind, String)>>,
}

impl Polling {
    async fn start(route53: RecordReader, every: Duration) -> Self {
        let declared = route53.open().await.declared.expect("a record");
        let group = declared.group(&Checks::new());
        let watch = watched::watch(group, watched::nobody(), None, false);
        let stop = CancellationToken::new();
        let shared = Arc::clone(&watch);
        tokio::spawn(poll(route53, declared, shared, every, stop.clone()));
        Self {
            watch,
            stop,
            events: Mutex::default(),
        }
    }

    fn read(&self) -> Reading {
        let reading = self.watch.tally.read();
        let events = reading.events.iter();
        let events = events.map(|event| (event.kind(), crate::told::message(event, &[])));
        self.events.lock().expect("no panic").extend(events);
        reading
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn a_throttled_poller_asks_ever_less_often_and_says_so() {
    let sets = blue_and_green();
    let throttle = Arc::new(Mutex::new(false));
    let knob = Arc::clone(&throttle);
    let server = Server::start(move |request| {
        if *knob.lock().expect("no panic") {
            error_xml(400, "Throttling", "Rate exceeded").into_reply()
        } else {
            page_of(&sets, request)
        }
    })
    .await;
    let route53 = connect(&server).await;
    let hurried = route53.clone();
    let polling = Polling::start(route53, Duration::from_millis(20)).await;
    wait_until("a good poll", || polling.read().configuration.polls > 1).await;
    *throttle.lock().expect("no panic") = true;
    wait_until("six refusals", || {
        polling.read().configuration.failures >= 6
    })
    .await;
    // 40, 80, 160 ms and so on, at least half of each: the seventh is more than half a second away. That nothing comes
    // before, not even for somebody in a hurry, shows only when that time passes.
    let refused = server.count();
    for _ in 0..8 {
        hurried.poll_soon();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(
        server.count() <= refused + 1,
        "{refused} {}",
        server.count()
    );
    let error = polling.read().configuration.last_error.expect("shown");
    assert!(matches!(error, Route53Error::Throttled { .. }), "{error}");
    assert_ne!(hurried.poll_by_hand(), Rereading::Soon, "it is pressed");
    *throttle.lock().expect("no panic") = false;
    wait_until("a recovery", || {
        polling.read().configuration.last_error.is_none()
    })
    .await;
}

#[tokio::test]
async fn whoever_is_in_a_hurry_has_the_configuration_read_at_once() {
    let server = api_with(blue_and_green(), |_| None).await;
    let route53 = connect(&server).await;
    let hurried = route53.clone();
    let polling = Polling::start(route53, Duration::from_mins(10)).await;
    assert_eq!(polling.read().configuration.polls, 0);
    hurried.poll_soon();
    let seen = Mutex::new(Vec::new());
    wait_until("a poll", || {
        let mut seen = seen.lock().expect("no panic");
        seen.extend(polling.read().polls);
        !seen.is_empty()
    })
    .await;
    let seen = seen.into_inner().expect("no panic");
    assert_eq!((seen.len(), seen[0].result), (1, PollResult::Same));
    assert!(seen[0].sent_at <= seen[0].received_at);
}

#[tokio::test]
async fn a_key_that_is_pressed_twice_has_the_configuration_read_once() {
    let server = api_with(blue_and_green(), |_| None).await;
    let route53 = connect(&server).await;
    let by_hand = route53.clone();
    let polling = Polling::start(route53, Duration::from_mins(10)).await;
    let before = server.count();
    // The poller has had no turn in between.
    let pressed = [(); 3].map(|()| by_hand.poll_by_hand());
    let (soon, already) = (Rereading::Soon, Rereading::Already);
    assert_eq!(pressed, [soon, already, already]);
    wait_until("a poll", || polling.read().configuration.polls == 1).await;
    let of_one = server.count() - before;
    wait_until("an idle poller", || by_hand.poll_by_hand() == soon).await;
    wait_until("another poll", || polling.read().configuration.polls == 2).await;
    assert_eq!(server.count() - before, 2 * of_one);
}

// Health.

fn status_xml(successes: usize, failures: usize) -> Reply {
    let observation = |status: &str| {
        format!(
            "<HealthCheckObservation><Region>us-east-1</Region><IPAddress>192.0.2.200</IPAddress><StatusReport>\
             <Status>{status}</Status><CheckedTime>2026-01-01T00:00:00Z</CheckedTime></StatusReport></HealthCheckObservation>"
        )
    };
    let all = observation("Success: HTTP Status Code 200, OK").repeat(successes)
        + &observation("Failure: Connection timed out.").repeat(failures);
    xml(&format!(
        "<GetHealthCheckStatusResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <HealthCheckObservations>{all}</HealthCheckObservations></GetHealthCheckStatusResponse>"
    ))
}

fn check_xml(id: &str) -> Reply {
    xml(&format!(
        "<GetHealthCheckResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HealthCheck><Id>{id}</Id>\
         <CallerReference>r</CallerReference><HealthCheckConfig><Type>HTTP</Type></HealthCheckConfig>\
         <HealthCheckVersion>1</HealthCheckVersion></HealthCheck></GetHealthCheckResponse>"
    ))
}

/// A health check of a type, with whatever else its settings have.
fn check_of_type(id: &str, kind: &str, rest: &str) -> Reply {
    xml(&format!(
        "<GetHealthCheckResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HealthCheck><Id>{id}</Id>\
         <CallerReference>r</CallerReference><HealthCheckConfig><Type>{kind}</Type>{rest}</HealthCheckConfig>\
         <HealthCheckVersion>1</HealthCheckVersion></HealthCheck></GetHealthCheckResponse>"
    ))
}

/// The id of the health check that a request is about, and whether it asks for its status.
fn asked_check(request: &Request) -> Option<(String, bool)> {
    let path = request.path().to_owned();
    let (_, rest) = path.split_once("/healthcheck/")?;
    let id = rest.trim_end_matches("/status");
    Some((id.to_owned(), rest.ends_with("/status")))
}

fn healths(reading: &Reading) -> Vec<SetHealth> {
    let sets = reading.segments[0].group.sets.iter();
    sets.map(|set| set.health).collect()
}

#[tokio::test]
async fn the_first_reading_of_health_completes_the_first_segment_and_is_no_change() {
    let sets = vec![
        checked("blue", 70, "192.0.2.1", "hc-blue"),
        Set::weighted(NAME, "A", "green", 30, &["192.0.2.2"]),
    ];
    let server = api_with(sets, |request| {
        let (id, status) = asked_check(request)?;
        Some(if status {
            status_xml(1, 15)
        } else {
            check_xml(&id)
        })
    })
    .await;
    let route53 = connect(&server).await;
    let polling = Polling::start(route53, Duration::from_millis(50)).await;
    assert_eq!(healths(&polling.read())[0], SetHealth::NotRead);
    wait_until("the health of blue", || {
        healths(&polling.read())[0] == SetHealth::Unhealthy
    })
    .await;
    // Polls find what is known by now.
    let polls = polling.read().configuration.polls;
    wait_until("two more polls", || {
        polling.read().configuration.polls > polls + 1
    })
    .await;
    let reading = polling.read();
    assert_eq!(reading.segments.len(), 1);
    assert_eq!(reading.segments[0].group.shares(), [0.0, 1.0]);
    assert_eq!(*polling.events.lock().expect("no panic"), []);
}

#[tokio::test]
async fn forty_checks_are_read_side_by_side_and_calls_keep_their_distance() {
    const SPACING: Duration = Duration::from_millis(25);
    let times: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let seen = Arc::clone(&times);
    let id = |number| format!("hc-{number}");
    let set = |number: usize| checked(&id(number), 1, &format!("192.0.2.{number}"), &id(number));
    let server = api_with((1..=40).map(set).collect(), move |request| {
        let (id, status) = asked_check(request)?;
        let now = clock::instant().into_std();
        seen.lock().expect("no panic").push(now);
        Some(if status {
            let successes = if id == "hc-7" { 0 } else { 16 };
            status_xml(successes, 16 - successes)
        } else {
            check_xml(&id)
        })
    })
    .await;
    let settings = Route53Settings {
        call_spacing: SPACING,
        ..settings(&server.url())
    };
    let route53 = connect_with(settings).await;
    let polling = Polling::start(route53, Duration::from_mins(10)).await;
    let all = |reading: &Reading| reading.segments[0].group.checks;
    assert_eq!(all(&polling.read()), ChecksRead { read: 0, all: 40 });
    wait_until("some, and not all", || all(&polling.read()).read > 3).await;
    assert!(all(&polling.read()).is_partial());
    wait_until("all of them", || !all(&polling.read()).is_partial()).await;
    let reading = polling.read();
    assert_eq!(reading.segments.len(), 1);
    let unhealthy = |health: &&SetHealth| **health == SetHealth::Unhealthy;
    assert_eq!(healths(&reading).iter().filter(unhealthy).count(), 1);
    let times = times.lock().expect("no panic").clone();
    assert_eq!(times.len(), 80);
    // A busy machine may hand two of them over late and together, but not all.
    let span = times[79].duration_since(times[0]);
    assert!(span >= SPACING * 78, "{span:?}");
}

/// Answers of one server, ten a second, of a random one of these addresses each.
fn serve(
    tally: &Tally,
    span: std::ops::Range<u64>,
    addresses: &[String],
    random: &mut impl FnMut() -> f64,
) {
    for number in span.start * 10..span.end * 10 {
        let uptime = Duration::from_millis(number * 100);
        let drawn = random() * as_f64(addresses.len() as u64);
        let mut places = (1..).zip(addresses);
        let (_, address) = places
            .find(|(end, _)| as_f64(*end) > drawn)
            .expect("below 1");
        watched::answered_at(tally, uptime, address);
    }
}

#[tokio::test]
async fn large_groups_with_a_check_that_failed_long_before_reach_a_match_and_nothing_else() {
    for count in [20, 40, 100_usize] {
        let id = |number| format!("hc-{number:03}");
        let address = |number| format!("192.0.2.{number}");
        let set = |number| checked(&id(number), 10, &address(number), &id(number));
        let may_answer = Arc::new(AtomicBool::new(false));
        let answers = Arc::clone(&may_answer);
        let server = api_with((0..count).map(set).collect(), move |request| {
            let (id, status) = asked_check(request)?;
            Some(match status {
                false => check_xml(&id),
                true if id == "hc-000" => status_xml(2, 14),
                // One of them takes its time.
                true if id == "hc-009" && !answers.load(Ordering::SeqCst) => Reply::Hang,
                true => status_xml(16, 0),
            })
        })
        .await;
        let polling = Polling::start(connect(&server).await, Duration::from_mins(10)).await;
        let mut judge = watched::judge();
        let mut tick = |second: u64| {
            let at = Duration::from_secs(second);
            let reading = polling.read();
            let is_partial = reading.segments[0].group.checks.is_partial();
            let now = polling.watch.started.wall + at;
            (judge.observe(reading, at, now), is_partial)
        };
        let healthy: Vec<String> = (1..count).map(address).collect();
        let mut random = r53mon::stats::random::random(7);
        wait_until("all but one", || {
            polling.read().segments[0].group.checks.read == count - 1
        })
        .await;
        for second in (0..120).step_by(5) {
            serve(
                &polling.watch.tally,
                second..second + 5,
                &healthy,
                &mut random,
            );
            let (snapshot, is_partial) = tick(second + 5);
            let verdict = snapshot.segments[0].verdict.as_ref().expect("a verdict");
            // On a machine that is far too slow the last one is given up.
            if is_partial || second == 0 {
                assert_eq!(verdict.state, VerdictState::Collecting);
                assert_eq!((&verdict.suspicion, &verdict.mismatch), (&None, &None));
            }
        }
        may_answer.store(true, Ordering::SeqCst);
        wait_until("the last one", || {
            !polling.read().segments[0].group.checks.is_partial()
        })
        .await;
        let (mut snapshot, _) = tick(120);
        let until = 120 + 25 * count as u64;
        for second in (120..until).step_by(5) {
            serve(
                &polling.watch.tally,
                second..second + 5,
                &healthy,
                &mut random,
            );
            (snapshot, _) = tick(second + 5);
        }
        assert_eq!(snapshot.segments.len(), 1, "{count}");
        let verdict = snapshot.segments[0].verdict.as_ref().expect("a verdict");
        assert_eq!(verdict.state, VerdictState::Match, "{count}: {verdict:?}");
        let kinds: Vec<EventKind> = snapshot.events.iter().map(Event::kind).collect();
        assert_eq!(kinds, [EventKind::Match], "{count}");
    }
}

#[tokio::test]
async fn a_slow_answer_about_one_check_holds_up_no_other() {
    let sets = vec![
        checked("blue", 70, "192.0.2.1", "hc-1"),
        checked("green", 30, "192.0.2.2", "hc-2"),
    ];
    let server = api_with(sets, |request| {
        let (id, status) = asked_check(request)?;
        Some(match (id.as_str(), status) {
            ("hc-1", true) => Reply::Hang,
            (_, true) => status_xml(16, 0),
            (id, false) => check_xml(id),
        })
    })
    .await;
    let polling = Polling::start(connect(&server).await, Duration::from_mins(10)).await;
    wait_until("the health of green", || {
        healths(&polling.read()) == [SetHealth::NotRead, SetHealth::Healthy]
    })
    .await;
}

#[tokio::test]
async fn a_check_without_a_status_of_its_own_is_calculated_or_says_why_it_has_none() {
    let check = |id: &str, number: u8| checked(id, 1, &format!("192.0.2.{number}"), id);
    let sets = vec![
        check("alarm", 1),
        check("alarm-low", 2),
        check("new", 3),
        check("sum-of-2", 4),
        check("sum-of-3", 5),
        check("sum-of-dark", 6),
        check("switch", 7),
    ];
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    let server = api_with(sets, move |request| {
        let (id, status) = asked_check(request)?;
        if status {
            seen.lock().expect("no panic").push(id.clone());
        }
        let sum = |threshold: u8, children: &[&str]| {
            let child = |id: &&str| format!("<ChildHealthCheck>{id}</ChildHealthCheck>");
            let children: String = children.iter().map(child).collect();
            let rest = format!(
                "<HealthThreshold>{threshold}</HealthThreshold><ChildHealthChecks>{children}</ChildHealthChecks>"
            );
            check_of_type(&id, "CALCULATED", &rest)
        };
        let alarm = |without_data: &str| {
            let rest = format!(
                "<InsufficientDataHealthStatus>{without_data}</InsufficientDataHealthStatus>"
            );
            check_of_type(&id, "CLOUDWATCH_METRIC", &rest)
        };
        Some(match (id.as_str(), status) {
            ("alarm", false) => alarm("LastKnownStatus"),
            ("alarm-low", false) => alarm("Unhealthy"),
            ("sum-of-2", false) => sum(2, &["good-1", "good-2", "bad"]),
            ("sum-of-3", false) => sum(3, &["good-1", "good-2", "bad"]),
            ("sum-of-dark", false) => sum(2, &["good-1", "switch"]),
            ("switch", false) => check_of_type(&id, "RECOVERY_CONTROL", ""),
            (_, false) => check_xml(&id),
            ("bad", true) => status_xml(0, 16),
            ("alarm" | "alarm-low" | "new", true) => status_xml(0, 0),
            (_, true) => status_xml(16, 0),
        })
    })
    .await;
    let polling = Polling::start(connect(&server).await, Duration::from_mins(10)).await;
    wait_until("all of them", || {
        !polling.read().segments[0].group.checks.is_partial()
    })
    .await;
    let none = SetHealth::NoStatus;
    assert_eq!(
        healths(&polling.read()),
        [
            none(NoStatus::NoMetricData),
            SetHealth::Unhealthy,
            none(NoStatus::NoReport),
            SetHealth::Healthy,
            SetHealth::Unhealthy,
            none(NoStatus::Calculated),
            none(NoStatus::RoutingControl),
        ]
    );
    assert_eq!(polling.read().segments.len(), 1);
    let mut asked = asked.lock().expect("no panic").clone();
    asked.sort_unstable();
    // Each child once, whoever is calculated from it.
    assert_eq!(
        asked,
        ["alarm", "alarm-low", "bad", "good-1", "good-2", "new"]
    );
    // None of this is a failure.
    assert_eq!(crate::told::notes(&polling.read()), Vec::<String>::new());
}

#[tokio::test]
async fn a_poll_confirms_nothing_before_health_was_read() {
    let sets = vec![
        checked("blue", 70, "192.0.2.1", "hc-blue"),
        Set::weighted(NAME, "A", "green", 30, &["192.0.2.2"]),
    ];
    let was_read = Arc::new(AtomicBool::new(false));
    let reads = Arc::clone(&was_read);
    let server = api_with(sets, move |request| {
        let path = request.path();
        if !path.contains("/healthcheck/") {
            return None;
        }
        if !path.ends_with("/status") {
            return Some(check_xml("hc-blue"));
        }
        reads.store(true, Ordering::SeqCst);
        Some(status_xml(16, 0))
    })
    .await;
    let route53 = connect(&server).await;
    let hurried = route53.clone();
    // Reading how the check works, and then its status, takes a while; polls come before and after that.
    let polling = Polling::start(route53, Duration::from_mins(10)).await;
    wait_until("a poll that confirms", || {
        hurried.poll_soon();
        let confirms = !polling.read().polls.is_empty();
        assert!(!confirms || was_read.load(Ordering::SeqCst));
        confirms
    })
    .await;
    // Healthy is what was assumed.
    assert_eq!(polling.read().segments.len(), 1);
}

#[tokio::test]
async fn without_the_permission_health_is_assumed_and_that_is_said_once() {
    let sets = vec![
        checked("blue", 70, "192.0.2.1", "hc-blue"),
        checked("green", 30, "192.0.2.2", "hc-green"),
    ];
    let server = api_with(sets, |request| {
        let denied = request.path().contains("/healthcheck/");
        denied.then(|| error_xml(403, "AccessDenied", "no").into_reply())
    })
    .await;
    let route53 = connect(&server).await;
    // The next call about a check would come before the next poll but one.
    let polling = Polling::start(route53, Duration::from_secs(3)).await;
    wait_until("a note", || !polling.read().notes.is_empty()).await;
    let notes = crate::told::notes(&polling.read());
    assert!(
        notes.len() == 1
            && notes[0].contains("assuming healthy")
            && notes[0].contains("route53:GetHealthCheckStatus"),
        "{notes:?}"
    );
    let asked = || {
        let requests = server.requests();
        let about_checks = |request: &&Request| request.path().contains("/healthcheck/");
        requests.iter().filter(about_checks).count()
    };
    let (before, polls) = (asked(), polling.read().configuration.polls);
    wait_until("two polls", || {
        polling.read().configuration.polls == polls + 2
    })
    .await;
    assert_eq!(asked(), before, "there is no point in asking again");
    assert_eq!(polling.read().segments.len(), 1);
    let told = polling.events.lock().expect("no panic").clone();
    let notes = told.iter().filter(|(kind, _)| *kind == EventKind::Note);
    assert_eq!(notes.count(), 1, "{told:?}");
}

#[tokio::test]
async fn a_suspicion_does_not_poll_again_and_again_while_it_is_health_that_is_waited_for() {
    let sets = vec![
        checked("blue", 70, "192.0.2.1", "hc-blue"),
        Set::weighted(NAME, "A", "green", 30, &["192.0.2.2"]),
    ];
    let server = api_with(sets, |request| {
        // The status never comes, so health is never known.
        let status = request.path().ends_with("/status");
        status.then_some(Reply::Hang).or_else(|| {
            let check = request.path().contains("/healthcheck/");
            check.then(|| check_xml("hc-blue"))
        })
    })
    .await;
    let route53 = connect(&server).await;
    let hurried = route53.clone();
    let polling = Polling::start(route53, Duration::from_mins(10)).await;
    // The judge asks again and again for as long as it has a suspicion.
    for _ in 0..20 {
        hurried.poll_soon();
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let polls = polling.read().configuration.polls;
    assert!((1..=2).contains(&polls), "{polls}");
}

// Weighted no longer.

/// The record is replaced by others, and its sets come back; each time it is asked for a minute. Returns the last picture of
/// each part, and all events.
async fn replaced_by(
    others: Vec<Set>,
    answered: &str,
) -> ([Snapshot; 3], Vec<(EventKind, String)>) {
    let stands = Arc::new(Mutex::new(blue_and_green()));
    let listed = Arc::clone(&stands);
    let server = Server::start(move |request| {
        if is_list(request) {
            page_of(&listed.lock().expect("no panic"), request)
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await;
    let polling = Polling::start(connect(&server).await, Duration::from_millis(20)).await;
    let mut judge = watched::judge();
    let mut at = Duration::ZERO;
    let mut random = r53mon::stats::random::random(3);
    let mut minute = |in_turn: bool| {
        let mut seen = None;
        for number in 0..1_200 {
            at += Duration::from_millis(50);
            let blue = random() < 0.72;
            let address = match (in_turn, blue) {
                (false, _) => answered,
                (true, true) => "192.0.2.1",
                (true, false) => "192.0.2.3",
            };
            watched::answered_at(&polling.watch.tally, at, address);
            if number % 10 == 9 {
                let now = polling.watch.started.wall + at;
                seen = Some(judge.observe(polling.read(), at, now));
            }
        }
        seen.expect("ticks")
    };
    let declare = async |sets: Vec<Set>| {
        *stands.lock().expect("no panic") = sets;
        // What was learnt is left for the judge.
        let number = || polling.watch.tally.in_force().0;
        let before = number();
        wait_until("another segment", || number() > before).await;
    };
    let first = minute(true);
    declare(others).await;
    let second = minute(false);
    declare(blue_and_green()).await;
    let third = minute(true);
    let events = polling.events.lock().expect("no panic").clone();
    ([first, second, third], events)
}

fn word(snapshot: &Snapshot) -> (VerdictState, Vec<String>) {
    let segment = snapshot.current().expect("a segment");
    let verdict = segment.verdict.as_ref().expect("a verdict");
    (
        verdict.state,
        r53mon::views::verdicts::notes(snapshot, segment),
    )
}

fn counts(snapshot: &Snapshot) -> Vec<(&str, u64)> {
    let sets = snapshot.current().expect("a segment").sets.iter();
    sets.map(|set| (set.identifier.as_str(), set.counted.count))
        .collect()
}

#[tokio::test]
async fn a_record_that_stops_being_weighted_is_a_segment_without_a_verdict_until_its_sets_come_back()
 {
    let simple = vec![simple(NAME, "A", "192.0.2.9")];
    let ([first, second, third], events) = Box::pin(replaced_by(simple, "192.0.2.9")).await;
    assert_eq!(word(&first).0, VerdictState::Match);
    let (state, notes) = word(&second);
    assert_eq!(state, VerdictState::Collecting);
    assert!(
        notes[0].starts_with("no verdict: no longer weighted since ")
            && notes[0]
                .contains(": the zone has A (simple); answers are counted by what they hold"),
        "{notes:?}"
    );
    let segment = second.current().expect("a segment");
    assert_eq!(segment.number, 2);
    // What came is counted by what it holds.
    assert_eq!(
        counts(&second),
        [("simple", 1200), ("blue", 0), ("green", 0)]
    );
    let verdict = segment.verdict.as_ref().expect("a verdict");
    assert_eq!((&verdict.suspicion, &verdict.mismatch), (&None, &None));
    assert_eq!(third.current().expect("a segment").number, 3);
    // The answers that showed it are named, and not counted for the shares.
    let sets = &third.current().expect("a segment").sets;
    let named: u64 = sets.iter().map(|set| set.named.count).sum();
    assert_eq!((counts(&third)[0].0, named), ("blue", 1200));
    assert_eq!(word(&third).0, VerdictState::Match, "{:?}", word(&third));
    // The API was read each time, so nothing failed and there is nothing to mend.
    let changes = events.iter().filter(|(kind, _)| *kind != EventKind::Note);
    let said: Vec<&str> = changes.map(|(_, said)| said.as_str()).collect();
    assert_eq!(
        said,
        [
            "configuration changed: no longer weighted: the zone has A (simple)",
            "configuration changed: weighted again, blue added with weight 180, green added with weight 70",
        ]
    );
    assert_eq!(third.configuration.failures, 0);
}

#[tokio::test]
async fn other_kinds_of_record_in_its_place_are_read_too() {
    let region = |region: &str, value: &str| {
        let rest = format!(
            "<SetIdentifier>{region}</SetIdentifier><Region>{region}</Region>{}",
            values_xml(&[value])
        );
        Set::other(NAME, "A", &rest)
    };
    let near = vec![
        region("eu-west-1", "192.0.2.7"),
        region("us-east-1", "192.0.2.8"),
    ];
    let ([_, second, _], _) = Box::pin(replaced_by(near, "192.0.2.7")).await;
    assert_eq!(
        counts(&second)[..2],
        [("eu-west-1", 1200), ("us-east-1", 0)]
    );
    assert!(word(&second).1[0].contains("the zone has 2 x A (latency)"));

    // A server may still give what was there before.
    let name = vec![simple(NAME, "CNAME", "elsewhere.example.net")];
    let ([_, second, _], _) = Box::pin(replaced_by(name, "192.0.2.1")).await;
    assert_eq!(
        counts(&second),
        [("simple", 0), ("blue", 1200), ("green", 0)]
    );
    assert!(word(&second).1[0].contains("the zone has CNAME (simple)"));

    let ([_, second, _], events) = Box::pin(replaced_by(Vec::new(), "192.0.2.1")).await;
    assert_eq!(counts(&second), [("blue", 1200), ("green", 0)]);
    assert!(word(&second).1[0].contains("the zone has nothing at this name"));
    // That its answers hold one of two values is a note, and nothing failed.
    let kinds = [EventKind::Segment, EventKind::Note];
    assert!(
        events.iter().all(|(kind, _)| kinds.contains(kind)),
        "{events:?}"
    );
}
