//! `r53mon doctor`: all the checks, and what they have found in one list.

use std::io::{self, IsTerminal};
use std::sync::Mutex;

use super::ending::Endings;
use super::looks;
use super::purpose::{colored, print};
use super::threads::runtime;
use crate::clock;
use crate::config::environment::Environment;
use crate::config::{Output, Settings};
use crate::error::{ExitCode, Failure};
use crate::model::cost::{self, Cost};
use crate::model::finding::{Diagnosis, Status};
use crate::model::record::WeightedGroup;
use crate::sources::checks::{self, Deadline, ProbeTargets, rest, servers};
use crate::tally::locked;
use crate::terminal;
use crate::views::ascii;
use crate::views::doctor::{Look, write_json, write_text};

/// Makes all the checks and writes what they have found.
pub(super) fn doctor(settings: &Settings, environment: &Environment) -> Result<ExitCode, Failure> {
    let runtime = runtime()?;
    let endings = Endings::listen()?;
    let diagnosis = runtime.block_on(async {
        tokio::select! {
            diagnosis = diagnose(settings) => Ok(diagnosis),
            code = endings.signalled() => Err(Failure::EndedEarly(code)),
        }
    });
    // Dropping the runtime would wait for a look-up of the system that nothing can interrupt.
    runtime.shutdown_background();
    let diagnosis = diagnosis?;
    print(&in_full(&diagnosis, settings, environment)?)?;
    Ok(match diagnosis.status() {
        Status::Failed => ExitCode::CouldNotMeasure,
        _ => ExitCode::Success,
    })
}

async fn diagnose(settings: &Settings) -> Diagnosis {
    let started = clock::now();
    let time = Deadline::from_now();
    let mut preflight = checks::run_essential(settings, Some(time), None).await;
    let probe = match (&preflight.question, &preflight.servers) {
        (Some(question), Some(servers)) => Some(servers::Probe::start(question, servers, time)),
        _ => None,
    };
    let told = Mutex::new(Vec::new());
    let tell = |finding| locked(&told).push(finding);
    let probe_targets = ProbeTargets::default();
    checks::run(&preflight, settings, probe, probe_targets, time, &tell).await;
    let mut findings = std::mem::take(&mut preflight.findings);
    for finding in told.into_inner().unwrap_or_default() {
        // What the essential stage has found about it says more.
        if !findings.iter().any(|found| found.check == finding.check) {
            findings.push(finding);
        }
    }
    findings.extend(rest::missing(&preflight, &findings));
    findings.sort_by_key(|finding| finding.check);
    let (name, group) = (&settings.route53.record_name, preflight.group.as_ref());
    Diagnosis {
        record: match group {
            Some(group) => format!("{name} {}", group.record_type),
            None => name.to_string(),
        },
        zone_id: settings.route53.zone_id.clone(),
        endpoint: settings.run.endpoint.to_string(),
        checked_at: started.wall,
        took: clock::now().since(started),
        cost: group.and_then(|group| cost_of(group, settings.dns.tps)),
        findings,
    }
}

/// What measuring costs as declared; `None` if no answer is billed.
fn cost_of(group: &WeightedGroup, tps: u32) -> Option<Cost> {
    let shares = group.sets.iter().zip(group.shares());
    let billed = shares.filter(|(set, _)| cost::is_billed(set));
    let billed: f64 = billed.map(|(_, share)| share).sum();
    (billed > 0.0).then(|| cost::cost(tps, billed))
}

/// The list as it is written, for people or for programs.
fn in_full(
    diagnosis: &Diagnosis,
    settings: &Settings,
    environment: &Environment,
) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match settings.run.output {
        Output::Json | Output::Ndjson => write_json(&mut out, diagnosis)?,
        Output::Auto | Output::Text => {
            let is_terminal = io::stdout().is_terminal();
            let colored = colored(settings.run.color, environment, is_terminal);
            let columns = is_terminal.then(terminal::columns).flatten();
            let charset = looks::charset(settings.run.charset, environment);
            ascii::write(charset, &mut out, |out| {
                write_text(out, diagnosis, Look { colored, columns })
            })?;
        }
    }
    Ok(out)
}
