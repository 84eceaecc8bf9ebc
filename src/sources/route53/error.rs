//! How the SDK's failures become errors with cause and cure. What it says is turned round here: it reports a missing
//! credential as a failed connection and a wrong clock as a wrong signature.

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::answer_size;
use crate::clock;
pub use crate::model::route53_error::{Call, Route53Error};
use crate::model::route53_error::{CredentialSource, Partition};
use crate::model::secret::HIDDEN;
use crate::model::text::shortened;
use crate::sources::exchange::short_of;

/// More than this between our clock and theirs, and signatures are refused.
const MOST_SKEW: Duration = Duration::from_mins(4);

/// Who is asked, and with what.
#[derive(Debug)]
pub(super) struct Party {
    /// The URL of the API where it is not the usual one.
    pub endpoint: Option<String>,
    /// Where the credentials come from.
    pub given_by: CredentialSource,
    /// The profile that was named.
    pub profile: Option<String>,
    /// Where the account is, as the region tells.
    pub partition: Partition,
    /// What signs. Its `Debug` shows no secret.
    pub keys: Credentials,
}

impl Party {
    /// A text from outside, without the keys that were sent there.
    fn without_keys(&self, text: &str) -> String {
        let secrets = [
            Some(self.keys.secret_access_key()),
            self.keys.session_token(),
        ];
        let secrets = secrets
            .into_iter()
            .flatten()
            .filter(|secret| !secret.is_empty());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }
}

impl Route53Error {
    /// Whether the same call may succeed in a moment, with nothing changed by anybody.
    pub(super) fn may_pass<E>(&self, error: &SdkError<E, HttpResponse>) -> bool {
        let status = error
            .raw_response()
            .map(|response| response.status().as_u16());
        status.is_some_and(|status| status >= 500)
            || matches!(
                self,
                Self::Throttled { .. } | Self::Unreachable { .. } | Self::Short { .. }
            )
    }

    pub(super) fn no_credentials(profile: Option<&str>) -> Self {
        Self::NoCredentials {
            profile: profile.map(str::to_owned),
        }
    }

    /// From whatever the SDK says about a call.
    pub(super) fn from_sdk<E>(
        call: Call,
        zone_id: &str,
        party: &Party,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + RequestId + Error + 'static,
    {
        let unreachable = |detail| Self::Unreachable {
            call,
            endpoint: party.endpoint.clone(),
            detail,
        };
        match error {
            SdkError::ServiceError(service) => {
                Self::from_service(call, zone_id, party, service.err(), service.raw())
            }
            SdkError::TimeoutError(_) => unreachable("no answer in time".to_owned()),
            SdkError::DispatchFailure(failure) => {
                if let Some(shortage) = short_of(error) {
                    return Self::Short { call, shortage };
                }
                let connector = failure.as_connector_error();
                unreachable(connector.map_or_else(|| full(error), |failed| innermost(failed)))
            }
            SdkError::ResponseError(response) => {
                let status = response.raw().status();
                let detail = answer_size::complaint(error)
                    .unwrap_or_else(|| format!("HTTP {status} with a body that is no answer"));
                Self::BadAnswer { call, detail }
            }
            _ => Self::BadAnswer {
                call,
                detail: full(error),
            },
        }
    }

    fn from_service<E: ProvideErrorMetadata + RequestId>(
        call: Call,
        zone_id: &str,
        party: &Party,
        error: &E,
        response: &HttpResponse,
    ) -> Self {
        let message = error.message().unwrap_or_default();
        let Some(code) = error.code().map(one_line) else {
            let detail = format!("HTTP {} without an error code", response.status());
            return Self::BadAnswer { call, detail };
        };
        let seconds = skew(response);
        let says_skew =
            message.contains("Signature expired") || message.contains("Signature not yet current");
        match code.as_str() {
            expired if expired.starts_with("ExpiredToken") => Self::ExpiredToken {
                code,
                given_by: party.given_by,
                profile: party.profile.clone(),
            },
            "RequestTimeTooSkewed" | "RequestExpired" => Self::ClockSkew { seconds },
            "SignatureDoesNotMatch" | "InvalidSignatureException" | "AuthFailure"
                if seconds.is_some() || says_skew =>
            {
                Self::ClockSkew { seconds }
            }
            "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "AuthFailure"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "UnrecognizedClientException"
            | "MissingAuthenticationToken"
            | "IncompleteSignature" => Self::BadCredentials { code },
            "AccessDenied" | "AccessDeniedException" | "NotAuthorized" => Self::AccessDenied {
                call,
                zone_id: zone_id.to_owned(),
                partition: party.partition,
            },
            "NoSuchHostedZone" => Self::ZoneNotFound {
                zone_id: zone_id.to_owned(),
            },
            "Throttling"
            | "ThrottlingException"
            | "TooManyRequestsException"
            | "RequestLimitExceeded"
            | "PriorRequestNotComplete" => Self::Throttled { call, code },
            _ => Self::Refused {
                call,
                code,
                // Whoever answers may quote the request.
                message: one_line(&party.without_keys(message)),
                request_id: error.request_id().map(one_line),
            },
        }
    }
}

/// How far our clock is ahead of theirs in seconds, if it is further than signatures allow.
fn skew(response: &HttpResponse) -> Option<i64> {
    let distance = clock_difference(response)?;
    (distance.unsigned_abs() > MOST_SKEW.as_secs()).then_some(distance)
}

/// How far our clock is ahead of theirs in seconds, from the Date of a response.
pub(super) fn clock_difference(response: &HttpResponse) -> Option<i64> {
    let theirs = response.headers().get("date").and_then(parse_http_date)?;
    let seconds = |distance: Duration| i64::try_from(distance.as_secs()).ok();
    match clock::wall().duration_since(theirs) {
        Ok(ahead) => seconds(ahead),
        Err(behind) => seconds(behind.duration()).map(|seconds| -seconds),
    }
}

/// The date of an HTTP header (RFC 9110 section 5.6.7, the one form that is still sent).
fn parse_http_date(text: &str) -> Option<SystemTime> {
    let date = DateTime::from_str(text, Format::HttpDate).ok()?;
    SystemTime::try_from(date).ok()
}

/// An error with all its causes in one line.
pub(super) fn full(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !text.contains(&words) {
            // Writing to a string cannot fail.
            let _ = write!(text, ": {words}");
        }
        cause = inner.source();
    }
    one_line(&text)
}

/// Text of AWS, which may come in several lines. The longest that are known have some hundred characters.
fn one_line(text: &str) -> String {
    let words = shortened(text, 2_000);
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last cause of an error, which is what the operating system said.
fn innermost(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    one_line(&deepest.to_string())
}
