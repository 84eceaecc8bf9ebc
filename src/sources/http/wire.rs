//! One HTTP/1.1 request and its response on the wire, over plain TCP or TLS. Time and bytes are bounded, whatever the
//! server does: what it sends beside the response (interim responses, TLS records without content) counts too.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, HOST, HeaderValue, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{self, CryptoProvider};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
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
use crate::model::http::Phases;

/// As much of a body is read; the rest says nothing about how well a side responds.
const BODY_LIMIT: usize = 64 * 1024;
/// As much is taken from a connection in all, before any of it is understood.
const WIRE_LIMIT: usize = 512 * 1024;

/// Makes requests for one endpoint.
#[derive(Clone, Debug)]
pub(super) struct Client {
    settings: Arc<HttpSettings>,
    /// With TLS, how it is spoken; or why it cannot be.
    tls: Option<Result<Arc<ClientConfig>, Failure>>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responded {
    /// Its status code.
    pub status: u16,
    /// How long it took from the start of the connection to its head, step by step.
    pub head: Phases,
    /// How long its body took, as much of it as is read; or why it broke off.
    pub body: Result<Duration, Failure>,
}

impl Responded {
    /// Where the time of a whole response was spent.
    pub fn phases(&self) -> Option<Phases> {
        let body = *self.body.as_ref().ok()?;
        Some(Phases { body, ..self.head })
    }
}

impl Client {
    pub(super) fn new(settings: HttpSettings) -> Self {
        // Plain HTTP needs no certificates, and a machine without any must be able to measure it.
        let is_tls = settings.endpoint.scheme() == "https";
        let tls = is_tls.then(|| {
            let config = tls_config(settings.insecure);
            config.map_err(|error| Failure::new(FailureKind::Own, error.to_string()))
        });
        Self {
            settings: Arc::new(settings),
            tls: tls.map(|config| config.map(Arc::new)),
        }
    }

    /// Makes one request to an address, over a connection of its own, as a new visitor would.
    pub(super) async fn request(&self, address: IpAddr) -> Result<Responded, Failure> {
        if let Some(what) = no_host(address) {
            return Err(Failure::no_host(what));
        }
        let started = clock::instant();
        let until = started + self.settings.timeout;
        let asked = Arc::new(Asked::default());
        let mut laps = Laps(started);
        let mut head = Phases::default();
        let responding = self.respond(address, &asked, &mut laps, &mut head);
        let late = |_| Err(Failure::timeout());
        let (mut response, _connection) =
            timeout_at(until, responding).await.unwrap_or_else(late)?;
        let status = response.status().as_u16();
        let body = read_body(&mut response, until, &asked).await;
        Ok(Responded {
            status,
            head,
            body: body.map(|()| laps.next()),
        })
    }

    /// The head of the response, and the task that brings the body.
    async fn respond(
        &self,
        address: IpAddr,
        asked: &Arc<Asked>,
        laps: &mut Laps,
        phases: &mut Phases,
    ) -> Result<(Response<Incoming>, AbortOnDropHandle<()>), Failure> {
        let port = self.settings.endpoint.port_or_known_default();
        let stream = TcpStream::connect((address, port.unwrap_or_default())).await;
        let stream = stream.map_err(|error| Failure::connecting(&error))?;
        phases.connect = laps.next();
        // Without it a request may wait for an acknowledgement; where it cannot be set, it does.
        let _ = stream.set_nodelay(true);
        let (reading, writing) = stream.into_split();
        let bounded = Bounded {
            inner: reading,
            left: WIRE_LIMIT,
        };
        let stream = io::join(bounded, writing);
        let answered = match &self.tls {
            None => self.ask(stream, asked).await,
            Some(Err(failure)) => Err(failure.clone()),
            Some(Ok(config)) => {
                let mut config = ClientConfig::clone(config);
                config.client_auth_cert_resolver = Arc::<Asked>::clone(asked);
                let name = self.server_name()?;
                let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
                let stream = connecting.await;
                let stream = stream.map_err(|error| Failure::handshaking(&error, asked.was()))?;
                phases.tls = laps.next();
                self.ask(stream, asked).await
            }
        };
        phases.first_byte = laps.next();
        answered
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

    async fn ask(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        asked: &Asked,
    ) -> Result<(Response<Incoming>, AbortOnDropHandle<()>), Failure> {
        let failed = |error: hyper::Error| Failure::responding(&error, asked.was());
        let handshake = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(failed)?;
        let connection = AbortOnDropHandle::new(tokio::spawn(async move {
            // What goes wrong with it is told to whoever waits for the response.
            let _ = connection.await;
        }));
        let request = request_for(&self.settings)?;
        let response = sender.send_request(request).await.map_err(failed)?;
        Ok((response, connection))
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
    let mut request = Request::get(&endpoint[Position::BeforePath..Position::AfterQuery])
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
) -> Result<(), Failure> {
    let body = response.body_mut();
    let mut read = 0;
    while read < BODY_LIMIT {
        let frame = timeout_at(until, body.frame()).await;
        match frame.map_err(|_| Failure::timeout())? {
            None => break,
            Some(Err(error)) => return Err(Failure::responding(&error, asked.was())),
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
        }
    }
    Ok(())
}

/// A stream that ends with a complaint when more has come than anybody needs.
struct Bounded<R> {
    inner: R,
    left: usize,
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
        if read > self.left {
            return Poll::Ready(Err(io::Error::other(TooMuch(WIRE_LIMIT))));
        }
        self.left -= read;
        Poll::Ready(Ok(()))
    }
}

fn tls_config(insecure: bool) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let verifier: Arc<dyn ServerCertVerifier> = if insecure {
        Arc::new(AnyCertificate(Arc::clone(&provider)))
    } else {
        let provider = Arc::clone(&provider);
        Arc::new(rustls_platform_verifier::Verifier::new(provider)?)
    };
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    // Every request pays for its own handshake.
    config.resumption = rustls::client::Resumption::disabled();
    Ok(config)
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
