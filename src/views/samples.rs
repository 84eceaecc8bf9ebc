//! Snapshots that the tests of all views draw and write: one for each situation that a user can meet.
//!
//! They are built the way the judge builds them, so every sum and share in them agrees with its parts.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::answer::Fault;
use crate::model::change::{Cause, Change};
use crate::model::comparison::{Bounds, Compared, Comparison, SideBounds, SideComparison};
use crate::model::cost::at_most;
use crate::model::declared::{DeclaredAlias, DeclaredSet, Tool};
use crate::model::gate::{
    Amount, Condition, Gate, GateReading, GateState, HYSTERESIS, Known, LEAST_SAMPLES, Metric,
    Relation, Rule, Scope, Severity, Subject,
};
use crate::model::health::SetHealth;
use crate::model::http::{Certificate, HttpFailure, HttpFault, Phases};
use crate::model::name::RecordName;
use crate::model::notice::Notice;
use crate::model::reading::{AddressReading, HttpReading, Latency, Outcomes};
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::resolver::{AnswerOf, ResolverAnswer, ResolverReading};
use crate::model::route53_error::{Call, Partition, Route53Error};
use crate::model::share::{Candidate, Level, Reason, Share, as_f64, level};
use crate::model::verdict::{ServerState, VerdictState};
use crate::snapshot::{
    Configuration, Event, Happening, HttpTotals, OlderSegment, Part, Portion, Rate, RecordFacts,
    Segment, Server, Set, Snapshot, Suspicion,
};

/// Whole runs, played to the real tally and judge.
pub mod course;
/// What can happen, and what can stand.
mod events;
/// A cutover in stages.
mod stages;
/// Verdicts of every kind.
mod verdicts;

pub use events::{happenings, messages, notices};
pub use stages::{held, off_plan, rolled_back, rolling_back, staged};

pub use verdicts::{
    blind, collecting, explanations, impossible, inconclusive, mismatch, out_of_reach, propagating,
    shares_off, suspected,
};

/// Every snapshot with a name for the messages of failing tests.
pub fn all() -> Vec<(&'static str, Snapshot)> {
    let mut all = verdicts::all();
    all.extend([
        ("empty", empty()),
        ("start", start()),
        ("running", running()),
        ("http off", http_off()),
        ("failing", failing()),
        ("slower", slower()),
        ("hundred", hundred()),
        ("hostile", hostile()),
        ("international", international()),
    ]);
    all.extend([
        ("changed", changed()),
        ("many segments", many_segments()),
        ("unhealthy", unhealthy()),
        ("nested", nested()),
    ]);
    all.extend([
        ("staged", staged()),
        ("held", held()),
        ("off the plan", off_plan()),
        ("rolling back", rolling_back()),
        ("rolled back", rolled_back()),
        ("gate tripped", gated()),
        ("gate tripped after a change", gated_after_a_change()),
    ]);
    all
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

fn latency(samples: u64, times: [u64; 4]) -> Latency {
    let [mean, p50, p95, p99] = times.map(Duration::from_millis);
    Latency {
        samples,
        mean,
        p50,
        p95,
        p99,
        max: 2 * p99,
        p50_between: (p50 / 2, (samples > 10).then_some(p95)),
        p95_between: (p50, (samples > 120).then_some(p99)),
        p99_between: (p95, (samples > 610).then_some(2 * p99)),
    }
}

/// Gates in several states: one that has tripped, one that holds, one of which too little is known.
pub fn gates() -> Vec<GateReading> {
    let set = "gre<e&n".to_owned();
    let reading = |scope, condition, severity, known: Known| {
        let is_tripped = known.state == GateState::Tripped;
        GateReading {
            gate: Arc::new(Gate {
                rule: Rule {
                    scope,
                    condition,
                    window: Some(Duration::from_mins(1)),
                },
                severity,
                least_samples: LEAST_SAMPLES,
                hysteresis: HYSTERESIS,
            }),
            tripped: is_tripped.then(|| known.clone()).into_iter().collect(),
            worst: known,
            trips: u64::from(is_tripped),
        }
    };
    let limit = |metric, relation, limit| Condition::Limit {
        metric,
        relation,
        limit,
    };
    let known = |subject, state, value, samples| Known {
        subject,
        state,
        value,
        samples,
        since: before(20),
    };
    vec![
        reading(
            Scope::Set(set.clone()),
            limit(Metric::ServerError, Relation::AtLeast, Amount::Percent(2.0)),
            Severity::Critical,
            known(
                Subject::Set(set),
                GateState::Tripped,
                Some(Amount::Percent(100.0 / 14.0)),
                56,
            ),
        ),
        reading(
            Scope::Whole,
            limit(
                Metric::P95,
                Relation::Above,
                Amount::Time(milliseconds(200)),
            ),
            Severity::Warning,
            known(
                Subject::Whole,
                GateState::Holds,
                Some(Amount::Time(milliseconds(62))),
                500,
            ),
        ),
        reading(
            Scope::AnyServer,
            Condition::Silent,
            Severity::Critical,
            known(Subject::Server(1.into()), GateState::Waiting, None, 0),
        ),
    ]
}

/// A match with a gate that has tripped.
pub fn gated() -> Snapshot {
    Snapshot {
        gates: gates(),
        ..running()
    }
}

/// The same after a change that may be the cause.
pub fn gated_after_a_change() -> Snapshot {
    let mut snapshot = Snapshot {
        gates: gates(),
        ..changed()
    };
    let change = snapshot
        .segments
        .last()
        .map_or(snapshot.now, |one| one.started_at);
    for known in snapshot.gates.iter_mut().flat_map(|gate| &mut gate.tripped) {
        known.since = change + Duration::from_secs(1);
    }
    snapshot
}

/// A set as it is declared, and its counts by name server.
struct Plan {
    set: Set,
    counts: Vec<u64>,
}

impl Plan {
    fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

fn plan(identifier: &str, weight: u64, target: &str, counts: &[u64]) -> Plan {
    let set = Set {
        identifier: identifier.to_owned(),
        weight,
        target: target.to_owned(),
        addresses: addresses(target),
        ttl: (!target.starts_with("alias")).then_some(Duration::from_mins(1)),
        declared_share: 0.0,
        share: Share::default(),
        health: SetHealth::default(),
        suspicion: None,
        parts: Vec::new(),
        counted: Portion::default(),
        named: Portion::default(),
        judged: None,
        recent: None,
        http: None,
        http_window: None,
    };
    let counts = counts.to_vec();
    Plan { set, counts }
}

/// The addresses behind `192.0.2.32 +1`: that one, and so many that follow it.
fn addresses(target: &str) -> Vec<IpAddr> {
    let (first, more) = target.split_once(" +").unwrap_or((target, "0"));
    let (Ok(IpAddr::V4(first)), Ok(more)) = (first.parse(), more.parse::<u32>()) else {
        return Vec::new();
    };
    let each = |place| Ipv4Addr::from_bits(first.to_bits() + place).into();
    (0..=more).map(each).collect()
}

/// The set with what its weight is worth beside the others, unless its levels say that already, and what was counted.
fn counted(plan: &Plan, (value, reason, of): (f64, Reason, u64), answers: u64) -> Set {
    let mut set = plan.set.clone();
    if set.share.levels.is_empty() {
        set.share.levels = vec![Level {
            identifier: set.identifier.clone(),
            weight: set.weight,
            of,
            value,
            reason,
        }];
    }
    set.share.value = set.share.levels.iter().map(|level| level.value).product();
    set.declared_share = set.share.value;
    set.named = Portion::new(plan.count(), answers, set.declared_share);
    set.counted = set.named;
    set
}

fn segment(number: u64, started_at: SystemTime, cause: Cause, plans: &[Plan]) -> Segment {
    let candidate = |plan: &Plan| Candidate {
        weight: plan.set.weight,
        healthy: plan.set.health.counts_as_healthy(),
    };
    let expected = level(&plans.iter().map(candidate).collect::<Vec<_>>());
    let answers = plans.iter().map(Plan::count).sum();
    let sets = plans.iter().zip(expected).enumerate();
    let sets = sets.map(|(index, (plan, expected))| {
        let mut set = counted(plan, expected, answers);
        set.http = Some(http(plan.count(), index as u64));
        set
    });
    Segment {
        declared: plans.iter().map(|plan| declared(&plan.set)).collect(),
        number,
        started_at,
        ended_at: None,
        cause,
        sets: sets.collect(),
        ttls: vec![Duration::from_mins(1)],
        queries: all_named(answers),
        verdict: None,
        propagation: None,
        comparisons: Vec::new(),
        tripped: None,
    }
}

/// Every query was answered, and every answer names a set.
fn all_named(named: u64) -> Outcomes {
    Outcomes {
        sent: named,
        named,
        ..Outcomes::default()
    }
}

fn http(requests: u64, index: u64) -> HttpReading {
    let times = [(43, 7), (41, 6), (88, 23), (131, 40)].map(|(first, more)| first + index * more);
    HttpReading {
        requests,
        status: [0, requests, 0, 0, 0],
        latency: (requests > 0).then(|| latency(requests, times)),
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
    let server = |(index, (name, address)): (usize, (&str, &str))| {
        let counts: Vec<u64> = plans.iter().map(|plan| plan.counts[index]).collect();
        let answers = counts.iter().sum();
        let times = [13, 12, 24, 51].map(|time| time + index as u64 * 3);
        Server {
            name: name.to_owned(),
            address: address.parse().ok(),
            queries: all_named(answers),
            named: counts.clone(),
            counted: counts,
            latency: (answers > 0).then(|| latency(answers, times)),
            state: ServerState::Current,
            switched_at: None,
            last_answer_age: (answers > 0).then(|| milliseconds(97 * (index as u64 + 1))),
        }
    };
    addressed.into_iter().enumerate().map(server).collect()
}

fn record() -> RecordFacts {
    RecordFacts {
        name: "app.example.com".to_owned(),
        record_type: RecordType::A,
        zone_id: "Z0123456789ABCDEFGHIJ".to_owned(),
        zone_name: "example.com".to_owned(),
        api_url: None,
        endpoint: "https://app.example.com".to_owned(),
        tool: Tool::default(),
    }
}

/// What the zone declares for a set.
fn declared(set: &Set) -> DeclaredSet {
    let alias = set.target.strip_prefix("alias ");
    DeclaredSet {
        name: "app.example.com.".to_owned(),
        record_type: "A".to_owned(),
        identifier: Some(set.identifier.clone()),
        weight: i64::try_from(set.weight).ok(),
        ttl: alias.is_none().then_some(60),
        values: alias.map_or_else(|| vec![set.target.clone()], |_| Vec::new()),
        alias: alias.map(|name| DeclaredAlias {
            hosted_zone_id: "ZWKZPGTI48KDX".to_owned(),
            dns_name: format!("{name}."),
            evaluate_target_health: true,
        }),
        health_check_id: None,
        others: Vec::new(),
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

/// A segment begins with that change.
fn began(segment: u64) -> Happening {
    let changes = half_and_half();
    Happening::SegmentBegan { segment, changes }
}

/// Measuring begins with these sets.
fn started(plans: &[Plan]) -> Happening {
    let name = RecordName::from_user("app.example.com").expect("a name");
    let sets = plans.iter().map(|Plan { set, .. }| {
        WeightedSet::new(&set.identifier, set.weight, Target::Addresses(Vec::new()))
    });
    let group = WeightedGroup::of_weights(name, RecordType::A, sets.collect());
    let (group, servers) = (Arc::new(group), 4);
    Happening::Started {
        group,
        servers,
        api_url: None,
    }
}

/// A run with these sets, in its first and only segment.
fn run(plans: &[Plan]) -> Snapshot {
    let current = segment(1, before(123), Cause::Start, plans);
    let queries = current.queries.clone();
    let mut snapshot = Snapshot {
        gates: Vec::new(),
        record: record(),
        started_at: before(123),
        now: now(),
        uptime: Duration::from_secs(123),
        rate: Rate {
            target: 10,
            target_since: None,
            achieved: Some(10.03),
            recent: Some(10.1),
            late: 0,
            skipped: 0,
        },
        http: Some(HttpTotals {
            is_off: false,
            requests: queries.named,
            failures: 0,
            skipped: 0,
            over_rate: 0,
            unexpected: 0,
            bad_bodies: 0,
            mean: (queries.named > 0).then_some(milliseconds(45)),
        }),
        queries,
        segments: vec![Arc::new(current)],
        window: Duration::from_mins(5),
        explanation: None,
        older_segments: 0,
        older: Vec::new(),
        servers: servers(plans),
        resolvers: Vec::new(),
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
        drain: None,
        stages: None,
        course: Arc::default(),
    };
    verdicts::judge(&mut snapshot);
    snapshot
}

/// Addresses at that weight, and a load balancer at that one.
fn plans(blue: (u64, [u64; 4]), green: (u64, [u64; 4])) -> [Plan; 2] {
    let balancer = "alias green-33.ap-northeast-2.elb.amazonaws.com";
    [
        plan("blue-32", blue.0, "192.0.2.32 +1", &blue.1),
        plan("green-33", green.0, balancer, &green.1),
    ]
}

fn readme_plans() -> [Plan; 2] {
    plans((180, [223, 225, 219, 224]), (70, [86, 83, 90, 84]))
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
    let mut snapshot = run(&plans((180, [0; 4]), (70, [0; 4])));
    snapshot.started_at = now();
    snapshot.uptime = milliseconds(300);
    snapshot.rate.achieved = None;
    snapshot.rate.recent = None;
    snapshot.segment_mut(0).started_at = now();
    snapshot.segment_mut(0).queries.sent = 3;
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
    for set in &mut snapshot.segment_mut(0).sets {
        set.http = None;
    }
    snapshot
}

/// Green answers more slowly than blue, and of the resolvers that were named one has an old answer and one refuses.
pub fn slower() -> Snapshot {
    let mut snapshot = running();
    snapshot.resolvers = resolvers(snapshot.uptime);
    let comparisons = compared();
    let measures = comparisons[0].measures;
    snapshot.segment_mut(0).comparisons = comparisons;
    let [set, than] = ["green-33", "blue-32"].map(str::to_owned);
    snapshot.events.push(happened(
        20,
        Happening::SideWorse {
            set,
            than,
            measures,
        },
    ));
    snapshot
}

fn resolvers(uptime: Duration) -> Vec<ResolverReading> {
    let answer = |of, is_old, left| ResolverAnswer {
        of,
        is_old,
        until: uptime + Duration::from_secs(left),
    };
    let [blue, green] = ["blue-32", "green-33"].map(str::to_owned);
    let each = [
        (
            "1.1.1.1:53",
            Some(answer(AnswerOf::Former(blue), Some(true), 41)),
            None,
        ),
        (
            "8.8.8.8:53",
            Some(answer(AnswerOf::Set(green), Some(false), 12)),
            None,
        ),
        ("192.0.2.53:53", None, Some(Fault::Refused)),
        (
            "192.0.2.54:53",
            Some(answer(AnswerOf::Several, None, 0)),
            None,
        ),
        (
            "192.0.2.55:53",
            Some(answer(AnswerOf::Nobody, None, 5)),
            None,
        ),
    ];
    let resolver = |(address, answer, fault): (&str, _, Option<Fault>)| ResolverReading {
        address: address.parse().expect("an address"),
        asked: 3,
        failed: u64::from(fault.is_some()),
        fault,
        answer,
    };
    each.into_iter().map(resolver).collect()
}

/// Green beside blue, and the other way round.
pub fn compared() -> Vec<SideComparison> {
    let bounds = |low, high, one_a_second| Bounds {
        low,
        high,
        one_a_second,
    };
    let blue = [
        (0.0, 0.0062),
        (0.039, 0.043),
        (0.084, 0.096),
        (0.101, 0.142),
    ];
    let green = [
        (0.0, 0.0154),
        (0.046, 0.05),
        (0.118, 0.131),
        (0.128, f64::INFINITY),
    ];
    let [blue, green] = [(blue, false), (green, true)]
        .map(|(all, thinned)| all.map(|(low, high)| bounds(low, high, thinned && low > 0.0)));
    let sides = |one: usize, other: usize, outcomes: [Comparison; 4], of: [SideBounds; 2]| {
        let mut places = 0..;
        let measures = outcomes.map(|outcome| {
            let place = places.next().unwrap_or_default();
            let [one, other] = of.map(|bounds: SideBounds| bounds[place]);
            Compared {
                outcome,
                one,
                other,
            }
        });
        SideComparison {
            one: one.into(),
            other: other.into(),
            against_old: other == 0,
            measures,
        }
    };
    let (worse, fine, open) = (
        Comparison::Worse,
        Comparison::NoWorse,
        Comparison::Undecided,
    );
    vec![
        sides(1, 0, [open, open, worse, open], [green, blue]),
        sides(0, 1, [fine; 4], [blue, green]),
    ]
}

/// The API cannot be reached, one name server is silent, green fails, the certificate is not verified.
pub fn failing() -> Snapshot {
    let mut snapshot = run(&plans((180, [223, 225, 12, 224]), (70, [86, 83, 12, 84])));
    snapshot.servers[2].state = ServerState::Silent;
    snapshot.servers[2].last_answer_age = Some(Duration::from_secs(84));
    for queries in [
        &mut snapshot.queries,
        &mut Arc::make_mut(&mut snapshot.segments[0]).queries,
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
    let http = snapshot.http.as_mut().expect("it is on");
    (http.failures, http.skipped, http.unexpected) = (9, 3, 21);
    http.bad_bodies = 2;
    let now = snapshot.now;
    let green = &mut snapshot.segment_mut(0).sets[1];
    let (green, lately) = (
        green.http.as_mut().expect("it is on"),
        &mut green.http_window,
    );
    green.skipped = 3;
    green.faults[HttpFault::Refused.index()] = 9;
    green.faults[HttpFault::Status.index()] = 21;
    green.faults[HttpFault::Body.index()] = 2;
    green.status = [0, green.requests - 9 - 21, 0, 0, 21];
    green.last_failure = Some(HttpFailure {
        kind: HttpFault::Refused,
        why: "the connection was refused".to_owned(),
    });
    green.phases = Some(Phases {
        connect: milliseconds(2),
        tls: milliseconds(9),
        first_byte: milliseconds(37),
        body: milliseconds(2),
    });
    green.addresses = [(33, 0, None), (34, 32, Some(HttpFault::Status))]
        .map(|(last, failed, last_fault)| AddressReading {
            address: [192, 0, 2, last].into(),
            requests: 132,
            failed,
            last_fault,
        })
        .to_vec();
    green.certificate = Some(Arc::new(Certificate {
        names: vec!["app.example.com".to_owned(), "*.app.example.com".to_owned()],
        more_names: 2,
        issuer: "Example CA".to_owned(),
        not_before: now - Duration::from_hours(24 * 80),
        not_after: now + Duration::from_hours(24 * 9 + 5),
    }));
    *lately = Some(HttpReading {
        last_failure: None,
        certificate: None,
        ..green.clone()
    });
    snapshot.record.api_url = Some("https://r53.example.net".to_owned());
    let error = Route53Error::AccessDenied {
        call: Call::ListResourceRecordSets,
        zone_id: snapshot.record.zone_id.clone(),
        partition: Partition::Standard,
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
    let plans = (0..100).map(|index: u64| {
        let counts = [0, 1, 2, 3].map(|server| 3 + (index * 7 + server * 5) % 11);
        let (identifier, target) = (format!("shard-{index:03}"), format!("192.0.2.{index}"));
        plan(&identifier, 1 + index % 5, &target, &counts)
    });
    run(&plans.collect::<Vec<_>>())
}

/// Identifiers and messages that try to move the cursor, turn the text round or break the columns.
pub fn hostile() -> Snapshot {
    let korean = "전국적으로매우긴파랑배포식별자전국적으로매우긴파랑배포식별자";
    let [blue, teal] = ["blue", "teal"]
        .map(|end| format!("a-very-long-identifier-that-goes-on-and-on-and-on-{end}"));
    let long = "a-name-of-two-hundred-characters.example.com";
    let mut snapshot = run(&[
        plan("a\u{1b}[2J\u{1b}[1;1Hb", 10, "192.0.2.1\r\n", &[50; 4]),
        plan("blue\u{202e}neerg\u{200b}", 10, "alias \u{7}bell", &[40; 4]),
        plan(korean, 10, "192.0.2.3", &[60; 4]),
        plan(&blue, 10, long, &[50; 4]),
        plan(&teal, 10, "192.0.2.5", &[50; 4]),
    ]);
    snapshot.record.name = "\u{1b}]0;owned\u{7}.example.com".to_owned();
    snapshot.record.zone_name = "ex\u{202e}ample.com".to_owned();
    snapshot.record.endpoint = "https://\u{1b}[31mapp.example.com".to_owned();
    let set = "changed\n\u{1b}[0m".to_owned();
    snapshot.segment_mut(0).cause = Cause::Changed([Change::Removed { set }].into());
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
    let http = snapshot.segment_mut(0).sets[0].http.as_mut();
    http.expect("it is on").last_failure = Some(HttpFailure {
        kind: HttpFault::Reset,
        why: "\u{1b}[2Jgone".to_owned(),
    });
    snapshot
}

/// Identifiers as people write them: with accents and marks, in scripts of wide letters and of joined ones, with pictures.
pub const INTERNATIONAL: [&str; 6] = [
    "gr\u{fc}n-\u{e9}t\u{e9}",
    "\u{d30c}\u{b791}-32",
    "\u{5927}\u{962a}-green",
    "blue-\u{1f680}",
    "q\u{307}-marked",
    "\u{915}\u{93f}\u{924}\u{93e}\u{92c}",
];

/// A group with such identifiers.
pub fn international() -> Snapshot {
    named(&INTERNATIONAL)
}

/// A group with these identifiers.
pub fn named(identifiers: &[&str]) -> Snapshot {
    let plan = |(index, identifier): (usize, &&str)| {
        let target = format!("192.0.2.{}", index + 1);
        plan(identifier, 10, &target, &[50, 40, 60, 50])
    };
    let plans = identifiers.iter().enumerate().map(plan);
    run(&plans.collect::<Vec<_>>())
}

/// A minute after the engineer moved half of the traffic.
pub fn changed() -> Snapshot {
    let mut snapshot = running();
    snapshot.current_mut().ended_at = Some(before(61));
    let plans = plans((128, [78, 74, 79, 73]), (128, [76, 79, 75, 77]));
    let second = segment(2, before(61), Cause::Changed(half_and_half()), &plans);
    snapshot.queries.add(&second.queries);
    for (server, fresh) in snapshot.servers.iter_mut().zip(servers(&plans)) {
        server.queries.add(&fresh.queries);
        (server.named, server.counted) = (fresh.named, fresh.counted);
    }
    snapshot.segments.push(Arc::new(second));
    snapshot.uptime = Duration::from_secs(184);
    snapshot.started_at = before(184);
    snapshot.segment_mut(0).started_at = before(184);
    snapshot.events[0].at = before(184);
    snapshot.events.push(happened(61, began(2)));
    verdicts::came_through(&mut snapshot);
    snapshot
}

/// Many changes of weight, more than are kept or fit.
pub fn many_segments() -> Snapshot {
    let mut snapshot = changed();
    let template = Segment::clone(&snapshot.segments[0]);
    let starts = |number: u64| before(2_580 - number * 120);
    let kept = (9..21).map(|number| {
        Arc::new(Segment {
            number,
            started_at: starts(number),
            ended_at: Some(starts(number + 1)),
            ..template.clone()
        })
    });
    snapshot.segments.splice(..1, kept);
    let current = snapshot.current_mut();
    current.number = 21;
    current.propagation.as_mut().expect("a change").segment = 21;
    snapshot.queries = Outcomes::default();
    for segment in &snapshot.segments {
        snapshot.queries.add(&segment.queries);
    }
    let older = (1..9).map(|number| OlderSegment {
        number,
        started_at: starts(number),
        ended_at: Some(starts(number + 1)),
        cause: Cause::Changed(half_and_half()),
        named: 1_199 + number,
        verdict: (number > 1).then_some(VerdictState::Match),
    });
    (snapshot.older_segments, snapshot.older) = (8, older.collect());
    let began = (1..31).map(|segment| happened(925 - segment * 25, began(segment)));
    (snapshot.older_events, snapshot.events) = (70, began.collect());
    snapshot
}

/// One set is unhealthy, and one with an unknown health is never answered.
pub fn unhealthy() -> Snapshot {
    let balancer = "alias teal-34.ap-northeast-2.elb.amazonaws.com";
    let mut plans = [
        plan("blue-32", 70, "192.0.2.32 +1", &[250; 4]),
        plan("green-33", 20, "192.0.2.33", &[0; 4]),
        plan("teal-34", 10, balancer, &[0; 4]),
    ];
    plans[0].set.health = SetHealth::Assumed;
    plans[1].set.health = SetHealth::Unhealthy;
    plans[2].set.health = SetHealth::TargetUnknown;
    plans[2].set.suspicion = Some(Suspicion::TargetUnhealthy);
    run(&plans)
}

/// Weighted records under weighted records, one of them split once more by who asks, and different TTLs.
pub fn nested() -> Snapshot {
    let [group, only] = ["green-with-a-long-name", "the-one-and-only-branch"];
    let set = |levels: [(&str, u64, u64, Reason); 2], target: &str, counts: &[u64]| {
        let [above, below] = levels;
        let identifier = format!("{} > {}", above.0, below.0);
        let mut plan = plan(&identifier, below.1, target, counts);
        plan.set.share.levels = levels
            .map(|(name, weight, of, reason)| Level {
                identifier: name.to_owned(),
                weight,
                of,
                value: as_f64(weight) / as_f64(of),
                reason,
            })
            .to_vec();
        plan
    };
    let half = |name| (name, 50, 100, Reason::Weight);
    let one_of_two = |name| [half("blue"), (name, 1, 2, Reason::Weight)];
    let branch = [half(group), (only, 50, 50, Reason::OnlyMember)];
    let mut plans = [
        set(one_of_two("a"), "192.0.2.32", &[75, 74, 76, 75]),
        set(one_of_two("b"), "192.0.2.33", &[76, 75, 75, 74]),
        set(branch, "latency eu-west-1 +1", &[148, 152, 149, 151]),
    ];
    let part = |label: &str, target: &str, count: u64| Part {
        label: label.to_owned(),
        target: target.to_owned(),
        count,
        observed_share: Some(as_f64(count) / 600.0),
    };
    plans[2].set.parts = vec![
        part("latency eu-west-1", "192.0.2.40", 180),
        part("latency us-east-1 > x", "192.0.2.41", 420),
    ];
    let mut snapshot = run(&plans);
    let ttls = &mut snapshot.segment_mut(0).ttls;
    ttls.push(Duration::from_mins(5));
    snapshot.notes = vec![Notice::TtlsDiffer(ttls.clone())];
    snapshot
}
