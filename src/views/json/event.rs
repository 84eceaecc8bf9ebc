//! The numbers of what happened, beside the sentence: one object for each kind.

use std::time::Duration;

use serde_json::{Value, json};

use crate::model::change::{Change, TtlChange};
use crate::model::event::{Happening, LookedUp};
use crate::model::finding::{Finding, RecordRemark};
use crate::model::index::ServerIndex;
use crate::model::notice::{BadAddress, CertificateEnds, LookAlike, Lost, Notice, StarvedGate};
use crate::model::record::WeightedSet;
use crate::model::route53_error::Route53Error;
use crate::model::text::visible;
use crate::views::words;

use super::comparison;
use super::gate;
use super::news::{self, name};
use super::stage;
use super::units::{each, time};

/// The fields of what happened; `names` are those of the servers.
pub(super) fn numbers(what: &Happening, names: &[&str]) -> Value {
    match what {
        Happening::Started { group, .. } => json!({
            "sets": each(&group.sets, set),
            "name_servers": names.iter().map(|name| visible(name)).collect::<Vec<_>>(),
        }),
        Happening::SegmentBegan { segment, changes } => {
            json!({ "segment": segment, "changes": each(changes, change) })
        }
        Happening::TtlChanged(changes) => json!({ "changes": each(changes, ttl_change) }),
        Happening::PollFailed(why) => json!({ "error": error(why), "error_kind": kind(why) }),
        Happening::ServerSilent { server } | Happening::ServerBack { server } => {
            json!({ "name_server": name(names, *server) })
        }
        Happening::ChangePending { id, submitted_at }
        | Happening::ChangeInSync { id, submitted_at } => {
            json!({ "change_id": visible(id), "submitted_at": time(*submitted_at) })
        }
        Happening::LookupFailed { of, why } => {
            let (name, set) = match of {
                LookedUp::Server(name) => (visible(name), None),
                LookedUp::Target { name, set } => (name.to_string().into(), Some(visible(set))),
            };
            json!({
                "name": name,
                "set_identifier": set,
                "error": visible(&words::event::no_address(why)),
            })
        }
        Happening::AddressChanged {
            server,
            failed,
            address,
        } => json!({
            "name_server": name(names, *server),
            "failed_address": failed.map(|failed| failed.to_string()),
            "address": address.map(|address| address.to_string()),
        }),
        Happening::Noticed(notice) => {
            let mut fields = about(notice, names);
            fields["subject"] = notice.subject().as_str().into();
            fields
        }
        Happening::Stage(news) => stage::numbers(news),
        Happening::Verdict(what) => news::numbers(what, names),
        Happening::GateTripped { gate, known } | Happening::GateCleared { gate, known } => {
            gate::event(gate, known, names)
        }
        Happening::StoodStill { length, stopped } => {
            json!({ "stood_still_s": length.as_secs_f64(), "stopped": stopped })
        }
        Happening::CountedAnew { segment } => json!({ "segment": segment }),
        Happening::RateChanged { per_second } => json!({ "target_tps": per_second }),
        Happening::HttpSwitched { on } => json!({ "on": on }),
        Happening::SideWorse {
            set,
            than,
            measures,
        } => json!({
            "set_identifier": visible(set),
            "against": visible(than),
            "measures": comparison::of_each(measures),
        }),
        Happening::SideNoLongerWorse { set, than } => {
            json!({ "set_identifier": visible(set), "against": visible(than) })
        }
        Happening::ResolverFailed { address, fault } => {
            json!({ "address": address.to_string(), "error": fault.as_str() })
        }
        Happening::ResolverBack { address } => json!({ "address": address.to_string() }),
        Happening::PollRecovered => json!({}),
    }
}

/// What a notice is about, without its subject.
#[expect(clippy::too_many_lines, reason = "a table with a row for each kind")]
fn about(notice: &Notice, names: &[&str]) -> Value {
    let called = |servers: &[ServerIndex]| -> Vec<String> {
        servers.iter().map(|&it| name(names, it)).collect()
    };
    match notice {
        Notice::Insecure => json!({}),
        Notice::Negative { servers, keep, .. } => {
            json!({ "name_servers": called(servers), "keep_s": keep.map(|keep| keep.as_secs()) })
        }
        Notice::Referral {
            asked,
            child,
            servers,
        } => json!({
            "name_servers": called(servers),
            "name": asked.to_string(),
            "child_zone": child.to_string(),
        }),
        Notice::Recursive { servers } | Notice::WithoutEdns { servers } => {
            json!({ "name_servers": called(servers) })
        }
        Notice::Rcode { rcode, servers } => {
            json!({ "name_servers": called(servers), "rcode": rcode.to_string() })
        }
        Notice::Shortage {
            shortage,
            queries,
            requests,
        } => json!({
            "error": shortage.as_str(),
            "queries_skipped": queries,
            "requests_skipped": requests,
        }),
        Notice::PoolsFull { sets, more, kept } => json!({
            "set_identifiers": each(sets, |set: &String| json!(visible(set))),
            "more_sets": more,
            "addresses_kept": kept,
        }),
        Notice::Finding(found) => finding(found),
        Notice::NothingApart => json!({ "all_sets": true, "pairs": [], "more_pairs": 0 }),
        Notice::LookAlike { pairs, more } => {
            json!({ "all_sets": false, "pairs": each(pairs, pair), "more_pairs": more })
        }
        Notice::Undeclared {
            values,
            more,
            servers,
            answers,
        } => json!({
            "values": each(values, |value: &String| json!(visible(value))),
            "more_values": more,
            "name_servers": called(servers),
            "answers": answers,
        }),
        Notice::PartialAnswer {
            server,
            set,
            held,
            of,
        } => json!({
            "name_server": name(names, *server),
            "set_identifier": visible(set),
            "held": held,
            "of": of,
        }),
        Notice::Resolvers { addresses, ttl } => {
            json!({ "addresses": addresses, "ttl_s": ttl.map(|ttl| ttl.as_secs()) })
        }
        Notice::ChangeUnread(why) => json!({ "error": error(why), "error_kind": kind(why) }),
        Notice::HealthUnread {
            error: why,
            was_read,
        } => json!({ "error": error(why), "error_kind": kind(why), "was_read": was_read }),
        Notice::Record(RecordRemark::Wildcard { wanted, wildcard }) => {
            json!({ "name": wanted.to_string(), "wildcard": wildcard.to_string() })
        }
        Notice::Record(RecordRemark::OtherType {
            measured,
            other,
            weights,
        }) => {
            let weight = |(set, weight): &(String, i64)| json!({ "set_identifier": visible(set), "weight": weight });
            json!({
                "type": measured.as_str(),
                "other_type": other.as_str(),
                "weights": each(weights, weight),
            })
        }
        Notice::BadAddresses { addresses, more } => {
            let address = |bad: &BadAddress| {
                json!({
                    "set_identifier": visible(&bad.set),
                    "address": bad.address.to_string(),
                    "failed": bad.failed,
                    "requests": bad.requests,
                })
            };
            json!({ "addresses": each(addresses, address), "more_addresses": more })
        }
        Notice::CertificatesEnd { sets, more } => {
            let end = |it: &CertificateEnds| json!({ "set_identifier": visible(&it.set), "days_left": it.days });
            json!({ "sets": each(sets, end), "more_sets": more })
        }
        Notice::GatesUnknown(rules) => json!({ "rules": identifiers(rules) }),
        Notice::GatesStarved(gates) => {
            let gate = |it: &StarvedGate| {
                json!({
                    "rule": visible(&it.rule),
                    "samples_needed": it.needed,
                    "samples_expected": it.expected,
                })
            };
            json!({ "gates": each(gates, gate) })
        }
        Notice::StagesUnknown(sets) => json!({ "set_identifiers": identifiers(sets) }),
        Notice::TtlsDiffer(ttls) => {
            json!({ "ttls_s": ttls.iter().map(Duration::as_secs).collect::<Vec<_>>() })
        }
        Notice::LogIncomplete { path, why } => {
            json!({ "path": visible(path), "error": visible(why) })
        }
        Notice::Untold {
            failed,
            surplus,
            why,
            ..
        } => json!({ "failed": failed, "dropped": surplus, "error": visible(why) }),
        Notice::NoWebServers(why) => json!({ "error": visible(why) }),
        Notice::Rehearsal {
            api_url, zone_id, ..
        } => json!({ "api_url": visible(api_url), "zone_id": visible(zone_id) }),
    }
}

fn identifiers(sets: &[String]) -> Vec<Value> {
    each(sets, |set: &String| json!(visible(set)))
}

/// Why Route 53 could not be read.
pub(super) fn error(error: &Route53Error) -> String {
    visible(&words::api_error(error)).into_owned()
}

fn set(set: &WeightedSet) -> Value {
    json!({
        "set_identifier": visible(&set.identifier),
        "weight": set.weight,
        "expected_share": set.share.value,
    })
}

fn change(change: &Change) -> Value {
    let nothing = String::new();
    let (what, set, from, to) = match change {
        Change::Added { set, weight } => ("added", set, Value::Null, json!(weight)),
        Change::Weight { set, from, to } => ("weight", set, json!(from), json!(to)),
        Change::Removed { set } => ("removed", set, Value::Null, Value::Null),
        Change::Target { set, from, to } => {
            let text = |target: String| json!(visible(&target));
            ("target", set, text(from.to_string()), text(to.to_string()))
        }
        Change::Health { set, from, to } => {
            ("health", set, json!(from.as_str()), json!(to.as_str()))
        }
        Change::Share { set, from, to } => ("share", set, json!(from), json!(to)),
        Change::Replaced { found } => (
            "no_longer_weighted",
            &nothing,
            Value::Null,
            json!(visible(found)),
        ),
        Change::WeightedAgain => ("weighted_again", &nothing, Value::Null, Value::Null),
    };
    json!({ "change": what, "set_identifier": visible(set), "from": from, "to": to })
}

fn ttl_change(change: &TtlChange) -> Value {
    json!({
        "change": "ttl",
        "set_identifier": visible(&change.set),
        "from_s": change.from.map(|ttl| ttl.as_secs()),
        "to_s": change.to.map(|ttl| ttl.as_secs()),
    })
}

fn finding(found: &Finding) -> Value {
    json!({
        "status": found.status.as_str(),
        "what": visible(&found.what),
        "cause": found.cause.as_deref().map(visible),
        "cure": found.cure.as_deref().map(visible),
    })
}

fn pair(pair: &LookAlike) -> Value {
    let (lost, counts) = match pair.lost {
        Lost::All => ("all", None),
        Lost::AllOfOne => ("all_of_first", None),
        Lost::Shared { shared, addresses } => ("shared", Some((shared, addresses))),
    };
    json!({
        "set_identifiers": [visible(&pair.one), visible(&pair.two)],
        "lost": lost,
        "shared": counts.map(|(shared, _)| shared),
        "addresses": counts.map(|(_, addresses)| addresses),
    })
}

/// What kind of failure it is.
fn kind(error: &Route53Error) -> &'static str {
    match error {
        Route53Error::NoCredentials { .. } => "no_credentials",
        Route53Error::CredentialsFailed { .. } => "credentials_failed",
        Route53Error::CredentialsSlow { .. } => "credentials_slow",
        Route53Error::NoSuchProfile { .. } => "no_such_profile",
        Route53Error::MalformedValue { .. } => "malformed_value",
        Route53Error::BadProfileFile { .. } => "bad_profile_file",
        Route53Error::ExpiredToken { .. } => "expired_token",
        Route53Error::BadCredentials { .. } => "bad_credentials",
        Route53Error::AccessDenied { .. } => "access_denied",
        Route53Error::ZoneNotFound { .. } => "zone_not_found",
        Route53Error::NoSuchChange { .. } => "no_such_change",
        Route53Error::NameOutsideZone { .. } => "name_outside_zone",
        Route53Error::PrivateZone { .. } => "private_zone",
        Route53Error::NotWeighted { .. } => "not_weighted",
        Route53Error::BadRecord { .. } => "bad_record",
        Route53Error::Throttled { .. } => "throttled",
        Route53Error::Short { .. } => "shortage",
        Route53Error::Unreachable { .. } => "unreachable",
        Route53Error::ClockSkew { .. } => "clock_skew",
        Route53Error::Refused { .. } => "refused",
        Route53Error::BadAnswer { .. } => "bad_answer",
    }
}
