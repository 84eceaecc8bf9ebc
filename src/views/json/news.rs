//! The numbers of what happened to a verdict.

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::model::answer::AnswerValue;
use crate::model::index::ServerIndex;
use crate::model::text::visible;
use crate::model::verdict::{Mismatch, MismatchReason, Off, SetVerdict, Unknown, VerdictNews};
use crate::views::words::{self, verdict::p_value};

/// The fields of the news; `names` are those of the servers.
pub(super) fn numbers(news: &VerdictNews, names: &[&str]) -> Value {
    match news {
        VerdictNews::Match { answers, criteria } => json!({
            "answers": answers,
            "tolerance": criteria.tolerance,
            "confidence": criteria.confidence,
        }),
        VerdictNews::Recovered { answers, after } => {
            json!({ "answers": answers, "after_mismatch_s": after.as_secs_f64() })
        }
        VerdictNews::Mismatch(mismatch) | VerdictNews::Suspicion(mismatch) => {
            of_mismatch(mismatch, names)
        }
        VerdictNews::Propagating { segment, .. } => json!({
            "segment": segment,
            "p_value": null,
            "ln_evidence": null,
        }),
        VerdictNews::PropagatingAgain { ln_evidence } => json!({
            "segment": null,
            "p_value": p_value(*ln_evidence),
            "ln_evidence": ln_evidence,
        }),
        VerdictNews::Propagated { segment, took, .. } => {
            json!({ "segment": segment, "took_s": took.as_secs_f64() })
        }
        VerdictNews::ServerSwitched {
            server,
            switched_at,
            seen_at,
        } => json!({
            "name_server": name(names, *server),
            "after_change_s": switched_at.map(|at| at.as_secs_f64() - seen_at.as_secs_f64()),
        }),
        VerdictNews::ServerStale { server, after } => {
            json!({ "name_server": name(names, *server), "after_change_s": after.as_secs_f64() })
        }
        VerdictNews::Blind { silence, unnamed } => {
            json!({ "silence_s": silence.as_secs_f64(), "unnamed": unnamed })
        }
        VerdictNews::AnswersLost => json!({ "caveat": "answers_lost" }),
        VerdictNews::AnswersDepend { one_in } => {
            json!({ "caveat": "answers_depend", "one_in": one_in })
        }
        VerdictNews::NotServedSoFar { until } => json!({
            "until_s": until.map(|until| until.as_secs_f64()),
        }),
        VerdictNews::Excluded {
            server,
            set,
            why,
            more,
        } => json!({
            "name_server": name(names, *server),
            "set_identifier": set.as_deref().map(visible),
            "why": why.as_str(),
            "more": more,
        }),
        VerdictNews::Off(off) => of_off(off, names),
        VerdictNews::MismatchConfirmed | VerdictNews::BlindEnded | VerdictNews::OffEnded => {
            json!({})
        }
    }
}

/// That the split is not exactly the declared one, in numbers.
pub(super) fn of_off(off: &Off, names: &[&str]) -> Value {
    let set = off.farthest.as_ref();
    json!({
        "name_server": off.server.map(|server| name(names, server)),
        "set_identifier": set.map(|set| visible(&set.identifier)),
        "declared_share": set.map(|set| set.declared),
        "low": set.map(|set| set.low),
        "high": set.map(|set| set.high),
        "answers": off.answers,
        "ln_evidence": off.ln_evidence,
    })
}

fn of_mismatch(mismatch: &Mismatch, names: &[&str]) -> Value {
    let server = mismatch.reason.server();
    let ln_evidence = mismatch.is_by_shares().then_some(mismatch.ln_evidence);
    json!({
        "reason": mismatch.reason.as_str(),
        "name_server": server.map(|server| name(names, server)),
        "set_identifier": set_of(Some(&mismatch.reason), mismatch.farthest.as_ref()),
        "confirmed": mismatch.confirmed,
        "answers": mismatch.answers,
        "p_value": ln_evidence.and_then(p_value),
        "ln_evidence": ln_evidence,
        "from_s": mismatch.from.as_secs_f64(),
        "unknown_values": match &mismatch.reason {
            MismatchReason::UnknownAnswers(unknown) => values_of(unknown),
            _ => json!([]),
        },
    })
}

/// What answers say most that no set can have given, and in how many of them.
pub(super) fn values_of(unknown: &Unknown) -> Value {
    let values = unknown.values.iter().map(|(value, count)| {
        let (kind, text) = match value {
            AnswerValue::Address(address) => ("address", Some(address.to_string())),
            AnswerValue::Target(name) => ("cname", Some(name.to_string())),
            AnswerValue::Nxdomain => ("nxdomain", None),
            AnswerValue::Nodata => ("nodata", None),
        };
        json!({ "kind": kind, "value": text, "count": count })
    });
    values.collect()
}

/// The set that a mismatch is about: the one that should not be answered, else the one that is farthest off.
pub(super) fn set_of<'a>(
    reason: Option<&'a MismatchReason>,
    farthest: Option<&'a SetVerdict>,
) -> Option<Cow<'a, str>> {
    let set = match reason {
        Some(MismatchReason::ImpossibleAnswer { set, .. }) => set.as_deref(),
        _ => farthest.map(|set| set.identifier.as_str()),
    };
    set.map(visible)
}

/// The name of a server.
pub(super) fn name(names: &[&str], server: ServerIndex) -> String {
    visible(words::name(names, server)).into_owned()
}
