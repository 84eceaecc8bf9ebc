//! What the API tells besides: child zones, twins, health checks, the clock. Calls keep their distance, so these are made
//! one after the other, in the order of their worth.

use super::group::some;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::health::Health;
use crate::model::tree;
use crate::sources::route53::{Api, Declared, RecordReader, Route53Error, Zone};

/// Half of the difference at which AWS begins to refuse signatures.
const SKEW_TO_TELL: u64 = 120;

/// How far our clock is from that of AWS.
pub fn clock(api: &Api) -> Finding {
    let check = CheckId::Clock;
    let Some(ahead) = api.clock_difference() else {
        return Finding::skipped(check, "Route 53 has not answered, so its clock is unknown");
    };
    let distance = ahead.unsigned_abs();
    let direction = if ahead < 0 { "behind" } else { "ahead of" };
    let what = if distance <= 1 {
        "within a second of the clock of AWS".to_owned()
    } else {
        format!("{distance} s {direction} the clock of AWS")
    };
    if distance < SKEW_TO_TELL {
        return Finding::ok(check, what);
    }
    Finding::warning(check, what)
        .cause("the clock of this machine is wrong; times in reports are too")
        .cure("set the clock (timedatectl set-ntp true)")
}

/// Whether another zone has taken over the name.
pub async fn child_zone(reader: &RecordReader, zone: &Zone) -> Finding {
    let check = CheckId::ChildZone;
    match reader.delegated_child(&zone.name).await {
        Ok(None) => Finding::ok(check, "no child zone takes the name over"),
        Ok(Some(child)) => {
            let what = format!(
                "{child} is delegated to another zone: the record here is never answered to the world"
            );
            Finding::warning(check, what)
                .cause(format!("{} holds NS records for {child}", zone.name))
                .cure("measure the child zone (--zone-id), or take its NS records out of this one")
        }
        Err(error) => not_settled(check, &error),
    }
}

/// The permission to list zones, and the zones of the same name.
pub async fn twins(reader: &RecordReader, zone: &Zone) -> [Finding; 2] {
    let (permission, check) = (CheckId::ListHostedZonesByName, CheckId::Twins);
    match reader.twins(&zone.name).await {
        Ok(twins) => {
            let what = if twins.is_empty() {
                "no other zone of this name in the account".to_owned()
            } else {
                format!(
                    "other zones of this name in the account: {}; delegation tells which one is in use",
                    some(&twins)
                )
            };
            let allowed = "route53:ListHostedZonesByName is allowed";
            [Finding::ok(permission, allowed), Finding::ok(check, what)]
        }
        Err(error) => {
            let needs = match error {
                Route53Error::AccessDenied { .. } => "needs route53:ListHostedZonesByName",
                _ => "needs an answer to route53:ListHostedZonesByName",
            };
            [
                not_settled(permission, &error),
                Finding::skipped(check, needs),
            ]
        }
    }
}

/// The permission to read health checks, tried on the first one.
pub async fn health(reader: &RecordReader, declared: &Declared) -> Finding {
    let check = CheckId::GetHealthCheckStatus;
    let ids = tree::check_ids(&declared.nodes);
    let Some(id) = ids.first() else {
        return Finding::skipped(check, "no record set has a health check");
    };
    match reader.health(id).await {
        Ok(health) => {
            let state = match health {
                Health::Healthy => "healthy",
                Health::Unhealthy => "unhealthy",
                Health::Unknown => "of unknown health",
            };
            let of = some(tree::checked_by(&declared.nodes, id));
            let rest = match ids.len() - 1 {
                0 => String::new(),
                1 => "; 1 more was not read".to_owned(),
                more => format!("; {more} more were not read"),
            };
            let what = format!("health checks can be read; {id} of {of} is {state}{rest}");
            if health == Health::Unhealthy {
                Finding::warning(check, what)
                    .cause("Route 53 does not answer with what is unhealthy while anything beside it is healthy")
                    .cure("mend the endpoint of the check, or expect its share at the others")
            } else {
                Finding::ok(check, what)
            }
        }
        Err(error @ Route53Error::AccessDenied { .. }) => {
            let denied = not_settled(check, &error);
            Finding {
                what: format!(
                    "{}; every health check counts as healthy (optional)",
                    denied.what
                ),
                ..denied
            }
        }
        Err(error) => not_settled(check, &error),
    }
}

/// An optional call that failed: nobody has to worry, but nothing is known either.
fn not_settled(check: CheckId, error: &Route53Error) -> Finding {
    Finding::of(check, Status::Skipped, error)
}
