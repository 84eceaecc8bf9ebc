//! Every setting, described once: the table from which flags and their help, the layers, the checks, `config show` and
//! `config init` are made, and to which tests hold the example files and the README.

use std::time::Duration;

pub use self::key::{Foreign, Key, PREFIX, Taker};
pub use self::kind::Kind;
pub(super) use self::kind::{MOST_ADDRESSES, MOST_RANGES, MOST_TEXTS};
pub use self::near::nearest;
use super::{ColorChoice, HttpMethod, LogFormat, LogLevel, Output, ThemeChoice, Until};
use crate::model::declared::Iac;
use crate::model::event::{END, EventKind};
use crate::model::gate::Severity;
use crate::model::language::{Language, Phrase, phrase};
use crate::model::record::RecordType;

/// What one setting is.
mod key;
/// What a value has to be.
mod kind;
/// Names that were meant.
mod near;

/// What a settings file may hold several of, each as a table below a line `[[r53mon.NAME]]`.
#[derive(Debug)]
pub struct Tables {
    /// The name of their array in table `[r53mon]`; no setting has the same.
    pub name: &'static str,
    /// What one is for, in words.
    pub purpose: Phrase,
    /// What one may hold. Neither flags nor variables say the same.
    pub fields: &'static [Key],
    /// How many of them there may be.
    pub most: usize,
}

/// Stands for all kinds of event.
pub(super) const ALL: &str = "all";

/// What a program to run is. That it takes no arguments is said because there is no shell that could take a line apart.
const ALLOWED_PROGRAM: Phrase = phrase(
    "the path of a program that may be run, without arguments (those stand in a script)",
    "실행할 수 있는 프로그램의 경로, 인수 없이 (인수는 스크립트에 쓴다)",
);

/// Whoever asks to be told is told of these: verdicts, stale and silent servers, and the end.
const TOLD: &str = "match,mismatch,recovered,blind,blind_ended,gate_tripped,gate_cleared,server_stale,server_silent,server_back,end";

/// All settings, in the order of `config show`, of the help and of the template.
pub const KEYS: &[Key] = &[
    Key::new("endpoint", Kind::Url)
        .short('e')
        .purpose(
        "URL that the record serves, http or https; its port is used for HTTP",
        "레코드가 가리키는 서비스의 URL (http 또는 https); HTTP 요청에 그 포트를 쓴다",
    )
        .required("https://app.example.com"),
    Key::new("hosted_zone_id", Kind::Id("hostedzone", phrase("hosted zone", "호스팅 영역")))
        .flag("zone-id")
        .short('z')
        .purpose(
        "Id of the hosted zone, with or without /hostedzone/",
        "호스팅 영역 ID, /hostedzone/는 있어도 없어도 됨",
    )
        .required("ZXXXXXXXXXX"),
    Key::new("record_name", Kind::Name)
        .flag("record-name")
        .short('r')
        .purpose(
        "Name of the weighted record",
        "가중치 기반 레코드의 이름",
    )
        .otherwise("host of the endpoint", "endpoint의 호스트", "app.example.com"),
    Key::new(
        "record_type",
        Kind::Word("TYPE", || words(&RecordType::ALL, RecordType::as_str)),
    )
    .flag("record-type")
    .purpose(
        "Type of the record",
        "레코드 유형",
    )
    .otherwise("the weighted type found: A, then AAAA, then CNAME", "가중치가 있는 유형: A, AAAA, CNAME 순", "A")
        .rare(),
    Key::new("tps", Kind::Whole(1, 100, phrase("queries a second", "초당 질의 수")))
        .short('t')
        .purpose(
        "DNS queries a second",
        "초당 DNS 질의 수",
    )
        .default("10")
        .elsewhere(Taker::Demo, "20")
        .also(&[Taker::Demo, Taker::Plan]),
    Key::new("no_http", Kind::Switch)
        .flag("no-http")
        .purpose(
        "Measure DNS only, make no HTTP requests",
        "DNS만 측정하고 HTTP 요청은 하지 않는다",
    )
        .default("false")
        .also(&[Taker::Demo]),
    Key::new("nameservers", Kind::Addresses)
        .flag("nameserver")
        .short('n')
        .purpose(
        "Name servers to ask",
        "질의할 네임 서버",
    )
        .otherwise("the zone's delegation set", "호스팅 영역의 위임 세트", "192.0.2.1,192.0.2.2:5353"),
    Key::new("resolver", Kind::Address)
        .purpose(
        "Resolver for the names of name servers and alias targets",
        "네임 서버와 별칭 대상의 이름을 조회할 리졸버",
    )
        .otherwise("the system's", "시스템의 리졸버", "192.0.2.53")
        .rare(),
    Key::new("resolvers", Kind::Addresses)
        .purpose(
            "Resolvers to ask, once per TTL, what they still answer; counted for nothing",
            "아직 무엇을 응답하는지 TTL마다 한 번 물어볼 리졸버; 집계에는 넣지 않는다",
        )
        .otherwise("none", "없음", "1.1.1.1,8.8.8.8")
        .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "poll_interval",
        Kind::Duration(Duration::from_secs(5), Duration::from_hours(24)),
    )
    .flag("poll-interval")
    .purpose(
        "How often the configuration is read again",
        "설정을 다시 조회하는 간격",
    )
    .default("30s")
    .elsewhere(Taker::Demo, "5s")
    .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "tolerance",
        Kind::Percent(0.01, 50.0, phrase("percentage points", "퍼센트포인트")),
    )
    .purpose(
        "How near the declared share counts as a match, in percentage points",
        "설정된 비율과 얼마나 가까우면 일치로 볼지, %p",
    )
    .default("5")
    .also(&[Taker::Demo, Taker::Plan]),
    Key::new(
        "confidence",
        Kind::Percent(80.0, 99.99, phrase("a percentage", "백분율")),
    )
    .purpose(
        "How sure a verdict has to be, in percent",
        "판정의 신뢰 수준, %",
    )
    .default("99")
    .also(&[Taker::Demo, Taker::Plan]),
    Key::new(
        "max_unknown",
        Kind::Percent(0.01, 100.0, phrase("a percentage", "백분율")),
    )
    .flag("max-unknown")
    .purpose(
        "Largest share of answers that no set can have given with which there is a match, in percent",
        "어느 세트의 것도 아닌 응답이 이 비율 이하일 때만 일치로 본다, %",
    )
    .default("5")
    .also(&[Taker::Demo])
        .rare(),
    Key::new("settled", Kind::Switch)
        .purpose(
        "The weights have stood for two minutes: what does not fit is a mismatch from the start on",
        "가중치가 2분 이상 그대로다: 맞지 않으면 시작 직후부터 불일치로 본다",
    )
        .default("false")
        .elsewhere(Taker::Demo, "true")
        .also(&[Taker::Demo])
        .rare(),
    Key::new("ignore_http", Kind::Switch)
        .flag("ignore-http")
        .purpose(
        "Let check end with a match whatever HTTP says",
        "HTTP 결과와 상관없이 check가 일치로 끝날 수 있다",
    )
        .default("false")
        .rare(),
    Key::new("until", Kind::Word("WHAT", || words(&Until::ALL, Until::as_str)))
        .purpose(
            "What check waits for; a critical gate ends it before",
            "check가 기다리는 것; 중대 게이트가 걸리면 먼저 끝난다",
        )
        .otherwise("the first verdict", "첫 판정", "settled")
        .rare(),
    Key::new("junit", Kind::Text("PATH", phrase("the path of a file", "파일 경로")))
        .purpose(
            "Let check write its result to this file too, as JUnit has it: a test case for the verdict and for each gate",
            "check의 결과를 JUnit 형식으로 이 파일에도 쓴다: 판정과 게이트마다 테스트 하나",
        )
        .otherwise("none is written", "쓰지 않음", "r53mon.xml")
        .rare(),
    Key::new("gates", Kind::Texts("RULE", phrase("a rule that has to hold", "지켜져야 하는 규칙"), false))
        .flag("gate")
        .purpose(
            "Rule that has to hold; critical unless it begins with warning:",
            "지켜져야 하는 규칙; warning:으로 시작하지 않으면 중대(critical)하다",
        )
        .otherwise("none", "없음", "p95 > 200ms for 5m")
        .also(&[Taker::Demo]),
    Key::new(
        "duration",
        Kind::Duration(Duration::from_millis(1), Duration::from_hours(365 * 24)),
    )
        .short('d')
        .purpose(
        "End after this time",
        "이 시간이 지나면 끝낸다",
    )
        .elsewhere(Taker::Check, "5m")
        .otherwise("until you end it", "직접 끝낼 때까지", "10m")
        .also(&[Taker::Demo]),
    Key::new("change_id", Kind::Id("change", phrase("change", "변경")))
        .flag("change-id")
        .purpose(
        "Id of the change to wait for: a mismatch is called no sooner than a minute after all name servers have it",
        "기다릴 변경의 ID: 모든 네임 서버에 반영되고 1분이 지나야 불일치로 판정한다",
    )
        .otherwise("none is waited for", "기다리지 않음", "C2682N5HXP0BZ4")
        .rare(),
    Key::new(
        "output",
        Kind::Word("FORMAT", || words(&Output::ALL, Output::as_str)),
    )
    .short('o')
    .purpose(
        "How the numbers are shown",
        "수치를 보여 주는 방식",
    )
    .default("auto")
    .otherwise("a dashboard on a terminal, else text", "터미널이면 대시보드, 아니면 텍스트", "")
    .also(&[Taker::Demo])
    .heading("Output", "출력"),
    Key::new(
        "http_timeout",
        Kind::Duration(Duration::from_millis(100), Duration::from_mins(5)),
    )
    .flag("http-timeout")
    .purpose(
        "Longest time for one HTTP request",
        "HTTP 요청 하나의 최대 시간",
    )
    .default("5s")
    .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "http_header",
        Kind::Texts("NAME:VALUE", phrase("a header to send", "보낼 헤더"), true),
    )
    .flag("http-header")
    .purpose(
        "Header to send with each HTTP request",
        "모든 HTTP 요청에 넣을 헤더",
    )
    .otherwise("none", "없음", "X-Team:payments")
    .also(&[Taker::Demo])
    .rare(),
    Key::new(
        "http_method",
        Kind::Word("METHOD", || words(&HttpMethod::ALL, HttpMethod::as_str)),
    )
    .flag("http-method")
    .purpose("Method of the HTTP requests", "HTTP 요청의 메서드")
    .default("GET")
    .also(&[Taker::Demo])
    .rare(),
    Key::new("expect_status", Kind::Statuses)
        .flag("expect-status")
        .purpose(
        "Status codes with which an HTTP request has not failed",
        "HTTP 요청이 실패하지 않은 것으로 보는 상태 코드",
    )
        .default("200-399")
        .also(&[Taker::Demo])
        .rare(),
    Key::new("expect_body", Kind::Text("REGEX", phrase("a regular expression", "정규식")))
        .flag("expect-body")
        .purpose(
        "Regular expression that the first 64 KiB of a response have to match; else the request has failed",
        "응답의 처음 64 KiB가 맞아야 하는 정규식; 맞지 않으면 요청 실패다",
    )
        .otherwise("any body will do", "어떤 본문이든 된다", "ok|healthy")
        .also(&[Taker::Demo])
        .rare(),
    Key::new("http_max_tps", Kind::Whole(1, 100, phrase("requests a second", "초당 요청 수")))
        .flag("http-max-tps")
        .purpose(
        "HTTP requests a second at the most; answers beyond that are followed by none, and counted",
        "초당 HTTP 요청의 최대 수; 이를 넘는 응답에는 요청하지 않고 수만 센다",
    )
        .otherwise("one for each answer", "응답마다 하나", "5")
        .also(&[Taker::Demo])
        .rare(),
    Key::new("keepalive", Kind::Switch)
        .purpose(
        "Keep a connection to each address and measure the request alone, not the way to a new visitor's first byte",
        "주소마다 연결을 유지하고 요청만 잰다; 새 방문자의 연결 시간은 재지 않는다",
    )
        .default("false")
        .also(&[Taker::Demo])
        .rare(),
    Key::new(
        "window",
        Kind::Duration(Duration::from_secs(10), Duration::from_hours(1)),
    )
    .purpose(
        "Rolling time over which HTTP is told besides the segment",
        "구간과 별도로 HTTP를 보여 줄 최근 시간",
    )
    .default("5m")
    .also(&[Taker::Demo])
    .rare(),
    Key::new(
        "http_margin",
        Kind::Percent(0.0, 1000.0, phrase("a percentage", "백분율")),
    )
    .flag("http-margin")
    .purpose(
        "How much slower a set may answer HTTP than another before it counts as worse, in percent",
        "세트의 HTTP 응답이 다른 세트보다 이만큼(퍼센트) 넘게 느리면 더 나쁜 것으로 본다",
    )
    .default("20")
    .also(&[Taker::Demo])
    .rare(),
    Key::new("insecure", Kind::Switch)
        .purpose(
        "Do not verify certificates of the endpoint; every view says so",
        "endpoint의 인증서를 검증하지 않는다; 모든 화면에 표시된다",
    )
        .default("false")
        .rare(),
    Key::new("explain", Kind::Switch)
        .purpose(
        "Say after the statistics which rule gave the verdict and what would change it",
        "통계 뒤에 판정의 규칙과 판정이 바뀔 조건을 설명한다",
    )
        .default("false")
        .also(&[Taker::Demo]),
    Key::new("profile", Kind::Text("NAME", phrase("the name of an AWS profile", "AWS 프로필 이름")))
        .foreign(&[Foreign {
            variable: "AWS_PROFILE",
            says: None,
        }])
        .purpose(
        "AWS profile",
        "AWS 프로필",
    )
        .otherwise("the AWS credential chain", "AWS 자격 증명 체인", "production"),
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
    .purpose(
        "When the dashboard and doctor use colour",
        "대시보드와 doctor가 색을 쓰는 때",
    )
    .default("auto")
    .also(&[Taker::Demo])
    .heading("Output", "출력"),
    Key::new("log_file", Kind::Text("PATH", phrase("the path of a file", "파일 경로")))
        .flag("log-file")
        .purpose(
        "Write a log to this file",
        "이 파일에 로그를 쓴다",
    )
        .otherwise("stderr without a dashboard, else no log", "대시보드가 없으면 stderr, 있으면 로그 없음", "r53mon.log")
        .also(&[Taker::Demo])
        .heading("Output", "출력"),
    Key::new(
        "log_level",
        Kind::Word("LEVEL", || words(&LogLevel::ALL, LogLevel::as_str)),
    )
    .flag("log-level")
    .purpose(
        "Least severe messages in the log",
        "로그에 남길 가장 낮은 심각도",
    )
    .otherwise("warn on stderr, info in a file", "stderr면 warn, 파일이면 info", "info")
    .also(&[Taker::Demo])
    .heading("Output", "출력")
        .rare(),
    Key::new(
        "log_format",
        Kind::Word("FORMAT", || words(&LogFormat::ALL, LogFormat::as_str)),
    )
    .flag("log-format")
    .purpose(
        "Format of the log",
        "로그 형식",
    )
    .default("text")
    .also(&[Taker::Demo])
    .heading("Output", "출력")
    .rare(),
    Key::new(
        "theme",
        Kind::Word("THEME", || words(&ThemeChoice::ALL, ThemeChoice::as_str)),
    )
    .purpose(
        "Look of the dashboard, for a dark or a light background or without colour",
        "대시보드의 모습: 어두운 배경용, 밝은 배경용, 색 없음",
    )
    .default("auto")
    .otherwise("by COLORFGBG, else as the terminal answers, else dark", "COLORFGBG, 없으면 터미널의 응답, 그것도 없으면 어두운 배경용", "")
    .also(&[Taker::Demo])
    .heading("Output", "출력")
    .rare(),
    Key::new("ascii", Kind::Switch)
        .purpose(
        "Show nothing but ASCII: lines, bars and charts, and names with escapes",
        "ASCII만 보여 준다: 선, 막대, 차트, 이스케이프한 이름; 언어는 영어",
    )
        .default("false")
        .otherwise("also in a locale without UTF-8", "UTF-8이 아닌 로캘에서도 켜짐", "")
        .also(&[Taker::Demo, Taker::Plan])
        .heading("Output", "출력")
        .rare(),
    Key::new("iac", Kind::Word("TOOL", || words(&Iac::ALL, Iac::as_str)))
        .purpose(
        "In whose words the change is told that undoes the last one: a command of the AWS CLI, or attributes of Terraform's resources",
        "마지막 변경을 되돌리는 방법을 무엇으로 보여 줄지: AWS CLI 명령 또는 Terraform 리소스의 속성",
    )
        .default("cli")
        .also(&[Taker::Demo])
        .heading("Output", "출력")
        .rare(),
    Key::new(
        "rollback_goal",
        Kind::Duration(Duration::from_secs(1), Duration::from_hours(24)),
    )
    .flag("rollback-goal")
    .purpose(
        "How fast a rollback to an earlier stage should be, from the change to the last answer of what was abandoned",
        "이전 단계로 되돌릴 때의 목표 시간: 변경부터 버려진 쪽의 마지막 응답까지",
    )
    .default("30s")
    .also(&[Taker::Demo])
    .rare(),
    Key::new(
        "lang",
        Kind::Word("LANG", || words(&Language::ALL, Language::as_str)),
    )
    .purpose(
        "Language of what people read, never of JSON and the log",
        "사람이 읽는 내용의 언어; JSON과 로그는 언제나 영어",
    )
    .otherwise("ko in a Korean locale (LC_ALL, LC_MESSAGES, LANG), else en", "한국어 로캘(LC_ALL, LC_MESSAGES, LANG)이면 ko, 아니면 en", "ko")
    .also(&[Taker::Demo, Taker::Plan])
    .heading("Output", "출력")
    .rare(),
    Key::new("on_event", Kind::Text("PATH", ALLOWED_PROGRAM))
        .flag("on-event")
        .purpose(
            "Program to run for each event, with its kind as the one argument and its JSON on standard input; no shell is involved",
            "이벤트마다 실행할 프로그램; 인수는 이벤트 종류 하나, 표준 입력은 이벤트의 JSON이며 셸을 거치지 않는다",
        )
        .otherwise("none", "없음", "/usr/bin/true")
        .also(&[Taker::Demo])
        .heading("Notifications", "알림")
        .rare(),
    Key::new("webhook", Kind::SecretUrl)
        .purpose(
            "URL that each event is posted to, as JSON with the text for a chat such as Slack in it",
            "이벤트마다 JSON을 POST할 URL; Slack 같은 채팅에 쓸 text가 들어 있다",
        )
        .otherwise("none", "없음", "https://hooks.example.com/services/T000/B000/XXXX")
        .also(&[Taker::Demo])
        .heading("Notifications", "알림")
        .rare(),
    Key::new(
        "webhook_header",
        Kind::Texts("NAME:VALUE", phrase("a header to send", "보낼 헤더"), true),
    )
    .flag("webhook-header")
    .purpose("Header to send to the webhook", "webhook에 넣을 헤더")
    .otherwise("none", "없음", "X-Token:XXXX")
    .also(&[Taker::Demo])
    .heading("Notifications", "알림")
    .rare(),
    Key::new("notify", Kind::Words("KINDS", notified))
        .purpose(
            "Which kinds of event, by their names in JSON, the program and the webhook are told (end: that of the run; or all)",
            "프로그램과 webhook에 알릴 이벤트 종류, JSON의 이름으로 (end: 실행의 끝; 모두는 all)",
        )
        .default(TOLD)
        .also(&[Taker::Demo])
        .heading("Notifications", "알림")
        .rare(),
];

/// All arrays of tables, in the order of the template.
pub const TABLES: &[Tables] = &[
    Tables {
    name: "gate",
    purpose: phrase(
        "A rule that has to hold, besides those of gates",
        "gates의 규칙과 함께 지켜져야 하는 규칙",
    ),
    fields: &[
        Key::new("rule", Kind::Text("RULE", phrase("a rule", "규칙")))
            .purpose("What must not be", "일어나면 안 되는 것")
            .required("green 5xx >= 2% for 1m"),
        Key::new(
            "severity",
            Kind::Word("SEVERITY", || words(&Severity::ALL, Severity::as_str)),
        )
        .purpose(
            "Whether it is only told, or ends check and is a reason to take the last change back",
            "알리기만 할지, check를 끝내고 마지막 변경을 되돌릴 이유가 될지",
        )
        .default("critical"),
        Key::new("min_samples", Kind::Whole(1, 1_000_000, phrase("samples", "표본 수")))
            .purpose("Of fewer samples it says nothing", "표본이 이보다 적으면 판단하지 않는다")
            .default("50"),
        Key::new("hysteresis", Kind::Percent(0.0, 90.0, phrase("a percentage", "백분율")))
            .purpose(
                "How far inside its limit a value has to be before a tripped gate goes, in percent of the limit",
                "걸린 게이트가 풀리려면 값이 한계 안쪽으로 얼마나 들어와야 하는지, 한계의 퍼센트로",
            )
            .default("10"),
    ],
    most: MOST_TEXTS,
},
    Tables {
        name: "stage",
        purpose: phrase(
            "A step of a cutover, in the order of the steps: the weights, how long a match has to stand before the next step, and rules that have to hold meanwhile; each names the same sets",
            "전환의 한 단계, 순서대로: 가중치, 다음 단계 전에 일치가 이어져야 하는 시간, 그동안 지켜져야 하는 규칙; 모든 단계가 같은 세트를 적는다",
        ),
        fields: &[
            Key::new("name", Kind::Text("NAME", phrase("a name", "이름")))
                .purpose("What it is called", "단계의 이름")
                .otherwise("its weights", "가중치", "a tenth"),
            Key::new("weights", Kind::Weights)
                .purpose("Weights by set identifier", "세트 식별자별 가중치")
                .required("{ blue = 90, green = 10 }"),
            Key::new(
                "hold",
                Kind::Duration(Duration::ZERO, Duration::from_hours(7 * 24)),
            )
            .purpose(
                "How long a match has to stand before the next step",
                "다음 단계 전에 일치가 이어져야 하는 시간",
            )
            .default("0s"),
            Key::new("gates", Kind::Texts("RULE", phrase("a rule", "규칙"), false))
                .purpose(
                    "Rules that have to hold while it is in force, besides those of [[r53mon.gate]]",
                    "이 단계 동안 [[r53mon.gate]]와 함께 지켜져야 하는 규칙",
                )
                .otherwise("none", "없음", "green p95 > 200ms for 5m"),
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
}

/// The words of some kinds.
fn words<T: Copy>(kinds: &[T], word: fn(T) -> &'static str) -> Vec<&'static str> {
    kinds.iter().copied().map(word).collect()
}

/// The kinds of event that somebody can be told, and what stands for all of them.
fn notified() -> Vec<&'static str> {
    let mut words = words(&EventKind::ALL, EventKind::as_str);
    words.extend([END, ALL]);
    words
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
