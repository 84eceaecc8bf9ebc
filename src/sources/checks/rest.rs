//! All the checks that a run does not wait for, side by side. Each finding is told as soon as it is there.

use std::net::{IpAddr, SocketAddr};

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinSet;

use super::delegation::Parents;
use super::essential::Preflight;
use super::group::TargetAddresses;
use super::servers::{self, Probe};
use super::{Deadline, api, bounded, delegation, group, web};
use crate::config::Settings;
use crate::model::finding::{CheckId, Finding};
use crate::model::name::RecordName;
use crate::model::record::{RecordType, Target, WeightedGroup};
use crate::sources::lookup::{Family, Lookup};

/// Where the checks look, apart from the settings. The default is the world as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProbeTargets {
    /// An address at which nobody can answer; `None`: the usual one, where servers of the world are asked.
    pub canary: Option<SocketAddr>,
    /// How the parent's servers are reached.
    pub parents: Parents,
}

/// Makes all the checks that are left and tells each finding. What cannot be looked at for want of something else is told
/// as skipped, unless that has been told before.
pub async fn run(
    preflight: &Preflight,
    settings: &Settings,
    probe: Option<Probe>,
    probe_targets: ProbeTargets,
    time: Deadline,
    told: &UnboundedSender<Finding>,
) {
    // Nobody listens any more when the run has ended.
    let tell = |finding| {
        let _ = told.send(finding);
    };
    if let Some(reader) = &preflight.reader
        && !preflight.has(CheckId::Clock)
    {
        tell(api::clock(reader.api()));
    }
    tokio::join!(
        ask_api(preflight, time, &tell),
        ask_servers(preflight, settings, probe, probe_targets, time, &tell),
        async {
            tell(bounded(CheckId::Tcp, time, over_tcp(preflight, time)).await);
        },
        async {
            tell(
                bounded(
                    CheckId::Delegation,
                    time,
                    ask_parents(preflight, settings, probe_targets.parents, time),
                )
                .await,
            );
        },
        follow_targets(preflight, settings, time, &tell),
    );
}

/// What is skipped because the essential stage did not come so far.
pub fn missing(preflight: &Preflight, findings: &[Finding]) -> Vec<Finding> {
    let why = |check| match check {
        CheckId::GetHostedZone | CheckId::ListResourceRecordSets if preflight.reader.is_some() => {
            "needs the zone"
        }
        CheckId::Zone if preflight.reader.is_some() => "needs route53:GetHostedZone",
        CheckId::Record if preflight.zone.is_none() && preflight.reader.is_some() => {
            "needs the zone"
        }
        CheckId::Record if preflight.reader.is_some() => "needs route53:ListResourceRecordSets",
        CheckId::Clock
        | CheckId::GetHostedZone
        | CheckId::ListResourceRecordSets
        | CheckId::Zone
        | CheckId::Record => "needs credentials",
        CheckId::Udp | CheckId::Tcp | CheckId::Authoritative | CheckId::Port53 => {
            "needs the zone's name servers"
        }
        CheckId::Ttl | CheckId::Pools | CheckId::Http | CheckId::GetHealthCheckStatus => {
            "needs the record"
        }
        _ => "needs the zone",
    };
    CheckId::ALL
        .into_iter()
        .filter(|check| !findings.iter().any(|finding| finding.check == *check))
        .map(|check| Finding::skipped(check, why(check)))
        .collect()
}

async fn ask_api(preflight: &Preflight, time: Deadline, tell: &impl Fn(Finding)) {
    let Some(reader) = &preflight.reader else {
        return;
    };
    if let Some(zone) = &preflight.zone
        && preflight.declared.is_some()
    {
        tell(
            bounded(
                CheckId::ChildZone,
                time,
                Box::pin(api::child_zone(reader, zone)),
            )
            .await,
        );
    }
    if let Some(zone) = &preflight.zone {
        let mut twins = None;
        let permission = bounded(CheckId::ListHostedZonesByName, time, async {
            let [permission, found] = Box::pin(api::twins(reader, zone)).await;
            twins = Some(found);
            permission
        })
        .await;
        tell(permission);
        if let Some(twins) = twins {
            tell(twins);
        }
    }
    // Many checks take as much time as they get.
    if let Some(declared) = &preflight.declared
        && !preflight.has(CheckId::GetHealthCheckStatus)
    {
        tell(
            bounded(
                CheckId::GetHealthCheckStatus,
                time,
                Box::pin(api::health(reader, declared)),
            )
            .await,
        );
    }
}

async fn ask_servers(
    preflight: &Preflight,
    settings: &Settings,
    probe: Option<Probe>,
    probe_targets: ProbeTargets,
    time: Deadline,
    tell: &impl Fn(Finding),
) {
    let (Some(question), Some(servers), Some(probe)) =
        (&preflight.question, &preflight.servers, probe)
    else {
        return;
    };
    let started = crate::clock::instant();
    let canary = probe_targets
        .canary
        .or_else(|| servers::canary_for(servers));
    let (heard, answered) = tokio::join!(
        // The probe is bounded by itself.
        probe.finish(),
        servers::ask_canary(question, canary, time),
    );
    let roles = preflight.roles(settings, &heard).await;
    preflight.set_modes(&heard, &roles);
    let took = crate::clock::instant().saturating_duration_since(started);
    for finding in [
        servers::udp(&heard),
        servers::authoritative(&heard, &roles),
        servers::port_53(canary, answered, &heard, &roles),
    ] {
        tell(finding.took(took));
    }
}

async fn over_tcp(preflight: &Preflight, time: Deadline) -> Finding {
    match (&preflight.question, &preflight.servers) {
        (Some(question), Some(servers)) => servers::tcp(question, servers, time).await,
        _ => Finding::skipped(CheckId::Tcp, "needs the zone's name servers"),
    }
}

async fn ask_parents(
    preflight: &Preflight,
    settings: &Settings,
    parents: Parents,
    time: Deadline,
) -> Finding {
    let check = CheckId::Delegation;
    match (&preflight.zone, &preflight.lookup) {
        (Some(_), Some(_)) if !preflight.may_look_up(settings) => Finding::skipped(
            check,
            "only name servers inside this network are asked; with --resolver the delegation is looked up",
        ),
        (Some(zone), Some(lookup)) => delegation::check(zone, lookup, parents, time).await,
        (None, _) => Finding::skipped(check, "needs the zone"),
        (_, None) => Finding::skipped(check, "needs a resolver"),
    }
}

async fn follow_targets(
    preflight: &Preflight,
    settings: &Settings,
    time: Deadline,
    tell: &impl Fn(Finding),
) {
    let Some(group) = &preflight.group else {
        return;
    };
    let mut reach = Vec::new();
    tell(
        bounded(CheckId::Pools, time, async {
            reach = reach_of(group, preflight.lookup.as_ref()).await;
            group::pools(group, &reach)
        })
        .await,
    );
    let Some(http) = &settings.http else {
        tell(Finding::skipped(
            CheckId::Http,
            "HTTP is switched off (--no-http)",
        ));
        return;
    };
    tell(bounded(CheckId::Http, time, web::check(http, group, &reach, time)).await);
}

/// The addresses behind every set, looked up side by side where they are not in the record itself.
async fn reach_of(group: &WeightedGroup, lookup: Option<&Lookup>) -> Vec<TargetAddresses> {
    let family = if group.record_type == RecordType::Aaaa {
        Family::V6
    } else {
        Family::V4
    };
    let mut reach = vec![TargetAddresses::default(); group.sets.len()];
    let mut looking = JoinSet::new();
    for (place, target) in group.targets() {
        let name = match target {
            Target::Addresses(values) => {
                reach[place.set.get()].addresses.extend(values);
                continue;
            }
            Target::Name(name) => name.clone(),
            Target::Alias(alias) => alias.name.clone(),
            Target::Leaves(_) => continue,
        };
        let lookup = lookup.cloned();
        looking.spawn(async move {
            let found = look_up(lookup.as_ref(), &name, family).await;
            (place.set, name, found)
        });
    }
    while let Some(Ok((set, name, found))) = looking.join_next().await {
        match found {
            Ok(addresses) => reach[set.get()].addresses.extend(addresses),
            Err(why) => {
                let identifier = &group.sets[set.get()].identifier;
                reach[set.get()].problems.push(format!(
                    "cannot look up {name}, the target of {identifier}: {why}"
                ));
            }
        }
    }
    reach
}

async fn look_up(
    lookup: Option<&Lookup>,
    name: &RecordName,
    family: Family,
) -> Result<Vec<IpAddr>, String> {
    let lookup = lookup.ok_or("there is no resolver")?;
    let found = lookup.addresses(name, family).await?;
    if found.addresses.is_empty() {
        return Err("it has no address".to_owned());
    }
    Ok(found.addresses)
}
