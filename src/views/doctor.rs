//! What the checks have found: a line for each, or one JSON object. The words carry the meaning; colour only repeats it.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::model::finding::{Diagnosis, Finding, Status};
use crate::model::text::visible;

use super::json::units::{cost, each, seconds, time};
use super::json::write_object;
use super::page::Page;
use super::words::doctor as words;
use super::words::share::cost_line;
use super::{fit, format, reasons};

/// Below this width what was found stands under the name of its check instead of beside it.
const BESIDE: usize = 60;
/// How far text is set in below the name of its check.
const SET_IN: usize = 4;
/// The status column: the longest word and two spaces.
const STATUS: usize = 9;

/// How the text is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Whether the status is coloured.
    pub colored: bool,
    /// The width of the terminal; `None`: lines are never broken.
    pub columns: Option<usize>,
}

/// Writes a line for each check, with cause and cure below those that need them.
///
/// # Errors
/// Those of the writer.
pub fn write_text(out: &mut impl Write, diagnosis: &Diagnosis, look: Look) -> io::Result<()> {
    let mut page = Page::new(look.columns);
    let title = words::title(&diagnosis.record, &diagnosis.zone_id, &diagnosis.endpoint);
    page.text(&title);
    page.blank();
    let rows = rows(&diagnosis.findings);
    let widest = rows.iter().map(|row| fit::width(&row.label)).max();
    for row in &rows {
        add_row(&mut page, row, widest.unwrap_or(0), look);
    }
    page.blank();
    if let Some(cost) = &diagnosis.cost {
        page.text(&cost_line(&reasons::cost(cost)));
    }
    page.text(&words::total(
        diagnosis.count(Status::Ok),
        diagnosis.count(Status::Warning),
        diagnosis.count(Status::Failed),
        diagnosis.count(Status::Skipped),
        &format::latency(diagnosis.took),
    ));
    page.write(out)
}

/// One line of the list, and what stands below it.
struct Row<'finding> {
    status: Status,
    label: String,
    what: String,
    below: &'finding Finding,
}

/// What has failed comes first, with its cure; then everything else in the order of the checks; last what was skipped, all
/// that was so for the same reason together.
fn rows(findings: &[Finding]) -> Vec<Row<'_>> {
    fn of(finding: &Finding) -> Row<'_> {
        Row {
            status: finding.status,
            label: finding.check.as_str().to_owned(),
            what: words::what(finding),
            below: finding,
        }
    }
    let has = |status| move |finding: &&Finding| finding.status == status;
    let failed = findings.iter().filter(has(Status::Failed)).map(of);
    let rest = |finding: &&Finding| !matches!(finding.status, Status::Failed | Status::Skipped);
    let mut rows: Vec<Row> = failed.chain(findings.iter().filter(rest).map(of)).collect();
    let skipped: Vec<&Finding> = findings.iter().filter(has(Status::Skipped)).collect();
    for (place, finding) in skipped.iter().enumerate() {
        let is_same = |other: &&&Finding| {
            other.what == finding.what && other.cause == finding.cause && other.cure == finding.cure
        };
        if skipped[..place].iter().any(|other| is_same(&other)) {
            continue;
        }
        let same: Vec<&str> = skipped[place..]
            .iter()
            .filter(is_same)
            .map(|it| it.check.as_str())
            .collect();
        rows.push(if same.len() == 1 {
            of(finding)
        } else {
            Row {
                status: Status::Skipped,
                label: words::checks(same.len()),
                what: words::all_of_them(&finding.what, &same.join(", ")),
                below: finding,
            }
        });
    }
    rows
}

fn add_row(page: &mut Page, row: &Row<'_>, widest: usize, look: Look) {
    let status = painted(row.status, look.colored);
    let check = &row.label;
    let beside = look.columns.is_none_or(|columns| columns >= BESIDE);
    let indent = if beside { STATUS + widest + 2 } else { SET_IN };
    if beside {
        let label = format!("{status}{}  ", fit::pad_right(check, widest));
        page.beside(&label, indent, &row.what);
    } else {
        page.line(status + check);
        page.beside("", indent, &row.what);
    }
    for text in words::below(&row.below.clone().into()) {
        page.beside("", indent, &text);
    }
}

/// The status with spaces behind it; colours are those of the sixteen that every terminal has.
fn painted(status: Status, colored: bool) -> String {
    let word = status.as_str();
    let spaces = " ".repeat(STATUS.saturating_sub(word.len()));
    let code = match status {
        Status::Ok => "32",
        Status::Warning => "33",
        Status::Failed => "1;31",
        Status::Skipped => "2",
    };
    if colored {
        format!("\u{1b}[{code}m{word}\u{1b}[0m{spaces}")
    } else {
        format!("{word}{spaces}")
    }
}

/// Writes one JSON object, `r53mon.doctor/1`, on one line.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut impl Write, diagnosis: &Diagnosis) -> io::Result<()> {
    let object = || {
        json!({
            "schema": "r53mon.doctor/1",
            "version": env!("CARGO_PKG_VERSION"),
            "record": visible(&diagnosis.record),
            "zone_id": visible(&diagnosis.zone_id),
            "endpoint": visible(&diagnosis.endpoint),
            "checked_at": time(diagnosis.checked_at),
            "duration_s": seconds(diagnosis.took),
            "status": diagnosis.status().as_str(),
            "counts": {
                "ok": diagnosis.count(Status::Ok),
                "warning": diagnosis.count(Status::Warning),
                "failed": diagnosis.count(Status::Failed),
                "skipped": diagnosis.count(Status::Skipped),
            },
            "cost": diagnosis.cost.as_ref().map(cost),
            "checks": each(&diagnosis.findings, check),
        })
    };
    write_object(out, object)
}

fn check(finding: &Finding) -> Value {
    json!({
        "check": finding.check.as_str(),
        "status": finding.status.as_str(),
        "what": visible(&words::what(finding)),
        "cause": finding.cause.as_deref().map(visible),
        "cure": finding.cure.as_deref().map(visible),
        "took_s": seconds(finding.took),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::finding::CheckId;
    use crate::model::language::Both;
    use crate::views::language::Language;
    use proptest::prelude::*;
    use std::time::{Duration, SystemTime};

    fn sample() -> Diagnosis {
        let mut findings = vec![
            Finding::ok(CheckId::Zone, Both::same("example.com is a public zone"))
                .took(Duration::from_millis(120)),
            Finding::warning(
                CheckId::Tcp,
                Both::same("ns-2.example.net does not answer over TCP"),
            )
            .cause(Both::same("connection refused"))
            .cure(Both::same("let TCP to port 53 through")),
            Finding::failed(CheckId::Http, Both::same("no set answers")),
            Finding::skipped(CheckId::Twins, Both::same("needs the zone")),
        ];
        let hostile = format!("{}; \u{1b}[2Jhostile", findings[1].what);
        findings[1].what = Both::same(hostile);
        Diagnosis {
            record: "app.example.com A".to_owned(),
            zone_id: "Z0EXAMPLE".to_owned(),
            endpoint: "https://app.example.com/".to_owned(),
            checked_at: SystemTime::UNIX_EPOCH,
            took: Duration::from_millis(1234),
            cost: None,
            findings,
        }
    }

    fn text(diagnosis: &Diagnosis, look: Look) -> String {
        let mut out = Vec::new();
        write_text(&mut out, diagnosis, look).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn each_check_has_its_line_and_what_is_wrong_its_cure() {
        assert_eq!(
            text(&sample(), Look::default()),
            "\
Checking app.example.com A in zone Z0EXAMPLE for https://app.example.com/

failed   http     no set answers
ok       zone     example.com is a public zone
warning  dns-tcp  ns-2.example.net does not answer over TCP; \\u{1b}[2Jhostile
                  cause: connection refused
                  cure: let TCP to port 53 through
skipped  twins    needs the zone

1 ok, 1 warning, 1 failed, 1 skipped in 1.23s
"
        );
    }

    #[test]
    fn what_was_skipped_for_one_reason_stands_on_one_line_and_the_failure_on_top() {
        let mut diagnosis = sample();
        let needs = |check| Finding::skipped(check, Both::same("needs credentials"));
        diagnosis.findings = vec![
            Finding::ok(CheckId::Settings, Both::same("fine")),
            Finding::failed(CheckId::Credentials, Both::same("none found"))
                .cure(Both::same("log in")),
            needs(CheckId::Clock),
            Finding::ok(CheckId::Udp, Both::same("both answer")),
            Finding::skipped(CheckId::Http, Both::same("HTTP is off")),
            needs(CheckId::Zone),
        ];
        let text = text(&diagnosis, Look::default());
        let list = text.lines().skip(2).take(6).collect::<Vec<_>>().join("\n");
        assert_eq!(
            list,
            "\
failed   credentials  none found
                      cure: log in
ok       settings     fine
ok       dns-udp      both answer
skipped  2 checks     needs credentials: clock, zone
skipped  http         HTTP is off"
        );
    }

    #[test]
    fn korean_labels_take_two_columns_a_letter() {
        let mut diagnosis = sample();
        let needs = |check| Finding::skipped(check, Both::same("X"));
        diagnosis.findings = vec![
            Finding::failed(CheckId::Credentials, Both::same("Y")).cure(Both::same("Z")),
            needs(CheckId::Clock),
            needs(CheckId::Zone),
        ];
        let text = Language::Korean.speak(|| text(&diagnosis, Look::default()));
        assert_eq!(
            text,
            "\
점검: 레코드 app.example.com A, 호스팅 영역 Z0EXAMPLE, endpoint https://app.example.com/

failed   credentials  Y
                      조치: Z
skipped  점검 2개     X: clock, zone

ok 0, warning 0, failed 1, skipped 2 (1.23s)
"
        );
    }

    #[test]
    fn what_it_costs_stands_before_the_sum() {
        let mut diagnosis = sample();
        diagnosis.cost = Some(crate::model::cost::at_most(10));
        let text = text(&diagnosis, Look::default());
        let cost = text.lines().rev().nth(1).expect("two lines");
        assert!(cost.contains("36,000"), "{cost}");
    }

    #[test]
    fn colour_repeats_the_word() {
        let look = Look {
            colored: true,
            columns: None,
        };
        let colored = text(&sample(), look);
        assert!(colored.contains("\u{1b}[32mok\u{1b}[0m       zone"));
        let plain: String = ["32", "33", "1;31", "2", "0"]
            .iter()
            .fold(colored, |text, code| {
                text.replace(&format!("\u{1b}[{code}m"), "")
            });
        assert_eq!(plain, text(&sample(), Look::default()));
    }

    #[test]
    fn a_narrow_terminal_gets_the_text_below() {
        let look = Look {
            colored: false,
            columns: Some(30),
        };
        let narrow = text(&sample(), look);
        assert!(
            narrow.contains("ok       zone\n    example.com is a public\n    zone\n"),
            "{narrow}"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_the_terminal(columns in 24usize..200, words in "[a-z ;]{0,200}") {
            let mut diagnosis = sample();
            diagnosis.findings[0].what = Both::same(words);
            let look = Look { colored: false, columns: Some(columns) };
            for line in text(&diagnosis, look).lines() {
                prop_assert!(crate::views::fit::width(line) <= columns, "{line:?}");
            }
        }
    }

    #[test]
    fn the_object_fits_its_schema_and_the_schema_refuses_damage() {
        let schema: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/data/doctor.schema.json"))
                .expect("the schema is JSON");
        jsonschema::meta::validate(&schema).expect("the schema is a schema");
        let validator = jsonschema::validator_for(&schema).expect("the schema is usable");
        let mut diagnosis = sample();
        diagnosis.cost = Some(crate::model::cost::at_most(10));
        diagnosis.findings = CheckId::ALL
            .iter()
            .zip(
                [Status::Ok, Status::Warning, Status::Failed, Status::Skipped]
                    .into_iter()
                    .cycle(),
            )
            .map(|(check, status)| {
                Finding::new(*check, status, Both::same("found")).cure(Both::same("mend it"))
            })
            .collect();
        let mut out = Vec::new();
        write_json(&mut out, &diagnosis).expect("memory is never full");
        let object: serde_json::Value = serde_json::from_slice(&out).expect("an object");
        if let Err(error) = validator.validate(&object) {
            panic!("{error} at {}", error.instance_path());
        }
        assert_eq!(object["status"], "failed");
        for (place, damage) in [
            ("/schema", serde_json::json!("r53mon.doctor/2")),
            ("/status", serde_json::json!("good")),
            ("/checks/0/check", serde_json::json!("weather")),
            ("/checks/0/what", serde_json::json!(null)),
            ("/counts/ok", serde_json::json!(-1)),
            ("/cost", serde_json::json!(0.014)),
        ] {
            let mut damaged = object.clone();
            *damaged.pointer_mut(place).expect("it is there") = damage;
            assert!(!validator.is_valid(&damaged), "{place}");
        }
    }
}
