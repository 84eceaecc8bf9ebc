//! Record sets as the zone declares them, with all that is needed to write them again: what undoing a change has to restore.

use super::words::words;

words! {
    /// The tools by which a zone is changed, as far as changes are told in their words.
    #[derive(Default)]
    pub enum Iac {
        /// The AWS CLI.
        #[default]
        Cli = "cli",
        /// Terraform.
        Terraform = "terraform",
    }
}

/// How a change is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tool {
    /// In whose words.
    pub iac: Iac,
    /// The profile of AWS that was named to us.
    pub profile: Option<String>,
    /// The address of the API, where it is not the usual one.
    pub api_url: Option<String>,
}

/// One record set, in the words of the API: nothing is read into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredSet {
    /// The name with its escapes and its last dot.
    pub name: String,
    /// The type.
    pub record_type: String,
    /// What tells it from its siblings; a simple record has none.
    pub identifier: Option<String>,
    /// Only a weighted record set has one.
    pub weight: Option<i64>,
    /// In seconds; an alias has none.
    pub ttl: Option<i64>,
    /// The values as they stand.
    pub values: Vec<String>,
    /// What it is an alias of.
    pub alias: Option<DeclaredAlias>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
    /// The names of whatever else the API told of it: what is written without that would be another record set.
    pub others: Vec<String>,
}

/// The target of an alias, in the words of the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredAlias {
    /// The hosted zone of the target.
    pub hosted_zone_id: String,
    /// The name of the target.
    pub dns_name: String,
    /// Whether the health of the target counts.
    pub evaluate_target_health: bool,
}

impl DeclaredSet {
    /// Whether both are the same record set, whatever it holds: the API knows it by these.
    pub fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.record_type == other.record_type
            && self.identifier == other.identifier
    }
}
