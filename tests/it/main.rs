//! One integration binary, because every further one would link the AWS SDK again.

/// Changes that a run waits for.
mod changes;
/// Everything goes wrong, at any moment and for a long time.
#[cfg(target_os = "linux")]
mod chaos;
/// `r53mon check`: every way in which it ends.
mod check;
/// The command line, black-box.
mod cli;
/// Credentials that cannot be loaded, and what may not be read with them.
mod credentials;
/// The checks: every fault of the list.
mod doctor;
/// What the targets of the fuzzer do, without one.
mod fuzz;
/// Rules that have to hold.
mod gates;
/// The HTTP prober.
mod http;
/// The keys of the dashboard, and the program as a job of a shell.
mod keys;
/// Who is spoken to in Korean, and the README in that language.
mod korean;
/// Look-ups, alias targets, addresses of name servers.
mod lookup;
/// The rooms of the crate, held to the table in `ARCHITECTURE.md`.
mod map;
/// Programs and webhooks that are told what happens.
mod notify;
/// Plays a story and watches it, many times faster.
mod player;
/// Alias targets that move.
mod pools;
/// The DNS prober.
mod prober;
/// Runs the binary with nothing of the machine's own settings.
mod program;
/// The binary in a pseudo-terminal.
mod pty;
/// Readers that are slow or stopped, and those that read nothing at all.
mod readers;
mod records;
/// Weights that are moved, seen and moved back.
mod rehearsal;
/// What replies show besides an answer.
mod replies;
/// Servers that are resolvers, or that do not answer.
mod resolvers;
/// Reading Route 53.
mod route53;
/// Reading Route 53: trees, wildcards, health, manners.
mod route53_shapes;
/// A name server that does what a test says.
mod scripted_dns;
/// A web server that does what a test says.
mod scripted_http;
/// Secrets that are in nothing that is said.
mod secrets;
/// Every setting from every source, and every bad value.
mod settings;
/// The truth table of expected shares.
mod shares;
/// What is shown is what the verdict counts.
mod shown;
/// Is one side worse than the other over HTTP?
mod sides;
/// Stories whose verdicts must come out right.
mod stories;
/// A run that is stopped for a while.
mod suspension;
/// The dashboard: start, resize, every way out.
mod terminal;
/// What happened, as a person reads it.
mod told;
/// Answers that no set declares.
mod undeclared;
/// Text from outside that attacks, and places that show nothing but ASCII.
mod untrusted;
/// The verdict machine in a simulated world.
mod verdict;
/// Waits for what has to happen.
mod waiting;
/// A watched record for tests.
mod watched;
