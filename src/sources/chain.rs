//! Chains of CNAMEs in a reply. Whoever wrote the reply does not decide how long following one takes: each record is looked
//! at once, at most a few names are followed, and none of them twice.

use std::collections::HashMap;
use std::net::IpAddr;

use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as WireType};

/// So many CNAMEs are followed one behind the other; resolvers give up about there too.
const MOST_LINKS: usize = 16;

/// What the records of one name say.
#[derive(Debug, Default)]
pub(super) struct Link {
    /// Its addresses of the wanted type.
    pub addresses: Vec<IpAddr>,
    /// Where it points, if it is a CNAME.
    pub target: Option<Name>,
    /// The smallest of these records; `None`: there is nothing of use about the name.
    pub ttl: Option<u32>,
}

/// The links of the chain that starts at a name, itself first, until one has addresses. Records of the name itself stand in
/// the first section; those further down the chain may stand in the other one.
pub(super) fn follow(
    name: &Name,
    wanted: WireType,
    first: &[Record],
    other: &[Record],
) -> Vec<Link> {
    let (first, other) = (by_owner(first), by_owner(other));
    let mut names = vec![name.clone()];
    let mut links: Vec<Link> = Vec::new();
    while let Some(owner) = names.get(links.len()) {
        let mut link = read(owner, wanted, &first);
        if link.ttl.is_none() && !links.is_empty() {
            link = read(owner, wanted, &other);
        }
        if let Some(target) = &link.target
            && link.addresses.is_empty()
            && names.len() <= MOST_LINKS
            && !names.contains(target)
        {
            names.push(target.clone());
        }
        links.push(link);
    }
    links
}

type ByOwner<'reply> = HashMap<&'reply Name, Vec<&'reply Record>>;

fn by_owner(section: &[Record]) -> ByOwner<'_> {
    let mut owners = ByOwner::new();
    for record in section {
        owners.entry(&record.name).or_default().push(record);
    }
    owners
}

fn read(owner: &Name, wanted: WireType, section: &ByOwner<'_>) -> Link {
    let mut link = Link::default();
    for record in section.get(owner).into_iter().flatten() {
        match &record.data {
            RData::A(address) if wanted == WireType::A => link.addresses.push(address.0.into()),
            RData::AAAA(address) if wanted == WireType::AAAA => {
                link.addresses.push(address.0.into());
            }
            RData::CNAME(target) => link.target = Some(target.0.clone()),
            _ => continue,
        }
        link.ttl = Some(link.ttl.map_or(record.ttl, |ttl| ttl.min(record.ttl)));
    }
    link
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_resolver::proto::rr::rdata::{A, CNAME};
    use std::net::Ipv4Addr;

    fn name(number: usize) -> Name {
        Name::from_ascii(format!("n{number}.test.")).expect("a name")
    }

    fn cname(from: usize, to: usize) -> Record {
        Record::from_rdata(name(from), 60, RData::CNAME(CNAME(name(to))))
    }

    fn end(owner: usize) -> Record {
        Record::from_rdata(name(owner), 60, RData::A(A(Ipv4Addr::LOCALHOST)))
    }

    fn links(section: &[Record]) -> Vec<Link> {
        follow(&name(0), WireType::A, section, &[])
    }

    #[test]
    fn sixteen_links_are_followed_and_a_seventeenth_is_not() {
        let chain = |length: usize| {
            let links = (0..length).map(|link| cname(link, link + 1));
            links.chain([end(length)]).collect::<Vec<_>>()
        };
        let of = |length| links(&chain(length)).pop().expect("the name itself");
        assert_eq!(of(MOST_LINKS).addresses, [Ipv4Addr::LOCALHOST]);
        assert!(of(MOST_LINKS + 1).addresses.is_empty());
        assert_eq!(links(&chain(500)).len(), MOST_LINKS + 1);
    }

    #[test]
    fn no_name_is_followed_twice() {
        let owners = |section: &[Record]| links(section).len();
        assert_eq!(owners(&[cname(0, 0)]), 1);
        assert_eq!(owners(&[cname(0, 1), cname(1, 0)]), 2);
        assert_eq!(owners(&[cname(0, 1), cname(1, 2), cname(2, 1)]), 3);
    }

    #[test]
    fn a_name_that_is_spelt_otherwise_is_the_same() {
        let mut spelt = end(1);
        spelt.name = Name::from_ascii("N1.TEST.").expect("a name");
        assert_eq!(links(&[cname(0, 1), spelt])[1].addresses.len(), 1);
    }
}
