//! The verdict: the first thing the eye meets. What it is, how well the sides answer over HTTP, how sure, from how many
//! answers; and below it what to do.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::verdict::VerdictState;
use crate::snapshot::Snapshot;
use crate::views::sides::{self, Condition};
use crate::views::verdicts::Headline;
use crate::views::what_now::{banner, gate_in_short, may_roll_back};
use crate::views::words::headline;
use crate::views::words::verdict::state as word;
use crate::views::words::what_now::copied;
use crate::views::{command, fit, verdicts};

use super::region::{Block, SEPARATOR, Scene, joined};
use super::theme::Theme;

/// The margin at either side.
const MARGIN: usize = 1;
/// A fact begins beside the chips where at least so much of it has room; else it stands whole below them.
const LEAST_BESIDE: usize = 12;

/// Two rows: the chips with the most important facts, then the other facts and what is aimed at.
pub(super) fn block<'a>(scene: &Scene<'a>) -> Block<'a> {
    let scene = *scene;
    let Some(headline) = verdicts::headline(scene.snapshot) else {
        return Block::none();
    };
    Block::new(2, move |room| lines(&scene, &headline, room.height))
}

/// What to do about it.
pub(super) fn now<'a>(scene: &Scene<'a>) -> Block<'a> {
    let (width, theme) = (scene.width, scene.theme);
    let now = verdicts::headline(scene.snapshot).and_then(|headline| headline.what_now);
    let Some(now) = now.map(|now| headline::now(&now)) else {
        return Block::none();
    };
    let is_gate = scene.snapshot.tripped().is_some();
    let is_told = may_roll_back(scene.snapshot) && command::undo(scene.snapshot).is_some();
    // The command as far as it has room: the key copies it whole, and the help shows it.
    let (now, told) = match banner(scene.snapshot) {
        Some((now, undo)) => (headline::now(&now), Some(undo.replace('\n', "; "))),
        None if is_told => (copied(&now), None),
        None => (now, None),
    };
    let short = gate_in_short(scene.snapshot).map(|now| headline::now(&now));
    let style = if is_gate { theme.alarm } else { theme.figure };
    Block::new(1 + usize::from(told.is_some()), move |room| {
        let width = width.saturating_sub(2 * MARGIN);
        let told = told.as_ref().filter(|_| room.height > 1);
        let rows = room.height - usize::from(told.is_some());
        let is_cut = fit::wrap(&now, width).len() > rows;
        let now = short.as_ref().filter(|_| is_cut).unwrap_or(&now);
        let pieces = cut_to(now, width, rows);
        let told = told.map(|told| fit::cut(told, width));
        let line = |piece| Line::styled(format!(" {piece}"), style);
        pieces.into_iter().chain(told).map(line).collect()
    })
}

/// A word on a ground of its own.
pub(super) struct Chip {
    text: String,
    style: Style,
}

impl Chip {
    fn new(text: &str, style: Style) -> Self {
        let text = format!(" {text} ");
        Self { text, style }
    }

    fn span(self) -> Span<'static> {
        Span::styled(self.text, self.style)
    }

    /// The chip in that room, cut where it has none.
    fn cut_to(self, room: usize) -> Span<'static> {
        Span::styled(fit::cut(&self.text, room), self.style)
    }

    /// The word in that room, without its margins where they have none; nothing where it has none itself.
    pub(super) fn fitting(self, room: usize) -> Option<Span<'static>> {
        let word = self.text.trim().to_owned();
        match room {
            _ if fit::width(&self.text) <= room => Some(self.span()),
            _ if fit::width(&word) <= room => Some(Span::styled(word, self.style)),
            _ => None,
        }
    }
}

/// The chip of the verdict and that of the sides over HTTP.
pub(super) fn chips(snapshot: &Snapshot, state: VerdictState, theme: &Theme) -> [Chip; 2] {
    let side = sides::over_http(snapshot);
    let is_plain = sides::is_whole(snapshot) && side.condition < Condition::Careful;
    let look = match state {
        VerdictState::Match if !is_plain => theme.open,
        state => style(state, theme),
    };
    let of_side = match side.condition {
        Condition::Unknown => theme.quiet,
        Condition::Good => theme.matched,
        Condition::Careful => theme.open,
        Condition::Bad => theme.alarm,
    };
    [Chip::new(word(state), look), Chip::new(&side.text, of_side)]
}

/// What the state looks like where nothing else is wrong; the word says the same.
fn style(state: VerdictState, theme: &Theme) -> Style {
    match state {
        VerdictState::Match => theme.matched,
        VerdictState::Mismatch | VerdictState::Blind => theme.alarm,
        VerdictState::Collecting | VerdictState::Propagating => theme.open,
    }
}

fn lines(scene: &Scene, headline: &Headline, height: usize) -> Vec<Line<'static>> {
    let (width, theme) = (scene.width, scene.theme);
    let room = width.saturating_sub(2 * MARGIN);
    let mut first = Line::from(Span::raw(" "));
    for chip in chips(scene.snapshot, headline.state, theme) {
        let left = width.saturating_sub(first.width() + MARGIN);
        first.push_span(chip.cut_to(left));
        first.push_span(Span::raw(" "));
    }
    let left = width.saturating_sub(first.width() + MARGIN);
    let aim = match headline.state {
        // A match says itself how near it is.
        VerdictState::Match => String::new(),
        _ => headline.aim_in_short(),
    };
    let mut facts = headline.facts.clone();
    if headline.state == VerdictState::Match {
        let old = sides::old_weights(scene.snapshot);
        facts.splice(1..1, old);
    }
    let beside = beside(&mut facts, left);
    first.push_span(Span::styled(beside, theme.figure));
    if height < 2 {
        return vec![first];
    }
    let taken = if aim.is_empty() {
        0
    } else {
        fit::width(&aim) + 2
    };
    let below = below(&facts, room.saturating_sub(taken));
    let mut second = joined(&[(below, theme.text)], SEPARATOR, theme);
    let gap = width.saturating_sub(second.width() + MARGIN);
    second.push_span(Span::styled(fit::pad_left(&aim, gap), theme.quiet));
    vec![first, second]
}

/// The facts that have room beside the chips, taken out of all; a first one that is too long goes on below.
fn beside(facts: &mut Vec<String>, room: usize) -> String {
    let fitting = (0..=facts.len()).rev();
    let fits = |count: &usize| fit::width(&facts[..*count].join(SEPARATOR)) <= room;
    match fitting.into_iter().find(fits).unwrap_or(0) {
        0 => {
            let Some(first) = facts.first_mut().filter(|_| room >= LEAST_BESIDE) else {
                return String::new();
            };
            let mut pieces = fit::wrap(first, room).into_iter();
            let beside = pieces.next().unwrap_or_default();
            *first = pieces.collect::<Vec<_>>().join(" ");
            beside
        }
        count => facts.drain(..count).collect::<Vec<_>>().join(SEPARATOR),
    }
}

/// The facts of the second row; the first of them in any case.
fn below(facts: &[String], room: usize) -> String {
    let first = facts.first().map_or("", String::as_str);
    let all = fit::join(facts, SEPARATOR, room);
    if all.starts_with(first) {
        all
    } else {
        fit::cut_at_word(first, room)
    }
}

/// A sentence on so many lines at most; the last one shows where something is missing.
fn cut_to(sentence: &str, columns: usize, lines: usize) -> Vec<String> {
    let mut pieces = fit::wrap(sentence, columns);
    if pieces.len() > lines && lines > 0 {
        let rest = pieces.split_off(lines - 1).join(" ");
        pieces.push(fit::cut_at_word(&rest, columns));
    }
    pieces.truncate(lines);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fact_without_room_beside_the_chips_stands_whole_below_them() {
        let facts = || vec!["170 answers".to_owned(), "since 12:33:55".to_owned()];
        for room in 0..11 {
            let mut left = facts();
            assert_eq!(beside(&mut left, room), "", "{room}");
            assert_eq!(left, facts(), "{room}");
        }
        let mut left = facts();
        assert_eq!(beside(&mut left, 11), "170 answers");
        assert_eq!(left, ["since 12:33:55"]);
        let mut left = vec!["0 of 4 name servers switched".to_owned()];
        assert_eq!(beside(&mut left, 12), "0 of 4 name");
        assert_eq!(left, ["servers switched"]);
    }

    #[test]
    fn a_chip_that_is_too_long_shows_that_it_is_cut() {
        let chip = |room| Chip::new("HTTP green 4% failing (5xx)", Style::new()).cut_to(room);
        assert_eq!(chip(40).content, " HTTP green 4% failing (5xx) ");
        assert_eq!(chip(20).content, " HTTP green 4% fail…");
    }
}
