//! Which answers of a cache are samples of their own.
//!
//! A resolver picks a set once and hands it out until its TTL is over, so of all answers within that time only one says
//! something new. The remaining TTL tells when the pick was made: now less what has passed of the full TTL. A pick is
//! independent of the one counted before when it was made after that one's life was over. Full TTL: the declared one, or
//! where none is declared (an alias) the largest seen, and that only from the first renewal seen on, because before it
//! nobody knows how old the pick is. What has a TTL of zero is kept by nobody, so every answer is a pick.
//!
//! Times are spans since the start of the run by a clock that is never set. RFC 1035 section 3.2.1 (TTL), RFC 2181
//! section 8.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::index::SetIndex;

/// TTLs are whole seconds, so the end of a life seems to move by up to this from answer to answer; more is a renewal.
const GRAIN: Duration = Duration::from_secs(2);
/// By so much a pick may seem to be older than it is, where the life is long enough to tell the next pick all the same.
const ROUNDING: Duration = Duration::from_secs(1);
const LONG_ENOUGH: Duration = Duration::from_secs(3);

/// What is remembered of the cache of one server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Freshness {
    /// The segment in force, and since when its queries are sent.
    segment: Option<(u64, Duration)>,
    /// When the pick that was counted last ends. A pick made before that is no sample.
    ends: Option<Duration>,
    /// Of sets without a declared TTL, by set; `None`: of answers that no set can be named for.
    undeclared: BTreeMap<Option<SetIndex>, Undeclared>,
}

/// What is known of the TTL of a set that declares none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Undeclared {
    largest: Duration,
    first_seen: Duration,
    /// When the pick seen last ends.
    ends: Duration,
    renewed: bool,
}

/// One answer of a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The segment in which it was asked for.
    pub segment: u64,
    /// The set that it came from, if one can be named.
    pub set: Option<SetIndex>,
    /// How much of its TTL is left.
    pub remaining: Duration,
    /// The TTL that the set declares.
    pub declared: Option<Duration>,
}

impl Freshness {
    /// A query of a segment is sent. Picks from before the first query of a segment say nothing about it.
    pub fn sent(&mut self, segment: u64, now: Duration) {
        if self.segment.is_none_or(|(number, _)| number < segment) {
            // Indices mean other sets now, and the caches of resolvers know nothing of segments: `ends` stays.
            self.segment = Some((segment, now));
            self.undeclared.clear();
        }
    }

    /// Whether an answer that came now counts as a sample of its segment.
    pub fn is_sample(&mut self, answer: Cached, now: Duration) -> bool {
        let full = match answer.declared {
            Some(declared) => Some(declared.max(answer.remaining)),
            None => self.learn(answer, now),
        };
        let (Some(full), Some((segment, since))) = (full, self.segment) else {
            return false;
        };
        let age = full.saturating_sub(answer.remaining);
        // Made before the run began.
        let Some(made) = now.checked_sub(age) else {
            return false;
        };
        let rounding = if full < LONG_ENOUGH {
            Duration::ZERO
        } else {
            ROUNDING
        };
        let sample = answer.segment == segment
            && made >= since
            && self.ends.is_none_or(|ends| made + rounding >= ends);
        if sample {
            // What was rounded away is not given twice.
            self.ends = Some(self.ends.map_or(made, |ends| ends.max(made)) + full);
        }
        sample
    }

    /// Learns from an answer of a set that declares no TTL; `None`: its full TTL is not known yet.
    fn learn(&mut self, answer: Cached, now: Duration) -> Option<Duration> {
        let ends = now + answer.remaining;
        let known = self.undeclared.entry(answer.set).or_insert(Undeclared {
            largest: answer.remaining,
            first_seen: now,
            ends,
            renewed: false,
        });
        // Something that stays at zero for longer than a second can be left has no life at all.
        let never_kept = known.largest.is_zero() && now >= known.first_seen + GRAIN;
        known.renewed |= ends > known.ends + GRAIN || never_kept;
        known.ends = known.ends.max(ends);
        known.largest = known.largest.max(answer.remaining);
        known.renewed.then_some(known.largest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TTL: Duration = Duration::from_mins(1);

    fn seconds(seconds: f64) -> Duration {
        Duration::from_secs_f64(seconds)
    }

    fn answer(remaining: u64, declared: Option<Duration>) -> Cached {
        Cached {
            segment: 1,
            set: Some(0.into()),
            remaining: Duration::from_secs(remaining),
            declared,
        }
    }

    /// A cache that is asked every tenth of a second and renews at `first`, `first + ttl` and so on; returns when it was
    /// sampled. The resolver rounds down, as most do.
    fn samples(first: f64, ttl: u64, declared: Option<Duration>, until: f64) -> Vec<f64> {
        let mut freshness = Freshness::default();
        freshness.sent(1, Duration::ZERO);
        let mut sampled = Vec::new();
        let mut now = 0.0;
        while now < until {
            #[expect(clippy::cast_precision_loss, reason = "small numbers")]
            let life = ttl as f64;
            let age = (now - first).rem_euclid(life);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small numbers"
            )]
            let remaining = (life - age).floor() as u64;
            if freshness.is_sample(answer(remaining, declared), seconds(now)) {
                sampled.push(now);
            }
            now += 0.1;
        }
        sampled
    }

    #[test]
    fn a_pick_counts_once_and_the_next_when_its_life_is_over() {
        let sampled = samples(0.0, 60, Some(TTL), 200.0);
        assert_eq!(sampled.len(), 4, "{sampled:?}");
        for pair in sampled.windows(2) {
            assert!((pair[1] - pair[0] - 60.0).abs() < 1.5, "{sampled:?}");
        }
    }

    #[test]
    fn a_pick_from_before_the_segment_does_not_count() {
        // The cache was filled 50 seconds before the run and renews at 10.
        let sampled = samples(-50.0, 60, Some(TTL), 65.0);
        assert_eq!(sampled.len(), 1, "{sampled:?}");
        assert!((sampled[0] - 10.0).abs() < 1.5, "{sampled:?}");
        // The same in the middle of a run.
        let mut freshness = Freshness::default();
        freshness.sent(1, Duration::ZERO);
        assert!(freshness.is_sample(answer(60, Some(TTL)), seconds(1.0)));
        freshness.sent(2, seconds(30.0));
        let second = |remaining| Cached {
            segment: 2,
            ..answer(remaining, Some(TTL))
        };
        assert!(!freshness.is_sample(second(30), seconds(31.0)));
        assert!(freshness.is_sample(second(60), seconds(61.5)));
        // A straggler of the segment before is of no use any more.
        assert!(!freshness.is_sample(answer(60, Some(TTL)), seconds(140.0)));
    }

    #[test]
    fn without_a_declared_ttl_nothing_counts_before_a_renewal_was_seen() {
        let sampled = samples(-50.0, 60, None, 140.0);
        assert_eq!(sampled.len(), 3, "{sampled:?}");
        assert!((sampled[0] - 10.0).abs() < 1.5, "{sampled:?}");
    }

    #[test]
    fn what_nobody_keeps_counts_every_time() {
        assert_eq!(samples(0.0, 1000, Some(Duration::ZERO), 0.05).len(), 1);
        let mut freshness = Freshness::default();
        freshness.sent(1, Duration::ZERO);
        for step in 0..50 {
            let now = seconds(f64::from(step) / 10.0);
            assert!(freshness.is_sample(answer(0, Some(Duration::ZERO)), now));
            // Undeclared, it takes two seconds to be sure.
            let mut other = answer(0, None);
            other.set = None;
            assert_eq!(freshness.is_sample(other, now), now >= GRAIN);
        }
    }

    #[test]
    fn a_zero_does_not_shorten_the_life_of_what_was_counted_before() {
        let mut freshness = Freshness::default();
        freshness.sent(1, Duration::ZERO);
        assert!(freshness.is_sample(answer(60, Some(TTL)), seconds(1.0)));
        for now in 2..61 {
            assert!(!freshness.is_sample(answer(0, None), seconds(f64::from(now))));
        }
        assert!(freshness.is_sample(answer(0, None), seconds(61.0)));
    }

    #[test]
    fn a_resolver_that_keeps_answers_longer_than_it_should_is_believed() {
        let mut freshness = Freshness::default();
        freshness.sent(1, Duration::ZERO);
        assert!(freshness.is_sample(answer(300, Some(TTL)), seconds(0.0)));
        for now in 1..300 {
            let now = f64::from(now);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "small numbers"
            )]
            let remaining = (300.0 - now) as u64;
            assert!(
                !freshness.is_sample(answer(remaining, Some(TTL)), seconds(now)),
                "{now}"
            );
        }
        assert!(freshness.is_sample(answer(300, Some(TTL)), seconds(300.0)));
    }

    proptest! {
        /// Whatever a cache says, a span never holds more samples than it has TTLs, and the one that it begins with.
        #[test]
        fn never_more_than_one_sample_in_a_ttl(
            ttl in 1u64..100,
            declared in any::<bool>(),
            steps in prop::collection::vec((0u64..5_000, 0u64..100, 0u64..20), 1..300)
        ) {
            let mut freshness = Freshness::default();
            let declared = declared.then_some(Duration::from_secs(ttl));
            let (mut now, mut segment) = (Duration::ZERO, 1);
            let mut sampled: Vec<Duration> = Vec::new();
            freshness.sent(segment, now);
            let mut since = now;
            for (pause, remaining, change) in steps {
                now += Duration::from_millis(pause);
                if change == 0 {
                    segment += 1;
                    freshness.sent(segment, now);
                    since = now;
                }
                let answer = Cached { segment, set: Some(0.into()), remaining: Duration::from_secs(remaining % (ttl + 1)), declared };
                let before = freshness.clone();
                if freshness.is_sample(answer, now) {
                    // An undeclared TTL is the largest seen, and that may still have been small.
                    let full = declared.or_else(|| freshness.undeclared.get(&Some(0.into())).map(|known| known.largest)).expect("known");
                    let age = full.checked_sub(answer.remaining).expect("no more than all is left");
                    let made = now.checked_sub(age).expect("picked during the run");
                    prop_assert!(made >= since, "made before its segment");
                    prop_assert!(before.ends.is_none_or(|ends| made + ROUNDING >= ends));
                    sampled.push(now);
                }
            }
            if declared.is_some() {
                let lives = usize::try_from((now + ROUNDING).as_millis() / (u128::from(ttl) * 1000)).expect("few");
                prop_assert!(sampled.len() <= lives + 1, "{} samples in {lives} lives", sampled.len());
            }
        }
    }
}
