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
use crate::views::{brief, command, summary};

/// So long it is said what came of a key.
const SAID_FOR: Duration = Duration::from_secs(4);

/// What is asked for with keys, and what is still to be said about it.
#[derive(Debug)]
pub(in crate::app) struct Asked {
    hand: Hand,
    between: Between,
    files: Files,
    /// When something was said last.
    said: Option<Instant>,
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
                        Said::Copied(what)
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
        let before = (ui.said.clone(), ui.frozen);
        if let Some(said) = self.files.news() {
            ui.said = Some(said);
            self.note(ui);
        }
        let is_over = |said: Instant| clock::instant() >= said + SAID_FOR;
        if self.said.is_some_and(is_over) {
            ui.said = None;
            self.note(ui);
        }
        ui.frozen = self.frozen.as_ref().map(|frozen| age(frozen, newest));
        (ui.said.clone(), ui.frozen) != before
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

/// In whole seconds, so that nothing is drawn anew in between.
fn age(frozen: &Snapshot, newest: &Snapshot) -> Duration {
    let age = newest.uptime.saturating_sub(frozen.uptime);
    Duration::from_secs(age.as_secs())
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
