//! Looks names up with a resolver: the system's, or the one that was named. Every answer is fresh; nothing is cached here.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolveHosts, ResolverConfig,
    ResolverOpts,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType as WireType};
use hickory_resolver::{Resolver, TokioResolver};

use super::chain;
use super::question::wire_name;
use super::reply;
use crate::config::LookupSettings;
use crate::facts::Found;
use crate::model::language::{Both, Phrase, both, phrase};
use crate::model::name::RecordName;
use crate::model::obstacle::Obstacle;
use crate::model::record::RecordType;

/// Longest time for one attempt, and how many there are.
const TIMEOUT: Duration = Duration::from_secs(2);
const ATTEMPTS: usize = 2;

/// A resolver that caches nothing.
#[derive(Clone, Debug)]
pub struct Lookup {
    resolver: TokioResolver,
}

/// Which addresses are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// That of the addresses to which the sets of a type lead.
    pub(super) fn of(record_type: RecordType) -> Self {
        match record_type {
            RecordType::Aaaa => Self::V6,
            RecordType::A | RecordType::Cname => Self::V4,
        }
    }
}

impl Lookup {
    /// Sets the resolver up.
    ///
    /// # Errors
    /// If the system's configuration cannot be read.
    pub fn new(settings: &LookupSettings) -> Result<Self, Obstacle> {
        let mut builder = match settings.resolver {
            Some(address) => {
                Resolver::builder_with_config(config_for(address), TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio()
                .map_err(|error| of_system(&phrase("read", "읽을"), &error))?,
        };
        set_options(builder.options_mut());
        let resolver = builder
            .build()
            .map_err(|error| of_system(&phrase("use", "쓸"), &error))?;
        Ok(Self { resolver })
    }

    /// The addresses of a name, of one family. An existing name without such an address gives none.
    ///
    /// # Errors
    /// Why there is no answer, in a few words.
    pub async fn addresses(&self, name: &RecordName, family: Family) -> Result<Found, Both> {
        let wire_type = match family {
            Family::V4 => WireType::A,
            Family::V6 => WireType::AAAA,
        };
        let (name, records) = self.ask(name, wire_type, &[ResponseCode::NoError]).await?;
        Ok(follow(&name, wire_type, &records))
    }

    /// The addresses of a name, IPv4 first, or why there is no answer, for each family.
    pub(super) async fn both_families(&self, name: &RecordName) -> [Result<Found, Both>; 2] {
        let (v4, v6) = (Family::V4, Family::V6);
        tokio::join!(self.addresses(name, v4), self.addresses(name, v6)).into()
    }

    /// The name servers of a zone; none where no zone begins at the name, or where it does not exist.
    ///
    /// # Errors
    /// Why there is no answer, in a few words.
    pub async fn name_servers(&self, zone: &RecordName) -> Result<Vec<RecordName>, Both> {
        let nothing = [ResponseCode::NoError, ResponseCode::NXDomain];
        let (zone, records) = self.ask(zone, WireType::NS, &nothing).await?;
        let of_zone = records.iter().filter(|record| record.name == zone);
        let names = of_zone.filter_map(|record| match &record.data {
            RData::NS(server) => RecordName::from_labels(server.0.iter()).ok(),
            _ => None,
        });
        Ok(names.collect())
    }

    /// The records in the answer, and the name as it stands in them; none where there is an answer without records that
    /// has one of these codes.
    async fn ask(
        &self,
        name: &RecordName,
        wire_type: WireType,
        nothing: &[ResponseCode],
    ) -> Result<(Name, Vec<Record>), Both> {
        let name = wire_name(name).map_err(Both::same)?;
        match self.resolver.lookup(name.clone(), wire_type).await {
            Ok(lookup) => Ok((name, lookup.answers().to_vec())),
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                let is_answer = nothing.contains(&none.response_code);
                let answer = is_answer.then_some((name, Vec::new()));
                answer.ok_or_else(|| Both::same(reply::rcode(none.response_code).to_string()))
            }
            Err(error) => Err(Both::same(error.to_string())),
        }
    }
}

/// Collects the addresses of a name along its chain of CNAMEs; records of other names do not count.
fn follow(name: &Name, wire_type: WireType, records: &[Record]) -> Found {
    let links = chain::follow(name, wire_type, records, &[]);
    let ttl = links.iter().filter_map(|link| link.ttl).min();
    let addresses: Vec<IpAddr> = links.into_iter().flat_map(|link| link.addresses).collect();
    if addresses.is_empty() {
        return Found::default();
    }
    Found {
        addresses,
        ttl: Duration::from_secs(ttl.unwrap_or_default().into()),
    }
}

fn config_for(address: SocketAddr) -> ResolverConfig {
    let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
    for connection in &mut connections {
        connection.port = address.port();
    }
    let server = NameServerConfig::new(address.ip(), true, connections);
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

fn of_system(verb: &Phrase, error: &NetError) -> Obstacle {
    Obstacle::new(both!(
        "cannot {verb} the system's resolver configuration (/etc/resolv.conf): {error}",
        "시스템의 리졸버 설정(/etc/resolv.conf)을 {verb} 수 없다: {error}"
    ))
    .cure(phrase(
        "mend it, or name a resolver with --resolver",
        "바로잡거나 --resolver로 리졸버를 지정한다",
    ))
}

fn set_options(options: &mut ResolverOpts) {
    options.timeout = TIMEOUT;
    // The library counts those after the first.
    options.attempts = ATTEMPTS - 1;
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    options.edns0 = true;
    options.cache_size = 0;
    // The servers of a zone and the targets of aliases are what the DNS says, whatever stands in a hosts file.
    options.use_hosts_file = ResolveHosts::Never;
}
