//! The name servers: what each was asked and answered, and which shares it hands out, so that one that differs is seen.

use std::time::Duration;

use ratatui::text::{Line, Span};

use crate::model::verdict::ServerState;
use crate::snapshot::Server;
use crate::views::columns::ServerColumn::{
    self, Address, Farthest, Faults, Name, Named, P50, P95, Sent, Share, State, Switched,
};
use crate::views::columns::{ServerCells, address};
use crate::views::words::{self, verdict};
use crate::views::{facts, fit, format, verdicts};

use super::cursor::{self, in_sight};
use super::region::{Block, Scene};
use super::rows;
use super::table::{self, Borders, Column, Table};
use super::theme::Theme;

/// The longest title of a column for one set.
const LABEL_WIDTH: usize = 14;
/// Names of name servers are not cut below this while another column can go.
const LEAST_NAME: usize = 24;
/// What a share takes: `100.0%`.
const SHARE: usize = 6;
/// What a count takes in a run of hours: `99,999`.
const COUNT: usize = 6;
/// With more sets than this, only the one that is farthest off is named.
const MOST_SETS: usize = 6;
/// Below this height of the screen, the name servers have one line.
const TABLE: usize = 24;

/// A row for each name server, or one line for all.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    match scene.height {
        TABLE.. => table(scene),
        _ => line(scene),
    }
}

/// A row for each name server.
fn table<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    if scene.snapshot.servers.is_empty() {
        return Block::none();
    }
    let rows = Rows {
        servers: &scene.snapshot.servers,
        cells: ServerCells::new(scene.snapshot, LABEL_WIDTH),
        theme,
    };
    let chosen = scene.ui.cursor.server(rows.servers.len());
    Block::new(rows.servers.len(), move |room| {
        let room = room.height.saturating_sub(1);
        let hides_some = usize::from(room < rows.servers.len());
        let visible = room.saturating_sub(hides_some).min(rows.servers.len());
        let first = chosen.map_or(0, |chosen| in_sight(0, visible, chosen));
        let mut table = rows.table(width, first, visible);
        table.chosen = chosen.and_then(|chosen| chosen.checked_sub(first));
        table.lines(width, theme)
    })
    .framed(1)
    .counting()
}

/// What the longest state takes: a word, or a silence of almost an hour.
fn longest_state() -> usize {
    let silence = words::silent_for(&format::span(Duration::from_secs(3_599)));
    fit::width(verdict::server(ServerState::Propagating)).max(fit::width(&silence))
}

/// One line for all name servers.
fn line<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (servers, theme) = (&scene.snapshot.servers, scene.theme);
    if servers.is_empty() {
        return Block::none();
    }
    let all = servers.len();
    let silent = servers.iter().filter(|server| server.is_silent()).count();
    let has_answers = servers
        .iter()
        .any(|server| server.last_answer_age.is_some());
    let text = if has_answers || silent > 0 {
        words::servers_answer(all - silent, all)
    } else {
        words::servers_asked(all)
    };
    if let Some(chosen) = scene.ui.cursor.server(all) {
        return Block::line(chosen_one(scene, &servers[chosen]));
    }
    let mut line = Line::from(Span::styled(format!(" {text}"), theme.text));
    for state in [
        ServerState::Silent,
        ServerState::Stale,
        ServerState::Propagating,
    ] {
        let names = facts::servers_that_are(scene.snapshot, state);
        let room = scene.width.saturating_sub(line.width());
        if let Some(text) = named_or_counted(state, &names, room) {
            let style = theme.warning_if(state != ServerState::Propagating, theme.text);
            line.push_span(Span::styled(format!(", {text}"), style));
        }
    }
    Block::line(line)
}

/// The name server that the cursor is on, and its state, in place of all.
fn chosen_one(scene: &Scene, server: &Server) -> Line<'static> {
    let differing = verdicts::differing_server(scene.snapshot);
    let differing = differing.and_then(|place| scene.snapshot.servers.get(place.get()));
    let differs = differing.is_some_and(|differing| std::ptr::eq(differing, server));
    let state = verdicts::server_state(server, differs);
    let before = format!(" {} ", words::SERVERS);
    let room = scene
        .width
        .saturating_sub(fit::width(&before) + fit::width(&state) + 3);
    let name = fit::cut_middle(&server.name, room);
    let text = format!("{}{}", cursor::MARK, words::said_of(&name, &state));
    let text = fit::cut(&text, scene.width.saturating_sub(fit::width(&before)));
    Line::from(vec![
        Span::styled(before, scene.theme.text),
        Span::styled(text, cursor::look()),
    ])
}

/// The name servers in a state by their names, or how many they are where the names have no room; nothing where there is
/// neither.
fn named_or_counted(state: ServerState, names: &[String], room: usize) -> Option<String> {
    let word = verdict::server(state);
    let all = words::said_of(word, &names.join(", "));
    let first = fit::join(names, ", ", room.saturating_sub(word.len() + 4));
    let first = words::said_of(word, &first);
    let counted = (!names.is_empty()).then(|| words::servers_counted(word, names.len()));
    let has_name = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
    [all, first]
        .into_iter()
        .filter(|text| has_name(text))
        .chain(counted)
        .find(|text| 3 + fit::width(text) <= room)
}

/// What the table is made from.
struct Rows<'a> {
    servers: &'a [Server],
    cells: ServerCells<'a>,
    theme: &'a Theme,
}

impl Rows<'_> {
    /// A column for each set if they all have room, else one for the set that is farthest off.
    fn columns(&self, width: usize) -> Vec<Column<ServerColumn>> {
        let shares = self.cells.share_columns(MOST_SETS);
        let columns = self.columns_with(&shares, width);
        let is_there = |share: &ServerColumn| columns.iter().any(|column| column.which == *share);
        if shares.iter().all(is_there) {
            columns
        } else {
            self.columns_with(&[Farthest], width)
        }
    }

    fn columns_with(&self, shares: &[ServerColumn], width: usize) -> Vec<Column<ServerColumn>> {
        let some = |is_so: &dyn Fn(&Server) -> bool| self.servers.iter().any(is_so);
        // Addresses that were given by hand are the names already.
        let says_more =
            |server: &Server| server.address.is_some_and(|at| address(at) != server.name);
        let mut columns = vec![Name];
        if some(&says_more) {
            columns.push(Address);
        }
        columns.extend([Sent, Named, Faults, P50, P95]);
        columns.extend(shares);
        columns.extend([State, Switched]);
        let columns = columns.into_iter().map(|which| self.column(which));
        table::fitted(columns.collect(), width, Borders::None)
    }

    fn table(&self, width: usize, first: usize, visible: usize) -> Table<ServerColumn> {
        let columns = self.columns(width);
        let names = self.servers.iter().map(|server| server.name.as_str());
        let names = fit::labels(names, columns.first().map_or(0, |first| first.width));
        let servers = self.servers.iter().zip(&names).skip(first).take(visible);
        let rows = servers.map(|(server, name)| {
            let cells = columns.iter().map(|column| self.cell(column, server, name));
            cells.collect()
        });
        Table {
            rows: rows.collect(),
            columns,
            borders: Borders::None,
            note: self.note(first, visible),
            chosen: None,
        }
    }

    /// Which servers are not listed, and whether that hides a silence.
    fn note(&self, first: usize, visible: usize) -> Option<String> {
        let (above, rest) = self.servers.split_at_checked(first)?;
        let below = rest.get(visible..).unwrap_or_default();
        let hidden = || above.iter().chain(below);
        match hidden().filter(|server| server.is_silent()).count() {
            0 => rows::hidden(first, visible, self.servers.len()),
            silent => Some(words::and_more_silent(hidden().count(), silent)),
        }
    }

    fn column(&self, column: ServerColumn) -> Column<ServerColumn> {
        // Without a least width it is the whole of its content: half an address or half of a state is of no use.
        let (least, keep) = match column {
            Name => (Some(LEAST_NAME), 255),
            Address => (None, 60),
            Sent => (Some(5), 130),
            Named => (Some(5), 210),
            Faults => (Some(6), 220),
            P50 => (Some(5), 150),
            P95 => (Some(5), 140),
            Share(_) | Farthest => (None, 180),
            State => (None, 230),
            Switched => (Some(8), 135),
        };
        let content = match column {
            // As wide as the widest label could make it, so that nothing moves.
            Farthest => {
                let labels = self.cells.labels.iter();
                labels.map(|label| fit::width(label) + 7).max().unwrap_or(0)
            }
            State => longest_state(),
            Share(_) => SHARE,
            Sent | Named => COUNT,
            _ => 0,
        };
        let title = column.title(&self.cells.labels);
        let cells = self.servers.iter();
        let widest = cells.map(|server| fit::width(&self.cells.cell(column, server)));
        let natural = widest.chain([content, fit::width(&title)]).max();
        let natural = natural.unwrap_or(0).max(match column {
            Name => 0,
            _ => least.unwrap_or(0),
        });
        Column {
            which: column,
            title,
            is_number: !matches!(column, Name | Address | State),
            natural,
            least: least.unwrap_or(natural).min(natural),
            grows: false,
            keep,
            width: 0,
        }
    }

    /// Whether its shares say nothing about the declared ones, or nothing good.
    fn is_off(&self, server: &Server) -> bool {
        server.is_silent() || self.cells.differs(server) || server.state == ServerState::Stale
    }

    fn cell(&self, column: &Column<ServerColumn>, server: &Server, name: &str) -> Line<'static> {
        let theme = self.theme;
        let style = match column.which {
            Name | State => theme.warning_if(self.is_off(server), theme.text),
            Faults => theme.warning_if(server.queries.faulty() > 0, theme.text),
            Address => theme.quiet,
            _ => theme.text,
        };
        let text = match column.which {
            Name => name.to_owned(),
            which => self.cells.cell(which, server),
        };
        Line::styled(fit::cut(&text, column.width), style)
    }
}
