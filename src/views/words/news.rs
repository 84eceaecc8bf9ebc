//! What happened to the verdict, each thing in a sentence.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::verdict::{Mismatch, MismatchReason, VerdictNews};
use crate::views::words;

use super::verdict;

/// What happened in a sentence, with the numbers. `names` are those of the servers, in the order of asking.
pub fn sentence(news: &VerdictNews, names: &[&str]) -> String {
    let name = |server| words::name(names, server);
    match news {
        VerdictNews::Match { answers, criteria } => format!(
            "match: every share is {} of the declared one after {}, with {}",
            verdict::within(*criteria),
            words::answers(*answers),
            verdict::confidence(*criteria)
        ),
        VerdictNews::Recovered { answers, after } => format!(
            "recovered: the declared shares are served again, by {}, {} after the mismatch",
            words::answers(*answers),
            seconds(*after)
        ),
        VerdictNews::Mismatch(mismatch) => {
            let doubt = if mismatch.confirmed { "" } else { ", configuration not confirmed" };
            format!("mismatch{doubt}: {}", what(mismatch, name))
        }
        VerdictNews::MismatchConfirmed => {
            "the configuration was read again and confirms the mismatch".into()
        }
        VerdictNews::Suspicion(mismatch) => {
            let what = what(mismatch, name);
            format!("{what}; reading the configuration once more")
        }
        VerdictNews::Propagating { segment, servers } => {
            let servers = words::counted(*servers as u64, "name server has", "name servers have");
            format!("{servers} to go over to the shares of segment {segment}")
        }
        VerdictNews::PropagatingAgain { ln_evidence } => {
            let chance = verdict::chance_worth_telling(*ln_evidence);
            let chance = chance.map_or_else(String::new, |chance| format!(" ({chance})"));
            format!(
                "name servers that had shown the new shares do not serve them yet{chance}; counting starts anew"
            )
        }
        VerdictNews::Propagated {
            segment,
            servers: 1,
            ..
        } => format!("the name server serves the shares of segment {segment}"),
        VerdictNews::Propagated { segment, took, .. } => format!(
            "all name servers serve the shares of segment {segment}; from the first to the last it took {}",
            seconds(*took)
        ),
        VerdictNews::ServerSwitched {
            server,
            switched_at,
            seen_at,
        } => switched(name(*server), *switched_at, *seen_at),
        VerdictNews::ServerStale { server, after } => format!(
            "name server {} still serves the old shares, {} after the change was seen",
            name(*server),
            seconds(*after)
        ),
        VerdictNews::Blind {
            silence,
            unnamed: 0,
        } => format!(
            "no usable answer for {}: nothing can be said about the shares",
            seconds(*silence)
        ),
        VerdictNews::Blind { silence, unnamed } => format!(
            "none of the last {unnamed} answers named a set, for {}: nothing can be said about the shares",
            seconds(*silence)
        ),
        VerdictNews::BlindEnded => "answers come again".into(),
        VerdictNews::AnswersLost => {
            "answers came faster than they could be judged; those that did not fit are missing from the verdict".into()
        }
        VerdictNews::AnswersDepend { one_in } => format!(
            "answers depend on each other: one in {one_in} is counted from now on"
        ),
        VerdictNews::NotServedSoFar { .. } => {
            "what is declared is not served so far; a change made within the last minute looks like this".into()
        }
        VerdictNews::Off(off) => verdict::off_exactly(off, off.server.map(&name)),
        VerdictNews::OffEnded => {
            "nothing speaks against exactly the declared split any more".into()
        }
    }
}

fn switched(name: &str, at: Option<Duration>, seen_at: Duration) -> String {
    let Some(at) = at else {
        return format!("name server {name} serves the new shares; when it switched was not seen");
    };
    let side = if at >= seen_at { "after" } else { "before" };
    format!(
        "name server {name} serves the new shares, since about {} {side} the change was seen",
        seconds(at.abs_diff(seen_at))
    )
}

fn what<'a>(mismatch: &Mismatch, name: impl Fn(ServerIndex) -> &'a str) -> String {
    let answers = words::answers(mismatch.answers);
    let numbers = match verdict::chance_worth_telling(mismatch.ln_evidence) {
        Some(chance) => format!("{chance}, after {answers}"),
        None => format!("after {answers}"),
    };
    let server = mismatch.reason.server().map_or("", name);
    let set = verdict::off(mismatch.farthest.as_ref());
    match &mismatch.reason {
        MismatchReason::Share => {
            format!("the served shares are not the declared ones{set} ({numbers})")
        }
        MismatchReason::ServerDiffers { .. } => {
            format!("name server {server} does not serve the declared shares{set} ({numbers})")
        }
        MismatchReason::StaleServer { .. } if mismatch.impossible => {
            let set = mismatch.farthest.as_ref();
            let set = set.map_or("a set that was removed", |set| &set.identifier);
            format!(
                "name server {server} still serves the shares of before: it gave an answer of {set} that has no share any more"
            )
        }
        MismatchReason::StaleServer { .. } => {
            format!("name server {server} still serves the shares of before{set} ({numbers})")
        }
        MismatchReason::ImpossibleAnswer { set, why, .. } => {
            let said = verdict::impossible(server, set.as_deref(), *why);
            format!("name server {said}")
        }
        MismatchReason::UndeclaredAnswer { .. } => {
            format!("name server {server} gave an answer that no set declares")
        }
        MismatchReason::UnknownAnswers(unknown) => verdict::unknown(unknown),
    }
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let decimals = usize::from(seconds < 100.0);
    format!("{seconds:.decimals$} s")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::verdict::{Criteria, SetVerdict};

    #[test]
    fn a_chance_is_told_where_there_is_one_and_never_as_nothing_or_as_certain() {
        let told = |ln_evidence| {
            let mismatch = Mismatch {
                reason: MismatchReason::Share,
                at: Duration::from_secs(95),
                confirmed: true,
                impossible: false,
                ln_evidence,
                p_value: 0.0,
                answers: 1_234,
                from: Duration::from_secs(90),
                farthest: None,
            };
            [
                sentence(&VerdictNews::Mismatch(mismatch), &[]),
                sentence(&VerdictNews::PropagatingAgain { ln_evidence }, &[]),
            ]
        };
        for (ln_evidence, chance) in [
            (5.0, "(by chance 1 in 148"),
            (28.0, "(by chance less than 1 in 10^12"),
            (9e9, "(by chance less than 1 in 10^12"),
        ] {
            for text in told(ln_evidence) {
                assert!(text.contains(chance), "{text}");
            }
        }
        for text in told(0.0) {
            assert!(!text.contains("chance"), "{text}");
        }
    }

    #[test]
    fn settings_are_written_as_they_were_given() {
        let matched = |tolerance, confidence| VerdictNews::Match {
            answers: 900,
            criteria: Criteria {
                tolerance,
                confidence,
            },
        };
        assert_eq!(
            sentence(&matched(0.07, 0.9999), &[]),
            "match: every share is within 7 points of the declared one after 900 answers, with 99.99% confidence"
        );
        assert!(sentence(&matched(0.005, 0.8), &[]).contains("within 0.5 points"));
    }

    #[test]
    fn a_server_that_answers_what_is_gone_is_named_with_the_set() {
        let mismatch = Mismatch {
            reason: MismatchReason::StaleServer { server: 1.into() },
            at: Duration::from_secs(95),
            confirmed: true,
            impossible: true,
            ln_evidence: 0.0,
            p_value: 0.0,
            answers: 40,
            from: Duration::from_secs(90),
            farthest: Some(SetVerdict {
                identifier: "green".into(),
                declared: 0.0,
                count: 1,
                low: 0.0,
                high: 0.1,
            }),
        };
        assert_eq!(
            sentence(&VerdictNews::Mismatch(mismatch), &["ns-0", "ns-1"]),
            "mismatch: name server ns-1 still serves the shares of before: it gave an answer of green that has no share any more"
        );
    }
}
