//! Every setting with its names, its default and two good values: written down here once more, so that the program's own
//! table has something to agree with.

use r53mon::config::{Access, Settings, Until};

use super::Origin;

/// A value as it is typed, as it stands in a settings file, and what it becomes.
pub struct Good {
    pub text: &'static str,
    pub toml: &'static str,
    pub becomes: &'static str,
}

/// A setting with its names, its default, two good values, and how it is read from the settings of a run. Written down
/// here once more, so that the program's own table has something to agree with.
pub struct Case {
    pub key: &'static str,
    pub flag: &'static str,
    pub variable: Option<&'static str>,
    pub default: Option<&'static str>,
    pub one: Good,
    pub two: Good,
    pub read: fn(&Settings) -> String,
}

const fn good(text: &'static str, toml: &'static str, becomes: &'static str) -> Good {
    Good {
        text,
        toml,
        becomes,
    }
}

pub fn http(settings: &Settings) -> &r53mon::config::HttpSettings {
    settings.http.as_ref().expect("HTTP is on")
}

fn addresses<'all>(all: impl IntoIterator<Item = &'all std::net::SocketAddr>) -> String {
    let all: Vec<String> = all.into_iter().map(ToString::to_string).collect();
    all.join(",")
}

pub const CASES: &[Case] = &[
    Case {
        key: "endpoint",
        flag: "--endpoint",
        variable: Some("R53MON_ENDPOINT"),
        default: None,
        one: good(
            "https://one.example.com:8443/health?deep=1",
            "\"https://one.example.com:8443/health?deep=1\"",
            "https://one.example.com:8443/health?deep=1",
        ),
        two: good(
            "http://two.example.com",
            "'http://two.example.com'",
            "http://two.example.com/",
        ),
        read: |settings| {
            assert_eq!(settings.run.endpoint, http(settings).endpoint);
            settings.run.endpoint.to_string()
        },
    },
    Case {
        key: "hosted_zone_id",
        flag: "--zone-id",
        variable: Some("R53MON_HOSTED_ZONE_ID"),
        default: None,
        one: good("0123456789", "\"0123456789\"", "0123456789"),
        two: good("/hostedzone/Z1E5", "\"/hostedzone/Z1E5\"", "Z1E5"),
        read: |settings| settings.route53.zone_id.clone(),
    },
    Case {
        key: "record_name",
        flag: "--record-name",
        variable: Some("R53MON_RECORD_NAME"),
        default: None,
        one: good("one.example.com", "\"one.example.com\"", "one.example.com"),
        two: good(
            "Two.Example.COM.",
            "\"Two.Example.COM.\"",
            "two.example.com",
        ),
        read: |settings| settings.route53.record_name.to_string(),
    },
    Case {
        key: "record_type",
        flag: "--record-type",
        variable: Some("R53MON_RECORD_TYPE"),
        default: None,
        one: good("AAAA", "\"AAAA\"", "AAAA"),
        two: good("cname", "\"cname\"", "CNAME"),
        read: |settings| {
            let record_type = settings.route53.record_type;
            record_type.map_or_else(|| "any".to_owned(), |found| found.to_string())
        },
    },
    Case {
        key: "tps",
        flag: "--tps",
        variable: Some("R53MON_TPS"),
        default: Some("10"),
        one: good("7", "7", "7"),
        two: good("100", "\"100\"", "100"),
        read: |settings| settings.dns.tps.to_string(),
    },
    Case {
        key: "no_http",
        flag: "--no-http",
        variable: Some("R53MON_NO_HTTP"),
        default: Some("false"),
        one: good("yes", "true", "true"),
        two: good("OFF", "\"OFF\"", "false"),
        read: |settings| settings.http.is_none().to_string(),
    },
    Case {
        key: "nameservers",
        flag: "--nameserver",
        variable: Some("R53MON_NAMESERVERS"),
        default: None,
        one: good(
            "192.0.2.1, [2001:db8::1]:5353",
            "[\"192.0.2.1\", \"[2001:db8::1]:5353\"]",
            "192.0.2.1:53,[2001:db8::1]:5353",
        ),
        two: good("2001:db8::2", "\"2001:db8::2\"", "[2001:db8::2]:53"),
        read: |settings| {
            let given = &settings.dns.name_servers;
            assert_eq!(settings.route53.own_name_servers, !given.is_empty());
            addresses(given)
        },
    },
    Case {
        key: "resolver",
        flag: "--resolver",
        variable: Some("R53MON_RESOLVER"),
        default: None,
        one: good("192.0.2.53", "\"192.0.2.53\"", "192.0.2.53:53"),
        two: good("[::1]:5353", "\"[::1]:5353\"", "[::1]:5353"),
        read: |settings| addresses(&settings.lookup.resolver),
    },
    Case {
        key: "resolvers",
        flag: "--resolvers",
        variable: Some("R53MON_RESOLVERS"),
        default: None,
        one: good("192.0.2.53", "\"192.0.2.53\"", "192.0.2.53:53"),
        two: good(
            "192.0.2.53,[::1]:5353",
            "[\"192.0.2.53\", \"[::1]:5353\"]",
            "192.0.2.53:53,[::1]:5353",
        ),
        read: |settings| addresses(&settings.dns.resolvers),
    },
    Case {
        key: "poll_interval",
        flag: "--poll-interval",
        variable: Some("R53MON_POLL_INTERVAL"),
        default: Some("30s"),
        one: good("5s", "\"5s\"", "5s"),
        two: good("1m 30s", "\"1m 30s\"", "90s"),
        read: |settings| format!("{:?}", settings.route53.poll_interval),
    },
    Case {
        key: "tolerance",
        flag: "--tolerance",
        variable: Some("R53MON_TOLERANCE"),
        default: Some("5"),
        one: good("2.5", "2.5", "0.025"),
        two: good("50%", "\"50%\"", "0.5"),
        read: |settings| settings.verdict.tolerance.to_string(),
    },
    Case {
        key: "confidence",
        flag: "--confidence",
        variable: Some("R53MON_CONFIDENCE"),
        default: Some("99"),
        one: good("80", "80", "0.8"),
        two: good("97.5", "\"97.5\"", "0.975"),
        read: |settings| settings.verdict.confidence.to_string(),
    },
    Case {
        key: "max_unknown",
        flag: "--max-unknown",
        variable: Some("R53MON_MAX_UNKNOWN"),
        default: Some("5"),
        one: good("0.5", "0.5", "0.005"),
        two: good("100%", "\"100%\"", "1"),
        read: |settings| settings.run.max_unknown.to_string(),
    },
    Case {
        key: "settled",
        flag: "--settled",
        variable: Some("R53MON_SETTLED"),
        default: Some("false"),
        one: good("yes", "true", "true"),
        two: good("OFF", "\"OFF\"", "false"),
        read: |settings| settings.run.settled.to_string(),
    },
    Case {
        key: "ignore_http",
        flag: "--ignore-http",
        variable: Some("R53MON_IGNORE_HTTP"),
        default: Some("false"),
        one: good("yes", "true", "true"),
        two: good("OFF", "\"OFF\"", "false"),
        read: |settings| settings.run.ignore_http.to_string(),
    },
    Case {
        key: "until",
        flag: "--until",
        variable: Some("R53MON_UNTIL"),
        default: None,
        one: good("match", "\"match\"", "match"),
        two: good("settled", "\"settled\"", "settled"),
        read: |settings| {
            let until = settings.run.until.map(Until::as_str);
            until.unwrap_or("none").to_owned()
        },
    },
    Case {
        key: "junit",
        flag: "--junit",
        variable: Some("R53MON_JUNIT"),
        default: None,
        one: good("a b.xml", "\"a b.xml\"", "a b.xml"),
        two: good("/tmp/r53mon.xml", "\"/tmp/r53mon.xml\"", "/tmp/r53mon.xml"),
        read: |settings| {
            let file = settings.run.junit.as_ref();
            file.map_or_else(|| "none".to_owned(), |file| file.display().to_string())
        },
    },
    Case {
        key: "gates",
        flag: "--gate",
        variable: Some("R53MON_GATES"),
        default: None,
        one: good(
            "p95 > 200ms for 5m\nwarning: green 5xx >= 2% for 1m",
            "[\"p95 > 200ms for 5m\", \"warning: green 5xx >= 2% for 1m\"]",
            "p95 > 200ms for 5m\nwarning: green 5xx >= 2% for 1m",
        ),
        two: good(
            "rate below 90% for 10m",
            "\"rate below 90% for 10m\"",
            "rate < 90% for 10m",
        ),
        read: |settings| {
            let gates = settings.run.gates.iter().map(ToString::to_string);
            gates.collect::<Vec<_>>().join("\n")
        },
    },
    Case {
        key: "duration",
        flag: "--duration",
        variable: Some("R53MON_DURATION"),
        default: None,
        one: good("90s", "\"90s\"", "90s"),
        two: good("1h30m", "\"1h30m\"", "5400s"),
        read: |settings| {
            let duration = settings.run.duration;
            duration.map_or_else(|| "none".to_owned(), |duration| format!("{duration:?}"))
        },
    },
    Case {
        key: "change_id",
        flag: "--change-id",
        variable: Some("R53MON_CHANGE_ID"),
        default: None,
        one: good("C2682N5HXP0BZ4", "\"C2682N5HXP0BZ4\"", "C2682N5HXP0BZ4"),
        two: good("/change/C1E5", "\"/change/C1E5\"", "C1E5"),
        read: |settings| {
            let change = settings.route53.change_id.clone();
            change.unwrap_or_else(|| "none".to_owned())
        },
    },
    Case {
        key: "output",
        flag: "--output",
        variable: Some("R53MON_OUTPUT"),
        default: Some("auto"),
        one: good("ndjson", "\"ndjson\"", "Ndjson"),
        two: good("text", "\"text\"", "Text"),
        read: |settings| format!("{:?}", settings.run.output),
    },
    Case {
        key: "http_timeout",
        flag: "--http-timeout",
        variable: Some("R53MON_HTTP_TIMEOUT"),
        default: Some("5s"),
        one: good("100ms", "\"100ms\"", "100ms"),
        two: good("5m", "\"5m\"", "300s"),
        read: |settings| format!("{:?}", http(settings).timeout),
    },
    Case {
        key: "http_header",
        flag: "--http-header",
        variable: Some("R53MON_HTTP_HEADER"),
        default: None,
        one: good(
            "X-One: a, b; c\nx-two:2",
            "[\"X-One: a, b; c\", \"x-two:2\"]",
            "x-one=a, b; c\nx-two=2",
        ),
        two: good(
            "X-Three: https://a.test/",
            "\"X-Three: https://a.test/\"",
            "x-three=https://a.test/",
        ),
        read: |settings| {
            let headers = http(settings).headers.iter();
            let lines = headers
                .map(|(name, value)| format!("{name}={}", value.to_str().expect("it is text")));
            lines.collect::<Vec<_>>().join("\n")
        },
    },
    Case {
        key: "http_method",
        flag: "--http-method",
        variable: Some("R53MON_HTTP_METHOD"),
        default: Some("GET"),
        one: good("HEAD", "\"HEAD\"", "HEAD"),
        two: good("get", "\"get\"", "GET"),
        read: |settings| http(settings).method.as_str().to_owned(),
    },
    Case {
        key: "expect_status",
        flag: "--expect-status",
        variable: Some("R53MON_EXPECT_STATUS"),
        default: Some("200-399"),
        one: good(
            "200, 301-308,404",
            "[\"200\", \"301-308\", \"404\"]",
            "200,301-308,404",
        ),
        two: good("503", "\"503\"", "503"),
        read: |settings| http(settings).expect_status.to_string(),
    },
    Case {
        key: "expect_body",
        flag: "--expect-body",
        variable: Some("R53MON_EXPECT_BODY"),
        default: None,
        one: good("^ok|fine$", "\"^ok|fine$\"", "^ok|fine$"),
        two: good(r"v\d+", r"'v\d+'", r"v\d+"),
        read: |settings| {
            let pattern = http(settings).expect_body.as_ref();
            pattern.map_or_else(|| "none".to_owned(), |it| it.as_str().to_owned())
        },
    },
    Case {
        key: "http_max_tps",
        flag: "--http-max-tps",
        variable: Some("R53MON_HTTP_MAX_TPS"),
        default: None,
        one: good("1", "1", "1"),
        two: good("100", "\"100\"", "100"),
        read: |settings| {
            let most = http(settings).max_tps;
            most.map_or_else(|| "none".to_owned(), |most| most.to_string())
        },
    },
    Case {
        key: "keepalive",
        flag: "--keepalive",
        variable: Some("R53MON_KEEPALIVE"),
        default: Some("false"),
        one: good("on", "true", "true"),
        two: good("no", "false", "false"),
        read: |settings| http(settings).keepalive.to_string(),
    },
    Case {
        key: "window",
        flag: "--window",
        variable: Some("R53MON_WINDOW"),
        default: Some("5m"),
        one: good("10s", "\"10s\"", "10s"),
        two: good("1h", "\"1h\"", "3600s"),
        read: |settings| format!("{:?}", settings.run.window),
    },
    Case {
        key: "http_margin",
        flag: "--http-margin",
        variable: Some("R53MON_HTTP_MARGIN"),
        default: Some("20"),
        one: good("0", "0", "0"),
        two: good("50%", "\"50%\"", "0.5"),
        read: |settings| settings.run.http_margin.to_string(),
    },
    Case {
        key: "insecure",
        flag: "--insecure",
        variable: Some("R53MON_INSECURE"),
        default: Some("false"),
        one: good("1", "true", "true"),
        two: good("no", "false", "false"),
        read: |settings| http(settings).insecure.to_string(),
    },
    Case {
        key: "explain",
        flag: "--explain",
        variable: Some("R53MON_EXPLAIN"),
        default: Some("false"),
        one: good("yes", "true", "true"),
        two: good("off", "false", "false"),
        read: |settings| settings.run.explain.to_string(),
    },
    Case {
        key: "profile",
        flag: "--profile",
        variable: None,
        default: None,
        one: good("0123", "\"0123\"", "0123"),
        two: good("a profile", "\"a profile\"", "a profile"),
        read: |settings| match &settings.route53.access {
            Access::Chain { profile } => {
                let profile = profile.as_ref();
                profile.map_or_else(|| "none".to_owned(), |profile| profile.name.clone())
            }
            Access::Fixed { .. } => "fixed".to_owned(),
        },
    },
    Case {
        key: "color",
        flag: "--color",
        variable: None,
        default: Some("auto"),
        one: good("never", "\"never\"", "Never"),
        two: good("always", "\"always\"", "Always"),
        read: |settings| format!("{:?}", settings.run.color),
    },
    Case {
        key: "log_file",
        flag: "--log-file",
        variable: Some("R53MON_LOG_FILE"),
        default: None,
        one: good("0012", "\"0012\"", "0012"),
        two: good(
            "a log/of mine.log",
            "\"a log/of mine.log\"",
            "a log/of mine.log",
        ),
        read: |settings| {
            let file = settings.log.file.as_ref();
            file.map_or_else(|| "none".to_owned(), |path| path.display().to_string())
        },
    },
    Case {
        key: "log_level",
        flag: "--log-level",
        variable: Some("R53MON_LOG_LEVEL"),
        default: None,
        one: good("trace", "\"trace\"", "Trace"),
        two: good("WARN", "\"WARN\"", "Warn"),
        read: |settings| {
            let level = settings.log.level;
            level.map_or_else(|| "none".to_owned(), |level| format!("{level:?}"))
        },
    },
    Case {
        key: "log_format",
        flag: "--log-format",
        variable: Some("R53MON_LOG_FORMAT"),
        default: Some("text"),
        one: good("json", "\"json\"", "Json"),
        two: good("text", "\"text\"", "Text"),
        read: |settings| format!("{:?}", settings.log.format),
    },
    Case {
        key: "theme",
        flag: "--theme",
        variable: Some("R53MON_THEME"),
        default: Some("auto"),
        one: good("light", "\"light\"", "Light"),
        two: good("mono", "\"mono\"", "Mono"),
        read: |settings| format!("{:?}", settings.run.theme),
    },
    Case {
        key: "ascii",
        flag: "--ascii",
        variable: Some("R53MON_ASCII"),
        default: Some("false"),
        one: good("yes", "true", "true"),
        two: good("off", "false", "false"),
        read: |settings| settings.run.charset.is_some().to_string(),
    },
    Case {
        key: "iac",
        flag: "--iac",
        variable: Some("R53MON_IAC"),
        default: Some("cli"),
        one: good("terraform", "\"terraform\"", "Terraform"),
        two: good("cli", "\"cli\"", "Cli"),
        read: |settings| format!("{:?}", settings.run.iac),
    },
    Case {
        key: "rollback_goal",
        flag: "--rollback-goal",
        variable: Some("R53MON_ROLLBACK_GOAL"),
        default: Some("30s"),
        one: good("1s", "\"1s\"", "1s"),
        two: good("2m", "\"2m\"", "120s"),
        read: |settings| format!("{:?}", settings.run.plan.rollback_goal),
    },
    Case {
        key: "lang",
        flag: "--lang",
        variable: Some("R53MON_LANG"),
        default: None,
        one: good("ko", "\"ko\"", "Korean"),
        two: good("en", "\"en\"", "English"),
        read: |settings| {
            let language = settings.run.language;
            language.map_or_else(|| "none".to_owned(), |language| format!("{language:?}"))
        },
    },
    Case {
        key: "on_event",
        flag: "--on-event",
        variable: Some("R53MON_ON_EVENT"),
        default: None,
        one: good("/bin/cat", "\"/bin/cat\"", "/bin/cat"),
        two: good("/usr/bin/env", "'/usr/bin/env'", "/usr/bin/env"),
        read: |settings| {
            let program = settings.notify.program.as_ref();
            program.map_or_else(|| "none".to_owned(), |path| path.display().to_string())
        },
    },
    Case {
        key: "webhook",
        flag: "--webhook",
        variable: Some("R53MON_WEBHOOK"),
        default: None,
        one: good(
            "https://hooks.one.test:8443/services/T0/B0/x?thread=1",
            "\"https://hooks.one.test:8443/services/T0/B0/x?thread=1\"",
            "https://hooks.one.test:8443/services/T0/B0/x?thread=1",
        ),
        two: good("http://10.0.0.1", "'http://10.0.0.1'", "http://10.0.0.1/"),
        read: |settings| {
            let webhook = settings.notify.webhook.as_ref();
            webhook.map_or_else(|| "none".to_owned(), |url| url.0.to_string())
        },
    },
    Case {
        key: "webhook_header",
        flag: "--webhook-header",
        variable: Some("R53MON_WEBHOOK_HEADER"),
        default: None,
        one: good(
            "Authorization: Bearer a, b\nx-two:2",
            "[\"Authorization: Bearer a, b\", \"x-two:2\"]",
            "authorization=Bearer a, b\nx-two=2",
        ),
        two: good("X-Three: 3", "\"X-Three: 3\"", "x-three=3"),
        read: |settings| {
            let headers = &settings.notify.webhook_headers;
            let lines = headers
                .iter()
                .map(|(name, value)| format!("{name}={}", value.to_str().expect("it is text")));
            lines.collect::<Vec<_>>().join("\n")
        },
    },
    Case {
        key: "notify",
        flag: "--notify",
        variable: Some("R53MON_NOTIFY"),
        default: Some(TOLD),
        one: good("segment, end", "[\"segment\", \"end\"]", "segment,end"),
        two: good("mismatch", "\"mismatch\"", "mismatch"),
        read: |settings| settings.notify.kinds.join(","),
    },
];

/// The kinds of event that are told where nobody says which.
pub const TOLD: &str = "match,mismatch,recovered,blind,blind_ended,gate_tripped,gate_cleared,server_stale,server_silent,server_back,end";

impl Case {
    /// Where this key can come from.
    pub fn sources(&self) -> impl Iterator<Item = Origin> + Clone {
        let has_variable = self.variable.is_some();
        Origin::ALL
            .into_iter()
            .filter(move |from| has_variable || !matches!(from, Origin::Variable | Origin::EnvFile))
    }

    pub fn by_key(key: &str) -> &'static Self {
        CASES
            .iter()
            .find(|case| case.key == key)
            .unwrap_or_else(|| panic!("no case for {key}"))
    }
}
