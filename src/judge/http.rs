//! The HTTP requests of the recent past, by set: whoever asks how one answered lately asks here, for any time that is not
//! longer than is kept.
//!
//! A set is known by its identifier, so that what it did goes on counting when its weight is changed.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::model::http::Certificate;
use crate::model::notice::{BadAddress, CertificateEnds, Notice};
use crate::model::reading::{HttpReading, Reading};
use crate::snapshot::Set;
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

/// So many addresses and certificates are named.
const NAMED: usize = 4;
/// A certificate that is valid for fewer days than this ends soon.
pub const DAYS: i64 = 14;

/// What stands out over HTTP, and what of it was told.
#[derive(Clone, Debug, Default)]
pub(super) struct HttpTrouble {
    /// When each thing that was told was seen the last time.
    told: BTreeMap<Trouble, Duration>,
}

/// What is known of a set over HTTP.
pub(super) struct Seen<'set> {
    pub identifier: &'set str,
    /// Over the rolling time.
    pub lately: Option<&'set HttpReading>,
    pub certificate: Option<&'set Certificate>,
}

impl<'set> From<&'set Set> for Seen<'set> {
    fn from(set: &'set Set) -> Self {
        Self {
            identifier: &set.identifier,
            lately: set.http_window.as_ref(),
            certificate: (set.http.as_ref()).and_then(|http| http.certificate.as_deref()),
        }
    }
}

/// What is news once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trouble {
    Address(String, IpAddr),
    Ends(String),
    Expired(String),
}

impl HttpTrouble {
    /// What the reader has to know of the sets at a time, and what of that is news. What comes back within the rolling time is
    /// none.
    pub(super) fn look(
        &mut self,
        sets: &[Seen<'_>],
        window: Duration,
        uptime: Duration,
        now: SystemTime,
    ) -> (Vec<Notice>, Vec<Notice>) {
        let since = uptime.saturating_sub(window);
        self.told.retain(|_, seen| *seen >= since);
        let mut addresses = Vec::new();
        let mut ends = Vec::new();
        let (mut bad_is_new, mut end_is_new) = (false, false);
        for set in sets {
            let name = || set.identifier.to_owned();
            let lately = set.lately.into_iter().flat_map(HttpReading::bad_addresses);
            for bad in lately {
                bad_is_new |= self.is_news(Trouble::Address(name(), bad.address), uptime);
                addresses.push(BadAddress {
                    set: name(),
                    address: bad.address,
                    failed: bad.failed,
                    requests: bad.requests,
                });
            }
            let days = set
                .certificate
                .map(|certificate| certificate.days_left(now));
            if let Some(days) = days.filter(|&days| days < DAYS) {
                let trouble = match days {
                    0.. => Trouble::Ends(name()),
                    _ => Trouble::Expired(name()),
                };
                end_is_new |= self.is_news(trouble, uptime);
                ends.push(CertificateEnds { set: name(), days });
            }
        }
        addresses.sort_by_key(|it| std::cmp::Reverse(it.failed));
        ends.sort_by_key(|it| it.days);
        let more = |count: usize| count.saturating_sub(NAMED);
        let (more_addresses, more_ends) = (more(addresses.len()), more(ends.len()));
        addresses.truncate(NAMED);
        ends.truncate(NAMED);
        let bad = (!addresses.is_empty()).then_some(Notice::BadAddresses {
            addresses,
            more: more_addresses,
        });
        let end = (!ends.is_empty()).then_some(Notice::CertificatesEnd {
            sets: ends,
            more: more_ends,
        });
        let news = [
            bad.clone().filter(|_| bad_is_new),
            end.clone().filter(|_| end_is_new),
        ];
        let flat = |notices: [Option<Notice>; 2]| notices.into_iter().flatten().collect();
        (flat([bad, end]), flat(news))
    }

    fn is_news(&mut self, trouble: Trouble, uptime: Duration) -> bool {
        self.told.insert(trouble, uptime).is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{At, Fact, HttpOutcome};
    use crate::model::http::HttpFailure;
    use crate::model::http::{HttpFault, Phases};
    use crate::model::name::RecordName;
    use crate::model::reading::AddressReading;
    use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
    use crate::tally::Tally;

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

    /// Two addresses, of which the second fails so often.
    fn pool(requests: u64, failed: u64) -> HttpReading {
        let mut http = HttpReading::default();
        for (last, failed) in [(1, 0), (2, failed)] {
            http.addresses.push(AddressReading {
                address: [192, 0, 2, last].into(),
                requests,
                failed,
                last_fault: None,
            });
        }
        http
    }

    #[test]
    fn a_bad_address_is_news_once_and_stands_as_long_as_it_is_bad() {
        let mut trouble = HttpTrouble::default();
        let mut look = |failed, second| {
            let lately = pool(40, failed);
            let sets = [Seen {
                identifier: "green",
                lately: Some(&lately),
                certificate: None,
            }];
            let window = Duration::from_mins(5);
            let (stands, news) = trouble.look(&sets, window, at(second).uptime, at(second).wall);
            (stands.len(), news.len())
        };
        assert_eq!(look(5, 1), (0, 0));
        assert_eq!(look(30, 2), (1, 1));
        assert_eq!(look(31, 3), (1, 0));
        // It wavers for a while, and comes back long after.
        assert_eq!((look(9, 4), look(12, 5)), ((0, 0), (1, 0)));
        assert_eq!((look(9, 400), look(40, 401)), ((0, 0), (1, 1)));
    }

    #[test]
    fn a_certificate_is_told_below_fourteen_days_and_when_it_has_ended() {
        let mut trouble = HttpTrouble::default();
        let certificate = Certificate {
            names: Vec::new(),
            more_names: 0,
            issuer: String::new(),
            not_before: SystemTime::UNIX_EPOCH,
            not_after: SystemTime::UNIX_EPOCH + Duration::from_hours(24 * 100),
        };
        let mut look = |day: u64| {
            let sets = [Seen {
                identifier: "green",
                lately: None,
                certificate: Some(&certificate),
            }];
            let moment = at(86_400 * day + 1);
            let window = Duration::from_mins(5);
            let (stands, news) = trouble.look(&sets, window, moment.uptime, moment.wall);
            let days = stands.iter().map(|stands| match stands {
                Notice::CertificatesEnd { sets, .. } => sets[0].days,
                other => panic!("{other:?}"),
            });
            (days.collect::<Vec<_>>(), news.len())
        };
        assert_eq!(look(85), (vec![], 0));
        assert_eq!(look(86), (vec![13], 1));
        assert_eq!(look(99), (vec![0], 1));
        assert_eq!(look(100), (vec![-1], 1));
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
