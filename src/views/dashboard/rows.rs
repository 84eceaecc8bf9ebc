//! The rows of the tables of sets: one for each set, and below it one for each of its parts.

use crate::snapshot::{Part, Set};
use crate::views::words;

/// A row.
#[derive(Clone, Copy, Debug)]
pub(super) enum Row<'a> {
    /// A set, by its index.
    Set(usize, &'a Set),
    /// A part of the set above.
    Part(&'a Part),
}

/// All rows.
pub(super) fn rows<'a>(sets: impl IntoIterator<Item = &'a Set>) -> impl Iterator<Item = Row<'a>> {
    sets.into_iter().enumerate().flat_map(|(index, set)| {
        std::iter::once(Row::Set(index, set)).chain(set.parts.iter().map(Row::Part))
    })
}

/// How many rows there are.
pub(super) fn count<'a>(sets: impl IntoIterator<Item = &'a Set>) -> usize {
    sets.into_iter().map(|set| 1 + set.parts.len()).sum()
}

/// The same for lines of a text.
pub(super) fn hidden_lines(first: usize, visible: usize, all: usize) -> Option<String> {
    let below = all.saturating_sub(first + visible);
    match (first, below) {
        (0, 0) => None,
        (above, below) => Some(words::more_lines(above, below)),
    }
}

/// What stands in for rows that are out of sight.
pub(super) fn hidden(first: usize, visible: usize, all: usize) -> Option<String> {
    let below = all.saturating_sub(first + visible);
    match (first, below) {
        (0, 0) => None,
        (0, below) => Some(words::and_more(below)),
        (above, 0) => Some(words::above(above)),
        (above, below) => Some(format!(
            "{}, {}",
            words::above(above),
            words::and_more(below)
        )),
    }
}
