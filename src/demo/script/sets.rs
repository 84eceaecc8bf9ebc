//! Checks the weighted record sets of a story file against what Route 53 allows and what loopback can carry.
//!
//! The other parts of the file are the folder's `mod`'s.

use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::super::names;
use super::super::story::{GroupType, RecordSet, Values};

use super::problems::{Problems, RawWeb};

/// Route 53 allows this many weighted sets for one name and type.
const MOST_SETS: usize = 100;
/// Route 53 allows this many values in one record set.
const MOST_VALUES: usize = 400;
/// Route 53 allows identifiers of this many characters.
const LONGEST_IDENTIFIER: usize = 128;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSet {
    id: Spanned<String>,
    weight: Spanned<i64>,
    values: Spanned<Vec<Spanned<String>>>,
    addresses: Option<Spanned<Vec<Spanned<String>>>>,
    web: Option<RawWeb>,
}

/// The story's sets. Sets with a problem are there too, so that steps can still refer to them.
pub(super) fn check_sets(
    raw: &[Spanned<RawSet>],
    record_type: GroupType,
    zone: &str,
    record: &str,
    problems: &mut Problems,
) -> Vec<RecordSet> {
    if raw.is_empty() {
        problems.add(
            &(0..0),
            "the story has no record set; it needs at least one [[set]]",
        );
    }
    if let Some(surplus) = raw.get(MOST_SETS) {
        problems.add(
            &surplus.span(),
            &format!(
                "{} record sets are too many; allowed are {MOST_SETS}",
                raw.len()
            ),
        );
    }
    let mut sets: Vec<RecordSet> = Vec::with_capacity(raw.len());
    for raw_set in raw {
        let set = raw_set.get_ref();
        check_identifier(&set.id, &sets, problems);
        let values = match record_type {
            GroupType::A | GroupType::Aaaa => check_addresses(set, record_type, problems),
            GroupType::Cname => check_target(set, zone, record, &sets, problems),
        };
        sets.push(RecordSet {
            id: set.id.get_ref().clone(),
            weight: problems.weight(&set.weight).unwrap_or_default(),
            values,
            web: problems.first_web(set.web.as_ref()),
        });
    }
    sets
}

fn check_identifier(id: &Spanned<String>, earlier: &[RecordSet], problems: &mut Problems) {
    let text = id.get_ref();
    let length = text.chars().count();
    if !(1..=LONGEST_IDENTIFIER).contains(&length) {
        problems.add(
            &id.span(),
            &format!("the id has {length} characters; allowed are 1 to {LONGEST_IDENTIFIER}"),
        );
    }
    if text.chars().any(char::is_control) {
        problems.add(
            &id.span(),
            &format!(
                "the id \"{}\" holds control characters",
                text.escape_default()
            ),
        );
    }
    if earlier.iter().any(|set| set.id == *text) {
        problems.add(
            &id.span(),
            &format!("the id \"{text}\" is there twice; each set of a group needs its own"),
        );
    }
}

fn check_addresses(set: &RawSet, record_type: GroupType, problems: &mut Problems) -> Values {
    if let Some(addresses) = &set.addresses {
        problems.add(
            &addresses.span(),
            "`addresses` belongs to the target of a CNAME; an A or AAAA set has its addresses in `values`",
        );
    }
    Values::Addresses(loopback_addresses(&set.values, record_type, problems))
}

fn check_target(
    set: &RawSet,
    zone: &str,
    record: &str,
    earlier: &[RecordSet],
    problems: &mut Problems,
) -> Values {
    let name = match set.values.get_ref().as_slice() {
        [target] => problems.name(target).unwrap_or_default(),
        several => {
            problems.add(
                &set.values.span(),
                &format!(
                    "a CNAME set has exactly one value, its target; this one has {}",
                    several.len()
                ),
            );
            String::new()
        }
    };
    if name == record && !name.is_empty() {
        problems.add(
            &set.values.span(),
            &format!("{name} is the record itself; a CNAME needs another target"),
        );
    }
    let addresses = match &set.addresses {
        None => Vec::new(),
        Some(raw) => {
            if !name.is_empty() && !names::is_inside(&name, zone) {
                problems.add(
                    &raw.span(),
                    &format!(
                        "{name} lies outside the zone {zone}, so the zone cannot hold its addresses"
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
                &set.values.span(),
                &format!(
                    "{name} is also the target of \"{}\", with other addresses",
                    other.id
                ),
            );
        }
    }
    Values::Target { name, addresses }
}

/// The addresses of a list. What a CNAME points to may have both families, an A or AAAA group only its own.
fn loopback_addresses(
    raw: &Spanned<Vec<Spanned<String>>>,
    record_type: GroupType,
    problems: &mut Problems,
) -> Vec<IpAddr> {
    let values = raw.get_ref();
    if values.is_empty() || values.len() > MOST_VALUES {
        problems.add(
            &raw.span(),
            &format!("{} addresses; allowed are 1 to {MOST_VALUES}", values.len()),
        );
    }
    let mut addresses = Vec::with_capacity(values.len());
    for value in values {
        match value.get_ref().parse::<IpAddr>() {
            Ok(address) if !fits(address, record_type) => problems.add(
                &value.span(),
                &format!(
                    "{address} cannot be the value of a record of type {}",
                    record_type.as_str()
                ),
            ),
            // `to_canonical` lets ::ffff:127.0.0.11 pass: IPv6 has one loopback address only, and an AAAA group of
            // several sets needs more than one that stays on this machine.
            Ok(address) if address.to_canonical().is_loopback() => {
                if addresses.contains(&address) {
                    problems.add(&value.span(), &format!("{address} is there twice"));
                }
                addresses.push(address);
            }
            Ok(address) => problems.add(
                &value.span(),
                &format!(
                    "{address} is not a loopback address; a story may use 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 \
                     only, so that none of its packets leaves this machine"
                ),
            ),
            Err(_) => problems.add(
                &value.span(),
                &format!("\"{}\" is not an IP address", value.get_ref().escape_default()),
            ),
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
