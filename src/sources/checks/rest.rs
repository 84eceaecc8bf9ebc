//! All the checks that a run does not wait for, side by side. Each finding is told as soon as it is there.

use std::net::{IpAddr, SocketAddr};

use super::delegation::Parents;
use super::essential::Preflight;
use super::group::TargetAddresses;
use super::servers::{self, Probe};
use super::{Deadline, api, bounded, delegation, group, web};
use crate::clock;
use crate::config::Settings;
use crate::model::finding::{CheckId, Finding};
use crate::model::language::{Both, Phrase, both, phrase};
use crate::model::name::RecordName;
use crate::model::record::{Target, WeightedGroup};
use crate::sources::lookup::{Family, Lookup};
use crate::sources::together::side_by_side;

/// Why nobody can be asked.
static NO_SERVERS: Phrase = phrase(
    "needs the zone's name servers",
    "호스팅 영역의 네임 서버가 필요하다",
);

/// Why nothing can be read.
static NO_CREDENTIALS: Phrase = phrase("needs credentials", "자격 증명이 필요하다");

/// Why nothing is known of the zone.
static NO_ZONE: Phrase = phrase("needs the zone", "호스팅 영역이 필요하다");

static NO_RECORD: Phrase = phrase("needs the record", "레코드가 필요하다");

static NO_GET: Phrase = phrase(
    "needs route53:GetHostedZone",
    "route53:GetHostedZone 권한이 필요하다",
);

static NO_LIST: Phrase = phrase(
    "needs route53:ListResourceRecordSets",
    "route53:ListResourceRecordSets 권한이 필요하다",
);

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
    tell: &(dyn Fn(Finding) + Sync),
) {
    let rest = Rest {
        preflight,
        settings,
        time,
        tell,
    };
    if let Some(reader) = &preflight.reader
        && !preflight.has(CheckId::Clock)
    {
        (rest.tell)(api::clock(reader.api()));
    }
    tokio::join!(
        rest.ask_api(),
        rest.ask_servers(probe, probe_targets.canary),
        rest.make(CheckId::Tcp, rest.over_tcp()),
        rest.make(CheckId::Delegation, rest.ask_parents(probe_targets.parents)),
        rest.follow_targets(),
    );
}

/// What is skipped because the essential stage did not come so far.
pub fn missing(preflight: &Preflight, findings: &[Finding]) -> Vec<Finding> {
    let no_credentials = preflight.reader.is_none();
    let why = |check| match check {
        _ if no_credentials => &NO_CREDENTIALS,
        CheckId::Zone => &NO_GET,
        CheckId::Record if preflight.zone_name.is_some() => &NO_LIST,
        CheckId::Udp | CheckId::Tcp | CheckId::Authoritative | CheckId::Port53 => &NO_SERVERS,
        CheckId::Ttl | CheckId::Pools | CheckId::Http | CheckId::GetHealthCheckStatus => &NO_RECORD,
        _ => &NO_ZONE,
    };
    let is_missing = |check: &CheckId| findings.iter().all(|finding| finding.check != *check);
    let missing = CheckId::ALL.into_iter().filter(is_missing);
    missing
        .map(|check| Finding::skipped(check, why(check)))
        .collect()
}

/// What the checks start from, and where their findings go.
struct Rest<'run> {
    preflight: &'run Preflight,
    settings: &'run Settings,
    time: Deadline,
    tell: &'run (dyn Fn(Finding) + Sync),
}

impl Rest<'_> {
    /// Makes a check in its time and tells what it finds.
    async fn make(&self, check: CheckId, work: impl Future<Output = Finding>) {
        (self.tell)(bounded(check, self.time, work).await);
    }

    async fn ask_api(&self) {
        let Preflight { zone, declared, .. } = self.preflight;
        let Some(reader) = &self.preflight.reader else {
            return;
        };
        if let (Some(zone), Some(_)) = (zone, declared) {
            let work = Box::pin(api::child_zone(reader, zone));
            self.make(CheckId::ChildZone, work).await;
        }
        if let Some(zone) = zone {
            let mut twins = None;
            let work = async {
                let [permission, found] = Box::pin(api::twins(reader, zone)).await;
                twins = Some(found);
                permission
            };
            self.make(CheckId::ListHostedZonesByName, work).await;
            if let Some(found) = twins {
                (self.tell)(found);
            }
        }
        // Many checks take as much time as they get.
        let health = CheckId::GetHealthCheckStatus;
        if let Some(declared) = declared
            && !self.preflight.has(health)
        {
            self.make(health, Box::pin(api::health(reader, declared)))
                .await;
        }
    }

    async fn ask_servers(&self, probe: Option<Probe>, canary: Option<SocketAddr>) {
        let preflight = self.preflight;
        let (Some(question), Some(servers), Some(probe)) =
            (&preflight.question, &preflight.servers, probe)
        else {
            return;
        };
        let started = clock::instant();
        let canary = canary.or_else(|| servers::canary_for(servers));
        let (heard, answered) = tokio::join!(
            // The probe is bounded by itself.
            probe.finish(),
            servers::ask_canary(question, canary, self.time),
        );
        let roles = preflight.roles(self.settings, &heard).await;
        preflight.set_modes(&heard, &roles);
        let took = clock::instant().saturating_duration_since(started);
        for finding in [
            servers::udp(&heard),
            servers::authoritative(&heard, &roles),
            servers::port_53(canary, answered, &heard, &roles),
        ] {
            (self.tell)(finding.took(took));
        }
    }

    async fn over_tcp(&self) -> Finding {
        match (&self.preflight.question, &self.preflight.servers) {
            (Some(question), Some(servers)) => servers::tcp(question, servers, self.time).await,
            _ if self.preflight.reader.is_none() => Finding::skipped(CheckId::Tcp, &NO_CREDENTIALS),
            _ => Finding::skipped(CheckId::Tcp, &NO_SERVERS),
        }
    }

    async fn ask_parents(&self, parents: Parents) -> Finding {
        let skipped = |why: &Phrase| Finding::skipped(CheckId::Delegation, why);
        match (&self.preflight.zone, &self.preflight.lookup) {
            (Some(_), Some(_)) if !self.preflight.may_look_up(self.settings) => skipped(&phrase(
                "only name servers inside this network are asked; with --resolver the delegation is looked up",
                "이 네트워크 안의 네임 서버만 질의한다; --resolver를 지정하면 위임을 조회한다",
            )),
            (Some(zone), Some(lookup)) => delegation::check(zone, lookup, parents, self.time).await,
            (None, _) if self.preflight.reader.is_none() => skipped(&NO_CREDENTIALS),
            (None, _) => skipped(&NO_ZONE),
            (_, None) => skipped(&phrase("needs a resolver", "리졸버가 필요하다")),
        }
    }

    async fn follow_targets(&self) {
        let Some(group) = &self.preflight.group else {
            return;
        };
        let mut reach = Vec::new();
        let work = async {
            reach = reach_of(group, self.preflight.lookup.as_ref()).await;
            group::pools(group, &reach)
        };
        self.make(CheckId::Pools, work).await;
        let check = CheckId::Http;
        match &self.settings.http {
            Some(http) => {
                let work = web::check(http, group, &reach, self.time);
                self.make(check, work).await;
            }
            None => (self.tell)(Finding::skipped(
                check,
                phrase(
                    "HTTP is switched off (--no-http)",
                    "HTTP를 껐다 (--no-http)",
                ),
            )),
        }
    }
}

/// The addresses behind every set, looked up side by side where they are not in the record itself.
async fn reach_of(group: &WeightedGroup, lookup: Option<&Lookup>) -> Vec<TargetAddresses> {
    let family = Family::of(group.record_type);
    let mut reach = vec![TargetAddresses::default(); group.sets.len()];
    let mut looking = Vec::new();
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
        looking.push(async move {
            let found = look_up(lookup.as_ref(), &name, family).await;
            (place.set.get(), name, found)
        });
    }
    for (set, name, found) in side_by_side(looking).await {
        match found {
            Ok(addresses) => reach[set].addresses.extend(addresses),
            Err(why) => {
                let identifier = &group.sets[set].identifier;
                let problem = both!(
                    "cannot look up {name}, the target of {identifier}: {why}",
                    "{identifier}의 대상 {name}을(를) 조회할 수 없다: {why}"
                );
                reach[set].problems.push(problem);
            }
        }
    }
    reach
}

async fn look_up(
    lookup: Option<&Lookup>,
    name: &RecordName,
    family: Family,
) -> Result<Vec<IpAddr>, Both> {
    let lookup = lookup.ok_or_else(|| both!("there is no resolver", "리졸버가 없다"))?;
    let found = lookup.addresses(name, family).await?;
    if found.addresses.is_empty() {
        return Err(both!("it has no address", "주소가 없다"));
    }
    Ok(found.addresses)
}
