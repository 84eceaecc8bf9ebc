//! Looks names up with a resolver: the system's, or the one that was named. Every answer is fresh; nothing is cached here.

use std::net::SocketAddr;
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

use crate::config::LookupSettings;
use crate::facts::Found;
use crate::model::name::RecordName;
use crate::model::obstacle::Obstacle;

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
            None => TokioResolver::builder_tokio().map_err(|error| of_system("read", &error))?,
        };
        set_options(builder.options_mut());
        let resolver = builder.build().map_err(|error| of_system("use", &error))?;
        Ok(Self { resolver })
    }

    /// The addresses of a name, of one family. An existing name without such an address gives none.
    ///
    /// # Errors
    /// Why there is no answer, in a few words.
    pub async fn addresses(&self, name: &RecordName, family: Family) -> Result<Found, String> {
        let mut wire_name = Name::from_labels(name.labels()).map_err(|error| error.to_string())?;
        wire_name.set_fqdn(true);
        let wire_type = match family {
            Family::V4 => WireType::A,
            Family::V6 => WireType::AAAA,
        };
        let lookup = match self.resolver.lookup(wire_name.clone(), wire_type).await {
            Ok(lookup) => lookup,
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if none.response_code == ResponseCode::NoError =>
            {
                return Ok(Found::default());
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                return Err(none.response_code.to_string());
            }
            Err(error) => return Err(error.to_string()),
        };
        Ok(follow(wire_name, lookup.answers()))
    }
}

impl Lookup {
    /// The name servers of a zone; none where no zone begins at the name, or where it does not exist.
    ///
    /// # Errors
    /// Why there is no answer, in a few words.
    pub async fn name_servers(&self, zone: &RecordName) -> Result<Vec<RecordName>, String> {
        let mut wire_name = Name::from_labels(zone.labels()).map_err(|error| error.to_string())?;
        wire_name.set_fqdn(true);
        let lookup = match self.resolver.lookup(wire_name.clone(), WireType::NS).await {
            Ok(lookup) => lookup,
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if matches!(
                    none.response_code,
                    ResponseCode::NoError | ResponseCode::NXDomain
                ) =>
            {
                return Ok(Vec::new());
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                return Err(none.response_code.to_string());
            }
            Err(error) => return Err(error.to_string()),
        };
        let of_zone = lookup
            .answers()
            .iter()
            .filter(|record| record.name == wire_name);
        let names = of_zone.filter_map(|record| match &record.data {
            RData::NS(server) => RecordName::from_labels(server.0.iter()).ok(),
            _ => None,
        });
        Ok(names.collect())
    }
}

/// Collects the addresses of a name along its chain of CNAMEs; records of other names do not count.
fn follow(mut owner: Name, records: &[Record]) -> Found {
    let mut found = Found::default();
    let mut ttl = u32::MAX;
    // A chain cannot be longer than the records that make it, which also ends loops.
    for _ in 0..=records.len() {
        let mut next = None;
        for record in records.iter().filter(|record| record.name == owner) {
            match &record.data {
                RData::A(address) => found.addresses.push(address.0.into()),
                RData::AAAA(address) => found.addresses.push(address.0.into()),
                RData::CNAME(target) => next = Some(target.0.clone()),
                _ => continue,
            }
            ttl = ttl.min(record.ttl);
        }
        if !found.addresses.is_empty() {
            found.ttl = Duration::from_secs(ttl.into());
            break;
        }
        let Some(target) = next else { break };
        owner = target;
    }
    found
}

fn config_for(address: SocketAddr) -> ResolverConfig {
    let with_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = vec![
        with_port(ConnectionConfig::udp()),
        with_port(ConnectionConfig::tcp()),
    ];
    ResolverConfig::from_parts(
        None,
        Vec::new(),
        vec![NameServerConfig::new(address.ip(), true, connections)],
    )
}

fn of_system(verb: &str, error: &NetError) -> Obstacle {
    let file = "the system's resolver configuration (/etc/resolv.conf)";
    Obstacle::new(format!("cannot {verb} {file}: {error}"))
        .cure("mend it, or name a resolver with --resolver")
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
