//! What every view says of a verdict: which facts, the most important first, and how a change came through.
//!
//! `words/headline.rs` and `words/verdict.rs` have the words, and each view finds the room.

use std::time::{Duration, SystemTime};

use crate::model::index::ServerIndex;
use crate::model::text::visible;
use crate::model::verdict::{
    Criteria, Explanation, Mismatch, MismatchReason, Note, Propagation, ServerState, SetVerdict,
    Verdict, VerdictState,
};
use crate::snapshot::{Segment, Server, Set, Snapshot};

use super::words::headline as words;
use super::words::share;
use super::words::verdict::{self, Explained};
use super::{facts, format};

/// So long a change that has come through is still shown.
const FRESH: Duration = Duration::from_mins(5);
/// So many sets are named of those that have answers which are not counted.
const SETS_LEFT_OUT: usize = 4;
/// The longest name of them.
const SHORT_LABEL: usize = 16;

/// A state and the facts behind it, the most important first.
#[derive(Clone, Debug, PartialEq)]
pub struct Headline {
    /// What is shown.
    pub state: VerdictState,
    /// What it rests on, in words.
    pub facts: Vec<String>,
    /// How many of the facts make sense of the state.
    pub needed: usize,
    /// How near and how sure is aimed at.
    criteria: Criteria,
}

impl Headline {
    /// That of a verdict, with its facts made safe to show.
    fn new(verdict: &Verdict, facts: &[String], needed: usize) -> Self {
        Self {
            state: verdict.state,
            facts: facts.iter().map(|it| visible(it).into_owned()).collect(),
            needed,
            criteria: verdict.criteria,
        }
    }

    /// The state with the facts that make sense of it.
    pub fn short(&self) -> String {
        words::headline(self.state, &self.facts[..self.needed.min(self.facts.len())])
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
    let names = snapshot.server_names();
    let since = super::words::since(&format::clock(at(snapshot, verdict.since)));
    let answers = super::words::answers(verdict.answers);
    let (facts, needed) = match verdict.state {
        VerdictState::Match => {
            let [within, confidence] = near(verdict.criteria);
            (vec![within, confidence, answers, since], 2)
        }
        VerdictState::Mismatch => {
            let mut facts = of_mismatch(verdict, &names);
            let needed = facts.len().min(1);
            facts.push(since);
            (facts, needed)
        }
        VerdictState::Blind => (blind(snapshot, verdict), 1),
        VerdictState::Propagating => {
            let is_stale = |server: &Server| server.state == ServerState::Stale;
            let is_stale = snapshot.servers.iter().any(is_stale);
            (propagating(snapshot, segment), 1 + usize::from(is_stale))
        }
        VerdictState::Collecting => {
            let facts = collecting(snapshot, verdict, &names);
            (facts, 1 + usize::from(verdict.suspicion.is_some()))
        }
    };
    Some(Headline::new(verdict, &facts, needed))
}

/// The last verdict of a segment, with all facts that still matter; `None` where there was none.
pub fn last_word(snapshot: &Snapshot, segment: &Segment) -> Option<String> {
    let verdict = segment.verdict.as_ref()?;
    if segment.ended_at.is_none() {
        return headline(snapshot).map(|headline| headline.long());
    }
    let mut facts = match verdict.state {
        VerdictState::Match => near(verdict.criteria).to_vec(),
        VerdictState::Mismatch => of_mismatch(verdict, &snapshot.server_names()),
        VerdictState::Blind => vec![words::before(verdict.standing)],
        VerdictState::Collecting | VerdictState::Propagating if is_inconclusive(verdict) => {
            vec![words::UNDECIDED.to_owned(), words::INCONCLUSIVE.to_owned()]
        }
        VerdictState::Collecting | VerdictState::Propagating => vec![words::UNDECIDED.to_owned()],
    };
    if verdict.state != VerdictState::Mismatch {
        facts.push(super::words::answers(verdict.answers));
    }
    Some(Headline::new(verdict, &facts, facts.len()).long())
}

/// The evidence against the declared shares in words, where it is what counts.
pub fn evidence(verdict: &Verdict) -> Option<String> {
    let standing = stands(verdict);
    if standing.is_some_and(|mismatch| !mismatch.is_by_shares()) {
        return None;
    }
    (verdict.answers > 0).then(|| verdict::evidence(verdict.ln_evidence, verdict.criteria))
}

/// Why the verdict of the segment in force is what it is: the name of the rule, and the sentences.
pub fn told(snapshot: &Snapshot) -> Option<(&'static str, Explained)> {
    let explanation = snapshot.explanation.as_ref()?;
    let names: Vec<String> = snapshot.servers.iter().map(|it| it.name.clone()).collect();
    let told = verdict::explanation(explanation, &names, snapshot.uptime);
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
    let off = verdict.off.iter().map(|off| {
        let server = off.server.and_then(|server| names.get(server.get()));
        verdict::off_exactly(off, server.copied())
    });
    let notes = verdict.notes.iter();
    let notes = notes.map(|note| verdict::note(note, &shown));
    off.chain(notes)
        .map(|text| visible(&text).into_owned())
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
    let why = why_uncounted(verdict, segment.propagation.is_some());
    (!sets.is_empty()).then(|| share::uncounted(segment.uncounted(), why, &sets.join(", ")))
}

fn why_uncounted(verdict: &Verdict, is_change: bool) -> &'static str {
    let mut notes = verdict.notes.iter();
    if notes.any(|note| matches!(note, Note::AnswersDepend { .. })) {
        share::DEPENDENT
    } else if stands(verdict).is_some() {
        share::BEFORE_MISMATCH
    } else if is_change && verdict.mismatch.is_none() {
        share::BEFORE_SWITCH
    } else {
        share::COUNTED_ANEW
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

fn is_inconclusive(verdict: &Verdict) -> bool {
    let mut notes = verdict.notes.iter();
    notes.any(|note| matches!(note, Note::Inconclusive(_)))
}

fn to_go(verdict: &Verdict) -> String {
    verdict.to_go.answers.map_or_else(
        || words::OUT_OF_REACH.to_owned(),
        |answers| words::to_go(answers, verdict.to_go.seconds),
    )
}

fn of_mismatch(verdict: &Verdict, names: &[&str]) -> Vec<String> {
    let Some(mismatch) = &verdict.mismatch else {
        return Vec::new();
    };
    let mut facts = vec![what(&mismatch.reason, names)];
    if mismatch.is_by_shares() {
        let farthest = mismatch.farthest.as_ref();
        let outside = farthest.filter(|set| set.excludes_declared());
        facts.extend(outside.map(words::instead_of));
        facts.push(super::words::answers(mismatch.answers));
        facts.push(verdict::chance(mismatch.ln_evidence));
    }
    let confirmed = if mismatch.confirmed {
        words::CONFIRMED
    } else {
        words::NOT_CONFIRMED
    };
    facts.push(confirmed.to_owned());
    facts
}

fn what(reason: &MismatchReason, names: &[&str]) -> String {
    let server = reason.server();
    let name = server.map_or("?", |server| super::words::name(names, server));
    match reason {
        MismatchReason::Share => words::SHARES_OFF.to_owned(),
        MismatchReason::ServerDiffers { .. } => words::server_differs(name),
        MismatchReason::StaleServer { .. } => words::server_stale(name),
        MismatchReason::ImpossibleAnswer { set, .. } => words::impossible(name, set.as_deref()),
        MismatchReason::UndeclaredAnswer { .. } => words::undeclared(name),
        MismatchReason::UnknownAnswers(_) => words::UNKNOWN_ANSWERS.to_owned(),
    }
}

fn blind(snapshot: &Snapshot, verdict: &Verdict) -> Vec<String> {
    let last = match snapshot.explanation {
        Some(Explanation::NoFreshAnswers { since, .. }) => since,
        _ => verdict.since,
    };
    let span = snapshot.uptime.saturating_sub(last);
    vec![
        words::silence(&format::span(span)),
        words::before(verdict.standing),
        super::words::answers(verdict.answers),
    ]
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
    let waiting = of(ServerState::Propagating);
    if waiting.is_empty() {
        return facts;
    }
    match snapshot.explanation {
        // Alarms are armed then, and what is waited for is a decision.
        Some(Explanation::LateServerUndecided { .. }) => {
            facts.push(words::undecided_server(&waiting));
        }
        Some(Explanation::ServersPropagating { until, .. }) if until > snapshot.uptime => {
            let left = format::span(until.saturating_sub(snapshot.uptime));
            facts.push(words::waiting_for(&waiting));
            facts.push(words::armed_in(&left));
        }
        _ => facts.push(words::waiting_for(&waiting)),
    }
    facts
}

fn collecting(snapshot: &Snapshot, verdict: &Verdict, names: &[&str]) -> Vec<String> {
    let answers = super::words::answers(verdict.answers);
    if let Some(suspicion) = &verdict.suspicion {
        let what = what(&suspicion.reason, names);
        return vec![what, words::READING_AGAIN.to_owned(), answers];
    }
    if is_inconclusive(verdict) {
        return vec![words::INCONCLUSIVE.to_owned(), answers];
    }
    let first = match &snapshot.explanation {
        Some(Explanation::MatchWithheld { .. }) => words::WITHHELD.to_owned(),
        Some(Explanation::ServerStale { servers, .. }) => {
            let stale = servers.iter().map(|&it| super::words::name(names, it));
            words::stale(&stale.collect::<Vec<_>>().join(", "))
        }
        Some(Explanation::NoAnswerYet(to_go)) if to_go.answers.is_none() => {
            return vec![words::NO_ANSWER.to_owned()];
        }
        _ => to_go(verdict),
    };
    vec![first, answers]
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
        moment(words::SEEN, Some(change.seen_at), false),
        moment(words::FIRST_ANSWER, change.first_new_answer_at, false),
    ];
    for (place, name) in names.into_iter().enumerate() {
        let switched = change.servers.get(place).copied().flatten();
        moments.push(moment(name, switched, change.stale.contains(&place.into())));
    }
    moments.push(moment(words::LAST_SERVER, change.last_server_at, false));
    moments.push(moment(words::MATCHED, change.match_at, false));
    moments
}

/// The newest change while it is under way, and a while after.
pub fn fresh_change(snapshot: &Snapshot) -> Option<&Propagation> {
    let segment = snapshot.current()?;
    let change = segment.propagation.as_ref()?;
    let state = segment.verdict.as_ref().map(|verdict| verdict.state);
    let is_open = change.last_server_at.is_none() || state == Some(VerdictState::Propagating);
    let newest = change.match_at.max(change.last_server_at);
    let newest = newest.unwrap_or(change.seen_at);
    (is_open || snapshot.uptime.saturating_sub(newest) < FRESH).then_some(change)
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
    use crate::views::samples;

    #[test]
    fn of_answers_that_are_not_counted_a_few_sets_are_named() {
        let mut segment = samples::hundred().segments.remove(0);
        assert_eq!(uncounted(&segment), None);
        for set in segment.sets.iter_mut().take(7) {
            set.counted.count -= 2;
        }
        let text = uncounted(&segment).expect("some");
        let begin = "+ 14 answers from before the counting began anew: shard-000 2, shard-001 2,";
        assert!(text.starts_with(begin), "{text}");
        assert!(text.ends_with("shard-003 2, and 3 more"), "{text}");
    }

    #[test]
    fn what_no_share_gave_has_no_chance_to_be_told() {
        let mut verdict = samples::mismatch().segments.remove(0).verdict.expect("one");
        assert!(evidence(&verdict).is_some());
        let mismatch = verdict.mismatch.as_mut().expect("it stands");
        mismatch.reason = MismatchReason::UnknownAnswers(verdict.unknown);
        assert_eq!(evidence(&verdict), None);
        let facts = of_mismatch(&verdict, &[]);
        assert!(
            !facts.iter().any(|fact| fact.contains("chance")),
            "{facts:?}"
        );
    }

    #[test]
    fn once_alarms_are_armed_nobody_says_that_they_will_be() {
        let mut snapshot = samples::propagating();
        let line = headline(&snapshot).expect("a verdict").long();
        assert!(line.contains("waiting for ns-"), "{line}");
        assert!(line.contains("alarms armed in"), "{line}");
        snapshot.explanation = Some(Explanation::LateServerUndecided {
            servers: vec![3.into()],
            until: snapshot.uptime + Duration::from_secs(30),
        });
        let line = headline(&snapshot).expect("a verdict").long();
        assert!(line.contains("not decided whether ns-"), "{line}");
        assert!(!line.contains("armed"), "{line}");
    }
}
