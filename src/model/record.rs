//! Record sets as the domain sees them: a weighted group, its members, and what each of them answers with.
//!
//! How they are read from AWS is the business of `sources/route53.rs`; which share each deserves that of `share.rs`.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use super::name::RecordName;

/// The types of record that can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RecordType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// Another name.
    Cname,
}

impl RecordType {
    /// All of them, in the order in which a group is looked for when none is named.
    pub const ALL: [Self; 3] = [Self::A, Self::Aaaa, Self::Cname];

    /// The name in zone files and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// All weighted record sets with one name and one type.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedGroup {
    /// The name that clients ask for.
    pub name: RecordName,
    /// The type of the group.
    pub record_type: RecordType,
    /// The members, in the order of their set identifiers.
    pub sets: Vec<WeightedSet>,
}

/// One member of a weighted group.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSet {
    /// What tells it from its siblings: 1 to 128 characters of any kind.
    pub identifier: String,
    /// 0 to 255.
    pub weight: u64,
    /// What it answers with.
    pub target: Target,
    /// How long resolvers may keep the answer; an alias has the one of its target.
    pub ttl: Option<Duration>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
}

/// What a record set answers with.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// These addresses, all of them in every answer.
    Addresses(Vec<IpAddr>),
    /// This other name (CNAME).
    Name(RecordName),
    /// The addresses that this other name has at the moment (alias).
    Alias(AliasTarget),
}

/// Where an alias points.
#[derive(Clone, Debug, PartialEq)]
pub struct AliasTarget {
    /// The name whose addresses are answered.
    pub name: RecordName,
    /// The zone of the target: tells what kind of AWS resource it is.
    pub zone_id: String,
    /// Whether the health of the target decides about the answer.
    pub evaluate_target_health: bool,
}

impl fmt::Display for Target {
    /// The target in a few words: the first value, and how many there are besides.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addresses(addresses) => match addresses.as_slice() {
                [] => formatter.write_str("no value"),
                [only] => write!(formatter, "{only}"),
                [first, rest @ ..] => write!(formatter, "{first} +{}", rest.len()),
            },
            Self::Name(name) => write!(formatter, "{name}"),
            Self::Alias(alias) => write!(formatter, "alias {}", alias.name),
        }
    }
}

impl WeightedGroup {
    /// Whether both declare the same split: weights, members and targets, whatever the TTLs are.
    pub fn same_split(&self, other: &Self) -> bool {
        self.name == other.name
            && self.record_type == other.record_type
            && self.sets.len() == other.sets.len()
            && self.sets.iter().zip(&other.sets).all(|(one, two)| {
                one.identifier == two.identifier
                    && one.weight == two.weight
                    && one.target.same_as(&two.target)
            })
    }

    /// How the TTLs of the same members have changed, a few words for each.
    pub fn ttl_changes_since(&self, before: &Self) -> Vec<String> {
        let words = |ttl: Option<Duration>| {
            ttl.map_or_else(
                || "none".to_owned(),
                |ttl| humantime::format_duration(ttl).to_string(),
            )
        };
        let pairs = self.sets.iter().zip(&before.sets);
        pairs
            .filter(|(set, old)| set.ttl != old.ttl)
            .map(|(set, old)| {
                format!(
                    "{} {} -> {}",
                    set.identifier,
                    words(old.ttl),
                    words(set.ttl)
                )
            })
            .collect()
    }

    /// What has changed from `before` to this group, a few words for each change.
    pub fn changes_since(&self, before: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        for set in &self.sets {
            match before
                .sets
                .iter()
                .find(|old| old.identifier == set.identifier)
            {
                None => changes.push(format!(
                    "{} added with weight {}",
                    set.identifier, set.weight
                )),
                Some(old) => {
                    if old.weight != set.weight {
                        changes.push(format!(
                            "{} {} -> {}",
                            set.identifier, old.weight, set.weight
                        ));
                    }
                    if !old.target.same_as(&set.target) {
                        changes.push(format!(
                            "{} now {} (was {})",
                            set.identifier, set.target, old.target
                        ));
                    }
                }
            }
        }
        for old in &before.sets {
            if !self.sets.iter().any(|set| set.identifier == old.identifier) {
                changes.push(format!("{} removed", old.identifier));
            }
        }
        changes
    }
}

impl Target {
    /// Equality that ignores the order of values and what does not change the answer.
    pub(super) fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Addresses(one), Self::Addresses(two)) => {
                one.len() == two.len() && one.iter().all(|address| two.contains(address))
            }
            (Self::Name(one), Self::Name(two)) => one == two,
            (Self::Alias(one), Self::Alias(two)) => {
                one.name == two.name && one.zone_id == two.zone_id
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(identifier: &str, weight: u64, addresses: &[&str]) -> WeightedSet {
        WeightedSet {
            identifier: identifier.to_owned(),
            weight,
            target: Target::Addresses(
                addresses
                    .iter()
                    .map(|text| text.parse().expect("an address"))
                    .collect(),
            ),
            ttl: Some(Duration::from_mins(1)),
            health_check_id: None,
        }
    }

    fn group(sets: Vec<WeightedSet>) -> WeightedGroup {
        WeightedGroup {
            name: RecordName::from_user("app.example.com").expect("valid"),
            record_type: RecordType::A,
            sets,
        }
    }

    #[test]
    fn a_new_ttl_or_another_order_of_values_is_no_new_split() {
        let one = group(vec![set("blue", 1, &["192.0.2.1", "192.0.2.2"])]);
        let mut two = group(vec![set("blue", 1, &["192.0.2.2", "192.0.2.1"])]);
        two.sets[0].ttl = Some(Duration::from_mins(5));
        assert!(one.same_split(&two));
    }

    #[test]
    fn weights_members_and_targets_make_a_new_split_and_are_named() {
        let before = group(vec![
            set("blue", 90, &["192.0.2.1"]),
            set("green", 10, &["192.0.2.2"]),
        ]);
        let after = group(vec![
            set("blue", 50, &["192.0.2.9"]),
            set("red", 5, &["192.0.2.3"]),
        ]);
        assert!(!before.same_split(&after));
        assert_eq!(
            after.changes_since(&before),
            [
                "blue 90 -> 50",
                "blue now 192.0.2.9 (was 192.0.2.1)",
                "red added with weight 5",
                "green removed"
            ]
        );
    }
}
