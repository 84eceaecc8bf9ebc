//! What Route 53's checkers say about health checks. Optional: without the permission every check counts as healthy.

use aws_sdk_route53::types::{HealthCheckConfig, HealthCheckObservation, HealthCheckType};

use super::api::Throttling;
use super::error::{Call, Route53Error};
use super::reader::RecordReader;
use crate::model::health::Health;

/// An endpoint is healthy while more than this share of the checkers say so (Developer Guide, "How Route 53 determines
/// whether a health check is healthy"; AWS may change the figure).
const THRESHOLD: f64 = 0.18;

/// What a check's settings say about reading its status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct Kind {
    /// Route 53 takes the opposite of what the checkers see.
    inverted: bool,
    /// It counts as healthy (or, inverted, as unhealthy) without being checked.
    disabled: bool,
    /// Its status does not come from checkers: other checks, or a switch.
    unreadable: bool,
}

impl Kind {
    fn of(config: &HealthCheckConfig) -> Self {
        Self {
            inverted: config.inverted().unwrap_or_default(),
            disabled: config.disabled().unwrap_or_default(),
            unreadable: matches!(
                config.r#type(),
                HealthCheckType::Calculated | HealthCheckType::RecoveryControl
            ),
        }
    }

    /// What is known without asking for a status.
    pub(super) fn known(self) -> Option<Health> {
        if self.disabled {
            Some(self.seen_as(Health::Healthy))
        } else {
            self.unreadable.then_some(Health::Unknown)
        }
    }

    fn seen_as(self, health: Health) -> Health {
        match (self.inverted, health) {
            (true, Health::Healthy) => Health::Unhealthy,
            (true, Health::Unhealthy) => Health::Healthy,
            (_, health) => health,
        }
    }

    fn judge(self, reports: &[String]) -> Health {
        if reports.is_empty() {
            return Health::Unknown;
        }
        let successes = reports
            .iter()
            .filter(|report| report.starts_with("Success"));
        let threshold = THRESHOLD * f64::from(u32::try_from(reports.len()).unwrap_or(u32::MAX));
        let successes = f64::from(u32::try_from(successes.count()).unwrap_or(u32::MAX));
        self.seen_as(if successes > threshold {
            Health::Healthy
        } else {
            Health::Unhealthy
        })
    }
}

impl RecordReader {
    /// What is known about a health check now.
    ///
    /// # Errors
    /// If it cannot be read; the permission is not one that measuring needs.
    pub async fn health(&self, id: &str) -> Result<Health, Route53Error> {
        let kind = self.health_kind(id).await?;
        match kind.known() {
            Some(health) => Ok(health),
            None => self.health_status(id, kind).await,
        }
    }

    /// How a check's status has to be read.
    pub(super) async fn health_kind(&self, id: &str) -> Result<Kind, Route53Error> {
        let zone_id = self.zone_id();
        let answer = self
            .api()
            .call(Call::GetHealthCheck, zone_id, Throttling::Leave, |client| {
                client.get_health_check().health_check_id(id).send()
            })
            .await?;
        let config = answer
            .health_check()
            .and_then(|check| check.health_check_config());
        Ok(config.map(Kind::of).unwrap_or_default())
    }

    /// What the checkers say about a check now.
    pub(super) async fn health_status(&self, id: &str, kind: Kind) -> Result<Health, Route53Error> {
        let zone_id = self.zone_id();
        let answer = self
            .api()
            .call(
                Call::GetHealthCheckStatus,
                zone_id,
                Throttling::Leave,
                |client| client.get_health_check_status().health_check_id(id).send(),
            )
            .await?;
        let report = |observation: &HealthCheckObservation| {
            let status = observation.status_report()?.status()?;
            Some(status.to_owned())
        };
        let reports: Vec<String> = answer
            .health_check_observations()
            .iter()
            .filter_map(report)
            .collect();
        Ok(kind.judge(&reports))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reports(successes: usize, failures: usize) -> Vec<String> {
        let success = "Success: HTTP Status Code 200, OK".to_owned();
        let failure = "Failure: Connection timed out".to_owned();
        [vec![success; successes], vec![failure; failures]].concat()
    }

    #[test]
    fn more_than_eighteen_percent_of_the_checkers_make_it_healthy() {
        let kind = Kind::default();
        assert_eq!(kind.judge(&reports(16, 0)), Health::Healthy);
        assert_eq!(kind.judge(&reports(3, 13)), Health::Healthy);
        assert_eq!(kind.judge(&reports(2, 14)), Health::Unhealthy);
        assert_eq!(
            kind.judge(&reports(9, 41)),
            Health::Unhealthy,
            "18 % is not more"
        );
        assert_eq!(kind.judge(&reports(0, 16)), Health::Unhealthy);
        assert_eq!(kind.judge(&[]), Health::Unknown, "no data yet");
    }

    #[test]
    fn inverted_disabled_and_unreadable_checks() {
        let inverted = Kind {
            inverted: true,
            ..Kind::default()
        };
        assert_eq!(inverted.judge(&reports(16, 0)), Health::Unhealthy);
        assert_eq!(inverted.judge(&reports(0, 16)), Health::Healthy);
        assert_eq!(inverted.judge(&[]), Health::Unknown);
        assert_eq!(inverted.known(), None);
        let disabled = |inverted| Kind {
            disabled: true,
            inverted,
            ..Kind::default()
        };
        assert_eq!(disabled(false).known(), Some(Health::Healthy));
        assert_eq!(disabled(true).known(), Some(Health::Unhealthy));
        let calculated = Kind {
            unreadable: true,
            ..Kind::default()
        };
        assert_eq!(calculated.known(), Some(Health::Unknown));
    }
}
