//! The verdict machine in a simulated world: whole runs, many seeds.

use r53mon::model::event::EventKind;
use r53mon::model::verdict::{
    Explanation, Inconclusive, MismatchReason, Note, ServerState, ServerVerdict, VerdictNews,
    VerdictState,
};
use r53mon::verdict::{Machine, Output};

use world::{Random, Stage, Sticky, World};

#[path = "../../benches/verdict/world.rs"]
mod world;

/// Nothing is optimised in a development build, so fewer runs are played there; the benchmark plays more than this.
fn seeds(all: u64) -> std::ops::Range<u64> {
    0..if cfg!(debug_assertions) {
        all.div_ceil(16)
    } else {
        all
    }
}

/// What a run showed.
struct Seen {
    /// When what happened was told.
    events: Vec<(f64, VerdictNews)>,
    /// The state at each tick.
    states: Vec<(f64, VerdictState)>,
    machine: Machine,
}

impl Seen {
    fn first(&self, kind: EventKind) -> Option<f64> {
        let mut events = self.events.iter();
        events
            .find(|event| event.1.kind() == kind)
            .map(|event| event.0)
    }

    fn count(&self, kind: EventKind) -> usize {
        let events = self.events.iter();
        events.filter(|event| event.1.kind() == kind).count()
    }

    fn state_at(&self, at: f64) -> VerdictState {
        let state = self.states.iter().rev().find(|state| state.0 <= at);
        state.expect("after the first tick").1
    }

    fn output(&self) -> &Output {
        self.machine.output()
    }

    fn story(&self) -> String {
        let line = |event: &(f64, VerdictNews)| format!("{:7.1} {:?}\n", event.0, event.1);
        self.events.iter().map(line).collect()
    }
}

fn play(world: &World, until: f64) -> Seen {
    let (mut events, mut states) = (Vec::new(), Vec::new());
    let machine = world.play(until, |now, output| {
        states.push((now, output.verdict.state));
        let told = output.events.iter();
        events.extend(told.map(|event| (now, event.news.clone())));
    });
    Seen {
        events,
        states,
        machine,
    }
}

fn lags(random: &mut Random, from: f64, to: f64) -> Vec<f64> {
    (0..4).map(|_| random.between(from, to)).collect()
}

#[test]
fn a_cutover_in_three_stages_raises_no_alarm() {
    let (mut counted_twice, mut alarms) = (0, 0);
    for seed in seeds(200) {
        let mut random = Random::new(10_000 + seed);
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 4),
            Stage::new(40.0, &[50.0, 50.0], 4).with_lags(lags(&mut random, 2.0, 60.0)),
            Stage::new(170.0, &[10.0, 90.0], 4).with_lags(lags(&mut random, 2.0, 60.0)),
            Stage::new(300.0, &[0.0, 100.0], 4).with_lags(lags(&mut random, 2.0, 60.0)),
        ];
        let mut world = World::new(stages, 20.0, seed);
        world.tolerance = 0.1;
        let seen = play(&world, 450.0);
        let story = || format!("seed {seed}\n{}", seen.story());
        alarms += seen.count(EventKind::Mismatch);
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "{}",
            story()
        );
        let changes = &seen.output().propagations;
        assert_eq!(changes.len(), 3, "{}", story());
        // Within the grace an alarm only makes the servers show their switch once more; its time is lost then.
        if seen.count(EventKind::Propagating) > 3 {
            counted_twice += 1;
            continue;
        }
        for (change, stage) in changes.iter().zip(&world.stages[1..]) {
            assert!(change.match_at > Some(change.seen_at), "{}", story());
            assert!(change.stale.is_empty(), "{}", story());
            for (found, lag) in change.servers.iter().zip(&stage.lags) {
                let off = found.expect("switched").as_secs_f64() - (stage.at + lag);
                assert!((-30.0..30.0).contains(&off), "{off} s off, {}", story());
            }
        }
    }
    assert!(counted_twice <= 6, "{counted_twice}");
    // A false alarm has a chance of one in a hundred at most in each of the four segments.
    let segments = 4 * usize::try_from(seeds(200).end).expect("few");
    assert!(alarms * 100 <= segments, "{alarms} in {segments}");
}

#[test]
fn a_server_that_stays_behind_is_named_and_recovers() {
    let (mut not_called_stale, mut not_named) = (0, 0);
    for seed in seeds(100) {
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 4),
            Stage::new(20.0, &[50.0, 50.0], 4).with_lags(vec![5.0, 20.0, 200.0, 1.0]),
        ];
        let seen = play(&World::new(stages, 40.0, seed), 600.0);
        let story = || format!("seed {seed}\n{}", seen.story());
        let output = seen.output();
        let mismatch = output.verdict.mismatch.as_ref().expect("a mismatch");
        assert!(mismatch.confirmed, "{}", story());
        not_named += u64::from(mismatch.reason.server() != Some(2.into()));
        assert_eq!(seen.count(EventKind::Recovered), 1, "{}", story());
        assert_eq!(output.verdict.state, VerdictState::Match, "{}", story());
        assert_eq!(output.verdict.notes, [], "{}", story());
        // One in a hundred is taken for current at the arming, and found by its shares alone.
        let Some(stale) = seen.first(EventKind::ServerStale) else {
            not_called_stale += 1;
            continue;
        };
        // Armed 90 s after the poll at 30 s, or after the one that the first switches gave rise to.
        assert!((112.0..160.0).contains(&stale), "{}", story());
        assert_eq!(
            mismatch.reason,
            MismatchReason::StaleServer { server: 2.into() }
        );
        assert_eq!(output.propagations[0].stale, [2.into()], "{}", story());
        let switched = output.servers[2]
            .switched_at
            .expect("at last")
            .as_secs_f64();
        assert!((210.0..235.0).contains(&switched), "{}", story());
    }
    assert!(not_called_stale <= 4, "{not_called_stale}");
    assert!(not_named <= 2, "{not_named}");
}

#[test]
fn a_set_without_weight_that_answers_is_a_mismatch_once_confirmed() {
    let mut off = Stage::new(20.0, &[100.0, 0.0], 4);
    off.served = Some(vec![0.98, 0.02]);
    let stages = vec![Stage::new(0.0, &[100.0, 0.0], 4), off];
    for seed in seeds(60) {
        let seen = play(&World::new(stages.clone(), 20.0, seed), 60.0);
        let suspected = seen.first(EventKind::Suspicion).expect("suspected");
        let established = seen.first(EventKind::Mismatch).expect("established");
        assert!(suspected > 20.0 && established > suspected && established <= suspected + 1.0);
        let output = seen.output();
        let mismatch = output.verdict.mismatch.as_ref().expect("a mismatch");
        assert!(
            matches!(&mismatch.reason, MismatchReason::ImpossibleAnswer { set: Some(set), .. } if set == "set-2")
        );
        assert_eq!(output.explanation.as_str(), "impossible_answer");
        assert!(output.verdict.p_value <= 0.0);
    }
}

#[test]
fn a_change_that_is_rolled_back_within_the_grace_raises_no_alarm() {
    for seed in seeds(60) {
        let mut random = Random::new(20_000 + seed);
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 4),
            Stage::new(31.0, &[10.0, 90.0], 4).with_lags(lags(&mut random, 2.0, 30.0)),
            Stage::new(65.0, &[90.0, 10.0], 4).with_lags(lags(&mut random, 2.0, 30.0)),
        ];
        let seen = play(&World::new(stages, 20.0, seed), 260.0);
        assert_eq!(
            seen.first(EventKind::Mismatch),
            None,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(seen.output().segment, 3);
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
    }
}

#[test]
fn a_change_while_the_api_is_away_is_a_mismatch_that_says_so_until_the_api_is_back() {
    for seed in seeds(40) {
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 4),
            Stage::new(40.0, &[10.0, 90.0], 4),
        ];
        let mut world = World::new(stages, 20.0, seed);
        world.api_away = (35.0, 130.0);
        let seen = play(&world, 300.0);
        let suspected = seen.first(EventKind::Suspicion).expect("suspected");
        let established = seen.first(EventKind::Mismatch).expect("established");
        assert!(
            (30.0..=30.5).contains(&(established - suspected)),
            "seed {seed}\n{}",
            seen.story()
        );
        let unconfirmed = |(_, news): &(f64, VerdictNews)| matches!(news, VerdictNews::Mismatch(mismatch) if !mismatch.confirmed);
        assert!(seen.events.iter().any(unconfirmed));
        assert_eq!(seen.state_at(100.0), VerdictState::Mismatch);
        // The API shows the change: no alarm at all, and soon a match.
        assert_eq!(
            seen.output().verdict.mismatch,
            None,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(seen.count(EventKind::Mismatch), 1);
    }
}

#[test]
fn an_api_that_comes_back_with_the_same_shares_confirms() {
    let mut off = Stage::new(40.0, &[50.0, 50.0], 4);
    off.served = Some(vec![0.9, 0.1]);
    let mut world = World::new(vec![Stage::new(0.0, &[50.0, 50.0], 4), off], 20.0, 1);
    world.api_away = (35.0, 130.0);
    let mut noted = false;
    let machine = world.play(200.0, |_, output| {
        noted |= output.verdict.notes.contains(&Note::NotConfirmed);
    });
    let verdict = &machine.output().verdict;
    assert!(noted && verdict.mismatch.as_ref().expect("a mismatch").confirmed);
    assert_eq!(verdict.state, VerdictState::Mismatch);
    assert_eq!(machine.output().explanation.as_str(), "shares_off");
    assert!(!verdict.notes.contains(&Note::NotConfirmed));
}

#[test]
fn servers_that_are_half_updated_for_a_while_raise_no_alarm() {
    for seed in seeds(60) {
        let mut random = Random::new(30_000 + seed);
        let mut change = Stage::new(31.0, &[50.0, 50.0], 4).with_lags(lags(&mut random, 2.0, 40.0));
        change.mixed_for = random.between(2.0, 20.0);
        let stages = vec![Stage::new(0.0, &[100.0, 0.0], 4), change];
        let seen = play(&World::new(stages, 20.0, seed), 260.0);
        assert_eq!(
            seen.first(EventKind::Mismatch),
            None,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
    }
}

#[test]
fn one_slow_server_alone_is_judged_too() {
    for seed in seeds(40) {
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 1),
            Stage::new(61.0, &[50.0, 50.0], 1).with_lags(vec![20.0]),
        ];
        let mut world = World::new(stages, 5.0, seed);
        world.tolerance = 0.1;
        let seen = play(&world, 420.0);
        assert_eq!(
            seen.first(EventKind::Mismatch),
            None,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
        let switched = seen.output().servers[0].switched_at.expect("switched");
        assert!(
            (65.0..95.0).contains(&switched.as_secs_f64()),
            "seed {seed}: {switched:?}"
        );
    }
}

#[test]
fn one_dead_set_of_ten_is_found() {
    for seed in seeds(40) {
        let mut served = vec![1.0 / 9.0; 10];
        served[6] = 0.0;
        let mut off = Stage::new(30.0, &[1.0; 10], 4);
        off.served = Some(served);
        let stages = vec![Stage::new(0.0, &[1.0; 10], 4), off];
        let seen = play(&World::new(stages, 20.0, seed), 60.0);
        let established = seen.first(EventKind::Mismatch).expect("established");
        assert!(
            (31.0..58.0).contains(&established),
            "seed {seed}\n{}",
            seen.story()
        );
        let mismatch = seen.output().verdict.mismatch.clone().expect("a mismatch");
        assert!(mismatch.from.as_secs_f64() <= established);
    }
}

#[test]
fn no_weight_at_all_is_an_even_split() {
    for seed in seeds(40) {
        let stages = vec![Stage::new(0.0, &[0.0; 3], 4)];
        let mut world = World::new(stages, 40.0, seed);
        world.tolerance = 0.1;
        let seen = play(&world, 60.0);
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
        assert!((seen.output().sets[2].declared - 1.0 / 3.0).abs() < 1e-12);
    }
}

#[test]
fn shares_that_are_not_certain_give_no_verdict() {
    let mut stage = Stage::new(0.0, &[50.0, 50.0, 0.0], 2);
    stage.served = Some(vec![0.8, 0.1, 0.1]);
    stage.inconclusive = true;
    let seen = play(&World::new(vec![stage], 40.0, 4), 60.0);
    let output = seen.output();
    assert_eq!(output.verdict.state, VerdictState::Collecting);
    let why = Inconclusive::AllZeroSomeUnhealthy;
    assert_eq!(output.verdict.notes[0], Note::Inconclusive(why.clone()));
    assert_eq!(output.explanation, Explanation::Inconclusive(why));
    assert_eq!(
        (
            seen.first(EventKind::Suspicion),
            output.verdict.to_go.answers
        ),
        (None, None)
    );
}

#[test]
fn a_set_that_was_removed_and_one_with_a_new_target_are_followed() {
    for seed in seeds(30) {
        let mut random = Random::new(40_000 + seed);
        let mut change = Stage::new(31.0, &[0.0], 4).with_lags(lags(&mut random, 2.0, 50.0));
        // Set 1 has a new target, and so another key; set 2 is gone, set 3 stays.
        change.sets = vec![(11, 40.0), (3, 60.0)];
        let stages = vec![Stage::new(0.0, &[30.0, 30.0, 40.0], 4), change];
        let seen = play(&World::new(stages, 20.0, seed), 260.0);
        assert_eq!(
            seen.first(EventKind::Mismatch),
            None,
            "seed {seed}\n{}",
            seen.story()
        );
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "seed {seed}\n{}",
            seen.story()
        );
        let switched = seen
            .output()
            .servers
            .iter()
            .all(|server| server.switched_at.is_some());
        assert!(switched, "seed {seed}\n{}", seen.story());
    }
}

#[test]
fn without_answers_nothing_is_seen() {
    let mut world = World::new(vec![Stage::new(0.0, &[50.0, 50.0], 4)], 60.0, 7);
    world.dns_away = (50.0, 80.0);
    let seen = play(&world, 100.0);
    assert_eq!(seen.state_at(54.5), VerdictState::Match, "{}", seen.story());
    assert_eq!(seen.state_at(55.5), VerdictState::Blind);
    assert_eq!(seen.state_at(81.0), VerdictState::Match);
    assert_eq!(seen.count(EventKind::Blind), 1);
    assert_eq!(seen.count(EventKind::BlindEnded), 1);
    assert!(
        seen.output()
            .servers
            .iter()
            .all(|server| server.state == ServerState::Current)
    );
}

fn served(weights: &[f64], shares: &[f64], servers: usize) -> Stage {
    let mut stage = Stage::new(0.0, weights, servers);
    stage.served = Some(shares.to_vec());
    stage
}

#[test]
fn within_the_tolerance_a_match_and_a_mismatch_do_not_alternate() {
    for (weights, one) in [
        ([50.0, 50.0], 0.52),
        ([90.0, 10.0], 0.93),
        ([90.0, 10.0], 0.87),
    ] {
        for seed in seeds(32) {
            let stage = served(&weights, &[one, 1.0 - one], 4);
            let seen = play(&World::new(vec![stage], 20.0, seed), 900.0);
            assert_eq!(seen.count(EventKind::Mismatch), 0, "{}", seen.story());
            assert_eq!(seen.count(EventKind::Match), 1, "{}", seen.story());
            // Clearly not the declared split, and that is said, once.
            assert_eq!(seen.count(EventKind::Off), 1, "{}", seen.story());
            let off = seen.output().verdict.off.as_ref().expect("off");
            assert!(off.ln_evidence > 4.6 && off.server.is_none(), "{off:?}");
        }
    }
}

#[test]
fn weights_that_move_within_the_tolerance_come_through_like_any_others() {
    for seed in seeds(48) {
        let mut random = Random::new(60_000 + seed);
        let stages = vec![
            Stage::new(0.0, &[90.0, 10.0], 4),
            Stage::new(61.0, &[88.0, 12.0], 4).with_lags(lags(&mut random, 2.0, 60.0)),
        ];
        let seen = play(&World::new(stages, 20.0, seed), 1_800.0);
        assert_eq!(seen.count(EventKind::Mismatch), 0, "{}", seen.story());
        let output = seen.output();
        assert_eq!(output.segment, 2);
        assert_eq!(
            output.verdict.state,
            VerdictState::Match,
            "{}",
            seen.story()
        );
    }
}

#[test]
fn one_server_that_stays_off_is_named_and_nothing_recovers() {
    for seed in seeds(48) {
        let healthy = Stage::new(0.0, &[90.0, 10.0], 4);
        let mut off = served(&[90.0, 10.0], &[0.8, 0.2], 4);
        off.lags = vec![1e9, 1e9, 0.0, 1e9];
        let seen = play(&World::new(vec![healthy, off], 20.0, seed), 3_600.0);
        assert_eq!(seen.count(EventKind::Recovered), 0, "{}", seen.story());
        let output = seen.output();
        assert_eq!(
            output.verdict.state,
            VerdictState::Mismatch,
            "{}",
            seen.story()
        );
        let mismatch = output.verdict.mismatch.as_ref().expect("a mismatch");
        assert_eq!(mismatch.reason.server(), Some(2.into()), "{}", seen.story());
        // What is shown is what speaks for it.
        let ServerVerdict { counts, .. } = &output.servers[2];
        assert!(counts[1] * 100 > 15 * (counts[0] + counts[1]), "{counts:?}");
        assert!(
            output.verdict.ln_evidence >= mismatch.ln_evidence,
            "{output:?}"
        );
    }
}

#[test]
fn an_edit_a_second_before_the_start_is_no_mismatch_and_one_that_is_not_served_is() {
    for seed in seeds(48) {
        let old = served(&[10.0, 90.0], &[0.9, 0.1], 4);
        let mut random = Random::new(50_000 + seed);
        let new = Stage::new(0.0, &[10.0, 90.0], 4).with_lags(lags(&mut random, 5.0, 45.0));
        let mut world = World::new(vec![old.clone(), new], 40.0, seed);
        world.settled = false;
        let seen = play(&world, 240.0);
        assert_eq!(seen.count(EventKind::Mismatch), 0, "{}", seen.story());
        assert_eq!(seen.count(EventKind::NotServedSoFar), 1, "{}", seen.story());
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "{}",
            seen.story()
        );

        let mut world = World::new(vec![old], 40.0, seed);
        world.settled = false;
        let seen = play(&world, 120.0);
        let established = seen.first(EventKind::Mismatch).expect("established");
        assert!((90.0..100.0).contains(&established), "{}", seen.story());
    }
}

#[test]
fn answers_that_repeat_the_one_before_are_thinned_and_raise_no_alarm() {
    for across_servers in [false, true] {
        for seed in seeds(48) {
            let mut world = World::new(vec![Stage::new(0.0, &[1.0; 10], 4)], 20.0, seed);
            world.settled = false;
            world.sticky = Sticky {
                probability: 0.5,
                across_servers,
            };
            let seen = play(&world, 600.0);
            assert_eq!(seen.count(EventKind::Mismatch), 0, "{}", seen.story());
            let mut notes = seen.output().verdict.notes.iter();
            let thinned = notes.any(|note| matches!(note, Note::AnswersDepend { one_in: 7.. }));
            assert!(thinned, "{}", seen.story());
        }
    }
}

/// Weak dependence needs long to be seen, and looks like a change for a while.
#[test]
fn answers_that_depend_a_little_raise_few_alarms() {
    let mut false_alarms = 0;
    for (probability, sets) in [(0.1, 2), (0.3, 2), (0.3, 10)] {
        for seed in seeds(32) {
            let mut world = World::new(vec![Stage::new(0.0, &vec![1.0; sets], 4)], 20.0, seed);
            world.settled = false;
            world.tolerance = 0.02;
            world.sticky = Sticky {
                probability,
                across_servers: seed % 2 == 0,
            };
            let seen = play(&world, 600.0);
            false_alarms += usize::from(seen.count(EventKind::Mismatch) > 0);
        }
    }
    // 3 % are promised.
    assert!(false_alarms <= 3, "{false_alarms} of 96");
}

#[test]
fn too_many_unknown_answers_are_a_mismatch_and_a_few_are_not() {
    for seed in seeds(48) {
        let mut world = World::new(vec![Stage::new(0.0, &[90.0, 10.0], 4)], 20.0, seed);
        world.unknown = 0.4;
        let seen = play(&world, 60.0);
        let mismatch = seen.output().verdict.mismatch.as_ref().expect("a mismatch");
        assert_eq!(
            mismatch.reason.as_str(),
            "unknown_answers",
            "{}",
            seen.story()
        );
        assert_eq!(seen.count(EventKind::Match), 0, "{}", seen.story());
        world.unknown = 0.01;
        let seen = play(&world, 240.0);
        assert_eq!(
            seen.output().verdict.state,
            VerdictState::Match,
            "{}",
            seen.story()
        );
    }
}
