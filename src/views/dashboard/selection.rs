//! The page of one set or one name server: its numbers, how long its answers took, its faults, and what happened to it.

use ratatui::text::Line;

use crate::model::index::ServerIndex;
use crate::model::reading::{HttpReading, Latency};
use crate::model::share::observed_shares;
use crate::model::text::visible;
use crate::snapshot::{Event, Segment, Server, Set, Snapshot};
use crate::views::columns::{ServerCells, ServerColumn, SetColumn, address};
use crate::views::words::{selection as words, summary};
use crate::views::{facts, fit, format, reasons, verdicts};

use super::course;
use super::cursor::Chosen;
use super::events;
use super::help::{Page, WIDEST};
use super::region::{Block, Scene, title};
use super::rows;

/// The page, of which the lines scroll.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let lines = lines(scene);
    let theme = scene.theme;
    Block::new(lines.len(), move |room| {
        let shown = lines.iter().skip(room.first).take(room.visible).cloned();
        let hidden = rows::hidden(room.first, room.visible, lines.len());
        let note = hidden.map(|note| Line::styled(format!(" {note}"), theme.quiet));
        shown.chain(note).collect()
    })
    .scrolling(1)
    .counting()
}

/// The course of the set, or that of all sets in the answers of the name server.
pub(super) fn course<'a>(scene: &Scene<'a>) -> Block<'a> {
    let scene = *scene;
    let (snapshot, window, theme) = (scene.snapshot, scene.ui.window, scene.theme);
    match scene.ui.cursor.selection(snapshot) {
        None => Block::none(),
        Some(Chosen::Set(identifier)) => course::titled(&scene, move |size| {
            course::of_set(snapshot, &identifier, window, size, theme)
        }),
        Some(Chosen::Server(place)) => course::titled(&scene, move |size| {
            course::shares(snapshot, Some(place), window, size, theme)
        }),
    }
}

fn lines(scene: &Scene) -> Vec<Line<'static>> {
    let mut page = Page::new(scene.width.min(WIDEST), scene.theme);
    match scene.ui.cursor.selection(scene.snapshot) {
        None => page.text(&words::NOTHING),
        Some(Chosen::Set(identifier)) => add_set(&mut page, scene, &identifier),
        Some(Chosen::Server(place)) => add_server(&mut page, scene, place),
    }
    page.into_lines()
}

fn add_set(page: &mut Page, scene: &Scene, identifier: &str) {
    let (snapshot, sets) = (scene.snapshot, scene.snapshot.sets());
    let place = sets.iter().position(|set| set.identifier == identifier);
    if let (Some(place), Some(segment)) = (place, snapshot.current()) {
        let which = words::set_of(place + 1, sets.len());
        add_title(page, scene, identifier, &which);
        add_numbers(page, snapshot, segment, &sets[place]);
        add_split(page, snapshot, place);
        if let Some(http) = &sets[place].http {
            add_http(page, http);
        }
    } else {
        add_title(page, scene, identifier, "");
        page.text(&words::GONE);
    }
    add_events(page, scene, |event| event.what.names_set(identifier));
}

fn add_title(page: &mut Page, scene: &Scene, name: &str, behind: &str) {
    let room = scene.width.saturating_sub(fit::width(behind) + 4);
    let behind = if behind.is_empty() {
        String::new()
    } else {
        format!("({behind})")
    };
    page.line(title(&fit::cut_middle(name, room), &behind, scene.theme));
}

fn add_numbers(page: &mut Page, snapshot: &Snapshot, segment: &Segment, set: &Set) {
    let mut term = |label: &str, text: &str| page.term(label, text);
    let why = reasons::reason(&set.share);
    let declared = format::percent(set.declared_share);
    term(
        &words::DECLARED,
        &words::declared(&declared, set.weight, &why),
    );
    let counted = words::counted(
        &SetColumn::Observed.cell(set),
        &SetColumn::Diff.cell(set),
        set.counted.count,
        segment.counted(),
    );
    term(&words::COUNTED, &counted);
    let confidence = verdicts::interval_confidence(snapshot).unwrap_or_default();
    let range = SetColumn::Interval;
    term(&range.title(&confidence), &range.cell(set));
    if let Some(recent) = set.recent {
        let share = SetColumn::Recent.cell(set);
        term(
            &words::RECENT,
            &words::recent(&share, recent.count, recent.answers),
        );
    }
    if set.uncounted() > 0 {
        let uncounted = words::uncounted(set.uncounted(), set.named.count);
        term(&words::UNCOUNTED, &uncounted);
    }
    if let Some(health) = reasons::health(set) {
        term(&words::HEALTH, &health);
    }
    let addresses: Vec<String> = set.addresses.iter().map(ToString::to_string).collect();
    let value = if addresses.is_empty() {
        visible(&set.target).into_owned()
    } else {
        addresses.join(", ")
    };
    let value = match set.ttl {
        Some(ttl) => words::value(&value, &format::ttl(ttl)),
        None => value,
    };
    term(&words::VALUE, &value);
    for (number, part) in set.parts.iter().enumerate() {
        let label = if number == 0 { words::PARTS.said() } else { "" };
        let share = facts::or_nothing(part.observed_share, format::percent);
        term(
            label,
            &words::part(&part.label, &part.target, part.count, &share),
        );
    }
}

/// What each name server answers, and how long that takes.
fn add_split(page: &mut Page, snapshot: &Snapshot, set: usize) {
    let cells = ServerCells::new(snapshot, page.width());
    let mut rows = vec![words::SERVER_COLUMNS.map(str::to_owned).to_vec()];
    let named = [(0, ServerColumn::Name), (6, ServerColumn::State)];
    for (place, column) in named {
        rows[0][place] = column.title(&[]);
    }
    rows.extend(snapshot.servers.iter().map(|server| {
        let count = server.shown().get(set).copied().unwrap_or_default();
        let time =
            |of: fn(Latency) -> _| facts::or_nothing(server.latency.map(of), format::latency);
        vec![
            cells.cell(ServerColumn::Name, server),
            format::count(count),
            cells.cell(ServerColumn::Share(set), server),
            time(|times| times.p50),
            time(|times| times.p95),
            time(|times| times.p99),
            cells.cell(ServerColumn::State, server),
        ]
    }));
    page.title(&words::BY_SERVER);
    page.table(&rows);
}

fn add_http(page: &mut Page, http: &HttpReading) {
    page.title(words::HTTP);
    let mut requests = vec![words::requests(http.requests)];
    for (class, count) in http.status.into_iter().enumerate() {
        if count > 0 {
            requests.push(words::status(&SetColumn::Status(class).title(""), count));
        }
    }
    page.term(&words::REQUESTS, &requests.join(", "));
    let faults = facts::http_faults(http);
    page.term(&words::FAULTS, &or_none(&faults));
    add_latency(page, http.latency);
    if let Some(failure) = &http.last_failure {
        page.term(&words::LAST_FAILURE, failure);
    }
}

fn or_none(kinds: &[String]) -> String {
    if kinds.is_empty() {
        summary::NO_FAULT.into()
    } else {
        kinds.join(", ")
    }
}

fn add_latency(page: &mut Page, latency: Option<Latency>) {
    let Some(times) = latency else { return };
    let [mean, p50, p95, p99] = [times.mean, times.p50, times.p95, times.p99].map(format::latency);
    let (low, high) = times.p95_between;
    let between = match high {
        Some(high) => words::p95_between(&format::latency(low), &format::latency(high)),
        None => words::p95_above(&format::latency(low)),
    };
    let all = [words::latency(&mean, &p50, &p95, &p99), between].join("; ");
    page.term(&words::LATENCY, &all);
}

fn add_server(page: &mut Page, scene: &Scene, place: ServerIndex) {
    let snapshot = scene.snapshot;
    let Some(server) = snapshot.servers.get(place.get()) else {
        return page.text(&words::NOTHING);
    };
    let which = words::server_of(place.get() + 1, snapshot.servers.len());
    add_title(page, scene, &server.name, &which);
    let cells = ServerCells::new(snapshot, page.width());
    let mut term = |label: &str, text: &str| page.term(label, text);
    term(&words::STATE, &cells.cell(ServerColumn::State, server));
    if let Some(at) = server.switched_at {
        term(&words::SWITCHED, &words::switched(&format::clock(at)));
    }
    term(&words::ADDRESS, &facts::or_nothing(server.address, address));
    let queries = facts::queries(&server.queries);
    term(&words::QUERIES, &queries.join(", "));
    term(&words::FAULTS, &or_none(&facts::faults(&server.queries)));
    add_latency(page, server.latency);
    page.title(&words::SHARES);
    page.table(&share_rows(server, snapshot.sets()));
    add_events(page, scene, |event| {
        event.what.names_server(place, &server.name)
    });
}

/// What is declared for each set, and what the server answers.
fn share_rows(server: &Server, sets: &[Set]) -> Vec<Vec<String>> {
    let shares = observed_shares(server.shown()).unwrap_or_default();
    let mut rows = vec![words::SHARE_COLUMNS.map(str::to_owned).to_vec()];
    rows[0][0] = SetColumn::Identifier.title("");
    rows.extend(sets.iter().enumerate().map(|(place, set)| {
        let count = server.shown().get(place).copied().unwrap_or_default();
        let share = shares.get(place).copied();
        let diff = share.map(|share| share - set.declared_share);
        vec![
            visible(&set.identifier).into_owned(),
            format::percent(set.declared_share),
            format::count(count),
            facts::or_nothing(share, format::percent),
            facts::or_nothing(diff, format::difference),
        ]
    }));
    rows
}

/// What happened to it, in full, the newest first.
fn add_events(page: &mut Page, scene: &Scene, is_about_it: impl Fn(&Event) -> bool) {
    page.title(&crate::views::words::EVENTS);
    let names = scene.snapshot.server_names();
    let events = scene.snapshot.events.iter().rev();
    let mut about_it = events.filter(|event| is_about_it(event)).peekable();
    if about_it.peek().is_none() {
        page.text(&words::NO_EVENT);
    }
    for event in about_it {
        for line in events::whole(event, &names, scene.width, scene.theme) {
            page.line(line);
        }
    }
}
