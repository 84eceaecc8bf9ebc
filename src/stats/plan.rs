//! How many answers a match will take, and how soon typical faults would be found: worked out before anything runs.
//!
//! Answers are drawn at random, and the same code that judges real ones looks at them every half second, as the
//! dashboard does; after many answers less often (see `GROWTH`), which overstates a need by a few per cent. The work
//! is bounded (see `WORK`).

use super::bands::Bands;
use super::evidence::Declared;
use super::onset::{ONSETS_APART, Onsets, averaged};
use crate::model::plan::{Fault, Need};
use crate::model::share::as_f64;
use crate::model::verdict::Criteria;

/// Runs of one kind at most.
const RUNS_AT_MOST: usize = 1_000;
/// Runs of one kind at least, so that nine in ten means something; fewer when the work is too much.
const RUNS_AT_LEAST: usize = 10;
/// No further run is begun after so many looks at a set, a view and an onset; each costs 0.1 to 0.2 microseconds.
const WORK: usize = 700_000;
/// After so many of them, some half a second, even a run under way is broken off.
const WORK_AT_MOST: usize = 3 * WORK;
/// Evidence against exactly the declared shares takes about so many times the work of that for a share outside its band.
const EXACT: usize = 8;
/// A run ends without a result after so many answers.
const ANSWERS_AT_MOST: u64 = 10_000_000;
/// From one look to the next, in seconds.
const LOOK_EVERY: f64 = 0.5;
/// From one look to the next at least, as a share of the answers so far.
const GROWTH: f64 = 0.005;
/// A fault that does not begin at once begins this many onsets later: half an hour.
const ONSETS_BEFORE: u64 = 180;
/// More expected hits than this are drawn from the normal distribution.
const NORMAL_FROM: f64 = 100.0;
/// What a shift takes away, as a share: ten points in a hundred.
const SHIFT: f64 = 0.1;

/// How the watching will be done.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// What a verdict is held to.
    pub criteria: Criteria,
    /// Named answers a second, over all name servers; above 0.
    pub answers_per_second: f64,
    /// Number of name servers, at least 1; they are asked in turn.
    pub servers: usize,
}

/// Since when there is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// Since the counting began.
    AtOnce,
    /// After half an hour of health.
    AfterHalfAnHour,
}

/// The faults that are worth a line for these shares: the rarest set dead, the largest set dead, and both shifts.
/// None with fewer than two possible sets.
pub fn typical_faults(declared: &Declared) -> Vec<Fault> {
    let ranking = ranking(declared.shares());
    let (Some(&largest), Some(&rarest)) = (ranking.first(), ranking.last()) else {
        return Vec::new();
    };
    if ranking.len() < 2 {
        return Vec::new();
    }
    vec![
        Fault::SetDead(rarest),
        Fault::SetDead(largest),
        Fault::Shifted,
        Fault::ShiftedAtOneServer,
    ]
}

/// How many answers a match takes when the declared shares are served. `random` gives numbers from 0 to 1.
pub fn need_for_match(
    declared: &Declared,
    setting: &Setting,
    mut random: impl FnMut() -> f64,
) -> Need {
    let bands = Bands::new(declared, setting.criteria.tolerance);
    let error_level = setting.criteria.match_level(1);
    let sets = declared.shares().len();
    repeat(|work| {
        let mut counts = vec![0; sets];
        let mut looks = Looks::new(setting);
        while let Some(more) = looks.next_answers().filter(|_| *work < WORK_AT_MOST) {
            draw(declared.shares(), more, &mut random, |set, hits| {
                counts[set] += hits;
            });
            *work += sets;
            if bands.prove_match(declared, &counts, error_level) {
                return Some(looks.answers);
            }
        }
        None
    })
}

/// What a fault is found as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The split is not exactly the declared one.
    Off,
    /// A share is outside its band.
    Mismatch,
}

/// How many answers it takes from the beginning of a fault until it is found. `random` gives numbers from 0 to 1.
///
/// After half an hour of health only the onsets from ten seconds before the fault on are weighed, beside the whole
/// span: what is left out could only make it sooner. The health before is taken as perfectly even.
pub fn need_to_find(
    declared: &Declared,
    finding: Finding,
    fault: Fault,
    begin: Begin,
    setting: &Setting,
    mut random: impl FnMut() -> f64,
) -> Need {
    let bands = Bands::new(declared, setting.criteria.tolerance);
    let served = served(declared.shares(), fault);
    let affected = |server: usize| fault != Fault::ShiftedAtOneServer || server == 0;
    let servers = setting.servers.max(1);
    let sets = declared.shares().len();
    repeat(|work| {
        let (mut onsets, mut next_onset) = before(declared, begin, setting, &mut random);
        let mut looks = Looks::new(setting);
        while let Some(more) = looks.next_answers().filter(|_| *work < WORK_AT_MOST) {
            for server in 0..servers {
                let shares = if affected(server) {
                    &served
                } else {
                    declared.shares()
                };
                let more = part(more, server, servers);
                draw(shares, more, &mut random, |set, hits| {
                    onsets.record(server, set, hits);
                });
            }
            *work += sets
                * (servers + 1)
                * match finding {
                    Finding::Mismatch => onsets.remembered(),
                    Finding::Off => EXACT,
                };
            let ln_evidence = match finding {
                Finding::Mismatch => onsets.weigh(declared, &bands).ln_total,
                Finding::Off => {
                    let (ln_pooled, ln_servers) = onsets.ln_exact(declared);
                    averaged(ln_pooled, &ln_servers)
                }
            };
            if ln_evidence >= setting.criteria.ln_limit() {
                return Some(looks.answers);
            }
            if begin == Begin::AfterHalfAnHour && as_f64(looks.answers) >= next_onset {
                onsets.add();
                next_onset += answers_between_onsets(setting);
            }
        }
        None
    })
}

/// The answers at the moment when the fault begins, somewhere between two onsets; and how many answers later the next
/// onset comes.
fn before(
    declared: &Declared,
    begin: Begin,
    setting: &Setting,
    random: &mut impl FnMut() -> f64,
) -> (Onsets, f64) {
    let servers = setting.servers.max(1);
    let onsets = Onsets::new(declared.shares().len(), servers);
    let between = answers_between_onsets(setting);
    if begin == Begin::AtOnce {
        return (onsets, between);
    }
    let healthy = between * as_f64(ONSETS_BEFORE) / as_f64(servers as u64);
    let mut onsets = onsets.aged(ONSETS_BEFORE - 1);
    for server in 0..servers {
        for (set, share) in declared.shares().iter().enumerate() {
            onsets.record(server, set, nearest(healthy * share));
        }
    }
    onsets.add();
    let since = between * random();
    for server in 0..servers {
        let more = part(nearest(since), server, servers);
        draw(declared.shares(), more, random, |set, hits| {
            onsets.record(server, set, hits);
        });
    }
    (onsets, between - since)
}

fn answers_between_onsets(setting: &Setting) -> f64 {
    setting.answers_per_second * ONSETS_APART.as_secs_f64()
}

/// The shares that are served under a fault.
fn served(shares: &[f64], fault: Fault) -> Vec<f64> {
    let mut served = shares.to_vec();
    match fault {
        Fault::SetDead(dead) => {
            let alive = 1.0 - served[dead];
            served[dead] = 0.0;
            for share in &mut served {
                *share /= if alive > 0.0 { alive } else { 1.0 };
            }
        }
        Fault::Shifted | Fault::ShiftedAtOneServer => {
            if let [from, to, ..] = ranking(shares)[..] {
                let points = SHIFT.min(served[from]);
                served[from] -= points;
                served[to] += points;
            }
        }
    }
    served
}

/// The possible sets, from the largest share to the smallest.
fn ranking(shares: &[f64]) -> Vec<usize> {
    let mut sets: Vec<usize> = (0..shares.len()).filter(|&set| shares[set] > 0.0).collect();
    sets.sort_by(|&one, &two| shares[two].total_cmp(&shares[one]));
    sets
}

/// Plays runs until there are enough or the work is done; each adds its work and gives the answers it took.
fn repeat(mut run: impl FnMut(&mut usize) -> Option<u64>) -> Need {
    let mut work = 0;
    let mut needs = Vec::new();
    while work < WORK_AT_MOST
        && (needs.len() < RUNS_AT_LEAST || (needs.len() < RUNS_AT_MOST && work < WORK))
    {
        // What has no result took longest.
        needs.push(run(&mut work).unwrap_or(u64::MAX));
    }
    needs.sort_unstable();
    let runs = needs.len();
    let at = |place: usize| needs.get(place).copied().filter(|&need| need < u64::MAX);
    Need {
        median: at(runs / 2),
        nine_in_ten: at(runs * 9 / 10),
        runs,
    }
}

/// When a run is looked at.
struct Looks {
    answers: u64,
    at_least: f64,
}

impl Looks {
    fn new(setting: &Setting) -> Self {
        Self {
            answers: 0,
            at_least: (setting.answers_per_second * LOOK_EVERY).max(1.0),
        }
    }

    /// How many answers come until the next look; none when the run is over.
    fn next_answers(&mut self) -> Option<u64> {
        let more = nearest(self.at_least.max(as_f64(self.answers) * GROWTH));
        self.answers += more;
        (self.answers <= ANSWERS_AT_MOST).then_some(more)
    }
}

/// What one of the servers gets of so many answers.
fn part(answers: u64, server: usize, servers: usize) -> u64 {
    let (server, servers) = (server as u64, servers as u64);
    answers / servers + u64::from(server < answers % servers)
}

/// Draws answers and tells how many each set has: one binomial count after the other, each of what is left.
fn draw(
    shares: &[f64],
    answers: u64,
    random: &mut impl FnMut() -> f64,
    mut record: impl FnMut(usize, u64),
) {
    let (mut left, mut share_left) = (answers, 1.0);
    let last = shares.iter().rposition(|&share| share > 0.0);
    for (set, &share) in shares.iter().enumerate() {
        let hits = if Some(set) == last {
            left
        } else {
            binomial(left, (share / share_left).clamp(0.0, 1.0), random)
        };
        record(set, hits);
        left -= hits;
        share_left -= share;
    }
}

/// How many of so many trials hit, each with this probability. Exact by waiting times (Luc Devroye, "Non-Uniform Random
/// Variate Generation", 1986, chapter X.4) while fewer than a hundred or so hits are expected, normal beyond.
fn binomial(trials: u64, probability: f64, random: &mut impl FnMut() -> f64) -> u64 {
    if probability > 0.5 {
        return trials - binomial(trials, 1.0 - probability, random);
    }
    let expected = as_f64(trials) * probability;
    if expected > NORMAL_FROM {
        // The polar form of Box and Muller (1958).
        let radius = (-2.0 * (1.0 - random()).ln()).sqrt();
        let normal = radius * (std::f64::consts::TAU * random()).cos();
        let spread = (expected * (1.0 - probability)).sqrt();
        return nearest((expected + spread * normal).max(0.0)).min(trials);
    }
    if probability <= 0.0 {
        return 0;
    }
    let ln_miss = (-probability).ln_1p();
    let mut trial = 0.0;
    (0..trials)
        .take_while(|_| {
            trial += ((1.0 - random()).ln() / ln_miss).floor() + 1.0;
            trial <= as_f64(trials)
        })
        .count() as u64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "numbers of answers are not negative and far below 2^53"
)]
fn nearest(number: f64) -> u64 {
    number.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, declared, random};

    fn within(tolerance: f64) -> Criteria {
        Criteria {
            tolerance,
            confidence: 0.99,
        }
    }

    fn setting(answers_per_second: f64) -> Setting {
        Setting {
            criteria: within(0.05),
            answers_per_second,
            servers: 4,
        }
    }

    fn near(found: Option<u64>, expected: f64, off: f64) {
        let found = as_f64(found.expect("a number"));
        assert!(
            (found / expected - 1.0).abs() <= off,
            "{found} instead of {expected}"
        );
    }

    #[test]
    fn matches_take_what_the_exact_recursion_says() {
        // Answer by answer, worked out exactly; looking every half second and by steps adds a little.
        for (weights, median, nine_in_ten) in [
            ([50, 50], 1_271.0, 2_202.0),
            ([90, 10], 457.0, 821.0),
            ([99, 1], 5_095.0, 9_295.0),
        ] {
            let need = need_for_match(&declared(&weights), &setting(10.0), random(1));
            assert!(need.runs > 300, "{}", need.runs);
            near(need.median, median, 0.12);
            near(need.nine_in_ten, nine_in_ten, 0.12);
        }
    }

    #[test]
    fn faults_are_found_when_the_notes_say() {
        // Without a tolerance the evidence is that against the declared shares.
        let exact = Setting {
            criteria: within(0.0),
            ..setting(20.0)
        };
        // 20 answers a second at four servers. In the notes: mean seconds from the start, and after half an hour.
        for (weights, fault, at_once, later) in [
            ([90, 10], Fault::SetDead(1), 3.5, 14.0),
            ([90, 10], Fault::Shifted, 9.7, 27.0),
        ] {
            let need = |begin| {
                need_to_find(
                    &declared(&weights),
                    Finding::Mismatch,
                    fault,
                    begin,
                    &exact,
                    random(2),
                )
                .median
            };
            near(need(Begin::AtOnce), at_once * 20.0, 0.25);
            near(need(Begin::AfterHalfAnHour), later * 20.0, 0.25);
        }
    }

    #[test]
    fn typical_faults_take_from_one_and_give_to_others() {
        let declared = declared(&[10, 60, 0, 30]);
        let faults = typical_faults(&declared);
        assert_eq!(faults[..2], [Fault::SetDead(0), Fault::SetDead(1)]);
        for fault in faults {
            close(served(declared.shares(), fault).iter().sum(), 1.0, 1e-12);
        }
        close(served(declared.shares(), Fault::Shifted)[3], 0.4, 1e-12);
        close(served(declared.shares(), Fault::SetDead(1))[0], 0.25, 1e-12);
        for single in [&[1][..], &[0, 7], &[]] {
            assert!(typical_faults(&self::declared(single)).is_empty());
        }
    }

    #[test]
    fn what_is_out_of_reach_has_no_number() {
        let impossible = Setting {
            criteria: within(1e-5),
            ..setting(100.0)
        };
        assert_eq!(
            need_for_match(&declared(&[1, 1]), &impossible, random(3)).median,
            None
        );
        // A shift within the tolerance is no mismatch, so it is never found.
        let wide = Setting {
            criteria: within(0.25),
            servers: 1,
            ..setting(100.0)
        };
        let need = need_to_find(
            &declared(&[1, 1]),
            Finding::Mismatch,
            Fault::Shifted,
            Begin::AtOnce,
            &wide,
            random(3),
        );
        assert_eq!(need.nine_in_ten, None);
    }

    #[test]
    fn drawn_counts_have_the_right_mean_and_spread() {
        let mut random = random(4);
        for (trials, probability) in [
            (20, 0.3),
            (50, 0.9),
            (5_000, 0.01),
            (5_000, 0.5),
            (1_000_000, 0.999),
        ] {
            let drawn: Vec<f64> = (0..4_000)
                .map(|_| as_f64(binomial(trials, probability, &mut random)))
                .collect();
            let mean = drawn.iter().sum::<f64>() / 4_000.0;
            let variance = drawn.iter().map(|hits| (hits - mean).powi(2)).sum::<f64>() / 4_000.0;
            let (expected, spread) = (
                as_f64(trials) * probability,
                as_f64(trials) * probability * (1.0 - probability),
            );
            assert!(
                (mean - expected).abs() < 4.0 * (spread / 4_000.0).sqrt(),
                "{mean} instead of {expected}"
            );
            assert!(
                (variance / spread - 1.0).abs() < 0.1,
                "{variance} instead of {spread}"
            );
        }
        for (trials, probability, hits) in [(7, 0.0, 0), (7, 1.0, 7), (0, 0.5, 0)] {
            assert_eq!(binomial(trials, probability, &mut random), hits);
        }
        let mut counts = [0; 4];
        let shares = [0.5, 0.0, 0.5, 0.0];
        draw(&shares, 1_001, &mut random, |set, hits| counts[set] += hits);
        assert_eq!(
            (counts.iter().sum::<u64>(), counts[1], counts[3]),
            (1_001, 0, 0)
        );
    }
}
