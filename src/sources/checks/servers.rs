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
use crate::model::language::{Both, Phrase, both, phrase};
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
static NOBODY: Phrase = phrase("there is no name server to ask", "질의할 네임 서버가 없다");
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

    fn in_words(&self) -> Both {
        let label = &self.label;
        match (&self.result, self.address) {
            (_, None) => both!("{label} has no address", "{label} (주소 없음)"),
            (Ok(reply), _) if reply.truncated => both!(
                "{label} (truncates, and TCP brings nothing)",
                "{label} (응답이 잘리고 TCP로는 오지 않음)"
            ),
            (Ok(reply), _) => both!(
                "{label} says {rcode}",
                "{label} ({rcode})",
                rcode = reply.rcode
            ),
            (Err(NoReply::Fault(fault)), _) => {
                Both::same(format!("{label} ({})", fault.as_str().replace('_', " ")))
            }
            (Err(NoReply::NotAsked(shortage)), _) => {
                Both::same(format!("{label} ({})", shortage.as_str()))
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
fn answering(heard: &[ServerReply], transport: &str) -> (Vec<Both>, Both) {
    let (silent, all) = (of_kind(heard, Kind::Silent), heard.len());
    let answering = all - silent.len();
    let times = if silent.is_empty() {
        times(heard)
    } else {
        Both::same("")
    };
    let what = both!(
        "{answering} of {all} name servers answer over {transport}{times}",
        "네임 서버 {all}대 중 {answering}대가 {transport}로 응답한다{times}"
    );
    (silent, what)
}

/// Whether the servers answer over UDP.
pub fn udp(heard: &[ServerReply]) -> Finding {
    let check = CheckId::Udp;
    if heard.is_empty() {
        return Finding::skipped(check, &NOBODY);
    }
    let (silent, what) = answering(heard, "UDP");
    let named = some(&silent);
    let short = heard.iter().find_map(|heard| match heard.result {
        Err(NoReply::NotAsked(shortage)) => Some(shortage),
        _ => None,
    });
    if let (Some(shortage), true) = (short, silent.len() == heard.len()) {
        let what = both!(
            "no name server could be asked: {named}",
            "어느 네임 서버에도 질의하지 못했다: {named}"
        );
        return Finding::failed(check, what)
            .cause(Both::of(|| shortage.what().to_owned()))
            .cure(Both::of(|| shortage.cure().to_owned()));
    }
    let truncates = |heard: &ServerReply| heard.result.as_ref().is_ok_and(|it| it.truncated);
    if silent.len() == heard.len() && heard.iter().any(truncates) {
        return Finding::failed(
            check,
            both!(
                "no name server gives a whole answer: {named}",
                "온전하게 응답하는 네임 서버가 없다: {named}"
            ),
        )
        .cause(phrase(
            "answers over UDP say that they do not fit, and TCP to port 53 does not come through",
            "UDP 응답은 다 들어가지 않는다고 하고, 53번 포트로 가는 TCP는 통과하지 못한다",
        ))
        .cure(phrase(
            "allow TCP to port 53, ask from another network, or name another server (--nameserver)",
            "53번 포트의 TCP를 허용하거나, 다른 네트워크에서 질의하거나, 다른 서버를 지정한다 (--nameserver)",
        ));
    }
    if silent.len() == heard.len() {
        let what = both!(
            "no name server answers over UDP: {named}",
            "UDP로 응답하는 네임 서버가 없다: {named}"
        );
        return Finding::failed(check, what)
            .cause(phrase(
                "most likely a firewall blocks port 53, or the addresses are not those of name servers",
                "방화벽이 53번 포트를 막거나, 네임 서버의 주소가 아닐 가능성이 크다",
            ))
            .cure(phrase(
                "allow UDP and TCP to port 53, ask from another network, or name a server that can be reached (--nameserver)",
                "53번 포트의 UDP와 TCP를 허용하거나, 다른 네트워크에서 질의하거나, 연결할 수 있는 서버를 지정한다 (--nameserver)",
            ));
    }
    let plain = heard.iter().filter(|heard| {
        let reply = heard.result.as_ref();
        reply.is_ok_and(|reply| reply.without_edns)
    });
    let plain: Vec<&str> = plain.map(|heard| heard.label.as_str()).collect();
    if silent.is_empty() && !plain.is_empty() {
        return Finding::warning(
            check,
            both!(
                "{what}; only without EDNS: {plain}",
                "{what}; EDNS 없이만: {plain}",
                plain = some(&plain),
            ),
        )
        .cause(phrase(
            "these servers, or something on the way to them, do not understand EDNS (RFC 6891)",
            "이 서버들이나 중간의 무언가가 EDNS(RFC 6891)를 이해하지 못한다",
        ))
        .cure(phrase(
            "they are asked without it; answers of more than 512 bytes come over TCP",
            "EDNS 없이 질의한다; 512바이트가 넘는 응답은 TCP로 온다",
        ));
    }
    if silent.is_empty() {
        return Finding::ok(check, what);
    }
    Finding::warning(
        check,
        both!("{what}; silent: {named}", "{what}; 무응답: {named}"),
    )
    .cause(phrase(
        "the shares of a server that does not answer are unknown",
        "응답하지 않는 서버의 비율은 알 수 없다",
    ))
    .cure(phrase(
        "check the way to it; the others are measured",
        "그 서버까지의 경로를 확인한다; 나머지는 측정한다",
    ))
}

/// Whether the servers answer for the zone.
pub fn authoritative(heard: &[ServerReply], roles: &[Role]) -> Finding {
    let check = CheckId::Authoritative;
    let answering = heard.iter().filter(|heard| heard.kind() != Kind::Silent);
    let count = answering.clone().count();
    if count == 0 {
        return Finding::skipped(
            check,
            phrase(
                "needs a name server that answers",
                "응답하는 네임 서버가 필요하다",
            ),
        );
    }
    let others = answering.filter(|heard| heard.kind() != Kind::Authoritative);
    let others: Vec<&ServerReply> = others.collect();
    if others.is_empty() {
        let what = both!(
            "{count} of {count} answering servers set AA",
            "응답하는 서버 {count}대 중 {count}대가 AA를 설정한다"
        );
        return Finding::ok(check, what);
    }
    let resolvers = others.iter().filter(|heard| heard.is_resolver(roles));
    let resolvers: Vec<&str> = resolvers.map(|heard| heard.label.as_str()).collect();
    if resolvers.len() == others.len() {
        let cure = if roles.contains(&Role::GivenForPrivateZone) {
            phrase(
                "a private zone has no other way; take time, since each TTL gives one sample",
                "프라이빗 영역에는 다른 방법이 없다; TTL마다 표본이 하나뿐이므로 시간을 들인다",
            )
        } else {
            phrase(
                "without --nameserver the zone's own servers are asked",
                "--nameserver를 빼면 영역 자신의 서버에 질의한다",
            )
        };
        let what = both!(
            "measured through a resolver: {resolvers}",
            "리졸버를 거쳐 측정한다: {resolvers}",
            resolvers = some(&resolvers),
        );
        return Finding::warning(check, what)
            .cause(phrase(
                "a resolver keeps an answer for its TTL, so only one answer in each TTL is a pick of Route 53's",
                "리졸버는 TTL 동안 응답을 보관하므로, TTL마다 응답 하나만 Route 53이 고른 것이다",
            ))
            .cure(cure);
    }
    let words = others.iter().map(|heard| heard.in_words());
    let what = both!(
        "answers without AA: {words}",
        "AA 없는 응답: {words}",
        words = some(words),
    );
    if is_intercepted(heard, roles) {
        return Finding::failed(check, what)
            .cause(phrase(
                "somebody else answers in the place of the zone's servers",
                "영역의 서버 대신 다른 누군가가 응답한다",
            ))
            .cure(phrase("see port-53", "port-53 점검을 본다"));
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
            .cause(phrase(
                "these servers do not answer for the zone",
                "이 서버들은 이 영역의 서버로서 응답하지 않는다",
            ))
            .cure(phrase(
                "check the addresses (--nameserver) and the zone (--zone-id)",
                "주소(--nameserver)와 호스팅 영역(--zone-id)을 확인한다",
            ));
    };
    let cause = both!(
        "they refer to the servers of {child}, another zone",
        "다른 영역인 {child}의 서버를 알려 준다"
    );
    let cure = both!(
        "measure the zone of {child} (--zone-id)",
        "{child} 영역을 측정한다 (--zone-id)"
    );
    finding.cause(cause).cure(cure)
}

/// The finding when somebody answers in the place of the zone's servers.
pub fn intercepted(heard: &[ServerReply]) -> Finding {
    let resolvers = some(of_kind(heard, Kind::Resolver));
    let what = both!(
        "port 53 is intercepted: replies from the addresses of the zone's servers offer recursion and lack AA ({resolvers})",
        "53번 포트가 가로채였다: 영역의 서버 주소에서 온 응답이 재귀를 제공하고 AA가 없다 ({resolvers})"
    );
    Finding::failed(CheckId::Port53, what)
        .cause(phrase(
            "a router, VPN, hotel network or security product answers DNS in the place of the real servers",
            "공유기, VPN, 호텔 네트워크, 보안 제품이 진짜 서버 대신 DNS에 응답한다",
        ))
        .cure(phrase(
            "use another network or VPN, or have port 53 to the name servers let through",
            "다른 네트워크나 VPN을 쓰거나, 네임 서버로 가는 53번 포트를 통과시킨다",
        ))
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
        return Finding::skipped(
            check,
            phrase(
                "only name servers inside this network are asked",
                "이 네트워크 안의 네임 서버만 질의한다",
            ),
        );
    };
    if !answered {
        let what = phrase(
            "nobody answers at an address where nobody can, so port 53 is not intercepted",
            "아무도 응답할 수 없는 주소에서 응답이 없으므로, 53번 포트는 가로채이지 않았다",
        );
        return Finding::ok(check, what);
    }
    let who = canary.ip();
    let what = both!(
        "port 53 is intercepted: {who} answers, where nobody can",
        "53번 포트가 가로채였다: 아무도 응답할 수 없는 {who}에서 응답이 온다"
    );
    Finding::warning(check, what)
        .cause(phrase(
            "something on the way answers DNS questions to any address, so answers may not be Route 53's own",
            "중간의 무언가가 어느 주소로 가는 DNS 질의에도 응답하므로, 응답이 Route 53의 것이 아닐 수 있다",
        ))
        .cure(phrase(
            "use another network or VPN and compare",
            "다른 네트워크나 VPN으로 비교한다",
        ))
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
        return Finding::skipped(check, &NOBODY);
    }
    let (silent, what) = answering(&heard, "TCP");
    if silent.is_empty() {
        return Finding::ok(check, what);
    }
    let silent = some(&silent);
    Finding::warning(
        check,
        both!("{what}; not: {silent}", "{what}; 응답하지 않음: {silent}"),
    )
    .cause(phrase(
        "an answer that does not fit into a datagram cannot be read from these",
        "이 서버들에서는 데이터그램에 들어가지 않는 응답을 읽을 수 없다",
    ))
    .cure(phrase("allow TCP to port 53", "53번 포트의 TCP를 허용한다"))
}

fn of_kind(heard: &[ServerReply], kind: Kind) -> Vec<Both> {
    let fitting = heard.iter().filter(|heard| heard.kind() == kind);
    fitting.map(ServerReply::in_words).collect()
}

/// The range of times, where there is one.
fn times(heard: &[ServerReply]) -> Both {
    let replies = heard.iter().filter_map(|heard| heard.result.as_ref().ok());
    let times = replies.map(|reply| reply.took.as_millis());
    match (times.clone().min(), times.max()) {
        (Some(least), Some(most)) => both!(" ({least} to {most} ms)", " ({least}~{most} ms)"),
        _ => Both::same(""),
    }
}
