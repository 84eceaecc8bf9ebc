//! Checks what else a story file holds: names outside the zone, plain records, a second zone of the same name.

use std::net::IpAddr;

use serde::Deserialize;
use toml::Spanned;

use super::super::pool::Pool;
use super::super::story::{
    GroupType, PlainRecord, PlainValues, RecordSet, SoaFigures, Twin, Values,
};
use super::groups::Groups;
use super::problems::Problems;
use super::sets::loopback_addresses;

/// The hosted zone that an alias to a pool names if the story does not say: in the form of those of load balancers.
const USUAL_POOL_ZONE: &str = "ZDEMOLOADBALANCER";
/// The time to live of a load balancer's name, in seconds.
const USUAL_POOL_TTL: u32 = 60;
/// The time to live of a plain record, in seconds.
const USUAL_RECORD_TTL: u32 = 300;
/// As many addresses as web servers can reasonably listen on.
const LARGEST_POOL: i64 = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPool {
    name: Spanned<String>,
    hosted_zone_id: Option<String>,
    first: Spanned<String>,
    count: Option<Spanned<i64>>,
    published: Option<Spanned<i64>>,
    every: Option<Spanned<String>>,
    ttl: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecord {
    name: Spanned<String>,
    #[serde(rename = "type")]
    record_type: RawPlainType,
    ttl: Option<Spanned<i64>>,
    values: Spanned<Vec<Spanned<String>>>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "UPPERCASE")]
enum RawPlainType {
    A,
    Aaaa,
    Cname,
    Ns,
    Txt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSoa {
    ttl: Option<Spanned<i64>>,
    minimum: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTwin {
    name_servers: Spanned<Vec<Spanned<String>>>,
    #[serde(default)]
    private: bool,
}

pub(super) fn check_pools(raw: &[RawPool], zone: &str, problems: &mut Problems) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::with_capacity(raw.len());
    for raw_pool in raw {
        let Some(pool) = check_pool(raw_pool, zone, problems) else {
            continue;
        };
        if pools
            .iter()
            .any(|other| other.name == pool.name && other.first.is_ipv4() == pool.first.is_ipv4())
        {
            problems.add(
                &raw_pool.name.span(),
                &format!("the pool {} is there twice", pool.name),
            );
        }
        pools.push(pool);
    }
    pools
}

fn check_pool(raw: &RawPool, zone: &str, problems: &mut Problems) -> Option<Pool> {
    let name = problems.name_outside(&raw.name, "pool", zone);
    let mut number = |raw: Option<&Spanned<i64>>, what: &str, most: i64, usual: u16| {
        raw.map_or(Some(usual), |raw| {
            problems
                .in_range(raw, what, 1..=most)
                .and_then(|number| u16::try_from(number).ok())
        })
    };
    let count = number(
        raw.count.as_ref(),
        "the number of addresses",
        LARGEST_POOL,
        1,
    )?;
    let published = number(
        raw.published.as_ref(),
        "the number of published addresses",
        count.into(),
        count,
    );
    let every = match &raw.every {
        None => None,
        Some(every) => {
            let period = problems.duration(every)?;
            if period.is_zero() {
                problems.add(
                    &every.span(),
                    "the period is 0s; a choice has to last longer",
                );
            }
            Some(period)
        }
    };
    let ttl = raw
        .ttl
        .as_ref()
        .map_or(Some(USUAL_POOL_TTL), |ttl| problems.ttl(ttl, "the ttl"));
    let Ok(first) = raw.first.get_ref().parse::<IpAddr>() else {
        problems.add(
            &raw.first.span(),
            &format!(
                "\"{}\" is not an IP address",
                raw.first.get_ref().escape_default()
            ),
        );
        return None;
    };
    let pool = Pool {
        name: name?,
        hosted_zone_id: raw
            .hosted_zone_id
            .clone()
            .unwrap_or_else(|| USUAL_POOL_ZONE.to_owned()),
        first,
        count,
        published: published?,
        every,
        ttl: ttl?,
    };
    if let Some(stray) = pool
        .addresses()
        .into_iter()
        .find(|address| !address.to_canonical().is_loopback())
    {
        problems.add(
            &raw.first.span(),
            &format!(
                "the pool {} reaches {stray}, which is not a loopback address; a story may use 127.0.0.0/8, ::1 and \
                 ::ffff:127.0.0.0/104 only",
                pool.name
            ),
        );
    }
    Some(pool)
}

pub(super) fn check_records(
    raw: &[RawRecord],
    zone: &str,
    groups: &Groups,
    problems: &mut Problems,
) -> Vec<PlainRecord> {
    let mut records: Vec<PlainRecord> = Vec::with_capacity(raw.len());
    for raw_record in raw {
        let Some(name) = problems.owner_in(&raw_record.name, zone) else {
            continue;
        };
        let values = check_plain_values(raw_record, problems);
        let record = PlainRecord {
            name,
            ttl: raw_record
                .ttl
                .as_ref()
                .map_or(Some(USUAL_RECORD_TTL), |ttl| problems.ttl(ttl, "the ttl"))
                .unwrap_or_default(),
            values,
        };
        if let Some(message) = misplaced(&record, zone, groups, &records) {
            problems.add(&raw_record.name.span(), &message);
        }
        records.push(record);
    }
    records
}

fn check_plain_values(raw: &RawRecord, problems: &mut Problems) -> PlainValues {
    let names = |problems: &mut Problems| {
        let values = raw.values.get_ref().iter();
        values
            .filter_map(|name| problems.name(name))
            .collect::<Vec<_>>()
    };
    match raw.record_type {
        RawPlainType::A => PlainValues::A(loopback_addresses(&raw.values, GroupType::A, problems)),
        RawPlainType::Aaaa => {
            PlainValues::Aaaa(loopback_addresses(&raw.values, GroupType::Aaaa, problems))
        }
        RawPlainType::Cname => {
            let targets = names(problems);
            if raw.values.get_ref().len() != 1 {
                problems.add(
                    &raw.values.span(),
                    "a CNAME has exactly one value, its target",
                );
            }
            PlainValues::Cname(targets.into_iter().next().unwrap_or_default())
        }
        RawPlainType::Ns => {
            if raw.values.get_ref().is_empty() {
                problems.add(&raw.values.span(), "the record has no value");
            }
            PlainValues::Ns(names(problems))
        }
        RawPlainType::Txt => PlainValues::Txt(check_texts(&raw.values, problems)),
    }
}

/// A text of a TXT record is at most 255 bytes (RFC 1035 section 3.3). Quotes and backslashes would need escapes in the
/// API, which no story needs.
fn check_texts(raw: &Spanned<Vec<Spanned<String>>>, problems: &mut Problems) -> Vec<String> {
    if raw.get_ref().is_empty() {
        problems.add(&raw.span(), "the record has no value");
    }
    for text in raw.get_ref() {
        let plain = |byte: u8| (0x20..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\');
        if text.get_ref().len() > 255 || !text.get_ref().bytes().all(plain) {
            problems.add(
                &text.span(),
                "a text has at most 255 ASCII characters, without quotes and backslashes",
            );
        }
    }
    raw.get_ref()
        .iter()
        .map(|text| text.get_ref().clone())
        .collect()
}

/// Why a plain record cannot stand where it stands, if so.
fn misplaced(
    record: &PlainRecord,
    zone: &str,
    groups: &Groups,
    earlier: &[PlainRecord],
) -> Option<String> {
    let kind = record.values.type_name();
    let name = &record.name;
    if kind == "NS" && name == zone {
        return Some("the zone's own NS record follows from [[server]]".to_owned());
    }
    if kind == "NS" && name.starts_with("*.") {
        return Some("a wildcard cannot have NS records".to_owned());
    }
    if kind == "CNAME" && name == zone {
        return Some(format!(
            "a CNAME cannot stand at the zone's own name {zone}"
        ));
    }
    let of_groups = groups
        .groups
        .iter()
        .filter(|group| group.name == *name)
        .map(|group| group.record_type.as_str());
    let of_hosts = groups
        .sets
        .iter()
        .filter_map(|set| host_of(set, name))
        .flatten();
    let of_others = earlier
        .iter()
        .filter(|other| other.name == *name)
        .map(|other| other.values.type_name());
    let taken: Vec<&str> = of_groups.chain(of_hosts).chain(of_others).collect();
    if taken.contains(&kind) {
        return Some(format!("{name} has records of type {kind} already"));
    }
    if !taken.is_empty() && (kind == "CNAME" || taken.contains(&"CNAME")) {
        return Some(format!(
            "{name} has a CNAME, which excludes every other type at its name"
        ));
    }
    None
}

/// The types that a CNAME set's own `addresses` give to a name.
fn host_of(set: &RecordSet, name: &str) -> Option<Vec<&'static str>> {
    match &set.values {
        Values::Target {
            name: target,
            addresses,
        } if target == name => Some(
            addresses
                .iter()
                .map(|address| if address.is_ipv4() { "A" } else { "AAAA" })
                .collect(),
        ),
        _ => None,
    }
}

pub(super) fn check_soa(raw: Option<&RawSoa>, problems: &mut Problems) -> SoaFigures {
    let usual = SoaFigures::default();
    let Some(raw) = raw else { return usual };
    let mut figure = |raw: Option<&Spanned<i64>>, what, usual| {
        raw.and_then(|figure| problems.ttl(figure, what))
            .unwrap_or(usual)
    };
    SoaFigures {
        ttl: figure(raw.ttl.as_ref(), "the ttl of the SOA record", usual.ttl),
        minimum: figure(
            raw.minimum.as_ref(),
            "the minimum of the SOA record",
            usual.minimum,
        ),
    }
}

pub(super) fn check_twin(raw: &RawTwin, zone: &str, problems: &mut Problems) -> Option<Twin> {
    let mut name_servers = Vec::new();
    for name in raw.name_servers.get_ref() {
        name_servers.extend(problems.name_outside(name, "name server", zone));
    }
    if raw.name_servers.get_ref().is_empty() {
        problems.add(&raw.name_servers.span(), "the twin has no name server");
        return None;
    }
    Some(Twin {
        name_servers,
        private: raw.private,
    })
}
