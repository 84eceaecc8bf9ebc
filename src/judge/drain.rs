//! How long resolvers may still hold answers of before: after a change of shares or values, until the last name server has
//! gone over and the longest old TTL has run out since.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::model::change::Cause;
use crate::model::reading::{Reading, SegmentState};
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::model::verdict::Propagation;
use crate::snapshot::Drain;

use super::stages::Drained;

/// A name server gives a TTL of before for so long after the API has shown another one, as far as AWS promises anything.
const TTL_LAG: Duration = Duration::from_mins(1);
/// So many old answers are kept in mind, those that end first forgotten first.
const KEPT: usize = 256;

/// Which old answers are out there.
#[derive(Debug, Default)]
pub(super) struct DrainWatch {
    /// The newest segment that was looked at, and its group.
    last: Option<(u64, Arc<WeightedGroup>)>,
    held: Vec<Held>,
}

/// An answer that resolvers may hold.
#[derive(Debug)]
struct Held {
    set: String,
    ttl: Duration,
    /// Whether it is one of before; else it is today's with a TTL of before, which is old as soon as the set loses its share.
    is_old: bool,
    /// The segment by whose propagation it ends; `None`: it has ended for good.
    by: Option<u64>,
    /// When the last name server ceased to give it; `None` while one does.
    served_until: Option<Duration>,
}

impl Held {
    fn is_over(&self, now: Duration) -> bool {
        self.served_until.is_some_and(|at| at + self.ttl <= now)
    }
}

impl DrainWatch {
    /// Takes a reading at a time since the start of the run. `propagation` is that of the newest segment, and
    /// `all_current` says whether every name server serves its shares.
    pub(super) fn observe(
        &mut self,
        reading: &Reading,
        propagation: Option<&Propagation>,
        all_current: bool,
        now: Duration,
    ) {
        for segment in &reading.segments {
            self.look(segment, now);
        }
        let newest = self.last.as_ref().map(|(number, _)| *number);
        let change = propagation.filter(|change| Some(change.segment) == newest);
        let ended = change.and_then(|change| {
            // Where nothing could be seen of a switch, it has the time that AWS gives it.
            let unseen = (all_current && now >= change.seen_at + TTL_LAG)
                .then_some(change.seen_at + TTL_LAG);
            change.last_server_at.or(unseen)
        });
        for held in &mut self.held {
            if held.by.is_some() && held.by == newest {
                held.served_until = ended;
            }
        }
    }

    fn look(&mut self, segment: &SegmentState, now: Duration) {
        let newest = (segment.number, Arc::clone(&segment.group));
        let Some((number, before)) = &self.last else {
            self.last = Some(newest);
            return;
        };
        let sets = &segment.group.sets;
        let is_same = || Arc::ptr_eq(before, &segment.group) || before.sets == *sets;
        if segment.number < *number || (segment.number == *number && is_same()) {
            return;
        }
        let (is_next, before) = (segment.number > *number, Arc::clone(before));
        if is_next {
            let is_change = segment.cause != Cause::ByHand;
            self.held.retain(|held| !(is_change && held.is_over(now)));
            for held in &mut self.held {
                // What some name server may still give ends when all have gone over to the newest shares.
                if held.served_until.is_none() || !is_change {
                    held.by = held.by.map(|_| segment.number);
                } else {
                    held.by = None;
                }
            }
        }
        let declared = before.sets.iter();
        for old in declared.filter(|set| set.share.value > 0.0) {
            let same = sets.iter().find(|set| set.identifier == old.identifier);
            let remains = same.is_some_and(|set| {
                set.target.same_as(&old.target) && set.share.value >= old.share.value - 1e-12
            });
            let Some(ttl) = old.known_ttl() else { continue };
            if !remains {
                let of_set = self.held.iter_mut().filter(|it| it.set == old.identifier);
                of_set.for_each(|held| held.is_old = true);
                self.hold(old, ttl, true, (Some(segment.number), None));
            } else if same.and_then(WeightedSet::known_ttl) != Some(ttl) {
                self.hold(old, ttl, false, (None, Some(now + TTL_LAG)));
            }
        }
        self.last = Some(newest);
    }

    fn hold(
        &mut self,
        set: &WeightedSet,
        ttl: Duration,
        is_old: bool,
        (by, served_until): (Option<u64>, Option<Duration>),
    ) {
        // One that is still given, and no shorter, says it already.
        self.held.retain(|held| {
            held.set != set.identifier || held.served_until.is_some() || held.ttl > ttl
        });
        self.held.push(Held {
            set: set.identifier.clone(),
            ttl,
            is_old,
            by,
            served_until,
        });
        if self.held.len() > KEPT {
            let end = |held: &Held| held.served_until.map_or(Duration::MAX, |at| at + held.ttl);
            let first = (0..self.held.len()).min_by_key(|&place| end(&self.held[place]));
            first.map(|place| self.held.remove(place));
        }
    }

    fn longest(&self) -> Option<&Held> {
        let old = self.held.iter().filter(|held| held.is_old);
        old.max_by_key(|held| {
            let end = held.served_until.map(|at| at + held.ttl);
            (end.is_none(), end, held.ttl)
        })
    }

    /// Until when resolvers may hold answers of before.
    pub(super) fn drained(&self, now: Duration) -> Drained {
        match self.longest() {
            None => Drained::Nothing,
            Some(held) if held.is_over(now) => Drained::Nothing,
            Some(held) => match held.served_until {
                Some(at) => Drained::Until(at + held.ttl),
                None => Drained::NotBegun(held.ttl),
            },
        }
    }

    /// Which answer of before resolvers may hold for longest, also when that is over; `None` before the first change.
    pub(super) fn drain(&self, started_at: SystemTime) -> Option<Drain> {
        let longest = self.longest()?;
        Some(Drain {
            set: longest.set.clone(),
            ttl: longest.ttl,
            until: longest.served_until.map(|at| started_at + at + longest.ttl),
        })
    }
}
