//! What happened, each thing in a sentence.

use std::borrow::Cow;
use std::time::Duration;

use crate::model::change::{Cause, Change, TtlChange};
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::health::SetHealth;
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::views::language::{Phrase, phrase, pick, say};
use crate::views::{comparisons, format};

use super::{
    and_more, api_error, comparison, counted, gate, name, news, not_amazons, notice,
    or_nothing_there, resolving, stage,
};

/// A key began new counts.
const COUNTED_ANEW: Phrase = phrase("counted anew by hand", "사용자가 집계를 새로 시작했다");
/// A key switched HTTP on.
const HTTP_ON: Phrase = phrase(
    "HTTP requests switched on by hand",
    "사용자가 HTTP 요청을 켰다",
);
/// A key switched HTTP off.
const HTTP_OFF: Phrase = phrase(
    "HTTP requests switched off by hand",
    "사용자가 HTTP 요청을 껐다",
);

sentences! {
    /// A key changed the rate.
    rate_changed(per_second: u64 => "query" | "queries") "rate changed by hand: {per_second} a second"
        "사용자가 속도를 바꿨다: 초당 질의 {per_second}건";
}

/// So many weights are named at the start; a hundred would bury the rest of the list.
const WEIGHTS: usize = 6;

/// What happened in a sentence, as its parts came from outside. `names` are those of the servers, in the order of asking.
#[expect(
    clippy::too_many_lines,
    reason = "a table with a row for each kind, in two languages"
)]
pub fn sentence<'a>(what: &'a Happening, names: &[&str]) -> Cow<'a, str> {
    Cow::Owned(match what {
        Happening::Started {
            group,
            servers,
            api_url,
        } => {
            let api = api_url.as_deref().map(not_amazons);
            let api = api.map_or_else(String::new, |api| say!(", API at {api}", ", API {api}"));
            format!("{}{api}", started(group, *servers))
        }
        Happening::SegmentBegan { changes, .. } => {
            let changes = changes_in_words(changes);
            say!("configuration changed: {changes}", "설정 변경: {changes}")
        }
        Happening::TtlChanged(changes) => {
            let changes: Vec<String> = changes.iter().map(ttl_change).collect();
            let changes = changes.join(", ");
            say!("TTL changed: {changes}", "TTL 변경: {changes}")
        }
        Happening::PollFailed(error) => {
            let error = api_error(error);
            say!(
                "cannot read the configuration, measuring with the last one: {error}",
                "설정을 읽을 수 없어 마지막 설정으로 측정한다: {error}"
            )
        }
        Happening::PollRecovered => pick(
            "the configuration can be read again",
            "설정을 다시 읽을 수 있다",
        )
        .to_owned(),
        Happening::ServerSilent { server } => {
            let server = name(names, *server);
            say!(
                "name server {server} gives no usable answer",
                "{server} 서버에서 쓸 수 있는 응답이 오지 않는다"
            )
        }
        Happening::ServerBack { server } => {
            let server = name(names, *server);
            say!(
                "name server {server} answers again",
                "{server} 서버가 다시 응답한다"
            )
        }
        Happening::ChangePending { id, submitted_at } => {
            let at = format::clock(*submitted_at);
            say!(
                "change {id}, submitted at {at} UTC, is on its way to the name servers",
                "변경 {id} ({at} UTC 제출): 네임 서버로 전파되는 중이다"
            )
        }
        Happening::ChangeInSync { id, submitted_at } => {
            let at = format::clock(*submitted_at);
            say!(
                "change {id}, submitted at {at} UTC, is in sync: all name servers have it, says the API",
                "변경 {id} ({at} UTC 제출): INSYNC, API에 따르면 모든 네임 서버에 반영되었다"
            )
        }
        Happening::LookupFailed { of, why } => {
            let (of, why) = (looked_up(of), no_address(why));
            say!("cannot look up {of}: {why}", "이름 조회 실패, {of}: {why}")
        }
        Happening::AddressChanged {
            server,
            failed,
            address,
        } => {
            let server = name(names, *server);
            let address = address.map_or_else(
                || pick("no address", "주소 없음").to_owned(),
                |at| at.to_string(),
            );
            let why = failed.map_or_else(String::new, |failed| {
                say!(
                    ": {failed} fails again and again",
                    ": {failed} 주소가 거듭 실패한다"
                )
            });
            say!(
                "{server} is now asked at {address}{why}",
                "{server} 서버에 질의하는 주소: {address}{why}"
            )
        }
        Happening::StoodStill {
            length,
            stopped: true,
        } => {
            let seconds = length.as_secs();
            say!(
                "the program was stopped for {seconds} s: what was under way is not counted",
                "프로그램이 {seconds}초 동안 정지되어 있었다: 진행 중이던 것은 집계하지 않는다"
            )
        }
        Happening::StoodStill { length, .. } => {
            let seconds = length.as_secs();
            say!(
                "this machine stood still for {seconds} s: what was under way is not counted",
                "이 컴퓨터가 {seconds}초 동안 멈춰 있었다: 진행 중이던 것은 집계하지 않는다"
            )
        }
        Happening::CountedAnew { .. } => COUNTED_ANEW.into(),
        Happening::RateChanged { per_second } => rate_changed((*per_second).into()),
        Happening::HttpSwitched { on: true } => HTTP_ON.into(),
        Happening::HttpSwitched { on: false } => HTTP_OFF.into(),
        Happening::SideWorse {
            set,
            than,
            measures,
        } => comparisons::sentence(set, than, measures),
        Happening::SideNoLongerWorse { set, than } => comparison::no_longer_worse(set, than),
        Happening::ResolverFailed { address, fault } => {
            let fault = fault.as_str().replace('_', " ");
            resolving::failed(&address.to_string(), &fault)
        }
        Happening::ResolverBack { address } => resolving::back(&address.to_string()),
        Happening::Noticed(what) => notice::sentence(what, names),
        Happening::Stage(what) => stage::sentence(what),
        Happening::Verdict(what) => news::sentence(what, names),
        Happening::GateTripped { gate, known } => gate::event(gate, known, true, names),
        Happening::GateCleared { gate, known } => gate::event(gate, known, false, names),
    })
}

/// Why a segment began.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Start => pick("start of the run", "실행 시작").to_owned(),
        Cause::Changed(changes) => changes_in_words(changes),
        Cause::ByHand => pick("counted anew by hand", "사용자가 집계를 새로 시작함").to_owned(),
    }
}

fn started(group: &WeightedGroup, servers: usize) -> String {
    let weights = group.sets.iter().take(WEIGHTS).map(WeightedSet::declared);
    let mut weights = weights.collect::<Vec<_>>().join(", ");
    if group.sets.len() > WEIGHTS {
        weights = format!("{weights} {}", and_more(group.sets.len() - WEIGHTS));
    }
    let (count, servers) = (
        servers,
        counted(servers as u64, "name server", "name servers"),
    );
    let (name, record_type) = (&group.name, group.record_type);
    say!(
        "measuring {name} {record_type}: weights {weights}, {servers}",
        "{name} {record_type} 측정 시작: 가중치 {weights}, 네임 서버 {count}대"
    )
}

fn changes_in_words(changes: &[Change]) -> String {
    let changes: Vec<String> = changes.iter().map(change).collect();
    changes.join(", ")
}

fn change(change: &Change) -> String {
    match change {
        Change::Added { set, weight } => say!(
            "{set} added with weight {weight}",
            "{set} 추가 (가중치 {weight})"
        ),
        Change::Weight { set, from, to } => format!("{set} {from} -> {to}"),
        Change::Removed { set } => say!("{set} removed", "{set} 제거"),
        Change::Target { set, from, to } => {
            say!("{set} now {to} (was {from})", "{set} 값 {to} (이전 {from})")
        }
        Change::Health { set, from, to } => {
            let is = match (to.counts_as_healthy(), from) {
                (true, _) => pick("is healthy again", "다시 정상"),
                // Nobody knew what it was before.
                (false, SetHealth::Assumed | SetHealth::NoStatus(_) | SetHealth::NotRead) => {
                    pick("is unhealthy", "비정상")
                }
                (false, _) => pick("has become unhealthy", "비정상으로 바뀜"),
            };
            format!("{set} {is}")
        }
        Change::Replaced { found } => {
            let found = or_nothing_there(found);
            say!(
                "no longer weighted: the zone has {found}",
                "더는 가중치 레코드가 아님: 호스팅 영역에 있는 것은 {found}"
            )
        }
        Change::WeightedAgain => pick("weighted again", "다시 가중치 레코드").to_owned(),
        Change::Share { set, .. } => say!("{set} has another share", "{set} 비율이 바뀜"),
    }
}

fn ttl_change(change: &TtlChange) -> String {
    let ttl =
        |ttl: Option<Duration>| ttl.map_or_else(|| pick("none", "없음").to_owned(), format::ttl);
    format!("{} {} -> {}", change.set, ttl(change.from), ttl(change.to))
}

fn looked_up(of: &LookedUp) -> String {
    match of {
        LookedUp::Server(name) => say!("name server {name}", "네임 서버 {name}"),
        LookedUp::Target { name, set } => {
            say!("{name}, the target of {set}", "{set} 세트의 대상 {name}")
        }
    }
}

/// Why a look-up gave no address.
pub fn no_address(why: &NoAddress) -> Cow<'_, str> {
    match why {
        NoAddress::Failed(why) => Cow::Borrowed(why),
        NoAddress::NoRecord(record_type) => Cow::Owned(say!(
            "it has no {record_type} record",
            "{record_type} 레코드가 없다"
        )),
    }
}
