//! The zone as the Route 53 API lists it: which record sets, in which order, on which page.
//!
//! HTTP and XML are `route53_api`'s. The name servers do not read this: they answer from `zone`.

use std::net::IpAddr;

use super::names;
use super::records::{NAME_SERVER_TTL, SOA_MIDDLE};
use super::story::{AliasTo, PlainValues, Story, Values};

/// One record set of the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The name as the API writes it.
    pub(super) name: String,
    pub(super) record_type: &'static str,
    pub(super) content: Content,
    /// The `SetIdentifier`, for the sets of a group that has more than one.
    pub(super) identifier: Option<String>,
    /// The set's position in the story, for the sets of a group.
    pub(super) set: Option<usize>,
}

/// What a record set holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    /// Values with their time to live.
    Values { ttl: u32, values: Vec<String> },
    /// Another name, in this hosted zone or in one of AWS's.
    Alias {
        /// Without the prefix that ids have elsewhere.
        hosted_zone_id: String,
        /// The name as the API writes it.
        dns_name: String,
        evaluate_health: bool,
    },
}

/// Where a page begins, as the caller wrote it. Each part narrows the one before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) name: Option<String>,
    pub(super) record_type: Option<String>,
    pub(super) identifier: Option<String>,
}

/// What [`page`] cuts out of the listing.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Page<'listing> {
    pub(super) entries: &'listing [Entry],
    /// The first record set of the next page, if there is one.
    pub(super) next: Option<&'listing Entry>,
}

impl Entry {
    /// Route 53 documents the order of names. That types and identifiers follow as text is our choice.
    fn sort_key(&self) -> (String, &str, &str) {
        let identifier = self.identifier.as_deref().unwrap_or_default();
        (names::sort_key(&self.name), self.record_type, identifier)
    }
}

/// All record sets of the story's zone in the API's order. `zone_id` is what aliases within the zone name.
pub(super) fn entries(story: &Story, zone_id: &str) -> Vec<Entry> {
    let mut entries = apex_entries(story, &story.delegation_set());
    for (set, record_set) in story.sets.iter().enumerate() {
        if let Values::Target { name, addresses } = &record_set.values {
            let (name, ttl) = (names::to_api(name), story.group_of(set).ttl);
            let (ipv4, ipv6): (Vec<IpAddr>, _) = addresses.iter().partition(|one| one.is_ipv4());
            for (record_type, values) in [("A", ipv4), ("AAAA", ipv6)] {
                let is_empty = values.is_empty();
                let entry = simple(&name, record_type, ttl, in_text(&values));
                if !is_empty && !entries.contains(&entry) {
                    entries.push(entry);
                }
            }
        }
        entries.push(set_entry(story, set, zone_id));
    }
    for record in &story.records {
        let values = match &record.values {
            PlainValues::A(addresses) | PlainValues::Aaaa(addresses) => in_text(addresses),
            PlainValues::Cname(target) => vec![names::to_api(target)],
            PlainValues::Ns(servers) => servers.iter().map(|name| names::to_api(name)).collect(),
            PlainValues::Txt(texts) => texts.iter().map(|text| format!("\"{text}\"")).collect(),
        };
        let name = names::to_api(&record.name);
        entries.push(simple(&name, record.values.type_name(), record.ttl, values));
    }
    entries.sort_by(|left, right| left.sort_key().cmp(&right.sort_key()));
    entries
}

/// The NS and SOA record sets that every zone has, for a zone of the story's name with these servers.
pub(super) fn apex_entries(story: &Story, delegation_set: &[&str]) -> Vec<Entry> {
    let apex = names::to_api(&story.zone);
    let servers = delegation_set.iter().map(|name| names::to_api(name));
    let servers: Vec<String> = servers.collect();
    let soa = format!("{} {SOA_MIDDLE} {}", servers[0], story.soa.minimum);
    vec![
        simple(&apex, "NS", NAME_SERVER_TTL, servers),
        simple(&apex, "SOA", story.soa.ttl, vec![soa]),
    ]
}

fn in_text(addresses: &[IpAddr]) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn simple(name: &str, record_type: &'static str, ttl: u32, values: Vec<String>) -> Entry {
    Entry {
        name: name.to_owned(),
        record_type,
        content: Content::Values { ttl, values },
        identifier: None,
        set: None,
    }
}

fn set_entry(story: &Story, set: usize, zone_id: &str) -> Entry {
    let group = story.group_of(set);
    let record_set = &story.sets[set];
    let with_values = |values| Content::Values {
        ttl: group.ttl,
        values,
    };
    let content = match &record_set.values {
        Values::Addresses(addresses) => with_values(in_text(addresses)),
        Values::Target { name, .. } => with_values(vec![names::to_api(name)]),
        Values::Alias {
            to,
            evaluate_health,
        } => {
            let (hosted_zone_id, name) = match to {
                AliasTo::Group(target) => (zone_id, &story.groups[*target].name),
                AliasTo::Pool(pool) => {
                    let pool = &story.pools[*pool];
                    (&*pool.hosted_zone_id, &pool.name)
                }
            };
            Content::Alias {
                hosted_zone_id: hosted_zone_id.to_owned(),
                dns_name: names::to_api(name),
                evaluate_health: *evaluate_health,
            }
        }
    };
    Entry {
        name: names::to_api(&group.name),
        record_type: group.record_type.as_str(),
        content,
        identifier: (!record_set.id.is_empty()).then(|| record_set.id.clone()),
        set: Some(set),
    }
}

/// The page that begins with the first record set at or after `start` and holds at most `max_items`.
pub(super) fn page<'listing>(
    entries: &'listing [Entry],
    start: &Start,
    max_items: usize,
) -> Page<'listing> {
    let name = start.name.as_deref();
    let name = name.map(|name| names::sort_key(&names::api_form(name)));
    let key = (
        name.unwrap_or_default(),
        start.record_type.as_deref().unwrap_or_default(),
        start.identifier.as_deref().unwrap_or_default(),
    );
    let from = entries.partition_point(|entry| entry.sort_key() < key);
    let until = entries.len().min(from.saturating_add(max_items));
    Page {
        entries: &entries[from..until],
        next: entries.get(until),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn story(count: usize) -> Story {
        let head = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                    type = \"A\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n";
        let set = |number| {
            format!("[[set]]\nid = \"set {number}\"\nweight = 1\nvalues = [\"127.0.1.{number}\"]\n")
        };
        let text: String = std::iter::once(head.to_owned())
            .chain((0..count).map(set))
            .collect();
        Story::parse(&text, "test.toml").unwrap()
    }

    fn start(name: Option<&str>, record_type: Option<&str>, identifier: Option<&str>) -> Start {
        Start {
            name: name.map(str::to_owned),
            record_type: record_type.map(str::to_owned),
            identifier: identifier.map(str::to_owned),
        }
    }

    fn values(entry: &Entry) -> Vec<&str> {
        match &entry.content {
            Content::Values { values, .. } => values.iter().map(String::as_str).collect(),
            Content::Alias { .. } => panic!("an alias has no values"),
        }
    }

    fn summary(page: &Page<'_>) -> Vec<String> {
        page.entries
            .iter()
            .map(|entry| {
                let id = entry.identifier.as_deref().unwrap_or("-");
                format!("{} {} {id}", entry.name, entry.record_type)
            })
            .collect()
    }

    #[test]
    fn the_zones_own_records_come_first() {
        let entries = entries(&story(2), "Z1");
        assert_eq!(
            summary(&page(&entries, &Start::default(), 300)),
            [
                "example.test. NS -",
                "example.test. SOA -",
                "app.example.test. A set 0",
                "app.example.test. A set 1"
            ]
        );
        assert_eq!(values(&entries[0]), ["ns-1.test."]);
        assert_eq!(
            values(&entries[1]),
            ["ns-1.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"]
        );
    }

    #[test]
    fn start_values_mean_the_first_at_or_after() {
        let entries = entries(&story(3), "Z1");
        let first = |name, record_type, identifier| {
            summary(&page(&entries, &start(name, record_type, identifier), 1)).join("")
        };
        assert_eq!(
            first(Some("app.example.test"), None, None),
            "app.example.test. A set 0"
        );
        assert_eq!(
            first(Some("APP.EXAMPLE.TEST."), None, None),
            "app.example.test. A set 0"
        );
        assert_eq!(
            first(Some("aaa.example.test"), None, None),
            "app.example.test. A set 0"
        );
        assert_eq!(
            first(Some("example.test"), Some("SOA"), None),
            "example.test. SOA -"
        );
        assert_eq!(
            first(Some("app.example.test"), Some("A"), Some("set 1")),
            "app.example.test. A set 1"
        );
        assert_eq!(
            first(Some("app.example.test"), Some("A"), Some("set 0x")),
            "app.example.test. A set 1"
        );
        assert_eq!(first(Some("app.example.test"), Some("AAAA"), None), "");
        assert_eq!(first(Some("zzz.example.test"), None, None), "");
    }

    #[test]
    fn the_addresses_of_cname_targets_are_listed_once_as_records_of_their_own() {
        let text = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                    type = \"CNAME\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n\
                    [[set]]\nid = \"a\"\nweight = 1\nvalues = [\"b!.example.test\"]\naddresses = [\"127.0.0.1\"]\n\
                    [[set]]\nid = \"b\"\nweight = 1\nvalues = [\"b!.example.test\"]\naddresses = [\"127.0.0.1\"]\n";
        let entries = entries(&Story::parse(text, "test.toml").unwrap(), "Z1");
        assert_eq!(
            summary(&page(&entries, &start(Some("a"), None, None), 300))[2..],
            [
                "app.example.test. CNAME a",
                "app.example.test. CNAME b",
                "b\\041.example.test. A -"
            ]
        );
        assert_eq!(values(&entries[2]), ["b\\041.example.test."]);
    }

    proptest! {
        #[test]
        fn pages_of_any_size_give_every_record_set_once(count in 1_usize..100, max_items in 1_usize..20) {
            let entries = entries(&story(count), "Z1");
            let mut seen = Vec::new();
            let mut from = Start::default();
            loop {
                let page = page(&entries, &from, max_items);
                prop_assert!(page.entries.len() <= max_items);
                seen.extend(page.entries.iter().cloned());
                let Some(next) = page.next else { break };
                from = Start {
                    name: Some(next.name.clone()),
                    record_type: Some(next.record_type.to_owned()),
                    identifier: next.identifier.clone(),
                };
            }
            prop_assert_eq!(seen, entries);
        }
    }
}
