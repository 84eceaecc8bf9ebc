//! Every failure to read Route 53, as a value with its cause and its cure. How the SDK's failures become one of these is the
//! business of `sources/route53/error.rs`.

use std::fmt;
use std::time::Duration;

use super::language::{Both, Phrase, phrase};
use super::name::RecordName;
use super::record::RecordType;
use super::shortage::Shortage;
use super::words::words;

/// What to do where Route 53 does not answer.
pub static CHECK_THE_WAY: Phrase = phrase(
    "check the network, the proxy (HTTPS_PROXY) and AWS_ENDPOINT_URL_ROUTE_53",
    "네트워크, 프록시(HTTPS_PROXY), AWS_ENDPOINT_URL_ROUTE_53을 확인한다",
);

words! {
    /// The calls that are made.
    pub enum Call {
        /// Once, at the start.
        GetHostedZone = "GetHostedZone",
        /// At the start and at every poll.
        ListResourceRecordSets = "ListResourceRecordSets",
        /// Once for each health check.
        GetHealthCheck = "GetHealthCheck",
        /// Every minute for each health check.
        GetHealthCheckStatus = "GetHealthCheckStatus",
        /// Once, to find other zones of the same name.
        ListHostedZonesByName = "ListHostedZonesByName",
        /// Every few seconds while a change is waited for.
        GetChange = "GetChange",
    }
}

words! {
    /// The partitions of AWS, as they stand in the names of resources.
    pub enum Partition {
        /// The usual one.
        Standard = "aws",
        /// Beijing and Ningxia.
        China = "aws-cn",
        /// For the government of the United States.
        UsGov = "aws-us-gov",
        /// Isolated from the internet.
        Iso = "aws-iso",
        /// Another one of these.
        IsoB = "aws-iso-b",
        /// Another one of these.
        IsoE = "aws-iso-e",
        /// Another one of these.
        IsoF = "aws-iso-f",
        /// The European Sovereign Cloud.
        EuSovereign = "aws-eusc",
    }
}

impl Partition {
    /// The one that a region lies in.
    pub fn of_region(region: &str) -> Self {
        let known = [
            ("cn-", Self::China),
            ("us-gov-", Self::UsGov),
            ("us-iso-", Self::Iso),
            ("us-isob-", Self::IsoB),
            ("eu-isoe-", Self::IsoE),
            ("us-isof-", Self::IsoF),
            ("eusc-", Self::EuSovereign),
        ];
        let found = known.iter().find(|(start, _)| region.starts_with(start));
        found.map_or(Self::Standard, |(_, partition)| *partition)
    }
}

words! {
    /// Where credentials come from.
    pub enum CredentialSource {
        /// Given with the address of the API.
        Settings = "settings",
        /// `AWS_ACCESS_KEY_ID` and its companions.
        Environment = "environment variables",
        /// They stand in a profile.
        Keys = "a profile's keys",
        /// IAM Identity Center.
        Sso = "SSO",
        /// The console's session.
        Login = "aws login",
        /// STS, for other credentials.
        Role = "an assumed role",
        /// STS, for a token in a file.
        WebIdentity = "a web identity",
        /// A program that a profile names.
        Process = "credential_process",
        /// The agent of a container.
        Container = "the container's role",
        /// The metadata service of EC2.
        Instance = "the instance's role",
        /// Nothing tells.
        Chain = "the standard AWS chain",
    }
}

words! {
    /// Why credentials could not be loaded.
    pub enum CredentialFault {
        /// Whoever gives them did not answer.
        NotReached = "not_reached",
        /// Whoever gives them said no.
        Refused = "refused",
        /// A code of a second factor is wanted, which nobody is asked for.
        CodeWanted = "code_wanted",
        /// A file with a token cannot be read.
        NoTokenFile = "no_token_file",
        /// The profile makes no sense.
        BadProfile = "bad_profile",
    }
}

impl CredentialSource {
    /// How people call it.
    pub fn in_words(self) -> Phrase {
        let korean = match self {
            Self::Settings => "설정",
            Self::Environment => "환경 변수",
            Self::Keys => "프로필의 키",
            Self::Sso => "SSO",
            Self::Login => "aws login",
            Self::Role => "맡은 역할",
            Self::WebIdentity => "웹 자격 증명",
            Self::Process => "credential_process",
            Self::Container => "컨테이너의 역할",
            Self::Instance => "인스턴스의 역할",
            Self::Chain => "표준 AWS 체인",
        };
        phrase(self.as_str(), korean)
    }

    /// How to get new ones when those at hand have run out.
    fn renewal(self, profile: Option<&String>) -> String {
        let option = some(" --profile ", profile, "");
        let again = "a run that goes on takes them at its next poll";
        match self {
            Self::Settings | Self::Environment => {
                "get new ones, set them in the environment or .env, and start again".to_owned()
            }
            Self::Sso => format!("log in again (aws sso login{option}); {again}"),
            Self::Keys => format!("put new ones into the profile; {again}"),
            Self::Process => {
                format!("see what the profile's credential_process needs for new ones; {again}")
            }
            Self::WebIdentity => {
                format!(
                    "see that the platform renews the file of the web identity's token; {again}"
                )
            }
            Self::Container | Self::Instance => {
                format!("see that the platform renews them; {again}")
            }
            Self::Login | Self::Role | Self::Chain => format!("get new ones; {again}"),
        }
    }
}

/// What to do where credentials could not be loaded.
fn reload(source: CredentialSource, fault: CredentialFault, profile: Option<&String>) -> String {
    let option = some(" --profile ", profile, "");
    let fixed = match (fault, source) {
        (CredentialFault::CodeWanted, _) => {
            return format!("r53mon asks for no code: {}", exported(profile));
        }
        (CredentialFault::NoTokenFile, _) => {
            "name the file that the platform writes, or take variable and role out to use other credentials"
        }
        (CredentialFault::BadProfile, CredentialSource::Login) => return exported(profile),
        (CredentialFault::BadProfile, _) => {
            "mend the profile in ~/.aws/config or ~/.aws/credentials"
        }
        (CredentialFault::NotReached, CredentialSource::Sso) => {
            "check the network, the proxy (HTTPS_PROXY) and sso_region"
        }
        (CredentialFault::NotReached, CredentialSource::Container) => {
            "check AWS_CONTAINER_CREDENTIALS_FULL_URI or AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: it is set by the platform"
        }
        (CredentialFault::NotReached, _) => {
            "check the network, the proxy (HTTPS_PROXY), the region and AWS_ENDPOINT_URL_STS"
        }
        (CredentialFault::Refused, CredentialSource::Sso) => {
            return format!("log in again (aws sso login{option})");
        }
        (CredentialFault::Refused, CredentialSource::Process) => {
            "run what the profile names as credential_process by hand and see what it says; it has to print credentials as JSON (Version 1)"
        }
        (CredentialFault::Refused, CredentialSource::Role) => {
            "check role_arn, who may assume the role (its trust policy), and the keys of source_profile"
        }
        (CredentialFault::Refused, CredentialSource::WebIdentity) => {
            "check the role (AWS_ROLE_ARN or role_arn), its trust policy, and that the token in the file is a fresh one"
        }
        (CredentialFault::Refused, CredentialSource::Container) => {
            "check the role of the task or pod, and AWS_CONTAINER_CREDENTIALS_FULL_URI"
        }
        (CredentialFault::Refused, _) => "mend the profile, or choose another one (--profile)",
    };
    fixed.to_owned()
}

/// How the AWS CLI hands over what only it can get.
fn exported(profile: Option<&String>) -> String {
    let option = some(" --profile ", profile, "");
    format!(
        "have the AWS CLI get them (eval \"$(aws configure export-credentials{option} --format env)\") and start again without --profile"
    )
}

impl Call {
    /// Whether it asks about one zone.
    fn is_about_zone(self) -> bool {
        matches!(self, Self::GetHostedZone | Self::ListResourceRecordSets)
    }

    /// Which zone it asks about, if it does.
    fn on_zone(self, zone_id: &str) -> String {
        let of_zone = self.is_about_zone().then(|| format!(" on zone {zone_id}"));
        of_zone.unwrap_or_default()
    }

    /// What a policy has to name for it.
    pub fn resource(self, partition: Partition, zone_id: &str) -> String {
        let partition = partition.as_str();
        if self.is_about_zone() {
            format!("arn:{partition}:route53:::hostedzone/{zone_id}")
        } else if self == Self::GetChange {
            format!("arn:{partition}:route53:::change/*")
        } else {
            "*".to_owned()
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Why Route 53 could not be read. Shows what is wrong, without the cure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Route53Error {
    /// Nobody gave any credentials.
    #[error("no AWS credentials found{}", some(" for profile \"", .profile.as_ref(), "\""))]
    NoCredentials {
        /// The profile that was asked.
        profile: Option<String>,
    },
    /// Somebody was asked for credentials and failed.
    #[error("AWS credentials could not be loaded{}: {detail}", some(" for profile \"", .profile.as_ref(), "\""))]
    CredentialsFailed {
        /// The profile that was asked.
        profile: Option<String>,
        /// Who was to give them.
        given_by: CredentialSource,
        /// Why there are none.
        fault: CredentialFault,
        /// What its provider said.
        detail: String,
    },
    /// Somebody was asked for credentials and said nothing.
    #[error("AWS credentials could not be loaded within {seconds} s")]
    CredentialsSlow {
        /// How long was waited.
        seconds: u64,
    },
    /// The profile is not in the files of AWS.
    #[error("AWS profile \"{profile}\" does not exist (known profiles: {})", list_of(.known))]
    NoSuchProfile {
        /// What was asked for.
        profile: String,
        /// What there is.
        known: Vec<String>,
    },
    /// A file or a variable of AWS holds what cannot be a value.
    #[error("{place} {detail}")]
    MalformedValue {
        /// Which variable, or which key of which profile.
        place: Both,
        /// What is wrong, without the value.
        detail: Both,
        /// What it has to be.
        cure: Both,
    },
    /// The files of AWS cannot be read.
    #[error("the AWS configuration files cannot be read: {detail}")]
    BadProfileFile {
        /// What is wrong.
        detail: String,
    },
    /// The credentials were good once.
    #[error("the AWS credentials have expired ({code})")]
    ExpiredToken {
        /// The code that AWS gave.
        code: String,
        /// Where they came from.
        given_by: CredentialSource,
        /// The profile that was named.
        profile: Option<String>,
    },
    /// AWS does not know the credentials.
    #[error("AWS does not accept the credentials ({code})")]
    BadCredentials {
        /// The code that AWS gave.
        code: String,
    },
    /// The credentials may not do this.
    #[error("access denied: the credentials may not call route53:{call}{}", .call.on_zone(.zone_id))]
    AccessDenied {
        /// The call.
        call: Call,
        /// The zone.
        zone_id: String,
        /// Where the account is.
        partition: Partition,
    },
    /// There is no such zone.
    #[error("hosted zone {zone_id} does not exist in this account")]
    ZoneNotFound {
        /// The zone.
        zone_id: String,
    },
    /// There is no such change.
    #[error("there is no change {id} in this account")]
    NoSuchChange {
        /// What was asked for.
        id: String,
    },
    /// The record's name cannot be in the zone.
    #[error("zone {zone_id} holds {zone}, and {record} does not lie in it")]
    NameOutsideZone {
        /// The wanted name.
        record: RecordName,
        /// The zone.
        zone_id: String,
        /// What the zone holds.
        zone: RecordName,
    },
    /// The zone's servers cannot be asked from here.
    #[error("zone {zone_id} ({zone}) is private: its name servers answer only inside its VPC")]
    PrivateZone {
        /// The zone.
        zone_id: String,
        /// What the zone holds.
        zone: RecordName,
    },
    /// Nothing to measure.
    #[error("{}", not_weighted(.name, *.wanted, .found))]
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
        detail: Both,
    },
    /// This machine could not even ask.
    #[error("route53:{call} could not be called: {shortage}")]
    Short {
        /// The call.
        call: Call,
        /// What it has too little of.
        shortage: Shortage,
    },
    /// Too many calls from this account.
    #[error(
        "Route 53 throttles this account ({call}: {code}): other tools use up its budget of calls"
    )]
    Throttled {
        /// The call.
        call: Call,
        /// The code that AWS gave.
        code: String,
    },
    /// Nobody there.
    #[error("Route 53{} cannot be reached ({call}): {detail}", some(" at ", .endpoint.as_ref(), ""))]
    Unreachable {
        /// The call.
        call: Call,
        /// Where it was looked for, if not at the usual place.
        endpoint: Option<String>,
        /// The innermost cause.
        detail: String,
    },
    /// The clock is wrong.
    #[error("the clock of this machine is wrong{}: AWS refuses the signature", skew_in_words(*.seconds))]
    ClockSkew {
        /// Ours minus theirs, if they said.
        seconds: Option<i64>,
    },
    /// An error without a sentence of its own.
    #[error("Route 53 refuses {call}: {code}: {message}{}", some(" (request ", .request_id.as_ref(), ")"))]
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
    /// What answered is not Route 53, or its answer makes no sense.
    #[error("{call} was answered by something that is not Route 53 or is broken: {detail}")]
    BadAnswer {
        /// The call.
        call: Call,
        /// What came.
        detail: String,
    },
}

impl Route53Error {
    /// What to do about it, where anything can be done.
    #[must_use]
    pub fn cure(&self) -> Option<String> {
        let fixed = match self {
            Self::NoCredentials { .. } => {
                "log in (aws sso login), set AWS_PROFILE or --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            }
            Self::CredentialsFailed {
                profile,
                given_by,
                fault,
                ..
            } => return Some(reload(*given_by, *fault, profile.as_ref())),
            Self::CredentialsSlow { .. } => {
                "check what the profile runs or asks (credential_process, SSO, instance metadata)"
            }
            Self::NoSuchProfile { .. } => {
                "name one of them with --profile, or add it (aws configure sso)"
            }
            Self::MalformedValue { cure, .. } => return Some(cure.to_string()),
            Self::BadProfileFile { .. } => "mend ~/.aws/config or ~/.aws/credentials",
            Self::ExpiredToken {
                given_by, profile, ..
            } => return Some(given_by.renewal(profile.as_ref())),
            Self::BadCredentials { .. } => {
                "check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or choose another profile"
            }
            Self::AccessDenied {
                call,
                zone_id,
                partition,
            } => {
                return Some(format!(
                    "add that action on {} to their policy, or choose another profile",
                    call.resource(*partition, zone_id)
                ));
            }
            Self::ZoneNotFound { .. } => {
                "check the id (--zone-id) and the account (--profile): aws route53 list-hosted-zones shows what is there"
            }
            Self::NoSuchChange { .. } => {
                "check the id (--change-id): it is what ChangeResourceRecordSets answered, and Route 53 forgets it after a while"
            }
            Self::NameOutsideZone { .. } => {
                "give the id of the right zone (--zone-id) or the right name (--record-name)"
            }
            Self::PrivateZone { .. } => "name a server there that answers for it with --nameserver",
            Self::NotWeighted { wanted: None, .. } => "check the name (--record-name)",
            Self::NotWeighted { .. } => {
                "check the name (--record-name) and the type (--record-type)"
            }
            Self::Throttled { .. } => "the next attempt may get through",
            Self::Short { shortage, .. } => shortage.cure(),
            Self::Unreachable { .. } => CHECK_THE_WAY.said(),
            Self::ClockSkew { .. } => "set the clock (timedatectl set-ntp true)",
            Self::BadAnswer { .. } => {
                "a proxy or a captive portal does this: check HTTPS_PROXY and AWS_ENDPOINT_URL_ROUTE_53"
            }
            Self::BadRecord { .. } | Self::Refused { .. } => return None,
        };
        Some(fixed.to_owned())
    }

    /// The same without the id of the request, which differs each time: what fails in the same way is told once.
    #[must_use]
    pub fn without_request(mut self) -> Self {
        if let Self::Refused { request_id, .. } = &mut self {
            *request_id = None;
        }
        self
    }
}

fn not_weighted(name: &RecordName, wanted: Option<RecordType>, found: &str) -> String {
    let records = wanted.map_or("A, AAAA or CNAME records".to_owned(), |kind| {
        format!("{kind} records")
    });
    if found.is_empty() {
        format!("{name} has no weighted {records}: the zone holds nothing at this name")
    } else {
        format!("{name} has no weighted {records}: found {found} there")
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

/// Something that may be missing, between two texts.
fn some(before: &str, what: Option<&String>, after: &str) -> String {
    what.map_or_else(String::new, |what| format!("{before}{what}{after}"))
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
    use crate::model::obstacle::Obstacle;

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

    /// One of each kind.
    fn each() -> Vec<Route53Error> {
        let text = |text: &str| text.to_owned();
        let name = |text: &str| RecordName::from_user(text).unwrap();
        let (call, code) = (Call::ListResourceRecordSets, text("Code"));
        let (profile, zone_id) = (Some(text("prod")), text("Z1"));
        let detail = text("no; not so; at all");
        vec![
            Route53Error::NoCredentials { profile: None },
            Route53Error::CredentialsFailed {
                profile,
                given_by: CredentialSource::Process,
                fault: CredentialFault::Refused,
                detail: detail.clone(),
            },
            Route53Error::CredentialsSlow { seconds: 5 },
            Route53Error::NoSuchProfile {
                profile: text("prod"),
                known: vec![text("b"), text("a")],
            },
            Route53Error::MalformedValue {
                place: Both::same("AWS_REGION in the environment"),
                detail: Both::same(&detail),
                cure: Both::same("give a region"),
            },
            Route53Error::BadProfileFile {
                detail: detail.clone(),
            },
            Route53Error::ExpiredToken {
                code: code.clone(),
                given_by: CredentialSource::Sso,
                profile: None,
            },
            Route53Error::BadCredentials { code: code.clone() },
            Route53Error::AccessDenied {
                call,
                zone_id: zone_id.clone(),
                partition: Partition::Standard,
            },
            Route53Error::ZoneNotFound {
                zone_id: zone_id.clone(),
            },
            Route53Error::NoSuchChange { id: text("C1") },
            Route53Error::NameOutsideZone {
                record: name("app.test"),
                zone_id: zone_id.clone(),
                zone: name("example.test"),
            },
            Route53Error::PrivateZone {
                zone_id,
                zone: name("example.test"),
            },
            Route53Error::NotWeighted {
                name: name("app.test"),
                wanted: Some(RecordType::A),
                found: text("latency A"),
            },
            Route53Error::BadRecord {
                name: name("app.test"),
                record_type: RecordType::A,
                identifier: text("blue"),
                detail: Both::same(&detail),
            },
            Route53Error::Throttled {
                call,
                code: code.clone(),
            },
            Route53Error::Short {
                call,
                shortage: Shortage::Emfile,
            },
            Route53Error::Unreachable {
                call,
                endpoint: None,
                detail: detail.clone(),
            },
            Route53Error::ClockSkew { seconds: Some(400) },
            Route53Error::Refused {
                call,
                code,
                message: detail.clone(),
                request_id: None,
            },
            Route53Error::BadAnswer { call, detail },
        ]
    }

    #[test]
    fn what_to_do_fits_the_kind_of_credential() {
        let profile = Some("prod".to_owned());
        for source in CredentialSource::ALL {
            for fault in CredentialFault::ALL {
                let cure = reload(source, fault, profile.as_ref());
                let is_session =
                    source == CredentialSource::Sso && fault == CredentialFault::Refused;
                assert_eq!(
                    cure.contains("aws sso login"),
                    is_session,
                    "{source:?} {fault:?}"
                );
            }
            let renewal = source.renewal(profile.as_ref());
            let is_sso = source == CredentialSource::Sso;
            assert_eq!(
                renewal.contains("aws sso login --profile prod"),
                is_sso,
                "{source:?}"
            );
        }
    }

    #[test]
    fn a_resource_is_named_in_the_partition_of_the_region() {
        for (region, resource) in [
            ("eu-central-1", "arn:aws:route53:::hostedzone/Z1"),
            ("us-gov-west-1", "arn:aws-us-gov:route53:::hostedzone/Z1"),
            ("cn-north-1", "arn:aws-cn:route53:::hostedzone/Z1"),
            ("us-iso-east-1", "arn:aws-iso:route53:::hostedzone/Z1"),
            ("us-isob-east-1", "arn:aws-iso-b:route53:::hostedzone/Z1"),
            ("eusc-de-east-1", "arn:aws-eusc:route53:::hostedzone/Z1"),
        ] {
            let denied = Route53Error::AccessDenied {
                call: Call::GetHostedZone,
                zone_id: "Z1".to_owned(),
                partition: Partition::of_region(region),
            };
            assert!(
                denied.cure().is_some_and(|cure| cure.contains(resource)),
                "{region}"
            );
        }
    }

    #[test]
    fn what_is_wrong_and_what_to_do_about_it_stay_apart() {
        let kinds: std::collections::HashSet<_> =
            each().iter().map(std::mem::discriminant).collect();
        assert_eq!(kinds.len(), each().len());
        for error in each() {
            let (what, cure) = (error.to_string(), error.cure());
            assert!(!what.is_empty());
            for advice in ["--", "check ", "aws sso", "choose ", "mend ", "get new"] {
                assert!(!what.contains(advice), "{advice:?} in {what}");
            }
            // What can be done about a record or an error that nobody expected, its own text has to say.
            let unknown = matches!(
                error,
                Route53Error::BadRecord { .. } | Route53Error::Refused { .. }
            );
            assert_eq!(cure.is_none(), unknown, "{error}");
            let told = Obstacle::from(&error);
            assert_eq!(&*told.what, what);
            assert_eq!(told.cure.as_deref(), cure.as_deref());
            if let Some(cure) = cure {
                assert!(!cure.is_empty() && !what.contains(&cure), "{error}");
                assert_eq!(told.to_string(), format!("{what}; {cure}"));
            }
        }
    }
}
