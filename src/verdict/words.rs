//! What happened to the verdict, in sentences for the list of events.

use std::time::Duration;

use crate::model::verdict::{Mismatch, MismatchReason, Propagation, SetVerdict};
use crate::stats::evidence::p_value;
use crate::stats::switch::Switch;

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if seconds < 100.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{seconds:.0} s")
    }
}

/// A hundred times a number, without the digits that binary fractions leave behind: 7, not 7.000000000000001.
fn hundredfold(share: f64) -> String {
    let digits = format!("{:.7}", 100.0 * share);
    digits
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

fn percent(share: f64) -> String {
    format!("{:.2} %", 100.0 * share)
}

pub fn lost() -> String {
    "answers came faster than they could be judged; those that did not fit are missing from the verdict".into()
}

pub fn depends() -> String {
    "answers depend on the ones before them, so the confidence is overstated".into()
}

pub fn confirmed() -> String {
    "the configuration was read again and confirms the mismatch".into()
}

pub fn propagating(segment: u64, servers: usize) -> String {
    let servers = if servers == 1 {
        "1 name server has".to_owned()
    } else {
        format!("{servers} name servers have")
    };
    format!("{servers} to go over to the shares of segment {segment}")
}

pub fn propagating_again(ln_evidence: f64) -> String {
    format!(
        "name servers that had shown the new shares do not serve them yet (p = {}); counting starts anew",
        p(ln_evidence)
    )
}

pub fn switched(name: &str, switch: Switch, seen_at: Duration) -> String {
    let (when, side) = if switch.switched_at >= seen_at {
        (switch.switched_at.saturating_sub(seen_at), "after")
    } else {
        (seen_at.saturating_sub(switch.switched_at), "before")
    };
    format!(
        "name server {name} serves the new shares, since about {} {side} the change was seen",
        seconds(when)
    )
}

pub fn current_after_all(name: &str) -> String {
    format!("name server {name} serves the new shares; when it switched was not seen")
}

pub fn stale(name: &str, late: Duration) -> String {
    format!(
        "name server {name} still serves the old shares, {} after the change was seen",
        seconds(late)
    )
}

pub fn propagated(change: &Propagation) -> String {
    if change.servers.len() == 1 {
        return format!(
            "the name server serves the shares of segment {}",
            change.segment
        );
    }
    let (first, last) = (change.first_new_answer_at, change.last_server_at);
    let took = first
        .zip(last)
        .map(|(first, last)| last.saturating_sub(first));
    format!(
        "all name servers serve the shares of segment {}; from the first to the last it took {}",
        change.segment,
        seconds(took.unwrap_or_default())
    )
}

pub fn suspicion(mismatch: &Mismatch, servers: &[String]) -> String {
    let what = what(mismatch, servers);
    format!("{what}; reading the configuration once more")
}

pub fn mismatch(mismatch: &Mismatch, servers: &[String]) -> String {
    let what = what(mismatch, servers);
    if mismatch.confirmed {
        format!("mismatch: {what}")
    } else {
        format!("mismatch, configuration not confirmed: {what}")
    }
}

fn what(mismatch: &Mismatch, servers: &[String]) -> String {
    let name = |server: usize| servers.get(server).map_or("?", String::as_str);
    let (answers, p) = (mismatch.answers, p(mismatch.ln_evidence));
    let numbers = format!("p = {p} after {answers} answers");
    let set = mismatch.farthest.as_ref().map(set).unwrap_or_default();
    match &mismatch.reason {
        MismatchReason::Share => {
            format!("the served shares are not the declared ones{set} ({numbers})")
        }
        MismatchReason::ServerDiffers { server } => {
            format!(
                "name server {} does not serve the declared shares{set} ({numbers})",
                name(*server)
            )
        }
        MismatchReason::StaleServer { server } if mismatch.impossible => {
            let set = mismatch.farthest.as_ref();
            let set = set.map_or("a set that was removed", |set| &set.identifier);
            format!(
                "name server {} still serves the shares of before: it answered {set}, which has the share 0 now",
                name(*server)
            )
        }
        MismatchReason::StaleServer { server } => {
            format!(
                "name server {} still serves the shares of before{set} ({numbers})",
                name(*server)
            )
        }
        MismatchReason::ImpossibleAnswer { server, set } => {
            let set = set.as_deref().unwrap_or("a set that was removed");
            format!(
                "name server {} answered {set}, which has the share 0",
                name(*server)
            )
        }
    }
}

fn set(set: &SetVerdict) -> String {
    format!(
        ": {} lies between {} and {} instead of {}",
        set.identifier,
        percent(set.low),
        percent(set.high),
        percent(set.declared)
    )
}

fn p(ln_evidence: f64) -> String {
    let p = p_value(ln_evidence);
    if p >= 1e-4 {
        format!("{p:.4}")
    } else {
        format!("{p:.0e}")
    }
}

pub fn matched(answers: u64, tolerance: f64, confidence: f64) -> String {
    format!(
        "match: every share is within {} points of the declared one after {answers} answers, with {} % confidence",
        hundredfold(tolerance),
        hundredfold(confidence)
    )
}

pub fn recovered(answers: u64, after: Duration) -> String {
    format!(
        "recovered: the declared shares are served again, by {answers} answers, {} after the mismatch",
        seconds(after)
    )
}

pub fn blind(silence: Duration, unnamed: u64) -> String {
    let silence = seconds(silence);
    if unnamed == 0 {
        format!("no answer for {silence}: nothing can be said about the shares")
    } else {
        format!(
            "none of the last {unnamed} answers named a set, for {silence}: nothing can be said about the shares"
        )
    }
}

pub fn blind_ended() -> String {
    "answers come again".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_written_as_they_were_given() {
        assert_eq!(
            matched(900, 0.07, 0.999_99),
            "match: every share is within 7 points of the declared one after 900 answers, with 99.999 % confidence"
        );
        assert_eq!(hundredfold(0.1), "10");
        assert_eq!(hundredfold(0.005), "0.5");
    }
}
