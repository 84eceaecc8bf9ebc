//! What people and programs get to see: every room here turns one snapshot into a picture, lines or JSON.
//!
//! Views know no source, no counter and no clock. They write only into a frame or a writer that is handed in.

/// What is written or drawn, in ASCII where that is needed.
pub mod ascii;
/// A run in three lines.
pub mod brief;
/// The columns of all tables of sets and name servers.
mod columns;
/// The commands that undo the last change and lead to the next stage.
pub mod command;
/// How the sides compare over HTTP: which of it is said.
pub mod comparisons;
/// The live picture on a terminal.
pub mod dashboard;
/// What the checks have found, for people and for programs.
pub mod doctor;
/// What every view has to say of a snapshot besides the tables: what is waited for, warnings, tallies.
pub mod facts;
/// Text made to fit: cut, padded, wrapped, joined.
pub mod fit;
/// Numbers, shares, durations and times in words.
pub mod format;
/// Reports, ticks and events for programs.
/// How a set answers over HTTP, line by line.
mod http;
pub mod json;
/// The result of a check for programs that collect tests.
pub mod junit;
/// The language that a thread writes in.
pub mod language;
/// What somebody outside is told of an event: JSON for a program, a message for a chat.
pub mod notification;
/// Text in lines, plain or as Markdown.
pub mod page;
/// What a run would take, before anything runs.
pub mod plan;
/// Why sets have their shares, their health, and what the numbers mean and cost: which of it is said.
pub mod reasons;
/// What resolvers that were named still answer: which of it is said.
pub mod resolvers;
/// How well the sides answer over HTTP, in a few words.
pub mod sides;
/// Where a cutover stands in its plan, and how a way back went.
pub mod stages;
/// The final statistics as plain text and as Markdown.
pub mod summary;
/// One plain line a second, for where there is no terminal.
pub mod text;
/// What is said of a verdict, and how a change came through.
pub mod verdicts;
/// What to do about a verdict.
pub mod what_now;
/// What keys ask of the run, and what is said about it.
pub mod wish;
/// Every text of the interface, apart from the logic that picks it.
pub mod words;

#[cfg(test)]
mod korean;
#[cfg(test)]
mod matrix;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod untrusted;
