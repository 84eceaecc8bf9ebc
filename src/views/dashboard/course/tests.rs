//! Pictures of played runs, and that no size and no course is too much.

use proptest::prelude::*;
use std::sync::{Arc, LazyLock};

use super::*;
use crate::model::course::Course;
use crate::model::course::{Bucket, WIDTHS};
use crate::views::samples;
use crate::views::samples::course as played;

static CUTOVER: LazyLock<Snapshot> = LazyLock::new(|| played::cutover().snapshot());
static LONG: LazyLock<Snapshot> = LazyLock::new(|| played::long().snapshot());
static MANY: LazyLock<Snapshot> = LazyLock::new(|| played::many().snapshot());
static REPLACED: LazyLock<Snapshot> = LazyLock::new(|| played::replaced().snapshot());

const FIVE_MINUTES: Window = Window::Last(Duration::from_mins(5));

fn text(lines: &[Line<'_>]) -> String {
    let line = |line: &Line<'_>| {
        let spans = line.spans.iter().map(|span| span.content.as_ref());
        spans.collect::<String>().trim_end().to_owned()
    };
    lines.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn of_all(snapshot: &Snapshot, window: Window, size: (usize, usize)) -> String {
    text(&shares(snapshot, None, window, size, &Theme::plain()))
}

fn of_one(snapshot: &Snapshot, set: &str, window: Window, size: (usize, usize)) -> String {
    text(&of_set(snapshot, set, window, size, &Theme::plain()))
}

#[test]
fn a_cutover() {
    for size in [(160, 20), (120, 12), (80, 8), (80, 3), (60, 2), (40, 6)] {
        let name = format!("course_cutover_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, of_all(&CUTOVER, FIVE_MINUTES, size));
    }
}

#[test]
fn a_long_run() {
    for (name, window) in [
        ("whole", Window::WholeRun),
        ("hour", Window::Last(Duration::from_hours(1))),
        ("five_minutes", FIVE_MINUTES),
    ] {
        let name = format!("course_long_{name}");
        insta::assert_snapshot!(name, of_all(&LONG, window, (100, 10)));
    }
}

#[test]
fn a_hundred_sets() {
    for size in [(120, 12), (60, 5)] {
        let name = format!("course_many_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, of_all(&MANY, FIVE_MINUTES, size));
    }
}

#[test]
fn a_set_that_went_and_one_that_came() {
    for size in [(120, 10), (80, 4)] {
        let name = format!("course_replaced_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, of_all(&REPLACED, FIVE_MINUTES, size));
    }
}

#[test]
fn the_page_of_a_set() {
    for size in [(120, 16), (80, 9), (60, 3)] {
        let name = format!("course_of_set_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, of_one(&CUTOVER, "green-33", FIVE_MINUTES, size));
    }
    let without_http = of_one(&REPLACED, "teal-34", FIVE_MINUTES, (120, 16));
    assert!(!without_http.contains(crate::views::words::course::P95));
}

#[test]
fn where_one_set_has_a_row_the_others_are_counted_in_it() {
    let row = of_all(&CUTOVER, FIVE_MINUTES, (60, 1));
    assert!(
        row.contains("blue-32") && row.ends_with("and 1 more"),
        "{row}"
    );
}

#[test]
fn the_bars_of_sets_begin_and_end_where_they_do_whatever_the_shares_are() {
    let mut snapshot = played::cutover().snapshot();
    let mut ends = std::collections::BTreeSet::new();
    for share in [None, Some(0.0), Some(0.071), Some(0.5), Some(1.0)] {
        for set in &mut snapshot.current_mut().sets {
            set.counted.share = share;
            set.declared_share = share.unwrap_or_default();
        }
        for size in [(120, 3), (60, 3)] {
            let lines = shares(&snapshot, None, FIVE_MINUTES, size, &Theme::plain());
            let axis: String = lines[2].spans.iter().map(|span| &*span.content).collect();
            ends.insert((size, fit::width(&axis)));
        }
    }
    assert_eq!(ends.len(), 2, "{ends:?}");
}

#[test]
fn the_page_of_a_name_server() {
    for size in [(120, 12), (80, 4)] {
        let name = format!("course_of_server_{}x{}", size.0, size.1);
        let lines = shares(
            &CUTOVER,
            Some(3.into()),
            FIVE_MINUTES,
            size,
            &Theme::plain(),
        );
        insta::assert_snapshot!(name, text(&lines));
    }
}

#[test]
fn a_name_server_has_its_own_shares_and_its_own_switch() {
    let snapshot = &*CUTOVER;
    let place = snapshot.course.place("green-33").expect("a place");
    // They go over ten seconds apart, from the first to the last.
    let switched = |server: usize| {
        let bins = Bins::new(snapshot, Some(server.into()), FIVE_MINUTES.span(), 300);
        let bins = bins.expect("bins");
        let marked: Vec<f64> = (0..bins.count)
            .filter(|bin| bins.marks(*bin).1)
            .map(|bin| bins.start(bin))
            .collect();
        let [at] = marked[..] else {
            panic!("one switch: {marked:?}");
        };
        let share = |from: f64, to: f64| {
            let bins_of = |bin: &usize| (from..to).contains(&bins.start(*bin));
            let seen = (0..bins.count).filter(bins_of);
            let shares = seen.filter_map(|bin| bins.observed(bin, place));
            let shares: Vec<f64> = shares.map(|observed| observed.share).collect();
            shares.iter().sum::<f64>() / as_f64(shares.len() as u64)
        };
        let [before, after] = [share(at - 60.0, at - 20.0), share(at + 20.0, 300.0)];
        assert!(before < 0.5 && after > 0.7, "{server}: {before} {after}");
        at
    };
    let at: Vec<f64> = (0..4).map(switched).collect();
    assert!(at.is_sorted() && at[3] - at[0] > 20.0, "{at:?}");
}

#[test]
fn identifiers_from_outside_are_made_visible() {
    let mut snapshot = played::cutover().snapshot();
    let mut course = Course::clone(&snapshot.course);
    course.sets[0] = "a\u{1b}[2Jb".into();
    snapshot.course = Arc::new(course);
    snapshot.current_mut().sets[0].identifier = "a\u{1b}[2Jb".to_owned();
    for size in [(120, 12), (80, 3)] {
        let text = of_all(&snapshot, FIVE_MINUTES, size);
        assert!(
            !text.contains('\u{1b}') && text.contains("\\u{1b}"),
            "{text}"
        );
    }
}

#[test]
fn without_an_answer_there_is_no_line() {
    let snapshot = &*CUTOVER;
    let bins = Bins::new(snapshot, None, FIVE_MINUTES.span(), 300).expect("bins");
    let place = snapshot.course.place("blue-32").expect("a place");
    let gap = |bin: &usize| bins.observed(*bin, place).is_none();
    let seconds: Vec<f64> = (0..bins.count)
        .filter(gap)
        .map(|bin| bins.start(bin))
        .collect();
    let (first, last) = (seconds[0], seconds[seconds.len() - 2]);
    assert!(
        (first - 60.0).abs() < 1e-9 && (last - 75.0).abs() < 5.1,
        "{seconds:?}"
    );
    let text = of_all(snapshot, FIVE_MINUTES, (80, 3));
    let row = text.lines().next().expect("a row");
    assert!(row.trim().contains("   "), "a gap in: {row}");
}

#[test]
fn a_short_run_fills_the_whole_run_and_the_end_of_five_minutes() {
    let story = played::Played {
        lasts: 30,
        silent: (0, 0),
        ..played::cutover()
    };
    let snapshot = story.snapshot();
    let row = |window| {
        let text = of_all(&snapshot, window, (80, 2));
        text.lines().next().expect("a row").to_owned()
    };
    assert!(row(FIVE_MINUTES).contains(&" ".repeat(30)));
    // The shares at its end have room for any.
    let bars: String = row(Window::WholeRun).chars().take(50).collect();
    assert!(!bars.trim().contains("    "), "{bars}");
}

#[test]
fn the_window_goes_from_five_minutes_to_the_whole_run_and_back() {
    let run = Duration::from_mins(130);
    let mut window = Window::default();
    let mut words = vec![window.in_words(run)];
    for _ in 0..4 {
        window = window.wider(run);
        words.push(window.in_words(run));
    }
    assert_eq!(
        words,
        [
            "last 5 min",
            "last 15 min",
            "last 1 h",
            "whole run, 2 h 10 min",
            "whole run, 2 h 10 min"
        ]
    );
    for expected in ["last 1 h", "last 15 min", "last 5 min", "last 5 min"] {
        window = window.narrower(run);
        assert_eq!(window.in_words(run), expected);
    }
    let month = Duration::from_hours(24 * 30);
    assert_eq!(Window::WholeRun.in_words(month), "last 14 d 5 h");
}

#[test]
fn nothing_is_wider_or_higher_than_its_room() {
    for snapshot in [&*CUTOVER, &*LONG, &*MANY, &*REPLACED] {
        for (width, rows) in [
            (0, 0),
            (1, 1),
            (10, 3),
            (39, 8),
            (40, 6),
            (41, 7),
            (80, 60),
            (300, 9),
        ] {
            for window in [FIVE_MINUTES, Window::WholeRun] {
                let all = shares(snapshot, None, window, (width, rows), &Theme::plain());
                let identifier = &snapshot.sets()[0].identifier;
                let one = of_set(snapshot, identifier, window, (width, rows), &Theme::plain());
                for lines in [all, one] {
                    assert!(lines.len() <= rows, "{width}x{rows}");
                    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
                    assert!(widest <= width, "{width}x{rows}: {widest}");
                }
            }
        }
    }
}

#[test]
fn samples_without_a_course_are_drawn_too() {
    for (name, snapshot) in samples::all() {
        for size in [(120, 12), (60, 3)] {
            let lines = shares(&snapshot, None, FIVE_MINUTES, size, &Theme::colored());
            assert!(lines.len() <= size.1, "{name}");
        }
    }
}

/// Some buckets of a course that no judge would write.
fn any_course() -> impl Strategy<Value = (Course, u64)> {
    let stretch = (
        0..200u32,
        0..200u32,
        proptest::option::of(0.0..=1.0f64),
        0..90_000_000u64,
    );
    let bucket = (
        proptest::collection::vec(stretch, 0..4),
        0..500u32,
        0..3u32,
        0..3u32,
    );
    let buckets = proptest::collection::vec(bucket, 0..20);
    (buckets, 0..20_000_000u64, 0..3_000_000u64).prop_map(|(buckets, now, first)| {
        let bucket = |(sets, counted, changes, switches): &(Vec<_>, _, _, _)| {
            let mut bucket = Bucket::default();
            bucket.counted = *counted;
            bucket.uncounted = counted / 3;
            bucket.changes = *changes;
            for server in 0..*switches {
                let server = usize::try_from(server).expect("few").into();
                bucket.switch(server);
                bucket.add(server, 1, true);
            }
            for (place, &(counted, uncounted, declared, p95)) in sets.iter().enumerate() {
                let set = bucket.set_mut(place);
                (set.counted, set.uncounted) = (counted, uncounted);
                set.declare(declared);
                set.set_p95(Some(Duration::from_micros(p95)));
            }
            Arc::new(bucket)
        };
        let mut course = Course {
            sets: ["blue-32", "green-33", "teal-34"].map(Arc::from).into(),
            ..Course::default()
        };
        for (ring, width) in course.rings.iter_mut().zip(WIDTHS) {
            // Near to now, or anywhere.
            ring.first = if first % 2 == 0 {
                (now / width).saturating_sub(7)
            } else {
                first
            };
            ring.buckets = buckets.iter().map(bucket).collect();
        }
        (course, now)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 100 } else { 2000 }))]

    #[test]
    fn no_size_and_no_course_is_too_much(
        (course, now) in any_course(),
        width in 0..=300usize,
        rows in 0..=60usize,
        span in proptest::option::of(0..3_000_000u64),
        tps in 0..=100u32,
    ) {
        let mut snapshot = samples::running();
        snapshot.course = Arc::new(course);
        snapshot.uptime = Duration::from_secs(now);
        snapshot.rate.target = tps;
        let span = span.map(Duration::from_secs);
        let window = span.map_or(Window::WholeRun, Window::Last);
        let all = shares(&snapshot, None, window, (width, rows), &Theme::plain());
        let server = shares(&snapshot, Some(1.into()), window, (width, rows), &Theme::plain());
        let one = of_set(&snapshot, "blue-32", window, (width, rows), &Theme::colored());
        for lines in [all, server, one] {
            prop_assert!(lines.len() <= rows);
            prop_assert!(lines.iter().all(|line| line.width() <= width));
        }
    }
}
