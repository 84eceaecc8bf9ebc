//! The XML documents that the simulated API answers with.
//!
//! Who may have them and what was asked for is the folder's `mod`'s and `queries`'s.

use std::time::Duration;

use super::super::health::{CheckKind, HealthCheck};
use super::super::listing::{self, Content, Entry, Start};
use super::super::names;
use super::super::story::{Place, Policy, Story};
use super::super::xml::Xml;
use super::queries::ZonesWanted;
use super::{Api, HostedZone};

/// The VPC that a private zone belongs to.
const VPC: (&str, &str) = ("eu-central-1", "vpc-0d3300demo");

impl Api {
    fn zone_summary(&self, zone: &HostedZone) -> Xml {
        let reference = format!("r53mon-demo-{}", self.world.story().name);
        let config = [
            Xml::text("Comment", "simulated by r53mon demo"),
            Xml::text("PrivateZone", zone.private.to_string()),
        ];
        let summary = [
            Xml::text("Id", format!("/hostedzone/{}", zone.id)),
            Xml::text("Name", &zone.name),
            Xml::text("CallerReference", reference),
            Xml::parent("Config", config),
            Xml::text("ResourceRecordSetCount", zone.entries.len().to_string()),
        ];
        Xml::parent("HostedZone", summary)
    }

    pub(super) fn hosted_zone(&self, zone: &HostedZone) -> Xml {
        let name_servers = zone.delegation_set.iter();
        let name_servers = name_servers.map(|name| Xml::text("NameServer", name));
        let vpc = zone.private.then(|| {
            let (region, id) = VPC;
            let vpc = [Xml::text("VPCRegion", region), Xml::text("VPCId", id)];
            Xml::parent("VPCs", [Xml::parent("VPC", vpc)])
        });
        let content = [
            self.zone_summary(zone),
            Xml::parent("DelegationSet", [Xml::parent("NameServers", name_servers)]),
        ];
        Xml::parent("GetHostedZoneResponse", content.into_iter().chain(vpc))
    }

    /// A page of the account's zones: by name from the top label down, then by id.
    pub(super) fn zones_by_name(&self, wanted: &ZonesWanted) -> Xml {
        let key = |name: &str, id: &str| (names::sort_key(name), id.to_owned());
        let mut zones: Vec<&HostedZone> = self.zones.iter().collect();
        zones.sort_by_key(|zone| key(&zone.name, zone.id));
        let start = wanted.name.as_ref().map(|name| {
            key(
                &names::api_form(name),
                wanted.id.as_deref().unwrap_or_default(),
            )
        });
        zones.retain(|zone| Some(key(&zone.name, zone.id)) >= start);
        let page = &zones[..zones.len().min(wanted.max_items)];
        let summaries = page.iter().map(|zone| self.zone_summary(zone));
        let mut content = vec![Xml::parent("HostedZones", summaries)];
        content.extend(wanted.name.as_ref().map(|name| Xml::text("DNSName", name)));
        content.extend(wanted.id.as_ref().map(|id| Xml::text("HostedZoneId", id)));
        let next = zones.get(page.len());
        content.push(Xml::text("IsTruncated", next.is_some().to_string()));
        if let Some(next) = next {
            content.push(Xml::text("NextDNSName", &next.name));
            content.push(Xml::text("NextHostedZoneId", next.id));
        }
        content.push(Xml::text("MaxItems", wanted.max_items.to_string()));
        Xml::parent("ListHostedZonesByNameResponse", content)
    }

    pub(super) fn health_check_settings(&self, set: usize, check: &HealthCheck) -> Xml {
        let story = self.world.story();
        let has_endpoint = check.kind.has_checkers();
        let has_page = matches!(check.kind, CheckKind::Http | CheckKind::Https);
        let mut settings = Vec::new();
        if has_endpoint {
            let address = story.addresses_of(set).first().map(ToString::to_string);
            settings.extend(address.map(|address| Xml::text("IPAddress", address)));
            let is_https = check.kind == CheckKind::Https;
            settings.push(Xml::text("Port", if is_https { "443" } else { "80" }));
        }
        settings.push(Xml::text("Type", check.kind.as_str()));
        if let Some(child) = check.child() {
            settings.push(Xml::text("HealthThreshold", "1"));
            let child = Xml::text("ChildHealthCheck", &child.id);
            settings.push(Xml::parent("ChildHealthChecks", vec![child]));
        }
        if has_page {
            settings.push(Xml::text("ResourcePath", "/"));
            settings.push(Xml::text("FullyQualifiedDomainName", &story.asked));
        }
        if has_endpoint {
            settings.push(Xml::text("RequestInterval", "30"));
            settings.push(Xml::text("FailureThreshold", "3"));
        }
        settings.push(Xml::text("Inverted", check.inverted.to_string()));
        settings.push(Xml::text("Disabled", check.disabled.to_string()));
        let check = [
            Xml::text("Id", &check.id),
            Xml::text("CallerReference", format!("r53mon-demo-{set}")),
            Xml::parent("HealthCheckConfig", settings),
            Xml::text("HealthCheckVersion", "1"),
        ];
        Xml::parent(
            "GetHealthCheckResponse",
            [Xml::parent("HealthCheck", check)],
        )
    }

    pub(super) fn health_check_status(&self, set: usize, check: &HealthCheck) -> Xml {
        let now = humantime::format_rfc3339_millis(self.world.clock().wall_time()).to_string();
        let observations = check
            .observations(self.world.now().passing[set])
            .into_iter();
        let observations = observations.zip(1_u8..).map(|((region, status), number)| {
            let report = [Xml::text("Status", status), Xml::text("CheckedTime", &now)];
            let observation = [
                Xml::text("Region", region),
                // From the block that is set aside for documents (RFC 5737).
                Xml::text("IPAddress", format!("192.0.2.{number}")),
                Xml::parent("StatusReport", report),
            ];
            Xml::parent("HealthCheckObservation", observation)
        });
        Xml::parent(
            "GetHealthCheckStatusResponse",
            [Xml::parent("HealthCheckObservations", observations)],
        )
    }

    pub(super) fn change(
        &self,
        answer: &'static str,
        id: &str,
        submitted_at: Duration,
        in_sync: bool,
    ) -> Xml {
        let clock = self.world.clock();
        let submitted_at = clock.started_at() + submitted_at.div_f64(clock.speed());
        let info = [
            Xml::text("Id", format!("/change/{id}")),
            Xml::text("Status", if in_sync { "INSYNC" } else { "PENDING" }),
            Xml::text(
                "SubmittedAt",
                humantime::format_rfc3339_millis(submitted_at).to_string(),
            ),
        ];
        Xml::parent(answer, [Xml::parent("ChangeInfo", info)])
    }

    pub(super) fn record_sets(&self, zone: &HostedZone, start: &Start, max_items: usize) -> Xml {
        let page = listing::page(&zone.entries, start, max_items);
        // One look at the weights for the whole page: a page does not mix before and after.
        let weights = &self.world.now().weights;
        let entries = page.entries.iter();
        let sets = entries.map(|entry| record_set(self.world.story(), entry, weights));
        let mut content = vec![
            Xml::parent("ResourceRecordSets", sets),
            Xml::text("IsTruncated", page.next.is_some().to_string()),
        ];
        if let Some(next) = page.next {
            content.push(Xml::text("NextRecordName", &next.name));
            content.push(Xml::text("NextRecordType", next.record_type));
            if let Some(identifier) = &next.identifier {
                content.push(Xml::text("NextRecordIdentifier", identifier));
            }
        }
        content.push(Xml::text("MaxItems", max_items.to_string()));
        Xml::parent("ListResourceRecordSetsResponse", content)
    }
}

/// A record set, its elements in the order of the API's model.
fn record_set(story: &Story, entry: &Entry, weights: &[u8]) -> Xml {
    let mut content = vec![
        Xml::text("Name", &entry.name),
        Xml::text("Type", entry.record_type),
    ];
    if let Some(identifier) = &entry.identifier {
        content.push(Xml::text("SetIdentifier", identifier));
    }
    if let Some(set) = entry.set {
        if story.group_of(set).policy == Policy::Weighted {
            content.push(Xml::text("Weight", weights[set].to_string()));
        }
        content.extend(story.sets[set].place.as_ref().map(place));
    }
    match &entry.content {
        Content::Values { ttl, values } => {
            content.push(Xml::text("TTL", ttl.to_string()));
            let record = |value| Xml::parent("ResourceRecord", [Xml::text("Value", value)]);
            let values = values.iter().map(record);
            content.push(Xml::parent("ResourceRecords", values));
        }
        Content::Alias {
            hosted_zone_id,
            dns_name,
            evaluate_health,
        } => content.push(Xml::parent(
            "AliasTarget",
            [
                Xml::text("HostedZoneId", hosted_zone_id),
                Xml::text("DNSName", dns_name),
                Xml::text("EvaluateTargetHealth", evaluate_health.to_string()),
            ],
        )),
    }
    let check = entry
        .set
        .and_then(|set| story.sets[set].health_check.as_ref());
    content.extend(check.map(|check| Xml::text("HealthCheckId", &check.id)));
    Xml::parent("ResourceRecordSet", content)
}

fn place(place: &Place) -> Xml {
    match place {
        Place::Region(region) => Xml::text("Region", region),
        Place::Continent(code) => Xml::parent("GeoLocation", [Xml::text("ContinentCode", code)]),
        Place::Country(code) => Xml::parent("GeoLocation", [Xml::text("CountryCode", code)]),
    }
}
