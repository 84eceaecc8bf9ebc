//! What keys ask for besides looking: the run, the clipboard, files, the shell. What came of it is said for a while, and the
//! picture may stand still.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::clipboard::Between;
use super::files::Files;
use crate::app::hand::Hand;
use crate::app::suspend;
use crate::clock;
use crate::snapshot::{EndedBy, Snapshot};
use crate::terminal::Screen;
use crate::views::dashboard::{Action, UiState};
use crate::views::wish::{Copied, Said, Wish};
use crate::views::{brief, command, stages, summary};

/// So long it is said what came of a key.
const SAID_FOR: Duration = Duration::from_secs(4);

/// Reading the weights takes no longer where nothing is wrong: one that does is told.
const SLOW_READING: Duration = Duration::from_secs(2);
/// So long the question whether the run shall end waits for an answer.
const QUESTION_FOR: Duration = Duration::from_secs(5);

/// What is asked for with keys, and what is still to be said about it.
#[derive(Debug)]
pub(in crate::app) struct Asked {
    hand: Hand,
    between: Between,
    files: Files,
    /// When something was said last.
    said: Option<Instant>,
    /// Since when it is asked whether the run shall end.
    asks: Option<Instant>,
    /// What is shown while the picture stands still.
    frozen: Option<Arc<Snapshot>>,
}

impl Asked {
    /// Nothing yet.
    pub fn new(hand: Hand, between: Between) -> Self {
        Self {
            hand,
            between,
            files: Files::default(),
            said: None,
            asks: None,
            frozen: None,
        }
    }

    /// The snapshot that is shown: the newest, unless the picture stands still.
    pub fn shown<'a>(&'a self, newest: &'a Arc<Snapshot>) -> &'a Arc<Snapshot> {
        self.frozen.as_ref().unwrap_or(newest)
    }

    /// Whether the picture stands still.
    pub fn is_frozen(&self) -> bool {
        self.frozen.is_some()
    }

    /// Follows a key. Nothing here waits.
    ///
    /// # Errors
    /// If the terminal has gone.
    pub fn follow(
        &mut self,
        action: Action,
        ui: &mut UiState,
        screen: &mut Screen,
        newest: &Arc<Snapshot>,
    ) -> io::Result<()> {
        let said = match action {
            Action::Freeze => {
                self.freeze(ui, newest);
                None
            }
            Action::Ask(Wish::Copy(what)) => {
                let said = match text_of(what, self.shown(newest)) {
                    Some(text) => {
                        screen.send(&self.between.copying(&text))?;
                        let waits = stages::waited_for(self.shown(newest));
                        match (
                            warning_of(what, self.shown(newest)),
                            waits.filter(|_| what == Copied::Next),
                        ) {
                            (Some(why), _) => Said::CopiedDespite(why),
                            (None, Some(waits)) => Said::CopiedEarly(waits),
                            (None, None) => Said::Copied(what),
                        }
                    }
                    None if what == Copied::Next => Said::NoNextStage,
                    None => Said::NothingToUndo,
                };
                Some(said)
            }
            Action::Ask(Wish::Write) => {
                let snapshot = Arc::clone(self.shown(newest));
                Some(self.files.write(snapshot))
            }
            Action::Ask(Wish::Suspend) => (!suspend::ask()).then_some(Said::NoShell),
            Action::Ask(wish) => self.hand.follow(wish),
            _ => return Ok(()),
        };
        ui.said = said;
        Ok(())
    }

    /// Something was said, or nothing any more, because of a key.
    pub fn note(&mut self, ui: &UiState) {
        self.said = ui.said.is_some().then(clock::instant);
    }

    /// Looks at what has changed with time. Returns whether the picture has.
    pub fn look(&mut self, ui: &mut UiState, newest: &Snapshot) -> bool {
        let before = (ui.said.clone(), ui.frozen, ui.reading, ui.asks);
        if let Some(said) = self.files.news() {
            ui.said = Some(said);
            self.note(ui);
        }
        let is_over = |said: Instant| clock::instant() >= said + SAID_FOR;
        if self.said.is_some_and(is_over) {
            ui.said = None;
            self.note(ui);
        }
        if show_reading(ui, self.hand.reading_for()) {
            self.note(ui);
        }
        self.asks = time_question(ui, self.asks, clock::instant());
        ui.frozen = self.frozen.as_ref().map(|frozen| age(frozen, newest));
        (ui.said.clone(), ui.frozen, ui.reading, ui.asks) != before
    }

    /// The picture goes on, since the run has ended.
    pub fn thaw(&mut self, ui: &mut UiState) {
        self.frozen = None;
        ui.frozen = None;
    }

    fn freeze(&mut self, ui: &mut UiState, newest: &Arc<Snapshot>) {
        if self.frozen.is_some() {
            return self.thaw(ui);
        }
        self.frozen = Some(Arc::clone(newest));
        ui.frozen = Some(Duration::ZERO);
    }
}

/// Shows for how long the weights are being read, where that takes long. Returns whether what was said of it is over: they have
/// been read, and the age of the weights says so.
fn show_reading(ui: &mut UiState, reading: Option<Duration>) -> bool {
    let slow = reading.filter(|reading| *reading >= SLOW_READING);
    ui.reading = slow.map(|reading| Duration::from_secs(reading.as_secs()));
    let is_over =
        reading.is_none() && matches!(ui.said, Some(Said::Reading | Said::ReadingAlready));
    if is_over {
        ui.said = None;
    }
    is_over
}

/// Since when it is asked whether the run shall end; a question that nobody answers goes by itself.
fn time_question(ui: &mut UiState, since: Option<Instant>, now: Instant) -> Option<Instant> {
    let since = ui.asks.then(|| since.unwrap_or(now))?;
    ui.asks = now < since + QUESTION_FOR;
    ui.asks.then_some(since)
}

/// In whole seconds, so that nothing is drawn anew in between.
fn age(frozen: &Snapshot, newest: &Snapshot) -> Duration {
    let age = newest.uptime.saturating_sub(frozen.uptime);
    Duration::from_secs(age.as_secs())
}

/// What has to be known of a command before anybody runs it.
fn warning_of(what: Copied, snapshot: &Snapshot) -> Option<String> {
    match what {
        Copied::Undo => command::told(snapshot)?.warning,
        Copied::Next => command::next_stage(snapshot)?.warning,
        Copied::Brief | Copied::Statistics => None,
    }
}

fn text_of(what: Copied, snapshot: &Snapshot) -> Option<String> {
    match what {
        Copied::Undo => command::undo(snapshot),
        Copied::Next => command::next_stage(snapshot)?.command,
        Copied::Brief => Some(brief::lines(snapshot)),
        Copied::Statistics => {
            let mut out = Vec::new();
            // Memory takes everything.
            let _ = summary::write_markdown(&mut out, snapshot, EndedBy::NotYet);
            Some(String::from_utf8_lossy(&out).into_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_nobody_answers_goes_by_itself_and_the_next_one_has_its_own_time() {
        let (start, second) = (clock::instant(), Duration::from_secs(1));
        let mut ui = UiState {
            asks: true,
            ..UiState::default()
        };
        let mut since = time_question(&mut ui, None, start);
        since = time_question(&mut ui, since, start + 4 * second);
        assert!(ui.asks);
        since = time_question(&mut ui, since, start + 5 * second);
        assert!(!ui.asks && since.is_none());
        ui.asks = true;
        since = time_question(&mut ui, since, start + 8 * second);
        time_question(&mut ui, since, start + 12 * second);
        assert!(ui.asks);
    }

    #[test]
    fn reading_is_said_until_the_weights_are_read_and_with_its_time_where_that_is_long() {
        let mut ui = UiState {
            said: Some(Said::Reading),
            ..UiState::default()
        };
        assert!(!show_reading(&mut ui, Some(Duration::ZERO)));
        assert_eq!((ui.reading, ui.said.is_some()), (None, true));
        assert!(!show_reading(&mut ui, Some(Duration::from_millis(12_345))));
        assert_eq!(ui.reading, Some(Duration::from_secs(12)));
        assert!(show_reading(&mut ui, None));
        assert_eq!((ui.reading, ui.said.clone()), (None, None));
        // What is said of something else stays for its time.
        ui.said = Some(Said::CountedAnew);
        assert!(!show_reading(&mut ui, None) && ui.said.is_some());
    }
}
