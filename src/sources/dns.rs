//! Asks the name servers in turn, each at its due time, whatever the others are doing, and hands over what comes back.
//! It runs on a thread of its own, so that neither drawing nor HTTP nor the API can make a query late.
//!
//! The rate is that of the run: several records take turns, and each of them asks its own servers in turn.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::exchange::{self, Question, Sockets};
use super::pacer::{Pacer, Punctuality};
use super::pulse::BEAT;
use super::watch::Watch;
use crate::clock;
use crate::facts::{Fact, Query};
use crate::model::answer::{Fault, Outcome, ServerMode};
use crate::model::event::Happening;
use crate::model::index::ServerIndex;
use crate::model::notice::{Notice, Subject};
use crate::tally::locked;

/// So long a stopped prober waits for answers that are on their way.
const LAST_ANSWERS: Duration = Duration::from_millis(300);

/// The queries of one record.
#[derive(Debug)]
struct Prober {
    watch: Arc<Watch>,
    sockets: Sockets,
    patience: Patience,
    /// For servers that do not understand EDNS.
    question_without_edns: Question,
    timeout: Duration,
    /// How many there were.
    asked: AtomicUsize,
    /// By server, whether it was told that another address has taken over. A server that is dead at all of them goes from
    /// one to the next all the time, which is no news.
    moved: Vec<AtomicBool>,
    /// The state of the list of servers of which it was told who is a resolver.
    modes_told: AtomicU64,
}

/// Asks for each record in turn until it is stopped, as often as the pacer of the run says. No answer is waited for longer
/// than `timeout`.
pub async fn run(
    mut pacer: Pacer,
    timeout: Duration,
    watches: Vec<Arc<Watch>>,
    stop: CancellationToken,
) {
    let probers = watches.into_iter().map(|watch| Prober::new(watch, timeout));
    let probers: Vec<Arc<Prober>> = probers.map(Arc::new).collect();
    let queries = TaskTracker::new();
    let feel = || {
        for prober in &probers {
            let now = clock::now();
            prober.watch.feel(now);
            prober.patience.end(now.instant);
        }
    };
    for prober in &probers {
        prober.watch.start_pulse();
    }
    for prober in probers.iter().cycle() {
        let due = async {
            loop {
                pacer.follow(clock::instant());
                let beat = clock::instant() + BEAT;
                tokio::time::sleep_until(pacer.due().min(beat)).await;
                feel();
                if pacer.due() <= beat {
                    break;
                }
            }
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            () = due => {}
        }
        let (query, address) = prober.next(pacer.take(clock::instant()));
        let prober = Arc::clone(prober);
        queries.spawn(async move { prober.query(query, address).await });
    }
    queries.close();
    // What has not come by then stays counted as under way.
    let _ = tokio::time::timeout(LAST_ANSWERS, queries.wait()).await;
}

/// When the answers to the queries under way are no longer waited for. A timer for each would cost the runtime a letter to itself
/// per query; whoever wakes up for the next query looks here instead.
#[derive(Debug, Default)]
struct Patience(Mutex<VecDeque<(Instant, oneshot::Sender<()>)>>);

impl Patience {
    /// Ends at that time, or up to a [`BEAT`] later. Times come in their order.
    async fn ends_at(&self, time: Instant) {
        let (sender, ended) = oneshot::channel();
        locked(&self.0).push_back((time, sender));
        // It ends too where nobody is left who would say so.
        let _ = ended.await;
    }

    /// It is that time.
    fn end(&self, now: Instant) {
        let mut waiting = locked(&self.0);
        while waiting.front().is_some_and(|(time, _)| *time <= now) {
            // Dropping the sender says it.
            waiting.pop_front();
        }
    }
}

impl Prober {
    fn new(watch: Arc<Watch>, timeout: Duration) -> Self {
        let servers = watch.servers.indices();
        let prober = Self {
            timeout,
            sockets: Sockets::default(),
            patience: Patience::default(),
            asked: AtomicUsize::default(),
            moved: servers.map(|_| AtomicBool::default()).collect(),
            modes_told: AtomicU64::default(),
            question_without_edns: watch.question.clone().without_edns(),
            watch,
        };
        prober.tell_modes();
        prober
    }

    /// A query is due: which it is, and where it goes.
    fn next(&self, punctuality: Punctuality) -> (Query, Option<SocketAddr>) {
        let watch = &self.watch;
        watch.learn(Fact::Due {
            late: punctuality.late,
            skipped: punctuality.skipped,
        });
        if watch.servers.modes_set() != self.modes_told.load(Relaxed) {
            self.tell_modes();
        }
        let turn = self.asked.fetch_add(1, Relaxed);
        let server = ServerIndex::from(turn % watch.servers.indices().len().max(1));
        // A query belongs to the segment in force when it is sent, however long its answer takes.
        let (segment, _) = watch.tally.in_force();
        let (address, mode) = watch.servers.asked(server).unzip();
        let at = watch.now();
        let mode = mode.unwrap_or_default();
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
        (query, address)
    }

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
        let sent = clock::instant();
        let without_edns = watch.servers.is_without_edns(query.server);
        let question = if without_edns {
            &self.question_without_edns
        } else {
            &watch.question
        };
        let (sockets, mode) = (&self.sockets, query.mode);
        let time_is_up = self.patience.ends_at(sent + self.timeout);
        let exchanged = exchange::ask(sockets, question, address, mode, time_is_up).await;
        if !watch.stood_still_since(sent) {
            self.observe(query.server, address, &exchanged.outcome);
            if exchanged.without_edns && !without_edns {
                watch.servers.leave_edns_out(query.server);
            }
        }
        let query = Query {
            stray: exchanged.stray,
            ..query
        };
        watch.learn(match exchanged.outcome {
            Outcome::Failed(fault) => failed(query, fault, exchanged.hint),
            Outcome::NotAsked(shortage) => Fact::NotAsked {
                at: watch.now(),
                query,
                shortage,
            },
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
            self.watch.tell(Happening::AddressChanged {
                server,
                failed: Some(address),
                address: Some(next),
            });
        }
    }

    /// Says which servers are resolvers and which do not understand EDNS, and what that means.
    fn tell_modes(&self) {
        let servers = &self.watch.servers;
        self.modes_told.store(servers.modes_set(), Relaxed);
        let asked = servers.indices().filter_map(|server| servers.asked(server));
        let resolvers = asked.filter(|(_, mode)| *mode == ServerMode::ThroughResolver);
        let addresses: Vec<IpAddr> = resolvers.map(|(address, _)| address.ip()).collect();
        let tally = &self.watch.tally;
        let without_edns = (servers.indices()).filter(|server| servers.is_without_edns(*server));
        let without_edns: Vec<ServerIndex> = without_edns.collect();
        if !without_edns.is_empty() {
            let servers = without_edns;
            tally.note(clock::wall(), Notice::WithoutEdns { servers });
        }
        if addresses.is_empty() {
            tally.take_back(Subject::Resolvers);
        } else {
            let (_, group) = tally.in_force();
            let ttl = group.sets.iter().filter_map(|set| set.ttl).max();
            tally.note(clock::wall(), Notice::Resolvers { addresses, ttl });
        }
    }
}
