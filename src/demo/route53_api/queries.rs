//! What the queries of API calls ask for, and what is refused about them.

use super::super::listing::Start;
use super::error::ApiError;

/// How many hosted zones a page has at most, and if the caller does not say.
const LARGEST_ZONE_PAGE: usize = 100;
/// How many record sets a page has if the caller does not say.
const USUAL_PAGE: usize = 100;
/// How many record sets a page has at most, whatever the caller says.
const LARGEST_PAGE: usize = 300;
/// The record types that the API knows.
const RECORD_TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV",
    "SSHFP", "SVCB", "TLSA", "TXT",
];

/// What a `ListHostedZonesByName` call asks for.
pub(super) struct ZonesWanted {
    pub(super) name: Option<String>,
    pub(super) id: Option<String>,
    pub(super) max_items: usize,
}

/// Reads the query of a `ListHostedZonesByName` call.
pub(super) fn zones_wanted(query: &str) -> Result<ZonesWanted, ApiError> {
    let mut wanted = ZonesWanted {
        name: None,
        id: None,
        max_items: LARGEST_ZONE_PAGE,
    };
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "dnsname" => wanted.name = Some(value.into_owned()),
            "hostedzoneid" => {
                let id = value.strip_prefix("/hostedzone/").unwrap_or(&value);
                wanted.id = Some(id.to_owned());
            }
            "maxitems" => wanted.max_items = items_wanted(&value)?.min(LARGEST_ZONE_PAGE),
            _ => {}
        }
    }
    if wanted.id.is_some() && wanted.name.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start id needs a start name.",
        ));
    }
    Ok(wanted)
}

fn items_wanted(value: &str) -> Result<usize, ApiError> {
    value
        .parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| {
            ApiError::invalid_input(format!("maxitems {value} is not a positive number"))
        })
}

/// Reads the query of a `ListResourceRecordSets` call.
pub(super) fn page_wanted(query: &str) -> Result<(Start, usize), ApiError> {
    let mut start = Start::default();
    let mut max_items = USUAL_PAGE;
    for (key, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match key.as_ref() {
            "name" => start.name = Some(value.into_owned()),
            "type" if RECORD_TYPES.contains(&value.as_ref()) => {
                start.record_type = Some(value.into_owned());
            }
            "type" => {
                return Err(ApiError::invalid_input(format!(
                    "{value} is not a record type"
                )));
            }
            "identifier" => start.identifier = Some(value.into_owned()),
            "maxitems" => max_items = items_wanted(&value)?,
            // AWS ignores parameters that an operation does not have.
            _ => {}
        }
    }
    if start.record_type.is_some() && start.name.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start type needs a start name.",
        ));
    }
    if start.identifier.is_some() && start.record_type.is_none() {
        return Err(ApiError::invalid_input(
            "The input is not valid: a start identifier needs a start name and a start type.",
        ));
    }
    Ok((start, max_items.min(LARGEST_PAGE)))
}
