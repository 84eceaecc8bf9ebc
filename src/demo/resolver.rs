//! The simulated world's resolver, as data: names of name servers and load balancers, and the zone as it is seen from
//! outside, through its delegation.
//!
//! Sockets and caches are `name_server`'s.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use hickory_server::proto::op::{LowerQuery, Query, ResponseCode};
use hickory_server::proto::rr::{DNSClass, LowerName, Record, RecordType};

use super::cache::as_resolver;
use super::names;
use super::records::{NAME_SERVER_TTL, address_data, name_server_records};
use super::story::{Delegation, Front};
use super::world::{Drawn, World};
use super::zone::{LONGEST_CHAIN, Reply, Zone, open_end};

/// Where name servers are found that are none of the story's: nobody listens there.
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 53, 255, 1);

/// Everything that can be looked up.
#[derive(Debug)]
pub(super) struct Directory {
    zone: Arc<Zone>,
    world: Arc<World>,
    /// Names of name servers.
    servers: BTreeMap<LowerName, IpAddr>,
    /// Positions in the story.
    pools: BTreeMap<LowerName, Vec<usize>>,
}

impl Directory {
    /// `addresses` are where the story's servers listen, in the order of the story.
    pub(super) fn new(zone: Arc<Zone>, world: Arc<World>, addresses: &[IpAddr]) -> Self {
        let story = world.story();
        let lower = |name: &str| LowerName::new(&names::to_wire(name));
        let mut servers = BTreeMap::new();
        let of_twin = story.twin.iter().flat_map(|twin| &twin.name_servers);
        let strangers = story.delegation_set().into_iter();
        let strangers = strangers.chain(of_twin.map(String::as_str));
        for name in strangers {
            servers.insert(lower(name), NOBODY.into());
        }
        for (server, address) in story.servers.iter().zip(addresses) {
            servers.insert(lower(&server.name), *address);
        }
        let mut pools: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (number, pool) in story.pools.iter().enumerate() {
            pools.entry(lower(&pool.name)).or_default().push(number);
        }
        Self {
            zone,
            world,
            servers,
            pools,
        }
    }

    /// Looks a name up, and follows CNAMEs. `draw` is as for [`Zone::reply`].
    pub(super) fn resolve(
        &self,
        question: &LowerQuery,
        draw: &mut dyn FnMut(usize) -> Drawn,
    ) -> Reply {
        if question.query_class() != DNSClass::IN {
            return Reply::without_records(ResponseCode::Refused);
        }
        let asked = question.query_type();
        let mut reply = self.look_up(question, draw);
        for _ in 0..LONGEST_CHAIN {
            let Some(target) = open_end(&reply.answers, asked) else {
                break;
            };
            let next = LowerQuery::query(Query::query(target, asked));
            let found = self.look_up(&next, draw);
            reply.code = found.code;
            reply.authority = found.authority;
            if found.answers.is_empty() {
                break;
            }
            reply.answers.extend(found.answers);
        }
        as_resolver(reply)
    }

    fn look_up(&self, question: &LowerQuery, draw: &mut dyn FnMut(usize) -> Drawn) -> Reply {
        if !self.zone.holds(question.name()) {
            return self.outside(question);
        }
        let story = self.world.story();
        // Inside a VPC its private zones are there, whatever the rest of the world is told.
        let delegation = match story.front {
            Front::VpcResolver => Delegation::Here,
            Front::NameServers | Front::Interceptor => story.delegation,
        };
        match (delegation, &story.twin) {
            (Delegation::Here, _) => self.zone.reply(question, draw),
            (Delegation::Twin, Some(twin)) if self.zone.is_for_delegation(question) => {
                let servers = twin.name_servers.iter().map(String::as_str);
                Reply {
                    answers: name_server_records(question.original().name(), servers),
                    ..Reply::default()
                }
            }
            // The twin holds nothing else, and a zone that is not delegated does not exist.
            _ => Reply::without_records(ResponseCode::NXDomain),
        }
    }

    fn outside(&self, question: &LowerQuery) -> Reply {
        let name = question.name();
        let owner = question.original().name();
        let mut found = Vec::new();
        if let Some(address) = self.servers.get(name) {
            found.push((NAME_SERVER_TTL, *address));
        }
        for number in self.pools.get(name).into_iter().flatten() {
            let ttl = self.world.story().pools[*number].ttl;
            let published = self.world.published(*number);
            found.extend(published.into_iter().map(|address| (ttl, address)));
        }
        let code = if found.is_empty() {
            ResponseCode::NXDomain
        } else {
            ResponseCode::NoError
        };
        let asked = question.query_type();
        let records = found
            .iter()
            .map(|(ttl, address)| Record::from_rdata(owner.clone(), *ttl, address_data(address)));
        Reply {
            answers: records
                .filter(|record| asked == record.record_type() || asked == RecordType::ANY)
                .collect(),
            ..Reply::without_records(code)
        }
    }
}
