//! Checks the groups of a story file: the record's own and those that its aliases lead to.
//!
//! Single sets are `sets`'s; what a group means to a name server is `routing`'s.

use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::super::pool::Pool;
use super::super::story::{self, AliasTo, GroupType, Policy, RecordSet};
use super::super::told::{Told, told};
use super::problems::{Problems, excluded_by_cname};
use super::sets::{Group, RawSet, Surroundings, check_sets};
use super::values::{Owner, Read, Ttl};

/// Route 53 follows an alias to another record over this many levels.
const DEEPEST: usize = 3;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    name: Read<Owner>,
    #[serde(rename = "type")]
    record_type: Option<GroupType>,
    policy: Option<Policy>,
    ttl: Option<Read<Ttl>>,
    #[serde(default)]
    set: Vec<Spanned<RawSet>>,
}

/// All groups of a story with their sets.
pub(super) struct Groups {
    pub(super) groups: Vec<story::Group>,
    pub(super) sets: Vec<RecordSet>,
}

impl Groups {
    pub(super) fn policy_of(&self, set: usize) -> Policy {
        self.groups
            .iter()
            .find(|group| group.sets.contains(&set))
            .map_or(Policy::Simple, |group| group.policy)
    }
}

/// The groups of a story, the record's own first.
pub(super) fn check_groups(
    top: &Group<'_>,
    raw: &[Spanned<RawGroup>],
    zone: &str,
    pools: &[Pool],
    problems: &mut Problems,
) -> Groups {
    let mut heads = vec![top.clone()];
    for group in raw {
        let head = check_head(group.get_ref(), top, zone, problems);
        if let Some(message) = conflict(&head, &heads) {
            problems.add(&group.get_ref().name, message);
        }
        heads.push(head);
    }
    let mut found = Groups {
        groups: Vec::with_capacity(heads.len()),
        sets: Vec::new(),
    };
    for (number, head) in heads.iter().enumerate() {
        let group = number.checked_sub(1).map(|position| &raw[position]);
        let span = group.map_or(0..0, Spanned::span);
        check_size(number, head, &span, problems);
        let first = found.sets.len();
        let targets = |name: &str| target(name, head.record_type, &heads, pools);
        let around = Surroundings {
            zone,
            group: head,
            first: &heads[0],
            targets: &targets,
        };
        check_sets(&around, &mut found.sets, problems);
        found.groups.push(story::Group {
            name: head.name.clone(),
            record_type: head.record_type,
            policy: head.policy,
            ttl: head.ttl,
            sets: first..found.sets.len(),
        });
    }
    check_depth(&found, &heads, problems);
    found
}

fn check_head<'raw>(
    raw: &'raw RawGroup,
    top: &Group<'_>,
    zone: &str,
    problems: &mut Problems,
) -> Group<'raw> {
    Group {
        name: problems.owner_in(&raw.name, zone).unwrap_or_default(),
        record_type: raw.record_type.unwrap_or(top.record_type),
        policy: raw.policy.unwrap_or(Policy::Weighted),
        ttl: raw.ttl.as_ref().map_or(top.ttl, Read::or_harmless),
        sets: &raw.set,
    }
}

/// What a name cannot be twice, and a CNAME not beside anything else (RFC 1034 section 3.6.2).
fn conflict(head: &Group<'_>, earlier: &[Group<'_>]) -> Option<Told> {
    let types = earlier.iter().filter(|group| group.name == head.name);
    let types: Vec<GroupType> = types.map(|group| group.record_type).collect();
    let (name, kind) = (&head.name, head.record_type);
    if types.contains(&kind) && !name.is_empty() {
        let kind = kind.as_str();
        return Some(told!(
            "the group {name} of type {kind} is there twice",
            "{kind} 유형의 그룹 {name}: 두 번 나온다"
        ));
    }
    let is_apart = kind != GroupType::Cname && !types.contains(&GroupType::Cname);
    (!types.is_empty() && !is_apart && !name.is_empty()).then(|| excluded_by_cname(name))
}

fn check_size(number: usize, head: &Group<'_>, span: &Range<usize>, problems: &mut Problems) {
    let (whose, korean, element) = match number {
        0 => ("the story", "스토리", "set"),
        _ => ("the group", "그룹", "group.set"),
    };
    if head.sets.is_empty() {
        let message = told!(
            "{whose} has no record set; it needs at least one [[{element}]]",
            "{korean}에 레코드 세트가 없다; [[{element}]]가 하나 이상 있어야 한다"
        );
        problems.add(span, message);
    }
    if let (Policy::Simple, Some(second)) = (head.policy, head.sets.get(1)) {
        let message = told!(
            "a simple group has one [[{element}]] only",
            "simple 그룹의 [[{element}]]는 하나뿐이다"
        );
        problems.add(second, message);
    }
}

fn target(
    name: &str,
    record_type: GroupType,
    heads: &[Group<'_>],
    pools: &[Pool],
) -> Option<AliasTo> {
    let is_group = |head: &Group| head.name == name && head.record_type == record_type;
    let is_pool = |pool: &Pool| {
        pool.name == name
            && match record_type {
                GroupType::A => pool.first.is_ipv4(),
                GroupType::Aaaa => pool.first.is_ipv6(),
                GroupType::Cname => false,
            }
    };
    let group = heads.iter().position(is_group).map(AliasTo::Group);
    group.or_else(|| pools.iter().position(is_pool).map(AliasTo::Pool))
}

/// No alias may lead back to itself or deeper than Route 53 follows it.
fn check_depth(found: &Groups, heads: &[Group<'_>], problems: &mut Problems) {
    let raw = heads.iter().flat_map(|head| head.sets);
    for (set, raw) in raw.enumerate() {
        if levels_below(found, set, DEEPEST) > DEEPEST {
            let label = &found.sets[set].label;
            let message = told!(
                "the alias \"{label}\" leads in a circle or over more than {DEEPEST} levels",
                "별칭 \"{label}\": 제자리로 돌아오거나 {DEEPEST}단계를 넘는다"
            );
            problems.add(raw, message);
        }
    }
}

/// How many aliases lie between a set and the deepest leaf below it. Gives up one level after `patience`.
fn levels_below(found: &Groups, set: usize, patience: usize) -> usize {
    let Some(group) = found.sets[set].values.group() else {
        return 0;
    };
    let Some(patience) = patience.checked_sub(1) else {
        return 1;
    };
    let below = found.groups[group].sets.clone();
    let levels = below.map(|set| levels_below(found, set, patience));
    levels.max().unwrap_or_default() + 1
}
