//! Every setting, described once: the table from which flags and their help, the layers, the checks, `config show` and
//! `config init` are made, and to which tests hold the example files and the README.

use std::time::Duration;

use super::{ColorChoice, LogFormat, LogLevel, Output, ThemeChoice, Until};
use crate::model::declared::Iac;
use crate::model::gate::Severity;
use crate::model::language::Language;
use crate::model::record::RecordType;

/// One setting.
#[derive(Debug)]
pub struct Key {
    /// The key in table `[r53mon]` of a settings file.
    pub toml: &'static str,
    /// The long flag without its dashes.
    pub flag: &'static str,
    /// The short flag without its dash.
    pub short: Option<char>,
    /// Variables of others that decide in the place of one of ours, the strongest first.
    pub foreign: &'static [Foreign],
    /// What a value has to be.
    pub kind: Kind,
    /// What it is for, in words, without what a value has to be.
    pub purpose: &'static str,
    /// The value when no source gives one, as text; `None`: there is none, or it is derived from other settings.
    pub default: Option<&'static str>,
    /// Where one command has another default: which, and what.
    pub elsewhere: Option<(Taker, &'static str)>,
    /// What is used when there is neither a value nor a default, or what the default means, in words.
    pub otherwise: &'static str,
    /// A good value to show where there is no default.
    pub sample: &'static str,
    /// Who takes its flag besides the commands that watch a real record.
    pub also: &'static [Taker],
    /// The heading of its flag in the help, where that is not the usual one.
    pub heading: Option<&'static str>,
    /// Whether only the long help tells of it.
    pub is_rare: bool,
}

/// A variable of others that stands for a setting.
#[derive(Clone, Copy, Debug)]
pub struct Foreign {
    /// Its name.
    pub variable: &'static str,
    /// What it says where its being set is enough; `None`: its value.
    pub says: Option<&'static str>,
}

/// What a value has to be, with its bounds.
#[derive(Debug)]
pub enum Kind {
    /// A text that is not empty: how the help calls it, and what it is.
    Text(&'static str, &'static str),
    /// An http or https URL.
    Url,
    /// The id of something at Route 53: what stands before it in paths, and what it is.
    Id(&'static str, &'static str),
    /// A domain name.
    Name,
    /// One of some words: how the help calls it, and the words.
    Word(&'static str, fn() -> Vec<&'static str>),
    /// True or false.
    Switch,
    /// A whole number: from, to, and of what.
    Whole(u32, u32, &'static str),
    /// Hundredths from the first to the second, and their unit.
    Percent(f64, f64, &'static str),
    /// A time, at least the first and at most the second.
    Duration(Duration, Duration),
    /// An address with or without a port.
    Address,
    /// Several of these, separated by commas.
    Addresses,
    /// A table of weights by set identifier.
    Weights,
    /// Any number of texts, each on a line of its own: how the help calls one, what one is, and whether what follows its first
    /// colon is nobody's business.
    Texts(&'static str, &'static str, bool),
}

/// Commands that differ in the flags they take or in their defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taker {
    /// `watch`, and what takes the same: `doctor` and `config show`.
    Watch,
    /// `check`.
    Check,
    /// `demo`.
    Demo,
    /// `plan`.
    Plan,
}

/// What a settings file may hold several of, each as a table below a line `[[r53mon.NAME]]`.
#[derive(Debug)]
pub struct Tables {
    /// The name of their array in table `[r53mon]`; no setting has the same.
    pub name: &'static str,
    /// What one is for, in words.
    pub purpose: &'static str,
    /// What one may hold. Neither flags nor variables say the same.
    pub fields: &'static [Key],
    /// How many of them there may be.
    pub most: usize,
}

/// The prefix of every variable of ours.
pub const PREFIX: &str = "R53MON_";

const REQUIRED: &str = "required";

/// More name servers than any zone has.
pub(super) const MOST_ADDRESSES: usize = 100;

/// As many as anybody can have an eye on.
pub(super) const MOST_TEXTS: usize = 100;

/// All settings, in the order of `config show`, of the help and of the template.
pub const KEYS: &[Key] = &[
    Key::new("endpoint", Kind::Url)
        .short('e')
        .purpose("URL that the record serves, http or https; its port is used for HTTP")
        .required("https://app.example.com"),
    Key::new("hosted_zone_id", Kind::Id("hostedzone", "hosted zone"))
        .flag("zone-id")
        .short('z')
        .purpose("Id of the hosted zone, with or without /hostedzone/")
        .required("ZXXXXXXXXXX"),
    Key::new("record_name", Kind::Name)
        .flag("record-name")
        .short('r')
        .purpose("Name of the weighted record")
        .otherwise("host of the endpoint", "app.example.com"),
    Key::new(
        "record_type",
        Kind::Word("TYPE", || words(&RecordType::ALL, RecordType::as_str)),
    )
    .flag("record-type")
    .purpose("Type of the record")
    .otherwise("the weighted type found: A, then AAAA, then CNAME", "A")
        .rare(),
    Key::new("tps", Kind::Whole(1, 100, "queries a second"))
        .short('t')
        .purpose("DNS queries a second")
        .default("10")
        .elsewhere(Taker::Demo, "20")
        .also(&[Taker::Demo, Taker::Plan]),
    Key::new("no_http", Kind::Switch)
        .flag("no-http")
        .purpose("Measure DNS only, make no HTTP requests")
        .default("false")
        .also(&[Taker::Demo]),
    Key::new("nameservers", Kind::Addresses)
        .flag("nameserver")
        .short('n')
        .purpose("Name servers to ask")
        .otherwise("the zone's delegation set", "192.0.2.1,192.0.2.2:5353"),
    Key::new("resolver", Kind::Address)
        .purpose("Resolver for the names of name servers and alias targets")
        .otherwise("the system's", "192.0.2.53")
        .rare(),
    Key::new(
        "poll_interval",
        Kind::Duration(Duration::from_secs(5), Duration::from_hours(24)),
    )
    .flag("poll-interval")
    .purpose("How often the configuration is read again")
    .default("30s")
    .elsewhere(Taker::Demo, "5s")
    .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "tolerance",
        Kind::Percent(0.01, 50.0, "percentage points"),
    )
    .purpose("How near the declared share counts as a match, in percentage points")
    .default("5")
    .also(&[Taker::Demo, Taker::Plan]),
    Key::new(
        "confidence",
        Kind::Percent(80.0, 99.99, "a percentage"),
    )
    .purpose("How sure a verdict has to be, in percent")
    .default("99")
    .also(&[Taker::Demo, Taker::Plan]),
    Key::new(
        "max_unknown",
        Kind::Percent(0.01, 100.0, "a percentage"),
    )
    .flag("max-unknown")
    .purpose("Largest share of answers that no set can have given with which there is a match, in percent")
    .default("5")
    .also(&[Taker::Demo])
        .rare(),
    Key::new("settled", Kind::Switch)
        .purpose("The weights have stood for two minutes: what does not fit is a mismatch from the start on")
        .default("false")
        .elsewhere(Taker::Demo, "true")
        .also(&[Taker::Demo])
        .rare(),
    Key::new("ignore_http", Kind::Switch)
        .flag("ignore-http")
        .purpose("Let check end with a match whatever HTTP says")
        .default("false")
        .rare(),
    Key::new("until", Kind::Word("WHAT", || words(&Until::ALL, Until::as_str)))
        .purpose("What check waits for; a critical gate ends it before")
        .otherwise("the first verdict", "settled")
        .rare(),
    Key::new("junit", Kind::Text("PATH", "the path of a file"))
        .purpose("Let check write its result to this file too, as JUnit has it: a test case for the verdict and for each gate")
        .otherwise("none is written", "r53mon.xml")
        .rare(),
    Key::new("gates", Kind::Texts("RULE", "a rule that has to hold", false))
        .flag("gate")
        .purpose("Rule that has to hold; critical unless it begins with warning:")
        .otherwise("none", "p95 > 200ms for 5m")
        .also(&[Taker::Demo]),
    Key::new(
        "duration",
        Kind::Duration(Duration::from_millis(1), Duration::from_hours(365 * 24)),
    )
        .short('d')
        .purpose("End after this time")
        .elsewhere(Taker::Check, "5m")
        .otherwise("until you end it", "10m")
        .also(&[Taker::Demo]),
    Key::new("change_id", Kind::Id("change", "change"))
        .flag("change-id")
        .purpose("Id of the change to wait for: a mismatch is called no sooner than a minute after all name servers have it")
        .otherwise("none is waited for", "C2682N5HXP0BZ4")
        .rare(),
    Key::new(
        "output",
        Kind::Word("FORMAT", || words(&Output::ALL, Output::as_str)),
    )
    .short('o')
    .purpose("How the numbers are shown")
    .default("auto")
    .otherwise("a dashboard on a terminal, else text", "")
    .also(&[Taker::Demo])
    .heading("Output"),
    Key::new(
        "http_timeout",
        Kind::Duration(Duration::from_millis(100), Duration::from_mins(5)),
    )
    .flag("http-timeout")
    .purpose("Longest time for one HTTP request")
    .default("5s")
    .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "http_header",
        Kind::Texts("NAME:VALUE", "a header to send", true),
    )
    .flag("http-header")
    .purpose("Header to send with each HTTP request")
    .otherwise("none", "X-Team:payments")
    .also(&[Taker::Demo])
    .rare(),
    Key::new("insecure", Kind::Switch)
        .purpose("Do not verify certificates of the endpoint; every view says so")
        .default("false")
        .rare(),
    Key::new("explain", Kind::Switch)
        .purpose("Say after the statistics which rule gave the verdict and what would change it")
        .default("false")
        .also(&[Taker::Demo]),
    Key::new("profile", Kind::Text("NAME", "the name of an AWS profile"))
        .foreign(&[Foreign {
            variable: "AWS_PROFILE",
            says: None,
        }])
        .purpose("AWS profile")
        .otherwise("the AWS credential chain", "production"),
    Key::new(
        "color",
        Kind::Word("WHEN", || words(&ColorChoice::ALL, ColorChoice::as_str)),
    )
    .foreign(&[
        Foreign {
            variable: "NO_COLOR",
            says: Some("never"),
        },
        Foreign {
            variable: "CLICOLOR_FORCE",
            says: Some("always"),
        },
    ])
    .purpose("When the dashboard and doctor use colour")
    .default("auto")
    .also(&[Taker::Demo])
    .heading("Output"),
    Key::new("log_file", Kind::Text("PATH", "the path of a file"))
        .flag("log-file")
        .purpose("Write a log to this file")
        .otherwise("stderr without a dashboard, else no log", "r53mon.log")
        .also(&[Taker::Demo])
        .heading("Output"),
    Key::new(
        "log_level",
        Kind::Word("LEVEL", || words(&LogLevel::ALL, LogLevel::as_str)),
    )
    .flag("log-level")
    .purpose("Least severe messages in the log")
    .otherwise("warn on stderr, info in a file", "info")
    .also(&[Taker::Demo])
    .heading("Output")
        .rare(),
    Key::new(
        "log_format",
        Kind::Word("FORMAT", || words(&LogFormat::ALL, LogFormat::as_str)),
    )
    .flag("log-format")
    .purpose("Format of the log")
    .default("text")
    .also(&[Taker::Demo])
    .heading("Output")
    .rare(),
    Key::new(
        "theme",
        Kind::Word("THEME", || words(&ThemeChoice::ALL, ThemeChoice::as_str)),
    )
    .purpose("Look of the dashboard, for a dark or a light background or without colour")
    .default("auto")
    .otherwise("by COLORFGBG, else as the terminal answers, else dark", "")
    .also(&[Taker::Demo])
    .heading("Output")
    .rare(),
    Key::new("ascii", Kind::Switch)
        .purpose("Show nothing but ASCII: lines, bars and charts, and names with escapes")
        .default("false")
        .otherwise("also in a locale without UTF-8", "")
        .also(&[Taker::Demo, Taker::Plan])
        .heading("Output")
        .rare(),
    Key::new("iac", Kind::Word("TOOL", || words(&Iac::ALL, Iac::as_str)))
        .purpose("In whose words the change is told that undoes the last one: a command of the AWS CLI, or attributes of Terraform's resources")
        .default("cli")
        .also(&[Taker::Demo])
        .heading("Output")
        .rare(),
    Key::new(
        "rollback_goal",
        Kind::Duration(Duration::from_secs(1), Duration::from_hours(24)),
    )
    .flag("rollback-goal")
    .purpose("How fast a rollback to an earlier stage should be, from the change to the last answer of what was abandoned")
    .default("30s")
    .also(&[Taker::Demo])
    .rare(),
    Key::new(
        "lang",
        Kind::Word("LANG", || words(&Language::ALL, Language::as_str)),
    )
    .purpose("Language of what people read, never of JSON and the log")
    .otherwise("ko in a Korean locale (LC_ALL, LC_MESSAGES, LANG), else en", "ko")
    .also(&[Taker::Demo, Taker::Plan])
    .heading("Output")
    .rare(),
];

/// All arrays of tables, in the order of the template.
pub const TABLES: &[Tables] = &[
    Tables {
    name: "gate",
    purpose: "A rule that has to hold, besides those of gates",
    fields: &[
        Key::new("rule", Kind::Text("RULE", "a rule"))
            .purpose("What must not be")
            .required("green 5xx >= 2% for 1m"),
        Key::new(
            "severity",
            Kind::Word("SEVERITY", || words(&Severity::ALL, Severity::as_str)),
        )
        .purpose("Whether it is only told, or ends check and is a reason to take the last change back")
        .default("critical"),
        Key::new("min_samples", Kind::Whole(1, 1_000_000, "samples"))
            .purpose("Of fewer samples it says nothing")
            .default("50"),
        Key::new("hysteresis", Kind::Percent(0.0, 90.0, "a percentage"))
            .purpose("How far inside its limit a value has to be before a tripped gate goes, in percent of the limit")
            .default("10"),
    ],
    most: MOST_TEXTS,
},
    Tables {
        name: "stage",
        purpose: "A step of a cutover, in the order of the steps: the weights, how long a match has to stand before the next step, and rules that have to hold meanwhile; each names the same sets",
        fields: &[
            Key::new("name", Kind::Text("NAME", "a name"))
                .purpose("What it is called")
                .otherwise("its weights", "a tenth"),
            Key::new("weights", Kind::Weights)
                .purpose("Weights by set identifier")
                .required("{ blue = 90, green = 10 }"),
            Key::new(
                "hold",
                Kind::Duration(Duration::ZERO, Duration::from_hours(7 * 24)),
            )
            .purpose("How long a match has to stand before the next step")
            .default("0s"),
            Key::new("gates", Kind::Texts("RULE", "a rule", false))
                .purpose("Rules that have to hold while it is in force, besides those of [[r53mon.gate]]")
                .otherwise("none", "green p95 > 200ms for 5m"),
        ],
        most: 50,
    },
];

impl Taker {
    /// All of them, each at the place of its number.
    pub const ALL: [Self; 4] = [Self::Watch, Self::Check, Self::Demo, Self::Plan];

    /// The settings whose flags it takes.
    pub fn keys(self) -> impl Iterator<Item = &'static Key> {
        KEYS.iter().filter(move |key| {
            matches!(self, Self::Watch | Self::Check) || key.also.contains(&self)
        })
    }

    /// How it is called on the command line.
    fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Check => "check",
            Self::Demo => "demo",
            Self::Plan => "plan",
        }
    }
}

impl Key {
    /// What is alike in most settings: the flag is called as the key, there is a variable, and only commands that watch a real
    /// record take it. The rest of a row says what else it has.
    const fn new(toml: &'static str, kind: Kind) -> Self {
        Self {
            toml,
            flag: toml,
            short: None,
            foreign: &[],
            kind,
            purpose: "",
            default: None,
            elsewhere: None,
            otherwise: "",
            sample: "",
            also: &[],
            heading: None,
            is_rare: false,
        }
    }

    const fn flag(mut self, flag: &'static str) -> Self {
        self.flag = flag;
        self
    }

    const fn short(mut self, short: char) -> Self {
        self.short = Some(short);
        self
    }

    const fn foreign(mut self, variables: &'static [Foreign]) -> Self {
        self.foreign = variables;
        self
    }

    const fn purpose(mut self, purpose: &'static str) -> Self {
        self.purpose = purpose;
        self
    }

    const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    const fn elsewhere(mut self, taker: Taker, value: &'static str) -> Self {
        self.elsewhere = Some((taker, value));
        self
    }

    const fn otherwise(mut self, otherwise: &'static str, sample: &'static str) -> Self {
        self.otherwise = otherwise;
        self.sample = sample;
        self
    }

    const fn required(self, sample: &'static str) -> Self {
        self.otherwise(REQUIRED, sample)
    }

    const fn also(mut self, takers: &'static [Taker]) -> Self {
        self.also = takers;
        self
    }

    const fn heading(mut self, heading: &'static str) -> Self {
        self.heading = Some(heading);
        self
    }

    const fn rare(mut self) -> Self {
        self.is_rare = true;
        self
    }

    /// The environment variable, where there is one of ours.
    pub fn variable(&self) -> Option<String> {
        let ours = self.foreign.is_empty();
        ours.then(|| format!("{PREFIX}{}", self.toml.to_uppercase()))
    }

    /// All variables that decide: ours, or those of others.
    pub fn variables(&self) -> Vec<String> {
        let foreign = self
            .foreign
            .iter()
            .map(|foreign| foreign.variable.to_owned());
        self.variable().into_iter().chain(foreign).collect()
    }

    /// Whether a run cannot do without.
    pub fn is_required(&self) -> bool {
        self.otherwise == REQUIRED
    }

    /// What it is for and what a value has to be: the sentence of help, template and README, without a full stop.
    pub fn about(&self) -> String {
        format!("{}{}", self.purpose, self.rule().0)
    }

    /// The value that a command uses when no source gives one, as text.
    pub fn default_for(&self, taker: Taker) -> Option<&'static str> {
        let own = self.elsewhere.filter(|(other, _)| *other == taker);
        own.map(|(_, value)| value).or(self.default)
    }

    /// What is used when no source gives a value, in words.
    pub fn fallback(&self, taker: Taker) -> String {
        let parts = [self.default_for(taker).unwrap_or_default(), self.otherwise];
        let parts = parts.into_iter().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }

    /// The same for all commands that read every source.
    pub fn fallbacks(&self) -> String {
        let usual = self.fallback(Taker::Watch);
        match self.elsewhere {
            Some((taker, value)) => format!("{usual}; {}: {value}", taker.name()),
            None => usual,
        }
    }

    /// A good value: the default, or one made up.
    pub fn example(&self) -> &'static str {
        self.default.unwrap_or(self.sample)
    }

    /// What a value has to be: the end of every complaint.
    pub fn allowed(&self) -> String {
        self.rule().1
    }

    /// What a value has to be, as the end of a sentence of help and as that of a complaint.
    fn rule(&self) -> (String, String) {
        let example = self.example();
        let only_told = |complaint: String| (String::new(), complaint);
        match &self.kind {
            Kind::Text(_, what) => only_told(format!("{what}, not empty")),
            Kind::Url => only_told(format!(
                "an http or https URL with a host, such as {example}"
            )),
            Kind::Id(path, what) => only_told(format!(
                "the id of a {what}: 1 to 32 letters and digits, with or without /{path}/ before it"
            )),
            Kind::Name => only_told("a domain name".to_owned()),
            Kind::Switch => only_told("true or false (also 1, 0, yes, no, on, off)".to_owned()),
            Kind::Word(_, words) => {
                let words = either(&words());
                (format!(": {words}"), words)
            }
            Kind::Whole(least, most, unit) => {
                let range = format!("{least} to {most}");
                (
                    format!(", {range}"),
                    format!("a whole number from {range} ({unit})"),
                )
            }
            Kind::Percent(least, most, unit) => {
                let range = format!("{least} to {most}");
                (
                    format!(", {range}"),
                    format!("{unit} from {range}, such as {example}"),
                )
            }
            Kind::Duration(least, most) => {
                let range = format!("{} to {}", in_words(*least), in_words(*most));
                (
                    format!(", {range}"),
                    format!("a duration from {range}, such as {example}"),
                )
            }
            Kind::Address => (
                ", IP or IP:PORT".to_owned(),
                "an IP address with or without a port, such as 192.0.2.53 or [2001:db8::53]:5353"
                    .to_owned(),
            ),
            Kind::Addresses => (
                ", IP or IP:PORT; several: with commas, or the flag again".to_owned(),
                format!(
                    "IP addresses, each with or without a port, such as 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353; several, at most {MOST_ADDRESSES}, are separated by commas"
                ),
            ),
            Kind::Weights => (
                ", 0 to 255".to_owned(),
                format!("a table of weights from 0 to 255 by set identifier, such as {example}"),
            ),
            Kind::Texts(called, what, is_secret) => {
                let secret = if *is_secret {
                    " (the value is shown nowhere)"
                } else {
                    ""
                };
                let several = "the flag again, a list in a settings file, lines in a variable";
                (
                    format!(", {called}{secret}; several: {several}"),
                    format!(
                        "{what}, {called}, such as \"{example}\"; several, at most {MOST_TEXTS}: {several}"
                    ),
                )
            }
        }
    }
}

impl Kind {
    /// How the help calls a value.
    pub fn placeholder(&self) -> &'static str {
        match self {
            Self::Text(called, _) | Self::Word(called, _) | Self::Texts(called, ..) => called,
            Self::Url => "URL",
            Self::Id(..) => "ID",
            Self::Name => "NAME",
            Self::Switch => "BOOL",
            Self::Whole(..) => "N",
            Self::Percent(..) => "PCT",
            Self::Duration(..) => "DUR",
            Self::Address | Self::Addresses => "IP[:PORT]",
            Self::Weights => "TABLE",
        }
    }

    /// What stands between several values in a text that holds them all; `None`: there is only one.
    pub fn separator(&self) -> Option<&'static str> {
        match self {
            Self::Addresses => Some(","),
            Self::Texts(..) => Some("\n"),
            _ => None,
        }
    }

    /// Whether a settings file may hold a number without quotes.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Whole(..) | Self::Percent(..))
    }
}

/// A bound as one would type it; the library would make months and years of days.
fn in_words(time: Duration) -> String {
    match time.as_secs() / (24 * 60 * 60) {
        1 => "24h".to_owned(),
        days @ 2.. => format!("{days}days"),
        0 => humantime::format_duration(time).to_string(),
    }
}

/// The words of some kinds.
fn words<T: Copy>(kinds: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    kinds.iter().copied().map(word).collect()
}

/// "one, two or three".
fn either(words: &[&str]) -> String {
    match words {
        [before @ .., last] if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => words.concat(),
    }
}

/// The setting with this key in a settings file.
pub fn by_toml(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.toml == name)
}

/// The array of tables with this name in a settings file.
pub fn tables_by_name(name: &str) -> Option<&'static Tables> {
    TABLES.iter().find(|tables| tables.name == name)
}

/// The setting with this environment variable.
pub fn by_variable(name: &str) -> Option<&'static Key> {
    KEYS.iter()
        .find(|key| key.variable().as_deref() == Some(name))
}

/// The known name that is nearest to a mistyped one, if any is near enough to be meant.
pub fn nearest<'known>(
    name: &str,
    known: impl IntoIterator<Item = &'known str>,
) -> Option<&'known str> {
    let name = bare(name);
    known
        .into_iter()
        .map(|candidate| (likeness(&name, &bare(candidate)), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, two| one.0.total_cmp(&two.0))
        .map(|(_, candidate)| candidate)
}

/// What tells names apart: neither the prefix that all variables share nor how words are joined.
fn bare(name: &str) -> String {
    let name = name.to_lowercase().replace('-', "_");
    let prefix = PREFIX.to_lowercase();
    name.strip_prefix(&prefix).unwrap_or(&name).to_owned()
}

/// 1 for the same, 0 for nothing in common. One slip of the finger, or a name that is a part of the other, counts as
/// near however short the names are.
fn likeness(one: &str, two: &str) -> f64 {
    let slip = strsim::osa_distance(one, two) <= 1 && one.len() >= 3;
    let part = one.len() >= 4 && two.len() >= 4 && (one.contains(two) || two.contains(one));
    let alike = strsim::jaro_winkler(one, two);
    if slip || part { alike.max(0.95) } else { alike }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let known = || KEYS.iter().map(|key| key.toml);
        assert_eq!(nearest("tsp", known()), Some("tps"));
        assert_eq!(nearest("zone_id", known()), Some("hosted_zone_id"));
        assert_eq!(nearest("nameserver", known()), Some("nameservers"));
        assert_eq!(nearest("qqqqqq", known()), None);
    }
}
