//! What the reader of the numbers has to know as long as it stands, each thing in a sentence.

use std::net::IpAddr;
use std::time::Duration;

use crate::model::answer::Fault;
use crate::model::finding::{CheckId, Finding, RecordRemark};
use crate::model::index::ServerIndex;
use crate::model::notice::{LookAlike, Lost, Notice};
use crate::model::shortage::Shortage;
use crate::views::format;

use super::{and_more, api_error, counted, name};

/// So many sets of another type are named.
const SETS: usize = 4;

/// A notice in a sentence, as its parts came from outside. `names` are those of the servers, in the order of asking.
pub fn sentence(notice: &Notice, names: &[&str]) -> String {
    match notice {
        Notice::Insecure => "certificates of the endpoint are NOT verified (insecure)".to_owned(),
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
                who => format!(" (so {} say{})", who.names, who.s),
            };
            let below = format!(" lies below {child}, which");
            let below = if asked == child { "" } else { &below };
            format!("{asked}{below} is delegated to another zone{told}")
        }
        Notice::Recursive { servers } => {
            let Who { names, s, .. } = who(servers, names);
            format!(
                "{names} answer{s} without authority and offer{s} recursion: a resolver, or something in between; this is not counted"
            )
        }
        Notice::Rcode { rcode, servers } => {
            let Who { names, s, .. } = who(servers, names);
            format!("{names} answer{s} with {rcode}, which is no answer to a question")
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
            format!("{names} {does} not answer questions with EDNS and {is} asked without")
        }
        Notice::PoolsFull { sets, more, kept } => {
            let sets = sets.join(", ");
            let more = some_more(*more);
            let kept = counted(*kept as u64, "address", "addresses");
            format!(
                "the targets of {sets}{more} have more addresses than are kept: the newest {kept} of each count"
            )
        }
        Notice::Finding(found) => finding(found),
        Notice::NothingApart => {
            "no answer can be told apart: only the HTTP side is evidence".to_owned()
        }
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
        } => format!(
            "an answer of {} held only {held} of the {of} values of {set}; it counts as that set's",
            name(names, *server)
        ),
        Notice::Resolvers { addresses, ttl } => resolvers(addresses, *ttl),
        Notice::ChangeUnread(error) => format!(
            "the change cannot be read, so the run waits for nothing: {}",
            api_error(error)
        ),
        Notice::HealthUnread { error, was_read } => {
            let (last, healthy) = ("what was read last counts", "assuming healthy");
            let counts = if *was_read { last } else { healthy };
            let error = api_error(error);
            format!("health checks cannot be read, {counts}: {error}")
        }
        Notice::Record(remark) => record(remark),
        Notice::TtlsDiffer(ttls) => ttls_differ(ttls),
        Notice::LogIncomplete { path, why } => log_incomplete(path, why),
        Notice::NoWebServers(why) => format!("HTTP is off: {why}"),
        Notice::Rehearsal {
            api_url,
            keys: [id, secret],
            zone_id,
        } => format!(
            "rehearsal: move the weights with the AWS CLI (r53mon demo --help says how) in zone {zone_id}, after export \
             AWS_ENDPOINT_URL_ROUTE_53={api_url} AWS_ACCESS_KEY_ID={id} AWS_SECRET_ACCESS_KEY={secret} AWS_REGION=us-east-1"
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
            "all name servers".to_owned()
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
        _ => "that there is no such record (NODATA)",
    };
    match keep.map(|keep| keep.as_secs()) {
        Some(keep) => format!("{names} answer{s} {what}: resolvers keep that for {keep} s"),
        None => format!("{names} answer{s} {what}, without an SOA: resolvers must not keep that"),
    }
}

fn undeclared(values: &[String], more: usize, who: &Who, answers: u64) -> String {
    let Who { names, s, .. } = who;
    let values = values.join(", ");
    let more = some_more(more);
    let answers = counted(answers, "such answer", "such answers");
    format!("{names} answer{s} with {values}{more}, which no set declares ({answers})")
}

fn some_more(more: usize) -> String {
    if more > 0 {
        format!(" {}", and_more(more))
    } else {
        String::new()
    }
}

fn short(shortage: Shortage, queries: u64, requests: u64) -> String {
    let queries = counted(queries, "question was", "questions were");
    let made = counted(requests, "HTTP request was", "HTTP requests were");
    let requests = if requests == 0 {
        String::new()
    } else {
        format!(", {made} not made")
    };
    let cure = shortage.cure();
    format!("{shortage}: {queries} not asked{requests}, counted as skipped; {cure}")
}

fn finding(found: &Finding) -> String {
    // It is looked at once; the run goes on measuring it.
    let is_of_start = found.check == CheckId::Http;
    let when = if is_of_start { "at the start: " } else { "" };
    format!("{when}{}", found.sentence())
}

fn look_alikes(pairs: &[LookAlike], more: usize) -> String {
    let pair = |LookAlike { one, two, lost }: &LookAlike| match lost {
        Lost::All => format!("{one} and {two} answer the same: all their answers are ambiguous"),
        Lost::AllOfOne => format!("all answers of {one} could be {two}'s: they are ambiguous"),
        Lost::Shared { shared, addresses } => format!(
            "{one} and {two} share {shared} of {addresses} addresses: answers with only those are ambiguous"
        ),
    };
    let mut told: Vec<String> = pairs.iter().map(pair).collect();
    if more > 0 {
        told.push(format!("and {more} more pairs"));
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
    let ttl = ttl.map_or_else(String::new, |ttl| format!(" ({} s)", ttl.as_secs()));
    format!(
        "asking through {a}resolver{s} ({addresses}): {whose} measured, at most one independent sample per TTL{ttl}"
    )
}

/// What has to be known about a record besides its shares.
pub fn record(remark: &RecordRemark) -> String {
    match remark {
        RecordRemark::Wildcard { wanted, wildcard } => format!(
            "no record has the name {wanted}; the wildcard {wildcard} answers, and is what is measured"
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
            format!(
                "the {other} records here have other weights ({shown}{more}); measured is {measured}, --record-type picks"
            )
        }
    }
}

/// The log has lines that were never written.
pub fn log_incomplete(path: &str, why: &str) -> String {
    format!("the log {path} cannot be written: {why}; what it should hold since is missing")
}

/// The sets of a group have different TTLs.
pub fn ttls_differ(ttls: &[Duration]) -> String {
    let ttls: Vec<String> = ttls.iter().copied().map(format::ttl).collect();
    let ttls = ttls.join(", ");
    format!("TTLs differ ({ttls}): real traffic is split differently from the weights")
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
