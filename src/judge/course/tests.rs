//! What is in a course, and that it does not grow.

use super::*;
use crate::model::course::{BUCKETS, Ring};
use crate::model::event::Happening;
use crate::model::name::RecordName;
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::verdict::VerdictNews;
use crate::tally::Tally;
use crate::views::samples::course as played;
use std::time::SystemTime;

const RINGS: usize = crate::model::course::WIDTHS.len();

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn group(sets: &[(&str, u64)]) -> Arc<WeightedGroup> {
    let sets = sets.iter().map(|(identifier, weight)| {
        WeightedSet::new(identifier, *weight, Target::Addresses(Vec::new()))
    });
    let name = RecordName::from_user("app.example.com").expect("a name");
    let group = WeightedGroup::of_weights(name, RecordType::A, sets.collect());
    Arc::new(group)
}

/// A reading of one segment that declares these sets.
fn reading(number: u64, sets: &[(&str, u64)]) -> Reading {
    let tally = Tally::new(
        (*group(sets)).clone(),
        vec!["ns-1".into()],
        SystemTime::UNIX_EPOCH,
    );
    let mut reading = tally.read();
    Arc::make_mut(reading.segments.last_mut().expect("one")).number = number;
    reading
}

fn named(at: u64, segment: u64, set: usize, counted: bool) -> Named {
    Named {
        at: seconds(at),
        segment,
        server: 0.into(),
        set: set.into(),
        leaf: None,
        counted,
    }
}

/// The numbers of a set in a ring, over all buckets.
fn sums(ring: &Ring, place: usize) -> (u32, u32) {
    let buckets = ring.buckets.iter().map(|bucket| bucket.set(place));
    buckets.fold((0, 0), |(counted, uncounted), set| {
        (counted + set.counted, uncounted + set.uncounted)
    })
}

#[test]
fn every_ring_has_every_answer_at_the_time_when_it_was_asked_for() {
    let reading = reading(1, &[("blue", 90), ("green", 10)]);
    let mut writer = CourseWriter::default();
    writer.write(&reading, &[named(0, 1, 0, true)], [], seconds(1));
    // It was asked for two seconds before it came.
    let late = [named(7, 1, 0, true), named(9, 1, 1, false)];
    writer.write(&reading, &late, [], seconds(9));
    let course = writer.course();
    assert_eq!(course.rings[0].bucket(7).expect("kept").set(0).counted, 1);
    for ring in &course.rings {
        assert_eq!((sums(ring, 0), sums(ring, 1)), ((2, 0), (0, 1)));
        let all = ring
            .buckets
            .iter()
            .map(|bucket| (bucket.counted, bucket.uncounted));
        assert_eq!(
            all.fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1)),
            (2, 1)
        );
    }
    assert_eq!(course.rings[0].buckets.len(), 10);
}

#[test]
fn the_declared_share_steps_where_a_segment_begins() {
    let mut writer = CourseWriter::default();
    writer.write(
        &reading(1, &[("blue", 90), ("green", 10)]),
        &[],
        [],
        seconds(5),
    );
    writer.write(
        &reading(2, &[("blue", 50), ("teal", 50)]),
        &[],
        [(0.into(), seconds(4))],
        seconds(8),
    );
    let course = writer.course();
    let sets: Vec<&str> = course.sets.iter().map(|set| &**set).collect();
    assert_eq!(sets, ["blue", "green", "teal"]);
    let finest = &course.rings[0];
    let declared = |second: u64, place: usize| {
        let share = finest.bucket(second).expect("kept").set(place).declared();
        share.map(|share| (share * 100.0).round())
    };
    assert_eq!(
        [0, 1, 2].map(|place| declared(5, place)),
        [Some(90.0), Some(10.0), None]
    );
    assert_eq!(
        [0, 1, 2].map(|place| declared(8, place)),
        [Some(50.0), None, Some(50.0)]
    );
    // In a bucket of four seconds both were declared: what was at its end counts.
    let coarser = course.rings[1].bucket(1).expect("kept");
    assert!(coarser.set(1).declared().is_some());
    assert_eq!(
        course.rings[2].bucket(0).expect("kept").set(1).declared(),
        None
    );
    for ring in &course.rings {
        assert_eq!(
            ring.buckets
                .iter()
                .map(|bucket| bucket.changes)
                .sum::<u32>(),
            1
        );
        assert_eq!(
            ring.buckets
                .iter()
                .map(|bucket| bucket.switched.len())
                .sum::<usize>(),
            1
        );
    }
    assert_eq!(finest.bucket(8).expect("kept").changes, 1);
    assert_eq!(finest.bucket(4).expect("kept").switched, [0.into()]);
}

#[test]
fn a_set_that_comes_back_has_its_place_again_and_one_that_takes_a_place_finds_it_empty() {
    let mut writer = CourseWriter::default();
    let names: Vec<String> = (0..60).map(|number| format!("set-{number}")).collect();
    for (number, name) in (1..).zip(&names) {
        let reading = reading(number, &[("blue", 1), (name, 1)]);
        let answers = [
            named(number, number, 1, true),
            named(number, number, 0, true),
        ];
        writer.write(&reading, &answers, [], seconds(number));
    }
    let course = writer.course();
    assert_eq!(course.sets.len(), FORMER_SETS + 2);
    assert!(course.place("set-0").is_none() && course.place("set-59").is_some());
    let [blue, last] = ["blue", "set-59"].map(|set| course.place(set).expect("a place"));
    let ring = course.rings.last().expect("one");
    assert_eq!((sums(ring, last), sums(ring, blue)), ((1, 0), (60, 0)));
    assert_eq!(
        ring.buckets[0].counted, 120,
        "what the others had stays in the whole"
    );
    let again = reading(61, &[("blue", 1), ("set-30", 1)]);
    let place = course.place("set-30");
    writer.write(&again, &[], [], seconds(70));
    assert_eq!(writer.course().place("set-30"), place);
}

#[test]
fn a_week_takes_no_more_room_than_its_first_days() {
    let size = |course: &Course| {
        let cells = |ring: &Ring| {
            assert!(ring.buckets.len() <= BUCKETS);
            let cells = ring.buckets.iter().map(|bucket| bucket.room());
            cells.sum::<usize>()
        };
        course.rings.iter().map(cells).sum::<usize>()
    };
    let mut writer = CourseWriter::default();
    let (mut number, mut sizes) = (0, Vec::new());
    let mut current = reading(1, &[("blue", 1), ("green", 1)]);
    // A release an hour, each with a name of its own.
    for minute in 0..7 * 24 * 60u64 {
        if minute % 60 == 0 {
            number += 1;
            current = reading(number, &[("blue", 1), (&format!("release-{number}"), 1)]);
        }
        let now = seconds(60 * minute);
        let answers = (0..8).map(|which| Named {
            server: (which / 2).into(),
            ..named(60 * minute, number, which % 2, which % 2 == 0)
        });
        let answers: Vec<Named> = answers.collect();
        writer.write(&current, &answers, [(0.into(), now)], now);
        if minute % (24 * 60) == 24 * 60 - 1 {
            sizes.push((size(&writer.course), writer.course.sets.len()));
        }
    }
    // Each set has a cell of its own, and one for each of the four servers; what sets had that are forgotten is one more.
    let most = RINGS * BUCKETS * (5 * (FORMER_SETS + 2) + 4);
    // A vector may have room for twice as many.
    assert!(
        sizes
            .iter()
            .all(|(cells, sets)| *cells <= 2 * most && *sets <= FORMER_SETS + 2)
    );
    let ends: Vec<usize> = writer
        .course
        .rings
        .iter()
        .map(|ring| ring.buckets.len())
        .collect();
    assert_eq!(ends[..5], [BUCKETS; 5]);
    // The two widest are still being filled: a week has fewer buckets of that width than they keep.
    let growth = sizes[6].0 - sizes[2].0;
    let filled = ends[5..].iter().sum::<usize>() * 2 * (5 * (FORMER_SETS + 2) + 4);
    assert!(growth <= filled, "{sizes:?}");
}

#[test]
fn what_a_name_server_gave_is_kept_by_set_and_in_all() {
    let mut writer = CourseWriter::default();
    let reading = reading(1, &[("blue", 1), ("green", 1)]);
    let of = |server: usize, set, counted| Named {
        server: server.into(),
        ..named(3, 1, set, counted)
    };
    let answers = [
        of(1, 1, true),
        of(0, 0, true),
        of(1, 1, true),
        of(1, 0, false),
    ];
    writer.write(&reading, &answers, [(1.into(), seconds(3))], seconds(4));
    for ring in &writer.course().rings {
        let bucket = ring.bucket(ring.number(seconds(3))).expect("kept");
        let numbers = |server: Option<usize>, place| {
            let (set, all) = bucket.answers(server.map(ServerIndex::from), place);
            [set, all].map(|answers| (answers.counted, answers.uncounted))
        };
        assert_eq!(numbers(Some(1), 1), [(2, 0), (2, 1)]);
        assert_eq!(numbers(Some(1), 0), [(0, 1), (2, 1)]);
        assert_eq!(numbers(Some(0), 1), [(0, 0), (1, 0)]);
        assert_eq!(numbers(None, 1), [(2, 0), (3, 1)]);
        assert_eq!(bucket.switched, [1.into()]);
    }
}

#[test]
fn the_whole_of_a_name_server_keeps_what_a_forgotten_set_had() {
    let mut bucket = Bucket::default();
    for (server, place) in [(0, 0), (0, 1), (1, 0), (0, 0)] {
        bucket.add(server.into(), place, true);
    }
    bucket.forget(0);
    let counted = |server: usize, place| {
        let (set, all) = bucket.answers(Some(server.into()), place);
        (set.counted, all.counted)
    };
    assert_eq!(
        [counted(0, 0), counted(0, 1), counted(1, 0)],
        [(0, 3), (1, 3), (0, 1)]
    );
}

#[test]
fn the_course_of_a_played_run_is_what_was_counted() {
    let mut all = 0;
    let mut told = 0;
    let story = played::cutover();
    let mut last = None;
    story.play(|snapshot| last = Some(snapshot));
    let snapshot = last.expect("a moment");
    for event in &snapshot.events {
        if let Happening::Verdict(VerdictNews::ServerSwitched { .. }) = &event.what {
            told += 1;
        }
    }
    let course = &snapshot.course;
    for segment in &snapshot.segments {
        all += segment.sets.iter().map(|set| set.named.count).sum::<u64>();
    }
    for ring in &course.rings {
        let buckets = ring.buckets.iter();
        let named = buckets.map(|bucket| u64::from(bucket.counted + bucket.uncounted));
        // The finest one keeps five minutes, of which the last has just begun.
        let sum = named.sum::<u64>();
        assert!(
            sum <= all && sum + 10 >= all,
            "{:?}: {sum} of {all}",
            ring.width
        );
        let switches = ring.buckets.iter().map(|bucket| bucket.switched.len());
        assert_eq!((switches.sum::<usize>(), told), (4, 4));
    }
    let blue = course.place("blue-32").expect("a place");
    let green = course.place("green-33").expect("a place");
    let shares = |from: u64, to: u64| {
        let buckets = (from..to).filter_map(|second| course.rings[0].bucket(second));
        let (mut of_set, mut counted) = (0, 0);
        for bucket in buckets {
            of_set += bucket.set(blue).counted;
            counted += bucket.counted;
        }
        (counted > 0).then(|| f64::from(of_set) / f64::from(counted))
    };
    let declared = [180.0 / 250.0, 30.0 / 250.0];
    assert!((shares(1, 60).expect("answers") - declared[0]).abs() < 0.06);
    assert_eq!(shares(60, 80), None, "nothing came");
    assert_eq!(shares(191, 195), None, "no server has switched yet");
    assert!((shares(250, 300).expect("answers") - declared[1]).abs() < 0.06);
    let p95 = |second: u64, place: usize| {
        let ring = &course.rings[2];
        ring.bucket(ring.number(seconds(second)))?.set(place).p95()
    };
    let [before, after] = [30, 290].map(|second| p95(second, green).expect("responses"));
    assert!(before <= Duration::from_millis(101), "{before:?}");
    assert!(after >= Duration::from_millis(200), "{after:?}");
    assert_eq!(
        p95(70, green).map(|p95| p95 > Duration::ZERO),
        None,
        "nothing was asked"
    );
}
