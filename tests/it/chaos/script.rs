//! What goes wrong in a run, where and for how long: all of it follows from a seed.

use std::fmt;
use std::time::Duration;

/// How many name servers the world has.
pub const SERVERS: usize = 4;

/// Something that can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A name server says nothing.
    Dead,
    /// Its answers come late, and in time.
    Lag,
    /// Its answers come when nobody waits for them any more.
    Late,
    /// It says what is not so, or what is no answer to the question.
    Lie,
    /// It says that the answer does not fit, and breaks off over TCP now and then.
    Truncate,
    /// Each answer comes twice.
    Twice,
    /// Answers come from another port too, and those are wrong.
    Elsewhere,
    /// The API asks for patience.
    Throttle,
    /// The API fails.
    Fail,
    /// Its pages end in the middle.
    Cut,
    /// It finds that the token has expired.
    Expire,
    /// Members come and go while its pages are read.
    Members,
    /// It says nothing.
    Hang,
    /// Web servers say nothing.
    Stall,
    /// They hang up.
    Reset,
    /// They send a byte now and then.
    Drip,
    /// The process is stopped, as by the sleep of a laptop.
    Sleep,
    /// Nothing comes from anywhere.
    Offline,
    /// The process may open no further file.
    Descriptors,
    /// There is no room for the log.
    FullDisk,
}

/// Where something goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// One of the name servers.
    Server(usize),
    /// The API of Route 53.
    Api,
    /// All web servers.
    Web,
    /// The machine of the run.
    Machine,
}

impl Place {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let servers = (0..SERVERS).map(Self::Server);
        servers.chain([Self::Api, Self::Web, Self::Machine])
    }

    /// What can go wrong there while a run lasts.
    pub fn faults(self) -> &'static [Fault] {
        match self {
            Self::Server(_) => &[
                Fault::Dead,
                Fault::Lag,
                Fault::Late,
                Fault::Lie,
                Fault::Truncate,
                Fault::Twice,
                Fault::Elsewhere,
            ],
            Self::Api => &[
                Fault::Throttle,
                Fault::Fail,
                Fault::Cut,
                Fault::Expire,
                Fault::Members,
                Fault::Hang,
            ],
            Self::Web => &[Fault::Stall, Fault::Reset, Fault::Drip],
            Self::Machine => &[Fault::Sleep, Fault::Offline, Fault::Descriptors],
        }
    }
}

/// One fault of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Act {
    /// When it begins, since the beginning of the script.
    pub at: Duration,
    /// Where.
    pub place: Place,
    /// What.
    pub fault: Fault,
    /// For how long.
    pub lasts: Duration,
}

impl Act {
    /// When it is over.
    pub fn until(&self) -> Duration {
        self.at + self.lasts
    }
}

impl fmt::Display for Act {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            at,
            place,
            fault,
            lasts,
        } = self;
        write!(formatter, "{at:8.2?} {place:?}: {fault:?} for {lasts:.2?}")
    }
}

/// Numbers that follow from a seed (`SplitMix64`).
#[derive(Debug)]
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut number = self.0;
        number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        number ^ (number >> 31)
    }

    /// One of the numbers from 0 that are less than this.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn millis(&mut self, from: u64, to: u64) -> Duration {
        Duration::from_millis(from + self.below(to - from))
    }

    fn shuffled(&mut self, faults: &[Fault]) -> Vec<Fault> {
        let mut left = faults.to_vec();
        let mut shuffled = Vec::new();
        while !left.is_empty() {
            let place = usize::try_from(self.below(left.len() as u64)).expect("few");
            shuffled.push(left.swap_remove(place));
        }
        shuffled
    }
}

/// Everything that goes wrong in a run of this length, in order of time. At each place one fault comes after the other,
/// and none a second time before all the others; the name servers begin at different ones.
pub fn script(seed: u64, length: Duration) -> Vec<Act> {
    let mut numbers = Numbers::new(seed);
    // In a short run several have to fit in, in a long one some last longer than anybody waits for answers.
    let longest = if length < Duration::from_secs(30) {
        1_800
    } else {
        9_000
    };
    let mut acts = Vec::new();
    let for_servers = numbers.shuffled(Place::Server(0).faults());
    for place in Place::all() {
        let mut faults = match place {
            Place::Server(number) => {
                let mut faults = for_servers.clone();
                faults.rotate_left(2 * number);
                faults
            }
            _ => numbers.shuffled(place.faults()),
        };
        let mut at = Duration::ZERO;
        loop {
            for &fault in &faults {
                // The API is asked now and then only.
                let (gap, lasts) = if place == Place::Api {
                    (numbers.millis(50, 500), numbers.millis(4_000, 8_000))
                } else {
                    let most = if numbers.below(2) == 0 {
                        1_800
                    } else {
                        longest
                    };
                    (numbers.millis(200, 900), numbers.millis(1_200, most))
                };
                at += gap;
                acts.push(Act {
                    at,
                    place,
                    fault,
                    lasts,
                });
                at += lasts;
            }
            if at >= length {
                break;
            }
            faults = numbers.shuffled(place.faults());
        }
    }
    acts.retain(|act| act.until() <= length);
    acts.sort_by_key(|act| (act.at, act.place));
    acts
}
