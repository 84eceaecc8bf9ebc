//! Judges the merged settings: every value by its own rule, then the rules that span several. All problems are
//! collected, each naming the value, where it stands, what is allowed and, where it helps, what to do.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use toml::Value;
use url::{Host, Url};

use self::checker::Checker;
pub(crate) use self::given::as_shown;
pub(super) use self::given::plain_text;
use self::http::{headers, pattern, statuses};
use self::network::{address, addresses, endpoint};
use self::notify::{kinds_of_event, program, webhook};
pub(crate) use self::plain::switch;
use self::plain::{boolean, duration, id, percentage, record_type, text, whole, word};
use super::keys;
use super::layers::Layers;
use super::raw::Source;
use super::{
    Access, BodyPattern, ColorChoice, DnsSettings, HttpMethod, HttpSettings, LogFormat, LogLevel,
    LogSettings, LookupSettings, NotifySettings, Output, Profile, Route53Settings, RunSettings,
    SecretUrl, Settings, ThemeChoice,
};
use crate::model::charset::Charset;
use crate::model::declared::Iac;
use crate::model::language::{Both, Language, both, phrase};
use crate::model::name::RecordName;
use crate::model::text::visible;
use crate::model::verdict::Criteria;

/// What reads the values and keeps the problems.
mod checker;
/// Gates, stages, and what is waited for.
mod cutover;
/// Values as they are given.
mod given;
/// What requests send and expect.
mod http;
/// URLs and addresses.
mod network;
/// Who is told of events.
mod notify;
/// Texts, words, numbers, times.
mod plain;

/// Longest time for one DNS query. Not a setting: a cutover never waits longer for an answer that matters.
const DNS_TIMEOUT: Duration = Duration::from_secs(2);

/// Shortest time between two calls to the API. Not a setting: the budget of calls belongs to the whole account.
const CALL_SPACING: Duration = Duration::from_secs(1);

/// Everything that is wrong with the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(pub Vec<Both>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Only the line breaks of a parser's own message are kept; whatever else is odd in it is made visible.
        let lines = self.0.iter().flat_map(|problem| problem.lines());
        for (index, line) in lines.enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(formatter, "{separator}{}", visible(line))?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

/// Turns the merged sources into settings.
///
/// # Errors
/// All problems of all sources at once.
pub fn check(layers: &Layers, access: Option<&Access>) -> Result<Settings, Problems> {
    let mut checker = Checker::new(layers);
    let endpoint = checker.required("endpoint", endpoint);
    let record = checker.record_name(endpoint.as_ref());
    let question = checker.question_name(record.as_ref(), endpoint.as_ref());
    let endpoint = endpoint.unwrap_or_else(|| stand_in().0);
    let or_stand_in = |name: Option<RecordName>| name.unwrap_or_else(|| stand_in().1);
    let name_servers = checker.optional("nameservers", addresses);
    let name_servers = name_servers.unwrap_or_default();
    let profile = checker.profile();
    let gates = checker.gates();
    let plan = checker.plan();
    let level = checker.optional("log_level", |kind, text| {
        word(kind, &text.to_ascii_lowercase())
    });
    let settings = Settings {
        route53: Route53Settings {
            zone_id: checker.read("hosted_zone_id", id),
            change_id: checker.optional("change_id", id),
            record_name: or_stand_in(record),
            question_name: or_stand_in(question),
            record_type: checker.optional("record_type", record_type),
            poll_interval: checker.read("poll_interval", duration),
            call_spacing: CALL_SPACING,
            own_name_servers: !name_servers.is_empty(),
            access: access.cloned().unwrap_or(Access::Chain { profile }),
        },
        dns: DnsSettings {
            tps: checker.read("tps", whole),
            name_servers,
            known_names: Vec::new(),
            resolvers: checker.optional("resolvers", addresses).unwrap_or_default(),
            timeout: DNS_TIMEOUT,
        },
        lookup: LookupSettings {
            resolver: checker.optional("resolver", address),
        },
        http: (!checker.read("no_http", boolean)).then_some(HttpSettings {
            endpoint: endpoint.clone(),
            timeout: checker.read("http_timeout", duration),
            insecure: checker.read("insecure", boolean),
            trusted: Vec::new(),
            method: HttpMethod::ALL[checker.read("http_method", |kind, text| {
                word(kind, &text.to_ascii_uppercase())
            })],
            expect_status: checker.read("expect_status", statuses),
            expect_body: checker.expect_body(),
            max_tps: checker.optional("http_max_tps", whole),
            keepalive: checker.read("keepalive", boolean),
            headers: checker.optional("http_header", headers).unwrap_or_default(),
        }),
        verdict: checker.verdict(),
        run: RunSettings {
            endpoint,
            duration: checker.optional("duration", duration),
            output: Output::ALL[checker.read("output", word)],
            max_unknown: checker.read("max_unknown", percentage),
            http_margin: checker.read("http_margin", percentage),
            window: checker.read("window", duration),
            settled: checker.read("settled", boolean),
            ignore_http: checker.read("ignore_http", boolean),
            explain: checker.read("explain", boolean),
            color: ColorChoice::ALL[checker.read("color", word)],
            theme: ThemeChoice::ALL[checker.read("theme", word)],
            charset: checker.charset(),
            iac: Iac::ALL[checker.read("iac", word)],
            language: checker.language(),
            until: checker.until(&gates, &plan),
            junit: checker.optional("junit", text).map(PathBuf::from),
            gates,
            plan,
        },
        log: LogSettings {
            file: checker.optional("log_file", text).map(PathBuf::from),
            level: level.map(|place| LogLevel::ALL[place]),
            format: LogFormat::ALL[checker.read("log_format", word)],
        },
        notify: NotifySettings {
            program: checker.optional("on_event", program),
            webhook: checker.optional("webhook", webhook).map(SecretUrl),
            webhook_headers: (checker.optional("webhook_header", headers)).unwrap_or_default(),
            kinds: checker.read("notify", kinds_of_event),
        },
    };
    checker.unless_problems(settings)
}

/// An endpoint and a name in the place of some with a problem.
fn stand_in() -> (Url, RecordName) {
    let endpoint = Url::parse("http://stand.in").expect("a URL");
    (endpoint, RecordName::from_user("stand.in").expect("a name"))
}

/// What people read: the characters and the language that were chosen for it.
pub type Chosen = (Option<Charset>, Option<Language>);

/// The choice alone, whatever is wrong with the other settings: problems are told in the language that was chosen.
pub fn chosen(layers: &Layers) -> Chosen {
    let mut checker = Checker::new(layers);
    (checker.charset(), checker.language())
}

/// Judges the few settings that matter before anything runs: queries a second, those for the verdict, and what people
/// read.
///
/// # Errors
/// All problems at once.
pub fn check_plan(layers: &Layers) -> Result<(u32, Criteria, Option<Charset>), Problems> {
    let mut checker = Checker::new(layers);
    // A language that is none is a problem too.
    checker.language();
    let charset = checker.charset();
    let settings = (checker.read("tps", whole), checker.verdict(), charset);
    checker.unless_problems(settings)
}

impl Checker<'_> {
    fn unless_problems<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() {
            Ok(value)
        } else {
            Err(Problems(self.problems))
        }
    }

    fn language(&mut self) -> Option<Language> {
        let place = self.optional("lang", word);
        place.map(|place| Language::ALL[place])
    }

    fn verdict(&mut self) -> Criteria {
        Criteria {
            tolerance: self.read("tolerance", percentage),
            confidence: self.read("confidence", percentage),
        }
    }

    /// The pattern of a body, which a request for the head alone never has.
    fn expect_body(&mut self) -> Option<BodyPattern> {
        let pattern = self.optional("expect_body", pattern)?;
        let key = keys::by_toml("http_method")?;
        if let Some(method) = self.layers.find(key)
            && matches!(&method.value, Value::String(text) if text.eq_ignore_ascii_case("HEAD"))
        {
            let place = method.source.place(key);
            self.problems.push(both!(
                "expect_body: a response to HEAD has no body that could match; take GET for http_method ({place}), or leave expect_body out",
                "expect_body: HEAD의 응답에는 맞춰 볼 본문이 없다; http_method ({place})를 GET으로 하거나 expect_body를 뺀다"
            ));
        }
        Some(pattern)
    }

    fn charset(&mut self) -> Option<Charset> {
        self.read("ascii", boolean).then_some(Charset::Ascii)
    }

    /// The profile, and who chose it.
    fn profile(&mut self) -> Option<Profile> {
        let key = keys::by_toml("profile")?;
        let source = self.layers.find(key)?.source;
        Some(Profile {
            name: self.optional(key.toml, text)?,
            origin: source.place(key),
            wins_over_keys: !matches!(source, Source::Foreign(..)),
        })
    }

    /// The record's name as it is given, or the host of the endpoint.
    fn record_name(&mut self, endpoint: Option<&Url>) -> Option<RecordName> {
        let key = keys::by_toml("record_name")?;
        if self.layers.find(key).is_some() {
            return self.optional(key.toml, |_, text| {
                RecordName::from_user(text).map_err(|error| Some(both!("{error}", "{error}")))
            });
        }
        let name = match endpoint?.host()? {
            Host::Domain(host) => RecordName::from_user(host).map_err(|error| {
                both!(
                    "record_name: the endpoint's host \"{host}\" is no record name: {error}; give --record-name",
                    "record_name: endpoint의 호스트 \"{host}\"는 레코드 이름이 아니다: {error}; --record-name을 지정한다",
                )
            }),
            Host::Ipv4(_) | Host::Ipv6(_) => Err(phrase(
                "record_name: the endpoint's host is an address, so the record's name cannot be taken from it; give --record-name",
                "record_name: endpoint의 호스트가 주소라서 레코드 이름을 알 수 없다; --record-name을 지정한다",
            )
            .into()),
        };
        name.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The name that is asked for: nobody asks for a wildcard by its own name, so the endpoint's host stands for it.
    fn question_name(
        &mut self,
        record: Option<&RecordName>,
        endpoint: Option<&Url>,
    ) -> Option<RecordName> {
        let record = record?;
        if !record.is_wildcard() {
            return Some(record.clone());
        }
        let host = endpoint?.host_str()?;
        let name = RecordName::from_user(host).ok();
        let covered = |name: &RecordName| {
            let above = record.parent();
            name != record && above.is_some_and(|above| *name != above && name.is_within(&above))
        };
        let name = name.filter(covered);
        if name.is_none() {
            self.problems.push(both!(
                "record_name: {record} is a wildcard, and the endpoint's host \"{host}\" is no name that it answers for; give an endpoint below it",
                "record_name: {record}는 와일드카드이고, endpoint의 호스트 \"{host}\"는 여기에 해당하는 이름이 아니다; 그 아래의 endpoint를 지정한다",
            ));
        }
        name
    }
}
