//! Judges the merged settings: every value by its own rule, then the rules that span several. All problems are
//! collected, each naming the value, where it stands, what is allowed and, where it helps, what to do.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use humantime::DurationError;
use hyper::header::{self, HeaderName, HeaderValue};
use toml::{Table, Value};
use url::{Host, ParseError, Url};

use super::keys::{self, ALL, Key, Kind, MOST_ADDRESSES, MOST_RANGES, MOST_TEXTS, Tables};
use super::layers::{Layers, Winner};
use super::raw::{Layer, Source};
use super::rule::{self, Spoken};
use super::{
    Access, BodyPattern, ColorChoice, DnsSettings, HttpMethod, HttpSettings, LogFormat, LogLevel,
    LogSettings, LookupSettings, NotifySettings, Output, Profile, Route53Settings, RunSettings,
    SecretUrl, Settings, ThemeChoice, Until,
};
use crate::model::address::no_host;
use crate::model::charset::Charset;
use crate::model::declared::Iac;
use crate::model::gate::{Gate, Severity};
use crate::model::http::StatusCodes;
use crate::model::language::{Both, Language, Phrase, both, phrase, say};
use crate::model::name::RecordName;
use crate::model::record::RecordType;
use crate::model::secret::{HIDDEN, masked_url};
use crate::model::stage::{Plan, Stage};
use crate::model::text::visible;
use crate::model::verdict::Criteria;

/// Longest time for one DNS query. Not a setting: a cutover never waits longer for an answer that matters.
const DNS_TIMEOUT: Duration = Duration::from_secs(2);

/// The largest weight that Route 53 takes.
const MOST_WEIGHT: i64 = 255;

/// A longer name of a stage would hide what is said of it.
const LONGEST_NAME: usize = 40;

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

/// Reads values by the rules of their keys, and notes what is wrong with them. For a value with a problem something else
/// stands in; the problem has been noted, so nobody sees the stand-in.
struct Checker<'layers> {
    layers: &'layers Layers,
    problems: Vec<Both>,
}

impl<'layers> Checker<'layers> {
    fn new(layers: &'layers Layers) -> Self {
        Self {
            layers,
            problems: layers.problems.clone(),
        }
    }

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

    /// What `check` waits for, which has to be there.
    fn until(&mut self, gates: &[Arc<Gate>], plan: &Plan) -> Option<Until> {
        let until = Until::ALL[self.optional("until", word)?];
        if until == Until::Gates && gates.is_empty() && !self.gives_gates() {
            self.problems.push(both!(
                "until = \"gates\": there is no gate to wait for; give one with --gate, or with gates or [[r53mon.gate]] in r53mon.toml",
                "until = \"gates\": 기다릴 게이트가 없다; --gate, 또는 r53mon.toml의 gates나 [[r53mon.gate]]로 지정한다"
            ));
        }
        if until == Until::Stage && plan.stages.is_empty() {
            self.problems.push(both!(
                "until = \"stage\": there is no stage to wait for; give some with [[r53mon.stage]] in r53mon.toml",
                "until = \"stage\": 기다릴 단계가 없다; r53mon.toml의 [[r53mon.stage]]로 지정한다"
            ));
        }
        Some(until)
    }

    /// Whether any source gives gates, good ones or not.
    fn gives_gates(&self) -> bool {
        let named = keys::by_toml("gates").and_then(|key| self.layers.find(key));
        named.is_some() || !self.entries("gate").is_empty()
    }

    /// All rules that have to hold, each once.
    fn gates(&mut self) -> Vec<Arc<Gate>> {
        let mut all = self.optional("gates", rules).unwrap_or_default();
        for entry in self.entries("gate") {
            all.extend(self.gate(&entry));
        }
        let mut gates: Vec<Arc<Gate>> = Vec::new();
        // What is wrong with it is told where it is read for itself.
        let no_http = keys::by_toml("no_http")
            .and_then(|key| Some((key, text_of(key, &self.layers.find(key)?).ok()?)));
        let has_no_http = no_http.is_some_and(|(key, text)| boolean(&key.kind, &text) == Ok(true));
        for gate in all {
            if has_no_http && gate.rule.needs_http() {
                self.problems.push(both!(
                    "gate \"{rule}\": it is about HTTP requests, and none are made with no_http; leave one of them out",
                    "게이트 \"{rule}\": HTTP 요청에 관한 규칙인데 no_http로는 요청하지 않는다; 둘 중 하나를 뺀다",
                    rule = gate.rule
                ));
            }
            if !gates.iter().any(|other| **other == gate) {
                gates.push(Arc::new(gate));
            }
        }
        gates
    }

    fn plan(&mut self) -> Plan {
        let mut stages: Vec<(usize, Stage)> = Vec::new();
        for (index, entry) in self.entries("stage").into_iter().enumerate() {
            let name = self.field(&entry, "name", name_of_stage);
            let weights = self.field(&entry, "weights", weights);
            let hold = self.field(&entry, "hold", duration);
            let gates = self.field(&entry, "gates", rules).unwrap_or_default();
            let (Some(weights), Some(hold)) = (weights, hold) else {
                continue;
            };
            let called = || {
                let all = weights
                    .iter()
                    .map(|(set, weight)| format!("{set} {weight}"));
                all.collect::<Vec<_>>().join(" / ")
            };
            let stage = Stage {
                name: name.unwrap_or_else(called),
                weights,
                hold,
                gates: gates.into_iter().map(Arc::new).collect(),
            };
            if let Some((field, why)) = clash(&stages, &stage) {
                let place = entry.layer.source.place_of(field);
                self.problems
                    .push(both!("{place}: {why}", "{place}: {why}"));
            }
            stages.push((index + 1, stage));
        }
        Plan {
            stages: stages.into_iter().map(|(_, stage)| stage).collect(),
            rollback_goal: self.read("rollback_goal", duration),
        }
    }

    /// The rule of a table. What else the table says must not stand in the rule too.
    fn gate(&mut self, entry: &Entry) -> Option<Gate> {
        let spoken = self.field(entry, "rule", |_, text| {
            rule::parse(text).map_err(|mistake| Some(no_rule(|| mistake.shown(text))))
        });
        let severity = self.field(entry, "severity", word);
        let least_samples = self.field(entry, "min_samples", whole);
        let hysteresis = self.field(entry, "hysteresis", percentage);
        let spoken = spoken?;
        for (field, is_spoken) in [
            ("severity", spoken.severity.is_some()),
            ("min_samples", spoken.least_samples.is_some()),
            ("hysteresis", spoken.hysteresis.is_some()),
        ] {
            if is_spoken && entry.layer.values.contains_key(field) {
                let place = entry.layer.source.place_of(field);
                self.problems.push(both!(
                    "{place}: the rule of the same table says it too; leave one of them out",
                    "{place}: 같은 테이블의 rule에도 있다; 둘 중 하나를 뺀다"
                ));
            }
        }
        let said = Spoken {
            severity: spoken.severity.or(Some(Severity::ALL[severity?])),
            least_samples: spoken.least_samples.or(Some(least_samples?.into())),
            // The number as it was given, without what dividing and multiplying leaves.
            hysteresis: spoken
                .hysteresis
                .or(Some((hysteresis? * 1e8).round() / 1e6)),
            ..spoken
        };
        Some(said.gate())
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

    /// A value that has a default or that somebody has to give.
    fn read<T: Default>(&mut self, name: &str, read: Reader<T>) -> T {
        self.required(name, read).unwrap_or_default()
    }

    /// The same for a value that nothing can stand in for here.
    fn required<T>(&mut self, name: &str, read: Reader<T>) -> Option<T> {
        let key = keys::by_toml(name)?;
        if self.layers.find(key).is_none() {
            let variable = key.variable().map_or(Both::same(""), |variable| {
                both!(
                    ", {variable} in the environment or .env",
                    ", 환경 변수나 .env의 {variable}"
                )
            });
            let (name, flag, allowed) = (key.toml, key.flag, key.allowed());
            self.problems.push(both!(
                "{name}: required and not set; give --{flag}{variable}, or {name} in r53mon.toml; it has to be {allowed}",
                "{name}: 필수인데 지정되지 않았다; --{flag}{variable}, r53mon.toml의 {name} 가운데 하나로 지정한다; 쓸 수 있는 값: {allowed}",
            ));
        }
        self.optional(name, read)
    }

    /// A value that may be missing.
    fn optional<T>(&mut self, name: &str, read: Reader<T>) -> Option<T> {
        let key = keys::by_toml(name)?;
        let found = self.layers.find(key)?;
        self.judge(key, &found, read)
    }

    /// Reads what somebody gave.
    fn judge<T>(&mut self, key: &Key, found: &Winner, read: Reader<T>) -> Option<T> {
        let value = text_of(key, found).and_then(|text| {
            read(&key.kind, &text).map_err(|detail| complaint(key, &found.source, &text, detail))
        });
        value.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// The tables of one array of the settings file, in the order of the file.
    fn entries(&self, name: &str) -> Vec<Entry<'layers>> {
        let tables = keys::tables_by_name(name).into_iter();
        let layers = self.layers;
        let entries = tables.flat_map(|tables| {
            let entry = |layer| Entry { tables, layer };
            layers.entries(tables).map(entry)
        });
        entries.collect()
    }

    /// A field of a table: what it says, or its default. One that is required and missing is a problem.
    fn field<T>(&mut self, entry: &Entry, name: &str, read: Reader<T>) -> Option<T> {
        let key = entry.key(name)?;
        let found = entry.find(key);
        if found.is_none() && key.is_required {
            let place = entry.layer.source.place_of(name);
            let allowed = key.allowed();
            let problem = both!(
                "{place}: required and not set; it has to be {allowed}",
                "{place}: 필수인데 지정되지 않았다; 쓸 수 있는 값: {allowed}"
            );
            self.problems.push(problem);
        }
        self.judge(key, &found?, read)
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

/// What is wrong with a text, where what it has to be does not say it all.
type Detail = Option<Both>;

/// A table of an array of the settings file.
struct Entry<'layers> {
    tables: &'static Tables,
    layer: &'layers Layer,
}

impl Entry<'_> {
    /// What is known of a field.
    fn key(&self, name: &str) -> Option<&'static Key> {
        self.tables.fields.iter().find(|key| key.toml == name)
    }

    /// What the table says in a field, or the field's default.
    fn find(&self, key: &Key) -> Option<Winner> {
        let given = self.layer.values.get(key.toml).cloned();
        let default = || key.default.map(|text| Value::String(text.to_owned()));
        Some(Winner {
            value: given.or_else(default)?,
            source: self.layer.source.clone(),
        })
    }
}

/// Makes a value of a text by the rule of its key, or says what is wrong with it.
type Reader<T> = fn(&Kind, &str) -> Result<T, Detail>;

fn complaint(key: &Key, source: &Source, text: &str, detail: Detail) -> Both {
    let detail = detail.map_or(Both::same(""), |detail| both!("{detail}; ", "{detail}; "));
    // A line break in it is no new line of the complaint.
    let text = as_shown(&key.kind, text);
    let text = visible(&text);
    let (name, place, allowed) = (key.toml, source.place(key), key.allowed());
    both!(
        "{name} = \"{text}\" ({place}): {detail}it has to be {allowed}",
        "{name} = \"{text}\" ({place}): {detail}쓸 수 있는 값: {allowed}",
    )
}

/// A text as it may be shown: of what is meant to be a URL, whether it is one or not, no secret is left.
pub(crate) fn as_shown<'text>(kind: &Kind, text: &'text str) -> Cow<'text, str> {
    match kind {
        Kind::Url => masked_url(text),
        Kind::SecretUrl => {
            let url = Url::parse(text.trim()).ok().filter(Url::has_host);
            Cow::Owned(url.map_or_else(|| HIDDEN.to_owned(), |url| format!("{:?}", SecretUrl(url))))
        }
        Kind::Texts(_, _, true) => {
            let masked = text.lines().map(|line| match line.split_once(':') {
                Some((name, _)) => format!("{}: ***", name.trim()),
                None => "***".to_owned(),
            });
            Cow::Owned(masked.collect::<Vec<_>>().join("; "))
        }
        // Its lines are how it is kept, not how it was given.
        Kind::Texts(..) | Kind::Weights if text.contains('\n') => {
            Cow::Owned(text.lines().collect::<Vec<_>>().join("; "))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The text of a value. Native numbers and booleans of TOML pass only where a number or a boolean is meant, so that a
/// zone id made of digits is never rounded, stripped of zeros or rewritten on its way.
fn text_of(key: &Key, found: &Winner) -> Result<String, Both> {
    let refuse = |shown: &str, what: Phrase| {
        let (name, place, allowed) = (key.toml, found.source.place(key), key.allowed());
        Err(both!(
            "{name} = {shown} ({place}): {what}; it has to be {allowed}",
            "{name} = {shown} ({place}): {what}; 쓸 수 있는 값: {allowed}",
        ))
    };
    let kind = &key.kind;
    match &found.value {
        Value::String(text) if !matches!(kind, Kind::Weights) => Ok(text.clone()),
        Value::Array(items) => {
            let Some(separator) = kind.separator() else {
                return refuse(
                    "[..]",
                    phrase(
                        "is a list and not a single value",
                        "값 하나가 아니라 목록이다",
                    ),
                );
            };
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            match texts {
                None => refuse(
                    "[..]",
                    phrase(
                        "every item has to be a text in quotes",
                        "모든 항목이 따옴표로 묶인 문자열이어야 한다",
                    ),
                ),
                Some(texts)
                    if separator == "\n" && texts.iter().any(|text| text.contains('\n')) =>
                {
                    refuse(
                        "[..]",
                        phrase("an item has more than one line", "여러 줄인 항목이 있다"),
                    )
                }
                Some(texts) => Ok(texts.join(separator)),
            }
        }
        Value::Table(weights) if matches!(kind, Kind::Weights) => lines_of_weights(weights)
            .map_err(|what| {
                let (name, place) = (key.toml, found.source.place(key));
                let allowed = key.allowed();
                both!(
                    "{name} = {{..}} ({place}): {what}; it has to be {allowed}",
                    "{name} = {{..}} ({place}): {what}; 쓸 수 있는 값: {allowed}",
                )
            }),
        value => match (plain_text(value), value) {
            _ if matches!(kind, Kind::Weights) => {
                refuse("..", phrase("is no table", "테이블이 아니다"))
            }
            (None, _) => refuse("{..}", phrase("is not a single value", "값 하나가 아니다")),
            // Whether 0 and 1 stand in quotes is all the same for a switch.
            (Some(text), _) if matches!(kind, Kind::Switch) => Ok(text),
            (Some(text), Value::Boolean(_)) => refuse(
                &text,
                phrase(
                    "is true or false and not a text; put it in quotes",
                    "문자열이 아니라 참거짓 값이다; 따옴표로 묶는다",
                ),
            ),
            (Some(text), _) if kind.is_number() => Ok(text),
            (Some(text), _) if matches!(kind, Kind::Duration(..)) => refuse(
                &text,
                phrase(
                    "is a number and not a text; put it in quotes with a unit",
                    "문자열이 아니라 숫자다; 단위를 붙여 따옴표로 묶는다",
                ),
            ),
            (Some(text), _) => refuse(
                &text,
                phrase(
                    "is a number and not a text; put it in quotes",
                    "문자열이 아니라 숫자다; 따옴표로 묶는다",
                ),
            ),
        },
    }
}

/// A number or a boolean as it is typed.
pub(super) fn plain_text(value: &Value) -> Option<String> {
    match value {
        Value::Boolean(value) => Some(value.to_string()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A detail without holes.
#[expect(
    clippy::unnecessary_wraps,
    reason = "a detail may be missing, and this one is not"
)]
fn because(english: &'static str, korean: &'static str) -> Detail {
    Some(phrase(english, korean).into())
}

fn empty() -> Detail {
    because("it is empty", "비어 있다")
}

fn out_of_range() -> Detail {
    because("it is out of range", "범위를 벗어난다")
}

fn text(_: &Kind, text: &str) -> Result<String, Detail> {
    if text.trim().is_empty() {
        Err(empty())
    } else {
        Ok(text.to_owned())
    }
}

fn endpoint(_: &Kind, text: &str) -> Result<Url, Detail> {
    let url = Url::parse(text.trim()).map_err(|error| match error {
        ParseError::RelativeUrlWithoutBase => because(
            "there is no http:// or https:// in front",
            "앞에 http://나 https://가 없다",
        ),
        other => Some(no_url(other)),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        let scheme = url.scheme();
        return Err(Some(both!("its scheme is {scheme}", "스킴이 {scheme}이다")));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(because("it has no host", "호스트가 없다"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(because(
            "it holds a user name or password, which would be sent with every request",
            "모든 요청과 함께 전송될 사용자 이름이나 비밀번호가 들어 있다",
        ));
    }
    if url.port() == Some(0) {
        return Err(because(
            "port 0 cannot be connected to",
            "포트 0에는 연결할 수 없다",
        ));
    }
    Ok(url)
}

/// What the library for URLs says, which knows only English.
fn no_url(error: ParseError) -> Both {
    let korean = match error {
        ParseError::EmptyHost => "호스트가 비어 있다",
        ParseError::IdnaError => "올바른 국제화 도메인 이름이 아니다",
        ParseError::InvalidPort => "포트 번호가 잘못되었다",
        ParseError::InvalidIpv4Address => "IPv4 주소가 잘못되었다",
        ParseError::InvalidIpv6Address => "IPv6 주소가 잘못되었다",
        ParseError::InvalidDomainCharacter => "호스트 이름에 쓸 수 없는 문자가 있다",
        ParseError::Overflow => "너무 길다",
        _ => "올바른 URL이 아니다",
    };
    both!("{error}", "{korean}")
}

/// What the library for durations says, which knows only English.
fn no_duration(error: &DurationError) -> Both {
    match error {
        DurationError::InvalidCharacter(at) => {
            both!("{error}", "{at}번째 글자가 잘못되었다", at = at + 1)
        }
        DurationError::NumberExpected(at) => {
            both!("{error}", "{at}번째 글자가 숫자여야 한다", at = at + 1)
        }
        DurationError::UnknownUnit { unit, .. } if !unit.is_empty() => {
            both!("{error}", "알 수 없는 단위: \"{unit}\"")
        }
        DurationError::NumberOverflow => both!("{error}", "수가 너무 크다"),
        _ => both!("{error}", "시간으로 읽을 수 없다"),
    }
}

/// A URL to which events may be sent.
fn webhook(kind: &Kind, text: &str) -> Result<Url, Detail> {
    let url = endpoint(kind, text)?;
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(address.into()),
        Some(Host::Ipv6(address)) => Some(address.into()),
        Some(Host::Domain(_)) | None => None,
    };
    match address.and_then(no_host) {
        Some(what) => Err(Some(both!(
            "its address is {what}, and nothing is sent there",
            "주소의 종류가 {what}이라서 아무것도 보내지 않는다",
            what = what.as_str()
        ))),
        None => Ok(url),
    }
}

/// A program that may be run. No shell looks for it, so a bare name is that of a file in the current directory.
fn program(kind: &Kind, text: &str) -> Result<PathBuf, Detail> {
    let path = Path::new(".").join(self::text(kind, text)?);
    let found = std::fs::metadata(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => because("there is no such file", "그런 파일이 없다"),
        _ => Some(both!("{error}", "읽을 수 없다 (\"{error}\")")),
    })?;
    if !found.is_file() {
        return Err(because("it is no file", "파일이 아니다"));
    }
    if found.permissions().mode() & 0o111 == 0 {
        return Err(because(
            "it is not marked as a program (chmod +x)",
            "실행 권한이 없다 (chmod +x)",
        ));
    }
    Ok(path)
}

fn kinds_of_event(kind: &Kind, text: &str) -> Result<Vec<&'static str>, Detail> {
    let Kind::Words(_, words) = kind else {
        return Err(None);
    };
    let words = words();
    let mut kinds = Vec::new();
    for name in text.split(',').map(str::trim) {
        let known = words.iter().find(|word| **word == name);
        match known {
            Some(&ALL) => kinds.extend(&words),
            Some(&known) => kinds.push(known),
            None if name.is_empty() => return Err(because("one of them is empty", "빈 것이 있다")),
            None => {
                let near = keys::nearest(name, words.iter().copied());
                let shown = visible(name);
                return Err(Some(match near {
                    Some(near) => both!(
                        "\"{shown}\" is no kind of event; did you mean {near}?",
                        "\"{shown}\"라는 이벤트 종류는 없다; 혹시 {near}?"
                    ),
                    None => both!(
                        "\"{shown}\" is no kind of event",
                        "\"{shown}\"라는 이벤트 종류는 없다"
                    ),
                }));
            }
        }
    }
    Ok(kinds)
}

fn id(kind: &Kind, text: &str) -> Result<String, Detail> {
    let id = text.trim();
    let id = id.trim_start_matches('/');
    let Kind::Id(path, what) = kind else {
        return Err(None);
    };
    let rest = id.strip_prefix(*path);
    let id = rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
    if id.is_empty() {
        return Err(empty());
    }
    if id.len() > 32
        || !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric())
    {
        return Err(Some(both!("it is no {what} id", "{what} ID가 아니다")));
    }
    Ok(id.to_owned())
}

fn record_type(_: &Kind, text: &str) -> Result<RecordType, Detail> {
    RecordType::ALL
        .into_iter()
        .find(|record_type| record_type.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or(None)
}

fn whole(kind: &Kind, text: &str) -> Result<u32, Detail> {
    let number: u32 = text.trim().parse().map_err(|_| None)?;
    match kind {
        Kind::Whole(least, most, _) if (*least..=*most).contains(&number) => Ok(number),
        _ => Err(out_of_range()),
    }
}

/// A number of hundredths, with or without the sign for them, as a share of one.
fn percentage(kind: &Kind, text: &str) -> Result<f64, Detail> {
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: f64 = number.parse().map_err(|_| None)?;
    match kind {
        Kind::Percent(least, most, _) if (*least..=*most).contains(&number) => Ok(number / 100.0),
        _ => Err(out_of_range()),
    }
}

fn boolean(_: &Kind, text: &str) -> Result<bool, Detail> {
    switch(text).ok_or(None)
}

/// What a switch is set to.
pub(crate) fn switch(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

fn duration(kind: &Kind, text: &str) -> Result<Duration, Detail> {
    let text = text.trim();
    let duration = humantime::parse_duration(text).map_err(|error| {
        if text.starts_with('-') {
            because("it is negative", "음수다")
        } else if text.parse::<f64>().is_ok() {
            because("the unit is missing", "단위가 없다")
        } else {
            Some(no_duration(&error))
        }
    })?;
    match kind {
        Kind::Duration(least, _) if duration < *least => {
            Err(because("it is too short", "너무 짧다"))
        }
        Kind::Duration(_, most) if duration <= *most => Ok(duration),
        _ => Err(because("it is too long", "너무 길다")),
    }
}

/// An address with or without a port; the port is that of DNS when none is given.
fn address(_: &Kind, text: &str) -> Result<SocketAddr, Detail> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return of_a_host(SocketAddr::new(address, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => {
            Err(Some(both!("{text} has port 0", "{text}의 포트가 0이다")))
        }
        Ok(address) => of_a_host(address),
        Err(_) if text.is_empty() => Err(because("an address is empty", "빈 주소가 있다")),
        Err(_) => Err(Some(both!(
            "\"{text}\" is no IP address; a name cannot be given here",
            "\"{text}\"는 IP 주소가 아니다; 여기에는 이름을 쓸 수 없다",
        ))),
    }
}

/// Whoever gives a link-local address may mean the resolver of a cloud; no server can have one that is nobody's.
fn of_a_host(address: SocketAddr) -> Result<SocketAddr, Detail> {
    match no_host(address.ip()).filter(|what| what.for_nobody()) {
        None => Ok(address),
        Some(what) => Err(Some(what.no_server(address.ip()))),
    }
}

fn addresses(kind: &Kind, text: &str) -> Result<Vec<SocketAddr>, Detail> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let address = address(kind, part)?;
        if all.contains(&address) {
            return Err(Some(both!(
                "{address} is named twice",
                "{address}가 두 번 나온다"
            )));
        }
        if all.len() == MOST_ADDRESSES {
            return Err(because("they are too many", "너무 많다"));
        }
        all.push(address);
    }
    Ok(all)
}

/// Status codes and ranges of them.
fn statuses(_: &Kind, text: &str) -> Result<StatusCodes, Detail> {
    let code = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        let code = text.parse::<u16>().ok().filter(|_| digits);
        let shown = visible(text);
        let code = code.ok_or_else(|| {
            Some(both!(
                "\"{shown}\" is no status code",
                "\"{shown}\"는 상태 코드가 아니다"
            ))
        })?;
        match code {
            100..=599 => Ok(code),
            _ => Err(Some(both!(
                "{code} is out of range",
                "{code}: 범위를 벗어났다"
            ))),
        }
    };
    let mut ranges = Vec::new();
    for part in text.split(',').map(str::trim) {
        if part.is_empty() {
            return Err(because("one of them is empty", "빈 것이 있다"));
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (code(first.trim())?, code(last.trim())?);
        if first > last {
            return Err(Some(both!(
                "{part} runs backwards",
                "{part}: 앞뒤가 바뀌었다"
            )));
        }
        if ranges.len() == MOST_RANGES {
            return Err(because("they are too many", "너무 많다"));
        }
        ranges.push(first..=last);
    }
    Ok(StatusCodes::new(ranges))
}

/// A regular expression; one that would take too much memory is none.
fn pattern(kind: &Kind, given: &str) -> Result<BodyPattern, Detail> {
    let text = text(kind, given)?;
    BodyPattern::new(&text)
        .map_err(|error| Some(both!("{error}", "정규식으로 읽을 수 없다 (\"{error}\")")))
}

/// Rules, or all that cannot be read as one.
fn rules(_: &Kind, text: &str) -> Result<Vec<Gate>, Detail> {
    let (mut rules, mut wrong) = (Vec::new(), Vec::new());
    for line in texts(text)? {
        match rule::parse(line) {
            Ok(spoken) => rules.push(spoken.gate()),
            Err(mistake) => wrong.push((mistake, line)),
        }
    }
    if wrong.is_empty() {
        Ok(rules)
    } else {
        let shown = || {
            let all = wrong.iter().map(|(mistake, line)| mistake.shown(line));
            all.collect::<Vec<_>>().join("\n")
        };
        Err(Some(no_rule(shown)))
    }
}

/// What is wrong with something that is no rule, with its place as it is shown.
fn no_rule(shown: impl Fn() -> String) -> Both {
    Both::of(|| {
        let shown = shown();
        say!(
            "it cannot be read as a rule:\n{shown}",
            "규칙으로 읽을 수 없다:\n{shown}"
        )
    })
}

/// Several texts, each on a line of its own.
fn texts(text: &str) -> Result<Vec<&str>, Detail> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if lines.is_empty() {
        return Err(empty());
    }
    if lines.iter().any(|line| line.is_empty()) {
        return Err(because("one of them is empty", "빈 것이 있다"));
    }
    if lines.len() > MOST_TEXTS {
        return Err(because("they are too many", "너무 많다"));
    }
    Ok(lines)
}

/// A table of weights as lines: the weight, a space, and the identifier, which may hold anything else.
fn lines_of_weights(weights: &Table) -> Result<String, Both> {
    let line = |(set, weight): (&String, &Value)| {
        let number = weight
            .as_integer()
            .filter(|weight| (0..=MOST_WEIGHT).contains(weight));
        let number = number.ok_or_else(|| {
            let (weight, set) = (plain_text(weight), visible(set));
            match weight {
                Some(weight) => both!(
                    "the weight of {set} is {weight}, which is no whole number from 0 to {MOST_WEIGHT}",
                    "{set}의 가중치 {weight}는 0~{MOST_WEIGHT}의 정수가 아니다"
                ),
                None => both!(
                    "the weight of {set} is something else, which is no whole number from 0 to {MOST_WEIGHT}",
                    "{set}의 가중치가 0~{MOST_WEIGHT}의 정수가 아니다"
                ),
            }
        })?;
        if set.is_empty() || set.contains('\n') {
            let set = visible(set);
            return Err(both!(
                "\"{set}\" is no set identifier",
                "\"{set}\"는 세트 식별자가 아니다"
            ));
        }
        Ok(format!("{number} {set}"))
    };
    let lines: Result<Vec<String>, Both> = weights.iter().map(line).collect();
    Ok(lines?.join("\n"))
}

fn weights(_: &Kind, text: &str) -> Result<Vec<(String, u64)>, Detail> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let weights = lines.filter_map(|(weight, set)| Some((set.to_owned(), weight.parse().ok()?)));
    let weights: Vec<(String, u64)> = weights.collect();
    if weights.is_empty() {
        return Err(empty());
    }
    if weights.iter().all(|(_, weight)| *weight == 0) {
        return Err(because(
            "all are 0, and Route 53 then answers with every set evenly",
            "모두 0이면 Route 53은 모든 세트로 고르게 응답한다",
        ));
    }
    Ok(weights)
}

/// A name on one line, short enough to be told everywhere.
fn name_of_stage(kind: &Kind, text: &str) -> Result<String, Detail> {
    let name = self::text(kind, text.trim())?;
    if name.chars().count() > LONGEST_NAME {
        return Err(Some(both!(
            "it has more than {LONGEST_NAME} characters",
            "{LONGEST_NAME}자보다 길다"
        )));
    }
    Ok(name)
}

/// What is wrong with a stage after others, which come with their numbers: the field, and why.
fn clash(before: &[(usize, Stage)], stage: &Stage) -> Option<(&'static str, Both)> {
    let (number, first) = before.first()?;
    let sets = |stage: &Stage| {
        let mut sets: Vec<&str> = stage.weights.iter().map(|(set, _)| set.as_str()).collect();
        sets.sort_unstable();
        visible(&sets.join(", ")).into_owned()
    };
    let (its, of_first) = (sets(stage), sets(first));
    if its != of_first {
        let why = both!(
            "it names {its}, and number {number} names {of_first}; each stage has to name the same sets, a set without traffic with the weight 0",
            "여기에는 {its}, {number}번에는 {of_first}가 있다; 모든 단계가 같은 세트를 적어야 하며 트래픽이 없는 세트는 가중치 0으로 적는다"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    if let Some((number, _)) = others.find(|(_, other)| stage.is(&other.weights)) {
        let why = both!(
            "they are those of number {number} too; each stage has to have weights of its own",
            "{number}번과 같다; 단계마다 가중치가 달라야 한다"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    let (number, _) = others.find(|(_, other)| other.name == stage.name)?;
    let why = both!(
        "\"{name}\" is the name of number {number} too; each stage has to have a name of its own",
        "\"{name}\"은 {number}번의 이름이기도 하다; 단계마다 이름이 달라야 한다",
        name = visible(&stage.name)
    );
    Some(("name", why))
}

/// Headers that the request has by itself, or that would change where it ends.
const OWN_HEADERS: [HeaderName; 8] = [
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::EXPECT,
    header::HOST,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers as a request takes them. What is wrong with a value is said without the value.
fn headers(_: &Kind, text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, Detail> {
    let header = |line: &str| {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| because("there is no colon in one of them", "콜론이 없는 것이 있다"))?;
        let name = name.trim();
        let shown = visible(name);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| {
            Some(both!(
                "\"{shown}\" is no name of a header",
                "\"{shown}\"는 헤더 이름이 아니다"
            ))
        })?;
        if OWN_HEADERS.contains(&name) {
            return Err(Some(both!(
                "{name} cannot be given, since it follows from the request",
                "{name}: 요청에 따라 정해지는 헤더라서 지정할 수 없다"
            )));
        }
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| {
            Some(both!(
                "the value of {name} holds characters that no header can have",
                "{name}의 값에 헤더에 쓸 수 없는 문자가 있다"
            ))
        })?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    texts(text)?.into_iter().map(header).collect()
}

/// The place of a word among those that are allowed, or the one that may have been meant.
fn word(kind: &Kind, text: &str) -> Result<usize, Detail> {
    let Kind::Word(_, words) = kind else {
        return Err(None);
    };
    let (text, words) = (text.trim(), words());
    let place = words.iter().position(|word| *word == text);
    place.ok_or_else(|| {
        let near = keys::nearest(text, words)?;
        Some(both!("did you mean {near}?", "혹시 {near}인가?"))
    })
}
