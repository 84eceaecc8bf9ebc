//! Which of the records behind a set its counted answers came from, where several stand behind it.

use std::collections::BTreeMap;
use std::time::Duration;

use super::course::Named;
use crate::model::index::SetIndex;

/// Counts by segment, set and leaf, of what is shown of each segment: they are never more than the set's own.
///
/// The machine knows no leaves. So when it forgets, what came before is forgotten here too; and where it keeps a part of it,
/// because that speaks for a mismatch, the leaves begin anew all the same: fewer is honest, more would be of something else.
#[derive(Debug, Default)]
pub(super) struct Parts {
    counts: BTreeMap<(u64, SetIndex, usize), u64>,
    /// Since when answers are shown.
    shown_since: Duration,
}

impl Parts {
    /// Works in the named answers of a reading. `shown_since` is of the segment that is judged, and so are `sums`: how many
    /// answers are shown of each set.
    pub(super) fn take(
        &mut self,
        segment: u64,
        named: &[Named],
        shown_since: Duration,
        sums: impl Iterator<Item = u64>,
    ) {
        if shown_since != self.shown_since {
            self.shown_since = shown_since;
            self.forget(segment);
        }
        let counted = named.iter().filter(|one| one.counted);
        for one in counted.filter(|one| one.segment == segment && one.at >= shown_since) {
            if let Some(leaf) = one.leaf {
                *self.counts.entry((segment, one.set, leaf)).or_default() += 1;
            }
        }
        // The answers of a single name server were forgotten.
        let too_many = |(set, sum)| self.of(segment, SetIndex::from(set)).sum::<u64>() > sum;
        if sums.enumerate().any(too_many) {
            self.forget(segment);
        }
    }

    /// Forgets a segment.
    pub(super) fn forget(&mut self, segment: u64) {
        self.counts.retain(|(of, ..), _| *of != segment);
    }

    /// The count of one leaf.
    pub(super) fn count(&self, segment: u64, set: SetIndex, leaf: usize) -> u64 {
        let found = self.counts.get(&(segment, set, leaf));
        found.copied().unwrap_or_default()
    }

    fn of(&self, segment: u64, set: SetIndex) -> impl Iterator<Item = u64> {
        let leaves = (segment, set, 0)..=(segment, set, usize::MAX);
        self.counts.range(leaves).map(|(_, count)| *count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(at: u64, leaf: usize) -> Named {
        Named {
            at: Duration::from_secs(at),
            server: 0.into(),
            segment: 1,
            set: 0.into(),
            leaf: Some(leaf),
            counted: true,
        }
    }

    fn counts(parts: &Parts) -> [u64; 2] {
        [0, 1].map(|leaf| parts.count(1, 0.into(), leaf))
    }

    #[test]
    fn only_what_is_counted_and_shown_counts() {
        let mut parts = Parts::default();
        let start = Duration::ZERO;
        let uncounted = Named {
            counted: false,
            ..answer(1, 0)
        };
        let without_leaf = Named {
            leaf: None,
            ..answer(1, 0)
        };
        let elsewhere = Named {
            segment: 2,
            ..answer(1, 0)
        };
        let named = [
            answer(1, 0),
            answer(2, 1),
            uncounted,
            without_leaf,
            elsewhere,
        ];
        parts.take(1, &named, start, [3].into_iter());
        assert_eq!(counts(&parts), [1, 1]);

        // A new span: what came since is of it, and nothing else.
        let since = Duration::from_secs(5);
        parts.take(1, &[answer(4, 0), answer(6, 1)], since, [1].into_iter());
        assert_eq!(counts(&parts), [0, 1]);
        parts.take(1, &[answer(7, 1)], since, [2].into_iter());
        assert_eq!(counts(&parts), [0, 2]);
    }

    #[test]
    fn parts_are_never_more_than_their_set() {
        let mut parts = Parts::default();
        let named = [answer(1, 0), answer(2, 1)];
        parts.take(1, &named, Duration::ZERO, [2].into_iter());
        // One name server is looked at anew.
        parts.take(1, &[], Duration::ZERO, [1].into_iter());
        assert_eq!(counts(&parts), [0, 0]);
    }
}
