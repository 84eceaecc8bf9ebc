//! What the observer publishes: the newest snapshot, and every event once, in one order for all who read.
//!
//! Publishing never waits. A slow reader finds the newest snapshot only. It finds the events since it last looked as far
//! as they are still kept, and how many are not.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::task::Waker;
use std::time::Duration;

use super::ending::Ending;
use crate::error::Failure;
use crate::snapshot::{Event, Snapshot};
use crate::tally::locked;

/// So many events wait for the slowest reader.
const EVENTS_KEPT: usize = 1000;

/// Where the observer publishes.
#[derive(Debug)]
pub(super) struct Stream {
    state: Mutex<State>,
    changed: Condvar,
    /// The reader that waits for something else besides.
    waiting: OnceLock<Waker>,
}

#[derive(Debug)]
struct State {
    snapshot: Arc<Snapshot>,
    /// How many snapshots there were.
    published: u64,
    /// The newest events, each with its number in the run; the first of the run has 1.
    events: VecDeque<(u64, Event)>,
    /// The number of the newest event.
    newest: u64,
    ended: Option<Ending>,
}

/// What a reader has not seen yet.
#[derive(Clone, Debug)]
pub(super) struct News {
    /// The newest.
    pub snapshot: Arc<Snapshot>,
    /// What happened since the reader last looked, in order.
    pub events: Vec<Event>,
    /// How many further events it can no longer be told, because it was slow.
    pub lost: u64,
    /// How the run has ended: the snapshot is the last one then, and no news follows.
    pub ended: Option<Ending>,
}

/// One who reads. As an iterator it waits for news and ends with the run.
#[derive(Debug)]
pub(super) struct Reader {
    stream: Arc<Stream>,
    /// How many snapshots had been published when it last looked.
    published: u64,
    /// The number of the newest event that it knows of.
    newest: u64,
}

/// Whatever shows a run or writes it down.
pub(super) trait Sink: Send {
    /// What it writes, in a word.
    fn name(&self) -> &'static str {
        "output"
    }

    /// Whether people read it, in their language; what others read is English.
    fn is_for_people(&self) -> bool {
        true
    }

    /// Shows news until the last.
    ///
    /// # Errors
    /// Those that end the run.
    fn run(self: Box<Self>, reader: Reader) -> Result<(), Failure>;
}

impl Stream {
    /// Begins with the first snapshot.
    pub fn new(first: Arc<Snapshot>) -> Arc<Self> {
        let mut state = State {
            snapshot: Arc::clone(&first),
            published: 0,
            events: VecDeque::new(),
            newest: 0,
            ended: None,
        };
        state.take(first);
        Arc::new(Self {
            state: Mutex::new(state),
            changed: Condvar::new(),
            waiting: OnceLock::new(),
        })
    }

    /// Shows a snapshot to all readers, with the events that are new in it.
    pub fn publish(&self, snapshot: Arc<Snapshot>) {
        self.take(snapshot, None);
    }

    /// The last snapshot, and how it ended.
    pub fn end(&self, last: Arc<Snapshot>, ending: Ending) {
        self.take(last, Some(ending));
    }

    fn take(&self, snapshot: Arc<Snapshot>, ended: Option<Ending>) {
        let mut state = locked(&self.state);
        state.take(snapshot);
        state.ended = ended.or(state.ended);
        drop(state);
        self.changed.notify_all();
        if let Some(waker) = self.waiting.get() {
            waker.wake_by_ref();
        }
    }

    /// The newest snapshot.
    pub fn newest(&self) -> Arc<Snapshot> {
        Arc::clone(&locked(&self.state).snapshot)
    }

    /// A reader to whom everything that is still kept is news.
    pub fn reader(self: &Arc<Self>) -> Reader {
        Reader {
            stream: Arc::clone(self),
            published: 0,
            newest: 0,
        }
    }
}

impl State {
    fn take(&mut self, snapshot: Arc<Snapshot>) {
        let numbered = (snapshot.older_events + 1..).zip(&snapshot.events);
        let new = numbered.filter(|(number, _)| *number > self.newest);
        let new = new.map(|(number, event)| (number, event.clone()));
        self.events.extend(new);
        let known = snapshot.older_events + snapshot.events.len() as u64;
        self.newest = self.newest.max(known);
        let surplus = self.events.len().saturating_sub(EVENTS_KEPT);
        self.events.drain(..surplus);
        self.snapshot = snapshot;
        self.published += 1;
    }
}

impl Reader {
    /// Wakes up a reader that waits for something else besides, whenever there is news. There is one of that kind.
    pub fn wake(&self, waker: Waker) {
        let _ = self.stream.waiting.set(waker);
    }

    /// What is new, if there is something within the time.
    pub fn news_within(&mut self, longest: Duration) -> Option<News> {
        let known = self.published;
        let nothing_new = |state: &mut State| state.published == known;
        let stream = &self.stream;
        let (state, _) = stream
            .changed
            .wait_timeout_while(locked(&stream.state), longest, nothing_new)
            .unwrap_or_else(PoisonError::into_inner);
        if state.published == known {
            return None;
        }
        let new = state.events.iter().filter(|(at, _)| *at > self.newest);
        let events: Vec<Event> = new.map(|(_, event)| event.clone()).collect();
        let news = News {
            snapshot: Arc::clone(&state.snapshot),
            lost: state.newest - self.newest - events.len() as u64,
            events,
            ended: state.ended,
        };
        self.published = state.published;
        self.newest = state.newest;
        Some(news)
    }
}

impl Iterator for Reader {
    type Item = News;

    fn next(&mut self) -> Option<News> {
        let state = locked(&self.stream.state);
        let over = state.ended.is_some() && state.published == self.published;
        drop(state);
        if over {
            return None;
        }
        self.news_within(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use proptest::prelude::*;

    use super::*;
    use crate::error::ExitCode;
    use crate::snapshot::{EndedBy, Happening};
    use crate::views::samples;

    /// Says its place among all events of the run, from 1.
    fn event(number: u64) -> Event {
        Event {
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(number),
            what: Happening::PollRecovered,
        }
    }

    fn number(event: &Event) -> u64 {
        let at = event.at.duration_since(SystemTime::UNIX_EPOCH);
        at.expect("not before 1970").as_secs()
    }

    /// The snapshot that keeps the last `kept` of so many events.
    fn snapshot(events: u64, kept: u64) -> Arc<Snapshot> {
        let older = events.saturating_sub(kept);
        Arc::new(Snapshot {
            events: (older + 1..=events).map(event).collect(),
            older_events: older,
            ..samples::start()
        })
    }

    const ENDING: Ending = Ending {
        by: EndedBy::Duration,
        code: ExitCode::Success,
    };

    #[test]
    fn a_slow_reader_gets_the_newest_snapshot_and_every_event_once() {
        let stream = Stream::new(snapshot(1, 200));
        let mut reader = stream.reader();
        for events in 2..=9 {
            stream.publish(snapshot(events, 3));
        }
        let news = reader.news_within(Duration::ZERO).expect("there is news");
        assert_eq!(*news.snapshot, *snapshot(9, 3));
        let numbers: Vec<u64> = news.events.iter().map(number).collect();
        assert_eq!((numbers, news.lost), ((1..=9).collect(), 0));
        assert!(
            reader.news_within(Duration::ZERO).is_none(),
            "it is told twice"
        );
    }

    #[test]
    fn a_reader_that_waits_is_woken_by_news_and_ends_with_the_run() {
        let stream = Stream::new(snapshot(1, 200));
        let reader = stream.reader();
        let told = std::thread::scope(|scope| {
            let read = scope.spawn(|| reader.map(|news| news.ended).collect::<Vec<_>>());
            stream.publish(snapshot(2, 200));
            stream.end(snapshot(3, 200), ENDING);
            read.join().expect("it does not panic")
        });
        assert_eq!(told.last(), Some(&Some(ENDING)));
        assert_eq!(told.iter().flatten().count(), 1, "{told:?}");
    }

    /// One step of a run: so many new events of which a snapshot keeps only some, and who looks afterwards.
    fn steps() -> impl Strategy<Value = Vec<(u64, u64, Vec<bool>)>> {
        let looks = prop::collection::vec(any::<bool>(), 3);
        let news = prop_oneof![4 => 0..20u64, 1 => 0..700u64];
        prop::collection::vec((news, 1..=200u64, looks), 1..40)
    }

    proptest! {
        /// However many events come at a time and whoever looks when: each reader gets them in the one order of the run,
        /// none twice, and what it does not get is counted.
        #[test]
        fn every_reader_is_told_the_same_order_and_what_it_misses(steps in steps()) {
            let stream = Stream::new(snapshot(0, 0));
            let mut readers: Vec<Reader> = (0..3).map(|_| stream.reader()).collect();
            let mut told = vec![(Vec::new(), 0); 3];
            let mut events = 0;
            let last = (0, 1, vec![true; 3]);
            for (new, kept, looks) in steps.into_iter().chain([last]) {
                events += new;
                stream.publish(snapshot(events, kept));
                prop_assert!(locked(&stream.state).events.len() <= EVENTS_KEPT);
                for (reader, (numbers, lost)) in
                    readers.iter_mut().zip(&mut told).zip(looks).filter_map(|(who, look)| look.then_some(who))
                {
                    let news = reader.news_within(Duration::ZERO).expect("there is news");
                    numbers.extend(news.events.iter().map(number));
                    *lost += news.lost;
                    prop_assert_eq!(numbers.len() as u64 + *lost, events);
                }
            }
            for (numbers, _) in &told {
                prop_assert!(numbers.is_sorted_by(|before, after| before < after), "{:?}", numbers);
            }
        }
    }
}
