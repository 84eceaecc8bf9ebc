//! The part of the Route 53 API that a reader of one zone needs: `GetHostedZone`, `ListHostedZonesByName`,
//! `ListResourceRecordSets`, `GetHealthCheck` and `GetHealthCheckStatus`.
//!
//! It speaks REST with XML as AWS does, on loopback. There are no operations that write. Signatures are not checked, only
//! that there is one: whether a client can sign is not what is simulated here.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

use super::health::{CheckKind, HealthCheck};
use super::listing::{self, Content, Entry, Start};
use super::names;
use super::story::{ApiAction, ApiFault, Front, Place, Policy, Story};
use super::world::World;
use super::xml::Xml;

/// The id of the story's hosted zone.
pub(super) const ZONE_ID: &str = "Z0DEMO53EXAMPLE";
/// The id of the other hosted zone of the same name, if the story has one.
const TWIN_ID: &str = "Z0DEMO53TWIN";
/// How many hosted zones a page has at most, and if the caller does not say.
const LARGEST_ZONE_PAGE: usize = 100;
/// The VPC that a private zone belongs to.
const VPC: (&str, &str) = ("eu-central-1", "vpc-0d3300demo");
/// How many record sets a page has if the caller does not say.
const USUAL_PAGE: usize = 100;
/// How many record sets a page has at most, whatever the caller says.
const LARGEST_PAGE: usize = 300;
/// The record types that the API knows.
const RECORD_TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV",
    "SSHFP", "SVCB", "TLSA", "TXT",
];

/// Binds the API to a free port of 127.0.0.1.
pub(super) async fn bind() -> std::io::Result<TcpListener> {
    TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await
}

/// Answers calls until the task that awaits this is dropped.
pub(super) async fn serve(listener: TcpListener, world: Arc<World>) {
    let listener = ApiListener {
        tcp: listener,
        world: Arc::clone(&world),
    };
    let zones = zones(world.story());
    let router = Router::new()
        .route("/{version}/hostedzone/{id}", get(get_hosted_zone))
        .route(
            "/{version}/hostedzone/{id}/rrset",
            get(list_resource_record_sets),
        )
        .route(
            "/{version}/hostedzonesbyname",
            get(list_hosted_zones_by_name),
        )
        .route("/{version}/healthcheck/{id}", get(get_health_check))
        .route(
            "/{version}/healthcheck/{id}/status",
            get(get_health_check_status),
        )
        .fallback(unknown_operation)
        .method_not_allowed_fallback(unknown_operation)
        .with_state(Arc::new(Api { world, zones }));
    if let Err(error) = axum::serve(listener, router).await {
        tracing::warn!(%error, "the simulated Route 53 API stopped");
    }
}

/// Takes connections for the API, or takes them and hangs up at once while the story says that it cannot be reached. The
/// port stays bound meanwhile: given back, another program might get it, and with it our callers.
struct ApiListener {
    tcp: TcpListener,
    world: Arc<World>,
}

impl Listener for ApiListener {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.tcp).await;
            if self.world.api_is_unreachable() {
                self.world.note_api_call(false);
                drop(stream);
            } else {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

struct Api {
    world: Arc<World>,
    /// The story's zone first.
    zones: Vec<HostedZone>,
}

/// One hosted zone of the simulated account.
struct HostedZone {
    id: &'static str,
    name: String,
    delegation_set: Vec<String>,
    private: bool,
    entries: Vec<Entry>,
}

fn zones(story: &Story) -> Vec<HostedZone> {
    let zone = |id, delegation_set: &[&str], private, entries| HostedZone {
        id,
        name: names::to_api(&story.zone),
        delegation_set: delegation_set.iter().map(ToString::to_string).collect(),
        private,
        entries,
    };
    let entries = listing::entries(story, ZONE_ID);
    let private = story.front == Front::VpcResolver;
    let mut zones = vec![zone(ZONE_ID, &story.delegation_set(), private, entries)];
    if let Some(twin) = &story.twin {
        let servers: Vec<&str> = twin.name_servers.iter().map(String::as_str).collect();
        let entries = listing::apex_entries(story, &servers);
        zones.push(zone(TWIN_ID, &servers, twin.private, entries));
    }
    zones
}

/// An error as the caller gets it.
#[derive(Debug)]
struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidInput", message)
    }
}

async fn get_hosted_zone(
    State(api): State<Arc<Api>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let resource = format!("hostedzone/{id}");
    api.respond(ApiAction::GetHostedZone, &resource, &headers, || {
        api.zone(&id).map(|zone| api.hosted_zone(zone))
    })
}

async fn list_resource_record_sets(
    State(api): State<Arc<Api>>,
    Path((_version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let resource = format!("hostedzone/{id}");
    api.respond(
        ApiAction::ListResourceRecordSets,
        &resource,
        &headers,
        || {
            let zone = api.zone(&id)?;
            let (start, max_items) = page_wanted(query.as_deref().unwrap_or_default())?;
            Ok(api.record_sets(zone, &start, max_items))
        },
    )
}

async fn list_hosted_zones_by_name(
    State(api): State<Arc<Api>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    api.respond(ApiAction::ListHostedZonesByName, "*", &headers, || {
        zones_wanted(query.as_deref().unwrap_or_default()).map(|wanted| api.zones_by_name(&wanted))
    })
}

async fn get_health_check(
    State(api): State<Arc<Api>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let resource = format!("healthcheck/{id}");
    api.respond(ApiAction::GetHealthCheck, &resource, &headers, || {
        api.health_check(&id)
            .map(|(set, check)| api.health_check_settings(set, check))
    })
}

async fn get_health_check_status(
    State(api): State<Arc<Api>>,
    Path((_version, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    let resource = format!("healthcheck/{id}");
    api.respond(ApiAction::GetHealthCheckStatus, &resource, &headers, || {
        let (set, check) = api.health_check(&id)?;
        if check.kind == CheckKind::Calculated {
            return Err(ApiError::invalid_input(format!(
                "The health check {id} is calculated from others and has no status of its own."
            )));
        }
        Ok(api.health_check_status(set, check))
    })
}

async fn unknown_operation(State(api): State<Arc<Api>>) -> Response {
    api.world.note_api_call(false);
    let known: Vec<_> = ApiAction::ALL.iter().map(|known| known.as_str()).collect();
    error_response(&ApiError::new(
        StatusCode::BAD_REQUEST,
        "InvalidAction",
        format!("The simulated Route 53 knows {} only.", known.join(", ")),
    ))
}

impl Api {
    /// Checks what every operation has in common, then lets the operation answer.
    fn respond(
        &self,
        action: ApiAction,
        resource: &str,
        headers: &HeaderMap,
        operation: impl FnOnce() -> Result<Xml, ApiError>,
    ) -> Response {
        let result = self
            .admit(action, resource, headers)
            .and_then(|()| operation());
        self.world.note_api_call(result.is_ok());
        match result {
            Ok(xml) => xml_response(StatusCode::OK, &xml),
            Err(error) => error_response(&error),
        }
    }

    fn admit(
        &self,
        action: ApiAction,
        resource: &str,
        headers: &HeaderMap,
    ) -> Result<(), ApiError> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Missing Authentication Token",
            ));
        }
        match self.world.api_fault(action) {
            // A connection that was taken before the API became unreachable is still served, as in life.
            ApiFault::None | ApiFault::Unreachable => Ok(()),
            ApiFault::AccessDenied => {
                let action = action.as_str();
                let resource = match resource {
                    "*" => "*".to_owned(),
                    resource => format!("arn:aws:route53:::{resource}"),
                };
                Err(ApiError::new(
                    StatusCode::FORBIDDEN,
                    "AccessDenied",
                    format!(
                        "User: arn:aws:iam::000000000000:user/demo is not authorized to perform: route53:{action} \
                         on resource: {resource} because no identity-based policy allows the route53:{action} action"
                    ),
                ))
            }
            ApiFault::ExpiredToken => Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "ExpiredToken",
                "The security token included in the request is expired",
            )),
            ApiFault::Throttling => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "Throttling",
                "Rate exceeded",
            )),
        }
    }

    fn zone(&self, id: &str) -> Result<&HostedZone, ApiError> {
        self.zones.iter().find(|zone| zone.id == id).ok_or_else(|| {
            ApiError::new(
                StatusCode::NOT_FOUND,
                "NoSuchHostedZone",
                format!("No hosted zone found with ID: {id}"),
            )
        })
    }

    /// A health check, and the position of its set in the story.
    fn health_check(&self, id: &str) -> Result<(usize, &HealthCheck), ApiError> {
        let sets = self.world.story().sets.iter().enumerate();
        sets.filter_map(|(set, record_set)| Some((set, record_set.health_check.as_ref()?)))
            .find(|(_, check)| check.id == id)
            .ok_or_else(|| {
                ApiError::new(
                    StatusCode::NOT_FOUND,
                    "NoSuchHealthCheck",
                    format!("No health check exists with the ID {id}."),
                )
            })
    }

    fn zone_summary(&self, zone: &HostedZone) -> Xml {
        let reference = format!("r53mon-demo-{}", self.world.story().name);
        Xml::parent(
            "HostedZone",
            vec![
                Xml::text("Id", format!("/hostedzone/{}", zone.id)),
                Xml::text("Name", &zone.name),
                Xml::text("CallerReference", reference),
                Xml::parent(
                    "Config",
                    vec![
                        Xml::text("Comment", "simulated by r53mon demo"),
                        Xml::text("PrivateZone", zone.private.to_string()),
                    ],
                ),
                Xml::text("ResourceRecordSetCount", zone.entries.len().to_string()),
            ],
        )
    }

    fn hosted_zone(&self, zone: &HostedZone) -> Xml {
        let name_servers = zone
            .delegation_set
            .iter()
            .map(|name| Xml::text("NameServer", name))
            .collect();
        let mut content = vec![
            self.zone_summary(zone),
            Xml::parent(
                "DelegationSet",
                vec![Xml::parent("NameServers", name_servers)],
            ),
        ];
        if zone.private {
            let (region, id) = VPC;
            let vpc = vec![Xml::text("VPCRegion", region), Xml::text("VPCId", id)];
            content.push(Xml::parent("VPCs", vec![Xml::parent("VPC", vpc)]));
        }
        Xml::parent("GetHostedZoneResponse", content)
    }

    /// A page of the account's zones: by name from the top label down, then by id.
    fn zones_by_name(&self, wanted: &ZonesWanted) -> Xml {
        let key = |name: &str, id: &str| (names::sort_key(name), id.to_owned());
        let mut zones: Vec<&HostedZone> = self.zones.iter().collect();
        zones.sort_by_key(|zone| key(&zone.name, zone.id));
        let start = wanted.name.as_ref().map(|name| {
            key(
                &names::api_form(name),
                wanted.id.as_deref().unwrap_or_default(),
            )
        });
        zones.retain(|zone| Some(key(&zone.name, zone.id)) >= start);
        let page = &zones[..zones.len().min(wanted.max_items)];
        let summaries = page.iter().map(|zone| self.zone_summary(zone)).collect();
        let mut content = vec![Xml::parent("HostedZones", summaries)];
        content.extend(wanted.name.as_ref().map(|name| Xml::text("DNSName", name)));
        content.extend(wanted.id.as_ref().map(|id| Xml::text("HostedZoneId", id)));
        let next = zones.get(page.len());
        content.push(Xml::text("IsTruncated", next.is_some().to_string()));
        if let Some(next) = next {
            content.push(Xml::text("NextDNSName", &next.name));
            content.push(Xml::text("NextHostedZoneId", next.id));
        }
        content.push(Xml::text("MaxItems", wanted.max_items.to_string()));
        Xml::parent("ListHostedZonesByNameResponse", content)
    }

    fn health_check_settings(&self, set: usize, check: &HealthCheck) -> Xml {
        let story = self.world.story();
        let mut settings = Vec::new();
        if check.kind == CheckKind::Calculated {
            settings.push(Xml::text("Type", check.kind.as_str()));
        } else {
            if let Some(address) = story.addresses_of(set).first() {
                settings.push(Xml::text("IPAddress", address.to_string()));
            }
            let port = if check.kind == CheckKind::Https {
                "443"
            } else {
                "80"
            };
            settings.push(Xml::text("Port", port));
            settings.push(Xml::text("Type", check.kind.as_str()));
            if check.kind != CheckKind::Tcp {
                settings.push(Xml::text("ResourcePath", "/"));
                settings.push(Xml::text("FullyQualifiedDomainName", &story.asked));
            }
            settings.push(Xml::text("RequestInterval", "30"));
            settings.push(Xml::text("FailureThreshold", "3"));
        }
        settings.push(Xml::text("Inverted", check.inverted.to_string()));
        settings.push(Xml::text("Disabled", check.disabled.to_string()));
        Xml::parent(
            "GetHealthCheckResponse",
            vec![Xml::parent(
                "HealthCheck",
                vec![
                    Xml::text("Id", &check.id),
                    Xml::text("CallerReference", format!("r53mon-demo-{set}")),
                    Xml::parent("HealthCheckConfig", settings),
                    Xml::text("HealthCheckVersion", "1"),
                ],
            )],
        )
    }

    fn health_check_status(&self, set: usize, check: &HealthCheck) -> Xml {
        let now = humantime::format_rfc3339_millis(self.world.wall_time()).to_string();
        let observations = check.observations(self.world.passing(set)).into_iter();
        let observations = observations
            .zip(1_u8..)
            .map(|((region, status), number)| {
                let report = vec![
                    Xml::text("Status", status),
                    Xml::text("CheckedTime", now.clone()),
                ];
                Xml::parent(
                    "HealthCheckObservation",
                    vec![
                        Xml::text("Region", region),
                        // From the block that is set aside for documents (RFC 5737).
                        Xml::text("IPAddress", format!("192.0.2.{number}")),
                        Xml::parent("StatusReport", report),
                    ],
                )
            })
            .collect();
        Xml::parent(
            "GetHealthCheckStatusResponse",
            vec![Xml::parent("HealthCheckObservations", observations)],
        )
    }

    fn record_sets(&self, zone: &HostedZone, start: &Start, max_items: usize) -> Xml {
        let page = listing::page(&zone.entries, start, max_items);
        // One look at the weights for the whole page: a page does not mix before and after.
        let weights = self.world.declared_weights();
        let sets = page
            .entries
            .iter()
            .map(|entry| record_set(self.world.story(), entry, &weights))
            .collect();
        let mut content = vec![
            Xml::parent("ResourceRecordSets", sets),
            Xml::text("IsTruncated", page.next.is_some().to_string()),
        ];
        if let Some(next) = page.next {
            content.push(Xml::text("NextRecordName", &next.name));
            content.push(Xml::text("NextRecordType", next.record_type));
            if let Some(identifier) = &next.identifier {
                content.push(Xml::text("NextRecordIdentifier", identifier));
            }
        }
        content.push(Xml::text("MaxItems", max_items.to_string()));
        Xml::parent("ListResourceRecordSetsResponse", content)
    }
}

/// A record set, its elements in the order of the API's model.
fn record_set(story: &Story, entry: &Entry, weights: &[u8]) -> Xml {
    let mut content = vec![
        Xml::text("Name", &entry.name),
        Xml::text("Type", entry.record_type),
    ];
    if let Some(identifier) = &entry.identifier {
        content.push(Xml::text("SetIdentifier", identifier));
    }
    if let Some(set) = entry.set {
        if story.group_of(set).policy == Policy::Weighted {
            content.push(Xml::text("Weight", weights[set].to_string()));
        }
        content.extend(story.sets[set].place.as_ref().map(place));
    }
    match &entry.content {
        Content::Values { ttl, values } => {
            content.push(Xml::text("TTL", ttl.to_string()));
            let values = values
                .iter()
                .map(|value| Xml::parent("ResourceRecord", vec![Xml::text("Value", value)]))
                .collect();
            content.push(Xml::parent("ResourceRecords", values));
        }
        Content::Alias {
            hosted_zone_id,
            dns_name,
            evaluate_health,
        } => content.push(Xml::parent(
            "AliasTarget",
            vec![
                Xml::text("HostedZoneId", hosted_zone_id),
                Xml::text("DNSName", dns_name),
                Xml::text("EvaluateTargetHealth", evaluate_health.to_string()),
            ],
        )),
    }
    let check = entry
        .set
        .and_then(|set| story.sets[set].health_check.as_ref());
    content.extend(check.map(|check| Xml::text("HealthCheckId", &check.id)));
    Xml::parent("ResourceRecordSet", content)
}

fn place(place: &Place) -> Xml {
    match place {
        Place::Region(region) => Xml::text("Region", region),
        Place::Continent(code) => {
            Xml::parent("GeoLocation", vec![Xml::text("ContinentCode", code)])
        }
        Place::Country(code) => Xml::parent("GeoLocation", vec![Xml::text("CountryCode", code)]),
    }
}

/// What a `ListHostedZonesByName` call asks for.
struct ZonesWanted {
    name: Option<String>,
    id: Option<String>,
    max_items: usize,
}

/// Reads the query of a `ListHostedZonesByName` call.
fn zones_wanted(query: &str) -> Result<ZonesWanted, ApiError> {
    let mut wanted = ZonesWanted {
        name: None,
        id: None,
        max_items: LARGEST_ZONE_PAGE,
    };
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "dnsname" => wanted.name = Some(value.into_owned()),
            "hostedzoneid" => {
                let id = value.strip_prefix("/hostedzone/").unwrap_or(&value);
                wanted.id = Some(id.to_owned());
            }
            "maxitems" => wanted.max_items = items_wanted(&value)?.min(LARGEST_ZONE_PAGE),
            _ => {}
        }
    }
    if wanted.id.is_some() && wanted.name.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start id needs a start name.",
        ));
    }
    Ok(wanted)
}

fn items_wanted(value: &str) -> Result<usize, ApiError> {
    value
        .parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| {
            ApiError::invalid_input(format!("maxitems {value} is not a positive number"))
        })
}

/// Reads the query of a `ListResourceRecordSets` call.
fn page_wanted(query: &str) -> Result<(Start, usize), ApiError> {
    let mut start = Start::default();
    let mut max_items = USUAL_PAGE;
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "name" => start.name = Some(value.into_owned()),
            "type" if RECORD_TYPES.contains(&value.as_ref()) => {
                start.record_type = Some(value.into_owned());
            }
            "type" => {
                return Err(ApiError::invalid_input(format!(
                    "{value} is not a record type"
                )));
            }
            "identifier" => start.identifier = Some(value.into_owned()),
            "maxitems" => max_items = items_wanted(&value)?,
            // AWS ignores parameters that an operation does not have.
            _ => {}
        }
    }
    if start.record_type.is_some() && start.name.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start type needs a start name.",
        ));
    }
    if start.identifier.is_some() && start.record_type.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start identifier needs a start name and a start type.",
        ));
    }
    Ok((start, max_items.min(LARGEST_PAGE)))
}

/// Every request id is the same: nothing here looks one up.
const REQUEST_ID: &str = "00000000-0000-4000-8000-00000000de30";

fn error_response(error: &ApiError) -> Response {
    let xml = Xml::parent(
        "ErrorResponse",
        vec![
            Xml::parent(
                "Error",
                vec![
                    Xml::text("Type", "Sender"),
                    Xml::text("Code", error.code),
                    Xml::text("Message", &error.message),
                ],
            ),
            Xml::text("RequestId", REQUEST_ID),
        ],
    );
    xml_response(error.status, &xml)
}

fn xml_response(status: StatusCode, xml: &Xml) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/xml"),
        // One call for each connection, so that no kept-alive connection reaches an API that is to be unreachable.
        (header::CONNECTION, "close"),
        (
            header::HeaderName::from_static("x-amzn-requestid"),
            REQUEST_ID,
        ),
    ];
    (status, headers, xml.to_document()).into_response()
}
