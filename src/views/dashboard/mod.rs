//! The live picture on a terminal: a pure function of a snapshot and of what the user scrolled.
//!
//! It opens no terminal and reads no key; `app` does both. The regions, from the top, on a screen of 120x40:
//!
//! ```text
//!  header    Route53 Weighted Traffic Monitor — app.example.com     A │ example.com (Z012) │ 12:34:56 UTC
//!  rule      ──────────────────────────────────────────────────────────────────────────────────────────
//!  verdict    MATCH   HTTP ok  within 5 points │ 99% confidence │ 1,234 answers │ since 12:33:55
//!  now       Now: nothing to do
//!  notes      ! weights are 2m10s old: access denied (4 of 9 reads failed)
//!
//!  sets      Actual Traffic Distribution (Total: 1,234)
//!             SetIdentifier  Weight   Ratio    Count   Ratio     Diff    99% range  Distribution  HTTP avg
//!            (two framed tables on high screens)
//!
//!  status    TPS: 10.1  │  Uptime: 02:03  │  Errors: 0  │  Avg Latency: 45ms
//!  tallies   1,240 sent │ 1,234 named │ 1 in flight │ 5 timeout
//!
//!  servers   Name Server  Address  Sent  Named  Faults  p50  p95  a share for each set  State  Switched
//!            (one line for all on low screens)
//!
//!  course    Course (last 5 min): the shares over time, beside the servers on wide screens
//!
//!  events    Events
//!
//!  footer    q quit │ ? why, help │ e events │ [ ] course                          weights read 12s ago
//! ```
//!
//! `pages.rs` has the table of the regions, `layout.rs` gives them their places; below 40x8 `tiny.rs` takes over.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::model::charset::Charset;
use crate::snapshot::Snapshot;
use crate::views::ascii;
use crate::views::wish::Said;

/// The bar of one share.
mod bar;
/// How the shares went.
pub mod course;
/// What is selected.
mod cursor;
/// What happened.
mod events;
/// The columns of the tables of sets.
mod fields;
/// What the list of events is narrowed down to.
mod filter;
/// The last line.
mod footer;
/// The first line.
mod header;
/// The page that explains the picture.
mod help;
/// The key table and the pages.
mod keys;
/// Where each region stands.
mod layout;
/// Whether a key ends the run.
mod leaving;
/// What is said about keys.
mod message;
/// How keys move the cursor.
mod moving;
/// What the reader of the numbers has to know.
mod notes;
/// In which order the sets stand.
mod order;
/// Which regions each page has.
mod pages;
/// What a region is.
mod region;
/// The rows of the tables of sets.
mod rows;
/// Earlier weights.
mod segments;
/// The page of one set or one name server.
mod selection;
/// The name servers.
mod servers;
/// The status line and the tallies.
mod status;
/// Columns, frames and rows.
mod table;
/// Colours.
mod theme;
/// Screens without room for tables.
mod tiny;
/// The verdict in one to three lines.
mod verdict;
/// Declared weights and observed shares.
mod weights;
/// How much of the course is shown.
mod window;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_pages;

pub use cursor::{Chosen, Cursor};
pub use filter::{Edit, Filter};
pub use keys::{Action, Page, UiState, action_for};
pub use leaving::ends;
pub use theme::{Background, Depth, Theme};

use layout::Layout;
use region::Scene;

/// How many rows the page that is shown has, and how many of them are visible. It is worked out once for all keys that come
/// before the next frame.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    rows: usize,
    visible: usize,
}

/// Follows a key on a screen of that size. `known` is what was worked out for the key before, if there was one.
pub fn follow(
    ui: &mut UiState,
    action: Action,
    screen: Rect,
    snapshot: &Snapshot,
    known: &mut Option<Extent>,
) {
    match action {
        Action::Wider => return ui.window = ui.window.wider(snapshot.uptime),
        Action::Narrower => return ui.window = ui.window.narrower(snapshot.uptime),
        Action::Sort => {
            ui.order = ui.order.next();
            ui.said = Some(Said::Sorted(ui.order));
            *known = None;
            return;
        }
        _ if !action.moves() => {
            *known = None;
            return ui.apply(action, 0, 0);
        }
        _ => {}
    }
    let Extent { rows, visible } = *known.get_or_insert_with(|| {
        let theme = Theme::plain();
        let scroll = layout(screen, snapshot, ui, &theme).scroll;
        Extent {
            rows: scroll.rows,
            visible: scroll.visible,
        }
    });
    if ui.page == Page::Overview {
        ui.move_cursor(action, screen, snapshot, visible);
    } else {
        ui.apply(action, rows, visible);
    }
}

/// Draws one frame.
pub fn draw(frame: &mut Frame, snapshot: &Snapshot, ui: &UiState, theme: &Theme) {
    let screen = frame.area();
    let buffer = frame.buffer_mut();
    theme.charset.within(|| {
        let layout = layout(screen, snapshot, ui, theme);
        layout.draw(buffer);
        if ui.asks {
            leaving::draw_question(buffer, screen, snapshot, theme);
        } else if !layout.has("footer") {
            message::lay_over(buffer, screen, ui, theme);
        }
    });
    if theme.charset == Charset::Ascii {
        ascii::redraw(buffer);
    }
}

fn layout<'a>(
    screen: Rect,
    snapshot: &'a Snapshot,
    ui: &'a UiState,
    theme: &'a Theme,
) -> Layout<'a> {
    let scene = Scene {
        snapshot,
        ui,
        theme,
        width: screen.width.into(),
        height: screen.height.into(),
    };
    Layout::new(screen, pages::regions(ui, screen), &scene)
}
