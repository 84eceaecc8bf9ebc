//! One segment: a frozen declaration, what its sets can answer, and the atomics that count what came. Closed segments
//! still take the answers of probes that were sent while they were in force.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use super::locked;
use crate::model::answer::{Answer, Fault, Outcome};
use crate::model::catalog::{Catalog, Finding, Identity, Overlap};
use crate::model::reading::{HttpReading, Outcomes, SegmentReading, SegmentState};
use crate::model::record::{Place, Target, WeightedGroup};
use crate::model::verdict::Inconclusive;
use crate::stats::histogram::Times;

/// A span with one declared configuration.
#[derive(Debug)]
pub struct Segment {
    /// 1 for the first of the run.
    pub number: u64,
    /// What is declared.
    pub group: Arc<WeightedGroup>,
    /// The same split as it was read last: its TTLs may have changed.
    newest: Mutex<Arc<WeightedGroup>>,
    started_at: SystemTime,
    ended_at: Mutex<Option<SystemTime>>,
    inconclusive: Mutex<Option<Inconclusive>>,
    reason: String,
    catalog: RwLock<Catalog>,
    servers: Vec<ServerCounters>,
    http: Vec<HttpCounters>,
    /// By set and leaf; empty for a set with a single target.
    leaves: Vec<Vec<AtomicU64>>,
    has_aliases: bool,
}

/// One name server in one segment. What was named is the sum over the sets, never a counter of its own.
#[derive(Debug, Default)]
struct ServerCounters {
    sent: AtomicU64,
    ambiguous: AtomicU64,
    unknown: AtomicU64,
    cached: AtomicU64,
    faults: [AtomicU64; Fault::ALL.len()],
    stray: AtomicU64,
    named: Vec<AtomicU64>,
}

/// The HTTP side of one set in one segment.
#[derive(Debug, Default)]
struct HttpCounters {
    skipped: AtomicU64,
    failures: AtomicU64,
    status: [AtomicU64; 5],
    /// Made when the first response comes, because a hundred sets may never see one.
    times: Mutex<Option<Times>>,
    last_failure: Mutex<Option<String>>,
    turn: AtomicU64,
}

/// What became of one HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpOutcome {
    /// A response with this status code came, after this time.
    Response(u16, Duration),
    /// No response; why, in a few words.
    Failure(String),
    /// Too many requests were under way, so none was made.
    Skipped,
}

impl Segment {
    /// Opens a segment for a number of name servers.
    pub fn new(
        number: u64,
        group: WeightedGroup,
        servers: usize,
        started_at: SystemTime,
        reason: String,
    ) -> Self {
        let group = Arc::new(group);
        let sets = group.sets.len();
        let server = || ServerCounters {
            named: (0..sets).map(|_| AtomicU64::new(0)).collect(),
            ..ServerCounters::default()
        };
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        let leaves = group.sets.iter().map(|set| match &set.target {
            Target::Leaves(leaves) => zeros(leaves.len()),
            _ => Vec::new(),
        });
        let has_aliases = group
            .targets()
            .any(|(_, target)| matches!(target, Target::Alias(_)));
        Self {
            number,
            leaves: leaves.collect(),
            has_aliases,
            catalog: RwLock::new(Catalog::new(&group)),
            newest: Mutex::new(Arc::clone(&group)),
            group,
            started_at,
            ended_at: Mutex::default(),
            inconclusive: Mutex::default(),
            reason,
            servers: (0..servers).map(|_| server()).collect(),
            http: (0..sets).map(|_| HttpCounters::default()).collect(),
        }
    }

    /// Takes over what the segment before it knows of targets that have stayed the same.
    pub fn inherit(&self, before: &Self) {
        let known = before
            .catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        self.catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .inherit(&self.group, &known, &before.group);
    }

    /// Takes the same split with other details, and says in a few words how the TTLs have changed.
    pub fn renew(&self, group: WeightedGroup) -> Vec<String> {
        let mut newest = locked(&self.newest);
        let changes = group.ttl_changes_since(&newest);
        *newest = Arc::new(group);
        changes
    }

    /// Notes when the next segment took over.
    pub fn end(&self, now: SystemTime) {
        *locked(&self.ended_at) = Some(now);
    }

    /// A query to a server is on its way.
    pub fn record_sent(&self, server: usize) {
        if let Some(counters) = self.servers.get(server) {
            counters.sent.fetch_add(1, Relaxed);
        }
    }

    /// What became of a query, and how many datagrams arrived meanwhile that were no answer to it.
    /// Returns which set a usable answer came from.
    pub fn record(&self, server: usize, outcome: &Outcome, stray: u64) -> Option<Identity> {
        match outcome {
            Outcome::Failed(fault) => {
                self.record_fault(server, *fault, stray);
                None
            }
            Outcome::Answered(answer) => {
                let finding = self.find(answer);
                self.record_found(server, finding, stray);
                self.servers.get(server).map(|_| finding.identity)
            }
        }
    }

    /// Which set an answer came from, as far as is known now. Counts nothing.
    pub fn find(&self, answer: &Answer) -> Finding {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .find(answer)
    }

    /// A query without a usable answer.
    pub fn record_fault(&self, server: usize, fault: Fault, stray: u64) {
        if let Some(counters) = self.servers.get(server) {
            counters.stray.fetch_add(stray, Release);
            counters.faults[fault.index()].fetch_add(1, Release);
        }
    }

    /// An answer that was judged before.
    pub fn record_found(&self, server: usize, finding: Finding, stray: u64) {
        let Some(counters) = self.servers.get(server) else {
            return;
        };
        counters.stray.fetch_add(stray, Release);
        let counter = match finding.identity {
            Identity::Named(set) => {
                if let Some(leaf) = finding.leaf {
                    self.leaves[set][leaf].fetch_add(1, Relaxed);
                }
                &counters.named[set]
            }
            Identity::Ambiguous => &counters.ambiguous,
            Identity::Unknown => &counters.unknown,
        };
        counter.fetch_add(1, Release);
    }

    /// An answer out of a resolver's cache that says nothing new.
    pub fn record_cached(&self, server: usize, stray: u64) {
        if let Some(counters) = self.servers.get(server) {
            counters.stray.fetch_add(stray, Release);
            counters.cached.fetch_add(1, Release);
        }
    }

    /// Whether there are targets whose addresses only look-ups can tell.
    pub fn has_aliases(&self) -> bool {
        self.has_aliases
    }

    /// Which sets cannot be told apart by their answers at the moment.
    pub fn overlaps(&self) -> Vec<Overlap> {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .overlaps()
    }

    /// Notes why the counts cannot be held against the declared shares, or that they can.
    pub fn set_inconclusive(&self, why: Option<Inconclusive>) {
        *locked(&self.inconclusive) = why;
    }

    /// Whether no answer at all tells from which set it came.
    pub fn is_blind(&self) -> bool {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_blind()
    }

    /// Adds what a look-up of a target has shown; `ttl` is the time after which it is looked up again. Returns whether the
    /// sets can answer something else now.
    pub fn learn(
        &self,
        place: Place,
        addresses: &[IpAddr],
        ttl: Duration,
        now: SystemTime,
    ) -> bool {
        self.catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .learn(place, addresses, ttl, now)
    }

    /// How many addresses of an alias target are known.
    pub fn pool_size(&self, place: Place) -> usize {
        let catalog = self.catalog.read().unwrap_or_else(PoisonError::into_inner);
        catalog.pool(place).map_or(0, BTreeMap::len)
    }

    /// Adds the addresses that stand in a named answer beside those that are known, where that is safe.
    pub fn keep_company(&self, set: usize, answer: &Answer, now: SystemTime) -> bool {
        self.catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .keep_company(set, answer, now)
    }

    /// Forgets addresses of alias targets that were not seen for long. Returns whether there were any.
    pub fn age(&self, now: SystemTime) -> bool {
        let catalog = self.catalog.read().unwrap_or_else(PoisonError::into_inner);
        let aged = catalog.has_aged(now);
        drop(catalog);
        aged && self
            .catalog
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .age(now)
    }

    /// The TTL that a set declares, as it was read last; an alias out of the zone has none.
    pub fn declared_ttl(&self, set: usize) -> Option<Duration> {
        locked(&self.newest).sets.get(set)?.ttl
    }

    /// Addresses to reach a set whose answer carried none (CNAME), from the newest look-up of its target.
    pub fn reach(&self, set: usize) -> Vec<IpAddr> {
        self.catalog
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .reach(set)
    }

    /// What became of an HTTP request for a set.
    pub fn record_http(&self, set: usize, outcome: HttpOutcome) {
        let Some(counters) = self.http.get(set) else {
            return;
        };
        match outcome {
            HttpOutcome::Response(status, took) => {
                // Classes outside 1xx to 5xx do not exist in HTTP; a server that invents one is put at the nearest end.
                let class = usize::from(status / 100).clamp(1, 5) - 1;
                counters.status[class].fetch_add(1, Relaxed);
                locked(&counters.times).get_or_insert_default().record(took);
            }
            HttpOutcome::Failure(reason) => {
                counters.failures.fetch_add(1, Relaxed);
                *locked(&counters.last_failure) = Some(reason);
            }
            HttpOutcome::Skipped => {
                counters.skipped.fetch_add(1, Relaxed);
            }
        }
    }

    /// Picks one of several addresses of a set, each in its turn.
    pub fn next_turn<'list>(
        &self,
        set: usize,
        addresses: &'list [IpAddr],
    ) -> Option<&'list IpAddr> {
        let turn = self.http.get(set)?.turn.fetch_add(1, Relaxed);
        let index = usize::try_from(turn % u64::try_from(addresses.len()).ok()?.max(1)).ok()?;
        addresses.get(index)
    }

    /// The counters as plain numbers.
    pub fn read(&self) -> SegmentReading {
        let counts: Vec<Vec<u64>> = self
            .servers
            .iter()
            .map(|server| {
                server
                    .named
                    .iter()
                    .map(|count| count.load(Acquire))
                    .collect()
            })
            .collect();
        let servers = self
            .servers
            .iter()
            .zip(&counts)
            .map(|(server, counts)| Outcomes {
                named: counts.iter().sum(),
                ambiguous: server.ambiguous.load(Acquire),
                unknown: server.unknown.load(Acquire),
                cached: server.cached.load(Acquire),
                faults: std::array::from_fn(|kind| server.faults[kind].load(Acquire)),
                stray: server.stray.load(Acquire),
                // Read after the parts, so that a query in flight is never counted as an answer that was not sent.
                sent: server.sent.load(Relaxed),
            })
            .collect();
        SegmentReading {
            servers,
            counts,
            leaves: self
                .leaves
                .iter()
                .map(|leaves| leaves.iter().map(|count| count.load(Relaxed)).collect())
                .collect(),
            http: self.http.iter().map(HttpCounters::read).collect(),
        }
    }

    /// The whole segment at this moment.
    pub fn state(&self) -> SegmentState {
        SegmentState {
            number: self.number,
            group: Arc::clone(&locked(&self.newest)),
            started_at: self.started_at,
            ended_at: *locked(&self.ended_at),
            reason: self.reason.clone(),
            inconclusive: locked(&self.inconclusive).clone(),
            counters: self.read(),
        }
    }
}

impl HttpCounters {
    fn read(&self) -> HttpReading {
        let status: [u64; 5] = std::array::from_fn(|class| self.status[class].load(Relaxed));
        let failures = self.failures.load(Relaxed);
        HttpReading {
            requests: status.iter().sum::<u64>() + failures,
            failures,
            skipped: self.skipped.load(Relaxed),
            status,
            latency: locked(&self.times).as_ref().and_then(Times::latency),
            last_failure: locked(&self.last_failure).clone(),
        }
    }
}
