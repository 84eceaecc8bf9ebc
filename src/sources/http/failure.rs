//! Why a request brings no whole response: the kind, which tells what to do about it, and what is behind it in a few words.

use std::error::Error;
use std::fmt;
use std::io;

use rustls::{AlertDescription, CertificateError, PeerIncompatible};

use crate::model::address::NoHost;
use crate::model::http::HttpFault;
use crate::model::shortage::Shortage;

/// What is in the way of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The address is one that is never asked.
    NoHost,
    /// It took too long.
    Timeout,
    /// Nobody listens at the port.
    Refused,
    /// There is no connection for another reason.
    Unreachable,
    /// The certificate is not valid now.
    CertificateTime,
    /// The certificate is for other names.
    CertificateName,
    /// Nobody whom this machine trusts vouches for the certificate.
    CertificateIssuer,
    /// The certificate is no good for another reason.
    Certificate,
    /// What answers does not speak TLS.
    NoTls,
    /// The server wants to know who asks.
    ClientCertificate,
    /// The server knows only versions of TLS that are no longer safe.
    OldTls,
    /// The two sides do not come to terms about TLS.
    Tls,
    /// What answers does not speak HTTP/1.1.
    NoHttp,
    /// The connection ended too soon.
    Closed,
    /// There was no end of what the server sends.
    Endless,
    /// This machine lacks something for a request.
    Short(Shortage),
    /// This machine cannot set up a request.
    Own,
}

impl FailureKind {
    /// Under which kind it is counted: what is to be done about it may differ among those.
    pub fn counted_as(self) -> HttpFault {
        match self {
            Self::NoHost => HttpFault::NotAsked,
            Self::Timeout => HttpFault::Timeout,
            Self::Refused => HttpFault::Refused,
            Self::Unreachable => HttpFault::Unreachable,
            Self::CertificateTime => HttpFault::TlsExpired,
            Self::CertificateName => HttpFault::TlsName,
            Self::CertificateIssuer
            | Self::Certificate
            | Self::NoTls
            | Self::ClientCertificate
            | Self::OldTls
            | Self::Tls => HttpFault::TlsOther,
            Self::Closed => HttpFault::Reset,
            Self::NoHttp | Self::Endless => HttpFault::Protocol,
            // Of what this machine lacks a request is not made, and none has failed.
            Self::Short(_) | Self::Own => HttpFault::Own,
        }
    }
}

/// A request that failed, or the part of a response that did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// What is behind it; empty where the kind says it all.
    detail: String,
}

/// More came than is read.
#[derive(Debug)]
pub(super) struct TooMuch(pub usize);

impl fmt::Display for TooMuch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "more than {} kB without a whole response",
            self.0 / 1024
        )
    }
}

impl Error for TooMuch {}

impl Failure {
    pub(in crate::sources) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }

    /// The address cannot be a host.
    pub(super) fn no_host(what: NoHost) -> Self {
        let detail = format!("the address is {}", what.as_str());
        Self::new(FailureKind::NoHost, detail)
    }

    pub(super) fn timeout() -> Self {
        Self::new(FailureKind::Timeout, "")
    }

    /// There was no connection.
    pub(super) fn connecting(error: &io::Error) -> Self {
        let kind = match error.kind() {
            _ if let Some(shortage) = Shortage::of(error.raw_os_error()) => {
                FailureKind::Short(shortage)
            }
            io::ErrorKind::ConnectionRefused => FailureKind::Refused,
            _ => FailureKind::Unreachable,
        };
        Self::new(kind, error.to_string())
    }

    /// The handshake came to nothing. `asked`: the server had asked for a certificate of the client's.
    pub(super) fn handshaking(error: &io::Error, asked: bool) -> Self {
        let found: Option<&rustls::Error> = behind(error);
        let kind = match found {
            None if is_endless(error) => FailureKind::Endless,
            None if asked => FailureKind::ClientCertificate,
            None => FailureKind::Tls,
            Some(found) => of_tls(found, asked),
        };
        Self::new(kind, error.to_string())
    }

    /// The connection stood, and no response came.
    pub(super) fn responding(error: &hyper::Error, asked: bool) -> Self {
        let found: Option<&rustls::Error> = behind(error);
        let kind = match found {
            Some(found) => of_tls(found, asked),
            None if is_endless(error) => FailureKind::Endless,
            None if error.is_parse() => FailureKind::NoHttp,
            // In TLS 1.3 the client thinks that all is well before the server has looked at its certificate.
            None if asked => FailureKind::ClientCertificate,
            None => FailureKind::Closed,
        };
        Self::new(kind, innermost(error))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let when = match self.kind {
            FailureKind::Timeout => return formatter.write_str("timeout"),
            FailureKind::NoHost => "not asked",
            FailureKind::Short(_) | FailureKind::Own => "cannot set up",
            FailureKind::NoHttp | FailureKind::Closed | FailureKind::Endless => "no response",
            _ => "cannot connect",
        };
        write!(formatter, "{when}: {}", self.detail)
    }
}

fn of_tls(error: &rustls::Error, asked: bool) -> FailureKind {
    use rustls::Error::{
        AlertReceived, InvalidCertificate, InvalidMessage, PeerIncompatible as Peer,
    };
    match error {
        InvalidCertificate(why) => match why {
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => FailureKind::CertificateTime,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                FailureKind::CertificateName
            }
            CertificateError::UnknownIssuer => FailureKind::CertificateIssuer,
            _ => FailureKind::Certificate,
        },
        InvalidMessage(_) => FailureKind::NoTls,
        AlertReceived(AlertDescription::ProtocolVersion)
        | Peer(
            PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => FailureKind::OldTls,
        AlertReceived(AlertDescription::CertificateRequired) => FailureKind::ClientCertificate,
        AlertReceived(_) if asked => FailureKind::ClientCertificate,
        _ => FailureKind::Tls,
    }
}

fn is_endless(error: &(dyn Error + 'static)) -> bool {
    behind::<TooMuch>(error).is_some()
}

/// The cause of this type, wherever it is in the chain. What an IO error holds is not its source.
fn behind<'error, T: Error + 'static>(error: &'error (dyn Error + 'static)) -> Option<&'error T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = match error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
        {
            Some(held) => Some(held),
            None => error.source(),
        };
    }
    None
}

/// The last cause, which is where the libraries put what a person can use.
fn innermost(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(inner) = innermost.source() {
        innermost = inner;
    }
    innermost.to_string()
}
