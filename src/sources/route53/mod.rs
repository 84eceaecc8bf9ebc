//! Reads the zone and the weighted group from the Route 53 API, and reads them again every so often. Two calls are all
//! that is ever made: GetHostedZone and ListResourceRecordSets.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_route53::Client;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_sdk_route53::types::RrType;
use tokio_util::sync::CancellationToken;

use crate::clock;
use crate::config::Route53Settings;
use crate::model::health::Checks;
use crate::model::name::RecordName;
use crate::model::record::WeightedGroup;
use crate::model::tree;
use crate::tally::Tally;

/// From the settings to a client whose credentials have been seen.
pub mod access;
/// Every failure as one sentence with cause and cure.
pub mod error;
/// From the API's record sets to the group that is measured.
pub mod group;

pub use error::Route53Error;

use error::Call;
use group::{Listed, Listings, Walk};

/// As many record sets as the API gives at once.
const PAGE: i32 = 300;
/// More pages than a hundred weighted sets of every type at one name can fill mean that paging goes in circles.
const MOST_PAGES: usize = 50;

/// What is known about the zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    /// Its name.
    pub name: RecordName,
    /// The names of its delegation set.
    pub name_servers: Vec<String>,
}

/// A connection to the API for one record.
#[derive(Clone, Debug)]
pub struct Route53 {
    client: Client,
    /// The URL of the API where it is not the usual one.
    endpoint: Option<String>,
    settings: Route53Settings,
}

impl Route53 {
    /// Finds credentials and sets the client up; nothing is asked of Route 53 yet.
    ///
    /// # Errors
    /// If there are no usable credentials.
    pub async fn connect(settings: Route53Settings) -> Result<Self, Route53Error> {
        let (client, endpoint) = access::client(&settings.access).await?;
        Ok(Self {
            client,
            endpoint,
            settings,
        })
    }

    /// Reads the zone and checks that it can hold the record and be asked.
    ///
    /// # Errors
    /// What is wrong, with its cure.
    pub async fn zone(&self) -> Result<Zone, Route53Error> {
        let zone_id = &self.settings.zone_id;
        let answer = self
            .client
            .get_hosted_zone()
            .id(zone_id)
            .send()
            .await
            .map_err(|error| self.failed(Call::GetHostedZone, &error))?;
        let Some(zone) = answer.hosted_zone() else {
            return Err(Route53Error::Strange {
                call: Call::GetHostedZone,
                detail: "the answer holds no zone".to_owned(),
            });
        };
        let name = RecordName::from_api(zone.name()).map_err(|error| Route53Error::Strange {
            call: Call::GetHostedZone,
            detail: format!(
                "the zone's name \"{}\" cannot be read: {error}",
                zone.name()
            ),
        })?;
        if !self.settings.record_name.is_within(&name) {
            return Err(Route53Error::NameOutsideZone {
                record: self.settings.record_name.clone(),
                zone_id: zone_id.clone(),
                zone: name,
            });
        }
        if zone
            .config()
            .is_some_and(aws_sdk_route53::types::HostedZoneConfig::private_zone)
            && !self.settings.own_name_servers
        {
            return Err(Route53Error::PrivateZone {
                zone_id: zone_id.clone(),
                zone: name,
            });
        }
        let name_servers = answer
            .delegation_set()
            .map(|set| set.name_servers().to_vec())
            .unwrap_or_default();
        Ok(Zone { name, name_servers })
    }

    /// Reads every record set at the record's name and picks the weighted group.
    ///
    /// # Errors
    /// What is wrong, with its cure.
    pub async fn group(&self) -> Result<WeightedGroup, Route53Error> {
        let settings = &self.settings;
        let mut listings = Listings::new();
        loop {
            let name = &settings.record_name;
            match group::walk(name, settings.record_type, &settings.zone_id, &listings)? {
                Walk::Done(record_type, nodes) => {
                    return Ok(tree::group(name, record_type, &nodes, &Checks::new()));
                }
                Walk::Needs(names) => {
                    for name in names {
                        let listed = self.list(&name).await?;
                        listings.insert(name, listed);
                    }
                }
            }
        }
    }

    fn failed<E>(&self, call: Call, error: &SdkError<E, HttpResponse>) -> Route53Error
    where
        E: ProvideErrorMetadata + RequestId + Error + 'static,
    {
        Route53Error::from_sdk(
            call,
            &self.settings.zone_id,
            self.endpoint.as_deref(),
            error,
        )
    }

    /// Follows the pages with all three continuation fields and stops where the name changes.
    async fn list(&self, wanted: &RecordName) -> Result<Vec<Listed>, Route53Error> {
        let zone_id = &self.settings.zone_id;
        let strange = |detail: String| Route53Error::Strange {
            call: Call::ListResourceRecordSets,
            detail,
        };
        let mut listed = Vec::new();
        let mut start = Start {
            name: wanted.to_api(),
            record_type: None,
            identifier: None,
        };
        for _ in 0..MOST_PAGES {
            let page = self
                .client
                .list_resource_record_sets()
                .hosted_zone_id(zone_id)
                .start_record_name(&start.name)
                .set_start_record_type(start.record_type.clone())
                .set_start_record_identifier(start.identifier.clone())
                .max_items(PAGE)
                .send()
                .await
                .map_err(|error| self.failed(Call::ListResourceRecordSets, &error))?;
            for set in page.resource_record_sets() {
                // A name that cannot be read is not the one that was asked for.
                if RecordName::from_api(set.name()).as_ref() == Ok(wanted) {
                    listed.push(Listed::from_api(set));
                }
            }
            if !page.is_truncated() {
                return Ok(listed);
            }
            let Some(next) = page.next_record_name() else {
                return Err(strange(
                    "the list is cut off and does not say where it goes on".to_owned(),
                ));
            };
            if RecordName::from_api(next).as_ref() != Ok(wanted) {
                return Ok(listed);
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

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    name: String,
    record_type: Option<RrType>,
    identifier: Option<String>,
}

/// Reads the group every so often until it is stopped. A failure leaves the last declaration in force.
pub async fn poll(
    mut route53: Route53,
    tally: Arc<Tally>,
    every: Duration,
    stop: CancellationToken,
) {
    // The question on the wire stays the same, so the type that was found at the start does too.
    route53.settings.record_type = Some(tally.current().group.record_type);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(every) => {}
        }
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = route53.group() => result,
        };
        let now = clock::wall();
        match result {
            Ok(group) => {
                tally.record_poll(now);
                tally.configure(group, now);
            }
            Err(error) => {
                tally.record_poll_failure(now, &error.to_string());
            }
        }
    }
}
