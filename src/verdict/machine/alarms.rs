//! Rule 3 before the arming, rules 6 and 7 after it: from evidence or an impossible answer to a suspicion, and from a
//! suspicion to a mismatch.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::verdict::{Mismatch, MismatchReason, VerdictNews, VerdictState};
use crate::stats::evidence::p_value;

use super::super::server::Stage;
use super::Machine;

/// From one wish for a poll to the next.
const POLLS_APART: Duration = Duration::from_secs(1);

impl Machine {
    pub(super) fn look_for_alarms(&mut self, now: Duration) {
        let impossible = self.judgement.impossible.take();
        let alarming = self.judgement.span.is_alarming();
        if self.segment.declaration.inconclusive.is_some() || (impossible.is_none() && !alarming) {
            return;
        }
        if !self.armed {
            let p_value = p_value(self.judgement.span.evidence().ln_total);
            self.tell(now, VerdictNews::PropagatingAgain { p_value });
            self.indices()
                .for_each(|server| self.revert_to_propagating(server));
            self.judgement.restart(now);
        } else if self.judgement.standing == VerdictState::Mismatch {
            // No news, but what proves a recovery has to come after it.
            self.judgement.restart(now);
        } else if self.judgement.suspicion.is_none() {
            self.suspect(now, impossible);
        }
    }

    fn suspect(&mut self, now: Duration, impossible: Option<(ServerIndex, usize)>) {
        let evidence = self.judgement.span.evidence();
        let reason = match impossible {
            Some((server, set)) => self.reason_of_impossible(server, set),
            None => self.reason_of_evidence(),
        };
        let counts = self.judgement.span.suspicious(reason.server());
        let set = (impossible.map(|(_, set)| set)).or_else(|| self.judgement.span.farthest(counts));
        let named = set.and_then(|set| Some((set, self.segment.members.identifier(set)?)));
        let from = match (impossible, evidence.strongest) {
            (None, Some(bet)) => self.judgement.span.begin_of(bet),
            _ => self.segment.last_impossible.unwrap_or(now),
        };
        let mismatch = Mismatch {
            reason,
            at: now,
            confirmed: false,
            impossible: impossible.is_some(),
            ln_evidence: evidence.ln_total,
            p_value: match impossible {
                Some(_) => 0.0,
                None => p_value(evidence.ln_total),
            },
            answers: counts.iter().sum(),
            from,
            farthest: named.map(|(set, name)| self.judgement.span.set_among(counts, set, name)),
        };
        self.tell(now, VerdictNews::Suspicion(mismatch.clone()));
        self.judgement.suspicion = Some(mismatch);
    }

    fn reason_of_impossible(&self, server: ServerIndex, set: usize) -> MismatchReason {
        let before = self
            .segment
            .members
            .old
            .as_ref()
            .is_some_and(|old| old[set] > 0.0);
        if before && matches!(self.servers[server.get()].stage, Stage::Late | Stage::Stale) {
            return MismatchReason::StaleServer { server };
        }
        MismatchReason::ImpossibleAnswer {
            server,
            set: self.segment.members.identifier(set).map(str::to_owned),
        }
    }

    fn reason_of_evidence(&self) -> MismatchReason {
        let evidence = self.judgement.span.evidence();
        let worst = |servers: &mut dyn Iterator<Item = ServerIndex>| {
            servers.max_by(|&one, &two| {
                evidence.ln_servers[one.get()].total_cmp(&evidence.ln_servers[two.get()])
            })
        };
        let mut stale = self
            .indices()
            .filter(|&server| self.servers[server.get()].stage == Stage::Stale);
        if let Some(server) = worst(&mut stale) {
            return MismatchReason::StaleServer { server };
        }
        let by_bet = evidence
            .strongest
            .and_then(|bet| bet.server.map(ServerIndex::from));
        let differing = || {
            let servers = &mut self.indices();
            worst(servers).filter(|_| self.judgement.span.servers_differ())
        };
        match by_bet
            .or_else(|| self.judgement.span.only_culprit())
            .or_else(differing)
        {
            Some(server) => MismatchReason::ServerDiffers { server },
            None => MismatchReason::Share,
        }
    }

    pub(super) fn look_for_unconfirmed(&mut self, now: Duration) {
        let over =
            |suspicion: &Mismatch| now.saturating_sub(suspicion.at) >= self.confirmation_wait;
        if self.judgement.suspicion.as_ref().is_some_and(over) {
            self.alarm(now, false);
        }
    }

    /// A suspicion becomes a mismatch.
    pub(super) fn alarm(&mut self, at: Duration, confirmed: bool) {
        let Some(suspicion) = self.judgement.suspicion.take() else {
            return;
        };
        let mismatch = Mismatch {
            at,
            confirmed,
            ..suspicion
        };
        self.tell(at, VerdictNews::Mismatch(mismatch.clone()));
        self.judgement.establish(mismatch);
    }

    /// At most once a second while a suspicion waits.
    pub(super) fn wishes_poll(&mut self, now: Duration) -> bool {
        let rested = |last: Duration| now.saturating_sub(last) >= POLLS_APART;
        let wish = self.judgement.suspicion.is_some() && self.last_wish.is_none_or(rested);
        if wish {
            self.last_wish = Some(now);
        }
        wish
    }
}
