//! Do the name servers agree with each other, whatever shares they serve?
//!
//! Universal inference: Larry Wasserman, Aaditya Ramdas and Sivaraman Balakrishnan, "Universal inference" (2020),
//! section 7 on sequences. What the servers do one by one is bet on in advance; the best single distribution for all
//! of them is found with hindsight and still has to beat it.

use super::evidence::Declared;
use crate::model::share::as_f64;

/// ln of the evidence that the name servers differ: `sum_s ln m(x_s) - sum_i X_i ln(X_i / N)`, X the totals, N their
/// sum. At ln(1 / a) they differ; an explanation, no verdict.
///
/// `servers` holds the counts of each name server, each in the order of the sets. The declared shares only steer the
/// bet: the bound holds for whatever the servers have in common. Impossible answers are left out; 0 with fewer than
/// two possible sets or without an answer.
pub fn ln_disagreement(declared: &Declared, servers: &[&[u64]]) -> f64 {
    let mut totals = vec![0; declared.shares().len()];
    for counts in servers {
        for (total, count) in totals.iter_mut().zip(*counts) {
            *total += count;
        }
    }
    let answers = as_f64(declared.answers(&totals));
    // Both sides are taken relative to the declared shares, so that large numbers cancel early.
    let jointly: f64 = servers
        .iter()
        .map(|counts| declared.ln_evidence_jointly(counts))
        .sum();
    let with_hindsight: f64 = totals
        .iter()
        .zip(declared.shares())
        .filter(|&(&total, &share)| total > 0 && share > 0.0)
        .map(|(&total, &share)| as_f64(total) * (as_f64(total) / (answers * share)).ln())
        .sum();
    jointly - with_hindsight
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, counts, declared, pick, probability, random, sequences};

    #[test]
    fn the_worked_number() {
        let servers: [&[u64]; 4] = [&[20, 20], &[22, 18], &[19, 21], &[36, 4]];
        close(
            ln_disagreement(&declared(&[50, 50]), &servers),
            5.796_033_262_193_8,
            1e-9,
        );
    }

    #[test]
    fn nothing_to_compare_is_no_disagreement() {
        close(ln_disagreement(&declared(&[50, 50]), &[]), 0.0, 0.0);
        close(
            ln_disagreement(&declared(&[50, 50]), &[&[0, 0], &[0, 0]]),
            0.0,
            0.0,
        );
        close(
            ln_disagreement(&declared(&[7, 0]), &[&[10, 1], &[5, 3]]),
            0.0,
            0.0,
        );
    }

    #[test]
    fn whatever_the_servers_have_in_common_the_bet_is_not_favourable() {
        for (weights, served) in [
            ([50, 50], [0.5, 0.5]),
            ([50, 50], [0.1, 0.9]),
            ([90, 10], [0.6, 0.4]),
        ] {
            let declared = declared(&weights);
            let mut mean = 0.0;
            sequences(2, 10, |sequence| {
                let (one, two) = sequence.split_at(5);
                let ln = ln_disagreement(&declared, &[&counts(2, one), &counts(2, two)]);
                mean += probability(&served, sequence) * ln.exp();
            });
            assert!(mean <= 1.0, "{mean}");
        }
    }

    #[test]
    fn one_server_of_four_is_found_as_fast_as_promised() {
        // 90/10 instead of 50/50: after 116 answers in the median.
        let declared = declared(&[50, 50]);
        let mut random = random(10);
        let mut needed: Vec<usize> = (0..400)
            .map(|_| {
                let mut servers = [[0; 2]; 4];
                (1..10_000)
                    .find(|answer| {
                        let server = answer % 4;
                        let shares = if server == 0 { [0.9, 0.1] } else { [0.5, 0.5] };
                        servers[server][pick(&shares, &mut random)] += 1;
                        let views: Vec<&[u64]> = servers.iter().map(|counts| &counts[..]).collect();
                        ln_disagreement(&declared, &views) >= 100_f64.ln()
                    })
                    .expect("it comes")
            })
            .collect();
        needed.sort_unstable();
        assert!((104..=128).contains(&needed[200]), "{}", needed[200]);
    }
}
