//! The whole world from outside: real packets to a started world, as any client would send them.

mod api;
mod changes;
mod client;
mod dns;
mod health;
mod resolving;
mod rules;
mod tree;
mod web;

use super::clock::StoryClock;
use super::*;
use client::{Http, ask_udp, get, question};

/// As [`story`], with more before the tables too.
fn story_with(before: &str, more: &str) -> Story {
    let text = format!(
        "name = \"test\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\ntype = \"A\"\n\
         ttl = 60\n{before}[[server]]\nname = \"ns-1.awsdns.test\"\nlag = \"0s\"\n{more}"
    );
    Story::parse(&text, "test.toml").unwrap()
}

/// A story with one set for certain and every other for the asking, with `more` at its end.
fn story(more: &str) -> Story {
    let head = r#"
        name = "test"
        summary = "A story for tests."
        zone = "example.test"
        record = "app.example.test"
        type = "A"
        ttl = 60
        [[server]]
        name = "ns-1.awsdns.test"
        lag = "0s"
        [[server]]
        name = "ns-2.awsdns.test"
        lag = "30s"
    "#;
    Story::parse(&format!("{head}{more}"), "test.toml").unwrap()
}

/// Two sets, of which only blue is served.
const ONLY_BLUE: &str = r#"
    [[set]]
    id = "blue"
    weight = 1
    values = ["127.0.0.1"]
    [[set]]
    id = "green & co"
    weight = 0
    values = ["127.0.0.12"]
"#;

fn run(story: Story, speed: f64) -> Running {
    let options = Options {
        story,
        speed,
        seed: None,
    };
    start(options).unwrap()
}

#[test]
fn every_built_in_story_starts_and_answers() {
    for story in Story::built_in() {
        let running = run(story.clone(), 1.0);
        let addresses = running.addresses();
        for (_, address) in &addresses.name_servers {
            let name = format!("{}.", addresses.record_name);
            let answer = ask_udp(*address, &question(&name, &addresses.record_type));
            let count = answer.answers.len();
            let expected: &[usize] = match story.name.as_str() {
                "alias-pool" => &[8],
                // One of its sets has three values.
                "half-bad-pool" => &[1, 3],
                _ => &[1],
            };
            assert!(expected.contains(&count), "{}: {count}", story.name);
        }
        let zone = get(
            &addresses.api_url,
            "/2013-04-01/hostedzone/Z0DEMO53EXAMPLE",
            true,
        );
        assert_eq!(zone.status, 200);
        let asked = u64::try_from(addresses.name_servers.len()).unwrap();
        assert_eq!(running.report().arrivals.questions, asked);
    }
}

#[test]
fn the_speed_has_limits() {
    for speed in [0.0, -1.0, 0.05, 1001.0, f64::NAN, f64::INFINITY] {
        let error = start(Options {
            story: story(ONLY_BLUE),
            speed,
            seed: None,
        })
        .unwrap_err();
        assert!(
            error.to_string().ends_with("allowed is 0.1 to 1000"),
            "{error}"
        );
    }
}

#[test]
fn a_change_shows_in_the_api_and_at_each_server_in_its_own_time() {
    let change = "[[at]]\nafter = \"20s\"\nweights = { blue = 0, \"green & co\" = 1 }";
    let running = run(story(&format!("{ONLY_BLUE}{change}")), 200.0);
    let addresses = running.addresses();
    let path = "/2013-04-01/hostedzone/Z0DEMO53EXAMPLE/rrset?name=app.example.test";
    // 20 s of story time are a tenth of a second. Each question is asked until the new answer comes, and the story time
    // is read before and after, so that no sleep has to be long enough.
    let api_at = first_position(&running, || {
        let answer = get(&addresses.api_url, path, true);
        answer
            .body
            .contains("<SetIdentifier>blue</SetIdentifier><Weight>0</Weight>")
    });
    let switched_at: Vec<_> = addresses
        .name_servers
        .iter()
        .map(|(_, address)| {
            first_position(&running, || {
                let answer = ask_udp(*address, &question("app.example.test.", "A"));
                answer.answers[0].data.to_string() == "127.0.0.12"
            })
        })
        .collect();
    assert!(api_at >= Duration::from_secs(20), "{api_at:?}");
    assert!(switched_at[0] >= Duration::from_secs(20), "{switched_at:?}");
    assert!(switched_at[1] >= Duration::from_secs(50), "{switched_at:?}");
    let report = running.stop();
    assert_eq!(
        report.servers[0].switches[0].applied_at,
        Duration::from_secs(20)
    );
    assert_eq!(
        report.servers[1].switches[0].applied_at,
        Duration::from_secs(50)
    );
    assert_eq!(report.sets[0].weight, Some(0));
}

/// Asks until the answer is yes; gives the story time after that. Fails after a quarter of an hour of story time.
fn first_position(running: &Running, mut ask: impl FnMut() -> bool) -> Duration {
    while !ask() {
        assert!(
            running.position() < Duration::from_mins(15),
            "no change came"
        );
    }
    running.position()
}

#[test]
fn a_stopped_world_is_gone_within_a_second() {
    let running = run(story(ONLY_BLUE), 1.0);
    let api_url = running.addresses().api_url.clone();
    // An open connection and a request in flight must not hold it up.
    let _idle = Http::connect(&api_url);
    let before = StoryClock::now();
    drop(running);
    assert!(before.elapsed() < Duration::from_secs(1));
    assert!(std::net::TcpStream::connect(api_url.trim_start_matches("http://")).is_err());
}

#[test]
fn a_world_is_up_soon() {
    let before = StoryClock::now();
    let running = run(Story::built_in()[0].clone(), 1.0);
    // Some 3 ms on an idle machine; the bound only catches a wait that somebody builds in.
    assert!(before.elapsed() < Duration::from_secs(2));
    assert!(running.started_at() <= running.report().wall_time(running.position()));
}

#[test]
fn the_instructions_set_variables_and_nothing_else() {
    let running = run(story(ONLY_BLUE), 1.0);
    let text = serve_instructions(running.addresses(), false);
    let (exports, comments): (Vec<_>, Vec<_>) =
        text.lines().partition(|line| line.starts_with("export "));
    assert!(comments.iter().all(|line| line.starts_with('#')), "{text}");
    assert_eq!(exports.len(), 5);
    assert!(exports[0].starts_with("export AWS_ENDPOINT_URL_ROUTE_53=http://127.0.0.1:"));
    let (_, address) = &running.addresses().name_servers[1];
    let dig = format!(
        "dig +norecurse +noall +answer @127.0.0.1 -p {} app.example.test A",
        address.port()
    );
    assert!(text.contains(&dig), "{text}");
    assert!(text.contains(" -z Z0DEMO53EXAMPLE -n 127.0.0.1:"), "{text}");
    assert!(text.contains(&format!(" -n {address}")), "{text}");
    let resolver = format!(" --resolver {}", running.addresses().resolver);
    assert!(text.contains(&resolver), "{text}");
    assert!(!text.contains("--no-http"));
}

#[test]
fn a_world_without_web_servers_says_so() {
    let story = story(ONLY_BLUE);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .unwrap();
    let addresses = runtime.block_on(async {
        let mut sockets = Sockets::bind(&story).await.unwrap();
        sockets.web = Err("no such address".to_owned());
        sockets.addresses(&story).unwrap()
    });
    assert_eq!(addresses.endpoint, "http://app.example.test/");
    let text = serve_instructions(&addresses, false);
    assert!(text.contains("# (without HTTP: no such address)"), "{text}");
    assert!(text.contains(" --no-http"), "{text}");
}
