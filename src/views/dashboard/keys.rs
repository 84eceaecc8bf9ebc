//! The keys of the dashboard: one table decides what they do and is also the help at the foot of the screen.
//!
//! Reading keys from the terminal is the caller's business; an event comes in, an action goes out.

use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use crate::views::words::help;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// End the run and print the final statistics.
    Quit,
    /// One row towards the first set.
    Up,
    /// One row towards the last set.
    Down,
    /// One screen of rows towards the first set.
    PageUp,
    /// One screen of rows towards the last set.
    PageDown,
    /// To the first set.
    Home,
    /// To the last set.
    End,
    /// Show the page that explains the picture, or the picture again.
    Help,
}

/// A line of help and the keys behind it.
struct Control {
    keys: &'static [(KeyCode, Action)],
    help: &'static str,
    /// Whether it is of use only while there are more rows than room.
    scrolls: bool,
}

/// Every key but Ctrl+C.
const CONTROLS: &[Control] = &[
    Control {
        keys: &[
            (KeyCode::Char('q'), Action::Quit),
            (KeyCode::Esc, Action::Quit),
        ],
        help: help::QUIT,
        scrolls: false,
    },
    Control {
        keys: &[
            (KeyCode::Char('?'), Action::Help),
            (KeyCode::Char('h'), Action::Help),
        ],
        help: help::HELP,
        scrolls: false,
    },
    Control {
        keys: &[
            (KeyCode::Up, Action::Up),
            (KeyCode::Down, Action::Down),
            (KeyCode::Char('k'), Action::Up),
            (KeyCode::Char('j'), Action::Down),
        ],
        help: help::SCROLL,
        scrolls: true,
    },
    Control {
        keys: &[
            (KeyCode::PageUp, Action::PageUp),
            (KeyCode::PageDown, Action::PageDown),
        ],
        help: help::PAGE,
        scrolls: true,
    },
    Control {
        keys: &[(KeyCode::Home, Action::Home), (KeyCode::End, Action::End)],
        help: help::ENDS,
        scrolls: true,
    },
];

/// What the key asks for, if anything, in that state of the view.
pub fn action_for(key: &KeyEvent, ui: &UiState) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    if ctrl && matches!(key.code, KeyCode::Char('c' | 'C')) {
        return Some(Action::Quit);
    }
    // Ctrl, Alt and their like with a letter are somebody else's keys.
    if !key.modifiers.difference(KeyModifiers::SHIFT).is_empty() {
        return None;
    }
    if key.code == KeyCode::Esc && ui.help.is_some() {
        return Some(Action::Help);
    }
    let code = match key.code {
        KeyCode::Char(letter) => KeyCode::Char(letter.to_ascii_lowercase()),
        other => other,
    };
    CONTROLS
        .iter()
        .flat_map(|control| control.keys)
        .find(|(known, _)| *known == code)
        .map(|&(_, action)| action)
}

/// The help that is of use now, one entry for each group of keys.
pub fn help(can_scroll: bool, is_help: bool) -> Vec<&'static str> {
    CONTROLS
        .iter()
        .filter(|control| can_scroll || !control.scrolls)
        .map(|control| match control.help {
            help::HELP if is_help => help::BACK,
            help => help,
        })
        .collect()
}

/// What the user has changed about the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UiState {
    /// The first row of the tables that is shown; drawing never goes past the last screen of rows.
    pub scroll: usize,
    /// The first line of the page that explains the picture; `None` while the picture itself is shown.
    pub help: Option<usize>,
}

impl UiState {
    /// Follows a key, with so many rows of which so many are visible: of the page while it is shown, else of the tables.
    pub fn apply(&mut self, action: Action, rows: usize, visible_rows: usize) {
        if action == Action::Help {
            self.help = match self.help {
                None => Some(0),
                Some(_) => None,
            };
            return;
        }
        let scroll = self.help.as_mut().unwrap_or(&mut self.scroll);
        let last = rows.saturating_sub(visible_rows);
        let page = visible_rows.max(1);
        let from = (*scroll).min(last);
        *scroll = match action {
            Action::Quit | Action::Help => from,
            Action::Up => from.saturating_sub(1),
            Action::Down => from + 1,
            Action::PageUp => from.saturating_sub(page),
            Action::PageDown => from + page,
            Action::Home => 0,
            Action::End => last,
        }
        .min(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(code: KeyCode) -> Option<Action> {
        action_for(
            &KeyEvent::new(code, KeyModifiers::NONE),
            &UiState::default(),
        )
    }

    #[test]
    fn three_ways_out() {
        assert_eq!(press(KeyCode::Char('q')), Some(Action::Quit));
        assert_eq!(press(KeyCode::Esc), Some(Action::Quit));
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        assert_eq!(action_for(&ctrl_c, &UiState::default()), Some(Action::Quit));
        assert_eq!(press(KeyCode::Char('c')), None);
        let ctrl_q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(action_for(&ctrl_q, &UiState::default()), None);
    }

    #[test]
    fn a_key_that_is_let_go_does_nothing() {
        let mut key = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        key.kind = KeyEventKind::Release;
        assert_eq!(action_for(&key, &UiState::default()), None);
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let mut ui = UiState::default();
        for (action, scroll) in [
            (Action::Up, 0),
            (Action::Down, 1),
            (Action::PageDown, 11),
            (Action::End, 90),
            (Action::Down, 90),
            (Action::PageUp, 80),
            (Action::Home, 0),
        ] {
            ui.apply(action, 100, 10);
            assert_eq!(ui.scroll, scroll, "{action:?}");
        }
        ui.apply(Action::Down, 2, 10);
        assert_eq!(ui.scroll, 0);
    }

    #[test]
    fn a_scroll_from_a_smaller_screen_is_taken_back_first() {
        let mut ui = UiState {
            scroll: 95,
            help: None,
        };
        ui.apply(Action::Up, 100, 10);
        assert_eq!(ui.scroll, 89);
    }

    #[test]
    fn the_help_names_only_what_is_of_use() {
        assert_eq!(help(false, false), ["q quit", "? why, help"]);
        assert_eq!(help(false, true), ["q quit", "? back"]);
        assert_eq!(help(true, false).len(), CONTROLS.len());
    }

    #[test]
    fn the_page_of_help_comes_and_goes_and_scrolls_by_itself() {
        let mut ui = UiState {
            scroll: 7,
            help: None,
        };
        ui.apply(Action::Help, 100, 10);
        ui.apply(Action::End, 30, 10);
        assert_eq!((ui.scroll, ui.help), (7, Some(20)));
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(action_for(&escape, &ui), Some(Action::Help));
        ui.apply(Action::Help, 30, 10);
        assert_eq!((ui.scroll, ui.help), (7, None));
        assert_eq!(action_for(&escape, &ui), Some(Action::Quit));
    }
}
