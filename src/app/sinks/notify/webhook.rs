//! A URL that events are posted to, one after the other. What may pass is tried again a few times, later each time. Nobody is
//! followed anywhere else, and nothing goes to an address that `model/address.rs` knows as nobody's.

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::crypto;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, join};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_util::task::AbortOnDropHandle;
use url::{Host, Position, Url};

use crate::model::address::no_host;
use crate::tally::locked;
use crate::views::notification::Notification;

/// So long one attempt may take.
const ATTEMPT: Duration = Duration::from_secs(5);
/// So long a connection to one of several addresses may take.
const CONNECTING: Duration = Duration::from_secs(2);
/// So many addresses are tried.
const ADDRESSES: usize = 4;
/// So long is waited before an event is tried again, each time.
const WAITS: [Duration; 4] = [
    Duration::from_millis(250),
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_secs(16),
];
/// As much is taken from a connection; more says nothing.
const WIRE_LIMIT: u64 = 64 * 1024;
/// As long as a server may ask to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// Why the newest attempt has failed, where it has and the next one is still to come.
pub(super) type Trouble = Arc<Mutex<Option<String>>>;

/// Who is told.
pub(super) struct Webhook {
    url: Url,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// How TLS is spoken; or why it cannot be.
    tls: Option<Result<Arc<ClientConfig>, String>>,
    trouble: Trouble,
}

/// An attempt that failed.
struct Refused {
    why: String,
    /// How long to wait at least before another one; `None`: it would fail too.
    again: Option<Duration>,
}

impl Refused {
    /// It may go better another time.
    fn now(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            again: Some(Duration::ZERO),
        }
    }

    fn for_good(why: impl Into<String>) -> Self {
        Self {
            why: why.into(),
            again: None,
        }
    }
}

impl Webhook {
    pub fn new(url: Url, headers: Vec<(HeaderName, HeaderValue)>, trouble: Trouble) -> Self {
        let is_tls = url.scheme() == "https";
        let tls = is_tls.then(|| match tls_config() {
            Ok(config) => Ok(Arc::new(config)),
            Err(error) => Err(error.to_string()),
        });
        Self {
            url,
            headers,
            tls,
            trouble,
        }
    }

    /// Posts an event until it is taken.
    pub async fn post(self: Arc<Self>, told: Arc<Notification>) -> Result<(), String> {
        let mut attempts = 1;
        let mut waits = WAITS.into_iter();
        loop {
            let attempt = timeout(ATTEMPT, self.attempt(&told.message)).await;
            let late = |_| {
                let seconds = ATTEMPT.as_secs();
                Err(Refused::now(format!("no answer within {seconds} s")))
            };
            let attempt = attempt.unwrap_or_else(late);
            let failed = attempt.as_ref().err();
            *locked(&self.trouble) = failed.map(|refused| refused.why.clone());
            let Err(Refused { why, again }) = attempt else {
                return Ok(());
            };
            let (Some(least), Some(wait)) = (again, waits.next()) else {
                let tried = match attempts {
                    1 => String::new(),
                    several => format!(", after {several} attempts"),
                };
                return Err(format!("{why}{tried}"));
            };
            sleep(wait.max(least)).await;
            attempts += 1;
        }
    }

    async fn attempt(&self, body: &[u8]) -> Result<(), Refused> {
        let (reading, writing) = self.connect().await?.into_split();
        let stream = join(reading.take(WIRE_LIMIT), writing);
        let response = match &self.tls {
            None => self.send(stream, body).await?,
            Some(Err(why)) => return Err(Refused::for_good(why.as_str())),
            Some(Ok(config)) => {
                let connector = TlsConnector::from(Arc::clone(config));
                let stream = connector.connect(self.server_name()?, stream).await;
                let stream = stream.map_err(|error| Refused::now(innermost(&error)))?;
                self.send(stream, body).await?
            }
        };
        judge(&response)
    }

    /// A connection to one of the addresses of the host, wherever something may be sent.
    async fn connect(&self) -> Result<TcpStream, Refused> {
        let url = &self.url;
        let port = url.port_or_known_default().unwrap_or_default();
        let addresses: Vec<IpAddr> = match url.host() {
            Some(Host::Ipv4(address)) => vec![address.into()],
            Some(Host::Ipv6(address)) => vec![address.into()],
            Some(Host::Domain(name)) => {
                let found = lookup_host((name, port)).await;
                let found = found.map_err(|error| Refused::now(format!("no address: {error}")))?;
                found.map(|address| address.ip()).collect()
            }
            None => Vec::new(),
        };
        let mut refused = Refused::now("no address");
        for address in addresses.into_iter().take(ADDRESSES) {
            if let Some(what) = no_host(address) {
                let what = what.as_str();
                refused = Refused::for_good(format!("nothing is sent to {address}: it is {what}"));
                continue;
            }
            let at = SocketAddr::new(address, port);
            match timeout(CONNECTING, TcpStream::connect(at)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => refused = Refused::now(format!("cannot connect: {error}")),
                Err(_) => refused = Refused::now("cannot connect: timeout"),
            }
        }
        Err(refused)
    }

    fn server_name(&self) -> Result<ServerName<'static>, Refused> {
        match self.url.host() {
            Some(Host::Domain(name)) => {
                let name = name.trim_end_matches('.').to_owned();
                ServerName::try_from(name).map_err(|error| Refused::for_good(error.to_string()))
            }
            Some(Host::Ipv4(address)) => Ok(IpAddr::from(address).into()),
            Some(Host::Ipv6(address)) => Ok(IpAddr::from(address).into()),
            None => Err(Refused::for_good("no host")),
        }
    }

    /// The head of the response; what it says besides is left unread.
    async fn send(
        &self,
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        body: &[u8],
    ) -> Result<Response<()>, Refused> {
        let failed = |error: hyper::Error| Refused::now(innermost(&error));
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(failed)?;
        let _connection = AbortOnDropHandle::new(tokio::spawn(async move {
            // What goes wrong with it is told to whoever waits for the response.
            let _ = connection.await;
        }));
        let request = self.request(body);
        let request = request.map_err(|error| Refused::for_good(error.to_string()))?;
        let response = sender.send_request(request).await.map_err(failed)?;
        Ok(response.map(|_| ()))
    }

    fn request(&self, body: &[u8]) -> hyper::http::Result<Request<Full<Bytes>>> {
        let url = &self.url;
        let body = Full::new(Bytes::copy_from_slice(body));
        let mut request = Request::post(&url[Position::BeforePath..Position::AfterQuery])
            .header(HOST, &url[Position::BeforeHost..Position::AfterPort])
            .body(body)?;
        let headers = request.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        for (name, value) in [
            (CONTENT_TYPE, "application/json"),
            (USER_AGENT, concat!("r53mon/", env!("CARGO_PKG_VERSION"))),
        ] {
            headers
                .entry(name)
                .or_insert(HeaderValue::from_static(value));
        }
        Ok(request)
    }
}

/// Whether it was taken. What the server is to blame for, or asks to have later, may pass.
fn judge(response: &Response<()>) -> Result<(), Refused> {
    let status = response.status();
    let answered = format!("it answered {}", status.as_str());
    if status.is_success() {
        Ok(())
    } else if status.is_redirection() {
        Err(Refused::for_good(format!(
            "{answered}: redirects are not followed"
        )))
    } else if status.is_server_error() || matches!(status.as_u16(), 408 | 429) {
        let asked = response.headers().get(RETRY_AFTER);
        let asked = asked.and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let least = asked.map_or(Duration::ZERO, Duration::from_secs);
        Err(Refused {
            why: answered,
            again: Some(least.min(LONGEST_WAIT)),
        })
    } else {
        Err(Refused::for_good(answered))
    }
}

fn tls_config() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?;
    Ok(config.with_no_client_auth())
}

/// The last cause, which is where the libraries put what a person can use.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_is_sent_to_what_can_be_nobodys_address() {
        for (url, what) in [
            ("http://169.254.169.254/x", "link-local"),
            ("https://[fd00:ec2::254]/x", "a metadata service's"),
        ] {
            let url = Url::parse(url).expect("a URL");
            let webhook = Arc::new(Webhook::new(url, Vec::new(), Trouble::default()));
            let told = Notification {
                kind: "match",
                event: Vec::new(),
                message: Vec::new(),
            };
            let why = webhook
                .post(Arc::new(told))
                .await
                .expect_err("it is refused");
            assert!(
                why.starts_with("nothing is sent to ") && why.ends_with(what),
                "{why}"
            );
        }
    }

    fn answered(status: u16, later: Option<&str>) -> Response<()> {
        let mut response = Response::builder().status(status);
        if let Some(later) = later {
            response = response.header(RETRY_AFTER, later);
        }
        response.body(()).expect("a response")
    }

    #[test]
    fn what_may_pass_is_tried_again_and_no_sooner_than_asked_within_bounds() {
        let again =
            |status, later| judge(&answered(status, later)).map_err(|refused| refused.again);
        for status in [200, 201, 204] {
            assert_eq!(again(status, None), Ok(()));
        }
        for status in [301, 307, 308, 400, 401, 403, 404, 410] {
            assert_eq!(again(status, Some("1")), Err(None), "{status}");
        }
        for (status, later, seconds) in [
            (500, None, 0),
            (503, Some("7"), 7),
            (429, Some("86400"), 30),
            (429, Some("soon"), 0),
            (408, Some("-1"), 0),
        ] {
            let least = Some(Duration::from_secs(seconds));
            assert_eq!(again(status, later), Err(least), "{status}");
        }
    }
}
