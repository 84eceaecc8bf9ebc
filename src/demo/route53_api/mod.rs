//! The part of the Route 53 API that a reader of one zone needs: `GetHostedZone`, `ListHostedZonesByName`,
//! `ListResourceRecordSets`, `GetHealthCheck` and `GetHealthCheckStatus`.
//!
//! It speaks REST with XML as AWS does, on loopback. There are no operations that write. Signatures are not checked, only
//! that there is one: whether a client can sign is not what is simulated here.

mod documents;
mod error;
mod queries;

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
use super::listing::{self, Entry};
use super::names;
use super::story::{ApiAction, ApiFault, Front, Story};
use super::world::World;
use super::xml::Xml;
use error::ApiError;
use queries::{page_wanted, zones_wanted};

/// The id of the story's hosted zone.
pub(super) const ZONE_ID: &str = "Z0DEMO53EXAMPLE";
/// The id of the other hosted zone of the same name, if the story has one.
const TWIN_ID: &str = "Z0DEMO53TWIN";

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
