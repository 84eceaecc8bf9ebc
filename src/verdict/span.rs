//! One stretch of counting: its counts, the evidence in them, and the test for a match.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::answer::AnswerValue;
use crate::model::index::ServerIndex;
use crate::model::share::as_f64;
use crate::model::verdict::{Criteria, SetVerdict, Unknown};
use crate::stats::agreement::ln_disagreement;
use crate::stats::bands::Bands;
use crate::stats::evidence::Declared;
use crate::stats::interval::{interval, plain_interval};
use crate::stats::onset::{Bet, ONSETS_APART, Onsets, TotalEvidence};

/// So many different values of answers that no set can have given are counted one by one.
const DIFFERENT_VALUES: usize = 64;
/// So many of them are named.
const VALUES_NAMED: usize = 3;

/// Counts since one moment, against the declared shares.
#[derive(Clone, Debug)]
pub struct Span {
    declared: Declared,
    bands: Bands,
    criteria: Criteria,
    servers: usize,
    /// How many spans of the segment have been looked at for a match, this one included.
    number: u64,
    /// Whether this one has been.
    attempted: bool,
    onsets: Onsets,
    /// What was counted before, flat by name server, as long as the mismatch that it speaks for stands.
    earlier: Vec<u64>,
    started_at: Duration,
    /// From when on answers are shown.
    shown_since: Duration,
    evidence: TotalEvidence,
    /// Answers that no set can have given, and all others but ambiguous ones.
    unknown: u64,
    known: u64,
    /// How often each value came in the unknown ones; of so many different values as are kept.
    values: BTreeMap<AnswerValue, u64>,
}

impl Span {
    /// The span with this number among those of its segment that are looked at for a match.
    pub fn new(
        shares: &[f64],
        servers: usize,
        criteria: Criteria,
        number: u64,
        at: Duration,
    ) -> Self {
        let declared = Declared::new(shares);
        let bands = Bands::new(&declared, criteria.tolerance);
        Self {
            onsets: Onsets::new(shares.len(), servers),
            earlier: vec![0; shares.len() * servers],
            declared,
            bands,
            criteria,
            servers,
            number,
            attempted: false,
            started_at: at,
            shown_since: at,
            evidence: TotalEvidence {
                ln_total: 0.0,
                ln_pooled: 0.0,
                ln_servers: vec![0.0; servers],
                strongest: None,
            },
            unknown: 0,
            known: 0,
            values: BTreeMap::new(),
        }
    }

    pub fn started_at(&self) -> Duration {
        self.started_at
    }

    /// Answers since then are shown.
    pub fn shown_since(&self) -> Duration {
        self.shown_since
    }

    /// Whether one of its answers is excluded by the declared shares.
    pub fn has_impossible(&self) -> bool {
        self.declared.impossible_answers(self.counts(None)) > 0
    }

    /// The set of an answer of a server that the declared shares exclude, if there is one.
    pub fn impossible_at(&self, server: ServerIndex) -> Option<usize> {
        let shares = self.declared.shares().iter();
        let mut seen = self.counts(Some(server)).iter().zip(shares);
        seen.position(|(count, share)| *count > 0 && *share <= 0.0)
    }

    /// The number of the next span: one that was never looked at for a match is as if it had not been.
    pub fn next_number(&self) -> u64 {
        self.number + u64::from(self.attempted)
    }

    /// Forgets all counts: the next span.
    pub fn restart(&mut self, at: Duration) {
        self.earlier.fill(0);
        self.shown_since = at;
        self.begin_next(at);
    }

    /// The next span, while what was counted since some time is shown on: it speaks for a mismatch that stands. Shown is
    /// what came since the newest onset that is not later, else since the start of the span.
    pub fn continue_from(&mut self, at: Duration, since: Duration) {
        let onset = since.saturating_sub(self.started_at).as_secs() / ONSETS_APART.as_secs();
        let onset = (self.onsets.since(onset, None)).map_or(0, |_| onset);
        self.shown_since = self.begin_of(Bet {
            server: None,
            onset,
        });
        self.earlier.fill(0);
        self.keep_since(onset);
        self.begin_next(at);
    }

    /// The next span, while all that was shown so far is shown on.
    pub fn continue_anew(&mut self, at: Duration) {
        self.keep_since(0);
        self.begin_next(at);
    }

    /// What was counted before this span is not shown any more.
    pub fn show_only_this(&mut self) {
        self.earlier.fill(0);
        self.shown_since = self.started_at;
    }

    fn keep_since(&mut self, onset: u64) {
        let sets = self.declared.shares().len();
        for (earlier, server) in self.earlier.chunks_mut(sets).zip(0..) {
            let counts = self.onsets.since(onset, Some(server)).unwrap_or_default();
            for (sum, count) in earlier.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }

    fn begin_next(&mut self, at: Duration) {
        self.number = self.next_number();
        self.attempted = false;
        self.onsets = Onsets::new(self.declared.shares().len(), self.servers);
        self.started_at = at;
        self.unknown = 0;
        self.known = 0;
        self.values.clear();
        self.weigh();
    }

    /// Forgets the counts of one server.
    pub fn restart_server(&mut self, server: ServerIndex) {
        self.onsets.restart_server(server.get());
    }

    pub fn record(&mut self, server: ServerIndex, set: usize) {
        self.known += 1;
        self.onsets.record(server.get(), set, 1);
    }

    /// Counts an answer that no set can have given, and what it says.
    pub fn record_unknown(&mut self, values: Vec<AnswerValue>) {
        self.unknown += 1;
        for value in values {
            if let Some(count) = self.values.get_mut(&value) {
                *count += 1;
            } else if self.values.len() < DIFFERENT_VALUES {
                self.values.insert(value, 1);
            }
        }
    }

    /// Begins a later onset when it is time for one.
    pub fn snapshot(&mut self, now: Duration) {
        if self.onsets.is_due(now.saturating_sub(self.started_at)) {
            self.onsets.add();
        }
    }

    /// Weighs what was counted.
    pub fn weigh(&mut self) {
        self.evidence = self.onsets.weigh(&self.declared, &self.bands);
    }

    pub fn evidence(&self) -> &TotalEvidence {
        &self.evidence
    }

    pub fn is_alarming(&self) -> bool {
        self.evidence.ln_total >= self.criteria.ln_limit()
    }

    /// Since when the deviation may last that a bet has won on.
    pub fn begin_of(&self, bet: Bet) -> Duration {
        let onset = u32::try_from(bet.onset).unwrap_or(u32::MAX);
        self.started_at
            .saturating_add(ONSETS_APART.saturating_mul(onset))
    }

    /// All answers of the span, those of sets with the share 0 included.
    pub fn answers(&self) -> u64 {
        self.counts(None).iter().sum()
    }

    /// What is shown of one name server: its counts in the span, and before it as long as a mismatch stands.
    pub fn shown_of(&self, server: ServerIndex) -> Vec<u64> {
        let sets = self.declared.shares().len();
        let earlier = &self.earlier[server.get() * sets..][..sets];
        let counts = earlier.iter().zip(self.counts(Some(server)));
        counts.map(|(earlier, count)| earlier + count).collect()
    }

    /// What is shown of all.
    pub fn shown(&self) -> Vec<u64> {
        let mut sum = self.counts(None).to_vec();
        for earlier in self.earlier.chunks(sum.len().max(1)) {
            for (sum, count) in sum.iter_mut().zip(earlier) {
                *sum += count;
            }
        }
        sum
    }

    fn match_level(&self) -> f64 {
        self.criteria.match_level(self.number)
    }

    pub fn is_match(&self) -> bool {
        let counts = self.counts(None);
        !self.is_alarming() && (self.bands).prove_match(&self.declared, counts, self.match_level())
    }

    /// Looks for a match in earnest; see `next_number`.
    pub fn attempt_match(&mut self) -> bool {
        self.attempted |= self.answers() > 0;
        self.is_match()
    }

    /// Whether the counts of one name server prove it by themselves.
    pub fn is_match_at(&self, server: ServerIndex) -> bool {
        let counts = self.counts(Some(server));
        (self.bands).prove_match(&self.declared, counts, self.match_level())
    }

    pub fn queries_to_go(&self) -> Option<u64> {
        (self.bands).queries_to_go(&self.declared, self.counts(None), self.match_level())
    }

    /// ln of the evidence that these counts were served outside a band.
    pub fn ln_outside(&self, counts: &[u64]) -> f64 {
        self.bands.ln_evidence_outside(&self.declared, counts)
    }

    /// ln of the evidence against exactly the declared shares, whatever the tolerance: over all, and of each server.
    pub fn ln_exact(&self) -> (f64, Vec<f64>) {
        self.onsets.ln_exact(&self.declared)
    }

    /// How many answers no set can have given, of how many, between what bounds their share lies, and what they say most.
    pub fn unknown(&self) -> Unknown {
        let answers = self.unknown + self.known;
        let bounds = plain_interval(self.unknown, answers, self.criteria.error_level());
        Unknown {
            unknown: self.unknown,
            answers,
            low: bounds.lower,
            high: bounds.upper,
            values: self.most_frequent(),
        }
    }

    fn most_frequent(&self) -> Vec<(AnswerValue, u64)> {
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_by_key(|(_, count)| Reverse(**count));
        let named = values.into_iter().take(VALUES_NAMED);
        named
            .map(|(value, count)| (value.clone(), *count))
            .collect()
    }

    /// Whether the servers differ from each other, whatever the declared shares.
    pub fn servers_differ(&self) -> bool {
        let counts: Vec<&[u64]> = (0..self.servers)
            .map(|server| self.onsets.counts(Some(server)))
            .collect();
        self.servers > 1 && ln_disagreement(&self.declared, &counts) >= self.criteria.ln_limit()
    }

    /// What counts say of the share of one set.
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

    /// The counts of a server, or of all, in the span.
    pub fn counts(&self, server: Option<ServerIndex>) -> &[u64] {
        self.onsets.counts(server.map(ServerIndex::get))
    }

    /// The bet that has won most, where a share is proven to be off: what else is suspicious is so in the whole span.
    pub fn winner(&self) -> Option<Bet> {
        self.evidence.strongest.filter(|_| self.is_alarming())
    }

    /// The counts of a server, or of all, since the onset of the bet that has won most.
    pub fn suspicious(&self, server: Option<ServerIndex>) -> Vec<u64> {
        let onset = self.winner().map_or(0, |bet| bet.onset);
        let counts = self.onsets.since(onset, server.map(ServerIndex::get));
        counts.unwrap_or_else(|| self.counts(None).to_vec())
    }

    /// The one server that is off, if the deviation is its alone: half the evidence that makes an alarm speaks against it,
    /// and what all others gave speaks for shares within their bands. A name for a deviation, no proof of it.
    pub fn only_culprit(&self) -> Option<ServerIndex> {
        let against = |server: ServerIndex| self.ln_outside(&self.suspicious(Some(server)));
        let servers = (0..self.servers).map(ServerIndex::from);
        let worst = servers.max_by(|&one, &two| against(one).total_cmp(&against(two)))?;
        let own = self.suspicious(Some(worst));
        let pooled = self.suspicious(None).into_iter().zip(own);
        let others: Vec<u64> = pooled.map(|(all, own)| all - own).collect();
        let alone = self.servers > 1
            && self.declared.answers(&others) > 0
            && against(worst) >= self.criteria.ln_limit() / 2.0
            && self.ln_outside(&others) < 0.0;
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn address(number: u32) -> AnswerValue {
        AnswerValue::Address(Ipv4Addr::from(number).into())
    }

    fn span() -> Span {
        let criteria = Criteria {
            tolerance: 0.05,
            confidence: 0.999,
        };
        Span::new(&[0.9, 0.1], 2, criteria, 1, Duration::ZERO)
    }

    #[test]
    fn the_most_frequent_values_of_unknown_answers_are_told_until_the_next_span() {
        let mut span = span();
        for values in [
            vec![address(1)],
            vec![address(4), address(3)],
            vec![AnswerValue::Nxdomain],
            vec![address(4)],
            vec![address(4), address(2)],
            vec![address(2)],
        ] {
            span.record_unknown(values);
        }
        span.record(0.into(), 0);
        let Unknown {
            unknown,
            answers,
            values,
            ..
        } = span.unknown();
        assert_eq!((unknown, answers), (6, 7));
        // Among those that came equally often, the order is always the same.
        assert_eq!(values, [(address(4), 3), (address(2), 2), (address(1), 1)]);
        span.restart(Duration::from_secs(10));
        assert_eq!(span.unknown().values, []);
    }

    #[test]
    fn every_unknown_answer_counts_however_many_different_values_there_are() {
        let mut span = span();
        for number in 0..1_000 {
            span.record_unknown(vec![address(number)]);
        }
        span.record_unknown(vec![address(5)]);
        let unknown = span.unknown();
        assert_eq!(
            (span.values.len(), unknown.unknown),
            (DIFFERENT_VALUES, 1_001)
        );
        assert_eq!(unknown.values[0], (address(5), 2));
    }
}
