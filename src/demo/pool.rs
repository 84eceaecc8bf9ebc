//! Names outside the zone, and which of their addresses are published at a time: load balancers as an alias sees them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use super::random::Generator;

/// Pools draw from streams far from those of the servers: one for each pool and period.
const FIRST_STREAM: u64 = 1 << 48;
/// How many periods a pool's streams have room for.
const PERIODS: u64 = 1 << 32;

/// A name outside the zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// The name in lower case, without the last dot.
    pub name: String,
    /// The hosted zone that an alias to it names; AWS's, not the account's.
    pub hosted_zone_id: String,
    /// The first of its addresses; the others follow it. All are loopback addresses.
    pub first: IpAddr,
    /// How many addresses it has; at least one.
    pub count: u16,
    /// How many of them are published at a time; at least one, at most all.
    pub published: u16,
    /// How long a choice of them is published, in story time. Without it the first choice stays.
    pub every: Option<Duration>,
    /// Time to live of its answers, in seconds.
    pub ttl: u32,
}

impl Pool {
    /// All its addresses.
    pub fn addresses(&self) -> Vec<IpAddr> {
        (0..self.count).map(|number| self.address(number)).collect()
    }

    fn address(&self, number: u16) -> IpAddr {
        match self.first {
            IpAddr::V4(first) => {
                Ipv4Addr::from_bits(first.to_bits().wrapping_add(number.into())).into()
            }
            IpAddr::V6(first) => {
                Ipv6Addr::from_bits(first.to_bits().wrapping_add(number.into())).into()
            }
        }
    }

    /// The addresses that are published at a story time, in the order of the pool. `number` is the pool's position in
    /// the story. Every choice is as likely as any other, and depends on nothing but these.
    pub(super) fn published_at(&self, number: usize, seed: u64, at: Duration) -> Vec<IpAddr> {
        let every = self.every.filter(|every| !every.is_zero());
        let period = every.map_or(0, |every| at.as_nanos() / every.as_nanos());
        let period = u64::try_from(period).unwrap_or(u64::MAX) % PERIODS;
        let pool = u64::try_from(number).unwrap_or(0);
        let stream = FIRST_STREAM
            .wrapping_add(pool.wrapping_mul(PERIODS))
            .wrapping_add(period);
        let mut generator = Generator::new(seed, stream);
        let mut left: Vec<u16> = (0..self.count).collect();
        let mut chosen: Vec<u16> = (0..self.published.min(self.count))
            .map(|_| {
                let bound = u64::try_from(left.len()).unwrap_or(1);
                left.swap_remove(usize::try_from(generator.below(bound)).unwrap_or(0))
            })
            .collect();
        chosen.sort_unstable();
        let addresses = chosen.into_iter().map(|number| self.address(number));
        addresses.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool() -> Pool {
        Pool {
            name: "lb.elb.test".to_owned(),
            hosted_zone_id: "Z1".to_owned(),
            first: IpAddr::from([127, 53, 0, 250]),
            count: 50,
            published: 8,
            every: Some(Duration::from_secs(3)),
            ttl: 5,
        }
    }

    #[test]
    fn addresses_follow_each_other_beyond_a_byte() {
        let addresses = pool().addresses();
        assert_eq!(addresses.len(), 50);
        assert_eq!(addresses[6], IpAddr::from([127, 53, 1, 0]));
    }

    #[test]
    fn a_choice_holds_for_its_period_and_every_address_gets_its_turn() {
        let pool = pool();
        let at = |millis| pool.published_at(0, 1, Duration::from_millis(millis));
        assert_eq!(at(0), at(2999));
        assert_ne!(at(2999), at(3000));
        assert_ne!(at(0), pool.published_at(1, 1, Duration::ZERO));
        let mut seen: Vec<IpAddr> = (0..100).flat_map(|period| at(period * 3000)).collect();
        assert_eq!(seen.len(), 800);
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, pool.addresses());
    }

    #[test]
    fn each_choice_names_different_addresses_and_a_still_pool_keeps_its_first() {
        let mut choice = pool().published_at(0, 7, Duration::from_mins(5));
        choice.dedup();
        assert_eq!(choice.len(), 8);
        let still = Pool {
            every: None,
            ..pool()
        };
        assert_eq!(
            still.published_at(0, 7, Duration::ZERO),
            still.published_at(0, 7, Duration::from_hours(5))
        );
    }
}
