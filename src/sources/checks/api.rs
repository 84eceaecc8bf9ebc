//! What the API tells besides: child zones, twins, health checks, the clock. Calls keep their distance, so these are made
//! one after the other, in the order of their worth.

use std::time::Duration;

use super::group::some;
use crate::clock;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::health::Health;
use crate::model::tree;
use crate::sources::route53::{Api, Declared, RecordReader, Route53Error, Zone};

/// Half of the difference at which AWS begins to refuse signatures.
const SKEW_TO_TELL: u64 = 120;

/// So long health checks are read besides the first one, calls keeping their distance.
const READING: Duration = Duration::from_secs(4);

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

/// The permission to read health checks, and what as many of them say as can be read in a moment.
pub async fn health(reader: &RecordReader, declared: &Declared) -> Finding {
    let check = CheckId::GetHealthCheckStatus;
    let ids = tree::check_ids(&declared.nodes);
    let Some((first, rest)) = ids.split_first() else {
        return Finding::skipped(check, "no record set has a health check");
    };
    let until = clock::instant() + READING;
    let mut read = match reader.health(first).await {
        Ok(health) => vec![(first, health)],
        Err(error) => return unreadable(&error),
    };
    for id in rest {
        // One that fails after others did not is told by the run, if it matters.
        let Ok(Ok(health)) = tokio::time::timeout_at(until, reader.health(id)).await else {
            break;
        };
        read.push((id, health));
    }
    let unread = ids.len() - read.len();
    let sentence = |(id, health): &(&String, Health)| {
        let of = some(tree::checked_by(&declared.nodes, id));
        format!("{id} of {of} {}", in_words(*health))
    };
    let told: Vec<String> = worst_first(&read).iter().map(sentence).collect();
    let told = some(&told);
    let rest = match unread {
        0 => String::new(),
        1 => "; 1 more was not read".to_owned(),
        more => format!("; {more} more were not read"),
    };
    let what = format!("health checks can be read; {told}{rest}");
    if read.iter().any(|(_, health)| *health == Health::Unhealthy) {
        return Finding::warning(check, what)
            .cause("Route 53 does not answer with what is unhealthy while anything beside it is healthy")
            .cure("mend the endpoint of the check, or expect its share at the others");
    }
    let dark = read.iter().find_map(|(_, health)| match health {
        Health::NoStatus(why) => Some(*why),
        _ => None,
    });
    match dark {
        Some(why) => Finding::warning(check, what)
            .cause(why.reason())
            .cure("look where it is set; it counts as healthy here, and while the answers fit it being unhealthy there is no verdict"),
        None => Finding::ok(check, what),
    }
}

/// Those that a reader has to know of come first, since only a few are named.
fn worst_first<'id>(read: &[(&'id String, Health)]) -> Vec<(&'id String, Health)> {
    let mut read = read.to_vec();
    read.sort_by_key(|(_, health)| match health {
        Health::Unhealthy => 0,
        Health::NoStatus(_) => 1,
        Health::Unknown => 2,
        Health::Healthy => 3,
    });
    read
}

fn in_words(health: Health) -> &'static str {
    match health {
        Health::Healthy => "is healthy",
        Health::Unhealthy => "is unhealthy",
        Health::Unknown => "is of unknown health",
        Health::NoStatus(_) => "has no status to read",
    }
}

fn unreadable(error: &Route53Error) -> Finding {
    let finding = not_settled(CheckId::GetHealthCheckStatus, error);
    match error {
        Route53Error::AccessDenied { .. } => Finding {
            what: format!(
                "{}; every health check counts as healthy (optional)",
                finding.what
            ),
            ..finding
        },
        _ => finding,
    }
}

/// An optional call that failed: nobody has to worry, but nothing is known either.
fn not_settled(check: CheckId, error: &Route53Error) -> Finding {
    Finding::of(check, Status::Skipped, error)
}
