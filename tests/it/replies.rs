//! What replies show besides an answer: where the addresses behind a CNAME stand, how long a negative answer is kept, who
//! is delegated what, and everything that an inspection tells.

use std::net::IpAddr;
use std::time::Duration;

use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::SOA;
use hickory_resolver::proto::rr::{RData, Record};
use r53mon::model::answer::{Answer, Fault, Hint, NoReply, Outcome, Rcode, ServerMode};
use r53mon::model::name::RecordName;
use r53mon::model::record::RecordType;
use r53mon::sources::exchange::{
    Exchanged, Inspection, Question, QuestionType, Sockets, Transport, ask, inspect,
};
use tokio::time::sleep;

use crate::scripted_dns::{self, Received, Server, Step, a, cname, name, ns, record, send};

const PATIENT: Duration = Duration::from_secs(10);
const SHORT: Duration = Duration::from_millis(200);
const NAME: &str = "app.example.test.";
const ZONE: &str = "example.test";

fn record_name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

fn question() -> Question {
    Question::new(&record_name(NAME), RecordType::A)
        .expect("a question")
        .in_zone(record_name(ZONE))
}

fn addresses(texts: &[&str]) -> Vec<IpAddr> {
    texts
        .iter()
        .map(|text| text.parse().expect("an address"))
        .collect()
}

/// Asks for NAME; the reply is an empty one with AA that is changed like this.
async fn reply(
    mode: ServerMode,
    change: impl Fn(&mut Message) + Send + Sync + 'static,
) -> Exchanged {
    let server = Server::start(move |received| vec![changed(received, &change)]).await;
    ask(
        &Sockets::default(),
        &question(),
        server.address,
        mode,
        sleep(PATIENT),
    )
    .await
}

fn changed(received: &Received, change: &impl Fn(&mut Message)) -> Step {
    let mut reply = received.reply();
    change(&mut reply);
    send(&reply)
}

fn answer_of(exchanged: Exchanged) -> Answer {
    match exchanged.outcome {
        Outcome::Answered(answer) => answer,
        other => panic!("{other:?}"),
    }
}

/// The SOA of a zone with this TTL and this minimum.
fn soa(zone: &str, ttl: u32, minimum: u32) -> Record {
    let data = SOA::new(
        name("ns1.test."),
        name("admin.test."),
        7,
        7200,
        900,
        1_209_600,
        minimum,
    );
    record(zone, ttl, RData::SOA(data))
}

fn negative(fault: Fault, keep: Option<u64>) -> Hint {
    Hint::Negative {
        fault,
        keep: keep.map(Duration::from_secs),
    }
}

fn referral(asked: &str, child: &str) -> Hint {
    Hint::Referral {
        asked: record_name(asked),
        child: record_name(child),
    }
}

#[tokio::test]
async fn the_addresses_behind_a_cname_may_stand_in_either_section_or_nowhere() {
    let blue = "blue.example.test.";
    let answer = answer_of(
        reply(ServerMode::Direct, move |reply| {
            reply.add_answer(record(
                "APP.Example.TEST.",
                300,
                cname(NAME, "Blue.example.test.").data,
            ));
            reply.add_additional(a("ns1.test.", "192.0.2.53"));
            reply.add_additional(record("BLUE.EXAMPLE.TEST.", 20, a(blue, "192.0.2.1").data));
            reply.add_additional(a(NAME, "192.0.2.66"));
        })
        .await,
    );
    assert_eq!(answer.canonical_name, Some(record_name(blue)));
    assert_eq!(answer.addresses, addresses(&["192.0.2.1"]));
    assert_eq!(answer.ttl, Some(Duration::from_secs(20)));
    // A cache keeps the pick as long as the CNAME, whatever becomes of what is behind it.
    assert_eq!(answer.own_ttl, Some(Duration::from_mins(5)));

    // The answer section is the better source.
    let answer = answer_of(
        reply(ServerMode::Direct, move |reply| {
            reply.add_answer(cname(NAME, blue));
            reply.add_answer(a(blue, "192.0.2.1"));
            reply.add_additional(a(blue, "192.0.2.66"));
        })
        .await,
    );
    assert_eq!(answer.addresses, addresses(&["192.0.2.1"]));

    // A chain out of the zone brings nothing along.
    let answer = answer_of(
        reply(ServerMode::Direct, |reply| {
            reply.add_answer(cname(NAME, "lb.elsewhere.test."));
            reply.add_additional(a("other.elsewhere.test.", "192.0.2.66"));
        })
        .await,
    );
    assert!(answer.addresses.is_empty() && answer.canonical_name.is_some());

    // An address of the queried name itself has no business in the additional section.
    let exchanged = reply(ServerMode::Direct, |reply| {
        reply.add_additional(a(NAME, "192.0.2.66"));
    })
    .await;
    assert_eq!(exchanged.outcome, Outcome::Failed(Fault::Nodata));

    // A loop over both sections ends.
    let answer = answer_of(
        reply(ServerMode::Direct, |reply| {
            reply.add_answer(cname(NAME, "a.test."));
            reply.add_additional(cname("a.test.", "b.test."));
            reply.add_additional(cname("b.test.", "a.test."));
        })
        .await,
    );
    assert!(answer.addresses.is_empty());
}

#[tokio::test]
async fn a_target_with_odd_bytes_is_the_same_name_as_in_the_zone() {
    let target =
        hickory_resolver::proto::rr::Name::from_labels([&b"B*/x.y"[..], b"example", b"test"])
            .expect("a name");
    let answer = answer_of(
        reply(ServerMode::Direct, move |reply| {
            let data = hickory_resolver::proto::rr::rdata::CNAME(target.clone());
            reply.add_answer(record(NAME, 60, RData::CNAME(data)));
        })
        .await,
    );
    // As the API writes it: octal escapes.
    let from_api = RecordName::from_api("b\\052\\057x\\056y.example.test.").expect("a name");
    assert_eq!(answer.canonical_name, Some(from_api));
}

#[tokio::test]
async fn a_negative_answer_says_how_long_it_is_kept() {
    for (code, fault) in [
        (ResponseCode::NXDomain, Fault::Nxdomain),
        (ResponseCode::NoError, Fault::Nodata),
    ] {
        for (ttl, minimum, keep) in [(900, 86_400, 900), (3600, 60, 60)] {
            for mode in [ServerMode::Direct, ServerMode::ThroughResolver] {
                let exchanged = reply(mode, move |reply| {
                    reply.metadata.response_code = code;
                    reply.add_authority(soa("example.test.", ttl, minimum));
                })
                .await;
                assert_eq!(exchanged.outcome, Outcome::Failed(fault));
                assert_eq!(exchanged.hint, Some(negative(fault, Some(keep))));
            }
        }
        let bare = reply(ServerMode::Direct, move |reply| {
            reply.metadata.response_code = code;
        })
        .await;
        assert_eq!(bare.hint, Some(negative(fault, None)));
    }
    // Neither answers nor refusals tell anything besides.
    let fine = reply(ServerMode::Direct, |reply| {
        reply.add_answer(a(NAME, "192.0.2.1"));
    })
    .await;
    assert_eq!(fine.hint, None);
    let refused = reply(ServerMode::Direct, |reply| {
        reply.metadata.response_code = ResponseCode::Refused;
    })
    .await;
    assert_eq!(refused.hint, None);
}

/// NS records of an owner and no AA.
fn refer(owner: &'static str) -> impl Fn(&mut Message) + Send + Sync + 'static {
    move |reply| {
        reply.metadata.authoritative = false;
        reply.add_authority(ns(owner, "ns1.child.test."));
        reply.add_authority(ns(owner, "ns2.child.test."));
    }
}

#[tokio::test]
async fn a_referral_names_the_child_zone() {
    for (owner, hint) in [
        (
            "app.example.test.",
            Some(referral(NAME, "app.example.test")),
        ),
        (
            "APP.EXAMPLE.TEST.",
            Some(referral(NAME, "app.example.test")),
        ),
        // The zone itself, something above it, the root, a sister: no delegation that concerns the name.
        ("example.test.", None),
        ("test.", None),
        (".", None),
        ("other.example.test.", None),
    ] {
        let exchanged = reply(ServerMode::Direct, refer(owner)).await;
        assert_eq!(exchanged.outcome, Outcome::Failed(Fault::NotAuthoritative));
        assert_eq!(exchanged.hint, hint, "{owner}");
    }
    // With AA the NS records are those of the zone that has no such record.
    let nodata = reply(ServerMode::Direct, |reply| {
        reply.add_authority(ns("app.example.test.", "ns1.test."));
    })
    .await;
    assert_eq!(nodata.outcome, Outcome::Failed(Fault::Nodata));
    // A resolver that refers instead of asking has not answered.
    let exchanged = reply(ServerMode::ThroughResolver, refer("app.example.test.")).await;
    assert_eq!(exchanged.outcome, Outcome::Failed(Fault::NotAuthoritative));
}

#[tokio::test]
async fn whoever_offers_recursion_is_no_authority() {
    let cached = |reply: &mut Message| {
        reply.metadata.authoritative = false;
        reply.metadata.recursion_available = true;
        reply.add_answer(a(NAME, "192.0.2.1"));
    };
    let exchanged = reply(ServerMode::Direct, cached).await;
    assert_eq!(exchanged.outcome, Outcome::Failed(Fault::NotAuthoritative));
    assert_eq!(exchanged.hint, Some(Hint::Recursive));
    // What it knows of the way to the answer is no referral.
    let exchanged = reply(ServerMode::Direct, |reply| {
        refer("app.example.test.")(reply);
        reply.metadata.recursion_available = true;
    })
    .await;
    assert_eq!(exchanged.hint, Some(Hint::Recursive));
    // Asked as a resolver, it may answer so.
    let exchanged = reply(ServerMode::ThroughResolver, cached).await;
    assert_eq!(answer_of(exchanged).addresses, addresses(&["192.0.2.1"]));
}

#[tokio::test]
async fn a_wildcard_answers_in_the_name_that_was_asked_for() {
    let server = Server::start(|received| vec![received.at("192.0.2.1")]).await;
    let question = Question::new(&record_name("foo.example.test"), RecordType::A)
        .expect("a question")
        .in_zone(record_name(ZONE));
    let exchanged = ask(
        &Sockets::default(),
        &question,
        server.address,
        ServerMode::Direct,
        sleep(PATIENT),
    )
    .await;
    assert_eq!(answer_of(exchanged).addresses, addresses(&["192.0.2.1"]));
    assert_eq!(server.seen()[0].name(), "foo.example.test.");
    // The record's own name in the answer is not the one that was asked for.
    let server =
        Server::start(|received| vec![received.answer([a("*.example.test.", "192.0.2.66")])]).await;
    let exchanged = ask(
        &Sockets::default(),
        &question,
        server.address,
        ServerMode::Direct,
        sleep(PATIENT),
    )
    .await;
    assert_eq!(exchanged.outcome, Outcome::Failed(Fault::Nodata));
}

// Inspections.

/// Inspects a server that answers with AA, changed like this.
async fn inspected(
    question_type: QuestionType,
    transport: Transport,
    change: impl Fn(&mut Message) + Send + Sync + 'static,
) -> (Inspection, Received) {
    let server = Server::start(move |received| vec![changed(received, &change)]).await;
    let question = Question::of(&record_name(ZONE), question_type).expect("a question");
    let inspection = inspect(&question, server.address, transport, false, PATIENT).await;
    let seen = server.seen();
    // Who does not understand the question is asked once more, without EDNS.
    let mut further = seen[1..].iter();
    assert!(seen.len() <= 2 && further.all(|one| one.message.edns.is_none()));
    (inspection.expect("a reply"), seen[0].clone())
}

#[tokio::test]
async fn an_inspection_tells_name_servers_of_answer_and_authority_apart() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (shown, received) = inspected(QuestionType::Ns, transport, |reply| {
            reply.add_answer(ns("EXAMPLE.test.", "NS1.zone.test."));
            reply.add_answer(ns("example.test.", "ns2.zone.test."));
            reply.add_answer(ns("other.test.", "ns9.zone.test."));
            reply.add_authority(ns("test.", "ns1.parent.test."));
        })
        .await;
        assert_eq!(received.tcp, transport == Transport::Tcp);
        assert!(!received.message.metadata.recursion_desired);
        assert_eq!(
            shown.name_servers,
            [record_name("ns1.zone.test"), record_name("ns2.zone.test")]
        );
        assert_eq!(
            shown.authority,
            Some((record_name("test"), vec![record_name("ns1.parent.test")]))
        );
        assert!(shown.authoritative && !shown.recursion_available);
        assert_eq!((shown.rcode, shown.hint), (Rcode::NoError, None));
        assert!(shown.took > Duration::ZERO);
    }
}

#[tokio::test]
async fn an_inspection_tells_how_long_nothing_is_kept() {
    let (shown, _) = inspected(QuestionType::Aaaa, Transport::Udp, |reply| {
        reply.metadata.response_code = ResponseCode::NXDomain;
        reply.add_authority(soa("example.test.", 900, 300));
    })
    .await;
    assert_eq!(shown.rcode, Rcode::NxDomain);
    assert_eq!(shown.hint, Some(negative(Fault::Nxdomain, Some(300))));
}

#[tokio::test]
async fn an_inspection_shows_resolvers_and_rcodes() {
    let (shown, _) = inspected(QuestionType::A, Transport::Udp, |reply| {
        reply.metadata.authoritative = false;
        reply.metadata.recursion_available = true;
        reply.add_answer(a("example.test.", "192.0.2.1"));
    })
    .await;
    assert!(!shown.authoritative && shown.recursion_available);
    assert_eq!(shown.hint, Some(Hint::Recursive));
    for (code, rcode, text) in [
        (ResponseCode::Refused, Rcode::Refused, "REFUSED"),
        (ResponseCode::ServFail, Rcode::ServFail, "SERVFAIL"),
        (ResponseCode::NotImp, Rcode::Other(4), "NOTIMP"),
    ] {
        let (shown, _) = inspected(QuestionType::A, Transport::Udp, move |reply| {
            reply.metadata.response_code = code;
        })
        .await;
        assert_eq!(shown.rcode, rcode);
        assert_eq!(shown.rcode.to_string(), text);
        assert!(!shown.without_edns, "that helped nothing");
    }
}

#[tokio::test]
async fn an_inspection_without_a_reply_is_a_fault() {
    let question = Question::of(&record_name(ZONE), QuestionType::Ns).expect("a question");
    let (closed, _kept) = scripted_dns::nobody().await;
    for transport in [Transport::Udp, Transport::Tcp] {
        let result = inspect(&question, closed, transport, false, PATIENT).await;
        assert_eq!(result, Err(NoReply::Fault(Fault::Network)), "{transport:?}");
        let silent = Server::start(|_| vec![]).await;
        let result = inspect(&question, silent.address, transport, true, SHORT).await;
        assert_eq!(result, Err(NoReply::Fault(Fault::Timeout)), "{transport:?}");
        assert!(silent.seen()[0].message.metadata.recursion_desired);
        let garbage = Server::start(|received| vec![received.garbage()]).await;
        let result = inspect(&question, garbage.address, transport, false, SHORT).await;
        assert_eq!(
            result,
            Err(NoReply::Fault(Fault::Malformed)),
            "{transport:?}"
        );
    }
}
