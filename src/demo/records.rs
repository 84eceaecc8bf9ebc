//! The records of the story's zone in the form of the DNS.
//!
//! Which of them answers a question is `zone`'s to say; how the API writes them, `listing`'s.

use std::net::IpAddr;

use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, SOA, TXT};
use hickory_server::proto::rr::{Name, RData, Record};

use super::names;
use super::story::{AliasTo, PlainValues, Story, Values};

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
    let ttl = story.group_of(set).ttl;
    match &story.sets[set].values {
        Values::Addresses(addresses) => SetData {
            values: addresses.iter().map(address_data).collect(),
            ttl,
        },
        Values::Target { name, .. } => SetData {
            values: vec![RData::CNAME(CNAME(names::to_wire(name)))],
            ttl,
        },
        // An alias has no time to live of its own; it answers with its target's.
        Values::Alias { to, .. } => SetData {
            values: Vec::new(),
            ttl: match to {
                AliasTo::Pool(pool) => story.pools[*pool].ttl,
                AliasTo::Group(_) => ttl,
            },
        },
    }
}

/// The addresses of CNAME targets inside the zone; they can be asked for by themselves.
pub(super) fn host_records(story: &Story) -> Vec<Record> {
    let mut records = Vec::new();
    for (set, record_set) in story.sets.iter().enumerate() {
        if let Values::Target { name, addresses } = &record_set.values {
            let ttl = story.group_of(set).ttl;
            let owner = names::to_wire(name);
            let data = addresses.iter().map(address_data);
            records.extend(data.map(|data| Record::from_rdata(owner.clone(), ttl, data)));
        }
    }
    records
}

pub(super) fn plain_records(story: &Story) -> Vec<Record> {
    let mut records = Vec::new();
    for record in &story.records {
        let values: Vec<RData> = match &record.values {
            PlainValues::A(addresses) | PlainValues::Aaaa(addresses) => {
                addresses.iter().map(address_data).collect()
            }
            PlainValues::Cname(target) => vec![RData::CNAME(CNAME(names::to_wire(target)))],
            PlainValues::Ns(servers) => servers
                .iter()
                .map(|server| RData::NS(NS(names::to_wire(server))))
                .collect(),
            PlainValues::Txt(texts) => texts
                .iter()
                .map(|text| RData::TXT(TXT::new(vec![text.clone()])))
                .collect(),
        };
        let owner = names::to_wire(&record.name);
        records.extend(
            values
                .into_iter()
                .map(|value| Record::from_rdata(owner.clone(), record.ttl, value)),
        );
    }
    records
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
