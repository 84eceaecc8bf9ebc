//! Every failure to read Route 53, as a value with its cause and its cure. How the SDK's failures become one of these is the
//! business of `sources/route53/error.rs`.

use std::fmt;
use std::time::Duration;

use super::name::RecordName;
use super::record::RecordType;

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
    /// The same without the id of the request, which differs each time: what fails in the same way is told once.
    #[must_use]
    pub fn without_request(self) -> Self {
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
