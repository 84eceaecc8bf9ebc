//! The cursor of the picture: what it stands on and what it looks like. It stays with its set or server, whatever comes
//! before it.

use ratatui::style::{Modifier, Style};

use crate::model::index::ServerIndex;
use crate::snapshot::{Set, Snapshot};

use super::rows::{Row, rows};

/// What stands before the row that it is on, in a column that is blank otherwise.
pub(super) const MARK: &str = ">";

/// A set or a name server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The set with this identifier.
    Set(String),
    /// The name server at this place.
    Server(ServerIndex),
}

/// What is selected, if anything is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cursor(pub Option<Chosen>);

/// The look of the row that it is on, for those who see no colour too.
pub(super) fn look() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

impl Cursor {
    /// The place of the set that it is on among these, if that is declared.
    pub(super) fn set(&self, sets: &[&Set]) -> Option<usize> {
        match self.0.as_ref()? {
            Chosen::Set(identifier) => sets.iter().position(|set| set.identifier == *identifier),
            Chosen::Server(_) => None,
        }
    }

    /// The place of the name server that it is on, of so many.
    pub(super) fn server(&self, servers: usize) -> Option<usize> {
        match self.0.as_ref()? {
            Chosen::Server(server) => Some(server.get()).filter(|server| *server < servers),
            Chosen::Set(_) => None,
        }
    }

    /// The row of the set that it is on, where parts have rows too.
    pub(super) fn row(&self, sets: &[&Set]) -> Option<usize> {
        row_of(self.set(sets)?, sets)
    }

    /// What the page of the selection is about: what it is on, or else the first set.
    pub(super) fn selection(&self, snapshot: &Snapshot) -> Option<Chosen> {
        let first = || snapshot.sets().first();
        let first = || first().map(|set| Chosen::Set(set.identifier.clone()));
        self.0.clone().or_else(first)
    }
}

/// The row of a set, where parts have rows too.
pub(super) fn row_of(place: usize, sets: &[&Set]) -> Option<usize> {
    rows(sets.iter().copied()).position(|row| matches!(row, Row::Set(it, _) if it == place))
}

/// The first row in sight, moved no farther than it takes to have a row among so many visible ones.
pub(super) fn in_sight(first: usize, visible: usize, row: usize) -> usize {
    let least = (row + 1).saturating_sub(visible.max(1));
    first.clamp(least, row.max(least))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_move_no_farther_than_needed() {
        assert_eq!(in_sight(0, 4, 3), 0);
        assert_eq!(in_sight(0, 4, 4), 1);
        assert_eq!(in_sight(5, 4, 6), 5);
        assert_eq!(in_sight(5, 4, 2), 2);
        assert_eq!(in_sight(5, 0, 2), 2);
    }
}
