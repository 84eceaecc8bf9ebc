//! The keys of the dashboard: one table decides what they do and is also the help at the foot of the screen.
//!
//! Reading keys from the terminal is the caller's business; an event comes in, an action goes out.

use crossterm::event::KeyCode::{self, Char};
use crossterm::event::{KeyEvent, KeyEventKind, KeyModifiers};

use crate::views::language::Phrase;
use crate::views::words::help;

use super::window::Window;

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
    /// Show more of the course.
    Wider,
    /// Show less of the course, and that in detail.
    Narrower,
    /// Show that page, or the picture again where it is shown already.
    Show(Page),
}

/// The pages of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The picture.
    #[default]
    Overview,
    /// What happened, in full, and the weights that were in force before.
    Events,
    /// Why the verdict is what it is, and what the picture shows.
    Help,
}

/// How many pages there are.
const PAGES: usize = 3;

/// A line of help and the keys behind it.
struct Control {
    keys: &'static [(KeyCode, Action)],
    help: Phrase,
    /// Whether it is of use only while there are more rows than room.
    scrolls: bool,
}

const fn control(keys: &'static [(KeyCode, Action)], help: Phrase, scrolls: bool) -> Control {
    Control {
        keys,
        help,
        scrolls,
    }
}

const QUIT: &[(KeyCode, Action)] = &[(Char('q'), Action::Quit), (KeyCode::Esc, Action::Quit)];
const HELP: &[(KeyCode, Action)] = &[
    (Char('?'), Action::Show(Page::Help)),
    (Char('h'), Action::Show(Page::Help)),
];
const PAGE_KEYS: &[(KeyCode, Action)] = &[
    (Char('e'), Action::Show(Page::Events)),
    (Char('2'), Action::Show(Page::Events)),
];
const ROWS: &[(KeyCode, Action)] = &[
    (KeyCode::Up, Action::Up),
    (KeyCode::Down, Action::Down),
    (Char('k'), Action::Up),
    (Char('j'), Action::Down),
];
const WINDOW: &[(KeyCode, Action)] = &[(Char('['), Action::Wider), (Char(']'), Action::Narrower)];
const SCREENS: &[(KeyCode, Action)] = &[
    (KeyCode::PageUp, Action::PageUp),
    (KeyCode::PageDown, Action::PageDown),
];
const ENDS: &[(KeyCode, Action)] = &[(KeyCode::Home, Action::Home), (KeyCode::End, Action::End)];

/// Every key but Ctrl+C.
const CONTROLS: &[Control] = &[
    control(QUIT, help::QUIT, false),
    control(HELP, help::HELP, false),
    control(PAGE_KEYS, help::EVENTS, false),
    control(WINDOW, help::WINDOW, false),
    control(ROWS, help::SCROLL, true),
    control(SCREENS, help::PAGE, true),
    control(ENDS, help::ENDS, true),
];

/// What the key asks for, if anything, in that state of the view.
pub fn action_for(key: &KeyEvent, ui: &UiState) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    if ctrl && matches!(key.code, Char('c' | 'C')) {
        return Some(Action::Quit);
    }
    // Ctrl, Alt and their like with a letter are somebody else's keys.
    if !key.modifiers.difference(KeyModifiers::SHIFT).is_empty() {
        return None;
    }
    if key.code == KeyCode::Esc && ui.page != Page::Overview {
        return Some(Action::Show(Page::Overview));
    }
    let code = match key.code {
        Char(letter) => Char(letter.to_ascii_lowercase()),
        other => other,
    };
    let mut keys = CONTROLS.iter().flat_map(|control| control.keys);
    keys.find_map(|(known, action)| (*known == code).then_some(*action))
}

/// The help that is of use now on that page, one entry for each group of keys.
pub(super) fn help(can_scroll: bool, page: Page) -> Vec<&'static str> {
    let leads_back = |control: &Control| control.keys[0].1 == Action::Show(page);
    let of_use = CONTROLS
        .iter()
        .filter(|control| can_scroll || !control.scrolls);
    of_use
        .map(|control| {
            if leads_back(control) {
                help::BACK.said()
            } else {
                control.help.said()
            }
        })
        .collect()
}

/// What the user has changed about the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UiState {
    /// The page that is shown.
    pub page: Page,
    /// The first row in sight of each page; drawing never goes past the last screen of rows.
    pub scroll: [usize; PAGES],
    /// How much of the course is shown.
    pub window: Window,
}

impl UiState {
    /// The first row in sight of the page that is shown.
    pub fn first(&self) -> usize {
        self.scroll[self.page as usize]
    }

    /// Follows a key on a page with so many rows of which so many are visible.
    pub fn apply(&mut self, action: Action, rows: usize, visible_rows: usize) {
        if let Action::Show(page) = action {
            let is_shown = self.page == page;
            self.page = if is_shown { Page::Overview } else { page };
            // The picture is met where it was left, every other page from its beginning.
            if self.page != Page::Overview {
                self.scroll[self.page as usize] = 0;
            }
            return;
        }
        let scroll = &mut self.scroll[self.page as usize];
        let last = rows.saturating_sub(visible_rows);
        let page = visible_rows.max(1);
        let from = (*scroll).min(last);
        *scroll = match action {
            Action::Quit | Action::Show(_) | Action::Wider | Action::Narrower => from,
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
            assert_eq!(ui.first(), scroll, "{action:?}");
        }
        ui.apply(Action::Down, 2, 10);
        assert_eq!(ui.first(), 0);
    }

    #[test]
    fn a_scroll_from_a_smaller_screen_is_taken_back_first() {
        let mut ui = UiState {
            scroll: [95, 0, 0],
            ..UiState::default()
        };
        ui.apply(Action::Up, 100, 10);
        assert_eq!(ui.first(), 89);
    }

    #[test]
    fn the_help_names_only_what_is_of_use() {
        assert_eq!(
            help(false, Page::Overview),
            ["q quit", "? why, help", "e events", "[ ] course"]
        );
        assert_eq!(
            help(false, Page::Help),
            ["q quit", "? back", "e events", "[ ] course"]
        );
        assert_eq!(help(true, Page::Overview).len(), CONTROLS.len());
    }

    #[test]
    fn the_page_of_help_comes_and_goes_and_scrolls_by_itself() {
        let mut ui = UiState {
            scroll: [7, 0, 0],
            ..UiState::default()
        };
        let help = Action::Show(Page::Help);
        ui.apply(help, 100, 10);
        ui.apply(Action::End, 30, 10);
        assert_eq!((ui.page, ui.scroll), (Page::Help, [7, 0, 20]));
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        let back = Action::Show(Page::Overview);
        assert_eq!(action_for(&escape, &ui), Some(back));
        ui.apply(back, 30, 10);
        assert_eq!((ui.page, ui.first()), (Page::Overview, 7));
        assert_eq!(action_for(&escape, &ui), Some(Action::Quit));
        ui.apply(help, 100, 10);
        assert_eq!(ui.first(), 0);
        ui.apply(help, 100, 10);
        assert_eq!((ui.page, ui.first()), (Page::Overview, 7));
    }
}
