//! The resolver, load balancers' names, and resolvers where name servers should be.

use std::time::Duration;

use hickory_server::proto::op::{Message, ResponseCode};
use hickory_server::proto::rr::RecordType;

use super::super::clock::StoryClock;
use super::api::{ZONE, texts};
use super::client::{ask_tcp, ask_udp, get, question};
use super::{ONLY_BLUE, Running, Story, run, story};

fn data(answer: &Message) -> Vec<String> {
    let records = answer.answers.iter();
    records.map(|record| record.data.to_string()).collect()
}

fn resolve(running: &Running, name: &str, record_type: &str) -> Message {
    ask_udp(running.addresses().resolver, &question(name, record_type))
}

#[test]
fn in_every_story_the_servers_names_resolve_to_where_they_listen() {
    for story in Story::built_in() {
        let running = run(story.clone(), 1.0);
        for (name, address) in &running.addresses().name_servers {
            let answer = resolve(&running, &format!("{name}."), "A");
            assert_eq!(data(&answer), [address.ip().to_string()], "{name}");
            assert!(answer.metadata.recursion_available && !answer.metadata.authoritative);
        }
        let zone = get(&running.addresses().api_url, ZONE, true).body;
        for name in texts(&zone, "NameServer") {
            assert_eq!(resolve(&running, &format!("{name}."), "A").answers.len(), 1);
        }
    }
}

#[test]
fn the_resolver_knows_the_zone_and_nothing_else() {
    let running = run(story(ONLY_BLUE), 1.0);
    assert_eq!(
        data(&resolve(&running, "app.example.test.", "A")),
        ["127.0.0.1"]
    );
    assert_eq!(
        data(&resolve(&running, "example.test.", "NS")),
        ["ns-1.awsdns.test.", "ns-2.awsdns.test."]
    );
    let other = resolve(&running, "www.other.test.", "A");
    assert_eq!(other.metadata.response_code, ResponseCode::NXDomain);
    let family = resolve(&running, "ns-1.awsdns.test.", "AAAA");
    assert_eq!(family.metadata.response_code, ResponseCode::NoError);
    assert!(family.answers.is_empty());
    let over_tcp = ask_tcp(
        running.addresses().resolver,
        &question("app.example.test.", "A"),
    );
    assert_eq!(data(&over_tcp), ["127.0.0.1"]);
    // What the resolver is asked is no measurement.
    assert_eq!(running.report().arrivals.questions, 0);
    assert_eq!(running.report().servers[0].answers, [0, 0]);
}

const TWIN: &str = "twin = { name_servers = [\"ns-7.other.test\"], private = true }\n";

/// The story with something at its top, where single keys have to stand.
fn with_top(top: &str) -> Story {
    let text = format!(
        "{top}\nname = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\ntype = \"A\"\n\
         ttl = 60\n[[server]]\nname = \"ns-1.awsdns.test\"\nlag = \"0s\"\n{ONLY_BLUE}"
    );
    Story::parse(&text, "test.toml").unwrap()
}

#[test]
fn a_zone_can_be_delegated_to_its_twin_or_not_at_all() {
    let running = run(with_top(&format!("{TWIN}delegation = \"twin\"")), 1.0);
    assert_eq!(
        data(&resolve(&running, "example.test.", "NS")),
        ["ns-7.other.test."]
    );
    assert_eq!(resolve(&running, "ns-7.other.test.", "A").answers.len(), 1);
    let answer = resolve(&running, "app.example.test.", "A");
    assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain);
    let running = run(with_top("delegation = \"missing\""), 1.0);
    let answer = resolve(&running, "example.test.", "NS");
    assert_eq!(answer.metadata.response_code, ResponseCode::NXDomain);
    // The name servers themselves do not know what their parent says.
    let (_, server) = running.addresses().name_servers[0];
    assert_eq!(
        data(&ask_udp(server, &question("example.test.", "NS"))),
        ["ns-1.awsdns.test."]
    );
}

#[test]
fn zones_are_found_by_name_the_twin_beside_the_storys_own() {
    let running = run(with_top(TWIN), 1.0);
    let url = &running.addresses().api_url;
    let by_name =
        |query: &str| get(url, &format!("/2013-04-01/hostedzonesbyname{query}"), true).body;
    let both = ["/hostedzone/Z0DEMO53EXAMPLE", "/hostedzone/Z0DEMO53TWIN"];
    for query in ["", "?dnsname=example.test", "?dnsname=a.b"] {
        let list = by_name(query);
        assert_eq!(texts(&list, "Id"), both, "{query}");
        assert_eq!(texts(&list, "PrivateZone"), ["false", "true"]);
        assert_eq!(texts(&list, "IsTruncated"), ["false"]);
    }
    assert!(texts(&by_name("?dnsname=zzz.test"), "Id").is_empty());
    let first = by_name("?dnsname=example.test.&maxitems=1");
    assert_eq!(texts(&first, "Id"), both[..1]);
    assert_eq!(texts(&first, "NextDNSName"), ["example.test."]);
    let next = texts(&first, "NextHostedZoneId").join("");
    let second = by_name(&format!(
        "?dnsname=example.test.&hostedzoneid={next}&maxitems=1"
    ));
    assert_eq!(texts(&second, "Id"), both[1..]);
    let twin = get(url, "/2013-04-01/hostedzone/Z0DEMO53TWIN", true).body;
    assert_eq!(texts(&twin, "NameServer"), ["ns-7.other.test"]);
    let sets = get(url, "/2013-04-01/hostedzone/Z0DEMO53TWIN/rrset", true).body;
    assert_eq!(texts(&sets, "Type"), ["NS", "SOA"]);
    let error = get(url, "/2013-04-01/hostedzonesbyname?hostedzoneid=Z1", true);
    assert_eq!(
        (error.status, texts(&error.body, "Code")[0]),
        (400, "InvalidInput")
    );
}

#[test]
fn faults_can_be_limited_to_operations() {
    let running = run(
        with_top(
            "api = { fault = \"access_denied\", actions = [\"ListHostedZonesByName\", \"GetHealthCheckStatus\"] }",
        ),
        1.0,
    );
    let url = &running.addresses().api_url;
    assert_eq!(get(url, ZONE, true).status, 200);
    for (path, resource) in [
        ("/2013-04-01/hostedzonesbyname", "on resource: * because"),
        (
            "/2013-04-01/healthcheck/x/status",
            "on resource: arn:aws:route53:::healthcheck/x because",
        ),
    ] {
        let denied = get(url, path, true);
        assert_eq!(denied.status, 403);
        assert!(denied.body.contains(resource), "{}", denied.body);
    }
    assert_eq!(get(url, "/2013-04-01/healthcheck/x", true).status, 404);
}

#[test]
fn an_alias_to_a_pool_answers_with_what_the_pool_publishes_under_the_records_name() {
    let running = run(
        story(
            "[[set]]\nid = \"lb\"\nweight = 1\nalias = \"lb.elb.test\"\nevaluate_target_health = true\n\
             [[pool]]\nname = \"lb.elb.test\"\nhosted_zone_id = \"ZELB\"\nfirst = \"127.53.9.1\"\ncount = 20\n\
             published = 6\nttl = 4\n",
        ),
        1.0,
    );
    let (_, server) = running.addresses().name_servers[0];
    let answer = ask_udp(server, &question("app.example.test.", "A"));
    assert!(answer.metadata.authoritative);
    assert_eq!(answer.answers.len(), 6);
    for record in &answer.answers {
        assert_eq!(record.name.to_ascii(), "app.example.test.");
        assert_eq!((record.ttl, record.record_type()), (4, RecordType::A));
    }
    let target = resolve(&running, "lb.elb.test.", "A");
    assert_eq!(data(&target), data(&answer));
    assert_eq!(target.answers[0].ttl, 4);
    assert_eq!(running.report().servers[0].answers, [1]);
    let list = get(&running.addresses().api_url, &format!("{ZONE}/rrset"), true).body;
    assert!(list.contains(
        "<AliasTarget><HostedZoneId>ZELB</HostedZoneId><DNSName>lb.elb.test.</DNSName>\
         <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>"
    ));
}

#[test]
fn in_the_story_of_the_pools_the_choice_rotates_and_the_sets_never_share_an_address() {
    // Three seconds of story time are 15 ms.
    let running = run(Story::find("alias-pool").unwrap().clone(), 200.0);
    let mut choices: Vec<Vec<String>> = Vec::new();
    super::first_position(&running, || {
        let answer = data(&resolve(
            &running,
            "blue-1234567890.eu-central-1.elb.test.",
            "A",
        ));
        assert_eq!(answer.len(), 8);
        assert!(
            answer
                .iter()
                .all(|address| address.starts_with("127.53.1."))
        );
        if !choices.contains(&answer) {
            choices.push(answer);
        }
        choices.len() >= 3
    });
    let (_, server) = running.addresses().name_servers[0];
    for _ in 0..50 {
        let answer = data(&ask_udp(server, &question("app.example.test.", "A")));
        let blue = answer
            .iter()
            .filter(|address| address.starts_with("127.53.1."));
        assert!(matches!(blue.count(), 0 | 8), "{answer:?}");
    }
    if running.addresses().web.is_ok() {
        let port = running.addresses().endpoint.rsplit(':').next().unwrap();
        for (address, body) in [("127.53.1.50", "blue\n"), ("127.53.2.1", "green\n")] {
            assert_eq!(
                get(&format!("http://{address}:{port}"), "/", false).body,
                body
            );
        }
    }
}

#[test]
fn the_resolver_follows_a_cname_out_of_the_zone() {
    let text = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                type = \"CNAME\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n\
                [[set]]\nid = \"a\"\nweight = 1\nvalues = [\"cdn.other.test\"]\n\
                [[pool]]\nname = \"cdn.other.test\"\nfirst = \"127.0.0.1\"\n";
    let running = run(Story::parse(text, "test.toml").unwrap(), 1.0);
    assert_eq!(
        data(&resolve(&running, "app.example.test.", "A")),
        ["cdn.other.test.", "127.0.0.1"]
    );
    let (_, server) = running.addresses().name_servers[0];
    assert_eq!(
        data(&ask_udp(server, &question("app.example.test.", "A"))),
        ["cdn.other.test."]
    );
}

/// Asks until lots were drawn a second time, and holds what was seen meanwhile against a cache's behaviour.
fn watch_a_cache(running: &Running, name: &str, ttl: u32) {
    let (_, server) = running.addresses().name_servers[0];
    let drawn = || {
        let report = &running.report().servers[0];
        report.answers.iter().sum::<u64>() - report.from_cache
    };
    let asked = question(name, "A");
    let life = Duration::from_secs(ttl.into());
    let before = StoryClock::now();
    let first = ask_udp(server, &asked);
    assert_eq!(first.answers[0].ttl, ttl);
    let mut left = ttl;
    while drawn() < 2 {
        let answer = ask_udp(server, &asked);
        assert!(!answer.metadata.authoritative && answer.metadata.recursion_available);
        assert!(answer.authorities.is_empty());
        // An answer that came before the first one's life was over is that one.
        if before.elapsed() < life {
            assert_eq!(data(&answer), data(&first));
            assert!(answer.answers[0].ttl <= left);
            left = answer.answers[0].ttl;
        }
        assert!(before.elapsed() < Duration::from_mins(1));
    }
    assert!(before.elapsed() >= life, "lots were drawn too early");
}

#[test]
fn a_vpc_resolver_keeps_each_answer_for_its_time_to_live() {
    let running = run(Story::find("private-zone").unwrap().clone(), 0.1);
    watch_a_cache(&running, "app.internal.example.test.", 2);
    let (_, server) = running.addresses().name_servers[0];
    let report = running.report();
    assert!(report.to_string().contains(", from its cache "));
    let missing = ask_udp(server, &question("none.internal.example.test.", "A"));
    assert_eq!(missing.metadata.response_code, ResponseCode::NXDomain);
    assert_eq!(missing.authorities[0].record_type(), RecordType::SOA);
}

#[test]
fn the_api_shows_a_private_zone_with_reserved_servers_and_its_vpc() {
    let running = run(Story::find("private-zone").unwrap().clone(), 1.0);
    let zone = get(&running.addresses().api_url, ZONE, true).body;
    assert_eq!(texts(&zone, "PrivateZone"), ["true"]);
    assert_eq!(
        texts(&zone, "NameServer"),
        [
            "ns-0.awsdns-00.com",
            "ns-512.awsdns-00.net",
            "ns-1024.awsdns-00.org",
            "ns-1536.awsdns-00.co.uk"
        ]
    );
    assert_eq!(texts(&zone, "VPCId").len(), 1);
    assert_eq!(texts(&zone, "VPCRegion"), ["eu-central-1"]);
    // The reserved names lead to where none of the story's servers is.
    let reserved = data(&resolve(&running, "ns-0.awsdns-00.com.", "A"));
    assert_ne!(reserved, ["127.0.0.1"]);
}

#[test]
fn an_interceptor_is_one_cache_behind_all_servers_addresses() {
    let running = run(Story::find("intercepted").unwrap().clone(), 0.1);
    let servers = &running.addresses().name_servers;
    let asked = question("APP.example.test.", "A");
    let answers: Vec<_> = servers
        .iter()
        .map(|(_, server)| ask_udp(*server, &asked))
        .collect();
    for answer in &answers {
        assert!(!answer.metadata.authoritative && answer.metadata.recursion_available);
        assert_eq!(answer.answers[0].name.to_ascii(), "APP.example.test.");
        // All four within the five seconds of one answer.
        assert_eq!(data(answer), data(&answers[0]));
    }
    let report = running.report();
    let from_cache: u64 = report.servers.iter().map(|server| server.from_cache).sum();
    assert_eq!(from_cache, 3);
    // It resolves whatever it is asked.
    let (_, server) = servers[3];
    let other = ask_udp(server, &question("ns-98.awsdns-12.test.", "A"));
    assert_eq!(data(&other), ["127.0.0.1"]);
    let zone = get(&running.addresses().api_url, ZONE, true).body;
    assert_eq!(texts(&zone, "PrivateZone"), ["false"]);
    assert_eq!(texts(&zone, "NameServer")[0], "ns-98.awsdns-12.test");
}

#[test]
fn a_resolver_of_clients_says_the_same_until_the_time_to_live_is_over() {
    let running = run(Story::find("cutover").expect("built in").clone(), 1.0);
    let addresses = running.addresses();
    let asked = question(&format!("{}.", addresses.record_name), "A");
    for resolver in &addresses.caching_resolvers {
        let first = data(&ask_udp(*resolver, &asked));
        assert!(!first.is_empty());
        for _ in 0..20 {
            assert_eq!(data(&ask_udp(*resolver, &asked)), first);
        }
    }
    // What they are asked is no measurement.
    assert_eq!(running.report().arrivals.questions, 0);
}
