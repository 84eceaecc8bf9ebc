//! One run: the tasks, their threads, and the order in which they end.
//!
//! The tasks have three threads: one asks the name servers and nothing else; one makes HTTP requests; one talks to AWS and
//! resolvers. They meet in the watched record only, which an observer reads.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::ending::Endings;
use super::observer::Observer;
use super::prepare::{Prepared, prepare};
use super::purpose::{CheckRules, Mode, Purpose, colored, start_log};
use super::threads::{runtime, spawn, spawn_task};
use super::watched::WatchedRecord;
use super::{show_run, sinks};
use crate::cli::PanicPlace;
use crate::clock::{self, Moment};
use crate::config::Settings;
use crate::config::environment::Environment;
use crate::error::{ExitCode, Failure};
use crate::judge::{Judge, RunFacts};
use crate::model::event::Happening;
use crate::model::notice::Notice;
use crate::model::obstacle::Obstacle;
use crate::snapshot::RecordFacts;
use crate::sources::pacer::Pacer;
use crate::sources::watch::Watch;
use crate::sources::{dns, http, route53, server_addresses, targets};
use crate::verdict::{GRACE, IN_SYNC_GRACE, Start};
use crate::views::dashboard::Theme;
use crate::views::{format, words};

/// After this time without an answer the user is told what is being waited for.
const TELL_AFTER: Duration = Duration::from_secs(1);

/// Starts the log and measures until something ends it, then prints what there is.
pub(super) fn watch(
    settings: &Settings,
    purpose: &Purpose,
    mode: Mode,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let began = clock::now();
    start_log(settings, mode)?;
    if let Purpose::Check(rules) = purpose {
        warn_of_a_short_check(settings, *rules);
    }
    let background = runtime()?;
    let endings = Endings::listen()?;
    let prepared = match background.block_on(prepare_or_end(settings, &endings, mode, began)) {
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
        let noticed = Happening::Noticed(note.clone());
        prepared.tally.event(started.wall, noticed);
    }
    let reader = prepared.reader.clone();
    let panics_in = purpose.panics_in();
    let (watch, threads) = start(settings, prepared, started, &stop, background, panics_in)?;
    let observer = Observer {
        record: WatchedRecord {
            watch,
            judge: Judge::new(facts),
            reader,
        },
        // It is counted from the start of the command: a start that took long leaves less.
        duration: (settings.run.duration)
            .map(|duration| duration.saturating_sub(started.since(began))),
        check: match purpose {
            Purpose::Check(rules) => Some(Check::new(*rules)),
            Purpose::Watch | Purpose::Demo { .. } => None,
        },
        panics_in,
    };
    let (sign, signs) = sync_channel(1);
    // The dashboard has a terminal; otherwise the theme is not looked at.
    let theme = if colored(settings.run.color, environment, true) {
        Theme::colored()
    } else {
        Theme::plain()
    };
    let sinks = sinks::choose(settings, purpose, mode, theme, &endings, &sign);
    show_run::show(observer, sinks, (sign, signs), &endings, || {
        stop.cancel();
        for thread in threads {
            // A thread that panicked has said so through the hook.
            let _ = thread.join();
        }
    })
}

/// Says at once which endings a check is too short for.
fn warn_of_a_short_check(settings: &Settings, rules: CheckRules) {
    // With a change that is in sync at the start alarms are armed a minute later.
    let armed_after = match settings.route53.change_id {
        Some(_) => IN_SYNC_GRACE,
        None => GRACE,
    };
    let duration = settings.run.duration;
    if duration.is_some_and(|duration| duration < armed_after) && !rules.settled {
        let text = words::short_check(&format::span(armed_after));
        // Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "r53mon: {text}");
    }
}

async fn prepare_or_end(
    settings: &Settings,
    endings: &Endings,
    mode: Mode,
    began: Moment,
) -> Result<Prepared, Failure> {
    let telling = async {
        if matches!(mode, Mode::Dashboard | Mode::Text) {
            tokio::time::sleep(TELL_AFTER).await;
            let zone = &settings.route53.zone_id;
            // Nobody is left to tell when stderr cannot be written.
            let _ = writeln!(io::stderr(), "r53mon: {}", words::reading(zone));
        }
        std::future::pending().await
    };
    let duration = settings.run.duration;
    let time_up = async {
        match duration {
            Some(duration) => tokio::time::sleep_until(began.instant + duration).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        result = prepare(settings) => result,
        () = time_up => Err(Failure::Measure(no_time_left(duration.unwrap_or_default()))),
        code = endings.signalled() => Err(Failure::EndedEarly(code)),
        never = telling => never,
    }
}

/// The time was up before there was anything to measure.
fn no_time_left(duration: Duration) -> Obstacle {
    let duration = humantime::format_duration(duration).to_string();
    Obstacle {
        cause: Some(words::NOT_ALL_ANSWERED.to_owned()),
        ..Obstacle::new(words::no_time_left(&duration))
    }
    .cure(words::GIVE_TIME)
}

fn facts(settings: &Settings, prepared: &Prepared, purpose: &Purpose, started: Moment) -> RunFacts {
    let (_, group) = prepared.tally.in_force();
    let of_demo = match purpose {
        Purpose::Demo { note, .. } => note.clone(),
        Purpose::Watch | Purpose::Check(_) => None,
    };
    let insecure = settings.http.as_ref().is_some_and(|http| http.insecure);
    let insecure = insecure.then_some(Notice::Insecure);
    RunFacts {
        record: RecordFacts {
            name: group.name.to_string(),
            record_type: group.record_type,
            zone_id: settings.route53.zone_id.clone(),
            zone_name: prepared.zone_name.to_string(),
            api_url: prepared.api_url.clone(),
            endpoint: settings.run.endpoint.to_string(),
        },
        tps: settings.dns.tps,
        http: settings.http.is_some(),
        criteria: settings.verdict,
        max_unknown: settings.run.max_unknown,
        start: if settings.run.settled {
            Start::Settled
        } else {
            Start::Unknown
        },
        notes: of_demo.into_iter().chain(insecure).collect(),
        started_at: started.wall,
    }
}

/// Starts every task and returns the threads that end when `stop` is cancelled.
fn start(
    settings: &Settings,
    prepared: Prepared,
    started: Moment,
    stop: &CancellationToken,
    background: Runtime,
    panics_in: Option<PanicPlace>,
) -> io::Result<(Arc<Watch>, Vec<JoinHandle<()>>)> {
    let Prepared {
        reader,
        declared,
        question,
        servers,
        lookup,
        tally,
        targets: schedule,
        checks,
        change,
        ..
    } = prepared;
    let stop = || stop.clone();
    let mut threads = Vec::new();
    let (requests, wanted) = Watch::queue();
    let http = settings.http.is_some();
    let requests = http.then_some(requests);
    let looks_up = lookup.is_some();
    let watch = Watch::new(question, servers, tally, requests, looks_up, started);
    let watched = || Arc::clone(&watch);
    if let Some(settings) = settings.http.clone() {
        let requests = http::Requests {
            settings,
            watch: watched(),
            wanted,
        };
        let requesting = http::run(http::Requester::default(), vec![requests], stop());
        threads.push(spawn_task("http", requesting)?);
    }
    let pacer = Pacer::new(started.instant, settings.dns.tps);
    let probing = dns::run(pacer, settings.dns.timeout, vec![watched()], stop());
    threads.push(spawn_task("dns", async move {
        if panics_in == Some(PanicPlace::Probe) {
            tokio::spawn(async {
                tokio::time::sleep(Duration::from_secs(1)).await;
                panic!("on purpose, in a task beside the prober");
            });
        }
        probing.await;
    })?);
    background.spawn(checks.run(settings.clone(), watched(), stop()));
    if let Some(id) = change {
        let every = route53::CHANGE_EVERY;
        let following = route53::follow_change(reader.clone(), id, watched(), every, stop());
        background.spawn(following);
    }
    let every = settings.route53.poll_interval;
    background.spawn(route53::poll(reader, declared, watched(), every, stop()));
    if let Some(lookup) = lookup {
        let resolving = server_addresses::keep_resolved(lookup.clone(), watched(), stop());
        background.spawn(resolving);
        background.spawn(targets::run(lookup, watched(), http, schedule, stop()));
    }
    spawn("background", move || {
        background.block_on(std::future::pending::<()>());
    })?;
    Ok((watch, threads))
}
