//! From the API's record sets to the group that is measured. No IO: what was listed goes in, a group or a sentence
//! that says what was found instead comes out.

use std::net::IpAddr;
use std::time::Duration;

use aws_sdk_route53::types::ResourceRecordSet;

use super::error::Route53Error;
use crate::model::name::RecordName;
use crate::model::record::{AliasTarget, RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::text::visible;

/// One record set at the wanted name, still in the words of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The type, as the API writes it.
    pub record_type: String,
    /// What tells it from its siblings; a simple record has none.
    pub identifier: Option<String>,
    /// Only a weighted record has one.
    pub weight: Option<i64>,
    /// What kind of routing it has.
    pub routing: &'static str,
    /// In seconds; an alias has none.
    pub ttl: Option<i64>,
    /// Values as they stand.
    pub values: Vec<String>,
    /// Name, zone and whether the target's health counts.
    pub alias: Option<(String, String, bool)>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
}

impl Listed {
    /// Takes over what matters.
    pub fn from_api(set: &ResourceRecordSet) -> Self {
        Self {
            record_type: set.r#type().as_str().to_owned(),
            identifier: set.set_identifier().map(str::to_owned),
            weight: set.weight(),
            routing: routing_of(set),
            ttl: set.ttl(),
            values: set
                .resource_records()
                .iter()
                .map(|record| record.value().to_owned())
                .collect(),
            alias: set.alias_target().map(|alias| {
                (
                    alias.dns_name().to_owned(),
                    alias.hosted_zone_id().to_owned(),
                    alias.evaluate_target_health(),
                )
            }),
            health_check_id: set.health_check_id().map(str::to_owned),
        }
    }
}

fn routing_of(set: &ResourceRecordSet) -> &'static str {
    if set.weight().is_some() {
        "weighted"
    } else if set.region().is_some() {
        "latency"
    } else if set.failover().is_some() {
        "failover"
    } else if set.geo_location().is_some() {
        "geolocation"
    } else if set.geo_proximity_location().is_some() {
        "geoproximity"
    } else if set.cidr_routing_config().is_some() {
        "IP-based"
    } else if set.multi_value_answer().is_some() {
        "multivalue"
    } else {
        "simple"
    }
}

/// Picks the weighted group of a type, or of the first type that has one.
///
/// # Errors
/// If there is no such group, with what was found instead; if a value cannot be read.
pub fn pick(
    name: &RecordName,
    wanted: Option<RecordType>,
    listed: &[Listed],
) -> Result<WeightedGroup, Route53Error> {
    let is_weighted = |record_type: RecordType| {
        listed
            .iter()
            .any(|set| set.record_type == record_type.as_str() && set.weight.is_some())
    };
    let record_type = match wanted {
        Some(record_type) => is_weighted(record_type).then_some(record_type),
        None => RecordType::ALL
            .into_iter()
            .find(|record_type| is_weighted(*record_type)),
    };
    let Some(record_type) = record_type else {
        return Err(Route53Error::NotWeighted {
            name: name.clone(),
            wanted,
            found: describe(listed),
        });
    };
    let mut sets: Vec<WeightedSet> = Vec::new();
    for set in listed
        .iter()
        .filter(|set| set.record_type == record_type.as_str())
    {
        let set = read(name, record_type, set)?;
        // Pages that are read while the zone changes may show a set twice; the newer one counts.
        match sets
            .iter_mut()
            .find(|known| known.identifier == set.identifier)
        {
            Some(known) => *known = set,
            None => sets.push(set),
        }
    }
    sets.sort_by(|one, two| one.identifier.cmp(&two.identifier));
    Ok(WeightedGroup {
        name: name.clone(),
        record_type,
        sets,
    })
}

fn read(
    name: &RecordName,
    record_type: RecordType,
    set: &Listed,
) -> Result<WeightedSet, Route53Error> {
    let bad = |detail: String| Route53Error::BadRecord {
        name: name.clone(),
        record_type,
        identifier: visible(set.identifier.as_deref().unwrap_or_default()).into_owned(),
        detail: visible(&detail).into_owned(),
    };
    let weight = set
        .weight
        .and_then(|weight| u64::try_from(weight).ok())
        .ok_or_else(|| bad("it has no usable weight".to_owned()))?;
    let identifier = set
        .identifier
        .clone()
        .ok_or_else(|| bad("it has no set identifier".to_owned()))?;
    let target_name = |text: &str| {
        RecordName::from_api(text)
            .map_err(|error| bad(format!("its target \"{text}\" cannot be read: {error}")))
    };
    let target = match (&set.alias, record_type) {
        (Some((target, zone_id, evaluate_target_health)), _) => Target::Alias(AliasTarget {
            name: target_name(target)?,
            zone_id: zone_id.clone(),
            evaluate_target_health: *evaluate_target_health,
        }),
        (None, RecordType::Cname) => {
            let value = set
                .values
                .first()
                .ok_or_else(|| bad("it has no value".to_owned()))?;
            Target::Name(target_name(value)?)
        }
        (None, RecordType::A | RecordType::Aaaa) => {
            let addresses = set.values.iter().map(|value| {
                let address = value.trim().parse::<IpAddr>();
                address
                    .ok()
                    .filter(|address| address.is_ipv4() == (record_type == RecordType::A))
                    .ok_or_else(|| bad(format!("its value \"{value}\" is no address of this type")))
            });
            Target::Addresses(addresses.collect::<Result<_, _>>()?)
        }
    };
    Ok(WeightedSet {
        identifier,
        weight,
        target,
        ttl: set
            .ttl
            .and_then(|seconds| u64::try_from(seconds).ok())
            .map(Duration::from_secs),
        health_check_id: set.health_check_id.clone(),
    })
}

/// What stands at a name, in a few words: "A (simple), TXT (simple)".
fn describe(listed: &[Listed]) -> String {
    let mut kinds: Vec<(String, usize)> = Vec::new();
    for set in listed {
        let alias = if set.alias.is_some() { " alias" } else { "" };
        let kind = format!("{} ({}{alias})", set.record_type, set.routing);
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let words: Vec<String> = kinds
        .into_iter()
        .map(|(kind, count)| {
            if count == 1 {
                kind
            } else {
                format!("{count} x {kind}")
            }
        })
        .collect();
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(record_type: &str, identifier: &str, weight: Option<i64>, values: &[&str]) -> Listed {
        Listed {
            record_type: record_type.to_owned(),
            identifier: (!identifier.is_empty()).then(|| identifier.to_owned()),
            weight,
            routing: if weight.is_some() {
                "weighted"
            } else {
                "simple"
            },
            ttl: Some(60),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            alias: None,
            health_check_id: None,
        }
    }

    fn name() -> RecordName {
        RecordName::from_user("app.example.com").expect("a name")
    }

    #[test]
    fn the_first_weighted_type_is_taken_unless_one_is_named() {
        let sets = [
            listed("CNAME", "c", Some(1), &["x.example.net"]),
            listed("AAAA", "six", Some(1), &["2001:db8::1"]),
            listed("TXT", "", None, &["\"hello\""]),
        ];
        let types = |wanted| pick(&name(), wanted, &sets).map(|group| group.record_type);
        assert_eq!(types(None).expect("found"), RecordType::Aaaa);
        assert_eq!(
            types(Some(RecordType::Cname)).expect("found"),
            RecordType::Cname
        );
        let error = types(Some(RecordType::A))
            .expect_err("there is none")
            .to_string();
        assert!(
            error.contains("CNAME (weighted), AAAA (weighted), TXT (simple)"),
            "{error}"
        );
    }

    #[test]
    fn members_come_in_the_order_of_their_identifiers_and_once_each() {
        let sets = [
            listed("A", "green", Some(10), &["192.0.2.2"]),
            listed("A", "blue", Some(80), &["192.0.2.1"]),
            listed("A", "blue", Some(90), &["192.0.2.1"]),
        ];
        let group = pick(&name(), None, &sets).expect("a group");
        let members: Vec<(&str, u64)> = group
            .sets
            .iter()
            .map(|set| (set.identifier.as_str(), set.weight))
            .collect();
        assert_eq!(members, [("blue", 90), ("green", 10)]);
    }

    #[test]
    fn a_value_that_is_no_address_is_named() {
        let sets = [listed("A", "blue", Some(1), &["2001:db8::1"])];
        let error = pick(&name(), None, &sets)
            .expect_err("not IPv4")
            .to_string();
        assert!(
            error.contains("blue") && error.contains("2001:db8::1"),
            "{error}"
        );
    }

    #[test]
    fn an_alias_keeps_its_target() {
        let mut set = listed("A", "blue", Some(1), &[]);
        set.alias = Some((
            "dualstack.Blue-1.elb.amazonaws.com.".into(),
            "Z35SXDOTRQ7X7K".into(),
            true,
        ));
        set.ttl = None;
        let group = pick(&name(), None, &[set]).expect("a group");
        let Target::Alias(alias) = &group.sets[0].target else {
            panic!("{:?}", group.sets[0].target)
        };
        assert_eq!(alias.name.to_string(), "dualstack.blue-1.elb.amazonaws.com");
        assert!(alias.evaluate_target_health);
    }
}
