//! Whole runs that the real tally counted and the real judge judged: what a course looks like.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use crate::facts::{At, Fact, HttpOutcome, Query};
use crate::judge::{Judge, RunFacts};
use crate::model::answer::{Answer, Fault, ServerMode};
use crate::model::http::Phases;
use crate::model::name::RecordName;
use crate::model::record::{RecordType, Target, WeightedGroup, WeightedSet};
use crate::model::share::as_f64;
use crate::model::verdict::Criteria;
use crate::snapshot::Snapshot;
use crate::stats::random::random;
use crate::tally::Tally;
use crate::verdict::Start;

const SERVERS: u64 = 4;

/// A run with one change of the weights.
#[derive(Clone, Debug)]
pub struct Played {
    /// The sets of before, with their weights.
    pub before: Vec<(String, u64)>,
    /// The sets of after.
    pub after: Vec<(String, u64)>,
    /// Seconds from the start to the change.
    pub changes_at: u64,
    /// Whether that change is declared too, and not only served.
    pub declares_change: bool,
    /// No answer comes from that second to that one.
    pub silent: (u64, u64),
    /// Seconds.
    pub lasts: u64,
    /// Queries a second.
    pub tps: u64,
    /// Whether HTTP requests are made.
    pub http: bool,
}

/// Half of the traffic is moved while one looks, after an outage of twenty seconds.
pub fn cutover() -> Played {
    let sets = |blue, green| vec![("blue-32".to_owned(), blue), ("green-33".to_owned(), green)];
    Played {
        before: sets(180, 70),
        after: sets(30, 220),
        changes_at: 190,
        declares_change: true,
        silent: (60, 80),
        lasts: 300,
        tps: 10,
        http: true,
    }
}

/// A set goes and another one comes.
pub fn replaced() -> Played {
    let sets = |name: &str| vec![("blue-32".to_owned(), 128), (name.to_owned(), 128)];
    Played {
        before: sets("green-33"),
        after: sets("teal-34"),
        http: false,
        ..cutover()
    }
}

/// Two hours and ten minutes, slowly asked.
pub fn long() -> Played {
    Played {
        changes_at: 4_000,
        silent: (6_000, 6_600),
        lasts: 7_800,
        tps: 1,
        ..cutover()
    }
}

/// Many sets with small shares.
pub fn many() -> Played {
    let sets =
        |more| (0..100).map(move |set: u64| (format!("shard-{set:03}"), 1 + (set + more) % 5));
    Played {
        before: sets(0).collect(),
        after: sets(1).collect(),
        changes_at: 60,
        silent: (0, 0),
        lasts: 120,
        http: false,
        ..cutover()
    }
}

impl Played {
    /// The last moment of the run.
    pub fn snapshot(&self) -> Snapshot {
        let mut last = None;
        self.play(|snapshot| last = Some(snapshot));
        last.expect("it lasts a second at least")
    }

    /// Every moment of the run, twice a second; of a long one less often.
    pub fn play(&self, mut see: impl FnMut(Snapshot)) {
        let tally = Tally::new(
            self.group(false),
            (1..=SERVERS).map(|number| format!("ns-{number}")).collect(),
            super::before(self.lasts),
        );
        let mut judge = self.judge();
        let mut random = random(7);
        let pause = (self.lasts / 300).clamp(1, 10);
        let mut asked = 0;
        for half in (pause..=2 * self.lasts).step_by(usize::try_from(pause).expect("few")) {
            let now = Duration::from_millis(500 * half);
            for query in asked..self.tps * half / 2 {
                self.ask(&tally, query, &mut random);
            }
            asked = self.tps * half / 2;
            if half % 10 == 0 {
                let declared = self.group(self.declares_change && now.as_secs() >= self.changes_at);
                tally.take(Fact::Polled {
                    at: self.at(now),
                    sent_at: now,
                    declared: Ok(declared),
                    known_since: Some(now),
                });
            }
            let at = self.at(now);
            let (reading, _) = tally.tick(at);
            see(judge.observe(reading, now, at.wall));
        }
    }

    fn ask(&self, tally: &Tally, query: u64, random: &mut impl FnMut() -> f64) {
        let asked = Duration::from_millis(query * 1000 / self.tps);
        let (at, server) = (self.at(asked), query % SERVERS);
        let (segment, _) = tally.in_force();
        let (mode, index) = (
            ServerMode::Direct,
            usize::try_from(server).expect("few").into(),
        );
        tally.take(Fact::Sent {
            at,
            server: index,
            segment,
            mode,
        });
        let query = Query {
            sent_at: asked,
            server: index,
            segment,
            mode,
            stray: 0,
        };
        let second = asked.as_secs();
        if (self.silent.0..self.silent.1).contains(&second) {
            let (fault, hint) = (Fault::Timeout, None);
            tally.take(Fact::Failed {
                at,
                query,
                fault,
                hint,
            });
            return;
        }
        // One server after the other goes over, ten seconds apart.
        let has_switched = second >= self.changes_at + 5 + 10 * server;
        let sets = if has_switched {
            &self.after
        } else {
            &self.before
        };
        let sum: u64 = sets.iter().map(|(_, weight)| weight).sum();
        let mut left = random() * as_f64(sum);
        let picked = sets.iter().position(|(_, weight)| {
            left -= as_f64(*weight);
            left < 0.0
        });
        let picked = picked.unwrap_or(0);
        tally.take(Fact::Answered {
            at,
            query,
            took: Duration::from_millis(12),
            answer: Answer {
                addresses: vec![address(&sets[picked].0)],
                ..Answer::default()
            },
        });
        let (_, group) = tally.in_force();
        let place = group
            .sets
            .iter()
            .position(|set| set.identifier == sets[picked].0);
        if let Some(place) = place.filter(|_| self.http) {
            // The one that everything is moved to becomes slower and slower.
            let load = if has_switched {
                second.saturating_sub(self.changes_at)
            } else {
                0
            };
            let base = 40 + 2 * load * u64::from(picked > 0);
            let spread = (random() * 60.0).round();
            let took = Duration::from_millis(base) + Duration::from_secs_f64(spread / 1000.0);
            tally.take(Fact::Requested {
                at,
                segment,
                set: place.into(),
                outcome: HttpOutcome::Response {
                    address: "192.0.2.1".parse().expect("an address"),
                    status: 200,
                    phases: Some(Phases {
                        first_byte: took,
                        ..Phases::default()
                    }),
                    failure: None,
                },
            });
        }
    }

    fn at(&self, uptime: Duration) -> At {
        let wall = super::before(self.lasts) + uptime;
        At { uptime, wall }
    }

    fn group(&self, is_after: bool) -> WeightedGroup {
        let sets = if is_after { &self.after } else { &self.before };
        let sets = sets.iter().map(|(identifier, weight)| {
            let target = Target::Addresses(vec![address(identifier)]);
            WeightedSet {
                ttl: Some(Duration::from_mins(1)),
                ..WeightedSet::new(identifier, *weight, target)
            }
        });
        let name = RecordName::from_user("app.example.com").expect("a name");
        WeightedGroup::of_weights(name, RecordType::A, sets.collect())
    }

    fn judge(&self) -> Judge {
        Judge::new(RunFacts {
            gates: Vec::new(),
            record: super::record(),
            tps: u32::try_from(self.tps).expect("few"),
            http: self.http,
            criteria: Criteria {
                tolerance: 0.05,
                confidence: 0.99,
            },
            max_unknown: 0.05,
            window: Duration::from_mins(5),
            http_margin: 0.2,
            http_max_tps: None,
            start: Start::Settled,
            notes: Vec::new(),
            plan: crate::model::stage::Plan::default(),
            started_at: super::before(self.lasts),
        })
    }
}

/// An address that follows from the number at the end of an identifier.
fn address(identifier: &str) -> IpAddr {
    let number = identifier
        .rsplit('-')
        .next()
        .and_then(|number| number.parse().ok());
    Ipv4Addr::new(192, 0, 2, number.expect("a number at the end")).into()
}
