//! Times a request to the address that was answered, with the real host name in SNI and Host. It runs on a thread of its
//! own and takes what it is handed: what does not fit is skipped and counted, so that DNS never waits for it.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::together::side_by_side;
use super::watch::Watch;
use crate::clock;
use crate::config::HttpSettings;
use crate::facts::{At, Fact, HttpFailure, HttpOutcome};
use crate::model::http::HttpFault;
use crate::tally::Request;

/// Why a request brings no whole response.
mod failure;
/// One request on the wire.
mod wire;

pub use failure::{Failure, FailureKind};
use wire::Client;
pub use wire::Responded;

/// So many requests of a run may be under way.
const IN_FLIGHT: usize = 32;

/// What the requests of a run share, whichever record they are for: the room for those under way.
#[derive(Debug)]
pub struct Requester {
    permits: Arc<Semaphore>,
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
///
/// # Errors
/// Why there was no response.
pub async fn request_once(settings: HttpSettings, address: IpAddr) -> Result<Responded, Failure> {
    Client::new(settings).request(address).await
}

impl Default for Requester {
    /// Nothing under way.
    fn default() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(IN_FLIGHT)),
        }
    }
}

impl Requests {
    async fn serve(mut self, requester: Arc<Requester>, stop: CancellationToken) {
        let client = Client::new(self.settings);
        while let Some(wanted) = stop.run_until_cancelled(self.wanted.recv()).await.flatten() {
            let ended = move |at: At, outcome| Fact::Requested {
                at,
                segment: wanted.segment,
                set: wanted.set,
                outcome,
            };
            let Ok(permit) = Arc::clone(&requester.permits).try_acquire_owned() else {
                self.watch
                    .learn(ended(self.watch.now(), HttpOutcome::Skipped));
                continue;
            };
            let (client, stop) = (client.clone(), stop.clone());
            let watch = Arc::clone(&self.watch);
            tokio::spawn(async move {
                let requesting = client.request(wanted.address);
                let started = clock::instant();
                if let Some(result) = stop.run_until_cancelled(requesting).await {
                    let outcome = if watch.stood_still_since(started) {
                        HttpOutcome::Skipped
                    } else {
                        outcome_of(wanted.address, result)
                    };
                    watch.learn(ended(watch.now(), outcome));
                }
                drop(permit);
            });
        }
    }
}

/// The only place where it is decided whether a request has failed.
fn outcome_of(address: IpAddr, result: Result<Responded, Failure>) -> HttpOutcome {
    let failed = |kind, why| Some(HttpFailure { kind, why });
    match result {
        Ok(responded) => {
            let status = responded.status;
            let failure = match responded.body {
                _ if !is_expected(status) => failed(HttpFault::Status, format!("status {status}")),
                Err(ref why) => failed(HttpFault::Body, why.to_string()),
                Ok(_) => None,
            };
            HttpOutcome::Response {
                address,
                status,
                phases: responded.phases(),
                failure,
            }
        }
        Err(Failure {
            kind: FailureKind::Short(shortage),
            ..
        }) => HttpOutcome::Short(shortage),
        Err(why) => HttpOutcome::NoResponse {
            address,
            failure: HttpFailure {
                kind: why.kind.counted_as(),
                why: why.to_string(),
            },
        },
    }
}

/// Whether a status code is what a working server says.
pub fn is_expected(status: u16) -> bool {
    status < 500
}
