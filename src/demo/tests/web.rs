//! The web servers behind the record sets.

use std::time::Duration;

use super::super::clock::StoryClock;
use super::client::get;
use super::{Running, run, story};

/// The URL of the web server at an address of the world's endpoint.
fn at(running: &Running, address: &str) -> String {
    let endpoint = url::Url::parse(&running.addresses().endpoint).unwrap();
    assert_eq!(endpoint.host_str(), Some("app.example.test"));
    format!("http://{address}:{}", endpoint.port().unwrap())
}

#[test]
fn a_web_server_names_its_set_takes_its_time_and_fails_as_told() {
    // 127.0.0.1 alone, so that this test runs on machines that have no other loopback address.
    let running = run(
        story(
            "[[set]]\nid = \"blue\"\nweight = 1\nvalues = [\"127.0.0.1\"]\nweb = { delay = \"60ms\", jitter = \"5ms\" }",
        ),
        1000.0,
    );
    assert_eq!(running.addresses().web, Ok(()));
    let before = StoryClock::now();
    let answer = get(&at(&running, "127.0.0.1"), "/any/path", false);
    // The delay is real time, although the story runs a thousand times as fast.
    assert!(before.elapsed() >= Duration::from_millis(60));
    assert_eq!((answer.status, answer.body.as_str()), (200, "blue\n"));
}

#[test]
fn a_failing_web_server_answers_with_its_status() {
    let running = run(
        story(
            "[[set]]\nid = \"blue\"\nweight = 1\nvalues = [\"127.0.0.1\"]\nweb = { error_share = 1.0, status = 500 }",
        ),
        1.0,
    );
    assert_eq!(get(&at(&running, "127.0.0.1"), "/", false).status, 500);
    let report = running.report();
    assert_eq!(
        (report.sets[0].web_requests, report.sets[0].web_errors),
        (1, 1)
    );
}

#[test]
fn every_set_has_its_own_web_server_on_the_common_port() {
    let running = run(super::Story::find("cutover").unwrap().clone(), 1.0);
    if running.addresses().web.is_err() {
        // Machines with one loopback address only say so, and this test has nothing to look at.
        return;
    }
    for (address, body) in [("127.0.0.11", "blue\n"), ("127.0.0.12", "green\n")] {
        assert_eq!(get(&at(&running, address), "/", false).body, body);
    }
}
