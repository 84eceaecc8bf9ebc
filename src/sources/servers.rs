//! The name servers that are asked, and at which of its addresses each is asked at the moment.
//!
//! A server is asked at one address, IPv4 first. When that one fails several times in a row, the next takes over; when
//! all have failed, its name is looked up again. Addresses that were given by hand have no name to look up.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard};

use tokio::sync::Notify;

use super::lookup::Lookup;
use super::together::side_by_side;
use crate::model::address::no_host;
use crate::model::answer::{Fault, Outcome, ServerMode};
use crate::model::index::ServerIndex;
use crate::model::language::{Both, Phrase, both, phrase};
use crate::model::name::RecordName;
use crate::model::obstacle::Obstacle;
use crate::tally::locked;

/// So many failures in a row, and the next address takes over.
const FAILURES_IN_A_ROW: u32 = 3;
/// What to do where the zone's name servers cannot be looked up.
pub static OTHER_SERVERS: Phrase = phrase(
    "check this machine's resolver, name another with --resolver, or give addresses with --nameserver",
    "이 컴퓨터의 리졸버를 확인하거나, --resolver로 다른 리졸버를, --nameserver로 주소를 지정한다",
);
/// The port of DNS.
pub(super) const PORT: u16 = 53;

/// All name servers, in the order of asking.
#[derive(Debug)]
pub struct ServerList {
    servers: Vec<Mutex<Server>>,
    /// Wakes the task that looks names up again.
    pub(super) exhausted: Notify,
    /// How often a mode was set.
    modes_set: AtomicU64,
}

#[derive(Debug, Default)]
struct Server {
    label: String,
    mode: ServerMode,
    /// It does not answer questions with EDNS.
    without_edns: bool,
    /// `None` for an address that was given by hand.
    name: Option<RecordName>,
    addresses: Vec<SocketAddr>,
    current: usize,
    failures: u32,
    /// Addresses that have failed since the last answer or look-up.
    failed: usize,
}

impl ServerList {
    /// Servers at given addresses.
    pub fn given(addresses: &[SocketAddr]) -> Self {
        Self::named(addresses, &[])
    }

    /// The same, each called by its name where one is known.
    pub fn named(addresses: &[SocketAddr], names: &[(String, SocketAddr)]) -> Self {
        let each = |&address| {
            let name = names.iter().find(|(_, at)| *at == address);
            let label = name.map_or_else(|| label_of(address), |(name, _)| name.clone());
            (label, None, vec![address])
        };
        Self::known(addresses.iter().map(each).collect())
    }

    /// Servers with a label for people, the name to look up again if there is one, and the addresses in the order of asking.
    pub fn known(servers: Vec<(String, Option<RecordName>, Vec<SocketAddr>)>) -> Self {
        let server = |(label, name, addresses)| Server {
            label,
            name,
            addresses,
            ..Server::default()
        };
        let servers = servers.into_iter().map(server);
        Self {
            servers: servers.map(Mutex::new).collect(),
            exhausted: Notify::new(),
            modes_set: AtomicU64::default(),
        }
    }

    /// Looks up the servers of a delegation set. Comes with the names that could not be looked up, and why.
    ///
    /// # Errors
    /// If not one of them has an address.
    pub async fn resolve(
        names: &[String],
        lookup: &Lookup,
    ) -> Result<(Self, Vec<(String, Both)>), Obstacle> {
        let find = |name: &String| {
            let (label, lookup) = (name.clone(), lookup.clone());
            async move {
                let name =
                    RecordName::from_user(&label).map_err(|error| both!("{error}", "{error}"));
                let addresses = match &name {
                    Ok(name) => addresses_of(name, &lookup).await,
                    Err(error) => Err(error.clone()),
                };
                (label, name.ok(), addresses)
            }
        };
        let mut problems = Vec::new();
        let mut servers = Vec::new();
        for (label, name, addresses) in side_by_side(names.iter().map(find).collect()).await {
            let addresses = addresses.unwrap_or_else(|error| {
                problems.push((label.clone(), error));
                Vec::new()
            });
            servers.push((label, name, addresses));
        }
        if servers.iter().all(|(_, _, addresses)| addresses.is_empty()) {
            let why = problems.first().map_or_else(
                || {
                    both!(
                        "the zone has no name servers",
                        "호스팅 영역에 네임 서버가 없다"
                    )
                },
                |(label, error)| {
                    both!(
                        "cannot look up name server {label}: {error}",
                        "네임 서버 {label}을(를) 조회할 수 없다: {error}"
                    )
                },
            );
            return Err(Obstacle::new(why).cure(&OTHER_SERVERS));
        }
        Ok((Self::known(servers), problems))
    }

    fn get(&self, server: ServerIndex) -> Option<MutexGuard<'_, Server>> {
        self.servers.get(server.get()).map(locked)
    }

    /// The index of each.
    pub fn indices(&self) -> impl ExactSizeIterator<Item = ServerIndex> + use<> {
        (0..self.servers.len()).map(ServerIndex::from)
    }

    /// Their names for people.
    pub fn labels(&self) -> Vec<String> {
        let servers = self.servers.iter();
        servers.map(|server| locked(server).label.clone()).collect()
    }

    /// Where a server is asked at the moment.
    pub fn address(&self, server: ServerIndex) -> Option<SocketAddr> {
        self.asked(server).map(|(address, _)| address)
    }

    /// Where a server is asked at the moment, and in which role.
    pub fn asked(&self, server: ServerIndex) -> Option<(SocketAddr, ServerMode)> {
        let server = self.get(server)?;
        let address = server.addresses.get(server.current)?;
        Some((*address, server.mode))
    }

    /// Sets the role of a server, before a run or while it goes on.
    pub fn set_mode(&self, server: ServerIndex, mode: ServerMode) {
        if let Some(mut server) = self.get(server) {
            server.mode = mode;
            self.modes_set.fetch_add(1, Relaxed);
        }
    }

    /// A server was found to answer only without EDNS, before a run or while it goes on.
    pub fn leave_edns_out(&self, server: ServerIndex) {
        if let Some(mut server) = self.get(server)
            && !std::mem::replace(&mut server.without_edns, true)
        {
            self.modes_set.fetch_add(1, Relaxed);
        }
    }

    /// Whether a server was found to answer only without EDNS.
    pub fn is_without_edns(&self, server: ServerIndex) -> bool {
        self.get(server).is_some_and(|server| server.without_edns)
    }

    /// Changes whenever a role was set, and costs nothing to look at.
    pub fn modes_set(&self) -> u64 {
        self.modes_set.load(Relaxed)
    }

    /// Takes notice of what became of a query that was sent to an address. Returns the new address if another takes over.
    pub fn observe(
        &self,
        server: ServerIndex,
        asked: SocketAddr,
        outcome: &Outcome,
    ) -> Option<SocketAddr> {
        let mut state = self.get(server)?;
        if state.addresses.get(state.current) != Some(&asked) {
            return None;
        }
        if !matches!(outcome, Outcome::Failed(Fault::Timeout | Fault::Network)) {
            state.failures = 0;
            state.failed = 0;
            return None;
        }
        state.failures += 1;
        if state.failures < FAILURES_IN_A_ROW {
            return None;
        }
        state.failures = 0;
        state.failed += 1;
        if state.failed >= state.addresses.len() {
            self.exhausted.notify_one();
        }
        if state.addresses.len() < 2 {
            return None;
        }
        state.current = (state.current + 1) % state.addresses.len();
        state.addresses.get(state.current).copied()
    }

    /// Servers whose every address has failed and that have a name to look up.
    pub(super) fn to_look_up(&self) -> Vec<(ServerIndex, String, RecordName)> {
        let wanted = |(index, server): (ServerIndex, &Mutex<Server>)| {
            let server = locked(server);
            let name = server.name.clone()?;
            (server.failed >= server.addresses.len()).then(|| (index, server.label.clone(), name))
        };
        ServerIndex::enumerate(&self.servers)
            .filter_map(wanted)
            .collect()
    }

    /// Takes freshly looked-up addresses. Returns whether they differ from those before.
    pub(super) fn replace(&self, server: ServerIndex, addresses: Vec<SocketAddr>) -> bool {
        let Some(mut state) = self.get(server) else {
            return false;
        };
        let changed = state.addresses != addresses;
        if changed {
            state.addresses = addresses;
            state.current = 0;
        }
        state.failures = 0;
        state.failed = 0;
        changed
    }
}

/// The addresses of a name server, IPv4 first, IPv6 only where this machine has a way to it.
pub(super) async fn addresses_of(
    name: &RecordName,
    lookup: &Lookup,
) -> Result<Vec<SocketAddr>, Both> {
    let found = lookup.both_families(name).await;
    let error = found.iter().find_map(|found| found.as_ref().err().cloned());
    let found = found.into_iter().flatten();
    let found: Vec<IpAddr> = found.flat_map(|found| found.addresses).collect();
    let odd = found.iter().find_map(|one| Some((one, no_host(*one)?)));
    let mut addresses: Vec<SocketAddr> = (found.iter().copied())
        .filter(|address| no_host(*address).is_none())
        .filter(|address| address.is_ipv4() || has_route(*address))
        .map(|address| SocketAddr::new(address, PORT))
        .collect();
    // Resolvers hand addresses out in changing order; a fixed one makes runs comparable.
    addresses.sort_unstable();
    if addresses.is_empty() {
        let nowhere = || match odd {
            Some((address, what)) => what.no_server(*address),
            None => both!(
                "it has no address that this machine can reach",
                "이 컴퓨터에서 닿을 수 있는 주소가 없다"
            ),
        };
        return Err(error.unwrap_or_else(nowhere));
    }
    Ok(addresses)
}

/// Whether this machine has a route to an address: connecting a UDP socket asks the kernel and sends nothing.
fn has_route(address: IpAddr) -> bool {
    UdpSocket::bind(("::", 0)).is_ok_and(|socket| socket.connect((address, PORT)).is_ok())
}

fn label_of(address: SocketAddr) -> String {
    match address.port() {
        PORT => address.ip().to_string(),
        _ => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::answer::Answer;

    fn list(addresses: &[&str]) -> (ServerList, Vec<SocketAddr>) {
        let addresses: Vec<SocketAddr> = addresses
            .iter()
            .map(|text| text.parse().expect("an address"))
            .collect();
        let name = RecordName::from_user("ns-1.example.net").expect("a name");
        let server = ("ns-1.example.net".to_owned(), Some(name), addresses.clone());
        (ServerList::known(vec![server]), addresses)
    }

    const TIMEOUT: Outcome = Outcome::Failed(Fault::Timeout);

    #[test]
    fn a_lost_packet_now_and_then_changes_nothing() {
        let (list, addresses) = list(&["192.0.2.1:53", "[2001:db8::1]:53"]);
        for _ in 0..10 {
            assert_eq!(list.observe(0.into(), addresses[0], &TIMEOUT), None);
            assert_eq!(list.observe(0.into(), addresses[0], &TIMEOUT), None);
            assert_eq!(
                list.observe(
                    0.into(),
                    addresses[0],
                    &Outcome::Answered(Answer::default())
                ),
                None
            );
        }
        assert!(list.to_look_up().is_empty());
    }

    #[test]
    fn the_next_address_takes_over_and_when_all_have_failed_the_name_is_looked_up() {
        let (list, addresses) = list(&["192.0.2.1:53", "192.0.2.2:53"]);
        let fail = |address| (0..3).find_map(|_| list.observe(0.into(), address, &TIMEOUT));
        assert_eq!(fail(addresses[0]), Some(addresses[1]));
        assert!(list.to_look_up().is_empty());
        // A straggler that was sent to the old address does not count against the new one.
        assert_eq!(list.observe(0.into(), addresses[0], &TIMEOUT), None);
        assert_eq!(fail(addresses[1]), Some(addresses[0]));
        assert_eq!(list.to_look_up().len(), 1);
        let fresh: SocketAddr = "192.0.2.9:53".parse().expect("an address");
        assert!(list.replace(0.into(), vec![fresh]));
        assert_eq!(list.address(0.into()), Some(fresh));
        assert!(list.to_look_up().is_empty());
    }

    #[test]
    fn an_answer_of_any_kind_shows_that_the_address_works() {
        let (list, addresses) = list(&["192.0.2.1:53", "192.0.2.2:53"]);
        for _ in 0..20 {
            assert_eq!(
                list.observe(0.into(), addresses[0], &Outcome::Failed(Fault::Servfail)),
                None
            );
        }
    }

    #[test]
    fn an_address_that_was_given_by_hand_is_shown_without_the_usual_port() {
        let addresses = [
            "192.0.2.1:53".parse().expect("valid"),
            "192.0.2.1:5353".parse().expect("valid"),
        ];
        let list = ServerList::given(&addresses);
        assert_eq!(list.labels(), ["192.0.2.1", "192.0.2.1:5353"]);
    }

    #[test]
    fn an_address_that_was_given_by_hand_is_called_by_its_name_and_asked_where_it_was_given() {
        let addresses: Vec<SocketAddr> = ["192.0.2.1:5301", "192.0.2.1:5302"]
            .map(|text| text.parse().expect("valid"))
            .into();
        let names = [("ns-98.awsdns-12.test".to_owned(), addresses[1])];
        let list = ServerList::named(&addresses, &names);
        assert_eq!(list.labels(), ["192.0.2.1:5301", "ns-98.awsdns-12.test"]);
        assert_eq!(list.address(1.into()), Some(addresses[1]));
        // Nothing is looked up for it, however often it fails.
        for _ in 0..9 {
            list.observe(1.into(), addresses[1], &TIMEOUT);
        }
        assert!(list.to_look_up().is_empty());
        assert_eq!(list.address(1.into()), Some(addresses[1]));
    }
}
