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

/// Waits as long as somebody may take who is at work all the time: while this process stands still, time does not run out.
/// `None`: it has.
pub async fn within<T>(time: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = work => Some(done),
        () = at_work_for(time) => None,
    }
}

/// Returns when this process has been at work for so long. A pause is hardly longer than a beat by that.
pub async fn at_work_for(time: Duration) {
    let mut left = time;
    while !left.is_zero() {
        let before = clock::instant();
        tokio::time::sleep(left.min(BEAT)).await;
        let passed = clock::instant().saturating_duration_since(before);
        left = left.saturating_sub(at_work(passed));
    }
}

/// How much of the time between two beats somebody was at work.
fn at_work(passed: Duration) -> Duration {
    if passed < STOOD_STILL { passed } else { BEAT }
}

/// When the process was seen at work last. Whoever wakes up looks, so the first one after a pause finds it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pulse {
    last: Option<Moment>,
}

/// A time in which nobody was at work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When the process was seen at work last.
    pub since: Moment,
    /// For how long it stood still, the sleep of the machine included.
    pub length: Duration,
}

impl Pulse {
    /// From now on somebody notes every [`BEAT`] that the process is at work.
    pub fn start(&mut self, at: Moment) {
        self.last.get_or_insert(at);
    }

    /// The process is at work. Returns the pause that has just ended.
    pub fn beat(&mut self, now: Moment) -> Option<Pause> {
        let last = self.last.as_mut()?;
        // Another thread may have looked at the clock later and come earlier.
        if now.instant < last.instant {
            return None;
        }
        let since = std::mem::replace(last, now);
        let length = now.since(since);
        (length >= STOOD_STILL).then_some(Pause { since, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn later(moment: Moment, by: Duration) -> Moment {
        Moment {
            instant: moment.instant + by,
            wall: moment.wall + by,
            ..moment
        }
    }

    #[test]
    fn a_pause_is_found_once_by_whoever_comes_first() {
        let (start, second) = (clock::now(), Duration::from_secs(1));
        let mut pulse = Pulse::default();
        assert_eq!(pulse.beat(later(start, 9 * second)), None, "not started");
        pulse.start(start);
        let seen = later(start, second / 2);
        assert_eq!(pulse.beat(seen), None);
        let found = pulse.beat(later(seen, 10 * second));
        let (since, length) = (seen, 10 * second);
        assert_eq!(found, Some(Pause { since, length }));
        assert_eq!(pulse.beat(later(seen, 10 * second)), None);
        assert_eq!(pulse.beat(later(seen, 9 * second)), None, "a straggler");
    }

    #[test]
    fn time_runs_out_on_a_busy_machine_and_not_while_the_process_stands_still() {
        let busy = STOOD_STILL.mul_f64(0.9);
        assert_eq!(at_work(busy), busy);
        assert_eq!(at_work(Duration::from_secs(30)), BEAT);
    }

    #[tokio::test]
    async fn what_takes_longer_than_it_may_is_broken_off_and_what_is_done_is_taken() {
        let limit = 2 * BEAT;
        assert_eq!(within(limit, async { 7 }).await, Some(7));
        let started = clock::instant();
        assert_eq!(within(limit, std::future::pending::<()>()).await, None);
        assert!(clock::instant() >= started + limit);
        assert_eq!(within(Duration::ZERO, async { 7 }).await, Some(7));
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
        pulse.start(start);
        let mut now = later(start, BEAT);
        now.asleep += hour;
        let pause = pulse.beat(now).expect("it slept");
        assert_eq!((pause.since, pause.length), (start, hour + BEAT));
        assert_eq!(now.since(start), hour + BEAT, "the run got older by that");
        assert_eq!(pulse.beat(later(now, BEAT)), None);
    }

    #[test]
    fn a_clock_on_the_wall_that_is_set_is_no_pause() {
        let start = clock::now();
        let mut pulse = Pulse::default();
        pulse.start(start);
        let mut now = later(start, BEAT);
        now.wall += Duration::from_hours(1);
        assert_eq!((pulse.beat(now), now.since(start)), (None, BEAT));
        let mut now = later(now, BEAT);
        now.wall -= Duration::from_hours(2);
        assert_eq!((pulse.beat(now), now.since(start)), (None, 2 * BEAT));
    }
}
