//! One stretch of counting: its counts, the evidence in them, and the test for a match.

use std::time::Duration;

use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::model::verdict::{Criteria, SetVerdict};
use crate::stats::agreement::ln_disagreement;
use crate::stats::evidence::{Declared, p_value};
use crate::stats::interval::{MatchTest, interval};
use crate::stats::onset::{Bet, ONSETS_APART, TotalEvidence};
use crate::stats::running::RunningOnsets;

/// Counts since one moment, against the declared shares.
#[derive(Clone, Debug)]
pub struct Span {
    declared: Declared,
    test: MatchTest,
    criteria: Criteria,
    servers: usize,
    onsets: RunningOnsets,
    started_at: Duration,
    evidence: TotalEvidence,
    largest_ln: f64,
}

impl Span {
    pub fn new(shares: &[f64], servers: usize, criteria: Criteria, at: Duration) -> Self {
        let declared = Declared::new(shares);
        let mut span = Self {
            test: MatchTest::new(&declared, criteria.tolerance, criteria.error_level()),
            onsets: RunningOnsets::new(&declared, servers),
            declared,
            criteria,
            servers,
            started_at: at,
            evidence: TotalEvidence {
                ln_total: 0.0,
                ln_pooled: 0.0,
                ln_servers: vec![0.0; servers],
                strongest: None,
            },
            largest_ln: 0.0,
        };
        span.restart(at);
        span
    }

    /// Forgets all counts.
    pub fn restart(&mut self, at: Duration) {
        self.onsets = RunningOnsets::new(&self.declared, self.servers);
        self.started_at = at;
        self.largest_ln = 0.0;
        self.weigh();
    }

    /// Forgets the counts of one server.
    pub fn restart_server(&mut self, server: ServerIndex) {
        let (declared, test) = (&self.declared, &self.test);
        self.onsets
            .restart_server(declared, server.get(), |counts| {
                test.passes(declared, counts)
            });
    }

    pub fn record(&mut self, server: ServerIndex, set: usize) {
        self.onsets.record(server.get(), set);
    }

    /// Begins a later onset when it is time for one.
    pub fn snapshot(&mut self, now: Duration) {
        if self.onsets.is_due(now.saturating_sub(self.started_at)) {
            let (declared, test) = (&self.declared, &self.test);
            self.onsets
                .add(declared, |counts| test.passes(declared, counts));
        }
    }

    /// Works in what was counted.
    pub fn weigh(&mut self) {
        let (declared, test) = (&self.declared, &self.test);
        self.evidence = self
            .onsets
            .weigh(declared, |counts| test.passes(declared, counts));
        self.largest_ln = self.largest_ln.max(self.evidence.ln_total);
    }

    pub fn evidence(&self) -> &TotalEvidence {
        &self.evidence
    }

    pub fn is_alarming(&self) -> bool {
        self.evidence.ln_total >= self.criteria.ln_limit()
    }

    /// The smallest p-value so far.
    pub fn p_value(&self) -> f64 {
        p_value(self.largest_ln)
    }

    /// Since when the deviation may last that a bet has won on.
    pub fn begin_of(&self, bet: Bet) -> Duration {
        let onset = u32::try_from(bet.onset).unwrap_or(u32::MAX);
        self.started_at
            .saturating_add(ONSETS_APART.saturating_mul(onset))
    }

    /// All counted answers, those of sets with the share 0 included.
    pub fn answers(&self) -> u64 {
        self.onsets.pooled().iter().sum()
    }

    pub fn answers_of(&self, server: ServerIndex) -> u64 {
        self.onsets.of_server(server.get()).iter().sum()
    }

    pub fn is_match(&self) -> bool {
        self.test.passes(&self.declared, self.onsets.pooled())
    }

    pub fn queries_to_go(&self) -> Option<u64> {
        self.test
            .queries_to_go(&self.declared, self.onsets.pooled())
    }

    /// Whether the servers differ from each other, whatever the declared shares.
    pub fn servers_differ(&self) -> bool {
        let counts: Vec<&[u64]> = (0..self.servers)
            .map(|server| self.onsets.of_server(server))
            .collect();
        self.servers > 1 && ln_disagreement(&self.declared, &counts) >= self.criteria.ln_limit()
    }

    /// What is known of the share of one set.
    pub fn set(&self, place: usize, identifier: &str) -> SetVerdict {
        self.set_among(self.onsets.pooled(), place, identifier)
    }

    /// The same by other counts.
    pub fn set_among(&self, counts: &[u64], place: usize, identifier: &str) -> SetVerdict {
        let found = interval(&self.declared, place, counts, self.criteria.error_level());
        SetVerdict {
            identifier: identifier.to_owned(),
            declared: self.declared.shares()[place],
            count: counts[place],
            low: found.lower,
            high: found.upper,
        }
    }

    /// The counts of a server, or of all, since the onset of the bet that has won most.
    pub fn suspicious(&self, server: Option<ServerIndex>) -> &[u64] {
        let onset = self.evidence.strongest.map_or(0, |bet| bet.onset);
        let counts = self.onsets.since(onset, server.map(ServerIndex::get));
        counts.unwrap_or(self.onsets.pooled())
    }

    /// The one server that is off, if the deviation is its alone: half the evidence that makes an alarm speaks against it,
    /// and what all others gave speaks for the declared shares. A name for a deviation, no proof of it.
    pub fn only_culprit(&self) -> Option<ServerIndex> {
        let against =
            |server: ServerIndex| self.declared.ln_evidence(self.suspicious(Some(server)));
        let servers = (0..self.servers).map(ServerIndex::from);
        let worst = servers.max_by(|&one, &two| against(one).total_cmp(&against(two)))?;
        let own = self.suspicious(Some(worst));
        let pooled = self.suspicious(None).iter().zip(own);
        let others: Vec<u64> = pooled.map(|(all, own)| all - own).collect();
        let alone = self.servers > 1
            && self.declared.answers(&others) > 0
            && against(worst) >= self.criteria.ln_limit() / 2.0
            && self.declared.ln_evidence(&others) < 0.0;
        alone.then_some(worst)
    }

    /// The possible set whose count is farthest from the expected one, in standard deviations.
    pub fn farthest(&self, counts: &[u64]) -> Option<usize> {
        let answers = as_f64(self.declared.answers(counts));
        let off = |place: usize| {
            let share = self.declared.shares()[place];
            let expected = answers * share;
            (as_f64(counts[place]) - expected).abs() / (expected * (1.0 - share)).sqrt()
        };
        let shares = self.declared.shares().iter().enumerate();
        shares
            .filter(|&(_, &share)| share > 0.0 && share < 1.0 && answers > 0.0)
            .map(|(place, _)| place)
            .max_by(|&one, &two| off(one).total_cmp(&off(two)))
    }
}
