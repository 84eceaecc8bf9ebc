//! What the judge thinks of the samples: plausible verdicts, and a snapshot for each kind of them.

use std::time::{Duration, SystemTime};

use crate::model::health::{ChecksRead, NoStatus};
use crate::model::share::as_f64;
use crate::model::verdict::{
    Criteria, Explanation, Inconclusive, Mismatch, MismatchReason, Note, Propagation, ServerState,
    SetVerdict, ToGo, Verdict, VerdictNews, VerdictState,
};
use crate::snapshot::{Event, Happening, Recent, Segment, Set, Snapshot};

use super::{before, changed, plan, readme_plans, run, running};

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

fn answers_of(segment: &Segment) -> u64 {
    segment.sets.iter().map(|set| set.count).sum()
}

/// The more sets there are, the wider the interval of each, so that all of them hold at once.
fn interval(set: &Set, answers: u64, sets: usize) -> SetVerdict {
    let (low, high) = if answers == 0 {
        (0.0, 1.0)
    } else {
        let (share, answers) = (as_f64(set.count) / as_f64(answers), as_f64(answers));
        let deviations = if sets > 9 {
            2.0 * DEVIATIONS
        } else {
            DEVIATIONS
        };
        let half = deviations * ((share * (1.0 - share) + 1.0 / answers) / answers).sqrt();
        ((share - half).max(0.0), (share + half).min(1.0))
    };
    SetVerdict {
        identifier: set.identifier.clone(),
        declared: set.declared_share,
        count: set.count,
        low,
        high,
    }
}

fn verdict(state: VerdictState, answers: u64, since: Duration) -> Verdict {
    let is_open = matches!(state, VerdictState::Collecting | VerdictState::Propagating);
    Verdict {
        state,
        standing: state,
        since,
        mismatch: None,
        suspicion: None,
        criteria: CRITERIA,
        answers,
        ln_evidence: -0.7,
        p_value: 1.0,
        to_go: ToGo {
            answers: is_open.then_some(420),
            seconds: is_open.then_some(42.0),
        },
        notes: Vec::new(),
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
    let verdict = verdict(VerdictState::Collecting, answers_of(segment), seconds(0));
    let (since, until) = (seconds(100), seconds(190));
    let reasons = [
        MismatchReason::Share,
        MismatchReason::ServerDiffers { server: 1.into() },
        MismatchReason::StaleServer { server: 9.into() },
        MismatchReason::ImpossibleAnswer {
            server: 0.into(),
            set: None,
        },
    ];
    let mismatches = reasons.into_iter().map(|reason| {
        let farthest = None;
        let one_server = one_server(segment, true);
        let mismatch = Mismatch {
            reason,
            farthest,
            ..one_server
        };
        Explanation::Mismatch(mismatch, CRITERIA)
    });
    let mut explanations = vec![
        Explanation::NoAnswerYet(ToGo::default()),
        Explanation::NoAnswerYet(verdict.to_go),
        Explanation::Inconclusive(Inconclusive::AllZeroSomeUnhealthy),
        Explanation::Inconclusive(Inconclusive::LookAlike {
            one: "blue".into(),
            two: "green".into(),
            more_pairs: 2,
        }),
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
            answers: 1,
            since,
            until,
        },
        Explanation::ServersPropagating {
            servers: vec![1.into(), 2.into()],
            since,
            until,
        },
        Explanation::LateServerUndecided {
            servers: vec![0.into()],
            until,
        },
        Explanation::ServerStale {
            servers: vec![0.into(), 1.into(), 2.into()],
            since,
        },
        Explanation::AwaitingConfirmation {
            farthest: one_server(segment, false).farthest,
            since,
            until,
        },
        within_tolerance(&verdict),
        Explanation::NoFreshAnswers { since, unnamed: 0 },
        Explanation::NoFreshAnswers { since, unnamed: 7 },
    ];
    explanations.extend(mismatches);
    explanations
}

/// Gives the segment in force the intervals and the verdict that its counts are good for.
pub(super) fn judge(snapshot: &mut Snapshot) {
    let uptime = snapshot.uptime;
    let Some(segment) = snapshot.segments.last_mut() else {
        return;
    };
    let answers = answers_of(segment);
    let sets = segment.sets.len();
    for set in &mut segment.sets {
        set.judged = Some(interval(set, answers, sets));
        // The last minute had the same shares.
        let last = answers.min(600);
        set.recent = (last > 0).then(|| Recent {
            count: set.count * last / answers,
            answers: last,
            low: set.observed_share.unwrap_or(0.0) * 0.95,
            high: (set.observed_share.unwrap_or(1.0) * 1.05).min(1.0),
        });
    }
    let is_near = |set: &Set| {
        let judged = set.judged.as_ref();
        judged.is_some_and(|judged| {
            judged.low >= judged.declared - CRITERIA.tolerance
                && judged.high <= judged.declared + CRITERIA.tolerance
        })
    };
    let state = if answers > 0 && segment.sets.iter().all(is_near) {
        VerdictState::Match
    } else {
        VerdictState::Collecting
    };
    let since = if state == VerdictState::Match {
        uptime.saturating_sub(seconds(40))
    } else {
        Duration::ZERO
    };
    let verdict = verdict(state, answers, since);
    snapshot.explanation = Some(match state {
        VerdictState::Match => within_tolerance(&verdict),
        _ if answers == 0 => Explanation::NoAnswerYet(verdict.to_go),
        _ => not_enough(&verdict),
    });
    segment.verdict = Some(verdict);
}

/// Sets the verdict of the segment in force and why.
fn set(snapshot: &mut Snapshot, verdict: Verdict, explanation: Explanation) {
    if let Some(segment) = snapshot.segments.last_mut() {
        segment.verdict = Some(verdict);
    }
    snapshot.explanation = Some(explanation);
}

/// The change of [`changed`] has come through, and a match within 7.5 points was called.
pub(super) fn came_through(snapshot: &mut Snapshot) {
    judge(snapshot);
    // 184 s into the run, and the change was seen 61 s ago.
    let seen_at = seconds(123);
    let switches = [1_u64, 4, 2, 9].map(|after| Some(seen_at + seconds(after)));
    for (server, switched_at) in snapshot.servers.iter_mut().zip(switches) {
        server.switched_at = switched_at.map(|at| snapshot.started_at + at);
    }
    let Some(segment) = snapshot.segments.last_mut() else {
        return;
    };
    segment.propagation = Some(Propagation {
        segment: segment.number,
        seen_at,
        first_new_answer_at: Some(seen_at),
        servers: switches.to_vec(),
        last_server_at: Some(seen_at + seconds(9)),
        match_at: Some(seen_at + seconds(52)),
        stale: Vec::new(),
    });
    let mut verdict = verdict(VerdictState::Match, answers_of(segment), seconds(175));
    verdict.criteria.tolerance = 0.075;
    let why = within_tolerance(&verdict);
    set(snapshot, verdict, why);
}

/// Some answers, too few for a verdict.
pub fn collecting() -> Snapshot {
    let mut plans = readme_plans();
    plans[0].counts = vec![71, 69, 74, 70];
    plans[1].counts = vec![30, 31, 26, 29];
    run(&plans)
}

/// A tolerance that no number of answers reaches.
pub fn out_of_reach() -> Snapshot {
    let mut snapshot = collecting();
    if let Some(verdict) = snapshot.segments[0].verdict.as_mut() {
        verdict.criteria = Criteria {
            tolerance: 0.0001,
            confidence: 0.9999,
        };
        verdict.to_go = ToGo::default();
        snapshot.explanation = Some(not_enough(verdict));
    }
    snapshot
}

/// Plans under which the second name server answers green far too often.
fn one_server_off() -> Snapshot {
    let mut plans = readme_plans();
    plans[0].counts[1] = 112;
    plans[1].counts[1] = 196;
    run(&plans)
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
    Event {
        at: before(seconds_ago),
        what: Happening::Verdict(news),
    }
}

fn stands(snapshot: &mut Snapshot, mismatch: Mismatch, notes: Vec<Note>) {
    let answers = answers_of(&snapshot.segments[0]);
    let mut verdict = verdict(VerdictState::Mismatch, answers, mismatch.at);
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
    let mut verdict = verdict(
        VerdictState::Collecting,
        answers_of(segment),
        Duration::ZERO,
    );
    let suspicion = Mismatch {
        at: seconds(122),
        ..one_server(segment, false)
    };
    let why = Explanation::AwaitingConfirmation {
        farthest: suspicion.farthest.clone(),
        since: seconds(122),
        until: seconds(152),
    };
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
    let mismatch = Mismatch {
        reason: MismatchReason::Share,
        answers: 1_234,
        ..one_server(&snapshot.segments[0], false)
    };
    let mismatch = Mismatch {
        farthest: snapshot.segments[0].sets[1].judged.clone(),
        ..mismatch
    };
    let notes = vec![
        Note::NotConfirmed,
        Note::AnswersDepend,
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
    let answers = answers_of(&snapshot.segments[0]);
    let mut verdict = verdict(VerdictState::Collecting, answers, Duration::ZERO);
    verdict.to_go = ToGo::default();
    verdict.notes = vec![Note::Inconclusive(why.clone())];
    set(&mut snapshot, verdict, Explanation::Inconclusive(why));
    snapshot
}

/// A change is on its way: two name servers have switched, one has not yet, one is stale.
pub fn propagating() -> Snapshot {
    let mut snapshot = changed();
    let seen_at = seconds(123);
    let switches = [
        Some(seen_at + seconds(4)),
        None,
        Some(seen_at + seconds(7)),
        None,
    ];
    let states = [
        ServerState::Current,
        ServerState::Stale,
        ServerState::Current,
        ServerState::Propagating,
    ];
    for ((server, state), switched_at) in snapshot.servers.iter_mut().zip(states).zip(switches) {
        server.state = state;
        server.switched_at = switched_at.map(|at| snapshot.started_at + at);
    }
    snapshot.segments[1].propagation = Some(Propagation {
        segment: 2,
        seen_at,
        first_new_answer_at: Some(seconds(121)),
        servers: switches.to_vec(),
        last_server_at: None,
        match_at: None,
        stale: vec![1.into()],
    });
    let mut verdict = verdict(VerdictState::Propagating, 305, seen_at);
    verdict.to_go = ToGo {
        answers: Some(812),
        seconds: Some(81.2),
    };
    let why = Explanation::ServersPropagating {
        servers: vec![3.into()],
        since: seen_at,
        until: seen_at + seconds(90),
    };
    set(&mut snapshot, verdict, why);
    for set in &mut snapshot.segments[1].sets {
        let halved = Set {
            count: set.count / 2,
            ..set.clone()
        };
        set.judged = Some(interval(&halved, 305, 2));
    }
    let stale = VerdictNews::ServerStale {
        server: 1.into(),
        after: seconds(57),
    };
    snapshot.events.push(news(4, stale));
    snapshot
}

/// No named answer for a while, after a match.
pub fn blind() -> Snapshot {
    let mut snapshot = running();
    let answers = answers_of(&snapshot.segments[0]);
    let mut verdict = verdict(VerdictState::Blind, answers, seconds(118));
    verdict.standing = VerdictState::Match;
    let why = Explanation::NoFreshAnswers {
        since: seconds(111),
        unnamed: 0,
    };
    set(&mut snapshot, verdict, why);
    for set in &mut snapshot.segments[0].sets {
        set.recent = None;
    }
    for server in &mut snapshot.servers {
        server.state = ServerState::Silent;
        server.state = ServerState::Silent;
        server.last_answer_age = Some(seconds(12));
    }
    let blind = VerdictNews::Blind {
        silence: seconds(7),
        unnamed: 0,
    };
    snapshot.events.push(news(5, blind));
    snapshot.rate.recent = Some(10.0);
    snapshot
}
