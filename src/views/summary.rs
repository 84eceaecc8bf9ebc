//! The final statistics as plain text, readable at 80 columns: the same figures as the last frame, and those that had
//! no room on it.

use std::io::{self, Write};

use crate::model::text::visible;
use crate::model::verdict::ServerState;
use crate::snapshot::{EndedBy, Segment, Snapshot};

/// The rows of the tables.
mod tables;

use super::words::{self, headline, share, summary as label};
use super::{facts, fit, format, reasons, verdicts};

/// What everybody's terminal and mail shows.
const COLUMNS: usize = 80;
/// What a table stands in by.
const INDENT: &str = "  ";
/// What the labels of the first part take.
const LABELS: usize = 10;
/// The least that is left of the names in a table.
const LEAST_LABEL: usize = 12;

/// Writes the final statistics of a run; with `explain` also why the verdict is what it is and what would change it.
///
/// # Errors
/// Those of the writer.
pub fn write_summary(
    out: &mut impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
    explain: bool,
) -> io::Result<()> {
    writeln!(out, "{} — {}", words::TITLE, visible(&snapshot.record.name))?;
    writeln!(out, "{}", label::ended_by(ended_by))?;
    writeln!(out)?;
    write_facts(out, snapshot)?;
    write_segments(out, snapshot)?;
    write_servers(out, snapshot)?;
    if explain {
        write_explanation(out, snapshot)?;
    }
    writeln!(out)?;
    writeln!(out, "{}", facts::status(snapshot).join("  │  "))
}

fn write_explanation(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let Some((rule, told)) = verdicts::told(snapshot) else {
        return Ok(());
    };
    writeln!(out)?;
    writeln!(out, "{}", headline::WHY)?;
    write_indented(out, &told.because)?;
    write_indented(out, &headline::what_would_change(&told.change))?;
    write_indented(out, &headline::rule(rule))
}

fn write_facts(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let record = &snapshot.record;
    let zone = words::zone(&record.zone_name, &record.zone_id);
    let name = label::record_in_zone(&record.name, record.record_type.as_str(), &zone);
    write_fact(out, label::RECORD, &name)?;
    if snapshot.http.is_some() {
        write_fact(out, label::ENDPOINT, &record.endpoint)?;
    }
    let (start, end) = (
        format::rfc3339(snapshot.started_at),
        format::rfc3339(snapshot.now),
    );
    let uptime = format::uptime(snapshot.uptime);
    write_fact(
        out,
        label::MEASURED,
        &label::measured(&start, &end, &uptime),
    )?;
    let rate = &snapshot.rate;
    let achieved = facts::or_nothing(rate.achieved, format::rate);
    let rate = label::rate_line(&achieved, rate.target, rate.late, rate.skipped);
    write_fact(out, label::RATE, &rate)?;
    write_list(out, label::QUERIES, &queries(snapshot))?;
    let mut faults = facts::faults(&snapshot.queries);
    if faults.is_empty() {
        faults.push(label::NO_FAULT.to_owned());
    }
    write_list(out, label::FAULTS, &faults)?;
    write_fact(out, label::HTTP, &http(snapshot))?;
    write_polls(out, snapshot)?;
    let [meaning, _] = reasons::answers_not_traffic(snapshot);
    write_fact(out, label::MEANING, &meaning)?;
    for note in facts::notes(snapshot) {
        write_fact(out, label::WARNING, &note)?;
    }
    Ok(())
}

/// A label and what it stands for, on as many lines as that takes.
fn write_fact(out: &mut impl Write, label: &str, text: &str) -> io::Result<()> {
    for (index, line) in fit::wrap(text, COLUMNS - LABELS).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        writeln!(out, "{}{line}", fit::pad_right(label, LABELS))?;
    }
    Ok(())
}

/// A label and a list, broken only between its items.
fn write_list(out: &mut impl Write, label: &str, items: &[String]) -> io::Result<()> {
    let mut line = fit::pad_right(label, LABELS);
    for (index, item) in items.iter().enumerate() {
        let separator = if index + 1 < items.len() { ", " } else { "" };
        if fit::width(&line) + fit::width(item) + 1 > COLUMNS {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(LABELS);
        }
        line = line + item + separator;
    }
    writeln!(out, "{}", line.trim_end())
}

/// All parts of what was sent, the empty ones too: they add up to it.
fn queries(snapshot: &Snapshot) -> Vec<String> {
    let queries = &snapshot.queries;
    let mut parts = vec![words::sent(queries.sent), words::named(queries.named)];
    parts.extend(facts::all_unnamed(queries));
    parts.push(label::faulty(queries.faulty()));
    parts.push(label::unfinished(queries.in_flight()));
    if queries.stray > 0 {
        parts.push(words::stray(queries.stray));
    }
    parts
}

fn http(snapshot: &Snapshot) -> String {
    match &snapshot.http {
        None => label::HTTP_OFF.to_owned(),
        Some(http) => {
            let average = facts::average_latency(snapshot);
            label::http_line(http.requests, http.failures, http.skipped, &average)
        }
    }
}

fn write_polls(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let configuration = &snapshot.configuration;
    let last = facts::or_nothing(configuration.age, |age| words::ago(&format::span(age)));
    let polls = label::polls_line(configuration.polls, configuration.failures, &last);
    write_fact(out, label::WEIGHTS, &polls)?;
    match &configuration.last_error {
        None => Ok(()),
        Some(error) => {
            let cause = words::api_error(error);
            write_fact(out, "", &label::last_error(&cause))
        }
    }
}

fn write_segments(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    if snapshot.older_segments > 0 {
        writeln!(out)?;
        writeln!(out, "{}", label::older_segments(snapshot.older_segments))?;
        for segment in &snapshot.older {
            let line = label::older_segment(segment);
            let line = fit::cut_at_word(&visible(&line), COLUMNS - INDENT.len());
            writeln!(out, "{INDENT}{line}")?;
        }
    }
    if snapshot.segments.is_empty() {
        writeln!(out)?;
        writeln!(out, "{}", label::NO_SEGMENT)?;
    }
    for segment in &snapshot.segments {
        write_segment(out, snapshot, segment)?;
    }
    Ok(())
}

fn write_segment(out: &mut impl Write, snapshot: &Snapshot, segment: &Segment) -> io::Result<()> {
    let start = format::clock(segment.started_at);
    let span = match segment.ended_at {
        Some(end) => words::from_to(&start, &format::clock(end)),
        None => words::from_until_now(&start),
    };
    writeln!(out)?;
    let heading = format!(
        "{}: {}",
        label::segment_heading(segment.number, &span),
        words::event::cause(&segment.cause)
    );
    for line in fit::wrap(&heading, COLUMNS) {
        writeln!(out, "{line}")?;
    }
    write_verdict(out, snapshot, segment)?;
    writeln!(
        out,
        "{} {}",
        words::ACTUAL,
        words::total(facts::total(&segment.sets))
    )?;
    write_table(out, tables::share_rows(segment))?;
    if segment.sets.iter().any(verdicts::is_off) {
        write_indented(out, headline::OFF)?;
    }
    if let Some(note) = verdicts::range_note(segment) {
        write_indented(out, &note)?;
    }
    if segment.sets.iter().any(|set| !set.parts.is_empty()) {
        write_indented(out, share::PARTS_NOT_JUDGED)?;
    }
    for line in reasons::of_each(&segment.sets) {
        write_indented(out, &line)?;
    }
    // That of the segment in force is a notice.
    if segment.ended_at.is_some() && segment.ttls.len() > 1 {
        write_indented(out, &words::notice::ttls_differ(&segment.ttls))?;
    }
    let has_http = segment.sets.iter().any(|set| set.http.is_some());
    if has_http {
        write_table(out, tables::http_rows(&segment.sets))?;
    }
    for set in &segment.sets {
        if let Some(failure) = set
            .http
            .as_ref()
            .and_then(|http| http.last_failure.as_ref())
        {
            write_indented(
                out,
                &label::last_failure(&visible(&set.identifier), &visible(failure)),
            )?;
        }
    }
    if let Some(change) = &segment.propagation {
        writeln!(out, "{}", headline::CHANGE)?;
        write_table(out, tables::timeline_rows(snapshot, change))?;
    }
    Ok(())
}

/// The verdict of a segment, the evidence in words, and what has to be said beside it.
fn write_verdict(out: &mut impl Write, snapshot: &Snapshot, segment: &Segment) -> io::Result<()> {
    let (Some(verdict), Some(line)) = (&segment.verdict, verdicts::last_word(snapshot, segment))
    else {
        return Ok(());
    };
    for line in fit::wrap(&headline::verdict_line(&line), COLUMNS) {
        writeln!(out, "{line}")?;
    }
    for text in verdicts::evidence(verdict)
        .iter()
        .chain(&verdicts::notes(snapshot, segment))
    {
        write_indented(out, text)?;
    }
    Ok(())
}

fn write_indented(out: &mut impl Write, text: &str) -> io::Result<()> {
    for line in fit::wrap(text, COLUMNS - INDENT.len()) {
        writeln!(out, "{INDENT}{line}")?;
    }
    Ok(())
}

fn write_servers(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    if snapshot.servers.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    match snapshot.current() {
        Some(segment) if segment.number > 1 => {
            let since = format::clock(segment.started_at);
            writeln!(out, "{}", words::name_servers_with_shares_since(&since))?;
        }
        _ => writeln!(out, "{}", words::NAME_SERVERS)?,
    }
    write_table(out, tables::server_rows(snapshot))?;
    let differing = verdicts::differing_server(snapshot);
    for (place, server) in snapshot.servers.iter().enumerate() {
        let differs = differing == Some(place.into());
        let is_current = server.state == ServerState::Current;
        if differs || !is_current || facts::server_state(server).is_some() {
            let state = verdicts::server_state(server, differs);
            write_indented(out, &label::server_is(&visible(&server.name), &state))?;
        }
    }
    Ok(())
}

/// Writes a table whose first column gives way so that the rest has room.
fn write_table(out: &mut impl Write, mut rows: Vec<Vec<String>>) -> io::Result<()> {
    let others: Vec<Vec<String>> = rows.iter().map(|row| row[1..].to_vec()).collect();
    let taken = fit::columns(&others)
        .iter()
        .map(|line| fit::width(line))
        .max()
        .unwrap_or(0);
    let room = COLUMNS
        .saturating_sub(INDENT.len() + taken + 2)
        .max(LEAST_LABEL);
    let labels = fit::labels(rows.iter().map(|row| row[0].as_str()), room);
    for (row, label) in rows.iter_mut().zip(labels) {
        row[0] = label;
    }
    for line in fit::columns(&rows) {
        writeln!(out, "{INDENT}{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    fn summary(snapshot: &Snapshot) -> String {
        let mut out = Vec::new();
        write_summary(&mut out, snapshot, EndedBy::Quit, true).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn running() {
        insta::assert_snapshot!(summary(&samples::running()));
    }

    #[test]
    fn failing() {
        insta::assert_snapshot!(summary(&samples::failing()));
    }

    #[test]
    fn changed() {
        insta::assert_snapshot!(summary(&samples::changed()));
    }

    #[test]
    fn empty() {
        insta::assert_snapshot!(summary(&samples::empty()));
    }

    #[test]
    fn hostile() {
        insta::assert_snapshot!(summary(&samples::hostile()));
    }

    #[test]
    fn unhealthy() {
        insta::assert_snapshot!(summary(&samples::unhealthy()));
    }

    #[test]
    fn nested() {
        insta::assert_snapshot!(summary(&samples::nested()));
    }

    #[test]
    fn collecting() {
        insta::assert_snapshot!(summary(&samples::collecting()));
    }

    #[test]
    fn propagating() {
        insta::assert_snapshot!(summary(&samples::propagating()));
    }

    #[test]
    fn mismatch() {
        insta::assert_snapshot!(summary(&samples::mismatch()));
    }

    #[test]
    fn shares_off() {
        insta::assert_snapshot!(summary(&samples::shares_off()));
    }

    #[test]
    fn every_segment_with_a_verdict_has_a_line_for_it() {
        for (name, snapshot) in samples::all() {
            let text = summary(&snapshot);
            let verdicts = snapshot.segments.iter().filter(|one| one.verdict.is_some());
            assert_eq!(
                text.matches("\nVerdict: ").count(),
                verdicts.count(),
                "{name}"
            );
            assert_eq!(text.contains(headline::WHY), snapshot.explanation.is_some());
        }
    }

    #[test]
    fn the_explanation_comes_only_when_it_is_asked_for() {
        let mut out = Vec::new();
        let snapshot = samples::running();
        write_summary(&mut out, &snapshot, EndedBy::Verdict, false).expect("memory is never full");
        let text = String::from_utf8(out).expect("text");
        assert!(!text.contains(headline::WHY) && text.contains("Ended with the verdict."));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal_and_nothing_hidden_is_left() {
        for (name, snapshot) in samples::all() {
            for line in summary(&snapshot).lines() {
                assert!(fit::width(line) <= COLUMNS, "{name}: {line}");
                assert_eq!(visible(line), line, "{name}");
            }
        }
    }

    #[test]
    fn every_set_of_every_segment_is_listed() {
        let text = summary(&samples::hundred());
        for index in 0..100 {
            assert!(
                text.contains(&format!("shard-{index:03} ")),
                "shard-{index:03}"
            );
        }
        let text = summary(&samples::many_segments());
        assert!(text.contains("Segment 9,") && text.contains("Segment 21,"));
        assert!(text.contains("8 older segments are not listed"));
    }
}
