//! Changes of weights through the API, written as the AWS CLI writes them.

use std::time::Duration;

use super::api::{ZONE, texts};
use super::client::{Http, ask_udp, get, post, question};
use super::{ONLY_BLUE, Running, first_position, run, story};

/// A change of one set, with more or other elements than its weight.
fn change(action: &str, identifier: &str, rest: &str) -> String {
    format!(
        "<Change><Action>{action}</Action><ResourceRecordSet><Name>app.example.test</Name><Type>A</Type>\
         <SetIdentifier>{identifier}</SetIdentifier>{rest}</ResourceRecordSet></Change>"
    )
}

/// Values as they stand in the zone, and a weight.
fn blue(weight: &str) -> String {
    change("UPSERT", "blue", &held(weight, "127.0.0.1"))
}

fn green(weight: &str) -> String {
    change("UPSERT", "green &amp; co", &held(weight, "127.0.0.12"))
}

fn held(weight: &str, value: &str) -> String {
    format!(
        "<Weight>{weight}</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord>\
         </ResourceRecords>"
    )
}

fn submit(running: &Running, changes: &str) -> Http {
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
         <Comment>a rehearsal</Comment><Changes>{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    );
    post(
        &running.addresses().api_url,
        &format!("{ZONE}/rrset/"),
        &body,
    )
}

fn weights(running: &Running) -> Vec<String> {
    let path = format!("{ZONE}/rrset?name=app.example.test&type=A");
    let list = get(&running.addresses().api_url, &path, true).body;
    texts(&list, "Weight")
        .into_iter()
        .map(str::to_owned)
        .collect()
}

#[test]
fn weights_move_at_once_in_the_api_and_at_each_server_after_its_lag() {
    let running = run(story(ONLY_BLUE), 100.0);
    let addresses = running.addresses();
    let before = running.position();
    let answer = submit(&running, &(blue("0") + &green("5")));
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(texts(&answer.body, "Status"), ["PENDING"]);
    assert_eq!(weights(&running), ["0", "5"]);
    let id = texts(&answer.body, "Id")[0].to_owned();
    let status = |id: &str| {
        let change = get(&addresses.api_url, &format!("/2013-04-01{id}"), true);
        texts(&change.body, "Status").join("")
    };
    // The second server follows 30 s later, and then the change is in sync.
    let switched_at = |server: usize| {
        first_position(&running, || {
            let (_, address) = addresses.name_servers[server];
            let answer = ask_udp(address, &question("app.example.test.", "A"));
            answer.answers[0].data.to_string() == "127.0.0.12"
        })
    };
    switched_at(0);
    let lag = Duration::from_secs(30);
    assert!(switched_at(1) >= before + lag);
    let in_sync = first_position(&running, || status(&id) == "INSYNC");
    assert!(in_sync >= before + lag);
    // The same weights again are a change of their own.
    let again = submit(&running, &blue("0"));
    let next = texts(&again.body, "Id")[0].to_owned();
    assert_ne!(next, id);
    assert_eq!(status(&id), "INSYNC");
    first_position(&running, || status(&next) == "INSYNC");
}

#[test]
fn a_batch_with_one_bad_change_changes_nothing_and_says_what_is_wrong() {
    let twice = blue("3") + &blue("4");
    let elsewhere = blue("3").replace("app.example.test", "app.example.org");
    let cases = [
        (
            change("CREATE", "blue", &held("1", "127.0.0.1")),
            "Tried to create resource record set [name='app.example.test.', type='A', set identifier='blue'] but it already exists",
        ),
        (
            change("DELETE", "grey", &held("1", "127.0.0.1")),
            "Tried to delete resource record set [name='app.example.test.', type='A', set identifier='grey'] but it was not found",
        ),
        (
            change("DELETE", "blue", &held("1", "127.0.0.1")),
            "does not delete the resource record set",
        ),
        (
            change("CREATE", "grey", &held("1", "127.0.0.1")),
            "has no resource record set",
        ),
        (
            change("UPSERT", "blue", &held("1", "127.0.0.99")),
            "ResourceRecords is not that of",
        ),
        (blue("3").replace(">60<", ">61<"), "TTL is not that of"),
        (
            twice,
            "an invalid set of changes for a resource record set 'A app.example.test.'",
        ),
        (
            elsewhere,
            "RRSet with DNS name app.example.org. is not permitted in zone example.test.",
        ),
    ];
    let running = run(story(ONLY_BLUE), 1.0);
    for (bad, message) in cases {
        let answer = submit(&running, &(green("7") + &bad));
        assert_eq!(answer.status, 400, "{bad}");
        assert_eq!(texts(&answer.body, "Code"), ["InvalidChangeBatch"], "{bad}");
        let told = texts(&answer.body, "Message")[0].replace("&apos;", "'");
        assert!(told.starts_with('[') && told.contains(message), "{told}");
        assert_eq!(weights(&running), ["1", "0"], "{bad}");
    }
}

#[test]
fn a_request_that_is_malformed_is_refused_with_the_code_that_route_53_gives() {
    let running = run(story(ONLY_BLUE), 1.0);
    let no_values = change("UPSERT", "blue", "<Weight>1</Weight>");
    let no_identifier = blue("1").replace("<SetIdentifier>blue</SetIdentifier>", "");
    let unknown_check = blue("1").replace(
        "</ResourceRecordSet>",
        "<HealthCheckId>abc</HealthCheckId></ResourceRecordSet>",
    );
    for (changes, status, code, message) in [
        ("", 400, "InvalidInput", "one Change at least"),
        (
            &blue("256"),
            400,
            "InvalidInput",
            "Value '256' is not facet-valid",
        ),
        (
            &blue("-1"),
            400,
            "InvalidInput",
            "Value '-1' is not facet-valid",
        ),
        (
            &blue("1").replace("UPSERT", "REPLACE"),
            400,
            "InvalidInput",
            "[CREATE, DELETE, UPSERT]",
        ),
        (
            &no_values,
            400,
            "InvalidInput",
            "Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords]",
        ),
        (
            &no_identifier,
            400,
            "InvalidInput",
            "Missing field 'SetIdentifier'",
        ),
        (&unknown_check, 404, "NoSuchHealthCheck", "abc"),
        ("<Change>", 400, "MalformedInput", ""),
    ] {
        let answer = submit(&running, changes);
        assert_eq!(
            (answer.status, texts(&answer.body, "Code")),
            (status, vec![code]),
            "{changes}"
        );
        let told = texts(&answer.body, "Message")[0].replace("&apos;", "'");
        assert!(told.contains(message), "{told}");
    }
    let url = &running.addresses().api_url;
    let other = post(url, "/2013-04-01/hostedzone/Z1/rrset/", "<a/>");
    assert_eq!(texts(&other.body, "Code"), ["NoSuchHostedZone"]);
    assert_eq!(weights(&running), ["1", "0"]);
}

#[test]
fn a_story_can_refuse_changes_alone() {
    for (fault, code) in [
        ("throttling", "Throttling"),
        ("prior_request_not_complete", "PriorRequestNotComplete"),
        ("access_denied", "AccessDenied"),
    ] {
        let api =
            format!("api = {{ fault = \"{fault}\", actions = [\"ChangeResourceRecordSets\"] }}\n");
        // It stands before the tables.
        let running = run(super::story_with(&api, ONLY_BLUE), 1.0);
        let answer = submit(&running, &blue("3"));
        assert_eq!(texts(&answer.body, "Code"), [code]);
        assert_eq!(weights(&running), ["1", "0"]);
    }
}
