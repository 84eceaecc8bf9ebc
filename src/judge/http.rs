//! The HTTP requests of the recent past, by set: whoever asks how one answered lately asks here, for any time that is not
//! longer than is kept.
//!
//! A set is known by its identifier, so that what it did goes on counting when its weight is changed.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::reading::{HttpReading, Reading};
use crate::stats::window::{RequestWindow, over};

/// The windows of all sets.
#[derive(Clone, Debug)]
pub struct HttpWindows {
    longest: Duration,
    sets: BTreeMap<String, RequestWindow>,
}

impl HttpWindows {
    /// Nothing yet; nobody may ask for more than the longest time.
    pub fn new(longest: Duration) -> Self {
        Self {
            longest,
            sets: BTreeMap::new(),
        }
    }

    /// Takes in what has ended since the last reading.
    pub fn write(&mut self, reading: &Reading, now: Duration) {
        for request in &reading.requests {
            let mut newest_first = reading.segments.iter().rev();
            let segment = newest_first.find(|segment| segment.number == request.segment);
            let set = segment.and_then(|it| it.group.sets.get(request.set.get()));
            let Some(set) = set else { continue };
            if let Some(window) = self.sets.get_mut(&set.identifier) {
                window.record(request);
            } else {
                let mut window = RequestWindow::new(self.longest);
                window.record(request);
                self.sets.insert(set.identifier.clone(), window);
            }
        }
        for window in self.sets.values_mut() {
            window.forget(now);
        }
        // A set that nobody has asked for so long may be gone.
        self.sets.retain(|_, window| !window.is_empty());
    }

    /// What became of the requests to a set over the last `span`.
    pub fn of(&self, identifier: &str, span: Duration, now: Duration) -> HttpReading {
        over(self.sets.get(identifier), span, now)
    }

    /// What became of the requests to all sets together.
    pub fn of_all(&self, span: Duration, now: Duration) -> HttpReading {
        over(self.sets.values(), span, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{At, Fact, HttpFailure, HttpOutcome};
    use crate::model::http::{HttpFault, Phases};
    use crate::model::name::RecordName;
    use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
    use crate::tally::Tally;
    use std::time::SystemTime;

    fn at(seconds: u64) -> At {
        let uptime = Duration::from_secs(seconds);
        let wall = SystemTime::UNIX_EPOCH + uptime;
        At { uptime, wall }
    }

    fn group(weights: [u64; 2]) -> WeightedGroup {
        let set = |(identifier, address, weight): (&str, &str, u64)| {
            let target = Target::Addresses(vec![address.parse().expect("an address")]);
            WeightedSet::new(identifier, weight, target)
        };
        let sets = [
            ("blue", "192.0.2.1", weights[0]),
            ("green", "192.0.2.2", weights[1]),
        ];
        let name = RecordName::from_user("app.example.test").expect("a name");
        WeightedGroup::of_weights(name, RecordType::A, sets.map(set).to_vec())
    }

    /// A request of the set at a place that ended at a second.
    fn ended(tally: &Tally, second: u64, set: usize, well: bool) {
        let (segment, _) = tally.in_force();
        let address = "192.0.2.1".parse().expect("an address");
        let outcome = if well {
            HttpOutcome::Response {
                address,
                status: 200,
                phases: Some(Phases::default()),
                failure: None,
            }
        } else {
            let failure = HttpFailure {
                kind: HttpFault::Reset,
                why: "gone".to_owned(),
            };
            HttpOutcome::NoResponse { address, failure }
        };
        tally.take(Fact::Requested {
            at: at(second),
            segment,
            set: set.into(),
            outcome,
        });
    }

    fn polled(tally: &Tally, second: u64, weights: [u64; 2]) {
        tally.take(Fact::Polled {
            at: at(second),
            sent_at: at(second).uptime,
            declared: Ok(group(weights)),
            known_since: Some(at(second).uptime),
        });
    }

    #[test]
    fn a_window_reaches_over_a_change_of_weights_and_what_is_gone_is_forgotten() {
        let tally = Tally::new(group([90, 10]), vec!["ns-1".into()], SystemTime::UNIX_EPOCH);
        let mut windows = HttpWindows::new(Duration::from_mins(1));
        let look = |windows: &mut HttpWindows, second| {
            windows.write(&tally.tick(at(second)).0, at(second).uptime);
        };
        ended(&tally, 1, 0, true);
        ended(&tally, 2, 1, false);
        look(&mut windows, 3);
        polled(&tally, 10, [10, 90]);
        ended(&tally, 11, 1, true);
        look(&mut windows, 12);
        let of = |windows: &HttpWindows, set: &str, span: u64| {
            let reading = windows.of(set, Duration::from_secs(span), at(12).uptime);
            (reading.requests, reading.of_kind(HttpFault::Reset))
        };
        assert_eq!(of(&windows, "green", 60), (2, 1));
        assert_eq!(of(&windows, "green", 5), (1, 0));
        assert_eq!(of(&windows, "blue", 60), (1, 0));
        assert_eq!(of(&windows, "red", 60), (0, 0));
        let all = windows.of_all(Duration::from_mins(1), at(12).uptime);
        assert_eq!((all.requests, all.failed(), all.status[1]), (3, 1, 2));
        look(&mut windows, 80);
        assert!(windows.sets.is_empty());
    }
}
