//! What could not be asked because this machine had too little of something, as a notice that stands while that goes on.

use std::time::Duration;

use crate::model::notice::Notice;
use crate::model::shortage::Shortage;

/// When nothing was skipped for so long, it is over.
const OVER_AFTER: Duration = Duration::from_mins(1);

/// A shortage that goes on.
#[derive(Debug, Default)]
pub(super) struct Shortages {
    newest: Option<Shortage>,
    queries: u64,
    requests: u64,
    /// What was skipped when it was looked at last, and when that was.
    seen: (u64, Duration),
}

/// What has to be shown from now on.
#[derive(Debug, PartialEq)]
pub(super) enum Shown {
    AsBefore,
    /// With whether it is news.
    Now(Notice, bool),
    Nothing,
}

impl Shortages {
    pub(super) fn query(&mut self, shortage: Shortage) {
        self.newest = Some(shortage);
        self.queries += 1;
    }

    pub(super) fn request(&mut self, shortage: Shortage) {
        self.newest = Some(shortage);
        self.requests += 1;
    }

    /// Looks at it at a time since the start of the run.
    pub(super) fn look(&mut self, now: Duration) -> Shown {
        let Some(shortage) = self.newest else {
            return Shown::AsBefore;
        };
        let (queries, requests) = (self.queries, self.requests);
        let (before, at) = self.seen;
        if queries + requests > before {
            self.seen = (queries + requests, now);
            let notice = Notice::Shortage {
                shortage,
                queries,
                requests,
            };
            return Shown::Now(notice, before == 0);
        }
        if now.saturating_sub(at) < OVER_AFTER {
            return Shown::AsBefore;
        }
        *self = Self::default();
        Shown::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_once_counted_and_over_a_minute_after_the_last() {
        let second = Duration::from_secs;
        let mut short = Shortages::default();
        assert_eq!(short.look(second(1)), Shown::AsBefore);
        short.query(Shortage::Emfile);
        let notice = |queries, requests| Notice::Shortage {
            shortage: Shortage::Emfile,
            queries,
            requests,
        };
        assert_eq!(short.look(second(2)), Shown::Now(notice(1, 0), true));
        short.query(Shortage::Emfile);
        short.request(Shortage::Emfile);
        assert_eq!(short.look(second(3)), Shown::Now(notice(2, 1), false));
        assert_eq!(short.look(second(62)), Shown::AsBefore);
        assert_eq!(short.look(second(63)), Shown::Nothing);
        short.query(Shortage::Emfile);
        assert_eq!(short.look(second(64)), Shown::Now(notice(1, 0), true));
    }
}
