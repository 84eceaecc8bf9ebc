//! Single rules, one at a time; whole runs are in `tests/it/verdict.rs`.

use std::time::Duration;

use proptest::prelude::*;

use super::{Answer, Declaration, DeclaredSet, Machine, Output, Poll, Rules, Start};
use crate::model::event::EventKind;
use crate::model::health::ChecksRead;
use crate::model::reading::Origin;
use crate::model::verdict::{
    Criteria, Explanation, Inconclusive, MismatchReason, Note, ServerState, VerdictNews,
    VerdictState,
};

fn at(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn rules(servers: usize, tps: f64) -> Rules {
    Rules {
        servers,
        criteria: Criteria {
            tolerance: 0.05,
            confidence: 0.99,
        },
        tps,
        max_unknown: 0.05,
        start: Start::Settled,
    }
}

/// Keys and shares, in the order of the sets.
fn declaration(segment: u64, sets: &[(u64, f64)]) -> Declaration {
    let set = |&(key, share): &(u64, f64)| DeclaredSet {
        identifier: format!("set-{key}"),
        key,
        share,
    };
    Declaration {
        segment,
        sets: sets.iter().map(set).collect(),
        inconclusive: None,
    }
}

fn even() -> Declaration {
    declaration(1, &[(1, 0.5), (2, 0.5)])
}

fn machine(declaration: Declaration, servers: usize, tps: f64) -> Machine {
    Machine::new(rules(servers, tps), declaration, Duration::ZERO)
}

fn answer(machine: &mut Machine, seconds: f64, server: usize, set: Option<usize>) {
    let segment = machine.segment();
    machine.answer(Answer {
        at: at(seconds),
        segment,
        server: server.into(),
        origin: set.map_or(Origin::Ambiguous, |set| Origin::Set(set.into())),
    });
}

/// Answers in turn, ten a second, with a tick every half second; from one time to another.
fn feed(
    machine: &mut Machine,
    from: u32,
    until: u32,
    set: impl Fn(u32) -> Option<usize>,
) -> Vec<Output> {
    let servers = machine.output().servers.len();
    let mut outputs = Vec::new();
    for number in 10 * from..10 * until {
        let now = f64::from(number) / 10.0;
        answer(machine, now, number as usize % servers, set(number));
        if number % 5 == 4 {
            outputs.push(machine.tick(at(now + 0.05)).clone());
        }
    }
    outputs
}

fn in_turn(number: u32) -> usize {
    // Over all servers and over each of two: 0, 0, 1, 1, ...
    number as usize / 2 % 2
}

#[test]
fn a_poll_is_wished_for_at_most_once_a_second_and_has_to_be_sent_after_the_suspicion() {
    let mut machine = machine(even(), 2, 10.0);
    let outputs = feed(&mut machine, 0, 4, |_| Some(0));
    let wishes: Vec<bool> = outputs.iter().map(|output| output.wants_poll).collect();
    // 14 answers one way are enough.
    assert_eq!(
        wishes,
        [false, false, true, false, true, false, true, false]
    );
    let since = machine
        .output()
        .verdict
        .suspicion
        .clone()
        .expect("suspected")
        .at;
    assert_eq!(
        machine.output().explanation.as_str(),
        "awaiting_confirmation"
    );
    machine.poll(since.saturating_sub(at(0.01)), at(4.0), Poll::Same);
    machine.poll(at(3.0), at(4.0), Poll::Failed);
    assert_eq!(
        machine.tick(at(4.5)).verdict.state,
        VerdictState::Collecting
    );
    machine.poll(since, at(4.6), Poll::Same);
    let output = machine.tick(at(5.0));
    assert_eq!(output.verdict.state, VerdictState::Mismatch);
    assert!(!output.wants_poll && output.verdict.p_value <= 0.01);
    let mismatch = output.verdict.mismatch.as_ref().expect("a mismatch");
    assert_eq!(
        (&mismatch.reason, mismatch.confirmed),
        (&MismatchReason::Share, true)
    );
    // The 15 that gave the alarm, and all that came since.
    let told = output.events.iter().find_map(|event| match &event.news {
        VerdictNews::Mismatch(mismatch) => Some(mismatch.answers),
        _ => None,
    });
    assert_eq!((told, mismatch.answers), (Some(15), 40));
}

#[test]
fn what_cannot_be_told_apart_gives_no_verdict_and_counts_begin_anew_when_it_can() {
    let mut machine = machine(even(), 2, 10.0);
    let look_alike = Inconclusive::LookAlike {
        one: "one".into(),
        two: "two".into(),
        more_pairs: 0,
    };
    machine.set_inconclusive(at(0.0), Some(look_alike));
    // Only one set is ever named, which would be a mismatch at once.
    let outputs = feed(&mut machine, 0, 60, |_| Some(0));
    assert!(outputs.iter().all(|output| !output.wants_poll));
    let last = outputs.last().expect("ticks");
    assert_eq!(last.verdict.state, VerdictState::Collecting);
    assert_eq!(last.explanation.as_str(), "shares_uncertain");
    machine.set_inconclusive(at(60.0), None);
    let outputs = feed(&mut machine, 60, 200, |number| Some(in_turn(number)));
    let last = outputs.last().expect("ticks");
    assert_eq!(
        last.verdict.state,
        VerdictState::Match,
        "{:?}",
        last.verdict
    );
    assert_eq!(
        last.verdict.answers, 1400,
        "what was counted while it was inconclusive is forgotten"
    );
}

/// Two sets of which health has not been read, and then that the first is unhealthy.
fn unread() -> [Declaration; 2] {
    let mut unread = even();
    let checks = ChecksRead { read: 1, all: 2 };
    unread.inconclusive = Some(Inconclusive::HealthNotRead(checks));
    [unread, declaration(1, &[(1, 0.0), (2, 1.0)])]
}

#[test]
fn the_first_reading_of_health_completes_the_first_segment_and_is_no_change() {
    let [unread, read] = unread();
    let mut machine = machine(unread, 2, 10.0);
    let outputs = feed(&mut machine, 0, 120, |_| Some(1));
    for output in &outputs {
        assert_eq!(output.verdict.state, VerdictState::Collecting);
        assert!(output.verdict.suspicion.is_none() && output.events.is_empty());
        assert_eq!(output.explanation.as_str(), "shares_uncertain");
    }
    machine.complete_first(at(120.0), read);
    let outputs = feed(&mut machine, 120, 200, |_| Some(1));
    let last = outputs.last().expect("ticks");
    assert_eq!(last.verdict.state, VerdictState::Match);
    assert_eq!(last.segment, 1);
    assert!(last.propagations.is_empty());
    assert_eq!(last.verdict.answers, 800, "counted since it is complete");
}

#[test]
fn health_that_is_read_after_a_change_leaves_the_servers_their_time_to_switch() {
    let mut machine = machine(declaration(1, &[(1, 0.5), (2, 0.5)]), 2, 10.0);
    feed(&mut machine, 0, 60, |number| Some(in_turn(number)));
    let [mut unread, mut read] = unread();
    (unread.segment, read.segment) = (2, 2);
    machine.poll(at(60.0), at(60.0), Poll::Changed(unread));
    // The servers serve what was before for another ten seconds.
    feed(&mut machine, 60, 65, |number| Some(in_turn(number)));
    machine.complete_first(at(65.0), read);
    let outputs = feed(&mut machine, 65, 70, |number| Some(in_turn(number)));
    let last = outputs.last().expect("ticks");
    assert_eq!(last.verdict.state, VerdictState::Propagating);
    let outputs = feed(&mut machine, 70, 140, |_| Some(1));
    assert!(
        outputs
            .iter()
            .all(|output| output.verdict.suspicion.is_none())
    );
    let last = outputs.last().expect("ticks");
    assert_eq!(
        last.verdict.state,
        VerdictState::Match,
        "{:?}",
        last.verdict
    );
}

#[test]
fn where_health_decides_too_a_suspicion_waits_until_that_can_have_been_read() {
    let unconfirmed_at = |checks: usize| {
        let mut machine = machine(even(), 2, 10.0);
        machine.wait_for_health(checks);
        let outputs = feed(&mut machine, 0, 400, |_| Some(0));
        let first = |state| {
            let mut outputs = outputs.iter();
            outputs.position(move |output: &Output| output.verdict.state == state)
        };
        let suspected = outputs
            .iter()
            .position(|output| output.verdict.suspicion.is_some());
        let mismatch = first(VerdictState::Mismatch).expect("the API never answers");
        (mismatch - suspected.expect("a suspicion")) / 2
    };
    assert_eq!([0, 1, 20, 100].map(unconfirmed_at), [30, 90, 90, 330]);
}

#[test]
fn how_long_a_suspicion_waits_is_told_as_it_is() {
    for (checks, patience) in [(0, 30.0), (1, 90.0)] {
        let mut machine = machine(even(), 2, 10.0);
        machine.wait_for_health(checks);
        feed(&mut machine, 0, 4, |_| Some(0));
        let Explanation::AwaitingConfirmation { since, until, .. } = machine.output().explanation
        else {
            panic!("suspected");
        };
        assert_eq!(until, since + at(patience));
    }
}

#[test]
fn a_match_that_stands_needs_no_more_answers_and_tells_how_many_showed_it() {
    let mut machine = machine(even(), 2, 10.0);
    let mut second = 0;
    while machine.output().verdict.state != VerdictState::Match {
        assert!(second < 200, "a match");
        feed(&mut machine, second, second + 1, |number| {
            Some(in_turn(number))
        });
        second += 1;
    }
    let shown = machine.judgement.matched_by;
    // One set a little more often than declared, which is no alarm: these counts alone would show no match.
    feed(&mut machine, second, second + 5, |number| {
        Some(usize::from(number % 5 < 2))
    });
    assert!(
        machine
            .judgement
            .span
            .queries_to_go()
            .is_some_and(|more| more > 0)
    );
    let last = machine.output();
    assert_eq!(last.verdict.state, VerdictState::Match);
    assert!(last.verdict.answers > shown && shown > 0);
    assert_eq!(last.verdict.to_go.answers, Some(0));
    let within_tolerance = Explanation::WithinTolerance {
        answers: shown,
        criteria: last.verdict.criteria,
    };
    assert_eq!(last.explanation, within_tolerance);
}

#[test]
fn a_suspicion_ends_with_new_shares() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 4, |_| Some(0));
    machine.poll(
        at(4.0),
        at(4.2),
        Poll::Changed(declaration(2, &[(1, 1.0), (2, 0.0)])),
    );
    let output = machine.tick(at(4.5));
    assert_eq!(
        (output.segment, output.verdict.mismatch.as_ref()),
        (2, None)
    );
    assert_eq!(output.verdict.suspicion, None);
    // Forty answers that were impossible to confirm say that both had switched long before.
    assert!(
        output
            .servers
            .iter()
            .all(|server| server.state == ServerState::Current)
    );
    assert!(
        output
            .servers
            .iter()
            .all(|server| server.switched_at.is_some_and(|time| time < at(0.5)))
    );
}

#[test]
fn the_same_shares_under_other_weights_are_no_new_segment() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 10, |number| Some(in_turn(number)));
    let before = machine.output().verdict.answers;
    machine.poll(
        at(10.0),
        at(10.1),
        Poll::Changed(declaration(2, &[(1, 7.0), (2, 7.0)])),
    );
    answer(&mut machine, 10.2, 0, Some(1));
    let output = machine.tick(at(10.5));
    assert_eq!((output.segment, output.verdict.answers), (2, before + 1));
    assert!(output.propagations.is_empty());
}

#[test]
fn shares_that_become_certain_need_no_propagation() {
    let mut inconclusive = even();
    inconclusive.inconclusive = Some(Inconclusive::AllZeroSomeUnhealthy);
    let mut machine = machine(inconclusive, 2, 10.0);
    feed(&mut machine, 0, 10, |_| Some(0));
    assert_eq!(
        machine.output().explanation,
        Explanation::Inconclusive(Inconclusive::AllZeroSomeUnhealthy)
    );
    let certain = Declaration {
        segment: 2,
        ..even()
    };
    machine.poll(at(10.0), at(10.1), Poll::Changed(certain));
    let output = machine.tick(at(10.5));
    assert!(matches!(output.explanation, Explanation::NoAnswerYet(_)));
    assert_eq!(output.verdict.since, at(10.5));
    assert!(
        output
            .servers
            .iter()
            .all(|server| server.state == ServerState::Current)
    );
    feed(&mut machine, 11, 15, |_| Some(0));
    assert!(machine.output().verdict.suspicion.is_some());
}

#[test]
fn a_server_that_still_answers_what_is_gone_is_stale() {
    let mut machine = machine(even(), 2, 10.0);
    machine.poll(
        at(0.5),
        at(0.6),
        Poll::Changed(declaration(2, &[(1, 1.0), (2, 0.0)])),
    );
    // The second server still serves both sets, in turn.
    let outputs = feed(&mut machine, 1, 95, |number| {
        Some(number as usize % 2 * (number as usize / 2 % 2))
    });
    let suspected = outputs
        .iter()
        .find(|output| output.verdict.suspicion.is_some());
    let suspected = suspected.expect("after the arming");
    assert_eq!(suspected.servers[1].state, ServerState::Stale);
    let reason = suspected
        .verdict
        .suspicion
        .as_ref()
        .map(|suspicion| &suspicion.reason);
    assert_eq!(
        reason,
        Some(&MismatchReason::StaleServer { server: 1.into() })
    );
    machine.poll(at(95.0), at(95.1), Poll::Same);
    let output = machine.tick(at(95.5));
    assert!(
        output.verdict.p_value <= 0.0
            && output
                .verdict
                .mismatch
                .as_ref()
                .is_some_and(|mismatch| mismatch.impossible)
    );
    let told = output
        .events
        .iter()
        .find(|event| event.news.kind() == EventKind::Mismatch);
    let mismatch = output.verdict.mismatch.clone().expect("it stands");
    let set = mismatch.farthest.as_ref().map(|set| &set.identifier[..]);
    assert_eq!(set, Some("set-2"));
    assert_eq!(told.expect("told").news, VerdictNews::Mismatch(mismatch));
}

#[test]
fn a_match_that_came_before_a_server_was_sent_back_was_none_of_the_change() {
    let mut machine = machine(even(), 1, 10.0);
    feed(&mut machine, 0, 10, |number| Some(in_turn(number)));
    let next = declaration(2, &[(1, 0.0), (2, 1.0)]);
    machine.poll(at(10.0), at(10.0), Poll::Changed(next));
    feed(&mut machine, 10, 30, |_| Some(1));
    let early = machine.output().propagations[0].clone();
    assert!(early.match_at.is_some() && early.last_server_at.is_some());
    // One of the machines behind the server's address has not heard of it yet.
    feed(&mut machine, 30, 31, |number| {
        Some(usize::from(number != 300))
    });
    // No other change explains that.
    machine.poll(at(31.0), at(31.0), Poll::Same);
    machine.tick(at(31.05));
    let back = &machine.output().propagations[0];
    assert_eq!((back.match_at, back.last_server_at), (None, None));
    assert_eq!(
        (back.first_new_answer_at, &back.servers),
        (None, &vec![None])
    );
    feed(&mut machine, 31, 60, |_| Some(1));
    let change = &machine.output().propagations[0];
    assert!(change.first_new_answer_at > Some(at(30.0)), "{change:?}");
    assert!(change.last_server_at < change.match_at, "{change:?}");
}

#[test]
fn counting_anew_by_hand_forgets_counts_and_not_which_servers_have_still_to_switch() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 10, |number| Some(in_turn(number)));
    let next = [(1, 0.0), (2, 1.0)];
    machine.poll(at(10.0), at(10.0), Poll::Changed(declaration(2, &next)));
    // The second server is not there yet.
    let half = |number: u32| Some(usize::from(number.is_multiple_of(2)));
    feed(&mut machine, 10, 30, half);
    let states = |machine: &Machine| -> Vec<ServerState> {
        let servers = machine.output().servers.iter();
        servers.map(|server| server.state).collect()
    };
    let before = [ServerState::Current, ServerState::Propagating];
    assert_eq!(states(&machine), before);
    machine.count_anew(at(30.0), declaration(3, &next));
    machine.tick(at(30.0));
    assert_eq!(states(&machine), before);
    assert_eq!(
        (machine.segment(), machine.output().verdict.answers),
        (3, 0)
    );
    feed(&mut machine, 30, 60, |_| Some(1));
    let output = machine.output();
    assert_eq!(output.verdict.state, VerdictState::Match);
    assert!(output.verdict.answers <= 300, "{}", output.verdict.answers);
    let [old, new] = &output.propagations[..] else {
        panic!("{:?}", output.propagations);
    };
    assert_eq!((old.segment, new.segment), (2, 3));
    assert_eq!(old.last_server_at, None);
    assert!(new.last_server_at > Some(at(29.0)), "{new:?}");
}

#[test]
fn a_mismatch_is_forgotten_when_counting_begins_anew_and_comes_again_where_it_is_one() {
    let mut machine = machine(even(), 1, 10.0);
    let confirm = |machine: &mut Machine, seconds: f64| {
        machine.poll(at(seconds), at(seconds), Poll::Same);
        machine.tick(at(seconds));
    };
    let off = |number: u32| Some(usize::from(number.is_multiple_of(10)));
    feed(&mut machine, 0, 30, off);
    confirm(&mut machine, 30.0);
    assert_eq!(machine.output().verdict.state, VerdictState::Mismatch);
    machine.count_anew(at(31.0), declaration(2, &[(1, 0.5), (2, 0.5)]));
    let verdict = &machine.tick(at(31.0)).verdict;
    assert_eq!(verdict.state, VerdictState::Collecting);
    assert!(verdict.mismatch.is_none() && verdict.suspicion.is_none());
    feed(&mut machine, 31, 60, off);
    confirm(&mut machine, 60.0);
    assert_eq!(machine.output().verdict.state, VerdictState::Mismatch);
}

#[test]
fn a_switch_found_in_hindsight_is_no_news_before_the_change() {
    let mut machine = machine(even(), 1, 10.0);
    machine.poll(at(0.0), at(0.0), Poll::Same);
    feed(&mut machine, 0, 10, |number| {
        Some(if number < 50 { in_turn(number) } else { 1 })
    });
    let next = declaration(2, &[(1, 0.1), (2, 0.9)]);
    machine.poll(at(10.0), at(10.2), Poll::Changed(next));
    let output = machine.tick(at(10.5)).clone();
    let server = &output.servers[0];
    assert!((at(4.0)..at(6.0)).contains(&server.switched_at.expect("found")));
    assert_eq!(server.switch_detected_at, Some(at(10.2)));
    let news = output
        .events
        .iter()
        .filter(|event| event.news.kind() != EventKind::Suspicion);
    assert!(news.clone().count() >= 3, "{:?}", output.events);
    for event in news {
        assert!(event.at >= at(10.2), "{event:?}");
    }
}

#[test]
fn an_impossible_answer_withholds_a_match_for_a_minute() {
    let mut machine = machine(declaration(1, &[(1, 1.0), (2, 0.0)]), 1, 10.0);
    answer(&mut machine, 0.0, 0, Some(1));
    machine.tick(at(0.0));
    machine.poll(at(0.1), at(0.2), Poll::Same);
    let outputs = feed(&mut machine, 1, 80, |_| Some(0));
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
    let recovered = outputs
        .iter()
        .position(|output| output.verdict.state == VerdictState::Match);
    // The tick at 60.45 s is the 119th after the one at 1.45 s.
    assert_eq!(recovered, Some(118));
    assert_eq!(outputs[118].events[0].news.kind(), EventKind::Recovered);
    assert_eq!(outputs[117].explanation.as_str(), "impossible_answer");
}

#[test]
fn what_cannot_be_placed_is_told() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 20, |number| {
        if number % 20 == 7 {
            None
        } else {
            Some(in_turn(number))
        }
    });
    machine.lost(3);
    machine.answer(Answer {
        at: at(20.0),
        segment: 1,
        server: 9.into(),
        origin: Origin::Ambiguous,
    });
    machine.answer(Answer {
        at: at(20.0),
        segment: 8,
        server: 0.into(),
        origin: Origin::Set(0.into()),
    });
    let output = machine.tick(at(20.5));
    assert!(
        output.verdict.notes.contains(&Note::AnswersLost(5)),
        "{:?}",
        output.verdict.notes
    );
    assert!(
        output.verdict.notes.contains(&Note::Unnamed {
            unnamed: 10,
            answers: 200
        }),
        "{:?}",
        output.verdict.notes
    );
    let caveats = output
        .events
        .iter()
        .filter(|event| event.news.kind() == EventKind::Caveat);
    assert_eq!(caveats.count(), 1);
}

#[test]
fn blindness_waits_for_thirty_periods_when_queries_are_rare() {
    let mut machine = machine(even(), 1, 2.0);
    answer(&mut machine, 1.0, 0, Some(0));
    assert_eq!(
        machine.tick(at(16.0)).verdict.state,
        VerdictState::Collecting
    );
    answer(&mut machine, 16.1, 0, None);
    let output = machine.tick(at(16.5));
    assert_eq!(output.verdict.state, VerdictState::Blind);
    assert_eq!(output.verdict.standing, VerdictState::Collecting);
    let no_fresh_answers = Explanation::NoFreshAnswers {
        since: at(1.0),
        unnamed: 1,
    };
    assert_eq!(output.explanation, no_fresh_answers);
    answer(&mut machine, 17.0, 0, Some(0));
    assert_eq!(
        machine.tick(at(17.0)).verdict.state,
        VerdictState::Collecting
    );
}

#[test]
fn a_pause_of_this_machine_is_no_silence_and_hides_none() {
    let mut machine = machine(even(), 2, 10.0);
    let servers = |machine: &mut Machine, now| {
        let output = machine.tick(at(now));
        let states: Vec<ServerState> = output.servers.iter().map(|server| server.state).collect();
        (output.verdict.state, states)
    };
    let (current, silent) = (ServerState::Current, ServerState::Silent);
    let collecting = VerdictState::Collecting;
    // The second server has been silent for nine seconds when the pause begins.
    answer(&mut machine, 1.0, 1, Some(0));
    answer(&mut machine, 10.0, 0, Some(0));
    assert_eq!(
        servers(&mut machine, 10.0),
        (collecting, vec![current, silent])
    );
    machine.stood_still(at(10.0), at(70.0));
    assert_eq!(
        servers(&mut machine, 70.0),
        (collecting, vec![current, silent])
    );
    assert_eq!(
        servers(&mut machine, 74.9),
        (collecting, vec![current, silent])
    );
    // From then on it is silence again.
    assert_eq!(
        servers(&mut machine, 75.5),
        (VerdictState::Blind, vec![silent, silent])
    );
}

#[test]
fn a_match_of_before_a_long_pause_is_not_said_to_hold_until_an_answer_has_come() {
    let mut machine = machine(even(), 1, 10.0);
    feed(&mut machine, 0, 120, |number| Some(in_turn(number)));
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
    // What lasts no longer than an answer counts as fresh hides nothing.
    machine.stood_still(at(120.0), at(124.0));
    let output = machine.tick(at(124.0));
    assert_eq!(output.verdict.state, VerdictState::Match);
    assert!(!output.wants_poll);
    machine.stood_still(at(124.0), at(154.0));
    let output = machine.tick(at(154.0));
    let verdict = &output.verdict;
    assert_eq!(
        (verdict.state, verdict.standing),
        (VerdictState::Blind, VerdictState::Match)
    );
    assert!(output.wants_poll, "what is declared is as old");
    assert!(output.events.is_empty(), "nobody was silent: {output:?}");
    answer(&mut machine, 154.1, 0, Some(0));
    let output = machine.tick(at(154.5));
    assert_eq!(output.verdict.state, VerdictState::Match);
    assert!(!output.wants_poll && output.events.is_empty());
}

#[test]
fn undeclared_and_cached_answers_are_no_silence_and_only_what_came_since_is_told_of_it() {
    for origin in [Origin::Undeclared, Origin::CachedRepeat] {
        let mut machine = machine(even(), 1, 10.0);
        let take = |machine: &mut Machine, seconds: f64, origin| {
            machine.answer(Answer {
                at: at(seconds),
                segment: 1,
                server: 0.into(),
                origin,
            });
        };
        for number in 0..300_u32 {
            let now = f64::from(number) / 10.0;
            take(&mut machine, now, origin.clone());
            let state = machine.tick(at(now)).verdict.state;
            assert_ne!(state, VerdictState::Blind, "{origin:?}");
        }
        let told = |since, unnamed| Explanation::NoFreshAnswers { since, unnamed };
        // Nothing at all comes any more: that is what is said, and not that many answers came which named no set.
        let output = machine.tick(at(36.0));
        assert_eq!(output.explanation, told(at(29.9), 0), "{origin:?}");
        take(&mut machine, 36.1, Origin::Unknown(Vec::new()));
        let output = machine.tick(at(36.5));
        assert_eq!(output.explanation, told(at(29.9), 1), "{origin:?}");
    }
}

#[test]
fn what_is_not_served_at_the_start_is_so_since_it_came_first() {
    let unknown = Rules {
        start: Start::Unknown,
        ..rules(1, 10.0)
    };
    let first = declaration(1, &[(1, 1.0), (2, 0.0)]);
    let mut machine = Machine::new(unknown, first, Duration::ZERO);
    let outputs = feed(&mut machine, 0, 60, |number| {
        Some(usize::from(number >= 105))
    });
    let since = outputs
        .iter()
        .filter_map(|output| match output.explanation {
            Explanation::NotServedSoFar { since, .. } => Some(since),
            _ => None,
        });
    let since: Vec<Duration> = since.collect();
    assert!(since.len() > 90, "{}", since.len());
    assert!(since.iter().all(|one| *one == since[0]), "{since:?}");
}

#[test]
fn a_server_without_answers_is_silent_and_does_not_block_a_match_for_ever() {
    let mut machine = machine(even(), 2, 10.0);
    machine.poll(
        at(0.5),
        at(0.6),
        Poll::Changed(declaration(2, &[(1, 0.9), (2, 0.1)])),
    );
    // Only the first server answers: nine of ten, then one.
    let mut states = Vec::new();
    for number in 0..2_000_u32 {
        let now = 1.0 + f64::from(number) / 10.0;
        answer(&mut machine, now, 0, Some(usize::from(number % 10 == 3)));
        if number % 5 == 4 {
            states.push((now, machine.tick(at(now)).verdict.state));
        }
    }
    let last = |state| {
        states
            .iter()
            .rev()
            .find(|seen| seen.1 == state)
            .map(|seen| seen.0)
    };
    assert_eq!(machine.output().servers[1].state, ServerState::Silent);
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
    let propagating = last(VerdictState::Propagating).expect("at first");
    assert!((149.0..151.0).contains(&propagating), "{propagating}");
}

#[test]
fn a_set_that_is_gone_is_known_by_the_segment_of_the_answer() {
    let mut machine = machine(declaration(1, &[(1, 0.5), (2, 0.5)]), 1, 10.0);
    machine.poll(at(1.0), at(1.1), Poll::Changed(declaration(2, &[(3, 1.0)])));
    // On its way when the segment began: set 2 of segment 1, so the server has not switched.
    machine.answer(Answer {
        at: at(1.05),
        segment: 1,
        server: 0.into(),
        origin: Origin::Set(1.into()),
    });
    assert_eq!(
        machine.tick(at(1.5)).servers[0].state,
        ServerState::Propagating
    );
    answer(&mut machine, 2.0, 0, Some(0));
    let output = machine.tick(at(2.5));
    assert_eq!(
        (output.servers[0].state, output.servers[0].switched_at),
        (ServerState::Current, Some(at(2.0)))
    );
    // Half a minute later it goes back to what is gone: before the arming no alarm.
    machine.answer(Answer {
        at: at(30.0),
        segment: 1,
        server: 0.into(),
        origin: Origin::Set(0.into()),
    });
    let output = machine.tick(at(30.5));
    assert_eq!(
        (output.servers[0].state, output.verdict.suspicion.as_ref()),
        (ServerState::Propagating, None)
    );
}

/// What a run gives, apart from the order of the sets.
fn outcome(order: [usize; 3], picks: &[u8]) -> Vec<(VerdictState, u64, f64, Vec<EventKind>)> {
    let sets = |segment: u64, shares: [f64; 3]| {
        let sets = order.map(|set| (set as u64, shares[set]));
        declaration(segment, &sets)
    };
    let place = |set: usize| order.iter().position(|&one| one == set);
    let mut machine = machine(sets(1, [0.6, 0.3, 0.1]), 2, 10.0);
    let mut outcome = Vec::new();
    for (number, &pick) in (0_u32..).zip(picks) {
        let now = f64::from(number) / 10.0;
        if number == 300 {
            machine.poll(at(now), at(now), Poll::Changed(sets(2, [0.2, 0.8, 0.0])));
        }
        let set = match (number < 350, pick) {
            (true, 0..154) | (false, 0..51) => 0,
            (true, 154..230) | (false, 51..) => 1,
            (true, 230..) => 2,
        };
        answer(&mut machine, now, number as usize % 2, place(set));
        if number % 5 == 4 {
            let output = machine.tick(at(now + 0.05));
            let kinds = output
                .events
                .iter()
                .map(|event| event.news.kind())
                .collect();
            let verdict = &output.verdict;
            outcome.push((verdict.state, verdict.answers, verdict.ln_evidence, kinds));
        }
    }
    outcome
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn the_order_of_the_sets_does_not_matter(picks in prop::collection::vec(any::<u8>(), 600), order in Just([0, 1, 2]).prop_shuffle()) {
        let (one, two) = (outcome([0, 1, 2], &picks), outcome(order, &picks));
        for (one, two) in one.iter().zip(&two) {
            prop_assert!((one.2 - two.2).abs() < 1e-9);
            prop_assert_eq!((one.0, one.1, &one.3), (two.0, two.1, &two.3));
        }
    }
}

#[test]
fn a_resolver_that_answers_out_of_its_cache_gives_named_answers_still() {
    let mut machine = machine(even(), 1, 10.0);
    // A sample of its own every second, and for the last half minute nothing but the cache.
    feed(&mut machine, 0, 200, |number| Some(in_turn(number)));
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
    for number in 2_000..2_300_u32 {
        let now = at(f64::from(number) / 10.0);
        machine.answer(Answer {
            at: now,
            segment: 1,
            server: 0.into(),
            origin: Origin::CachedRepeat,
        });
        let output = machine.tick(now);
        assert_eq!(
            (output.verdict.state, output.verdict.answering),
            (VerdictState::Match, 1)
        );
        assert_eq!(output.explanation.as_str(), "within_tolerance");
    }
}

#[test]
fn an_impossible_answer_from_before_the_arming_does_not_hold_up_a_match_for_ever() {
    let unknown = Rules {
        start: Start::Unknown,
        ..rules(1, 10.0)
    };
    let first = declaration(1, &[(1, 1.0), (2, 0.0)]);
    let mut machine = Machine::new(unknown, first, Duration::ZERO);
    // One just before, in a span that is too young to begin another.
    feed(&mut machine, 0, 240, |number| {
        Some(usize::from(number == 830 || number == 880))
    });
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
    assert_eq!(machine.output().verdict.mismatch, None);
}

#[test]
fn unknown_answers_after_a_change_take_no_switch_back() {
    let mut machine = machine(even(), 1, 10.0);
    feed(&mut machine, 0, 60, |number| Some(in_turn(number)));
    let next = declaration(2, &[(1, 0.9), (2, 0.1)]);
    machine.poll(at(60.0), at(60.0), Poll::Changed(next));
    let mut again = 0;
    for number in 600..1_400_u32 {
        let now = at(f64::from(number) / 10.0);
        let origin = match number % 10 {
            0..=3 => Origin::Unknown(Vec::new()),
            4 => Origin::Set(1.into()),
            _ => Origin::Set(0.into()),
        };
        machine.answer(Answer {
            at: now,
            segment: 2,
            server: 0.into(),
            origin,
        });
        let events = &machine.tick(now).events;
        let told = events
            .iter()
            .filter(|event| matches!(event.news, VerdictNews::PropagatingAgain { .. }));
        again += told.count();
    }
    assert_eq!(again, 0);
}

#[test]
fn what_is_suspicious_but_no_share_is_so_in_the_whole_span() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 120, |number| Some(in_turn(number)));
    let mut told = None;
    for number in 1_200..1_600_u32 {
        machine.answer(Answer {
            at: at(f64::from(number) / 10.0),
            segment: 1,
            server: (number as usize % 2).into(),
            origin: Origin::Unknown(Vec::new()),
        });
        let output = machine.tick(at(f64::from(number) / 10.0 + 0.05));
        told = told.or(output.verdict.suspicion.clone());
    }
    let suspicion = told.expect("too many that no set can have given");
    assert_eq!(suspicion.reason.as_str(), "unknown_answers");
    assert_eq!((suspicion.from, suspicion.answers), (Duration::ZERO, 1_200));
}

/// A change to all for one set that is through and matched, with a third set that has no share before nor after.
fn matched_after_a_change() -> Machine {
    let mut machine = machine(declaration(1, &[(1, 0.7), (2, 0.3), (3, 0.0)]), 2, 10.0);
    feed(&mut machine, 0, 20, |number| {
        Some(usize::from(number % 10 < 3))
    });
    let next = declaration(2, &[(1, 0.0), (2, 1.0), (3, 0.0)]);
    machine.poll(at(20.0), at(20.0), Poll::Changed(next));
    let seen = feed(&mut machine, 20, 60, |_| Some(1));
    assert_eq!(
        seen.last().expect("ticks").verdict.state,
        VerdictState::Match
    );
    machine
}

fn told(outputs: &[Output], kind: EventKind) -> usize {
    let events = outputs.iter().flat_map(|output| &output.events);
    events.filter(|event| event.news.kind() == kind).count()
}

#[test]
fn what_a_change_that_no_poll_has_shown_yet_gives_takes_no_switch_back() {
    // Of a set that never had a share, and of one that had it before.
    for set in [2, 0] {
        let mut machine = matched_after_a_change();
        let switched = machine.output().propagations.clone();
        assert!(switched[0].servers.iter().all(Option::is_some));
        let seen = feed(&mut machine, 60, 70, |_| Some(set));
        assert!(seen.iter().any(|output| output.wants_poll));
        assert_eq!(told(&seen, EventKind::Suspicion), 1);
        assert_eq!(told(&seen, EventKind::Propagating), 0);
        let last = seen.last().expect("ticks");
        assert_eq!(last.explanation.as_str(), "awaiting_confirmation");
        assert_eq!(last.propagations, switched);
        // The poll shows it: that is another segment, and all that was asked since the last poll is looked at for it.
        let shares = [0, 1, 2].map(|place| (place + 1, if set == place { 1.0 } else { 0.0 }));
        let shares = shares.map(|(key, share)| (key as u64, share));
        machine.poll(at(70.0), at(70.5), Poll::Changed(declaration(3, &shares)));
        let output = machine.tick(at(71.0)).clone();
        assert_eq!(output.propagations[0], switched[0]);
        assert!(output.propagations[1].servers.iter().all(Option::is_some));
        assert_eq!(output.verdict.mismatch, None);
    }
}

#[test]
fn a_poll_that_shows_no_other_change_takes_switches_back_and_says_so() {
    let mut machine = matched_after_a_change();
    // Only the second server gives it.
    let seen = feed(&mut machine, 60, 61, |number| {
        Some(usize::from(number % 2 != 1))
    });
    assert_eq!(told(&seen, EventKind::Suspicion), 1);
    machine.poll(at(61.2), at(61.3), Poll::Same);
    let output = machine.tick(at(61.5)).clone();
    let news: Vec<&VerdictNews> = output.events.iter().map(|event| &event.news).collect();
    let back = VerdictNews::ServerWentBack {
        server: 1.into(),
        set: Some("set-1".to_owned()),
    };
    assert_eq!(news, [&back]);
    assert_eq!(output.verdict.state, VerdictState::Propagating);
    assert_eq!(output.verdict.mismatch, None, "alarms are not armed yet");
    let found = &output.propagations[0].servers;
    assert!(found[0].is_some() && found[1].is_none());
}

#[test]
fn an_answer_of_before_takes_a_switch_back_at_once_where_no_match_was_proven() {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 20, |number| Some(in_turn(number)));
    let next = declaration(2, &[(1, 0.0), (2, 0.5), (3, 0.5)]);
    machine.poll(at(20.0), at(20.0), Poll::Changed(next));
    let seen = feed(&mut machine, 20, 23, |number| Some(1 + in_turn(number)));
    assert_eq!(told(&seen, EventKind::Propagated), 1);
    let seen = feed(&mut machine, 23, 24, |_| Some(0));
    // Each of the two servers once.
    assert_eq!(told(&seen, EventKind::Propagating), 2);
    assert_eq!(told(&seen, EventKind::Suspicion), 0);
    assert_eq!(
        seen.last().expect("ticks").verdict.state,
        VerdictState::Propagating
    );
}

#[test]
fn what_is_thought_after_counting_anew_by_hand_is_of_what_is_counted_since() {
    let mut machine = matched_after_a_change();
    let before = machine.output().clone();
    let mut anew = declaration(3, &[(1, 0.0), (2, 1.0), (3, 0.0)]);
    anew.inconclusive = None;
    machine.count_anew(at(60.0), anew);
    let first = machine.tick(at(60.5)).clone();
    assert!(first.verdict.since >= at(60.0) && before.verdict.since < at(60.0));
    let change = first.propagations.last().expect("the same change");
    assert_eq!((change.segment, change.match_at), (3, None));
    assert_eq!(change.servers, before.propagations[0].servers);
    let seen = feed(&mut machine, 61, 120, |_| Some(1));
    let last = seen.last().expect("ticks");
    assert_eq!(last.verdict.state, VerdictState::Match);
    assert!(last.propagations[1].match_at > Some(at(60.0)));
}

#[test]
fn a_share_that_goes_to_another_set_at_once_is_no_dependence() {
    let mut random = crate::stats::random::random(5);
    for run in 0..20 {
        let mut machine = machine(declaration(1, &[(1, 0.7), (2, 0.3)]), 4, 10.0);
        let drawn: Vec<usize> = (0..400).map(|_| usize::from(random() < 0.3)).collect();
        feed(&mut machine, 0, 40, |number| Some(drawn[number as usize]));
        let seen = feed(&mut machine, 40, 50, |_| Some(1));
        assert_eq!(told(&seen, EventKind::Caveat), 0);
        assert_eq!(told(&seen, EventKind::Suspicion), 1, "run {run}");
    }
}

#[test]
fn a_change_that_can_be_judged_a_moment_later_is_waited_for_all_the_same() {
    let mut machine = machine(even(), 1, 10.0);
    feed(&mut machine, 0, 60, |number| Some(in_turn(number)));
    let mut next = declaration(2, &[(1, 0.0), (2, 1.0)]);
    next.inconclusive = Some(Inconclusive::AllZeroSomeUnhealthy);
    machine.poll(at(60.0), at(60.0), Poll::Changed(next));
    feed(&mut machine, 60, 70, |number| Some(in_turn(number)));
    machine.set_inconclusive(at(70.0), None);
    // The server is late, and after it has switched there is a match.
    let outputs = feed(&mut machine, 70, 80, |number| Some(in_turn(number)));
    assert!(
        outputs
            .iter()
            .all(|output| output.verdict.suspicion.is_none())
    );
    assert_eq!(machine.output().verdict.state, VerdictState::Propagating);
    feed(&mut machine, 80, 240, |_| Some(1));
    assert_eq!(machine.output().verdict.state, VerdictState::Match);
}

#[test]
fn answers_that_depend_on_each_other_still_do_when_shares_can_be_judged_again() {
    let one_in = |machine: &Machine| {
        let mut notes = machine.output().verdict.notes.iter();
        notes.find_map(|note| match note {
            Note::AnswersDepend { one_in } => Some(*one_in),
            _ => None,
        })
    };
    let mut machine = machine(even(), 2, 10.0);
    // Four times the same answer of each server.
    feed(&mut machine, 0, 30, |number| Some(number as usize / 8 % 2));
    let thinned = one_in(&machine).expect("seen to depend on each other");
    machine.set_inconclusive(at(30.0), Some(Inconclusive::AllZeroSomeUnhealthy));
    feed(&mut machine, 30, 32, |number| Some(in_turn(number)));
    machine.set_inconclusive(at(32.0), None);
    let counted = (320..520_u32)
        .filter(|&number| {
            let segment = machine.segment();
            machine.answer(Answer {
                at: at(f64::from(number) / 10.0),
                segment,
                server: (number as usize % 2).into(),
                origin: Origin::Set(in_turn(number).into()),
            })
        })
        .count() as u64;
    machine.tick(at(52.0));
    assert_eq!(one_in(&machine), Some(thinned));
    assert!(
        thinned > 1 && counted.abs_diff(200 / thinned) <= 2,
        "{counted}, one in {thinned}"
    );
    // Other shares are another segment, and their answers are looked at anew.
    let next = declaration(2, &[(1, 0.9), (2, 0.1)]);
    machine.poll(at(52.5), at(53.0), Poll::Changed(next));
    machine.tick(at(53.5));
    assert_eq!(one_in(&machine), None);
}

/// The answers that are told as excluded: when, by which server, of which set, and how many more.
fn excluded(outputs: &[Output]) -> Vec<(Duration, usize, Option<String>, u64)> {
    let events = outputs.iter().flat_map(|output| &output.events);
    let told = events.filter_map(|event| match &event.news {
        VerdictNews::Excluded {
            server, set, more, ..
        } => Some((event.at, server.get(), set.clone(), *more)),
        _ => None,
    });
    told.collect()
}

#[test]
fn an_answer_without_a_share_is_told_at_the_next_tick_with_server_and_time_but_not_while_it_is_expected()
 {
    let mut machine = machine(even(), 2, 10.0);
    feed(&mut machine, 0, 20, |number| Some(in_turn(number)));
    let next = declaration(2, &[(1, 1.0), (2, 0.0)]);
    machine.poll(at(20.0), at(20.0), Poll::Changed(next));
    // Both go on with the old split for ten seconds, and then have the new one.
    let before = feed(&mut machine, 20, 30, |number| Some(in_turn(number)));
    let after = feed(&mut machine, 30, 60, |_| Some(0));
    assert_eq!((excluded(&before), excluded(&after)), (vec![], vec![]));
    assert!(
        machine
            .output()
            .servers
            .iter()
            .all(|it| it.state == ServerState::Current)
    );
    // A single one, before the alarms are armed: at the next tick, with its own time.
    let outputs = feed(&mut machine, 60, 61, |number| {
        Some(usize::from(number == 601))
    });
    let set = || Some("set-2".to_owned());
    assert_eq!(excluded(&outputs[..1]), [(at(60.1), 1, set(), 0)]);
    let seen = &machine.output().verdict.sightings;
    assert_eq!((seen[0].answers, seen[0].last_at), (1, at(60.1)));
    // After the arming, every second of the other server for more than a minute: once, and again with how many there were.
    feed(&mut machine, 61, 120, |_| Some(0));
    let outputs = feed(&mut machine, 120, 190, |number| {
        Some(usize::from(number % 10 == 0))
    });
    let told = excluded(&outputs);
    assert_eq!(
        told,
        [(at(120.0), 0, set(), 0), (at(180.0), 0, set(), 59)],
        "{told:?}"
    );
    let kinds = outputs[0].events.iter().map(|event| event.news.kind());
    assert!(kinds.into_iter().any(|kind| kind == EventKind::Suspicion));
}

#[test]
fn the_absence_of_a_set_without_a_share_is_proven_by_answers_and_never_beside_one_of_it() {
    let zero = declaration(1, &[(1, 1.0), (2, 0.0)]);
    let mut machine = machine(zero, 2, 10.0);
    let bound = |machine: &Machine| {
        let output = machine.output();
        [0, 1].map(|set| output.verdict.absence(&output.sets[set]))
    };
    machine.tick(at(0.1));
    assert_eq!(bound(&machine), [None, None]);
    feed(&mut machine, 1, 51, |_| Some(0));
    // What the notes on statistics have for 500 answers.
    let [with_share, without] = bound(&machine);
    assert_eq!(with_share, None);
    assert!((without.expect("a bound") - 0.009_168_055_107_2).abs() < 1e-9);
    feed(&mut machine, 51, 52, |number| {
        Some(usize::from(number == 511))
    });
    assert_eq!(bound(&machine), [None, None]);
    // The answers since then prove something again when a match has been found by them alone.
    machine.poll(at(52.0), at(52.0), Poll::Same);
    let outputs = feed(&mut machine, 52, 200, |_| Some(0));
    let output = outputs.last().expect("ticks");
    assert_eq!(output.verdict.state, VerdictState::Match);
    let without = bound(&machine)[1].expect("a bound");
    let (answers, seen) = (output.verdict.answers, &output.verdict.sightings[0]);
    assert!(answers <= 1_480 && !seen.in_span && seen.answers == 1);
    assert!(
        (without - (1.0 - 0.01_f64.powf(1.0 / crate::model::share::as_f64(answers)))).abs() < 1e-9
    );
    // Shares that are not certain prove nothing.
    let look_alike = Inconclusive::AllZeroSomeUnhealthy;
    machine.set_inconclusive(at(200.0), Some(look_alike));
    feed(&mut machine, 200, 210, |_| Some(0));
    assert_eq!(bound(&machine), [None, None]);
}
