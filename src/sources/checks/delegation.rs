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
use crate::model::language::{Both, both, phrase};
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
        return Finding::skipped(
            check,
            phrase(
                "a private zone is not delegated",
                "프라이빗 영역은 위임되지 않는다",
            ),
        );
    }
    let own = names_of(zone);
    if own.is_empty() {
        return Finding::skipped(
            check,
            phrase(
                "Route 53 lists no name servers for the zone",
                "Route 53에 이 영역의 네임 서버가 없다",
            ),
        );
    }
    let said = match ask_parent(zone, lookup, parents, time).await {
        Some(said) => Ok(said),
        None => (lookup.name_servers(&zone.name).await)
            .map(|to| (to, Both::from(phrase("the resolver", "리졸버")))),
    };
    let (delegated, by) = match said {
        Ok((delegated, by)) => (BTreeSet::from_iter(delegated), by),
        Err(why) => {
            let zone = &zone.name;
            let what = both!(
                "the resolver does not say where {zone} is delegated to: {why}",
                "{zone} 영역의 위임을 리졸버가 알려 주지 않는다: {why}"
            );
            return Finding::skipped(check, what).cure(phrase(
                "name another resolver (--resolver)",
                "다른 리졸버를 지정한다 (--resolver)",
            ));
        }
    };
    let strangers = strangers(&delegated, &own, lookup).await;
    let finding = compare(&zone.name, &delegated, &own, &strangers);
    Finding {
        what: both!(
            "{what}, says {by}",
            "{what} ({by} 기준)",
            what = finding.what
        ),
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
    let ok = |what: Both| Finding::ok(CheckId::Delegation, what);
    let warning = |what: Both| Finding::warning(CheckId::Delegation, what);
    if delegated.is_empty() {
        return warning(both!(
            "{zone} is not delegated: the world's resolvers cannot find this zone",
            "{zone} 영역이 위임되어 있지 않다: 외부의 리졸버가 이 영역을 찾을 수 없다"
        ))
        .cause(phrase(
            "the parent zone has no NS records for it",
            "상위 영역에 NS 레코드가 없다",
        ))
        .cure(phrase(
            "put the zone's name servers into the parent zone or at the registrar",
            "상위 영역이나 등록 기관에 이 영역의 네임 서버를 넣는다",
        ));
    }
    if delegated == own {
        return ok(both!(
            "{zone} is delegated to the zone's {count} name servers",
            "{zone} 영역은 자신의 네임 서버 {count}대에 위임되어 있다",
            count = own.len(),
        ));
    }
    let only_own = delegated.is_subset(own);
    if strangers.is_empty() && !only_own {
        return ok(both!(
            "{zone} is delegated to the addresses of the zone's name servers under other names",
            "{zone} 영역은 이름은 다르지만 자신의 네임 서버 주소에 위임되어 있다"
        ));
    }
    let named = some(strangers);
    if strangers.len() == delegated.len() {
        return warning(both!(
            "{zone} is delegated to other servers: {named}",
            "{zone} 영역이 다른 서버에 위임되어 있다: {named}"
        ))
        .cause(phrase(
            "another zone of this name (a twin) is in use, and changes here reach nobody",
            "이름이 같은 다른 영역이 쓰이고 있어, 여기서 한 변경은 아무에게도 미치지 않는다",
        ))
        .cure(phrase(
            "measure the zone that is delegated (--zone-id), or delegate to this zone's servers at the parent or registrar",
            "위임된 영역을 측정하거나 (--zone-id), 상위 영역이나 등록 기관에서 이 영역의 서버로 위임한다",
        ));
    }
    let what = if only_own {
        both!(
            "{zone} is delegated not to {missing}",
            "{zone} 영역의 위임에 빠진 서버가 있다: {missing}",
            missing = some(own.difference(delegated)),
        )
    } else {
        both!(
            "{zone} is delegated also to {named}, which are not this zone's",
            "{zone} 영역이 자신의 것이 아닌 서버에도 위임되어 있다: {named}"
        )
    };
    warning(what)
        .cause(phrase(
            "resolvers share their questions among the servers that the parent names",
            "리졸버는 상위 영역이 알려 주는 서버들에 질의를 나누어 보낸다",
        ))
        .cure(phrase(
            "name exactly the zone's servers at the parent or registrar",
            "상위 영역이나 등록 기관에 이 영역의 서버를 빠짐없이, 그것만 넣는다",
        ))
}

/// Where one of the parent's own servers says that the zone is delegated to, nowhere if that is empty, and who it is, for
/// people; `None` if none of them can be asked.
async fn ask_parent(
    zone: &Zone,
    lookup: &Lookup,
    parents: Parents,
    time: Deadline,
) -> Option<(Vec<RecordName>, Both)> {
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
                let who = both!("{server}, a server of {name}", "{name}의 서버 {server}");
                return Some((delegated, who));
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
