//! Reads the zone and the weighted group from the Route 53 API, and reads them again every so often. Only reading calls
//! are ever made: GetHostedZone and ListResourceRecordSets, and, where they are allowed, GetHealthCheck,
//! GetHealthCheckStatus, ListHostedZonesByName and GetChange.

/// From the settings to a client whose credentials have been seen.
pub mod access;
/// How much an answer may hold.
mod answer_size;
/// The client that all calls of a run go through, and its manners.
mod api;
/// Whether an address of the API is Amazon's.
pub mod api_address;
/// What the files and variables of AWS say.
mod aws_values;
/// Whether a change has reached all name servers.
mod change;
/// Why credentials could not be loaded.
mod credentials;
/// How the failures of the SDK become ours.
pub mod error;
/// From the API's record sets to the tree of records that is measured.
pub mod group;
/// What Route 53's checkers say.
pub mod health;
/// Which health check is read when.
mod health_round;
/// The record sets at one name, page by page.
mod listing;
/// Reads everything again every so often.
mod poll;
/// What the zone says about one record.
mod reader;
/// How far our clock is from theirs.
mod server_clock;
/// How often the API may be asked.
mod spacing;
/// What an answer holds that the SDK passes over.
mod unknown_elements;

pub use access::CredentialFacts;
pub use api::Api;
pub use change::{CHANGE_EVERY, follow_change, is_final};
pub use error::Route53Error;
pub use poll::poll;
pub use reader::{Declared, Opened, RecordReader, Rereading, Zone};
