//! The columns of the tables of sets and of name servers: what stands in their titles and cells, for the dashboard and
//! for the final statistics alike. How wide they are and what they look like is the business of each.

use std::net::SocketAddr;

use crate::model::reading::HttpReading;
use crate::model::share::{as_f64, observed_shares};
use crate::model::text::visible;
use crate::snapshot::{Part, Server, Set, Snapshot};

use super::words;
pub use super::words::column::{ServerColumn, SetColumn};
use super::{facts, fit, format, verdicts};

/// What a part stands in by below its set.
const PART: &str = "  ";
/// The port that needs no saying.
const DNS_PORT: u16 = 53;

impl SetColumn {
    /// What it says of a set.
    pub fn cell(self, set: &Set) -> String {
        let http = set.http.as_ref();
        let latency = http.and_then(|http| http.latency);
        let or_nothing = |time| facts::or_nothing(time, format::latency);
        let count = |of: &dyn Fn(&HttpReading) -> u64| format::count(http.map_or(0, of));
        match self {
            Self::Identifier => visible(&set.identifier).into_owned(),
            Self::Weight => format::count(set.weight),
            Self::Declared => format::percent(set.declared_share),
            Self::Ttl => facts::or_nothing(set.ttl, format::ttl),
            Self::Value => visible(&set.target).into_owned(),
            Self::Count => format::count(set.counted.count),
            Self::Observed => facts::or_nothing(set.counted.share, format::percent),
            Self::Diff => difference(set),
            Self::Interval => verdicts::interval(set),
            Self::Recent => facts::or_nothing(set.recent, |recent| {
                format::percent(as_f64(recent.count) / as_f64(recent.answers))
            }),
            Self::Bar => String::new(),
            Self::Requests => count(&|http| http.requests),
            Self::Failed => count(&HttpReading::failures),
            Self::Status(class) => count(&|http| http.status[class]),
            Self::HttpMean => or_nothing(latency.map(|times| times.mean)),
            Self::HttpP50 => or_nothing(latency.map(|times| times.p50)),
            Self::HttpP95 => or_nothing(latency.map(|times| times.p95)),
            Self::HttpP99 => or_nothing(latency.map(|times| times.p99)),
        }
    }

    /// What it says of a part: how often it was answered, since nothing is declared for it.
    pub fn part_cell(self, part: &Part) -> String {
        match self {
            Self::Identifier => format!("{PART}{}", visible(&part.label)),
            Self::Value => visible(&part.target).into_owned(),
            Self::Count => format::count(part.count),
            Self::Observed => facts::or_nothing(part.observed_share, format::percent),
            _ => String::new(),
        }
    }
}

/// The difference, with a sign before it where the declared share lies outside the interval of the served one.
fn difference(set: &Set) -> String {
    let difference = facts::or_nothing(set.counted.diff, format::difference);
    let is_off = verdicts::is_off(set);
    if is_off {
        words::off(&difference)
    } else {
        difference
    }
}

/// What the cells of a table of name servers are made from.
pub struct ServerCells<'a> {
    sets: &'a [Set],
    /// The names of the sets, cut so that they have room in titles.
    pub labels: Vec<String>,
    /// The name server that a mismatch is about.
    differing: Option<&'a Server>,
}

impl<'a> ServerCells<'a> {
    /// With names of sets of at most that width.
    pub fn new(snapshot: &'a Snapshot, label_width: usize) -> Self {
        let sets = snapshot.sets();
        let names = sets.iter().map(|set| set.identifier.as_str());
        let differing = verdicts::differing_server(snapshot);
        Self {
            sets,
            labels: fit::labels(names, label_width),
            differing: differing.and_then(|place| snapshot.servers.get(place.get())),
        }
    }

    /// A column for each set, or one for the set that is farthest off where they are more than `most`.
    pub fn share_columns(&self, most: usize) -> Vec<ServerColumn> {
        if self.sets.len() <= most {
            (0..self.sets.len()).map(ServerColumn::Share).collect()
        } else {
            vec![ServerColumn::Farthest]
        }
    }

    /// What a column says of a name server.
    pub fn cell(&self, column: ServerColumn, server: &Server) -> String {
        let (queries, latency) = (&server.queries, server.latency);
        match column {
            ServerColumn::Name => visible(&server.name).into_owned(),
            ServerColumn::Address => facts::or_nothing(server.address, address),
            ServerColumn::Sent => format::count(queries.sent),
            ServerColumn::Named => format::count(queries.named),
            ServerColumn::Faults => format::count(queries.faulty()),
            ServerColumn::P50 => facts::or_nothing(latency, |times| format::latency(times.p50)),
            ServerColumn::P95 => facts::or_nothing(latency, |times| format::latency(times.p95)),
            ServerColumn::Share(set) => {
                let shares = observed_shares(server.shown());
                let share = shares.and_then(|shares| shares.get(set).copied());
                facts::or_nothing(share, format::percent)
            }
            ServerColumn::Farthest => {
                let farthest = facts::farthest(server, self.sets);
                facts::or_nothing(farthest, |(set, difference)| {
                    format!("{} {}", self.labels[set], format::difference(difference))
                })
            }
            ServerColumn::State => verdicts::server_state(server, self.differs(server)),
            ServerColumn::Switched => facts::or_nothing(server.switched_at, format::clock),
        }
    }

    /// Whether the verdict is about this name server.
    pub fn differs(&self, server: &Server) -> bool {
        let differing = self.differing;
        differing.is_some_and(|differing| std::ptr::eq(differing, server))
    }
}

/// The address as people write it: without the port that every name server has.
pub fn address(address: SocketAddr) -> String {
    match address.port() {
        DNS_PORT => address.ip().to_string(),
        _ => address.to_string(),
    }
}
