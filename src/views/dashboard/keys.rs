//! The keys of the dashboard: one table decides what they do and is also the help at the foot of the screen.
//!
//! Reading keys from the terminal is the caller's business; an event comes in, an action goes out.

use std::time::Duration;

use crossterm::event::KeyCode::{self, Char};
use crossterm::event::{KeyEvent, KeyEventKind, KeyModifiers};

use crate::views::language::Phrase;
use crate::views::wish::{Copied, Order, Said, Wish};
use crate::views::words::help;

use super::cursor::Cursor;
use super::filter::{Edit, Filter};
use super::window::Window;

/// What a key asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// End the run and print the final statistics; asks first while a change is coming through.
    Quit,
    /// End the run at once.
    Interrupt,
    /// Do not end it after all.
    GoOn,
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
    /// Have the picture stand still, or go on.
    Freeze,
    /// The sets in the next order.
    Sort,
    /// Something that is not the picture's business.
    Ask(Wish),
    /// Go to that page and stay there.
    GoTo(Page),
    /// From the picture to the page of what is selected on it.
    Open,
    /// To the next page.
    Next,
    /// To the page before.
    Previous,
    /// Out of where one is: of the filter, the page, the selection.
    Back,
    /// Narrow the list of events down.
    Filter(Edit),
}

/// The pages of the dashboard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Page {
    /// The picture.
    #[default]
    Overview,
    /// What happened, in full, and the weights that were in force before.
    Events,
    /// One set or one name server.
    Selection,
    /// Why the verdict is what it is, and what the picture shows.
    Help,
}

/// How many pages there are.
const PAGES: usize = 4;
/// Those that Tab goes round.
const ROUND: [Page; 3] = [Page::Overview, Page::Events, Page::Selection];

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

const QUIT: &[(KeyCode, Action)] = &[(Char('q'), Action::Quit)];
const HELP: &[(KeyCode, Action)] = &[(Char('?'), Action::Show(Page::Help))];
const PAGE_KEYS: &[(KeyCode, Action)] = &[(Char('e'), Action::Show(Page::Events))];
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
const OPEN: &[(KeyCode, Action)] = &[(KeyCode::Enter, Action::Open)];
const NUMBERED: &[(KeyCode, Action)] = &[
    (Char('1'), Action::GoTo(Page::Overview)),
    (Char('2'), Action::GoTo(Page::Events)),
    (Char('3'), Action::GoTo(Page::Selection)),
    (KeyCode::Tab, Action::Next),
    (KeyCode::BackTab, Action::Previous),
];
const FILTER: &[(KeyCode, Action)] = &[(Char('/'), Action::Filter(Edit::Begin))];
const BACK: &[(KeyCode, Action)] = &[(KeyCode::Esc, Action::Back)];

const PICTURE: &[(KeyCode, Action)] = &[(Char(' '), Action::Freeze), (Char('s'), Action::Sort)];
const RUN: &[(KeyCode, Action)] = &[
    (Char('r'), Action::Ask(Wish::CountAnew)),
    (Char('p'), Action::Ask(Wish::ReadWeights)),
    (Char('+'), Action::Ask(Wish::Faster)),
    (Char('-'), Action::Ask(Wish::Slower)),
    (Char('h'), Action::Ask(Wish::SwitchHttp)),
];
const KEEP: &[(KeyCode, Action)] = &[
    (Char('y'), Action::Ask(Wish::Copy(Copied::Brief))),
    (Char('Y'), Action::Ask(Wish::Copy(Copied::Statistics))),
    (Char('u'), Action::Ask(Wish::Copy(Copied::Undo))),
    (Char('n'), Action::Ask(Wish::Copy(Copied::Next))),
    (Char('w'), Action::Ask(Wish::Write)),
];

/// Every key but Ctrl+C and Ctrl+Z.
const CONTROLS: &[Control] = &[
    control(QUIT, help::QUIT, false),
    control(BACK, help::BACK, false),
    control(HELP, help::HELP, false),
    control(PAGE_KEYS, help::EVENTS, false),
    control(FILTER, help::FILTER, false),
    control(WINDOW, help::WINDOW, false),
    control(OPEN, help::OPEN, false),
    control(ROWS, help::SCROLL, true),
    control(SCREENS, help::PAGE, true),
    control(ENDS, help::ENDS, true),
    control(NUMBERED, help::ON_ITS_PAGE, false),
    control(PICTURE, help::ON_ITS_PAGE, false),
    control(RUN, help::ON_ITS_PAGE, false),
    control(KEEP, help::ON_ITS_PAGE, false),
];

/// What the key asks for, if anything, in that state of the view.
pub fn action_for(key: &KeyEvent, ui: &UiState) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    if ctrl && matches!(key.code, Char('c' | 'C')) {
        return Some(Action::Interrupt);
    }
    if ctrl && matches!(key.code, Char('z' | 'Z')) {
        return Some(Action::Ask(Wish::Suspend));
    }
    if ui.asks {
        let again = matches!(key.code, Char('q' | 'Q'));
        return Some(if again { Action::Quit } else { Action::GoOn });
    }
    if ui.is_typing() {
        if let Some(edit) = Filter::edit_for(key) {
            return Some(Action::Filter(edit));
        }
        // The list can be scrolled meanwhile; what else letters do, they do not do now.
        let moves = ROWS.iter().chain(SCREENS).chain(ENDS);
        let mut moves = moves.filter(|(code, _)| !matches!(code, Char(_)));
        return moves.find_map(|(known, action)| (*known == key.code).then_some(*action));
    }
    // Ctrl, Alt and their like with a letter are somebody else's keys.
    if !key.modifiers.difference(KeyModifiers::SHIFT).is_empty() {
        return None;
    }
    let action_of = |code: KeyCode| {
        let mut keys = CONTROLS.iter().flat_map(|control| control.keys);
        keys.find_map(|(known, action)| (*known == code).then_some(*action))
    };
    action_of(key.code).or_else(|| match key.code {
        // With Caps Lock a key is what it is, unless the capital has a meaning of its own.
        Char(letter) => action_of(Char(letter.to_ascii_lowercase())),
        _ => None,
    })
}

/// The help that is of use now on that page, one entry for each group of keys.
pub(super) fn help(can_scroll: bool, page: Page) -> Vec<&'static str> {
    let of_use = |control: &&Control| match control.keys[0].1 {
        _ if control.scrolls => can_scroll,
        Action::Back => page != Page::Overview,
        Action::Show(other) => page != other,
        Action::Filter(_) => page == Page::Events,
        Action::Wider => matches!(page, Page::Overview | Page::Selection),
        Action::Open => page == Page::Overview,
        _ => !control.help.is_empty(),
    };
    let of_use = CONTROLS.iter().filter(of_use);
    of_use.map(|control| control.help.said()).collect()
}

/// The page that comes after one, or before it, where one goes round; from another page to the picture.
fn beside(page: Page, step: usize) -> Page {
    let place = ROUND.iter().position(|it| *it == page);
    place.map_or(Page::Overview, |place| ROUND[(place + step) % ROUND.len()])
}

/// What the user has changed about the view.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UiState {
    /// The page that is shown.
    pub page: Page,
    /// Where the page of the events or of help leads back to.
    pub from: Page,
    /// The first row in sight of each page; drawing never goes past the last screen of rows.
    pub scroll: [usize; PAGES],
    /// How much of the course is shown.
    pub window: Window,
    /// In which order the sets stand.
    pub order: Order,
    /// How old the picture is while it stands still.
    pub frozen: Option<Duration>,
    /// For how long the weights are being read, where that takes long.
    pub reading: Option<Duration>,
    /// What is said about a key.
    pub said: Option<Said>,
    /// The set or name server that is selected.
    pub cursor: Cursor,
    /// What the list of events is narrowed down to.
    pub filter: Filter,
    /// Whether it is asked if the run shall end although a change is coming through.
    pub asks: bool,
}

impl Action {
    /// Whether it moves the cursor, or scrolls where there is none.
    pub(super) fn moves(self) -> bool {
        use Action::{Down, End, Home, PageDown, PageUp, Up};
        matches!(self, Up | Down | PageUp | PageDown | Home | End)
    }
}

impl UiState {
    /// Whether letters go into the filter.
    pub(super) fn is_typing(&self) -> bool {
        self.page == Page::Events && self.filter.is_typed
    }

    /// The first row in sight of the page that is shown.
    pub fn first(&self) -> usize {
        self.scroll[self.page as usize]
    }

    /// Follows a key on a page with so many rows of which so many are visible.
    pub fn apply(&mut self, action: Action, rows: usize, visible_rows: usize) {
        match action {
            Action::Quit => return self.asks = true,
            Action::GoOn => return self.asks = false,
            Action::Show(page) if self.page == page => return self.go_to(self.from),
            Action::Show(page) => return self.look_up(page),
            Action::GoTo(page) if self.page == page => return,
            Action::GoTo(page) => return self.turn_to(page),
            Action::Open if self.page == Page::Overview => return self.go_to(Page::Selection),
            Action::Next => return self.turn_to(beside(self.page, 1)),
            Action::Previous => return self.turn_to(beside(self.page, ROUND.len() - 1)),
            Action::Back => return self.go_back(),
            Action::Filter(edit) => return self.narrow_down(edit),
            _ if !action.moves() => return,
            _ => {}
        }
        let scroll = &mut self.scroll[self.page as usize];
        let last = rows.saturating_sub(visible_rows);
        let page = visible_rows.max(1);
        let from = (*scroll).min(last);
        *scroll = match action {
            Action::Up => from.saturating_sub(1),
            Action::Down => from + 1,
            Action::PageUp => from.saturating_sub(page),
            Action::PageDown => from + page,
            Action::Home => 0,
            Action::End => last,
            _ => from,
        }
        .min(last);
    }

    fn go_to(&mut self, page: Page) {
        self.page = page;
        // The picture is met where it was left, every other page from its beginning.
        if page != Page::Overview {
            self.scroll[page as usize] = 0;
        }
    }

    fn go_back(&mut self) {
        match self.page {
            Page::Overview => self.cursor = Cursor::default(),
            Page::Events if self.filter.is_shown() => self.narrow_down(Edit::Clear),
            Page::Selection => self.go_to(Page::Overview),
            Page::Events | Page::Help => self.go_to(self.from),
        }
    }

    /// Goes to a page that is left for where one came from.
    fn look_up(&mut self, page: Page) {
        if matches!(self.page, Page::Overview | Page::Selection) {
            self.from = self.page;
        }
        self.go_to(page);
    }

    /// Goes to a page that is left for the picture.
    fn turn_to(&mut self, page: Page) {
        self.from = Page::Overview;
        self.go_to(page);
    }

    fn narrow_down(&mut self, edit: Edit) {
        if self.page != Page::Events {
            self.look_up(Page::Events);
        }
        self.filter.follow(edit);
        self.scroll[Page::Events as usize] = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::dashboard::cursor::Chosen;

    fn press(code: KeyCode) -> Option<Action> {
        press_on(&UiState::default(), code)
    }

    fn press_on(ui: &UiState, code: KeyCode) -> Option<Action> {
        action_for(&KeyEvent::new(code, KeyModifiers::NONE), ui)
    }

    fn on(page: Page) -> UiState {
        UiState {
            page,
            ..UiState::default()
        }
    }

    /// The state after these keys, on pages with a hundred rows of which ten are visible.
    fn after(ui: UiState, keys: &[KeyCode]) -> UiState {
        keys.iter().fold(ui, |mut ui, code| {
            if let Some(action) = press_on(&ui, *code) {
                ui.apply(action, 100, 10);
            }
            ui
        })
    }

    #[test]
    fn two_ways_out() {
        assert_eq!(press(KeyCode::Char('q')), Some(Action::Quit));
        let ctrl_c = KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL);
        let asking = UiState {
            asks: true,
            ..UiState::default()
        };
        let mut typing = on(Page::Events);
        typing.filter.is_typed = true;
        for ui in [UiState::default(), asking, typing, on(Page::Help)] {
            assert_eq!(action_for(&ctrl_c, &ui), Some(Action::Interrupt));
        }
        assert_eq!(press(KeyCode::Char('c')), None);
        let ctrl_q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::CONTROL);
        assert_eq!(action_for(&ctrl_q, &UiState::default()), None);
    }

    #[test]
    fn escape_leads_back_step_by_step_and_never_out() {
        use KeyCode::{Char, Enter, Esc};
        for page in [Page::Overview, Page::Events, Page::Selection, Page::Help] {
            let ui = after(on(page), &[Esc]);
            assert_eq!(ui, UiState::default(), "{page:?}");
        }
        let selected = UiState {
            cursor: Cursor(Some(Chosen::Set("blue".to_owned()))),
            ..UiState::default()
        };
        assert_eq!(after(selected, &[Esc]), UiState::default());
        let narrowed = after(UiState::default(), &[Char('/'), Char('x'), Enter]);
        assert_eq!((narrowed.page, &*narrowed.filter.text), (Page::Events, "x"));
        let cleared = after(narrowed, &[Esc]);
        assert_eq!(cleared, on(Page::Events));
        assert_eq!(after(cleared, &[Esc]), UiState::default());
    }

    #[test]
    fn a_question_is_answered_by_q_and_taken_back_by_any_other_key() {
        let asking = after(UiState::default(), &[KeyCode::Char('q')]);
        assert!(asking.asks);
        assert_eq!(press_on(&asking, KeyCode::Char('q')), Some(Action::Quit));
        for code in [
            KeyCode::Esc,
            KeyCode::Enter,
            KeyCode::Char('e'),
            KeyCode::F(5),
        ] {
            assert_eq!(press_on(&asking, code), Some(Action::GoOn), "{code:?}");
        }
        assert_eq!(after(asking, &[KeyCode::Char('e')]), UiState::default());
    }

    #[test]
    fn letters_are_text_while_a_filter_is_typed() {
        use KeyCode::{Backspace, Char, Down, Enter, Tab};
        let ui = after(
            UiState::default(),
            &[Char('2'), Char('/'), Char('q'), Char('?'), Tab],
        );
        assert_eq!((ui.page, &*ui.filter.text), (Page::Events, "q?"));
        let scrolled = after(ui, &[Down]);
        assert_eq!(scrolled.first(), 1);
        let ui = after(scrolled, &[Backspace]);
        assert_eq!((&*ui.filter.text, ui.first()), ("q", 0));
        let kept = after(ui, &[Enter, Char('?')]);
        assert_eq!((kept.page, &*kept.filter.text), (Page::Help, "q"));
    }

    #[test]
    fn pages_have_numbers_and_an_order() {
        use KeyCode::{BackTab, Char, Enter, Tab};
        let page = |keys: &[KeyCode]| after(UiState::default(), keys).page;
        assert_eq!(page(&[Char('2'), Char('2')]), Page::Events);
        assert_eq!(page(&[Char('3')]), Page::Selection);
        assert_eq!(page(&[Char('3'), Char('1')]), Page::Overview);
        assert_eq!(page(&[Char('e'), Char('e')]), Page::Overview);
        assert_eq!(page(&[Enter]), Page::Selection);
        assert_eq!(page(&[Char('2'), Enter]), Page::Events);
        assert_eq!(page(&[Tab]), Page::Events);
        assert_eq!(page(&[Tab, Tab]), Page::Selection);
        assert_eq!(page(&[Tab, Tab, Tab]), Page::Overview);
        assert_eq!(page(&[BackTab]), Page::Selection);
        assert_eq!(page(&[BackTab, BackTab]), Page::Events);
        assert_eq!(page(&[Char('?'), Tab]), Page::Overview);
    }

    #[test]
    fn the_page_of_help_names_every_key() {
        let lines = help::KEY_LINES.iter();
        let named: Vec<&str> = lines
            .flat_map(|(keys, meaning)| [keys.said(), meaning.said()])
            .collect();
        let named = named.join(" ");
        let words: Vec<&str> = named.split([' ', ',', ';']).collect();
        for (code, _) in CONTROLS.iter().flat_map(|control| control.keys) {
            let name = match code {
                Char(' ') => "Space".to_owned(),
                Char(letter) => letter.to_string(),
                KeyCode::BackTab => "Shift+Tab".to_owned(),
                KeyCode::PageUp => "PgUp".to_owned(),
                KeyCode::PageDown => "PgDn".to_owned(),
                other => format!("{other:?}"),
            };
            assert!(words.contains(&&*name), "no {name} in {named}");
        }
    }

    #[test]
    fn no_key_has_two_meanings() {
        let mut seen = Vec::new();
        for (code, action) in CONTROLS.iter().flat_map(|control| control.keys) {
            assert!(!seen.contains(code), "{code:?}: {action:?}");
            seen.push(*code);
        }
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
            scroll: [95, 0, 0, 0],
            ..UiState::default()
        };
        ui.apply(Action::Up, 100, 10);
        assert_eq!(ui.first(), 89);
    }

    #[test]
    fn the_help_names_only_what_is_of_use() {
        let at_rest = [
            "q quit",
            "? why, help",
            "e events",
            "[ ] course",
            "Enter open",
        ];
        assert_eq!(help(false, Page::Overview), at_rest);
        let on_help = ["q quit", "Esc back", "e events"];
        assert_eq!(help(false, Page::Help), on_help);
        let on_events = ["q quit", "Esc back", "? why, help", "/ filter"];
        assert_eq!(help(false, Page::Events), on_events);
        let [.., first, second, third] = &help(true, Page::Selection)[..] else {
            panic!("no keys that scroll");
        };
        assert_eq!(
            [*first, *second, *third],
            [help::SCROLL.said(), help::PAGE.said(), help::ENDS.said()]
        );
    }

    #[test]
    fn a_capital_has_its_own_meaning_where_there_is_one_and_else_that_of_its_letter() {
        let copy = |what| Some(Action::Ask(Wish::Copy(what)));
        assert_eq!(press(Char('y')), copy(Copied::Brief));
        assert_eq!(press(Char('Y')), copy(Copied::Statistics));
        for (small, capital) in [('q', 'Q'), ('r', 'R'), ('s', 'S'), ('w', 'W'), ('h', 'H')] {
            assert!(press(Char(small)).is_some(), "{small}");
            assert_eq!(press(Char(small)), press(Char(capital)), "{small}");
        }
        let ctrl_z = KeyEvent::new(Char('z'), KeyModifiers::CONTROL);
        let suspend = Some(Action::Ask(Wish::Suspend));
        let asking = UiState {
            asks: true,
            ..UiState::default()
        };
        let mut typing = on(Page::Events);
        typing.filter.is_typed = true;
        for ui in [UiState::default(), asking, typing] {
            assert_eq!(action_for(&ctrl_z, &ui), suspend);
        }
        assert_eq!(press(Char('z')), None);
    }

    #[test]
    fn events_and_help_lead_back_to_where_one_came_from() {
        use KeyCode::{Char, Enter, Esc};
        let page = |keys: &[KeyCode]| after(UiState::default(), keys).page;
        for back in [&[Esc][..], &[Char('?')]] {
            assert_eq!(page(&[&[Enter, Char('?')], back].concat()), Page::Selection);
            assert_eq!(
                page(&[&[Enter, Char('e'), Char('?')], back].concat()),
                Page::Selection
            );
            assert_eq!(page(&[&[Char('?')], back].concat()), Page::Overview);
        }
        assert_eq!(page(&[Enter, Char('e'), Char('e')]), Page::Selection);
        assert_eq!(page(&[Enter, Char('?'), Esc, Esc]), Page::Overview);
        assert_eq!(page(&[Enter, Char('2'), Esc]), Page::Overview);
    }

    #[test]
    fn no_key_stands_twice_and_h_is_no_longer_a_key_of_help() {
        let keys: Vec<KeyCode> = CONTROLS
            .iter()
            .flat_map(|control| control.keys.iter().map(|(key, _)| *key))
            .collect();
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{key:?}");
        }
        assert_eq!(press(Char('h')), Some(Action::Ask(Wish::SwitchHttp)));
        assert_eq!(press(Char('?')), Some(Action::Show(Page::Help)));
    }

    #[test]
    fn the_page_of_help_comes_and_goes_and_scrolls_by_itself() {
        let mut ui = UiState {
            scroll: [7, 0, 0, 0],
            ..UiState::default()
        };
        let help = Action::Show(Page::Help);
        ui.apply(help, 100, 10);
        ui.apply(Action::End, 30, 10);
        assert_eq!((ui.page, ui.scroll), (Page::Help, [7, 0, 0, 20]));
        let escape = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        assert_eq!(action_for(&escape, &ui), Some(Action::Back));
        ui.apply(Action::Back, 30, 10);
        assert_eq!((ui.page, ui.first()), (Page::Overview, 7));
        ui.apply(help, 100, 10);
        assert_eq!(ui.first(), 0);
        ui.apply(help, 100, 10);
        assert_eq!((ui.page, ui.first()), (Page::Overview, 7));
    }
}
