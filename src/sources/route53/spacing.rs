//! How often the API may be asked: an account has one budget of calls for all its tools, and Route 53 throttles those
//! who come too fast. Calls are spaced, failures wait longer each time, and no two tools wait equally long.

use std::hash::{BuildHasher, RandomState};
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock;
use crate::tally::locked;

/// So many calls start a run together, zone and record sets; all others keep their distance.
const AT_THE_START: u32 = 2;

/// Spaces the calls of one connection.
#[derive(Debug)]
pub(super) struct CallSpacing {
    state: Mutex<Turns>,
}

/// When the next call may be sent.
#[derive(Debug)]
struct Turns {
    spacing: Duration,
    left_at_the_start: u32,
    next: Option<Instant>,
}

impl CallSpacing {
    pub(super) fn new(spacing: Duration) -> Self {
        Self {
            state: Mutex::new(Turns::new(spacing)),
        }
    }

    /// Waits until a call may be sent. Who comes first is served first.
    pub(super) async fn turn(&self) {
        let turn = locked(&self.state).take(clock::instant());
        tokio::time::sleep_until(turn).await;
    }
}

impl Turns {
    fn new(spacing: Duration) -> Self {
        Self {
            spacing,
            left_at_the_start: AT_THE_START,
            next: None,
        }
    }

    fn take(&mut self, now: Instant) -> Instant {
        let turn = match self.next {
            Some(next) if self.left_at_the_start == 0 => next.max(now),
            _ => now,
        };
        self.left_at_the_start = self.left_at_the_start.saturating_sub(1);
        self.next = Some(turn + self.spacing);
        turn
    }
}

/// How long to wait after so many failures in a row: twice as long each time up to a limit, and somewhere between half
/// and the whole of that, so that many tools do not come back at the same moment.
pub(super) fn backoff(first: Duration, longest: Duration, failures: u32) -> Duration {
    let whole = first
        .saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)))
        .min(longest);
    // The standard library seeds its hashers at random, which is all the chance that is needed here.
    let chance = RandomState::new().hash_one(failures) % 1000;
    let chance = u32::try_from(chance).unwrap_or_default();
    whole / 2 + whole / 2000 * chance
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_start_together_and_all_others_keep_their_distance() {
        let second = Duration::from_secs(1);
        let mut turns = Turns::new(second);
        let start = clock::instant();
        let times: Vec<u64> = (0..5)
            .map(|_| turns.take(start).saturating_duration_since(start).as_secs())
            .collect();
        assert_eq!(times, [0, 0, 1, 2, 3]);
        // Rest is not saved up.
        let rested = start + Duration::from_mins(1);
        assert_eq!(turns.take(rested), rested);
        assert_eq!(turns.take(rested), rested + second);
    }

    #[test]
    fn waiting_grows_to_a_limit_and_differs() {
        let (first, longest) = (Duration::from_secs(2), Duration::from_mins(1));
        for (failures, whole) in [(1, 2), (2, 4), (3, 8), (6, 60), (1000, 60)] {
            let whole = Duration::from_secs(whole);
            for _ in 0..20 {
                let wait = backoff(first, longest, failures);
                assert!(wait >= whole / 2 && wait <= whole, "{failures}: {wait:?}");
            }
        }
        let waits: std::collections::BTreeSet<Duration> =
            (0..20).map(|_| backoff(first, longest, 3)).collect();
        assert!(waits.len() > 1);
    }
}
