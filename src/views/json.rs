//! Reports, ticks and events for programs: one JSON object a line, with every field named where it is filled, so that a
//! change inside never changes what a script reads by accident.
//!
//! `tests/data/report.schema.json` describes all three. What is not known is null.

use std::io::{self, Write};
use std::time::SystemTime;

use serde_json::{Value, json};

use crate::model::event::END;
use crate::model::text::visible;
use crate::snapshot::{EndedBy, Event, Snapshot};

use super::language::Language;
use super::{command, facts, text, words};

/// How two sides compare.
mod comparison;
/// The numbers of events.
mod event;
/// The objects about rules that have to hold.
mod gate;
/// The objects about HTTP and times.
mod http;
/// The numbers of what happened to a verdict.
mod news;
/// The objects and their fields.
mod objects;
/// The objects about one record set.
mod sets;
/// The objects about a cutover in stages.
mod stage;
/// The object of a change that is told.
mod told;
/// Times, spans, costs and lists.
pub(super) mod units;
/// The objects about verdicts and changes.
mod verdict;

#[cfg(test)]
mod tests;

use objects::{
    configuration, drain, errors, event_fields, older, queries, rate, record, resolver, segment,
    server,
};
use told::told;
use units::{each, seconds, time, together};

/// Writes the report of a whole run.
///
/// # Errors
/// Those of the writer.
pub fn write_report(
    out: &mut impl Write,
    snapshot: &Snapshot,
    ended_by: EndedBy,
) -> io::Result<()> {
    let current = snapshot.current();
    let names = &snapshot.server_names();
    let report = || {
        json!({
            "schema": "r53mon.report/1",
            "version": env!("CARGO_PKG_VERSION"),
            "record": record(&snapshot.record),
            "started_at": time(snapshot.started_at),
            "ended_at": time(snapshot.now),
            "duration_s": seconds(snapshot.uptime),
            "ended_by": ended_by.as_str(),
            "reason": visible(&words::summary::reason(snapshot, ended_by)),
            "rate": rate(&snapshot.rate),
            "queries": queries(&snapshot.queries),
            "errors": errors(snapshot.errors()),
            "older_segments": snapshot.older_segments,
            "older": each(&snapshot.older, older),
            "segments": each(&snapshot.segments, |one| segment(snapshot, one)),
            "name_servers": each(&snapshot.servers, server),
            "resolvers": each(&snapshot.resolvers, |one| resolver(snapshot, one)),
            "http": snapshot.http.as_ref().map(http::totals),
            "configuration": configuration(&snapshot.configuration),
            "drain": snapshot.drain.as_ref().map(|one| drain(snapshot, one)),
            "stages": snapshot.stages.as_ref().map(|one| stage::progress(snapshot, one)),
            "older_events": snapshot.older_events,
            "events": each(&snapshot.events_in_order(), |event| event_fields(event, names)),
            "notes": facts::notes(snapshot),
            "verdict": current.map(|segment| verdict::of_segment(snapshot, segment)),
            "gates": each(&snapshot.gates, |one| gate::reading(one, names)),
            "undo": command::told(snapshot).map(|undo| told(snapshot, &undo)),
        })
    };
    write_object(out, report)
}

/// Writes one moment of a run.
///
/// # Errors
/// Those of the writer.
pub fn write_tick(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let current = snapshot.current();
    let names = &snapshot.server_names();
    let tick = || {
        json!({
            "schema": "r53mon.tick/1",
            "at": time(snapshot.now),
            "duration_s": seconds(snapshot.uptime),
            "rate": rate(&snapshot.rate),
            "queries": queries(&snapshot.queries),
            "errors": errors(snapshot.errors()),
            "segment": current.map(|one| segment(snapshot, one)),
            "name_servers": each(&snapshot.servers, server),
            "resolvers": each(&snapshot.resolvers, |one| resolver(snapshot, one)),
            "http": snapshot.http.as_ref().map(http::totals),
            "configuration": configuration(&snapshot.configuration),
            "drain": snapshot.drain.as_ref().map(|one| drain(snapshot, one)),
            "stages": snapshot.stages.as_ref().map(|one| stage::progress(snapshot, one)),
            "notes": facts::notes(snapshot),
            "verdict": current.map(verdict::of_tick),
            "gates": each(&snapshot.gates, |one| gate::reading(one, names)),
        })
    };
    write_object(out, tick)
}

/// Writes something that happened; `names` are those of the servers.
///
/// # Errors
/// Those of the writer.
pub fn write_event(out: &mut impl Write, event: &Event, names: &[&str]) -> io::Result<()> {
    write_object(out, || event_object(event, names))
}

pub(super) fn event_object(event: &Event, names: &[&str]) -> Value {
    let schema = json!({ "schema": "r53mon.event/1" });
    together([schema, event_fields(event, names)])
}

/// The end of a run, for those who are told what happens and get no report.
pub(super) fn end_object(snapshot: &Snapshot, ended_by: EndedBy, exit_code: u8) -> Value {
    let current = snapshot.current();
    json!({
        "schema": "r53mon.end/1",
        "at": time(snapshot.now),
        "kind": END,
        "message": visible(&text::result(snapshot, ended_by)),
        "ended_by": ended_by.as_str(),
        "exit_code": exit_code,
        "duration_s": seconds(snapshot.uptime),
        "verdict": current.map(|segment| verdict::of_segment(snapshot, segment)),
    })
}

/// Writes how many events could not be written.
///
/// # Errors
/// Those of the writer.
pub fn write_lost(out: &mut impl Write, now: SystemTime, lost: u64) -> io::Result<()> {
    let object = || {
        json!({
            "schema": "r53mon.lost/1",
            "at": time(now),
            "events": lost,
            "message": words::slow::events_lost(lost),
        })
    };
    write_object(out, object)
}

/// Writes one object on one line. It is made in English, whatever people read: programs compare texts.
///
/// # Errors
/// Those of the writer.
pub(super) fn write_object(out: &mut impl Write, object: impl FnOnce() -> Value) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Language::English.speak(object))?;
    writeln!(out)
}
