//! How Route 53 chooses a record set: weights, health and aliases to other groups, as the Developer Guide states them
//! ("How Amazon Route 53 chooses records when health checking is configured", "Complex Amazon Route 53 configurations").
//!
//! Pure: the weights and the health at hand come in, and a generator that draws the lots.

use super::random::Generator;
use super::story::{AliasTo, Story, Values};

/// Draws from a group the set that answers: from set to group to set, until one holds the answer itself. `weights` and
/// `healthy` (the outcome of each set's own check; true without one) are by position in [`Story::sets`].
pub(super) fn draw(
    story: &Story,
    weights: &[u8],
    healthy: &[bool],
    group: usize,
    generator: &mut Generator,
) -> usize {
    let mut group = group;
    loop {
        let sets = story.groups[group].sets.clone();
        let chances = chances(story, weights, healthy, group);
        let set = sets.start + generator.pick(&chances);
        match story.sets[set].values.group() {
            Some(next) => group = next,
            None => return set,
        }
    }
}

/// The weights by which the lots of one group are drawn, in the order of its sets.
fn chances(story: &Story, weights: &[u8], healthy: &[bool], group: usize) -> Vec<u8> {
    let sets = story.groups[group].sets.clone();
    let good: Vec<bool> = sets
        .clone()
        .map(|set| is_good(story, healthy, set))
        .collect();
    let weights = &weights[sets];
    if !good.contains(&true) {
        // Nothing is healthy: everything counts as healthy.
        return weights.to_vec();
    }
    let has_good_weight = weights
        .iter()
        .zip(&good)
        .any(|(weight, good)| *good && *weight > 0);
    weights
        .iter()
        .zip(&good)
        .map(|(weight, good)| match (*good, has_good_weight) {
            (false, _) => 0,
            (true, true) => *weight,
            // Only sets of weight zero are left: they share evenly.
            (true, false) => 1,
        })
        .collect()
}

/// Whether a set takes part: its own check is healthy and, where the alias asks for it, so is something behind it.
fn is_good(story: &Story, healthy: &[bool], set: usize) -> bool {
    healthy[set]
        && match story.sets[set].values {
            Values::Alias {
                to: AliasTo::Group(next),
                evaluate_health: true,
            } => story.groups[next]
                .sets
                .clone()
                .any(|set| is_good(story, healthy, set)),
            _ => true,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The rules in other words: who may be drawn at all.
        #[test]
        fn only_who_may_answer_has_a_chance(
            sets in prop::collection::vec((0_u8..4, any::<bool>()), 1..8),
        ) {
            let (given, healthy): (Vec<u8>, Vec<bool>) = sets.into_iter().unzip();
            let chances = chances(&flat(&given), &given, &healthy, 0);
            let heavy = |set: &usize| healthy[*set] && given[*set] > 0;
            let someone_heavy = (0..given.len()).any(|set| heavy(&set));
            for set in 0..given.len() {
                let expected = if !healthy.contains(&true) {
                    given[set]
                } else if someone_heavy {
                    if heavy(&set) { given[set] } else { 0 }
                } else {
                    u8::from(healthy[set])
                };
                prop_assert_eq!(chances[set], expected);
            }
        }
    }

    const HEAD: &str = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                        type = \"A\"\nttl = 60\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n";

    fn flat(weights: &[u8]) -> Story {
        let set = |(number, weight)| {
            format!(
                "[[set]]\nid = \"{number}\"\nweight = {weight}\nvalues = [\"127.0.1.{number}\"]\n"
            )
        };
        let sets: String = weights.iter().enumerate().map(set).collect();
        Story::parse(&format!("{HEAD}{sets}"), "test.toml").unwrap()
    }

    fn weights(story: &Story) -> Vec<u8> {
        story.sets.iter().map(|set| set.weight).collect()
    }

    fn chances_of(given: &[u8], health: &str) -> Vec<u8> {
        let story = flat(given);
        let healthy: Vec<bool> = health.chars().map(|state| state != 'U').collect();
        chances(&story, given, &healthy, 0)
    }

    /// The Developer Guide's tables; `-` is a set without a check.
    #[test]
    fn unhealthy_sets_leave_their_part_to_the_others() {
        for (weights, health, expected) in [
            (&[70, 20, 10][..], "HHH", &[70, 20, 10][..]),
            (&[70, 20, 10], "HUH", &[70, 0, 10]),
            (&[70, 20, 10], "UUU", &[70, 20, 10]),
            (&[70, 30], "U-", &[0, 30]),
            (&[1, 1, 0], "UUH", &[0, 0, 1]),
            (&[1, 1, 0], "UUU", &[1, 1, 0]),
            (&[1, 1, 0], "UHU", &[0, 1, 0]),
            (&[1, 1, 0], "HHU", &[1, 1, 0]),
            (&[1, 1, 0], "HHH", &[1, 1, 0]),
            (&[1, 1, 0], "UU-", &[0, 0, 1]),
            (&[70, 30, 0], "---", &[70, 30, 0]),
            (&[0, 0], "HU", &[1, 0]),
            (&[0, 0, 0], "---", &[1, 1, 1]),
            (&[9, 0, 0], "U--", &[0, 1, 1]),
            (&[0, 0], "UU", &[0, 0]),
        ] {
            assert_eq!(
                chances_of(weights, health),
                expected,
                "{weights:?} {health}"
            );
        }
    }

    fn nested(evaluate: bool) -> Story {
        Story::parse(
            &format!(
                "{HEAD}[[set]]\nid = \"blue\"\nweight = 75\nalias = \"blue.example.test\"\n\
                 evaluate_target_health = {evaluate}\n\
                 [[set]]\nid = \"green\"\nweight = 25\nvalues = [\"127.0.0.9\"]\n\
                 [[group]]\nname = \"blue.example.test\"\n\
                 [[group.set]]\nid = \"a\"\nweight = 1\nvalues = [\"127.0.0.1\"]\n\
                 [[group.set]]\nid = \"b\"\nweight = 1\nvalues = [\"127.0.0.2\"]\n"
            ),
            "test.toml",
        )
        .unwrap()
    }

    fn shares(story: &Story, healthy: &[bool]) -> Vec<u32> {
        let mut generator = Generator::new(3, 0);
        let mut counts = vec![0; story.sets.len()];
        for _ in 0..40_000 {
            counts[draw(story, &weights(story), healthy, 0, &mut generator)] += 1;
        }
        counts
    }

    #[test]
    fn shares_multiply_down_the_tree() {
        let counts = shares(&nested(true), &[true; 4]);
        // 37.5 % twice, and 25 %: six standard deviations are less than 600 of 40 000.
        assert_eq!(counts[0], 0, "an alias is not a leaf");
        for (count, expected) in [
            (counts[1], 10_000),
            (counts[2], 15_000),
            (counts[3], 15_000),
        ] {
            assert!(u32::abs_diff(count, expected) < 600, "{counts:?}");
        }
    }

    #[test]
    fn a_branch_without_a_healthy_leaf_is_left_only_if_the_alias_evaluates_it() {
        let dead = [true, true, false, false];
        assert_eq!(shares(&nested(true), &dead), [0, 40_000, 0, 0]);
        let counts = shares(&nested(false), &dead);
        assert!(counts[2] > 14_000 && counts[3] > 14_000, "{counts:?}");
        let half = shares(&nested(true), &[true, true, false, true]);
        assert_eq!(half[2], 0);
        assert!(u32::abs_diff(half[3], 30_000) < 600, "{half:?}");
    }

    #[test]
    fn an_alias_with_a_check_of_its_own_needs_both() {
        assert_eq!(
            shares(&nested(true), &[false, true, true, true]),
            [0, 40_000, 0, 0]
        );
    }
}
