//! `r53mon plan`: what a run would take, worked out before anything runs. Nobody is asked, and no setting is read but
//! those on the line.

use std::thread::ScopedJoinHandle;

use super::looks;
use super::purpose::print;
use crate::cli::PlanArgs;
use crate::config::check::{Problems, check_plan, chosen};
use crate::config::environment::Environment;
use crate::config::keys::{Taker, nearest};
use crate::config::layers::Layers;
use crate::error::{ExitCode, Failure};
use crate::model::cost;
use crate::model::language::{Both, both};
use crate::model::plan::Need;
use crate::model::share::declared_shares;
use crate::model::verdict::Criteria;
use crate::stats::bands::half_width;
use crate::stats::evidence::Declared;
use crate::stats::plan::{self, Begin, Finding, Setting};
use crate::stats::random::random;
use crate::views::ascii;
use crate::views::plan::{Found, Plan, PlannedFault, PlannedSet, write_json, write_text};

/// As many name servers as a delegation set of Route 53 has.
const SERVERS: usize = 4;
/// The same line gives the same numbers.
const SEED: u64 = 53;
/// The most members of a weighted group. Source: Route 53 Developer Guide, "Quotas".
const SETS_AT_MOST: usize = 100;
/// The largest weight. Source: Route 53 API, `ResourceRecordSet.Weight`.
const LARGEST_WEIGHT: u64 = 255;

/// Writes the plan.
pub(super) fn run(args: &PlanArgs, environment: &Environment) -> Result<ExitCode, Failure> {
    let layers = Layers::of(Taker::Plan, [args.flags.0.clone()]);
    looks::adopt(chosen(&layers), environment);
    let mut problems = Vec::new();
    let weights = weights(&args.weights).map_err(|problem| problems.push(problem));
    let as_json = is_json(args.output.as_deref()).map_err(|problem| problems.push(problem));
    let settings = check_plan(&layers).map_err(|Problems(more)| problems.extend(more));
    let (Ok(weights), Ok(as_json), Ok((tps, criteria, charset))) = (weights, as_json, settings)
    else {
        return Err(Failure::Settings(Problems(problems)));
    };
    let plan = work_out(&weights, tps, criteria);
    let mut out = Vec::new();
    if as_json {
        write_json(&mut out, &plan)?;
    } else {
        let charset = looks::charset(charset, environment);
        ascii::write(charset, &mut out, |out| write_text(out, &plan))?;
    }
    print(&out)
}

/// Plays all the runs.
fn work_out(weights: &[u64], tps: u32, criteria: Criteria) -> Plan {
    let setting = &Setting {
        criteria,
        answers_per_second: f64::from(tps),
        servers: SERVERS,
    };
    let shares = declared_shares(weights);
    let declared = Declared::new(&shares);
    let (to_match, faults) = needs(&declared, setting);
    let sets = weights.iter().zip(&shares).map(|(&weight, &share)| {
        let half_width = half_width(share, criteria.tolerance);
        PlannedSet {
            weight,
            share,
            lower: (share - half_width).max(0.0),
            upper: (share + half_width).min(1.0),
        }
    });
    Plan {
        sets: sets.collect(),
        tps,
        servers: setting.servers,
        criteria,
        to_match,
        faults,
        cost: cost::at_most(tps),
    }
}

/// What a match and the typical faults take: each line of the plan in a thread of its own, since one can be half a
/// second of work.
fn needs(declared: &Declared, setting: &Setting) -> (Need, Vec<PlannedFault>) {
    let need = |finding, fault, begin| {
        plan::need_to_find(declared, finding, fault, begin, setting, random(SEED))
    };
    std::thread::scope(|scope| {
        let to_match = scope.spawn(|| plan::need_for_match(declared, setting, random(SEED)));
        let faults: Vec<_> = plan::typical_faults(declared)
            .into_iter()
            .map(|fault| {
                let needs = |begin| {
                    [Finding::Off, Finding::Mismatch]
                        .map(|finding| scope.spawn(move || need(finding, fault, begin)))
                };
                (fault, needs(Begin::AtOnce), needs(Begin::AfterHalfAnHour))
            })
            .collect();
        let done = |thread: ScopedJoinHandle<Need>| match thread.join() {
            Ok(need) => need,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        let found = |[off, mismatch]: [ScopedJoinHandle<Need>; 2]| Found {
            off: done(off),
            mismatch: done(mismatch),
        };
        let faults = faults
            .into_iter()
            .map(|(fault, at_once, later)| PlannedFault {
                fault,
                at_once: found(at_once),
                later: found(later),
            })
            .collect();
        (done(to_match), faults)
    })
}

/// The weights of a line.
fn weights(text: &str) -> Result<Vec<u64>, Both> {
    let problem = |detail: Both| {
        both!(
            "weights = \"{text}\" (--weights): {detail}; it has to be 1 to {SETS_AT_MOST} whole numbers from 0 to {LARGEST_WEIGHT} with commas between them, such as 90,10",
            "weights = \"{text}\" (--weights): {detail}; 쓸 수 있는 값: 0~{LARGEST_WEIGHT}의 정수 1~{SETS_AT_MOST}개, 쉼표로 나눈다, 예: 90,10"
        )
    };
    let parts: Vec<&str> = text.split(',').map(str::trim).collect();
    if parts.len() > SETS_AT_MOST {
        let count = parts.len();
        return Err(problem(both!("there are {count}", "{count}개다")));
    }
    let weight = |part: &str| match part.parse() {
        Ok(weight) if weight <= LARGEST_WEIGHT => Ok(weight),
        Ok(_) => Err(problem(both!("{part} is too large", "{part}: 너무 크다"))),
        Err(_) if part.is_empty() => Err(problem(both!("a weight is empty", "빈 가중치가 있다"))),
        Err(_) => Err(problem(both!(
            "{part} is no weight",
            "{part}: 가중치가 아니다"
        ))),
    };
    parts.into_iter().map(weight).collect()
}

/// Whether the plan is for programs.
fn is_json(output: Option<&str>) -> Result<bool, Both> {
    const KNOWN: [&str; 2] = ["text", "json"];
    match output.map(str::trim) {
        None | Some("text") => Ok(false),
        Some("json") => Ok(true),
        Some(other) => {
            let near = nearest(other, KNOWN);
            let near = near.map_or(Both::same(""), |near| {
                both!("did you mean {near}? ", "혹시 {near}인가? ")
            });
            Err(both!(
                "output = \"{other}\" (--output): {near}it has to be text or json",
                "output = \"{other}\" (--output): {near}쓸 수 있는 값: text, json"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::plan::Fault;

    #[test]
    fn weights_are_read_with_what_is_wrong_with_them() {
        assert_eq!(weights("90, 10"), Ok(vec![90, 10]));
        assert_eq!(weights("0"), Ok(vec![0]));
        let hundred_and_one = vec!["1"; 101].join(",");
        for (text, detail) in [
            ("", "a weight is empty"),
            ("90,,10", "a weight is empty"),
            ("90,x", "x is no weight"),
            ("90,-1", "-1 is no weight"),
            ("1.5", "1.5 is no weight"),
            ("256,1", "256 is too large"),
            (&hundred_and_one, "there are 101"),
        ] {
            let problem = weights(text).expect_err(text);
            assert!(problem.contains(detail), "{problem}");
            assert!(problem.contains("such as 90,10"), "{problem}");
        }
    }

    #[test]
    fn the_plan_has_the_numbers_of_the_statistics() {
        let criteria = Criteria {
            tolerance: 0.05,
            confidence: 0.99,
        };
        let plan = work_out(&[90, 10], 20, criteria);
        let answers = plan.to_match.median.expect("within reach");
        // 457 worked out exactly, answer by answer.
        assert!((400..530).contains(&answers), "{answers}");
        assert_eq!(plan.faults.len(), 4);
        assert_eq!(plan.faults[0].fault, Fault::SetDead(1));
        assert!((plan.sets[1].lower - 0.05).abs() < 1e-12);
        // From the start, that it is not exactly the declared split shows before that it is outside the tolerance.
        for PlannedFault { at_once, later, .. } in &plan.faults {
            let off = at_once.off.median.expect("within reach");
            assert!(off <= at_once.mismatch.median.unwrap_or(u64::MAX));
            // Half an hour of health has to be outweighed.
            assert!(off < later.off.median.unwrap_or(u64::MAX));
        }
        let dead = plan.faults[0];
        // Worked out exactly: 61 and 131; a look every ten answers adds a little.
        assert!((61..=71).contains(&dead.at_once.off.median.expect("a number")));
        assert!((131..=151).contains(&dead.at_once.mismatch.median.expect("a number")));
        assert!(work_out(&[7], 20, criteria).faults.is_empty());
    }

    #[test]
    fn random_numbers_fill_the_room_from_0_to_1() {
        let mut random = random(1);
        let numbers: Vec<f64> = (0..10_000).map(|_| random()).collect();
        assert!(numbers.iter().all(|number| (0.0..1.0).contains(number)));
        let mean = numbers.iter().sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert_eq!(self::random(1)().to_bits(), self::random(1)().to_bits());
    }
}
