//! What to do about the verdict of the moment: one sentence made from its rule, the states of the name servers and the
//! segment. `words/what_now.rs` has the words.

use std::time::Duration;

use crate::model::change::Cause;
use crate::model::gate::Known;
use crate::model::index::ServerIndex;
use crate::model::text::visible;
use crate::model::verdict::{
    Excluded, Explanation, Inconclusive, Mismatch, MismatchReason, ServerState, ToGo, Unknown,
    Verdict,
};
use crate::snapshot::{Segment, Snapshot};

use super::words::{gate as gates, what_now as words};
use super::{command, comparisons, format, sides, stages, words as all_words};

/// More sets than this make no short split.
const MOST_SETS: usize = 3;

/// The sentence; `None` before the first verdict.
pub fn what_now(snapshot: &Snapshot) -> Option<String> {
    let segment = snapshot.current()?;
    let verdict = segment.verdict.as_ref()?;
    let explanation = snapshot.explanation.as_ref()?;
    let clock = |at: &Duration| format::clock(snapshot.started_at + *at);
    let names = |servers: &[ServerIndex]| names(snapshot, servers);
    if let Some(told) = gate(snapshot) {
        return Some(told);
    }
    Some(match explanation {
        Explanation::NoAnswerYet(_) => words::FIRST_ANSWERS.to_owned(),
        Explanation::NotEnoughAnswers { to_go, .. } => {
            let failing = sides::failing_set(snapshot).filter(|(_, http)| http.mostly_fails());
            match failing {
                Some((set, http)) => {
                    let (failed, requests) = (http.failed(), http.requests);
                    words::fails_already(&set.identifier, failed, requests, &more(*to_go))
                }
                None => more(*to_go),
            }
        }
        Explanation::Inconclusive(Inconclusive::AllZeroSomeUnhealthy) => {
            words::GIVE_WEIGHT.to_owned()
        }
        Explanation::Inconclusive(Inconclusive::LookAlike { one, two, .. }) => {
            words::tell_apart(one, two)
        }
        Explanation::Inconclusive(Inconclusive::HealthNotRead(_)) => words::READ_HEALTH.to_owned(),
        Explanation::Inconclusive(Inconclusive::HealthNotKnown { set, .. }) => {
            words::look_at_check(set)
        }
        Explanation::Inconclusive(Inconclusive::Replaced { .. }) => words::REPLACED.to_owned(),
        Explanation::NotServedSoFar { until: None, .. } => words::NOT_IN_SYNC.to_owned(),
        Explanation::NotServedSoFar {
            until: Some(until), ..
        } => words::not_served(&clock(until)),
        Explanation::TooFewServers { answering, servers } => {
            words::reach_servers(*answering, *servers)
        }
        Explanation::UnknownAnswers { unknown, .. } => words::look_at_unknown(&values(unknown)),
        Explanation::MatchWithheld { until, .. } => words::withheld(&clock(until)),
        Explanation::ServersPropagating { servers, until, .. } => {
            let who = match servers.len() {
                1 => names(servers),
                several => words::servers(several),
            };
            words::propagating(&who, &clock(until))
        }
        Explanation::LateServerUndecided { servers, until } => {
            words::undecided(&names(servers), &clock(until))
        }
        Explanation::ServerStale { servers, .. } => stale(snapshot, servers),
        Explanation::AwaitingConfirmation { until, .. } => words::confirming(&clock(until)),
        Explanation::WithinTolerance { .. } => within(snapshot, segment, verdict),
        Explanation::Mismatch(mismatch, _) => mismatched(snapshot, mismatch),
        Explanation::NoFreshAnswers { unnamed: 0, .. } => words::NO_ANSWERS.to_owned(),
        Explanation::NoFreshAnswers { .. } => words::NONE_NAMED.to_owned(),
    })
}

/// How long resolvers may hold answers of before; `None` when they have run out, and before the first change.
pub fn draining(snapshot: &Snapshot) -> Option<String> {
    let drain = snapshot.drain.as_ref()?;
    match drain.left(snapshot.now) {
        None => Some(words::still_given(
            &drain.set,
            &format::whole_span(drain.ttl),
        )),
        Some(Duration::ZERO) => None,
        Some(left) => Some(words::held(&drain.set, &format::whole_span(left))),
    }
}

/// Whether the sentence names rolling back as a way out.
pub fn may_roll_back(snapshot: &Snapshot) -> bool {
    if command::no_way_out(snapshot).is_some() {
        return false;
    }
    if let Some((_, known)) = snapshot.tripped() {
        return since_the_change(snapshot, known);
    }
    let Some(Explanation::Mismatch(mismatch, _)) = &snapshot.explanation else {
        return false;
    };
    mismatch.reason == MismatchReason::Share && weights_of_before(snapshot).is_some()
}

/// A critical gate that has tripped, in a sentence.
fn tripped(snapshot: &Snapshot) -> Option<String> {
    let (gate, known) = snapshot.tripped()?;
    Some(gates::event(gate, known, true, &snapshot.server_names()))
}

/// The banner of a critical gate, with the command that undoes the change before it.
pub fn banner(snapshot: &Snapshot) -> Option<(String, String)> {
    let told = tripped(snapshot).filter(|_| may_roll_back(snapshot))?;
    let told = visible(&gates::undo_by_key(&told)).into_owned();
    Some((told, command::undo(snapshot)?))
}

/// What to do about a critical gate that has tripped, where the whole sentence has no room: the rule matters more than the rest.
pub fn gate_in_short(snapshot: &Snapshot) -> Option<String> {
    let (gate, known) = snapshot.tripped()?;
    let told = gates::in_short(gate, known, &snapshot.server_names());
    let told = if since_the_change(snapshot, known) {
        command::undo(snapshot).map(|_| gates::undo_in_short(&told))
    } else {
        command::told(snapshot).map(|_| gates::changed_since_in_short(&told))
    };
    told.map(|told| visible(&told).into_owned())
}

/// What to do about a critical gate that has tripped.
fn gate(snapshot: &Snapshot) -> Option<String> {
    let told = tripped(snapshot)?;
    let (_, known) = snapshot.tripped()?;
    Some(if command::told(snapshot).is_none() {
        gates::unchanged(&told)
    } else if !since_the_change(snapshot, known) {
        gates::changed_since(&told)
    } else if let Some(why) = command::no_way_out(snapshot) {
        gates::no_way_out(&why, &told)
    } else {
        gates::undo(&told)
    })
}

/// Whether a gate has tripped since the last change, so that undoing that is a way out. What was changed after it has tripped
/// may be the way out already.
fn since_the_change(snapshot: &Snapshot, known: &Known) -> bool {
    let change = command::changed_at(snapshot);
    change.is_some_and(|change| known.since >= change)
}

fn more(to_go: ToGo) -> String {
    if to_go.answers.is_none() {
        return words::WIDEN.to_owned();
    }
    let about = to_go.about.map(words::about);
    about.map_or_else(
        || words::MORE_ANSWERS.to_owned(),
        |about| words::match_takes(&about),
    )
}

/// A match is nothing to do about, unless something besides the split is wrong.
fn within(snapshot: &Snapshot, segment: &Segment, verdict: &Verdict) -> String {
    if let Some((failed, requests)) = sides::all_fail(snapshot) {
        return words::all_fail(failed, requests);
    }
    if let Some((set, http)) = sides::failing_set(snapshot) {
        return words::fails_over_http(&set.identifier, http.failed(), http.requests);
    }
    if let Some(worse) = comparisons::in_short(snapshot).filter(|_| snapshot.requests_http()) {
        return words::look_at_worse(&worse);
    }
    if sides::old_weights(snapshot).is_some() {
        return words::READ_WEIGHTS.to_owned();
    }
    if let Some(off) = &verdict.off {
        let server = off.server.map(|server| names(snapshot, &[server]));
        let set = off.farthest.as_ref().map(|set| set.identifier.clone());
        let all = || all_words::NAME_SERVERS.to_lowercase();
        return words::not_exactly(&server.or(set).unwrap_or_else(all));
    }
    let silent = snapshot.servers.len().saturating_sub(verdict.answering);
    if silent > 0 {
        return words::look_at_silent(silent);
    }
    if let Some(now) = stages::what_now(snapshot) {
        return now;
    }
    match &snapshot.drain {
        Some(drain) if drain.left(snapshot.now) == Some(Duration::ZERO) => {
            return words::NOTHING.to_owned();
        }
        Some(_) => return words::draining(&draining(snapshot).unwrap_or_default()),
        None => {}
    }
    let is_change = segment.propagation.is_some();
    let ttl = segment.ttls.last().filter(|_| is_change);
    ttl.map_or_else(
        || words::NOTHING.to_owned(),
        |ttl| words::through(&format::ttl(*ttl)),
    )
}

fn mismatched(snapshot: &Snapshot, mismatch: &Mismatch) -> String {
    match &mismatch.reason {
        MismatchReason::Share => match weights_of_before(snapshot) {
            Some(before) if command::no_way_out(snapshot).is_none() => {
                words::or_roll_back(&words::NOT_A_DELAY, &before)
            }
            _ => words::NOT_A_DELAY.to_owned(),
        },
        MismatchReason::ServerDiffers { server } => {
            let (right, all) = (right(snapshot, &[*server]), snapshot.servers.len());
            let wrong = (0..all).filter(|place| {
                let place = ServerIndex::from(*place);
                place == *server || blamed(snapshot).contains(&place)
            });
            words::one_differs(&words::right(right, all), &words::part(wrong.count(), all))
        }
        MismatchReason::StaleServer { server } => stale(snapshot, &[*server]),
        MismatchReason::ImpossibleAnswer {
            set: Some(set),
            why,
            ..
        } => match why {
            Excluded::NoShare => words::keep_running(set),
            Excluded::Replaced => words::keep_value(set),
            Excluded::Removed => words::KEEP_REMOVED.to_owned(),
        },
        MismatchReason::ImpossibleAnswer { set: None, .. } => words::KEEP_REMOVED.to_owned(),
        MismatchReason::UndeclaredAnswer { .. } => words::UNDECLARED_REACHES_CLIENTS.to_owned(),
        MismatchReason::UnknownAnswers(unknown) => words::unknown_reach_clients(&values(unknown)),
    }
}

/// These name servers, and all others that are stale, still serve the shares of before.
fn stale(snapshot: &Snapshot, servers: &[ServerIndex]) -> String {
    let before = weights_of_before(snapshot).unwrap_or_else(|| words::OLD_SPLIT.to_owned());
    let all = snapshot.servers.len();
    let is_stale = |place: &usize| {
        snapshot.servers[*place].state == ServerState::Stale || servers.contains(&(*place).into())
    };
    let wrong = (0..all).filter(is_stale).count();
    match right(snapshot, servers) {
        0 => words::all_stale(&before),
        right => words::some_stale(&words::right(right, all), &words::part(wrong, all), &before),
    }
}

/// How many name servers serve the declared shares as far as is known, without these and without those that a mismatch has
/// named before and that have not proven a match since.
fn right(snapshot: &Snapshot, without: &[ServerIndex]) -> usize {
    let is_wrong =
        |place: &ServerIndex| without.contains(place) || blamed(snapshot).contains(place);
    let servers = ServerIndex::enumerate(&snapshot.servers);
    let right =
        servers.filter(|(place, server)| server.state == ServerState::Current && !is_wrong(place));
    right.count()
}

fn blamed(snapshot: &Snapshot) -> &[ServerIndex] {
    let verdict = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref());
    verdict.map_or(&[], |verdict| &verdict.blamed)
}

/// The weights before the newest change, where they were others and few: `blue 90 / green 10`.
fn weights_of_before(snapshot: &Snapshot) -> Option<String> {
    let mut newest_first = snapshot.segments.iter().rev();
    // Counting anew by hand is no change.
    let now = newest_first.find(|segment| segment.cause != Cause::ByHand)?;
    let before = newest_first.next()?;
    let weights = |segment: &Segment| {
        let sets = segment.sets.iter();
        let weights = sets.map(|set| words::weight(&set.identifier, set.weight));
        weights.collect::<Vec<_>>().join(" / ")
    };
    let is_short = before.sets.len() <= MOST_SETS;
    let (before, now) = (weights(before), weights(now));
    (is_short && before != now).then_some(before)
}

fn names(snapshot: &Snapshot, servers: &[ServerIndex]) -> String {
    let all = snapshot.server_names();
    let names = servers.iter().map(|&it| all_words::name(&all, it));
    names.collect::<Vec<_>>().join(", ")
}

/// What unknown answers say most.
fn values(unknown: &Unknown) -> String {
    let values = unknown
        .values
        .iter()
        .map(|(value, _)| all_words::verdict::value(value));
    let values: Vec<String> = values.collect();
    if values.is_empty() {
        words::ANY_UNKNOWN.to_owned()
    } else {
        values.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::model::http::HttpFault;
    use crate::model::verdict::{Off, SetVerdict};
    use crate::views::samples;

    /// Every rule, so that a new one is missed here.
    const RULES: [&str; 19] = [
        "awaiting_confirmation",
        "impossible_answer",
        "late_server_undecided",
        "match_withheld",
        "no_answer_yet",
        "no_fresh_answers",
        "not_enough_answers",
        "not_served_so_far",
        "one_server_off",
        "server_stale",
        "servers_propagating",
        "shares_off",
        "shares_uncertain",
        "stale_server_off",
        "too_few_servers",
        "undeclared_answer",
        "unknown_answers",
        "unknown_answers_open",
        "within_tolerance",
    ];

    #[test]
    fn a_critical_gate_is_a_reason_to_undo_the_change_before_it_and_not_one_after_it() {
        let mut snapshot = samples::changed();
        snapshot.gates = samples::gates();
        let change = command::changed_at(&snapshot).expect("a change");
        let mut told = |since| {
            snapshot.gates[0].tripped[0].since = since;
            (
                super::what_now(&snapshot).expect("a sentence"),
                may_roll_back(&snapshot),
            )
        };
        let minute = Duration::from_mins(1);
        let (now, undone) = told(change + minute);
        assert!(
            undone && now.starts_with("undo the last change: critical gate tripped: "),
            "{now}"
        );
        let (now, undone) = told(change - minute);
        assert!(
            !undone && now.starts_with("wait, the weights were changed since: "),
            "{now}"
        );
        snapshot.segments.push(Arc::clone(&snapshot.segments[0]));
        snapshot.current_mut().number = 3;
        let since = snapshot.segments[2].started_at + minute;
        snapshot.gates[0].tripped[0].since = since;
        let now = super::what_now(&snapshot).expect("a sentence");
        assert!(
            !may_roll_back(&snapshot)
                && now.starts_with("nothing to undo, the last change was itself a way back; critical gate tripped: "),
            "{now}"
        );
        assert_eq!(banner(&snapshot), None);
        let mut unchanged = samples::gated();
        assert!(super::what_now(&unchanged).is_some_and(|now| now.contains("has seen no change")));
        // A warning is told as an event and changes nothing.
        unchanged.gates.remove(0);
        assert_eq!(
            super::what_now(&unchanged),
            super::what_now(&samples::running())
        );
    }

    #[test]
    fn sides_that_fail_are_told_together_and_before_there_is_a_match() {
        let fail = |snapshot: &mut Snapshot, set: usize| {
            let http = snapshot.segment_mut(0).sets[set].http.as_mut();
            let http = http.expect("it is on");
            http.faults[HttpFault::Body.index()] = http.requests;
        };
        let mut snapshot = samples::running();
        fail(&mut snapshot, 0);
        let now = super::what_now(&snapshot).expect("a sentence");
        assert!(now.ends_with(": look at blue-32"), "{now}");
        let mut explanations = samples::explanations().into_iter();
        let early = explanations.find(|it| matches!(it, Explanation::NotEnoughAnswers { .. }));
        let waiting = Snapshot {
            explanation: early,
            ..snapshot.clone()
        };
        let now = super::what_now(&waiting).expect("a sentence");
        assert!(
            now.starts_with("look at blue-32, which fails over HTTP, "),
            "{now}"
        );
        assert!(now.contains("; for the split: "), "{now}");
        fail(&mut snapshot, 1);
        let now = super::what_now(&snapshot).expect("a sentence");
        assert!(
            now.starts_with("the split is right, but all sides fail over HTTP, "),
            "{now}"
        );
    }

    #[test]
    fn counting_anew_by_hand_is_no_change_to_be_taken_back() {
        let mut snapshot = samples::changed();
        let before = weights_of_before(&snapshot);
        assert_eq!(before.as_deref(), Some("blue-32 180 / green-33 70"));
        for number in [3, 4] {
            snapshot.segments.extend(snapshot.segments.last().cloned());
            let anew = snapshot.current_mut();
            anew.number = number;
            anew.cause = Cause::ByHand;
            assert_eq!(weights_of_before(&snapshot), before);
        }
        // The change itself is no longer kept.
        snapshot.segments.drain(..2);
        assert_eq!(weights_of_before(&snapshot), None);
    }

    fn told(snapshot: &Snapshot) -> String {
        what_now(snapshot).expect("a sentence")
    }

    fn of(explanation: Explanation) -> String {
        let mut snapshot = samples::propagating();
        snapshot.explanation = Some(explanation);
        told(&snapshot)
    }

    #[test]
    fn every_rule_has_one_sentence_of_its_own() {
        let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for explanation in samples::explanations() {
            let rule = explanation.as_str();
            rules.entry(rule).or_default().push(of(explanation));
        }
        let known: Vec<&str> = rules.keys().copied().collect();
        assert_eq!(known, RULES);
        for (rule, sentences) in &rules {
            for sentence in sentences {
                let is_whole = !sentence.ends_with('.') && !sentence.contains("  ");
                assert!(is_whole && sentence.len() > 10, "{rule}: {sentence}");
                let others = rules.iter().filter(|(other, _)| *other != rule);
                // A stale server is the same case before and after it has become a mismatch.
                let shared = others.filter(|(_, them)| them.contains(sentence));
                let names: Vec<&str> = shared.map(|(other, _)| *other).collect();
                assert!(
                    names.iter().all(|name| name.contains("stale")),
                    "{rule} and {names:?}: {sentence}"
                );
            }
        }
    }

    #[test]
    fn the_names_of_many_servers_leave_room_for_what_to_do() {
        let propagating = |servers| {
            of(Explanation::ServersPropagating {
                since: Duration::from_mins(1),
                servers,
                until: Duration::from_secs(150),
            })
        };
        let all = (0..4).map(ServerIndex::from).collect();
        let sentence = propagating(all);
        assert!(
            sentence.starts_with("wait for 4 name servers: alarms are armed at "),
            "{sentence}"
        );
        let one = propagating(vec![1.into()]);
        assert!(one.starts_with("wait for ns-"), "{one}");
    }

    #[test]
    fn a_stale_server_is_no_reason_to_roll_back() {
        let mut snapshot = samples::propagating();
        snapshot.servers[3].state = ServerState::Current;
        let (servers, since) = (vec![1.into()], Duration::from_secs(123));
        snapshot.explanation = Some(Explanation::ServerStale { servers, since });
        assert_eq!(
            told(&snapshot),
            "3 of 4 servers are right: wait or ask AWS; do not roll back for this: about a quarter of resolvers still get blue-32 180 / green-33 70"
        );
        for server in &mut snapshot.servers {
            server.state = ServerState::Stale;
        }
        let text = told(&snapshot);
        assert!(
            text.starts_with("no name server has the new split"),
            "{text}"
        );
    }

    #[test]
    fn a_server_that_a_mismatch_named_before_is_not_right_either() {
        let mut snapshot = samples::mismatch();
        for server in &mut snapshot.servers {
            server.state = ServerState::Current;
        }
        let verdict = snapshot.current_mut().verdict.as_mut();
        let verdict = verdict.expect("one");
        let mut mismatch = verdict.mismatch.clone().expect("it stands");
        mismatch.reason = MismatchReason::ServerDiffers { server: 2.into() };
        verdict.blamed = vec![2.into()];
        snapshot.explanation = Some(Explanation::Mismatch(mismatch, verdict.criteria));
        let text = told(&snapshot);
        assert!(text.starts_with("3 of 4 servers are right"), "{text}");
        assert!(text.contains("about a quarter of resolvers"), "{text}");
        let verdict = snapshot.current_mut().verdict.as_mut();
        verdict.expect("one").blamed = vec![2.into(), 0.into()];
        let text = told(&snapshot);
        assert!(text.starts_with("2 of 4 servers are right"), "{text}");
        assert!(text.contains("about half of resolvers"), "{text}");
    }

    #[test]
    fn how_long_it_takes_is_told_unless_it_grows() {
        let takes = |answers, about| {
            let mut snapshot = samples::collecting();
            if let Some(Explanation::NotEnoughAnswers { to_go, .. }) = &mut snapshot.explanation {
                (to_go.answers, to_go.about) = (answers, about);
            }
            told(&snapshot)
        };
        assert!(takes(Some(420), Some(42.0)).contains("about 40s"));
        assert!(takes(Some(9_000), Some(900.0)).contains("longer than 10 minutes"));
        assert_eq!(takes(Some(420), None), *words::MORE_ANSWERS);
        assert_eq!(takes(None, None), *words::WIDEN);
    }

    #[test]
    fn a_match_says_what_is_wrong_besides_the_split() {
        let mut snapshot = samples::running();
        assert_eq!(told(&snapshot), "nothing to do");
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        verdict.answering = 3;
        assert!(told(&snapshot).contains("1 name server gives no answers"));
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        verdict.off = Some(Off {
            since: Duration::ZERO,
            server: None,
            ln_evidence: 9.0,
            answers: 9_000,
            farthest: Some(SetVerdict {
                identifier: "green-33".into(),
                declared: 0.28,
                count: 2_700,
                low: 0.29,
                high: 0.31,
            }),
        });
        assert!(told(&snapshot).contains("not exactly the declared one: look at green-33"));
        let http = snapshot.segment_mut(0).sets[1].http.as_mut().expect("on");
        (http.requests, http.faults[HttpFault::Refused.index()]) = (60, 17);
        (http.status[4], http.faults[HttpFault::Status.index()]) = (40, 40);
        assert_eq!(
            told(&snapshot),
            "the split is right, but green-33 fails over HTTP, 57 of 60 requests: look at green-33"
        );
    }
}
