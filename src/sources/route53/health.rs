//! What Route 53's checkers say about health checks. Optional: without the permission every check counts as healthy.

use aws_sdk_route53::types::{
    HealthCheckConfig, HealthCheckObservation, HealthCheckType, InsufficientDataHealthStatus,
};

use super::api::Throttling;
use super::error::{Call, Route53Error};
use super::reader::RecordReader;
use crate::clock::{self, Moment};
use crate::model::health::{Health, NoStatus};
use crate::model::share::as_f64;

/// An endpoint is healthy while more than this share of the checkers say so (Developer Guide, "How Route 53 determines
/// whether a health check is healthy"; AWS may change the figure).
const THRESHOLD: f64 = 0.18;

/// What a check's settings say about reading its status.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Kind {
    /// Route 53 takes the opposite of what it sees.
    inverted: bool,
    /// It counts as healthy (or, inverted, as unhealthy) without being checked.
    disabled: bool,
    source: Source,
}

/// Where the status of a check comes from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
enum Source {
    /// Checkers that look at an endpoint.
    #[default]
    Checkers,
    /// A `CloudWatch` alarm, and what counts while it has no data; `None`: what counted last.
    Alarm { without_data: Option<Health> },
    /// Other checks, of which so many have to be healthy.
    Children { threshold: usize, ids: Vec<String> },
    /// A switch that somebody turns.
    RoutingControl,
}

impl Kind {
    fn of(config: &HealthCheckConfig) -> Self {
        let source = match config.r#type() {
            HealthCheckType::Calculated => Source::Children {
                threshold: usize::try_from(config.health_threshold().unwrap_or_default())
                    .unwrap_or_default(),
                ids: config.child_health_checks().to_vec(),
            },
            HealthCheckType::CloudwatchMetric => Source::Alarm {
                without_data: match config.insufficient_data_health_status() {
                    Some(InsufficientDataHealthStatus::Healthy) => Some(Health::Healthy),
                    Some(InsufficientDataHealthStatus::Unhealthy) => Some(Health::Unhealthy),
                    _ => None,
                },
            },
            HealthCheckType::RecoveryControl => Source::RoutingControl,
            _ => Source::Checkers,
        };
        Self {
            inverted: config.inverted().unwrap_or_default(),
            disabled: config.disabled().unwrap_or_default(),
            source,
        }
    }

    /// What is known without asking for a status.
    fn known(&self) -> Option<Health> {
        if self.disabled {
            return Some(self.seen_as(Health::Healthy));
        }
        matches!(self.source, Source::RoutingControl)
            .then_some(Health::NoStatus(NoStatus::RoutingControl))
    }

    /// The checks that it is calculated from; `None`: it has a status of its own.
    pub(super) fn children(&self) -> Option<&[String]> {
        match &self.source {
            Source::Children { ids, .. } if !self.disabled => Some(ids),
            _ => None,
        }
    }

    /// What is calculated from the health of so many children, in any order. Source: Route 53 API, `HealthThreshold`: with
    /// more than there are children it is always unhealthy, with none always healthy.
    pub(super) fn calculated(&self, children: &[Health]) -> Health {
        let Source::Children { threshold, .. } = &self.source else {
            return Health::Unknown;
        };
        let are = |health| children.iter().filter(|child| **child == health).count();
        let (healthy, unhealthy) = (are(Health::Healthy), are(Health::Unhealthy));
        if healthy >= *threshold {
            self.seen_as(Health::Healthy)
        } else if children.len() - unhealthy < *threshold {
            self.seen_as(Health::Unhealthy)
        } else if children.contains(&Health::Unknown) {
            Health::Unknown
        } else {
            Health::NoStatus(NoStatus::Calculated)
        }
    }

    fn seen_as(&self, health: Health) -> Health {
        match (self.inverted, health) {
            (true, Health::Healthy) => Health::Unhealthy,
            (true, Health::Unhealthy) => Health::Healthy,
            (_, health) => health,
        }
    }

    fn judge(&self, reports: &[String]) -> Health {
        let count = |word| {
            let reports = reports.iter().filter(|report| report.starts_with(word));
            as_f64(reports.count() as u64)
        };
        let (successes, failures) = (count("Success"), count("Failure"));
        if let Source::Alarm { without_data } = self.source
            && successes + failures == 0.0
        {
            let unknown = Health::NoStatus(NoStatus::NoMetricData);
            return without_data.map_or(unknown, |health| self.seen_as(health));
        }
        if reports.is_empty() {
            return Health::NoStatus(NoStatus::NoReport);
        }
        self.seen_as(if successes > THRESHOLD * as_f64(reports.len() as u64) {
            Health::Healthy
        } else {
            Health::Unhealthy
        })
    }
}

/// What one attempt to read a check has brought.
#[derive(Debug)]
pub(super) struct CheckRead {
    pub id: String,
    /// When it was begun.
    pub sent_at: Moment,
    /// How it is read, and whether that was asked for just now.
    pub kind: Option<(Kind, bool)>,
    /// `None` for one that is calculated from others.
    pub status: Result<Option<Health>, Route53Error>,
}

impl RecordReader {
    /// What is known about a health check now. One that is calculated takes a call for each of its children besides.
    ///
    /// # Errors
    /// If it cannot be read; the permission is not one that measuring needs.
    pub async fn health(&self, id: &str) -> Result<Health, Route53Error> {
        let kind = self.health_kind(id, Throttling::Leave).await?;
        let Some(ids) = kind.children() else {
            return self.status_of(id, &kind, Throttling::Leave).await;
        };
        let mut children = Vec::new();
        for id in ids {
            let kind = self.health_kind(id, Throttling::Leave).await?;
            children.push(self.status_of(id, &kind, Throttling::Leave).await?);
        }
        Ok(kind.calculated(&children))
    }

    /// Reads a check. `held` says how, as far as that is known, and whether it has to be asked for again. The first time
    /// it is worth waiting where the API throttles.
    pub(super) async fn read_check(
        self,
        id: String,
        held: Option<(Kind, bool)>,
        throttling: Throttling,
    ) -> CheckRead {
        let sent_at = clock::now();
        let kind = match held {
            Some((kind, false)) => Ok((kind, false)),
            held => {
                let asked = self.health_kind(&id, throttling).await;
                kind_or_guess(asked, held).map(|kind| (kind, true))
            }
        };
        let status = match &kind {
            Ok((kind, _)) if kind.children().is_some() => Ok(None),
            Ok((kind, _)) => self.status_of(&id, kind, throttling).await.map(Some),
            Err(error) => Err(error.clone()),
        };
        CheckRead {
            id,
            sent_at,
            kind: kind.ok(),
            status,
        }
    }

    /// How a check's status has to be read.
    async fn health_kind(&self, id: &str, throttling: Throttling) -> Result<Kind, Route53Error> {
        let zone_id = self.zone_id();
        let answer = self
            .api()
            .call(Call::GetHealthCheck, zone_id, throttling, |client| {
                client.get_health_check().health_check_id(id).send()
            })
            .await?;
        let config = answer
            .health_check()
            .and_then(|check| check.health_check_config());
        Ok(config.map(Kind::of).unwrap_or_default())
    }

    /// The status of a check that is not calculated from others.
    async fn status_of(
        &self,
        id: &str,
        kind: &Kind,
        throttling: Throttling,
    ) -> Result<Health, Route53Error> {
        if kind.children().is_some() {
            // Route 53 calculates from checks of endpoints, alarms and switches only.
            return Ok(Health::NoStatus(NoStatus::Calculated));
        }
        if let Some(known) = kind.known() {
            return Ok(known);
        }
        let zone_id = self.zone_id();
        let answer = self
            .api()
            .call(Call::GetHealthCheckStatus, zone_id, throttling, |client| {
                client.get_health_check_status().health_check_id(id).send()
            })
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

/// Where how a check is read cannot be asked for, what it was is the best guess of what it is, and before that that it is like
/// most checks: neither inverted nor disabled.
fn kind_or_guess(
    asked: Result<Kind, Route53Error>,
    held: Option<(Kind, bool)>,
) -> Result<Kind, Route53Error> {
    match (asked, held) {
        (Ok(kind), _) | (Err(_), Some((kind, _))) => Ok(kind),
        (Err(Route53Error::AccessDenied { .. }), None) => Ok(Kind::default()),
        (Err(error), None) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Kind {
        /// One that is calculated from these.
        pub(in super::super) fn of_children(threshold: usize, ids: &[&str]) -> Self {
            let ids = ids.iter().map(|&id| id.to_owned()).collect();
            Self {
                source: Source::Children { threshold, ids },
                ..Self::default()
            }
        }
    }

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
        let new = Health::NoStatus(NoStatus::NoReport);
        assert_eq!(kind.judge(&[]), new, "no data yet");
    }

    #[test]
    fn inverted_disabled_and_unreadable_checks() {
        let inverted = Kind {
            inverted: true,
            ..Kind::default()
        };
        assert_eq!(inverted.judge(&reports(16, 0)), Health::Unhealthy);
        assert_eq!(inverted.judge(&reports(0, 16)), Health::Healthy);
        assert_eq!(inverted.judge(&[]), Health::NoStatus(NoStatus::NoReport));
        assert_eq!(inverted.known(), None);
        let disabled = |inverted| Kind {
            disabled: true,
            inverted,
            ..Kind::default()
        };
        assert_eq!(disabled(false).known(), Some(Health::Healthy));
        assert_eq!(disabled(true).known(), Some(Health::Unhealthy));
        let switch = Kind {
            source: Source::RoutingControl,
            ..Kind::default()
        };
        let unknown = Health::NoStatus(NoStatus::RoutingControl);
        assert_eq!(switch.known(), Some(unknown));
    }

    #[test]
    fn an_alarm_without_data_counts_as_its_settings_say() {
        let no_data = ["Insufficient data".to_owned()];
        for (without_data, expected) in [
            (Some(Health::Healthy), Health::Healthy),
            (Some(Health::Unhealthy), Health::Unhealthy),
            (None, Health::NoStatus(NoStatus::NoMetricData)),
        ] {
            let alarm = Kind {
                source: Source::Alarm { without_data },
                ..Kind::default()
            };
            assert_eq!(alarm.judge(&[]), expected);
            assert_eq!(alarm.judge(&no_data), expected);
            assert_eq!(alarm.judge(&reports(1, 0)), Health::Healthy);
            assert_eq!(alarm.judge(&reports(0, 1)), Health::Unhealthy);
        }
    }

    #[test]
    fn a_calculated_check_counts_its_children() {
        let (good, bad) = (Health::Healthy, Health::Unhealthy);
        let dark = Health::NoStatus(NoStatus::RoutingControl);
        let of = |threshold, inverted, children: &[Health]| {
            let ids = children.iter().map(|_| String::new()).collect();
            let kind = Kind {
                inverted,
                source: Source::Children { threshold, ids },
                ..Kind::default()
            };
            kind.calculated(children)
        };
        assert_eq!(of(2, false, &[good, good, bad]), good);
        assert_eq!(of(2, false, &[good, bad, bad]), bad);
        assert_eq!(of(2, true, &[good, bad, bad]), good);
        // Those that nobody can tell of decide only where the others do not.
        assert_eq!(of(2, false, &[good, good, dark]), good);
        assert_eq!(of(3, false, &[bad, dark, dark]), bad);
        let unknown = Health::NoStatus(NoStatus::Calculated);
        assert_eq!(of(2, false, &[good, dark]), unknown);
        assert_eq!(of(2, false, &[good, Health::Unknown]), Health::Unknown);
        assert_eq!(of(0, false, &[]), good);
        assert_eq!(of(1, false, &[]), bad);
    }
}
