//! What the simulated world saw, as plain data: the testimony that a measurement can be held against.
//!
//! `world` fills it; nothing here asks for the time or draws lots.

use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use hdrhistogram::Histogram;

use super::timeline::Switch;

/// Gaps between questions are told apart from one microsecond up to this many.
const LONGEST_GAP_MICROS: u64 = 60_000_000;
/// Gaps are kept to this many decimal digits.
const GAP_DIGITS: u8 = 3;

/// Everything that happened in the world until now.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The story's name.
    pub story: String,
    /// When the story started, by the wall clock.
    pub started_at: SystemTime,
    /// Story seconds per real second.
    pub speed: f64,
    /// How far the story is, in story time.
    pub position: Duration,
    /// The record sets, in the order of the story.
    pub sets: Vec<SetReport>,
    /// The name servers, in the order of the story.
    pub servers: Vec<ServerReport>,
    /// When questions for the record came in, over all name servers.
    pub arrivals: Arrivals,
    /// Calls of the API that came in.
    pub api_calls: u64,
    /// Calls of the API that were answered with an error.
    pub api_errors: u64,
}

/// One record set: what the API shows now, and what its web server did. An alias to another group of the zone is no
/// answer of its own, so name servers count what it leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SetReport {
    /// Its `SetIdentifier`; for other groups than the record's own, the group's name stands before.
    pub id: String,
    /// Whether answers are counted for it: it does not only lead to other record sets.
    pub is_leaf: bool,
    /// The weight that the API shows now; none outside weighted groups.
    pub weight: Option<u8>,
    /// Whether its health check is healthy now; none without a check.
    pub healthy: Option<bool>,
    /// Requests to its web server.
    pub web_requests: u64,
    /// Those of them that the story made fail.
    pub web_errors: u64,
}

/// What one name server did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerReport {
    /// Its name.
    pub name: String,
    /// How often it answered with each record set, in the order of the story.
    pub answers: Vec<u64>,
    /// Those of its answers that went over TCP. A truncated answer that is asked for again counts twice in `answers`,
    /// since each time the lots are drawn anew.
    pub over_tcp: u64,
    /// Those of its answers that it had kept from earlier ones, until their time to live was over.
    pub from_cache: u64,
    /// Questions for other names or types, or that were malformed.
    pub other_questions: u64,
    /// Questions that the story made fail.
    pub faults: u64,
    /// The changes of weights that it has applied.
    pub switches: Vec<Switch>,
}

/// When questions for the record arrived over UDP, whatever the server: what a measuring program's pace looks like from
/// outside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arrivals {
    /// How many there were.
    pub questions: u64,
    /// The mean gap between one and the next.
    pub mean: Duration,
    /// Half of the gaps were no longer.
    pub p50: Duration,
    /// 90 % of the gaps were no longer.
    pub p90: Duration,
    /// 99 % of the gaps were no longer.
    pub p99: Duration,
    /// The longest gap.
    pub max: Duration,
}

impl Report {
    /// When a story time is or was, by the wall clock.
    pub fn wall_time(&self, story_time: Duration) -> SystemTime {
        self.started_at + story_time.div_f64(self.speed)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.position.as_secs_f64();
        writeln!(
            formatter,
            "story {} at {seconds:.1} s of story time (speed {}); {} API calls, {} answered with an error",
            self.story, self.speed, self.api_calls, self.api_errors
        )?;
        for set in &self.sets {
            write!(formatter, "set {}:", set.id)?;
            if let Some(weight) = set.weight {
                write!(formatter, " weight {weight},")?;
            }
            if let Some(healthy) = set.healthy {
                let state = if healthy { "healthy" } else { "unhealthy" };
                write!(formatter, " {state},")?;
            }
            if set.is_leaf {
                let (requests, failed) = (set.web_requests, set.web_errors);
                writeln!(formatter, " {requests} web requests, {failed} failed")?;
            } else {
                writeln!(formatter, " leads to other sets")?;
            }
        }
        for server in &self.servers {
            write!(formatter, "name server {}:", server.name)?;
            let sets = self.sets.iter().zip(&server.answers);
            for (set, answers) in sets.filter(|(set, _)| set.is_leaf) {
                write!(formatter, " {} {answers},", set.id)?;
            }
            let (other, faults) = (server.other_questions, server.faults);
            write!(formatter, " other {other}, faults {faults}")?;
            if server.from_cache > 0 {
                write!(formatter, ", from its cache {}", server.from_cache)?;
            }
            for switch in &server.switches {
                let weights: Vec<_> = switch.weights.iter().map(u8::to_string).collect();
                let (weights, from) = (weights.join("/"), switch.applied_at.as_secs_f64());
                write!(formatter, "; {weights} from {from:.1} s")?;
                if switch.completed_at > switch.applied_at {
                    let until = switch.completed_at.as_secs_f64();
                    write!(formatter, ", everywhere from {until:.1} s")?;
                }
            }
            writeln!(formatter)?;
        }
        let gaps = &self.arrivals;
        if gaps.questions < 2 {
            return writeln!(formatter, "{} questions", gaps.questions);
        }
        writeln!(
            formatter,
            "{} questions; gap mean {:.3?}, median {:.3?}, p90 {:.3?}, p99 {:.3?}, longest {:.3?}",
            gaps.questions, gaps.mean, gaps.p50, gaps.p90, gaps.p99, gaps.max
        )
    }
}

/// Notes the arrival of questions and sums up the gaps between them.
#[derive(Debug)]
pub(super) struct ArrivalLog {
    questions: u64,
    first_and_latest: Option<(Instant, Instant)>,
    gaps: Histogram<u32>,
}

impl ArrivalLog {
    pub(super) fn new() -> Self {
        Self {
            questions: 0,
            first_and_latest: None,
            gaps: Histogram::new_with_bounds(1, LONGEST_GAP_MICROS, GAP_DIGITS)
                .expect("the bounds are constants that the histogram accepts"),
        }
    }

    pub(super) fn record(&mut self, now: Instant) {
        self.questions += 1;
        let mut first = now;
        if let Some((earliest, latest)) = self.first_and_latest {
            first = earliest;
            let gap = now.saturating_duration_since(latest).as_micros();
            // A longer gap is counted as the longest that the histogram can tell.
            self.gaps
                .saturating_record(u64::try_from(gap).unwrap_or(LONGEST_GAP_MICROS).max(1));
        }
        self.first_and_latest = Some((first, now));
    }

    pub(super) fn summary(&self) -> Arrivals {
        let Some((first, latest)) = self.first_and_latest.filter(|_| self.questions > 1) else {
            return Arrivals {
                questions: self.questions,
                ..Arrivals::default()
            };
        };
        let span = latest.saturating_duration_since(first);
        let quantile = |share| Duration::from_micros(self.gaps.value_at_quantile(share));
        Arrivals {
            questions: self.questions,
            mean: span.div_f64(u32::try_from(self.questions - 1).map_or(f64::INFINITY, f64::from)),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            max: Duration::from_micros(self.gaps.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::clock::StoryClock;
    use super::*;

    #[test]
    fn gaps_are_told_between_arrivals_only() {
        let mut log = ArrivalLog::new();
        let mut now = StoryClock::now();
        assert_eq!(log.summary(), Arrivals::default());
        log.record(now);
        assert_eq!(log.summary().questions, 1);
        assert_eq!(log.summary().max, Duration::ZERO);
        for _ in 0..99 {
            now += Duration::from_millis(1);
            log.record(now);
        }
        now += Duration::from_millis(5);
        log.record(now);
        let summary = log.summary();
        assert_eq!(summary.questions, 101);
        assert_eq!(summary.mean, Duration::from_micros(1040));
        assert_eq!(summary.p50, Duration::from_millis(1));
        assert_eq!(summary.p99, Duration::from_millis(1));
        assert!((5000..5005).contains(&summary.max.as_micros()));
    }

    #[test]
    fn a_gap_beyond_the_histogram_is_counted_as_its_longest() {
        let mut log = ArrivalLog::new();
        let now = StoryClock::now();
        log.record(now);
        log.record(now + Duration::from_hours(1));
        assert!(log.summary().max >= Duration::from_secs(59));
    }
}
