//! The story's name servers, and what answers in their place: sockets, headers, EDNS, caches and faults.
//!
//! What the records of an answer are is `zone`'s and `resolver`'s to say, and which record set it is, `world`'s.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{
    Edns, Header, HeaderCounts, LowerQuery, Metadata, OpCode, ResponseCode,
};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

use super::cache::Cache;
use super::clock::StoryClock;
use super::resolver::Directory;
use super::story::ServerFault;
use super::world::{Drawer, Drawn, World};
use super::zone::{Reply, Zone};

/// How often another port is tried if the one that UDP was given is taken for TCP.
const PORT_ATTEMPTS: usize = 32;
/// How long a TCP connection may be quiet before the server closes it.
const TCP_IDLE_TIMEOUT: Duration = Duration::from_secs(10);
/// How many answers may wait to be written to one TCP connection.
const TCP_ANSWERS_WAITING: usize = 16;
/// With EDNS, Route 53 sends UDP answers of up to this many bytes.
const LARGEST_UDP_ANSWER: u16 = 4096;
/// Without EDNS a UDP answer has at most this many bytes (RFC 1035 section 4.2.1); with it, at least.
const SMALLEST_UDP_LIMIT: u16 = 512;

/// The bound but still silent sockets of one name server.
#[derive(Debug)]
pub(super) struct Sockets {
    udp: UdpSocket,
    tcp: TcpListener,
    /// Where both listen.
    pub(super) address: SocketAddr,
}

/// Binds UDP and TCP to the same free port of 127.0.0.1.
pub(super) async fn bind() -> io::Result<Sockets> {
    let mut attempt = 1;
    loop {
        let udp = UdpSocket::bind((IpAddr::V4(Ipv4Addr::LOCALHOST), 0)).await?;
        let address = udp.local_addr()?;
        match TcpListener::bind(address).await {
            Ok(tcp) => return Ok(Sockets { udp, tcp, address }),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && attempt < PORT_ATTEMPTS => {
                attempt += 1;
            }
            Err(error) => return Err(error),
        }
    }
}

/// What answers in place of a name server: a resolver with a cache, which several addresses may share. It resolves
/// whether or not the client asks for recursion, as what intercepts questions for name servers has to.
#[derive(Debug, Clone)]
pub(super) struct CachingFront {
    directory: Arc<Directory>,
    cache: Arc<Mutex<Cache>>,
}

impl CachingFront {
    pub(super) fn new(directory: &Arc<Directory>) -> Self {
        Self {
            directory: Arc::clone(directory),
            cache: Arc::default(),
        }
    }
}

/// Starts to answer. The server works until the returned value is dropped.
pub(super) fn listen<H: RequestHandler>(sockets: Sockets, handler: H) -> Server<H> {
    let mut server = Server::new(handler);
    server.register_socket(sockets.udp);
    server.register_listener(sockets.tcp, TCP_IDLE_TIMEOUT, TCP_ANSWERS_WAITING);
    server
}

/// One of the story's servers.
pub(super) struct NameServer {
    /// The server's position in the story.
    pub(super) number: usize,
    pub(super) zone: Arc<Zone>,
    pub(super) world: Arc<World>,
    /// What answers in its place, if something does.
    pub(super) front: Option<CachingFront>,
}

/// A resolver of the world.
pub(super) struct Resolver {
    pub(super) directory: Arc<Directory>,
    pub(super) world: Arc<World>,
    /// What it keeps; without, every answer is the present one.
    pub(super) cache: Option<Mutex<Cache>>,
}

/// The one question of a request, or the reply to a request that is not one question.
fn question_of(request: &Request) -> Result<&LowerQuery, Reply> {
    match request.queries.queries() {
        _ if request.metadata.op_code != OpCode::Query => Err(ResponseCode::NotImp),
        [question] => Ok(question),
        _ => Err(ResponseCode::FormErr),
    }
    .map_err(Reply::without_records)
}

fn asks_for_newer_edns(request: &Request) -> bool {
    request.edns.as_ref().is_some_and(|edns| edns.version() > 0)
}

impl NameServer {
    /// The answer to a request, or nothing if the server is to stay silent.
    fn reply(&self, request: &Request) -> Option<Reply> {
        let question = match question_of(request) {
            Ok(question) => question,
            Err(reply) => {
                self.world.note_other_question(self.number);
                return Some(reply);
            }
        };
        let transport = request.protocol();
        let is_for_record = self.zone.is_for_record(question);
        if is_for_record {
            self.world.note_arrival(transport);
        } else {
            self.world.note_other_question(self.number);
        }
        match self.world.server_fault(self.number) {
            ServerFault::Silent => return None,
            ServerFault::Servfail => return Some(Reply::without_records(ResponseCode::ServFail)),
            ServerFault::Refused => return Some(Reply::without_records(ResponseCode::Refused)),
            ServerFault::None => {}
        }
        if asks_for_newer_edns(request) {
            return Some(Reply::without_records(ResponseCode::BADVERS));
        }
        let (reply, set, from_cache) = match &self.front {
            None => {
                let (reply, set) = self.fresh(|draw| self.zone.reply(question, draw));
                (reply, set, false)
            }
            Some(front) => self.through(front, question),
        };
        if let Some(set) = set.filter(|_| is_for_record) {
            self.world
                .note_answer(self.number, set, transport, from_cache);
        }
        Some(reply)
    }

    /// Lets an answer be made, and says which of the record's sets was drawn for it.
    fn fresh(
        &self,
        answer: impl FnOnce(&mut dyn FnMut(usize) -> Drawn) -> Reply,
    ) -> (Reply, Option<usize>) {
        let mut set = None;
        let reply = answer(&mut |group| {
            let drawn = self.world.draw(Drawer::Server(self.number), group);
            if group == 0 {
                set = Some(drawn.set);
            }
            drawn
        });
        (reply, set)
    }

    /// The answer that a front has kept or gets now, its record set, and whether it was kept.
    fn through(&self, front: &CachingFront, question: &LowerQuery) -> (Reply, Option<usize>, bool) {
        // A cache stays usable even if a task panicked while it held it.
        let mut cache = front.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let now = StoryClock::now();
        if let Some((reply, set)) = cache.find(question, now) {
            return (reply, set, true);
        }
        let (reply, set) = self.fresh(|draw| front.directory.resolve(question, draw));
        cache.keep(question, &reply, set, now);
        (reply, set, false)
    }
}

impl Resolver {
    fn reply(&self, request: &Request) -> Reply {
        match question_of(request) {
            Err(reply) => reply,
            Ok(_) if asks_for_newer_edns(request) => Reply::without_records(ResponseCode::BADVERS),
            Ok(question) => self.resolve(question),
        }
    }

    fn resolve(&self, question: &LowerQuery) -> Reply {
        let fresh = || {
            let draw = &mut |group| self.world.draw(Drawer::Resolver, group);
            self.directory.resolve(question, draw)
        };
        let Some(cache) = &self.cache else {
            return fresh();
        };
        // A cache stays usable even if a task panicked while it held it.
        let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
        let now = StoryClock::now();
        if let Some((reply, _)) = cache.find(question, now) {
            return reply;
        }
        let reply = fresh();
        cache.keep(question, &reply, None, now);
        reply
    }
}

#[async_trait]
impl RequestHandler for NameServer {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        response_handle: R,
    ) -> ResponseInfo {
        match self.reply(request) {
            Some(reply) => send(request, &reply, self.front.is_some(), response_handle).await,
            None => nothing_sent(Metadata::response_from_request(&request.metadata)),
        }
    }
}

#[async_trait]
impl RequestHandler for Resolver {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        response_handle: R,
    ) -> ResponseInfo {
        send(request, &self.reply(request), true, response_handle).await
    }
}

/// Sends a reply. Name servers do not recurse, so they leave `recursion_available` off.
async fn send<R: ResponseHandler>(
    request: &Request,
    reply: &Reply,
    recursion_available: bool,
    mut response_handle: R,
) -> ResponseInfo {
    // Copies the id, the opcode and RD as servers do.
    let mut metadata = Metadata::response_from_request(&request.metadata);
    metadata.authoritative = reply.authoritative;
    metadata.recursion_available = recursion_available;
    metadata.response_code = reply.code;
    let edns = request.edns.as_ref().map(answering_edns);
    let mut response = MessageResponseBuilder::from_message_request(request).build(
        metadata,
        &reply.answers,
        &reply.authority,
        [],
        &reply.additional,
    );
    if let Some(edns) = &edns {
        response.set_edns(edns);
    }
    match response_handle.send_response(response).await {
        Ok(info) => info,
        Err(error) => {
            tracing::debug!(%error, "a simulated name server could not send its answer");
            nothing_sent(metadata)
        }
    }
}

/// The EDNS record of an answer. Its payload is what hickory cuts UDP answers at, so it has to be the smaller of what the
/// client takes and what Route 53 sends; a real server would name its own limit here whatever the client's is.
fn answering_edns(asked: &Edns) -> Edns {
    let mut edns = Edns::new();
    edns.set_max_payload(
        asked
            .max_payload()
            .clamp(SMALLEST_UDP_LIMIT, LARGEST_UDP_ANSWER),
    );
    edns.set_version(0);
    edns
}

fn nothing_sent(metadata: Metadata) -> ResponseInfo {
    ResponseInfo::from(Header {
        metadata,
        counts: HeaderCounts::default(),
    })
}
