//! The client that all calls of a run go through, whatever they read: calls keep their distance, what may pass is tried
//! again, and credentials that have expired are loaded again.

use std::error::Error;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;

use super::access::{self, Connection, CredentialFacts};
use super::error::{Call, Route53Error};
use super::server_clock::ServerClock;
use super::spacing::{CallSpacing, backoff};
use super::unknown_elements::UnknownElements;
use crate::clock;
use crate::config::Access;

/// So often a call is tried that may succeed the next time ...
const ATTEMPTS: u32 = 3;
/// ... unless it has taken so long already.
const RETRY_FOR: Duration = Duration::from_secs(6);
/// Before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// A connection to the API. Clones share it, and with it the distance that calls keep.
#[derive(Clone, Debug)]
pub struct Api {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    access: Access,
    clock: ServerClock,
    unknown_elements: UnknownElements,
    spacing: CallSpacing,
    connection: RwLock<Arc<Connection>>,
    /// Held by whoever loads them again.
    renewal: tokio::sync::Mutex<()>,
}

/// Whether a call waits for the API to give in, or leaves that to whoever asks again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Throttling {
    Wait,
    Leave,
}

/// Why a call was repeated; for each of these reasons that helps once or not at all.
#[derive(Clone, Copy, Debug, Default)]
struct Repeated {
    renewed: bool,
    skewed: bool,
}

impl Api {
    /// Finds credentials and sets the client up; nothing is asked of Route 53 yet.
    ///
    /// # Errors
    /// If there are no usable credentials.
    pub async fn connect(access: Access, spacing: Duration) -> Result<Self, Route53Error> {
        let clock = ServerClock::default();
        let unknown = UnknownElements::default();
        let connection = access::connect(&access, &clock, &unknown).await?;
        Ok(Self {
            shared: Arc::new(Shared {
                access,
                clock,
                unknown_elements: unknown,
                spacing: CallSpacing::new(spacing),
                connection: RwLock::new(Arc::new(connection)),
                renewal: tokio::sync::Mutex::default(),
            }),
        })
    }

    /// Where the credentials come from and how long they last.
    pub fn credential_facts(&self) -> CredentialFacts {
        self.connection().credentials.clone()
    }

    /// How far the clock of this machine is ahead of that of AWS, in seconds; `None` before the first response.
    pub fn clock_difference(&self) -> Option<i64> {
        self.shared.clock.difference()
    }

    /// The URL of the API, where it is not the usual one.
    pub fn endpoint(&self) -> Option<String> {
        self.connection().party.endpoint.clone()
    }

    /// What the answers have held that the SDK does not know.
    pub(super) fn unknown_elements(&self) -> &UnknownElements {
        &self.shared.unknown_elements
    }

    fn connection(&self) -> Arc<Connection> {
        let connection = self.shared.connection.read();
        Arc::clone(&connection.unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a call in its turn, again where that may help: a failure that may pass, a wrong clock, and credentials that
    /// have expired, which are loaded again once. An error tells of the zone that was asked about.
    pub(super) async fn call<T, E, F>(
        &self,
        call: Call,
        zone_id: &str,
        throttling: Throttling,
        send: impl Fn(Client) -> F,
    ) -> Result<T, Route53Error>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + RequestId + Error + 'static,
    {
        let shared = &self.shared;
        let started = clock::instant();
        let mut attempt = 0;
        let mut repeated = Repeated::default();
        loop {
            shared.spacing.turn().await;
            let connection = self.connection();
            // The SDK's futures are very large.
            let error = match Box::pin(send(connection.client.clone())).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempt += 1;
            let told = Route53Error::from_sdk(call, zone_id, &connection.party, &error);
            let again = match &told {
                Route53Error::ExpiredToken { .. } if !repeated.renewed => {
                    repeated.renewed = true;
                    self.renew(&connection).await?;
                    true
                }
                // The SDK signs by their clock once it has seen how far ours is off.
                Route53Error::ClockSkew { seconds: Some(_) } if !repeated.skewed => {
                    repeated.skewed = true;
                    true
                }
                Route53Error::Throttled { .. } if throttling == Throttling::Leave => false,
                other => {
                    let patient = clock::instant().saturating_duration_since(started) < RETRY_FOR;
                    let again = other.may_pass(&error) && attempt < ATTEMPTS && patient;
                    if again {
                        tokio::time::sleep(backoff(FIRST_PAUSE, RETRY_FOR, attempt)).await;
                    }
                    again
                }
            };
            if !again {
                return Err(told);
            }
        }
    }

    /// Loads the credentials again, unless a call beside this one has done so since. Every call tries that once, so a poll gets
    /// through when the user has logged in again.
    async fn renew(&self, used: &Arc<Connection>) -> Result<(), Route53Error> {
        let shared = &self.shared;
        let _turn = shared.renewal.lock().await;
        if !Arc::ptr_eq(used, &self.connection()) {
            return Ok(());
        }
        let fresh =
            access::connect(&shared.access, &shared.clock, &shared.unknown_elements).await?;
        let connection = shared.connection.write();
        *connection.unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }
}
