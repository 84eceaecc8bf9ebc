//! From the start of the process to the first frame of the dashboard and to the first query, with an API and a server that answer
//! at once. Beside it the plain loop's first query, and what it takes to start the binary and have it say its version.

use std::num::NonZeroU16;
use std::time::Duration;

use r53mon::clock;
use tokio::time::Instant;

use crate::contenders::SCREEN;
use crate::figures::{Sample, table};
use crate::line::Line;
use crate::recorder::Recorder;
use crate::world::{NAME, World};
use crate::{Options, Trouble, floor};

const ROUNDS: u32 = 15;

/// What is measured, in the order of the figures of a round.
const FIGURES: [&str; 4] = [
    "`r53mon --version`, until it has ended",
    "the floor, until its first query",
    "r53mon, dashboard, until its first query",
    "r53mon, dashboard, until its first frame is whole",
];

pub fn measure(options: &Options) -> Result<(), Trouble> {
    let recorder = Recorder::start()?;
    let world = World::asked_at(recorder.address)?;
    let mut turns = Vec::new();
    for round in 0..options.rounds.unwrap_or(ROUNDS) {
        eprintln!("start: round {}", round + 1);
        turns.push(turn(options, &world, &recorder)?);
    }
    let row = |(number, name): (usize, &&str)| {
        let times: Sample = turns.iter().map(|turn| turn[number] * 1_000.0).collect();
        let ratios: Sample = turns.iter().map(|turn| turn[number] / turn[0]).collect();
        vec![(*name).to_owned(), times.told(1), ratios.told(2)]
    };
    let rows: Vec<Vec<String>> = FIGURES.iter().enumerate().map(row).collect();
    let titles = ["From exec", "ms", "x `--version`"];
    println!("\n### Start\n\n{}", table(&titles, &rows));
    Ok(())
}

/// One of each, in seconds.
fn turn(options: &Options, world: &World, recorder: &Recorder) -> Result<[f64; 4], Trouble> {
    let version = Line::new(&options.binary, "--version")?;
    let began = clock::instant();
    version.command().output()?;
    let version = began.elapsed();

    recorder.take();
    let plain = floor::line(recorder.address, NAME, Some(100), 1)?;
    let began = clock::instant();
    plain.command().output()?;
    let plain = first(recorder)? - began;

    let line = world.watched_by(options, "--duration 30s -o auto")?;
    let began = clock::instant();
    let mut session = line.in_terminal(SCREEN)?;
    let framed = first_frame(&mut session.reader)?;
    // A query may come later than a frame.
    while recorder.is_empty() && began.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let asked = first(recorder)?;
    session.child.kill()?;
    session.child.wait()?;
    let times = [version, plain, asked - began, framed - began];
    Ok(times.map(|time| time.as_secs_f64()))
}

fn first(recorder: &Recorder) -> Result<Instant, Trouble> {
    let seen = recorder.take();
    Ok(*seen.first().ok_or("no query has come")?)
}

/// When the screen of the dashboard was drawn from its first line to its last.
fn first_frame(reader: &mut impl std::io::Read) -> Result<Instant, Trouble> {
    let cells = |number: u16| NonZeroU16::new(number).ok_or("a terminal has a size");
    let mut emulator = vt100::Parser::new(cells(SCREEN.1)?, cells(SCREEN.0)?, 0);
    let mut buffer = [0; 4096];
    loop {
        let read = reader.read(&mut buffer)?;
        emulator.process(&buffer[..read]);
        let screen = emulator.screen();
        let mut lines = screen.rows(0, SCREEN.0);
        let is_drawn = |line: Option<String>| line.is_some_and(|line| !line.trim().is_empty());
        if screen.alternate_screen() && is_drawn(lines.next()) && is_drawn(lines.last()) {
            return Ok(clock::instant());
        }
        if read == 0 {
            return Err(format!("no dashboard:\n{}", screen.contents()).into());
        }
    }
}
