//! What is said about a key for a while.

use crate::model::text::visible;
use crate::views::wish::{Copied, Order, Said};

sentences! {
    /// The picture stands still, and is so old.
    frozen(age: &str) "frozen {age} ago: Space goes on";
    /// The rate that queries are sent at.
    rate(per_second: u64) "rate {per_second}/s";
    /// It cannot be higher.
    highest(per_second: u64) "rate {per_second}/s is the highest";
    /// It cannot be lower.
    lowest(per_second: u64) "rate {per_second}/s is the lowest";
    /// Files were written.
    written(one: &str, other: &str) "written to {one} and {other}";
    /// A file was not written.
    not_written(path: &str, why: &str) "cannot write {path}: {why}";
}

/// In which order the sets stand.
pub fn order(order: Order) -> &'static str {
    match order {
        Order::Declared => "in declared order",
        Order::WorstFirst => "worst first",
        Order::Name => "by name",
    }
}

/// What is said.
pub fn said(said: &Said) -> String {
    let fixed = match said {
        Said::Rate(per_second) => return rate((*per_second).into()),
        Said::Highest(per_second) => return highest((*per_second).into()),
        Said::Lowest(per_second) => return lowest((*per_second).into()),
        Said::Written([one, other]) => return written(&visible(one), &visible(other)),
        Said::NotWritten { path, why } => return not_written(&visible(path), &visible(why)),
        Said::Sorted(by) => return format!("sets {}", order(*by)),
        Said::CountedAnew => "counted anew from now on",
        Said::JustBegan => "counting began anew just now",
        Said::Reading => "weights are being read",
        Said::ReadingAlready => "weights are being read already",
        Said::Patient => "the API asks for patience: weights are read later",
        Said::Http(true) => "HTTP on",
        Said::Http(false) => "HTTP off",
        Said::NoHttp => "HTTP stays off: the run began without it (--no-http)",
        Said::Copied(Copied::Brief) => "copied in three lines, if the terminal takes OSC 52",
        Said::Copied(Copied::Statistics) => {
            "statistics copied as Markdown, if the terminal takes OSC 52"
        }
        Said::Copied(Copied::Undo) => {
            "the command that undoes the last change is copied, if the terminal takes OSC 52"
        }
        Said::NothingToUndo => {
            "there is no command that undoes a change: ? says why, if there was one"
        }
        Said::Writing => "files are being written",
        Said::NoShell => "cannot stop: no shell could continue it",
    };
    fixed.to_owned()
}
