//! A name server on loopback that does exactly what a test tells it: UDP and TCP on one port, a list of steps for each
//! query. It shares nothing with the prober but the message format, and keeps every query for inspection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hickory_resolver::proto::op::{Message, OpCode, Query, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, AAAA, CNAME, NS};
use hickory_resolver::proto::rr::{Name, RData, Record, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream, UdpSocket};
use tokio_util::sync::CancellationToken;

/// How often another port is tried when the one that UDP was given is taken for TCP.
const PORT_ATTEMPTS: usize = 32;

/// A query as it arrived.
#[derive(Clone, Debug)]
pub struct Received {
    /// Decoded.
    pub message: Message,
    /// Where it came from.
    pub from: SocketAddr,
    /// Whether it came over TCP.
    pub tcp: bool,
    /// How many came before it, over UDP and TCP.
    pub number: usize,
}

impl Received {
    /// The only question.
    pub fn question(&self) -> &Query {
        assert_eq!(self.message.queries.len(), 1, "{:?}", self.message);
        &self.message.queries[0]
    }

    /// The name that is asked for, as text in lower case with its final dot.
    pub fn name(&self) -> String {
        self.question().name.to_ascii().to_lowercase()
    }

    /// An empty answer with AA set, to be filled.
    pub fn reply(&self) -> Message {
        let mut reply = Message::response(self.message.metadata.id, OpCode::Query);
        reply.metadata.authoritative = true;
        reply.add_queries(self.message.queries.clone());
        reply
    }

    /// An answer with AA set and these records.
    pub fn answer(&self, records: impl IntoIterator<Item = Record>) -> Step {
        let mut reply = self.reply();
        reply.add_answers(records);
        send(&reply)
    }

    /// An answer with the queried name at this IPv4 address.
    pub fn at(&self, address: &str) -> Step {
        let mut record = a(".", address);
        record.name = self.question().name.clone();
        self.answer([record])
    }

    /// An empty answer with AA set and this rcode.
    pub fn rcode(&self, code: ResponseCode) -> Step {
        let mut reply = self.reply();
        reply.metadata.response_code = code;
        send(&reply)
    }

    /// An empty answer that says that it did not fit.
    pub fn truncated(&self) -> Step {
        let mut reply = self.reply();
        reply.metadata.truncation = true;
        send(&reply)
    }

    /// Bytes that begin with the id of the query and are no message.
    pub fn garbage(&self) -> Step {
        let mut bytes = self.message.metadata.id.to_be_bytes().to_vec();
        bytes.extend([0x84, 0, 0, 1]);
        Step::Send(bytes)
    }
}

/// One thing that the server does about a query.
#[derive(Clone, Debug)]
pub enum Step {
    /// Sends these bytes, over TCP with their length in front.
    Send(Vec<u8>),
    /// Sends these bytes from another port.
    SendFromElsewhere(Vec<u8>),
    /// Sends these bytes as they are, which only makes a difference over TCP.
    SendRaw(Vec<u8>),
    /// Waits this long.
    Pause(Duration),
    /// Waits until the test says so.
    Until(CancellationToken),
    /// Closes a TCP connection.
    Close,
}

/// The step that sends a message.
pub fn send(message: &Message) -> Step {
    Step::Send(message.to_vec().expect("a message that can be written"))
}

/// A name as it stands in a message.
pub fn name(text: &str) -> Name {
    let mut name = Name::from_ascii(text).expect("a name");
    name.set_fqdn(true);
    name
}

/// An A record with a TTL of a minute.
pub fn a(owner: &str, address: &str) -> Record {
    record(
        owner,
        60,
        RData::A(A(address.parse().expect("an IPv4 address"))),
    )
}

/// An AAAA record with a TTL of a minute.
pub fn aaaa(owner: &str, address: &str) -> Record {
    record(
        owner,
        60,
        RData::AAAA(AAAA(address.parse().expect("an IPv6 address"))),
    )
}

/// A CNAME record with a TTL of a minute.
pub fn cname(owner: &str, target: &str) -> Record {
    record(owner, 60, RData::CNAME(CNAME(name(target))))
}

/// An NS record with a TTL of a minute.
pub fn ns(owner: &str, server: &str) -> Record {
    record(owner, 60, RData::NS(NS(name(server))))
}

/// Any record.
pub fn record(owner: &str, ttl: u32, data: RData) -> Record {
    Record::from_rdata(name(owner), ttl, data)
}

/// Whether the question is for addresses of IPv6.
pub fn wants_six(received: &Received) -> bool {
    received.question().query_type == RecordType::AAAA
}

type Script = dyn Fn(&Received) -> Vec<Step> + Send + Sync;

/// A running server. It lives as long as the runtime of the test.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Received>>>,
    /// Holds the TCP port of a server that has none.
    _closed: Option<TcpSocket>,
}

impl Server {
    /// Starts one on 127.0.0.1.
    pub async fn start(script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), 0, true, script)
            .await
            .expect("loopback has a free port")
    }

    /// Starts one on 127.0.0.1 that refuses TCP.
    pub async fn start_without_tcp(
        script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
    ) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), 0, false, script)
            .await
            .expect("loopback has a free port")
    }

    /// Starts one at an address.
    pub async fn start_at(
        ip: IpAddr,
        port: u16,
        tcp: bool,
        script: impl Fn(&Received) -> Vec<Step> + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let script: Arc<Script> = Arc::new(script);
        let seen = Arc::new(Mutex::default());
        for _ in 0..PORT_ATTEMPTS {
            let udp = UdpSocket::bind((ip, port)).await?;
            let address = udp.local_addr()?;
            let closed = if tcp {
                let Ok(listener) = TcpListener::bind(address).await else {
                    continue;
                };
                tokio::spawn(serve_tcp(listener, Arc::clone(&script), Arc::clone(&seen)));
                None
            } else {
                // Bound and not listening: nobody else gets the port, and connecting is refused.
                let socket = if ip.is_ipv4() {
                    TcpSocket::new_v4()?
                } else {
                    TcpSocket::new_v6()?
                };
                if socket.bind(address).is_err() {
                    continue;
                }
                Some(socket)
            };
            tokio::spawn(serve_udp(Arc::new(udp), script, Arc::clone(&seen)));
            return Ok(Self {
                address,
                seen,
                _closed: closed,
            });
        }
        Err(std::io::ErrorKind::AddrInUse.into())
    }

    /// Everything that was asked so far.
    pub fn seen(&self) -> Vec<Received> {
        self.seen.lock().expect("no panic in the server").clone()
    }

    /// Keeps nothing of what was asked so far.
    pub fn forget(&self) {
        self.seen.lock().expect("no panic in the server").clear();
    }

    /// How much was asked so far.
    pub fn count(&self) -> usize {
        self.seen.lock().expect("no panic in the server").len()
    }
}

/// An address where nobody listens, and what keeps it so: a connected socket takes packets from one peer only.
pub async fn nobody() -> (SocketAddr, UdpSocket) {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
        .await
        .expect("loopback has a free port");
    socket
        .connect((Ipv4Addr::LOCALHOST, 9))
        .await
        .expect("connecting sends nothing");
    (socket.local_addr().expect("it is bound"), socket)
}

fn take(
    bytes: &[u8],
    from: SocketAddr,
    tcp: bool,
    seen: &Mutex<Vec<Received>>,
) -> Option<Received> {
    let message = Message::from_vec(bytes).ok()?;
    let mut seen = seen.lock().expect("no panic in the server");
    let received = Received {
        message,
        from,
        tcp,
        number: seen.len(),
    };
    seen.push(received.clone());
    Some(received)
}

async fn serve_udp(socket: Arc<UdpSocket>, script: Arc<Script>, seen: Arc<Mutex<Vec<Received>>>) {
    let mut buffer = vec![0; 65_535];
    loop {
        // Replies to closed sockets come back as errors here; the server goes on.
        let Ok((length, from)) = socket.recv_from(&mut buffer).await else {
            continue;
        };
        let Some(received) = take(&buffer[..length], from, false, &seen) else {
            continue;
        };
        let steps = script(&received);
        let socket = Arc::clone(&socket);
        tokio::spawn(async move {
            for step in steps {
                match step {
                    Step::Send(bytes) | Step::SendRaw(bytes) => {
                        let _ = socket.send_to(&bytes, from).await;
                    }
                    Step::SendFromElsewhere(bytes) => {
                        let other = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))
                            .await
                            .expect("loopback has a free port");
                        let _ = other.send_to(&bytes, from).await;
                    }
                    Step::Pause(time) => tokio::time::sleep(time).await,
                    Step::Until(token) => token.cancelled().await,
                    Step::Close => {}
                }
            }
        });
    }
}

async fn serve_tcp(listener: TcpListener, script: Arc<Script>, seen: Arc<Mutex<Vec<Received>>>) {
    while let Ok((stream, from)) = listener.accept().await {
        let (script, seen) = (Arc::clone(&script), Arc::clone(&seen));
        tokio::spawn(async move {
            // The client may go whenever it likes.
            let _ = converse(stream, from, script.as_ref(), &seen).await;
        });
    }
}

async fn converse(
    mut stream: TcpStream,
    from: SocketAddr,
    script: &Script,
    seen: &Mutex<Vec<Received>>,
) -> std::io::Result<()> {
    loop {
        let length = usize::from(stream.read_u16().await?);
        let mut buffer = vec![0; length];
        stream.read_exact(&mut buffer).await?;
        let Some(received) = take(&buffer, from, true, seen) else {
            return Ok(());
        };
        for step in script(&received) {
            match step {
                Step::Send(bytes) => {
                    let length = u16::try_from(bytes.len()).expect("a message of DNS");
                    stream.write_all(&length.to_be_bytes()).await?;
                    stream.write_all(&bytes).await?;
                }
                Step::SendRaw(bytes) => stream.write_all(&bytes).await?,
                Step::SendFromElsewhere(_) => {}
                Step::Pause(time) => tokio::time::sleep(time).await,
                Step::Until(token) => token.cancelled().await,
                Step::Close => return Ok(()),
            }
        }
    }
}
