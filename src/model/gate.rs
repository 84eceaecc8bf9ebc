//! Rules that have to hold while a run goes on, and what is known of each: plain data that is judged, shown and reported.
//!
//! A rule is written as `config/rule.rs` reads it, in the words of its grammar whatever language is spoken.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::index::ServerIndex;
use super::words::words;

/// Of fewer samples no rule says anything, unless it says otherwise.
pub const LEAST_SAMPLES: u64 = 50;
/// How far inside its limit a value has to be before a tripped gate goes, as hundredths of the limit, unless it says otherwise.
pub const HYSTERESIS: f64 = 10.0;

/// A rule, and how it is held.
#[derive(Clone, Debug, PartialEq)]
pub struct Gate {
    /// What must not be.
    pub rule: Rule,
    /// What follows when it is.
    pub severity: Severity,
    /// Of fewer samples it says nothing.
    pub least_samples: u64,
    /// How far inside the limit a value has to be before the gate goes, as hundredths of the limit.
    pub hysteresis: f64,
}

/// What must not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Of whom.
    pub scope: Scope,
    /// What.
    pub condition: Condition,
    /// Over which time it is measured, or for how long it has to be so.
    pub window: Option<Duration>,
}

impl Rule {
    /// Whether it says something of HTTP requests.
    pub fn needs_http(&self) -> bool {
        let is_of_server = matches!(self.scope, Scope::Server(_) | Scope::AnyServer);
        match &self.condition {
            Condition::Limit { metric, .. } => {
                !is_of_server && !matches!(metric, Metric::Unknown | Metric::Rate)
            }
            Condition::WorseThan(_) => true,
            Condition::Silent | Condition::ShareMismatch => false,
        }
    }
}

/// Whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All together.
    Whole,
    /// The set with this identifier.
    Set(String),
    /// Each set by itself.
    AnySet,
    /// The name server with this name.
    Server(String),
    /// Each name server by itself.
    AnyServer,
}

/// What a rule excludes.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// A measured value on the wrong side of a limit.
    Limit {
        /// Of what.
        metric: Metric,
        /// Which side is the wrong one.
        relation: Relation,
        /// The limit.
        limit: Amount,
    },
    /// No usable answer for the time of the rule.
    Silent,
    /// A mismatch of the split.
    ShareMismatch,
    /// A set that is proven to answer worse than the one with this identifier.
    WorseThan(String),
}

words! {
    /// What is measured.
    pub enum Metric {
        /// Half of the responses took at most this long.
        P50 = "p50",
        /// 95 % of the responses took at most this long.
        P95 = "p95",
        /// 99 % of the responses took at most this long.
        P99 = "p99",
        /// The longest that a response took.
        Max = "max",
        /// The share of failed requests; of a name server that of queries without a usable answer.
        Errors = "errors",
        /// The share of responses with status 2xx among the requests.
        Success = "2xx",
        /// The share of responses with status 3xx among the requests.
        Redirect = "3xx",
        /// The share of responses with status 4xx among the requests.
        ClientError = "4xx",
        /// The share of responses with status 5xx among the requests.
        ServerError = "5xx",
        /// The share of answers that no set can have given.
        Unknown = "unknown",
        /// Queries that were sent, as a share of those that were asked for.
        Rate = "rate",
        /// How long the certificate is still valid.
        Certificate = "certificate",
    }
}

impl Metric {
    /// Whether it is a share and not a time.
    pub fn is_share(self) -> bool {
        !matches!(
            self,
            Self::P50 | Self::P95 | Self::P99 | Self::Max | Self::Certificate
        )
    }
}

words! {
    /// The wrong side of a limit.
    pub enum Relation {
        /// From the limit up.
        AtLeast = ">=",
        /// Above the limit.
        Above = ">",
        /// From the limit down.
        AtMost = "<=",
        /// Below the limit.
        Below = "<",
    }
}

impl Relation {
    /// Whether a value stands so to a limit.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
        }
    }

    /// Whether large values are the bad ones.
    pub fn is_upward(self) -> bool {
        matches!(self, Self::AtLeast | Self::Above)
    }
}

/// A limit or a value that was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// A time.
    Time(Duration),
    /// Hundredths of something.
    Percent(f64),
}

impl Amount {
    /// As a number that can be compared with others of its kind.
    pub fn number(self) -> f64 {
        match self {
            Self::Time(time) => time.as_secs_f64(),
            Self::Percent(number) => number,
        }
    }
}

words! {
    /// What follows when a rule does not hold.
    pub enum Severity {
        /// It is told.
        Warning = "warning",
        /// It ends `check`, and is a reason to take the last change back.
        Critical = "critical",
    }
}

/// What is known of a gate at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct GateReading {
    /// Which one.
    pub gate: Arc<Gate>,
    /// What is known of the one for whom it looks worst.
    pub worst: Known,
    /// All for whom it has tripped, in the order of sets and servers.
    pub tripped: Vec<Known>,
    /// How often it has tripped since the start of the run.
    pub trips: u64,
}

impl GateReading {
    /// Whether it has tripped and has not gone since.
    pub fn is_tripped(&self) -> bool {
        !self.tripped.is_empty()
    }

    /// Whether it has tripped, and that is a reason to take the last change back.
    pub fn is_critical(&self) -> bool {
        self.is_tripped() && self.gate.severity == Severity::Critical
    }
}

/// What is known of a rule for one of those it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Whom.
    pub subject: Subject,
    /// Whether it holds.
    pub state: GateState,
    /// What was measured, if enough was.
    pub value: Option<Amount>,
    /// How much was measured; nothing where samples are not what counts.
    pub samples: u64,
    /// Since when the state has been this.
    pub since: SystemTime,
}

/// One of those whom a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// All together.
    Whole,
    /// The set with this identifier.
    Set(String),
    /// A name server.
    Server(ServerIndex),
}

words! {
    /// Whether a rule holds, the worst last.
    #[derive(PartialOrd, Ord)]
    pub enum GateState {
        /// It holds.
        Holds = "holds",
        /// Too little was measured so far, or not for long enough.
        Waiting = "waiting",
        /// There is nobody whom it is about.
        Nobody = "nobody",
        /// It does not hold.
        Tripped = "tripped",
    }
}

/// Words that mean something in a rule, so that they are no names of sets or servers there unless they stand in quotes.
pub const KEYWORDS: &[&str] = &[
    "above",
    "any",
    "at",
    "below",
    "critical",
    "for",
    "hysteresis",
    "least",
    "mismatch",
    "samples",
    "server",
    "set",
    "share",
    "silent",
    "than",
    "warning",
    "worse",
];

/// Whether a name may stand in a rule as it is.
pub fn is_bare(name: &str) -> bool {
    let is_keyword = KEYWORDS.contains(&name) || Metric::ALL.iter().any(|one| one.as_str() == name);
    !name.is_empty() && !is_keyword && name.chars().all(is_bare_letter)
}

/// Whether a name with this character may stand in a rule without quotes.
pub fn is_bare_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

/// A name as a rule holds it.
struct Name<'name>(&'name str);

impl fmt::Display for Name<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_bare(self.0) {
            return formatter.write_str(self.0);
        }
        formatter.write_str("\"")?;
        for letter in self.0.chars() {
            match letter {
                '"' | '\\' => write!(formatter, "\\{letter}")?,
                _ if letter.is_control() => write!(formatter, "\\u{{{:x}}}", u32::from(letter))?,
                _ => write!(formatter, "{letter}")?,
            }
        }
        formatter.write_str("\"")
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u128, &str); 4] = [
            (86_400_000, "d"),
            (3_600_000, "h"),
            (60_000, "m"),
            (1_000, "s"),
        ];
        match self {
            Self::Percent(number) => write!(formatter, "{number}%"),
            Self::Time(time) => {
                let millis = time.as_millis();
                let fits = |(size, _): &&(u128, &str)| millis > 0 && millis.is_multiple_of(*size);
                let (size, unit) = UNITS.iter().find(fits).copied().unwrap_or((1, "ms"));
                write!(formatter, "{}{unit}", millis / size)
            }
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.scope {
            Scope::Whole => Ok(()),
            Scope::Set(name) => write!(formatter, "{} ", Name(name)),
            Scope::AnySet => formatter.write_str("any set "),
            Scope::Server(name) => write!(formatter, "server {} ", Name(name)),
            Scope::AnyServer => formatter.write_str("server "),
        }?;
        match &self.condition {
            Condition::Limit {
                metric,
                relation,
                limit,
            } => write!(
                formatter,
                "{} {} {limit}",
                metric.as_str(),
                relation.as_str()
            ),
            Condition::Silent => formatter.write_str("silent"),
            Condition::ShareMismatch => formatter.write_str("share mismatch"),
            Condition::WorseThan(other) => write!(formatter, "worse than {}", Name(other)),
        }?;
        match self.window {
            Some(window) => write!(formatter, " for {}", Amount::Time(window)),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.severity == Severity::Warning {
            formatter.write_str("warning: ")?;
        }
        write!(formatter, "{}", self.rule)?;
        if self.least_samples != LEAST_SAMPLES {
            write!(formatter, ", at least {} samples", self.least_samples)?;
        }
        if (self.hysteresis - HYSTERESIS).abs() > 0.0 {
            write!(formatter, ", hysteresis {}%", self.hysteresis)?;
        }
        Ok(())
    }
}
