//! The name servers: what each was asked and answered, and which shares it hands out, so that one that differs is seen.

use ratatui::text::{Line, Span};

use crate::model::text::visible;
use crate::model::verdict::ServerState;
use crate::snapshot::{Server, Set, Snapshot};
use crate::views::words::{self, column, verdict};
use crate::views::{facts, fit, format, verdicts};

use super::region::{Block, Scene};
use super::table::{self, Borders, Column, Table};
use super::theme::Theme;

/// The longest title of a column for one set.
const LABEL_WIDTH: usize = 14;
/// Names of name servers are not cut below this while another column can go.
const LEAST_NAME: usize = 24;
/// With more sets than this, only the one that is farthest off is named.
const MOST_SETS: usize = 6;
/// The port that needs no saying.
const DNS_PORT: u16 = 53;

/// What a column says of a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    Address,
    Sent,
    Named,
    Faults,
    P50,
    P95,
    Share(usize),
    Farthest,
    State,
    Switched,
}

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
    let (snapshot, theme) = (scene.snapshot, scene.theme);
    if snapshot.servers.is_empty() {
        return Block::none();
    }
    let silent: Vec<&Server> = snapshot
        .servers
        .iter()
        .filter(|server| server.silent)
        .collect();
    let all = snapshot.servers.len();
    let has_answers = snapshot
        .servers
        .iter()
        .any(|server| server.last_answer_age.is_some());
    let text = if has_answers || !silent.is_empty() {
        words::servers_answer(all - silent.len(), all)
    } else {
        words::servers_asked(all)
    };
    let mut line = Line::from(Span::styled(format!(" {text}"), theme.text));
    let of = |state: ServerState| -> Vec<String> {
        let servers = snapshot.servers.iter();
        servers
            .filter(|server| !server.silent && server.state == state)
            .map(|server| visible(&server.name).into_owned())
            .collect()
    };
    let silent = silent
        .iter()
        .map(|server| visible(&server.name).into_owned());
    for (state, names) in [
        (ServerState::Silent, silent.collect()),
        (ServerState::Stale, of(ServerState::Stale)),
        (ServerState::Propagating, of(ServerState::Propagating)),
    ] {
        if names.is_empty() {
            continue;
        }
        let room = scene.width.saturating_sub(line.width());
        if let Some(text) = named_or_counted(state, &names, room) {
            let style = if state == ServerState::Propagating {
                theme.text
            } else {
                theme.warning
            };
            line.push_span(Span::styled(format!(", {text}"), style));
        }
    }
    Block::line(line)
}

/// The name servers in a state by their names, or how many they are where the names have no room.
fn named_or_counted(state: ServerState, names: &[String], room: usize) -> Option<String> {
    let word = verdict::server(state);
    let all = words::servers_are(word, &names.join(", "));
    let first = words::servers_are(
        word,
        &fit::join(names, ", ", room.saturating_sub(word.len() + 4)),
    );
    let counted = words::servers_counted(word, names.len());
    let has_name = |text: &str| names.iter().any(|name| text.contains(name.as_str()));
    [all, first]
        .into_iter()
        .filter(|text| has_name(text))
        .chain([counted])
        .find(|text| 3 + fit::width(text) <= room)
}

/// What the table is made from.
struct Rows<'a> {
    servers: &'a [Server],
    sets: &'a [Set],
    labels: Vec<String>,
    /// The place of the name server that a mismatch is about.
    differing: Option<usize>,
    theme: &'a Theme,
}

impl<'a> Rows<'a> {
    fn new(snapshot: &'a Snapshot, theme: &'a Theme) -> Self {
        let sets: &[Set] = snapshot
            .current()
            .map_or(&[], |segment| segment.sets.as_slice());
        let labels = fit::labels(sets.iter().map(|set| set.identifier.as_str()), LABEL_WIDTH);
        Self {
            servers: &snapshot.servers,
            sets,
            labels,
            differing: verdicts::differing_server(snapshot),
            theme,
        }
    }

    /// A column for each set if they all have room, else one for the set that is farthest off.
    fn fields(&self, width: usize) -> Vec<Field> {
        let shares: Vec<Field> = (0..self.sets.len()).map(Field::Share).collect();
        let with_shares = self.fields_with(&shares);
        if self.sets.len() <= MOST_SETS {
            let columns: Vec<Column> = with_shares
                .iter()
                .map(|&field| self.column(field))
                .collect();
            let widths = table::widths(&columns, width, Borders::None);
            let all_shown = with_shares
                .iter()
                .zip(widths)
                .all(|(field, width)| width > 0 || !matches!(field, Field::Share(_)));
            if all_shown {
                return with_shares;
            }
        }
        self.fields_with(&[Field::Farthest])
    }

    fn fields_with(&self, shares: &[Field]) -> Vec<Field> {
        let mut fields = vec![Field::Name];
        // Addresses that were given by hand are the names already.
        if self
            .servers
            .iter()
            .any(|server| address(server).is_some_and(|address| address != server.name))
        {
            fields.push(Field::Address);
        }
        fields.extend([
            Field::Sent,
            Field::Named,
            Field::Faults,
            Field::P50,
            Field::P95,
        ]);
        fields.extend(shares);
        fields.push(Field::State);
        if self
            .servers
            .iter()
            .any(|server| server.switched_at.is_some())
        {
            fields.push(Field::Switched);
        }
        fields
    }

    fn table(&self, width: usize, visible: usize) -> Table {
        let fields = self.fields(width);
        let columns: Vec<Column> = fields.iter().map(|&field| self.column(field)).collect();
        let widths = table::widths(&columns, width, Borders::None);
        let names = self.servers.iter().map(|server| server.name.as_str());
        let names = fit::labels(names, widths.first().copied().unwrap_or(0));
        let rows = self
            .servers
            .iter()
            .zip(&names)
            .take(visible)
            .map(|(server, name)| {
                fields
                    .iter()
                    .zip(&widths)
                    .map(|(&field, &width)| self.cell(field, server, name, width))
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
            .filter(|hidden| !hidden.is_empty())?;
        let silent = hidden.iter().filter(|server| server.silent).count();
        Some(match silent {
            0 => words::and_more(hidden.len()),
            _ => words::and_more_silent(hidden.len(), silent),
        })
    }

    fn column(&self, field: Field) -> Column {
        let (title, least, keep) = match field {
            Field::Name => (column::NAME_SERVER, 0, 255),
            Field::Address => (column::ADDRESS, 0, 60),
            Field::Sent => (column::SENT, 5, 130),
            Field::Named => (column::NAMED, 5, 210),
            Field::Faults => (column::FAULTS, 6, 220),
            Field::P50 => (column::P50, 5, 150),
            Field::P95 => (column::P95, 5, 140),
            Field::Share(set) => (self.labels.get(set).map_or("", String::as_str), 6, 180),
            Field::Farthest => (column::FARTHEST, 0, 180),
            Field::State => (column::STATE, 0, 230),
            Field::Switched => (column::SWITCHED, 8, 135),
        };
        let natural = match field {
            Field::Name => self.widest(|server| fit::width(&visible(&server.name))),
            Field::Address => {
                self.widest(|server| address(server).map_or(1, |address| address.len()))
            }
            Field::Sent => self.widest(|server| format::count(server.queries.sent).len()),
            Field::Named => self.widest(|server| format::count(server.queries.named).len()),
            Field::Farthest => self
                .labels
                .iter()
                .map(|label| fit::width(label) + 7)
                .max()
                .unwrap_or(0),
            // As wide as the longest word for a state, so that a change of state moves nothing.
            Field::State => self
                .widest(|server| self.state(server).len())
                .max(verdict::server(ServerState::Propagating).len()),
            _ => 0,
        };
        let natural = natural.max(fit::width(title)).max(least);
        Column {
            title: title.to_owned(),
            is_number: !matches!(field, Field::Name | Field::Address | Field::State),
            natural,
            // Half an address or half of a state is of no use, and names are cut late.
            least: if field == Field::Name {
                natural.min(LEAST_NAME)
            } else if least == 0 || matches!(field, Field::Share(_)) {
                natural
            } else {
                least
            },
            grows: false,
            keep,
        }
    }

    fn state(&self, server: &Server) -> String {
        verdicts::server_state(server, self.differs(server))
    }

    /// Whether the verdict is about this name server.
    fn differs(&self, server: &Server) -> bool {
        let differing = self.differing.and_then(|place| self.servers.get(place));
        differing.is_some_and(|differing| std::ptr::eq(differing, server))
    }

    /// Whether its shares say nothing about the declared ones, or nothing good.
    fn is_off(&self, server: &Server) -> bool {
        server.silent || self.differs(server) || server.state == ServerState::Stale
    }

    fn widest(&self, width: impl Fn(&Server) -> usize) -> usize {
        self.servers.iter().map(width).max().unwrap_or(0)
    }

    fn cell(&self, field: Field, server: &Server, name: &str, width: usize) -> Line<'static> {
        let theme = self.theme;
        let warn_if = |is_bad: bool| if is_bad { theme.warning } else { theme.text };
        let faults = server.queries.faulty();
        let (text, style) = match field {
            Field::Name => (name.to_owned(), warn_if(self.is_off(server))),
            Field::Address => (
                facts::or_nothing(address(server), |address| address),
                theme.quiet,
            ),
            Field::Sent => (format::count(server.queries.sent), theme.text),
            Field::Named => (format::count(server.queries.named), theme.text),
            Field::Faults => (format::count(faults), warn_if(faults > 0)),
            Field::P50 => (
                facts::or_nothing(server.latency, |times| format::latency(times.p50)),
                theme.text,
            ),
            Field::P95 => (
                facts::or_nothing(server.latency, |times| format::latency(times.p95)),
                theme.text,
            ),
            Field::Share(set) => {
                let share =
                    facts::server_shares(server).and_then(|shares| shares.get(set).copied());
                (facts::or_nothing(share, format::percent), theme.text)
            }
            Field::Farthest => (
                facts::or_nothing(self.farthest(server), |text| text),
                theme.text,
            ),
            Field::State => (self.state(server), warn_if(self.is_off(server))),
            Field::Switched => (
                facts::or_nothing(server.switched_at, format::clock),
                theme.text,
            ),
        };
        Line::styled(fit::cut(&text, width), style)
    }

    /// The set whose share on this server is farthest from the declared one, and by how much.
    fn farthest(&self, server: &Server) -> Option<String> {
        let (index, difference) = facts::farthest(server, self.sets)?;
        Some(format!(
            "{} {}",
            self.labels.get(index)?,
            format::difference(difference)
        ))
    }
}

/// The address as people write it: without the port that every name server has.
fn address(server: &Server) -> Option<String> {
    server.address.map(|address| match address.port() {
        DNS_PORT => address.ip().to_string(),
        _ => address.to_string(),
    })
}
