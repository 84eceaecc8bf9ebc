//! The name servers: what each was asked and answered, and which shares it hands out, so that one that differs is seen.

use ratatui::text::{Line, Span};

use crate::model::verdict::ServerState;
use crate::snapshot::{Server, Snapshot};
use crate::views::columns::{ServerCells, ServerColumn, address};
use crate::views::words::{self, verdict};
use crate::views::{facts, fit};

use super::region::{Block, Scene};
use super::table::{self, Borders, Column, Table};
use super::theme::Theme;

/// The longest title of a column for one set.
const LABEL_WIDTH: usize = 14;
/// Names of name servers are not cut below this while another column can go.
const LEAST_NAME: usize = 24;
/// What a share takes: `100.0%`.
const SHARE: usize = 6;
/// With more sets than this, only the one that is farthest off is named.
const MOST_SETS: usize = 6;
/// A row for each name server.
pub(super) fn table<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    if scene.snapshot.servers.is_empty() {
        return Block::none();
    }
    let rows = Rows::new(scene.snapshot, theme);
    Block::new(rows.servers.len(), move |room| {
        let room = room.height.saturating_sub(1);
        let hides_some = usize::from(room < rows.servers.len());
        let visible = room.saturating_sub(hides_some).min(rows.servers.len());
        rows.table(width, visible).lines(width, theme)
    })
    .framed(1)
    .counting()
}

/// One line for all name servers.
pub(super) fn line<'a>(scene: &Scene<'a>) -> Block<'a> {
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

impl<'a> Rows<'a> {
    fn new(snapshot: &'a Snapshot, theme: &'a Theme) -> Self {
        Self {
            servers: &snapshot.servers,
            cells: ServerCells::new(snapshot, LABEL_WIDTH),
            theme,
        }
    }

    /// A column for each set if they all have room, else one for the set that is farthest off.
    fn columns(&self, width: usize) -> Vec<(ServerColumn, Column)> {
        let columns = self.columns_with(&self.cells.share_columns(MOST_SETS));
        let (which, sizes): (Vec<_>, Vec<_>) = columns.iter().cloned().unzip();
        let widths = table::widths(&sizes, width, Borders::None);
        let mut shown = which.iter().zip(widths);
        if shown.all(|(column, width)| width > 0 || !matches!(column, ServerColumn::Share(_))) {
            columns
        } else {
            self.columns_with(&[ServerColumn::Farthest])
        }
    }

    fn columns_with(&self, shares: &[ServerColumn]) -> Vec<(ServerColumn, Column)> {
        let some = |is_so: &dyn Fn(&Server) -> bool| self.servers.iter().any(is_so);
        // Addresses that were given by hand are the names already.
        let says_more =
            |server: &Server| server.address.is_some_and(|at| address(at) != server.name);
        let mut columns = vec![ServerColumn::Name];
        if some(&says_more) {
            columns.push(ServerColumn::Address);
        }
        columns.extend([
            ServerColumn::Sent,
            ServerColumn::Named,
            ServerColumn::Faults,
            ServerColumn::P50,
            ServerColumn::P95,
        ]);
        columns.extend(shares);
        columns.push(ServerColumn::State);
        if some(&|server| server.switched_at.is_some()) {
            columns.push(ServerColumn::Switched);
        }
        let with_size = |column| (column, self.column(column));
        columns.into_iter().map(with_size).collect()
    }

    fn table(&self, width: usize, visible: usize) -> Table {
        let (which, columns): (Vec<_>, Vec<_>) = self.columns(width).into_iter().unzip();
        let widths = table::widths(&columns, width, Borders::None);
        let names = self.servers.iter().map(|server| server.name.as_str());
        let names = fit::labels(names, widths.first().copied().unwrap_or(0));
        let servers = self.servers.iter().zip(&names).take(visible);
        let rows = servers
            .map(|(server, name)| {
                let cells = which.iter().zip(&widths);
                cells
                    .map(|(&column, &width)| self.cell(column, server, name, width))
                    .collect()
            })
            .collect();
        Table {
            columns,
            widths,
            rows,
            borders: Borders::None,
            note: self.note(visible),
        }
    }

    /// Which servers are not listed, and whether that hides a silence.
    fn note(&self, visible: usize) -> Option<String> {
        let hidden = self
            .servers
            .get(visible..)
            .filter(|them| !them.is_empty())?;
        let silent = hidden.iter().filter(|server| server.is_silent()).count();
        Some(match silent {
            0 => words::and_more(hidden.len()),
            _ => words::and_more_silent(hidden.len(), silent),
        })
    }

    fn column(&self, column: ServerColumn) -> Column {
        // Without a least width it is the whole of its content: half an address or half of a state is of no use.
        let (least, keep) = match column {
            ServerColumn::Name => (Some(LEAST_NAME), 255),
            ServerColumn::Address => (None, 60),
            ServerColumn::Sent => (Some(5), 130),
            ServerColumn::Named => (Some(5), 210),
            ServerColumn::Faults => (Some(6), 220),
            ServerColumn::P50 => (Some(5), 150),
            ServerColumn::P95 => (Some(5), 140),
            ServerColumn::Share(_) | ServerColumn::Farthest => (None, 180),
            ServerColumn::State => (None, 230),
            ServerColumn::Switched => (Some(8), 135),
        };
        let content = match column {
            // As wide as the widest label could make it, and as the longest word for a state, so that nothing moves.
            ServerColumn::Farthest => {
                let labels = self.cells.labels.iter();
                labels.map(|label| fit::width(label) + 7).max().unwrap_or(0)
            }
            ServerColumn::State => fit::width(verdict::server(ServerState::Propagating)),
            ServerColumn::Share(_) => SHARE,
            _ => 0,
        };
        let title = self.cells.title(column);
        let cells = self.servers.iter();
        let widest = cells.map(|server| fit::width(&self.cells.cell(column, server)));
        let natural = widest.chain([content, fit::width(&title)]).max();
        let natural = natural.unwrap_or(0).max(match column {
            ServerColumn::Name => 0,
            _ => least.unwrap_or(0),
        });
        Column {
            title,
            is_number: !matches!(
                column,
                ServerColumn::Name | ServerColumn::Address | ServerColumn::State
            ),
            natural,
            least: least.unwrap_or(natural).min(natural),
            grows: false,
            keep,
        }
    }

    /// Whether its shares say nothing about the declared ones, or nothing good.
    fn is_off(&self, server: &Server) -> bool {
        server.is_silent() || self.cells.differs(server) || server.state == ServerState::Stale
    }

    fn cell(
        &self,
        column: ServerColumn,
        server: &Server,
        name: &str,
        width: usize,
    ) -> Line<'static> {
        let theme = self.theme;
        let style = match column {
            ServerColumn::Name | ServerColumn::State => {
                theme.warning_if(self.is_off(server), theme.text)
            }
            ServerColumn::Faults => theme.warning_if(server.queries.faulty() > 0, theme.text),
            ServerColumn::Address => theme.quiet,
            _ => theme.text,
        };
        let text = match column {
            ServerColumn::Name => name.to_owned(),
            _ => self.cells.cell(column, server),
        };
        Line::styled(fit::cut(&text, width), style)
    }
}
