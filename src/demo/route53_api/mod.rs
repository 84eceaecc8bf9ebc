//! The part of the Route 53 API that a reader of one zone needs: `GetHostedZone`, `ListHostedZonesByName`,
//! `ListResourceRecordSets`, `GetHealthCheck`, `GetHealthCheckStatus` and `GetChange`; and for whoever rehearses a
//! cutover, `ChangeResourceRecordSets` for weights.
//!
//! It speaks REST with XML as AWS does, on loopback. Signatures are not checked, only
//! that there is one: whether a client can sign is not what is simulated here.

mod changes;
mod documents;
mod error;
mod queries;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};

use super::health::HealthCheck;
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

/// What the ids of changes begin with; the number of a story's change of weights follows, from 1.
pub(super) const CHANGE_ID: &str = "C0DEMO53CHANGE";

/// Binds the API to a port of 127.0.0.1: the wanted one, or where that is taken a free one.
pub(super) async fn bind(wanted: Option<u16>) -> std::io::Result<TcpListener> {
    let at = |port| TcpListener::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    match wanted {
        Some(port) if let Ok(listener) = at(port).await => Ok(listener),
        _ => at(0).await,
    }
}

/// Answers calls until the task that awaits this is dropped.
pub(super) async fn serve(listener: TcpListener, world: Arc<World>) {
    let listener = ApiListener {
        tcp: listener,
        world: Arc::clone(&world),
    };
    let zones = zones(world.story());
    let paths = [
        ("hostedzone/{id}", ApiAction::GetHostedZone),
        ("hostedzone/{id}/rrset", ApiAction::ListResourceRecordSets),
        ("hostedzonesbyname", ApiAction::ListHostedZonesByName),
        ("healthcheck/{id}", ApiAction::GetHealthCheck),
        ("healthcheck/{id}/status", ApiAction::GetHealthCheckStatus),
        ("change/{id}", ApiAction::GetChange),
        ("hostedzone/{id}/rrset", ApiAction::ChangeResourceRecordSets),
        // As AWS describes the path, and so does its command line write it.
        (
            "hostedzone/{id}/rrset/",
            ApiAction::ChangeResourceRecordSets,
        ),
    ];
    let router = paths
        .into_iter()
        .fold(Router::new(), |router, (path, action)| {
            router.route(&format!("/{{version}}/{path}"), operation(action))
        });
    let router = router
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
            if self.world.now().api_is_unreachable() {
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

/// Whose id stands in the path, for operations on one zone or one health check.
type Named = Path<BTreeMap<String, String>>;

fn operation(action: ApiAction) -> MethodRouter<Arc<Api>> {
    let method = match action {
        ApiAction::ChangeResourceRecordSets => MethodFilter::POST,
        _ => MethodFilter::GET,
    };
    on(
        method,
        move |State(api): State<Arc<Api>>,
              Path(path): Named,
              RawQuery(query): RawQuery,
              headers: HeaderMap,
              body: Bytes| async move {
            let id = path.get("id").map(String::as_str).unwrap_or_default();
            api.respond(action, id, &query.unwrap_or_default(), &headers, &body)
        },
    )
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
        id: &str,
        query: &str,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Response {
        let result = self
            .admit(action, id, headers)
            .and_then(|()| self.answer(action, id, query, body));
        self.world.note_api_call(result.is_ok());
        match result {
            Ok(xml) => xml_response(StatusCode::OK, &xml),
            Err(error) => error_response(&error),
        }
    }

    fn answer(
        &self,
        action: ApiAction,
        id: &str,
        query: &str,
        body: &[u8],
    ) -> Result<Xml, ApiError> {
        Ok(match action {
            ApiAction::GetHostedZone => self.hosted_zone(self.zone(id)?),
            ApiAction::ListResourceRecordSets => {
                let zone = self.zone(id)?;
                let (start, max_items) = page_wanted(query)?;
                self.record_sets(zone, &start, max_items)
            }
            ApiAction::ListHostedZonesByName => self.zones_by_name(&zones_wanted(query)?),
            ApiAction::GetHealthCheck => {
                let (set, check) = self.health_check(id)?;
                self.health_check_settings(set, &check)
            }
            ApiAction::GetHealthCheckStatus => {
                let (set, check) = self.health_check(id)?;
                if !check.kind.has_checkers() {
                    return Err(ApiError::invalid_input(format!(
                        "The health check {id} has no checkers, and so no status of its own."
                    )));
                }
                self.health_check_status(set, &check)
            }
            ApiAction::GetChange => {
                let number = id
                    .strip_prefix(CHANGE_ID)
                    .and_then(|number| number.parse().ok());
                let change = number.and_then(|number| self.world.change(number));
                let (submitted_at, in_sync) = change.ok_or_else(|| {
                    let message = format!("Could not find resource with ID: {id}");
                    ApiError::new(StatusCode::NOT_FOUND, "NoSuchChange", message)
                })?;
                self.change("GetChangeResponse", id, submitted_at, in_sync)
            }
            ApiAction::ChangeResourceRecordSets => {
                let weights = self.weights_wanted(self.zone(id)?, body)?;
                let (number, submitted_at) = self.world.submit(weights);
                let id = format!("{CHANGE_ID}{number}");
                self.change("ChangeResourceRecordSetsResponse", &id, submitted_at, false)
            }
        })
    }

    fn admit(&self, action: ApiAction, id: &str, headers: &HeaderMap) -> Result<(), ApiError> {
        if !headers.contains_key(header::AUTHORIZATION) {
            return Err(ApiError::new(
                StatusCode::FORBIDDEN,
                "MissingAuthenticationToken",
                "Missing Authentication Token",
            ));
        }
        match self.world.now().api_fault(action) {
            // A connection that was taken before the API became unreachable is still served, as in life.
            ApiFault::None | ApiFault::Unreachable => Ok(()),
            ApiFault::AccessDenied => {
                let resource = match action {
                    ApiAction::GetHostedZone
                    | ApiAction::ListResourceRecordSets
                    | ApiAction::ChangeResourceRecordSets => {
                        format!("arn:aws:route53:::hostedzone/{id}")
                    }
                    ApiAction::GetHealthCheck | ApiAction::GetHealthCheckStatus => {
                        format!("arn:aws:route53:::healthcheck/{id}")
                    }
                    ApiAction::ListHostedZonesByName => "*".to_owned(),
                    ApiAction::GetChange => format!("arn:aws:route53:::change/{id}"),
                };
                let action = action.as_str();
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
            ApiFault::PriorRequestNotComplete => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "PriorRequestNotComplete",
                "The request was rejected because Route 53 was still processing a prior request.",
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
    fn health_check(&self, id: &str) -> Result<(usize, HealthCheck), ApiError> {
        let sets = self.world.story().sets.iter().enumerate();
        sets.filter_map(|(set, record_set)| Some((set, record_set.health_check.clone()?)))
            .flat_map(|(set, check)| [Some((set, check.clone())), Some(set).zip(check.child())])
            .flatten()
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
    let content = [
        Xml::text("Type", "Sender"),
        Xml::text("Code", error.code),
        Xml::text("Message", &error.message),
    ];
    let content = [
        Xml::parent("Error", content),
        Xml::text("RequestId", REQUEST_ID),
    ];
    xml_response(error.status, &Xml::parent("ErrorResponse", content))
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
