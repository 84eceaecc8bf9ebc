//! From the API's record sets to the tree of records that is measured. No IO: what was listed goes in, a tree, the names
//! that have to be listed too, or a sentence that says what was found instead comes out.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_route53::types::ResourceRecordSet;

use super::error::Route53Error;
use super::unknown_elements::UnknownElements;
use crate::model::declared::{DeclaredAlias, DeclaredSet};
use crate::model::finding::RecordRemark;
use crate::model::language::{Both, both};
use crate::model::name::RecordName;
use crate::model::record::{AliasTarget, RecordType, Target};
use crate::model::text::{shortened, spelled, visible};
use crate::model::tree::{Answers, Node, Routing};

/// One record set at the wanted name, still in the words of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The name, as the API writes it.
    pub name: String,
    /// The type, as the API writes it.
    pub record_type: String,
    /// What tells it from its siblings; a simple record has none.
    pub identifier: Option<String>,
    /// Only a weighted record has one.
    pub weight: Option<i64>,
    /// What kind of routing it has.
    pub routing: &'static str,
    /// For whom it is, where the routing depends on that: a region, a place, a role.
    pub selector: String,
    /// In seconds; an alias has none.
    pub ttl: Option<i64>,
    /// Values as they stand.
    pub values: Vec<String>,
    /// Name, zone and whether the target's health counts.
    pub alias: Option<(String, String, bool)>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
    /// The names of what the API told besides.
    pub others: Vec<String>,
}

impl Listed {
    /// Takes over what matters, and the names of the rest; `unknown` are those of elements that the SDK passes over.
    pub fn from_api(set: &ResourceRecordSet, unknown: &UnknownElements) -> Self {
        Self {
            name: set.name().to_owned(),
            others: others_of(set, unknown),
            record_type: set.r#type().as_str().to_owned(),
            identifier: set.set_identifier().map(str::to_owned),
            weight: set.weight(),
            routing: routing_of(set),
            selector: selector_of(set),
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

    fn declared(&self) -> DeclaredSet {
        let alias = self.alias.as_ref();
        DeclaredSet {
            name: self.name.clone(),
            record_type: self.record_type.clone(),
            identifier: self.identifier.clone(),
            weight: self.weight,
            ttl: self.ttl,
            values: self.values.clone(),
            alias: alias.map(|(name, zone_id, evaluate)| DeclaredAlias {
                hosted_zone_id: zone_id.clone(),
                dns_name: name.clone(),
                evaluate_target_health: *evaluate,
            }),
            health_check_id: self.health_check_id.clone(),
            others: self.others.clone(),
        }
    }
}

/// What the API told of a record set that no weighted one has, or that is unknown here.
fn others_of(set: &ResourceRecordSet, unknown: &UnknownElements) -> Vec<String> {
    let known = [
        ("Region", set.region().is_some()),
        ("GeoLocation", set.geo_location().is_some()),
        ("Failover", set.failover().is_some()),
        ("MultiValueAnswer", set.multi_value_answer().is_some()),
        (
            "TrafficPolicyInstanceId",
            set.traffic_policy_instance_id().is_some(),
        ),
        ("CidrRoutingConfig", set.cidr_routing_config().is_some()),
        (
            "GeoProximityLocation",
            set.geo_proximity_location().is_some(),
        ),
    ];
    let known = known.into_iter().filter(|(_, is_there)| *is_there);
    let known = known.map(|(name, _)| name.to_owned());
    known.chain(unknown.of(set)).collect()
}

/// The record sets of a type at a name and at all names that its aliases lead to within the zone, in the order of the
/// listings.
pub fn declared(
    name: &RecordName,
    record_type: RecordType,
    nodes: &[Node],
    listings: &Listings,
) -> Vec<DeclaredSet> {
    let mut names = BTreeSet::from([name]);
    let mut below: Vec<&[Node]> = vec![nodes];
    while let Some(nodes) = below.pop() {
        for node in nodes {
            if let Answers::Records(alias, further) = &node.answers
                && names.insert(&alias.name)
            {
                below.push(further);
            }
        }
    }
    let listed = names.into_iter().filter_map(|name| listings.get(name));
    let of_type = |set: &&Listed| set.record_type == record_type.as_str();
    let mut declared: Vec<DeclaredSet> = Vec::new();
    for set in listed.flatten().filter(of_type).map(Listed::declared) {
        // Pages that are read while the zone changes may show a set twice; the newer one counts.
        match declared.iter_mut().find(|known| known.is_same(&set)) {
            Some(known) => *known = set,
            None => declared.push(set),
        }
    }
    declared
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

/// For whom a record set is, in a word or two.
fn selector_of(set: &ResourceRecordSet) -> String {
    let identifier = || set.set_identifier().unwrap_or_default().to_owned();
    if let Some(region) = set.region() {
        region.as_str().to_owned()
    } else if let Some(role) = set.failover() {
        role.as_str().to_lowercase()
    } else if let Some(place) = set.geo_location() {
        let parts = [
            place.continent_code(),
            place.country_code(),
            place.subdivision_code(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("-")
    } else if let Some(place) = set.geo_proximity_location() {
        let named = place.aws_region().or(place.local_zone_group());
        named.map_or_else(identifier, str::to_owned)
    } else {
        identifier()
    }
}

/// What the zone lists at each name that was asked for. A name that is there was read whole.
pub type Listings = BTreeMap<RecordName, Vec<Listed>>;

/// How far the walk from a name to the leaves of its aliases has come.
#[derive(Clone, Debug, PartialEq)]
pub enum Walk {
    /// All the way.
    Done(RecordType, Vec<Node>),
    /// These names have to be listed first.
    Needs(Vec<RecordName>),
}

/// Picks the weighted record sets of a type, or of the first type that has some, and walks their aliases within the zone.
///
/// # Errors
/// If there are none, with what was found instead; if a value cannot be read; if an alias leads nowhere, in a circle or
/// too deep.
pub fn walk(
    name: &RecordName,
    wanted: Option<RecordType>,
    zone_id: &str,
    listings: &Listings,
) -> Result<Walk, Route53Error> {
    let Some(listed) = listings.get(name) else {
        return Ok(Walk::Needs(vec![name.clone()]));
    };
    let record_type = match wanted {
        Some(record_type) => is_weighted(record_type, listed).then_some(record_type),
        None => RecordType::ALL
            .into_iter()
            .find(|record_type| is_weighted(*record_type, listed)),
    };
    let Some(record_type) = record_type else {
        return Err(Route53Error::NotWeighted {
            name: name.clone(),
            wanted,
            found: describe(listed),
        });
    };
    walk_type(name, record_type, zone_id, listings, listed)
}

fn walk_type(
    name: &RecordName,
    record_type: RecordType,
    zone_id: &str,
    listings: &Listings,
    listed: &[Listed],
) -> Result<Walk, Route53Error> {
    let mut walker = Walker {
        zone_id,
        record_type,
        listings,
        missing: Vec::new(),
        leaves: BTreeMap::new(),
        walked: BTreeMap::new(),
    };
    walker.check_breadth(name, listed)?;
    if !walker.missing.is_empty() {
        return Ok(Walk::Needs(walker.missing));
    }
    let nodes = walker.records(listed, &mut vec![name.clone()])?;
    Ok(Walk::Done(record_type, nodes))
}

/// Walks what is answered in the place of a weighted record of this type: other records of the type, or a CNAME, which
/// answers for every type. Each has a name of its own.
///
/// # Errors
/// If a value cannot be read, or an alias leads nowhere, in a circle or too deep.
pub fn walk_replacement(
    name: &RecordName,
    record_type: RecordType,
    zone_id: &str,
    listings: &Listings,
) -> Result<Walk, Route53Error> {
    let listed = listings.get(name).map(Vec::as_slice).unwrap_or_default();
    let is = |record_type: RecordType| {
        let mut sets = listed.iter();
        sets.any(|set| set.record_type == record_type.as_str())
    };
    let answering = match record_type {
        record_type if !is(record_type) && is(RecordType::Cname) => RecordType::Cname,
        record_type => record_type,
    };
    let walked = walk_type(name, answering, zone_id, listings, listed)?;
    Ok(match walked {
        Walk::Done(_, mut nodes) => {
            for node in &mut nodes {
                if node.identifier.is_empty() {
                    node.identifier = match &node.routing {
                        Routing::Other(words) => words.clone(),
                        Routing::Simple | Routing::Weighted(_) => "simple".to_owned(),
                    };
                }
            }
            Walk::Done(record_type, nodes)
        }
        needs @ Walk::Needs(_) => needs,
    })
}

/// Whether a type has weighted record sets at a name.
pub fn is_weighted(record_type: RecordType, listed: &[Listed]) -> bool {
    listed
        .iter()
        .any(|set| set.record_type == record_type.as_str() && set.weight.is_some())
}

/// What the reader has to know about a record besides its shares.
pub fn remarks(
    wanted: &RecordName,
    name: &RecordName,
    record_type: RecordType,
    listed: &[Listed],
) -> Vec<RecordRemark> {
    let wildcard = (wanted != name).then(|| RecordRemark::Wildcard {
        wanted: wanted.clone(),
        wildcard: name.clone(),
    });
    wildcard
        .into_iter()
        .chain(other_type(record_type, listed))
        .collect()
}

/// A and AAAA are groups of their own: whether the one that is not measured has other weights.
fn other_type(measured: RecordType, listed: &[Listed]) -> Option<RecordRemark> {
    let weights = |record_type: RecordType| {
        let of_type = |set: &&Listed| set.record_type == record_type.as_str();
        let weight = |set: &Listed| Some((spelled(set.identifier.as_deref()?), set.weight?));
        let weights: BTreeMap<String, i64> =
            listed.iter().filter(of_type).filter_map(weight).collect();
        weights
    };
    let other = match measured {
        RecordType::A => RecordType::Aaaa,
        RecordType::Aaaa => RecordType::A,
        // A CNAME excludes every other type at its name.
        RecordType::Cname => return None,
    };
    let theirs = weights(other);
    let differ = !theirs.is_empty() && theirs != weights(measured);
    differ.then(|| RecordRemark::OtherType {
        measured,
        other,
        weights: theirs.into_iter().collect(),
    })
}

/// More aliases one behind the other than Route 53 follows.
const DEEPEST: usize = 3;

/// More ends of a tree than a run can tell apart in its time: with each of them what has to be compared grows.
const MOST_LEAVES: u64 = 1_000;

struct Walker<'listings> {
    zone_id: &'listings str,
    record_type: RecordType,
    listings: &'listings Listings,
    missing: Vec<RecordName>,
    /// How many leaves a name leads to, by how many names lead to it.
    leaves: BTreeMap<(RecordName, usize), u64>,
    /// What a name leads to, likewise: aliases with one target share it.
    walked: BTreeMap<(RecordName, usize), Arc<[Node]>>,
}

impl Walker<'_> {
    /// Counts what the sets at a name lead to, before any of it is put together, and notes the names that have to be listed
    /// first. What a name leads to is counted once, however many aliases share it.
    fn check_breadth(&mut self, name: &RecordName, listed: &[Listed]) -> Result<(), Route53Error> {
        let of_type = |set: &&Listed| set.record_type == self.record_type.as_str();
        let sets: Vec<&Listed> = listed.iter().filter(of_type).collect();
        let counts: Vec<u64> = sets.iter().map(|set| self.leaves_of(set, 1)).collect();
        let all = counts.iter().copied().fold(0, u64::saturating_add);
        let most = sets.iter().zip(&counts).max_by_key(|(_, count)| **count);
        let Some((set, of_set)) = most.filter(|_| all > MOST_LEAVES) else {
            return Ok(());
        };
        let bad = Complaint {
            name,
            record_type: self.record_type,
            set,
        };
        let (at_least, or_more) = if self.missing.is_empty() {
            ("", "")
        } else {
            ("at least ", " 이상")
        };
        Err(bad.of(&both!(
            "the aliases of the record lead to {at_least}{all} record sets ({of_set} by this one), and at most {MOST_LEAVES} can be measured; measure a record further down",
            "레코드의 별칭이 레코드 세트 {all}개{or_more}에 이르는데 (이 세트로 {of_set}개) {MOST_LEAVES}개까지만 측정할 수 있다; 더 아래의 레코드를 측정한다",
        )))
    }

    /// How many leaves a set leads to that stands at the end of so many names. What leads too far or nowhere is one, and is
    /// complained about later.
    fn leaves_of(&mut self, set: &Listed, names: usize) -> u64 {
        let target = set.alias.as_ref().and_then(|(target, zone_id, _)| {
            let target = RecordName::from_api(target).ok()?;
            (bare_id(zone_id) == self.zone_id && names <= DEEPEST).then_some(target)
        });
        target.map_or(1, |target| self.leaves_at(target, names + 1))
    }

    fn leaves_at(&mut self, name: RecordName, names: usize) -> u64 {
        let Some(listed) = self.listings.get(&name) else {
            if !self.missing.contains(&name) {
                self.missing.push(name);
            }
            return 1;
        };
        let key = (name, names);
        if let Some(count) = self.leaves.get(&key) {
            return *count;
        }
        let of_type = |set: &&Listed| set.record_type == self.record_type.as_str();
        let sets: Vec<&Listed> = listed.iter().filter(of_type).collect();
        let counts = sets.iter().map(|set| self.leaves_of(set, names));
        let count = counts.fold(0, u64::saturating_add).max(1);
        self.leaves.insert(key, count);
        count
    }

    /// The record sets of the wanted type at the end of a trail, with all that they lead to.
    fn records(
        &mut self,
        listed: &[Listed],
        trail: &mut Vec<RecordName>,
    ) -> Result<Vec<Node>, Route53Error> {
        let mut nodes: Vec<Node> = Vec::new();
        let of_type = |set: &&Listed| set.record_type == self.record_type.as_str();
        for set in listed.iter().filter(of_type).collect::<Vec<_>>() {
            let node = self.node(set, trail)?;
            // Pages that are read while the zone changes may show a set twice; the newer one counts.
            match nodes
                .iter_mut()
                .find(|known| known.identifier == node.identifier)
            {
                Some(known) => *known = node,
                None => nodes.push(node),
            }
        }
        nodes.sort_by(|one, two| one.identifier.cmp(&two.identifier));
        Ok(nodes)
    }

    fn node(&mut self, set: &Listed, trail: &mut Vec<RecordName>) -> Result<Node, Route53Error> {
        let bad = Complaint {
            name: &trail[trail.len() - 1].clone(),
            record_type: self.record_type,
            set,
        };
        bad.limits()?;
        let answers = match (&set.alias, self.record_type) {
            (Some((target, zone_id, evaluate_target_health)), _) => {
                let alias = AliasTarget {
                    name: bad.target_name(target)?,
                    zone_id: bare_id(zone_id).to_owned(),
                    evaluate_target_health: *evaluate_target_health,
                };
                if alias.zone_id == self.zone_id {
                    let below = self.below(&alias, trail, &bad)?;
                    Answers::Records(alias, below)
                } else {
                    Answers::Target(Target::Alias(alias))
                }
            }
            (None, RecordType::Cname) => {
                let value = set.values.first();
                let value = value.ok_or_else(|| bad.of(&both!("it has no value", "값이 없다")))?;
                Answers::Target(Target::Name(bad.target_name(value)?))
            }
            (None, RecordType::A | RecordType::Aaaa) => {
                let addresses = set.values.iter().map(|value| bad.address(value));
                Answers::Target(Target::Addresses(addresses.collect::<Result<_, _>>()?))
            }
        };
        Ok(Node {
            routing: bad.routing()?,
            identifier: spelled(set.identifier.as_deref().unwrap_or_default()),
            ttl: set
                .ttl
                .and_then(|seconds| u64::try_from(seconds).ok())
                .map(Duration::from_secs),
            health_check_id: set.health_check_id.clone(),
            answers,
        })
    }

    /// What an alias within the zone leads to.
    fn below(
        &mut self,
        alias: &AliasTarget,
        trail: &mut Vec<RecordName>,
        bad: &Complaint<'_>,
    ) -> Result<Arc<[Node]>, Route53Error> {
        let way = || {
            let names = trail.iter().chain([&alias.name]);
            let names: Vec<String> = names.map(ToString::to_string).collect();
            names.join(" -> ")
        };
        if trail.contains(&alias.name) {
            return Err(bad.of(&both!(
                "its alias leads in a circle: {way}",
                "별칭이 제자리로 돌아온다: {way}",
                way = way()
            )));
        }
        if trail.len() > DEEPEST {
            return Err(bad.of(&both!(
                "more than {DEEPEST} aliases stand one behind the other: {way}",
                "별칭이 {DEEPEST}개를 넘게 이어진다: {way}",
                way = way()
            )));
        }
        let key = (alias.name.clone(), trail.len());
        if let Some(nodes) = self.walked.get(&key) {
            return Ok(Arc::clone(nodes));
        }
        let listed = self
            .listings
            .get(&alias.name)
            .map_or(&[][..], Vec::as_slice);
        trail.push(alias.name.clone());
        let nodes: Arc<[Node]> = self.records(listed, trail)?.into();
        trail.pop();
        if nodes.is_empty() {
            return Err(bad.of(&both!(
                "its alias leads to {to}, where this zone has no {kind} record",
                "별칭의 대상 {to}: 이 호스팅 영역에 {kind} 레코드가 없다",
                to = alias.name,
                kind = self.record_type
            )));
        }
        self.walked.insert(key, Arc::clone(&nodes));
        Ok(nodes)
    }
}

/// As much of a complaint is told: it may quote what is too long.
const LONGEST_DETAIL: usize = 1_000;

fn shown(text: &str, most: usize) -> String {
    spelled(&shortened(text, most))
}

/// Where a complaint belongs.
struct Complaint<'set> {
    name: &'set RecordName,
    record_type: RecordType,
    set: &'set Listed,
}

/// What Route 53 documents as the most characters of each text, and as the most of each number.
const LONGEST_IDENTIFIER: usize = 128;
const LONGEST_VALUE: usize = 4_000;
const LONGEST_NAME: usize = 1_024;
const LONGEST_ID: usize = 64;
const MOST_VALUES: usize = 400;
const MOST_WEIGHT: i64 = 255;
const MOST_TTL: i64 = 2_147_483_647;

impl Complaint<'_> {
    /// Complains about what Route 53 never sends.
    fn limits(&self) -> Result<(), Route53Error> {
        let set = self.set;
        let long = |what: [&str; 2], text: &str, most: usize| {
            let ([what, korean], length) = (what, text.chars().count());
            let detail = || {
                both!(
                    "its {what} has {length} characters; Route 53 allows {most}",
                    "{korean}: {length}자; Route 53이 허용하는 길이: {most}자까지",
                )
            };
            (length > most).then(|| self.of(&detail()))
        };
        let high = |[what, korean]: [&str; 2], number: Option<i64>, most: i64| {
            let number = number.filter(|number| !(0..=most).contains(number))?;
            Some(self.of(&both!(
                "its {what} is {number}; Route 53 allows 0 to {most}",
                "{korean}: {number}; Route 53이 허용하는 값: 0~{most}",
            )))
        };
        let identifier = set.identifier.iter();
        let texts = identifier.map(|text| {
            let what = ["set identifier", "세트 식별자"];
            (what, text.as_str(), LONGEST_IDENTIFIER)
        });
        let values = set.values.iter();
        let texts = texts.chain(values.map(|text| (["value", "값"], text.as_str(), LONGEST_VALUE)));
        let alias = set.alias.iter().flat_map(|(name, zone_id, _)| {
            let name = (["alias target", "별칭의 대상"], name.as_str(), LONGEST_NAME);
            let zone = ["alias target's zone", "별칭 대상의 호스팅 영역"];
            [name, (zone, zone_id.as_str(), LONGEST_ID)]
        });
        let check = set.health_check_id.iter();
        let check = check.map(|id| (["health check", "상태 확인"], id.as_str(), LONGEST_ID));
        let mut texts = texts.chain(alias).chain(check);
        let found = texts
            .find_map(|(what, text, most)| long(what, text, most))
            .or_else(|| high(["weight", "가중치"], set.weight, MOST_WEIGHT))
            .or_else(|| high(["TTL"; 2], set.ttl, MOST_TTL))
            .or_else(|| {
                let count = set.values.len();
                let detail = || {
                    both!(
                        "it has {count} values; Route 53 allows {MOST_VALUES}",
                        "값이 {count}개다; Route 53이 허용하는 수: {MOST_VALUES}개까지",
                    )
                };
                (count > MOST_VALUES).then(|| self.of(&detail()))
            });
        found.map_or(Ok(()), Err)
    }

    fn of(&self, detail: &Both) -> Route53Error {
        Route53Error::BadRecord {
            name: self.name.clone(),
            record_type: self.record_type,
            identifier: shown(
                self.set.identifier.as_deref().unwrap_or_default(),
                LONGEST_IDENTIFIER,
            ),
            detail: Both::of(|| visible(&shortened(detail, LONGEST_DETAIL)).into_owned()),
        }
    }

    fn target_name(&self, text: &str) -> Result<RecordName, Route53Error> {
        RecordName::from_api(text).map_err(|error| {
            self.of(&both!(
                "its target \"{text}\" cannot be read: {error}",
                "대상 \"{text}\": 읽을 수 없다: {error}",
            ))
        })
    }

    fn address(&self, value: &str) -> Result<IpAddr, Route53Error> {
        let address = value.trim().parse::<IpAddr>();
        address
            .ok()
            .filter(|address| address.is_ipv4() == (self.record_type == RecordType::A))
            .ok_or_else(|| {
                self.of(&both!(
                    "its value \"{value}\" is no address of this type",
                    "값 \"{value}\": 이 유형의 주소가 아니다",
                ))
            })
    }

    fn routing(&self) -> Result<Routing, Route53Error> {
        if self.set.routing == "weighted" {
            if self.set.identifier.is_none() {
                return Err(self.of(&both!("it has no set identifier", "세트 식별자가 없다")));
            }
            let weight = self
                .set
                .weight
                .and_then(|weight| u64::try_from(weight).ok());
            let none = || both!("it has no usable weight", "쓸 수 있는 가중치가 없다");
            let weight = weight.ok_or_else(|| self.of(&none()))?;
            return Ok(Routing::Weighted(weight));
        }
        if self.set.routing == "simple" {
            return Ok(Routing::Simple);
        }
        let words = format!("{} {}", self.set.routing, self.set.selector);
        Ok(Routing::Other(words.trim_end().to_owned()))
    }
}

/// An id as requests want it; responses put a prefix before it.
pub(super) fn bare_id(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
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
    use crate::model::health::Checks;
    use crate::model::record::WeightedGroup;
    use crate::model::tree;

    fn listed(record_type: &str, identifier: &str, weight: Option<i64>, values: &[&str]) -> Listed {
        Listed {
            name: "app.example.com.".to_owned(),
            others: Vec::new(),
            record_type: record_type.to_owned(),
            identifier: (!identifier.is_empty()).then(|| identifier.to_owned()),
            weight,
            routing: if weight.is_some() {
                "weighted"
            } else {
                "simple"
            },
            selector: String::new(),
            ttl: Some(60),
            values: values.iter().map(|&value| value.to_owned()).collect(),
            alias: None,
            health_check_id: None,
        }
    }

    /// The group of a tree that needs no other names.
    fn pick(
        name: &RecordName,
        wanted: Option<RecordType>,
        listed: &[Listed],
    ) -> Result<WeightedGroup, Route53Error> {
        let listings = Listings::from([(name.clone(), listed.to_vec())]);
        match walk(name, wanted, "Z1", &listings)? {
            Walk::Done(record_type, nodes) => {
                Ok(tree::group(name, record_type, &nodes, &Checks::new()))
            }
            Walk::Needs(names) => panic!("needs {names:?}"),
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

    fn alias(identifier: &str, weight: Option<i64>, to: &str) -> Listed {
        Listed {
            alias: Some((to.to_owned(), "/hostedzone/Z1".to_owned(), false)),
            ..listed("A", identifier, weight, &[])
        }
    }

    fn zone(records: &[(&str, Vec<Listed>)]) -> Listings {
        let named = |(name, listed): &(&str, Vec<Listed>)| {
            (RecordName::from_user(name).expect("a name"), listed.clone())
        };
        records.iter().map(named).collect()
    }

    fn walked(records: &[(&str, Vec<Listed>)]) -> Result<Walk, Route53Error> {
        walk(&name(), None, "Z1", &zone(records))
    }

    #[test]
    fn an_alias_within_the_zone_asks_for_its_target_and_is_then_walked() {
        let top = (
            "app.example.com",
            vec![alias("a", Some(1), "below.example.com.")],
        );
        let needs = Walk::Needs(vec![
            RecordName::from_user("below.example.com").expect("a name"),
        ]);
        assert_eq!(walked(std::slice::from_ref(&top)).expect("a walk"), needs);
        let below = (
            "below.example.com",
            vec![listed("A", "", None, &["192.0.2.1"])],
        );
        let Walk::Done(_, nodes) = walked(&[top, below]).expect("a walk") else {
            panic!("not done");
        };
        assert!(matches!(&nodes[0].answers, Answers::Records(_, below) if below.len() == 1));
    }

    #[test]
    fn aliases_in_a_circle_to_nowhere_and_too_deep_are_named() {
        let complaint =
            |records: &[(&str, Vec<Listed>)]| walked(records).expect_err("no tree").to_string();
        let to = |target: &str| vec![alias("", None, target)];
        let top = (
            "app.example.com",
            vec![alias("blue", Some(1), "b.example.com.")],
        );
        let text = complaint(&[top.clone(), ("b.example.com", to("app.example.com."))]);
        assert!(
            text.contains("in a circle: app.example.com -> b.example.com -> app.example.com"),
            "{text}"
        );
        let text = complaint(&[top.clone(), ("b.example.com", vec![])]);
        assert!(
            text.contains("blue")
                && text.contains("leads to b.example.com")
                && text.contains("no A record"),
            "{text}"
        );
        let text = complaint(&[
            top,
            ("b.example.com", to("c.example.com.")),
            ("c.example.com", to("d.example.com.")),
            ("d.example.com", to("e.example.com.")),
        ]);
        assert!(text.contains("more than 3 aliases"), "{text}");
    }
}
