use super::*;
use crate::model::share::as_f64;
use crate::model::stage::Took;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Weights of blue and green, in the order of the declaration.
fn weights(blue: u64, green: u64) -> Vec<(String, u64)> {
    vec![("blue".to_owned(), blue), ("green".to_owned(), green)]
}

fn plan(hold: u64) -> Plan {
    let stage = |name: &str, blue, green| Stage {
        name: name.to_owned(),
        weights: weights(blue, green),
        hold: seconds(hold),
        gates: Vec::new(),
    };
    Plan {
        stages: [
            stage("few", 90, 10),
            stage("half", 50, 50),
            stage("all", 0, 100),
        ]
        .into(),
        rollback_goal: seconds(30),
    }
}

/// What is known, in an order in which a test may change it.
#[derive(Clone)]
struct World {
    weights: Vec<(String, u64)>,
    seen_at: u64,
    not_before: u64,
    first_answer_at: Option<u64>,
    switched: [Option<u64>; 2],
    servers_at: Option<u64>,
    is_match: bool,
    drain: Drained,
    gates: Vec<(&'static str, bool, u64)>,
    answers: Vec<(usize, u64, &'static str)>,
}

impl World {
    fn new(blue: u64, green: u64) -> Self {
        Self {
            weights: weights(blue, green),
            seen_at: 0,
            not_before: 0,
            first_answer_at: None,
            switched: [None; 2],
            servers_at: Some(0),
            is_match: false,
            drain: Drained::Nothing,
            gates: Vec::new(),
            answers: Vec::new(),
        }
    }

    /// Other weights are seen, and no name server has them yet.
    fn change(&mut self, blue: u64, green: u64, not_before: u64, seen_at: u64) {
        *self = Self {
            seen_at,
            not_before,
            servers_at: None,
            drain: Drained::NotBegun(seconds(60)),
            ..Self::new(blue, green)
        };
    }

    /// All name servers have gone over, at these times.
    fn switch(&mut self, at: [u64; 2]) {
        self.switched = at.map(Some);
        self.first_answer_at = at.into_iter().min();
        self.servers_at = at.into_iter().max();
        self.drain = Drained::Until(seconds(at[0].max(at[1]) + 60));
    }

    /// The machine learns this at a time. Returns what it tells.
    fn at(&mut self, now: u64, machine: &mut StageMachine) -> Vec<StageNews> {
        let whole: u64 = self.weights.iter().map(|(_, weight)| weight).sum();
        let shares: Vec<f64> = (self.weights.iter())
            .map(|(_, weight)| as_f64(*weight) / as_f64(whole))
            .collect();
        let gates: Vec<GateNow> = (self.gates.iter())
            .map(|&(rule, is_critical, since)| GateNow {
                rule,
                is_critical,
                tripped_since: Some(seconds(since)),
            })
            .collect();
        let answers: Vec<_> = (self.answers.drain(..))
            .map(|(server, at, set)| (server.into(), seconds(at), set))
            .collect();
        let news = machine.observe(&Input {
            now: seconds(now),
            weights: &self.weights,
            shares: &shares,
            seen_at: seconds(self.seen_at),
            not_before: seconds(self.not_before),
            first_answer_at: self.first_answer_at.map(seconds),
            switched: &self.switched.map(|at| at.map(seconds)),
            servers_at: self.servers_at.map(seconds),
            is_match: self.is_match,
            drain: self.drain,
            gates: &gates,
            answers: &answers,
        });
        news.into_iter().map(|(_, news)| news).collect()
    }
}

fn progress(machine: &StageMachine) -> &Progress {
    machine.progress().expect("there is a plan")
}

/// What is waited for: the name, since when, until when.
fn waits(machine: &StageMachine) -> Vec<(&'static str, Option<u64>, Option<u64>)> {
    let secs = |at: Option<Duration>| at.map(|at| at.as_secs());
    let waits = progress(machine).waits.iter();
    let waits = waits.map(|wait| (wait.what.as_str(), secs(wait.since), secs(wait.until)));
    waits.collect()
}

fn reached(number: usize, name: &str) -> StageNews {
    StageNews::Reached {
        number,
        of: 3,
        name: name.to_owned(),
    }
}

fn held(name: &str, next: Option<&str>) -> StageNews {
    StageNews::Held {
        name: name.to_owned(),
        next: next.map(str::to_owned),
    }
}

#[test]
fn nothing_is_told_without_a_plan() {
    let mut machine = StageMachine::new(Plan::default());
    assert_eq!(World::new(90, 10).at(1, &mut machine), []);
    assert_eq!(machine.progress(), None);
}

#[test]
fn a_stage_waits_for_propagation_then_a_match_then_hold_and_drain_and_gates_at_any_time() {
    let mut machine = StageMachine::new(plan(100));
    let mut world = World::new(90, 10);
    assert_eq!(world.at(0, &mut machine), [reached(1, "few")]);
    // Nothing to propagate at the start of a run.
    assert_eq!(
        waits(&machine),
        [("verdict", Some(0), None), ("hold", None, None)]
    );
    world.is_match = true;
    assert_eq!(world.at(10, &mut machine), []);
    assert_eq!(waits(&machine), [("hold", Some(10), Some(110))]);
    assert_eq!(progress(&machine).earliest, seconds(110));
    assert_eq!(world.at(109, &mut machine), []);
    assert_eq!(world.at(110, &mut machine), [held("few", Some("half"))]);
    assert_eq!(
        (waits(&machine), progress(&machine).next),
        (vec![], Some(1))
    );
    assert_eq!(world.at(111, &mut machine), []);

    world.change(50, 50, 115, 120);
    assert_eq!(world.at(120, &mut machine), [reached(2, "half")]);
    let of_all = |waits: Vec<(&'static str, Option<u64>, Option<u64>)>| {
        waits.into_iter().map(|wait| wait.0).collect::<Vec<_>>()
    };
    assert_eq!(waits(&machine)[0], ("propagation", Some(120), None));
    assert_eq!(
        of_all(waits(&machine)),
        ["propagation", "verdict", "hold", "drain"]
    );
    // Neither can be over before that, however it goes on.
    assert_eq!(progress(&machine).earliest, seconds(220));
    world.switch([121, 130]);
    assert_eq!(world.at(131, &mut machine), []);
    assert_eq!(
        waits(&machine),
        [
            ("verdict", Some(130), None),
            ("hold", None, None),
            ("drain", Some(130), Some(190))
        ]
    );
    world.is_match = true;
    world.at(140, &mut machine);
    assert_eq!(
        waits(&machine),
        [
            ("hold", Some(140), Some(240)),
            ("drain", Some(130), Some(190))
        ]
    );
    // A gate trips meanwhile, and one that is worse.
    world.gates = vec![("slow", false, 150)];
    world.at(151, &mut machine);
    world.gates.push(("broken", true, 155));
    world.at(156, &mut machine);
    assert_eq!(waits(&machine)[2], ("gates", Some(150), None));
    let rules = ["slow", "broken"].map(str::to_owned).to_vec();
    assert_eq!(progress(&machine).waits[2].what, Awaited::Gates(rules));
    world.drain = Drained::Nothing;
    assert_eq!(world.at(240, &mut machine), []);
    assert_eq!(of_all(waits(&machine)), ["gates"]);
    world.gates.clear();
    assert_eq!(world.at(250, &mut machine), [held("half", Some("all"))]);
    let visit = progress(&machine).current().expect("in a stage").clone();
    assert_eq!(
        visit,
        Visit {
            stage: 1,
            seen_at: seconds(120),
            first_answer_at: Some(seconds(121)),
            servers_at: Some(seconds(130)),
            match_at: Some(seconds(140)),
            held_at: Some(seconds(240)),
            worst_gate: Some(WorstGate {
                rule: "broken".to_owned(),
                is_critical: true,
                at: seconds(155),
            }),
            left_at: None,
        }
    );
    // The last stage has none after it.
    world.change(0, 100, 255, 260);
    world.at(260, &mut machine);
    assert_eq!(progress(&machine).next, None);
    world.switch([261, 262]);
    world.is_match = true;
    world.drain = Drained::Nothing;
    world.at(300, &mut machine);
    assert_eq!(world.at(400, &mut machine), [held("all", None)]);
    let left: Vec<Option<Duration>> = (progress(&machine).visits.iter())
        .map(|visit| visit.left_at)
        .collect();
    assert_eq!(left, [Some(seconds(120)), Some(seconds(260)), None]);
}

#[test]
fn a_match_that_is_lost_begins_the_hold_anew() {
    let mut machine = StageMachine::new(plan(100));
    let mut world = World::new(90, 10);
    world.is_match = true;
    world.at(10, &mut machine);
    world.is_match = false;
    world.at(50, &mut machine);
    assert_eq!(
        waits(&machine),
        [("verdict", Some(50), None), ("hold", None, None)]
    );
    world.is_match = true;
    world.at(60, &mut machine);
    assert_eq!(waits(&machine), [("hold", Some(60), Some(160))]);
    // The first match stays what it was.
    let visit = progress(&machine).current().expect("in a stage");
    assert_eq!(visit.match_at, Some(seconds(10)));
}

#[test]
fn weights_that_nobody_planned_are_no_stage_and_lead_back_into_the_plan() {
    let mut machine = StageMachine::new(plan(0));
    // Before the first stage that is how it is.
    let mut world = World::new(100, 0);
    assert_eq!(world.at(0, &mut machine), []);
    let before = progress(&machine);
    assert_eq!(
        (before.stage, before.last, before.next),
        (None, None, Some(0))
    );
    assert!(before.waits.is_empty());
    world.change(50, 50, 5, 10);
    assert_eq!(world.at(10, &mut machine), [reached(2, "half")]);
    world.change(70, 30, 15, 20);
    let left = StageNews::Left {
        name: "half".to_owned(),
    };
    assert_eq!(world.at(20, &mut machine), [left]);
    let after = progress(&machine);
    assert_eq!(
        (after.stage, after.last, after.next),
        (None, Some(1), Some(1))
    );
    assert_eq!(after.since, seconds(20));
    // On from there is no way back, and the same stage again is none either.
    world.change(50, 50, 25, 30);
    assert_eq!(world.at(30, &mut machine), [reached(2, "half")]);
    assert_eq!(progress(&machine).rollback, None);
    assert_eq!(progress(&machine).visits.len(), 2);
}

#[test]
fn other_sets_are_nobodys_business_and_unknown_ones_are_told() {
    let mut machine = StageMachine::new(plan(0));
    let mut world = World::new(90, 10);
    world.weights.push(("grey".to_owned(), 7));
    assert_eq!(world.at(0, &mut machine), [reached(1, "few")]);
    assert!(progress(&machine).unknown.is_empty());
    world.weights.remove(1);
    world.at(1, &mut machine);
    assert_eq!(progress(&machine).unknown, ["green"]);
    assert_eq!(progress(&machine).stage, None);
}

fn began(from: &str, to: Option<&str>) -> StageNews {
    StageNews::RollbackBegan {
        from: from.to_owned(),
        to: to.map(str::to_owned),
        goal: seconds(30),
    }
}

fn took(at_least: u64, at_most: u64, is_kept: Option<bool>) -> Took {
    Took {
        at_least: seconds(at_least),
        at_most: seconds(at_most),
        is_kept,
    }
}

/// From all on green back to where blue has all, with the last answers of green from both servers. Returns what was told when all
/// had gone over.
fn rolled_back(not_before: u64, seen_at: u64, last: [u64; 2]) -> (StageMachine, Vec<StageNews>) {
    let mut machine = StageMachine::new(plan(0));
    let mut world = World::new(100, 0);
    world.at(0, &mut machine);
    world.change(0, 100, 10, 12);
    world.at(12, &mut machine);
    world.change(100, 0, not_before, seen_at);
    // Answers of before the poll are known too.
    world.answers = vec![
        (0, last[0], "green"),
        (1, last[1], "green"),
        (1, 3, "green"),
    ];
    let news = world.at(seen_at, &mut machine);
    assert_eq!(news, [began("all", None)]);
    assert_eq!(
        progress(&machine).rollback.as_ref().map(Rollback::behind),
        Some(vec![0.into(), 1.into()])
    );
    world.switched = [Some(last[0] + 1), None];
    world.at(seen_at + 1, &mut machine);
    let rollback = progress(&machine).rollback.as_ref().expect("it goes on");
    assert_eq!((rollback.behind(), rollback.took()), (vec![1.into()], None));
    world.switch([last[0] + 1, last[1] + 1]);
    let news = world.at(last[1] + 5, &mut machine);
    (machine, news)
}

#[test]
fn a_rollback_is_timed_from_the_change_to_the_last_answer_of_the_abandoned_side_on_every_server() {
    for (not_before, seen_at, last, expected) in [
        // The poll before the change was a second before it was seen: the goal is kept for sure.
        (99, 100, [104, 125], took(25, 26, Some(true))),
        // It may have been made half a minute before.
        (70, 100, [104, 125], took(25, 55, None)),
        (99, 100, [104, 145], took(45, 46, Some(false))),
        // A server that gave an answer of the new weights shows that the change was there before the poll.
        (70, 100, [80, 105], took(24, 35, None)),
    ] {
        let (machine, news) = rolled_back(not_before, seen_at, last);
        let told = StageNews::RolledBack {
            to: None,
            abandoned: vec!["green".to_owned()],
            took: expected,
            goal: seconds(30),
        };
        assert_eq!(news, [told]);
        let rollback = progress(&machine).rollback.as_ref().expect("it is done");
        assert_eq!(rollback.servers, last.map(|at| Some(seconds(at))));
        assert_eq!(rollback.took(), Some(expected));
    }
}

#[test]
fn a_late_answer_of_the_abandoned_side_prolongs_the_rollback_without_a_second_word() {
    let (mut machine, _) = rolled_back(99, 100, [104, 110]);
    let mut world = World::new(100, 0);
    (world.seen_at, world.not_before) = (100, 99);
    world.switch([105, 111]);
    world.answers = vec![(0, 140, "green")];
    assert_eq!(world.at(141, &mut machine), []);
    let rollback = progress(&machine).rollback.as_ref().expect("it is done");
    assert_eq!(rollback.took(), Some(took(40, 41, Some(false))));
    // A server that has to show it once more: not done until then, and told again.
    (world.servers_at, world.switched[0]) = (None, None);
    world.at(142, &mut machine);
    let rollback = progress(&machine).rollback.as_ref().expect("it goes on");
    assert_eq!(rollback.took(), None);
    world.switch([150, 111]);
    let told = world.at(151, &mut machine);
    assert!(
        matches!(told[..], [StageNews::RolledBack { .. }]),
        "{told:?}"
    );
}

#[test]
fn where_no_side_is_abandoned_the_switch_of_the_servers_is_timed() {
    let mut machine = StageMachine::new(plan(0));
    let mut world = World::new(50, 50);
    world.at(0, &mut machine);
    world.change(90, 10, 99, 100);
    assert_eq!(
        world.at(100, &mut machine),
        [began("half", Some("few")), reached(1, "few")]
    );
    world.answers = vec![(0, 120, "green")];
    world.switch([104, 112]);
    let told = StageNews::RolledBack {
        to: Some("few".to_owned()),
        abandoned: Vec::new(),
        took: took(12, 13, Some(true)),
        goal: seconds(30),
    };
    assert_eq!(world.at(121, &mut machine), [told]);
}

#[test]
fn a_rollback_that_is_cut_short_is_none_that_was_done() {
    let mut machine = StageMachine::new(plan(0));
    let mut world = World::new(0, 100);
    world.at(0, &mut machine);
    world.change(50, 50, 9, 10);
    world.at(10, &mut machine);
    world.change(0, 100, 19, 20);
    assert_eq!(world.at(20, &mut machine), [reached(3, "all")]);
    world.switch([21, 22]);
    world.at(30, &mut machine);
    let rollback = progress(&machine).rollback.as_ref().expect("there was one");
    assert_eq!(
        (rollback.cut_short_at, rollback.took()),
        (Some(seconds(20)), None)
    );
}

#[test]
fn visits_are_bounded() {
    let mut machine = StageMachine::new(plan(0));
    for step in 0..500 {
        let (blue, green) = if step % 2 == 0 { (90, 10) } else { (50, 50) };
        let mut world = World::new(blue, green);
        world.seen_at = step;
        world.at(step, &mut machine);
    }
    assert_eq!(progress(&machine).visits.len(), VISITS_KEPT);
    let newest = progress(&machine).visits.last().expect("some");
    assert_eq!(newest.seen_at, seconds(499));
}
