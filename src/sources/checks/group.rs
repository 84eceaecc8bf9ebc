//! What the declaration itself says: TTLs that differ, and sets whose answers look alike.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use crate::attribution::catalog::Catalog;
use crate::model::finding::{CheckId, Finding, RecordRemark};
use crate::model::index::SetIndex;
use crate::model::language::{Both, both, phrase};
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::share::Reason;

/// So many names stand in one sentence.
const MOST_NAMES: usize = 4;

/// The record that was found, in a line, with what has to be known about it.
pub fn record(group: &WeightedGroup, remarks: &[RecordRemark]) -> Finding {
    let (name, record_type, count) = (&group.name, group.record_type, group.sets.len());
    let weights = some(group.sets.iter().map(WeightedSet::declared));
    let sets = match count {
        1 => both!("{count} weighted set", "가중치 기반 세트 {count}개"),
        _ => both!("{count} weighted sets", "가중치 기반 세트 {count}개"),
    };
    let what = both!(
        "{name} {record_type} has {sets}: {weights}",
        "{name} {record_type}: {sets}: {weights}"
    );
    let finding = if count > 1 && group.sets.iter().all(is_switched_off) {
        Finding::warning(CheckId::Record, what)
            .cause(phrase(
                "all weights are zero, so Route 53 answers evenly with all sets",
                "모든 가중치가 0이라서 Route 53이 모든 세트로 고르게 응답한다",
            ))
            .cure(phrase(
                "give the sets that are wanted a weight; only weight zero beside others is not answered",
                "원하는 세트에 가중치를 준다; 가중치 0은 다른 세트에 가중치가 있을 때만 응답되지 않는다",
            ))
    } else {
        Finding::ok(CheckId::Record, what)
    };
    Finding {
        remarks: remarks.to_vec(),
        ..finding
    }
}

/// Whether it has weight zero, and so have all beside it.
fn is_switched_off(set: &WeightedSet) -> bool {
    let levels = &set.share.levels;
    levels.iter().any(|level| level.reason == Reason::AllZero)
}

/// Whether resolvers keep the answers of all sets equally long. Where they do not, the traffic differs from the answers.
pub fn ttl(group: &WeightedGroup) -> Finding {
    let mut by_ttl: BTreeMap<Duration, Vec<String>> = BTreeMap::new();
    for set in &group.sets {
        if let Some(ttl) = set.known_ttl() {
            by_ttl.entry(ttl).or_default().push(set.identifier.clone());
        }
    }
    let check = CheckId::Ttl;
    let seconds = |ttl: &Duration| {
        let seconds = ttl.as_secs();
        both!("{seconds} s", "{seconds}초")
    };
    let Some(shortest) = by_ttl.keys().next().map(seconds) else {
        let what = phrase(
            "the TTLs are those of the alias targets, which Route 53 does not list",
            "TTL은 별칭 대상의 값이며 Route 53이 알려 주지 않는다",
        );
        return Finding::ok(check, what);
    };
    if by_ttl.len() == 1 {
        let what = both!(
            "resolvers keep answers {shortest}",
            "리졸버가 응답을 {shortest} 동안 보관한다"
        );
        return Finding::ok(check, what);
    }
    let each = by_ttl.iter();
    let each = each.map(|(ttl, sets)| {
        let (ttl, sets) = (seconds(ttl), some(sets));
        both!("{ttl} for {sets}", "{sets} {ttl}")
    });
    let each = joined(&each.collect::<Vec<_>>(), ", ");
    let what = both!(
        "resolvers keep answers {each}",
        "리졸버가 응답을 보관하는 시간: {each}"
    );
    Finding::warning(check, what)
        .cause(phrase(
            "the traffic of those that are kept longer is above their share of the answers",
            "더 오래 보관되는 세트의 트래픽은 응답 비율보다 많다",
        ))
        .cure(both!(
            "give all sets the TTL {shortest}",
            "모든 세트의 TTL을 {shortest}로 맞춘다"
        ))
}

/// Where the answers of one set may lead, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetAddresses {
    /// The addresses of all its targets.
    pub addresses: Vec<IpAddr>,
    /// Targets that could not be looked up, and why.
    pub problems: Vec<Both>,
}

/// Whether every answer shows which set it came from.
pub fn pools(group: &WeightedGroup, reach: &[TargetAddresses]) -> Finding {
    let check = CheckId::Pools;
    let mut problems = reach.iter().flat_map(|reach| &reach.problems).peekable();
    let catalog = catalog_of(group, reach);
    let name = |set: SetIndex| &group.sets[set.get()].identifier;
    let overlaps = catalog.overlaps();
    let alike = overlaps.iter().map(|overlap| {
        let shared = catalog.shared(overlap).unwrap_or_default();
        let (one, two) = (name(overlap.one), name(overlap.two));
        both!(
            "{one} and {two} (both {shared})",
            "{one}, {two} (둘 다 {shared})"
        )
    });
    let alike: Vec<Both> = alike.collect();
    if !alike.is_empty() {
        let alike = some(&alike);
        let what = both!(
            "answers do not show which set they came from: {alike}",
            "응답만으로 어느 세트인지 알 수 없다: {alike}"
        );
        return Finding::warning(check, what)
            .cause(phrase(
                "these sets answer with the same, so their answers are counted as ambiguous",
                "이 세트들은 같은 값으로 응답하므로 그 응답은 모호로 집계된다",
            ))
            .cure(phrase(
                "give each set a target of its own, or measure a record type where they differ (--record-type)",
                "세트마다 대상을 따로 주거나, 값이 다른 레코드 유형을 측정한다 (--record-type)",
            ));
    }
    if problems.peek().is_some() {
        return Finding::warning(check, some(problems))
            .cause(phrase(
                "answers of a set whose target cannot be looked up are counted as unknown",
                "대상을 조회할 수 없는 세트의 응답은 미상으로 집계된다",
            ))
            .cure(phrase(
                "check the target, or name another resolver (--resolver)",
                "대상을 확인하거나 다른 리졸버를 지정한다 (--resolver)",
            ));
    }
    let what = if group.record_type == RecordType::Cname {
        phrase(
            "every set has a target of its own",
            "세트마다 대상이 따로 있다",
        )
    } else {
        phrase(
            "every set has addresses of its own",
            "세트마다 주소가 따로 있다",
        )
    };
    Finding::ok(check, what)
}

/// What the sets can answer, as far as their targets have been looked up.
fn catalog_of(group: &WeightedGroup, reach: &[TargetAddresses]) -> Catalog {
    let mut catalog = Catalog::new(group);
    for (place, target) in group.targets() {
        if let (Target::Alias(_), Some(reach)) = (target, reach.get(place.set.get())) {
            // One look ages nothing.
            let (ttl, now) = (Duration::ZERO, SystemTime::UNIX_EPOCH);
            catalog.learn(place, &reach.addresses, ttl, now);
        }
    }
    catalog
}

/// The first few of a list, and how many there are besides.
pub fn some(names: impl IntoIterator<Item: Display>) -> Both {
    let mut names = names.into_iter();
    let shown: Vec<_> = names.by_ref().take(MOST_NAMES).collect();
    let shown = joined(&shown, ", ");
    match names.count() {
        0 => shown,
        more => both!("{shown} and {more} more", "{shown} 외 {more}개"),
    }
}

/// Several texts as one.
pub fn joined(texts: &[impl Display], between: &str) -> Both {
    Both::of(|| {
        let texts: Vec<String> = texts.iter().map(ToString::to_string).collect();
        texts.join(between)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::Status;
    use crate::model::name::RecordName;
    use crate::model::record::AliasTarget;

    fn parsed(texts: &[&str]) -> Vec<IpAddr> {
        texts
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect()
    }

    fn plain(identifier: &str, ttl: u64, values: &[&str]) -> WeightedSet {
        WeightedSet {
            ttl: Some(Duration::from_secs(ttl)),
            ..WeightedSet::new(identifier, 1, Target::Addresses(parsed(values)))
        }
    }

    fn alias(identifier: &str, name: &str) -> WeightedSet {
        let target = AliasTarget {
            name: RecordName::from_user(name).expect("a name"),
            zone_id: "Z35SXDOTRQ7X7K".to_owned(),
            evaluate_target_health: false,
        };
        WeightedSet::new(identifier, 1, Target::Alias(target))
    }

    fn group(sets: Vec<WeightedSet>) -> WeightedGroup {
        let name = RecordName::from_user("app.example.com").expect("a name");
        WeightedGroup::of_weights(name, RecordType::A, sets)
    }

    fn reach(values: &[&str]) -> TargetAddresses {
        TargetAddresses {
            addresses: parsed(values),
            problems: Vec::new(),
        }
    }

    #[test]
    fn weights_that_are_all_zero_do_not_stop_the_traffic() {
        let weighted = |weights: [u64; 2]| {
            let mut sets = vec![plain("blue", 60, &[]), plain("green", 60, &[])];
            for (set, weight) in sets.iter_mut().zip(weights) {
                set.weight = weight;
            }
            record(&group(sets), &[])
        };
        let all_zero = weighted([0, 0]);
        assert_eq!(all_zero.status, Status::Warning);
        assert!(all_zero.cause.expect("a cause").contains("evenly"));
        let one_zero = weighted([0, 1]);
        assert_eq!(one_zero.status, Status::Ok);
        assert_eq!(
            &*one_zero.what,
            "app.example.com A has 2 weighted sets: blue 0, green 1"
        );
    }

    #[test]
    fn one_ttl_is_well_and_a_mix_is_not() {
        let same = group(vec![plain("blue", 60, &[]), plain("green", 60, &[])]);
        assert_eq!(ttl(&same).status, Status::Ok);
        let mixed = ttl(&group(vec![
            plain("blue", 300, &[]),
            alias("green", "green-1.eu-west-1.elb.amazonaws.com"),
        ]));
        assert_eq!(mixed.status, Status::Warning);
        assert_eq!(
            &*mixed.what,
            "resolvers keep answers 60 s for green, 300 s for blue"
        );
        assert_eq!(mixed.cure.as_deref(), Some("give all sets the TTL 60 s"));
        let unknown = ttl(&group(vec![alias("blue", "d1.cloudfront.net")]));
        assert_eq!(unknown.status, Status::Ok);
    }

    #[test]
    fn sets_with_the_same_values_cannot_be_told_apart_and_overlapping_ones_can() {
        let values = ["192.0.2.1", "192.0.2.2"];
        let sets = vec![plain("blue", 60, &values), plain("green", 60, &values)];
        let known = [reach(&values), reach(&values)];
        let finding = pools(&group(sets), &known);
        assert_eq!(finding.status, Status::Warning);
        assert!(
            finding.what.contains("blue and green (both 192.0.2.1)"),
            "{}",
            finding.what
        );

        let other = ["192.0.2.2", "192.0.2.3"];
        let sets = vec![plain("blue", 60, &values), plain("green", 60, &other)];
        let finding = pools(&group(sets), &[reach(&values), reach(&other)]);
        assert_eq!(finding.status, Status::Ok);
    }

    #[test]
    fn pools_that_overlap_cannot_always_be_told_apart() {
        let sets = vec![
            alias("blue", "one.elb.amazonaws.com"),
            alias("green", "two.elb.amazonaws.com"),
        ];
        let both = [reach(&["192.0.2.1", "192.0.2.2"]), reach(&["192.0.2.2"])];
        let finding = pools(&group(sets.clone()), &both);
        assert_eq!(finding.status, Status::Warning);
        assert!(finding.what.contains("both 192.0.2.2"), "{}", finding.what);
        let apart = [reach(&["192.0.2.1"]), reach(&["192.0.2.2"])];
        assert_eq!(pools(&group(sets), &apart).status, Status::Ok);
    }

    #[test]
    fn a_target_that_cannot_be_looked_up_is_told() {
        let sets = vec![
            alias("blue", "gone.elb.amazonaws.com"),
            plain("green", 60, &["192.0.2.1"]),
        ];
        let gone = TargetAddresses {
            addresses: Vec::new(),
            problems: vec![Both::same("cannot look up gone: Non-Existent Domain")],
        };
        let finding = pools(&group(sets), &[gone, reach(&["192.0.2.1"])]);
        assert_eq!(finding.status, Status::Warning);
        assert!(
            finding.what.contains("cannot look up gone"),
            "{}",
            finding.what
        );
    }
}
