//! Times a request to the address that was answered, with the real host name in SNI and Host. It runs on a thread of its
//! own and takes what it is handed: what does not fit is skipped and counted, so that DNS never waits for it.

use std::collections::VecDeque;
use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HOST;
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use url::{Host, Position, Url};

use super::exchange::short_of;
use super::together::side_by_side;
use super::watch::Watch;
use crate::clock;
use crate::config::HttpSettings;
use crate::facts::{Fact, HttpOutcome};
use crate::tally::{Request, locked};

/// So many requests of a run may be under way.
const IN_FLIGHT: usize = 32;
/// As much of a body is read; the rest says nothing about how well a side responds.
const BODY_LIMIT: usize = 64 * 1024;
/// Clients are kept for so many addresses; a load balancer may show many over a day.
const CLIENTS_KEPT: usize = 128;

/// What the requests of a run share, whichever record they are for: the room for those under way, and the clients.
#[derive(Debug)]
pub struct Requester {
    permits: Arc<Semaphore>,
    /// One for each address and endpoint, oldest first: the library keeps connections by host name, and all addresses share
    /// one. The other settings are the same in the whole run.
    clients: Mutex<VecDeque<(IpAddr, Url, Client)>>,
}

/// The requests of one record.
#[derive(Debug)]
pub struct Requests {
    /// To what and how they are made.
    pub settings: HttpSettings,
    /// Whom they are counted for.
    pub watch: Arc<Watch>,
    /// What is handed over.
    pub wanted: mpsc::Receiver<Request>,
}

/// Makes the requests of all records until it is stopped; those under way are dropped then.
pub async fn run(requester: Requester, records: Vec<Requests>, stop: CancellationToken) {
    let requester = Arc::new(requester);
    let serve = |record: Requests| record.serve(Arc::clone(&requester), stop.clone());
    side_by_side(records.into_iter().map(serve).collect()).await;
}

/// Makes one request to an address, beside all queues and counters.
pub async fn request_once(settings: &HttpSettings, address: IpAddr) -> HttpOutcome {
    request(client_for(address, settings), settings, address).await
}

impl Default for Requester {
    /// Nothing under way.
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
            clients: Mutex::default(),
        }
    }
}

impl Requester {
    fn client(&self, address: IpAddr, settings: &HttpSettings) -> reqwest::Result<Client> {
        let mut clients = locked(&self.clients);
        let mut known = clients.iter();
        let found =
            known.find(|(of, endpoint, _)| *of == address && *endpoint == settings.endpoint);
        if let Some((_, _, client)) = found {
            return Ok(client.clone());
        }
        let client = client_for(address, settings)?;
        if clients.len() == CLIENTS_KEPT {
            clients.pop_front();
        }
        clients.push_back((address, settings.endpoint.clone(), client.clone()));
        Ok(client)
    }
}

impl Requests {
    async fn serve(mut self, requester: Arc<Requester>, stop: CancellationToken) {
        let settings = Arc::new(self.settings);
        while let Some(wanted) = stop.run_until_cancelled(self.wanted.recv()).await.flatten() {
            let ended = move |outcome| Fact::Requested {
                segment: wanted.segment,
                set: wanted.set,
                outcome,
            };
            let Ok(permit) = Arc::clone(&requester.permits).try_acquire_owned() else {
                self.watch.learn(ended(HttpOutcome::Skipped));
                continue;
            };
            let client = requester.client(wanted.address, &settings);
            let (settings, stop) = (Arc::clone(&settings), stop.clone());
            let watch = Arc::clone(&self.watch);
            tokio::spawn(async move {
                let requesting = request(client, &settings, wanted.address);
                let started = clock::instant();
                if let Some(mut outcome) = stop.run_until_cancelled(requesting).await {
                    if watch.stood_still_since(started) {
                        outcome = HttpOutcome::Skipped;
                    }
                    watch.learn(ended(outcome));
                }
                drop(permit);
            });
        }
    }
}

fn client_for(address: IpAddr, settings: &HttpSettings) -> reqwest::Result<Client> {
    // Plain HTTP needs no certificates, and a machine without any must be able to measure it.
    let verify = settings.endpoint.scheme() == "https" && !settings.insecure;
    let host = settings.endpoint.host_str().unwrap_or_default();
    let host = host.trim_end_matches('.').to_owned();
    Client::builder()
        // A proxy of the environment would be measured instead of the address.
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .tcp_nodelay(true)
        // Every request pays for its own connection, as a new client would.
        .pool_max_idle_per_host(0)
        .connect_timeout(settings.timeout)
        .timeout(settings.timeout)
        .tls_danger_accept_invalid_certs(!verify)
        .user_agent(concat!("r53mon/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Pin { host, address }))
        .build()
}

/// Knows one host and one address and refuses everything else, so that nothing can fall back to another look-up.
#[derive(Debug)]
struct Pin {
    host: String,
    address: IpAddr,
}

impl Resolve for Pin {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().trim_end_matches('.');
        let known = name.eq_ignore_ascii_case(&self.host);
        // Port 0 stands for the port of the URL.
        let address = SocketAddr::new(self.address, 0);
        Box::pin(async move {
            if known {
                Ok(Box::new(std::iter::once(address)) as Addrs)
            } else {
                Err("only the endpoint's own host is asked for".into())
            }
        })
    }
}

/// The request for the endpoint. A URL whose host is an address bypasses every resolver, so the answered address is put
/// in its place; `Host` still says what the endpoint says.
fn request_for(client: &Client, endpoint: &Url, address: IpAddr) -> RequestBuilder {
    let mut url = endpoint.clone();
    if matches!(endpoint.host(), Some(Host::Domain(_))) || url.set_ip_host(address).is_err() {
        return client.get(url);
    }
    let host = &endpoint[Position::BeforeHost..Position::AfterPort];
    client.get(url).header(HOST, host)
}

async fn request(
    client: reqwest::Result<Client>,
    settings: &HttpSettings,
    address: IpAddr,
) -> HttpOutcome {
    let started = clock::instant();
    let result = async {
        let request = request_for(&client?, &settings.endpoint, address);
        let mut response = request.send().await?;
        let mut read = 0;
        while read < BODY_LIMIT
            && let Some(chunk) = response.chunk().await?
        {
            read += chunk.len();
        }
        Ok(response.status().as_u16())
    };
    match result.await {
        Ok(status) => {
            HttpOutcome::Response(status, clock::instant().saturating_duration_since(started))
        }
        Err(error) => match short_of(&error) {
            Some(shortage) => HttpOutcome::Short(shortage),
            None => HttpOutcome::Failure(describe(&error)),
        },
    }
}

/// The kind of failure and its innermost cause, which is where the library puts what a person can use.
fn describe(error: &reqwest::Error) -> String {
    let kind = match error {
        _ if error.is_timeout() => return "timeout".to_owned(),
        _ if error.is_connect() => "cannot connect",
        _ if error.is_builder() => "cannot set up",
        _ => "no response",
    };
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    cause.map_or_else(|| kind.to_owned(), |cause| format!("{kind}: {cause}"))
}
