//! Processor time for a thousand queries at a hundred a second, and peak memory. Everybody takes a turn in each round, and is
//! compared with the floor of the same round, since a machine is faster at one time than at another.
//!
//! Each turn is a short run and a long one: the difference is what queries cost, and what is left of the short one is what
//! starting and ending cost.

use r53mon::model::share::as_f64;

use crate::accounted::Account;
use crate::contenders::Contender;
use crate::figures::{Sample, table};
use crate::world::World;
use crate::{Options, Trouble};

/// How much longer the long run is: a thousand queries.
const SECONDS: u64 = 10;
/// How long the short run is.
const SHORT: u64 = 2;
const ROUNDS: u32 = 4;

/// What a contender costs.
#[derive(Clone, Copy, Debug)]
struct Cost {
    /// Seconds for a thousand queries.
    thousand: f64,
    /// Seconds for starting and ending.
    ends: f64,
    /// In MiB.
    peak: f64,
}

pub fn measure(options: &Options) -> Result<(), Trouble> {
    let (contenders, absent) = Contender::present();
    let world = World::new(options)?;
    let seconds = options.seconds.unwrap_or(SECONDS);
    let rounds = options.rounds.unwrap_or(ROUNDS);
    let mut costs = vec![Vec::new(); contenders.len()];
    for round in 0..rounds {
        for turn in 0..contenders.len() {
            // Nobody always comes after the same one.
            let number = (turn + round as usize) % contenders.len();
            let contender = contenders[number];
            eprintln!("cpu: round {} of {rounds}: {}", round + 1, contender.name());
            costs[number].push(cost(options, &world, contender, seconds)?);
        }
    }
    print(&contenders, &costs);
    for program in absent {
        println!("\n{program} is not installed here, so it was not measured.");
    }
    Ok(())
}

fn cost(
    options: &Options,
    world: &World,
    contender: Contender,
    seconds: u64,
) -> Result<Cost, Trouble> {
    let run = |seconds: u64| -> Result<(Account, f64), Trouble> {
        let before = world.questions();
        let account = contender.run(options, world, seconds)?;
        let seen = world.questions().zip(before);
        let asked = seen.map_or(contender.queries(seconds), |(after, before)| after - before);
        Ok((account, as_f64(asked)))
    };
    let (short, few) = run(SHORT)?;
    let (long, many) = run(SHORT + seconds)?;
    let each = (long.cpu - short.cpu) / (many - few);
    Ok(Cost {
        thousand: each * 1_000.0,
        ends: short.cpu - each * few,
        peak: long.peak,
    })
}

fn print(contenders: &[Contender], costs: &[Vec<Cost>]) {
    let floor = contenders.iter().position(|it| *it == Contender::Floor);
    let floor = floor.map_or(&[][..], |floor| &costs[floor]);
    let row = |(contender, costs): (&Contender, &Vec<Cost>)| {
        let of = |figure: fn(&Cost) -> f64| costs.iter().map(figure).collect::<Sample>();
        let rounds = costs.iter().zip(floor);
        let ratios: Sample = rounds
            .map(|(cost, floor)| cost.thousand / floor.thousand)
            .collect();
        vec![
            contender.name().to_owned(),
            ratios.told(2),
            of(|cost| cost.thousand).told(3),
            of(|cost| cost.ends).told(3),
            of(|cost| cost.peak).told(1),
        ]
    };
    let rows: Vec<Vec<String>> = contenders.iter().zip(costs).map(row).collect();
    let titles = [
        "CPU for 1,000 queries at 100/s",
        "x the floor",
        "seconds",
        "start and end, s",
        "peak memory, MiB",
    ];
    println!(
        "\n### Processor time and memory\n\n{}",
        table(&titles, &rows)
    );
}
