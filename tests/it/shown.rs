//! What is shown is what the verdict counts: every share lies in its own range, and no picture contradicts its verdict.

use std::sync::{Mutex, OnceLock};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use r53mon::demo::Story;
use r53mon::facts::{At, Fact, Query};
use r53mon::judge::{Judge, RunFacts};
use r53mon::model::answer::{Answer, ServerMode};
use r53mon::model::event::EventKind;
use r53mon::model::health::SetHealth;
use r53mon::model::name::RecordName;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::model::share::{Candidate, level};
use r53mon::model::verdict::{Criteria, ServerState, SetVerdict, VerdictState};
use r53mon::snapshot::{EndedBy, RecordFacts, Set, Snapshot};
use r53mon::stats::random::random;
use r53mon::tally::Tally;
use r53mon::verdict::Start;
use r53mon::views::dashboard::{self, Chosen, Cursor, Theme, UiState};
use r53mon::views::{facts, format, summary, text};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Cell;

use crate::player::{Play, Seen};

/// Screens with room for tables.
const SIZES: [(u16, u16); 2] = [(120, 40), (80, 24)];
/// What is told to the tenth of a point may be half of that off.
const ROUNDED: f64 = 0.051;

/// The lines of a frame.
fn frame(size: (u16, u16), snapshot: &Snapshot) -> Vec<String> {
    frame_with(&UiState::default(), size, snapshot)
}

fn frame_with(ui: &UiState, (width, height): (u16, u16), snapshot: &Snapshot) -> Vec<String> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("no device");
    let theme = Theme::plain();
    let draw = |frame: &mut ratatui::Frame| dashboard::draw(frame, snapshot, ui, &theme);
    terminal.draw(draw).expect("no device");
    let cells = terminal.backend().buffer().content();
    let line = |cells: &[Cell]| cells.iter().map(Cell::symbol).collect();
    cells.chunks(width.into()).map(line).collect()
}

/// One set as a table shows it; what has no room is not there.
#[derive(Debug)]
struct Row {
    count: Option<String>,
    share: Option<String>,
    diff: Option<String>,
    range: Option<String>,
}

/// The rows of the table of observed shares.
fn rows(lines: &[String], sets: &[Set]) -> Vec<Row> {
    let mut lines = lines.iter();
    lines.find(|line| line.contains("Actual Traffic Distribution"));
    let Some(titles) = lines.find(|line| line.contains("Diff")) else {
        return Vec::new();
    };
    let begins = |line: &str, set: &Set| {
        let mut words = line.split([' ', '│']).filter(|word| !word.is_empty());
        words.next() == Some(&*set.identifier)
    };
    let of_set = |set: &Set| {
        let line = lines.clone().find(|line| begins(line, set))?;
        let cell = |titles_of: &[&str]| cell(titles, line, titles_of);
        Some(Row {
            count: cell(&["Count"]),
            // The last one, where a declared share stands before it.
            share: cell(&["Actual", "Ratio"]),
            diff: cell(&["Diff"]),
            range: cell(&["range"]),
        })
    };
    sets.iter().filter_map(of_set).collect()
}

/// What stands below one of these titles: numbers end where their title does.
fn cell(titles: &str, line: &str, wanted: &[&str]) -> Option<String> {
    let found = wanted.iter().find_map(|title| {
        let begin = titles.rfind(title)?;
        Some(titles[..begin + title.len()].chars().count())
    })?;
    let until: String = line.chars().take(found).collect();
    let mut words = until.rsplit([' ', '│']).filter(|word| !word.is_empty());
    words.next().map(str::to_owned)
}

fn percents(text: &str) -> f64 {
    let number = text.trim_start_matches('!').trim_end_matches('%');
    number.parse().unwrap_or_else(|_| panic!("{text}"))
}

/// Every set of every segment: its share is of what is judged, and lies in the range.
fn check_numbers(snapshot: &Snapshot) {
    for segment in &snapshot.segments {
        let of_sets: u64 = segment.sets.iter().map(|set| set.counted.count).sum();
        assert!(of_sets <= segment.counted(), "{segment:?}");
        for set in &segment.sets {
            let of_parts: u64 = set.parts.iter().map(|part| part.count).sum();
            assert!(of_parts <= set.counted.count, "{set:?}");
            let Some(SetVerdict {
                count, low, high, ..
            }) = set.judged
            else {
                assert_eq!(set.counted, set.named);
                continue;
            };
            assert_eq!(set.counted.count, count, "{set:?}");
            let is_in = |share| (low - 1e-9..=high + 1e-9).contains(&share);
            assert!(set.counted.share.is_none_or(is_in), "{set:?}");
            assert_eq!(set.counted.share.is_none(), segment.counted() == 0);
        }
    }
}

/// Every row of a text shows these numbers, and a share in its own range.
fn check_rows(lines: &[String], snapshot: &Snapshot) -> Vec<Row> {
    let (sets, all) = (snapshot.sets(), || lines.join("\n"));
    let rows = rows(lines, sets);
    assert_eq!(rows.len(), sets.len(), "{}", all());
    for (row, set) in rows.iter().zip(sets) {
        let share = set.counted.share.map_or("-".to_owned(), format::percent);
        assert_eq!(row.share.as_ref(), Some(&share), "{}", all());
        let count = format::count(set.counted.count);
        assert!(
            row.count.as_ref().is_none_or(|it| *it == count),
            "{}",
            all()
        );
        let range = row.range.as_deref().filter(|range| *range != "-");
        if let Some((low, high)) = range.and_then(|range| range.split_once('-')) {
            let within = percents(low) - ROUNDED..=percents(high) + ROUNDED;
            assert!(
                share == "-" || within.contains(&percents(&share)),
                "{}",
                all()
            );
        }
    }
    rows
}

/// All views of a moment show the same numbers.
fn check_views(snapshot: &Snapshot) {
    if facts::waiting(snapshot).is_some() {
        return;
    }
    for size in SIZES {
        check_rows(&frame(size, snapshot), snapshot);
    }
    let mut out = Vec::new();
    summary::write_summary(&mut out, snapshot, EndedBy::Quit, true).expect("memory");
    let written = String::from_utf8(out).expect("text");
    let current = snapshot.segments.last().expect("one").number;
    let lines: Vec<String> = written.lines().map(str::to_owned).collect();
    let heading = format!("Segment {current},");
    let begin = lines.iter().position(|line| line.starts_with(&heading));
    check_rows(&lines[begin.expect("its heading")..], snapshot);
    let mut out = Vec::new();
    text::write_line(&mut out, snapshot).expect("memory");
    let line = String::from_utf8(out).expect("text");
    for set in snapshot.sets() {
        let share = set.counted.share.map_or("-".to_owned(), format::percent);
        assert!(
            line.contains(&format!("{} {share} (", set.identifier)),
            "{line}"
        );
    }
}

/// What the name servers do for a while.
#[derive(Clone, Copy, Debug)]
enum Serving {
    Declared,
    /// The shares before the last change.
    Old,
    /// Those of a change of health that nobody has read yet.
    Next,
    /// Every set alike, also those with the share 0.
    Even,
    /// Most answers are the one before.
    Sticky,
    /// One server gives every set alike.
    OneServerOff,
    /// One in ten answers is an address that no set declares.
    Undeclared,
}

/// A run by hand, at twenty answers a second from four name servers.
struct Run<R> {
    tally: Tally,
    judge: Judge,
    random: R,
    /// In ticks of half a second.
    ticks: u32,
    declared: WeightedGroup,
    before: WeightedGroup,
    /// What is served and not read yet.
    next: Option<WeightedGroup>,
    last: usize,
}

const NAMES: [&str; 4] = ["blue", "green", "standby", "teal"];
const SERVERS: usize = 4;
const TICK: Duration = Duration::from_millis(500);

/// Sets with these weights, of which the unhealthy ones are named.
fn group(weights: &[u64], unhealthy: &[&str]) -> WeightedGroup {
    let sets = NAMES.iter().zip(weights).zip(10..);
    let sets = sets.map(|((name, &weight), place)| {
        let address = format!("192.0.2.{place}").parse().expect("an address");
        WeightedSet::new(name, weight, Target::Addresses(vec![address]))
    });
    let name = RecordName::from_user("app.example.com").expect("a name");
    let mut group = WeightedGroup::of_weights(name, RecordType::A, sets.collect());
    for set in &mut group.sets {
        if unhealthy.contains(&&*set.identifier) {
            set.health = SetHealth::Unhealthy;
        }
    }
    let candidate = |set: &WeightedSet| Candidate {
        weight: set.weight,
        healthy: set.health.counts_as_healthy(),
    };
    let shares = level(&group.sets.iter().map(candidate).collect::<Vec<_>>());
    for (set, (value, reason, of)) in group.sets.iter_mut().zip(shares) {
        set.share.value = value;
        for level in &mut set.share.levels {
            (level.value, level.reason, level.of) = (value, reason, of);
        }
    }
    group
}

fn stamp(uptime: Duration) -> At {
    let wall = SystemTime::UNIX_EPOCH + uptime;
    At { uptime, wall }
}

impl<R: FnMut() -> f64> Run<R> {
    fn new(weights: &[u64], random: R) -> Self {
        let servers = (0..SERVERS).map(|number| format!("ns-{number}"));
        let facts = RunFacts {
            gates: Vec::new(),
            max_unknown: 0.05,
            window: Duration::from_mins(5),
            http_margin: 0.2,
            http_max_tps: None,
            start: Start::Settled,
            record: RecordFacts {
                name: "app.example.com".to_owned(),
                record_type: RecordType::A,
                zone_id: "Z1".to_owned(),
                zone_name: "example.com".to_owned(),
                api_url: None,
                endpoint: "https://app.example.com/".to_owned(),
                tool: r53mon::model::declared::Tool::default(),
            },
            tps: 20,
            http: false,
            criteria: Criteria {
                tolerance: 0.05,
                confidence: 0.99,
            },
            notes: Vec::new(),
            plan: r53mon::model::stage::Plan::default(),
            started_at: SystemTime::UNIX_EPOCH,
        };
        Self {
            tally: Tally::new(
                group(weights, &[]),
                servers.collect(),
                SystemTime::UNIX_EPOCH,
            ),
            judge: Judge::new(facts),
            random,
            ticks: 0,
            declared: group(weights, &[]),
            before: group(weights, &[]),
            next: None,
            last: 0,
        }
    }

    /// Other weights are read, and served from now on or not.
    fn change(&mut self, weights: &[u64]) {
        let sets = self.declared.sets.len();
        self.declare(group(&weights[..sets], &[]));
    }

    fn declare(&mut self, group: WeightedGroup) {
        self.before = std::mem::replace(&mut self.declared, group);
        self.poll();
    }

    fn poll(&mut self) {
        let now = TICK * self.ticks;
        self.tally.take(Fact::Polled {
            at: stamp(now),
            sent_at: now,
            declared: Ok(self.declared.clone()),
            // The weights are read now, and health was before it changed.
            known_since: self.next.is_none().then_some(now),
        });
    }

    /// Half a second of answers, a poll where one is due, and a look.
    fn tick(&mut self, serving: Serving) -> Snapshot {
        for number in 0..10 {
            let at = TICK * self.ticks + Duration::from_millis(50) * number;
            let server = number as usize % SERVERS;
            let place = self.drawn(serving, server);
            self.answer(at, server, place);
        }
        self.ticks += 1;
        if self.judge.wants_poll() || self.ticks.is_multiple_of(20) {
            self.poll();
        }
        let now = TICK * self.ticks;
        let (reading, _) = self.tally.tick(stamp(now));
        self.judge.observe(reading, now, stamp(now).wall)
    }

    /// The place of the set that answers; one too large is nobody's.
    fn drawn(&mut self, serving: Serving, server: usize) -> usize {
        let sets = self.declared.sets.len();
        let even = self::group(&vec![1; sets], &[]);
        let group = match serving {
            Serving::Sticky if (self.random)() < 0.8 => return self.last,
            Serving::Undeclared if (self.random)() < 0.1 => return sets,
            Serving::Even => &even,
            Serving::OneServerOff if server == 0 => &even,
            Serving::Old => &self.before,
            Serving::Next => self.next.as_ref().expect("it is served"),
            _ => &self.declared,
        };
        let shares = group.shares();
        let mut left = (self.random)();
        let found = shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        // Rounding may leave a little: then it is the last one that can answer.
        let last = shares.iter().rposition(|&share| share > 0.0);
        self.last = found.or(last).expect("somebody answers");
        self.last
    }

    fn answer(&self, sent_at: Duration, server: usize, place: usize) {
        let (segment, _) = self.tally.in_force();
        let (at, server, mode) = (stamp(sent_at), server.into(), ServerMode::Direct);
        self.tally.take(Fact::Sent {
            at,
            server,
            segment,
            mode,
        });
        let address = format!("192.0.2.{}", 10 + place)
            .parse()
            .expect("an address");
        self.tally.take(Fact::Answered {
            at,
            query: Query {
                sent_at,
                server,
                segment,
                mode,
                stray: 0,
            },
            took: Duration::from_millis(2),
            answer: Answer {
                addresses: vec![address],
                ..Answer::default()
            },
        });
    }
}

/// What is served for so many seconds, and to what the weights change before, if they do.
fn steps() -> impl Strategy<Value = Vec<(Serving, u32, Option<Vec<u64>>)>> {
    use Serving::{Declared, Even, Old, OneServerOff, Sticky, Undeclared};
    let serving = prop::sample::select(vec![Declared, Old, Even, Sticky, OneServerOff, Undeclared]);
    let weights = prop::option::of(weights(4));
    prop::collection::vec((serving, 4..60_u32, weights), 2..7)
}

fn weights(least: usize) -> impl Strategy<Value = Vec<u64>> {
    let weight = prop_oneof![3 => 1..=100_u64, 1 => Just(0)];
    prop::collection::vec(weight, least..=4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, rng_seed: RngSeed::Fixed(53), ..ProptestConfig::default() })]

    #[test]
    fn a_share_never_lies_outside_its_own_range(first in weights(2), steps in steps(), seed in 0..1_000_u64) {
        let mut run = Run::new(&first, random(seed));
        for (serving, seconds, change) in steps {
            if let Some(weights) = change {
                run.change(&weights);
            }
            for tick in 0..2 * seconds {
                let snapshot = run.tick(serving);
                check_numbers(&snapshot);
                if tick % 8 == 0 {
                    check_views(&snapshot);
                }
            }
        }
    }
}

/// The runs above are no proof of anything unless what is special comes up in them.
#[test]
fn what_is_not_counted_is_told_with_the_reason() {
    let told = |run: &mut Run<_>, serving, seconds: u32| {
        let mut last = None;
        for _ in 0..2 * seconds {
            last = Some(run.tick(serving));
        }
        let last = last.expect("a tick");
        let segment = last.current().expect("one");
        let told = r53mon::views::verdicts::uncounted(segment);
        let state = segment.verdict.as_ref().map(|verdict| verdict.state);
        (state, told.unwrap_or_default())
    };
    let mut run = Run::new(&[90, 10], random(3));
    let matched = told(&mut run, Serving::Declared, 100);
    assert_eq!(matched, (Some(VerdictState::Match), String::new()));
    run.change(&[20, 80, 0, 0]);
    let (state, text) = told(&mut run, Serving::Old, 8);
    assert_eq!(state, Some(VerdictState::Propagating));
    assert!(
        text.contains("160 answers from before the servers switched: blue 1"),
        "{text}"
    );
    let (state, text) = told(&mut run, Serving::Declared, 100);
    assert_eq!(state, Some(VerdictState::Match));
    assert!(
        text.contains("answers from before the servers switched: blue 1"),
        "{text}"
    );
    let (state, text) = told(&mut run, Serving::Even, 60);
    assert_eq!(state, Some(VerdictState::Mismatch));
    assert!(
        text.contains("answers from before the mismatch: "),
        "{text}"
    );
    let (state, text) = told(&mut run, Serving::Declared, 200);
    assert_eq!(state, Some(VerdictState::Match));
    assert!(
        text.contains("answers from before the counting began anew: "),
        "{text}"
    );
    let mut run = Run::new(&[50, 50], random(3));
    let (_, text) = told(&mut run, Serving::Sticky, 60);
    assert!(
        text.contains(" passed over, since answers depend on each other"),
        "{text}"
    );
}

/// Plays a story of the demo, and looks at every moment as both sizes of screen show it.
async fn played(name: &str, until: u64) -> Seen {
    let mut story = Story::find(name).expect("it ships").clone();
    story.http = false;
    let mut play = Play::new(story, until);
    play.look = check_picture;
    play.play().await
}

/// The sizes at which nothing may move.
const ALL_SIZES: [(u16, u16); 7] = [
    (200, 60),
    (160, 50),
    (120, 40),
    (100, 30),
    (80, 24),
    (60, 15),
    (40, 10),
];

/// The rows of a picture by which its regions are known, in the order of `ANCHORS`.
fn places(lines: &[String]) -> Vec<Option<usize>> {
    let begins = |anchor: &&str| {
        let mut lines = lines.iter();
        lines.position(|line| line.trim_start_matches([' ', '│']).starts_with(*anchor))
    };
    ANCHORS.iter().map(begins).collect()
}

/// What the rows of regions begin with.
const ANCHORS: [&str; 7] = [
    "Now: ",
    "Actual Traffic",
    "SetIdentifier",
    "TPS: ",
    "Name ",
    "Events",
    "q quit",
];

/// The title of a column: its row, the column of the screen that it begins at, and its first word.
type Head = (usize, usize, String);

/// The titles of the columns of the tables of sets and name servers.
fn heads(lines: &[String]) -> Vec<Head> {
    let mut heads = Vec::new();
    for (row, line) in lines.iter().enumerate() {
        let begin = line.trim_start_matches([' ', '│']);
        let width = line.chars().count();
        let width = match begin {
            _ if begin.starts_with("SetIdentifier") => width,
            // Beside the name servers of a wide screen stands the course.
            _ if begin.starts_with("Name Server ") && width < 150 => width,
            _ if begin.starts_with("Name Server ") => width * 6 / 10,
            _ => continue,
        };
        let line: Vec<char> = line.chars().take(width).collect();
        let is_in_gap = |column: usize| [' ', '│'].contains(&line[column]);
        let begins = |column: &usize| {
            let has_gap = *column < 2 || is_in_gap(*column - 2);
            !is_in_gap(*column) && is_in_gap(*column - 1) && has_gap
        };
        heads.extend((1..line.len()).filter(begins).map(|column| {
            let word = line[column..].iter().take_while(|letter| **letter != ' ');
            (row, column, word.collect())
        }));
    }
    heads
}

/// Where the titles stood first in the story that is played, at each size.
static HEADS: Mutex<Option<Vec<Vec<Head>>>> = Mutex::new(None);

/// Every region stands where it stands on a picture of the beginning, wherever the cursor is, and every column of a table
/// where it stands at the beginning of its story.
fn check_places(snapshot: &Snapshot) {
    static FIRST: OnceLock<Vec<Vec<Option<usize>>>> = OnceLock::new();
    // What is waited for stands in the place of a title.
    if facts::waiting(snapshot).is_some() {
        return;
    }
    let last_set = snapshot.sets().last();
    let last_set = last_set.map(|set| Chosen::Set(set.identifier.clone()));
    let some = [None, last_set, Some(Chosen::Server(0.into()))];
    // One of them at each moment is enough of so many moments.
    let which = usize::try_from(snapshot.queries.sent).expect("few");
    let ui = UiState {
        cursor: Cursor(some[which % some.len()].clone()),
        ..UiState::default()
    };
    let frames = ALL_SIZES.map(|size| frame_with(&ui, size, snapshot));
    let places: Vec<_> = frames.iter().map(|lines| places(lines)).collect();
    let first = FIRST.get_or_init(|| places.clone());
    assert_eq!(*first, places, "{ui:?}");
    let heads: Vec<_> = frames.iter().map(|lines| heads(lines)).collect();
    let mut first = HEADS.lock().expect("nobody panics with it but the test");
    assert_eq!(*first.get_or_insert_with(|| heads.clone()), heads);
}

#[tokio::test]
async fn no_region_and_no_column_of_the_picture_moves_while_any_story_is_played() {
    for story in Story::built_in() {
        *HEADS.lock().expect("nobody panics with it but the test") = None;
        let mut play = Play::new(story.clone(), 200);
        play.look = check_places;
        play.play().await;
    }
}

fn check_picture(snapshot: &Snapshot) {
    check_numbers(snapshot);
    if facts::waiting(snapshot).is_some() {
        return;
    }
    let verdict = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref());
    let criteria = verdict.expect("a verdict").criteria;
    for size in SIZES {
        let lines = frame(size, snapshot);
        let rows = check_rows(&lines, snapshot);
        let badge = lines
            .iter()
            .take(4)
            .any(|line| line.starts_with("  MATCH "));
        assert_eq!(
            badge,
            verdict.is_some_and(|it| it.state == VerdictState::Match)
        );
        if badge {
            let all = lines.join("\n");
            check_match(&rows, criteria.tolerance, &all);
            for word in ["stale", "differs", "propagating"] {
                let is_so = |line: &&String| line.starts_with(" ns-") && line.contains(word);
                assert_eq!(lines.iter().find(is_so), None, "{all}");
            }
        }
    }
    if verdict.is_some_and(|verdict| verdict.state == VerdictState::Match) {
        check_servers(snapshot, criteria.tolerance);
    }
}

/// Below a match no share is off.
fn check_match(rows: &[Row], tolerance: f64, all: &str) {
    for row in rows {
        let diff = row.diff.as_ref().expect("there is room");
        assert!(!diff.starts_with('!'), "{all}");
        assert!(percents(diff).abs() <= tolerance * 100.0 + ROUNDED, "{all}");
    }
}

/// Nor are those of a server or of the last minute, by more than so few answers are off by chance.
fn check_servers(snapshot: &Snapshot, tolerance: f64) {
    let near = |share: f64, declared: f64, answers: u64| {
        let answers = f64::from(u32::try_from(answers).expect("few")).max(1.0);
        let chance = 5.5 * (declared * (1.0 - declared) / answers).sqrt() + 5.0 / answers;
        (share - declared).abs() <= tolerance + chance
    };
    for server in &snapshot.servers {
        assert_ne!(server.state, ServerState::Propagating);
        let shares = r53mon::model::share::observed_shares(server.shown()).unwrap_or_default();
        let answers = server.shown().iter().sum();
        for (set, share) in snapshot.sets().iter().zip(shares) {
            assert!(near(share, set.declared_share, answers), "{server:?}");
        }
    }
    for set in snapshot.sets() {
        if let Some(recent) = set.recent {
            let count = f64::from(u32::try_from(recent.count).expect("few"));
            let answers = f64::from(u32::try_from(recent.answers).expect("few"));
            let share = count / answers;
            assert!(near(share, set.declared_share, recent.answers), "{set:?}");
        }
    }
}

#[tokio::test]
async fn no_moment_of_a_cutover_shows_a_match_above_numbers_that_contradict_it() {
    let seen = played("cutover", 240).await;
    assert!(seen.count(EventKind::Match) >= 2, "{}", seen.tale());
}

#[tokio::test]
async fn no_moment_of_weights_at_zero_shows_a_match_above_numbers_that_contradict_it() {
    let seen = played("zero-weights", 180).await;
    assert!(seen.count(EventKind::Match) >= 2, "{}", seen.tale());
}

#[tokio::test]
async fn no_moment_of_nested_sets_shows_more_of_a_part_than_of_its_set() {
    let mut story = Story::find("nested").expect("it ships").clone();
    story.http = false;
    let mut play = Play::new(story, 100);
    play.look = check_numbers;
    let seen = play.play().await;
    let sets = seen.snapshot.sets();
    let nearby = sets
        .iter()
        .find(|set| !set.parts.is_empty())
        .expect("parts");
    // Answers of before the change are in neither.
    assert!(nearby.uncounted() > 0, "{nearby:?}");
    let of_parts: u64 = nearby.parts.iter().map(|part| part.count).sum();
    assert_eq!(of_parts, nearby.counted.count, "{nearby:?}");
}

#[tokio::test]
async fn no_moment_of_unhealthy_sets_shows_a_match_above_numbers_that_contradict_it() {
    // Health is read once a minute of real time, so this fast it is hardly known, and answers do not fit.
    let seen = played("unhealthy-blue", 230).await;
    assert!(seen.count(EventKind::Match) >= 1, "{}", seen.tale());
    assert!(seen.count(EventKind::Suspicion) >= 1, "{}", seen.tale());
}

/// The same story by hand: each change of health is read a little after it is served.
#[test]
fn no_moment_of_health_that_is_read_late_shows_a_match_above_numbers_that_contradict_it() {
    let weights = [70, 30, 0];
    let mut run = Run::new(&weights, random(5));
    let mut matches = 0;
    for unhealthy in [
        &[][..],
        &["blue"],
        &["blue", "green"],
        &["blue", "green", "standby"],
        &[],
    ] {
        run.declare(group(&weights, unhealthy));
        for tick in 0..300 {
            let serving = if tick < 20 {
                Serving::Old
            } else {
                Serving::Declared
            };
            let snapshot = run.tick(serving);
            check_numbers(&snapshot);
            if tick % 4 == 0 || tick == 299 {
                check_picture(&snapshot);
            }
        }
        let last = run.tick(Serving::Declared);
        let verdict = last.current().and_then(|segment| segment.verdict.clone());
        matches += usize::from(verdict.is_some_and(|it| it.state == VerdictState::Match));
    }
    assert_eq!(matches, 5);
}

/// The story at its own speed: each change of health is served 25 seconds before it is read, with weights read all the while.
#[test]
fn health_that_is_served_before_it_is_read_takes_nothing_back() {
    let weights = [70, 30, 0];
    for seed in 0..6 {
        let mut run = Run::new(&weights, random(seed));
        (0..120).for_each(|_| drop(run.tick(Serving::Declared)));
        let mut last = None;
        for unhealthy in [&["blue"][..], &["blue", "green"], &[]] {
            run.next = Some(group(&weights, unhealthy));
            for tick in 0..50 {
                let snapshot = run.tick(Serving::Next);
                if tick % 4 == 0 {
                    check_picture(&snapshot);
                }
                let segment = snapshot.current().expect("one");
                let servers = segment
                    .propagation
                    .iter()
                    .flat_map(|change| &change.servers);
                assert!(
                    servers.clone().all(Option::is_some),
                    "seed {seed}: {segment:?}"
                );
            }
            let next = run.next.take().expect("it was served");
            run.declare(next);
            for _ in 0..30 {
                last = Some(run.tick(Serving::Declared));
            }
        }
        let last = last.expect("a tick");
        let told = |kind| {
            let kinds = last.events.iter().filter(|event| event.kind() == kind);
            kinds.count()
        };
        // One for each change, none for a switch that is taken back, and none of dependence.
        assert_eq!(told(EventKind::Propagating), 3, "seed {seed}");
        assert_eq!(told(EventKind::Caveat), 0, "seed {seed}");
        assert_eq!(told(EventKind::Mismatch), 0, "seed {seed}");
        assert!(told(EventKind::Suspicion) >= 2, "seed {seed}");
    }
}

#[tokio::test]
async fn no_moment_of_a_stale_server_shows_a_match_above_numbers_that_contradict_it() {
    let seen = played("stale-server", 200).await;
    assert!(seen.count(EventKind::ServerStale) == 1, "{}", seen.tale());
}
