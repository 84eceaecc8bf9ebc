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
use super::super::told::{Told, told};

/// A web server slower than this would outlast any client's patience and teach nothing more.
const SLOWEST_WEB: Duration = Duration::from_mins(1);
/// Route 53 allows identifiers of this many characters.
const LONGEST_IDENTIFIER: usize = 128;

/// Where something was refused, and why.
type Refusals = Vec<(Range<usize>, Told)>;

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
    fn read(written: Self::Written) -> Result<Self::Value, Told>;
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

            fn read(written: $written) -> Result<$value, Told> {
                let read: fn($written) -> Result<$value, Told> = $read;
                read(written)
            }
        }
    )*};
}

kinds! {
    /// A weight, as Route 53 allows it.
    Weight: i64 => u8 = |number| in_range(number, ["the weight", "가중치"], 0..=255);
    /// How often a set of a group without weights is picked.
    Chosen: i64 => u8 = |number| in_range(number, ["`chosen`"; 2], 0..=255);
    /// A time to live in seconds.
    Ttl: i64 => u32 = |number| seconds(number, ["the ttl", "ttl"]);
    /// That of the SOA record.
    SoaTtl: i64 => u32 = |number| seconds(number, ["the ttl of the SOA record", "SOA 레코드의 ttl"]);
    /// How long resolvers keep that something does not exist.
    SoaMinimum: i64 => u32 = |number| seconds(number, ["the minimum of the SOA record", "SOA 레코드의 minimum"]);
    /// How many checkers see an endpoint as healthy.
    Passing: i64 => u8 =
        |number| in_range(number, ["the number of passing checkers", "통과하는 검사기 수"], 0..=CHECKERS.into());
    /// What requests that fail are answered with.
    FailureStatus: i64 => u16 =
        |number| in_range(number, ["the status of failing requests", "실패한 요청의 상태 코드"], 300..=599);
    /// As many addresses as web servers can reasonably listen on.
    PoolSize: i64 => u16 = |number| in_range(number, ["the number of addresses", "주소 수"], 1..=400);
    /// For how many days a certificate is valid.
    CertificateDays: i64 => i16 =
        |number| in_range(number, ["the days of a certificate", "인증서의 날수"], -3650..=3650);
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

/// A number in its own type, if it lies in a range; what it is comes in English and in Korean.
pub(super) fn in_range<T: TryFrom<i64>>(
    number: i64,
    [what, korean]: [&str; 2],
    allowed: RangeInclusive<i64>,
) -> Result<T, Told> {
    let (low, high) = (allowed.start(), allowed.end());
    let value = T::try_from(number).ok();
    let value = value.filter(|_| allowed.contains(&number));
    value.ok_or_else(|| {
        told!(
            "{what} is {number}; allowed is {low} to {high}",
            "{korean}: {number}; 쓸 수 있는 값: {low}~{high}"
        )
    })
}

/// RFC 2181 section 8 leaves 31 bits for a time to live.
fn seconds(number: i64, what: [&str; 2]) -> Result<u32, Told> {
    in_range(number, what, 0..=0x7fff_ffff)
}

fn error_share(share: f64) -> Result<f64, Told> {
    if (0.0..=1.0).contains(&share) {
        return Ok(share);
    }
    Err(told!(
        "the error_share is {share}; allowed is 0 to 1, so 10 % is 0.1",
        "error_share: {share}; 쓸 수 있는 값: 0~1 (10%는 0.1)"
    ))
}

fn title(text: String) -> Result<String, Told> {
    if text.trim().is_empty() {
        return Err(told!(
            "a story needs a name",
            "스토리에는 이름이 있어야 한다"
        ));
    }
    Ok(text)
}

fn summary(text: String) -> Result<String, Told> {
    if text.trim().is_empty() || text.contains('\n') {
        return Err(told!(
            "the summary must be one line of text",
            "summary는 글 한 줄이어야 한다"
        ));
    }
    Ok(text)
}

fn identifier(text: String) -> Result<String, Told> {
    let length = text.chars().count();
    if !(1..=LONGEST_IDENTIFIER).contains(&length) {
        return Err(told!(
            "the id has {length} characters; allowed are 1 to {LONGEST_IDENTIFIER}",
            "id가 {length}자다; 쓸 수 있는 길이: 1~{LONGEST_IDENTIFIER}자"
        ));
    }
    if text.chars().any(char::is_control) {
        let shown = text.escape_default();
        return Err(told!(
            "the id \"{shown}\" holds control characters",
            "id \"{shown}\": 제어 문자가 있다"
        ));
    }
    Ok(text)
}

fn time(text: &str) -> Result<Duration, Told> {
    humantime::parse_duration(text).map_err(|_| {
        let shown = text.escape_default();
        told!(
            "\"{shown}\" is not a time; write it like \"5s\", \"400ms\" or \"1m 30s\"",
            "\"{shown}\": 시간이 아니다; \"5s\", \"400ms\", \"1m 30s\"처럼 쓴다"
        )
    })
}

fn period(text: &str) -> Result<Duration, Told> {
    let period = time(text)?;
    if period.is_zero() {
        return Err(told!(
            "the period is 0s; a choice has to last longer",
            "주기가 0s다; 한 번 고른 것은 그보다 오래 가야 한다"
        ));
    }
    Ok(period)
}

fn web_delay(text: &str) -> Result<Duration, Told> {
    let delay = time(text)?;
    if delay > SLOWEST_WEB {
        return Err(told!(
            "{text} is too long for a web server; allowed is up to 60s",
            "{text}: 웹 서버에는 너무 길다; 쓸 수 있는 값: 60s까지"
        ));
    }
    Ok(delay)
}

fn lag(text: &str) -> Result<Lag, Told> {
    if text == "never" {
        return Ok(Lag::Never);
    }
    humantime::parse_duration(text)
        .map(Lag::After)
        .map_err(|_| {
            let shown = text.escape_default();
            told!(
                "the lag is \"{shown}\"; write a time like \"5s\", or \"never\"",
                "lag: \"{shown}\"; \"5s\" 같은 시간이나 \"never\"를 쓴다"
            )
        })
}

/// `to_canonical` lets `::ffff:127.0.0.11` pass: IPv6 has one loopback address only, and an AAAA group of several sets needs
/// more than one that stays on this machine.
pub(super) fn address(text: &str) -> Result<IpAddr, Told> {
    let address = text.parse::<IpAddr>().map_err(|_| {
        let shown = text.escape_default();
        told!(
            "\"{shown}\" is not an IP address",
            "\"{shown}\": IP 주소가 아니다"
        )
    })?;
    if address.to_canonical().is_loopback() {
        return Ok(address);
    }
    Err(told!(
        "{address} is not a loopback address; a story may use 127.0.0.0/8, ::1 and ::ffff:127.0.0.0/104 only, so that none \
         of its packets leaves this machine",
        "{address}: 루프백 주소가 아니다; 패킷이 이 컴퓨터를 벗어나지 않도록 스토리에는 127.0.0.0/8, ::1, ::ffff:127.0.0.0/104만 \
         쓸 수 있다"
    ))
}

/// `EU` might be a continent or a country, so continents are written with the word before.
fn location(text: String) -> Result<Place, Told> {
    let is_code =
        |code: &str| code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    if let Some(code) = text.strip_prefix("continent ").filter(|code| is_code(code)) {
        return Ok(Place::Continent(code.to_owned()));
    }
    if text == "*" || is_code(&text) {
        return Ok(Place::Country(text));
    }
    let shown = text.escape_default();
    Err(told!(
        "the location is \"{shown}\"; write a country like \"DE\", a continent like \"continent EU\", or \"*\" for everybody \
         else",
        "location: \"{shown}\"; \"DE\" 같은 국가, \"continent EU\" 같은 대륙, 나머지 모두를 뜻하는 \"*\" 중 하나를 쓴다"
    ))
}
