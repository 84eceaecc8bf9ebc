//! Evidence over name servers and over the moments since when a deviation may last.
//!
//! A deviation may show in all name servers or in one, and it may have begun long after the counting. So the same bet
//! is placed on the pooled counts and on those of each server, over the whole span and from later *onsets* on. A
//! weighted average of fair games is a fair game again, so the total may be watched just as freely; onsets still to
//! come hold their stake of 1. The idea is that of e-detectors: Jaehyeok Shin, Aaditya Ramdas and Alessandro Rinaldo,
//! "E-detectors: a nonparametric framework for sequential change detection" (2022); weights: the project's notes on
//! statistics, section 2.

use std::collections::VecDeque;
use std::time::Duration;

use super::bands::Bands;
use super::evidence::Declared;
use super::logarithm::LogSum;
use crate::model::share::as_f64;

/// From one later onset to the next.
pub const ONSETS_APART: Duration = Duration::from_secs(10);
/// So many of the later onsets are remembered.
pub const ONSETS_KEPT: usize = 120;
/// Weight of the pooled counts; the servers share the rest evenly.
const POOLED: f64 = 0.8;
/// Weight of a deviation from the start on; the later onsets share the rest, the n-th gets 1 / (n (n + 1)) of it.
pub(super) const FROM_THE_START: f64 = 0.8;

/// The counts of a span at its start and at later onsets.
///
/// Counts are flat: all the sets of the first name server, then all those of the second, and so on.
#[derive(Clone, Debug)]
pub struct Onsets {
    sets: usize,
    at_start: Vec<u64>,
    /// The newest of the later onsets, oldest first.
    later: VecDeque<Vec<u64>>,
    /// How many later onsets there have been.
    newest: u64,
}

/// What all the bets on a share outside its band have won in a span.
#[derive(Clone, Debug, PartialEq)]
pub struct TotalEvidence {
    /// ln of the weighted average of all; at ln(1 / a) it is a mismatch.
    pub ln_total: f64,
    /// ln of the part that looks at the pooled counts; an e-value by itself.
    pub ln_pooled: f64,
    /// ln of the part of each name server; each an e-value by itself. The largest says which server is off.
    pub ln_servers: Vec<f64>,
    /// The bet that has won most, its weight considered.
    pub strongest: Option<Bet>,
}

/// Which counts a bet looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bet {
    /// The name server's place; `None` for the pooled counts.
    pub server: Option<usize>,
    /// 0 for the whole span, n for the counts since its n-th later onset.
    pub onset: u64,
}

impl Onsets {
    /// Starts a span with the counts as they are, over this many sets.
    pub fn new(sets: usize, counts: Vec<u64>) -> Self {
        Self {
            sets: sets.max(1),
            at_start: counts,
            later: VecDeque::new(),
            newest: 0,
        }
    }

    /// Whether it is time for the next later onset, so long after the span's start.
    pub fn is_due(&self, since_start: Duration) -> bool {
        since_start.as_secs_f64() >= ONSETS_APART.as_secs_f64() * as_f64(self.newest + 1)
    }

    /// As if there had been so many later onsets already, all of them forgotten.
    pub(super) fn aged(self, newest: u64) -> Self {
        Self { newest, ..self }
    }

    /// How many onsets are weighed, that of the whole span included.
    pub fn remembered(&self) -> usize {
        1 + self.later.len()
    }

    /// Remembers the counts of this moment as the next later onset.
    pub fn add(&mut self, counts: Vec<u64>) {
        self.later.push_back(counts);
        self.newest += 1;
        if self.later.len() > ONSETS_KEPT {
            // Its weight is simply lost, which keeps the game fair.
            self.later.pop_front();
        }
    }

    /// Lets one name server start anew: all its remembered counts become what they are now.
    pub fn restart_server(&mut self, server: usize, counts: &[u64]) {
        let range = server * self.sets..(server + 1) * self.sets;
        for remembered in std::iter::once(&mut self.at_start).chain(&mut self.later) {
            remembered[range.clone()].copy_from_slice(&counts[range.clone()]);
        }
    }

    /// Weighs the counts of now: how much speaks for a share outside its band. Costs one evaluation of the evidence for
    /// every onset, for the pooled counts and each name server.
    pub fn weigh(&self, declared: &Declared, bands: &Bands, counts: &[u64]) -> TotalEvidence {
        let servers = (counts.len() / self.sets).max(1);
        // One sum for the pooled counts, then one for each name server.
        let mut sums = vec![LogSum::default(); servers + 1];
        let mut strongest = (f64::NEG_INFINITY, None);
        let mut since = vec![0; counts.len()];
        let mut pooled = vec![0; self.sets];
        for (onset, ln_weight, then) in self.weighted() {
            subtract(counts, then, &mut since);
            pool(&since, &mut pooled);
            let views = std::iter::once(&pooled[..]).chain(since.chunks(self.sets));
            for (view, seen) in views
                .enumerate()
                .take(if servers == 1 { 1 } else { servers + 1 })
            {
                let ln_won = ln_weight + bands.ln_evidence_outside(declared, seen);
                sums[view].add(ln_won);
                let ln_stake = ln_won + weight_of_view(view, servers).ln();
                if ln_stake > strongest.0 {
                    strongest = (
                        ln_stake,
                        Some(Bet {
                            server: view.checked_sub(1),
                            onset,
                        }),
                    );
                }
            }
        }
        total(
            sums,
            servers,
            (1.0 - FROM_THE_START) / as_f64(self.newest + 1),
            strongest.1,
        )
    }

    /// Number, ln of the weight, and counts of each remembered onset.
    fn weighted(&self) -> impl Iterator<Item = (u64, f64, &[u64])> {
        let first = self.newest + 1 - self.later.len() as u64;
        let later = (first..).zip(&self.later).map(|(onset, counts)| {
            let number = as_f64(onset);
            (
                onset,
                ((1.0 - FROM_THE_START) / (number * (number + 1.0))).ln(),
                &counts[..],
            )
        });
        std::iter::once((0, FROM_THE_START.ln(), &self.at_start[..])).chain(later)
    }
}

/// The weight of a view: 0 is the pooled counts, the others are the name servers. A single server is the pool.
pub(super) fn weight_of_view(view: usize, servers: usize) -> f64 {
    match (servers, view) {
        (1, 0) => 1.0,
        (1, _) => 0.0,
        (_, 0) => POOLED,
        _ => (1.0 - POOLED) / as_f64(servers as u64),
    }
}

/// Adds what onsets still to come hold, and averages the views.
pub(super) fn total(
    mut sums: Vec<LogSum>,
    servers: usize,
    to_come: f64,
    strongest: Option<Bet>,
) -> TotalEvidence {
    if servers == 1 {
        sums[1] = sums[0];
    }
    for sum in &mut sums {
        sum.add(to_come.ln());
    }
    let ln_pooled = sums[0].ln();
    let ln_servers: Vec<f64> = sums[1..].iter().map(LogSum::ln).collect();
    TotalEvidence {
        ln_total: averaged(ln_pooled, &ln_servers),
        ln_pooled,
        ln_servers,
        strongest,
    }
}

/// ln of the weighted average of the evidence in the pooled counts and in those of each name server.
pub fn averaged(ln_pooled: f64, ln_servers: &[f64]) -> f64 {
    let mut total = LogSum::default();
    for (view, ln) in std::iter::once(&ln_pooled).chain(ln_servers).enumerate() {
        total.add(ln + weight_of_view(view, ln_servers.len()).ln());
    }
    total.ln()
}

fn subtract(counts: &[u64], earlier: &[u64], since: &mut [u64]) {
    for ((difference, &now), &then) in since.iter_mut().zip(counts).zip(earlier) {
        *difference = now.saturating_sub(then);
    }
}

fn pool(servers: &[u64], pooled: &mut [u64]) {
    pooled.fill(0);
    for server in servers.chunks(pooled.len()) {
        for (sum, count) in pooled.iter_mut().zip(server) {
            *sum += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, declared, pick, probability, random, sequences};

    /// Without a band the evidence for a share outside is that against the declared shares, with two sets.
    fn exactly(declared: &Declared) -> Bands {
        Bands::new(declared, 0.0)
    }

    #[test]
    fn the_worked_number() {
        let mut onsets = Onsets::new(2, vec![0; 8]);
        onsets.add(vec![50; 8]);
        let even = declared(&[50, 50]);
        let counts = [75, 75, 76, 74, 74, 76, 95, 55];
        let total = onsets.weigh(&even, &exactly(&even), &counts);
        close(total.ln_total, 10.316_179_674_326_6, 1e-9);
        // The fourth server is off, since the first onset.
        assert_eq!(
            total.strongest,
            Some(Bet {
                server: Some(3),
                onset: 1
            })
        );
        let worst =
            (0..4).max_by(|&one, &two| total.ln_servers[one].total_cmp(&total.ln_servers[two]));
        assert_eq!(worst, Some(3));
    }

    #[test]
    fn an_empty_span_holds_its_stake() {
        for servers in [1, 4] {
            let onsets = Onsets::new(3, vec![7; 3 * servers]);
            let declared = declared(&[1, 2, 3]);
            let bands = Bands::new(&declared, 0.05);
            let total = onsets.weigh(&declared, &bands, &vec![7; 3 * servers]);
            close(total.ln_total, 0.0, 1e-12);
            assert_eq!(total.ln_servers.len(), servers);
        }
    }

    #[test]
    fn the_total_is_a_fair_game() {
        let declared = declared(&[70, 30]);
        for servers in [1_usize, 2] {
            let mut means = [0.0; 4];
            sequences(2, 9, |sequence| {
                let mut counts = vec![0; 2 * servers];
                let mut onsets = Onsets::new(2, counts.clone());
                for (answer, set) in sequence.iter().enumerate() {
                    if [2, 5, 6].contains(&answer) {
                        onsets.add(counts.clone());
                    }
                    counts[2 * (answer % servers) + set] += 1;
                }
                let total = onsets.weigh(&declared, &exactly(&declared), &counts);
                let chance = probability(declared.shares(), sequence);
                means[0] += chance * total.ln_total.exp();
                means[1] += chance * total.ln_pooled.exp();
                means[2] += chance * total.ln_servers[0].exp();
                means[3] += chance * total.ln_servers[servers - 1].exp();
            });
            for mean in means {
                close(mean, 1.0, 1e-10);
            }
        }
    }

    #[test]
    fn the_total_is_the_average_of_its_views() {
        let mut onsets = Onsets::new(2, vec![0; 6]);
        onsets.add(vec![10, 9, 8, 12, 10, 11]);
        let even = declared(&[50, 50]);
        let total = onsets.weigh(&even, &exactly(&even), &[20, 30, 22, 21, 40, 10]);
        let servers: f64 = total.ln_servers.iter().map(|ln| ln.exp()).sum();
        close(
            total.ln_total.exp(),
            0.8 * total.ln_pooled.exp() + 0.2 / 3.0 * servers,
            1e-12,
        );
    }

    #[test]
    fn a_deviation_within_the_tolerance_is_no_mismatch_however_clear() {
        let declared = declared(&[50, 50]);
        let onsets = Onsets::new(2, vec![0, 0]);
        // 51 % instead of 50 %: much speaks against the declared shares, and nothing for one outside its band.
        let counts = [510_000, 490_000];
        assert!(
            onsets
                .weigh(&declared, &exactly(&declared), &counts)
                .ln_total
                > 100.0
        );
        let within = onsets.weigh(&declared, &Bands::new(&declared, 0.05), &counts);
        assert!(within.ln_total < 0.0);
    }

    #[test]
    fn old_onsets_are_forgotten_and_a_server_may_start_anew() {
        let mut onsets = Onsets::new(2, vec![0; 4]);
        for onset in 1..=500_u32 {
            assert!(onsets.is_due(ONSETS_APART * onset));
            assert!(!onsets.is_due(ONSETS_APART * (onset - 1) + Duration::from_millis(9_999)));
            onsets.add(vec![onset.into(); 4]);
        }
        let numbers: Vec<u64> = onsets.weighted().map(|(onset, ..)| onset).collect();
        assert_eq!(numbers.len(), 1 + ONSETS_KEPT);
        assert_eq!((numbers[0], numbers[1], numbers[120]), (0, 381, 500));
        let counts = [600, 600, 900, 600];
        let even = declared(&[50, 50]);
        let weigh = |onsets: &Onsets| onsets.weigh(&even, &exactly(&even), &counts);
        assert!(weigh(&onsets).ln_total > 5.0);
        onsets.restart_server(1, &counts);
        let total = weigh(&onsets);
        assert!(total.ln_total < 0.0);
        // All its bets stand at 1 again; the weights of the onsets that were dropped are lost.
        let lost: f64 = 0.2 * (1.0 - 1.0 / 381.0);
        close(total.ln_servers[1], (1.0 - lost).ln(), 1e-12);
    }

    #[test]
    fn a_set_that_dies_after_an_hour_is_found_within_seconds() {
        // 90/10, four name servers, 100 answers a second.
        let declared = declared(&[90, 10]);
        let bands = Bands::new(&declared, 0.02);
        let mut random = random(3);
        let mut counts = vec![0; 8];
        let mut onsets = Onsets::new(2, counts.clone());
        let mut answer = |shares: &[f64], how_many: usize, counts: &mut Vec<u64>| {
            for number in 0..how_many {
                counts[2 * (number % 4) + pick(shares, &mut random)] += 1;
            }
        };
        for _ in 0..360 {
            answer(declared.shares(), 1_000, &mut counts);
            onsets.add(counts.clone());
        }
        let healthy = onsets.weigh(&declared, &bands, &counts);
        assert!(healthy.ln_total < 100_f64.ln());
        // It dies 4 seconds after the newest onset.
        answer(declared.shares(), 400, &mut counts);
        let ticks = (1..=40).find(|_| {
            answer(&[1.0, 0.0], 50, &mut counts);
            onsets.weigh(&declared, &bands, &counts).ln_total >= 100_f64.ln()
        });
        assert!(
            ticks.is_some_and(|ticks| ticks <= 26),
            "{ticks:?} half seconds"
        );
    }
}
