//! Which record set an answer came from, and what is learnt about that from answers and look-ups: pools of addresses,
//! companions, overlaps, the caches of resolvers.
//!
//! Nothing here does input or output or asks for the time: answers, look-ups and ticks come with theirs.

/// Which record set an answer came from: named, ambiguous or unknown.
pub mod catalog;
/// Which answers of a cache are samples of their own.
pub mod freshness;
