//! Judges the merged settings: every value by its own rule, then the rules that span several. All problems are
//! collected, each naming the value, where it stands, what is allowed and, where it helps, what to do.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hyper::header::{self, HeaderName, HeaderValue};
use toml::{Table, Value};
use url::{Host, Url};

use super::keys::{self, Key, Kind, MOST_ADDRESSES, MOST_TEXTS, Tables};
use super::layers::{Layers, Winner};
use super::raw::{Layer, Source};
use super::rule::{self, Spoken};
use super::{
    Access, ColorChoice, DnsSettings, HttpSettings, LogFormat, LogLevel, LogSettings,
    LookupSettings, Output, Profile, Route53Settings, RunSettings, Settings, ThemeChoice, Until,
};
use crate::model::address::no_host;
use crate::model::charset::Charset;
use crate::model::declared::Iac;
use crate::model::gate::{Gate, Severity};
use crate::model::language::Language;
use crate::model::name::RecordName;
use crate::model::record::RecordType;
use crate::model::secret::masked_url;
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
pub struct Problems(pub Vec<String>);

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
            timeout: DNS_TIMEOUT,
        },
        lookup: LookupSettings {
            resolver: checker.optional("resolver", address),
        },
        http: (!checker.read("no_http", boolean)).then_some(HttpSettings {
            endpoint: endpoint.clone(),
            timeout: checker.read("http_timeout", duration),
            insecure: checker.read("insecure", boolean),
            headers: checker.optional("http_header", headers).unwrap_or_default(),
        }),
        verdict: checker.verdict(),
        run: RunSettings {
            endpoint,
            duration: checker.optional("duration", duration),
            output: Output::ALL[checker.read("output", word)],
            max_unknown: checker.read("max_unknown", percentage),
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

/// Judges the few settings that matter before anything runs: queries a second, those for the verdict, and what people
/// read.
///
/// # Errors
/// All problems at once.
pub fn check_plan(layers: &Layers) -> Result<(u32, Criteria, Chosen), Problems> {
    let mut checker = Checker::new(layers);
    let chosen = (checker.charset(), checker.language());
    let settings = (checker.read("tps", whole), checker.verdict(), chosen);
    checker.unless_problems(settings)
}

/// Reads values by the rules of their keys, and notes what is wrong with them. For a value with a problem something else
/// stands in; the problem has been noted, so nobody sees the stand-in.
struct Checker<'layers> {
    layers: &'layers Layers,
    problems: Vec<String>,
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
            self.problems.push(
                "until = \"gates\": there is no gate to wait for; give one with --gate, or with gates or [[r53mon.gate]] in r53mon.toml"
                    .to_owned(),
            );
        }
        if until == Until::Stage && plan.stages.is_empty() {
            self.problems.push(
                "until = \"stage\": there is no stage to wait for; give some with [[r53mon.stage]] in r53mon.toml"
                    .to_owned(),
            );
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
                self.problems.push(format!(
                    "gate \"{}\": it is about HTTP requests, and none are made with no_http; leave one of them out",
                    gate.rule
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
                self.problems.push(format!("{place}: {why}"));
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
            rule::parse(text).map_err(|mistake| no_rule(&mistake.shown(text)))
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
                self.problems.push(format!(
                    "{place}: the rule of the same table says it too; leave one of them out"
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
            let variable = key.variable().map_or(String::new(), |variable| {
                format!(", {variable} in the environment or .env")
            });
            self.problems.push(format!(
                "{}: required and not set; give --{}{variable}, or {} in r53mon.toml; it has to be {}",
                key.toml, key.flag, key.toml, key.allowed()
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
            read(&key.kind, &text).map_err(|detail| complaint(key, &found.source, &text, &detail))
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
        if found.is_none() && key.is_required() {
            let place = entry.layer.source.place_of(name);
            let allowed = key.allowed();
            let problem = format!("{place}: required and not set; it has to be {allowed}");
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
                RecordName::from_user(text).map_err(|error| error.to_string())
            });
        }
        let name = match endpoint?.host()? {
            Host::Domain(host) => RecordName::from_user(host).map_err(|error| {
                format!("record_name: the endpoint's host \"{host}\" is no record name: {error}; give --record-name")
            }),
            Host::Ipv4(_) | Host::Ipv6(_) => Err(
                "record_name: the endpoint's host is an address, so the record's name cannot be taken from it; give --record-name"
                    .to_owned(),
            ),
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
            self.problems.push(format!(
                "record_name: {record} is a wildcard, and the endpoint's host \"{host}\" is no name that it answers for; give an endpoint below it"
            ));
        }
        name
    }
}

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
type Reader<T> = fn(&Kind, &str) -> Result<T, String>;

fn complaint(key: &Key, source: &Source, text: &str, detail: &str) -> String {
    let detail = if detail.is_empty() {
        String::new()
    } else {
        format!("{detail}; ")
    };
    format!(
        "{} = \"{}\" ({}): {detail}it has to be {}",
        key.toml,
        // A line break in it is no new line of the complaint.
        visible(&as_shown(&key.kind, text)),
        source.place(key),
        key.allowed()
    )
}

/// A text as it may be shown: of what is meant to be a URL, whether it is one or not, no secret is left.
pub(crate) fn as_shown<'text>(kind: &Kind, text: &'text str) -> Cow<'text, str> {
    match kind {
        Kind::Url => masked_url(text),
        Kind::Texts(_, _, true) => {
            let masked = text.lines().map(|line| match line.split_once(':') {
                Some((name, _)) => format!("{}: ***", name.trim()),
                None => "***".to_owned(),
            });
            Cow::Owned(masked.collect::<Vec<_>>().join("; "))
        }
        _ => Cow::Borrowed(text),
    }
}

/// The text of a value. Native numbers and booleans of TOML pass only where a number or a boolean is meant, so that a
/// zone id made of digits is never rounded, stripped of zeros or rewritten on its way.
fn text_of(key: &Key, found: &Winner) -> Result<String, String> {
    let refuse = |shown: &str, what: &str| {
        Err(format!(
            "{} = {shown} ({}): {what}; it has to be {}",
            key.toml,
            found.source.place(key),
            key.allowed()
        ))
    };
    let kind = &key.kind;
    match &found.value {
        Value::String(text) if !matches!(kind, Kind::Weights) => Ok(text.clone()),
        Value::Array(items) => {
            let Some(separator) = kind.separator() else {
                return refuse("[..]", "is a list and not a single value");
            };
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            match texts {
                None => refuse("[..]", "every item has to be a text in quotes"),
                Some(texts)
                    if separator == "\n" && texts.iter().any(|text| text.contains('\n')) =>
                {
                    refuse("[..]", "an item has more than one line")
                }
                Some(texts) => Ok(texts.join(separator)),
            }
        }
        Value::Table(weights) if matches!(kind, Kind::Weights) => {
            lines_of_weights(weights).or_else(|what| refuse("{..}", &what))
        }
        value => match (plain_text(value), value) {
            _ if matches!(kind, Kind::Weights) => refuse("..", "is no table"),
            (None, _) => refuse("{..}", "is not a single value"),
            // Whether 0 and 1 stand in quotes is all the same for a switch.
            (Some(text), _) if matches!(kind, Kind::Switch) => Ok(text),
            (Some(text), Value::Boolean(_)) => {
                refuse(&text, "is true or false and not a text; put it in quotes")
            }
            (Some(text), _) if kind.is_number() => Ok(text),
            (Some(text), _) if matches!(kind, Kind::Duration(..)) => refuse(
                &text,
                "is a number and not a text; put it in quotes with a unit",
            ),
            (Some(text), _) => refuse(&text, "is a number and not a text; put it in quotes"),
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

fn text(_: &Kind, text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text.to_owned())
    }
}

fn endpoint(_: &Kind, text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim()).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => {
            "there is no http:// or https:// in front".to_owned()
        }
        other => other.to_string(),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("its scheme is {}", url.scheme()));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err("it has no host".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "it holds a user name or password, which would be sent with every request".to_owned(),
        );
    }
    if url.port() == Some(0) {
        return Err("port 0 cannot be connected to".to_owned());
    }
    Ok(url)
}

fn id(kind: &Kind, text: &str) -> Result<String, String> {
    let id = text.trim();
    let id = id.trim_start_matches('/');
    let (path, what) = match kind {
        Kind::Id(path, what) => (*path, *what),
        _ => ("", "record"),
    };
    let rest = id.strip_prefix(path);
    let id = rest.and_then(|rest| rest.strip_prefix('/')).unwrap_or(id);
    if id.is_empty() {
        return Err("it is empty".to_owned());
    }
    if id.len() > 32
        || !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric())
    {
        let short = what.rsplit(' ').next().unwrap_or(what);
        return Err(format!("it is no {short} id"));
    }
    Ok(id.to_owned())
}

fn record_type(_: &Kind, text: &str) -> Result<RecordType, String> {
    RecordType::ALL
        .into_iter()
        .find(|record_type| record_type.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or_else(String::new)
}

fn whole(kind: &Kind, text: &str) -> Result<u32, String> {
    let number: u32 = text.trim().parse().map_err(|_| String::new())?;
    match kind {
        Kind::Whole(least, most, _) if (*least..=*most).contains(&number) => Ok(number),
        _ => Err("it is out of range".to_owned()),
    }
}

/// A number of hundredths, with or without the sign for them, as a share of one.
fn percentage(kind: &Kind, text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: f64 = number.parse().map_err(|_| String::new())?;
    match kind {
        Kind::Percent(least, most, _) if (*least..=*most).contains(&number) => Ok(number / 100.0),
        _ => Err("it is out of range".to_owned()),
    }
}

fn boolean(_: &Kind, text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(String::new()),
    }
}

fn duration(kind: &Kind, text: &str) -> Result<Duration, String> {
    let text = text.trim();
    let duration = humantime::parse_duration(text).map_err(|error| {
        if text.starts_with('-') {
            "it is negative".to_owned()
        } else if text.parse::<f64>().is_ok() {
            "the unit is missing".to_owned()
        } else {
            error.to_string()
        }
    })?;
    match kind {
        Kind::Duration(least, _) if duration < *least => Err("it is too short".to_owned()),
        Kind::Duration(_, most) if duration <= *most => Ok(duration),
        _ => Err("it is too long".to_owned()),
    }
}

/// An address with or without a port; the port is that of DNS when none is given.
fn address(_: &Kind, text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return of_a_host(SocketAddr::new(address, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err(format!("{text} has port 0")),
        Ok(address) => of_a_host(address),
        Err(_) if text.is_empty() => Err("an address is empty".to_owned()),
        Err(_) => Err(format!(
            "\"{text}\" is no IP address; a name cannot be given here"
        )),
    }
}

/// Whoever gives a link-local address may mean the resolver of a cloud; no server can have one that is nobody's.
fn of_a_host(address: SocketAddr) -> Result<SocketAddr, String> {
    match no_host(address.ip()).filter(|what| what.for_nobody()) {
        None => Ok(address),
        Some(what) => Err(format!(
            "{} is {}, so no server has it",
            address.ip(),
            what.as_str()
        )),
    }
}

fn addresses(kind: &Kind, text: &str) -> Result<Vec<SocketAddr>, String> {
    let mut all = Vec::new();
    for part in text.split(',') {
        let address = address(kind, part)?;
        if all.contains(&address) {
            return Err(format!("{address} is named twice"));
        }
        if all.len() == MOST_ADDRESSES {
            return Err("they are too many".to_owned());
        }
        all.push(address);
    }
    Ok(all)
}

/// Rules, or all that cannot be read as one.
fn rules(_: &Kind, text: &str) -> Result<Vec<Gate>, String> {
    let (mut rules, mut wrong) = (Vec::new(), Vec::new());
    for line in texts(text)? {
        match rule::parse(line) {
            Ok(spoken) => rules.push(spoken.gate()),
            Err(mistake) => wrong.push(mistake.shown(line)),
        }
    }
    if wrong.is_empty() {
        Ok(rules)
    } else {
        Err(no_rule(&wrong.join("\n")))
    }
}

/// What is wrong with something that is no rule, with its place as it is shown.
fn no_rule(shown: &str) -> String {
    format!("it cannot be read as a rule:\n{shown}")
}

/// Several texts, each on a line of its own.
fn texts(text: &str) -> Result<Vec<&str>, String> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    if lines.iter().any(|line| line.is_empty()) {
        return Err("one of them is empty".to_owned());
    }
    if lines.len() > MOST_TEXTS {
        return Err("they are too many".to_owned());
    }
    Ok(lines)
}

/// A table of weights as lines: the weight, a space, and the identifier, which may hold anything else.
fn lines_of_weights(weights: &Table) -> Result<String, String> {
    let line = |(set, weight): (&String, &Value)| {
        let number = weight
            .as_integer()
            .filter(|weight| (0..=MOST_WEIGHT).contains(weight));
        let number = number.ok_or_else(|| {
            let weight = plain_text(weight).unwrap_or_else(|| "something else".to_owned());
            format!(
                "the weight of {set} is {weight}, which is no whole number from 0 to {MOST_WEIGHT}"
            )
        })?;
        if set.is_empty() || set.contains('\n') {
            return Err(format!("\"{set}\" is no set identifier"));
        }
        Ok(format!("{number} {set}"))
    };
    let lines: Result<Vec<String>, String> = weights.iter().map(line).collect();
    Ok(lines?.join("\n"))
}

fn weights(_: &Kind, text: &str) -> Result<Vec<(String, u64)>, String> {
    let lines = text.lines().filter_map(|line| line.split_once(' '));
    let weights = lines.filter_map(|(weight, set)| Some((set.to_owned(), weight.parse().ok()?)));
    let weights: Vec<(String, u64)> = weights.collect();
    if weights.is_empty() {
        return Err("it is empty".to_owned());
    }
    if weights.iter().all(|(_, weight)| *weight == 0) {
        return Err("all are 0, and Route 53 then answers with every set evenly".to_owned());
    }
    Ok(weights)
}

/// A name on one line, short enough to be told everywhere.
fn name_of_stage(kind: &Kind, text: &str) -> Result<String, String> {
    let name = self::text(kind, text.trim())?;
    if name.chars().count() > LONGEST_NAME {
        return Err(format!("it has more than {LONGEST_NAME} characters"));
    }
    Ok(name)
}

/// What is wrong with a stage after others, which come with their numbers: the field, and why.
fn clash(before: &[(usize, Stage)], stage: &Stage) -> Option<(&'static str, String)> {
    let (number, first) = before.first()?;
    let sets = |stage: &Stage| {
        let mut sets: Vec<&str> = stage.weights.iter().map(|(set, _)| set.as_str()).collect();
        sets.sort_unstable();
        visible(&sets.join(", ")).into_owned()
    };
    let (its, of_first) = (sets(stage), sets(first));
    if its != of_first {
        let why = format!(
            "it names {its}, and number {number} names {of_first}; each stage has to name the same sets, a set without traffic with the weight 0"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    if let Some((number, _)) = others.find(|(_, other)| stage.is(&other.weights)) {
        let why = format!(
            "they are those of number {number} too; each stage has to have weights of its own"
        );
        return Some(("weights", why));
    }
    let mut others = before.iter();
    let (number, _) = others.find(|(_, other)| other.name == stage.name)?;
    let why = format!(
        "\"{}\" is the name of number {number} too; each stage has to have a name of its own",
        visible(&stage.name)
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
fn headers(_: &Kind, text: &str) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let header = |line: &str| {
        let (name, value) = line
            .split_once(':')
            .ok_or("there is no colon in one of them")?;
        let name = name.trim();
        let shown = visible(name);
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| format!("\"{shown}\" is no name of a header"))?;
        if OWN_HEADERS.contains(&name) {
            return Err(format!(
                "{name} cannot be given, since it follows from the request"
            ));
        }
        let mut value = HeaderValue::from_str(value.trim())
            .map_err(|_| format!("the value of {name} holds characters that no header can have"))?;
        value.set_sensitive(true);
        Ok((name, value))
    };
    texts(text)?.into_iter().map(header).collect()
}

/// The place of a word among those that are allowed, or the one that may have been meant.
fn word(kind: &Kind, text: &str) -> Result<usize, String> {
    let Kind::Word(_, words) = kind else {
        return Err(String::new());
    };
    let (text, words) = (text.trim(), words());
    let place = words.iter().position(|word| *word == text);
    place.ok_or_else(|| {
        keys::nearest(text, words).map_or(String::new(), |near| format!("did you mean {near}?"))
    })
}
