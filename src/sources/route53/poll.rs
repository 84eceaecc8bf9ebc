//! Reads the configuration and the health checks again every so often. A failure leaves the last declaration in force.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::api::Throttling;
use super::error::{Call, Route53Error};
use super::health::Kind;
use super::reader::{Declared, RecordReader};
use super::spacing::backoff;
use crate::clock::{self, Moment};
use crate::facts::Fact;
use crate::model::health::{Checks, Health};
use crate::model::notice::{Notice, Subject};
use crate::model::obstacle::Obstacle;
use crate::model::text::visible;
use crate::model::tree;
use crate::sources::watch::Watch;

/// After a change the configuration is read this often at least ...
const QUICK: Duration = Duration::from_secs(10);
/// ... for so long: changes reach all name servers within a minute, occasionally later.
const QUICK_FOR: Duration = Duration::from_mins(2);
/// The longest pause that throttling makes.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Each health check is read at most this often ...
const HEALTH_EVERY: Duration = Duration::from_mins(1);
/// ... and two calls about health checks are at least this far apart.
const HEALTH_SPACING: Duration = Duration::from_secs(2);
/// How a check has to be read is asked for again this often: inverting or disabling one is a way to switch traffic.
const KIND_EVERY: Duration = Duration::from_mins(5);

/// Reads the group every so often until it is stopped. `declared` is what was read at the start of the run.
pub async fn poll(
    reader: RecordReader,
    declared: Declared,
    watch: Arc<Watch>,
    every: Duration,
    stop: CancellationToken,
) {
    let mut poller = Poller::new(reader, declared, watch, every);
    poller.tell_remarks();
    let work = async {
        loop {
            poller.step().await;
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = work => {}
    }
}

struct Poller {
    reader: RecordReader,
    watch: Arc<Watch>,
    every: Duration,
    declared: Declared,
    checks: Checks,
    health: HealthRound,
    next_poll: Instant,
    last_poll: Option<Moment>,
    quick_until: Instant,
    /// Polls in a row that were throttled.
    throttled: u32,
}

/// Which health check is due when.
struct HealthRound {
    due: BTreeMap<String, Instant>,
    /// Each with the time at which it is asked for again.
    kinds: BTreeMap<String, (Kind, Instant)>,
    /// When each was asked for last, well or badly.
    read: BTreeMap<String, Moment>,
    /// When the next call about any of them may be made.
    next_call: Instant,
    /// Checks whose status cannot be read, and whether why has been told.
    unread: BTreeSet<String>,
    /// Without the permission there is no point in asking again.
    denied: bool,
}

impl Poller {
    fn new(reader: RecordReader, declared: Declared, watch: Arc<Watch>, every: Duration) -> Self {
        let now = clock::instant();
        Self {
            reader,
            watch,
            every,
            declared,
            checks: Checks::new(),
            health: HealthRound {
                due: BTreeMap::new(),
                kinds: BTreeMap::new(),
                read: BTreeMap::new(),
                next_call: now,
                unread: BTreeSet::new(),
                denied: false,
            },
            next_poll: now + every,
            last_poll: None,
            quick_until: now,
            throttled: 0,
        }
    }

    /// Waits for whatever is due first, and does it.
    async fn step(&mut self) {
        match self.health.next(&self.declared) {
            Some((id, due)) if due < self.next_poll => {
                tokio::select! {
                    () = tokio::time::sleep_until(due) => self.read_health(&id).await,
                    () = self.reader.poll_requested() => self.poll_now().await,
                }
            }
            _ => {
                tokio::select! {
                    () = tokio::time::sleep_until(self.next_poll) => self.read_group().await,
                    () = self.reader.poll_requested() => self.poll_now().await,
                }
            }
        }
    }

    /// Reads the group at once, unless the API has asked for patience. While health that is older than the last reading
    /// decides too, another one would say nothing new, and waits a little.
    async fn poll_now(&mut self) {
        if self.throttled > 0 {
            return;
        }
        if let Some(last) = self.last_poll {
            let known = self.as_old_as_health(last);
            let waits = known.is_none_or(|known| known.instant < last.instant);
            if waits && clock::now().since(last) < QUICK {
                return;
            }
        }
        self.read_group().await;
    }

    async fn read_group(&mut self) {
        let sent_at = clock::now();
        self.last_poll = Some(sent_at);
        let result = self.reader.read(Throttling::Leave).await;
        match result {
            Ok(declared) => {
                self.throttled = 0;
                self.declared = declared;
                self.health.forget_others(&self.declared);
                self.tell_read();
                // What is declared is half of it while nobody knows whom Route 53 leaves out: an alarm waits for that.
                let known_since = self.as_old_as_health(sent_at);
                self.learn(Fact::Polled {
                    at: self.watch.now(),
                    sent_at: self.uptime(sent_at),
                    declared: Ok(self.declared.group(&self.checks)),
                    known_since: known_since.map(|since| self.uptime(since)),
                });
                self.tell_remarks();
            }
            Err(error @ Route53Error::Throttled { .. }) => {
                self.throttled += 1;
                self.failed(sent_at, error);
            }
            Err(error) => {
                self.throttled = 0;
                self.failed(sent_at, error);
            }
        }
        let now = clock::instant();
        self.next_poll = now + pause(self.every, now < self.quick_until, self.throttled);
    }

    /// From when what is known of the shares is: of this poll, or of the health check that was read longest ago. None while
    /// one that can be read never was.
    fn as_old_as_health(&self, sent_at: Moment) -> Option<Moment> {
        let ids = tree::check_ids(&self.declared.nodes);
        if self.health.denied {
            return Some(sent_at);
        }
        let mut oldest = sent_at;
        for id in ids {
            let read = self.health.read.get(&id)?;
            if read.instant < oldest.instant {
                oldest = *read;
            }
        }
        Some(oldest)
    }

    /// Hands on what was learnt. While a change spreads, the configuration is read more often.
    fn learn(&mut self, fact: Fact) {
        if self.watch.learn(fact).segment_began {
            let now = clock::instant();
            self.quick_until = now + QUICK_FOR;
            self.next_poll = self.next_poll.min(now + QUICK);
        }
    }

    fn failed(&mut self, sent_at: Moment, error: Route53Error) {
        let failure = Obstacle::from(&error).to_string();
        tracing::debug!("a poll has failed: {}", visible(&failure));
        self.learn(Fact::Polled {
            at: self.watch.now(),
            sent_at: self.uptime(sent_at),
            declared: Err(error.without_request()),
            known_since: None,
        });
    }

    fn uptime(&self, moment: Moment) -> Duration {
        moment.since(self.watch.started)
    }

    /// Origin what has to be known about the record, and takes back what was.
    fn tell_remarks(&self) {
        let remarks = self.declared.remarks.iter().cloned();
        let notes: Vec<Notice> = remarks.map(Notice::Record).collect();
        for subject in [Subject::Wildcard, Subject::OtherType] {
            if notes.iter().all(|note| note.subject() != subject) {
                self.watch.tally.take_back(subject);
            }
        }
        for note in notes {
            self.watch.tally.note(clock::wall(), note);
        }
    }

    async fn read_health(&mut self, id: &str) {
        let sent_at = clock::now();
        let result = self.status(id).await;
        self.health.next_call = clock::instant() + HEALTH_SPACING;
        let status = match result {
            Ok(None) => return,
            Ok(Some(status)) => {
                self.health.unread.remove(id);
                status
            }
            Err(error) => {
                let known = self.checks.get(id).copied();
                let status = after_failure(known, &error);
                if matches!(error, Route53Error::AccessDenied { .. }) {
                    self.health.denied = true;
                    // No other will be read again either.
                    self.checks.clear();
                }
                self.health.unread.insert(id.to_owned());
                self.tell_unread(known, error);
                status
            }
        };
        self.tell_read();
        self.health
            .due
            .insert(id.to_owned(), clock::instant() + HEALTH_EVERY);
        self.health.read.insert(id.to_owned(), sent_at);
        if self.checks.insert(id.to_owned(), status) != Some(status) {
            self.learn(Fact::HealthRead {
                at: self.watch.now(),
                sent_at: self.uptime(sent_at),
                declared: self.declared.group(&self.checks),
            });
        }
    }

    /// The status of a check, or nothing yet: how it has to be read is asked for first.
    async fn status(&mut self, id: &str) -> Result<Option<Health>, Route53Error> {
        let held = self.health.kinds.get(id).copied();
        let now = clock::instant();
        if let Some((kind, _)) = held.filter(|(_, again)| now < *again) {
            return match kind.known() {
                Some(known) => Ok(Some(known)),
                None => self.reader.health_status(id, kind).await.map(Some),
            };
        }
        let kind = match (self.reader.health_kind(id).await, held) {
            // Where it cannot be asked for again, what it was is the best guess of what it is.
            (Ok(kind), _) | (Err(_), Some((kind, _))) => kind,
            // Most checks are neither inverted nor disabled.
            (
                Err(Route53Error::AccessDenied {
                    call: Call::GetHealthCheck,
                    ..
                }),
                None,
            ) => Kind::default(),
            (Err(error), None) => return Err(error),
        };
        let again = clock::instant() + KIND_EVERY;
        self.health.kinds.insert(id.to_owned(), (kind, again));
        Ok(kind.known())
    }

    fn tell_unread(&self, known: Option<Health>, error: Route53Error) {
        let note = Notice::HealthUnread {
            error: error.without_request(),
            was_read: matches!(known, Some(Health::Healthy | Health::Unhealthy)),
        };
        self.watch.tally.note(clock::wall(), note);
    }

    /// Takes the note back when every check that is still in use can be read.
    fn tell_read(&self) {
        if self.health.unread.is_empty() {
            self.watch.tally.take_back(Subject::HealthUnread);
        }
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

/// How long to wait for the next poll: as set, sooner while a change spreads, longer each time the API throttles.
fn pause(every: Duration, quick: bool, throttled: u32) -> Duration {
    match (throttled, quick) {
        (0, true) => every.min(QUICK),
        (0, false) => every,
        (throttled, _) => {
            backoff(every.min(QUICK) * 2, LONGEST_PAUSE.max(every), throttled).max(every)
        }
    }
}

impl HealthRound {
    /// A check that the zone uses no more is missed by nobody.
    fn forget_others(&mut self, declared: &Declared) {
        let ids = tree::check_ids(&declared.nodes);
        self.unread.retain(|id| ids.contains(id));
    }

    /// The check that is due next, and when it may be read.
    fn next(&mut self, declared: &Declared) -> Option<(String, Instant)> {
        if self.denied {
            return None;
        }
        let ids = tree::check_ids(&declared.nodes);
        self.due.retain(|id, _| ids.contains(id));
        self.kinds.retain(|id, _| ids.contains(id));
        self.read.retain(|id, _| ids.contains(id));
        let due = ids.into_iter().map(|id| {
            let due = self.due.get(&id).copied().unwrap_or(self.next_call);
            (id, due.max(self.next_call))
        });
        due.min_by_key(|(_, due)| *due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_that_may_pass_changes_nobodys_health() {
        let throttled = Route53Error::Throttled {
            call: Call::GetHealthCheckStatus,
            code: "Throttling".to_owned(),
        };
        let denied = Route53Error::AccessDenied {
            call: Call::GetHealthCheckStatus,
            zone_id: "Z1".to_owned(),
        };
        for health in [Health::Healthy, Health::Unhealthy, Health::Unknown] {
            assert_eq!(after_failure(Some(health), &throttled), health);
            assert_eq!(after_failure(Some(health), &denied), Health::Unknown);
        }
        assert_eq!(after_failure(None, &throttled), Health::Unknown);
    }

    #[test]
    fn polls_come_sooner_after_a_change_and_later_when_throttled() {
        let seconds = Duration::from_secs;
        assert_eq!(pause(seconds(30), false, 0), seconds(30));
        assert_eq!(pause(seconds(30), true, 0), seconds(10));
        assert_eq!(pause(seconds(5), true, 0), seconds(5));
        assert!(pause(seconds(30), true, 1) >= seconds(30), "no hurry then");
        assert!(pause(seconds(5), false, 4) >= seconds(30));
        assert!(pause(seconds(5), false, 40) <= LONGEST_PAUSE);
        assert_eq!(pause(seconds(300), false, 40), seconds(300));
    }
}
