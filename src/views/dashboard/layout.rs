//! Where each region of the picture stands, for a size of the screen and a snapshot.
//!
//! The most generous arrangement that fits is taken; what is left over goes to the rows that are still missing. It
//! draws nothing.

use ratatui::layout::Rect;

use crate::snapshot::Snapshot;

use super::arrangement::{ARRANGEMENTS, Arrangement, Servers, SetTables, rows_for};
use super::{change, help, remarks, rows, status, tiny, verdict, warnings};

/// Wider pictures only move the numbers apart.
const WIDEST: u16 = 160;
/// Below this size only the shares are drawn, one line for each set.
const SMALLEST: (u16, u16) = (40, 8);

/// So many events are shown before earlier segments get room.
const EVENTS_FIRST: usize = 3;

/// Where each region stands; a region without room is empty.
pub(super) struct Layout {
    pub(super) header: Rect,
    pub(super) rule: Rect,
    pub(super) verdict: Rect,
    pub(super) warnings: Rect,
    pub(super) sets: Rect,
    pub(super) remarks: Rect,
    pub(super) status: Rect,
    pub(super) tallies: Rect,
    pub(super) servers: Rect,
    pub(super) change: Rect,
    pub(super) segments: Rect,
    pub(super) events: Rect,
    pub(super) footer: Rect,
    pub(super) set_tables: SetTables,
    pub(super) server_table: bool,
}

/// The part of the screen that is drawn on.
pub(super) fn canvas(screen: Rect) -> Rect {
    Rect {
        width: screen.width.min(WIDEST),
        ..screen
    }
}

/// Whether the screen is too small for tables.
pub(super) fn is_tiny(area: Rect) -> bool {
    area.width < SMALLEST.0 || area.height < SMALLEST.1
}

/// How many rows of the tables there are on a screen of that size, and how many of them are visible at once.
pub(super) fn table_rows(area: Rect, snapshot: &Snapshot) -> (usize, usize) {
    if is_tiny(area) {
        let sets = snapshot.current().map_or(0, |segment| segment.sets.len());
        return (sets, tiny::visible_rows(area, snapshot));
    }
    Layout::new(area, snapshot).rows(snapshot)
}

/// The rows of sets and their parts.
fn all_rows(snapshot: &Snapshot) -> usize {
    snapshot
        .current()
        .map_or(0, |segment| rows::count(&segment.sets))
}

/// Where the page stands that explains the picture, with as much of header and footer as leaves room for it.
pub(super) struct HelpLayout {
    pub(super) header: Rect,
    pub(super) page: Rect,
    pub(super) footer: Rect,
}

impl HelpLayout {
    pub(super) fn new(area: Rect) -> Self {
        let mut rest = area;
        let header = split(&mut rest, usize::from(area.height >= SMALLEST.1));
        split(&mut rest, usize::from(header.height));
        let height = usize::from(rest.height).saturating_sub(1).max(1);
        let page = split(&mut rest, height);
        Self {
            header,
            page,
            footer: rest,
        }
    }

    /// How many lines the page has, and how many of them are visible at once.
    pub(super) fn rows(&self, snapshot: &Snapshot) -> (usize, usize) {
        let lines = help::height(snapshot, self.page.width);
        (lines, lines.min(usize::from(self.page.height)))
    }
}

/// What there is to show.
struct Contents {
    verdict: usize,
    change: usize,
    warnings: usize,
    sets: usize,
    remarks: usize,
    tallies: usize,
    servers: usize,
    events: usize,
    earlier: usize,
}

/// The blank lines before each region: one or none.
#[derive(Clone, Copy, Debug, Default)]
struct Gaps {
    sets: usize,
    status: usize,
    servers: usize,
    change: usize,
    segments: usize,
    events: usize,
}

/// The heights of the regions that have more than one row, and the blank lines between them.
struct Heights {
    verdict: usize,
    change: usize,
    sets: usize,
    remarks: usize,
    tallies: usize,
    servers: usize,
    segments: usize,
    events: usize,
    gaps: Gaps,
}

impl Heights {
    fn least(arrangement: &Arrangement, contents: &Contents) -> Self {
        let visible = contents.sets.min(arrangement.sets);
        Self {
            verdict: contents.verdict.min(arrangement.verdict),
            change: contents.change.min(arrangement.change),
            sets: arrangement.tables.height(visible, contents.sets),
            remarks: contents.remarks.min(arrangement.remarks),
            tallies: usize::from(arrangement.tallies),
            servers: match arrangement.servers {
                _ if contents.servers == 0 => 0,
                Servers::Table(least) => {
                    1 + rows_for(least.min(contents.servers), contents.servers)
                }
                Servers::Line => 1,
                Servers::None => 0,
            },
            segments: 0,
            // Room for events that are still to come, so that their coming rearranges nothing.
            events: titled(arrangement.events),
            gaps: if arrangement.gaps {
                Gaps {
                    sets: 1,
                    status: 1,
                    servers: contents.servers.min(1),
                    change: contents.change.min(arrangement.change).min(1),
                    segments: 0,
                    events: 1,
                }
            } else {
                Gaps::default()
            },
        }
    }

    fn sum(&self, contents: &Contents) -> usize {
        let gaps = &self.gaps;
        let gaps =
            gaps.sets + gaps.status + gaps.servers + gaps.change + gaps.segments + gaps.events;
        let regions = self.verdict
            + self.change
            + self.sets
            + self.remarks
            + self.tallies
            + self.servers
            + self.segments
            + self.events;
        contents.warnings + regions + gaps
    }

    /// Gives what is left over to the rows that are still missing.
    fn grow(&mut self, arrangement: &Arrangement, contents: &Contents, mut spare: usize) {
        raise(&mut self.verdict, contents.verdict, &mut spare);
        let all_sets = arrangement.tables.height(contents.sets, contents.sets);
        raise(&mut self.sets, all_sets, &mut spare);
        raise(&mut self.remarks, contents.remarks, &mut spare);
        if matches!(arrangement.servers, Servers::Table(_)) && contents.servers > 0 {
            raise(&mut self.servers, 1 + contents.servers, &mut spare);
        }
        if arrangement.tallies {
            raise(&mut self.tallies, contents.tallies, &mut spare);
        }
        if self.events > 0 {
            raise(
                &mut self.events,
                titled(contents.events.min(EVENTS_FIRST)),
                &mut spare,
            );
        }
        // A title alone says nothing.
        if contents.change > 0 && (self.change > 0 || spare >= 2) {
            raise(&mut self.change, contents.change, &mut spare);
        }
        let has_events = usize::from(self.events > 0);
        let has_servers = usize::from(self.servers > 0);
        raise(&mut self.gaps.servers, has_servers, &mut spare);
        raise(&mut self.gaps.status, 1, &mut spare);
        raise(&mut self.gaps.events, has_events, &mut spare);
        raise(&mut self.gaps.sets, 1, &mut spare);
        let has_change = usize::from(self.change > 0);
        raise(&mut self.gaps.change, has_change, &mut spare);
        // A region that is new also needs its blank line, and a title alone says nothing.
        if contents.earlier > 0 && spare >= 3 {
            raise(&mut self.gaps.segments, 1, &mut spare);
            raise(&mut self.segments, titled(contents.earlier), &mut spare);
        }
        if self.events > 0 {
            raise(&mut self.events, titled(contents.events), &mut spare);
        }
    }
}

/// Raises a height to what is wanted, as far as there are rows to spare.
fn raise(height: &mut usize, wanted: usize, spare: &mut usize) {
    let more = wanted.saturating_sub(*height).min(*spare);
    *height += more;
    *spare -= more;
}

/// A list with a line for its title, or nothing.
fn titled(rows: usize) -> usize {
    if rows == 0 { 0 } else { rows + 1 }
}

impl Layout {
    /// The arrangement for that area.
    pub(super) fn new(area: Rect, snapshot: &Snapshot) -> Self {
        let height = usize::from(area.height);
        let contents = Contents {
            verdict: verdict::height(snapshot, area.width),
            change: change::height(snapshot, area.width),
            warnings: warnings::height(snapshot, area),
            sets: all_rows(snapshot),
            remarks: remarks::height(snapshot, area),
            tallies: status::tally_lines(snapshot, area.width).len(),
            servers: snapshot.servers.len(),
            events: snapshot.events.len(),
            earlier: snapshot.segments.len().saturating_sub(1),
        };
        let mut chosen = None;
        for arrangement in &ARRANGEMENTS {
            let heights = Heights::least(arrangement, &contents);
            let needed = single_rows(arrangement) + heights.sum(&contents);
            chosen = Some((arrangement, heights, height.saturating_sub(needed)));
            if needed <= height {
                break;
            }
        }
        let [.., barest] = &ARRANGEMENTS;
        let (arrangement, mut heights, spare) =
            chosen.unwrap_or_else(|| (barest, Heights::least(barest, &contents), 0));
        heights.grow(arrangement, &contents, spare);
        Self::place(area, arrangement, &heights, contents.warnings)
    }

    /// How many rows of sets and parts there are, and how many of them are visible.
    pub(super) fn rows(&self, snapshot: &Snapshot) -> (usize, usize) {
        let rows = all_rows(snapshot);
        let height = usize::from(self.sets.height);
        (rows, self.set_tables.visible(height, rows))
    }

    fn place(area: Rect, arrangement: &Arrangement, heights: &Heights, warnings: usize) -> Self {
        let mut rest = Rect {
            height: area.height.saturating_sub(1),
            ..area
        };
        let footer = Rect {
            y: rest.bottom(),
            height: area.height.min(1),
            ..area
        };
        let mut take = |height: usize, gap: usize| {
            split(&mut rest, gap);
            split(&mut rest, height)
        };
        Self {
            header: take(1, 0),
            rule: take(usize::from(arrangement.ruled), 0),
            verdict: take(heights.verdict, 0),
            warnings: take(warnings, 0),
            sets: take(heights.sets, heights.gaps.sets),
            remarks: take(heights.remarks, 0),
            status: take(1, heights.gaps.status),
            tallies: take(heights.tallies, 0),
            servers: take(heights.servers, heights.gaps.servers),
            change: take(heights.change, heights.gaps.change),
            segments: take(heights.segments, heights.gaps.segments),
            events: take(heights.events, heights.gaps.events),
            footer,
            set_tables: arrangement.tables,
            server_table: matches!(arrangement.servers, Servers::Table(_)),
        }
    }
}

/// Header, rule, status line and footer.
fn single_rows(arrangement: &Arrangement) -> usize {
    3 + usize::from(arrangement.ruled)
}

/// Takes rows from the top of what is left.
fn split(rest: &mut Rect, height: usize) -> Rect {
    let height = u16::try_from(height).unwrap_or(u16::MAX).min(rest.height);
    let taken = Rect { height, ..*rest };
    rest.y += height;
    rest.height -= height;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::dashboard::table::Borders;
    use crate::views::samples;

    fn layout(width: u16, height: u16, snapshot: &Snapshot) -> Layout {
        Layout::new(Rect::new(0, 0, width, height), snapshot)
    }

    #[test]
    fn the_picture_of_the_original_is_there_where_it_has_room() {
        assert_eq!(
            layout(120, 40, &samples::running()).set_tables,
            SetTables::Two
        );
        let small = layout(80, 24, &samples::running());
        assert_eq!(small.set_tables, SetTables::One(Borders::Rule));
        assert!(small.server_table);
        let narrow = layout(60, 15, &samples::running());
        assert!(!narrow.server_table);
        assert_eq!(narrow.servers.height, 1);
    }

    #[test]
    fn many_sets_take_the_room() {
        let screen = Rect::new(0, 0, 120, 40);
        assert!(table_rows(screen, &samples::hundred()).1 >= 18);
        assert_eq!(table_rows(screen, &samples::running()), (2, 2));
        assert_eq!(
            table_rows(Rect::new(0, 0, 60, 200), &samples::hundred()),
            (100, 100)
        );
    }

    #[test]
    fn no_region_lies_upon_another() {
        for (name, snapshot) in samples::all() {
            for height in 8..60 {
                let area = Rect::new(0, 0, 90, height);
                let layout = Layout::new(area, &snapshot);
                let regions = [
                    layout.header,
                    layout.rule,
                    layout.verdict,
                    layout.warnings,
                    layout.sets,
                    layout.remarks,
                    layout.status,
                    layout.tallies,
                    layout.servers,
                    layout.change,
                    layout.segments,
                    layout.events,
                    layout.footer,
                ];
                for pair in regions.windows(2) {
                    assert!(
                        pair[0].bottom() <= pair[1].top(),
                        "{name} at {height}: {regions:?}"
                    );
                }
                assert!(
                    layout.status.height == 1,
                    "{name} at {height}: no status line"
                );
                assert!(layout.sets.height >= 2, "{name} at {height}: no shares");
            }
        }
    }
}
