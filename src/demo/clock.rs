//! The simulated world's only door to the time: turns real time into story time and back.
//!
//! What happens at which story time is none of its business; that is the timeline's.

use std::time::{Duration, Instant, SystemTime};

/// A clock that started with the world and runs `speed` times as fast as the one on the wall.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoryClock {
    started: Instant,
    started_at: SystemTime,
    speed: f64,
}

/// What the clock on the wall shows.
#[expect(
    clippy::disallowed_methods,
    reason = "this file is the demo's door to the time"
)]
pub(super) fn wall() -> SystemTime {
    SystemTime::now()
}

impl StoryClock {
    /// Starts the story now. `speed` is story seconds per real second.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is the demo's door to the time"
    )]
    pub(super) fn start(speed: f64) -> Self {
        Self {
            started: Instant::now(),
            started_at: wall(),
            speed,
        }
    }

    /// The present moment, for measuring real spans.
    #[expect(
        clippy::disallowed_methods,
        reason = "this file is the demo's door to the time"
    )]
    pub(super) fn now() -> Instant {
        Instant::now()
    }

    /// How far the story is.
    pub(super) fn position(&self) -> Duration {
        Self::now()
            .saturating_duration_since(self.started)
            .mul_f64(self.speed)
    }

    /// The present moment by the wall clock.
    pub(super) fn wall_time(&self) -> SystemTime {
        self.started_at + Self::now().saturating_duration_since(self.started)
    }

    /// When the story started, by the wall clock.
    pub(super) fn started_at(&self) -> SystemTime {
        self.started_at
    }

    /// Story seconds per real second.
    pub(super) fn speed(&self) -> f64 {
        self.speed
    }
}
