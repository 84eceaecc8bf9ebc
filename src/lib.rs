//! r53mon watches whether the name servers of a Route 53 zone really hand out the weighted split that is configured.
//!
//! The rooms in reading order; data flows one way, left to right, and nothing flows back:
//!
//! ```text
//! config ─► sources ─► facts ─► attribution ─► tally ─► judge ─► snapshot ─► views
//!
//! shared words: model, stats, verdict   another world, met only through addresses: demo
//! ```
//!
//! `ARCHITECTURE.md` says what each room does and may use, and a test holds the rooms to it.

/// Flags and subcommands as typed.
pub mod cli;

/// The settings a run lives with, and where each came from.
pub mod config;

/// The words that every room shares.
pub mod model;

/// Numbers in, numbers out.
pub mod stats;

/// The state machine that gives a verdict.
pub mod verdict;

/// The only place that asks for the time.
pub mod clock;

/// What sources learn, as plain values.
pub mod facts;

/// Facts as lines of JSON, and back.
pub mod record;

/// Which record set an answer came from.
pub mod attribution;

/// Tasks that learn facts.
pub mod sources;

/// What all tasks share: counters and events.
pub mod tally;

/// Where counts become an opinion.
pub mod judge;

/// Everything that a view may know.
pub mod snapshot;

/// How it is shown.
pub mod views;

/// The only place that touches the terminal's mode.
pub mod terminal;

/// The log.
pub mod logging;

/// A simulated Route 53 on loopback.
pub mod demo;

/// Expected failures and exit codes.
pub mod error;

/// Wires everything together.
pub mod app;
