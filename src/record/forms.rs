//! The serialised form of each value that a fact holds, as tables. The compiler holds every row to its value: a field or a
//! variant that is missing here does not build.
//!
//! A value with fields is an object. Of several variants each is the object `{"its_name": content}`, or just `"its_name"`
//! where it holds nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::de::Error as _;
use serde_json::{Error, Map, Value};

use crate::facts::{At, Fact, Found, HttpOutcome, Query, Submitted};
use crate::model::answer::{Answer, Fault, Hint, Outcome, Rcode, ServerMode};
use crate::model::by_hand::ByHand;
use crate::model::declared::{DeclaredAlias, DeclaredSet};
use crate::model::health::{ChecksRead, NoStatus, SetHealth};
use crate::model::http::HttpFailure;
use crate::model::http::{Certificate, HttpFault, Phases};
use crate::model::index::{ServerIndex, SetIndex};
use crate::model::language::{self, Both, Language};
use crate::model::name::RecordName;
use crate::model::record::{
    AliasTarget, Leaf, Place, RecordType, Target, WeightedGroup, WeightedSet,
};
use crate::model::route53_error::{
    Call, CredentialFault, CredentialSource, Partition, Route53Error,
};
use crate::model::share::{Level, Reason, Share};
use crate::model::shortage::Shortage;

/// Something that has a form.
pub(super) trait Form: Sized {
    fn write(&self) -> Result<Value, Error>;

    fn read(form: Value) -> Result<Self, Error>;
}

/// A fact is one object: its kind stands beside its fields.
pub(super) fn write_fact(fact: &Fact) -> Result<Value, Error> {
    let (kind, fields) = split(fact.write()?)?;
    let mut line = Map::from_iter([("fact".to_owned(), kind.into())]);
    line.extend(object(fields)?);
    Ok(line.into())
}

pub(super) fn read_fact(form: Value) -> Result<Fact, Error> {
    let mut fields = object(form)?;
    let kind: String = take(&mut fields, "fact")?;
    Fact::read(named(&kind, fields.into()))
}

/// What serde knows.
macro_rules! plain {
    ($($value:ty),*) => {$(
        impl Form for $value {
            fn write(&self) -> Result<Value, Error> {
                serde_json::to_value(self)
            }

            fn read(form: Value) -> Result<Self, Error> {
                serde_json::from_value(form)
            }
        }
    )*};
}

/// Kinds that have a word each.
macro_rules! words {
    ($($kind:ty),*) => {$(
        impl Form for $kind {
            fn write(&self) -> Result<Value, Error> {
                Ok(self.as_str().into())
            }

            fn read(form: Value) -> Result<Self, Error> {
                let word = String::read(form)?;
                let kind = Self::ALL.into_iter().find(|kind| kind.as_str() == word);
                kind.ok_or_else(|| unknown(&word))
            }
        }
    )*};
}

/// Plain numbers.
macro_rules! indices {
    ($($index:ty),*) => {$(
        impl Form for $index {
            fn write(&self) -> Result<Value, Error> {
                self.get().write()
            }

            fn read(form: Value) -> Result<Self, Error> {
                usize::read(form).map(Self::from)
            }
        }
    )*};
}

macro_rules! structs {
    ($($name:ident { $($field:ident),* })*) => {$(
        impl Form for $name {
            fn write(&self) -> Result<Value, Error> {
                let Self { $($field),* } = self;
                Ok(content!({ $($field),* }))
            }

            fn read(form: Value) -> Result<Self, Error> {
                read_as!(form, $name { $($field),* })
            }
        }
    )*};
}

macro_rules! enums {
    ($($name:ident {
        $($variant:ident $(($($item:ident),+))? $({ $($field:ident),+ })?,)*
    })*) => {$(
        impl Form for $name {
            fn write(&self) -> Result<Value, Error> {
                let (name, content) = match self {$(
                    Self::$variant $(($($item),+))? $({ $($field),+ })? => (
                        stringify!($variant),
                        content!($(($($item),+))? $({ $($field),+ })?),
                    ),
                )*};
                Ok(named(&snake_case(name), content))
            }

            fn read(form: Value) -> Result<Self, Error> {
                let (name, content) = split(form)?;
                $(if name == snake_case(stringify!($variant)) {
                    return read_as!(content, $name::$variant $(($($item),+))? $({ $($field),+ })?);
                })*
                Err(unknown(&name))
            }
        }
    )*};
}

/// The form of what a value holds.
macro_rules! content {
    () => { Value::Null };
    (($item:ident)) => { $item.write()? };
    (($($item:ident),+)) => { Value::from(vec![$($item.write()?),+]) };
    ({ $($field:ident),* }) => {
        Value::from_iter([$((stringify!($field), $field.write()?)),*])
    };
}

/// A value of what it holds.
macro_rules! read_as {
    ($content:ident, $($path:ident)::+) => {
        serde_json::from_value($content).map(|()| $($path)::+)
    };
    ($content:ident, $($path:ident)::+ ($item:ident)) => {
        Ok($($path)::+(Form::read($content)?))
    };
    ($content:ident, $($path:ident)::+ ($($item:ident),+)) => {{
        let [$($item),+] = <[Value; _]>::try_from(Vec::read($content)?)
            .map_err(|_| Error::custom("a list of another length"))?;
        Ok($($path)::+($(Form::read($item)?),+))
    }};
    ($content:ident, $($path:ident)::+ { $($field:ident),* }) => {{
        let mut fields = object($content)?;
        Ok($($path)::+ { $($field: take(&mut fields, stringify!($field))?),* })
    }};
}

plain!(bool, u16, u32, u64, i64, usize, f64, String, Value);
plain!(Duration, SystemTime, IpAddr, SocketAddr);
words!(
    ServerMode,
    Fault,
    HttpFault,
    Shortage,
    RecordType,
    NoStatus,
    Reason,
    Call,
    Partition,
    CredentialSource,
    CredentialFault
);
indices!(ServerIndex, SetIndex);

structs! {
    At { uptime, wall }
    Query { sent_at, server, segment, mode, stray }
    Answer { canonical_name, addresses, ttl, own_ttl }
    Place { set, leaf }
    Found { addresses, ttl }
    HttpFailure { kind, why }
    Certificate { names, more_names, issuer, not_before, not_after }
    Phases { connect, tls, first_byte, body }
    Submitted { id, submitted_at, in_sync }
    WeightedGroup { name, record_type, sets, checks, replaced_by, declared }
    DeclaredSet { name, record_type, identifier, weight, ttl, values, alias, health_check_id, others }
    DeclaredAlias { hosted_zone_id, dns_name, evaluate_target_health }
    ChecksRead { read, all }
    WeightedSet { identifier, weight, target, ttl, health_check_id, health, share }
    AliasTarget { name, zone_id, evaluate_target_health }
    Leaf { label, target }
    Share { value, levels }
    Level { identifier, weight, of, value, reason }
}

enums! {
    Fact {
        Due { late, skipped },
        Sent { at, server, segment, mode },
        Answered { at, query, took, answer },
        Failed { at, query, fault, hint },
        NotAsked { at, query, shortage },
        StoodStill { at, since, length, stopped },
        Requested { at, segment, set, outcome },
        CertificateShown { at, segment, set, address, certificate },
        Polled { at, sent_at, declared, known_since },
        HealthRead { at, sent_at, declared },
        ChangeRead { at, change },
        Readdressed { server, address },
        LookedUp { at, began_at, segment, place, found },
        Resolved { at, resolver, outcome },
        Tick { at },
        Stopped { at },
        ByHand { at, what },
    }
    Outcome {
        Answered(answer),
        Failed(fault),
        NotAsked(shortage),
    }
    ByHand {
        CountAnew,
        Rate(per_second),
        Http(on),
    }
    Hint {
        Negative { fault, keep },
        Referral { asked, child },
        Recursive,
        Rcode(code),
    }
    Rcode {
        NoError,
        ServFail,
        NxDomain,
        Refused,
        Other(code),
    }
    HttpOutcome {
        Response { address, status, phases, failure },
        NoResponse { address, failure },
        Skipped,
        OverRate,
        Short(shortage),
    }
    Target {
        Addresses(addresses),
        Name(name),
        Alias(alias),
        Leaves(leaves),
    }
    SetHealth {
        NotChecked,
        Healthy,
        Unhealthy,
        Assumed,
        NotRead,
        NoStatus(why),
        TargetUnknown,
    }
    Route53Error {
        NoCredentials { profile },
        CredentialsFailed { profile, given_by, fault, detail },
        CredentialsSlow { seconds },
        NoSuchProfile { profile, known },
        MalformedValue { place, detail, cure },
        BadProfileFile { detail },
        ExpiredToken { code, given_by, profile },
        BadCredentials { code },
        AccessDenied { call, zone_id, partition },
        ZoneNotFound { zone_id },
        NoSuchChange { id },
        NameOutsideZone { record, zone_id, zone },
        PrivateZone { zone_id, zone },
        NotWeighted { name, wanted, found },
        BadRecord { name, record_type, identifier, detail },
        Throttled { call, code },
        Short { call, shortage },
        Unreachable { call, endpoint, detail },
        ClockSkew { seconds },
        Refused { call, code, message, request_id },
        BadAnswer { call, detail },
    }
}

impl<T: Form> Form for Vec<T> {
    fn write(&self) -> Result<Value, Error> {
        self.iter().map(T::write).collect()
    }

    fn read(form: Value) -> Result<Self, Error> {
        let items: Vec<Value> = serde_json::from_value(form)?;
        items.into_iter().map(T::read).collect()
    }
}

impl<T: Form> Form for Arc<[T]> {
    fn write(&self) -> Result<Value, Error> {
        self.iter().map(T::write).collect()
    }

    fn read(form: Value) -> Result<Self, Error> {
        Vec::read(form).map(Self::from)
    }
}

impl<T: Form> Form for Option<T> {
    fn write(&self) -> Result<Value, Error> {
        self.as_ref().map_or(Ok(Value::Null), T::write)
    }

    fn read(form: Value) -> Result<Self, Error> {
        (!form.is_null()).then(|| T::read(form)).transpose()
    }
}

impl<T: Form, E: Form> Form for Result<T, E> {
    fn write(&self) -> Result<Value, Error> {
        Ok(match self {
            Ok(good) => named("Ok", good.write()?),
            Err(bad) => named("Err", bad.write()?),
        })
    }

    fn read(form: Value) -> Result<Self, Error> {
        let (name, content) = split(form)?;
        match name.as_str() {
            "Ok" => T::read(content).map(Ok),
            "Err" => E::read(content).map(Err),
            _ => Err(unknown(&name)),
        }
    }
}

/// A text by the words of its languages.
impl Form for Both {
    fn write(&self) -> Result<Value, Error> {
        let texts = Language::ALL.map(|each| (each.as_str(), each.speak(|| self.said().into())));
        Ok(Value::from_iter::<[(&str, Value); _]>(texts))
    }

    fn read(form: Value) -> Result<Self, Error> {
        // Older recordings have the English text alone.
        if let Value::String(english) = form {
            return Ok(Self::same(english));
        }
        let mut fields = object(form)?;
        let texts = Language::ALL.map(|each| take::<String>(&mut fields, each.as_str()));
        let texts: Vec<String> = texts.into_iter().collect::<Result<_, _>>()?;
        Ok(Self::of(|| texts[language::current() as usize].clone()))
    }
}

/// As the Route 53 API writes it.
impl Form for RecordName {
    fn write(&self) -> Result<Value, Error> {
        Ok(self.to_api().into())
    }

    fn read(form: Value) -> Result<Self, Error> {
        Self::from_api(&String::read(form)?).map_err(Error::custom)
    }
}

/// A variant with what it holds; null if nothing.
fn named(name: &str, content: Value) -> Value {
    match content {
        Value::Null => name.into(),
        content => Value::from_iter([(name, content)]),
    }
}

/// The other way round.
fn split(form: Value) -> Result<(String, Value), Error> {
    match form {
        Value::String(name) => Ok((name, Value::Null)),
        form => {
            let mut fields = object(form)?.into_iter();
            let one = fields.next().filter(|_| fields.len() == 0);
            one.ok_or_else(|| Error::custom("an object that names no single kind"))
        }
    }
}

fn object(form: Value) -> Result<Map<String, Value>, Error> {
    serde_json::from_value(form)
}

/// The value of a field; one that may be missing may be left out.
fn take<T: Form>(fields: &mut Map<String, Value>, name: &str) -> Result<T, Error> {
    let field = fields.remove(name).unwrap_or_default();
    T::read(field).map_err(|error| Error::custom(format!("{name}: {error}")))
}

fn unknown(name: &str) -> Error {
    Error::custom(format!("unknown kind `{name}`"))
}

/// `NoSuchName` as `no_such_name`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for character in name.chars() {
        if character.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(character.to_lowercase());
    }
    snake
}
