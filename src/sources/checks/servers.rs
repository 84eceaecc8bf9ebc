//! Whether the name servers answer, over UDP and TCP, for the zone itself, and whether somebody on the way answers in
//! their place.
//!
//! A server of the zone sets AA (RFC 1035 section 4.1.1). Route 53's never offer recursion, so a reply with RA and without
//! AA comes from a resolver: either one that was named on purpose, or one that intercepts port 53.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::Deadline;
use super::address::is_public;
use super::group::some;
use crate::clock;
use crate::model::answer::{Answer, Fault, Hint, NoReply, Outcome};
use crate::model::finding::{CheckId, Finding, Status};
use crate::model::index::ServerIndex;
use crate::model::name::RecordName;
use crate::sources::exchange::{self, Inspection, Question, Transport};
use crate::sources::servers::ServerList;
use crate::sources::together::side_by_side;

/// Longest time for one attempt over UDP.
const ATTEMPT: Duration = Duration::from_millis(1250);
/// So many attempts, where each fails at once.
const MOST_ATTEMPTS: u32 = 6;
/// Between two attempts when the first failed at once.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest time to wait for somebody who cannot answer.
const CANARY_TIMEOUT: Duration = Duration::from_secs(2);
/// Why there is nothing to hear.
const NOBODY: &str = "there is no name server to ask";
/// Nobody can answer there: TEST-NET-1 (RFC 5737).
const CANARY: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 53)), 53);

/// What one server said.
#[derive(Clone, Debug)]
pub struct ServerReply {
    /// Which.
    pub server: ServerIndex,
    /// Its name for people.
    pub label: String,
    /// Where it was asked at last.
    pub address: Option<SocketAddr>,
    /// The reply, or why there is none.
    pub result: Result<Inspection, NoReply>,
}

/// What kind of server somebody is, by the reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answers for the zone.
    Authoritative,
    /// Looks answers up elsewhere.
    Resolver,
    /// Answers, and does neither.
    Lame,
    /// Does not answer.
    Silent,
}

impl ServerReply {
    /// What kind of server it is.
    pub fn kind(&self) -> Kind {
        match &self.result {
            Ok(reply) if reply.truncated => Kind::Silent,
            Ok(reply) if reply.authoritative => Kind::Authoritative,
            Ok(reply) if reply.recursion_available => Kind::Resolver,
            Ok(_) => Kind::Lame,
            Err(_) => Kind::Silent,
        }
    }

    /// Whether it is a resolver on purpose, given the role of each server.
    pub(super) fn is_resolver(&self, roles: &[Role]) -> bool {
        let role = roles.get(self.server.get());
        role.is_some_and(|role| role.is_resolver(self.kind()))
    }

    /// The child zone to which it refers.
    fn referral(&self) -> Option<&RecordName> {
        match &self.result.as_ref().ok()?.hint {
            Some(Hint::Referral { child, .. }) => Some(child),
            _ => None,
        }
    }

    fn in_words(&self) -> String {
        match (&self.result, self.address) {
            (_, None) => format!("{} has no address", self.label),
            (Ok(reply), _) if reply.truncated => {
                format!("{} (truncates, and TCP brings nothing)", self.label)
            }
            (Ok(reply), _) => format!("{} says {}", self.label, reply.rcode),
            (Err(NoReply::Fault(fault)), _) => {
                format!("{} ({})", self.label, fault.as_str().replace('_', " "))
            }
            (Err(NoReply::NotAsked(shortage)), _) => {
                format!("{} ({})", self.label, shortage.as_str())
            }
        }
    }
}

/// Asks every server over UDP, side by side.
#[derive(Debug)]
pub struct Probe {
    asked: JoinSet<ServerReply>,
    heard: Vec<ServerReply>,
}

impl Probe {
    /// Sends the first questions.
    pub fn start(question: &Question, servers: &Arc<ServerList>, time: Deadline) -> Self {
        let limit = time.left();
        let mut asked = JoinSet::new();
        for (server, label) in ServerIndex::enumerate(servers.labels()) {
            let (question, servers) = (question.clone(), Arc::clone(servers));
            let mut reply = ServerReply {
                server,
                label,
                address: None,
                result: Err(NoReply::Fault(Fault::Network)),
            };
            asked.spawn(async move {
                reply.ask_again(&question, &servers, limit).await;
                reply
            });
        }
        let heard = Vec::new();
        Self { asked, heard }
    }

    /// Waits until one server has answered for the zone, or until nothing more can come.
    pub async fn until_authoritative(&mut self) -> &[ServerReply] {
        while let Some(heard) = self.asked.join_next().await {
            self.heard.extend(heard.ok());
            let last = self.heard.last();
            if last.is_some_and(|heard| heard.kind() == Kind::Authoritative) {
                break;
            }
        }
        &self.heard
    }

    /// Waits for the rest: all that was heard, in the order of the servers.
    pub async fn finish(mut self) -> Vec<ServerReply> {
        while let Some(heard) = self.asked.join_next().await {
            self.heard.extend(heard.ok());
        }
        self.heard.sort_by_key(|heard| heard.server);
        self.heard
    }
}

impl ServerReply {
    /// Asks until there is a reply or the time is up; the list learns of failures and names another address.
    async fn ask_again(&mut self, question: &Question, servers: &ServerList, limit: Duration) {
        let end = clock::instant() + limit;
        for _ in 0..MOST_ATTEMPTS {
            let left = end.saturating_duration_since(clock::instant());
            let address = servers.address(self.server);
            let Some(address) = address.filter(|_| !left.is_zero()) else {
                return;
            };
            let limit = ATTEMPT.min(left);
            self.address = Some(address);
            let was_silent = self.result == Err(NoReply::Fault(Fault::Timeout));
            let asked = exchange::inspect(question, address, Transport::Udp, false, limit);
            let without_edns = question.clone().without_edns();
            let plain = exchange::inspect(&without_edns, address, Transport::Udp, false, limit);
            // Who says nothing may do so because of EDNS, or because a packet was lost.
            self.result = if was_silent {
                let (asked, plain) = tokio::join!(asked, plain);
                asked.or(plain)
            } else {
                asked.await
            };
            let outcome = match &self.result {
                Ok(_) => Outcome::Answered(Answer::default()),
                Err(none) => (*none).into(),
            };
            servers.observe(self.server, address, &outcome);
            match &self.result {
                Ok(reply) => {
                    if reply.without_edns {
                        servers.leave_edns_out(self.server);
                    }
                    return;
                }
                Err(NoReply::Fault(Fault::Network) | NoReply::NotAsked(_)) => {
                    tokio::time::sleep(PAUSE).await;
                }
                Err(_) => {}
            }
        }
    }
}

/// How a server is expected to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It is one of the zone's own, so without AA somebody else has answered.
    OfZone,
    /// It was named and may be a resolver.
    Given,
    /// It was named for a private zone, where a resolver of the VPC is the only one to ask.
    GivenForPrivateZone,
}

impl Role {
    /// Whether a server with this role is a resolver on purpose.
    pub fn is_resolver(self, kind: Kind) -> bool {
        match self {
            Self::OfZone => false,
            Self::Given => kind == Kind::Resolver,
            Self::GivenForPrivateZone => matches!(kind, Kind::Resolver | Kind::Lame),
        }
    }
}

/// Whether somebody answers in the place of the zone's own servers: not one of them sets AA, and one offers recursion.
pub fn is_intercepted(heard: &[ServerReply], roles: &[Role]) -> bool {
    let is_own = |heard: &&ServerReply| roles.get(heard.server.get()) == Some(&Role::OfZone);
    let kinds = heard.iter().filter(is_own).map(ServerReply::kind);
    let kinds: Vec<Kind> = kinds.collect();
    kinds.contains(&Kind::Resolver) && !kinds.contains(&Kind::Authoritative)
}

/// Whether nobody answers at all.
pub fn all_silent(heard: &[ServerReply]) -> bool {
    heard.iter().all(|heard| heard.kind() == Kind::Silent)
}

/// Those that do not answer over a transport, and how many do.
fn answering(heard: &[ServerReply], transport: &str) -> (Vec<String>, String) {
    let (silent, all) = (of_kind(heard, Kind::Silent), heard.len());
    let answering = all - silent.len();
    let times = if silent.is_empty() {
        times(heard)
    } else {
        String::new()
    };
    let what = format!("{answering} of {all} name servers answer over {transport}{times}");
    (silent, what)
}

/// Whether the servers answer over UDP.
pub fn udp(heard: &[ServerReply]) -> Finding {
    let check = CheckId::Udp;
    if heard.is_empty() {
        return Finding::skipped(check, NOBODY);
    }
    let (silent, what) = answering(heard, "UDP");
    let named = some(&silent);
    let short = heard.iter().find_map(|heard| match heard.result {
        Err(NoReply::NotAsked(shortage)) => Some(shortage),
        _ => None,
    });
    if let (Some(shortage), true) = (short, silent.len() == heard.len()) {
        return Finding::failed(check, format!("no name server could be asked: {named}"))
            .cause(shortage.what())
            .cure(shortage.cure());
    }
    let truncates = |heard: &ServerReply| heard.result.as_ref().is_ok_and(|it| it.truncated);
    if silent.len() == heard.len() && heard.iter().any(truncates) {
        return Finding::failed(
            check,
            format!("no name server gives a whole answer: {named}"),
        )
        .cause(
            "answers over UDP say that they do not fit, and TCP to port 53 does not come through",
        )
        .cure(
            "allow TCP to port 53, ask from another network, or name another server (--nameserver)",
        );
    }
    if silent.len() == heard.len() {
        return Finding::failed(check, format!("no name server answers over UDP: {named}"))
            .cause("most likely a firewall blocks port 53, or the addresses are not those of name servers")
            .cure("allow UDP and TCP to port 53, ask from another network, or name a server that can be reached (--nameserver)");
    }
    let plain = heard.iter().filter(|heard| {
        let reply = heard.result.as_ref();
        reply.is_ok_and(|reply| reply.without_edns)
    });
    let plain: Vec<&str> = plain.map(|heard| heard.label.as_str()).collect();
    if silent.is_empty() && !plain.is_empty() {
        return Finding::warning(
            check,
            format!("{what}; only without EDNS: {}", some(&plain)),
        )
        .cause("these servers, or something on the way to them, do not understand EDNS (RFC 6891)")
        .cure("they are asked without it; answers of more than 512 bytes come over TCP");
    }
    if silent.is_empty() {
        return Finding::ok(check, what);
    }
    Finding::warning(check, format!("{what}; silent: {named}"))
        .cause("the shares of a server that does not answer are unknown")
        .cure("check the way to it; the others are measured")
}

/// Whether the servers answer for the zone.
pub fn authoritative(heard: &[ServerReply], roles: &[Role]) -> Finding {
    let check = CheckId::Authoritative;
    let answering = heard.iter().filter(|heard| heard.kind() != Kind::Silent);
    let count = answering.clone().count();
    if count == 0 {
        return Finding::skipped(check, "needs a name server that answers");
    }
    let others = answering.filter(|heard| heard.kind() != Kind::Authoritative);
    let others: Vec<&ServerReply> = others.collect();
    if others.is_empty() {
        let what = format!("{count} of {count} answering servers set AA");
        return Finding::ok(check, what);
    }
    let resolvers = others.iter().filter(|heard| heard.is_resolver(roles));
    let resolvers: Vec<&str> = resolvers.map(|heard| heard.label.as_str()).collect();
    if resolvers.len() == others.len() {
        let cure = if roles.contains(&Role::GivenForPrivateZone) {
            "a private zone has no other way; take time, since each TTL gives one sample"
        } else {
            "without --nameserver the zone's own servers are asked"
        };
        let what = format!("measured through a resolver: {}", some(&resolvers));
        return Finding::warning(check, what)
            .cause("a resolver keeps an answer for its TTL, so only one answer in each TTL is a pick of Route 53's")
            .cure(cure);
    }
    let words = others.iter().map(|heard| heard.in_words());
    let what = format!("answers without AA: {}", some(words));
    if is_intercepted(heard, roles) {
        return Finding::failed(check, what)
            .cause("somebody else answers in the place of the zone's servers")
            .cure("see port-53");
    }
    let status = if others.len() == count && resolvers.is_empty() {
        // Not one answer would count.
        Status::Failed
    } else {
        Status::Warning
    };
    let finding = Finding::new(check, status, what);
    let Some(child) = others.iter().find_map(|heard| heard.referral()) else {
        return finding
            .cause("these servers do not answer for the zone")
            .cure("check the addresses (--nameserver) and the zone (--zone-id)");
    };
    let cause = format!("they refer to the servers of {child}, another zone");
    let cure = format!("measure the zone of {child} (--zone-id)");
    finding.cause(cause).cure(cure)
}

/// The finding when somebody answers in the place of the zone's servers.
pub fn intercepted(heard: &[ServerReply]) -> Finding {
    let resolvers = some(of_kind(heard, Kind::Resolver));
    let what = format!(
        "port 53 is intercepted: replies from the addresses of the zone's servers offer recursion and lack AA ({resolvers})"
    );
    Finding::failed(CheckId::Port53, what)
        .cause("a router, VPN, hotel network or security product answers DNS in the place of the real servers")
        .cure("use another network or VPN, or have port 53 to the name servers let through")
}

/// Where nobody can answer; `None` unless a server is asked that the world can reach, so that what stays on this machine
/// or in its network never sends anything out.
pub fn canary_for(servers: &ServerList) -> Option<SocketAddr> {
    let mut addresses = servers.indices().map(|server| servers.address(server));
    let public = addresses.any(|address| address.is_some_and(|at| is_public(at.ip())));
    public.then_some(CANARY)
}

/// Asks where nobody can answer. Returns whether somebody did; `None` if nobody was asked.
pub async fn ask_canary(
    question: &Question,
    canary: Option<SocketAddr>,
    time: Deadline,
) -> Option<bool> {
    let limit = CANARY_TIMEOUT.min(time.left());
    let reply = exchange::inspect(question, canary?, Transport::Udp, true, limit).await;
    match reply {
        Ok(_) | Err(NoReply::Fault(Fault::Malformed)) => Some(true),
        Err(NoReply::Fault(_)) => Some(false),
        Err(NoReply::NotAsked(_)) => None,
    }
}

/// Whether port 53 is intercepted, by the replies of the servers and by somebody who cannot answer.
pub fn port_53(
    canary: Option<SocketAddr>,
    answered: Option<bool>,
    heard: &[ServerReply],
    roles: &[Role],
) -> Finding {
    if is_intercepted(heard, roles) {
        return intercepted(heard);
    }
    let check = CheckId::Port53;
    let (Some(canary), Some(answered)) = (canary, answered) else {
        return Finding::skipped(check, "only name servers inside this network are asked");
    };
    if !answered {
        let what = "nobody answers at an address where nobody can, so port 53 is not intercepted";
        return Finding::ok(check, what);
    }
    let who = canary.ip();
    let what = format!("port 53 is intercepted: {who} answers, where nobody can");
    Finding::warning(check, what)
        .cause("something on the way answers DNS questions to any address, so answers may not be Route 53's own")
        .cure("use another network or VPN and compare")
}

/// Whether the servers answer over TCP, which truncated answers need.
pub async fn tcp(question: &Question, servers: &ServerList, time: Deadline) -> Finding {
    let check = CheckId::Tcp;
    // A server that is given up has a name; a check that is given up does not say whose fault it was.
    let limit = time.left().mul_f64(0.9);
    let ask = |(server, label)| {
        let (mut question, address) = (question.clone(), servers.address(server)?);
        if servers.is_without_edns(server) {
            question = question.without_edns();
        }
        Some(async move {
            ServerReply {
                server,
                label,
                address: Some(address),
                result: exchange::inspect(&question, address, Transport::Tcp, false, limit).await,
            }
        })
    };
    let asked = ServerIndex::enumerate(servers.labels()).filter_map(ask);
    let heard = side_by_side(asked.collect()).await;
    if heard.is_empty() {
        return Finding::skipped(check, NOBODY);
    }
    let (silent, what) = answering(&heard, "TCP");
    if silent.is_empty() {
        return Finding::ok(check, what);
    }
    Finding::warning(check, format!("{what}; not: {}", some(&silent)))
        .cause("an answer that does not fit into a datagram cannot be read from these")
        .cure("allow TCP to port 53")
}

fn of_kind(heard: &[ServerReply], kind: Kind) -> Vec<String> {
    let fitting = heard.iter().filter(|heard| heard.kind() == kind);
    fitting.map(ServerReply::in_words).collect()
}

/// The range of times, where there is one.
fn times(heard: &[ServerReply]) -> String {
    let replies = heard.iter().filter_map(|heard| heard.result.as_ref().ok());
    let times = replies.map(|reply| reply.took.as_millis());
    match (times.clone().min(), times.max()) {
        (Some(least), Some(most)) => format!(" ({least} to {most} ms)"),
        _ => String::new(),
    }
}
