//! What happened and what has to be known, as a person reads it.

use r53mon::model::event::Event;
use r53mon::model::reading::{Reading, ServerReading};
use r53mon::views::words;

/// The sentence of an event; `names` are those of the servers.
pub fn message(event: &Event, names: &[&str]) -> String {
    words::event::sentence(&event.what, names).into_owned()
}

/// The sentences of all notices that stand.
pub fn notes(reading: &Reading) -> Vec<String> {
    let names = names(&reading.servers);
    let notes = reading.notes.iter();
    notes
        .map(|note| words::notice::sentence(note, &names))
        .collect()
}

/// The names of the servers, in the order of asking.
pub fn names(servers: &[ServerReading]) -> Vec<&str> {
    servers.iter().map(|server| server.name.as_str()).collect()
}
