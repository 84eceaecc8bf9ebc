//! The settings a run lives with: validated, one struct for each room, nothing optional by accident.
//!
//! `keys.rs` describes every setting, `raw.rs` what one source may say, `layers.rs` puts the sources on top of each other and
//! remembers who won, `check.rs` judges the result and collects every problem.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{HeaderName, HeaderValue};
use regex_lite::Regex;
use rustls::pki_types::CertificateDer;
use url::{Position, Url};

use crate::model::charset::Charset;
use crate::model::declared::Iac;
use crate::model::gate::Gate;
use crate::model::http::StatusCodes;
use crate::model::language::{Both, Language};
use crate::model::name::RecordName;
use crate::model::record::RecordType;
use crate::model::secret::HIDDEN;
use crate::model::stage::Plan;
use crate::model::verdict::Criteria;
use crate::model::words::words;

/// Raw to validated; collects every problem.
pub mod check;
/// Settings that do nothing here.
pub mod effect;
/// Reading `.env` and the process environment, as values.
pub mod environment;
/// Every setting, described once.
pub mod keys;
/// The sources on top of each other, remembering who won.
pub mod layers;
/// What one source says, still unjudged.
pub mod raw;
/// Rules, read from a line of text.
pub mod rule;
/// `config show` and `config init`.
pub mod show;
/// Files as bytes and lines, and how much of them is told.
pub mod text_file;

/// Everything that a run needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// For reading Route 53.
    pub route53: Route53Settings,
    /// For asking name servers.
    pub dns: DnsSettings,
    /// For looking up other names.
    pub lookup: LookupSettings,
    /// For HTTP requests; `None` with `--no-http`.
    pub http: Option<HttpSettings>,
    /// For the verdict.
    pub verdict: Criteria,
    /// For the run as a whole.
    pub run: RunSettings,
    /// For the log.
    pub log: LogSettings,
    /// For telling others what happens.
    pub notify: NotifySettings,
}

/// For reading Route 53.
#[derive(Clone, Debug, PartialEq)]
pub struct Route53Settings {
    /// Id of the hosted zone without a prefix.
    pub zone_id: String,
    /// Name of the weighted record.
    pub record_name: RecordName,
    /// The name that is asked for: the record's, or for a wildcard the host of the endpoint.
    pub question_name: RecordName,
    /// The type to measure; `None`: the first weighted one.
    pub record_type: Option<RecordType>,
    /// How often the configuration is read again.
    pub poll_interval: Duration,
    /// Shortest time between two calls.
    pub call_spacing: Duration,
    /// Whether name servers were given, so that those of the zone are not needed.
    pub own_name_servers: bool,
    /// The change that the run waits for.
    pub change_id: Option<String>,
    /// Where the API is and who asks.
    pub access: Access,
}

/// Where the API is and who asks.
#[derive(Clone, Debug, PartialEq)]
pub enum Access {
    /// All from the standard AWS chain.
    Chain {
        /// The profile that somebody chose.
        profile: Option<Profile>,
    },
    /// All given; the environment and files of AWS are not consulted.
    Fixed {
        /// URL of the API.
        url: String,
        /// Access key id.
        key_id: String,
        /// Secret access key.
        secret: String,
    },
}

impl Access {
    /// The profile that was named to us. One of `AWS_PROFILE` counts for other programs too.
    pub fn named_profile(&self) -> Option<&str> {
        let Self::Chain { profile } = self else {
            return None;
        };
        let named = profile.as_ref().filter(|profile| profile.wins_over_keys);
        named.map(|profile| profile.name.as_str())
    }
}

/// A profile in the files of AWS, and who chose it.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// Where the choice stands, in words.
    pub origin: Both,
    /// Whether it was named to us, so that it wins over keys in the environment. By `AWS_PROFILE` it does not, as with the
    /// AWS CLI.
    pub wins_over_keys: bool,
}

/// For asking name servers.
#[derive(Clone, Debug, PartialEq)]
pub struct DnsSettings {
    /// Queries a second, 1 to 100.
    pub tps: u32,
    /// Addresses that were given; empty: the zone's delegation set.
    pub name_servers: Vec<SocketAddr>,
    /// The names of such addresses, where they are known without looking them up: those of a simulated world.
    pub known_names: Vec<(String, SocketAddr)>,
    /// Resolvers that are asked what they still answer.
    pub resolvers: Vec<SocketAddr>,
    /// Longest time for one query.
    pub timeout: Duration,
}

/// For looking up other names.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct LookupSettings {
    /// The resolver to ask; `None`: the system's.
    pub resolver: Option<SocketAddr>,
}

/// For HTTP requests.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpSettings {
    /// What is asked for; its host stands in SNI and Host, its port is used.
    pub endpoint: Url,
    /// Longest time for one request.
    pub timeout: Duration,
    /// Certificates are not verified.
    pub insecure: bool,
    /// Whom certificates are trusted from besides those whom the system trusts: the simulated world's authority.
    pub trusted: Vec<CertificateDer<'static>>,
    /// With which method it is asked.
    pub method: HttpMethod,
    /// Status codes with which a request has not failed.
    pub expect_status: StatusCodes,
    /// What the beginning of a body has to match.
    pub expect_body: Option<BodyPattern>,
    /// Requests a second at the most.
    pub max_tps: Option<u32>,
    /// A connection to each address is kept, and the request alone is measured.
    pub keepalive: bool,
    /// What is sent besides; the values are marked as sensitive, so that they are not written anywhere.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

words! {
    /// With which method the endpoint is asked.
    pub enum HttpMethod {
        /// For all of it.
        Get = "GET",
        /// For its head.
        Head = "HEAD",
    }
}

/// A regular expression that a body has to match.
#[derive(Clone, Debug)]
pub struct BodyPattern(Regex);

impl BodyPattern {
    /// The one that is written like this.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, regex_lite::Error> {
        Regex::new(pattern).map(Self)
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Whether it matches anywhere.
    pub fn fits(&self, body: &str) -> bool {
        self.0.is_match(body)
    }
}

impl PartialEq for BodyPattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

/// For the run as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSettings {
    /// What the record serves.
    pub endpoint: Url,
    /// When to end by itself.
    pub duration: Option<Duration>,
    /// How to show the numbers.
    pub output: Output,
    /// The largest share of answers that no set can have given with which there is a match.
    pub max_unknown: f64,
    /// How much slower over HTTP a side may be before it is worse, as a part of the other side's time.
    pub http_margin: f64,
    /// The rolling time over which HTTP is told besides the segment.
    pub window: Duration,
    /// Whether the weights have stood for two minutes when the run begins.
    pub settled: bool,
    /// Whether `check` ends with a match whatever HTTP says.
    pub ignore_http: bool,
    /// Whether the rule behind the verdict is told after the statistics.
    pub explain: bool,
    /// When to use colour.
    pub color: ColorChoice,
    /// The look of the dashboard.
    pub theme: ThemeChoice,
    /// The characters to show; `None`: those of the locale.
    pub charset: Option<Charset>,
    /// In whose words changes are told.
    pub iac: Iac,
    /// What people read; `None`: the language of the locale.
    pub language: Option<Language>,
    /// Rules that have to hold.
    pub gates: Vec<Arc<Gate>>,
    /// What `check` waits for; `None`: the first verdict.
    pub until: Option<Until>,
    /// Where `check` writes its result for programs that collect tests.
    pub junit: Option<PathBuf>,
    /// How a cutover is planned.
    pub plan: Plan,
}

words! {
    /// What `check` waits for.
    pub enum Until {
        /// A match.
        Match = "match",
        /// A mismatch.
        Mismatch = "mismatch",
        /// A match, and every name server has switched.
        Settled = "settled",
        /// Nothing is left to wait for in a stage of the plan.
        Stage = "stage",
        /// Every gate is known to hold.
        Gates = "gates",
    }
}

/// For telling others what happens.
#[derive(Clone, Debug, PartialEq)]
pub struct NotifySettings {
    /// The program that is run for each event.
    pub program: Option<PathBuf>,
    /// Where each is posted to.
    pub webhook: Option<SecretUrl>,
    /// What is sent there besides; the values are marked as sensitive.
    pub webhook_headers: Vec<(HeaderName, HeaderValue)>,
    /// The kinds of event that are told, and whether the end is.
    pub kinds: Vec<&'static str>,
}

impl NotifySettings {
    /// Whether anybody is told anything.
    pub fn is_on(&self) -> bool {
        self.program.is_some() || self.webhook.is_some()
    }
}

/// A URL of which all behind its host may be a secret.
#[derive(Clone, PartialEq)]
pub struct SecretUrl(pub Url);

impl fmt::Debug for SecretUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{}://{}/{HIDDEN}",
            self.0.scheme(),
            &self.0[Position::BeforeHost..Position::AfterPort]
        )
    }
}

words! {
    /// How to show the numbers.
    pub enum Output {
        /// A dashboard on a terminal, else text.
        Auto = "auto",
        /// A line a second.
        Text = "text",
        /// One report at the end.
        Json = "json",
        /// An object a second and for each event, and the report.
        Ndjson = "ndjson",
    }
}

words! {
    /// When to use colour.
    pub enum ColorChoice {
        /// On a terminal.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

words! {
    /// The look of the dashboard.
    pub enum ThemeChoice {
        /// By what is known of the terminal.
        Auto = "auto",
        /// For a dark background.
        Dark = "dark",
        /// For a light background.
        Light = "light",
        /// Without colour.
        Mono = "mono",
    }
}

/// For the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogSettings {
    /// Where to; `None`: stderr without a dashboard, else nowhere.
    pub file: Option<PathBuf>,
    /// The least severe messages that are written; `None`: info in a file, warnings on stderr.
    pub level: Option<LogLevel>,
    /// How a line is written.
    pub format: LogFormat,
}

words! {
    /// How a line of the log is written.
    pub enum LogFormat {
        /// For people.
        Text = "text",
        /// One JSON object.
        Json = "json",
    }
}

words! {
    /// Severity of log messages.
    pub enum LogLevel {
        /// What failed.
        Error = "error",
        /// What may fail.
        Warn = "warn",
        /// What happened.
        Info = "info",
        /// What was done.
        Debug = "debug",
        /// Everything.
        Trace = "trace",
    }
}
