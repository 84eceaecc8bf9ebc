//! What is known about the health of record sets, by the id of the health check.

use std::collections::BTreeMap;

/// What Route 53's checkers say about one health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// More of them than the threshold see it healthy.
    Healthy,
    /// They do not.
    Unhealthy,
    /// They cannot be asked; such a check counts as healthy.
    Unknown,
}

/// What is known about every health check; one that is missing is unknown.
pub type Checks = BTreeMap<String, Health>;

/// The health of one record set, for the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SetHealth {
    /// No health check and no target whose health would count: always healthy.
    #[default]
    NotChecked,
    /// Its check says so.
    Healthy,
    /// Its check says so, or nothing that it points to is healthy.
    Unhealthy,
    /// It has a check that could not be read, and is assumed to be healthy.
    Assumed,
    /// `EvaluateTargetHealth` on a target outside the zone: the Route 53 API does not tell the outcome.
    TargetUnknown,
}

impl SetHealth {
    /// The word in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotChecked => "not_checked",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Assumed => "assumed",
            Self::TargetUnknown => "target_unknown",
        }
    }

    /// Whether Route 53 may answer with the set, as far as is known.
    pub fn counts_as_healthy(self) -> bool {
        self != Self::Unhealthy
    }
}
