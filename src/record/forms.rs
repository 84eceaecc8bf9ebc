//! The serialised form of each value that a fact holds. The compiler holds every form to its value, field by field.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::facts::{At, Fact, Found, HttpOutcome, Query};
use crate::model::answer::{Answer, Fault, Hint, ServerMode};
use crate::model::health::{ChecksRead, NoStatus, SetHealth};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::name::RecordName;
use crate::model::record::{
    AliasTarget, Leaf, Place, RecordType, Target, WeightedGroup, WeightedSet,
};
use crate::model::route53_error::{Call, Route53Error};
use crate::model::share::{Level, Reason, Share};

/// A value in its form, so that lists and options can hold it.
macro_rules! wrapped {
    ($($wrapper:ident($value:ty) as $form:literal;)*) => {$(
        #[derive(Clone, Serialize, Deserialize)]
        #[serde(transparent)]
        pub(super) struct $wrapper(#[serde(with = $form)] $value);

        impl From<$value> for $wrapper {
            fn from(value: $value) -> Self {
                Self(value)
            }
        }

        impl From<$wrapper> for $value {
            fn from(wrapper: $wrapper) -> Self {
                wrapper.0
            }
        }
    )*};
}

wrapped! {
    WrappedSet(WeightedSet) as "SetForm";
    WrappedLevel(Level) as "LevelForm";
    WrappedLeaf(Leaf) as "LeafForm";
    WrappedHint(Hint) as "HintForm";
    WrappedFound(Found) as "FoundForm";
    WrappedName(RecordName) as "name";
    WrappedType(RecordType) as "TypeForm";
    WrappedGroup(WeightedGroup) as "GroupForm";
    WrappedError(Route53Error) as "ErrorForm";
}

/// A list whose items have a wrapper.
mod list {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<W, T, S>(list: &[T], serializer: S) -> Result<S::Ok, S::Error>
    where
        W: From<T> + Serialize,
        T: Clone,
        S: Serializer,
    {
        serializer.collect_seq(list.iter().cloned().map(W::from))
    }

    pub fn deserialize<'de, W, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        W: Into<T> + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        let list = Vec::<W>::deserialize(deserializer)?;
        Ok(list.into_iter().map(W::into).collect())
    }
}

/// A value that may be missing and has a wrapper.
mod option {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    #[expect(clippy::ref_option, reason = "this is how serde hands it over")]
    pub fn serialize<W, T, S>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error>
    where
        W: From<T> + Serialize,
        T: Clone,
        S: Serializer,
    {
        value.clone().map(W::from).serialize(serializer)
    }

    pub fn deserialize<'de, W, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
    where
        W: Into<T> + Deserialize<'de>,
        D: Deserializer<'de>,
    {
        Ok(Option::<W>::deserialize(deserializer)?.map(W::into))
    }
}

/// What is declared, or why that cannot be told.
mod declared {
    use super::{
        Deserialize, Deserializer, Route53Error, Serialize, Serializer, WeightedGroup,
        WrappedError, WrappedGroup,
    };

    pub fn serialize<S: Serializer>(
        declared: &Result<WeightedGroup, Route53Error>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let declared = declared.clone();
        let declared = declared.map(WrappedGroup::from).map_err(WrappedError::from);
        declared.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<WeightedGroup, Route53Error>, D::Error> {
        let declared = Result::<WrappedGroup, WrappedError>::deserialize(deserializer)?;
        Ok(declared.map(WrappedGroup::into).map_err(WrappedError::into))
    }
}

/// A name, as the Route 53 API writes it.
mod name {
    use super::{Deserialize, Deserializer, RecordName, Serialize, Serializer};
    use serde::de::Error;

    pub fn serialize<S: Serializer>(name: &RecordName, serializer: S) -> Result<S::Ok, S::Error> {
        name.to_api().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<RecordName, D::Error> {
        RecordName::from_api(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// An index, as a plain number.
mod index {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<I, S>(index: &I, serializer: S) -> Result<S::Ok, S::Error>
    where
        I: Copy + Into<usize>,
        S: Serializer,
    {
        (*index).into().serialize(serializer)
    }

    pub fn deserialize<'de, I, D>(deserializer: D) -> Result<I, D::Error>
    where
        I: From<usize>,
        D: Deserializer<'de>,
    {
        Ok(usize::deserialize(deserializer)?.into())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "At")]
pub(super) struct AtForm {
    uptime: Duration,
    wall: SystemTime,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fact", tag = "fact", rename_all = "snake_case")]
pub(super) enum FactForm {
    Due {
        late: bool,
        skipped: u64,
    },
    Sent {
        #[serde(with = "AtForm")]
        at: At,
        #[serde(with = "index")]
        server: ServerIndex,
        segment: u64,
        #[serde(with = "ModeForm")]
        mode: ServerMode,
    },
    Answered {
        #[serde(with = "AtForm")]
        at: At,
        #[serde(with = "QueryForm")]
        query: Query,
        took: Duration,
        #[serde(with = "AnswerForm")]
        answer: Answer,
    },
    Failed {
        #[serde(with = "AtForm")]
        at: At,
        #[serde(with = "QueryForm")]
        query: Query,
        #[serde(with = "FaultForm")]
        fault: Fault,
        #[serde(
            serialize_with = "option::serialize::<WrappedHint, _, _>",
            deserialize_with = "option::deserialize::<WrappedHint, _, _>"
        )]
        hint: Option<Hint>,
    },
    Requested {
        segment: u64,
        #[serde(with = "index")]
        set: SetIndex,
        #[serde(with = "HttpForm")]
        outcome: HttpOutcome,
    },
    Polled {
        #[serde(with = "AtForm")]
        at: At,
        sent_at: Duration,
        #[serde(with = "declared")]
        declared: Result<WeightedGroup, Route53Error>,
        known_since: Option<Duration>,
    },
    HealthRead {
        #[serde(with = "AtForm")]
        at: At,
        sent_at: Duration,
        #[serde(with = "GroupForm")]
        declared: WeightedGroup,
    },
    Readdressed {
        #[serde(with = "index")]
        server: ServerIndex,
        address: Option<SocketAddr>,
    },
    LookedUp {
        #[serde(with = "AtForm")]
        at: At,
        began_at: Duration,
        segment: u64,
        #[serde(with = "PlaceForm")]
        place: Place,
        #[serde(
            serialize_with = "option::serialize::<WrappedFound, _, _>",
            deserialize_with = "option::deserialize::<WrappedFound, _, _>"
        )]
        found: Option<Found>,
    },
    Tick {
        #[serde(with = "AtForm")]
        at: At,
    },
    Stopped {
        #[serde(with = "AtForm")]
        at: At,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Query")]
struct QueryForm {
    sent_at: Duration,
    #[serde(with = "index")]
    server: ServerIndex,
    segment: u64,
    #[serde(with = "ModeForm")]
    mode: ServerMode,
    stray: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ServerMode", rename_all = "snake_case")]
enum ModeForm {
    Direct,
    ThroughResolver,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Answer")]
struct AnswerForm {
    #[serde(
        serialize_with = "option::serialize::<WrappedName, _, _>",
        deserialize_with = "option::deserialize::<WrappedName, _, _>"
    )]
    canonical_name: Option<RecordName>,
    addresses: Vec<IpAddr>,
    ttl: Option<Duration>,
    own_ttl: Option<Duration>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Fault", rename_all = "snake_case")]
enum FaultForm {
    Timeout,
    Refused,
    Servfail,
    Nxdomain,
    Nodata,
    NotAuthoritative,
    Malformed,
    Network,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Hint", rename_all = "snake_case")]
enum HintForm {
    Negative {
        #[serde(with = "FaultForm")]
        fault: Fault,
        keep: Option<Duration>,
    },
    Referral {
        #[serde(with = "name")]
        asked: RecordName,
        #[serde(with = "name")]
        child: RecordName,
    },
    Recursive,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "HttpOutcome", rename_all = "snake_case")]
enum HttpForm {
    Response(u16, Duration),
    Failure(String),
    Skipped,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Place")]
struct PlaceForm {
    #[serde(with = "index")]
    set: SetIndex,
    leaf: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Found")]
struct FoundForm {
    addresses: Vec<IpAddr>,
    ttl: Duration,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WeightedGroup")]
struct GroupForm {
    #[serde(with = "name")]
    name: RecordName,
    #[serde(with = "TypeForm")]
    record_type: RecordType,
    #[serde(
        serialize_with = "list::serialize::<WrappedSet, _, _>",
        deserialize_with = "list::deserialize::<WrappedSet, _, _>"
    )]
    sets: Vec<WeightedSet>,
    #[serde(with = "ChecksForm")]
    checks: ChecksRead,
    replaced_by: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "ChecksRead")]
struct ChecksForm {
    read: usize,
    all: usize,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RecordType", rename_all = "UPPERCASE")]
enum TypeForm {
    A,
    Aaaa,
    Cname,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WeightedSet")]
struct SetForm {
    identifier: String,
    weight: u64,
    #[serde(with = "TargetForm")]
    target: Target,
    ttl: Option<Duration>,
    health_check_id: Option<String>,
    #[serde(with = "HealthForm")]
    health: SetHealth,
    #[serde(with = "ShareForm")]
    share: Share,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Target", rename_all = "snake_case")]
enum TargetForm {
    Addresses(Vec<IpAddr>),
    Name(#[serde(with = "name")] RecordName),
    Alias(#[serde(with = "AliasForm")] AliasTarget),
    Leaves(
        #[serde(
            serialize_with = "list::serialize::<WrappedLeaf, _, _>",
            deserialize_with = "list::deserialize::<WrappedLeaf, _, _>"
        )]
        Vec<Leaf>,
    ),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "AliasTarget")]
struct AliasForm {
    #[serde(with = "name")]
    name: RecordName,
    zone_id: String,
    evaluate_target_health: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Leaf")]
struct LeafForm {
    label: String,
    #[serde(with = "TargetForm")]
    target: Target,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SetHealth", rename_all = "snake_case")]
enum HealthForm {
    NotChecked,
    Healthy,
    Unhealthy,
    Assumed,
    NotRead,
    NoStatus(#[serde(with = "NoStatusForm")] NoStatus),
    TargetUnknown,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "NoStatus", rename_all = "snake_case")]
enum NoStatusForm {
    RoutingControl,
    NoMetricData,
    Calculated,
    NoReport,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Share")]
struct ShareForm {
    value: f64,
    #[serde(
        serialize_with = "list::serialize::<WrappedLevel, _, _>",
        deserialize_with = "list::deserialize::<WrappedLevel, _, _>"
    )]
    levels: Vec<Level>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Level")]
struct LevelForm {
    identifier: String,
    weight: u64,
    of: u64,
    value: f64,
    #[serde(with = "ReasonForm")]
    reason: Reason,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reason", rename_all = "snake_case")]
enum ReasonForm {
    Weight,
    OnlyMember,
    ZeroWeight,
    AllZero,
    Unhealthy,
    HealthyOnly,
    Standby,
    NothingHealthy,
    AllZeroSomeUnhealthy,
    NotDeclared,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Call")]
enum CallForm {
    GetHostedZone,
    ListResourceRecordSets,
    GetHealthCheck,
    GetHealthCheckStatus,
    ListHostedZonesByName,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Route53Error", rename_all = "snake_case")]
enum ErrorForm {
    NoCredentials {
        profile: Option<String>,
    },
    CredentialsFailed {
        profile: Option<String>,
        detail: String,
    },
    CredentialsSlow {
        seconds: u64,
    },
    NoSuchProfile {
        profile: String,
        known: Vec<String>,
    },
    BadProfileFile {
        detail: String,
    },
    ExpiredToken {
        code: String,
    },
    BadCredentials {
        code: String,
    },
    AccessDenied {
        #[serde(with = "CallForm")]
        call: Call,
        zone_id: String,
    },
    ZoneNotFound {
        zone_id: String,
    },
    NameOutsideZone {
        #[serde(with = "name")]
        record: RecordName,
        zone_id: String,
        #[serde(with = "name")]
        zone: RecordName,
    },
    PrivateZone {
        zone_id: String,
        #[serde(with = "name")]
        zone: RecordName,
    },
    NotWeighted {
        #[serde(with = "name")]
        name: RecordName,
        #[serde(
            serialize_with = "option::serialize::<WrappedType, _, _>",
            deserialize_with = "option::deserialize::<WrappedType, _, _>"
        )]
        wanted: Option<RecordType>,
        found: String,
    },
    BadRecord {
        #[serde(with = "name")]
        name: RecordName,
        #[serde(with = "TypeForm")]
        record_type: RecordType,
        identifier: String,
        detail: String,
    },
    Throttled {
        #[serde(with = "CallForm")]
        call: Call,
        code: String,
    },
    Unreachable {
        #[serde(with = "CallForm")]
        call: Call,
        endpoint: Option<String>,
        detail: String,
    },
    ClockSkew {
        seconds: Option<i64>,
    },
    Refused {
        #[serde(with = "CallForm")]
        call: Call,
        code: String,
        message: String,
        request_id: Option<String>,
    },
    BadAnswer {
        #[serde(with = "CallForm")]
        call: Call,
        detail: String,
    },
}
