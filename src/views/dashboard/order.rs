//! In which order the sets stand in the table.

use crate::snapshot::{Set, Snapshot};
use crate::views::wish::Order;
use crate::views::{sides, verdicts};

/// The sets in force in this order; equals stand as they are declared.
pub(super) fn sorted(order: Order, snapshot: &Snapshot) -> Vec<&Set> {
    let mut sets: Vec<&Set> = snapshot.sets().iter().collect();
    match order {
        Order::Declared => {}
        Order::WorstFirst => sets.sort_by(|one, other| {
            let [one, other] = [one, other].map(|set| badness(set));
            other.cmp(&one)
        }),
        Order::Name => sets.sort_by(|one, other| one.identifier.cmp(&other.identifier)),
    }
    sets
}

/// Whether something is wrong with a set, and how far its share is from the declared one, as it is shown: two that look equally
/// far do not change places.
fn badness(set: &Set) -> (bool, String) {
    let is_wrong = verdicts::is_off(set) || sides::fails_noticeably(set);
    let diff = set.counted.diff.map_or(0.0, f64::abs);
    (is_wrong, format!("{:06.1}", 100.0 * diff))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::reading::HttpReading;
    use crate::views::samples;

    fn names(order: Order, snapshot: &Snapshot) -> Vec<&str> {
        let sets = sorted(order, snapshot).into_iter();
        sets.map(|set| set.identifier.as_str()).collect()
    }

    #[test]
    fn the_worst_is_what_fails_and_then_what_is_farthest_off() {
        let mut snapshot = samples::hundred();
        let segment = snapshot.current_mut();
        segment.sets.truncate(4);
        for (set, diff) in segment.sets.iter_mut().zip([0.0, -0.02, 0.01, 0.0]) {
            set.counted.diff = Some(diff);
            set.judged = None;
            set.http = None;
        }
        let failing = samples::failing();
        let http = failing.sets().iter().filter_map(|set| set.http.clone());
        segment.sets[3].http = http.max_by_key(HttpReading::failed);
        segment.sets[3].declared_share = 0.01;
        let names_before = names(Order::Declared, &snapshot);
        let [a, b, c, d] = names_before[..] else {
            panic!("{names_before:?}");
        };
        assert_eq!(names(Order::WorstFirst, &snapshot), [d, b, c, a]);
    }

    #[test]
    fn names_stand_in_the_order_of_their_letters_and_none_is_lost() {
        for (what, snapshot) in samples::all() {
            let by_name = names(Order::Name, &snapshot);
            assert!(by_name.is_sorted(), "{what}: {by_name:?}");
            let worst = names(Order::WorstFirst, &snapshot);
            assert_eq!(worst.len(), snapshot.sets().len(), "{what}");
        }
    }
}
