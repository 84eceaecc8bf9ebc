//! Wildcards, delegated children, CNAME targets and negative answers, over the wire.

use hickory_server::proto::op::{Message, ResponseCode};
use hickory_server::proto::rr::{Record, RecordType};

use super::api::{ZONE, texts};
use super::client::{ask_udp, get, question};
use super::{Running, Story, run};

fn play(top: &str, rest: &str) -> Running {
    let text = format!(
        "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nttl = 30\n{top}\n[[server]]\n\
         name = \"ns-1.awsdns.test\"\nlag = \"0s\"\n{rest}"
    );
    run(Story::parse(&text, "test.toml").unwrap(), 1.0)
}

fn ask(running: &Running, name: &str, record_type: &str) -> Message {
    let (_, server) = running.addresses().name_servers[0];
    ask_udp(server, &question(name, record_type))
}

fn lines(records: &[Record]) -> Vec<String> {
    records
        .iter()
        .map(|record| format!("{} {}", record.name.to_ascii(), record.data))
        .collect()
}

const BLUE: &str = "[[set]]\nid = \"blue\"\nweight = 1\nvalues = [\"127.0.0.1\"]\n";

fn wildcard() -> Running {
    play(
        "record = \"*.example.test\"\nasked = \"shop.example.test\"\ntype = \"A\"",
        &format!(
            "{BLUE}[[extra]]\nname = \"mail.example.test\"\ntype = \"TXT\"\nvalues = [\"hello\"]\n\
             [[extra]]\nname = \"host.deep.example.test\"\ntype = \"A\"\nvalues = [\"127.0.0.9\"]\n"
        ),
    )
}

#[test]
fn a_wildcard_answers_under_the_name_that_was_asked() {
    let running = wildcard();
    assert_eq!(running.addresses().record_name, "shop.example.test");
    assert!(
        running
            .addresses()
            .endpoint
            .starts_with("http://shop.example.test")
    );
    for name in ["shop.example.test.", "a.b.example.test.", "*.example.test."] {
        let answer = ask(&running, name, "A");
        assert_eq!(lines(&answer.answers), [format!("{name} 127.0.0.1")]);
    }
    assert_eq!(running.report().servers[0].answers, [3]);
    assert_eq!(running.report().arrivals.questions, 3);
}

#[test]
fn a_name_that_exists_hides_the_wildcard_whatever_its_type() {
    let running = wildcard();
    for (name, code) in [
        ("mail.example.test.", ResponseCode::NoError),
        // Exists only because something lies below it.
        ("deep.example.test.", ResponseCode::NoError),
        // Its closest encloser is deep.example.test, which has no wildcard.
        ("other.deep.example.test.", ResponseCode::NXDomain),
        ("below.mail.example.test.", ResponseCode::NXDomain),
    ] {
        let answer = ask(&running, name, "A");
        assert_eq!(answer.metadata.response_code, code, "{name}");
        assert!(answer.answers.is_empty());
        assert_eq!(answer.authorities[0].record_type(), RecordType::SOA);
    }
    // The wildcard has no AAAA records.
    let other_type = ask(&running, "shop.example.test.", "AAAA");
    assert_eq!(other_type.metadata.response_code, ResponseCode::NoError);
    assert_eq!(running.report().servers[0].answers, [0]);
}

#[test]
fn the_api_writes_the_wildcard_in_octal_and_finds_it() {
    let running = wildcard();
    let list = |query: &str| {
        let path = format!("{ZONE}/rrset{query}");
        get(&running.addresses().api_url, &path, true).body
    };
    assert_eq!(
        texts(&list(""), "Name"),
        [
            "example.test.",
            "example.test.",
            "\\052.example.test.",
            "host.deep.example.test.",
            "mail.example.test."
        ]
    );
    let start = list("?name=%5C052.example.test.&type=A&maxitems=1");
    assert_eq!(texts(&start, "SetIdentifier"), ["blue"]);
    assert_eq!(
        texts(&list("?name=mail.example.test"), "Value"),
        ["&quot;hello&quot;"]
    );
}

#[test]
fn a_delegated_child_zone_gets_a_referral() {
    let running = play(
        "record = \"app.example.test\"\ntype = \"A\"",
        &format!(
            "{BLUE}[[extra]]\nname = \"child.example.test\"\ntype = \"NS\"\nttl = 77\n\
             values = [\"ns-1.other.test\", \"ns-2.other.test\"]\n\
             [[extra]]\nname = \"www.child.example.test\"\ntype = \"A\"\nvalues = [\"127.0.0.9\"]\n"
        ),
    );
    for name in [
        "child.example.test.",
        "www.child.example.test.",
        "a.b.child.example.test.",
    ] {
        let answer = ask(&running, name, "A");
        assert_eq!(answer.metadata.response_code, ResponseCode::NoError);
        assert!(!answer.metadata.authoritative && answer.answers.is_empty());
        assert_eq!(
            lines(&answer.authorities),
            [
                "child.example.test. ns-1.other.test.",
                "child.example.test. ns-2.other.test."
            ]
        );
        assert_eq!(answer.authorities[0].ttl, 77);
    }
    assert!(
        ask(&running, "app.example.test.", "A")
            .metadata
            .authoritative
    );
}

#[test]
fn nothing_may_be_remembered_for_the_smaller_of_the_two_figures() {
    for (soa, ttl) in [
        ("", 900),
        ("soa = { ttl = 900, minimum = 60 }", 60),
        ("soa = { ttl = 30, minimum = 60 }", 30),
    ] {
        let running = play(
            &format!("record = \"app.example.test\"\ntype = \"A\"\n{soa}"),
            BLUE,
        );
        for (name, record_type) in [("none.example.test.", "A"), ("app.example.test.", "TXT")] {
            let answer = ask(&running, name, record_type);
            assert!(answer.metadata.authoritative);
            assert_eq!(answer.authorities[0].record_type(), RecordType::SOA);
            assert_eq!(answer.authorities[0].ttl, ttl, "{soa}");
        }
    }
}

#[test]
fn the_apex_answers_for_its_own_records() {
    let running = play(
        "record = \"example.test\"\ntype = \"A\"\nsoa = { ttl = 300, minimum = 60 }",
        BLUE,
    );
    let servers = ask(&running, "example.test.", "NS");
    assert_eq!(lines(&servers.answers), ["example.test. ns-1.awsdns.test."]);
    let soa = ask(&running, "example.test.", "SOA");
    assert_eq!(
        lines(&soa.answers),
        ["example.test. ns-1.awsdns.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 60"]
    );
    assert_eq!(soa.answers[0].ttl, 300);
    let address = ask(&running, "example.test.", "A");
    assert_eq!(lines(&address.answers), ["example.test. 127.0.0.1"]);
}

#[test]
fn the_story_says_where_a_cnames_addresses_go() {
    let set = "[[set]]\nid = \"a\"\nweight = 1\nvalues = [\"blue.example.test\"]\naddresses = [\"127.0.0.1\"]\n";
    let cname = "app.example.test. blue.example.test.";
    let address = "blue.example.test. 127.0.0.1";
    for (place, answers, additionals) in [
        ("", vec![cname, address], vec![]),
        ("answer", vec![cname, address], vec![]),
        ("additional", vec![cname], vec![address]),
        ("absent", vec![cname], vec![]),
    ] {
        let key = match place {
            "" => String::new(),
            place => format!("cname_targets = \"{place}\""),
        };
        let running = play(
            &format!("record = \"app.example.test\"\ntype = \"CNAME\"\n{key}"),
            set,
        );
        let answer = ask(&running, "app.example.test.", "A");
        assert_eq!(lines(&answer.answers), answers, "{place}");
        assert_eq!(lines(&answer.additionals), additionals, "{place}");
        let target = ask(&running, "blue.example.test.", "A");
        assert_eq!(lines(&target.answers), [address]);
        // Whoever asks the resolver gets both, wherever the servers put them.
        let resolver = running.addresses().resolver;
        let whole = ask_udp(resolver, &question("app.example.test.", "A"));
        assert_eq!(lines(&whole.answers), [cname, address], "{place}");
    }
}

#[test]
fn both_families_can_have_groups_of_their_own_at_one_name() {
    let running = play(
        "record = \"app.example.test\"\ntype = \"A\"",
        &format!(
            "{BLUE}[[group]]\nname = \"app.example.test\"\ntype = \"AAAA\"\n\
             [[group.set]]\nid = \"blue\"\nweight = 3\nvalues = [\"::1\"]\n"
        ),
    );
    let six = ask(&running, "app.example.test.", "AAAA");
    assert_eq!(lines(&six.answers), ["app.example.test. ::1"]);
    let report = running.report();
    assert_eq!(
        report.servers[0].answers,
        [0, 0],
        "the record is the A group"
    );
    assert_eq!(report.sets[1].id, "app.example.test AAAA blue");
    let path = format!("{ZONE}/rrset?name=app.example.test");
    let list = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(texts(&list, "Type"), ["A", "AAAA"]);
    assert_eq!(texts(&list, "Weight"), ["1", "3"]);
}

#[test]
fn a_story_can_do_without_web_servers() {
    let running = play(
        "record = \"app.example.test\"\ntype = \"A\"\nhttp = false",
        BLUE,
    );
    assert_eq!(
        running.addresses().web,
        Err("this story has no web servers".to_owned())
    );
    assert_eq!(running.addresses().endpoint, "http://app.example.test/");
}
