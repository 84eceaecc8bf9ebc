//! Which columns the tables of sets and name servers can have, and their titles.

use crate::views::language::{pick, say};

/// What a column says of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetColumn {
    /// Its identifier.
    Identifier,
    /// Its weight.
    Weight,
    /// Its declared share.
    Declared,
    /// Its TTL.
    Ttl,
    /// What it answers with.
    Value,
    /// Its named answers.
    Count,
    /// Its observed share.
    Observed,
    /// Observed minus declared share.
    Diff,
    /// The interval of the served share.
    Interval,
    /// The share of the last minute.
    Recent,
    /// The share as a bar, which is drawn and has no text.
    Bar,
    /// HTTP requests that ended.
    Requests,
    /// HTTP requests that failed.
    Failed,
    /// HTTP responses of a class of status: 0 is 1xx.
    Status(usize),
    /// Mean time of its HTTP responses.
    HttpMean,
    /// The time that half of them kept.
    HttpP50,
    /// The time that 95 % of them kept.
    HttpP95,
    /// The time that 99 % of them kept.
    HttpP99,
}

impl SetColumn {
    /// Its title; that of the interval names the confidence.
    pub fn title(self, confidence: &str) -> String {
        let title = match self {
            Self::Identifier => "SetIdentifier",
            Self::Weight => "Weight",
            Self::Declared | Self::Observed => "Ratio",
            Self::Ttl => "TTL",
            Self::Value => "Value",
            Self::Count => "Count",
            Self::Diff => "Diff",
            Self::Interval => return say!("{confidence} range", "{confidence} 구간"),
            Self::Recent => pick("Last min", "최근 1분"),
            Self::Bar => DISTRIBUTION,
            Self::Requests => pick("Requests", "요청"),
            Self::Failed => pick("Failed", "실패"),
            Self::Status(_) => self.class(),
            Self::HttpMean => pick("HTTP avg", "HTTP평균"),
            Self::HttpP50 => "p50",
            Self::HttpP95 => "p95",
            Self::HttpP99 => "p99",
        };
        title.to_owned()
    }

    /// The class of a status; nothing of another column.
    pub fn class(self) -> &'static str {
        match self {
            Self::Status(class) => ["1xx", "2xx", "3xx", "4xx", "5xx"][class],
            _ => "",
        }
    }
}

/// What a column says of a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerColumn {
    /// Its name.
    Name,
    /// Its address.
    Address,
    /// Queries that it was sent.
    Sent,
    /// Its answers that name a set.
    Named,
    /// Its faults.
    Faults,
    /// The time that half of its answers kept.
    P50,
    /// The time that 95 % of them kept.
    P95,
    /// The share of a set, by its place.
    Share(usize),
    /// The set whose share is farthest from the declared one, and by how much.
    Farthest,
    /// Whether it answers, and for what weights.
    State,
    /// When it went over to the declared shares.
    Switched,
}

impl ServerColumn {
    /// Its title; that of a share is the name of its set.
    pub fn title(self, sets: &[String]) -> String {
        let title = match self {
            Self::Name => pick("Name Server", "네임 서버"),
            Self::Address => pick("Address", "주소"),
            Self::Sent => pick("Sent", "전송"),
            Self::Named => pick("Named", "식별"),
            Self::Faults => pick("Faults", "실패"),
            Self::P50 => "p50",
            Self::P95 => "p95",
            Self::Share(set) => sets.get(set).map_or("", String::as_str),
            Self::Farthest => pick("Farthest set", "가장 먼 세트"),
            Self::State => pick("State", "상태"),
            Self::Switched => pick("Switched", "전환"),
        };
        title.to_owned()
    }
}

/// The bar.
pub const DISTRIBUTION: &str = "Distribution";

sentences! {
    /// The bar where a full one is less than everything.
    distribution_of(full: &str) "Distribution (full {full})"
        "Distribution (최대 {full})";
}
