//! Keeps a run going until something ends it, and then until its last figures are written, or nobody takes them.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel};
use std::task::{Wake, Waker};
use std::thread::JoinHandle;
use std::time::Duration;

use super::ending::{Ending, Endings};
use super::observer::Observer;
use super::sinks::output::unread;
use super::stream::{Sink, Stream};
use super::threads;
use crate::clock;
use crate::error::{ExitCode, Failure};
use crate::model::text::visible;
use crate::snapshot::EndedBy;
use crate::terminal;
use crate::views::language::{self, Language};
use crate::views::words::{notice, slow};

/// How long after the end a reader may take nothing before it is no longer waited for.
const STALLED: Duration = Duration::from_millis(1500);
/// How long the process waits to say so.
const LAST_WORDS: Duration = Duration::from_millis(100);

/// What ends a run without having said how: something panicked, or a sink cannot show it any more.
const FAILED: Ending = Ending {
    by: EndedBy::Error,
    code: ExitCode::Unexpected,
};

/// A sink at work, with its name.
type AtWork = (&'static str, JoinHandle<Result<(), Failure>>);

/// Shows the run in all sinks. `stop` ends the tasks; the final numbers are read after it. While a sink has its last news
/// to write, a sign says that it gets on.
pub(super) fn show(
    mut observer: Observer,
    sinks: Vec<Box<dyn Sink>>,
    (sign, signs): (SyncSender<()>, Receiver<()>),
    endings: &Endings,
    stop: impl FnOnce(),
) -> Result<ExitCode, Failure> {
    let undelivered = Arc::clone(&observer.undelivered);
    let stream = Stream::new(observer.observe(observer.record.started()));
    let sinks = sinks
        .into_iter()
        .map(|sink| start(sink, &stream, endings, sign.clone()))
        .collect::<io::Result<Vec<AtWork>>>()
        .inspect_err(|_| terminal::restore_mode())?;
    // The signs end with the last sink.
    drop(sign);
    let observing = observer
        .start(Arc::clone(&stream), endings.sender())
        .inspect_err(|_| terminal::restore_mode())?;
    let asked = wait_for_an_ending(endings);
    let ended = clock::now();
    stop();
    let ending = observing.finish(asked, ended).unwrap_or_else(|| {
        // It panicked, if only in its last look.
        stream.end(stream.newest(), FAILED);
        FAILED
    });
    wait_for_the_sinks(sinks, &signs)?;
    // What came to nothing since the last figures were made is in none of them.
    let told = &stream.newest().notes;
    for untold in undelivered.notices() {
        if !told.contains(&untold) {
            say(visible(&notice::sentence(&untold, &[])).into_owned());
        }
    }
    Ok(ending.code)
}

fn start(
    sink: Box<dyn Sink>,
    stream: &Arc<Stream>,
    endings: &Endings,
    sign: SyncSender<()>,
) -> io::Result<AtWork> {
    let name = sink.name();
    let (reader, endings) = (stream.reader(), endings.sender());
    let language = if sink.is_for_people() {
        language::current()
    } else {
        Language::English
    };
    let thread = threads::spawn(name, move || {
        let shown = language.speak(|| sink.run(reader));
        if shown.is_err() {
            // Nobody listens where another ending came first.
            let _ = endings.send(FAILED);
        }
        drop(sign);
        shown
    })?;
    Ok((name, thread))
}

fn wait_for_an_ending(endings: &Endings) -> Ending {
    terminal::wake_on_panic(Waker::from(Arc::new(Panicked(endings.sender()))));
    if terminal::panic_message().is_some() {
        return FAILED;
    }
    endings.wait(Duration::MAX).unwrap_or(FAILED)
}

/// Ends the run when something panics.
struct Panicked(Sender<Ending>);

impl Wake for Panicked {
    fn wake(self: Arc<Self>) {
        // Nobody listens where another ending came first.
        let _ = self.0.send(FAILED);
    }
}

/// Waits until all is written, for as long as somebody reads: as slowly as they like, but not for those who take nothing.
fn wait_for_the_sinks(sinks: Vec<AtWork>, signs: &Receiver<()>) -> Result<(), Failure> {
    let mut left = unread();
    let all_ended = loop {
        match signs.recv_timeout(STALLED) {
            Ok(()) => {}
            Err(RecvTimeoutError::Disconnected) => break true,
            Err(RecvTimeoutError::Timeout) if unread() == left => break false,
            Err(RecvTimeoutError::Timeout) => left = unread(),
        }
    };
    let mut all_shown = Ok(());
    for (name, thread) in sinks {
        if all_ended || thread.is_finished() {
            match thread.join() {
                Ok(shown) => all_shown = all_shown.and(shown),
                // The hook has said what happened.
                Err(panic) => std::panic::resume_unwind(panic),
            }
        } else {
            terminal::restore_mode();
            say(slow::end_lost(name));
        }
    }
    all_shown
}

/// Says something on stderr, if that takes it at once.
fn say(what: String) {
    let (said, hear) = channel::<()>();
    let thread = threads::spawn("last-words", move || {
        // Nobody is left to tell when stderr cannot be written.
        let _ = writeln!(io::stderr(), "r53mon: {what}");
        drop(said);
    });
    if thread.is_ok() {
        // It comes to nothing either when that is said or when it takes too long.
        let _ = hear.recv_timeout(LAST_WORDS);
    }
}
