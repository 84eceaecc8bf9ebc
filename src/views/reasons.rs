//! Why sets have their shares, what is known of their health, and what the numbers cost and mean: which of it is said.
//!
//! `words/share.rs` has the words; each view finds the room.

use std::borrow::Cow;
use std::time::Duration;

use crate::model::cost::{Cost, USD_PER_MILLION};
use crate::model::health::SetHealth;
use crate::model::share::{Level, Reason, Share};
use crate::model::text::visible;
use crate::snapshot::{Set, Snapshot, Suspicion};

use super::facts::Remark;
use super::words::{said_of, share as words};
use super::{fit, format};

/// So many sets are named in one sentence.
const NAMED: usize = 3;
/// A name in a sentence is cut beyond this width.
const LABEL: usize = 24;

/// Whether a rule goes without saying.
fn is_plain(reason: Reason) -> bool {
    matches!(reason, Reason::Weight | Reason::OnlyMember)
}

/// Whether a rule holds for all sets of a level, so that naming one of them would mislead.
fn is_of_all(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::AllZero | Reason::NothingHealthy | Reason::AllZeroSomeUnhealthy | Reason::Standby
    )
}

/// The rule that says most about a share: the first from the top that does not go without saying.
pub fn deciding(share: &Share) -> Reason {
    let reasons = || share.levels.iter().map(|level| level.reason);
    reasons()
        .find(|reason| !is_plain(*reason))
        .or_else(|| reasons().next_back())
        .unwrap_or(Reason::Weight)
}

/// The rule that says most about a share, in two words; nothing for what goes without saying.
pub fn in_two_words(set: &Set) -> Option<&'static str> {
    if set.suspicion.is_some() {
        return Some(words::TARGET_UNHEALTHY_SHORT.said());
    }
    words::in_two_words(deciding(&set.share)).or(words::health_in_two_words(set.health))
}

/// One level in numbers.
fn fraction(level: &Level) -> String {
    match level.reason {
        Reason::OnlyMember => words::ONLY_SET.to_owned(),
        _ if level.value <= 0.0 => words::NOT_ANSWERED.to_owned(),
        _ if level.of == 0 => words::EVENLY.to_owned(),
        _ => words::fraction(level.weight, level.of),
    }
}

/// All levels in numbers.
fn fractions(share: &Share) -> String {
    let levels: Vec<String> = share.levels.iter().map(fraction).collect();
    levels.join(words::BELOW)
}

/// Why a set has its share, in full.
pub fn reason(share: &Share) -> String {
    if let [only] = share.levels.as_slice() {
        let (fraction, rule) = (fraction(only), words::rule(only.reason));
        return match only.reason {
            Reason::Weight | Reason::OnlyMember => fraction,
            Reason::HealthyOnly => said_of(&fraction, rule),
            _ => rule.to_owned(),
        };
    }
    let special = share.levels.iter().filter(|level| !is_plain(level.reason));
    let rules =
        special.map(|level| said_of(&visible(&level.identifier), words::rule(level.reason)));
    let parts = std::iter::once(fractions(share)).chain(rules);
    parts.collect::<Vec<_>>().join("; ")
}

/// Whether it goes without saying why a set has its share.
fn goes_without_saying(share: &Share) -> bool {
    share.levels.len() <= 1 && share.levels.iter().all(|level| is_plain(level.reason))
}

/// What there is to say of the health of a set beyond the reason of its share.
pub fn health(set: &Set) -> Option<Cow<'static, str>> {
    match (set.suspicion, set.health) {
        (Some(Suspicion::TargetUnhealthy), _) => Some(words::TARGET_UNHEALTHY.into()),
        (None, SetHealth::Assumed) => Some(words::ASSUMED.into()),
        (None, SetHealth::NotRead) => Some(words::NOT_READ.into()),
        (None, SetHealth::NoStatus(why)) => Some(words::no_status(why).into()),
        (None, SetHealth::TargetUnknown) => Some(words::TARGET_UNKNOWN.into()),
        // Why it is not answered says it already.
        (None, SetHealth::Unhealthy) if deciding(&set.share) != Reason::Unhealthy => {
            Some(words::UNHEALTHY.into())
        }
        (None, _) => None,
    }
}

/// One sentence for each set that has something special about it.
pub fn of_each(sets: &[Set]) -> Vec<String> {
    let mut lines = Vec::new();
    for set in sets {
        let label = visible(&set.identifier);
        if !goes_without_saying(&set.share) {
            lines.push(said_of(&label, &reason(&set.share)));
        }
        lines.extend(health(set).map(|health| said_of(&label, &health)));
    }
    lines
}

/// The same in as few sentences as possible, the most pressing first.
pub fn remarks(sets: &[Set]) -> Vec<Remark> {
    let has_parts = sets.iter().any(|set| !set.parts.is_empty());
    let parts = has_parts.then(|| words::PARTS_NOT_JUDGED.to_owned());
    let suspicions = healths(sets, |set| set.suspicion.is_some());
    let mut remarks: Vec<Remark> = suspicions.map(Remark::warning).collect();
    remarks.extend(rules(sets));
    let others = healths(sets, |set| set.suspicion.is_none());
    remarks.extend(others.chain(nested(sets)).chain(parts).map(Remark::plain));
    remarks
}

/// What there is to say of the health of some sets, each sentence with those that it is said of.
fn healths(sets: &[Set], is_meant: fn(&&Set) -> bool) -> impl Iterator<Item = String> {
    let mut groups: Vec<(Cow<str>, Vec<String>)> = Vec::new();
    for set in sets.iter().filter(is_meant) {
        if let Some(health) = health(set) {
            note(&mut groups, health, label(&set.identifier));
        }
    }
    let groups = groups.into_iter();
    groups.map(|(said, of)| said_together(&said, of))
}

/// The rules that do not go without saying, each with the sets or branches it holds for.
fn rules(sets: &[Set]) -> Vec<Remark> {
    let mut groups: Vec<(Reason, Vec<String>)> = Vec::new();
    for set in sets {
        for (index, level) in set.share.levels.iter().enumerate() {
            if is_plain(level.reason) {
                continue;
            }
            let depth = index + usize::from(!is_of_all(level.reason));
            let mut subject = label(&path(&set.share.levels[..depth]));
            if level.reason == Reason::HealthyOnly {
                subject = format!("{subject} {}", fraction(level));
            }
            note(&mut groups, level.reason, subject);
        }
    }
    // What nobody knows first, then why a set is not answered, then what follows from that.
    groups.sort_by_key(|(reason, _)| match reason {
        Reason::AllZeroSomeUnhealthy => 0,
        Reason::NothingHealthy | Reason::Standby => 1,
        Reason::Unhealthy => 2,
        Reason::HealthyOnly => 3,
        _ => 4,
    });
    let remark = |(reason, subjects)| Remark {
        is_warning: !matches!(reason, Reason::ZeroWeight | Reason::AllZero),
        text: said_together(words::rule(reason), subjects),
    };
    groups.into_iter().map(remark).collect()
}

/// Adds a subject to those that have the same said of them, unless it is there already.
fn note<Said: PartialEq>(groups: &mut Vec<(Said, Vec<String>)>, said: Said, subject: String) {
    match groups.iter_mut().find(|(known, _)| *known == said) {
        Some((_, subjects)) if subjects.contains(&subject) => {}
        Some((_, subjects)) => subjects.push(subject),
        None => groups.push((said, vec![subject])),
    }
}

/// The subjects, as far as they are worth naming, and the sentence. An empty subject is the whole group.
fn said_together(sentence: &str, mut subjects: Vec<String>) -> String {
    let hidden = subjects.len().saturating_sub(NAMED);
    subjects.truncate(NAMED);
    if hidden > 0 {
        subjects.push(super::words::and_more(hidden));
    }
    match subjects.join(", ").as_str() {
        "" => sentence.to_owned(),
        named => said_of(named, sentence),
    }
}

/// How nested shares come about, with the first that its weight alone explains as an example.
fn nested(sets: &[Set]) -> Option<String> {
    let is_nested = |set: &&Set| set.share.levels.len() > 1 && set.share.value > 0.0;
    let set = sets.iter().find(is_nested)?;
    let label = label(&set.identifier);
    Some(words::nested(&label, &fractions(&set.share)))
}

fn path(levels: &[Level]) -> String {
    let identifiers = levels.iter().map(|level| level.identifier.as_str());
    identifiers.collect::<Vec<_>>().join(words::BELOW)
}

fn label(identifier: &str) -> String {
    fit::cut_path(identifier, LABEL)
}

/// The TTL of the segment in force, where all sets have the same.
fn ttl(snapshot: &Snapshot) -> Option<Duration> {
    match snapshot.current()?.ttls.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// What the numbers are, and what they are not: in full and short.
pub fn answers_not_traffic(snapshot: &Snapshot) -> [String; 2] {
    let ttl = ttl(snapshot).map(format::ttl);
    [
        words::answers_not_traffic(ttl.as_deref()),
        words::answers_not_traffic_short(ttl.as_deref()),
    ]
}

/// What the queries cost, in words.
pub fn cost(cost: &Cost) -> String {
    words::cost(
        &format::whole(cost.queries_per_hour),
        &format::dollars(cost.usd_per_hour),
        &format::cents(USD_PER_MILLION),
    )
}

/// What the queries cost at most, in words.
pub fn cost_at_most(cost: &Cost) -> String {
    words::at_most(&self::cost(cost))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    fn set(levels: &[(&str, u64, u64, f64, Reason)]) -> Set {
        let mut set = samples::running().sets()[0].clone();
        set.share.levels = levels
            .iter()
            .map(|&(identifier, weight, of, value, reason)| Level {
                identifier: identifier.to_owned(),
                weight,
                of,
                value,
                reason,
            })
            .collect();
        set.share.value = levels.iter().map(|level| level.3).product();
        set.identifier = path(&set.share.levels);
        set
    }

    fn texts(sets: &[Set]) -> Vec<String> {
        remarks(sets)
            .into_iter()
            .map(|remark| remark.text)
            .collect()
    }

    #[test]
    fn every_reason_has_its_sentence() {
        let cases = [
            (180, 250, 0.72, Reason::Weight, "180 of 250"),
            (70, 70, 1.0, Reason::OnlyMember, "the only set"),
            (
                0,
                250,
                0.0,
                Reason::ZeroWeight,
                "weight zero: not answered while another set has weight",
            ),
            (
                0,
                0,
                0.5,
                Reason::AllZero,
                "all weights are zero, so Route 53 answers evenly",
            ),
            (
                20,
                80,
                0.0,
                Reason::Unhealthy,
                "its health check or its target fails, so it is not answered",
            ),
            (
                70,
                80,
                0.875,
                Reason::HealthyOnly,
                "70 of 80: only healthy sets count",
            ),
            (
                0,
                0,
                1.0,
                Reason::Standby,
                "every set with weight is unhealthy, so zero-weight sets answer (standby)",
            ),
            (
                70,
                100,
                0.7,
                Reason::NothingHealthy,
                "no set is healthy, so all count as healthy",
            ),
        ];
        for (weight, of, value, reason, text) in cases {
            let set = set(&[("a", weight, of, value, reason)]);
            assert_eq!(super::reason(&set.share), text);
            assert_eq!(in_two_words(&set).is_none(), is_plain(reason), "{text}");
            assert_eq!(texts(&[set]).is_empty(), is_plain(reason), "{text}");
        }
        let unknown = set(&[("a", 0, 0, 1.0, Reason::AllZeroSomeUnhealthy)]);
        assert!(super::reason(&unknown.share).ends_with("so nothing is concluded"));
    }

    #[test]
    fn nested_shares_are_read_from_the_top() {
        let blue = set(&[
            ("blue", 50, 100, 0.5, Reason::Weight),
            ("a", 1, 2, 0.5, Reason::Weight),
        ]);
        assert_eq!(reason(&blue.share), "50 of 100 > 1 of 2");
        assert_eq!(
            texts(std::slice::from_ref(&blue)),
            [
                "nested sets: the share is the product of the levels, as in blue > a: 50 of 100 > 1 of 2"
            ]
        );
        let green = set(&[
            ("green", 50, 100, 0.5, Reason::Weight),
            ("x", 3, 3, 1.0, Reason::HealthyOnly),
        ]);
        assert_eq!(
            reason(&green.share),
            "50 of 100 > 3 of 3; x: only healthy sets count"
        );
        assert_eq!(
            of_each(&[blue, green]),
            [
                "blue > a: 50 of 100 > 1 of 2",
                "green > x: 50 of 100 > 3 of 3; x: only healthy sets count"
            ]
        );
    }

    #[test]
    fn sets_with_the_same_reason_share_a_sentence_and_the_cause_comes_first() {
        let sets = [
            set(&[("blue", 70, 80, 0.875, Reason::HealthyOnly)]),
            set(&[("green", 20, 80, 0.0, Reason::Unhealthy)]),
            set(&[("teal", 10, 80, 0.125, Reason::HealthyOnly)]),
        ];
        assert_eq!(
            texts(&sets),
            [
                "green: its health check or its target fails, so it is not answered",
                "blue 70 of 80, teal 10 of 80: only healthy sets count"
            ]
        );
    }

    #[test]
    fn a_rule_for_all_names_no_set_but_the_branch_it_holds_in() {
        let of = |above: &'static str, name: &'static str| {
            set(&[
                (above, 1, 2, 0.5, Reason::Weight),
                (name, 0, 0, 0.5, Reason::AllZero),
            ])
        };
        let sets = [of("blue", "a"), of("blue", "b")];
        assert_eq!(
            texts(&sets)[0],
            "blue: all weights are zero, so Route 53 answers evenly"
        );
        let flat = |name: &'static str| set(&[(name, 0, 0, 0.5, Reason::AllZero)]);
        assert_eq!(
            texts(&[flat("a"), flat("b")]),
            ["all weights are zero, so Route 53 answers evenly"]
        );
    }

    #[test]
    fn of_many_sets_a_few_are_named() {
        let names = ["a", "b", "c", "d", "e"];
        let sets = names.map(|name| set(&[(name, 0, 9, 0.0, Reason::ZeroWeight)]));
        assert_eq!(
            texts(&sets),
            ["a, b, c, and 2 more: weight zero: not answered while another set has weight"]
        );
    }

    #[test]
    fn health_that_is_not_known_is_said_and_a_suspicion_takes_its_place() {
        let mut sets = samples::running().sets().to_vec();
        sets[0].health = SetHealth::Assumed;
        sets[1].health = SetHealth::TargetUnknown;
        assert_eq!(
            texts(&sets),
            [
                "blue-32: assuming healthy: its health check could not be read",
                "green-33: target health unknown (EvaluateTargetHealth is on)"
            ]
        );
        sets[1].suspicion = Some(Suspicion::TargetUnhealthy);
        let remarks = remarks(&sets);
        assert!(remarks[0].is_warning && remarks[0].text.ends_with("the likely cause"));
        assert_eq!(remarks.len(), 2);
    }

    #[test]
    fn the_cost_is_in_cents_where_it_is_small() {
        let hour = crate::model::cost::at_most(10);
        assert_eq!(
            cost_at_most(&hour),
            "at most 36,000 billed queries an hour, USD 0.0144 (USD 0.40 per million; aliases to AWS resources are not charged)"
        );
    }

    #[test]
    fn only_a_ttl_that_all_sets_have_is_told_beside_the_meaning() {
        let mut snapshot = samples::running();
        assert!(answers_not_traffic(&snapshot)[1].ends_with("TTL 60s"));
        snapshot.segment_mut(0).ttls.push(Duration::from_mins(5));
        assert_eq!(
            answers_not_traffic(&snapshot)[1],
            "DNS answers, not traffic"
        );
    }
}
