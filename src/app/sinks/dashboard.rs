//! The dashboard, and the final statistics on the normal screen below it.

use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::Sender;
use std::time::Duration;

use ratatui::layout::Rect;

use super::asked::Asked;
use super::output::Output;
use crate::app::ending::Ending;
use crate::app::looks::Looks;
use crate::app::stream::{News, Reader, Sink};
use crate::error::{ExitCode, Failure};
use crate::model::text::visible;
use crate::snapshot::EndedBy;
use crate::terminal::{Input, Screen};
use crate::views::dashboard::{self, Theme, UiState};
use crate::views::words::slow;
use crate::views::{ascii, summary};

/// How long what comes neither with a key nor with news waits to be drawn.
const GLANCE: Duration = Duration::from_millis(250);

/// So many keys are followed at once, for whoever never lets go of one.
const MOST_INPUTS: usize = 10_000;

/// The picture on a terminal.
pub(in crate::app) struct Dashboard {
    pub out: Output,
    /// To say that the user wants to end it.
    pub endings: Sender<Ending>,
    pub looks: Looks,
    pub theme: Theme,
    /// What keys ask for besides looking.
    pub asked: Asked,
    /// Whether the final statistics say why the verdict is what it is.
    pub explain: bool,
    /// Whether the third frame fails on purpose.
    pub panics: bool,
}

impl Sink for Dashboard {
    fn run(mut self: Box<Self>, mut reader: Reader) -> Result<(), Failure> {
        let mut screen = Screen::open(self.looks.asks())?;
        self.theme = self.looks.theme(screen.background);
        reader.wake(screen.waker());
        // A panic while drawing must not cost the numbers that were measured.
        let shown =
            std::panic::catch_unwind(AssertUnwindSafe(|| self.show(&mut screen, &mut reader)));
        drop(screen);
        if let Ok(Err(_)) = shown {
            // A terminal that cannot be read or written any more has gone, as with SIGHUP.
            self.end(EndedBy::Terminated, ExitCode::HungUp);
        }
        let (last, why) = match shown {
            Ok(Ok(last)) => (last, None),
            Ok(Err(error)) => (reader.last(), Some(error)),
            Err(_) => (reader.last(), None),
        };
        // One that has gone shows no statistics, which is no failure of ours.
        let _ = last.map(|last| self.write_statistics(&last, why.as_ref()));
        Ok(())
    }
}

impl Dashboard {
    /// Draws until the run has ended. The last frame and the statistics below it show the same figures.
    fn show(&mut self, screen: &mut Screen, reader: &mut Reader) -> io::Result<Option<News>> {
        let Some(mut news) = reader.next() else {
            return Ok(None);
        };
        let mut ui = UiState::default();
        // How many rows fit is known since the last frame.
        let mut area = Rect::default();
        let mut frames = 0;
        let mut redraw = true;
        loop {
            if redraw {
                if news.ended.is_some() {
                    self.asked.thaw(&mut ui);
                }
                let shown = self.asked.shown(&news.snapshot);
                let drawn = screen.draw(|frame| {
                    area = frame.area();
                    dashboard::draw(frame, shown, &ui, &self.theme);
                });
                if news.ended.is_some() {
                    return Ok(Some(news));
                }
                drawn?;
                frames += 1;
                assert!(!(self.panics && frames > 2), "on purpose, while drawing");
            }
            redraw = false;
            let mut extent = None;
            let mut input = Some(screen.wait(GLANCE)?);
            let mut followed = 0;
            // All that has come is followed before a frame is drawn, so that no flood of keys makes the last one wait for
            // as many frames.
            while let Some(came) = input {
                match came {
                    Input::Key(key) => match dashboard::action_for(&key, &ui) {
                        Some(action) if dashboard::ends(action, &ui, &news.snapshot) => {
                            self.end(EndedBy::Quit, ExitCode::Success);
                        }
                        Some(action) => {
                            ui.said = None;
                            let newest = &news.snapshot;
                            self.asked.follow(action, &mut ui, screen, newest)?;
                            let shown = self.asked.shown(newest);
                            // Escapes in names make them wider, and rows more.
                            self.theme.charset.within(|| {
                                dashboard::follow(&mut ui, action, area, shown, &mut extent);
                            });
                            self.asked.note(&ui);
                            redraw = true;
                        }
                        None => {}
                    },
                    Input::Resized => redraw = true,
                    Input::Background(color) => {
                        self.theme = self.looks.theme(Some(color));
                        redraw = true;
                    }
                    Input::Nothing => {}
                }
                followed += 1;
                input = match followed {
                    MOST_INPUTS.. => None,
                    _ => screen.waiting()?,
                };
            }
            if let Some(fresh) = reader.news_within(Duration::ZERO) {
                news = fresh;
                redraw |= !self.asked.is_frozen() || news.ended.is_some();
            }
            redraw |= self.asked.look(&mut ui, &news.snapshot);
        }
    }

    fn end(&self, by: EndedBy, code: ExitCode) {
        // Nobody listens where another ending came first.
        let _ = self.endings.send(Ending { by, code });
    }

    fn write_statistics(&mut self, last: &News, why: Option<&io::Error>) -> io::Result<()> {
        let Some(ending) = last.ended else {
            return Ok(());
        };
        ascii::write(self.theme.charset, &mut self.out, |out| {
            let width = crate::terminal::columns().unwrap_or(usize::MAX);
            let (by, explain) = (ending.by, self.explain);
            summary::write_summary_beside(out, &last.snapshot, by, explain, width)
        })?;
        if let Some(error) = why {
            let why = slow::terminal_gone(&error.to_string());
            writeln!(self.out, "r53mon: {}", visible(&why))?;
        }
        self.out.flush()
    }
}
