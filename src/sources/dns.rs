//! Asks the name servers in turn, each at its due time, whatever the others are doing, and hands over what comes back.
//! It runs on a thread of its own, so that neither drawing nor HTTP nor the API can make a query late, and needs no runtime: it waits
//! for whatever comes first in one call of the system.
//!
//! The rate is that of the run: several records take turns, and each of them asks its own servers in turn.

use std::collections::HashMap;
use std::io::PipeReader;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use tokio::time::Instant;

use super::exchange::{Exchange, Exchanged, Sockets, Transport};
use super::inquiry::Inquiry;
use super::pacer::{Pacer, Punctuality};
use super::pulse::BEAT;
use super::watch::Watch;
use crate::clock;
use crate::facts::{Fact, Query};
use crate::model::answer::{Fault, Outcome, ServerMode};
use crate::model::event::Happening;
use crate::model::index::ServerIndex;
use crate::model::notice::{Notice, Subject};

/// So long a stopped prober waits for answers that are on their way.
const LAST_ANSWERS: Duration = Duration::from_millis(300);

/// The queries of one record.
#[derive(Debug)]
struct Prober {
    watch: Arc<Watch>,
    sockets: Sockets,
    /// What is asked of servers of a mode, with EDNS or without.
    inquiries: HashMap<(ServerMode, bool), Arc<Inquiry>>,
    /// How many there were.
    asked: usize,
    /// By server, whether it was told that another address has taken over. A server that is dead at all of them goes from
    /// one to the next all the time, which is no news.
    moved: Vec<bool>,
    /// The state of the list of servers of which it was told who is a resolver.
    modes_told: u64,
}

/// A query under way.
#[derive(Debug)]
struct Asked {
    /// Which prober has asked.
    prober: usize,
    query: Query,
    address: SocketAddr,
    without_edns: bool,
    exchange: Exchange,
}

/// Asks for each record in turn until the other end of `stop` is closed, as often as the pacer of the run says. No answer is
/// waited for longer than `timeout`, and up to a [`BEAT`].
pub fn run(mut pacer: Pacer, timeout: Duration, watches: Vec<Arc<Watch>>, stop: &PipeReader) {
    let mut probers: Vec<Prober> = watches.into_iter().map(Prober::new).collect();
    for prober in &probers {
        prober.watch.start_pulse();
    }
    let mut turns = (0..probers.len()).cycle();
    let mut under_way = Vec::new();
    loop {
        let now = clock::instant();
        pacer.follow(now);
        let (stopped, ready) = wait(&under_way, Some(stop), pacer.due().min(now + BEAT));
        if stopped {
            break;
        }
        go_on(&mut probers, &mut under_way, &ready, timeout);
        let now = clock::instant();
        if pacer.due() <= now
            && let Some(turn) = turns.next()
        {
            let asked = probers[turn].ask(turn, pacer.take(now));
            under_way.extend(asked);
        }
    }
    // What has not come by then stays counted as under way.
    let end = clock::instant() + LAST_ANSWERS;
    while !under_way.is_empty() && clock::instant() < end {
        let (_, ready) = wait(&under_way, None, end);
        go_on(&mut probers, &mut under_way, &ready, timeout);
    }
}

/// Waits until an exchange can go on, it is that time, or the end is wanted: one call of the system for all of it. Returns whether
/// the end is wanted, and of each exchange whether it can go on.
fn wait(under_way: &[Asked], stop: Option<&PipeReader>, until: Instant) -> (bool, Vec<bool>) {
    // Each that is under way waits for something, so they keep their places.
    let answers = under_way.iter().filter_map(|asked| {
        let (way, is_sending) = asked.exchange.waits_for()?;
        let flags = if is_sending {
            PollFlags::OUT
        } else {
            PollFlags::IN
        };
        Some(PollFd::from_borrowed_fd(way, flags))
    });
    let stop = stop.map(|stop| PollFd::new(stop, PollFlags::IN));
    let has_stop = stop.is_some();
    let mut polled: Vec<PollFd> = answers.chain(stop).collect();
    let longest = until.saturating_duration_since(clock::instant());
    let found = poll(&mut polled, Timespec::try_from(longest).ok().as_ref());
    let is_ready = |polled: &PollFd| found.is_ok() && !polled.revents().is_empty();
    let mut ready: Vec<bool> = polled.iter().map(is_ready).collect();
    let stopped = has_stop && ready.pop().unwrap_or_default();
    (stopped, ready)
}

/// Has those go on that can, and ends those whose time is up.
fn go_on(probers: &mut [Prober], under_way: &mut Vec<Asked>, ready: &[bool], timeout: Duration) {
    let now = clock::now();
    for prober in &*probers {
        prober.watch.feel(now);
    }
    let mut ready = ready.iter();
    under_way.retain_mut(|asked| {
        let prober = &mut probers[asked.prober];
        let reply = match ready.next() {
            Some(true) => asked.exchange.go_on(&prober.sockets).transpose(),
            _ => None,
        };
        let is_over = reply.is_some() || asked.exchange.began() + timeout <= now.instant;
        if is_over {
            prober.learn_from(asked, asked.exchange.end(reply));
        }
        !is_over
    });
}

impl Prober {
    fn new(watch: Arc<Watch>) -> Self {
        let servers = watch.servers.indices();
        let mut prober = Self {
            sockets: Sockets::default(),
            asked: 0,
            moved: servers.map(|_| false).collect(),
            modes_told: 0,
            inquiries: HashMap::new(),
            watch,
        };
        prober.tell_modes();
        prober
    }

    /// A query is due. Returns it if it is under way then; `prober` is which of the probers this is.
    fn ask(&mut self, prober: usize, punctuality: Punctuality) -> Option<Asked> {
        let (query, address) = self.next(punctuality);
        let watch = &self.watch;
        let Some(address) = address else {
            let (fault, hint) = (Fault::Network, None);
            let at = watch.now();
            watch.learn(Fact::Failed {
                at,
                query,
                fault,
                hint,
            });
            return None;
        };
        let without_edns = watch.servers.is_without_edns(query.server);
        let inquiry = self.inquiries.entry((query.mode, without_edns));
        let inquiry = inquiry.or_insert_with(|| {
            let question = watch.question.clone();
            let question = if without_edns {
                question.without_edns()
            } else {
                question
            };
            Arc::new(Inquiry::new(question, query.mode))
        });
        let mut asked = Asked {
            prober,
            query,
            address,
            without_edns,
            exchange: Exchange::new(Arc::clone(inquiry), address, Transport::Udp),
        };
        match asked.exchange.send(&self.sockets) {
            Ok(()) => Some(asked),
            Err(error) => {
                self.learn_from(&asked, asked.exchange.end(Some(Err(error))));
                None
            }
        }
    }

    /// Which query it is, and where it goes.
    fn next(&mut self, punctuality: Punctuality) -> (Query, Option<SocketAddr>) {
        let watch = &self.watch;
        watch.learn(Fact::Due {
            late: punctuality.late,
            skipped: punctuality.skipped,
        });
        if watch.servers.modes_set() != self.modes_told {
            self.tell_modes();
        }
        let watch = &self.watch;
        let server = ServerIndex::from(self.asked % watch.servers.indices().len().max(1));
        self.asked += 1;
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

    /// Hands over what became of a query.
    fn learn_from(&mut self, asked: &Asked, exchanged: Exchanged) {
        let server = asked.query.server;
        if !self.watch.stood_still_since(asked.exchange.began()) {
            self.observe(server, asked.address, &exchanged.outcome);
            if exchanged.without_edns && !asked.without_edns {
                self.watch.servers.leave_edns_out(server);
            }
        }
        let query = Query {
            stray: exchanged.stray,
            ..asked.query
        };
        let at = self.watch.now();
        self.watch.learn(match exchanged.outcome {
            Outcome::Failed(fault) => Fact::Failed {
                at,
                query,
                fault,
                hint: exchanged.hint,
            },
            Outcome::NotAsked(shortage) => Fact::NotAsked {
                at,
                query,
                shortage,
            },
            Outcome::Answered(answer) => Fact::Answered {
                at,
                query,
                took: exchanged.took,
                answer,
            },
        });
    }

    /// Has another address of a server take over when one fails again and again.
    fn observe(&mut self, server: ServerIndex, address: SocketAddr, outcome: &Outcome) {
        let next = self.watch.servers.observe(server, address, outcome);
        if matches!(outcome, Outcome::Answered(_)) {
            self.moved[server.get()] = false;
        }
        let Some(next) = next else { return };
        self.watch.learn(Fact::Readdressed {
            server,
            address: Some(next),
        });
        if !std::mem::replace(&mut self.moved[server.get()], true) {
            self.watch.tell(Happening::AddressChanged {
                server,
                failed: Some(address),
                address: Some(next),
            });
        }
    }

    /// Says which servers are resolvers and which do not understand EDNS, and what that means.
    fn tell_modes(&mut self) {
        let servers = &self.watch.servers;
        self.modes_told = servers.modes_set();
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
