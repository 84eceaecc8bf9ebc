//! Lines of text or JSON: on standard output, on stderr and in the log.

use std::io::{self, Write};
use std::time::Duration;

use crate::app::stream::{News, Reader, Sink};
use crate::error::Failure;
use crate::model::charset::Charset;
use crate::model::text::visible;
use crate::snapshot::{Event, EventKind};
use crate::views::{ascii, json, summary, text, verdicts, words};

/// A line of text each second and for each event, and the final statistics.
pub(in crate::app) struct Text<W> {
    pub out: W,
    pub charset: Charset,
    /// Whether the final statistics say why the verdict is what it is.
    pub explain: bool,
    /// Whether the final statistics are all that is wanted.
    pub only_result: bool,
}

/// A JSON object each second and for each event, and the report.
pub(in crate::app) struct Ndjson<W> {
    pub out: W,
}

/// The report as JSON.
pub(in crate::app) struct Json<W> {
    pub out: W,
}

/// A line of text on stderr for each event, every ten seconds for what is known, and at the end for what it came to.
pub(in crate::app) struct Talk {
    pub charset: Charset,
    /// Whether the last line is its business.
    pub tells_result: bool,
}

/// The log, with a line for each event.
pub(in crate::app) struct Log;

impl<W: Write + Send> Sink for Text<W> {
    fn run(mut self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        let mut lines = Every::seconds(1);
        for news in reader {
            let is_next = lines.has_next(news.snapshot.uptime);
            ascii::write(self.charset, &mut self.out, |out| {
                write_news(out, &news, self.explain, self.only_result, is_next)
            })?;
            self.out.flush()?;
        }
        Ok(())
    }
}

/// What happened, and the line of this second or the final statistics.
fn write_news(
    out: &mut impl Write,
    news: &News,
    explain: bool,
    only_result: bool,
    is_next: bool,
) -> io::Result<()> {
    if !only_result {
        write_events(out, news)?;
    }
    let snapshot = &news.snapshot;
    match news.ended {
        Some(ending) => {
            summary::write_summary(out, snapshot, ending.by, explain)?;
            if only_result {
                text::write_result(out, snapshot, ending.by)?;
            }
            Ok(())
        }
        None if is_next && !only_result => text::write_line(out, snapshot),
        None => Ok(()),
    }
}

impl<W: Write + Send> Sink for Ndjson<W> {
    fn is_for_people(&self) -> bool {
        false
    }

    fn run(mut self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        let mut ticks = Every::seconds(1);
        for news in reader {
            let (out, snapshot) = (&mut self.out, &news.snapshot);
            if news.lost > 0 {
                json::write_lost(out, snapshot.now, news.lost)?;
            }
            let names = &snapshot.server_names();
            for event in &news.events {
                json::write_event(out, event, names)?;
            }
            if let Some(ending) = news.ended {
                json::write_report(out, snapshot, ending.by)?;
            } else if ticks.has_next(snapshot.uptime) {
                json::write_tick(out, snapshot)?;
            }
            out.flush()?;
        }
        Ok(())
    }
}

impl<W: Write + Send> Sink for Json<W> {
    fn is_for_people(&self) -> bool {
        false
    }

    fn run(mut self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        if let Some(last) = reader.last()
            && let Some(ending) = last.ended
        {
            json::write_report(&mut self.out, &last.snapshot, ending.by)?;
            self.out.flush()?;
        }
        Ok(())
    }
}

impl Sink for Talk {
    fn name(&self) -> &'static str {
        "talk"
    }

    fn run(self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        let mut states = Every::seconds(10);
        for news in reader {
            // What talks besides the result ends no run.
            let _ = ascii::write(self.charset, &mut io::stderr(), |out| {
                self.talk(out, &news, &mut states)
            });
        }
        Ok(())
    }
}

impl Talk {
    fn talk(&self, out: &mut impl Write, news: &News, states: &mut Every) -> io::Result<()> {
        write_events(out, news)?;
        match news.ended {
            Some(ending) if self.tells_result => {
                text::write_undo(out, &news.snapshot)?;
                text::write_result(out, &news.snapshot, ending.by)
            }
            None if states.has_next(news.snapshot.uptime) => text::write_state(out, &news.snapshot),
            _ => Ok(()),
        }
    }
}

impl Sink for Log {
    fn name(&self) -> &'static str {
        "log"
    }

    fn is_for_people(&self) -> bool {
        false
    }

    fn run(self: Box<Self>, reader: Reader) -> Result<(), Failure> {
        let mut known = None;
        for news in reader {
            if news.lost > 0 {
                tracing::warn!("{}", words::slow::events_lost(news.lost));
            }
            let names = &news.snapshot.server_names();
            for event in &news.events {
                let message = words::event::sentence(&event.what, names);
                let message = visible(&message);
                if event.kind().is_warning() {
                    tracing::warn!("{message}");
                } else {
                    tracing::info!("{message}");
                }
            }
            let headline = verdicts::headline(&news.snapshot);
            if let Some(headline) = headline.filter(|it| known != Some(it.state)) {
                tracing::info!("{}", visible(&headline.line()));
                known = Some(headline.state);
            }
        }
        Ok(())
    }
}

fn write_events(out: &mut impl Write, news: &News) -> io::Result<()> {
    if news.lost > 0 {
        text::write_lost(out, news.snapshot.now, news.lost)?;
    }
    let names = &news.snapshot.server_names();
    news.events
        .iter()
        .try_for_each(|event| text::write_event(out, event, names))?;
    // Nobody wants to look for it when it is wanted.
    let leads_on =
        |event: &Event| matches!(event.kind(), EventKind::StageHeld | EventKind::StageLeft);
    if news.events.iter().any(leads_on) {
        text::write_next(out, &news.snapshot)?;
    }
    Ok(())
}

/// The whole seconds since the start at which a line stands, one in so many. A slow reader loses lines, not the rhythm.
struct Every {
    seconds: u64,
    last: u64,
}

impl Every {
    fn seconds(seconds: u64) -> Self {
        Self { seconds, last: 0 }
    }

    fn has_next(&mut self, uptime: Duration) -> bool {
        let now = uptime.as_secs() / self.seconds;
        let next = now > self.last;
        self.last = now;
        next
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::ending::Ending;
    use crate::app::stream::Stream;
    use crate::error::ExitCode;
    use crate::snapshot::{EndedBy, Event, Happening, Snapshot};
    use crate::views::samples;

    /// A run of 1,200 events that has ended before anybody looked.
    fn missed() -> Reader {
        let snapshot = |events: u64| {
            let event = Event {
                at: samples::now(),
                what: Happening::PollRecovered,
            };
            Arc::new(Snapshot {
                events: vec![event; 100],
                older_events: events - 100,
                ..samples::running()
            })
        };
        let stream = Stream::new(snapshot(100));
        for hundreds in 2..12 {
            stream.publish(snapshot(100 * hundreds));
        }
        let ending = Ending {
            by: EndedBy::Duration,
            code: ExitCode::Success,
        };
        stream.end(snapshot(1_200), ending);
        stream.reader()
    }

    #[test]
    fn what_a_slow_reader_has_lost_stands_before_what_it_still_gets() {
        let mut out = Vec::new();
        let text = Text {
            out: &mut out,
            charset: Charset::Unicode,
            explain: false,
            only_result: false,
        };
        Box::new(text).run(missed()).expect("memory is never full");
        let text = String::from_utf8(out).expect("text");
        assert!(
            text.starts_with(
                "12:34:56  ! 200 events lost: they came faster than they could be told\n"
            ),
            "{text}"
        );
        let told = "  * the configuration can be read again\n";
        assert_eq!(text.matches(told).count(), 1_000);
        let mut out = Vec::new();
        let ndjson = Ndjson { out: &mut out };
        Box::new(ndjson)
            .run(missed())
            .expect("memory is never full");
        let text = String::from_utf8(out).expect("text");
        let schemas: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                line.strip_prefix("{\"schema\":\"r53mon.")?
                    .split('/')
                    .next()
            })
            .collect();
        let events = ["event"; 1_000];
        assert_eq!(schemas, [&["lost"], &events[..], &["report"]].concat());
    }

    #[test]
    fn lines_stand_at_whole_seconds_and_none_is_caught_up() {
        let mut seconds = Every::seconds(1);
        let stands = [0, 500, 1_000, 1_500, 2_010, 5_100, 5_600, 6_000]
            .map(|millis| seconds.has_next(Duration::from_millis(millis)));
        assert_eq!(stands, [false, false, true, false, true, true, false, true]);
    }

    #[test]
    fn the_talk_tells_the_state_every_ten_seconds_and_the_result_last() {
        let mut states = Every::seconds(10);
        let told = |tells_result, seconds, ended, states: &mut Every| {
            let mut out = Vec::new();
            let snapshot = Arc::new(Snapshot {
                uptime: Duration::from_secs(seconds),
                ..samples::mismatch()
            });
            let (events, lost) = (Vec::new(), 0);
            let news = News {
                snapshot,
                events,
                lost,
                ended,
            };
            let talk = Talk {
                charset: Charset::Unicode,
                tells_result,
            };
            talk.talk(&mut out, &news, states)
                .expect("memory is never full");
            String::from_utf8(out).expect("text")
        };
        let lines = [9, 10, 11, 19, 20].map(|at| told(true, at, None, &mut states));
        assert_eq!(
            lines.each_ref().map(|line| !line.is_empty()),
            [false, true, false, false, true]
        );
        let state = "MISMATCH: ns-903.awsdns-48.net differs, green-33 at 54.9-72.2% instead of 28.0%, since 12:34:29; 3 of 4 servers are right: ";
        assert!(lines[1].contains(state), "{}", lines[1]);
        let ended = Some(Ending {
            by: EndedBy::Verdict,
            code: ExitCode::Mismatch,
        });
        let last = told(true, 21, ended, &mut states);
        let (evidence, why) = (
            "by chance less than 1 in 10^12",
            ". Ended with the verdict.\n",
        );
        assert!(last.contains(evidence) && last.ends_with(why), "{last}");
        assert_eq!(told(false, 21, ended, &mut states), "");
    }
}
