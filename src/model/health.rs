//! What is known about the health of record sets, by the id of the health check.

use std::collections::BTreeMap;

use super::language::{Phrase, phrase};
use super::words::words;

/// What Route 53's checkers say about one health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// More of them than the threshold see it healthy.
    Healthy,
    /// They do not.
    Unhealthy,
    /// It was tried to read it, in vain; such a check counts as healthy.
    Unknown,
    /// There is no status to read; such a check counts as healthy.
    NoStatus(NoStatus),
}

words! {
    /// Why a health check has no status that could be read.
    #[derive(PartialOrd, Ord)]
    pub enum NoStatus {
        /// It follows a routing control (`RECOVERY_CONTROL`), and the Route 53 API does not tell how that stands.
        RoutingControl = "routing_control",
        /// Its `CloudWatch` alarm has no data, so its last status counts, which the API does not tell.
        NoMetricData = "no_metric_data",
        /// It is calculated from checks of which so many are not known that it cannot be told.
        Calculated = "calculated",
        /// It is new: no checker has reported yet.
        NoReport = "no_report",
    }
}

impl NoStatus {
    /// The reason, for a sentence whose subject is the check. It stands here because checks and views both tell it.
    pub fn reason(self) -> Phrase {
        match self {
            Self::RoutingControl => phrase(
                "it follows a routing control, whose state the Route 53 API does not tell",
                "라우팅 제어를 따르며, 그 상태는 Route 53 API로 알 수 없다",
            ),
            Self::NoMetricData => phrase(
                "its CloudWatch alarm has no data, so its last status counts, which the API does not tell",
                "CloudWatch 경보에 데이터가 없어 마지막 상태가 적용되며, 그 상태는 API로 알 수 없다",
            ),
            Self::Calculated => phrase(
                "it is calculated from checks that have no status to read either",
                "역시 읽을 상태가 없는 상태 확인들로 계산된다",
            ),
            Self::NoReport => phrase(
                "no checker has reported yet",
                "아직 보고한 확인 서버가 없다",
            ),
        }
    }
}

/// What is known about every health check; one that is missing has not been read yet.
pub type Checks = BTreeMap<String, Health>;

/// How far the first reading of all health checks of a record has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChecksRead {
    /// So many were read, or it was tried.
    pub read: usize,
    /// So many there are.
    pub all: usize,
}

impl ChecksRead {
    /// Whether some were not read yet.
    pub fn is_partial(self) -> bool {
        self.read < self.all
    }
}

/// The health of one record set, for the reader, from the best to the worst: of several in a branch the best counts, of a
/// record set's own and that of its target the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum SetHealth {
    /// No health check and no target whose health would count: always healthy.
    #[default]
    NotChecked,
    /// Its check says so.
    Healthy,
    /// It has a check that was not read yet.
    NotRead,
    /// It has a check that could not be read, and is assumed to be healthy.
    Assumed,
    /// It has a check that has no status to read, and is assumed to be healthy.
    NoStatus(NoStatus),
    /// `EvaluateTargetHealth` on a target outside the zone: the Route 53 API does not tell the outcome.
    TargetUnknown,
    /// Its check says so, or nothing that it points to is healthy.
    Unhealthy,
}

impl From<Health> for SetHealth {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Healthy,
            Health::Unhealthy => Self::Unhealthy,
            Health::Unknown => Self::Assumed,
            Health::NoStatus(why) => Self::NoStatus(why),
        }
    }
}

impl SetHealth {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotChecked => "not_checked",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Assumed => "assumed",
            Self::NotRead => "not_read_yet",
            Self::NoStatus(_) => "no_status",
            Self::TargetUnknown => "target_unknown",
        }
    }

    /// Why its check has no status to read.
    pub fn no_status(self) -> Option<NoStatus> {
        match self {
            Self::NoStatus(why) => Some(why),
            _ => None,
        }
    }

    /// Whether Route 53 may answer with the set, as far as is known.
    pub fn counts_as_healthy(self) -> bool {
        self != Self::Unhealthy
    }
}
