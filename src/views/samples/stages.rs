//! A cutover in stages: on its way, where it can go on, off the plan, and on its way back.

use std::time::Duration;

use super::{changed, propagating};
use crate::model::stage::{Awaited, Plan, Progress, Rollback, Stage, Visit, Wait, WorstGate};
use crate::snapshot::{Drain, Snapshot};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn plan() -> Plan {
    let stage = |name: &str, blue, green| Stage {
        name: name.to_owned(),
        weights: vec![("blue-32".to_owned(), blue), ("green-33".to_owned(), green)],
        hold: seconds(300),
        gates: Vec::new(),
    };
    Plan {
        stages: [
            stage("before", 180, 70),
            stage("half", 128, 128),
            stage("all", 0, 255),
        ]
        .into(),
        rollback_goal: seconds(30),
    }
}

fn visit(stage: usize, seen_at: u64) -> Visit {
    Visit {
        stage,
        seen_at: seconds(seen_at),
        first_answer_at: None,
        servers_at: None,
        match_at: None,
        held_at: None,
        worst_gate: None,
        left_at: None,
    }
}

/// Half of the traffic has moved; the hold, old answers and a gate are waited for.
pub fn staged() -> Snapshot {
    let mut snapshot = changed();
    let wait = |what, since, until: Option<u64>| Wait {
        what,
        since: Some(seconds(since)),
        until: until.map(seconds),
    };
    let rule = "green-33 p95 > 200ms for 5m".to_owned();
    snapshot.drain = Some(Drain {
        set: "blue-32".to_owned(),
        ttl: seconds(60),
        until: Some(snapshot.now + seconds(41)),
    });
    snapshot.stages = Some(Progress {
        plan: plan(),
        stage: Some(1),
        last: Some(1),
        since: seconds(123),
        waits: vec![
            wait(Awaited::Hold, 150, Some(450)),
            wait(Awaited::Drain, 145, Some(225)),
            wait(Awaited::Gates(vec![rule.clone()]), 160, None),
        ],
        next: Some(2),
        earliest: seconds(450),
        visits: vec![
            Visit {
                match_at: Some(seconds(40)),
                held_at: Some(seconds(100)),
                left_at: Some(seconds(123)),
                ..visit(0, 0)
            },
            Visit {
                first_answer_at: Some(seconds(120)),
                servers_at: Some(seconds(145)),
                match_at: Some(seconds(150)),
                worst_gate: Some(WorstGate {
                    rule,
                    is_critical: false,
                    at: seconds(160),
                }),
                ..visit(1, 123)
            },
        ],
        rollback: None,
        unknown: Vec::new(),
    });
    snapshot
}

/// The same with nothing left to wait for.
pub fn held() -> Snapshot {
    let mut snapshot = staged();
    if let Some(progress) = &mut snapshot.stages {
        progress.waits.clear();
        progress.earliest = seconds(184);
    }
    snapshot
}

/// The same weights, which are no stage of this plan.
pub fn off_plan() -> Snapshot {
    let mut snapshot = staged();
    if let Some(progress) = &mut snapshot.stages {
        let stages = progress.plan.stages.iter().enumerate();
        let others = stages.map(|(place, stage)| Stage {
            weights: vec![
                ("blue-32".to_owned(), 10 * place as u64),
                ("green-33".to_owned(), 7),
            ],
            ..stage.clone()
        });
        progress.plan.stages = others.collect();
        (progress.stage, progress.next) = (None, Some(1));
        progress.waits.clear();
    }
    snapshot
}

/// On the way back to the first stage, with a name server that is behind.
pub fn rolling_back() -> Snapshot {
    let mut snapshot = propagating();
    let mut progress = staged().stages.expect("a plan");
    (progress.stage, progress.last, progress.next) = (Some(0), Some(0), Some(1));
    progress.waits = vec![Wait {
        what: Awaited::Propagation,
        since: Some(seconds(140)),
        until: None,
    }];
    progress.visits.push(visit(0, 140));
    progress.rollback = Some(Rollback {
        from: 1,
        to: Some(0),
        abandoned: vec!["green-33".to_owned()],
        not_before: seconds(110),
        not_after: seconds(138),
        servers: [Some(139), Some(141), None, Some(143)]
            .map(|at| at.map(seconds))
            .to_vec(),
        done_at: None,
        goal: seconds(30),
        cut_short_at: None,
    });
    snapshot.stages = Some(progress);
    snapshot
}

/// The same when all name servers have gone over.
pub fn rolled_back() -> Snapshot {
    let mut snapshot = changed();
    let mut progress = rolling_back().stages.expect("a plan");
    if let Some(rollback) = &mut progress.rollback {
        rollback.servers[2] = Some(seconds(150));
        rollback.done_at = Some(seconds(150));
    }
    progress.waits.clear();
    snapshot.stages = Some(progress);
    snapshot
}
