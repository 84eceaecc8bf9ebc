//! Answers with values that no set declares: who gives them and which values these are, as a notice that stands while they
//! come.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::answer::AnswerValue;
use crate::model::index::ServerIndex;
use crate::model::notice::Notice;

/// So many values are named.
const NAMED: usize = 3;
/// So many different values are counted one by one.
const KEPT: usize = 100;
/// When no such answer has come for so long, it is over.
const OVER_AFTER: Duration = Duration::from_mins(1);

/// What came and was never declared.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    /// How often each value came.
    values: BTreeMap<AnswerValue, u64>,
    servers: BTreeSet<ServerIndex>,
    answers: u64,
    /// When the last one came, since the start of the run.
    last: Option<Duration>,
}

impl Strangers {
    /// Takes in an answer of a server with these values that no set declares. Returns what has to be known now, and whether it
    /// is news: one more server is.
    pub(super) fn take(
        &mut self,
        server: ServerIndex,
        values: &[AnswerValue],
        at: Duration,
    ) -> (Notice, bool) {
        self.answers += 1;
        self.last = self.last.max(Some(at));
        for value in values {
            if let Some(count) = self.values.get_mut(value) {
                *count += 1;
            } else if self.values.len() < KEPT {
                self.values.insert(value.clone(), 1);
            }
        }
        let is_news = self.servers.insert(server);
        (self.notice(), is_news)
    }

    /// Whether there were some and none has come for a while.
    pub(super) fn are_gone(&self, now: Duration) -> bool {
        self.last
            .is_some_and(|last| now.saturating_sub(last) >= OVER_AFTER)
    }

    fn notice(&self) -> Notice {
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_by_key(|(_, count)| Reverse(**count));
        let named = values.iter().take(NAMED);
        Notice::Undeclared {
            values: named.map(|(value, _)| value.to_string()).collect(),
            more: values.len().saturating_sub(NAMED),
            servers: self.servers.iter().copied().collect(),
            answers: self.answers,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_most_frequent_values_are_named_and_one_more_server_is_news() {
        let mut strangers = Strangers::default();
        let mut take = |server: usize, values: &[&str]| {
            let values = values.iter().map(|text| text.parse().expect("an address"));
            let values: Vec<_> = values.map(AnswerValue::Address).collect();
            strangers.take(server.into(), &values, SECOND)
        };
        assert!(take(2, &["192.0.2.9"]).1);
        assert!(!take(2, &["192.0.2.5", "192.0.2.6", "192.0.2.7"]).1);
        let (notice, is_news) = take(0, &["192.0.2.7"]);
        assert!(is_news);
        let values = ["192.0.2.7", "192.0.2.5", "192.0.2.6"];
        let expected = Notice::Undeclared {
            values: values.map(str::to_owned).to_vec(),
            more: 1,
            servers: vec![0.into(), 2.into()],
            answers: 3,
        };
        assert_eq!(notice, expected);
    }

    #[test]
    fn it_is_over_a_minute_after_the_last_and_memory_is_bounded() {
        let mut strangers = Strangers::default();
        assert!(!strangers.are_gone(OVER_AFTER * 2));
        for number in 0..1_000_u32 {
            let value = AnswerValue::Address(Ipv4Addr::from(number).into());
            strangers.take(0.into(), &[value], SECOND);
        }
        assert_eq!((strangers.values.len(), strangers.answers), (KEPT, 1_000));
        assert!(!strangers.are_gone(OVER_AFTER));
        assert!(strangers.are_gone(OVER_AFTER + SECOND));
    }
}
