//! Looking names up with a scripted resolver: single look-ups, the pools of alias targets, and the addresses of name
//! servers.

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::proto::rr::rdata::A;
use r53mon::clock;
use r53mon::config::LookupSettings;
use r53mon::facts::{Fact, Found, Query};
use r53mon::model::answer::{Answer, ServerMode};
use r53mon::model::event::{Event, EventKind};
use r53mon::model::language::Both;
use r53mon::model::name::RecordName;
use r53mon::model::reading::Reading;
use r53mon::model::record::{AliasTarget, RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::lookup::{Family, Lookup};
use r53mon::sources::server_addresses::keep_resolved;
use r53mon::sources::servers::ServerList;
use r53mon::sources::targets;
use r53mon::tally::Tally;
use tokio_util::sync::CancellationToken;

use crate::scripted_dns::{Received, Server, Step, a, aaaa, cname, record, wants_six};
use crate::waiting::wait_until;
use crate::watched::{self, named};

fn lookup(resolver: &Server) -> Lookup {
    Lookup::new(&LookupSettings {
        resolver: Some(resolver.address),
    })
    .expect("a resolver")
}

fn name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect()
}

/// Looks a name up at a resolver that does this.
async fn look_up(
    family: Family,
    script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
) -> Result<Found, Both> {
    let resolver = Server::start(script).await;
    lookup(&resolver)
        .addresses(&name("lb.example.test"), family)
        .await
}

fn a_with_ttl(owner: &str, address: &str, ttl: u32) -> hickory_resolver::proto::rr::Record {
    let address = address.parse().expect("an IPv4 address");
    record(owner, ttl, RData::A(A(address)))
}

#[tokio::test]
async fn addresses_of_either_family_and_the_smallest_ttl() {
    let script = |received: &Received| {
        let owner = received.name();
        if wants_six(received) {
            vec![received.answer([aaaa(&owner, "2001:db8::1")])]
        } else {
            vec![received.answer([
                a_with_ttl(&owner, "192.0.2.1", 60),
                a_with_ttl(&owner, "192.0.2.2", 7),
            ])]
        }
    };
    let mut four = look_up(Family::V4, script).await.expect("found");
    four.addresses.sort_unstable();
    assert_eq!(four.addresses, addresses(&["192.0.2.1", "192.0.2.2"]));
    assert_eq!(four.ttl, Duration::from_secs(7));
    let six = look_up(Family::V6, script).await.expect("found");
    assert_eq!(six.addresses, addresses(&["2001:db8::1"]));
    assert_eq!(six.ttl, Duration::from_mins(1));
}

#[tokio::test]
async fn a_chain_of_cnames_is_followed_and_lives_as_long_as_its_shortest_link() {
    let whole = look_up(Family::V4, |received| {
        vec![received.answer([
            record(&received.name(), 5, cname(".", "edge.example.net.").data),
            a_with_ttl("edge.example.net.", "192.0.2.1", 300),
        ])]
    })
    .await
    .expect("found");
    assert_eq!(whole.addresses, addresses(&["192.0.2.1"]));
    assert_eq!(whole.ttl, Duration::from_secs(5));
    // A resolver that hands out one link at a time.
    let links = look_up(Family::V4, |received| {
        let owner = received.name();
        if owner == "edge.example.net." {
            vec![received.answer([a(&owner, "192.0.2.2")])]
        } else {
            vec![received.answer([cname(&owner, "edge.example.net.")])]
        }
    })
    .await
    .expect("found");
    assert_eq!(links.addresses, addresses(&["192.0.2.2"]));
}

#[tokio::test]
async fn addresses_of_other_names_do_not_count() {
    let found = look_up(Family::V4, |received| {
        vec![received.answer([
            a(&received.name(), "192.0.2.1"),
            a("other.example.test.", "192.0.2.66"),
        ])]
    })
    .await
    .expect("found");
    assert_eq!(found.addresses, addresses(&["192.0.2.1"]));
}

#[tokio::test]
async fn no_name_is_an_error_and_no_address_is_none() {
    let error = look_up(Family::V4, |received| {
        vec![received.rcode(ResponseCode::NXDomain)]
    })
    .await
    .expect_err("there is no such name");
    assert_eq!(error, "NXDOMAIN");
    let none = look_up(Family::V6, |received| {
        vec![received.rcode(ResponseCode::NoError)]
    })
    .await;
    assert_eq!(none, Ok(Found::default()));
    let alias_of_none = look_up(Family::V6, |received| {
        vec![received.answer([cname(&received.name(), "edge.example.net.")])]
    })
    .await;
    assert!(
        alias_of_none
            .as_ref()
            .map_or(true, |found| found.addresses.is_empty()),
        "{alias_of_none:?}"
    );
    for code in [ResponseCode::ServFail, ResponseCode::Refused] {
        let error = look_up(Family::V4, move |received| vec![received.rcode(code)]).await;
        let error = error.expect_err("the resolver does not know");
        assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn a_truncated_answer_is_fetched_over_tcp() {
    let found = look_up(Family::V4, |received| {
        if received.tcp {
            vec![received.at("192.0.2.1")]
        } else {
            vec![received.truncated()]
        }
    })
    .await
    .expect("found");
    assert_eq!(found.addresses, addresses(&["192.0.2.1"]));
}

#[tokio::test]
async fn every_look_up_is_fresh() {
    let resolver = Server::start(|received| {
        let address = format!("192.0.2.{}", received.number + 1);
        vec![received.at(&address)]
    })
    .await;
    let lookup = lookup(&resolver);
    for expected in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        let found = lookup.addresses(&name("lb.example.test"), Family::V4).await;
        assert_eq!(found.expect("found").addresses, addresses(&[expected]));
    }
    assert_eq!(resolver.count(), 3);
    let query = &resolver.seen()[0];
    assert_eq!(query.name(), "lb.example.test.", "no search list");
    assert!(query.message.metadata.recursion_desired);
    assert!(query.message.edns.is_some());
}

/// Names of this machine's hosts file that no resolver answers by itself.
fn names_of_hosts_file() -> Vec<String> {
    let text = std::fs::read_to_string("/etc/hosts").unwrap_or_default();
    let lines = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or(""));
    lines
        .flat_map(|line| line.split_whitespace().skip(1))
        .filter(|word| !word.ends_with("localhost"))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn the_hosts_file_does_not_count() {
    let resolver = Server::start(|received| vec![received.at("192.0.2.77")]).await;
    let lookup = lookup(&resolver);
    // On a machine whose file holds no names at all there is nothing to be seen.
    for text in names_of_hosts_file() {
        let found = lookup.addresses(&name(&text), Family::V4).await;
        assert_eq!(
            found.expect("found").addresses,
            addresses(&["192.0.2.77"]),
            "{text}"
        );
    }
}

/// The one test that waits for a resolver that says nothing.
#[tokio::test]
async fn a_silent_resolver_is_given_up_after_two_attempts() {
    let started = clock::instant();
    let resolver = Server::start(|_| vec![]).await;
    let lookup = lookup(&resolver);
    let wanted = name("lb.example.test");
    let names = ["ns-1.example.test".to_owned()];
    let (four, six, list) = tokio::join!(
        lookup.addresses(&wanted, Family::V4),
        lookup.addresses(&wanted, Family::V6),
        ServerList::resolve(&names, &lookup),
    );
    let took = clock::instant().saturating_duration_since(started);
    // Two attempts of two seconds each.
    assert!(took < Duration::from_millis(5500), "{took:?}");
    for error in [four.expect_err("silence"), six.expect_err("silence")] {
        assert!(!error.is_empty() && !error.contains('\n'), "{error}");
    }
    let error = list.expect_err("silence");
    assert!(
        error.what.contains("ns-1.example.test") && error.cure.is_some(),
        "{error}"
    );
}

// Targets of alias and CNAME sets.

fn alias(identifier: &str, target: &str) -> WeightedSet {
    set(
        identifier,
        Target::Alias(AliasTarget {
            name: name(target),
            zone_id: "Z35SXDOTRQ7X7K".to_owned(),
            evaluate_target_health: false,
        }),
    )
}

fn set(identifier: &str, target: Target) -> WeightedSet {
    WeightedSet::new(identifier, 1, target)
}

fn group(record_type: RecordType, sets: Vec<WeightedSet>) -> WeightedGroup {
    WeightedGroup::of_weights(name("app.example.test"), record_type, sets)
}

fn tally(group: WeightedGroup) -> Tally {
    Tally::new(group, vec!["ns-1".to_owned()], clock::wall())
}

/// Reads the tally and keeps its events, which it hands over once.
#[derive(Default)]
struct Events(Mutex<Vec<Event>>);

impl Events {
    fn read(&self, tally: &Tally) -> Reading {
        let reading = tally.read();
        let mut events = self.0.lock().expect("no panic");
        events.extend(reading.events.iter().cloned());
        reading
    }

    fn of(&self, tally: &Tally, kind: EventKind) -> Vec<String> {
        let servers = self.read(tally).servers;
        let names = crate::told::names(&servers);
        let events = self.0.lock().expect("no panic");
        let of_kind = events.iter().filter(|event| event.kind() == kind);
        of_kind
            .map(|event| crate::told::message(event, &names))
            .collect()
    }
}

#[tokio::test]
async fn looked_up_targets_give_answers_their_set() {
    for (record_type, blue, green) in [
        (RecordType::A, "192.0.2.1", "192.0.2.2"),
        (RecordType::Aaaa, "2001:db8::1", "2001:db8::2"),
    ] {
        let resolver = Server::start(move |received| {
            let owner = received.name();
            let address = if owner.starts_with("blue") {
                blue
            } else {
                green
            };
            if wants_six(received) {
                vec![received.answer([aaaa(&owner, address)])]
            } else {
                vec![received.answer([a(&owner, address)])]
            }
        })
        .await;
        let sets = vec![
            alias("blue", "blue.elb.test"),
            alias("green", "green.elb.test"),
        ];
        let group = group(record_type, sets);
        assert!(targets::needed(&group, false));
        let tally = tally(group);
        assert_eq!(named(&tally, blue), None, "nothing is known yet");
        targets::look_up_all(&lookup(&resolver), &tally, false).await;
        assert_eq!(named(&tally, blue), Some(0));
        assert_eq!(named(&tally, green), Some(1));
        assert_eq!(resolver.count(), 2, "one query for each target");
        assert!(tally.read().events.is_empty());
    }
}

#[tokio::test]
async fn only_what_has_to_be_looked_up_is() {
    let plain = set("blue", Target::Addresses(addresses(&["192.0.2.1"])));
    assert!(!targets::needed(&group(RecordType::A, vec![plain]), true));
    let names = group(
        RecordType::Cname,
        vec![set("blue", Target::Name(name("blue.example.net")))],
    );
    // The address behind a CNAME is of use to HTTP only.
    assert!(!targets::needed(&names, false) && targets::needed(&names, true));
    let resolver = Server::start(|received| vec![received.at("192.0.2.9")]).await;
    let tally = tally(names);
    targets::look_up_all(&lookup(&resolver), &tally, false).await;
    assert_eq!(resolver.count(), 0);
    targets::look_up_all(&lookup(&resolver), &tally, true).await;
    // A CNAME that brings no address along is asked at the one that was looked up.
    assert_eq!(asked_over_http(&tally), addresses(&["192.0.2.9"]));
}

/// Where the set that answers with its name is asked over HTTP.
fn asked_over_http(tally: &Tally) -> Vec<IpAddr> {
    let answer = Answer {
        canonical_name: Some(name("blue.example.net")),
        ..Answer::default()
    };
    let query = Query {
        sent_at: Duration::ZERO,
        server: 0.into(),
        segment: 1,
        mode: ServerMode::Direct,
        stray: 0,
    };
    let effects = tally.take(Fact::Answered {
        at: watched::now(),
        query,
        took: Duration::from_millis(1),
        answer,
    });
    effects
        .requests
        .iter()
        .map(|request| request.address)
        .collect()
}

#[tokio::test]
async fn a_pool_grows_as_its_target_changes_and_follows_into_a_new_segment() {
    // A short TTL and another address each time, as a load balancer that scales.
    let moved = Arc::new(AtomicBool::new(false));
    let now_at = Arc::clone(&moved);
    let resolver = Server::start(move |received| {
        let address = if now_at.load(SeqCst) {
            "192.0.2.2"
        } else {
            "192.0.2.1"
        };
        vec![received.answer([a_with_ttl(&received.name(), address, 0)])]
    })
    .await;
    let alone = || vec![alias("blue", "blue.elb.test")];
    let watch = watched::watch(
        group(RecordType::A, alone()),
        watched::nobody(),
        None,
        false,
    );
    let tally = &watch.tally;
    let stop = CancellationToken::new();
    let task = tokio::spawn(targets::run(
        lookup(&resolver),
        Arc::clone(&watch),
        false,
        targets::LookupSchedule::default(),
        stop.clone(),
    ));
    wait_until("the first look-up", || named(tally, "192.0.2.1").is_some()).await;
    assert_eq!(named(tally, "192.0.2.1"), Some(0));
    assert_eq!(named(tally, "192.0.2.2"), None);
    moved.store(true, SeqCst);
    let before = resolver.count();
    wait_until("another look-up", || named(tally, "192.0.2.2").is_some()).await;
    assert!(resolver.count() > before);
    assert_eq!(named(tally, "192.0.2.2"), Some(0));
    assert_eq!(named(tally, "192.0.2.1"), Some(0), "it is still known");
    // A new segment with one more member: the old one keeps its pool, the new one is looked up soon.
    let mut more = alone();
    more.push(set("green", Target::Addresses(addresses(&["192.0.2.7"]))));
    assert!(watched::declare(tally, group(RecordType::A, more)));
    assert_eq!(named(tally, "192.0.2.1"), Some(0));
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(1), task).await;
    ended.expect("in time").expect("no panic");
}

#[tokio::test]
async fn a_dead_target_is_told_once_and_leaves_the_others_alone() {
    let resolver = Server::start(|received| {
        if received.name().starts_with("dead") {
            vec![received.rcode(ResponseCode::NXDomain)]
        } else if received.name().starts_with("empty") {
            vec![received.rcode(ResponseCode::NoError)]
        } else {
            vec![received.at("192.0.2.1")]
        }
    })
    .await;
    let tally = tally(group(
        RecordType::A,
        vec![
            alias("dead", "dead.elb.test"),
            alias("empty", "empty.elb.test"),
            alias("good", "good.elb.test"),
        ],
    ));
    targets::look_up_all(&lookup(&resolver), &tally, false).await;
    let events = tally.read().events;
    let mut messages: Vec<String> = events
        .iter()
        .filter(|event| event.kind() == EventKind::LookupFailed)
        .map(|event| crate::told::message(event, &[]))
        .collect();
    messages.sort_unstable();
    let [dead, empty] = messages.as_slice() else {
        panic!("{messages:?}")
    };
    assert!(dead.contains("dead.elb.test, the target of dead"), "{dead}");
    assert!(empty.ends_with("it has no A record"), "{empty}");
    assert_eq!(named(&tally, "192.0.2.1"), Some(2));
}

// The addresses of name servers.

#[tokio::test]
async fn name_servers_are_asked_at_ipv4_first_and_shown_by_name() {
    let resolver = Server::start(|received| {
        let owner = received.name();
        if wants_six(received) {
            vec![received.answer([aaaa(&owner, "::1")])]
        } else {
            vec![received.answer([a(&owner, "192.0.2.9"), a(&owner, "192.0.2.5")])]
        }
    })
    .await;
    let names: Vec<String> = ["ns-1.example.net", "NS-2.example.net."]
        .iter()
        .map(|&name| name.to_owned())
        .collect();
    let (list, problems) = ServerList::resolve(&names, &lookup(&resolver))
        .await
        .expect("found");
    assert_eq!(problems, []);
    assert_eq!((list.indices().len(), list.labels()), (2, names));
    let first: SocketAddr = "192.0.2.5:53".parse().expect("an address");
    assert_eq!(
        (list.address(0.into()), list.address(1.into())),
        (Some(first), Some(first))
    );
}

#[tokio::test]
async fn a_name_server_without_an_address_is_told_and_the_rest_work() {
    let resolver = Server::start(|received| {
        let owner = received.name();
        if owner.starts_with("gone") {
            vec![received.rcode(ResponseCode::NXDomain)]
        } else if wants_six(received) {
            vec![received.rcode(ResponseCode::NoError)]
        } else {
            vec![received.answer([a(&owner, "192.0.2.5")])]
        }
    })
    .await;
    let lookup = lookup(&resolver);
    let names =
        |texts: &[&str]| -> Vec<String> { texts.iter().map(|&text| text.to_owned()).collect() };
    let (list, problems) = ServerList::resolve(
        &names(&["gone-1.test", "ns-2.test", "not..a.name"]),
        &lookup,
    )
    .await
    .expect("one is enough");
    assert_eq!(list.indices().len(), 3);
    assert_eq!(
        (list.address(0.into()), list.address(2.into())),
        (None, None)
    );
    assert!(list.address(1.into()).is_some());
    let [gone, odd] = problems.as_slice() else {
        panic!("{problems:?}")
    };
    assert_eq!(
        (gone.0.as_str(), odd.0.as_str()),
        ("gone-1.test", "not..a.name")
    );
    for texts in [&["gone-1.test", "gone-2.test"][..], &[]] {
        let error = ServerList::resolve(&names(texts), &lookup).await;
        let error = error.expect_err("nobody is left to ask");
        let cure = error.cure.as_deref().expect("a cure");
        assert!(!error.to_string().contains('\n'), "{error}");
        assert!(
            ["--resolver", "--nameserver"].map(|option| cure.contains(option)) == [true; 2],
            "{error}"
        );
    }
}

#[tokio::test]
async fn when_all_addresses_fail_the_name_is_looked_up_again() {
    use r53mon::model::answer::{Fault, Outcome};
    let looked_up = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&looked_up);
    let resolver = Server::start(move |received| {
        if wants_six(received) {
            return vec![received.rcode(ResponseCode::NoError)];
        }
        match counter.fetch_add(1, SeqCst) {
            0 => vec![received.at("192.0.2.1")],
            _ => vec![received.at("192.0.2.2")],
        }
    })
    .await;
    let lookup = lookup(&resolver);
    let names = ["ns-1.example.test".to_owned()];
    let (list, _) = ServerList::resolve(&names, &lookup).await.expect("found");
    let group = group(RecordType::A, vec![alias("blue", "blue.elb.test")]);
    let watch = watched::watch(group, list, None, false);
    let (list, tally) = (&watch.servers, &watch.tally);
    let stop = CancellationToken::new();
    let task = tokio::spawn(keep_resolved(lookup, Arc::clone(&watch), stop.clone()));
    let first = list.address(0.into()).expect("it was found");
    for _ in 0..3 {
        list.observe(0.into(), first, &Outcome::Failed(Fault::Timeout));
    }
    wait_until("the fresh address is asked", || {
        list.address(0.into()) != Some(first)
    })
    .await;
    let fresh: SocketAddr = "192.0.2.2:53".parse().expect("an address");
    assert_eq!(list.address(0.into()), Some(fresh));
    let events = Events::default();
    wait_until("it is told", || {
        !events.of(tally, EventKind::AddressChanged).is_empty()
    })
    .await;
    assert_eq!(
        events.of(tally, EventKind::AddressChanged),
        ["ns-1.example.test is now asked at 192.0.2.2:53"]
    );
    assert_eq!(events.read(tally).servers[0].address, Some(fresh));
    stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(1), task).await;
    ended.expect("in time").expect("no panic");
}
