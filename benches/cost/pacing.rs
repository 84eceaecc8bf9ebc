//! The pace as a server sees it: the gaps between one query and the next over a minute, beside those of the plain loop, which
//! sleeps until each due time and does nothing else.

use std::time::Duration;

use r53mon::model::share::as_f64;

use crate::contenders::Contender;
use crate::figures::{Sample, table};
use crate::recorder::Recorder;
use crate::world::World;
use crate::{Options, Trouble};

const SECONDS: u64 = 60;
const ROUNDS: u32 = 2;
/// r53mon with all that could make a query late.
const PACED: [Contender; 2] = [Contender::Floor, Contender::Dashboard];

/// The gaps of one turn.
#[derive(Clone, Copy)]
struct Gaps {
    /// Half of them, 99 %, 99.9 % and all of them were no longer, in milliseconds.
    quantiles: [f64; 4],
    /// Queries a second.
    rate: f64,
}

pub fn measure(options: &Options) -> Result<(), Trouble> {
    let recorder = Recorder::start()?;
    let world = World::asked_at(recorder.address)?;
    let seconds = options.seconds.unwrap_or(SECONDS);
    let rounds = options.rounds.unwrap_or(ROUNDS);
    let mut gaps = PACED.map(|_| Vec::new());
    for round in 0..rounds {
        for turn in 0..PACED.len() {
            let number = (turn + round as usize) % PACED.len();
            let contender = PACED[number];
            eprintln!(
                "pacing: round {} of {rounds}: {}",
                round + 1,
                contender.name()
            );
            recorder.take();
            contender.run(options, &world, seconds)?;
            gaps[number].push(seen_by(&recorder));
        }
    }
    print(&gaps);
    Ok(())
}

/// The first tenth of a second is that of the start, in which r53mon makes sure that the server answers at all.
fn seen_by(recorder: &Recorder) -> Gaps {
    let mut seen = recorder.take();
    let first = seen.first().copied();
    seen.retain(|seen| first.is_some_and(|first| *seen > first + Duration::from_millis(100)));
    let gaps = seen.windows(2).map(|two| (two[1] - two[0]).as_secs_f64());
    let gaps: Vec<f64> = gaps.collect();
    let rate = as_f64(gaps.len() as u64) / gaps.iter().sum::<f64>();
    let gaps: Sample = gaps.into_iter().map(|gap| gap * 1_000.0).collect();
    Gaps {
        quantiles: [0.5, 0.99, 0.999, 1.0].map(|share| gaps.quantile(share)),
        rate,
    }
}

fn print(gaps: &[Vec<Gaps>; 2]) {
    let row = |(contender, turns): (&Contender, &Vec<Gaps>)| {
        let of = |figure: &dyn Fn(&Gaps) -> f64| turns.iter().map(figure).collect::<Sample>();
        let mut row = vec![contender.name().to_owned()];
        row.extend((0..4).map(|number| of(&|turn| turn.quantiles[number]).told(2)));
        let rounds = turns.iter().zip(&gaps[0]);
        let beyond = rounds.map(|(turn, floor)| turn.quantiles[1] - floor.quantiles[1]);
        row.push(beyond.collect::<Sample>().told(2));
        row.push(of(&|turn| turn.rate).told(2));
        row
    };
    let rows: Vec<Vec<String>> = PACED.iter().zip(gaps).map(row).collect();
    let titles = [
        "Gaps in ms at 100/s",
        "p50",
        "p99",
        "p99.9",
        "longest",
        "p99 beyond the floor's",
        "queries/s",
    ];
    println!(
        "\n### Pacing, as the server sees it\n\n{}",
        table(&titles, &rows)
    );
}
