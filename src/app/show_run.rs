//! Shows the numbers until the run ends, then the final ones: on the dashboard and afterwards on the normal screen, as a
//! line a second, or as JSON.

use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use ratatui::layout::Rect;

use super::Mode;
use super::check::Check;
use super::ending::{Ending, Endings};
use crate::clock::{self, Moment};
use crate::error::{ExitCode, Failure};
use crate::judge::Judge;
use crate::model::text::visible;
use crate::snapshot::{EndedBy, Event, Snapshot};
use crate::sources::route53::Route53;
use crate::tally::Tally;
use crate::terminal::{self, Input, Screen};
use crate::views::dashboard::{self, Action, Theme, UiState};
use crate::views::{json, summary, text};

/// A new look, and on the dashboard a new frame, this often.
const FRAME: Duration = Duration::from_millis(500);
/// How long a key or a signal may go unnoticed.
const GLANCE: Duration = Duration::from_millis(100);
/// A new line every so many looks without a dashboard.
const LOOKS_PER_LINE: u32 = 2;

/// What is shown, and how.
pub(super) struct Showing {
    pub tally: Arc<Tally>,
    pub judge: Judge,
    /// To have the configuration read at once when the judge has a suspicion.
    pub route53: Route53,
    pub started: Moment,
    pub duration: Option<Duration>,
    /// Where a verdict is all that is wanted: what is thought at the moment.
    pub check: Option<Check>,
    pub theme: Theme,
    pub panic_in_dashboard: bool,
    /// Whether the final statistics say why the verdict is what it is.
    pub explain: bool,
    /// Whether events go to the log as well; where they are written to stdout anyway, only if a log was asked for.
    pub log_events: bool,
    pub logged: News,
}

/// How many events of the run have been told.
#[derive(Debug, Default)]
pub(super) struct News {
    told: u64,
}

impl News {
    /// The events of a snapshot that have not been told yet, as far as they are still kept.
    fn of<'snapshot>(&mut self, snapshot: &'snapshot Snapshot) -> &'snapshot [Event] {
        let known = snapshot.older_events + snapshot.events.len() as u64;
        let new = usize::try_from(known.saturating_sub(self.told)).unwrap_or(usize::MAX);
        self.told = known;
        &snapshot.events[snapshot.events.len().saturating_sub(new)..]
    }
}

impl Showing {
    fn snapshot(&mut self, moment: Moment) -> Snapshot {
        let uptime = moment.since(self.started);
        let snapshot = self.judge.observe(self.tally.read(), uptime, moment.wall);
        if let Some(check) = &mut self.check {
            check.look(&snapshot);
        }
        if self.judge.wants_poll() {
            self.route53.poll_soon();
        }
        if self.log_events {
            for event in self.logged.of(&snapshot) {
                let message = visible(&event.message);
                if event.kind.is_warning() {
                    tracing::warn!("{message}");
                } else {
                    tracing::info!("{message}");
                }
            }
        }
        snapshot
    }

    /// Whether it is over without anybody having said so: a panic somewhere, or the time is up.
    fn over(&self) -> Option<Ending> {
        if terminal::panic_message().is_some() {
            return Some(Ending {
                by: EndedBy::Error,
                code: ExitCode::Unexpected,
            });
        }
        if let Some(ending) = self.check.as_ref().and_then(Check::verdict) {
            return Some(ending);
        }
        let time_is_up = self
            .duration
            .is_some_and(|duration| clock::now().since(self.started) >= duration);
        time_is_up.then(|| Ending {
            by: EndedBy::Duration,
            code: self
                .check
                .as_ref()
                .map_or(ExitCode::Success, Check::undecided),
        })
    }

    /// How long to wait for the next thing to show, but never past the end.
    fn until(&self, next: Moment) -> Duration {
        let now = clock::now();
        let wait = next.since(now);
        match self.duration {
            Some(duration) => wait.min(duration.saturating_sub(now.since(self.started))),
            None => wait,
        }
    }
}

/// Shows the run. `stop` ends the tasks; the final numbers are read after it.
pub(super) fn show(
    mut showing: Showing,
    mode: Mode,
    endings: &Endings,
    stop: impl FnOnce(),
) -> Result<ExitCode, Failure> {
    match mode {
        Mode::Dashboard => show_dashboard(showing, endings, stop),
        Mode::Text | Mode::Json | Mode::Ndjson => {
            let mut lines = Lines {
                mode,
                check: showing.check.is_some(),
                out: io::stdout(),
                news: News::default(),
                explain: showing.explain,
            };
            let ending = lines.run(&mut showing, endings);
            let ended = clock::now();
            stop();
            let ending = ending?;
            let last = showing.snapshot(ended);
            let (ending, snapshot) = match &mut showing.check {
                Some(check) => check.settle(ending, last),
                None => (ending, last),
            };
            lines.finish(&snapshot, ending.by)?;
            Ok(ending.code)
        }
    }
}

fn show_dashboard(
    mut showing: Showing,
    endings: &Endings,
    stop: impl FnOnce(),
) -> Result<ExitCode, Failure> {
    let mut screen = Screen::open()?;
    let mut ui = UiState::default();
    // A panic while drawing must not cost the numbers that were measured.
    let ending = std::panic::catch_unwind(AssertUnwindSafe(|| {
        run_dashboard(&mut showing, &mut screen, &mut ui, endings)
    }));
    let ended = clock::now();
    stop();
    let snapshot = showing.snapshot(ended);
    let ending = match ending {
        Ok(Ok(ending)) => {
            // The last frame and the statistics below show the same figures.
            let _ = screen.draw(|frame| dashboard::draw(frame, &snapshot, &ui, &showing.theme));
            ending
        }
        // A terminal that cannot be read or written any more has gone, as with SIGHUP.
        Ok(Err(_)) => Ending {
            by: EndedBy::Terminated,
            code: ExitCode::HungUp,
        },
        Err(_) => Ending {
            by: EndedBy::Error,
            code: ExitCode::Unexpected,
        },
    };
    drop(screen);
    let mut out = io::stdout().lock();
    let written = summary::write_summary(&mut out, &snapshot, ending.by, showing.explain)
        .and_then(|()| out.flush());
    // A terminal that has gone shows no statistics, which is no failure of ours.
    if ending.code != ExitCode::HungUp {
        written?;
    }
    Ok(ending.code)
}

fn run_dashboard(
    showing: &mut Showing,
    screen: &mut Screen,
    ui: &mut UiState,
    endings: &Endings,
) -> io::Result<Ending> {
    let mut next_frame = clock::now();
    let mut snapshot = showing.snapshot(next_frame);
    let mut frames = 0;
    let mut redraw = true;
    // How many rows fit is known since the last frame.
    let mut area = Rect::default();
    loop {
        let now = clock::now();
        if now.instant >= next_frame.instant {
            snapshot = showing.snapshot(now);
            next_frame = Moment {
                instant: now.instant + FRAME,
                wall: now.wall,
            };
            redraw = true;
        }
        if redraw {
            screen.draw(|frame| {
                area = frame.area();
                dashboard::draw(frame, &snapshot, ui, &showing.theme);
            })?;
            redraw = false;
            frames += 1;
            assert!(
                !(showing.panic_in_dashboard && frames > 2),
                "on purpose, while drawing"
            );
        }
        if let Some(ending) = endings.poll().or_else(|| showing.over()) {
            return Ok(ending);
        }
        match screen.wait(showing.until(next_frame).min(GLANCE))? {
            Input::Key(key) => match dashboard::action_for(&key, ui) {
                Some(Action::Quit) => {
                    return Ok(Ending {
                        by: EndedBy::Quit,
                        code: ExitCode::Success,
                    });
                }
                Some(action) => {
                    dashboard::follow(ui, action, area, &snapshot);
                    redraw = true;
                }
                None => {}
            },
            Input::Resized => redraw = true,
            Input::Nothing => {}
        }
    }
}

/// Output without a dashboard.
struct Lines<W> {
    mode: Mode,
    /// Whether stdout is for the result alone, and events go to stderr.
    check: bool,
    out: W,
    news: News,
    explain: bool,
}

impl<W: Write> Lines<W> {
    fn run(&mut self, showing: &mut Showing, endings: &Endings) -> Result<Ending, Failure> {
        let mut line = 0;
        loop {
            let now = clock::now();
            let snapshot = showing.snapshot(now);
            self.tell_events(&snapshot)?;
            // Lines stand at whole seconds since the start; a slow reader loses lines, not the rhythm.
            let look = looks(now.since(showing.started));
            if look / LOOKS_PER_LINE > line {
                line = look / LOOKS_PER_LINE;
                self.tick(&snapshot)?;
            }
            self.out.flush()?;
            let passed = looks(clock::now().since(showing.started));
            let next = Moment {
                instant: showing.started.instant + FRAME * passed.saturating_add(1),
                wall: now.wall,
            };
            if let Some(ending) = wait(showing, endings, next) {
                return Ok(ending);
            }
        }
    }

    fn tick(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        match self.mode {
            Mode::Ndjson => json::write_tick(&mut self.out, snapshot)?,
            // Whoever waits for a verdict has no use for the way there.
            Mode::Text if self.check => {}
            Mode::Text => text::write_line(&mut self.out, snapshot)?,
            Mode::Json | Mode::Dashboard => {}
        }
        Ok(())
    }

    fn tell_events(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        for event in self.news.of(snapshot) {
            match self.mode {
                Mode::Ndjson => json::write_event(&mut self.out, event)?,
                Mode::Text | Mode::Json if self.check => {
                    text::write_event(&mut io::stderr(), event)?;
                }
                Mode::Text => text::write_event(&mut self.out, event)?,
                Mode::Json | Mode::Dashboard => {}
            }
        }
        Ok(())
    }

    fn finish(&mut self, snapshot: &Snapshot, by: EndedBy) -> Result<(), Failure> {
        self.tell_events(snapshot)?;
        match self.mode {
            Mode::Text => summary::write_summary(&mut self.out, snapshot, by, self.explain)?,
            Mode::Json | Mode::Ndjson => json::write_report(&mut self.out, snapshot, by)?,
            Mode::Dashboard => {}
        }
        self.out.flush()?;
        Ok(())
    }
}

/// How many looks are due in that time, besides the one at the start.
fn looks(passed: Duration) -> u32 {
    u32::try_from(passed.as_millis() / FRAME.as_millis()).unwrap_or(u32::MAX)
}

/// Waits for the next line, in glances, so that an ending elsewhere is noticed.
fn wait(showing: &Showing, endings: &Endings, next: Moment) -> Option<Ending> {
    loop {
        if let Some(ending) = endings
            .wait(showing.until(next).min(GLANCE))
            .or_else(|| showing.over())
        {
            return Some(ending);
        }
        if clock::now().instant >= next.instant {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_due_twice_a_second() {
        let due = |millis| looks(Duration::from_millis(millis));
        assert_eq!((due(0), due(499), due(500), due(1_999)), (0, 0, 1, 3));
        assert_eq!(looks(Duration::MAX), u32::MAX);
    }
}
