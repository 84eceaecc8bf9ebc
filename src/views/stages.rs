//! What every view says of a cutover that was planned in stages: where it is, what it waits for, what comes next, and how a
//! way back went. `words/stage.rs` has the words, and each view finds the room.

use std::time::Duration;

use crate::model::stage::{Awaited, Progress, Stage, Visit, Wait};
use crate::model::text::visible;
use crate::snapshot::Snapshot;

use super::facts::{Remark, or_nothing};
use super::format;
use super::words::{stage as words, what_now};

/// The stage that comes next, or that leads back into the plan.
pub fn next(snapshot: &Snapshot) -> Option<&Stage> {
    let progress = snapshot.stages.as_ref()?;
    progress.plan.stages.get(progress.next?)
}

/// The critical gate that tripped when the next stage was in force before.
pub fn tripped_in_next(snapshot: &Snapshot) -> Option<&str> {
    let progress = snapshot.stages.as_ref()?;
    let next = progress.next?;
    let mut visits = progress.visits.iter().filter(|visit| visit.stage == next);
    visits.find_map(|visit| {
        let gate = visit.worst_gate.as_ref()?;
        // One that had tripped before is about other weights.
        (gate.is_critical && gate.at >= visit.seen_at).then_some(gate.rule.as_str())
    })
}

/// What there is to say at any time, the most pressing first: a way back, and where the cutover is.
pub fn remarks(snapshot: &Snapshot) -> Vec<Remark> {
    let Some(progress) = &snapshot.stages else {
        return Vec::new();
    };
    let rollback = rollback(snapshot, progress);
    let place = Remark {
        text: place(snapshot, progress),
        // Weights that nobody planned are a bad sign after a stage, and none before the first.
        is_warning: progress.stage.is_none() && progress.last.is_some(),
    };
    let all = rollback.into_iter().chain([place]);
    all.map(|remark| Remark {
        text: visible(&remark.text).into_owned(),
        ..remark
    })
    .collect()
}

/// Where the cutover is, in a few words.
pub fn short(snapshot: &Snapshot) -> Option<String> {
    let progress = snapshot.stages.as_ref()?;
    let of = progress.plan.stages.len();
    Some(match progress.stage {
        Some(stage) => {
            let name = visible(&progress.plan.stages[stage].name);
            words::in_short(&name, stage + 1, of)
        }
        None => words::NONE_SHORT.to_owned(),
    })
}

/// Where the cutover is, what it waits for and what comes next.
fn place(snapshot: &Snapshot, progress: &Progress) -> String {
    let name = |stage: usize| progress.plan.stages[stage].name.as_str();
    let mut parts = vec![match (progress.stage, progress.last) {
        (Some(stage), _) => {
            let since = clock(snapshot, progress.since);
            words::in_stage(name(stage), stage + 1, progress.plan.stages.len(), &since)
        }
        (None, Some(last)) => words::no_stage(name(last)),
        (None, None) => words::NONE_YET.to_owned(),
    }];
    let waits = waits(snapshot, progress);
    parts.extend((!waits.is_empty()).then(|| words::waits_for(&waits)));
    if let (Some(_), Some(next)) = (progress.stage, progress.next) {
        let earliest = clock(snapshot, progress.earliest);
        parts.push(if waits.is_empty() {
            words::can_come(name(next))
        } else {
            words::earliest(name(next), &earliest)
        });
    }
    parts.join("; ")
}

/// What the stage in force still waits for, in a line: who goes on now goes on too early.
pub fn waited_for(snapshot: &Snapshot) -> Option<String> {
    let waits = waits(snapshot, snapshot.stages.as_ref()?);
    (!waits.is_empty()).then_some(waits)
}

/// All that a stage waits for, in a line.
fn waits(snapshot: &Snapshot, progress: &Progress) -> String {
    let hold = progress.stage.map(|stage| progress.plan.stages[stage].hold);
    let ttl = snapshot.drain.as_ref().map(|drain| drain.ttl);
    let of = |wait: &Wait| {
        let until = wait.until.map(|until| clock(snapshot, until));
        match (&wait.what, until) {
            (Awaited::Propagation, _) => words::PROPAGATION.to_owned(),
            (Awaited::Verdict, _) => words::MATCH.to_owned(),
            (Awaited::Hold, Some(until)) => words::hold_until(&until),
            (Awaited::Hold, None) => words::hold_for(&format::span(hold.unwrap_or_default())),
            (Awaited::Drain, Some(until)) => words::drain_until(&until),
            (Awaited::Drain, None) => words::drain_for(&format::span(ttl.unwrap_or_default())),
            (Awaited::Gates(rules), _) => words::gates(&rules.join(", ")),
        }
    };
    let all: Vec<String> = progress.waits.iter().map(of).collect();
    all.join(", ")
}

/// How the newest way back goes or went.
fn rollback(snapshot: &Snapshot, progress: &Progress) -> Option<Remark> {
    let rollback = progress.rollback.as_ref()?;
    // What came after it is of more interest.
    if progress.stage != rollback.to {
        return None;
    }
    let to = rollback.to.map(|to| progress.plan.stages[to].name.as_str());
    let to = to.unwrap_or(&words::BEFORE);
    if rollback.cut_short_at.is_some() {
        return Some(Remark::plain(words::cut_short(to)));
    }
    if let Some(took) = rollback.took() {
        return Some(Remark {
            text: words::rolled_back(to, &words::took(&rollback.abandoned, took, rollback.goal)),
            is_warning: took.is_kept == Some(false),
        });
    }
    let span = snapshot.uptime.saturating_sub(rollback.not_after);
    Some(Remark {
        text: words::rolling_back(
            to,
            &format::whole_span(span),
            rollback.behind().len(),
            rollback.servers.len(),
            &format::whole_span(rollback.goal),
        ),
        is_warning: span > rollback.goal,
    })
}

/// What to do where the split is right; `None` where nothing is planned.
pub fn what_now(snapshot: &Snapshot) -> Option<String> {
    let progress = snapshot.stages.as_ref()?;
    let name = |stage: usize| progress.plan.stages[stage].name.as_str();
    let weights = next(snapshot).map(weights).unwrap_or_default();
    let waits = waits(snapshot, progress);
    Some(match (progress.stage, progress.next, progress.last) {
        (Some(stage), _, _) if !waits.is_empty() => words::wait(name(stage), &waits),
        (Some(stage), Some(next), _) => words::go_on(name(stage), name(next), &weights),
        (Some(stage), None, _) => words::done(name(stage)),
        (None, Some(next), None) => words::begin(name(next), &weights),
        (None, next, Some(last)) => words::back_to_plan(name(next.unwrap_or(last)), &weights),
        (None, None, None) => return None,
    })
}

/// The weights of a stage: `blue 90 / green 10`.
pub fn weights(stage: &Stage) -> String {
    let weights = stage.weights.iter();
    let weights = weights.map(|(set, weight)| what_now::weight(set, *weight));
    weights.collect::<Vec<_>>().join(" / ")
}

/// The stages of the plan and how it went in each, the newest time that it was reached.
pub fn rows(snapshot: &Snapshot, progress: &Progress) -> Vec<Vec<String>> {
    let mut rows = vec![words::COLUMNS.map(String::from).to_vec()];
    rows.extend(
        progress
            .plan
            .stages
            .iter()
            .enumerate()
            .map(|(place, stage)| {
                let visit = progress.visit(place);
                let time = |time: fn(&Visit) -> Option<Duration>| {
                    or_nothing(visit.and_then(time), |at| clock(snapshot, at))
                };
                vec![
                    visible(&stage.name).into_owned(),
                    time(|visit| Some(visit.seen_at)),
                    time(|visit| visit.first_answer_at),
                    time(|visit| visit.servers_at),
                    time(|visit| visit.match_at),
                    time(|visit| visit.held_at),
                    time(|visit| visit.left_at),
                ]
            }),
    );
    rows
}

/// The worst gate of each stage in which one was tripped, the newest time that it was reached.
pub fn worst_gates(snapshot: &Snapshot, progress: &Progress) -> Vec<String> {
    let stages = progress.plan.stages.iter().enumerate();
    let tripped = stages.filter_map(|(place, stage)| {
        let gate = progress.visit(place)?.worst_gate.as_ref()?;
        let at = clock(snapshot, gate.at);
        let severity = words::severity(gate.is_critical);
        Some(words::worst(&stage.name, &gate.rule, severity, &at))
    });
    tripped.map(|text| visible(&text).into_owned()).collect()
}

fn clock(snapshot: &Snapshot, at: Duration) -> String {
    format::clock(snapshot.started_at + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::command;
    use crate::views::samples;

    fn texts(snapshot: &Snapshot) -> Vec<String> {
        let remarks = remarks(snapshot).into_iter();
        remarks.map(|remark| remark.text).collect()
    }

    #[test]
    fn where_it_is_and_what_it_waits_for_is_told_with_times() {
        let snapshot = samples::staged();
        assert_eq!(
            texts(&snapshot),
            [
                "stage half (2 of 3) since 12:33:55; waits for the hold until 12:39:22, old answers until 12:35:37, \
                 gates (green-33 p95 > 200ms for 5m); next all, 12:39:22 at the earliest"
            ]
        );
        assert_eq!(
            what_now(&snapshot).as_deref(),
            Some(
                "wait in half: the hold until 12:39:22, old answers until 12:35:37, gates (green-33 p95 > 200ms for 5m)"
            )
        );
        assert_eq!(short(&snapshot).as_deref(), Some("stage half 2/3"));
        // The command of the next step is told all the same, and that it is too early.
        let early = "too early: this stage still waits for the hold until 12:39:22, ";
        let is_said = |snapshot: &Snapshot| {
            let told = command::next_stage(snapshot).expect("a stage follows");
            told.command.is_some() && told.remarks.iter().any(|remark| remark.starts_with(early))
        };
        assert!(is_said(&snapshot));
        assert!(!is_said(&samples::held()));
    }

    #[test]
    fn what_can_come_is_told_with_its_weights_and_the_key_that_copies_the_command() {
        let mut snapshot = samples::held();
        let now = "half holds: go on to all (blue-32 0 / green-33 255) when you want (n copies the command)";
        assert_eq!(what_now(&snapshot).as_deref(), Some(now));
        assert!(texts(&snapshot)[0].ends_with("; next all, possible now"));
        let progress = snapshot.stages.as_mut().expect("a plan");
        (progress.stage, progress.last, progress.next) = (Some(2), Some(2), None);
        let now = "all holds, and it is the last stage: nothing to do";
        assert_eq!(what_now(&snapshot).as_deref(), Some(now));
        let progress = snapshot.stages.as_mut().expect("a plan");
        (progress.stage, progress.last, progress.next) = (None, None, Some(0));
        assert_eq!(texts(&snapshot), ["the declared weights are no stage yet"]);
        assert!(what_now(&snapshot).is_some_and(|now| now.starts_with("begin with before (")));
    }

    #[test]
    fn weights_that_are_no_stage_are_a_warning_and_lead_back() {
        let snapshot = samples::off_plan();
        let told = &remarks(&snapshot)[0];
        assert!(told.is_warning);
        assert_eq!(
            told.text,
            "the declared weights are no stage; the last one was half"
        );
        assert!(what_now(&snapshot).is_some_and(|now| now.contains("back to half")));
    }

    #[test]
    fn a_rollback_is_told_while_it_goes_on_and_with_its_time_against_the_goal() {
        assert_eq!(
            texts(&samples::rolling_back())[0],
            "rolling back to before for 46s: 1 of 4 name servers behind, goal 30s"
        );
        let mut snapshot = samples::rolled_back();
        assert_eq!(
            texts(&snapshot)[0],
            "rolled back to before: the last answer of green-33 came 12s to 40s after the change; whether that is within \
             the goal cannot be told, since the weights are read only so often (--poll-interval)"
        );
        let mut told = |not_before, not_after| {
            let progress = snapshot.stages.as_mut().expect("a plan");
            let rollback = progress.rollback.as_mut().expect("it was one");
            rollback.not_before = Duration::from_secs(not_before);
            rollback.not_after = Duration::from_secs(not_after);
            let remark = remarks(&snapshot).remove(0);
            (remark.text, remark.is_warning)
        };
        let (kept, is_warning) = told(138, 138);
        assert!(
            kept.ends_with("came 12s after the change; the goal of 30s was kept") && !is_warning
        );
        let (missed, is_warning) = told(100, 101);
        assert!(missed.ends_with("49s to 50s after the change; the goal of 30s was missed"));
        assert!(is_warning, "{missed}");
    }
}
