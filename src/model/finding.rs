//! What a check of the surroundings has found: credentials, permissions, zone, record, name servers, endpoint.

use std::time::{Duration, SystemTime};

use super::cost::Cost;
use super::language::Both;
use super::name::RecordName;
use super::obstacle::Obstacle;
use super::record::RecordType;
use super::words::words;

words! {
    /// The checks, in the order in which they are shown.
    #[derive(Hash, PartialOrd, Ord)]
    pub enum CheckId {
        /// The settings are complete and none of them is dangerous.
        Settings = "settings",
        /// There are credentials; where from and for how long.
        Credentials = "credentials",
        /// Where the API is, and whether the way there is safe.
        Api = "api",
        /// Our clock and that of AWS.
        Clock = "clock",
        /// The permission to read the zone.
        GetHostedZone = "get-hosted-zone",
        /// The permission to read record sets.
        ListResourceRecordSets = "list-record-sets",
        /// The permission to read health checks (optional).
        GetHealthCheckStatus = "health-status",
        /// The permission to list zones (optional).
        ListHostedZonesByName = "list-zones",
        /// The zone exists and its servers can be asked.
        Zone = "zone",
        /// The record's name lies in the zone.
        Name = "name",
        /// No child zone takes the name over.
        ChildZone = "child-zone",
        /// There is a weighted group.
        Record = "record",
        /// The TTLs in the group.
        Ttl = "ttl",
        /// The answers of the sets can be told apart.
        Pools = "pools",
        /// The world's resolvers are led to the servers of this zone.
        Delegation = "delegation",
        /// Other zones of the same name in the account.
        Twins = "twins",
        /// The name servers answer over UDP.
        Udp = "dns-udp",
        /// The name servers answer over TCP.
        Tcp = "dns-tcp",
        /// They answer for the zone: AA is set.
        Authoritative = "authoritative",
        /// Nobody on the way answers in their place.
        Port53 = "port-53",
        /// The endpoint answers over HTTP at an address of each set.
        Http = "http",
    }
}

words! {
    /// How a check ended.
    #[derive(Hash)]
    pub enum Status {
        /// As it should be.
        Ok = "ok",
        /// Measuring is possible, but something has to be known.
        Warning = "warning",
        /// Measuring is impossible or pointless.
        Failed = "failed",
        /// Could not be looked at.
        Skipped = "skipped",
    }
}

/// What has to be known about a record besides its shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordRemark {
    /// No record has the wanted name; a wildcard answers for it.
    Wildcard {
        /// The name that was asked for.
        wanted: RecordName,
        /// The record that answers.
        wildcard: RecordName,
    },
    /// The records of another type at the same name have other weights.
    OtherType {
        /// The type that is measured.
        measured: RecordType,
        /// The other one.
        other: RecordType,
        /// Its sets and their weights.
        weights: Vec<(String, i64)>,
    },
}

/// What one check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which check.
    pub check: CheckId,
    /// How it ended.
    pub status: Status,
    /// What was found.
    pub what: Both,
    /// What is behind it, where that is known.
    pub cause: Option<Both>,
    /// What to do about it.
    pub cure: Option<Both>,
    /// What has to be known about the record, where it is about that.
    pub remarks: Vec<RecordRemark>,
    /// How long it took.
    pub took: Duration,
}

impl Finding {
    /// One without cause and cure that took no time.
    pub fn new(check: CheckId, status: Status, what: impl Into<Both>) -> Self {
        Self {
            check,
            status,
            what: what.into(),
            cause: None,
            cure: None,
            remarks: Vec::new(),
            took: Duration::ZERO,
        }
    }

    /// As it should be.
    pub fn ok(check: CheckId, what: impl Into<Both>) -> Self {
        Self::new(check, Status::Ok, what)
    }

    /// Something that has to be known.
    pub fn warning(check: CheckId, what: impl Into<Both>) -> Self {
        Self::new(check, Status::Warning, what)
    }

    /// Something that makes measuring impossible.
    pub fn failed(check: CheckId, what: impl Into<Both>) -> Self {
        Self::new(check, Status::Failed, what)
    }

    /// Not looked at, and why.
    pub fn skipped(check: CheckId, why: impl Into<Both>) -> Self {
        Self::new(check, Status::Skipped, why)
    }

    /// Something that stands in the way, as a finding of one check.
    pub fn of(check: CheckId, status: Status, obstacle: impl Into<Obstacle>) -> Self {
        let Obstacle { what, cause, cure } = obstacle.into();
        Self {
            cause,
            cure,
            ..Self::new(check, status, what)
        }
    }

    /// With what is behind it.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<Both>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// With what to do about it.
    #[must_use]
    pub fn cure(mut self, cure: impl Into<Both>) -> Self {
        self.cure = Some(cure.into());
        self
    }

    /// With the time that it took.
    #[must_use]
    pub fn took(mut self, took: Duration) -> Self {
        self.took = took;
        self
    }

    /// All of it in one line, for places that have no more.
    pub fn sentence(&self) -> String {
        Obstacle::from(self.clone()).to_string()
    }
}

impl From<Finding> for Obstacle {
    fn from(finding: Finding) -> Self {
        Self {
            what: finding.what,
            cause: finding.cause,
            cure: finding.cure,
        }
    }
}

/// All that a run of the checks has found.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// The record's name, and its type where that is known.
    pub record: String,
    /// The zone's id.
    pub zone_id: String,
    /// The URL that the record serves.
    pub endpoint: String,
    /// When the checks began.
    pub checked_at: SystemTime,
    /// How long they took all together.
    pub took: Duration,
    /// What measuring would cost, where the record is known and queries for it are billed.
    pub cost: Option<Cost>,
    /// What they found, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl Diagnosis {
    /// How many checks ended in one way.
    pub fn count(&self, status: Status) -> usize {
        let of_status = self.findings.iter();
        of_status.filter(|finding| finding.status == status).count()
    }

    /// The worst of all findings; what was skipped is no finding.
    pub fn status(&self) -> Status {
        [Status::Failed, Status::Warning]
            .into_iter()
            .find(|status| self.count(*status) > 0)
            .unwrap_or(Status::Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_check_stands_once_and_in_order() {
        assert!(CheckId::ALL.is_sorted());
        let names: std::collections::BTreeSet<&str> =
            CheckId::ALL.iter().map(|check| check.as_str()).collect();
        assert_eq!(names.len(), CheckId::ALL.len());
    }

    #[test]
    fn an_obstacle_and_its_finding_say_the_same() {
        let obstacle = Obstacle {
            cause: Some(Both::same("a firewall; it drops TCP")),
            ..Obstacle::new(Both::same("ns-1 refuses TCP; UDP works"))
                .cure(Both::same("open port 53; then try again"))
        };
        let finding = Finding::of(CheckId::Tcp, Status::Warning, obstacle.clone());
        assert_eq!(Obstacle::from(finding), obstacle);
    }
}
