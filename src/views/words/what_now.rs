//! What to do about a verdict: one sentence for each rule.

use crate::views::format;

/// The record has not answered yet.
pub const FIRST_ANSWERS: &str = "wait for the first answers";
/// How long a match takes cannot be told.
pub const MORE_ANSWERS: &str = "wait for more answers";
/// A match cannot be reached.
pub const WIDEN: &str =
    "widen the tolerance: at this one a match takes more answers than can be waited for";
/// All weights are zero and some sets are unhealthy.
pub const GIVE_WEIGHT: &str = "give a set a weight, or wait until all are healthy";
/// Health checks are being read.
pub const READ_HEALTH: &str = "wait until all health checks have been read";
/// The record is no longer weighted.
pub const REPLACED: &str =
    "if this was not meant, restore the weighted sets; answers are counted by what they hold";
/// What came does not fit, and when the change is in sync is not known yet.
pub const NOT_IN_SYNC: &str =
    "wait until the change is in sync; if it lasts for a minute more, a mismatch is called";
/// What answers say that no set can have given, where it is not known more exactly.
pub const ANY_UNKNOWN: &str = "unknown addresses, NXDOMAIN, no data";
/// No answers come.
pub const NO_ANSWERS: &str =
    "act on no older figure: r53mon doctor tells what fails on the way (port 53)";
/// Answers come and name no set.
pub const NONE_NAMED: &str = "act on no older figure: look at what the name servers answer now";
/// Shares are off over all servers.
pub const NOT_A_DELAY: &str = "waiting does not help, this is not one late server: look for a second change, a failing health check, another zone of this name";
/// An answer that no set declares.
pub const UNDECLARED_REACHES_CLIENTS: &str = "clients are sent where no set points: look for a change by somebody else, or for answers that are changed on the way";
/// An answer of a set that was removed.
pub const KEEP_REMOVED: &str = "keep what was removed running, clients are still sent to it: look at health checks and for a stale server";
/// A match.
pub const NOTHING: &str = "nothing to do";
/// A match with weights that could not be read anew.
pub const READ_WEIGHTS: &str =
    "mend the reading of the weights (r53mon doctor): a change made since then is not known here";
/// The split of before where its weights are not known, or too many.
pub const OLD_SPLIT: &str = "the split of before";

sentences! {
    /// A match may have fewer answers that no set can have given.
    look_at_unknown(what: &str) "wait for more answers, or find out where the unknown ones come from ({what})";
    /// Too many answers that no set can have given.
    unknown_reach_clients(what: &str) "clients get these answers too ({what}): find out where they come from";
    /// How long a match takes.
    match_takes(about: &str) "wait, a match takes {about} if DNS serves what is declared";
    /// Sets that give the same answers.
    tell_apart(one: &str, two: &str) "give {one} and {two} answers that tell them apart";
    /// The answers fit a set being unhealthy whose check has no status to read.
    look_at_check(set: &str) "look at the health check of {set}: its status cannot be read, and the answers look as if it failed";
    /// What came does not fit, and may be the trace of a change just before the start.
    not_served(until: &str) "wait: a change made within the last minute looks like this; if it lasts, a mismatch is called at {until}";
    /// Name servers that give no answers.
    reach_servers(answering: usize, all: usize => "name server" | "name servers")
        "look at the network to the others, only {answering} of {all} can be judged: r53mon doctor tells what fails";
    /// A match waits for answers that should not exist.
    withheld(until: &str) "wait: a match at {until}, unless another such answer comes";
    /// Name servers are expected to switch.
    propagating(names: &str, until: &str) "wait for {names}: alarms are armed at {until}, most changes are through within a minute";
    /// A late name server is being looked at.
    undecided(names: &str, until: &str) "wait for {names}: decided at {until} at the latest";
    /// The configuration is being read once more.
    confirming(until: &str) "confirming until {until}: the weights are being read once more";
    /// Some name servers still serve the shares of before.
    some_stale(right: &str, part: &str, before: &str)
        "{right}: wait or ask AWS; do not roll back for this: {part} of resolvers still get {before}";
    /// No name server serves the new shares.
    all_stale(before: &str)
        "no name server has the new split, resolvers still get {before}: make sure that the change is in this zone, then wait or ask AWS";
    /// One name server serves other shares.
    one_differs(right: &str, part: &str)
        "{right}: ask AWS, or look at what answers on the way; do not roll back for this: {part} of resolvers get another split";
    /// What to do besides where the weights of before are known.
    or_roll_back(what: &str, before: &str) "{what}; roll back to {before} if it hurts";
    /// The dashboard has a key for the command that does what the sentence says.
    copied(what: &str) "{what} (u copies the command)";
    /// A set with the share 0 was answered.
    keep_running(set: &str)
        "keep {set} running, clients are still sent to it: look at the health checks of the other sets, and for a stale server";
    /// A set was answered with the value that it had before.
    keep_value(set: &str)
        "keep the old value of {set} running, clients are still sent to it: look for a stale server";
    /// The split is right within the tolerance, and not exactly.
    not_exactly(where_: &str)
        "no alarm, but the split is not exactly the declared one: look at {where_}, or accept it";
    /// The split is right, but a set fails.
    fails_over_http(set: &str, failed: u64, requests: u64 => "request" | "requests")
        "the split is right, but {set} fails over HTTP, {failed} of {requests}: look at {set}";
    /// A match without all name servers.
    look_at_silent(silent: usize => "name server gives" | "name servers give")
        "nothing to do for the split; {silent} no answers that name a set";
    /// A change has come through.
    through(ttl: &str) "nothing to do; resolvers follow within the TTL of {ttl}";
    /// One set and its weight.
    weight(label: &str, weight: u64) "{label} {weight}";
}

/// How many name servers are right.
pub fn right(right: usize, all: usize) -> String {
    let verb = if right == 1 { "is" } else { "are" };
    format!("{right} of {all} servers {verb} right")
}

/// A part of all in a few words: `about a quarter`, `about 2 in 5`.
pub fn part(some: usize, all: usize) -> String {
    match (some, all) {
        (1, 2) | (2, 4) | (3, 6) | (4, 8) => "about half".into(),
        (1, 3) => "about a third".into(),
        (1, 4) | (2, 8) => "about a quarter".into(),
        _ => format!("about {some} in {all}"),
    }
}

/// About how long, to one digit: `about 40s`, `about 3m`.
pub fn about(seconds: f64) -> String {
    let minutes = seconds / 60.0;
    match seconds {
        ..1.5 => "about 1s".into(),
        ..9.5 => format!("about {seconds:.0}s"),
        ..55.0 => format!("about {:.0}0s", seconds / 10.0),
        ..=600.0 => format!("about {}m", format::whole(minutes)),
        _ => "longer than 10 minutes".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_to_one_digit_and_not_beyond_ten_minutes() {
        let told = [0.2, 7.4, 42.0, 54.9, 55.0, 100.0, 600.0, 600.1].map(about);
        let expected =
            ["1s", "7s", "40s", "50s", "1m", "2m", "10m"].map(|it| format!("about {it}"));
        assert_eq!(told[..7], expected);
        assert_eq!(told[7], "longer than 10 minutes");
    }

    #[test]
    fn parts_are_told_as_people_say_them() {
        let told = [(1, 4), (2, 4), (1, 3), (1, 8)].map(|(some, all)| part(some, all));
        let expected = ["a quarter", "half", "a third", "1 in 8"].map(|it| format!("about {it}"));
        assert_eq!(told, expected);
    }
}
