//! The measuring engine alone, asked for more than it can: the prober with its sockets, the checks of replies, attribution and
//! tally, without a schedule that lets it sleep. What counts is how many answers it brings home in a second of processor time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use r53mon::clock;
use r53mon::model::name::RecordName;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::share::as_f64;
use r53mon::sources::servers::ServerList;
use tokio_util::sync::CancellationToken;

use crate::accounted::account;
use crate::contenders::{dnsperf, is_installed};
use crate::figures::{Sample, table};
use crate::line::Line;
use crate::world::World;
use crate::{Options, Trouble, floor, watched};

/// The word by which this program knows that it is the engine.
pub const ROLE: &str = "as-engine";
const SECONDS: u64 = 3;
const ROUNDS: u32 = 3;
/// A query every microsecond, which nobody can send.
const UNPACED: u32 = 1_000_000;
/// So often the counters are read, as the observer does.
const TICK: Duration = Duration::from_millis(100);

/// Asks as often as it can, and writes how many answers came.
pub fn run(plan: &[String]) -> Result<(), Trouble> {
    let [name, seconds, servers @ ..] = plan else {
        return Err("the engine needs a name, a number of seconds and servers".into());
    };
    let long = Duration::from_secs(seconds.parse()?);
    let addresses: Result<Vec<SocketAddr>, _> = servers.iter().map(|it| it.parse()).collect();
    let set = |(identifier, weight, address): (&str, u64, &str)| {
        let address = address.parse()?;
        Ok::<_, Trouble>(WeightedSet::new(
            identifier,
            weight,
            Target::Addresses(vec![address]),
        ))
    };
    let sets = [("blue", 90, "127.0.0.11"), ("green", 10, "127.0.0.12")].map(set);
    let sets = sets.into_iter().collect::<Result<Vec<_>, _>>()?;
    let group = WeightedGroup::of_weights(RecordName::from_user(name)?, RecordType::A, sets);
    let servers = addresses?.into_iter().enumerate();
    let servers = servers.map(|(number, address)| (format!("ns-{number}"), None, vec![address]));
    let watch = watched::watch(group, ServerList::known(servers.collect()), None, false);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let answered = runtime.block_on(async {
        let stop = CancellationToken::new();
        let probing = watched::probe(
            UNPACED,
            Duration::from_secs(2),
            Arc::clone(&watch),
            stop.clone(),
        );
        let probing = tokio::spawn(probing);
        let began = clock::instant();
        while began.elapsed() < long {
            tokio::time::sleep(TICK).await;
            watch.tick(watch.now());
        }
        stop.cancel();
        probing.await.map(|()| watch.tally.read().outcomes().named)
    })?;
    println!("{answered}");
    Ok(())
}

pub fn measure(options: &Options) -> Result<(), Trouble> {
    let world = World::new(options)?;
    let seconds = options.seconds.unwrap_or(SECONDS);
    let rounds = options.rounds.unwrap_or(ROUNDS);
    let (server, name) = (world.servers[0], &world.name);
    let has_dnsperf = is_installed("dnsperf");
    let mut turns = Vec::new();
    for round in 0..rounds {
        eprintln!("engine: round {} of {rounds}", round + 1);
        let all = world.servers.iter().map(ToString::to_string);
        let all = all.collect::<Vec<_>>().join(" ");
        let mut turn = vec![
            rates(floor::line(server, name, None, seconds)?, seconds)?,
            rates(
                Line::role(ROLE, &format!("{name} {seconds} {all}"))?,
                seconds,
            )?,
        ];
        if has_dnsperf {
            turn.push(rates(
                dnsperf(server, name, &format!("-l {seconds}"))?,
                seconds,
            )?);
        }
        turns.push(turn);
    }
    let names = [
        "the floor, one query at a time",
        "the engine of r53mon",
        "dnsperf -c 1 -T 1",
    ];
    let row = |(number, name): (usize, &&str)| {
        let of =
            |figure: &dyn Fn(&Vec<[f64; 2]>) -> f64| turns.iter().map(figure).collect::<Sample>();
        vec![
            (*name).to_owned(),
            of(&|turn| turn[number][0] / turn[0][0]).told(2),
            of(&|turn| turn[number][0]).told(0),
            of(&|turn| turn[number][1]).told(0),
        ]
    };
    let measured = names.iter().take(turns.first().map_or(0, Vec::len));
    let rows: Vec<Vec<String>> = measured.enumerate().map(row).collect();
    let titles = [
        "Unpaced",
        "x the floor",
        "queries per second of CPU",
        "queries per second",
    ];
    println!("\n### The engine alone\n\n{}", table(&titles, &rows));
    if !has_dnsperf {
        println!("dnsperf is not installed here, so it was not measured.\n");
    }
    Ok(())
}

/// Answers per second of processor time, and per second.
fn rates(line: Line, seconds: u64) -> Result<[f64; 2], Trouble> {
    let (account, said) = account(line)?;
    let answers = answers(&said).ok_or_else(|| format!("no number of answers in\n{said}"))?;
    Ok([answers / account.cpu, answers / as_f64(seconds)])
}

/// The one number that our own roles write, or the one of dnsperf's statistics.
fn answers(said: &str) -> Option<f64> {
    let number = match said.split_once("Queries completed:") {
        Some((_, rest)) => rest.split_whitespace().next()?,
        None => said.trim(),
    };
    Some(as_f64(number.parse().ok()?))
}
