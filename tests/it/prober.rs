//! The DNS prober against scripted name servers: what one query learns from every kind of answer, and how a run asks
//! several servers on schedule whatever they do.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::op::{Edns, Message, MessageType, OpCode, ResponseCode};
use hickory_resolver::proto::rr::{DNSClass, Record, RecordType as WireType};
use r53mon::clock;
use r53mon::facts::{Fact, Found};
use r53mon::model::answer::{Answer, Fault, Hint, Outcome, ServerMode};
use r53mon::model::event::{Event, EventKind};
use r53mon::model::name::RecordName;
use r53mon::model::notice::Notice;
use r53mon::model::reading::{Outcomes, Reading};
use r53mon::model::record::{Place, RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::sources::exchange::{self, Exchanged, Question, Sockets};
use r53mon::sources::servers::ServerList;
use r53mon::sources::watch::Watch;
use r53mon::tally::Request;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::scripted_dns::{self, Received, Server, Step, a, aaaa, cname, name, ns, record, send};
use crate::waiting::wait_until;
use crate::watched;

/// Long enough for a busy machine where an answer is expected.
const PATIENT: Duration = Duration::from_secs(10);
/// Short, where the whole of it is waited for.
const SHORT: Duration = Duration::from_millis(200);

const NAME: &str = "app.example.test.";

fn record_name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

fn question() -> Question {
    Question::new(&record_name(NAME), RecordType::A).expect("a question")
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect()
}

/// Asks as one asks the zone's own servers.
async fn ask(question: &Question, server: SocketAddr, timeout: Duration) -> Exchanged {
    ask_from(&Sockets::default(), question, server, timeout).await
}

async fn ask_from(
    sockets: &Sockets,
    question: &Question,
    server: SocketAddr,
    timeout: Duration,
) -> Exchanged {
    let time_is_up = tokio::time::sleep(timeout);
    exchange::ask(sockets, question, server, ServerMode::Direct, time_is_up).await
}

/// Asks a server that does this about every query.
async fn ask_one(
    timeout: Duration,
    script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
) -> Exchanged {
    let server = Server::start(script).await;
    ask(&question(), server.address, timeout).await
}

/// Asks a server that answers with these records, and returns the answer.
async fn answered_with(records: Vec<Record>) -> Answer {
    let exchanged = ask_one(PATIENT, move |received| {
        vec![received.answer(records.clone())]
    })
    .await;
    assert_eq!(exchanged.stray, 0);
    match exchanged.outcome {
        Outcome::Answered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

fn answered(exchanged: &Exchanged) -> Vec<IpAddr> {
    match &exchanged.outcome {
        Outcome::Answered(answer) => answer.addresses.clone(),
        other => panic!("{other:?}"),
    }
}

const fn failed(fault: Fault) -> Outcome {
    Outcome::Failed(fault)
}

// One query: the question on the wire.

#[tokio::test]
async fn a_query_offers_edns_desires_no_recursion_and_asks_one_question() {
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    ask(&question(), server.address, PATIENT).await;
    let message = &server.seen()[0].message;
    assert!(!message.metadata.recursion_desired);
    let edns = message.edns.as_ref().expect("EDNS is offered");
    assert_eq!((edns.max_payload(), edns.version()), (1232, 0));
    // No client subnet and no cookie: the answer must not depend on who asks.
    assert!(edns.options().as_ref().is_empty());
    assert_eq!(message.queries.len(), 1);
    assert_eq!(message.queries[0].name, name(NAME));
    assert_eq!(message.queries[0].query_type, WireType::A);
    assert!(message.answers.is_empty() && message.authorities.is_empty());
}

/// Asks so often, and returns the ids and the ports in their order.
async fn ids_and_ports(sockets: &Sockets, queries: usize) -> (Vec<u16>, Vec<u16>) {
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    for _ in 0..queries {
        answered(&ask_from(sockets, &question(), server.address, PATIENT).await);
    }
    let seen = server.seen();
    let ids: HashSet<u16> = seen.iter().map(|query| query.message.metadata.id).collect();
    // Random draws may meet now and then. None of the queries was sent twice.
    assert!(ids.len() >= queries - 3, "{} ids", ids.len());
    assert_eq!(seen.len(), queries);
    let ids = seen.iter().map(|query| query.message.metadata.id).collect();
    (ids, seen.iter().map(|query| query.from.port()).collect())
}

/// How many numbers are one more than that before.
fn in_order(numbers: &[u16]) -> usize {
    let pairs = numbers.windows(2);
    pairs
        .filter(|pair| pair[1] == pair[0].wrapping_add(1))
        .count()
}

#[tokio::test]
async fn every_query_has_its_own_id_and_every_socket_a_random_port() {
    const QUERIES: usize = 60;
    // Each is used once, so that there are enough ports to look at.
    let sockets = Sockets::renewed_after(Duration::ZERO);
    let (ids, ports) = ids_and_ports(&sockets, QUERIES).await;
    assert!(in_order(&ids) < QUERIES / 4, "{ids:?}");
    assert!(in_order(&ports) < QUERIES / 4, "{ports:?}");
    let ports: HashSet<u16> = ports.into_iter().collect();
    assert!(ports.len() >= QUERIES - 8, "{} ports", ports.len());
}

#[tokio::test]
async fn four_ports_take_turns_for_a_few_seconds_and_then_others() {
    let for_long = Sockets::renewed_after(Duration::from_hours(1));
    let (ids, ports) = ids_and_ports(&for_long, 60).await;
    assert!(in_order(&ids) < 15, "{ids:?}");
    let turns: Vec<&[u16]> = ports.chunks(4).collect();
    assert!(turns.iter().all(|turn| *turn == turns[0]), "{ports:?}");
    let different: HashSet<&u16> = turns[0].iter().collect();
    assert_eq!(different.len(), 4);
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let for_a_moment = Sockets::renewed_after(Duration::from_millis(20));
    let ports = || {
        server
            .seen()
            .iter()
            .map(|query| query.from.port())
            .collect()
    };
    loop {
        answered(&ask_from(&for_a_moment, &question(), server.address, PATIENT).await);
        let different: HashSet<u16> = ports();
        assert!(server.count() < 100_000, "{different:?}");
        if different.len() > 8 {
            break;
        }
    }
    // Two that wait at the same time do not share one.
    let silent = Server::start(|_| vec![]).await;
    let question = question();
    let ask = || ask_from(&for_long, &question, silent.address, SHORT);
    let (one, two) = tokio::join!(ask(), ask());
    assert_eq!((one.stray, two.stray), (0, 0));
    let ports: HashSet<u16> = silent
        .seen()
        .iter()
        .map(|query| query.from.port())
        .collect();
    assert_eq!(ports.len(), 2);
    // Nor is one used again of which an answer is still to be expected.
    ask().await;
    let ports: HashSet<u16> = silent
        .seen()
        .iter()
        .map(|query| query.from.port())
        .collect();
    assert_eq!(ports.len(), 3);
}

#[tokio::test]
async fn the_second_of_two_answers_is_none_to_the_next_query() {
    let more = CancellationToken::new();
    let server = Server::start({
        let more = more.clone();
        move |received| match received.number {
            0 => vec![
                received.at("192.0.2.1"),
                Step::Until(more.clone()),
                received.at("192.0.2.1"),
            ],
            _ => vec![received.at("192.0.2.1")],
        }
    })
    .await;
    let sockets = Sockets::renewed_after(Duration::from_hours(1));
    for _ in 0..4 {
        answered(&ask_from(&sockets, &question(), server.address, PATIENT).await);
    }
    more.cancel();
    // By the time that others have asked and been answered it has been sent.
    for _ in 0..10 {
        let other = Server::start(|received| vec![received.at("192.0.2.1")]).await;
        answered(&ask(&question(), other.address, PATIENT).await);
    }
    let ports = || {
        let seen = server.seen();
        seen.iter()
            .map(|query| query.from.port())
            .collect::<HashSet<u16>>()
            .len()
    };
    let mut stray = 0;
    while ports() < 5 {
        let exchanged = ask_from(&sockets, &question(), server.address, PATIENT).await;
        answered(&exchanged);
        stray += exchanged.stray;
        assert!(server.count() < 100_000);
    }
    assert_eq!(stray, 0, "it was counted for another query");
}

#[tokio::test]
async fn a_group_of_cnames_is_asked_for_addresses_and_one_of_aaaa_for_those() {
    let server = Server::start(|received| vec![received.rcode(ResponseCode::NoError)]).await;
    for (record_type, wire_type) in [
        (RecordType::A, WireType::A),
        (RecordType::Cname, WireType::A),
        (RecordType::Aaaa, WireType::AAAA),
    ] {
        let question = Question::new(&record_name(NAME), record_type).expect("a question");
        ask(&question, server.address, PATIENT).await;
        let last = server.seen().pop().expect("it was asked");
        assert_eq!(last.question().query_type, wire_type, "{record_type}");
    }
}

#[tokio::test]
async fn a_wildcard_and_odd_bytes_are_asked_for_as_they_are() {
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    for (text, label) in [
        ("\\052.example.test", &b"*"[..]),
        ("a\\056b.example.test", b"a.b"),
        ("_x-1.example.test", b"_x-1"),
        ("b\\303\\274.example.test", "bü".as_bytes()),
    ] {
        let question = Question::new(&record_name(text), RecordType::A).expect("a question");
        let exchanged = ask(&question, server.address, PATIENT).await;
        let last = server.seen().pop().expect("it was asked");
        assert_eq!(last.question().name.iter().next(), Some(label), "{text}");
        assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]), "{text}");
    }
}

// One query: what comes back.

#[tokio::test]
async fn an_answer_brings_addresses_and_the_smallest_ttl() {
    let answer = answered_with(vec![
        record(NAME, 60, a(NAME, "192.0.2.1").data),
        record(NAME, 30, a(NAME, "192.0.2.2").data),
    ])
    .await;
    assert_eq!(answer.addresses, addresses(&["192.0.2.1", "192.0.2.2"]));
    assert_eq!(answer.ttl, Some(Duration::from_secs(30)));
    assert_eq!(answer.canonical_name, None);
}

#[tokio::test]
async fn an_answer_of_ipv6_addresses() {
    let server = Server::start(|received| vec![received.answer([aaaa(NAME, "2001:db8::1")])]).await;
    let question = Question::new(&record_name(NAME), RecordType::Aaaa).expect("a question");
    let exchanged = ask(&question, server.address, PATIENT).await;
    assert_eq!(answered(&exchanged), addresses(&["2001:db8::1"]));
}

#[tokio::test]
async fn every_rcode_without_an_answer_has_its_fault() {
    let first = AtomicUsize::new(0);
    let server = Server::start(move |received| {
        // What is asked once more, without EDNS, gets the same answer.
        let new = usize::from(received.message.edns.is_some());
        let asked = first.fetch_add(new, Relaxed) + new - 1;
        let code = match asked {
            0 => ResponseCode::ServFail,
            1 => ResponseCode::Refused,
            2 => ResponseCode::NXDomain,
            3 => ResponseCode::NoError,
            4 => ResponseCode::FormErr,
            5 => ResponseCode::NotImp,
            6 => ResponseCode::NotAuth,
            7 => ResponseCode::NotZone,
            // The upper bits of this one stand in the OPT record.
            _ => {
                let mut reply = received.reply();
                reply.set_edns(Edns::new());
                reply.metadata.response_code = ResponseCode::BADVERS;
                return vec![send(&reply)];
            }
        };
        vec![received.rcode(code)]
    })
    .await;
    for fault in [
        Fault::Servfail,
        Fault::Refused,
        Fault::Nxdomain,
        Fault::Nodata,
        Fault::Malformed,
        Fault::Malformed,
        Fault::Malformed,
        Fault::Malformed,
        Fault::Malformed,
    ] {
        let exchanged = ask(&question(), server.address, PATIENT).await;
        assert_eq!(exchanged.outcome, failed(fault), "{fault:?}");
        assert_eq!(exchanged.stray, 0, "{fault:?}");
        let named = matches!(exchanged.hint, Some(Hint::Rcode(_)));
        assert_eq!(named, fault == Fault::Malformed, "{fault:?}");
    }
    // FORMERR, NOTIMP and BADVERS may be said of EDNS.
    assert_eq!(server.count(), 9 + 3);
}

#[tokio::test]
async fn a_server_that_does_not_understand_edns_is_asked_once_more_without() {
    for code in [
        ResponseCode::FormErr,
        ResponseCode::NotImp,
        ResponseCode::BADVERS,
    ] {
        let server = Server::start(move |received| {
            match (received.message.edns.is_some(), received.tcp) {
                (true, _) => {
                    let mut reply = received.reply();
                    reply.queries.clear();
                    reply.metadata.authoritative = false;
                    reply.set_edns(Edns::new());
                    reply.metadata.response_code = code;
                    reply.queries = received.message.queries.clone();
                    vec![send(&reply)]
                }
                // Without EDNS less fits.
                (false, false) => vec![received.truncated()],
                (false, true) => vec![received.at("192.0.2.1")],
            }
        })
        .await;
        let exchanged = ask(&question(), server.address, PATIENT).await;
        assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]), "{code}");
        assert!(exchanged.without_edns);
        assert_eq!(server.count(), 3, "with EDNS, without it, over TCP");
        let plain = question().without_edns();
        assert!(ask(&plain, server.address, PATIENT).await.without_edns);
        assert_eq!(server.count(), 5);
    }
}

#[tokio::test]
async fn refusals_need_no_aa() {
    for (code, fault) in [
        (ResponseCode::ServFail, Fault::Servfail),
        (ResponseCode::Refused, Fault::Refused),
        (ResponseCode::NotImp, Fault::Malformed),
    ] {
        let exchanged = ask_one(PATIENT, move |received| {
            let mut reply = received.reply();
            reply.metadata.authoritative = false;
            reply.metadata.response_code = code;
            vec![send(&reply)]
        })
        .await;
        assert_eq!(exchanged.outcome, failed(fault));
    }
}

#[tokio::test]
async fn errors_may_leave_the_question_out_and_answers_may_not() {
    for code in [ResponseCode::FormErr, ResponseCode::NotImp] {
        let exchanged = ask_one(PATIENT, move |received| {
            let mut reply = received.reply();
            reply.queries.clear();
            reply.metadata.response_code = code;
            vec![send(&reply)]
        })
        .await;
        assert_eq!(exchanged.outcome, failed(Fault::Malformed), "{code}");
    }
    let exchanged = ask_one(SHORT, |received| {
        let mut reply = received.reply();
        reply.queries.clear();
        reply.add_answer(a(NAME, "192.0.2.66"));
        vec![send(&reply)]
    })
    .await;
    assert_eq!(
        (exchanged.outcome, exchanged.stray),
        (failed(Fault::Timeout), 1)
    );
}

#[tokio::test]
async fn without_aa_nothing_counts() {
    for (what, code, records) in [
        (
            "a cached answer",
            ResponseCode::NoError,
            vec![a(NAME, "192.0.2.1")],
        ),
        ("a cached NODATA", ResponseCode::NoError, vec![]),
        ("a cached NXDOMAIN", ResponseCode::NXDomain, vec![]),
        (
            "a cached CNAME",
            ResponseCode::NoError,
            vec![cname(NAME, "x.test.")],
        ),
    ] {
        let exchanged = ask_one(PATIENT, move |received| {
            let mut reply = received.reply();
            reply.metadata.authoritative = false;
            reply.metadata.response_code = code;
            reply.add_answers(records.clone());
            vec![send(&reply)]
        })
        .await;
        assert_eq!(exchanged.outcome, failed(Fault::NotAuthoritative), "{what}");
    }
}

#[tokio::test]
async fn a_referral_is_no_answer() {
    let exchanged = ask_one(PATIENT, |received| {
        let mut reply = received.reply();
        reply.metadata.authoritative = false;
        reply.add_authority(ns("example.test.", "ns1.child.test."));
        reply.add_additional(a("ns1.child.test.", "192.0.2.53"));
        vec![send(&reply)]
    })
    .await;
    assert_eq!(exchanged.outcome, failed(Fault::NotAuthoritative));
}

#[tokio::test]
async fn loss_is_a_timeout_after_the_given_time_and_nothing_is_sent_again() {
    let server = Server::start(|_| vec![]).await;
    let exchanged = ask(&question(), server.address, SHORT).await;
    assert_eq!(
        (exchanged.outcome, exchanged.stray),
        (failed(Fault::Timeout), 0)
    );
    assert!(exchanged.took >= SHORT, "{:?}", exchanged.took);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn delay_is_measured() {
    const DELAY: Duration = Duration::from_millis(120);
    let exchanged = ask_one(PATIENT, |received| {
        vec![Step::Pause(DELAY), received.at("192.0.2.1")]
    })
    .await;
    answered(&exchanged);
    assert!(
        exchanged.took >= DELAY && exchanged.took < PATIENT,
        "{:?}",
        exchanged.took
    );
}

#[tokio::test]
async fn where_nobody_listens_the_fault_comes_at_once() {
    let (address, _kept) = scripted_dns::nobody().await;
    let exchanged = ask(&question(), address, PATIENT).await;
    assert_eq!(exchanged.outcome, failed(Fault::Network));
    assert!(exchanged.took < PATIENT / 4, "{:?}", exchanged.took);
}

// One query: packets that are no answer to it.

/// Answers that look right but for one thing.
fn forgeries(received: &Received) -> Vec<(&'static str, Step)> {
    let forged = |change: &dyn Fn(&mut Message)| {
        let mut reply = received.reply();
        reply.add_answer(a(NAME, "192.0.2.66"));
        change(&mut reply);
        send(&reply)
    };
    let mut strange = received
        .message
        .metadata
        .id
        .wrapping_add(1)
        .to_be_bytes()
        .to_vec();
    strange.extend([0x84, 0, 0, 1]);
    vec![
        (
            "another id",
            forged(&|reply| reply.metadata.id = reply.metadata.id.wrapping_add(1)),
        ),
        (
            "another name",
            forged(&|reply| reply.queries[0].name = name("other.example.test.")),
        ),
        (
            "another type",
            forged(&|reply| reply.queries[0].query_type = WireType::AAAA),
        ),
        (
            "another class",
            forged(&|reply| {
                reply.queries[0].query_class = DNSClass::CH;
            }),
        ),
        (
            "two questions",
            forged(&|reply| {
                let question = reply.queries[0].clone();
                reply.add_query(question);
            }),
        ),
        (
            "a query and no response",
            forged(&|reply| {
                reply.metadata.message_type = MessageType::Query;
            }),
        ),
        (
            "another opcode",
            forged(&|reply| {
                reply.metadata.op_code = OpCode::Status;
            }),
        ),
        ("undecodable with another id", Step::Send(strange)),
        ("a single byte", Step::Send(vec![7])),
        ("nothing at all", Step::Send(vec![])),
    ]
}

#[tokio::test]
async fn a_packet_that_is_no_answer_is_counted_and_the_right_one_is_taken() {
    let kinds = 10;
    let server = Server::start(|received| {
        let (_, forged) = forgeries(received).swap_remove(received.number);
        vec![forged, received.at("192.0.2.1")]
    })
    .await;
    for kind in 0..kinds {
        let exchanged = ask(&question(), server.address, PATIENT).await;
        assert_eq!(
            answered(&exchanged),
            addresses(&["192.0.2.1"]),
            "kind {kind}"
        );
        assert_eq!(exchanged.stray, 1, "kind {kind}");
    }
}

#[tokio::test]
async fn only_packets_that_are_no_answer_end_in_a_timeout() {
    let exchanged = ask_one(SHORT, |received| {
        forgeries(received)
            .into_iter()
            .map(|(_, step)| step)
            .collect()
    })
    .await;
    assert_eq!(
        (exchanged.outcome, exchanged.stray),
        (failed(Fault::Timeout), 10)
    );
}

#[tokio::test]
async fn garbage_with_the_right_id_is_malformed_unless_the_answer_follows() {
    let alone = ask_one(SHORT, |received| vec![received.garbage()]).await;
    assert_eq!((alone.outcome, alone.stray), (failed(Fault::Malformed), 1));
    let followed = ask_one(PATIENT, |received| {
        vec![received.garbage(), received.at("192.0.2.1")]
    })
    .await;
    assert_eq!(answered(&followed), addresses(&["192.0.2.1"]));
    assert_eq!(followed.stray, 1);
}

#[tokio::test]
async fn an_answer_from_another_source_is_never_seen() {
    let forged = |received: &Received| match received.at("192.0.2.66") {
        Step::Send(bytes) => Step::SendFromElsewhere(bytes),
        other => other,
    };
    let exchanged = ask_one(SHORT, move |received| vec![forged(received)]).await;
    // The kernel drops it, so it is not even counted.
    assert_eq!(
        (exchanged.outcome, exchanged.stray),
        (failed(Fault::Timeout), 0)
    );
    let exchanged = ask_one(PATIENT, move |received| {
        vec![forged(received), received.at("192.0.2.1")]
    })
    .await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
}

// One query: truncation and TCP.

/// Truncates over UDP and does this over TCP.
async fn truncated_then(
    timeout: Duration,
    over_tcp: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
) -> Exchanged {
    ask_one(timeout, move |received| {
        if received.tcp {
            over_tcp(received)
        } else {
            vec![received.truncated()]
        }
    })
    .await
}

#[tokio::test]
async fn a_truncated_answer_is_asked_again_over_tcp() {
    let server = Server::start(|received| {
        if received.tcp {
            vec![
                Step::Pause(Duration::from_millis(50)),
                received.at("192.0.2.1"),
            ]
        } else {
            // What stands in a truncated answer does not count.
            let mut reply = received.reply();
            reply.metadata.truncation = true;
            reply.add_answer(a(NAME, "192.0.2.66"));
            vec![send(&reply)]
        }
    })
    .await;
    let exchanged = ask(&question(), server.address, PATIENT).await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
    // The time is that of the whole affair.
    assert!(exchanged.took >= Duration::from_millis(50));
    let seen = server.seen();
    assert_eq!(
        seen.iter().map(|query| query.tcp).collect::<Vec<_>>(),
        [false, true]
    );
    assert_eq!(seen[0].message.queries, seen[1].message.queries);
    assert!(!seen[1].message.metadata.recursion_desired);
}

#[tokio::test]
async fn after_one_truncation_the_next_query_goes_over_udp_again() {
    let server = Server::start(|received| {
        if received.number == 0 {
            vec![received.truncated()]
        } else {
            vec![received.at("192.0.2.1")]
        }
    })
    .await;
    for _ in 0..2 {
        answered(&ask(&question(), server.address, PATIENT).await);
    }
    let seen = server.seen();
    assert_eq!(
        seen.iter().map(|query| query.tcp).collect::<Vec<_>>(),
        [false, true, false]
    );
}

#[tokio::test]
async fn faults_over_tcp_are_faults_of_the_query() {
    for code in [ResponseCode::ServFail, ResponseCode::NXDomain] {
        let exchanged = truncated_then(PATIENT, move |received| vec![received.rcode(code)]).await;
        let fault = if code == ResponseCode::ServFail {
            Fault::Servfail
        } else {
            Fault::Nxdomain
        };
        assert_eq!(exchanged.outcome, failed(fault));
    }
    let silent = truncated_then(SHORT, |_| vec![]).await;
    assert_eq!(silent.outcome, failed(Fault::Timeout));
    let garbage = truncated_then(PATIENT, |received| vec![received.garbage()]).await;
    assert_eq!(
        (garbage.outcome, garbage.stray),
        (failed(Fault::Malformed), 1)
    );
    let again = truncated_then(PATIENT, |received| vec![received.truncated()]).await;
    assert_eq!(again.outcome, failed(Fault::Malformed));
    let closed = truncated_then(PATIENT, |_| vec![Step::Close]).await;
    assert_eq!(closed.outcome, failed(Fault::Network));
    let half = truncated_then(PATIENT, |_| {
        vec![Step::SendRaw(vec![0, 40, 1]), Step::Close]
    })
    .await;
    assert_eq!(half.outcome, failed(Fault::Network));
}

#[tokio::test]
async fn a_stranger_in_the_tcp_stream_is_skipped() {
    let exchanged = truncated_then(PATIENT, |received| {
        let (_, forged) = forgeries(received).swap_remove(1);
        vec![forged, received.at("192.0.2.1")]
    })
    .await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
    assert_eq!(exchanged.stray, 1);
}

#[tokio::test]
async fn what_comes_over_tcp_may_come_in_pieces() {
    let exchanged = truncated_then(PATIENT, |received| {
        let (_, forged) = forgeries(received).swap_remove(1);
        let mut bytes = Vec::new();
        for step in [forged, received.at("192.0.2.1")] {
            let Step::Send(message) = step else {
                panic!("{step:?}")
            };
            let length = u16::try_from(message.len()).expect("a short message");
            bytes.extend(length.to_be_bytes());
            bytes.extend(message);
        }
        let pause = || Step::Pause(Duration::from_millis(2));
        let pieces = bytes.chunks(9).map(|piece| Step::SendRaw(piece.to_vec()));
        pieces.flat_map(|piece| [piece, pause()]).collect()
    })
    .await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
    assert_eq!(exchanged.stray, 1);
}

#[tokio::test]
async fn truncation_where_tcp_is_refused_is_a_network_fault_at_once() {
    let server = Server::start_without_tcp(|received| vec![received.truncated()]).await;
    let exchanged = ask(&question(), server.address, PATIENT).await;
    assert_eq!(exchanged.outcome, failed(Fault::Network));
    assert!(exchanged.took < PATIENT / 4, "{:?}", exchanged.took);
}

// One query: chains of CNAMEs.

#[tokio::test]
async fn the_cname_of_the_queried_name_and_the_addresses_at_the_end_count() {
    let answer = answered_with(vec![
        cname(NAME, "blue.example.test."),
        a("blue.example.test.", "192.0.2.1"),
    ])
    .await;
    assert_eq!(
        answer.canonical_name,
        Some(record_name("blue.example.test"))
    );
    assert_eq!(answer.addresses, addresses(&["192.0.2.1"]));

    // Three links, in the wrong order, and in whatever case.
    let answer = answered_with(vec![
        a("C.example.test.", "192.0.2.3"),
        record("b.example.TEST.", 5, cname("b.", "c.Example.test.").data),
        cname("a.example.test.", "B.example.test."),
        cname("APP.example.test.", "A.example.test."),
    ])
    .await;
    assert_eq!(answer.canonical_name, Some(record_name("a.example.test")));
    assert_eq!(answer.addresses, addresses(&["192.0.2.3"]));
    assert_eq!(answer.ttl, Some(Duration::from_secs(5)));
}

#[tokio::test]
async fn a_cname_without_an_address_is_an_answer() {
    let answer = answered_with(vec![cname(NAME, "lb.elsewhere.test.")]).await;
    assert_eq!(
        answer.canonical_name,
        Some(record_name("lb.elsewhere.test"))
    );
    assert!(answer.addresses.is_empty());
}

#[tokio::test]
async fn a_loop_of_cnames_ends() {
    for records in [
        vec![cname(NAME, NAME)],
        vec![
            cname(NAME, "a.test."),
            cname("a.test.", "b.test."),
            cname("b.test.", "a.test."),
        ],
    ] {
        let answer = answered_with(records).await;
        assert!(answer.canonical_name.is_some());
        assert!(answer.addresses.is_empty());
    }
}

#[tokio::test]
async fn a_reply_with_more_records_than_any_record_set_has_is_not_read() {
    let of = |count: usize| async move {
        let server = Server::start(move |received| {
            if !received.tcp {
                return vec![received.truncated()];
            }
            let others = (1..count).map(|number| cname(&format!("n{number}.test."), NAME));
            vec![received.answer([a(NAME, "192.0.2.1")].into_iter().chain(others))]
        })
        .await;
        ask(&question(), server.address, PATIENT).await
    };
    // One of the thousand is the question.
    assert_eq!(answered(&of(999).await), addresses(&["192.0.2.1"]));
    assert_eq!(of(1000).await.outcome, failed(Fault::Malformed));
}

#[tokio::test]
async fn with_a_cname_nxdomain_speaks_of_its_target() {
    let exchanged = ask_one(PATIENT, |received| {
        let mut reply = received.reply();
        reply.metadata.response_code = ResponseCode::NXDomain;
        reply.add_answer(cname(NAME, "gone.example.test."));
        vec![send(&reply)]
    })
    .await;
    let Outcome::Answered(answer) = exchanged.outcome else {
        panic!("{:?}", exchanged.outcome)
    };
    assert_eq!(
        answer.canonical_name,
        Some(record_name("gone.example.test"))
    );
}

#[tokio::test]
async fn records_of_others_do_not_count() {
    let answer = answered_with(vec![
        a("other.example.test.", "192.0.2.66"),
        a(NAME, "192.0.2.1"),
        aaaa(NAME, "2001:db8::66"),
        ns(NAME, "ns1.example.test."),
    ])
    .await;
    assert_eq!(answer.addresses, addresses(&["192.0.2.1"]));
    assert_eq!(answer.canonical_name, None);
    // With nothing but such records there is no answer.
    for records in [
        vec![a("other.example.test.", "192.0.2.66")],
        vec![cname("other.example.test.", NAME)],
        vec![aaaa(NAME, "2001:db8::66")],
    ] {
        let exchanged = ask_one(PATIENT, move |received| {
            vec![received.answer(records.clone())]
        })
        .await;
        assert_eq!(exchanged.outcome, failed(Fault::Nodata));
    }
}

#[tokio::test]
async fn the_case_of_names_does_not_matter() {
    let exchanged = ask_one(PATIENT, |received| {
        let mut reply = received.reply();
        reply.queries[0].name = name("aPP.eXample.TEST.");
        reply.add_answer(a("App.Example.Test.", "192.0.2.1"));
        vec![send(&reply)]
    })
    .await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
}

#[tokio::test]
async fn a_server_is_asked_over_ipv6() {
    let script = |received: &Received| {
        if received.tcp {
            vec![received.at("192.0.2.1")]
        } else {
            vec![received.truncated()]
        }
    };
    let loopback = Ipv6Addr::LOCALHOST.into();
    let server = match Server::start_at(loopback, 0, true, script).await {
        Ok(server) => server,
        Err(error) => {
            assert_eq!(
                error.kind(),
                std::io::ErrorKind::AddrNotAvailable,
                "only a machine without ::1 is excused: {error}"
            );
            return;
        }
    };
    let exchanged = ask(&question(), server.address, PATIENT).await;
    assert_eq!(answered(&exchanged), addresses(&["192.0.2.1"]));
    assert_eq!(server.count(), 2);
}

// A run over several servers.

fn set(identifier: &str, weight: u64, target: Target) -> WeightedSet {
    WeightedSet::new(identifier, weight, target)
}

fn group_of(sets: Vec<WeightedSet>) -> WeightedGroup {
    WeightedGroup::of_weights(record_name(NAME), RecordType::A, sets)
}

/// Blue at 192.0.2.1 and 192.0.2.2, green at 192.0.2.3.
fn group(blue: u64, green: u64) -> WeightedGroup {
    group_of(vec![
        set(
            "blue",
            blue,
            Target::Addresses(addresses(&["192.0.2.1", "192.0.2.2"])),
        ),
        set("green", green, Target::Addresses(addresses(&["192.0.2.3"]))),
    ])
}

/// A prober at work.
struct Run {
    watch: Arc<Watch>,
    tps: u32,
    stop: CancellationToken,
    task: JoinHandle<()>,
    /// The tally hands events over once, so they are kept here.
    events: Mutex<Vec<Event>>,
}

struct Plan {
    tps: u32,
    timeout: Duration,
    group: WeightedGroup,
    requests: Option<mpsc::Sender<Request>>,
    /// Whether somebody looks alias targets up.
    looks_up: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            tps: 100,
            timeout: PATIENT,
            group: group(50, 50),
            requests: None,
            looks_up: false,
        }
    }
}

impl Plan {
    fn start(self, list: ServerList) -> Run {
        let watch = watched::asking(question(), self.group, list, self.requests, self.looks_up);
        let stop = CancellationToken::new();
        let task = tokio::spawn(watched::probe(
            self.tps,
            self.timeout,
            Arc::clone(&watch),
            stop.clone(),
        ));
        Run {
            watch,
            tps: self.tps,
            stop,
            task,
            events: Mutex::default(),
        }
    }

    fn start_at(self, servers: &[Server]) -> Run {
        let list: Vec<SocketAddr> = servers.iter().map(|server| server.address).collect();
        self.start(ServerList::given(&list))
    }
}

impl Run {
    /// How many slots of the schedule are due by now.
    fn due(&self) -> u64 {
        let passed = clock::now().since(self.watch.started).as_nanos();
        u64::try_from(passed * u128::from(self.tps) / 1_000_000_000).expect("a short run") + 1
    }

    fn read(&self) -> Reading {
        let reading = self.watch.tally.read();
        let mut events = self.events.lock().expect("no panic while held");
        events.extend(reading.events.iter().cloned());
        reading
    }

    fn events(&self, kind: EventKind) -> Vec<String> {
        let servers = self.read().servers;
        let names = crate::told::names(&servers);
        let events = self.events.lock().expect("no panic while held");
        let of_kind = events.iter().filter(|event| event.kind() == kind);
        of_kind
            .map(|event| crate::told::message(event, &names))
            .collect()
    }

    fn accounted(&self) -> u64 {
        let reading = self.read();
        reading.outcomes().sent + reading.skipped
    }

    /// Every slot that is due is sent or counted as skipped, and not one that is not due. True on any machine: a stall
    /// delays the prober but takes nothing off the schedule.
    async fn check_schedule(&self) {
        let due = self.due();
        wait_until("every slot that was due is accounted for", || {
            self.accounted() >= due
        })
        .await;
        let accounted = self.accounted();
        assert!(accounted <= self.due(), "{accounted} > {}", self.due());
    }

    /// Stops and returns the final numbers.
    async fn stop(self) -> Reading {
        self.stop.cancel();
        let stopped = clock::instant();
        self.task.await.expect("the prober does not panic");
        let took = clock::instant().saturating_duration_since(stopped);
        assert!(took < Duration::from_secs(1), "stopping took {took:?}");
        self.watch.tally.read()
    }
}

fn check_sums(reading: &Reading) {
    for segment in &reading.segments {
        for outcomes in &segment.counters.servers {
            assert!(
                outcomes.answered() + outcomes.faulty() <= outcomes.sent,
                "{outcomes:?}"
            );
        }
    }
}

#[tokio::test]
async fn servers_are_asked_in_turn_on_a_fixed_schedule() {
    let mut servers = Vec::new();
    for _ in 0..4 {
        servers.push(Server::start(|received| vec![received.at("192.0.2.3")]).await);
    }
    let run = Plan::default().start_at(&servers);
    wait_until("sixty queries", || run.accounted() >= 60).await;
    run.check_schedule().await;
    let reading = run.stop().await;
    check_sums(&reading);
    let sent: Vec<u64> = (0..4)
        .map(|server| reading.server_outcomes(server.into()).sent)
        .collect();
    let (most, least) = (sent.iter().max(), sent.iter().min());
    assert!(
        most.zip(least)
            .is_some_and(|(most, least)| most - least <= 1),
        "{sent:?}"
    );
    // What the servers counted is what the prober says.
    for (server, sent) in servers.iter().zip(&sent) {
        wait_until("the server has read all", || server.count() as u64 == *sent).await;
    }
    let outcomes = reading.outcomes();
    assert_eq!(outcomes.named, outcomes.sent);
    assert_eq!(reading.segments[0].counters.count(1.into()), outcomes.named);
    for server in &reading.servers {
        let latency = server.latency.expect("answers were timed");
        assert!(latency.samples > 0 && latency.p50 > Duration::ZERO);
        assert!(server.last_answer.is_some());
    }
}

#[tokio::test]
async fn a_silent_server_slows_nobody_down_and_stopping_does_not_wait_for_it() {
    let mut servers = vec![Server::start(|_| vec![]).await];
    for _ in 0..3 {
        servers.push(Server::start(|received| vec![received.at("192.0.2.3")]).await);
    }
    let run = Plan::default().start_at(&servers);
    wait_until("a hundred slots", || run.accounted() >= 100).await;
    run.check_schedule().await;
    let reading = run.stop().await;
    let outcomes = reading.outcomes();
    // Waiting for the silent one would allow four queries by now.
    assert!(outcomes.sent > 20, "{outcomes:?}");
    let silent = reading.server_outcomes(0.into());
    assert_eq!(
        (silent.in_flight(), silent.faulty()),
        (silent.sent, 0),
        "{silent:?}"
    );
    for server in 1..4 {
        let others = reading.server_outcomes(server.into());
        assert!(others.sent.abs_diff(silent.sent) <= 1);
        assert_eq!(others.named, others.sent);
    }
}

#[tokio::test]
async fn a_server_that_is_silent_over_tcp_slows_nobody_down() {
    let over_tcp = |answers: bool| {
        move |received: &Received| match (received.tcp, answers) {
            (false, _) => vec![received.truncated()],
            (true, true) => vec![received.at("192.0.2.3")],
            (true, false) => vec![],
        }
    };
    let servers = [
        Server::start(over_tcp(false)).await,
        Server::start(over_tcp(true)).await,
        Server::start(|received| vec![received.at("192.0.2.3")]).await,
    ];
    let run = Plan::default().start_at(&servers);
    wait_until("sixty slots", || run.accounted() >= 60).await;
    run.check_schedule().await;
    let reading = run.stop().await;
    let of_each = [0, 1, 2].map(|server| reading.server_outcomes(server.into()));
    let [silent, answering, plain] = of_each;
    assert_eq!(silent.in_flight(), silent.sent, "{silent:?}");
    for others in [answering, plain] {
        assert!(others.sent.abs_diff(silent.sent) <= 1, "{others:?}");
        assert_eq!(others.named, others.sent);
    }
}

#[tokio::test]
async fn a_late_answer_counts_in_the_segment_in_which_it_was_asked_for() {
    let gate = CancellationToken::new();
    let opened = gate.clone();
    let server =
        Server::start(move |received| vec![Step::Until(opened.clone()), received.at("192.0.2.1")])
            .await;
    let run = Plan {
        tps: 50,
        ..Plan::default()
    }
    .start_at(&[server]);
    wait_until("ten queries are under way", || run.accounted() >= 10).await;
    assert!(watched::declare(&run.watch.tally, group(10, 90)));
    wait_until("queries of the new segment are under way", || {
        run.read().segments[1].counters.outcomes().sent >= 5
    })
    .await;
    assert_eq!(run.read().outcomes().answered(), 0);
    gate.cancel();
    wait_until("all answers are here", || {
        let first = &run.read().segments[0].counters;
        first.outcomes().named == first.outcomes().sent
    })
    .await;
    let reading = run.stop().await;
    check_sums(&reading);
    let [first, second] = reading.segments.as_slice() else {
        panic!("{} segments", reading.segments.len())
    };
    assert!(first.counters.outcomes().sent >= 5);
    assert_eq!(
        first.counters.count(0.into()),
        first.counters.outcomes().sent
    );
    assert_eq!(
        second.counters.count(0.into()),
        second.counters.outcomes().sent
    );
}

#[tokio::test]
async fn every_outcome_has_its_counter_by_server() {
    // One server for each outcome.
    let script = |kind: usize| {
        move |received: &Received| match kind {
            0 => vec![received.at("192.0.2.1")],
            // Both sets hold a part of it.
            1 => vec![received.answer([a(NAME, "192.0.2.2"), a(NAME, "192.0.2.3")])],
            2 => vec![received.at("192.0.2.99")],
            3 => vec![],
            4 => vec![received.rcode(ResponseCode::Refused)],
            5 => vec![received.rcode(ResponseCode::ServFail)],
            6 => vec![received.rcode(ResponseCode::NXDomain)],
            7 => vec![received.rcode(ResponseCode::NoError)],
            8 => {
                let mut reply = received.reply();
                reply.metadata.authoritative = false;
                vec![send(&reply)]
            }
            9 => vec![received.rcode(ResponseCode::FormErr)],
            _ => vec![received.garbage(), received.at("192.0.2.3")],
        }
    };
    let mut servers = Vec::new();
    for kind in 0..11 {
        servers.push(Server::start(script(kind)).await);
    }
    let (closed, _kept) = scripted_dns::nobody().await;
    let list: Vec<SocketAddr> = servers
        .iter()
        .map(|server| server.address)
        .chain([closed])
        .collect();
    let run = Plan {
        timeout: Duration::from_millis(400),
        ..Plan::default()
    }
    .start(ServerList::given(&list));
    wait_until("three rounds are over", || {
        let reading = run.read();
        (0..12).all(|server| {
            let outcomes = reading.server_outcomes(server.into());
            outcomes.answered() + outcomes.faulty() >= 3
        })
    })
    .await;
    run.check_schedule().await;
    let reading = run.stop().await;
    check_sums(&reading);
    let of = |server: usize| {
        let outcomes = reading.server_outcomes(server.into());
        let settled = outcomes.sent - outcomes.in_flight();
        (outcomes, settled)
    };
    let only = |server: usize, pick: &dyn Fn(&Outcomes) -> u64| {
        let (outcomes, settled) = of(server);
        assert_eq!(pick(&outcomes), settled, "server {server}: {outcomes:?}");
        assert!(settled >= 3);
    };
    only(0, &|outcomes| outcomes.named);
    only(1, &|outcomes| outcomes.ambiguous);
    only(2, &|outcomes| outcomes.unknown);
    for (server, fault) in [
        (3, Fault::Timeout),
        (4, Fault::Refused),
        (5, Fault::Servfail),
        (6, Fault::Nxdomain),
        (7, Fault::Nodata),
        (8, Fault::NotAuthoritative),
        (9, Fault::Malformed),
        (11, Fault::Network),
    ] {
        only(server, &|outcomes| outcomes.faults[fault.index()]);
    }
    only(10, &|outcomes| outcomes.named);
    only(10, &|outcomes| outcomes.stray);
    // The total of each kind is the sum over the servers, and only usable answers are timed.
    let total = reading.outcomes();
    assert_eq!(total.answered(), of(0).1 + of(1).1 + of(2).1 + of(10).1);
    for server in 0..12 {
        let timed = reading.servers[server]
            .latency
            .map_or(0, |latency| latency.samples);
        assert_eq!(timed, of(server).0.answered(), "server {server}");
    }
}

#[tokio::test]
async fn http_is_offered_for_named_answers_only_and_each_address_has_its_turn() {
    let server = Server::start(|received| match received.number % 5 {
        // A quarter of a set's addresses is enough to name it; both are offered in turn where both are answered.
        0 => vec![received.answer([a(NAME, "192.0.2.1"), a(NAME, "192.0.2.2")])],
        1 => vec![received.at("192.0.2.99")],
        2 => vec![received.answer([a(NAME, "192.0.2.2"), a(NAME, "192.0.2.3")])],
        3 => vec![received.rcode(ResponseCode::ServFail)],
        _ => vec![received.at("192.0.2.3")],
    })
    .await;
    let (requests, mut jobs) = Watch::queue();
    let run = Plan {
        requests: Some(requests),
        ..Plan::default()
    }
    .start_at(&[server]);
    let mut offered = collect(&mut jobs, 20).await;
    let reading = run.stop().await;
    while let Ok(job) = jobs.try_recv() {
        offered.push(job);
    }
    assert_eq!(offered.len() as u64, reading.outcomes().named);
    let of = |set: usize, address: &str| {
        let address: IpAddr = address.parse().expect("an address");
        let fits = |job: &&Request| job.set == set.into() && job.address == address;
        offered.iter().filter(fits).count()
    };
    let (one, two, three) = (of(0, "192.0.2.1"), of(0, "192.0.2.2"), of(1, "192.0.2.3"));
    assert_eq!(one + two + three, offered.len());
    assert!(one.abs_diff(two) <= 1 && one > 0 && three > 0);
}

#[tokio::test]
async fn the_address_behind_a_bare_cname_is_the_one_that_was_looked_up() {
    let server =
        Server::start(|received| vec![received.answer([cname(NAME, "blue.elsewhere.test.")])])
            .await;
    let mut group = group_of(vec![
        set("blue", 1, Target::Name(record_name("blue.elsewhere.test"))),
        set(
            "green",
            1,
            Target::Name(record_name("green.elsewhere.test")),
        ),
    ]);
    group.record_type = RecordType::Cname;
    let (requests, mut jobs) = Watch::queue();
    let run = Plan {
        requests: Some(requests),
        group,
        ..Plan::default()
    }
    .start_at(&[server]);
    wait_until("five named answers", || run.read().outcomes().named >= 5).await;
    assert!(jobs.try_recv().is_err(), "no address is known yet");
    let found = addresses(&["192.0.2.21"]);
    run.watch.learn(Fact::LookedUp {
        at: run.watch.now(),
        began_at: Duration::ZERO,
        segment: 1,
        place: Place::first_of(0.into()),
        found: Some(Found {
            addresses: found.clone(),
            ttl: PATIENT,
        }),
    });
    let offered = collect(&mut jobs, 3).await;
    assert!(
        offered
            .iter()
            .all(|job| job.set == 0.into() && job.address == found[0])
    );
    run.stop().await;
}

async fn collect(jobs: &mut mpsc::Receiver<Request>, count: usize) -> Vec<Request> {
    let mut offered = Vec::new();
    while offered.len() < count {
        let job = tokio::time::timeout(PATIENT, jobs.recv()).await;
        offered.push(job.expect("in time").expect("the prober is at work"));
    }
    offered
}

#[tokio::test]
async fn a_full_http_queue_costs_no_query() {
    let server = Server::start(|received| vec![received.at("192.0.2.3")]).await;
    let (requests, jobs) = Watch::queue();
    let run = Plan {
        requests: Some(requests),
        ..Plan::default()
    }
    .start_at(&[server]);
    // Nobody takes anything out of the queue.
    wait_until("more than fit into the queue", || {
        run.read().http().skipped >= 20
    })
    .await;
    run.check_schedule().await;
    let reading = run.stop().await;
    assert_eq!(reading.outcomes().named, reading.outcomes().sent);
    let waiting = jobs.len() as u64;
    assert_eq!(reading.http().skipped + waiting, reading.outcomes().named);
}

#[tokio::test]
async fn a_server_without_edns_is_measured_so_and_it_is_told() {
    let server = Server::start(|received| {
        if received.message.edns.is_some() {
            vec![received.rcode(ResponseCode::FormErr)]
        } else {
            vec![received.at("192.0.2.1")]
        }
    })
    .await;
    let run = Plan::default().start_at(std::slice::from_ref(&server));
    wait_until("answers without EDNS", || {
        run.read().outcomes().named >= 5 && !run.events(EventKind::Note).is_empty()
    })
    .await;
    let reading = run.stop().await;
    let servers = vec![0.into()];
    assert!(
        reading.notes.contains(&Notice::WithoutEdns { servers }),
        "{:?}",
        reading.notes
    );
    assert_eq!(reading.outcomes().faults.iter().sum::<u64>(), 0);
    let with_edns = server
        .seen()
        .iter()
        .filter(|one| one.message.edns.is_some())
        .count();
    assert!(with_edns < server.count() / 2, "{with_edns}");
}

#[tokio::test]
async fn after_three_failures_in_a_row_the_second_address_is_asked() {
    let (closed, _kept) = scripted_dns::nobody().await;
    let second = Server::start(|received| vec![received.at("192.0.2.3")]).await;
    let name = RecordName::from_user("ns-1.example.test").expect("a name");
    let list = ServerList::known(vec![(
        "ns-1.example.test".to_owned(),
        Some(name),
        vec![closed, second.address],
    )]);
    let run = Plan::default().start(list);
    wait_until("the other address takes over and answers", || {
        run.read().outcomes().named >= 5
    })
    .await;
    assert_eq!(
        run.events(EventKind::AddressChanged),
        [format!(
            "ns-1.example.test is now asked at {}: {closed} fails again and again",
            second.address
        )]
    );
    run.check_schedule().await;
    let reading = run.stop().await;
    let outcomes = reading.outcomes();
    // Three refusals, and what was sent before the third of them came back.
    let refused = outcomes.faults[Fault::Network.index()];
    assert!((3..=6).contains(&refused), "{outcomes:?}");
    assert_eq!(reading.servers[0].address, Some(second.address));
}

#[tokio::test]
async fn a_server_that_is_dead_at_all_its_addresses_makes_no_noise() {
    let (one, _one_kept) = scripted_dns::nobody().await;
    let (two, _two_kept) = scripted_dns::nobody().await;
    let list = ServerList::known(vec![("ns-1.example.test".to_owned(), None, vec![one, two])]);
    let run = Plan::default().start(list);
    // Each address has had its three failures several times.
    wait_until("many failures", || {
        run.read().outcomes().faults[Fault::Network.index()] >= 20
    })
    .await;
    let told = run.events(EventKind::AddressChanged);
    assert_eq!(told.len(), 1, "{told:?}");
    run.stop().await;
}
