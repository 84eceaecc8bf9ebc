//! The counters as plain numbers at one moment: what the tally hands to the judge.
//!
//! Totals are never kept beside their parts; they are added up from the parts just read, so they always agree.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::iter::{self, Sum};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::answer::{AnswerValue, Fault};
use super::change::Cause;
use super::event::Event;
use super::http::{Certificate, HttpFailure, HttpFault, Phases};
use super::index::{ServerIndex, SetIndex};
use super::notice::Notice;
use super::record::WeightedGroup;
use super::resolver::ResolverReading;
use super::route53_error::Route53Error;
use super::verdict::Inconclusive;

/// What became of the queries to one name server, or of several added up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Queries that left this machine, or were meant to and failed on the way out.
    pub sent: u64,
    /// Answers that exactly one record set could have given.
    pub named: u64,
    /// Answers that several record sets could have given.
    pub ambiguous: u64,
    /// Answers that no record set could have given.
    pub unknown: u64,
    /// How many of the unknown ones hold a value that no set declares, nor declared before.
    pub undeclared: u64,
    /// Answers out of a resolver's cache that say nothing new: their pick was counted before, or made before the segment.
    pub cached: u64,
    /// Queries without a usable answer, by kind in the order of [`Fault::ALL`].
    pub faults: [u64; Fault::ALL.len()],
    /// Datagrams that were no answer to the open question: wrong id, wrong question, not decodable.
    pub stray: u64,
}

impl Outcomes {
    /// All faults of all kinds.
    pub fn faulty(&self) -> u64 {
        self.faults.iter().sum()
    }

    /// Usable answers of all kinds.
    pub fn answered(&self) -> u64 {
        self.named + self.ambiguous + self.unknown + self.cached
    }

    /// Queries whose outcome is not known yet, or never will be because the run ended.
    pub fn in_flight(&self) -> u64 {
        self.sent.saturating_sub(self.answered() + self.faulty())
    }

    /// Adds the numbers of another server or segment.
    pub fn add(&mut self, other: &Self) {
        self.sent += other.sent;
        self.named += other.named;
        self.ambiguous += other.ambiguous;
        self.unknown += other.unknown;
        self.undeclared += other.undeclared;
        self.cached += other.cached;
        self.stray += other.stray;
        for (sum, more) in self.faults.iter_mut().zip(other.faults) {
            *sum += more;
        }
    }
}

impl<'one> Sum<&'one Self> for Outcomes {
    fn sum<I: Iterator<Item = &'one Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, one| {
            sum.add(one);
            sum
        })
    }
}

/// Quantiles of a set of measured times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Latency {
    /// How many times were measured.
    pub samples: u64,
    /// Their mean.
    pub mean: Duration,
    /// Half were at most this long.
    pub p50: Duration,
    /// 95 % were at most this long.
    pub p95: Duration,
    /// 99 % were at most this long.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
    /// The true median lies between these with 99 % confidence, however often one looks; there is no upper end before some 10
    /// samples. Times of neighbouring answers are alike, so this is a guide.
    pub p50_between: Between,
    /// The same of the 95 % quantile: no upper end before some 120 samples.
    pub p95_between: Between,
    /// The same of the 99 % quantile: no upper end before some 610 samples.
    pub p99_between: Between,
}

/// From where to where something lies; no end is known above where there is none.
pub type Between = (Duration, Option<Duration>);

/// The HTTP side of one record set, in one segment or over some time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpReading {
    /// Requests that ended, well or badly.
    pub requests: u64,
    /// Answers for which no request was made because too many were under way.
    pub skipped: u64,
    /// Answers for which no request was made because that would have been more a second than is wished for.
    pub over_rate: u64,
    /// Responses by class: 1xx, 2xx, 3xx, 4xx, 5xx.
    pub status: [u64; 5],
    /// Requests that failed, by kind in the order of [`HttpFault::ALL`]; each is of one kind.
    pub faults: [u64; HttpFault::ALL.len()],
    /// How long the whole responses took, from the start of the connection to the end of the bounded body.
    pub latency: Option<Latency>,
    /// Where their time was spent, on average.
    pub phases: Option<Phases>,
    /// By address, in the order of their numbers: those that were asked last, at most [`ADDRESSES_KEPT`].
    pub addresses: Vec<AddressReading>,
    /// Of the certificates that its addresses show, the one that ends first.
    pub certificate: Option<Arc<Certificate>>,
    /// What went wrong last.
    pub last_failure: Option<HttpFailure>,
}

/// So many addresses of a set are counted one by one.
pub const ADDRESSES_KEPT: usize = 64;

/// The requests to one address of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressReading {
    /// The address.
    pub address: IpAddr,
    /// Requests that ended.
    pub requests: u64,
    /// Those that failed.
    pub failed: u64,
    /// How the last one of these did.
    pub last_fault: Option<HttpFault>,
}

impl AddressReading {
    /// No request yet.
    pub fn new(address: IpAddr) -> Self {
        Self {
            address,
            requests: 0,
            failed: 0,
            last_fault: None,
        }
    }

    /// Counts a request that has ended.
    pub fn count(&mut self, fault: Option<HttpFault>) {
        self.requests += 1;
        if let Some(fault) = fault {
            self.failed += 1;
            self.last_fault = Some(fault);
        }
    }

    /// Whether it fails so often that somebody should look: in more than a quarter of enough requests.
    fn stands_out(&self) -> bool {
        self.requests >= ENOUGH_REQUESTS && 4 * self.failed > self.requests
    }
}

impl HttpReading {
    /// Requests that failed: no response, an unexpected status, or a body that broke off.
    pub fn failed(&self) -> u64 {
        self.faults.iter().sum()
    }

    /// Those of one kind.
    pub fn of_kind(&self, kind: HttpFault) -> u64 {
        self.faults[kind.index()]
    }

    /// Requests that brought no HTTP response: connection, certificate, time.
    pub fn failures(&self) -> u64 {
        self.requests.saturating_sub(self.status.iter().sum())
    }

    /// Counts a request that has ended; times and texts are somebody else's.
    pub fn count(&mut self, status: Option<u16>, fault: Option<HttpFault>) {
        self.requests += 1;
        if let Some(status) = status {
            self.status[class(status)] += 1;
        }
        if let Some(fault) = fault {
            self.faults[fault.index()] += 1;
        }
    }

    /// The addresses that fail while the others of the set do not, or far more seldom: the worst first.
    pub fn bad_addresses(&self) -> Vec<AddressReading> {
        let (mut bad, well): (Vec<AddressReading>, Vec<AddressReading>) =
            self.addresses.iter().partition(|one| one.stands_out());
        let sum = |all: &[AddressReading], of: fn(&AddressReading) -> u64| -> u64 {
            all.iter().map(of).sum()
        };
        let (failed, requests) = (sum(&bad, |it| it.failed), sum(&bad, |it| it.requests));
        let (well_failed, of) = (sum(&well, |it| it.failed), sum(&well, |it| it.requests));
        // Of what fails everywhere no address can be blamed.
        if of < ENOUGH_REQUESTS || 4 * well_failed * requests > failed * of {
            return Vec::new();
        }
        bad.sort_by(worst_first);
        bad
    }

    /// Its addresses, the one that fails most first.
    pub fn worst_addresses(&self) -> Vec<AddressReading> {
        let mut addresses = self.addresses.clone();
        addresses.sort_by(worst_first);
        addresses
    }

    /// Whether more than half of enough requests failed.
    pub fn mostly_fails(&self) -> bool {
        self.requests >= ENOUGH_REQUESTS && 2 * self.failed() > self.requests
    }
}

/// By the part of the requests that failed, and by address.
fn worst_first(one: &AddressReading, other: &AddressReading) -> Ordering {
    let (left, right) = (other.failed * one.requests, one.failed * other.requests);
    left.cmp(&right).then(one.address.cmp(&other.address))
}

/// The place of a status code among the classes. Those outside 1xx to 5xx do not exist in HTTP; a server that invents one is
/// put at the nearest end.
fn class(status: u16) -> usize {
    usize::from(status / 100).clamp(1, 5) - 1
}

/// Of fewer requests nobody says that most of them fail.
const ENOUGH_REQUESTS: u64 = 20;

/// The counters of one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentReading {
    /// By name server.
    pub servers: Vec<Outcomes>,
    /// Named answers, by name server and then by set.
    pub counts: Vec<Vec<u64>>,
    /// By set.
    pub http: Vec<HttpReading>,
}

impl SegmentReading {
    /// Named answers of one set over all servers.
    pub fn count(&self, set: SetIndex) -> u64 {
        self.counts
            .iter()
            .filter_map(|server| server.get(set.get()))
            .sum()
    }

    /// All outcomes over all servers.
    pub fn outcomes(&self) -> Outcomes {
        self.servers.iter().sum()
    }
}

/// One segment at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentState {
    /// 1 for the first of the run.
    pub number: u64,
    /// What is declared.
    pub group: Arc<WeightedGroup>,
    /// When the configuration was first seen.
    pub started_at: SystemTime,
    /// When the next one was seen.
    pub ended_at: Option<SystemTime>,
    /// Why it began.
    pub cause: Cause,
    /// Why the counts cannot be held against the declared shares; `None`: they can.
    pub inconclusive: Option<Inconclusive>,
    /// What was counted.
    pub counters: SegmentReading,
}

/// What is left of segments that are no longer kept one by one.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// How many there were.
    pub segments: u64,
    /// Their queries, by name server.
    pub servers: Vec<Outcomes>,
    /// Their HTTP requests, failures, skipped ones and the sum of response times.
    pub http: HttpSums,
    /// The newest of them in a line each, oldest first.
    pub lines: VecDeque<ArchivedSegment>,
}

/// So many segments are kept whole, the one in force among them; older ones live on in a line each and in the sums.
pub const SEGMENTS_KEPT: usize = 64;
/// So many segments that are no longer kept whole are kept as a line.
pub const LINES_KEPT: usize = 1000;

/// One segment that is no longer kept whole.
#[derive(Clone, Debug, PartialEq)]
pub struct ArchivedSegment {
    /// 1 for the first of the run.
    pub number: u64,
    /// When the configuration was first seen.
    pub started_at: SystemTime,
    /// When the next one was seen.
    pub ended_at: Option<SystemTime>,
    /// Why it began.
    pub cause: Cause,
    /// Its named answers.
    pub named: u64,
}

impl Archive {
    /// Nothing yet, for a number of name servers.
    pub fn new(servers: usize) -> Self {
        Self {
            segments: 0,
            servers: vec![Outcomes::default(); servers],
            http: HttpSums::default(),
            lines: VecDeque::new(),
        }
    }

    /// Takes in one more segment.
    pub fn add(&mut self, segment: &SegmentState) {
        self.segments += 1;
        self.lines.push_back(ArchivedSegment {
            number: segment.number,
            started_at: segment.started_at,
            ended_at: segment.ended_at,
            cause: segment.cause.clone(),
            named: segment.counters.outcomes().named,
        });
        while self.lines.len() > LINES_KEPT {
            self.lines.pop_front();
        }
        let segment = &segment.counters;
        for (sum, server) in self.servers.iter_mut().zip(&segment.servers) {
            sum.add(server);
        }
        for set in &segment.http {
            self.http.add(set);
        }
    }
}

/// HTTP requests added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HttpSums {
    /// Requests that ended, well or badly.
    pub requests: u64,
    /// Requests without a response.
    pub failures: u64,
    /// Answers for which no request was made because too many were under way.
    pub skipped: u64,
    /// Those beyond the requests a second that are wished for.
    pub over_rate: u64,
    /// Responses with a status that is not expected.
    pub unexpected: u64,
    /// Responses that broke off in their body, or have not the expected one.
    pub bad_bodies: u64,
    /// Responses whose time was measured.
    pub timed: u64,
    /// The sum of those times.
    pub time: Duration,
}

impl HttpSums {
    /// Adds one set.
    pub fn add(&mut self, set: &HttpReading) {
        self.requests += set.requests;
        self.failures += set.failures();
        self.skipped += set.skipped;
        self.over_rate += set.over_rate;
        self.unexpected += set.of_kind(HttpFault::Status);
        self.bad_bodies += set.of_kind(HttpFault::Body);
        if let Some(latency) = &set.latency {
            self.timed += latency.samples;
            self.time += latency.mean * u32::try_from(latency.samples).unwrap_or(u32::MAX);
        }
    }

    /// Mean time of the responses.
    pub fn mean(&self) -> Option<Duration> {
        (self.timed > 0).then(|| self.time / u32::try_from(self.timed).unwrap_or(u32::MAX))
    }
}

/// One name server over the whole run.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerReading {
    /// Its name in the delegation set, or the address that was given.
    pub name: String,
    /// The address that is asked at the moment.
    pub address: Option<SocketAddr>,
    /// How long its answers took.
    pub latency: Option<Latency>,
    /// When its newest usable answer came, as time since the start of the run.
    pub last_answer: Option<Duration>,
}

/// How the reading of the configuration goes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Configuration {
    /// Attempts, the failed ones among them.
    pub polls: u64,
    /// Failed attempts.
    pub failures: u64,
    /// When the configuration was last read.
    pub last_success_at: Option<SystemTime>,
    /// The same as time since the start of the run: its age does not hang on a clock that may be set.
    pub last_success: Option<Duration>,
    /// Why the newest attempt failed; `None` after a success.
    pub last_error: Option<Route53Error>,
}

/// One attempt to read the configuration. Times are since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PollSeen {
    /// When it was asked for.
    pub sent_at: Duration,
    /// When the answer was there.
    pub received_at: Duration,
    /// What it showed.
    pub result: PollResult,
}

/// What an attempt to read the configuration showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollResult {
    /// The split that is in force.
    Same,
    /// Another one: a new segment, with this number.
    Changed(u64),
    /// Nothing: it failed.
    Failed,
    /// Nobody asked: counting began anew by hand, in a segment with this number and the same split.
    CountedAnew(u64),
}

/// What is known of the change that a run waits for. Times are since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeState {
    /// Not all name servers have it.
    Pending,
    /// All have it, which was first seen then.
    InSync(Duration),
    /// It cannot be asked for.
    Unread,
}

/// One usable answer, for whoever judges the sequence of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerSeen {
    /// When its query was sent, as time since the start of the run.
    pub at: Duration,
    /// The number of the segment in force then.
    pub segment: u64,
    /// The name server.
    pub server: ServerIndex,
    /// What it tells.
    pub origin: Origin,
    /// Which leaf of a set with several it came from, where exactly one fits.
    pub leaf: Option<usize>,
}

/// One HTTP request that has ended, for whoever follows them over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestSeen {
    /// When it ended, as time since the start of the run.
    pub at: Duration,
    /// The number of the segment whose answer it follows.
    pub segment: u64,
    /// The set whose answer it follows.
    pub set: SetIndex,
    /// The address that was asked.
    pub address: IpAddr,
    /// The status code; `None`: no response came.
    pub status: Option<u16>,
    /// Why it failed, if it did.
    pub fault: Option<HttpFault>,
    /// Where its time was spent, if it brought a whole response.
    pub phases: Option<Phases>,
}

/// So many values of an answer that no set can have given are told: as many as Route 53 answers with at the most.
pub const VALUES_KEPT: usize = 8;

/// What one answer tells about the split.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It came from this set.
    Set(SetIndex),
    /// Several sets could have given it.
    Ambiguous,
    /// No set can have given it, as far as is known; NXDOMAIN and NODATA too. With what it says that none can: at most
    /// [`VALUES_KEPT`] of it.
    Unknown(Vec<AnswerValue>),
    /// It holds a value that no set declares, where all that they can answer is known.
    Undeclared,
    /// No set declares what it holds, but this one did in the segment with this number.
    Former(u64, SetIndex),
    /// It came out of a cache and was counted before.
    CachedRepeat,
}

/// Everything that was counted, at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Oldest first; the last is in force.
    pub segments: Vec<Arc<SegmentState>>,
    /// What is left of older ones.
    pub archive: Archive,
    /// The name servers in the order of asking.
    pub servers: Vec<ServerReading>,
    /// Queries that were sent noticeably after they were due.
    pub late: u64,
    /// Due times that were passed over.
    pub skipped: u64,
    /// Queries a second since the rate was changed by hand, and when it was.
    pub rate: Option<(u32, SystemTime)>,
    /// Whether HTTP requests are switched off by hand.
    pub http_is_off: bool,
    /// How the reading of the configuration goes.
    pub configuration: Configuration,
    /// Attempts to read the configuration since the last reading, and where counting began anew by hand, in their order.
    pub polls: Vec<PollSeen>,
    /// The change that the run waits for, if it does for one.
    pub change: Option<ChangeState>,
    /// When this process or machine stood still since the last reading: from when, and when it went on, since the start of the
    /// run.
    pub stood_still: Vec<(Duration, Duration)>,
    /// Usable answers since the last reading, as they came.
    pub answers: Vec<AnswerSeen>,
    /// Answers that did not fit.
    pub answers_lost: u64,
    /// HTTP requests that have ended since the last reading, as they did.
    pub requests: Vec<RequestSeen>,
    /// Those that did not fit; they are in the counters only.
    pub requests_lost: u64,
    /// What resolvers that were named said last.
    pub resolvers: Vec<ResolverReading>,
    /// What the reader has to know as long as it stands, the most urgent first.
    pub notes: Vec<Notice>,
    /// What happened since the last reading.
    pub events: Vec<Event>,
    /// Events that did not fit.
    pub events_lost: u64,
}

impl Reading {
    /// The queries of one name server over the whole run.
    pub fn server_outcomes(&self, server: ServerIndex) -> Outcomes {
        let parts = self.parts();
        parts.filter_map(|part| part.get(server.get())).sum()
    }

    /// The queries of the whole run.
    pub fn outcomes(&self) -> Outcomes {
        self.parts().flatten().sum()
    }

    /// The queries by name server: those of older segments, then those of each one.
    fn parts(&self) -> impl Iterator<Item = &Vec<Outcomes>> {
        let segments = self.segments.iter();
        iter::once(&self.archive.servers).chain(segments.map(|one| &one.counters.servers))
    }

    /// HTTP over the whole run.
    pub fn http(&self) -> HttpSums {
        let mut sums = self.archive.http;
        let segments = self.segments.iter();
        for set in segments.flat_map(|segment| &segment.counters.http) {
            sums.add(set);
        }
        sums
    }
}
