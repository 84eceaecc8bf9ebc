//! Checks of everything that measuring needs, from the credentials to the web servers: the one road on which `doctor`
//! looks for faults and on which a run starts.
//!
//! The essential stage finds credentials, zone, record and name servers, in this order, and keeps what it finds, since
//! a run starts from it. The other checks run side by side beside a run, or before the list of `doctor` is written.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock;
use crate::model::finding::{CheckId, Finding};
use crate::model::language::{both, phrase};
use crate::sources::pulse;

/// Which addresses the world can reach.
pub mod address;
/// Optional calls to the API: child zones, twins, health, the clock.
pub mod api;
/// What the parent zone delegates to.
pub mod delegation;
/// What a run starts from, or why it cannot.
pub mod essential;
/// What the declaration itself says.
pub mod group;
/// All the checks that a run does not wait for.
pub mod rest;
/// Whether the name servers answer.
pub mod servers;
/// Whether the endpoint answers.
pub mod web;

pub use essential::{Preflight, Steps, run_essential};
pub use rest::{ProbeTargets, run};

/// Longest time for one check.
pub const LIMIT: Duration = Duration::from_secs(5);
/// Longest time for all of them: a second below what is promised, for what cannot be broken off at once.
pub const LIMIT_OF_ALL: Duration = Duration::from_secs(9);

/// Until when a check has to be through.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    /// When all checks have to be through; `None`: nobody waits for them.
    until: Option<Instant>,
}

impl Deadline {
    /// For checks that somebody waits for, from now on.
    pub fn from_now() -> Self {
        Self {
            until: Some(clock::instant() + LIMIT_OF_ALL),
        }
    }

    /// For checks beside a run: only the limit of each counts.
    pub fn each() -> Self {
        Self { until: None }
    }

    /// How long a check that begins now may take.
    pub fn left(self) -> Duration {
        self.until.map_or(LIMIT, |until| {
            LIMIT.min(until.saturating_duration_since(clock::instant()))
        })
    }
}

/// Waits for a check as long as it may take, and notes how long it took.
pub(super) async fn bounded(
    check: CheckId,
    time: Deadline,
    work: impl Future<Output = Finding>,
) -> Finding {
    let started = clock::instant();
    let left = time.left();
    if left.is_zero() {
        return Finding::skipped(
            check,
            phrase("no time was left for it", "점검할 시간이 남지 않았다"),
        );
    }
    // Those of all checks together would be very large.
    let finding = pulse::within(left, Box::pin(work))
        .await
        .unwrap_or_else(|| {
            let seconds = left.as_secs_f64();
            let what = both!(
                "not settled within {seconds:.1} s",
                "{seconds:.1}초 안에 확인하지 못했다"
            );
            Finding::warning(check, what)
                .cause(phrase(
                    "whoever was asked does not answer",
                    "질의한 곳이 응답하지 않는다",
                ))
                .cure(phrase(
                    "check the network and try again",
                    "네트워크를 확인하고 다시 시도한다",
                ))
        });
    finding.took(clock::instant().saturating_duration_since(started))
}
