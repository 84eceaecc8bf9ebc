//! Rules that have to hold, and what is known of them.

use serde_json::{Value, json};

use crate::model::gate::{Amount, Condition, Gate, GateReading, Known, Subject};
use crate::model::text::visible;
use crate::views::words;

use super::units::{each, time, together};

/// A rule and what is known of it: of the one for whom it looks worst, and all for whom it has tripped.
pub(super) fn reading(reading: &GateReading, names: &[&str]) -> Value {
    let beside = json!({
        "state": reading.worst.state.as_str(),
        "trips": reading.trips,
        "tripped": each(&reading.tripped, |one| known(&reading.gate, one, names)),
    });
    together([event(&reading.gate, &reading.worst, names), beside])
}

/// What became of a rule.
pub(super) fn event(gate: &Gate, one: &Known, names: &[&str]) -> Value {
    together([rule(gate), known(gate, one, names)])
}

fn rule(gate: &Gate) -> Value {
    json!({
        "rule": visible(&gate.rule.to_string()),
        "severity": gate.severity.as_str(),
        "min_samples": gate.least_samples,
        "window_s": gate.rule.window.map(|window| window.as_secs_f64()),
    })
}

fn known(gate: &Gate, known: &Known, names: &[&str]) -> Value {
    let (set, server) = match &known.subject {
        Subject::Whole => (None, None),
        Subject::Set(set) => (Some(visible(set)), None),
        Subject::Server(server) => (None, Some(visible(words::name(names, *server)))),
    };
    let limit = match &gate.rule.condition {
        Condition::Limit { limit, .. } => Some(*limit),
        Condition::Silent => gate.rule.window.map(Amount::Time),
        Condition::ShareMismatch | Condition::WorseThan(_) => None,
    };
    json!({
        "set_identifier": set,
        "name_server": server,
        "value": known.value.map(number),
        "limit": limit.map(number),
        "unit": limit.map(|limit| match limit {
            Amount::Percent(_) => "share",
            Amount::Time(_) => "s",
        }),
        "samples": known.samples,
        "since": time(known.since),
    })
}

/// Shares are from 0 to 1, as everywhere in reports.
fn number(amount: Amount) -> f64 {
    match amount {
        Amount::Percent(number) => (number * 1e4).round() / 1e6,
        Amount::Time(time) => time.as_secs_f64(),
    }
}
