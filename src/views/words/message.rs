//! What is said about a key for a while.

use super::stage;
use crate::model::text::visible;
use crate::views::language::{pick, say};
use crate::views::wish::{Copied, Order, Said};

sentences! {
    /// The picture stands still, and is so old.
    frozen(age: &str) "frozen {age} ago: Space goes on"
        "{age} 전 화면에서 멈춤: Space로 계속";
    /// The rate that queries are sent at.
    rate(per_second: u64) "rate {per_second}/s"
        "속도: 초당 {per_second}건";
    /// It cannot be higher.
    highest(per_second: u64) "rate {per_second}/s is the highest"
        "속도: 초당 {per_second}건이 최대";
    /// It cannot be lower.
    lowest(per_second: u64) "rate {per_second}/s is the lowest"
        "속도: 초당 {per_second}건이 최소";
    /// Files were written.
    written(one: &str, other: &str) "written to {one} and {other}"
        "파일에 썼음: {one}, {other}";
    /// A file was not written.
    not_written(path: &str, why: &str) "cannot write {path}: {why}"
        "{path} 파일을 쓸 수 없음: {why}";
}

/// In which order the sets stand.
pub fn order(order: Order) -> &'static str {
    match order {
        Order::Declared => pick("in declared order", "설정 순서"),
        Order::WorstFirst => pick("worst first", "차이가 큰 순서"),
        Order::Name => pick("by name", "이름 순서"),
    }
}

/// What is said.
pub fn said(said: &Said) -> String {
    let fixed = match said {
        Said::CopiedEarly(waits) => {
            let early = stage::too_early(waits);
            return say!("copied, but {early}", "복사했지만 {early}");
        }
        Said::CopiedDespite(why) => return say!("copied, but {why}", "복사했지만 {why}"),
        Said::Rate(per_second) => return rate((*per_second).into()),
        Said::Highest(per_second) => return highest((*per_second).into()),
        Said::Lowest(per_second) => return lowest((*per_second).into()),
        Said::Written([one, other]) => return written(&visible(one), &visible(other)),
        Said::NotWritten { path, why } => return not_written(&visible(path), &visible(why)),
        Said::Sorted(by) => {
            let order = order(*by);
            return say!("sets {order}", "세트를 {order}로");
        }
        Said::CountedAnew => pick("counted anew from now on", "지금부터 새로 집계"),
        Said::JustBegan => pick("counting began anew just now", "방금 새로 집계를 시작했음"),
        Said::Reading => pick("weights are being read", "가중치 조회 중"),
        Said::ReadingAlready => pick("weights are being read already", "이미 가중치 조회 중"),
        Said::Patient => pick(
            "the API asks for patience: weights are read later",
            "API가 대기를 요구함: 가중치는 나중에 조회",
        ),
        Said::Http(true) => pick("HTTP on", "HTTP 켬"),
        Said::Http(false) => pick("HTTP off", "HTTP 끔"),
        Said::NoHttp => pick(
            "HTTP stays off: the run began without it (--no-http)",
            "HTTP는 꺼진 그대로: HTTP 없이 시작한 실행 (--no-http)",
        ),
        Said::Copied(Copied::Brief) => pick(
            "copied: three lines, if the terminal takes OSC 52",
            "복사함: 세 줄 요약 (터미널이 OSC 52를 지원하는 경우)",
        ),
        Said::Copied(Copied::Statistics) => pick(
            "copied: statistics as Markdown, if the terminal takes OSC 52",
            "복사함: Markdown 통계 (터미널이 OSC 52를 지원하는 경우)",
        ),
        Said::Copied(Copied::Undo) => pick(
            "copied: the command that undoes the last change, if the terminal takes OSC 52",
            "복사함: 마지막 변경을 되돌리는 명령 (터미널이 OSC 52를 지원하는 경우)",
        ),
        Said::Copied(Copied::Next) => pick(
            "copied: the command that leads to the next stage, if the terminal takes OSC 52",
            "복사함: 다음 단계로 넘어가는 명령 (터미널이 OSC 52를 지원하는 경우)",
        ),
        Said::NoNextStage => pick(
            "there is no command to another stage: no stage follows, or ? says why",
            "다른 단계로 가는 명령이 없음: 다음 단계가 없거나, 이유는 ?에 있음",
        ),
        Said::NothingToUndo => pick(
            "there is no command that undoes a change: ? says why, if there was one",
            "변경을 되돌리는 명령이 없음: 변경이 있었다면 이유는 ?에 있음",
        ),
        Said::Writing => pick("files are being written", "파일 쓰는 중"),
        Said::NoShell => pick(
            "cannot stop: no shell could continue it",
            "멈출 수 없음: 다시 계속시킬 셸이 없음",
        ),
    };
    fixed.to_owned()
}
