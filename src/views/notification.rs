//! What somebody outside is told of something that happened, or of the end: JSON for a program, and a message that a chat
//! such as Slack shows as it is. Programs read English; people read the message in the language of this thread.

use serde_json::{Value, json};

use crate::model::event::END;
use crate::model::text::visible;
use crate::snapshot::{EndedBy, Event, Snapshot};

use super::language::Language;
use super::{json, text, words};

/// What is told of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The kind of the event, or `end`.
    pub kind: &'static str,
    /// The event as a line of JSON.
    pub event: Vec<u8>,
    /// A message with the event in it, as JSON.
    pub message: Vec<u8>,
}

impl Notification {
    /// Of something that happened during the run that the snapshot shows.
    pub fn of_event(event: &Event, snapshot: &Snapshot) -> Self {
        let names = &snapshot.server_names();
        let object = Language::English.speak(|| json::event_object(event, names));
        let sentence = words::event::sentence(&event.what, names);
        Self::new(event.kind().as_str(), &object, &sentence, snapshot)
    }

    /// Of the end of the run, with the code that the process ends with.
    pub fn of_end(snapshot: &Snapshot, ended_by: EndedBy, exit_code: u8) -> Self {
        let object = Language::English.speak(|| json::end_object(snapshot, ended_by, exit_code));
        let sentence = text::result(snapshot, ended_by);
        Self::new(END, &object, &sentence, snapshot)
    }

    fn new(kind: &'static str, object: &Value, sentence: &str, snapshot: &Snapshot) -> Self {
        let record = format!("{} {}", snapshot.record.name, snapshot.record.record_type);
        // A sentence that names the record needs no name before it.
        let text = if sentence.contains(&record) {
            sentence.to_owned()
        } else {
            format!("{record}: {sentence}")
        };
        let message = json!({ "text": for_chat(&visible(&text)), "event": object });
        Self {
            kind,
            event: format!("{object}\n").into_bytes(),
            message: message.to_string().into_bytes(),
        }
    }
}

/// A text in which a chat finds no orders of its own: `<!channel>` in a name would wake everybody.
fn for_chat(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::Happening;
    use crate::views::samples;

    fn parsed(bytes: &[u8]) -> Value {
        serde_json::from_slice(bytes).expect("JSON")
    }

    #[test]
    fn programs_get_the_line_of_ndjson_and_people_the_sentence_in_their_language() {
        let snapshot = samples::running();
        let event = Event {
            at: samples::now(),
            what: Happening::PollRecovered,
        };
        let told = || Notification::of_event(&event, &snapshot);
        let mut line = Vec::new();
        json::write_event(&mut line, &event, &[]).expect("memory is never full");
        let english = told();
        assert_eq!((english.kind, &english.event), ("poll_recovered", &line));
        let message = parsed(&english.message);
        let text = "app.example.com A: the configuration can be read again";
        assert_eq!(message["text"], text);
        assert_eq!(message["event"], parsed(&line));
        let korean = Language::Korean.speak(told);
        assert_eq!(korean.event, line);
        let message = parsed(&korean.message);
        assert_eq!(
            message["text"],
            "app.example.com A: 설정을 다시 읽을 수 있다"
        );
        assert_eq!(message["event"], parsed(&line));
    }

    #[test]
    fn a_sentence_that_names_the_record_has_no_name_before_it() {
        let snapshot = samples::changed();
        let started = snapshot.events.first().expect("the start");
        let told = Notification::of_event(started, &snapshot);
        let text = parsed(&told.message)["text"].to_string();
        assert_eq!(told.kind, "started");
        assert!(
            text.starts_with("\"measuring app.example.com A: "),
            "{text}"
        );
    }

    #[test]
    fn the_end_tells_what_it_came_to() {
        let snapshot = samples::mismatch();
        let told = Notification::of_end(&snapshot, EndedBy::Verdict, 3);
        let event = parsed(&told.event);
        assert_eq!(told.kind, "end");
        for (field, value) in [
            ("schema", json!("r53mon.end/1")),
            ("kind", json!("end")),
            ("ended_by", json!("verdict")),
            ("exit_code", json!(3)),
        ] {
            assert_eq!(event[field], value);
        }
        assert_eq!(event["verdict"]["state"], "mismatch");
        let text = parsed(&told.message)["text"].to_string();
        assert!(text.contains("A: MISMATCH: ns-903.awsdns-48.net"), "{text}");
        assert!(text.contains("Ended with the verdict."), "{text}");
    }

    #[test]
    fn no_name_gives_a_chat_orders() {
        let mut snapshot = samples::running();
        snapshot.record.name = "<!channel>&\u{1b}".to_owned();
        let told = Notification::of_end(&snapshot, EndedBy::Quit, 0);
        let text = parsed(&told.message)["text"].to_string();
        let shown = "\"&lt;!channel&gt;&amp;\\\\u{1b} A: ";
        assert!(text.starts_with(shown), "{text}");
    }
}
