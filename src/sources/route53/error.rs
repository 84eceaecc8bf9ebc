//! How the SDK's failures become errors with cause and cure. What it says is turned round here: it reports a missing
//! credential as a failed connection and a wrong clock as a wrong signature.

use std::error::Error;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::answer_size;
use crate::clock;
pub use crate::model::route53_error::{Call, Route53Error};
use crate::model::text::shortened;
use crate::sources::exchange::short_of;

/// More than this between our clock and theirs, and signatures are refused.
const MOST_SKEW: Duration = Duration::from_mins(4);

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

    /// From a failure to load credentials.
    pub(super) fn from_credentials(profile: Option<&str>, error: &CredentialsError) -> Self {
        match error {
            // Of a profile that was named it is said why it gives none; a chain that finds none has only a long list.
            CredentialsError::CredentialsNotLoaded(_)
                if profile.is_none() || error.source().is_none() =>
            {
                Self::no_credentials(profile)
            }
            // The last place that is asked is the metadata service of EC2; where it refuses, nobody else had any either.
            other if full(other).contains("IMDS") => Self::no_credentials(profile),
            other => Self::CredentialsFailed {
                profile: profile.map(str::to_owned),
                detail: full(other),
            },
        }
    }

    /// From whatever the SDK says about a call.
    pub(super) fn from_sdk<E>(
        call: Call,
        zone_id: &str,
        endpoint: Option<&str>,
        error: &SdkError<E, HttpResponse>,
    ) -> Self
    where
        E: ProvideErrorMetadata + RequestId + Error + 'static,
    {
        let unreachable = |detail| Self::Unreachable {
            call,
            endpoint: endpoint.map(str::to_owned),
            detail,
        };
        match error {
            SdkError::ServiceError(service) => {
                Self::from_service(call, zone_id, service.err(), service.raw())
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
            expired if expired.starts_with("ExpiredToken") => Self::ExpiredToken { code },
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
                message: one_line(message),
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
