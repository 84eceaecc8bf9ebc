//! A small seeded generator, so that the same seed always tells the same story.
//!
//! The generator is xoshiro256** with its state filled by `SplitMix64`, as its authors advise: David Blackman and
//! Sebastiano Vigna, "Scrambled Linear Pseudorandom Number Generators", ACM TOMS 47(4), 2021; the reference C code is
//! in the public domain at <https://prng.di.unimi.it/>. Nothing here is fit for secrets. How a name server chooses
//! between record sets stands here too, because it is the one thing that the world draws lots for.

/// A reproducible source of random numbers.
#[derive(Debug, Clone)]
pub(super) struct Generator {
    state: [u64; 4],
}

impl Generator {
    /// A generator for one use (`stream`) of one story (`seed`). Different streams of a seed are unrelated, so that one
    /// name server's picks do not depend on how often another one is asked.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        // Both are mixed before they meet, and one is turned: otherwise seed 1, stream 2 would equal seed 2, stream 1.
        let turned = SplitMix64(seed).next().rotate_left(17);
        let mut mixer = SplitMix64(turned ^ SplitMix64(stream).next());
        Self {
            state: [mixer.next(), mixer.next(), mixer.next(), mixer.next()],
        }
    }

    /// The next 64 random bits.
    pub(super) fn next_u64(&mut self) -> u64 {
        let state = &mut self.state;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A whole number from 0 up to, but not including, `bound`, every one equally likely. `bound` 0 gives 0.
    ///
    /// Values from the incomplete last round are thrown away: taking the remainder of all of them would favour the
    /// small numbers, and a simulator that judges shares must not have a bias of its own.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 {
            return 0;
        }
        let unfair_from = u64::MAX - (u64::MAX % bound + 1) % bound;
        loop {
            let value = self.next_u64();
            if value <= unfair_from {
                return value % bound;
            }
        }
    }

    /// A number from 0 up to, but not including, 1.
    pub(super) fn share(&mut self) -> f64 {
        // 53 bits are what a double can hold, so the conversion below is exact.
        const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "the value has 53 bits, as many as f64 holds"
        )]
        let bits = (self.next_u64() >> 11) as f64;
        bits * STEP
    }

    /// Chooses one of several weighted record sets as Route 53 says it does: in proportion to the weights, evenly if
    /// all of them are zero, never a zero weight beside one that is not. Returns the position in `weights`.
    pub(super) fn pick(&mut self, weights: &[u8]) -> usize {
        let total: u64 = weights.iter().map(|weight| u64::from(*weight)).sum();
        if total == 0 {
            let count = u64::try_from(weights.len()).unwrap_or(u64::MAX);
            return usize::try_from(self.below(count)).unwrap_or(0);
        }
        let mut ticket = self.below(total);
        for (position, weight) in weights.iter().enumerate() {
            let weight = u64::from(*weight);
            if ticket < weight {
                return position;
            }
            ticket -= weight;
        }
        // Not reached: the ticket is smaller than the sum of all weights.
        0
    }
}

/// Vigna's `SplitMix64`, used only to spread a seed over the large state.
struct SplitMix64(u64);

impl SplitMix64 {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counts(weights: &[u8], draws: usize, seed: u64) -> Vec<u64> {
        let mut generator = Generator::new(seed, 0);
        let mut counts = vec![0; weights.len()];
        for _ in 0..draws {
            counts[generator.pick(weights)] += 1;
        }
        counts
    }

    #[test]
    fn split_mix_gives_the_reference_sequence() {
        // The first outputs of the reference C program for seed 1234567, as quoted by many ports of it.
        let mut mixer = SplitMix64(1_234_567);
        let first: Vec<u64> = (0..5).map(|_| mixer.next()).collect();
        assert_eq!(
            first,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn xoshiro_gives_the_reference_sequence() {
        // State 1, 2, 3, 4: the vector that the rand_xoshiro crate took from the reference C program.
        let mut generator = Generator {
            state: [1, 2, 3, 4],
        };
        let first: Vec<u64> = (0..6).map(|_| generator.next_u64()).collect();
        assert_eq!(
            first,
            [
                11520,
                0,
                1_509_978_240,
                1_215_971_899_390_074_240,
                1_216_172_134_540_287_360,
                607_988_272_756_665_600
            ]
        );
    }

    #[test]
    fn the_same_seed_tells_the_same_story_and_another_one_does_not() {
        let take = |seed, stream| {
            let mut generator = Generator::new(seed, stream);
            (0..64)
                .map(|_| generator.pick(&[50, 50]))
                .collect::<Vec<_>>()
        };
        assert_eq!(take(7, 1), take(7, 1));
        assert_ne!(take(7, 1), take(8, 1));
        assert_ne!(take(7, 1), take(7, 2));
        assert_ne!(take(1, 2), take(2, 1));
    }

    #[test]
    fn picks_follow_the_weights() {
        // Six standard deviations: chance alone leaves this band once in some 500 million seeds.
        let draws = 200_000_usize;
        for weights in [
            &[90, 10][..],
            &[1, 255],
            &[70, 20, 10],
            &[255, 255, 255],
            &[5],
        ] {
            let total: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
            for seed in 0..5 {
                for (weight, count) in weights.iter().zip(counts(weights, draws, seed)) {
                    let share = f64::from(*weight) / total;
                    let expected = 200_000.0 * share;
                    let deviation = (expected * (1.0 - share)).sqrt();
                    let distance = (f64::from(u32::try_from(count).unwrap()) - expected).abs();
                    assert!(distance <= 6.0 * deviation, "{weights:?}: {count} picks");
                }
            }
        }
    }

    #[test]
    fn a_zero_weight_beside_another_is_never_picked() {
        let counts = counts(&[0, 50, 0, 50], 100_000, 3);
        assert_eq!((counts[0], counts[2]), (0, 0));
        assert!(counts[1] > 49_000 && counts[3] > 49_000, "{counts:?}");
    }

    #[test]
    fn all_zero_weights_are_served_evenly() {
        let counts = counts(&[0, 0, 0], 90_000, 3);
        assert!(
            counts.iter().all(|count| (29_000..31_000).contains(count)),
            "{counts:?}"
        );
        assert_eq!(self::counts(&[0], 10, 1), [10]);
    }

    #[test]
    fn a_bound_of_nothing_gives_nothing() {
        assert_eq!(Generator::new(1, 1).below(0), 0);
        assert_eq!(Generator::new(1, 1).below(1), 0);
    }

    proptest! {
        #[test]
        fn below_stays_below(seed: u64, bound in 1_u64..) {
            prop_assert!(Generator::new(seed, 0).below(bound) < bound);
        }

        #[test]
        fn share_stays_between_zero_and_one(seed: u64) {
            prop_assert!((0.0..1.0).contains(&Generator::new(seed, 0).share()));
        }

        #[test]
        fn only_sets_that_may_be_served_are_picked(seed: u64, weights in prop::collection::vec(any::<u8>(), 1..100)) {
            let position = Generator::new(seed, 0).pick(&weights);
            prop_assert!(weights[position] > 0 || weights.iter().all(|weight| *weight == 0));
        }
    }
}
