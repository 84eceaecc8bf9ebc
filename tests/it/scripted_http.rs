//! An HTTP/1.1 server on loopback that does exactly what a test tells it, over plain TCP or TLS. It keeps every request
//! and every failed handshake for inspection.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{ALL_VERSIONS, RootCertStore, ServerConfig, SupportedProtocolVersion};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Request {
    /// GET, most likely.
    pub method: String,
    /// Path and query as they were sent.
    pub target: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// What was sent with it, as long as `Content-Length` says.
    pub body: Vec<u8>,
    /// The address that was connected to.
    pub local: SocketAddr,
    /// Where it came from.
    pub peer: SocketAddr,
    /// The server name of the TLS handshake.
    pub server_name: Option<String>,
    /// How many came before it.
    pub number: usize,
}

impl Request {
    /// The value of a header; the name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut of_name = self.headers.iter().filter(|(known, _)| known == name);
        of_name.next().map(|(_, value)| value.as_str())
    }

    /// The path without its query.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// A parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse("http://localhost").expect("a URL");
        let url = url.join(&self.target).expect("a target");
        let mut of_name = url.query_pairs().filter(|(known, _)| known == name);
        of_name.next().map(|(_, value)| value.into_owned())
    }
}

/// What the server does about a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// Answers, and closes unless the response says otherwise.
    Response(Response),
    /// Says nothing and keeps the connection open.
    Hang,
    /// Closes without a word.
    Close,
    /// Sends a response whose body never ends, until the client has had enough.
    Endless,
    /// Sends this again and again, until the client has had enough.
    Flood(&'static str),
    /// Sends a response so slowly that it never ends, until the client has had enough.
    Drip,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    delay: Duration,
    keep_open: bool,
    promised: Option<usize>,
}

impl Response {
    /// With this status and body.
    pub fn new(status: u16, body: impl Into<String>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
            delay: Duration::ZERO,
            keep_open: false,
            promised: None,
        }
    }

    /// With one more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// After this time.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// And promises a body of this length, whatever it is really.
    pub fn promising(mut self, length: usize) -> Self {
        self.promised = Some(length);
        self
    }

    /// And leaves the connection open for more.
    pub fn keep_open(mut self) -> Self {
        self.keep_open = true;
        self
    }

    /// As what the server does.
    pub fn into_reply(self) -> Reply {
        Reply::Response(self)
    }
}

/// What was observed of all connections.
#[derive(Debug, Default)]
pub struct Observed {
    requests: Mutex<Vec<Request>>,
    handshake_failures: Mutex<Vec<String>>,
    open: AtomicUsize,
    most_open: AtomicUsize,
    body_bytes: AtomicU64,
    client_left: AtomicBool,
}

type Script = dyn Fn(&Request) -> Reply + Send + Sync;

/// A running server. It lives as long as the runtime of the test.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    observed: Arc<Observed>,
}

impl Server {
    /// Starts one on 127.0.0.1.
    pub async fn start(script: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at(Ipv4Addr::LOCALHOST.into(), 0, script)
            .await
            .expect("loopback has a free port")
    }

    /// Starts one at an address.
    pub async fn start_at(
        ip: IpAddr,
        port: u16,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        Self::launch(ip, port, None, script).await
    }

    /// Starts one on 127.0.0.1 that speaks TLS.
    pub async fn start_tls(
        certificate: &Certificate,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let acceptor = Some(certificate.acceptor());
        Self::launch(Ipv4Addr::LOCALHOST.into(), 0, acceptor, script)
            .await
            .expect("loopback has a free port")
    }

    /// Starts one on 127.0.0.1 that speaks one version of TLS and wants to know its clients.
    pub async fn start_for_known_clients(
        certificate: &Certificate,
        version: &'static SupportedProtocolVersion,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let acceptor = Some(certificate.acceptor_of(Some(certificate), &[version]));
        Self::launch(Ipv4Addr::LOCALHOST.into(), 0, acceptor, script)
            .await
            .expect("loopback has a free port")
    }

    async fn launch(
        ip: IpAddr,
        port: u16,
        acceptor: Option<TlsAcceptor>,
        script: impl Fn(&Request) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let script: Arc<Script> = Arc::new(script);
        let listener = TcpListener::bind((ip, port)).await?;
        let address = listener.local_addr()?;
        let observed = Arc::new(Observed::default());
        tokio::spawn(serve(listener, acceptor, script, Arc::clone(&observed)));
        Ok(Self { address, observed })
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.observed.requests.lock().expect("no panic").clone()
    }

    /// How much was asked so far.
    pub fn count(&self) -> usize {
        self.observed.requests.lock().expect("no panic").len()
    }

    /// Keeps nothing of what was asked so far.
    pub fn forget(&self) {
        self.observed.requests.lock().expect("no panic").clear();
    }

    /// Why TLS handshakes failed.
    pub fn handshake_failures(&self) -> Vec<String> {
        let failures = &self.observed.handshake_failures;
        failures.lock().expect("no panic").clone()
    }

    /// How many requests were under way at once, at the most.
    pub fn most_open(&self) -> usize {
        self.observed.most_open.load(SeqCst)
    }

    /// How much of endless bodies was taken, and whether the client went away from one.
    pub fn endless(&self) -> (u64, bool) {
        (
            self.observed.body_bytes.load(SeqCst),
            self.observed.client_left.load(SeqCst),
        )
    }
}

/// An address where nobody listens, and what keeps it so.
pub fn nobody() -> (SocketAddr, TcpSocket) {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket
        .bind((Ipv4Addr::LOCALHOST, 0).into())
        .expect("loopback has a free port");
    (socket.local_addr().expect("it is bound"), socket)
}

/// A server that knows no manners: it sends these bytes to whoever connects, and waits until they go. Returns where it is.
pub async fn blurting(bytes: &'static [u8]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    let listener = listener.expect("loopback has a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // The client may go whenever it likes.
            let _ = stream.write_all(bytes).await;
            let mut read = [0; 1024];
            while stream.read(&mut read).await.is_ok_and(|read| read > 0) {}
        }
    });
    address
}

/// Vouches for certificates.
pub struct Authority(rcgen::CertifiedIssuer<'static, rcgen::KeyPair>);

impl Authority {
    /// A fresh one.
    pub fn new() -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut wanted = rcgen::CertificateParams::new(Vec::new()).expect("no name");
        wanted.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        wanted.distinguished_name = rcgen::DistinguishedName::new();
        let called = (rcgen::DnType::CommonName, "r53mon test authority");
        wanted.distinguished_name.push(called.0, called.1);
        Self(rcgen::CertifiedIssuer::self_signed(wanted, key).expect("a certificate"))
    }

    /// Its own certificate.
    pub fn der(&self) -> CertificateDer<'static> {
        self.0.der().clone()
    }

    /// One for a host, valid from some days after now to others.
    pub fn certificate(&self, host: &str, from: i64, to: i64) -> Certificate {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut wanted = rcgen::CertificateParams::new([host.to_owned()]).expect("a name");
        let day = |days: i64| {
            let by = Duration::from_hours(24 * days.unsigned_abs());
            let now = r53mon::clock::wall();
            if days < 0 { now - by } else { now + by }.into()
        };
        (wanted.not_before, wanted.not_after) = (day(from), day(to));
        let cert = wanted.signed_by(&key, &self.0).expect("a certificate");
        Certificate {
            signed: rcgen::CertifiedKey {
                cert,
                signing_key: key,
            },
        }
    }
}

/// A certificate that nobody has signed but itself.
pub struct Certificate {
    signed: rcgen::CertifiedKey<rcgen::KeyPair>,
}

impl Certificate {
    /// For one host.
    pub fn for_host(host: &str) -> Self {
        let signed = rcgen::generate_simple_self_signed([host.to_owned()]);
        Self {
            signed: signed.expect("a certificate"),
        }
    }

    /// For one host, and no longer valid.
    pub fn expired(host: &str) -> Self {
        let key = rcgen::KeyPair::generate().expect("a key");
        let mut wanted = rcgen::CertificateParams::new([host.to_owned()]).expect("a name");
        wanted.not_before = rcgen::date_time_ymd(2001, 1, 1);
        wanted.not_after = rcgen::date_time_ymd(2002, 1, 1);
        let cert = wanted.self_signed(&key).expect("a certificate");
        Self {
            signed: rcgen::CertifiedKey {
                cert,
                signing_key: key,
            },
        }
    }

    /// As text, for a file of trusted certificates.
    pub fn pem(&self) -> String {
        self.signed.cert.pem()
    }

    fn acceptor(&self) -> TlsAcceptor {
        self.acceptor_of(None, ALL_VERSIONS)
    }

    /// `clients`: who vouches for the certificates that it wants of its clients.
    fn acceptor_of(
        &self,
        clients: Option<&Self>,
        versions: &[&'static SupportedProtocolVersion],
    ) -> TlsAcceptor {
        let key = self.signed.signing_key.serialize_der();
        let key = PrivateKeyDer::try_from(key).expect("a key");
        let provider = Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("the provider knows the usual versions");
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(issuer) => {
                let mut roots = RootCertStore::empty();
                let issuer = issuer.signed.cert.der().clone();
                roots.add(issuer).expect("a certificate");
                let verifier = WebPkiClientVerifier::builder_with_provider(
                    Arc::new(roots),
                    Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider()),
                );
                config.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let config = config
            .with_single_cert(vec![self.signed.cert.der().clone()], key)
            .expect("key and certificate fit");
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn serve(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    script: Arc<Script>,
    observed: Arc<Observed>,
) {
    while let Ok((stream, peer)) = listener.accept().await {
        let (acceptor, script) = (acceptor.clone(), Arc::clone(&script));
        let observed = Arc::clone(&observed);
        tokio::spawn(async move {
            let Ok(local) = stream.local_addr() else {
                return;
            };
            // The client may go whenever it likes, so what fails from here on is its business.
            let _ = match acceptor {
                None => converse(stream, (local, peer), None, script.as_ref(), &observed).await,
                Some(acceptor) => match acceptor.accept(stream).await {
                    Ok(stream) => {
                        let name = stream.get_ref().1.server_name().map(str::to_owned);
                        converse(stream, (local, peer), name, script.as_ref(), &observed).await
                    }
                    Err(error) => {
                        let mut failures = observed.handshake_failures.lock().expect("no panic");
                        failures.push(error.to_string());
                        Ok(())
                    }
                },
            };
        });
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    ends: (SocketAddr, SocketAddr),
    server_name: Option<String>,
    script: &Script,
    observed: &Observed,
) -> std::io::Result<()> {
    while let Some(mut request) = read_request(&mut stream, ends, server_name.clone()).await {
        {
            let mut requests = observed.requests.lock().expect("no panic");
            request.number = requests.len();
            requests.push(request.clone());
        }
        let open = observed.open.fetch_add(1, SeqCst) + 1;
        observed.most_open.fetch_max(open, SeqCst);
        let result = reply(&mut stream, script(&request), observed).await;
        observed.open.fetch_sub(1, SeqCst);
        if !result? {
            break;
        }
    }
    Ok(())
}

/// Returns whether the connection may take another request.
async fn reply(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    reply: Reply,
    observed: &Observed,
) -> std::io::Result<bool> {
    match reply {
        Reply::Close => Ok(false),
        Reply::Hang => {
            // Until the client goes.
            let mut byte = [0];
            while stream.read(&mut byte).await? > 0 {}
            Ok(false)
        }
        Reply::Endless => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")
                .await?;
            flood(stream, &[b'x'; 4096], observed).await;
            Ok(false)
        }
        Reply::Flood(text) => {
            flood(stream, text.as_bytes(), observed).await;
            Ok(false)
        }
        Reply::Drip => {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
                .await?;
            while stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok(false)
        }
        Reply::Response(response) => {
            tokio::time::sleep(response.delay).await;
            let connection = if response.keep_open {
                "keep-alive"
            } else {
                "close"
            };
            let length = response.promised.unwrap_or(response.body.len());
            let mut head = format!(
                "HTTP/1.1 {} Scripted\r\nconnection: {connection}\r\ncontent-length: {length}\r\n",
                response.status
            );
            for (name, value) in &response.headers {
                for part in [name, ": ", value, "\r\n"] {
                    head.push_str(part);
                }
            }
            head.push_str("\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(response.body.as_bytes()).await?;
            if !response.keep_open {
                stream.shutdown().await?;
            }
            Ok(response.keep_open)
        }
    }
}

async fn flood(stream: &mut (impl AsyncWrite + Unpin), chunk: &[u8], observed: &Observed) {
    while stream.write_all(chunk).await.is_ok() {
        observed.body_bytes.fetch_add(chunk.len() as u64, SeqCst);
    }
    observed.client_left.store(true, SeqCst);
}

async fn read_request(
    stream: &mut (impl AsyncRead + Unpin),
    (local, peer): (SocketAddr, SocketAddr),
    server_name: Option<String>,
) -> Option<Request> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let mut lines = text.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or_default()];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request {
        body,
        method: first.next().unwrap_or_default().to_owned(),
        target: first.next().unwrap_or_default().to_owned(),
        headers,
        local,
        peer,
        server_name,
        number: 0,
    })
}
