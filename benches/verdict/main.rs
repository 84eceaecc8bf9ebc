//! How good the verdict is, measured: `cargo bench --bench verdict`. Prints the tables of the project's notes on statistics
//! (section 10) next to what is claimed there, and ends with 1 when a claim does not hold.
//!
//! `cargo bench --bench verdict -- costs` measures one part only; the others are mismatches, false-alarms, matches, onsets,
//! cutovers, alternations, recoveries, edges, dependence, starts and comparison. Everything is simulated with fixed seeds, so the numbers are the same on every machine; only the cost of a tick is
//! measured with a clock.

#![allow(clippy::print_stdout, reason = "tables are what it is for")]

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use r53mon::model::comparison::{Bounds, Comparison, Measure};
use r53mon::model::event::EventKind;
use r53mon::model::reading::Origin;
use r53mon::model::share::{as_f64, declared_shares};
use r53mon::model::verdict::Criteria;
use r53mon::stats::bands::{Bands, half_width};
use r53mon::stats::comparison::{Margin, compare};
use r53mon::stats::evidence::Declared;
use r53mon::stats::failures::Failures;
use r53mon::stats::latencies::Latencies;
use r53mon::stats::onset::{ONSETS_APART, Onsets};
use r53mon::verdict::{Answer, Declaration, DeclaredSet, Machine, Rules, Start};

use world::{Random, Stage, World};

mod world;

const LEVEL: f64 = 0.01;
/// Runs behind each mean.
const RUNS: u64 = 2_000;
/// Means hold when they are this near to what is claimed.
const NEAR: f64 = 0.05;

/// Measures one thing and prints it.
type Part = fn(&mut Report);

fn main() -> ExitCode {
    let mut report = Report::default();
    let parts: [(&str, Part); 12] = [
        ("mismatches", mismatches),
        ("false-alarms", false_alarms),
        ("matches", matches),
        ("onsets", onsets),
        ("cutovers", cutovers),
        ("alternations", alternations),
        ("recoveries", recoveries),
        ("edges", edges),
        ("dependence", dependence),
        ("starts", starts),
        ("comparison", comparison),
        ("costs", costs),
    ];
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    for (name, part) in parts {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&mut report);
        }
    }
    if report.broken.is_empty() {
        println!("\nAll claims hold.");
        return ExitCode::SUCCESS;
    }
    println!("\nBroken claims:");
    for claim in &report.broken {
        println!("  {claim}");
    }
    ExitCode::FAILURE
}

/// What was found.
#[derive(Default)]
struct Report {
    broken: Vec<String>,
}

impl Report {
    fn claim(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken.push(what());
        }
    }

    /// A mean is within five per cent of what is claimed, or within what chance explains with so few runs.
    fn near(&mut self, what: &str, found: &Sample, claimed: f64) {
        let (mean, error) = (found.mean(), found.standard_error());
        let off = (mean - claimed).abs();
        self.claim(off <= NEAR * claimed || off <= 3.0 * error, || {
            format!("{what}: {mean:.1} (+- {error:.1}) instead of {claimed}")
        });
    }
}

/// Numbers of one kind, sorted.
struct Sample(Vec<f64>);

impl Sample {
    fn new(mut numbers: Vec<f64>) -> Self {
        numbers.sort_by(f64::total_cmp);
        Self(numbers)
    }

    fn number(&self) -> f64 {
        as_f64(self.0.len() as u64)
    }

    fn mean(&self) -> f64 {
        self.0.iter().sum::<f64>() / self.number()
    }

    fn standard_error(&self) -> f64 {
        let mean = self.mean();
        let squares: f64 = self.0.iter().map(|number| (number - mean).powi(2)).sum();
        squares.sqrt() / self.number()
    }

    /// The number below which so many in a hundred lie.
    fn percentile(&self, hundredths: usize) -> f64 {
        let place = (self.0.len() * hundredths / 100).min(self.0.len().saturating_sub(1));
        self.0.get(place).copied().unwrap_or(f64::NAN)
    }
}

/// Plays runs on two threads; the numbers are those of the seeds, whatever thread played them.
fn runs<T: Send>(number: u64, play: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let half = |first: u64| (first..number).step_by(2).map(&play).collect::<Vec<T>>();
    std::thread::scope(|scope| {
        let odd = scope.spawn(|| half(1));
        let mut all = half(0);
        all.extend(odd.join().expect("a run panicked"));
        all
    })
}

/// ln(1 / a) / KL: no test can do with fewer answers on average. (Wald 1947.)
fn wald(served: &[f64], against: &[f64]) -> f64 {
    let terms = served.iter().zip(against).filter(|pair| *pair.0 > 0.0);
    -LEVEL.ln()
        / terms
            .map(|(served, other)| served * (served / other).ln())
            .sum::<f64>()
}

// --- answers to a mismatch ---

struct Fault {
    name: &'static str,
    weights: Vec<u64>,
    served: Vec<u64>,
    claimed: f64,
}

fn faults() -> Vec<Fault> {
    let fault = |name, weights: &[u64], served: &[u64], claimed| Fault {
        name,
        weights: weights.to_vec(),
        served: served.to_vec(),
        claimed,
    };
    let mut ones = vec![91];
    ones.extend([1; 9]);
    let mut one_dead = ones.clone();
    one_dead[9] = 0;
    vec![
        fault("90/10 as 100/0", &[90, 10], &[100, 0], 61.0),
        fault("90/10 as 80/20", &[90, 10], &[80, 20], 152.7),
        fault("90/10 as 88/12", &[90, 10], &[88, 12], 3381.0),
        fault("50/50 as 45/55", &[50, 50], &[45, 55], 1371.0),
        fault("50/50 as 49/51", &[50, 50], &[49, 51], 38204.0),
        fault("50/50 as 0/100", &[50, 50], &[0, 100], 11.0),
        fault("99/1 as 90/10", &[99, 1], &[90, 10], 49.7),
        fault("99/1 as 100/0", &[99, 1], &[100, 0], 611.0),
        fault("255/1 as 256/0", &[255, 1], &[256, 0], 1572.0),
        fault("255/1 as 254/2", &[255, 1], &[254, 2], 4726.0),
        fault("60/30/10, last dead", &[60, 30, 10], &[60, 30, 0], 72.8),
        fault("60/30/10 as 50/40/10", &[60, 30, 10], &[50, 40, 10], 316.0),
        fault(
            "ten equal, one dead",
            &[1; 10],
            &[0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            89.8,
        ),
        fault(
            "ten equal, one doubled",
            &[9; 10],
            &[18, 8, 8, 8, 8, 8, 8, 8, 8, 8],
            218.0,
        ),
        fault("91 and nine 1s, a 1 dead", &ones, &one_dead, 914.0),
    ]
}

fn mismatches(report: &mut Report) {
    println!(
        "Answers to \"off\": evidence against exactly the declared shares, looked at after every answer"
    );
    println!(
        "{:26} {:>7} {:>8} {:>8} {:>10} {:>8}",
        "declared, served", "limit", "mean", "median", "mean/limit", "claimed"
    );
    for fault in faults() {
        let declared = Declared::new(&declared_shares(&fault.weights));
        let served = declared_shares(&fault.served);
        let needed = Sample::new(runs(RUNS, |seed| {
            let mut random = Random::new(100_000 + seed);
            let mut counts = vec![0; served.len()];
            let mut answers = 0.0;
            while declared.ln_evidence(&counts) < -LEVEL.ln() {
                counts[random.pick(&served)] += 1;
                answers += 1.0;
            }
            answers
        }));
        let limit = wald(&served, declared.shares());
        let (mean, median) = (needed.mean(), needed.percentile(50));
        let (name, claimed) = (fault.name, fault.claimed);
        println!(
            "{name:26} {limit:>7.1} {mean:>8.1} {median:>8.0} {:>10.2} {claimed:>8}",
            mean / limit
        );
        report.near(name, &needed, claimed);
    }
    outside(report);
}

/// A share outside its band, with the tolerance in points: the numbers of the notes, second part, section 2.
fn outside(report: &mut Report) {
    type Row = (&'static str, &'static [u64], &'static [u64], f64, f64);
    const ROWS: [Row; 15] = [
        ("50/50 as 100/0", &[50, 50], &[100, 0], 5.0, 13.0),
        ("50/50 as 90/10", &[50, 50], &[90, 10], 5.0, 23.3),
        ("50/50 as 60/40", &[50, 50], &[60, 40], 5.0, 1_434.0),
        ("90/10 as 100/0", &[90, 10], &[100, 0], 5.0, 131.0),
        ("90/10 as 50/50", &[90, 10], &[50, 50], 5.0, 21.6),
        ("90/10 as 80/20", &[90, 10], &[80, 20], 5.0, 846.0),
        ("90/10 as 80/20", &[90, 10], &[80, 20], 2.0, 273.0),
        ("72/28 as 50/50", &[72, 28], &[50, 50], 5.0, 112.0),
        ("99/1 as 95/5", &[99, 1], &[95, 5], 5.0, 288.0),
        ("99/1 as 100/0", &[99, 1], &[100, 0], 5.0, 1_271.0),
        ("50/50 as 57/43", &[50, 50], &[57, 43], 5.0, 10_213.0),
        (
            "60/30/10, last dead",
            &[60, 30, 10],
            &[60, 30, 0],
            5.0,
            155.0,
        ),
        (
            "60/30/10 as 50/40/10",
            &[60, 30, 10],
            &[50, 40, 10],
            5.0,
            1_390.0,
        ),
        (
            "ten equal, one dead",
            &[1; 10],
            &[0, 1, 1, 1, 1, 1, 1, 1, 1, 1],
            5.0,
            179.0,
        ),
        (
            "ten equal, one doubled",
            &[9; 10],
            &[18, 8, 8, 8, 8, 8, 8, 8, 8, 8],
            5.0,
            1_080.0,
        ),
    ];
    // By number of sets: the aim, what is reached, and the worst that was measured.
    let mut reached = [
        (2, 1.5, 1.80, 0.0_f64),
        (3, 1.75, 1.73, 0.0),
        (10, 2.0, 2.12, 0.0),
    ];
    println!(
        "\nAnswers to a mismatch: evidence for a share outside its band, looked at after every answer"
    );
    println!(
        "{:26} {:>7} {:>8} {:>8} {:>8} {:>10} {:>8}",
        "declared, served, points", "limit", "mean", "median", "90 %", "mean/limit", "claimed"
    );
    for (name, weights, shares, points, claimed) in ROWS {
        let declared = Declared::new(&declared_shares(weights));
        let bands = Bands::new(&declared, points / 100.0);
        let served = declared_shares(shares);
        let needed = Sample::new(runs(RUNS, |seed| {
            let mut random = Random::new(100_000 + seed);
            let mut counts = vec![0; served.len()];
            let mut answers = 0.0;
            while bands.ln_evidence_outside(&declared, &counts) < -LEVEL.ln() {
                counts[random.pick(&served)] += 1;
                answers += 1.0;
            }
            answers
        }));
        // The nearest edge of the band of the set that is easiest to find.
        let limit = (served.iter().zip(declared.shares()))
            .map(|(&served, &share)| {
                let width = half_width(share, points / 100.0);
                let edge = served.clamp(share - width, share + width);
                wald(&[served, 1.0 - served], &[edge, 1.0 - edge])
            })
            .fold(f64::INFINITY, f64::min);
        let (mean, median, most) = (needed.mean(), needed.percentile(50), needed.percentile(90));
        println!(
            "{:26} {limit:>7.1} {mean:>8.1} {median:>8.0} {most:>8.0} {:>10.2} {claimed:>8}",
            format!("{name}, {points}"),
            mean / limit
        );
        // Sooner is no broken claim.
        let error = 3.0 * needed.standard_error();
        for (sets, .., worst) in &mut reached {
            if *sets == weights.len() {
                *worst = worst.max((mean - error) / limit);
            }
        }
        report.claim(
            mean <= claimed * (1.0 + NEAR) || mean <= claimed + error,
            || format!("{name}: {mean:.1} instead of {claimed}"),
        );
    }
    for (sets, aim, reached, worst) in reached {
        println!(
            "{sets:>2} sets: at worst {worst:.2} times the limit for sure, {reached} reached before; the aim is {aim}"
        );
        report.claim(worst <= reached, || {
            format!("{sets} sets: {worst:.2} times the limit instead of {reached}")
        });
    }
}

// --- false alarms ---

fn false_alarms(report: &mut Report) {
    const HEALTHY: u64 = 10_000;
    println!(
        "\nFalse alarms in {HEALTHY} healthy runs, looked at after every answer (at most 1 % promised)"
    );
    for (name, weights, answers) in [
        ("90/10", vec![90, 10], 10_000),
        ("50/50", vec![50, 50], 5_000),
        ("255/1", vec![255, 1], 5_000),
        ("60/30/10", vec![60, 30, 10], 2_000),
    ] {
        let declared = Declared::new(&declared_shares(&weights));
        let alarms = runs(HEALTHY, |seed| {
            let mut random = Random::new(200_000 + seed);
            let mut counts = vec![0; weights.len()];
            (0..answers).any(|_| {
                counts[random.pick(declared.shares())] += 1;
                declared.ln_evidence(&counts) >= -LEVEL.ln()
            })
        });
        let share = share_of(&alarms);
        println!("{name:26} {:>6.2} % by {answers} answers", 100.0 * share);
        report.claim(share <= LEVEL, || format!("false alarms {name}: {share}"));
    }
    chi_square(report);
}

/// What is not done: a test for a fixed number of answers, looked at every half second.
fn chi_square(report: &mut Report) {
    println!(
        "\nFor comparison, a chi-square test at 1 %, looked at every 0.5 s at 20 a second for 10 minutes"
    );
    for (name, weights) in [("90/10", [90, 10]), ("50/50", [50, 50])] {
        let shares = declared_shares(&weights);
        let alarms = runs(RUNS, |seed| {
            let mut random = Random::new(300_000 + seed);
            let mut counts = [0.0; 2];
            (1..=1_200_u32).any(|_| {
                (0..10).for_each(|_| counts[random.pick(&shares)] += 1.0);
                let answers = counts[0] + counts[1];
                let terms = counts.iter().zip(&shares).map(|(count, share)| {
                    let expected = answers * share;
                    (count - expected).powi(2) / expected
                });
                // The 99 % point for one degree of freedom; only where every expected count is five or more.
                answers * shares[1] >= 5.0 && terms.sum::<f64>() >= 6.634_896_601
            })
        });
        let share = share_of(&alarms);
        println!("{name:26} {:>6.2} %", 100.0 * share);
        report.claim((0.08..0.25).contains(&share), || {
            format!("chi-square {name}: {share}")
        });
    }
}

fn share_of(alarms: &[bool]) -> f64 {
    as_f64(alarms.iter().filter(|&&alarm| alarm).count() as u64) / as_f64(alarms.len() as u64)
}

// --- answers to a match ---

fn matches(report: &mut Report) {
    println!("\nAnswers to a match, served as declared, looked at after every answer");
    println!(
        "{:26} {:>7} {:>8} {:>8} {:>8} {:>10} {:>8}",
        "shares, tolerance", "limit", "mean", "median", "90 %", "mean/limit", "claimed"
    );
    for (name, weights, tolerance, claimed) in [
        ("50/50, 5 points", [50, 50], 0.05, 1465.0),
        ("90/10, 5 points", [90, 10], 0.05, 532.6),
        ("50/50, 2 points", [50, 50], 0.02, 9200.0),
        ("90/10, 2 points", [90, 10], 0.02, 3318.0),
        ("50/50, 1 point", [50, 50], 0.01, 36863.0),
        ("90/10, 1 point", [90, 10], 0.01, 13269.0),
        ("99/1, 5 points", [99, 1], 0.05, 5963.0),
        ("255/1, 5 points", [255, 1], 0.05, 15324.0),
    ] {
        let declared = Declared::new(&declared_shares(&weights));
        let bands = Bands::new(&declared, tolerance);
        let needed = Sample::new(runs(RUNS, |seed| {
            let mut random = Random::new(400_000 + seed);
            let mut counts = [0; 2];
            let mut answers = 0.0;
            while !bands.prove_match(&declared, &counts, LEVEL) {
                counts[random.pick(declared.shares())] += 1;
                answers += 1.0;
            }
            answers
        }));
        let limit = limit_of_match(declared.shares(), tolerance);
        let (mean, median, most) = (needed.mean(), needed.percentile(50), needed.percentile(90));
        println!(
            "{name:26} {limit:>7.0} {mean:>8.1} {median:>8.0} {most:>8.0} {:>10.2} {claimed:>8}",
            mean / limit
        );
        report.near(name, &needed, claimed);
    }
}

/// Wald's limit against the harder edge of the band.
fn limit_of_match(shares: &[f64], tolerance: f64) -> f64 {
    let width = tolerance.min(shares[0] / 2.0).min(shares[1] / 2.0);
    let edge = |off: f64| wald(shares, &[shares[0] + off, shares[1] - off]);
    edge(width).max(edge(-width))
}

// --- the whole evidence: four servers, onsets ---

/// Seconds from the beginning of a fault to the alarm, looked at every half second; the fault begins after so many
/// onsets of health and some seconds, at all servers or at one.
fn seconds_to_alarm(
    declared: &Declared,
    served: &[f64],
    everywhere: bool,
    tolerance: f64,
    (rate, onsets): (u64, u64),
    seed: u64,
) -> f64 {
    let mut random = Random::new(500_000 + seed);
    let bands = Bands::new(declared, tolerance);
    let mut counted = Onsets::new(declared.shares().len(), 4);
    let mut query = 0_usize;
    let mut ask = |counted: &mut Onsets, random: &mut Random, answers: u64, served: &[f64]| {
        for _ in 0..answers {
            let place = query % 4;
            let there = if everywhere || place == 0 {
                served
            } else {
                declared.shares()
            };
            counted.record(place, random.pick(there), 1);
            query += 1;
        }
    };
    for _ in 0..onsets {
        ask(&mut counted, &mut random, 10 * rate, declared.shares());
        counted.add();
    }
    let half = rate / 2;
    let healthy = if onsets == 0 {
        0
    } else {
        // Any half second between two onsets.
        random.pick(&[0.05; 20]) as u64
    };
    ask(&mut counted, &mut random, healthy * half, declared.shares());
    let mut looks = 0;
    loop {
        ask(&mut counted, &mut random, half, served);
        looks += 1;
        if counted.weigh(declared, &bands).ln_total >= -LEVEL.ln() {
            return as_f64(looks) / 2.0;
        }
        let since_start =
            ONSETS_APART.as_secs_f64() * as_f64(onsets) + as_f64(healthy + looks) / 2.0;
        if counted.is_due(Duration::from_secs_f64(since_start)) {
            counted.add();
        }
    }
}

fn onsets(report: &mut Report) {
    type Row = (&'static str, [u64; 2], [u64; 2], bool, [f64; 4]);
    println!(
        "\nSeconds to an alarm, four servers, whole evidence: fault from the start / after 30 minutes (claimed)"
    );
    let rows: [Row; 5] = [
        (
            "90/10 as 100/0",
            [90, 10],
            [100, 0],
            true,
            [3.5, 1.0, 14.0, 4.8],
        ),
        (
            "90/10 as 80/20",
            [90, 10],
            [80, 20],
            true,
            [9.7, 2.1, 27.0, 6.7],
        ),
        (
            "50/50 as 45/55",
            [50, 50],
            [45, 55],
            true,
            [74.0, 15.0, 169.0, 42.0],
        ),
        (
            "99/1 as 90/10",
            [99, 1],
            [90, 10],
            true,
            [3.0, 0.8, 8.4, 2.5],
        ),
        (
            "one server 90/10 for 50/50",
            [50, 50],
            [90, 10],
            false,
            [5.5, 1.3, 15.0, 4.8],
        ),
    ];
    for (name, weights, served, everywhere, claimed) in rows {
        let declared = Declared::new(&declared_shares(&weights));
        let served = declared_shares(&served);
        let mut line = format!("{name:26}");
        for (place, (rate, onsets)) in [(20, 0), (100, 0), (20, 180), (100, 180)]
            .into_iter()
            .enumerate()
        {
            let number = if onsets == 0 { 400 } else { 120 };
            let needed = Sample::new(runs(number, |seed| {
                seconds_to_alarm(&declared, &served, everywhere, 0.0, (rate, onsets), seed)
            }));
            let (mean, claimed) = (needed.mean(), claimed[place]);
            let _ = write!(line, "  {rate}/s {mean:>6.1} ({claimed})");
            // Claimed with two digits only, and in half seconds. Sooner is no broken claim: where in its ten seconds a
            // fault begins is not part of it.
            let off = mean - claimed - 0.25;
            let error = 3.0 * needed.standard_error();
            report.claim(off <= NEAR * claimed || off <= error, || {
                format!("{name} at {rate}/s after {onsets} onsets: {mean:.2} (+- {:.2}) instead of {claimed}", error / 3.0)
            });
        }
        println!("{line}");
    }
}

// --- the whole machine ---

/// What one cutover showed, for each of its three changes.
#[derive(Default)]
struct Cutover {
    alarms: usize,
    unfinished: usize,
    early: usize,
    delays: [Vec<f64>; 3],
    offsets: [Vec<f64>; 3],
    matches: [Vec<f64>; 3],
}

const STEP: f64 = 240.0;

fn cutover(rate: f64, seed: u64) -> Cutover {
    let mut random = Random::new(600_000 + seed);
    let mut stages = vec![Stage::new(0.0, &[90.0, 10.0], 4)];
    for (number, weights) in [
        (1.0, [50.0, 50.0]),
        (2.0, [10.0, 90.0]),
        (3.0, [0.0, 100.0]),
    ] {
        let lags = (0..4).map(|_| random.between(0.0, 60.0)).collect();
        let at = number * STEP + random.between(0.0, 30.0);
        stages.push(Stage::new(at, &weights, 4).with_lags(lags));
    }
    let world = World::new(stages, rate, seed);
    let mut found = Cutover::default();
    let machine = world.play(4.0 * STEP + 60.0, |_, output| {
        let alarms = output
            .events
            .iter()
            .filter(|event| event.news.kind() == EventKind::Mismatch);
        found.alarms += alarms.count();
    });
    for change in &machine.output().propagations {
        // The segment's number is that of the change unless a restart of counting came between.
        let place = usize::try_from(change.segment).expect("few") - 2;
        let stage = &world.stages[place + 1];
        let truth: Vec<f64> = stage.lags.iter().map(|lag| stage.at + lag).collect();
        for (server, truth) in truth.iter().enumerate() {
            match change.servers[server] {
                Some(at) => found.offsets[place].push(at.as_secs_f64() - truth),
                None => found.unfinished += 1,
            }
        }
        let last = truth.iter().copied().fold(0.0, f64::max);
        if let Some(at) = change.match_at {
            found.matches[place].push(at.as_secs_f64() - last);
        }
    }
    found
}

/// When switches are detected, measured from the moment of the switch or of the poll, whatever is later.
fn delays(rate: f64, seed: u64, found: &mut Cutover) {
    // A machine that is told of the change at once, so that the delay is the detector's alone.
    for (place, (old, new)) in [
        ([90.0, 10.0], [50.0, 50.0]),
        ([50.0, 50.0], [10.0, 90.0]),
        ([10.0, 90.0], [0.0, 100.0]),
    ]
    .into_iter()
    .enumerate()
    {
        let mut random = Random::new(700_000 + 10 * seed + place as u64);
        let lags: Vec<f64> = (0..4).map(|_| random.between(5.0, 60.0)).collect();
        let change = Stage::new(1.0, &new, 4).with_lags(lags.clone());
        let mut world = World::new(vec![Stage::new(0.0, &old, 4), change], rate, 1_000 + seed);
        world.poll_every = 1.5;
        let mut detected = [None; 4];
        world.play(88.0, |_, output| {
            for (server, seen) in output.servers.iter().enumerate() {
                detected[server] = detected[server].or(seen.switch_detected_at);
            }
        });
        for (lag, detected) in lags.iter().zip(detected) {
            match detected.map(|at| at.as_secs_f64() - 1.0 - lag) {
                Some(delay) if delay >= 0.0 => found.delays[place].push(delay),
                Some(_) => found.early += 1,
                None => found.unfinished += 1,
            }
        }
    }
}

fn cutovers(report: &mut Report) {
    println!(
        "\nCutover 90/10, 50/50, 10/90, 0/100, four servers, each switching within 60 s, the whole machine"
    );
    println!(
        "{:10} {:>10} {:>9} {:>9} {:>22} {:>14}",
        "change", "rate", "delay s", "queries", "switched_at - truth", "match after s"
    );
    for (rate, number) in [(20.0, 200), (100.0, 80)] {
        let parts = runs(number, |seed| {
            let mut found = cutover(rate, seed);
            delays(rate, seed, &mut found);
            found
        });
        let segments = 4 * number;
        let alarms: usize = parts.iter().map(|part| part.alarms).sum();
        let early: usize = parts.iter().map(|part| part.early).sum();
        let unfinished: usize = parts.iter().map(|part| part.unfinished).sum();
        for (place, name) in ["to 50/50", "to 10/90", "to 0/100"].into_iter().enumerate() {
            let all = |pick: &dyn Fn(&Cutover) -> &Vec<f64>| {
                Sample::new(parts.iter().flat_map(|part| pick(part).clone()).collect())
            };
            let delay = all(&|part| &part.delays[place]);
            let offset = all(&|part| &part.offsets[place]);
            let matched = all(&|part| &part.matches[place]);
            println!(
                "{name:10} {rate:>8.0}/s {:>9.1} {:>9.0} {:>+8.1} ({:+.1}, {:+.1}) {:>14.1}",
                delay.mean(),
                delay.mean() * rate / 4.0,
                offset.percentile(50),
                offset.percentile(5),
                offset.percentile(95),
                matched.percentile(50),
            );
            let queries = [18.0, 24.0, 74.0][place];
            let off = (delay.mean() * rate / 4.0) / queries;
            report.claim((0.8..1.35).contains(&off), || {
                format!("delay {name} at {rate}: {off:.2} times the claim")
            });
        }
        println!(
            "{alarms} false mismatches in {segments} segments, {early} switches found too early and {unfinished} not found of {}",
            24 * number
        );
        report.claim(as_f64(alarms as u64) <= LEVEL * as_f64(segments), || {
            format!("{alarms} false mismatches at {rate}")
        });
        report.claim(as_f64(early as u64) <= LEVEL * as_f64(12 * number), || {
            format!("{early} too early at {rate}")
        });
    }
}

// --- the rules of the second part ---

/// A whole run of 1,800 s or other at 20 a second with four name servers, or as many as the stage has.
fn events_of(world: &World, until: f64) -> (Vec<EventKind>, Machine) {
    let mut kinds = Vec::new();
    let machine = world.play(until, |_, output| {
        kinds.extend(output.events.iter().map(|event| event.news.kind()));
    });
    (kinds, machine)
}

fn served(weights: &[f64], shares: &[f64], servers: usize) -> Stage {
    let mut stage = Stage::new(0.0, weights, servers);
    stage.served = Some(shares.to_vec());
    stage
}

/// Within the tolerance nothing alternates: no mismatch, and never a match and a mismatch in one run.
fn alternations(report: &mut Report) {
    const NUMBER: u64 = 200;
    println!(
        "\nThirty minutes at 20/s, four servers, tolerance 5 points, served within it: {NUMBER} runs a row"
    );
    for (weights, served_one) in [
        (50.0, 0.51),
        (50.0, 0.52),
        (50.0, 0.53),
        (50.0, 0.54),
        (90.0, 0.93),
        (90.0, 0.87),
    ] {
        let found = runs(NUMBER, |seed| {
            let stage = served(
                &[weights, 100.0 - weights],
                &[served_one, 1.0 - served_one],
                4,
            );
            let world = World::new(vec![stage], 20.0, 700_000 + seed);
            let (kinds, _) = events_of(&world, 1_800.0);
            let has = |kind| kinds.contains(&kind);
            (
                has(EventKind::Mismatch),
                has(EventKind::Match),
                has(EventKind::Off),
            )
        });
        let share = |pick: &dyn Fn(&(bool, bool, bool)) -> bool| {
            share_of(&found.iter().map(pick).collect::<Vec<_>>())
        };
        let (mismatch, both) = (share(&|run| run.0), share(&|run| run.0 && run.1));
        println!(
            "{:26} mismatch {:>5.1} %  match {:>5.1} %  off {:>5.1} %  match and mismatch {:>4.1} %",
            format!(
                "{weights:.0}/{:.0} as {:.0}/{:.0}",
                100.0 - weights,
                100.0 * served_one,
                100.0 - 100.0 * served_one
            ),
            100.0 * mismatch,
            100.0 * share(&|run| run.1),
            100.0 * share(&|run| run.2),
            100.0 * both
        );
        report.claim(mismatch <= LEVEL, || {
            format!("{weights} as {served_one}: mismatch in {mismatch}")
        });
        report.claim(both <= 0.0, || {
            format!("{weights} as {served_one}: both in {both}")
        });
    }
}

/// One server of several is off all the time: nothing has recovered.
fn recoveries(report: &mut Report) {
    const NUMBER: u64 = 100;
    println!("\nThirty minutes at 20/s with one server off: recoveries in {NUMBER} runs");
    for (name, servers, weights, one) in [
        ("1 of 4 at 80/20 for 90/10", 4, [90.0, 10.0], 0.8),
        ("1 of 8 at 70/30 for 50/50", 8, [50.0, 50.0], 0.7),
        ("1 of 8 at 60/40 for 50/50", 8, [50.0, 50.0], 0.6),
    ] {
        let found = runs(NUMBER, |seed| {
            let healthy = Stage::new(0.0, &weights, servers);
            let mut off = served(&weights, &[one, 1.0 - one], servers);
            // Only the first server ever arrives at it.
            off.lags = (0..servers)
                .map(|server| if server == 0 { 0.0 } else { 1e9 })
                .collect();
            let world = World::new(vec![healthy, off], 20.0, 800_000 + seed);
            let (kinds, machine) = events_of(&world, 1_800.0);
            let named = machine
                .output()
                .verdict
                .mismatch
                .as_ref()
                .map(|mismatch| mismatch.reason.server() == Some(0.into()));
            (kinds.contains(&EventKind::Recovered), named)
        });
        let recovered = share_of(&found.iter().map(|run| run.0).collect::<Vec<_>>());
        let named = share_of(
            &found
                .iter()
                .map(|run| run.1 == Some(true))
                .collect::<Vec<_>>(),
        );
        println!(
            "{name:26} recovered {:>5.1} %  the server named {:>5.1} %",
            100.0 * recovered,
            100.0 * named
        );
        report.claim(recovered <= LEVEL, || {
            format!("{name}: recovered in {recovered}")
        });
    }
}

/// On the edge of the band there is no match, however long one waits.
fn edges(report: &mut Report) {
    const NUMBER: u64 = 100;
    println!("\nSix hours at 20/s on the edge of the band: matches in {NUMBER} runs");
    for (weights, served_one) in [(50.0, 0.55), (90.0, 0.85), (90.0, 0.95)] {
        let matched = runs(NUMBER, |seed| {
            let stage = served(
                &[weights, 100.0 - weights],
                &[served_one, 1.0 - served_one],
                4,
            );
            let world = World::new(vec![stage], 20.0, 900_000 + seed);
            let (kinds, _) = events_of(&world, 21_600.0);
            kinds.contains(&EventKind::Match) || kinds.contains(&EventKind::Recovered)
        });
        let share = share_of(&matched);
        println!(
            "{:26} {:>5.1} %",
            format!("{weights:.0} as {:.0}", 100.0 * served_one),
            100.0 * share
        );
        report.claim(share <= LEVEL, || {
            format!("{weights} as {served_one}: match in {share}")
        });
    }
}

/// Answers that repeat the one before do not make a mismatch.
fn dependence(report: &mut Report) {
    const NUMBER: u64 = 300;
    println!(
        "\nTen minutes at 20/s, four servers, sticky answers: false mismatches in {NUMBER} runs (at most 3 %)"
    );
    for across_servers in [false, true] {
        for (sets, tolerance) in [(2_usize, 0.05), (10, 0.05), (2, 0.02), (10, 0.02)] {
            let mut line = format!(
                "{sets:>2} sets, {tolerance} {:16}",
                if across_servers {
                    "across servers"
                } else {
                    "by server"
                }
            );
            for probability in [0.1, 0.3, 0.5] {
                let found = runs(NUMBER, |seed| {
                    let stage = Stage::new(0.0, &vec![1.0; sets], 4);
                    let mut world = World::new(vec![stage], 20.0, 1_000_000 + seed);
                    world.tolerance = tolerance;
                    // As by default: alarms are armed later, so that there is time to see it.
                    world.settled = false;
                    world.sticky = world::Sticky {
                        probability,
                        across_servers,
                    };
                    let (kinds, machine) = events_of(&world, 600.0);
                    let thinned = machine.output().verdict.notes.iter().any(|note| {
                        matches!(note, r53mon::model::verdict::Note::AnswersDepend { .. })
                    });
                    (kinds.contains(&EventKind::Mismatch), thinned)
                });
                let share = share_of(&found.iter().map(|run| run.0).collect::<Vec<_>>());
                let thinned = share_of(&found.iter().map(|run| run.1).collect::<Vec<_>>());
                let _ = write!(
                    line,
                    "  L = {probability}: {:>5.1} % (thinned {:>5.1} %)",
                    100.0 * share,
                    100.0 * thinned
                );
                report.claim(share <= 0.03, || {
                    format!("{sets} sets, L = {probability}, {across_servers}: {share}")
                });
            }
            println!("{line}");
        }
    }
}

/// An edit a moment before the start is no mismatch, at the default tolerance; when a match comes is told.
fn starts(report: &mut Report) {
    const NUMBER: u64 = 300;
    println!("\nAn edit one second before the start, servers up to 45 s late, 20/s: {NUMBER} runs");
    for (name, before, after) in [
        ("90/10 to 50/50", [90.0, 10.0], [50.0, 50.0]),
        ("90/10 to 10/90", [90.0, 10.0], [10.0, 90.0]),
        ("50/50 to 90/10", [50.0, 50.0], [90.0, 10.0]),
        ("90/10 to 0/100", [90.0, 10.0], [0.0, 100.0]),
        ("90/10 to 80/20", [90.0, 10.0], [80.0, 20.0]),
    ] {
        let found = runs(NUMBER, |seed| {
            let mut random = Random::new(1_100_000 + seed);
            // The tool reads the new shares from the first moment on; the servers follow.
            let sum = |weights: [f64; 2]| weights[0] / (weights[0] + weights[1]);
            let mut old = Stage::new(0.0, &after, 4);
            old.served = Some(vec![sum(before), 1.0 - sum(before)]);
            let lags = (0..4).map(|_| random.between(5.0, 45.0)).collect();
            let new = Stage::new(0.0, &after, 4).with_lags(lags);
            let mut world = World::new(vec![old, new], 20.0, 1_200_000 + seed);
            world.settled = false;
            let mut matched = f64::INFINITY;
            let mut mismatch = false;
            world.play(300.0, |now, output| {
                for event in &output.events {
                    match event.news.kind() {
                        EventKind::Match => matched = matched.min(now),
                        EventKind::Mismatch => mismatch = true,
                        _ => {}
                    }
                }
            });
            (mismatch, matched)
        });
        let wrong = share_of(&found.iter().map(|run| run.0).collect::<Vec<_>>());
        let times = Sample::new(found.iter().map(|run| run.1).collect());
        println!(
            "{name:26} mismatch {:>5.1} %  match after {:.0} s, 90 % after {:.0} s",
            100.0 * wrong,
            times.percentile(50),
            times.percentile(90)
        );
        report.claim(wrong <= LEVEL, || {
            format!("start {name}: mismatch in {wrong}")
        });
    }
}

// --- is one side worse than the other ---

/// Requests of each side a second.
const REQUESTS: u64 = 5;
/// Each side has half of the error level.
const OF_ONE_SIDE: f64 = LEVEL / 2.0;
/// The margin of times as the program has it where nobody says otherwise.
const SLOWER: Margin = Margin::Relative(0.2);
/// The margin of failures.
const MORE_FAILURES: Margin = Margin::Absolute(0.01);

/// One side: lognormal times with sigma one half, each as far like the one before as the correlation says, and failures, of
/// which each repeats what the one before did with that probability.
struct Side {
    random: Random,
    median: f64,
    correlation: f64,
    failing: f64,
    state: f64,
    failed: bool,
    latencies: Latencies,
    failures: Failures,
}

impl Side {
    fn new(seed: u64, median: f64, correlation: f64, failing: f64) -> Self {
        let mut side = Self {
            random: Random::new(seed),
            median,
            correlation,
            failing,
            state: 0.0,
            failed: false,
            latencies: Latencies::default(),
            failures: Failures::default(),
        };
        side.state = side.normal();
        side
    }

    /// Source: George Box and Mervin Muller, "A note on the generation of random normal deviates" (1958).
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.random.number()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.random.number()).cos()
    }

    fn request(&mut self, at: Duration) {
        let fresh = (1.0 - self.correlation.powi(2)).sqrt();
        self.state = self.correlation * self.state + fresh * self.normal();
        let time = Duration::from_secs_f64(self.median * (0.5 * self.state).exp());
        self.latencies.record(at, time);
        if self.random.number() >= self.correlation {
            self.failed = self.random.number() < self.failing;
        }
        self.failures.record(at, self.failed);
    }

    fn bounds(&self, measure: Measure) -> Bounds {
        match measure.quantile() {
            None => self.failures.bounds(OF_ONE_SIDE),
            Some(quantile) => self.latencies.bounds(quantile, OF_ONE_SIDE),
        }
    }
}

/// The margin of the program.
fn margin_of(measure: Measure) -> Margin {
    match measure {
        Measure::Errors => MORE_FAILURES,
        Measure::P50 | Measure::P95 | Measure::P99 => SLOWER,
    }
}

fn outcome(sides: &[Side; 2], measure: Measure) -> Comparison {
    let [one, other] = [&sides[0], &sides[1]].map(|side| side.bounds(measure));
    compare(one, other, margin_of(measure))
}

fn without_margin(sides: &[Side; 2], measure: Measure) -> Comparison {
    let [one, other] = [&sides[0], &sides[1]].map(|side| side.bounds(measure));
    compare(one, other, Margin::Absolute(0.0))
}

/// Requests of each side until this comes of them, looked at every second; none by the end of the time.
fn requests_until(
    sides: &mut [Side; 2],
    seconds: u64,
    mut is_reached: impl FnMut(&[Side; 2]) -> bool,
) -> Option<f64> {
    (0..seconds).find_map(|second| {
        for request in 0..REQUESTS {
            let at = Duration::from_millis(1_000 * second + 1_000 / REQUESTS * request);
            for side in sides.iter_mut() {
                side.request(at);
            }
        }
        is_reached(sides).then(|| as_f64(REQUESTS * (second + 1)))
    })
}

/// Whether something is reached.
type Reached = fn(&[Side; 2], Measure) -> bool;

/// So many runs.
const NUMBER: u64 = 400;

fn is_worse(found: Comparison) -> bool {
    found == Comparison::Worse
}

fn comparison(report: &mut Report) {
    false_worse(report);
    until_slower(report);
    until_failing(report);
}

fn false_worse(report: &mut Report) {
    println!(
        "\nEqual sides, {REQUESTS} requests a second each for ten minutes, looked at every second: false \"worse\" of either side in {NUMBER} runs (less than 1 %)"
    );
    println!("{:34} {:>12} {:>16}", "", "in anything", "no margin, worst");
    for (name, correlation, failing) in [
        ("independent, 2 % failing", 0.0, 0.02),
        ("independent, half failing", 0.0, 0.5),
        ("correlated by 0.4, 2 % failing", 0.4, 0.02),
        ("correlated by 0.7, 20 % failing", 0.7, 0.2),
    ] {
        // Without a margin every measure has an error level of its own; with one all of them together stay below it.
        let found = runs(NUMBER, |seed| {
            let side = |which| Side::new(1_300_000 + 2 * seed + which, 0.05, correlation, failing);
            let (mut ever, mut bare) = (false, [false; Measure::ALL.len()]);
            requests_until(&mut [side(0), side(1)], 600, |sides| {
                for measure in Measure::ALL {
                    let bounds = [&sides[0], &sides[1]].map(|side| side.bounds(measure));
                    for [one, other] in [bounds, [bounds[1], bounds[0]]] {
                        ever |= is_worse(compare(one, other, margin_of(measure)));
                        let without = compare(one, other, Margin::Absolute(0.0));
                        bare[measure.index()] |= is_worse(without);
                    }
                }
                false
            });
            (ever, bare)
        });
        let ever: Vec<bool> = found.iter().map(|(ever, _)| *ever).collect();
        let with_margin = share_of(&ever);
        let bare = Measure::ALL.map(|measure| {
            let bare = found.iter().map(|(_, bare)| bare[measure.index()]);
            share_of(&bare.collect::<Vec<bool>>())
        });
        let worst = bare.into_iter().fold(0.0, f64::max);
        println!(
            "{name:34} {:>10.2} % {:>14.2} %",
            100.0 * with_margin,
            100.0 * worst
        );
        for share in [with_margin, worst] {
            report.claim(share < LEVEL, || format!("{name}: worse in {share}"));
        }
    }
}

fn until_slower(report: &mut Report) {
    println!(
        "\nRequests of each side until it is decided, median and 90 % of {} runs (- : more than {})",
        NUMBER / 4,
        3_600 * REQUESTS
    );
    println!("{:34} {:>16} {:>16} {:>16}", "", "p50", "p95", "p99");
    let slower = |ratio: f64, measure: Measure, reached: fn(&[Side; 2], Measure) -> bool| {
        let found = runs(NUMBER / 4, |seed| {
            let one = Side::new(1_500_000 + 2 * seed, 0.05 * ratio, 0.0, 0.0);
            let other = Side::new(1_500_001 + 2 * seed, 0.05, 0.0, 0.0);
            requests_until(&mut [one, other], 3_600, |sides| reached(sides, measure))
        });
        needed(&found)
    };
    let worse: Reached = |sides, measure| outcome(sides, measure) == Comparison::Worse;
    let no_worse: Reached = |sides, measure| outcome(sides, measure) == Comparison::NoWorse;
    let bare: Reached = |sides, measure| without_margin(sides, measure) == Comparison::Worse;
    // The bounds of the notes are for the 95 % quantile without a margin.
    for (name, ratio, reached, claimed) in [
        ("as slow: no worse", 1.0, no_worse, None),
        ("1.2 times, no margin: worse", 1.2, bare, Some(3_000.0)),
        ("1.5 times, no margin: worse", 1.5, bare, Some(600.0)),
        ("2 times, no margin: worse", 2.0, bare, Some(300.0)),
        ("1.5 times as slow: worse", 1.5, worse, None),
        ("2 times as slow: worse", 2.0, worse, None),
    ] {
        let of = [Measure::P50, Measure::P95, Measure::P99];
        let samples = of.map(|measure| slower(ratio, measure, reached));
        let cells = samples.each_ref().map(|sample| {
            let cell = |number: f64| {
                if number.is_finite() {
                    format!("{number:.0}")
                } else {
                    "-".to_owned()
                }
            };
            format!(
                "{} {:>6}",
                cell(sample.percentile(50)),
                cell(sample.percentile(90))
            )
        });
        println!(
            "{name:34} {:>16} {:>16} {:>16}",
            cells[0], cells[1], cells[2]
        );
        let median = samples[1].percentile(50);
        if let Some(claimed) = claimed {
            report.claim(median <= 1.2 * claimed, || {
                format!("{name}: {median} requests instead of {claimed}")
            });
        }
    }
    let on_the_margin = runs(NUMBER / 4, |seed| {
        let one = Side::new(1_700_000 + 2 * seed, 0.06, 0.0, 0.0);
        let other = Side::new(1_700_001 + 2 * seed, 0.05, 0.0, 0.0);
        let is_reached = |sides: &[Side; 2]| {
            Measure::ALL
                .into_iter()
                .any(|measure| is_worse(outcome(sides, measure)))
        };
        requests_until(&mut [one, other], 3_600, is_reached).is_some()
    });
    let share = share_of(&on_the_margin);
    println!(
        "1.2 times as slow lies on the margin: worse in {:.1} % by {} requests",
        100.0 * share,
        3_600 * REQUESTS
    );
    report.claim(share <= LEVEL, || {
        format!("on the margin: worse in {share}")
    });
}

fn until_failing(report: &mut Report) {
    let worse: Reached = |sides, measure| is_worse(outcome(sides, measure));
    let no_worse: Reached = |sides, measure| outcome(sides, measure) == Comparison::NoWorse;
    let bare: Reached = |sides, measure| is_worse(without_margin(sides, measure));
    for (name, failing, reached) in [
        ("2 % failing against none: worse", [0.02, 0.0], worse),
        ("5 % failing against none: worse", [0.05, 0.0], worse),
        ("2 %, no margin: worse", [0.02, 0.0], bare),
        ("none failing: no worse", [0.0, 0.0], no_worse),
    ] {
        let found = runs(NUMBER / 4, |seed| {
            let one = Side::new(1_600_000 + 2 * seed, 0.05, 0.0, failing[0]);
            let other = Side::new(1_600_001 + 2 * seed, 0.05, 0.0, failing[1]);
            requests_until(&mut [one, other], 3_600, |sides| {
                reached(sides, Measure::Errors)
            })
        });
        let needed = needed(&found);
        let (median, most) = (needed.percentile(50), needed.percentile(90));
        println!("{name:34} median {median:>6.0}  90 % {most:>6.0}");
        report.claim(median <= 7_000.0, || format!("{name}: {median} requests"));
    }
}

fn needed(found: &[Option<f64>]) -> Sample {
    let never = |needed: &Option<f64>| needed.unwrap_or(f64::INFINITY);
    Sample::new(found.iter().map(never).collect())
}

// --- what a tick costs ---

fn costs(report: &mut Report) {
    println!("\nA tick with four servers and 121 onsets (a tenth of the ticks are faster)");
    for (sets, limit) in [(2_usize, 0.2), (10, 0.5), (100, 2.0)] {
        for tps in [1_u32, 10, 20, 100] {
            for served in [Served::AsDeclared, Served::AllOff] {
                let cost = cost_of_tick(sets, tps, served);
                let all_off = match served {
                    Served::AsDeclared => "",
                    Served::AllOff => ", all sets off",
                };
                let name = format!("{sets} sets at {tps}/s{all_off}");
                println!("{name:<32} {cost:>8.3} ms (at most {limit} ms)");
                report.claim(cost <= limit, || {
                    format!("a tick with {name} costs {cost} ms")
                });
            }
        }
    }
}

/// How DNS answers while a tick is measured.
#[derive(Clone, Copy)]
enum Served {
    AsDeclared,
    /// Every other set takes nearly all of its neighbour's share, so that all lie outside their bands.
    AllOff,
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cost is measured by the clock"
)]
fn cost_of_tick(sets: usize, tps: u32, served: Served) -> f64 {
    let share = 1.0 / as_f64(sets as u64);
    let set = |key: u64| DeclaredSet {
        identifier: key.to_string(),
        key,
        share,
    };
    let declaration = Declaration {
        segment: 1,
        sets: (0..sets as u64).map(set).collect(),
        inconclusive: None,
    };
    let rules = Rules {
        servers: 4,
        criteria: Criteria {
            tolerance: 0.05,
            confidence: 0.99,
        },
        tps: f64::from(tps),
        max_unknown: 0.05,
        start: Start::Settled,
    };
    let mut machine = Machine::new(rules, declaration, Duration::ZERO);
    let mut random = Random::new(9);
    let times = |set: usize| match served {
        Served::AsDeclared => 1.0,
        Served::AllOff if set.is_multiple_of(2) => 1.9,
        Served::AllOff => 0.1,
    };
    let shares: Vec<f64> = (0..sets).map(|set| share * times(set)).collect();
    let mut query = 0_u32;
    let mut costs = Vec::new();
    // Half a minute beyond the moment from which all onsets are there.
    for tick in 1..=2_460_u32 {
        let now = Duration::from_millis(500) * tick;
        while f64::from(query) / f64::from(tps) < now.as_secs_f64() {
            let at = Duration::from_secs_f64(f64::from(query) / f64::from(tps));
            machine.answer(Answer {
                at,
                segment: 1,
                server: (query as usize % 4).into(),
                origin: Origin::Set(random.pick(&shares).into()),
            });
            query += 1;
        }
        let before = Instant::now();
        machine.tick(now);
        if tick > 2_400 {
            costs.push(before.elapsed().as_secs_f64() * 1_000.0);
        }
    }
    // Other programs of the machine only make it slower.
    Sample::new(costs).percentile(10)
}
