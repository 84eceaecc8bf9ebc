//! Asks the name servers in turn, each at its due time, whatever the others are doing, and records what comes back.
//! It runs on a thread of its own, so that neither drawing nor HTTP nor the API can make a query late.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::exchange::{self, Question};
use super::http::{Job, Requests};
use super::pacer::Pacer;
use super::servers::ServerList;
use super::targets::Refresher;
use crate::clock::{self, Moment};
use crate::config::DnsSettings;
use crate::model::answer::{Answer, Fault, Outcome, ServerMode};
use crate::model::catalog::Identity;
use crate::model::event::Happening;
use crate::model::freshness::{Cached, Freshness};
use crate::model::notice::{Notice, Subject};
use crate::model::reading::{AnswerSeen, Tells};
use crate::tally::{Segment, Tally, locked};

/// So long a stopped prober waits for answers that are on their way.
const LAST_ANSWERS: Duration = Duration::from_millis(300);

/// What every query of a run shares.
#[derive(Debug)]
struct Prober {
    question: Question,
    timeout: Duration,
    servers: Arc<ServerList>,
    tally: Arc<Tally>,
    requests: Option<Requests>,
    refresher: Option<Refresher>,
    started: Moment,
    stop: CancellationToken,
    /// By server; of use for those that are asked as resolvers.
    caches: Vec<Mutex<Freshness>>,
    /// By server, whether it was told that another address has taken over. A server that is dead at all of them goes from
    /// one to the next all the time, which is no news.
    moved: Vec<AtomicBool>,
}

/// What asking needs besides its settings.
#[derive(Debug)]
pub struct Asked {
    /// What is asked.
    pub question: Question,
    /// Who is asked.
    pub servers: Arc<ServerList>,
    /// Where named answers go besides.
    pub requests: Option<Requests>,
    /// Who looks alias targets up again when an answer is not known.
    pub refresher: Option<Refresher>,
}

/// Asks until it is stopped.
pub async fn run(
    settings: DnsSettings,
    asked: Asked,
    tally: Arc<Tally>,
    started: Moment,
    stop: CancellationToken,
) {
    let Asked {
        question,
        servers,
        requests,
        refresher,
    } = asked;
    let prober = Arc::new(Prober {
        question,
        timeout: settings.timeout,
        caches: (0..servers.len()).map(|_| Mutex::default()).collect(),
        moved: (0..servers.len()).map(|_| AtomicBool::default()).collect(),
        servers,
        tally,
        requests,
        refresher,
        started,
        stop: stop.clone(),
    });
    prober.tally.review_overlaps(started.wall);
    let mut modes_told = prober.tell_modes();
    let queries = TaskTracker::new();
    let mut pacer = Pacer::new(started.instant, settings.tps);
    let mut turn = 0;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(pacer.due()) => {}
        }
        let punctuality = pacer.take(clock::instant());
        prober
            .tally
            .record_pacing(punctuality.late, punctuality.skipped);
        if prober.servers.modes_set() != modes_told {
            modes_told = prober.tell_modes();
        }
        let server = turn % prober.servers.len().max(1);
        turn += 1;
        let prober = Arc::clone(&prober);
        // A query belongs to the segment in force when it is sent, however long its answer takes.
        let segment = prober.tally.current();
        segment.record_sent(server);
        queries.spawn(async move { prober.query(server, segment).await });
    }
    queries.close();
    // What has not come by then stays counted as under way.
    let _ = tokio::time::timeout(LAST_ANSWERS, queries.wait()).await;
}

/// A query that was answered: whom it went to, how, and when, as time since the start of the run.
#[derive(Clone, Copy, Debug)]
struct Sent {
    server: usize,
    mode: ServerMode,
    at: Duration,
}

impl Prober {
    async fn query(&self, server: usize, segment: Arc<Segment>) {
        let Some((address, mode)) = self.servers.asked(server) else {
            segment.record_fault(server, Fault::Network, 0);
            return;
        };
        let sent_at = clock::now().since(self.started);
        if mode == ServerMode::ThroughResolver
            && let Some(cache) = self.caches.get(server)
        {
            locked(cache).sent(segment.number, sent_at);
        }
        let exchanged = exchange::ask(&self.question, address, mode, self.timeout).await;
        if let Some(next) = self.servers.observe(server, address, &exchanged.outcome) {
            self.tally.record_address(server, Some(next));
            if !self.moved[server].swap(true, Relaxed) {
                let changed = Happening::AddressChanged {
                    server,
                    failed: Some(address),
                    address: Some(next),
                };
                self.tally.event(clock::wall(), changed);
            }
        }
        match &exchanged.outcome {
            Outcome::Failed(fault) => {
                segment.record_fault(server, *fault, exchanged.stray);
                if let Some(hint) = &exchanged.hint {
                    self.tally.record_hint(server, hint, clock::wall());
                }
            }
            Outcome::Answered(answer) => {
                self.moved[server].store(false, Relaxed);
                self.tally.record_answer_time(
                    server,
                    exchanged.took,
                    clock::now().since(self.started),
                );
                let query = Sent {
                    server,
                    mode,
                    at: sent_at,
                };
                self.answered(query, segment, answer, exchanged.stray).await;
            }
        }
    }

    /// Finds out which set a usable answer came from, and counts it.
    async fn answered(&self, query: Sent, segment: Arc<Segment>, answer: &Answer, stray: u64) {
        let Sent { server, mode, at } = query;
        let mut finding = segment.find(answer);
        let sample = mode == ServerMode::Direct
            || self.is_sample(server, &segment, answer, finding.identity);
        if sample {
            if finding.unseen
                && segment.has_aliases()
                && let Some(refresher) = &self.refresher
            {
                self.look_again(refresher, &segment).await;
                finding = segment.find(answer);
            }
            segment.record_found(server, finding, stray);
        } else {
            segment.record_cached(server, stray);
        }
        self.tally.record_answer(AnswerSeen {
            at,
            segment: segment.number,
            server,
            tells: match finding.identity {
                _ if !sample => Tells::SameAsBefore,
                Identity::Named(set) => Tells::Set(set),
                Identity::Ambiguous | Identity::Unknown => Tells::Nothing,
            },
        });
        let Identity::Named(set) = finding.identity else {
            return;
        };
        let now = clock::wall();
        self.tally.record_named(server, now);
        // What comes out of a cache may be older than it looks.
        if finding.news && mode == ServerMode::Direct {
            segment.keep_company(set, answer, now);
        }
        self.offer(segment, set, answer);
    }

    /// Has the alias targets looked up again; meanwhile other queries go on.
    async fn look_again(&self, refresher: &Refresher, segment: &Segment) {
        tokio::select! {
            () = refresher.refresh() => {}
            () = self.stop.cancelled() => {}
        }
        // Look-ups are for the segment in force, and an older one may have the same targets.
        let current = self.tally.current();
        if current.number != segment.number {
            segment.inherit(&current);
        }
    }

    /// Whether the answer of a resolver is one that was not counted before.
    fn is_sample(
        &self,
        server: usize,
        segment: &Segment,
        answer: &Answer,
        identity: Identity,
    ) -> bool {
        let set = match identity {
            Identity::Named(set) => Some(set),
            Identity::Ambiguous | Identity::Unknown => None,
        };
        let cached = Cached {
            segment: segment.number,
            set,
            remaining: answer.own_ttl.unwrap_or_default(),
            declared: set.and_then(|set| segment.declared_ttl(set)),
        };
        let now = clock::now().since(self.started);
        self.caches
            .get(server)
            .is_some_and(|cache| locked(cache).is_sample(cached, now))
    }

    /// Says which servers are resolvers and what that means. Returns the state of the list that it speaks of.
    fn tell_modes(&self) -> u64 {
        let state = self.servers.modes_set();
        let addresses: Vec<IpAddr> = (0..self.servers.len())
            .filter_map(|server| match self.servers.asked(server) {
                Some((address, ServerMode::ThroughResolver)) => Some(address.ip()),
                _ => None,
            })
            .collect();
        if addresses.is_empty() {
            self.tally.take_back(Subject::Resolvers);
        } else {
            let segment = self.tally.current();
            let ttl = segment.group.sets.iter().filter_map(|set| set.ttl).max();
            let note = Notice::Resolvers { addresses, ttl };
            self.tally.note(clock::wall(), note);
        }
        state
    }

    /// Hands a named answer to the HTTP side, one of its addresses in turn.
    fn offer(&self, segment: Arc<Segment>, set: usize, answer: &Answer) {
        let Some(requests) = &self.requests else {
            return;
        };
        let looked_up;
        let addresses = if answer.addresses.is_empty() {
            // A CNAME that brought no address along: its target is looked up beside.
            looked_up = segment.reach(set);
            &looked_up
        } else {
            &answer.addresses
        };
        if let Some(&address) = segment.next_turn(set, addresses) {
            requests.offer(Job {
                segment,
                set,
                address,
            });
        }
    }
}
