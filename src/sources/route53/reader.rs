//! What the zone says about one record: the zone itself, the record's sets, and the wildcard or the other zone that stands
//! in its place.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_route53::types::HostedZoneConfig;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::api::{Api, Throttling};
use super::error::{Call, Route53Error};
use super::group::{self, Listed, Listings, Walk};
use super::listing::Listing;
use crate::clock;
use crate::config::Route53Settings;
use crate::model::declared::DeclaredSet;
use crate::model::finding::RecordRemark;
use crate::model::health::Checks;
use crate::model::name::RecordName;
use crate::model::record::{RecordType, WeightedGroup};
use crate::model::tree::{self, Node};
use crate::tally::locked;

/// The servers that private zones list; they are visible on the internet and know nothing of the zone.
const RESERVED: &str = "ns-0.awsdns-00.com";

/// More than the calls take for as many names as a reading may have to list, each in its turn.
const LONGEST_READING: Duration = Duration::from_mins(2);
/// As many name servers as any delegation set has, several times over.
const MOST_NAME_SERVERS: usize = 32;

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
    /// All these record sets in the words of the API.
    pub sets: Arc<[DeclaredSet]>,
    /// What stands there, in a few words, where the record was weighted and is no longer; the nodes are what it answers with
    /// then.
    pub replaced_by: Option<String>,
    /// What the reader has to know besides.
    pub remarks: Vec<RecordRemark>,
}

impl Declared {
    /// The group that is judged, given what is known about health.
    pub fn group(&self, checks: &Checks) -> WeightedGroup {
        let declared = Arc::clone(&self.sets);
        let group = tree::group(&self.name, self.record_type, &self.nodes, checks);
        WeightedGroup { declared, ..group }
    }
}

/// What was read at the start, as far as it could be.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The zone.
    pub zone: Result<Zone, Route53Error>,
    /// The name of the zone; where it may not be read, what its listing shows.
    pub zone_name: Option<RecordName>,
    /// What it declares for the record.
    pub declared: Result<Declared, Route53Error>,
}

/// Reads one record through the API. Clones share what was found at the start, and the wish for a poll.
#[derive(Clone, Debug)]
pub struct RecordReader {
    api: Api,
    settings: Arc<Route53Settings>,
    /// Wakes the poller.
    poll_wanted: Arc<Notify>,
    /// What the poller is about.
    polling: Arc<Mutex<Polling>>,
    /// What was found at the start; the question on the wire stays the same, so these do.
    found: Arc<Mutex<Option<(RecordName, RecordType)>>>,
    /// What the start has listed of the names on the way from the question's to the zone's.
    listed: Arc<Mutex<Listings>>,
}

/// What the poller is about.
#[derive(Debug, Default)]
struct Polling {
    /// Since when it is being read.
    reading_since: Option<Instant>,
    /// The API has asked for patience.
    is_patient: bool,
    /// Somebody has pressed a key, and the poller has not begun yet.
    by_hand: bool,
}

/// What comes of wanting the configuration to be read by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rereading {
    /// It is read as soon as the distance between calls allows.
    Soon,
    /// It is being read already.
    Already,
    /// The API has asked for patience: it is read again later.
    Patient,
}

impl RecordReader {
    /// A reader of the record that the settings name.
    pub fn new(api: Api, settings: Route53Settings) -> Self {
        Self {
            api,
            settings: Arc::new(settings),
            poll_wanted: Arc::default(),
            polling: Arc::default(),
            found: Arc::default(),
            listed: Arc::default(),
        }
    }

    /// The client through which it reads.
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// The zone that is read.
    pub(super) fn zone_id(&self) -> &str {
        &self.settings.zone_id
    }

    /// The name that clients ask for.
    pub fn question_name(&self) -> &RecordName {
        &self.settings.question_name
    }

    /// Has the poller read the configuration at once, as soon as the distance between calls allows.
    pub fn poll_soon(&self) {
        self.poll_wanted.notify_one();
    }

    /// Has the configuration be read at once because somebody presses a key. Says what comes of it: nobody reads it twice at
    /// the same time, nor an API that asks for patience.
    pub fn poll_by_hand(&self) -> Rereading {
        let mut polling = locked(&self.polling);
        if polling.reading_since.is_some() || polling.by_hand {
            return Rereading::Already;
        }
        if polling.is_patient {
            return Rereading::Patient;
        }
        polling.by_hand = true;
        self.poll_wanted.notify_one();
        Rereading::Soon
    }

    /// The poller begins to read, or has ended; `is_patient`: the API has asked for patience.
    pub(super) fn note_polling(&self, is_reading: bool, is_patient: bool) {
        let mut polling = locked(&self.polling);
        polling.reading_since = is_reading.then(clock::instant);
        polling.is_patient = is_patient;
        polling.by_hand &= !is_reading;
    }

    /// For how long the configuration is being read, which takes a moment only where the API answers at once; zero where it
    /// is about to be.
    pub fn reading_for(&self) -> Option<Duration> {
        let polling = locked(&self.polling);
        let by_hand = polling.by_hand.then_some(Duration::ZERO);
        let since = polling.reading_since;
        since.map(|since| clock::instant() - since).or(by_hand)
    }

    /// Whether somebody has pressed a key for it and it has not begun.
    pub(super) fn is_wanted_by_hand(&self) -> bool {
        locked(&self.polling).by_hand
    }

    /// Waits until somebody wants a poll.
    pub(super) async fn poll_requested(&self) {
        self.poll_wanted.notified().await;
    }

    /// Reads the zone and checks that it can hold the record.
    ///
    /// # Errors
    /// What is wrong, with its cure.
    pub async fn zone(&self) -> Result<Zone, Route53Error> {
        let zone_id = &self.settings.zone_id;
        let record = &self.settings.record_name;
        let answer = self
            .api
            .call(Call::GetHostedZone, zone_id, Throttling::Wait, |client| {
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
        if name_servers.len() > MOST_NAME_SERVERS {
            return Err(Route53Error::BadAnswer {
                call: Call::GetHostedZone,
                detail: format!("the zone has {} name servers", name_servers.len()),
            });
        }
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
        if zone.private && !self.settings.own_name_servers {
            return Err(Route53Error::PrivateZone {
                zone_id: self.settings.zone_id.clone(),
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
    /// may answer for it. A zone that may not be read is no obstacle where its name servers are not wanted. What is wrong
    /// with the zone explains what is wrong with the record.
    pub async fn open(&self) -> Opened {
        let wanted = &self.settings.record_name;
        let (zone, listing) = tokio::join!(
            Box::pin(self.zone()),
            Box::pin(self.list(wanted, Throttling::Wait))
        );
        let zone_name = match (&zone, &listing) {
            (Ok(zone), _) => Some(zone.name.clone()),
            (Err(Route53Error::AccessDenied { .. }), Ok(_)) if self.settings.own_name_servers => {
                Box::pin(self.apex()).await.ok()
            }
            _ => None,
        };
        let declared = match listing {
            Ok(listing) => {
                let mut listings = listing.others;
                listings.insert(wanted.clone(), listing.wanted);
                let next = listing.next.as_ref();
                let reading = self.declared(zone_name.as_ref(), next, &mut listings);
                let declared = within_reason(reading).await;
                listings.retain(|name, _| self.settings.question_name.is_within(name));
                *locked(&self.listed) = listings;
                declared
            }
            Err(error) => Err(error),
        };
        Opened {
            zone,
            zone_name,
            declared,
        }
    }

    /// The name of a zone that may not be read: the one at which its listing, which begins there, shows the SOA record;
    /// else the longest that it shows above the wanted one.
    async fn apex(&self) -> Result<RecordName, Route53Error> {
        let wanted = &self.settings.record_name;
        let above = std::iter::successors(Some(wanted.clone()), RecordName::parent);
        let top = above.last().unwrap_or_else(|| wanted.clone());
        let mut listing = self.list(&top, Throttling::Wait).await?;
        listing.others.insert(top, listing.wanted);
        let above = |name: &RecordName| name != wanted && wanted.is_within(name);
        let has_soa = |sets: &[Listed]| sets.iter().any(|set| set.record_type == "SOA");
        let shown = listing.others.iter().filter(|(_, sets)| !sets.is_empty());
        let mut shown: Vec<_> = shown.filter(|(name, _)| above(name)).collect();
        shown.sort_by_key(|(name, sets)| (has_soa(sets), name.to_string().len()));
        Ok(shown
            .last()
            .map_or_else(|| wanted.clone(), |(name, _)| (*name).clone()))
    }

    async fn declared(
        &self,
        zone: Option<&RecordName>,
        next: Option<&RecordName>,
        listings: &mut Listings,
    ) -> Result<Declared, Route53Error> {
        let wanted = &self.settings.record_name;
        let name = match zone {
            Some(zone) if listings.get(wanted).is_none_or(Vec::is_empty) => {
                self.wildcard(zone, next, listings).await?
            }
            _ => wanted.clone(),
        };
        self.walk(name, listings, Throttling::Wait).await
    }

    /// Reads what is declared for the record that was found before, or for the one of the wanted name.
    pub(super) async fn read(&self, throttling: Throttling) -> Result<Declared, Route53Error> {
        within_reason(self.read_on(throttling)).await
    }

    async fn read_on(&self, throttling: Throttling) -> Result<Declared, Route53Error> {
        let wanted = &self.settings.record_name;
        let found = locked(&self.found).clone();
        let mut name = found.map_or_else(|| wanted.clone(), |(name, _)| name);
        let mut listings = Listings::new();
        if name != *wanted {
            // A record of the wanted name, or below it, takes the place of the wildcard.
            let listing = self.list(wanted, throttling).await?;
            let next = listing.next.as_ref();
            if !listing.wanted.is_empty() || next.is_some_and(|next| next.is_within(wanted)) {
                name = wanted.clone();
            }
            listings.extend(listing.others);
            listings.insert(wanted.clone(), listing.wanted);
        }
        self.walk(name, &mut listings, throttling).await
    }

    async fn list(
        &self,
        name: &RecordName,
        throttling: Throttling,
    ) -> Result<Listing, Route53Error> {
        let zone_id = &self.settings.zone_id;
        self.api.list(zone_id, name, throttling).await
    }

    /// Lists a name, unless that was done on the way. Returns the first name after it, if that was not known before.
    async fn list_into(
        &self,
        listings: &mut Listings,
        name: &RecordName,
        throttling: Throttling,
    ) -> Result<Option<RecordName>, Route53Error> {
        if listings.contains_key(name) {
            return Ok(None);
        }
        let listing = self.list(name, throttling).await?;
        listings.extend(listing.others);
        listings.insert(name.clone(), listing.wanted);
        Ok(listing.next)
    }

    /// Walks from a name to the leaves of its aliases, listing what is missing on the way.
    async fn walk(
        &self,
        name: RecordName,
        listings: &mut Listings,
        throttling: Throttling,
    ) -> Result<Declared, Route53Error> {
        let settings = &self.settings;
        let found = locked(&self.found).clone();
        let was = found.map(|(_, record_type)| record_type);
        let wanted = was.or(settings.record_type);
        loop {
            let zone_id = &settings.zone_id;
            let (walked, replaced_by) = match group::walk(&name, wanted, zone_id, listings) {
                Err(Route53Error::NotWeighted { found: stands, .. }) if let Some(was) = was => {
                    let walked = group::walk_replacement(&name, was, zone_id, listings)?;
                    (walked, Some(stands))
                }
                walked => (walked?, None),
            };
            match walked {
                Walk::Done(record_type, nodes) => {
                    *locked(&self.found) = Some((name.clone(), record_type));
                    let listed = listings.get(&name).map(Vec::as_slice).unwrap_or_default();
                    let remarks = group::remarks(&settings.record_name, &name, record_type, listed);
                    let sets = group::declared(&name, record_type, &nodes, listings);
                    return Ok(Declared {
                        name,
                        record_type,
                        sets: sets.into(),
                        nodes,
                        replaced_by,
                        remarks,
                    });
                }
                Walk::Needs(names) => {
                    for name in names {
                        self.list_into(listings, &name, throttling).await?;
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
        let wanted = &self.settings.record_name;
        let nothing = || Route53Error::NotWeighted {
            name: wanted.clone(),
            wanted: self.settings.record_type,
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
                self.list_into(listings, &wildcard, Throttling::Wait)
                    .await?;
                if listings.get(&wildcard).is_none_or(Vec::is_empty) {
                    return Err(nothing());
                }
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
        let next = self.list_into(listings, name, Throttling::Wait).await?;
        let has_records = listings.get(name).is_some_and(|sets| !sets.is_empty());
        Ok(has_records || next.is_some_and(|next| next.is_within(name)))
    }

    /// The name above the record's, or its own, from which on the zone hands all names to another zone.
    ///
    /// # Errors
    /// If the records cannot be read.
    pub async fn delegated_child(
        &self,
        zone: &RecordName,
    ) -> Result<Option<RecordName>, Route53Error> {
        let mut at = Some(self.settings.question_name.clone());
        let mut listings = locked(&self.listed).clone();
        while let Some(name) = at.take_if(|name| name.is_within(zone) && name != zone) {
            self.list_into(&mut listings, &name, Throttling::Leave)
                .await?;
            let mut listed = listings.get(&name).into_iter().flatten();
            if listed.any(|set| set.record_type == "NS") {
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
        let zone_id = &self.settings.zone_id;
        let answer = self
            .api
            .call(
                Call::ListHostedZonesByName,
                zone_id,
                Throttling::Leave,
                |client| {
                    let listing = client.list_hosted_zones_by_name();
                    listing.dns_name(zone.to_api()).max_items(100).send()
                },
            )
            .await?;
        let twins = answer.hosted_zones().iter().filter(|twin| {
            // The name is where the list starts, not what it is limited to.
            RecordName::from_api(twin.name()).as_ref() == Ok(zone)
                && group::bare_id(twin.id()) != *zone_id
        });
        Ok(twins
            .map(|twin| group::bare_id(twin.id()).to_owned())
            .collect())
    }
}

/// Waits for a reading as long as one may take in all. The futures of the SDK are very large.
async fn within_reason(
    reading: impl Future<Output = Result<Declared, Route53Error>>,
) -> Result<Declared, Route53Error> {
    let read = tokio::time::timeout(LONGEST_READING, Box::pin(reading)).await;
    read.unwrap_or_else(|_| {
        Err(Route53Error::BadAnswer {
            call: Call::ListResourceRecordSets,
            detail: format!(
                "the record and all that it leads to have not come within {} s",
                LONGEST_READING.as_secs()
            ),
        })
    })
}
