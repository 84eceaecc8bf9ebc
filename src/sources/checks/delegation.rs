//! Whether the world's resolvers are led to the servers of this zone: what the parent delegates to is held against the
//! delegation set.
//!
//! The parent's own servers are asked, because resolvers keep old delegations for days; where none of them can be asked,
//! the resolver's word is taken. Names of one's own for the same servers (white-label) are fine: then the addresses count.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use tokio::task::JoinSet;

use super::Deadline;
use super::address::is_public;
use super::group::some;
use crate::model::answer::Rcode;
use crate::model::finding::{CheckId, Finding};
use crate::model::name::RecordName;
use crate::sources::exchange::{self, Question, QuestionType, Transport};
use crate::sources::lookup::{Family, Lookup};
use crate::sources::route53::Zone;

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

/// What somebody says about the delegation.
#[derive(Clone, Debug, PartialEq, Eq)]
struct DelegatedTo {
    /// Where the zone is delegated to; nowhere if empty.
    name_servers: Vec<RecordName>,
    /// Who says so, for people.
    by: String,
}

/// Compares what is delegated with the zone's delegation set.
pub async fn check(zone: &Zone, lookup: &Lookup, parents: Parents, time: Deadline) -> Finding {
    let check = CheckId::Delegation;
    if zone.private {
        return Finding::skipped(check, "a private zone is not delegated");
    }
    let own: BTreeSet<RecordName> = zone
        .name_servers
        .iter()
        .filter_map(|name| RecordName::from_user(name).ok())
        .collect();
    if own.is_empty() {
        return Finding::skipped(check, "Route 53 lists no name servers for the zone");
    }
    let word = match ask_parent(zone, lookup, parents, time).await {
        Some(word) => word,
        None => match ask_resolver(zone, lookup).await {
            Ok(word) => word,
            Err(why) => {
                return Finding::skipped(
                    check,
                    format!(
                        "the resolver does not say where {} is delegated to: {why}",
                        zone.name
                    ),
                )
                .cure("name another resolver (--resolver)");
            }
        },
    };
    let delegated: BTreeSet<RecordName> = word.name_servers.iter().cloned().collect();
    if delegated.is_empty() {
        return undelegated(zone, &word.by);
    }
    if delegated == own {
        let count = own.len();
        return Finding::ok(
            check,
            format!(
                "{} is delegated to the zone's {count} name servers, says {}",
                zone.name, word.by
            ),
        );
    }
    let foreign: Vec<&RecordName> = delegated.difference(&own).collect();
    let missing: Vec<String> = own
        .difference(&delegated)
        .map(RecordName::to_string)
        .collect();
    let strangers = if foreign.is_empty() {
        Vec::new()
    } else {
        strangers(&foreign, &own, lookup).await
    };
    judge(
        zone,
        &word.by,
        delegated.len(),
        &foreign,
        &strangers,
        &missing,
    )
}

fn judge(
    zone: &Zone,
    by: &str,
    delegated: usize,
    foreign: &[&RecordName],
    strangers: &[String],
    missing: &[String],
) -> Finding {
    let check = CheckId::Delegation;
    if !foreign.is_empty() && strangers.is_empty() {
        return Finding::ok(
            check,
            format!(
                "{} is delegated to the addresses of the zone's name servers under other names, says {by}",
                zone.name
            ),
        );
    }
    if !strangers.is_empty() && strangers.len() == delegated {
        return Finding::warning(
            check,
            format!(
                "{} is delegated to other servers: {}, says {by}",
                zone.name,
                some(strangers)
            ),
        )
        .cause("another zone of this name (a twin) is in use, and changes here reach nobody")
        .cure("measure the zone that is delegated (--zone-id), or delegate to this zone's servers at the parent or registrar");
    }
    let mut parts = Vec::new();
    if !strangers.is_empty() {
        parts.push(format!(
            "also to {}, which are not this zone's",
            some(strangers)
        ));
    }
    if foreign.is_empty() && !missing.is_empty() {
        parts.push(format!("not to {}", some(missing)));
    }
    Finding::warning(
        check,
        format!(
            "{} is delegated {}, says {by}",
            zone.name,
            parts.join(" and ")
        ),
    )
    .cause("resolvers share their questions among the servers that the parent names")
    .cure("name exactly the zone's servers at the parent or registrar")
}

fn undelegated(zone: &Zone, by: &str) -> Finding {
    Finding::warning(
        CheckId::Delegation,
        format!(
            "{} is not delegated: the world's resolvers cannot find this zone, says {by}",
            zone.name
        ),
    )
    .cause("the parent zone has no NS records for it")
    .cure("put the zone's name servers into the parent zone or at the registrar")
}

/// What one of the parent's own servers says; `None` if none of them can be asked.
async fn ask_parent(
    zone: &Zone,
    lookup: &Lookup,
    parents: Parents,
    time: Deadline,
) -> Option<DelegatedTo> {
    let question = Question::of(&zone.name, QuestionType::Ns).ok()?;
    let mut parent = zone.name.parent();
    while let Some(name) = parent {
        let servers = lookup.name_servers(&name).await.unwrap_or_default();
        for server in servers.iter().take(MOST_PARENT_SERVERS) {
            let Ok(found) = lookup.addresses(server, Family::V4).await else {
                continue;
            };
            let reachable = |address: &&IpAddr| parents.private_too || is_public(**address);
            let Some(&address) = found.addresses.iter().find(reachable) else {
                continue;
            };
            let address = SocketAddr::new(address, parents.port);
            let reply =
                exchange::inspect(&question, address, Transport::Udp, false, time.left() / 2).await;
            let Ok(reply) = reply else { continue };
            let by = format!("{server}, a server of {name}");
            let referred = reply.authority.filter(|(owner, _)| *owner == zone.name);
            if let Some((_, name_servers)) = referred {
                return Some(DelegatedTo { name_servers, by });
            }
            if !reply.name_servers.is_empty() {
                return Some(DelegatedTo {
                    name_servers: reply.name_servers,
                    by,
                });
            }
            let says_no = matches!(reply.rcode, Rcode::NxDomain | Rcode::NoError);
            if reply.authoritative && says_no {
                return Some(DelegatedTo {
                    name_servers: Vec::new(),
                    by,
                });
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

async fn ask_resolver(zone: &Zone, lookup: &Lookup) -> Result<DelegatedTo, String> {
    Ok(DelegatedTo {
        name_servers: lookup.name_servers(&zone.name).await?,
        by: "the resolver".to_owned(),
    })
}

/// Those of the foreign names whose addresses are not all addresses of the zone's own servers.
async fn strangers(
    foreign: &[&RecordName],
    own: &BTreeSet<RecordName>,
    lookup: &Lookup,
) -> Vec<String> {
    let (known, theirs) = tokio::join!(
        addresses(own.iter().cloned(), lookup),
        addresses(foreign.iter().copied().cloned(), lookup)
    );
    let known: BTreeSet<IpAddr> = known.into_iter().flat_map(|(_, found)| found).collect();
    let mut strangers: Vec<String> = theirs
        .into_iter()
        .filter(|(_, found)| {
            found.is_empty() || !found.iter().all(|address| known.contains(address))
        })
        .map(|(name, _)| name.to_string())
        .collect();
    strangers.sort();
    strangers
}

/// The addresses of some names, looked up side by side.
pub(super) async fn addresses(
    names: impl Iterator<Item = RecordName>,
    lookup: &Lookup,
) -> Vec<(RecordName, Vec<IpAddr>)> {
    let mut looking = JoinSet::new();
    for name in names {
        let lookup = lookup.clone();
        looking.spawn(async move {
            let (four, six) = tokio::join!(
                lookup.addresses(&name, Family::V4),
                lookup.addresses(&name, Family::V6)
            );
            let found = [four, six].into_iter().flatten();
            let found = found.flat_map(|found| found.addresses).collect();
            (name, found)
        });
    }
    let mut all = Vec::new();
    while let Some(done) = looking.join_next().await {
        all.extend(done.ok());
    }
    all
}
