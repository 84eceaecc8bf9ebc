//! A verdict in words: its name, the rule that gave it with its numbers, and what would change it.

use std::time::Duration;

use crate::model::answer::AnswerValue;
use crate::model::health::ChecksRead;
use crate::model::index::ServerIndex;
use crate::model::verdict::{
    Criteria, Excluded, Explanation, Inconclusive, Mismatch, MismatchReason, Note, Off,
    ServerState, SetVerdict, ToGo, Unknown, VerdictState,
};
use crate::views::language::{Phrase, phrase, pick, say};
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
        Note::Inconclusive(why) => {
            let why = inconclusive(why);
            say!("no verdict: {why}", "판정 없음: {why}")
        }
        Note::NotConfirmed => pick(
            "the configuration could not be read again to confirm this",
            "확인하려고 설정을 다시 읽었으나 읽지 못했다",
        )
        .into(),
        Note::AnswersDepend { one_in } => say!(
            "answers depend on each other: one in {one_in} is counted",
            "응답끼리 독립이 아니다: {one_in}건에 1건만 집계한다"
        ),
        Note::BlamedServerSilent { server } => {
            let name = names(&[*server], servers);
            say!(
                "{name} was off and is silent now",
                "{name} 서버가 설정과 달랐고 지금은 응답이 없다"
            )
        }
        Note::AnswersLost(lost) => {
            let lost = format::count(*lost);
            say!(
                "{lost} answers were not judged",
                "응답 {lost}건은 판정하지 못했다"
            )
        }
        Note::Unnamed { unnamed, answers } => {
            let [unnamed, answers] = [*unnamed, *answers].map(format::count);
            say!(
                "{unnamed} of {answers} answers could not be assigned to one set",
                "응답 {answers}건 중 {unnamed}건은 한 세트로 식별되지 않았다"
            )
        }
        Note::ServersDiffer => pick(
            "the name servers differ from each other",
            "네임 서버끼리 서로 다르게 응답한다",
        )
        .into(),
    }
}

/// How near every share is, in percentage points.
pub fn within(criteria: Criteria) -> String {
    let tolerance = format::number(criteria.tolerance * 100.0);
    say!("within {tolerance} points", "오차 {tolerance}%p 이내")
}

/// How sure that is.
pub fn confidence(criteria: Criteria) -> String {
    let confidence = format::percentage(criteria.confidence);
    say!("{confidence} confidence", "신뢰수준 {confidence}")
}

/// Why nothing can be said about the declared shares.
pub fn inconclusive(why: &Inconclusive) -> String {
    match why {
        Inconclusive::AllZeroSomeUnhealthy => pick(
            "the declared shares are not certain (all weights are zero and some sets are unhealthy, and AWS does not document what happens then)",
            "설정 비율이 확실하지 않다 (가중치가 모두 0이고 일부 세트가 비정상이며, 이때의 동작은 AWS 문서에 없다)",
        )
        .into(),
        Inconclusive::LookAlike {
            one,
            two,
            more_pairs,
        } => {
            let more = match more_pairs {
                0 => String::new(),
                more => say!(", and so can {more} more pairs", ", 외 {more}쌍"),
            };
            say!(
                "the declared shares are not certain ({one} and {two} can give the same answers{more}, which are then counted for neither)",
                "설정 비율이 확실하지 않다 (같은 응답을 줄 수 있는 세트: {one}, {two}{more}. 그런 응답은 어느 쪽으로도 집계하지 않는다)"
            )
        }
        Inconclusive::HealthNotRead(_) => {
            let short = inconclusive_in_short(why);
            say!(
                "{short}; the declared shares depend on the rest",
                "{short}; 설정 비율이 나머지에 달려 있다"
            )
        }
        Inconclusive::HealthNotKnown { set, more_sets, why } => {
            let (sets, are) = match more_sets {
                0 => (set.clone(), "is"),
                more => (format!("{set} {}", words::and_more(*more)), "are"),
            };
            let why = words::no_status(*why);
            say!(
                "the answers do not fit the declared shares, but they do if {sets} {are} unhealthy, and whether {set} is cannot be told: {why}",
                "응답이 설정 비율과 맞지 않지만 비정상으로 보면 맞는 세트가 있다({sets}). {set} 세트의 상태를 알 수 없다: {why}"
            )
        }
        Inconclusive::Replaced { .. } => {
            let short = inconclusive_in_short(why);
            say!(
                "{short}; answers are counted by what they hold",
                "{short}; 응답은 담긴 값으로 집계한다"
            )
        }
    }
}

/// Why the declared shares cannot be judged, in as few words as do.
pub fn inconclusive_in_short(why: &Inconclusive) -> String {
    match why {
        Inconclusive::AllZeroSomeUnhealthy | Inconclusive::LookAlike { .. } => pick(
            "no verdict: declared shares not certain",
            "판정 없음: 설정 비율이 확실하지 않음",
        )
        .to_owned(),
        Inconclusive::HealthNotRead(ChecksRead { read, all }) => {
            say!(
                "health not read yet: {read} of {all}",
                "상태 확인 읽는 중: {all}개 중 {read}개"
            )
        }
        Inconclusive::HealthNotKnown {
            set, more_sets: 0, ..
        } => say!(
            "no verdict: fits {set} being unhealthy, which cannot be read",
            "판정 없음: 상태를 읽을 수 없는 {set} 세트가 비정상이면 맞음"
        ),
        Inconclusive::HealthNotKnown { set, more_sets, .. } => {
            let more = words::and_more(*more_sets);
            say!(
                "no verdict: fits {set} {more} being unhealthy, which cannot be read",
                "판정 없음: 상태를 읽을 수 없는 {set} 세트({more})가 비정상이면 맞음"
            )
        }
        Inconclusive::Replaced { found, since } => {
            let (since, found) = (format::clock(*since), words::or_nothing_there(found));
            say!(
                "no longer weighted since {since}: the zone has {found}",
                "{since}부터 가중치 레코드가 아님: 호스팅 영역에 있는 것은 {found}"
            )
        }
    }
}

/// Why the verdict is what it is, at this time since the start of the run; servers by their names.
pub fn explanation(explanation: &Explanation, servers: &[String], now: Duration) -> Explained {
    Explained {
        because: because(explanation, servers, now),
        change: change(explanation, now),
    }
}

#[expect(
    clippy::too_many_lines,
    reason = "a table with a row for each kind, in two languages"
)]
fn because(explanation: &Explanation, servers: &[String], now: Duration) -> String {
    let ago = |since: &Duration| format::span(now.saturating_sub(*since));
    match explanation {
        Explanation::NoAnswerYet(_) => pick(
            "No named answer has been counted yet.",
            "아직 집계된 응답이 없다.",
        )
        .into(),
        Explanation::Inconclusive(why) => {
            let why = inconclusive(why);
            say!("No verdict: {why}.", "판정 없음: {why}.")
        }
        Explanation::NotEnoughAnswers {
            answers,
            ln_evidence,
            criteria,
            ..
        } => {
            let (answers, within) = (words::answers(*answers), within(*criteria));
            let evidence = evidence(*ln_evidence, None, *criteria);
            say!(
                "{answers} prove neither that every share is {within} nor that one is off ({evidence}).",
                "{answers}으로는 모든 비율이 {within}라는 것도, 벗어난 비율이 있다는 것도 증명되지 않는다 ({evidence})."
            )
        }
        Explanation::MatchWithheld { answers, since, .. } => {
            let (answers, ago) = (words::answers(*answers), ago(since));
            say!(
                "{answers} would do for a match, but an answer that has no share came {ago} ago.",
                "{answers}이면 MATCH에 충분하지만, {ago} 전에 비율이 0인 응답이 왔다."
            )
        }
        Explanation::ServersPropagating {
            servers: places,
            since,
            ..
        } => {
            let (ago, have, names) = (ago(since), have(places, servers), names(places, servers));
            say!(
                "The shares changed {ago} ago, and {have} not shown the new ones yet.",
                "비율이 {ago} 전에 바뀌었고, 아직 새 비율이 보이지 않는 서버가 있다: {names}."
            )
        }
        Explanation::LateServerUndecided {
            servers: places, ..
        } => {
            let (have, names) = (have(places, servers), names(places, servers));
            say!(
                "The time for the change is up, and it is not decided yet whether {have} switched.",
                "변경 기한이 지났고, 전환했는지 아직 결정되지 않은 서버가 있다: {names}."
            )
        }
        Explanation::ServerStale {
            servers: places,
            since,
        } => {
            let serve = if places.len() == 1 { "serves" } else { "serve" };
            let (names, ago) = (names(places, servers), ago(since));
            say!(
                "{names} still {serve} the shares of before, {ago} after the change.",
                "변경 {ago} 뒤에도 아직 이전 비율로 응답하는 서버: {names}."
            )
        }
        Explanation::AwaitingConfirmation {
            farthest, since, ..
        } => {
            let (off, ago) = (off(farthest.as_ref()), ago(since));
            say!(
                "Something does not fit the declared shares{off}; the configuration is being read once more, for {ago} now.",
                "설정 비율과 맞지 않는 것이 있다{off}; {ago}째 설정을 다시 읽고 있다."
            )
        }
        Explanation::WithinTolerance { answers, criteria } => {
            let (answers, within) = (words::answers(*answers), within(*criteria));
            let confidence = confidence(*criteria);
            say!(
                "{answers} showed every share {within} of the declared one, with {confidence}.",
                "{answers}에서 모든 비율이 설정 비율과 {within}였다 ({confidence})."
            )
        }
        Explanation::Mismatch(mismatch, criteria) => {
            mismatched(mismatch, mismatch.ln_evidence, *criteria, servers)
        }
        Explanation::NotServedSoFar { since, .. } => {
            let ago = ago(since);
            say!(
                "What is declared is not served so far: what does not fit came {ago} ago for the first time. A change made within the last minute looks like this.",
                "설정한 분배로 아직 응답하지 않는다: 맞지 않는 응답이 {ago} 전에 처음 왔다. 1분 안에 한 변경도 이렇게 보인다."
            )
        }
        Explanation::TooFewServers { answering, servers } => say!(
            "Only {answering} of {servers} name servers give answers that name a set.",
            "네임 서버 {servers}대 중 {answering}대만 세트가 식별되는 응답을 준다."
        ),
        Explanation::UnknownAnswers { unknown, max } => {
            let (count, answers) = (
                format::count(unknown.unknown),
                words::answers(unknown.answers),
            );
            let frequent = frequent(unknown, MOST_OFTEN.said());
            let [low, high, max] = [unknown.low, unknown.high, *max].map(format::percent);
            say!(
                "{count} of {answers} no set can have given{frequent}: between {low} and {high} of all, and a match may have {max}.",
                "{answers} 중 {count}건은 어느 세트의 것도 아니다{frequent}: 전체의 {low} ~ {high}이며, MATCH에서는 {max}까지 허용된다."
            )
        }
        Explanation::NoFreshAnswers { since, unnamed: 0 } => {
            let ago = ago(since);
            say!(
                "No usable answer has come for {ago}.",
                "{ago} 동안 쓸 수 있는 응답이 오지 않았다."
            )
        }
        Explanation::NoFreshAnswers { since, unnamed } => {
            let (ago, unnamed) = (ago(since), format::count(*unnamed));
            say!(
                "For {ago} no answer could be assigned to a set; {unnamed} came.",
                "{ago} 동안 세트가 식별된 응답이 없다; 온 응답은 {unnamed}건이다."
            )
        }
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
        MismatchReason::Share => say!(
            "By {answers} over all name servers the declared shares are not served{off} ({evidence}).",
            "모든 네임 서버의 {answers}에서 설정 비율대로 응답하지 않는다{off} ({evidence})."
        ),
        MismatchReason::ServerDiffers { server } => {
            let name = name(server);
            say!(
                "By {answers} {name} does not serve the declared shares{off} ({evidence}).",
                "{answers}에서 {name} 서버가 설정 비율대로 응답하지 않는다{off} ({evidence})."
            )
        }
        MismatchReason::StaleServer { server } => {
            let name = name(server);
            say!(
                "{name} still serves the shares of before{off}.",
                "{name} 서버가 아직 이전 비율로 응답한다{off}."
            )
        }
        MismatchReason::ImpossibleAnswer { server, set, why } => {
            let cause = match why {
                Excluded::NoShare => pick(
                    ", or a set that stands in because all others fail their health checks",
                    "이거나, 다른 세트가 모두 상태 확인에 실패해 대신 응답하는 세트",
                ),
                Excluded::Replaced | Excluded::Removed => "",
            };
            let said = impossible(&name(server), set.as_deref(), *why);
            say!(
                "{said}: a stale server{cause}.",
                "{said}: stale 서버{cause}."
            )
        }
        MismatchReason::UndeclaredAnswer { server } => {
            let name = name(server);
            say!(
                "{name} gave an answer that no set declares: a stale server, a change made by somebody else, or answers that are changed on the way.",
                "{name} 서버에서 어느 세트에도 없는 응답이 왔다: stale 서버, 다른 사람의 변경, 도중에 바뀐 응답 가운데 하나다."
            )
        }
        MismatchReason::UnknownAnswers(of) => {
            let unknown = unknown(of);
            say!("Of all answers {unknown}.", "{unknown}.")
        }
    }
}

/// An answer that the declared shares exclude, and why they do.
pub fn impossible(server: &str, set: Option<&str>, why: Excluded) -> String {
    match (set, why) {
        (Some(set), Excluded::NoShare) => say!(
            "{server} answered {set}, which has the share 0",
            "{server} 서버가 비율이 0인 {set} 세트로 응답"
        ),
        (Some(set), Excluded::Replaced) => say!(
            "{server} answered a value of {set} that was replaced",
            "{server} 서버가 {set} 세트의 교체된 값으로 응답"
        ),
        (Some(set), Excluded::Removed) => say!(
            "{server} answered {set}, which was removed",
            "{server} 서버가 제거된 {set} 세트로 응답"
        ),
        (None, _) => say!(
            "{server} answered a set that was removed",
            "{server} 서버가 제거된 세트로 응답"
        ),
    }
}

/// How many answers no set can have given, and what they say most.
pub fn unknown(unknown: &Unknown) -> String {
    let [low, high] = [unknown.low, unknown.high].map(format::percent);
    let [count, answers] = [unknown.unknown, unknown.answers].map(format::count);
    let frequent = frequent(unknown, MOST_OFTEN.said());
    say!(
        "between {low} and {high} are such that no set can have given ({count} of {answers}{frequent})",
        "어느 세트의 것도 아닌 응답이 전체의 {low} ~ {high}이다 ({answers}건 중 {count}건{frequent})"
    )
}

/// Before what unknown answers say most.
const MOST_OFTEN: Phrase = phrase(", most often ", ", 가장 잦은 값 ");

/// What unknown answers say most, with how often, after some words; nothing where it is not known.
fn frequent(unknown: &Unknown, before: &str) -> String {
    let values = unknown.values.iter();
    let values: Vec<String> = values.map(counted_value).collect();
    if values.is_empty() {
        return String::new();
    }
    format!("{before}{}", values.join(", "))
}

/// What an answer held.
pub fn value(value: &AnswerValue) -> String {
    match value {
        AnswerValue::Nodata => pick("no data", "NODATA").to_owned(),
        other => other.to_string(),
    }
}

/// A value, with in how many answers it came: `192.0.2.9 (7)`.
pub fn counted_value((value, count): &(AnswerValue, u64)) -> String {
    let value = self::value(value);
    format!("{value} ({})", format::count(*count))
}

/// That the split is not exactly the declared one, over all name servers or of the one with this name.
pub fn off_exactly(of: &Off, server: Option<&str>) -> String {
    let place = server.map_or_else(String::new, |name| say!("at {name} ", "{name} 서버: "));
    let (off, chance) = (off(of.farthest.as_ref()), chance(of.ln_evidence));
    let answers = words::answers(of.answers);
    say!(
        "{place}not exactly the declared split{off} ({chance} by {answers})",
        "{place}분배가 설정과 정확히 같지는 않다{off} ({chance}, {answers})"
    )
}

fn change(explanation: &Explanation, now: Duration) -> String {
    let left = |until: &Duration| format::span(until.saturating_sub(now));
    match explanation {
        Explanation::MatchWithheld { until, .. } => {
            let left = left(until);
            say!(
                "A match in {left}, unless another such answer comes.",
                "그런 응답이 또 오지 않으면 {left} 뒤에 MATCH로 판정한다."
            )
        }
        Explanation::NoAnswerYet(still) | Explanation::NotEnoughAnswers { to_go: still, .. } => {
            to_go(*still)
        }
        Explanation::Inconclusive(why) => what_would_do(why).into(),
        Explanation::ServersPropagating { until, .. } => {
            let left = left(until);
            say!(
                "Answers of these servers with the new shares; alarms are armed in {left}.",
                "이 서버들의 새 비율 응답; 경보는 {left} 뒤에 켜진다."
            )
        }
        Explanation::LateServerUndecided { until, .. } => {
            let left = left(until);
            say!(
                "More answers of these servers; it is waited for at most {left}.",
                "이 서버들의 응답이 더 온다; 길어야 {left} 기다린다."
            )
        }
        Explanation::AwaitingConfirmation { until, .. } => {
            let left = left(until);
            say!(
                "The same shares read again make it a mismatch, other shares a new segment; if the API gives no answer it is a mismatch too, in {left}.",
                "다시 읽은 비율이 같으면 MISMATCH, 다르면 새 구간이 된다; API가 응답하지 않아도 {left} 뒤에 MISMATCH로 판정한다."
            )
        }
        Explanation::WithinTolerance { criteria, .. } => {
            let one_in = one_in(criteria.ln_limit());
            say!(
                "Evidence of 1 in {one_in} against the declared shares, a set with the share 0 answering, or a new configuration.",
                "우연일 확률이 {one_in}분의 1인 반대 증거, 비율이 0인 세트의 응답, 또는 새 설정."
            )
        }
        Explanation::ServerStale { .. }
        | Explanation::Mismatch(
            Mismatch {
                reason: MismatchReason::StaleServer { .. },
                ..
            },
            _,
        ) => pick(
            "A match needs this server to switch, and counts anew from then on.",
            "이 서버가 전환해야 MATCH가 되며, 그때부터 새로 집계한다.",
        )
        .into(),
        Explanation::NotServedSoFar { until, .. } => until.as_ref().map_or_else(
            || {
                pick(
                    "If it lasts it is a mismatch, a minute after the change is in sync.",
                    "계속되면 변경이 INSYNC가 되고 1분 뒤에 MISMATCH로 판정한다.",
                )
                .into()
            },
            |until| {
                let left = left(until);
                say!(
                    "If it lasts it is a mismatch, in {left}.",
                    "계속되면 {left} 뒤에 MISMATCH로 판정한다."
                )
            },
        ),
        Explanation::TooFewServers { .. } => pick(
            "A match needs named answers of half of the name servers at least.",
            "네임 서버의 절반 이상에서 식별된 응답이 와야 MATCH가 된다.",
        )
        .into(),
        Explanation::UnknownAnswers { .. } => pick(
            "Fewer such answers; with more of them it is a mismatch.",
            "그런 응답이 줄어야 한다; 더 늘면 MISMATCH로 판정한다.",
        )
        .into(),
        Explanation::Mismatch(..) => pick(
            "A match on answers counted after the mismatch, or a new configuration.",
            "MISMATCH 뒤에 집계한 응답으로 MATCH가 되거나, 설정이 바뀐다.",
        )
        .into(),
        Explanation::NoFreshAnswers { .. } => pick(
            "The next answer that names a set.",
            "세트가 식별된 다음 응답이 온다.",
        )
        .into(),
    }
}

/// What would bring a verdict where the shares are not certain.
fn what_would_do(why: &Inconclusive) -> &'static str {
    match why {
        Inconclusive::AllZeroSomeUnhealthy | Inconclusive::LookAlike { .. } => pick(
            "A declaration whose shares are certain.",
            "비율이 확실한 설정으로 바뀐다.",
        ),
        Inconclusive::HealthNotRead(_) => pick(
            "The health checks that are left; Route 53 is asked no more than once a second.",
            "남은 상태 확인을 읽는다; Route 53에는 초당 한 번까지만 요청한다.",
        ),
        Inconclusive::HealthNotKnown { .. } => pick(
            "Answers of such a set, answers that do not fit this either, or a status of its check.",
            "그런 세트의 응답이나 이 경우와도 맞지 않는 응답이 오거나, 상태 확인의 상태를 읽게 된다.",
        ),
        Inconclusive::Replaced { .. } => pick(
            "Weighted record sets of this name and type.",
            "이 이름과 유형의 가중치 레코드 세트가 다시 생긴다.",
        ),
    }
}

fn to_go(still: ToGo) -> String {
    let Some(answers) = still.answers else {
        return pick(
            "More answers than can be waited for, or a larger tolerance.",
            "기다릴 수 없을 만큼 많은 응답, 또는 더 넓은 허용 오차.",
        )
        .into();
    };
    let (answers, time) = (
        format::count(answers),
        in_brackets(still.seconds, format::span),
    );
    say!(
        "About {answers} more answers{time} for a match, if DNS serves what is declared.",
        "설정대로 응답한다면 약 {answers}건의 응답이 더 오면{time} MATCH가 된다."
    )
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
        return NOTHING_AGAINST.said().into();
    }
    let (chances, needed) = (chances(ln_evidence, at_alarm), one_in(criteria.ln_limit()));
    say!(
        "{chances}, 1 in {needed} is needed",
        "{chances}, 기준은 {needed}분의 1"
    )
}

/// What there is to say without evidence; a set may be marked all the same, whose share is off by less.
const NOTHING_AGAINST: Phrase = phrase(
    "no sign of a share outside the tolerance",
    "허용 오차를 벗어난 비율의 증거 없음",
);

/// Less is not worth a word: ln of odds of 3 to 2.
const LEAST_LN: f64 = 0.405_465_108_108_164_4;

/// How improbable what was seen is if the declared shares are served, and how improbable it was at the alarm where that
/// is another number.
pub fn chances(ln_evidence: f64, at_alarm: Option<f64>) -> String {
    let now = chance(ln_evidence);
    let then = at_alarm.map(chance).filter(|then| *then != now);
    let then = then.map_or_else(String::new, |then| {
        say!(", {then} at the alarm", ", 경보 때는 {then}")
    });
    format!("{now}{then}")
}

/// The same where it would not be told as 1 in 1 or less.
pub fn chance_worth_telling(ln_evidence: f64) -> Option<String> {
    (ln_evidence >= LEAST_LN).then(|| chance(ln_evidence))
}

/// How improbable what was seen is if the declared shares are served.
pub fn chance(ln_evidence: f64) -> String {
    if ln_evidence > -LEAST_P.ln() {
        pick(
            "by chance less than 1 in 10^12",
            "우연일 확률 10^12분의 1 미만",
        )
        .into()
    } else if ln_evidence < LEAST_LN {
        NOTHING_AGAINST.said().into()
    } else {
        let one_in = one_in(ln_evidence);
        say!("by chance 1 in {one_in}", "우연일 확률 {one_in}분의 1")
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
    say!(
        ": {set} lies between {low} and {high} instead of {declared}",
        ", {set} 설정 {declared} 실제 {low} ~ {high}"
    )
}

fn names(places: &[ServerIndex], servers: &[String]) -> String {
    let names = places.iter().filter_map(|place| servers.get(place.get()));
    match &names.map(String::as_str).collect::<Vec<_>>()[..] {
        [] => pick("a name server", "?").into(),
        [only] => (*only).to_owned(),
        [first @ .., last] => {
            let first = first.join(", ");
            say!("{first} and {last}", "{first}, {last}")
        }
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
