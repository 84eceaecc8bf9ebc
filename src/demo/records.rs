//! The records of the story's zone in the form of the DNS.
//!
//! Which of them answers a question is `zone`'s to say; how the API writes them, `listing`'s.

use std::net::IpAddr;

use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{Name, RData, Record};

use super::names;
use super::story::{PlainValues, Story, Values};

/// The time to live that Route 53 gives to the NS record of every new zone.
pub(super) const NAME_SERVER_TTL: u32 = 172_800;
/// The value of the SOA record between the primary name server and the last figure, as Route 53 writes it.
pub(super) const SOA_MIDDLE: &str = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600";

/// What a record set answers by itself.
#[derive(Debug)]
pub(super) struct SetData {
    pub(super) values: Vec<RData>,
    pub(super) ttl: u32,
}

pub(super) fn set_data(story: &Story, set: usize) -> SetData {
    let values = &story.sets[set].values;
    // An alias has no time to live of its own; it answers with its target's.
    let pool = values.pool().map(|pool| &story.pools[pool]);
    SetData {
        ttl: pool.map_or(story.group_of(set).ttl, |pool| pool.ttl),
        values: match values {
            Values::Addresses(addresses) => addresses.iter().map(address_data).collect(),
            Values::Target { name, .. } => vec![RData::CNAME(CNAME(names::to_wire(name)))],
            Values::Alias { .. } => Vec::new(),
        },
    }
}

/// The addresses of CNAME targets inside the zone; they can be asked for by themselves.
pub(super) fn host_records(story: &Story) -> Vec<Record> {
    let mut records = Vec::new();
    for (set, record_set) in story.sets.iter().enumerate() {
        if let Values::Target { name, addresses } = &record_set.values {
            let data = addresses.iter().map(address_data);
            records.extend(owned_by(
                &names::to_wire(name),
                story.group_of(set).ttl,
                data,
            ));
        }
    }
    records
}

pub(super) fn plain_records(story: &Story) -> Vec<Record> {
    let records = story.records.iter().flat_map(|record| {
        let ns = |name: &String| RData::NS(NS(names::to_wire(name)));
        let txt = |text: &String| RData::TXT(TXT::new(vec![text.clone()]));
        let values: Vec<RData> = match &record.values {
            PlainValues::A(addresses) | PlainValues::Aaaa(addresses) => {
                addresses.iter().map(address_data).collect()
            }
            PlainValues::Cname(target) => vec![RData::CNAME(CNAME(names::to_wire(target)))],
            PlainValues::Ns(servers) => servers.iter().map(ns).collect(),
            PlainValues::Txt(texts) => texts.iter().map(txt).collect(),
        };
        owned_by(&names::to_wire(&record.name), record.ttl, values)
    });
    records.collect()
}

/// The records of one name.
pub(super) fn owned_by(
    owner: &Name,
    ttl: u32,
    values: impl IntoIterator<Item = RData>,
) -> Vec<Record> {
    let values = values.into_iter();
    let record = |value| Record::from_rdata(owner.clone(), ttl, value);
    values.map(record).collect()
}

/// A zone's NS records.
pub(super) fn name_server_records<'name>(
    owner: &Name,
    servers: impl IntoIterator<Item = &'name str>,
) -> Vec<Record> {
    let servers = servers.into_iter();
    let data = servers.map(|name| RData::NS(NS(names::to_wire(name))));
    owned_by(owner, NAME_SERVER_TTL, data)
}

pub(super) fn address_data(address: &IpAddr) -> RData {
    match address {
        IpAddr::V4(address) => RData::A(A(*address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(*address)),
    }
}

pub(super) fn soa_record(story: &Story, apex: &Name, primary: Name) -> Record {
    let mut middle = SOA_MIDDLE.split(' ');
    let hostmaster = middle.next().unwrap_or_default().trim_end_matches('.');
    let mut figure = || {
        middle
            .next()
            .and_then(|text| text.parse::<i32>().ok())
            .unwrap_or_default()
    };
    let soa = SOA::new(
        primary,
        names::to_wire(hostmaster),
        figure().unsigned_abs(),
        figure(),
        figure(),
        figure(),
        story.soa.minimum,
    );
    Record::from_rdata(apex.clone(), story.soa.ttl, RData::SOA(soa))
}
