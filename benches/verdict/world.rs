//! A simulated world for the verdict machine: name servers that serve shares by chance and follow a change late, an API
//! that may be away, and a tool that asks, polls and ticks. Time is simulated; the same seed gives the same run.
//! Used by the benchmark and by `tests/it/verdict.rs`.

use std::time::Duration;

use r53mon::model::reading::Origin;
use r53mon::model::verdict::{Criteria, Inconclusive};
use r53mon::verdict::{Answer, Declaration, DeclaredSet, Machine, Output, Poll, Rules, Start};

/// Numbers from 0 to 1, always the same for the same seed: `SplitMix64` of Steele, Lea and Flood (2014).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers of this seed.
    pub fn new(seed: u64) -> Self {
        // Seeds that follow each other must not give the same numbers one place further.
        let mut random = Self(seed.wrapping_mul(0xd134_2543_de82_ef95));
        random.0 = random.bits();
        random
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next number.
    pub fn number(&mut self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).expect("32 bits")) / 4_294_967_296.0
    }

    /// A number from one to another.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.number()
    }

    /// A place, picked by its share; the shares add up to 1.
    pub fn pick(&mut self, shares: &[f64]) -> usize {
        let mut left = self.number();
        for (place, &share) in shares.iter().enumerate() {
            if left < share {
                return place;
            }
            left -= share;
        }
        let last = shares.iter().rposition(|&share| share > 0.0);
        last.expect("some share is above 0")
    }
}

/// What is configured from a time on.
#[derive(Clone, Debug)]
pub struct Stage {
    /// In seconds.
    pub at: f64,
    /// Keys and weights of the sets.
    pub sets: Vec<(u64, f64)>,
    /// When each server follows, in seconds after the change.
    pub lags: Vec<f64>,
    /// For so many seconds after that, each answer is of the old or the new shares by chance: a server with many
    /// machines behind one address.
    pub mixed_for: f64,
    /// What DNS serves instead of the weights, when it does not serve them.
    pub served: Option<Vec<f64>>,
    /// The shares cannot be judged.
    pub inconclusive: bool,
}

impl Stage {
    /// Weights of sets with the keys 1, 2, ... that every server serves at once.
    pub fn new(at: f64, weights: &[f64], servers: usize) -> Self {
        Self {
            at,
            sets: (1..).zip(weights.iter().copied()).collect(),
            lags: vec![0.0; servers],
            mixed_for: 0.0,
            served: None,
            inconclusive: false,
        }
    }

    /// The same with other lags.
    pub fn with_lags(self, lags: Vec<f64>) -> Self {
        Self { lags, ..self }
    }

    fn shares(&self) -> Vec<f64> {
        let weights: Vec<f64> = self.sets.iter().map(|set| set.1).collect();
        let sum: f64 = weights.iter().sum();
        let even = 1.0 / f64::from(u32::try_from(weights.len()).expect("few sets"));
        weights
            .iter()
            .map(|weight| if sum > 0.0 { weight / sum } else { even })
            .collect()
    }

    /// What a server answers that has arrived at this stage.
    fn answer(&self, random: &mut Random) -> u64 {
        let shares = self.served.clone().unwrap_or_else(|| self.shares());
        self.sets[random.pick(&shares)].0
    }

    fn declaration(&self, segment: u64) -> Declaration {
        // Shares as they would come from the weights; all of them 0 is for the machine to understand.
        let sum: f64 = self.sets.iter().map(|set| set.1).sum();
        let set = |&(key, weight): &(u64, f64)| DeclaredSet {
            identifier: format!("set-{key}"),
            key,
            share: if sum > 0.0 { weight / sum } else { 0.0 },
        };
        Declaration {
            segment,
            sets: self.sets.iter().map(set).collect(),
            inconclusive: self
                .inconclusive
                .then_some(Inconclusive::AllZeroSomeUnhealthy),
        }
    }
}

/// A run.
#[derive(Clone, Debug)]
pub struct World {
    /// What is configured when; the first from the start on.
    pub stages: Vec<Stage>,
    /// Number of name servers.
    pub servers: usize,
    /// Queries a second.
    pub rate: f64,
    /// From one regular poll to the next, in seconds.
    pub poll_every: f64,
    /// From and until when the API does not answer, in seconds.
    pub api_away: (f64, f64),
    /// From and until when the name servers do not answer, in seconds.
    pub dns_away: (f64, f64),
    /// Share of answers that are lost on the way.
    pub loss: f64,
    /// Tolerance of a match, as a share.
    pub tolerance: f64,
    /// Whether the weights have stood for long when the run begins.
    pub settled: bool,
    /// How often an answer is the one before again, and whose memory that is.
    pub sticky: Sticky,
    /// Share of answers that no set can have given.
    pub unknown: f64,
    /// Seed of the run.
    pub seed: u64,
}

/// Answers that repeat the one before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sticky {
    /// How probably.
    pub probability: f64,
    /// Whether all name servers have one memory.
    pub across_servers: bool,
}

/// What the tool sees of the API: when it was sent, when it is received, which stage it shows.
#[derive(Clone, Copy, Debug)]
struct Request {
    sent: f64,
    received: f64,
    shows: Option<usize>,
}

/// From sending a poll until it is read, and again until it is received.
const HALF_A_POLL: f64 = 0.15;
/// From sending a query to its answer.
const ROUND_TRIP: f64 = 0.02;
/// From one tick to the next.
const TICK: f64 = 0.5;

fn time(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds.max(0.0))
}

impl World {
    /// Four servers, polled every 30 seconds, nothing goes wrong.
    pub fn new(stages: Vec<Stage>, rate: f64, seed: u64) -> Self {
        Self {
            servers: stages[0].lags.len(),
            stages,
            rate,
            poll_every: 30.0,
            api_away: (0.0, 0.0),
            dns_away: (0.0, 0.0),
            loss: 0.0,
            tolerance: 0.05,
            settled: true,
            sticky: Sticky::default(),
            unknown: 0.0,
            seed,
        }
    }

    fn rules(&self) -> Rules {
        Rules {
            servers: self.servers,
            criteria: Criteria {
                tolerance: self.tolerance,
                confidence: 0.99,
            },
            tps: self.rate,
            max_unknown: 0.05,
            start: if self.settled {
                Start::Settled
            } else {
                Start::Unknown
            },
        }
    }

    /// The stage that is configured at a time.
    fn configured(&self, at: f64) -> usize {
        let stage = self.stages.iter().rposition(|stage| stage.at <= at);
        stage.unwrap_or(0)
    }

    /// What a server answers at a time.
    fn served(&self, server: usize, at: f64, random: &mut Random) -> u64 {
        let arrived = |stage: &Stage| stage.at + stage.lags[server] <= at;
        let now = self.stages.iter().rposition(arrived).unwrap_or(0);
        let stage = &self.stages[now];
        let mixed = at < stage.at + stage.lags[server] + stage.mixed_for;
        if now > 0 && mixed && random.number() < 0.5 {
            return self.stages[now - 1].answer(random);
        }
        stage.answer(random)
    }

    fn away((from, until): (f64, f64), at: f64) -> bool {
        (from..until).contains(&at)
    }

    fn request(&self, sent: f64) -> Request {
        let read = sent + HALF_A_POLL;
        Request {
            sent,
            received: read + HALF_A_POLL,
            shows: (!Self::away(self.api_away, read)).then(|| self.configured(read)),
        }
    }

    /// Plays it up to a time, calls back after each tick, and gives the machine as it is then.
    pub fn play(&self, until: f64, mut each: impl FnMut(f64, &Output)) -> Machine {
        let mut random = Random::new(self.seed);
        let mut machine = Machine::new(self.rules(), self.stages[0].declaration(1), Duration::ZERO);
        let mut tool = Tool {
            segment: 1,
            stage: 0,
            request: None,
            next_poll: self.poll_every,
            memory: vec![None; self.servers],
        };
        let (mut query, mut ticks) = (0_u32, 1_u32);
        loop {
            let sent = f64::from(query) / self.rate;
            let tick = f64::from(ticks) * TICK;
            if tick > until {
                return machine;
            }
            if sent + ROUND_TRIP <= tick {
                tool.go_to(sent + ROUND_TRIP, self, &mut machine);
                self.ask(query, sent, &mut tool, &mut random, &mut machine);
                query += 1;
            } else {
                tool.go_to(tick, self, &mut machine);
                let output = machine.tick(time(tick));
                each(tick, output);
                if output.wants_poll && tool.request.is_none() {
                    tool.request = Some(self.request(tick));
                }
                ticks += 1;
            }
        }
    }

    fn ask(
        &self,
        query: u32,
        sent: f64,
        tool: &mut Tool,
        random: &mut Random,
        machine: &mut Machine,
    ) {
        let server = query as usize % self.servers;
        let memory = if self.sticky.across_servers {
            0
        } else {
            server
        };
        let repeats = self.sticky.probability > 0.0 && random.number() < self.sticky.probability;
        let before = tool.memory[memory].filter(|_| repeats);
        let key = before.unwrap_or_else(|| self.served(server, sent, random));
        tool.memory[memory] = Some(key);
        let unknown = self.unknown > 0.0 && random.number() < self.unknown;
        let lost = self.loss > 0.0 && random.number() < self.loss;
        if lost || Self::away(self.dns_away, sent) {
            return;
        }
        let sets = &self.stages[tool.stage].sets;
        machine.answer(Answer {
            at: time(sent),
            segment: tool.segment,
            server: server.into(),
            origin: match sets.iter().position(|set| set.0 == key) {
                Some(place) if !unknown => Origin::Set(place.into()),
                _ => Origin::Unknown(Vec::new()),
            },
        });
    }
}

/// What the tool knows and waits for.
struct Tool {
    segment: u64,
    stage: usize,
    request: Option<Request>,
    next_poll: f64,
    /// The last answer of each name server, or of all.
    memory: Vec<Option<u64>>,
}

impl Tool {
    /// Sends and receives polls up to a time.
    fn go_to(&mut self, now: f64, world: &World, machine: &mut Machine) {
        if self.next_poll <= now {
            if self.request.is_none() {
                self.request = Some(world.request(self.next_poll));
            }
            self.next_poll += world.poll_every;
        }
        let Some(request) = self.request.filter(|request| request.received <= now) else {
            return;
        };
        self.request = None;
        let poll = match request.shows {
            None => Poll::Failed,
            Some(stage) if stage == self.stage => Poll::Same,
            Some(stage) => {
                self.stage = stage;
                self.segment += 1;
                Poll::Changed(world.stages[stage].declaration(self.segment))
            }
        };
        machine.poll(time(request.sent), time(request.received), poll);
    }
}
