//! What a region of the picture is: a function from a scene to a block of lines, and a row in a table of `pages.rs`.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::snapshot::Snapshot;
use crate::views::{fit, words};

use super::keys::UiState;
use super::theme::Theme;

/// What there is to draw, and on how wide a screen.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) ui: &'a UiState,
    pub(super) theme: &'a Theme,
    /// Columns of the place of the region.
    pub(super) width: usize,
    /// Rows of the whole screen, which decide what a table looks like.
    pub(super) height: usize,
}

/// The room that a block got, and what part of the scrolled rows of the page is in sight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Room {
    /// Rows for this block.
    pub(super) height: usize,
    /// The first row in sight of those that scroll.
    pub(super) first: usize,
    /// How many of them are in sight.
    pub(super) visible: usize,
    /// How many there are.
    pub(super) rows: usize,
}

/// The lines of a region, made for whatever room it gets; what is costly is done once, before the room is known.
pub(super) struct Block<'a> {
    /// The rows that are no items: titles and frames.
    frame: usize,
    /// What it lists.
    pub(super) items: usize,
    rows_per_item: usize,
    /// Whether a row more says how many items are out of sight.
    counts_hidden: bool,
    /// Whether the keys scroll its items.
    pub(super) scrolls: bool,
    /// The item that has to be in sight.
    pub(super) kept: Option<usize>,
    /// Its lines, which may be more than the room has rows.
    pub(super) lines: Box<dyn Fn(Room) -> Vec<Line<'static>> + 'a>,
}

impl<'a> Block<'a> {
    /// So many items with a row each.
    pub(super) fn new(items: usize, lines: impl Fn(Room) -> Vec<Line<'static>> + 'a) -> Self {
        Self {
            frame: 0,
            items,
            rows_per_item: 1,
            counts_hidden: false,
            scrolls: false,
            kept: None,
            lines: Box::new(lines),
        }
    }

    /// Nothing to show.
    pub(super) fn none() -> Self {
        Self::new(0, |_| Vec::new())
    }

    /// One row, whatever it says.
    pub(super) fn line(line: Line<'static>) -> Self {
        Self::new(1, move |_| vec![line.clone()])
    }

    /// With so many rows that are no items.
    pub(super) fn framed(self, frame: usize) -> Self {
        Self { frame, ..self }
    }

    /// With a row for saying how many items are missing.
    pub(super) fn counting(self) -> Self {
        Self {
            counts_hidden: true,
            ..self
        }
    }

    /// With its items under the keys that scroll, so many rows for each.
    pub(super) fn scrolling(self, rows_per_item: usize) -> Self {
        Self {
            rows_per_item,
            scrolls: true,
            ..self
        }
    }

    /// With an item that stays in sight, if there is one.
    pub(super) fn keeping(self, kept: Option<usize>) -> Self {
        Self { kept, ..self }
    }

    /// How many items that height shows.
    pub(super) fn visible(&self, height: usize) -> usize {
        let room = height.saturating_sub(self.frame) / self.rows_per_item;
        if room >= self.items {
            self.items
        } else {
            room.saturating_sub(usize::from(self.counts_hidden))
        }
    }
}

/// A title, and behind it what has to be said of all below it.
pub(super) fn title(text: &str, behind: &str, theme: &Theme) -> Line<'static> {
    Line::from(vec![
        Span::styled(format!(" {text}"), theme.title),
        Span::styled(format!(" {behind}"), theme.quiet),
    ])
}

/// A title and a line for each of the newest things that have room; of the others, those that are kept and `older` ones,
/// the title says how many there are.
pub(super) fn newest<'a, T>(
    heading: &'static str,
    all: Vec<&'a T>,
    older: u64,
    theme: &'a Theme,
    line: impl Fn(&T) -> Line<'static> + 'a,
) -> Block<'a> {
    let count = all.len();
    let lines = move |room: Room| {
        if room.height == 1 {
            // A title alone says nothing.
            return all.last().map(|one| line(one)).into_iter().collect();
        }
        let first = all.len().saturating_sub(room.height.saturating_sub(1));
        let behind = words::newest_of(all.len() - first, all.len(), older);
        let title = title(heading, &behind, theme);
        let lines = all[first..].iter().map(|one| line(one));
        std::iter::once(title).chain(lines).collect()
    };
    Block::new(count, lines).framed(1)
}

/// What stands between two facts.
pub(super) const SEPARATOR: &str = " │ ";

/// Facts on one line.
pub(super) fn joined<'f>(
    facts: impl IntoIterator<Item = &'f (String, Style)>,
    separator: &'static str,
    theme: &Theme,
) -> Line<'static> {
    let mut line = Line::from(Span::raw(" "));
    for (index, (text, style)) in facts.into_iter().enumerate() {
        if index > 0 {
            line.push_span(Span::styled(separator, theme.quiet));
        }
        line.push_span(Span::styled(text.clone(), *style));
    }
    line
}

/// Facts by line, in their order, as many on each as have room.
pub(super) fn packed(facts: Vec<(String, Style)>, room: usize) -> Vec<Vec<(String, Style)>> {
    let mut rows: Vec<Vec<(String, Style)>> = Vec::new();
    let mut used = 0;
    for fact in facts {
        let needed = fit::width(&fact.0);
        match rows.last_mut() {
            Some(row) if used + fit::width(SEPARATOR) + needed <= room => {
                used += fit::width(SEPARATOR) + needed;
                row.push(fact);
            }
            _ => {
                used = needed;
                rows.push(vec![fact]);
            }
        }
    }
    rows
}
