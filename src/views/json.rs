//! Reports, ticks and events for programs: one JSON object a line, in types of their own, so that a change inside
//! never changes what a script reads by accident.
//!
//! `tests/data/report.schema.json` describes all three. What is not known is null.

use std::io::{self, Write};
use std::time::SystemTime;

use serde::Serialize;

use crate::snapshot::{EndedBy, Event, Snapshot};

use super::{facts, words};

/// The numbers of events.
mod event;
/// The objects about HTTP and times.
mod http;
/// The numbers of what happened to a verdict.
mod news;
/// The objects and their fields.
mod objects;
/// The objects about one record set.
mod sets;
/// Times and spans.
mod units;
/// The objects about verdicts and changes.
mod verdict;

#[cfg(test)]
mod tests;

use http::HttpTotalsObject;
use objects::{
    ConfigurationObject, EventFields, EventObject, LostObject, OlderObject, QueriesObject,
    RateObject, RecordObject, ReportObject, SegmentObject, ServerObject, TickObject,
};
use units::{seconds, time};
use verdict::{TickVerdictObject, VerdictObject};

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
    let report = ReportObject {
        schema: "r53mon.report/1",
        version: env!("CARGO_PKG_VERSION"),
        record: RecordObject::new(&snapshot.record),
        started_at: time(snapshot.started_at),
        ended_at: time(snapshot.now),
        duration_s: seconds(snapshot.uptime),
        ended_by: ended_by.as_str(),
        rate: RateObject::new(&snapshot.rate),
        queries: QueriesObject(&snapshot.queries),
        older_segments: snapshot.older_segments,
        older: snapshot.older.iter().map(OlderObject::new).collect(),
        segments: segments_of(snapshot),
        name_servers: snapshot.servers.iter().map(ServerObject::new).collect(),
        http: snapshot.http.as_ref().map(HttpTotalsObject::new),
        configuration: ConfigurationObject::new(&snapshot.configuration),
        older_events: snapshot.older_events,
        events: (snapshot.events.iter())
            .map(|event| EventFields::new(event, names))
            .collect(),
        notes: facts::notes(snapshot),
        verdict: current.and_then(|segment| VerdictObject::new(snapshot, segment)),
    };
    write_object(out, &report)
}

fn segments_of(snapshot: &Snapshot) -> Vec<SegmentObject<'_>> {
    let segments = snapshot.segments.iter();
    segments
        .map(|segment| SegmentObject::new(snapshot, segment))
        .collect()
}

/// Writes one moment of a run.
///
/// # Errors
/// Those of the writer.
pub fn write_tick(out: &mut impl Write, snapshot: &Snapshot) -> io::Result<()> {
    let current = snapshot.current();
    let tick = TickObject {
        schema: "r53mon.tick/1",
        at: time(snapshot.now),
        duration_s: seconds(snapshot.uptime),
        rate: RateObject::new(&snapshot.rate),
        queries: QueriesObject(&snapshot.queries),
        segment: current.map(|segment| SegmentObject::new(snapshot, segment)),
        name_servers: snapshot.servers.iter().map(ServerObject::new).collect(),
        http: snapshot.http.as_ref().map(HttpTotalsObject::new),
        configuration: ConfigurationObject::new(&snapshot.configuration),
        notes: facts::notes(snapshot),
        verdict: current.and_then(TickVerdictObject::new),
    };
    write_object(out, &tick)
}

/// Writes something that happened; `names` are those of the servers.
///
/// # Errors
/// Those of the writer.
pub fn write_event(out: &mut impl Write, event: &Event, names: &[&str]) -> io::Result<()> {
    write_object(
        out,
        &EventObject {
            schema: "r53mon.event/1",
            fields: EventFields::new(event, names),
        },
    )
}

/// Writes how many events could not be written.
///
/// # Errors
/// Those of the writer.
pub fn write_lost(out: &mut impl Write, now: SystemTime, lost: u64) -> io::Result<()> {
    let object = LostObject {
        schema: "r53mon.lost/1",
        at: time(now),
        events: lost,
        message: words::slow::events_lost(lost),
    };
    write_object(out, &object)
}

fn write_object(out: &mut impl Write, object: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, object)?;
    writeln!(out)
}
