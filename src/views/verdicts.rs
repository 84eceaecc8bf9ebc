//! What every view says of a verdict: which facts, the most important first, and how a change came through.
//!
//! `words/headline.rs` and `words/verdict.rs` have the words, and each view finds the room.

use std::time::{Duration, SystemTime};

use crate::model::index::ServerIndex;
use crate::model::text::visible;
use crate::model::verdict::{
    Criteria, Explanation, Inconclusive, Mismatch, MismatchReason, Note, Propagation, ServerState,
    SetVerdict, Verdict, VerdictState,
};
use crate::snapshot::{Segment, Server, Set, Snapshot};

use super::facts::Remark;
use super::words::headline as words;
use super::words::share;
use super::words::verdict::{self, Explained};
use super::{facts, format, sides, what_now::what_now};

/// So many sets are named of those that have answers which are not counted.
const SETS_LEFT_OUT: usize = 4;
/// The longest name of them.
const SHORT_LABEL: usize = 16;

/// A state and the facts behind it, the most important first.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// What is shown.
    pub state: VerdictState,
    /// What it rests on, in words, and since when.
    pub facts: Vec<String>,
    /// Those of the facts that make sense of the state in a single line.
    needed: Vec<String>,
    /// What to do about it; `None` for a segment that has ended.
    pub what_now: Option<String>,
    /// How near and how sure is aimed at.
    criteria: Criteria,
}

impl Headline {
    /// That of a verdict, with its facts made safe to show.
    fn new(verdict: &Verdict, facts: &[String]) -> Self {
        Self {
            state: verdict.state,
            facts: facts.iter().map(|it| visible(it).into_owned()).collect(),
            needed: Vec::new(),
            what_now: None,
            criteria: verdict.criteria,
        }
    }

    /// The state in one line: the word, why with one number, since when, what now.
    pub fn line(&self) -> String {
        self.with_what_now(&self.needed)
    }

    /// The same with all facts.
    pub fn whole(&self) -> String {
        self.with_what_now(&self.facts)
    }

    fn with_what_now(&self, facts: &[String]) -> String {
        let state = words::headline(self.state, facts);
        let what_now = self.what_now.as_ref();
        what_now.map_or_else(|| state.clone(), |now| words::state_and_now(&state, now))
    }

    /// The state with all facts, and what is aimed at; a match says so itself.
    pub fn long(&self) -> String {
        let mut facts = self.facts.clone();
        facts.extend((self.state != VerdictState::Match).then(|| words::aim(self.criteria)));
        words::headline(self.state, &facts)
    }

    /// What is aimed at, where room is short.
    pub fn aim_in_short(&self) -> String {
        words::aim_in_short(self.criteria)
    }
}

/// The verdict of the segment in force; `None` before the first one.
pub fn headline(snapshot: &Snapshot) -> Option<Headline> {
    let segment = snapshot.current()?;
    let verdict = segment.verdict.as_ref()?;
    let (mut facts, more) = match verdict.state {
        VerdictState::Match => matched(snapshot, verdict),
        VerdictState::Mismatch => of_mismatch(verdict, &snapshot.server_names()),
        VerdictState::Blind => blind(snapshot, verdict),
        VerdictState::Propagating => (propagating(snapshot, segment), Vec::new()),
        VerdictState::Collecting => collecting(snapshot, verdict),
    };
    let since = since(snapshot, verdict);
    let needed = [&facts[..], std::slice::from_ref(&since)].concat();
    facts.extend(more);
    // How sure a match is comes before since when.
    let place = needed.len() - 1 + usize::from(verdict.state == VerdictState::Match);
    facts.insert(place, since);
    let what_now = what_now(snapshot).map(|text| visible(&text).into_owned());
    Some(Headline {
        needed: needed.iter().map(|it| visible(it).into_owned()).collect(),
        what_now,
        ..Headline::new(verdict, &facts)
    })
}

/// Since when the state has been what it is; a suspicion has a time of its own.
fn since(snapshot: &Snapshot, verdict: &Verdict) -> String {
    let clock = |time| format::clock(at(snapshot, time));
    match &verdict.suspicion {
        Some(suspicion) if verdict.state == VerdictState::Collecting => {
            words::mismatch_since(&clock(suspicion.at))
        }
        _ => super::words::since(&clock(verdict.since)),
    }
}

/// What makes sense of a state, and what there is besides.
type Facts = (Vec<String>, Vec<String>);

fn matched(snapshot: &Snapshot, verdict: &Verdict) -> Facts {
    let [within, confidence] = near(verdict.criteria);
    let needed = std::iter::once(within)
        .chain(sides::few_servers(snapshot))
        .collect();
    (
        needed,
        vec![confidence, super::words::answers(verdict.answers)],
    )
}

/// The last verdict of a segment, with all facts that still matter; `None` where there was none.
pub fn last_word(snapshot: &Snapshot, segment: &Segment) -> Option<String> {
    let verdict = segment.verdict.as_ref()?;
    if segment.ended_at.is_none() {
        return headline(snapshot).map(|headline| headline.long());
    }
    let mut facts = match verdict.state {
        VerdictState::Match => near(verdict.criteria).to_vec(),
        VerdictState::Mismatch => {
            let (facts, more) = of_mismatch(verdict, &snapshot.server_names());
            [facts, more].concat()
        }
        VerdictState::Blind => vec![words::before(verdict.standing)],
        VerdictState::Collecting | VerdictState::Propagating => {
            let why = inconclusive(verdict).map(no_verdict);
            std::iter::once(words::UNDECIDED.to_owned())
                .chain(why)
                .collect()
        }
    };
    if verdict.state != VerdictState::Mismatch {
        facts.push(super::words::answers(verdict.answers));
    }
    Some(Headline::new(verdict, &facts).long())
}

/// The evidence against the declared shares in words, where it is what counts; that of the end, and that of the alarm
/// where it was another.
pub fn evidence(verdict: &Verdict) -> Option<String> {
    let standing = stands(verdict);
    if standing.is_some_and(|mismatch| !mismatch.is_by_shares()) {
        return None;
    }
    let at_alarm = standing.map(|mismatch| mismatch.ln_evidence);
    (verdict.answers > 0)
        .then(|| verdict::evidence(verdict.ln_evidence, at_alarm, verdict.criteria))
}

/// A mismatch with the evidence of now in the place of that of the alarm.
fn by_now(mismatch: &Mismatch, verdict: &Verdict) -> Mismatch {
    Mismatch {
        ln_evidence: verdict.ln_evidence,
        ..mismatch.clone()
    }
}

/// Why the verdict of the segment in force is what it is: the name of the rule, and the sentences.
pub fn told(snapshot: &Snapshot) -> Option<(&'static str, Explained)> {
    let explanation = snapshot.explanation.as_ref()?;
    let names: Vec<String> = snapshot.servers.iter().map(|it| it.name.clone()).collect();
    let mut told = verdict::explanation(explanation, &names, snapshot.uptime);
    if let Explanation::Mismatch(alarm, criteria) = explanation
        && let Some(of_now) = snapshot
            .current()
            .and_then(|segment| segment.verdict.as_ref())
    {
        let mismatch = by_now(alarm, of_now);
        told.because = verdict::mismatched(&mismatch, alarm.ln_evidence, *criteria, &names);
    }
    let told = Explained {
        because: visible(&told.because).into_owned(),
        change: visible(&told.change).into_owned(),
    };
    Some((explanation.as_str(), told))
}

/// What has to be said beside the verdict of a segment.
pub fn notes(snapshot: &Snapshot, segment: &Segment) -> Vec<String> {
    let names = snapshot.server_names();
    let shown: Vec<String> = names
        .iter()
        .map(|name| visible(name).into_owned())
        .collect();
    let Some(verdict) = &segment.verdict else {
        return Vec::new();
    };
    // What a mismatch or a suspicion is about is told with its own range, and one range of a set is enough.
    let is_told =
        stands(verdict).is_some_and(Mismatch::is_by_shares) || verdict.suspicion.is_some();
    let off = verdict.off.iter().filter(|_| !is_told).map(|off| {
        let server = off.server.and_then(|server| names.get(server.get()));
        verdict::off_exactly(off, server.copied())
    });
    let notes = verdict.notes.iter();
    let notes = notes.map(|note| verdict::note(note, &shown));
    off.chain(notes)
        .map(|text| visible(&text).into_owned())
        .collect()
}

/// What the answers prove of the sets whose declared share is zero, and which of them were answered all the same.
pub fn absences(snapshot: &Snapshot, segment: &Segment) -> Vec<Remark> {
    let Some(verdict) = &segment.verdict else {
        return Vec::new();
    };
    let names = snapshot.server_names();
    let seen = verdict.sightings.iter().map(|seen| {
        let set = seen.set.as_deref().unwrap_or(&share::REMOVED_SET);
        let (server, last) = (
            super::words::name(&names, seen.last_server),
            format::clock(at(snapshot, seen.last_at)),
        );
        Remark::warning(share::seen(set, seen.answers, &last, server))
    });
    let proven = |set: &Set| verdict.absence(set.judged.as_ref()?);
    let labelled = (segment.sets.iter().any(|set| proven(set).is_some()))
        .then(|| facts::labelled(&segment.sets, SHORT_LABEL));
    let proven =
        (labelled.into_iter().flatten()).filter_map(|(label, set)| Some((label, proven(set)?)));
    let (mut labels, bounds): (Vec<String>, Vec<f64>) = proven.unzip();
    let more = labels.len().saturating_sub(SETS_LEFT_OUT);
    if more > 0 {
        labels.truncate(SETS_LEFT_OUT);
        labels.push(super::words::and_more(more));
    }
    // It depends on the number of answers alone, so it is the same for all of them.
    let at_most = bounds.into_iter().reduce(f64::max);
    let absent = at_most.map(|at_most| {
        let (at_most, confidence) = (
            format::at_most(at_most),
            format::percentage(verdict.criteria.confidence),
        );
        Remark::plain(share::absent(
            &labels.join(", "),
            verdict.answers,
            &at_most,
            &confidence,
        ))
    });
    let said = seen.chain(absent);
    said.map(|remark| Remark {
        text: visible(&remark.text).into_owned(),
        ..remark
    })
    .collect()
}

/// The named answers of a segment that are not counted, by set, and why they are not.
pub fn uncounted(segment: &Segment) -> Option<String> {
    let verdict = segment.verdict.as_ref()?;
    let labelled = facts::labelled(&segment.sets, SHORT_LABEL);
    let left_out = labelled.filter(|(_, set)| set.uncounted() > 0);
    let mut sets: Vec<String> = left_out
        .map(|(label, set)| share::left_out(&label, set.uncounted()))
        .collect();
    let more = sets.len().saturating_sub(SETS_LEFT_OUT);
    if more > 0 {
        sets.truncate(SETS_LEFT_OUT);
        sets.push(super::words::and_more(more));
    }
    let all = segment.uncounted();
    let passed_over = verdict.passed_over.min(all);
    let before = why_uncounted(verdict, segment.propagation.is_some());
    let sets = sets.join(", ");
    let told = if passed_over == all {
        share::uncounted(all, share::DEPENDENT.said(), &sets)
    } else if passed_over > 0 {
        let reasons = [
            (all - passed_over, before),
            (passed_over, share::DEPENDENT.said()),
        ];
        let [forgotten, dependent] = reasons.map(|(count, why)| share::because(count, why));
        share::uncounted_for(all, &forgotten, &dependent, &sets)
    } else {
        share::uncounted(all, before, &sets)
    };
    (all > 0).then_some(told)
}

/// Why what is not counted of a segment is not, unless it was passed over.
fn why_uncounted(verdict: &Verdict, is_change: bool) -> &'static str {
    if stands(verdict).is_some() {
        share::BEFORE_MISMATCH.said()
    } else if is_change && verdict.mismatch.is_none() {
        share::BEFORE_SWITCH.said()
    } else {
        share::COUNTED_ANEW.said()
    }
}

/// Whether the declared share lies outside the interval of the served one.
pub fn is_off(set: &Set) -> bool {
    let judged = set.judged.as_ref();
    judged.is_some_and(SetVerdict::excludes_declared)
}

/// The interval of the served share: `68.0-76.4`; nothing while there is no answer.
pub fn interval(set: &Set) -> String {
    let judged = set.judged.as_ref();
    let judged = judged.filter(|judged| judged.count > 0 || judged.high < 1.0);
    facts::or_nothing(judged, |judged| words::interval(judged.low, judged.high))
}

/// The confidence that the intervals of the segment in force hold with, in words.
pub fn interval_confidence(snapshot: &Snapshot) -> Option<String> {
    let verdict = snapshot.current()?.verdict.as_ref()?;
    Some(format::percentage(verdict.criteria.confidence))
}

/// The time on the wall of a time since the start of the run.
pub fn at(snapshot: &Snapshot, since_start: Duration) -> SystemTime {
    snapshot.started_at + since_start
}

/// The mismatch that stands, though nothing may be seen at the moment.
pub fn stands(verdict: &Verdict) -> Option<&Mismatch> {
    let stands = verdict.standing == VerdictState::Mismatch;
    verdict.mismatch.as_ref().filter(|_| stands)
}

fn near(criteria: Criteria) -> [String; 2] {
    [verdict::within(criteria), verdict::confidence(criteria)]
}

/// Why the declared shares cannot be judged.
pub fn inconclusive(verdict: &Verdict) -> Option<&Inconclusive> {
    let mut notes = verdict.notes.iter();
    notes.find_map(|note| match note {
        Note::Inconclusive(why) => Some(why),
        _ => None,
    })
}

fn no_verdict(why: &Inconclusive) -> String {
    visible(&verdict::inconclusive_in_short(why)).into_owned()
}

fn of_mismatch(verdict: &Verdict, names: &[&str]) -> Facts {
    let Some(alarm) = &verdict.mismatch else {
        return (Vec::new(), Vec::new());
    };
    let (mut needed, mut more) = (vec![what(&alarm.reason, names)], Vec::new());
    if let MismatchReason::UnknownAnswers(unknown) = &alarm.reason {
        let most = unknown.values.first().map(verdict::counted_value);
        needed.extend(most.map(|value| words::most_often(&value)));
    }
    if alarm.is_by_shares() {
        let mismatch = by_now(alarm, verdict);
        let farthest = mismatch.farthest.as_ref();
        let outside = farthest.filter(|set| set.excludes_declared());
        let chance = verdict::chances(mismatch.ln_evidence, Some(alarm.ln_evidence));
        more = vec![chance, super::words::answers(mismatch.answers)];
        // One number that makes sense of it.
        needed.push(outside.map_or_else(|| more.remove(0), words::instead_of));
    }
    let confirmed = if alarm.confirmed {
        words::CONFIRMED
    } else {
        words::NOT_CONFIRMED
    };
    more.push(confirmed.to_owned());
    (needed, more)
}

fn what(reason: &MismatchReason, names: &[&str]) -> String {
    let server = reason.server();
    let name = server.map_or("?", |server| super::words::name(names, server));
    match reason {
        MismatchReason::Share => words::SHARES_OFF.to_owned(),
        MismatchReason::ServerDiffers { .. } => words::server_differs(name),
        MismatchReason::StaleServer { .. } => words::server_stale(name),
        MismatchReason::ImpossibleAnswer { set, why, .. } => {
            verdict::impossible(name, set.as_deref(), *why)
        }
        MismatchReason::UndeclaredAnswer { .. } => words::undeclared(name),
        MismatchReason::UnknownAnswers(_) => words::UNKNOWN_ANSWERS.to_owned(),
    }
}

fn blind(snapshot: &Snapshot, verdict: &Verdict) -> Facts {
    let last = match snapshot.explanation {
        Some(Explanation::NoFreshAnswers { since, .. }) => since,
        _ => verdict.since,
    };
    let span = snapshot.uptime.saturating_sub(last);
    let more = vec![
        words::before(verdict.standing),
        super::words::answers(verdict.answers),
    ];
    (vec![words::silence(&format::span(span))], more)
}

fn propagating(snapshot: &Snapshot, segment: &Segment) -> Vec<String> {
    let of = |state| facts::servers_that_are(snapshot, state).join(", ");
    let change = segment.propagation.as_ref();
    let switched = change.map_or(0, |change| change.servers.iter().flatten().count());
    let mut facts = vec![words::switched(switched, snapshot.servers.len())];
    let stale = of(ServerState::Stale);
    if !stale.is_empty() {
        facts.push(words::stale(&stale));
    }
    facts
}

fn collecting(snapshot: &Snapshot, verdict: &Verdict) -> Facts {
    let names = &snapshot.server_names();
    let answers = super::words::answers(verdict.answers);
    let short = inconclusive(verdict).map(no_verdict);
    let first = match (&verdict.suspicion, &snapshot.explanation) {
        (Some(suspicion), _) => what(&suspicion.reason, names),
        _ if short.is_some() => short.unwrap_or_default(),
        (_, Some(Explanation::MatchWithheld { .. })) => words::WITHHELD.to_owned(),
        (_, Some(Explanation::NotServedSoFar { .. })) => words::NOT_SERVED.to_owned(),
        (_, Some(Explanation::TooFewServers { answering, servers })) => {
            words::servers(*answering, *servers)
        }
        (_, Some(Explanation::UnknownAnswers { unknown, .. })) => {
            super::words::unknown(unknown.unknown)
        }
        (_, Some(Explanation::ServerStale { servers, .. })) => {
            let stale = servers.iter().map(|&it| super::words::name(names, it));
            words::stale(&stale.collect::<Vec<_>>().join(", "))
        }
        (_, Some(Explanation::NoAnswerYet(_))) => words::NO_ANSWER.to_owned(),
        _ => return (vec![answers], Vec::new()),
    };
    (vec![first], vec![answers])
}

/// One moment of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// What happened.
    pub what: String,
    /// When; `None`: it has not.
    pub at: Option<Duration>,
    /// Whether it should worry.
    pub is_warning: bool,
}

/// How a change came through, in the order of the report: seen, first answer, each name server, the last, the match.
pub fn timeline(snapshot: &Snapshot, change: &Propagation) -> Vec<Moment> {
    let names = snapshot.server_names();
    let moment = |what: &str, at: Option<Duration>, is_warning: bool| Moment {
        what: what.to_owned(),
        at,
        is_warning,
    };
    let mut moments = vec![
        moment(&words::SEEN, Some(change.seen_at), false),
        moment(&words::FIRST_ANSWER, change.first_new_answer_at, false),
    ];
    for (place, name) in names.into_iter().enumerate() {
        let switched = change.servers.get(place).copied().flatten();
        moments.push(moment(name, switched, change.stale.contains(&place.into())));
    }
    moments.push(moment(&words::LAST_SERVER, change.last_server_at, false));
    moments.push(moment(&words::MATCHED, change.match_at, false));
    moments
}

/// How long the change took that began a segment: from when it was seen, or first answered, to the last name server.
pub fn took(segment: &Segment) -> Option<Duration> {
    let change = segment.propagation.as_ref()?;
    let first = change.first_new_answer_at.unwrap_or(change.seen_at);
    let last = change.last_server_at?;
    Some(last.saturating_sub(first.min(change.seen_at)))
}

/// The place of the name server that a mismatch, or the suspicion of one, is about.
pub fn differing_server(snapshot: &Snapshot) -> Option<ServerIndex> {
    let verdict = snapshot.current()?.verdict.as_ref()?;
    let suspected = verdict.suspicion.as_ref().map(|open| &open.reason);
    let stands = stands(verdict).map(|mismatch| &mismatch.reason);
    stands.or(suspected)?.server()
}

/// The state of a name server as it is shown: how long it has been silent, or a word. `differs`: a mismatch is about it.
pub fn server_state(server: &Server, differs: bool) -> String {
    let silent = server.is_silent();
    match (facts::server_state(server), server.state) {
        (Some(text), ServerState::Current) => text,
        (Some(text), _) if silent => text,
        (None, ServerState::Current) if server.last_answer_age.is_none() => {
            super::words::NOTHING.to_owned()
        }
        (None, ServerState::Current) if differs => words::DIFFERS.to_owned(),
        (_, state) => verdict::server(state).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::{Excluded, Off};
    use crate::views::samples;

    #[test]
    fn of_answers_that_are_not_counted_a_few_sets_are_named() {
        let mut snapshot = samples::hundred();
        let segment = snapshot.current_mut();
        assert_eq!(uncounted(segment), None);
        for set in segment.sets.iter_mut().take(7) {
            set.counted.count -= 2;
        }
        let text = uncounted(segment).expect("some");
        let begin = "+ 14 answers from before the counting began anew: shard-000 2, shard-001 2,";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.ends_with("shard-003 2, and 3 more"), "{text}");
    }

    #[test]
    fn answers_that_are_passed_over_are_told_apart_from_those_that_are_forgotten() {
        let mut snapshot = samples::hundred();
        let segment = snapshot.current_mut();
        segment.sets[0].counted.count -= 9;
        let mut told = |passed_over| {
            let verdict = segment.verdict.as_mut().expect("a verdict");
            verdict.notes = vec![Note::AnswersDepend { one_in: 3 }];
            verdict.passed_over = passed_over;
            uncounted(segment).expect("some")
        };
        assert_eq!(
            told(0),
            "+ 9 answers from before the counting began anew: shard-000 9"
        );
        assert_eq!(
            told(4),
            "+ 9 not counted (5 from before the counting began anew, 4 passed over, since answers depend on each other): shard-000 9"
        );
        assert_eq!(
            told(9),
            "+ 9 answers passed over, since answers depend on each other: shard-000 9"
        );
    }

    #[test]
    fn what_no_share_gave_has_no_chance_to_be_told() {
        let verdict = &samples::mismatch().segments[0].verdict;
        let mut verdict = verdict.clone().expect("one");
        assert!(evidence(&verdict).is_some());
        let mismatch = verdict.mismatch.as_mut().expect("it stands");
        mismatch.reason = MismatchReason::UnknownAnswers(verdict.unknown.clone());
        assert_eq!(evidence(&verdict), None);
        let (needed, more) = of_mismatch(&verdict, &[]);
        let facts = [needed, more].concat();
        assert!(
            !facts.iter().any(|fact| fact.contains("chance")),
            "{facts:?}"
        );
    }

    #[test]
    fn once_alarms_are_armed_nobody_says_that_they_will_be() {
        let mut snapshot = samples::propagating();
        let line = headline(&snapshot).expect("a verdict").line();
        assert!(line.contains("wait for ns-"), "{line}");
        assert!(line.contains("alarms are armed at"), "{line}");
        snapshot.explanation = Some(Explanation::LateServerUndecided {
            servers: vec![3.into()],
            until: snapshot.uptime + Duration::from_secs(30),
        });
        let line = headline(&snapshot).expect("a verdict").line();
        assert!(line.contains("decided at 12:35:26 at the latest"), "{line}");
        assert!(!line.contains("armed"), "{line}");
    }

    #[test]
    fn the_line_has_the_word_why_since_when_and_what_now() {
        let line = |snapshot: &Snapshot| headline(snapshot).expect("a verdict").line();
        let mut snapshot = samples::running();
        assert_eq!(
            line(&snapshot),
            "MATCH within 5 points, since 12:34:16; nothing to do"
        );
        let verdict = snapshot.segment_mut(0).verdict.as_mut().expect("one");
        verdict.answering = 3;
        let text = line(&snapshot);
        assert!(
            text.starts_with("MATCH within 5 points, 3 of 4 servers, since"),
            "{text}"
        );
        let text = line(&samples::suspected());
        assert!(
            text.contains("differs, mismatch since 12:34:55; confirming until 12:35:25"),
            "{text}"
        );
    }

    #[test]
    fn that_the_split_is_not_exact_gives_way_to_a_mismatch_or_a_suspicion_about_shares() {
        let is_told = |mut snapshot: Snapshot, reason: Option<MismatchReason>| {
            let segment = snapshot.current_mut();
            let verdict = segment.verdict.as_mut().expect("a verdict");
            verdict.off = Some(Off {
                since: Duration::ZERO,
                server: None,
                ln_evidence: 9.0,
                answers: 900,
                farthest: None,
            });
            if let (Some(mismatch), Some(reason)) = (&mut verdict.mismatch, reason) {
                mismatch.reason = reason;
            }
            let notes = notes(&snapshot, snapshot.current().expect("a segment"));
            notes.iter().any(|note| note.contains("not exactly"))
        };
        assert!(is_told(samples::running(), None));
        assert!(!is_told(samples::suspected(), None));
        assert!(!is_told(samples::shares_off(), None));
        let other = MismatchReason::ImpossibleAnswer {
            server: 0.into(),
            set: None,
            why: Excluded::Removed,
        };
        assert!(is_told(samples::shares_off(), Some(other)));
    }

    #[test]
    fn evidence_is_that_of_the_end_with_that_of_the_alarm_beside_it() {
        let mut snapshot = samples::shares_off();
        let segment = snapshot.segment_mut(0);
        let verdict = segment.verdict.as_mut().expect("one");
        verdict.ln_evidence = 20.0;
        verdict.mismatch.as_mut().expect("one").ln_evidence = 5.0;
        let mismatch = verdict.mismatch.clone().expect("one");
        snapshot.explanation = Some(Explanation::Mismatch(
            mismatch,
            snapshot.segments[0].verdict.as_ref().expect("one").criteria,
        ));
        let (_, told) = told(&snapshot).expect("a rule");
        assert_eq!(
            told.because,
            "By 1,234 answers over all name servers the declared shares are not served: green-33 lies between 46.3% and 55.7% instead of 28.0% (by chance 1 in 5e8, by chance 1 in 148 at the alarm, 1 in 100 is needed)."
        );
        let whole = headline(&snapshot).expect("a verdict").whole();
        assert!(
            whole.contains("by chance 1 in 5e8, by chance 1 in 148 at the alarm"),
            "{whole}"
        );
    }
}
