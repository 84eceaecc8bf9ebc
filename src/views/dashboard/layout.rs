//! How high each region of a page is and where it stands: read from the table of the page, and from nothing else.
//!
//! Of the levels of a page, from roomy to bare, the first is taken that fits; what is left over goes to the regions in
//! the order in which they grow.

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::region::{Block, Room, Scene};

/// A row of the table of a page: what a region shows, and its claim to room.
pub(super) struct Region {
    /// What it shows.
    pub(super) block: for<'a> fn(&Scene<'a>) -> Block<'a>,
    /// How many of its items it keeps at each level; the last figure holds for all further levels.
    pub(super) least: &'static [usize],
    /// When it gets rows that are left over, and for how many items at most.
    pub(super) grows: &'static [(u8, usize)],
    /// When it gets a blank line above; 0 is never.
    pub(super) gap: u8,
}

/// Every item.
pub(super) const ALL: usize = usize::MAX - 1;
/// Not there at this level, however much room is left over.
pub(super) const OFF: usize = usize::MAX;

impl Region {
    fn least(&self, level: usize) -> usize {
        let last = self.least.len() - 1;
        self.least[level.min(last)]
    }
}

/// The regions of a page and the levels at which they are shown.
pub(super) struct Regions {
    /// From the top; the last one stands at the foot of the screen.
    pub(super) regions: &'static [Region],
    /// How many of the levels have all blank lines.
    pub(super) spaced: usize,
}

/// One region of a page that is being laid out.
struct Placed<'a> {
    region: &'static Region,
    block: Block<'a>,
    gap: usize,
    height: usize,
}

impl Placed<'_> {
    /// Takes a level's least height.
    fn shrink_to(&mut self, level: usize, is_spaced: bool) {
        self.height = match self.region.least(level) {
            0 | OFF => 0,
            items => self.block.keeping(items),
        };
        self.gap = usize::from(is_spaced && self.region.gap > 0 && self.height > 0);
    }

    fn needs(&self) -> usize {
        self.gap + self.height
    }

    /// Takes rows that are left over; a title alone says nothing.
    fn grow(&mut self, turn: u8, items: usize, spare: &mut usize) {
        if self.block.items == 0 {
            return;
        }
        let mut gap = 0;
        if self.height == 0 {
            // Where the blank lines have been given out already, it brings its own.
            gap = usize::from(self.region.gap > 0 && self.region.gap <= turn);
            if *spare < gap + self.block.start() {
                return;
            }
        }
        self.gap += gap;
        *spare -= gap;
        let more = self.block.showing(items).saturating_sub(self.height);
        let more = more.min(*spare);
        self.height += more;
        *spare -= more;
    }

    fn grow_gap(&mut self, spare: &mut usize) {
        if self.height > 0 && self.gap == 0 && *spare > 0 {
            self.gap = 1;
            *spare -= 1;
        }
    }
}

/// A page on a screen.
pub(super) struct Layout<'a> {
    placed: Vec<(Block<'a>, Rect)>,
    /// What part of the rows that scroll is in sight.
    pub(super) scroll: Room,
}

impl<'a> Layout<'a> {
    /// Gives each region its place.
    pub(super) fn new(area: Rect, page: &Regions, scene: &Scene<'a>) -> Self {
        let placed = |region: &'static Region| Placed {
            region,
            block: (region.block)(scene),
            gap: 0,
            height: 0,
        };
        let mut all: Vec<Placed> = page.regions.iter().map(placed).collect();
        let height = usize::from(area.height);
        let levels = page.regions.iter().map(|region| region.least.len()).max();
        let mut level = 0;
        let spare = loop {
            for one in &mut all {
                one.shrink_to(level, level < page.spaced);
            }
            let needed: usize = all.iter().map(Placed::needs).sum();
            level += 1;
            if needed <= height || Some(level) >= levels {
                break height.saturating_sub(needed);
            }
        };
        give_out(&mut all, level - 1, spare);
        Self::place(area, all, scene)
    }

    fn place(area: Rect, all: Vec<Placed<'a>>, scene: &Scene) -> Self {
        let foot = all.len().saturating_sub(1);
        let above = usize::from(area.height);
        let above = above.saturating_sub(all.last().map_or(0, |last| last.height));
        let mut top = 0;
        let place = |(index, one): (usize, Placed<'a>)| {
            if index == foot {
                return (one.block, rows(area, above..area.height.into()));
            }
            let start = (top + one.gap).min(above);
            top = (start + one.height).min(above);
            (one.block, rows(area, start..top))
        };
        let placed: Vec<(Block, Rect)> = all.into_iter().enumerate().map(place).collect();
        let mut scroll = Room::default();
        let in_sight = |(block, area): &&(Block, Rect)| block.scrolls && !area.is_empty();
        if let Some((block, area)) = placed.iter().find(in_sight) {
            scroll.rows = block.items;
            scroll.visible = block.visible(area.height.into());
            // The snapshot may have fewer rows than the one that was scrolled.
            scroll.first = scene
                .ui
                .first()
                .min(scroll.rows.saturating_sub(scroll.visible));
        }
        Self { placed, scroll }
    }

    /// Draws every region.
    pub(super) fn draw(&self, buffer: &mut Buffer) {
        for (block, area) in self.placed.iter().filter(|(_, area)| !area.is_empty()) {
            let room = Room {
                height: area.height.into(),
                ..self.scroll
            };
            for (row, line) in area.rows().zip((block.lines)(room)) {
                buffer.set_line(row.x, row.y, &line, row.width);
            }
        }
    }
}

/// Gives what is left over to the regions of that level and to the blank lines above them, each in its turn.
fn give_out(all: &mut [Placed], level: usize, mut spare: usize) {
    let turns = all.iter().flat_map(|one| one.region.grows);
    let last_turn = turns.map(|(turn, _)| *turn).max();
    for turn in 1..=last_turn.unwrap_or(0) {
        for one in &mut *all {
            if one.region.least(level) == OFF {
                continue;
            }
            for &(_, items) in one.region.grows.iter().filter(|(at, _)| *at == turn) {
                one.grow(turn, items, &mut spare);
            }
            if one.region.gap == turn {
                one.grow_gap(&mut spare);
            }
        }
    }
}

/// Some rows of an area, from its top.
fn rows(area: Rect, rows: Range<usize>) -> Rect {
    let [start, end] = [rows.start, rows.end].map(|row| u16::try_from(row).unwrap_or(u16::MAX));
    Rect {
        y: area.y + start,
        height: end - start,
        ..area
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::dashboard::keys::UiState;
    use crate::views::dashboard::pages;
    use crate::views::dashboard::theme::Theme;
    use crate::views::samples;

    #[test]
    fn no_region_lies_upon_another_and_the_first_and_the_last_are_always_there() {
        let (ui, theme) = (UiState::default(), Theme::plain());
        for (name, snapshot) in samples::all() {
            for height in 8..60 {
                let area = Rect::new(0, 0, 90, height);
                let scene = Scene {
                    snapshot: &snapshot,
                    ui: &ui,
                    theme: &theme,
                    width: 90,
                    height: height.into(),
                };
                let layout = Layout::new(area, pages::regions(ui.page, area), &scene);
                let places: Vec<Rect> = layout.placed.iter().map(|(_, place)| *place).collect();
                for pair in places.windows(2) {
                    assert!(
                        pair[0].bottom() <= pair[1].top(),
                        "{name}, {height}: {places:?}"
                    );
                }
                let [first, .., last] = places[..] else {
                    panic!("two regions")
                };
                assert_eq!((first.height, last.bottom()), (1, height), "{name}");
                assert_eq!(last.height, 1, "{name} at {height}");
            }
        }
    }
}
