//! Expected shares: what Route 53 promises for a group of weights.
//!
//! Source: Route 53 Developer Guide, "Weighted routing" and "Values specific for weighted records". Health and
//! nested groups are not considered here: the shares are those of the weights alone.

/// The share of each set, from 0 to 1, in the order of the weights; they add up to 1 unless there is no set.
///
/// A share is weight / sum of weights. When every weight is zero, Route 53 answers all sets evenly.
pub fn expected_shares(weights: &[u64]) -> Vec<f64> {
    let sum: u64 = weights.iter().sum();
    let count = weights.len();
    weights
        .iter()
        .map(|&weight| {
            if sum == 0 {
                1.0 / as_f64(count as u64)
            } else {
                as_f64(weight) / as_f64(sum)
            }
        })
        .collect()
}

/// The observed share of each set, or `None` while nothing was counted.
pub fn observed_shares(counts: &[u64]) -> Option<Vec<f64>> {
    let sum: u64 = counts.iter().sum();
    (sum > 0).then(|| {
        counts
            .iter()
            .map(|&count| as_f64(count) / as_f64(sum))
            .collect()
    })
}

/// A count as a floating-point number; counts stay far below 2^53, where this is exact.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one run stay far below 2^53"
)]
pub fn as_f64(count: u64) -> f64 {
    count as f64
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
        close(&expected_shares(&[1, 255]), &[1.0 / 256.0, 255.0 / 256.0]);
        close(&expected_shares(&[70, 20, 10]), &[0.7, 0.2, 0.1]);
        close(&expected_shares(&[0, 50, 50]), &[0.0, 0.5, 0.5]);
        close(&expected_shares(&[0, 0, 0]), &[1.0 / 3.0; 3]);
        close(&expected_shares(&[0]), &[1.0]);
        close(&expected_shares(&[180, 70]), &[0.72, 0.28]);
        close(&expected_shares(&[]), &[]);
    }

    proptest! {
        #[test]
        fn shares_add_up_to_one(weights in prop::collection::vec(0u64..=255, 1..=100)) {
            let sum: f64 = expected_shares(&weights).iter().sum();
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
