//! What measuring costs, measured: `cargo bench --bench cost`. Every figure is taken beside that of another program, or of the
//! plainest loop that does the same, in the same run on loopback, and told as a ratio; README.md in the folder above says what
//! each part shows.
//!
//! `cargo bench --bench cost -- cpu --seconds 2 --rounds 1` measures one part only and takes less time for it. Tables go to
//! stdout as Markdown, what is going on to stderr.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "tables are what it is for"
)]

use std::error::Error;
use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

mod accounted;
mod contenders;
mod cpu;
mod engine;
mod figures;
mod floor;
mod growth;
mod line;
mod pacing;
mod recorder;
mod start;
#[allow(dead_code, reason = "tests use more of it")]
#[path = "../../tests/it/watched.rs"]
mod watched;
mod world;

/// What ends a measurement that cannot be made.
type Trouble = Box<dyn Error>;
/// Measures one thing and prints it.
type Part = fn(&Options) -> Result<(), Trouble>;

const PARTS: [(&str, Part); 5] = [
    ("cpu", cpu::measure),
    ("pacing", pacing::measure),
    ("start", start::measure),
    ("engine", engine::measure),
    ("growth", growth::measure),
];

/// How it is measured.
struct Options {
    /// The program that is measured.
    binary: PathBuf,
    /// An authoritative server that is asked instead of the simulated ones.
    server: Option<SocketAddr>,
    /// The name that is asked for.
    name: String,
    /// How long one measurement goes on; each part has a length of its own.
    seconds: Option<u64>,
    /// How often everybody takes a turn, likewise.
    rounds: Option<u32>,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => {
            eprintln!("cost: {trouble}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> Result<(), Trouble> {
    let Some((role, told)) = arguments.split_first() else {
        return measure(arguments);
    };
    // It starts itself in these roles.
    match role.as_str() {
        accounted::ROLE => accounted::run(told),
        floor::ROLE => floor::run(told),
        engine::ROLE => engine::run(told),
        growth::ROLE => growth::run(told),
        _ => measure(arguments),
    }
}

fn measure(arguments: &[String]) -> Result<(), Trouble> {
    let (options, wanted) = read(arguments)?;
    for (name, part) in PARTS {
        if wanted.is_empty() || wanted.iter().any(|wanted| wanted == name) {
            part(&options)?;
        }
    }
    Ok(())
}

/// The options and the parts that are wanted.
fn read(arguments: &[String]) -> Result<(Options, Vec<String>), Trouble> {
    let mut options = Options {
        binary: env!("CARGO_BIN_EXE_r53mon").into(),
        server: None,
        name: world::NAME.to_owned(),
        seconds: None,
        rounds: None,
    };
    let mut wanted = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let mut value = || {
            let value = arguments.next();
            value.ok_or_else(|| format!("{argument} needs a value"))
        };
        match argument.as_str() {
            // Cargo says so.
            "--bench" => {}
            "--binary" => options.binary = std::path::absolute(value()?)?,
            "--server" => options.server = Some(parsed(argument, value()?)?),
            "--name" => options.name.clone_from(value()?),
            "--seconds" => {
                options.seconds = Some(parsed::<NonZeroU32>(argument, value()?)?.get().into());
            }
            "--rounds" => options.rounds = Some(parsed::<NonZeroU32>(argument, value()?)?.get()),
            part if PARTS.iter().any(|(name, _)| *name == part) => wanted.push(part.to_owned()),
            other => {
                let parts = PARTS.map(|(name, _)| name).join(", ");
                let what = format!(
                    "\"{other}\": the parts are {parts}; the options are --seconds N, --rounds N, --binary PATH, \
                     --server ADDRESS:PORT and --name NAME"
                );
                return Err(what.into());
            }
        }
    }
    Ok((options, wanted))
}

fn parsed<T: FromStr<Err: Display>>(argument: &str, value: &str) -> Result<T, String> {
    let parsed = value.parse();
    parsed.map_err(|error| format!("{argument} \"{value}\": {error}"))
}
