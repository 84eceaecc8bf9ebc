//! The course of a run cut into bins: what one point of a chart stands for.

use std::time::Duration;

use crate::model::course::{Bucket, Course, Ring};
use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::snapshot::Snapshot;

/// Of fewer answers a share jumps so much by chance that a chart shows little else, so bins are made for so many.
const ENOUGH: u64 = 50;
/// The share of fewer answers is not drawn: one of them would be a fifth of the height.
const FEW: u64 = 5;
/// But there are so many bins at least, if there are buckets.
const FEWEST: u64 = 12;
/// Of fewer answers of all sets together nobody reads a p95 of one of them.
const ENOUGH_FOR_P95: u64 = 100;

/// What was observed of one set in one bin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Observed {
    /// Its share of the answers that are counted, or of the other named ones.
    pub(super) share: f64,
    /// Whether they are counted.
    pub(super) counted: bool,
}

/// Bins of equal width that end with the newest bucket. Their borders do not move with time, so that what is past keeps
/// its shape.
#[derive(Debug)]
pub(super) struct Bins<'a> {
    ring: &'a Ring,
    /// Whose answers; `None`: those of all name servers.
    server: Option<ServerIndex>,
    /// Buckets in a bin.
    buckets: u64,
    /// The number of the bin that time is in.
    last: u64,
    /// How many there are, those from before the start of the run among them.
    pub(super) count: usize,
    /// How far the last one has come.
    is_early: bool,
    /// By bin, which of its answers are shown, and how many they are.
    shown: Vec<Option<Shown>>,
}

/// The answers of a bin that are shown.
#[derive(Clone, Copy, Debug)]
struct Shown {
    /// Those that are counted, or the others because there are next to none that are.
    counted: bool,
    answers: u64,
}

impl<'a> Bins<'a> {
    /// At most so many bins of the answers of all name servers, or of one, for a span that ends now; `None`: for the whole
    /// run.
    pub(super) fn new(
        snapshot: &'a Snapshot,
        server: Option<ServerIndex>,
        span: Option<Duration>,
        most: usize,
    ) -> Option<Self> {
        let (now, most) = (snapshot.uptime, most.max(1) as u64);
        let covered = span.unwrap_or(now);
        let ring = ring_for(&snapshot.course, covered, 0)?;
        let width = ring.width.as_secs().max(1);
        let needed = (covered.as_secs() / width + 1).min(crate::model::course::BUCKETS as u64);
        // The servers are asked in turn.
        let asked = server.map_or(1, |_| snapshot.servers.len().max(1) as u64);
        let answers = u64::from(snapshot.rate.target).max(1) * width;
        let calm = (ENOUGH * asked).div_ceil(answers).min(needed / FEWEST);
        let buckets = needed.div_ceil(most).max(calm).max(1);
        let last = ring.number(now) / buckets;
        let reach = needed.div_ceil(buckets).min(most);
        let count = match span {
            Some(span) => (span.as_secs() / width).div_ceil(buckets).clamp(1, reach),
            None => (last + 1).min(reach),
        };
        let begun = ring.number(now) + 1 - last * buckets;
        let mut bins = Self {
            ring,
            server,
            buckets,
            last,
            count: usize::try_from(count).ok()?,
            is_early: last > 0 && 2 * begun <= buckets,
            shown: Vec::new(),
        };
        bins.shown = (0..bins.count).map(|bin| bins.look(bin)).collect();
        Some(bins)
    }

    /// Which answers of a bin are shown; `None` where there are not enough of either.
    fn look(&self, bin: usize) -> Option<Shown> {
        let (mut counted, mut uncounted) = (0, 0);
        for bucket in self.buckets(bin) {
            let (_, all) = bucket.answers(self.server, 0);
            counted += u64::from(all.counted);
            uncounted += u64::from(all.uncounted);
        }
        let is_counted = counted >= FEW;
        (is_counted || uncounted >= FEW).then_some(Shown {
            counted: is_counted,
            answers: if is_counted { counted } else { uncounted },
        })
    }

    /// Seconds from the start of the run to the left end of a bin; before the start where the run is younger.
    pub(super) fn start(&self, bin: usize) -> f64 {
        let first = as_f64(self.last + 1) - as_f64(self.count as u64);
        (first + as_f64(bin as u64)) * as_f64(self.buckets) * self.ring.width.as_secs_f64()
    }

    /// From the left end of the first bin to the right end of the last, in seconds from the start of the run.
    pub(super) fn bounds(&self) -> [f64; 2] {
        [self.start(0), self.start(self.count)]
    }

    fn buckets(&self, bin: usize) -> impl Iterator<Item = &'a Bucket> + use<'a> {
        let number = (self.last + 1 + bin as u64).checked_sub(self.count as u64);
        let (ring, width) = (self.ring, self.buckets);
        let numbers = number.map_or(0..0, |number| number * width..(number + 1) * width);
        numbers.filter_map(|number| ring.bucket(number))
    }

    /// What was observed of a set; `None` where there was next to no answer, where the set was neither declared nor
    /// answered, and where the bin has only just begun.
    pub(super) fn observed(&self, bin: usize, place: usize) -> Option<Observed> {
        if self.is_early && bin + 1 == self.count {
            return None;
        }
        let shown = self.shown.get(bin).copied().flatten()?;
        let (mut of_set, mut declared) = (0, false);
        for bucket in self.buckets(bin) {
            let (set, _) = bucket.answers(self.server, place);
            let answers = if shown.counted {
                set.counted
            } else {
                set.uncounted
            };
            of_set += u64::from(answers);
            declared |= bucket.set(place).declared().is_some();
        }
        (declared || of_set > 0).then(|| Observed {
            share: as_f64(of_set) / as_f64(shown.answers),
            counted: shown.counted,
        })
    }

    /// Whether the answers of a bin that are shown are those that are counted, or the others because there are next to
    /// none that are; `None` where there are not enough of either.
    pub(super) fn is_counted(&self, bin: usize) -> Option<bool> {
        let shown = self.shown.get(bin).copied().flatten();
        shown.map(|shown| shown.counted)
    }

    /// The share that was declared for a set at the end of a bin.
    pub(super) fn declared(&self, bin: usize, place: usize) -> Option<f64> {
        let newest = self.buckets(bin).last()?;
        newest.set(place).declared()
    }

    /// Whether the declared configuration changed in a bin, and whether one of the servers switched.
    pub(super) fn marks(&self, bin: usize) -> (bool, bool) {
        let is_it = |server: &ServerIndex| self.server.is_none_or(|it| it == *server);
        let marks = |(changed, switched), bucket: &Bucket| {
            (
                changed || bucket.changes > 0,
                switched || bucket.switched.iter().any(is_it),
            )
        };
        self.buckets(bin).fold((false, false), marks)
    }
}

/// The times within which 95 % of the responses of a set came: begin and end of each span between two bounds, in seconds
/// since the start of the run, and the time.
pub(super) fn p95(
    snapshot: &Snapshot,
    place: usize,
    bounds: [f64; 2],
    most: usize,
) -> Vec<(f64, f64, Option<Duration>)> {
    let [from, to] = bounds;
    let covered = Duration::try_from_secs_f64(to - from.max(0.0)).unwrap_or_default();
    let least = ENOUGH_FOR_P95.div_ceil(u64::from(snapshot.rate.target).max(1));
    let of_most = covered.as_secs().div_ceil(most.max(1) as u64);
    let Some(ring) = ring_for(&snapshot.course, covered, least.max(of_most)) else {
        return Vec::new();
    };
    let width = ring.width.as_secs_f64();
    let spans = (ring.first..).zip(&ring.buckets).map(|(number, bucket)| {
        let start = as_f64(number) * width;
        (start, start + width, bucket.set(place).p95())
    });
    spans
        .filter(|(start, end, _)| *end > from && *start < to)
        .collect()
}

/// The finest ring that reaches back over a span and whose buckets are not narrower than so many seconds, or else the
/// widest.
fn ring_for(course: &Course, span: Duration, least: u64) -> Option<&Ring> {
    let reaches = |ring: &&Ring| {
        let reach = ring.width * u32::try_from(crate::model::course::BUCKETS).unwrap_or(u32::MAX);
        reach >= span && ring.width.as_secs() >= least
    };
    let mut rings = course.rings.iter();
    rings.find(reaches).or_else(|| course.rings.last())
}
