//! Reading Route 53 from a scripted API: pages, zones, every kind of refusal, polling; and the credentials of the
//! standard AWS chain, seen from outside the program.

use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use r53mon::clock;
use r53mon::config::{Access, Route53Settings};
use r53mon::model::event::{Event, EventKind};
use r53mon::model::health::Checks;
use r53mon::model::name::RecordName;
use r53mon::model::obstacle::Obstacle;
use r53mon::model::reading::Reading;
use r53mon::model::record::{Place, RecordType, Target, WeightedGroup};
use r53mon::model::route53_error::{CredentialSource, Partition};
use r53mon::sources::route53::error::Call;
use r53mon::sources::route53::{Api, RecordReader, Route53Error, Zone, poll};
use r53mon::sources::watch::Watch;
use r53mon::views::words;
use tokio_util::sync::CancellationToken;

use crate::scripted_dns;
use crate::scripted_http::{self, Reply, Request, Response, Server};
use crate::waiting::wait_until;
use crate::watched;

pub const ZONE_ID: &str = "Z0TEST";
pub const NAME: &str = "app.example.test.";

// The scripted API.

/// One record set as the API lists it.
#[derive(Clone, Debug)]
pub struct Set {
    name: String,
    record_type: &'static str,
    identifier: Option<String>,
    rest: String,
}

impl Set {
    /// A weighted set with values.
    pub fn weighted(
        name: &str,
        record_type: &'static str,
        identifier: &str,
        weight: u64,
        values: &[&str],
    ) -> Self {
        Self {
            identifier: Some(identifier.to_owned()),
            ..Self::other(
                name,
                record_type,
                &format!(
                    "<SetIdentifier>{identifier}</SetIdentifier><Weight>{weight}</Weight>{}",
                    values_xml(values)
                ),
            )
        }
    }

    /// A set of another kind; `rest` is what follows name and type.
    pub fn other(name: &str, record_type: &'static str, rest: &str) -> Self {
        Self {
            name: name.to_owned(),
            record_type,
            identifier: None,
            rest: rest.to_owned(),
        }
    }

    fn xml(&self) -> String {
        format!(
            "<ResourceRecordSet><Name>{}</Name><Type>{}</Type>{}</ResourceRecordSet>",
            self.name, self.record_type, self.rest
        )
    }

    /// What the API sorts names by.
    fn order(&self) -> Vec<String> {
        reversed(&self.name)
    }
}

pub fn values_xml(values: &[&str]) -> String {
    let records = values.join("</Value></ResourceRecord><ResourceRecord><Value>");
    let records = format!("<ResourceRecord><Value>{records}</Value></ResourceRecord>");
    format!("<TTL>60</TTL><ResourceRecords>{records}</ResourceRecords>")
}

fn reversed(name: &str) -> Vec<String> {
    let labels = name.trim_end_matches('.').rsplit('.');
    labels.map(str::to_lowercase).collect()
}

pub fn xml(body: &str) -> Reply {
    Response::new(200, format!("<?xml version=\"1.0\"?>\n{body}"))
        .header("content-type", "text/xml")
        .into_reply()
}

/// The answer to `GetHostedZone`.
pub fn zone_xml(name: &str, config: &str, delegation_set: &str) -> Reply {
    xml(&format!(
        "<GetHostedZoneResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><HostedZone>\
         <Id>/hostedzone/{ZONE_ID}</Id><Name>{name}</Name><CallerReference>r</CallerReference>{config}\
         <ResourceRecordSetCount>3</ResourceRecordSetCount></HostedZone>{delegation_set}</GetHostedZoneResponse>"
    ))
}

pub const PUBLIC: &str = "<Config><PrivateZone>false</PrivateZone></Config>";
const PRIVATE: &str = "<Config><Comment>c</Comment><PrivateZone>true</PrivateZone></Config>";
pub const SERVERS: &str = "<DelegationSet><NameServers><NameServer>ns-1.example.net</NameServer>\
    <NameServer>ns-2.example.net</NameServer></NameServers></DelegationSet>";

pub fn list_xml(sets: &[Set], next: Option<&Set>) -> Reply {
    let listed: String = sets.iter().map(Set::xml).collect();
    let next = next.map_or_else(String::new, |set| {
        let identifier = set.identifier.as_ref().map_or_else(String::new, |text| {
            format!("<NextRecordIdentifier>{text}</NextRecordIdentifier>")
        });
        format!(
            "<NextRecordName>{}</NextRecordName><NextRecordType>{}</NextRecordType>{identifier}",
            set.name, set.record_type
        )
    });
    xml(&format!(
        "<ListResourceRecordSetsResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ResourceRecordSets>\
         {listed}</ResourceRecordSets><IsTruncated>{}</IsTruncated><MaxItems>300</MaxItems>{next}\
         </ListResourceRecordSetsResponse>",
        !next.is_empty()
    ))
}

/// Lists sets as the API does: from the start that the request names, so many at once, with all that continues it.
pub fn page(sets: &[Set], size: usize, request: &Request) -> Reply {
    let name = request.parameter("name");
    let (record_type, identifier) = (request.parameter("type"), request.parameter("identifier"));
    let fits = |set: &Set| match (&name, &record_type) {
        (None, _) => true,
        (Some(name), None) => set.order() >= reversed(name),
        (Some(name), Some(record_type)) => {
            set.name == *name && set.record_type == record_type && set.identifier == identifier
        }
    };
    let start = sets.iter().position(fits).unwrap_or(sets.len());
    let end = (start + size).min(sets.len());
    list_xml(&sets[start..end], sets.get(end))
}

pub fn is_list(request: &Request) -> bool {
    request.path().ends_with("/rrset")
}

/// An API that knows one public zone with these sets and gives so many at once.
pub async fn api(sets: Vec<Set>, page_size: usize) -> Server {
    Server::start(move |request| {
        if is_list(request) {
            page(&sets, page_size, request)
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await
}

pub fn error_xml(status: u16, code: &str, message: &str) -> Response {
    Response::new(
        status,
        format!(
            "<?xml version=\"1.0\"?>\n<ErrorResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Error>\
             <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
             <RequestId>7c9d-22</RequestId></ErrorResponse>"
        ),
    )
    .header("content-type", "text/xml")
}

pub fn settings(url: &str) -> Route53Settings {
    Route53Settings {
        zone_id: ZONE_ID.to_owned(),
        record_name: record_name(NAME),
        question_name: record_name(NAME),
        record_type: None,
        poll_interval: Duration::from_secs(30),
        call_spacing: Duration::from_millis(1),
        own_name_servers: false,
        change_id: None,
        access: Access::Fixed {
            url: url.to_owned(),
            key_id: "AKIDEXAMPLE".to_owned(),
            secret: "not-a-secret".to_owned(),
        },
    }
}

pub fn record_name(text: &str) -> RecordName {
    RecordName::from_api(text).expect("a name")
}

pub async fn connect(server: &Server) -> RecordReader {
    connect_with(settings(&server.url())).await
}

pub async fn connect_with(settings: Route53Settings) -> RecordReader {
    let api = Api::connect(settings.access.clone(), settings.call_spacing).await;
    RecordReader::new(api.expect("fixed credentials are always there"), settings)
}

fn members(group: &WeightedGroup) -> Vec<(&str, u64)> {
    let of = group.sets.iter();
    of.map(|set| (set.identifier.as_str(), set.weight))
        .collect()
}

/// Nothing but reading, and only the two calls that the policy in the README allows.
fn check_read_only(server: &Server) {
    for request in server.requests() {
        assert_eq!(request.method, "GET", "{request:?}");
        let path = request.path();
        let zone = format!("/2013-04-01/hostedzone/{ZONE_ID}");
        assert!(
            path == zone || path == format!("{zone}/rrset"),
            "{request:?}"
        );
    }
}

/// A sentence for people: one line, no empty parts, nothing that only a programmer reads.
fn check_sentence(error: &Route53Error) -> String {
    let text = Obstacle::from(error).to_string();
    assert!(!text.contains(['\n', '\r']), "{text:?}");
    for odd in ["Some(", "None", "::", "{ ", "  ", "; ;", ": ;"] {
        // An ARN has an empty region and account.
        let without_arn = text.replace("arn:aws:route53:::", "");
        assert!(!without_arn.contains(odd), "{odd:?} in {text}");
    }
    assert!(error.cure().is_some(), "{text}");
    text
}

pub fn blue_and_green() -> Vec<Set> {
    vec![
        Set::weighted(NAME, "A", "blue", 180, &["192.0.2.1", "192.0.2.2"]),
        Set::weighted(NAME, "A", "green", 70, &["192.0.2.3"]),
    ]
}

// Zone and group.

#[tokio::test]
async fn zone_and_group_are_read_with_two_signed_requests() {
    let alias = "<SetIdentifier>red</SetIdentifier><Weight>0</Weight><AliasTarget><HostedZoneId>Z35SXDOTRQ7X7K\
        </HostedZoneId><DNSName>dualstack.Red-1.elb.amazonaws.com.</DNSName>\
        <EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget><HealthCheckId>hc-1</HealthCheckId>";
    let mut sets = blue_and_green();
    sets.push(Set::other(NAME, "A", alias));
    let server = api(sets, 300).await;
    let route53 = connect(&server).await;
    assert_eq!(server.count(), 0, "connecting asks nothing");
    assert_eq!(
        route53.zone().await.expect("a zone"),
        Zone {
            name: record_name("example.test"),
            name_servers: vec!["ns-1.example.net".into(), "ns-2.example.net".into()],
            private: false,
        }
    );
    let group = route53.group().await.expect("a group");
    assert_eq!(group.name, record_name(NAME));
    assert_eq!(group.record_type, RecordType::A);
    assert_eq!(members(&group), [("blue", 180), ("green", 70), ("red", 0)]);
    assert_eq!(
        group.sets[0].target,
        Target::Addresses(vec![
            "192.0.2.1".parse().expect("an address"),
            "192.0.2.2".parse().expect("an address"),
        ])
    );
    assert_eq!(group.sets[0].ttl, Some(Duration::from_mins(1)));
    assert_eq!(group.sets[2].ttl, None);
    assert_eq!(group.sets[2].health_check_id.as_deref(), Some("hc-1"));
    let Target::Alias(target) = &group.sets[2].target else {
        panic!("{:?}", group.sets[2])
    };
    assert_eq!(
        (target.name.to_string(), target.zone_id.as_str()),
        (
            "dualstack.red-1.elb.amazonaws.com".to_owned(),
            "Z35SXDOTRQ7X7K"
        )
    );
    assert!(target.evaluate_target_health);

    assert_eq!(server.count(), 2);
    check_read_only(&server);
    let list = &server.requests()[1];
    assert_eq!(list.parameter("name").as_deref(), Some(NAME));
    assert_eq!(list.parameter("maxitems").as_deref(), Some("300"));
    assert_eq!(
        (list.parameter("type"), list.parameter("identifier")),
        (None, None)
    );
    let signature = list.header("authorization").expect("it is signed");
    assert!(
        signature.contains("AKIDEXAMPLE") && signature.contains("/us-east-1/route53/"),
        "{signature}"
    );
}

#[tokio::test]
async fn a_name_with_more_than_three_hundred_sets_in_pages_of_any_size() {
    let address = |number: usize| format!("192.0.2.{number}");
    let mut sets = vec![Set::other(
        "aaa.example.test.",
        "A",
        &values_xml(&["192.0.2.1"]),
    )];
    for number in 0..100 {
        let identifier = format!("set-{number:03}");
        let weight = number as u64;
        sets.push(Set::weighted(
            NAME,
            "A",
            &identifier,
            weight,
            &[&address(number)],
        ));
    }
    for number in 0..100 {
        let value = format!("2001:db8::{number:x}");
        sets.push(Set::weighted(
            NAME,
            "AAAA",
            &format!("set-{number:03}"),
            1,
            &[&value],
        ));
    }
    for number in 0..100 {
        let value = format!("t{number}.example.net");
        sets.push(Set::weighted(
            NAME,
            "CNAME",
            &format!("set-{number:03}"),
            2,
            &[&value],
        ));
    }
    sets.push(Set::other(NAME, "TXT", &values_xml(&["\"hello\""])));
    for number in 0..500 {
        let name = format!("bbb-{number}.example.test.");
        sets.push(Set::other(&name, "A", &values_xml(&["192.0.2.1"])));
    }
    for page_size in [300, 100, 7] {
        let server = api(sets.clone(), page_size).await;
        for (wanted, record_type) in [
            (None, RecordType::A),
            (Some(RecordType::Aaaa), RecordType::Aaaa),
            (Some(RecordType::Cname), RecordType::Cname),
        ] {
            let before = server.count();
            let mut settings = settings(&server.url());
            settings.record_type = wanted;
            let group = connect_with(settings).await.group().await.expect("a group");
            assert_eq!((group.record_type, group.sets.len()), (record_type, 100));
            for (number, set) in group.sets.iter().enumerate() {
                assert_eq!(set.identifier, format!("set-{number:03}"));
            }
            if record_type == RecordType::A {
                assert_eq!(group.sets[99].weight, 99);
            }
            // 301 sets stand at the name; what follows in the zone is not read.
            assert_eq!(server.count() - before, 301usize.div_ceil(page_size));
        }
        check_read_only(&server);
    }
}

#[tokio::test]
async fn a_group_that_is_split_across_pages_is_continued_with_all_three_fields() {
    let sets = vec![
        Set::weighted(NAME, "A", "blue", 1, &["192.0.2.1"]),
        Set::weighted(NAME, "A", "green/with space", 2, &["192.0.2.2"]),
        Set::weighted(NAME, "A", "red", 3, &["192.0.2.3"]),
        Set::other(NAME, "TXT", &values_xml(&["\"hello\""])),
    ];
    let server = api(sets, 1).await;
    let group = connect(&server).await.group().await.expect("a group");
    assert_eq!(
        members(&group),
        [("blue", 1), ("green/with space", 2), ("red", 3)]
    );
    let starts: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let of = |name| request.parameter(name).unwrap_or_default();
            (of("name"), of("type"), of("identifier"))
        })
        .collect();
    let start = |record_type: &str, identifier: &str| {
        (
            NAME.to_owned(),
            record_type.to_owned(),
            identifier.to_owned(),
        )
    };
    assert_eq!(
        starts,
        [
            start("", ""),
            start("A", "green/with space"),
            start("A", "red"),
            // A simple set has no identifier to continue with.
            start("TXT", ""),
        ]
    );
}

#[tokio::test]
async fn other_names_are_neither_taken_nor_followed() {
    // Nothing at the name itself: the listing starts behind it.
    let elsewhere = Set::weighted("app2.example.test.", "A", "blue", 1, &["192.0.2.1"]);
    let server = api(vec![elsewhere.clone(); 600], 300).await;
    let error = connect(&server).await.group().await.expect_err("nothing");
    let text = check_sentence(&error);
    assert!(
        text.contains("no weighted A, AAAA or CNAME")
            && text.contains("holds nothing at this name"),
        "{text}"
    );
    assert_eq!(server.count(), 1);

    // The page ends exactly where the name does.
    let mut sets = blue_and_green();
    sets.extend(vec![elsewhere; 10]);
    let server = api(sets, 2).await;
    let group = connect(&server).await.group().await.expect("a group");
    assert_eq!(group.sets.len(), 2);
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn pages_that_go_in_circles_end_in_an_error() {
    // The next page is this one, at once or after a detour.
    for length in [1, 2] {
        let server = Server::start(move |request| {
            let number = request.number % length;
            let set = Set::weighted(NAME, "A", &format!("set-{number}"), 1, &["192.0.2.1"]);
            let next = Set::weighted(
                NAME,
                "A",
                &format!("set-{}", (number + 1) % length),
                1,
                &["192.0.2.1"],
            );
            list_xml(&[set], Some(&next))
        })
        .await;
        let error = connect(&server).await.group().await.expect_err("a circle");
        let text = check_sentence(&error);
        assert!(
            matches!(
                error,
                Route53Error::BadAnswer {
                    call: Call::ListResourceRecordSets,
                    ..
                }
            ) && text.contains("page"),
            "{text}"
        );
        assert!(server.count() <= 60, "{} requests", server.count());
    }
}

#[tokio::test]
async fn a_listing_that_breaks_off_is_no_complete_listing() {
    let server = Server::start(|_| {
        let listed: String = blue_and_green().iter().map(Set::xml).collect();
        xml(&format!(
            "<ListResourceRecordSetsResponse><ResourceRecordSets>{listed}</ResourceRecordSets>\
             <IsTruncated>true</IsTruncated><MaxItems>2</MaxItems></ListResourceRecordSetsResponse>"
        ))
    })
    .await;
    let error = connect(&server).await.group().await;
    let error = error.expect_err("there is more, and no way to get at it");
    assert!(matches!(error, Route53Error::BadAnswer { .. }), "{error}");
}

#[tokio::test]
async fn names_are_escaped_on_the_way_out_and_back() {
    let wildcard = "\\052.example.test.";
    let server = api(
        vec![
            Set::weighted(wildcard, "A", "blue", 1, &["192.0.2.1"]),
            Set::weighted("App.EXAMPLE.test.", "A", "green", 1, &["192.0.2.2"]),
        ],
        300,
    )
    .await;
    for (typed, sent, member) in [
        ("*.example.test", "*.example.test.", "blue"),
        ("\\052.Example.TEST.", "*.example.test.", "blue"),
        ("APP.example.test", NAME, "green"),
    ] {
        let mut settings = settings(&server.url());
        settings.record_name = RecordName::from_user(typed).expect("a name");
        let route53 = connect_with(settings).await;
        route53.zone().await.expect("it lies in the zone");
        let group = route53.group().await.expect("a group");
        assert_eq!(members(&group), [(member, 1)], "{typed}");
        let last = server.requests().pop().expect("it was asked");
        assert_eq!(last.parameter("name").as_deref(), Some(sent), "{typed}");
    }
}

#[tokio::test]
async fn cname_targets_are_read_with_and_without_the_final_dot() {
    let server = api(
        vec![
            Set::weighted(NAME, "CNAME", "blue", 1, &["Blue.example.NET."]),
            Set::weighted(NAME, "CNAME", "green", 1, &["green.example.net"]),
        ],
        300,
    )
    .await;
    let group = connect(&server).await.group().await.expect("a group");
    assert_eq!(group.record_type, RecordType::Cname);
    let targets: Vec<String> = group
        .sets
        .iter()
        .map(|set| set.target.to_string())
        .collect();
    assert_eq!(targets, ["blue.example.net", "green.example.net"]);
}

#[tokio::test]
async fn a_zone_may_leave_things_out() {
    for (what, config, delegation_set) in [
        ("no configuration", "", SERVERS),
        ("an empty configuration", "<Config></Config>", SERVERS),
        (
            "a comment only",
            "<Config><Comment>ours</Comment></Config>",
            SERVERS,
        ),
    ] {
        let server =
            Server::start(move |_| zone_xml("example.test.", config, delegation_set)).await;
        let zone = connect(&server).await.zone().await.expect(what);
        assert_eq!(zone.name_servers.len(), 2, "{what}");
    }
    for (what, delegation_set) in [
        ("no delegation set", ""),
        ("an empty delegation set", "<DelegationSet></DelegationSet>"),
        (
            "a delegation set without servers",
            "<DelegationSet><NameServers></NameServers></DelegationSet>",
        ),
    ] {
        let server =
            Server::start(move |_| zone_xml("example.test.", PUBLIC, delegation_set)).await;
        let zone = connect(&server).await.zone().await.expect(what);
        assert!(zone.name_servers.is_empty(), "{what}");
    }
}

#[tokio::test]
async fn a_private_zone_needs_name_servers_of_ones_own() {
    let server = Server::start(|_| zone_xml("example.test.", PRIVATE, "")).await;
    let route53 = connect(&server).await;
    let zone = route53.zone().await.expect("it is there");
    assert!(zone.private);
    let error = route53.check_reach(&zone).expect_err("private");
    assert!(matches!(error, Route53Error::PrivateZone { .. }), "{error}");
    let text = check_sentence(&error);
    assert!(
        text.contains("private") && text.contains("--nameserver"),
        "{text}"
    );
    let mut own = settings(&server.url());
    own.own_name_servers = true;
    let route53 = connect_with(own).await;
    let zone = route53.zone().await.expect("it is there");
    assert!(zone.name_servers.is_empty());
    route53.check_reach(&zone).expect("it can be asked");
}

#[tokio::test]
async fn a_name_outside_the_zone_is_refused_with_the_name_of_the_zone() {
    for zone in ["other.test.", "ample.test.", "x.app.example.test."] {
        let server = Server::start(move |_| zone_xml(zone, PUBLIC, SERVERS)).await;
        let error = connect(&server).await.zone().await.expect_err("outside");
        assert!(
            matches!(error, Route53Error::NameOutsideZone { .. }),
            "{error}"
        );
        let text = check_sentence(&error);
        assert!(
            text.contains(zone.trim_end_matches('.')) && text.contains("--zone-id"),
            "{text}"
        );
    }
    for zone in ["example.test.", "EXAMPLE.test", "app.example.test."] {
        let server = Server::start(move |_| zone_xml(zone, PUBLIC, SERVERS)).await;
        connect(&server).await.zone().await.expect(zone);
    }
}

#[tokio::test]
async fn without_weighted_records_it_is_said_what_was_found() {
    let simple = values_xml(&["192.0.2.1"]);
    let identified = |kind: &str| {
        let identifier = "<SetIdentifier>one</SetIdentifier>";
        format!("{identifier}{kind}{simple}")
    };
    let alias = "<AliasTarget><HostedZoneId>Z2FDTNDATAQYW2</HostedZoneId><DNSName>d1.cloudfront.net.</DNSName>\
        <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>";
    for (rest, words) in [
        (simple.clone(), "A (simple)"),
        (identified("<Region>eu-west-1</Region>"), "A (latency)"),
        (identified("<Failover>PRIMARY</Failover>"), "A (failover)"),
        (
            identified("<GeoLocation><ContinentCode>EU</ContinentCode></GeoLocation>"),
            "A (geolocation)",
        ),
        (
            identified("<MultiValueAnswer>true</MultiValueAnswer>"),
            "A (multivalue)",
        ),
        (
            identified(
                "<CidrRoutingConfig><CollectionId>c</CollectionId><LocationName>l</LocationName></CidrRoutingConfig>",
            ),
            "A (IP-based)",
        ),
        (
            identified(
                "<GeoProximityLocation><AWSRegion>eu-west-1</AWSRegion></GeoProximityLocation>",
            ),
            "A (geoproximity)",
        ),
        (alias.to_owned(), "A (simple alias)"),
    ] {
        let sets = vec![
            Set::other(NAME, "A", &rest),
            Set::other(NAME, "TXT", &values_xml(&["\"x\""])),
        ];
        let server = api(sets, 300).await;
        let error = connect(&server).await.group().await.expect_err(words);
        assert!(matches!(error, Route53Error::NotWeighted { .. }), "{error}");
        let text = check_sentence(&error);
        assert!(
            text.contains(words) && text.contains("TXT (simple)") && text.contains("--record-name"),
            "{text}"
        );
    }
    // Weighted, but of another type than the one that was named, or of one that cannot be measured.
    let server = api(blue_and_green(), 300).await;
    let mut six = settings(&server.url());
    six.record_type = Some(RecordType::Aaaa);
    let error = connect_with(six).await.group().await.expect_err("only A");
    let text = check_sentence(&error);
    assert!(
        text.contains("no weighted AAAA records")
            && text.contains("2 x A (weighted)")
            && text.contains("--record-type"),
        "{text}"
    );
    let mail = vec![Set::weighted(
        NAME,
        "MX",
        "one",
        1,
        &["10 mail.example.test"],
    )];
    let server = api(mail, 300).await;
    let error = connect(&server).await.group().await.expect_err("only MX");
    assert!(error.to_string().contains("MX (weighted)"), "{error}");
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_named() {
    let sets = vec![Set::weighted(NAME, "A", "blue", 1, &["not an\naddress"])];
    let server = api(sets, 300).await;
    let error = connect(&server)
        .await
        .group()
        .await
        .expect_err("no address");
    assert!(matches!(error, Route53Error::BadRecord { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("blue") && text.contains("not an"), "{text}");
    assert!(!text.contains('\n'), "{text:?}");
}

// Refusals.

/// The error of the first call and of the second, when the API answers both like this.
async fn errors_of(response: Response) -> (Route53Error, Route53Error, usize) {
    let server = Server::start(move |_| response.clone().into_reply()).await;
    let route53 = connect(&server).await;
    let zone = route53.zone().await.expect_err("refused");
    let group = route53.group().await.expect_err("refused");
    check_read_only(&server);
    (zone, group, server.count())
}

#[tokio::test]
async fn refusals_that_nothing_but_the_user_can_mend_are_told_at_once() {
    let denied = |call| Route53Error::AccessDenied {
        call,
        zone_id: ZONE_ID.to_owned(),
        partition: Partition::Standard,
    };
    let bad = |code: &str| Route53Error::BadCredentials {
        code: code.to_owned(),
    };
    let expired = |code: &str| Route53Error::ExpiredToken {
        code: code.to_owned(),
        given_by: CredentialSource::Settings,
        profile: None,
    };
    let missing = Route53Error::ZoneNotFound {
        zone_id: ZONE_ID.to_owned(),
    };
    for (status, code, expected, words) in [
        (403, "ExpiredToken", expired("ExpiredToken"), "get new ones"),
        (
            403,
            "ExpiredTokenException",
            expired("ExpiredTokenException"),
            "expired",
        ),
        (
            403,
            "InvalidClientTokenId",
            bad("InvalidClientTokenId"),
            "AWS_ACCESS_KEY_ID",
        ),
        (
            403,
            "UnrecognizedClientException",
            bad("UnrecognizedClientException"),
            "credentials",
        ),
        // The clock is right, so the secret is wrong.
        (
            403,
            "SignatureDoesNotMatch",
            bad("SignatureDoesNotMatch"),
            "AWS_SECRET_ACCESS_KEY",
        ),
        (404, "NoSuchHostedZone", missing, "--zone-id"),
    ] {
        let (zone, group, requests) = errors_of(error_xml(status, code, "told by AWS")).await;
        assert_eq!((&zone, &group), (&expected, &expected), "{code}");
        assert!(check_sentence(&zone).contains(words), "{zone}");
        // Credentials that have expired are loaded again, once for each call.
        let expected = if code.starts_with("Expired") { 4 } else { 2 };
        assert_eq!(requests, expected, "{code} is not tried again");
    }
    for code in ["AccessDenied", "AccessDeniedException"] {
        let (zone, group, requests) = errors_of(error_xml(403, code, "told by AWS")).await;
        assert_eq!(zone, denied(Call::GetHostedZone));
        assert_eq!(group, denied(Call::ListResourceRecordSets));
        assert!(check_sentence(&zone).contains("route53:GetHostedZone"));
        let text = check_sentence(&group);
        assert!(
            text.contains("route53:ListResourceRecordSets")
                && text.contains("arn:aws:route53:::hostedzone/Z0TEST"),
            "{text}"
        );
        assert_eq!(requests, 2);
    }
}

#[tokio::test]
async fn an_error_without_a_sentence_of_its_own_is_quoted_in_one_line() {
    let response =
        error_xml(400, "InvalidInput", "first\n  second").header("x-amzn-requestid", "3a7b-11");
    let (zone, _, requests) = errors_of(response).await;
    let Route53Error::Refused {
        call,
        code,
        request_id,
        ..
    } = &zone
    else {
        panic!("{zone:?}")
    };
    assert_eq!(
        (*call, code.as_str()),
        (Call::GetHostedZone, "InvalidInput")
    );
    assert_eq!(request_id.as_deref(), Some("3a7b-11"));
    let text = zone.to_string();
    assert!(text.contains("first") && text.contains("second"), "{text}");
    assert!(!text.contains('\n'), "{text:?}");
    assert_eq!(requests, 2);
}

/// The SDK tries these again with a corrected time, so all cases wait side by side.
#[tokio::test]
async fn a_wrong_clock_is_told_from_a_wrong_secret() {
    let no_match = "The request signature we calculated does not match";
    let in_words = "Signature expired: 20261121T085500Z is now earlier than 20261121T090000Z";
    let mut cases = tokio::task::JoinSet::new();
    for (code, message, offset, expected) in [
        ("SignatureDoesNotMatch", no_match, -3600, Some("ahead")),
        ("SignatureDoesNotMatch", no_match, 3600, Some("behind")),
        ("InvalidSignatureException", no_match, -3600, Some("ahead")),
        ("RequestTimeTooSkewed", no_match, 3600, Some("behind")),
        // AWS says so in words, whatever the Date header shows.
        ("SignatureDoesNotMatch", in_words, 0, Some("clock")),
        // A minute off is no reason for a refusal.
        ("SignatureDoesNotMatch", no_match, -60, None),
    ] {
        cases.spawn(async move {
            let server = Server::start(move |_| {
                error_xml(403, code, message)
                    .header("date", &http_date(offset))
                    .into_reply()
            })
            .await;
            let error = connect(&server).await.zone().await.expect_err("refused");
            (offset, expected, error)
        });
    }
    while let Some(case) = cases.join_next().await {
        let (offset, expected, error) = case.expect("no panic");
        let text = check_sentence(&error);
        let Some(words) = expected else {
            assert!(
                matches!(error, Route53Error::BadCredentials { .. }),
                "{text}"
            );
            continue;
        };
        let Route53Error::ClockSkew { seconds } = error else {
            panic!("{error:?}")
        };
        assert!(
            text.contains("clock") && text.contains(words) && text.contains("timedatectl"),
            "{text}"
        );
        if offset == 0 {
            assert_eq!(seconds, None);
            continue;
        }
        let seconds = seconds.expect("the Date header says how much");
        assert!(
            (seconds + offset).abs() <= 30,
            "{seconds} s where the server is {offset} s off"
        );
        assert!(text.contains("1h") || text.contains("59m"), "{text}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_by_an_hour_is_no_obstacle() {
    // An API whose clock is an hour ahead, and that refuses what is signed more than five minutes off it. The SDK learns
    // the difference from the Date header of the refusal.
    let sets = blue_and_green();
    let server = Server::start(move |request| {
        let theirs = clock::wall() + Duration::from_hours(1);
        let theirs = theirs
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("after 1970");
        let signed = request.header("x-amz-date").expect("it is signed");

        let signed = aws_smithy_types::DateTime::from_str(
            &format!(
                "{}-{}-{}T{}:{}:{}Z",
                &signed[0..4],
                &signed[4..6],
                &signed[6..8],
                &signed[9..11],
                &signed[11..13],
                &signed[13..15]
            ),
            aws_smithy_types::date_time::Format::DateTime,
        )
        .expect("a date");
        if theirs
            .as_secs()
            .abs_diff(u64::try_from(signed.secs()).expect("after 1970"))
            > 300
        {
            error_xml(403, "SignatureDoesNotMatch", "no match")
                .header("date", &http_date(3600))
                .into_reply()
        } else {
            page_of(&sets, request)
        }
    })
    .await;
    let route53 = connect(&server).await;
    assert_eq!(route53.group().await.expect("corrected").sets.len(), 2);
    assert_eq!(server.count(), 2);
    // From then on the difference is known.
    route53.group().await.expect("still corrected");
    assert_eq!(server.count(), 3);
}

/// Now and some seconds, as HTTP writes it.
fn http_date(offset: i64) -> String {
    let now = clock::wall()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("after 1970")
        .as_secs();
    let seconds = i64::try_from(now).expect("before the end of time") + offset;
    aws_smithy_types::DateTime::from_secs(seconds)
        .fmt(aws_smithy_types::date_time::Format::HttpDate)
        .expect("a date")
}

#[tokio::test]
async fn what_is_not_route_53_is_called_strange() {
    let page = "<html><head><title>Log in</title></head><body>Welcome to Hotel WiFi</body></html>";
    for (what, response) in [
        (
            "a captive portal",
            Response::new(200, page).header("content-type", "text/html"),
        ),
        (
            "a proxy's refusal",
            Response::new(403, page).header("content-type", "text/html"),
        ),
        (
            "a redirection",
            Response::new(302, "").header("location", "http://portal.test/"),
        ),
        (
            "half an answer",
            Response::new(200, "<?xml version=\"1.0\"?><GetHostedZoneResponse><Hosted"),
        ),
        ("nothing", Response::new(200, "")),
        ("no XML", Response::new(200, "{\"ok\":true}")),
        (
            "an error without a code",
            Response::new(400, "<ErrorResponse></ErrorResponse>"),
        ),
    ] {
        let (zone, group, _) = errors_of(response).await;
        for (error, call) in [
            (zone, Call::GetHostedZone),
            (group, Call::ListResourceRecordSets),
        ] {
            let Route53Error::BadAnswer { call: of, .. } = &error else {
                panic!("{what}: {error:?}")
            };
            assert_eq!(*of, call, "{what}");
            let text = check_sentence(&error);
            assert!(text.contains("HTTPS_PROXY"), "{what}: {text}");
            assert!(!text.contains('<'), "{what}: {text}");
        }
    }
}

/// The one test that waits for the SDK's retries and timeouts; all its servers are asked side by side.
#[tokio::test]
async fn what_may_pass_is_tried_three_times_within_ten_seconds() {
    async fn tried(url: &str) -> (Route53Error, Duration) {
        let started = clock::instant();
        let error = connect_with(settings(url)).await.group().await;
        let took = clock::instant().saturating_duration_since(started);
        (error.expect_err("nothing good comes of this"), took)
    }
    let throttled =
        Server::start(|_| error_xml(400, "Throttling", "Rate exceeded").into_reply()).await;
    let broken = Server::start(|_| error_xml(500, "InternalFailure", "oops").into_reply()).await;
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let proxy = Server::start(move |_| Response::new(502, page).into_reply()).await;
    let closing = Server::start(|_| Reply::Close).await;
    let hanging = Server::start(|_| Reply::Hang).await;
    let sets = blue_and_green();
    let recovering = Server::start(move |request| {
        if request.number == 0 {
            error_xml(400, "Throttling", "Rate exceeded").into_reply()
        } else {
            page_of(&sets, request)
        }
    })
    .await;
    let (nobody, _kept) = scripted_http::nobody();
    let nobody = format!("http://{nobody}");
    let recovers = async { connect(&recovering).await.group().await };
    let urls = [&throttled, &broken, &proxy, &closing, &hanging].map(Server::url);
    let (throttle, failure, gateway, close, hang, refused, recovered) = tokio::join!(
        tried(&urls[0]),
        tried(&urls[1]),
        tried(&urls[2]),
        tried(&urls[3]),
        tried(&urls[4]),
        tried(&nobody),
        recovers,
    );
    let call = Call::ListResourceRecordSets;
    for (server, times) in [(&throttled, 3), (&broken, 3), (&proxy, 3), (&recovering, 2)] {
        assert_eq!(server.count(), times);
        check_read_only(server);
    }
    assert!((1..=3).contains(&closing.count()) && (2..=3).contains(&hanging.count()));
    assert_eq!(
        throttle.0,
        Route53Error::Throttled {
            call,
            code: "Throttling".to_owned()
        }
    );
    assert!(check_sentence(&throttle.0).contains("throttles"));
    let Route53Error::Refused { code, .. } = &failure.0 else {
        panic!("{:?}", failure.0)
    };
    assert_eq!(code, "InternalFailure");
    assert!(
        matches!(gateway.0, Route53Error::BadAnswer { .. }),
        "{:?}",
        gateway.0
    );
    assert!(check_sentence(&gateway.0).contains("502"), "{}", gateway.0);
    for (error, words) in [
        (&close.0, "ListResourceRecordSets"),
        (&hang.0, "no answer in time"),
        (&refused.0, "refused"),
    ] {
        assert!(
            matches!(error, Route53Error::Unreachable { .. }),
            "{error:?}"
        );
        let text = check_sentence(error);
        assert!(
            text.contains(words) && text.contains("AWS_ENDPOINT_URL_ROUTE_53"),
            "{text}"
        );
    }
    assert!(
        hang.1 >= Duration::from_secs(5) && hang.1 < Duration::from_secs(12),
        "{:?}",
        hang.1
    );
    assert_eq!(
        recovered
            .expect("the second attempt got through")
            .sets
            .len(),
        2
    );
}

pub fn page_of(sets: &[Set], request: &Request) -> Reply {
    page(sets, 300, request)
}

// Polling.

/// What the scripted API gives at the moment.
#[derive(Clone)]
struct Knob(Arc<Mutex<Reply>>);

impl Knob {
    fn new(sets: &[Set]) -> Self {
        Self(Arc::new(Mutex::new(list_xml(sets, None))))
    }

    fn set(&self, reply: Reply) {
        *self.0.lock().expect("no panic") = reply;
    }

    async fn serve(&self) -> Server {
        let knob = self.clone();
        Server::start(move |_| knob.0.lock().expect("no panic").clone()).await
    }
}

/// A poller at work.
struct Polling {
    watch: Arc<Watch>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
    events: Mutex<Vec<Event>>,
}

impl Polling {
    async fn start(server: &Server) -> Self {
        let route53 = connect(server).await;
        let declared = route53.open().await.declared.expect("a record");
        let group = declared.group(&Checks::new());
        let watch = watched::watch(group, watched::nobody(), None, false);
        let stop = CancellationToken::new();
        let every = Duration::from_millis(20);
        let polling = poll(route53, declared, Arc::clone(&watch), every, stop.clone());
        let task = tokio::spawn(polling);
        Self {
            watch,
            stop,
            task,
            events: Mutex::default(),
        }
    }

    /// The tally hands events over once, so they are kept here.
    fn read(&self) -> Reading {
        let reading = self.watch.tally.read();
        let mut events = self.events.lock().expect("no panic");
        events.extend(reading.events.iter().cloned());
        reading
    }

    fn events(&self) -> Vec<(EventKind, String)> {
        self.read();
        let events = self.events.lock().expect("no panic");
        let pairs = events.iter();
        pairs
            .map(|event| (event.kind(), crate::told::message(event, &[])))
            .collect()
    }

    async fn wait_until(&self, what: &str, condition: impl Fn(&Reading) -> bool) {
        wait_until(what, || condition(&self.read())).await;
    }

    async fn stop(self) {
        self.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(1), self.task).await;
        ended.expect("in time").expect("no panic");
    }
}

#[tokio::test]
async fn a_change_of_weights_opens_a_segment_and_is_told_once() {
    let knob = Knob::new(&blue_and_green());
    let server = knob.serve().await;
    let polling = Polling::start(&server).await;
    polling
        .wait_until("three polls", |reading| reading.configuration.polls >= 3)
        .await;
    assert_eq!(polling.read().segments.len(), 1, "no change, no segment");
    assert!(polling.events().is_empty());
    knob.set(list_xml(
        &[
            Set::weighted(NAME, "A", "blue", 0, &["192.0.2.1", "192.0.2.2"]),
            Set::weighted(NAME, "A", "green", 255, &["192.0.2.3"]),
        ],
        None,
    ));
    polling
        .wait_until("a second segment", |reading| reading.segments.len() == 2)
        .await;
    let polls = polling.read().configuration.polls;
    polling
        .wait_until("more polls", |reading| {
            reading.configuration.polls > polls + 2
        })
        .await;
    let reading = polling.read();
    assert_eq!(reading.segments.len(), 2);
    let (first, second) = (&reading.segments[0], &reading.segments[1]);
    assert_eq!(members(&first.group), [("blue", 180), ("green", 70)]);
    assert_eq!(members(&second.group), [("blue", 0), ("green", 255)]);
    assert_eq!(first.ended_at, Some(second.started_at));
    let reason = words::event::cause(&second.cause);
    assert_eq!(reason, "blue 180 -> 0, green 70 -> 255");
    assert_eq!(
        polling.events(),
        [(
            EventKind::Segment,
            "configuration changed: blue 180 -> 0, green 70 -> 255".to_owned()
        )]
    );
    assert_eq!(
        (
            reading.configuration.failures,
            &reading.configuration.last_error
        ),
        (0, &None)
    );
    check_read_only(&server);
    polling.stop().await;
}

#[tokio::test]
async fn a_failing_api_leaves_the_last_weights_in_force_and_is_told_once() {
    let knob = Knob::new(&blue_and_green());
    let server = knob.serve().await;
    let polling = Polling::start(&server).await;
    polling
        .wait_until("a good poll", |reading| reading.configuration.polls >= 1)
        .await;
    knob.set(error_xml(403, "ExpiredToken", "expired").into_reply());
    polling
        .wait_until("three failures", |reading| {
            reading.configuration.failures >= 3
        })
        .await;
    let reading = polling.read();
    assert_eq!(reading.segments.len(), 1);
    assert_eq!(
        members(&reading.segments[0].group),
        [("blue", 180), ("green", 70)]
    );
    let error = reading
        .configuration
        .last_error
        .clone()
        .expect("it is shown");
    assert!(
        matches!(error, Route53Error::ExpiredToken { .. }),
        "{error}"
    );
    let last_success = reading
        .configuration
        .last_success_at
        .expect("there was one");
    // Another failure is news, the same again is not.
    knob.set(error_xml(403, "AccessDenied", "no").into_reply());
    polling
        .wait_until("another failure", |reading| {
            let error = &reading.configuration.last_error;
            matches!(error, Some(Route53Error::AccessDenied { .. }))
        })
        .await;
    assert_eq!(
        polling.read().configuration.last_success_at,
        Some(last_success)
    );
    knob.set(list_xml(&blue_and_green(), None));
    polling
        .wait_until("a recovery", |reading| {
            reading.configuration.last_error.is_none()
        })
        .await;
    let reading = polling.read();
    assert!(reading.configuration.last_success_at > Some(last_success));
    assert!(reading.configuration.polls > reading.configuration.failures);
    let kinds: Vec<EventKind> = polling.events().iter().map(|(kind, _)| *kind).collect();
    assert_eq!(
        kinds,
        [
            EventKind::PollFailed,
            EventKind::PollFailed,
            EventKind::PollRecovered
        ]
    );
    polling.stop().await;
}

#[tokio::test]
async fn the_type_that_is_measured_stays_the_same_whatever_else_appears() {
    let six = |weight| Set::weighted(NAME, "AAAA", "blue", weight, &["2001:db8::1"]);
    let knob = Knob::new(&[six(1)]);
    let server = knob.serve().await;
    let polling = Polling::start(&server).await;
    // Somebody adds a weighted A group, which would have been chosen first; the queries go on asking for AAAA.
    knob.set(list_xml(
        &[Set::weighted(NAME, "A", "blue", 1, &["192.0.2.1"]), six(1)],
        None,
    ));
    let seen = polling.read().configuration.polls;
    polling
        .wait_until("polls that have seen both", |reading| {
            reading.configuration.polls > seen + 3
        })
        .await;
    let reading = polling.read();
    let types: Vec<RecordType> = reading
        .segments
        .iter()
        .map(|segment| segment.group.record_type)
        .collect();
    assert_eq!(types, [RecordType::Aaaa]);
    polling.stop().await;
}

#[tokio::test]
async fn what_is_known_of_alias_targets_outlives_a_change_of_weights() {
    use r53mon::facts::{Fact, Found};
    let alias = |identifier: &str, weight: u64| {
        let rest = format!(
            "<SetIdentifier>{identifier}</SetIdentifier><Weight>{weight}</Weight><AliasTarget>\
             <HostedZoneId>Z35SXDOTRQ7X7K</HostedZoneId><DNSName>{identifier}.elb.test.</DNSName>\
             <EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
        );
        Set::other(NAME, "A", &rest)
    };
    let knob = Knob::new(&[alias("blue", 90), alias("green", 10)]);
    let server = knob.serve().await;
    let polling = Polling::start(&server).await;
    let address = "192.0.2.1";
    polling.watch.learn(Fact::LookedUp {
        at: polling.watch.now(),
        began_at: Duration::ZERO,
        segment: 1,
        place: Place::first_of(0.into()),
        found: Some(Found {
            addresses: vec![address.parse().expect("an address")],
            ttl: Duration::from_mins(1),
        }),
    });
    knob.set(list_xml(&[alias("blue", 10), alias("green", 90)], None));
    polling
        .wait_until("a second segment", |reading| reading.segments.len() == 2)
        .await;
    assert_eq!(
        watched::named(&polling.watch.tally, address),
        Some(0),
        "the target is the same, so its addresses are"
    );
    polling.stop().await;
}

#[tokio::test]
async fn a_stopped_poller_does_not_wait_for_a_hanging_api() {
    let knob = Knob::new(&blue_and_green());
    let server = knob.serve().await;
    let polling = Polling::start(&server).await;
    knob.set(Reply::Hang);
    let before = server.count();
    polling
        .wait_until("a request that hangs", |_| server.count() > before)
        .await;
    polling.stop().await;
}

// The program, with the standard AWS chain.

/// Runs the program with a home of its own and nothing of this process's environment.
pub fn program(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_r53mon"))
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        // A machine of AWS would find credentials of its own.
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .envs(variables.iter().copied())
        .current_dir(home)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the program starts")
}

/// A home directory with a configuration file of AWS.
pub fn home(aws_config: &str) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::create_dir(home.path().join(".aws")).expect("a directory in it");
    std::fs::write(home.path().join(".aws/config"), aws_config).expect("a file in it");
    home
}

const WATCH: [&str; 9] = [
    "watch",
    "--endpoint",
    "http://app.example.test/",
    "--zone-id",
    ZONE_ID,
    "--no-http",
    "--nameserver",
    "127.0.0.1:9",
    "--duration=30s",
];

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const PROFILES: &str = "\
[profile broken]
region = eu-west-1
credential_process = /bin/sh -c \"echo token file not found >&2; exit 3\"

[profile corp]
region = eu-west-1
sso_session = corp
sso_account_id = 123456789012
sso_role_name = Reader

[sso-session corp]
sso_region = eu-west-1
sso_start_url = https://corp.awsapps.test/start

[profile role]
role_arn = arn:aws:iam::123456789012:role/reader
source_profile = nope

[profile empty]
region = eu-west-1

[profile old-sso]
sso_region = eu-west-1
sso_account_id = 123456789012
sso_role_name = Reader
sso_start_url = https://corp.awsapps.test/start
";

#[test]
fn credentials_that_cannot_be_had_end_with_code_five_and_a_cure() {
    let home = home(PROFILES);
    let flag = |profile: &'static str| ("--profile", profile);
    let variable = |profile: &'static str| ("AWS_PROFILE", profile);
    let cases: [(&str, (&str, &str), &[&str]); 10] = [
        (
            "a missing profile",
            flag("prod"),
            &[
                "\"prod\" does not exist",
                "broken, corp, empty, old-sso, role",
            ],
        ),
        (
            "a missing profile in the environment",
            variable("prod"),
            &[
                "\"prod\" does not exist",
                "broken, corp, empty, old-sso, role",
            ],
        ),
        (
            "a failing helper",
            flag("broken"),
            &["profile \"broken\"", "could not be loaded"],
        ),
        (
            "a failing helper of the environment",
            variable("broken"),
            &["could not be loaded"],
        ),
        (
            "SSO without a token",
            flag("corp"),
            &["aws sso login --profile corp"],
        ),
        (
            "SSO without a token, chosen by the environment",
            variable("corp"),
            &["aws sso login"],
        ),
        (
            "SSO of the old form",
            flag("old-sso"),
            &["aws sso login --profile old-sso"],
        ),
        (
            "a role whose source is not there",
            flag("role"),
            &["profile \"role\"", "could not find source profile nope"],
        ),
        (
            "a profile with nothing in it",
            flag("empty"),
            &["no AWS credentials", "profile \"empty\""],
        ),
        (
            "nothing at all",
            ("AWS_REGION", "eu-west-1"),
            &["no AWS credentials", "aws sso login", "--profile"],
        ),
    ];
    for (what, (name, value), words) in cases {
        let mut arguments = WATCH.to_vec();
        let mut variables = Vec::new();
        if name.starts_with("--") {
            arguments.extend([name, value]);
        } else {
            variables.push((name, value));
        }
        let output = program(home.path(), &arguments, &variables);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(5), "{what}: {text}");
        assert!(output.stdout.is_empty(), "{what}");
        check_lines(&text);
        assert!(
            !text.contains(" ;") && !text.contains("  "),
            "{what}: {text}"
        );
        for word in words {
            assert!(text.contains(word), "{what}: {text}");
        }
    }
}

/// A line for what is wrong and one for what to do about it; between them may stand who chose the profile.
#[track_caller]
fn check_lines(said: &str) {
    let lines: Vec<&str> = said.trim_end().lines().collect();
    let (what, cure) = match lines.as_slice() {
        [what, cure] => (what, cure),
        [what, cause, cure] if cause.contains(" is chosen by ") => (what, cure),
        _ => panic!("two lines, not: {said}"),
    };
    assert!(
        what.starts_with("r53mon: ") && cure.starts_with("r53mon: cure: "),
        "{said}"
    );
    assert!(!what.contains("cure"), "{said}");
}

#[test]
fn the_address_of_the_api_needs_a_scheme() {
    let home = home("");
    for name in ["AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL"] {
        for value in ["127.0.0.1:4566", "localhost:4566", "ftp://localhost/"] {
            let output = program(home.path(), &WATCH, &[(name, value)]);
            let text = said(&output);
            assert_eq!(output.status.code(), Some(5), "{text}");
            assert!(text.contains(name), "{text}");
            assert!(text.contains("http or https URL"), "{text}");
        }
    }
}

/// Waits for the program beside the servers of the test.
pub async fn program_beside(
    home: &Path,
    arguments: Vec<String>,
    variables: Vec<(&'static str, String)>,
) -> Output {
    let home = home.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let variables: Vec<(&str, &str)> = variables
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        program(&home, &arguments, &variables)
    });
    run.await.expect("no panic")
}

/// A start that takes long says how far it is: nobody answers here, which is known after seconds only.
#[tokio::test]
async fn a_slow_start_tells_of_each_step_and_how_long_it_took() {
    let server = api(blue_and_green(), 1).await;
    let silent = scripted_dns::Server::start(|_| Vec::new()).await;
    let home = home("");
    let arguments = |output: &str| -> Vec<String> {
        let fixed = [
            "watch",
            "--endpoint=http://app.example.test/",
            "--zone-id=Z0TEST",
            "--no-http",
        ];
        let more = [
            format!("--nameserver={}", silent.address),
            format!("--output={output}"),
        ];
        fixed
            .iter()
            .map(|&text| text.to_owned())
            .chain(more)
            .collect()
    };
    let keys = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDENV".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_ENDPOINT_URL_ROUTE_53", server.url()),
    ];
    let (text, json) = tokio::join!(
        program_beside(home.path(), arguments("text"), keys.clone()),
        program_beside(home.path(), arguments("json"), keys),
    );
    let stderr =
        |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let lines = stderr(&text);
    let mut lines = lines.lines();
    for begin in [
        "credentials: found (environment",
        "zone: zone Z0TEST",
        "record: app.example.test A",
    ] {
        let line = lines.next().unwrap_or_default();
        let told = line.starts_with(&format!("r53mon: {begin}")) && line.ends_with("s)");
        assert!(told, "{line}");
    }
    // What ends the start stands last, with its cure.
    let rest: Vec<&str> = lines.collect();
    assert!(
        rest.iter().any(|line| line.starts_with("r53mon: cure: ")),
        "{rest:?}"
    );
    // Machines are told the end only.
    assert!(
        !stderr(&json).contains("credentials: found"),
        "{}",
        stderr(&json)
    );
    assert_eq!((text.status.code(), json.status.code()), (Some(5), Some(5)));
}

#[tokio::test]
async fn the_program_reads_an_api_elsewhere_with_credentials_of_the_environment_or_a_profile() {
    let server = api(blue_and_green(), 1).await;
    let name_server = scripted_dns::Server::start(|received| vec![received.at("192.0.2.3")]).await;
    let (closed, _kept) = scripted_http::nobody();
    let home = home(
        "[profile helped]\nregion = cn-north-1\ncredential_process = /bin/echo '{\"Version\": 1, \"AccessKeyId\": \"AKIDHELPED\", \"SecretAccessKey\": \"s\"}'\n",
    );
    let arguments = |more: &[&str]| -> Vec<String> {
        let fixed = [
            "watch",
            "--endpoint=http://app.example.test/",
            "--zone-id=/hostedzone/Z0TEST",
            "--no-http",
            "--duration=4s",
            "--output=json",
        ];
        let server = format!("--nameserver={}", name_server.address);
        let texts = fixed.iter().chain(more).map(|&text| text.to_owned());
        texts.chain([server]).collect()
    };
    let keys = || {
        vec![
            ("AWS_ACCESS_KEY_ID", "AKIDENV".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ]
    };
    // The variable of the service wins over the general one.
    let mut special = keys();
    special.push(("AWS_ENDPOINT_URL_ROUTE_53", server.url()));
    special.push(("AWS_ENDPOINT_URL", format!("http://{closed}")));
    let mut general = keys();
    general.push(("AWS_ENDPOINT_URL", server.url()));
    // A profile that is named wins over keys in the environment.
    let mut helped = keys();
    helped.push(("AWS_ENDPOINT_URL_ROUTE_53", server.url()));
    let (special, general, helped) = tokio::join!(
        program_beside(home.path(), arguments(&[]), special),
        program_beside(home.path(), arguments(&[]), general),
        program_beside(home.path(), arguments(&["--profile=helped"]), helped),
    );
    for output in [special, general, helped] {
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(!output.stdout.is_empty());
    }
    assert!(name_server.count() > 0);
    let mut by_key: HashMap<String, usize> = HashMap::new();
    let requests = server.requests();
    // Zones of the same name are looked for beside the run, if it lasts long enough.
    let of_zone = |request: &&Request| !request.path().ends_with("/hostedzonesbyname");
    for request in requests.iter().filter(of_zone) {
        assert_eq!(request.method, "GET", "{request:?}");
        let signature = request.header("authorization").expect("it is signed");
        let key = signature.split(['=', '/']).nth(1).unwrap_or_default();
        // The region of the profile, and the usual one where nothing sets any.
        let region = if key == "AKIDHELPED" {
            "cn-north-1"
        } else {
            "us-east-1"
        };
        let scope = format!("/{region}/route53/");
        assert!(signature.contains(&scope), "{signature}");
        *by_key.entry(key.to_owned()).or_default() += 1;
    }
    // The zone and two pages for each run.
    assert_eq!(
        by_key,
        HashMap::from([("AKIDENV".to_owned(), 6), ("AKIDHELPED".to_owned(), 3)])
    );
}

#[tokio::test]
async fn the_time_counts_from_the_start_of_the_command_also_while_nothing_answers() {
    let server = Server::start(|_| Reply::Hang).await;
    let home = home("");
    for command in ["watch", "check"] {
        let line = format!(
            "{command} -e http://app.example.test/ -z Z0TEST --no-http --duration=500ms -o json"
        );
        let arguments = line.split(' ').map(str::to_owned).collect();
        let variables = vec![
            ("AWS_ACCESS_KEY_ID", "AKIDENV".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_ENDPOINT_URL_ROUTE_53", server.url()),
        ];
        let output = program_beside(home.path(), arguments, variables).await;
        let text = said(&output);
        assert_eq!(output.status.code(), Some(5), "{text}");
        assert!(
            text.contains("the time (--duration 500ms) was up before measuring began"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_refusal_ends_the_program_with_code_five_and_a_cure() {
    let denials = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&denials);
    let server = Server::start(move |request| {
        if is_list(request) {
            counter.fetch_add(1, SeqCst);
            error_xml(
                403,
                "AccessDenied",
                "User: arn:aws:iam::1:user/x is not authorized",
            )
            .into_reply()
        } else {
            zone_xml("example.test.", PUBLIC, SERVERS)
        }
    })
    .await;
    let home = home("");
    let arguments = WATCH.iter().map(|&text| text.to_owned()).collect();
    let variables = vec![
        ("AWS_ACCESS_KEY_ID", "AKIDENV".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
        ("AWS_ENDPOINT_URL_ROUTE_53", server.url()),
    ];
    let output = program_beside(home.path(), arguments, variables).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(5), "{text}");
    check_lines(&text);
    assert!(text.contains("route53:ListResourceRecordSets"), "{text}");
    assert_eq!(denials.load(SeqCst), 1, "a refusal is not tried again");
    assert!(output.stdout.is_empty());
}
