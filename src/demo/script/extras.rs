//! Checks what else a story file holds: names outside the zone, plain records, a second zone of the same name.

use serde::Deserialize;
use toml::Spanned;

use super::super::names;
use super::super::pool::Pool;
use super::super::story::{
    GroupType, PlainRecord, PlainValues, RecordSet, SoaFigures, Twin, Values,
};
use super::super::told::{Told, told};
use super::groups::Groups;
use super::problems::{NAME_SERVER, Problems, excluded_by_cname};
use super::sets::loopback_addresses;
use super::values::{
    Address, Name, Owner, Period, PoolSize, Read, SoaMinimum, SoaTtl, Ttl, in_range, value_of,
};

/// The hosted zone that an alias to a pool names if the story does not say: in the form of those of load balancers.
const USUAL_POOL_ZONE: &str = "ZDEMOLOADBALANCER";
/// The time to live of a load balancer's name, in seconds.
const USUAL_POOL_TTL: u32 = 60;
/// The time to live of a plain record, in seconds.
const USUAL_RECORD_TTL: u32 = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPool {
    name: Read<Name>,
    hosted_zone_id: Option<String>,
    first: Read<Address>,
    count: Option<Read<PoolSize>>,
    published: Option<Spanned<i64>>,
    every: Option<Read<Period>>,
    ttl: Option<Read<Ttl>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRecord {
    name: Read<Owner>,
    #[serde(rename = "type")]
    record_type: RawPlainType,
    ttl: Option<Read<Ttl>>,
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
    ttl: Option<Read<SoaTtl>>,
    minimum: Option<Read<SoaMinimum>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTwin {
    name_servers: Spanned<Vec<Read<Name>>>,
    #[serde(default)]
    private: bool,
}

pub(super) fn check_pools(raw: &[RawPool], zone: &str, problems: &mut Problems) -> Vec<Pool> {
    let mut pools: Vec<Pool> = Vec::with_capacity(raw.len());
    for raw_pool in raw {
        let Some(pool) = check_pool(raw_pool, zone, problems) else {
            continue;
        };
        let is_same =
            |other: &Pool| other.name == pool.name && other.first.is_ipv4() == pool.first.is_ipv4();
        if pools.iter().any(is_same) {
            let name = &pool.name;
            let message = told!("the pool {name} is there twice", "풀 {name}: 두 번 나온다");
            problems.add(&raw_pool.name, message);
        }
        pools.push(pool);
    }
    pools
}

fn check_pool(raw: &RawPool, zone: &str, problems: &mut Problems) -> Option<Pool> {
    let name = problems.name_outside(&raw.name, ["pool", "풀"], zone);
    let count = match &raw.count {
        None => 1,
        Some(count) => count.value?,
    };
    let published = raw.published.as_ref().map_or(Some(count), |published| {
        let what = ["the number of published addresses", "공개하는 주소 수"];
        let read = in_range(*published.get_ref(), what, 1..=count.into());
        problems.note(published, read)
    });
    let zone_id = raw.hosted_zone_id.as_deref();
    let pool = Pool {
        name: name?,
        hosted_zone_id: zone_id.unwrap_or(USUAL_POOL_ZONE).to_owned(),
        first: raw.first.value?,
        count,
        published: published?,
        every: value_of(raw.every.as_ref()),
        ttl: raw.ttl.as_ref().map_or(USUAL_POOL_TTL, Read::or_harmless),
    };
    let mut addresses = pool.addresses().into_iter();
    if let Some(stray) = addresses.find(|address| !address.to_canonical().is_loopback()) {
        let name = &pool.name;
        let message = told!(
            "the pool {name} reaches {stray}, which is not a loopback address; a story may use 127.0.0.0/8, ::1 and \
             ::ffff:127.0.0.0/104 only",
            "풀 {name}: 루프백 주소가 아닌 {stray}까지 간다; 스토리에는 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104만 쓸 수 있다"
        );
        problems.add(&raw.first, message);
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
        let ttl = raw_record.ttl.as_ref();
        let record = PlainRecord {
            name,
            ttl: ttl.map_or(USUAL_RECORD_TTL, Read::or_harmless),
            values,
        };
        if let Some(message) = misplaced(&record, zone, groups, &records) {
            problems.add(&raw_record.name, message);
        }
        records.push(record);
    }
    records
}

fn check_plain_values(raw: &RawRecord, problems: &mut Problems) -> PlainValues {
    let values = &raw.values;
    let written = values.get_ref();
    if written.is_empty() && matches!(raw.record_type, RawPlainType::Ns | RawPlainType::Txt) {
        problems.add(
            values,
            told!("the record has no value", "레코드에 값이 없다"),
        );
    }
    let read_names = |problems: &mut Problems| -> Vec<String> {
        let read = |name: &Spanned<String>| problems.note(name, names::canonical(name.get_ref()));
        written.iter().filter_map(read).collect()
    };
    match raw.record_type {
        RawPlainType::A => PlainValues::A(loopback_addresses(values, GroupType::A, problems)),
        RawPlainType::Aaaa => {
            PlainValues::Aaaa(loopback_addresses(values, GroupType::Aaaa, problems))
        }
        RawPlainType::Cname => {
            if written.len() != 1 {
                let message = told!(
                    "a CNAME has exactly one value, its target",
                    "CNAME의 값은 대상 하나뿐이다"
                );
                problems.add(values, message);
            }
            let mut targets = read_names(problems);
            PlainValues::Cname(targets.pop().unwrap_or_default())
        }
        RawPlainType::Ns => PlainValues::Ns(read_names(problems)),
        RawPlainType::Txt => PlainValues::Txt(check_texts(written, problems)),
    }
}

/// A text of a TXT record is at most 255 bytes (RFC 1035 section 3.3). Quotes and backslashes would need escapes in the
/// API, which no story needs.
fn check_texts(written: &[Spanned<String>], problems: &mut Problems) -> Vec<String> {
    let plain = |byte: u8| (0x20..0x7f).contains(&byte) && !matches!(byte, b'"' | b'\\');
    for text in written {
        if text.get_ref().len() > 255 || !text.get_ref().bytes().all(plain) {
            let message = told!(
                "a text has at most 255 ASCII characters, without quotes and backslashes",
                "텍스트는 ASCII 255자까지이고, 따옴표와 백슬래시는 쓸 수 없다"
            );
            problems.add(text, message);
        }
    }
    written.iter().map(|text| text.get_ref().clone()).collect()
}

/// Why a plain record cannot stand where it stands, if so.
fn misplaced(
    record: &PlainRecord,
    zone: &str,
    groups: &Groups,
    earlier: &[PlainRecord],
) -> Option<Told> {
    let kind = record.values.type_name();
    let name = &record.name;
    if kind == "NS" && name == zone {
        return Some(told!(
            "the zone's own NS record follows from [[server]]",
            "호스팅 영역 자신의 NS 레코드는 [[server]]에서 만들어진다"
        ));
    }
    if kind == "NS" && name.starts_with("*.") {
        return Some(told!(
            "a wildcard cannot have NS records",
            "와일드카드에는 NS 레코드를 둘 수 없다"
        ));
    }
    if kind == "CNAME" && name == zone {
        return Some(told!(
            "a CNAME cannot stand at the zone's own name {zone}",
            "CNAME은 호스팅 영역 자신의 이름 {zone}에 둘 수 없다"
        ));
    }
    let of_groups = groups.groups.iter().filter(|group| group.name == *name);
    let of_groups = of_groups.map(|group| group.record_type.as_str());
    let of_hosts = groups.sets.iter().flat_map(|set| types_of_host(set, name));
    let of_others = earlier.iter().filter(|other| other.name == *name);
    let of_others = of_others.map(|other| other.values.type_name());
    let taken: Vec<&str> = of_groups.chain(of_hosts).chain(of_others).collect();
    if taken.contains(&kind) {
        return Some(told!(
            "{name} has records of type {kind} already",
            "{name}: {kind} 유형의 레코드가 이미 있다"
        ));
    }
    if !taken.is_empty() && (kind == "CNAME" || taken.contains(&"CNAME")) {
        return Some(excluded_by_cname(name));
    }
    None
}

/// The types that a CNAME set's own `addresses` give to a name.
fn types_of_host(set: &RecordSet, name: &str) -> impl Iterator<Item = &'static str> {
    let is_target = matches!(&set.values, Values::Target { name: target, .. } if target == name);
    let addresses = set.values.addresses().iter().filter(move |_| is_target);
    addresses.map(|address| if address.is_ipv4() { "A" } else { "AAAA" })
}

pub(super) fn check_soa(raw: Option<&RawSoa>) -> SoaFigures {
    let usual = SoaFigures::default();
    let Some(raw) = raw else { return usual };
    SoaFigures {
        ttl: value_of(raw.ttl.as_ref()).unwrap_or(usual.ttl),
        minimum: value_of(raw.minimum.as_ref()).unwrap_or(usual.minimum),
    }
}

pub(super) fn check_twin(raw: &RawTwin, zone: &str, problems: &mut Problems) -> Option<Twin> {
    let mut name_servers = Vec::new();
    for name in raw.name_servers.get_ref() {
        name_servers.extend(problems.name_outside(name, NAME_SERVER, zone));
    }
    if raw.name_servers.get_ref().is_empty() {
        let message = told!("the twin has no name server", "쌍둥이에 네임 서버가 없다");
        problems.add(&raw.name_servers, message);
        return None;
    }
    Some(Twin {
        name_servers,
        private: raw.private,
    })
}
