//! Gates on simulated time: a tally, a judge and half a second from tick to tick.

use std::time::{Duration, SystemTime};

use super::*;
use crate::facts::{At, Fact, HttpOutcome, Query};
use crate::judge::{Judge, RunFacts};
use crate::model::answer::{Answer, Fault, ServerMode};
use crate::model::declared::Tool;
use crate::model::event::EventKind;
use crate::model::gate::{HYSTERESIS, LEAST_SAMPLES, Rule, Severity};
use crate::model::http::HttpFailure;
use crate::model::http::{HttpFault, Phases};
use crate::model::name::RecordName;
use crate::model::notice::Notice;
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::verdict::Criteria;
use crate::snapshot::RecordFacts;
use crate::tally::Tally;
use crate::verdict::Start;

const START: SystemTime = SystemTime::UNIX_EPOCH;
const TICK: Duration = Duration::from_millis(500);

/// A run with one gate.
struct Run {
    tally: Tally,
    judge: Judge,
    uptime: Duration,
    events: Vec<(EventKind, Duration)>,
}

fn group(sets: &[(&str, &str)]) -> WeightedGroup {
    let set = |&(identifier, address): &(&str, &str)| {
        let target = Target::Addresses(vec![address.parse().expect("an address")]);
        WeightedSet::new(identifier, 10, target)
    };
    let name = RecordName::from_user("app.example.test").expect("a name");
    WeightedGroup::of_weights(name, RecordType::A, sets.iter().map(set).collect())
}

const BOTH: [(&str, &str); 2] = [("blue", "192.0.2.1"), ("green", "192.0.2.2")];

fn gate(scope: Scope, condition: Condition, window: Option<Duration>) -> Gate {
    Gate {
        rule: Rule {
            scope,
            condition,
            window,
        },
        severity: Severity::Critical,
        least_samples: LEAST_SAMPLES,
        hysteresis: HYSTERESIS,
    }
}

fn limit(metric: Metric, relation: Relation, limit: Amount) -> Condition {
    Condition::Limit {
        metric,
        relation,
        limit,
    }
}

fn green_errors() -> Gate {
    let condition = limit(Metric::Errors, Relation::AtLeast, Amount::Percent(2.0));
    gate(
        Scope::Set("green".to_owned()),
        condition,
        Some(Duration::from_mins(1)),
    )
}

impl Run {
    fn new(gate: Gate) -> Self {
        let servers = vec![
            "ns-1.example.test".to_owned(),
            "ns-2.example.test".to_owned(),
        ];
        Self {
            tally: Tally::new(group(&BOTH), servers, START),
            judge: Judge::new(RunFacts {
                gates: vec![Arc::new(gate)],
                max_unknown: 0.05,
                window: Duration::from_mins(5),
                http_margin: 0.2,
                http_max_tps: None,
                start: Start::Settled,
                record: RecordFacts {
                    name: "app.example.test".into(),
                    record_type: RecordType::A,
                    zone_id: "Z1".into(),
                    zone_name: "example.test".into(),
                    api_url: None,
                    endpoint: "https://app.example.test/".into(),
                    tool: Tool::default(),
                },
                tps: 10,
                http: true,
                criteria: Criteria {
                    tolerance: 0.05,
                    confidence: 0.99,
                },
                notes: Vec::new(),
                plan: crate::model::stage::Plan::default(),
                started_at: START,
            }),
            uptime: Duration::ZERO,
            events: Vec::new(),
        }
    }

    fn at(&self) -> At {
        At {
            uptime: self.uptime,
            wall: START + self.uptime,
        }
    }

    /// A request to the set at a place: how long it took, and whether it went well.
    fn request(&self, set: usize, millis: u64, well: bool) {
        let (segment, _) = self.tally.in_force();
        let address = BOTH[set].1.parse().expect("an address");
        let outcome = if well {
            HttpOutcome::Response {
                address,
                status: 200,
                phases: Some(Phases {
                    first_byte: Duration::from_millis(millis),
                    ..Phases::default()
                }),
                failure: None,
            }
        } else {
            let failure = HttpFailure {
                kind: HttpFault::Reset,
                why: "gone".to_owned(),
            };
            HttpOutcome::NoResponse { address, failure }
        };
        self.tally.take(Fact::Requested {
            at: self.at(),
            segment,
            set: set.into(),
            outcome,
        });
    }

    /// A query of a server: which address it answers with, or nothing.
    fn ask(&self, server: usize, answer: Option<&str>) {
        let (segment, _) = self.tally.in_force();
        let (at, mode) = (self.at(), ServerMode::Direct);
        let query = Query {
            sent_at: self.uptime,
            server: server.into(),
            segment,
            mode,
            stray: 0,
        };
        self.tally.take(Fact::Sent {
            at,
            server: server.into(),
            segment,
            mode,
        });
        self.tally.take(match answer {
            Some(address) => Fact::Answered {
                at,
                query,
                took: Duration::from_millis(2),
                answer: Answer {
                    addresses: vec![address.parse().expect("an address")],
                    ..Answer::default()
                },
            },
            None => Fact::Failed {
                at,
                query,
                fault: Fault::Timeout,
                hint: None,
            },
        });
    }

    /// Goes on to the next tick, after something has happened in it.
    fn tick(&mut self, happens: impl Fn(&Self)) -> Snapshot {
        self.uptime += TICK;
        happens(self);
        let (reading, _) = self.tally.tick(self.at());
        let snapshot = self
            .judge
            .observe(reading, self.uptime, START + self.uptime);
        let told = self.events.len();
        let gates = snapshot.events.iter().filter(|event| {
            matches!(
                event.kind(),
                EventKind::GateTripped | EventKind::GateCleared
            )
        });
        let since_start = |at: SystemTime| at.duration_since(START).expect("later");
        let new = gates
            .skip(told)
            .map(|event| (event.kind(), since_start(event.at)));
        self.events.extend(new.collect::<Vec<_>>());
        snapshot
    }

    /// The same for some time.
    fn go(&mut self, time: Duration, happens: impl Fn(&Self)) -> Snapshot {
        let end = self.uptime + time;
        loop {
            let snapshot = self.tick(&happens);
            if self.uptime >= end {
                return snapshot;
            }
        }
    }

    fn kinds(&self) -> Vec<EventKind> {
        self.events.iter().map(|(kind, _)| *kind).collect()
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn a_gate_that_cannot_have_its_samples_says_so_at_once_and_one_with_more_time_does_not() {
    let share = |metric| limit(metric, Relation::AtLeast, Amount::Percent(2.0));
    let starved = |scope, condition, time: u64| {
        let mut run = Run::new(gate(scope, condition, Some(seconds(time))));
        let notes = run.tick(|_| {}).notes;
        let is_it = |notice: &Notice| matches!(notice, Notice::GatesStarved(_));
        let first = notes.into_iter().find(is_it);
        first.map(|notice| match notice {
            Notice::GatesStarved(gates) => (gates[0].needed, gates[0].expected),
            other => panic!("{other:?}"),
        })
    };
    // Ten queries a second.
    assert_eq!(
        starved(Scope::Whole, share(Metric::Unknown), 4),
        Some((50, 40))
    );
    assert_eq!(starved(Scope::Whole, share(Metric::Unknown), 5), None);
    // Of two name servers each is asked half of them.
    assert_eq!(
        starved(Scope::AnyServer, share(Metric::Errors), 9),
        Some((50, 45))
    );
    assert_eq!(starved(Scope::AnyServer, share(Metric::Errors), 10), None);
    assert!(starved(Scope::AnySet, share(Metric::Errors), 5).is_some());
    assert_eq!(starved(Scope::AnySet, share(Metric::Errors), 3_600), None);
    // The rate is no matter of samples.
    assert_eq!(starved(Scope::Whole, share(Metric::Rate), 1), None);
}

#[test]
fn a_gate_trips_in_the_tick_in_which_its_value_crosses_the_limit_and_says_since_when() {
    let mut run = Run::new(green_errors());
    run.go(seconds(120), |run| run.request(1, 50, true));
    assert!(run.events.is_empty());
    // Two requests a second: 120 in the window, of which the third that fails makes 2.5 %.
    let fails = |run: &Run| run.request(1, 50, false);
    run.go(seconds(1), fails);
    assert!(run.events.is_empty());
    let snapshot = run.tick(fails);
    assert_eq!(
        run.events,
        [(EventKind::GateTripped, Duration::from_millis(121_500))]
    );
    let (gate, known) = snapshot.tripped().expect("it is critical");
    assert_eq!(gate.rule.to_string(), "green errors >= 2% for 1m");
    assert_eq!(known.value, Some(Amount::Percent(2.5)));
    assert_eq!(known.samples, 120);
    assert_eq!(known.since, START + Duration::from_millis(121_500));
    assert_eq!(known.subject, Subject::Set("green".to_owned()));
}

#[test]
fn the_whole_time_of_a_rule_has_to_be_watched_before_it_trips() {
    let mut run = Run::new(green_errors());
    run.go(seconds(10), |run| run.request(0, 50, true));
    // Green begins after ten seconds, and fails from its first request on.
    run.go(seconds(60), |run| run.request(1, 50, false));
    assert!(run.events.is_empty());
    run.tick(|run| run.request(1, 50, false));
    assert_eq!(
        run.events,
        [(EventKind::GateTripped, Duration::from_millis(70_500))]
    );
}

#[test]
fn below_the_least_number_of_samples_nothing_trips() {
    let mut run = Run::new(green_errors());
    // One request in two ticks of half a second: 60 a minute are enough, 40 are not.
    let every = |ticks: u128| {
        move |run: &Run| {
            if (run.uptime.as_millis() / TICK.as_millis()).is_multiple_of(ticks) {
                run.request(1, 50, false);
            }
        }
    };
    let snapshot = run.go(seconds(600), every(3));
    assert!(run.events.is_empty());
    assert_eq!(snapshot.gates[0].worst.state, GateState::Waiting);
    assert_eq!(snapshot.gates[0].worst.samples, 40);
    run.go(seconds(60), every(2));
    assert_eq!(run.kinds(), [EventKind::GateTripped]);
}

#[test]
fn at_the_edge_it_stays_and_goes_when_the_value_is_well_inside_for_a_while() {
    let mut run = Run::new(green_errors());
    run.go(seconds(120), |run| run.request(1, 50, true));
    // One in 22 s fails: for 16 s three of 120, which are 2.5 %, for 6 s two, which are 1.7 %, again and again.
    for _ in 0..40 {
        run.tick(|run| run.request(1, 50, false));
        run.go(Duration::from_millis(21_500), |run| {
            run.request(1, 50, true);
        });
    }
    assert_eq!(run.kinds(), [EventKind::GateTripped]);
    let from = run.uptime;
    run.go(seconds(60), |run| run.request(1, 50, true));
    assert_eq!(
        run.kinds(),
        [EventKind::GateTripped, EventKind::GateCleared]
    );
    let gone = run.events[1].1;
    assert!(
        gone > from && gone <= from + CALM,
        "{gone:?} after {from:?}"
    );
}

#[test]
fn a_set_that_gets_no_requests_any_more_is_not_held_against_anybody() {
    let mut run = Run::new(green_errors());
    run.go(seconds(120), |run| run.request(1, 50, false));
    assert_eq!(run.kinds(), [EventKind::GateTripped]);
    let snapshot = run.go(seconds(61), |run| run.request(0, 50, true));
    assert_eq!(
        run.kinds(),
        [EventKind::GateTripped, EventKind::GateCleared]
    );
    assert_eq!(snapshot.gates[0].worst.state, GateState::Waiting);
    assert!(snapshot.tripped().is_none());
}

#[test]
fn a_set_that_is_removed_is_gone_and_one_that_was_never_there_is_nobody() {
    let mut run = Run::new(green_errors());
    run.go(seconds(120), |run| run.request(1, 50, false));
    let at = run.at();
    run.tally.take(Fact::Polled {
        at,
        sent_at: run.uptime,
        declared: Ok(group(&BOTH[..1])),
        known_since: Some(run.uptime),
    });
    let snapshot = run.tick(|_| ());
    assert_eq!(
        run.kinds(),
        [EventKind::GateTripped, EventKind::GateCleared]
    );
    assert_eq!(snapshot.gates[0].worst.state, GateState::Nobody);
    assert!(!snapshot.all_gates_hold());
}

#[test]
fn each_set_stands_for_itself_where_any_is_meant_and_all_together_where_none_is() {
    let slow = || {
        limit(
            Metric::P95,
            Relation::Above,
            Amount::Time(Duration::from_millis(200)),
        )
    };
    let requests = |run: &Run| {
        for _ in 0..19 {
            run.request(0, 50, true);
        }
        run.request(1, 300, true);
    };
    let mut run = Run::new(gate(Scope::AnySet, slow(), Some(seconds(60))));
    let snapshot = run.go(seconds(70), requests);
    let (_, known) = snapshot.tripped().expect("green is slow");
    assert_eq!(known.subject, Subject::Set("green".to_owned()));
    let Some(Amount::Time(value)) = known.value else {
        panic!("a time: {known:?}");
    };
    assert!(value.abs_diff(Duration::from_millis(300)) < Duration::from_millis(5));
    assert_eq!(snapshot.gates[0].tripped.len(), 1);
    // One in twenty is slow.
    let mut run = Run::new(gate(Scope::Whole, slow(), Some(seconds(60))));
    let snapshot = run.go(seconds(70), requests);
    assert_eq!(snapshot.gates[0].worst.state, GateState::Holds);
    let most = limit(
        Metric::Max,
        Relation::Above,
        Amount::Time(Duration::from_millis(200)),
    );
    let mut run = Run::new(gate(Scope::Whole, most, Some(seconds(60))));
    assert!(run.go(seconds(70), requests).tripped().is_some());
}

#[test]
fn a_server_is_silent_as_long_as_the_rule_says_and_not_a_tick_less() {
    for scope in [
        Scope::AnyServer,
        Scope::Server("NS-2.example.test.".to_owned()),
    ] {
        let mut run = Run::new(gate(scope, Condition::Silent, Some(seconds(10))));
        let blue = Some(BOTH[0].1);
        run.go(seconds(30), |run| {
            run.ask(0, blue);
            run.ask(1, blue);
        });
        let silent = |run: &Run| {
            run.ask(0, blue);
            run.ask(1, None);
        };
        run.go(Duration::from_millis(9_500), silent);
        assert!(run.events.is_empty());
        let snapshot = run.tick(silent);
        assert_eq!(run.events, [(EventKind::GateTripped, seconds(40))]);
        let (_, known) = snapshot.tripped().expect("it is silent");
        assert_eq!(known.subject, Subject::Server(1.into()));
        assert_eq!(known.value, Some(Amount::Time(seconds(10))));
        assert_eq!(known.since, START + seconds(30));
        // An answer every ten seconds and a half is the edge.
        for _ in 0..20 {
            run.tick(|run| run.ask(1, blue));
            run.go(seconds(10), silent);
        }
        assert_eq!(run.kinds(), [EventKind::GateTripped]);
        run.go(seconds(20), |run| run.ask(1, blue));
        assert_eq!(
            run.kinds(),
            [EventKind::GateTripped, EventKind::GateCleared]
        );
    }
}

#[test]
fn a_server_that_nobody_asks_is_not_silent() {
    let mut run = Run::new(gate(Scope::AnyServer, Condition::Silent, Some(seconds(10))));
    run.go(seconds(30), |run| run.ask(0, Some(BOTH[0].1)));
    assert!(run.events.is_empty());
}

#[test]
fn unknown_answers_and_faults_are_shares_of_what_was_asked_in_the_time_of_the_rule() {
    let unknown = limit(Metric::Unknown, Relation::AtLeast, Amount::Percent(1.0));
    let mut run = Run::new(gate(Scope::Whole, unknown, Some(seconds(30))));
    let well = |run: &Run| (0..5).for_each(|_| run.ask(0, Some(BOTH[0].1)));
    run.go(seconds(60), well);
    // 300 in the window.
    let badly = |run: &Run| {
        (0..4).for_each(|_| run.ask(0, Some(BOTH[0].1)));
        run.ask(1, Some("203.0.113.9"));
    };
    run.go(seconds(1), badly);
    assert!(run.events.is_empty());
    // One that no look-up explains is held back for a while.
    run.tick(badly);
    run.go(seconds(5), well);
    assert_eq!(run.kinds(), [EventKind::GateTripped]);
    let faults = limit(Metric::Errors, Relation::Above, Amount::Percent(50.0));
    let mut run = Run::new(gate(Scope::AnyServer, faults, Some(seconds(30))));
    let snapshot = run.go(seconds(60), |run| {
        (0..2).for_each(|_| run.ask(0, Some(BOTH[0].1)));
        (0..2).for_each(|_| run.ask(1, None));
    });
    let (_, known) = snapshot.tripped().expect("one server fails");
    assert_eq!(
        (&known.subject, known.value),
        (&Subject::Server(1.into()), Some(Amount::Percent(100.0)))
    );
}

#[test]
fn the_rate_is_that_of_the_time_of_the_rule() {
    let rate = limit(Metric::Rate, Relation::Below, Amount::Percent(90.0));
    let mut run = Run::new(gate(Scope::Whole, rate, Some(seconds(600))));
    let full = |run: &Run| (0..5).for_each(|_| run.ask(0, Some(BOTH[0].1)));
    run.go(seconds(700), full);
    assert!(run.events.is_empty());
    // A tenth of ten minutes.
    let snapshot = run.go(seconds(60), |_| ());
    let Some(Amount::Percent(value)) = snapshot.gates[0].worst.value else {
        panic!("a share");
    };
    assert!((value - 90.0).abs() < 1e-6, "{value}");
    assert!(run.events.is_empty());
    run.tick(|_| ());
    assert_eq!(
        run.events,
        [(EventKind::GateTripped, Duration::from_millis(760_500))]
    );
}

#[test]
fn a_mismatch_has_to_stand_as_long_as_the_rule_says() {
    let mut run = Run::new(gate(
        Scope::Whole,
        Condition::ShareMismatch,
        Some(seconds(30)),
    ));
    let only_blue = |run: &Run| {
        (0..5).for_each(|place| run.ask(place % 2, Some(BOTH[0].1)));
        if run.judge.wants_poll() {
            let (at, sent_at) = (run.at(), run.uptime);
            let (declared, known_since) = (Ok(group(&BOTH)), Some(run.uptime));
            run.tally.take(Fact::Polled {
                at,
                sent_at,
                declared,
                known_since,
            });
        }
    };
    let is_mismatch = |snapshot: &Snapshot| {
        let verdict = snapshot
            .current()
            .and_then(|segment| segment.verdict.as_ref());
        verdict.is_some_and(|verdict| verdict.standing == VerdictState::Mismatch)
    };
    let mut begin = None;
    while run.events.is_empty() {
        let snapshot = run.tick(only_blue);
        if is_mismatch(&snapshot) {
            begin.get_or_insert(run.uptime);
        }
        assert!(run.uptime < seconds(600), "a mismatch comes");
    }
    let begin: Duration = begin.expect("a mismatch");
    assert_eq!(run.uptime, begin + seconds(30));
}

/// Of what is not measured here: a comparison and a certificate.
#[test]
fn a_worse_side_and_a_certificate_that_expires_soon_are_told() {
    use GateState::{Holds, Tripped, Waiting};
    let mut run = Run::new(green_errors());
    let mut snapshot = run.tick(|_| ());
    let windows = HttpWindows::new(seconds(60));
    let worse = gate(
        Scope::Set("green".to_owned()),
        Condition::WorseThan("blue".to_owned()),
        None,
    );
    let days = |days: u64| Duration::from_hours(24 * days);
    let expires = limit(Metric::Certificate, Relation::Below, Amount::Time(days(14)));
    let mut gates = Gates::new(&[Arc::new(worse), Arc::new(gate(Scope::Whole, expires, None))]);
    let mut look = |second: u64, is_worse: Option<bool>, left: Option<Duration>| {
        snapshot.uptime = seconds(second);
        let (readings, events) = gates.look(&Seen {
            snapshot: &snapshot,
            windows: &windows,
            worse: &|one, other| is_worse.filter(|_| (one, other) == ("green", "blue")),
            certificate: &|set| left.filter(|_| set == "blue"),
        });
        let states: Vec<GateState> = readings.iter().map(|reading| reading.worst.state).collect();
        (states, events.len())
    };
    assert_eq!(look(1, None, None), (vec![Waiting, Waiting], 0));
    assert_eq!(
        look(2, Some(false), Some(days(14))),
        (vec![Holds, Waiting], 0)
    );
    assert_eq!(
        look(3, Some(true), Some(days(13))),
        (vec![Tripped, Tripped], 2)
    );
    assert_eq!(look(4, None, Some(days(15))), (vec![Tripped, Tripped], 0));
    // A new certificate, and ten seconds of peace.
    assert_eq!(
        look(5, Some(false), Some(days(90))),
        (vec![Tripped, Tripped], 0)
    );
    assert_eq!(
        look(14, Some(false), Some(days(90))),
        (vec![Tripped, Tripped], 0)
    );
    assert_eq!(
        look(15, Some(false), Some(days(90))),
        (vec![Holds, Waiting], 2)
    );
}

#[test]
fn a_week_takes_no_more_room_than_the_longest_time() {
    let mut counted = Counted::new(seconds(60));
    let mut run = Run::new(green_errors());
    let mut snapshot = run.tick(|_| ());
    let mut most = 0;
    for second in 0..7 * 24 * 3_600_u64 {
        snapshot.uptime = seconds(second);
        counted.write(&snapshot);
        most = most.max(counted.ticks.len());
    }
    assert!(most <= 62, "{most}");
}
