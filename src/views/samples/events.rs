//! One of everything that can happen and of everything that can stand.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{began as segment_began, readme_plans, started, weight};
use crate::model::answer::{Fault, Rcode};
use crate::model::change::{Change, TtlChange};
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::finding::{CheckId, Finding, RecordRemark};
use crate::model::gate::GateReading;
use crate::model::health::SetHealth;
use crate::model::language::{Both, phrase};
use crate::model::name::RecordName;
use crate::model::notice::{
    BadAddress, CertificateEnds, LookAlike, Lost, Notice, StarvedGate, Way,
};
use crate::model::record::{RecordType, Target};
use crate::model::route53_error::{Call, Partition, Route53Error};
use crate::model::shortage::Shortage;
use crate::model::stage::{StageNews, Took};
use crate::model::verdict::{
    Criteria, Excluded, Mismatch, MismatchReason, Off, SetVerdict, VerdictNews,
};
use crate::views::wish::{Copied, Order, Said};
use crate::views::words::command::undo_leads_to;

fn name(text: &str) -> RecordName {
    RecordName::from_user(text).expect("a name")
}

const MINUTE: Duration = Duration::from_mins(1);

fn denied() -> Route53Error {
    Route53Error::AccessDenied {
        call: Call::GetHealthCheckStatus,
        zone_id: "Z1".to_owned(),
        partition: Partition::Standard,
    }
}

fn changes() -> Vec<Change> {
    let set = || "blue".to_owned();
    let [one, two] = [1, 2].map(|last| Target::Addresses(vec![[192, 0, 2, last].into()]));
    let target = |set, from, to| Change::Target { set, from, to };
    let health = |set, from, to| Change::Health { set, from, to };
    let share = |set, from, to| Change::Share { set, from, to };
    let added = |set, weight| Change::Added { set, weight };
    vec![
        added(set(), 5),
        weight("blue", 90, 50),
        Change::Removed { set: set() },
        target(set(), one, two),
        health(set(), SetHealth::Healthy, SetHealth::Unhealthy),
        share(set(), 0.5, 0.25),
        Change::Replaced {
            found: "A (simple)".to_owned(),
        },
        Change::WeightedAgain,
    ]
}

/// One of each kind.
pub fn happenings() -> Vec<Happening> {
    let began = |segment, changes| Happening::SegmentBegan { segment, changes };
    let failed = |of, why| Happening::LookupFailed { of, why };
    let server = LookedUp::Server("ns-1.example.com".to_owned());
    let target = LookedUp::Target {
        name: name("blue.elb.example.com"),
        set: "blue".to_owned(),
    };
    let moved = |failed: Option<&str>, address: Option<&str>| Happening::AddressChanged {
        server: 1.into(),
        failed: failed.map(|at| at.parse().expect("an address")),
        address: address.map(|at| at.parse().expect("an address")),
    };
    let mut all = vec![
        started(&readme_plans()),
        segment_began(2),
        began(3, changes().into()),
        Happening::TtlChanged(vec![TtlChange {
            set: "blue".to_owned(),
            from: None,
            to: Some(MINUTE),
        }]),
        Happening::PollFailed(denied()),
        Happening::PollRecovered,
        Happening::ServerSilent { server: 0.into() },
        Happening::ServerBack { server: 0.into() },
        Happening::ChangePending {
            id: "C2682N5HXP0BZ4".to_owned(),
            submitted_at: SystemTime::UNIX_EPOCH + MINUTE,
        },
        Happening::ChangeInSync {
            id: "C2682N5HXP0BZ4".to_owned(),
            submitted_at: SystemTime::UNIX_EPOCH + MINUTE,
        },
        failed(
            server,
            NoAddress::Failed(Both::same("no answer within 3 s")),
        ),
        failed(target, NoAddress::NoRecord(RecordType::Aaaa)),
        moved(Some("192.0.2.1:53"), Some("[2001:db8::1]:53")),
        moved(None, None),
        Happening::StoodStill {
            length: Duration::from_millis(10_400),
            stopped: false,
        },
        Happening::StoodStill {
            length: Duration::from_secs(33),
            stopped: true,
        },
        Happening::CountedAnew { segment: 2 },
        Happening::RateChanged { per_second: 20 },
        Happening::HttpSwitched { on: false },
        Happening::HttpSwitched { on: true },
        Happening::SideWorse {
            set: "green".to_owned(),
            than: "blue".to_owned(),
            measures: super::compared()[0].measures,
        },
        Happening::ResolverFailed {
            address: "192.0.2.53:53".parse().expect("an address"),
            fault: Fault::Refused,
        },
        Happening::ResolverBack {
            address: "192.0.2.53:53".parse().expect("an address"),
        },
        Happening::SideNoLongerWorse {
            set: "green".to_owned(),
            than: "blue".to_owned(),
        },
    ];
    all.extend(super::gates().into_iter().flat_map(gate_news));
    all.extend(notices().into_iter().map(Happening::Noticed));
    all.extend(stage_news().into_iter().map(Happening::Stage));
    all.extend(news().into_iter().map(Happening::Verdict));
    all
}

/// One of each kind of news of a cutover.
fn stage_news() -> Vec<StageNews> {
    let second = Duration::from_secs(1);
    let half = || "half".to_owned();
    let rolled_back = |abandoned: &[&str], at_most, is_kept| StageNews::RolledBack {
        to: Some("few".to_owned()),
        abandoned: abandoned.iter().map(ToString::to_string).collect(),
        took: Took {
            at_least: 12 * second,
            at_most,
            is_kept,
        },
        goal: 30 * second,
    };
    let held = |next: Option<&str>| StageNews::Held {
        name: half(),
        next: next.map(str::to_owned),
    };
    let began = |to: Option<&str>| StageNews::RollbackBegan {
        from: half(),
        to: to.map(str::to_owned),
        goal: 30 * second,
    };
    vec![
        StageNews::Reached {
            number: 2,
            of: 4,
            name: half(),
        },
        StageNews::Left { name: half() },
        held(Some("most")),
        held(None),
        began(Some("few")),
        began(None),
        rolled_back(&["green"], 12 * second, Some(true)),
        rolled_back(&["green"], 41 * second, None),
        rolled_back(&[], 45 * second, Some(false)),
    ]
}

/// What becomes of a gate.
fn gate_news(reading: GateReading) -> [Happening; 2] {
    let (gate, known) = (reading.gate, reading.worst);
    [
        Happening::GateTripped {
            gate: Arc::clone(&gate),
            known: known.clone(),
        },
        Happening::GateCleared { gate, known },
    ]
}

/// One of each kind of news of a verdict.
fn news() -> Vec<VerdictNews> {
    let second = Duration::from_secs(1);
    let criteria = Criteria {
        tolerance: 0.05,
        confidence: 0.99,
    };
    let mismatch = |reason, farthest| Mismatch {
        reason,
        at: 70 * second,
        confirmed: true,
        impossible: false,
        ln_evidence: 7.5,
        p_value: 0.000_55,
        answers: 400,
        from: 31 * second / 2,
        farthest,
    };
    let farthest = SetVerdict {
        identifier: "green".to_owned(),
        declared: 0.1,
        count: 90,
        low: 0.15,
        high: 0.31,
    };
    let stale = MismatchReason::StaleServer { server: 2.into() };
    let switched = |switched_at| VerdictNews::ServerSwitched {
        server: 1.into(),
        switched_at,
        seen_at: 30 * second,
    };
    let matched = |answers| VerdictNews::Match { answers, criteria };
    let recovered = |answers, after| VerdictNews::Recovered { answers, after };
    let still_stale = |server, after| VerdictNews::ServerStale { server, after };
    let blind = |silence, unnamed| VerdictNews::Blind { silence, unnamed };
    let (segment, servers, took) = (2, 4, 12 * second);
    vec![
        matched(376),
        recovered(800, MINUTE),
        VerdictNews::Mismatch(mismatch(stale, Some(farthest))),
        VerdictNews::MismatchConfirmed,
        VerdictNews::Suspicion(mismatch(MismatchReason::Share, None)),
        VerdictNews::Propagating { segment, servers },
        VerdictNews::PropagatingAgain { ln_evidence: 5.8 },
        VerdictNews::ServerWentBack {
            server: 1.into(),
            set: Some("green-33".to_owned()),
        },
        VerdictNews::Propagated {
            segment,
            servers,
            took,
        },
        switched(Some(57 * second / 2)),
        switched(None),
        still_stale(3.into(), 2 * MINUTE),
        blind(7 * second, 3),
        VerdictNews::BlindEnded,
        VerdictNews::AnswersLost,
        VerdictNews::AnswersDepend { one_in: 3 },
        VerdictNews::NotServedSoFar {
            until: Some(90 * second),
        },
        VerdictNews::Off(Off {
            since: MINUTE,
            server: Some(1.into()),
            ln_evidence: 9.0,
            answers: 812,
            farthest: Some(SetVerdict {
                identifier: "green".to_owned(),
                declared: 0.1,
                count: 130,
                low: 0.12,
                high: 0.14,
            }),
        }),
        VerdictNews::OffEnded,
        VerdictNews::Excluded {
            server: 1.into(),
            set: Some("green".to_owned()),
            why: Excluded::NoShare,
            more: 14,
        },
        VerdictNews::Excluded {
            server: 0.into(),
            set: None,
            why: Excluded::Removed,
            more: 0,
        },
    ]
}

/// One of each kind, the most urgent first.
#[expect(clippy::too_many_lines, reason = "a table with a row for each kind")]
pub fn notices() -> Vec<Notice> {
    let negative = |fault, servers: &[usize], keep| Notice::Negative {
        fault,
        servers: servers.iter().map(|&server| server.into()).collect(),
        keep,
    };
    let pair = |lost| LookAlike {
        one: "blue".to_owned(),
        two: "green".to_owned(),
        lost,
    };
    let (shared, addresses, more) = (1, 3, 7);
    let shared = Lost::Shared { shared, addresses };
    let pairs = [Lost::All, Lost::AllOfOne, shared].map(pair).to_vec();
    let servers = || vec![2.into()];
    let (error, was_read) = (denied(), false);
    vec![
        Notice::Insecure,
        Notice::Finding(Finding::failed(
            CheckId::Port53,
            phrase("answers are intercepted", "응답이 가로채였다"),
        )),
        negative(Fault::Nxdomain, &[0, 1, 2, 3], Some(15 * MINUTE)),
        negative(Fault::Nodata, &[3], None),
        Notice::Undeclared {
            values: vec!["192.0.2.9".to_owned(), "192.0.2.8".to_owned()],
            more: 0,
            servers: servers(),
            answers: 41,
        },
        Notice::Referral {
            asked: name("app.dev.example.com"),
            child: name("dev.example.com"),
            servers: servers(),
        },
        Notice::Recursive { servers: servers() },
        Notice::Rcode {
            rcode: Rcode::Other(1),
            servers: servers(),
        },
        Notice::Shortage {
            shortage: Shortage::Emfile,
            queries: 1,
            requests: 12,
        },
        Notice::NothingApart,
        Notice::LookAlike { pairs, more },
        Notice::PoolsFull {
            sets: vec!["blue".to_owned(), "green".to_owned()],
            more: 1,
            kept: 1000,
        },
        Notice::BadAddresses {
            addresses: vec![BadAddress {
                set: "blue".to_owned(),
                address: [192, 0, 2, 7].into(),
                failed: 24,
                requests: 25,
            }],
            more: 1,
        },
        Notice::CertificatesEnd {
            sets: [("blue", 9), ("green", -3)]
                .map(|(set, days)| CertificateEnds {
                    set: set.to_owned(),
                    days,
                })
                .to_vec(),
            more: 0,
        },
        Notice::PartialAnswer {
            server: 1.into(),
            set: "blue".to_owned(),
            held: 1,
            of: 2,
        },
        Notice::Record(RecordRemark::Wildcard {
            wanted: name("app.example.com"),
            wildcard: name("*.example.com"),
        }),
        Notice::Resolvers {
            addresses: vec![[192, 0, 2, 53].into()],
            ttl: Some(MINUTE),
        },
        Notice::WithoutEdns { servers: servers() },
        Notice::ChangeUnread(Route53Error::AccessDenied {
            call: Call::GetChange,
            zone_id: "Z1".to_owned(),
            partition: Partition::Standard,
        }),
        Notice::HealthUnread { error, was_read },
        Notice::Finding(
            Finding::warning(CheckId::Tcp, phrase("ns-1 refuses TCP", "ns-1: TCP 거부"))
                .cause(phrase("a firewall", "방화벽"))
                .cure(phrase("open port 53", "53번 포트를 연다")),
        ),
        Notice::Record(RecordRemark::OtherType {
            measured: RecordType::A,
            other: RecordType::Aaaa,
            weights: vec![("blue".to_owned(), 7)],
        }),
        Notice::StagesUnknown(vec!["gren".to_owned(), "grey".to_owned()]),
        Notice::GatesUnknown(vec!["gren p95 > 200ms for 5m".to_owned()]),
        Notice::GatesStarved(vec![StarvedGate {
            rule: "green 5xx >= 2% for 10s".to_owned(),
            needed: 50,
            expected: 10,
        }]),
        Notice::TtlsDiffer(vec![MINUTE, 5 * MINUTE]),
        Notice::LogIncomplete {
            path: "/var/log/r53mon.log".to_owned(),
            why: "No space left on device (os error 28)".to_owned(),
        },
        Notice::Untold {
            way: Way::Program,
            failed: 1,
            surplus: 3,
            why: "No space left on device (os error 28)".to_owned(),
        },
        Notice::Untold {
            way: Way::Webhook,
            failed: 2,
            surplus: 1200,
            why: "it answered 404".to_owned(),
        },
        Notice::NoWebServers("the port is in use".to_owned()),
        Notice::Rehearsal {
            api_url: "http://127.0.0.1:53053".to_owned(),
            keys: ["id", "key"].map(str::to_owned),
            zone_id: "Z0DEMO53EXAMPLE".to_owned(),
        },
    ]
}

/// Everything that can be said about a key.
pub fn messages() -> Vec<Said> {
    vec![
        Said::CountedAnew,
        Said::JustBegan,
        Said::Reading,
        Said::ReadingAlready,
        Said::Patient,
        Said::Rate(20),
        Said::Highest(100),
        Said::Lowest(1),
        Said::Http(true),
        Said::Http(false),
        Said::NoHttp,
        Said::Sorted(Order::Declared),
        Said::Sorted(Order::WorstFirst),
        Said::Sorted(Order::Name),
        Said::Copied(Copied::Brief),
        Said::Copied(Copied::Statistics),
        Said::Copied(Copied::Undo),
        Said::CopiedEarly("a match, gates (green 5xx >= 2% for 1m)".to_owned()),
        Said::CopiedDespite(undo_leads_to("green 5xx >= 2% for 1m")),
        Said::NothingToUndo,
        Said::Writing,
        Said::Written(["r53mon-a.md".to_owned(), "r53mon-a.json".to_owned()]),
        Said::NotWritten {
            path: "r53mon-a.md".to_owned(),
            why: "\u{1b}[31mdisk full\n\u{202e}".to_owned(),
        },
        Said::NoShell,
    ]
}
