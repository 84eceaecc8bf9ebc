//! What a `ChangeResourceRecordSets` call wants to change. Only weights can be: what else a change holds has to be as it is.
//! Everything is looked at before anything is changed.

use std::collections::BTreeSet;

use axum::http::StatusCode;

use super::super::listing::{Content, Entry};
use super::super::names;
use super::super::story::Policy;
use super::super::xml::Element;
use super::error::ApiError;
use super::{Api, HostedZone};

/// One change of a batch, as it was written.
struct Wanted<'request> {
    action: &'request str,
    name: &'request str,
    record_type: &'request str,
    identifier: Option<&'request str>,
    set: &'request Element,
}

impl Wanted<'_> {
    /// As AWS tells which change it means.
    fn place(&self) -> String {
        let identifier = self.identifier.unwrap_or("null");
        format!(
            "Change with [Action={}, Name={}, Type={}, SetIdentifier={identifier}]",
            self.action, self.name, self.record_type
        )
    }

    /// As AWS tells which record set it means.
    fn record_set(&self) -> String {
        let (name, record_type) = (names::api_form(self.name), self.record_type);
        let identifier = self.identifier.map(|it| format!(", set identifier='{it}'"));
        let identifier = identifier.unwrap_or_default();
        format!("resource record set [name='{name}', type='{record_type}'{identifier}]")
    }

    fn is(&self, entry: &Entry) -> bool {
        entry.name == names::api_form(self.name)
            && entry.record_type == self.record_type
            && entry.identifier.as_deref() == self.identifier
    }
}

impl Api {
    /// The new weights, by position in the story; or why not one of the changes is made.
    pub(super) fn weights_wanted(
        &self,
        zone: &HostedZone,
        body: &[u8],
    ) -> Result<Vec<(usize, u8)>, ApiError> {
        let malformed =
            |what: String| ApiError::new(StatusCode::BAD_REQUEST, "MalformedInput", what);
        let text = std::str::from_utf8(body).map_err(|error| malformed(error.to_string()))?;
        let request = Element::read(text).map_err(malformed)?;
        let batch = request.get("ChangeBatch");
        let changes = batch.and_then(|batch| batch.get("Changes"));
        let changes = changes.map(|changes| changes.content.as_slice());
        let changes = changes.unwrap_or_default();
        if request.name != "ChangeResourceRecordSetsRequest" || changes.is_empty() {
            return Err(invalid_xml(
                "ChangeBatch and in it one Change at least are expected",
            ));
        }
        let wanted: Vec<Wanted<'_>> = changes.iter().map(wanted).collect::<Result<_, _>>()?;
        let mut weights = Vec::new();
        let mut problems = Vec::new();
        let mut seen = BTreeSet::new();
        for change in &wanted {
            let weight = weight_of(change)?;
            check_values(change)?;
            self.check_health_check(change)?;
            let name = names::api_form(change.name);
            if !seen.insert((name.clone(), change.record_type, change.identifier)) {
                problems.push(format!(
                    "The request contains an invalid set of changes for a resource record set '{} {name}'",
                    change.record_type
                ));
                continue;
            }
            match self.position(zone, change) {
                Ok(set) => weights.extend(Some(set).zip(weight)),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() {
            Ok(weights)
        } else {
            Err(ApiError::invalid_batch(&problems))
        }
    }

    /// The set whose weight a change may set, by position in the story.
    fn position(&self, zone: &HostedZone, change: &Wanted<'_>) -> Result<usize, String> {
        let name = names::api_form(change.name);
        if !names::is_inside(name.trim_end_matches('.'), zone.name.trim_end_matches('.')) {
            return Err(format!(
                "RRSet with DNS name {name} is not permitted in zone {}",
                zone.name
            ));
        }
        let entry = zone.entries.iter().find(|entry| change.is(entry));
        let set = change.record_set();
        let only = |what: &str| {
            Err(format!(
                "The simulated Route 53 changes weights only, and {what} {set}"
            ))
        };
        match (change.action, entry) {
            ("CREATE", Some(_)) => Err(format!("Tried to create {set} but it already exists")),
            ("DELETE", None) => Err(format!("Tried to delete {set} but it was not found")),
            ("DELETE", Some(_)) => only("does not delete the"),
            (_, None) => only("has no"),
            (_, Some(entry)) => match entry.set {
                Some(place) if self.world.story().group_of(place).policy == Policy::Weighted => {
                    match self.other_than(entry, place, change.set) {
                        None => Ok(place),
                        Some(element) => only(&format!("{element} is not that of the")),
                    }
                }
                _ => only("there is none in the"),
            },
        }
    }

    /// The element besides the weight that is not as it stands in the zone.
    fn other_than(&self, entry: &Entry, place: usize, set: &Element) -> Option<&'static str> {
        let check = self.world.story().sets[place].health_check.as_ref();
        if set.text_of("HealthCheckId") != check.map(|check| check.id.as_str()) {
            return Some("HealthCheckId");
        }
        match &entry.content {
            Content::Values { ttl, values } => {
                let given: BTreeSet<&str> = values_of(set).collect();
                let held: BTreeSet<&str> = values.iter().map(String::as_str).collect();
                if set.text_of("TTL") != Some(ttl.to_string().as_str()) {
                    return Some("TTL");
                }
                (given != held).then_some("ResourceRecords")
            }
            Content::Alias {
                hosted_zone_id,
                dns_name,
                evaluate_health,
            } => {
                let alias = set.get("AliasTarget");
                let text = |name| {
                    alias
                        .and_then(|alias| alias.text_of(name))
                        .unwrap_or_default()
                };
                let same = text("HostedZoneId") == hosted_zone_id
                    && names::api_form(text("DNSName")) == *dns_name
                    && text("EvaluateTargetHealth") == evaluate_health.to_string();
                (!same).then_some("AliasTarget")
            }
        }
    }

    fn check_health_check(&self, change: &Wanted<'_>) -> Result<(), ApiError> {
        let id = change.set.text_of("HealthCheckId");
        id.map_or(Ok(()), |id| self.health_check(id).map(|_| ()))
    }
}

/// Reads one change as far as AWS does before it looks at the zone.
fn wanted(change: &Element) -> Result<Wanted<'_>, ApiError> {
    let set = change.get("ResourceRecordSet");
    let (Some(action), Some(set)) = (change.text_of("Action"), set) else {
        return Err(invalid_xml("a Change holds Action and ResourceRecordSet"));
    };
    if !matches!(action, "CREATE" | "DELETE" | "UPSERT") {
        return Err(invalid_xml(&format!(
            "Value '{action}' is not facet-valid with respect to enumeration '[CREATE, DELETE, UPSERT]'"
        )));
    }
    let (Some(name), Some(record_type)) = (set.text_of("Name"), set.text_of("Type")) else {
        return Err(invalid_xml("a ResourceRecordSet holds Name and Type"));
    };
    Ok(Wanted {
        action,
        name,
        record_type,
        identifier: set.text_of("SetIdentifier"),
        set,
    })
}

fn weight_of(change: &Wanted<'_>) -> Result<Option<u8>, ApiError> {
    let Some(text) = change.set.text_of("Weight") else {
        return match change.identifier {
            None => Ok(None),
            Some(_) => Err(ApiError::invalid_input(format!(
                "Invalid request: Missing field 'Weight', 'Region', 'GeoLocation' or 'Failover' in {}",
                change.place()
            ))),
        };
    };
    let weight = text.parse().map_err(|_| {
        invalid_xml(&format!(
            "Value '{text}' is not facet-valid with respect to maxInclusive '255.0' for type 'ResourceRecordSetWeight'"
        ))
    })?;
    if change.identifier.is_none() {
        return Err(ApiError::invalid_input(format!(
            "Invalid request: Missing field 'SetIdentifier' in {}",
            change.place()
        )));
    }
    Ok(Some(weight))
}

/// A record set has values and how long they may be kept, or a target that has both.
fn check_values(change: &Wanted<'_>) -> Result<(), ApiError> {
    let set = change.set;
    let has_alias = set.get("AliasTarget").is_some();
    let has_values = values_of(set).next().is_some();
    let has_ttl = set.get("TTL").is_some();
    let found = match (has_alias, has_values, has_ttl) {
        (true, false, false) | (false, true, true) => return Ok(()),
        (true, ..) => "found more than one",
        (false, ..) => "found none",
    };
    Err(ApiError::invalid_input(format!(
        "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but {found} in {}",
        change.place()
    )))
}

fn values_of(set: &Element) -> impl Iterator<Item = &str> {
    let records = set.get("ResourceRecords").into_iter();
    let records = records.flat_map(|records| &records.content);
    records.filter_map(|record| record.text_of("Value"))
}

fn invalid_xml(what: &str) -> ApiError {
    ApiError::invalid_input(format!("Invalid XML ; {what}."))
}
