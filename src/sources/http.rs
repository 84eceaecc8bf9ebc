//! Times a request to the address that was answered, with the real host name in SNI and Host. It runs on a thread of its
//! own and takes what it is handed: what does not fit is skipped and counted, so that DNS never waits for it.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::together::side_by_side;
use super::watch::Watch;
use crate::clock;
use crate::config::HttpSettings;
use crate::facts::{At, Fact, HttpOutcome};
use crate::model::http::HttpFailure;
use crate::tally::{Request, locked};

/// What a certificate says of itself.
mod certificate;
/// Why a request brings no whole response.
mod failure;
/// One request on the wire.
mod wire;

pub use failure::{Failure, FailureKind};
pub use wire::Responded;
use wire::{Client, Shown};

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
    Client::new(settings)
        .request(address, &Shown::default())
        .await
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
        let spacing = |per_second| Spacing::new(per_second, clock::instant());
        let mut spacing = self.settings.max_tps.map(spacing);
        let client = Client::new(self.settings);
        let known = Arc::new(Mutex::new(HashMap::new()));
        while let Some(wanted) = stop.run_until_cancelled(self.wanted.recv()).await.flatten() {
            let ended = move |at: At, outcome| Fact::Requested {
                at,
                segment: wanted.segment,
                set: wanted.set,
                outcome,
            };
            if spacing
                .as_mut()
                .is_some_and(|it| !it.allows(clock::instant()))
            {
                self.watch
                    .learn(ended(self.watch.now(), HttpOutcome::OverRate));
                continue;
            }
            let Ok(permit) = Arc::clone(&requester.permits).try_acquire_owned() else {
                let now = self.watch.now();
                self.watch.learn(ended(now, HttpOutcome::Skipped));
                continue;
            };
            let (client, stop, known) = (client.clone(), stop.clone(), Arc::clone(&known));
            let watch = Arc::clone(&self.watch);
            tokio::spawn(async move {
                let shown = Shown::default();
                let requesting = client.request(wanted.address, &shown);
                let started = clock::instant();
                if let Some(result) = stop.run_until_cancelled(requesting).await {
                    if let Some(der) = locked(&shown).take() {
                        tell_certificate(&watch, wanted, &der, &known);
                    }
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

/// So many certificates are known to have been told.
const CERTIFICATES: usize = 4096;

/// Tells of a certificate unless that has been done.
fn tell_certificate(watch: &Watch, wanted: Request, der: &[u8], known: &Mutex<Told>) {
    let mut hasher = DefaultHasher::new();
    der.hash(&mut hasher);
    {
        let mut known = locked(known);
        if known.len() >= CERTIFICATES {
            known.clear();
        }
        let of = (wanted.segment, wanted.set.get(), wanted.address);
        let hash = hasher.finish();
        if known.insert(of, hash) == Some(hash) {
            return;
        }
    }
    if let Some(certificate) = certificate::read(der) {
        watch.learn(Fact::CertificateShown {
            at: watch.now(),
            segment: wanted.segment,
            set: wanted.set,
            address: wanted.address,
            certificate,
        });
    }
}

/// Of which segment, set and address, and which one was told.
type Told = HashMap<(u64, usize, IpAddr), u64>;

fn outcome_of(address: IpAddr, result: Result<Responded, Failure>) -> HttpOutcome {
    match result {
        Ok(Responded {
            status,
            phases,
            failure,
        }) => HttpOutcome::Response {
            address,
            status,
            phases,
            failure,
        },
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

/// No more than so many a second.
#[derive(Debug)]
struct Spacing {
    period: Duration,
    /// When the next one is in time.
    next: Instant,
}

impl Spacing {
    fn new(per_second: u32, now: Instant) -> Self {
        Self {
            period: Duration::from_secs(1) / per_second.max(1),
            next: now,
        }
    }

    /// Whether one is in time. What was not used is not made up for, but for one.
    fn allows(&mut self, now: Instant) -> bool {
        if now < self.next {
            return false;
        }
        let behind = now.checked_sub(self.period).unwrap_or(now);
        self.next = self.next.max(behind) + self.period;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_so_many_a_second_are_in_time_however_they_come() {
        let start = clock::instant();
        let count = |per_second, offered_every: u64| {
            let mut spacing = Spacing::new(per_second, start);
            let offers =
                (0..60_000 / offered_every).map(|n| Duration::from_millis(n * offered_every));
            offers
                .filter(|&after| spacing.allows(start + after))
                .count()
        };
        // A minute.
        assert_eq!(count(5, 10), 300);
        assert!((298..=300).contains(&count(5, 70)), "{}", count(5, 70));
        assert_eq!(count(5, 500), 120, "fewer are all in time");
        let mut spacing = Spacing::new(1, start);
        let late = start + Duration::from_secs(100);
        let burst = (0..10).filter(|_| spacing.allows(late)).count();
        assert_eq!(burst, 2, "a pause is not made up for");
    }
}
