//! The single values of a story file, each of a kind that reads itself and says what it allows.
//!
//! A value that is refused does not end the reading: it is noted with its place, so that everything that is wrong with a
//! file is told at once.

use std::cell::RefCell;
use std::net::IpAddr;
use std::ops::{Range, RangeInclusive};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::super::health::CHECKERS;
use super::super::names;
use super::super::story::{Lag, Place};

/// A web server slower than this would outlast any client's patience and teach nothing more.
const SLOWEST_WEB: Duration = Duration::from_mins(1);
/// Route 53 allows identifiers of this many characters.
const LONGEST_IDENTIFIER: usize = 128;

/// Where something was refused, and why.
type Refusals = Vec<(Range<usize>, String)>;

thread_local! {
    /// What was refused since [`read`] began. A deserializer hands on the first error only, and nothing to note others in.
    static REFUSED: RefCell<Refusals> = const { RefCell::new(Vec::new()) };
}

/// Reads a text, and tells everything that its values refuse.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> (Result<T, toml::de::Error>, Refusals) {
    REFUSED.take();
    (toml::from_str(text), REFUSED.take())
}

/// A kind of value.
pub(super) trait Kind {
    /// How it is written.
    type Written: DeserializeOwned;
    /// What it means.
    type Value: Clone;

    /// What something written means, or what is wrong with it and what would be allowed.
    fn read(written: Self::Written) -> Result<Self::Value, String>;
}

/// A value of some kind and where it stands.
pub(super) struct Read<K: Kind> {
    /// `None` if it was refused, which has been noted.
    pub(super) value: Option<K::Value>,
    pub(super) span: Range<usize>,
}

impl<'de, K: Kind> Deserialize<'de> for Read<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Spanned::<K::Written>::deserialize(deserializer)?;
        let span = written.span();
        let value = K::read(written.into_inner()).map_err(|message| {
            REFUSED.with_borrow_mut(|refused| refused.push((span.clone(), message)));
        });
        Ok(Self {
            value: value.ok(),
            span,
        })
    }
}

impl<K: Kind<Value: Default>> Read<K> {
    /// The value, or a harmless one in the place of one that was refused.
    pub(super) fn or_harmless(&self) -> K::Value {
        self.value.clone().unwrap_or_default()
    }
}

/// The value of something that may be left out.
pub(super) fn value_of<K: Kind>(read: Option<&Read<K>>) -> Option<K::Value> {
    read.and_then(|read| read.value.clone())
}

/// Kinds of values: how each is written, what it means, and how it is read.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident: $written:ty => $value:ty = $read:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $kind;

        impl Kind for $kind {
            type Written = $written;
            type Value = $value;

            fn read(written: $written) -> Result<$value, String> {
                let read: fn($written) -> Result<$value, String> = $read;
                read(written)
            }
        }
    )*};
}

kinds! {
    /// A weight, as Route 53 allows it.
    Weight: i64 => u8 = |number| in_range(number, "the weight", 0..=255);
    /// How often a set of a group without weights is picked.
    Chosen: i64 => u8 = |number| in_range(number, "`chosen`", 0..=255);
    /// A time to live in seconds.
    Ttl: i64 => u32 = |number| seconds(number, "the ttl");
    /// That of the SOA record.
    SoaTtl: i64 => u32 = |number| seconds(number, "the ttl of the SOA record");
    /// How long resolvers keep that something does not exist.
    SoaMinimum: i64 => u32 = |number| seconds(number, "the minimum of the SOA record");
    /// How many checkers see an endpoint as healthy.
    Passing: i64 => u8 =
        |number| in_range(number, "the number of passing checkers", 0..=CHECKERS.into());
    /// What requests that fail are answered with.
    FailureStatus: i64 => u16 =
        |number| in_range(number, "the status of failing requests", 300..=599);
    /// As many addresses as web servers can reasonably listen on.
    PoolSize: i64 => u16 = |number| in_range(number, "the number of addresses", 1..=400);
    /// For how many days a certificate is valid.
    CertificateDays: i64 => i16 =
        |number| in_range(number, "the days of a certificate", -3650..=3650);
    /// A share of requests.
    ErrorShare: f64 => f64 = error_share;
    /// What a story is called.
    Title: String => String = title;
    /// One line about a story.
    Summary: String => String = summary;
    /// A domain name.
    Name: String => String = |text| names::canonical(&text);
    /// The name of a record, which may be a wildcard.
    Owner: String => String = |text| names::canonical_owner(&text);
    /// What tells the sets of a group apart.
    Identifier: String => String = identifier;
    /// A length of time.
    Time: String => Duration = |text| time(&text);
    /// When a step comes, and how that was written.
    StepTime: String => (Duration, String) = |text| Ok((time(&text)?, text));
    /// As [`Time`], for something that has to last.
    Period: String => Duration = |text| period(&text);
    /// How long a web server waits.
    WebDelay: String => Duration = |text| web_delay(&text);
    /// How long a name server takes to apply a change.
    LagTime: String => Lag = |text| lag(&text);
    /// An address that stays on this machine.
    Address: String => IpAddr = |text| address(&text);
    /// Where a geolocation set answers.
    Location: String => Place = location;
}

/// A number in its own type, if it lies in a range.
pub(super) fn in_range<T: TryFrom<i64>>(
    number: i64,
    what: &str,
    allowed: RangeInclusive<i64>,
) -> Result<T, String> {
    let (low, high) = (allowed.start(), allowed.end());
    let value = T::try_from(number).ok();
    let value = value.filter(|_| allowed.contains(&number));
    value.ok_or_else(|| format!("{what} is {number}; allowed is {low} to {high}"))
}

/// RFC 2181 section 8 leaves 31 bits for a time to live.
fn seconds(number: i64, what: &str) -> Result<u32, String> {
    in_range(number, what, 0..=0x7fff_ffff)
}

fn error_share(share: f64) -> Result<f64, String> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(format!(
        "the error_share is {share}; allowed is 0 to 1, so 10 % is 0.1"
    ))
}

fn title(text: String) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("a story needs a name".to_owned());
    }
    Ok(text)
}

fn summary(text: String) -> Result<String, String> {
    if text.trim().is_empty() || text.contains('\n') {
        return Err("the summary must be one line of text".to_owned());
    }
    Ok(text)
}

fn identifier(text: String) -> Result<String, String> {
    let length = text.chars().count();
    if !(1..=LONGEST_IDENTIFIER).contains(&length) {
        return Err(format!(
            "the id has {length} characters; allowed are 1 to {LONGEST_IDENTIFIER}"
        ));
    }
    if text.chars().any(char::is_control) {
        let shown = text.escape_default();
        return Err(format!("the id \"{shown}\" holds control characters"));
    }
    Ok(text)
}

fn time(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text).map_err(|_| {
        let shown = text.escape_default();
        format!("\"{shown}\" is not a time; write it like \"5s\", \"400ms\" or \"1m 30s\"")
    })
}

fn period(text: &str) -> Result<Duration, String> {
    let period = time(text)?;
    if period.is_zero() {
        return Err("the period is 0s; a choice has to last longer".to_owned());
    }
    Ok(period)
}

fn web_delay(text: &str) -> Result<Duration, String> {
    let delay = time(text)?;
    if delay > SLOWEST_WEB {
        return Err(format!(
            "{text} is too long for a web server; allowed is up to 60s"
        ));
    }
    Ok(delay)
}

fn lag(text: &str) -> Result<Lag, String> {
    if text == "never" {
        return Ok(Lag::Never);
    }
    humantime::parse_duration(text)
        .map(Lag::After)
        .map_err(|_| {
            let shown = text.escape_default();
            format!("the lag is \"{shown}\"; write a time like \"5s\", or \"never\"")
        })
}

/// `to_canonical` lets `::ffff:127.0.0.11` pass: IPv6 has one loopback address only, and an AAAA group of several sets needs
/// more than one that stays on this machine.
pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    let address = text
        .parse::<IpAddr>()
        .map_err(|_| format!("\"{}\" is not an IP address", text.escape_default()))?;
    if address.to_canonical().is_loopback() {
        return Ok(address);
    }
    Err(format!(
        "{address} is not a loopback address; a story may use 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 only, so that none \
         of its packets leaves this machine"
    ))
}

/// `EU` might be a continent or a country, so continents are written with the word before.
fn location(text: String) -> Result<Place, String> {
    let is_code =
        |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if let Some(code) = text.strip_prefix("continent ").filter(|code| is_code(code)) {
        return Ok(Place::Continent(code.to_owned()));
    }
    if text == "*" || is_code(&text) {
        return Ok(Place::Country(text));
    }
    let shown = text.escape_default();
    Err(format!(
        "the location is \"{shown}\"; write a country like \"DE\", a continent like \"continent EU\", or \"*\" for everybody \
         else"
    ))
}
