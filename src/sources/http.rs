//! Times a request to the address that was answered, with the real host name in SNI and Host. It runs on a thread of its
//! own and takes what it is handed: what does not fit is skipped and counted, so that DNS never waits for it.

use std::collections::{HashMap, VecDeque};
use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HOST;
use reqwest::{Client, RequestBuilder, redirect, retry};
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::{Host, Position, Url};

use super::watch::Watch;
use crate::clock;
use crate::config::HttpSettings;
use crate::facts::{Fact, HttpOutcome};

use crate::tally::Request;

/// So many requests may be under way.
const IN_FLIGHT: usize = 32;
/// As much of a body is read; the rest says nothing about how well a side responds.
const BODY_LIMIT: usize = 64 * 1024;
/// Clients are kept for so many addresses; a load balancer may show many over a day.
const CLIENTS_KEPT: usize = 128;

/// Makes requests until it is stopped; those under way are dropped then.
pub async fn run(
    settings: HttpSettings,
    mut wanted: mpsc::Receiver<Request>,
    watch: Arc<Watch>,
    stop: CancellationToken,
) {
    let settings = Arc::new(settings);
    let permits = Arc::new(Semaphore::new(IN_FLIGHT));
    let tasks = TaskTracker::new();
    let mut clients = Clients::default();
    loop {
        let wanted = tokio::select! {
            () = stop.cancelled() => return,
            wanted = wanted.recv() => wanted,
        };
        let Some(wanted) = wanted else { return };
        let ended = move |outcome| Fact::Requested {
            segment: wanted.segment,
            set: wanted.set,
            outcome,
        };
        let Ok(permit) = Arc::clone(&permits).try_acquire_owned() else {
            watch.learn(ended(HttpOutcome::Skipped));
            continue;
        };
        let client = clients.get(wanted.address, &settings);
        let (settings, watch, stop) = (Arc::clone(&settings), Arc::clone(&watch), stop.clone());
        tasks.spawn(async move {
            let outcome = match client {
                Ok(client) => tokio::select! {
                    () = stop.cancelled() => return,
                    outcome = request(&client, &settings, wanted.address) => outcome,
                },
                Err(reason) => HttpOutcome::Failure(reason),
            };
            watch.learn(ended(outcome));
            drop(permit);
        });
    }
}

/// Makes one request to an address, beside all queues and counters.
pub async fn request_once(settings: &HttpSettings, address: IpAddr) -> HttpOutcome {
    match client_for(address, settings) {
        Ok(client) => request(&client, settings, address).await,
        Err(error) => HttpOutcome::Failure(describe(&error)),
    }
}

/// One client for each address: the library keeps connections by host name, and all addresses share one.
#[derive(Debug, Default)]
struct Clients {
    by_address: HashMap<IpAddr, Client>,
    order: VecDeque<IpAddr>,
}

impl Clients {
    fn get(&mut self, address: IpAddr, settings: &HttpSettings) -> Result<Client, String> {
        if let Some(client) = self.by_address.get(&address) {
            return Ok(client.clone());
        }
        let client = client_for(address, settings).map_err(|error| describe(&error))?;
        if self.order.len() == CLIENTS_KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_address.remove(&oldest);
        }
        self.order.push_back(address);
        self.by_address.insert(address, client.clone());
        Ok(client)
    }
}

fn client_for(address: IpAddr, settings: &HttpSettings) -> reqwest::Result<Client> {
    // Plain HTTP needs no certificates, and a machine without any must be able to measure it.
    let verify = settings.endpoint.scheme() == "https" && !settings.insecure;
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
        .dns_resolver(Arc::new(Pin {
            host: settings
                .endpoint
                .host_str()
                .unwrap_or_default()
                .trim_end_matches('.')
                .to_lowercase(),
            address,
        }))
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
        let known = name
            .as_str()
            .trim_end_matches('.')
            .eq_ignore_ascii_case(&self.host);
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

async fn request(client: &Client, settings: &HttpSettings, address: IpAddr) -> HttpOutcome {
    let started = clock::instant();
    let result = async {
        let mut response = request_for(client, &settings.endpoint, address)
            .send()
            .await?;
        let mut read = 0;
        while read < BODY_LIMIT {
            let Some(chunk) = response.chunk().await? else {
                break;
            };
            read += chunk.len();
        }
        Ok::<u16, reqwest::Error>(response.status().as_u16())
    };
    match result.await {
        Ok(status) => {
            HttpOutcome::Response(status, clock::instant().saturating_duration_since(started))
        }
        Err(error) => HttpOutcome::Failure(describe(&error)),
    }
}

/// The kind of failure and its innermost cause, which is where the library puts what a person can use.
fn describe(error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "timeout"
    } else if error.is_connect() {
        "cannot connect"
    } else if error.is_builder() {
        "cannot set up"
    } else {
        "no response"
    };
    let mut cause = error.source();
    while let Some(inner) = cause.and_then(std::error::Error::source) {
        cause = Some(inner);
    }
    match cause {
        Some(cause) if !error.is_timeout() => format!("{kind}: {cause}"),
        _ => kind.to_owned(),
    }
}
