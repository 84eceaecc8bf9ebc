//! Evidence over name servers and over the moments since when a deviation may last.
//!
//! A deviation may show in all name servers or in one, and it may have begun long after the counting. So the same bet
//! is placed on the pooled counts and on those of each server, over the whole span and from later *onsets* on. A
//! weighted average of fair games is a fair game again, so the total may be watched just as freely; onsets still to
//! come hold their stake of 1. The idea is that of e-detectors: Jaehyeok Shin, Aaditya Ramdas and Alessandro Rinaldo,
//! "E-detectors: a nonparametric framework for sequential change detection" (2022); weights: the project's notes on
//! statistics, section 2.

use std::collections::VecDeque;
use std::ops::Range;
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
const FROM_THE_START: f64 = 0.8;

/// The answers of a span by name server: how many came since its start, and since later onsets.
///
/// Memory is bounded: one count for each remembered onset, name server and set.
#[derive(Clone, Debug)]
pub struct Onsets {
    sets: usize,
    servers: usize,
    now: Counts,
    /// The span's start, when nothing was counted; then the newest of the later onsets, oldest first.
    start: Onset,
    later: VecDeque<Onset>,
    /// How many later onsets there have been.
    newest: u64,
    /// By view, how many answers have come, those that were forgotten later included.
    seen: Vec<u64>,
}

/// Counts of each view in turn: the pooled ones, then those of each name server; a single server is the pool.
type Counts = Vec<u64>;

#[derive(Clone, Debug)]
struct Onset {
    /// What the counts were then.
    counts: Counts,
    /// By view.
    won: Vec<Won>,
}

/// ln of what the bets of a view have won since an onset.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Won {
    ln: f64,
    /// It stays as it is until more answers than that have come.
    until: u64,
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
    /// An empty span over these many sets and name servers.
    pub fn new(sets: usize, servers: usize) -> Self {
        let servers = servers.max(1);
        let views = if servers == 1 { 1 } else { servers + 1 };
        Self {
            sets,
            servers,
            now: vec![0; sets * views],
            start: Onset {
                counts: vec![0; sets * views],
                won: vec![Won { ln: 0.0, until: 0 }; views],
            },
            later: VecDeque::new(),
            newest: 0,
            seen: vec![0; views],
        }
    }

    /// Counts so many answers of a name server and a set.
    pub fn record(&mut self, server: usize, set: usize, answers: u64) {
        self.now[set] += answers;
        self.seen[0] += answers;
        if self.servers > 1 {
            self.now[(1 + server) * self.sets + set] += answers;
            self.seen[1 + server] += answers;
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

    /// Begins the next later onset with the counts of this moment.
    pub fn add(&mut self) {
        let nothing = |&until: &u64| Won { ln: 0.0, until };
        self.later.push_back(Onset {
            counts: self.now.clone(),
            won: self.seen.iter().map(nothing).collect(),
        });
        self.newest += 1;
        if self.later.len() > ONSETS_KEPT {
            // Its weight is simply lost, which keeps the game fair.
            self.later.pop_front();
        }
    }

    /// Lets one name server start anew: its answers are forgotten, in every onset.
    pub fn restart_server(&mut self, server: usize) {
        let (sets, own) = (self.sets, self.view_of(Some(server)));
        let onsets = std::iter::once(&mut self.start).chain(&mut self.later);
        let counts = onsets.map(|onset| {
            // All has to be weighed anew.
            onset.won.iter_mut().for_each(|won| won.until = 0);
            &mut onset.counts
        });
        for counts in counts.chain([&mut self.now]) {
            for set in 0..sets {
                let forgotten = counts[own.start + set];
                counts[set] -= forgotten;
                if self.servers > 1 {
                    counts[own.start + set] = 0;
                }
            }
        }
    }

    /// The counts of the span, pooled or of one name server.
    pub fn counts(&self, server: Option<usize>) -> &[u64] {
        &self.now[self.view_of(server)]
    }

    /// Likewise, but since an onset; `None` when that is forgotten.
    pub fn since(&self, onset: u64, server: Option<usize>) -> Option<Vec<u64>> {
        let view = self.view_of(server);
        if onset == 0 {
            return Some(self.now[view].to_vec());
        }
        let place = usize::try_from(onset.checked_sub(self.oldest())?).ok()?;
        let then = &self.later.get(place)?.counts[view.clone()];
        Some(difference(&self.now[view], then).collect())
    }

    /// ln of the evidence against exactly the declared shares, whatever the tolerance, from the start of the span on:
    /// of the pooled counts, and of each name server.
    pub fn ln_exact(&self, declared: &Declared) -> (f64, Vec<f64>) {
        let of = |server| declared.ln_evidence(self.counts(server));
        (
            of(None),
            (0..self.servers).map(|server| of(Some(server))).collect(),
        )
    }

    /// Weighs all onsets: how much speaks for a share outside its band. Only what can have changed is worked out, so shares and
    /// bands have to be the same each time.
    pub fn weigh(&mut self, declared: &Declared, bands: &Bands) -> TotalEvidence {
        let oldest = self.oldest();
        let onsets = std::iter::once(&mut self.start).chain(&mut self.later);
        // One sum for the pooled counts, then one for each name server.
        let mut sums = vec![LogSum::default(); self.servers + 1];
        let mut strongest = (f64::NEG_INFINITY, None);
        let mut since = Counts::new();
        for (onset, then) in std::iter::once(0).chain(oldest..).zip(onsets) {
            let ln_weight = weight_of_onset(onset).ln();
            let views = then.won.iter_mut().zip(&self.seen);
            for (view, (won, seen)) in views.enumerate() {
                if *seen > won.until {
                    let place = view * self.sets..(view + 1) * self.sets;
                    since.clear();
                    since.extend(difference(&self.now[place.clone()], &then.counts[place]));
                    let (ln, answers) = bands.ln_evidence_of_those_outside(declared, &since);
                    let until = seen.saturating_add(answers);
                    *won = Won { ln, until };
                }
                if won.ln == f64::NEG_INFINITY {
                    continue;
                }
                let ln_weighted = ln_weight + won.ln;
                sums[view].add(ln_weighted);
                let ln_stake = ln_weighted + weight_of_view(view, self.servers).ln();
                if ln_stake > strongest.0 {
                    let server = view.checked_sub(1);
                    strongest = (ln_stake, Some(Bet { server, onset }));
                }
            }
        }
        let to_come = (1.0 - FROM_THE_START) / as_f64(self.newest + 1);
        total(sums, self.servers, to_come, strongest.1)
    }

    /// The number of the oldest of the later onsets.
    fn oldest(&self) -> u64 {
        self.newest + 1 - self.later.len() as u64
    }

    fn view_of(&self, server: Option<usize>) -> Range<usize> {
        let place = server
            .filter(|_| self.servers > 1)
            .map_or(0, |server| 1 + server);
        place * self.sets..(place + 1) * self.sets
    }
}

fn difference(now: &[u64], then: &[u64]) -> impl Iterator<Item = u64> {
    now.iter().zip(then).map(|(now, then)| now - then)
}

fn weight_of_onset(onset: u64) -> f64 {
    match onset {
        0 => FROM_THE_START,
        later => (1.0 - FROM_THE_START) / (as_f64(later) * as_f64(later + 1)),
    }
}

/// The weight of a view: 0 is the pooled counts, the others are the name servers. A single server is the pool.
fn weight_of_view(view: usize, servers: usize) -> f64 {
    match (servers, view) {
        (1, 0) => 1.0,
        (1, _) => 0.0,
        (_, 0) => POOLED,
        _ => (1.0 - POOLED) / as_f64(servers as u64),
    }
}

/// Adds what onsets still to come hold, and averages the views.
fn total(
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, declared, pick, probability, random, sequences};

    /// Without a band the evidence for a share outside is that against the declared shares, with two sets. Left out is only what
    /// does not speak for one.
    fn exactly(declared: &Declared) -> Bands {
        Bands::leaving_out(0.0, declared, 0.0)
    }

    /// Counts so many answers of each name server in turn and of each set.
    fn record(onsets: &mut Onsets, counts: &[u64]) {
        let sets = onsets.sets;
        for (place, &answers) in counts.iter().enumerate() {
            onsets.record(place / sets, place % sets, answers);
        }
    }

    #[test]
    fn the_worked_number() {
        let mut onsets = Onsets::new(2, 4);
        record(&mut onsets, &[50; 8]);
        onsets.add();
        record(&mut onsets, &[25, 25, 26, 24, 24, 26, 45, 5]);
        let even = declared(&[50, 50]);
        let total = onsets.weigh(&even, &exactly(&even));
        // What lies inside its band is worth 1 at most, and left out: without a band, only an even split does.
        let left_out: f64 = 0.2 / 4.0 * 0.8 * even.ln_evidence(&[75, 75]).exp()
            + 0.2 / 4.0 * 0.1 * even.ln_evidence(&[25, 25]).exp();
        close(
            total.ln_total,
            (10.316_179_674_326_6_f64.exp() - left_out).ln(),
            1e-9,
        );
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
            let mut onsets = Onsets::new(3, servers);
            let declared = declared(&[1, 2, 3]);
            let total = onsets.weigh(&declared, &Bands::new(&declared, 0.05));
            close(total.ln_total, 0.0, 1e-12);
            assert_eq!(total.ln_servers.len(), servers);
        }
    }

    #[test]
    fn the_total_is_a_fair_game_but_for_what_lies_inside_its_band() {
        let declared = declared(&[70, 30]);
        for servers in [1_usize, 2] {
            let mut means = [0.0; 4];
            sequences(2, 9, |sequence| {
                let mut onsets = Onsets::new(2, servers);
                for (answer, &set) in sequence.iter().enumerate() {
                    if [2, 5, 6].contains(&answer) {
                        onsets.add();
                    }
                    onsets.record(answer % servers, set, 1);
                }
                let total = onsets.weigh(&declared, &exactly(&declared));
                let chance = probability(declared.shares(), sequence);
                means[0] += chance * total.ln_total.exp();
                means[1] += chance * total.ln_pooled.exp();
                means[2] += chance * total.ln_servers[0].exp();
                means[3] += chance * total.ln_servers[servers - 1].exp();
            });
            // Of the counts that are looked at, none are exactly as declared.
            for mean in means {
                close(mean, 1.0, 1e-10);
            }
        }
    }

    #[test]
    fn the_total_is_the_average_of_its_views() {
        let mut onsets = Onsets::new(2, 3);
        record(&mut onsets, &[10, 9, 8, 12, 10, 11]);
        onsets.add();
        record(&mut onsets, &[10, 21, 14, 9, 30, 0]);
        let even = declared(&[50, 50]);
        let total = onsets.weigh(&even, &exactly(&even));
        let servers: f64 = total.ln_servers.iter().map(|ln| ln.exp()).sum();
        let average = 0.8 * total.ln_pooled.exp() + 0.2 / 3.0 * servers;
        close(total.ln_total, average.ln(), 1e-12);
    }

    #[test]
    fn a_deviation_within_the_tolerance_is_no_mismatch_however_clear() {
        let declared = declared(&[50, 50]);
        let mut onsets = Onsets::new(2, 1);
        // 51 % instead of 50 %: much speaks against the declared shares, and nothing for one outside its band.
        record(&mut onsets, &[510_000, 490_000]);
        let mut same = onsets.clone();
        assert!(same.weigh(&declared, &exactly(&declared)).ln_total > 100.0);
        let within = onsets.weigh(&declared, &Bands::new(&declared, 0.05));
        assert!(within.ln_total < 0.0);
    }

    #[test]
    fn what_was_weighed_before_is_weighed_as_if_anew() {
        let declared = declared(&[70, 20, 10]);
        let bands = Bands::new(&declared, 0.02);
        let mut random = random(7);
        let mut onsets = Onsets::new(3, 3);
        for look in 0..200 {
            // Now and then of one server alone, or of none.
            for answer in 0..look % 4 {
                let server = if look % 3 == 0 { 1 } else { answer % 3 };
                onsets.record(server, pick(&[0.5, 0.3, 0.2], &mut random), 1);
            }
            if look % 9 == 8 {
                onsets.add();
            }
            if look % 50 == 49 {
                onsets.restart_server(look % 3);
            }
            let mut anew = onsets.clone();
            for onset in std::iter::once(&mut anew.start).chain(&mut anew.later) {
                onset.won.iter_mut().for_each(|won| won.until = 0);
            }
            assert_eq!(
                onsets.weigh(&declared, &bands),
                anew.weigh(&declared, &bands)
            );
        }
    }

    #[test]
    fn nothing_overflows_when_everything_is_wrong() {
        let declared = declared(&[1, 99, 100]);
        let bands = Bands::new(&declared, 0.05);
        let mut onsets = Onsets::new(3, 1);
        for answers in [10, 990, 1_000_000_000] {
            onsets.record(0, 0, answers);
            let ln_total = onsets.weigh(&declared, &bands).ln_total;
            assert!(
                ln_total.is_finite() && ln_total > as_f64(answers) * 0.5,
                "{ln_total}"
            );
        }
    }

    #[test]
    fn counts_since_an_onset_are_known_until_it_is_forgotten() {
        let mut onsets = Onsets::new(2, 2);
        for onset in 0..130 {
            onsets.record(onset % 2, 0, 1);
            onsets.add();
        }
        onsets.record(1, 1, 1);
        let since = |onset, server| onsets.since(onset, server);
        assert_eq!(since(0, None), Some(vec![130, 1]));
        assert_eq!(since(128, None), Some(vec![2, 1]));
        assert_eq!(since(128, Some(1)), Some(vec![1, 1]));
        assert_eq!(since(130, Some(0)), Some(vec![0, 0]));
        assert_eq!((since(10, None), since(131, None)), (None, None));
    }

    #[test]
    fn old_onsets_are_forgotten_and_a_server_may_start_anew() {
        let mut onsets = Onsets::new(2, 2);
        for onset in 1..=500_u32 {
            assert!(onsets.is_due(ONSETS_APART * onset));
            assert!(!onsets.is_due(ONSETS_APART * (onset - 1) + Duration::from_millis(9_999)));
            record(&mut onsets, &[1; 4]);
            onsets.add();
        }
        assert_eq!(
            (onsets.remembered(), onsets.oldest()),
            (1 + ONSETS_KEPT, 381)
        );
        record(&mut onsets, &[100, 100, 400, 100]);
        let even = declared(&[50, 50]);
        let bands = exactly(&even);
        assert!(onsets.weigh(&even, &bands).ln_total > 5.0);
        onsets.restart_server(1);
        assert_eq!(onsets.counts(None), [600, 600]);
        assert_eq!(onsets.since(381, None), Some(vec![219, 219]));
        assert_eq!(onsets.since(381, Some(1)), Some(vec![0, 0]));
        let total = onsets.weigh(&even, &bands);
        assert!(total.ln_total < 0.0);
        // All its bets stand at 1 again; the weights of the onsets that were dropped are lost.
        let lost: f64 = 0.2 * (1.0 - 1.0 / 381.0);
        close(total.ln_servers[1], (1.0 - lost).ln(), 1e-12);
        let mut alone = Onsets::new(2, 1);
        record(&mut alone, &[5, 6]);
        alone.restart_server(0);
        assert_eq!(alone.counts(Some(0)), [0, 0]);
    }

    #[test]
    fn a_set_that_dies_after_an_hour_is_found_within_seconds() {
        // 90/10, four name servers, 100 answers a second.
        let declared = declared(&[90, 10]);
        let bands = Bands::new(&declared, 0.02);
        let mut random = random(3);
        let mut onsets = Onsets::new(2, 4);
        let mut answer = |shares: &[f64], how_many: usize, onsets: &mut Onsets| {
            for number in 0..how_many {
                onsets.record(number % 4, pick(shares, &mut random), 1);
            }
        };
        for _ in 0..360 {
            answer(declared.shares(), 1_000, &mut onsets);
            onsets.add();
        }
        let healthy = onsets.weigh(&declared, &bands);
        assert!(healthy.ln_total < 100_f64.ln());
        // It dies 4 seconds after the newest onset.
        answer(declared.shares(), 400, &mut onsets);
        let ticks = (1..=40).find(|_| {
            answer(&[1.0, 0.0], 50, &mut onsets);
            onsets.weigh(&declared, &bands).ln_total >= 100_f64.ln()
        });
        assert!(
            ticks.is_some_and(|ticks| ticks <= 26),
            "{ticks:?} half seconds"
        );
    }
}
