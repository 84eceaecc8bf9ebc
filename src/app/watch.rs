//! One run: the tasks, their threads, and the order in which they end.
//!
//! The tasks have three threads: one asks the name servers and nothing else; one makes HTTP requests; one talks to AWS and
//! resolvers. They meet in the watched record only, which an observer reads.

use std::io::{self, IsTerminal, PipeReader, Write, pipe};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::mpsc::unbounded_channel;
use tokio_util::sync::CancellationToken;

use super::check::Check;
use super::ending::Endings;
use super::hand::Hand;
use super::looks::Looks;
use super::observer::Observer;
use super::prepare::{Prepared, prepare};
use super::purpose::{CheckRules, Mode, Purpose, start_log};
use super::sinks::asked::Asked;
use super::sinks::clipboard::Between;
use super::sinks::junit::Junit;
use super::threads::{named, runtime, spawn, spawn_task};
use super::watched::WatchedRecord;
use super::{show_run, sinks, suspend};
use crate::cli::PanicPlace;
use crate::clock::{self, Moment};
use crate::config::environment::Environment;
use crate::config::{Access, Settings};
use crate::error::{ExitCode, Failure};
use crate::judge::{Judge, RunFacts};
use crate::model::declared::Tool;
use crate::model::event::Happening;
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::language::Both;
use crate::model::notice::Notice;
use crate::model::obstacle::Obstacle;
use crate::model::text::visible;
use crate::snapshot::RecordFacts;
use crate::sources::pacer::Pacer;
use crate::sources::watch::Watch;
use crate::sources::{dns, http, named_resolvers, route53, server_addresses, targets};
use crate::verdict::{GRACE, IN_SYNC_GRACE, Start};
use crate::views::words::doctor::step;
use crate::views::{format, words};

/// A start that takes longer tells of each of its steps as soon as it is done: to somebody at a terminal, and to anybody else.
const TELL_AFTER: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(1));
/// The steps that are told where all is well; the others say little then.
const STEPS: [CheckId; 4] = [
    CheckId::Credentials,
    CheckId::Zone,
    CheckId::Record,
    CheckId::Authoritative,
];

/// Starts the log and measures until something ends it, then prints what there is.
pub(super) fn watch(
    settings: &Settings,
    purpose: &Purpose,
    mode: Mode,
    environment: &Environment,
) -> Result<ExitCode, Failure> {
    let began = clock::now();
    start_log(settings, mode)?;
    let mut junit = None;
    if let Purpose::Check(rules) = purpose {
        warn_of_a_short_check(settings, *rules);
        let file = settings.run.junit.as_deref().map(Junit::create);
        junit = file.transpose().map_err(Failure::Usage)?;
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
    let pacer = Pacer::new(started.instant, settings.dns.tps);
    let rate = pacer.rate();
    // The prober waits in a call of the system, which hears of its end by this.
    let (asks_on, asks) = pipe().map_err(named)?;
    let (watch, threads) = start(
        settings,
        prepared,
        started,
        (pacer, asks_on),
        &stop,
        background,
        panics_in,
    )?;
    let hand = Hand::new(
        Arc::clone(&watch),
        reader.clone(),
        rate,
        settings.http.is_some(),
    );
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
        undelivered: Arc::default(),
    };
    let undelivered = Arc::clone(&observer.undelivered);
    let (sign, signs) = sync_channel(1);
    if mode == Mode::Dashboard {
        suspend::listen()?;
    }
    let asked = Asked::new(hand, Between::of(environment));
    let looks = Looks::of(settings, environment);
    let sinks = sinks::choose(
        settings,
        purpose,
        mode,
        (looks, asked),
        (junit, &undelivered),
        &endings,
        &sign,
    );
    show_run::show(observer, sinks, (sign, signs), &endings, || {
        stop.cancel();
        drop(asks);
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
    let (steps, mut found) = unbounded_channel();
    let tells = matches!(mode, Mode::Dashboard | Mode::Text);
    let (soon, later) = TELL_AFTER;
    let patience = if io::stderr().is_terminal() {
        soon
    } else {
        later
    };
    let duration = settings.run.duration;
    let time_up = async {
        match duration {
            Some(duration) => tokio::time::sleep_until(began.instant + duration).await,
            None => std::future::pending().await,
        }
    };
    let preparing = async {
        tokio::select! {
            result = prepare(settings, steps) => result,
            () = time_up => Err(Failure::Measure(no_time_left(duration.unwrap_or_default()))),
            code = endings.signalled() => Err(Failure::EndedEarly(code)),
        }
    };
    let telling = async {
        tokio::time::sleep(patience).await;
        while let Some(finding) = found.recv().await {
            tell_step(&finding);
        }
        std::future::pending().await
    };
    let result = tokio::select! {
        result = preparing => result,
        never = telling, if tells => never,
    };
    // What was found last.
    if tells && clock::now().since(began) >= patience {
        while let Ok(finding) = found.try_recv() {
            tell_step(&finding);
        }
    }
    result
}

/// Says what a step of the start has found. What fails is told by the error that ends the start.
fn tell_step(finding: &Finding) {
    let is_told = match finding.status {
        Status::Ok => STEPS.contains(&finding.check),
        Status::Warning => true,
        Status::Failed | Status::Skipped => false,
    };
    if is_told {
        // Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "r53mon: {}", visible(&step(finding)));
    }
}

/// The time was up before there was anything to measure.
fn no_time_left(duration: Duration) -> Obstacle {
    let duration = humantime::format_duration(duration).to_string();
    Obstacle {
        cause: Some(words::NOT_ALL_ANSWERED.into()),
        ..Obstacle::new(Both::of(|| words::no_time_left(&duration)))
    }
    .cure(words::GIVE_TIME)
}

fn facts(settings: &Settings, prepared: &Prepared, purpose: &Purpose, started: Moment) -> RunFacts {
    let (_, group) = prepared.tally.in_force();
    let of_demo = match purpose {
        Purpose::Demo { notes, .. } => notes.clone(),
        Purpose::Watch | Purpose::Check(_) => Vec::new(),
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
            tool: Tool {
                iac: settings.run.iac,
                profile: settings.route53.access.named_profile().map(str::to_owned),
                api_url: match &settings.route53.access {
                    Access::Fixed { url, .. } => Some(url.clone()),
                    Access::Chain { .. } => prepared.api_url.clone(),
                },
            },
        },
        tps: settings.dns.tps,
        http: settings.http.is_some(),
        criteria: settings.verdict,
        max_unknown: settings.run.max_unknown,
        window: settings.run.window,
        http_margin: settings.run.http_margin,
        http_max_tps: settings.http.as_ref().and_then(|http| http.max_tps),
        gates: settings.run.gates.clone(),
        start: if settings.run.settled {
            Start::Settled
        } else {
            Start::Unknown
        },
        notes: of_demo.into_iter().chain(insecure).collect(),
        plan: settings.run.plan.clone(),
        started_at: started.wall,
    }
}

/// Starts every task and returns the threads that end when `stop` is cancelled.
fn start(
    settings: &Settings,
    prepared: Prepared,
    started: Moment,
    (pacer, asks_on): (Pacer, PipeReader),
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
    let (timeout, records) = (settings.dns.timeout, vec![watched()]);
    threads.push(spawn("dns", move || {
        dns::run(pacer, timeout, records, &asks_on);
    })?);
    if panics_in == Some(PanicPlace::Probe) {
        background.spawn(async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            panic!("on purpose, in a task beside the prober");
        });
    }
    background.spawn(checks.run(settings.clone(), watched(), stop()));
    if let Some(id) = change {
        let every = route53::CHANGE_EVERY;
        let following = route53::follow_change(reader.clone(), id, watched(), every, stop());
        background.spawn(following);
    }
    let every = settings.route53.poll_interval;
    background.spawn(route53::poll(reader, declared, watched(), every, stop()));
    if !settings.dns.resolvers.is_empty() {
        let (resolvers, timeout) = (settings.dns.resolvers.clone(), settings.dns.timeout);
        background.spawn(named_resolvers::run(resolvers, timeout, watched(), stop()));
    }
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
