//! Whether the world's resolvers are led to the servers of this zone: what the parent delegates to is held against the
//! delegation set.
//!
//! The parent's own servers are asked, because resolvers keep old delegations for days; where none of them can be asked,
//! the resolver's word is taken. Names of one's own for the same servers (white-label) are fine: then the addresses count.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use super::Deadline;
use super::address::is_public;
use super::group::some;
use crate::model::answer::Rcode;
use crate::model::finding::{CheckId, Finding};
use crate::model::name::RecordName;
use crate::sources::exchange::{self, Inspection, Question, QuestionType, Transport};
use crate::sources::lookup::{Family, Lookup};
use crate::sources::route53::Zone;
use crate::sources::together::side_by_side;

/// So many of the parent's servers are tried.
const MOST_PARENT_SERVERS: usize = 3;

/// How the parent's servers are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parents {
    /// At which port.
    pub port: u16,
    /// Whether servers that the world cannot reach are asked too. Their replies would not be the world's.
    pub private_too: bool,
}

impl Default for Parents {
    fn default() -> Self {
        Self {
            port: 53,
            private_too: false,
        }
    }
}

/// Compares what is delegated with the zone's delegation set.
pub async fn check(zone: &Zone, lookup: &Lookup, parents: Parents, time: Deadline) -> Finding {
    let check = CheckId::Delegation;
    if zone.private {
        return Finding::skipped(check, "a private zone is not delegated");
    }
    let own = names_of(zone);
    if own.is_empty() {
        return Finding::skipped(check, "Route 53 lists no name servers for the zone");
    }
    let said = match ask_parent(zone, lookup, parents, time).await {
        Some(said) => Ok(said),
        None => (lookup.name_servers(&zone.name).await).map(|to| (to, "the resolver".to_owned())),
    };
    let (delegated, by) = match said {
        Ok((delegated, by)) => (BTreeSet::from_iter(delegated), by),
        Err(why) => {
            let zone = &zone.name;
            let what = format!("the resolver does not say where {zone} is delegated to: {why}");
            return Finding::skipped(check, what).cure("name another resolver (--resolver)");
        }
    };
    let strangers = strangers(&delegated, &own, lookup).await;
    let finding = compare(&zone.name, &delegated, &own, &strangers);
    Finding {
        what: format!("{}, says {by}", finding.what),
        ..finding
    }
}

/// The zone's own name servers, as far as their names can be read.
pub(super) fn names_of(zone: &Zone) -> BTreeSet<RecordName> {
    let name = |text: &String| RecordName::from_user(text).ok();
    zone.name_servers.iter().filter_map(name).collect()
}

fn compare(
    zone: &RecordName,
    delegated: &BTreeSet<RecordName>,
    own: &BTreeSet<RecordName>,
    strangers: &[String],
) -> Finding {
    let ok = |to: &str| Finding::ok(CheckId::Delegation, format!("{zone} is delegated to {to}"));
    let warning = |what: &str| Finding::warning(CheckId::Delegation, format!("{zone} is {what}"));
    if delegated.is_empty() {
        return warning("not delegated: the world's resolvers cannot find this zone")
            .cause("the parent zone has no NS records for it")
            .cure("put the zone's name servers into the parent zone or at the registrar");
    }
    if delegated == own {
        return ok(&format!("the zone's {} name servers", own.len()));
    }
    let only_own = delegated.is_subset(own);
    if strangers.is_empty() && !only_own {
        return ok("the addresses of the zone's name servers under other names");
    }
    let named = some(strangers);
    if strangers.len() == delegated.len() {
        return warning(&format!("delegated to other servers: {named}"))
            .cause("another zone of this name (a twin) is in use, and changes here reach nobody")
            .cure("measure the zone that is delegated (--zone-id), or delegate to this zone's servers at the parent or registrar");
    }
    let to = if only_own {
        format!("not to {}", some(own.difference(delegated)))
    } else {
        format!("also to {named}, which are not this zone's")
    };
    warning(&format!("delegated {to}"))
        .cause("resolvers share their questions among the servers that the parent names")
        .cure("name exactly the zone's servers at the parent or registrar")
}

/// Where one of the parent's own servers says that the zone is delegated to, nowhere if that is empty, and who it is, for
/// people; `None` if none of them can be asked.
async fn ask_parent(
    zone: &Zone,
    lookup: &Lookup,
    parents: Parents,
    time: Deadline,
) -> Option<(Vec<RecordName>, String)> {
    let question = Question::of(&zone.name, QuestionType::Ns).ok()?;
    let mut parent = zone.name.parent();
    while let Some(name) = parent {
        let servers = lookup.name_servers(&name).await.unwrap_or_default();
        for server in servers.iter().take(MOST_PARENT_SERVERS) {
            let found = lookup.addresses(server, Family::V4).await;
            let found = found.unwrap_or_default();
            let reachable = |address: &&IpAddr| parents.private_too || is_public(**address);
            let Some(&address) = found.addresses.iter().find(reachable) else {
                continue;
            };
            let address = SocketAddr::new(address, parents.port);
            let limit = time.left() / 2;
            let reply = exchange::inspect(&question, address, Transport::Udp, false, limit).await;
            if let Some(delegated) = reply.ok().and_then(|reply| delegated_by(reply, &zone.name)) {
                return Some((delegated, format!("{server}, a server of {name}")));
            }
        }
        if !servers.is_empty() {
            return None;
        }
        // No zone begins at this name, so the parent zone is further up.
        parent = name.parent();
    }
    None
}

/// What a reply says about the delegation, if it does.
fn delegated_by(reply: Inspection, zone: &RecordName) -> Option<Vec<RecordName>> {
    if let Some((_, referred)) = reply.authority.filter(|(owner, _)| owner == zone) {
        return Some(referred);
    }
    let says_no = reply.authoritative && matches!(reply.rcode, Rcode::NxDomain | Rcode::NoError);
    (says_no || !reply.name_servers.is_empty()).then_some(reply.name_servers)
}

/// Those who are delegated to and whose addresses are not all addresses of the zone's own servers.
async fn strangers(
    delegated: &BTreeSet<RecordName>,
    own: &BTreeSet<RecordName>,
    lookup: &Lookup,
) -> Vec<String> {
    let foreign: Vec<RecordName> = delegated.difference(own).cloned().collect();
    if foreign.is_empty() {
        return Vec::new();
    }
    let (known, theirs) = tokio::join!(
        addresses(own.iter().cloned(), lookup),
        addresses(foreign, lookup)
    );
    let known: BTreeSet<IpAddr> = known.into_iter().flat_map(|(_, found)| found).collect();
    let is_stranger =
        |found: &[IpAddr]| found.is_empty() || !found.iter().all(|address| known.contains(address));
    let strangers = theirs.into_iter().filter(|(_, found)| is_stranger(found));
    strangers.map(|(name, _)| name.to_string()).collect()
}

/// The addresses of some names, looked up side by side.
pub(super) async fn addresses(
    names: impl IntoIterator<Item = RecordName>,
    lookup: &Lookup,
) -> Vec<(RecordName, Vec<IpAddr>)> {
    let find = |name: RecordName| {
        let lookup = lookup.clone();
        async move {
            let found = lookup.both_families(&name).await.into_iter().flatten();
            (name, found.flat_map(|found| found.addresses).collect())
        }
    };
    side_by_side(names.into_iter().map(find).collect()).await
}
