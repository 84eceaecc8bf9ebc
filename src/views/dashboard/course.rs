//! How the shares went over time: a row for each set where there is little room, lines of braille dots where there is more.
//!
//! What is observed is a line, what is declared dots with gaps between them; sets are told apart by the numbers at the
//! ends of their lines and by the labels beside them. The axis says when the weights changed, when servers switched, and
//! where no answer is counted, so that nothing is told by colour alone. Where there is no answer there is no line.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ratatui::style::Style;
use ratatui::symbols::bar::NINE_LEVELS;
use ratatui::text::{Line, Span};

use crate::model::index::ServerIndex;
use crate::model::share::{as_f64, observed_shares};
use crate::snapshot::{Set, Snapshot};
use crate::views::words::course as words;
use crate::views::{fit, format};

use super::bar::full_share;
use super::region::{Block, Scene, title};
use super::theme::Theme;
use super::window::Window;

/// Answers by spans of time.
mod bins;
/// Dots and marks.
mod canvas;

use bins::{Bins, Observed};
use canvas::{Dots, Point, Stroke};

/// The weights changed.
const CHANGED: char = '▲';
/// A server switched.
const SWITCHED: char = '•';
/// Named answers came, and next to none is counted.
const UNCOUNTED: char = '~';
/// Nothing to tell.
const AXIS: char = '─';
/// The weights changed, in the row of a set.
const STEP: char = '│';

/// With fewer rows, or fewer columns, there is a row for each set and no chart.
const LEAST_ROWS: usize = 6;
const LEAST_COLUMNS: usize = 40;
/// More lines than this are a tangle.
const MOST_LINES: usize = 6;
/// Columns of the numbers on the axis, and of the line beside them.
const SCALE: usize = 7;
/// No label is wider.
const WIDEST_LABEL: usize = 28;
/// A number, a short name and its share.
const LEAST_LABEL: usize = 18;

/// A title with what is shown, and the chart; without the title where there is room for a row or two.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (snapshot, theme, window) = (scene.snapshot, scene.theme, scene.ui.window);
    titled(scene, move |size| {
        shares(snapshot, None, window, size, theme)
    })
}

/// The same with another chart, which is made for so many columns and rows.
pub(super) fn titled<'a>(
    scene: &Scene<'a>,
    chart: impl Fn((usize, usize)) -> Vec<Line<'static>> + 'a,
) -> Block<'a> {
    let scene = *scene;
    let (snapshot, theme, window) = (scene.snapshot, scene.theme, scene.ui.window);
    Block::new(1, move |room| {
        let is_titled = room.height > 2;
        let behind = format!("({})", window.in_words(snapshot.uptime));
        let title = is_titled.then(|| title(&words::COURSE, &behind, theme));
        let rows = room.height - usize::from(is_titled);
        title
            .into_iter()
            .chain(chart((scene.width, rows)))
            .collect()
    })
}

/// The shares of all sets in all answers, or in those of one name server, in at most so many rows.
pub fn shares(
    snapshot: &Snapshot,
    server: Option<ServerIndex>,
    window: Window,
    (width, rows): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    if rows < LEAST_ROWS || width < LEAST_COLUMNS {
        return small(snapshot, server, window, (width, rows), theme);
    }
    let height = rows - 2;
    let frame = Frame::new(snapshot, server, window, width);
    let Some(bins) = &frame.bins else {
        return Vec::new();
    };
    let room = MOST_LINES.min(height);
    let in_sight = in_sight(snapshot, bins);
    let shown = match in_sight.len() {
        all if all <= room => all,
        _ => room.min(height - 1),
    };
    let (series, hidden) = first(shown, &in_sight, snapshot, server, bins);
    let mut lines = share_rows(&frame, bins, &series, hidden, height, theme);
    lines.extend(axis(snapshot, &frame, bins, theme));
    lines
}

/// One set: its share, and below on the same axis its response times where HTTP is on.
pub fn of_set(
    snapshot: &Snapshot,
    identifier: &str,
    window: Window,
    (width, rows): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let frame = Frame::new(snapshot, None, window, width);
    let Some(bins) = &frame.bins else {
        return Vec::new();
    };
    let mut in_sight = in_sight(snapshot, bins);
    in_sight.retain(|place| place.identifier == identifier);
    let (series, _) = first(in_sight.len(), &in_sight, snapshot, None, bins);
    if rows < LEAST_ROWS || width < LEAST_COLUMNS {
        return sparks(snapshot, None, window, &series, 0, (width, rows), theme);
    }
    let place = series.first().map(|series| series.place);
    // A row of it is the title.
    let for_p95 = if snapshot.http.is_some() {
        (rows - 2) / 2
    } else {
        0
    };
    let mut lines = share_rows(&frame, bins, &series, 0, rows - 2 - for_p95, theme);
    if let Some(place) = place.filter(|_| for_p95 > 0) {
        lines.extend(p95_rows(snapshot, &frame, bins, place, for_p95, theme));
    }
    lines.extend(axis(snapshot, &frame, bins, theme));
    lines
}

/// A set that could be drawn.
#[derive(Clone, Copy)]
struct InSight<'a> {
    identifier: &'a str,
    place: usize,
    /// As it is declared; `None` if it is not any more.
    set: Option<&'a Set>,
}

/// A set that is drawn.
struct Series<'a> {
    identifier: &'a str,
    place: usize,
    /// As it is declared; `None` if it is not any more.
    set: Option<&'a Set>,
    /// Its share of what is counted by now.
    present: Option<f64>,
    observed: Vec<Option<Observed>>,
    declared: Vec<Option<f64>>,
}

impl Series<'_> {
    fn share(&self) -> String {
        match self.set {
            Some(_) => in_percent(self.present),
            None => words::GONE.to_owned(),
        }
    }

    /// What the scale has to have room for: the declared shares and the present one. What is larger for a moment is at the
    /// upper edge.
    fn largest(&self) -> f64 {
        let declared = self.declared.iter().flatten().copied();
        declared.chain(self.present).fold(0.0, f64::max)
    }
}

fn in_percent(share: Option<f64>) -> String {
    share.map_or_else(|| crate::views::words::NOTHING.to_owned(), format::percent)
}

/// The sets in their order, those that are not declared any more but were in sight at the end; where there are more than
/// lines, the largest declared shares first.
fn in_sight<'a>(snapshot: &'a Snapshot, bins: &Bins<'a>) -> Vec<InSight<'a>> {
    let course = &snapshot.course;
    let sets = snapshot.sets();
    let mut order: Vec<&Set> = sets.iter().collect();
    if order.len() > MOST_LINES {
        order.sort_by(|one, other| other.declared_share.total_cmp(&one.declared_share));
    }
    // With many sets it would take long to look for each of them among all.
    let places = course.sets.iter().enumerate();
    let places: HashMap<&str, usize> = places.map(|(place, it)| (&**it, place)).collect();
    let declared = order.into_iter().filter_map(|set| {
        Some(InSight {
            identifier: &set.identifier,
            place: *places.get(set.identifier.as_str())?,
            set: Some(set),
        })
    });
    let names: HashSet<&str> = sets.iter().map(|set| set.identifier.as_str()).collect();
    let is_former = |identifier: &str| !names.contains(identifier);
    let was_seen = |place: usize| {
        let mut all = 0..bins.count;
        all.any(|bin| bins.declared(bin, place).is_some() || bins.observed(bin, place).is_some())
    };
    let former = course.sets.iter().enumerate();
    let former = former.filter(|(place, identifier)| is_former(identifier) && was_seen(*place));
    let former = former.map(|(place, identifier)| InSight {
        identifier,
        place,
        set: None,
    });
    declared.chain(former).collect()
}

/// What the first of them have come to, and how many others there are: of those nothing is worked out.
fn first<'a>(
    shown: usize,
    in_sight: &[InSight<'a>],
    snapshot: &'a Snapshot,
    server: Option<ServerIndex>,
    bins: &Bins<'a>,
) -> (Vec<Series<'a>>, usize) {
    let of_server = server.and_then(|server| snapshot.servers.get(server.get()));
    let of_server = of_server.map(|server| observed_shares(server.shown()).unwrap_or_default());
    let present = |set: &Set| match &of_server {
        None => set.counted.share,
        Some(shares) => {
            let mut sets = snapshot.sets().iter();
            let place = sets.position(|it| it.identifier == set.identifier)?;
            shares.get(place).copied()
        }
    };
    let series = in_sight.iter().take(shown).map(|set| Series {
        identifier: set.identifier,
        place: set.place,
        set: set.set,
        present: set.set.and_then(present),
        observed: (0..bins.count)
            .map(|bin| bins.observed(bin, set.place))
            .collect(),
        declared: (0..bins.count)
            .map(|bin| bins.declared(bin, set.place))
            .collect(),
    });
    (series.collect(), in_sight.len().saturating_sub(shown))
}

/// Where things stand in a chart: the numbers of the scale, the dots, the labels.
struct Frame<'a> {
    dots: usize,
    labels: usize,
    bins: Option<Bins<'a>>,
}

impl<'a> Frame<'a> {
    fn new(
        snapshot: &'a Snapshot,
        server: Option<ServerIndex>,
        window: Window,
        width: usize,
    ) -> Self {
        let labels = WIDEST_LABEL.min((width / 4).max(LEAST_LABEL).min(width / 3));
        let dots = width.saturating_sub(SCALE + labels);
        Self {
            dots,
            labels,
            bins: Bins::new(snapshot, server, window.span(), 2 * dots),
        }
    }

    /// A number at the scale, right-aligned, and the line beside it.
    fn scale(text: &str, theme: &Theme) -> Span<'static> {
        let room = SCALE - 1;
        let tick = if text.is_empty() { '│' } else { '┤' };
        let text = fit::pad_left(&fit::cut(text, room), room);
        Span::styled(format!("{text}{tick}"), theme.quiet)
    }
}

/// The rows of a chart with what stands at their left and at their right.
fn framed(
    dots: &Dots,
    scale: impl Fn(usize) -> String,
    labels: &[Option<(String, Style)>],
    theme: &Theme,
) -> Vec<Line<'static>> {
    let row = |row: usize| {
        let mut line = Line::from(Frame::scale(&scale(row), theme));
        dots.row(row)
            .into_iter()
            .for_each(|span| line.push_span(span));
        if let Some((text, style)) = labels.get(row).and_then(Option::as_ref) {
            line.push_span(Span::styled(format!(" {text}"), *style));
        }
        line
    };
    (0..dots.height).map(row).collect()
}

fn share_rows(
    frame: &Frame<'_>,
    bins: &Bins<'_>,
    series: &[Series<'_>],
    hidden: usize,
    height: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let full = full_share(series.iter().map(Series::largest));
    let mut dots = Dots::new(frame.dots, height);
    let declared = series
        .iter()
        .flat_map(|it| dotted(&it.declared, full, frame.dots));
    dots.dot(&declared.collect::<Vec<_>>(), theme.mark);
    for (counted, style) in [(false, theme.quiet), (true, theme.bar)] {
        let lines = series.iter().flat_map(|series| {
            let share = |observed: &Observed| observed.share / full;
            let values = series.observed.iter();
            let values = values.map(|one| one.map(|one| (share(&one).min(1.0), one.counted)));
            line(&values.collect::<Vec<_>>(), counted)
        });
        dots.draw(&lines.collect::<Vec<_>>(), style);
    }
    if series.len() > 1 {
        for (number, series) in series.iter().enumerate() {
            number_ends(&mut dots, bins, series, full, number + 1, theme);
        }
    }
    let labels = share_labels(frame, series, full, hidden, height, theme);
    let middle = (height - 1) / 2;
    let scale = |row: usize| match row {
        0 => format::whole_percent(full),
        row if row + 1 == height => format::whole_percent(0.0),
        // Only where a row lies exactly in the middle.
        row if row == middle && height % 2 == 1 && height >= 5 => format::percentage(full / 2.0),
        _ => String::new(),
    };
    framed(&dots, scale, &labels, theme)
}

/// The height of a value from 0 to 1, as a row.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a chart has few rows, and the product is between 0 and their number"
)]
fn row_of(value: f64, height: usize) -> usize {
    let dots = (4 * height).saturating_sub(1) as f64;
    let from_top = ((1.0 - value.clamp(0.0, 1.0)) * dots).round() as usize;
    (from_top / 4).min(height.saturating_sub(1))
}

/// A place between two others of which there are so many, as a column.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a chart has few columns, and the product is between 0 and their number"
)]
fn column_of(place: f64, width: usize) -> usize {
    let column = (place.clamp(0.0, 1.0) * as_f64(width as u64)).floor() as usize;
    column.min(width.saturating_sub(1))
}

/// Where a bin begins, from 0 to 1.
fn x_of(bin: usize, count: usize) -> f64 {
    as_f64(bin as u64) / as_f64(count.max(1) as u64)
}

/// From the middle of each bin to that of the next, level at the ends, and nothing where there was no answer. Of the two
/// kinds, counted and not, one at a time.
fn line(values: &[Option<(f64, bool)>], counted: bool) -> Vec<Stroke> {
    let count = values.len();
    let x = |bin: usize, half: f64| x_of(bin, count) + half / (2.0 * as_f64(count.max(1) as u64));
    let mut strokes = Vec::new();
    for (bin, value) in values.iter().enumerate() {
        let Some((value, is_counted)) = *value else {
            continue;
        };
        let before = bin.checked_sub(1).and_then(|bin| values[bin]);
        let after = values.get(bin + 1).copied().flatten();
        if is_counted == counted {
            let from = if before.is_none() { 0.0 } else { 1.0 };
            let to = if after.is_none() { 2.0 } else { 1.0 };
            strokes.push([(x(bin, from), value), (x(bin, to), value)]);
        }
        if let Some((next, next_is_counted)) = after
            && (is_counted && next_is_counted) == counted
        {
            strokes.push([(x(bin, 1.0), value), (x(bin + 1, 1.0), next)]);
        }
    }
    strokes
}

/// A dot in every cell, at the height of what was declared there.
fn dotted(declared: &[Option<f64>], full: f64, width: usize) -> Vec<Point> {
    let dots = as_f64((2 * width).saturating_sub(1).max(1) as u64);
    let dot = |column: usize| {
        let x = as_f64(2 * column as u64) / dots;
        let bin = column_of(x_of(column, width), declared.len());
        let share = declared.get(bin).copied().flatten()?;
        Some((x, (share / full).min(1.0)))
    };
    (0..width).filter_map(dot).collect()
}

/// The number of a line at both of its ends, or beside them where another one stands there already.
fn number_ends(
    dots: &mut Dots,
    bins: &Bins<'_>,
    series: &Series<'_>,
    full: f64,
    number: usize,
    theme: &Theme,
) {
    let digit = u32::try_from(number)
        .ok()
        .and_then(|number| char::from_digit(number, 10));
    let Some(digit) = digit else { return };
    let (width, height) = (dots.width, dots.height);
    let at = |column: usize| {
        let bin = column_of(x_of(column, width), bins.count);
        let observed = series.observed.get(bin).copied().flatten()?;
        Some((column, row_of(observed.share / full, height)))
    };
    let places: Vec<(usize, usize)> = (0..width).filter_map(at).collect();
    let mut put = |(column, row): &(usize, usize)| dots.mark(*column, *row, digit, theme.figure);
    places.iter().rev().any(&mut put);
    places.iter().any(&mut put);
}

/// The labels, each as near to the end of its line as the others let it be.
fn share_labels(
    frame: &Frame<'_>,
    series: &[Series<'_>],
    full: f64,
    hidden: usize,
    height: usize,
    theme: &Theme,
) -> Vec<Option<(String, Style)>> {
    let mut labels = vec![None; height];
    let usable = height - usize::from(hidden > 0);
    if hidden > 0 {
        let more = crate::views::words::and_more(hidden);
        labels[usable] = Some((fit::cut(&more, frame.labels.saturating_sub(1)), theme.quiet));
    }
    let end = |series: &Series<'_>| {
        let last = series.observed.iter().rev().flatten().next();
        let share = last.map(|observed| observed.share);
        let share = share.or(series.declared.last().copied().flatten());
        // Where a line has ended, its label leaves the room to the others.
        let present = series.set.and(share);
        row_of(present.unwrap_or(0.0) / full, height)
    };
    let mut wanted: Vec<(usize, usize)> = series.iter().map(end).zip(0..).collect();
    wanted.sort_unstable();
    // Downwards from the first, then up again as far as the last have no room.
    let mut least = 0;
    for (row, _) in &mut wanted {
        *row = (*row).max(least);
        least = *row + 1;
    }
    let mut most = usable;
    for (row, _) in wanted.iter_mut().rev() {
        *row = (*row).min(most.saturating_sub(1));
        most = *row;
    }
    let shares: Vec<String> = series.iter().map(Series::share).collect();
    let widest = shares
        .iter()
        .map(|share| fit::width(share))
        .max()
        .unwrap_or(0);
    let number = if series.len() > 1 { 2 } else { 0 };
    let room = frame.labels.saturating_sub(widest + number + 2);
    let names = fit::labels(series.iter().map(|series| series.identifier), room);
    let name_width = names.iter().map(|name| fit::width(name)).max().unwrap_or(0);
    for (row, place) in wanted {
        let name = fit::pad_right(&names[place], name_width);
        let share = fit::pad_left(&shares[place], widest);
        let number = if number > 0 {
            format!("{} ", place + 1)
        } else {
            String::new()
        };
        let text = fit::cut(
            &format!("{number}{name} {share}"),
            frame.labels.saturating_sub(1),
        );
        if let Some(label) = labels.get_mut(row) {
            *label = Some((text, theme.text));
        }
    }
    labels
}

fn p95_rows(
    snapshot: &Snapshot,
    frame: &Frame<'_>,
    bins: &Bins<'_>,
    place: usize,
    rows: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let height = rows.saturating_sub(1);
    if height == 0 {
        return Vec::new();
    }
    let bounds = bins.bounds();
    let times = bins::p95(snapshot, place, bounds, 2 * frame.dots);
    let newest = times.iter().rev().find_map(|(.., p95)| *p95);
    let largest = times.iter().filter_map(|(.., p95)| *p95).max();
    let full = round_up(largest.unwrap_or(Duration::from_millis(1)));
    let x = |at: f64| ((at - bounds[0]) / (bounds[1] - bounds[0])).clamp(0.0, 1.0);
    let y = |p95: Duration| p95.as_secs_f64() / full.as_secs_f64();
    let mut strokes: Vec<Stroke> = Vec::new();
    for (place, &(start, end, p95)) in times.iter().enumerate() {
        let Some(p95) = p95 else { continue };
        strokes.push([(x(start), y(p95)), (x(end), y(p95))]);
        if let Some(&(next, _, Some(next_p95))) = times.get(place + 1) {
            strokes.push([(x(end), y(p95)), (x(next), y(next_p95))]);
        }
    }
    let mut dots = Dots::new(frame.dots, height);
    dots.draw(&strokes, theme.bar);
    let row = newest.map_or(0, |newest| row_of(y(newest), height));
    let mut labels = vec![None; height];
    labels[row] = newest.map(|newest| (format::latency(newest), theme.text));
    let scale = |row: usize| match row {
        0 => format::latency(full),
        row if row + 1 == height => format::count(0),
        _ => String::new(),
    };
    let title = fit::cut(words::P95, frame.dots + frame.labels);
    let title = Line::from(vec![
        Frame::scale("", theme),
        Span::styled(title, theme.heading),
    ]);
    std::iter::once(title)
        .chain(framed(&dots, scale, &labels, theme))
        .collect()
}

/// The next of 1, 2, 5, 10, 20, 50 milliseconds and so on.
fn round_up(time: Duration) -> Duration {
    let mut unit = Duration::from_millis(1);
    while unit * 10 < time {
        unit *= 10;
    }
    let steps = [1, 2, 5].map(|step| unit * step);
    steps
        .into_iter()
        .find(|step| *step >= time)
        .unwrap_or(unit * 10)
}

/// What an axis of so many columns says of the weights, the servers and what is not counted.
fn axis_marks(bins: &Bins<'_>, width: usize, theme: &Theme) -> Vec<(char, Style)> {
    let mut marks = vec![(AXIS, theme.quiet); width];
    let columns = |bin: usize| {
        let first = column_of(x_of(bin, bins.count), width);
        first
            ..column_of(x_of(bin + 1, bins.count), width)
                .max(first + 1)
                .min(width)
    };
    let mut put = |bin: usize, column: usize, mark: char, style: Style| {
        if let Some(place) = columns(bin).nth(column) {
            marks[place] = (mark, style);
        }
    };
    for bin in 0..bins.count {
        for column in 0..columns(bin).len() {
            if bins.is_counted(bin) == Some(false) {
                put(bin, column, UNCOUNTED, theme.quiet);
            }
        }
    }
    // A change is never hidden by what follows from it.
    for bin in (0..bins.count).filter(|bin| bins.marks(*bin).1) {
        put(bin, 0, SWITCHED, theme.text);
    }
    for bin in (0..bins.count).filter(|bin| bins.marks(*bin).0) {
        put(bin, 0, CHANGED, theme.mark);
    }
    marks
}

/// The line below a chart with its marks, and below that the times of its ends and what the marks mean.
fn axis(
    snapshot: &Snapshot,
    frame: &Frame<'_>,
    bins: &Bins<'_>,
    theme: &Theme,
) -> [Line<'static>; 2] {
    let marks = axis_marks(bins, frame.dots, theme);
    let mut line = Line::from(Span::styled(
        format!("{}└", " ".repeat(SCALE - 1)),
        theme.quiet,
    ));
    canvas::marks(&marks)
        .spans
        .into_iter()
        .for_each(|span| line.push_span(span));
    let age = snapshot.uptime.as_secs_f64() - bins.bounds()[0];
    let age = Duration::try_from_secs_f64(age).unwrap_or_default();
    let first = snapshot.now.checked_sub(age).unwrap_or(snapshot.started_at);
    let [first, last] = [first, snapshot.now].map(format::clock);
    let has = |mark: char| marks.iter().any(|(shown, _)| *shown == mark);
    let legend = [
        (CHANGED, words::changed as fn(&str) -> String),
        (SWITCHED, words::switched),
        (UNCOUNTED, words::uncounted),
    ];
    let legend = legend.into_iter().filter(|(mark, _)| has(*mark));
    let legend: Vec<String> = legend
        .map(|(mark, words)| words(&mark.to_string()))
        .collect();
    let room = frame
        .dots
        .saturating_sub(fit::width(&first) + fit::width(&last));
    let legend = legend.join("  ");
    let legend = if fit::width(&legend) + 4 <= room {
        legend
    } else {
        String::new()
    };
    let left = (room - fit::width(&legend)) / 2;
    let right = room - fit::width(&legend) - left;
    let text = format!(
        "{}{first}{}{legend}{}{last}",
        " ".repeat(SCALE),
        " ".repeat(left),
        " ".repeat(right)
    );
    let text = fit::cut(&text, SCALE + frame.dots);
    [line, Line::from(Span::styled(text, theme.quiet))]
}

fn small(
    snapshot: &Snapshot,
    server: Option<ServerIndex>,
    window: Window,
    (width, rows): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let Some(bins) = Bins::new(snapshot, server, window.span(), width) else {
        return Vec::new();
    };
    let in_sight = in_sight(snapshot, &bins);
    let for_sets = if rows >= 3 { rows - 1 } else { rows };
    let shown = match in_sight.len() {
        all if all <= for_sets => all,
        // The row has the count of the others at its end.
        _ if for_sets < 2 => for_sets,
        _ => for_sets - 1,
    };
    let (series, hidden) = first(shown, &in_sight, snapshot, server, &bins);
    let size = (width, rows);
    sparks(snapshot, server, window, &series, hidden, size, theme)
}

/// A row for each of these sets, and the axis below them where there is a row for it.
fn sparks(
    snapshot: &Snapshot,
    server: Option<ServerIndex>,
    window: Window,
    series: &[Series<'_>],
    hidden: usize,
    (width, rows): (usize, usize),
    theme: &Theme,
) -> Vec<Line<'static>> {
    let share = |series: &Series<'_>| match series.set {
        Some(set) if width >= 2 * LEAST_COLUMNS => {
            let declared = in_percent(Some(set.declared_share));
            words::of_declared(&series.share(), &declared)
        }
        _ => series.share(),
    };
    let mut shares: Vec<String> = series.iter().map(share).collect();
    // As wide as any share could make it, so that nothing moves.
    let widest = in_percent(Some(1.0));
    let share_width = if width >= 2 * LEAST_COLUMNS {
        fit::width(&words::of_declared(&widest, &widest))
    } else {
        fit::width(&widest).max(fit::width(&words::GONE))
    };
    let more = crate::views::words::and_more(hidden);
    let has_row_for_more = hidden > 0 && series.len() < rows;
    let share_width = if let Some(last) = shares
        .last_mut()
        .filter(|_| hidden > 0 && !has_row_for_more)
    {
        *last = format!("{}, {more}", fit::pad_left(last, share_width));
        share_width + 2 + fit::width(&more)
    } else {
        share_width
    };
    let names = series.iter().map(|series| series.identifier);
    let names = fit::labels(names, WIDEST_LABEL.min(width / 3));
    let name_width = names.iter().map(|name| fit::width(name)).max().unwrap_or(0);
    let columns = width.saturating_sub(name_width + share_width + 3);
    let Some(bins) = Bins::new(snapshot, server, window.span(), columns) else {
        return Vec::new();
    };
    // One scale for all rows, so that they can be compared.
    let full = full_share(series.iter().map(Series::largest));
    let mut lines: Vec<Line<'static>> = Vec::new();
    for ((series, name), share) in series.iter().zip(&names).zip(&shares) {
        let mut line = Line::from(Span::styled(
            format!(" {} ", fit::pad_right(name, name_width)),
            theme.text,
        ));
        let spark = spark(&bins, series.place, full, columns, theme);
        spark
            .spans
            .into_iter()
            .for_each(|span| line.push_span(span));
        let share = fit::pad_left(share, share_width);
        line.push_span(Span::styled(format!(" {share}"), theme.figure));
        lines.push(line);
    }
    if has_row_for_more {
        lines.push(Line::from(Span::styled(format!(" {more}"), theme.quiet)));
    }
    if lines.len() < rows && rows >= 3 && !series.is_empty() {
        let mut line = Line::from(" ".repeat(name_width + 2));
        let marks = canvas::marks(&axis_marks(&bins, columns, theme));
        marks
            .spans
            .into_iter()
            .for_each(|span| line.push_span(span));
        lines.push(line);
    }
    lines.truncate(rows);
    lines.into_iter().map(|line| cut(line, width)).collect()
}

/// A bar in each column, of an eighth for nothing at all so that it is no gap, and a stroke where the weights changed.
fn spark(bins: &Bins<'_>, place: usize, full: f64, columns: usize, theme: &Theme) -> Line<'static> {
    let observed: Vec<_> = (0..bins.count)
        .map(|bin| bins.observed(bin, place))
        .collect();
    let bar = |column: usize| {
        let bin = column_of(x_of(column, columns), bins.count);
        let is_first = column == 0 || column_of(x_of(column - 1, columns), bins.count) < bin;
        if is_first && bins.marks(bin).0 {
            return (STEP, theme.mark);
        }
        let Some(observed) = observed.get(bin).copied().flatten() else {
            return (' ', theme.text);
        };
        let style = if observed.counted {
            theme.bar
        } else {
            theme.quiet
        };
        (eighths(observed.share / full), style)
    };
    canvas::marks(&(0..columns).map(bar).collect::<Vec<_>>())
}

/// A bar of one to eight eighths.
fn eighths(value: f64) -> char {
    let levels = NINE_LEVELS;
    let bars = [
        levels.one_eighth,
        levels.one_quarter,
        levels.three_eighths,
        levels.half,
        levels.five_eighths,
        levels.three_quarters,
        levels.seven_eighths,
        levels.full,
    ];
    let bar = column_of(value, bars.len());
    bars[bar].chars().next().unwrap_or(' ')
}

/// A line cut at a width.
fn cut(line: Line<'static>, width: usize) -> Line<'static> {
    let mut room = width;
    let mut kept = Line::default();
    for span in line.spans {
        let text = fit::cut(&span.content, room);
        room -= fit::width(&text);
        kept.push_span(Span::styled(text, span.style));
    }
    kept
}

#[cfg(test)]
mod tests;
