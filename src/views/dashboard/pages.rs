//! The pages: which regions each has, from the top, and which of them give way where room is short.
//!
//! A new region is its file and its row here; a new page is its file, its keys in `keys.rs` and its table here.

use ratatui::layout::Rect;

use super::keys::Page;
use super::layout::{ALL, OFF, Region, Regions};
use super::region::{Block, Scene};
use super::{
    change, events, footer, header, help, remarks, segments, servers, status, tiny, verdict,
    warnings, weights,
};

/// Below this size only the shares are drawn, one line for each set.
const SMALLEST: (u16, u16) = (40, 8);

type MakeBlock = for<'a> fn(&Scene<'a>) -> Block<'a>;

const fn row(
    block: MakeBlock,
    least: &'static [usize],
    grows: &'static [(u8, usize)],
    gap: u8,
) -> Region {
    Region {
        block,
        least,
        grows,
        gap,
    }
}

/// The picture: a region, what it keeps at each level from roomy to bare, when it grows, when it gets a blank line.
const OVERVIEW: Regions = Regions {
    spaced: 2,
    regions: &[
        row(header::block, &[1], &[], 0),
        row(header::rule, &[1, 1, 1, 1, OFF], &[], 0),
        row(verdict::block, &[2, 2, 2, 2, 2, 1, 0], &[(1, ALL)], 0),
        row(warnings::block, &[ALL], &[], 0),
        row(weights::two_tables, &[ALL, OFF], &[(2, ALL)], 11),
        row(weights::ruled_table, &[OFF, 8, OFF], &[(2, ALL)], 11),
        row(
            weights::bare_table,
            &[OFF, OFF, 8, 8, 4, 2, 1],
            &[(2, ALL)],
            11,
        ),
        row(remarks::block, &[4, 3, 3, 2, 1, 1, 0], &[(3, ALL)], 0),
        row(status::block, &[1], &[], 9),
        row(status::tallies, &[1, 1, 1, 1, 1, OFF], &[(5, ALL)], 0),
        row(servers::table, &[8, 6, 4, OFF], &[(4, ALL)], 8),
        row(servers::line, &[OFF, OFF, OFF, 1, 1, 1, OFF], &[], 8),
        row(change::block, &[2, 0], &[(7, ALL)], 12),
        row(segments::block, &[0], &[(13, ALL)], 13),
        row(events::block, &[4, 2, 2, 1, OFF], &[(6, 3), (14, ALL)], 10),
        row(footer::block, &[1], &[], 0),
    ],
};

/// The picture on a screen without room for tables.
const TINY: Regions = Regions {
    spaced: 0,
    regions: &[
        row(tiny::warning, &[1, OFF], &[], 0),
        row(tiny::shares, &[2, 2, 1], &[(1, ALL)], 0),
        row(tiny::status, &[1, 1, OFF], &[], 0),
    ],
};

/// The page that explains the picture.
const HELP: Regions = Regions {
    spaced: 1,
    regions: &[
        row(header::block, &[1, OFF], &[], 0),
        row(help::block, &[5, 1], &[(1, ALL)], 1),
        row(footer::block, &[1, 1, OFF], &[], 0),
    ],
};

/// The regions of a page on a screen of that size.
pub(super) fn regions(page: Page, area: Rect) -> &'static Regions {
    match page {
        Page::Overview if area.width < SMALLEST.0 || area.height < SMALLEST.1 => &TINY,
        Page::Overview => &OVERVIEW,
        Page::Help => &HELP,
    }
}
