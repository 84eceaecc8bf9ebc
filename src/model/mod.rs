//! The words that every room shares: names, record sets, shares, answers, counters and verdict-free facts.
//!
//! Nothing here does input or output, asks for the time, or waits: a value goes in, a value comes out.

/// Addresses that are asked for nothing.
pub mod address;
/// What one probe can learn: an answer or a fault.
pub mod answer;
/// What is changed about a run by hand.
pub mod by_hand;
/// What has changed between two readings of a group.
pub mod change;
/// Which characters can be shown.
pub mod charset;
/// How two sides compare over HTTP.
pub mod comparison;
/// What the queries of a run cost.
pub mod cost;
/// How the shares of a run went.
pub mod course;
/// Record sets as the zone declares them.
pub mod declared;
/// Things that happened.
pub mod event;
/// What a check of the surroundings has found.
pub mod finding;
/// Rules that have to hold, and what is known of them.
pub mod gate;
/// What is known about the health of record sets.
pub mod health;
/// How one HTTP request went.
pub mod http;
/// Places of name servers and sets.
pub mod index;
/// The languages that people are spoken to in.
pub mod language;
/// Domain names in one canonical form.
pub mod name;
/// Which sets and name servers a happening names.
mod naming;
/// What the reader of the numbers has to know as long as it stands.
pub mod notice;
/// What stands in the way of something, and what to do about it.
pub mod obstacle;
/// What a plan speaks of.
pub mod plan;
/// The counters as plain numbers at one moment.
pub mod reading;
/// Record sets as the domain sees them.
pub mod record;
/// What resolvers that were named still answer.
pub mod resolver;
/// Every failure to read Route 53.
pub mod route53_error;
/// The same in Korean.
mod route53_korean;
/// Secrets, left out of what is shown.
pub mod secret;
/// Expected shares of a weighted group.
pub mod share;
/// What this machine may have too little of.
pub mod shortage;
/// The steps of a cutover, and how far it has come.
pub mod stage;
/// Text from outside, made safe to show.
pub mod text;
/// The records that a name leads to through aliases, and the group that they make.
pub mod tree;
/// What can be said about the declared shares, and why.
pub mod verdict;
/// Kinds that are known by one word each.
pub(crate) mod words;
