//! Where each region of a page stands: a function of the size of the screen and of nothing else, so that nothing moves
//! while the run goes on.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::cursor::in_sight;
use super::region::{Block, Room, Scene};

/// How many heights of a screen the table of a page is written for.
pub(super) const HEIGHTS: usize = 8;

/// A row of the table of a page: what a region shows, and its rows at each height.
pub(super) struct Region {
    /// Its name, by which the page says who gets spare rows.
    pub(super) name: &'static str,
    /// What it shows.
    pub(super) block: for<'a> fn(&Scene<'a>) -> Block<'a>,
    /// Its rows at each of the heights of its page.
    pub(super) rows: [u16; HEIGHTS],
    /// Blank lines above it at each of the heights.
    pub(super) gaps: [u16; HEIGHTS],
    /// Whether it stands beside the region above it where the screen is wide; together they have the rows of both.
    pub(super) beside: bool,
}

/// The regions of a page, from the top.
pub(super) struct PageTable {
    /// The heights for which the rows are given, in rising order; between two of them the lower one holds.
    pub(super) heights: [u16; HEIGHTS],
    /// From the top; the last one stands at the foot of the screen.
    pub(super) regions: &'static [Region],
    /// Who gets the rows between two heights, one after the other and again from the first.
    pub(super) spare: &'static [&'static str],
}

/// From this width on two regions may stand side by side.
const WIDE: u16 = 150;
/// The part of the width that the left one of two has, in percent.
const LEFT: u32 = 60;

impl PageTable {
    /// The place of each region on a screen of that size; one without room has no height.
    pub(super) fn places(&self, area: Rect) -> Vec<Rect> {
        let class = self.heights.iter().rposition(|least| *least <= area.height);
        let class = class.unwrap_or(0);
        let mut rows: Vec<u16> = self.regions.iter().map(|it| it.rows[class]).collect();
        self.give_out(area.height.saturating_sub(self.heights[class]), &mut rows);
        let is_wide = area.width >= WIDE;
        let mut places: Vec<Rect> = Vec::new();
        let mut top = area.y;
        for (index, region) in self.regions.iter().enumerate() {
            let gap = region.gaps[class];
            let has_both = is_wide && region.beside && rows[index] > 0;
            let left = places
                .last_mut()
                .filter(|left| has_both && !left.is_empty());
            if let Some(left) = left {
                left.height += gap + rows[index];
                top = left.bottom();
                let width = u32::from(area.width) * LEFT / 100;
                left.width = u16::try_from(width).unwrap_or(area.width);
                let right = Rect {
                    x: left.right(),
                    width: area.width - left.width,
                    ..*left
                };
                places.push(right);
                continue;
            }
            top += if rows[index] > 0 { gap } else { 0 };
            let place = Rect {
                y: top,
                height: rows[index],
                ..area
            };
            top += place.height;
            places.push(place.intersection(area));
        }
        places
    }

    /// Gives the rows that are left over to the regions that take them, in turn.
    fn give_out(&self, mut spare: u16, rows: &mut [u16]) {
        let takers = self.spare.iter().filter_map(|name| {
            let taker = self.regions.iter().position(|region| region.name == *name);
            taker.filter(|taker| rows[*taker] > 0)
        });
        let takers: Vec<usize> = takers.collect();
        for taker in takers.iter().cycle() {
            if spare == 0 {
                return;
            }
            rows[*taker] += 1;
            spare -= 1;
        }
    }
}

/// A page on a screen.
pub(super) struct Layout<'a> {
    page: &'static PageTable,
    area: Rect,
    placed: Vec<(Block<'a>, Rect)>,
    /// What part of the rows that scroll is in sight.
    pub(super) scroll: Room,
}

impl<'a> Layout<'a> {
    /// Fills each place.
    pub(super) fn new(area: Rect, page: &'static PageTable, scene: &Scene<'a>) -> Self {
        let regions = page.regions.iter().zip(page.places(area));
        let regions = regions.filter(|(_, place)| !place.is_empty());
        let placed = regions.map(|(region, place)| {
            let scene = Scene {
                width: place.width.into(),
                ..*scene
            };
            ((region.block)(&scene), place)
        });
        let placed: Vec<(Block, Rect)> = placed.collect();
        let mut scroll = Room::default();
        if let Some((block, area)) = placed.iter().find(|(block, _)| block.scrolls) {
            scroll.rows = block.items;
            scroll.visible = block.visible(area.height.into());
            // The snapshot may have fewer rows than the one that was scrolled.
            scroll.first = scene
                .ui
                .first()
                .min(scroll.rows.saturating_sub(scroll.visible));
            if let Some(kept) = block.kept {
                scroll.first = in_sight(scroll.first, scroll.visible, kept);
            }
        }
        Self {
            page,
            area,
            placed,
            scroll,
        }
    }

    /// Whether a region of that name is shown.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut shown = self.page.regions.iter().zip(self.page.places(self.area));
        shown.any(|(region, place)| region.name == name && !place.is_empty())
    }

    /// Draws every region.
    pub(super) fn draw(&self, buffer: &mut Buffer) {
        for (block, area) in &self.placed {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::dashboard::pages;

    #[test]
    fn the_rows_of_a_page_are_those_of_the_screen() {
        for page in pages::ALL {
            for (class, height) in page.heights.iter().enumerate() {
                let rows = page
                    .regions
                    .iter()
                    .map(|it| it.rows[class] + it.gaps[class]);
                assert_eq!(rows.sum::<u16>(), *height, "at {height}");
            }
            let is_known = |name: &&str| page.regions.iter().any(|it| it.name == *name);
            assert!(page.spare.iter().all(is_known));
        }
    }

    #[test]
    fn no_region_lies_upon_another_or_outside_of_the_screen() {
        for page in pages::ALL {
            for width in [1, 40, 80, 149, 150, 200, u16::MAX] {
                for height in (0..=70).chain([300]) {
                    let area = Rect::new(0, 0, width, height);
                    let places = page.places(area);
                    let places = places.iter().filter(|place| !place.is_empty());
                    let places: Vec<Rect> = places.copied().collect();
                    for (index, one) in places.iter().enumerate() {
                        assert_eq!(one.intersection(area), *one, "{width}x{height}");
                        for other in &places[..index] {
                            assert!(!one.intersects(*other), "{width}x{height}: {places:?}");
                        }
                    }
                    if height >= page.heights[0] && !places.is_empty() {
                        let last = places.last().map(|last| last.bottom());
                        assert_eq!(last, Some(height), "{width}x{height}");
                    }
                }
            }
        }
    }
}
