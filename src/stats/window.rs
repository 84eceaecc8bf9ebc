//! HTTP requests of the recent past one by one, so that they can be added up over any time that is not longer than is kept.
//!
//! What is kept grows with the rate and the longest time alone: some 80 bytes for each request of that time.

use std::collections::VecDeque;
use std::time::Duration;

use super::histogram::Times;
use crate::model::http::{HttpFault, Phases};
use crate::model::reading::{HttpReading, RequestSeen};

/// No more requests than these are kept, whatever the rate: an hour of the highest.
const MOST: usize = 360_000;

/// The requests of one set over the longest time that somebody asks for.
#[derive(Clone, Debug)]
pub struct RequestWindow {
    longest: Duration,
    requests: VecDeque<Kept>,
}

/// What is kept of a request.
#[derive(Clone, Copy, Debug)]
struct Kept {
    at: Duration,
    status: Option<u16>,
    fault: Option<HttpFault>,
    phases: Option<Phases>,
}

impl RequestWindow {
    /// Nothing yet.
    pub fn new(longest: Duration) -> Self {
        Self {
            longest,
            requests: VecDeque::new(),
        }
    }

    /// Takes a request that has ended.
    pub fn record(&mut self, request: &RequestSeen) {
        // Two tasks may hand theirs over in another order than they ended: the order of counting is the one that holds.
        let newest = self.requests.back().map_or(Duration::ZERO, |kept| kept.at);
        self.requests.push_back(Kept {
            at: request.at.max(newest),
            status: request.status,
            fault: request.fault,
            phases: request.phases,
        });
        if self.requests.len() > MOST {
            self.requests.pop_front();
        }
    }

    /// Forgets what no question reaches any more.
    pub fn forget(&mut self, now: Duration) {
        let since = now.saturating_sub(self.longest);
        let old = self.requests.partition_point(|kept| kept.at < since);
        self.requests.drain(..old);
        if self.requests.capacity() > 4 * self.requests.len() + 64 {
            self.requests.shrink_to(2 * self.requests.len());
        }
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.requests.is_empty()
    }

    /// The last requests, back to `over` before now.
    fn last(&self, over: Duration, now: Duration) -> impl Iterator<Item = &Kept> {
        let since = now.checked_sub(over);
        let newest_first = self.requests.iter().rev();
        newest_first.take_while(move |kept| since.is_none_or(|since| kept.at > since))
    }
}

/// The requests of several sets over the last `over`, added up: those that ended after `now - over`.
pub fn over<'window>(
    windows: impl IntoIterator<Item = &'window RequestWindow>,
    over: Duration,
    now: Duration,
) -> HttpReading {
    let mut reading = HttpReading::default();
    let mut times: Option<Times> = None;
    let mut phases = Phases::default();
    for kept in windows
        .into_iter()
        .flat_map(|window| window.last(over, now))
    {
        reading.count(kept.status, kept.fault);
        if let Some(whole) = kept.phases {
            times.get_or_insert_default().record(whole.took());
            phases = phases + whole;
        }
    }
    reading.latency = times.as_ref().and_then(Times::latency);
    reading.phases = phases.mean(reading.latency.map_or(0, |latency| latency.samples));
    reading
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::random;

    fn request(at: u64, status: Option<u16>, fault: Option<HttpFault>) -> RequestSeen {
        RequestSeen {
            at: Duration::from_millis(at),
            segment: 1,
            set: 0.into(),
            address: "192.0.2.1".parse().expect("an address"),
            status,
            fault,
            phases: status.map(|_| Phases {
                connect: Duration::from_millis(10),
                first_byte: Duration::from_millis(at % 7),
                ..Phases::default()
            }),
        }
    }

    #[test]
    fn any_time_up_to_the_longest_has_exactly_its_own_requests() {
        let longest = Duration::from_mins(5);
        let mut window = RequestWindow::new(longest);
        let mut all = Vec::new();
        let mut random = random(5);
        let mut at = 0;
        for _ in 0..3_000 {
            at += [7, 90, 300, 400][usize::from(random() < 0.5) + 2 * usize::from(random() < 0.5)];
            let one = match random() {
                luck if luck < 0.1 => request(at, None, Some(HttpFault::Timeout)),
                luck if luck < 0.2 => request(at, Some(503), Some(HttpFault::Status)),
                _ => request(at, Some(200), None),
            };
            window.record(&one);
            all.push(one);
        }
        let now = Duration::from_millis(at + 1);
        window.forget(now);
        for seconds in [1, 10, 60, 299, 300] {
            let span = Duration::from_secs(seconds);
            let reading = over([&window], span, now);
            let within = all.iter().filter(|one| one.at > now.saturating_sub(span));
            let within: Vec<_> = within.collect();
            let count = |what: &dyn Fn(&RequestSeen) -> bool| {
                within.iter().filter(|one| what(one)).count() as u64
            };
            assert_eq!(reading.requests, within.len() as u64);
            assert_eq!(
                reading.of_kind(HttpFault::Timeout),
                count(&|one| one.status.is_none())
            );
            assert_eq!(reading.status[4], count(&|one| one.status == Some(503)));
            assert_eq!(reading.failed(), count(&|one| one.fault.is_some()));
            let whole = reading.latency.map(|latency| latency.samples);
            assert_eq!(whole, Some(count(&|one| one.status.is_some())));
            let connect = reading.phases.map(|phases| phases.connect);
            assert_eq!(connect, Some(Duration::from_millis(10)));
        }
        assert_eq!(over([], longest, now), HttpReading::default());
        let twice = over([&window, &window], longest, now);
        assert_eq!(twice.requests, 2 * over([&window], longest, now).requests);
    }

    #[test]
    fn a_request_leaves_the_window_when_its_time_is_over() {
        let mut window = RequestWindow::new(Duration::from_secs(10));
        window.record(&request(1_000, Some(200), None));
        let seen = |now: u64| {
            let now = Duration::from_millis(now);
            over([&window], Duration::from_secs(10), now).requests
        };
        assert_eq!((seen(1_000), seen(10_999), seen(11_000)), (1, 1, 0));
        window.forget(Duration::from_millis(11_001));
        assert!(window.is_empty());
    }

    #[test]
    fn a_week_takes_no_more_room_than_its_longest_time() {
        let longest = Duration::from_mins(5);
        let mut window = RequestWindow::new(longest);
        let mut most = 0;
        for second in 0..7 * 24 * 3_600_u64 {
            // Loud in the first hour, then one request a second.
            let requests = if second < 3_600 { 20 } else { 1 };
            for _ in 0..requests {
                window.record(&request(1_000 * second, Some(200), None));
            }
            window.forget(Duration::from_secs(second));
            most = most.max(window.requests.len());
        }
        assert!(most <= 20 * 302, "{most}");
        assert!(
            window.requests.capacity() < 20 * 302,
            "what was loud is let go"
        );
        let now = Duration::from_hours(7 * 24);
        assert_eq!(over([&window], longest, now).requests, 299);
    }
}
