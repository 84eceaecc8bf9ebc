//! What the resolvers that were named still answer: which of it is told. `words/resolving.rs` has the words.

use std::time::Duration;

use crate::model::resolver::{AnswerOf, ResolverReading};
use crate::model::text::visible;
use crate::snapshot::Snapshot;

use super::words::resolving as words;
use super::{fit, format};

/// The longest name of a set in a table.
const LABEL: usize = 24;

/// A row of titles and one for each resolver that is meant; nothing where there is none.
pub fn rows(snapshot: &Snapshot, is_meant: impl Fn(&ResolverReading) -> bool) -> Vec<Vec<String>> {
    let meant = snapshot.resolvers.iter().filter(|it| is_meant(it));
    let rows: Vec<Vec<String>> = meant.map(|it| row(snapshot, it)).collect();
    if rows.is_empty() {
        return rows;
    }
    let titles = words::COLUMNS.map(String::from).to_vec();
    std::iter::once(titles).chain(rows).collect()
}

fn row(snapshot: &Snapshot, resolver: &ResolverReading) -> Vec<String> {
    let address = super::columns::address(resolver.address);
    let nothing = || super::words::NOTHING.to_owned();
    let says = match (resolver.fault, &resolver.answer) {
        (Some(fault), _) => words::fails(&fault.as_str().replace('_', " ")),
        (None, Some(answer)) => says(&answer.of),
        (None, None) => nothing(),
    };
    let left = left(snapshot, resolver).map_or_else(nothing, format::whole_span);
    let picked = (resolver.answer.as_ref()).and_then(|answer| answer.is_old);
    let picked = match picked {
        Some(true) => words::BEFORE.to_owned(),
        Some(false) => words::SINCE.to_owned(),
        None => nothing(),
    };
    vec![address, says, left, picked]
}

/// What an answer comes from.
fn says(of: &AnswerOf) -> String {
    let label = |set: &str| fit::cut_middle(&visible(set), LABEL);
    match of {
        AnswerOf::Set(set) => label(set),
        AnswerOf::Former(set) => words::former(&label(set)),
        AnswerOf::Several => words::SEVERAL.to_owned(),
        AnswerOf::Nobody => words::NOBODY.to_owned(),
    }
}

/// How much longer a resolver hands its newest answer out, as far as that is not over.
pub fn left(snapshot: &Snapshot, resolver: &ResolverReading) -> Option<Duration> {
    let until = resolver.answer.as_ref()?.until;
    until.checked_sub(snapshot.uptime)
}

/// That some resolvers still answer what was picked before the newest change was seen; in a sentence, and in a few words.
pub fn old(snapshot: &Snapshot) -> Option<(String, String)> {
    let is_old = |it: &&ResolverReading| {
        let answer = it.answer.as_ref();
        answer.is_some_and(|answer| answer.is_old == Some(true))
    };
    let old = snapshot.resolvers.iter().filter(is_old);
    let left: Vec<Duration> = old.filter_map(|it| left(snapshot, it)).collect();
    let longest = format::whole_span(*left.iter().max()?);
    let (count, all) = (left.len(), snapshot.resolvers.len());
    let sentence = words::old(count, all, &longest);
    Some((sentence, words::old_short(count, all, &longest)))
}
