//! One HTTP/1.1 request and its response on the wire, over plain TCP or TLS. Time and bytes are bounded, whatever the
//! server does: what it sends beside the response (interim responses, TLS records without content) counts too.

use std::collections::HashMap;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_platform_verifier::Verifier;
use tokio::io::{self, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Position};

use super::failure::{Failure, FailureKind, TooMuch};
use crate::clock;
use crate::config::HttpSettings;
use crate::model::address::no_host;
use crate::model::http::HttpFailure;
use crate::model::http::{HttpFault, Phases};
use crate::tally::locked;

/// As much of a body is read; the rest says nothing about how well a side responds.
const BODY_LIMIT: usize = 64 * 1024;
/// As much is taken from a connection in all, before any of it is understood.
const WIRE_LIMIT: usize = 512 * 1024;

/// So many addresses have a connection that is kept.
const MOST_KEPT: usize = 64;

/// Makes requests for one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Client {
    settings: Arc<HttpSettings>,
    /// With TLS, how it is spoken; or why it cannot be.
    tls: Option<Result<Arc<Tls>, Failure>>,
    /// Connections that wait for the next request, where they are kept.
    idle: Arc<Mutex<HashMap<IpAddr, Connection>>>,
}

/// How TLS is spoken.
#[derive(Debug)]
struct Tls {
    client: ClientConfig,
    verifier: Arc<dyn ServerCertVerifier>,
}

/// The certificate that was shown for a request, if one was.
pub(super) type Shown = Arc<Mutex<Option<CertificateDer<'static>>>>;

/// A connection on which requests can be made, one after the other.
#[derive(Debug)]
struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    /// Brings the bodies.
    _task: AbortOnDropHandle<()>,
    /// What may still be taken from it for the request under way.
    left: Arc<AtomicUsize>,
    asked: Arc<Asked>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responded {
    /// Its status code.
    pub status: u16,
    /// Where the time was spent; `None`: it broke off.
    pub phases: Option<Phases>,
    /// What is wrong with it, if anything is.
    pub failure: Option<HttpFailure>,
}

/// The beginning of a body.
#[derive(Debug)]
struct Body {
    bytes: Vec<u8>,
    /// Whether that is all of it.
    is_whole: bool,
}

impl Client {
    pub(super) fn new(settings: HttpSettings) -> Self {
        // Plain HTTP needs no certificates, and a machine without any must be able to measure it.
        let is_tls = settings.endpoint.scheme() == "https";
        let tls = is_tls.then(|| {
            let config = tls_config(&settings);
            config.map_err(|error| Failure::new(FailureKind::Own, error.to_string()))
        });
        Self {
            settings: Arc::new(settings),
            tls: tls.map(|config| config.map(Arc::new)),
            idle: Arc::default(),
        }
    }

    /// Makes one request to an address: over a connection of its own, as a new visitor would, or over the one that is kept.
    pub(super) async fn request(
        &self,
        address: IpAddr,
        shown: &Shown,
    ) -> Result<Responded, Failure> {
        if let Some(what) = no_host(address) {
            return Err(Failure::no_host(what));
        }
        let started = clock::instant();
        let until = started + self.settings.timeout;
        let mut laps = Laps(started);
        let mut phases = Phases::default();
        let responding = self.respond(address, shown, &mut laps, &mut phases);
        let late = |_| Err(Failure::timeout());
        let (connection, mut response) =
            timeout_at(until, responding).await.unwrap_or_else(late)?;
        let status = response.status().as_u16();
        let body = read_body(&mut response, until, &connection.asked).await;
        phases.body = laps.next();
        if self.settings.keepalive {
            // Of the request alone, also where it had to begin with a connection.
            (phases.connect, phases.tls) = (Duration::ZERO, Duration::ZERO);
            if body.as_ref().is_ok_and(|body| body.is_whole) {
                self.keep(address, connection);
            }
        }
        Ok(Responded {
            status,
            phases: body.is_ok().then_some(phases),
            failure: self.wrong_with(status, &body),
        })
    }

    /// The only place where it is decided whether a response is a failed one.
    fn wrong_with(&self, status: u16, body: &Result<Body, Failure>) -> Option<HttpFailure> {
        let pattern = self.settings.expect_body.as_ref();
        let fits = |body: &Body| {
            pattern.is_none_or(|pattern| pattern.fits(&String::from_utf8_lossy(&body.bytes)))
        };
        let (kind, why) = match body {
            _ if !self.settings.expect_status.hold(status) => {
                (HttpFault::Status, format!("status {status}"))
            }
            Err(failure) => (HttpFault::Body, failure.to_string()),
            Ok(body) if fits(body) => return None,
            Ok(_) => {
                let why = "the body does not match --expect-body";
                (HttpFault::Body, why.to_owned())
            }
        };
        Some(HttpFailure { kind, why })
    }

    /// The connection that is kept, if one is.
    fn kept(&self, address: IpAddr) -> Option<Connection> {
        let kept = locked(&self.idle).remove(&address)?;
        (!kept.sender.is_closed()).then_some(kept)
    }

    fn keep(&self, address: IpAddr, connection: Connection) {
        let mut idle = locked(&self.idle);
        if idle.len() >= MOST_KEPT {
            idle.retain(|_, kept| !kept.sender.is_closed());
        }
        if idle.len() < MOST_KEPT {
            idle.insert(address, connection);
        }
    }

    /// The head of the response, and the connection that brings the body.
    async fn respond(
        &self,
        address: IpAddr,
        shown: &Shown,
        laps: &mut Laps,
        phases: &mut Phases,
    ) -> Result<(Connection, Response<Incoming>), Failure> {
        if let Some(mut kept) = self.kept(address) {
            match kept.ask(&self.settings).await {
                Ok(response) => {
                    phases.first_byte = laps.next();
                    return Ok((kept, response));
                }
                // The server may end a connection at any time, which says nothing about this request: a new one is made.
                Err(failure) if failure.kind == FailureKind::Closed => {}
                Err(failure) => return Err(failure),
            }
            laps.next();
        }
        let mut connection = self.connect(address, shown, laps, phases).await?;
        let response = connection.ask(&self.settings).await?;
        phases.first_byte = laps.next();
        Ok((connection, response))
    }

    async fn connect(
        &self,
        address: IpAddr,
        shown: &Shown,
        laps: &mut Laps,
        phases: &mut Phases,
    ) -> Result<Connection, Failure> {
        let port = self.settings.endpoint.port_or_known_default();
        let stream = TcpStream::connect((address, port.unwrap_or_default())).await;
        let stream = stream.map_err(|error| Failure::connecting(&error))?;
        phases.connect = laps.next();
        // Without it a request may wait for an acknowledgement; where it cannot be set, it does.
        let _ = stream.set_nodelay(true);
        let (reading, writing) = stream.into_split();
        let left = Arc::new(AtomicUsize::new(WIRE_LIMIT));
        let bounded = Bounded {
            inner: reading,
            left: Arc::clone(&left),
        };
        let stream = io::join(bounded, writing);
        let asked = Arc::new(Asked::default());
        match &self.tls {
            None => Connection::over(stream, left, asked).await,
            Some(Err(failure)) => Err(failure.clone()),
            Some(Ok(config)) => {
                let verifier = &config.verifier;
                let mut config = ClientConfig::clone(&config.client);
                config
                    .dangerous()
                    .set_certificate_verifier(Arc::new(Noting {
                        verifier: Arc::clone(verifier),
                        shown: Arc::clone(shown),
                    }));
                config.client_auth_cert_resolver = Arc::<Asked>::clone(&asked);
                let name = self.server_name()?;
                let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
                let stream = connecting.await;
                let stream = stream.map_err(|error| Failure::handshaking(&error, asked.was()))?;
                phases.tls = laps.next();
                Connection::over(stream, left, asked).await
            }
        }
    }

    /// The host of the endpoint, whichever address is asked.
    fn server_name(&self) -> Result<ServerName<'static>, Failure> {
        let host = match self.settings.endpoint.host() {
            Some(Host::Domain(host)) => {
                let host = host.trim_end_matches('.').to_owned();
                ServerName::try_from(host)
                    .map_err(|error| Failure::new(FailureKind::Own, error.to_string()))?
            }
            Some(Host::Ipv4(address)) => ServerName::from(IpAddr::from(address)),
            Some(Host::Ipv6(address)) => ServerName::from(IpAddr::from(address)),
            None => return Err(Failure::new(FailureKind::Own, "the endpoint has no host")),
        };
        Ok(host)
    }
}

impl Connection {
    async fn over(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        left: Arc<AtomicUsize>,
        asked: Arc<Asked>,
    ) -> Result<Self, Failure> {
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (sender, connection) =
            handshake.map_err(|error| Failure::responding(&error, asked.was()))?;
        let task = AbortOnDropHandle::new(tokio::spawn(async move {
            // What goes wrong with it is told to whoever waits for the response.
            let _ = connection.await;
        }));
        Ok(Self {
            sender,
            _task: task,
            left,
            asked,
        })
    }

    /// The head of the response to one request.
    async fn ask(&mut self, settings: &HttpSettings) -> Result<Response<Incoming>, Failure> {
        self.left.store(WIRE_LIMIT, Relaxed);
        let request = request_for(settings)?;
        let failed = |error| Failure::responding(&error, self.asked.was());
        self.sender.ready().await.map_err(failed)?;
        let response = self.sender.send_request(request).await;
        response.map_err(failed)
    }
}

/// When the step before ended.
struct Laps(Instant);

impl Laps {
    /// How long the step that ends now took.
    fn next(&mut self) -> Duration {
        let now = clock::instant();
        now.saturating_duration_since(std::mem::replace(&mut self.0, now))
    }
}

fn request_for(settings: &HttpSettings) -> Result<Request<Empty<Bytes>>, Failure> {
    let endpoint = &settings.endpoint;
    let mut host = endpoint[Position::BeforeHost..Position::AfterPort].to_owned();
    if let Some(Host::Domain(name)) = endpoint.host()
        && name.ends_with('.')
    {
        host = host.replacen(name, name.trim_end_matches('.'), 1);
    }
    let mut request = Request::builder()
        .method(settings.method.as_str())
        .uri(&endpoint[Position::BeforePath..Position::AfterQuery])
        .header(HOST, host)
        .body(Empty::new())
        .map_err(|error| Failure::new(FailureKind::Own, error.to_string()))?;
    let headers = request.headers_mut();
    for (name, value) in &settings.headers {
        headers.append(name, value.clone());
    }
    for (name, value) in [
        (ACCEPT, "*/*"),
        (USER_AGENT, concat!("r53mon/", env!("CARGO_PKG_VERSION"))),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    Ok(request)
}

/// Reads as much of a body as says anything.
async fn read_body(
    response: &mut Response<Incoming>,
    until: Instant,
    asked: &Asked,
) -> Result<Body, Failure> {
    let incoming = response.body_mut();
    let mut bytes = Vec::new();
    while bytes.len() < BODY_LIMIT {
        let frame = timeout_at(until, incoming.frame()).await;
        match frame.map_err(|_| Failure::timeout())? {
            None => {
                return Ok(Body {
                    bytes,
                    is_whole: true,
                });
            }
            Some(Err(error)) => return Err(Failure::responding(&error, asked.was())),
            Some(Ok(frame)) => bytes.extend(frame.data_ref().into_iter().flatten()),
        }
    }
    bytes.truncate(BODY_LIMIT);
    Ok(Body {
        bytes,
        is_whole: false,
    })
}

/// A stream that ends with a complaint when more has come than anybody needs.
struct Bounded<R> {
    inner: R,
    left: Arc<AtomicUsize>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Bounded<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        let read = buffer.filled().len() - before;
        match self.left.load(Relaxed).checked_sub(read) {
            None => Poll::Ready(Err(io::Error::other(TooMuch(WIRE_LIMIT)))),
            Some(left) => {
                self.left.store(left, Relaxed);
                Poll::Ready(Ok(()))
            }
        }
    }
}

fn tls_config(settings: &HttpSettings) -> Result<Tls, rustls::Error> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if settings.insecure {
        Arc::new(AnyCertificate(Arc::clone(&provider)))
    } else {
        let provider = Arc::clone(&provider);
        let roots = settings.trusted.iter().cloned();
        Arc::new(Verifier::new_with_extra_roots(roots, provider)?)
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::clone(&verifier))
        .with_no_client_auth();
    // Every request pays for its own handshake.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(Tls {
        client: config,
        verifier,
    })
}

/// Has no certificate, and remembers whether somebody asked for one.
#[derive(Debug, Default)]
struct Asked(AtomicBool);

impl Asked {
    fn was(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl ResolvesClientCert for Asked {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.store(true, Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}

/// Remembers the certificate that is shown, whatever its verifier makes of it.
#[derive(Debug)]
struct Noting {
    verifier: Arc<dyn ServerCertVerifier>,
    shown: Shown,
}

impl ServerCertVerifier for Noting {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        status: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *locked(&self.shown) = Some(certificate.clone().into_owned());
        let verifier = &self.verifier;
        verifier.verify_server_cert(certificate, others, name, status, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verifier = &self.verifier;
        verifier.verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let verifier = &self.verifier;
        verifier.verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

/// Takes any certificate, as `insecure` says. Who holds its key is still made sure of.
#[derive(Debug)]
struct AnyCertificate(Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
