//! Checks the record sets of a story file against what Route 53 allows and what loopback can carry.
//!
//! The other parts of the file are the folder's `mod`'s.

use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::super::health::{CHECKERS, CheckKind, HealthCheck};
use super::super::names;
use super::super::story::{AliasTo, GroupType, Place, Policy, RecordSet, Values, WebBehaviour};

use super::problems::{Problems, RawWeb};
use super::values::{self, Chosen, Identifier, Location, Owner, Passing, Read, Weight, value_of};

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
    /// Whether it is the record's own group, whose sets are called by their identifiers alone.
    pub(super) is_first: bool,
    /// The type of the record's own group.
    pub(super) first_type: GroupType,
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
        problems.add(
            &surplus.span(),
            &format!(
                "{} record sets are too many; allowed are {MOST_SETS}",
                raw.len()
            ),
        );
    }
    let first = sets.len();
    for raw_set in raw {
        let set = raw_set.get_ref();
        let id = check_identifier(raw_set, around, &sets[first..], problems);
        let values = check_values(raw_set, around, sets, problems);
        if let (
            Values::Alias {
                to: AliasTo::Group(_),
                ..
            },
            true,
        ) = (&values, set.web.is_some())
        {
            problems.add(
                &raw_set.span(),
                "`web` belongs to the sets that the alias leads to; this one has no address of its own",
            );
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
        });
    }
}

fn label(around: &Surroundings<'_>, id: &str) -> String {
    if around.is_first {
        return id.to_owned();
    }
    let mut label = around.group.name.clone();
    if around.group.record_type != around.first_type {
        label += " ";
        label += around.group.record_type.as_str();
    }
    if !id.is_empty() {
        label += " ";
        label += id;
    }
    label
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
            if let Some(evaluate) = &set.evaluate_target_health {
                problems.add(
                    &evaluate.span(),
                    "`evaluate_target_health` belongs to an alias",
                );
            }
            match around.group.record_type {
                record_type @ (GroupType::A | GroupType::Aaaa) => {
                    check_addresses(set, values, record_type, problems)
                }
                GroupType::Cname => check_target(set, values, around, earlier, problems),
            }
        }
        (None, Some(alias)) => check_alias(set, alias, around, problems),
        (values, _) => {
            let message = if values.is_some() {
                "the record set has both `values` and `alias`; it needs one of them"
            } else {
                "the record set has neither `values` nor `alias`; it needs one of them"
            };
            problems.add(&raw_set.span(), message);
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
    if let Some(addresses) = &set.addresses {
        problems.add(
            &addresses.span(),
            "`addresses` belongs to the target of a CNAME, not to an alias",
        );
    }
    let name = alias.or_harmless();
    let to = (around.targets)(&name);
    if to.is_none() && !name.is_empty() {
        problems.add(
            &alias.span,
            &format!(
                "there is nothing of type {} called {name} that an alias could point to; it needs a [[group]] inside \
                 the zone or a [[pool]] outside",
                around.group.record_type.as_str()
            ),
        );
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
    let is_near = matches!(policy, Policy::Latency | Policy::Geolocation);
    let keys = [
        (
            "weight",
            set.weight.as_ref().map(|weight| weight.span.clone()),
            policy == Policy::Weighted,
        ),
        (
            "region",
            set.region.as_ref().map(Spanned::span),
            policy == Policy::Latency,
        ),
        (
            "location",
            set.location.as_ref().map(|location| location.span.clone()),
            policy == Policy::Geolocation,
        ),
        (
            "chosen",
            set.chosen.as_ref().map(|chosen| chosen.span.clone()),
            is_near,
        ),
    ];
    let called = match policy {
        Policy::Weighted => "weighted",
        Policy::Simple => "simple",
        Policy::Latency => "latency",
        Policy::Geolocation => "geolocation",
    };
    for (key, span, wanted) in keys {
        match (span, wanted) {
            (None, true) => problems.add(
                &raw_set.span(),
                &format!("the record set has no `{key}`, which a {called} group needs"),
            ),
            (Some(span), false) => {
                problems.add(
                    &span,
                    &format!("`{key}` does not belong to a {called} group"),
                );
            }
            _ => {}
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

fn check_identifier(
    raw_set: &Spanned<RawSet>,
    around: &Surroundings<'_>,
    earlier: &[RecordSet],
    problems: &mut Problems,
) -> String {
    let Some(id) = &raw_set.get_ref().id else {
        if around.group.policy != Policy::Simple {
            problems.add(
                &raw_set.span(),
                "the record set has no `id`; only that of a simple group has none",
            );
        }
        return String::new();
    };
    let text = id.or_harmless();
    if around.group.policy == Policy::Simple {
        problems.add(&id.span, "the record set of a simple group has no `id`");
    }
    if !text.is_empty() && earlier.iter().any(|set| set.id == text) {
        problems.add(
            &id.span,
            &format!("the id \"{text}\" is there twice; each set of a group needs its own"),
        );
    }
    text
}

fn check_addresses(
    set: &RawSet,
    values: &Spanned<Vec<Spanned<String>>>,
    record_type: GroupType,
    problems: &mut Problems,
) -> Values {
    if let Some(addresses) = &set.addresses {
        problems.add(
            &addresses.span(),
            "`addresses` belongs to the target of a CNAME; an A or AAAA set has its addresses in `values`",
        );
    }
    Values::Addresses(loopback_addresses(values, record_type, problems))
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
            .note(&target.span(), names::canonical(target.get_ref()))
            .unwrap_or_default(),
        several => {
            problems.add(
                &values.span(),
                &format!(
                    "a CNAME set has exactly one value, its target; this one has {}",
                    several.len()
                ),
            );
            String::new()
        }
    };
    if name == around.group.name && !name.is_empty() {
        problems.add(
            &values.span(),
            &format!("{name} is the record itself; a CNAME needs another target"),
        );
    }
    let addresses = match &set.addresses {
        None => Vec::new(),
        Some(raw) => {
            if !name.is_empty() && !names::is_inside(&name, around.zone) {
                problems.add(
                    &raw.span(),
                    &format!(
                        "{name} lies outside the zone {}, so the zone cannot hold its addresses",
                        around.zone
                    ),
                );
            }
            loopback_addresses(raw, GroupType::Cname, problems)
        }
    };
    for other in earlier {
        if let Values::Target {
            name: other_name,
            addresses: other_addresses,
        } = &other.values
            && *other_name == name
            && *other_addresses != addresses
        {
            problems.add(
                &values.span(),
                &format!(
                    "{name} is also the target of \"{}\", with other addresses",
                    other.label
                ),
            );
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
    if written.is_empty() || written.len() > MOST_VALUES {
        problems.add(
            &raw.span(),
            &format!(
                "{} addresses; allowed are 1 to {MOST_VALUES}",
                written.len()
            ),
        );
    }
    let mut addresses = Vec::with_capacity(written.len());
    for value in written {
        let span = value.span();
        let Some(address) = problems.note(&span, values::address(value.get_ref())) else {
            continue;
        };
        if !fits(address, record_type) {
            let kind = record_type.as_str();
            let message = format!("{address} cannot be the value of a record of type {kind}");
            problems.add(&span, &message);
        } else if addresses.contains(&address) {
            problems.add(&span, &format!("{address} is there twice"));
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
