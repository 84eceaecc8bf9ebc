//! Health checks: what the API says of them and what they do to the answers.

use super::api::texts;
use super::client::{ask_udp, get, question};
use super::{Story, run, story};

const CHECKED: &str = r#"
    [[set]]
    id = "blue"
    weight = 200
    values = ["127.0.0.1"]
    health_check = { type = "HTTP", passing = 2 }
    [[set]]
    id = "green"
    weight = 1
    values = ["127.0.0.12"]
    health_check = { type = "CALCULATED", passing = 3 }
    [[set]]
    id = "standby"
    weight = 0
    values = ["127.0.0.13"]
    health_check = { type = "TCP", disabled = true }
"#;

const CHECK: &str = "/2013-04-01/healthcheck/d3300000-0000-4000-8000-00000000000";

#[test]
fn a_checks_settings_and_what_its_checkers_saw_can_be_read() {
    let running = run(story(CHECKED), 1.0);
    let url = &running.addresses().api_url;
    let settings = get(url, &format!("{CHECK}0"), true).body;
    assert_eq!(
        texts(&settings, "Id"),
        ["d3300000-0000-4000-8000-000000000000"]
    );
    assert_eq!(texts(&settings, "Type"), ["HTTP"]);
    assert_eq!(texts(&settings, "IPAddress"), ["127.0.0.1"]);
    assert_eq!(texts(&settings, "Inverted"), ["false"]);
    assert_eq!(texts(&settings, "Disabled"), ["false"]);
    let status = get(url, &format!("{CHECK}0/status"), true).body;
    let said = texts(&status, "Status");
    assert_eq!(said.len(), 16);
    assert_eq!(
        said.iter()
            .filter(|text| **text == "Success: HTTP Status Code 200, OK")
            .count(),
        2
    );
    assert!(said[15].starts_with("Failure: Connection timed out."));
    let time = texts(&status, "CheckedTime")[0];
    assert!(humantime::parse_rfc3339(time).is_ok(), "{time}");
    let disabled = get(url, &format!("{CHECK}2"), true).body;
    assert_eq!(texts(&disabled, "Disabled"), ["true"]);
    assert!(texts(&get(url, &format!("{CHECK}2/status"), true).body, "Status").is_empty());
}

#[test]
fn calculated_and_unknown_checks_have_no_status() {
    let running = run(story(CHECKED), 1.0);
    let url = &running.addresses().api_url;
    let calculated = get(url, &format!("{CHECK}1/status"), true);
    assert_eq!(calculated.status, 400);
    assert_eq!(texts(&calculated.body, "Code"), ["InvalidInput"]);
    // What it follows has one.
    let settings = get(url, &format!("{CHECK}1"), true).body;
    assert_eq!(texts(&settings, "HealthThreshold"), ["1"]);
    let child = texts(&settings, "ChildHealthCheck")[0].to_owned();
    let status = format!("/2013-04-01/healthcheck/{child}/status");
    let status = get(url, &status, true).body;
    let passing = |text: &&&str| text.starts_with("Success: ");
    assert_eq!(texts(&status, "Status").iter().filter(passing).count(), 3);
    for path in ["7", "7/status"] {
        let missing = get(url, &format!("{CHECK}{path}"), true);
        assert_eq!(missing.status, 404);
        assert_eq!(texts(&missing.body, "Code"), ["NoSuchHealthCheck"]);
    }
}

#[test]
fn the_listing_names_each_sets_check() {
    let running = run(story(CHECKED), 1.0);
    let path = format!("{}/rrset", super::api::ZONE);
    let list = get(&running.addresses().api_url, &path, true).body;
    assert_eq!(texts(&list, "HealthCheckId").len(), 3);
    assert!(list.contains(
        "</ResourceRecords><HealthCheckId>d3300000-0000-4000-8000-000000000001</HealthCheckId>"
    ));
}

#[test]
fn an_unhealthy_set_is_not_served_and_the_report_says_why() {
    let running = run(story(CHECKED), 1.0);
    let (_, server) = running.addresses().name_servers[0];
    for _ in 0..50 {
        let answer = ask_udp(server, &question("app.example.test.", "A"));
        assert_eq!(answer.answers[0].data.to_string(), "127.0.0.12");
    }
    let report = running.report();
    let healthy: Vec<_> = report.sets.iter().map(|set| set.healthy).collect();
    assert_eq!(healthy, [Some(false), Some(true), Some(true)]);
    assert!(
        report
            .to_string()
            .contains("set blue: weight 200, unhealthy,")
    );
}

#[test]
fn the_story_of_unhealthy_blue_goes_through_all_its_states() {
    let story = Story::find("unhealthy-blue").unwrap();
    // What can be answered after each step, as the last number of the address.
    let expected: [&[u8]; 5] = [&[11, 12], &[12], &[13], &[11, 12], &[11, 12]];
    for (steps, expected) in expected.iter().enumerate() {
        // The steps up to this one, all at the beginning.
        let mut story = story.clone();
        story.steps.truncate(steps);
        for (number, step) in (1_u64..).zip(&mut story.steps) {
            step.after = std::time::Duration::from_nanos(number);
        }
        let running = run(story, 1.0);
        let (_, server) = running.addresses().name_servers[0];
        let mut seen: Vec<u8> = (0..60)
            .map(|_| {
                let answer = ask_udp(server, &question("app.example.test.", "A"));
                let address = answer.answers[0].data.to_string();
                address.rsplit('.').next().unwrap().parse().unwrap()
            })
            .collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, *expected, "after {steps} steps");
    }
}
