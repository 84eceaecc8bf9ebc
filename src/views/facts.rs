//! What every view has to say of a snapshot besides its tables: what is waited for, warnings, tallies.
//!
//! It decides what is said, in which order; `words.rs` has the words and each view finds the room.

use std::time::Duration;

use crate::model::answer::Fault;
use crate::model::gate::GateReading;
use crate::model::http::HttpFault;
use crate::model::reading::{HttpReading, Outcomes};
use crate::model::share::observed_shares;
use crate::model::text::visible;
use crate::model::verdict::ServerState;
use crate::snapshot::{Configuration, Server, Set, Snapshot};

use super::{fit, format, words};

/// After this long without an answer a server's age is worth a reader's eye.
const NOTEWORTHY_AGE: Duration = Duration::from_secs(5);

/// Late queries are a warning where they are more than one of so many.
const LATE: u64 = 20;

/// A number in words, or what stands for one that is not there yet.
pub fn or_nothing<T>(value: Option<T>, in_words: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| words::NOTHING.to_owned(), in_words)
}

/// What the shares are waiting for; `None` once an answer names a set.
pub fn waiting(snapshot: &Snapshot) -> Option<String> {
    let Some(segment) = snapshot.current() else {
        return Some(words::WAITING_FOR_WEIGHTS.to_owned());
    };
    let queries = &segment.queries;
    // Only at the start of a run nothing has come at all.
    let mid_run = snapshot.queries.answered() > 0;
    if queries.named > 0 || segment.counted() > 0 {
        None
    } else if mid_run && queries.answered() == 0 && queries.faulty() == 0 {
        Some(words::no_answer_in_segment(segment.number, queries.sent))
    } else if queries.sent == 0 {
        Some(words::WAITING_FOR_QUERY.to_owned())
    } else if queries.answered() > 0 {
        Some(words::nothing_named(&unnamed(queries).join(", ")))
    } else if queries.faulty() > 0 {
        Some(words::no_usable_answer(&faults(queries).join(", ")))
    } else {
        Some(words::waiting_for_answer(queries.sent))
    }
}

/// The sets, each with its name cut to a width.
pub fn labelled(sets: &[Set], columns: usize) -> impl Iterator<Item = (String, &Set)> {
    let names = sets.iter().map(|set| set.identifier.as_str());
    fit::labels(names, columns).into_iter().zip(sets)
}

/// What a reader has to know all the time, the most pressing first: warnings, and what is none.
pub fn warnings(snapshot: &Snapshot) -> (Vec<String>, Vec<String>) {
    let texts = snapshot.notes.iter().zip(notes(snapshot));
    let (bad, plain): (Vec<_>, Vec<_>) = texts.partition(|(note, _)| note.is_warning());
    let [bad, plain] = [bad, plain].map(|texts| texts.into_iter().map(|(_, text)| text));
    let failing = stale_weights(&snapshot.configuration);
    (failing.into_iter().chain(bad).collect(), plain.collect())
}

/// What holds for the whole run or the segment in force, made safe to show.
pub fn notes(snapshot: &Snapshot) -> Vec<String> {
    let names = &snapshot.server_names();
    let notes = snapshot.notes.iter();
    let notes = notes.map(|note| visible(&words::notice::sentence(note, names)).into_owned());
    notes.collect()
}

/// That the weights in use could not be read anew, since when and why.
pub fn stale_weights(configuration: &Configuration) -> Option<String> {
    let cause = words::api_error(configuration.last_error.as_ref()?);
    let cause = visible(&cause);
    let reads = words::polls_failed(configuration.failures, configuration.polls);
    Some(match configuration.age {
        Some(age) => words::weights_are_old(&format::span(age), &reads, &cause),
        None => words::weights_never_read(&reads, &cause),
    })
}

/// The figures of the status line: rate, time, errors as they are told, latency.
pub fn status(snapshot: &Snapshot, errors: &str) -> [String; 4] {
    [
        words::tps(&rate(snapshot)),
        words::uptime(&format::uptime(snapshot.uptime)),
        words::errors(errors),
        words::average_latency(&average_latency(snapshot)),
    ]
}

/// How many errors there were, and of which kinds: `73 (43 DNS, 9 HTTP, 21 5xx)`.
pub fn errors(snapshot: &Snapshot) -> String {
    let errors = snapshot.errors();
    let kinds = occurred(&[
        (errors.dns_faults, words::dns_errors),
        (errors.http_failures, words::http_errors),
        (errors.unexpected, words::by_status),
    ]);
    if kinds.is_empty() {
        return format::count(0);
    }
    words::errors_named(errors.all(), &kinds.join(", "))
}

/// Something that is said, and whether a reader should wonder about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// In words.
    pub text: String,
    /// Whether it is a bad sign.
    pub is_warning: bool,
}

impl Remark {
    /// A bad sign.
    pub fn warning(text: String) -> Self {
        let is_warning = true;
        Self { text, is_warning }
    }

    /// Any other.
    pub fn plain(text: String) -> Self {
        let is_warning = false;
        Self { text, is_warning }
    }
}

/// What became of the queries and requests; what is zero and only then of interest is left out.
pub fn tallies(snapshot: &Snapshot) -> Vec<Remark> {
    let (queries, rate) = (&snapshot.queries, &snapshot.rate);
    let http = snapshot.http.clone().unwrap_or_default();
    // What is in flight comes and goes; it is always said, so that nothing moves when it does.
    let good = [
        words::sent(queries.sent),
        words::named(queries.named),
        words::in_flight(queries.in_flight()),
    ];
    let others = occurred(&[
        (http.failures, words::http_failed),
        (http.unexpected, words::http_by_status),
        (http.bad_bodies, words::http_bad_bodies),
        (http.skipped, words::http_skipped),
        (rate.skipped, words::skipped),
        (queries.stray, words::stray),
    ]);
    // A single late query is nothing to wonder about.
    let late = (rate.late > 0).then(|| Remark {
        text: words::late(rate.late),
        is_warning: LATE * rate.late > queries.sent,
    });
    let bad = [unnamed(queries), faults(queries), others].concat();
    // As it was wished for.
    let wished = occurred(&[(http.over_rate, words::http_over_rate)]);
    let gates = words::gate::counted(&snapshot.gates).map(|text| Remark {
        text,
        is_warning: snapshot.gates.iter().any(GateReading::is_tripped),
    });
    let good = good.into_iter().chain(wished).map(Remark::plain);
    let bad = bad.into_iter().map(Remark::warning);
    good.chain(gates).chain(late).chain(bad).collect()
}

/// A count and the words for it.
type Counter = (u64, fn(u64) -> String);

/// Counts in words, without those of what did not occur.
fn occurred(counters: &[Counter]) -> Vec<String> {
    let some = counters.iter().filter(|(count, _)| *count > 0);
    some.map(|(count, in_words)| in_words(*count)).collect()
}

/// Answers that are counted for no set, by kind, without the kinds that did not occur.
fn unnamed(queries: &Outcomes) -> Vec<String> {
    occurred(&[
        (queries.ambiguous, words::ambiguous),
        (queries.unknown, words::unknown),
        (queries.cached, words::cached),
    ])
}

/// Answers that name no set, by kind, with those that did not occur; but a cache is spoken of only where there is one.
pub fn all_unnamed(queries: &Outcomes) -> Vec<String> {
    let mut all = vec![
        words::ambiguous(queries.ambiguous),
        words::unknown(queries.unknown),
    ];
    all.extend(occurred(&[(queries.cached, words::cached)]));
    all
}

/// Faults by kind, without the kinds that did not occur.
pub fn faults(queries: &Outcomes) -> Vec<String> {
    let faults = Fault::ALL.into_iter().zip(queries.faults);
    let some = faults.filter(|&(_, count)| count > 0);
    some.map(|(kind, count)| words::fault(count, kind.as_str()))
        .collect()
}

/// What became of the queries to one name server, without the faults.
pub fn queries(queries: &Outcomes) -> Vec<String> {
    let mut all = vec![
        words::sent(queries.sent),
        words::named(queries.named),
        words::in_flight(queries.in_flight()),
    ];
    all.extend(unnamed(queries));
    all.extend(occurred(&[(queries.stray, words::stray)]));
    all
}

/// What went wrong with the requests to one set, by kind, without the kinds that did not occur.
pub fn http_faults(http: &HttpReading) -> Vec<String> {
    let kinds = HttpFault::ALL.into_iter().zip(http.faults);
    let some = kinds.filter(|&(_, count)| count > 0);
    let mut faults: Vec<String> = some
        .map(|(kind, count)| words::failed_by(count, words::side::fault(kind)))
        .collect();
    faults.extend(occurred(&[
        (http.skipped, words::skipped),
        (http.over_rate, words::over_rate),
    ]));
    faults
}

/// The mean time of HTTP responses: not measured, none yet, or a time.
pub fn average_latency(snapshot: &Snapshot) -> String {
    match &snapshot.http {
        None => words::NOT_MEASURED.to_owned(),
        Some(http) => or_nothing(http.mean, format::latency),
    }
}

/// Queries a second: the newest figure there is; where the rate was changed by hand, beside the one in force.
pub fn rate(snapshot: &Snapshot) -> String {
    let rate = &snapshot.rate;
    let newest = or_nothing(rate.recent.or(rate.achieved), format::rate);
    match rate.target_since {
        Some(_) => words::rate_of(&newest, rate.target.into()),
        None => newest,
    }
}

/// What is worth saying of a server's last answer; `None` while it answers as it should.
pub fn server_state(server: &Server) -> Option<String> {
    match (server.is_silent(), server.last_answer_age) {
        (true, Some(age)) => Some(words::silent_for(&format::span(age))),
        (true, None) => Some(words::SILENT.to_owned()),
        (false, Some(age)) if age >= NOTEWORTHY_AGE => Some(words::last_answer(&format::span(age))),
        (false, _) => None,
    }
}

/// The names of the name servers in a state, made safe to show.
pub fn servers_that_are(snapshot: &Snapshot, state: ServerState) -> Vec<String> {
    let servers = snapshot.servers.iter();
    let servers = servers.filter(|server| server.state == state);
    servers
        .map(|server| visible(&server.name).into_owned())
        .collect()
}

/// The set whose share on one server is farthest from the declared one, and the difference.
pub fn farthest(server: &Server, sets: &[Set]) -> Option<(usize, f64)> {
    let shares = observed_shares(server.shown())?.into_iter().zip(sets);
    let differences = shares.map(|(share, set)| share - set.declared_share);
    // The first of equals, so that nothing jumps without a reason.
    let is_farther = |one: f64, two: f64| distance(two) > distance(one);
    differences
        .enumerate()
        .reduce(|one, two| if is_farther(one.1, two.1) { two } else { one })
}

/// How far a difference is from nothing, without the last digits that arithmetic leaves behind.
fn distance(difference: f64) -> f64 {
    (difference.abs() * 1e9).round()
}

/// The sets in falling order of how far their share is from the declared one; equals stay in their order.
pub fn farthest_first(sets: &[Set]) -> Vec<usize> {
    let distance = |index: &usize| distance(sets[*index].counted.diff.unwrap_or(0.0));
    let mut order: Vec<usize> = (0..sets.len()).collect();
    order.sort_by(|one, two| distance(two).total_cmp(&distance(one)));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::views::samples;

    #[test]
    fn it_says_what_is_waited_for_step_by_step() {
        let mut snapshot = samples::start();
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("waiting for the first answer, 3 queries sent")
        );
        snapshot.queries.named = 1;
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("no answer in segment 1 yet, 3 queries sent")
        );
        snapshot.queries.named = 0;
        let segment = snapshot.current_mut();
        segment.queries.sent = 0;
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("waiting for the first query")
        );
        let segment = snapshot.current_mut();
        segment.queries = Outcomes {
            sent: 9,
            ..Outcomes::default()
        };
        segment.queries.faults[Fault::Timeout.index()] = 4;
        segment.queries.faults[Fault::Refused.index()] = 1;
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("no usable answer yet: 4 timeout, 1 refused")
        );
        let segment = snapshot.current_mut();
        segment.queries.ambiguous = 3;
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("no answer names one set yet: 3 ambiguous")
        );
        assert_eq!(waiting(&samples::running()), None);
        snapshot.segments.clear();
        assert_eq!(
            waiting(&snapshot).as_deref(),
            Some("waiting for the weights from Route 53")
        );
    }

    #[test]
    fn stale_weights_are_told_with_age_cause_and_how_often() {
        let snapshot = samples::failing();
        let sentence = stale_weights(&snapshot.configuration).expect("they are stale");
        assert!(
            sentence.starts_with("weights are 2m10s old: "),
            "{sentence}"
        );
        assert!(sentence.ends_with("(4 of 9 reads failed)"), "{sentence}");
        assert_eq!(stale_weights(&samples::running().configuration), None);
    }

    #[test]
    fn only_what_happened_is_tallied_beside_the_queries_themselves() {
        let mut snapshot = samples::running();
        snapshot.queries.sent += 2;
        let texts: Vec<String> = tallies(&snapshot)
            .into_iter()
            .map(|tally| tally.text)
            .collect();
        assert_eq!(texts, ["1,236 sent", "1,234 named", "2 in flight"]);
    }

    #[test]
    fn the_farthest_set_comes_first_and_equals_keep_their_order() {
        let mut sets = samples::running().sets().to_vec();
        assert_eq!(farthest_first(&sets), [0, 1]);
        sets[1].counted.diff = Some(-0.1);
        assert_eq!(farthest_first(&sets), [1, 0]);
    }
}
