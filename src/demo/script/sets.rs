//! Checks the record sets of a story file against what Route 53 allows and what loopback can carry.
//!
//! The other parts of the file are the folder's `mod`'s.

use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::super::health::{CHECKERS, CheckKind, HealthCheck};
use super::super::names;
use super::super::story::{AliasTo, GroupType, Place, Policy, RecordSet, Values, WebBehaviour};

use super::super::told::told;
use super::problems::{Placed, Problems, RawWeb};
use super::values::{
    self, CertificateDays, Chosen, Identifier, Location, Owner, Passing, Read, Weight, value_of,
};

/// Route 53 allows this many weighted sets for one name and type.
const MOST_SETS: usize = 100;
/// Route 53 allows this many values in one record set.
const MOST_VALUES: usize = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSet {
    id: Option<Read<Identifier>>,
    weight: Option<Read<Weight>>,
    region: Option<Spanned<String>>,
    location: Option<Read<Location>>,
    chosen: Option<Read<Chosen>>,
    values: Option<Spanned<Vec<Spanned<String>>>>,
    addresses: Option<Spanned<Vec<Spanned<String>>>>,
    alias: Option<Read<Owner>>,
    evaluate_target_health: Option<Spanned<bool>>,
    health_check: Option<RawCheck>,
    web: Option<RawWeb>,
    certificate_days: Option<Read<CertificateDays>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    #[serde(rename = "type", default = "usual_kind")]
    kind: CheckKind,
    #[serde(default)]
    inverted: bool,
    #[serde(default)]
    disabled: bool,
    passing: Option<Read<Passing>>,
}

fn usual_kind() -> CheckKind {
    CheckKind::Http
}

/// A group before its sets are checked.
#[derive(Clone)]
pub(super) struct Group<'raw> {
    pub(super) name: String,
    pub(super) record_type: GroupType,
    pub(super) policy: Policy,
    pub(super) ttl: u32,
    pub(super) sets: &'raw [Spanned<RawSet>],
}

/// What the sets of a group are checked against.
pub(super) struct Surroundings<'story> {
    pub(super) zone: &'story str,
    /// The group that the sets belong to.
    pub(super) group: &'story Group<'story>,
    /// The record's own group, whose sets are called by their identifiers alone.
    pub(super) first: &'story Group<'story>,
    /// Finds what an alias names.
    pub(super) targets: &'story dyn Fn(&str) -> Option<AliasTo>,
}

/// The sets of one group, added to those of earlier groups. Sets with a problem are there too, so that steps can still
/// refer to them.
pub(super) fn check_sets(
    around: &Surroundings<'_>,
    sets: &mut Vec<RecordSet>,
    problems: &mut Problems,
) {
    let raw = around.group.sets;
    if let Some(surplus) = raw.get(MOST_SETS) {
        let count = raw.len();
        let message = told!(
            "{count} record sets are too many; allowed are {MOST_SETS}",
            "레코드 세트 {count}개는 너무 많다; 쓸 수 있는 수: {MOST_SETS}개까지"
        );
        problems.add(surplus, message);
    }
    let first = sets.len();
    for raw_set in raw {
        let set = raw_set.get_ref();
        let id = check_identifier(raw_set, around, &sets[first..], problems);
        let values = check_values(raw_set, around, sets, problems);
        if values.group().is_some() && set.web.is_some() {
            let message = told!(
                "`web` belongs to the sets that the alias leads to; this one has no address of its own",
                "`web`은 별칭이 가리키는 세트에 쓴다; 이 세트에는 자신의 주소가 없다"
            );
            problems.add(raw_set, message);
        }
        if let Some(web) = &set.web {
            check_place_of_failure(web, &values, problems);
        }
        let (weight, place) = check_routing(raw_set, around, problems);
        let number = sets.len();
        sets.push(RecordSet {
            label: label(around, &id),
            id,
            weight,
            place,
            values,
            health_check: set
                .health_check
                .as_ref()
                .map(|check| check_health(check, number)),
            web: first_web(set.web.as_ref()),
            certificate_days: value_of(set.certificate_days.as_ref()),
        });
    }
}

fn label(around: &Surroundings<'_>, id: &str) -> String {
    if std::ptr::eq(around.group, around.first) {
        return id.to_owned();
    }
    let record_type = around.group.record_type;
    let other_type = (record_type != around.first.record_type).then(|| record_type.as_str());
    let id = Some(id).filter(|id| !id.is_empty());
    let parts = [Some(around.group.name.as_str()), other_type, id];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Only an address of the set can be the one that fails.
pub(super) fn check_place_of_failure(web: &RawWeb, values: &Values, problems: &mut Problems) {
    let Some((read, address)) = web.fails_at.as_ref().and_then(|it| Some((it, it.value?))) else {
        return;
    };
    let is_one = match values {
        Values::Addresses(addresses) => addresses.contains(&address),
        _ => false,
    };
    if !is_one {
        let message = told!(
            "{address} is none of the values of this set",
            "{address}: 이 세트의 값이 아니다"
        );
        problems.add(read, message);
    }
}

/// What a web server does from the beginning.
fn first_web(raw: Option<&RawWeb>) -> WebBehaviour {
    let change = raw.map(RawWeb::change).unwrap_or_default();
    change.applied_to(WebBehaviour::default())
}

fn check_health(raw: &RawCheck, number: usize) -> HealthCheck {
    HealthCheck {
        id: format!("d3300000-0000-4000-8000-{number:012}"),
        kind: raw.kind,
        inverted: raw.inverted,
        disabled: raw.disabled,
        passing: raw.passing.as_ref().map_or(CHECKERS, Read::or_harmless),
    }
}

fn check_values(
    raw_set: &Spanned<RawSet>,
    around: &Surroundings<'_>,
    earlier: &[RecordSet],
    problems: &mut Problems,
) -> Values {
    let set = raw_set.get_ref();
    match (&set.values, &set.alias) {
        (Some(values), None) => {
            let evaluate = set.evaluate_target_health.as_ref();
            problems.refuse(
                evaluate,
                told!(
                    "`evaluate_target_health` belongs to an alias",
                    "`evaluate_target_health`는 별칭에 쓴다"
                ),
            );
            let record_type = around.group.record_type;
            if record_type == GroupType::Cname {
                return check_target(set, values, around, earlier, problems);
            }
            problems.refuse(
                set.addresses.as_ref(),
                told!(
                    "`addresses` belongs to the target of a CNAME; an A or AAAA set has its addresses in `values`",
                    "`addresses`는 CNAME의 대상에 쓴다; A와 AAAA 세트의 주소는 `values`에 쓴다"
                ),
            );
            Values::Addresses(loopback_addresses(values, record_type, problems))
        }
        (None, Some(alias)) => check_alias(set, alias, around, problems),
        (values, _) => {
            let message = if values.is_some() {
                told!(
                    "the record set has both `values` and `alias`; it needs one of them",
                    "레코드 세트에 `values`와 `alias`가 다 있다; 둘 중 하나만 쓴다"
                )
            } else {
                told!(
                    "the record set has neither `values` nor `alias`; it needs one of them",
                    "레코드 세트에 `values`도 `alias`도 없다; 둘 중 하나를 쓴다"
                )
            };
            problems.add(raw_set, message);
            Values::Addresses(Vec::new())
        }
    }
}

fn check_alias(
    set: &RawSet,
    alias: &Read<Owner>,
    around: &Surroundings<'_>,
    problems: &mut Problems,
) -> Values {
    problems.refuse(
        set.addresses.as_ref(),
        told!(
            "`addresses` belongs to the target of a CNAME, not to an alias",
            "`addresses`는 별칭이 아니라 CNAME의 대상에 쓴다"
        ),
    );
    let name = alias.or_harmless();
    let to = (around.targets)(&name);
    if to.is_none() && !name.is_empty() {
        let kind = around.group.record_type.as_str();
        let message = told!(
            "there is nothing of type {kind} called {name} that an alias could point to; it needs a [[group]] inside the \
             zone or a [[pool]] outside",
            "별칭이 가리킬 {kind} 유형의 {name}: 없다; 호스팅 영역 안의 [[group]]이나 밖의 [[pool]]이 있어야 한다"
        );
        problems.add(alias, message);
    }
    Values::Alias {
        to: to.unwrap_or(AliasTo::Group(0)),
        evaluate_health: set
            .evaluate_target_health
            .as_ref()
            .is_some_and(|evaluate| *evaluate.get_ref()),
    }
}

/// The weight and the place of a set, and whether it has what its group's policy asks for and nothing else.
fn check_routing(
    raw_set: &Spanned<RawSet>,
    around: &Surroundings<'_>,
    problems: &mut Problems,
) -> (u8, Option<Place>) {
    let set = raw_set.get_ref();
    let policy = around.group.policy;
    let (called, wanted): (&str, &[&str]) = match policy {
        Policy::Weighted => ("weighted", &["weight"]),
        Policy::Simple => ("simple", &[]),
        Policy::Latency => ("latency", &["region", "chosen"]),
        Policy::Geolocation => ("geolocation", &["location", "chosen"]),
    };
    let keys = [
        ("weight", placed(set.weight.as_ref())),
        ("region", placed(set.region.as_ref())),
        ("location", placed(set.location.as_ref())),
        ("chosen", placed(set.chosen.as_ref())),
    ];
    for (key, given) in keys {
        let wanted = wanted.contains(&key);
        if let (Some(given), false) = (given, wanted) {
            let message = told!(
                "`{key}` does not belong to a {called} group",
                "`{key}`: {called} 그룹에는 쓰지 않는다"
            );
            problems.add(given, message);
        } else if given.is_none() && wanted {
            let message = told!(
                "the record set has no `{key}`, which a {called} group needs",
                "레코드 세트에 `{key}` 값이 없다; {called} 그룹에는 있어야 한다"
            );
            problems.add(raw_set, message);
        }
    }
    let weight = match (&set.weight, &set.chosen) {
        (Some(weight), _) => weight.or_harmless(),
        (None, Some(chosen)) => chosen.or_harmless(),
        (None, None) => u8::from(policy == Policy::Simple),
    };
    let region = set
        .region
        .as_ref()
        .map(|region| Place::Region(region.get_ref().clone()));
    (weight, region.or_else(|| value_of(set.location.as_ref())))
}

fn placed<P: Placed>(given: Option<&P>) -> Option<&dyn Placed> {
    given.map(|given| given as &dyn Placed)
}

fn check_identifier(
    raw_set: &Spanned<RawSet>,
    around: &Surroundings<'_>,
    earlier: &[RecordSet],
    problems: &mut Problems,
) -> String {
    let Some(id) = &raw_set.get_ref().id else {
        if around.group.policy != Policy::Simple {
            let message = told!(
                "the record set has no `id`; only that of a simple group has none",
                "레코드 세트에 `id`가 없다; simple 그룹의 세트에만 없어도 된다"
            );
            problems.add(raw_set, message);
        }
        return String::new();
    };
    let text = id.or_harmless();
    if around.group.policy == Policy::Simple {
        let message = told!(
            "the record set of a simple group has no `id`",
            "simple 그룹의 레코드 세트에는 `id`를 쓰지 않는다"
        );
        problems.add(id, message);
    }
    if !text.is_empty() && earlier.iter().any(|set| set.id == text) {
        let message = told!(
            "the id \"{text}\" is there twice; each set of a group needs its own",
            "id \"{text}\": 두 번 나온다; 그룹의 세트마다 달라야 한다"
        );
        problems.add(id, message);
    }
    text
}

fn check_target(
    set: &RawSet,
    values: &Spanned<Vec<Spanned<String>>>,
    around: &Surroundings<'_>,
    earlier: &[RecordSet],
    problems: &mut Problems,
) -> Values {
    let name = match values.get_ref().as_slice() {
        [target] => problems
            .note(target, names::canonical(target.get_ref()))
            .unwrap_or_default(),
        several => {
            let count = several.len();
            let message = told!(
                "a CNAME set has exactly one value, its target; this one has {count}",
                "CNAME 세트의 값은 대상 하나뿐이다; 여기에는 {count}개 있다"
            );
            problems.add(values, message);
            String::new()
        }
    };
    if name == around.group.name && !name.is_empty() {
        let message = told!(
            "{name} is the record itself; a CNAME needs another target",
            "{name}: 레코드 자신이다; CNAME에는 다른 대상이 있어야 한다"
        );
        problems.add(values, message);
    }
    let addresses = set.addresses.as_ref().map_or_else(Vec::new, |raw| {
        let zone = around.zone;
        if !name.is_empty() && !names::is_inside(&name, zone) {
            let message = told!(
                "{name} lies outside the zone {zone}, so the zone cannot hold its addresses",
                "{name}: 호스팅 영역 {zone} 밖에 있어서 그 주소를 둘 수 없다"
            );
            problems.add(raw, message);
        }
        loopback_addresses(raw, GroupType::Cname, problems)
    });
    for other in earlier {
        let same_name =
            matches!(&other.values, Values::Target { name: known, .. } if *known == name);
        if same_name && other.values.addresses() != addresses {
            let label = &other.label;
            let message = told!(
                "{name} is also the target of \"{label}\", with other addresses",
                "{name}: \"{label}\"의 대상이기도 한데 주소가 다르다"
            );
            problems.add(values, message);
        }
    }
    Values::Target { name, addresses }
}

/// The addresses of a list. What a CNAME points to may have both families, an A or AAAA group only its own.
pub(super) fn loopback_addresses(
    raw: &Spanned<Vec<Spanned<String>>>,
    record_type: GroupType,
    problems: &mut Problems,
) -> Vec<IpAddr> {
    let written = raw.get_ref();
    let count = written.len();
    if !(1..=MOST_VALUES).contains(&count) {
        let message = told!(
            "{count} addresses; allowed are 1 to {MOST_VALUES}",
            "주소 {count}개; 쓸 수 있는 수: 1~{MOST_VALUES}개"
        );
        problems.add(raw, message);
    }
    let mut addresses = Vec::with_capacity(count);
    for value in written {
        let Some(address) = problems.note(value, values::address(value.get_ref())) else {
            continue;
        };
        if !fits(address, record_type) {
            let kind = record_type.as_str();
            let message = told!(
                "{address} cannot be the value of a record of type {kind}",
                "{address}: {kind} 유형 레코드의 값이 될 수 없다"
            );
            problems.add(value, message);
        } else if addresses.contains(&address) {
            let message = told!("{address} is there twice", "{address}: 두 번 나온다");
            problems.add(value, message);
        } else {
            addresses.push(address);
        }
    }
    addresses
}

fn fits(address: IpAddr, record_type: GroupType) -> bool {
    match record_type {
        GroupType::A => address.is_ipv4(),
        GroupType::Aaaa => address.is_ipv6(),
        GroupType::Cname => true,
    }
}
