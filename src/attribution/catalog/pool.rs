//! The addresses known of one alias target, each with the times at which it was seen.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// An address that was not seen for so many TTLs of its target is forgotten.
const FORGET_AFTER: u32 = 10;
/// What a look-up has shown within so many TTLs is a sure sign of the target.
const RECENT: u32 = 2;

/// So many addresses of a target are kept, those seen last; Route 53 answers with eight at a time.
pub const MOST_ADDRESSES: usize = 1_000;

/// When an address of an alias target was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// For the first time, however that was.
    pub first: SystemTime,
    /// For the last time: in a look-up, or in the company of one that a look-up has shown.
    pub last: SystemTime,
    /// In the newest look-up that showed it; `None`: known by its company only.
    pub looked_up: Option<SystemTime>,
}

/// What one alias target answers with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Pool {
    seen: BTreeMap<IpAddr, Sighting>,
    /// After which it is looked up again.
    ttl: Duration,
    /// When addresses were seen last that are not kept because there are too many.
    crowded: Option<SystemTime>,
}

impl Pool {
    pub(super) fn seen(&self) -> &BTreeMap<IpAddr, Sighting> {
        &self.seen
    }

    pub(super) fn holds(&self, address: IpAddr) -> bool {
        self.seen.contains_key(&address)
    }

    pub(super) fn was_looked_up(&self, address: IpAddr) -> bool {
        let sighting = self.seen.get(&address);
        sighting.is_some_and(|sighting| sighting.looked_up.is_some())
    }

    /// Whether a look-up has shown an address lately.
    pub(super) fn is_recent(&self, address: IpAddr, now: SystemTime) -> bool {
        let looked_up = self.seen.get(&address).and_then(|seen| seen.looked_up);
        looked_up.is_some_and(|at| passed(at, now) <= self.ttl * RECENT)
    }

    /// Takes in a look-up. Returns whether it showed anything new.
    pub(super) fn learn(&mut self, addresses: &[IpAddr], ttl: Duration, now: SystemTime) -> bool {
        self.ttl = ttl;
        let mut news = false;
        for &address in addresses {
            let sighting = self.sighting(address, now);
            news |= sighting.looked_up.is_none();
            sighting.last = now;
            sighting.looked_up = Some(now);
        }
        self.keep_newest(now);
        news
    }

    /// Whether there are more addresses than are kept.
    pub(super) fn is_full(&self) -> bool {
        self.crowded.is_some()
    }

    /// Forgets those that were not seen for longest, where there are too many. What is known by its
    /// company only goes first.
    fn keep_newest(&mut self, now: SystemTime) {
        if self.seen.len() <= MOST_ADDRESSES {
            return;
        }
        let age = |seen: &Sighting| (seen.looked_up.is_some(), seen.last, seen.first);
        let mut order: Vec<_> = self
            .seen
            .iter()
            .map(|(at, seen)| (age(seen), *at))
            .collect();
        order.sort_unstable();
        for (_, address) in &order[..order.len() - MOST_ADDRESSES] {
            self.seen.remove(address);
        }
        self.crowded = Some(now);
    }

    /// Takes in an address that stood beside a recent one.
    pub(super) fn learn_companion(&mut self, address: IpAddr, now: SystemTime) {
        if self.seen.len() >= MOST_ADDRESSES && !self.holds(address) {
            self.crowded = Some(now);
            return;
        }
        let sighting = self.sighting(address, now);
        // The life of what look-ups have shown is theirs to lengthen.
        if sighting.looked_up.is_none() {
            sighting.last = now;
        }
    }

    fn sighting(&mut self, address: IpAddr, now: SystemTime) -> &mut Sighting {
        self.seen.entry(address).or_insert(Sighting {
            first: now,
            last: now,
            looked_up: None,
        })
    }

    /// Forgets what is known by its company only. Returns whether there was any.
    pub(super) fn doubt(&mut self) -> bool {
        let before = self.seen.len();
        self.seen.retain(|_, seen| seen.looked_up.is_some());
        before != self.seen.len()
    }

    /// Forgets what was not seen for long. Returns whether there was any.
    pub(super) fn age(&mut self, now: SystemTime) -> bool {
        let (before, life) = (self.seen.len(), self.ttl * FORGET_AFTER);
        self.seen.retain(|_, seen| passed(seen.last, now) < life);
        let crowded = self.crowded;
        self.crowded = crowded.filter(|at| passed(*at, now) < life);
        before != self.seen.len() || crowded != self.crowded
    }
}

/// The time that has passed; none when the clock was set back.
fn passed(since: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(since).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const DAYS: Duration = Duration::from_hours(72);

    fn ips(from: u32, count: usize) -> Vec<IpAddr> {
        let count = u32::try_from(count).expect("few");
        (from..from + count)
            .map(|number| Ipv4Addr::from(number).into())
            .collect()
    }

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn the_newest_thousand_addresses_stay_whatever_the_ttl_is() {
        let mut pool = Pool::default();
        for look_up in 0..50 {
            let addresses = ips(look_up * 100, 100);
            assert!(pool.learn(&addresses, DAYS, at(look_up.into())));
            assert_eq!(pool.is_full(), look_up >= 10);
        }
        assert_eq!(pool.seen().len(), MOST_ADDRESSES);
        let newest = ips(4_000, MOST_ADDRESSES);
        assert!(newest.iter().all(|address| pool.holds(*address)));
        // One look-up alone may show too many.
        pool.learn(&ips(90_000, 4_000), DAYS, at(60));
        assert_eq!(pool.seen().len(), MOST_ADDRESSES);
    }

    #[test]
    fn company_takes_the_place_of_nothing_that_was_looked_up() {
        let mut pool = Pool::default();
        pool.learn(&ips(0, MOST_ADDRESSES - 1), DAYS, at(0));
        for address in ips(5_000, 20) {
            pool.learn_companion(address, at(1));
        }
        assert!(pool.is_full() && pool.seen().len() == MOST_ADDRESSES);
        pool.learn(&ips(9_000, 1), DAYS, at(2));
        assert!(ips(0, 999).iter().all(|address| pool.holds(*address)));
        assert!(pool.holds(ips(9_000, 1)[0]) && !pool.holds(ips(5_000, 1)[0]));
    }

    #[test]
    fn it_is_full_no_longer_when_none_was_left_out_for_ten_ttls() {
        let ttl = Duration::from_secs(10);
        let mut pool = Pool::default();
        pool.learn(&ips(0, 1_001), ttl, at(0));
        assert!(pool.is_full());
        pool.learn(&ips(1, 500), ttl, at(99));
        assert!(pool.age(at(100)) && !pool.is_full());
        assert_eq!(pool.seen().len(), 500);
    }
}
