//! The grammar of rules: a line of text becomes a gate, or it is said at which character it goes wrong and what could stand
//! there.
//!
//! ```text
//! rule      = [("warning" | "critical") ":"] claim {"," ("at least" COUNT "samples" | "hysteresis" PERCENT)}
//! claim     = [name | "any set"] (p50 | p95 | p99 | max) relation TIME "for" TIME
//!           | [name | "any set"] (errors | 2xx | 3xx | 4xx | 5xx) relation PERCENT "for" TIME
//!           | [name | "any set"] certificate relation TIME
//!           | (name | "any set") "worse than" name ["for" TIME]
//!           | "server" [name] "silent for" TIME
//!           | "server" [name] (unknown | errors) relation PERCENT "for" TIME
//!           | (unknown | rate) relation PERCENT "for" TIME
//!           | "share mismatch" ["for" TIME]
//! relation  = ">" | ">=" | "<" | "<=" | "above" | "below"
//! name      = letters, digits, "-", "_" and "." that are none of these words, or anything in quotes
//! ```

use std::time::Duration;

use unicode_width::UnicodeWidthStr;
use winnow::ascii::{dec_uint, multispace0};
use winnow::combinator::{alt, delimited, opt, preceded, repeat, terminated};
use winnow::error::{ErrMode, ParserError};
use winnow::prelude::*;
use winnow::token::{none_of, take_while};

use crate::model::gate::{
    Amount, Condition, Gate, HYSTERESIS, LEAST_SAMPLES, Metric, Relation, Rule, Scope, Severity,
    is_bare, is_bare_letter,
};
use crate::model::language::{Phrase, phrase, say};
use crate::model::text::visible;

/// The shortest time of a rule.
const SHORTEST: Duration = Duration::from_secs(1);
/// The longest one: so far back requests are known one by one.
pub const LONGEST: Duration = Duration::from_hours(1);
/// No limit is above this time.
const LONGEST_LIMIT: Duration = Duration::from_hours(3_650 * 24);
/// Nobody waits for more samples.
const MOST_SAMPLES: u64 = 1_000_000;
/// A gate that goes only far inside its limit would hardly ever go.
const MOST_HYSTERESIS: f64 = 90.0;

/// What a line says. What it does not say may stand beside it, or has a usual value.
#[derive(Clone, Debug, PartialEq)]
pub struct Spoken {
    /// What must not be.
    pub rule: Rule,
    /// What follows when it is.
    pub severity: Option<Severity>,
    /// Of fewer samples it says nothing.
    pub least_samples: Option<u64>,
    /// How far inside the limit a value has to be before the gate goes, as hundredths of the limit.
    pub hysteresis: Option<f64>,
}

impl Spoken {
    /// The gate, with the usual in the place of what was not said.
    pub fn gate(self) -> Gate {
        Gate {
            rule: self.rule,
            severity: self.severity.unwrap_or(Severity::Critical),
            least_samples: self.least_samples.unwrap_or(LEAST_SAMPLES),
            hysteresis: self.hysteresis.unwrap_or(HYSTERESIS),
        }
    }
}

/// Where a line goes wrong, and what could stand there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// At which byte.
    pub at: usize,
    /// What could stand there.
    pub expected: &'static Phrase,
}

impl Mistake {
    /// The line with a sign under the character where it goes wrong, and what could stand there.
    pub fn shown(self, text: &str) -> String {
        let before = text.get(..self.at).unwrap_or(text);
        // Not as the width of a format: one beyond 65,535 columns panics.
        let blank = " ".repeat(visible(before).width());
        let (text, expected) = (visible(text), self.expected);
        let expected = say!("expected {expected}", "필요한 것: {expected}");
        format!("  {text}\n  {blank}^ {expected}")
    }
}

/// Reads a line.
///
/// # Errors
/// The first place where it goes wrong.
pub fn parse(text: &str) -> Result<Spoken, Mistake> {
    spoken.parse(text).map_err(|error| Mistake {
        at: error.offset(),
        expected: error.inner().0,
    })
}

/// What was expected where a parser gave up.
#[derive(Debug)]
struct Expected(&'static Phrase);

impl ParserError<&str> for Expected {
    type Inner = Self;

    fn from_input(_: &&str) -> Self {
        Self(const { &phrase("the end of the rule", "규칙의 끝") })
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// A parser may go back and try something else only where it says so.
type Read<T> = winnow::Result<T, ErrMode<Expected>>;

const ON_A_SET: &Phrase = &phrase(
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, certificate or worse than; what stands before is taken for a set's name",
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, certificate 또는 `worse than`; 앞의 것은 세트의 이름으로 읽었다",
);
const ON_ANY_SET: &Phrase = &phrase(
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, certificate or worse than",
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, certificate 또는 `worse than`",
);
const ON_A_SERVER: &Phrase = &phrase(
    "silent, unknown or errors; what stands before is taken for a server's name",
    "silent, unknown 또는 errors; 앞의 것은 서버의 이름으로 읽었다",
);
const ON_ANY_SERVER: &Phrase = &phrase(
    "silent, unknown, errors, or the name of a server, in quotes if it is one of these words",
    "silent, unknown, errors, 또는 서버의 이름 (이런 단어와 같으면 따옴표로)",
);
const ON_THE_WHOLE: &Phrase = &phrase(
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, unknown, rate, certificate, share mismatch, server, \
     any set, or the name of a set, in quotes if it is one of these words",
    "p50, p95, p99, max, errors, 2xx, 3xx, 4xx, 5xx, unknown, rate, certificate, `share mismatch`, server, `any set`, 또는 세트의 이름 (이런 단어와 같으면 따옴표로)",
);
const A_RELATION: &Phrase = &phrase(
    ">, >=, < or <= (or above, below)",
    ">, >=, <, <= (또는 above, below)",
);
const A_NAME: &Phrase = &phrase(
    "the name of a set, in quotes if it is a word of rules or holds more than letters, digits, -, _ and .",
    "세트의 이름 (규칙의 단어이거나 영문자, 숫자, -, _, . 밖의 문자가 있으면 따옴표로)",
);
const FOR_HOW_LONG: &Phrase = &phrase("for and a time, such as for 5m", "for와 시간, 예: for 5m");
const HOW_LONG: &Phrase = &phrase(
    "a time from 1s to 1h, such as 30s, 5m or 1h",
    "1s~1h의 시간, 예: 30s, 5m, 1h",
);
const A_TIME: &Phrase = &phrase(
    "a time from 1ms to 3650d, such as 200ms, 1.5s or 14d",
    "1ms~3650d의 시간, 예: 200ms, 1.5s, 14d",
);
const A_PERCENTAGE: &Phrase = &phrase(
    "a percentage from 0% to 100%, such as 2%",
    "0%~100%의 백분율, 예: 2%",
);
const SOMETHING_THAT_CAN_BE: &Phrase = &phrase(
    "a percentage that the value may but need not reach: more than 0% and less than 100%",
    "값이 넘을 수도 넘지 않을 수도 있는 백분율: 0% 초과 100% 미만",
);
const AN_OPTION: &Phrase = &phrase(
    "at least N samples, or hysteresis N%, each once",
    "`at least N samples` 또는 `hysteresis N%`, 각각 한 번",
);
const HOW_MANY: &Phrase = &phrase(
    "a number from 1 to 1000000, and samples",
    "1~1000000의 수와 samples",
);
const HOW_FAR: &Phrase = &phrase(
    "a percentage from 0% to 90%, such as 10%",
    "0%~90%의 백분율, 예: 10%",
);

/// Gives up here for good.
fn expected<T>(what: &'static Phrase) -> Read<T> {
    Err(ErrMode::Cut(Expected(what)))
}

fn spoken(input: &mut &str) -> Read<Spoken> {
    multispace0.parse_next(input)?;
    let severity = severity(input)?;
    let scope = scope(input)?;
    let condition = condition(&scope, input)?;
    let window = window(&condition, input)?;
    let mut spoken = Spoken {
        rule: Rule {
            scope,
            condition,
            window,
        },
        severity,
        least_samples: None,
        hysteresis: None,
    };
    while opt(token(',')).parse_next(input)?.is_some() {
        option(&mut spoken, input)?;
    }
    if input.is_empty() {
        return Ok(spoken);
    }
    expected(match (&spoken.rule.condition, spoken.rule.window) {
        (Condition::ShareMismatch | Condition::WorseThan(_), None) => {
            const {
                &phrase(
                    "for and a time, a comma, or the end of the rule",
                    "for와 시간, 쉼표, 또는 규칙의 끝",
                )
            }
        }
        _ => const { &phrase("a comma, or the end of the rule", "쉼표 또는 규칙의 끝") },
    })
}

/// What is left of a parser and the blanks behind it.
fn token<'text, Output>(
    parser: impl Parser<&'text str, Output, ErrMode<Expected>>,
) -> impl Parser<&'text str, Output, ErrMode<Expected>> {
    terminated(parser, multispace0)
}

/// A word without quotes; none, where something else stands.
fn word<'text>(input: &mut &'text str) -> Read<&'text str> {
    token(take_while(0.., is_bare_letter)).parse_next(input)
}

/// Whether this word is next; if so, it is passed.
fn is_next(expected: &str, input: &mut &str) -> Read<bool> {
    let start = *input;
    let is_it = word(input)? == expected;
    if !is_it {
        *input = start;
    }
    Ok(is_it)
}

/// One of the words of a table, if it is next.
fn known<T: Copy>(all: &[T], as_str: fn(T) -> &'static str, input: &mut &str) -> Read<Option<T>> {
    let start = *input;
    let found = word(input)?;
    let found = all.iter().copied().find(|one| as_str(*one) == found);
    if found.is_none() {
        *input = start;
    }
    Ok(found)
}

fn severity(input: &mut &str) -> Read<Option<Severity>> {
    let found = known(&Severity::ALL, Severity::as_str, input)?;
    if found.is_some() && opt(token(':')).parse_next(input)?.is_none() {
        return expected(const { &phrase("a colon", "콜론") });
    }
    Ok(found)
}

fn scope(input: &mut &str) -> Read<Scope> {
    let start = *input;
    if is_next("server", input)? {
        let name = opt_name(input)?;
        return Ok(name.map_or(Scope::AnyServer, Scope::Server));
    }
    if is_next("any", input)? {
        if is_next("set", input)? {
            return Ok(Scope::AnySet);
        }
        if is_next("server", input)? {
            return Ok(Scope::AnyServer);
        }
        return expected(const { &phrase("set or server", "set 또는 server") });
    }
    if let Some(name) = opt_name(input)? {
        return Ok(Scope::Set(name));
    }
    *input = start;
    Ok(Scope::Whole)
}

/// A name, if one is next.
fn opt_name(input: &mut &str) -> Read<Option<String>> {
    if input.starts_with('"') {
        return quoted(input).map(Some);
    }
    let start = *input;
    let word = word(input)?;
    if is_bare(word) {
        return Ok(Some(word.to_owned()));
    }
    *input = start;
    Ok(None)
}

fn quoted(input: &mut &str) -> Read<String> {
    '"'.parse_next(input)?;
    let plain = |input: &mut &str| none_of(['"', '\\']).parse_next(input);
    let letters: String = repeat(0.., alt((plain, preceded('\\', escaped)))).parse_next(input)?;
    if opt(token('"')).parse_next(input)?.is_none() {
        return expected(const { &phrase("the quotes that end the name", "이름을 닫는 따옴표") });
    }
    if letters.is_empty() {
        return expected(
            const {
                &phrase(
                    "a name that is not empty before the quotes",
                    "따옴표 안에 비어 있지 않은 이름",
                )
            },
        );
    }
    Ok(letters)
}

fn escaped(input: &mut &str) -> Read<char> {
    let code = delimited(
        "u{",
        take_while(1..=6, |letter: char| letter.is_ascii_hexdigit()),
        '}',
    );
    let code = code.verify_map(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?));
    let letter = opt(alt(('"', '\\', code))).parse_next(input)?;
    letter.map_or_else(
        || expected(const { &phrase(
            "one of \" \\ u{..} after a backslash, with the number of a character in hexadecimal digits",
            "백슬래시 뒤에는 \" \\ u{..} 가운데 하나 (16진수로 쓴 문자의 번호)",
        ) }),
        Ok,
    )
}

fn condition(scope: &Scope, input: &mut &str) -> Read<Condition> {
    let (what, on_a_server, on_a_set) = match scope {
        Scope::Whole => (ON_THE_WHOLE, false, false),
        Scope::Set(_) => (ON_A_SET, false, true),
        Scope::AnySet => (ON_ANY_SET, false, true),
        Scope::Server(_) => (ON_A_SERVER, true, false),
        Scope::AnyServer => (ON_ANY_SERVER, true, false),
    };
    if on_a_server && is_next("silent", input)? {
        return Ok(Condition::Silent);
    }
    if *scope == Scope::Whole && is_next("share", input)? {
        if is_next("mismatch", input)? {
            return Ok(Condition::ShareMismatch);
        }
        return expected(const { &phrase("mismatch", "mismatch") });
    }
    if on_a_set && is_next("worse", input)? {
        if !is_next("than", input)? {
            return expected(const { &phrase("than", "than") });
        }
        let name = opt_name(input)?;
        return name.map_or_else(|| expected(A_NAME), |name| Ok(Condition::WorseThan(name)));
    }
    let start = *input;
    match known(&Metric::ALL, Metric::as_str, input)? {
        Some(metric) if is_of(metric, on_a_server, on_a_set) => limit(metric, input),
        _ => {
            *input = start;
            expected(what)
        }
    }
}

/// Whether a metric is measured of such a one.
fn is_of(metric: Metric, on_a_server: bool, on_a_set: bool) -> bool {
    match metric {
        Metric::Errors => true,
        Metric::Unknown => !on_a_set,
        Metric::Rate => !on_a_server && !on_a_set,
        _ => !on_a_server,
    }
}

fn limit(metric: Metric, input: &mut &str) -> Read<Condition> {
    let signs = alt((
        ">=".value(Relation::AtLeast),
        "<=".value(Relation::AtMost),
        ">".value(Relation::Above),
        "<".value(Relation::Below),
    ));
    let relation = match opt(token(signs)).parse_next(input)? {
        Some(relation) => relation,
        None if is_next("above", input)? => Relation::Above,
        None if is_next("below", input)? => Relation::Below,
        None => return expected(A_RELATION),
    };
    let start = *input;
    let limit = if metric.is_share() {
        let number = percent(100.0, A_PERCENTAGE, input)?;
        // All shares stand so, or none does.
        let [none, all] = [0.0, 100.0].map(|share| relation.holds(share, number));
        if none == all {
            *input = start;
            return expected(SOMETHING_THAT_CAN_BE);
        }
        Amount::Percent(number)
    } else {
        Amount::Time(time(
            Duration::from_millis(1)..=LONGEST_LIMIT,
            A_TIME,
            input,
        )?)
    };
    Ok(Condition::Limit {
        metric,
        relation,
        limit,
    })
}

/// Digits, and perhaps a point and more of them.
fn number(input: &mut &str) -> Read<Option<f64>> {
    let digits = || take_while(1..=15, |letter: char| letter.is_ascii_digit());
    let number = (digits(), opt(('.', digits()))).take();
    opt(number.verify_map(|text: &str| text.parse().ok())).parse_next(input)
}

fn percent(most: f64, what: &'static Phrase, input: &mut &str) -> Read<f64> {
    let start = *input;
    let number = number(input)?.filter(|number| *number <= most);
    let is_percent = opt(preceded(multispace0, token('%')))
        .parse_next(input)?
        .is_some();
    match number {
        Some(number) if is_percent => Ok(number),
        _ => {
            *input = start;
            expected(what)
        }
    }
}

fn time(
    range: std::ops::RangeInclusive<Duration>,
    what: &'static Phrase,
    input: &mut &str,
) -> Read<Duration> {
    const UNITS: [(&str, f64); 5] = [
        ("ms", 1.0),
        ("s", 1e3),
        ("m", 6e4),
        ("h", 3.6e6),
        ("d", 8.64e7),
    ];
    let start = *input;
    let number = number(input)?;
    multispace0.parse_next(input)?;
    let unit = word(input)?;
    let size = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, size)| size);
    let millis = number.zip(size).map(|(number, size)| number * size);
    // Longer than any range before it would not fit.
    let millis = millis.filter(|millis| *millis <= 1e15 && millis.fract() == 0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole and within bounds"
    )]
    let time = millis.map(|millis| Duration::from_millis(millis as u64));
    if let Some(time) = time.filter(|time| range.contains(time)) {
        return Ok(time);
    }
    *input = start;
    expected(what)
}

/// The time that has to stand there, may, or cannot.
fn window(condition: &Condition, input: &mut &str) -> Read<Option<Duration>> {
    let may_lack = match condition {
        Condition::Limit {
            metric: Metric::Certificate,
            ..
        } => return Ok(None),
        Condition::Limit { .. } | Condition::Silent => false,
        Condition::ShareMismatch | Condition::WorseThan(_) => true,
    };
    if is_next("for", input)? {
        time(SHORTEST..=LONGEST, HOW_LONG, input).map(Some)
    } else if may_lack {
        Ok(None)
    } else {
        expected(FOR_HOW_LONG)
    }
}

fn option(spoken: &mut Spoken, input: &mut &str) -> Read<()> {
    if spoken.least_samples.is_none() && is_next("at", input)? {
        if !is_next("least", input)? {
            return expected(const { &phrase("least", "least") });
        }
        let start = *input;
        let count = opt(token(dec_uint::<_, u64, ErrMode<Expected>>)).parse_next(input)?;
        let count = count.filter(|count| (1..=MOST_SAMPLES).contains(count));
        if count.is_none() || !is_next("samples", input)? {
            *input = start;
            return expected(HOW_MANY);
        }
        spoken.least_samples = count;
        Ok(())
    } else if spoken.hysteresis.is_none() && is_next("hysteresis", input)? {
        spoken.hysteresis = Some(percent(MOST_HYSTERESIS, HOW_FAR, input)?);
        Ok(())
    } else {
        expected(AN_OPTION)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Spoken {
        parse(text).unwrap_or_else(|mistake| panic!("{}", mistake.shown(text)))
    }

    #[test]
    fn rules_are_read_and_written_as_they_are_meant() {
        for text in [
            "p95 > 200ms for 5m",
            "green 5xx >= 2% for 1m",
            "errors >= 2% for 1m",
            "green worse than blue",
            "share mismatch",
            "unknown >= 1% for 30s",
            "server silent for 10s",
            "rate < 90% for 10m",
            "certificate < 14d",
            "any set p99 >= 1500ms for 1h",
            "server ns-1.awsdns-00.com silent for 10s",
            "server \"silent\" unknown > 0.5% for 10s",
            "\"5xx\" 5xx >= 2% for 1m",
            "\"blue \\\"2\\\"\" worse than \"\\u{7}\\\\\" for 1m",
            "warning: 2xx <= 99.5% for 1m, at least 200 samples, hysteresis 0%",
        ] {
            let gate = read(text).gate();
            assert_eq!(gate.to_string(), text);
            assert_eq!(read(&gate.to_string()).gate(), gate);
        }
        for (text, means) in [
            ("rate below 90% for 10m", "rate < 90% for 10m"),
            ("  p95   above 1.5s   for 60s ", "p95 > 1500ms for 1m"),
            ("critical:p95>200 ms for 5 m", "p95 > 200ms for 5m"),
            ("any server silent for 10s", "server silent for 10s"),
            ("\"green\" errors > 0% for 1m", "green errors > 0% for 1m"),
            (
                "p50 > 1s for 1m, hysteresis 5%, at least 9 samples",
                "p50 > 1s for 1m, at least 9 samples, hysteresis 5%",
            ),
        ] {
            assert_eq!(read(text).gate().to_string(), means);
        }
    }

    #[test]
    fn a_mistake_is_shown_under_its_character() {
        let cases: &[(&str, usize, &str)] = &[
            ("", 0, ON_THE_WHOLE),
            ("p95", 3, A_RELATION),
            ("p95 > 200 for 5m", 6, A_TIME),
            ("p95 > 200ms", 11, FOR_HOW_LONG),
            ("p95 > 200ms for", 15, HOW_LONG),
            ("p95 > 200ms for 2h", 16, HOW_LONG),
            ("p95 > 200ms for 0.5ms", 16, HOW_LONG),
            ("p95 > 2% for 5m", 6, A_TIME),
            ("p59 > 200ms for 5m", 4, ON_A_SET),
            ("errors >= 200ms for 5m", 10, A_PERCENTAGE),
            ("errors >= 101% for 5m", 10, A_PERCENTAGE),
            ("errors >= 0% for 5m", 10, SOMETHING_THAT_CAN_BE),
            ("2xx < 0% for 5m", 6, SOMETHING_THAT_CAN_BE),
            ("green unknown > 1% for 5m", 6, ON_A_SET),
            ("any p95 > 1s for 1m", 4, "set or server"),
            ("any set rate < 90% for 1m", 8, ON_ANY_SET),
            ("server p95 > 1s for 1m", 7, ON_ANY_SERVER),
            ("server ns-1 p95 > 1s for 1m", 12, ON_A_SERVER),
            ("share for 1m", 6, "mismatch"),
            (
                "share mismatch 1m",
                15,
                "for and a time, a comma, or the end of the rule",
            ),
            ("green worse blue", 12, "than"),
            ("green worse than any set", 17, A_NAME),
            (
                "\"green worse than blue",
                22,
                "the quotes that end the name",
            ),
            (
                "certificate < 14d for 1m",
                18,
                "a comma, or the end of the rule",
            ),
            ("warning p95 > 1s for 1m", 8, "a colon"),
            ("p95 > 1s for 1m, at least 0 samples", 26, HOW_MANY),
            ("p95 > 1s for 1m, hysteresis 91%", 28, HOW_FAR),
            (
                "p95 > 1s for 1m, hysteresis 1%, hysteresis 2%",
                32,
                AN_OPTION,
            ),
            ("p95 > 99999999999999999999d for 1m", 6, A_TIME),
        ];
        for (text, at, expected) in cases {
            let mistake = parse(text).expect_err(text);
            let found = (mistake.at, mistake.expected.said());
            assert_eq!(found, (*at, *expected), "{}", mistake.shown(text));
        }
        let text = "\"블루\" p95 > 200 for 5m";
        let mistake = parse(text).expect_err("there is no unit");
        let shown = mistake.shown(text);
        let (above, below) = shown.split_once('\n').expect("two lines");
        assert_eq!(above.trim_start(), text);
        assert_eq!(below.find('^'), Some(2 + "\"____\" p95 > ".len()));
    }

    fn name() -> impl Strategy<Value = String> {
        prop_oneof![
            "[a-z0-9._-]{1,8}",
            "\\PC{1,8}",
            Just("p95".to_owned()),
            Just("a \" \\ b\n".to_owned())
        ]
    }

    fn span(most: u64) -> impl Strategy<Value = Duration> {
        (1..=most).prop_map(Duration::from_secs)
    }

    fn limits(metrics: &'static [Metric]) -> impl Strategy<Value = Condition> {
        let metric = prop::sample::select(metrics);
        let relation = prop::sample::select(&Relation::ALL[..]);
        (metric, relation, 1..=999_999_u64).prop_map(|(metric, relation, number)| {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            let limit = if metric.is_share() {
                Amount::Percent(number as f64 / 1e4)
            } else {
                Amount::Time(Duration::from_millis(number))
            };
            Condition::Limit {
                metric,
                relation,
                limit,
            }
        })
    }

    fn claim() -> impl Strategy<Value = (Scope, Condition)> {
        const SERVER: &[Metric] = &[Metric::Unknown, Metric::Errors];
        const SET: &[Metric] = &[
            Metric::P50,
            Metric::P95,
            Metric::P99,
            Metric::Max,
            Metric::Errors,
            Metric::Success,
            Metric::ServerError,
            Metric::Certificate,
        ];
        let set = prop_oneof![name().prop_map(Scope::Set), Just(Scope::AnySet)];
        let server = prop_oneof![name().prop_map(Scope::Server), Just(Scope::AnyServer)];
        prop_oneof![
            (Just(Scope::Whole), limits(&Metric::ALL)),
            (Just(Scope::Whole), Just(Condition::ShareMismatch)),
            (
                set,
                prop_oneof![limits(SET), name().prop_map(Condition::WorseThan)]
            ),
            (server, prop_oneof![limits(SERVER), Just(Condition::Silent)]),
        ]
    }

    prop_compose! {
        fn gate()(
            (scope, condition) in claim(),
            window in span(3_600),
            lacks in any::<bool>(),
            severity in prop::sample::select(&Severity::ALL[..]),
            least_samples in 1..=MOST_SAMPLES,
            hysteresis in 0..=900_u32,
        ) -> Gate {
            let window = match condition {
                Condition::Limit { metric: Metric::Certificate, .. } => None,
                Condition::ShareMismatch | Condition::WorseThan(_) if lacks => None,
                _ => Some(window),
            };
            Gate {
                rule: Rule { scope, condition, window },
                severity,
                least_samples,
                hysteresis: f64::from(hysteresis) / 10.0,
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,40}") {
            if let Err(mistake) = parse(&text) {
                prop_assert!(text.is_char_boundary(mistake.at));
                let _ = mistake.shown(&text);
            }
        }

        #[test]
        fn what_looks_like_a_rule_is_read_or_shown_where_it_is_none(
            words in prop::collection::vec(
                prop::sample::select(vec![
                    "p95", "5xx", "any", "set", "server", "green", "\"a", "b\"", "\\u{", ">", ">=", "below", "2%", "200ms", "for",
                    "5m", "worse", "than", "share", "mismatch", "silent", "warning", ":", ",", "at", "least", "9", "samples",
                    "certificate", "14d", "hysteresis", "rate", "1e9", "-", "0.", "\u{1}",
                ]),
                0..9,
            )
        ) {
            let text = words.join(" ");
            match parse(&text) {
                Ok(spoken) => {
                    let written = spoken.clone().gate().to_string();
                    prop_assert_eq!(read(&written).gate(), spoken.gate());
                }
                Err(mistake) => prop_assert!(text.is_char_boundary(mistake.at)),
            }
        }

        #[test]
        fn what_is_written_is_read_as_the_same(gate in gate()) {
            let written = gate.to_string();
            prop_assert_eq!(parse(&written).map(Spoken::gate), Ok(gate), "{}", written);
        }
    }
}
