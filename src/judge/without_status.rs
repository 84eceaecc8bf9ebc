//! Whether answers that do not fit the declared shares fit what would be declared if sets were unhealthy whose health checks
//! have no status to read. Then nobody can tell a fault from the work of these checks.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::index::SetIndex;
use crate::model::reading::SegmentState;
use crate::model::record::WeightedGroup;
use crate::model::verdict::{Criteria, Inconclusive};
use crate::stats::bands::Bands;
use crate::stats::evidence::Declared;

/// A suspicion is not confirmed before the answers have had so long to show that a set has been taken out: health reaches
/// the name servers one after the other.
const TIME_TO_SHOW: Duration = Duration::from_secs(30);
/// So long after a set that was out is answered again, all name servers have it back.
const TIME_TO_RETURN: Duration = Duration::from_mins(1);

/// Named answers of the last minute, oldest first: when, in which segment, of which set.
pub(super) type RecentAnswers = VecDeque<(Duration, u64, SetIndex)>;

/// What is thought of the sets whose health checks have no status.
#[derive(Debug, Default)]
pub(super) struct WithoutStatus {
    out: Option<Out>,
    /// Until when a suspicion is not confirmed.
    wait_until: Option<Duration>,
}

/// Sets that seem to be unhealthy.
#[derive(Debug)]
struct Out {
    segment: u64,
    /// By set.
    sets: Vec<bool>,
    since: Duration,
    /// When one of them was answered again.
    back_at: Option<Duration>,
}

impl WithoutStatus {
    /// Whether it may still show that a check without a status explains a suspicion, at a time.
    pub(super) fn may_show(&self, at: Duration) -> bool {
        self.out.is_some() || self.wait_until.is_some_and(|until| at < until)
    }

    /// Looks for sets whose failing would explain what is off: since when there is a suspicion, or a mismatch.
    pub(super) fn look(
        &mut self,
        segment: &SegmentState,
        recent: &RecentAnswers,
        now: Duration,
        criteria: Criteria,
        off_since: Option<Duration>,
    ) {
        self.wait_until = None;
        let Some(off_since) = off_since.filter(|_| has_any(&segment.group)) else {
            return;
        };
        self.wait_until = Some(off_since + TIME_TO_SHOW);
        let sets = explaining(segment, recent, criteria);
        self.out = sets.map(|sets| Out {
            segment: segment.number,
            sets,
            since: now,
            back_at: None,
        });
    }

    /// Why there is no verdict, as long as the answers fit.
    pub(super) fn hold(
        &mut self,
        segment: &SegmentState,
        recent: &RecentAnswers,
        now: Duration,
        criteria: Criteria,
    ) -> Option<Inconclusive> {
        let out = self.out.as_mut()?;
        let is_out = |set: SetIndex| out.sets.get(set.get()).copied().unwrap_or_default();
        let since = recent.iter().filter(|(at, of, _)| {
            // What was under way when they were found to be out says nothing.
            *of == segment.number && *at >= out.since
        });
        let mut answered = since.clone().filter(|(.., set)| is_out(*set));
        let first = answered.next().map(|(at, ..)| *at);
        out.back_at = out.back_at.or(first);
        let fits = out.segment == segment.number
            && has_status_for_none(&segment.group, &out.sets)
            && match out.back_at {
                Some(back_at) => now < back_at + TIME_TO_RETURN,
                None => fits_without(
                    &segment.group,
                    &out.sets,
                    &counts(&segment.group, since),
                    criteria,
                ),
            };
        if !fits {
            self.out = None;
            return None;
        }
        why(&segment.group, &self.out.as_ref()?.sets)
    }
}

/// Whether there is a set that is expected to be answered and whose health check has no status.
fn has_any(group: &WeightedGroup) -> bool {
    let mut sets = group.sets.iter();
    sets.any(|set| set.share.value > 0.0 && set.health.no_status().is_some())
}

fn has_status_for_none(group: &WeightedGroup, out: &[bool]) -> bool {
    let mut pairs = group.sets.iter().zip(out);
    pairs.all(|(set, out)| !out || set.health.no_status().is_some())
}

/// The fewest sets without a status that explain the answers since the last one of theirs, those that have been missing
/// longest first.
fn explaining(
    segment: &SegmentState,
    recent: &RecentAnswers,
    criteria: Criteria,
) -> Option<Vec<bool>> {
    let group = &segment.group;
    let mine = recent.iter().filter(|(_, of, _)| *of == segment.number);
    let order: Vec<SetIndex> = mine.map(|(.., set)| *set).collect();
    // How many answers had come when a set was answered last.
    let mut seen = vec![0; group.sets.len()];
    for (position, set) in order.iter().enumerate() {
        if let Some(seen) = seen.get_mut(set.get()) {
            *seen = position + 1;
        }
    }
    let candidate = |index: &usize| {
        let set = &group.sets[*index];
        set.share.value > 0.0 && set.health.no_status().is_some()
    };
    let mut candidates: Vec<usize> = (0..group.sets.len()).filter(candidate).collect();
    candidates.sort_by_key(|&index| seen[index]);
    let declared = Declared::new(&group.shares());
    let mut out = vec![false; group.sets.len()];
    for index in candidates {
        out[index] = true;
        let tail = &order[seen[index]..];
        let counts = counted(group.sets.len(), tail.iter().copied());
        // Whether it is by chance that a set is missing is a matter of its exact share.
        if !is_off(&declared, &counts, declared.ln_evidence(&counts), criteria) {
            // The tails of those that were answered later are shorter still.
            return None;
        }
        if fits_without(group, &out, &counts, criteria) {
            return Some(out);
        }
    }
    None
}

/// Whether answers fit the shares that would be declared without these sets, as near as a verdict asks for: what is exactly
/// right would be taken for wrong now and then, so often is it looked at.
fn fits_without(group: &WeightedGroup, out: &[bool], counts: &[u64], criteria: Criteria) -> bool {
    let declared = Declared::new(&group.shares_without(out));
    let bands = Bands::new(&declared, criteria.tolerance);
    let ln_evidence = bands.ln_evidence_outside(&declared, counts);
    !is_off(&declared, counts, ln_evidence, criteria)
}

fn is_off(declared: &Declared, counts: &[u64], ln_evidence: f64, criteria: Criteria) -> bool {
    declared.impossible_answers(counts) > 0 || ln_evidence >= criteria.ln_limit()
}

fn counts<'a>(
    group: &WeightedGroup,
    answers: impl Iterator<Item = &'a (Duration, u64, SetIndex)>,
) -> Vec<u64> {
    counted(group.sets.len(), answers.map(|(.., set)| *set))
}

fn counted(sets: usize, answers: impl Iterator<Item = SetIndex>) -> Vec<u64> {
    let mut counts = vec![0; sets];
    for set in answers {
        if let Some(count) = counts.get_mut(set.get()) {
            *count += 1;
        }
    }
    counts
}

fn why(group: &WeightedGroup, out: &[bool]) -> Option<Inconclusive> {
    let mut sets = group.sets.iter().zip(out).filter(|(_, out)| **out);
    let (first, _) = sets.next()?;
    Some(Inconclusive::HealthNotKnown {
        set: first.identifier.clone(),
        more_sets: sets.count(),
        why: first.health.no_status()?,
    })
}
