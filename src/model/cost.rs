//! What the queries of a run cost: Route 53 bills each query that its name servers answer, whoever sends it.
//!
//! Source: AWS price list as of September 2026 (standard queries, the first billion of a month); Route 53 Developer Guide,
//! "Choosing between alias and non-alias records" (queries for aliases to AWS resources are not charged).

use std::time::Duration;

use super::record::{Target, WeightedSet};

/// US dollars for a million standard queries, the first billion of a month.
pub const USD_PER_MILLION: f64 = 0.40;

const HOUR: Duration = Duration::from_hours(1);

/// What queries cost at a steady rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// Queries an hour that are billed.
    pub queries_per_hour: f64,
    /// US dollars an hour.
    pub usd_per_hour: f64,
}

/// The cost at so many queries a second of which this share, from 0 to 1, is billed.
pub fn cost(tps: u32, billed: f64) -> Cost {
    let queries_per_hour = f64::from(tps) * HOUR.as_secs_f64() * billed.clamp(0.0, 1.0);
    Cost {
        queries_per_hour,
        usd_per_hour: queries_per_hour * USD_PER_MILLION / 1e6,
    }
}

/// The cost if every query is billed: all that can be said while no zone has been read.
pub fn at_most(tps: u32) -> Cost {
    cost(tps, 1.0)
}

/// Whether answers with this set are billed: all but aliases to AWS resources. Whether an alias to another record of the
/// zone is billed where that one leads to an AWS resource is not confirmed; it is counted.
pub fn is_billed(set: &WeightedSet) -> bool {
    let is_own = set.share.levels.len() <= 1;
    !(is_own && matches!(set.target, Target::Alias(_)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::name::RecordName;
    use crate::model::record::AliasTarget;
    use crate::model::share::Level;
    use crate::model::share::Reason;

    fn close(one: f64, two: f64) {
        assert!((one - two).abs() < 1e-9, "{one} against {two}");
    }

    #[test]
    fn twenty_queries_a_second_cost_about_seventy_cents_a_day() {
        let cost = at_most(20);
        close(cost.queries_per_hour, 72_000.0);
        close(cost.usd_per_hour * 24.0, 0.6912);
    }

    #[test]
    fn only_the_billed_share_is_paid_for() {
        close(cost(10, 0.25).queries_per_hour, 9_000.0);
        close(cost(10, 0.0).usd_per_hour, 0.0);
        // Shares that were rounded to a little more than everything.
        close(cost(10, 1.000_001).queries_per_hour, 36_000.0);
    }

    #[test]
    fn aliases_to_aws_resources_are_free_unless_the_way_there_leads_through_the_zone() {
        let target = |name: &str| AliasTarget {
            name: RecordName::from_user(name).expect("a name"),
            zone_id: "Z2".to_owned(),
            evaluate_target_health: false,
        };
        let mut alias = WeightedSet::new("a", 1, Target::Alias(target("x.elb.amazonaws.com")));
        assert!(!is_billed(&alias));
        let level = |identifier: &str| Level {
            identifier: identifier.to_owned(),
            weight: 1,
            of: 1,
            value: 1.0,
            reason: Reason::OnlyMember,
        };
        alias.share.levels = vec![level("a"), level("x")];
        assert!(is_billed(&alias));
        let address = WeightedSet::new("b", 1, Target::Addresses(vec![[192, 0, 2, 1].into()]));
        assert!(is_billed(&address));
    }
}
