//! A story as plain data: what exists in the simulated world and what happens in it, when.
//!
//! Reading a story from a file, and refusing a bad one, is `script`; what follows from it at a given time is `timeline`.

use std::net::IpAddr;
use std::ops::Range;
use std::time::Duration;

use super::health::HealthCheck;
use super::pool::Pool;

/// The name servers that a private zone's API names. They are reserved, can be resolved everywhere, and do not serve the
/// zone's data.
const RESERVED_NAME_SERVERS: [&str; 4] = [
    "ns-0.awsdns-00.com",
    "ns-512.awsdns-00.net",
    "ns-1024.awsdns-00.org",
    "ns-1536.awsdns-00.co.uk",
];

/// One zone with its record sets, the name servers that serve it, and what happens to them over time.
///
/// A value of this type comes from [`Story::parse`] and has passed all its checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Story {
    /// What the story is called on the command line.
    pub name: String,
    /// One sentence for a list of stories.
    pub summary: String,
    /// The same in Korean, where it has one.
    pub summary_ko: String,
    /// More for those who want it.
    pub description: Option<String>,
    /// The zone's name in lower case, without the last dot.
    pub zone: String,
    /// The record's name in lower case, without the last dot; its first label may be `*`.
    pub record: String,
    /// The name that is asked for: the record's own, or one that the record covers as a wildcard.
    pub asked: String,
    /// The type of the record's group.
    pub record_type: GroupType,
    /// What all random choices start from.
    pub seed: u64,
    /// The record's own group, then the others in the order of the file.
    pub groups: Vec<Group>,
    /// The record sets of all groups, group by group in the order of the file; at least one.
    pub sets: Vec<RecordSet>,
    /// Names outside the zone, with the addresses that they resolve to.
    pub pools: Vec<Pool>,
    /// The zone's further records.
    pub records: Vec<PlainRecord>,
    /// Where the addresses of a CNAME's target go.
    pub cname_targets: CnameTargets,
    /// The figures of the zone's SOA record that decide how long "there is nothing" may be cached.
    pub soa: SoaFigures,
    /// Who answers at the servers' addresses.
    pub front: Front,
    /// Whom the resolver names as the zone's name servers.
    pub delegation: Delegation,
    /// Another hosted zone of the same name in the same account.
    pub twin: Option<Twin>,
    /// Whether there are web servers.
    pub http: bool,
    /// The servers, in the order of the file; at least one.
    pub servers: Vec<NameServer>,
    /// What the Route 53 API does when the story begins.
    pub api: ApiChange,
    /// The port that the API listens on, if it is free: for a story that is there to be changed from outside.
    pub api_port: Option<u16>,
    /// What happens later, in order of time.
    pub steps: Vec<Step>,
}

/// The record sets of one name and type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The name in lower case, without the last dot; its first label may be `*`.
    pub name: String,
    /// The type of all its sets.
    pub record_type: GroupType,
    /// By what one of its sets is chosen.
    pub policy: Policy,
    /// Time to live, in seconds.
    pub ttl: u32,
    /// The positions of its sets in [`Story::sets`].
    pub sets: Range<usize>,
}

/// By what one record set of a group is chosen. A group has one policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// By weight.
    Weighted,
    /// There is one set only, without an identifier.
    Simple,
    /// By the time to a region.
    Latency,
    /// By where the asker is.
    Geolocation,
}

/// Who answers at the addresses of the story's servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Front {
    /// The zone's authoritative name servers.
    NameServers,
    /// Resolvers of a VPC; the zone is private, and nobody else answers for it.
    VpcResolver,
    /// Something on the way that takes the questions for the name servers and answers them from its own cache.
    Interceptor,
}

/// Whom the resolver names when it is asked for the zone's name servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delegation {
    /// The servers of the zone's delegation set.
    Here,
    /// The servers of the other zone of the same name.
    Twin,
    /// Nobody: the name does not exist.
    Missing,
}

/// Where the addresses of a CNAME's target go, if the zone holds them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CnameTargets {
    /// Behind the CNAME in the answer section.
    #[default]
    Answer,
    /// Into the additional section.
    Additional,
    /// Nowhere: they have to be asked for.
    Absent,
}

/// The figures of a SOA record that a story can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SoaFigures {
    /// The record's time to live, in seconds.
    pub ttl: u32,
    /// The record's last figure, in seconds.
    pub minimum: u32,
}

impl Default for SoaFigures {
    /// The figures that Route 53 gives to every new zone.
    fn default() -> Self {
        Self {
            ttl: 900,
            minimum: 86_400,
        }
    }
}

/// Another hosted zone of the same name in the same account. It holds its NS and SOA records only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twin {
    /// Its delegation set, without the last dots; nobody listens there.
    pub name_servers: Vec<String>,
    /// Whether it is private.
    pub private: bool,
}

/// A record of the zone that belongs to no group of the story.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainRecord {
    /// The name in lower case, without the last dot; its first label may be `*`.
    pub name: String,
    /// Time to live, in seconds.
    pub ttl: u32,
    /// The values; all of one type.
    pub values: PlainValues,
}

/// The values of a plain record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlainValues {
    /// Loopback addresses.
    A(Vec<IpAddr>),
    /// Loopback addresses.
    Aaaa(Vec<IpAddr>),
    /// Another name.
    Cname(String),
    /// Name servers. Below the apex they delegate a child zone.
    Ns(Vec<String>),
    /// Texts, without quotes.
    Txt(Vec<String>),
}

impl PlainValues {
    /// As the type is written in zone files and in the API.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::A(_) => "A",
            Self::Aaaa(_) => "AAAA",
            Self::Cname(_) => "CNAME",
            Self::Ns(_) => "NS",
            Self::Txt(_) => "TXT",
        }
    }
}

/// The types of group that the world can serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum GroupType {
    /// Values are IPv4 addresses.
    A,
    /// Values are IPv6 addresses.
    Aaaa,
    /// Each set has one value, another name.
    Cname,
}

impl GroupType {
    /// As the type is written in zone files and in the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
        }
    }
}

/// One record set of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordSet {
    /// Route 53's `SetIdentifier`; empty in a simple group.
    pub id: String,
    /// What steps and the report call it: the identifier, for other groups than the record's own behind the group's name.
    pub label: String,
    /// The weight when the story begins. In a latency or geolocation group: how often the servers find this set the
    /// right one for whoever asks, in relation to the others. The API does not show that.
    pub weight: u8,
    /// The region of a latency set; the continent (two letters), the country (two letters) or `*` of a geolocation set.
    pub place: Option<Place>,
    /// What the set answers.
    pub values: Values,
    /// The set's health check.
    pub health_check: Option<HealthCheck>,
    /// How the set's web server behaves when the story begins.
    pub web: WebBehaviour,
    /// For how many days from the start of the world the certificate of its web servers is valid; below zero: since how many
    /// it is not. `None`: they show one only where another set has such a number.
    pub certificate_days: Option<i16>,
}

/// What a latency or geolocation set is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An AWS region.
    Region(String),
    /// A continent's code.
    Continent(String),
    /// A country's code, or `*` for everybody else.
    Country(String),
}

/// What a record set answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// The addresses of an A or AAAA set. All are loopback addresses.
    Addresses(Vec<IpAddr>),
    /// The name that a CNAME set points to.
    Target {
        /// The name in lower case, without the last dot.
        name: String,
        /// The addresses that the zone holds for that name; loopback, and possibly none.
        addresses: Vec<IpAddr>,
    },
    /// What the target answers, under the set's own name.
    Alias {
        /// Where it points.
        to: AliasTo,
        /// Whether a target that is unhealthy as a whole makes the set unhealthy.
        evaluate_health: bool,
    },
}

/// Where an alias points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AliasTo {
    /// A group of the same zone and type, by its position in [`Story::groups`].
    Group(usize),
    /// A name outside the zone, by its position in [`Story::pools`].
    Pool(usize),
}

impl Values {
    /// The addresses that stand in the set itself, or with its CNAME's target.
    pub fn addresses(&self) -> &[IpAddr] {
        match self {
            Self::Addresses(addresses) | Self::Target { addresses, .. } => addresses,
            Self::Alias { .. } => &[],
        }
    }

    /// The group that an alias within the zone points to.
    pub fn group(&self) -> Option<usize> {
        match self {
            Self::Alias {
                to: AliasTo::Group(group),
                ..
            } => Some(*group),
            _ => None,
        }
    }

    /// The name outside the zone that an alias points to.
    pub fn pool(&self) -> Option<usize> {
        match self {
            Self::Alias {
                to: AliasTo::Pool(pool),
                ..
            } => Some(*pool),
            _ => None,
        }
    }
}

/// How the web server behind a record set behaves. Its durations are real time, whatever the story's speed: a slow
/// page is slow for whoever asks, not for the storyteller.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WebBehaviour {
    /// How long every answer takes at least.
    pub delay: Duration,
    /// How much longer an answer may take; every length up to this is equally likely.
    pub jitter: Duration,
    /// Which share of the requests fails, from 0 to 1.
    pub error_share: f64,
    /// The HTTP status of a request that fails.
    pub status: u16,
    /// The only address of the set at which requests fail; `None`: at all of them.
    pub fails_at: Option<IpAddr>,
}

impl Default for WebBehaviour {
    fn default() -> Self {
        Self {
            delay: Duration::ZERO,
            jitter: Duration::ZERO,
            error_share: 0.0,
            status: 503,
            fails_at: None,
        }
    }
}

/// One authoritative name server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameServer {
    /// The server's name in lower case, without the last dot.
    pub name: String,
    /// How long this server serves the old weights after the API shows new ones.
    pub lag: Lag,
    /// How long it takes from then on until the last of the machines behind its any-cast address has followed. They
    /// follow one after the other, evenly spread, and each question meets one of them by chance.
    pub spread: Duration,
    /// What is wrong with the server when the story begins.
    pub fault: ServerFault,
}

/// How long a name server takes to apply a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lag {
    /// This much story time.
    After(Duration),
    /// It goes on with what it has.
    Never,
}

/// What can be wrong with a name server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerFault {
    /// Nothing.
    None,
    /// It takes questions and never answers.
    Silent,
    /// It answers every question with SERVFAIL.
    Servfail,
    /// It answers every question with REFUSED.
    Refused,
}

/// What can be wrong with the Route 53 API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApiFault {
    /// Nothing.
    #[default]
    None,
    /// The caller may not do this: 403 `AccessDenied`.
    AccessDenied,
    /// The caller's session has run out: 403 `ExpiredToken`.
    ExpiredToken,
    /// Too many calls: 400 `Throttling`.
    Throttling,
    /// Another change of the zone is still being worked on: 400 `PriorRequestNotComplete`.
    PriorRequestNotComplete,
    /// Connections are closed without an answer.
    Unreachable,
}

/// The operations of the API that a story can make fail by themselves, named as AWS names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum ApiAction {
    /// One hosted zone.
    GetHostedZone,
    /// A zone's record sets.
    ListResourceRecordSets,
    /// The account's hosted zones, by name.
    ListHostedZonesByName,
    /// A health check's settings.
    GetHealthCheck,
    /// What a health check's checkers saw.
    GetHealthCheckStatus,
    /// How a change stands.
    GetChange,
    /// A change of a zone's record sets.
    ChangeResourceRecordSets,
}

impl ApiAction {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::GetHostedZone,
        Self::ListResourceRecordSets,
        Self::ListHostedZonesByName,
        Self::GetHealthCheck,
        Self::GetHealthCheckStatus,
        Self::GetChange,
        Self::ChangeResourceRecordSets,
    ];

    /// As AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GetHostedZone => "GetHostedZone",
            Self::ListResourceRecordSets => "ListResourceRecordSets",
            Self::ListHostedZonesByName => "ListHostedZonesByName",
            Self::GetHealthCheck => "GetHealthCheck",
            Self::GetHealthCheckStatus => "GetHealthCheckStatus",
            Self::GetChange => "GetChange",
            Self::ChangeResourceRecordSets => "ChangeResourceRecordSets",
        }
    }
}

/// What goes wrong with the API from a point on, and with which operations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ApiChange {
    /// What goes wrong.
    pub fault: ApiFault,
    /// The operations that it concerns; what is wrong with others stays as it was. None means every operation.
    pub actions: Vec<ApiAction>,
}

/// Something that happens in a story. What a step does not name stays as it was.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// When, in story time since the beginning.
    pub after: Duration,
    /// What a person reading along should know.
    pub note: Option<String>,
    /// New weights, by position in [`Story::sets`].
    pub weights: Vec<(usize, u8)>,
    /// Whether somebody has submitted it through the API: then it is a change even if no weight is another one.
    pub is_submitted: bool,
    /// New behaviour of web servers, by position in [`Story::sets`].
    pub web: Vec<(usize, WebChange)>,
    /// New behaviour of name servers, by position in [`Story::servers`].
    pub servers: Vec<(usize, ServerChange)>,
    /// How many checkers of a health check see its endpoint well from now on, by the set's position in [`Story::sets`].
    pub passing: Vec<(usize, u8)>,
    /// New behaviour of the API.
    pub api: Option<ApiChange>,
}

/// The parts of a web server's behaviour that a step changes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WebChange {
    /// See [`WebBehaviour::delay`].
    pub delay: Option<Duration>,
    /// See [`WebBehaviour::jitter`].
    pub jitter: Option<Duration>,
    /// See [`WebBehaviour::error_share`].
    pub error_share: Option<f64>,
    /// See [`WebBehaviour::status`].
    pub status: Option<u16>,
    /// See [`WebBehaviour::fails_at`].
    pub fails_at: Option<IpAddr>,
}

impl WebChange {
    /// The behaviour after this change.
    pub fn applied_to(&self, before: WebBehaviour) -> WebBehaviour {
        WebBehaviour {
            delay: self.delay.unwrap_or(before.delay),
            jitter: self.jitter.unwrap_or(before.jitter),
            error_share: self.error_share.unwrap_or(before.error_share),
            status: self.status.unwrap_or(before.status),
            fails_at: self.fails_at.or(before.fails_at),
        }
    }
}

/// The parts of a name server's behaviour that a step changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ServerChange {
    /// See [`NameServer::lag`].
    pub lag: Option<Lag>,
    /// See [`NameServer::fault`].
    pub fault: Option<ServerFault>,
}

impl Story {
    /// The name servers that the API shows for the zone.
    pub fn delegation_set(&self) -> Vec<&str> {
        match self.front {
            Front::VpcResolver => RESERVED_NAME_SERVERS.to_vec(),
            Front::NameServers | Front::Interceptor => {
                let servers = self.servers.iter();
                servers.map(|server| server.name.as_str()).collect()
            }
        }
    }

    /// The group that a record set belongs to.
    pub fn group_of(&self, set: usize) -> &Group {
        let mut groups = self.groups.iter();
        let group = groups.find(|group| group.sets.contains(&set));
        group.unwrap_or(&self.groups[0])
    }

    /// Every address that an answer with this record set can hold, or that its CNAME leads to.
    pub fn addresses_of(&self, set: usize) -> Vec<IpAddr> {
        let values = &self.sets[set].values;
        let mut pools = self.pools.iter();
        let pool = match values {
            Values::Target { name, addresses } if addresses.is_empty() => {
                pools.find(|pool| pool.name == *name)
            }
            values => values.pool().map(|pool| &self.pools[pool]),
        };
        pool.map_or_else(|| values.addresses().to_vec(), Pool::addresses)
    }
}
