//! Reads the configuration and the health checks again every so often. A failure leaves the last declaration in force.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::api::Throttling;
use super::error::Route53Error;
use super::health::CheckRead;
use super::health_round::HealthRound;
use super::reader::{Declared, RecordReader};
use super::spacing::backoff;
use crate::clock::{self, Moment};
use crate::facts::Fact;
use crate::model::notice::{Notice, Subject};
use crate::model::obstacle::Obstacle;
use crate::model::record::{WeightedGroup, WeightedSet};
use crate::model::text::visible;
use crate::model::tree;
use crate::sources::watch::Watch;

/// After a change the configuration is read this often at least ...
const QUICK: Duration = Duration::from_secs(10);
/// ... for so long: changes reach all name servers within a minute, occasionally later.
const QUICK_FOR: Duration = Duration::from_mins(2);
/// The longest pause that throttling makes.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

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
    /// The members while it was weighted last.
    members: Vec<WeightedSet>,
    health: HealthRound,
    /// Those that are under way.
    readings: JoinSet<CheckRead>,
    next_poll: Instant,
    last_poll: Option<Moment>,
    quick_until: Instant,
    /// Polls in a row that were throttled.
    throttled: u32,
}

impl Poller {
    fn new(reader: RecordReader, declared: Declared, watch: Arc<Watch>, every: Duration) -> Self {
        let now = clock::instant();
        let health = HealthRound::new(tree::check_ids(&declared.nodes), now);
        Self {
            reader,
            watch,
            every,
            declared,
            members: Vec::new(),
            health,
            readings: JoinSet::new(),
            next_poll: now + every,
            last_poll: None,
            quick_until: now,
            throttled: 0,
        }
    }

    /// Waits for whatever comes first, and does what it asks for.
    async fn step(&mut self) {
        while let Some(job) = self.health.begin(clock::instant()) {
            let throttling = if job.is_first {
                Throttling::Wait
            } else {
                Throttling::Leave
            };
            let reader = self.reader.clone();
            // The SDK's futures are very large.
            let reading = Box::pin(reader.read_check(job.id, job.held, throttling));
            self.readings.spawn(reading);
        }
        let wakes_at = self.health.wakes_at().unwrap_or(self.next_poll);
        tokio::select! {
            () = tokio::time::sleep_until(self.next_poll) => self.read_group().await,
            () = self.reader.poll_requested() => self.poll_now().await,
            Some(Ok(read)) = self.readings.join_next() => self.take_health(read),
            () = tokio::time::sleep_until(wakes_at), if wakes_at < self.next_poll => {}
        }
    }

    /// Reads the group at once, unless the API has asked for patience. While health that is older than the last reading
    /// decides too, another one would say nothing new, and waits a little.
    async fn poll_now(&mut self) {
        if self.throttled > 0 {
            return;
        }
        // Whoever presses a key for it wants to have it, whatever health says.
        let by_hand = self.reader.is_wanted_by_hand();
        if let Some(last) = self.last_poll.filter(|_| !by_hand) {
            let known = self.health.known_since(last);
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
        self.reader.note_polling(true, false);
        let result = self.reader.read(Throttling::Leave).await;
        let is_throttled = matches!(result, Err(Route53Error::Throttled { .. }));
        self.reader.note_polling(false, is_throttled);
        match result {
            Ok(declared) => {
                self.throttled = 0;
                if declared.replaced_by.is_some() && self.declared.replaced_by.is_none() {
                    self.members = self.group().sets;
                }
                self.declared = declared;
                self.health.follow(self.checks_in_use());
                self.tell_read();
                // What is declared is half of it while nobody knows whom Route 53 leaves out: an alarm waits for that.
                let known_since = self.health.known_since(sent_at);
                self.learn(Fact::Polled {
                    at: self.watch.now(),
                    sent_at: self.uptime(sent_at),
                    declared: Ok(self.group()),
                    known_since: known_since.map(|since| self.uptime(since)),
                });
                self.tell_remarks();
            }
            // What was under way while this machine stood still tells nothing, and is asked for again at once.
            Err(_) if self.watch.stood_still_since(sent_at.instant) => {
                self.next_poll = clock::instant();
                return;
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
        let pause = pause(self.every, now < self.quick_until, self.throttled);
        self.next_poll = next_due(sent_at.instant, now, pause, self.throttled > 0);
    }

    /// What is declared, given what is known of health.
    fn group(&self) -> WeightedGroup {
        let declared = &self.declared;
        match &declared.replaced_by {
            None => declared.group(&self.health.known()),
            Some(found) => WeightedGroup {
                declared: Arc::clone(&declared.sets),
                ..tree::replaced(
                    &declared.name,
                    declared.record_type,
                    &declared.nodes,
                    found,
                    &self.members,
                )
            },
        }
    }

    /// Where nothing is judged, nobody waits for health.
    fn checks_in_use(&self) -> Vec<String> {
        match self.declared.replaced_by {
            None => tree::check_ids(&self.declared.nodes),
            Some(_) => Vec::new(),
        }
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

    /// Tells what has to be known about the record, and takes back what was.
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

    fn take_health(&mut self, read: CheckRead) {
        let before = self.health.known();
        let sent_at = read.sent_at;
        if let Some((error, was_read)) = self.health.take(read, clock::instant()) {
            let note = Notice::HealthUnread {
                error: error.without_request(),
                was_read,
            };
            self.watch.tally.note(clock::wall(), note);
        }
        self.tell_read();
        if self.health.known() != before {
            self.learn(Fact::HealthRead {
                at: self.watch.now(),
                sent_at: self.uptime(sent_at),
                declared: self.group(),
            });
        }
    }

    /// Takes the note back when every check that is still in use can be read.
    fn tell_read(&self) {
        if !self.health.has_failures() {
            self.watch.tally.take_back(Subject::HealthUnread);
        }
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

/// When the next poll is due: so long after the last one was sent, however long its answer took. An API that asks for patience
/// has it from now on.
fn next_due(sent_at: Instant, now: Instant, pause: Duration, patient: bool) -> Instant {
    if patient {
        now + pause
    } else {
        (sent_at + pause).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_that_an_answer_takes_does_not_stretch_the_interval() {
        let (sent, seconds) = (clock::instant(), Duration::from_secs);
        let due = |took, patient| {
            let due = next_due(sent, sent + seconds(took), seconds(30), patient);
            (due - sent).as_secs()
        };
        assert_eq!(
            [0, 20, 30, 45].map(|took| due(took, false)),
            [30, 30, 30, 45]
        );
        assert_eq!(due(20, true), 50);
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
