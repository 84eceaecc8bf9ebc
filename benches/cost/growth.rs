//! What a tick of the observer and a frame cost, and what memory a run has, as there are more sets, servers and queries, and as
//! time goes by. Each case is a run of its own in simulated time: facts go in at the door of the tally as the prober would hand
//! them over, every tick is read, judged and drawn.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, SystemTime};

use r53mon::clock;
use r53mon::facts::{At, Fact, Query};
use r53mon::judge::Judge;
use r53mon::model::answer::{Answer, ServerMode};
use r53mon::model::name::RecordName;
use r53mon::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use r53mon::snapshot::Snapshot;
use r53mon::stats::random::random;
use r53mon::tally::Tally;
use r53mon::views::dashboard::{self, Theme, UiState};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::accounted::account;
use crate::contenders::SCREEN;
use crate::figures::{Sample, table};
use crate::line::Line;
use crate::{Options, Trouble, watched};

/// The word by which this program knows that it is one of the runs.
pub const ROLE: &str = "as-growth";

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;
/// The ticks of the observer.
const TICK: Duration = Duration::from_millis(500);
/// So many ticks at the end are measured; before them, a long run is looked at once in ten seconds only.
const MEASURED: u32 = 240;

/// A run.
#[derive(Clone, Copy)]
struct Case {
    sets: u32,
    servers: u32,
    /// Queries a second.
    rate: u32,
    seconds: u32,
    /// So often the weights are changed meanwhile.
    changes: u32,
}

/// The first one is what the others are compared with.
const CASES: [Case; 12] = {
    let usual = Case {
        sets: 2,
        servers: 4,
        rate: 100,
        seconds: HOUR,
        changes: 0,
    };
    [
        usual,
        Case {
            seconds: MINUTE,
            ..usual
        },
        Case { sets: 10, ..usual },
        Case { sets: 100, ..usual },
        Case {
            servers: 1,
            ..usual
        },
        Case {
            servers: 16,
            ..usual
        },
        Case { rate: 1, ..usual },
        Case { rate: 10, ..usual },
        Case {
            rate: 1,
            seconds: 7 * DAY,
            ..usual
        },
        Case {
            sets: 100,
            seconds: DAY,
            ..usual
        },
        Case {
            sets: 100,
            changes: 20,
            ..usual
        },
        Case {
            sets: 100,
            servers: 16,
            ..usual
        },
    ]
};

impl Case {
    fn name(self) -> String {
        let time = match self.seconds {
            DAY.. => format!("{} d", self.seconds / DAY),
            HOUR.. => format!("{} h", self.seconds / HOUR),
            seconds => format!("{seconds} s"),
        };
        let Self {
            sets,
            servers,
            rate,
            changes,
            ..
        } = self;
        let changes = match changes {
            0 => String::new(),
            changes => format!(", {changes} changes"),
        };
        format!("sets: {sets}, servers: {servers}, {rate}/s, {time}{changes}")
    }

    fn line(self) -> Result<Line, Trouble> {
        let Self {
            sets,
            servers,
            rate,
            seconds,
            changes,
        } = self;
        let plan = format!("{sets} {servers} {rate} {seconds} {changes}");
        Line::role(ROLE, &plan)
    }
}

/// Plays a run, and writes what the last ticks and frames of it took, in microseconds.
pub fn run(plan: &[String]) -> Result<(), Trouble> {
    let numbers: Result<Vec<u32>, _> = plan.iter().map(|number| number.parse()).collect();
    let &[sets, servers, rate, seconds, changes] = &*numbers? else {
        return Err("a run needs sets, servers, a rate, seconds and changes".into());
    };
    let mut world = Simulated::new(Case {
        sets,
        servers,
        rate,
        seconds,
        changes,
    })?;
    let mut terminal = Terminal::new(TestBackend::new(SCREEN.0, SCREEN.1))?;
    let (ui, theme) = (UiState::default(), Theme::plain());
    let mut times = Vec::new();
    let last = seconds * 2;
    for tick in 1..=last {
        world.change_until(TICK * tick)?;
        world.ask_until(TICK * tick);
        let is_measured = tick + MEASURED > last;
        if !is_measured && tick % 20 != 0 {
            continue;
        }
        let began = clock::instant();
        let snapshot = world.look(TICK * tick);
        let looked = clock::instant();
        terminal.draw(|frame| dashboard::draw(frame, &snapshot, &ui, &theme))?;
        let drawn = clock::instant();
        if is_measured {
            times.push([looked - began, drawn - looked]);
        }
    }
    let of = |from: usize, to: usize| -> Sample {
        let micros =
            |time: &[Duration; 2]| time[from..to].iter().sum::<Duration>().as_secs_f64() * 1e6;
        times.iter().map(micros).collect()
    };
    let figures = [of(0, 1), of(1, 2), of(0, 2)]
        .map(|sample| format!("{} {}", sample.quantile(0.5), sample.quantile(0.99)));
    println!("{}", figures.join(" "));
    Ok(())
}

/// A run without a network and without a clock.
struct Simulated {
    case: Case,
    tally: Tally,
    judge: Judge,
    /// Queries so far.
    asked: u32,
    /// Changes of the weights so far.
    changed: u32,
}

impl Simulated {
    fn new(case: Case) -> Result<Self, Trouble> {
        let group = declared(case.sets, 0)?;
        let servers = (0..case.servers).map(|number| format!("ns-{number}.test"));
        Ok(Self {
            case,
            tally: Tally::new(group, servers.collect(), SystemTime::UNIX_EPOCH),
            judge: watched::judge_at(case.rate),
            asked: 0,
            changed: 0,
        })
    }

    /// The changes of the weights that are due before a time, as the reader of the configuration finds them.
    fn change_until(&mut self, time: Duration) -> Result<(), Trouble> {
        let every = Duration::from_secs(self.case.seconds.into()) / (self.case.changes + 1);
        while self.changed < self.case.changes && every * (self.changed + 1) < time {
            self.changed += 1;
            let sent_at = every * self.changed;
            self.tally.take(Fact::Polled {
                at: stamp(sent_at),
                sent_at,
                declared: Ok(declared(self.case.sets, self.changed)?),
                known_since: Some(sent_at),
            });
        }
        Ok(())
    }

    /// The answers of all queries that are due before a time.
    fn ask_until(&mut self, time: Duration) {
        let (segment, _) = self.tally.in_force();
        let mode = ServerMode::Direct;
        loop {
            let sent_at = Duration::from_secs(1) * self.asked / self.case.rate;
            if sent_at >= time {
                return;
            }
            let (at, server) = (
                stamp(sent_at),
                ((self.asked % self.case.servers) as usize).into(),
            );
            // A number that is drawn from that of the query, so that every run is the same.
            let drawn = random(self.asked.into())() * f64::from(self.case.sets);
            self.asked += 1;
            self.tally.take(Fact::Due {
                late: false,
                skipped: 0,
            });
            self.tally.take(Fact::Sent {
                at,
                server,
                segment,
                mode,
            });
            let took = Duration::from_millis(2);
            self.tally.take(Fact::Answered {
                at: stamp(sent_at + took),
                query: Query {
                    sent_at,
                    server,
                    segment,
                    mode,
                    stray: 0,
                },
                took,
                answer: Answer {
                    addresses: vec![address(place(drawn))],
                    ..Answer::default()
                },
            });
        }
    }

    /// A tick of the observer.
    fn look(&mut self, now: Duration) -> Snapshot {
        let (reading, _) = self.tally.tick(stamp(now));
        self.judge.observe(reading, now, stamp(now).wall)
    }
}

/// What is declared after so many changes: shares that are nearly even, so that the answers fit them all.
fn declared(sets: u32, changes: u32) -> Result<WeightedGroup, Trouble> {
    let weight = |number| 200 + u64::from(number == changes % sets);
    let set = |number: u32| {
        let target = Target::Addresses(vec![address(number)]);
        WeightedSet::new(&format!("set-{number}"), weight(number), target)
    };
    let sets = (0..sets).map(set).collect();
    let name = RecordName::from_user("app.example.test")?;
    Ok(WeightedGroup::of_weights(name, RecordType::A, sets))
}

fn stamp(uptime: Duration) -> At {
    let wall = SystemTime::UNIX_EPOCH + uptime;
    At { uptime, wall }
}

fn address(set: u32) -> IpAddr {
    Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 0, 0).to_bits() + set).into()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a place among the sets"
)]
fn place(drawn: f64) -> u32 {
    drawn as u32
}

pub fn measure(options: &Options) -> Result<(), Trouble> {
    let mut rows = Vec::new();
    let mut usual = None;
    for case in CASES {
        let longest = options
            .seconds
            .and_then(|seconds| u32::try_from(seconds).ok());
        let seconds = case.seconds.min(longest.unwrap_or(case.seconds));
        let case = Case { seconds, ..case };
        eprintln!("growth: {}", case.name());
        let (account, said) = account(case.line()?)?;
        let figures: Result<Vec<f64>, _> = said.split_whitespace().map(str::parse).collect();
        let &[tick, slow_tick, frame, slow_frame, both, slow_both] = &*figures? else {
            return Err(format!("no six figures in\n{said}").into());
        };
        let usual = *usual.get_or_insert(both);
        let told = |median: f64, slow: f64| format!("{median:.0} ({slow:.0})");
        rows.push(vec![
            case.name(),
            told(tick, slow_tick),
            told(frame, slow_frame),
            told(both, slow_both),
            format!("{:.2}", both / usual),
            format!("{:.1}", account.peak),
        ]);
    }
    let titles = [
        "Microseconds, median (p99)",
        "tick",
        "frame",
        "both",
        "x the first row",
        "peak memory, MiB",
    ];
    println!("\n### Growth\n\n{}", table(&titles, &rows));
    Ok(())
}
