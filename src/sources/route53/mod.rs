//! Reads the zone and the weighted group from the Route 53 API, and reads them again every so often. Only reading calls
//! are ever made: GetHostedZone and ListResourceRecordSets, and, where they are allowed, GetHealthCheck,
//! GetHealthCheckStatus and ListHostedZonesByName.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_sdk_route53::types::{HostedZoneConfig, RrType};

use tokio::sync::Notify;

use crate::clock;
use crate::config::Route53Settings;
use crate::model::health::Checks;
use crate::model::name::RecordName;
use crate::model::record::{RecordType, WeightedGroup};
use crate::model::tree::{self, Node};
use crate::tally::locked;

/// From the settings to a client whose credentials have been seen.
pub mod access;
/// How the failures of the SDK become ours.
pub mod error;
/// From the API's record sets to the tree of records that is measured.
pub mod group;
/// What Route 53's checkers say.
pub mod health;
/// How often the API may be asked.
mod manners;
/// Reads everything again every so often.
mod poll;
/// How far our clock is from theirs.
mod server_clock;

pub use access::CredentialFacts;
pub use error::Route53Error;
pub use poll::poll;

use access::Connection;
use error::Call;
use group::{Listed, Listings, Walk};
use manners::{Manners, backoff};
use server_clock::ServerClock;

/// As many record sets as the API gives at once.
const PAGE: i32 = 300;
/// More pages than a hundred weighted sets of every type at one name can fill mean that paging goes in circles.
const MOST_PAGES: usize = 50;
/// So often a call is tried that may succeed the next time ...
const ATTEMPTS: u32 = 3;
/// ... unless it has taken so long already.
const PATIENCE: Duration = Duration::from_secs(6);
/// Before the second attempt.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// The servers that private zones list; they are visible on the internet and know nothing of the zone.
const RESERVED: &str = "ns-0.awsdns-00.com";

/// What is known about the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: RecordName,
    /// The names of its delegation set; reserved ones or none for a private zone.
    pub name_servers: Vec<String>,
    /// Whether it answers only inside its VPCs.
    pub private: bool,
}

/// What the zone declares for the record.
#[derive(Clone, Debug, PartialEq)]
pub struct Declared {
    /// The record's own name, which is a wildcard's where no record has the wanted name.
    pub name: RecordName,
    /// The type that is measured.
    pub record_type: RecordType,
    /// The weighted record sets, with all that their aliases lead to within the zone.
    pub nodes: Vec<Node>,
    /// What the reader has to know, by subject; `None`: nothing about that.
    pub notes: Vec<(&'static str, Option<String>)>,
}

impl Declared {
    /// The group that is judged, given what is known about health.
    pub fn group(&self, checks: &Checks) -> WeightedGroup {
        tree::group(&self.name, self.record_type, &self.nodes, checks)
    }
}

/// A connection to the API for one record. Clones share it, and with it the distance that calls keep.
#[derive(Clone, Debug)]
pub struct Route53 {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Route53Settings,
    clock: ServerClock,
    manners: Manners,
    connection: RwLock<Arc<Connection>>,
    /// Held by whoever loads them again.
    renewal: tokio::sync::Mutex<()>,
    /// Wakes the poller.
    hurry: Notify,
    /// What was found at the start; the question on the wire stays the same, so these do.
    found: Mutex<Option<(RecordName, RecordType)>>,
}

/// Whether a call waits for the API to give in, or leaves that to whoever asks again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Throttling {
    Wait,
    Leave,
}

/// Why a call was repeated; for each of these reasons that helps once or not at all.
#[derive(Clone, Copy, Debug, Default)]
struct Repeated {
    renewed: bool,
    skewed: bool,
}

impl Route53 {
    /// Finds credentials and sets the client up; nothing is asked of Route 53 yet.
    ///
    /// # Errors
    /// If there are no usable credentials.
    pub async fn connect(settings: Route53Settings) -> Result<Self, Route53Error> {
        let clock = ServerClock::default();
        let connection = access::connect(&settings.access, &clock).await?;
        Ok(Self {
            shared: Arc::new(Shared {
                manners: Manners::new(settings.call_spacing),
                settings,
                clock,
                connection: RwLock::new(Arc::new(connection)),
                renewal: tokio::sync::Mutex::default(),
                hurry: Notify::new(),
                found: Mutex::default(),
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

    /// The name that clients ask for.
    pub fn question_name(&self) -> &RecordName {
        &self.shared.settings.question_name
    }

    /// Has the poller read the configuration at once, as soon as the distance between calls allows.
    pub fn poll_soon(&self) {
        self.shared.hurry.notify_one();
    }

    /// Reads the zone and checks that it can hold the record.
    ///
    /// # Errors
    /// What is wrong, with its cure.
    pub async fn zone(&self) -> Result<Zone, Route53Error> {
        let zone_id = &self.shared.settings.zone_id;
        let record = &self.shared.settings.record_name;
        let answer = self
            .call(Call::GetHostedZone, Throttling::Wait, |client| {
                client.get_hosted_zone().id(zone_id).send()
            })
            .await?;
        let Some(zone) = answer.hosted_zone() else {
            return Err(Route53Error::BadAnswer {
                call: Call::GetHostedZone,
                detail: "the answer holds no zone".to_owned(),
            });
        };
        let name = RecordName::from_api(zone.name()).map_err(|error| Route53Error::BadAnswer {
            call: Call::GetHostedZone,
            detail: format!(
                "the zone's name \"{}\" cannot be read: {error}",
                zone.name()
            ),
        })?;
        if !record.is_within(&name) {
            return Err(Route53Error::NameOutsideZone {
                record: record.clone(),
                zone_id: zone_id.clone(),
                zone: name,
            });
        }
        let name_servers = answer
            .delegation_set()
            .map(|set| set.name_servers().to_vec())
            .unwrap_or_default();
        let flagged = zone.config().is_some_and(HostedZoneConfig::private_zone);
        let reserved = |server: &String| server.trim_end_matches('.') == RESERVED;
        Ok(Zone {
            name,
            private: flagged || name_servers.iter().any(reserved),
            name_servers,
        })
    }

    /// Checks that the zone's servers can be asked from here: a private zone needs one that was given.
    ///
    /// # Errors
    /// If it is private and none was given.
    pub fn check_reach(&self, zone: &Zone) -> Result<(), Route53Error> {
        if zone.private && !self.shared.settings.own_name_servers {
            return Err(Route53Error::PrivateZone {
                zone_id: self.shared.settings.zone_id.clone(),
                zone: zone.name.clone(),
            });
        }
        Ok(())
    }

    /// Reads what is declared at the record's name, every health check counting as healthy.
    ///
    /// # Errors
    /// What is wrong, with its cure.
    pub async fn group(&self) -> Result<WeightedGroup, Route53Error> {
        Ok(self.read(Throttling::Wait).await?.group(&Checks::new()))
    }

    /// Reads the zone and what it declares for the record, both at once. Where no record has the wanted name, a wildcard
    /// may answer for it.
    ///
    /// # Errors
    /// What is wrong with each, with its cure. What is wrong with the zone explains what is wrong with the record.
    pub async fn open(&self) -> (Result<Zone, Route53Error>, Result<Declared, Route53Error>) {
        let wanted = &self.shared.settings.record_name;
        let (zone, listing) = tokio::join!(
            Box::pin(self.zone()),
            Box::pin(self.list(wanted, Throttling::Wait))
        );
        let declared = match listing {
            Ok(listing) => Box::pin(self.declared(zone.as_ref().ok(), listing)).await,
            Err(error) => Err(error),
        };
        (zone, declared)
    }

    async fn declared(
        &self,
        zone: Option<&Zone>,
        listing: Listing,
    ) -> Result<Declared, Route53Error> {
        let wanted = &self.shared.settings.record_name;
        let mut listings = listing.others;
        let name = match zone {
            Some(zone) if listing.wanted.is_empty() => {
                self.wildcard(&zone.name, listing.next.as_ref(), &mut listings)
                    .await?
            }
            _ => {
                listings.insert(wanted.clone(), listing.wanted);
                wanted.clone()
            }
        };
        self.walk(name, listings, Throttling::Wait).await
    }

    /// Reads what is declared for the record that was found before, or for the one of the wanted name.
    async fn read(&self, throttling: Throttling) -> Result<Declared, Route53Error> {
        let wanted = &self.shared.settings.record_name;
        let found = locked(&self.shared.found).clone();
        let mut name = found.map_or_else(|| wanted.clone(), |(name, _)| name);
        let mut listings = Listings::new();
        if name != *wanted {
            // A record of the wanted name, or below it, takes the place of the wildcard.
            let listing = self.list(wanted, throttling).await?;
            let next = listing.next.as_ref();
            if !listing.wanted.is_empty() || next.is_some_and(|next| next.is_within(wanted)) {
                name = wanted.clone();
                listings.insert(name.clone(), listing.wanted);
            }
            listings.extend(listing.others);
        }
        self.walk(name, listings, throttling).await
    }

    /// Walks from a name to the leaves of its aliases, listing what is missing on the way.
    async fn walk(
        &self,
        name: RecordName,
        mut listings: Listings,
        throttling: Throttling,
    ) -> Result<Declared, Route53Error> {
        let settings = &self.shared.settings;
        let found = locked(&self.shared.found).clone();
        let wanted = found.map(|(_, found)| found).or(settings.record_type);
        loop {
            match group::walk(&name, wanted, &settings.zone_id, &listings)? {
                Walk::Done(record_type, nodes) => {
                    *locked(&self.shared.found) = Some((name.clone(), record_type));
                    let listed = listings.get(&name).map(Vec::as_slice).unwrap_or_default();
                    let remarks = group::notes(&settings.record_name, &name, record_type, listed);
                    return Ok(Declared {
                        name,
                        record_type,
                        nodes,
                        notes: remarks,
                    });
                }
                Walk::Needs(names) => {
                    for name in names {
                        let listing = self.list(&name, throttling).await?;
                        listings.extend(listing.others);
                        listings.insert(name, listing.wanted);
                    }
                }
            }
        }
    }

    /// Finds the wildcard that answers for the wanted name, which has no record of its own: the one below its closest
    /// encloser (RFC 4592 section 3.3.1).
    async fn wildcard(
        &self,
        zone: &RecordName,
        next: Option<&RecordName>,
        listings: &mut Listings,
    ) -> Result<RecordName, Route53Error> {
        let wanted = &self.shared.settings.record_name;
        let nothing = || Route53Error::NotWeighted {
            name: wanted.clone(),
            wanted: self.shared.settings.record_type,
            found: String::new(),
        };
        // Names below it make the wanted name exist, and what exists is not answered by a wildcard.
        if wanted.is_wildcard() || next.is_some_and(|next| next.is_within(wanted)) {
            return Err(nothing());
        }
        let mut encloser = wanted.parent();
        while let Some(name) = encloser.take_if(|name| name.is_within(zone)) {
            if name == *zone || self.exists(&name, listings).await? {
                let wildcard = name.wildcard_below().ok_or_else(nothing)?;
                let listing = self.list(&wildcard, Throttling::Wait).await?;
                if listing.wanted.is_empty() {
                    return Err(nothing());
                }
                listings.extend(listing.others);
                listings.insert(wildcard.clone(), listing.wanted);
                return Ok(wildcard);
            }
            encloser = name.parent();
        }
        Err(nothing())
    }

    /// Whether a name or anything below it has records.
    async fn exists(
        &self,
        name: &RecordName,
        listings: &mut Listings,
    ) -> Result<bool, Route53Error> {
        let listing = self.list(name, Throttling::Wait).await?;
        let exists = !listing.wanted.is_empty()
            || listing
                .next
                .as_ref()
                .is_some_and(|next| next.is_within(name));
        listings.extend(listing.others);
        listings.insert(name.clone(), listing.wanted);
        Ok(exists)
    }

    /// The name above the record's, or its own, from which on the zone hands all names to another zone.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub async fn delegated_child(
        &self,
        zone: &RecordName,
    ) -> Result<Option<RecordName>, Route53Error> {
        let mut at = Some(self.shared.settings.question_name.clone());
        while let Some(name) = at.take_if(|name| name.is_within(zone) && name != zone) {
            let listing = self.list(&name, Throttling::Leave).await?;
            if listing.wanted.iter().any(|set| set.record_type == "NS") {
                return Ok(Some(name));
            }
            at = name.parent();
        }
        Ok(None)
    }

    /// The ids of other zones of the same name in this account.
    ///
    /// # Errors
    /// If they cannot be read; the permission is not one that measuring needs.
    pub async fn twins(&self, zone: &RecordName) -> Result<Vec<String>, Route53Error> {
        let answer = self
            .call(Call::ListHostedZonesByName, Throttling::Leave, |client| {
                let listing = client.list_hosted_zones_by_name();
                listing.dns_name(zone.to_api()).max_items(100).send()
            })
            .await?;
        let twins = answer.hosted_zones().iter().filter(|twin| {
            // The name is where the list starts, not what it is limited to.
            RecordName::from_api(twin.name()).as_ref() == Ok(zone)
                && group::bare_id(twin.id()) != self.shared.settings.zone_id
        });
        Ok(twins
            .map(|twin| group::bare_id(twin.id()).to_owned())
            .collect())
    }

    fn connection(&self) -> Arc<Connection> {
        let connection = self.shared.connection.read();
        Arc::clone(&connection.unwrap_or_else(PoisonError::into_inner))
    }

    /// Makes a call in its turn, again where that may help: a failure that may pass, a wrong clock, and credentials that
    /// have expired, which are loaded again once.
    async fn call<T, E, F>(
        &self,
        call: Call,
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
            shared.manners.turn().await;
            let connection = self.connection();
            // The SDK's futures are very large.
            let error = match Box::pin(send(connection.client.clone())).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            attempt += 1;
            let told = Route53Error::from_sdk(
                call,
                &shared.settings.zone_id,
                connection.endpoint.as_deref(),
                &error,
            );
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
                    let patient = clock::instant().saturating_duration_since(started) < PATIENCE;
                    let again = other.may_pass(&error) && attempt < ATTEMPTS && patient;
                    if again {
                        tokio::time::sleep(backoff(FIRST_PAUSE, PATIENCE, attempt)).await;
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
        let fresh = access::connect(&shared.settings.access, &shared.clock).await?;
        let connection = shared.connection.write();
        *connection.unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
        Ok(())
    }

    /// Follows the pages with all three continuation fields and stops where the name changes.
    async fn list(
        &self,
        wanted: &RecordName,
        throttling: Throttling,
    ) -> Result<Listing, Route53Error> {
        let zone_id = &self.shared.settings.zone_id;
        let strange = |detail: String| Route53Error::BadAnswer {
            call: Call::ListResourceRecordSets,
            detail,
        };
        let mut listing = Listing::default();
        let mut start = Start {
            name: wanted.to_api(),
            record_type: None,
            identifier: None,
        };
        for _ in 0..MOST_PAGES {
            let page = self
                .call(Call::ListResourceRecordSets, throttling, |client| {
                    client
                        .list_resource_record_sets()
                        .hosted_zone_id(zone_id)
                        .start_record_name(&start.name)
                        .set_start_record_type(start.record_type.clone())
                        .set_start_record_identifier(start.identifier.clone())
                        .max_items(PAGE)
                        .send()
                })
                .await?;
            for set in page.resource_record_sets() {
                // A name that cannot be read is not the one that was asked for.
                let Ok(name) = RecordName::from_api(set.name()) else {
                    continue;
                };
                if name == *wanted {
                    listing.wanted.push(Listed::from_api(set));
                } else {
                    listing.next.get_or_insert_with(|| name.clone());
                    let others = listing.others.entry(name).or_default();
                    others.push(Listed::from_api(set));
                }
            }
            if !page.is_truncated() {
                return Ok(listing);
            }
            let Some(next) = page.next_record_name() else {
                return Err(strange(
                    "the list is cut off and does not say where it goes on".to_owned(),
                ));
            };
            let next_name = RecordName::from_api(next).ok();
            if next_name.as_ref() != Some(wanted) {
                // The name at which the page breaks off may have more on the next one.
                if let Some(name) = next_name {
                    listing.others.remove(&name);
                    listing.next.get_or_insert(name);
                }
                return Ok(listing);
            }
            let next = Start {
                name: next.to_owned(),
                record_type: page.next_record_type().cloned(),
                identifier: page.next_record_identifier().map(str::to_owned),
            };
            if next == start {
                return Err(strange(
                    "the next page starts where this one did".to_owned(),
                ));
            }
            start = next;
        }
        Err(strange(format!(
            "more than {MOST_PAGES} pages for one name"
        )))
    }
}

/// What a page, or several, have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Listing {
    /// All at the wanted name.
    wanted: Vec<Listed>,
    /// What came along whole: the names after it.
    others: Listings,
    /// The first of those, whole or not.
    next: Option<RecordName>,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    name: String,
    record_type: Option<RrType>,
    identifier: Option<String>,
}
