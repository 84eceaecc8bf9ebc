//! Is one side worse than another over HTTP? Each request of a segment is worked in as it ended, and at every look the sets
//! that have answers are held against each other, with bounds that may be looked at as often as one likes.
//!
//! Once a side is found worse by more than the margin, it stays so until its bounds no longer lie above those of the other:
//! at the edge of the margin nothing flickers.

use std::collections::BTreeMap;

use crate::model::comparison::{Bounds, Compared, Comparison, Measure, SideBounds, SideComparison};
use crate::model::event::Happening;
use crate::model::index::SetIndex;
use crate::model::reading::{Reading, RequestSeen, SEGMENTS_KEPT, SegmentState};
use crate::stats::comparison::{Margin, compare};
use crate::stats::failures::Failures;
use crate::stats::latencies::Latencies;

/// How much more of the requests may fail: a point.
const MORE_FAILURES: Margin = Margin::Absolute(0.01);
/// So few sets are each held against every other; of more, each is held against the old side and the old side against it.
const FEW: usize = 4;
/// So many of the newest segments still take requests; what was found of older ones stands.
const OPEN: usize = 2;

/// The sides of all segments.
#[derive(Debug)]
pub(super) struct Sides {
    /// How often the bounds of one side may be wrong: half of what is left of the confidence.
    error_level: f64,
    /// How much slower does not matter, as a part of the other side's time.
    margin: Margin,
    /// The set that had the largest share when the run began.
    old_side: Option<String>,
    segments: BTreeMap<u64, OfSegment>,
}

#[derive(Debug, Default)]
struct OfSegment {
    /// By set, those that have answers; none any more where no request is taken.
    sides: BTreeMap<SetIndex, Side>,
    comparisons: Vec<SideComparison>,
    /// Whether something has come since the sides were compared.
    is_new: bool,
}

/// What is kept of one set.
#[derive(Debug, Default)]
struct Side {
    failures: Failures,
    latencies: Latencies,
    /// As they were worked out last, unless something has come since.
    bounds: Option<SideBounds>,
}

impl Sides {
    /// Nothing seen yet. Verdicts are held to the confidence, 0 to 1; the margin of times is a part of them.
    pub(super) fn new(confidence: f64, margin: f64) -> Self {
        Self {
            error_level: (1.0 - confidence) / 2.0,
            margin: Margin::Relative(margin),
            old_side: None,
            segments: BTreeMap::new(),
        }
    }

    /// Works a reading in, and tells which sides have become worse than others in the segment in force, and which no longer
    /// are.
    pub(super) fn take(&mut self, reading: &Reading) -> Vec<Happening> {
        let (Some(first), Some(current)) = (reading.segments.first(), reading.segments.last())
        else {
            return Vec::new();
        };
        if self.old_side.is_none() {
            self.old_side = largest(first, |_| true).map(|set| identifier(first, set).to_owned());
        }
        for request in &reading.requests {
            self.record(request, current.number);
        }
        let mut news = Vec::new();
        for segment in &reading.segments {
            let Some(of_segment) = self.segments.get_mut(&segment.number) else {
                continue;
            };
            if std::mem::take(&mut of_segment.is_new) {
                let old_side = self.old_side.as_deref();
                let now = of_segment.compare(segment, old_side, self.error_level, self.margin);
                let before = std::mem::replace(&mut of_segment.comparisons, now);
                if segment.number == current.number {
                    news.extend(changes(segment, &before, &of_segment.comparisons));
                }
            }
            if segment.number + (OPEN as u64) <= current.number {
                of_segment.sides.clear();
            }
        }
        while self.segments.len() > SEGMENTS_KEPT {
            self.segments.pop_first();
        }
        news
    }

    /// What was found of the sets of a segment.
    pub(super) fn of(&self, segment: u64) -> Vec<SideComparison> {
        let found = self.segments.get(&segment);
        found.map_or_else(Vec::new, |of_segment| of_segment.comparisons.clone())
    }

    fn record(&mut self, request: &RequestSeen, current: u64) {
        if request.segment + (OPEN as u64) <= current {
            return;
        }
        let of_segment = self.segments.entry(request.segment).or_default();
        of_segment.is_new = true;
        let side = of_segment.sides.entry(request.set).or_default();
        side.bounds = None;
        side.failures.record(request.at, request.fault.is_some());
        if let Some(phases) = request.phases {
            side.latencies.record(request.at, phases.took());
        }
    }
}

impl OfSegment {
    fn compare(
        &mut self,
        segment: &SegmentState,
        old_side: Option<&str>,
        error_level: f64,
        margin: Margin,
    ) -> Vec<SideComparison> {
        let sides = self.sides.iter_mut();
        let bounds = sides.map(|(set, side)| (*set, side.bounds(error_level)));
        let bounds: BTreeMap<SetIndex, SideBounds> = bounds.collect();
        let sets: Vec<SetIndex> = bounds.keys().copied().collect();
        let old = reference(segment, &sets, old_side);
        let pairs = pairs(&sets, old);
        let compared = pairs.into_iter().map(|(one, other)| {
            let mut before = self.comparisons.iter();
            let before = before.find(|it| it.one == one && it.other == other);
            let measures = Measure::ALL.map(|measure| {
                let index = measure.index();
                let (one, other) = (bounds[&one][index], bounds[&other][index]);
                let margin = match measure {
                    Measure::Errors => MORE_FAILURES,
                    Measure::P50 | Measure::P95 | Measure::P99 => margin,
                };
                let mut outcome = compare(one, other, margin);
                let was_worse =
                    before.is_some_and(|it| it.measures[index].outcome == Comparison::Worse);
                if was_worse && outcome == Comparison::Undecided && lies_above(one, other) {
                    outcome = Comparison::Worse;
                }
                Compared {
                    outcome,
                    one,
                    other,
                }
            });
            SideComparison {
                one,
                other,
                against_old: old == Some(other),
                measures,
            }
        });
        compared.collect()
    }
}

impl Side {
    fn bounds(&mut self, error_level: f64) -> SideBounds {
        let (failures, latencies) = (&self.failures, &self.latencies);
        *self.bounds.get_or_insert_with(|| {
            Measure::ALL.map(|measure| match measure.quantile() {
                None => failures.bounds(error_level),
                Some(quantile) => latencies.bounds(quantile, error_level),
            })
        })
    }
}

/// Whether both ends lie above those of the other, as far as they are known.
fn lies_above(one: Bounds, other: Bounds) -> bool {
    one.low > other.low && (one.high > other.high || one.high.is_infinite())
}

/// The set that the others are held against: the old side, or where it has no answers the one of the largest share.
fn reference(
    segment: &SegmentState,
    sets: &[SetIndex],
    old_side: Option<&str>,
) -> Option<SetIndex> {
    let is_old = |set: &&SetIndex| Some(identifier(segment, **set)) == old_side;
    let old = sets.iter().find(is_old).copied();
    old.or_else(|| largest(segment, |set| sets.contains(&set)))
}

/// Which set is held against which: first each against the reference, then the other way round, then, of few, the rest.
fn pairs(sets: &[SetIndex], reference: Option<SetIndex>) -> Vec<(SetIndex, SetIndex)> {
    let Some(reference) = reference else {
        return Vec::new();
    };
    let others = || sets.iter().copied().filter(move |set| *set != reference);
    let mut pairs: Vec<(SetIndex, SetIndex)> = others().map(|set| (set, reference)).collect();
    pairs.extend(others().map(|set| (reference, set)));
    if sets.len() <= FEW {
        let rest = others().flat_map(|one| others().map(move |other| (one, other)));
        pairs.extend(rest.filter(|(one, other)| one != other));
    }
    pairs
}

/// Of some sets the one of the largest declared share, the first of equals.
fn largest(segment: &SegmentState, is_meant: impl Fn(SetIndex) -> bool) -> Option<SetIndex> {
    let shares = SetIndex::enumerate(segment.group.shares());
    let shares = shares.filter(|(set, _)| is_meant(*set));
    let larger = |one: (SetIndex, f64), two: (SetIndex, f64)| if two.1 > one.1 { two } else { one };
    shares.reduce(larger).map(|(set, _)| set)
}

fn identifier(segment: &SegmentState, set: SetIndex) -> &str {
    let set = segment.group.sets.get(set.get());
    set.map_or("", |set| &set.identifier)
}

/// What has become worse than the old side, and what is no longer.
fn changes(
    segment: &SegmentState,
    before: &[SideComparison],
    now: &[SideComparison],
) -> Vec<Happening> {
    let is_worse = |it: &SideComparison| it.outcome() == Comparison::Worse;
    let change = |it: &SideComparison| {
        let mut before = before.iter();
        let before = before.find(|old| (old.one, old.other) == (it.one, it.other));
        let [set, than] = [it.one, it.other].map(|set| identifier(segment, set).to_owned());
        match (before.is_some_and(is_worse), is_worse(it)) {
            (false, true) => Some(Happening::SideWorse {
                set,
                than,
                measures: it.measures,
            }),
            (true, false) => Some(Happening::SideNoLongerWorse { set, than }),
            _ => None,
        }
    };
    let meant = now.iter().filter(|it| it.against_old);
    meant.filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::facts::{At, Fact, HttpOutcome};
    use crate::model::comparison::worse;
    use crate::model::http::HttpFailure;
    use crate::model::http::{HttpFault, Phases};
    use crate::model::name::RecordName;
    use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
    use crate::stats::random::random;
    use crate::tally::Tally;

    const START: SystemTime = SystemTime::UNIX_EPOCH;

    fn group(weights: &[u64]) -> WeightedGroup {
        let set = |(place, weight): (usize, &u64)| {
            let place = u8::try_from(place).expect("few sets");
            let target = Target::Addresses(vec![[192, 0, 2, place].into()]);
            WeightedSet::new(&format!("set-{place}"), *weight, target)
        };
        let sets = weights.iter().enumerate().map(set).collect();
        let name = RecordName::from_user("app.example.com").expect("a name");
        WeightedGroup::of_weights(name, RecordType::A, sets)
    }

    struct Run {
        tally: Tally,
        sides: Sides,
        second: u64,
        random: Box<dyn FnMut() -> f64>,
        told: Vec<(u64, Happening)>,
    }

    impl Run {
        fn new(weights: &[u64]) -> Self {
            Self::with_margin(weights, 0.2)
        }

        fn with_margin(weights: &[u64], margin: f64) -> Self {
            Self {
                tally: Tally::new(group(weights), vec!["ns-1".into()], START),
                sides: Sides::new(0.99, margin),
                second: 0,
                random: Box::new(random(71)),
                told: Vec::new(),
            }
        }

        fn at(&self, millis: u64) -> At {
            let uptime = Duration::from_millis(1_000 * self.second + millis);
            let wall = START + uptime;
            At { uptime, wall }
        }

        /// Five requests a second to each set, as long as that on average and failing as often.
        fn play(&mut self, seconds: u64, sets: &[(f64, f64)]) -> Vec<SideComparison> {
            for _ in 0..seconds {
                let (segment, _) = self.tally.in_force();
                for request in 0..5 {
                    for (set, (millis, failing)) in SetIndex::enumerate(sets) {
                        let took = millis * (0.5 + (self.random)()) / 1_000.0;
                        let fails = (self.random)() < *failing;
                        let failure = fails.then(|| HttpFailure {
                            kind: HttpFault::Status,
                            why: "status 503".to_owned(),
                        });
                        self.tally.take(Fact::Requested {
                            at: self.at(200 * request),
                            segment,
                            set,
                            outcome: HttpOutcome::Response {
                                address: Ipv4Addr::LOCALHOST.into(),
                                status: if fails { 503 } else { 200 },
                                phases: Some(Phases {
                                    first_byte: Duration::from_secs_f64(took),
                                    ..Phases::default()
                                }),
                                failure,
                            },
                        });
                    }
                }
                self.second += 1;
                let news = self.sides.take(&self.tally.read());
                self.told
                    .extend(news.into_iter().map(|it| (self.second, it)));
            }
            let (segment, _) = self.tally.in_force();
            self.sides.of(segment)
        }
    }

    fn outcomes(comparison: &SideComparison) -> [Comparison; 4] {
        comparison.measures.map(|measure| measure.outcome)
    }

    use Comparison::{NoWorse, Undecided, Worse};

    #[test]
    fn a_slower_side_is_found_worse_and_the_other_is_not_and_both_are_told_with_their_bounds() {
        let mut run = Run::new(&[90, 10]);
        let start = run.play(1, &[(90.0, 0.0), (180.0, 0.0)]);
        assert_eq!(outcomes(&start[0]), [Undecided; 4]);
        let found = run.play(300, &[(90.0, 0.0), (180.0, 0.0)]);
        let [green, blue] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((green.one, green.other), (1.into(), 0.into()));
        assert_eq!(outcomes(green), [NoWorse, Worse, Worse, Worse]);
        assert_eq!((blue.one, blue.other), (0.into(), 1.into()));
        assert_eq!(outcomes(blue), [NoWorse; 4]);
        let p50 = green.measures[Measure::P50.index()];
        assert!((0.1..0.18).contains(&p50.one.low) && (0.18..0.25).contains(&p50.one.high));
        assert!((0.05..0.09).contains(&p50.other.low) && (0.09..0.12).contains(&p50.other.high));
        // Told once, when it was first proven.
        let [
            (
                at,
                Happening::SideWorse {
                    set,
                    than,
                    measures,
                },
            ),
        ] = &run.told[..]
        else {
            panic!("{:?}", run.told)
        };
        assert!(*at < 60, "{at}");
        assert_eq!((set.as_str(), than.as_str()), ("set-1", "set-0"));
        assert_eq!(worse(measures).next().expect("something").0, Measure::P50);
    }

    #[test]
    fn what_is_slower_by_less_than_the_margin_is_no_worse() {
        let mut run = Run::with_margin(&[90, 10], 2.0);
        let found = run.play(600, &[(90.0, 0.0), (180.0, 0.0)]);
        assert_eq!(outcomes(&found[0])[1..], [NoWorse; 3]);
        assert!(run.told.is_empty(), "{:?}", run.told);
    }

    #[test]
    fn a_side_that_fails_is_worse_and_recovers_in_a_segment_of_its_own() {
        let mut run = Run::new(&[90, 10]);
        let found = run.play(300, &[(90.0, 0.0), (90.0, 0.05)]);
        assert_eq!(outcomes(&found[0])[0], Worse);
        let changed = Fact::Polled {
            at: run.at(0),
            sent_at: Duration::from_secs(run.second),
            declared: Ok(group(&[50, 50])),
            known_since: Some(Duration::from_secs(run.second)),
        };
        run.tally.take(changed);
        let found = run.play(1, &[(90.0, 0.0), (90.0, 0.0)]);
        assert_eq!(outcomes(&found[0]), [Undecided; 4]);
        // What was found of the segment before stands.
        assert_eq!(outcomes(&run.sides.of(1)[0])[0], Worse);
        let found = run.play(600, &[(90.0, 0.0), (90.0, 0.0)]);
        assert_eq!(found[0].outcome(), NoWorse, "{:?}", found[0]);
        assert_eq!(run.told.len(), 1, "{:?}", run.told);
    }

    #[test]
    fn what_is_no_longer_worse_is_told_and_at_the_edge_of_the_margin_nothing_flickers() {
        let mut run = Run::new(&[90, 10]);
        run.play(60, &[(90.0, 0.0), (90.0, 0.4)]);
        // The more it answers well, the less of all requests have failed; in the end it is not seen to be worse at all.
        run.play(60 * 60, &[(90.0, 0.01), (90.0, 0.0)]);
        let told: Vec<bool> = (run.told.iter())
            .map(|(_, news)| matches!(news, Happening::SideWorse { .. }))
            .collect();
        assert_eq!(told, [true, false], "{:?}", run.told);
    }

    #[test]
    fn equal_sides_are_not_called_worse_however_often_one_looks() {
        let wrong = (0..20).filter(|seed| {
            let mut run = Run::new(&[50, 50]);
            run.random = Box::new(random(900 + seed));
            run.play(120, &[(90.0, 0.02), (90.0, 0.02)]);
            !run.told.is_empty()
        });
        assert_eq!(wrong.count(), 0);
    }

    #[test]
    fn many_sets_are_held_against_the_old_side_only() {
        let pairs_of = |weights: &[u64]| {
            let mut run = Run::new(weights);
            let found = run.play(1, &vec![(90.0, 0.0); weights.len()]);
            let pair = |it: &SideComparison| (it.one.get(), it.other.get());
            found.iter().map(pair).collect::<Vec<_>>()
        };
        assert_eq!(pairs_of(&[10, 90]), [(0, 1), (1, 0)]);
        assert_eq!(pairs_of(&[1; 4]).len(), 12);
        let mut many = vec![1; 100];
        many[41] = 2;
        let found = pairs_of(&many);
        assert_eq!(found.len(), 2 * 99);
        assert!(
            found
                .iter()
                .all(|(one, other)| (*one == 41) != (*other == 41))
        );
        assert_eq!((found[0], found[99]), ((0, 41), (41, 0)));
    }

    #[test]
    fn a_set_without_answers_is_held_against_nothing() {
        let mut run = Run::new(&[90, 10]);
        assert!(run.play(30, &[(90.0, 0.0)]).is_empty());
    }

    #[test]
    fn old_segments_take_no_room_and_no_requests() {
        let mut run = Run::new(&[1, 1]);
        for weight in 2..80 {
            run.play(1, &[(90.0, 0.0), (90.0, 0.0)]);
            let at = run.at(0);
            let declared = Ok(group(&[1, weight]));
            run.tally.take(Fact::Polled {
                at,
                sent_at: at.uptime,
                declared,
                known_since: Some(at.uptime),
            });
        }
        assert!(run.sides.segments.len() <= SEGMENTS_KEPT);
        let open = run
            .sides
            .segments
            .values()
            .filter(|it| !it.sides.is_empty());
        assert!(open.count() <= OPEN);
        let reading = run.tally.read();
        let newest = Arc::clone(reading.segments.last().expect("one"));
        assert_eq!(newest.number, 79);
    }
}
