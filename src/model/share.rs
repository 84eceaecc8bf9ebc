//! Expected shares: what Route 53 promises for one level of weighted record sets, and why.
//!
//! Source: Route 53 Developer Guide, "Weighted routing", "Values specific for weighted records" and "How Route 53 chooses
//! records when health checking is configured". `tests/data/shares.toml` holds the truth table. Levels below each other
//! are multiplied in `tree.rs`.

use super::words::words;

/// One member of a level: what decides about its share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// 0 to 255.
    pub weight: u64,
    /// Whether Route 53 may answer with it.
    pub healthy: bool,
}

words! {
    /// Why a set has its share.
    #[derive(Hash)]
    pub enum Reason {
        /// weight / sum of weights.
        Weight = "weight",
        /// It is the only set of its level.
        OnlyMember = "only_member",
        /// Weight zero beside sets with weight: not answered.
        ZeroWeight = "zero_weight",
        /// All weights are zero: Route 53 answers evenly.
        AllZero = "all_zero",
        /// Its health check fails, so it is not answered.
        Unhealthy = "unhealthy",
        /// weight / sum of the weights of healthy sets.
        HealthyOnly = "healthy_only",
        /// Weight zero, but every set with weight is unhealthy, so those with weight zero are answered.
        Standby = "standby",
        /// No set is healthy, so all count as healthy.
        NothingHealthy = "nothing_healthy",
        /// All weights are zero and some sets are unhealthy: what Route 53 does then is not documented.
        AllZeroSomeUnhealthy = "all_zero_some_unhealthy",
        /// The record is no longer weighted, so the zone declares no share.
        NotDeclared = "not_declared",
    }
}

impl Reason {
    /// Whether AWS documents the rule; a share by another rule is shown, and nothing is concluded from it.
    pub fn is_certain(self) -> bool {
        self != Self::AllZeroSomeUnhealthy
    }
}

/// A share and where it comes from, level by level.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Share {
    /// 0 to 1: the product of the levels.
    pub value: f64,
    /// From the top level to the set's own; one, unless the set is reached through aliases to weighted records.
    pub levels: Vec<Level>,
}

/// The share at one level.
#[derive(Clone, Debug, PartialEq)]
pub struct Level {
    /// The set identifier at this level.
    pub identifier: String,
    /// Its weight.
    pub weight: u64,
    /// The weights that share the answers of the level, added up.
    pub of: u64,
    /// 0 to 1.
    pub value: f64,
    /// Why.
    pub reason: Reason,
}

impl Share {
    /// Whether every level follows a documented rule.
    pub fn is_certain(&self) -> bool {
        self.levels.iter().all(|level| level.reason.is_certain())
    }
}

/// The share of each member of a level, from 0 to 1, with its reason and the sum of weights it is a part of, in the order
/// of the members. The shares add up to 1 unless there is no member.
pub fn level(members: &[Candidate]) -> Vec<(f64, Reason, u64)> {
    let weights: u64 = members.iter().map(|member| member.weight).sum();
    let healthy = members.iter().filter(|member| member.healthy);
    let weighted_healthy: u64 = healthy.map(|member| member.weight).sum();
    let any_healthy = members.iter().any(|member| member.healthy);
    let all_healthy = members.iter().all(|member| member.healthy);
    let alone = members.len() == 1;
    // Who is answered at all, and why.
    let (served, reason): (fn(&Candidate) -> bool, Reason) = if weights == 0 {
        match (all_healthy, any_healthy) {
            (true, _) => (|one| one.healthy, Reason::AllZero),
            (false, true) => (|one| one.healthy, Reason::AllZeroSomeUnhealthy),
            (false, false) => (|_| true, Reason::NothingHealthy),
        }
    } else if weighted_healthy == weights {
        (|one| one.weight > 0, Reason::Weight)
    } else if weighted_healthy > 0 {
        (|one| one.weight > 0 && one.healthy, Reason::HealthyOnly)
    } else if any_healthy {
        (|one| one.healthy, Reason::Standby)
    } else {
        (|one| one.weight > 0, Reason::NothingHealthy)
    };
    let parts = members.iter().filter(|one| served(one));
    let (count, sum) = parts.fold((0, 0), |(count, sum), one| (count + 1, sum + one.weight));
    let share_of = |member: &Candidate| {
        if !served(member) {
            (0.0, unserved(reason, *member))
        } else if alone && reason != Reason::NothingHealthy {
            (1.0, Reason::OnlyMember)
        } else if sum == 0 {
            (1.0 / as_f64(count), reason)
        } else {
            (as_f64(member.weight) / as_f64(sum), reason)
        }
    };
    let shares = members.iter().map(share_of);
    shares.map(|(share, reason)| (share, reason, sum)).collect()
}

/// Why a member is not answered.
fn unserved(rule: Reason, member: Candidate) -> Reason {
    match rule {
        // What is undocumented for those that are answered is so for the others too.
        Reason::AllZeroSomeUnhealthy => rule,
        Reason::Standby => Reason::Unhealthy,
        _ if member.weight == 0 => Reason::ZeroWeight,
        _ => Reason::Unhealthy,
    }
}

/// The shares of the weights alone, every set healthy.
pub fn declared_shares(weights: &[u64]) -> Vec<f64> {
    let healthy = |&weight| Candidate {
        weight,
        healthy: true,
    };
    let members: Vec<Candidate> = weights.iter().map(healthy).collect();
    let shares = level(&members).into_iter();
    shares.map(|(share, ..)| share).collect()
}

/// The observed share of each set, or `None` while nothing was counted.
pub fn observed_shares(counts: &[u64]) -> Option<Vec<f64>> {
    let sum: u64 = counts.iter().sum();
    let share = |count: &u64| as_f64(*count) / as_f64(sum);
    (sum > 0).then(|| counts.iter().map(share).collect())
}

/// A count as a floating-point number; counts stay far below 2^53, where this is exact.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one run stay far below 2^53"
)]
pub fn as_f64(count: u64) -> f64 {
    count as f64
}

/// A number of 0 or more without what is behind its point; the largest count where it is larger than any.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is behind the point is meant to be cut, and the cast saturates"
)]
pub fn rounded_down(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn close(one: &[f64], two: &[f64]) {
        assert_eq!(one.len(), two.len());
        for (a, b) in one.iter().zip(two) {
            assert!((a - b).abs() < 1e-12, "{one:?} against {two:?}");
        }
    }

    #[test]
    fn the_rows_of_the_developer_guide() {
        close(&declared_shares(&[1, 255]), &[1.0 / 256.0, 255.0 / 256.0]);
        close(&declared_shares(&[70, 20, 10]), &[0.7, 0.2, 0.1]);
        close(&declared_shares(&[0, 50, 50]), &[0.0, 0.5, 0.5]);
        close(&declared_shares(&[0, 0, 0]), &[1.0 / 3.0; 3]);
        close(&declared_shares(&[0]), &[1.0]);
        close(&declared_shares(&[180, 70]), &[0.72, 0.28]);
        close(&declared_shares(&[]), &[]);
    }

    fn members(weights: &[u64], healthy: &[bool]) -> Vec<Candidate> {
        let both = weights.iter().zip(healthy);
        both.map(|(&weight, &healthy)| Candidate { weight, healthy })
            .collect()
    }

    fn reasons(weights: &[u64], healthy: &[bool]) -> Vec<Reason> {
        let shares = level(&members(weights, healthy));
        shares.into_iter().map(|(_, reason, _)| reason).collect()
    }

    #[test]
    fn every_share_says_why() {
        use Reason::*;
        assert_eq!(reasons(&[70, 30], &[true, true]), [Weight, Weight]);
        assert_eq!(reasons(&[5], &[true]), [OnlyMember]);
        assert_eq!(reasons(&[0], &[true]), [OnlyMember]);
        assert_eq!(reasons(&[5], &[false]), [NothingHealthy]);
        assert_eq!(reasons(&[70, 0], &[true, true]), [Weight, ZeroWeight]);
        assert_eq!(reasons(&[70, 0], &[true, false]), [Weight, ZeroWeight]);
        assert_eq!(reasons(&[0, 0], &[true, true]), [AllZero, AllZero]);
        assert_eq!(
            reasons(&[7, 2, 1], &[true, false, true]),
            [HealthyOnly, Unhealthy, HealthyOnly]
        );
        assert_eq!(
            reasons(&[1, 1, 0], &[false, false, true]),
            [Unhealthy, Unhealthy, Standby]
        );
        assert_eq!(
            reasons(&[1, 1, 0], &[false, false, false]),
            [NothingHealthy, NothingHealthy, ZeroWeight]
        );
        let unsure = level(&members(&[0, 0], &[true, false]));
        assert!(unsure.iter().all(|(_, reason, _)| !reason.is_certain()));
        assert_eq!((unsure[0].0, unsure[1].0), (1.0, 0.0));
    }

    proptest! {
        #[test]
        fn shares_add_up_to_one_whatever_is_healthy(
            pairs in prop::collection::vec((0u64..=255, any::<bool>()), 1..=100)
        ) {
            let (weights, healthy): (Vec<u64>, Vec<bool>) = pairs.into_iter().unzip();
            let shares = level(&members(&weights, &healthy));
            let sum: f64 = shares.iter().map(|(share, ..)| share).sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
            // Nobody is answered who is unhealthy while somebody healthy could be.
            if healthy.contains(&true) {
                for ((share, ..), healthy) in shares.iter().zip(&healthy) {
                    prop_assert!(*share == 0.0 || *healthy);
                }
            }
        }

        #[test]
        fn shares_add_up_to_one(weights in prop::collection::vec(0u64..=255, 1..=100)) {
            let sum: f64 = declared_shares(&weights).iter().sum();
            prop_assert!((sum - 1.0).abs() < 1e-9);
        }

        #[test]
        fn observed_shares_add_up_to_one_or_are_not_there(counts in prop::collection::vec(0u64..1_000_000_000, 1..=100)) {
            match observed_shares(&counts) {
                None => prop_assert_eq!(counts.iter().sum::<u64>(), 0),
                Some(shares) => prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9),
            }
        }
    }
}
