//! Snapshots that the tests of all views draw and write: one for each situation that a user can meet.
//!
//! They are built the way the judge builds them, so every sum and share in them agrees with its parts.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::answer::Fault;
use crate::model::change::{Cause, Change};
use crate::model::cost::at_most;
use crate::model::health::SetHealth;
use crate::model::name::RecordName;
use crate::model::notice::Notice;
use crate::model::reading::{HttpReading, Latency, Outcomes};
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::route53_error::{Call, Route53Error};
use crate::model::share::{Candidate, Level, Reason, Share, as_f64, level, observed_shares};
use crate::model::verdict::{Propagation, ServerState, VerdictState};
use crate::snapshot::{
    Configuration, Event, Happening, HttpTotals, OlderSegment, Part, Rate, RecordFacts, Segment,
    Server, Set, Snapshot, Suspicion,
};

/// What can happen, and what can stand.
mod events;
/// Verdicts of every kind.
mod verdicts;

pub use events::{happenings, notices};

pub use verdicts::{
    blind, collecting, explanations, impossible, inconclusive, mismatch, out_of_reach, propagating,
    shares_off, suspected,
};

/// Every snapshot with a name for the messages of failing tests.
pub fn all() -> Vec<(&'static str, Snapshot)> {
    let mut all = verdicts::all();
    all.extend(situations());
    all
}

fn situations() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("empty", empty()),
        ("start", start()),
        ("running", running()),
        ("http off", http_off()),
        ("failing", failing()),
        ("hundred", hundred()),
        ("hostile", hostile()),
        ("changed", changed()),
        ("many segments", many_segments()),
        ("unhealthy", unhealthy()),
        ("nested", nested()),
    ]
}

/// The moment of all samples.
pub fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_264_496)
}

fn before(seconds: u64) -> SystemTime {
    now() - Duration::from_secs(seconds)
}

fn milliseconds(number: u64) -> Duration {
    Duration::from_millis(number)
}

fn latency(samples: u64, mean: u64, p50: u64, p95: u64, p99: u64) -> Latency {
    Latency {
        samples,
        mean: milliseconds(mean),
        p50: milliseconds(p50),
        p95: milliseconds(p95),
        p99: milliseconds(p99),
        p95_between: (
            milliseconds(p50),
            (samples > 120).then(|| milliseconds(p99)),
        ),
    }
}

/// A set as it is declared, and its counts by name server.
pub struct Plan {
    identifier: String,
    weight: u64,
    target: String,
    counts: Vec<u64>,
}

fn plan(identifier: &str, weight: u64, target: &str, counts: &[u64]) -> Plan {
    Plan {
        identifier: identifier.to_owned(),
        weight,
        target: target.to_owned(),
        counts: counts.to_vec(),
    }
}

fn segment(number: u64, started_at: SystemTime, cause: Cause, plans: &[Plan]) -> Segment {
    let weights: Vec<u64> = plans.iter().map(|plan| plan.weight).collect();
    let counts: Vec<u64> = plans.iter().map(|plan| plan.counts.iter().sum()).collect();
    let candidates: Vec<Candidate> = weights
        .iter()
        .map(|&weight| Candidate {
            weight,
            healthy: true,
        })
        .collect();
    let expected = level(&candidates);
    let observed = observed_shares(&counts);
    let sets = plans
        .iter()
        .enumerate()
        .map(|(index, plan)| {
            let observed_share = observed.as_ref().map(|shares| shares[index]);
            Set {
                identifier: plan.identifier.clone(),
                weight: plan.weight,
                target: plan.target.clone(),
                ttl: (!plan.target.starts_with("alias")).then_some(Duration::from_mins(1)),
                declared_share: expected[index].0,
                share: Share {
                    value: expected[index].0,
                    levels: vec![Level {
                        identifier: plan.identifier.clone(),
                        weight: plan.weight,
                        of: expected[index].2,
                        value: expected[index].0,
                        reason: expected[index].1,
                    }],
                },
                health: SetHealth::default(),
                suspicion: None,
                parts: Vec::new(),
                count: counts[index],
                observed_share,
                diff: observed_share.map(|share| share - expected[index].0),
                judged: None,
                recent: None,
                http: Some(http(counts[index], index as u64)),
            }
        })
        .collect();
    let named = counts.iter().sum();
    Segment {
        number,
        started_at,
        ended_at: None,
        cause,
        sets,
        ttls: vec![Duration::from_mins(1)],
        queries: Outcomes {
            sent: named,
            named,
            ..Outcomes::default()
        },
        verdict: None,
        propagation: None,
    }
}

fn http(requests: u64, index: u64) -> HttpReading {
    HttpReading {
        requests,
        status: [0, requests, 0, 0, 0],
        latency: (requests > 0).then(|| {
            latency(
                requests,
                43 + index * 7,
                41 + index * 6,
                88 + index * 23,
                131 + index * 40,
            )
        }),
        ..HttpReading::default()
    }
}

fn servers(plans: &[Plan]) -> Vec<Server> {
    let addressed = [
        ("ns-421.awsdns-52.com", "205.251.193.165:53"),
        ("ns-903.awsdns-48.net", "205.251.195.135:53"),
        ("ns-1102.awsdns-09.org", "205.251.196.78:53"),
        ("ns-1967.awsdns-53.co.uk", "205.251.199.175:53"),
    ];
    addressed
        .into_iter()
        .enumerate()
        .map(|(index, (name, address))| {
            let counts: Vec<u64> = plans
                .iter()
                .map(|plan| plan.counts.get(index).copied().unwrap_or(0))
                .collect();
            let answers = counts.iter().sum();
            let shift = index as u64 * 3;
            Server {
                name: name.to_owned(),
                address: address.parse().ok(),
                queries: Outcomes {
                    sent: answers,
                    named: answers,
                    ..Outcomes::default()
                },
                counts,
                latency: (answers > 0)
                    .then(|| latency(answers, 13 + shift, 12 + shift, 24 + shift, 51 + shift)),
                state: ServerState::Current,
                switched_at: None,
                last_answer_age: (answers > 0).then(|| milliseconds(97 * (index as u64 + 1))),
            }
        })
        .collect()
}

fn record() -> RecordFacts {
    RecordFacts {
        name: "app.example.com".to_owned(),
        record_type: RecordType::A,
        zone_id: "Z0123456789ABCDEFGHIJ".to_owned(),
        zone_name: "example.com".to_owned(),
        endpoint: "https://app.example.com".to_owned(),
    }
}

fn happened(seconds_ago: u64, what: Happening) -> Event {
    let at = before(seconds_ago);
    Event { at, what }
}

fn weight(set: &str, from: u64, to: u64) -> Change {
    let set = set.to_owned();
    Change::Weight { set, from, to }
}

/// What the engineer has changed in the samples with more than one segment.
fn half_and_half() -> Arc<[Change]> {
    [weight("blue-32", 180, 128), weight("green-33", 70, 128)].into()
}

/// Measuring begins with these sets.
fn started(plans: &[Plan]) -> Happening {
    let name = RecordName::from_user("app.example.com").expect("a name");
    let set = |plan: &Plan| {
        let target = Target::Addresses(Vec::new());
        WeightedSet::new(&plan.identifier, plan.weight, target)
    };
    let sets = plans.iter().map(set).collect();
    Happening::Started {
        group: Arc::new(WeightedGroup::of_weights(name, RecordType::A, sets)),
        servers: 4,
    }
}

/// A run with these sets, in its first and only segment.
fn run(plans: &[Plan]) -> Snapshot {
    let current = segment(1, before(123), Cause::Start, plans);
    let queries = current.queries.clone();
    let mut snapshot = Snapshot {
        record: record(),
        started_at: before(123),
        now: now(),
        uptime: Duration::from_secs(123),
        rate: Rate {
            target: 10,
            achieved: Some(10.03),
            recent: Some(10.1),
            late: 0,
            skipped: 0,
        },
        http: Some(HttpTotals {
            requests: queries.named,
            failures: 0,
            skipped: 0,
            server_errors: 0,
            mean: (queries.named > 0).then_some(milliseconds(45)),
        }),
        queries,
        segments: vec![current],
        explanation: None,
        older_segments: 0,
        older: Vec::new(),
        servers: servers(plans),
        configuration: Configuration {
            polls: 5,
            failures: 0,
            last_success_at: Some(before(12)),
            age: Some(Duration::from_secs(12)),
            last_error: None,
        },
        events: vec![happened(123, started(plans))],
        older_events: 0,
        notes: Vec::new(),
        cost: at_most(10),
    };
    verdicts::judge(&mut snapshot);
    snapshot
}

fn readme_plans() -> [Plan; 2] {
    [
        plan("blue-32", 180, "192.0.2.32 +1", &[223, 225, 219, 224]),
        plan(
            "green-33",
            70,
            "alias green-33.ap-northeast-2.elb.amazonaws.com",
            &[86, 83, 90, 84],
        ),
    ]
}

/// The numbers of the original's documentation.
pub fn running() -> Snapshot {
    run(&readme_plans())
}

/// Before the snapshot of the first reading of the weights.
pub fn empty() -> Snapshot {
    let mut snapshot = start();
    snapshot.segments.clear();
    snapshot.explanation = None;
    snapshot.servers.clear();
    snapshot.queries = Outcomes::default();
    snapshot.configuration = Configuration::default();
    snapshot.events.clear();
    snapshot
}

/// Queries are out, no answer is in.
pub fn start() -> Snapshot {
    let mut plans = readme_plans();
    for plan in &mut plans {
        plan.counts = vec![0; 4];
    }
    let mut snapshot = run(&plans);
    snapshot.started_at = now();
    snapshot.uptime = milliseconds(300);
    snapshot.rate.achieved = None;
    snapshot.rate.recent = None;
    snapshot.segments[0].started_at = now();
    snapshot.segments[0].queries.sent = 3;
    snapshot.queries.sent = 3;
    for server in &mut snapshot.servers[..3] {
        server.queries.sent = 1;
    }
    snapshot.configuration.polls = 1;
    snapshot.configuration.age = Some(Duration::ZERO);
    snapshot.configuration.last_success_at = Some(now());
    snapshot.events[0].at = now();
    snapshot
}

/// `--no-http`.
pub fn http_off() -> Snapshot {
    let mut snapshot = running();
    snapshot.http = None;
    for set in &mut snapshot.segments[0].sets {
        set.http = None;
    }
    snapshot
}

/// The API cannot be reached, one name server is silent, green fails, the certificate is not verified.
pub fn failing() -> Snapshot {
    let mut plans = readme_plans();
    for plan in &mut plans {
        plan.counts[2] = 12;
    }
    let mut snapshot = run(&plans);
    snapshot.servers[2].state = ServerState::Silent;
    snapshot.servers[2].state = ServerState::Silent;
    snapshot.servers[2].last_answer_age = Some(Duration::from_secs(84));
    for queries in [
        &mut snapshot.queries,
        &mut snapshot.segments[0].queries,
        &mut snapshot.servers[2].queries,
    ] {
        queries.faults[Fault::Timeout.index()] = 41;
        queries.faults[Fault::Servfail.index()] = 2;
        queries.ambiguous = 5;
        queries.stray = 1;
        queries.sent += 41 + 2 + 5 + 3;
    }
    snapshot.rate.late = 17;
    snapshot.rate.skipped = 4;
    let failed = HttpTotals {
        failures: 9,
        skipped: 3,
        server_errors: 21,
        ..snapshot.http.take().unwrap_or_default()
    };
    snapshot.http = Some(failed);
    if let Some(green) = snapshot.segments[0].sets[1].http.as_mut() {
        green.failures = 9;
        green.skipped = 3;
        green.status = [0, green.requests - 9 - 21, 0, 0, 21];
        green.last_failure = Some("the connection was refused".to_owned());
    }
    let error = Route53Error::AccessDenied {
        call: Call::ListResourceRecordSets,
        zone_id: snapshot.record.zone_id.clone(),
    };
    snapshot.configuration = Configuration {
        polls: 9,
        failures: 4,
        last_success_at: Some(before(130)),
        age: Some(Duration::from_secs(130)),
        last_error: Some(error.clone()),
    };
    snapshot.notes = vec![Notice::Insecure];
    snapshot.events.extend([
        happened(100, Happening::PollFailed(error)),
        happened(84, Happening::ServerSilent { server: 2.into() }),
    ]);
    snapshot
}

/// A hundred sets, the most that a group can have.
pub fn hundred() -> Snapshot {
    let plans: Vec<Plan> = (0..100)
        .map(|index: u64| {
            let counts: Vec<u64> = (0..4)
                .map(|server| 3 + (index * 7 + server * 5) % 11)
                .collect();
            let identifier = format!("shard-{index:03}");
            plan(
                &identifier,
                1 + index % 5,
                &format!("192.0.2.{index}"),
                &counts,
            )
        })
        .collect();
    run(&plans)
}

/// Identifiers and messages that try to move the cursor, turn the text round or break the columns.
pub fn hostile() -> Snapshot {
    let mut snapshot = run(&[
        plan(
            "a\u{1b}[2J\u{1b}[1;1Hb",
            10,
            "192.0.2.1\r\n",
            &[50, 50, 50, 50],
        ),
        plan(
            "blue\u{202e}neerg\u{200b}",
            10,
            "alias \u{7}bell",
            &[40, 40, 40, 40],
        ),
        plan(
            "전국적으로매우긴파랑배포식별자전국적으로매우긴파랑배포식별자",
            10,
            "192.0.2.3",
            &[60, 60, 60, 60],
        ),
        plan(
            "a-very-long-identifier-that-goes-on-and-on-and-on-blue",
            10,
            "a-name-of-two-hundred-characters.example.com",
            &[50, 50, 50, 50],
        ),
        plan(
            "a-very-long-identifier-that-goes-on-and-on-and-on-teal",
            10,
            "192.0.2.5",
            &[50, 50, 50, 50],
        ),
    ]);
    snapshot.record.name = "\u{1b}]0;owned\u{7}.example.com".to_owned();
    snapshot.record.zone_name = "ex\u{202e}ample.com".to_owned();
    snapshot.record.endpoint = "https://\u{1b}[31mapp.example.com".to_owned();
    let set = "changed\n\u{1b}[0m".to_owned();
    snapshot.segments[0].cause = Cause::Changed([Change::Removed { set }].into());
    snapshot.servers[0].name = "ns\u{1b}[2J.example.com".to_owned();
    let note = "note \u{1b}[5m with \u{2028} lines".to_owned();
    snapshot.notes = vec![Notice::NoWebServers(note)];
    let refused = |message: &str| Route53Error::Refused {
        call: Call::ListResourceRecordSets,
        code: "\u{7}Code".to_owned(),
        message: message.to_owned(),
        request_id: None,
    };
    snapshot.configuration.last_error = Some(refused("\u{1b}[31mred\u{1b}[0m\n second line"));
    let failed = Happening::PollFailed(refused("\u{9b}31m\u{1b}[31m fake\r\nline"));
    snapshot.events.push(happened(3, failed));
    if let Some(http) = snapshot.segments[0].sets[0].http.as_mut() {
        http.last_failure = Some("\u{1b}[2Jgone".to_owned());
    }
    snapshot
}

/// A minute after the engineer moved half of the traffic.
pub fn changed() -> Snapshot {
    let mut snapshot = running();
    let mut first = snapshot.segments.remove(0);
    first.ended_at = Some(before(61));
    let plans = [
        plan("blue-32", 128, "192.0.2.32 +1", &[78, 74, 79, 73]),
        plan(
            "green-33",
            128,
            "alias green-33.ap-northeast-2.elb.amazonaws.com",
            &[76, 79, 75, 77],
        ),
    ];
    let second = segment(2, before(61), Cause::Changed(half_and_half()), &plans);
    snapshot.queries.add(&second.queries);
    for (server, fresh) in snapshot.servers.iter_mut().zip(servers(&plans)) {
        server.queries.add(&fresh.queries);
        server.counts = fresh.counts;
    }
    snapshot.segments = vec![first, second];
    snapshot.uptime = Duration::from_secs(184);
    snapshot.started_at = before(184);
    snapshot.segments[0].started_at = before(184);
    snapshot.events[0].at = before(184);
    let began = Happening::SegmentBegan {
        segment: 2,
        changes: half_and_half(),
    };
    snapshot.events.push(happened(61, began));
    verdicts::came_through(&mut snapshot);
    snapshot
}

/// Many changes of weight, more than are kept or fit.
pub fn many_segments() -> Snapshot {
    let mut snapshot = changed();
    let template = snapshot.segments[0].clone();
    let current = snapshot.segments.remove(1);
    snapshot.segments = (0..12)
        .map(|index| {
            let mut old = template.clone();
            old.number = 9 + index;
            old.started_at = before(1_500 - index * 120);
            old.ended_at = Some(before(1_500 - index * 120 - 120));
            old
        })
        .collect();
    let propagation = current.propagation.clone();
    snapshot.segments.push(Segment {
        number: 21,
        propagation: propagation.map(|change| Propagation {
            segment: 21,
            ..change
        }),
        ..current
    });
    snapshot.queries = Outcomes::default();
    for segment in &snapshot.segments {
        snapshot.queries.add(&segment.queries);
    }
    snapshot.older_segments = 8;
    snapshot.older = (0..8)
        .map(|index| OlderSegment {
            number: index + 1,
            started_at: before(2_460 - index * 120),
            ended_at: Some(before(2_460 - index * 120 - 120)),
            cause: Cause::Changed(half_and_half()),
            named: 1_200 + index,
            verdict: (index > 0).then_some(VerdictState::Match),
        })
        .collect();
    snapshot.events = (0..30)
        .map(|index| {
            let began = Happening::SegmentBegan {
                segment: index + 1,
                changes: half_and_half(),
            };
            happened(900 - index * 25, began)
        })
        .collect();
    snapshot.older_events = 70;
    snapshot
}

/// One set is unhealthy, and one with an unknown health is never answered.
pub fn unhealthy() -> Snapshot {
    let plans = [
        plan("blue-32", 70, "192.0.2.32 +1", &[250, 250, 250, 250]),
        plan("green-33", 20, "192.0.2.33", &[0, 0, 0, 0]),
        plan(
            "teal-34",
            10,
            "alias teal-34.ap-northeast-2.elb.amazonaws.com",
            &[0, 0, 0, 0],
        ),
    ];
    let mut snapshot = run(&plans);
    let candidates = plans.each_ref().map(|plan| Candidate {
        weight: plan.weight,
        healthy: plan.identifier != "green-33",
    });
    let healths = [
        SetHealth::Assumed,
        SetHealth::Unhealthy,
        SetHealth::TargetUnknown,
    ];
    let shares = level(&candidates);
    let sets = &mut snapshot.segments[0].sets;
    for ((set, (value, reason, of)), health) in sets.iter_mut().zip(shares).zip(healths) {
        let [only] = set.share.levels.as_mut_slice() else {
            continue;
        };
        (only.value, only.reason, only.of) = (value, reason, of);
        set.share.value = value;
        set.declared_share = value;
        set.diff = set.observed_share.map(|share| share - value);
        set.health = health;
    }
    sets[2].suspicion = Some(Suspicion::TargetUnhealthy);
    verdicts::judge(&mut snapshot);
    snapshot
}

/// Weighted records under weighted records, one of them split once more by who asks, and different TTLs.
pub fn nested() -> Snapshot {
    let mut snapshot = run(&[
        plan("blue > a", 1, "192.0.2.32", &[75, 74, 76, 75]),
        plan("blue > b", 1, "192.0.2.33", &[76, 75, 75, 74]),
        plan(
            "green-with-a-long-name > the-one-and-only-branch",
            50,
            "latency eu-west-1 +1",
            &[148, 152, 149, 151],
        ),
    ]);
    let levels = |group: &str, name: &str, (weight, of): (u64, u64), reason| {
        let level = |identifier: &str, weight, of, reason| Level {
            identifier: identifier.to_owned(),
            weight,
            of,
            value: as_f64(weight) / as_f64(of),
            reason,
        };
        vec![
            level(group, 50, 100, Reason::Weight),
            level(name, weight, of, reason),
        ]
    };
    let all = [
        levels("blue", "a", (1, 2), Reason::Weight),
        levels("blue", "b", (1, 2), Reason::Weight),
        levels(
            "green-with-a-long-name",
            "the-one-and-only-branch",
            (50, 50),
            Reason::OnlyMember,
        ),
    ];
    for (set, levels) in snapshot.segments[0].sets.iter_mut().zip(all) {
        let value = levels.iter().map(|level| level.value).product();
        set.share = Share { value, levels };
        set.declared_share = value;
        set.diff = set.observed_share.map(|share| share - value);
    }
    let part = |label: &str, target: &str, count: u64| Part {
        label: label.to_owned(),
        target: target.to_owned(),
        count,
        observed_share: Some(as_f64(count) / 600.0),
    };
    snapshot.segments[0].sets[2].parts = vec![
        part("latency eu-west-1", "192.0.2.40", 180),
        part("latency us-east-1 > x", "192.0.2.41", 420),
    ];
    snapshot.segments[0].ttls.push(Duration::from_mins(5));
    snapshot.notes = vec![Notice::TtlsDiffer(snapshot.segments[0].ttls.clone())];
    verdicts::judge(&mut snapshot);
    snapshot
}
