//! Numbers in, numbers out: no input or output, no clock, no waiting.

/// Do the name servers agree with each other?
pub mod agreement;
/// How far a share may be off: the match test and the evidence for a mismatch.
pub mod bands;
/// Whether one side is worse than the other.
pub mod comparison;
/// Does an answer depend on the one before it?
pub mod dependence;
/// Evidence against declared shares.
pub mod evidence;
/// Bounds of the part of requests that failed, for a comparison.
pub mod failures;
/// Distribution of measured times.
pub mod histogram;
/// Intervals of served shares.
pub mod interval;
/// Bounds of quantiles of times, for a comparison.
pub mod latencies;
/// Arithmetic on logarithms.
mod logarithm;
/// Evidence over name servers and over the moments since when a deviation may last.
pub mod onset;
/// How long a match takes, and how soon typical faults would be found.
pub mod plan;
/// Between which samples a quantile lies.
pub mod quantile_bounds;
/// Numbers that look random.
pub mod random;
/// Events per second from counts.
pub mod rate;
/// The evidence over name servers and onsets, kept up to date answer by answer.
/// Whether successive numbers are alike.
mod successive;
/// When a name server went over to new shares.
pub mod switch;
/// A plain interval for a short window.
pub mod wilson;
/// HTTP requests over any recent time.
pub mod window;

#[cfg(test)]
mod testing;
