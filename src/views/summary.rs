//! The final statistics as plain text, readable at 80 columns, or as Markdown: the same figures as the last frame, and those that had
//! no room on it.

use std::io::{self, Write};

use crate::model::text::visible;
use crate::model::verdict::ServerState;
use crate::snapshot::{EndedBy, Segment, Set, Snapshot};

/// The rows of the tables.
mod tables;

use super::http as lines;
use super::page::{COLUMNS, Page};
use super::what_now::{draining, may_roll_back, what_now};
use super::words::{
    self, command as undo_words, comparison, gate as gates, headline, http as http_words,
    resolving, share, side as side_words, stage as stage_words, summary as label,
};
use super::{command, comparisons, facts, fit, format, reasons, resolvers, stages, verdicts};

/// What the labels of the first part take.
const LABELS: usize = 10;
/// What stands between the figures of the last line.
const SEPARATOR: &str = "  │  ";
/// So many addresses of a set are told.
const ADDRESSES: usize = 4;

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
    write_summary_beside(out, snapshot, ended_by, explain, COLUMNS)
}

/// The same on a terminal of that width, on which the figures of the last line stand whole.
///
/// # Errors
/// Those of the writer.
pub fn write_summary_beside(
    out: &mut impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
    explain: bool,
    width: usize,
) -> io::Result<()> {
    let page = Page::new(Some(COLUMNS));
    fill(page, snapshot, ended_by, explain, width).write(out)
}

/// Writes the same as Markdown.
///
/// # Errors
/// Those of the writer.
pub fn write_markdown(
    out: &mut impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
) -> io::Result<()> {
    fill(Page::markdown(), snapshot, ended_by, true, COLUMNS).write(out)
}

fn fill(
    mut page: Page,
    snapshot: &Snapshot,
    ended_by: EndedBy,
    explain: bool,
    width: usize,
) -> Page {
    page.title(1, &format!("{} — {}", words::TITLE, snapshot.record.name));
    page.line(label::ended_by(ended_by));
    page.blank();
    add_facts(&mut page, snapshot);
    add_segments(&mut page, snapshot);
    add_servers(&mut page, snapshot);
    add_stages(&mut page, snapshot);
    add_gates(&mut page, snapshot);
    let resolvers = resolvers::rows(snapshot, |_| true);
    if !resolvers.is_empty() {
        page.blank();
        page.title(2, &resolving::RESOLVERS);
        page.table(&resolvers);
    }
    if explain && let Some((rule, told)) = verdicts::told(snapshot) {
        page.blank();
        page.title(2, &headline::WHY);
        page.remark(&told.because);
        page.remark(&headline::what_would_change(&told.change));
        page.remark(&headline::rule(rule));
    }
    if (explain || may_roll_back(snapshot))
        && let Some(undo) = command::told(snapshot)
    {
        page.blank();
        page.title(2, &undo_words::UNDO);
        for remark in &undo.remarks {
            page.remark(remark);
        }
        // Broken into lines it could not be copied.
        undo.command.iter().for_each(|command| page.code(command));
    }
    page.blank();
    let status = facts::status(snapshot, &facts::errors(snapshot));
    let has_room = |count: &usize| {
        let mut lines = status.chunks(*count).map(|facts| facts.join(SEPARATOR));
        lines.all(|line| fit::width(&line) <= width.min(COLUMNS))
    };
    let count = (1..=status.len()).rev().find(has_room).unwrap_or(1);
    for facts in status.chunks(count) {
        page.line(facts.join(SEPARATOR));
    }
    page
}

/// Each rule with what is known of it.
fn add_gates(page: &mut Page, snapshot: &Snapshot) {
    if snapshot.gates.is_empty() {
        return;
    }
    page.blank();
    page.title(2, &gates::GATES);
    let names = snapshot.server_names();
    for gate in &snapshot.gates {
        page.remark(&format!("{}: {}", gate.gate, gates::standing(gate, &names)));
    }
}

fn add_facts(page: &mut Page, snapshot: &Snapshot) {
    let mut fact = |label: &str, text: &str| page.beside(label, LABELS, text);
    let record = &snapshot.record;
    let zone = words::zone(&record.zone_name, &record.zone_id);
    let record_type = record.record_type.as_str();
    let name = label::record_in_zone(&record.name, record_type, &zone);
    fact(&label::RECORD, &name);
    if let Some(url) = &record.api_url {
        fact(label::API, &words::not_amazons(url));
    }
    if snapshot.http.is_some() {
        fact(label::ENDPOINT, &record.endpoint);
    }
    let [start, end] = [snapshot.started_at, snapshot.now].map(format::rfc3339);
    let uptime = format::uptime(snapshot.uptime);
    fact(&label::MEASURED, &label::measured(&start, &end, &uptime));
    let rate = &snapshot.rate;
    let achieved = facts::or_nothing(rate.achieved, format::rate);
    let (target, late, skipped) = (rate.target.into(), rate.late, rate.skipped);
    let rate = match rate.target_since.map(format::clock) {
        Some(since) => label::rate_line_since(&achieved, target, &since, late, skipped),
        None => label::rate_line(&achieved, target, late, skipped),
    };
    fact(&label::RATE, &rate);
    add_list(page, &label::QUERIES, &queries(snapshot));
    let mut faults = facts::faults(&snapshot.queries);
    if faults.is_empty() {
        faults.push(label::NO_FAULT.to_owned());
    }
    add_list(page, &label::FAULTS, &faults);
    let mut fact = |label: &str, text: &str| page.beside(label, LABELS, text);
    fact(label::HTTP, &http(snapshot));
    let configuration = &snapshot.configuration;
    let last = facts::or_nothing(configuration.age, |age| words::ago(&format::span(age)));
    let polls = label::polls_line(configuration.polls, configuration.failures, &last);
    fact(&label::WEIGHTS, &polls);
    if let Some(error) = &configuration.last_error {
        fact("", &label::last_error(&words::api_error(error)));
    }
    let [meaning, _] = reasons::answers_not_traffic(snapshot);
    fact(&label::MEANING, &meaning);
    for note in facts::notes(snapshot) {
        fact(&label::WARNING, &note);
    }
}

/// A label and a list, broken only between its items.
fn add_list(page: &mut Page, label: &str, items: &[String]) {
    if page.is_markdown() {
        return page.beside(label, LABELS, &items.join(", "));
    }
    let mut line = fit::pad_right(label, LABELS);
    for (index, item) in items.iter().enumerate() {
        let separator = if index + 1 < items.len() { ", " } else { "" };
        if fit::width(&line) + fit::width(item) + 1 > COLUMNS {
            page.line(line.trim_end());
            line = " ".repeat(LABELS);
        }
        line = line + item + separator;
    }
    page.line(line);
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
    let Some(http) = &snapshot.http else {
        return label::HTTP_OFF.to_owned();
    };
    let average = facts::average_latency(snapshot);
    let (failures, errors) = (http.failures, http.unexpected);
    let line = label::http_line(http.requests, failures, errors, http.skipped, &average);
    if http.is_off {
        label::http_off_line(&line)
    } else {
        line
    }
}

fn add_segments(page: &mut Page, snapshot: &Snapshot) {
    if snapshot.older_segments > 0 {
        page.blank();
        page.line(label::older_segments(snapshot.older_segments));
        for segment in &snapshot.older {
            page.item(&label::older_segment(segment));
        }
    }
    if snapshot.segments.is_empty() {
        page.blank();
        page.line(label::NO_SEGMENT);
    }
    for segment in &snapshot.segments {
        add_segment(page, snapshot, segment);
    }
}

fn add_segment(page: &mut Page, snapshot: &Snapshot, segment: &Segment) {
    let start = format::clock(segment.started_at);
    let span = match segment.ended_at {
        Some(end) => words::from_to(&start, &format::clock(end)),
        None => words::from_until_now(&start),
    };
    page.blank();
    let cause = words::event::cause(&segment.cause);
    page.title(2, &label::segment_heading(segment.number, &span, &cause));
    add_verdict(page, snapshot, segment);
    let total = words::total(segment.counted());
    page.title(3, &format!("{} {total}", words::ACTUAL));
    page.table(&tables::share_rows(segment));
    for remark in remarks(snapshot, segment) {
        page.remark(&remark);
    }
    if segment.sets.iter().any(|set| set.http.is_some()) {
        page.table(&tables::http_rows(&segment.sets));
    }
    for set in &segment.sets {
        for line in http_lines(snapshot, set) {
            page.remark(&line);
        }
        let http = set.http.as_ref();
        if let Some(failure) = http.and_then(|http| http.last_failure.as_ref()) {
            page.remark(&label::last_failure(
                &set.identifier,
                &side_words::failure(failure),
            ));
        }
    }
    add_comparisons(page, segment);
    if let Some(change) = &segment.propagation {
        page.title(3, &headline::CHANGE);
        page.table(&tables::timeline_rows(snapshot, change));
    }
}

/// How the sets compare over HTTP.
fn add_comparisons(page: &mut Page, segment: &Segment) {
    let pairs = comparisons::told(segment);
    if pairs.is_empty() {
        return;
    }
    page.title(3, &comparison::COMPARED);
    page.table(&tables::comparison_rows(segment, &pairs));
    if let Some(verdict) = &segment.verdict {
        let confidence = format::percentage(verdict.criteria.confidence);
        page.remark(&comparison::at_confidence(&confidence));
    }
    if comparisons::is_thinned(&pairs) {
        page.remark(&comparison::ONE_A_SECOND);
    }
}

/// How a set answered over HTTP, in more than the figures of the table.
fn http_lines(snapshot: &Snapshot, set: &Set) -> Vec<String> {
    let name = visible(&set.identifier);
    let Some(http) = set.http.as_ref().filter(|http| http.requests > 0) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    told.extend(http.latency.as_ref().map(lines::latency));
    told.extend(http.phases.map(lines::phases));
    if http.failed() > 0 {
        told.push(facts::http_faults(http).join(", "));
        told.extend(lines::addresses(http, ADDRESSES));
    }
    let certificate = http.certificate.as_deref();
    told.extend(certificate.map(|it| lines::certificate(it, snapshot.now)));
    let mut told: Vec<String> = told
        .iter()
        .map(|it| http_words::of_set(&name, it))
        .collect();
    if let Some(lately) = set.http_window.as_ref().filter(|it| it.requests > 0) {
        let (window, lately) = (format::span(snapshot.window), lines::window(lately));
        told.push(http_words::of_set_lately(&name, &window, &lately));
    }
    told
}

/// What has to be known of the shares of a segment.
fn remarks(snapshot: &Snapshot, segment: &Segment) -> Vec<String> {
    let sets = &segment.sets;
    let is_off = sets.iter().any(verdicts::is_off);
    let has_parts = sets.iter().any(|set| !set.parts.is_empty());
    // That of the segment in force is a notice.
    let ttls_differ = segment.ended_at.is_some() && segment.ttls.len() > 1;
    let mut remarks = Vec::new();
    remarks.extend(is_off.then(|| headline::OFF.to_owned()));
    let absences = verdicts::absences(snapshot, segment).into_iter();
    remarks.extend(absences.map(|remark| remark.text));
    remarks.extend(verdicts::uncounted(segment));
    remarks.extend(has_parts.then(|| share::PARTS_NOT_JUDGED.to_owned()));
    remarks.extend(reasons::of_each(sets));
    remarks.extend(ttls_differ.then(|| words::notice::ttls_differ(&segment.ttls)));
    remarks
}

/// The verdict of a segment, the evidence in words, and what has to be said beside it.
fn add_verdict(page: &mut Page, snapshot: &Snapshot, segment: &Segment) {
    if let Some(line) = verdicts::last_word(snapshot, segment) {
        page.text(&headline::verdict_line(&line));
        let evidence = segment.verdict.as_ref().and_then(verdicts::evidence);
        let now = segment
            .ended_at
            .is_none()
            .then(|| what_now(snapshot))
            .flatten();
        let now = now.map(|now| headline::now(&now));
        let left = segment.ended_at.is_none().then(|| draining(snapshot));
        let left = left.flatten().filter(|left| {
            let told = now.as_ref();
            !told.is_some_and(|now| now.contains(left))
        });
        for text in now
            .into_iter()
            .chain(left)
            .chain(evidence)
            .chain(verdicts::notes(snapshot, segment))
        {
            page.remark(&text);
        }
    }
}

/// Where the cutover stands in its plan, and how it went in each stage.
fn add_stages(page: &mut Page, snapshot: &Snapshot) {
    let Some(progress) = &snapshot.stages else {
        return;
    };
    page.blank();
    page.title(2, &stage_words::TITLE);
    page.table(&stages::rows(snapshot, progress));
    let remarks = stages::remarks(snapshot).into_iter();
    let remarks = remarks.map(|remark| remark.text);
    for remark in remarks.chain(stages::worst_gates(snapshot, progress)) {
        page.remark(&remark);
    }
    if let Some(next) = command::next_stage(snapshot) {
        page.blank();
        page.title(2, &stage_words::NEXT);
        for remark in &next.remarks {
            page.remark(remark);
        }
        next.command.iter().for_each(|command| page.code(command));
    }
}

fn add_servers(page: &mut Page, snapshot: &Snapshot) {
    if snapshot.servers.is_empty() {
        return;
    }
    page.blank();
    let heading = match snapshot.current() {
        Some(segment) if segment.number > 1 => {
            words::name_servers_with_shares_since(&format::clock(segment.started_at))
        }
        _ => words::NAME_SERVERS.to_owned(),
    };
    page.title(2, &heading);
    page.table(&tables::server_rows(snapshot));
    let differing = verdicts::differing_server(snapshot);
    for (place, server) in snapshot.servers.iter().enumerate() {
        let differs = differing == Some(place.into());
        let is_current = server.state == ServerState::Current;
        if differs || !is_current || facts::server_state(server).is_some() {
            let state = verdicts::server_state(server, differs);
            page.remark(&words::said_of(&server.name, &state));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::text::visible;
    use crate::views::samples;

    fn summary(snapshot: &Snapshot) -> String {
        let mut out = Vec::new();
        write_summary(&mut out, snapshot, EndedBy::Quit, true).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn the_figures_of_the_last_line_stand_whole_on_a_narrow_terminal() {
        for width in [40, 60, 80] {
            let mut out = Vec::new();
            write_summary_beside(&mut out, &samples::running(), EndedBy::Quit, false, width)
                .expect("memory is never full");
            let text = String::from_utf8(out).expect("text");
            let last = text.lines().rev().take_while(|line| !line.is_empty());
            let last: Vec<&str> = last.collect();
            assert!(last.iter().any(|line| line.contains("Uptime")), "{last:?}");
            assert!(
                last.iter().all(|line| fit::width(line) <= width),
                "{last:?}"
            );
        }
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
    fn slower() {
        insta::assert_snapshot!(summary(&samples::slower()));
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

    fn markdown(snapshot: &Snapshot) -> String {
        let mut out = Vec::new();
        write_markdown(&mut out, snapshot, EndedBy::NotYet).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn markdown_changed() {
        insta::assert_snapshot!(markdown(&samples::changed()));
    }

    #[test]
    fn markdown_has_the_command_as_it_is_to_be_copied() {
        let snapshot = samples::changed();
        let command = command::undo(&snapshot).expect("there was a change");
        let markdown = markdown(&snapshot);
        let block = format!("```\n{command}\n```");
        assert!(markdown.contains(&block), "{markdown}");
    }

    #[test]
    fn markdown_hostile() {
        insta::assert_snapshot!(markdown(&samples::hostile()));
    }

    #[test]
    fn every_table_of_the_markdown_is_one() {
        for (name, snapshot) in samples::all() {
            let text = markdown(&snapshot);
            assert!(text.starts_with("# "), "{name}");
            let cells = |line: &str| line.replace("\\|", "").matches('|').count();
            let mut width = None;
            for line in text.lines() {
                assert_eq!(visible(line), line, "{name}");
                width = match (line.starts_with('|'), width) {
                    (false, _) => None,
                    (true, None) => Some(cells(line)),
                    (true, Some(width)) => {
                        assert_eq!(cells(line), width, "{name}: {line}");
                        Some(width)
                    }
                };
            }
        }
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
            assert_eq!(
                text.contains(&*headline::WHY),
                snapshot.explanation.is_some()
            );
        }
    }

    #[test]
    fn the_explanation_comes_only_when_it_is_asked_for() {
        let mut out = Vec::new();
        let snapshot = samples::running();
        write_summary(&mut out, &snapshot, EndedBy::Verdict, false).expect("memory is never full");
        let text = String::from_utf8(out).expect("text");
        assert!(!text.contains(&*headline::WHY) && text.contains("Ended with the verdict."));
    }

    #[test]
    fn no_line_is_wider_than_a_terminal_and_nothing_hidden_is_left() {
        for (name, snapshot) in samples::all() {
            for line in summary(&snapshot).lines() {
                // A command is one line, so that it can be copied.
                let is_command = line.starts_with("aws route53 ");
                assert!(is_command || fit::width(line) <= COLUMNS, "{name}: {line}");
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
