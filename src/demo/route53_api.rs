//! The part of the Route 53 API that a reader of one zone needs: `GetHostedZone` and `ListResourceRecordSets`.
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

use super::listing::{self, Entry, Start};
use super::names;
use super::story::ApiFault;
use super::world::World;
use super::xml::Xml;

/// The id of the one hosted zone.
pub(super) const ZONE_ID: &str = "Z0DEMO53EXAMPLE";
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
    let entries = listing::entries(world.story());
    let router = Router::new()
        .route("/{version}/hostedzone/{id}", get(get_hosted_zone))
        .route(
            "/{version}/hostedzone/{id}/rrset",
            get(list_resource_record_sets),
        )
        .fallback(unknown_operation)
        .method_not_allowed_fallback(unknown_operation)
        .with_state(Arc::new(Api { world, entries }));
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
            if self.world.api_fault() == ApiFault::Unreachable {
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
    entries: Vec<Entry>,
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
    api.respond("GetHostedZone", &id, &headers, || Ok(api.hosted_zone()))
}

async fn list_resource_record_sets(
    State(api): State<Arc<Api>>,
    Path((_version, id)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    api.respond("ListResourceRecordSets", &id, &headers, || {
        let (start, max_items) = page_wanted(query.as_deref().unwrap_or_default())?;
        Ok(api.record_sets(&start, max_items))
    })
}

async fn unknown_operation(State(api): State<Arc<Api>>) -> Response {
    api.world.note_api_call(false);
    error_response(&ApiError::new(
        StatusCode::BAD_REQUEST,
        "InvalidAction",
        "The simulated Route 53 knows GetHostedZone and ListResourceRecordSets only.",
    ))
}

impl Api {
    /// Checks what every operation has in common, then lets the operation answer.
    fn respond(
        &self,
        action: &str,
        zone_id: &str,
        headers: &HeaderMap,
        operation: impl FnOnce() -> Result<Xml, ApiError>,
    ) -> Response {
        let result = self
            .admit(action, zone_id, headers)
            .and_then(|()| operation());
        self.world.note_api_call(result.is_ok());
        match result {
            Ok(xml) => xml_response(StatusCode::OK, &xml),
            Err(error) => error_response(&error),
        }
    }

    fn admit(&self, action: &str, zone_id: &str, headers: &HeaderMap) -> Result<(), ApiError> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Missing Authentication Token",
            ));
        }
        match self.world.api_fault() {
            // A connection that was taken before the API became unreachable is still served, as in life.
            ApiFault::None | ApiFault::Unreachable => {}
            ApiFault::AccessDenied => {
                return Err(ApiError::new(
                    StatusCode::FORBIDDEN,
                    "AccessDenied",
                    format!(
                        "User: arn:aws:iam::000000000000:user/demo is not authorized to perform: route53:{action} \
                         on resource: arn:aws:route53:::hostedzone/{zone_id} because no identity-based policy \
                         allows the route53:{action} action"
                    ),
                ));
            }
            ApiFault::ExpiredToken => {
                return Err(ApiError::new(
                    StatusCode::FORBIDDEN,
                    "ExpiredToken",
                    "The security token included in the request is expired",
                ));
            }
            ApiFault::Throttling => {
                return Err(ApiError::new(
                    StatusCode::BAD_REQUEST,
                    "Throttling",
                    "Rate exceeded",
                ));
            }
        }
        if zone_id != ZONE_ID {
            return Err(ApiError::new(
                StatusCode::NOT_FOUND,
                "NoSuchHostedZone",
                format!("No hosted zone found with ID: {zone_id}"),
            ));
        }
        Ok(())
    }

    fn hosted_zone(&self) -> Xml {
        let story = self.world.story();
        let name_servers = story
            .servers
            .iter()
            .map(|server| Xml::text("NameServer", &server.name))
            .collect();
        Xml::parent(
            "GetHostedZoneResponse",
            vec![
                Xml::parent(
                    "HostedZone",
                    vec![
                        Xml::text("Id", format!("/hostedzone/{ZONE_ID}")),
                        Xml::text("Name", names::to_api(&story.zone)),
                        Xml::text("CallerReference", format!("r53mon-demo-{}", story.name)),
                        Xml::parent(
                            "Config",
                            vec![
                                Xml::text("Comment", "simulated by r53mon demo"),
                                Xml::text("PrivateZone", "false"),
                            ],
                        ),
                        Xml::text("ResourceRecordSetCount", self.entries.len().to_string()),
                    ],
                ),
                Xml::parent(
                    "DelegationSet",
                    vec![Xml::parent("NameServers", name_servers)],
                ),
            ],
        )
    }

    fn record_sets(&self, start: &Start, max_items: usize) -> Xml {
        let page = listing::page(&self.entries, start, max_items);
        // One look at the weights for the whole page: a page does not mix before and after.
        let weights = self.world.declared_weights();
        let sets = page
            .entries
            .iter()
            .map(|entry| record_set(entry, &weights))
            .collect();
        let mut content = vec![
            Xml::parent("ResourceRecordSets", sets),
            Xml::text("IsTruncated", page.next.is_some().to_string()),
        ];
        if let Some(next) = page.next {
            content.push(Xml::text("NextRecordName", &next.name));
            content.push(Xml::text("NextRecordType", next.record_type));
            if let Some((identifier, _)) = &next.weighted {
                content.push(Xml::text("NextRecordIdentifier", identifier));
            }
        }
        content.push(Xml::text("MaxItems", max_items.to_string()));
        Xml::parent("ListResourceRecordSetsResponse", content)
    }
}

fn record_set(entry: &Entry, weights: &[u8]) -> Xml {
    let mut content = vec![
        Xml::text("Name", &entry.name),
        Xml::text("Type", entry.record_type),
    ];
    if let Some((identifier, position)) = &entry.weighted {
        content.push(Xml::text("SetIdentifier", identifier));
        content.push(Xml::text("Weight", weights[*position].to_string()));
    }
    content.push(Xml::text("TTL", entry.ttl.to_string()));
    let values = entry
        .values
        .iter()
        .map(|value| Xml::parent("ResourceRecord", vec![Xml::text("Value", value)]))
        .collect();
    content.push(Xml::parent("ResourceRecords", values));
    Xml::parent("ResourceRecordSet", content)
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
            "maxitems" => {
                max_items = value
                    .parse()
                    .ok()
                    .filter(|count| *count > 0)
                    .ok_or_else(|| {
                        ApiError::invalid_input(format!(
                            "maxitems {value} is not a positive number"
                        ))
                    })?;
            }
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
