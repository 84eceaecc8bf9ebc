//! Judges the merged settings: every value by its own rule, then the rules that span several. All problems are
//! collected, each naming the value, where it stands, what is allowed and, where it helps, what to do.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use figment::value::{Num, Value};
use url::{Host, Url};

use super::environment::Environment;
use super::keys::{self, Key};
use super::layers::{Found, Layers};
use super::raw::Source;
use super::{
    Access, ColorChoice, DnsSettings, HttpSettings, LogLevel, LogSettings, LookupSettings, Output,
    Route53Settings, RunSettings, Settings,
};
use crate::model::name::RecordName;
use crate::model::record::RecordType;
use crate::model::text::visible;
use crate::model::verdict::Criteria;

/// Longest time for one DNS query. Not a setting: a cutover never waits longer for an answer that matters.
const DNS_TIMEOUT: Duration = Duration::from_secs(2);

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
pub fn check(
    layers: &Layers,
    access: Option<Access>,
    environment: &Environment,
) -> Result<Settings, Problems> {
    let mut checker = Checker {
        layers,
        problems: layers.problems.clone(),
    };
    let endpoint = checker.required("endpoint", endpoint);
    let zone_id = checker.required("hosted_zone_id", zone_id);
    let given_name = checker.optional("record_name", |text| {
        RecordName::from_user(text).map_err(|error| error.to_string())
    });
    let record_name = given_name.or_else(|| checker.name_of_endpoint(endpoint.as_ref()));
    let question_name = record_name
        .as_ref()
        .and_then(|record| checker.question_name(record, endpoint.as_ref()));
    let record_type = checker.optional("record_type", record_type);
    let tps = checker.parsed("tps", tps);
    let no_http = checker.parsed("no_http", boolean);
    let insecure = checker.parsed("insecure", boolean);
    let explain = checker.parsed("explain", boolean);
    let name_servers = checker
        .optional("nameservers", name_servers)
        .unwrap_or_default();
    let resolver = checker.optional("resolver", socket_address);
    let poll_interval = checker.parsed("poll_interval", |text| {
        duration_within(text, Duration::from_secs(5), Duration::MAX)
    });
    let http_timeout = checker.parsed("http_timeout", |text| {
        duration_within(text, Duration::from_millis(100), Duration::from_mins(5))
    });
    let verdict = checker.verdict();
    let duration = checker.optional("duration", |text| {
        duration_within(text, Duration::from_millis(1), Duration::MAX)
    });
    let output = checker.parsed("output", output);
    let color = checker.parsed("color", color);
    let profile = checker.optional("profile", |text| non_empty(text).map(str::to_owned));
    let log = LogSettings {
        file: checker.optional("log_file", |text| non_empty(text).map(PathBuf::from)),
        level: checker.optional("log_level", log_level),
        json: checker.parsed("log_format", log_format).unwrap_or_default(),
    };
    if access.is_none() {
        checker.api_url_variables(environment);
    }
    // A value is only missing here if a problem has been noted for it.
    let (Some(endpoint), Some(zone_id), Some(record_name), Some(question_name), Some(tps)) =
        (endpoint, zone_id, record_name, question_name, tps)
    else {
        return Err(Problems(checker.problems));
    };
    let (Some(no_http), Some(insecure), Some(poll_interval), Some(http_timeout)) =
        (no_http, insecure, poll_interval, http_timeout)
    else {
        return Err(Problems(checker.problems));
    };
    let (Some(verdict), Some(explain)) = (verdict, explain) else {
        return Err(Problems(checker.problems));
    };
    let (Some(output), Some(color), true) = (output, color, checker.problems.is_empty()) else {
        return Err(Problems(checker.problems));
    };
    Ok(Settings {
        route53: Route53Settings {
            zone_id,
            record_name,
            question_name,
            record_type,
            poll_interval,
            call_spacing: CALL_SPACING,
            own_name_servers: !name_servers.is_empty(),
            access: access.unwrap_or(Access::Chain { profile }),
        },
        dns: DnsSettings {
            tps,
            name_servers,
            timeout: DNS_TIMEOUT,
        },
        lookup: LookupSettings { resolver },
        http: (!no_http).then(|| HttpSettings {
            endpoint: endpoint.clone(),
            timeout: http_timeout,
            insecure,
        }),
        verdict,
        run: RunSettings {
            endpoint,
            duration,
            output,
            explain,
            color,
        },
        log,
    })
}

/// Judges the few settings that matter before anything runs: queries a second, and those for the verdict.
///
/// # Errors
/// All problems at once.
pub fn check_plan(layers: &Layers) -> Result<(u32, Criteria), Problems> {
    let mut checker = Checker {
        layers,
        problems: layers.problems.clone(),
    };
    let tps = checker.parsed("tps", tps);
    let verdict = checker.verdict();
    match (tps, verdict, checker.problems.is_empty()) {
        (Some(tps), Some(verdict), true) => Ok((tps, verdict)),
        _ => Err(Problems(checker.problems)),
    }
}

struct Checker<'layers> {
    layers: &'layers Layers,
    problems: Vec<String>,
}

impl Checker<'_> {
    fn verdict(&mut self) -> Option<Criteria> {
        let tolerance = self.parsed("tolerance", tolerance);
        let confidence = self.parsed("confidence", confidence);
        Some(Criteria {
            tolerance: tolerance?,
            confidence: confidence?,
        })
    }

    /// A value that has a default.
    fn parsed<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.optional(name, parse)
    }

    /// A value that somebody has to give.
    fn required<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let key = keys::by_toml(name)?;
        if self.layers.find(key).is_none() {
            let variable = key.variable.map_or(String::new(), |variable| {
                format!(", {variable} in the environment or .env")
            });
            self.problems.push(format!(
                "{}: required and not set; give --{}{variable}, or {} in r53mon.toml; it has to be {}",
                key.toml, key.flag, key.toml, key.allowed
            ));
        }
        self.optional(name, parse)
    }

    /// A value that may be missing.
    fn optional<T>(&mut self, name: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let key = keys::by_toml(name)?;
        let found = self.layers.find(key)?;
        let text = match text_of(key, &found) {
            Ok(text) => text,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        match parse(&text) {
            Ok(value) => Some(value),
            Err(detail) => {
                self.problems
                    .push(complaint(key, &found.source, &text, &detail));
                None
            }
        }
    }

    /// The record's name when none is given: the host of the endpoint.
    fn name_of_endpoint(&mut self, endpoint: Option<&Url>) -> Option<RecordName> {
        let key = keys::by_toml("record_name")?;
        if self.layers.find(key).is_some() {
            // It was given and is bad, which has been said.
            return None;
        }
        match endpoint?.host()? {
            Host::Domain(host) => match RecordName::from_user(host) {
                Ok(name) => Some(name),
                Err(error) => {
                    self.problems.push(format!("record_name: the endpoint's host \"{host}\" is no record name: {error}; give --record-name"));
                    None
                }
            },
            Host::Ipv4(_) | Host::Ipv6(_) => {
                self.problems.push(
                    "record_name: the endpoint's host is an address, so the record's name cannot be taken from it; give --record-name"
                        .to_owned(),
                );
                None
            }
        }
    }

    /// The name that is asked for: nobody asks for a wildcard by its own name, so the endpoint's host stands for it.
    fn question_name(&mut self, record: &RecordName, endpoint: Option<&Url>) -> Option<RecordName> {
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

    /// The SDK reports a URL without a scheme in words that nobody understands, so it is looked at here.
    fn api_url_variables(&mut self, environment: &Environment) {
        for name in ["AWS_ENDPOINT_URL_ROUTE_53", "AWS_ENDPOINT_URL"] {
            if let Some(value) = environment.get(name) {
                let good = Url::parse(value)
                    .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
                if !good {
                    self.problems.push(format!("{name} = \"{value}\" in the environment or .env: has to be an http or https URL with a host"));
                }
            }
        }
    }
}

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
        visible(&without_password(text)),
        source.place(key),
        key.allowed
    )
}

/// A text as it may be shown: a password in a URL is nobody else's business.
pub(super) fn without_password(text: &str) -> Cow<'_, str> {
    if let Ok(mut url) = Url::parse(text.trim())
        && url.password().is_some()
        && url.set_password(Some("***")).is_ok()
    {
        return Cow::Owned(url.into());
    }
    Cow::Borrowed(text)
}

/// The text of a value. Native numbers and booleans of TOML pass only where a number or a boolean is meant, so that a
/// zone id made of digits is never rounded, stripped of zeros or rewritten on its way.
fn text_of(key: &Key, found: &Found) -> Result<String, String> {
    let refuse = |shown: &str, what: &str| {
        Err(format!(
            "{} = {shown} ({}): {what}; it has to be {}",
            key.toml,
            found.source.place(key),
            key.allowed
        ))
    };
    match &found.value {
        Value::String(_, text) => Ok(text.clone()),
        Value::Bool(_, value) if matches!(key.toml, "no_http" | "insecure" | "explain") => {
            Ok(value.to_string())
        }
        // Whether 0 and 1 stand in quotes is all the same here.
        Value::Num(_, number) if matches!(key.toml, "no_http" | "insecure" | "explain") => {
            Ok(number_text(*number))
        }
        Value::Num(_, number) if matches!(key.toml, "tps" | "tolerance" | "confidence") => {
            Ok(number_text(*number))
        }
        Value::Array(_, items) if key.toml == "nameservers" => {
            let texts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
            texts.map_or_else(
                || refuse("[..]", "every item has to be a text in quotes"),
                |texts| Ok(texts.join(",")),
            )
        }
        Value::Bool(_, value) => refuse(
            &value.to_string(),
            "is true or false and not a text; put it in quotes",
        ),
        Value::Num(_, number) => {
            let shown = number_text(*number);
            let unit = if matches!(key.toml, "duration" | "poll_interval" | "http_timeout") {
                " with a unit"
            } else {
                ""
            };
            refuse(
                &shown,
                &format!("is a number and not a text; put it in quotes{unit}"),
            )
        }
        Value::Array(..) => refuse("[..]", "is a list and not a single value"),
        _ => refuse("{..}", "is not a single value"),
    }
}

fn number_text(number: Num) -> String {
    number.to_i128().map_or_else(
        || format!("{}", number.to_f64().unwrap_or(f64::NAN)),
        |number| number.to_string(),
    )
}

fn non_empty(text: &str) -> Result<&str, String> {
    if text.trim().is_empty() {
        Err("it is empty".to_owned())
    } else {
        Ok(text)
    }
}

fn endpoint(text: &str) -> Result<Url, String> {
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

fn zone_id(text: &str) -> Result<String, String> {
    let id = text.trim();
    let id = id.trim_start_matches('/');
    let id = id.strip_prefix("hostedzone/").unwrap_or(id);
    if id.is_empty() {
        return Err("it is empty".to_owned());
    }
    if id.len() > 32
        || !id
            .chars()
            .all(|character| character.is_ascii_alphanumeric())
    {
        return Err("it is no zone id".to_owned());
    }
    Ok(id.to_owned())
}

fn record_type(text: &str) -> Result<RecordType, String> {
    RecordType::ALL
        .into_iter()
        .find(|record_type| record_type.as_str().eq_ignore_ascii_case(text.trim()))
        .ok_or_else(String::new)
}

fn tps(text: &str) -> Result<u32, String> {
    let number: u32 = text.trim().parse().map_err(|_| String::new())?;
    if (1..=100).contains(&number) {
        Ok(number)
    } else {
        Err("it is out of range".to_owned())
    }
}

/// A tolerance in percentage points, as a share.
fn tolerance(text: &str) -> Result<f64, String> {
    match percentage(text)? {
        points if points > 0.0 && points <= 50.0 => Ok(points / 100.0),
        _ => Err("it is out of range".to_owned()),
    }
}

/// A confidence in percent, as a probability.
fn confidence(text: &str) -> Result<f64, String> {
    match percentage(text)? {
        percent if (80.0..=99.99).contains(&percent) => Ok(percent / 100.0),
        _ => Err("it is out of range".to_owned()),
    }
}

/// A number with or without the sign for hundredths.
fn percentage(text: &str) -> Result<f64, String> {
    let text = text.trim();
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    number.parse().map_err(|_| String::new())
}

fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(String::new()),
    }
}

fn duration_within(text: &str, shortest: Duration, longest: Duration) -> Result<Duration, String> {
    let text = text.trim();
    let duration = humantime::parse_duration(text).map_err(|error| {
        if text.parse::<f64>().is_ok() {
            "the unit is missing".to_owned()
        } else {
            error.to_string()
        }
    })?;
    if duration < shortest {
        return Err("it is too short".to_owned());
    }
    if duration > longest {
        return Err("it is too long".to_owned());
    }
    Ok(duration)
}

/// An address with or without a port; the port is that of DNS when none is given.
fn socket_address(text: &str) -> Result<SocketAddr, String> {
    let text = text.trim();
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() == 0 => Err(format!("{text} has port 0")),
        Ok(address) => Ok(address),
        Err(_) if text.is_empty() => Err("an address is empty".to_owned()),
        Err(_) => Err(format!(
            "\"{text}\" is no IP address; a name cannot be given here"
        )),
    }
}

fn name_servers(text: &str) -> Result<Vec<SocketAddr>, String> {
    let mut addresses = Vec::new();
    for part in text.split(',') {
        let address = socket_address(part)?;
        if addresses.contains(&address) {
            return Err(format!("{address} is named twice"));
        }
        addresses.push(address);
    }
    Ok(addresses)
}

fn output(text: &str) -> Result<Output, String> {
    match text.trim() {
        "auto" => Ok(Output::Auto),
        "text" => Ok(Output::Text),
        "json" => Ok(Output::Json),
        "ndjson" => Ok(Output::Ndjson),
        other => Err(near(other, &["auto", "text", "json", "ndjson"])),
    }
}

fn color(text: &str) -> Result<ColorChoice, String> {
    match text.trim() {
        "auto" => Ok(ColorChoice::Auto),
        "always" => Ok(ColorChoice::Always),
        "never" => Ok(ColorChoice::Never),
        other => Err(near(other, &["auto", "always", "never"])),
    }
}

fn log_level(text: &str) -> Result<LogLevel, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "error" => Ok(LogLevel::Error),
        "warn" => Ok(LogLevel::Warn),
        "info" => Ok(LogLevel::Info),
        "debug" => Ok(LogLevel::Debug),
        "trace" => Ok(LogLevel::Trace),
        other => Err(near(other, &["error", "warn", "info", "debug", "trace"])),
    }
}

fn log_format(text: &str) -> Result<bool, String> {
    match text.trim() {
        "text" => Ok(false),
        "json" => Ok(true),
        other => Err(near(other, &["text", "json"])),
    }
}

fn near(text: &str, known: &[&'static str]) -> String {
    keys::nearest(text, known.iter().copied())
        .map_or(String::new(), |near| format!("did you mean {near}?"))
}
