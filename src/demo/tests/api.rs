//! The Route 53 API over HTTP.

use super::client::{get, raw_request, request};
use super::{ONLY_BLUE, run, story};

pub(super) const ZONE: &str = "/2013-04-01/hostedzone/Z0DEMO53EXAMPLE";

/// What stands between a start tag and its end tag, for every element of that name.
pub(super) fn texts<'body>(body: &'body str, element: &str) -> Vec<&'body str> {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    body.split(&open)
        .skip(1)
        .map(|rest| rest.split_once(&close).unwrap().0)
        .collect()
}

#[test]
fn the_zone_is_described_with_its_name_servers() {
    let running = run(story(ONLY_BLUE), 1.0);
    let zone = get(&running.addresses().api_url, ZONE, true);
    assert_eq!(zone.status, 200);
    assert!(
        zone.head.contains("content-type: text/xml"),
        "{}",
        zone.head
    );
    assert!(zone.body.contains(
        "<GetHostedZoneResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">"
    ));
    assert_eq!(texts(&zone.body, "Id"), ["/hostedzone/Z0DEMO53EXAMPLE"]);
    assert_eq!(texts(&zone.body, "Name"), ["example.test."]);
    assert_eq!(texts(&zone.body, "PrivateZone"), ["false"]);
    assert_eq!(texts(&zone.body, "ResourceRecordSetCount"), ["4"]);
    assert_eq!(
        texts(&zone.body, "NameServer"),
        ["ns-1.awsdns.test", "ns-2.awsdns.test"]
    );
}

#[test]
fn the_group_is_listed_with_weights_and_escaped_text() {
    let running = run(story(ONLY_BLUE), 1.0);
    let path = format!("{ZONE}/rrset?name=APP.example.test&type=A&maxitems=300");
    let list = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(texts(&list, "SetIdentifier"), ["blue", "green &amp; co"]);
    assert_eq!(texts(&list, "Weight"), ["1", "0"]);
    assert_eq!(texts(&list, "TTL"), ["60", "60"]);
    assert_eq!(texts(&list, "Value"), ["127.0.0.1", "127.0.0.12"]);
    assert_eq!(texts(&list, "IsTruncated"), ["false"]);
    assert_eq!(texts(&list, "MaxItems"), ["300"]);
    assert!(texts(&list, "NextRecordName").is_empty());
}

#[test]
fn pages_of_one_walk_through_the_group() {
    let running = run(story(ONLY_BLUE), 1.0);
    // A newer version of the API asks in the same way.
    let path = "/2099-01-01/hostedzone/Z0DEMO53EXAMPLE/rrset?maxitems=1";
    let mut seen = Vec::new();
    let mut start = String::new();
    for _ in 0..10 {
        let page = get(
            &running.addresses().api_url,
            &format!("{path}{start}"),
            true,
        )
        .body;
        let id = texts(&page, "SetIdentifier").join("");
        seen.push(format!(
            "{} {} {id}",
            texts(&page, "Name")[0],
            texts(&page, "Type")[0]
        ));
        assert_eq!(texts(&page, "MaxItems"), ["1"]);
        if texts(&page, "IsTruncated") == ["false"] {
            break;
        }
        start.clear();
        for (key, element) in [
            ("name", "NextRecordName"),
            ("type", "NextRecordType"),
            ("identifier", "NextRecordIdentifier"),
        ] {
            for value in texts(&page, element) {
                let value = value.replace("&amp;", "%26").replace(' ', "%20");
                start += &["&", key, "=", &value].concat();
            }
        }
    }
    assert_eq!(
        seen,
        [
            "example.test. NS ",
            "example.test. SOA ",
            "app.example.test. A blue",
            "app.example.test. A green &amp; co"
        ]
    );
}

#[test]
fn bad_calls_get_the_errors_that_aws_gives() {
    let running = run(story(ONLY_BLUE), 1.0);
    let url = &running.addresses().api_url;
    let rrset = format!("{ZONE}/rrset");
    for (method, path, signed, status, code) in [
        (
            "GET",
            ZONE.to_owned(),
            false,
            403,
            "MissingAuthenticationToken",
        ),
        (
            "GET",
            "/2013-04-01/hostedzone/Z1".to_owned(),
            true,
            404,
            "NoSuchHostedZone",
        ),
        (
            "GET",
            "/2013-04-01/hostedzone/Z1/rrset".to_owned(),
            true,
            404,
            "NoSuchHostedZone",
        ),
        ("GET", format!("{rrset}?type=A"), true, 400, "InvalidInput"),
        (
            "GET",
            format!("{rrset}?name=a&identifier=b"),
            true,
            400,
            "InvalidInput",
        ),
        (
            "GET",
            format!("{rrset}?name=a&type=ALIAS"),
            true,
            400,
            "InvalidInput",
        ),
        (
            "GET",
            format!("{rrset}?maxitems=0"),
            true,
            400,
            "InvalidInput",
        ),
        (
            "GET",
            format!("{rrset}?maxitems=many"),
            true,
            400,
            "InvalidInput",
        ),
        (
            "GET",
            "/2013-04-01/healthcheck/x".to_owned(),
            true,
            404,
            "NoSuchHealthCheck",
        ),
        ("PUT", rrset.clone(), true, 400, "InvalidAction"),
        ("POST", rrset.clone(), true, 400, "MalformedInput"),
        (
            "POST",
            rrset.clone(),
            false,
            403,
            "MissingAuthenticationToken",
        ),
    ] {
        let response = request(url, method, &path, signed);
        assert_eq!(response.status, status, "{path}");
        assert!(
            response.body.contains("<ErrorResponse xmlns="),
            "{}",
            response.body
        );
        assert_eq!(texts(&response.body, "Type"), ["Sender"]);
        assert_eq!(texts(&response.body, "Code"), [code], "{path}");
    }
    let report = running.report();
    assert_eq!((report.api_calls, report.api_errors), (12, 12));
}

#[test]
fn pages_have_a_usual_and_a_largest_size() {
    let running = run(story(ONLY_BLUE), 1.0);
    for (query, size) in [
        ("", "100"),
        ("?maxitems=300", "300"),
        ("?maxitems=1000", "300"),
    ] {
        let list = get(
            &running.addresses().api_url,
            &format!("{ZONE}/rrset{query}"),
            true,
        );
        assert_eq!(texts(&list.body, "MaxItems"), [size]);
    }
}

#[test]
fn the_story_can_make_calls_fail() {
    for (fault, status, code, message) in [
        (
            "access_denied",
            403,
            "AccessDenied",
            "not authorized to perform: route53:GetHostedZone on resource",
        ),
        ("expired_token", 403, "ExpiredToken", "expired"),
        ("throttling", 400, "Throttling", "Rate exceeded"),
    ] {
        let running = run(
            story(&format!(
                "{ONLY_BLUE}\n[[at]]\nafter = \"1ms\"\napi = {{ fault = \"{fault}\" }}"
            )),
            1000.0,
        );
        let response = get(&running.addresses().api_url, ZONE, true);
        assert_eq!(response.status, status);
        assert_eq!(texts(&response.body, "Code"), [code]);
        assert!(
            texts(&response.body, "Message")[0].contains(message),
            "{}",
            response.body
        );
    }
}

#[test]
fn an_unreachable_api_hangs_up_without_a_word() {
    let running = run(
        story(&format!(
            "{ONLY_BLUE}\n[[at]]\nafter = \"1ms\"\napi = {{ fault = \"unreachable\" }}"
        )),
        1000.0,
    );
    assert!(raw_request(&running.addresses().api_url, "GET", ZONE, true).is_empty());
    assert_eq!(running.report().api_errors, 1);
}

#[test]
fn a_session_that_has_run_out_and_a_spell_of_throttling_come_to_an_end() {
    for (fault, code) in [
        ("expired_token", "ExpiredToken"),
        ("throttling", "Throttling"),
    ] {
        let running = run(
            story(&format!(
                "{ONLY_BLUE}\n[[at]]\nafter = \"1ms\"\napi = {{ fault = \"{fault}\" }}\n\
                 [[at]]\nafter = \"100s\"\napi = {{ fault = \"none\" }}"
            )),
            200.0,
        );
        let mut refusals = Vec::new();
        let healed = super::first_position(&running, || {
            let answer = get(&running.addresses().api_url, ZONE, true);
            if answer.status != 200 {
                refusals.push(texts(&answer.body, "Code").join(""));
            }
            answer.status == 200
        });
        assert!(healed >= std::time::Duration::from_secs(100), "{healed:?}");
        assert!(
            refusals.iter().all(|refusal| refusal == code),
            "{refusals:?}"
        );
    }
}

#[test]
fn a_change_is_pending_until_the_last_server_has_it() {
    let change = "[[at]]\nafter = \"1ms\"\nweights = { blue = 0, \"green & co\" = 1 }";
    let running = run(story(&format!("{ONLY_BLUE}{change}")), 200.0);
    let api_url = running.addresses().api_url.clone();
    let asked = |number: u8| {
        let path = format!("/2013-04-01/change/C0DEMO53CHANGE{number}");
        get(&api_url, &path, true)
    };
    let mut before = Vec::new();
    let in_sync = super::first_position(&running, || {
        let answer = asked(1);
        let status = texts(&answer.body, "Status").join("");
        assert_eq!(
            texts(&answer.body, "SubmittedAt").len(),
            1,
            "{}",
            answer.body
        );
        before.push(status.clone());
        status == "INSYNC"
    });
    assert!(in_sync >= std::time::Duration::from_secs(30), "{in_sync:?}");
    before.pop();
    assert!(
        before.iter().all(|status| status == "PENDING"),
        "{before:?}"
    );
    for unknown in [0, 2] {
        let refused = asked(unknown);
        assert_eq!(
            (refused.status, texts(&refused.body, "Code")),
            (404, vec!["NoSuchChange"])
        );
    }
}
