//! How the shares of a run went, in constant memory: rings of buckets, each ring four times as coarse as the one before
//! and reaching back four times as far. Every ring has every answer, so any of them tells the whole of what it covers.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use super::index::ServerIndex;

/// So many buckets are in a ring at most.
pub const BUCKETS: usize = 300;
/// The width of the buckets of each ring, in seconds: from the last five minutes to the last two weeks.
pub const WIDTHS: [u64; 7] = [1, 4, 16, 64, 256, 1024, 4096];
/// Sets that are not declared any more keep their places as long as there are no more of them than this.
pub const FORMER_SETS: usize = 50;

/// The course of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The identifiers of the sets, by place: those of the segment in force, and former ones.
    pub sets: Vec<Arc<str>>,
    /// The finest first.
    pub rings: Vec<Ring>,
}

impl Default for Course {
    fn default() -> Self {
        let ring = |width| Ring {
            width: Duration::from_secs(width),
            first: 0,
            buckets: VecDeque::new(),
        };
        Self {
            sets: Vec::new(),
            rings: WIDTHS.map(ring).into(),
        }
    }
}

impl Course {
    /// The place of a set.
    pub fn place(&self, identifier: &str) -> Option<usize> {
        self.sets.iter().position(|set| &**set == identifier)
    }

    /// How far back the course reaches at most.
    pub fn reach() -> Duration {
        let [.., widest] = WIDTHS;
        Duration::from_secs(widest * BUCKETS as u64)
    }
}

/// Buckets of one width without a gap between them.
#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    /// The width of a bucket, in whole seconds.
    pub width: Duration,
    /// The number of the first bucket that is kept; 0 is the one that begins with the run.
    pub first: u64,
    /// The buckets, oldest first.
    pub buckets: VecDeque<Arc<Bucket>>,
}

impl Ring {
    /// The number of the bucket that a time since the start of the run falls into.
    pub fn number(&self, at: Duration) -> u64 {
        at.as_secs() / self.width.as_secs().max(1)
    }

    /// The bucket with a number.
    pub fn bucket(&self, number: u64) -> Option<&Bucket> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.buckets.get(place).map(|bucket| &**bucket)
    }

    /// The same, to add something to; a copy of its own where somebody else still has it.
    pub fn bucket_mut(&mut self, number: u64) -> Option<&mut Bucket> {
        let place = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.buckets.get_mut(place).map(Arc::make_mut)
    }

    /// Whether a new bucket has begun since it was told the time last: adds `fresh` ones up to that time and forgets
    /// what is too old.
    pub fn advance(&mut self, now: Duration, fresh: &Bucket) -> bool {
        let number = self.number(now);
        let mut next = self.first + self.buckets.len() as u64;
        if next > number {
            return false;
        }
        // After a long sleep only as many are made as are kept.
        let oldest = (number + 1).saturating_sub(BUCKETS as u64);
        if next < oldest {
            self.buckets.clear();
            next = oldest;
            self.first = oldest;
        }
        let fresh = Arc::new(fresh.clone());
        for _ in next..=number {
            self.buckets.push_back(Arc::clone(&fresh));
        }
        while self.buckets.len() > BUCKETS {
            self.buckets.pop_front();
            self.first += 1;
        }
        true
    }
}

/// What came in one span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bucket {
    /// Named answers that the verdict counted, over all sets.
    pub counted: u32,
    /// Those that it did not.
    pub uncounted: u32,
    /// By the place of the set. It may end before the last place.
    pub sets: Vec<Stretch>,
    /// How often the declared configuration changed.
    pub changes: u32,
    /// The name servers that went over to the declared shares, as an estimate.
    pub switched: Vec<ServerIndex>,
    /// What each name server gave of each set: only what came, since most buckets are narrow; ordered.
    cells: Vec<Cell>,
}

/// What one name server gave of one set in one span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    server: u16,
    place: u16,
    answers: Answers,
}

/// Named answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Those that the verdict counted.
    pub counted: u32,
    /// Those that it did not.
    pub uncounted: u32,
}

impl Answers {
    fn add(&mut self, other: Self) {
        self.counted += other.counted;
        self.uncounted += other.uncounted;
    }
}

impl Bucket {
    /// What a set has of it.
    pub fn set(&self, place: usize) -> Stretch {
        self.sets.get(place).copied().unwrap_or_default()
    }

    /// The same, to add something to.
    pub fn set_mut(&mut self, place: usize) -> &mut Stretch {
        if self.sets.len() <= place {
            self.sets.resize(place + 1, Stretch::default());
        }
        &mut self.sets[place]
    }

    /// Adds a named answer of a name server.
    pub fn add(&mut self, server: ServerIndex, place: usize, is_counted: bool) {
        let one = Answers {
            counted: u32::from(is_counted),
            uncounted: u32::from(!is_counted),
        };
        self.counted += one.counted;
        self.uncounted += one.uncounted;
        let set = self.set_mut(place);
        set.counted += one.counted;
        set.uncounted += one.uncounted;
        // Nothing has so many servers or sets.
        let key = |place: usize| u16::try_from(place).unwrap_or(u16::MAX);
        let (server, place) = (key(server.get()), key(place));
        let known = |cell: &Cell| (cell.server, cell.place).cmp(&(server, place));
        let found = self.cells.binary_search_by(known);
        let at = found.unwrap_or_else(|at| {
            let answers = Answers::default();
            let cell = Cell {
                server,
                place,
                answers,
            };
            self.cells.insert(at, cell);
            at
        });
        self.cells[at].answers.add(one);
    }

    /// The named answers of a set, and of all; of one name server, or of all.
    pub fn answers(&self, server: Option<ServerIndex>, place: usize) -> (Answers, Answers) {
        let Some(server) = server else {
            let set = self.set(place);
            let of = |counted, uncounted| Answers { counted, uncounted };
            return (
                of(set.counted, set.uncounted),
                of(self.counted, self.uncounted),
            );
        };
        let (mut of_set, mut of_all) = (Answers::default(), Answers::default());
        for cell in &self.cells {
            if usize::from(cell.server) == server.get() {
                of_all.add(cell.answers);
                if usize::from(cell.place) == place {
                    of_set.add(cell.answers);
                }
            }
        }
        (of_set, of_all)
    }

    /// A name server went over, as an estimate.
    pub fn switch(&mut self, server: ServerIndex) {
        if !self.switched.contains(&server) {
            self.switched.push(server);
        }
    }

    /// Forgets what a set had, whose place another one takes; what all had together stays, so that the shares of the others
    /// do.
    pub fn forget(&mut self, place: usize) {
        if let Some(set) = self.sets.get_mut(place) {
            *set = Stretch::default();
        }
        // So do those of one name server: what the set had there belongs to no place any more.
        for cell in &mut self.cells {
            if usize::from(cell.place) == place {
                cell.place = u16::MAX;
            }
        }
        self.cells.sort_by_key(|cell| (cell.server, cell.place));
        self.cells.dedup_by(|later, earlier| {
            let same = (later.server, later.place) == (earlier.server, earlier.place);
            if same {
                earlier.answers.add(later.answers);
            }
            same
        });
    }

    /// Whether there is anything of a set in it.
    pub fn has(&self, place: usize) -> bool {
        self.set(place) != Stretch::default()
    }

    /// How much room it takes, in sets and in what name servers gave of them.
    pub fn room(&self) -> usize {
        self.sets.capacity() + self.cells.capacity()
    }
}

/// One set in one span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stretch {
    /// Its answers that the verdict counted.
    pub counted: u32,
    /// Its answers that it did not.
    pub uncounted: u32,
    declared: Option<f32>,
    p95_micros: Option<NonZeroU32>,
}

impl Stretch {
    /// The share that was declared at the end of the span; `None` where the set was not.
    pub fn declared(&self) -> Option<f64> {
        self.declared.map(f64::from)
    }

    /// Notes the declared share, 0 to 1; a course needs no more digits than this keeps.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a share is within the bounds of an f32, and only digits that no picture shows are lost"
    )]
    pub fn declare(&mut self, share: Option<f64>) {
        self.declared = share.map(|share| share as f32);
    }

    /// The time within which 95 % of the HTTP responses of the span came.
    pub fn p95(&self) -> Option<Duration> {
        let micros = self.p95_micros?;
        Some(Duration::from_micros(micros.get().into()))
    }

    /// Notes that time; none that matters is longer than an hour.
    pub fn set_p95(&mut self, p95: Option<Duration>) {
        self.p95_micros = p95.and_then(|p95| {
            let micros = u32::try_from(p95.as_micros()).unwrap_or(u32::MAX);
            NonZeroU32::new(micros.max(1))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn ring() -> Ring {
        Course::default().rings.swap_remove(1)
    }

    #[test]
    fn a_ring_has_every_span_once_and_forgets_the_oldest() {
        let (mut ring, fresh) = (ring(), Bucket::default());
        assert!(ring.advance(seconds(0), &fresh));
        assert!(!ring.advance(seconds(3), &fresh), "the same four seconds");
        assert!(ring.advance(seconds(9), &fresh));
        assert_eq!((ring.first, ring.buckets.len()), (0, 3));
        ring.advance(seconds(4 * 305), &fresh);
        assert_eq!((ring.first, ring.buckets.len()), (6, BUCKETS));
        assert!(ring.bucket(5).is_none() && ring.bucket(6).is_some());
        assert!(ring.bucket(305).is_some() && ring.bucket(306).is_none());
    }

    #[test]
    fn after_a_long_sleep_only_what_is_kept_is_made() {
        let mut ring = ring();
        ring.advance(seconds(0), &Bucket::default());
        ring.bucket_mut(0).expect("the first").counted = 7;
        ring.advance(Duration::from_hours(100_000), &Bucket::default());
        assert_eq!(ring.buckets.len(), BUCKETS);
        assert!(ring.buckets.iter().all(|bucket| bucket.counted == 0));
    }

    #[test]
    fn who_has_a_copy_sees_nothing_of_what_comes_later() {
        let mut ring = ring();
        ring.advance(seconds(0), &Bucket::default());
        let copy = ring.clone();
        ring.bucket_mut(0).expect("the first").counted += 1;
        assert_eq!((copy.buckets[0].counted, ring.buckets[0].counted), (0, 1));
    }

    #[test]
    fn the_rings_reach_back_five_minutes_to_two_weeks() {
        let reach = WIDTHS.map(|width| seconds(width * BUCKETS as u64));
        assert_eq!(reach[0], Duration::from_mins(5));
        assert!(Course::reach() >= Duration::from_hours(14 * 24));
    }
}
