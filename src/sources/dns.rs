//! Asks the name servers in turn, each at its due time, whatever the others are doing, and hands over what comes back.
//! It runs on a thread of its own, so that neither drawing nor HTTP nor the API can make a query late.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::exchange;
use super::pacer::Pacer;
use super::watch::Watch;
use crate::clock;
use crate::config::DnsSettings;
use crate::facts::{Fact, Query};
use crate::model::answer::{Fault, Outcome, ServerMode};
use crate::model::event::Happening;
use crate::model::index::ServerIndex;
use crate::model::notice::{Notice, Subject};

/// So long a stopped prober waits for answers that are on their way.
const LAST_ANSWERS: Duration = Duration::from_millis(300);

/// What every query of a run shares.
#[derive(Debug)]
struct Prober {
    watch: Arc<Watch>,
    timeout: Duration,
    /// By server, whether it was told that another address has taken over. A server that is dead at all of them goes from
    /// one to the next all the time, which is no news.
    moved: Vec<AtomicBool>,
}

/// Asks until it is stopped.
pub async fn run(settings: DnsSettings, watch: Arc<Watch>, stop: CancellationToken) {
    let servers = watch.servers.len();
    let prober = Arc::new(Prober {
        timeout: settings.timeout,
        moved: (0..servers).map(|_| AtomicBool::default()).collect(),
        watch: Arc::clone(&watch),
    });
    let mut modes_told = prober.tell_modes();
    let queries = TaskTracker::new();
    let mut pacer = Pacer::new(watch.started.instant, settings.tps);
    let mut turn = 0;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = tokio::time::sleep_until(pacer.due()) => {}
        }
        let punctuality = pacer.take(clock::instant());
        watch.learn(Fact::Due {
            late: punctuality.late,
            skipped: punctuality.skipped,
        });
        if watch.servers.modes_set() != modes_told {
            modes_told = prober.tell_modes();
        }
        let server = ServerIndex::from(turn % servers.max(1));
        turn += 1;
        let prober = Arc::clone(&prober);
        // A query belongs to the segment in force when it is sent, however long its answer takes.
        let (segment, _) = watch.tally.in_force();
        let asked = watch.servers.asked(server);
        let at = watch.now();
        let mode = asked.map_or(ServerMode::default(), |(_, mode)| mode);
        watch.learn(Fact::Sent {
            at,
            server,
            segment,
            mode,
        });
        let query = Query {
            sent_at: at.uptime,
            server,
            segment,
            mode,
            stray: 0,
        };
        queries.spawn(async move { prober.query(query, asked.map(|(address, _)| address)).await });
    }
    queries.close();
    // What has not come by then stays counted as under way.
    let _ = tokio::time::timeout(LAST_ANSWERS, queries.wait()).await;
}

impl Prober {
    /// Asks a server, and hands over what became of it.
    async fn query(&self, query: Query, address: Option<SocketAddr>) {
        let watch = &self.watch;
        let failed = |query, fault, hint| Fact::Failed {
            at: watch.now(),
            query,
            fault,
            hint,
        };
        let Some(address) = address else {
            watch.learn(failed(query, Fault::Network, None));
            return;
        };
        let exchanged = exchange::ask(&watch.question, address, query.mode, self.timeout).await;
        self.observe(query.server, address, &exchanged.outcome);
        let query = Query {
            stray: exchanged.stray,
            ..query
        };
        watch.learn(match exchanged.outcome {
            Outcome::Failed(fault) => failed(query, fault, exchanged.hint),
            Outcome::Answered(answer) => Fact::Answered {
                at: watch.now(),
                query,
                took: exchanged.took,
                answer,
            },
        });
    }

    /// Has another address of a server take over when one fails again and again.
    fn observe(&self, server: ServerIndex, address: SocketAddr, outcome: &Outcome) {
        let next = self.watch.servers.observe(server, address, outcome);
        if matches!(outcome, Outcome::Answered(_)) {
            self.moved[server.get()].store(false, Relaxed);
        }
        let Some(next) = next else { return };
        self.watch.learn(Fact::Readdressed {
            server,
            address: Some(next),
        });
        if !self.moved[server.get()].swap(true, Relaxed) {
            let changed = Happening::AddressChanged {
                server,
                failed: Some(address),
                address: Some(next),
            };
            self.watch.tally.event(clock::wall(), changed);
        }
    }

    /// Says which servers are resolvers and what that means. Returns the state of the list that it speaks of.
    fn tell_modes(&self) -> u64 {
        let servers = &self.watch.servers;
        let state = servers.modes_set();
        let addresses: Vec<IpAddr> = servers
            .indices()
            .filter_map(|server| match servers.asked(server) {
                Some((address, ServerMode::ThroughResolver)) => Some(address.ip()),
                _ => None,
            })
            .collect();
        let tally = &self.watch.tally;
        if addresses.is_empty() {
            tally.take_back(Subject::Resolvers);
        } else {
            let (_, group) = tally.in_force();
            let ttl = group.sets.iter().filter_map(|set| set.ttl).max();
            tally.note(clock::wall(), Notice::Resolvers { addresses, ttl });
        }
        state
    }
}
