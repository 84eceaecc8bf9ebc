//! Writes the course of the run: every named answer into the spans of time in which it was asked for, with the shares
//! that were declared then, and a mark for each change and each switch.

use std::sync::Arc;
use std::time::Duration;

use crate::model::change::Cause;
use crate::model::course::{Bucket, Course, FORMER_SETS};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::reading::{Reading, SegmentState};
use crate::stats::histogram::Times;

/// A named answer, and whether the verdict counted it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Named {
    /// When it was asked for, since the start of the run.
    pub at: Duration,
    /// The number of the segment in force then.
    pub segment: u64,
    pub server: ServerIndex,
    pub set: SetIndex,
    /// Which leaf of a set with several it came from, where exactly one fits.
    pub leaf: Option<usize>,
    pub counted: bool,
}

/// Writes the course of a run.
#[derive(Debug, Default)]
pub(super) struct CourseWriter {
    course: Course,
    /// The number of the segment in force.
    segment: u64,
    /// The places of its sets, in their order.
    places: Vec<usize>,
    /// When the set at each place was declared last: the number of the segment.
    declared_in: Vec<u64>,
    /// A bucket with nothing in it but what is declared.
    fresh: Bucket,
    /// The times of the HTTP responses of the newest bucket, by ring and place.
    times: Vec<Vec<Option<Times>>>,
}

impl CourseWriter {
    /// Takes what a reading brought: the named answers with what became of them, and the switches of name servers.
    pub(super) fn write(
        &mut self,
        reading: &Reading,
        named: &[Named],
        switches: impl IntoIterator<Item = (ServerIndex, Duration)>,
        now: Duration,
    ) {
        let Some(current) = reading.segments.last() else {
            return;
        };
        let newer = current.number.saturating_sub(self.segment);
        let is_first = self.segment == 0;
        // Counting anew by hand changes nothing that is declared.
        let by_hand = |segment: &&Arc<SegmentState>| {
            segment.number > self.segment && segment.cause == Cause::ByHand
        };
        let by_hand = reading.segments.iter().filter(by_hand).count() as u64;
        let changes = newer.saturating_sub(by_hand);
        if newer > 0 {
            self.enter(current);
        }
        self.declare(current, now);
        if !is_first && changes > 0 {
            let changes = u32::try_from(changes).unwrap_or(u32::MAX);
            self.at(now, |bucket| bucket.changes += changes);
        }
        for (server, at) in switches {
            self.at(at, |bucket| bucket.switch(server));
        }
        for answer in named {
            if let Some(place) = self.place(reading, answer.segment, answer.set) {
                // What is asked for and answered has happened by now.
                self.at(answer.at.min(now), |bucket| {
                    bucket.add(answer.server, place, answer.counted);
                });
            }
        }
        self.time(reading, now);
    }

    /// The course up to now.
    pub(super) fn course(&self) -> Arc<Course> {
        Arc::new(self.course.clone())
    }

    /// Gives the sets of a new segment their places: the one they had, a new one, or that of the set which went first.
    fn enter(&mut self, segment: &SegmentState) {
        self.segment = segment.number;
        self.places.clear();
        let most = segment.group.sets.len() + FORMER_SETS;
        // Those that stay are seen first, so that none of them loses its place.
        for set in &segment.group.sets {
            if let Some(place) = self.course.place(&set.identifier) {
                self.declared_in[place] = segment.number;
            }
        }
        for set in &segment.group.sets {
            let known = self.course.place(&set.identifier);
            let place = known.unwrap_or_else(|| self.new_place(&set.identifier, most));
            self.declared_in[place] = segment.number;
            self.places.push(place);
        }
    }

    fn new_place(&mut self, identifier: &str, most: usize) -> usize {
        let places = self.course.sets.len();
        let oldest = (0..places).min_by_key(|place| self.declared_in[*place]);
        let oldest =
            oldest.filter(|place| places >= most && self.declared_in[*place] < self.segment);
        let Some(place) = oldest else {
            self.course.sets.push(identifier.into());
            self.declared_in.push(self.segment);
            return places;
        };
        for ring in &mut self.course.rings {
            for bucket in &mut ring.buckets {
                if bucket.has(place) {
                    Arc::make_mut(bucket).forget(place);
                }
            }
        }
        for times in &mut self.times {
            if let Some(times) = times.get_mut(place) {
                *times = None;
            }
        }
        self.course.sets[place] = identifier.into();
        place
    }

    /// Begins the buckets that are due, and has the newest ones know what is declared.
    fn declare(&mut self, current: &SegmentState, now: Duration) {
        let mut fresh = Bucket::default();
        for (place, share) in self.places.iter().zip(current.group.shares()) {
            fresh.set_mut(*place).declare(Some(share));
        }
        let is_new = fresh != self.fresh;
        self.fresh = fresh;
        self.times.resize_with(self.course.rings.len(), Vec::new);
        for (ring, times) in self.course.rings.iter_mut().zip(&mut self.times) {
            let began = ring.advance(now, &self.fresh);
            if began {
                times.clear();
            } else if is_new && let Some(newest) = ring.buckets.back_mut() {
                let newest = Arc::make_mut(newest);
                for place in 0..newest.sets.len().max(self.fresh.sets.len()) {
                    let declared = self.fresh.set(place).declared();
                    newest.set_mut(place).declare(declared);
                }
            }
        }
    }

    /// Works in how long HTTP responses took; they are as new as the reading.
    fn time(&mut self, reading: &Reading, now: Duration) {
        let mut places: Vec<(usize, Duration)> = Vec::new();
        for request in &reading.requests {
            if let Some(phases) = request.phases
                && let Some(place) = self.place(reading, request.segment, request.set)
            {
                places.push((place, phases.took()));
            }
        }
        places.sort_unstable();
        for (ring, times) in self.course.rings.iter_mut().zip(&mut self.times) {
            let number = ring.number(now);
            let Some(bucket) = ring.bucket_mut(number).filter(|_| !places.is_empty()) else {
                continue;
            };
            for of_place in places.chunk_by(|one, other| one.0 == other.0) {
                let place = of_place[0].0;
                if times.len() <= place {
                    times.resize_with(place + 1, || None);
                }
                let times = times[place].get_or_insert_default();
                for (_, took) in of_place {
                    times.record(*took);
                }
                bucket.set_mut(place).set_p95(times.p95());
            }
        }
    }

    /// The place of a set of a segment that is still kept.
    fn place(&self, reading: &Reading, segment: u64, set: SetIndex) -> Option<usize> {
        if segment == self.segment {
            return self.places.get(set.get()).copied();
        }
        let mut newest_first = reading.segments.iter().rev();
        let segment = newest_first.find(|kept| kept.number == segment)?;
        let set = segment.group.sets.get(set.get())?;
        self.course.place(&set.identifier)
    }

    /// Adds something to the bucket of a time in every ring that reaches back so far.
    fn at(&mut self, at: Duration, mut add: impl FnMut(&mut Bucket)) {
        for ring in &mut self.course.rings {
            let number = ring.number(at);
            if let Some(bucket) = ring.bucket_mut(number) {
                add(bucket);
            }
        }
    }
}

#[cfg(test)]
mod tests;
