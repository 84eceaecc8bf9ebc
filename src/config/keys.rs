//! Every setting with its names in the four sources and its default: the one table behind the layers, the checks,
//! `config show` and the tests that hold the template, the example and the documentation to it.

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The key in table `[r53mon]` of a settings file.
    pub toml: &'static str,
    /// The long flag without its dashes.
    pub flag: &'static str,
    /// The environment variable, where there is one.
    pub variable: Option<&'static str>,
    /// The value when no source gives one, as text; `None`: there is none, or it is derived from other settings.
    pub default: Option<&'static str>,
    /// What is used when there is neither a value nor a default, in words.
    pub otherwise: &'static str,
    /// What a value has to be, in words: the end of every complaint.
    pub allowed: &'static str,
}

/// The prefix of every variable of ours.
pub const PREFIX: &str = "R53MON_";

const DURATION: &str = "a duration such as 30s, 5m or 1h30m";

/// All settings, in the order of `config show` and of the template.
pub const KEYS: &[Key] = &[
    Key {
        toml: "endpoint",
        flag: "endpoint",
        variable: Some("R53MON_ENDPOINT"),
        default: None,
        otherwise: "required",
        allowed: "an http or https URL with a host, such as https://app.example.com",
    },
    Key {
        toml: "hosted_zone_id",
        flag: "zone-id",
        variable: Some("R53MON_HOSTED_ZONE_ID"),
        default: None,
        otherwise: "required",
        allowed: "the id of a hosted zone: 1 to 32 letters and digits, with or without /hostedzone/ before it",
    },
    Key {
        toml: "record_name",
        flag: "record-name",
        variable: Some("R53MON_RECORD_NAME"),
        default: None,
        otherwise: "host of the endpoint",
        allowed: "a domain name",
    },
    Key {
        toml: "record_type",
        flag: "record-type",
        variable: Some("R53MON_RECORD_TYPE"),
        default: None,
        otherwise: "the weighted type found: A, then AAAA, then CNAME",
        allowed: "A, AAAA or CNAME",
    },
    Key {
        toml: "tps",
        flag: "tps",
        variable: Some("R53MON_TPS"),
        default: Some("10"),
        otherwise: "",
        allowed: "a whole number from 1 to 100 (queries a second)",
    },
    Key {
        toml: "no_http",
        flag: "no-http",
        variable: Some("R53MON_NO_HTTP"),
        default: Some("false"),
        otherwise: "",
        allowed: "true or false (also 1, 0, yes, no, on, off)",
    },
    Key {
        toml: "nameservers",
        flag: "nameserver",
        variable: Some("R53MON_NAMESERVERS"),
        default: None,
        otherwise: "the zone's delegation set",
        allowed: "IP addresses, each with or without a port, such as 192.0.2.1, 192.0.2.1:5353, 2001:db8::1 or [2001:db8::1]:5353; several are separated by commas",
    },
    Key {
        toml: "resolver",
        flag: "resolver",
        variable: Some("R53MON_RESOLVER"),
        default: None,
        otherwise: "the system's",
        allowed: "an IP address with or without a port, such as 192.0.2.53 or [2001:db8::53]:5353",
    },
    Key {
        toml: "poll_interval",
        flag: "poll-interval",
        variable: Some("R53MON_POLL_INTERVAL"),
        default: Some("30s"),
        otherwise: "",
        allowed: "a duration of 5s or more, such as 30s",
    },
    Key {
        toml: "tolerance",
        flag: "tolerance",
        variable: Some("R53MON_TOLERANCE"),
        default: Some("5"),
        otherwise: "",
        allowed: "percentage points above 0 up to 50, such as 2.5",
    },
    Key {
        toml: "confidence",
        flag: "confidence",
        variable: Some("R53MON_CONFIDENCE"),
        default: Some("99"),
        otherwise: "",
        allowed: "a percentage from 80 to 99.99, such as 99.9",
    },
    Key {
        toml: "duration",
        flag: "duration",
        variable: Some("R53MON_DURATION"),
        default: None,
        otherwise: "until you end it",
        allowed: DURATION,
    },
    Key {
        toml: "output",
        flag: "output",
        variable: Some("R53MON_OUTPUT"),
        default: Some("auto"),
        otherwise: "",
        allowed: "auto, text, json or ndjson",
    },
    Key {
        toml: "http_timeout",
        flag: "http-timeout",
        variable: Some("R53MON_HTTP_TIMEOUT"),
        default: Some("5s"),
        otherwise: "",
        allowed: "a duration from 100ms to 5m, such as 5s",
    },
    Key {
        toml: "insecure",
        flag: "insecure",
        variable: Some("R53MON_INSECURE"),
        default: Some("false"),
        otherwise: "",
        allowed: "true or false (also 1, 0, yes, no, on, off)",
    },
    Key {
        toml: "explain",
        flag: "explain",
        variable: Some("R53MON_EXPLAIN"),
        default: Some("false"),
        otherwise: "",
        allowed: "true or false (also 1, 0, yes, no, on, off)",
    },
    Key {
        toml: "profile",
        flag: "profile",
        variable: None,
        default: None,
        otherwise: "the AWS default chain (AWS_PROFILE)",
        allowed: "the name of an AWS profile, not empty",
    },
    Key {
        toml: "color",
        flag: "color",
        variable: None,
        default: Some("auto"),
        otherwise: "",
        allowed: "auto, always or never",
    },
    Key {
        toml: "log_file",
        flag: "log-file",
        variable: Some("R53MON_LOG_FILE"),
        default: None,
        otherwise: "stderr without a dashboard, else no log",
        allowed: "the path of a file, not empty",
    },
    Key {
        toml: "log_level",
        flag: "log-level",
        variable: Some("R53MON_LOG_LEVEL"),
        default: None,
        otherwise: "warn on stderr, info in a file",
        allowed: "error, warn, info, debug or trace",
    },
    Key {
        toml: "log_format",
        flag: "log-format",
        variable: Some("R53MON_LOG_FORMAT"),
        default: Some("text"),
        otherwise: "",
        allowed: "text or json",
    },
];

/// The setting with this key in a settings file.
pub fn by_toml(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.toml == name)
}

/// The setting with this environment variable.
pub fn by_variable(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.variable == Some(name))
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
