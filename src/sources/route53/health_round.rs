//! Which health check is read when, and what is known of them so far. No IO: what was read goes in.
//!
//! What was never read goes first, several at once, as fast as the distance between calls allows; after that each is read once
//! a minute, one after the other.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::error::Route53Error;
use super::health::{CheckRead, Kind};
use crate::clock::Moment;
use crate::model::health::{Checks, Health};

/// Each health check is read at most this often ...
const HEALTH_EVERY: Duration = Duration::from_mins(1);
/// ... and after the first time two of them are begun at least this far apart.
const HEALTH_SPACING: Duration = Duration::from_secs(2);
/// So many are read side by side the first time: a slow answer holds up no other, and a poll has few before it.
const SIDE_BY_SIDE: usize = 4;
/// How a check has to be read is asked for again this often: inverting or disabling one is a way to switch traffic.
const KIND_EVERY: Duration = Duration::from_mins(5);

/// What is known about the health checks of a record.
pub(super) struct HealthRound {
    /// Those that sets are tied to.
    tied: Vec<String>,
    /// These, and those that they are calculated from.
    checks: BTreeMap<String, Check>,
    /// When the next one may be begun after the first round.
    next: Instant,
    /// Without the permission there is no point in asking again.
    denied: bool,
}

/// What is known about one health check.
#[derive(Default)]
struct Check {
    /// How it is read, with the time at which that is asked for again.
    kind: Option<(Kind, Instant)>,
    /// What it said last; `None` before that, and for one that is calculated.
    status: Option<Health>,
    /// When it was asked for last, well or badly.
    read: Option<Moment>,
    due: Option<Instant>,
    under_way: bool,
    has_failed: bool,
}

/// A check that has to be read now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Job {
    pub id: String,
    /// How it is read, as far as that is known, and whether it has to be asked for again.
    pub held: Option<(Kind, bool)>,
    pub is_first: bool,
}

impl HealthRound {
    pub(super) fn new(tied: Vec<String>, now: Instant) -> Self {
        let mut round = Self {
            tied: Vec::new(),
            checks: BTreeMap::new(),
            next: now,
            denied: false,
        };
        round.follow(tied);
        round
    }

    /// Sets are tied to these checks now. One that is used no more is missed by nobody.
    pub(super) fn follow(&mut self, tied: Vec<String>) {
        self.tied = tied;
        let children = self.tied.iter().filter_map(|id| self.checks.get(id));
        let children = children.flat_map(Check::children).cloned();
        let wanted: Vec<String> = children.chain(self.tied.iter().cloned()).collect();
        self.checks.retain(|id, _| wanted.contains(id));
        for id in wanted {
            self.checks.entry(id).or_default();
        }
    }

    /// The next check to be read at this time, which is under way from now on.
    pub(super) fn begin(&mut self, now: Instant) -> Option<Job> {
        if self.denied {
            return None;
        }
        let under_way = self.under_way();
        let mut unread = self.checks.iter().filter(|(_, check)| check.read.is_none());
        let is_first = unread.clone().next().is_some();
        let id = if is_first {
            let (id, _) = unread.find(|(_, check)| !check.under_way)?;
            (under_way < SIDE_BY_SIDE).then(|| id.clone())?
        } else {
            let (id, due) = self.due()?;
            (under_way == 0 && due <= now).then_some(id)?
        };
        self.next = now + HEALTH_SPACING;
        let check = self.checks.get_mut(&id)?;
        check.under_way = true;
        let held = check.kind.clone().map(|(kind, again)| (kind, now >= again));
        Some(Job { id, held, is_first })
    }

    /// When [`Self::begin`] is to be called next, unless an answer comes before.
    pub(super) fn wakes_at(&self) -> Option<Instant> {
        let idle = !self.denied && self.under_way() == 0;
        idle.then(|| self.due().map(|(_, due)| due)).flatten()
    }

    fn under_way(&self) -> usize {
        self.checks.values().filter(|check| check.under_way).count()
    }

    fn due(&self) -> Option<(String, Instant)> {
        let due = self.checks.iter().map(|(id, check)| {
            let due = check.due.unwrap_or(self.next).max(self.next);
            (id.clone(), due)
        });
        due.min_by_key(|(_, due)| *due)
    }

    /// Takes in what was read. Where it failed, why, and whether an earlier status still counts.
    pub(super) fn take(&mut self, read: CheckRead, now: Instant) -> Option<(Route53Error, bool)> {
        let check = self.checks.get_mut(&read.id)?;
        check.under_way = false;
        check.read = Some(read.sent_at);
        check.due = Some(now + HEALTH_EVERY);
        if let Some((kind, is_new)) = read.kind {
            let again = check.kind.take().map(|(_, again)| again);
            let again = again.filter(|_| !is_new).unwrap_or(now + KIND_EVERY);
            check.kind = Some((kind, again));
        }
        let known = check.status;
        check.has_failed = read.status.is_err();
        let failed = match read.status {
            Ok(status) => {
                check.status = status;
                None
            }
            Err(error) => {
                let was_read = matches!(known, Some(Health::Healthy | Health::Unhealthy));
                check.status = Some(after_failure(known, &error));
                self.denied |= matches!(error, Route53Error::AccessDenied { .. });
                Some((error, was_read))
            }
        };
        let tied = std::mem::take(&mut self.tied);
        self.follow(tied);
        failed
    }

    /// Whether a check that is in use could not be read.
    pub(super) fn has_failures(&self) -> bool {
        self.denied || self.checks.values().any(|check| check.has_failed)
    }

    /// What is known of every check that sets are tied to; one that was not read yet is missing.
    pub(super) fn known(&self) -> Checks {
        let known = self.tied.iter();
        known
            .filter_map(|id| Some((id.clone(), self.health(id)?)))
            .collect()
    }

    fn health(&self, id: &str) -> Option<Health> {
        if self.denied {
            // No other will be read again either.
            return Some(Health::Unknown);
        }
        let check = self.checks.get(id)?;
        let Some((kind, _)) = check.kind.as_ref().filter(|(kind, _)| {
            // A failure says nothing about children.
            kind.children().is_some() && check.status.is_none()
        }) else {
            return check.status;
        };
        let children = kind.children()?.iter();
        let status = |id: &String| self.checks.get(id)?.own_status();
        let children: Option<Vec<Health>> = children.map(status).collect();
        Some(kind.calculated(&children?))
    }

    /// From when what is known of the shares is: of a poll at this time, or of the check that was read longest ago. `None`
    /// while one that can be read never was.
    pub(super) fn known_since(&self, poll: Moment) -> Option<Moment> {
        if self.denied {
            return Some(poll);
        }
        let mut oldest = poll;
        for check in self.checks.values() {
            let read = check.read?;
            if read.instant < oldest.instant {
                oldest = read;
            }
        }
        Some(oldest)
    }
}

impl Check {
    fn children(&self) -> &[String] {
        let kind = self.kind.as_ref();
        kind.and_then(|(kind, _)| kind.children())
            .unwrap_or_default()
    }

    /// What it counts as for one that is calculated from it; those that are calculated themselves cannot be.
    fn own_status(&self) -> Option<Health> {
        self.read?;
        Some(self.status.unwrap_or(Health::Unknown))
    }
}

/// What counts for a check that cannot be read now. A failure that may pass leaves what was known in force, as with the
/// configuration; without the permission nothing will be known any more.
fn after_failure(known: Option<Health>, error: &Route53Error) -> Health {
    match error {
        Route53Error::AccessDenied { .. } => Health::Unknown,
        _ => known.unwrap_or(Health::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::Call;
    use super::*;
    use crate::clock;
    use crate::model::route53_error::Partition;

    fn round(ids: &[&str]) -> (HealthRound, Instant) {
        let now = clock::instant();
        let tied = ids.iter().map(|&id| id.to_owned()).collect();
        (HealthRound::new(tied, now), now)
    }

    fn read(job: &Job, status: Result<Health, Route53Error>) -> CheckRead {
        CheckRead {
            id: job.id.clone(),
            sent_at: clock::now(),
            kind: Some((Kind::default(), job.held.is_none())),
            status: status.map(Some),
        }
    }

    fn denied() -> Route53Error {
        Route53Error::AccessDenied {
            call: Call::GetHealthCheckStatus,
            zone_id: "Z1".to_owned(),
            partition: Partition::Standard,
        }
    }

    #[test]
    fn the_first_round_goes_side_by_side_and_without_a_pause_and_the_next_one_by_one() {
        let ids: Vec<String> = (0..10).map(|number| format!("hc-{number}")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let (mut round, now) = round(&ids);
        let mut jobs: Vec<Job> = std::iter::from_fn(|| round.begin(now)).collect();
        assert_eq!(jobs.len(), SIDE_BY_SIDE);
        for done in 1..=10 {
            let job = jobs.remove(0);
            assert!(job.is_first && round.known_since(clock::now()).is_none());
            assert_eq!(round.take(read(&job, Ok(Health::Healthy)), now), None);
            assert_eq!(round.known().len(), done);
            jobs.extend(std::iter::from_fn(|| round.begin(now)));
        }
        assert_eq!(jobs, []);
        assert!(round.known_since(clock::now()).is_some());
        // A minute later.
        let later = now + HEALTH_EVERY;
        assert_eq!(round.wakes_at(), Some(later));
        let job = round.begin(later).expect("it is due");
        assert!(!job.is_first && job.held == Some((Kind::default(), false)));
        assert_eq!(round.begin(later), None, "one at a time");
        round.take(read(&job, Ok(Health::Healthy)), later);
        assert_eq!(round.begin(later), None);
        assert_eq!(round.wakes_at(), Some(later + HEALTH_SPACING));
    }

    #[test]
    fn without_the_permission_none_is_asked_for_again_and_all_are_as_good_as_tried() {
        let (mut round, now) = round(&["one", "two"]);
        let job = round.begin(now).expect("unread");
        assert_eq!(round.known(), Checks::new());
        let told = round.take(read(&job, Err(denied())), now);
        assert_eq!(told, Some((denied(), false)));
        assert_eq!(round.begin(now + HEALTH_EVERY), None);
        let known = round.known().into_values().collect::<Vec<_>>();
        assert_eq!(known, [Health::Unknown; 2]);
        assert!(round.has_failures());
    }

    #[test]
    fn only_what_was_tried_could_not_be_read() {
        let (mut round, now) = round(&["one", "two"]);
        let job = round.begin(now).expect("unread");
        let slow = Route53Error::BadAnswer {
            call: Call::GetHealthCheckStatus,
            detail: "no".to_owned(),
        };
        round.take(read(&job, Err(slow)), now);
        let known: Vec<_> = round.known().into_iter().collect();
        assert_eq!(known, [("one".to_owned(), Health::Unknown)]);
        // Whoever is in use no more is missed by nobody.
        round.follow(vec!["two".to_owned()]);
        assert!(!round.has_failures());
    }

    #[test]
    fn a_calculated_check_is_known_when_its_children_are() {
        let (mut round, now) = round(&["sum"]);
        let job = round.begin(now).expect("unread");
        let kind = Kind::of_children(1, &["a", "b"]);
        let of_sum = CheckRead {
            kind: Some((kind, true)),
            status: Ok(None),
            ..read(&job, Ok(Health::Unknown))
        };
        round.take(of_sum, now);
        let jobs: Vec<Job> = std::iter::from_fn(|| round.begin(now)).collect();
        let ids: Vec<&str> = jobs.iter().map(|job| job.id.as_str()).collect();
        assert_eq!(ids, ["a", "b"]);
        round.take(read(&jobs[0], Ok(Health::Unhealthy)), now);
        assert_eq!(round.known(), Checks::new());
        round.take(read(&jobs[1], Ok(Health::Healthy)), now);
        assert_eq!(round.known()["sum"], Health::Healthy);
    }

    #[test]
    fn a_failure_that_may_pass_changes_nobodys_health() {
        let throttled = Route53Error::Throttled {
            call: Call::GetHealthCheckStatus,
            code: "Throttling".to_owned(),
        };
        let denied = Route53Error::AccessDenied {
            call: Call::GetHealthCheckStatus,
            zone_id: "Z1".to_owned(),
            partition: Partition::Standard,
        };
        for health in [Health::Healthy, Health::Unhealthy, Health::Unknown] {
            assert_eq!(after_failure(Some(health), &throttled), health);
            assert_eq!(after_failure(Some(health), &denied), Health::Unknown);
        }
        assert_eq!(after_failure(None, &throttled), Health::Unknown);
    }
}
