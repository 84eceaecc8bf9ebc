//! Whether this process has been at work all the time. One that was stopped, or whose machine slept, has heard nothing
//! meanwhile, and finds every wait over when it goes on.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::{self, Moment};
use crate::tally::locked;

/// While it is at work, this is noted so often at least.
pub const BEAT: Duration = Duration::from_millis(250);
/// Longer between two beats than a busy machine makes anybody wait.
const STOOD_STILL: Duration = Duration::from_secs(1);

/// When the process was about to be stopped, or went on after it was, the last time: a signal tells, and it comes to the whole
/// of the process.
static STOPPED: Mutex<Option<Instant>> = Mutex::new(None);
/// Within this time after the process goes on, the signal that says so is noticed.
const SIGNAL_WITHIN: Duration = Duration::from_millis(20);

/// The process is about to be stopped, or goes on after it was.
pub fn note_stop() {
    *locked(&STOPPED) = Some(clock::instant());
}

/// Whether a pause that began then and has just ended was a stop of the process.
pub fn was_stop(since: Instant) -> bool {
    let is_noted = || locked(&STOPPED).is_some_and(|at| at >= since);
    is_noted() || {
        // Whoever listens for signals wakes up together with whoever asks.
        std::thread::sleep(SIGNAL_WITHIN);
        is_noted()
    }
}

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
    fn a_stop_explains_the_pause_that_it_falls_into_and_no_later_one() {
        let before = clock::instant();
        note_stop();
        assert!(was_stop(before));
        let later = clock::instant() + Duration::from_secs(1);
        assert!(!was_stop(later));
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
