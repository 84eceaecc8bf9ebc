//! What to do about a verdict: one sentence for each rule.

use crate::views::format;
use crate::views::language::{Phrase, phrase, pick, say};

/// The record has not answered yet.
pub const FIRST_ANSWERS: Phrase = phrase("wait for the first answers", "첫 응답을 기다린다");
/// How long a match takes cannot be told.
pub const MORE_ANSWERS: Phrase = phrase("wait for more answers", "응답이 더 쌓이기를 기다린다");
/// A match cannot be reached.
pub const WIDEN: Phrase = phrase(
    "widen the tolerance: at this one a match takes more answers than can be waited for",
    "허용 오차를 넓힌다: 지금 값으로는 MATCH까지 기다릴 수 없을 만큼 많은 응답이 필요하다",
);
/// All weights are zero and some sets are unhealthy.
pub const GIVE_WEIGHT: Phrase = phrase(
    "give a set a weight, or wait until all are healthy",
    "세트에 가중치를 주거나, 모두 정상이 되기를 기다린다",
);
/// Health checks are being read.
pub const READ_HEALTH: Phrase = phrase(
    "wait until all health checks have been read",
    "상태 확인을 모두 읽을 때까지 기다린다",
);
/// The record is no longer weighted.
pub const REPLACED: Phrase = phrase(
    "if this was not meant, restore the weighted sets; answers are counted by what they hold",
    "의도한 변경이 아니면 가중치 세트를 되돌린다. 응답은 담긴 값으로 집계한다",
);
/// What came does not fit, and when the change is in sync is not known yet.
pub const NOT_IN_SYNC: Phrase = phrase(
    "wait until the change is in sync; if it lasts for a minute more, a mismatch is called",
    "변경이 INSYNC가 되기를 기다린다. 그 뒤 1분 넘게 이어지면 MISMATCH로 판정한다",
);
/// What answers say that no set can have given, where it is not known more exactly.
pub const ANY_UNKNOWN: Phrase = phrase(
    "unknown addresses, NXDOMAIN, no data",
    "모르는 주소, NXDOMAIN, NODATA",
);
/// No answers come.
pub const NO_ANSWERS: Phrase = phrase(
    "act on no older figure: r53mon doctor tells what fails on the way (port 53)",
    "이전 수치로 판단하지 않는다: r53mon doctor로 어디서 막히는지 확인한다 (53번 포트)",
);
/// Answers come and name no set.
pub const NONE_NAMED: Phrase = phrase(
    "act on no older figure: look at what the name servers answer now",
    "이전 수치로 판단하지 않는다: 네임 서버가 지금 무엇을 응답하는지 확인한다",
);
/// Shares are off over all servers.
pub const NOT_A_DELAY: Phrase = phrase(
    "waiting does not help, this is not one late server: look for a second change, a failing health check, another zone of this name",
    "늦은 서버 한 대의 문제가 아니므로 기다려도 소용없다: 다른 변경, 실패한 상태 확인, 같은 이름의 다른 호스팅 영역이 있는지 확인한다",
);
/// An answer that no set declares.
pub const UNDECLARED_REACHES_CLIENTS: Phrase = phrase(
    "clients are sent where no set points: look for a change by somebody else, or for answers that are changed on the way",
    "클라이언트가 어느 세트에도 없는 곳으로 가고 있다: 다른 사람의 변경이나 도중에 바뀐 응답이 있는지 확인한다",
);
/// An answer of a set that was removed.
pub const KEEP_REMOVED: Phrase = phrase(
    "keep what was removed running, clients are still sent to it: look at health checks and for a stale server",
    "제거한 쪽도 계속 운영한다. 클라이언트가 아직 그쪽으로 간다: 상태 확인과 stale 서버를 확인한다",
);
/// A match.
pub const NOTHING: Phrase = phrase("nothing to do", "없음");
/// A match with weights that could not be read anew.
pub const READ_WEIGHTS: Phrase = phrase(
    "mend the reading of the weights (r53mon doctor): a change made since then is not known here",
    "가중치 조회 문제를 해결한다 (r53mon doctor): 그 뒤의 변경은 여기서 알 수 없다",
);
/// The split of before where its weights are not known, or too many.
pub const OLD_SPLIT: Phrase = phrase("the split of before", "이전 분배");

sentences! {
    /// A match may have fewer answers that no set can have given.
    look_at_unknown(what: &str) "wait for more answers, or find out where the unknown ones come from ({what})"
        "응답이 더 쌓이기를 기다리거나, 출처를 모르는 응답을 조사한다 ({what})";
    /// Too many answers that no set can have given.
    unknown_reach_clients(what: &str) "clients get these answers too ({what}): find out where they come from"
        "클라이언트도 이런 응답을 받는다 ({what}): 어디서 오는지 조사한다";
    /// How long a match takes.
    match_takes(about: &str) "wait, a match takes {about} if DNS serves what is declared"
        "기다린다. 설정대로 응답한다면 MATCH까지 {about} 걸린다";
    /// Sets that give the same answers.
    tell_apart(one: &str, two: &str) "give {one} and {two} answers that tell them apart"
        "구별되는 응답값을 준다: 세트 {one}, {two}";
    /// The answers fit a set being unhealthy whose check has no status to read.
    look_at_check(set: &str) "look at the health check of {set}: its status cannot be read, and the answers look as if it failed"
        "{set} 세트의 상태 확인을 점검한다: 상태를 읽을 수 없고, 응답은 실패한 것처럼 보인다";
    /// What came does not fit, and may be the trace of a change just before the start.
    not_served(until: &str) "wait: a change made within the last minute looks like this; if it lasts, a mismatch is called at {until}"
        "기다린다: 1분 안에 한 변경도 이렇게 보인다. 계속되면 {until}에 MISMATCH로 판정한다";
    /// Name servers that give no answers.
    reach_servers(answering: usize, all: usize => "name server" | "name servers")
        "look at the network to the others, only {answering} of {all} can be judged: r53mon doctor tells what fails"
        "네임 서버 {all}대 중 {answering}대만 판정할 수 있다. 나머지로 가는 네트워크를 점검한다: r53mon doctor로 무엇이 실패하는지 확인한다";
    /// A match waits for answers that should not exist.
    withheld(until: &str) "wait: a match at {until}, unless another such answer comes"
        "기다린다: 그런 응답이 또 오지 않으면 {until}에 MATCH로 판정한다";
    /// Name servers are expected to switch.
    propagating(names: &str, until: &str) "wait for {names}: alarms are armed at {until}, most changes are through within a minute"
        "기다린다 ({names}): 경보는 {until}에 켜지며, 변경은 대개 1분 안에 퍼진다";
    /// Several name servers, where the table beside says which: their names would leave no room for what to do.
    servers(count: usize => "name server" | "name servers") "{count}"
        "네임 서버 {count}대";
    /// A late name server is being looked at.
    undecided(names: &str, until: &str) "wait for {names}: decided at {until} at the latest"
        "기다린다 ({names}): 늦어도 {until}에 결정한다";
    /// The configuration is being read once more.
    confirming(until: &str) "confirming until {until}: the weights are being read once more"
        "{until}까지 확인 중: 가중치를 다시 읽는다";
    /// Some name servers still serve the shares of before.
    some_stale(right: &str, part: &str, before: &str)
        "{right}: wait or ask AWS; do not roll back for this: {part} of resolvers still get {before}"
        "{right}: 기다리거나 AWS에 문의한다. 이 때문에 롤백하지 않는다: 리졸버의 {part} 아직 {before} 응답을 받는다";
    /// No name server serves the new shares.
    all_stale(before: &str)
        "no name server has the new split, resolvers still get {before}: make sure that the change is in this zone, then wait or ask AWS"
        "새 분배를 받은 네임 서버가 없고, 리졸버는 아직 {before} 응답을 받는다: 변경이 이 호스팅 영역에 있는지 확인한 뒤, 기다리거나 AWS에 문의한다";
    /// One name server serves other shares.
    one_differs(right: &str, part: &str)
        "{right}: ask AWS, or look at what answers on the way; do not roll back for this: {part} of resolvers get another split"
        "{right}: AWS에 문의하거나, 도중에 무엇이 응답하는지 확인한다. 이 때문에 롤백하지 않는다: 리졸버의 {part} 다른 분배를 받는다";
    /// What to do besides where the weights of before are known.
    or_roll_back(what: &str, before: &str) "{what}; roll back to {before} if it hurts"
        "{what}. 피해가 있으면 롤백한다 ({before})";
    /// The dashboard has a key for the command that does what the sentence says.
    copied(what: &str) "{what} (u copies the command)"
        "{what} (u: 명령 복사)";
    /// A set with the share 0 was answered.
    keep_running(set: &str)
        "keep {set} running, clients are still sent to it: look at the health checks of the other sets, and for a stale server"
        "{set} 세트를 계속 운영한다. 클라이언트가 아직 그쪽으로 간다: 다른 세트의 상태 확인과 stale 서버를 확인한다";
    /// A set was answered with the value that it had before.
    keep_value(set: &str)
        "keep the old value of {set} running, clients are still sent to it: look for a stale server"
        "{set} 세트의 이전 값을 계속 운영한다. 클라이언트가 아직 그쪽으로 간다: stale 서버가 있는지 확인한다";
    /// The split is right within the tolerance, and not exactly.
    not_exactly(where_: &str)
        "no alarm, but the split is not exactly the declared one: look at {where_}, or accept it"
        "경보는 아니지만 분배가 설정과 정확히 같지는 않다: 확인하거나 그대로 둔다 ({where_})";
    /// The split is right, but a set fails.
    fails_over_http(set: &str, failed: u64, requests: u64 => "request" | "requests")
        "the split is right, but {set} fails over HTTP, {failed} of {requests}: look at {set}"
        "분배는 맞지만 {set} 세트가 HTTP에서 실패한다 (요청 {requests}건 중 {failed}건): {set} 세트를 확인한다";
    /// A match with nothing but sets that fail.
    all_fail(failed: u64, requests: u64 => "request" | "requests")
        "the split is right, but all sides fail over HTTP, {failed} of {requests}: look at the endpoint, and at what is expected of a response"
        "분배는 맞지만 모든 쪽이 HTTP에서 실패한다 (요청 {requests}건 중 {failed}건): endpoint와 응답의 기대 조건을 확인한다";
    /// A set that fails before there is a match, and what to do about the split.
    fails_already(set: &str, failed: u64, requests: u64 => "request" | "requests", split: &str)
        "look at {set}, which fails over HTTP, {failed} of {requests}; for the split: {split}"
        "HTTP에서 실패하는 {set} 세트를 확인한다 (요청 {requests}건 중 {failed}건). 분배는: {split}";
    /// A match with a set that is worse than another over HTTP.
    look_at_worse(worse: &str) "the split is right, but over HTTP {worse}: look at it before it gets more"
        "분배는 맞지만 HTTP에서 {worse}: 더 보내기 전에 확인한다";
    /// A match without all name servers.
    look_at_silent(silent: usize => "name server gives" | "name servers give")
        "nothing to do for the split; {silent} no answers that name a set"
        "분배에 대해서는 없음; 네임 서버 {silent}대에서 식별된 응답이 없다";
    /// A change has come through.
    through(ttl: &str) "nothing to do; resolvers follow within the TTL of {ttl}"
        "없음; 리졸버는 TTL {ttl} 안에 따라온다";
    /// A change has come through, and resolvers may hold answers of before.
    draining(until: &str) "nothing to do; {until}"
        "없음; {until}";
    /// How long resolvers may hold an old answer.
    held(set: &str, left: &str)
        "resolvers may hold the old answer of {set} for {left} more; clients that pool connections longer"
        "리졸버가 {set} 세트의 이전 응답을 {left} 더 갖고 있을 수 있다. 연결을 재사용하는 클라이언트는 더 오래 걸린다";
    /// Name servers still give an old answer.
    still_given(set: &str, ttl: &str)
        "resolvers may still get the old answer of {set}, and then hold it for {ttl}; clients that pool connections longer"
        "리졸버가 아직 {set} 세트의 이전 응답을 받아 {ttl} 동안 갖고 있을 수 있다. 연결을 재사용하는 클라이언트는 더 오래 걸린다";
    /// One set and its weight.
    weight(label: &str, weight: u64) "{label} {weight}"
        "{label} {weight}";
}

/// How many name servers are right.
pub fn right(right: usize, all: usize) -> String {
    let verb = if right == 1 { "is" } else { "are" };
    say!(
        "{right} of {all} servers {verb} right",
        "서버 {all}대 중 {right}대가 맞다"
    )
}

/// A part of all in a few words: `about a quarter`, `about 2 in 5`.
pub fn part(some: usize, all: usize) -> String {
    match (some, all) {
        (1, 2) | (2, 4) | (3, 6) | (4, 8) => pick("about half", "절반쯤이").into(),
        (1, 3) => pick("about a third", "3분의 1쯤이").into(),
        (1, 4) | (2, 8) => pick("about a quarter", "4분의 1쯤이").into(),
        _ => say!("about {some} in {all}", "{all} 중 {some}쯤이"),
    }
}

/// About how long, to one digit: `about 40s`, `about 3m`.
pub fn about(seconds: f64) -> String {
    let (tens, minutes) = (seconds / 10.0, format::whole(seconds / 60.0));
    match seconds {
        ..1.5 => pick("about 1s", "약 1초").into(),
        ..9.5 => say!("about {seconds:.0}s", "약 {seconds:.0}초"),
        ..55.0 => say!("about {tens:.0}0s", "약 {tens:.0}0초"),
        ..=600.0 => say!("about {minutes}m", "약 {minutes}분"),
        _ => pick("longer than 10 minutes", "10분 넘게").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_one_digit_and_not_beyond_ten_minutes() {
        let told = [0.2, 7.4, 42.0, 54.9, 55.0, 100.0, 600.0, 600.1].map(about);
        let expected =
            ["1s", "7s", "40s", "50s", "1m", "2m", "10m"].map(|it| format!("about {it}"));
        assert_eq!(told[..7], expected);
        assert_eq!(told[7], "longer than 10 minutes");
    }

    #[test]
    fn parts_are_told_as_people_say_them() {
        let told = [(1, 4), (2, 4), (1, 3), (1, 8)].map(|(some, all)| part(some, all));
        let expected = ["a quarter", "half", "a third", "1 in 8"].map(|it| format!("about {it}"));
        assert_eq!(told, expected);
    }
}
