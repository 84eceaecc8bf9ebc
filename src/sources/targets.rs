//! Looks up what alias and CNAME sets point to, again and again: an alias answers with the addresses that its target has at
//! the moment, and only who has seen them before can tell which set an answer came from.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lookup::{Family, Found, Lookup};
use crate::clock;
use crate::model::event::EventKind;
use crate::model::name::RecordName;
use crate::model::record::{Place, RecordType, Target, WeightedGroup};
use crate::tally::Tally;

/// The TTL of a target decides how often it is looked up, within these bounds.
const SOONEST: Duration = Duration::from_secs(1);
const LATEST: Duration = Duration::from_mins(1);
/// After a failed look-up.
const RETRY: Duration = Duration::from_secs(5);

/// What has to be looked up for a group: every alias, and CNAME targets when HTTP wants their addresses.
fn wanted(group: &WeightedGroup, http: bool) -> Vec<(Place, RecordName)> {
    let look_up = |(place, target): (Place, &Target)| match target {
        Target::Alias(alias) => Some((place, alias.name.clone())),
        Target::Name(name) if http => Some((place, name.clone())),
        Target::Name(_) | Target::Addresses(_) | Target::Leaves(_) => None,
    };
    group.targets().filter_map(look_up).collect()
}

/// Whether a group needs a resolver at all.
pub fn needed(group: &WeightedGroup, http: bool) -> bool {
    !wanted(group, http).is_empty()
}

/// When each target is due again, and which failures have been told.
#[derive(Debug, Default)]
pub struct Memory {
    /// By the segment's number and the target's place.
    due: HashMap<(u64, Place), Instant>,
    failures: HashMap<RecordName, String>,
}

/// Looks every target up once, side by side, before the first question is asked. Failures become events.
pub async fn look_up_all(lookup: &Lookup, tally: &Tally, http: bool) -> Memory {
    let mut memory = Memory::default();
    round(lookup, tally, http, &mut memory).await;
    memory
}

/// Keeps the targets of whatever segment is in force looked up until it is stopped.
pub async fn run(
    lookup: Lookup,
    tally: Arc<Tally>,
    http: bool,
    mut memory: Memory,
    stop: CancellationToken,
) {
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(SOONEST) => {}
        }
        round(&lookup, &tally, http, &mut memory).await;
    }
}

/// Looks up what is due, all targets side by side, and notes when each is due again.
async fn round(lookup: &Lookup, tally: &Tally, http: bool, memory: &mut Memory) {
    let Memory { due, failures } = memory;
    let segment = tally.current();
    let now = clock::instant();
    due.retain(|(number, _), _| *number == segment.number);
    let family = if segment.group.record_type == RecordType::Aaaa {
        Family::V6
    } else {
        Family::V4
    };
    let mut tasks = JoinSet::new();
    for (place, name) in wanted(&segment.group, http) {
        if due
            .get(&(segment.number, place))
            .is_none_or(|time| *time <= now)
        {
            let lookup = lookup.clone();
            tasks.spawn(async move { (place, lookup.addresses(&name, family).await, name) });
        }
    }
    while let Some(Ok((place, result, name))) = tasks.join_next().await {
        let wait = match result {
            Ok(Found { addresses, ttl }) if !addresses.is_empty() => {
                segment.learn(place, &addresses, ttl.clamp(SOONEST, LATEST), clock::wall());
                failures.remove(&name);
                ttl.clamp(SOONEST, LATEST)
            }
            other => {
                let why = other
                    .err()
                    .unwrap_or_else(|| format!("it has no {} record", segment.group.record_type));
                // A target that stays dead is told once, not every five seconds.
                if failures.get(&name) != Some(&why) {
                    let identifier = &segment.group.sets[place.set].identifier;
                    tally.event(
                        clock::wall(),
                        EventKind::LookupFailed,
                        format!("cannot look up {name}, the target of {identifier}: {why}"),
                    );
                    failures.insert(name, why);
                }
                RETRY
            }
        };
        due.insert((segment.number, place), clock::instant() + wait);
    }
}
