//! The live picture on a terminal: a pure function of a snapshot and of what the user scrolled.
//!
//! It opens no terminal and reads no key; `app` does both. The regions, from the top, where there is room for all:
//!
//! ```text
//!  header    Route53 Weighted Traffic Monitor — app.example.com     A │ example.com (Z012) │ 12:34:56 UTC
//!  rule      ──────────────────────────────────────────────────────────────────────────────────────────
//!  verdict    MATCH  within 5 points │ 99% confidence │ 1,234 answers │ since 12:33:55
//!  warnings   ! weights are 2m10s old: access denied (4 of 9 reads failed)           only if there are any
//!
//!  weights   Route53 Configured Weights
//!            │ SetIdentifier │ Weight │  Ratio │  TTL │ Value                                          │
//!            Actual Traffic Distribution (Total: 1,234)
//!            │ SetIdentifier │  Count │  Ratio │   Diff │ Distribution            │ HTTP avg │    p95 │
//!            (both in one table where rows are short)
//!  remarks    ! green: its health check or its target fails, so it is not answered        only if there are any
//!
//!  status    TPS: 10.1  │  Uptime: 02:03  │  Errors: 0  │  Avg Latency: 45ms
//!  tallies   1,240 sent │ 1,234 named │ 1 in flight │ 5 timeout
//!
//!  servers   Name Server  Address  Sent  Named  Faults  p50  p95  a share for each set  State  Switched
//!            (one line for all where rows are short)
//!
//!  change    Propagation: when the newest change was seen, each server switched, the match       while it is fresh
//!
//!  segments  Earlier Weights                                                         only if there were any
//!
//!  events    Events
//!
//!  footer    q quit │ ? why, help │ Up/Down scroll │ DNS answers, not traffic; TTL 60s       weights read 12s ago
//! ```
//!
//! `layout.rs` picks the most generous of the arrangements in `arrangement.rs`; below 40x8 `tiny.rs` takes over.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::snapshot::Snapshot;

/// What the picture shows at least, from generous to bare.
mod arrangement;
/// The bar of one share.
mod bar;
/// How the newest change comes through.
mod change;
/// What happened.
mod events;
/// The columns of the tables of sets.
mod fields;
/// The last line.
mod footer;
/// The first line.
mod header;
/// The page that explains the picture.
mod help;
/// The key table.
mod keys;
/// Where each region stands.
mod layout;
/// Why the shares are what they are.
mod remarks;
/// The rows of the tables of sets.
mod rows;
/// Earlier weights.
mod segments;
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
/// What must not be overlooked.
mod warnings;
/// Declared weights and observed shares.
mod weights;

#[cfg(test)]
mod tests;

pub use keys::{Action, UiState, action_for};
pub use theme::Theme;

use layout::{HelpLayout, Layout};

/// Follows a key on a screen of that size.
pub fn follow(ui: &mut UiState, action: Action, screen: Rect, snapshot: &Snapshot) {
    let area = layout::canvas(screen);
    let (rows, visible) = match ui.help {
        Some(_) => HelpLayout::new(area).rows(snapshot),
        None => layout::table_rows(area, snapshot),
    };
    ui.apply(action, rows, visible);
}

/// Draws one frame.
pub fn draw(frame: &mut Frame, snapshot: &Snapshot, ui: &UiState, theme: &Theme) {
    let screen = frame.area();
    draw_on(frame.buffer_mut(), screen, snapshot, ui, theme);
}

fn draw_on(buffer: &mut Buffer, screen: Rect, snapshot: &Snapshot, ui: &UiState, theme: &Theme) {
    let area = layout::canvas(screen);
    if area.is_empty() {
        return;
    }
    if let Some(first) = ui.help {
        draw_help(buffer, area, snapshot, (ui, first), theme);
        return;
    }
    // The snapshot may have fewer sets than the one that was scrolled.
    let first = |(rows, visible): (usize, usize)| ui.scroll.min(rows.saturating_sub(visible));
    if layout::is_tiny(area) {
        let first = first(layout::table_rows(area, snapshot));
        tiny::draw(buffer, area, snapshot, first, theme);
        return;
    }
    let layout = Layout::new(area, snapshot);
    let (rows, visible) = layout.rows(snapshot);
    let rule = table::rule(area.width, theme);
    header::draw(buffer, layout.header, snapshot, theme);
    table::put(buffer, layout.rule, area.x, layout.rule.y, &rule);
    verdict::draw(buffer, layout.verdict, snapshot, theme);
    warnings::draw(buffer, layout.warnings, snapshot, theme);
    let tables = (layout.set_tables, first((rows, visible)));
    weights::draw(buffer, layout.sets, snapshot, tables, theme);
    remarks::draw(buffer, layout.remarks, snapshot, theme);
    status::draw(buffer, layout.status, snapshot, theme);
    status::draw_tallies(buffer, layout.tallies, snapshot, theme);
    if layout.server_table {
        servers::draw_table(buffer, layout.servers, snapshot, theme);
    } else {
        servers::draw_line(buffer, layout.servers, snapshot, theme);
    }
    change::draw(buffer, layout.change, snapshot, theme);
    segments::draw(buffer, layout.segments, snapshot, theme);
    events::draw(buffer, layout.events, snapshot, theme);
    footer::draw(buffer, layout.footer, snapshot, ui, visible < rows, theme);
}

fn draw_help(
    buffer: &mut Buffer,
    area: Rect,
    snapshot: &Snapshot,
    (ui, first): (&UiState, usize),
    theme: &Theme,
) {
    let layout = HelpLayout::new(area);
    let (lines, visible) = layout.rows(snapshot);
    header::draw(buffer, layout.header, snapshot, theme);
    help::draw(buffer, layout.page, snapshot, first, theme);
    footer::draw(buffer, layout.footer, snapshot, ui, visible < lines, theme);
}
