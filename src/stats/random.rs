//! Numbers that look random and are the same every time, for simulations.

use crate::model::share::as_f64;

/// Numbers from 0 to 1, below 1, always the same for the same seed. Source: Guy Steele, Doug Lea and Christine Flood, "Fast
/// splittable pseudorandom number generators" (2014), `SplitMix64`.
pub fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^= bits >> 31;
        // The upper 53 bits, which a floating-point number holds exactly.
        as_f64(bits >> 11) / as_f64(1 << 53)
    }
}
