//! Why sets have their shares, what is known of their health, and what is likely wrong with them.

use crate::model::health::{NoStatus, SetHealth};
use crate::model::share::Reason;

/// What stands in for a fraction where every set gets the same.
pub const EVENLY: &str = "evenly";
/// What stands in for a fraction where a set is not answered.
pub const NOT_ANSWERED: &str = "not answered";
/// What stands in for a fraction where there is nothing to choose.
pub const ONLY_SET: &str = "the only set";

/// The rule behind a share, in a sentence without its subject.
pub fn rule(reason: Reason) -> &'static str {
    match reason {
        Reason::Weight => "its weight in the sum of weights",
        Reason::OnlyMember => ONLY_SET,
        Reason::ZeroWeight => "weight zero: not answered while another set has weight",
        Reason::AllZero => "all weights are zero, so Route 53 answers evenly",
        Reason::Unhealthy => "its health check or its target fails, so it is not answered",
        Reason::HealthyOnly => "only healthy sets count",
        Reason::Standby => {
            "every set with weight is unhealthy, so zero-weight sets answer (standby)"
        }
        Reason::NothingHealthy => "no set is healthy, so all count as healthy",
        Reason::AllZeroSomeUnhealthy => {
            "all weights are zero and some sets are unhealthy: AWS does not document what happens then, so nothing is concluded"
        }
        Reason::NotDeclared => "no share is declared since the record is no longer weighted",
    }
}

/// The same in two words, for lines that name many sets; nothing for what goes without saying.
pub fn in_two_words(reason: Reason) -> Option<&'static str> {
    match reason {
        Reason::Weight | Reason::OnlyMember => None,
        Reason::ZeroWeight => Some("weight zero"),
        Reason::AllZero => Some("all zero"),
        Reason::Unhealthy => Some("unhealthy"),
        Reason::HealthyOnly => Some("healthy only"),
        Reason::Standby => Some("standby"),
        Reason::NothingHealthy => Some("none healthy"),
        Reason::AllZeroSomeUnhealthy => Some("undocumented"),
        Reason::NotDeclared => Some("not declared"),
    }
}

/// What stands between the levels of a nested share.
pub const BELOW: &str = " > ";

/// The check of a set could not be read.
pub const ASSUMED: &str = "assuming healthy: its health check could not be read";
/// The check of a set was not read yet.
pub const NOT_READ: &str = "its health check has not been read yet";

/// The check of a set has no status to read.
pub fn no_status(why: NoStatus) -> String {
    format!("assuming healthy: {}", why.reason())
}

/// What is not known of the health of a set, in two words; nothing where something is.
pub fn health_in_two_words(health: SetHealth) -> Option<&'static str> {
    match health {
        SetHealth::NotRead => Some("health unread"),
        SetHealth::NoStatus(_) => Some("health unknown"),
        _ => None,
    }
}

/// Whether a set is answered depends on something that the API does not tell.
pub const TARGET_UNKNOWN: &str = "target health unknown (EvaluateTargetHealth is on)";
/// A set is not healthy, and is answered nevertheless or not.
pub const UNHEALTHY: &str = "unhealthy";
/// A set is never answered, and an unhealthy target would explain it.
pub const TARGET_UNHEALTHY: &str = "target health unknown: EvaluateTargetHealth is on, and an unhealthy target is the likely cause";
/// The same in two words.
pub const TARGET_UNHEALTHY_SHORT: &str = "target unhealthy?";

/// What is said of the parts of a set, beside each.
pub const NOT_JUDGED: &str = "not judged: depends on who asks";
/// The same where room is short.
pub const NOT_JUDGED_SHORT: &str = "not judged";
/// The same below a table.
pub const PARTS_NOT_JUDGED: &str =
    "indented: parts of the set above, not judged: depends on who asks";

/// What the numbers are, and what they are not; with the TTL of the group.
pub fn answers_not_traffic(ttl: Option<&str>) -> String {
    let ttl = ttl.map_or_else(|| "its TTL".to_owned(), |ttl| format!("{ttl} (its TTL)"));
    format!(
        "DNS answers are measured, not traffic: resolvers keep an answer for {ttl} and send all their users there."
    )
}

/// The same at the foot of the screen.
pub fn answers_not_traffic_short(ttl: Option<&str>) -> String {
    match ttl {
        Some(ttl) => format!("DNS answers, not traffic; TTL {ttl}"),
        None => "DNS answers, not traffic".to_owned(),
    }
}

/// Answers of a segment that are not counted: they may be those of the shares before.
pub const BEFORE_SWITCH: &str = "from before the servers switched";
/// They are older than what a mismatch rests on.
pub const BEFORE_MISMATCH: &str = "from before the mismatch";
/// One in so many is counted.
pub const DEPENDENT: &str = "passed over, since answers depend on each other";
/// They are older than what proves a recovery, or came when nothing could be judged.
pub const COUNTED_ANEW: &str = "from before the counting began anew";

sentences! {
    /// Answers that are not counted.
    uncounted(count: u64 => "answer" | "answers", why: &str, sets: &str) "+ {count} {why}: {sets}";
    /// How many of them a set has.
    left_out(label: &str, count: u64) "{label} {count}";
    /// A weight and the sum that it is a part of.
    fraction(weight: u64, of: u64) "{weight} of {of}";
    /// How the shares of nested sets come about, with one of them as an example.
    nested(label: &str, fractions: &str)
        "nested sets: the share is the product of the levels, as in {label}: {fractions}";
    /// What the queries cost.
    cost(queries: &str, dollars: &str, price: &str)
        "{queries} billed queries an hour, USD {dollars} (USD {price} per million; aliases to AWS resources are not charged)";
    /// What the queries cost at most.
    at_most(cost: &str) "at most {cost}";
    /// What the queries cost, with a title.
    cost_line(cost: &str) "Cost: {cost}";
}
