//! What happened, each thing in a sentence.

use std::borrow::Cow;
use std::time::Duration;

use crate::model::change::{Cause, Change, TtlChange};
use crate::model::event::{Happening, LookedUp, NoAddress};
use crate::model::health::SetHealth;
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::views::format;

use super::{and_more, api_error, counted, name, news, not_amazons, notice, or_nothing_there};

/// So many weights are named at the start; a hundred would bury the rest of the list.
const WEIGHTS: usize = 6;

/// What happened in a sentence, as its parts came from outside. `names` are those of the servers, in the order of asking.
pub fn sentence<'a>(what: &'a Happening, names: &[&str]) -> Cow<'a, str> {
    Cow::Owned(match what {
        Happening::Started {
            group,
            servers,
            api_url,
        } => {
            let api = api_url.as_deref().map(not_amazons);
            let api = api.map_or_else(String::new, |api| format!(", API at {api}"));
            format!("{}{api}", started(group, *servers))
        }
        Happening::SegmentBegan { changes, .. } => {
            format!("configuration changed: {}", changes_in_words(changes))
        }
        Happening::TtlChanged(changes) => {
            let changes: Vec<String> = changes.iter().map(ttl_change).collect();
            format!("TTL changed: {}", changes.join(", "))
        }
        Happening::PollFailed(error) => {
            let error = api_error(error);
            format!("cannot read the configuration, measuring with the last one: {error}")
        }
        Happening::PollRecovered => "the configuration can be read again".to_owned(),
        Happening::ServerSilent { server } => {
            let server = name(names, *server);
            format!("name server {server} gives no usable answer")
        }
        Happening::ServerBack { server } => {
            format!("name server {} answers again", name(names, *server))
        }
        Happening::ChangePending { id, submitted_at } => format!(
            "change {id}, submitted at {} UTC, is on its way to the name servers",
            format::clock(*submitted_at)
        ),
        Happening::ChangeInSync { id, submitted_at } => format!(
            "change {id}, submitted at {} UTC, is in sync: all name servers have it, says the API",
            format::clock(*submitted_at)
        ),
        Happening::LookupFailed { of, why } => {
            format!("cannot look up {}: {}", looked_up(of), no_address(why))
        }
        Happening::AddressChanged {
            server,
            failed,
            address,
        } => {
            let server = name(names, *server);
            let address = address.map_or_else(|| "no address".to_owned(), |at| at.to_string());
            let why = failed.map_or_else(String::new, |failed| {
                format!(": {failed} fails again and again")
            });
            format!("{server} is now asked at {address}{why}")
        }
        Happening::StoodStill { length } => format!(
            "this machine stood still for {} s: what was under way is not counted",
            length.as_secs()
        ),
        Happening::CountedAnew { .. } => "counted anew by hand".to_owned(),
        Happening::RateChanged { per_second } => {
            let queries = counted((*per_second).into(), "query", "queries");
            format!("rate changed by hand: {queries} a second")
        }
        Happening::HttpSwitched { on: true } => "HTTP requests switched on by hand".to_owned(),
        Happening::HttpSwitched { on: false } => "HTTP requests switched off by hand".to_owned(),
        Happening::Noticed(what) => notice::sentence(what, names),
        Happening::Verdict(what) => news::sentence(what, names),
    })
}

/// Why a segment began.
pub fn cause(cause: &Cause) -> String {
    match cause {
        Cause::Start => "start of the run".to_owned(),
        Cause::Changed(changes) => changes_in_words(changes),
        Cause::ByHand => "counted anew by hand".to_owned(),
    }
}

fn started(group: &WeightedGroup, servers: usize) -> String {
    let weights = group.sets.iter().take(WEIGHTS).map(WeightedSet::declared);
    let mut weights = weights.collect::<Vec<_>>().join(", ");
    if group.sets.len() > WEIGHTS {
        weights = format!("{weights} {}", and_more(group.sets.len() - WEIGHTS));
    }
    let servers = counted(servers as u64, "name server", "name servers");
    let (name, record_type) = (&group.name, group.record_type);
    format!("measuring {name} {record_type}: weights {weights}, {servers}")
}

fn changes_in_words(changes: &[Change]) -> String {
    let changes: Vec<String> = changes.iter().map(change).collect();
    changes.join(", ")
}

fn change(change: &Change) -> String {
    match change {
        Change::Added { set, weight } => format!("{set} added with weight {weight}"),
        Change::Weight { set, from, to } => format!("{set} {from} -> {to}"),
        Change::Removed { set } => format!("{set} removed"),
        Change::Target { set, from, to } => format!("{set} now {to} (was {from})"),
        Change::Health { set, from, to } => {
            let is = match (to.counts_as_healthy(), from) {
                (true, _) => "is healthy again",
                // Nobody knew what it was before.
                (false, SetHealth::Assumed | SetHealth::NoStatus(_) | SetHealth::NotRead) => {
                    "is unhealthy"
                }
                (false, _) => "has become unhealthy",
            };
            format!("{set} {is}")
        }
        Change::Replaced { found } => {
            format!(
                "no longer weighted: the zone has {}",
                or_nothing_there(found)
            )
        }
        Change::WeightedAgain => "weighted again".to_owned(),
        Change::Share { set, .. } => format!("{set} has another share"),
    }
}

fn ttl_change(change: &TtlChange) -> String {
    let ttl = |ttl: Option<Duration>| ttl.map_or_else(|| "none".to_owned(), format::ttl);
    format!("{} {} -> {}", change.set, ttl(change.from), ttl(change.to))
}

fn looked_up(of: &LookedUp) -> String {
    match of {
        LookedUp::Server(name) => format!("name server {name}"),
        LookedUp::Target { name, set } => format!("{name}, the target of {set}"),
    }
}

/// Why a look-up gave no address.
pub fn no_address(why: &NoAddress) -> Cow<'_, str> {
    match why {
        NoAddress::Failed(why) => Cow::Borrowed(why),
        NoAddress::NoRecord(record_type) => Cow::Owned(format!("it has no {record_type} record")),
    }
}
