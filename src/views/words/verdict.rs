//! A verdict in words: its name, the rule that gave it with its numbers, and what would change it.

use std::time::Duration;

use crate::model::answer::AnswerValue;
use crate::model::health::ChecksRead;
use crate::model::index::ServerIndex;
use crate::model::verdict::{
    Criteria, Excluded, Explanation, Inconclusive, Mismatch, MismatchReason, Note, Off,
    ServerState, SetVerdict, ToGo, Unknown, VerdictState,
};
use crate::views::{format, words};

/// An explanation in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The rule with its numbers.
    pub because: String,
    /// What would change the verdict.
    pub change: String,
}

/// The state where it stands alone.
pub fn state(state: VerdictState) -> &'static str {
    match state {
        VerdictState::Collecting => "collecting",
        VerdictState::Propagating => "propagating",
        VerdictState::Match => "MATCH",
        VerdictState::Mismatch => "MISMATCH",
        VerdictState::Blind => "BLIND",
    }
}

/// The state of a name server.
pub fn server(state: ServerState) -> &'static str {
    state.as_str()
}

/// What has to be said beside a verdict.
pub fn note(note: &Note, servers: &[String]) -> String {
    match note {
        Note::Inconclusive(why) => format!("no verdict: {}", inconclusive(why)),
        Note::NotConfirmed => "the configuration could not be read again to confirm this".into(),
        Note::AnswersDepend { one_in } => {
            format!("answers depend on each other: one in {one_in} is counted")
        }
        Note::BlamedServerSilent { server } => {
            format!("{} was off and is silent now", names(&[*server], servers))
        }
        Note::AnswersLost(lost) => format!("{} answers were not judged", format::count(*lost)),
        Note::Unnamed { unnamed, answers } => format!(
            "{} of {} answers could not be assigned to one set",
            format::count(*unnamed),
            format::count(*answers)
        ),
        Note::ServersDiffer => "the name servers differ from each other".into(),
    }
}

/// How near every share is, in percentage points.
pub fn within(criteria: Criteria) -> String {
    let tolerance = format::number(criteria.tolerance * 100.0);
    format!("within {tolerance} points")
}

/// How sure that is.
pub fn confidence(criteria: Criteria) -> String {
    format!("{} confidence", format::percentage(criteria.confidence))
}

/// Why nothing can be said about the declared shares.
pub fn inconclusive(why: &Inconclusive) -> String {
    match why {
        Inconclusive::AllZeroSomeUnhealthy => {
            "the declared shares are not certain (all weights are zero and some sets are unhealthy, and AWS does not document what happens then)".into()
        }
        Inconclusive::LookAlike { one, two, more_pairs } => {
            let more = match more_pairs {
                0 => String::new(),
                more => format!(", and so can {more} more pairs"),
            };
            format!("the declared shares are not certain ({one} and {two} can give the same answers{more}, which are then counted for neither)")
        }
        Inconclusive::HealthNotRead(_) => format!(
            "{}; the declared shares depend on the rest",
            inconclusive_in_short(why)
        ),
        Inconclusive::HealthNotKnown { set, more_sets, why } => {
            let (sets, are) = match more_sets {
                0 => (set.clone(), "is"),
                more => (format!("{set} {}", words::and_more(*more)), "are"),
            };
            format!(
                "the answers do not fit the declared shares, but they do if {sets} {are} unhealthy, and whether {set} is cannot be told: {}",
                why.reason()
            )
        }
        Inconclusive::Replaced { .. } => format!(
            "{}; answers are counted by what they hold",
            inconclusive_in_short(why)
        ),
    }
}

/// Why the declared shares cannot be judged, in as few words as do.
pub fn inconclusive_in_short(why: &Inconclusive) -> String {
    match why {
        Inconclusive::AllZeroSomeUnhealthy | Inconclusive::LookAlike { .. } => {
            "no verdict: declared shares not certain".to_owned()
        }
        Inconclusive::HealthNotRead(ChecksRead { read, all }) => {
            format!("health not read yet: {read} of {all}")
        }
        Inconclusive::HealthNotKnown {
            set, more_sets: 0, ..
        } => format!("no verdict: fits {set} being unhealthy, which cannot be read"),
        Inconclusive::HealthNotKnown { set, more_sets, .. } => format!(
            "no verdict: fits {set} {} being unhealthy, which cannot be read",
            words::and_more(*more_sets)
        ),
        Inconclusive::Replaced { found, since } => format!(
            "no longer weighted since {}: the zone has {}",
            format::clock(*since),
            words::or_nothing_there(found)
        ),
    }
}

/// Why the verdict is what it is, at this time since the start of the run; servers by their names.
pub fn explanation(explanation: &Explanation, servers: &[String], now: Duration) -> Explained {
    Explained {
        because: because(explanation, servers, now),
        change: change(explanation, now),
    }
}

fn because(explanation: &Explanation, servers: &[String], now: Duration) -> String {
    let ago = |since: &Duration| format::span(now.saturating_sub(*since));
    match explanation {
        Explanation::NoAnswerYet(_) => "No named answer has been counted yet.".into(),
        Explanation::Inconclusive(why) => format!("No verdict: {}.", inconclusive(why)),
        Explanation::NotEnoughAnswers {
            answers,
            ln_evidence,
            criteria,
            ..
        } => format!(
            "{} prove neither that every share is {} nor that one is off ({}).",
            words::answers(*answers),
            within(*criteria),
            evidence(*ln_evidence, None, *criteria)
        ),
        Explanation::MatchWithheld { answers, since, .. } => format!(
            "{} would do for a match, but an answer that has no share came {} ago.",
            words::answers(*answers),
            ago(since)
        ),
        Explanation::ServersPropagating {
            servers: places,
            since,
            ..
        } => format!(
            "The shares changed {} ago, and {} not shown the new ones yet.",
            ago(since),
            have(places, servers)
        ),
        Explanation::LateServerUndecided {
            servers: places, ..
        } => format!(
            "The time for the change is up, and it is not decided yet whether {} switched.",
            have(places, servers)
        ),
        Explanation::ServerStale {
            servers: places,
            since,
        } => format!(
            "{} still {} the shares of before, {} after the change.",
            names(places, servers),
            if places.len() == 1 { "serves" } else { "serve" },
            ago(since)
        ),
        Explanation::AwaitingConfirmation {
            farthest, since, ..
        } => format!(
            "Something does not fit the declared shares{}; the configuration is being read once more, for {} now.",
            off(farthest.as_ref()),
            ago(since)
        ),
        Explanation::WithinTolerance { answers, criteria } => format!(
            "{} showed every share {} of the declared one, with {}.",
            words::answers(*answers),
            within(*criteria),
            confidence(*criteria)
        ),
        Explanation::Mismatch(mismatch, criteria) => {
            mismatched(mismatch, mismatch.ln_evidence, *criteria, servers)
        }
        Explanation::NotServedSoFar { since, .. } => format!(
            "What is declared is not served so far: what does not fit came {} ago for the first time. A change made within the last minute looks like this.",
            ago(since)
        ),
        Explanation::TooFewServers { answering, servers } => {
            format!("Only {answering} of {servers} name servers give answers that name a set.")
        }
        Explanation::UnknownAnswers { unknown, max } => format!(
            "{} of {} no set can have given{}: between {} and {} of all, and a match may have {}.",
            format::count(unknown.unknown),
            words::answers(unknown.answers),
            frequent(unknown, MOST_OFTEN),
            format::percent(unknown.low),
            format::percent(unknown.high),
            format::percent(*max)
        ),
        Explanation::NoFreshAnswers { since, unnamed: 0 } => {
            format!("No usable answer has come for {}.", ago(since))
        }
        Explanation::NoFreshAnswers { since, unnamed } => format!(
            "For {} no answer could be assigned to a set; {} came.",
            ago(since),
            format::count(*unnamed)
        ),
    }
}

/// Why it is a mismatch, with what is known of it by now, and the evidence at the alarm where that was another.
pub fn mismatched(
    mismatch: &Mismatch,
    at_alarm: f64,
    criteria: Criteria,
    servers: &[String],
) -> String {
    let answers = words::answers(mismatch.answers);
    let off = off(mismatch.farthest.as_ref());
    let evidence = evidence(mismatch.ln_evidence, Some(at_alarm), criteria);
    let name = |server: &ServerIndex| names(&[*server], servers);
    match &mismatch.reason {
        MismatchReason::Share => format!(
            "By {answers} over all name servers the declared shares are not served{off} ({evidence})."
        ),
        MismatchReason::ServerDiffers { server } => format!(
            "By {answers} {} does not serve the declared shares{off} ({evidence}).",
            name(server)
        ),
        MismatchReason::StaleServer { server } => {
            format!("{} still serves the shares of before{off}.", name(server))
        }
        MismatchReason::ImpossibleAnswer { server, set, why } => {
            let cause = match why {
                Excluded::NoShare => {
                    ", or a set that stands in because all others fail their health checks"
                }
                Excluded::Replaced | Excluded::Removed => "",
            };
            format!(
                "{}: a stale server{cause}.",
                impossible(&name(server), set.as_deref(), *why)
            )
        }
        MismatchReason::UndeclaredAnswer { server } => format!(
            "{} gave an answer that no set declares: a stale server, a change made by somebody else, or answers that are changed on the way.",
            name(server)
        ),
        MismatchReason::UnknownAnswers(of) => format!("Of all answers {}.", unknown(of)),
    }
}

/// An answer that the declared shares exclude, and why they do.
pub fn impossible(server: &str, set: Option<&str>, why: Excluded) -> String {
    match (set, why) {
        (Some(set), Excluded::NoShare) => format!("{server} answered {set}, which has the share 0"),
        (Some(set), Excluded::Replaced) => {
            format!("{server} answered a value of {set} that was replaced")
        }
        (Some(set), Excluded::Removed) => format!("{server} answered {set}, which was removed"),
        (None, _) => format!("{server} answered a set that was removed"),
    }
}

/// How many answers no set can have given, and what they say most.
pub fn unknown(unknown: &Unknown) -> String {
    format!(
        "between {} and {} are such that no set can have given ({} of {}{})",
        format::percent(unknown.low),
        format::percent(unknown.high),
        format::count(unknown.unknown),
        format::count(unknown.answers),
        frequent(unknown, MOST_OFTEN)
    )
}

/// Before what unknown answers say most.
const MOST_OFTEN: &str = ", most often ";

/// What unknown answers say most, with how often, after some words; nothing where it is not known.
fn frequent(unknown: &Unknown, before: &str) -> String {
    let values = unknown.values.iter();
    let values: Vec<String> = values.map(counted_value).collect();
    if values.is_empty() {
        return String::new();
    }
    format!("{before}{}", values.join(", "))
}

/// A value, with in how many answers it came: `192.0.2.9 (7)`.
pub fn counted_value((value, count): &(AnswerValue, u64)) -> String {
    format!("{value} ({})", format::count(*count))
}

/// That the split is not exactly the declared one, over all name servers or of the one with this name.
pub fn off_exactly(of: &Off, server: Option<&str>) -> String {
    let place = server.map_or_else(String::new, |name| format!("at {name} "));
    format!(
        "{place}not exactly the declared split{} ({} by {})",
        off(of.farthest.as_ref()),
        chance(of.ln_evidence),
        words::answers(of.answers)
    )
}

fn change(explanation: &Explanation, now: Duration) -> String {
    let left = |until: &Duration| format::span(until.saturating_sub(now));
    match explanation {
        Explanation::MatchWithheld { until, .. } => {
            let left = left(until);
            format!("A match in {left}, unless another such answer comes.")
        }
        Explanation::NoAnswerYet(still) | Explanation::NotEnoughAnswers { to_go: still, .. } => {
            to_go(*still)
        }
        Explanation::Inconclusive(why) => what_would_do(why).into(),
        Explanation::ServersPropagating { until, .. } => format!(
            "Answers of these servers with the new shares; alarms are armed in {}.",
            left(until)
        ),
        Explanation::LateServerUndecided { until, .. } => format!(
            "More answers of these servers; it is waited for at most {}.",
            left(until)
        ),
        Explanation::AwaitingConfirmation { until, .. } => format!(
            "The same shares read again make it a mismatch, other shares a new segment; if the API gives no answer it is a mismatch too, in {}.",
            left(until)
        ),
        Explanation::WithinTolerance { criteria, .. } => format!(
            "Evidence of 1 in {} against the declared shares, a set with the share 0 answering, or a new configuration.",
            one_in(criteria.ln_limit())
        ),
        Explanation::ServerStale { .. }
        | Explanation::Mismatch(
            Mismatch {
                reason: MismatchReason::StaleServer { .. },
                ..
            },
            _,
        ) => "A match needs this server to switch, and counts anew from then on.".into(),
        Explanation::NotServedSoFar { until, .. } => until.as_ref().map_or_else(
            || "If it lasts it is a mismatch, a minute after the change is in sync.".into(),
            |until| format!("If it lasts it is a mismatch, in {}.", left(until)),
        ),
        Explanation::TooFewServers { .. } => {
            "A match needs named answers of half of the name servers at least.".into()
        }
        Explanation::UnknownAnswers { .. } => {
            "Fewer such answers; with more of them it is a mismatch.".into()
        }
        Explanation::Mismatch(..) => {
            "A match on answers counted after the mismatch, or a new configuration.".into()
        }
        Explanation::NoFreshAnswers { .. } => "The next answer that names a set.".into(),
    }
}

/// What would bring a verdict where the shares are not certain.
fn what_would_do(why: &Inconclusive) -> &'static str {
    match why {
        Inconclusive::AllZeroSomeUnhealthy | Inconclusive::LookAlike { .. } => {
            "A declaration whose shares are certain."
        }
        Inconclusive::HealthNotRead(_) => {
            "The health checks that are left; Route 53 is asked no more than once a second."
        }
        Inconclusive::HealthNotKnown { .. } => {
            "Answers of such a set, answers that do not fit this either, or a status of its check."
        }
        Inconclusive::Replaced { .. } => "Weighted record sets of this name and type.",
    }
}

fn to_go(still: ToGo) -> String {
    let Some(answers) = still.answers else {
        return "More answers than can be waited for, or a larger tolerance.".into();
    };
    let (answers, time) = (
        format::count(answers),
        in_brackets(still.seconds, format::span),
    );
    format!("About {answers} more answers{time} for a match, if DNS serves what is declared.")
}

/// A time behind a number of answers; nothing where nobody would wait for it.
fn in_brackets(seconds: Option<f64>, in_words: fn(Duration) -> String) -> String {
    let seconds = seconds.filter(|seconds| *seconds < 1e9);
    seconds.map_or_else(String::new, |seconds| {
        format!(" ({})", in_words(Duration::from_secs_f64(seconds)))
    })
}

/// Smaller p-values than this are not told apart.
pub const LEAST_P: f64 = 1e-12;

/// The p-value that belongs to evidence; nothing where it is too small to be told apart: then the evidence has to do.
pub fn p_value(ln_evidence: f64) -> Option<f64> {
    let p_value = (-ln_evidence).exp().min(1.0);
    (p_value >= LEAST_P).then_some(p_value)
}

/// The odds that evidence stands for, as the n of "1 in n".
fn one_in(ln_evidence: f64) -> String {
    let odds = ln_evidence.exp();
    if odds < 1e6 {
        format::whole(odds)
    } else {
        format!("{odds:.0e}")
    }
}

/// How improbable what was seen is if the declared shares are served, at the alarm too, and what is needed for a mismatch.
pub fn evidence(ln_evidence: f64, at_alarm: Option<f64>, criteria: Criteria) -> String {
    if at_alarm.is_none() && chance_worth_telling(ln_evidence).is_none() {
        return NOTHING_AGAINST.into();
    }
    let (chances, needed) = (chances(ln_evidence, at_alarm), one_in(criteria.ln_limit()));
    format!("{chances}, 1 in {needed} is needed")
}

/// What there is to say without evidence.
const NOTHING_AGAINST: &str = "nothing speaks against the declared shares";

/// Less is not worth a word: ln of odds of 3 to 2.
const LEAST_LN: f64 = 0.405_465_108_108_164_4;

/// How improbable what was seen is if the declared shares are served, and how improbable it was at the alarm where that
/// is another number.
pub fn chances(ln_evidence: f64, at_alarm: Option<f64>) -> String {
    let now = chance(ln_evidence);
    let then = at_alarm.map(chance).filter(|then| *then != now);
    let then = then.map_or_else(String::new, |then| format!(", {then} at the alarm"));
    format!("{now}{then}")
}

/// The same where it would not be told as 1 in 1 or less.
pub fn chance_worth_telling(ln_evidence: f64) -> Option<String> {
    (ln_evidence >= LEAST_LN).then(|| chance(ln_evidence))
}

/// How improbable what was seen is if the declared shares are served.
pub fn chance(ln_evidence: f64) -> String {
    if ln_evidence > -LEAST_P.ln() {
        "by chance less than 1 in 10^12".into()
    } else if ln_evidence < LEAST_LN {
        NOTHING_AGAINST.into()
    } else {
        format!("by chance 1 in {}", one_in(ln_evidence))
    }
}

/// Where the share of a set lies instead of where it should, behind a sentence; nothing without a set, nor where that is
/// not known: then the evidence has to do.
pub fn off(set: Option<&SetVerdict>) -> String {
    let Some(set) = set.filter(|set| set.excludes_declared()) else {
        return String::new();
    };
    let [low, high, declared] = [set.low, set.high, set.declared].map(format::percent);
    let set = &set.identifier;
    format!(": {set} lies between {low} and {high} instead of {declared}")
}

fn names(places: &[ServerIndex], servers: &[String]) -> String {
    let names = places.iter().filter_map(|place| servers.get(place.get()));
    match &names.map(String::as_str).collect::<Vec<_>>()[..] {
        [] => "a name server".into(),
        [only] => (*only).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn have(places: &[ServerIndex], servers: &[String]) -> String {
    let verb = if places.len() > 1 { "have" } else { "has" };
    format!("{} {verb}", names(places, servers))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    fn tell(explanation: &super::Explanation) -> Explained {
        let servers = ["ns-1", "ns-2", "ns-3"].map(str::to_owned);
        super::explanation(explanation, &servers, Duration::from_secs(110))
    }

    #[test]
    fn every_rule_has_whole_sentences() {
        for explanation in samples::explanations() {
            let told = tell(&explanation);
            for text in [told.because, told.change] {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
            }
        }
    }

    #[test]
    fn no_share_is_told_to_lie_around_the_declared_one() {
        let told = |low, high| {
            let declared = 0.1;
            let (identifier, count) = ("green".to_owned(), 12);
            off(Some(&SetVerdict {
                identifier,
                declared,
                count,
                low,
                high,
            }))
        };
        assert_eq!(told(0.05, 0.2), "");
        // As it is told, 10.0 to 20.0, it would not exclude 10.0.
        assert_eq!(told(0.100_4, 0.2), "");
        assert_eq!(
            told(0.100_6, 0.2),
            ": green lies between 10.1% and 20.0% instead of 10.0%"
        );
    }

    #[test]
    fn an_excluded_answer_is_told_with_why_it_is_one() {
        let told = |set, why| impossible("ns-1", set, why);
        assert_eq!(
            told(Some("green"), Excluded::NoShare),
            "ns-1 answered green, which has the share 0"
        );
        assert_eq!(
            told(Some("green"), Excluded::Replaced),
            "ns-1 answered a value of green that was replaced"
        );
        for set in [Some("green"), None] {
            let text = told(set, Excluded::Removed);
            assert!(text.ends_with(" removed"), "{text}");
        }
    }

    #[test]
    fn unknown_answers_are_told_with_what_they_say() {
        let mut of = Unknown {
            unknown: 10,
            answers: 1_100,
            low: 0.031,
            high: 0.17,
            values: Vec::new(),
        };
        let nothing = "between 3.1% and 17.0% are such that no set can have given (10 of 1,100)";
        assert_eq!(unknown(&of), nothing);
        let address = |last| AnswerValue::Address([203, 0, 113, last].into());
        of.values = vec![(address(9), 7), (AnswerValue::Nodata, 3)];
        let most = "most often 203.0.113.9 (7), no data (3)";
        assert_eq!(
            unknown(&of),
            nothing.replace("1,100)", &format!("1,100, {most})"))
        );
        let (unknown, max) = (of, 0.05);
        let told = tell(&Explanation::UnknownAnswers { unknown, max });
        assert_eq!(
            told.because,
            format!(
                "10 of 1,100 answers no set can have given, {most}: between 3.1% and 17.0% of all, and a match may have 5.0%."
            )
        );
    }

    #[test]
    fn the_numbers_are_in_the_sentences() {
        let criteria = Criteria {
            tolerance: 0.05,
            confidence: 0.99,
        };
        let told = tell(&Explanation::NotEnoughAnswers {
            answers: 1_234,
            ln_evidence: 2.0,
            criteria,
            to_go: ToGo {
                answers: Some(443),
                seconds: Some(44.3),
                about: Some(44.3),
            },
        });
        assert_eq!(
            told.because,
            "1,234 answers prove neither that every share is within 5 points nor that one is off (by chance 1 in 7, 1 in 100 is needed)."
        );
        assert!(
            told.change.starts_with("About 443 more answers ("),
            "{}",
            told.change
        );
        let told = tell(&Explanation::ServersPropagating {
            servers: vec![1.into(), 2.into()],
            since: Duration::from_secs(100),
            until: Duration::from_secs(190),
        });
        assert_eq!(
            told.because,
            "The shares changed 10s ago, and ns-2 and ns-3 have not shown the new ones yet."
        );
        let told = tell(&Explanation::WithinTolerance {
            answers: 1_234,
            criteria,
        });
        assert_eq!(
            told.because,
            "1,234 answers showed every share within 5 points of the declared one, with 99% confidence."
        );
        let off = Mismatch {
            reason: MismatchReason::ServerDiffers { server: 0.into() },
            at: Duration::from_secs(100),
            confirmed: true,
            impossible: false,
            ln_evidence: 50.0,
            p_value: (-50_f64).exp(),
            answers: 1_234,
            from: Duration::from_secs(50),
            farthest: Some(SetVerdict {
                identifier: "green".into(),
                declared: 0.1,
                count: 250,
                low: 0.2,
                high: 0.3,
            }),
        };
        assert_eq!(
            tell(&Explanation::Mismatch(off, criteria)).because,
            "By 1,234 answers ns-1 does not serve the declared shares: green lies between 20.0% and 30.0% instead of 10.0% (by chance less than 1 in 10^12, 1 in 100 is needed)."
        );
    }
}
