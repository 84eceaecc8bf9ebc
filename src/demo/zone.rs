//! What an authoritative server of the story's zone says to a question, as data: no sockets, no clock.
//!
//! Which of the weighted sets is meant by "one of them" is for the caller to draw; sending is `name_server`'s.

use std::collections::BTreeSet;
use std::net::IpAddr;

use hickory_server::proto::op::{LowerQuery, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_server::proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordType};

use super::names;
use super::story::{GroupType, Story, Values};

/// The figures of the SOA and NS records are the ones that Route 53 gives to every new zone.
pub(super) const SOA_TTL: u32 = 900;
/// See [`SOA_TTL`].
pub(super) const NAME_SERVER_TTL: u32 = 172_800;
/// The value of the SOA record after the primary name server, as Route 53 writes it.
pub(super) const SOA_TAIL: &str = "awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";

/// The story's zone, ready to answer from.
#[derive(Debug)]
pub(super) struct Zone {
    apex: LowerName,
    record: LowerName,
    group_type: GroupType,
    ttl: u32,
    soa: Record,
    name_servers: Vec<Record>,
    /// The values of each weighted set, and what the zone knows about a CNAME's target.
    sets: Vec<(Vec<RData>, Vec<Record>)>,
    /// The addresses of CNAME targets inside the zone; they can be asked for by themselves.
    hosts: Vec<Record>,
    /// Every name that exists, also those that only have names below them (RFC 8020).
    existing: BTreeSet<LowerName>,
}

/// An answer without its header.
#[derive(Debug, PartialEq)]
pub(super) struct Reply {
    pub(super) code: ResponseCode,
    pub(super) authoritative: bool,
    pub(super) answers: Vec<Record>,
    pub(super) authority: Vec<Record>,
}

impl Zone {
    pub(super) fn new(story: &Story) -> Self {
        let apex = names::to_wire(&story.zone);
        let record = names::to_wire(&story.record);
        let name_servers: Vec<Name> = story
            .servers
            .iter()
            .map(|server| names::to_wire(&server.name))
            .collect();
        let sets: Vec<(Vec<RData>, Vec<Record>)> = story
            .sets
            .iter()
            .map(|set| set_records(&set.values, story.ttl))
            .collect();
        let mut hosts: Vec<Record> = Vec::new();
        for record in sets.iter().flat_map(|(_, target)| target) {
            if !hosts.contains(record) {
                hosts.push(record.clone());
            }
        }
        let mut zone = Self {
            apex: LowerName::new(&apex),
            record: LowerName::new(&record),
            group_type: story.record_type,
            ttl: story.ttl,
            soa: soa_record(&apex, name_servers[0].clone()),
            name_servers: name_servers
                .into_iter()
                .map(|name| Record::from_rdata(apex.clone(), NAME_SERVER_TTL, RData::NS(NS(name))))
                .collect(),
            sets,
            hosts,
            existing: BTreeSet::new(),
        };
        zone.note_existing_names();
        zone
    }

    /// Whether the question is one that the weighted group answers.
    pub(super) fn is_for_group(&self, question: &LowerQuery) -> bool {
        let asked = question.query_type();
        let type_fits = match self.group_type {
            GroupType::A => matches!(asked, RecordType::A | RecordType::ANY),
            GroupType::Aaaa => matches!(asked, RecordType::AAAA | RecordType::ANY),
            // A CNAME stands for every type at its name (RFC 1034 section 3.6.2).
            GroupType::Cname => true,
        };
        type_fits && *question.name() == self.record && question.query_class() == DNSClass::IN
    }

    /// Answers a question. `pick` says which weighted set to answer with; it is called only if the question is for the
    /// group, see [`Self::is_for_group`].
    pub(super) fn reply(&self, question: &LowerQuery, pick: impl FnOnce() -> usize) -> Reply {
        let name = question.name();
        if !self.apex.zone_of(name) || question.query_class() != DNSClass::IN {
            return Reply {
                code: ResponseCode::Refused,
                authoritative: false,
                answers: Vec::new(),
                authority: Vec::new(),
            };
        }
        let asked = question.query_type();
        // Answers carry the name as it was asked, in upper or lower case: comparing the two guards clients against
        // forged answers.
        let owner = question.original().name();
        let mut answers = Vec::new();
        if self.is_for_group(question) {
            self.add_group_answers(pick(), asked, owner, &mut answers);
        }
        let fits = |record: &&Record| {
            LowerName::new(&record.name) == *name
                && (asked == record.record_type() || asked == RecordType::ANY)
        };
        let plain = self
            .hosts
            .iter()
            .chain([&self.soa])
            .chain(&self.name_servers);
        answers.extend(plain.filter(fits).map(|record| owned_by(record, owner)));
        self.with_authority(name, asked, answers)
    }

    fn with_authority(&self, name: &LowerName, asked: RecordType, answers: Vec<Record>) -> Reply {
        let exists = self.existing.contains(name);
        let authority = if answers.is_empty() {
            vec![self.soa.clone()]
        } else if asked == RecordType::NS {
            // The answer already is what would stand there.
            Vec::new()
        } else {
            self.name_servers.clone()
        };
        Reply {
            code: if exists {
                ResponseCode::NoError
            } else {
                ResponseCode::NXDomain
            },
            authoritative: true,
            answers,
            authority,
        }
    }

    fn add_group_answers(
        &self,
        picked: usize,
        asked: RecordType,
        owner: &Name,
        answers: &mut Vec<Record>,
    ) {
        let (values, target) = &self.sets[picked];
        answers.extend(
            values
                .iter()
                .map(|value| Record::from_rdata(owner.clone(), self.ttl, value.clone())),
        );
        answers.extend(
            target
                .iter()
                .filter(|record| record.record_type() == asked)
                .cloned(),
        );
    }

    fn note_existing_names(&mut self) {
        let targets = self.hosts.iter().map(|record| LowerName::new(&record.name));
        for name in targets.chain([self.record.clone()]).collect::<Vec<_>>() {
            let mut name = name;
            while self.apex.zone_of(&name) && self.existing.insert(name.clone()) {
                name = name.base_name();
            }
        }
        self.existing.insert(self.apex.clone());
    }
}

fn owned_by(record: &Record, owner: &Name) -> Record {
    let mut record = record.clone();
    record.name = owner.clone();
    record
}

fn set_records(values: &Values, ttl: u32) -> (Vec<RData>, Vec<Record>) {
    match values {
        Values::Addresses(addresses) => (addresses.iter().map(address_data).collect(), Vec::new()),
        Values::Target { name, addresses } => {
            let target = names::to_wire(name);
            let records = addresses
                .iter()
                .map(|address| Record::from_rdata(target.clone(), ttl, address_data(address)))
                .collect();
            (vec![RData::CNAME(CNAME(target))], records)
        }
    }
}

fn address_data(address: &IpAddr) -> RData {
    match address {
        IpAddr::V4(address) => RData::A(A(*address)),
        IpAddr::V6(address) => RData::AAAA(AAAA(*address)),
    }
}

fn soa_record(apex: &Name, primary: Name) -> Record {
    let mut tail = SOA_TAIL.split(' ');
    let hostmaster = tail.next().unwrap_or_default().trim_end_matches('.');
    let mut figure = || {
        tail.next()
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
        figure().unsigned_abs(),
    );
    Record::from_rdata(apex.clone(), SOA_TTL, RData::SOA(soa))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hickory_server::proto::op::Query;

    fn zone(group: &str) -> Zone {
        let text = format!(
            "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nttl = 30\n{group}\n\
             [[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n[[server]]\nname = \"ns-2.test\"\nlag = \"0s\"\n"
        );
        Zone::new(&Story::parse(&text, "test.toml").unwrap())
    }

    fn a_zone() -> Zone {
        zone(
            "record = \"www.deep.example.test\"\ntype = \"A\"\n\
             [[set]]\nid = \"one\"\nweight = 1\nvalues = [\"127.0.0.1\", \"127.0.0.2\"]\n\
             [[set]]\nid = \"two\"\nweight = 1\nvalues = [\"127.0.0.3\"]",
        )
    }

    fn cname_zone() -> Zone {
        zone(
            "record = \"app.example.test\"\ntype = \"CNAME\"\n\
             [[set]]\nid = \"one\"\nweight = 1\nvalues = [\"blue.example.test\"]\naddresses = [\"127.0.0.1\", \"::1\"]\n\
             [[set]]\nid = \"two\"\nweight = 1\nvalues = [\"elsewhere.test\"]",
        )
    }

    fn ask(zone: &Zone, name: &str, record_type: RecordType, picked: usize) -> Reply {
        let query = Query::query(Name::from_ascii(name).unwrap(), record_type);
        zone.reply(&LowerQuery::query(query), || picked)
    }

    fn data(records: &[Record]) -> Vec<String> {
        records
            .iter()
            .map(|record| format!("{} {} {}", record.name.to_ascii(), record.ttl, record.data))
            .collect()
    }

    #[test]
    fn the_group_answers_with_all_values_of_the_picked_set_and_the_zones_servers() {
        let reply = ask(&a_zone(), "www.deep.example.test.", RecordType::A, 0);
        assert_eq!(reply.code, ResponseCode::NoError);
        assert!(reply.authoritative);
        assert_eq!(
            data(&reply.answers),
            [
                "www.deep.example.test. 30 127.0.0.1",
                "www.deep.example.test. 30 127.0.0.2"
            ]
        );
        assert_eq!(
            data(&reply.authority),
            [
                "example.test. 172800 ns-1.test.",
                "example.test. 172800 ns-2.test."
            ]
        );
        let other = ask(&a_zone(), "www.deep.example.test.", RecordType::A, 1);
        assert_eq!(
            data(&other.answers),
            ["www.deep.example.test. 30 127.0.0.3"]
        );
    }

    #[test]
    fn the_case_of_the_question_is_kept_in_the_answer() {
        let reply = ask(&a_zone(), "WwW.dEEp.example.TEST.", RecordType::A, 1);
        assert_eq!(
            data(&reply.answers),
            ["WwW.dEEp.example.TEST. 30 127.0.0.3"]
        );
    }

    #[test]
    fn names_without_the_type_say_no_data_and_missing_names_say_so() {
        let soa =
            "example.test. 900 ns-1.test. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
        for (name, record_type, code) in [
            (
                "www.deep.example.test.",
                RecordType::AAAA,
                ResponseCode::NoError,
            ),
            ("deep.example.test.", RecordType::A, ResponseCode::NoError),
            ("example.test.", RecordType::MX, ResponseCode::NoError),
            (
                "missing.example.test.",
                RecordType::A,
                ResponseCode::NXDomain,
            ),
            (
                "x.www.deep.example.test.",
                RecordType::A,
                ResponseCode::NXDomain,
            ),
        ] {
            let reply = ask(&a_zone(), name, record_type, 0);
            assert_eq!((reply.code, reply.authoritative), (code, true), "{name}");
            assert!(reply.answers.is_empty());
            assert_eq!(data(&reply.authority), [soa]);
        }
    }

    #[test]
    fn the_apex_has_its_soa_and_name_servers() {
        let soa = ask(&a_zone(), "example.test.", RecordType::SOA, 0);
        assert_eq!((soa.answers.len(), soa.authority.len()), (1, 2));
        let servers = ask(&a_zone(), "example.test.", RecordType::NS, 0);
        assert_eq!((servers.answers.len(), servers.authority.len()), (2, 0));
    }

    #[test]
    fn other_zones_and_classes_are_refused() {
        let zone = a_zone();
        let reply = ask(&zone, "www.other.test.", RecordType::A, 0);
        assert_eq!(
            (reply.code, reply.authoritative),
            (ResponseCode::Refused, false)
        );
        let mut chaos = Query::query(Name::from_ascii("example.test.").unwrap(), RecordType::TXT);
        chaos.set_query_class(DNSClass::CH);
        let reply = zone.reply(&LowerQuery::query(chaos), || 0);
        assert_eq!(reply.code, ResponseCode::Refused);
    }

    #[test]
    fn a_cname_answers_every_type_and_brings_the_addresses_it_knows() {
        let zone = cname_zone();
        let cname = "app.example.test. 30 blue.example.test.";
        for (record_type, expected) in [
            (
                RecordType::A,
                vec![cname, "blue.example.test. 30 127.0.0.1"],
            ),
            (RecordType::AAAA, vec![cname, "blue.example.test. 30 ::1"]),
            (RecordType::CNAME, vec![cname]),
            (RecordType::TXT, vec![cname]),
        ] {
            let reply = ask(&zone, "app.example.test.", record_type, 0);
            assert_eq!(data(&reply.answers), expected);
            assert_eq!(reply.authority.len(), 2);
        }
        let outside = ask(&zone, "app.example.test.", RecordType::A, 1);
        assert_eq!(
            data(&outside.answers),
            ["app.example.test. 30 elsewhere.test."]
        );
        let target = ask(&zone, "blue.example.test.", RecordType::A, 1);
        assert_eq!(data(&target.answers), ["blue.example.test. 30 127.0.0.1"]);
    }

    #[test]
    fn only_questions_for_the_group_draw_lots() {
        let never = || -> usize { panic!("this question is not for the group") };
        for (name, record_type) in [
            ("www.deep.example.test.", RecordType::AAAA),
            ("example.test.", RecordType::A),
            ("www.other.test.", RecordType::A),
        ] {
            let query =
                LowerQuery::query(Query::query(Name::from_ascii(name).unwrap(), record_type));
            assert!(!a_zone().is_for_group(&query));
            a_zone().reply(&query, never);
        }
    }
}
