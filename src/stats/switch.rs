//! When a name server went over from the old shares to the new ones, and whether it stayed behind.
//!
//! Sources: Albert Shiryaev, "On optimum methods in quickest detection problems" (1963), and Moshe Pollak, "Optimal
//! detection of a change in distribution" (1985), for the detection; Ewan Page, "Continuous inspection schemes" (1954)
//! and Gary Lorden, "Procedures for reacting to a change in distribution" (1971), for the estimate of the moment;
//! Abraham Wald, "Sequential Analysis" (1947), for the decision about a server that is late.

use std::time::Duration;

/// Within this time after the last poll that showed the old shares a server is expected to switch.
pub const SWITCHES_WITHIN: Duration = Duration::from_mins(2);

/// How probable the moments of a switch are beforehand; the probabilities add up to 1 at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prior {
    /// Any moment within this time is as probable as any other, and none after it. When it is used up, a switch can
    /// only be detected from what is left of the odds, and those shrink while the old shares are served: ten minutes
    /// late takes 1,500 answers instead of 20, or is never seen.
    Within(Duration),
    /// It may take for ever: half the probability lies within this time, two thirds within twice this time, and so on
    /// (of d, d / (t + d) remains after t). Detects a switch within a minute one or two answers later than `Within`,
    /// and one that is an hour late within 30 to 50 answers. For a server that stayed behind, or for all.
    Whenever(Duration),
}

impl Prior {
    /// The probability that the switch comes later than this time after the start.
    fn later_than(self, time: Duration) -> f64 {
        match self {
            Self::Within(span) => 1.0 - (time.as_secs_f64() / span.as_secs_f64()).min(1.0),
            Self::Whenever(half) => half.as_secs_f64() / (half + time).as_secs_f64(),
        }
    }
}

/// A switch that was detected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch {
    /// When it happened, as an estimate: the first answer of the run that speaks for the new shares.
    pub switched_at: Duration,
    /// The answer that settled it; not to be counted for the new shares itself, only what comes after it.
    pub detected_at: Duration,
}

/// Watches the answers of one name server for the change from the old shares to the new ones.
///
/// Detection is by the Shiryaev-Roberts statistic with a prior: the chance that it comes before the switch is at most
/// the error level, whenever one looks. The moment is estimated by the CUSUM. All times are since some fixed moment.
#[derive(Clone, Debug)]
pub struct SwitchDetector {
    ratios: Ratios,
    limit: f64,
    prior: Prior,
    from: Duration,
    /// Probability of a switch later than the last answer.
    later: f64,
    /// R of the notes: odds of "has switched" against "has not".
    odds: f64,
    /// Z of the notes: evidence for a switch since the likeliest moment.
    run: f64,
    run_since: Duration,
    found: Option<Switch>,
}

impl SwitchDetector {
    /// Watches from the moment when the old shares were last known to be in force. Shares are in the order of the
    /// sets, the error level is between 0 and 1.
    pub fn new(old: &[f64], new: &[f64], error_level: f64, prior: Prior, from: Duration) -> Self {
        Self {
            ratios: Ratios::new(old, new),
            limit: 1.0 / error_level,
            prior,
            from,
            later: 1.0,
            odds: 0.0,
            run: 0.0,
            run_since: from,
            found: None,
        }
    }

    /// Takes the next answer, in order of sending; gives the switch with the answer that detects it. Answers after
    /// that change nothing.
    ///
    /// An answer impossible under the old shares is proof; one impossible under the new shares takes all back.
    pub fn record(&mut self, at: Duration, set: usize) -> Option<Switch> {
        if self.found.is_some() {
            return None;
        }
        let later = self
            .prior
            .later_than(at.saturating_sub(self.from))
            .min(self.later);
        let newly_possible = self.later - later;
        self.later = later;
        let ln_ratio = self.ratios.ln(set);
        if ln_ratio == f64::NEG_INFINITY {
            self.odds = 0.0;
            self.run = 0.0;
            return None;
        }
        if self.run <= 0.0 {
            self.run_since = at;
        }
        self.run = (self.run + ln_ratio).max(0.0);
        // Proof needs no prior: no odds of 0 may stand against it.
        self.odds = if ln_ratio == f64::INFINITY {
            f64::INFINITY
        } else {
            (self.odds + newly_possible) * ln_ratio.exp()
        };
        if self.odds >= self.limit {
            let switched_at = if self.run > 0.0 { self.run_since } else { at };
            self.found = Some(Switch {
                switched_at,
                detected_at: at,
            });
        }
        self.found
    }

    /// Takes back what was seen, also a detection: the server has shown that it does not yet serve the new shares.
    /// What is left of the prior stays.
    pub fn take_back(&mut self) {
        self.odds = 0.0;
        self.run = 0.0;
        self.found = None;
    }

    /// The switch, once it is detected.
    pub fn found(&self) -> Option<Switch> {
        self.found
    }

    /// The odds that the server has switched; detected when they reach `1 / error_level`.
    pub fn odds(&self) -> f64 {
        self.odds
    }
}

/// What is known of a server that had not switched when it should have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lateness {
    /// It still serves the old shares.
    Stale,
    /// It serves the new shares after all.
    Current,
}

/// Decides between the old and the new shares for a server that is late: Wald's sequential probability ratio test.
///
/// Each of the two wrong decisions has at most the error level as its probability.
#[derive(Clone, Debug)]
pub struct LatenessTest {
    ratios: Ratios,
    ln_limit: f64,
    ln_odds: f64,
    decided: Option<Lateness>,
}

impl LatenessTest {
    /// Takes both shares in the order of the sets, and the error level between 0 and 1.
    pub fn new(old: &[f64], new: &[f64], error_level: f64) -> Self {
        Self {
            ratios: Ratios::new(old, new),
            ln_limit: -error_level.ln(),
            ln_odds: 0.0,
            decided: None,
        }
    }

    /// Takes the next answer and gives the decision as far as there is one; it is final. An answer that neither the
    /// old nor the new shares allow says nothing.
    pub fn record(&mut self, set: usize) -> Option<Lateness> {
        if self.decided.is_none() && !self.ratios.excluded_by_both(set) {
            self.ln_odds += self.ratios.ln(set);
            self.decided = if self.ln_odds >= self.ln_limit {
                Some(Lateness::Current)
            } else if self.ln_odds <= -self.ln_limit {
                Some(Lateness::Stale)
            } else {
                None
            };
        }
        self.decided
    }

    /// The decision, once there is one.
    pub fn decided(&self) -> Option<Lateness> {
        self.decided
    }
}

/// For each set, what an answer says for the new shares against the old ones.
#[derive(Clone, Debug)]
struct Ratios {
    ln_new_over_old: Vec<f64>,
    excluded_by_both: Vec<bool>,
}

impl Ratios {
    fn new(old: &[f64], new: &[f64]) -> Self {
        let pairs = || {
            old.iter()
                .zip(new)
                .map(|(&old, &new)| (old.max(0.0), new.max(0.0)))
        };
        let ln = |(old, new): (f64, f64)| {
            if new > 0.0 {
                (new / old).ln()
            } else {
                f64::NEG_INFINITY
            }
        };
        Self {
            ln_new_over_old: pairs().map(ln).collect(),
            excluded_by_both: pairs().map(|(old, new)| old <= 0.0 && new <= 0.0).collect(),
        }
    }

    /// Plus infinity: impossible before. Minus infinity: impossible now.
    fn ln(&self, set: usize) -> f64 {
        self.ln_new_over_old[set]
    }

    fn excluded_by_both(&self, set: usize) -> bool {
        self.excluded_by_both[set]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::testing::{close, pick, probability, random, sequences};
    use proptest::prelude::*;

    const OLD: [f64; 2] = [0.9, 0.1];
    const NEW: [f64; 2] = [0.5, 0.5];

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn detector(old: &[f64], new: &[f64]) -> SwitchDetector {
        SwitchDetector::new(
            old,
            new,
            0.01,
            Prior::Within(SWITCHES_WITHIN),
            Duration::ZERO,
        )
    }

    #[test]
    fn worked_odds() {
        let mut detector = detector(&OLD, &NEW);
        let expected = [
            0.004_629_629_6,
            0.007_201_646_1,
            0.077_674_897_1,
            0.430_041_152_3,
            0.243_541_380_9,
            1.259_373_571_1,
            6.338_534_522_2,
            31.734_339_277_5,
        ];
        for ((second, set), odds) in (1..).zip([0, 0, 1, 1, 0, 1, 1, 1]).zip(expected) {
            assert_eq!(detector.record(seconds(second), set), None);
            close(detector.odds(), odds, 1e-9);
        }
        let found = detector.record(seconds(9), 1).expect("detected");
        assert_eq!(
            found,
            Switch {
                switched_at: seconds(3),
                detected_at: seconds(9)
            }
        );
        assert_eq!(detector.record(seconds(10), 0), None);
        assert_eq!(detector.found(), Some(found));
    }

    #[test]
    fn an_answer_impossible_before_is_proof_at_once() {
        let mut detector = detector(&[1.0, 0.0], &[0.5, 0.5]);
        assert_eq!(detector.record(seconds(1), 0), None);
        let found = detector.record(seconds(2), 1);
        assert_eq!(
            found,
            Some(Switch {
                switched_at: seconds(2),
                detected_at: seconds(2)
            })
        );
        // Also long after the prior is used up.
        let mut late = self::detector(&[1.0, 0.0], &[0.5, 0.5]);
        assert_eq!(late.record(seconds(500), 0), None);
        assert!(late.record(seconds(501), 1).is_some());
    }

    #[test]
    fn an_answer_impossible_now_takes_all_back() {
        let mut detector = detector(&[0.1, 0.4, 0.5], &[0.9, 0.1, 0.0]);
        for second in 1..=3 {
            detector.record(seconds(second), 0);
        }
        assert!(detector.odds() > 0.5);
        detector.record(seconds(4), 2);
        close(detector.odds(), 0.0, 0.0);
        // A set that neither allows does so too.
        let mut neither = self::detector(&[0.5, 0.5, 0.0], &[0.9, 0.1, 0.0]);
        neither.record(seconds(1), 0);
        neither.record(seconds(2), 2);
        close(neither.odds(), 0.0, 0.0);
        let mut found = self::detector(&[1.0, 0.0], &[0.0, 1.0]);
        assert!(found.record(seconds(1), 1).is_some());
        found.take_back();
        assert_eq!((found.found(), found.odds() > 0.0), (None, false));
        assert!(
            found
                .record(seconds(9), 1)
                .is_some_and(|switch| switch.switched_at == seconds(9))
        );
    }

    #[test]
    fn the_odds_are_a_fair_game_beyond_the_prior_used() {
        // Under the old shares the mean of R is the probability of the prior that has passed.
        for (prior, passed) in [
            (Prior::Within(seconds(120)), 7.0 / 120.0),
            (Prior::Within(seconds(5)), 1.0),
            (Prior::Whenever(seconds(120)), 7.0 / 127.0),
        ] {
            let mut mean = 0.0;
            sequences(2, 7, |sequence| {
                let mut detector = SwitchDetector::new(&OLD, &NEW, 1e-12, prior, Duration::ZERO);
                for (second, &set) in (1..).zip(sequence) {
                    detector.record(seconds(second), set);
                }
                mean += probability(&OLD, sequence) * detector.odds();
            });
            close(mean, passed, 1e-12);
        }
    }

    /// Plays 20 answers a second with a switch at this second; the detection, if it comes within `until` seconds.
    fn play(
        mut detector: SwitchDetector,
        switch: f64,
        until: f64,
        random: &mut impl FnMut() -> f64,
    ) -> Option<Switch> {
        (1..)
            .map(|answer| f64::from(answer) / 20.0)
            .take_while(|&at| at < until)
            .find_map(|at| {
                let shares = if at >= switch { &NEW } else { &OLD };
                detector.record(Duration::from_secs_f64(at), pick(shares, random))
            })
    }

    #[test]
    fn early_detections_are_rare_and_late_ones_quick() {
        let mut random = random(7);
        let (mut early, mut delay, mut error) = (0, 0.0, Vec::new());
        for _ in 0..1_000 {
            let switch = 60.0 * random();
            let found = play(detector(&OLD, &NEW), switch, 300.0, &mut random).expect("detected");
            if found.detected_at.as_secs_f64() < switch {
                early += 1;
            } else {
                delay += found.detected_at.as_secs_f64() - switch;
                error.push(found.switched_at.as_secs_f64() - switch);
            }
        }
        error.sort_by(f64::total_cmp);
        assert!(early <= 10, "{early} of 1000 too early");
        // 18 answers of one server in the notes, where a server gets 5 of 20 a second; here all go to one.
        let answers = delay / 1_000.0 * 20.0;
        assert!((14.0..26.0).contains(&answers), "{answers}");
        assert!(error[500].abs() < 0.3, "{}", error[500]);
    }

    #[test]
    fn a_stale_server_needs_a_prior_that_is_not_used_up() {
        let mut random = random(8);
        // It switches ten minutes late.
        let within = play(detector(&OLD, &NEW), 600.0, 660.0, &mut random);
        assert_eq!(within, None);
        let patient = Prior::Whenever(SWITCHES_WITHIN);
        let patient = SwitchDetector::new(&OLD, &NEW, 0.01, patient, Duration::ZERO);
        let found = play(patient, 600.0, 700.0, &mut random).expect("detected");
        assert!(
            (600.0..605.0).contains(&found.detected_at.as_secs_f64()),
            "{found:?}"
        );
    }

    #[test]
    fn late_servers_are_decided_rightly() {
        let mut random = random(9);
        for (served, right) in [(OLD, Lateness::Stale), (NEW, Lateness::Current)] {
            let wrong = (0..2_000)
                .filter(|_| {
                    let mut test = LatenessTest::new(&OLD, &NEW, 0.01);
                    let decision = std::iter::repeat_with(|| pick(&served, &mut random))
                        .find_map(|set| test.record(set));
                    decision != Some(right)
                })
                .count();
            assert!(wrong < 20, "{wrong} of 2000");
        }
        let mut test = LatenessTest::new(&[0.5, 0.5, 0.0, 0.0], &[0.5, 0.0, 0.5, 0.0], 0.01);
        assert_eq!((test.record(0), test.record(3)), (None, None));
        assert_eq!(test.clone().record(1), Some(Lateness::Stale));
        assert_eq!(test.record(2), Some(Lateness::Current));
        assert_eq!(
            test.record(1),
            Some(Lateness::Current),
            "a decision is final"
        );
        assert_eq!(test.decided(), Some(Lateness::Current));
    }

    proptest! {
        #[test]
        fn odds_and_runs_keep_their_bounds(sets in prop::collection::vec((0..3_usize, 0..5_u64), 1..200)) {
            let mut detector = detector(&[0.2, 0.3, 0.5], &[0.5, 0.3, 0.2]);
            let mut at = 0;
            for (set, later) in sets {
                at += later;
                let found = detector.record(seconds(at), set);
                prop_assert!(detector.odds() >= 0.0 && detector.run >= 0.0 && detector.odds().is_finite());
                prop_assert!(detector.later >= 0.0 && detector.later <= 1.0);
                if let Some(found) = found {
                    prop_assert!(found.switched_at <= found.detected_at && found.detected_at == seconds(at));
                }
                prop_assert_eq!(detector.found().is_some(), detector.odds() >= 100.0);
            }
        }
    }
}
