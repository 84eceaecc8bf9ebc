//! Numbers in, numbers out: no input or output, no clock, no waiting.

/// Distribution of measured times.
pub mod histogram;
/// Events per second from counts.
pub mod rate;
