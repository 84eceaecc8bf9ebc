//! The story's authoritative name servers: sockets, headers, EDNS and faults.
//!
//! What the records of an answer are is `zone`'s to say, and which weighted set it is, `world`'s.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::proto::op::{Edns, Header, HeaderCounts, Metadata, OpCode, ResponseCode};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use tokio::net::{TcpListener, UdpSocket};

use super::story::ServerFault;
use super::world::{Transport, World};
use super::zone::{Reply, Zone};

/// How often another port is tried if the one that UDP was given is taken for TCP.
const PORT_ATTEMPTS: usize = 32;
/// How long a TCP connection may be quiet before the server closes it.
const TCP_PATIENCE: Duration = Duration::from_secs(10);
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

/// Starts to answer. The server works until the returned value is dropped.
pub(super) fn serve(
    sockets: Sockets,
    number: usize,
    zone: Arc<Zone>,
    world: Arc<World>,
) -> Server<impl RequestHandler> {
    let mut server = Server::new(NameServer {
        number,
        zone,
        world,
    });
    server.register_socket(sockets.udp);
    server.register_listener(sockets.tcp, TCP_PATIENCE, TCP_ANSWERS_WAITING);
    server
}

struct NameServer {
    /// The server's position in the story.
    number: usize,
    zone: Arc<Zone>,
    world: Arc<World>,
}

impl NameServer {
    /// The answer to a request, or nothing if the server is to stay silent.
    fn reply(&self, request: &Request) -> Option<Reply> {
        let question = match request.queries.queries() {
            [question] if request.metadata.op_code == OpCode::Query => question,
            questions => {
                self.world.note_other_question(self.number);
                let is_query = request.metadata.op_code == OpCode::Query && questions.len() != 1;
                return Some(without_records(if is_query {
                    ResponseCode::FormErr
                } else {
                    ResponseCode::NotImp
                }));
            }
        };
        let transport = match request.protocol() {
            Protocol::Udp => Transport::Udp,
            _ => Transport::Tcp,
        };
        let is_for_group = self.zone.is_for_group(question);
        if is_for_group {
            self.world.note_arrival(transport);
        } else {
            self.world.note_other_question(self.number);
        }
        match self.world.server_fault(self.number) {
            ServerFault::Silent => return None,
            ServerFault::Servfail => return Some(without_records(ResponseCode::ServFail)),
            ServerFault::Refused => return Some(without_records(ResponseCode::Refused)),
            ServerFault::None => {}
        }
        if request.edns.as_ref().is_some_and(|edns| edns.version() > 0) {
            return Some(without_records(ResponseCode::BADVERS));
        }
        let pick = || self.world.pick(self.number, transport);
        Some(self.zone.reply(question, pick))
    }
}

#[async_trait]
impl RequestHandler for NameServer {
    async fn handle_request<R: ResponseHandler, T: Time>(
        &self,
        request: &Request,
        mut response_handle: R,
    ) -> ResponseInfo {
        let Some(reply) = self.reply(request) else {
            return nothing_sent(Metadata::response_from_request(&request.metadata));
        };
        // Copies the id, the opcode and RD as servers do. RA stays off: nobody here recurses.
        let mut metadata = Metadata::response_from_request(&request.metadata);
        metadata.authoritative = reply.authoritative;
        metadata.response_code = reply.code;
        let edns = request.edns.as_ref().map(answering_edns);
        let mut response = MessageResponseBuilder::from_message_request(request).build(
            metadata,
            &reply.answers,
            &reply.authority,
            [],
            [],
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

fn without_records(code: ResponseCode) -> Reply {
    Reply {
        code,
        authoritative: false,
        answers: Vec::new(),
        authority: Vec::new(),
    }
}

fn nothing_sent(metadata: Metadata) -> ResponseInfo {
    ResponseInfo::from(Header {
        metadata,
        counts: HeaderCounts::default(),
    })
}
