//! The web servers behind the record sets: one for each address, all on one port.
//!
//! How long each takes and when it fails is `world`'s to say.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::serve::{Listener, ListenerExt};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, IsCa, KeyPair,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::story::Story;
use super::world::World;

/// How often another port is tried if the one that the first address was given is taken at a further one.
const PORT_ATTEMPTS: usize = 32;

/// The bound but still silent web servers.
#[derive(Debug)]
pub(super) struct Sockets {
    /// The port that all addresses share.
    pub(super) port: u16,
    /// Each with the position of its record set in the story.
    listeners: Vec<(usize, TcpListener)>,
    /// How TLS is spoken for each record set, where it is.
    tls: Option<Tls>,
}

/// Binds every address of the story's record sets to one free port, or says why that is not possible.
pub(super) async fn bind(story: &Story) -> Result<Sockets, String> {
    if !story.http {
        return Err("this story has no web servers".to_owned());
    }
    let addresses = addresses_with_set(story);
    let mut attempt = 1;
    loop {
        match bind_all(&addresses).await {
            Ok(Some((port, listeners))) => {
                let tls = Tls::of(story)?;
                return Ok(Sockets {
                    port,
                    listeners,
                    tls,
                });
            }
            Ok(None) => return Err("no record set of the story has an address".to_owned()),
            Err((_, error))
                if error.kind() == io::ErrorKind::AddrInUse && attempt < PORT_ATTEMPTS =>
            {
                attempt += 1;
            }
            Err((address, error)) => return Err(explain(address, &error)),
        }
    }
}

/// Starts to answer; goes on until the runtime ends.
pub(super) fn serve(sockets: Sockets, world: &Arc<World>) {
    for (set, listener) in sockets.listeners {
        let world = Arc::clone(world);
        let address = listener.local_addr().map(|address| address.ip());
        let address = address.unwrap_or(IpAddr::from([0; 4]));
        let router = Router::new().fallback(move || answer(Arc::clone(&world), set, address));
        let acceptor = sockets.tls.as_ref().map(|tls| tls.acceptors[set].clone());
        tokio::spawn(async move {
            let served = match acceptor {
                None => {
                    let listener = listener.tap_io(|stream| without_delay(stream));
                    axum::serve(listener, router).await
                }
                Some(acceptor) => {
                    let (hand, handed) = mpsc::channel(1);
                    let serving = Encrypted {
                        address: listener.local_addr(),
                        handed,
                    };
                    tokio::spawn(async move {
                        while let Ok((stream, peer)) = listener.accept().await {
                            without_delay(&stream);
                            let (acceptor, hand) = (acceptor.clone(), hand.clone());
                            // A client that does not like the certificate goes; nobody waits for it.
                            tokio::spawn(async move {
                                if let Ok(stream) = acceptor.accept(stream).await {
                                    let _ = hand.send((stream, peer)).await;
                                }
                            });
                        }
                    });
                    axum::serve(serving, router).await
                }
            };
            if let Err(error) = served {
                tracing::warn!(%error, "a simulated web server stopped");
            }
        });
    }
}

/// The little answers are not to wait for more: that would look like a slow web server.
fn without_delay(stream: &TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a simulated web server cannot send without delay");
    }
}

/// Connections whose handshake is done.
struct Encrypted {
    address: io::Result<SocketAddr>,
    handed: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
}

impl Listener for Encrypted {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.handed.recv().await {
            Some(handed) => handed,
            // The system takes no connections any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        let unknown = |error: &io::Error| io::Error::from(error.kind());
        self.address.as_ref().copied().map_err(unknown)
    }
}

/// The world's own authority for certificates, and what each record set shows.
#[derive(Clone)]
struct Tls {
    authority: Vec<u8>,
    acceptors: Vec<TlsAcceptor>,
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tls").finish_non_exhaustive()
    }
}

impl Tls {
    /// `None`: no record set of the story has a certificate.
    fn of(story: &Story) -> Result<Option<Self>, String> {
        if story.sets.iter().all(|set| set.certificate_days.is_none()) {
            return Ok(None);
        }
        let made = Self::make(story);
        made.map(Some)
            .map_err(|error| format!("no certificates can be made: {error}"))
    }

    fn make(story: &Story) -> Result<Self, Box<dyn std::error::Error>> {
        let now = super::clock::wall();
        let called = |name: &str| {
            let mut called = DistinguishedName::new();
            called.push(DnType::CommonName, name);
            called
        };
        let mut wanted = CertificateParams::default();
        wanted.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        wanted.distinguished_name = called("r53mon demo authority");
        let authority = CertifiedIssuer::self_signed(wanted, KeyPair::generate()?)?;
        let acceptor = |days: i64| -> Result<TlsAcceptor, Box<dyn std::error::Error>> {
            let key = KeyPair::generate()?;
            let mut wanted = CertificateParams::new([story.asked.clone()])?;
            wanted.distinguished_name = called(&story.asked);
            let by = Duration::from_hours(24 * days.unsigned_abs());
            let ends = if days < 0 { now - by } else { now + by };
            wanted.not_before = (ends - VALID).into();
            wanted.not_after = ends.into();
            let shown = wanted.signed_by(&key, &authority)?;
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ServerConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()?
                .with_no_client_auth()
                .with_single_cert(
                    vec![shown.der().clone()],
                    PrivateKeyDer::try_from(key.serialize_der())?,
                )?;
            Ok(TlsAcceptor::from(Arc::new(config)))
        };
        let days = |days: Option<i16>| days.map_or(USUAL_DAYS, i64::from);
        let sets = story
            .sets
            .iter()
            .map(|set| acceptor(days(set.certificate_days)));
        Ok(Self {
            acceptors: sets.collect::<Result<_, _>>()?,
            authority: authority.der().to_vec(),
        })
    }
}

/// A certificate is made for so long.
const VALID: Duration = Duration::from_hours(24 * 365 * 11);
/// So many days are left of one of which the story says nothing.
const USUAL_DAYS: i64 = 80;

impl Sockets {
    /// Where TLS is spoken, the certificate of whoever vouches for the servers.
    pub(super) fn authority(&self) -> Option<Vec<u8>> {
        self.tls.as_ref().map(|tls| tls.authority.clone())
    }
}

async fn answer(world: Arc<World>, set: usize, address: IpAddr) -> (StatusCode, String) {
    let turn = world.web_turn(set, address);
    if !turn.delay.is_zero() {
        tokio::time::sleep(turn.delay).await;
    }
    let status = StatusCode::from_u16(turn.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE);
    (status, format!("{}\n", world.story().sets[set].label))
}

/// Every address once. Where sets share one, the first of them serves it, as one machine would.
fn addresses_with_set(story: &Story) -> Vec<(usize, IpAddr)> {
    let mut found: Vec<(usize, IpAddr)> = Vec::new();
    for set in 0..story.sets.len() {
        for address in story.addresses_of(set) {
            // A client that connects to ::ffff:127.0.0.11 arrives at 127.0.0.11.
            let address = address.to_canonical();
            if !found.iter().any(|(_, known)| *known == address) {
                found.push((set, address));
            }
        }
    }
    found
}

async fn bind_all(
    addresses: &[(usize, IpAddr)],
) -> Result<Option<(u16, Vec<(usize, TcpListener)>)>, (IpAddr, io::Error)> {
    let mut port = 0;
    let mut listeners = Vec::with_capacity(addresses.len());
    for (set, address) in addresses {
        let listener = TcpListener::bind((*address, port))
            .await
            .map_err(|error| (*address, error))?;
        if port == 0 {
            port = listener
                .local_addr()
                .map_err(|error| (*address, error))?
                .port();
        }
        listeners.push((*set, listener));
    }
    Ok((port != 0).then_some((port, listeners)))
}

fn explain(address: IpAddr, error: &io::Error) -> String {
    let cure = if error.kind() != io::ErrorKind::AddrNotAvailable {
        String::new()
    } else if address.is_ipv4() {
        format!(
            "; this machine has no such loopback address (macOS: `sudo ifconfig lo0 alias {address} up`)"
        )
    } else {
        "; this machine has IPv6 switched off".to_owned()
    };
    format!("no web server can listen on {address}: {error}{cure}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_missing_is_explained() {
        let error = io::Error::from(io::ErrorKind::AddrNotAvailable);
        let text = explain(IpAddr::from([127, 0, 0, 12]), &error);
        assert!(text.contains("127.0.0.12: "), "{text}");
        assert!(
            text.contains("sudo ifconfig lo0 alias 127.0.0.12 up"),
            "{text}"
        );
    }

    #[test]
    fn shared_and_mapped_addresses_get_one_server() {
        let text = "name = \"t\"\nsummary = \"s.\"\nzone = \"example.test\"\nrecord = \"app.example.test\"\n\
                    type = \"AAAA\"\nttl = 30\n[[server]]\nname = \"ns-1.test\"\nlag = \"0s\"\n\
                    [[set]]\nid = \"a\"\nweight = 1\nvalues = [\"::ffff:127.0.0.11\", \"::1\"]\n\
                    [[set]]\nid = \"b\"\nweight = 1\nvalues = [\"::1\"]\n";
        let story = Story::parse(text, "test.toml").unwrap();
        assert_eq!(
            addresses_with_set(&story),
            [
                (0, IpAddr::from([127, 0, 0, 11])),
                (0, IpAddr::V6(std::net::Ipv6Addr::LOCALHOST))
            ]
        );
    }

    #[tokio::test]
    async fn all_addresses_share_a_port() {
        let story = Story::find("cutover").unwrap();
        if let Ok(sockets) = bind(story).await {
            for (_, listener) in &sockets.listeners {
                assert_eq!(listener.local_addr().unwrap().port(), sockets.port);
            }
            assert_eq!(sockets.listeners.len(), 2);
        }
    }
}
