//! Asks the name servers in turn, each at its due time, whatever the others are doing, and records what comes back.
//! It runs on a thread of its own, so that neither drawing nor HTTP nor the API can make a query late.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::exchange::{self, Question};
use super::http::{Job, Requests};
use super::pacer::Pacer;
use super::servers::ServerList;
use crate::clock::{self, Moment};
use crate::config::DnsSettings;
use crate::model::answer::{Answer, Fault, Outcome, ServerMode};
use crate::model::catalog::Identity;
use crate::model::event::EventKind;
use crate::tally::{Segment, Tally};

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
    started: Moment,
}

/// Asks until it is stopped.
pub async fn run(
    settings: DnsSettings,
    question: Question,
    servers: Arc<ServerList>,
    tally: Arc<Tally>,
    requests: Option<Requests>,
    started: Moment,
    stop: CancellationToken,
) {
    let prober = Arc::new(Prober {
        question,
        timeout: settings.timeout,
        servers,
        tally,
        requests,
        started,
    });
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

impl Prober {
    async fn query(&self, server: usize, segment: Arc<Segment>) {
        let Some(address) = self.servers.address(server) else {
            segment.record(server, &Outcome::Failed(Fault::Network), 0);
            return;
        };
        let exchanged =
            exchange::ask(&self.question, address, ServerMode::Direct, self.timeout).await;
        let identity = segment.record(server, &exchanged.outcome, exchanged.stray);
        if let Some(next) = self.servers.observe(server, address, &exchanged.outcome) {
            self.tally.record_address(server, Some(next));
            let message =
                format!("{address} fails again and again; its name server is now asked at {next}");
            self.tally
                .event(clock::wall(), EventKind::AddressChanged, message);
        }
        if let Outcome::Answered(answer) = &exchanged.outcome {
            self.tally
                .record_answer_time(server, exchanged.took, clock::now().since(self.started));
            if let Some(Identity::Named(set)) = identity {
                self.offer(segment, set, answer);
            }
        }
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
