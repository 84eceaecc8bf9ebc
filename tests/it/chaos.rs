//! The binary in a small world in which everything goes wrong, as a script says that follows from a seed.
//!
//! A few seconds by default; `R53MON_CHAOS_SECONDS` makes it hours, and `R53MON_CHAOS_SEED` draws another script. A run that
//! fails says with which line it is had again.
//!
//! All that is asserted of times is by the clock of the run, as its own output tells it: a machine that is busy makes it slower
//! and not wrong.

#![expect(
    clippy::print_stderr,
    reason = "whoever reads of a failure wants to know what went wrong before it, and how to have it again"
)]

use std::collections::BTreeMap;
use std::io::BufRead;
use std::time::{Duration, Instant};

use r53mon::model::share::as_f64;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;
use tokio::sync::mpsc;

use crate::program::{PATIENCE, Run, now, r53mon, signal};
use crate::route53::ZONE_ID;

mod script;
mod world;

use script::{Act, Fault, Place, SERVERS, script};
use world::{TIMEOUT, World};

/// What is drawn where no seed is given.
const SEED: u64 = 53;
/// How long things go wrong where nothing else is wanted.
const SECONDS: u64 = 7;
/// Everything of the list is met within this time, what comes from the API excepted ...
const ALL_MET_WITHIN: u64 = 30;
/// ... which is asked rarely.
const API_MET_WITHIN: u64 = 100;
/// Queries a second.
const TPS: u32 = 40;
/// So long after a fault all is as it was.
const RECOVERED_AFTER: f64 = 5.0;
/// Nothing goes wrong until the run has been at work for so long.
const WARM: f64 = 1.5;
/// From one beat of the program to the next, and a little more: what it cannot know better of a pause.
const BEAT: f64 = 0.3;
/// What was answered longer ago says nothing of now (`TPS` is more than ten).
const FRESH: f64 = 5.0;
/// The longest that an API which asked for patience is not asked.
const API_ASKED_WITHIN: f64 = 75.0;

/// What a process may have more of at the end than it had when it was warm.
const MORE_KIB: u64 = 12 * 1024;
const MORE_THREADS: u64 = 4;
const MORE_DESCRIPTORS: u64 = 16;

#[expect(
    clippy::disallowed_methods,
    reason = "how long and with which seed is for whoever starts the test to say"
)]
fn wanted(name: &str, usual: u64) -> u64 {
    let text = std::env::var(name);
    text.map_or(usual, |text| text.parse().expect("a whole number"))
}

#[test]
fn whatever_goes_wrong_the_numbers_add_up_and_all_is_well_soon_after() {
    let seed = wanted("R53MON_CHAOS_SEED", SEED);
    let seconds = wanted("R53MON_CHAOS_SECONDS", SECONDS);
    eprintln!(
        "once more: R53MON_CHAOS_SEED={seed} R53MON_CHAOS_SECONDS={seconds} cargo test --locked --test it chaos:: -- --nocapture"
    );
    let acts = script(seed, Duration::from_secs(seconds));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let met = runtime
        .expect("a runtime")
        .block_on(Box::pin(play(seed, &acts, seconds)));
    eprintln!("met: {met:?}");
    for place in Place::all() {
        let is_long_enough = match place {
            Place::Api => seconds >= API_MET_WITHIN,
            _ => seconds >= ALL_MET_WITHIN || (seed, seconds) == (SEED, SECONDS),
        };
        for fault in place.faults().iter().filter(|_| is_long_enough) {
            assert!(met.contains_key(fault), "{fault:?} never happened");
        }
    }
    assert!(met.contains_key(&Fault::FullDisk) || seed.is_multiple_of(2));
}

/// Runs the program through all that. Returns which faults showed how often.
async fn play(seed: u64, acts: &[Act], seconds: u64) -> BTreeMap<Fault, u64> {
    let world = World::start(seed).await;
    let log = if seed.is_multiple_of(2) {
        "r53mon.log"
    } else {
        world.weather().note(Fault::FullDisk);
        "/dev/full"
    };
    let servers = world.name_servers().map(|address| format!("-n {address} "));
    let line = format!(
        "watch -e {} -z {ZONE_ID} {}-t {TPS} --poll-interval 5s --http-timeout 1s -o ndjson --log-file {log} \
         --log-level debug",
        world.endpoint(),
        servers.collect::<String>(),
    );
    let url = world.api_url();
    let mut run = r53mon(&line)
        .env("AWS_ENDPOINT_URL_ROUTE_53", &url)
        .env("AWS_ACCESS_KEY_ID", "chaos")
        .env("AWS_SECRET_ACCESS_KEY", "chaos")
        .start();
    let mut stage = Stage {
        lines: lines_of(&mut run),
        process: run.id(),
        seen: Seen::default(),
        world,
    };
    stage.until(|seen| seen.uptime >= WARM).await;
    let warm = Size::of(stage.process);
    eprintln!("warm: {warm:?}");
    stage.follow(acts).await;
    // A run that has just been stopped told something the last time long before.
    let end = stage.seen.uptime_by_now().expect("it has begun");
    let responses = stage.seen.responses;
    stage
        .until(|seen| seen.uptime >= end + RECOVERED_AFTER + 1.0)
        .await;
    let after = &stage.seen;
    assert!(
        after.servers.iter().all(|server| server.answered),
        "{after:?}"
    );
    assert!(
        after.responses > responses,
        "no response any more: {after:?}"
    );
    if seconds >= API_MET_WITHIN {
        // What was not there when the API was asked is there until it is.
        for &fault in Place::Api.faults() {
            let is_met = |world: &World| world.weather().met.contains_key(&fault);
            let until = stage.seen.uptime + API_ASKED_WITHIN;
            stage.world.weather().set(Place::Api, Some(fault));
            while !is_met(&stage.world) && stage.seen.uptime < until {
                let uptime = stage.seen.uptime;
                stage.until(|seen| seen.uptime > uptime).await;
            }
            stage.world.weather().set(Place::Api, None);
        }
        let (reads, end) = (stage.seen.reads, stage.seen.uptime);
        stage
            .until(|seen| seen.reads > reads || seen.uptime > end + API_ASKED_WITHIN)
            .await;
        assert!(stage.seen.reads > reads, "the API is never read again");
    }
    let calm = stage.calm_size().await;
    eprintln!("at the end: {calm:?}");
    calm.check_against(&warm);
    signal(stage.process, "TERM");
    while let Some(line) = stage.lines.recv().await {
        stage.seen.look(&line);
    }
    assert!(stage.seen.reported, "there is a report");
    // What was asked last may still wait to be read here.
    let ended = now();
    while stage.world.weather().questions < stage.seen.sent && ended.elapsed() < PATIENCE {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let outcome = run.finish(PATIENCE).expect_code(143);
    let log = std::fs::read_to_string(outcome.home.path().join("r53mon.log"));
    for text in [&outcome.stderr, &log.unwrap_or_default()] {
        assert!(!text.contains("panic"), "{text}");
    }
    let weather = stage.world.weather();
    let (questions, answers) = (weather.questions, weather.answers);
    let told = &stage.seen;
    assert!(told.sent <= questions, "{} > {questions}", told.sent);
    assert!(told.named <= answers, "{} > {answers}", told.named);
    let is_short = weather.met.contains_key(&Fault::Descriptors);
    assert_eq!(told.was_short, is_short, "descriptors: {:?}", weather.met);
    let has_no_log = weather.met.contains_key(&Fault::FullDisk);
    assert_eq!(told.has_no_log, has_no_log, "the log: {:?}", weather.met);
    weather.met.clone()
}

/// Everything that it writes, line by line.
fn lines_of(run: &mut Run) -> mpsc::UnboundedReceiver<String> {
    let stdout = run.take_stdout();
    let (sender, lines) = mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// A run and its world.
struct Stage {
    world: World,
    process: u32,
    lines: mpsc::UnboundedReceiver<String>,
    seen: Seen,
}

impl Stage {
    /// Looks at what the run writes until it is so.
    async fn until(&mut self, is_so: impl Fn(&Seen) -> bool) {
        let began = now();
        while !is_so(&self.seen) {
            let line = tokio::time::timeout(PATIENCE, self.lines.recv()).await;
            let line = line.expect("it writes something every second");
            self.seen.look(&line.expect("it goes on"));
            assert!(began.elapsed() < 6 * PATIENCE, "in vain: {:?}", self.seen);
        }
    }

    /// The least that the process has at some ticks: at one of them much may be under way.
    async fn calm_size(&mut self) -> Size {
        let mut least = Size::of(self.process);
        for _ in 0..3 {
            let uptime = self.seen.uptime;
            self.until(|seen| seen.uptime > uptime).await;
            let size = Size::of(self.process);
            least = Size {
                kib: least.kib.min(size.kib),
                threads: least.threads.min(size.threads),
                descriptors: least.descriptors.min(size.descriptors),
            };
        }
        least
    }

    /// Has everything go wrong in its time.
    async fn follow(&mut self, acts: &[Act]) {
        let began = tokio::time::Instant::from_std(now());
        let begins = acts.iter().map(|act| (act.at, act, true));
        let mut turns: Vec<_> = begins
            .chain(acts.iter().map(|act| (act.until(), act, false)))
            .collect();
        turns.sort_by_key(|&(at, ..)| at);
        for (at, act, begins) in turns {
            loop {
                tokio::select! {
                    () = tokio::time::sleep_until(began + at) => break,
                    line = self.lines.recv() => {
                        self.seen.look(&line.expect("it goes on"));
                        self.world.forget();
                    }
                }
            }
            if begins {
                eprintln!("{act}");
            }
            self.turn(act, begins);
        }
    }

    /// A fault begins or ends.
    fn turn(&mut self, act: &Act, begins: bool) {
        match act.fault {
            Fault::Sleep => signal(self.process, if begins { "STOP" } else { "CONT" }),
            Fault::Descriptors => limit_descriptors(self.process, begins.then_some(3)),
            _ => {}
        }
        let mut weather = self.world.weather();
        weather.set(act.place, begins.then_some(act.fault));
        if begins && matches!(act.fault, Fault::Sleep | Fault::Descriptors) {
            weather.note(act.fault);
        }
        self.seen.turn(act.place, begins);
    }
}

/// How many files the process may have open; `None`: as many as ever.
fn limit_descriptors(process: u32, limit: Option<u64>) {
    let pid = Pid::from_raw(process.cast_signed());
    let most = rustix::process::getrlimit(Resource::Nofile).maximum;
    let limit = Rlimit {
        current: limit.or(most),
        maximum: most,
    };
    prlimit(pid, Resource::Nofile, limit).expect("the process is ours");
}

/// What is seen of a run in its own words. Times are seconds since its start.
#[derive(Debug, Default)]
struct Seen {
    /// Of the newest moment that it told.
    uptime: f64,
    /// When it began, by the clock of the test; a little late rather than early.
    began: Option<Instant>,
    sent: u64,
    named: u64,
    /// Answers that keep it from being blind, and when there were more of them the last time.
    telling: u64,
    told_at: f64,
    /// Pauses of the process: of how long it told since the last moment, and since there were more answers.
    stood_still: f64,
    stood_still_since_told: f64,
    /// The first moment that may be one after the last long pause, while nothing was heard since.
    unheard_since: Option<f64>,
    /// Where things are wrong.
    wrong: Vec<Place>,
    /// By name server.
    servers: [Recovering; SERVERS],
    responses: u64,
    /// How often the API was read.
    reads: u64,
    reported: bool,
    /// It has said that it may open no further file, and that its log is not whole.
    was_short: bool,
    has_no_log: bool,
}

/// What is known of a name server since something was wrong with it the last time.
#[derive(Clone, Copy, Debug, Default)]
struct Recovering {
    /// When that was over.
    since: f64,
    /// How much it had been asked by then, and answered.
    at_its_end: Option<(u64, u64)>,
    answered: bool,
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What does not fit is shown with what the run said.
#[track_caller]
fn check(holds: bool, what: &str, told: &Value) {
    assert!(holds, "{what}: {told}");
}

/// All that was asked is accounted for.
fn check_sums(queries: &Value) {
    let parts = ["named", "ambiguous", "unknown", "cached", "in_flight"];
    let parts: u64 = parts.iter().map(|part| number(&queries[part])).sum();
    let faults = queries["faults"].as_object().expect("faults");
    let faults: u64 = faults.values().map(number).sum();
    check(
        number(&queries["sent"]) == parts + faults,
        "does not add up",
        queries,
    );
    // An answer may wait for look-ups for two seconds more.
    let most = u64::from(TPS) * (2 * TIMEOUT.as_secs() + 1);
    check(
        number(&queries["in_flight"]) <= most,
        "lost on the way",
        queries,
    );
}

impl Seen {
    /// A fault begins or ends somewhere.
    fn turn(&mut self, place: Place, begins: bool) {
        self.wrong.retain(|other| *other != place);
        if begins {
            self.wrong.push(place);
        }
        let Some(since) = self.uptime_by_now() else {
            return;
        };
        for (number, server) in self.servers.iter_mut().enumerate() {
            if [Place::Machine, Place::Server(number)].contains(&place) {
                *server = Recovering {
                    since,
                    ..Recovering::default()
                };
            }
        }
    }

    /// For how long it runs; rather a little less.
    fn uptime_by_now(&self) -> Option<f64> {
        self.began.map(|began| began.elapsed().as_secs_f64())
    }

    fn look(&mut self, line: &str) {
        self.was_short |= line.contains("EMFILE");
        self.has_no_log |= line.contains("/dev/full");
        let told: Value = serde_json::from_str(line).expect("a line of JSON");
        match text(&told["schema"]) {
            "r53mon.event/1" if told["kind"] == "stood_still" => {
                let length = told["stood_still_s"].as_f64().expect("a length");
                eprintln!("{}", text(&told["message"]));
                self.stood_still += length;
                self.stood_still_since_told += length;
                if length > FRESH {
                    // It began after the last tick, or hardly before.
                    self.unheard_since = Some(self.uptime + length - BEAT);
                }
            }
            "r53mon.event/1" => {}
            "r53mon.tick/1" => self.look_at_tick(&told),
            "r53mon.report/1" => {
                self.reported = true;
                check_sums(&told["queries"]);
                self.sent = number(&told["queries"]["sent"]);
                self.named = number(&told["queries"]["named"]);
            }
            other => panic!("{other} is unknown"),
        }
    }

    fn look_at_tick(&mut self, told: &Value) {
        let uptime = told["duration_s"].as_f64().expect("a time");
        let began =
            (now().checked_sub(Duration::from_secs_f64(uptime))).expect("a time after boot");
        self.began = Some(self.began.map_or(began, |before| before.min(began)));
        let queries = &told["queries"];
        let servers = told["name_servers"].as_array().expect("a list");
        check_sums(queries);
        check_sums(&told["segment"]["queries"]);
        servers.iter().for_each(check_sums);
        let sent = servers.iter().map(|server| number(&server["sent"]));
        check(
            number(&queries["sent"]) == sent.sum::<u64>(),
            "servers are not all",
            told,
        );
        self.check_rate(uptime, told);
        let telling = ["named", "undeclared", "cached"].map(|part| number(&queries[part]));
        let telling = telling.into_iter().sum();
        if telling > self.telling {
            (self.telling, self.told_at) = (telling, uptime);
            self.stood_still_since_told = 0.0;
        }
        self.check_verdict(uptime, told);
        for (place, server) in servers.iter().enumerate() {
            self.check_recovery(place, uptime, server);
        }
        let http = &told["http"];
        self.responses = number(&http["requests"]) - number(&http["failures"]);
        let configuration = &told["configuration"];
        self.reads = number(&configuration["polls"]) - number(&configuration["failures"]);
        self.uptime = uptime;
        self.named = number(&queries["named"]);
    }

    /// No more than was wanted, after a pause too.
    fn check_rate(&mut self, uptime: f64, told: &Value) {
        let tps = f64::from(TPS);
        let counted = |seconds: f64| seconds.max(0.0) * tps + 2.0;
        let sent = number(&told["queries"]["sent"]);
        let all = sent + number(&told["rate"]["skipped"]);
        // What is read may be a little younger than the time that is told of it.
        check(
            as_f64(all) <= counted(uptime + BEAT),
            "more than was due",
            told,
        );
        let at_work = uptime - self.uptime - std::mem::take(&mut self.stood_still);
        let more = sent.saturating_sub(self.sent);
        check(
            as_f64(more) <= counted(at_work + 2.0 * BEAT),
            "a burst",
            told,
        );
        self.sent = sent;
    }

    /// It says nothing of what is served without answers that are fresh.
    fn check_verdict(&mut self, uptime: f64, told: &Value) {
        let state = text(&told["verdict"]["state"]);
        let silence = uptime - self.told_at - self.stood_still_since_told;
        let is_fresh = silence <= FRESH + BEAT;
        check(
            is_fresh || ["", "blind"].contains(&state),
            "not blind",
            told,
        );
        let servers = told["name_servers"].as_array().expect("a list");
        let ages = servers
            .iter()
            .filter_map(|server| server["last_answer_age_s"].as_f64());
        let youngest = ages.fold(f64::INFINITY, f64::min);
        if self
            .unheard_since
            .is_some_and(|since| uptime - youngest < since)
        {
            let speaks = ["match", "mismatch"].contains(&state);
            check(!speaks, "of before a pause", told);
        } else {
            self.unheard_since = None;
        }
    }

    /// A name server that works again is heard soon.
    fn check_recovery(&mut self, place: usize, uptime: f64, told: &Value) {
        let is_wrong = |place| self.wrong.contains(&place);
        if is_wrong(Place::Machine) || is_wrong(Place::Server(place)) {
            return;
        }
        let server = &mut self.servers[place];
        if uptime < server.since {
            return;
        }
        let (sent, named) = (number(&told["sent"]), number(&told["named"]));
        let (sent_before, named_before) = *server.at_its_end.get_or_insert((sent, named));
        server.answered |= named > named_before;
        // A run that was kept from asking is none that was not answered.
        let had_its_chance = f64::from(TPS) * RECOVERED_AFTER / 4.0 / 2.0;
        let asked = as_f64(sent.saturating_sub(sent_before));
        if uptime > server.since + RECOVERED_AFTER && asked >= had_its_chance {
            check(server.answered, "has not recovered", told);
        }
    }
}

/// How large a process is.
#[derive(Clone, Copy, Debug)]
struct Size {
    kib: u64,
    threads: u64,
    descriptors: u64,
}

impl Size {
    fn of(process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.expect("the process is there");
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            let value = line.and_then(|line| line.split_whitespace().next());
            value
                .and_then(|value| value.parse().ok())
                .expect("a number")
        };
        let open = std::fs::read_dir(format!("/proc/{process}/fd"));
        Self {
            kib: field("VmRSS:"),
            threads: field("Threads:"),
            descriptors: open.expect("the process is ours").count() as u64,
        }
    }

    fn check_against(&self, warm: &Self) {
        assert!(self.kib <= warm.kib + MORE_KIB, "{self:?} after {warm:?}");
        let threads = warm.threads + MORE_THREADS;
        assert!(self.threads <= threads, "{self:?} after {warm:?}");
        let descriptors = warm.descriptors + MORE_DESCRIPTORS;
        assert!(self.descriptors <= descriptors, "{self:?} after {warm:?}");
    }
}
