//! The records that a name leads to through aliases within its zone, and the flat group that they make: weighted under
//! weighted multiplies, and where health or the place of the asker decides, the weighted set above is what is judged.
//!
//! Source: Route 53 Developer Guide, "Weighted routing" (nested records), "Configuring failover in a complex
//! configuration" (`EvaluateTargetHealth` backs out of a branch without a healthy leaf).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use super::health::{Checks, ChecksRead, SetHealth};
use super::name::RecordName;
use super::record::{AliasTarget, Leaf, RecordType, Target, WeightedGroup, WeightedSet};
use super::share::{self, Candidate, Level, Reason, Share};

/// One record set of the zone with all that it leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// How it is chosen among its siblings.
    pub routing: Routing,
    /// What tells it from its siblings; empty for a simple record.
    pub identifier: String,
    /// How long resolvers may keep the answer.
    pub ttl: Option<Duration>,
    /// The health check that is tied to it.
    pub health_check_id: Option<String>,
    /// What it answers with.
    pub answers: Answers,
}

/// How a record set is chosen among those of its name and type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routing {
    /// It is the only one.
    Simple,
    /// By weight, 0 to 255.
    Weighted(u64),
    /// By who asks, or by health alone; in words such as "latency eu-west-1".
    Other(String),
}

/// What a record set answers with.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers {
    /// Its own values, or those of a name outside the zone.
    Target(Target),
    /// Whatever these records of the zone answer (alias within the zone). Aliases of one target share them.
    Records(AliasTarget, Arc<[Node]>),
}

/// Makes the group that is judged: every weighted leaf with its share, in the order of their paths.
pub fn group(
    name: &RecordName,
    record_type: RecordType,
    nodes: &[Node],
    checks: &Checks,
) -> WeightedGroup {
    let mut sets = Vec::new();
    let whole = Share {
        value: 1.0,
        levels: Vec::new(),
    };
    collect(nodes, &whole, true, checks, &mut sets);
    let ids = check_ids(nodes);
    let read = ids.iter().filter(|id| checks.contains_key(*id)).count();
    WeightedGroup {
        name: name.clone(),
        record_type,
        sets,
        checks: ChecksRead {
            read,
            all: ids.len(),
        },
        replaced_by: None,
        declared: Arc::default(),
    }
}

/// What may be answered since a record is no longer weighted: what these records answer, and what its members did, which
/// name servers may still give. `found` is what stands there now, in a few words.
pub fn replaced(
    name: &RecordName,
    record_type: RecordType,
    nodes: &[Node],
    found: &str,
    members: &[WeightedSet],
) -> WeightedGroup {
    let mut sets = group(name, record_type, nodes, &Checks::new()).sets;
    // A record that stands alone is always answered; how often one of several is depends on who asks, or on health.
    if nodes.len() != 1 {
        sets = sets.into_iter().map(undeclared).collect();
    }
    for set in &mut sets {
        set.health = SetHealth::NotChecked;
    }
    for member in members {
        let is_same = |set: &WeightedSet| {
            set.identifier == member.identifier || set.target.same_as(&member.target)
        };
        if !sets.iter().any(is_same) {
            sets.push(undeclared(member.clone()));
        }
    }
    WeightedGroup {
        name: name.clone(),
        record_type,
        sets,
        checks: ChecksRead::default(),
        replaced_by: Some(found.to_owned()),
        declared: Arc::default(),
    }
}

/// A set of which the zone declares no share.
fn undeclared(set: WeightedSet) -> WeightedSet {
    let level = Level {
        identifier: set.identifier.clone(),
        weight: 0,
        of: 0,
        value: 0.0,
        reason: Reason::NotDeclared,
    };
    WeightedSet {
        weight: 0,
        health: SetHealth::NotChecked,
        health_check_id: None,
        share: Share {
            value: 0.0,
            levels: vec![level],
        },
        ..set
    }
}

/// The ids of all health checks in a tree, each once.
pub fn check_ids(nodes: &[Node]) -> Vec<String> {
    let ids = all(nodes).filter_map(|node| node.health_check_id.clone());
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The set identifiers that a health check is tied to, anywhere in a tree.
pub fn checked_by(nodes: &[Node], id: &str) -> Vec<String> {
    let checked = all(nodes).filter(|node| node.health_check_id.as_deref() == Some(id));
    checked.map(|node| node.identifier.clone()).collect()
}

/// Every node of a tree, each before what it leads to.
fn all(nodes: &[Node]) -> Box<dyn Iterator<Item = &Node> + '_> {
    Box::new(nodes.iter().flat_map(|node| {
        let below: &[Node] = match &node.answers {
            Answers::Records(_, below) => below,
            Answers::Target(_) => &[],
        };
        std::iter::once(node).chain(all(below))
    }))
}

/// Adds the sets of one weighted level, each with the share of its path.
fn collect(
    nodes: &[Node],
    above: &Share,
    healthy_above: bool,
    checks: &Checks,
    sets: &mut Vec<WeightedSet>,
) {
    let candidate = |node: &Node| Candidate {
        weight: node.weight(),
        healthy: node.health(checks).counts_as_healthy(),
    };
    let candidates: Vec<Candidate> = nodes.iter().map(candidate).collect();
    for (node, (value, reason, of)) in nodes.iter().zip(share::level(&candidates)) {
        let mut levels = above.levels.clone();
        levels.push(Level {
            identifier: node.identifier.clone(),
            weight: node.weight(),
            of,
            value,
            reason,
        });
        let share = Share {
            value: above.value * value,
            levels,
        };
        let health = match node.health(checks) {
            health if healthy_above => health,
            _ => SetHealth::Unhealthy,
        };
        match node.weighted_below() {
            Some(below) => {
                let healthy = healthy_above && health.counts_as_healthy();
                collect(below, &share, healthy, checks, sets);
            }
            None => sets.push(node.judged(share, health)),
        }
    }
}

impl WeightedGroup {
    /// The declared shares if these sets were unhealthy, in the order of the sets. What that would mean for the health of a
    /// branch above them is left out.
    pub fn shares_without(&self, out: &[bool]) -> Vec<f64> {
        let mut shares = vec![0.0; self.sets.len()];
        let all: Vec<usize> = (0..self.sets.len()).collect();
        self.share_out(&all, 0, 1.0, out, &mut shares);
        shares
    }

    /// Gives the sets of one level, and of those below it, their parts of a share.
    fn share_out(&self, sets: &[usize], depth: usize, of: f64, out: &[bool], shares: &mut [f64]) {
        let identifier = |index: &usize| &self.sets[*index].share.levels[depth].identifier;
        let members = sets.chunk_by(|one, two| identifier(one) == identifier(two));
        let members: Vec<&[usize]> = members.collect();
        let is_leaf = |index: usize| self.sets[index].share.levels.len() == depth + 1;
        let candidate = |member: &&[usize]| {
            let index = member[0];
            let set = &self.sets[index];
            let level = &set.share.levels[depth];
            let healthy = if is_leaf(index) {
                set.health.counts_as_healthy() && !out[index]
            } else {
                level.reason != Reason::Unhealthy
            };
            Candidate {
                weight: level.weight,
                healthy,
            }
        };
        let candidates: Vec<Candidate> = members.iter().map(candidate).collect();
        for (member, (value, ..)) in members.into_iter().zip(share::level(&candidates)) {
            match member {
                [index] if is_leaf(*index) => shares[*index] = of * value,
                below => self.share_out(below, depth + 1, of * value, out, shares),
            }
        }
    }
}

impl Node {
    fn weight(&self) -> u64 {
        match self.routing {
            Routing::Weighted(weight) => weight,
            // Only weighted levels are collected.
            Routing::Simple | Routing::Other(_) => 0,
        }
    }

    /// Whether Route 53 may answer with it: its own check, and what it points to where that counts.
    fn health(&self, checks: &Checks) -> SetHealth {
        let own = self.health_check_id.as_ref();
        let own = own.map(|id| {
            let read = checks.get(id).copied();
            read.map_or(SetHealth::NotRead, SetHealth::from)
        });
        let below = match &self.answers {
            Answers::Target(Target::Alias(alias)) if alias.evaluate_target_health => {
                Some(SetHealth::TargetUnknown)
            }
            Answers::Records(alias, nodes) if alias.evaluate_target_health => {
                Some(health_of_branch(nodes, checks))
            }
            Answers::Target(_) | Answers::Records(..) => None,
        };
        // Both have to be good, so the worse of the two counts.
        own.into_iter().chain(below).max().unwrap_or_default()
    }

    /// The weighted records that an alias leads to, through simple aliases too.
    fn weighted_below(&self) -> Option<&[Self]> {
        let Answers::Records(_, nodes) = &self.answers else {
            return None;
        };
        match &**nodes {
            [only] if only.routing == Routing::Simple => only.weighted_below(),
            [first, ..] if matches!(first.routing, Routing::Weighted(_)) => Some(nodes),
            _ => None,
        }
    }

    /// The set that is judged: this one with all the targets below it.
    fn judged(&self, share: Share, health: SetHealth) -> WeightedSet {
        let identifiers = share.levels.iter().map(|level| level.identifier.as_str());
        let identifiers: Vec<&str> = identifiers.collect();
        let (target, ttl) = self.target();
        WeightedSet {
            identifier: identifiers.join(" > "),
            weight: self.weight(),
            target,
            ttl,
            health_check_id: self.health_check_id.clone(),
            health,
            share,
        }
    }

    /// What it answers with in the end, and the TTL of that.
    fn target(&self) -> (Target, Option<Duration>) {
        match &self.answers {
            Answers::Target(target) => (target.clone(), self.ttl),
            Answers::Records(_, nodes) => match &**nodes {
                [only] if only.routing == Routing::Simple => only.target(),
                nodes => {
                    let mut leaves = Vec::new();
                    let ttl = gather_leaves(nodes, "", &mut leaves);
                    (Target::Leaves(leaves), ttl)
                }
            },
        }
    }

    /// Words for the way to it.
    fn step(&self) -> String {
        match &self.routing {
            Routing::Simple => String::new(),
            Routing::Weighted(_) => self.identifier.clone(),
            Routing::Other(words) => words.clone(),
        }
    }
}

/// A branch is healthy while any of its leaves is.
fn health_of_branch(nodes: &[Node], checks: &Checks) -> SetHealth {
    let healths = nodes.iter().map(|node| node.health(checks));
    healths.min().unwrap_or(SetHealth::Unhealthy)
}

/// Lists every target below, with the way to it. Returns the smallest TTL.
fn gather_leaves(nodes: &[Node], above: &str, leaves: &mut Vec<Leaf>) -> Option<Duration> {
    let mut smallest: Option<Duration> = None;
    for node in nodes {
        let label = match (above, node.step()) {
            (above, step) if step.is_empty() => above.to_owned(),
            ("", step) => step,
            (above, step) => format!("{above} > {step}"),
        };
        let ttl = match &node.answers {
            Answers::Target(target) => {
                leaves.push(Leaf {
                    label,
                    target: target.clone(),
                });
                node.ttl
            }
            Answers::Records(_, below) => gather_leaves(below, &label, leaves),
        };
        smallest = match (smallest, ttl) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
    }
    smallest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::Change;
    use crate::model::health::{Health, NoStatus};

    fn name(text: &str) -> RecordName {
        RecordName::from_user(text).expect("a name")
    }

    fn address(last: u8) -> Answers {
        Answers::Target(Target::Addresses(vec![[192, 0, 2, last].into()]))
    }

    fn node(identifier: &str, weight: u64, answers: Answers) -> Node {
        Node {
            routing: Routing::Weighted(weight),
            identifier: identifier.to_owned(),
            ttl: Some(Duration::from_mins(1)),
            health_check_id: None,
            answers,
        }
    }

    fn checked(node: Node, id: &str) -> Node {
        Node {
            health_check_id: Some(id.to_owned()),
            ..node
        }
    }

    fn other(words: &str, answers: Answers) -> Node {
        Node {
            routing: Routing::Other(words.to_owned()),
            ..node(words, 0, answers)
        }
    }

    fn simple(answers: Answers) -> Node {
        Node {
            routing: Routing::Simple,
            ..node("", 0, answers)
        }
    }

    fn alias(to: &str, evaluate_target_health: bool) -> AliasTarget {
        AliasTarget {
            name: name(to),
            zone_id: "Z1".to_owned(),
            evaluate_target_health,
        }
    }

    fn records(evaluate_target_health: bool, nodes: Vec<Node>) -> Answers {
        let alias = alias("below.example.com", evaluate_target_health);
        Answers::Records(alias, nodes.into())
    }

    fn flat(nodes: &[Node], checks: &[(&str, Health)]) -> Vec<(String, f64)> {
        let checks = checks
            .iter()
            .map(|(id, health)| ((*id).to_owned(), *health))
            .collect();
        group(&name("app.example.com"), RecordType::A, nodes, &checks)
            .sets
            .into_iter()
            .map(|set| (set.identifier, set.share.value))
            .collect()
    }

    fn shares(nodes: &[Node], checks: &[(&str, Health)]) -> Vec<f64> {
        flat(nodes, checks)
            .into_iter()
            .map(|(_, share)| share)
            .collect()
    }

    #[test]
    fn weighted_under_weighted_multiplies() {
        let half = |a, b| vec![node("1", 1, address(a)), node("2", 1, address(b))];
        let nodes = [
            node("a", 50, records(false, half(1, 2))),
            node("b", 50, records(false, half(3, 4))),
        ];
        let expected: Vec<(String, f64)> = ["a > 1", "a > 2", "b > 1", "b > 2"]
            .map(|path| (path.to_owned(), 0.25))
            .into();
        assert_eq!(flat(&nodes, &[]), expected);
    }

    #[test]
    fn below_another_kind_of_routing_the_weighted_set_above_is_judged() {
        let nodes = [
            node(
                "a",
                3,
                records(
                    false,
                    vec![
                        other("latency eu-west-1", address(1)),
                        other(
                            "latency us-east-1",
                            records(false, vec![node("x", 1, address(2))]),
                        ),
                    ],
                ),
            ),
            node("b", 1, address(9)),
        ];
        let group = group(
            &name("app.example.com"),
            RecordType::A,
            &nodes,
            &Checks::new(),
        );
        assert_eq!(group.shares(), [0.75, 0.25]);
        let Target::Leaves(leaves) = &group.sets[0].target else {
            panic!("{:?}", group.sets[0].target);
        };
        let labels: Vec<&str> = leaves.iter().map(|leaf| leaf.label.as_str()).collect();
        assert_eq!(labels, ["latency eu-west-1", "latency us-east-1 > x"]);
    }

    #[test]
    fn an_alias_to_a_simple_record_answers_with_its_values_and_its_ttl() {
        let mut end = simple(address(1));
        end.ttl = Some(Duration::from_mins(5));
        let way = simple(records(false, vec![end]));
        let nodes = [
            node("a", 1, records(false, vec![way])),
            node("b", 1, address(2)),
        ];
        let group = group(
            &name("app.example.com"),
            RecordType::A,
            &nodes,
            &Checks::new(),
        );
        assert_eq!(
            group.sets[0].target,
            Target::Addresses(vec![[192, 0, 2, 1].into()])
        );
        assert_eq!(group.sets[0].ttl, Some(Duration::from_mins(5)));
    }

    #[test]
    fn a_branch_without_a_healthy_leaf_is_left_only_where_its_health_counts() {
        let branch = |counts| {
            [
                node(
                    "a",
                    50,
                    records(counts, vec![checked(node("x", 1, address(1)), "dead")]),
                ),
                node("b", 50, checked(node("", 0, address(2)), "fine").answers),
            ]
        };
        let checks = [("dead", Health::Unhealthy), ("fine", Health::Healthy)];
        assert_eq!(shares(&branch(true), &checks), [0.0, 1.0]);
        assert_eq!(shares(&branch(false), &checks), [0.5, 0.5]);
    }

    #[test]
    fn health_that_is_not_known_counts_as_healthy_and_says_so() {
        let outside = Answers::Target(Target::Alias(alias("x.elb.test", true)));
        let nodes = [
            checked(node("a", 1, address(1)), "unread"),
            node("b", 1, outside),
            checked(node("c", 1, address(3)), "failed"),
            checked(node("d", 1, address(4)), "switch"),
        ];
        let checks = [
            ("failed", Health::Unknown),
            ("switch", Health::NoStatus(NoStatus::RoutingControl)),
        ];
        let checks = checks.map(|(id, health)| (id.to_owned(), health)).into();
        let group = group(&name("app.example.com"), RecordType::A, &nodes, &checks);
        let healths: Vec<SetHealth> = group.sets.iter().map(|set| set.health).collect();
        let expected = [
            SetHealth::NotRead,
            SetHealth::TargetUnknown,
            SetHealth::Assumed,
            SetHealth::NoStatus(NoStatus::RoutingControl),
        ];
        assert_eq!(healths, expected);
        assert_eq!(group.shares(), [0.25; 4]);
        assert_eq!(group.checks, ChecksRead { read: 2, all: 3 });
    }

    #[test]
    fn what_is_read_for_the_first_time_completes_a_group_and_what_flips_changes_it() {
        let nodes = [
            checked(node("a", 1, address(1)), "one"),
            checked(node("b", 1, address(2)), "two"),
            node("c", 1, address(3)),
        ];
        let with = |known: &[(&str, Health)]| {
            let known = known.iter().map(|(id, health)| ((*id).to_owned(), *health));
            let checks = known.collect();
            group(&name("app.example.com"), RecordType::A, &nodes, &checks)
        };
        let (good, bad) = (Health::Healthy, Health::Unhealthy);
        let (none, one) = (with(&[]), with(&[("one", good)]));
        let both = with(&[("one", good), ("two", bad)]);
        assert!(one.completes(&none) && both.completes(&one) && both.completes(&none));
        assert_eq!(both.shares(), [0.5, 0.0, 0.5]);
        // The first has been read already, so this is news of it.
        let flipped = with(&[("one", bad), ("two", good)]);
        assert!(!flipped.completes(&one));
        assert!(!flipped.completes(&both), "nothing was missing any more");
    }

    #[test]
    fn shares_without_some_sets_are_those_of_the_others_at_their_level() {
        let below = vec![node("x", 1, address(1)), node("y", 3, address(2))];
        let nodes = [
            node("a", 60, records(false, below)),
            node("b", 30, address(3)),
            node("c", 10, address(4)),
            node("spare", 0, address(5)),
        ];
        let group = group(
            &name("app.example.com"),
            RecordType::A,
            &nodes,
            &Checks::new(),
        );
        let without = |out: [bool; 5]| group.shares_without(&out);
        let close = |shares: Vec<f64>, expected: [f64; 5]| {
            let mut pairs = shares.iter().zip(expected);
            assert!(
                pairs.all(|(one, two)| (one - two).abs() < 1e-12),
                "{shares:?}"
            );
        };
        close(without([false; 5]), [0.15, 0.45, 0.3, 0.1, 0.0]);
        close(
            without([true, false, false, false, false]),
            [0.0, 0.6, 0.3, 0.1, 0.0],
        );
    }

    #[test]
    fn a_flip_of_health_is_a_new_split_with_its_reason() {
        let nodes = [
            checked(node("a", 70, address(1)), "one"),
            node("b", 30, address(2)),
        ];
        let with = |health| {
            let checks = [("one".to_owned(), health)].into();
            group(&name("app.example.com"), RecordType::A, &nodes, &checks)
        };
        let (before, after) = (with(Health::Healthy), with(Health::Unhealthy));
        assert!(!before.same_split(&after));
        assert!(before.same_split(&with(Health::Unknown)));
        let flip = |from, to| {
            let set = "a".to_owned();
            [Change::Health { set, from, to }]
        };
        let (good, bad) = (SetHealth::Healthy, SetHealth::Unhealthy);
        assert_eq!(after.changes_since(&before), flip(good, bad));
        assert_eq!(before.changes_since(&after), flip(bad, good));
        assert_eq!(after.sets[1].share.levels[0].reason, Reason::HealthyOnly);
    }

    #[test]
    fn a_record_that_is_weighted_no_longer_has_its_own_values_and_those_of_before() {
        let name = name("app.example.com");
        let weighted = |weight| {
            let nodes = [
                node("blue", weight, address(1)),
                node("green", 10, address(2)),
            ];
            group(&name, RecordType::A, &nodes, &Checks::new())
        };
        let before = weighted(90);
        let stands =
            |nodes: &[Node]| replaced(&name, RecordType::A, nodes, "A (simple)", &before.sets);
        let alone = Node {
            identifier: "simple".to_owned(),
            ..simple(address(9))
        };
        let after = stands(std::slice::from_ref(&alone));
        let identifiers: Vec<&str> = (after.sets.iter())
            .map(|set| set.identifier.as_str())
            .collect();
        assert_eq!(identifiers, ["simple", "blue", "green"]);
        assert_eq!(after.shares(), [1.0, 0.0, 0.0]);
        let found = "A (simple)".to_owned();
        assert_eq!(after.changes_since(&before), [Change::Replaced { found }]);
        assert!(after.same_split(&stands(&[alone])));
        // Where it holds what a member held, there is nothing to tell apart.
        let same = stands(&[simple(address(1))]);
        assert_eq!(same.sets.len(), 2);
        // How often one of several is answered, nobody has declared.
        let near = [
            other("latency eu-west-1", address(7)),
            other("latency us-east-1", address(8)),
        ];
        assert_eq!(stands(&near).shares(), [0.0; 4]);
        let back = weighted(50);
        let added = |set: &str, weight| Change::Added {
            set: set.to_owned(),
            weight,
        };
        assert_eq!(
            back.changes_since(&after),
            [Change::WeightedAgain, added("blue", 50), added("green", 10)]
        );
    }

    #[test]
    fn a_change_of_weight_above_is_named_by_its_own_path() {
        let tree = |weight| {
            let below = vec![node("1", 1, address(1)), node("2", 3, address(2))];
            [
                node("a", weight, records(false, below)),
                node("b", 10, address(3)),
            ]
        };
        let flat = |nodes: &[Node]| {
            group(
                &name("app.example.com"),
                RecordType::A,
                nodes,
                &Checks::new(),
            )
        };
        let (before, after) = (flat(&tree(90)), flat(&tree(30)));
        let change = Change::Weight {
            set: "a".to_owned(),
            from: 90,
            to: 30,
        };
        assert_eq!(after.changes_since(&before), [change]);
    }
}
