//! What the judge thinks of the samples: plausible verdicts, and a snapshot for each kind of them.

use std::time::{Duration, SystemTime};

use crate::model::answer::AnswerValue;
use crate::model::health::{ChecksRead, NoStatus};
use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::model::verdict::{
    Criteria, Excluded, Explanation, Inconclusive, Mismatch, MismatchReason, Note, Propagation,
    ServerState, SetVerdict, ToGo, Unknown, Verdict, VerdictNews, VerdictState,
};
use crate::snapshot::{Event, Happening, Portion, Recent, Segment, Set, Snapshot};

use super::{changed, happened, plan, plans, run, running};

/// What a verdict is held to.
const CRITERIA: Criteria = Criteria {
    tolerance: 0.05,
    confidence: 0.99,
};
/// Half the width of an interval that holds at every moment, in standard deviations: about that of the real ones.
const DEVIATIONS: f64 = 3.3;

/// A snapshot for each kind of verdict.
pub fn all() -> Vec<(&'static str, Snapshot)> {
    vec![
        ("collecting", collecting()),
        ("out of reach", out_of_reach()),
        ("suspected", suspected()),
        ("inconclusive", inconclusive()),
        ("propagating", propagating()),
        ("mismatch", mismatch()),
        ("shares off", shares_off()),
        ("impossible", impossible()),
        ("blind", blind()),
    ]
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The more sets there are, the wider the interval of each, so that all of them hold at once.
fn interval(set: &Set, answers: u64, sets: usize) -> SetVerdict {
    let (low, high) = if answers == 0 {
        (0.0, 1.0)
    } else {
        let share = as_f64(set.counted.count) / as_f64(answers);
        let answers = as_f64(answers);
        let deviations = if sets > 9 { 2.0 } else { 1.0 } * DEVIATIONS;
        let half = deviations * ((share * (1.0 - share) + 1.0 / answers) / answers).sqrt();
        ((share - half).max(0.0), (share + half).min(1.0))
    };
    SetVerdict {
        identifier: set.identifier.clone(),
        declared: set.declared_share,
        count: set.counted.count,
        low,
        high,
    }
}

/// The answers that are counted.
fn total(segment: &Segment) -> u64 {
    segment.sets.iter().map(|set| set.counted.count).sum()
}

fn verdict(state: VerdictState, segment: &Segment, since: Duration) -> Verdict {
    let is_open = matches!(state, VerdictState::Collecting | VerdictState::Propagating);
    Verdict {
        state,
        standing: state,
        since,
        mismatch: None,
        suspicion: None,
        criteria: CRITERIA,
        answers: total(segment),
        ln_evidence: -0.7,
        p_value: 1.0,
        passed_over: 0,
        to_go: if is_open { to_go(420) } else { ToGo::default() },
        off: None,
        unknown: Unknown::default(),
        sightings: Vec::new(),
        answering: 4,
        blamed: Vec::new(),
        notes: Vec::new(),
    }
}

/// At ten answers a second.
fn to_go(answers: u64) -> ToGo {
    let seconds = Some(as_f64(answers) / 10.0);
    ToGo {
        answers: Some(answers),
        seconds,
        about: seconds,
    }
}

fn unknown() -> Unknown {
    let address = AnswerValue::Address([203, 0, 113, 9].into());
    Unknown {
        unknown: 40,
        answers: 1_274,
        low: 0.021,
        high: 0.052,
        values: vec![(address, 31), (AnswerValue::Nxdomain, 9)],
    }
}

fn within_tolerance(verdict: &Verdict) -> Explanation {
    Explanation::WithinTolerance {
        answers: verdict.answers,
        criteria: verdict.criteria,
    }
}

fn not_enough(verdict: &Verdict) -> Explanation {
    Explanation::NotEnoughAnswers {
        answers: verdict.answers,
        ln_evidence: verdict.ln_evidence,
        criteria: verdict.criteria,
        to_go: verdict.to_go,
    }
}

/// One of every rule, also with as little as can be known.
pub fn explanations() -> Vec<Explanation> {
    let segment = &running().segments[0];
    let verdict = verdict(VerdictState::Collecting, segment, seconds(0));
    let (since, until, server, answers) = (seconds(100), seconds(190), 0.into(), 1);
    let look_alike = Inconclusive::LookAlike {
        one: "blue".into(),
        two: "green".into(),
        more_pairs: 2,
    };
    let [one, two, three] = [vec![0], vec![1, 2], vec![0, 1, 2]]
        .map(|servers| servers.into_iter().map(ServerIndex::from).collect());
    let mismatch = one_server(segment, false);
    let mut explanations = vec![
        Explanation::NoAnswerYet(ToGo::default()),
        Explanation::NotServedSoFar {
            since,
            until: Some(until),
        },
        Explanation::NotServedSoFar { since, until: None },
        Explanation::TooFewServers {
            answering: 1,
            servers: 4,
        },
        Explanation::UnknownAnswers {
            unknown: unknown(),
            max: 0.05,
        },
        Explanation::NoAnswerYet(verdict.to_go),
        Explanation::Inconclusive(Inconclusive::AllZeroSomeUnhealthy),
        Explanation::Inconclusive(look_alike),
        Explanation::Inconclusive(Inconclusive::HealthNotRead(ChecksRead {
            read: 12,
            all: 40,
        })),
        Explanation::Inconclusive(Inconclusive::HealthNotKnown {
            set: "blue".into(),
            more_sets: 2,
            why: NoStatus::RoutingControl,
        }),
        Explanation::Inconclusive(Inconclusive::Replaced {
            found: "A (simple)".into(),
            since: SystemTime::UNIX_EPOCH,
        }),
        not_enough(&verdict),
        Explanation::MatchWithheld {
            answers,
            since,
            until,
        },
        Explanation::ServersPropagating {
            servers: two,
            since,
            until,
        },
        Explanation::LateServerUndecided {
            servers: one,
            until,
        },
        Explanation::ServerStale {
            servers: three,
            since,
        },
        awaiting_confirmation(&mismatch, since, until),
        within_tolerance(&verdict),
        Explanation::NoFreshAnswers { since, unnamed: 0 },
        Explanation::NoFreshAnswers { since, unnamed: 7 },
    ];
    let reasons = [
        MismatchReason::Share,
        MismatchReason::ServerDiffers { server },
        MismatchReason::StaleServer { server: 9.into() },
        MismatchReason::ImpossibleAnswer {
            server,
            set: None,
            why: Excluded::Removed,
        },
        MismatchReason::UndeclaredAnswer { server },
        MismatchReason::UnknownAnswers(unknown()),
    ];
    explanations.extend(reasons.map(|reason| {
        let mismatch = Mismatch {
            reason,
            farthest: None,
            ..mismatch.clone()
        };
        Explanation::Mismatch(mismatch, CRITERIA)
    }));
    explanations
}

fn awaiting_confirmation(suspicion: &Mismatch, since: Duration, until: Duration) -> Explanation {
    let farthest = suspicion.farthest.clone();
    Explanation::AwaitingConfirmation {
        farthest,
        since,
        until,
    }
}

/// Gives the segment in force the intervals and the verdict that its counts are good for.
pub(super) fn judge(snapshot: &mut Snapshot) {
    let uptime = snapshot.uptime;
    let segment = snapshot.current_mut();
    let (answers, sets) = (total(segment), segment.sets.len());
    for set in &mut segment.sets {
        set.judged = Some(interval(set, answers, sets));
        // The last minute had the same shares.
        let last = answers.min(600);
        set.recent = (last > 0).then(|| Recent {
            count: set.counted.count * last / answers,
            answers: last,
            low: set.counted.share.unwrap_or(0.0) * 0.95,
            high: (set.counted.share.unwrap_or(1.0) * 1.05).min(1.0),
        });
    }
    let is_near = |judged: &SetVerdict| {
        judged.low >= judged.declared - CRITERIA.tolerance
            && judged.high <= judged.declared + CRITERIA.tolerance
    };
    let mut judged = segment.sets.iter().filter_map(|set| set.judged.as_ref());
    if answers > 0 && judged.all(is_near) {
        let since = uptime.saturating_sub(seconds(40));
        let verdict = verdict(VerdictState::Match, segment, since);
        let why = within_tolerance(&verdict);
        return set(snapshot, verdict, why);
    }
    let verdict = verdict(VerdictState::Collecting, segment, Duration::ZERO);
    let why = match answers {
        0 => Explanation::NoAnswerYet(verdict.to_go),
        _ => not_enough(&verdict),
    };
    set(snapshot, verdict, why);
}

/// Sets the verdict of the segment in force and why.
fn set(snapshot: &mut Snapshot, verdict: Verdict, explanation: Explanation) {
    snapshot.current_mut().verdict = Some(verdict);
    snapshot.explanation = Some(explanation);
}

/// The change of [`changed`] was seen 61 s ago, 184 s into the run; the name servers switched so many seconds after.
fn propagation(snapshot: &mut Snapshot, switches: [Option<u64>; 4]) -> &mut Propagation {
    let seen_at = seconds(123);
    let switches = switches.map(|after| Some(seen_at + seconds(after?)));
    for (server, switched_at) in snapshot.servers.iter_mut().zip(switches) {
        server.switched_at = switched_at.map(|at| snapshot.started_at + at);
    }
    let segment = snapshot.current_mut();
    segment.propagation.insert(Propagation {
        segment: segment.number,
        seen_at,
        first_new_answer_at: Some(seen_at),
        servers: switches.to_vec(),
        last_server_at: None,
        match_at: None,
        stale: Vec::new(),
    })
}

/// The change of [`changed`] has come through, and a match within 7.5 points was called.
pub(super) fn came_through(snapshot: &mut Snapshot) {
    judge(snapshot);
    let change = propagation(snapshot, [1, 4, 2, 9].map(Some));
    change.last_server_at = Some(change.seen_at + seconds(9));
    change.match_at = Some(change.seen_at + seconds(52));
    let mut verdict = verdict(VerdictState::Match, &snapshot.segments[1], seconds(175));
    verdict.criteria.tolerance = 0.075;
    let why = within_tolerance(&verdict);
    set(snapshot, verdict, why);
}

/// Some answers, too few for a verdict.
pub fn collecting() -> Snapshot {
    run(&plans((180, [71, 69, 74, 70]), (70, [30, 31, 26, 29])))
}

/// A tolerance that no number of answers reaches.
pub fn out_of_reach() -> Snapshot {
    let mut snapshot = collecting();
    let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
    verdict.criteria = Criteria {
        tolerance: 0.0001,
        confidence: 0.9999,
    };
    verdict.to_go = ToGo::default();
    snapshot.explanation = Some(not_enough(verdict));
    snapshot
}

/// Plans under which the second name server answers green far too often.
fn one_server_off() -> Snapshot {
    run(&plans((180, [223, 112, 219, 224]), (70, [86, 196, 90, 84])))
}

fn one_server(segment: &Segment, confirmed: bool) -> Mismatch {
    Mismatch {
        reason: MismatchReason::ServerDiffers { server: 1.into() },
        at: seconds(96),
        confirmed,
        impossible: false,
        ln_evidence: 50.0,
        p_value: (-50_f64).exp(),
        answers: 308,
        from: seconds(12),
        farthest: segment.sets.get(1).map(|set| SetVerdict {
            count: 196,
            low: 0.549,
            high: 0.722,
            ..interval(set, 308, 2)
        }),
    }
}

/// What happened to the verdict, so many seconds ago.
fn news(seconds_ago: u64, news: VerdictNews) -> Event {
    happened(seconds_ago, Happening::Verdict(news))
}

fn stands(snapshot: &mut Snapshot, mismatch: Mismatch, notes: Vec<Note>) {
    let segment = &snapshot.segments[0];
    let mut verdict = verdict(VerdictState::Mismatch, segment, mismatch.at);
    verdict.ln_evidence = mismatch.ln_evidence;
    verdict.p_value = mismatch.p_value;
    verdict.notes = notes;
    let why = Explanation::Mismatch(mismatch.clone(), CRITERIA);
    verdict.mismatch = Some(mismatch);
    set(snapshot, verdict, why);
}

/// One name server does not serve the declared shares.
pub fn mismatch() -> Snapshot {
    let mut snapshot = one_server_off();
    let mismatch = one_server(&snapshot.segments[0], true);
    stands(&mut snapshot, mismatch.clone(), vec![Note::ServersDiffer]);
    let told = news(28, VerdictNews::Mismatch(mismatch));
    snapshot.events.push(told);
    snapshot
}

/// The same a moment before: the configuration is being read once more.
pub fn suspected() -> Snapshot {
    let mut snapshot = one_server_off();
    let segment = &snapshot.segments[0];
    let mut verdict = verdict(VerdictState::Collecting, segment, Duration::ZERO);
    let mut suspicion = one_server(segment, false);
    suspicion.at = seconds(122);
    let why = awaiting_confirmation(&suspicion, seconds(122), seconds(152));
    verdict.suspicion = Some(suspicion);
    verdict.to_go = ToGo::default();
    set(&mut snapshot, verdict, why);
    snapshot
}

/// The shares over all name servers are off, the API did not confirm the configuration, and the numbers need care.
pub fn shares_off() -> Snapshot {
    let mut snapshot = run(&[
        plan("blue-32", 180, "192.0.2.32 +1", &[150, 155, 149, 151]),
        plan("green-33", 70, "192.0.2.33", &[159, 153, 160, 157]),
    ]);
    let segment = &snapshot.segments[0];
    let mismatch = Mismatch {
        reason: MismatchReason::Share,
        answers: 1_234,
        farthest: segment.sets[1].judged.clone(),
        ..one_server(segment, false)
    };
    let notes = vec![
        Note::NotConfirmed,
        Note::AnswersDepend { one_in: 3 },
        Note::BlamedServerSilent { server: 1.into() },
        Note::AnswersLost(12),
        Note::Unnamed {
            unnamed: 40,
            answers: 1_274,
        },
    ];
    stands(&mut snapshot, mismatch, notes);
    snapshot
}

/// A set with the share 0 was answered.
pub fn impossible() -> Snapshot {
    let mut snapshot = run(&[
        plan("blue-32", 180, "192.0.2.32 +1", &[309, 308, 309, 308]),
        plan("green-33", 0, "192.0.2.33", &[0, 0, 1, 0]),
    ]);
    let mismatch = Mismatch {
        reason: MismatchReason::ImpossibleAnswer {
            server: 2.into(),
            set: Some("green-33".to_owned()),
            why: Excluded::NoShare,
        },
        impossible: true,
        ln_evidence: 0.2,
        p_value: 0.0,
        farthest: snapshot.segments[0].sets[1].judged.clone(),
        ..one_server(&snapshot.segments[0], true)
    };
    stands(&mut snapshot, mismatch, Vec::new());
    snapshot
}

/// All weights are zero and a set is unhealthy.
pub fn inconclusive() -> Snapshot {
    let mut snapshot = running();
    let why = Inconclusive::AllZeroSomeUnhealthy;
    let segment = &snapshot.segments[0];
    let mut verdict = verdict(VerdictState::Collecting, segment, Duration::ZERO);
    verdict.to_go = ToGo::default();
    verdict.notes = vec![Note::Inconclusive(why.clone())];
    set(&mut snapshot, verdict, Explanation::Inconclusive(why));
    snapshot
}

/// A change is on its way: two name servers have switched, one has not yet, one is stale.
pub fn propagating() -> Snapshot {
    let mut snapshot = changed();
    let change = propagation(&mut snapshot, [Some(4), None, Some(7), None]);
    change.first_new_answer_at = Some(seconds(121));
    change.stale = vec![1.into()];
    let seen_at = change.seen_at;
    snapshot.servers[1].state = ServerState::Stale;
    snapshot.servers[3].state = ServerState::Propagating;
    count_those_that_switched(&mut snapshot);
    let mut verdict = verdict(VerdictState::Propagating, &snapshot.segments[1], seen_at);
    verdict.to_go = to_go(812);
    let why = Explanation::ServersPropagating {
        servers: vec![3.into()],
        since: seen_at,
        until: seen_at + seconds(90),
    };
    set(&mut snapshot, verdict, why);
    let (server, after) = (1.into(), seconds(57));
    let stale = news(4, VerdictNews::ServerStale { server, after });
    snapshot.events.push(stale);
    snapshot
}

/// Half of what the servers gave is counted that have switched or should have, and nothing of others.
fn count_those_that_switched(snapshot: &mut Snapshot) {
    for server in &mut snapshot.servers {
        let counts = server.state != ServerState::Propagating;
        let count = |named: &u64| if counts { named / 2 } else { 0 };
        server.counted = server.named.iter().map(count).collect();
    }
    let of_set = |set: usize| {
        snapshot
            .servers
            .iter()
            .map(|server| server.counted[set])
            .sum()
    };
    let counted: Vec<u64> = (0..2).map(of_set).collect();
    let answers = counted.iter().sum();
    for (set, count) in snapshot.segment_mut(1).sets.iter_mut().zip(counted) {
        set.counted = Portion::new(count, answers, set.declared_share);
        set.judged = Some(interval(set, answers, 2));
    }
}

/// No named answer for a while, after a match.
pub fn blind() -> Snapshot {
    let mut snapshot = running();
    let segment = &snapshot.segments[0];
    let mut verdict = verdict(VerdictState::Blind, segment, seconds(118));
    verdict.standing = VerdictState::Match;
    let (unnamed, since, silence) = (0, seconds(111), seconds(7));
    let why = Explanation::NoFreshAnswers { since, unnamed };
    set(&mut snapshot, verdict, why);
    for set in &mut snapshot.segment_mut(0).sets {
        set.recent = None;
    }
    for server in &mut snapshot.servers {
        server.state = ServerState::Silent;
        server.last_answer_age = Some(seconds(12));
    }
    let blind = VerdictNews::Blind { silence, unnamed };
    snapshot.events.push(news(5, blind));
    snapshot.rate.recent = Some(10.0);
    snapshot
}
