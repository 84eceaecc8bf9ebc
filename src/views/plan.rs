//! What a run would take, before anything runs: as text and as JSON.

use std::io::{self, Write};
use std::time::Duration;

use serde_json::{Value, json};

use crate::model::cost::Cost;
use crate::model::plan::{Fault, Need};
use crate::model::share::as_f64;
use crate::model::verdict::Criteria;

use super::json::units::{cost, each, seconds, together};
use super::json::write_object;
use super::page::{COLUMNS, Page};
use super::words::plan as words;
use super::words::share::cost_line;
use super::{format, reasons};

/// With fewer runs than this behind them numbers are rough.
const RUNS_AT_LEAST: usize = 10;

/// Everything that is known before a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The sets, in the order of the weights that were given.
    pub sets: Vec<PlannedSet>,
    /// Queries a second.
    pub tps: u32,
    /// How many name servers are asked in turn.
    pub servers: usize,
    /// What a verdict is held to.
    pub criteria: Criteria,
    /// What a match takes when the declared shares are served.
    pub to_match: Need,
    /// What finding a fault takes.
    pub faults: Vec<PlannedFault>,
    /// What the queries cost at most.
    pub cost: Cost,
}

/// One set of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedSet {
    /// Its weight, 0 to 255.
    pub weight: u64,
    /// Its declared share.
    pub share: f64,
    /// The smallest served share that still matches.
    pub lower: f64,
    /// The largest.
    pub upper: f64,
}

/// A fault, and what finding it takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlannedFault {
    /// What is wrong.
    pub fault: Fault,
    /// When it is wrong since the counting began.
    pub at_once: Found,
    /// When it becomes wrong after half an hour of health, counted from then.
    pub later: Found,
}

/// What finding a fault takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Until the split is told to be not exactly the declared one.
    pub off: Need,
    /// Until a mismatch.
    pub mismatch: Need,
}

impl Plan {
    /// The time for so many answers.
    fn time(&self, answers: u64) -> Duration {
        Duration::from_secs_f64(as_f64(answers) / f64::from(self.tps))
    }
}

/// Writes the plan for people.
///
/// # Errors
/// Those of the writer.
pub fn write_text(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let mut page = Page::new(Some(COLUMNS));
    let weights: Vec<String> = plan.sets.iter().map(|set| set.weight.to_string()).collect();
    page.text(&words::title(
        &weights.join(","),
        plan.tps.into(),
        plan.servers,
    ));
    page.text(&words::terms(
        &format::percentage(plan.criteria.confidence),
        &format::number(plan.criteria.tolerance * 100.0),
    ));
    page.blank();
    page.table(&set_rows(&plan.sets));
    page.blank();
    page.line(words::NEEDS);
    page.blank();
    page.table(&need_rows(plan));
    page.blank();
    for remark in remarks(plan) {
        page.text(&remark);
    }
    page.write(out)
}

fn remarks(plan: &Plan) -> Vec<String> {
    let needs: Vec<Need> = needs(plan).collect();
    let has_faults = !plan.faults.is_empty();
    let shift = if has_faults {
        words::SHIFT
    } else {
        words::NO_FAULTS
    };
    let out_of_reach = needs.iter().any(|need| need.nine_in_ten.is_none());
    let fewest = needs.iter().map(|need| need.runs).min().unwrap_or(0);
    let mut lines = vec![shift.to_owned()];
    lines.extend(has_faults.then(|| words::OFF_MEANS.to_owned()));
    lines.extend(out_of_reach.then(|| words::OUT_OF_REACH_MEANS.to_owned()));
    lines.extend((fewest < RUNS_AT_LEAST).then(|| words::rough(fewest)));
    lines.push(words::CAVEAT.to_owned());
    lines.push(cost_line(&reasons::cost_at_most(&plan.cost)));
    lines
}

fn needs(plan: &Plan) -> impl Iterator<Item = Need> {
    let faults = plan.faults.iter();
    let found = faults.flat_map(|fault| [fault.at_once, fault.later]);
    std::iter::once(plan.to_match).chain(found.flat_map(|found| [found.off, found.mismatch]))
}

fn set_rows(sets: &[PlannedSet]) -> Vec<Vec<String>> {
    let mut rows = vec![words::SET_COLUMNS.map(String::from).to_vec()];
    rows.extend(sets.iter().enumerate().map(|(index, set)| {
        vec![
            (index + 1).to_string(),
            set.weight.to_string(),
            format::percent(set.share),
            format::percent(set.lower),
            format::percent(set.upper),
        ]
    }));
    rows
}

fn need_rows(plan: &Plan) -> Vec<Vec<String>> {
    let mut rows = vec![words::NEED_COLUMNS.map(String::from).to_vec()];
    rows.push(need_row(
        plan,
        &words::MATCH,
        &words::FOUND_MATCH,
        plan.to_match,
    ));
    if plan.faults.is_empty() {
        return rows;
    }
    let mut add = |title: &str, found: fn(&PlannedFault) -> Found| {
        rows.push(vec![title.to_owned()]);
        rows.extend(plan.faults.iter().flat_map(|fault| {
            let (name, found) = (format!("  {}", name(fault.fault, plan)), found(fault));
            [
                need_row(plan, &name, words::FOUND_OFF, found.off),
                need_row(plan, "", &words::FOUND_MISMATCH, found.mismatch),
            ]
        }));
    };
    add(&words::AT_ONCE, |fault| fault.at_once);
    add(&words::LATER, |fault| fault.later);
    rows
}

fn name(fault: Fault, plan: &Plan) -> String {
    match fault {
        Fault::SetDead(set) => words::set_dead(set + 1, plan.sets[set].weight),
        Fault::Shifted => words::SHIFTED.to_owned(),
        Fault::ShiftedAtOneServer => words::SHIFTED_AT_ONE.to_owned(),
    }
}

fn need_row(plan: &Plan, name: &str, found_as: &str, need: Need) -> Vec<String> {
    let [(half, half_time), (most, most_time)] =
        [need.median, need.nine_in_ten].map(|answers| match answers {
            Some(answers) => (
                format::count(answers),
                format::whole_span(plan.time(answers)),
            ),
            None => (words::OUT_OF_REACH.to_owned(), String::new()),
        });
    let (name, found_as) = (name.to_owned(), found_as.to_owned());
    vec![name, found_as, half, half_time, most, most_time]
}

/// Writes the plan for programs.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut impl Write, plan: &Plan) -> io::Result<()> {
    let faults = plan.faults.iter();
    let faults = faults.flat_map(|fault| fault_objects(plan, fault));
    let object = || {
        json!({
            "schema": "r53mon.plan/1",
            "version": env!("CARGO_PKG_VERSION"),
            "sets": each(&plan.sets, set_object),
            "tps": plan.tps,
            "name_servers": plan.servers,
            "tolerance": plan.criteria.tolerance,
            "confidence": plan.criteria.confidence,
            "match": need_object(plan, plan.to_match),
            "faults": faults.collect::<Vec<_>>(),
            "cost_at_most": cost(&plan.cost),
        })
    };
    write_object(out, object)
}

fn set_object(set: &PlannedSet) -> Value {
    json!({
        "weight": set.weight,
        "expected_share": set.share,
        "match_from": set.lower,
        "match_to": set.upper,
    })
}

/// A fault that begins at once, and one that begins later. A set is named by its place among the weights, from 0.
fn fault_objects(plan: &Plan, fault: &PlannedFault) -> [Value; 2] {
    let (kind, set) = match fault.fault {
        Fault::SetDead(set) => ("set_dead", Some(set)),
        Fault::Shifted => ("shifted", None),
        Fault::ShiftedAtOneServer => ("shifted_at_one_server", None),
    };
    let object = |begins: &str, found: Found| {
        let off = need_object(plan, found.off);
        let fault = json!({ "kind": kind, "set": set, "begins": begins, "off": off });
        together([fault, need_object(plan, found.mismatch)])
    };
    [
        object("at_once", fault.at_once),
        object("after_half_an_hour", fault.later),
    ]
}

fn need_object(plan: &Plan, need: Need) -> Value {
    let object =
        |answers: u64| json!({ "answers": answers, "seconds": seconds(plan.time(answers)) });
    json!({
        "median": need.median.map(object),
        "nine_in_ten": need.nine_in_ten.map(object),
        "runs": need.runs,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::cost::at_most;

    fn need(median: u64, nine_in_ten: Option<u64>) -> Need {
        Need {
            median: Some(median),
            nine_in_ten,
            runs: 400,
        }
    }

    fn plan() -> Plan {
        let set = |weight, share, band| PlannedSet {
            weight,
            share,
            lower: share - band,
            upper: share + band,
        };
        let found = |answers, nine_in_ten| Found {
            off: need(answers / 2, Some(answers)),
            mismatch: need(answers, nine_in_ten),
        };
        let fault = |fault, answers| PlannedFault {
            fault,
            at_once: found(answers, Some(answers * 2)),
            later: found(answers * 3, None),
        };
        Plan {
            sets: vec![set(90, 0.9, 0.02), set(10, 0.1, 0.02)],
            tps: 100,
            servers: 4,
            criteria: Criteria {
                tolerance: 0.02,
                confidence: 0.999,
            },
            to_match: need(3_120, Some(5_810)),
            faults: vec![
                fault(Fault::SetDead(1), 68),
                fault(Fault::Shifted, 190),
                fault(Fault::ShiftedAtOneServer, 800),
            ],
            cost: at_most(100),
        }
    }

    fn text(plan: &Plan) -> String {
        let mut out = Vec::new();
        write_text(&mut out, plan).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_plan_in_words() {
        insta::assert_snapshot!(text(&plan()));
    }

    #[test]
    fn what_is_not_there_is_not_explained() {
        let mut plan = plan();
        plan.sets.pop();
        plan.faults.clear();
        let text = text(&plan);
        assert!(text.contains("no fault of one") && !text.contains("ten million"));
        assert!(!text.contains("rough"), "{text}");
        plan.to_match.runs = 3;
        assert!(self::text(&plan).contains("rough: 3 runs"));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        for line in text(&plan()).lines() {
            assert!(crate::views::fit::width(line) <= COLUMNS, "{line}");
        }
    }

    #[test]
    fn a_plan_for_programs_fits_the_schema() {
        let schema = include_str!("../../tests/data/report.schema.json");
        let schema: serde_json::Value = serde_json::from_str(schema).expect("JSON");
        let validator = jsonschema::validator_for(&schema).expect("a schema");
        let mut out = Vec::new();
        write_json(&mut out, &plan()).expect("memory is never full");
        let object: serde_json::Value = serde_json::from_slice(&out).expect("an object");
        if let Err(error) = validator.validate(&object) {
            panic!("{error} in {object:#}");
        }
        assert_eq!(object["match"]["median"]["seconds"], 31.2);
        assert_eq!(object["faults"][0]["set"], 1);
        assert_eq!(object["faults"][0]["off"]["median"]["answers"], 34);
        assert_eq!(object["faults"][1]["nine_in_ten"], serde_json::Value::Null);
        for (place, value) in [
            ("/faults/0/kind", serde_json::json!("whim")),
            ("/sets/0/weight", serde_json::json!(256)),
            ("/match/runs", serde_json::json!(1.5)),
        ] {
            let mut spoilt = object.clone();
            *spoilt.pointer_mut(place).expect("a place") = value;
            assert!(!validator.is_valid(&spoilt), "{place} was accepted");
        }
    }
}
