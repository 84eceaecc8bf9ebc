//! How much of the course is shown.

use std::time::Duration;

use crate::model::course::Course;
use crate::views::words::course as words;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
/// The spans that can be chosen, in seconds.
const SPANS: [u64; 5] = [5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 24 * HOUR];

/// How much of the run is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// Its end.
    Last(Duration),
    /// Everything.
    WholeRun,
}

impl Default for Window {
    fn default() -> Self {
        Self::Last(Duration::from_secs(SPANS[0]))
    }
}

impl Window {
    /// The next longer one of a run that has lasted so long.
    #[must_use]
    pub fn wider(self, run: Duration) -> Self {
        let Self::Last(now) = self else {
            return self;
        };
        let spans = SPANS.map(Duration::from_secs);
        let wider = spans.into_iter().find(|span| *span > now && *span < run);
        wider.map_or(Self::WholeRun, Self::Last)
    }

    /// The next shorter one.
    #[must_use]
    pub fn narrower(self, run: Duration) -> Self {
        let now = match self {
            Self::Last(span) => span,
            Self::WholeRun => run,
        };
        let [shortest, ..] = SPANS.map(Duration::from_secs);
        let mut longest_first = SPANS.map(Duration::from_secs).into_iter().rev();
        Self::Last(longest_first.find(|span| *span < now).unwrap_or(shortest))
    }

    /// In words: `last 5 min`, `whole run, 2 h 10 min`.
    pub fn in_words(self, run: Duration) -> String {
        match self {
            Self::Last(span) => words::last(&words::span(span)),
            Self::WholeRun if run > Course::reach() => words::last(&words::span(Course::reach())),
            Self::WholeRun => words::whole_run(&words::span(run)),
        }
    }

    /// How long its end is; `None` for everything.
    pub(super) fn span(self) -> Option<Duration> {
        match self {
            Self::Last(span) => Some(span),
            Self::WholeRun => None,
        }
    }
}
