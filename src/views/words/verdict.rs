//! A verdict in words: its name, the rule that gave it with its numbers, and what would change it.

use std::time::Duration;

use crate::model::verdict::{
    Explanation, Note, Numbers, Rule, ServerState, SetVerdict, VerdictState,
};
use crate::views::format;

/// An explanation in sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
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
pub fn note(note: &Note) -> String {
    match note {
        Note::Uncertain(why) => format!("no verdict: the declared shares are not certain ({why})"),
        Note::NotConfirmed => "the configuration could not be read again to confirm this".into(),
        Note::AnswersDepend => {
            "answers depend on the ones before them: the confidence is overstated".into()
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

/// Why the verdict is what it is, at this time since the start of the run; servers by their names.
pub fn explanation(explanation: &Explanation, servers: &[String], now: Duration) -> Told {
    let numbers = &explanation.numbers;
    Told {
        because: because(explanation.rule, numbers, servers, now),
        change: change(explanation.rule, numbers, now),
    }
}

fn because(rule: Rule, numbers: &Numbers, servers: &[String], now: Duration) -> String {
    let names = names(&numbers.servers, servers);
    let answers = answers(numbers.answers);
    let since = since(numbers, now);
    let off = off(numbers);
    match rule {
        Rule::NoAnswerYet => "No named answer has been counted yet.".into(),
        Rule::SharesUncertain => {
            let why = numbers.why.as_deref().unwrap_or("unknown");
            format!("The declared shares are not certain: {why}.")
        }
        Rule::NotEnoughAnswers => format!(
            "{answers} prove neither that every share is within {} nor that one is off ({}).",
            points(numbers.tolerance),
            evidence(numbers.ln_evidence, numbers.ln_limit)
        ),
        Rule::MatchWithheld => format!(
            "{answers} would do for a match, but a set with the share 0 was answered {since} ago."
        ),
        Rule::ServersPropagating => format!(
            "The shares changed {since} ago, and {names} not shown the new ones yet.",
            names = has(&names, numbers.servers.len())
        ),
        Rule::LateServerUndecided => format!(
            "The time for the change is up, and it is not decided yet whether {} switched.",
            has(&names, numbers.servers.len())
        ),
        Rule::ServerStale => {
            let verb = if numbers.servers.len() == 1 {
                "serves"
            } else {
                "serve"
            };
            format!("{names} still {verb} the shares of before, {since} after the change.")
        }
        Rule::AwaitingConfirmation => format!(
            "Something does not fit the declared shares{off}; the configuration is being read once more, for {since} now."
        ),
        Rule::WithinTolerance => format!(
            "{answers} showed every share within {} of the declared one, with {} confidence.",
            points(numbers.tolerance),
            confidence(numbers.confidence)
        ),
        Rule::SharesOff => format!(
            "By {answers} over all name servers the declared shares are not served{off} ({}).",
            evidence(numbers.ln_evidence, numbers.ln_limit)
        ),
        Rule::OneServerOff => format!(
            "By {answers} {names} does not serve the declared shares{off} ({}).",
            evidence(numbers.ln_evidence, numbers.ln_limit)
        ),
        Rule::StaleServerOff => format!("{names} still serves the shares of before{off}."),
        Rule::ImpossibleAnswer => {
            let set = numbers.set.as_ref();
            let set = set.map_or("a set that was removed", |set| &set.identifier);
            format!(
                "{names} answered {set}, which has the share 0: a stale server, or a set that stands in because all others fail their health checks."
            )
        }
        Rule::NoFreshAnswers if numbers.unnamed > 0 => format!(
            "For {since} no answer could be assigned to a set; {} came.",
            format::count(numbers.unnamed)
        ),
        Rule::NoFreshAnswers => format!("No answer has come for {since}."),
    }
}

fn change(rule: Rule, numbers: &Numbers, now: Duration) -> String {
    let left = numbers
        .until
        .map(|until| format::span(until.saturating_sub(now)));
    let left = left.unwrap_or_default();
    match rule {
        Rule::MatchWithheld => format!("A match in {left}, unless another such answer comes."),
        Rule::NoAnswerYet | Rule::NotEnoughAnswers => to_go(numbers),
        Rule::SharesUncertain => "A declaration whose shares are certain.".into(),
        Rule::ServersPropagating => {
            format!("Answers of these servers with the new shares; alarms are armed in {left}.")
        }
        Rule::LateServerUndecided => {
            format!("More answers of these servers; it is waited for at most {left}.")
        }
        Rule::ServerStale | Rule::StaleServerOff => {
            "A match needs this server to switch, and counts anew from then on.".into()
        }
        Rule::AwaitingConfirmation => {
            format!(
                "The same shares read again make it a mismatch, other shares a new segment; if the API gives no answer it is a mismatch too, in {left}."
            )
        }
        Rule::WithinTolerance => format!(
            "Evidence of 1 in {} against the declared shares, a set with the share 0 answering, or a new configuration.",
            one_in(numbers.ln_limit)
        ),
        Rule::SharesOff | Rule::OneServerOff | Rule::ImpossibleAnswer => {
            "A match on answers counted after the mismatch, or a new configuration.".into()
        }
        Rule::NoFreshAnswers => "The next answer that names a set.".into(),
    }
}

fn to_go(numbers: &Numbers) -> String {
    let Some(queries) = numbers.queries_to_go else {
        return "More answers than can be waited for, or a larger tolerance.".into();
    };
    let time = numbers
        .seconds_to_go
        .filter(|seconds| *seconds < 1e9)
        .map(|seconds| format!(" ({})", format::span(Duration::from_secs_f64(seconds))));
    format!(
        "About {} more answers{} for a match, if DNS serves what is declared.",
        format::count(queries),
        time.unwrap_or_default()
    )
}

fn since(numbers: &Numbers, now: Duration) -> String {
    format::span(now.saturating_sub(numbers.from.unwrap_or(now)))
}

fn answers(count: u64) -> String {
    if count == 1 {
        "1 answer".into()
    } else {
        format!("{} answers", format::count(count))
    }
}

fn points(share: f64) -> String {
    format!("{} points", (share * 10_000.0).round() / 100.0)
}

fn confidence(share: f64) -> String {
    format!("{}%", (share * 1_000_000.0).round() / 10_000.0)
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

/// How improbable what was seen is if the declared shares are served, and what is needed for a mismatch.
pub fn evidence(ln_evidence: f64, ln_limit: f64) -> String {
    if ln_evidence <= 0.0 {
        return "nothing speaks against the declared shares".into();
    }
    format!(
        "{} or less, 1 in {} is needed",
        chance(ln_evidence),
        one_in(ln_limit)
    )
}

/// How improbable what was seen is if the declared shares are served.
pub fn chance(ln_evidence: f64) -> String {
    format!("chance 1 in {}", one_in(ln_evidence))
}

fn off(numbers: &Numbers) -> String {
    let within = |set: &SetVerdict| {
        format!(
            ": {} lies between {} and {} instead of {}",
            set.identifier,
            format::percent(set.low),
            format::percent(set.high),
            format::percent(set.declared)
        )
    };
    numbers.set.as_ref().map(within).unwrap_or_default()
}

fn names(places: &[usize], servers: &[String]) -> String {
    let names: Vec<&str> = places
        .iter()
        .filter_map(|&place| servers.get(place).map(String::as_str))
        .collect();
    match &names[..] {
        [] => "a name server".into(),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.join(""),
    }
}

fn has(names: &str, number: usize) -> String {
    format!("{names} {}", if number > 1 { "have" } else { "has" })
}

/// Every rule, for tests that go through all of them.
#[cfg(test)]
pub(crate) const RULES: [Rule; 14] = [
    Rule::NoAnswerYet,
    Rule::SharesUncertain,
    Rule::NotEnoughAnswers,
    Rule::MatchWithheld,
    Rule::ServersPropagating,
    Rule::LateServerUndecided,
    Rule::ServerStale,
    Rule::AwaitingConfirmation,
    Rule::WithinTolerance,
    Rule::SharesOff,
    Rule::OneServerOff,
    Rule::StaleServerOff,
    Rule::ImpossibleAnswer,
    Rule::NoFreshAnswers,
];

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers() -> Numbers {
        Numbers {
            answers: 1_234,
            tolerance: 0.05,
            confidence: 0.99,
            ln_evidence: 2.0,
            ln_limit: 100_f64.ln(),
            queries_to_go: Some(443),
            seconds_to_go: Some(44.3),
            servers: vec![1, 2],
            from: Some(Duration::from_secs(100)),
            until: Some(Duration::from_secs(190)),
            ..Numbers::default()
        }
    }

    fn tell(rule: Rule, numbers: Numbers) -> Told {
        let servers = ["ns-1", "ns-2", "ns-3"].map(str::to_owned);
        explanation(
            &Explanation { rule, numbers },
            &servers,
            Duration::from_secs(110),
        )
    }

    #[test]
    fn every_rule_has_whole_sentences() {
        for rule in RULES {
            let told = tell(rule, numbers());
            for text in [told.because, told.change] {
                assert!(text.ends_with('.') && !text.contains("  "), "{text}");
            }
            // Also when nothing is known.
            let told = tell(rule, Numbers::default());
            assert!(told.because.ends_with('.') && told.change.ends_with('.'));
        }
    }

    #[test]
    fn the_numbers_are_in_the_sentences() {
        let told = tell(Rule::NotEnoughAnswers, numbers());
        assert_eq!(
            told.because,
            "1,234 answers prove neither that every share is within 5 points nor that one is off (chance 1 in 7 or less, 1 in 100 is needed)."
        );
        assert!(
            told.change.starts_with("About 443 more answers ("),
            "{}",
            told.change
        );
        let told = tell(Rule::ServersPropagating, numbers());
        assert!(
            told.because
                .ends_with("ns-2 and ns-3 have not shown the new ones yet."),
            "{}",
            told.because
        );
        let told = tell(Rule::WithinTolerance, numbers());
        assert_eq!(
            told.because,
            "1,234 answers showed every share within 5 points of the declared one, with 99% confidence."
        );
        let off = Numbers {
            servers: vec![0],
            set: Some(SetVerdict {
                identifier: "green".into(),
                declared: 0.1,
                count: 250,
                low: 0.2,
                high: 0.3,
            }),
            ln_evidence: 50.0,
            ..numbers()
        };
        assert_eq!(
            tell(Rule::OneServerOff, off).because,
            "By 1,234 answers ns-1 does not serve the declared shares: green lies between 20.0% and 30.0% instead of 10.0% (chance 1 in 5e21 or less, 1 in 100 is needed)."
        );
    }
}
