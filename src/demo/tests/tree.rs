//! Aliases to other groups: what the servers answer and what the API lists.

use super::api::{ZONE, texts};
use super::client::{ask_udp, get, question};
use super::{Running, Story, run, story};

fn nested() -> Running {
    run(Story::find("nested").unwrap().clone(), 0.1)
}

#[test]
fn leaves_answer_under_the_records_name_with_the_product_of_their_shares() {
    let running = nested();
    let (_, server) = running.addresses().name_servers[0];
    let mut seen = [0_u64; 5];
    for _ in 0..2000 {
        let answer = ask_udp(server, &question("app.example.test.", "A"));
        assert_eq!(answer.answers.len(), 1);
        assert_eq!(answer.answers[0].name.to_ascii(), "app.example.test.");
        let address = answer.answers[0].data.to_string();
        let last: usize = address.rsplit('.').next().unwrap().parse().unwrap();
        seen[last - 11] += 1;
    }
    // a, b, green, frankfurt, ohio: 37.5, 37.5, 15, 8 and 2 %. The seed is fixed, the bounds are five standard deviations.
    for (count, expected, slack) in [
        (seen[0], 750, 110),
        (seen[1], 750, 110),
        (seen[2], 300, 80),
        (seen[3], 160, 61),
        (seen[4], 40, 32),
    ] {
        assert!(u64::abs_diff(count, expected) <= slack, "{seen:?}");
    }
    let report = running.report();
    // The three aliases come first, and are no leaves.
    assert_eq!(report.servers[0].answers[..3], [0, 0, 0]);
    assert_eq!(report.servers[0].answers[3..], seen);
    let text = report.to_string();
    assert!(
        text.contains("set blue: weight 75, leads to other sets"),
        "{text}"
    );
    assert!(
        text.contains("set blue.app.example.test a: weight 1,"),
        "{text}"
    );
    assert!(
        text.contains("set green.app.example.test: 0 web requests"),
        "{text}"
    );
}

#[test]
fn a_branch_can_be_asked_for_by_its_own_name_without_counting_for_the_record() {
    let running = nested();
    let (_, server) = running.addresses().name_servers[0];
    let answer = ask_udp(server, &question("green.app.example.test.", "A"));
    assert_eq!(answer.answers[0].data.to_string(), "127.0.0.13");
    let report = running.report();
    assert_eq!(report.servers[0].other_questions, 1);
    assert_eq!(report.servers[0].answers.iter().sum::<u64>(), 0);
    assert_eq!(report.arrivals.questions, 0);
}

#[test]
fn the_listing_shows_aliases_policies_and_the_lower_groups() {
    let running = nested();
    let list = get(
        &running.addresses().api_url,
        &format!("{ZONE}/rrset?maxitems=300"),
        true,
    )
    .body;
    let sets: Vec<_> = texts(&list, "ResourceRecordSet")
        .into_iter()
        .map(|set| {
            let text = |element| texts(set, element).join("");
            format!(
                "{} {}{}{}{}",
                text("Name"),
                text("SetIdentifier"),
                text("Weight"),
                text("Region"),
                text("DNSName")
            )
        })
        .collect();
    assert_eq!(
        sets,
        [
            "example.test. ",
            "example.test. ",
            "app.example.test. blue75blue.app.example.test.",
            "app.example.test. green15green.app.example.test.",
            "app.example.test. nearby10nearby.app.example.test.",
            "blue.app.example.test. a1",
            "blue.app.example.test. b1",
            "green.app.example.test. ",
            "nearby.app.example.test. frankfurteu-central-1",
            "nearby.app.example.test. ohious-east-2",
        ]
    );
    assert!(list.contains(
        "<SetIdentifier>blue</SetIdentifier><Weight>75</Weight><AliasTarget>\
         <HostedZoneId>Z0DEMO53EXAMPLE</HostedZoneId><DNSName>blue.app.example.test.</DNSName>\
         <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget></ResourceRecordSet>"
    ));
    assert_eq!(
        texts(&list, "EvaluateTargetHealth"),
        ["true", "false", "false"]
    );
    // An alias has no time to live: two for the apex, five for the leaves.
    assert_eq!(texts(&list, "TTL").len(), 7);
}

#[test]
fn pages_walk_through_aliases_too() {
    let running = nested();
    let path = format!("{ZONE}/rrset?name=app.example.test.&type=A&identifier=nearby&maxitems=2");
    let page = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(texts(&page, "SetIdentifier"), ["nearby", "a"]);
    assert_eq!(texts(&page, "NextRecordName"), ["blue.app.example.test."]);
    assert_eq!(texts(&page, "NextRecordIdentifier"), ["b"]);
}

#[test]
fn a_lower_weight_changes_with_the_story() {
    let running = run(
        story(
            "[[set]]\nid = \"only\"\nweight = 1\nalias = \"low.example.test\"\n\
             [[group]]\nname = \"low.example.test\"\nttl = 7\n\
             [[group.set]]\nid = \"a\"\nweight = 1\nvalues = [\"127.0.0.1\"]\n\
             [[group.set]]\nid = \"b\"\nweight = 0\nvalues = [\"127.0.0.12\"]\n\
             [[at]]\nafter = \"10s\"\nweights = { \"low.example.test a\" = 0, \"low.example.test b\" = 1 }",
        ),
        200.0,
    );
    let (_, server) = running.addresses().name_servers[0];
    let mut values = Vec::new();
    super::first_position(&running, || {
        let answer = ask_udp(server, &question("app.example.test.", "A"));
        // An alias answers with the time to live of what it leads to.
        assert_eq!(answer.answers[0].ttl, 7);
        values.push(answer.answers[0].data.to_string());
        values.last().is_some_and(|value| value == "127.0.0.12")
    });
    assert!(running.position() >= std::time::Duration::from_secs(10));
    let path = format!("{ZONE}/rrset?name=low.example.test");
    let list = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(texts(&list, "Weight"), ["0", "1"]);
    assert_eq!(running.report().servers[0].switches[0].weights, [1, 0, 1]);
}

#[test]
fn places_are_listed_as_the_api_writes_them() {
    let running = run(
        story(
            "[[set]]\nid = \"only\"\nweight = 1\nalias = \"geo.example.test\"\n\
             [[group]]\nname = \"geo.example.test\"\npolicy = \"geolocation\"\n\
             [[group.set]]\nid = \"eu\"\nlocation = \"continent EU\"\nchosen = 1\nvalues = [\"127.0.0.1\"]\n\
             [[group.set]]\nid = \"de\"\nlocation = \"DE\"\nchosen = 0\nvalues = [\"127.0.0.1\"]\n\
             [[group.set]]\nid = \"rest\"\nlocation = \"*\"\nchosen = 0\nvalues = [\"127.0.0.1\"]\n",
        ),
        1.0,
    );
    let path = format!("{ZONE}/rrset?name=geo.example.test");
    let list = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(
        texts(&list, "GeoLocation"),
        [
            "<CountryCode>DE</CountryCode>",
            "<ContinentCode>EU</ContinentCode>",
            "<CountryCode>*</CountryCode>"
        ]
    );
    assert!(texts(&list, "Weight").is_empty());
}
