//! Whether this process has been at work all the time. One that was stopped, or whose machine slept, has heard nothing
//! meanwhile, and finds every wait over when it goes on.

use std::time::Duration;

use crate::clock::Moment;

/// While it is at work, this is noted so often at least.
pub const BEAT: Duration = Duration::from_millis(250);
/// Longer between two beats than a busy machine makes anybody wait.
const STOOD_STILL: Duration = Duration::from_secs(1);

/// When the process was seen at work last. Whoever wakes up looks, so the first one after a pause finds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    last: Option<Beat>,
}

#[derive(Clone, Copy, Debug)]
struct Beat {
    at: Moment,
    asleep: Duration,
}

/// A time in which nobody was at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When the process was seen at work last.
    pub since: Moment,
    /// For how long it stood still, the sleep of the machine included, in which its clock stood still too.
    pub length: Duration,
}

impl Pulse {
    /// From now on somebody notes every [`BEAT`] that the process is at work.
    pub fn start(&mut self, at: Moment, asleep: Duration) {
        self.last.get_or_insert(Beat { at, asleep });
    }

    /// The process is at work; `asleep` is how long its machine has slept so far. Returns the pause that has just ended.
    pub fn beat(&mut self, now: Moment, asleep: Duration) -> Option<Pause> {
        let last = self.last.as_mut()?;
        // Another thread may have looked at the clock later and come earlier.
        if now.instant < last.at.instant {
            return None;
        }
        let before = std::mem::replace(last, Beat { at: now, asleep });
        let length = now.since(before.at) + asleep.saturating_sub(before.asleep);
        (length >= STOOD_STILL).then_some(Pause {
            since: before.at,
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    fn later(moment: Moment, by: Duration) -> Moment {
        Moment {
            instant: moment.instant + by,
            wall: moment.wall + by,
        }
    }

    #[test]
    fn a_pause_is_found_once_by_whoever_comes_first() {
        let (start, second) = (clock::now(), Duration::from_secs(1));
        let none = Duration::ZERO;
        let mut pulse = Pulse::default();
        assert_eq!(
            pulse.beat(later(start, 9 * second), none),
            None,
            "not started"
        );
        pulse.start(start, none);
        let seen = later(start, second / 2);
        assert_eq!(pulse.beat(seen, none), None);
        let found = pulse.beat(later(seen, 10 * second), none);
        let (since, length) = (seen, 10 * second);
        assert_eq!(found, Some(Pause { since, length }));
        assert_eq!(pulse.beat(later(seen, 10 * second), none), None);
        assert_eq!(
            pulse.beat(later(seen, 9 * second), none),
            None,
            "a straggler"
        );
    }

    #[test]
    fn the_sleep_of_a_machine_stops_its_clock_and_counts_all_the_same() {
        let (start, hour) = (clock::now(), Duration::from_hours(1));
        let mut pulse = Pulse::default();
        pulse.start(start, hour);
        let now = later(start, BEAT);
        let pause = pulse.beat(now, 2 * hour).expect("it slept");
        assert_eq!((pause.since, pause.length), (start, hour + BEAT));
        assert_eq!(pulse.beat(later(now, BEAT), 2 * hour), None);
    }
}
