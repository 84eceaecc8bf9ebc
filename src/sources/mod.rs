//! The tasks that learn facts: from the Route 53 API, from name servers, from resolvers, over HTTP. Each is a function of
//! its settings, the watched record that it learns about and a token (a pipe for the prober) that ends it; those that ask name
//! servers and make requests do so for all the records of a run. They know no view and no statistics.

/// Chains of CNAMEs in a reply.
mod chain;
/// Checks of everything that measuring needs.
pub mod checks;
/// Asks the name servers in turn.
pub mod dns;
/// One DNS question and its answer on the wire.
pub mod exchange;
/// DNS messages over TCP.
mod framed;
/// Times a request to each answered address.
pub mod http;
/// A question and the answers to it that are known.
mod inquiry;
/// Looks names up with a resolver.
pub mod lookup;
/// Asks resolvers what they still answer.
pub mod named_resolvers;
/// Due times for a target rate.
pub mod pacer;
/// Whether this process has been at work all the time.
pub mod pulse;
/// What name servers are asked.
mod question;
/// What a received DNS message means.
pub mod reply;
/// Reads the zone and the weighted group.
pub mod route53;
/// Finds new addresses of name servers that are dead at all they had.
pub mod server_addresses;
/// The name servers and the address at which each is asked.
pub mod servers;
/// UDP sockets for queries.
mod sockets;
/// Looks up what alias and CNAME sets point to.
pub mod targets;
/// Several things at once.
mod together;
/// One watched record.
pub mod watch;
