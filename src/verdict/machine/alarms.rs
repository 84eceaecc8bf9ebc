//! Rule 3 before the arming, rules 6 and 7 after it: from evidence or an impossible answer to a suspicion, and from a
//! suspicion to a mismatch.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::verdict::{Mismatch, MismatchReason, Off, Unknown, VerdictNews, VerdictState};
use crate::stats::evidence::p_value;
use crate::stats::onset::averaged;

use super::super::judgement::Impossible;
use super::super::server::Stage;
use super::{LN_GONE, Machine, SPAN_AT_LEAST};

/// From one wish for a poll to the next.
const POLLS_APART: Duration = Duration::from_secs(1);

impl Machine {
    pub(super) fn look_for_alarms(&mut self, now: Duration) {
        let impossible = self.judgement.impossible.take();
        let span = &self.judgement.span;
        let unknown = span.unknown();
        let unknown = (unknown.low > self.rules.max_unknown).then_some(unknown);
        let alarming = span.is_alarming();
        let fits = impossible.is_none() && unknown.is_none() && !alarming;
        if self.segment.declaration.inconclusive.is_some() {
            return;
        }
        if self.segment.armed && self.judgement.standing == VerdictState::Mismatch {
            self.look_for_lasting(now, unknown.as_ref());
        } else if !fits && self.segment.armed {
            // Answers that depend on each other alarm sooner than their dependence is sure.
            if impossible.is_none() && alarming && self.thin_instead_of_alarm(now) {
                return;
            }
            self.suspect(now, impossible, unknown);
        } else if self.segment.armed {
            self.forget_what_came_before_the_arming(now);
        } else if self.segment.is_first() {
            self.look_for_not_served(now, !fits);
        } else if impossible.is_some() || (alarming && self.segment.matched) {
            // It may be another change, so the configuration is read first.
            self.suspect(now, impossible, None);
        } else if alarming {
            self.propagate_again(now);
        }
    }

    /// The servers that had shown the new shares do not serve them after all.
    fn propagate_again(&mut self, now: Duration) {
        let ln_evidence = self.judgement.span.evidence().ln_total;
        self.tell(now, VerdictNews::PropagatingAgain { ln_evidence });
        self.indices()
            .for_each(|server| self.revert_to_propagating(server));
        self.judgement.restart(now);
    }

    /// A suspicion from before the arming is confirmed: no other change explains it, so servers have not gone over yet.
    fn take_switches_back(&mut self, now: Duration, suspicion: &Mismatch) {
        if !suspicion.impossible {
            return self.propagate_again(now);
        }
        let excluded = self.indices().filter_map(|server| {
            let set = self.judgement.span.impossible_at(server)?;
            Some((server, set))
        });
        let excluded: Vec<(ServerIndex, usize)> = excluded.collect();
        for (server, set) in excluded {
            self.take_switch_back(now, server, set);
        }
        // It was of before, and what comes now has to be shown anew anyway.
        self.segment.last_impossible = None;
    }

    /// An impossible answer from before the arming gave no alarm, and must not stand in the way of a match for ever.
    fn forget_what_came_before_the_arming(&mut self, now: Duration) {
        let judgement = &mut self.judgement;
        let collecting = judgement.standing == VerdictState::Collecting;
        if collecting && judgement.suspicion.is_none() && judgement.span.has_impossible() {
            judgement.restart(now);
        }
    }

    /// While a mismatch stands an alarm is no news, but what proves a recovery has to come after it.
    fn look_for_lasting(&mut self, now: Duration, unknown: Option<&Unknown>) {
        let span = &self.judgement.span;
        let fits = unknown.is_none() && !span.is_alarming() && !span.has_impossible();
        if fits || now < span.started_at() + SPAN_AT_LEAST {
            return;
        }
        if span.is_alarming() {
            let lasting = self.suspicion(now, self.reason_of_evidence(), None);
            self.judgement.blame(&lasting);
        }
        self.judgement.continue_anew(now);
    }

    /// At the start of a run nobody knows what happened a moment before: a change that was made then looks like an alarm.
    fn look_for_not_served(&mut self, now: Duration, alarming: bool) {
        if alarming {
            let until = self.segment.armed_at;
            if self.segment.not_served_at.is_none() {
                self.segment.not_served_at = Some(now);
                self.tell(now, VerdictNews::NotServedSoFar { until });
            }
        }
        let span = &self.judgement.span;
        let fits = !alarming && !span.has_impossible();
        if !fits && now >= span.started_at() + SPAN_AT_LEAST {
            self.judgement.restart(now);
        }
    }

    fn suspect(&mut self, now: Duration, impossible: Option<Impossible>, unknown: Option<Unknown>) {
        if self.judgement.suspicion.is_some() {
            return;
        }
        let reason = match (impossible, unknown) {
            (Some(impossible), _) => self.reason_of_impossible(impossible),
            (None, Some(unknown)) if !self.judgement.span.is_alarming() => {
                MismatchReason::UnknownAnswers(unknown)
            }
            _ => self.reason_of_evidence(),
        };
        let suspicion = self.suspicion(now, reason, impossible);
        self.tell(now, VerdictNews::Suspicion(suspicion.clone()));
        self.judgement.suspicion = Some(suspicion);
    }

    fn suspicion(
        &self,
        now: Duration,
        reason: MismatchReason,
        impossible: Option<Impossible>,
    ) -> Mismatch {
        let span = &self.judgement.span;
        let evidence = span.evidence();
        let counts = span.suspicious(reason.server());
        let set = impossible.map(|impossible| impossible.set);
        let set = set.or_else(|| span.farthest(&counts));
        let named = set.and_then(|set| Some((set, self.segment.members.identifier(set)?)));
        let from = match (impossible, span.winner()) {
            (Some(_), _) => self.segment.last_impossible.unwrap_or(now),
            (None, Some(bet)) => span.begin_of(bet),
            (None, None) => span.started_at(),
        };
        Mismatch {
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
            farthest: named.map(|(set, name)| span.set_among(&counts, set, name)),
        }
    }

    fn reason_of_impossible(&self, impossible: Impossible) -> MismatchReason {
        let Impossible {
            server,
            set,
            undeclared,
        } = impossible;
        if undeclared {
            return MismatchReason::UndeclaredAnswer { server };
        }
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
            why: self.segment.members.why_excluded(set),
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
        let over = |suspicion: &Mismatch| {
            now.saturating_sub(suspicion.at.max(self.went_on)) >= self.confirmation_wait
        };
        if self.judgement.suspicion.as_ref().is_some_and(over) {
            self.alarm(now, false);
        }
    }

    /// A suspicion becomes a mismatch.
    pub(super) fn alarm(&mut self, at: Duration, confirmed: bool) {
        let Some(suspicion) = self.judgement.suspicion.take() else {
            return;
        };
        if !self.segment.armed && !self.segment.is_first() {
            return self.take_switches_back(at, &suspicion);
        }
        let mismatch = Mismatch {
            at,
            confirmed,
            ..suspicion
        };
        self.tell(at, VerdictNews::Mismatch(mismatch.clone()));
        self.judgement.establish(mismatch);
    }

    /// Whether the split is exactly the declared one, whatever the tolerance: a remark, no verdict.
    pub(super) fn look_for_off(&mut self, now: Duration) {
        if !self.segment.armed || self.segment.declaration.inconclusive.is_some() {
            return;
        }
        let span = &self.judgement.span;
        let (ln_pooled, ln_servers) = span.ln_exact();
        let ln_evidence = averaged(ln_pooled, &ln_servers);
        let found = ln_evidence >= self.rules.criteria.ln_limit();
        let before = self.judgement.off.as_ref().map(|off| off.since);
        // Numbers of a span that was forgotten are told no longer than the mismatch that they belong to stands.
        let is_old = before.is_some_and(|since| since < span.started_at())
            && self.judgement.standing != VerdictState::Mismatch;
        if before.is_some() && (ln_evidence <= LN_GONE || (is_old && !found)) {
            self.judgement.off = None;
            return self.tell(now, VerdictNews::OffEnded);
        }
        if !found {
            return;
        }
        let worst = ServerIndex::enumerate(&ln_servers).max_by(|one, two| one.1.total_cmp(two.1));
        let worst = worst.filter(|worst| self.servers.len() > 1 && *worst.1 > ln_pooled);
        let server = worst.map(|worst| worst.0);
        let counts = span.counts(server);
        let named = span.farthest(counts);
        let named = named.and_then(|set| Some((set, self.segment.members.identifier(set)?)));
        let off = Off {
            since: before.unwrap_or(now),
            server,
            ln_evidence,
            answers: counts.iter().sum(),
            farthest: named.map(|(set, name)| span.set_among(counts, set, name)),
        };
        if before.is_none() {
            self.tell(now, VerdictNews::Off(off.clone()));
        }
        self.judgement.off = Some(off);
    }

    /// At most once a second while a suspicion waits.
    pub(super) fn wishes_poll(&mut self, now: Duration) -> bool {
        let rested = |last: Duration| now.saturating_sub(last) >= POLLS_APART;
        let has_cause = self.is_unread || self.judgement.suspicion.is_some();
        let wish = has_cause && self.last_wish.is_none_or(rested);
        if wish {
            self.is_unread = false;
            self.last_wish = Some(now);
        }
        wish
    }
}
