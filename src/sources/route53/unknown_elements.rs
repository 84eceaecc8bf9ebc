//! Elements of record sets that the SDK does not know and passes over without a word. Whoever writes such a record set
//! again from what the SDK tells would lose them, so their names are kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use aws_sdk_route53::config::interceptors::AfterDeserializationInterceptorContextRef;
use aws_sdk_route53::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_route53::error::BoxError;
use aws_sdk_route53::types::ResourceRecordSet;
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::tally::locked;

/// The element around each record set.
const SET: &str = "ResourceRecordSet";
/// The elements of a record set that the SDK knows, each with those that it may hold.
const KNOWN: [(&str, &[&str]); 15] = [
    ("Name", &[]),
    ("Type", &[]),
    ("SetIdentifier", &[]),
    ("Weight", &[]),
    ("Region", &[]),
    (
        "GeoLocation",
        &["ContinentCode", "CountryCode", "SubdivisionCode"],
    ),
    ("Failover", &[]),
    ("MultiValueAnswer", &[]),
    ("TTL", &[]),
    ("ResourceRecords", &["ResourceRecord", "Value"]),
    (
        "AliasTarget",
        &["HostedZoneId", "DNSName", "EvaluateTargetHealth"],
    ),
    ("HealthCheckId", &[]),
    ("TrafficPolicyInstanceId", &[]),
    ("CidrRoutingConfig", &["CollectionId", "LocationName"]),
    (
        "GeoProximityLocation",
        &[
            "AWSRegion",
            "LocalZoneGroup",
            "Coordinates",
            "Latitude",
            "Longitude",
            "Bias",
        ],
    ),
];
/// More record sets with unknown elements than any name has.
const MOST: usize = 1_000;

/// By what the API knows a record set: name, type, set identifier.
type Key = (String, String, Option<String>);

/// Listens to the answers of a client; its clones know what it has heard.
#[derive(Clone, Debug, Default)]
pub struct UnknownElements(Arc<Mutex<BTreeMap<Key, Vec<String>>>>);

impl UnknownElements {
    /// The names of the elements that the last listing of a record set held and the SDK does not know.
    pub(super) fn of(&self, set: &ResourceRecordSet) -> Vec<String> {
        let key = (
            set.name().to_owned(),
            set.r#type().as_str().to_owned(),
            set.set_identifier().map(str::to_owned),
        );
        locked(&self.0).get(&key).cloned().unwrap_or_default()
    }

    fn hear(&self, body: &[u8]) {
        let Ok(body) = std::str::from_utf8(body) else {
            return;
        };
        let mut known = locked(&self.0);
        for (key, unknown) in record_sets(body) {
            if unknown.is_empty() {
                known.remove(&key);
            } else if known.len() < MOST || known.contains_key(&key) {
                known.insert(key, unknown);
            }
        }
    }
}

impl Intercept for UnknownElements {
    fn name(&self) -> &'static str {
        "UnknownElements"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(body) = context.response().body().bytes() {
            self.hear(body);
        }
        Ok(())
    }
}

/// Every record set of an answer, with the names of its unknown elements. An answer that cannot be read to its end is the
/// SDK's to complain about.
fn record_sets(body: &str) -> Vec<(Key, Vec<String>)> {
    let mut reader = Reader::from_str(body);
    let mut sets = Vec::new();
    let mut path: Vec<String> = Vec::new();
    let mut key = Key::default();
    let mut unknown: Vec<String> = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                let name = start.local_name().as_ref().to_owned();
                note(&path, &name, &mut unknown);
                path.push(name);
            }
            // What holds nothing has no end of its own.
            Ok(Event::Empty(start)) => note(&path, start.local_name().as_ref(), &mut unknown),
            Ok(Event::Text(text)) => {
                add(&path, &text.xml10_content(), &mut key);
            }
            Ok(Event::GeneralRef(reference)) => {
                let name = reference.xml10_content();
                let character = reference.resolve_char_ref().ok().flatten();
                let character = character.map(String::from).or_else(|| {
                    quick_xml::escape::resolve_predefined_entity(&name).map(str::to_owned)
                });
                add(&path, &character.unwrap_or_default(), &mut key);
            }
            Ok(Event::End(_)) => {
                if path.pop().as_deref() == Some(SET) {
                    sets.push((std::mem::take(&mut key), std::mem::take(&mut unknown)));
                }
            }
            Ok(Event::Eof) | Err(_) => return sets,
            Ok(_) => {}
        }
    }
}

/// The elements around the present one, from within the record set on.
fn inside(path: &[String]) -> Option<&[String]> {
    let place = path.iter().position(|name| name == SET)?;
    Some(&path[place + 1..])
}

/// Notes an element below these if nobody knows it.
fn note(path: &[String], name: &str, unknown: &mut Vec<String>) {
    let Some(around) = inside(path) else {
        return;
    };
    let is_known = match around {
        [] => KNOWN.iter().any(|(known, _)| *known == name),
        [first, ..] => {
            let mut known = KNOWN.iter().filter(|(known, _)| known == first);
            // What stands in an unknown one is told by that one.
            known.next().is_none_or(|(_, below)| below.contains(&name))
        }
    };
    if !is_known && !unknown.iter().any(|known| known == name) {
        unknown.push(name.to_owned());
    }
}

/// Takes a piece of text to what it tells the record set by.
fn add(path: &[String], text: &str, key: &mut Key) {
    match inside(path) {
        Some([only]) if only == "Name" => key.0.push_str(text),
        Some([only]) if only == "Type" => key.1.push_str(text),
        Some([only]) if only == "SetIdentifier" => {
            key.2.get_or_insert_default().push_str(text);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sets: &str) -> Vec<(Key, Vec<String>)> {
        let head = "<?xml version=\"1.0\"?>\n<ListResourceRecordSetsResponse xmlns=\"https://x/\"><ResourceRecordSets>";
        record_sets(&format!(
            "{head}{sets}</ResourceRecordSets><IsTruncated>false</IsTruncated></ListResourceRecordSetsResponse>"
        ))
    }

    #[test]
    fn what_the_sdk_knows_is_not_unknown_and_the_rest_is_told_by_its_name() {
        let plain = "<ResourceRecordSet><Name>\\052.a.test.</Name><Type>A</Type><SetIdentifier>a &amp; &#98;</SetIdentifier>\
                     <Weight>1</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord>\
                     </ResourceRecords><HealthCheckId/></ResourceRecordSet>";
        let new = "<ResourceRecordSet><Name>b.test.</Name><Type>A</Type><AliasTarget><HostedZoneId>Z</HostedZoneId><Mood>x</Mood>\
                   </AliasTarget><Tomorrow><Deep/></Tomorrow><Later/></ResourceRecordSet>";
        let key = |name: &str, identifier: Option<&str>| {
            let identifier = identifier.map(str::to_owned);
            (name.to_owned(), "A".to_owned(), identifier)
        };
        let unknown = ["Mood", "Tomorrow", "Later"].map(str::to_owned);
        assert_eq!(
            told(&format!("{plain}{new}")),
            [
                (key("\\052.a.test.", Some("a & b")), vec![]),
                (key("b.test.", None), unknown.to_vec())
            ]
        );
    }

    #[test]
    fn what_is_no_longer_told_is_forgotten() {
        let elements = UnknownElements::default();
        let set = |more: &str| {
            let text = format!(
                "<r><ResourceRecordSet><Name>b.</Name><Type>A</Type>{more}</ResourceRecordSet></r>"
            );
            elements.hear(text.as_bytes());
            let set = ResourceRecordSet::builder().name("b.");
            let set = set.r#type(aws_sdk_route53::types::RrType::A).build();
            elements.of(&set.expect("name and type are there"))
        };
        assert_eq!(set("<New/>"), ["New"]);
        assert_eq!(set(""), [""; 0]);
    }

    #[test]
    fn an_answer_that_is_no_xml_is_left_to_the_sdk() {
        assert_eq!(record_sets("<a><ResourceRecordSet><Name>"), []);
        assert_eq!(record_sets("not at all <<< &"), []);
    }
}
