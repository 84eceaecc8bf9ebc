//! What happened to the verdict, each thing in a sentence.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::verdict::{Mismatch, MismatchReason, VerdictNews};
use crate::views::language::{pick, say};
use crate::views::words;

use super::verdict;

/// What happened in a sentence, with the numbers. `names` are those of the servers, in the order of asking.
#[expect(
    clippy::too_many_lines,
    reason = "a table with a row for each kind, in two languages"
)]
pub fn sentence(news: &VerdictNews, names: &[&str]) -> String {
    let name = |server| words::name(names, server);
    match news {
        VerdictNews::Match { answers, criteria } => {
            let within = verdict::within(*criteria);
            let answers = words::answers(*answers);
            let confidence = verdict::confidence(*criteria);
            say!(
                "match: every share is {within} of the declared one after {answers}, with {confidence}",
                "MATCH: 모든 비율이 설정 비율과 {within}이다 ({answers}, {confidence})"
            )
        }
        VerdictNews::Recovered { answers, after } => {
            let (answers, after) = (words::answers(*answers), seconds(*after));
            say!(
                "recovered: the declared shares are served again, by {answers}, {after} after the mismatch",
                "회복: MISMATCH {after} 뒤 다시 설정 비율대로 응답한다 ({answers})"
            )
        }
        VerdictNews::Mismatch(mismatch) => {
            let doubt = if mismatch.confirmed {
                ""
            } else {
                pick(", configuration not confirmed", ", 설정 재확인 안 됨")
            };
            let what = what(mismatch, name);
            say!("mismatch{doubt}: {what}", "MISMATCH{doubt}: {what}")
        }
        VerdictNews::MismatchConfirmed => pick(
            "the configuration was read again and confirms the mismatch",
            "설정을 다시 읽어 MISMATCH를 확인했다",
        )
        .into(),
        VerdictNews::Suspicion(mismatch) => {
            let what = what(mismatch, name);
            say!(
                "{what}; reading the configuration once more",
                "{what}; 설정을 다시 읽는다"
            )
        }
        VerdictNews::Propagating { segment, servers } => {
            let (count, servers) = (
                *servers,
                words::counted(*servers as u64, "name server has", "name servers have"),
            );
            say!(
                "{servers} to go over to the shares of segment {segment}",
                "네임 서버 {count}대가 구간 {segment}의 비율로 넘어가야 한다"
            )
        }
        VerdictNews::PropagatingAgain { ln_evidence } => {
            let chance = verdict::chance_worth_telling(*ln_evidence);
            let chance = chance.map_or_else(String::new, |chance| format!(" ({chance})"));
            say!(
                "name servers that had shown the new shares do not serve them yet{chance}; counting starts anew",
                "새 비율을 보였던 네임 서버가 아직 그 비율로 응답하지 않는다{chance}; 집계를 새로 시작한다"
            )
        }
        VerdictNews::Propagated {
            segment,
            servers: 1,
            ..
        } => say!(
            "the name server serves the shares of segment {segment}",
            "네임 서버가 구간 {segment}의 비율로 응답한다"
        ),
        VerdictNews::Propagated { segment, took, .. } => {
            let took = seconds(*took);
            say!(
                "all name servers serve the shares of segment {segment}; from the first to the last it took {took}",
                "모든 네임 서버가 구간 {segment}의 비율로 응답한다; 첫 서버부터 마지막 서버까지 {took} 걸렸다"
            )
        }
        VerdictNews::ServerSwitched {
            server,
            switched_at,
            seen_at,
        } => switched(name(*server), *switched_at, *seen_at),
        VerdictNews::ServerStale { server, after } => {
            let (name, after) = (name(*server), seconds(*after));
            say!(
                "name server {name} still serves the old shares, {after} after the change was seen",
                "{name} 서버가 변경을 확인한 지 {after} 뒤에도 이전 비율로 응답한다"
            )
        }
        VerdictNews::Blind {
            silence,
            unnamed: 0,
        } => {
            let silence = seconds(*silence);
            say!(
                "no usable answer for {silence}: nothing can be said about the shares",
                "{silence} 동안 쓸 수 있는 응답이 없다: 비율에 대해 아무것도 말할 수 없다"
            )
        }
        VerdictNews::Blind { silence, unnamed } => {
            let silence = seconds(*silence);
            say!(
                "none of the last {unnamed} answers named a set, for {silence}: nothing can be said about the shares",
                "{silence} 동안 최근 응답 {unnamed}건에서 세트가 하나도 식별되지 않았다: 비율에 대해 아무것도 말할 수 없다"
            )
        }
        VerdictNews::BlindEnded => pick("answers come again", "다시 응답이 온다").into(),
        VerdictNews::AnswersLost => pick(
            "answers came faster than they could be judged; those that did not fit are missing from the verdict",
            "판정할 수 있는 속도보다 응답이 빨리 왔다; 넘친 응답은 판정에서 빠졌다",
        )
        .into(),
        VerdictNews::AnswersDepend { one_in } => say!(
            "answers depend on each other: one in {one_in} is counted from now on",
            "응답끼리 독립이 아니다: 이제부터 {one_in}건에 1건만 집계한다"
        ),
        VerdictNews::NotServedSoFar { .. } => pick(
            "what is declared is not served so far; a change made within the last minute looks like this",
            "설정한 분배로 아직 응답하지 않는다; 1분 안에 한 변경도 이렇게 보인다",
        )
        .into(),
        VerdictNews::Excluded {
            server,
            set,
            why,
            more,
        } => {
            let said = verdict::impossible(name(*server), set.as_deref(), *why);
            let more = match more {
                0 => String::new(),
                more => excluded_more(*more),
            };
            say!("name server {said}{more}", "{said}{more}")
        }
        VerdictNews::Off(off) => verdict::off_exactly(off, off.server.map(&name)),
        VerdictNews::OffEnded => pick(
            "nothing speaks against exactly the declared split any more",
            "분배가 설정과 다르다고 볼 근거가 더는 없다",
        )
        .into(),
    }
}

sentences! {
    /// So many answers like that came since one was told.
    excluded_more(count: u64) " (and {count} more since that was told last)"
        " (마지막으로 알린 뒤 {count}건 더)";
}

fn switched(name: &str, at: Option<Duration>, seen_at: Duration) -> String {
    let Some(at) = at else {
        return say!(
            "name server {name} serves the new shares; when it switched was not seen",
            "{name} 서버가 새 비율로 응답한다; 전환 시점은 보지 못했다"
        );
    };
    let apart = seconds(at.abs_diff(seen_at));
    if at >= seen_at {
        say!(
            "name server {name} serves the new shares, since about {apart} after the change was seen",
            "{name} 서버가 변경을 확인한 지 약 {apart} 뒤부터 새 비율로 응답한다"
        )
    } else {
        say!(
            "name server {name} serves the new shares, since about {apart} before the change was seen",
            "{name} 서버가 변경을 확인하기 약 {apart} 전부터 새 비율로 응답한다"
        )
    }
}

fn what<'a>(mismatch: &Mismatch, name: impl Fn(ServerIndex) -> &'a str) -> String {
    let answers = words::answers(mismatch.answers);
    let numbers = match verdict::chance_worth_telling(mismatch.ln_evidence) {
        Some(chance) => say!("{chance}, after {answers}", "{chance}, {answers}"),
        None => say!("after {answers}", "{answers}"),
    };
    let server = mismatch.reason.server().map_or("", name);
    let set = verdict::off(mismatch.farthest.as_ref());
    match &mismatch.reason {
        MismatchReason::Share => {
            say!(
                "the served shares are not the declared ones{set} ({numbers})",
                "실제 비율이 설정 비율과 다르다{set} ({numbers})"
            )
        }
        MismatchReason::ServerDiffers { .. } => {
            say!(
                "name server {server} does not serve the declared shares{set} ({numbers})",
                "{server} 서버가 설정 비율대로 응답하지 않는다{set} ({numbers})"
            )
        }
        MismatchReason::StaleServer { .. } if mismatch.impossible => {
            let set = mismatch.farthest.as_ref();
            let removed = pick("a set that was removed", "제거된 세트");
            let set = set.map_or(removed, |set| &set.identifier);
            say!(
                "name server {server} still serves the shares of before: it gave an answer of {set} that has no share any more",
                "{server} 서버가 아직 이전 비율로 응답한다: 이제 비율이 없는 응답을 주었다 ({set})"
            )
        }
        MismatchReason::StaleServer { .. } => {
            say!(
                "name server {server} still serves the shares of before{set} ({numbers})",
                "{server} 서버가 아직 이전 비율로 응답한다{set} ({numbers})"
            )
        }
        MismatchReason::ImpossibleAnswer { set, why, .. } => {
            let said = verdict::impossible(server, set.as_deref(), *why);
            say!("name server {said}", "{said}")
        }
        MismatchReason::UndeclaredAnswer { .. } => {
            say!(
                "name server {server} gave an answer that no set declares",
                "{server} 서버에서 어느 세트에도 없는 응답이 왔다"
            )
        }
        MismatchReason::UnknownAnswers(unknown) => verdict::unknown(unknown),
    }
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    let decimals = usize::from(seconds < 100.0);
    say!("{seconds:.decimals$} s", "{seconds:.decimals$}초")
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
