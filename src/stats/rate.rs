//! Events per second, from a count that is read now and again.

use std::collections::VecDeque;
use std::time::Duration;

/// Counts of the recent past.
#[derive(Clone, Debug)]
pub struct RecentRate {
    window: Duration,
    readings: VecDeque<(Duration, u64)>,
}

impl RecentRate {
    /// Looks back over a window of this length.
    pub fn new(window: Duration) -> Self {
        Self {
            window,
            // Nothing had happened when the run began.
            readings: VecDeque::from([(Duration::ZERO, 0)]),
        }
    }

    /// Takes the count at a time (both only grow) and gives the rate over the window, or over what there is of it;
    /// `None` before half a second has been seen.
    pub fn record(&mut self, at: Duration, count: u64) -> Option<f64> {
        self.readings.push_back((at, count));
        // The oldest reading stays until the next one covers the window too, so that the window is never shorter than meant.
        while self
            .readings
            .get(1)
            .is_some_and(|(second, _)| at.saturating_sub(*second) >= self.window)
        {
            self.readings.pop_front();
        }
        let (oldest, before) = *self.readings.front()?;
        per_second(count.saturating_sub(before), at.saturating_sub(oldest))
    }
}

/// Events per second over a span; `None` when the span is too short to say.
pub fn per_second(events: u64, span: Duration) -> Option<f64> {
    (span >= Duration::from_millis(500))
        .then(|| crate::model::share::as_f64(events) / span.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_forgets_what_is_old() {
        let mut rate = RecentRate::new(Duration::from_secs(10));
        assert_eq!(rate.record(Duration::ZERO, 0), None);
        // 10 a second for a minute, then nothing.
        let mut last = None;
        for second in 1..=60u64 {
            last = rate.record(Duration::from_secs(second), second * 10);
        }
        assert_eq!(last, Some(10.0));
        assert_eq!(rate.record(Duration::from_secs(65), 600), Some(5.0));
        assert_eq!(rate.record(Duration::from_secs(75), 600), Some(0.0));
    }
}
