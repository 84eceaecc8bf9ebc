//! What the API tells besides: child zones, twins, health checks, the clock. Calls keep their distance, so these are made
//! one after the other, in the order of their worth.

use std::time::Duration;

use super::group::some;
use crate::clock;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::health::Health;
use crate::model::language::{Both, Phrase, both, phrase};
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
        return Finding::skipped(
            check,
            phrase(
                "Route 53 has not answered, so its clock is unknown",
                "Route 53이 응답하지 않아 그 시계를 알 수 없다",
            ),
        );
    };
    let distance = ahead.unsigned_abs();
    let what = match (distance, ahead < 0) {
        (..=1, _) => both!(
            "within a second of the clock of AWS",
            "AWS의 시계와 1초 이내"
        ),
        (_, true) => both!(
            "{distance} s behind the clock of AWS",
            "AWS의 시계보다 {distance}초 느리다"
        ),
        (_, false) => both!(
            "{distance} s ahead of the clock of AWS",
            "AWS의 시계보다 {distance}초 빠르다"
        ),
    };
    if distance < SKEW_TO_TELL {
        return Finding::ok(check, what);
    }
    Finding::warning(check, what)
        .cause(phrase(
            "the clock of this machine is wrong; times in reports are too",
            "이 컴퓨터의 시계가 맞지 않으며, 보고서의 시각도 마찬가지다",
        ))
        .cure(phrase(
            "set the clock (timedatectl set-ntp true)",
            "시계를 맞춘다 (timedatectl set-ntp true)",
        ))
}

/// Whether another zone has taken over the name.
pub async fn child_zone(reader: &RecordReader, zone: &Zone) -> Finding {
    let check = CheckId::ChildZone;
    match reader.delegated_child(&zone.name).await {
        Ok(None) => Finding::ok(
            check,
            phrase(
                "no child zone takes the name over",
                "이 이름을 넘겨받은 하위 영역이 없다",
            ),
        ),
        Ok(Some(child)) => {
            let (what, zone) = (
                both!(
                    "{child} is delegated to another zone: the record here is never answered to the world",
                    "{child} 이름은 다른 영역에 위임되어 있다: 이 영역의 레코드는 외부에 응답되지 않는다"
                ),
                &zone.name,
            );
            Finding::warning(check, what)
                .cause(both!(
                    "{zone} holds NS records for {child}",
                    "{zone} 영역에 {child}의 NS 레코드가 있다"
                ))
                .cure(phrase(
                    "measure the child zone (--zone-id), or take its NS records out of this one",
                    "하위 영역을 측정하거나 (--zone-id), 이 영역에서 그 NS 레코드를 뺀다",
                ))
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
                both!(
                    "no other zone of this name in the account",
                    "이 계정에 이름이 같은 다른 영역이 없다"
                )
            } else {
                both!(
                    "other zones of this name in the account: {twins}; delegation tells which one is in use",
                    "이 계정에 이름이 같은 다른 영역이 있다: {twins}; 어느 것이 쓰이는지는 delegation 점검에 나온다",
                    twins = some(&twins),
                )
            };
            let allowed = phrase(
                "route53:ListHostedZonesByName is allowed",
                "route53:ListHostedZonesByName 호출이 허용된다",
            );
            [Finding::ok(permission, allowed), Finding::ok(check, what)]
        }
        Err(error) => {
            let needs = match error {
                Route53Error::AccessDenied { .. } => phrase(
                    "needs route53:ListHostedZonesByName",
                    "route53:ListHostedZonesByName 권한이 필요하다",
                ),
                _ => phrase(
                    "needs an answer to route53:ListHostedZonesByName",
                    "route53:ListHostedZonesByName 호출의 응답이 필요하다",
                ),
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
        return Finding::skipped(
            check,
            phrase(
                "no record set has a health check",
                "상태 확인이 있는 레코드 세트가 없다",
            ),
        );
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
        let health = in_words(*health);
        both!("{id} of {of} {health}", "{of}의 {id}: {health}")
    };
    let told: Vec<Both> = worst_first(&read).iter().map(sentence).collect();
    let told = some(&told);
    let rest = match unread {
        0 => Both::same(""),
        1 => both!("; 1 more was not read", "; 1개는 읽지 않았다"),
        more => both!("; {more} more were not read", "; {more}개는 읽지 않았다"),
    };
    let what = both!(
        "health checks can be read; {told}{rest}",
        "상태 확인을 읽을 수 있다; {told}{rest}"
    );
    if read.iter().any(|(_, health)| *health == Health::Unhealthy) {
        return Finding::warning(check, what)
            .cause(phrase(
                "Route 53 does not answer with what is unhealthy while anything beside it is healthy",
                "정상인 것이 하나라도 있으면 Route 53은 비정상인 것으로 응답하지 않는다",
            ))
            .cure(phrase(
                "mend the endpoint of the check, or expect its share at the others",
                "상태 확인의 엔드포인트를 바로잡거나, 그 몫이 다른 세트로 가는 것으로 본다",
            ));
    }
    let dark = read.iter().find_map(|(_, health)| match health {
        Health::NoStatus(why) => Some(*why),
        _ => None,
    });
    match dark {
        Some(why) => Finding::warning(check, what)
            .cause(why.reason())
            .cure(phrase(
                "look where it is set; it counts as healthy here, and while the answers fit it being unhealthy there is no verdict",
                "설정한 곳을 확인한다; 여기서는 정상으로 치며, 응답이 비정상일 때와 맞는 동안에는 판정하지 않는다",
            )),
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

fn in_words(health: Health) -> Phrase {
    match health {
        Health::Healthy => phrase("is healthy", "정상"),
        Health::Unhealthy => phrase("is unhealthy", "비정상"),
        Health::Unknown => phrase("is of unknown health", "알 수 없음"),
        Health::NoStatus(_) => phrase("has no status to read", "읽을 상태가 없음"),
    }
}

fn unreadable(error: &Route53Error) -> Finding {
    let finding = not_settled(CheckId::GetHealthCheckStatus, error);
    match error {
        Route53Error::AccessDenied { .. } => Finding {
            what: both!(
                "{what}; every health check counts as healthy (optional)",
                "{what}; 모든 상태 확인을 정상으로 친다 (선택 사항)",
                what = finding.what,
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
