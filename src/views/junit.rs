//! The result of a check as JUnit has it, for programs that collect tests: a test case for the verdict and one for each gate.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use crate::model::gate::{GateReading, GateState, Severity};
use crate::model::text::visible;
use crate::model::verdict::VerdictState;
use crate::snapshot::{EndedBy, Snapshot};

use super::language::Language;
use super::{format, verdicts, words};

/// What has become of a test case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as it should be.
    Passed,
    /// It is not.
    Failed,
    /// Nobody knows, though somebody should.
    Undecided,
    /// It was not what the run ended for, and nobody knows.
    Skipped,
}

impl Outcome {
    /// The element that says so; none of what is as it should be.
    fn element(self) -> Option<&'static str> {
        match self {
            Self::Passed => None,
            Self::Failed => Some("failure"),
            Self::Undecided => Some("error"),
            Self::Skipped => Some("skipped"),
        }
    }
}

/// One test case.
struct Case {
    class: &'static str,
    name: String,
    outcome: Outcome,
    /// What there is to say about it.
    told: String,
}

/// Writes the result of a run that has ended; `result` is what its exit code says.
///
/// # Errors
/// Those of the writer.
pub fn write(
    out: impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
    result: Outcome,
) -> io::Result<()> {
    // Programs compare texts.
    Language::English.speak(|| {
        let names = snapshot.server_names();
        let of_gates = snapshot.gates.iter().map(|gate| gate_case(gate, &names));
        let cases = [verdict_case(snapshot, ended_by, result)]
            .into_iter()
            .chain(of_gates);
        write_cases(out, snapshot, &cases.collect::<Vec<_>>())
    })
}

fn verdict_case(snapshot: &Snapshot, ended_by: EndedBy, result: Outcome) -> Case {
    let verdict = snapshot
        .current()
        .and_then(|segment| segment.verdict.as_ref());
    let outcome = match (ended_by, verdict.map(|verdict| verdict.state)) {
        (EndedBy::Gate, Some(VerdictState::Match)) => Outcome::Passed,
        (EndedBy::Gate, Some(VerdictState::Mismatch)) => Outcome::Failed,
        (EndedBy::Gate, _) => Outcome::Skipped,
        _ => result,
    };
    let headline = verdicts::headline(snapshot).map(|headline| headline.whole());
    Case {
        class: "r53mon.verdict",
        name: words::summary::SPLIT_IS_SERVED.to_owned(),
        outcome,
        told: headline.unwrap_or_else(|| words::summary::reason(snapshot, ended_by)),
    }
}

fn gate_case(reading: &GateReading, names: &[&str]) -> Case {
    let outcome = match (reading.worst.state, reading.gate.severity) {
        (GateState::Tripped, Severity::Critical) => Outcome::Failed,
        (GateState::Waiting | GateState::Nobody, _) => Outcome::Skipped,
        (GateState::Tripped | GateState::Holds, _) => Outcome::Passed,
    };
    Case {
        class: "r53mon.gate",
        name: reading.gate.to_string(),
        outcome,
        told: words::gate::standing(reading, names),
    }
}

fn write_cases(out: impl Write, snapshot: &Snapshot, cases: &[Case]) -> io::Result<()> {
    let count = |outcome| {
        cases
            .iter()
            .filter(|case| case.outcome == outcome)
            .count()
            .to_string()
    };
    let time = format!("{:.3}", snapshot.uptime.as_secs_f64());
    let started = format::rfc3339(snapshot.started_at);
    let suite = format!(
        "{} {}",
        visible(&snapshot.record.name),
        snapshot.record.record_type.as_str()
    );
    let counts = [
        ("tests", cases.len().to_string()),
        ("failures", count(Outcome::Failed)),
        ("errors", count(Outcome::Undecided)),
        ("skipped", count(Outcome::Skipped)),
        ("time", time.clone()),
    ];
    let counts = || counts.iter().map(|(name, value)| (*name, value.as_str()));
    let mut writer = Writer::new_with_indent(out, b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let suites = writer.create_element("testsuites");
    let suites = suites
        .with_attribute(("name", "r53mon"))
        .with_attributes(counts());
    suites.write_inner_content(|writer| {
        let of_suite = writer
            .create_element("testsuite")
            .with_attribute(("name", &*suite));
        let of_suite = of_suite
            .with_attributes(counts())
            .with_attribute(("timestamp", &*started));
        of_suite.write_inner_content(|writer| {
            cases
                .iter()
                .try_for_each(|case| write_case(writer, case, &time))
        })?;
        Ok(())
    })?;
    let mut out = writer.into_inner();
    out.write_all(b"\n")?;
    out.flush()
}

/// A test case; what was outside is made visible, so that nothing stands in it that XML does not allow.
fn write_case(writer: &mut Writer<impl Write>, case: &Case, time: &str) -> io::Result<()> {
    let (name, told) = (visible(&case.name), visible(&case.told));
    let element = writer.create_element("testcase").with_attributes([
        ("classname", case.class),
        ("name", &*name),
        ("time", time),
    ]);
    element.write_inner_content(|writer| {
        let element = case.outcome.element();
        let mut content = writer.create_element(element.unwrap_or("system-out"));
        if element.is_some() {
            content = content.with_attribute(("message", &*told));
        }
        content.write_text_content(BytesText::new(&told))?;
        Ok(())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use quick_xml::Reader;

    use super::*;
    use crate::views::samples;

    /// An element with its attributes.
    type Element = (String, Vec<(String, String)>);

    /// The elements of a result; it has to be well-formed.
    fn elements(snapshot: &Snapshot, ended_by: EndedBy, result: Outcome) -> Vec<Element> {
        let mut out = Vec::new();
        write(&mut out, snapshot, ended_by, result).expect("memory is never full");
        let text = String::from_utf8(out).expect("it is text");
        let mut reader = Reader::from_str(&text);
        let (mut elements, mut open) = (Vec::new(), 0);
        loop {
            let event = reader.read_event();
            match event.unwrap_or_else(|error| panic!("{error}: {text}")) {
                Event::Start(start) => {
                    open += 1;
                    let attributes = start.attributes().map(|attribute| {
                        let attribute = attribute.expect("well-formed");
                        let key = attribute.key.as_ref().to_owned();
                        let value = quick_xml::escape::unescape(&attribute.value);
                        (key, value.expect("escaped well").into_owned())
                    });
                    let attributes = attributes.collect();
                    elements.push((start.name().as_ref().to_owned(), attributes));
                }
                Event::End(_) => open -= 1,
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(open, 0, "{text}");
        elements
    }

    fn names(elements: &[Element]) -> Vec<&str> {
        elements.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn there_is_a_case_for_the_verdict_and_for_each_gate() {
        let snapshot = samples::gated();
        let found = elements(&snapshot, EndedBy::Gate, Outcome::Failed);
        assert_eq!(
            names(&found),
            [
                "testsuites",
                "testsuite",
                "testcase",
                "system-out",
                "testcase",
                "failure",
                "testcase",
                "system-out",
                "testcase",
                "skipped",
            ]
        );
        let value = |element: usize, name: &str| {
            let mut attributes = found[element].1.iter();
            attributes
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        for (name, count) in [
            ("tests", "4"),
            ("failures", "1"),
            ("errors", "0"),
            ("skipped", "1"),
        ] {
            assert_eq!(value(0, name), Some(count), "{name}");
            assert_eq!(value(1, name), Some(count), "{name}");
        }
        assert_eq!(value(4, "name"), Some("\"gre<e&n\" 5xx >= 2% for 1m"));
        let told = value(5, "message").expect("a message");
        assert!(told.contains("gre<e&n") && told.contains("7.14%"), "{told}");
    }

    #[test]
    fn the_case_of_the_verdict_follows_the_exit_code() {
        for (result, element) in [
            (Outcome::Passed, "system-out"),
            (Outcome::Failed, "failure"),
            (Outcome::Undecided, "error"),
        ] {
            let found = elements(&samples::running(), EndedBy::Duration, result);
            assert_eq!(
                names(&found),
                ["testsuites", "testsuite", "testcase", element]
            );
        }
    }

    #[test]
    fn whatever_comes_from_outside_it_stays_well_formed() {
        elements(&samples::hostile(), EndedBy::Verdict, Outcome::Failed);
    }
}
