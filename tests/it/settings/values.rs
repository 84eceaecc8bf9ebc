//! Values that are refused, from every source, and values at the edge of what is allowed.

use r53mon::config::show;

use super::{CASES, Case, Given, Origin, assert_holds_all, http};

/// A key with values that it refuses. Each comes with words of the reason; what is allowed is said every time.
struct Bad {
    key: &'static str,
    allowed: &'static [&'static str],
    /// The same text in every source; quoted in a settings file.
    texts: &'static [(&'static str, &'static str)],
    /// Only a settings file knows these; how they are shown, and a word of the reason.
    literals: &'static [(&'static str, &'static str, &'static str)],
}

const DURATIONS: &[(&str, &str)] = &[
    ("", ""),
    ("30", "the unit is missing"),
    ("1.5", "the unit is missing"),
    ("-5s", "it is negative"),
    ("-0s", "it is negative"),
    ("18446744073709551615s", "too long"),
    ("soon", ""),
    ("5 parsecs", ""),
    ("s", ""),
    ("99999999999999999999s", ""),
];
const ADDRESSES: &[(&str, &str)] = &[
    ("", "empty"),
    ("ns-1.example.com", "a name cannot be given here"),
    ("192.0.2.1:0", "port 0"),
    ("192.0.2.1:65536", "is no number from 1 to 65535"),
    ("192.0.2.1:", "is no number from 1 to 65535"),
    ("192.0.2.256", "no IP address"),
    ("192.0.2", "no IP address"),
    ("[2001:db8::1", "no IP address"),
    ("[2001:db8::1]:", "is no number from 1 to 65535"),
    ("2001:db8::1::2", "no IP address"),
    ("https://192.0.2.1", "no IP address"),
];
const TRUTHS: &[(&str, &str)] = &[
    ("", ""),
    ("2", ""),
    ("y", ""),
    ("maybe", ""),
    ("truely", ""),
    ("-1", ""),
    ("0.0", ""),
    ("true false", ""),
];
const NOT_SINGLE: (&str, &str, &str) = ("[\"a\"]", "[..]", "is a list");
const TABLE: (&str, &str, &str) = ("{ a = 1 }", "{..}", "not a single value");

const BAD: &[Bad] = &[
    Bad {
        key: "endpoint",
        allowed: &["http or https", "host"],
        texts: &[
            ("", "no http://"),
            ("app.example.com", "no http://"),
            ("/health", "no http://"),
            ("//app.example.com/", "no http://"),
            ("app.example.com:443", "scheme is app.example.com"),
            ("ftp://app.example.com/", "scheme is ftp"),
            ("file:///etc/passwd", "scheme is file"),
            ("mailto:", "scheme is mailto"),
            ("https://", "host"),
            ("http://:80/", "host"),
            ("https://me@app.example.com/", "user name or password"),
            (
                "https://me:secret@app.example.com/",
                "user name or password",
            ),
            ("https://:secret@app.example.com/", "user name or password"),
            ("http://app.example.com:0/", "port 0"),
            ("http://app.example.com:65536/", "port"),
            ("http://app.example.com:http/", "port"),
            ("http://[2001:db8::1/", "IPv6"),
            ("http://300.0.2.1/", "IPv4"),
            ("http://app example.com/", "invalid"),
        ],
        literals: &[NOT_SINGLE, TABLE],
    },
    Bad {
        key: "hosted_zone_id",
        allowed: &["hosted zone", "1 to 32 letters and digits"],
        texts: &[
            ("", "empty"),
            ("/hostedzone/", "empty"),
            (" ", "empty"),
            ("Z 1", "no hosted zone id"),
            ("Z-1", "no hosted zone id"),
            ("zone/Z1", "no hosted zone id"),
            ("/hostedzone/Z1/", "no hosted zone id"),
            ("Zé", "no hosted zone id"),
            ("Z12345678901234567890123456789012", "no hosted zone id"),
        ],
        literals: &[
            ("1979-05-27", "{..}", "not a single value"),
            ("1E5", "100000", "put it in quotes"),
            NOT_SINGLE,
        ],
    },
    Bad {
        key: "record_name",
        allowed: &["a domain name"],
        texts: &[
            ("", "empty"),
            (".", "empty"),
            ("..", "empty"),
            ("a..example.com", "empty label"),
            (".example.com", "empty label"),
            (
                "a123456789012345678901234567890123456789012345678901234567890123.example.com",
                "63 bytes",
            ),
            ("a\\05.example.com", "escape"),
            ("a\\400.example.com", "escape"),
        ],
        literals: &[NOT_SINGLE, TABLE],
    },
    Bad {
        key: "record_type",
        allowed: &["A, AAAA or CNAME"],
        texts: &[
            ("", ""),
            ("MX", ""),
            ("AA", ""),
            ("TXT", ""),
            ("A,AAAA", ""),
        ],
        literals: &[("[\"A\"]", "[..]", "is a list")],
    },
    Bad {
        key: "tps",
        allowed: &["whole number from 1 to 100"],
        texts: &[
            ("", ""),
            ("0", "out of range"),
            ("101", "out of range"),
            ("-5", ""),
            ("abc", ""),
            ("1.5", ""),
            ("10.0", ""),
            ("1e1", ""),
            ("1_0", ""),
            ("0x10", ""),
            ("10 tps", ""),
            ("4294967297", ""),
        ],
        literals: &[
            ("0", "\"0\"", "out of range"),
            ("101", "\"101\"", "out of range"),
            ("-5", "\"-5\"", ""),
            ("1.5", "\"1.5\"", ""),
            ("nan", "\"NaN\"", ""),
            ("true", "true", "is true or false"),
            ("[10]", "[..]", "is a list"),
        ],
    },
    Bad {
        key: "no_http",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[
            ("2", "2", ""),
            ("1.5", "1.5", ""),
            ("[true]", "[..]", "is a list"),
        ],
    },
    Bad {
        key: "nameservers",
        allowed: &[
            "IP addresses",
            "192.0.2.1:5353",
            "[2001:db8::1]:5353",
            "commas",
        ],
        texts: &[
            ("192.0.2.1,,192.0.2.2", "empty"),
            ("192.0.2.1,", "empty"),
            ("192.0.2.1;192.0.2.2", "no IP address"),
            ("192.0.2.1 192.0.2.2", "no IP address"),
            ("192.0.2.1,192.0.2.1", "named twice"),
            ("192.0.2.1,224.0.0.1", "multicast, so no server has it"),
            ("0.0.0.0:53", "unspecified, so no server has it"),
            ("255.255.255.255", "broadcast, so no server has it"),
            ("[::]:53", "unspecified, so no server has it"),
            ("ff02::fb", "multicast, so no server has it"),
            ("192.0.2.1,192.0.2.1:53", "named twice"),
            (
                "192.0.2.1,ns-1.example.com",
                "\"ns-1.example.com\" is no IP address",
            ),
        ],
        literals: &[
            ("53", "53", "put it in quotes"),
            ("[\"192.0.2.1\", 53]", "[..]", "text in quotes"),
            ("[[\"192.0.2.1\"]]", "[..]", "text in quotes"),
            ("[\"192.0.2.1\", \"192.0.2.1\"]", "192.0.2.1", "named twice"),
        ],
    },
    Bad {
        key: "nameservers",
        allowed: &["IP addresses"],
        texts: ADDRESSES,
        literals: &[],
    },
    Bad {
        key: "resolver",
        allowed: &["an IP address", "[2001:db8::53]:5353"],
        texts: ADDRESSES,
        literals: &[("[\"192.0.2.53\"]", "[..]", "is a list")],
    },
    Bad {
        key: "resolvers",
        allowed: &["IP addresses", "at most 100"],
        texts: ADDRESSES,
        literals: &[("53", "53", "put it in quotes")],
    },
    Bad {
        key: "poll_interval",
        allowed: &["from 5s to 24h"],
        texts: &[
            ("4s", "too short"),
            ("24h 1ms", "too long"),
            ("4999ms", "too short"),
            ("0s", "too short"),
        ],
        literals: &[("30", "30", "quotes with a unit")],
    },
    Bad {
        key: "poll_interval",
        allowed: &["from 5s to 24h"],
        texts: DURATIONS,
        literals: &[],
    },
    Bad {
        key: "tolerance",
        allowed: &["percentage points from 0.01 to 50"],
        texts: &[
            ("", ""),
            ("0", "out of range"),
            ("0.009", "out of range"),
            ("1e-300", "out of range"),
            ("-1", "out of range"),
            ("50.1", "out of range"),
            ("nan", "out of range"),
            ("inf", "out of range"),
            ("five", ""),
            ("5 points", ""),
            ("5%%", ""),
            ("1,5", ""),
        ],
        literals: &[
            ("0", "\"0\"", "out of range"),
            ("60.5", "\"60.5\"", "out of range"),
            ("true", "true", "is true or false"),
            ("[5]", "[..]", "is a list"),
        ],
    },
    Bad {
        key: "max_unknown",
        allowed: &["from 0.01 to 100"],
        texts: &[
            ("", ""),
            ("0", "out of range"),
            ("100.1", "out of range"),
            ("high", ""),
        ],
        literals: &[("[5]", "[..]", "is a list")],
    },
    Bad {
        key: "http_margin",
        allowed: &["from 0 to 1000"],
        texts: &[
            ("", ""),
            ("-1", "out of range"),
            ("1000.1", "out of range"),
            ("nan", "out of range"),
            ("a fifth", ""),
        ],
        literals: &[("[5]", "[..]", "is a list")],
    },
    Bad {
        key: "confidence",
        allowed: &["from 80 to 99.99"],
        texts: &[
            ("", ""),
            ("0.99", "out of range"),
            ("79.9", "out of range"),
            ("100", "out of range"),
            ("99.999", "out of range"),
            ("nan", "out of range"),
            ("-99", "out of range"),
            ("high", ""),
        ],
        literals: &[
            ("100", "\"100\"", "out of range"),
            ("{ a = 1 }", "{..}", "not a single value"),
        ],
    },
    Bad {
        key: "until",
        allowed: &["match, mismatch, settled, stage or gates"],
        texts: &[("", ""), ("mach", "did you mean match?"), ("MATCH", "")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "junit",
        allowed: &["the path of a file"],
        texts: &[("", "empty"), (" ", "empty")],
        literals: &[("5", "5", "put it in quotes"), NOT_SINGLE],
    },
    Bad {
        key: "gates",
        allowed: &["a rule that has to hold", "p95 > 200ms for 5m"],
        texts: &[
            (" ", "one of them is empty"),
            ("p95", "expected >, >=, < or <="),
            ("p95 > 200 for 5m", "expected a time"),
            ("p59 > 200ms for 5m", "expected p50, p95, p99, max"),
        ],
        literals: &[
            ("5", "5", "put it in quotes"),
            ("[\"share mismatch\", 5]", "[..]", "text in quotes"),
            TABLE,
        ],
    },
    Bad {
        key: "duration",
        allowed: &["from 1ms to 365days", "such as 10m"],
        texts: &[
            ("0s", "too short"),
            ("1ns", "too short"),
            ("366days", "too long"),
        ],
        literals: &[("90", "90", "quotes with a unit")],
    },
    Bad {
        key: "duration",
        allowed: &["a duration"],
        texts: DURATIONS,
        literals: &[],
    },
    Bad {
        key: "output",
        allowed: &["auto, text, json or ndjson"],
        texts: &[
            ("", ""),
            ("yaml", ""),
            ("jsn", "did you mean json? it has to be"),
            ("JSON", "did you mean json?"),
            ("dashboard", ""),
        ],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "http_timeout",
        allowed: &["from 100ms to 5m"],
        texts: &[
            ("99ms", "too short"),
            ("0s", "too short"),
            ("301s", "too long"),
        ],
        literals: &[("5", "5", "quotes with a unit")],
    },
    Bad {
        key: "http_timeout",
        allowed: &["from 100ms to 5m"],
        texts: DURATIONS,
        literals: &[],
    },
    Bad {
        key: "http_method",
        allowed: &["GET or HEAD"],
        texts: &[("POST", ""), ("", ""), ("GETT", "did you mean GET?")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "expect_status",
        allowed: &[
            "status codes from 100 to 599",
            "such as 200, 200-399",
            "separated by commas",
        ],
        texts: &[
            ("", "empty"),
            ("200,,204", "empty"),
            ("ok", "\"ok\" is no status code"),
            ("99", "99 is out of range"),
            ("600", "600 is out of range"),
            ("2xx", "no status code"),
            ("200-", "no status code"),
            ("+200", "no status code"),
            ("399-200", "399-200 runs backwards"),
            ("99999999999", "no status code"),
        ],
        literals: &[("200", "200", "is a number and not a text")],
    },
    Bad {
        key: "expect_body",
        allowed: &["a regular expression, not empty"],
        texts: &[
            ("", "empty"),
            ("(", ""),
            ("a{2,1}", ""),
            ("x{1000}{1000}{1000}", ""),
        ],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "http_max_tps",
        allowed: &["a whole number from 1 to 100 (requests a second)"],
        texts: &[
            ("0", "out of range"),
            ("101", "out of range"),
            ("-1", ""),
            ("2.5", ""),
        ],
        literals: &[NOT_SINGLE, ("0", "0", "out of range")],
    },
    Bad {
        key: "keepalive",
        allowed: &["true or false"],
        texts: &[("60s", "")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "window",
        allowed: &["from 10s to 1h"],
        texts: &[("9s", "too short"), ("61m", "too long")],
        literals: &[("300", "300", "quotes with a unit")],
    },
    Bad {
        key: "http_header",
        allowed: &[
            "a header to send",
            "NAME:VALUE",
            "the flag again",
            "at most 100",
        ],
        texts: &[
            ("Authorization", "no colon"),
            (": hunter2", "\"\" is no name"),
            ("X Team: hunter2", "\"X Team\" is no name"),
            ("Host: hunter2", "host cannot be given"),
            ("content-length: 7", "follows from the request"),
            ("X-Team: a\u{7}b", "characters that no header can have"),
            ("X-Team: a\n\nX-Two: b", "one of them is empty"),
        ],
        literals: &[
            ("1", "1", "put it in quotes"),
            ("[\"X-A: b\", 1]", "[..]", "text in quotes"),
            ("[\"X-A: b\\nX-B: c\"]", "[..]", "more than one line"),
        ],
    },
    Bad {
        key: "insecure",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[("2", "2", ""), ("[true]", "[..]", "is a list")],
    },
    Bad {
        key: "settled",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[("2", "2", ""), ("[true]", "[..]", "is a list")],
    },
    Bad {
        key: "ignore_http",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[("2", "2", ""), ("[true]", "[..]", "is a list")],
    },
    Bad {
        key: "explain",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[("2", "2", ""), ("[true]", "[..]", "is a list")],
    },
    Bad {
        key: "profile",
        allowed: &["the name of an AWS profile"],
        texts: &[("", "empty"), ("  ", "empty")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "color",
        allowed: &["auto, always or never"],
        texts: &[("", ""), ("yes", ""), ("allways", "did you mean always?")],
        literals: &[("true", "true", "is true or false")],
    },
    Bad {
        key: "log_file",
        allowed: &["the path of a file"],
        texts: &[("", "empty"), ("  ", "empty")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "log_level",
        allowed: &["error, warn, info, debug or trace"],
        texts: &[
            ("", ""),
            ("verbose", ""),
            ("warning", "did you mean warn?"),
            ("off", ""),
        ],
        literals: &[("3", "3", "put it in quotes")],
    },
    Bad {
        key: "change_id",
        allowed: &["change", "1 to 32 letters and digits", "/change/"],
        texts: &[
            ("", "empty"),
            ("/change/", "empty"),
            ("C-1", "no change id"),
            ("/hostedzone/C1", "no change id"),
            ("C12345678901234567890123456789012", "no change id"),
        ],
        literals: &[("1", "1", "put it in quotes"), NOT_SINGLE],
    },
    Bad {
        key: "log_format",
        allowed: &["text or json"],
        texts: &[("", ""), ("xml", ""), ("jsno", "did you mean json?")],
        literals: &[NOT_SINGLE],
    },
    Bad {
        key: "theme",
        allowed: &["auto, dark, light or mono"],
        texts: &[("", ""), ("white", ""), ("ligth", "did you mean light?")],
        literals: &[("true", "true", "is true or false")],
    },
    Bad {
        key: "ascii",
        allowed: &["true or false", "1, 0, yes, no, on, off"],
        texts: TRUTHS,
        literals: &[("2", "2", ""), ("[true]", "[..]", "is a list")],
    },
    Bad {
        key: "rollback_goal",
        allowed: &["from 1s to 24h"],
        texts: &[
            ("999ms", "too short"),
            ("25h", "too long"),
            ("30", "the unit is missing"),
        ],
        literals: &[("5", "5", "quotes with a unit")],
    },
    Bad {
        key: "iac",
        allowed: &["cli or terraform"],
        texts: &[
            ("", ""),
            ("pulumi", ""),
            ("terrafrom", "did you mean terraform?"),
        ],
        literals: &[("1", "1", "put it in quotes"), NOT_SINGLE],
    },
    Bad {
        key: "lang",
        allowed: &["en or ko"],
        texts: &[("", ""), ("kr", ""), ("ko_KR.UTF-8", ""), ("korean", "")],
        literals: &[("true", "true", "is true or false")],
    },
    Bad {
        key: "on_event",
        allowed: &["path of a program that may be run, without arguments"],
        texts: &[
            ("", "it is empty"),
            ("/bin/no-such-program", "no such file"),
            ("cat", "no such file"),
            ("/bin/cat -n", "no such file"),
            ("/bin/cat; true", "no such file"),
            ("/", "it is no file"),
            ("/etc/passwd", "not marked as a program"),
            ("/etc/passwd/x", "Not a directory"),
        ],
        literals: &[("1", "1", "put it in quotes"), NOT_SINGLE],
    },
    Bad {
        key: "webhook",
        allowed: &["an http or https URL with a host"],
        texts: &[
            ("", "no http:// or https://"),
            ("hooks.test/services/hunter2", "no http:// or https://"),
            ("ftp://hooks.test/hunter2", "its scheme is ftp"),
            ("https:///", "empty host"),
            ("https://me:hunter2@hooks.test/", "user name or password"),
            ("https://hooks.test:0/?hunter2", "port 0"),
            ("http://169.254.169.254/hunter2", "link-local"),
            ("http://[fe80::1]/", "link-local"),
            ("http://[fd00:ec2::254]/hunter2", "a metadata service's"),
            (
                "http://[::ffff:100.100.100.200]:80/",
                "a metadata service's",
            ),
            ("http://0.0.0.0/", "unspecified"),
            ("http://255.255.255.255/", "broadcast"),
        ],
        literals: &[("1", "1", "put it in quotes"), NOT_SINGLE],
    },
    Bad {
        key: "webhook_header",
        allowed: &["a header to send", "NAME:VALUE", "at most 100"],
        texts: &[
            ("Bearer hunter2", "no colon"),
            ("Host: hunter2", "host cannot be given"),
            ("X-Team: a\u{7}b", "characters that no header can have"),
        ],
        literals: &[("1", "1", "put it in quotes")],
    },
    Bad {
        key: "notify",
        allowed: &["some of these", "server_stale", "end, all"],
        texts: &[
            ("", "one of them is empty"),
            ("match,,end", "one of them is empty"),
            (
                "mismatch, stale",
                "\"stale\" is no kind of event; did you mean server_stale?",
            ),
            ("everything", "\"everything\" is no kind"),
        ],
        literals: &[
            ("1", "1", "put it in quotes"),
            ("[\"end\", 1]", "[..]", "text in quotes"),
        ],
    },
];

/// A URL of which nothing but its host may be shown; what is none is not shown at all.
fn hidden(text: &str) -> String {
    let url = url::Url::parse(text).ok();
    let port = |url: &url::Url| url.port().map_or(String::new(), |port| format!(":{port}"));
    let host = |url: url::Url| {
        Some(format!(
            "{}://{}{}/***",
            url.scheme(),
            url.host()?,
            port(&url)
        ))
    };
    url.and_then(host).unwrap_or_else(|| "***".to_owned())
}

#[test]
fn every_key_refuses_bad_values_from_every_source() {
    for bad in BAD {
        let case = Case::by_key(bad.key);
        for (text, reason) in bad.texts {
            // A variable that is set to nothing is not set.
            let is_nothing = text.trim().is_empty();
            let is_variable = |from: &Origin| matches!(from, Origin::Variable | Origin::EnvFile);
            for from in case
                .sources()
                .filter(|from| !is_nothing || !is_variable(from))
            {
                let given = Given::enough_but(case.key).say_text(case, from, text);
                // A password is nobody's business, not even in a complaint about it; what is left out has tests of its own.
                let shown = match case.key {
                    "endpoint" => r53mon::model::secret::masked_url(text),
                    "webhook" => hidden(text).into(),
                    "http_header" | "webhook_header" => {
                        let lines = text.lines().map(|line| match line.split_once(':') {
                            Some((name, _)) => format!("{name}: ***"),
                            None => "***".to_owned(),
                        });
                        lines.collect::<Vec<_>>().join("; ").into()
                    }
                    _ => (*text).into(),
                };
                let expected = format!("{} = \"{shown}\" ({})", case.key, given.place(case, from));
                let judged = given.judge();
                assert!(judged.result.is_err(), "{expected} was taken");
                // One mistake is one complaint: nothing else is missing because of it.
                assert_holds_all(judged.problem(), &[&expected, "it has to be", reason]);
                assert_holds_all(judged.problem(), bad.allowed);
                assert!(!judged.problem().contains("hunter2"), "{expected}");
            }
        }
    }
}

#[test]
fn the_value_of_a_header_is_shown_nowhere() {
    let cases = ["http_header", "webhook_header"].map(Case::by_key);
    let each = cases.into_iter();
    for (case, from) in each.flat_map(|case| case.sources().map(move |from| (case, from))) {
        let given = Given::enough().say_text(case, from, "Authorization: Bearer hunter2");
        let judged = given.judge();
        let mut out = Vec::new();
        show::write(&mut out, &judged.layers).expect("memory takes everything");
        let shown = String::from_utf8(out).expect("it is text");
        assert!(shown.contains("Authorization: ***"), "{shown}");
        let settings = format!("{:?}", judged.settings());
        assert!(settings.contains("authorization"), "{settings}");
        assert!(!format!("{shown}{settings}").contains("hunter2"));
    }
}

#[test]
fn of_a_webhook_only_the_host_is_shown() {
    let case = Case::by_key("webhook");
    for from in case.sources() {
        let given = Given::enough().say_text(case, from, "https://hooks.test:1/hunter2?hunter2");
        let judged = given.judge();
        let mut out = Vec::new();
        show::write(&mut out, &judged.layers).expect("memory takes everything");
        let shown = String::from_utf8(out).expect("it is text");
        let settings = format!("{:?}", judged.settings());
        for text in [shown, settings] {
            assert!(text.contains("https://hooks.test:1/***"), "{text}");
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}

#[test]
fn several_texts_are_shown_beside_each_other_in_a_complaint() {
    let mut given = Given::enough();
    given.flags = [
        "--gate",
        "green 5xx > 1% for 5s",
        "--gate",
        "p95 > 200 for 5m",
    ]
    .map(str::to_owned)
    .to_vec();
    let shown = "gates = \"green 5xx > 1% for 5s; p95 > 200 for 5m\" (--gate)";
    assert_holds_all(given.judge().problem(), &[shown]);
}

#[test]
fn at_most_a_hundred_headers_are_taken() {
    let case = Case::by_key("http_header");
    let headers = |count: usize| vec!["X-Team: payments"; count].join("\n");
    let taken = Given::enough().say_text(case, Origin::Flag, &headers(100));
    assert_eq!(http(taken.judge().settings()).headers.len(), 100);
    let refused = Given::enough().say_text(case, Origin::Flag, &headers(101));
    assert_holds_all(refused.judge().problem(), &["too many", "at most 100"]);
    let mut given = Given::enough();
    given.flags = ["--http-header", "a: 1", "--http-header=b:2"]
        .map(str::to_owned)
        .to_vec();
    assert_eq!((case.read)(given.judge().settings()), "a=1\nb=2");
}

#[test]
fn every_key_refuses_bad_native_values_of_a_settings_file() {
    for bad in BAD {
        let case = Case::by_key(bad.key);
        for (literal, shown, reason) in bad.literals {
            let given = Given::enough_but(case.key).say(case, Origin::Toml, "", literal);
            let place = format!("({})", given.place(case, Origin::Toml));
            let judged = given.judge();
            assert!(judged.result.is_err(), "{} = {literal} was taken", case.key);
            let value = format!("{} = ", case.key);
            assert_holds_all(judged.problem(), &[&value, shown, &place, reason]);
            assert_holds_all(judged.problem(), bad.allowed);
        }
    }
}

#[test]
fn there_are_bad_values_for_every_key() {
    for case in CASES {
        let all = BAD.iter().filter(|bad| bad.key == case.key);
        let (texts, literals) = all.fold((0, 0), |(texts, literals), bad| {
            (texts + bad.texts.len(), literals + bad.literals.len())
        });
        assert!(texts > 0 && literals > 0, "{}", case.key);
    }
}

#[test]
fn a_bad_value_counts_only_where_it_would_be_used() {
    let case = Case::by_key("tps");
    let judged = Given::enough()
        .say_text(case, Origin::Toml, "101")
        .say_text(case, Origin::Flag, "5")
        .judge();
    assert_eq!(judged.settings().dns.tps, 5);
}

#[test]
fn rates_from_1_to_100_are_taken() {
    let case = Case::by_key("tps");
    for (text, expected) in [("1", 1), ("100", 100), ("007", 7), (" 20 ", 20)] {
        for from in Origin::ALL {
            let judged = Given::enough().say_text(case, from, text).judge();
            assert_eq!(judged.settings().dns.tps, expected, "{from:?}");
        }
    }
    for number in [1, 2, 99, 100] {
        let mut given = Given::enough();
        given.add_toml("tps", &number.to_string());
        assert_eq!(given.judge().settings().dns.tps, number);
    }
}

#[test]
fn percentages_at_the_edge_are_taken() {
    for (key, text, expected) in [
        ("tolerance", "0.01", 0.0001),
        ("tolerance", "50", 0.5),
        ("tolerance", " 5 % ", 0.05),
        ("confidence", "80", 0.8),
        ("confidence", "99.99", 0.9999),
    ] {
        for from in Origin::ALL {
            let case = Case::by_key(key);
            let judged = Given::enough().say_text(case, from, text).judge();
            let verdict = judged.settings().verdict;
            let found = match key {
                "tolerance" => verdict.tolerance,
                _ => verdict.confidence,
            };
            assert!((found - expected).abs() < 1e-12, "{key} = {text}: {found}");
        }
    }
}

#[test]
fn a_negative_rate_is_refused_without_an_equals_sign_too() {
    let mut given = Given::enough();
    given.flags = ["--tps", "-5"].map(str::to_owned).to_vec();
    assert_holds_all(
        given.judge().problem(),
        &["tps = \"-5\" (--tps)", "1 to 100"],
    );
    for (flag, key) in [
        ("-d", "duration"),
        ("--poll-interval", "poll_interval"),
        ("--http-timeout", "http_timeout"),
    ] {
        let mut given = Given::enough();
        given.flags = [flag, "-5s"].map(str::to_owned).to_vec();
        let value = format!("{key} = \"-5s\"");
        assert_holds_all(given.judge().problem(), &[&value, "it is negative", "from"]);
    }
}

/// Every number and every time has a least and a most, and both are told.
#[test]
fn every_number_and_every_time_is_bounded() {
    use r53mon::config::keys::{KEYS, Kind};
    for key in KEYS {
        let huge = match key.kind {
            Kind::Whole(..) | Kind::Percent(..) => ["1e400", "18446744073709551615"],
            Kind::Duration(..) => ["18446744073709551615s", "584542046090years"],
            _ => continue,
        };
        assert!(key.allowed().contains(" to "), "{}", key.allowed());
        for text in huge {
            let given = Given::enough().say_text(Case::by_key(key.toml), Origin::Flag, text);
            assert_holds_all(given.judge().problem(), &[key.toml, &key.allowed()]);
        }
    }
}

#[test]
fn truth_values_are_taken_in_any_case() {
    for key in [
        "no_http",
        "settled",
        "ignore_http",
        "insecure",
        "explain",
        "ascii",
    ] {
        let case = Case::by_key(key);
        for (words, expected) in [
            (["true", "1", "yes", "on"], "true"),
            (["false", "0", "no", "off"], "false"),
        ] {
            for word in words {
                let mut capital = word.to_owned();
                capital[..1].make_ascii_uppercase();
                for text in [word, &word.to_uppercase(), &capital] {
                    for from in Origin::ALL {
                        let judged = Given::enough().say_text(case, from, text).judge();
                        let words = format!("{key} = {text} from {from:?}");
                        assert_eq!((case.read)(judged.settings()), expected, "{words}");
                    }
                }
            }
        }
        for (literal, expected) in [
            ("true", "true"),
            ("false", "false"),
            ("1", "true"),
            ("0", "false"),
        ] {
            let judged = Given::enough().say(case, Origin::Toml, "", literal).judge();
            assert_eq!(
                (case.read)(judged.settings()),
                expected,
                "{key} = {literal}"
            );
        }
    }
}

#[test]
fn durations_are_taken_in_all_their_spellings() {
    let case = Case::by_key("duration");
    for (text, seconds) in [
        ("5s", 5.0),
        ("1500ms", 1.5),
        ("5m", 300.0),
        ("5min", 300.0),
        ("1h30m", 5400.0),
        ("1h 30m", 5400.0),
        ("2days", 172_800.0),
        (" 7s ", 7.0),
    ] {
        for from in Origin::ALL {
            let judged = Given::enough().say_text(case, from, text).judge();
            let duration = judged.settings().run.duration.expect("it was given");
            assert!((duration.as_secs_f64() - seconds).abs() < 1e-9, "{text}");
        }
    }
}

#[test]
fn name_servers_are_taken_in_all_their_spellings() {
    let case = Case::by_key("nameservers");
    for (text, expected) in [
        ("192.0.2.1", "192.0.2.1:53"),
        ("192.0.2.1:5353", "192.0.2.1:5353"),
        ("2001:db8::1", "[2001:db8::1]:53"),
        ("[2001:db8::1]", "[2001:db8::1]:53"),
        ("[2001:db8::1]:5353", "[2001:db8::1]:5353"),
        ("::1,127.0.0.1:1053", "[::1]:53,127.0.0.1:1053"),
        (" 192.0.2.1 , 192.0.2.2 ", "192.0.2.1:53,192.0.2.2:53"),
        ("192.0.2.1:1,192.0.2.1:2", "192.0.2.1:1,192.0.2.1:2"),
    ] {
        for from in Origin::ALL {
            let judged = Given::enough().say_text(case, from, text).judge();
            assert_eq!((case.read)(judged.settings()), expected, "{text}");
        }
    }
    let judged = Given::enough()
        .say(
            case,
            Origin::Toml,
            "",
            "[\"192.0.2.1\", \"::1\", \"[::2]:54\"]",
        )
        .judge();
    assert_eq!(
        (case.read)(judged.settings()),
        "192.0.2.1:53,[::1]:53,[::2]:54"
    );
}

#[test]
fn the_endpoint_gives_scheme_host_and_port() {
    let case = Case::by_key("endpoint");
    for (text, scheme, host, port) in [
        ("http://app.example.com", "http", "app.example.com", 80),
        ("https://app.example.com", "https", "app.example.com", 443),
        (
            "HTTPS://App.Example.COM/x?y#z",
            "https",
            "app.example.com",
            443,
        ),
        (
            "http://app.example.com:8080/",
            "http",
            "app.example.com",
            8080,
        ),
        (
            "https://app.example.com:80/",
            "https",
            "app.example.com",
            80,
        ),
        (" https://app.example.com ", "https", "app.example.com", 443),
        (
            "https://bücher.example.com/",
            "https",
            "xn--bcher-kva.example.com",
            443,
        ),
        ("https://a_b.example.com/", "https", "a_b.example.com", 443),
    ] {
        for from in Origin::ALL {
            let given = Given::enough_but("endpoint").say_text(case, from, text);
            let judged = given.judge();
            let settings = judged.settings();
            let url = &http(settings).endpoint;
            assert_eq!(
                (url.scheme(), url.host_str(), url.port_or_known_default()),
                (scheme, Some(host), Some(port))
            );
            assert_eq!(settings.route53.record_name.to_string(), host);
        }
    }
}

#[test]
fn an_address_as_endpoint_needs_the_name_of_the_record() {
    let endpoint = Case::by_key("endpoint");
    for url in [
        "http://192.0.2.1/",
        "https://[2001:db8::1]:8443/",
        "http://3221225985/",
    ] {
        let given = Given::enough_but("endpoint").say_text(endpoint, Origin::Flag, url);
        assert_holds_all(given.judge().problem(), &["is an address", "--record-name"]);
        let judged = Given::enough_but("endpoint")
            .say_text(endpoint, Origin::Flag, url)
            .say_text(
                Case::by_key("record_name"),
                Origin::Variable,
                "app.example.com",
            )
            .judge();
        let settings = judged.settings();
        assert_eq!(settings.route53.record_name.to_string(), "app.example.com");
    }
}

#[test]
fn a_zone_id_is_taken_with_and_without_its_prefix() {
    let case = Case::by_key("hosted_zone_id");
    for text in ["Z1E5", "/hostedzone/Z1E5", "hostedzone/Z1E5", " Z1E5 "] {
        for from in Origin::ALL {
            let given = Given::enough_but(case.key).say_text(case, from, text);
            assert_eq!(given.judge().settings().route53.zone_id, "Z1E5");
        }
    }
}

#[test]
fn international_and_unusual_names_are_taken() {
    let case = Case::by_key("record_name");
    for (text, expected) in [
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("*.example.com", "*.example.com"),
        ("\\052.example.com", "*.example.com"),
        ("_dmarc.example.com.", "_dmarc.example.com"),
    ] {
        let judged = Given::enough().say_text(case, Origin::Flag, text).judge();
        assert_eq!((case.read)(judged.settings()), expected);
    }
}

#[test]
fn what_a_value_holds_cannot_look_like_another_complaint() {
    let case = Case::by_key("tps");
    let judged = Given::enough()
        .say_text(case, Origin::Variable, "5\nendpoint: required\u{1b}[2J")
        .judge();
    let shown = r53mon::config::check::Problems(judged.problems().to_vec()).to_string();
    assert_eq!(shown.lines().count(), 1, "{shown}");
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}
