//! Every failure to read Route 53 as one sentence with cause and cure. What the SDK says is turned round here: it reports
//! a missing credential as a failed connection and a wrong clock as a wrong signature.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::time::{Duration, SystemTime};

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_route53::config::http::HttpResponse;
use aws_sdk_route53::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_route53::operation::RequestId;

use crate::clock;
use crate::model::name::RecordName;
use crate::model::record::RecordType;

/// More than this between our clock and theirs, and signatures are refused.
const MOST_SKEW: Duration = Duration::from_mins(4);

/// The calls that are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// Once, at the start.
    GetHostedZone,
    /// At the start and at every poll.
    ListResourceRecordSets,
    /// Once for each health check.
    GetHealthCheck,
    /// Every minute for each health check.
    GetHealthCheckStatus,
    /// Once, to find other zones of the same name.
    ListHostedZonesByName,
}

impl Call {
    /// What a policy has to name for it.
    fn resource(self, zone_id: &str) -> String {
        match self {
            Self::GetHostedZone | Self::ListResourceRecordSets => {
                format!("arn:aws:route53:::hostedzone/{zone_id}")
            }
            Self::GetHealthCheck | Self::GetHealthCheckStatus | Self::ListHostedZonesByName => {
                "*".to_owned()
            }
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::GetHostedZone => "GetHostedZone",
            Self::ListResourceRecordSets => "ListResourceRecordSets",
            Self::GetHealthCheck => "GetHealthCheck",
            Self::GetHealthCheckStatus => "GetHealthCheckStatus",
            Self::ListHostedZonesByName => "ListHostedZonesByName",
        })
    }
}

/// Why Route 53 could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Route53Error {
    /// Nobody gave any.
    #[error("no AWS credentials found{}; log in (aws sso login), set AWS_PROFILE or --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY", of_profile(profile.as_deref()))]
    NoCredentials {
        /// The profile that was asked.
        profile: Option<String>,
    },
    /// Somebody was asked for them and failed.
    #[error("AWS credentials could not be loaded{}: {detail}; log in again (aws sso login{}) or mend the profile", of_profile(profile.as_deref()), profile.as_deref().map(|name| format!(" --profile {name}")).unwrap_or_default())]
    CredentialsFailed {
        /// The profile that was asked.
        profile: Option<String>,
        /// What its provider said.
        detail: String,
    },
    /// Somebody was asked for them and said nothing.
    #[error(
        "AWS credentials could not be loaded within {seconds} s; check what the profile runs or asks (credential_process, SSO, instance metadata)"
    )]
    CredentialsSlow {
        /// How long was waited.
        seconds: u64,
    },
    /// Not in the files of AWS.
    #[error(
        "AWS profile \"{profile}\" does not exist; known profiles: {}; name one of them with --profile, or add it (aws configure sso)",
        list_of(known)
    )]
    NoSuchProfile {
        /// What was asked for.
        profile: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The files of AWS cannot be read.
    #[error(
        "the AWS configuration files cannot be read: {detail}; mend ~/.aws/config or ~/.aws/credentials"
    )]
    BadProfileFile {
        /// What is wrong.
        detail: String,
    },
    /// They were good once.
    #[error(
        "the AWS credentials have expired ({code}); get new ones, for example with aws sso login; a run that goes on takes them at its next poll"
    )]
    ExpiredToken {
        /// The code that AWS gave.
        code: String,
    },
    /// AWS does not know them.
    #[error(
        "AWS does not accept the credentials ({code}); check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or choose another profile"
    )]
    BadCredentials {
        /// The code that AWS gave.
        code: String,
    },
    /// They may not do this.
    #[error(
        "access denied: the credentials may not call route53:{call}{}; add that action on {} to their policy, or choose another profile",
        if matches!(call, Call::GetHostedZone | Call::ListResourceRecordSets) { format!(" on zone {zone_id}") } else { String::new() },
        call.resource(zone_id)
    )]
    AccessDenied {
        /// The call.
        call: Call,
        /// The zone.
        zone_id: String,
    },
    /// There is no such zone.
    #[error(
        "hosted zone {zone_id} does not exist in this account; check the id (--zone-id) and the account (--profile): aws route53 list-hosted-zones shows what is there"
    )]
    ZoneNotFound {
        /// The zone.
        zone_id: String,
    },
    /// The record's name cannot be in it.
    #[error(
        "zone {zone_id} holds {zone}, and {record} does not lie in it; give the id of the right zone (--zone-id) or the right name (--record-name)"
    )]
    NameOutsideZone {
        /// The wanted name.
        record: RecordName,
        /// The zone.
        zone_id: String,
        /// What the zone holds.
        zone: RecordName,
    },
    /// Its servers cannot be asked from here.
    #[error(
        "zone {zone_id} ({zone}) is private: its name servers answer only inside its VPC; name a server there that answers for it with --nameserver"
    )]
    PrivateZone {
        /// The zone.
        zone_id: String,
        /// What the zone holds.
        zone: RecordName,
    },
    /// Nothing to measure.
    #[error("{name} has no weighted {}; {}; check the name (--record-name){}", wanted.map_or("A, AAAA or CNAME records".to_owned(), |kind| format!("{kind} records")), if found.is_empty() { "the zone holds nothing at this name".to_owned() } else { format!("found {found} there") }, if wanted.is_some() { " and the type (--record-type)" } else { "" })]
    NotWeighted {
        /// The wanted name.
        name: RecordName,
        /// The wanted type, if one was named.
        wanted: Option<RecordType>,
        /// What stands there instead.
        found: String,
    },
    /// A record that makes no sense.
    #[error("record set \"{identifier}\" of {name} {record_type} cannot be measured: {detail}")]
    BadRecord {
        /// Where it stands.
        name: RecordName,
        /// Of which type.
        record_type: RecordType,
        /// Which one.
        identifier: String,
        /// What is wrong.
        detail: String,
    },
    /// Too many calls from this account.
    #[error(
        "Route 53 throttles this account ({call}: {code}); other tools use up its budget of calls, and the next attempt may get through"
    )]
    Throttled {
        /// The call.
        call: Call,
        /// The code that AWS gave.
        code: String,
    },
    /// Nobody there.
    #[error(
        "Route 53{} cannot be reached ({call}): {detail}; check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL_ROUTE_53",
        at(endpoint.as_deref())
    )]
    Unreachable {
        /// The call.
        call: Call,
        /// Where it was looked for, if not at the usual place.
        endpoint: Option<String>,
        /// The innermost cause.
        detail: String,
    },
    /// The clock is wrong.
    #[error("the clock of this machine is wrong{}: AWS refuses the signature; set the clock (timedatectl set-ntp true)", skew_in_words(*seconds))]
    ClockSkew {
        /// Ours minus theirs, if they said.
        seconds: Option<i64>,
    },
    /// An error without a sentence of its own.
    #[error("Route 53 refuses {call}: {code}: {message}{}", request_id.as_ref().map_or(String::new(), |id| format!(" (request {id})")))]
    Refused {
        /// The call.
        call: Call,
        /// The code that AWS gave.
        code: String,
        /// What it said.
        message: String,
        /// For a question to AWS.
        request_id: Option<String>,
    },
    /// Something answered that is not Route 53.
    #[error(
        "{call} was answered by something that is not Route 53 or is broken: {detail}; a proxy or a captive portal does this: check HTTPS_PROXY and AWS_ENDPOINT_URL_ROUTE_53"
    )]
    Strange {
        /// The call.
        call: Call,
        /// What came.
        detail: String,
    },
}

impl Route53Error {
    /// Whether the same call may succeed in a moment, with nothing changed by anybody.
    pub(super) fn may_pass<E>(&self, error: &SdkError<E, HttpResponse>) -> bool {
        let failed_there = error
            .raw_response()
            .is_some_and(|response| response.status().as_u16() >= 500);
        failed_there || matches!(self, Self::Throttled { .. } | Self::Unreachable { .. })
    }

    /// The same without the id of the request, which differs each time: what fails in the same way is told once.
    #[must_use]
    pub(super) fn without_request(self) -> Self {
        match self {
            Self::Refused {
                call,
                code,
                message,
                request_id: _,
            } => Self::Refused {
                call,
                code,
                message,
                request_id: None,
            },
            other => other,
        }
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
        match error {
            SdkError::ServiceError(service) => {
                Self::from_service(call, zone_id, service.err(), service.raw())
            }
            SdkError::TimeoutError(_) => Self::Unreachable {
                call,
                endpoint: endpoint.map(str::to_owned),
                detail: "no answer in time".to_owned(),
            },
            SdkError::DispatchFailure(failure) => Self::Unreachable {
                call,
                endpoint: endpoint.map(str::to_owned),
                detail: failure
                    .as_connector_error()
                    .map_or_else(|| full(error), |connector| innermost(connector)),
            },
            SdkError::ResponseError(response) => Self::Strange {
                call,
                detail: format!(
                    "HTTP {} with a body that is no answer",
                    response.raw().status()
                ),
            },
            _ => Self::Strange {
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
        let Some(code) = error.code() else {
            return Self::Strange {
                call,
                detail: format!("HTTP {} without an error code", response.status()),
            };
        };
        let skew = skew(response);
        match code {
            _ if code.starts_with("ExpiredToken") => Self::ExpiredToken {
                code: code.to_owned(),
            },
            "RequestTimeTooSkewed" | "RequestExpired" => Self::ClockSkew { seconds: skew },
            "SignatureDoesNotMatch" | "InvalidSignatureException" | "AuthFailure"
                if skew.is_some()
                    || message.contains("Signature expired")
                    || message.contains("Signature not yet current") =>
            {
                Self::ClockSkew { seconds: skew }
            }
            "SignatureDoesNotMatch"
            | "InvalidSignatureException"
            | "AuthFailure"
            | "InvalidClientTokenId"
            | "InvalidAccessKeyId"
            | "UnrecognizedClientException"
            | "MissingAuthenticationToken"
            | "IncompleteSignature" => Self::BadCredentials {
                code: code.to_owned(),
            },
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
            | "PriorRequestNotComplete" => Self::Throttled {
                call,
                code: code.to_owned(),
            },
            _ => Self::Refused {
                call,
                code: code.to_owned(),
                message: one_line(message),
                request_id: error.request_id().map(str::to_owned),
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
    let ours = clock::wall();
    let (distance, ahead) = match ours.duration_since(theirs) {
        Ok(ahead) => (ahead, true),
        Err(behind) => (behind.duration(), false),
    };
    let seconds = i64::try_from(distance.as_secs()).ok()?;
    Some(if ahead { seconds } else { -seconds })
}

/// The date of an HTTP header (RFC 9110 section 5.6.7, the one form that is still sent).
fn parse_http_date(text: &str) -> Option<SystemTime> {
    let date =
        aws_smithy_types::DateTime::from_str(text, aws_smithy_types::date_time::Format::HttpDate)
            .ok()?;
    SystemTime::try_from(date).ok()
}

fn skew_in_words(seconds: Option<i64>) -> String {
    seconds.map_or_else(String::new, |seconds| {
        let distance = humantime::format_duration(Duration::from_secs(seconds.unsigned_abs()));
        format!(
            " by {distance} ({})",
            if seconds > 0 { "ahead" } else { "behind" }
        )
    })
}

fn at(endpoint: Option<&str>) -> String {
    endpoint.map_or_else(String::new, |endpoint| format!(" at {endpoint}"))
}

fn of_profile(profile: Option<&str>) -> String {
    profile.map_or_else(String::new, |profile| format!(" for profile \"{profile}\""))
}

fn list_of(known: &[String]) -> String {
    if known.is_empty() {
        return "none".to_owned();
    }
    let mut known = known.to_vec();
    known.sort();
    known.join(", ")
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

/// Text of AWS, which may come in several lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The last cause of an error, which is what the operating system said.
fn innermost(error: &dyn Error) -> String {
    let mut deepest = error;
    while let Some(inner) = deepest.source() {
        deepest = inner;
    }
    one_line(&deepest.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_refusal_twice_reads_the_same() {
        let refused = |id: &str| Route53Error::Refused {
            call: Call::ListResourceRecordSets,
            code: "InternalFailure".to_owned(),
            message: "try again".to_owned(),
            request_id: Some(id.to_owned()),
        };
        assert_ne!(refused("1").to_string(), refused("2").to_string());
        let told = |id| refused(id).without_request().to_string();
        assert_eq!(told("1"), told("2"));
    }
}
