//! The name servers over UDP and TCP.

use std::io::ErrorKind;
use std::time::Duration;

use hickory_server::proto::op::{Edns, Message, OpCode, Query, ResponseCode};
use hickory_server::proto::rr::{Name, Record, RecordType};

use super::client::{ask_tcp, ask_udp, exchange_udp, question, udp};
use super::{ONLY_BLUE, run, story};

fn with_edns(mut message: Message, payload: u16) -> Message {
    let mut edns = Edns::new();
    edns.set_max_payload(payload);
    message.set_edns(edns);
    message
}

#[test]
fn an_answer_looks_like_an_authoritative_servers() {
    let running = run(story(ONLY_BLUE), 1.0);
    let (_, server) = running.addresses().name_servers[0];
    for recursion in [false, true] {
        let mut asked = with_edns(question("aPP.Example.TEST.", "A"), 1232);
        asked.metadata.recursion_desired = recursion;
        for answer in [ask_udp(server, &asked), ask_tcp(server, &asked)] {
            let head = answer.metadata;
            assert_eq!(head.response_code, ResponseCode::NoError);
            assert!(head.authoritative && !head.recursion_available && !head.truncation);
            assert_eq!(head.recursion_desired, recursion);
            assert_eq!(answer.queries[0].name().to_ascii(), "aPP.Example.TEST.");
            assert_eq!(answer.answers.len(), 1);
            assert_eq!(answer.answers[0].name.to_ascii(), "aPP.Example.TEST.");
            assert_eq!(answer.answers[0].ttl, 60);
            assert_eq!(answer.answers[0].data.to_string(), "127.0.0.1");
            let authority: Vec<_> = answer
                .authorities
                .iter()
                .map(|record| record.data.to_string())
                .collect();
            assert_eq!(authority, ["ns-1.awsdns.test.", "ns-2.awsdns.test."]);
            assert_eq!(answer.edns.as_ref().map(Edns::max_payload), Some(1232));
        }
    }
    let report = running.report();
    assert_eq!(report.servers[0].answers, [4, 0]);
    assert_eq!(report.servers[0].over_tcp, 2);
    assert_eq!(
        report.arrivals.questions, 2,
        "only UDP questions show the pace"
    );
}

#[test]
fn a_question_without_edns_is_answered_without() {
    let running = run(story(ONLY_BLUE), 1.0);
    let (_, server) = running.addresses().name_servers[0];
    assert!(
        ask_udp(server, &question("app.example.test.", "A"))
            .edns
            .is_none()
    );
    let large = ask_udp(
        server,
        &with_edns(question("app.example.test.", "A"), 65_000),
    );
    assert_eq!(large.edns.map(|edns| edns.max_payload()), Some(4096));
}

#[test]
fn long_answers_are_cut_over_udp_and_whole_over_tcp() {
    let values: Vec<_> = (1..=40)
        .map(|number| format!("\"127.0.1.{number}\""))
        .collect();
    let set = format!(
        "[[set]]\nid = \"many\"\nweight = 1\nvalues = [{}]",
        values.join(", ")
    );
    let running = run(story(&set), 1.0);
    let (_, server) = running.addresses().name_servers[0];
    let plain = question("app.example.test.", "A");
    let (cut, length) = exchange_udp(server, &plain);
    assert!(cut.metadata.truncation && length <= 512, "{length} bytes");
    let (whole, length) =
        exchange_udp(server, &with_edns(question("app.example.test.", "A"), 1232));
    assert!(!whole.metadata.truncation && length > 512, "{length} bytes");
    for answer in [whole, ask_tcp(server, &plain)] {
        assert!(!answer.metadata.truncation);
        assert_eq!(answer.answers.len(), 40);
    }
}

#[test]
fn what_the_zone_does_not_hold_is_said_as_route_53_says_it() {
    let running = run(story(ONLY_BLUE), 1.0);
    let (_, server) = running.addresses().name_servers[1];
    for (name, record_type, code, authoritative, authority) in [
        (
            "app.example.test.",
            "AAAA",
            ResponseCode::NoError,
            true,
            Some(RecordType::SOA),
        ),
        (
            "none.example.test.",
            "A",
            ResponseCode::NXDomain,
            true,
            Some(RecordType::SOA),
        ),
        ("app.other.test.", "A", ResponseCode::Refused, false, None),
    ] {
        let answer = ask_udp(server, &question(name, record_type));
        assert_eq!(answer.metadata.response_code, code, "{name}");
        assert_eq!(answer.metadata.authoritative, authoritative);
        assert!(answer.answers.is_empty());
        assert_eq!(
            answer.authorities.first().map(Record::record_type),
            authority
        );
    }
    assert_eq!(running.report().servers[1].other_questions, 3);
    assert_eq!(running.report().arrivals.questions, 0);
}

#[test]
fn odd_messages_get_the_code_that_fits() {
    let running = run(story(ONLY_BLUE), 1.0);
    let (_, server) = running.addresses().name_servers[0];
    let mut two = question("app.example.test.", "A");
    two.add_query(Query::query(
        Name::from_ascii("b.example.test.").unwrap(),
        RecordType::A,
    ));
    let mut notify = question("app.example.test.", "A");
    notify.metadata.op_code = OpCode::Notify;
    let mut future = with_edns(question("app.example.test.", "A"), 1232);
    future.edns.as_mut().unwrap().set_version(1);
    for (message, code) in [
        (two, ResponseCode::FormErr),
        (notify, ResponseCode::NotImp),
        (future, ResponseCode::BADVERS),
    ] {
        // As numbers: BADVERS and BADSIG share one, and which name a decoder gives it is its own affair.
        let answered = ask_udp(server, &message).metadata.response_code;
        assert_eq!(u16::from(answered), u16::from(code));
    }
}

#[test]
fn faults_come_and_go_with_the_story() {
    let faults = "[[at]]\nafter = \"1ms\"\nserver = { \"ns-1.awsdns.test\" = { fault = \"servfail\" }, \
                  \"ns-2.awsdns.test\" = { fault = \"refused\" } }\n";
    let running = run(story(&format!("{ONLY_BLUE}{faults}")), 1000.0);
    for ((_, server), code) in running
        .addresses()
        .name_servers
        .iter()
        .zip([ResponseCode::ServFail, ResponseCode::Refused])
    {
        let answer = ask_udp(*server, &question("app.example.test.", "A"));
        assert_eq!(answer.metadata.response_code, code);
        assert!(answer.answers.is_empty() && !answer.metadata.authoritative);
    }
    assert_eq!(running.report().servers[1].faults, 1);
    assert_eq!(running.report().servers[1].answers, [0, 0]);
}

#[test]
fn a_silent_server_takes_the_question_and_says_nothing() {
    let silence =
        "[[at]]\nafter = \"1ms\"\nserver = { \"ns-1.awsdns.test\" = { fault = \"silent\" } }\n";
    let running = run(story(&format!("{ONLY_BLUE}{silence}")), 1000.0);
    let (_, server) = running.addresses().name_servers[0];
    let socket = udp(server);
    socket
        .send(&question("app.example.test.", "A").to_vec().unwrap())
        .unwrap();
    // The counter says when the server has read the question: from then on silence is a decision.
    while running.report().servers[0].faults == 0 {
        assert!(
            running.position() < Duration::from_hours(3),
            "the question never arrived"
        );
        std::thread::yield_now();
    }
    socket
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    let error = socket.recv(&mut [0; 512]).unwrap_err();
    assert!(
        matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
        "{error}"
    );
}

#[test]
fn the_witness_counts_what_the_client_saw() {
    let running = run(super::Story::find("cutover").unwrap().clone(), 0.1);
    let (_, server) = running.addresses().name_servers[2];
    let mut seen = [0_u64; 2];
    for _ in 0..300 {
        let answer = ask_udp(server, &question("app.example.test.", "A"));
        let is_green = answer.answers[0].data.to_string() == "127.0.0.12";
        seen[usize::from(is_green)] += 1;
    }
    let report = running.report();
    assert_eq!(report.servers[2].answers, seen);
    assert!((10..=55).contains(&seen[1]), "{seen:?} of 90 to 10");
    assert_eq!(report.arrivals.questions, 300);
    assert!(report.arrivals.p50 > Duration::ZERO && report.arrivals.p50 <= report.arrivals.max);
}

#[test]
fn a_cname_group_answers_with_target_and_address() {
    let text = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                type = \"CNAME\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n\
                [[set]]\nid = \"a\"\nweight = 1\nvalues = [\"blue.example.test\"]\naddresses = [\"127.0.0.1\"]\n";
    let running = run(super::Story::parse(text, "test.toml").unwrap(), 1.0);
    assert_eq!(running.addresses().record_type, "CNAME");
    let answer = ask_udp(
        running.addresses().name_servers[0].1,
        &question("app.example.test.", "A"),
    );
    let records: Vec<_> = answer
        .answers
        .iter()
        .map(|record| (record.record_type(), record.data.to_string()))
        .collect();
    assert_eq!(
        records,
        [
            (RecordType::CNAME, "blue.example.test.".to_owned()),
            (RecordType::A, "127.0.0.1".to_owned())
        ]
    );
}
