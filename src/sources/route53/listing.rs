//! The record sets at one name, page by page.

use std::time::Duration;

use aws_sdk_route53::types::RrType;

use super::api::{Api, Throttling};
use super::error::{Call, Route53Error};
use super::group::{Listed, Listings};
use crate::model::name::RecordName;

/// As many record sets as the API gives at once.
const PAGE: i32 = 300;
/// More pages than a hundred weighted sets of every type at one name can fill mean that paging goes in circles.
const MOST_PAGES: usize = 50;
/// Longer than any number of pages that one name can fill takes, each in its turn.
const LONGEST: Duration = Duration::from_secs(20);

/// What a page, or several, have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Listing {
    /// All at the wanted name.
    pub wanted: Vec<Listed>,
    /// What came along whole: the names after it.
    pub others: Listings,
    /// The first of those, whole or not.
    pub next: Option<RecordName>,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Start {
    name: String,
    record_type: Option<RrType>,
    identifier: Option<String>,
}

impl Api {
    /// Lists the record sets at one name, within bounds of pages and time.
    pub(super) async fn list(
        &self,
        zone_id: &str,
        wanted: &RecordName,
        throttling: Throttling,
    ) -> Result<Listing, Route53Error> {
        let listing = self.follow_pages(zone_id, wanted, throttling);
        let listed = tokio::time::timeout(LONGEST, listing).await;
        listed.unwrap_or_else(|_| {
            Err(strange(format!(
                "the record sets of {wanted} have not come within {} s",
                LONGEST.as_secs()
            )))
        })
    }

    /// Follows the pages with all three continuation fields and stops where the name changes.
    async fn follow_pages(
        &self,
        zone_id: &str,
        wanted: &RecordName,
        throttling: Throttling,
    ) -> Result<Listing, Route53Error> {
        let mut listing = Listing::default();
        let mut start = Start {
            name: wanted.to_api(),
            record_type: None,
            identifier: None,
        };
        for _ in 0..MOST_PAGES {
            let page = self
                .call(
                    Call::ListResourceRecordSets,
                    zone_id,
                    throttling,
                    |client| {
                        client
                            .list_resource_record_sets()
                            .hosted_zone_id(zone_id)
                            .start_record_name(&start.name)
                            .set_start_record_type(start.record_type.clone())
                            .set_start_record_identifier(start.identifier.clone())
                            .max_items(PAGE)
                            .send()
                    },
                )
                .await?;
            for set in page.resource_record_sets() {
                // A name that cannot be read is not the one that was asked for.
                let Ok(name) = RecordName::from_api(set.name()) else {
                    continue;
                };
                if name == *wanted {
                    listing
                        .wanted
                        .push(Listed::from_api(set, self.unknown_elements()));
                } else {
                    listing.next.get_or_insert_with(|| name.clone());
                    let others = listing.others.entry(name).or_default();
                    others.push(Listed::from_api(set, self.unknown_elements()));
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

fn strange(detail: String) -> Route53Error {
    Route53Error::BadAnswer {
        call: Call::ListResourceRecordSets,
        detail,
    }
}
