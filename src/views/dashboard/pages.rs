//! The pages: which regions each has, from the top, and how many rows each of them has on a screen of which height.
//!
//! A new region is its file and its row here; a new page is its file, its keys in `keys.rs` and its table here. A test
//! adds up the rows.

use ratatui::layout::Rect;

use super::keys::{Page, UiState};
use super::layout::{HEIGHTS, PageTable, Region};
use super::region::{Block, Scene};
use super::{
    course, events, footer, header, help, notes, segments, selection, servers, status, tiny,
    verdict, weights,
};

/// Below this size only the shares are drawn, one line for each set.
const SMALLEST: (u16, u16) = (40, 8);

type MakeBlock = for<'a> fn(&Scene<'a>) -> Block<'a>;

const fn row(
    name: &'static str,
    block: MakeBlock,
    rows: [u16; HEIGHTS],
    gaps: [u16; HEIGHTS],
) -> Region {
    Region {
        name,
        block,
        rows,
        gaps,
        beside: false,
    }
}

const NO_GAP: [u16; HEIGHTS] = [0; HEIGHTS];
const GAP_FROM_30: [u16; HEIGHTS] = [0, 0, 0, 0, 1, 1, 1, 1];
const GAP_FROM_40: [u16; HEIGHTS] = [0, 0, 0, 0, 0, 1, 1, 1];

/// The picture.
const OVERVIEW: PageTable = PageTable {
    heights: [8, 10, 15, 24, 30, 40, 50, 60],
    spare: &["sets", "course", "events", "servers"],
    regions: &[
        row("header", header::block, [1, 1, 1, 1, 1, 1, 1, 1], NO_GAP),
        row("rule", header::rule, [0, 0, 0, 0, 1, 1, 1, 1], NO_GAP),
        row("verdict", verdict::block, [1, 2, 2, 2, 2, 2, 2, 2], NO_GAP),
        row("now", verdict::now, [1, 1, 1, 1, 1, 2, 2, 2], NO_GAP),
        row("notes", notes::block, [1, 1, 2, 2, 3, 3, 3, 4], NO_GAP),
        row(
            "sets",
            weights::table,
            [3, 3, 4, 6, 6, 8, 19, 23],
            GAP_FROM_40,
        ),
        row(
            "status",
            status::block,
            [1, 1, 1, 1, 1, 1, 1, 1],
            GAP_FROM_40,
        ),
        row("tallies", status::tallies, [0, 0, 0, 1, 1, 1, 1, 1], NO_GAP),
        row(
            "servers",
            servers::block,
            [0, 1, 1, 5, 5, 6, 6, 7],
            GAP_FROM_30,
        ),
        Region {
            beside: true,
            ..row("course", course::block, [0, 0, 1, 2, 3, 7, 5, 8], NO_GAP)
        },
        row(
            "events",
            events::block,
            [0, 0, 1, 2, 3, 3, 4, 5],
            GAP_FROM_30,
        ),
        row("footer", footer::block, [0, 0, 1, 1, 1, 1, 1, 1], NO_GAP),
    ],
};

/// The picture on a screen without room for tables.
const TINY: PageTable = PageTable {
    heights: [1, 2, 3, 4, 5, 6, 7, 8],
    spare: &["sets"],
    regions: &[
        row("notes", tiny::warning, [0, 0, 0, 1, 1, 1, 1, 1], NO_GAP),
        row("sets", tiny::shares, [1, 1, 2, 2, 3, 4, 5, 6], NO_GAP),
        row("status", tiny::status, [0, 1, 1, 1, 1, 1, 1, 1], NO_GAP),
    ],
};

/// What happened.
const EVENTS: PageTable = PageTable {
    heights: [1, 2, 3, 4, 8, 15, 24, 40],
    spare: &["events"],
    regions: &[
        row("header", header::block, [0, 0, 1, 1, 1, 1, 1, 1], NO_GAP),
        row(
            "segments",
            segments::block,
            [0, 0, 0, 0, 2, 4, 6, 9],
            NO_GAP,
        ),
        row(
            "events",
            events::page,
            [1, 1, 1, 2, 4, 9, 15, 28],
            [0, 0, 0, 0, 0, 0, 1, 1],
        ),
        row("footer", footer::block, [0, 1, 1, 1, 1, 1, 1, 1], NO_GAP),
    ],
};

/// One set or one name server.
const SELECTION: PageTable = PageTable {
    heights: [1, 2, 3, 4, 8, 15, 24, 40],
    spare: &["selection", "course"],
    regions: &[
        row("header", header::block, [0, 0, 1, 1, 1, 1, 1, 1], NO_GAP),
        row(
            "selection",
            selection::block,
            [1, 1, 1, 2, 5, 9, 17, 25],
            NO_GAP,
        ),
        Region {
            beside: true,
            ..row(
                "course",
                selection::course,
                [0, 0, 0, 0, 1, 4, 4, 12],
                [0, 0, 0, 0, 0, 0, 1, 1],
            )
        },
        row("footer", footer::block, [0, 1, 1, 1, 1, 1, 1, 1], NO_GAP),
    ],
};

/// The page that explains the picture.
const HELP: PageTable = PageTable {
    heights: [1, 2, 3, 4, 5, 6, 7, 8],
    spare: &["help"],
    regions: &[
        row("header", header::block, [0, 0, 0, 0, 1, 1, 1, 1], NO_GAP),
        row(
            "help",
            help::block,
            [1, 1, 2, 3, 3, 4, 4, 5],
            [0, 0, 0, 0, 0, 0, 1, 1],
        ),
        row("footer", footer::block, [0, 1, 1, 1, 1, 1, 1, 1], NO_GAP),
    ],
};

/// Every page.
#[cfg(test)]
pub(super) const ALL: [&PageTable; 5] = [&OVERVIEW, &TINY, &EVENTS, &SELECTION, &HELP];

/// The regions of the page that is shown on a screen of that size.
pub(super) fn regions(ui: &UiState, area: Rect) -> &'static PageTable {
    match ui.page {
        Page::Overview if !has_parts(area) => &TINY,
        Page::Overview => &OVERVIEW,
        Page::Events => &EVENTS,
        Page::Selection => &SELECTION,
        Page::Help => &HELP,
    }
}

/// Whether the picture has room for tables, in which parts of sets have rows of their own.
pub(super) fn has_parts(area: Rect) -> bool {
    area.width >= SMALLEST.0 && area.height >= SMALLEST.1
}

/// Whether the picture has a row that can name a name server.
pub(super) fn has_servers(area: Rect) -> bool {
    let of_servers = || {
        let place = OVERVIEW
            .regions
            .iter()
            .position(|it| it.name == "servers")?;
        OVERVIEW.places(area).get(place).copied()
    };
    has_parts(area) && of_servers().is_some_and(|place| !place.is_empty())
}
