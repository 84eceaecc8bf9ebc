//! Record sets as the domain sees them: a weighted group, its members, and what each of them answers with.
//!
//! How they are read from AWS is the business of `sources/route53.rs`; which share each deserves that of `share.rs`.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::declared::DeclaredSet;
use super::health::{ChecksRead, SetHealth};
use super::index::SetIndex;
use super::name::RecordName;
use super::share::{self, Candidate, Level, Share};
use super::words::words;

/// The TTL of an alias to a load balancer. Source: Route 53 Developer Guide, "Values specific for weighted records".
const LOAD_BALANCER_TTL: Duration = Duration::from_mins(1);

words! {
    /// The types of record that can be measured.
    #[derive(Hash)]
    pub enum RecordType {
        /// IPv4 addresses.
        A = "A",
        /// IPv6 addresses.
        Aaaa = "AAAA",
        /// Another name.
        Cname = "CNAME",
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
    /// How many of its health checks were read so far: until all were, the shares are not certain.
    pub checks: ChecksRead,
    /// What stands there, in a few words, since the record is no longer weighted; the members are what may be answered
    /// then. `None`: it is weighted.
    pub replaced_by: Option<String>,
    /// Every record set of the type at the record's name and at the names that its aliases lead to within the zone, as the
    /// zone declares it.
    pub declared: Arc<[DeclaredSet]>,
}

/// One member of a weighted group, and what is judged: the answers that it gives have a share that the zone declares.
///
/// An alias to another weighted record of the zone is walked: its members stand here in its place, each with the product
/// of the shares.
#[derive(Clone, Debug, PartialEq)]
pub struct WeightedSet {
    /// What tells it from its siblings: 1 to 128 characters of any kind; below an alias the identifiers that lead
    /// to it, joined by " > ".
    pub identifier: String,
    /// 0 to 255, at its own level.
    pub weight: u64,
    /// What it answers with.
    pub target: Target,
    /// How long resolvers may keep the answer; an alias out of the zone has the one of its target.
    pub ttl: Option<Duration>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
    /// Whether it is healthy, as far as is known.
    pub health: SetHealth,
    /// The share that the zone declares.
    pub share: Share,
}

impl WeightedSet {
    /// A set of which nothing is known but weight and target; its share is still zero.
    pub fn new(identifier: &str, weight: u64, target: Target) -> Self {
        Self {
            identifier: identifier.to_owned(),
            weight,
            target,
            ttl: None,
            health_check_id: None,
            health: SetHealth::default(),
            share: Share::default(),
        }
    }

    /// How long resolvers may keep an answer with this set, as far as that is known without asking.
    pub fn known_ttl(&self) -> Option<Duration> {
        self.ttl.or_else(|| match &self.target {
            Target::Alias(alias) if alias.kind() == AliasKind::LoadBalancer => {
                Some(LOAD_BALANCER_TTL)
            }
            _ => None,
        })
    }

    /// What the zone declares for it in a word or two: "blue 90". The weight of one level says little below an alias, so
    /// there it is the share: "blue > a 37.5 %".
    pub fn declared(&self) -> String {
        if self.share.levels.len() > 1 {
            format!("{} {:.1} %", self.identifier, self.share.value * 100.0)
        } else {
            format!("{} {}", self.identifier, self.weight)
        }
    }
}

/// What a record set answers with.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// These addresses, all of them in every answer.
    Addresses(Vec<IpAddr>),
    /// This other name (CNAME).
    Name(RecordName),
    /// The addresses that this other name has at the moment (alias out of the zone).
    Alias(AliasTarget),
    /// One of several records of the zone, by a rule that depends on who asks or on health (alias to a latency,
    /// geolocation, failover record and so on). How often each is answered is shown and not judged.
    Leaves(Vec<Leaf>),
}

/// One of the records that an alias may answer with.
#[derive(Clone, Debug, PartialEq)]
pub struct Leaf {
    /// What leads to it: "latency eu-west-1".
    pub label: String,
    /// What it answers with; never leaves again.
    pub target: Target,
}

/// The place of a target in its group: the set, and the leaf of it; the only target of a set has leaf 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The set.
    pub set: SetIndex,
    /// The index of the leaf.
    pub leaf: usize,
}

impl Place {
    /// The first, and mostly the only, target of a set.
    pub fn first_of(set: SetIndex) -> Self {
        Self { set, leaf: 0 }
    }
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

words! {
    /// Kinds of AWS resource that behave in ways of their own.
    pub enum AliasKind {
        /// Addresses that depend on place and are shared by very many customers.
        CloudFront = "CloudFront",
        /// Two fixed addresses, the same everywhere.
        GlobalAccelerator = "Global Accelerator",
        /// Regional, shared addresses.
        S3Website = "S3 website",
        /// Node addresses that come and go.
        LoadBalancer = "load balancer",
        /// Something else of AWS.
        Other = "AWS resource",
    }
}

impl AliasTarget {
    /// What kind of resource it is. Source: Route 53 API, `AliasTarget` (fixed zone ids); the rest by the names that AWS gives.
    pub fn kind(&self) -> AliasKind {
        let name = self.name.to_string();
        match self.zone_id.as_str() {
            "Z2FDTNDATAQYW2" => AliasKind::CloudFront,
            "Z2BJ6XQ5FK7U4H" => AliasKind::GlobalAccelerator,
            _ if name.starts_with("s3-website") && name.contains(".amazonaws.com") => {
                AliasKind::S3Website
            }
            _ if name.contains(".elb.") && name.contains(".amazonaws.com") => {
                AliasKind::LoadBalancer
            }
            _ => AliasKind::Other,
        }
    }
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
            Self::Alias(alias) => match alias.kind() {
                AliasKind::Other | AliasKind::LoadBalancer => {
                    write!(formatter, "alias {}", alias.name)
                }
                kind => write!(formatter, "alias {} ({})", alias.name, kind.as_str()),
            },
            Self::Leaves(leaves) => match leaves.as_slice() {
                [] => formatter.write_str("no value"),
                [only] => write!(formatter, "{}: {}", only.label, only.target),
                [first, rest @ ..] => write!(formatter, "{} +{}", first.label, rest.len()),
            },
        }
    }
}

impl WeightedGroup {
    /// A group of one level whose sets all count as healthy: each gets its share of the weights.
    pub fn of_weights(name: RecordName, record_type: RecordType, sets: Vec<WeightedSet>) -> Self {
        let healthy = |set: &WeightedSet| Candidate {
            weight: set.weight,
            healthy: true,
        };
        let candidates: Vec<Candidate> = sets.iter().map(healthy).collect();
        let shares = share::level(&candidates);
        let share_of = |set: WeightedSet, (value, reason, of)| WeightedSet {
            share: Share {
                value,
                levels: vec![Level {
                    identifier: set.identifier.clone(),
                    weight: set.weight,
                    of,
                    value,
                    reason,
                }],
            },
            ..set
        };
        let sets = sets.into_iter().zip(shares);
        Self {
            name,
            record_type,
            sets: sets.map(|(set, share)| share_of(set, share)).collect(),
            checks: ChecksRead::default(),
            replaced_by: None,
            declared: Arc::default(),
        }
    }

    /// The declared shares, in the order of the sets.
    pub fn shares(&self) -> Vec<f64> {
        self.sets.iter().map(|set| set.share.value).collect()
    }

    /// Every target with its place.
    pub fn targets(&self) -> impl Iterator<Item = (Place, &Target)> {
        SetIndex::enumerate(&self.sets).flat_map(|(set, member)| {
            let leaves = member.target.leaves().into_iter().enumerate();
            leaves.map(move |(leaf, target)| (Place { set, leaf }, target))
        })
    }

    /// Whether both declare the same split: weights, members, targets, health and with them shares, whatever the TTLs are.
    pub fn same_split(&self, other: &Self) -> bool {
        self.name == other.name
            && self.record_type == other.record_type
            && self.replaced_by == other.replaced_by
            && self.sets.len() == other.sets.len()
            && self.sets.iter().zip(&other.sets).all(|(one, two)| {
                one.identifier == two.identifier
                    && one.weight == two.weight
                    && one.share == two.share
                    && one.health.counts_as_healthy() == two.health.counts_as_healthy()
                    && one.target.same_as(&two.target)
            })
    }
}

impl Target {
    /// The targets that may be answered: those of the leaves, or this one.
    pub fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::Leaves(leaves) => leaves.iter().map(|leaf| &leaf.target).collect(),
            other => vec![other],
        }
    }

    /// Equality that ignores the order of values and what does not change the answer.
    pub fn same_as(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Addresses(one), Self::Addresses(two)) => {
                one.len() == two.len() && one.iter().all(|address| two.contains(address))
            }
            (Self::Name(one), Self::Name(two)) => one == two,
            (Self::Alias(one), Self::Alias(two)) => {
                one.name == two.name && one.zone_id == two.zone_id
            }
            (Self::Leaves(one), Self::Leaves(two)) => {
                one.len() == two.len()
                    && one
                        .iter()
                        .zip(two)
                        .all(|(one, two)| one.label == two.label && one.target.same_as(&two.target))
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(identifier: &str, weight: u64, addresses: &[&str]) -> WeightedSet {
        let addresses = addresses
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        WeightedSet {
            ttl: Some(Duration::from_mins(1)),
            ..WeightedSet::new(identifier, weight, Target::Addresses(addresses))
        }
    }

    fn group(sets: Vec<WeightedSet>) -> WeightedGroup {
        let name = RecordName::from_user("app.example.com").expect("valid");
        WeightedGroup::of_weights(name, RecordType::A, sets)
    }

    #[test]
    fn a_new_ttl_or_another_order_of_values_is_no_new_split() {
        let one = group(vec![set("blue", 1, &["192.0.2.1", "192.0.2.2"])]);
        let mut two = group(vec![set("blue", 1, &["192.0.2.2", "192.0.2.1"])]);
        two.sets[0].ttl = Some(Duration::from_mins(5));
        assert!(one.same_split(&two));
    }
}
