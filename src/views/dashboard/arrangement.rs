//! The arrangements of the picture, from the most generous to the barest: what each shows at least.
//!
//! Which of them is taken for a screen is the business of `layout.rs`.

use super::table::Borders;

/// How the sets are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SetTables {
    /// Declared weights and observed shares in a framed table each.
    Two,
    /// Both in one table.
    One(Borders),
}

impl SetTables {
    /// The rows besides those of the sets.
    fn extra_rows(self) -> usize {
        match self {
            // A title above each, a blank line between them.
            Self::Two => 2 * (Borders::Grid.height() + 1) + 1,
            Self::One(borders) => borders.height() + 1,
        }
    }

    /// How many sets so many rows can show.
    pub(super) fn visible(self, height: usize, sets: usize) -> usize {
        match self {
            Self::Two => sets.min(height.saturating_sub(self.extra_rows()) / 2),
            Self::One(_) => listed(height.saturating_sub(self.extra_rows()), sets),
        }
    }

    /// The height that shows so many of the sets.
    pub(super) fn height(self, visible: usize, sets: usize) -> usize {
        match self {
            Self::Two => self.extra_rows() + 2 * visible,
            Self::One(_) => self.extra_rows() + rows_for(visible, sets),
        }
    }
}

/// How many of the items a list of that height shows, with a line for saying how many are missing.
pub(super) fn listed(height: usize, items: usize) -> usize {
    if items <= height {
        items
    } else {
        height.saturating_sub(1)
    }
}

/// The rows of a list that shows so many of the items.
pub(super) fn rows_for(visible: usize, items: usize) -> usize {
    if visible >= items { items } else { visible + 1 }
}

/// How the name servers are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Servers {
    /// A row each, and at least so many of them.
    Table(usize),
    /// One line for all.
    Line,
    /// Not at all.
    None,
}

/// One arrangement: what it shows at least.
pub(super) struct Arrangement {
    pub(super) verdict: usize,
    pub(super) change: usize,
    pub(super) tables: SetTables,
    pub(super) sets: usize,
    pub(super) servers: Servers,
    pub(super) events: usize,
    pub(super) gaps: bool,
    pub(super) ruled: bool,
    pub(super) tallies: bool,
    pub(super) remarks: usize,
}

/// From the most generous to the barest.
pub(super) const ARRANGEMENTS: [Arrangement; 7] = [
    Arrangement {
        verdict: 2,
        change: 3,
        tables: SetTables::Two,
        sets: usize::MAX,
        servers: Servers::Table(8),
        events: 4,
        gaps: true,
        ruled: true,
        tallies: true,
        remarks: 4,
    },
    Arrangement {
        verdict: 2,
        change: 0,
        tables: SetTables::One(Borders::Rule),
        sets: 8,
        servers: Servers::Table(6),
        events: 2,
        gaps: true,
        ruled: true,
        tallies: true,
        remarks: 3,
    },
    Arrangement {
        verdict: 2,
        change: 0,
        tables: SetTables::One(Borders::None),
        sets: 8,
        servers: Servers::Table(4),
        events: 2,
        gaps: false,
        ruled: true,
        tallies: true,
        remarks: 3,
    },
    Arrangement {
        verdict: 2,
        change: 0,
        tables: SetTables::One(Borders::None),
        sets: 8,
        servers: Servers::Line,
        events: 1,
        gaps: false,
        ruled: true,
        tallies: true,
        remarks: 2,
    },
    Arrangement {
        verdict: 2,
        change: 0,
        tables: SetTables::One(Borders::None),
        sets: 4,
        servers: Servers::Line,
        events: 0,
        gaps: false,
        ruled: false,
        tallies: true,
        remarks: 1,
    },
    Arrangement {
        verdict: 1,
        change: 0,
        tables: SetTables::One(Borders::None),
        sets: 2,
        servers: Servers::Line,
        events: 0,
        gaps: false,
        ruled: false,
        tallies: false,
        remarks: 1,
    },
    Arrangement {
        verdict: 0,
        change: 0,
        tables: SetTables::One(Borders::None),
        sets: 1,
        servers: Servers::None,
        events: 0,
        gaps: false,
        ruled: false,
        tallies: false,
        remarks: 0,
    },
];
