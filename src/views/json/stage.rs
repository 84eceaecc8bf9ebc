//! The objects about a cutover in stages.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::stage::{Awaited, Progress, Rollback, Stage, StageNews, Took, Visit, Wait};
use crate::model::text::visible;
use crate::snapshot::Snapshot;
use crate::views::{command, verdicts};

use super::told::told;
use super::units::{each, seconds, time};

/// Where a cutover stands in its plan.
pub(super) fn progress(snapshot: &Snapshot, progress: &Progress) -> Value {
    let number = |stage: Option<usize>| stage.map(|stage| stage + 1);
    let wall = |at: Duration| time(verdicts::at(snapshot, at));
    let stages = progress.plan.stages.iter().enumerate();
    let stages = stages.map(|(place, one)| stage(snapshot, one, progress.visit(place)));
    let next = command::next_stage(snapshot);
    json!({
        "stages": stages.collect::<Vec<_>>(),
        "stage": number(progress.stage),
        "last": number(progress.last),
        "since": wall(progress.since),
        "waits": each(&progress.waits, |one| wait(snapshot, one)),
        "next": number(progress.next),
        "earliest": wall(progress.earliest),
        "command": next.map(|next| told(snapshot, &next)),
        "rollback": progress.rollback.as_ref().map(|one| rollback(snapshot, one)),
        "unknown_sets": each(&progress.unknown, |set: &String| json!(visible(set))),
    })
}

/// A stage and how it went in it, the newest time that it was reached.
fn stage(snapshot: &Snapshot, stage: &Stage, visit: Option<&Visit>) -> Value {
    let wall = |at: Duration| time(verdicts::at(snapshot, at));
    let weights = each(
        &stage.weights,
        |(set, weight): &(String, u64)| json!({ "set_identifier": visible(set), "weight": weight }),
    );
    let visit = visit.map(|visit| {
        let gate = visit.worst_gate.as_ref().map(|gate| {
            json!({
                "rule": visible(&gate.rule),
                "severity": if gate.is_critical { "critical" } else { "warning" },
                "tripped_at": wall(gate.at),
            })
        });
        json!({
            "seen_at": wall(visit.seen_at),
            "first_answer_at": visit.first_answer_at.map(wall),
            "servers_at": visit.servers_at.map(wall),
            "match_at": visit.match_at.map(wall),
            "held_at": visit.held_at.map(wall),
            "left_at": visit.left_at.map(wall),
            "worst_gate": gate,
        })
    });
    json!({
        "name": visible(&stage.name),
        "weights": weights,
        "hold_s": seconds(stage.hold),
        "visit": visit,
    })
}

fn wait(snapshot: &Snapshot, wait: &Wait) -> Value {
    let wall = |at: Duration| time(verdicts::at(snapshot, at));
    let gates = match &wait.what {
        Awaited::Gates(rules) => rules.as_slice(),
        _ => &[],
    };
    json!({
        "for": wait.what.as_str(),
        "since": wait.since.map(wall),
        "until": wait.until.map(wall),
        "gates": each(gates, |rule: &String| json!(visible(rule))),
    })
}

fn rollback(snapshot: &Snapshot, rollback: &Rollback) -> Value {
    let wall = |at: Duration| time(verdicts::at(snapshot, at));
    let servers = snapshot.servers.iter().zip(&rollback.servers);
    let servers = servers
        .map(|(server, at)| json!({ "name": visible(&server.name), "last_at": at.map(wall) }));
    json!({
        "from": rollback.from + 1,
        "to": rollback.to.map(|to| to + 1),
        "abandoned": each(&rollback.abandoned, |set: &String| json!(visible(set))),
        "not_before": wall(rollback.not_before),
        "not_after": wall(rollback.not_after),
        "servers": servers.collect::<Vec<_>>(),
        "done_at": rollback.done_at.map(wall),
        "took": rollback.took().map(took),
        "goal_s": seconds(rollback.goal),
        "cut_short_at": rollback.cut_short_at.map(wall),
    })
}

fn took(took: Took) -> Value {
    json!({
        "at_least_s": seconds(took.at_least),
        "at_most_s": seconds(took.at_most),
        "goal_kept": took.is_kept,
    })
}

/// The fields of what happened to a cutover.
pub(super) fn numbers(news: &StageNews) -> Value {
    let text = |text: &String| visible(text).into_owned();
    match news {
        StageNews::Reached { number, of, name } => {
            json!({ "stage": text(name), "number": number, "stages": of })
        }
        StageNews::Left { name } => json!({ "stage": text(name) }),
        StageNews::Held { name, next } => {
            json!({ "stage": text(name), "next": next.as_ref().map(text) })
        }
        StageNews::RollbackBegan { from, to, goal } => json!({
            "from": text(from),
            "to": to.as_ref().map(text),
            "goal_s": seconds(*goal),
        }),
        StageNews::RolledBack {
            to,
            abandoned,
            took: how_long,
            goal,
        } => json!({
            "to": to.as_ref().map(text),
            "abandoned": each(abandoned, |set: &String| json!(visible(set))),
            "took": took(*how_long),
            "goal_s": seconds(*goal),
        }),
    }
}
