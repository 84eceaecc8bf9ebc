//! The objects that say how two sides compare over HTTP.

use serde_json::{Value, json};

use crate::model::comparison::{Bounds, Compared, Measure, Measures, SideComparison};
use crate::model::index::SetIndex;
use crate::model::text::visible;
use crate::snapshot::Segment;

/// One side beside another.
pub(super) fn of_pair(segment: &Segment, pair: &SideComparison) -> Value {
    let name = |set: SetIndex| {
        let set = segment.sets.get(set.get());
        set.map(|set| visible(&set.identifier))
    };
    json!({
        "set_identifier": name(pair.one),
        "against": name(pair.other),
        "outcome": pair.outcome().as_str(),
        "measures": of_each(&pair.measures),
    })
}

/// Each measure of two sides.
pub(super) fn of_each(measures: &Measures) -> Value {
    let each = Measure::ALL.into_iter().zip(measures);
    each.map(|(what, it)| (field(what), measure(what, it)))
        .collect()
}

/// A measure with its unit.
fn field(what: Measure) -> &'static str {
    match what {
        Measure::Errors => "errors",
        Measure::P50 => "p50_ms",
        Measure::P95 => "p95_ms",
        Measure::P99 => "p99_ms",
    }
}

fn measure(what: Measure, it: &Compared) -> Value {
    json!({
        "outcome": it.outcome.as_str(),
        "interval": interval(what, it.one),
        "against_interval": interval(what, it.other),
        "one_request_a_second": it.one_a_second(),
    })
}

/// An upper end that is not known is null.
fn interval(what: Measure, bounds: Bounds) -> [Option<f64>; 2] {
    [bounds.low, bounds.high].map(|number| match what.quantile() {
        None => Some(number),
        Some(_) => number.is_finite().then(|| (number * 1e6).round() / 1e3),
    })
}
