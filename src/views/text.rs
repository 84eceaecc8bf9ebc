//! One plain line a second, and one for each event, for logs and pipelines where there is no terminal.

use std::io::{self, Write};
use std::time::SystemTime;

use crate::model::text::visible;
use crate::snapshot::{EndedBy, Event, Segment, Set, Snapshot};

use super::command::Told;
use super::what_now::may_roll_back;
use super::{command, comparisons, facts, format, reasons, resolvers, stages, verdicts, words};

/// A line names all sets of a small group, and the few that are farthest off of a large one.
const MOST_SETS: usize = 6;
/// How many of a large group are named.
const NAMED_SETS: usize = 4;
/// The longest name on a line.
const LABEL_WIDTH: usize = 40;
/// What begins the message of an event.
const EVENT: &str = "*";
/// What begins the message of an event that should worry.
const WARNING: &str = "!";

/// Writes the moment on one line.
///
/// # Errors
/// Those of the writer.
pub fn write_line(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let clock = format::clock(snapshot.now);
    let sets = snapshot.sets();
    let shares = facts::waiting(snapshot).unwrap_or_else(|| shares(sets));
    let counted = snapshot.current().map_or(0, Segment::counted);
    let uncounted = snapshot.current().map_or(0, Segment::uncounted);
    let mut tail = vec![words::answers(counted)];
    tail.extend((uncounted > 0).then(|| words::uncounted_short(uncounted)));
    tail.extend(stages::short(snapshot));
    tail.extend([
        words::rate_short(&facts::rate(snapshot)),
        words::errors_short(&facts::errors(snapshot)),
        words::average_short(&facts::average_latency(snapshot)),
    ]);
    tail.extend(comparisons::in_short(snapshot));
    tail.extend(resolvers::old(snapshot).map(|(_, short)| short));
    let servers = snapshot.servers.iter();
    let silent = servers.filter(|server| server.is_silent()).count();
    if silent > 0 {
        tail.push(words::silent_short(silent, snapshot.servers.len()));
    }
    let configuration = &snapshot.configuration;
    if let (Some(_), Some(age)) = (&configuration.last_error, configuration.age) {
        tail.push(words::weights_old_short(&format::span(age)));
    }
    // Before the first answer the shares say it all.
    let verdict = facts::waiting(snapshot).is_none();
    let verdict = verdict.then(|| verdicts::headline(snapshot)).flatten();
    let verdict = verdict.map_or_else(String::new, |verdict| format!("| {}  ", verdict.line()));
    writeln!(out, "{clock}  {shares}  {verdict}| {}", tail.join("  "))
}

/// Writes on one line what is known at the moment and what to do now.
///
/// # Errors
/// Those of the writer.
pub fn write_state(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let state = facts::waiting(snapshot).or_else(|| Some(verdicts::headline(snapshot)?.line()));
    let clock = format::clock(snapshot.now);
    writeln!(out, "{clock}  {}", state.unwrap_or_default())
}

/// Writes on one line what a run that has ended came to, with the evidence, and why it ended.
///
/// # Errors
/// Those of the writer.
pub fn write_result(
    out: &mut impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
) -> io::Result<()> {
    let (clock, result) = (format::clock(snapshot.now), result(snapshot, ended_by));
    writeln!(out, "{clock}  {result}")
}

/// What a run that has ended came to, with the evidence, and why it ended.
pub(super) fn result(snapshot: &Snapshot, ended_by: EndedBy) -> String {
    let result = verdicts::headline(snapshot).map(|headline| headline.whole());
    let result = result
        .or_else(|| facts::waiting(snapshot))
        .unwrap_or_default();
    format!("{result}. {}", words::summary::ended_by(ended_by))
}

/// Writes the command that undoes the last change, where undoing it is a way out; what has to be known besides before it.
///
/// # Errors
/// Those of the writer.
pub fn write_undo(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let undo = may_roll_back(snapshot).then(|| command::told(snapshot));
    write_told(out, snapshot, &words::command::UNDO_LABEL, undo.flatten())
}

/// Writes the command that leads to the next stage, or back to one; what has to be known besides before it.
///
/// # Errors
/// Those of the writer.
pub fn write_next(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let next = command::next_stage(snapshot);
    write_told(out, snapshot, &words::stage::NEXT_LABEL, next)
}

fn write_told(
    out: &mut impl Write,
    snapshot: &Snapshot,
    label: &str,
    told: Option<Told>,
) -> io::Result<()> {
    let clock = format::clock(snapshot.now);
    let Some(told) = told else { return Ok(()) };
    let command = told.command.iter().flat_map(|command| command.lines());
    let lines = told.remarks.iter().map(String::as_str).chain(command);
    for line in lines {
        writeln!(out, "{clock}  {label}: {line}")?;
    }
    Ok(())
}

fn shares(sets: &[Set]) -> String {
    let part = |(label, set): (String, &Set)| {
        let share = facts::or_nothing(set.counted.share, format::percent);
        let diff = facts::or_nothing(set.counted.diff, format::points);
        let why = reasons::in_two_words(set).map_or_else(String::new, |why| format!(", {why}"));
        format!("{label} {share} ({diff}{why})")
    };
    let parts: Vec<String> = facts::labelled(sets, LABEL_WIDTH).map(part).collect();
    if parts.len() <= MOST_SETS {
        return parts.join("  ");
    }
    let farthest = facts::farthest_first(sets).into_iter().take(NAMED_SETS);
    let mut shown: Vec<String> = farthest.map(|index| parts[index].clone()).collect();
    shown.push(words::and_more(parts.len() - NAMED_SETS));
    shown.join("  ")
}

/// Writes what happened on one line; `names` are those of the servers.
///
/// # Errors
/// Those of the writer.
pub fn write_event(out: &mut impl Write, event: &Event, names: &[&str]) -> io::Result<()> {
    let is_warning = event.kind().is_warning();
    let sign = if is_warning { WARNING } else { EVENT };
    let (clock, sentence) = (
        format::clock(event.at),
        words::event::sentence(&event.what, names),
    );
    writeln!(out, "{clock}  {sign} {}", visible(&sentence))
}

/// Writes on one line how many events could not be written.
///
/// # Errors
/// Those of the writer.
pub fn write_lost(out: &mut impl Write, now: SystemTime, lost: u64) -> io::Result<()> {
    let clock = format::clock(now);
    writeln!(out, "{clock}  {WARNING} {}", words::slow::events_lost(lost))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    fn line(snapshot: &Snapshot) -> String {
        let mut out = Vec::new();
        write_line(&mut out, snapshot).expect("memory is never full");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn one_line_says_it_all() {
        assert_eq!(
            line(&samples::running()),
            "12:34:56  blue-32 72.2% (+0.2)  green-33 27.8% (-0.2)  | MATCH within 5 points, since 12:34:16; nothing to do  | 1,234 answers  10.1/s  errors 0  avg 45ms\n"
        );
        assert_eq!(
            line(&samples::start()),
            "12:34:56  waiting for the first answer, 3 queries sent  | 0 answers  -/s  errors 0  avg -\n"
        );
    }

    #[test]
    fn the_verdict_is_on_the_line_in_a_few_words() {
        for (snapshot, words) in [
            (
                samples::running(),
                "MATCH within 5 points, since 12:34:16; nothing to do",
            ),
            (
                samples::collecting(),
                "collecting, 400 answers, since 12:32:53; wait, a match takes about 40s if DNS serves what is declared",
            ),
            (
                samples::out_of_reach(),
                "collecting, 400 answers, since 12:32:53; widen the tolerance: at this one a match takes more answers than can be waited for",
            ),
            (
                samples::inconclusive(),
                "collecting, no verdict: declared shares not certain, since 12:32:53; give a set a weight, or wait until all are healthy",
            ),
            (
                samples::suspected(),
                "collecting, ns-903.awsdns-48.net differs, mismatch since 12:34:55; confirming until 12:35:25: the weights are being read once more",
            ),
            (
                samples::mismatch(),
                "MISMATCH: ns-903.awsdns-48.net differs, green-33 at 54.9-72.2% instead of 28.0%, since 12:34:29; \
                 3 of 4 servers are right: ask AWS, or look at what answers on the way; \
                 do not roll back for this: about a quarter of resolvers get another split",
            ),
            (
                samples::impossible(),
                "MISMATCH: ns-1102.awsdns-09.org answered green-33, which has the share 0, since 12:34:29; \
                 keep green-33 running, clients are still sent to it: look at the health checks of the other sets, and for a stale server",
            ),
            (
                samples::propagating(),
                "propagating, 2 of 4 name servers switched, stale: ns-903.awsdns-48.net, since 12:33:55; \
                 wait for ns-1967.awsdns-53.co.uk: alarms are armed at 12:35:25, most changes are through within a minute",
            ),
            (
                samples::blind(),
                "BLIND: no named answer for 12s, since 12:34:51; \
                 act on no older figure: r53mon doctor tells what fails on the way (port 53)",
            ),
        ] {
            let text = line(&snapshot);
            assert!(
                text.contains(&format!("  | {words}  | ")),
                "{words}: {text}"
            );
        }
        assert!(
            line(&samples::shares_off())
                .contains("MISMATCH: the declared shares are not served, green-33 at ")
        );
    }

    #[test]
    fn a_share_that_is_not_simply_by_weight_says_so_in_two_words() {
        let text = line(&samples::unhealthy());
        let shares = "blue-32 100.0% (+12.5, healthy only)  green-33 0.0% (0.0, unhealthy)  \
                      teal-34 0.0% (-12.5, target unhealthy?)";
        assert!(text.contains(shares), "{text}");
    }

    #[test]
    fn failures_are_on_every_line() {
        assert_eq!(
            line(&samples::failing()),
            "12:34:56  blue-32 72.1% (+0.1)  green-33 27.9% (-0.1)  | MATCH within 5 points, since 12:34:16; the split is right, but green-33 fails over HTTP, 32 of 265 requests: look at green-33  | 949 answers  10.1/s  errors 75 (43 DNS, 11 HTTP, 21 by status)  avg 45ms  \
             1 of 4 servers silent  weights 2m10s old\n"
        );
    }

    #[test]
    fn of_a_large_group_the_farthest_are_named_and_the_rest_is_counted() {
        let text = line(&samples::hundred());
        assert!(
            text.contains(
                "  and 96 more  | MATCH within 5 points, since 12:34:16; nothing to do  | 3,199 answers"
            ),
            "{text}"
        );
        assert_eq!(text.matches("shard-").count(), 4);
    }

    #[test]
    fn every_line_is_one_line() {
        for (name, snapshot) in samples::all() {
            let mut text = line(&snapshot);
            assert_eq!(text.pop(), Some('\n'));
            assert_eq!(visible(&text), text, "{name}");
            for event in &snapshot.events {
                let mut out = Vec::new();
                write_event(&mut out, event, &snapshot.server_names())
                    .expect("memory is never full");
                let mut text = String::from_utf8(out).expect("text");
                assert_eq!(text.pop(), Some('\n'));
                assert_eq!(visible(&text), text, "{name}");
            }
        }
    }

    #[test]
    fn the_command_is_told_where_rolling_back_is_a_way_out_and_nowhere_else() {
        let told = |snapshot: &Snapshot| {
            let mut out = Vec::new();
            write_undo(&mut out, snapshot).expect("memory is never full");
            String::from_utf8(out).expect("text")
        };
        let mut snapshot = samples::changed();
        assert_eq!(told(&snapshot), "");
        snapshot.explanation = samples::shares_off().explanation;
        assert!(may_roll_back(&snapshot));
        let command = command::undo(&snapshot).expect("a command");
        assert_eq!(told(&snapshot), format!("12:34:56  undo: {command}\n"));
        // Nothing has changed, so there is nothing to undo.
        assert_eq!(told(&samples::shares_off()), "");
        // One server that is late or wrong is no reason.
        snapshot.explanation = samples::mismatch().explanation;
        assert_eq!(told(&snapshot), "");
    }

    #[test]
    fn events_that_should_worry_have_a_sign() {
        let snapshot = samples::failing();
        let mut out = Vec::new();
        for event in &snapshot.events {
            write_event(&mut out, event, &snapshot.server_names()).expect("memory is never full");
        }
        let text = String::from_utf8(out).expect("text");
        assert!(
            text.starts_with("12:32:53  * measuring app.example.com A"),
            "{text}"
        );
        assert!(
            text.contains(
                "\n12:33:32  ! name server ns-1102.awsdns-09.org gives no usable answer\n"
            ),
            "{text}"
        );
    }
}
