//! The addresses known of one alias target, each with the times at which it was seen.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

/// An address that was not seen for so many TTLs of its target is forgotten.
const FORGET_AFTER: u32 = 10;
/// What a look-up has shown within so many TTLs is a sure sign of the target.
const RECENT: u32 = 2;

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
        news
    }

    /// Takes in an address that stood beside a recent one.
    pub(super) fn learn_companion(&mut self, address: IpAddr, now: SystemTime) {
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
        before != self.seen.len()
    }
}

/// The time that has passed; none when the clock was set back.
fn passed(since: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(since).unwrap_or_default()
}
