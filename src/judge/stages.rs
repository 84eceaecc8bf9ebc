//! Where a cutover stands in its plan: a state machine that is fed with declared weights, what is known of the name servers, the
//! verdict, gates and answers, with the time always as an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::stage::{
    Awaited, Plan, Progress, Rollback, Stage, StageNews, Visit, Wait, WorstGate,
};

/// So many visits are kept.
const VISITS_KEPT: usize = 64;
/// So many pairs of name server and set are kept in mind; more than any zone has at a time.
const PAIRS_KEPT: usize = 4_096;

/// What is known at a moment.
#[derive(Debug)]
pub(super) struct Input<'a> {
    /// The moment.
    pub now: Duration,
    /// The declared weight of each set.
    pub weights: &'a [(String, u64)],
    /// The declared share of each.
    pub shares: &'a [f64],
    /// When the API showed what is declared.
    pub seen_at: Duration,
    /// When the last reading of the API was sent that showed something else.
    pub not_before: Duration,
    /// When DNS answered with it first, as an estimate.
    pub first_answer_at: Option<Duration>,
    /// When each name server went over, as an estimate; `None`: it has not, or that was not seen.
    pub switched: &'a [Option<Duration>],
    /// When the last of them had; `None` until all have.
    pub servers_at: Option<Duration>,
    /// Whether a match stands.
    pub is_match: bool,
    /// Until when resolvers may hold old answers.
    pub drain: Drained,
    /// The gates that are in force.
    pub gates: &'a [GateNow<'a>],
    /// Named answers since the last time: who, when it was asked, and which set.
    pub answers: &'a [(ServerIndex, Duration, &'a str)],
}

/// Until when resolvers may hold old answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// There is nothing to wait for, or nothing is known of it.
    Nothing,
    /// Until this time.
    Until(Duration),
    /// For so long from when the last name server has gone over.
    NotBegun(Duration),
}

/// How a gate stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct GateNow<'a> {
    /// The rule as it is written.
    pub rule: &'a str,
    /// Whether it is a reason to go back.
    pub is_critical: bool,
    /// Since when it is tripped; `None`: it is not.
    pub tripped_since: Option<Duration>,
}

/// What is remembered of a cutover.
#[derive(Debug)]
pub(super) struct StageMachine {
    plan: Plan,
    declared: Option<Declared>,
    /// What was declared when no stage had been reached yet.
    origin: Option<Vec<(String, u64)>>,
    last: Option<usize>,
    /// Since when a match has stood.
    match_since: Option<Duration>,
    /// When one that stood was lost.
    lost_at: Option<Duration>,
    /// Whether there was nothing left to wait for.
    is_held: bool,
    visits: Vec<Visit>,
    rollback: Option<Rollback>,
    /// When each name server gave the last answer of each set.
    last_answers: BTreeMap<(String, ServerIndex), Duration>,
    progress: Option<Progress>,
}

/// What is declared.
#[derive(Debug)]
struct Declared {
    weights: Vec<(String, u64)>,
    shares: Vec<f64>,
    stage: Option<usize>,
    since: Duration,
}

impl Declared {
    fn share(&self, set: &str) -> f64 {
        let place = self.weights.iter().position(|(name, _)| name == set);
        place.map_or(0.0, |place| self.shares[place])
    }
}

impl StageMachine {
    /// Nothing is known yet.
    pub(super) fn new(plan: Plan) -> Self {
        Self {
            plan,
            declared: None,
            origin: None,
            last: None,
            match_since: None,
            lost_at: None,
            is_held: false,
            visits: Vec::new(),
            rollback: None,
            last_answers: BTreeMap::new(),
            progress: None,
        }
    }

    /// How far it has come; `None` where nothing is planned, and before anything is declared.
    pub(super) fn progress(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// The stage in force.
    pub(super) fn stage(&self) -> Option<usize> {
        self.declared.as_ref()?.stage
    }

    /// Takes what is known at a moment. Returns what has happened, with its time.
    pub(super) fn observe(&mut self, input: &Input) -> Vec<(Duration, StageNews)> {
        if self.plan.stages.is_empty() {
            return Vec::new();
        }
        let mut news = Vec::new();
        self.note_answers(input);
        if (self.declared.as_ref()).is_none_or(|before| before.weights != input.weights) {
            self.declare(input, &mut news);
        }
        match (self.match_since, input.is_match) {
            (None, true) => self.match_since = Some(input.now),
            (Some(_), false) => {
                self.match_since = None;
                self.lost_at = Some(input.now);
            }
            _ => {}
        }
        let progress = self.look(input, &mut news);
        self.progress = Some(progress);
        self.follow_rollback(input, &mut news);
        if let Some(progress) = &mut self.progress {
            progress.rollback.clone_from(&self.rollback);
        }
        news
    }

    fn name(&self, stage: usize) -> String {
        self.plan.stages[stage].name.clone()
    }

    fn note_answers(&mut self, input: &Input) {
        for &(server, at, set) in input.answers {
            if let Some(last) = self.last_answers.get_mut(&(set.to_owned(), server)) {
                *last = at.max(*last);
            } else if self.last_answers.len() < PAIRS_KEPT {
                self.last_answers.insert((set.to_owned(), server), at);
            }
        }
    }

    /// Other weights are declared than before.
    fn declare(&mut self, input: &Input, news: &mut Vec<(Duration, StageNews)>) {
        let is_declared = |stage: &Stage| stage.is(input.weights);
        let stage = self.plan.stages.iter().position(is_declared);
        let at = input.seen_at;
        let now = Declared {
            weights: input.weights.to_vec(),
            shares: input.shares.to_vec(),
            stage,
            since: at,
        };
        let left = self.declared.as_ref().and_then(|before| before.stage);
        if let Some(visit) = self.visits.last_mut().filter(|_| left.is_some()) {
            visit.left_at = Some(at);
        }
        if let Some(rollback) = &mut self.rollback
            && rollback.done_at.is_none()
        {
            rollback.cut_short_at.get_or_insert(at);
        }
        let is_origin = stage.is_none() && self.origin.as_ref() == Some(&now.weights);
        let goes_back = self.last.filter(|&last| match stage {
            Some(stage) => stage < last,
            None => is_origin,
        });
        if let (Some(from), Some(before)) = (goes_back, &self.declared) {
            self.rollback = Some(self.rollback_from(from, before, &now, input));
            let (from, to) = (self.name(from), stage.map(|stage| self.name(stage)));
            let goal = self.plan.rollback_goal;
            news.push((at, StageNews::RollbackBegan { from, to, goal }));
        } else if let (Some(left), None) = (left, stage) {
            let name = self.name(left);
            news.push((at, StageNews::Left { name }));
        }
        if let Some(stage) = stage {
            let (number, of, name) = (stage + 1, self.plan.stages.len(), self.name(stage));
            news.push((at, StageNews::Reached { number, of, name }));
            self.visits.push(Visit {
                stage,
                seen_at: at,
                first_answer_at: None,
                servers_at: None,
                match_at: None,
                held_at: None,
                worst_gate: None,
                left_at: None,
            });
            if self.visits.len() > VISITS_KEPT {
                self.visits.remove(0);
            }
            self.last = Some(stage);
        } else if is_origin {
            self.last = None;
        } else if self.last.is_none() {
            self.origin = Some(now.weights.clone());
        }
        self.is_held = false;
        self.match_since = None;
        self.lost_at = None;
        self.declared = Some(now);
    }

    fn rollback_from(
        &self,
        from: usize,
        before: &Declared,
        now: &Declared,
        input: &Input,
    ) -> Rollback {
        let had = before.weights.iter().map(|(set, _)| set);
        let abandoned = had.filter(|set| before.share(set) > 0.0 && now.share(set) <= 0.0);
        Rollback {
            from,
            to: now.stage,
            abandoned: abandoned.cloned().collect(),
            not_before: input.not_before,
            not_after: input.seen_at,
            servers: vec![None; input.switched.len()],
            done_at: None,
            goal: self.plan.rollback_goal,
            cut_short_at: None,
        }
    }

    /// What has to be waited for, and what is known of the visit.
    fn look(&mut self, input: &Input, news: &mut Vec<(Duration, StageNews)>) -> Progress {
        let stage = self.declared.as_ref().and_then(|declared| declared.stage);
        let since = self.declared.as_ref().map_or(input.now, |it| it.since);
        let known = |set: &String| input.weights.iter().any(|(name, _)| name == set);
        // Every stage names the same sets.
        let named = self.plan.stages[0].weights.iter().map(|(set, _)| set);
        let unknown = named.filter(|set| !known(set)).cloned().collect();
        let mut progress = Progress {
            plan: self.plan.clone(),
            stage,
            last: self.last,
            since,
            waits: Vec::new(),
            next: match (stage, self.last) {
                (Some(stage), _) => Some(stage + 1).filter(|next| *next < self.plan.stages.len()),
                // From weights that nobody planned the way leads to the plan first.
                (None, last) => Some(last.unwrap_or(0)),
            },
            earliest: input.now,
            visits: Vec::new(),
            rollback: None,
            unknown,
        };
        if let Some(stage) = stage {
            let hold = self.plan.stages[stage].hold;
            (progress.waits, progress.earliest) = waits(
                input,
                since.max(self.lost_at.unwrap_or_default()),
                self.match_since,
                hold,
            );
            self.keep_visit(input, &progress.waits);
            let is_held = progress.waits.is_empty();
            if is_held && !self.is_held {
                let next = progress.next.map(|next| self.name(next));
                let name = self.name(stage);
                news.push((input.now, StageNews::Held { name, next }));
            }
            self.is_held = is_held;
        }
        progress.visits.clone_from(&self.visits);
        progress
    }

    fn keep_visit(&mut self, input: &Input, waits: &[Wait]) {
        let Some(visit) = self.visits.last_mut() else {
            return;
        };
        visit.first_answer_at = input.first_answer_at;
        visit.servers_at = input.servers_at;
        visit.match_at = visit.match_at.or(self.match_since);
        let only_gates = |wait: &Wait| matches!(wait.what, Awaited::Gates(_));
        if waits.iter().all(only_gates) {
            visit.held_at.get_or_insert(input.now);
        }
        for gate in input.gates {
            let Some(at) = gate.tripped_since else {
                continue;
            };
            let worst = visit.worst_gate.as_ref();
            if worst.is_none_or(|worst| gate.is_critical && !worst.is_critical) {
                visit.worst_gate = Some(WorstGate {
                    rule: gate.rule.to_owned(),
                    is_critical: gate.is_critical,
                    at,
                });
            }
        }
    }

    fn follow_rollback(&mut self, input: &Input, news: &mut Vec<(Duration, StageNews)>) {
        let stage = self.declared.as_ref().and_then(|declared| declared.stage);
        let Some(rollback) = &mut self.rollback else {
            return;
        };
        if rollback.cut_short_at.is_some() || rollback.to != stage {
            return;
        }
        // An answer with the new weights shows that the change was there before.
        let first = input.first_answer_at.unwrap_or(rollback.not_after);
        let not_after = rollback.not_after.min(first);
        rollback.not_after = not_after.max(rollback.not_before);
        for (place, (through, switched)) in
            rollback.servers.iter_mut().zip(input.switched).enumerate()
        {
            let server = ServerIndex::from(place);
            let of_abandoned = rollback
                .abandoned
                .iter()
                .filter_map(|set| self.last_answers.get(&(set.clone(), server)));
            let last = of_abandoned.max().copied();
            *through = match (rollback.abandoned.is_empty(), switched, input.servers_at) {
                (true, switched, _) => *switched,
                // Without one since the change it was through at once.
                (false, Some(_), _) | (false, None, Some(_)) => {
                    Some(last.unwrap_or(rollback.not_before))
                }
                (false, None, None) => None,
            };
        }
        let all: Option<Vec<Duration>> = rollback.servers.iter().copied().collect();
        let done_at = input
            .servers_at
            .map(|at| all.map_or(at, |all| all.into_iter().max().unwrap_or(at)));
        let was_done = rollback.done_at.is_some();
        rollback.done_at = done_at;
        if !was_done && let Some(took) = rollback.took() {
            let told = StageNews::RolledBack {
                to: rollback
                    .to
                    .map(|stage| self.plan.stages[stage].name.clone()),
                abandoned: rollback.abandoned.clone(),
                took,
                goal: rollback.goal,
            };
            news.push((input.now, told));
        }
    }
}

/// What a stage waits for that was seen at a time, or has lost its match then, and before when the next step cannot come.
fn waits(
    input: &Input,
    since: Duration,
    match_since: Option<Duration>,
    hold: Duration,
) -> (Vec<Wait>, Duration) {
    let now = input.now;
    let mut waits = Vec::new();
    let mut wait = |what, since, until| waits.push(Wait { what, since, until });
    if input.servers_at.is_none() {
        wait(Awaited::Propagation, Some(since), None);
    }
    let held_at = match_since.unwrap_or(now) + hold;
    if match_since.is_none() {
        let since = input.servers_at.map(|at| at.max(since));
        wait(Awaited::Verdict, since, None);
    }
    if held_at > now && !hold.is_zero() {
        wait(Awaited::Hold, match_since, match_since.map(|_| held_at));
    }
    let drained_at = match input.drain {
        Drained::Nothing => now,
        Drained::Until(at) => at,
        Drained::NotBegun(ttl) => now + ttl,
    };
    if drained_at > now {
        let since = input
            .servers_at
            .filter(|_| matches!(input.drain, Drained::Until(_)));
        wait(Awaited::Drain, since, since.map(|_| drained_at));
    }
    let tripped = input
        .gates
        .iter()
        .filter_map(|gate| Some((gate, gate.tripped_since?)));
    let tripped: Vec<(&GateNow, Duration)> = tripped.collect();
    if let Some(since) = tripped.iter().map(|(_, since)| *since).min() {
        let rules = tripped.iter().map(|(gate, _)| gate.rule.to_owned());
        wait(Awaited::Gates(rules.collect()), Some(since), None);
    }
    (waits, held_at.max(drained_at).max(now))
}

#[cfg(test)]
mod tests;
