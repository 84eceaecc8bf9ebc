//! The machine that turns answers, polls and the passing of time into a verdict: pure, deterministic, no clock.
//!
//! Who drives it feeds every answer in order of sending and every poll as it comes back, and calls `Machine::tick` twice
//! a second. All times are since the start of the run. The rules are those of the project's notes on statistics,
//! section 5, and `ARCHITECTURE.md` shows them as a table of states.
//!
//! ```
//! use std::time::Duration;
//! use r53mon::model::verdict::{Criteria, VerdictState};
//! use r53mon::model::reading::Origin;
//! use r53mon::verdict::{Answer, Declaration, DeclaredSet, Machine, Rules, Start};
//!
//! let set = |identifier: &str, key, share| DeclaredSet { identifier: identifier.into(), key, share };
//! let declaration = Declaration {
//!     segment: 1,
//!     sets: vec![set("blue", 1, 0.9), set("green", 2, 0.1)],
//!     inconclusive: None,
//! };
//! let criteria = Criteria { tolerance: 0.05, confidence: 0.99 };
//! let rules = Rules { servers: 1, criteria, tps: 10.0, max_unknown: 0.05, start: Start::Unknown };
//! let mut machine = Machine::new(rules, declaration, Duration::ZERO);
//! for number in 0..1_000_u32 {
//!     let at = Duration::from_millis(100) * number;
//!     let origin = Origin::Set(usize::from(number % 10 == 9).into());
//!     machine.answer(Answer { at, segment: 1, server: 0.into(), origin });
//!     if number % 5 == 4 {
//!         machine.tick(at);
//!     }
//! }
//! assert_eq!(machine.output().verdict.state, VerdictState::Match);
//! ```

/// What goes in.
mod input;
/// What is thought of the shares in force.
mod judgement;
/// The machine itself.
mod machine;
/// The sets of a segment together with those of before.
mod members;
/// What is shown of it.
mod output;
/// One name server.
mod server;
/// One stretch of counting.
mod span;

#[cfg(test)]
mod tests;

pub use input::{Answer, Declaration, DeclaredSet, Poll, Rules, Start};
pub use machine::{GRACE, HOLD, IN_SYNC_GRACE, Machine};
pub use output::Output;
