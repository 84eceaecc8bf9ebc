//! Why sets have their shares, what is known of their health, and what is likely wrong with them.

use crate::model::health::{NoStatus, SetHealth};
use crate::model::share::Reason;
use crate::views::language::{Phrase, phrase, pick, say};

/// What stands in for a fraction where every set gets the same.
pub const EVENLY: Phrase = phrase("evenly", "균등");
/// What stands in for a fraction where a set is not answered.
pub const NOT_ANSWERED: Phrase = phrase("not answered", "응답하지 않음");
/// What stands in for a fraction where there is nothing to choose.
pub const ONLY_SET: Phrase = phrase("the only set", "유일한 세트");

/// The rule behind a share, in a sentence without its subject.
pub fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::Weight => pick(
            "its weight in the sum of weights",
            "가중치 합에서의 자기 가중치",
        ),
        Reason::OnlyMember => ONLY_SET.said(),
        Reason::ZeroWeight => pick(
            "weight zero: not answered while another set has weight",
            "가중치 0: 가중치가 있는 다른 세트가 있는 동안 응답하지 않는다",
        ),
        Reason::AllZero => pick(
            "all weights are zero, so Route 53 answers evenly",
            "가중치가 모두 0이라 Route 53이 균등하게 응답한다",
        ),
        Reason::Unhealthy => pick(
            "its health check or its target fails, so it is not answered",
            "상태 확인이나 대상이 실패해 응답하지 않는다",
        ),
        Reason::HealthyOnly => pick("only healthy sets count", "정상인 세트만 계산한다"),
        Reason::Standby => pick(
            "every set with weight is unhealthy, so zero-weight sets answer (standby)",
            "가중치가 있는 세트가 모두 비정상이라 가중치 0인 세트가 응답한다 (standby)",
        ),
        Reason::NothingHealthy => pick(
            "no set is healthy, so all count as healthy",
            "정상인 세트가 없어 모두 정상으로 간주한다",
        ),
        Reason::AllZeroSomeUnhealthy => pick(
            "all weights are zero and some sets are unhealthy: AWS does not document what happens then, so nothing is concluded",
            "가중치가 모두 0이고 일부 세트가 비정상이다: 이때의 동작은 AWS 문서에 없으므로 판정하지 않는다",
        ),
        Reason::NotDeclared => pick(
            "no share is declared since the record is no longer weighted",
            "레코드가 더는 가중치 기반이 아니어서 설정 비율이 없다",
        ),
    }
}

/// The same in two words, for lines that name many sets; nothing for what goes without saying.
pub fn in_two_words(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Weight | Reason::OnlyMember => None,
        Reason::ZeroWeight => Some(pick("weight zero", "가중치 0")),
        Reason::AllZero => Some(pick("all zero", "모두 0")),
        Reason::Unhealthy => Some(pick("unhealthy", "비정상")),
        Reason::HealthyOnly => Some(pick("healthy only", "정상만")),
        Reason::Standby => Some("standby"),
        Reason::NothingHealthy => Some(pick("none healthy", "정상 없음")),
        Reason::AllZeroSomeUnhealthy => Some(pick("undocumented", "문서에 없음")),
        Reason::NotDeclared => Some(pick("not declared", "설정 없음")),
    }
}

/// What stands between the levels of a nested share.
pub const BELOW: &str = " > ";

/// The check of a set could not be read.
pub const ASSUMED: Phrase = phrase(
    "assuming healthy: its health check could not be read",
    "정상으로 간주: 상태 확인을 읽지 못했다",
);
/// The check of a set was not read yet.
pub const NOT_READ: Phrase = phrase(
    "its health check has not been read yet",
    "상태 확인을 아직 읽지 않았다",
);

/// The check of a set has no status to read.
pub fn no_status(why: NoStatus) -> String {
    let why = super::no_status(why);
    say!("assuming healthy: {why}", "정상으로 간주: {why}")
}

/// What is not known of the health of a set, in two words; nothing where something is.
pub fn health_in_two_words(health: SetHealth) -> Option<&'static str> {
    match health {
        SetHealth::NotRead => Some(pick("health unread", "상태 안 읽음")),
        SetHealth::NoStatus(_) => Some(pick("health unknown", "상태 모름")),
        _ => None,
    }
}

/// Whether a set is answered depends on something that the API does not tell.
pub const TARGET_UNKNOWN: Phrase = phrase(
    "target health unknown (EvaluateTargetHealth is on)",
    "대상의 상태를 알 수 없다 (EvaluateTargetHealth 사용)",
);
/// A set is not healthy, and is answered nevertheless or not.
pub const UNHEALTHY: Phrase = phrase("unhealthy", "비정상");
/// A set is never answered, and an unhealthy target would explain it.
pub const TARGET_UNHEALTHY: Phrase = phrase(
    "target health unknown: EvaluateTargetHealth is on, and an unhealthy target is the likely cause",
    "대상의 상태를 알 수 없다: EvaluateTargetHealth를 사용하며, 비정상 대상이 원인일 수 있다",
);
/// The same in two words.
pub const TARGET_UNHEALTHY_SHORT: Phrase = phrase("target unhealthy?", "대상 비정상?");

/// What is said of the parts of a set, beside each.
pub const NOT_JUDGED: Phrase = phrase(
    "not judged: depends on who asks",
    "판정 제외: 질의자에 따라 다름",
);
/// The same where room is short.
pub const NOT_JUDGED_SHORT: Phrase = phrase("not judged", "판정 제외");
/// The same below a table.
pub const PARTS_NOT_JUDGED: Phrase = phrase(
    "indented: parts of the set above, not judged: depends on who asks",
    "들여쓴 행: 위 세트의 일부. 질의자에 따라 달라 판정하지 않는다",
);

/// What the numbers are, and what they are not; with the TTL of the group.
pub fn answers_not_traffic(ttl: Option<&str>) -> String {
    let ttl = ttl.map_or_else(
        || pick("its TTL", "TTL").to_owned(),
        |ttl| say!("{ttl} (its TTL)", "TTL({ttl})"),
    );
    say!(
        "DNS answers are measured, not traffic: resolvers keep an answer for {ttl} and send all their users there.",
        "측정하는 것은 트래픽이 아니라 DNS 응답이다: 리졸버는 응답 하나를 {ttl} 동안 보관하며 모든 사용자를 그곳으로 보낸다."
    )
}

/// The same at the foot of the screen.
pub fn answers_not_traffic_short(ttl: Option<&str>) -> String {
    match ttl {
        Some(ttl) => say!(
            "DNS answers, not traffic; TTL {ttl}",
            "트래픽이 아닌 DNS 응답; TTL {ttl}"
        ),
        None => pick("DNS answers, not traffic", "트래픽이 아닌 DNS 응답").to_owned(),
    }
}

/// Answers of a segment that are not counted: they may be those of the shares before.
pub const BEFORE_SWITCH: Phrase = phrase("from before the servers switched", "서버 전환 전");
/// A set that was removed so long ago that its name is not known any more.
pub const REMOVED_SET: Phrase = phrase("a set that was removed", "제거된 세트");
/// They are older than what a mismatch rests on.
pub const BEFORE_MISMATCH: Phrase = phrase("from before the mismatch", "MISMATCH 전");
/// One in so many is counted.
pub const DEPENDENT: Phrase = phrase(
    "passed over, since answers depend on each other",
    "응답끼리 독립이 아니어서 제외",
);
/// They are older than what proves a recovery, or came when nothing could be judged.
pub const COUNTED_ANEW: Phrase = phrase(
    "from before the counting began anew",
    "집계를 새로 시작하기 전",
);

sentences! {
    /// What the answers prove of sets whose declared share is zero.
    absent(sets: &str, answers: u64 => "answer" | "answers", at_most: &str, confidence: &str)
        "{sets}: none of {answers}, so at most {at_most} with {confidence} confidence"
        "{sets}: 응답 {answers}건에 하나도 없으므로 많아야 {at_most} (신뢰수준 {confidence})";
    /// A set whose declared share is zero was answered.
    seen(set: &str, count: u64 => "answer" | "answers", last: &str, server: &str)
        "{set} should not be answered: {count}, the last at {last} by {server}"
        "{set} 세트는 응답되지 않아야 한다: 응답 {count}건, 마지막 {last} {server}";
    /// Answers that are not counted.
    uncounted(count: u64 => "answer" | "answers", why: &str, sets: &str) "+ {count} {why}: {sets}"
        "+ 응답 {count}건 ({why}): {sets}";
    /// The same for two reasons.
    uncounted_for(count: u64, forgotten: &str, passed_over: &str, sets: &str) "+ {count} not counted ({forgotten}, {passed_over}): {sets}"
        "+ 집계하지 않은 응답 {count}건 ({forgotten}, {passed_over}): {sets}";
    /// How many of them there are for one of the reasons.
    because(count: u64, why: &str) "{count} {why}"
        "{why} {count}건";
    /// How many of them a set has.
    left_out(label: &str, count: u64) "{label} {count}"
        "{label} {count}";
    /// A weight and the sum that it is a part of.
    fraction(weight: u64, of: u64) "{weight} of {of}"
        "{weight}/{of}";
    /// How the shares of nested sets come about, with one of them as an example.
    nested(label: &str, fractions: &str)
        "nested sets: the share is the product of the levels, as in {label}: {fractions}"
        "중첩 세트: 비율은 각 단계의 곱이다. 예 {label}: {fractions}";
    /// What the queries cost.
    cost(queries: &str, dollars: &str, price: &str)
        "{queries} billed queries an hour, USD {dollars} (USD {price} per million; aliases to AWS resources are not charged)"
        "시간당 과금 질의 {queries}건, USD {dollars} (백만 건당 USD {price}, AWS 리소스 별칭은 무료)";
    /// What the queries cost at most.
    at_most(cost: &str) "at most {cost}"
        "최대 {cost}";
    /// What the queries cost, with a title.
    cost_line(cost: &str) "Cost: {cost}"
        "비용: {cost}";
}
