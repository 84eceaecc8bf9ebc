//! One run: the tasks, their threads, and the order in which they end.
//!
//! The tasks have three threads: one asks the name servers and nothing else; one makes HTTP requests; one talks to AWS and
//! resolvers and listens for signals. They meet in the watched record only, which an observer reads.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::ending::{self, Endings};
use super::observer::Observer;
use super::prepare::{Prepared, prepare};
use super::purpose::{Mode, Purpose};
use super::{show_run, sinks};
use crate::clock::{self, Moment};
use crate::config::environment::Environment;
use crate::config::{ColorChoice, Settings};
use crate::error::{ExitCode, Failure};
use crate::judge::{Judge, RunFacts};
use crate::model::event::Happening;
use crate::model::notice::Notice;
use crate::snapshot::RecordFacts;
use crate::sources::watch::Watch;
use crate::sources::{dns, http, route53, server_addresses, targets};
use crate::views::dashboard::Theme;

/// After this time without an answer the user is told what is being waited for.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// Measures until something ends it, then prints what there is.
pub(super) fn watch(
    settings: &Settings,
    purpose: &Purpose,
    mode: Mode,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let background = runtime()?;
    let early = CancellationToken::new();
    let endings = background.block_on(async { ending::listen(&early) })?;
    let prepared = match background.block_on(prepare_or_end(settings, &early, &endings, mode)) {
        Ok(prepared) => prepared,
        Err(failure) => {
            // Dropping the runtime would wait for a look-up of the system that nothing can interrupt.
            background.shutdown_background();
            return Err(failure);
        }
    };
    let started = clock::now();
    let stop = CancellationToken::new();
    let facts = facts(settings, &prepared, purpose, started);
    for note in &facts.notes {
        // Where there is no place for permanent lines, it is said at least once.
        prepared
            .tally
            .event(started.wall, Happening::Noticed(note.clone()));
    }
    let judge = Judge::new(facts);
    let route53 = prepared.route53.clone();
    let (watch, threads) = start(
        settings,
        prepared,
        started,
        &stop,
        background,
        purpose.panics_in("probe"),
    )?;
    let observer = Observer {
        watch,
        judge,
        route53,
        started,
        duration: settings.run.duration,
        check: (*purpose == Purpose::Check).then(Check::default),
        panics: purpose.panics_in("observer"),
    };
    let (sign, signs) = sync_channel(1);
    let theme = theme(settings.run.color, environment);
    let sinks = sinks::choose(settings, purpose, mode, theme, &endings, &sign);
    show_run::show(observer, sinks, (sign, signs), &endings, || {
        stop.cancel();
        for thread in threads {
            // A thread that panicked has said so through the hook.
            let _ = thread.join();
        }
    })
}

async fn prepare_or_end(
    settings: &Settings,
    early: &CancellationToken,
    endings: &Endings,
    mode: Mode,
) -> Result<Prepared, Failure> {
    let preparing = prepare(settings);
    tokio::pin!(preparing);
    let tell = tokio::time::sleep(TELL_AFTER);
    tokio::pin!(tell);
    let mut told = mode != Mode::Dashboard && mode != Mode::Text;
    loop {
        tokio::select! {
            result = &mut preparing => return result,
            () = early.cancelled() => {
                let code = endings.poll().map_or(ExitCode::Interrupted, |ending| ending.code);
                return Err(Failure::EndedEarly(code));
            }
            () = &mut tell, if !told => {
                told = true;
                let _ = writeln!(io::stderr(), "r53mon: reading zone {} and asking its name servers ...", settings.route53.zone_id);
            }
        }
    }
}

fn facts(settings: &Settings, prepared: &Prepared, purpose: &Purpose, started: Moment) -> RunFacts {
    let (_, group) = prepared.tally.in_force();
    let mut notes = Vec::new();
    if let Purpose::Demo { note, .. } = purpose {
        notes.extend(note.clone());
    }
    if settings.http.as_ref().is_some_and(|http| http.insecure) {
        notes.push(Notice::Insecure);
    }
    RunFacts {
        record: RecordFacts {
            name: group.name.to_string(),
            record_type: group.record_type,
            zone_id: settings.route53.zone_id.clone(),
            zone_name: prepared.zone.name.to_string(),
            endpoint: settings.run.endpoint.to_string(),
        },
        tps: settings.dns.tps,
        http: settings.http.is_some(),
        criteria: settings.verdict,
        notes,
        started_at: started.wall,
    }
}

/// Starts every task and returns the threads that end when `stop` is cancelled. The one with the signals goes on until
/// the process ends, so that a second Ctrl+C is heard even while the last lines are written.
fn start(
    settings: &Settings,
    prepared: Prepared,
    started: Moment,
    stop: &CancellationToken,
    background: Runtime,
    panic_in_probe: bool,
) -> Result<(Arc<Watch>, Vec<JoinHandle<()>>), Failure> {
    let Prepared {
        route53,
        declared,
        question,
        servers,
        lookup,
        tally,
        targets: schedule,
        checks,
        ..
    } = prepared;
    let mut threads = Vec::new();
    let (requests, wanted) = Watch::queue();
    let http = settings.http.is_some();
    let requests = http.then_some(requests);
    let looks_up = lookup.is_some();
    let watch = Watch::new(question, servers, tally, requests, looks_up, started);
    if let Some(settings) = settings.http.clone() {
        let requesting = http::run(settings, wanted, Arc::clone(&watch), stop.clone());
        threads.push(thread("r53mon-http", requesting)?);
    }
    let probing = dns::run(settings.dns.clone(), Arc::clone(&watch), stop.clone());
    threads.push(thread("r53mon-dns", async move {
        if panic_in_probe {
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                panic!("on purpose, in a task beside the prober");
            });
        }
        probing.await;
    })?);
    background.spawn(checks.run(settings.clone(), Arc::clone(&watch), stop.clone()));
    background.spawn(route53::poll(
        route53,
        declared,
        Arc::clone(&watch),
        settings.route53.poll_interval,
        stop.clone(),
    ));
    if let Some(lookup) = lookup {
        background.spawn(server_addresses::keep_resolved(
            lookup.clone(),
            Arc::clone(&watch),
            stop.clone(),
        ));
        let looking = targets::run(lookup, Arc::clone(&watch), http, schedule, stop.clone());
        background.spawn(looking);
    }
    spawn("r53mon-background", move || {
        background.block_on(std::future::pending::<()>());
    })?;
    Ok((watch, threads))
}

/// A thread with a runtime of its own that ends when the task does, whatever else it has started.
fn thread(
    name: &str,
    task: impl Future<Output = ()> + Send + 'static,
) -> Result<JoinHandle<()>, Failure> {
    let runtime = runtime()?;
    spawn(name, move || {
        runtime.block_on(task);
        runtime.shutdown_background();
    })
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, Failure> {
    Ok(std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)?)
}

pub(super) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

fn theme(choice: ColorChoice, environment: &Environment) -> Theme {
    // The dashboard has a terminal; otherwise the theme is not looked at.
    if colored(choice, environment, true) {
        Theme::colored()
    } else {
        Theme::plain()
    }
}

/// <https://no-color.org> and <https://bixense.com/clicolors>: an explicit choice wins, then the force, then the refusal.
pub(super) fn colored(choice: ColorChoice, environment: &Environment, terminal: bool) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment.is_set("NO_COLOR") => false,
        ColorChoice::Auto => {
            environment.is_set("CLICOLOR_FORCE")
                || (terminal && environment.get("TERM") != Some("dumb"))
        }
    }
}
