//! The only place that asks for the time. Everybody else is told.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

/// One moment by two clocks: one that can be measured with, one that people read. The first stands still while the machine
/// sleeps, so that is told beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// By a clock that is never set.
    pub instant: Instant,
    /// By the clock on the wall.
    pub wall: SystemTime,
    /// How long the machine had slept by then.
    pub asleep: Duration,
}

impl Moment {
    /// The time that has passed since an earlier moment, sleep included; zero if it is not earlier.
    pub fn since(self, earlier: Self) -> Duration {
        let awake = self.instant.saturating_duration_since(earlier.instant);
        awake + self.asleep.saturating_sub(earlier.asleep)
    }
}

/// Now, by both clocks.
pub fn now() -> Moment {
    Moment {
        instant: instant(),
        wall: wall(),
        asleep: asleep(),
    }
}

/// Now, by the clock that is never set.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the clock"
)]
pub fn instant() -> Instant {
    Instant::now()
}

/// How long the machine has slept since it was started: what the clock that is never set leaves out.
#[cfg(target_os = "linux")]
fn asleep() -> Duration {
    let of = |clock| {
        let time = rustix::time::clock_gettime(clock);
        Duration::try_from(time).unwrap_or_default()
    };
    let without = of(rustix::time::ClockId::Monotonic);
    of(rustix::time::ClockId::Boottime).saturating_sub(without)
}

/// How long the machine has slept: of others than Linux nothing is known.
#[cfg(not(target_os = "linux"))]
fn asleep() -> Duration {
    Duration::ZERO
}

/// Now, by the clock on the wall.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one door to the clock"
)]
pub fn wall() -> SystemTime {
    SystemTime::now()
}
