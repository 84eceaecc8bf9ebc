//! Answers that no set declares, and answers that say that there is nothing: from the door to the verdict, in simulated time.

use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use r53mon::facts::{At, Fact, Found, Query};
use r53mon::judge::{Judge, RunFacts};
use r53mon::model::answer::{Answer, AnswerValue, Fault, ServerMode};
use r53mon::model::event::{Event, EventKind, Happening};
use r53mon::model::name::RecordName;
use r53mon::model::notice::{Notice, Subject};
use r53mon::model::record::{AliasTarget, Place, RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::verdict::{Criteria, Mismatch, MismatchReason, ServerState, VerdictState};
use r53mon::snapshot::{RecordFacts, Snapshot};
use r53mon::tally::Tally;
use r53mon::verdict::Start;
use r53mon::views::text;

const START: SystemTime = SystemTime::UNIX_EPOCH;
const SERVERS: usize = 4;
/// From one query to the next: twenty a second.
const PERIOD: Duration = Duration::from_millis(50);
/// Queries from one look of the judge to the next, and from one reading of the configuration to the next.
const LOOK: u32 = 10;
const POLL: u32 = 600;

/// Of all sets: more than the 90 s after which nothing old is allowed any more.
const TTL: Duration = Duration::from_mins(2);

const BLUE: &str = "192.0.2.1";
const GREEN: &str = "192.0.2.2";
const STRANGER: &str = "192.0.2.99";
/// A target outside the zone, which answers with GREEN.
const ALIAS: &str = "lb.elb.example.net";

/// What a name server does.
enum Reply {
    Values(Vec<&'static str>),
    /// Out of a cache, with what is left of its life.
    Cached(&'static str, Duration),
    Fault(Fault),
}

/// A number from 0 up to but not 1, and the next.
struct Lots(u64);

impl Lots {
    fn draw(&mut self) -> f64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let share = (self.0 >> 11) as f64 / (1_u64 << 53) as f64;
        share
    }

    /// One in ten is green.
    fn declared(&mut self) -> &'static str {
        if self.draw() < 0.1 { GREEN } else { BLUE }
    }
}

fn at(uptime: Duration) -> At {
    At {
        uptime,
        wall: START + uptime,
    }
}

fn group(green: &str) -> WeightedGroup {
    let set = |identifier, weight, address: &str| {
        let target = match address.parse() {
            Ok(address) => Target::Addresses(vec![address]),
            Err(_) => Target::Alias(AliasTarget {
                name: RecordName::from_user(address).expect("a name"),
                zone_id: "Z35SXDOTRQ7X7K".to_owned(),
                evaluate_target_health: false,
            }),
        };
        WeightedSet {
            ttl: Some(TTL),
            ..WeightedSet::new(identifier, weight, target)
        }
    };
    let name = RecordName::from_user("app.example.com").expect("a name");
    let sets = vec![set("blue", 90, BLUE), set("green", 10, green)];
    WeightedGroup::of_weights(name, RecordType::A, sets)
}

fn judge() -> Judge {
    Judge::new(RunFacts {
        gates: Vec::new(),
        max_unknown: 0.05,
        window: Duration::from_mins(5),
        http_margin: 0.2,
        http_max_tps: None,
        start: Start::Unknown,
        record: RecordFacts {
            name: "app.example.com".to_owned(),
            record_type: RecordType::A,
            zone_id: "Z1".to_owned(),
            zone_name: "example.com".to_owned(),
            api_url: None,
            endpoint: "https://app.example.com".to_owned(),
            tool: r53mon::model::declared::Tool::default(),
        },
        tps: 20,
        http: false,
        criteria: Criteria {
            tolerance: 0.05,
            confidence: 0.999,
        },
        notes: Vec::new(),
        plan: r53mon::model::stage::Plan::default(),
        started_at: START,
    })
}

/// A run: what was thought at each look.
struct Run {
    mode: ServerMode,
    /// When which green is declared.
    green: fn(Duration) -> &'static str,
}

impl Run {
    const DIRECT: Self = Self {
        mode: ServerMode::Direct,
        green: |_| GREEN,
    };

    fn of(
        &self,
        seconds: u64,
        mut reply: impl FnMut(&mut Lots, usize, Duration) -> Reply,
    ) -> Vec<Snapshot> {
        let names = (1..=SERVERS).map(|number| format!("ns-{number}")).collect();
        let tally = Tally::new(group((self.green)(Duration::ZERO)), names, START);
        if (self.green)(Duration::ZERO) == ALIAS {
            tally.take(Fact::LookedUp {
                at: at(Duration::ZERO),
                began_at: Duration::ZERO,
                segment: 1,
                place: Place::first_of(1.into()),
                found: Some(Found {
                    addresses: vec![ip(GREEN)],
                    ttl: TTL,
                }),
            });
        }
        let (mut judge, mut lots) = (judge(), Lots(53));
        let mut snapshots = Vec::new();
        let queries = u32::try_from(seconds * 20).expect("a short run");
        for number in 1..=queries {
            let now = PERIOD * number;
            let server = number as usize % SERVERS;
            self.ask(&tally, server, now, reply(&mut lots, server, now));
            let mut poll = number % POLL == 0;
            if number % LOOK == 0 {
                let (reading, _) = tally.tick(at(now));
                snapshots.push(judge.observe(reading, now, START + now));
                poll |= judge.wants_poll();
            }
            if poll {
                tally.take(Fact::Polled {
                    at: at(now),
                    sent_at: now,
                    declared: Ok(group((self.green)(now))),
                    known_since: Some(now),
                });
            }
        }
        snapshots
    }

    fn ask(&self, tally: &Tally, server: usize, now: Duration, reply: Reply) {
        let (segment, _) = tally.in_force();
        let query = Query {
            sent_at: now,
            server: server.into(),
            segment,
            mode: self.mode,
            stray: 0,
        };
        let (server, mode) = (query.server, query.mode);
        tally.take(Fact::Sent {
            at: at(now),
            server,
            segment,
            mode,
        });
        let answered = |values: &[&str], own_ttl| Fact::Answered {
            at: at(now),
            query,
            took: Duration::from_millis(1),
            answer: Answer {
                addresses: values.iter().map(|value| ip(value)).collect(),
                own_ttl: Some(own_ttl),
                ..Answer::default()
            },
        };
        tally.take(match reply {
            Reply::Values(values) => answered(&values, TTL),
            Reply::Cached(value, left) => answered(&[value], left),
            Reply::Fault(fault) => Fact::Failed {
                at: at(now),
                query,
                fault,
                hint: None,
            },
        });
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn states(snapshots: &[Snapshot]) -> Vec<VerdictState> {
    let current = snapshots.iter().filter_map(Snapshot::current);
    let verdicts = current.filter_map(|segment| segment.verdict.as_ref());
    verdicts.map(|verdict| verdict.state).collect()
}

fn mismatch(snapshots: &[Snapshot]) -> Mismatch {
    let last = snapshots.last().expect("some");
    let verdict = last.current().and_then(|segment| segment.verdict.as_ref());
    let verdict = verdict.expect("a verdict");
    assert_eq!(verdict.state, VerdictState::Mismatch, "{verdict:?}");
    verdict.mismatch.clone().expect("it stands")
}

fn stranger(snapshot: &Snapshot) -> Option<(Vec<String>, usize, u64)> {
    snapshot.notes.iter().find_map(|note| match note {
        Notice::Undeclared {
            values,
            servers,
            answers,
            ..
        } => Some((values.clone(), servers.len(), *answers)),
        _ => None,
    })
}

/// Never a match, a mismatch once it cannot be a change from before the run, and that values and servers are told.
#[track_caller]
fn undeclared(snapshots: &[Snapshot], servers: usize) {
    let states = states(snapshots);
    assert!(!states.contains(&VerdictState::Match), "{states:?}");
    let first = states
        .iter()
        .position(|state| *state == VerdictState::Mismatch);
    // Looks are half a second apart, and what was suspected has to be confirmed.
    assert!((178..190).contains(&first.expect("found")), "{first:?}");
    let found = mismatch(snapshots);
    assert!(
        matches!(found.reason, MismatchReason::UndeclaredAnswer { .. }) && found.confirmed,
        "{found:?}"
    );
    let last = snapshots.last().expect("some");
    let (values, having, answers) = stranger(last).expect("it is told");
    assert_eq!((values, having), (vec![STRANGER.to_owned()], servers));
    assert_eq!(
        (last.queries.undeclared, last.queries.unknown),
        (answers, answers)
    );
    let told = last.events.iter().filter(|event| match &event.what {
        Happening::Noticed(note) => note.subject() == Subject::Undeclared,
        _ => false,
    });
    assert_eq!(told.count(), servers, "once for each server");
}

#[test]
fn an_address_that_no_set_declares_in_two_of_five_answers_is_never_a_match() {
    let snapshots = Run::DIRECT.of(150, |lots, _, _| {
        let stranger = lots.draw() < 0.4;
        let declared = lots.declared();
        Reply::Values(vec![if stranger { STRANGER } else { declared }])
    });
    undeclared(&snapshots, SERVERS);
}

#[test]
fn one_server_that_answers_with_nothing_else_is_named() {
    let snapshots = Run::DIRECT.of(150, |lots, server, _| {
        let declared = lots.declared();
        Reply::Values(vec![if server == 2 { STRANGER } else { declared }])
    });
    undeclared(&snapshots, 1);
    let server = mismatch(&snapshots).reason.server();
    assert_eq!(server, Some(2.into()));
}

#[test]
fn an_address_beside_the_declared_one_in_every_answer_is_a_mismatch_and_nobody_is_blind() {
    let snapshots = Run::DIRECT.of(150, |lots, _, _| {
        Reply::Values(vec![lots.declared(), STRANGER])
    });
    undeclared(&snapshots, SERVERS);
    assert!(!states(&snapshots).contains(&VerdictState::Blind));
}

#[test]
fn undeclared_answers_that_end_leave_a_recovery_and_no_notice() {
    let snapshots = Run::DIRECT.of(400, |lots, _, now| {
        let declared = lots.declared();
        let stranger = (95..100).contains(&now.as_secs());
        Reply::Values(vec![if stranger { STRANGER } else { declared }])
    });
    let last = snapshots.last().expect("some");
    assert_eq!(states(&snapshots).last(), Some(&VerdictState::Match));
    assert!(states(&snapshots).contains(&VerdictState::Mismatch));
    assert_eq!(stranger(last), None);
    let kinds: Vec<EventKind> = last.events.iter().map(Event::kind).collect();
    assert!(kinds.contains(&EventKind::Recovered), "{kinds:?}");
}

#[test]
fn nearly_half_servfail_takes_nothing_from_the_split() {
    let snapshots = Run::DIRECT.of(150, |lots, _, _| {
        let fails = lots.draw() < 0.45;
        let declared = lots.declared();
        if fails {
            Reply::Fault(Fault::Servfail)
        } else {
            Reply::Values(vec![declared])
        }
    });
    let states = states(&snapshots);
    assert_eq!(states.last(), Some(&VerdictState::Match), "{states:?}");
    assert!(!states.contains(&VerdictState::Mismatch), "{states:?}");
}

#[test]
fn a_server_that_only_fails_is_told_beside_the_match_of_the_others() {
    let snapshots = Run::DIRECT.of(150, |lots, server, _| {
        let declared = lots.declared();
        if server == 1 {
            Reply::Fault(Fault::Servfail)
        } else {
            Reply::Values(vec![declared])
        }
    });
    assert_eq!(states(&snapshots).last(), Some(&VerdictState::Match));
    let segment = snapshots.last().and_then(Snapshot::current);
    let verdict = segment.and_then(|segment| segment.verdict.as_ref());
    assert_eq!(verdict.expect("a verdict").answering, 3);
}

#[test]
fn nxdomain_and_nodata_count_against_a_match_and_stay_faults() {
    for fault in [Fault::Nxdomain, Fault::Nodata] {
        let snapshots = Run::DIRECT.of(150, |lots, _, _| {
            let gone = lots.draw() < 0.2;
            let declared = lots.declared();
            if gone {
                Reply::Fault(fault)
            } else {
                Reply::Values(vec![declared])
            }
        });
        let states = states(&snapshots);
        assert!(!states.contains(&VerdictState::Match), "{states:?}");
        let found = mismatch(&snapshots);
        let MismatchReason::UnknownAnswers(unknown) = found.reason else {
            panic!("{found:?}");
        };
        assert!(unknown.low > 0.05, "{unknown:?}");
        let says = match fault {
            Fault::Nxdomain => AnswerValue::Nxdomain,
            _ => AnswerValue::Nodata,
        };
        assert_eq!(unknown.values, [(says, unknown.unknown)]);
        let queries = &snapshots.last().expect("some").queries;
        assert_eq!(queries.unknown, 0);
        assert!(queries.faults[fault.index()] > 400, "{queries:?}");
    }
}

#[test]
fn the_most_frequent_unknown_addresses_are_named_beside_an_alias() {
    let aliased = Run {
        green: |_| ALIAS,
        ..Run::DIRECT
    };
    let mut rare = 0;
    let snapshots = aliased.of(150, |lots, _, _| {
        let lot = lots.draw();
        let declared = lots.declared();
        Reply::Values(vec![match lot {
            0.0..0.12 => "203.0.113.9",
            0.12..0.18 => "203.0.113.10",
            0.18..0.2 => {
                rare += 1;
                ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"][rare % 4]
            }
            _ => declared,
        }])
    });
    let found = mismatch(&snapshots);
    let MismatchReason::UnknownAnswers(unknown) = &found.reason else {
        panic!("{found:?}");
    };
    let [(first, most), (second, fewer), (_, third)] = &unknown.values[..] else {
        panic!("{unknown:?}");
    };
    let address = |text| AnswerValue::Address(ip(text));
    assert_eq!(first, &address("203.0.113.9"), "{unknown:?}");
    assert_eq!(second, &address("203.0.113.10"), "{unknown:?}");
    assert!(most > fewer && fewer > third, "{unknown:?}");
    assert!(most + fewer + third <= unknown.unknown, "{unknown:?}");
    // The event names them all, the line of the verdict the first, and what to do is about them.
    let last = snapshots.last().expect("some");
    let (mut events, mut line) = (Vec::new(), Vec::new());
    for event in &last.events {
        text::write_event(&mut events, event, &last.server_names()).expect("memory");
    }
    text::write_state(&mut line, last).expect("memory");
    let (events, line) = (
        String::from_utf8_lossy(&events),
        String::from_utf8_lossy(&line),
    );
    let named = format!("most often 203.0.113.9 ({most}), 203.0.113.10 ({fewer}), ");
    assert!(events.contains(&named), "{events}");
    let first = format!("most often 203.0.113.9 ({most})");
    assert!(line.contains(&first), "{line}");
    assert!(line.contains("(203.0.113.9, 203.0.113.10, "), "{line}");
}

#[test]
fn a_server_that_knows_of_nothing_is_silent_and_what_it_says_counts() {
    let snapshots = Run::DIRECT.of(150, |lots, server, _| {
        let declared = lots.declared();
        if server == 1 {
            Reply::Fault(Fault::Nxdomain)
        } else {
            Reply::Values(vec![declared])
        }
    });
    let found = mismatch(&snapshots);
    assert_eq!(found.reason.as_str(), "unknown_answers", "{found:?}");
    let last = snapshots.last().expect("some");
    assert_eq!(last.servers[1].state, ServerState::Silent);
}

#[test]
fn a_resolver_that_has_nothing_for_a_while_is_no_proof_of_it_again_and_again() {
    let resolvers = Run {
        mode: ServerMode::ThroughResolver,
        ..Run::DIRECT
    };
    let snapshots = resolvers.of(150, |_, _, _| Reply::Fault(Fault::Nxdomain));
    let last = snapshots.last().and_then(Snapshot::current);
    let verdict = last.and_then(|segment| segment.verdict.as_ref());
    assert_eq!(verdict.expect("a verdict").unknown.unknown, 0);
}

const NEW: &str = "192.0.2.3";

/// Green goes over to another address some time after the start; server 3 follows `late` seconds after that.
fn moved(run: &Run, late: u64) -> Vec<Snapshot> {
    run.of(300, |lots, server, now| {
        let lag = Duration::from_secs(if server == 3 { late } else { 5 });
        let green = (run.green)(now.saturating_sub(lag));
        let is_green = lots.draw() < 0.1;
        Reply::Values(vec![if is_green { green } else { BLUE }])
    })
}

/// The configuration is read every 30 s, so this is seen at once.
const SEEN: Run = Run {
    green: |now| if now.as_secs() < 90 { GREEN } else { NEW },
    ..Run::DIRECT
};

#[test]
fn values_of_before_are_old_and_not_undeclared_while_a_change_spreads() {
    let snapshots = moved(&SEEN, 50);
    let states = states(&snapshots);
    assert!(!states.contains(&VerdictState::Mismatch), "{states:?}");
    assert_eq!(states.last(), Some(&VerdictState::Match));
    let last = snapshots.last().expect("some");
    assert_eq!(last.queries.undeclared, 0);
    assert!(
        last.queries.unknown > 0,
        "they name no set of the new segment"
    );
}

#[test]
fn values_that_are_served_before_the_change_is_read_have_it_read_and_are_forgotten() {
    let unseen = Run {
        green: |now| if now.as_secs() < 100 { GREEN } else { NEW },
        ..Run::DIRECT
    };
    let snapshots = moved(&unseen, 50);
    let states = states(&snapshots);
    assert!(!states.contains(&VerdictState::Mismatch), "{states:?}");
    assert_eq!(states.last(), Some(&VerdictState::Match));
    let last = snapshots.last().expect("some");
    assert!(
        (1..10).contains(&last.queries.undeclared),
        "{:?}",
        last.queries
    );
    assert_eq!(stranger(last), None);
}

#[test]
fn a_server_that_keeps_the_values_of_before_is_stale() {
    let snapshots = moved(&SEEN, 1_000);
    let found = mismatch(&snapshots);
    let server = 3.into();
    assert_eq!(found.reason, MismatchReason::StaleServer { server });
    let last = snapshots.last().expect("some");
    assert_eq!((last.queries.undeclared, stranger(last)), (0, None));
}

#[test]
fn what_a_resolver_makes_up_counts_with_the_unknown_and_is_told() {
    let resolvers = Run {
        mode: ServerMode::ThroughResolver,
        ..Run::DIRECT
    };
    // Each answer is fresh: its whole life is left, and it has none.
    let snapshots = resolvers.of(150, |lots, _, _| {
        let stranger = lots.draw() < 0.4;
        let declared = lots.declared();
        Reply::Values(vec![if stranger { STRANGER } else { declared }])
    });
    assert!(!states(&snapshots).contains(&VerdictState::Match));
    let last = snapshots.last().and_then(Snapshot::current);
    let verdict = last.and_then(|segment| segment.verdict.as_ref());
    let mismatch = verdict.expect("a verdict").mismatch.as_ref();
    let by_answer =
        |mismatch: &Mismatch| matches!(mismatch.reason, MismatchReason::UndeclaredAnswer { .. });
    assert!(!mismatch.is_some_and(by_answer), "{mismatch:?}");
}

#[test]
fn what_nobody_declares_sends_a_server_back_after_a_change_and_is_a_mismatch_later() {
    // From the change on, for so many seconds, server 3 answers with what nobody has ever declared.
    let strange = |seconds: u64| {
        SEEN.of(300, |lots, server, now| {
            let green = (SEEN.green)(now.saturating_sub(Duration::from_secs(5)));
            let is_green = lots.draw() < 0.1;
            let is_strange = server == 3 && (90..90 + seconds).contains(&now.as_secs());
            let declared = if is_green { green } else { BLUE };
            Reply::Values(vec![if is_strange { STRANGER } else { declared }])
        })
    };
    let passing = states(&strange(60));
    assert!(!passing.contains(&VerdictState::Mismatch), "{passing:?}");
    assert_eq!(passing.last(), Some(&VerdictState::Match));
    let snapshots = strange(1_000);
    let found = mismatch(&snapshots);
    let server = 3.into();
    assert_eq!(found.reason, MismatchReason::UndeclaredAnswer { server });
}

#[test]
fn old_values_that_a_resolver_still_has_in_its_cache_prove_nothing() {
    let resolvers = Run {
        mode: ServerMode::ThroughResolver,
        ..SEEN
    };
    // Each resolver takes green just before green goes over, and again only when its cache has to let go.
    let mut caches = [(BLUE, Duration::ZERO); SERVERS];
    let snapshots = resolvers.of(300, |lots, server, now| {
        let (value, until) = &mut caches[server];
        let before = (80..90).contains(&now.as_secs());
        if *until <= now || (before && *value == BLUE) {
            let declared = if before { GREEN } else { lots.declared() };
            let is_new = declared == GREEN && now.as_secs() >= 90;
            (*value, *until) = (if is_new { NEW } else { declared }, now + TTL);
        }
        Reply::Cached(value, until.saturating_sub(now))
    });
    let late = &snapshots[2 * 181..2 * 199];
    let last = late.last().and_then(Snapshot::current).expect("a segment");
    assert_eq!(last.number, 2);
    assert!(last.queries.cached > 1_000, "{:?}", last.queries);
    assert_eq!(last.queries.unknown, 0, "{:?}", last.queries);
    let states = states(&snapshots);
    assert!(!states.contains(&VerdictState::Mismatch), "{states:?}");
}
