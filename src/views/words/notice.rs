//! What the reader of the numbers has to know as long as it stands, each thing in a sentence.

use std::net::IpAddr;
use std::time::Duration;

use crate::model::answer::Fault;
use crate::model::finding::{CheckId, Finding, RecordRemark};
use crate::model::index::ServerIndex;
use crate::model::notice::{BadAddress, CertificateEnds, LookAlike, Lost, Notice};
use crate::model::obstacle::Obstacle;
use crate::model::shortage::Shortage;
use crate::views::format;
use crate::views::language::{pick, say};

use super::{and_more, api_error, counted, gate, name, stage};

/// So many sets of another type are named.
const SETS: usize = 4;

/// A notice in a sentence, as its parts came from outside. `names` are those of the servers, in the order of asking.
#[expect(
    clippy::too_many_lines,
    reason = "a table with a row for each kind, in two languages"
)]
pub fn sentence(notice: &Notice, names: &[&str]) -> String {
    match notice {
        Notice::Insecure => pick(
            "certificates of the endpoint are NOT verified (insecure)",
            "endpoint의 인증서를 검증하지 않는다 (insecure)",
        )
        .to_owned(),
        Notice::Negative {
            fault,
            servers,
            keep,
        } => negative(*fault, &who(servers, names), *keep),
        Notice::Referral {
            asked,
            child,
            servers,
        } => {
            let told = match who(servers, names) {
                who if who.is_all => String::new(),
                Who { names, s, .. } => say!(" (so {names} say{s})", " ({names} 응답)"),
            };
            if asked == child {
                return say!(
                    "{asked} is delegated to another zone{told}",
                    "{asked} 이름은 다른 영역에 위임되어 있다{told}"
                );
            }
            say!(
                "{asked} lies below {child}, which is delegated to another zone{told}",
                "{asked} 이름의 상위인 {child} 이름은 다른 영역에 위임되어 있다{told}"
            )
        }
        Notice::Recursive { servers } => {
            let Who { names, s, .. } = who(servers, names);
            say!(
                "{names} answer{s} without authority and offer{s} recursion: a resolver, or something in between; this is not counted",
                "권한 없이 재귀를 제공하며 응답하는 서버: {names}. 리졸버이거나 중간에 무언가 있다; 집계하지 않는다"
            )
        }
        Notice::Rcode { rcode, servers } => {
            let Who { names, s, .. } = who(servers, names);
            say!(
                "{names} answer{s} with {rcode}, which is no answer to a question",
                "질의의 응답이 아닌 {rcode} 응답을 주는 서버: {names}"
            )
        }
        Notice::Shortage {
            shortage,
            queries,
            requests,
        } => short(*shortage, *queries, *requests),
        Notice::WithoutEdns { servers } => {
            let Who { names, s, .. } = who(servers, names);
            let (does, is) = if s.is_empty() {
                ("do", "are")
            } else {
                ("does", "is")
            };
            say!(
                "{names} {does} not answer questions with EDNS and {is} asked without",
                "EDNS 질의에 응답하지 않아 EDNS 없이 질의하는 서버: {names}"
            )
        }
        Notice::PoolsFull { sets, more, kept } => {
            let sets = sets.join(", ");
            let more = some_more(*more);
            let count = format::count(*kept as u64);
            let kept = counted(*kept as u64, "address", "addresses");
            say!(
                "the targets of {sets}{more} have more addresses than are kept: the newest {kept} of each count",
                "대상의 주소가 보관 한도보다 많은 세트: {sets}{more}. 세트마다 최근 주소 {count}개만 집계한다"
            )
        }
        Notice::Finding(found) => finding(found),
        Notice::NothingApart => pick(
            "no answer can be told apart: only the HTTP side is evidence",
            "구별할 수 있는 응답이 없다: HTTP 쪽만 근거가 된다",
        )
        .to_owned(),
        Notice::LookAlike { pairs, more } => look_alikes(pairs, *more),
        Notice::Undeclared {
            values,
            more,
            servers,
            answers,
        } => undeclared(values, *more, &who(servers, names), *answers),
        Notice::PartialAnswer {
            server,
            set,
            held,
            of,
        } => {
            let server = name(names, *server);
            say!(
                "an answer of {server} held only {held} of the {of} values of {set}; it counts as that set's",
                "{server} 서버의 응답에 {set} 세트의 값 {of}개 중 {held}개만 있었다; 그 세트의 응답으로 집계한다"
            )
        }
        Notice::Resolvers { addresses, ttl } => resolvers(addresses, *ttl),
        Notice::ChangeUnread(error) => {
            let error = api_error(error);
            say!(
                "the change cannot be read, so the run waits for nothing: {error}",
                "변경을 읽을 수 없어 기다리지 않고 진행한다: {error}"
            )
        }
        Notice::HealthUnread { error, was_read } => {
            let last = pick("what was read last counts", "마지막으로 읽은 값을 쓴다");
            let healthy = pick("assuming healthy", "정상으로 간주한다");
            let counts = if *was_read { last } else { healthy };
            let error = api_error(error);
            say!(
                "health checks cannot be read, {counts}: {error}",
                "상태 확인을 읽을 수 없어 {counts}: {error}"
            )
        }
        Notice::Record(remark) => record(remark),
        Notice::BadAddresses { addresses, more } => {
            let one = |bad: &BadAddress| {
                let BadAddress {
                    set,
                    address,
                    failed,
                    requests,
                } = bad;
                say!(
                    "{set} {address} ({failed} of {requests} requests)",
                    "{set} {address} (요청 {requests}건 중 {failed}건)"
                )
            };
            let all = listed(addresses.iter().map(one).collect(), *more);
            say!(
                "an address fails over HTTP while the others of its set do not: {all}",
                "같은 세트의 다른 주소와 달리 HTTP에서 실패하는 주소: {all}"
            )
        }
        Notice::CertificatesEnd { sets, more } => {
            let one = |end: &CertificateEnds| {
                let (set, days) = (&end.set, end.days);
                match days {
                    0.. => say!("{set} in {days} days", "{set} {days}일 남음"),
                    _ => say!("{set} has expired", "{set} 만료됨"),
                }
            };
            let all = listed(sets.iter().map(one).collect(), *more);
            say!("certificates end: {all}", "인증서 만료: {all}")
        }
        Notice::StagesUnknown(sets) => stage::unknown(sets),
        Notice::GatesUnknown(rules) => gate::unknown(rules),
        Notice::GatesStarved(gates) => gate::starved(gates),
        Notice::TtlsDiffer(ttls) => ttls_differ(ttls),
        Notice::LogIncomplete { path, why } => log_incomplete(path, why),
        Notice::Untold {
            way,
            failed,
            surplus,
            why,
        } => untold(way.as_str(), failed + surplus, *failed, *surplus, why),
        Notice::NoWebServers(why) => say!("HTTP is off: {why}", "HTTP를 끈다: {why}"),
        Notice::Rehearsal {
            api_url,
            keys: [id, secret],
            zone_id,
        } => say!(
            "rehearsal: move the weights with the AWS CLI (r53mon demo --help says how) in zone {zone_id}, after export \
             AWS_ENDPOINT_URL_ROUTE_53={api_url} AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1",
            "연습: AWS CLI로 호스팅 영역 {zone_id}의 가중치를 옮겨 본다 (방법은 r53mon demo --help에 있다). 먼저 실행할 것: export \
             AWS_ENDPOINT_URL_ROUTE_53={api_url} AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret} AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1"
        ),
    }
}

/// Servers in words.
struct Who {
    names: String,
    is_all: bool,
    /// The ending of a verb.
    s: &'static str,
}

fn who(servers: &[ServerIndex], names: &[&str]) -> Who {
    let is_all = servers.len() == names.len() && names.len() > 1;
    let each = servers.iter().map(|server| name(names, *server));
    Who {
        names: if is_all {
            pick("all name servers", "모든 네임 서버").to_owned()
        } else {
            each.collect::<Vec<_>>().join(", ")
        },
        is_all,
        s: if servers.len() == 1 { "s" } else { "" },
    }
}

fn negative(fault: Fault, who: &Who, keep: Option<Duration>) -> String {
    let Who { names, s, .. } = who;
    let what = match fault {
        Fault::Nxdomain => "NXDOMAIN",
        _ => pick(
            "that there is no such record (NODATA)",
            "레코드 없음(NODATA)",
        ),
    };
    match keep.map(|keep| keep.as_secs()) {
        Some(keep) => say!(
            "{names} answer{s} {what}: resolvers keep that for {keep} s",
            "{what} 응답을 주는 서버: {names}. 리졸버가 {keep}초 동안 보관한다"
        ),
        None => say!(
            "{names} answer{s} {what}, without an SOA: resolvers must not keep that",
            "SOA 없이 {what} 응답을 주는 서버: {names}. 리졸버가 보관해서는 안 된다"
        ),
    }
}

fn undeclared(values: &[String], more: usize, who: &Who, answers: u64) -> String {
    let Who { names, s, .. } = who;
    let values = values.join(", ");
    let more = some_more(more);
    let count = format::count(answers);
    let answers = counted(answers, "such answer", "such answers");
    say!(
        "{names} answer{s} with {values}{more}, which no set declares ({answers})",
        "어느 세트에도 없는 응답을 주는 서버: {names}. 값 {values}{more} (응답 {count}건)"
    )
}

fn some_more(more: usize) -> String {
    if more > 0 {
        format!(" {}", and_more(more))
    } else {
        String::new()
    }
}

fn short(lack: Shortage, queries: u64, requests: u64) -> String {
    let [asked, requested] = [queries, requests].map(format::count);
    let queries = counted(queries, "question was", "questions were");
    let made = counted(requests, "HTTP request was", "HTTP requests were");
    let requests = if requests == 0 {
        String::new()
    } else {
        say!(", {made} not made", ", HTTP 요청 {requested}건")
    };
    let (what, cure) = (lack.to_string(), lack.cure());
    say!(
        "{what}: {queries} not asked{requests}, counted as skipped; {cure}",
        "{what}: 질의 {asked}건{requests}을 보내지 못해 건너뜀으로 센다; {cure}"
    )
}

fn finding(found: &Finding) -> String {
    // It is looked at once; the run goes on measuring it.
    let is_of_start = found.check == CheckId::Http;
    let when = if is_of_start {
        pick("at the start: ", "시작할 때: ")
    } else {
        ""
    };
    format!("{when}{}", Obstacle::from(found.clone()))
}

fn look_alikes(pairs: &[LookAlike], more: usize) -> String {
    let pair = |LookAlike { one, two, lost }: &LookAlike| match lost {
        Lost::All => say!(
            "{one} and {two} answer the same: all their answers are ambiguous",
            "응답이 같은 세트: {one}, {two}. 응답이 모두 모호하다"
        ),
        Lost::AllOfOne => say!(
            "all answers of {one} could be {two}'s: they are ambiguous",
            "{one} 세트의 응답은 모두 {two} 세트의 것일 수 있어 모호하다"
        ),
        Lost::Shared { shared, addresses } => say!(
            "{one} and {two} share {shared} of {addresses} addresses: answers with only those are ambiguous",
            "주소 {addresses}개 중 {shared}개가 같은 세트: {one}, {two}. 그 주소만 있는 응답은 모호하다"
        ),
    };
    let mut told: Vec<String> = pairs.iter().map(pair).collect();
    if more > 0 {
        told.push(say!("and {more} more pairs", "외 {more}쌍"));
    }
    told.join("; ")
}

fn resolvers(addresses: &[IpAddr], ttl: Option<Duration>) -> String {
    let (a, s, whose) = if addresses.len() == 1 {
        ("a ", "", "its cache is")
    } else {
        ("", "s", "their caches are")
    };
    let addresses: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
    let addresses = addresses.join(", ");
    let ttl = ttl.map_or_else(String::new, |ttl| {
        let seconds = ttl.as_secs();
        say!(" ({seconds} s)", " ({seconds}초)")
    });
    say!(
        "asking through {a}resolver{s} ({addresses}): {whose} measured, at most one independent sample per TTL{ttl}",
        "리졸버({addresses})를 거쳐 질의한다: 캐시를 측정하게 되며, 독립 표본은 TTL마다 많아야 하나다{ttl}"
    )
}

/// What has to be known about a record besides its shares.
pub fn record(remark: &RecordRemark) -> String {
    match remark {
        RecordRemark::Wildcard { wanted, wildcard } => say!(
            "no record has the name {wanted}; the wildcard {wildcard} answers, and is what is measured",
            "{wanted} 이름의 레코드는 없다; 와일드카드 {wildcard} 레코드가 응답하며, 그것을 측정한다"
        ),
        RecordRemark::OtherType {
            measured,
            other,
            weights,
        } => {
            let shown = weights.iter().take(SETS);
            let shown: Vec<String> = shown
                .map(|(set, weight)| format!("{set} {weight}"))
                .collect();
            let (shown, more) = (
                shown.join(", "),
                if weights.len() > SETS { ", ..." } else { "" },
            );
            say!(
                "the {other} records here have other weights ({shown}{more}); measured is {measured}, --record-type picks",
                "이 이름의 {other} 레코드는 가중치가 다르다 ({shown}{more}); 측정 대상은 {measured} 레코드이며 --record-type으로 고른다"
            )
        }
    }
}

sentences! {
    /// Events have not reached whoever was to be told of them: the setting, how many, and the last reason.
    untold(setting: &str, events: u64 => "event" | "events", failed: u64, surplus: u64, why: &str)
        "{setting}: {events} not delivered ({failed} failed, {surplus} found no room to wait); the last reason: {why}"
        "{setting}: 이벤트 {events}건을 전하지 못했다 (실패 {failed}건, 대기열 초과 {surplus}건); 마지막 이유: {why}";
}

/// The log has lines that were never written.
pub fn log_incomplete(path: &str, why: &str) -> String {
    say!(
        "the log {path} cannot be written: {why}; what it should hold since is missing",
        "로그 {path} 파일에 쓸 수 없다: {why}; 그 뒤의 내용이 빠져 있다"
    )
}

/// The sets of a group have different TTLs.
/// Some of many, and how many there are besides.
fn listed(mut some: Vec<String>, more: usize) -> String {
    some.extend((more > 0).then(|| and_more(more)));
    some.join(", ")
}

/// The sentence about TTLs.
pub fn ttls_differ(ttls: &[Duration]) -> String {
    let ttls: Vec<String> = ttls.iter().copied().map(format::ttl).collect();
    let ttls = ttls.join(", ");
    say!(
        "TTLs differ ({ttls}): real traffic is split differently from the weights",
        "TTL이 서로 다르다 ({ttls}): 실제 트래픽은 가중치와 다르게 나뉜다"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::model::name::RecordName;
    use crate::views::samples;

    const NAMES: [&str; 2] = ["ns-1", "ns-2"];

    fn told(notice: &Notice) -> String {
        sentence(notice, &NAMES)
    }

    #[test]
    fn servers_are_named_unless_it_is_all_of_them() {
        let gone = |servers: &[usize], keep: Option<u64>| {
            told(&Notice::Negative {
                fault: Fault::Nxdomain,
                servers: servers.iter().map(|&server| server.into()).collect(),
                keep: keep.map(Duration::from_secs),
            })
        };
        assert_eq!(
            gone(&[0], Some(900)),
            "ns-1 answers NXDOMAIN: resolvers keep that for 900 s"
        );
        assert_eq!(
            gone(&[0, 1], None),
            "all name servers answer NXDOMAIN, without an SOA: resolvers must not keep that"
        );
        let referral = |asked: &str, child: &str, servers: &[usize]| {
            let name = |text| RecordName::from_user(text).expect("a name");
            told(&Notice::Referral {
                asked: name(asked),
                child: name(child),
                servers: servers.iter().map(|&server| server.into()).collect(),
            })
        };
        assert_eq!(
            referral("app.dev.example.com", "dev.example.com", &[0]),
            "app.dev.example.com lies below dev.example.com, which is delegated to another zone (so ns-1 says)"
        );
        assert_eq!(
            referral("dev.example.com", "dev.example.com", &[0, 1]),
            "dev.example.com is delegated to another zone"
        );
        assert_eq!(
            told(&Notice::Recursive {
                servers: vec![0.into()]
            }),
            "ns-1 answers without authority and offers recursion: a resolver, or something in between; this is not counted"
        );
    }

    #[test]
    fn what_no_set_declares_is_told_with_its_values_and_servers() {
        let strange = |values: &[&str], more, servers: &[usize], answers| {
            told(&Notice::Undeclared {
                values: values.iter().map(ToString::to_string).collect(),
                more,
                servers: servers.iter().map(|&server| server.into()).collect(),
                answers,
            })
        };
        assert_eq!(
            strange(&["192.0.2.9"], 0, &[1], 1),
            "ns-2 answers with 192.0.2.9, which no set declares (1 such answer)"
        );
        assert_eq!(
            strange(&["192.0.2.9", "192.0.2.8"], 4, &[0, 1], 1_200),
            "all name servers answer with 192.0.2.9, 192.0.2.8 and 4 more, which no set declares (1,200 such answers)"
        );
    }

    #[test]
    fn every_notice_has_a_sentence_and_a_place_of_its_own_by_urgency() {
        let notices = samples::notices();
        assert!(notices.is_sorted_by_key(Notice::subject));
        let told: BTreeSet<String> = notices.iter().map(told).collect();
        assert_eq!(told.len(), notices.len());
    }

    #[test]
    fn the_first_pairs_are_named_and_the_rest_counted() {
        let pair = |lost| LookAlike {
            one: "blue".to_owned(),
            two: "green".to_owned(),
            lost,
        };
        let (shared, addresses) = (1, 3);
        let pairs = [
            pair(Lost::AllOfOne),
            pair(Lost::Shared { shared, addresses }),
        ];
        assert_eq!(
            look_alikes(&pairs, 7),
            "all answers of blue could be green's: they are ambiguous; blue and green share 1 of 3 addresses: answers with only those are ambiguous; and 7 more pairs"
        );
    }
}
