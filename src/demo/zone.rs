//! What an authoritative server of the story's zone says to a question, as data: no sockets, no clock.
//!
//! Which set of a group answers is for the caller to draw; sending is `name_server`'s.

use std::collections::BTreeMap;

use hickory_server::proto::op::{LowerQuery, ResponseCode};
use hickory_server::proto::rr::rdata::CNAME;
use hickory_server::proto::rr::{DNSClass, LowerName, Name, RData, Record, RecordType};

use super::names;
use super::records::{
    SetData, address_data, host_records, name_server_records, owned_by, plain_records, set_data,
    soa_record,
};
use super::story::{CnameTargets, GroupType, Story};
use super::world::Drawn;

/// How many CNAMEs are followed one after the other.
pub(super) const LONGEST_CHAIN: usize = 8;

/// The story's zone, ready to answer from.
#[derive(Debug)]
pub(super) struct Zone {
    apex: LowerName,
    soa: Record,
    cname_targets: CnameTargets,
    /// Every name that exists, also those that only have names below them (RFC 8020).
    nodes: BTreeMap<LowerName, Node>,
    /// By position in the story. What an alias to another group answers is what it leads to, so it holds nothing.
    sets: Vec<SetData>,
}

/// What stands at one name.
#[derive(Debug, Default)]
struct Node {
    /// Positions in the story.
    groups: Vec<(usize, GroupType)>,
    plain: Vec<Record>,
}

/// An answer without its header.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reply {
    pub(super) code: ResponseCode,
    pub(super) authoritative: bool,
    pub(super) answers: Vec<Record>,
    pub(super) authority: Vec<Record>,
    pub(super) additional: Vec<Record>,
}

impl Reply {
    /// A reply that has a code and nothing else.
    pub(super) fn without_records(code: ResponseCode) -> Self {
        Self {
            code,
            ..Self::default()
        }
    }
}

/// Where a name leads in the zone.
enum Place<'zone> {
    Outside,
    /// At or below a name that other servers are responsible for: their NS records.
    Delegated(Vec<&'zone Record>),
    /// The name, or the wildcard that stands for it.
    Node(&'zone Node),
    Missing,
}

impl Zone {
    pub(super) fn new(story: &Story) -> Self {
        let apex = names::to_wire(&story.zone);
        let delegation_set = story.delegation_set();
        let mut zone = Self {
            apex: LowerName::new(&apex),
            soa: soa_record(story, &apex, names::to_wire(delegation_set[0])),
            cname_targets: story.cname_targets,
            nodes: BTreeMap::new(),
            sets: (0..story.sets.len())
                .map(|set| set_data(story, set))
                .collect(),
        };
        let soa = zone.soa.clone();
        zone.add(soa);
        for record in name_server_records(&apex, delegation_set) {
            zone.add(record);
        }
        for (number, group) in story.groups.iter().enumerate() {
            let node = zone.node(&names::to_wire(&group.name));
            node.groups.push((number, group.record_type));
        }
        for record in host_records(story).into_iter().chain(plain_records(story)) {
            zone.add(record);
        }
        zone
    }

    /// Puts a record where it belongs, once.
    fn add(&mut self, record: Record) {
        let node = self.node(&record.name);
        if !node.plain.contains(&record) {
            node.plain.push(record);
        }
    }

    /// The node of a name. It and the names above it exist from now on.
    fn node(&mut self, name: &Name) -> &mut Node {
        let name = LowerName::new(name);
        let mut above = name.base_name();
        while self.apex.zone_of(&above) {
            self.nodes.entry(above.clone()).or_default();
            above = above.base_name();
        }
        self.nodes.entry(name).or_default()
    }

    /// Whether the question is one that the record's own group answers.
    pub(super) fn is_for_record(&self, question: &LowerQuery) -> bool {
        let Place::Node(node) = self.place(question.name()) else {
            return false;
        };
        question.query_class() == DNSClass::IN
            && node.groups.iter().any(|(group, record_type)| {
                *group == 0 && fits(*record_type, question.query_type())
            })
    }

    /// Whether a name is the zone's own or lies below it.
    pub(super) fn holds(&self, name: &LowerName) -> bool {
        self.apex.zone_of(name)
    }

    /// Whether a question is for the zone's own name servers.
    pub(super) fn is_for_delegation(&self, question: &LowerQuery) -> bool {
        *question.name() == self.apex && question.query_type() == RecordType::NS
    }

    /// Answers a question. `draw` says which set of a group answers, by the group's position in the story; it is called
    /// only for groups that do answer.
    pub(super) fn reply(
        &self,
        question: &LowerQuery,
        draw: &mut dyn FnMut(usize) -> Drawn,
    ) -> Reply {
        if question.query_class() != DNSClass::IN {
            return Reply::without_records(ResponseCode::Refused);
        }
        let asked = question.query_type();
        // Answers carry the name as it was asked, in upper or lower case: comparing the two guards clients against
        // forged answers.
        let owner = question.original().name();
        let node = match self.place(question.name()) {
            Place::Outside => return Reply::without_records(ResponseCode::Refused),
            Place::Delegated(servers) => {
                return Reply {
                    authority: servers.into_iter().cloned().collect(),
                    ..Reply::default()
                };
            }
            Place::Missing => return self.negative(ResponseCode::NXDomain),
            Place::Node(node) => node,
        };
        let answers = self.records_at(node, asked, owner, draw);
        if answers.is_empty() {
            return self.negative(ResponseCode::NoError);
        }
        let mut reply = Reply {
            authoritative: true,
            authority: self.authority(&answers, asked),
            answers,
            ..Reply::default()
        };
        let targets = self.follow(&reply.answers, asked, draw);
        match self.cname_targets {
            CnameTargets::Answer => reply.answers.extend(targets),
            CnameTargets::Additional => reply.additional = targets,
            CnameTargets::Absent => {}
        }
        reply
    }

    /// "There is nothing", with the SOA record that says how long this may be remembered: the smaller of its time to
    /// live and its last figure (RFC 2308 section 3).
    fn negative(&self, code: ResponseCode) -> Reply {
        let mut soa = self.soa.clone();
        if let RData::SOA(data) = &soa.data {
            soa.ttl = soa.ttl.min(data.minimum);
        }
        Reply {
            authoritative: true,
            authority: vec![soa],
            ..Reply::without_records(code)
        }
    }

    /// The zone's name servers, except where the answer already is what would stand there.
    fn authority(&self, answers: &[Record], asked: RecordType) -> Vec<Record> {
        let own_servers = |record: &Record| {
            record.record_type() == RecordType::NS && LowerName::new(&record.name) == self.apex
        };
        if asked == RecordType::NS && answers.iter().any(own_servers) {
            return Vec::new();
        }
        let apex = self.nodes.get(&self.apex).into_iter();
        let apex = apex.flat_map(|node| &node.plain);
        apex.filter(|record| own_servers(record)).cloned().collect()
    }

    /// Where a name leads: referrals first, then the name itself, then the wildcard below the closest name that exists
    /// (RFC 1034 section 4.3.2, RFC 4592 section 3.3).
    fn place(&self, name: &LowerName) -> Place<'_> {
        if !self.apex.zone_of(name) {
            return Place::Outside;
        }
        let mut closest = None;
        let mut cut = None;
        let mut step = name.clone();
        while step != self.apex {
            if let Some(node) = self.nodes.get(&step) {
                closest = closest.or_else(|| Some(step.clone()));
                let is_ns = |record: &&Record| record.record_type() == RecordType::NS;
                let servers: Vec<_> = node.plain.iter().filter(is_ns).collect();
                if !servers.is_empty() {
                    // The cut nearest to the apex counts: what lies below it is not this zone's.
                    cut = Some(servers);
                }
            }
            step = step.base_name();
        }
        if let Some(servers) = cut {
            return Place::Delegated(servers);
        }
        if let Some(node) = self.nodes.get(name) {
            return Place::Node(node);
        }
        let closest = Name::from(closest.unwrap_or_else(|| self.apex.clone()));
        closest
            .prepend_label("*")
            .ok()
            .and_then(|wildcard| self.nodes.get(&LowerName::new(&wildcard)))
            .map_or(Place::Missing, Place::Node)
    }

    /// The records of one node that answer a type, under the name that was asked for.
    fn records_at(
        &self,
        node: &Node,
        asked: RecordType,
        owner: &Name,
        draw: &mut dyn FnMut(usize) -> Drawn,
    ) -> Vec<Record> {
        let mut records = Vec::new();
        for (group, record_type) in &node.groups {
            if fits(*record_type, asked) {
                let drawn = draw(*group);
                let set = &self.sets[drawn.set];
                let values = match &drawn.published {
                    Some(addresses) => addresses.iter().map(address_data).collect(),
                    None => set.values.clone(),
                };
                records.extend(owned_by(owner, set.ttl, values));
            }
        }
        let plain = node.plain.iter().filter(|record| {
            let is_cname = record.record_type() == RecordType::CNAME;
            is_cname || asked == record.record_type() || asked == RecordType::ANY
        });
        records.extend(plain.cloned().map(|mut record| {
            record.name = owner.clone();
            record
        }));
        records
    }

    /// What the zone knows about the targets of CNAMEs in an answer.
    fn follow(
        &self,
        answers: &[Record],
        asked: RecordType,
        draw: &mut dyn FnMut(usize) -> Drawn,
    ) -> Vec<Record> {
        let mut found = Vec::new();
        let mut next = open_end(answers, asked);
        for _ in 0..LONGEST_CHAIN {
            let Some(target) = next else { break };
            let Place::Node(node) = self.place(&LowerName::new(&target)) else {
                break;
            };
            let records = self.records_at(node, asked, &target, draw);
            next = open_end(&records, asked);
            found.extend(records);
        }
        found
    }
}

/// The CNAME target at the end of an answer that holds nothing for it yet.
pub(super) fn open_end(answers: &[Record], asked: RecordType) -> Option<Name> {
    match answers.last().map(|record| &record.data) {
        Some(RData::CNAME(CNAME(target)))
            if !matches!(asked, RecordType::CNAME | RecordType::ANY) =>
        {
            Some(target.clone())
        }
        _ => None,
    }
}

/// Whether a group of a type answers a question for a type.
fn fits(group: GroupType, asked: RecordType) -> bool {
    match group {
        GroupType::A => matches!(asked, RecordType::A | RecordType::ANY),
        GroupType::Aaaa => matches!(asked, RecordType::AAAA | RecordType::ANY),
        // A CNAME stands for every type at its name (RFC 1034 section 3.6.2).
        GroupType::Cname => true,
    }
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
        let mut draw = |_| Drawn {
            set: picked,
            published: None,
        };
        zone.reply(&LowerQuery::query(query), &mut draw)
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
        let mut never = |_| -> Drawn { panic!("no lots are drawn for it") };
        let reply = zone.reply(&LowerQuery::query(chaos), &mut never);
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
        let mut never = |_| -> Drawn { panic!("this question is not for the group") };
        for (name, record_type) in [
            ("www.deep.example.test.", RecordType::AAAA),
            ("example.test.", RecordType::A),
            ("www.other.test.", RecordType::A),
        ] {
            let query =
                LowerQuery::query(Query::query(Name::from_ascii(name).unwrap(), record_type));
            assert!(!a_zone().is_for_record(&query));
            a_zone().reply(&query, &mut never);
        }
    }
}
