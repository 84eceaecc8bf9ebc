//! The page of one set or one name server: its numbers, how long its answers took, its faults, and what happened to it.

use ratatui::text::Line;

use crate::model::index::ServerIndex;
use crate::model::reading::{HttpReading, Latency};
use crate::model::resolver::ResolverReading;
use crate::model::share::observed_shares;
use crate::model::text::visible;
use crate::model::verdict::ServerState;
use crate::snapshot::{Event, Segment, Server, Set, Snapshot};
use crate::views::columns::{ServerCells, ServerColumn, SetColumn, address};
use crate::views::http as lines;
use crate::views::words::{
    self as words_of_all, comparison, http as http_words, resolving, selection as words, side,
    summary,
};
use crate::views::{comparisons, facts, fit, format, reasons, resolvers, verdicts};

use super::course;
use super::cursor::Chosen;
use super::events;
use super::help::{Page, WIDEST};
use super::region::{Block, Scene, title};
use super::rows;

/// So many addresses of a set are told.
const ADDRESSES: usize = 8;
/// From this width on the table of name servers has room for how long answers take.
const WITH_ALL_TIMES: usize = 78;

/// The page, of which the lines scroll.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let lines = lines(scene);
    let theme = scene.theme;
    Block::new(lines.len(), move |room| {
        let rest = &lines[room.first.min(lines.len())..];
        let mut shown = rest[..room.visible.min(rest.len())].to_vec();
        // A heading without what it is the heading of says nothing; its place stays, so that nothing moves.
        let is_heading = |line: &Line| line.style == theme.title || line.style == theme.heading;
        if shown.len() < rest.len() {
            for line in shown.iter_mut().rev() {
                match line {
                    line if is_heading(line) => *line = Line::default(),
                    line if line.width() == 0 => {}
                    _ => break,
                }
            }
        }
        let hidden = rows::hidden_lines(room.first, room.visible, lines.len());
        let note = hidden.map(|note| Line::styled(format!(" {note}"), theme.quiet));
        shown.into_iter().chain(note).collect()
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
            add_http(page, snapshot, &sets[place], http);
        }
        add_comparisons(page, snapshot, segment, place);
        add_resolvers(page, snapshot, |resolver| {
            let answer = resolver.answer.as_ref();
            answer.is_some_and(|answer| answer.of.set() == Some(identifier))
        });
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
    let named = [(0, ServerColumn::Name), (7, ServerColumn::State)];
    for (place, column) in named {
        rows[0][place] = column.title(&[]);
    }
    rows[0][2] = words::NOT_COUNTED.to_string();
    rows.extend(snapshot.servers.iter().map(|server| {
        let count = server.shown().get(set).copied().unwrap_or_default();
        let time =
            |of: fn(Latency) -> _| facts::or_nothing(server.latency.map(of), format::latency);
        vec![
            cells.cell(ServerColumn::Name, server),
            format::count(count),
            format::count(uncounted(server, set)),
            cells.cell(ServerColumn::Share(set), server),
            time(|times| times.p50),
            time(|times| times.p95),
            time(|times| times.p99),
            state(&cells, server),
        ]
    }));
    if page.width() < WITH_ALL_TIMES {
        for row in &mut rows {
            row.drain(4..7);
        }
    }
    page.title(&words::BY_SERVER);
    page.table(&rows);
}

/// The state of a name server, with a sign before it where it is none to be content with.
fn state(cells: &ServerCells, server: &Server) -> String {
    let state = cells.cell(ServerColumn::State, server);
    let is_off = server.is_silent() || server.state == ServerState::Stale || cells.differs(server);
    if is_off {
        words_of_all::off(&state)
    } else {
        state
    }
}

/// The named answers of a set that a name server gave in this segment and that are not counted.
fn uncounted(server: &Server, set: usize) -> u64 {
    let of = |counts: &[u64]| counts.get(set).copied().unwrap_or_default();
    match server.state {
        // Nothing of it is counted before it has switched.
        ServerState::Propagating => of(&server.named),
        _ => of(&server.named).saturating_sub(of(&server.counted)),
    }
}

fn add_http(page: &mut Page, snapshot: &Snapshot, set: &Set, http: &HttpReading) {
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
    if let Some(phases) = http.phases {
        page.term(&http_words::PHASES, &lines::phases(phases));
    }
    for (number, address) in lines::addresses(http, ADDRESSES).iter().enumerate() {
        let label = if number == 0 {
            http_words::ADDRESSES.said()
        } else {
            ""
        };
        page.term(label, address);
    }
    if let Some(certificate) = &http.certificate {
        let told = lines::certificate(certificate, snapshot.now);
        page.term(&http_words::CERTIFICATE, &told);
    }
    if let Some(failure) = &http.last_failure {
        page.term(&words::LAST_FAILURE, &side::failure(failure));
    }
    if let Some(lately) = &set.http_window {
        let label = http_words::last(&format::span(snapshot.window));
        page.term(&label, &lines::window(lately));
    }
}

/// What the set is beside others over HTTP.
fn add_comparisons(page: &mut Page, snapshot: &Snapshot, segment: &Segment, set: usize) {
    let pairs = comparisons::of_set(segment, set);
    if pairs.is_empty() {
        return;
    }
    let confidence = verdicts::interval_confidence(snapshot).unwrap_or_default();
    page.title(&comparison::compared_at(&confidence));
    for pair in pairs {
        let other = &segment.sets[pair.other.get()];
        for (measure, line) in comparisons::lines(pair, other) {
            page.term(measure, &line);
        }
    }
}

/// What resolvers still answer, beside what the name servers do.
fn add_resolvers(
    page: &mut Page,
    snapshot: &Snapshot,
    is_meant: impl Fn(&ResolverReading) -> bool,
) {
    let rows = resolvers::rows(snapshot, is_meant);
    if !rows.is_empty() {
        page.title(&resolving::RESOLVERS);
        page.table(&rows);
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
    if let Some(times) = latency {
        page.term(&words::LATENCY, &lines::latency(&times));
    }
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
    term(&words::STATE, &state(&cells, server));
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
    add_resolvers(page, snapshot, |_| true);
    add_events(page, scene, |event| {
        event.what.names_server(place, &server.name)
    });
}

/// What is declared for each set, and what the server answers.
fn share_rows(server: &Server, sets: &[Set]) -> Vec<Vec<String>> {
    let shares = observed_shares(server.shown()).unwrap_or_default();
    let mut rows = vec![words::SHARE_COLUMNS.map(str::to_owned).to_vec()];
    rows[0][0] = SetColumn::Identifier.title("");
    rows[0][3] = words::NOT_COUNTED.to_string();
    rows.extend(sets.iter().enumerate().map(|(place, set)| {
        let count = server.shown().get(place).copied().unwrap_or_default();
        let share = shares.get(place).copied();
        let diff = share.map(|share| share - set.declared_share);
        vec![
            visible(&set.identifier).into_owned(),
            format::percent(set.declared_share),
            format::count(count),
            format::count(uncounted(server, place)),
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
    let events = scene.snapshot.events_in_order().into_iter().rev();
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
