//! How keys move the cursor: through the rows of the sets, and then through those of the name servers.

use ratatui::layout::Rect;

use crate::model::index::ServerIndex;
use crate::snapshot::Snapshot;

use super::cursor::{Chosen, Cursor, in_sight, row_of};
use super::keys::{Action, Page, UiState};
use super::order::sorted;
use super::pages;

impl UiState {
    /// Moves the cursor on a screen of that size, on which so many rows of the sets are visible.
    pub(super) fn move_cursor(
        &mut self,
        action: Action,
        screen: Rect,
        snapshot: &Snapshot,
        visible: usize,
    ) {
        let sets = sorted(self.order, snapshot);
        let sets = sets.as_slice();
        let servers = if pages::has_servers(screen) {
            snapshot.servers.len()
        } else {
            0
        };
        let now = self.cursor.set(sets);
        let now = now.or_else(|| Some(sets.len() + self.cursor.server(servers)?));
        let Some(place) = moved(now, action, sets.len() + servers, visible) else {
            self.cursor = Cursor(None);
            return;
        };
        self.cursor = Cursor(Some(match sets.get(place) {
            Some(set) => Chosen::Set(set.identifier.clone()),
            None => Chosen::Server(ServerIndex::from(place - sets.len())),
        }));
        let scroll = &mut self.scroll[Page::Overview as usize];
        if let Some(set) = sets.get(place) {
            // A screen without room for parts has a row for each set.
            let (row, parts) = if pages::has_parts(screen) {
                (row_of(place, sets).unwrap_or(place), set.parts.len())
            } else {
                (place, 0)
            };
            // The parts of a set come into sight with it, as far as they have room.
            let last = row + parts.min(visible.saturating_sub(1));
            *scroll = in_sight(in_sight(*scroll, visible, last), visible, row);
        }
    }
}

/// The place after a key among so many; the first key only shows where it is.
fn moved(now: Option<usize>, action: Action, all: usize, page: usize) -> Option<usize> {
    let last = all.checked_sub(1)?;
    let page = page.max(1);
    let Some(now) = now else {
        return Some(if action == Action::End { last } else { 0 });
    };
    let next = match action {
        Action::Up => now.saturating_sub(1),
        Action::Down => now + 1,
        Action::PageUp => now.saturating_sub(page),
        Action::PageDown => now + page,
        Action::Home => 0,
        Action::End => last,
        _ => now,
    };
    Some(next.min(last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn it_goes_through_the_sets_and_then_through_the_servers_and_stops_at_both_ends() {
        let (snapshot, screen) = (samples::running(), Rect::new(0, 0, 120, 40));
        let mut ui = UiState::default();
        let mut go = |action| {
            ui.move_cursor(action, screen, &snapshot, 2);
            ui.cursor.0.clone()
        };
        let set = |identifier: &str| Some(Chosen::Set(identifier.to_owned()));
        let server = |place: usize| Some(Chosen::Server(place.into()));
        assert_eq!(go(Action::Up), set("blue-32"), "it is shown first");
        assert_eq!(go(Action::Up), set("blue-32"));
        assert_eq!(go(Action::Down), set("green-33"));
        assert_eq!(go(Action::Down), server(0));
        assert_eq!(go(Action::End), server(3));
        assert_eq!(go(Action::Down), server(3));
        assert_eq!(go(Action::PageUp), server(1));
        assert_eq!(go(Action::Home), set("blue-32"));
        assert_eq!(go(Action::PageDown), server(0));
    }

    #[test]
    fn servers_are_reached_wherever_they_have_a_row_and_nowhere_else() {
        let snapshot = samples::running();
        for ((width, height), last) in [
            ((80, 24), Chosen::Server(3.into())),
            ((60, 15), Chosen::Server(3.into())),
            ((40, 10), Chosen::Server(3.into())),
            ((40, 8), Chosen::Set("green-33".to_owned())),
            ((30, 5), Chosen::Set("green-33".to_owned())),
        ] {
            let mut ui = UiState::default();
            let screen = Rect::new(0, 0, width, height);
            ui.move_cursor(Action::End, screen, &snapshot, 2);
            assert_eq!(ui.cursor.0, Some(last), "{width}x{height}");
        }
    }

    #[test]
    fn it_stays_with_its_set_when_others_come_before_it() {
        let mut snapshot = samples::running();
        let mut ui = UiState {
            cursor: Cursor(Some(Chosen::Set("blue-32".to_owned()))),
            ..UiState::default()
        };
        snapshot.segment_mut(0).sets.rotate_left(1);
        assert_eq!(ui.cursor.set(&sorted(ui.order, &snapshot)), Some(1));
        snapshot.segment_mut(0).sets.pop();
        assert_eq!(ui.cursor.set(&sorted(ui.order, &snapshot)), None);
        // Its page is still there; the next key puts the cursor where there is something.
        assert_eq!(ui.cursor.selection(&snapshot), ui.cursor.0);
        ui.move_cursor(Action::Down, Rect::new(0, 0, 80, 24), &snapshot, 2);
        assert_eq!(ui.cursor.0, Some(Chosen::Set("green-33".to_owned())));
    }

    #[test]
    fn without_a_row_there_is_none() {
        let mut ui = UiState::default();
        ui.move_cursor(Action::Down, Rect::new(0, 0, 80, 24), &samples::empty(), 0);
        assert_eq!(ui.cursor.0, None);
        assert_eq!(ui.cursor.selection(&samples::empty()), None);
    }
}
