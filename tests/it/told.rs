//! What happened, as a person reads it.

use r53mon::model::event::Event;
use r53mon::views::words;

/// The sentence of an event; `names` are those of the servers.
pub fn message(event: &Event, names: &[&str]) -> String {
    words::event::sentence(&event.what, names).into_owned()
}
