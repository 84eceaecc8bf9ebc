//! Asks the resolvers that were named what they still answer clients: each once in the life of its answer, and never more
//! than once a second. What they say is shown beside the split of the name servers and counted for nothing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::exchange::{self, Exchanged, Question, Sockets};
use super::together::side_by_side;
use super::watch::Watch;
use crate::clock;
use crate::facts::Fact;
use crate::model::answer::{Answer, Hint, Outcome, ServerMode};

/// No resolver is asked more often.
const SOONEST: Duration = Duration::from_secs(1);
/// One that failed is asked again after so long.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Asks each of them until it is stopped. No answer is waited for longer than `timeout`.
pub async fn run(
    resolvers: Vec<SocketAddr>,
    timeout: Duration,
    watch: Arc<Watch>,
    stop: CancellationToken,
) {
    let asking = resolvers.into_iter().map(|resolver| {
        let (watch, stop) = (Arc::clone(&watch), stop.clone());
        async move {
            stop.run_until_cancelled(ask_again_and_again(resolver, timeout, &watch))
                .await
        }
    });
    side_by_side(asking.collect()).await;
}

async fn ask_again_and_again(resolver: SocketAddr, timeout: Duration, watch: &Watch) {
    let mut question: Question = watch.question.clone();
    loop {
        let sent = clock::instant();
        let mode = ServerMode::ThroughResolver;
        // Asked so rarely, each question has a port of its own.
        let (sockets, time_is_up) = (Sockets::default(), tokio::time::sleep(timeout));
        let exchanged = exchange::ask(&sockets, &question, resolver, mode, time_is_up).await;
        if exchanged.without_edns {
            question = question.without_edns();
        }
        let wait = life_of(&exchanged).unwrap_or(AFTER_FAILURE).max(SOONEST);
        let ended = clock::instant();
        if !watch.stood_still_since(sent) {
            watch.learn(Fact::Resolved {
                at: watch.now(),
                resolver,
                outcome: exchanged.outcome,
            });
        }
        tokio::time::sleep_until(ended + wait).await;
    }
}

/// How long a resolver goes on saying the same; `None`: it failed.
fn life_of(exchanged: &Exchanged) -> Option<Duration> {
    match (&exchanged.outcome, &exchanged.hint) {
        (Outcome::Answered(Answer { ttl, own_ttl, .. }), _) => {
            Some(own_ttl.or(*ttl).unwrap_or_default())
        }
        (_, Some(Hint::Negative { keep, .. })) => *keep,
        _ => None,
    }
}
