//! One segment: a frozen declaration and what came while it was in force. A closed segment still takes the answers of
//! queries that were sent in it.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::attribution::Attributed;
use crate::attribution::catalog::Identity;
use crate::facts::{HttpOutcome, Query};
use crate::model::answer::Fault;
use crate::model::change::Cause;
use crate::model::http::{Certificate, Phases};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::reading::{
    ADDRESSES_KEPT, AddressReading, HttpReading, Outcomes, SegmentReading, SegmentState,
};
use crate::model::record::WeightedGroup;
use crate::model::verdict::Inconclusive;
use crate::stats::histogram::Times;

/// A span with one declared configuration.
#[derive(Debug)]
pub(super) struct Segment {
    /// Its counters, but for what is added up when it is read.
    state: SegmentState,
    http: Vec<HttpSide>,
    /// As it was read last, unless something has come since.
    read: Option<Arc<SegmentState>>,
}

/// What is kept of the HTTP side of one set besides its counters.
#[derive(Debug, Default)]
struct HttpSide {
    /// Made when the first response comes, because a hundred sets may never see one.
    times: Option<Times>,
    /// The sum of where their time was spent.
    phases: Phases,
    /// The addresses that were asked last.
    targets: Vec<Asked>,
    /// Which of several addresses is next.
    turn: usize,
}

/// An address that was asked.
#[derive(Debug)]
struct Asked {
    reading: AddressReading,
    /// When it was the last time, since the start of the run.
    last: Duration,
    certificate: Option<Arc<Certificate>>,
}

/// The certificate of an address that was not asked for so long says nothing about the set any more.
const ASKED_LATELY: Duration = Duration::from_mins(10);

impl HttpSide {
    /// An address, which takes the place of the one that was not asked for longest where there are too many.
    fn target(&mut self, address: IpAddr, now: Duration) -> &mut Asked {
        let known = self
            .targets
            .iter()
            .position(|it| it.reading.address == address);
        let place = known.unwrap_or_else(|| {
            if self.targets.len() >= ADDRESSES_KEPT {
                let oldest = (0..self.targets.len()).min_by_key(|&it| self.targets[it].last);
                self.targets.swap_remove(oldest.unwrap_or_default());
            }
            self.targets.push(Asked {
                reading: AddressReading::new(address),
                last: now,
                certificate: None,
            });
            self.targets.len() - 1
        });
        let target = &mut self.targets[place];
        target.last = target.last.max(now);
        target
    }

    /// Of the certificates of the addresses that are asked, the one that ends first.
    fn certificate(&self) -> Option<Arc<Certificate>> {
        let newest = self.targets.iter().map(|it| it.last).max()?;
        let lately = |it: &&Asked| newest.saturating_sub(it.last) <= ASKED_LATELY;
        let shown = self.targets.iter().filter(lately);
        let shown = shown.filter_map(|it| it.certificate.clone());
        shown.min_by_key(|it| it.not_after)
    }
}

impl Segment {
    /// Opens a segment for a number of name servers.
    pub(super) fn new(
        number: u64,
        group: Arc<WeightedGroup>,
        servers: usize,
        started_at: SystemTime,
        cause: Cause,
    ) -> Self {
        let sets = group.sets.len();
        let counters = SegmentReading {
            servers: vec![Outcomes::default(); servers],
            counts: vec![vec![0; sets]; servers],
            http: vec![HttpReading::default(); sets],
        };
        Self {
            state: SegmentState {
                number,
                group,
                started_at,
                ended_at: None,
                cause,
                inconclusive: None,
                counters,
            },
            http: (0..sets).map(|_| HttpSide::default()).collect(),
            read: None,
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.state.number
    }

    pub(super) fn group(&self) -> &Arc<WeightedGroup> {
        &self.state.group
    }

    /// Takes the same split with other details.
    pub(super) fn renew(&mut self, group: Arc<WeightedGroup>) {
        self.touch().group = group;
    }

    /// Notes when the next segment took over.
    pub(super) fn end(&mut self, now: SystemTime) {
        self.touch().ended_at = Some(now);
    }

    /// Notes why the counts cannot be held against the declared shares, or that they can.
    pub(super) fn set_inconclusive(&mut self, why: Option<Inconclusive>) {
        self.touch().inconclusive = why;
    }

    pub(super) fn record_sent(&mut self, server: ServerIndex) {
        if let Some(outcomes) = self.outcomes(server) {
            outcomes.sent += 1;
        }
    }

    /// A query that was counted as sent was not, or what became of it tells nothing.
    pub(super) fn take_back_sent(&mut self, server: ServerIndex) {
        if let Some(outcomes) = self.outcomes(server) {
            outcomes.sent = outcomes.sent.saturating_sub(1);
        }
    }

    pub(super) fn record_fault(&mut self, query: Query, fault: Fault) {
        if let Some(outcomes) = self.outcomes(query.server) {
            outcomes.stray += query.stray;
            outcomes.faults[fault.index()] += 1;
        }
    }

    pub(super) fn record_answer(&mut self, attributed: &Attributed) {
        let Query { server, stray, .. } = attributed.query;
        let Some(outcomes) = self.outcomes(server) else {
            return;
        };
        outcomes.stray += stray;
        match attributed.identity {
            _ if attributed.cached_repeat => outcomes.cached += 1,
            Identity::Ambiguous => outcomes.ambiguous += 1,
            Identity::Unknown | Identity::Former { .. } => outcomes.unknown += 1,
            Identity::Undeclared => {
                outcomes.unknown += 1;
                outcomes.undeclared += 1;
            }
            Identity::Named(set) => {
                let counters = &mut self.state.counters;
                counters.counts[server.get()][set.get()] += 1;
            }
        }
    }

    /// What became of an HTTP request for a set.
    pub(super) fn record_http(&mut self, at: Duration, set: SetIndex, outcome: HttpOutcome) {
        self.read = None;
        let counters = self.state.counters.http.get_mut(set.get());
        let (Some(counters), Some(side)) = (counters, self.http.get_mut(set.get())) else {
            return;
        };
        let (address, status, phases, failure) = match outcome {
            HttpOutcome::Response {
                address,
                status,
                phases,
                failure,
            } => (address, Some(status), phases, failure),
            HttpOutcome::NoResponse { address, failure } => (address, None, None, Some(failure)),
            HttpOutcome::OverRate => {
                counters.over_rate += 1;
                return;
            }
            HttpOutcome::Skipped | HttpOutcome::Short(_) => {
                counters.skipped += 1;
                return;
            }
        };
        let fault = failure.as_ref().map(|failure| failure.kind);
        counters.count(status, fault);
        side.target(address, at).reading.count(fault);
        counters.last_failure = failure.or(counters.last_failure.take());
        if let Some(phases) = phases {
            side.times.get_or_insert_default().record(phases.took());
            side.phases = side.phases + phases;
        }
    }

    /// A certificate that an address of a set has shown.
    pub(super) fn record_certificate(
        &mut self,
        at: Duration,
        set: SetIndex,
        address: IpAddr,
        certificate: Certificate,
    ) {
        self.read = None;
        if let Some(side) = self.http.get_mut(set.get()) {
            side.target(address, at).certificate = Some(Arc::new(certificate));
        }
    }

    /// Picks one of several addresses of a set, each in its turn.
    pub(super) fn next_turn(&mut self, set: SetIndex, addresses: &[IpAddr]) -> Option<IpAddr> {
        let side = self.http.get_mut(set.get())?;
        let turn = side.turn;
        side.turn = turn.wrapping_add(1);
        addresses.get(turn % addresses.len().max(1)).copied()
    }

    /// The whole segment at this moment.
    pub(super) fn read(&mut self) -> Arc<SegmentState> {
        let read = self.read.get_or_insert_with(|| {
            let mut state = self.state.clone();
            let counters = &mut state.counters;
            // What was named is the sum over the sets, never a counter of its own.
            for (outcomes, counts) in counters.servers.iter_mut().zip(&counters.counts) {
                outcomes.named = counts.iter().sum();
            }
            for (set, side) in counters.http.iter_mut().zip(&self.http) {
                set.latency = side.times.as_ref().and_then(Times::latency);
                let timed = set.latency.map_or(0, |latency| latency.samples);
                set.phases = side.phases.mean(timed);
                set.addresses = side.targets.iter().map(|it| it.reading).collect();
                set.addresses.sort_by_key(|it| it.address);
                // One that has shown no more than its certificate so far is not counted yet.
                set.addresses.retain(|it| it.requests > 0);
                set.certificate = side.certificate();
            }
            Arc::new(state)
        });
        Arc::clone(read)
    }

    fn outcomes(&mut self, server: ServerIndex) -> Option<&mut Outcomes> {
        self.touch().counters.servers.get_mut(server.get())
    }

    /// Something changes, so what was read before is old.
    fn touch(&mut self) -> &mut SegmentState {
        self.read = None;
        &mut self.state
    }
}
