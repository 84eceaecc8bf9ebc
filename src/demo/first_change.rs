//! A first change to try a story's API with, as a command of the AWS CLI.

use serde_json::json;

use super::listing::{self, Content};
use super::route53_api::ZONE_ID;
use super::story::{Policy, Story};

/// The command that gives every set of a story's weighted record the same weight, for a POSIX shell.
pub(super) fn first_change(story: &Story) -> Option<String> {
    let group = &story.groups[0];
    if group.policy != Policy::Weighted {
        return None;
    }
    let entries = listing::entries(story, ZONE_ID);
    let sets = entries
        .iter()
        .filter(|entry| entry.set.is_some_and(|set| group.sets.contains(&set)));
    let changes = sets.map(|entry| {
        let mut set = json!({
            "Name": entry.name,
            "Type": entry.record_type,
            "SetIdentifier": entry.identifier,
            "Weight": 50,
        });
        match &entry.content {
            Content::Values { ttl, values } => {
                let values = values.iter().map(|value| json!({ "Value": value }));
                set["TTL"] = json!(ttl);
                set["ResourceRecords"] = values.collect();
            }
            Content::Alias {
                hosted_zone_id,
                dns_name,
                evaluate_health,
            } => {
                set["AliasTarget"] = json!({
                    "HostedZoneId": hosted_zone_id,
                    "DNSName": dns_name,
                    "EvaluateTargetHealth": evaluate_health,
                });
            }
        }
        let check = entry
            .set
            .and_then(|set| story.sets[set].health_check.as_ref());
        if let Some(check) = check {
            set["HealthCheckId"] = json!(check.id);
        }
        json!({ "Action": "UPSERT", "ResourceRecordSet": set })
    });
    let batch = json!({ "Changes": changes.collect::<Vec<_>>() }).to_string();
    let batch = batch.replace('\'', r"'\''");
    Some(format!(
        "aws route53 change-resource-record-sets --hosted-zone-id {ZONE_ID} --change-batch '{batch}'"
    ))
}
