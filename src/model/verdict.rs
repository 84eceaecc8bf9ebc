//! What can be said about the declared shares, and why: plain data that is shown and reported.
//!
//! All times are since the start of the run. Name servers are given by their places, sets by their identifiers.

use std::time::{Duration, SystemTime};

use super::answer::AnswerValue;
use super::health::{ChecksRead, NoStatus};
use super::index::ServerIndex;
use super::share::as_f64;

/// What a verdict is held to: how near, and how sure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Criteria {
    /// How far a served share may be from the declared one and still match, as a share: above 0, up to 0.5.
    pub tolerance: f64,
    /// The probability with which a verdict is right, 0.8 to 0.9999.
    pub confidence: f64,
}

impl Criteria {
    /// The level of every error: of a mismatch, of a match, and of "this server has switched".
    pub fn error_level(self) -> f64 {
        (1.0 - self.confidence).clamp(1e-9, 0.5)
    }

    /// The level at which the n-th span of a segment, from 1, proves a match: together at most the level of errors, however
    /// often counting begins anew. Source: the project's notes on statistics, second part, section 3.
    pub fn match_level(self, span: u64) -> f64 {
        let part = match span {
            0 | 1 => 0.8,
            later => 0.2 / (as_f64(later) * as_f64(later - 1)),
        };
        self.error_level() * part
    }

    /// ln of the evidence that is needed for a mismatch.
    pub fn ln_limit(self) -> f64 {
        -self.error_level().ln()
    }
}

/// What is known about the declared shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VerdictState {
    /// Not enough answers yet.
    Collecting,
    /// The name servers have not all gone over to the declared shares.
    Propagating,
    /// Every share is proven to be within its tolerance.
    Match,
    /// The declared shares are proven not to be served.
    Mismatch,
    /// No named answer has come for a while.
    Blind,
}

impl VerdictState {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Collecting => "collecting",
            Self::Propagating => "propagating",
            Self::Match => "match",
            Self::Mismatch => "mismatch",
            Self::Blind => "blind",
        }
    }
}

/// What gave a mismatch, or the suspicion of one.
#[derive(Clone, Debug, PartialEq)]
pub enum MismatchReason {
    /// The shares over all name servers.
    Share,
    /// The shares of one name server above all.
    ServerDiffers {
        /// Which.
        server: ServerIndex,
    },
    /// A name server that still serves the shares of before.
    StaleServer {
        /// Which.
        server: ServerIndex,
    },
    /// An answer of a set that has the share 0, or is no member any more.
    ImpossibleAnswer {
        /// The name server that gave it.
        server: ServerIndex,
        /// The identifier of the set; `None` when it was removed so long ago that it is not known any more.
        set: Option<String>,
        /// Why it excludes the answer.
        why: Excluded,
    },
    /// An answer with an address or a name that no set declares.
    UndeclaredAnswer {
        /// The name server that gave it.
        server: ServerIndex,
    },
    /// Too many answers that no set can have given.
    UnknownAnswers(Unknown),
}

/// Why an answer of a set is one that the declared shares exclude.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excluded {
    /// The set has the share 0.
    NoShare,
    /// The set has another value now.
    Replaced,
    /// The set is no member any more.
    Removed,
}

impl Excluded {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoShare => "no_share",
            Self::Replaced => "replaced",
            Self::Removed => "removed",
        }
    }
}

impl MismatchReason {
    /// The name in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::ServerDiffers { .. } => "server_differs",
            Self::StaleServer { .. } => "stale_server",
            Self::ImpossibleAnswer { .. } => "impossible_answer",
            Self::UndeclaredAnswer { .. } => "undeclared_answer",
            Self::UnknownAnswers(_) => "unknown_answers",
        }
    }

    /// The name server that it is about.
    pub fn server(&self) -> Option<ServerIndex> {
        match self {
            Self::Share | Self::UnknownAnswers(_) => None,
            Self::ServerDiffers { server }
            | Self::StaleServer { server }
            | Self::UndeclaredAnswer { server }
            | Self::ImpossibleAnswer { server, .. } => Some(*server),
        }
    }
}

/// Answers that no set can have given, NXDOMAIN and NODATA among them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Unknown {
    /// How many of them were given in the span of counting.
    pub unknown: u64,
    /// Of so many; ambiguous ones do not belong to them.
    pub answers: u64,
    /// Their share lies between these with the confidence, at every moment at once.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The few values that came most, with in how many of these answers; the most frequent first. An answer may have several.
    pub values: Vec<(AnswerValue, u64)>,
}

/// Answers of a set that the declared shares exclude, by name servers that serve these shares as far as was known.
#[derive(Clone, Debug, PartialEq)]
pub struct Sighting {
    /// The identifier of the set; `None` when it was removed so long ago that it is not known any more.
    pub set: Option<String>,
    /// Why it is excluded.
    pub why: Excluded,
    /// How many there were in the segment.
    pub answers: u64,
    /// When the newest was asked for.
    pub last_at: Duration,
    /// The name server that gave it.
    pub last_server: ServerIndex,
    /// Whether the newest came in the span of counting, so that the answers of the span are no proof of its absence.
    pub in_span: bool,
}

/// The split is not exactly the declared one, by more than chance and whatever the tolerance. No verdict: a remark beside
/// any.
#[derive(Clone, Debug, PartialEq)]
pub struct Off {
    /// When that was found.
    pub since: Duration,
    /// The name server that it is about; `None`: the split over all of them.
    pub server: Option<ServerIndex>,
    /// ln of the evidence in the span of counting.
    pub ln_evidence: f64,
    /// Named answers behind it.
    pub answers: u64,
    /// The set that is farthest off, in units of what chance explains, by these answers.
    pub farthest: Option<SetVerdict>,
}

/// A mismatch that stands or stood last, or the suspicion of one.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// What gave it.
    pub reason: MismatchReason,
    /// When it was established, or suspected.
    pub at: Duration,
    /// Whether the configuration was read once more in between; `false` when the API did not answer.
    pub confirmed: bool,
    /// Whether an answer that the declared shares exclude gave it; that needs no evidence, and the p-value is 0.
    pub impossible: bool,
    /// ln of the evidence when the suspicion arose.
    pub ln_evidence: f64,
    /// The p-value that belongs to it.
    pub p_value: f64,
    /// Named answers behind it.
    pub answers: u64,
    /// Since when the deviation may last, as far as the evidence tells.
    pub from: Duration,
    /// The set that was farthest off, in units of what chance explains; none with a single set.
    pub farthest: Option<SetVerdict>,
}

impl Mismatch {
    /// Whether evidence about shares gave it, so that it has a chance which can be told.
    pub fn is_by_shares(&self) -> bool {
        use MismatchReason::{ServerDiffers, Share, StaleServer};
        let by_shares = matches!(
            self.reason,
            Share | ServerDiffers { .. } | StaleServer { .. }
        );
        by_shares && !self.impossible
    }
}

/// Why the declared shares cannot be judged by the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inconclusive {
    /// All weights are zero and some sets are unhealthy. AWS does not document what happens then.
    AllZeroSomeUnhealthy,
    /// Sets can give the same answers. Those are counted for nobody, so the rest has larger shares than it deserves.
    LookAlike {
        /// The identifier of a set.
        one: String,
        /// That of a set that can answer the same.
        two: String,
        /// How many more such pairs there are.
        more_pairs: usize,
    },
    /// Health checks have not been read yet, so the shares are not known.
    HealthNotRead(ChecksRead),
    /// The answers do not fit the declared shares, but those that are in force if sets are unhealthy whose health checks have
    /// no status to read.
    HealthNotKnown {
        /// The identifier of a set.
        set: String,
        /// How many more such sets there are.
        more_sets: usize,
        /// Why the check of the set has none.
        why: NoStatus,
    },
    /// The record is no longer weighted.
    Replaced {
        /// What stands there instead, in a few words.
        found: String,
        /// When that was seen.
        since: SystemTime,
    },
}

impl Inconclusive {
    /// The name in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::AllZeroSomeUnhealthy => "all_zero_some_unhealthy",
            Self::LookAlike { .. } => "look_alike",
            Self::HealthNotRead(_) => "health_not_read",
            Self::HealthNotKnown { .. } => "health_not_known",
            Self::Replaced { .. } => "no_longer_weighted",
        }
    }
}

/// What a match still takes if DNS serves what is declared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ToGo {
    /// About so many more answers; `None` beyond ten million, or when no match is possible.
    pub answers: Option<u64>,
    /// The same in seconds at the present rate of named answers.
    pub seconds: Option<f64>,
    /// The median of the last ten estimates of the seconds, to be told to people; `None` while it grows.
    pub about: Option<f64>,
}

/// What has to be said beside a verdict.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// The declared shares cannot be judged, so no verdict is given.
    Inconclusive(Inconclusive),
    /// The API did not confirm the configuration before the mismatch.
    NotConfirmed,
    /// Answers depend on the ones before; one in so many is counted.
    AnswersDepend {
        /// In how many.
        one_in: u64,
    },
    /// A name server that was off gives no named answers now, so nothing is known of it.
    BlamedServerSilent {
        /// Which.
        server: ServerIndex,
    },
    /// So many answers did not reach the verdict.
    AnswersLost(u64),
    /// So many of so many answers of the segment could not be assigned to one set; said above one in a hundred.
    Unnamed {
        /// Not assigned.
        unnamed: u64,
        /// All.
        answers: u64,
    },
    /// The name servers differ from each other, whatever the declared shares are.
    ServersDiffer,
}

/// What is known about the shares of the segment in force.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is shown.
    pub state: VerdictState,
    /// What would be shown if answers came: the same, unless blind.
    pub standing: VerdictState,
    /// Since when the state has been this.
    pub since: Duration,
    /// Why there is, or was last, a mismatch in this segment; it stands when `standing` says so.
    pub mismatch: Option<Mismatch>,
    /// A mismatch that waits for the configuration to be read once more.
    pub suspicion: Option<Mismatch>,
    /// What it is held to.
    pub criteria: Criteria,
    /// Named answers that it rests on.
    pub answers: u64,
    /// ln of the evidence for a share outside its band; an alarm at the limit of the criteria. While a mismatch of shares
    /// stands, that of all answers that speak for it so far.
    pub ln_evidence: f64,
    /// The p-value that belongs to it.
    pub p_value: f64,
    /// What a match still takes.
    pub to_go: ToGo,
    /// The split is not exactly the declared one.
    pub off: Option<Off>,
    /// Answers that no set can have given.
    pub unknown: Unknown,
    /// Answers that the declared shares exclude, by set.
    pub sightings: Vec<Sighting>,
    /// How many name servers give named answers.
    pub answering: usize,
    /// The name servers that a mismatch named, until each has proven a match by itself.
    pub blamed: Vec<ServerIndex>,
    /// What has to be said beside it.
    pub notes: Vec<Note>,
}

impl Verdict {
    /// Answers of the set with this identifier that the declared shares exclude.
    pub fn sighting(&self, set: &str) -> Option<&Sighting> {
        let mut all = self.sightings.iter();
        all.find(|sighting| sighting.set.as_deref() == Some(set))
    }

    /// What the answers prove of a set whose declared share is zero: its served share is at most this, with the confidence.
    /// `None` for any other set, where it was seen among these answers, and while the declared shares are not certain.
    pub fn absence(&self, set: &SetVerdict) -> Option<f64> {
        let uncertain = |note: &Note| matches!(note, Note::Inconclusive(_));
        let seen = self.sighting(&set.identifier);
        let is_proven = set.declared <= 0.0
            && set.count == 0
            && self.answers > 0
            && !seen.is_some_and(|sighting| sighting.in_span)
            && !self.notes.iter().any(uncertain);
        is_proven.then_some(set.high)
    }
}

/// What is known about the share of one set.
#[derive(Clone, Debug, PartialEq)]
pub struct SetVerdict {
    /// The set identifier.
    pub identifier: String,
    /// The declared share, 0 to 1.
    pub declared: f64,
    /// Answers in the span of counting.
    pub count: u64,
    /// The served share lies between these with the confidence, at every moment at once; 0 and 1 without an answer.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl SetVerdict {
    /// Whether the declared share lies outside, also as these shares are told: to the tenth of a point.
    pub fn excludes_declared(&self) -> bool {
        let [declared, low, high] =
            [self.declared, self.low, self.high].map(|share| (share * 1e3).round());
        declared < low || declared > high
    }
}

/// What is known about a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerState {
    /// It serves the declared shares as far as is known.
    Current,
    /// It has not shown the declared shares yet.
    Propagating,
    /// It still serves the shares of before although its time is up.
    Stale,
    /// It gives no usable answer.
    Silent,
}

impl ServerState {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Propagating => "propagating",
            Self::Stale => "stale",
            Self::Silent => "silent",
        }
    }
}

/// What is known about one name server in the segment in force.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerVerdict {
    /// Its state.
    pub state: ServerState,
    /// When it went over to the declared shares, as an estimate; `None` in the first segment and before it was seen.
    pub switched_at: Option<Duration>,
    /// When that became known.
    pub switch_detected_at: Option<Duration>,
    /// Its named answers that are counted, by declared set.
    pub counts: Vec<u64>,
    /// ln of the evidence that it serves a share outside its band.
    pub ln_evidence: f64,
}

/// How a change of the declared shares came through.
#[derive(Clone, Debug, PartialEq)]
pub struct Propagation {
    /// The number of the segment that the change began.
    pub segment: u64,
    /// When the poll that showed it was received.
    pub seen_at: Duration,
    /// When DNS showed it first, as an estimate; may be before `seen_at`.
    pub first_new_answer_at: Option<Duration>,
    /// When each name server switched, as an estimate.
    pub servers: Vec<Option<Duration>>,
    /// When the last of them switched; `None` until all have.
    pub last_server_at: Option<Duration>,
    /// When the first match was established.
    pub match_at: Option<Duration>,
    /// The name servers that were found stale, whether or not they switched later.
    pub stale: Vec<ServerIndex>,
}

/// Something that happened to the verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct VerdictEvent {
    /// When.
    pub at: Duration,
    /// What.
    pub news: VerdictNews,
}

/// What happened to the verdict, with its numbers. The words are `views/words/news.rs`.
#[derive(Clone, Debug, PartialEq)]
pub enum VerdictNews {
    /// Every share is proven to be within its tolerance.
    Match {
        /// Named answers that prove it.
        answers: u64,
        /// What it is held to.
        criteria: Criteria,
    },
    /// A match after a mismatch.
    Recovered {
        /// Named answers that prove it.
        answers: u64,
        /// From the mismatch until now.
        after: Duration,
    },
    /// The declared shares are proven not to be served.
    Mismatch(Mismatch),
    /// The configuration was read again and confirms a mismatch that stood without it.
    MismatchConfirmed,
    /// A mismatch that waits for the configuration to be read once more.
    Suspicion(Mismatch),
    /// Name servers have to go over to the shares of a segment.
    Propagating {
        /// Its number.
        segment: u64,
        /// How many name servers.
        servers: usize,
    },
    /// Name servers have to show new shares once more.
    PropagatingAgain {
        /// ln of the evidence that they do not serve them.
        ln_evidence: f64,
    },
    /// All name servers have gone over to the shares of a segment.
    Propagated {
        /// Its number.
        segment: u64,
        /// How many name servers.
        servers: usize,
        /// From the first switch to the last, as an estimate.
        took: Duration,
    },
    /// A name server has gone over to the declared shares.
    ServerSwitched {
        /// Which.
        server: ServerIndex,
        /// When, as an estimate; `None` when it was seen only that it has.
        switched_at: Option<Duration>,
        /// When the poll that showed the change was received.
        seen_at: Duration,
    },
    /// A name server still serves the shares of before although its time is up.
    ServerStale {
        /// Which.
        server: ServerIndex,
        /// From the poll that showed the change until now.
        after: Duration,
    },
    /// No named answer has come for a while.
    Blind {
        /// Since the last one.
        silence: Duration,
        /// Answers since then that named no set.
        unnamed: u64,
    },
    /// Named answers come again.
    BlindEnded,
    /// Answers did not reach the verdict, for the first time.
    AnswersLost,
    /// Answers depend on the ones before.
    AnswersDepend {
        /// One in so many is counted from now on.
        one_in: u64,
    },
    /// What comes does not fit what is declared, at the start of a run, when nobody knows what happened just before.
    NotServedSoFar {
        /// When it becomes a mismatch if it lasts; `None`: some time after the change is in sync.
        until: Option<Duration>,
    },
    /// A name server that serves the declared shares as far as was known gave an answer that they exclude.
    Excluded {
        /// Which.
        server: ServerIndex,
        /// The identifier of the set; `None` when it was removed so long ago that it is not known any more.
        set: Option<String>,
        /// Why it is excluded.
        why: Excluded,
        /// So many more of them came from that server since the last time that it was told.
        more: u64,
    },
    /// The split is not exactly the declared one.
    Off(Off),
    /// Nothing speaks against exactly the declared split any more.
    OffEnded,
}

/// Why the verdict is what it is: the rule that gives it, with the numbers that it was given by. The words are
/// `views/words/verdict.rs`.
#[derive(Clone, Debug, PartialEq)]
pub enum Explanation {
    /// No named answer was counted yet.
    NoAnswerYet(ToGo),
    /// The declared shares cannot be judged.
    Inconclusive(Inconclusive),
    /// Neither a match nor a mismatch is proven.
    NotEnoughAnswers {
        /// Named answers that it rests on.
        answers: u64,
        /// ln of the evidence against the declared shares.
        ln_evidence: f64,
        /// What a verdict is held to.
        criteria: Criteria,
        /// What a match still takes.
        to_go: ToGo,
    },
    /// What came does not fit what is declared; but a change made just before the start looks like this.
    NotServedSoFar {
        /// When something that does not fit came first.
        since: Duration,
        /// When it becomes a mismatch if it lasts; `None`: some time after the change is in sync.
        until: Option<Duration>,
    },
    /// Answers would do for a match, but fewer than half of the name servers give named ones.
    TooFewServers {
        /// How many do.
        answering: usize,
        /// Of how many.
        servers: usize,
    },
    /// Too many answers that no set can have given, or too few answers to say that there are not.
    UnknownAnswers {
        /// What is known of them.
        unknown: Unknown,
        /// The largest share of them that a match may have.
        max: f64,
    },
    /// Answers would do for a match, but an impossible answer came a moment ago.
    MatchWithheld {
        /// Named answers that would do.
        answers: u64,
        /// When the impossible answer came.
        since: Duration,
        /// When it no longer counts.
        until: Duration,
    },
    /// Name servers are expected to switch.
    ServersPropagating {
        /// Those that have not.
        servers: Vec<ServerIndex>,
        /// When the poll that showed the change was received.
        since: Duration,
        /// When alarms are armed.
        until: Duration,
    },
    /// A name server is late, and whether it has switched is not decided.
    LateServerUndecided {
        /// Those that are late.
        servers: Vec<ServerIndex>,
        /// When they no longer hold up a match.
        until: Duration,
    },
    /// A name server still serves the shares of before.
    ServerStale {
        /// Those that do.
        servers: Vec<ServerIndex>,
        /// When the poll that showed the change was received.
        since: Duration,
    },
    /// A mismatch waits for the configuration to be read once more.
    AwaitingConfirmation {
        /// The set that was farthest off; none with a single set.
        farthest: Option<SetVerdict>,
        /// When it was suspected.
        since: Duration,
        /// When it becomes one without an answer of the API.
        until: Duration,
    },
    /// Every share is within its tolerance.
    WithinTolerance {
        /// Named answers that proved it.
        answers: u64,
        /// What a verdict is held to.
        criteria: Criteria,
    },
    /// The declared shares are not served; its reason says which rule it is.
    Mismatch(Mismatch, Criteria),
    /// No named answers come.
    NoFreshAnswers {
        /// When the last one came.
        since: Duration,
        /// Answers that named no set since then.
        unnamed: u64,
    },
}

impl Explanation {
    /// The name of the rule in reports.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::NoAnswerYet(_) => "no_answer_yet",
            Self::Inconclusive(_) => "shares_uncertain",
            Self::NotEnoughAnswers { .. } => "not_enough_answers",
            Self::NotServedSoFar { .. } => "not_served_so_far",
            Self::TooFewServers { .. } => "too_few_servers",
            Self::UnknownAnswers { .. } => "unknown_answers_open",
            Self::MatchWithheld { .. } => "match_withheld",
            Self::ServersPropagating { .. } => "servers_propagating",
            Self::LateServerUndecided { .. } => "late_server_undecided",
            Self::ServerStale { .. } => "server_stale",
            Self::AwaitingConfirmation { .. } => "awaiting_confirmation",
            Self::WithinTolerance { .. } => "within_tolerance",
            Self::Mismatch(mismatch, _) => match mismatch.reason {
                MismatchReason::Share => "shares_off",
                MismatchReason::ServerDiffers { .. } => "one_server_off",
                MismatchReason::StaleServer { .. } => "stale_server_off",
                MismatchReason::ImpossibleAnswer { .. } => "impossible_answer",
                MismatchReason::UndeclaredAnswer { .. } => "undeclared_answer",
                MismatchReason::UnknownAnswers(_) => "unknown_answers",
            },
            Self::NoFreshAnswers { .. } => "no_fresh_answers",
        }
    }
}
